"""The workbook: the fragments with all their codes, then what a reader asks next; the same bytes every time.

With ``every`` each table of the study follows on a sheet of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.core.files import FORMULA_SIGNS, MAX_CHARACTERS, MOMENT, fit_cell
from pipeline.core.schemas import SCHEMAS, Column
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.head import study_name
from pipeline.report.sheets import ListColumn, ListSheet, list_sheets
from pipeline.report.words import Words

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

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
BLUE = "#1B4F66"
PLAIN: Mapping[str, object] = MappingProxyType({})
HEAD = {"bold": True, "font_color": "white", "bg_color": BLUE, "text_wrap": True, "valign": "top"}
LINK = {"font_color": BLUE, "underline": 1, "valign": "top"}


@dataclass(slots=True)
class _Sheet:
    """What was written of one table."""

    name: str
    n_rows: int = 0
    n_cut_cells: int = 0
    widths: list[int] = field(default_factory=list)


class _Book:
    """A workbook that is being written, in memory: no text of a participant is in a file that is not the study's."""

    def __init__(self, title: str) -> None:
        from xlsxwriter import Workbook

        self._stream = BytesIO()
        self._file = Workbook(self._stream, {"in_memory": True})
        self._file.set_properties({"author": "dialoogtafel", "title": title, "created": MOMENT})
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def add_sheet(self, title: str) -> "Worksheet":
        return self._file.add_worksheet(title)

    def write(
        self, sheet: "Worksheet", row: int, column: int, value: Any, properties: Mapping[str, object] = PLAIN,  # noqa: ANN401
    ) -> None:  # fmt: skip
        """Write a value; a text stays one, whatever it begins with."""
        if value is None or value == "":
            return
        if isinstance(value, str):
            text = fit_cell(value)
            if text.startswith(FORMULA_SIGNS):
                # Without it editing the cell would run the text.
                properties = {**properties, "quote_prefix": True}
            sheet.write_string(row, column, text, self._format(properties))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._format(properties))
        else:
            sheet.write_number(row, column, value, self._format(properties))

    def link(self, sheet: "Worksheet", row: int, column: int, value: Any, target: str) -> None:  # noqa: ANN401
        """Write a value that leads to a file; the library would write it as only Windows names files."""
        from xlsxwriter.url import Url

        url = Url(f"external:{target}")
        url._relationship_link = target
        sheet.write_url(row, column, url)
        self.write(sheet, row, column, value, LINK)

    def _format(self, properties: Mapping[str, object]) -> "Format | None":
        key = tuple(properties.items())
        if key and key not in self._formats:
            self._formats[key] = self._file.add_format(dict(properties))
        return self._formats.get(key)

    def finish(self) -> bytes:
        self._file.close()
        return self._stream.getvalue()


def render_workbook(inputs: ReportInputs, *, every: bool = False) -> bytes:
    """Render the workbook of a study.

    Texts stay texts, whatever they begin with; what Excel cannot hold is cut and counted in the sheet that explains.

    Args:
        inputs: the study.
        every: add a sheet for every table but the vectors, and one that says what each column means.
    """
    book = _Book(study_name(inputs))
    lists = list_sheets(inputs)
    first = _write_list(book, lists[0], inputs)
    readme = book.add_sheet(inputs.words("sheet.readme"))
    shown = [first, *(_write_list(book, each, inputs) for each in lists[1:])]
    written = [_write_table(book, inputs, name) for name in SCHEMAS if name not in LEFT_OUT] if every else []
    if every:
        _write_columns(book, inputs)
    _write_readme(book, readme, inputs, shown, written)
    return book.finish()


def render_full_workbook(inputs: ReportInputs) -> bytes:
    """Render the workbook with every table behind it."""
    return render_workbook(inputs, every=True)


def _write_list(book: _Book, shown: ListSheet, inputs: ReportInputs) -> _Sheet:
    """Write a sheet for people: its own columns, widths and links."""
    written = _Sheet(shown.key, n_rows=len(shown.rows))
    rows = shown.rows[:MAX_ROWS]
    sheet = book.add_sheet(shown.title)
    widths = [_fit(column, [row[place] for row in rows[:MAX_LINKS]]) for place, column in enumerate(shown.columns)]
    _set_up(book, sheet, [column.name for column in shown.columns], widths, n_rows=len(rows))
    sheet.set_row(0, _height([column.name for column in shown.columns], widths))
    for number, row in enumerate(rows, start=1):
        written.n_cut_cells += sum(isinstance(value, str) and len(value) > MAX_CHARACTERS for value in row)
        for place, value in enumerate(row):
            book.write(sheet, number, place, value, _look(value))
        target = inputs.source_links.get(shown.sources[number - 1], "") if shown.sources else ""
        if target and number <= MAX_LINKS and row[-1] is not None:
            book.link(sheet, number, len(row) - 1, row[-1], target)
        height = _height(row, widths)
        if height > LINE_HEIGHT:
            # Not every program makes room for wrapped words by itself.
            sheet.set_row(number, height)
    return written


