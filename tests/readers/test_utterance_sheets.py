"""Sheets with an utterance a row, under any headers; and what is wrong with them."""

import csv
from pathlib import Path

import pytest
from workbooks import write_book

from pipeline.core.errors import InputError
from pipeline.readers import read_source
from pipeline.readers.sheets.columns import map_columns
from pipeline.readers.sources import Reading


def write_csv(folder: Path, *rows: tuple, name: str = "notities.csv", delimiter: str = ";") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def read(path: Path, **columns: str) -> Reading:
    (reading,) = read_source(path, path.name, columns)
    return reading


def said(reading: Reading) -> list[tuple]:
    kinds = ("turn", "statement", "note")
    columns = ("session", "speaker", "hat_given", "kind", "text")
    return [tuple(row[column] for column in columns) for row in reading.utterances if row["kind"] in kinds]


def wrong(path: Path, **columns: str) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **columns)
    return str(caught.value)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (("Sessie", "Spreker", "Uitspraak"), {"session": 0, "speaker": 1, "text": 2}),
        (("Quote", "Who", "Thinking hat", "Time"), {"text": 0, "speaker": 1, "hat": 2, "time": 3}),
        (("nr", "Naam deelnemer", "Tekst van de uitspraak"), {"speaker": 1, "text": 2}),
        (("ID tekst", "Opmerking", "Datum"), {"text": 1, "date": 2}),
    ],
)
def test_columns_are_found_by_their_headers(headers: tuple, expected: dict) -> None:
    assert map_columns("a.csv", headers, []) == expected


def test_columns_are_found_by_what_is_in_them(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        ("a", "b", "c", "d"),
        ("geel", "D1", "00:01:05", "de bus naar het dorp rijdt weer elke dag"),
        ("gele hoed", "D2", "00:02:00", "wij komen elke week samen in de zaal"),
    )
    reading = read(path)
    assert said(reading) == [
        ("notities", "D1", "geel", "turn", "de bus naar het dorp rijdt weer elke dag"),
        ("notities", "D2", "geel", "turn", "wij komen elke week samen in de zaal"),
    ]
    assert [row["time_start_s"] for row in reading.utterances if row["kind"] == "turn"] == [65.0, 120.0]


def test_the_study_may_name_the_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ("Tekst", "Vertaling"), ("the bus is late", "de bus is te laat"))
    assert said(read(path))[0][-1] == "the bus is late"
    assert said(read(path, text="vertaling"))[0][-1] == "de bus is te laat"
    assert wrong(path, text="Vertalingen") == (
        "notities.csv, row 1: has no column 'Vertalingen', which study.toml names for text. Did you mean 'Vertaling'?"
    )


def test_a_sheet_without_a_text_is_refused_with_its_headers_and_without_its_words(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ("Wie", "Iets"), ("D1", "kort"), ("D2", "ja"))
    assert wrong(path) == (
        "notities.csv, row 1: has no column that is sure to hold what was said; its first row holds 'Wie', 'Iets'. "
        'Name the column with the text in study.toml: [columns] text = "Uitspraak"; where it holds codings, put in '
        'mapping.toml beside the notes [files."notities.csv"] kind = "codings".'
    )
    long = "dit is geen kop maar wat iemand in vertrouwen zei"
    found = wrong(write_csv(tmp_path, (long, long + " ook"), ("een", "twee")))
    assert "its first row holds 2 long cells" in found
    assert "vertrouwen" not in found


def test_rows_without_a_hat_or_a_speaker_do_not_take_those_of_the_row_above(tmp_path: Path) -> None:
    rows = [
        ("Sessie", "Wie", "Rol", "Hoed", "Soort", "Wat werd er gezegd"),
        ("tafel-03", "D1", "", "zwart", "notitie", "Niemand belt nog aan."),
        ("tafel-03", "", "", "geel", "notitie", "Er brandt weer licht."),
        ("tafel-03", "Greet", "moderator", "wit", "", "Wie begint er?"),
        ("tafel-03", "D1", "", "wit", "", "Ik ga elke dinsdag."),
        ("tafel-03", "", "", "wit", "", "Iets van iemand."),
        ("tafel-03", "D2", "", "", "", "Zonder hoed gezegd."),
        ("tafel-04", "D1", "", "rood", "", "Ik ben er blij om."),
    ]
    reading = read(write_csv(tmp_path, *rows))
    assert said(reading) == [
        ("tafel-03", "D1", "zwart", "note", "Niemand belt nog aan."),
        ("tafel-03", None, "geel", "note", "Er brandt weer licht."),
        ("tafel-03", "Gespreksleider", "wit", "turn", "Wie begint er?"),
        ("tafel-03", "D1", "wit", "turn", "Ik ga elke dinsdag."),
        ("tafel-03", None, "wit", "statement", "Iets van iemand."),
        ("tafel-03", "D2", None, "turn", "Zonder hoed gezegd."),
        ("tafel-04", "D1", "rood", "turn", "Ik ben er blij om."),
    ]
    roles = {(row["session"], row["speaker"]): row["role"] for row in reading.speakers}
    assert roles["tafel-03", "Gespreksleider"] == "gespreksleider"
    assert roles["tafel-03", "D1"] == roles["tafel-04", "D1"] == "deelnemer"
    assert len({row["utterance_id"] for row in reading.utterances}) == len(reading.utterances)
    for row in reading.utterances:
        raw = reading.source.text[row["char_start"] : row["char_end"]]
        assert row["raw"] in (None, raw)
        assert raw.count("\n") == 0


