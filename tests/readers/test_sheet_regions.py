"""Several tables on one sheet, titles above them, and cells of which nothing is read; all invented."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from workbooks import write_book

from pipeline.readers import read_source
from pipeline.readers.sheets.regions import split_tables
from pipeline.readers.sheets.workbooks import SheetRows
from pipeline.readers.sources import Reading

BUS, CROSSING, MONEY = "de bus rijdt maar om het uur", "ik ben bang op het kruispunt", "er is geen geld voor een pad"
HELP, ZEBRA, PAVEMENT = "de buren helpen elkaar goed", "zet een zebrapad aan de school", "de stoep ligt open"
HEAD = ("Spreker", "Opmerking")


def read(path: Path) -> Reading:
    (reading,) = read_source(path, path.name)
    return reading


def said(reading: Reading) -> list[tuple]:
    kinds = ("turn", "statement")
    return [(row["speaker"], row["hat_given"], row["text"]) for row in reading.utterances if row["kind"] in kinds]


def messages(reading: Reading) -> str:
    return "\n".join(notice.message for notice in (*reading.source.notices, *reading.notices))


def test_two_tables_beside_each_other_are_each_read(tmp_path: Path) -> None:
    rows = [
        (*HEAD, None, None, *HEAD),
        ("An", BUS, None, None, "Cor", HELP),
        ("Bob", CROSSING, None, None, "Bob", ZEBRA),
        ("An", MONEY),
    ]
    reading = read(write_book(tmp_path / "fg1.xlsx", Blad1=rows))
    assert said(reading) == [
        ("An", None, BUS), ("Bob", None, CROSSING), ("An", None, MONEY), ("Cor", None, HELP), ("Bob", None, ZEBRA),
    ]  # fmt: skip
    assert "holds 2 tables" in messages(reading)
    assert "not used" not in messages(reading)
    assert {row["session"] for row in reading.sessions} == {"fg1"}


def test_tables_below_each_other_stand_under_the_hat_above_each(tmp_path: Path) -> None:
    rows = [
        ("Wit",), ("wie", "wat"), ("An", BUS), ("Bob", CROSSING), (), ("Zwart",), ("wie", "wat"), ("Cor", PAVEMENT),
    ]  # fmt: skip
    reading = read(write_book(tmp_path / "fg1.xlsx", Blad1=rows))
    assert said(reading) == [("An", "wit", BUS), ("Bob", "wit", CROSSING), ("Cor", "zwart", PAVEMENT)]
    assert "not used" not in messages(reading)


def test_a_table_at_the_lower_right_leaves_the_days_of_the_first_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Blad1"
    rows = [
        ("Datum", "Spreker", "Hoed", "Opmerking"),
        (date(2024, 3, 1), "An", "wit", BUS),
        (None, "Bob", "geel", HELP),
        (date(2024, 3, 8), "Els", "wit", MONEY),
        (None, "Piet", "rood", CROSSING),
        (None, "Bob"),
    ]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("A4:A5")
    for at, cell in {"F9": "Spreker", "G9": "Opmerking", "F10": "Karel", "G10": ZEBRA}.items():
        sheet[at] = cell
    book.save(tmp_path / "tabel.xlsx")
    reading = read(tmp_path / "tabel.xlsx")
    assert [row["date"] for row in reading.sessions] == ["2024-03-01", "2024-03-08", None]
    assert ("Karel", None, ZEBRA) in said(reading)
    assert len(said(reading)) == 5
    assert "1 cells with words are not used: Blad1!B6" in messages(reading)


def test_headers_on_each_page_of_one_table_divide_nothing() -> None:
    rows = [HEAD, ("An", BUS), HEAD, ("Bob", CROSSING)]
    sheet = SheetRows("a", tuple(enumerate(rows, start=1)))
    assert split_tables(sheet) == [sheet]


@pytest.mark.parametrize("above", [[("Hoed", "An", "Bob")], [("Sessie", None, "Uitspraak", None, "Datum")]])
def test_other_headers_are_those_of_one_table(above: list[tuple]) -> None:
    rows = [*above, ("wit", "te ver", "te duur"), ("zwart", "te laat", "te vol")]
    sheet = SheetRows("a", tuple((n, tuple(cell or "" for cell in row)) for n, row in enumerate(rows, start=1)))
    assert split_tables(sheet) == [sheet]


def test_a_title_gives_the_day_and_the_last_round_is_no_session(tmp_path: Path) -> None:
    hats = ("WIT", "ROOD", "ZWART", "GEEL", "GROEN")
    sheets = {
        "Post-its": [("Groep 3 - leerkrachten (20/03/2024)",), (), hats, (BUS, CROSSING, MONEY, HELP, ZEBRA)],
        "Rondvraag": [("wie", "wat neem je mee?"), ("Katrien", PAVEMENT), ("Bart", MONEY)],
    }
    reading = read(write_book(tmp_path / "fg3.xlsx", **sheets))
    assert [(row["session"], row["date"]) for row in reading.sessions] == [("fg3", "2024-03-20")]
    assert len(said(reading)) == 7


def test_sheets_that_are_sessions_are_named(tmp_path: Path) -> None:
    sheets = {"Noord": [HEAD, ("An", BUS), ("Bob", HELP)], "Zuid": [HEAD, ("Cor", MONEY), ("Els", ZEBRA)]}
    reading = read(write_book(tmp_path / "a.xlsx", **sheets))
    assert "has 2 sheets that are each read as a session: 'Noord', 'Zuid'" in messages(reading)


def test_cells_beside_the_remarks_of_which_nothing_is_read_are_counted(tmp_path: Path) -> None:
    rows = [("verslag van de avond",), HEAD, ("An", BUS), ("Bob", CROSSING, None, "los zinnetje ernaast")]
    reading = read(write_book(tmp_path / "a.xlsx", Blad1=rows))
    assert "2 cells with words are not used: Blad1!A1, Blad1!D4" in messages(reading)


def test_the_codes_above_the_questions_of_a_survey_are_headers(tmp_path: Path) -> None:
    rows = [
        ("id", "Q1", "Q2"),
        ("Nummer", "Wat loopt er goed in de buurt?", "Wat kan er beter in de buurt?"),
        ("1", "de buren helpen elkaar hier altijd", "er mag een bank op het plein komen"),
        ("2", "het is er rustig en het is groen", "de bus zou vaker moeten rijden"),
    ]
    reading = read(write_book(tmp_path / "a.xlsx", Blad1=rows))
    assert len(said(reading)) == 4
    assert "not used" not in messages(reading)