def _look(value: Any) -> Mapping[str, object]:  # noqa: ANN401
    """Give the look of a cell: at the top of its row, texts wrapped, figures with two decimals."""
    if isinstance(value, str):
        return {"valign": "top", "text_wrap": True}
    return {"valign": "top", "num_format": "0.00"} if isinstance(value, float) else {"valign": "top"}


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


def title_of(table: str, words: Words) -> str:
    """Title of the sheet of a table; one that has no words yet keeps its name.

    >>> title_of("topics", Words("nl")), title_of("stability", Words("nl"))
    ('Themas van de machine', 'stability')
    """
    return words(f"sheet.{table}") if words.has(f"sheet.{table}") else table[:MAX_TITLE]


def _write_table(book: _Book, inputs: ReportInputs, name: str) -> _Sheet:
    table, schema = inputs.table(name), SCHEMAS[name]
    written = _Sheet(name, n_rows=len(table))
    shown = table.head(MAX_ROWS)
    known = [column for column in schema.columns if column.type != "vector"]
    columns = [_cells(shown, column) for column in known]
    sheet = book.add_sheet(title_of(name, inputs.words))
    widths = [_width(column.name, values) for column, values in zip(known, columns, strict=True)]
    _set_up(book, sheet, [column.name for column in known], widths, n_rows=len(shown))
    at, links = _find_links(shown[[column.name for column in known]], inputs)
    for number, row in enumerate(zip(*columns, strict=True)):
        written.n_cut_cells += sum(isinstance(value, str) and len(value) > MAX_CHARACTERS for value in row)
        for place, value in enumerate(row):
            book.write(sheet, number + 1, place, value, _plain_look(value))
        if number < len(links) and links[number] and row[at] is not None:
            book.link(sheet, number + 1, at, row[at], links[number])
    return written


def _find_links(table: pd.DataFrame, inputs: ReportInputs) -> tuple[int, list[str]]:
    """Find the column that says where something stands, and for each row the file in which it stands there."""
    names = list(table.columns)
    column = next((name for name in LINKED if name in names and "source_id" in names), None)
    if column is None:
        return 0, []
    return names.index(column), [inputs.source_links.get(each, "") for each in table["source_id"].head(MAX_LINKS)]


def _cells(table: pd.DataFrame, column: Column) -> list[Any]:
    values = table[column.name]
    if column.type == "strings":
        return [BETWEEN.join(str(item) for item in np.asarray(value, dtype=object)) or None for value in values]
    plain = {"int": int, "float": float, "bool": bool, "string": str}[column.type]
    return [None if pd.isna(value) else plain(value) for value in values]


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(max(longest, len(name) + 4, NARROWEST), WIDEST)


def _set_up(book: _Book, sheet: "Worksheet", head: Sequence[str], widths: Sequence[int], *, n_rows: int) -> None:
    """Write the head, freeze it and put a filter on it; set widths."""
    for place, (name, width) in enumerate(zip(head, widths, strict=True)):
        sheet.set_column(place, place, width)
        book.write(sheet, 0, place, name, HEAD)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, n_rows, len(head) - 1)


def _plain_look(value: Any) -> Mapping[str, object]:  # noqa: ANN401
    return _look(value) if isinstance(value, str) and len(value) > WRAP_FROM else {}


def _write_columns(book: _Book, inputs: ReportInputs) -> None:
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
    sheet = book.add_sheet(words("sheet.columns"))
    _set_up(
        book,
        sheet,
        head,
        [_width(name, column) for name, column in zip(head, zip(*rows, strict=True), strict=True)],
        n_rows=len(rows),
    )
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            book.write(sheet, number, place, value, _plain_look(value))


def _write_readme(
    book: _Book, sheet: "Worksheet", inputs: ReportInputs, shown: Sequence[_Sheet], written: Sequence[_Sheet]
) -> None:
    words = inputs.words
    for place, width in enumerate((28, 20, 12, 90)):
        sheet.set_column(place, place, width)
    introduction = [*_introduce(inputs)]
    book.write(sheet, 0, 0, study_name(inputs), {"bold": True, "font_size": 14})
    for number, line in enumerate(introduction, start=1):
        book.write(sheet, number, 0, line)
    head = len(introduction) + 2
    for place, part in enumerate(("sheet", "table", "rows", "holds")):
        book.write(sheet, head, place, words(f"readme.{part}"), {"bold": True, "valign": "top"})
    rows: list[Sequence[Any]] = []
    for each in shown:
        holds = [words(f"list.{each.name}.holds"), *_losses(each, inputs)]
        rows.append((words(f"list.{each.name}"), None, each.n_rows, "; ".join(holds)))
    for table in written:
        row = words(f"holds.{table.name}") if words.has(f"holds.{table.name}") else SCHEMAS[table.name].row
        holds = [row, *_losses(table, inputs)]
        rows.append((title_of(table.name, words), table.name, table.n_rows, "; ".join(holds)))
    if written:
        rows.append((words("sheet.columns"), None, None, words("holds.columns")))
    for number, values in enumerate(rows, start=head + 1):
        for place, value in enumerate(values):
            book.write(sheet, number, place, value, _plain_look(value))


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
