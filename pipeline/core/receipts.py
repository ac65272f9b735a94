"""Receipts: what a stage was made from, so that it is skipped only while making it again would give the same.

A receipt holds hashes of the stage's inputs and outputs, of the code that it runs, of the config section and the model.
It is written after the tables: a crash in between means "not current". Its checksum finds what was changed by hand.

The code of a stage is its module, all modules that these import, and the word lists beside them. Imports are read from
the text of the modules, those inside functions and names of modules in strings included: what is found is never less
than what is run, which a test holds against the modules that are loaded.

Within a stage, parts of a result may be looked up by the hash of what they were made of.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.core.errors import Notice, list_some
from pipeline.core.files import write_bytes

ABSENT = "absent"
SOURCE = "source:"
"""What the names of files with notes begin with."""

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "spacy", "simplemma", "bertopic", "torch",
              "sentence-transformers", "rapidfuzz")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one stage was made from and what it made.

    Attributes:
        stage: name of the stage.
        made_from: input name to hash, with ``code``, ``libraries``, ``config`` and ``model``.
        made: output file name to hash.
        rows: output table name to its number of rows.
        notices: what the stage wanted a user to know.
        model: name of the model, where there is one.
    """

    stage: str
    made_from: Mapping[str, str]
    made: Mapping[str, str]
    rows: Mapping[str, int]
    notices: tuple[Notice, ...]
    model: str | None


def hash_text(*parts: str) -> str:
    """Hash strings, unambiguous about where one ends.

    >>> hash_text("a", "b") == hash_text("ab")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """Hash what a file is to hold."""
    return hashlib.sha256(content).hexdigest()


def hash_files(paths: Iterable[Path]) -> dict[str, str]:
    """Hash files by their name; a file that is absent has the hash 'absent'."""
    return {path.name: hash_file(path) if path.is_file() else ABSENT for path in paths}


T = TypeVar("T")


class Kept(Protocol):
    """Where parts of results are kept between runs."""

    def fill(self, texts: Sequence[str], work: Callable[[list[str]], Iterable[Any]]) -> list[Any]:
        """Give the results of texts; ``work`` makes those that are not known."""


def look_up(kept: Kept | None, parts: Callable[[], object], make: Callable[[], T]) -> T:
    """Give what was made of the same parts before; else make and keep it.

    Args:
        kept: None: nothing is kept.
        parts: gives all that the result depends on but the code, as `hash_content` takes it.
        make: makes what JSON can hold; what was kept has lists for tuples.
    """
    if kept is None:
        return make()
    [found] = kept.fill([hash_content(parts())], lambda _: [make()])
    given: T = found
    return given


def hash_content(parts: object) -> str:
    """Hash numbers, texts, arrays, and sequences and dataclasses of these, by their content.

    >>> hash_content([1, ("a", None)]) == hash_content([1, ("a", None)])
    True
    >>> hash_content(["ab"]) == hash_content(["a", "b"])
    False
    """
    digest = hashlib.sha256()
    for content in _serialise(parts):
        digest.update(content)
    return digest.hexdigest()


def _serialise(part: object) -> Iterator[bytes]:
    if isinstance(part, str):
        content = part.encode(errors="surrogatepass")
        yield b"text %d:" % len(content) + content
    elif part is None or isinstance(part, bool | int | float):
        yield f"{type(part).__name__} {part!r}:".encode()
    elif is_dataclass(part) and not isinstance(part, type):
        yield type(part).__name__.encode()
        yield from _serialise([getattr(part, each.name) for each in fields(part)])
    elif isinstance(part, list | tuple) and set(map(type, part)) == {str}:
        # Most of what is hashed; one by one they cost more than what is looked up.
        lengths = ",".join(map(str, map(len, part)))
        yield f"texts {lengths}:".encode() + "".join(part).encode(errors="surrogatepass")
    elif isinstance(part, list | tuple):
        yield b"list %d:" % len(part)
        for each in part:
            yield from _serialise(each)
    else:
        array: Any = part  # of numpy, which this module does without
        if array.dtype == object:
            raise TypeError("an array of objects has no content to hash")
        yield f"array {array.dtype} {array.shape}:".encode()
        yield array.tobytes()


@cache
def library_versions() -> Mapping[str, str]:
    """Versions of the libraries that results depend on."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def take_sources(hashes: Mapping[str, str]) -> dict[str, str]:
    """Keep of the names to hash those of the files with notes.

    >>> take_sources({"source:a.md": "1", "code": "2"})
    {'source:a.md': '1'}
    """
    return {name: found for name, found in hashes.items() if name.startswith(SOURCE)}


