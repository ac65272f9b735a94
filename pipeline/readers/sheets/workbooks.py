"""Tables of cells from CSV, XLSX and ODS: values as they were stored, never computed.

What is empty is not walked through to the end. A cell that was merged over rows holds for all of them.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import InputError, Notice
from pipeline.core.vocabulary import Hat
from pipeline.readers.archives import open_archive, parse_xml, read_bytes
from pipeline.readers.documents.document import attribute, read_number, tag
from pipeline.readers.notes.hats import hat_of_colour
from pipeline.readers.sheets.cells import read_csv
from pipeline.readers.sources import MAX_TEXT, decode_file
from pipeline.text.normalisation import spell_out

MAX_PART = 100_000_000
MAX_EMPTY_ROWS = 1_000
"""After this number of empty rows a sheet is taken to be at its end."""

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_SHEETS = 200

_FORMULA = re.compile(rb"<(?:x:)?f[ >/]")
_UNVALUED = re.compile(
    rb"<(?:x:)?c\b(?![^>]*\bt=[\"']str)[^>]*>\s*<(?:x:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:x:)?f>)"
    rb"\s*(?:<(?:x:)?v\s*/>|<(?:x:)?v></(?:x:)?v>)?\s*</(?:x:)?c>"
)
NO_VALUE = "formulas of which no value is stored"
STORE_VALUES = "Open it in a spreadsheet program and save it again"
_CELL = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_MERGED = re.compile(rb"<(?:x:)?mergeCell [^>]*ref=[\"']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:x:)?row [^>]*\bhidden=[\"'](?:1|true)[\"']")
_COMMENTS_PART = re.compile(r"^xl/(?:.*/)?comments?[^/]*\.xml$", re.IGNORECASE)
_COMMENTS_TARGET = re.compile(rb"Target=[\"']([^\"']*comments?[^\"'/]*\.xml)[\"']", re.IGNORECASE)
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = "vbaProject.bin"
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again as xlsx, or as CSV"


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The filled rows of one sheet.

    Attributes:
        title: name of the sheet.
        rows: number as shown and cells as text.
        merged: (row, column from 0) of cells that hold what the cell above them says, being merged with it.
        comments: (row, column from 0) to what people wrote in the margin of the cell.
        n_hidden: rows that are hidden or filtered away; they are read.
        fills: (row, column from 0) to the hat in the colour of which the cell is filled.
        unvalued: (row, column from 0) of formulas of which no value is stored.
        table: which table of its sheet this is, from 1; 0 where that holds one.
    """

    title: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    merged: frozenset[tuple[int, int]] = frozenset()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    n_hidden: int = 0
    fills: Mapping[tuple[int, int], Hat] = field(default_factory=dict)
    unvalued: frozenset[tuple[int, int]] = frozenset()
    table: int = 0


@dataclass(frozen=True, slots=True)
class Workbook:
    """What was read of a workbook.

    Attributes:
        sha256: hash of the bytes.
        sheets: those that can be seen, in order.
        notices: what a user should know of how it was read.
        encoding: how its text was stored.
        is_text: whether it is CSV, which has one sheet without a title and rows instead of cells.
        n_unvalued: formulas of which no value is stored, as a program leaves them that does not compute.
    """

    sha256: str
    sheets: tuple[SheetRows, ...]
    notices: tuple[Notice, ...]
    encoding: str = "utf-8"
    is_text: bool = False
    n_unvalued: int = 0


