"""A parsed tree becomes a project or a codebook; what a program wrote in its own way is read as it was meant."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pipeline.core.errors import InputError
from pipeline.refi.project import (
    MEDIA_SOURCES,
    TEXT_SOURCE,
    Attributes,
    Code,
    Coding,
    Project,
    Selection,
    SetOrCase,
    Source,
    SyncPoint,
    User,
)

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
