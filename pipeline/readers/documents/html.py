"""Reads HTML pages: headings, lists, tables, paragraphs; scripts, styles, navigation and hidden parts are left out."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.readers.archives import name_kind, read_bytes
from pipeline.readers.documents.document import (
    BULLET,
    COMMENTS,
    DELETIONS,
    HIDDEN,
    INSERTIONS,
    Block,
    Cell,
    Document,
    Paragraph,
    Table,
    attribute,
    bold_lead,
    flow,
    is_all_bold,
    read_number,
    tag,
    write_number,
)
from pipeline.readers.documents.rendering import render
from pipeline.readers.sources import SourceText, decode
from pipeline.readers.words import read_pattern

MAX_FILE, MAX_TAGS, MAX_COLUMNS = 24_000_000, 400_000, 64
_LEFT_OUT = frozenset(
    """head script style nav template noscript svg math iframe object video audio canvas select button input textarea
    title meta link map dialog""".split()  # noqa: SIM905
)
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data dfn em font i ins kbd label mark q s samp small span strike strong
    sub sup time tt u var wbr ruby rb""".split()  # noqa: SIM905
)
_BOLD = frozenset({"b", "strong", "mark"})
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_NOTE = re.compile(r"(?:#_?(?:ftn|edn|fn|sdfootnote|sdendnote|footnote)|#fn:).{0,40}", re.IGNORECASE)
_NOTE_BODY = re.compile(r"(?:_?(?:ftn|edn|fn|sdfootnote|sdendnote|footnote):?-?)\d{1,4}(?:sym)?", re.IGNORECASE)
_NOTE_ENDS = re.compile(r"\A\[?\d{1,3}\]?\s+|\s*[↩\ufe0e]+\Z")
_TITLES = frozenset({"title", "msotitle"})
CONTROLS = "buttons, counts and notices of a web page are left out"
_CONTROL = re.compile(rf"(?:\d+\s*)?{read_pattern('controls')}", re.IGNORECASE)
MAX_HEADING = 6
"""Depth of the line that opens a part of a page which can be folded: such a line heads the part."""
_LISTS = frozenset({"ul", "ol", "menu", "dir"})


def load(path: Path, name: str) -> SourceText:
    """Read an HTML page.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are paragraphs (``¶ 12``).

    Raises:
        InputError: it cannot be opened or decoded, is nested too deep, is no page, or holds no text.
    """
    data = read_bytes(path, name, MAX_FILE)
    if kind := name_kind(data):
        raise InputError.single(name, f"is {kind}", "Give it its own suffix, or save it again as a page")
    if data.count(b"<") > MAX_TAGS:
        raise InputError.single(name, "holds more marks than a page has", "Split it, or save it as .docx")
    text, encoding = _decode(data, name)
    root = _parse(text, name)
    story = _Story()
    story.document.left_out[CONTROLS] += _without_controls(root)
    _write_sources(root)
    story.document.blocks = list(story.blocks(root))
    story.document.notes = story.notes
    return render(story.document, name, hashlib.sha256(data).hexdigest(), encoding, "html")


def _without_controls(root: Any) -> int:  # noqa: ANN401
    """Empty the parts of a web page that are there to be clicked on or counted; give how many."""
    found = [
        element
        for element in root.iter("a", "span", "button", "div", "p", "small")
        if not len(element) and _CONTROL.fullmatch((element.text or "").strip())
    ]
    found += [element for element in root.iter("div", "section", "aside") if "cookie" in attribute(element, "class")]
    found += [element for element in root.iter("footer") if element.getparent().tag in ("body", "main")]
    for element in found:
        element.text, element[:] = None, []
    return len(found)


def _write_sources(root: Any) -> None:  # noqa: ANN401
    """Write who is quoted behind the quotation, as notes do; a page names them in an element of its own."""
    for cite in list(root.iter("cite")):
        quote = cite.getprevious()
        if quote is None or tag(quote) != "blockquote" or len(quote) or not (quote.text or "").strip():
            continue
        name = " ".join("".join(cite.itertext()).split())
        quote.text = f"{quote.text.rstrip()} ({name})" if name else quote.text
        cite.text, cite[:] = None, []


