"""Reads back the sheets that people have filled in, by the names of their columns."""

import io
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from pipeline.errors import InputError, Problem
from pipeline.readers.sheets import FIRST_ROW, fold_header


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A sheet that came back.

    Attributes:
        where: file and sheet, for messages.
        subject: what the properties of the file say, None when they were lost on the way.
        columns: known columns that are present.
        unknown: headers of other columns.
        rows: row number as a spreadsheet shows it, and cells by known column, stripped; rows without text are left out.
    """

    where: str
    subject: str | None
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def at(self, row: int) -> str:
        """Name a row for a message."""
        return f"{self.where}, row {row}"


def read_filled(path: Path, sheet: str, known: Sequence[str], needed: Sequence[str]) -> Filled:
    """Read back a sheet that people have filled in; rows may be sorted, deleted or moved, and columns added.

    Args:
        path: an XLSX file.
        sheet: name of the sheet.
        known: headers that mean something.
        needed: those of them that must be there.

    Returns:
        Its rows.

    Raises:
        InputError: no such file or sheet, no workbook, headers that are absent or come twice.
    """
    found, subject = _read_cells(path, sheet)
    where = f"{path.name}, sheet '{sheet}'"
    folded = {fold_header(name): name for name in known}
    headers = found[0] if found else ()
    columns = [folded.get(fold_header(header)) for header in headers]
    problems = [
        Problem(f"{where}, row 1", f"has no column '{name}'", "Keep the headers of the sheet as they were made")
        for name in needed if name not in columns
    ] + [
        Problem(f"{where}, row 1", f"has {times} columns '{name}'", "Keep one of them")
        for name, times in Counter(column for column in columns if column).items() if times > 1
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    rows = [
        (number, {column: cell for column, cell in zip_longest(columns, cells, fillvalue="") if column})
        for number, cells in enumerate(found[1:], start=FIRST_ROW)
        if any(cells)
    ]
    return Filled(
        where=where,
        subject=subject,
        columns=tuple(column for column in columns if column),
        unknown=tuple(header for header, column in zip(headers, columns, strict=True) if header and not column),
        rows=tuple(rows),
    )


def _read_cells(path: Path, sheet: str) -> tuple[list[tuple[str, ...]], str | None]:
    from xml.etree.ElementTree import ParseError
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {(error.strerror or 'unknown reason').lower()}"
        raise InputError.single(path.name, what, "Check that the file exists and may be read") from None
    try:
        with warnings.catch_warnings():
            # Excel keeps drop-downs in an extension that openpyxl does not read and need not read.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            names = book.sheetnames
            held = book[sheet] if sheet in names else None
            if held is not None:
                held.reset_dimensions()
            rows = [tuple(_as_text(value) for value in row) for row in held.iter_rows(values_only=True)] if held else []
            subject = book.properties.subject
            book.close()
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError):
        fix = "Save it as XLSX, without a password"
        raise InputError.single(path.name, "is not a workbook that can be read", fix) from None
    if held is None:
        what = f"has no sheet '{sheet}'; its sheets are {', '.join(names)}"
        raise InputError.single(path.name, what, "Keep the names of the sheets as they were made")
    return rows, subject or None


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
