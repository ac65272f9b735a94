"""How far a session's notes have been corrected, as the name of a file, its folder or its header says."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from pipeline.vocabulary import Version

WORDS: Mapping[str, Version] = MappingProxyType(
    {
        "ontwerp": Version.ONTWERP,
        "concept": Version.ONTWERP,
        "draft": Version.ONTWERP,
        "nagelezen": Version.NAGELEZEN,
        "gecorrigeerd": Version.NAGELEZEN,
        "verbeterd": Version.NAGELEZEN,
        "definitief": Version.DEFINITIEF,
        "definitieve": Version.DEFINITIEF,
        "finaal": Version.DEFINITIEF,
        "def": Version.DEFINITIEF,
    }
)
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
    return part["base"] if part else base


def is_later(version: Version | None, than: Version | None) -> bool:
    """Tell whether a version is later than another; notes without a version come before any.

    >>> is_later(Version.DEFINITIEF, Version.NAGELEZEN), is_later(None, Version.ONTWERP)
    (True, False)
    """
    order: list[Version | None] = [None, *Version]
    return order.index(version) > order.index(than)