def read_tables(path: Path, name: str) -> Workbook:
    """Read a file of tables, of any of the three kinds.

    Args:
        path: a file with one of the `SHEET_SUFFIXES`.
        name: the name to use for it in messages.

    Returns:
        Its sheets; CSV has one.

    Raises:
        InputError: it cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        return read_workbook(path, name)
    if suffix == ".ods":
        from pipeline.readers.sheets.workbooks import read_opendocument

        return read_opendocument(path, name)
    source = decode_file(path, name)
    rows = tuple((number, tuple(cells)) for number, cells in read_csv(source.text, name) if any(map(str.strip, cells)))
    return Workbook(source.sha256, (SheetRows("", rows),), (), source.encoding, is_text=True)


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
    sha256, notices, extras, n_unvalued = _check_parts(path, name)
    data = read_bytes(path, name)
    # The parser of workbooks raises whatever its own parts raise on a damaged file.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheets, more = _read_sheets(data, name, extras)
    except (InputError, MemoryError):
        raise
    except Exception:  # noqa: BLE001
        raise InputError.single(name, "is no workbook that can be read, or is damaged", _SAVE_AGAIN) from None
    return Workbook(sha256, tuple(sheets), (*notices, *more), n_unvalued=n_unvalued)


@dataclass(frozen=True, slots=True)
class _Extras:
    """What the parts of a workbook say beside the values of the cells, by the path of the part of a sheet."""

    merges: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    comments: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    unvalued: dict[str, frozenset[tuple[int, int]]] = field(default_factory=dict)


def _check_parts(path: Path, name: str) -> tuple[str, list[Notice], _Extras, int]:
    """Unpack every part within limits before a parser sees the file; note formulas, macros, merges and comments."""
    notices = []
    with open_archive(path, name) as archive:
        if not any(part.startswith("xl/") for part in archive.names()):
            raise InputError.single(name, "is an archive, but no workbook", _SAVE_AGAIN)
        parts: dict[str, bytes] = {}
        for part in archive.names():
            data = archive.read(part, MAX_PART) if part.endswith((".xml", ".rels")) else b""
            if _DOCUMENT_TYPE.search(data):
                raise InputError.single(name, "holds XML with a document type, which may define entities", _SAVE_AGAIN)
            if part.startswith("xl/worksheets/") or _COMMENTS_PART.search(part):
                parts[part] = data
            if part == "xl/sharedStrings.xml" and len(data) > MAX_TEXT:
                what = f"holds more than {MAX_TEXT // 1_000_000} MB of text"
                raise InputError.single(name, what, "Give each session its own file")
        n_formulas = sum(len(_FORMULA.findall(data)) for part, data in parts.items() if _is_sheet(part))
        if n_formulas:
            what = f"holds {n_formulas} formulas: their stored values are read, and nothing is computed"
            notices.append(Notice(name, what))
        n_unvalued = sum(len(_UNVALUED.findall(data)) for part, data in parts.items() if _is_sheet(part))
        if n_unvalued:
            notices.append(Notice(name, f"{n_unvalued} {NO_VALUE}: they are read as empty. {STORE_VALUES}"))
        if any(part.endswith(_MACROS) for part in archive.names()):
            notices.append(Notice(name, "holds macros: they are not run"))
        return archive.sha256, notices, _find_extras(parts, name), n_unvalued


def _is_sheet(part: str) -> bool:
    return part.startswith("xl/worksheets/") and not part.endswith(".rels")


def _find_extras(parts: Mapping[str, bytes], name: str) -> _Extras:
    extras = _Extras()
    notes = {PurePosixPath(part).name: data for part, data in parts.items() if _COMMENTS_PART.search(part)}
    for part, data in parts.items():
        if _is_sheet(part):
            extras.merges[part] = [*_merges(data)]
            extras.hidden[part] = len(_HIDDEN_ROW.findall(data))
            cells = [_CELL.search(found[0]) for found in _UNVALUED.finditer(data)]
            extras.unvalued[part] = frozenset((int(at[2]), _index(at[1].decode())) for at in cells if at)
        for target in _COMMENTS_TARGET.findall(data) if part.endswith(".rels") else ():
            comments = notes.get(target.decode("utf-8", "replace").rsplit("/", 1)[-1])
            if comments is not None:
                sheet = part.replace("_rels/", "").removesuffix(".rels")
                extras.comments[sheet] = _comments(comments, f"{name}, comments")
    return extras


def _merges(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give column, first and last row of each range that is merged over rows."""
    for column, first, last in _MERGED.findall(data):
        if int(last) > int(first):
            yield _index(column.decode()), int(first), int(last)


