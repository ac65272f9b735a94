"""Hash the code that a stage runs: its module, all modules that these import, and the word lists beside them.

Imports are read from the text of the modules, those inside functions and names of modules in strings included: what is
found is never less than what is run, which a test holds against the modules that are loaded.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGES = ("pipeline", "models")
_ROOT = Path(__file__).parents[2]
_DATA_SUFFIXES = {".toml", ".tsv", ".txt", ".html", ".css", ".js", ".json"}
_ELSEWHERE = {
    "pipeline.text.compounds": "models/bundled/compounds",
    "pipeline.analysis.stances.concepts": "models/bundled/valence",
}
"""Word lists that a module reads from another package."""

_NAME = rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)*"
_FROM = re.compile(rf"^[ \t]*from[ \t]+({_NAME})[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)", re.MULTILINE)
_IMPORT = re.compile(rf"^[ \t]*import[ \t]+({_NAME})", re.MULTILINE)
_QUOTED = re.compile(rf"[\"']({_NAME})(?=[:\"'])")


@cache
def hash_package() -> str:
    """Hash all code and word lists of the package, for the manifest of a run."""
    root = _ROOT / "pipeline"
    files = sorted(path for path in root.rglob("*") if path.suffix in {".py", *_DATA_SUFFIXES})
    return _hash_files(files)


@cache
def hash_closure(*modules: str) -> str:
    """Hash modules with all that they import of this project.

    Args:
        modules: full names.

    Raises:
        ValueError: there is no such module.
    """
    return _hash_files(sorted({path for name in close(modules) for path in _files_of(name)}))


def close(modules: Iterable[str]) -> frozenset[str]:
    """Name the modules that are imported by some modules, directly or not, these included.

    >>> sorted(close(["pipeline.core.notices"]))
    ['pipeline', 'pipeline.core', 'pipeline.core.notices']
    """
    found: set[str] = set()
    waiting = list(modules)
    for name in waiting:
        if _path_of(name) is None:
            raise ValueError(f"there is no module '{name}'")
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _imports(name)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return frozenset(found)


@cache
def _path_of(name: str) -> Path | None:
    path = _ROOT.joinpath(*name.split("."))
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else None


@cache
def _imports(name: str) -> frozenset[str]:
    path = _path_of(name)
    if path is None or name == "pipeline":
        # The package itself is a list of what may be imported, and imports it when asked.
        return frozenset()
    text = path.read_text(encoding="utf-8")
    named = {*_IMPORT.findall(text), *_QUOTED.findall(text)}
    for module, names in _FROM.findall(text):
        named.add(module)
        named |= {f"{module}.{part}" for part in re.findall(r"\w+", re.sub(r"#[^\n]*", "", names))}
    return frozenset(found for found in named if _path_of(found) is not None)


@cache
def _files_of(name: str) -> tuple[Path, ...]:
    path = _path_of(name)
    if path is None:
        return ()
    beside = list(_data_of(path.parent))
    if name in _ELSEWHERE:
        beside += [found for found in (_ROOT / _ELSEWHERE[name]).rglob("*") if found.is_file()]
    return (path, *beside)


@cache
def _data_of(folder: Path) -> tuple[Path, ...]:
    """List the word lists of a package: beside its modules and in folders that hold no modules."""
    if folder == _ROOT / PACKAGES[1]:
        # What the recipes of models say is part of the fingerprint of a model.
        return ()
    found = [path for path in folder.iterdir() if path.suffix in _DATA_SUFFIXES]
    for inner in folder.iterdir():
        if inner.is_dir() and not any(inner.glob("*.py")) and inner.name != "__pycache__":
            found += [path for path in inner.rglob("*") if path.is_file()]
    return tuple(found)


def _hash_files(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\x1f{_hash_file(path)}\x1f".encode())
    return digest.hexdigest()


@cache
def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
