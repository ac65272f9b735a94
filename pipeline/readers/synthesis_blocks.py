"""From the lines of a synthesis report to blocks: what was one paragraph, bullet or note before it became plain text.

Pages have turned and glyphs were lost on the way. A line that begins with white space after a blank line is a bullet
(its glyph is gone); without a blank line before it the page turned there, and only what is left of the white space
after that one space can still be a bullet. A block goes on over blank lines where its sentence does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.core.vocabulary import Polarity
from pipeline.readers.words import read_words
from pipeline.text.normalisation import NOTE_SEPARATOR, PAGE_NUMBER, normalise, note_marks

_SURE_OPENING = "„‟«"
_SURE_CLOSING = "»"
_DOUBLE_MARKS = '“”"' + _SURE_OPENING + _SURE_CLOSING
_BEFORE_OPENING = re.compile(r"[\s(\[\-–—:‘'“„]\Z")
_TRAILING = " \t\n)]’'”“\"»"
_SENTENCE_END = ".?!…"
_CITATION = re.compile(r"[\s.,;]*(?:\([^()]*\)[\s.,;]*)?")

MAX_HEADING_LINES = 2
MAX_HEADING_WORDS = 25
MAX_STOPPED_HEADING_WORDS = 15
MAX_QUOTED_WORDS = 3
MAX_HANGING_LINE = 12
MIN_LISTED = 3

_PART = re.compile(r"deel\s+(?:[ivx]+|\d{1,2})\b", re.IGNORECASE)
_CHAPTER = re.compile(r"hoofdstuk\s+(?P<number>[ivx]+|\d{1,2})\b[\s.:–-]*(?P<title>.*)", re.IGNORECASE | re.DOTALL)
_NUMBERED = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?P<title>\S.*)", re.DOTALL)
_LISTED = re.compile(
    r"(?<!\S)\(?(?P<number>\d{1,2})\)\s+(?P<label>.+?)(?=[\s,;]+(?:en\s+)?\(?\d{1,2}\)\s|\Z)", re.DOTALL
)
_CONTENTS_LINE = re.compile(r"[.…_ \t]{3,}\d{1,4}\Z")
_POLARITIES = {"kansen": Polarity.KANS, "knelpunten": Polarity.KNELPUNT}

# Enough to tell a line with a verb from a title; nothing else rests on it.
_FINITE_VERBS = frozenset(read_words("sentence_words")["verbs"])
_SUBJECTS = frozenset(read_words("sentence_words")["subjects"])


def is_opening(text: str, at: int) -> bool:
    """Tell whether the double mark at a place opens; by its neighbours, since reports close with opening marks too.

    >>> is_opening("“Ja“ zei ze", 0), is_opening("“Ja“ zei ze", 3)
    (True, False)
    """
    mark = text[at]
    if mark in _SURE_OPENING:
        return True
    if mark in _SURE_CLOSING or mark not in _DOUBLE_MARKS:
        return False
    free_before = at == 0 or _BEFORE_OPENING.search(text[:at]) is not None
    return free_before and at + 1 < len(text) and not text[at + 1].isspace()


def open_quotes(text: str) -> int:
    """Count the quotations that are open at the end of a text.

    >>> open_quotes("“Zij vroeg: “Moet dat nu?”")
    1
    """
    depth = 0
    for at, character in enumerate(text):
        if character in _DOUBLE_MARKS:
            depth = depth + 1 if is_opening(text, at) else max(0, depth - 1)
    return depth


def is_quote(text: str) -> bool:
    """Tell whether a whole block is a quotation; one that merely begins with a quoted word or term is not.

    >>> is_quote("“Wij doen dat al.“"), is_quote("“Vrijwillig” is voor velen een rekbaar woord.")
    (True, False)
    """
    text = text.strip()
    if not text or not is_opening(text, 0):
        return False
    closings = [at for at, c in enumerate(text) if at and c in _DOUBLE_MARKS and not is_opening(text, at)]
    if not closings:
        return True
    first, rest = text[1 : closings[0]], text[closings[0] + 1 :]
    is_sentence = len(first.split()) > MAX_QUOTED_WORDS or first.rstrip()[-1:] in _SENTENCE_END
    if rest.strip() and not is_sentence:
        return False
    return _CITATION.fullmatch(text, closings[-1] + 1) is not None


def is_closed_quote(text: str) -> bool:
    """Tell whether a block is a quotation that is closed at its end."""
    return is_quote(text) and text.rstrip(" .,;")[-1:] in _DOUBLE_MARKS


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends where a sentence may end, a colon and a closing mark included.

    >>> ends_sentence("en dat was “alles.”"), ends_sentence("en dat was"), ends_sentence("“Dat was alles”")
    (True, False, True)
    """
    stripped = text.rstrip()
    return stripped.rstrip(_TRAILING)[-1:] in _SENTENCE_END + ":" or stripped[-1:] in _DOUBLE_MARKS


