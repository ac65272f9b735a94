"""The built wheel, installed where nothing else of the project is, beside a user's own ``models`` and ``flows``."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGED = ("pipeline", "flows", "models", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A fresh environment that holds the wheel, and sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in PACKAGED:
        origin = ROOT / name
        copy = shutil.copytree if origin.is_dir() else shutil.copy
        copy(origin, source / name)
    build = [sys.executable, "-c", "from setuptools import build_meta; print(build_meta.build_wheel('..'))"]
    wheel = subprocess.run(build, cwd=source, check=True, capture_output=True, text=True).stdout.split()[-1]
    venv.create(folder / "env", with_pip=False)
    found = folder / "env" / "bin" / "python"
    site = subprocess.run(
        [found, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    shutil.unpack_archive(folder / wheel, site, "zip")
    dependencies = {sysconfig.get_path("purelib"), str(Path(pytest.__file__).parents[1])}
    (Path(site) / "dependencies.pth").write_text("\n".join(sorted(dependencies)), encoding="utf-8")
    return found


def run(python, folder, *words, check=True):
    return subprocess.run([python, *words], cwd=folder, check=check, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    """Where a user works: with folders of the same names, as data science projects have them."""
    for name in ("models", "flows"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.py").write_text("", encoding="utf-8")
    return tmp_path


def test_commands_run_beside_folders_of_the_same_names(python, folder):
    assert "analyse" in run(python, folder, "-m", "pipeline", "--help").stdout
    assert "bundled" in run(python, folder, "-m", "pipeline", "models", "list").stdout
    where = run(
        python, folder, "-c", "import pipeline; print(pipeline.InputError.__module__, pipeline.__file__)"
    ).stdout
    assert where.startswith("pipeline.core.errors ") and str(ROOT) not in where


def test_a_package_that_hides_ours_is_one_clear_error(python, folder):
    (folder / "models" / "__init__.py").write_text("", encoding="utf-8")
    done = run(python, folder, "-m", "pipeline", "models", "list", check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("dialoogtafel: package 'models': is een ander")
    assert done.stderr.count("\n") == 1


def test_importing_the_package_loads_nothing(python, folder):
    code = "import sys; import pipeline; print(*(name for name in sys.modules if '.' not in name))"
    loaded = set(run(python, folder, "-c", code).stdout.split())
    assert loaded & {"pipeline", "numpy", "pandas", "typer", "rich", "torch", "models"} == {"pipeline"}
