"""Reads OpenDocument texts (``.odt``): headings, lists, tables, notes, tracked changes, text boxes.

Read is what is shown when all changes are accepted. Comments, deletions, hidden text, tables of contents, heads and
feet are no text of the document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.readers.archives import Archive, open_archive, parse_xml
from pipeline.readers.documents.document import (
    BULLET,
    COMMENTS,
    CONTENTS,
    DELETIONS,
    HIDDEN,
    INSERTIONS,
    Block,
    Cell,
    Document,
    Paragraph,
    ParagraphParts,
    Table,
    attribute,
    bold_lead,
    child,
    children,
    flow,
    is_all_bold,
    read_number,
    tag,
    write_number,
)
from pipeline.readers.documents.rendering import render
from pipeline.readers.sources import SourceText

_HEADING = re.compile(r"(?:heading|kop)(?:_20_|\s)*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)
_BOLD = re.compile(r"bold|[6-9]00", re.IGNORECASE)
_MAX_BASES = 20


@dataclass(frozen=True, slots=True)
class OdtStyle:
    """What a style says, with what it takes from its parents.

    Attributes:
        heading: depth as a heading, from 1; 0 for none.
        is_title: it is the style of the title.
        is_bold: its text is bold.
        is_hidden: its text is hidden.
    """

    heading: int = 0
    is_title: bool = False
    is_bold: bool = False
    is_hidden: bool = False


def read_styles(*roots: Any) -> tuple[dict[str, OdtStyle], dict[str, dict[int, Any]]]:  # noqa: ANN401
    """Read the styles in the parts of a document.

    Args:
        roots: roots of the parts that hold styles; later ones win.

    Returns:
        Styles of paragraphs and text by name; and the levels of list styles by name and depth, from 1.
    """
    elements: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    for root in roots:
        for container in children(root, "styles", "automatic-styles"):
            for element in container:
                name = attribute(element, "name")
                if tag(element) == "style":
                    elements[name] = element
                elif tag(element) == "list-style":
                    lists[name] = {read_number(attribute(level, "level"), 1): level for level in element}
    return {name: _read_style(name, elements) for name in elements}, lists


def style_named(name: str) -> OdtStyle:
    """Give what the name of a style says of it, for a style that the document does not define."""
    heading = _HEADING.fullmatch(name)
    return OdtStyle(heading=int(heading[1]) if heading else 0, is_title=_TITLE.fullmatch(name) is not None)


def _read_style(name: str, elements: dict[str, Any]) -> OdtStyle:
    chain = [name]
    while (above := attribute(elements[chain[-1]], "parent-style-name")) in elements and above not in chain:
        chain.append(above)
        if len(chain) > _MAX_BASES:
            break
    names = [*chain, attribute(elements[chain[-1]], "parent-style-name")]
    values: dict[str, str] = {}
    for key in reversed(chain):
        for properties in children(elements[key], "text-properties", "paragraph-properties"):
            values |= {key.rpartition("}")[2]: value for key, value in properties.attrib.items()}
    heading = next((found for key in names if (found := _HEADING.fullmatch(key))), None)
    return OdtStyle(
        heading=int(heading[1]) if heading else 0,
        is_title=any(_TITLE.fullmatch(key) for key in names),
        is_bold=_BOLD.fullmatch(values.get("font-weight", "")) is not None,
        is_hidden=values.get("display") == "none",
    )


def write_mark(level: Any | None, counts: dict[int, int], depth: int) -> str:  # noqa: ANN401
    """Write the mark of an item: ``-`` for a bullet, else its number as printed.

    Args:
        level: the level of the list style, or None where the list has no style.
        counts: how far each depth was counted.
        depth: of the item, from 1.

    Returns:
        The mark; empty where the level prints none.
    """
    if level is None or tag(level) != "list-level-style-number":
        return BULLET
    form = attribute(level, "num-format")
    if not form:
        return ""
    shown = max(1, read_number(attribute(level, "display-levels"), 1))
    numbers = [write_number(counts.get(at, 1), form) for at in range(max(1, depth - shown + 1), depth + 1)]
    mark = attribute(level, "num-prefix") + ".".join(numbers) + attribute(level, "num-suffix")
    return " ".join(mark.split()[:4])[:40]


def first_start(level: Any | None) -> int:  # noqa: ANN401
    """Give the number that a level of a list starts with."""
    return read_number(attribute(level, "start-value"), 1)


def outline_of(root: Any | None) -> dict[int, Any]:  # noqa: ANN401
    """Give the levels of the numbering of headings, by depth."""
    outline = child(root, "styles", "outline-style")
    return {read_number(attribute(level, "level"), 1): level for level in (() if outline is None else outline)}


MAX_PART, MAX_TAGS = 24_000_000, 600_000
MAX_REPEATED = 64
_CONTAINERS = frozenset("section text-box frame index-body list-header a span ruby ruby-base meta meta-field".split())  # noqa: SIM905
_INDEXES = frozenset(
    "table-of-content alphabetical-index illustration-index table-index object-index user-index bibliography".split()  # noqa: SIM905
)
_ROW_GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group"})


def load(path: Path, name: str) -> SourceText:
    """Read an OpenDocument text.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are pages where the file says where they turned (``p. 3``), else paragraphs (``¶ 12``).

    Raises:
        InputError: it is damaged, locked, no OpenDocument text, or holds no text.
    """
    with open_archive(path, name) as archive:
        return render(_read(archive), name, archive.sha256, "utf-8", "odt")


def _read(archive: Archive) -> Document:
    if "content.xml" not in archive.names():
        fix = "Save it again as .odt, or give it its own suffix"
        raise InputError.single(archive.name, "is an archive, but no OpenDocument text", fix)
    if "META-INF/manifest.xml" in archive.names() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise InputError.single(archive.name, "is locked with a password", "Save it without a password")
    root = parse_xml(archive.read("content.xml", MAX_PART), f"{archive.name}, content.xml", MAX_TAGS)
    body = child(root, "body", "text")
    if body is None:
        raise InputError.single(archive.name, "is no OpenDocument text", "Export a sheet as .xlsx, slides as text")
    styled = None
    if "styles.xml" in archive.names():
        styled = parse_xml(archive.read("styles.xml", MAX_PART), f"{archive.name}, styles.xml", MAX_TAGS)
    styles, lists = read_styles(*(part for part in (styled, root) if part is not None))
    has_pages = next((True for element in body.iter() if tag(element) == "soft-page-break"), False)
    story = _Story(styles, lists, outline_of(styled), has_pages)
    changes = child(body, "tracked-changes")
    for region in () if changes is None else changes.iter():
        story.document.left_out[DELETIONS] += tag(region) == "deletion"
        story.document.left_out[INSERTIONS] += tag(region) == "insertion"
    story.document.blocks = list(story.blocks(body))
    return story.document


@dataclass(slots=True)
class _Story:
    """Reads one stream of paragraphs; see `word_text.Story`."""

    styles: dict[str, OdtStyle]
    lists: dict[str, dict[int, Any]]
    outline: dict[int, Any]
    has_pages: bool
    document: Document = field(default_factory=Document)
    _page: int = 1
    _paragraphs: int = 0
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _headings: dict[int, int] = field(default_factory=dict)

    def blocks(self, parent: Any, mark: str = "") -> Iterator[Block]:  # noqa: ANN401
        """Give the paragraphs and tables in an element, in order; the first paragraph takes the mark of its item."""
        for element in parent:
            name = tag(element)
            if name in ("p", "h"):
                yield from self._paragraph(element, mark)
                mark = ""
            elif name == "list":
                yield from self._list(element)
            elif name == "table":
                yield Table(tuple(self._rows(element)))
            elif name in _INDEXES:
                self.document.left_out[CONTENTS] += sum(tag(inner) == "p" for inner in element.iter())
            elif name == "soft-page-break":
                self._page += 1
            elif name in _CONTAINERS:
                yield from self.blocks(element)

    def _list(self, element: Any, style: str = "", key: str = "", depth: int = 1) -> Iterator[Block]:  # noqa: ANN401
        own = attribute(element, "style-name") or style
        if not key:
            goes_on = attribute(element, "continue-numbering") == "true" or attribute(element, "continue-list")
            key = own if goes_on else attribute(element, "id") or f"list {self._paragraphs}"
        counts = self._counts.setdefault(key, {})
        level = self.lists.get(own, {}).get(depth)
        for item in children(element, "list-item", "list-header"):
            for deeper in [other for other in counts if other > depth]:
                del counts[deeper]
            given = attribute(item, "start-value")
            counts[depth] = read_number(given, 1) if given else counts.get(depth, first_start(level) - 1) + 1
            self._counts[own] = counts
            mark = write_mark(level, counts, depth) if tag(item) == "list-item" else ""
            for part in item:
                if tag(part) == "list":
                    yield from self._list(part, own, key, depth + 1)
                else:
                    made = self.blocks([part], mark)
                    yield from (replace(p, depth=depth - 1) if isinstance(p, Paragraph) else p for p in made)
                    mark = ""

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:  # noqa: ANN401
        for element in table:
            if tag(element) == "table-row":
                yield tuple(self._cells(element))
            elif tag(element) in _ROW_GROUPS:
                yield from self._rows(element)
            elif tag(element) == "soft-page-break":
                self._page += 1

    def _cells(self, row: Any) -> Iterator[Cell]:  # noqa: ANN401
        for element in row:
            name = tag(element)
            if name in ("table-cell", "covered-table-cell"):
                repeated = max(1, min(read_number(attribute(element, "number-columns-repeated"), 1), MAX_REPEATED))
                cell = Cell(tuple(self.blocks(element)), 1, name == "covered-table-cell")
                yield from (cell for _ in range(repeated))

    def _paragraph(self, element: Any, mark: str) -> Iterator[Block]:  # noqa: ANN401
        named = attribute(element, "style-name")
        style = self.styles.get(named) or style_named(named)
        self._paragraphs += 1
        line = ParagraphParts(self._paragraphs)
        self._inside(element, line, style)
        text = "".join(line.parts).strip()
        heading = max(1, read_number(attribute(element, "outline-level"), 1)) if tag(element) == "h" else style.heading
        heading = 0 if style.is_title else heading
        if heading and text:
            text = f"{self._number(heading) or mark.removeprefix('-')} {text}".strip()
        made = Paragraph(text, self._place(line), heading, "" if heading else mark, is_all_bold(line.bold_parts))
        yield replace(made, is_title=style.is_title, lead=bold_lead(line.bold_parts))
        yield from line.boxes

    def _number(self, depth: int) -> str:
        level = self.outline.get(depth)
        if not attribute(level, "num-format"):
            return ""
        self._headings = {at: count for at, count in self._headings.items() if at <= depth}
        self._headings[depth] = self._headings.get(depth, first_start(level) - 1) + 1
        mark = write_mark(
            level if tag(level) == "list-level-style-number" else _as_number(level), self._headings, depth
        )
        return f"{mark}." if mark.isdigit() else mark

    def _place(self, line: ParagraphParts) -> str:
        return f"p. {line.page or self._page}" if self.has_pages else f"¶ {line.number}"

    def _inside(self, parent: Any, line: ParagraphParts, style: OdtStyle) -> None:  # noqa: ANN401
        self._say(parent.text, line, style)
        for element in parent:
            self._part(element, line, style)
            self._say(element.tail, line, style)

    def _part(self, element: Any, line: ParagraphParts, style: OdtStyle) -> None:  # noqa: ANN401
        name = tag(element)
        if name == "s":
            line.parts.append(" " * max(1, min(read_number(attribute(element, "c"), 1), 100)))
        elif name in ("tab", "line-break"):
            line.parts.append("\t" if name == "tab" else "\n")
        elif name == "soft-page-break":
            self._page += 1
        elif name == "note":
            self._note(element, line)
        elif name == "annotation":
            self.document.left_out[COMMENTS] += 1
        elif name in ("hidden-text", "hidden-paragraph"):
            self.document.left_out[HIDDEN] += 1
        elif name in ("frame", "text-box"):
            line.boxes += [block for box in _boxes(element) for block in self.blocks(box)]
        elif name not in ("annotation-end", "tracked-changes", "ruby-text", "script", "g", "custom-shape", "object"):
            own = self.styles.get(attribute(element, "style-name")) if name == "span" else None
            merged = replace(style, is_bold=own.is_bold or style.is_bold, is_hidden=own.is_hidden) if own else style
            self._inside(element, line, merged)

    def _note(self, element: Any, line: ParagraphParts) -> None:  # noqa: ANN401
        body = child(element, "note-body")
        place = self._place(line)
        text = " ".join(p.text for p in flow(list(self.blocks(body)))) if body is not None else ""
        self.document.notes.append(Paragraph(text, place))

    def _say(self, text: str | None, line: ParagraphParts, style: OdtStyle) -> None:
        if not text:
            return
        if style.is_hidden:
            self.document.left_out[HIDDEN] += bool(text.strip())
            return
        if text.strip():
            line.page = line.page or self._page
        # White space in the file is its layout; what is shown of it has elements of its own.
        line.parts.append(" ".join(text.replace("\n", " ").replace("\t", " ").split(" ")))
        line.bold_parts.append((line.parts[-1], style.is_bold))


def _as_number(level: Any) -> Any:  # noqa: ANN401
    """Read a level of the outline as one of a list: the same attributes under another name."""
    from lxml import etree

    return etree.Element("list-level-style-number", dict(level.attrib))


def _boxes(element: Any) -> Iterator[Any]:  # noqa: ANN401
    return (inner for inner in element.iter() if tag(inner) == "text-box")
