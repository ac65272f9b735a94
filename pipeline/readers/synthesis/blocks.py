"""From the lines of a synthesis report to blocks: what was one paragraph, bullet or note before it became plain text.

Pages have turned and glyphs were lost on the way. A line that begins with white space after a blank line is a bullet
(its glyph is gone); without a blank line before it the page turned there, and only what is left of the white space
after that one space can still be a bullet. A block goes on over blank lines where its sentence does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.readers.synthesis import marks
from pipeline.text.normalisation import NOTE_SEPARATOR, PAGE_NUMBER, normalise, note_marks

_GLYPH = re.compile(r"([•▪‣◦·∙●○■□➢✓\uf0b7\uf0a7\uf0d8])[ \t\u00a0]+(?=\S)")
_INDENT = re.compile(r"[ \t\u00a0\x0c]*")
_NOTE_NUMBER = re.compile(r"\(?\d{1,2}\)?(?=\s|\Z)")
_PAGE_GAP = 3
_WIDTH_QUANTILE = 0.9
_MIN_WIDE = 0.9


class Shape(StrEnum):
    """What a block is on the page."""

    TEXT = "text"
    BULLET = "bullet"
    NOTE = "note"
    GLYPH = "glyph"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank.

    Attributes:
        number: from 1.
        start: offset of its first visible character.
        content: without white space around it.
        indent: characters of white space before it.
        blanks: blank lines before it.
        blank_after: whether a blank line, or nothing, follows.
        after_separator: whether the line above notes at the foot of a page stands before it.
    """

    number: int
    start: int
    content: str
    indent: int
    blanks: int
    blank_after: bool
    after_separator: bool

    @property
    def end(self) -> int:
        """Offset one past its last visible character."""
        return self.start + len(self.content)

    @property
    def turns_page(self) -> bool:
        """Whether a page turned right before it."""
        return self.blanks == 0 and self.indent > 0


@dataclass(slots=True)
class Block:
    """Lines that belong together.

    Attributes:
        shape: what it is on the page.
        lines: its lines.
        start: offset of its first visible character, after a bullet's glyph.
        notes: marks of the notes in the document.
        continues: whether it goes on with the block before the notes that interrupt it.
    """

    shape: Shape
    lines: list[Line]
    start: int
    notes: frozenset[str]
    continues: bool = False

    @property
    def end(self) -> int:
        """Offset one past its last visible character."""
        return self.lines[-1].end

    @property
    def text(self) -> str:
        """Its lines, joined by spaces; for recognising only."""
        return " ".join(self._rows())

    @property
    def title(self) -> str:
        """Its text as a heading is quoted: normalised, without marks of notes."""
        return normalise("\n".join(self._rows()), self.notes).text

    def _rows(self) -> list[str]:
        first = self.lines[0]
        return [first.content[self.start - first.start :], *(line.content for line in self.lines[1:])]


def split_blocks(source: str) -> list[Block]:
    """Find the blocks of a report.

    Args:
        source: all characters of the decoded source.

    Returns:
        Blocks in source order, that together cover every visible character once.

    >>> [block.shape.value for block in split_blocks("Kop" + chr(10) * 2 + " Een bolletje" + chr(10) + "dat loopt.")]
    ['text', 'bullet']
    """
    lines = _lines(source)
    width = _page_width(lines)
    blocks: list[Block] = []
    for piece in _pieces(lines, note_marks(source), width):
        _place(blocks, piece, width)
    return blocks


def _lines(source: str) -> list[Line]:
    found: list[Line] = []
    rows = source.split("\n")
    start, blanks, separator = 0, 1, False
    for number, row in enumerate(rows, start=1):
        content = row.strip()
        if content and not NOTE_SEPARATOR.fullmatch(row):
            indent = len(_INDENT.match(row)[0])  # type: ignore[index]
            after = number == len(rows) or not rows[number].strip()
            place = start + len(row) - len(row.lstrip())
            found.append(Line(number, place, content, indent, blanks, after, separator))
            blanks, separator = 0, False
        else:
            blanks += 1
            separator = separator or NOTE_SEPARATOR.fullmatch(row) is not None
        start += len(row) + 1
    return found


def _page_width(lines: Sequence[Line]) -> int:
    lengths = sorted(len(line.content) for line in lines)
    return lengths[int(_WIDTH_QUANTILE * (len(lengths) - 1))] if lengths else 0


def _pieces(lines: Sequence[Line], notes: frozenset[str], width: int) -> Iterator[Block]:
    """Yield blocks as blank lines, page turns and marks divide them, before what goes on is joined."""
    current: Block | None = None
    in_notes = False
    for line in lines:
        in_notes = line.after_separator or (in_notes and not _leaves_notes(line, current))
        is_page = not in_notes and line.blanks > 0 and line.blank_after and bool(PAGE_NUMBER.fullmatch(line.content))
        if current and not is_page and _stays(line, current, notes, width, in_notes=in_notes):
            current.lines.append(line)
            continue
        if current:
            yield current
        current = Block(Shape.PAGE, [line], line.start, notes) if is_page else _open(line, notes, in_notes=in_notes)
        if current.start > line.start:
            mark = line.content[: current.start - line.start].rstrip()
            yield Block(Shape.GLYPH, [replace(line, content=mark)], line.start, notes)
    if current:
        yield current