def _decode(data: bytes, name: str) -> tuple[str, str]:
    r"""Decode as the page says of itself, else as any other text.

    >>> _decode(b'<meta charset="iso-8859-1"><p>\xe9\xe9n', "a.html")[0][-3:]
    'één'
    """
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        encoding = declared[1].decode("ascii", errors="replace").casefold()
        encoding = "windows-1252" if encoding in ("iso-8859-1", "latin1", "us-ascii", "ascii") else encoding
        try:
            text = data.decode(encoding)
        except (LookupError, ValueError, UnicodeError):
            text = ""
        if text and "\x00" not in text:
            return text, "cp1252" if encoding == "windows-1252" else encoding
    source = decode(data, name, limit=MAX_FILE, line_limit=MAX_FILE)
    return source.text, source.encoding


def _parse(text: str, name: str) -> Any:  # noqa: ANN401
    from lxml import etree

    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text)
    parser = etree.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.LxmlError, ValueError):
        raise InputError.single(name, "holds HTML that cannot be parsed", "Save the page again") from None
    if any("depth" in error.message for error in parser.error_log):
        raise InputError.single(name, "is nested deeper than a page is", "Save the page again, or as .docx")
    if root is None:
        raise InputError.single(name, "holds no text", "Leave it out, or fill it")
    return root


@dataclass(slots=True)
class _Line:
    parts: list[str] = field(default_factory=list)
    bold_parts: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(slots=True)
