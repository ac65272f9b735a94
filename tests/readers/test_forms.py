"""Notes and sheets in the forms that people make them in, each with what is right; all invented.

A case in ``tests/data/forms`` is a title, what stands in the file, and below ``---`` a line a remark: who spoke, the
hat, the text, and where a file holds several sessions the number of its own.
"""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from written_notes import used

from pipeline.readers import read_source, read_text
from pipeline.readers.documents.document import Cell, Document, Paragraph, Table
from pipeline.readers.documents.rendering import render
from pipeline.readers.notes.labels import fold

FORMS = Path(__file__).parents[1] / "data" / "forms"


def read_cases(name: str) -> list[object]:
    cases = []
    for block in (FORMS / name).read_text(encoding="utf-8").split("=== ")[1:]:
        title, body = block.split("\n", 1)
        written, expected = body.split("\n---\n")
        cases.append(
            pytest.param(written + "\n", [line.split("|") for line in expected.strip().splitlines()], id=title)
        )
    return cases


def check(path: Path, written: str, expected: list[list[str]]) -> None:
    path.write_text(written, encoding="utf-8")
    readings = read_source(path, path.name)
    found = [
        (fold(who or "").removeprefix("de "), hat or "", said) for each in readings for who, hat, said in used(each)
    ]
    assert sorted(found) == sorted((fold(who), hat, said) for who, hat, said, *_ in expected)
    said = {row["session"] for each in readings for row in each.utterances if row["kind"] not in ("heading", "layout")}
    assert len(said) == len({row[3] for row in expected if len(row) > 3} or {""})


@pytest.mark.parametrize(("written", "expected"), read_cases("notes.txt"))
def test_notes(written: str, expected: list[list[str]], tmp_path: Path) -> None:
    check(tmp_path / "nota.txt", written, expected)


@pytest.mark.parametrize(("written", "expected"), read_cases("sheets.txt"))
def test_sheets(written: str, expected: list[list[str]], tmp_path: Path) -> None:
    check(tmp_path / "nota.csv", written, expected)


COLOURED = (
    ("An", "het plein is honderd meter lang", "FFFFFF", "wit"),
    ("Bo", "de goten lopen over bij onweer", "7F7F7F", "zwart"),
    ("An", "plant er platanen en zet banken", "92D050", "groen"),
    ("Bo", "ik word daar kwaad van", "FF0000", "rood"),
    ("An", "de kinderen spelen er graag", "FFFF00", "geel"),
)


def test_the_colour_of_a_cell_is_a_hat_where_no_word_names_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Wie", "Wat"])
    for who, said, colour, _ in COLOURED:
        sheet.append([who, said])
        sheet.cell(sheet.max_row, 2).fill = PatternFill("solid", fgColor=colour)
    book.save(tmp_path / "plein.xlsx")
    heads = tuple(Cell((Paragraph(text, "¶ 1"),), fill="D9E2F3") for text in ("Wie", "Wat"))
    rows = tuple(
        (Cell((Paragraph(who, "¶ 2"),)), Cell((Paragraph(said, "¶ 2"),), fill=colour))
        for who, said, colour, _ in COLOURED
    )
    source = render(Document([Table((heads, *rows))]), "plein.docx", "", "utf-8", "docx")
    expected = [(who, hat, said) for who, said, _, hat in COLOURED]
    assert used(read_source(tmp_path / "plein.xlsx", "plein.xlsx")[0]) == expected
    assert used(read_text(source)) == expected


def test_stripes_of_grey_and_white_are_no_hats() -> None:
    rows = tuple(
        (Cell((Paragraph(who, "¶ 2"),), fill=colour), Cell((Paragraph(said, "¶ 2"),), fill=colour))
        for colour, (who, said, _, _) in zip(("F2F2F2", "FFFFFF") * 3, COLOURED, strict=False)
    )
    heads = tuple(Cell((Paragraph(text, "¶ 1"),), fill="000000") for text in ("Wie", "Wat"))
    source = render(Document([Table((heads, *rows))]), "plein.docx", "", "utf-8", "docx")
    assert {hat for _, hat, _ in used(read_text(source))} == {None}
