"""ODS sheet by sheet: values as they were stored, comments in the margin, cells merged over rows, hidden rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.notices import Notice
from pipeline.readers.documents.document import attribute, read_number, tag
from pipeline.readers.files.archives import open_archive, parse_xml
from pipeline.readers.sheets.workbooks import (
    MAX_COLUMNS,
    MAX_EMPTY_ROWS,
    MAX_PART,
    MAX_SHEETS,
    SheetRows,
    Workbook,
    carry_merged,
    fill_rows,
)
from pipeline.text.normalisation import spell_out

_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as ods, or as CSV"
_HOLDERS = frozenset({"table-row-group", "table-rows", "table-header-rows"})


def read_opendocument(path: Path, name: str) -> Workbook:
    """Read the cells of an OpenDocument spreadsheet.

    Args:
        path: an ods file.
        name: the name to use for it in messages.

    Returns:
        Sheets and notices, as `read_workbook` gives them.

    Raises:
        InputError: it is locked, damaged, larger than the limits, or no spreadsheet.
    """
    with open_archive(path, name) as archive:
        if "content.xml" not in archive.names():
            raise InputError.single(name, "is an archive, but no spreadsheet", _SAVE_AGAIN)
        root = parse_xml(archive.read("content.xml", MAX_PART), f"{name}, content.xml")
        sha256 = archive.sha256
    hidden = {
        attribute(style, "name")
        for style in root.iter("{*}style")
        for properties in style
        if attribute(properties, "display") == "false"
    }
    sheets: list[SheetRows] = []
    notices: list[Notice] = []
    for table in [*root.iter("{*}table")][:MAX_SHEETS]:
        title = attribute(table, "name") or f"Sheet{len(sheets) + 1}"
        if attribute(table, "style-name") in hidden:
            notices.append(Notice(f"{name}, {title}", "is a hidden sheet and is not read"))
            continue
        sheet, is_cut = _read_sheet(table, title, f"{name}, {title}")
        sheets.append(sheet)
        if is_cut:
            what = f"was read to its first {MAX_EMPTY_ROWS} empty rows in a row, and no further"
            notices.append(Notice(f"{name}, {title}", what))
    return Workbook(sha256, tuple(sheets), tuple(notices))


def _read_sheet(table: Any, title: str, where: str) -> tuple[SheetRows, bool]:  # noqa: ANN401
    comments: dict[tuple[int, int], str] = {}
    merges: list[tuple[int, int, int]] = []
    n_hidden = 0
    grid: list[list[str]] = []
    for row, times in _rows(table):
        number = len(grid) + 1
        cells: list[str] = []
        for cell, width in _cells(row):
            column = len(cells)
            cells += [_value(cell)] * min(width, MAX_COLUMNS - column)
            if (note := _comment(cell)) and column < MAX_COLUMNS:
                comments[number, column] = note
            spanned = read_number(attribute(cell, "number-rows-spanned"), 1)
            if spanned > 1:
                merges.append((column, number, number + spanned - 1))
        filled = any(cells)
        n_hidden += filled and attribute(row, "visibility") in ("collapse", "filter")
        # An empty row may be said to be repeated to the end of the sheet.
        grid += [cells] * (times if filled else min(times, MAX_EMPTY_ROWS + 1))
    rows, is_cut = fill_rows(where, grid)
    filled_rows, merged = carry_merged(rows, merges)
    return SheetRows(title, filled_rows, merged, comments, n_hidden), is_cut


def _rows(holder: Any) -> Iterator[tuple[Any, int]]:  # noqa: ANN401
    for element in holder:
        name = tag(element)
        if name == "table-row":
            yield element, min(read_number(attribute(element, "number-rows-repeated"), 1), MAX_EMPTY_ROWS + 1)
        elif name in _HOLDERS:
            yield from _rows(element)


def _cells(row: Any) -> Iterator[tuple[Any, int]]:  # noqa: ANN401
    for element in row:
        if tag(element) in ("table-cell", "covered-table-cell"):
            yield element, read_number(attribute(element, "number-columns-repeated"), 1)


def _value(cell: Any) -> str:  # noqa: ANN401
    if tag(cell) == "covered-table-cell":
        return ""
    kind = attribute(cell, "value-type")
    if kind in ("float", "percentage", "currency"):
        number = attribute(cell, "value") or ""
        return number.removesuffix(".0")
    if kind == "date":
        return (attribute(cell, "date-value") or "").removesuffix("T00:00:00").replace("T", " ")
    if kind == "time":
        return _clock(attribute(cell, "time-value") or "")
    paragraphs = [_text(part) for part in cell if tag(part) == "p"]
    return spell_out("\n".join(paragraphs).strip())


def _clock(value: str) -> str:
    """Read a time as the format writes it.

    >>> _clock("PT01H02M05S")
    '01:02:05'
    """
    parts = value.removeprefix("PT").replace("H", ":").replace("M", ":").removesuffix("S").split(":")
    return ":".join(part.split(".")[0].split(",")[0].zfill(2) for part in parts)


def _text(paragraph: Any) -> str:  # noqa: ANN401
    parts = [paragraph.text or ""]
    for element in paragraph:
        name = tag(element)
        if name == "s":
            parts.append(" " * read_number(attribute(element, "c"), 1))
        elif name in ("tab", "line-break"):
            parts.append("\t" if name == "tab" else "\n")
        elif name != "annotation":
            parts.append(_text(element))
        parts.append(element.tail or "")
    return "".join(parts)


def _comment(cell: Any) -> str:  # noqa: ANN401
    notes = [part for part in cell if tag(part) == "annotation"]
    return " ".join(" ".join(_text(p) for note in notes for p in note if tag(p) == "p").split())
