"""Tables of codings in the layouts that people make, and the mapping in which they say what is meant."""

from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from workbooks import write_book

from pipeline.core.errors import InputError
from pipeline.readers.given.codings import kind_of_tables, read_coding_file
from pipeline.readers.given.context import CodingFile, Context, KnownSession
from pipeline.readers.given.layout import Texts
from pipeline.readers.given.mapping import Proposal, StudyMapping, add_proposals, left_out, list_unknown, read_mapping
from pipeline.readers.sheets.workbooks import read_tables
from pipeline.text.normalisation import letters_only

BUS, SCHOOL, SHOP = "de bus rijdt niet meer na zes uur", "de school zoekt al een jaar een leraar", "de winkel is dicht"
NOTES = {"Focusgroep 1 - Noord": [BUS, SCHOOL], "Focusgroep 2 - Zuid": [SHOP, "er is geen bank op het plein te vinden"]}


def context(**changes: object) -> Context:
    sessions = tuple(KnownSession(name, (name, f"{name}.docx")) for name in NOTES)
    texts = Texts(lambda: {name: letters_only(" ".join(said)) for name, said in NOTES.items()})
    return Context(sessions, texts, **changes)  # type: ignore[arg-type]


def write(folder: Path, name: str = "codes.xlsx", /, **sheets: list[tuple]) -> Path:
    path = folder / name
    if path.suffix == ".csv":
        (rows,) = sheets.values()
        pd.DataFrame(rows).to_csv(path, index=False, header=False, sep=";")
        return path
    return write_book(path, **sheets)


def read(path: Path, known: Context | None = None) -> CodingFile:
    return read_coding_file(path, path.name, known or context())


def codes(file: CodingFile) -> list[tuple]:
    return [(row["coder"], row["session"], row["scheme"], row["code"]) for row in file.rows]


FIRST, SECOND = NOTES


@pytest.mark.parametrize(
    ("headers", "schemes"),
    [
        (("Groep", "Citaat", "Thema", "Kans/knelpunt"), ("theme", "polarity")),
        (("Groupe", "Extrait", "Thème", "Opportunité/obstacle"), ("theme", "polarity")),
        (("Gruppe", "Zitat", "Kategorie", "Chance/Risiko"), ("theme", "polarity")),
        (("Session", "Quote", "Code", "+/-"), ("theme", "polarity")),
        (("Gesprek", "Fragment", "Hoofdcode", "Sentiment"), ("theme", "sentiment")),
    ],
)
def test_headers_in_four_languages(tmp_path: Path, headers: tuple, schemes: tuple) -> None:
    value = "positief" if "sentiment" in schemes else "+"
    file = read(write(tmp_path, blad=[headers, ("FG1", BUS, "vervoer", value), ("FG1", SCHOOL, "onderwijs", "")]))
    first = "positief" if "sentiment" in schemes else "kans"
    assert codes(file) == [
        ("codes", FIRST, schemes[0], "vervoer"), ("codes", FIRST, schemes[1], first),
        ("codes", FIRST, schemes[0], "onderwijs"), ("codes", FIRST, schemes[1], None),
    ]  # fmt: skip


def test_columns_without_a_telling_header_are_found_by_what_is_in_them_and_that_is_said(tmp_path: Path) -> None:
    rows = [("a", "b", "c"), (BUS, "knelpunt", "vervoer"), (SCHOOL, "kans", "vervoer"), (SHOP, "knelpunt", "handel")]
    file = read(write(tmp_path, blad=rows))
    assert {row["scheme"] for row in file.rows} == {"theme", "polarity"}
    assert any("the column 'c' is read as theme, by what is in it" in notice.message for notice in file.notices)
    assert Proposal(("files", "codes.xlsx", "columns"), "quote", "a", "by what is in it") in file.proposals


def test_a_cross_below_each_code_and_a_column_for_each_coder(tmp_path: Path) -> None:
    crosses = [("Citaat", "vervoer", "onderwijs", "Kans"), (BUS, "x", "", ""), (SCHOOL, "", "x", "x")]
    assert [code for _, _, _, code in codes(read(write(tmp_path, blad=crosses)))] == [
        "vervoer", None, "onderwijs", "kans",
    ]  # fmt: skip
    coders = [("Citaat", "Thema An", "Thema Bert"), (BUS, "vervoer", "zorg"), (SCHOOL, "onderwijs", "")]
    assert [(who, code) for who, _, _, code in codes(read(write(tmp_path, blad=coders)))] == [
        ("An", "vervoer"), ("Bert", "zorg"), ("An", "onderwijs"), ("Bert", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "schemes"),
    [
        (("Citaat", "Thema", "Code"), ["theme", "subtheme"]),
        (("Citaat", "Categorie", "Code"), ["theme", "subtheme"]),
        (("Citaat", "Categorie", "Thema"), ["theme"]),
        (("Opmerking", "Thema", "Toon"), ["theme", "sentiment"]),
    ],
    ids=["code below a theme", "code below a category", "category above a theme", "a remark is the text"],
)
def test_levels_of_codes_and_what_else_is_the_text(tmp_path: Path, headers: tuple, schemes: list) -> None:
    rows = [headers, (BUS, "vervoer", "negatief"), (SCHOOL, "onderwijs", "negatief"), (SHOP, "handel", "positief")]
    file = read(write(tmp_path, blad=rows))
    assert sorted({row["scheme"] for row in file.rows}) == sorted(schemes)
    assert [row["quote"] for row in file.rows][0] == BUS