class _Story:
    document: Document = field(default_factory=Document)
    notes: list[Paragraph] = field(default_factory=list)
    _paragraphs: int = 0

    def blocks(self, parent: Any, heading: int = 0, mark: str = "") -> Iterator[Block]:  # noqa: ANN401
        """Give the paragraphs and tables in an element; text between its blocks makes paragraphs of its own."""
        line = _Line()
        self._say(parent.text, line, is_bold=False)
        for element in parent:
            if self._is_left_out(element):
                pass
            elif _is_inline(element):
                self._inside(element, line, is_bold=False)
            else:
                made = self._end(line, heading, mark)
                mark = "" if made else mark
                yield from made
                line = _Line()
                found = list(self._block(element, heading, mark))
                mark = "" if found and mark else mark
                yield from found
            self._say(element.tail, line, is_bold=False)
        yield from self._end(line, heading, mark)

    def _is_left_out(self, element: Any) -> bool:  # noqa: ANN401
        name = tag(element)
        if name == "del":
            self.document.left_out[DELETIONS] += 1
            return True
        if name in _LEFT_OUT or not name or attribute(element, "role") == "navigation":
            return True
        if "hidden" in element.attrib or _HIDDEN.search(attribute(element, "style")):
            self.document.left_out[HIDDEN] += 1
            return True
        if "msocomtxt" in attribute(element, "class").casefold():
            self.document.left_out[COMMENTS] += 1
            return True
        return False

    def _block(self, element: Any, heading: int, mark: str) -> Iterator[Block]:  # noqa: ANN401
        name = tag(element)
        if name in ("hr", "img", "col", "colgroup", "caption"):
            return
        if _NOTE_BODY.fullmatch(attribute(element, "id")):
            self._note(element)
        elif re.fullmatch(r"h[1-6]", name):
            yield from self.blocks(element, int(name[1]))
        elif name == "summary":
            yield from self.blocks(element, MAX_HEADING)
        elif _TITLES & set(attribute(element, "class").casefold().split()):
            yield from (replace(p, is_title=True) if isinstance(p, Paragraph) else p for p in self.blocks(element))
        elif name in _LISTS:
            yield from self._list(element)
        elif name == "table":
            yield Table(tuple(self._rows(element)))
        elif name == "pre":
            yield self._paragraph("".join(element.itertext()), 0, mark, is_bold=False)
        else:
            yield from self.blocks(element, heading, mark)

    def _note(self, element: Any) -> None:  # noqa: ANN401
        text = " ".join(paragraph.text for paragraph in flow(list(self.blocks(element))))
        self.notes.append(Paragraph(_NOTE_ENDS.sub("", text), self._place()))

    def _list(self, element: Any) -> Iterator[Block]:  # noqa: ANN401
        is_numbered = tag(element) == "ol"
        number = read_number(attribute(element, "start"), 1)
        for item in element:
            if _NOTE_BODY.fullmatch(attribute(item, "id")):
                self._note(item)
            elif tag(item) == "li":
                form = attribute(element, "type", "1")
                yield from self.blocks(item, 0, f"{write_number(number, form)}." if is_numbered else BULLET)
                number += 1
            elif not self._is_left_out(item):
                yield from self._block(item, 0, "")

    def _rows(self, table: Any) -> Iterator[tuple[Cell, ...]]:  # noqa: ANN401
        spanned: dict[int, int] = {}
        for element in table:
            if tag(element) in ("thead", "tbody", "tfoot"):
                yield from self._rows(element)
            elif tag(element) == "tr":
                cells: list[Cell] = []
                for cell in element:
                    while spanned.get(len(cells), 0) > 0 and len(cells) < MAX_COLUMNS:
                        spanned[len(cells)] -= 1
                        cells.append(Cell(goes_on=True))
                    if tag(cell) in ("td", "th"):
                        spanned[len(cells)] = min(read_number(attribute(cell, "rowspan"), 1), 1000) - 1
                        span = min(max(1, read_number(attribute(cell, "colspan"), 1)), MAX_COLUMNS)
                        cells.append(Cell(tuple(self.blocks(cell)), span))
                yield tuple(cells)

    def _inside(self, element: Any, line: _Line, *, is_bold: bool) -> None:  # noqa: ANN401
        name = tag(element)
        if name == "br":
            line.parts.append("\n")
            return
        if name == "a" and _NOTE.fullmatch(attribute(element, "href")):
            return
        self.document.left_out[INSERTIONS] += name == "ins"
        is_bold = is_bold or name in _BOLD or "font-weight:bold" in attribute(element, "style").replace(" ", "")
        self._say(element.text, line, is_bold=is_bold)
        for inner in element:
            if not self._is_left_out(inner):
                self._inside(inner, line, is_bold=is_bold)
            self._say(inner.tail, line, is_bold=is_bold)

    def _say(self, text: str | None, line: _Line, *, is_bold: bool) -> None:
        if text:
            line.parts.append(_SPACE.sub(" ", text))
            line.bold_parts.append((line.parts[-1], is_bold))

    def _end(self, line: _Line, heading: int, mark: str) -> list[Paragraph]:
        text = "\n".join(" ".join(part.split(" ")).strip() for part in "".join(line.parts).split("\n")).strip()
        text = re.sub(r" {2,}", " ", text)
        if not text:
            return []
        made = self._paragraph(text, heading, mark, is_bold=is_all_bold(line.bold_parts))
        return [replace(made, lead=bold_lead(line.bold_parts))]

    def _paragraph(self, text: str, heading: int, mark: str, *, is_bold: bool) -> Paragraph:
        self._paragraphs += 1
        return Paragraph(text, self._place(), heading, "" if heading else mark, is_bold)

    def _place(self) -> str:
        return f"¶ {self._paragraphs}"


def _is_inline(element: Any) -> bool:  # noqa: ANN401
    name = tag(element)
    return name == "br" or (name in _INLINE and not any(_is_block(inner) for inner in element.iter()))


def _is_block(element: Any) -> bool:  # noqa: ANN401
    name = tag(element)
    return bool(name) and name not in _INLINE and name not in _LEFT_OUT and name not in ("br", "img", "del")
