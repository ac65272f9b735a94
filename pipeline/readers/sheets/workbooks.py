"""XLSX row by row: values as they were stored, never computed; what is empty is not walked through to the end."""

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.notices import Notice
from pipeline.readers.files.archives import open_archive, read_bytes
from pipeline.readers.files.decoding import MAX_TEXT
from pipeline.text.normalisation import spell_out

MAX_PART = 100_000_000
MAX_EMPTY_ROWS = 1_000
"""After so many empty rows a sheet is taken to be at its end."""

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_SHEETS = 200

_FORMULA = re.compile(rb"<(?:x:)?f[ >/]")
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = "vbaProject.bin"
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as xlsx, or as CSV"


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The filled rows of one sheet.

    Attributes:
        title: name of the sheet.
        rows: number as shown and cells as text.
    """

    title: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Workbook:
    """What was read of a workbook.

    Attributes:
        sha256: hash of the bytes.
        sheets: those that can be seen, in order.
        notices: what a user should know of how it was read.
    """

    sha256: str
    sheets: tuple[SheetRows, ...]
    notices: tuple[Notice, ...]


def read_workbook(path: Path, name: str) -> Workbook:
    """Read the cells of a workbook.

    Args:
        path: an xlsx or xlsm file.
        name: the name to use for it in messages.

    Returns:
        Sheets and notices: formulas whose stored value was read, macros that were not run, hidden sheets.

    Raises:
        InputError: it is locked, damaged, larger than the limits, or no workbook.
    """
    sha256, notices = _check_parts(path, name)
    data = read_bytes(path, name)
    # The parser of workbooks raises whatever its own parts raise on a damaged file.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheets, more = _read_sheets(data, name)
    except (InputError, MemoryError):
        raise
    except Exception:  # noqa: BLE001
        raise InputError.single(name, "is no workbook that can be read, or is damaged", _SAVE_AGAIN) from None
    return Workbook(sha256, tuple(sheets), (*notices, *more))


def _check_parts(path: Path, name: str) -> tuple[str, list[Notice]]:
    """Unpack every part within limits before a parser sees the file; note formulas and macros."""
    notices = []
    with open_archive(path, name) as archive:
        names = archive.names()
        if not any(part.startswith("xl/") for part in names):
            raise InputError.single(name, "is an archive, but no workbook", _SAVE_AGAIN)
        n_formulas = n_text = 0
        for part in names:
            if not part.endswith((".xml", ".rels")):
                continue
            data = archive.read(part, MAX_PART)
            if _DOCUMENT_TYPE.search(data):
                raise InputError.single(name, "holds XML with a document type, which may define entities", _SAVE_AGAIN)
            n_formulas += len(_FORMULA.findall(data)) if part.startswith("xl/worksheets/") else 0
            n_text += len(data) if part == "xl/sharedStrings.xml" else 0
        if n_text > MAX_TEXT:
            what = f"holds more than {MAX_TEXT // 1_000_000} MB of text"
            raise InputError.single(name, what, "Give each session its own file")
        if n_formulas:
            what = f"holds {n_formulas} formulas: their stored values are read, and nothing is computed"
            notices.append(Notice(name, what))
        if any(part.endswith(_MACROS) for part in names):
            notices.append(Notice(name, "holds macros: they are not run"))
        return archive.sha256, notices


def _read_sheets(data: bytes, name: str) -> tuple[list[SheetRows], list[Notice]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets: list[SheetRows] = []
    notices = []
    try:
        for sheet in book.worksheets[:MAX_SHEETS]:
            if sheet.sheet_state != "visible":
                notices.append(Notice(f"{name}, {sheet.title}", "is a hidden sheet and is not read"))
                continue
            sheet.reset_dimensions()
            rows, is_cut = _filled_rows(f"{name}, {sheet.title}", sheet)
            if is_cut:
                what = f"was read to its first {MAX_EMPTY_ROWS} empty rows in a row, and no further"
                notices.append(Notice(f"{name}, {sheet.title}", what))
            sheets.append(SheetRows(str(sheet.title), rows))
    finally:
        book.close()
    return sheets, notices


def _filled_rows(where: str, sheet: Any) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], bool]:  # noqa: ANN401
    """Give the rows that are filled, and whether rows that are not were left at the end."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    n_empty = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        cells = tuple(_as_text(value) for value in values)
        if not any(cells):
            n_empty += 1
            if n_empty > MAX_EMPTY_ROWS:
                return tuple(rows), True
            continue
        n_empty = 0
        if len(rows) == MAX_ROWS:
            raise InputError.single(where, f"has more than {MAX_ROWS} rows", "Split it over several files")
        rows.append((number, cells))
    return tuple(rows), False


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        whole = max(0, int(value.total_seconds()))
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return spell_out(str(value).strip())


def letters(index: int) -> str:
    """Name a column as a spreadsheet does.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def pad(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """Give a row as many cells as there are headers."""
    return (*cells, *[""] * (width - len(cells)))[:width]