def test_a_sheet_for_each_session_and_a_heading_above_its_rows(tmp_path: Path) -> None:
    sheets = {"FG1": [("Citaat", "Thema"), (BUS, "vervoer")], "FG2": [("Citaat", "Thema"), (SHOP, "handel")]}
    assert [(session, code) for _, session, _, code in codes(read(write(tmp_path, **sheets)))] == [
        (FIRST, "vervoer"), (SECOND, "handel"),
    ]  # fmt: skip
    rows = [("Citaat", "Thema"), ("Focusgroep 1", ""), (BUS, "vervoer"), ("Focusgroep 2", ""), (SHOP, "handel")]
    assert [session for _, session, _, _ in codes(read(write(tmp_path, blad=rows)))][-2:] == [FIRST, SECOND]


def test_titles_above_merged_cells_and_comments(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        blad=[("Codering van het voorjaar",), (), ("Groep", "Citaat", "Thema"), ("FG1", BUS, "vervoer"),
              (None, SCHOOL, "onderwijs"), (None, None, "zorg")],
    )  # fmt: skip
    book = openpyxl.load_workbook(path)
    book["blad"].merge_cells("A4:A5")
    book["blad"]["C4"].comment = Comment("nog bespreken", "An")
    book.save(path)
    file = read(path)
    assert [(row["session"], row["quote"], row["code"]) for row in file.rows] == [
        (FIRST, BUS, "vervoer"), (FIRST, SCHOOL, "onderwijs"), (FIRST, SCHOOL, "zorg"),
    ]  # fmt: skip
    (memo,) = file.memos
    assert (memo["row"], memo["header"], memo["text"]) == ("codes.xlsx:000004", "C4", "nog bespreken")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a; b"], [["a", "b"]]),
        (["a\nb"], [["a", "b"]]),
        (["a / b"], [["a", "b"]]),
        (["a + b"], [["a", "b"]]),
        (["a", "b", "a, b"], [["a"], ["b"], ["a", "b"]]),
        (["wonen, werken en leven", "zorg"], [["wonen, werken en leven"], ["zorg"]]),
        (["zorg en welzijn", "zorg"], [["zorg en welzijn"], ["zorg"]]),
        (["zorg/welzijn", "zorg"], [["zorg/welzijn"], ["zorg"]]),
        (["zorg/welzijn", "zorg", "Welzijn"], [["zorg", "Welzijn"], ["zorg"], ["Welzijn"]]),
    ],
)
def test_several_codes_in_a_cell(tmp_path: Path, cells: list[str], expected: list[list[str]]) -> None:
    rows = [("Citaat", "Thema"), *((f"{BUS} {i}", cell) for i, cell in enumerate(cells))]
    file = read(write(tmp_path, blad=rows))
    found: dict[str, list[str]] = {}
    for row in file.rows:
        found.setdefault(row["quote"], []).append(row["code"])
    assert list(found.values()) == expected


def test_spellings_are_joined_slips_are_proposed_and_new_codes_are_said(tmp_path: Path) -> None:
    rows = [("Citaat", "Thema"), *((f"{BUS} {i}", "mobiliteit") for i in range(6)), (SCHOOL, "Mobiliteit "),
            (SHOP, "mobilitiet"), ("nog iets over de bank op het plein", "handel")]  # fmt: skip
    book = [("Thema", "Uitleg"), ("mobiliteit", "bus en fiets")]
    file = read(write(tmp_path, codes=rows, codeboek=book))
    assert [row["code"] for row in file.rows][6:] == ["mobiliteit", "mobiliteit", "handel"]
    assert Proposal(("codes", "theme"), "mobilitiet", "mobiliteit", "one letter or two apart, and hardly used") in (
        file.proposals
    )
    assert any("1 codes of theme stand in no codebook and are kept: 'handel' (1x)" in n.message for n in file.notices)
    assert [row["code"] for row in file.codebook] == ["mobiliteit", "handel"]


def test_sessions_are_told_by_number_text_and_likeness(tmp_path: Path) -> None:
    rows = [("Groep", "Citaat", "Thema"), ("dinsdag", BUS, "a"), ("dinsdag", SCHOOL, "a"), ("groep zuid", SHOP, "b")]
    file = read(write(tmp_path, blad=rows))
    assert [row["session"] for row in file.rows] == [FIRST, FIRST, SECOND]
    told = {p.key: (p.value, p.why) for p in file.proposals if p.table == ("sessions",)}
    assert told["dinsdag"] == (FIRST, "by the texts that are quoted")


def test_two_names_with_one_number_are_not_told_by_it(tmp_path: Path) -> None:
    rows = [("Groep", "Citaat", "Thema"), ("A1", "iets heel anders over de tuin", "a"), ("B1", "en nog iets", "b")]
    assert {row["session"] for row in read(write(tmp_path, blad=rows)).rows} == {"A1", "B1"}