def _comments(data: bytes, where: str) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for comment in parse_xml(data, where).iter("{*}comment"):
        match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", comment.get("ref") or "")
        text = " ".join("".join(comment.itertext()).split())
        # A thread of comments is stored with a preamble for programs that know no threads.
        text = text.rsplit("Comment:", 1)[-1].strip() if text.startswith("[Threaded comment]") else text
        if match and text:
            found[int(match[2]), _index(match[1])] = spell_out(text)
    return found


def _index(column: str) -> int:
    index = 0
    for letter in column:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _read_sheets(data: bytes, name: str, extras: _Extras) -> tuple[list[SheetRows], list[Notice]]:
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
            where = f"{name}, {sheet.title}"
            fills: dict[tuple[int, int], Hat] = {}
            filled, is_cut = fill_rows(where, _with_fills(sheet.iter_rows(max_col=MAX_COLUMNS), fills))
            if is_cut:
                what = f"was read to its first {MAX_EMPTY_ROWS} empty rows in a row, and no further"
                notices.append(Notice(where, what))
            part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
            rows, merged = carry_merged(filled, extras.merges.get(part, ()))
            hidden, unvalued = extras.hidden.get(part, 0), extras.unvalued.get(part, frozenset())
            comments = extras.comments.get(part, {})
            sheets.append(SheetRows(str(sheet.title), rows, merged, comments, hidden, fills, unvalued))
    finally:
        book.close()
    return sheets, notices


def _with_fills(rows: Iterable[Sequence[Any]], fills: dict[tuple[int, int], Hat]) -> Iterator[tuple[object, ...]]:
    """Give the values of rows of cells, and note the colours of hats with which cells are filled."""
    known: dict[object, Hat | None] = {}
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            style = getattr(cell, "_style_id", 0)
            if not style or cell.value is None:
                continue
            if style not in known:
                colour = cell.fill.fgColor if cell.fill.fill_type == "solid" else None
                by_theme = _THEME_HATS.get(colour.theme) if colour is not None and colour.type == "theme" else None
                rgb = colour.rgb if colour is not None and colour.type == "rgb" else None
                known[style] = by_theme or (hat_of_colour(rgb[-6:]) if isinstance(rgb, str) else None)
            if hat := known[style]:
                fills[number, column] = hat
        yield tuple(cell.value for cell in row)


_THEME_HATS: Mapping[int, Hat] = {0: Hat.WIT, 1: Hat.ZWART, 7: Hat.GEEL, 9: Hat.GROEN}
"""Colours that a workbook names by their place among those of its theme, as Office sets them."""


def fill_rows(where: str, table: Iterable[Sequence[object]]) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], bool]:
    """Give the rows that are filled, numbered from 1, and whether rows that are not were left at the end.

    Raises:
        InputError: there are more than are read.
    """
    rows: list[tuple[int, tuple[str, ...]]] = []
    n_empty = 0
    for number, values in enumerate(table, start=1):
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


def carry_merged(
    rows: Sequence[tuple[int, tuple[str, ...]]], merges: Iterable[tuple[int, int, int]]
) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], frozenset[tuple[int, int]]]:
    """Write into every filled row what a cell that is merged over it says.

    Args:
        rows: number and cells.
        merges: column from 0, first and last row of each range that is merged over rows.

    Returns:
        The rows, and (row, column) of the cells that were written.
    """
    made = {number: list(cells) for number, cells in rows}
    written = set()
    for column, first, last in merges:
        value = made[first][column] if first in made and column < len(made[first]) else ""
        for number in range(first + 1, min(last, max(made, default=0)) + 1):
            if value and number in made and not (column < len(made[number]) and made[number][column]):
                made[number] += [""] * (column + 1 - len(made[number]))
                made[number][column] = value
                written.add((number, column))
    return tuple((number, tuple(cells)) for number, cells in made.items()), frozenset(written)


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


_SAVE_AS_ODS = "Open it in a spreadsheet program and save it again as ods, or as CSV"
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
            raise InputError.single(name, "is an archive, but no spreadsheet", _SAVE_AS_ODS)
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
