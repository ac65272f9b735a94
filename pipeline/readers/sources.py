"""Which files in a folder are notes, how their bytes become text, and what a reader returns of them.

Nothing outside the folder is read, and nothing with a name that cannot be shown. Bytes are decoded as UTF-8, as UTF-16
with its mark, or as Windows-1252, a fallback that is noticed.
"""

import codecs
import hashlib
import os
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Version
from pipeline.readers.archives import name_kind
from pipeline.readers.words import read_meanings
from pipeline.text.normalisation import plain_name, spell_out


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of the text stands for whoever opens the file: a page, a paragraph, a cell, a time.

    Attributes:
        start: first character of the part; it lasts until the next place.
        label: short and the same in every language: ``p. 3``, ``¶ 12``, ``Blad1!A12``, ``00:12:03``.
    """

    start: int
    label: str


@dataclass(frozen=True, slots=True)
class SourceText:
    """A decoded source.

    Attributes:
        name: path relative to the folder that was given, with forward slashes.
        text: characters with line endings normalised to a line feed, without byte order mark.
        sha256: hash of the bytes.
        encoding: how the bytes were decoded.
        container: the file format, as its suffix names it: ``txt``, ``docx``.
        places: in order of their start; empty where lines say enough, as in plain text.
        notices: what a user should know of how it was read.
        labels: names that the file itself marks as speakers, as in a column of a table.
        leads: words in bold with which paragraphs begin.
    """

    name: str
    text: str
    sha256: str
    encoding: str
    container: str = "txt"
    places: tuple[Place, ...] = ()
    notices: tuple[Notice, ...] = ()
    labels: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()

    @property
    def source_id(self) -> str:
        """Short hash of the name; the same on every machine, however it stores accents.

        >>> SourceText("tafel-01.md", "", "", "utf-8").source_id
        's-3a6e201f'
        """
        return "s-" + hashlib.sha256(unicodedata.normalize("NFC", self.name).encode()).hexdigest()[:8]

    def place_at(self, offset: int) -> str | None:
        """Name the place of a character; None where the file has lines only, or before its first place.

        >>> SourceText("a.docx", "een twee", "", "utf-8", "docx", (Place(0, "p. 1"), Place(4, "p. 2"))).place_at(5)
        'p. 2'
        """
        following = bisect_right(self.places, offset, key=lambda place: place.start)
        return self.places[following - 1].label if following else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader found in one source.

    Attributes:
        source: the decoded source.
        format: name of the reader.
        version: how far participants have corrected it, or None.
        utterances: rows of ``utterances`` in source order; together they cover every visible character of the source.
        sessions: rows of ``sessions``.
        speakers: rows of ``speakers``.
        codebook: rows of ``codebook``, where the source carries its own coding.
        given_codings: rows of ``given_codings``, where the source carries its own coding.
        notices: what a user should know.
        attributes: rows of ``attributes``: what a sheet says of a speaker or remark beside what was said.
    """

    source: SourceText
    format: str
    utterances: tuple[Row, ...]
    sessions: tuple[Row, ...]
    version: str | None = None
    speakers: tuple[Row, ...] = ()
    codebook: tuple[Row, ...] = ()
    given_codings: tuple[Row, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
    attributes: tuple[Row, ...] = ()


MAX_TEXT = 5_000_000
"""Bytes of a text file; a long book has one million, a day of talk half a million."""

MAX_LINE = 1_000_000
"""Characters of one line of notes."""

UTF_8 = "utf-8"
UTF_8_MARKED = "utf-8-sig"
UTF_16 = "utf-16"
FALLBACK = "windows-1252"

_SAVE_AS_UTF_8 = "Save it as plain text in UTF-8"


def decode_file(path: Path, name: str, *, limit: int = MAX_TEXT, line_limit: int = MAX_LINE) -> SourceText:
    r"""Read a file as text.

    Tried in this order: the byte order mark (UTF-8, UTF-16), UTF-8, then Windows-1252, of which the printable part
    of Latin-1 is a subset. UTF-8 in which some bytes are damaged is an error, not Windows-1252. Line endings become
    ``\n`` and ligatures are spelled out; every other character stays as it is.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.
        limit: bytes it may hold.
        line_limit: characters that one of its lines may hold.

    Returns:
        The text; ``encoding`` is ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``windows-1252``.

    Raises:
        InputError: the file cannot be opened, is empty, larger than the limits, not text, or fits none of the
            encodings.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InputError.single(
            name, f"cannot be read: {reason}", "Check that the file exists and may be read"
        ) from None
    return decode(data, name, limit=limit, line_limit=line_limit)


def decode(data: bytes, name: str, *, limit: int = MAX_TEXT, line_limit: int = MAX_LINE) -> SourceText:
    """Decode the bytes of one source; see `decode_file`.

    >>> source = decode("één stoel".encode("cp1252"), "nota.txt")
    >>> source.text, source.encoding
    ('één stoel', 'windows-1252')
    """
    _refuse_binary(data, name)
    if len(data) > limit:
        what = f"is larger than {limit // 1_000_000} MB, more than the notes of any session"
        raise InputError.single(name, what, "Give each session its own file")
    text, encoding = _read_mail(data) or _decode(data, name)
    if "\x00" in text:
        raise InputError.single(name, "is not text: it holds NUL characters", _SAVE_AS_UTF_8)
    if not text.strip():
        raise InputError.single(name, "is empty", "Leave it out, or fill it")
    text = spell_out(text.replace("\r\n", "\n").replace("\r", "\n"))
    if long := _long_line(text, line_limit):
        what = f"has more than {line_limit} characters"
        raise InputError.single(f"{name}, line {long}", what, "Begin each remark on a line of its own")
    return SourceText(name=name, text=text, sha256=hashlib.sha256(data).hexdigest(), encoding=encoding)


def decoding_notices(source: SourceText) -> tuple[Notice, ...]:
    """Say so when a source was not in Unicode, since accents may then be wrong.

    >>> decoding_notices(SourceText("nota.txt", "tekst", "", "utf-8"))
    ()
    >>> decoding_notices(SourceText("nota.txt", "tekst", "", "windows-1252"))[0].where
    'nota.txt'
    """
    if source.encoding != FALLBACK:
        return ()
    return (
        Notice(source.name, "is not UTF-8 and was read as windows-1252: check accented letters, or save it as UTF-8"),
    )


def _long_line(text: str, limit: int) -> int | None:
    """Find a line on which no person wrote; whatever is read line by line would choke on it."""
    if len(text) <= limit:
        return None
    return next((i for i, line in enumerate(text.split("\n"), start=1) if len(line) > limit), None)


def _refuse_binary(data: bytes, name: str) -> None:
    if kind := name_kind(data):
        raise InputError.single(name, f"is not plain text: it is {kind}", "Give it its own suffix, or save it as text")
    if b"\x00" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError.single(name, "is not text: it holds NUL bytes", _SAVE_AS_UTF_8)


def _read_mail(data: bytes) -> tuple[str, str] | None:
    r"""Decode a mail of one part of which the accents or all letters are written in ASCII, and give its encoding.

    >>> _read_mail(b"From: a@b.be\nContent-Transfer-Encoding: quoted-printable\n\nAn: =E9=E9n stoel")
    >>> mail = b"From: a@b.be\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
    >>> _read_mail(mail + b"\n\nAn: twee=C3=ABn")[0].splitlines()[-1]
    'An: tweeën'
    """
    head = data[:MAX_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if not _MAIL.match(head) or not _ENCODED.search(head) or not _PLAIN.search(head):
        return None
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    # The parser of mail raises whatever its own parts raise on a damaged one, which is read as it stands.
    try:
        body = str(message.get_content())
        lines = [f"{key}: {value}" for key, value in message.items()]
    except Exception:  # noqa: BLE001
        return None
    return None if "\N{REPLACEMENT CHARACTER}" in body else ("\n".join([*lines, "", body]), UTF_8)


MAX_HEAD = 64_000
_MAIL = re.compile(rb"[A-Za-z][A-Za-z-]*:")
_ENCODED = re.compile(rb"^content-transfer-encoding:\s*(?:quoted-printable|base64)\s*$", re.IGNORECASE | re.MULTILINE)
_PLAIN = re.compile(rb"^content-type:\s*text/plain\b", re.IGNORECASE | re.MULTILINE)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_marked(data, name, UTF_16), UTF_16
    if data.startswith(codecs.BOM_UTF8):
        return _decode_marked(data, name, UTF_8_MARKED), UTF_8_MARKED
    try:
        return data.decode(UTF_8), UTF_8
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    if _is_damaged_utf_8(data):
        raise InputError.single(
            f"{name}, line {line}", f"holds damaged bytes (tried: {UTF_8}, as the rest of the file)", _SAVE_AS_UTF_8
        )
    try:
        return data.decode(FALLBACK), FALLBACK
    except UnicodeDecodeError:
        tried = f"{UTF_8}, {UTF_16} with its mark, {FALLBACK}"
        raise InputError.single(f"{name}, line {line}", f"cannot be decoded (tried: {tried})", _SAVE_AS_UTF_8) from None


def _decode_marked(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError.single(
            name, f"cannot be decoded (tried: {encoding}, which its byte order mark announces)", _SAVE_AS_UTF_8
        ) from None


def _is_damaged_utf_8(data: bytes) -> bool:
    """Whether more non-ASCII characters are sound UTF-8 than not: then a guess would garble the sound ones."""
    decoded = data.decode(UTF_8, errors="replace")
    damaged = decoded.count("\N{REPLACEMENT CHARACTER}")
    sound = sum(not character.isascii() for character in decoded) - damaged
    return sound > damaged


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
    """List the files of a folder and the folders in it, without hidden ones and those that mark a file as open.

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
            # Word keeps a file that begins so beside each document that somebody has open.
            if name.startswith((".", "~$")) or _normal(path) in left:
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
