"""From a document to its canonical text: as it would be had it been written in plain text, with the place of each part.

A synthesis report becomes blocks between blank lines, as such a report is in plain text; anything else becomes notes,
with ``##`` before headings and ``-`` before items. Notes at the foot stand at the end, under a drawn line. Tables that
are drawn with pipes in a plain text or in Markdown are read as tables of a document.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from pipeline.core.errors import READ_AS_TABLE, InputError, Notice
from pipeline.core.vocabulary import Hat
from pipeline.readers import synthesis
from pipeline.readers.documents.document import Block, Cell, Document, Paragraph, Table, flow
from pipeline.readers.documents.table_columns import is_tabular
from pipeline.readers.documents.tables import Setting, draw_tables, read_table
from pipeline.readers.notes.hats import ADJECTIVES, HATS, find_hat, hat_of_colour
from pipeline.readers.notes.labels import Form, read_labels
from pipeline.readers.notes.marks import Section, read_heading
from pipeline.readers.sheets.columns import read_legend
from pipeline.readers.sources import MAX_LINE, MAX_TEXT, Place, SourceText, decode_file
from pipeline.text.normalisation import NOTE_RULE, normalise, spell_out

MIN_ROWS = 2
_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[|+\s:=-]*[-=]{2,}[|+\s:=-]*")
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)


def load(path: Path, name: str) -> SourceText:
    """Read a text; where tables are drawn in it, their cells are read as those of a document.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        The text as it stands where it holds no table; else a text with a line as the place of each part.

    Raises:
        InputError: it is no text.
    """
    source = decode_file(path, name)
    lines = source.text.split("\n")
    blocks = find_rows(lines) or (find_tables(lines) if source.text.count("|") >= 2 * MIN_ROWS else [])
    if not any(isinstance(block, Table) for block in blocks):
        return source
    return render(Document(blocks), name, source.sha256, source.encoding, source.container)


def find_tables(lines: Sequence[str]) -> list[Block]:
    """Divide a text in lines and the tables that are drawn in it.

    >>> blocks = find_tables(["Verslag", "| wie | wat |", "|---|---|", "| D1 | te ver |"])
    >>> [len(block.rows) for block in blocks if isinstance(block, Table)]
    [2]
    """
    blocks: list[Block] = []
    drawn: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        if len(_PIPE.findall(line)) > 1 or (drawn and _RULE.fullmatch(line.strip())):
            drawn.append((number, line.strip()))
            continue
        blocks += _table(drawn)
        drawn = []
        blocks.append(Paragraph(line.strip(), f"line {number}"))
    return blocks


def find_rows(lines: Sequence[str]) -> list[Block]:
    """Divide a text of which nearly all lines hold the same number of cells, set apart by tabs, semicolons or strokes.

    A column of hats, or heads that are known, tell such rows from lines with a tab after the name of a speaker.

    >>> rows = ["An;wit;te ver", "Bo;rood;te duur", "An;geel;heel dichtbij"]
    >>> [len(block.rows) for block in find_rows(rows) if isinstance(block, Table)]
    [3]
    """
    filled = [(i, line.strip()) for i, line in enumerate(lines, start=1) if line.strip()]
    if any(line.startswith("|") for _, line in filled):
        # Such a table is drawn with its frame.
        return []
    for mark in (r"\t+", r"\s*;\s*", r"\s*\|\s*", r"\s+/\s+"):
        cells = [(i, re.split(mark, line, maxsplit=5)) for i, line in filled]
        width = Counter(len(each) for _, each in cells).most_common(1)[0][0] if cells else 0
        rows = [(i, each) for i, each in cells if len(each) == width]
        if len(rows) < MIN_SHARE * len(filled) or not is_tabular([each for _, each in rows]):
            continue
        kept, at = dict(rows), {i for i, _ in rows}
        blocks: list[Block] = [Paragraph(line, f"line {i}") for i, line in filled if i < min(at)]
        blocks.append(Table(tuple(tuple(_cell(cell, i) for cell in each) for i, each in kept.items())))
        blocks += [Paragraph(line, f"line {i}") for i, line in filled if i > min(at) and i not in at]
        return blocks
    return []


MIN_SHARE = 0.7


def _table(drawn: Sequence[tuple[int, str]]) -> Iterator[Block]:
    rows = [(number, _cells(line)) for number, line in drawn if not _RULE.fullmatch(line)]
    has_rule = len(rows) < len(drawn)
    is_even = len({len(cells) for _, cells in rows}) == 1
    framed = all(line[0] == "|" and line[-1] == "|" for _, line in drawn if not _RULE.fullmatch(line))
    if len(rows) < MIN_ROWS or not (has_rule or (framed and is_even)):
        yield from (Paragraph(line, f"line {number}") for number, line in drawn)
        return
    yield Table(tuple(tuple(_cell(cell, number) for cell in cells) for number, cells in rows))


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(inner)]


def _cell(text: str, number: int) -> Cell:
    bare = _BREAK_TAG.sub("\n", text).strip()
    return Cell((Paragraph(bare.strip("*_ "), f"line {number}"),) if bare else ())


MAX_DEPTH = 6
MAX_LEAD = 40
"""Characters of the words in bold before a remark that may be a name."""
_BELOW_TABLE = "Onder de tabel"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PARTICIPANTS = re.compile(r"(?:deelnemers|aanwezig(?:en)?)\s*:?", re.IGNORECASE)


def render(document: Document, name: str, sha256: str, encoding: str, container: str) -> SourceText:
    r"""Write a document as plain text.

    Args:
        document: what was found in the file.
        name: of the file, for tables and messages.
        sha256: hash of its bytes.
        encoding: how they were decoded.
        container: the file format.

    Returns:
        The text with places, and notices of what was left out.

    Raises:
        InputError: the document holds no text, or more than is read.

    >>> notes = Document([Paragraph("Witte hoed", "¶ 1", heading=1), Paragraph("zes", "¶ 2", item="-")])
    >>> render(notes, "a.docx", "", "utf-8", "docx").text
    '# Witte hoed\n\n- zes\n'
    """
    plain = [_cleaned(paragraph) for paragraph in flow(document.blocks)]
    notes = [_cleaned(note) for note in document.notes]
    if not any(paragraph.text for paragraph in plain):
        fix = "Leave it out, or fill it; a scanned page needs text recognition (OCR) first"
        raise InputError.single(name, "holds no text", fix)
    if sum(len(paragraph.text) for paragraph in plain) > MAX_TEXT:
        what = f"holds more than {MAX_TEXT // 1_000_000} million characters, more than the notes of any session"
        raise InputError.single(name, what, "Give each session its own file")
    if long := next((paragraph for paragraph in plain if len(paragraph.text) > MAX_LINE), None):
        what = f"has more than {MAX_LINE} characters in one paragraph"
        raise InputError.single(f"{name}, {long.place}", what, "Begin each remark on a line of its own")
    as_report = _Page()
    as_report.write_report(plain, notes)
    source = SourceText(
        name, as_report.text(), sha256, encoding, container, tuple(as_report.places), document.notices(name)
    )
    if synthesis.recognises(source):
        return source
    as_notes = _Page()
    setting = as_notes.write_notes(document, notes)
    notices = source.notices
    if setting.unread:
        what = "columns of tables are left out: they hold neither speaker, hat, time nor text"
        notices += (Notice(name, f"{setting.unread} {what}"),)
    notices += tuple(Notice(name, f"{READ_AS_TABLE}{kind}") for kind in dict.fromkeys(setting.read_as))
    leads = dict.fromkeys(paragraph.lead.rstrip(" :-–—.") for paragraph in plain if len(paragraph.lead) <= MAX_LEAD)
    return replace(
        source,
        text=as_notes.text(),
        places=tuple(as_notes.places),
        notices=notices,
        labels=tuple(setting.labels),
        leads=tuple(lead for lead in leads if lead),
    )


def _cleaned(paragraph: Paragraph) -> Paragraph:
    if not paragraph.text:
        return paragraph
    text = _CONTROL.sub("", _BREAK.sub("\n", paragraph.text))
    text = spell_out(unicodedata.normalize("NFC", text))
    return replace(paragraph, text="\n".join(line.strip() for line in text.split("\n")).strip())


class _Page:
    """A text that grows, with the place of each part."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._is_blank = True
        self.places: list[Place] = []

    def text(self) -> str:
        return "".join(self._parts)

    def write_report(self, paragraphs: Iterable[Paragraph], notes: Sequence[Paragraph]) -> None:
        """Write blocks with a blank line between them."""
        for paragraph in paragraphs:
            if paragraph.text:
                mark = "• " if paragraph.item == "-" else f"{paragraph.item} " if paragraph.item else ""
                text = normalise(paragraph.text).text if paragraph.heading else paragraph.text
                self._line(mark + text, paragraph.place)
                self._blank()
        self._notes(notes)

    def write_notes(self, document: Document, notes: Sequence[Paragraph]) -> Setting:
        """Write notes of a talk; gives what its tables hold."""
        setting = Setting(legend=read_legend([paragraph.text] for paragraph in flow(document.blocks)))
        has_title = any(isinstance(block, Paragraph) and block.is_title for block in document.blocks)
        before: Paragraph | None = None
        blocks = draw_tables(_without_list_heads(document.blocks))
        ended: Paragraph | None = None
        for block in blocks:
            if isinstance(block, Paragraph):
                found = [_cleaned(block)]
                if ended and found[0].text:
                    # What stands below a table is not of its last row, nor under the last hat in it.
                    found = found if found[0].heading or found[0].is_bold else [ended, *found]
                    ended = None
            else:
                setting.lists_people = before is not None and bool(_PARTICIPANTS.fullmatch(before.text))
                found = [_cleaned(paragraph) for paragraph in read_table(block, setting)]
                has_hats = any(paragraph.heading for paragraph in found)
                ended = replace(found[-1], text=_BELOW_TABLE, heading=setting.hat_level, item="") if has_hats else None
            for paragraph in found:
                self._note(paragraph, before, shift=int(has_title))
                _follow(setting, paragraph)
                before = paragraph if paragraph.text else before
            if not isinstance(block, Paragraph):
                self._blank()
        self._notes(notes)
        return setting

    def _note(self, paragraph: Paragraph, before: Paragraph | None, shift: int) -> None:
        text = paragraph.text
        if not text:
            self._blank()
        elif paragraph.is_title or paragraph.heading:
            level = 1 if paragraph.is_title else min(paragraph.heading + shift, MAX_DEPTH)
            self._blank()
            self._line(f"{'#' * level} {normalise(text).text}", paragraph.place)
            self._blank()
        elif paragraph.is_bold and _may_head(text):
            self._blank()
            self._line(f"**{text}**", paragraph.place)
            self._blank()
        else:
            if before and bool(before.item) != bool(paragraph.item):
                self._blank()
            self._line(f"- {text}" if paragraph.item else text, paragraph.place)

    def _notes(self, notes: Sequence[Paragraph]) -> None:
        filled = [note for note in notes if note.text]
        if filled:
            self._blank()
            self._line(NOTE_RULE, filled[0].place)
        for number, note in enumerate(filled, start=1):
            self._line(f"[{number}] {normalise(note.text).text}", note.place)

    def _line(self, line: str, place: str) -> None:
        if not self.places or self.places[-1].label != place:
            self.places.append(Place(self._length, place))
        self._add(f"{line}\n")
        self._is_blank = False

    def _blank(self) -> None:
        if not self._is_blank:
            self._add("\n")
            self._is_blank = True

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def _without_list_heads(blocks: Sequence[Block]) -> list[Block]:
    """Make an item that others lie below, such as a hat or a name, the heading of these."""
    made = list(blocks)
    for i, (block, below) in enumerate(pairwise(blocks)):
        if not (isinstance(block, Paragraph) and isinstance(below, Paragraph) and block.item and below.item):
            continue
        if below.depth <= block.depth or not _may_head(block.text):
            continue
        heading = read_heading(block.text, after_blank=True)
        if heading is not None and heading.hat is not None and heading.length == len(block.text):
            made[i] = replace(block, item="", is_bold=True)
        elif any(label.form is Form.ALONE for label in read_labels(block.text)):
            made[i] = replace(block, item="", text=f"{block.text}:")
    return made


