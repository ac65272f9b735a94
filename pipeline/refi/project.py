"""A REFI-QDA project as values: users, codes, sources with their selections, notes, sets and cases.

They are read from a parsed tree; what a program wrote in its own way is read as it was meant.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from pipeline.core.errors import InputError

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


MAX_CODES = 50_000
MAX_SELECTIONS = 100_000
MAX_DEPTH = 50
"""More codes, more selections or deeper trees are no work of people."""

_PATHS = ("path", "currentPath", "plainTextPath", "richTextPath")
_KNOWN = {"guid", "name", "creatingUser", "creationDateTime", "modifyingUser", "modifiedDateTime"}
_SELECTIONS = (
    "PlainTextSelection", "PictureSelection", "PDFSelection", "AudioSelection", "VideoSelection", "TranscriptSelection",
)  # fmt: skip
_TEXTS = ("Transcript", "Representation", "TextDescription")
_LEFT = ("Link", "Graph", "VariableValue")


def parse_project(root: Any, where: str) -> Project:  # noqa: ANN401
    """Read a project.

    Args:
        root: root of a parsed ``project.qde``, with or without namespace.
        where: file and part, for messages.

    Returns:
        The project; references may still lead nowhere.

    Raises:
        InputError: it is no project, or holds more than people make.
    """
    _expect(root, "Project", where)
    counts = _refuse_too_much(root, where)
    book = _child(root, "CodeBook")
    return Project(
        name=root.get("name") or "",
        origin=root.get("origin"),
        created=root.get("creationDateTime"),
        description=_text(root, "Description"),
        users=tuple(
            User(guid=_guid(user.get("guid")), name=(user.get("name") or user.get("id") or "").strip())
            for user in _inside(root, "Users", "User")
        ),
        codes=_codes(_child(book, "Codes"), where) if book is not None else (),
        sources=tuple(_source(each) for each in _inside(root, "Sources", TEXT_SOURCE, *MEDIA_SOURCES)),
        notes=tuple(_source(note) for note in _inside(root, "Notes", "Note")),
        sets=tuple(_group(each) for each in _inside(root, "Sets", "Set")),
        cases=tuple(_group(case) for case in _inside(root, "Cases", "Case")),
        n_left=sum(counts[name] for name in _LEFT),
    )


def parse_codebook(root: Any, where: str) -> tuple[tuple[Code, ...], tuple[SetOrCase, ...]]:  # noqa: ANN401
    """Read a codebook: its codes, and its sets of codes.

    Args:
        root: root of a parsed ``.qdc`` file.
        where: the file, for messages.

    Raises:
        InputError: it is no codebook, or holds more than people make.
    """
    _expect(root, "CodeBook", where)
    _refuse_too_much(root, where)
    return _codes(_child(root, "Codes"), where), tuple(_group(each) for each in _inside(root, "Sets", "Set"))


def _expect(root: Any, name: str, where: str) -> None:  # noqa: ANN401
    if _name(root) != name:
        fix = "Export it again as REFI-QDA: a project as .qdpx, a codebook as .qdc"
        raise InputError.single(where, f"is not a REFI-QDA {name.lower()}", fix)


def _refuse_too_much(root: Any, where: str) -> Counter[str]:  # noqa: ANN401
    """Count the elements by name, and refuse more than people make."""
    counts = Counter(_name(each) for each in root.iter())
    n_codes, n_selections = counts["Code"], sum(counts[name] for name in _SELECTIONS)
    fix = "Export only the documents and codes that this study needs"
    if n_codes > MAX_CODES:
        raise InputError.single(where, f"holds {n_codes} codes, more than {MAX_CODES}", fix)
    if n_selections > MAX_SELECTIONS:
        raise InputError.single(where, f"holds {n_selections} selections, more than {MAX_SELECTIONS}", fix)
    return counts


def _name(element: Any) -> str:  # noqa: ANN401
    return _local(element.tag)


@lru_cache(maxsize=256)
def _local(tag: Any) -> str:  # noqa: ANN401
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Any, *names: str) -> Iterator[Any]:  # noqa: ANN401
    return (child for child in element if _name(child) in names) if element is not None else iter(())


def _child(element: Any, name: str) -> Any:  # noqa: ANN401
    return next(_children(element, name), None)


def _inside(element: Any, outer: str, *names: str) -> Iterator[Any]:  # noqa: ANN401
    return _children(_child(element, outer), *names)


def _text(element: Any, name: str) -> str | None:  # noqa: ANN401
    found = _child(element, name)
    return (found.text or None) if found is not None else None


def _guid(value: str | None) -> str:
    """Give a guid in one spelling; braces and capitals differ between programs."""
    return (value or "").strip().strip("{}").lower()


def _targets(element: Any, *names: str) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(_guid(each.get("targetGUID")) for each in _children(element, *names))


def _codes(element: Any, where: str, depth: int = 0) -> tuple[Code, ...]:  # noqa: ANN401
    if depth > MAX_DEPTH:
        raise InputError.single(where, f"holds codes more than {MAX_DEPTH} deep", "Make the tree of codes flatter")
    return tuple(
        Code(
            guid=_guid(each.get("guid")),
            name=" ".join((each.get("name") or "").split()),
            is_codable=(each.get("isCodable") or "true").strip().lower() not in ("false", "0"),
            color=each.get("color"),
            description=_text(each, "Description"),
            codes=_codes(each, where, depth + 1),
        )
        for each in _children(element, "Code")
    )


def _codings(element: Any) -> tuple[Coding, ...]:  # noqa: ANN401
    return tuple(
        Coding(
            guid=_guid(each.get("guid")),
            code=next(iter(_targets(each, "CodeRef")), ""),
            user=_guid(each.get("creatingUser")) or None,
            created=each.get("creationDateTime"),
            notes=_targets(each, "NoteRef"),
        )
        for each in _children(element, "Coding")
    )


def _selection(element: Any) -> Selection:  # noqa: ANN401
    return Selection(
        kind=_name(element),
        guid=_guid(element.get("guid")),
        name=element.get("name"),
        place=_attributes(element, leave=_KNOWN),
        description=_text(element, "Description"),
        user=_guid(element.get("creatingUser")) or None,
        created=element.get("creationDateTime"),
        codings=_codings(element),
        notes=_targets(element, "NoteRef"),
    )


def _attributes(element: Any, *, leave: set[str]) -> Attributes:  # noqa: ANN401
    return tuple(sorted((str(name), str(value)) for name, value in element.attrib.items() if name not in leave))


def _source(element: Any) -> Source:  # noqa: ANN401
    return Source(
        kind=_name(element),
        guid=_guid(element.get("guid")),
        name=element.get("name"),
        paths=tuple((name, element.get(name)) for name in _PATHS if element.get(name)),
        content=_text(element, "PlainTextContent"),
        description=_text(element, "Description"),
        user=_guid(element.get("creatingUser")) or None,
        created=element.get("creationDateTime"),
        selections=tuple(_selection(each) for each in _children(element, *_SELECTIONS)),
        codings=_codings(element),
        notes=_targets(element, "NoteRef"),
        texts=tuple(_source(each) for each in _children(element, *_TEXTS)),
        points=tuple(
            SyncPoint(guid=_guid(each.get("guid")), time=each.get("timeStamp"), position=each.get("position"))
            for each in _children(element, "SyncPoint")
        ),
    )


def _group(element: Any) -> SetOrCase:  # noqa: ANN401
    return SetOrCase(
        guid=_guid(element.get("guid")),
        name=element.get("name") or "",
        description=_text(element, "Description"),
        codes=_targets(element, "MemberCode", "CodeRef"),
        sources=_targets(element, "MemberSource", "SourceRef"),
        notes=_targets(element, "MemberNote", "NoteRef"),
        selections=_targets(element, "SelectionRef"),
    )