def test_what_a_person_wrote_in_the_mapping_wins(tmp_path: Path) -> None:
    path = write(tmp_path, blad=[("X", "Y", "Z"), ("k1", BUS, "vervoer | handel"), ("k1", SCHOOL, "vervoer")])
    (tmp_path / "mapping.toml").write_text(
        '[files."codes.xlsx"]\ncoder = "An"\nseparators = [" | "]\n'
        '[files."codes.xlsx".columns]\nsession = "X"\nquote = "Y"\ntheme = "Z"\n'
        '[sessions]\nk1 = "Focusgroep 2 - Zuid"\n[codes.theme]\nhandel = ""\nvervoer = "mobiliteit"\n',
        encoding="utf-8",
    )
    file = read(path, context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert codes(file) == [("An", SECOND, "theme", "mobiliteit"), ("An", SECOND, "theme", "mobiliteit")]
    assert file.proposals == ()


def test_proposals_are_added_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    assert add_proposals(path, [Proposal(("sessions",), "FG 1", FIRST, "by its number")]) == 1
    text = path.read_text(encoding="utf-8").replace(FIRST, SECOND)
    path.write_text(text, encoding="utf-8")
    more = [Proposal(("sessions",), "FG 1", FIRST, ""), Proposal(("sessions",), "FG 2", SECOND, "by its number"),
            Proposal(("codes", "theme"), "é", "e", "")]  # fmt: skip
    assert add_proposals(path, more) == 2
    assert add_proposals(path, more) == 0
    found = read_mapping(path)
    assert found.sessions == {"fg 1": SECOND, "fg 2": SECOND}
    assert found.code("theme", "É") == "e"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sessie]\n", "names the table 'sessie', which is not known. Did you mean 'sessions'?"),
        ("[sessions]\nFG1 = 1\n", "holds something else than names"),
        ('[roles]\nAn = "voorzitter"\n', "gives 'An' the role 'voorzitter', which is not known"),
        ("[codes.thema]\n", "names the scheme 'thema', which is not known"),
        ('[files."a.xlsx"]\nkind = "x"\n', "has the kind 'x'"),
        ("[sessions\n", "cannot be read"),
    ],
)
def test_a_mapping_that_says_what_nobody_understands_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    assert message in str(caught.value)


def test_no_mapping_says_nothing(tmp_path: Path) -> None:
    assert read_mapping(tmp_path / "mapping.toml") == StudyMapping()


def test_a_refusal_names_the_headers_and_the_nearest_reading(tmp_path: Path) -> None:
    path = write(tmp_path, blad=[("Naam", "Leeftijd", "Citat"), ("An", 3, "x")])
    with pytest.raises(InputError) as caught:
        read(path)
    assert "Its first row holds 'Naam', 'Leeftijd', 'Citat'; nearest reading: 'Citat' as quote" in str(caught.value)


COLUMN_FOR_EACH = [
    ("Groep", "Citaat", "An", "Bert"),
    ("Noord", BUS, "vervoer", "vervoer"),
    ("Noord", SCHOOL, "onderwijs", "personeel"),
    ("Zuid", SHOP, "handel", "handel"),
    ("Zuid", NOTES[SECOND][1], "groen", "vervoer"),
]
"""Nearly all codes differ, so that only what both columns share shows that they hold codes."""


def test_a_column_for_each_coder_that_is_headed_by_nothing_but_a_name(tmp_path: Path) -> None:
    file = read(write(tmp_path, blad=COLUMN_FOR_EACH))
    found = [(who, code) for who, _, _, code in codes(file)]
    assert found == [(who, row[at]) for row in COLUMN_FOR_EACH[1:] for who, at in (("An", 2), ("Bert", 3))]
    # The mapping that is proposed gives the same again.
    (proposed,) = [p.value for p in file.proposals if p.key == "theme"]
    assert proposed == ("An", "Bert")
    again = f'[files."codes.xlsx".columns]\nsession = "Groep"\nquote = "Citaat"\ntheme = {list(proposed)}\n'
    (tmp_path / "mapping.toml").write_text(again.replace("'", '"'), encoding="utf-8")
    file = read(tmp_path / "codes.xlsx", context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert [(who, code) for who, _, _, code in codes(file)] == found


def test_a_row_that_quotes_the_notes_is_never_a_row_of_headers(tmp_path: Path) -> None:
    rows = [
        ("Groep", "Citaat", "Bevinding"),
        *((a, b, f"code {i}") for i, (a, b, *_) in enumerate(COLUMN_FOR_EACH[1:])),
    ]
    try:
        file = read(write(tmp_path, blad=rows))
    except InputError as error:
        said = str(error)
    else:
        said = " ".join(notice.message for notice in file.notices)
        assert len(file.rows) == len(rows) - 1
    assert not any(quote in said for quotes in NOTES.values() for quote in quotes)


def test_a_total_without_a_stored_value_is_a_warning_and_not_a_refusal(tmp_path: Path) -> None:
    rows = [
        ("Citaat", "Code", "Lengte"),
        (BUS, "vervoer", "=LEN(A2)"),
        (None, "=COUNTA(B2:B2)"),
        ("Totaal", "=COUNTA(B2:B2)"),
    ]
    file = read(write(tmp_path, blad=rows))
    assert [row["code"] for row in file.rows] == ["vervoer"]
    assert any("3 formulas of which no value is stored" in notice.message for notice in file.notices)


def test_sessions_are_known_by_their_date(tmp_path: Path) -> None:
    sessions = tuple(KnownSession(name, (name,), f"2024-03-0{i}") for i, name in enumerate(NOTES, start=1))
    rows = [("Sessie", "Citaat", "Thema"), (date(2024, 3, 2), SHOP, "handel"), ("1 maart 2024", BUS, "vervoer")]
    file = read(write(tmp_path, blad=rows), Context(sessions))
    assert [(row["session"], row["code"]) for row in file.rows] == [(SECOND, "handel"), (FIRST, "vervoer")]
    assert any("by its date" in notice.message for notice in file.notices)


def test_formulas_without_a_stored_value_are_no_codes(tmp_path: Path) -> None:
    path = write(tmp_path, blad=[("Citaat", "Code"), (BUS, '=UPPER("vervoer")'), (SCHOOL, "onderwijs")])
    with pytest.raises(InputError, match="1 formulas of which no value is stored") as caught:
        read(path)
    assert "save it again" in str(caught.value)


def test_a_message_quotes_nobody_where_the_headers_are_missing(tmp_path: Path) -> None:
    rows = [("F7", "wij hebben hier nooit iemand gezien", "a b"), ("F8", "en dat is nu al jaren zo", "a b")]
    file = read(write(tmp_path, blad=rows))
    assert not any("nooit" in notice.message for notice in file.notices)
    assert {p.value for p in file.proposals if p.key == "quote"} == {"kolom 2"}
    # A refusal does not either.
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, blad=[row[1:2] for row in rows]))
    assert "nooit" not in str(caught.value)
    assert "'kolom 1'" in str(caught.value)