def begins_lower(text: str) -> bool:
    """Tell whether a text begins with a small letter."""
    return text[:1].islower()


def is_part(text: str) -> bool:
    """Tell whether a heading opens a part: ``DEEL II ...``."""
    return _PART.match(text) is not None and is_title(text)


def is_chapter(text: str) -> bool:
    """Tell whether a heading opens a chapter: ``Hoofdstuk 2 ...``."""
    return _CHAPTER.match(text) is not None and is_title(text)


def has_chapter_title(text: str) -> bool:
    """Tell whether a chapter heading holds its title; else the title stands in the next heading.

    >>> has_chapter_title("Hoofdstuk 2 Kansen"), has_chapter_title("Hoofdstuk 2")
    (True, False)
    """
    match = _CHAPTER.match(text)
    return match is not None and bool(match["title"].strip())


def read_polarity(text: str) -> Polarity | None:
    """Read a heading that is nothing but ``Kansen`` or ``Knelpunten``.

    >>> read_polarity("Knelpunten:") is Polarity.KNELPUNT, read_polarity("kansen")
    (True, None)
    """
    return _POLARITIES.get(text.rstrip(" :").lower()) if text[:1].isupper() else None


def read_number(text: str) -> tuple[int, str] | None:
    """Read the number and the rest of a numbered heading or item.

    >>> read_number("2. De buurt")
    (2, 'De buurt')
    """
    match = _NUMBERED.match(text)
    return (int(match["number"]), match["title"].strip()) if match else None


def read_list(text: str) -> dict[int, str]:
    """Read a list that runs on in a sentence: ``1) tonen, 2) lenen en 3) leren.``; empty when there is none.

    >>> read_list("Het gaat om 1) tonen, 2) lenen en 3) samen leren.")
    {1: 'tonen', 2: 'lenen', 3: 'samen leren'}
    """
    found = {int(m["number"]): m["label"].strip(" .,;:\n") for m in _LISTED.finditer(text)}
    return found if len(found) >= MIN_LISTED and list(found) == list(range(1, len(found) + 1)) else {}


def is_title(text: str) -> bool:
    """Tell whether words alone allow a block to be a heading: no full stop, no table of contents, not too long.

    >>> is_title("Zelf doen of niet?"), is_title("Zij vinden dat:"), is_title("De buurt .......... 12")
    (True, False, False)
    """
    words = text.split()
    first = text.lstrip("(")[:1]
    if not words or len(words) > MAX_HEADING_WORDS or not (first.isupper() or first.isdigit()):
        return False
    return text.rstrip()[-1] not in '.:;,…!”“"»' and _CONTENTS_LINE.search(text) is None


