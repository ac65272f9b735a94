"""Finds tables in the lines of a PDF: lines with wide gaps whose parts begin at the same places, line after line."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from pipeline.readers.documents.document import Cell, Paragraph, Table
from pipeline.readers.documents.pdf_glyphs import NOTE_CLOSES, NOTE_OPENS
from pipeline.readers.notes.labels import read_label
from pipeline.readers.notes.marks import read_heading
from pipeline.readers.synthesis_blocks import read_polarity
from pipeline.text.normalisation import PAGE_NUMBER

EDGE_SHARE, EDGE_ROWS, MIN_PAGES = 0.14, 3, 2
FEW_PAGES, MIN_REPEATS, MIN_REPEAT_SHARE = 3, 3, 0.4
HEADING_SIZE = 1.12
MIN_LETTERS = 3
MIN_COLUMN_LINES, MIN_FILL, MAX_CROSSING, GUTTER_STEP = 4, 0.5, 0.35, 4.0
MIN_COLUMN_SHARE = 0.2
MAX_ROW_SHARE, MIN_ALIGNED, MAX_BESIDE, MIN_LINE_WORDS = 0.75, 0.9, 0.3, 3
MAX_COLUMN_DEPTH = 3
_DIGITS = re.compile(r"\d+")
_UNMAPPED = re.compile(r"\(cid:\d+\)")


@dataclass(frozen=True, slots=True)
class PdfLine:
    """A line, or the part of it that stands in one column.

    Attributes:
        text: what it says.
        x0: left end, in points.
        x1: right end.
        y: baseline, from the top of the page.
        size: of its letters.
        is_bold: all of it is bold.
        page: from 1.
        region: the column or band that it stands in; counts through the document.
        cells: where it has wide gaps: the left ends, right ends and texts of its parts.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool
    page: int
    region: int = 0
    cells: tuple[tuple[float, float, str], ...] = ()


def read_lines(pages: Sequence[Any]) -> tuple[list[PdfLine], int]:
    """Put what was drawn in reading order.

    Args:
        pages: as `portable_glyphs` writes them.

    Returns:
        Lines in reading order, without running heads, feet and page numbers; and how many of these were left out.
    """
    drawn = [_segments(page["runs"], number) for number, page in enumerate(pages, start=1)]
    heights = [float(page["height"]) for page in pages]
    edges = _edges(drawn, heights)
    lines: list[PdfLine] = []
    region = 0
    for segments in drawn:
        body = [segment for segment in segments if (segment.page, segment.y, segment.x0) not in edges]
        for part in _ordered(body, 0):
            region += 1
            lines += [replace(line, region=region) for line in _rows(part)]
    return lines, len({(page, y) for page, y, _ in edges})


def _segments(runs: Sequence[Any], page: int) -> list[PdfLine]:
    """Join runs on one baseline that stand close together."""
    made = [PdfLine(str(text), x0, x1, y, size, bool(bold), page) for text, x0, x1, y, size, bold in runs]
    joined: list[PdfLine] = []
    for row in _baselines(made):
        for segment in row:
            last = joined[-1] if joined else None
            same_row = last is not None and abs(last.y - segment.y) <= 0.5 * max(last.size, segment.size)
            if last is not None and same_row and -1 < segment.x0 - last.x1 < 0.9 * max(last.size, segment.size):
                joined[-1] = _join(last, segment)
            else:
                joined.append(segment)
    return joined


def _baselines(lines: Iterable[PdfLine]) -> list[list[PdfLine]]:
    rows: list[list[PdfLine]] = []
    for line in sorted(lines, key=lambda line: (line.y, line.x0)):
        if rows and abs(rows[-1][0].y - line.y) <= 0.35 * max(rows[-1][0].size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.x0) for row in rows]


def _join(first: PdfLine, second: PdfLine) -> PdfLine:
    space = "" if first.text.endswith(" ") or second.x0 - first.x1 < 0.15 * second.size else " "
    longer = first if len(first.text) >= len(second.text) else second
    return replace(
        longer,
        text=f"{first.text}{space}{second.text}",
        x0=first.x0,
        x1=second.x1,
        is_bold=first.is_bold and second.is_bold,
    )