def test_a_list_of_codes_beside_codings_is_no_coding_though_its_words_stand_in_the_notes(tmp_path: Path) -> None:
    book = [
        ("code", "omschrijving"),
        ("VRV", "openbaar vervoer"),
        ("OND", "de school zoekt al"),
        ("WNK", "de winkel is"),
    ]
    path = write(
        tmp_path, codering=[("FG", "Fragment", "Thema('s)"), ("1", BUS, "VRV"), ("1", SCHOOL, "OND")], codeboek=book
    )
    file = read(path)
    assert {code for _, _, _, code in codes(file)} == {"VRV", "OND"}
    assert [row["code"] for row in file.codebook] == ["VRV", "OND", "WNK"]


def test_a_column_of_codes_that_our_own_form_does_not_know_is_read(tmp_path: Path) -> None:
    rows = [("Sessie", "Passage", "Categorie", "Toon"), (FIRST, BUS, "vervoer / avond", "négatif")]
    rows += [(FIRST, SCHOOL, "avond", "neutre"), (SECOND, SHOP, "vervoer", "positif")]
    found = codes(read(write(tmp_path, "coder-b.csv", a=rows)))
    assert [code for _, _, scheme, code in found if scheme == "theme"] == ["vervoer", "avond", "avond", "vervoer"]
    assert [code for _, _, scheme, code in found if scheme == "sentiment"] == ["negatief", "neutraal", "positief"]


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (
            [("Respondent", "Antwoord", "Label", "+/-"), ("R1", BUS, "vervoer", "-"), ("R2", SHOP, "winkel", "+")],
            "codings",
        ),
        ([("Sessie", "Uitspraak", "vervoer", "winkel"), ("1", BUS, "x", ""), ("1", SHOP, "", "x")], "codings"),
        ([("Wie", "Uitspraak", "Thema"), ("D1", BUS, "vervoer"), ("D2", SHOP, "winkel")], "notes"),
        ([("Wie", "Uitspraak", "Hoed"), ("D1", BUS, "zwart"), ("D2", SHOP, "zwart")], "notes"),
    ],
)
def test_what_a_sheet_among_the_notes_holds(tmp_path: Path, rows: list[tuple], kind: str) -> None:
    path = write(tmp_path, "blad.xlsx", a=rows)
    assert kind_of_tables(read_tables(path, path.name), path.name) == kind


TWO_SHEETS = {
    "An": [("Tafel", "Citaat", "Thema"), ("FG1", BUS, "vervoer")],
    "Bert": [("Gesprek", "Quote", "Code"), ("FG2", SHOP, "handel")],
}


def test_sheets_that_differ_have_a_table_each_and_the_coder_of_each_is_asked(tmp_path: Path) -> None:
    sheets = dict(zip(("Meander", "Kouter"), TWO_SHEETS.values(), strict=True))
    path, mapping = write(tmp_path, **sheets), tmp_path / "mapping.toml"
    file = read(path)
    assert any("is read as codings of 'codes', not of 'Meander'" in notice.message for notice in file.notices)
    assert add_proposals(mapping, file.proposals) and left_out(mapping, file.proposals) == []
    text = mapping.read_text(encoding="utf-8")
    assert '[files."codes.xlsx".sheet.Meander.columns]\nquote = "Citaat"' in text
    again = read(path, context(mapping=read_mapping(mapping)))
    assert Counter(codes(again)) == Counter(codes(file))
    assert add_proposals(mapping, again.proposals) == 0
    mapping.write_text(text.replace("# coder", "coder"), encoding="utf-8")
    found = read(path, context(mapping=read_mapping(mapping)))
    assert [(who, code) for who, _, _, code in codes(found)] == [("Meander", "vervoer"), ("Kouter", "handel")]
    assert not any("is read as codings of" in notice.message for notice in found.notices)


