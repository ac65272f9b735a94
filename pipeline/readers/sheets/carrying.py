"""Writes into each row of a sheet what it says once for several: sessions, days, hats, and names inside the cells."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.hats import are_hats
from pipeline.readers.notes.header import IN_SERIES
from pipeline.readers.notes.labels import Form, Label, fold, is_no_name, read_label, read_labels
from pipeline.readers.notes.marks import bullet_length, read_heading
from pipeline.readers.sheets.cells import cell_at, mean_words
from pipeline.readers.sheets.columns import Cells
from pipeline.readers.sheets.shapes import Answers, Shape

MIN_BLOCKS = 2
"""A column is written once for a block of rows where it has this number of blocks, and of empty cells."""


def _carry_banners(
    columns: Mapping[str, int], rows: Sequence[tuple[int, Cells]]
) -> tuple[dict[str, int], list[tuple[int, tuple[str, ...]]]]:
    """Write what rows with a single cell say, a session or a hat, into the rows below them; such rows are left out.

    Args:
        columns: column to its index.
        rows: number and cells of each, below the headers; all as wide.
    """
    width = max((len(cells) for _, cells in rows), default=0)
    found, made = dict(columns), []
    above = {"session": "", "hat": ""}
    for number, cells in rows:
        filled = [cell.strip() for cell in cells if cell.strip()]
        banner = filled[0] if len(filled) == 1 and width > 1 and not cell_at(cells, columns["text"]) else ""
        heading = read_heading(banner, after_blank=True) if banner else None
        if heading and heading.hat:
            above["hat"] = str(heading.hat)
        elif banner and IN_SERIES.fullmatch(banner):
            above = {"session": banner, "hat": ""}
        else:
            made.append((number, (*_fill(cells, width), above["session"], above["hat"])))
    added = [column for column in above if any(row[width + (column == "hat")] for _, row in made)]
    if len(made) == len(rows) or any(column in columns for column in added):
        return found, [(number, tuple(cells)) for number, cells in rows]
    return {**found, **{column: width + (column == "hat") for column in added}}, made


def _fill(cells: Cells, width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))


MIN_NAMED_SHARE = 0.6


_CELL_FORMS = (Form.COLON, Form.TAIL, Form.BRACKET, Form.DASH, Form.SAID)


def split_remarks(cell: str, *, one_a_line: bool) -> list[str]:
    r"""Split a cell that lists several remarks: lines behind a dash or bullet, or all its lines.

    >>> split_remarks("- te ver\n- te duur\n  voor mij", one_a_line=False)
    ['te ver', 'te duur voor mij']
    >>> split_remarks("te ver\nvan huis", one_a_line=False)
    ['te ver\nvan huis']
    """
    lines = [line.strip() for line in cell.split("\n") if line.strip()]
    if one_a_line and len(lines) == 1 and len(parts := _split_by_names(cell)) > 1:
        return parts
    marked = [bool(bullet_length(line)) for line in lines]
    if not lines or (not all(marked[:1]) and not one_a_line) or (sum(marked) < 2 and not one_a_line):
        return [cell] if lines else []
    found: list[str] = []
    for line, is_marked in zip(lines, marked, strict=True):
        if is_marked or not found or not any(marked):
            found.append(line[bullet_length(line) :])
        else:
            found[-1] += f" {line}"
    return [each for each in found if each]


def _split_by_names(cell: str) -> list[str]:
    """Split a cell with remarks of several people: before a slash with a name and a colon behind it.

    >>> _split_by_names("An: te duur / te ver / Bo: te laat"), _split_by_names("te duur / te ver")
    (['An: te duur / te ver', 'Bo: te laat'], ['te duur / te ver'])
    """
    parts: list[str] = []
    for part in cell.split(" / "):
        label = read_label(part)
        is_named = label is not None and label.form is Form.COLON
        if is_named or not parts:
            parts.append(part)
        else:
            parts[-1] += f" / {part}"
    return parts if read_label(parts[0]) else [cell]


_Remarks: TypeAlias = list[tuple[int, Mapping[str, str]]]


def carry_names(tables: Sequence[_Remarks]) -> list[_Remarks]:
    """Take the names of speakers off the remarks of tables, where no column holds them.

    Args:
        tables: row number and columns of each remark, table by table; a name may return in other tables only.
    """
    joined = [remark for remarks in tables for remark in remarks]
    if (names := _names_on(joined)) and all(who for who, _ in names):
        left = iter(names)
        return [_with_names(remarks, [next(left) for _ in remarks]) for remarks in tables]
    return [_with_names(remarks, _names_on(remarks)) for remarks in tables]


def _names_on(remarks: _Remarks) -> list[tuple[str, str]]:
    if any(row.get("speaker") and not re.fullmatch(r"R\d+", row["speaker"]) for _, row in remarks):
        return []
    return read_names_in_cells([row["text"] for _, row in remarks])


def _with_names(remarks: _Remarks, names: Sequence[tuple[str, str]]) -> _Remarks:
    if not names:
        return remarks
    return [(n, {**row, "speaker": who, "text": text}) for (n, row), (who, text) in zip(remarks, names, strict=True)]


def read_names_in_cells(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Read who made remarks off the cells themselves, as ``te ver (An)``, where most of them bear a name that way.

    Returns:
        Name and remark of each cell, the name empty where it has none; empty where cells bear no names.

    >>> read_names_in_cells(["te ver (An)", "te duur (Bo)", "te laat (An)"])[0]
    ('An', 'te ver')
    """
    for form in _CELL_FORMS:
        found = [next((label for label in read_labels(text) if label.form is form), None) for text in texts]
        names = Counter(fold(label.name) for label in found if label and not is_no_name(label.name))
        n = sum(names.values())
        if len(names) > 1 and n >= MIN_NAMED_SHARE * len(texts) and n > len(names):
            return [_named(text, label) for text, label in zip(texts, found, strict=True)]
    return []