def _rows(segments: Sequence[PdfLine]) -> list[PdfLine]:
    """Join what stands on one baseline of a region, however far apart."""
    lines = []
    for row in _baselines(segments):
        line = row[0]
        for segment in row[1:]:
            line = _join(line, segment)
        lines.append(replace(line, cells=tuple((s.x0, s.x1, s.text) for s in row) if len(row) > 1 else ()))
    return lines


def _ordered(segments: Sequence[PdfLine], depth: int) -> list[list[PdfLine]]:
    """Divide segments in regions, in reading order: columns between what crosses them."""
    gutter = _gutter(segments) if depth < MAX_COLUMN_DEPTH else None
    if gutter is None:
        return [list(segments)] if segments else []
    regions: list[list[PdfLine]] = []
    rows = sorted(segments, key=lambda line: (line.y, line.x0))
    for crosses, group in groupby(rows, key=lambda line: line.x0 < gutter < line.x1):
        band = list(group)
        if crosses:
            regions.append(band)
            continue
        for side in ([s for s in band if s.x1 <= gutter], [s for s in band if s.x0 >= gutter]):
            regions += _ordered(side, depth + 1)
    return regions


def _gutter(segments: Sequence[PdfLine]) -> float | None:
    """Find the white strip between two columns of running text; what is narrow beside it is a table, no column."""
    if len(segments) < 2 * MIN_COLUMN_LINES:
        return None
    left, right = min(s.x0 for s in segments), max(s.x1 for s in segments)
    best: tuple[int, float] | None = None
    at = left + MIN_COLUMN_SHARE * (right - left)
    while at < right - MIN_COLUMN_SHARE * (right - left):
        crossing = sum(s.x0 < at < s.x1 for s in segments)
        if (best is None or crossing < best[0]) and _are_columns(segments, at, left, right, crossing):
            best = (crossing, at)
        at += GUTTER_STEP
    return best[1] if best else None


def _are_columns(segments: Sequence[PdfLine], at: float, left: float, right: float, crossing: int) -> bool:
    if crossing > MAX_CROSSING * len(segments):
        return False
    sides = ([s for s in segments if s.x1 <= at], [s for s in segments if s.x0 >= at])
    if any(len(side) < MIN_COLUMN_LINES for side in sides):
        return False
    if any(sum(len(s.text.split()) >= MIN_LINE_WORDS for s in side) < 2 for side in sides):
        # Names set to the right of a column are no column.
        return False
    beside = [sum(any(abs(s.y - other.y) < 2 for other in sides[1 - i]) for s in side) for i, side in enumerate(sides)]
    heights = [max(s.y for s in side) - min(s.y for s in side) for side in sides]
    is_spread = len(sides[0]) <= MAX_ROW_SHARE * len(sides[1]) and heights[0] >= MIN_FILL * heights[1]
    if is_spread and beside[0] >= MIN_ALIGNED * len(sides[0]):
        # Each line to the left begins a row of a table.
        return False
    room = (at - left, right - min(s.x0 for s in sides[1]))
    filled = all(
        sum(s.x1 - s.x0 for s in side) >= MIN_FILL * width * len(side) for side, width in zip(sides, room, strict=True)
    )
    # Short lines do not fill a column, but only those of one text stand at other heights than those beside them.
    is_free = all(n <= MAX_BESIDE * len(side) for n, side in zip(beside, sides, strict=True)) and crossing <= 1
    top, bottom = (max(min(s.y for s in side) for side in sides), min(max(s.y for s in side) for side in sides))
    return (filled or is_free) and bottom - top >= 0.4 * min(heights)


