"""Divides a sheet on which several tables stand, beside or below each other, into one sheet for each.

Each keeps the rows and columns of the whole, so that what is read of it bears the place of its cell.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.errors import Notice, list_some
from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.header import IN_SERIES
from pipeline.readers.notes.marks import read_heading
from pipeline.readers.sheets.cells import fold_header
from pipeline.readers.sheets.columns import HINTS, Cells, is_header, read_hat
from pipeline.readers.sheets.workbooks import SheetRows, letters
from pipeline.readers.words import read_words

MIN_HATS = 3
"""So many cells beside each other that are all hats head the columns of a table."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The headers of a table: position of their row, first column and one past the last."""

    row: int
    first: int
    end: int


def split_tables(sheet: SheetRows, are_headers: Callable[[Cells], bool] | None = None) -> list[SheetRows]:
    """Divide a sheet into the tables on it.

    A table begins at a row of headers of its own, and a column that is empty, or the rows of another table, lies
    between it and the next one.

    Args:
        sheet: its filled rows.
        are_headers: tells whether cells beside each other head a table; None: of remarks, which have words for a
            remark and another column, or are nothing but hats.

    Returns:
        The sheet itself where it holds one table; else a sheet for each, in order, of which the cells of the others are
        empty. A title above a table of remarks, such as a hat or a session, stands below its headers, where it holds
        for its rows.
    """
    rows = [(number, [cell.strip() for cell in cells]) for number, cells in sheet.rows]
    heads = [head for row in range(len(rows)) for head in _heads(rows[row][1], row, are_headers or _head_remarks)]
    heads = [head for head in heads if not _is_repeated(rows, head, heads)] if len(heads) > 1 else heads
    if len(heads) < 2 or not _are_apart(rows, heads):
        return [sheet]
    owners = list(_find_owners([cells for _, cells in rows], heads))
    shares: list[list[tuple[int, tuple[str, ...]]]] = [[] for _ in heads]
    for (number, cells), of_cells in zip(rows, owners, strict=True):
        for position in sorted({owner for owner, cell in zip(of_cells, cells, strict=True) if cell}):
            own = (cell if owner == position else "" for owner, cell in zip(of_cells, cells, strict=True))
            shares[position].append((number, tuple(own)))
    comments: list[dict[tuple[int, int], str]] = [{} for _ in heads]
    at = {number: of_cells for (number, _), of_cells in zip(rows, owners, strict=True)}
    for (number, i), text in sheet.comments.items():
        comments[at[number][i] if i < len(at.get(number, ())) else 0][number, i] = text
    tables = []
    for position, (head, share) in enumerate(zip(heads, shares, strict=True)):
        titles = () if are_headers else _titles(rows, head, heads)
        first = rows[head.row][0]
        lifted = [each for each in share if each[0] in titles]
        above = [each for each in share if each[0] < first and each[0] not in titles]
        headers, *below = (each for each in share if each[0] >= first)
        filled = (*above, headers, *lifted, *below)
        tables.append(replace(sheet, rows=filled, comments=comments[position], table=position + 1))
    return tables


def _heads(cells: Sequence[str], row: int, are_headers: Callable[[Cells], bool]) -> Iterator[_Head]:
    """Find the runs of filled cells in a row that head a table."""
    first = 0
    for i in range(len(cells) + 1):
        if i < len(cells) and cells[i]:
            continue
        if i - first > 1 and all(map(is_header, cells[first:i])) and are_headers(cells[first:i]):
            yield _Head(row, first, i)
        first = i + 1


def _head_remarks(cells: Cells) -> bool:
    if len(cells) >= MIN_HATS and all(read_hat(cell) and len(cell) > 2 for cell in cells):
        return True
    folded = {fold_header(cell) for cell in cells}
    known = [column for column, words in HINTS.items() if folded & {fold_header(word) for word in words}]
    return "text" in known and len(known) > 1


def _is_repeated(rows: Sequence[tuple[int, Cells]], head: _Head, heads: Sequence[_Head]) -> bool:
    """Tell whether headers are those of the table above, written again: no title and no gap is above them."""
    number, cells = rows[head.row]
    above = [each for each in heads if each.row < head.row and (each.first, each.end) == (head.first, head.end)]
    if not above or head.row == 0 or rows[head.row - 1][0] != number - 1:
        return False
    same = rows[above[-1].row][1][head.first : head.end] == cells[head.first : head.end]
    return same and sum(bool(cell) for cell in rows[head.row - 1][1]) > 1


