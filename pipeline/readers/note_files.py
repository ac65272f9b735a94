"""Which files in a folder are notes: nothing outside the folder, nothing with a name that cannot be told."""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from pipeline.errors import InputError, Problem
from pipeline.outputs import Notice

MAX_FILES = 20_000
MAX_HASHED = 300_000_000
"""Larger files are refused by every reader, and need no hash."""


def list_notes(root: Path, left: Collection[Path] = ()) -> tuple[list[tuple[str, Path]], list[Notice]]:
    """List the files of a folder and the folders in it, without hidden ones.

    Args:
        root: the folder.
        left: absolute paths of files and folders that are no notes.

    Returns:
        (name, path) in order of name, names relative to the folder; and a notice for what is no plain file.

    Raises:
        InputError: links that lead out of the folder, names that are no text, or too many files: all at once.
    """
    home = root.resolve()
    files: list[tuple[str, Path]] = []
    problems: list[Problem] = []
    notices: list[Notice] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and _normal(here / name) not in left)
        for name in [*(name for name in folders if (here / name).is_symlink()), *sorted(names)]:
            path = here / name
            shown = path.relative_to(root).as_posix()
            if name.startswith(".") or _normal(path) in left:
                continue
            if not shown.isprintable():
                safe = "".join(c if c.isprintable() else "?" for c in shown)
                problems.append(Problem(safe, "has a name with characters that cannot be shown", "Rename it"))
            elif path.is_symlink() and not _is_inside(path, home):
                problems.append(_leads_out(shown))
            elif path.is_dir():
                notices.append(Notice(shown, "not read: a link to a folder"))
            elif path.is_file():
                files.append((shown, path))
            else:
                notices.append(Notice(shown, "not read: no plain file"))
        if len(files) > MAX_FILES:
            raise InputError.single(root.name, f"holds more than {MAX_FILES} files", "Give a folder with notes only")
    if problems:
        raise InputError(problems)
    return sorted(files), sorted(notices)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def refuse_link(path: Path) -> None:
    """Refuse a file that is a link out of its folder.

    Raises:
        InputError: it is.
    """
    if path.is_symlink() and not _is_inside(path, path.parent.resolve()):
        raise InputError([_leads_out(path.name)])


def _leads_out(name: str) -> Problem:
    return Problem(name, "is a link that leads out of the folder, or nowhere", "Put the file itself in the folder")


def _is_inside(path: Path, home: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(home)
    except (OSError, RuntimeError):
        return False


def hash_notes(path: Path, name: str) -> str:
    """Hash a file, to see whether it changes while it is read.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_HASHED:
                return ""
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        fix = "Check that the file exists and may be read"
        raise InputError.single(name, f"cannot be read: {reason}", fix) from None
