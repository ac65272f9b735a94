"""The workbook: the fragments with all their codes, then what a reader asks next; the same bytes every time.

With ``every`` each table of the study follows on a sheet of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.core.files import FORMULA_SIGNS, MAX_CHARACTERS, MOMENT, fill_cell, fix_moments
from pipeline.core.schemas import SCHEMAS, Column
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.head import study_name
from pipeline.report.sheets import ListColumn, ListSheet, list_sheets
from pipeline.report.words import Words

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

LEFT_OUT = (
    "embeddings",
    "tokens",
    "human_codings",
    "machine_codings",
    "previous_themes",
    "standing_topics",
    "standing_parts",
    "codebook_scores",
)
"""Three tables that programs read and people do not, two that are together in ``codings``, and a memory."""
MAX_TITLE = 31
MAX_ROWS = 1_048_575
"""Rows of a sheet below its head."""
BETWEEN = " | "
LINKED = ("name", "line")
"""Columns that lead to the file: of a source its name, of what stands in it its line."""
MAX_LINKS = 60_000
"""Excel opens no sheet with more than 65,530 links."""
WRAP_FROM = 50
"""Texts longer than this are wrapped."""
NARROWEST, WIDEST = 9, 70
PROSE_WIDTH = 60
LINE_HEIGHT, HIGHEST = 15.0, 405.0
"""Heights in points: of a line, and of the highest row that Excel can draw."""


@dataclass(slots=True)
class _Sheet:
    """What was written of one table."""

    name: str
    n_rows: int = 0
    n_cut_cells: int = 0
    widths: list[int] = field(default_factory=list)


def render_workbook(inputs: ReportInputs, *, every: bool = False) -> bytes:
    """Render the workbook of a study.

    Texts stay texts, whatever they begin with; what Excel cannot hold is cut and counted in the sheet that explains.

    Args:
        inputs: the study.
        every: add a sheet for every table but the vectors, and one that says what each column means.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "dialoogtafel"
    book.properties.title = study_name(inputs)
    book.properties.created = book.properties.modified = MOMENT
    lists = list_sheets(inputs)
    first = _write_list(book, lists[0], inputs)
    readme = book.create_sheet(inputs.words("sheet.readme"))
    shown = [first, *(_write_list(book, each, inputs) for each in lists[1:])]
    written = [_write_table(book, inputs, name) for name in SCHEMAS if name not in LEFT_OUT] if every else []
    if every:
        _write_columns(book, inputs)
    _write_readme(readme, inputs, shown, written)
    stream = BytesIO()
    book.save(stream)
    return fix_moments(stream.getvalue())


def render_full_workbook(inputs: ReportInputs) -> bytes:
    """Render the workbook with every table behind it."""
    return render_workbook(inputs, every=True)


def _write_list(book: "Workbook", shown: ListSheet, inputs: ReportInputs) -> _Sheet:
    """Write a sheet for people: its own columns, widths and links."""
    written = _Sheet(shown.key, n_rows=len(shown.rows))
    rows = shown.rows[:MAX_ROWS]
    sheet = book.create_sheet(shown.title)
    widths = [_fit(column, [row[place] for row in rows[:MAX_LINKS]]) for place, column in enumerate(shown.columns)]
    _set_up(sheet, [column.name for column in shown.columns], widths, n_rows=len(rows))
    sheet.row_dimensions[1].height = _height([column.name for column in shown.columns], widths)
    styles = _styles(sheet)
    for number, row in enumerate(rows):
        written.n_cut_cells += sum(isinstance(value, str) and len(value) > MAX_CHARACTERS for value in row)
        cells = [_styled(sheet, value, styles) for value in row]
        target = inputs.source_links.get(shown.sources[number], "") if shown.sources else ""
        if target and number < MAX_LINKS:
            cells[-1] = _link(sheet, row[-1], target)
        height = _height(row, widths)
        if height > LINE_HEIGHT:
            # Not every program makes room for wrapped words by itself.
            sheet.row_dimensions[number + 2].height = height
        sheet.append(cells)
    return written