def _stays(line: Line, current: Block, notes: frozenset[str], width: int, *, in_notes: bool) -> bool:
    """Tell whether a line belongs to the block above it."""
    if current.shape is Shape.NOTE:
        number = _NOTE_NUMBER.match(line.content)
        return not (number and number[0] in notes) and (in_notes or (line.blanks == 0 and not line.turns_page))
    if in_notes or current.shape is Shape.PAGE:
        return False
    return line.blanks == 0 and not _begins_block(line, current, width)


def _leaves_notes(line: Line, current: Block | None) -> bool:
    if current is None:
        return False
    above = current.lines[-1].content
    hangs = len(above) <= marks.MAX_HANGING_LINE and " " not in above and not marks.ends_sentence(above)
    return line.blanks > 1 or (line.turns_page and not hangs)


def _open(line: Line, notes: frozenset[str], *, in_notes: bool) -> Block:
    number = _NOTE_NUMBER.match(line.content)
    if in_notes or (number and number[0].startswith("(") and number[0] in notes):
        return Block(Shape.NOTE, [line], line.start, notes)
    if glyph := _GLYPH.match(line.content):
        return Block(Shape.BULLET, [line], line.start + glyph.end(), notes)
    spaces = line.indent - int(line.turns_page)
    begins = line.content.lstrip('“„"«‘(')[:1]
    is_bullet = spaces > 0 and (begins.isupper() or begins.isdigit()) and not _is_structure(line.content)
    return Block(Shape.BULLET if is_bullet else Shape.TEXT, [line], line.start, notes)


def _is_structure(text: str) -> bool:
    return bool(marks.read_polarity(text)) or marks.is_part(text) or marks.is_chapter(text)


def _begins_block(line: Line, current: Block, width: int) -> bool:
    """Tell whether a line that follows without a blank line begins a new block all the same."""
    text = current.text
    complete = marks.ends_sentence(text) or _is_structure(text)
    if _GLYPH.match(line.content) or _is_structure(text):
        return True
    if complete and _is_structure(line.content):
        return True
    if marks.is_opening(line.content, 0) and complete and not marks.open_quotes(text):
        return True
    roomy = _has_room(current, line, width)
    if line.turns_page and not marks.begins_lower(line.content):
        is_heading_line = _is_structure(line.content) or marks.read_number(line.content) is not None
        return line.indent > 1 or (complete and (roomy or is_heading_line or marks.is_closed_quote(text)))
    return marks.is_closed_quote(text) and not marks.open_quotes(text) and line.content[:1].isupper() and roomy


def _has_room(block: Block, line: Line, width: int) -> bool:
    """Tell whether the first word of a line had fitted on the line above: then the break was meant."""
    own = max((len(above.content) for above in block.lines[:-1]), default=width)
    return len(block.lines[-1].content) + 1 + len(line.content.split()[0]) <= min(own, width)


def _place(blocks: list[Block], piece: Block, width: int) -> None:
    """Join a piece to the block that it goes on with, over page numbers; over notes it only remembers it."""
    body = (Shape.TEXT, Shape.BULLET)
    before = next((i for i in reversed(range(len(blocks))) if blocks[i].shape in body), None)
    if piece.shape not in body or before is None or blocks[-1].shape is Shape.GLYPH:
        blocks.append(piece)
        return
    notes = [block for block in blocks[before + 1 :] if block.shape is Shape.NOTE]
    if notes and marks.ends_sentence(blocks[before].text) and marks.begins_lower(piece.text):
        notes[-1].lines += piece.lines
    elif not _goes_on(blocks, before, piece, width):
        blocks.append(piece)
    elif notes:
        blocks.append(replace(piece, shape=blocks[before].shape, continues=True))
    else:
        del blocks[before + 1 :]
        blocks[before].lines += piece.lines


def _goes_on(blocks: Sequence[Block], before: int, piece: Block, width: int) -> bool:
    block, first = blocks[before], piece.lines[0]
    text = block.text
    if _is_structure(text) or _is_structure(piece.text):
        return False
    ended = marks.ends_sentence(text)
    if piece.shape is Shape.BULLET:
        gap = first.blanks >= _PAGE_GAP or len(blocks) > before + 1
        is_heading = block.shape is Shape.TEXT and marks.is_title(text)
        return gap and not ended and not is_heading and not _has_room(block, first, width)
    if marks.begins_lower(first.content):
        return True
    if text[-1] in "-,":
        return True
    if marks.open_quotes(text) and not marks.is_opening(first.content, 0):
        return not ended or first.content.startswith("(")
    is_wide = len(block.lines[-1].content) >= _MIN_WIDE * width
    return not ended and is_wide and not marks.is_opening(first.content, 0) and not _has_room(block, first, width)