@pytest.mark.parametrize(
    ("griet", "sofie", "headers"),
    [
        ("Griet", "Sofie", ("Griet: thema", "Griet: kans / knelpunt", "Sofie: thema", "Sofie: kans / knelpunt")),
        ("Griet", "Sofie", ("Thema Griet", "K/K Griet", "Thema Sofie", "K/K Sofie")),
        ("G", "S", ("Thema (G)", "Polariteit (G)", "Thema (S)", "Polariteit (S)")),
        ("griet", "sofie", ("griet_thema", "griet_+/-", "sofie_thema", "sofie_+/-")),
    ],
)
def test_coders_side_by_side_keep_their_themes_and_their_polarity(
    tmp_path: Path, griet: str, sofie: str, headers: tuple
) -> None:
    rows = [
        ("FG", "Fragment", *headers),
        ("1", BUS, "vervoer", "Knelp.", "zorg", "kans"),
        ("1", SCHOOL, "", "", "onderwijs", "kans"),
    ]
    file = read(write(tmp_path, "codering.xlsx", blad=rows))
    by_griet = [("theme", "vervoer"), ("polarity", "knelpunt"), ("theme", None), ("polarity", None)]
    by_sofie = [("theme", "zorg"), ("polarity", "kans"), ("theme", "onderwijs")]
    expected = {(griet, *each) for each in by_griet} | {(sofie, *each) for each in by_sofie}
    assert {(who, scheme, code) for who, _, scheme, code in codes(file)} == expected
    assert add_proposals(tmp_path / "mapping.toml", file.proposals)
    again = read(tmp_path / "codering.xlsx", context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert sorted(codes(again), key=str) == sorted(codes(file), key=str)


@pytest.mark.parametrize(
    "headers", [("Hoofd thema", "Sub thema"), ("Thema 1", "Thema 2"), ("Thema(s)", "Thema deelnemer")]
)
def test_levels_and_numbers_beside_a_scheme_are_no_coders(tmp_path: Path, headers: tuple) -> None:
    file = read(write(tmp_path, blad=[("Citaat", *headers, "Polariteit"), (BUS, "vervoer", "bus", "kans")]))
    assert {who for who, *_ in codes(file)} == {"codes"}


def test_a_column_for_each_coder_in_a_file_of_codes_is_a_coding(tmp_path: Path) -> None:
    rows = [(row[0], row[1], *row[2:4]) for row in COLUMN_FOR_EACH]
    path = write(tmp_path, "codes.xlsx", blad=rows)
    assert kind_of_tables(read_tables(path, path.name), path.name) == "codings"


def test_sheets_that_are_called_after_people_or_hold_the_same_texts_are_of_a_coder_each(tmp_path: Path) -> None:
    by_name = {"Griet": [("Citaat", "Thema"), (BUS, "vervoer")], "Sofie": [("Citaat", "Thema"), (SHOP, "handel")]}
    rows = [("Citaat", "Thema"), (BUS, "vervoer"), (SHOP, "handel")]
    for sheets in (by_name, {"Xana": rows, "Yb": rows}):
        file = read(write(tmp_path, **sheets))
        assert {row["coder"] for row in file.rows} == set(sheets)
        assert sum("by the name of the sheet" in notice.message for notice in file.notices) == len(sheets)


def test_codings_without_any_session_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, blad=[("FG", "Citaat", "Thema"), ("1", BUS, "vervoer")])
    assert [row["code"] for row in read_coding_file(path, path.name, Context()).rows] == ["vervoer"]


def test_sheets_with_one_and_with_several_columns_of_codes(tmp_path: Path) -> None:
    sheets = {
        "FG1": [("Citaat", "Thema", "Thema 2"), (BUS, "vervoer", "avond")],
        "FG2": [("Citaat", "Thema"), (SHOP, "handel")],
    }
    file = read(write(tmp_path, **sheets))
    assert add_proposals(tmp_path / "mapping.toml", file.proposals)
    again = read(tmp_path / "codes.xlsx", context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert Counter(codes(again)) == Counter(codes(file))


@pytest.mark.parametrize(
    ("text", "n_left"),
    [
        ("", 0),
        ("[files.'a.xlsx'.columns] # mine\nsession = 'x'\n", 0),
        ("files.'a.xlsx' = {columns = {session = 'x'}}\n", 1),
        ("[files]\n'a.xlsx'.columns.session = 'x'\n", 1),
    ],
)
def test_what_is_proposed_can_be_read_however_the_mapping_is_written(tmp_path: Path, text: str, n_left: int) -> None:
    path, columns = tmp_path / "mapping.toml", ("files", "a.xlsx", "columns")
    path.write_text(text, encoding="utf-8")
    proposed = [
        Proposal(columns, "quote", "A", "by its header"), Proposal(columns, "quote", "A", "by what is in it"),
        Proposal(columns, "theme", "B", ""), Proposal(columns, "theme", ("B", "C"), ""),
    ]  # fmt: skip
    add_proposals(path, proposed)
    add_proposals(path, proposed)
    found = read_mapping(path).file("a.xlsx").columns
    assert found.get("quote", ()) == (() if n_left else ("A",))
    assert "theme" not in found
    assert len([each for each in left_out(path, proposed) if not each.is_asked]) == n_left


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('[files."codes.xlsx".columns]\nquote = "Quotes"\ntheme = "Thema"\n',
         "names column 'Quotes', which file codes.xlsx does not have; it has 'Tafel', 'Citaat', 'Thema'"),
        ('[files."codes.xlsx".sheet.An.columns]\nquote = "Quote"\ntheme = "Thema"\n',
         "names column 'Quote', which file codes.xlsx, sheet An does not have; it has 'Tafel', 'Citaat', 'Thema'"),
        ('[files."codes.xlsx".sheet.Ann]\ncoder = "An"\n',
         "names the sheet 'Ann', which file codes.xlsx does not have; it has 'An', 'Bert'"),
    ],
)  # fmt: skip
def test_a_column_or_sheet_that_is_not_there_is_named(tmp_path: Path, said: str, message: str) -> None:
    path, mapping = write(tmp_path, **TWO_SHEETS), tmp_path / "mapping.toml"
    mapping.write_text(said, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path, context(mapping=read_mapping(mapping)))
    assert message in str(caught.value)


