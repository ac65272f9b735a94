"""A project with its texts becomes one ``.qdpx`` file: a ZIP with fixed dates, the same bytes every time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pipeline.core.files import pack_parts
from pipeline.refi.project import (
    CODEBOOK_NAMESPACE,
    INTERNAL,
    PROJECT_NAMESPACE,
    TEXT_SELECTION,
    Code,
    Coding,
    Project,
    Selection,
    SetOrCase,
    Source,
)

NAMESPACE = UUID("6f1d2f0e-6c0b-5f0a-9a5c-2b8d6c1e7a40")
"""The namespace of all guids of this program; changing it would make every project a stranger to its earlier self."""

_BETWEEN = "\x1f"


def make_guid(study: str, kind: str, *parts: object) -> str:
    """Make the guid of one thing of one study.

    Args:
        study: name of the study.
        kind: what it is, as ``code`` or ``source``.
        parts: what sets it apart from others of its kind.

    >>> make_guid("proef", "code", "theme", "nabijheid") == make_guid("proef", "code", "theme", "nabijheid")
    True
    >>> make_guid("proef", "code", "a", "b") == make_guid("proef", "code", "ab", "")
    False
    """
    return str(uuid5(NAMESPACE, _BETWEEN.join((study, kind, *map(str, parts)))))


ORIGIN = "dialoogtafel"

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")


def render_project(project: Project) -> bytes:
    """Render ``project.qde``.

    >>> render_project(Project(name="Proef", origin="dialoogtafel")).decode().split(chr(10))[1]
    '<Project xmlns="urn:QDA-XML:project:1.0" name="Proef" origin="dialoogtafel" />'
    """
    root = _element(None, "Project", {"xmlns": PROJECT_NAMESPACE, "name": project.name, "origin": project.origin})
    _set(root, creationDateTime=project.created)
    if project.users:
        users = SubElement(root, "Users")
        for user in project.users:
            _element(users, "User", {"guid": user.guid, "name": user.name})
    if project.codes:
        _codes(SubElement(SubElement(root, "CodeBook"), "Codes"), project.codes)
    _groups(root, "Cases", "Case", project.cases)
    if project.sources:
        sources = SubElement(root, "Sources")
        for source in project.sources:
            _source(sources, source)
    if project.notes:
        notes = SubElement(root, "Notes")
        for note in project.notes:
            _source(notes, note)
    _groups(root, "Sets", "Set", project.sets)
    _describe(root, project.description)
    return _to_bytes(root)


def render_codebook(codes: Sequence[Code]) -> bytes:
    """Render a ``.qdc`` file."""
    root = _element(None, "CodeBook", {"xmlns": CODEBOOK_NAMESPACE, "origin": ORIGIN})
    _codes(SubElement(root, "Codes"), codes)
    return _to_bytes(root)


def clean(text: str) -> str:
    r"""Replace the characters that XML cannot hold, one for one, so that no offset moves.

    >>> clean("a\x0bb")
    'a�b'
    """
    return _NOT_IN_XML.sub("\ufffd", text)


def _to_bytes(root: Element) -> bytes:
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _element(parent: Element | None, name: str, attributes: dict[str, str | None]) -> Element:
    element = Element(name) if parent is None else SubElement(parent, name)
    _set(element, **attributes)
    return element


def _set(element: Element, **attributes: str | None) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, clean(value))


def _describe(element: Element, text: str | None, name: str = "Description") -> None:
    if text:
        SubElement(element, name).text = clean(text)


def _refer(element: Element, name: str, targets: Iterable[str]) -> None:
    for target in targets:
        SubElement(element, name).set("targetGUID", target)


def _codes(parent: Element, codes: Sequence[Code]) -> None:
    for code in codes:
        color = code.color if code.color and _COLOR.fullmatch(code.color) else None
        codable = "true" if code.is_codable else "false"
        attributes = {"guid": code.guid, "name": code.name, "isCodable": codable, "color": color}
        element = _element(parent, "Code", attributes)
        _describe(element, code.description)
        _codes(element, code.codes)


def _codings(parent: Element, codings: Sequence[Coding]) -> None:
    for coding in codings:
        attributes = {"guid": coding.guid, "creatingUser": coding.user, "creationDateTime": coding.created}
        element = _element(parent, "Coding", attributes)
        _refer(element, "CodeRef", [coding.code])
        _refer(element, "NoteRef", coding.notes)


def _selection(parent: Element, selection: Selection) -> None:
    element = _element(parent, selection.kind, {"guid": selection.guid, "name": selection.name})
    _set(element, **dict(selection.place), creatingUser=selection.user, creationDateTime=selection.created)
    _describe(element, selection.description)
    _codings(element, selection.codings)
    _refer(element, "NoteRef", selection.notes)


def _source(parent: Element, source: Source) -> None:
    element = _element(parent, source.kind, {"guid": source.guid, "name": source.name, **dict(source.paths)})
    _set(element, creatingUser=source.user, creationDateTime=source.created)
    _describe(element, source.description)
    _describe(element, source.content, "PlainTextContent")
    # The schema puts the text of a PDF after its selections, and that of a recording or picture before them.
    late = source.kind == "PDFSource"
    for text in () if late else source.texts:
        _source(element, text)
    for point in source.points:
        _element(element, "SyncPoint", {"guid": point.guid, "timeStamp": point.time, "position": point.position})
    for selection in source.selections:
        _selection(element, selection)
    for text in source.texts if late else ():
        _source(element, text)
    _codings(element, source.codings)
    _refer(element, "NoteRef", source.notes)


def _groups(root: Element, outer: str, name: str, groups: Sequence[SetOrCase]) -> None:
    if not groups:
        return
    holder = SubElement(root, outer)
    names = ("CodeRef", "SourceRef", "SelectionRef") if name == "Case" else ("MemberCode", "MemberSource", "MemberNote")
    for group in groups:
        element = _element(holder, name, {"guid": group.guid, "name": group.name})
        _describe(element, group.description)
        last = group.selections if name == "Case" else group.notes
        for member, targets in zip(names, (group.codes, group.sources, last), strict=True):
            _refer(element, member, targets)


def text_place(start: int, end: int) -> tuple[tuple[str, str], ...]:
    """Say where a selection of a text lies: code points from 0, the end beyond the last one."""
    return (("endPosition", str(end)), ("startPosition", str(start)))


def text_selection(guid: str, start: int, end: int, name: str) -> Selection:
    """Make a selection of a text without codings."""
    return Selection(kind=TEXT_SELECTION, guid=guid, name=name, place=text_place(start, end))


PROJECT_FILE = "project.qde"
SOURCES_FOLDER = "sources"


def pack(project: Project, texts: Mapping[str, str]) -> bytes:
    """Pack a project.

    Args:
        project: the project; its sources refer to texts as ``internal://NAME``.
        texts: name of the file in the archive to its text.

    Returns:
        The bytes of the ``.qdpx`` file.
    """
    parts = {PROJECT_FILE: render_project(project)}
    parts |= {f"{SOURCES_FOLDER}/{name}": text.encode() for name, text in sorted(texts.items())}
    return pack_parts(parts)


def text_file(guid: str) -> str:
    """Name the file of a text.

    >>> text_file("0616fddd")
    '0616fddd.txt'
    """
    return f"{guid}.txt"


def internal(name: str) -> str:
    """Write the path of a part of the archive.

    >>> internal("0616fddd.txt")
    'internal://0616fddd.txt'
    """
    return INTERNAL + name
