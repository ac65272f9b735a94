"""A spaCy pipeline that is a Python package, fetched by pip: the exact wheel of its recipe, without anything else."""

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from models.registry import Recipe
from pipeline.core.errors import InputError

PIP = (sys.executable, "-m", "pip")
QUICK = ("--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "8")
NO_NETWORK = ("connection", "resolve", "unreachable", "timed out", "max retries")


def fetch(recipe: Recipe, *, to: Path | None = None, from_index: bool = False) -> Path | None:
    """Install a package, or only fetch its wheel.

    Args:
        recipe: with origin ``package``.
        to: where the wheel shall lie, to carry it elsewhere; None to install it here.
        from_index: take it by name and version from the index that pip is set to (``PIP_INDEX_URL``).

    Returns:
        The wheel; None when it was installed.

    Raises:
        InputError: no pip, no network, no such version, or a wheel with another hash than the recipe states.
    """
    if to is None and _version(recipe.source) == recipe.revision is not None:
        return None
    with tempfile.TemporaryDirectory() as place:
        list_file = Path(place) / "requirements.txt"
        list_file.write_text(requirement(recipe, from_index=from_index) + "\n", encoding="utf-8")
        what = ["install"] if to is None else ["download", "--dest", str(to)]
        _run(recipe, [*PIP, *what, "--no-deps", *QUICK, "--requirement", str(list_file)])
    if to is not None:
        return max(to.glob(f"{recipe.source}-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    if _version(recipe.source) is None:
        fix = "Start dialoogtafel again and look with: dialoogtafel models list"
        raise InputError.single(recipe.name, "was installed for another Python than this one", fix)
    return None


def requirement(recipe: Recipe, *, from_index: bool) -> str:
    """Say to pip what is wanted, with the hash of the wheel where the recipe states one.

    >>> requirement(Recipe(name="x", kind="tagger", origin="package", source="x", revision="1.0"), from_index=False)
    'x==1.0'
    """
    by_name = f"{recipe.source}=={recipe.revision}" if recipe.revision else recipe.source
    wanted = by_name if from_index or recipe.wheel is None else f"{recipe.source} @ {recipe.wheel}"
    stated = next((value for file, value in recipe.sha256.items() if file.endswith(".whl")), None)
    return f"{wanted} --hash=sha256:{stated}" if stated else wanted


def _run(recipe: Recipe, command: Sequence[str]) -> None:
    # Progress goes to the terminal; standard output stays clean for data.
    shown = sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
    ran = subprocess.run(command, stdout=shown, stderr=subprocess.PIPE, text=True, check=False, env=dict(os.environ))
    importlib.invalidate_caches()
    if ran.returncode == 0:
        return
    output = ran.stderr.lower()
    where = f"model '{recipe.name}'"
    if "no module named pip" in output:
        raise InputError.single(
            where, "is installed by pip, which this Python lacks", "Install pip in it, and fetch again"
        )
    if "hashes" in output and "do not match" in output:
        raise InputError.single(where, "came with another hash than its recipe states; it was not installed", _TELL)
    if any(sign in output for sign in NO_NETWORK):
        fix = "Try again later; or fetch its wheel on another machine with --to FOLDER; or use --from-index"
        raise InputError.single(where, "cannot be reached: there is no network, or a firewall is in between", fix)
    lines = [line.removeprefix("ERROR: ") for line in ran.stderr.splitlines() if line.startswith("ERROR: ")]
    raise InputError.single(where, f"pip could not fetch it ({lines[-1][:200] if lines else 'no reason'})", _TELL)


_TELL = "Check wheel, revision and sha256 in its recipe, and the index that pip is set to"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