def _fit(column: ListColumn, values: Sequence[Any]) -> int:
    """Widen a column to its longest word, so that none is broken."""
    texts = [column.name, *(value for value in values if isinstance(value, str))]
    longest = max(len(word) for text in texts for word in (text.split() or [""]))
    return max(column.width, min(longest + 1, WIDEST))


def _height(row: Sequence[Any], widths: Sequence[int]) -> float:
    """Give a row the height of its longest cell, in points.

    >>> _height(["a b", 1.5, "lang " * 20], [12, 12, 30])
    60.0
    """
    # Most texts fit on a line, and breaking lines costs more than writing them.
    long = [
        (value, width)
        for value, width in zip(row, widths, strict=True)
        if isinstance(value, str) and (len(value) > width or "\t" in value)
    ]
    lines = max((len(wrap(value, width)) for value, width in long), default=1)
    return min(LINE_HEIGHT * max(lines, 1), HIGHEST)


def _styles(sheet: "WriteOnlyWorksheet") -> dict[str, Any]:
    """Make the style of each kind of cell once: at the top of its row, texts wrapped, figures with two decimals."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    made = {}
    for kind in ("text", "marked text", "count", "figure"):
        cell = WriteOnlyCell(sheet)
        cell.alignment = Alignment(vertical="top", wrap_text=kind.endswith("text"))
        if kind == "figure":
            cell.number_format = "0.00"
        if kind == "marked text":
            cell.quotePrefix = True
        made[kind] = cell._style
    return made


def _styled(sheet: "WriteOnlyWorksheet", value: Any, styles: dict[str, Any]) -> Any:  # noqa: ANN401
    if value is None:
        return None
    cell = _number(sheet, None if isinstance(value, str) else value)
    if isinstance(value, str):
        fill_cell(cell, value)
        cell._style = styles["marked text" if cell.quotePrefix else "text"]
    else:
        cell._style = styles["figure" if isinstance(value, float) else "count"]
    return cell


def title_of(table: str, words: Words) -> str:
    """Title of the sheet of a table; one that has no words yet keeps its name.

    >>> title_of("topics", Words("nl")), title_of("stability", Words("nl"))
    ('Themas van de machine', 'stability')
    """
    return words(f"sheet.{table}") if words.has(f"sheet.{table}") else table[:MAX_TITLE]


def _write_table(book: "Workbook", inputs: ReportInputs, name: str) -> _Sheet:
    table, schema = inputs.table(name), SCHEMAS[name]
    written = _Sheet(name, n_rows=len(table))
    shown = table.head(MAX_ROWS)
    known = [column for column in schema.columns if column.type != "vector"]
    columns = [_cells(shown, column) for column in known]
    sheet = book.create_sheet(title_of(name, inputs.words))
    widths = [_width(column.name, values) for column, values in zip(known, columns, strict=True)]
    _set_up(sheet, [column.name for column in known], widths, n_rows=len(shown))
    at, links = _find_links(shown[[column.name for column in known]], inputs)
    for number, row in enumerate(zip(*columns, strict=True)):
        written.n_cut_cells += sum(isinstance(value, str) and len(value) > MAX_CHARACTERS for value in row)
        cells = [_cell(sheet, value) for value in row]
        if number < len(links):
            cells[at] = _link(sheet, row[at], links[number])
        sheet.append(cells)
    return written


def _find_links(table: pd.DataFrame, inputs: ReportInputs) -> tuple[int, list[str]]:
    """Find the column that says where something stands, and for each row the file in which it stands there."""
    names = list(table.columns)
    column = next((name for name in LINKED if name in names and "source_id" in names), None)
    if column is None:
        return 0, []
    return names.index(column), [inputs.source_links.get(each, "") for each in table["source_id"].head(MAX_LINKS)]


def _link(sheet: "WriteOnlyWorksheet", value: Any, target: str) -> Any:  # noqa: ANN401
    from openpyxl.styles import Font

    cell = _text(sheet, value) if isinstance(value, str) else _number(sheet, value)
    if target and value is not None:
        cell.hyperlink = target
        cell.font = Font(color="1B4F66", underline="single")
    return cell


def _number(sheet: "WriteOnlyWorksheet", value: Any) -> "WriteOnlyCell":  # noqa: ANN401
    from openpyxl.cell import WriteOnlyCell

    return WriteOnlyCell(sheet, value=value)


def _cells(table: pd.DataFrame, column: Column) -> list[Any]:
    values = table[column.name]
    if column.type == "strings":
        return [BETWEEN.join(str(item) for item in np.asarray(value, dtype=object)) or None for value in values]
    plain = {"int": int, "float": float, "bool": bool, "string": str}[column.type]
    return [None if pd.isna(value) else plain(value) for value in values]


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(max(longest, len(name) + 4, NARROWEST), WIDEST)


def _set_up(sheet: "WriteOnlyWorksheet", head: Sequence[str], widths: Sequence[int], *, n_rows: int) -> None:
    """Set widths, freeze the head and put a filter on it; before the first row, as Excel's format wants."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for position, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width + 1
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{n_rows + 1}"
    cells = [_text(sheet, name) for name in head]
    for cell in cells:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.fill = PatternFill("solid", fgColor="1B4F66")
    sheet.append(cells)


