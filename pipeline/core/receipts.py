"""Receipts: what a stage was made from, so that it is skipped only while making it again would give the same.

A receipt holds hashes of the stage's inputs and outputs, of the code of this package, of the config section and the
model. It is written after the tables: a crash in between means "not current".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.core.notices import Notice
from pipeline.core.tables import write_bytes

_CODE_SUFFIXES = {".py", ".toml", ".tsv", ".txt", ".html", ".css", ".js"}
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "spacy", "simplemma", "bertopic", "torch",
              "sentence-transformers", "rapidfuzz")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one stage was made from and what it made.

    Attributes:
        stage: name of the stage.
        made_from: input name to hash, with ``code``, ``libraries``, ``config`` and ``model``.
        made: output file name to hash.
        notices: what the stage wanted a user to know.
        model: name of the model, where there is one.
    """

    stage: str
    made_from: Mapping[str, str]
    made: Mapping[str, str]
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


def hash_files(paths: Iterable[Path]) -> dict[str, str]:
    """Hash files by their name; a file that is absent has the hash 'absent'."""
    return {path.name: hash_file(path) if path.is_file() else "absent" for path in paths}


@cache
def hash_code() -> str:
    """Hash all code and word lists of this package: a change in a shared module is never missed."""
    root = Path(__file__).parents[1]
    files = sorted(path for path in root.rglob("*") if path.suffix in _CODE_SUFFIXES)
    return hash_text(*(part for path in files for part in (path.relative_to(root).as_posix(), hash_file(path))))


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


def read_receipt(path: Path) -> Receipt | None:
    """Read a receipt; None when absent or unreadable, which makes its stage run."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        notices = tuple(Notice(**notice) for notice in raw["notices"])
        return Receipt(raw["stage"], raw["made_from"], raw["made"], notices, raw["model"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write a receipt beside the tables it speaks of."""
    content = {
        "stage": receipt.stage,
        "made_from": dict(receipt.made_from),
        "made": dict(receipt.made),
        "notices": [{"where": notice.where, "message": notice.message} for notice in receipt.notices],
        "model": receipt.model,
    }
    write_bytes(path, (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def is_current(receipt: Receipt | None, made_from: Mapping[str, str], folder: Path) -> bool:
    """Tell whether a stage may be skipped.

    Args:
        receipt: what is known of its last run.
        made_from: what it would be made from now.
        folder: where its outputs lie; a changed or deleted output makes it run again.
    """
    if receipt is None or dict(receipt.made_from) != dict(made_from):
        return False
    return hash_files(folder / name for name in receipt.made) == dict(receipt.made)