def _named(text: str, label: Label | None) -> tuple[str, str]:
    if label is None:
        return "", text
    if is_no_name(label.name):
        return "", text[label.length : len(text) - label.tail].strip()
    return label.name, text[label.length : len(text) - label.tail].strip()


def _find_blocks(rows: Sequence[Cells], index: int, starts: Collection[int] = ()) -> list[str] | None:
    """Read a column that is written once for all rows of a block: what it says of each row.

    None where the first cell is empty, fewer than two are filled or empty, or a value is written twice between two
    starts, so that an empty cell says nothing. What stands above a start holds no longer.
    """
    cells = [cell_at(row, index) for row in rows]
    n_filled = sum(map(bool, cells))
    if not all(cells[:1]) or n_filled < MIN_BLOCKS or len(cells) - n_filled < MIN_BLOCKS:
        return None
    carried: list[str] = []
    written: set[str] = set()
    for position, cell in enumerate(cells):
        if position in starts:
            written = set()
        if cell in written:
            return None
        written |= {cell} - {""}
        above = carried[-1] if carried and position not in starts else ""
        carried.append(cell or above)
    return carried


def _are_runs(cells: Sequence[str]) -> bool:
    """Tell whether days or places each stand in one run of several rows, as those of sessions do."""
    runs = [(value, len(list(run))) for value, run in groupby(cells)]
    return len(runs) > 1 and len({value for value, _ in runs}) == len(runs) and all(v and n > 1 for v, n in runs)


def _carry_blocks(
    columns: Mapping[str, int], rows: Sequence[tuple[int, Cells]]
) -> tuple[dict[str, int], list[tuple[int, tuple[str, ...]]], list[tuple[int, int]]]:
    """Write sessions, days and hats that are written once for a block of rows into all rows of it.

    Args:
        columns: column to its index.
        rows: number and cells of each, below the headers.

    Returns:
        The columns, in which days that head a block are sessions where no other column holds these; the rows; and the
        columns that were carried, with in how many rows.

    >>> _carry_blocks({"date": 0}, [(2, ["3 mei", "a"]), (3, ["", "b"]), (4, ["", "c"]), (5, ["9 mei", "d"])])[0]
    {'date': 0, 'session': 0}
    """
    found = dict(columns)
    made = [list(cells) for _, cells in rows]
    carried: list[tuple[int, int]] = []
    starts: set[int] = set()
    for column in ("session", "date", "hat"):
        index = found.get(column)
        cells = None if index is None else _find_blocks(made, index, starts if column == "hat" else ())
        if index is None or cells is None:
            continue
        if column != "hat":
            starts |= {i for i, row in enumerate(made) if row[index]}
        carried.append((index, sum(bool(cell) and not row[index] for row, cell in zip(made, cells, strict=True))))
        for row, cell in zip(made, cells, strict=True):
            row[index] = cell
    if "session" not in found and found.get("date") in dict(carried):
        found["session"] = found["date"]
    for column in ("place", "date"):
        index = found.get(column)
        with_text = [row for row in made if "text" not in found or cell_at(row, found["text"])]
        if "session" not in found and index is not None and _are_runs([cell_at(row, index) for row in with_text]):
            found["session"] = index
    return found, [(n, tuple(row)) for (n, _), row in zip(rows, made, strict=True)], carried


