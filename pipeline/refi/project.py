"""A REFI-QDA project as values: users, codes, sources with their selections, notes, sets and cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

PROJECT_NAMESPACE = "urn:QDA-XML:project:1.0"
CODEBOOK_NAMESPACE = "urn:QDA-XML:codebook:1.0"
TEXT_SELECTION = "PlainTextSelection"
TRANSCRIPT_SELECTION = "TranscriptSelection"
TEXT_SOURCE = "TextSource"
MEDIA_SOURCES = ("PictureSource", "PDFSource", "AudioSource", "VideoSource")
INTERNAL = "internal://"

Attributes: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody, or something, that codes."""

    guid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code with the codes below it; one that is not codable only holds others."""

    guid: str
    name: str
    is_codable: bool = True
    color: str | None = None
    description: str | None = None
    codes: tuple["Code", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A code given to a selection or to a whole source."""

    guid: str
    code: str
    user: str | None = None
    created: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of a source.

    Attributes:
        kind: name of its element, as ``PlainTextSelection``.
        name: often the selected text, or its beginning.
        place: what says where it is: ``startPosition`` and ``endPosition``, or a page, a rectangle, milliseconds.
        user: guid of who made it.
        created: when it was made, as written.
    """

    kind: str
    guid: str
    name: str | None = None
    place: Attributes = ()
    description: str | None = None
    user: str | None = None
    created: str | None = None
    codings: tuple[Coding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPoint:
    """A character of a transcript, and the milliseconds at which it sounds."""

    guid: str
    time: str | None = None
    position: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source, a note, or the text that belongs to a recording, a picture or a PDF.

    Attributes:
        kind: name of its element.
        paths: the attributes that say where its content lies, as written.
        content: its text, where the project file itself holds it.
        texts: transcripts of a recording, representation of a PDF, description of a picture.
    """

    kind: str
    guid: str
    name: str | None = None
    paths: Attributes = ()
    content: str | None = None
    description: str | None = None
    user: str | None = None
    created: str | None = None
    selections: tuple[Selection, ...] = ()
    codings: tuple[Coding, ...] = ()
    notes: tuple[str, ...] = ()
    texts: tuple["Source", ...] = ()
    points: tuple[SyncPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOrCase:
    """A set, or a case: guids of its codes, sources, notes and selections."""

    guid: str
    name: str
    description: str | None = None
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project.

    Attributes:
        origin: the program that wrote it.
        n_left: how many links, graphs and values of variables it held that are not kept here.
    """

    name: str
    origin: str | None = None
    created: str | None = None
    description: str | None = None
    users: tuple[User, ...] = ()
    codes: tuple[Code, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[Source, ...] = ()
    sets: tuple[SetOrCase, ...] = ()
    cases: tuple[SetOrCase, ...] = ()
    n_left: int = 0


def walk_codes(codes: Sequence[Code], above: tuple[Code, ...] = ()) -> Iterator[tuple[Code, tuple[Code, ...]]]:
    """Walk through a tree of codes, each with those above it, outermost first.

    >>> leaf = Code(guid="2", name="buren")
    >>> [code.name for code, _ in walk_codes([Code(guid="1", name="nabijheid", codes=(leaf,))])]
    ['nabijheid', 'buren']
    """
    for code in codes:
        yield code, above
        yield from walk_codes(code.codes, (*above, code))


def walk_texts(sources: Sequence[Source]) -> Iterator[tuple[Source, Source]]:
    """Walk through all that may have a text: (the source as its user knows it, the part that holds the text)."""
    for source in sources:
        if source.kind == TEXT_SOURCE:
            yield source, source
        for text in source.texts:
            yield source, text


def path_of(source: Source, attribute: str) -> str | None:
    """Give one of the paths of a source, or None."""
    return dict(source.paths).get(attribute)