def _are_apart(rows: Sequence[tuple[int, Cells]], heads: Sequence[_Head]) -> bool:
    """Tell whether a column between tables beside each other is empty, or other rows lie between them."""
    for one, other in zip(heads, heads[1:], strict=False):
        if one.row == other.row and any(
            cells[i] for _, cells in rows[one.row :] for i in range(one.end, other.first) if i < len(cells)
        ):
            return False
        if other.row == one.row + 1 and one.first < other.end and other.first < one.end:
            return False
    return True


def _find_owners(rows: Sequence[Cells], heads: Sequence[_Head]) -> Iterator[list[int]]:
    """Say of each cell of each row to which table it belongs; what belongs to none is the first one's."""
    begun = [0] * max(map(len, rows))
    at: dict[int, list[tuple[int, _Head]]] = {}
    for position, head in enumerate(heads):
        at.setdefault(head.row, []).append((position, head))
    for row, cells in enumerate(rows):
        for position, head in at.get(row, ()):
            begun[head.first : head.end] = [position] * (head.end - head.first)
        owners = begun[: len(cells)]
        for position, head in at.get(row + 1, ()):
            if _is_title_row(cells, row, head, heads):
                owners[head.first : head.end] = [position] * len(owners[head.first : head.end])
        yield owners


def _is_title_row(cells: Cells, row: int, head: _Head, heads: Sequence[_Head]) -> bool:
    """Tell whether a row holds nothing but a title of a table, beside those of the tables beside it."""
    filled = [
        sum(map(bool, cells[each.first : each.end])) for each in heads if each.row == head.row
    ]  # fmt: skip
    is_titled = sum(map(bool, cells[head.first : head.end])) == 1
    return row == head.row - 1 and is_titled and max(filled) == 1 and sum(filled) == sum(map(bool, cells))


def _titles(rows: Sequence[tuple[int, Cells]], head: _Head, heads: Sequence[_Head]) -> Collection[int]:
    """Give the numbers of the row above the headers that says under which hat or in which session its rows stand."""
    if head.row == 0 or not _is_title_row(rows[head.row - 1][1], head.row - 1, head, heads):
        return ()
    number, cells = rows[head.row - 1]
    title = next(cell for cell in cells[head.first : head.end] if cell)
    heading = read_heading(title, after_blank=True)
    is_title = (heading and heading.hat) or IN_SERIES.fullmatch(title)
    return (number,) if is_title else ()


def unused_notice(name: str, sheets: Sequence[SheetRows], used: Collection[tuple[str, int, int]]) -> list[Notice]:
    """Say which cells with words nothing was read of, by their places, as ``Blad1!B4``; nothing where there is none.

    Args:
        name: of the file.
        sheets: as they are.
        used: title of the sheet, row and column of the cells that were read.
    """
    unused = [
        f"{sheet.title}!{letters(i)}{number}" if sheet.title else f"{letters(i)}{number}"
        for sheet in sheets
        for number, cells in sheet.rows
        for i, cell in enumerate(cells)
        if any(c.isalpha() for c in cell) and (sheet.title, number, i) not in used and (number, i) not in sheet.merged
    ]
    what = f"{len(unused)} cells with words are not used: {list_some(unused)}"
    return [Notice(name, what)] if unused else []


def sessions_of_sheets(hats: Mapping[str, Hat | None]) -> dict[str, str]:
    """Give the session of each sheet where several make up sessions; a sheet with the last round is no session.

    Args:
        hats: title of each sheet to the hat that the title names.

    >>> sessions_of_sheets({"Noord": None, "Zuid": None, "Rondvraag": None})
    {'Noord': 'Noord', 'Zuid': 'Zuid', 'Rondvraag': 'Zuid'}
    >>> sessions_of_sheets({"Post-its": None, "Rondvraag": None})
    {}
    """
    titles = [title for title, hat in hats.items() if not hat and fold_header(title) not in _PARTS]
    above, named = "", {}
    for title, hat in hats.items():
        above = title if title in titles else above
        named[title] = "" if hat else above
    return named if len(titles) > 1 else {}


_PARTS = frozenset(read_words("sheet_words")["parts"])
"""Names of sheets with a part of the session of the sheet before."""