def _cell(sheet: "WriteOnlyWorksheet", value: Any) -> Any:  # noqa: ANN401
    """Give a number as it is, and a text as a cell where Excel would else take it for something else."""
    if not isinstance(value, str):
        return value
    if len(value) > WRAP_FROM or value.startswith(FORMULA_SIGNS) or not value.isprintable():
        return _text(sheet, value)
    return value


def _text(sheet: "WriteOnlyWorksheet", value: str) -> "WriteOnlyCell":
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet)
    fill_cell(cell, value)
    cell.alignment = Alignment(wrap_text=len(value) > WRAP_FROM, vertical="top")
    return cell


def _write_columns(book: "Workbook", inputs: ReportInputs) -> None:
    words = inputs.words
    head = [
        words("readme.sheet"),
        words("readme.table"),
        *(words(f"columns.{part}") for part in ("column", "type", "meaning")),
    ]
    rows = [
        (title_of(name, words), name, column.name, column.type, column.meaning)
        for name, schema in SCHEMAS.items() if name not in LEFT_OUT for column in schema.columns
    ]  # fmt: skip
    sheet = book.create_sheet(words("sheet.columns"))
    _set_up(
        sheet,
        head,
        [_width(name, column) for name, column in zip(head, zip(*rows, strict=True), strict=True)],
        n_rows=len(rows),
    )
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _write_readme(
    sheet: "WriteOnlyWorksheet", inputs: ReportInputs, shown: Sequence[_Sheet], written: Sequence[_Sheet]
) -> None:
    from openpyxl.styles import Font

    words = inputs.words
    for letter, width in zip("ABCD", (28, 20, 12, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    title = _text(sheet, study_name(inputs))
    title.font = Font(bold=True, size=14)
    sheet.append([title])
    for line in _introduce(inputs):
        sheet.append([line])
    sheet.append([])
    head = [_text(sheet, words(f"readme.{part}")) for part in ("sheet", "table", "rows", "holds")]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for each in shown:
        holds = [words(f"list.{each.name}.holds"), *_losses(each, inputs)]
        sheet.append([words(f"list.{each.name}"), None, each.n_rows, _text(sheet, "; ".join(holds))])
    for table in written:
        row = words(f"holds.{table.name}") if words.has(f"holds.{table.name}") else SCHEMAS[table.name].row
        holds = [row, *_losses(table, inputs)]
        sheet.append([title_of(table.name, words), table.name, table.n_rows, "; ".join(holds)])
    if written:
        sheet.append([words("sheet.columns"), None, None, words("holds.columns")])


def _introduce(inputs: ReportInputs) -> Iterator[str]:
    words = inputs.words
    yield words("readme.invented" if inputs.config.study.invented else "readme.private")
    yield words("readme.lists")
    yield words("readme.more")


def _losses(table: _Sheet, inputs: ReportInputs) -> Iterator[str]:
    if table.n_rows > MAX_ROWS:
        yield inputs.words("readme.cut_rows", n=inputs.words.number(MAX_ROWS))
    if table.n_cut_cells:
        yield inputs.words("readme.cut_cells", n=table.n_cut_cells)
