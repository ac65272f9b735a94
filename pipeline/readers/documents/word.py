"""Reads Word documents (``.docx``, ``.docm``): styles, lists, tables, notes, tracked changes, text boxes.

Read is what is shown when all changes are accepted. Comments, deletions, hidden text, tables of contents, heads and
feet are no text of the document; macros are never looked at.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
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
    is_on,
    read_number,
    tag,
    write_number,
)
from pipeline.readers.documents.rendering import render, write_hats
from pipeline.readers.sources import SourceText

_HEADING = re.compile(r"(?:heading|kop|titre|überschrift)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc\s*\d?|inhopg\s*\d|inhoudsopgave\s*\d|toc heading|kopvaninhoudsopgave)", re.IGNORECASE)
_LIST = re.compile(r"(?:list bullet|list number|lijstopsom|lijstnummering|list paragraph bullet)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"%([1-9])")
_BODY_LEVEL = 9
_MAX_BASES = 20


@dataclass(slots=True)
class WordStyle:
    """What a style says, with what it takes from the styles that it is based on.

    Attributes:
        name: as shown to the user; styles of the program itself have an English name.
        outline: depth as a heading, from 0; 9 for body text.
        number: list and level it belongs to.
        is_bold: its text is bold.
        is_hidden: its text is hidden.
    """

    name: str = ""
    outline: int | None = None
    number: tuple[str, int] | None = None
    is_bold: bool = False
    is_hidden: bool = False

    @property
    def heading(self) -> int:
        """Depth as a heading, from 1; 0 for none."""
        if found := _HEADING.fullmatch(self.name):
            return int(found[1])
        return self.outline + 1 if self.outline is not None and self.outline < _BODY_LEVEL else 0

    @property
    def is_title(self) -> bool:
        """Whether it is the style of the title."""
        return _TITLE.fullmatch(self.name) is not None


def list_depth(name: str) -> int:
    """Read how deep a list lies off the name of its style, from 0.

    >>> list_depth("List Bullet 3"), list_depth("List Bullet")
    (2, 0)
    """
    found = re.search(r"\d$", name)
    return max(0, int(found[0]) - 1) if found and _LIST.match(name) else 0


def read_styles(root: Any | None) -> dict[str, WordStyle]:  # noqa: ANN401
    """Read the styles of a document by their identifier; the empty identifier is the style of ordinary paragraphs."""
    elements = {attribute(style, "styleId"): style for style in children(root, "style")}
    styles = {identity: _read_style(identity, elements) for identity in elements}
    default = next(
        (key for key, e in elements.items() if attribute(e, "type") == "paragraph" and attribute(e, "default") == "1"),
        None,
    )
    styles.setdefault("", styles.get(default or "", WordStyle()))
    return styles


def _read_style(identity: str, elements: dict[str, Any]) -> WordStyle:
    found = WordStyle()
    chain = [identity]
    while (base := child(elements[chain[-1]], "basedOn")) is not None and len(chain) < _MAX_BASES:
        above = attribute(base, "val")
        if above not in elements or above in chain:
            break
        chain.append(above)
    for key in reversed(chain):
        element = elements[key]
        outline = child(element, "pPr", "outlineLvl")
        found.outline = found.outline if outline is None else read_number(attribute(outline, "val"), _BODY_LEVEL)
        found.number = number_of(child(element, "pPr")) or found.number
        bold, hidden = child(element, "rPr", "b"), child(element, "rPr", "vanish")
        found.is_bold = found.is_bold if bold is None else is_on(bold)
        found.is_hidden = found.is_hidden if hidden is None else is_on(hidden)
    found.name = _name(identity, elements)
    inherited = next((match for key in chain[1:] if (match := _HEADING.fullmatch(_name(key, elements)))), None)
    if inherited and not found.heading:
        found.outline = int(inherited[1]) - 1
    return found


def _name(identity: str, elements: dict[str, Any]) -> str:
    return attribute(child(elements[identity], "name"), "val", identity)


def number_of(properties: Any | None) -> tuple[str, int] | None:  # noqa: ANN401
    """Read which list a paragraph or style belongs to, and its level; list ``0`` takes it out of every list."""
    number = child(properties, "numPr")
    if number is None:
        return None
    depth = read_number(attribute(child(number, "ilvl"), "val"))
    return attribute(child(number, "numId"), "val"), min(depth, 8)


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """Counts the items of lists as they are met, and writes their numbers."""

    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _lists: dict[str, str] = field(default_factory=dict)
    _starts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Any | None) -> "Numbering":  # noqa: ANN401
        """Read the lists of a document."""
        numbering = cls()
        for abstract in children(root, "abstractNum"):
            levels = {}
            for level in children(abstract, "lvl"):
                values = {name: child(level, name) for name in ("numFmt", "lvlText", "start")}
                given = {name: attribute(value, "val") for name, value in values.items() if value is not None}
                start = read_number(given.get("start", "1"), 1)
                levels[read_number(attribute(level, "ilvl"))] = _Level(
                    given.get("numFmt", "decimal"), given.get("lvlText", ""), start
                )
            numbering._levels[attribute(abstract, "abstractNumId")] = levels
        for number in children(root, "num"):
            identity = attribute(number, "numId")
            numbering._lists[identity] = attribute(child(number, "abstractNumId"), "val")
            for override in children(number, "lvlOverride"):
                if (start_at := child(override, "startOverride")) is not None:
                    place = (identity, read_number(attribute(override, "ilvl")))
                    numbering._starts[place] = read_number(attribute(start_at, "val"), 1)
        return numbering

    def next_mark(self, number: tuple[str, int]) -> str:
        """Count one item on and give its mark: ``-`` for a bullet, else its number as printed; empty for no list."""
        identity, depth = number
        levels = self._levels.get(self._lists.get(identity, ""))
        if levels is None:
            return ""
        key = self._lists[identity]
        level = levels.get(depth, _Level())
        if level.form == "bullet":
            return BULLET
        counts = self._counts.setdefault(key, {})
        if (start := self._starts.pop((identity, depth), None)) is not None:
            counts.pop(depth, None)
        counts[depth] = counts.get(depth, (level.start if start is None else start) - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]

        def written(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = levels.get(at, _Level())
            return write_number(counts.get(at, other.start), other.form)

        mark = _PLACEHOLDER.sub(written, level.text) if level.form != "none" else ""
        return " ".join(mark.split()[:4])[:40]


UNENDED = "fields have no end: what follows them may be missing"
_INLINE = frozenset(
    "ins moveTo hyperlink smartTag sdt sdtContent fldSimple bdo dir customXml oMath oMathPara ruby rubyBase".split()  # noqa: SIM905
)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
_SYMBOL_BULLETS = frozenset({"f0b7", "f0a7", "f0d8", "f0fc", "f076"})


@dataclass(slots=True)
class Story:
    """Reads one stream of paragraphs.

    Attributes:
        styles: by identifier.
        numbering: counts items.
        document: what has been found; ``left_out`` counts on.
        has_pages: the file says where its pages turned when it was last shown.
        references: identifiers of the notes that were referred to, with their place, in order.
    """

    styles: dict[str, WordStyle]
    numbering: Numbering
    document: Document
    has_pages: bool = False
    references: list[tuple[str, str, str]] = field(default_factory=list)
    _page: int = 1
    _paragraphs: int = 0
    _fields: list[bool] = field(default_factory=list)
    _pending: tuple[str, Paragraph] | None = None

    def blocks(self, parent: Any) -> Iterator[Block]:  # noqa: ANN401
        """Give the paragraphs and tables in an element, in order."""
        for element in parent:
            name = tag(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield Table(tuple(self._rows(element)))
            elif name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "txbxContent"):
                yield from self.blocks(element)

    def close(self) -> None:
        """Count what was begun and never ended."""
        self.document.left_out[UNENDED] += sum(self._fields)

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:  # noqa: ANN401
        for element in table:
            name = tag(element)
            if name == "tr":
                is_deleted = child(element, "trPr", "del") is not None
                self.document.left_out[DELETIONS] += is_deleted
                if not is_deleted:
                    yield tuple(self._cells(element))
            elif name in ("sdt", "sdtContent", "customXml"):
                yield from self._rows(element)

    def _cells(self, row: Any) -> Iterator[Cell]:  # noqa: ANN401
        for element in row:
            name = tag(element)
            if name == "tc":
                properties = child(element, "tcPr")
                merge = child(properties, "vMerge")
                goes_on = merge is not None and attribute(merge, "val", "continue") == "continue"
                width = read_number(attribute(child(properties, "gridSpan"), "val"), 1)
                fill = attribute(child(properties, "shd"), "fill")
                yield Cell(tuple(self.blocks(element)), max(1, width), goes_on, fill)
            elif name in ("sdt", "sdtContent", "customXml"):
                yield from self._cells(element)

    def _paragraph(self, element: Any) -> Iterator[Block]:  # noqa: ANN401
        properties = child(element, "pPr")
        style = self.styles.get(attribute(child(properties, "pStyle"), "val"), self.styles[""])
        self._paragraphs += 1
        line = ParagraphParts(number=self._paragraphs)
        self._inside(element, line, style)
        text = "".join(line.parts)
        if _CONTENTS.fullmatch(style.name):
            self.document.left_out[CONTENTS] += bool(text.strip())
            return
        yield from self._finish(text, line, style, properties)
        yield from line.boxes

    def _finish(self, text: str, line: ParagraphParts, style: WordStyle, properties: Any | None) -> Iterator[Block]:  # noqa: ANN401
        """Make the paragraph of what was read; one whose end was deleted goes on with the next."""
        if not text.strip() and self._pending is None:
            yield Paragraph("", self._place(line))
            return
        colour = max(line.colours, key=lambda each: (line.colours[each], each), default="")
        made = Paragraph(
            text,
            self._place(line),
            is_bold=is_all_bold(line.bold_parts),
            lead=bold_lead(line.bold_parts),
            colour=colour if line.colours[colour] * 2 > len(text.strip()) else "",
        )
        if self._pending is not None:
            before, made = self._pending[0], self._pending[1]
            text = before + text
            self._pending = None
        elif properties is not None or style is not self.styles[""]:
            made = self._described(made, style, properties)
        made = replace(made, text=f"{made.item} {text}".strip(), item="") if made.heading else replace(made, text=text)
        if child(properties, "rPr", "del") is not None:
            self._pending = (text, made)
            return
        yield made

    def _described(self, made: Paragraph, style: WordStyle, properties: Any | None) -> Paragraph:  # noqa: ANN401
        own = number_of(properties)
        outline = read_number(attribute(child(properties, "outlineLvl"), "val"), _BODY_LEVEL)
        heading = style.heading or WordStyle(outline=outline).heading
        number = own or style.number
        if own and not own[0] and style.number:
            number = (style.number[0], own[1])
        mark = self.numbering.next_mark(number) if number else ""
        if not mark and not heading and _LIST.match(style.name) and not (own and own[0] == "0"):
            mark = "-"
        if heading and mark.isdigit():
            mark += "."
        item = mark if mark != "-" or not heading else ""
        depth = number[1] if number and number[1] else list_depth(style.name)
        return replace(made, heading=heading, item=item, is_title=style.is_title, depth=depth)

    def _place(self, line: ParagraphParts) -> str:
        return f"p. {line.page or self._page}" if self.has_pages else f"¶ {line.number}"

    def _inside(self, parent: Any, line: ParagraphParts, style: WordStyle) -> None:  # noqa: ANN401
        for element in parent:
            name = tag(element)
            if name == "r":
                self._run(element, line, style)
            elif name in ("del", "moveFrom"):
                self.document.left_out[DELETIONS] += name == "del" and len(element) > 0
            elif name == "t":
                self._say(element.text or "", line, is_bold=False)
            elif name in _INLINE:
                self.document.left_out[INSERTIONS] += name == "ins" and len(element) > 0
                self._inside(element, line, style)

    def _run(self, run: Any, line: ParagraphParts, style: WordStyle) -> None:  # noqa: ANN401
        properties = child(run, "rPr")
        named = child(properties, "rStyle")
        own = WordStyle() if named is None else self.styles.get(attribute(named, "val"), WordStyle())
        bold, vanish = child(properties, "b"), child(properties, "vanish")
        is_bold = style.is_bold or own.is_bold if bold is None else is_on(bold)
        is_hidden = style.is_hidden or own.is_hidden if vanish is None else is_on(vanish)
        if is_hidden:
            self.document.left_out[HIDDEN] += any(tag(part) == "t" and part.text for part in run)
        if colour := _colour_of(properties):
            line.colours[colour] += sum(len(part.text or "") for part in run if tag(part) == "t")
        for part in run:
            self._part(part, line, is_bold=is_bold, is_hidden=is_hidden)

    def _part(self, part: Any, line: ParagraphParts, *, is_bold: bool, is_hidden: bool) -> None:  # noqa: ANN401
        name = tag(part)
        if name == "fldChar":
            self._field(attribute(part, "fldCharType"))
        elif name == "lastRenderedPageBreak":
            self._page += 1
        elif is_hidden or any(self._fields):
            return
        elif name == "t":
            self._say(part.text or "", line, is_bold=is_bold)
        elif name in _SIGNS:
            line.parts.append(_SIGNS[name])
        elif name == "sym":
            is_bullet = attribute(part, "char").casefold() in _SYMBOL_BULLETS
            line.parts.append("•" if is_bullet else "")
        elif name in ("footnoteReference", "endnoteReference"):
            self.references.append((name.removesuffix("Reference"), attribute(part, "id"), self._place(line)))
        elif name in ("drawing", "pict", "object", "AlternateContent"):
            for box in _boxes(part):
                line.boxes += list(self.blocks(box))

    def _say(self, text: str, line: ParagraphParts, *, is_bold: bool) -> None:
        if text.strip():
            line.page = line.page or self._page
        line.bold_parts.append((text, is_bold))
        line.parts.append(text)

    def _field(self, kind: str) -> None:
        """Keep whether the code of a field is being read, which is not shown, or its result, which is."""
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()


def _colour_of(properties: Any | None) -> str:  # noqa: ANN401
    """Give the colour with which a run is marked, else that of its letters; empty where it has none of its own."""
    colours = (
        attribute(child(properties, name), key)
        for name, key in (("highlight", "val"), ("shd", "fill"), ("color", "val"))
    )
    return next((colour for colour in colours if colour not in ("", "none", "auto")), "")


def _boxes(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Find text boxes; of the alternatives that a file offers for one box, the first."""
    if tag(element) == "AlternateContent":
        element = next(children(element, "Choice", "Fallback"), ())
    for inner in element:
        if tag(inner) == "txbxContent":
            yield inner
        else:
            yield from _boxes(inner)