def _may_head(text: str) -> bool:
    return "\n" not in text and ":" not in text.rstrip(": ") and not set("*_").intersection(text) and len(text) <= 100


def _follow(setting: Setting, paragraph: Paragraph) -> None:
    """Keep where the text stands, for the tables that follow."""
    is_heading = bool(paragraph.heading or paragraph.is_bold)
    marked = f"# {paragraph.text}" if is_heading else paragraph.text
    heading = read_heading(marked, after_blank=True) if paragraph.text and "\n" not in paragraph.text else None
    if heading is None:
        return
    level = paragraph.heading or max(setting.level, 1)
    if heading.section is Section.NOTES:
        setting.notes_level = level
    elif level <= setting.notes_level or heading.section is Section.CLOSING:
        setting.notes_level = 0
    setting.level, setting.is_hat = level, heading.hat is not None


_COLOUR_OF_HAT = re.compile(
    rf"(?P<colour>[^=:;,()]+?)\s*=\s*(?:de\s+)?(?P<hat>{ADJECTIVES})\s+(?:denk)?hoed\b", re.IGNORECASE
)
_COLOUR_MARKS = re.compile(
    r"\b(?:kleur\w*|\w*gemarkeerd|markering\w*|gearceerd|stift|fluo\w*|letters?|highlight\w*)\b", re.IGNORECASE
)
_UNMARKED = re.compile(r"\b(?:niet|geen|zonder|gewoon|on\w+)\b", re.IGNORECASE)
MIN_COLOURS, MAX_LEGEND_WORDS = 2, 60