def _edges(drawn: Sequence[Sequence[PdfLine]], heights: Sequence[float]) -> set[tuple[int, float, float]]:
    """Find heads and feet: lines near the edge that return on other pages, and numbers of pages."""
    sizes = Counter(round(s.size * 2) / 2 for segments in drawn for s in segments for _ in range(len(s.text) // 8 + 1))
    largest = HEADING_SIZE * sizes.most_common(1)[0][0] if sizes else 0.0
    near: dict[tuple[str, bool], list[PdfLine]] = defaultdict(list)
    edges: set[tuple[int, float, float]] = set()
    for segments, height in zip(drawn, heights, strict=True):
        rows = _baselines(segments)
        for i, row in enumerate(rows):
            is_top, is_foot = row[0].y < EDGE_SHARE * height, row[0].y > (1 - EDGE_SHARE) * height
            if not (is_top or is_foot):
                continue
            is_outermost = i in (0, len(rows) - 1)
            for segment in row:
                if is_outermost and PAGE_NUMBER.fullmatch(segment.text.strip()):
                    edges.add((segment.page, segment.y, segment.x0))
                elif segment.size <= largest and min(i, len(rows) - 1 - i) < EDGE_ROWS and _may_return(segment.text):
                    near[_DIGITS.sub("#", segment.text).strip(), is_top].append(segment)
    needed = max(2, len(drawn)) if len(drawn) <= FEW_PAGES else max(MIN_REPEATS, MIN_REPEAT_SHARE * len(drawn))
    for found in near.values():
        places = Counter(round(segment.y / 4) for segment in found)
        # The head of a chapter may open several pages too, but it does not stand at one height on many.
        if len({segment.page for segment in found}) >= needed and max(places.values()) >= 0.6 * needed:
            edges |= {(segment.page, segment.y, segment.x0) for segment in found}
    return edges if len(drawn) >= MIN_PAGES else {edge for edge in edges if _is_apart(edge, drawn)}


def _may_return(text: str) -> bool:
    """Tell whether a text that returns at an edge may be a head; a bullet, a label or the name of a hat is none."""
    heading, label = read_heading(text, after_blank=True), read_label(f"{text.rstrip(': ')}:")
    is_structure = bool(heading and heading.hat) or bool(label and label.sure) or read_polarity(text) is not None
    return sum(character.isalpha() for character in _UNMAPPED.sub("", text)) >= MIN_LETTERS and not is_structure


def _is_apart(edge: tuple[int, float, float], drawn: Sequence[Sequence[PdfLine]]) -> bool:
    """Tell whether a number on the only page stands well apart from the text."""
    page, y, x0 = edge
    others = [s for s in drawn[page - 1] if (s.y, s.x0) != (y, x0)]
    return bool(others) and min(abs(s.y - y) for s in others) > 2 * max(s.size for s in others)


def without_marks(text: str, numbers: frozenset[str]) -> str:
    """Take the marks of notes out of a text; other raised figures stay, as in m2.

    >>> without_marks(f"een woord{NOTE_OPENS}3{NOTE_CLOSES} en m{NOTE_OPENS}2{NOTE_CLOSES}", frozenset({"3"}))
    'een woord en m2'
    """
    found = re.compile(f"{NOTE_OPENS}(\\d+){NOTE_CLOSES}")
    return found.sub(lambda match: "" if match[1] in numbers else match[1], text)


NEAR, MIN_ROWS, ROW_GAP, MAX_GAP = 4.0, 2, 1.28, 4.0

_Row = dict[int, list[tuple[float, str]]]


def find_tables(
    lines: Sequence[PdfLine], pitch: float, right: float, starts_item: Sequence[bool]
) -> Iterator[PdfLine | tuple[PdfLine, Table]]:
    """Give the lines in order, with those of each table replaced by the table.

    Args:
        lines: in reading order.
        pitch: usual distance between lines.
        right: right edge of the text.
        starts_item: for each line, whether the mark of an item opens it; its gap is no table.

    Returns:
        Lines, and tables with their first line.
    """
    i = 0
    while i < len(lines):
        columns, end = _extent(lines, i, pitch, starts_item)
        if end > i:
            yield lines[i], _table(lines[i:end], columns, pitch, right)
            i = end
        else:
            yield lines[i]
            i += 1


def _extent(
    lines: Sequence[PdfLine], first: int, pitch: float, starts_item: Sequence[bool]
) -> tuple[list[float], int]:  # fmt: skip
    """Find how far a table goes that begins at a line; as far as it begins where there is none."""
    if not lines[first].cells or starts_item[first]:
        return [], first
    columns = [x0 for x0, _, _ in lines[first].cells]
    rows, end, at = 1, first + 1, first + 1
    while at < len(lines) and _follows(lines[at - 1], lines[at], pitch):
        line = lines[at]
        if line.cells and not starts_item[at]:
            if sum(_column(x0, columns) is not None for x0, _, _ in line.cells) < 2:
                break
            columns += [x0 for x0, _, _ in line.cells if _column(x0, columns) is None]
            rows, end = rows + 1, at + 1
        elif (column := _column(line.x0, columns)) is None:
            break
        elif column > 0:
            end = at + 1
        elif not (_is_banner(line) or line.x1 < sorted(columns)[1] - NEAR):
            break
        at += 1
    return (sorted(columns), end) if rows >= MIN_ROWS else ([], first)


def _follows(above: PdfLine, below: PdfLine, pitch: float) -> bool:
    if abs(above.size - below.size) >= 1.5 or (above.is_bold != below.is_bold and not below.cells):
        return False
    turns_page = below.page == above.page + 1
    return turns_page or (above.region == below.region and 0 < below.y - above.y < MAX_GAP * pitch)


def _is_banner(line: PdfLine) -> bool:
    heading = read_heading(line.text, after_blank=True)
    return heading is not None and heading.hat is not None


def _column(x0: float, columns: Sequence[float]) -> int | None:
    return next((i for i, column in enumerate(sorted(columns)) if abs(column - x0) <= NEAR), None)


def _table(lines: Sequence[PdfLine], columns: Sequence[float], pitch: float, right: float) -> Table:
    """Put lines in rows: by the gaps between rows where these show, else a row begins where the first column does."""
    gaps = [below.y - above.y for above, below in pairwise(lines) if below.y > above.y]
    shows_rows = bool(gaps) and max(gaps) > ROW_GAP * max(min(gaps), 0.9 * pitch) and min(gaps) < ROW_GAP * pitch
    rows: list[tuple[int, _Row]] = []
    before: PdfLine | None = None
    filled = [{_column(x0, columns) or 0: (x1, text) for x0, x1, text in _parts(line)} for line in lines]
    # A cell of several rows stands first, where a column holds the same texts beside it and below it.
    beside = [
        [{placed[i][1] for placed in filled if i in placed and (0 in placed) == first} for first in (True, False)]
        for i in range(1, len(columns))
    ]
    opens = [i for i, (one, other) in enumerate(beside, start=1) if len(columns) > 2 and len(one & other) > 1]
    for line, placed in zip(lines, filled, strict=True):
        gap = line.y - before.y if before and line.y > before.y else 0.0
        if before is None or (
            gap > ROW_GAP * pitch if shows_rows and gap else 0 in placed or any(i in placed for i in opens)
        ):
            rows.append((line.page, {}))
        for column, part in placed.items():
            rows[-1][1].setdefault(column, []).append(part)
        before = line
    rights = [*columns[1:], max(right, *(line.x1 for line in lines))]
    size = lines[0].size
    return Table(
        tuple(
            tuple(Cell(_paragraphs(row.get(i, []), edge, size, f"p. {page}")) for i, edge in enumerate(rights))
            for page, row in rows
        )
    )


def _parts(line: PdfLine) -> tuple[tuple[float, float, str], ...]:
    return line.cells or ((line.x0, line.x1, line.text),)


def _paragraphs(parts: Sequence[tuple[float, str]], right: float, size: float, place: str) -> tuple[Paragraph, ...]:
    """Join the lines of a cell; a line that leaves room for the next word ends a paragraph."""
    texts: list[str] = []
    above = right
    for x1, text in parts:
        word = 0.5 * size * (len(text.split(maxsplit=1)[0]) + 1)
        if texts and above + word >= right - 1.5 * size:
            texts[-1] += ("\n" if texts[-1].endswith(("-", "\u00ad")) else " ") + text
        else:
            texts.append(text)
        above = x1
    return tuple(Paragraph(text, place) for text in texts)