def test_files_and_sessions_that_are_not_there_are_said(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[files."code.xlsx"]\nkind = "codings"\n[files."map/a.docx"]\nkind = "notes"\n'
        f'[sessions]\nFG1 = "Focusgroep 99"\nFG2 = "{SECOND}.docx"\n',
        encoding="utf-8",
    )
    sessions = {each.name: each.names for each in context().sessions}
    said = [notice.message for notice in list_unknown(read_mapping(mapping), ["codes.xlsx", "map/a.docx"], sessions)]
    assert said == [
        "names the file 'code.xlsx', which is not there; there are codes.xlsx, map/a.docx",
        f"'fg1' is said to be session 'Focusgroep 99', which is not there; there are {FIRST}, {SECOND}",
    ]


def test_a_session_that_is_not_known_is_said_with_those_that_are(tmp_path: Path) -> None:
    rows = [("Groep", "Citaat", "Thema"), (FIRST, BUS, "a"), ("tuin", "iets heel anders over de tuin", "b")]
    said = [notice.message for notice in read(write(tmp_path, blad=rows)).notices]
    assert f"no session 'tuin'; there are {FIRST}, {SECOND}" in said
    assert not any(f"no session '{FIRST}'" in each for each in said)


@pytest.mark.parametrize("name", ["coder-a.csv", "codes.xlsx"])
def test_a_row_with_nothing_but_a_coder_and_a_scheme_is_left_and_said(tmp_path: Path, name: str) -> None:
    rows = [
        ("session", "quote", "coder", "scheme", "code"),
        (FIRST, BUS, "An", "theme", "a"),
        ("", " ", "An", "theme", ""),
    ]
    file = read(write(tmp_path, name, blad=rows))
    assert codes(file) == [("An", FIRST, "theme", "a")]
    assert any("1 rows hold neither a text nor a code, and are no codings" in n.message for n in file.notices)


HEADED = ("#", "wat zeiden ze?", "waarover gaat het (1)", "waarover gaat het (2)", "+ / -", "zeker?", "Lies of Karim")
UNUSUAL = [
    (1, "het water is 26 graden", "infrastructuur", None, None, "ja", "Lies"),
    (2, "veertien maanden wachtlijst", "zwemles", "personeel", "-", "ja", "Lies"),
    (3, "lift al 2 jaar stuk", "infrastructuur", "toegankelijkheid", "-", "neen", "Lies"),
    (4, "papa met kind in rolstoel", "toegankelijkheid", None, "-", "?", "Karim"),
    (5, "parking duur", "prijs", None, "-", None, "Karim"),
    (6, "avonduren voor vrouwen", "aanbod", None, "+", None, "Karim"),
    (7, "abonnement per gezin", "prijs", "aanbod", "+", None, "Lies"),
    ("totaal", 7, None, None, None, None, None),
]
OTHERS = ("#", "stukje", "over wat (1)", "over wat (2)", "oordeel", "zeker?", "L of K")


@pytest.mark.parametrize("above", [[], [("Codes zwembad, versie van Lies",)]])
@pytest.mark.parametrize("headers", [HEADED, OTHERS])
def test_unusual_headers_stay_headers_and_totals_are_no_codings(tmp_path: Path, above: list, headers: tuple) -> None:
    said = Texts(lambda: {FIRST: letters_only("avonduren voor vrouwen abonnement per gezin")})
    path = write(tmp_path, "zwembad codes.xlsx", blad=[*above, headers, *UNUSUAL])
    file = read(path, Context((KnownSession(FIRST, (FIRST,)),), said))
    themes = [row for row in file.rows if row["scheme"] == "theme"]
    assert {row["coder"] for row in themes} == {"Lies", "Karim"}
    assert {row["quote"] for row in themes} == {row[1] for row in UNUSUAL[:-1]}
    assert ("personeel" in {row["code"] for row in themes}) and "parking duur" not in {row["code"] for row in themes}
    assert {row["code"] for row in file.rows if row["scheme"] == "polarity"} == {"kans", "knelpunt", None}
    assert any(notice.message == "1 rows are totals, and are no codings" for notice in file.notices)
    assert kind_of_tables(read_tables(path, path.name), path.name) == "codings"


POLARITIES = [
    ("Codeur", "FG", "Citaat", "Thema", "Kans of knelpunt?"),
    ("Griet", "FG1", BUS, "vervoer", "knelpunt"), ("Griet", "FG1", SCHOOL, "onderwijs", ""),
    ("Sofie", "FG1", BUS, "vervoer", "K-"), ("Sofie", "FG1", SCHOOL, "onderwijs", ""),
]  # fmt: skip
NOT_SEEN = "its value is not understood"


def polarities(file: CodingFile) -> list[tuple]:
    return [(row["coder"], row["code"], row.get("dropped")) for row in file.rows if row["scheme"] == "polarity"]


