"""Opens what strangers packed: files whole, ZIP archives part by part, XML without entities; never onto the disk.

Every limit is on what is really unpacked, not only on what the archive declares of itself.
"""

import hashlib
import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, NoReturn, Self

from pipeline.core.errors import InputError

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document (docx, xlsx, odt)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (doc, xls), or one that is locked with a password"),
    (b"{\\rtf", "rich text (rtf)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "a database"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"RIFF", "a sound or video recording"),
    (b"\x7fELF", "a program"),
)


def name_kind(data: bytes) -> str | None:
    """Name the kind of file that some bytes begin, in words for a message; None where they show no known mark.

    >>> name_kind(b"%PDF-1.7"), name_kind(b"D3: dag")
    ('a PDF', None)
    """
    return next((kind for signature, kind in SIGNATURES if data.startswith(signature)), None)


MAX_FILE = 200_000_000
MAX_TOTAL = 200_000_000
MAX_XML = 32_000_000
MAX_TAGS = 3_000_000
MAX_RATIO, RATIO_COUNTS_FROM = 250, 8_000_000
MAX_DIRECTORY = 2_000_000
_CHUNK = 1_000_000
_END_RECORD, _END_LENGTH, _MAX_COMMENT = b"PK\x05\x06", 22, 65_535
_WIDE_LOCATOR, _WIDE_RECORD, _WIDE_BACK = b"PK\x06\x07", b"PK\x06\x06", 20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, IndexError, RuntimeError,
    NotImplementedError, OverflowError,
)  # fmt: skip
_SAVE_AGAIN = "Save it again in the program that made it, and copy it whole"
_LESS = "Leave out pictures and recordings, or split it"


def read_bytes(path: Path, name: str, limit: int = MAX_FILE) -> bytes:
    """Read a file whole.

    Args:
        path: the file.
        name: the name to use for it in messages.
        limit: bytes it may hold.

    Returns:
        Its bytes, at least one.

    Raises:
        InputError: it cannot be opened, is empty or larger than the limit.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        _refuse_closed(name, error)
    if not data:
        raise InputError.single(name, "is empty", "Leave it out, or fill it")
    if len(data) > limit:
        raise InputError.single(name, f"is larger than {limit // 1_000_000} MB", _LESS)
    return data


def _refuse_closed(name: str, error: OSError) -> NoReturn:
    reason = (error.strerror or "cannot be opened").lower()
    raise InputError.single(name, f"cannot be read: {reason}", "Check that the file exists and may be read") from None


def open_archive(path: Path, name: str) -> "Archive":
    """Open a ZIP archive; use it in a ``with`` statement.

    Args:
        path: the file.
        name: the name to use for it in messages.

    Returns:
        The archive; nothing of it is unpacked yet.

    Raises:
        InputError: it cannot be opened, is no ZIP archive, is damaged, or declares more parts than are read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        _refuse_closed(name, error)
    try:
        return Archive(file, name)
    except BaseException:
        file.close()
        raise


class Archive:
    """A ZIP archive of which parts are read into memory, within limits."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Read the list of parts; see `open_archive`."""
        self.name = name
        self._file = file
        self._left = MAX_TOTAL
        _refuse_other(file.read(64), name)
        _refuse_long_directory(file, name)
        try:
            file.seek(0)
            self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            self._zip = zipfile.ZipFile(file)
            parts = {part.filename: part for part in self._zip.infolist()}
        except _BROKEN:
            raise InputError.single(name, "is a damaged or truncated archive", _SAVE_AGAIN) from None
        self._parts = {
            part_name: part for part_name, part in parts.items() if not part.is_dir() and _is_safe(part_name, part)
        }
        self.refused = sum(not part.is_dir() for part in parts.values()) - len(self._parts)

    @property
    def sha256(self) -> str:
        """Hash of the bytes of the archive itself."""
        return self._sha256

    def names(self) -> tuple[str, ...]:
        """Name its parts in order, without folders, links and names that lead out of the archive.

        How many were left out for their name or for being a link is in ``refused``.
        """
        return tuple(self._parts)

    def read(self, name: str, limit: int = MAX_XML) -> bytes:
        """Unpack one part.

        Args:
            name: one of `names`.
            limit: bytes it may hold.

        Returns:
            Its bytes.

        Raises:
            InputError: there is no such part, it is locked, damaged, packed with an odd method, or over a limit.
        """
        where = f"{self.name}, {printable(name)}"
        part = self._parts.get(name)
        if part is None:
            raise InputError.single(self.name, f"has no part {printable(name)}", _SAVE_AGAIN)
        if part.flag_bits & 0x1:
            raise InputError.single(self.name, "is locked with a password", "Save it without a password")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError.single(where, "is packed in a way that is not read", _SAVE_AGAIN)
        allowed = min(limit, self._left)
        if part.file_size > allowed:
            raise InputError.single(where, f"unpacks to more than {allowed // 1_000_000} MB", _LESS)
        data = self._unpack(part, allowed, where)
        self._left -= len(data)
        return data

    def _unpack(self, part: zipfile.ZipInfo, allowed: int, where: str) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > allowed:
                        raise InputError.single(where, f"unpacks to more than {allowed // 1_000_000} MB", _LESS)
                    if size > max(RATIO_COUNTS_FROM, MAX_RATIO * part.compress_size):
                        raise InputError.single(where, "unpacks to far more than a document holds", _LESS)
                    chunks.append(chunk)
        except _BROKEN:
            raise InputError.single(where, "is damaged or truncated", _SAVE_AGAIN) from None
        return b"".join(chunks)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()


