"""Finds tables in the lines of a PDF: lines with wide gaps whose parts begin at the same places, line after line."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.readers.document import Cell, Paragraph, Table
from pipeline.readers.portable_layout import Line
from pipeline.readers.transcript_marks import read_heading

NEAR, MIN_ROWS, ROW_GAP, MAX_GAP = 4.0, 2, 1.28, 4.0

_Row = dict[int, list[tuple[float, str]]]


def find_tables(
    lines: Sequence[Line], pitch: float, right: float, starts_item: Sequence[bool]
) -> Iterator[Line | tuple[Line, Table]]:
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
    lines: Sequence[Line], first: int, pitch: float, starts_item: Sequence[bool]
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


def _follows(above: Line, below: Line, pitch: float) -> bool:
    if abs(above.size - below.size) >= 1.5 or (above.is_bold != below.is_bold and not below.cells):
        return False
    turns_page = below.page == above.page + 1
    return turns_page or (above.region == below.region and 0 < below.y - above.y < MAX_GAP * pitch)


def _is_banner(line: Line) -> bool:
    heading = read_heading(line.text, after_blank=True)
    return heading is not None and heading.hat is not None


def _column(x0: float, columns: Sequence[float]) -> int | None:
    return next((i for i, column in enumerate(sorted(columns)) if abs(column - x0) <= NEAR), None)


def _table(lines: Sequence[Line], columns: Sequence[float], pitch: float, right: float) -> Table:
    """Put lines in rows: by the gaps between rows where these show, else a row begins where the first column does."""
    gaps = [below.y - above.y for above, below in pairwise(lines) if below.y > above.y]
    shows_rows = bool(gaps) and max(gaps) > ROW_GAP * max(min(gaps), 0.9 * pitch) and min(gaps) < ROW_GAP * pitch
    rows: list[tuple[int, _Row]] = []
    before: Line | None = None
    for line in lines:
        placed = {_column(x0, columns) or 0: (x1, text) for x0, x1, text in _parts(line)}
        gap = line.y - before.y if before and line.y > before.y else 0.0
        if before is None or (gap > ROW_GAP * pitch if shows_rows and gap else 0 in placed):
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


def _parts(line: Line) -> tuple[tuple[float, float, str], ...]:
    return line.cells or ((line.x0, line.x1, line.text),)


def _paragraphs(parts: Sequence[tuple[float, str]], right: float, size: float, place: str) -> tuple[Paragraph, ...]:
    """Join the lines of a cell; a line that leaves room for the next word ends a paragraph."""
    said: list[str] = []
    above = right
    for x1, text in parts:
        word = 0.5 * size * (len(text.split(maxsplit=1)[0]) + 1)
        if said and above + word >= right - 1.5 * size:
            said[-1] += ("\n" if said[-1].endswith(("-", "\u00ad")) else " ") + text
        else:
            said.append(text)
        above = x1
    return tuple(Paragraph(text, place) for text in said)
