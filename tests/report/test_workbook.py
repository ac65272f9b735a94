"""The workbook: a sheet a table, texts that stay texts, limits of Excel, the same bytes every time."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from small_report import DESCRIBED, FORMULA, make_config, make_tables

from pipeline.core.schemas import SCHEMAS
from pipeline.report import workbook
from pipeline.report.inputs import ReportInputs
from pipeline.report.words import Words

LEFT_OUT = {
    "embeddings",
    "tokens",
    "human_codings",
    "machine_codings",
    "previous_themes",
    "standing_topics",
    "standing_parts",
    "codebook_scores",
}


def render(tables, language="nl", *, every=False):
    return workbook.render_workbook(
        ReportInputs(tables, DESCRIBED, make_config(language), Words(language)), every=every
    )


@pytest.fixture(scope="module")
def book():
    return load_workbook(BytesIO(render(make_tables(), every=True)))


LAST = get_column_letter(len(SCHEMAS["fragments"].columns))
TEXT = get_column_letter(1 + SCHEMAS["fragments"].column_names.index("text"))


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_fragments_come_first_with_all_that_was_said_of_them():
    sheet = load_workbook(BytesIO(render(make_tables(), every=False))).worksheets[0]
    assert sheet.title == "Fragmenten"
    head, *body = rows(sheet)
    assert head[:6] == ["tekst", "gesprek", "spreker", "rol", "organisatie", "hoed (genoteerd)"]
    assert len(body) == 6 and sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")
    third = dict(zip(head, body[2], strict=True))
    assert third["tekst"] == "De sleutel ligt bij de buur."
    assert third["Thema: A"] == "Deur; Buurt" and third["Thema: B"] == "Deur"
    assert third["Polariteit: A"] == "kans; knelpunt"
    assert third["plaats"] == "tafel-1.txt:12"
    assert sheet.column_dimensions["A"].width > 60


def test_no_word_is_broken_and_a_row_is_as_high_as_its_words():
    tables = make_tables()
    long = "Sleutelbewaarderschapsverantwoordelijkheid is wat wij daar vragen, en meer ook niet. " * 3
    tables["fragments"] = tables["fragments"].assign(text=[long, *tables["fragments"]["text"][1:]])
    for sheet in load_workbook(BytesIO(render(tables))).worksheets[2:]:
        for column in sheet.iter_cols():
            words = [word for cell in column if isinstance(cell.value, str) for word in cell.value.split()]
            assert max(map(len, words)) <= sheet.column_dimensions[column[0].column_letter].width
    sheet = load_workbook(BytesIO(render(tables))).worksheets[0]
    assert sheet["A2"].alignment.wrap_text and sheet.row_dimensions[2].height >= 4 * workbook.LINE_HEIGHT
    assert sheet.row_dimensions[1].height > workbook.LINE_HEIGHT
    figures = load_workbook(BytesIO(render(tables)))["Cijfers"]
    assert figures["D2"].number_format == "0.00"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_there_are_twelve_sheets_at_most_and_none_is_empty(language):
    made = load_workbook(BytesIO(render(make_tables(), language, every=False)))
    assert len(made.sheetnames) <= 12
    assert made.sheetnames[1] == ("Lees mij" if language == "nl" else "Read me")
    assert all(sheet.max_row > 1 for sheet in made)
    listed = {row[0] for row in rows(made.worksheets[1])}
    assert {name for name in made.sheetnames if name != made.sheetnames[1]} <= listed


def test_with_all_there_is_a_sheet_for_every_table_behind_those_for_people(book):
    words = Words("nl")
    names = [workbook.title_of(name, words) for name in SCHEMAS if name not in LEFT_OUT]
    assert book.sheetnames[-len(names) - 1 :] == [*names, "Kolommen"]
    readme = {row[1]: row[2] for row in rows(book["Lees mij"]) if row[1] in SCHEMAS}
    assert readme == {name: len(table) for name, table in make_tables().items() if name not in LEFT_OUT}
    said = " ".join(str(row[0]) for row in rows(book["Lees mij"])[:6])
    assert all(name in said for name in LEFT_OUT)


def test_a_sheet_holds_the_columns_and_rows_of_its_table(book):
    sheet = rows(book["Alle fragmenten"])
    table = make_tables()["fragments"]
    assert tuple(sheet[0]) == SCHEMAS["fragments"].column_names
    assert [row[0] for row in sheet[1:]] == list(table["fragment_id"])
    assert [row[sheet[0].index("line")] for row in sheet[1:]] == [int(line) for line in table["line"]]
    topics = rows(book["Themas van de machine"])
    assert topics[1][topics[0].index("keywords")] == "deur | sleutel | huis"
    assert topics[3][topics[0].index("keywords")] is None


def test_heads_are_frozen_and_filtered(book):
    sheet = book["Alle fragmenten"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{LAST}{1 + len(make_tables()['fragments'])}"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions[TEXT].width > sheet.column_dimensions["D"].width


def test_no_text_becomes_a_formula(book):
    for sheet in book:
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    for name in ("Fragmenten", "Alle fragmenten"):
        (cell,) = [cell for row in book[name].iter_rows() for cell in row if cell.value == FORMULA]
        assert cell.data_type == "s" and cell.quotePrefix


def test_what_excel_could_run_is_marked_as_text():
    tables = make_tables()
    tables["fragments"]["text"] = [f"{start}1 voor jou" for start in ("=", "+", "-", "@", "=", "\t", "+", "-")]
    cells = load_workbook(BytesIO(render(tables)))["Fragmenten"]["A"][1:]
    assert {(cell.value[0], cell.data_type, cell.quotePrefix) for cell in cells} == {
        (start, "s", True) for start in ("=", "+", "-", "@", "\t")
    }


def test_long_texts_are_wrapped_and_cut_with_a_count():
    tables = make_tables()
    tables["fragments"]["text"] = ["woord " * 10, "x" * 40_000, "bel\x07len", *["kort"] * 5]
    book = load_workbook(BytesIO(render(tables)))
    values = [cell.value for cell in book["Fragmenten"]["A"][1:]]
    assert values[0] == "woord " * 10
    assert len(values[1]) == 32_767 and values[1].endswith("x…")
    assert values[2] == "bel\ufffdlen"
    assert book["Fragmenten"]["A2"].alignment.wrap_text
    readme = {row[0]: row[3] for row in rows(book["Lees mij"])}
    assert "1 cel ingekort" in readme["Fragmenten"]
    assert "ingekort" not in readme["Themas per codeur"]


def test_rows_beyond_the_limit_are_left_out_and_counted(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    book = load_workbook(BytesIO(render(make_tables())))
    assert book["Fragmenten"].max_row == 4
    readme = {row[0]: row[3] for row in rows(book["Lees mij"])}
    assert "alleen de eerste 3 rijen" in readme["Fragmenten"]


def test_the_bytes_and_dates_are_always_the_same():
    first = render(make_tables())
    assert render(make_tables()) == first
    with zipfile.ZipFile(BytesIO(first)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2


def test_english_sheets_have_english_names():
    names = load_workbook(BytesIO(render(make_tables(), "en"))).sheetnames
    assert names[:2] == ["Fragments", "Read me"] and "Put aside" in names


def test_no_tables_give_a_workbook_with_heads():
    book = load_workbook(BytesIO(render({}, every=True)))
    assert tuple(rows(book["Alle fragmenten"])[0]) == SCHEMAS["fragments"].column_names
    assert book["Alle fragmenten"].max_row == 1 and book["Fragmenten"].max_row == 1