def _refuse_other(head: bytes, name: str) -> None:
    if not head:
        raise InputError.single(name, "is empty", "Leave it out, or fill it")
    is_web_page = re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", head, re.IGNORECASE) is not None
    kind = "a web page" if is_web_page else name_kind(head)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        fix = "Save it without a password, in the present format of its program"
        raise InputError.single(name, f"is {kind}", fix)
    if not head.startswith(b"PK"):
        what = f"is {kind}" if kind else "is no file of the kind that its suffix says"
        raise InputError.single(name, what, "Give it its own suffix, or save it again under this one")


def _refuse_long_directory(file: IO[bytes], name: str) -> None:
    """Refuse a list of parts that would fill the memory before any part is looked at."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _END_LENGTH - _MAX_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    end = tail.rfind(_END_RECORD)
    if end < 0:
        raise InputError.single(name, "is a damaged or truncated archive", _SAVE_AGAIN)
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    if end >= _WIDE_BACK and tail[end - _WIDE_BACK :].startswith(_WIDE_LOCATOR):
        record = tail.rfind(_WIDE_RECORD, 0, end)
        size = int.from_bytes(tail[record + 40 : record + 48], "little") if record >= 0 else MAX_DIRECTORY + 1
    if size > MAX_DIRECTORY:
        raise InputError.single(name, "holds more parts than a document has", _LESS)


def _is_safe(name: str, part: zipfile.ZipInfo) -> bool:
    plain = name.replace("\\", "/")
    path = PurePosixPath(plain)
    leads_out = path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True
    is_link = stat.S_ISLNK(part.external_attr >> 16)
    return not leads_out and not is_link and name.isprintable()


def printable(name: str) -> str:
    r"""Shorten the name of a part to what may stand in a message: one line, without control characters.

    >>> printable("word/document.xml"), printable("a\nb\x1b")
    ('word/document.xml', 'a?b?')
    """
    return "".join(c if c.isprintable() else "?" for c in name[-80:])


def parse_xml(data: bytes, where: str, max_tags: int = MAX_TAGS) -> Any:  # noqa: ANN401
    """Parse XML that a stranger wrote: no entities, no network, no document type, bounded depth and text.

    Args:
        data: the bytes.
        where: file and part, for messages.
        max_tags: opening and closing tags that it may hold; each takes memory, however short.

    Returns:
        The root, an ``lxml.etree._Element``; without comments and processing instructions.

    Raises:
        InputError: it holds more tags, is no well-formed XML, or declares a document type, which could define entities.

    >>> parse_xml(b"<a><b/></a>", "a.xml")[0].tag
    'b'
    """
    from lxml import etree

    if data.count(b"<") > max_tags:
        raise InputError.single(where, "holds more marks than a document has", _LESS)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        # The parser's own message may quote the text around the damage.
        raise InputError.single(where, "holds XML that cannot be parsed", _SAVE_AGAIN) from None
    if root is None or root.getroottree().docinfo.doctype:
        raise InputError.single(where, "holds XML with a document type, which may define entities", _SAVE_AGAIN)
    return root