@pytest.mark.parametrize("said", ["", '[codes.polarity]\n"K-" = ""\n'])
def test_a_cell_that_is_not_understood_is_not_seen_and_stays_an_open_question(tmp_path: Path, said: str) -> None:
    (tmp_path / "mapping.toml").write_text(said, encoding="utf-8")
    file = read(write(tmp_path, blad=POLARITIES), context(mapping=read_mapping(tmp_path / "mapping.toml")))
    # Of a coder of whom nothing was understood, an empty cell says nothing either.
    assert polarities(file) == [("Griet", "knelpunt", None), ("Griet", None, None), ("Sofie", None, NOT_SEEN)]
    messages = [notice.message for notice in file.notices]
    assert "1 cells for polarity are no value of it and count as not seen: 'K-' (1x)" in messages
    assert Proposal(("codes", "polarity"), "K-", "", "not understood: say which value it is") in file.proposals


@pytest.mark.parametrize("name", ["codes.xlsx", "codes.csv"])
def test_a_question_mark_is_not_decided_and_not_looked_at_without_a_code(tmp_path: Path, name: str) -> None:
    rows = [
        ("session", "quote", "coder", "theme", "polarity"),
        (FIRST, BUS, "An", "vervoer", "?"), (FIRST, SCHOOL, "An", "?", "kans"), (SECOND, SHOP, "An", "winkel", "-"),
    ]  # fmt: skip
    file = read(write(tmp_path, name, blad=rows))
    assert polarities(file) == [
        ("An", None, "its coder wrote a question mark"), ("An", "kans", None), ("An", None, None),
    ]  # fmt: skip
    assert [row["code"] for row in file.rows if row["scheme"] == "theme"] == ["vervoer", None, "winkel"]
    said = "cells for {} hold a question mark: not decided, and counted as not seen"
    messages = {notice.message for notice in file.notices}
    assert {f"1 {said.format('polarity')}", f"1 {said.format('theme')}"} <= messages
    (tmp_path / "mapping.toml").write_text('[codes.polarity]\n"kans" = "?"\n', encoding="utf-8")
    doubted = read(write(tmp_path, name, blad=rows), context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert name.endswith("csv") or polarities(doubted)[1] == ("An", None, "its coder wrote a question mark")
    mapped = read(write(tmp_path, name, blad=rows), context(mapping=StudyMapping(codes={"polarity": {"?": "geen"}})))
    assert name.endswith("csv") or polarities(mapped)[0] == ("An", None, None)


@pytest.mark.parametrize(("value", "code"), [("knelpunt", "knelpunt"), ("geen", None), ("neutraal", None)])
def test_a_cell_of_which_a_person_said_the_value_is_seen(tmp_path: Path, value: str, code: str | None) -> None:
    (tmp_path / "mapping.toml").write_text(f'[codes.polarity]\n"k-" = "{value}"\n', encoding="utf-8")
    file = read(write(tmp_path, blad=POLARITIES), context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert polarities(file)[2:] == [("Sofie", code, None), ("Sofie", None, None)]
    assert not [notice for notice in file.notices if "no value" in notice.message]


def test_a_value_of_a_mapping_that_its_scheme_does_not_have_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('# wat\n[codes.polarity]\n"K+" = "kanss"  # waarom\n"K-" = "-"\n[codes.hat]\nzw = "paars"\n')
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    found = [(each.where, each.what, each.fix) for each in caught.value.problems]
    assert found[0] == (
        "mapping.toml, line 3", "gives 'K+' the value 'kanss', which polarity does not have",
        "Choose one of kans, knelpunt, geen",
    )  # fmt: skip
    assert [where for where, *_ in found] == ["mapping.toml, line 3", "mapping.toml, line 6"]


def test_a_code_of_a_mapping_that_the_codebook_does_not_have_is_refused(tmp_path: Path) -> None:
    mapping = StudyMapping(codes={"theme": {"bus": "vervor"}})
    path = write(tmp_path, blad=[("FG", "Citaat", "Thema"), ("FG1", BUS, "bus"), ("FG1", SCHOOL, "onderwijs")])
    with pytest.raises(InputError, match="gives 'bus' the code 'vervor', which the codebook does not have") as caught:
        read(path, context(mapping=mapping, codes={"theme": ("vervoer", "onderwijs")}))
    assert [each.where for each in caught.value.problems] == ["mapping.toml, [codes.theme]"]


def test_a_column_in_which_a_coder_wrote_nothing_is_no_coding(tmp_path: Path) -> None:
    head, *rows = [("FG", "Citaat", "Thema", "Hoed"), ("FG1", BUS, "vervoer", ""), ("FG1", SCHOOL, "onderwijs", "")]
    file = read(write(tmp_path, blad=[head, *rows]))
    assert {row["scheme"] for row in file.rows} == {"theme"}
    assert "codes left every cell for hat empty: that is no coding" in [notice.message for notice in file.notices]
    own = write(tmp_path, "griet.csv", blad=[("session", "quote", "theme", "hat"), *rows])
    file = read(own)
    assert {row["scheme"] for row in file.rows} == {"theme"}
    assert file.notices[0].message == "griet left every cell for hat empty: that is no coding"
    # A dash says that the coder looked.
    looked = read(write(tmp_path, "an.csv", blad=[("session", "quote", "theme", "hat"), ("FG1", BUS, "vervoer", "-")]))
    assert [(row["scheme"], row["code"]) for row in looked.rows] == [("theme", "vervoer"), ("hat", None)]


def test_a_sentence_in_the_column_of_sessions_is_named_by_its_place_only(tmp_path: Path) -> None:
    typed = "Els van de dienst zei dat haar zoon al maanden thuis zit"
    rows = [
        ("FG", "Citaat", "Thema"),
        ("FG1", BUS, "vervoer"),
        (typed, SCHOOL, "onderwijs"),
        ("Els weet het.", SHOP, "x"),
    ]
    file = read(write(tmp_path, blad=rows))
    said = [*(notice.message for notice in file.notices), *(f"{each.key} {each.value}" for each in file.proposals)]
    assert not [text for text in said if "Els" in text]
    found = {notice.where: notice.message for notice in file.notices}
    assert found["codes.xlsx, rows 3, 4"] == "holds a sentence where the name of a session should stand"
    places = [(row["session"], row["code"]) for row in file.rows]
    assert places[0] == (FIRST, "vervoer") and len(places) == 3


HEAD = ("FG", "Citaat", "Thema", "Kans/knelpunt")
ABOVE = [HEAD, ("FG1", BUS, "vervoer", "knelpunt"), ("FG1", SCHOOL, "onderwijs", "kans")]
READ = [(FIRST, "theme", "vervoer"), (FIRST, "polarity", "knelpunt"), (FIRST, "theme", "onderwijs"),
        (FIRST, "polarity", "kans")]  # fmt: skip
SECOND_READ = [(SECOND, "theme", "winkel"), (SECOND, "polarity", "knelpunt")]
BELOW = ("FG2", SHOP, "winkel", "knelpunt")


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        ([*ABOVE, (), ("Tweede ronde",), HEAD, BELOW], SECOND_READ),
        ([*ABOVE, HEAD, BELOW], SECOND_READ),
        ([(*HEAD, None, *HEAD), (*ABOVE[1], None, *BELOW), ABOVE[2]], SECOND_READ),
        ([*ABOVE, (), ("Citaat", "Subthema", "Sentiment"), (SHOP, "brood", "negatief")],
         [(None, "subtheme", "brood"), (None, "sentiment", "negatief")]),
    ],
)  # fmt: skip
def test_a_second_table_on_a_sheet_is_read_under_its_own_headers(tmp_path: Path, rows: list, more: list) -> None:
    path = write(tmp_path, blad=rows)
    file = read(path)
    assert [each[1:] for each in codes(file)] == [*READ, *more]
    assert len({row["row_id"] for row in file.rows}) == len(file.rows)
    add_proposals(tmp_path / "mapping.toml", file.proposals)
    again = read(path, context(mapping=read_mapping(tmp_path / "mapping.toml")))
    assert Counter(codes(again)) == Counter(codes(file))