MAX_PART, MAX_TAGS = 24_000_000, 600_000
_MAIN = "word/document.xml"


def load(path: Path, name: str) -> SourceText:
    """Read a Word document.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are pages where the file says where they turned (``p. 3``), else paragraphs (``¶ 12``).

    Raises:
        InputError: it is damaged, locked, no Word document, or holds no text.
    """
    with open_archive(path, name) as archive:
        return render(_read(archive), name, archive.sha256, "utf-8", path.suffix.lower().removeprefix("."))


def _read(archive: Archive) -> Document:
    main = _main_part(archive)
    folder = posixpath.dirname(main)

    def part(part_name: str) -> Any | None:  # noqa: ANN401
        full = f"{folder}/{part_name}" if folder else part_name
        return _parse(archive, full) if full in archive.names() else None

    root = _parse(archive, main)
    body = child(root, "body")
    if tag(root) != "document" or body is None:
        raise InputError.single(archive.name, "is no Word document", "Save it again as .docx")
    document = Document()
    has_pages = next((True for element in root.iter() if tag(element) == "lastRenderedPageBreak"), False)
    story = Story(read_styles(part("styles.xml")), Numbering.read(part("numbering.xml")), document, has_pages)
    document.blocks = list(story.blocks(body))
    story.close()
    document.blocks = list(write_hats(document.blocks))
    document.left_out[COMMENTS] += len(list(children(part("comments.xml"), "comment")))
    notes = {kind: _notes(part(f"{kind}s.xml")) for kind in ("footnote", "endnote")}
    for kind, identity, place in tuple(story.references):
        if (note := notes[kind].pop(identity, None)) is not None:
            document.notes.append(Paragraph(_say(story.blocks(note)), place))
    return document


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive.names():
        for relation in _parse(archive, "_rels/.rels"):
            target = attribute(relation, "Target").lstrip("/")
            if attribute(relation, "Type").endswith("/officeDocument") and target in archive.names():
                return target
    if _MAIN not in archive.names():
        what = "is an archive, but no Word document"
        raise InputError.single(archive.name, what, "Save it again as .docx, or give it its own suffix")
    return _MAIN


def _parse(archive: Archive, part: str) -> Any:  # noqa: ANN401
    return parse_xml(archive.read(part, MAX_PART), f"{archive.name}, {part}", MAX_TAGS)


def _notes(root: Any | None) -> dict[str, Any]:  # noqa: ANN401
    notes = (note for note in children(root, "footnote", "endnote") if not attribute(note, "type"))
    return {attribute(note, "id"): note for note in notes}


def _say(blocks: Iterable[Any]) -> str:
    return " ".join(paragraph.text for paragraph in flow(list(blocks)) if paragraph.text)
