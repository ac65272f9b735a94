"""Reads a table of codings that somebody brings along, a row a code or a column a coder: CSV, XLSX or Parquet."""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from pipeline.core.errors import InputError, Problem
from pipeline.readers.sheets.cells import FIRST_ROW, fold_header, read_csv
from pipeline.readers.sources import decode
from pipeline.text.normalisation import common_spellings, fold_name, plain_name

CODE_SEPARATOR = ";"
NO_CODE = ("-", "–", "—")
SLIP = 0.8

HEADERS: Mapping[str, tuple[str, ...]] = {
    "unit": ("fragment_id", "eenheid", "fragment"),
    "coder": ("codeur", "codeerder"),
    "code": ("codes",),
    "scheme": ("schema",),
    "session": ("sessie", "dialoogtafel", "tafel"),
    "start": ("char_start", "teken_van"),
    "end": ("char_end", "teken_tot"),
    "rank": ("rang",),
}
NEEDED = ("unit", "coder", "code")
NUMBER_HEADERS = frozenset(("nr", "nummer", "no", "number", "id", "volgnummer", "rij", "row", "item"))
MAX_CODE_WORDS = 4


class CodesCell(NamedTuple):
    """One cell of codes.

    ``codes`` is None where the cell is empty (missing), an empty tuple where it says that there is no code.
    """

    unit: tuple[str, str]
    coder: str
    scheme: str
    codes: tuple[str, ...] | None
    span: tuple[int, int] | None
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class CodingSheet:
    """A table of codings.

    Attributes:
        name: of the file.
        entries: its rows.
        has_sessions: whether it says to which session a unit belongs.
        has_ranks: whether it says which code of a unit comes first.
        notices: what a user should know.
    """

    name: str
    entries: tuple[CodesCell, ...]
    has_sessions: bool
    has_ranks: bool
    notices: tuple[str, ...]


def read_sheet(path: Path) -> CodingSheet:
    """Read a table of codings.

    Args:
        path: CSV separated by comma, semicolon, tab or bar; XLSX (the first sheet); or Parquet.

    Raises:
        InputError: everything that is wrong in it, by row.
    """
    return parse_sheet(read_cells(path), path.name)


def parse_sheet(table: Sequence[Sequence[str]], name: str) -> CodingSheet:
    """Understand rows of text as codings.

    Args:
        table: rows of stripped text, headers first.
        name: what errors call the table.

    Raises:
        InputError: everything that is wrong in it, by row.
    """
    table, remarks = _lengthen(table, name)
    columns, unknown = match_headers(table[0], HEADERS, NEEDED, name)
    if len(table) < FIRST_ROW:
        raise InputError.single(f"{name}, row {FIRST_ROW}", "holds headers and no rows", "Give a row for each code")
    problems: list[Problem] = []
    entries = [
        entry
        for number, cells in enumerate(table[1:], start=FIRST_ROW)
        if any(cells)
        for entry in _read_row(number, dict(zip(columns, cells, strict=False)), name, problems)
    ]
    if problems:
        raise InputError(problems)
    notices = [f"{name}: column '{header}' is not used" for header in unknown]
    entries, joined = _join_spellings(name, entries)
    return CodingSheet(
        name=name,
        entries=tuple(entries),
        has_sessions="session" in columns,
        has_ranks="rank" in columns,
        notices=(*remarks, *notices, *joined, *_repeats(name, entries)),
    )