@pytest.mark.parametrize("titles", [("Codeur An", "Codeur Bo"), ("An", "Karim")])
def test_tables_beside_each_other_under_the_names_of_coders_are_theirs(tmp_path: Path, titles: tuple) -> None:
    head = ("Citaat", "Thema")
    rows = [(titles[0], None, None, titles[1]), (*head, None, *head), (BUS, "vervoer", None, BUS, "bus"),
            (SCHOOL, "les", None, SHOP, "winkel")]  # fmt: skip
    file = read(write(tmp_path, blad=rows))
    whose = [title.split()[-1] for title in titles]
    assert [(who, code) for who, _, _, code in codes(file)] == [
        (whose[0], "vervoer"), (whose[0], "les"), (whose[1], "bus"), (whose[1], "winkel"),
    ]  # fmt: skip
    assert not [each for each in file.notices if "not used" in each.message]


def test_a_title_that_names_a_version_or_a_subject_is_no_coder(tmp_path: Path) -> None:
    head = ("Citaat", "Thema")
    rows = [("Codes wonen", None, None, "Versie definitief"), (*head, None, *head), (BUS, "vervoer", None, SHOP, "bus")]
    assert {who for who, *_ in codes(read(write(tmp_path, blad=rows)))}.isdisjoint({"wonen", "definitief"})


def test_tables_of_counts_and_of_codes_beside_codings_are_no_codings(tmp_path: Path) -> None:
    legend = ("Code", "Betekenis"), ("vervoer", "alles over de bus"), ("onderwijs", "alles over de school")
    rows = [(*mine, None, *theirs) for mine, theirs in zip(ABOVE, legend, strict=True)]
    file = read(write(tmp_path, blad=[*rows, (), ("Thema", "Aantal"), ("vervoer", 1), ("onderwijs", 1)]))
    assert [each[1:] for each in codes(file)] == READ
    assert [row["code"] for row in file.codebook] == ["vervoer", "onderwijs"]
    messages = [(each.where, each.message) for each in file.notices]
    assert ("codes.xlsx, blad", "holds 3 tables, of which 2 are read") in messages
    assert any(
        message.startswith("4 cells with words are not used: blad!A5, blad!B5, blad!A6") for _, message in messages
    )


def test_sheets_columns_and_cells_of_codings_that_are_not_used_are_named_with_how_to_mend_it(tmp_path: Path) -> None:
    rows = [
        ("versie 3",),
        (*HEAD, "Zekerheid"),
        (*ABOVE[1], "hoog"),
        ABOVE[2],
        (None, None, None, None, None, "nog eens zien"),
    ]
    file = read(write(tmp_path, blad=rows, uitleg=[("Lees dit eerst, voor u begint.",), ("Dank u wel.",)]))
    messages = {each.message for each in file.notices}
    assert "not used: the columns 'Zekerheid', 'kolom 6'; name them in mapping.toml to read them" in messages
    told = "2 cells with words are not used: blad!A1, blad!F5; beside a text, under a header that mapping.toml names, "
    assert f"{told}they are read" in messages
    assert "holds no codings that are understood, and is not read" in messages
