"""What a reader returns: rows of the tables that ingest writes, with the decoded text they point into."""

import hashlib
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from pipeline.core.notices import Notice
from pipeline.core.schemas.forms import Row


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
