"""Which files in a folder are notes: nothing outside the folder, nothing with a name that cannot be told."""

import hashlib
import os
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.core.vocabulary import Version
from pipeline.readers.words import read_meanings
from pipeline.text.normalisation import plain_name

WORDS = {word: Version(version) for word, version in read_meanings("versions").items()}
_SUFFIX = re.compile(rf"(?P<base>.+?)[-_. (]+(?:versie[-_ ])?(?P<word>{'|'.join(WORDS)})\)?", re.IGNORECASE)
_FOLDER = re.compile(rf"(?:versies?[-_ ])?(?P<word>{'|'.join(WORDS)}e?)(?:[-_ ]versies?)?", re.IGNORECASE)
_PART = re.compile(r"(?P<base>.+?)[-_. ]+(?:notities|deel[-_ ]?\d{1,2})", re.IGNORECASE)


def read_version(word: str) -> Version | None:
    """Read the word for a version.

    >>> read_version("Nagelezen door de deelnemers")
    <Version.NAGELEZEN: 'nagelezen'>
    """
    return next((WORDS[part] for part in re.findall(r"\w+", word.casefold()) if part in WORDS), None)


def split_version(name: str) -> tuple[str, Version | None]:
    """Split the name of a file in what it is called and its version.

    Args:
        name: path relative to the folder that was given.

    Returns:
        The file name without suffix and version; and the version, if any: the word at the end of the name, else the
        name of the nearest folder that is such a word.

    >>> split_version("gent/tafel-03_definitief.md")
    ('tafel-03', <Version.DEFINITIEF: 'definitief'>)
    >>> split_version("nagelezen/gent/tafel-03.md")
    ('tafel-03', <Version.NAGELEZEN: 'nagelezen'>)
    >>> split_version("tafel-03.md")
    ('tafel-03', None)
    """
    path = PurePosixPath(name)
    found = _SUFFIX.fullmatch(path.stem)
    if found:
        return found["base"], WORDS[found["word"].casefold()]
    folders = (_FOLDER.fullmatch(part) for part in reversed(path.parts[:-1]))
    folder = next((match["word"].casefold() for match in folders if match), None)
    return path.stem, WORDS.get(folder) or WORDS.get(folder.removesuffix("e")) if folder else None


def name_session(name: str) -> str:
    """Name a session after its file, without version and part.

    >>> name_session("gent/tafel-03-notities_definitief.md"), name_session("tafel-03-deel-2.txt")
    ('tafel-03', 'tafel-03')
    """
    base, _ = split_version(name)
    part = _PART.fullmatch(base)
    return plain_name(part["base"] if part else base)


def is_later(version: Version | None, than: Version | None) -> bool:
    """Tell whether a version is later than another; notes without a version come before any.

    >>> is_later(Version.DEFINITIEF, Version.NAGELEZEN), is_later(None, Version.ONTWERP)
    (True, False)
    """
    order: list[Version | None] = [None, *Version]
    return order.index(version) > order.index(than)


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