def _lengthen(table: Sequence[Sequence[str]], name: str) -> tuple[Sequence[Sequence[str]], list[str]]:
    """Bring a table with a row for each unit and a column for each coder into one with a row for each code.

    Returns:
        The long table, or the table itself where it is none of that kind; and what a user should know.

    >>> wide = [["Nr", "Lies", "Karim"], ["1", "zorg", "zorg"], ["2", "werk", "zorg"], ["3", "werk", "werk"]]
    >>> _lengthen(wide, "a.csv")[0][:3]
    [['unit', 'coder', 'code'], ['1', 'Lies', 'zorg'], ['1', 'Karim', 'zorg']]
    """
    known = {fold_header(word): column for column, words in HEADERS.items() for word in (column, *words)}
    headers = [known.get(fold_header(header), "") for header in table[0]]
    if {"coder", "code"} & set(headers):
        return table, []
    rows = [[*cells, *[""] * (len(headers) - len(cells))] for cells in table[1:] if any(cells)]
    columns = {i: [cells[i] for cells in rows if cells[i]] for i, header in enumerate(table[0]) if header}
    codes = {
        i: {fold_name(cell) for cell in cells}
        for i, cells in columns.items()
        if cells and not headers[i] and sum(len(cell.split()) for cell in cells) <= MAX_CODE_WORDS * len(cells)
    }
    # Columns of coders give the same few codes again; what was said, and its number, do not come back in another one.
    coders = [
        i for i, own in codes.items()
        if any(j != i and len(own & other) * 2 >= min(len(own), len(other)) for j, other in codes.items())
    ]  # fmt: skip
    if len(coders) < 2:
        return table, []
    unit = headers.index("unit") if "unit" in headers else None
    free = [i for i in columns if i not in coders and not headers[i]]
    if unit is None:
        numbers = (i for i in free if fold_header(table[0][i]) in NUMBER_HEADERS)
        whole = (i for i in free if len(set(columns[i])) == len(rows))
        unit = next(numbers, next(whole, None))
    kept = [i for i, header in enumerate(headers) if header and i != unit]
    made = [
        [cells[unit] if unit is not None else str(number), *(cells[i] for i in kept), table[0][coder], cells[coder]]
        for number, cells in enumerate(rows, start=1)
        for coder in coders
    ]
    named = ", ".join(f"'{table[0][i]}'" for i in coders)
    remarks = [f"{name}: read with a row for each unit and a column for each of the coders {named}"]
    n_empty = sum(not cells[coder] for cells in rows for coder in coders)
    if n_empty:
        remarks.append(f"{name}: {n_empty} empty cells are read as not coded; --empty-is-none reads them as no code")
    return [["unit", *(headers[i] for i in kept), "coder", "code"], *made], remarks


