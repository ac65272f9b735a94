"""The skeleton of a synthesis report: parts, chapters with what they are for, and which blocks are headings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.readers import synthesis_marks as marks
from pipeline.readers.synthesis_blocks import Block, Shape


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


def find_chapters(blocks: Sequence[Block]) -> list[Chapter]:
    """Find the chapters that lie in the same part as the chapter with ``Kansen`` and ``Knelpunten``.

    Args:
        blocks: all blocks of the report.

    Returns:
        Chapters in source order; empty when none holds ``Kansen`` or ``Knelpunten``. All else is the authors' own.
    """
    parts = [i for i, block in enumerate(blocks) if block.shape is Shape.TEXT and marks.is_part(block.text)]
    for first, last in zip([0, *parts], [*parts, len(blocks)], strict=True):
        chapters = list(_chapters_between(blocks, first, last))
        themed = [i for i, (start, end) in enumerate(chapters) if _has_polarity(blocks[start:end])]
        if themed:
            return [_chapter(blocks, i, chapters, themed) for i in range(len(chapters))]
    return []


def _chapters_between(blocks: Sequence[Block], first: int, last: int) -> Iterator[tuple[int, int]]:
    starts = [i for i in range(first, last) if blocks[i].shape is Shape.TEXT and marks.is_chapter(blocks[i].text)]
    yield from zip(starts, [*starts[1:], last], strict=False)


def _has_polarity(blocks: Sequence[Block]) -> bool:
    return any(marks.read_polarity(block.text) for block in blocks if block.shape is Shape.TEXT)


def _chapter(blocks: Sequence[Block], i: int, chapters: Sequence[tuple[int, int]], themed: Sequence[int]) -> Chapter:
    first, last = chapters[i]
    purpose = Purpose.FUNCTIONS if i < themed[0] else Purpose.THEMES if i <= themed[-1] else Purpose.EXPECTATIONS
    title, body = blocks[first].title, first + 1
    if not marks.has_chapter_title(title) and body < last and _is_plain_heading(blocks, body):
        title, body = f"{title} {blocks[body].title}", body + 1
    return Chapter(purpose, first, last, body, title)


def _is_plain_heading(blocks: Sequence[Block], i: int) -> bool:
    text = blocks[i].text
    return is_heading(blocks, i) and not marks.read_polarity(text) and not marks.read_number(text)


def is_heading(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether a block is a heading: nothing marks one but its shape, its words and what follows it."""
    block = blocks[i]
    if block.shape is not Shape.TEXT or block.continues or len(block.lines) > marks.MAX_HEADING_LINES:
        return False
    if marks.is_quote(block.text):
        return False
    if marks.is_title(block.text):
        return True
    following = next((other for other in blocks[i + 1 :] if other.shape in (Shape.TEXT, Shape.BULLET)), None)
    leads = following is not None and following.shape is Shape.BULLET
    return leads and len(block.lines) == 1 and marks.is_stopped_title(block.text)


def find_themes(blocks: Sequence[Block], chapter: Chapter) -> Mapping[int, tuple[int, str]]:
    """Find the numbered themes of a chapter: numbered headings with ``Kansen`` or ``Knelpunten`` before the next one.

    Returns:
        Index of the block to number and title.
    """
    candidates = list(_numbered_headings(blocks, chapter))
    ends = [i for i, _ in candidates[1:]] + [chapter.last] * bool(candidates)
    found: dict[int, tuple[int, str]] = {}
    highest = 0
    for (i, (number, title)), end in zip(candidates, ends, strict=True):
        if number > highest and _has_polarity(blocks[i:end]):
            found[i] = (number, title)
            highest = number
    return found


def find_numbered(blocks: Sequence[Block], chapter: Chapter) -> Mapping[int, tuple[int, str]]:
    """Find the numbered headings of a chapter, in rising order.

    Returns:
        Index of the block to number and title.
    """
    found: dict[int, tuple[int, str]] = {}
    for i, (number, title) in _numbered_headings(blocks, chapter):
        if number == len(found) + 1:
            found[i] = (number, title)
    return found


def _numbered_headings(blocks: Sequence[Block], chapter: Chapter) -> Iterator[tuple[int, tuple[int, str]]]:
    for i in range(chapter.body, chapter.last):
        numbered = marks.read_number(blocks[i].title)
        is_set_as_heading = blocks[i].shape in (Shape.TEXT, Shape.BULLET) and marks.is_title(blocks[i].text)
        if numbered and is_set_as_heading and len(blocks[i].lines) <= marks.MAX_HEADING_LINES:
            yield i, numbered