def is_stopped_title(text: str) -> bool:
    """Tell whether a line is a title although it ends with a full stop: short, and without subject or verb.

    >>> is_stopped_title("Vragen over de rol van de buurt."), is_stopped_title("Men krijgt het niet rond.")
    (True, False)
    """
    words = [word.strip(".,;()").lower() for word in text.split()]
    if not text.endswith(".") or not is_title(text.rstrip(".")) or not 1 < len(words) <= MAX_STOPPED_HEADING_WORDS:
        return False
    return words[0] not in _SUBJECTS and not _FINITE_VERBS.intersection(words)


_GLYPH = re.compile(r"([•▪‣◦·∙●○■□➢✓\uf0b7\uf0a7\uf0d8])[ \t\u00a0]+(?=\S)")
_INDENT = re.compile(r"[ \t\u00a0\x0c]*")
_NOTE_NUMBER = re.compile(r"\(?\d{1,2}\)?(?=\s|\Z)")
_PAGE_GAP = 3
_WIDTH_QUANTILE = 0.9
_MIN_WIDE = 0.9


class BlockShape(StrEnum):
    """What a block is on the page."""

    TEXT = "text"
    BULLET = "bullet"
    NOTE = "note"
    GLYPH = "glyph"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class SourceLine:
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

    shape: BlockShape
    lines: list[SourceLine]
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


def _lines(source: str) -> list[SourceLine]:
    found: list[SourceLine] = []
    rows = source.split("\n")
    start, blanks, separator = 0, 1, False
    for number, row in enumerate(rows, start=1):
        content = row.strip()
        if content and not NOTE_SEPARATOR.fullmatch(row):
            indent = len(_INDENT.match(row)[0])  # type: ignore[index]
            after = number == len(rows) or not rows[number].strip()
            place = start + len(row) - len(row.lstrip())
            found.append(SourceLine(number, place, content, indent, blanks, after, separator))
            blanks, separator = 0, False
        else:
            blanks += 1
            separator = separator or NOTE_SEPARATOR.fullmatch(row) is not None
        start += len(row) + 1
    return found


def _page_width(lines: Sequence[SourceLine]) -> int:
    lengths = sorted(len(line.content) for line in lines)
    return lengths[int(_WIDTH_QUANTILE * (len(lengths) - 1))] if lengths else 0


def _pieces(lines: Sequence[SourceLine], notes: frozenset[str], width: int) -> Iterator[Block]:
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
        current = (
            Block(BlockShape.PAGE, [line], line.start, notes) if is_page else _open(line, notes, in_notes=in_notes)
        )
        if current.start > line.start:
            mark = line.content[: current.start - line.start].rstrip()
            yield Block(BlockShape.GLYPH, [replace(line, content=mark)], line.start, notes)
    if current:
        yield current


def _stays(line: SourceLine, current: Block, notes: frozenset[str], width: int, *, in_notes: bool) -> bool:
    """Tell whether a line belongs to the block above it."""
    if current.shape is BlockShape.NOTE:
        number = _NOTE_NUMBER.match(line.content)
        return not (number and number[0] in notes) and (in_notes or (line.blanks == 0 and not line.turns_page))
    if in_notes or current.shape is BlockShape.PAGE:
        return False
    return line.blanks == 0 and not _begins_block(line, current, width)


def _leaves_notes(line: SourceLine, current: Block | None) -> bool:
    if current is None:
        return False
    above = current.lines[-1].content
    hangs = len(above) <= MAX_HANGING_LINE and " " not in above and not ends_sentence(above)
    return line.blanks > 1 or (line.turns_page and not hangs)


def _open(line: SourceLine, notes: frozenset[str], *, in_notes: bool) -> Block:
    number = _NOTE_NUMBER.match(line.content)
    if in_notes or (number and number[0].startswith("(") and number[0] in notes):
        return Block(BlockShape.NOTE, [line], line.start, notes)
    if glyph := _GLYPH.match(line.content):
        return Block(BlockShape.BULLET, [line], line.start + glyph.end(), notes)
    spaces = line.indent - int(line.turns_page)
    begins = line.content.lstrip('“„"«‘(')[:1]
    is_bullet = spaces > 0 and (begins.isupper() or begins.isdigit()) and not _is_structure(line.content)
    return Block(BlockShape.BULLET if is_bullet else BlockShape.TEXT, [line], line.start, notes)