def read_cells(path: Path) -> list[list[str]]:
    """Read any of the three kinds of file as rows of stripped text, headers first.

    Raises:
        InputError: it cannot be read, or is empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {(error.strerror or 'unknown reason').lower()}"
        raise InputError.single(path.name, what, "Check that the file exists and may be read") from None
    rows: Sequence[Sequence[object]]
    if data.startswith(b"PK\x03\x04"):
        rows = _read_workbook(data, path.name)
    elif data.startswith(b"PAR1"):
        rows = _read_parquet(data, path.name)
    else:
        rows = [cells for _, cells in read_csv(decode(data, path.name).text, path.name)]
    cells = as_cells(rows)
    if not cells or not any(cells[0]):
        raise InputError.single(path.name, "is empty", f"Give the columns {', '.join(NEEDED)}")
    return cells


def as_cells(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    """Turn any values into stripped text; what is missing becomes an empty cell.

    >>> as_cells([["unit", " A "], [1.0, None]])
    [['unit', 'A'], ['1', '']]
    """
    return [[_as_text(cell) for cell in row] for row in rows]


def match_headers(
    cells: Sequence[str], headers: Mapping[str, tuple[str, ...]], needed: Sequence[str], name: str
) -> tuple[list[str], list[str]]:
    """Name the columns of a table.

    Returns:
        The column of each cell (the header itself where it is not known), and the headers that are not known.

    Raises:
        InputError: a needed column is absent, a column comes twice, or a header is nearly a known one.
    """
    known = {fold_header(word): column for column, words in headers.items() for word in (column, *words)}
    columns = [known.get(fold_header(cell), f"?{cell}") for cell in cells]
    where = f"{name}, row 1"
    unknown = [column[1:] for column in columns if column.startswith("?") and len(column) > 1]
    problems = []
    for header in unknown:
        near = get_close_matches(fold_header(header), known, n=1, cutoff=SLIP)
        if near and known[near[0]] not in columns:
            problems.append(
                Problem(where, f"has a column '{header}' that is not known", f"Did you mean '{known[near[0]]}'?")
            )
    for column in (column for column, times in Counter(columns).items() if times > 1 and column in headers):
        problems.append(Problem(where, f"has two columns for '{column}'", "Keep one of them"))
    absent = [column for column in needed if column not in columns]
    if absent:
        fix = f"Name the columns {', '.join(needed)}; if wanted {', '.join(h for h in headers if h not in needed)}"
        fix += ". Or give a row for each unit, and a column with codes for each coder" if "coder" in absent else ""
        problems.append(Problem(where, f"has no column {', '.join(absent)}", fix))
    if problems:
        raise InputError(problems)
    return columns, unknown


def _read_row(number: int, cells: Mapping[str, str], name: str, problems: list[Problem]) -> Iterator[CodesCell]:
    where = f"{name}, row {number}"
    for column in ("unit", "coder"):
        if not cells.get(column):
            problems.append(Problem(where, f"has no {column}", f"Fill the column {column}, or delete the row"))
    span = _whole_numbers([cells.get("start", ""), cells.get("end", "")])
    if span is None or (span and (len(span) < 2 or span[0] >= span[1])):
        what = "has a start and an end that are no passage"
        problems.append(Problem(where, what, "Count characters from 0, the end beyond the start; fill both or neither"))
    rank = _whole_numbers([cells.get("rank", "")])
    if rank is None:
        problems.append(Problem(where, "has a rank that is no whole number", "Number the codes of a unit from 1"))
    code = cells.get("code", "")
    parts = [part.strip() for part in code.split(CODE_SEPARATOR)]
    codes = tuple(dict.fromkeys(plain_name(part) for part in parts if part and part not in NO_CODE))
    yield CodesCell(
        (cells.get("session", ""), cells.get("unit", "")),
        cells.get("coder", ""),
        cells.get("scheme", ""),
        codes if code else None,
        (span[0], span[1]) if span and len(span) == 2 else None,
        rank[0] if rank else None,
    )


def _whole_numbers(cells: Sequence[str]) -> list[int] | None:
    """The numbers in the cells that are filled; None where one is no whole number."""
    filled = [cell for cell in cells if cell]
    return [int(cell) for cell in filled] if all(re.fullmatch(r"\d+", cell) for cell in filled) else None


def _repeats(name: str, entries: Sequence[CodesCell]) -> Iterator[str]:
    times = Counter(
        (entry.unit, entry.coder, entry.scheme, code, entry.span) for entry in entries for code in entry.codes or ()
    )
    repeated = sum(n - 1 for n in times.values())
    if repeated:
        yield f"{name}: {repeated} row(s) repeat a code of the same coder for the same unit; counted once"


def _join_spellings(name: str, entries: Sequence[CodesCell]) -> tuple[list[CodesCell], list[str]]:
    """Let coders, sessions and codes whose names differ in spelling only be one, and say which were joined."""
    coders = common_spellings(entry.coder for entry in entries)
    sessions = common_spellings(entry.unit[0] for entry in entries)
    schemes = common_spellings(entry.scheme for entry in entries)
    given: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        given[schemes[entry.scheme]] += entry.codes or ()
    codes = {scheme: common_spellings(found) for scheme, found in given.items()}
    made = []
    for entry in entries:
        scheme = schemes[entry.scheme]
        joined = None if entry.codes is None else tuple(dict.fromkeys(codes[scheme][code] for code in entry.codes))
        unit = sessions[entry.unit[0]], plain_name(entry.unit[1])
        made.append(entry._replace(unit=unit, coder=coders[entry.coder], scheme=scheme, codes=joined))
    remarks = [*_describe_joined(name, "coders", coders), *_describe_joined(name, "sessions", sessions)]
    for scheme, spellings in sorted(codes.items()):
        remarks += _describe_joined(name, f"codes of scheme '{scheme}'" if scheme else "codes", spellings)
    return made, remarks


def _describe_joined(name: str, what: str, spellings: Mapping[str, str]) -> Iterator[str]:
    variants: dict[str, list[str]] = defaultdict(list)
    for spelling, kept in spellings.items():
        # Two Unicode forms of one word look the same, and saying so would puzzle.
        if plain_name(spelling) != kept:
            variants[kept].append(plain_name(spelling))
    if variants:
        shown = "; ".join(
            f"{', '.join(repr(each) for each in sorted(set(found)))} as '{kept}'"
            for kept, found in sorted(variants.items())
        )
        yield f"{name}: {what} that differ in case, blanks or hyphens only are one: {shown}"


def _read_workbook(data: bytes, name: str) -> list[list[object]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError):
        raise InputError.single(name, "is not a workbook that can be read", "Save it as XLSX or CSV") from None
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    return rows


def _read_parquet(data: bytes, name: str) -> list[list[object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        raise InputError.single(name, "is a damaged Parquet table", "Write it again") from None
    columns = [column.to_pylist() for column in table.columns]
    return [list(table.column_names), *(list(row) for row in zip(*columns, strict=True))]


def _as_text(cell: object) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
