"""Workbooks out and in: texts stay texts, the same bytes, drop-downs, and what may have happened on the way."""

import io
import re
import zipfile

import openpyxl
import pytest

from pipeline.core.errors import InputError
from pipeline.core.files import MAX_CHARACTERS
from pipeline.review.worksheets import (
    Book,
    DropDown,
    SheetColumn,
    SheetTable,
    load_words,
    read_filled,
    read_words,
    write_workbook,
)

COLUMNS = (SheetColumn("fragment_id", 16), SheetColumn("text", 60), SheetColumn("theme", 20, fill=True))
ROWS = (("f-1", "De bus komt niet.", None), ("f-2", "=1+1", None), ("f-3", "-- niemand belt", None))


CHOICES = (DropDown("theme", ("nabijheid", "grenzen")),)


def make_book(rows=ROWS, choices=CHOICES):
    table = SheetTable(name="coding", columns=COLUMNS, rows=rows, choices=choices)
    return Book(title="proef", subject="C", prose={"readme": ("Titel", "Uitleg")}, tables=(table,))


def write(folder, change=None, book=None):
    path = folder / "terug.xlsx"
    held = openpyxl.load_workbook(io.BytesIO(write_workbook(book or make_book())))
    if change:
        change(held)
    held.save(path)
    return path


def read(path, known=("fragment_id", "theme"), needed=("fragment_id",)):
    return read_filled(path, "coding", known, needed)


def test_the_same_book_gives_the_same_bytes():
    assert write_workbook(make_book()) == write_workbook(make_book())
    assert write_workbook(make_book()) != write_workbook(make_book(rows=ROWS[:2]))


def test_no_moment_of_making_is_in_the_file():
    with zipfile.ZipFile(io.BytesIO(write_workbook(make_book()))) as packed:
        core = packed.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core) == ["2000-01-01T00:00:00Z"] * 2


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+31 bellen", "-5 graden", "@allen", "\tinspringen", "=1+1"])
def test_a_text_that_looks_like_a_formula_stays_a_text(text):
    content = write_workbook(make_book(rows=(("f-1", text, None),)))
    cell = openpyxl.load_workbook(io.BytesIO(content))["Codering"]["B2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not any(b"<f>" in packed.read(name) for name in packed.namelist() if "worksheets" in name)


def test_what_a_workbook_cannot_hold_is_replaced_or_cut():
    content = write_workbook(make_book(rows=(("f-1", "bel\x07len", None), ("f-2", "a" * 40_000, None))))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Codering"]
    assert sheet["B2"].value == "bel\ufffdlen"
    assert len(sheet["B3"].value) == MAX_CHARACTERS and sheet["B3"].value.endswith("…")


def test_drop_downs_refer_to_hidden_lists_and_to_the_rows_that_have_them():
    rows = tuple((f"f-{i}", "tekst", None) for i in range(6))
    choices = (DropDown("theme", ("x", "y", "z"), (0, 1, 2, 5)), DropDown("theme", ("p", "=q"), (3, 4)))
    held = openpyxl.load_workbook(io.BytesIO(write_workbook(make_book(rows, choices))))
    found = {(str(rule.sqref), rule.formula1) for rule in held["Codering"].data_validations.dataValidation}
    assert found == {
        ("C2:C4 C7", "'Keuzes'!$A$1:$A$3"),
        ("C5:C6", "'Keuzes'!$B$1:$B$2"),
    }
    assert [[cell.value for cell in row] for row in held["Keuzes"]["A1:B3"]] == [["x", "p"], ["y", "=q"], ["z", None]]
    assert held["Keuzes"].sheet_state == "hidden"
    assert held["Keuzes"]["B2"].data_type == "s"
    assert not held["Codering"].protection.sheet
    assert held.security.workbookPassword is None


def test_rows_come_back_by_header_with_the_numbers_that_a_spreadsheet_shows(tmp_path):
    def change(book):
        sheet = book["Codering"]
        sheet["C2"], sheet["C4"] = " nabijheid ", 7.0
        sheet.insert_cols(1)
        sheet["A1"] = "opmerking"
        sheet.insert_rows(3)

    filled = read(write(tmp_path, change))
    assert filled.rows == (
        (2, {"fragment_id": "f-1", "theme": "nabijheid"}),
        (4, {"fragment_id": "f-2", "theme": ""}),
        (5, {"fragment_id": "f-3", "theme": "7"}),
    )
    assert filled.unknown == ("opmerking", "tekst")
    assert filled.subject == "C"
    assert filled.at(4) == "terug.xlsx, sheet 'Codering', row 4"


def test_sorted_rows_come_back_as_they_are(tmp_path):
    def change(book):
        sheet = book["Codering"]
        for column in "ABC":
            top, bottom = sheet[f"{column}2"].value, sheet[f"{column}4"].value
            sheet[f"{column}2"], sheet[f"{column}4"] = bottom, top

    assert [cells["fragment_id"] for _, cells in read(write(tmp_path, change)).rows] == ["f-3", "f-2", "f-1"]


def test_properties_that_were_lost_are_not_missed(tmp_path):
    def change(book):
        book.properties.subject = None

    assert read(write(tmp_path, change)).subject is None


def drop_header(book):
    book["Codering"]["A1"] = None


def double_header(book):
    book["Codering"]["D1"] = "Theme"


def rename_sheet(book):
    book["Codering"].title = "Blad1"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drop_header, "terug.xlsx, sheet 'Codering', row 1: has no column 'fragment'"),
        (double_header, "terug.xlsx, sheet 'Codering', row 1: has 2 columns 'thema'"),
        (rename_sheet, "terug.xlsx: has no sheet 'Codering'; its sheets are Lees mij, Blad1, Keuzes"),
    ],
)
def test_a_changed_sheet_is_refused(tmp_path, change, expected):
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, change))
    assert expected in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"fragment_id,theme\nf-1,x\n", b"PK\x03\x04 stuk", b"\xd0\xcf\x11\xe0 oud"])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    path = tmp_path / "terug.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"terug\.xlsx: is not a workbook that can be read"):
        read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nergens\.xlsx: cannot be read: no such file"):
        read(tmp_path / "nergens.xlsx")


@pytest.mark.parametrize(("language", "title"), [("nl", "Lees mij"), ("en", "Read me")])
@pytest.mark.parametrize("section", ["kit", "adjudication"])
def test_the_words_are_there_in_both_languages(section, language, title):
    lines = load_words(section, language, study="Proef", coder="C", n=60)
    assert lines[0].startswith(title) and not any("{" in line for line in lines)
    for family in ("sheets", "columns", "texts"):
        assert all(set(words) == {"nl", "en"} and all(words.values()) for words in read_words()[family].values())