def read_receipt(path: Path) -> Receipt | None:
    """Read a receipt; None when absent, damaged or changed by hand, which makes its stage run."""
    try:
        raw: dict[str, Any] = json.loads(path.read_bytes())
        if raw.pop("checksum") != _checksum(raw):
            return None
        notices = tuple(Notice(**notice) for notice in raw["notices"])
        return Receipt(raw["stage"], raw["made_from"], raw["made"], raw["rows"], notices, raw["model"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _checksum(content: Mapping[str, Any]) -> str:
    return hash_text(json.dumps(content, sort_keys=True))


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write a receipt beside the tables that it describes."""
    content = {
        "stage": receipt.stage,
        "made_from": dict(receipt.made_from),
        "made": dict(receipt.made),
        "rows": dict(receipt.rows),
        "notices": [{"where": notice.where, "message": notice.message} for notice in receipt.notices],
        "model": receipt.model,
    }
    content["checksum"] = _checksum(content)
    write_bytes(path, (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def explain_change(receipt: Receipt | None, made_from: Mapping[str, str], outputs: Iterable[Path]) -> str | None:
    """Say why a stage has to run.

    Args:
        receipt: what is known of its last run.
        made_from: what it would be made from now.
        outputs: the files that it makes; a changed or deleted one makes it run again.

    Returns:
        The reason in a few words; None where it would make the same again.
    """
    if receipt is None:
        return "not made yet"
    before, now = dict(receipt.made_from), dict(made_from)
    changed = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if changed:
        return f"changed: {_list_names(changed)}"
    found = hash_files(outputs)
    damaged = [name for name in sorted(found) if found[name] != receipt.made.get(name)]
    if damaged or set(found) != set(receipt.made):
        absent = [name for name in damaged if found[name] == ABSENT]
        return f"{_list_names(absent or damaged)} {'is absent' if absent else 'is not as it was made'}"
    return None


def _list_names(names: list[str]) -> str:
    return list_some(name.removeprefix(SOURCE).removesuffix(".parquet") for name in names)


PACKAGES = ("pipeline", "models")
_ROOT = Path(__file__).parents[2]
_DATA_SUFFIXES = {".toml", ".tsv", ".txt", ".html", ".css", ".js", ".json"}
_ELSEWHERE = {
    "pipeline.text.compounds": "models/bundled/compounds",
    "pipeline.analysis.stances.concepts": "models/bundled/valence",
}
"""Word lists that a module reads from another package."""

_NAME = rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)*"
_FROM = re.compile(rf"from[ \t]+({_NAME})[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)")
_IMPORT = re.compile(rf"import[ \t]+({_NAME})")
_QUOTED = re.compile(rf"[\"']({_NAME})(?=[:\"'])")


@cache
def hash_package() -> str:
    """Hash all code and word lists of the package, for the manifest of a run."""
    root = _ROOT / "pipeline"
    return _hash_files(path for path in root.rglob("*") if path.suffix in {".py", *_DATA_SUFFIXES})


@cache
def hash_closure(*modules: str) -> str:
    """Hash modules with all that they import of this project.

    Args:
        modules: full names.

    Raises:
        ValueError: there is no such module.
    """
    return _hash_files(path for name in close(modules) for path in _files_of(name))


def close(modules: Iterable[str]) -> frozenset[str]:
    """Name the modules that are imported by some modules, directly or not, these included.

    >>> sorted(close(["pipeline.core.vocabulary"]))
    ['pipeline', 'pipeline.core', 'pipeline.core.vocabulary']
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
    return hash_text(*sorted(set(map(_describe_file, files))))


@cache
def _describe_file(path: Path) -> str:
    """Give name and hash of a file of code, which does not change while it runs."""
    return f"{path.relative_to(_ROOT).as_posix()} {hash_file(path)}"