def test_labels_and_headings_inside_a_lone_column_are_understood(tmp_path: Path) -> None:
    rows = [("Notities",), ("Zwarte hoed",), ("D1: de bus is weg",), ("te ver van de zaal",), ("D2: ook 's avonds",)]
    path = write_csv(tmp_path, ("Tekst",), *rows[1:], delimiter="\t", name="n.tsv")
    assert said(read(path)) == [
        ("n", "D1", "zwart", "turn", "de bus is weg"),
        ("n", None, "zwart", "statement", "te ver van de zaal"),
        ("n", "D2", "zwart", "turn", "ook 's avonds"),
    ]


def test_several_sheets_with_text_are_several_sessions(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "notities.xlsx",
        **{
            "Tafel 1": [("Wie", "Uitspraak"), ("D1", "de bus is weg")],
            "Tafel 2": [("Wie", "Uitspraak"), ("D1", "de trein is weg")],
            "Codes": [("code", "label"), ("a", "vervoer")],
        },
    )
    reading = read(path)
    assert [row[0] for row in said(reading)] == ["Tafel 1", "Tafel 2"]
    places = [reading.source.place_at(row["char_start"]) for row in reading.utterances if row["kind"] == "turn"]
    assert places == ["Tafel 1!B2", "Tafel 2!B2"]
    assert [(n.where, n.message) for n in reading.source.notices] == [
        ("notities.xlsx, Codes", "holds no utterances and is not read"),
        ("notities.xlsx, Tafel 1", "is read as a table: a remark a row"),
        ("notities.xlsx, Tafel 2", "is read as a table: a remark a row"),
    ]


def test_formulas_are_not_computed(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "notities.xlsx",
        Blad1=[("Wie", "Uitspraak"), ("D1", '=CONCATENATE("a","b")'), ("D2", "de bus is weg")],
    )
    reading = read(path)
    assert [row[-1] for row in said(reading)] == ["de bus is weg"]
    told = "holds 1 formulas: their stored values are read, and nothing is computed"
    assert reading.source.notices[0].message == told


def test_cells_that_are_not_understood_are_counted(tmp_path: Path) -> None:
    rows = [("Wie", "Hoed", "Tijd", "Rol", "Uitspraak"), ("D1", "paars", "straks", "koning", "de bus is weg")]
    told = [notice.message for notice in read(write_csv(tmp_path, *rows)).source.notices]
    assert told == [
        "is read as a table: a remark a row",
        *(
            f"has 1 cells in the column for {c} that are not understood and were left out"
            for c in ("hat", "role", "time")
        ),
    ]


def test_a_date_and_a_place_count_where_all_rows_agree(tmp_path: Path) -> None:
    rows = [("Datum", "Plaats", "Uitspraak"), ("14/3/2024", "Gent", "de bus is weg"), ("14/3/2024", "Aalst", "ja hoor")]
    (session,) = read(write_csv(tmp_path, *rows)).sessions
    assert (session["date"], session["place"]) == ("2024-03-14", None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Tekst\n", "a.csv: holds headers and no rows"),
        ("Tekst;Wie\n;D1\n;D2\n", "a.csv: holds nothing that was said"),
        ('Tekst\n"' + "x" * 200_000 + '"\n', "a.csv: holds a cell that is larger than CSV allows"),
        ("Tekst\n" + "woord " * 200_000 + "\n", "a.csv, line 2: has more than 1000000 characters"),
    ],
)
def test_sheets_without_anything_to_read(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert wrong(path).startswith(problem)


def test_a_manual_coding_among_the_notes_is_pointed_to_its_folder(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ("fragment_id", "quote", "theme"), ("f-123456789abc", "de bus is weg", "vervoer"))
    assert wrong(path) == (
        "notities.csv, row 1: has the headers of a manual coding, not of notes. "
        "Move it to the folder codings of the study."
    )
