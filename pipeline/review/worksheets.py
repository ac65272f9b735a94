"""Reads back the sheets that people have filled in, by the names of their columns."""

import io
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import MOMENT, fill_cell, fix_moments
from pipeline.core.vocabulary import LANGUAGES
from pipeline.readers.sheets.cells import FIRST_ROW, fold_header

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


Value: TypeAlias = str | int | None

CHOICES_SHEET = "choices"
PROSE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a table: its name, its width in characters, and whether people are asked to fill it.

    Its header is what ``worksheets.toml`` calls it, else the name.
    """

    name: str
    width: int
    fill: bool = False


@dataclass(frozen=True, slots=True)
class DropDown:
    """A drop-down list.

    Attributes:
        column: name of the column that has it.
        values: what may be chosen, in order.
        rows: positions of the rows that have it, from 0, ascending; None for all.
    """

    column: str
    values: tuple[str, ...]
    rows: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """A sheet of rows under headers."""

    name: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    choices: tuple[DropDown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A workbook.

    Attributes:
        title: what it is; kept in the properties of the file.
        subject: whom or what it is for; kept there too, and given back on reading.
        prose: name of a sheet to its lines, the first of them its title; these sheets come first.
        tables: the other sheets.
        language: of headers and of the names of sheets.
    """

    title: str
    subject: str
    prose: Mapping[str, tuple[str, ...]]
    tables: tuple[SheetTable, ...]
    language: str = LANGUAGES[0]


@cache
def read_words() -> Mapping[str, Any]:
    """Read every text of the workbooks, by family."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def load_words(section: str, language: str, /, **filling: object) -> tuple[str, ...]:
    """Give what people read in the first sheet.

    Args:
        section: which workbook.
        language: ``nl`` or ``en``.
        **filling: what goes between the braces.

    >>> load_words("kit", "nl", study="Proef", coder="C", n=60)[1]
    'Studie: Proef. Voor codeur: C. Aantal fragmenten: 60.'
    """
    return tuple(line.format(**filling) for line in read_words()[section][language])


def name_in_sheet(family: str, name: str, language: str) -> str:
    """Say what a sheet, a column, a scheme or a text is called in a workbook; its own name where there are no words.

    >>> name_in_sheet("columns", "theme_2", "nl"), name_in_sheet("columns", "leeftijd", "nl")
    ('tweede thema', 'leeftijd')
    """
    return str(read_words()[family].get(name, {}).get(language, name))


def spell(family: str, name: str) -> tuple[str, ...]:
    """List how something may be called in a workbook that comes back: by its own name, in Dutch or in English."""
    return tuple(dict.fromkeys((name, *(name_in_sheet(family, name, each) for each in LANGUAGES))))


def write_workbook(book: Book) -> bytes:
    """Render a workbook; the same book gives the same bytes.

    A text stays a text, whatever it begins with. Nothing is protected with a password.
    """
    from openpyxl import Workbook

    made = Workbook()
    made.remove(made.worksheets[0])
    made.properties.creator = "dialoogtafel"
    made.properties.title, made.properties.subject = book.title, book.subject
    made.properties.created = made.properties.modified = MOMENT
    for name, lines in book.prose.items():
        _write_prose(made.create_sheet(name_in_sheet("sheets", name, book.language)), lines)
    lists = tuple(dict.fromkeys(choice.values for table in book.tables for choice in table.choices))
    for table in book.tables:
        sheet = made.create_sheet(name_in_sheet("sheets", table.name, book.language))
        _write_table(sheet, table, lists, book.language)
    if lists:
        _write_lists(made, lists, book.language)
    stream = io.BytesIO()
    made.save(stream)
    return fix_moments(stream.getvalue())


def _write_prose(sheet: "Worksheet", lines: Sequence[str]) -> None:
    from openpyxl.styles import Font

    sheet.column_dimensions["A"].width = PROSE_WIDTH
    for number, line in enumerate(lines, start=1):
        cell = _set(sheet, number, 1, line)
        if number == 1:
            cell.font = Font(bold=True, size=14)


def _write_table(sheet: "Worksheet", table: SheetTable, lists: Sequence[tuple[str, ...]], language: str) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for position, column in enumerate(table.columns, start=1):
        cell = _set(sheet, 1, position, name_in_sheet("columns", column.name, language))
        cell.font = Font(bold=True, color="000000" if column.fill else "FFFFFF")
        cell.fill = PatternFill("solid", fgColor="FFE699" if column.fill else "1B4F66")
        sheet.column_dimensions[get_column_letter(position)].width = column.width
    for number, row in enumerate(table.rows, start=FIRST_ROW):
        for position, value in enumerate(row, start=1):
            if value is not None:
                _set(sheet, number, position, value)
    sheet.freeze_panes = "A2"
    names = [column.name for column in table.columns]
    for choice in table.choices:
        letter = get_column_letter(names.index(choice.column) + 1)
        _add_choice(sheet, choice, letter, lists.index(choice.values) + 1, n_rows=len(table.rows), language=language)


def _add_choice(
    sheet: "Worksheet", choice: DropDown, letter: str, range_of: int, *, n_rows: int, language: str
) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    column_letter = get_column_letter(range_of)
    title, refusal = (name_in_sheet("texts", each, language) for each in ("refusal_title", "refusal"))
    listed = name_in_sheet("sheets", CHOICES_SHEET, language)
    asked = DataValidation(
        type="list", formula1=f"'{listed}'!${column_letter}$1:${column_letter}${len(choice.values)}", allow_blank=True,
        showErrorMessage=True, errorStyle="stop", errorTitle=title, error=refusal,
    )  # fmt: skip
    for first, last in _runs(choice.rows if choice.rows is not None else range(n_rows)):
        asked.add(f"{letter}{first + FIRST_ROW}:{letter}{last + FIRST_ROW}")
    if asked.sqref:
        sheet.add_data_validation(asked)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first and last of each run of numbers that follow each other."""
    start = 0
    for i in range(1, len(numbers) + 1):
        if i == len(numbers) or numbers[i] != numbers[i - 1] + 1:
            yield numbers[start], numbers[i - 1]
            start = i


