"""The text of a Word document: what is shown, with changes accepted and nothing hidden; headings, items, numbers."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.readers.documents.document import (
    BULLET,
    Block,
    Cell,
    Document,
    Paragraph,
    Table,
    attribute,
    bold_lead,
    child,
    children,
    is_all_bold,
    is_on,
    read_number,
    tag,
    write_number,
)

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

    @property
    def is_contents(self) -> bool:
        """Whether it is the style of a line in a table of contents."""
        return _CONTENTS.fullmatch(self.name) is not None

    @property
    def is_list(self) -> bool:
        """Whether its name says that it is the style of a list."""
        return _LIST.match(self.name) is not None


def list_depth(name: str) -> int:
    """Read how deep a list lies off the name of its style, from 0.

    >>> list_depth("List Bullet 3"), list_depth("List Bullet")
    (2, 0)
    """
    found = re.search(r"\d$", name)
    return max(0, int(found[0]) - 1) if found and _LIST.match(name) else 0


def read_styles(root: Any | None) -> dict[str, WordStyle]:  # noqa: ANN401
    """Read the styles of a document by their identifier; the empty identifier is the style of ordinary paragraphs."""
    elements = {} if root is None else {attribute(style, "styleId"): style for style in children(root, "style")}
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
        properties, run = child(element, "pPr"), child(element, "rPr")
        if properties is not None:
            outline = child(properties, "outlineLvl")
            found.outline = found.outline if outline is None else read_number(attribute(outline, "val"), _BODY_LEVEL)
            found.number = number_of(properties) or found.number
        for switch, name in (("b", "is_bold"), ("vanish", "is_hidden")):
            element_of = child(run, switch) if run is not None else None
            if element_of is not None:
                setattr(found, name, is_on(element_of))
    found.name = _name(identity, elements)
    inherited = next((match for key in chain[1:] if (match := _HEADING.fullmatch(_name(key, elements)))), None)
    if inherited and not found.heading:
        found.outline = int(inherited[1]) - 1
    return found


def _name(identity: str, elements: dict[str, Any]) -> str:
    named = child(elements[identity], "name")
    return attribute(named, "val") if named is not None else identity


def number_of(properties: Any) -> tuple[str, int] | None:  # noqa: ANN401
    """Read which list a paragraph or style belongs to, and its level; list ``0`` takes it out of every list."""
    number = child(properties, "numPr")
    if number is None:
        return None
    identity, level = child(number, "numId"), child(number, "ilvl")
    depth = read_number(attribute(level, "val")) if level is not None else 0
    return (attribute(identity, "val") if identity is not None else "", min(depth, 8))


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
        for abstract in children(root, "abstractNum") if root is not None else ():
            levels = {}
            for level in children(abstract, "lvl"):
                values = {name: child(level, name) for name in ("numFmt", "lvlText", "start")}
                said = {name: attribute(value, "val") for name, value in values.items() if value is not None}
                start = read_number(said.get("start", "1"), 1)
                levels[read_number(attribute(level, "ilvl"))] = _Level(
                    said.get("numFmt", "decimal"), said.get("lvlText", ""), start
                )
            numbering._levels[attribute(abstract, "abstractNumId")] = levels
        for number in children(root, "num") if root is not None else ():
            identity, abstract = attribute(number, "numId"), child(number, "abstractNumId")
            numbering._lists[identity] = attribute(abstract, "val") if abstract is not None else ""
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


COMMENTS, DELETIONS, INSERTIONS, HIDDEN = (
    "comments are left out",
    "tracked deletions are left out, as if accepted",
    "tracked insertions are read, as if accepted",
    "hidden passages are left out",
)
UNENDED = "fields have no end: what follows them may be missing"
CONTENTS = "lines of a table of contents are left out"
_INLINE = frozenset(
    "ins moveTo hyperlink smartTag sdt sdtContent fldSimple bdo dir customXml oMath oMathPara ruby rubyBase".split()  # noqa: SIM905
)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
_SYMBOL_BULLETS = frozenset({"f0b7", "f0a7", "f0d8", "f0fc", "f076"})


@dataclass(slots=True)
class _Line:
    """What has been read of the paragraph at hand."""

    number: int
    parts: list[str] = field(default_factory=list)
    boxes: list[Block] = field(default_factory=list)
    page: int | None = None
    bold_parts: list[tuple[str, bool]] = field(default_factory=list)
    colours: Counter[str] = field(default_factory=Counter)


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

    @property
    def left_out(self) -> Counter[str]:
        """Counts of what is not read."""
        return self.document.left_out

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
        self.left_out[UNENDED] += sum(self._fields)

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:  # noqa: ANN401
        for element in table:
            name = tag(element)
            if name == "tr":
                properties = child(element, "trPr")
                is_deleted = properties is not None and child(properties, "del") is not None
                self.left_out[DELETIONS] += is_deleted
                if not is_deleted:
                    yield tuple(self._cells(element))
            elif name in ("sdt", "sdtContent", "customXml"):
                yield from self._rows(element)

    def _cells(self, row: Any) -> Iterator[Cell]:  # noqa: ANN401
        for element in row:
            name = tag(element)
            if name == "tc":
                properties = child(element, "tcPr")
                span = child(properties, "gridSpan") if properties is not None else None
                merge = child(properties, "vMerge") if properties is not None else None
                goes_on = merge is not None and attribute(merge, "val", "continue") == "continue"
                width = read_number(attribute(span, "val"), 1) if span is not None else 1
                shade = child(properties, "shd") if properties is not None else None
                fill = attribute(shade, "fill") if shade is not None else ""
                yield Cell(tuple(self.blocks(element)), max(1, width), goes_on, fill)
            elif name in ("sdt", "sdtContent", "customXml"):
                yield from self._cells(element)

    def _paragraph(self, element: Any) -> Iterator[Block]:  # noqa: ANN401
        properties = child(element, "pPr")
        named = child(properties, "pStyle") if properties is not None else None
        style = self.styles.get(attribute(named, "val") if named is not None else "", self.styles[""])
        self._paragraphs += 1
        line = _Line(number=self._paragraphs)
        self._inside(element, line, style)
        text = "".join(line.parts)
        if style.is_contents:
            self.left_out[CONTENTS] += bool(text.strip())
            return
        yield from self._finish(text, line, style, properties)
        yield from line.boxes

    def _finish(self, text: str, line: _Line, style: WordStyle, properties: Any | None) -> Iterator[Block]:  # noqa: ANN401
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
        if properties is not None and child(properties, "rPr", "del") is not None:
            self._pending = (text, made)
            return
        yield made

    def _described(self, made: Paragraph, style: WordStyle, properties: Any | None) -> Paragraph:  # noqa: ANN401
        own = number_of(properties) if properties is not None else None
        outline = child(properties, "outlineLvl") if properties is not None else None
        heading = style.heading
        if outline is not None and not heading:
            heading = WordStyle(outline=read_number(attribute(outline, "val"), 9)).heading
        number = own or style.number
        if own and not own[0] and style.number:
            number = (style.number[0], own[1])
        mark = self.numbering.next_mark(number) if number else ""
        if not mark and not heading and style.is_list and not (own and own[0] == "0"):
            mark = "-"
        if heading and mark.isdigit():
            mark += "."
        item = mark if mark != "-" or not heading else ""
        depth = number[1] if number and number[1] else list_depth(style.name)
        return replace(made, heading=heading, item=item, is_title=style.is_title, depth=depth)

    def _place(self, line: _Line) -> str:
        return f"p. {line.page or self._page}" if self.has_pages else f"¶ {line.number}"

    def _inside(self, parent: Any, line: _Line, style: WordStyle) -> None:  # noqa: ANN401
        for element in parent:
            name = tag(element)
            if name == "r":
                self._run(element, line, style)
            elif name in ("del", "moveFrom"):
                self.left_out[DELETIONS] += name == "del" and len(element) > 0
            elif name == "t":
                self._say(element.text or "", line, is_bold=False)
            elif name in _INLINE:
                self.left_out[INSERTIONS] += name == "ins" and len(element) > 0
                self._inside(element, line, style)

    def _run(self, run: Any, line: _Line, style: WordStyle) -> None:  # noqa: ANN401
        properties = child(run, "rPr")
        is_bold, is_hidden = style.is_bold, style.is_hidden
        if properties is not None:
            named = child(properties, "rStyle")
            own = self.styles.get(attribute(named, "val")) if named is not None else None
            bold, vanish = child(properties, "b"), child(properties, "vanish")
            is_bold = is_on(bold) if bold is not None else is_bold or bool(own and own.is_bold)
            is_hidden = is_on(vanish) if vanish is not None else is_hidden or bool(own and own.is_hidden)
        if is_hidden:
            self.left_out[HIDDEN] += any(tag(part) == "t" and part.text for part in run)
        if colour := _colour_of(properties) if properties is not None else "":
            line.colours[colour] += sum(len(part.text or "") for part in run if tag(part) == "t")
        for part in run:
            self._part(part, line, is_bold=is_bold, is_hidden=is_hidden)

    def _part(self, part: Any, line: _Line, *, is_bold: bool, is_hidden: bool) -> None:  # noqa: ANN401
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

    def _say(self, text: str, line: _Line, *, is_bold: bool) -> None:
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


def _colour_of(properties: Any) -> str:  # noqa: ANN401
    """Give the colour with which a run is marked, else that of its letters; empty where it has none of its own."""
    marked, shade, letters = (child(properties, name) for name in ("highlight", "shd", "color"))
    fills = [
        attribute(marked, "val") if marked is not None else "",
        attribute(shade, "fill") if shade is not None else "",
    ]
    own = attribute(letters, "val") if letters is not None else ""
    return next((colour for colour in (*fills, own) if colour and colour not in ("none", "auto")), "")


def _boxes(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Find text boxes; of the alternatives that a file offers for one box, the first."""
    if tag(element) == "AlternateContent":
        choice = next(children(element, "Choice", "Fallback"), None)
        element = () if choice is None else choice
    for inner in element:
        if tag(inner) == "txbxContent":
            yield inner
        else:
            yield from _boxes(inner)
