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


def table(*rows: tuple[str, ...]) -> Table:
    return Table(tuple(tuple(cell(*text.split("/")) for text in row) for row in rows))


def cell(*texts: str) -> Cell:
    return Cell(tuple(Paragraph(text.strip(), "¶ 1") for text in texts if text.strip()))


def of(*blocks: Paragraph | Table) -> list[tuple]:
    return used(read_text(render(Document(list(blocks)), "tafel.docx", "", "utf-8", "docx")))


def test_each_cell_of_a_placemat_is_a_hat_and_none_of_it_is_lost() -> None:
    found = of(
        table(
            (
                "WIT – wat weten we / (Buur 1) de straat is zes meter breed",
                "ZWART – wat weegt / (Buur 2) het lawaai duurt tot elf uur",
            ),
            (
                "ROOD – wat voel je / (Buur 1) moedeloos / (Buur 3) ik blijf er graag wonen",
                "Afspraken / de lijst komt in de bus",
            ),
        )
    )
    assert found[:4] == [
        ("Buur 1", "wit", "de straat is zes meter breed"),
        ("Buur 2", "zwart", "het lawaai duurt tot elf uur"),
        ("Buur 1", "rood", "moedeloos"),
        ("Buur 3", "rood", "ik blijf er graag wonen"),
    ]
    assert {hat for _, hat, _ in found[4:]} <= {None}


def test_who_and_what_without_heads_below_the_hat_in_the_first_cell() -> None:
    inner = [
        table(("mevrouw Smets", "de bus stopt voor de deur"), ("dochter van Jos", "het is twee kilometer stappen")),
        table(("meneer Adam", "ik hou van die wandeling langs het water")),
    ]
    rows = [(cell(hat, "max. 10 minuten"), Cell((each,))) for hat, each in zip(("Wit", "Rood"), inner, strict=True)]
    assert of(Table(tuple(rows))) == [
        ("mevrouw Smets", "wit", "de bus stopt voor de deur"),
        ("dochter van Jos", "wit", "het is twee kilometer stappen"),
        ("meneer Adam", "rood", "ik hou van die wandeling langs het water"),
    ]


def test_subjects_in_the_first_column_are_nobodys() -> None:
    found = of(
        Paragraph("Zwarte hoed", "¶ 1", heading=1),
        table(("Verkeer", "de bus komt te laat"), ("Groen", "er staat geen boom"), ("Artikel 5", "niemand kent het")),
    )
    assert not any(who for who, _, _ in found)


def test_numbers_of_houses_that_come_back_are_who_speaks() -> None:
    found = of(
        table(
            ("Zwart: lawaai", ""),
            ("Huis 3", "de lift bromt heel de nacht"),
            ("Huis 11", "de deur slaat bij elke windstoot"),
            ("Wit: feiten", ""),
            ("Huis 3", "er wonen tachtig gezinnen"),
            ("Huis 11", "de lift is van 1988"),
        )
    )
    assert [(who, hat) for who, hat, _ in found] == [
        ("Huis 3", "zwart"), ("Huis 11", "zwart"), ("Huis 3", "wit"), ("Huis 11", "wit")
    ]  # fmt: skip


def test_initials_names_and_functions_without_heads_are_who_sits_at_the_table() -> None:
    found = of(
        table(
            ("TM", "Trees Maes", "kok"),
            ("OD", "Omar Diouf", "bezoeker"),
            ("HS", "Heleen Smets", "gespreksleider"),
        ),
        *(
            Paragraph(text, "¶ 2")
            for text in ("HS verwelkomt iedereen.", "TM – de oven is van 1990", "OD – de soep is lekker")
        ),
        *(
            Paragraph(text, "¶ 3")
            for text in ("TM – er is geen afzuigkap", "OD – het brood is op", "HS dankt iedereen.")
        ),
    )
    assert {who for who, _, _ in found} == {"Trees Maes", "Omar Diouf"}
    assert found[-1][2] == "het brood is op"


def test_words_for_hats_in_a_column_and_one_that_is_none() -> None:
    found = of(
        table(
            ("Hoed", "Wat werd gezegd"),
            ("Feiten", "Nora: er zijn tien leden"),
            ("Gevoel", "Piet: ik ben er graag"),
            ("Kritiek", "Nora: de zaal is klein"),
            ("Voordelen", "Piet: de huur is laag"),
            ("Overzicht", "Nora: eerst de zaal"),
        )
    )
    assert [hat for _, hat, _ in found] == ["wit", "rood", "zwart", "geel", None]


def test_a_table_of_those_present_and_in_which_capacity() -> None:
    found = of(
        table(
            ("Aanwezig", "Hoedanigheid"), ("Hilde Baert", "bezoekster"), ("Omar El Idrissi", "kok"),
            ("Lies Maes", "gespreksleider"),
        ),
        Paragraph("Witte hoed", "", heading=2),
        Paragraph("Lies: Wat weten we?", ""),
        Paragraph("Hilde: er eten hier veertig mensen", ""),
        Paragraph("Omar: op woensdag is de keuken dicht", ""),
    )  # fmt: skip
    assert found == [
        ("Hilde Baert", "wit", "er eten hier veertig mensen"),
        ("Omar El Idrissi", "wit", "op woensdag is de keuken dicht"),
    ]


def test_a_colour_in_brackets_behind_a_long_question_is_a_hat() -> None:
    rows = [
        ("Wat zeggen de cijfers (WIT)", "Ann: wij zagen zestig mensen"),
        ("Waar maken we ons toch zo druk over (ZWART)", "Bo: er is geen tolk te vinden"),
        ("Waar zijn we zo blij mee (GEEL)", "Ann: de mensen komen terug"),
    ]
    assert [hat for _, hat, _ in of(table(*rows))] == ["wit", "zwart", "geel"]