def _write_lists(book: "Workbook", lists: Sequence[tuple[str, ...]], language: str) -> None:
    sheet = book.create_sheet(name_in_sheet("sheets", CHOICES_SHEET, language))
    sheet.sheet_state = "hidden"
    for position, values in enumerate(lists, start=1):
        for number, value in enumerate(values, start=1):
            _set(sheet, number, position, value)


def _set(sheet: "Worksheet", row: int, column: int, value: str | int) -> "Cell":
    from openpyxl.styles import Alignment

    cell: Cell = sheet.cell(row, column)
    if isinstance(value, str):
        fill_cell(cell, value)
    else:
        cell.value = value
    cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")
    return cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A sheet that came back.

    Attributes:
        where: file and sheet, for messages.
        subject: what the properties of the file say, None when they were lost on the way.
        headers: known columns that are present, each with its header.
        unknown: headers of other columns.
        rows: row number as a spreadsheet shows it, and cells by known column, stripped; rows without text are left out.
    """

    where: str
    subject: str | None
    headers: Mapping[str, str]
    unknown: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def at(self, row: int) -> str:
        """Name a row for a message."""
        return f"{self.where}, row {row}"


def read_filled(path: Path, sheet: str, known: Sequence[str], needed: Sequence[str]) -> Filled:
    """Read back a sheet that people have filled in; rows may be sorted, deleted or moved, and columns added.

    Args:
        path: an XLSX file.
        sheet: name of the sheet; as all names, also as it is called in Dutch or in English.
        known: columns that mean something.
        needed: those of them that must be there.

    Returns:
        Its rows.

    Raises:
        InputError: no such file or sheet, no workbook, headers that are absent or come twice.
    """
    title, found, subject = _read_cells(path, sheet)
    where = f"{path.name}, sheet '{title}'"
    folded = {fold_header(header): name for name in known for header in spell("columns", name)}
    headers = found[0] if found else ()
    columns = [folded.get(fold_header(header)) for header in headers]
    language = next((each for each in LANGUAGES if name_in_sheet("sheets", sheet, each) == title), LANGUAGES[0])
    problems = [
        Problem(
            f"{where}, row 1", f"has no column '{name_in_sheet('columns', name, language)}'",
            "Keep the headers of the sheet as they were made",
        )
        for name in needed if name not in columns
    ] + [
        Problem(f"{where}, row 1", f"has {times} columns '{name_in_sheet('columns', name, language)}'",
                "Keep one of them")
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
        headers={column: header for header, column in zip(headers, columns, strict=True) if column},
        unknown=tuple(header for header, column in zip(headers, columns, strict=True) if header and not column),
        rows=tuple(rows),
    )


def _read_cells(path: Path, sheet: str) -> tuple[str, list[tuple[str, ...]], str | None]:
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
            title = next((each for each in spell("sheets", sheet) if each in names), None)
            rows_of_sheet = book[title] if title else None
            if rows_of_sheet is not None:
                rows_of_sheet.reset_dimensions()
            rows = (
                [tuple(_as_text(value) for value in row) for row in rows_of_sheet.iter_rows(values_only=True)]
                if rows_of_sheet
                else []
            )
            subject = book.properties.subject
            book.close()
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError):
        fix = "Save it as XLSX, without a password"
        raise InputError.single(path.name, "is not a workbook that can be read", fix) from None
    if title is None:
        what = f"has no sheet '{name_in_sheet('sheets', sheet, LANGUAGES[0])}'; its sheets are {', '.join(names)}"
        raise InputError.single(path.name, what, "Keep the names of the sheets as they were made")
    return title, rows, subject or None


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