def write_hats(blocks: Sequence[Block]) -> Iterator[Block]:
    """Write the hat for which the colour of a paragraph stands before it, below a line that says which one it is."""
    hats: dict[Hat | None, Hat] = {}
    for block in blocks:
        if isinstance(block, Paragraph) and (found := _read_colours(block.text)):
            hats = found
        elif isinstance(block, Paragraph) and hats and block.text.strip() and not (block.heading or block.is_bold):
            colour = hat_of_colour(block.colour) or find_hat(block.colour)
            hat = hats.get(colour) if colour or not block.colour else None
            block = replace(block, text=f"[{hat}] {block.text.lstrip()}") if hat else block
        yield block


def _read_colours(text: str) -> dict[Hat | None, Hat]:
    """Read a line that says which colour stands for which hat; ``None`` is for what has no colour.

    >>> _read_colours("geel gemarkeerd = gele hoed, niet gemarkeerd = zwarte hoed")[None]
    <Hat.ZWART: 'zwart'>
    """
    if len(text.split()) > MAX_LEGEND_WORDS or not _COLOUR_MARKS.search(text):
        return {}
    found: dict[Hat | None, Hat] = {}
    for pair in _COLOUR_OF_HAT.finditer(text):
        hat = HATS[pair["hat"].casefold()]
        colours = {colour for word in re.findall(r"[^\W\d_]+", pair["colour"]) if (colour := find_hat(word))}
        if _UNMARKED.search(pair["colour"]) or (colours == {Hat.ZWART}):
            # What is written in black has most often no colour of its own.
            found[None] = hat
        for colour in colours:
            found[colour] = hat
    return found if len(found) >= MIN_COLOURS else {}
