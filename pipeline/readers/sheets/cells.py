"""CSV as people save it: any of three separators, headers in Dutch or English, rows numbered as a spreadsheet shows."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import unguard_formula
from pipeline.readers.notes.marks import read_time
from pipeline.readers.sources import decode_file
from pipeline.text.normalisation import fold_name

SEPARATORS = ",;\t|"
FIRST_ROW = 2
"""The row below the headers, as a spreadsheet numbers it."""

_SEPARATOR_LINE = re.compile(r"\A\"?sep=(?P<separator>[^\n\"])\"?[^\n]*(?:\n|\Z)", re.IGNORECASE)

# A header that is this much like a known one is a slip of the pen, not a column of the user's own.
_SLIP = 0.8


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text cells.

    Attributes:
        name: of the file, for messages.
        columns: known columns that are present.
        rows: row number and cells by known column, stripped; rows without any text are left out.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def where(self, row: int) -> str:
        """Name a row for a message."""
        return f"{self.name}, row {row}"


def read_sheet(path: Path, name: str, headers: Mapping[str, Sequence[str]]) -> Sheet:
    """Read a CSV file.

    Args:
        path: the file.
        name: the name to use for it in messages.
        headers: column name to the other ways in which its header may be written.

    Returns:
        Its rows; columns that are not known are left out.

    Raises:
        InputError: no text, a header that is nearly a known one, a column twice, rows that are too long: all at once.
    """
    source = decode_file(path, name)
    known = {fold_header(word): column for column, words in headers.items() for word in (column, *words)}
    table = read_csv(source.text, name)
    first = table[0][1]
    columns = [known.get(fold_header(cell)) for cell in first]
    problems = _header_problems(name, first, columns, known)
    rows = []
    for number, cells in table[1:]:
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            what = f"has {len(cells)} cells, but there are {len(columns)} headers"
            problems.append(
                Problem(f"{name}, row {number}", what, "Put a cell that holds the separator between quotes")
            )
        elif any(cell.strip() for cell in cells):
            filled = [*cells, *[""] * len(columns)]
            row = {column: filled[i].strip() for i, column in enumerate(columns) if column}
            rows.append((number, row))
    if problems:
        raise InputError(problems)
    return Sheet(name, tuple(column for column in columns if column), tuple(rows))


def read_csv(text: str, name: str) -> list[tuple[int, list[str]]]:
    r"""Read the rows of a CSV text with any of the separators, numbered as a spreadsheet shows them.

    A first line ``sep=;``, by which Excel is told the separator, is no row. A sign that was put before a text to keep
    it from being a formula is taken off again.

    Raises:
        InputError: a cell that is larger than CSV allows, as where a quotation mark is never closed.

    >>> read_csv("sep=;\na;b\n1;'=2\n", "a.csv")
    [(1, ['a', 'b']), (2, ['1', '=2'])]
    """
    given = _SEPARATOR_LINE.match(text)
    separator = given["separator"] if given else find_separator(text)
    body = text[given.end() :] if given else text
    try:
        rows = [[unguard_formula(cell) for cell in row] for row in csv.reader(io.StringIO(body), delimiter=separator)]
    except csv.Error:
        fix = "Check that quotation marks are closed, or save it again as CSV in UTF-8"
        raise InputError.single(name, "holds a cell that is larger than CSV allows", fix) from None
    if not any(map(any, rows)):
        raise InputError.single(name, "is empty", "Leave it out, or fill it")
    return list(enumerate(rows, start=1))


def fold_header(text: str) -> str:
    """Give what all spellings of a header share.

    >>> fold_header(" Fragment-ID ")
    'fragmentid'
    """
    return re.sub(r"[\W_]", "", fold_name(text))


def is_total(cells: Sequence[str]) -> bool:
    """Tell whether a row adds up those above it: its first word says so, and there are only figures beside it.

    >>> is_total(["totaal", "9", ""]), is_total(["", "Totaal aantal:", "9"]), is_total(["totaal", "te duur"])
    (True, True, False)
    """
    words = [cell.strip() for cell in cells if cell.strip() and not re.fullmatch(r"[\d.,\s]+%?", cell.strip())]
    return len(words) == 1 and _TOTAL.fullmatch(words[0]) is not None


_TOTAL = re.compile(
    r"(?:(?:eind|sub)?tota(?:al|len|l|ux)|som|gemiddelde?|aantal|sum|mean|average|moyenne|summe|gesamt)"
    r"(?:\s+(?:aantal|codes|regels|fragmenten|van .{1,30}))?\s*[:=]?", re.IGNORECASE,
)  # fmt: skip


def find_separator(text: str) -> str:
    """Find the separator of a CSV file by its first line.

    >>> find_separator("sessie;tekst")
    ';'
    """
    lines = (line for line in text.split("\n") if line.strip())
    header = re.sub(r'"[^"]*"', "", next(lines, ""))
    return max(SEPARATORS, key=header.count)


def _header_problems(
    name: str, cells: Sequence[str], columns: Sequence[str | None], known: Mapping[str, str]
) -> list[Problem]:
    problems = []
    for i, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        near = get_close_matches(fold_header(cell), known, n=1, cutoff=_SLIP)
        if column is None and near:
            what = f"has a column '{cell.strip()}' that is not known"
            problems.append(Problem(f"{name}, row 1", what, f"Did you mean '{known[near[0]]}'?"))
        elif column is not None and column in columns[:i]:
            problems.append(Problem(f"{name}, row 1", f"has two columns for '{column}'", "Keep one of them"))
    return problems


def cell_at(cells: Sequence[str], index: int) -> str:
    """Give a cell without blanks around it; empty where the row is shorter."""
    return cells[index].strip() if index < len(cells) else ""


def mean_words(cells: Sequence[str]) -> float:
    """Give how many words cells hold on average; 0 where there are none."""
    return sum(len(cell.split()) for cell in cells) / len(cells) if cells else 0.0


def time_in(cell: str) -> float | None:
    """Read the time code or the seconds that a cell holds, in seconds; a date with a time of day is none.

    >>> time_in("00:12:03"), time_in("12,5"), time_in("morgen")
    (723.0, 12.5, None)
    """
    found = read_time(cell) or read_time(f"[{cell.strip('[]()')}]")
    if found:
        return found[1]
    try:
        seconds = float(cell.replace(",", "."))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 360_000 else None