def _is_structure(text: str) -> bool:
    return bool(read_polarity(text)) or is_part(text) or is_chapter(text)


def _begins_block(line: SourceLine, current: Block, width: int) -> bool:
    """Tell whether a line that follows without a blank line begins a new block all the same."""
    text = current.text
    complete = ends_sentence(text) or _is_structure(text)
    if _GLYPH.match(line.content) or _is_structure(text):
        return True
    if complete and _is_structure(line.content):
        return True
    if is_opening(line.content, 0) and complete and not open_quotes(text):
        return True
    roomy = _has_room(current, line, width)
    if line.turns_page and not begins_lower(line.content):
        is_heading_line = _is_structure(line.content) or read_number(line.content) is not None
        return line.indent > 1 or (complete and (roomy or is_heading_line or is_closed_quote(text)))
    return is_closed_quote(text) and not open_quotes(text) and line.content[:1].isupper() and roomy


def _has_room(block: Block, line: SourceLine, width: int) -> bool:
    """Tell whether the first word of a line had fitted on the line above: then the break was meant."""
    own = max((len(above.content) for above in block.lines[:-1]), default=width)
    return len(block.lines[-1].content) + 1 + len(line.content.split()[0]) <= min(own, width)


def _place(blocks: list[Block], piece: Block, width: int) -> None:
    """Join a piece to the block that it goes on with, over page numbers; over notes it only remembers it."""
    body = (BlockShape.TEXT, BlockShape.BULLET)
    before = next((i for i in reversed(range(len(blocks))) if blocks[i].shape in body), None)
    if piece.shape not in body or before is None or blocks[-1].shape is BlockShape.GLYPH:
        blocks.append(piece)
        return
    notes = [block for block in blocks[before + 1 :] if block.shape is BlockShape.NOTE]
    if notes and ends_sentence(blocks[before].text) and begins_lower(piece.text):
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
    ended = ends_sentence(text)
    if piece.shape is BlockShape.BULLET:
        gap = first.blanks >= _PAGE_GAP or len(blocks) > before + 1
        is_heading = block.shape is BlockShape.TEXT and is_title(text)
        return gap and not ended and not is_heading and not _has_room(block, first, width)
    if begins_lower(first.content):
        return True
    if text[-1] in "-,":
        return True
    if open_quotes(text) and not is_opening(first.content, 0):
        return not ended or first.content.startswith("(")
    is_wide = len(block.lines[-1].content) >= _MIN_WIDE * width
    return not ended and is_wide and not is_opening(first.content, 0) and not _has_room(block, first, width)


class Purpose(StrEnum):
    """What a chapter holds: themes where ``Kansen`` and ``Knelpunten`` stand, and what comes before and after those."""

    FUNCTIONS = "functions"
    THEMES = "themes"
    EXPECTATIONS = "expectations"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the part that reports what participants said.

    Attributes:
        purpose: what it holds.
        first: index of the block that opens it.
        last: one past the index of its last block.
        body: index of its first block after number and title.
        title: number and title as written.
    """

    purpose: Purpose
    first: int
    last: int
    body: int
    title: str


def is_heading(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether a block is a heading: nothing marks one but its shape, its words and what follows it."""
    block = blocks[i]
    if block.shape is not BlockShape.TEXT or block.continues or len(block.lines) > MAX_HEADING_LINES:
        return False
    if is_quote(block.text):
        return False
    if is_title(block.text):
        return True
    following = next((other for other in blocks[i + 1 :] if other.shape in (BlockShape.TEXT, BlockShape.BULLET)), None)
    leads = following is not None and following.shape is BlockShape.BULLET
    return leads and len(block.lines) == 1 and is_stopped_title(block.text)