def carry_fills(
    columns: dict[str, int], rows: list[tuple[int, tuple[str, ...]]], fills: Mapping[tuple[int, int], Hat]
) -> tuple[dict[str, int], list[tuple[int, tuple[str, ...]]]]:
    """Write the hat in the colour of which a remark, or else a cell beside it, is filled in a column of its own."""
    if not fills:
        return columns, rows
    width = max((len(cells) for _, cells in rows), default=0)
    order = [columns["text"], *(i for i in range(width) if i != columns["text"])]
    hats = [next((fills[n, i] for i in order if (n, i) in fills), None) for n, _ in rows]
    if not are_hats(hats):
        return columns, rows
    made = [(n, (*_fill(cells, width), str(hat or ""))) for (n, cells), hat in zip(rows, hats, strict=True)]
    return {**columns, "hat": width}, made


def find_coloured(rows: Sequence[tuple[int, Cells]], fills: Mapping[tuple[int, int], Hat]) -> Shape | None:
    """Find a sheet of notes in the colours of their hats: nearly all cells below a title or legend are coloured.

    Rows in one colour each are no such sheet: what is in their cells belongs together.

    Args:
        rows: filled rows.
        fills: hat in the colour of which a cell is filled, by its row and column.
    """
    body = next((i for i, (n, row) in enumerate(rows) if any((n, j) in fills for j in range(len(row)))), len(rows))
    cells = [(n, i) for n, row in rows[body:] for i, cell in enumerate(row) if cell.strip()]
    remarks = [cell_at(row, i) for n, row in rows[body:] for i in range(len(row)) if (n, i) in fills]
    coloured = {n: {fills[n, i] for i in range(len(row)) if (n, i) in fills} for n, row in rows[body:]}
    n_mixed = sum(len(hats) > 1 for hats in coloured.values())
    is_enough = len(remarks) > MIN_NOTES and len(remarks) >= MIN_COLOURED_SHARE * len(cells)
    is_above_short = all(sum(bool(cell.strip()) for cell in row) == 1 for _, row in rows[:body])
    columns = sorted({i for _, i in cells})
    if not (is_enough and is_above_short and n_mixed * 2 > len(coloured) and are_hats(fills.values())):
        return None
    if any(
        mean_words([cell_at(row, i) for _, row in rows[body:] if cell_at(row, i)]) < MIN_NOTE_WORDS for i in columns
    ):
        return None
    width = max(len(row) for _, row in rows)
    return Shape(max(0, body - 1), body, ("",) * width, {i: Answers() for i in columns})


MIN_NOTES, MIN_NOTE_WORDS, MIN_COLOURED_SHARE = 3, 2.5, 0.7


def carry_values(
    columns: Mapping[str, int], rows: Sequence[tuple[int, Cells]], *, has_answers: bool
) -> tuple[dict[str, int], list[tuple[int, tuple[str, ...]]], list[tuple[int, int]]]:
    """Write into each row what stands once for several: in a row of its own, or in the first cell of a block.

    Args:
        columns: column to its index.
        rows: number and cells of each, below the headers.
        has_answers: remarks stand in several columns, so that a row with one cell is no title.

    Returns:
        The columns; the rows; and the columns that were carried, with in how many rows.
    """
    found, made = (dict(columns), rows) if has_answers else _carry_banners(columns, rows)
    return _carry_blocks(found, made)
