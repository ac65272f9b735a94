"""Sheets of other shapes than a remark a row: hats or people as columns, surveys, a sheet a hat, lists of people."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from workbooks import write_book

from pipeline.readers import read_source
from pipeline.readers.sheets.shapes import is_contact, read_people
from pipeline.readers.sources import Reading

BUS = "de bus naar het dorp rijdt niet meer"
ZAAL = "wij komen elke week samen in de zaal"
TUIN = "maak van het plein een moestuin"


def read(folder: Path, **sheets: list[tuple]) -> Reading:
    (reading,) = read_source(write_book(folder / "notities.xlsx", **sheets), "notities.xlsx")
    return reading


def said(reading: Reading) -> list[tuple]:
    kinds = ("turn", "statement", "note")
    return [(r["speaker"], r["hat_given"], r["text"]) for r in reading.utterances if r["kind"] in kinds]


def test_hats_as_columns_and_people_as_rows(tmp_path: Path) -> None:
    rows = [
        ("Wat werd er gezegd in maart?",),
        ("", "⚪ feiten", "zwarte hoed", "Geel (goed)", "Leeftijd"),
        ("Tuur", BUS, "- te ver\n- te duur voor wie alleen woont", "", 64),
        ("mevr. Stuyck", "", "/", ZAAL, 71),
        ("opgemaakt door de wijkwerker",),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert said(reading) == [
        ("Tuur", "wit", BUS),
        ("Tuur", "zwart", "te ver"),
        ("Tuur", "zwart", "te duur voor wie alleen woont"),
        ("mevr. Stuyck", "zwart", "/"),
        ("mevr. Stuyck", "geel", ZAAL),
    ]
    ages = {row["subject"]: row["value"] for row in reading.attributes if row["name"] == "Leeftijd"}
    assert ages == {"Tuur": "64", "mevr. Stuyck": "71"}
    assert any(
        "lines of who typed the sheet" in notice.message for notice in (*reading.source.notices, *reading.notices)
    )


def test_hats_as_rows_and_people_as_columns(tmp_path: Path) -> None:
    rows = [("", "Tuur", "Hafida"), ("wit", BUS, ""), ("zwart", "", "te ver voor ons"), ("groen", TUIN, ZAAL)]
    assert said(read(tmp_path, Blad1=rows)) == [
        ("Tuur", "wit", BUS),
        ("Hafida", "zwart", "te ver voor ons"),
        ("Tuur", "groen", TUIN),
        ("Hafida", "groen", ZAAL),
    ]


def test_columns_of_crosses_below_hats_are_no_remarks(tmp_path: Path) -> None:
    rows = [("Uitspraak", "wit", "zwart"), (BUS, "x", ""), (ZAAL, "", "x")]
    assert said(read(tmp_path, Blad1=rows)) == [(None, "wit", BUS), (None, "zwart", ZAAL)]


def test_crosses_below_short_forms_of_hats_with_a_legend_at_the_end(tmp_path: Path) -> None:
    rows = [("wie", "wat", "Zw", "G", "N"), ("Tuur", BUS, "x", "", ""), ("Lot", TUIN, "", "", "X"),
            ("Lot", ZAAL, "x", "x", ""), ("", "Zw=zwart G=geel N=groen", "", "", "")]  # fmt: skip
    reading = read(tmp_path, Blad1=rows)
    assert said(reading) == [("Tuur", "zwart", BUS), ("Lot", "groen", TUIN), ("Lot", None, ZAAL)]
    messages = " ".join(notice.message for notice in (*reading.source.notices, *reading.notices))
    assert "1 rows bear a cross below more than one hat" in messages
    assert "1 rows are totals, legends or lines" in messages
    assert reading.attributes == ()


BLOCKS = [("Wanneer", "wie", "hoed", "wat"), ("4 maart", "Tuur", "wit", BUS), ("", "Lot", "", "twee bussen per dag"),
          ("", "Tuur", "geel", ZAAL), ("11 maart", "Lot", "", "drie haltes zijn weg"), ("", "Mia", "groen", TUIN),
          ("", "Lot", "", "en een bank erbij")]  # fmt: skip


def test_days_and_hats_that_are_written_once_for_a_block_of_rows(tmp_path: Path) -> None:
    reading = read(tmp_path, Blad1=BLOCKS)
    assert [hat for _, hat, _ in said(reading)] == ["wit", "wit", "geel", None, "groen", "groen"]
    sessions = [row["session"] for row in reading.utterances if row["kind"] in ("turn", "statement")]
    assert len(set(sessions[:3])) == len(set(sessions[3:])) == 1
    assert sessions[0] != sessions[3]
    messages = " ".join(notice.message for notice in (*reading.source.notices, *reading.notices))
    assert "2 empty cells below 'hoed' are read as the one above" in messages


def test_an_empty_cell_says_nothing_where_hats_return(tmp_path: Path) -> None:
    hats = ("wit", "", "wit", "geel", "", "wit")
    rows = [("wie", "hoed", "wat"), *((f"D{i}", hat, f"{BUS} {i}") for i, hat in enumerate(hats, 1))]
    assert [hat or "" for _, hat, _ in said(read(tmp_path, Blad1=rows))] == [*hats]


def test_days_of_single_messages_are_no_sessions(tmp_path: Path) -> None:
    rows = [("datum", "naam", "bericht", "uitspraak"), ("2024-05-01", "Tuur", 1, BUS), ("2024-05-02", "Lot", 2, ZAAL),
            ("2024-05-02", "Mia", 3, TUIN)]  # fmt: skip
    assert len({row["session"] for row in read(tmp_path, Blad1=rows).utterances}) == 1


def test_headers_below_titles_without_a_word_for_the_text(tmp_path: Path) -> None:
    rows = [("Focusgroepen wijkbus",), ("getikt in juni",), ("FG", "muts", "wie?", "woord voor woord"),
            (1, "Zwart", "Tuur", BUS), (1, "geel", "Lot", ZAAL), (2, "groen", "Mia", TUIN)]  # fmt: skip
    reading = read(tmp_path, Blad1=rows)
    assert said(reading) == [("Tuur", "zwart", BUS), ("Lot", "geel", ZAAL), ("Mia", "groen", TUIN)]
    assert len({row["session"] for row in reading.utterances if row["kind"] == "turn"}) == 2


def test_a_sheet_a_hat_with_the_evening_of_each_remark_and_a_sheet_about_them(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        info=[("de rode hoed bleef liggen op tafel",)],
        hoed_wit=[("Wie", "Avond", "Uitspraak"), ("Tuur", 1, BUS), ("Lot", 2, ZAAL)],
        hoed_groen=[("Wie", "Avond", "Uitspraak"), ("Lot", 2, TUIN)],
    )
    assert sorted(said(reading)) == [("Lot", "groen", TUIN), ("Lot", "wit", ZAAL), ("Tuur", "wit", BUS)]
    assert len({row["session"] for row in reading.utterances if row["kind"] == "turn"}) == 2
    notices = (*reading.source.notices, *reading.notices)
    assert any("is about the other sheets by its name, and is not read" in each.message for each in notices)


@pytest.mark.parametrize(
    ("header", "given", "expected"),
    [
        ("Code", ("B-09", "B-10"), ("B-09", "B-10")),
        ("nr", ("2041", "2042"), ("2041", "2042")),
        ("nr", ("1", "2"), ("R1", "R2")),
        ("postcode", ("9000", "8500"), ("R1", "R2")),
    ],
)
def test_respondents_keep_the_codes_of_the_sheet(
    tmp_path: Path, header: str, given: tuple[str, str], expected: tuple[str, str]
) -> None:
    rows = [("Wanneer ingevuld", header, "Wat loopt er goed?", "Wat moet er beter?"),
            ("2024/05/01 10:11", given[0], ZAAL, BUS), ("2024/05/01 11:12", given[1], ZAAL, TUIN)]  # fmt: skip
    assert {speaker for speaker, _, _ in said(read(tmp_path, Export=rows))} == {*expected}


def test_a_sheet_a_hat_with_and_without_headers_and_a_list_of_people(tmp_path: Path) -> None:
    people = [("voornaam", "naam", "afdeling"), ("Lot", "Lot Hermans", "keramiek"), ("Carlo", "Carlo Pieters", "koor")]
    reading = read(
        tmp_path,
        deelnemers=[*people, ("genoteerd door Imke",)],
        WIT=[("wie", "wat"), ("Lot", BUS)],
        **{
            "ZWART!": [("Carlo", "wie wil leren wacht nu twee jaar"), ("Lot", "er is maar één kraan voor ons allemaal")]
        },
        **{"groen - ideeën": [("Carlo", TUIN)]},
    )
    assert said(reading) == [
        ("Lot Hermans", "wit", BUS),
        ("Carlo Pieters", "zwart", "wie wil leren wacht nu twee jaar"),
        ("Lot Hermans", "zwart", "er is maar één kraan voor ons allemaal"),
        ("Carlo Pieters", "groen", TUIN),
    ]
    assert {row["session"] for row in reading.utterances} == {"notities"}
    assert {row["speaker"]: row["organisation"] for row in reading.speakers} == {
        "Lot Hermans": "keramiek",
        "Carlo Pieters": "koor",
    }


def test_a_list_of_remarks_is_no_list_of_people() -> None:
    assert read_people("Blad1", [(1, ["naam", "uitspraak"]), (2, ["Lot", BUS])]) == []
    assert read_people("deelnemers", [(1, ["naam", "code"]), (2, ["Lot Hermans", "LH"])])[0].aliases == ("LH",)


LIMESURVEY = [
    ("id", "submitdate", "startlanguage", "G01Q01", "G02Q02", "G02Q03"),
    ("Antwoord-ID", "Datum ingestuurd", "Starttaal", "Hoe oud bent u?",
     "<p>Zet de <b>zwarte hoed</b> op: wat gaat mis?</p>", "Zet de gele hoed op: wat gaat goed?"),
    (4, "2024-03-01 10:22", "nl", "64", BUS, ZAAL),
    (7, "2024-03-01 18:40", "nl", "71", "", TUIN),
]  # fmt: skip
QUALTRICS = [
    ("StartDate", "IPAddress", "ResponseId", "Q1", "Q2"),
    ("Start Date", "IP Address", "Response ID", "Wat gaat er mis met de zwarte hoed op?", "Wat gaat goed (gele hoed)?"),
    ('{"ImportId":"startDate"}', '{"ImportId":"ipAddress"}', '{"ImportId":"_recordId"}', '{"ImportId":"QID1"}', ""),
    ("2024-03-01 10:22:10", "10.0.0.1", "4", BUS, ZAAL),
    ("2024-03-01 10:40:10", "10.0.0.2", "7", "", TUIN),
]
SURVEYMONKEY = [
    (
        "Respondent ID",
        "Email Address",
        "Wat gaat er mis? (zwarte hoed)",
        "Welke wijk?",
        "En wat gaat goed? (gele hoed)",
    ),
    ("", "", "Open-Ended Response", "Response", "Open-Ended Response"),
    (4, "a@example.org", BUS, "Noord", ZAAL),
    (7, "b@example.org", "", "Zuid", TUIN),
]
FORMS = [
    ("ID", "Begintijd", "E-mail", "Naam", "Zwarte hoed: wat gaat er mis", "Gele hoed: wat gaat er goed"),
    (4, "2024-03-01 10:22", "anonymous", "anonymous", BUS, ZAAL),
    (7, "2024-03-01 10:24", "anonymous", "anonymous", "", TUIN),
]


@pytest.mark.parametrize("rows", [LIMESURVEY, QUALTRICS, SURVEYMONKEY, FORMS])
def test_exports_of_surveys(tmp_path: Path, rows: list[tuple]) -> None:
    reading = read(tmp_path, Export=rows)
    assert said(reading) == [("4", "zwart", BUS), ("4", "geel", ZAAL), ("7", "geel", TUIN)]
    questions = {row["value"] for row in reading.attributes if row["name"] == "vraag"}
    assert len(questions) == 2
    assert not any("<" in question for question in questions)
    kept = {row["value"] for row in reading.attributes}
    assert not kept & {"a@example.org", "10.0.0.1", '{"ImportId":"QID1"}', "Open-Ended Response"}


def test_a_survey_below_titles_with_closed_questions_between(tmp_path: Path) -> None:
    rows = [
        ("Bevraging opvang",),
        ("getrokken in juli",),
        ("Nr", "Uw naam", "Tevreden (1-5)", "Wat loopt er goed?", "Wat moet er beter?", "Mogen we u contacteren?"),
        (1, "Els T.", 4, ZAAL, BUS, "ja"),
        (2, "Tarik", 2, "", TUIN, "nee"),
    ]
    reading = read(tmp_path, Export=rows, draaitabel=[("Tevreden", "Aantal"), (4, 1), (2, 1)])
    assert said(reading) == [("Els T.", None, ZAAL), ("Els T.", None, BUS), ("Tarik", None, TUIN)]
    given = {(row["subject"], row["name"]): row["value"] for row in reading.attributes if row["of"] == "speaker"}
    assert given["Tarik", "Tevreden (1-5)"] == "2"


@pytest.mark.parametrize(
    ("above", "letters"),
    [(("W=wit Z=zwart G=geel N=groen (nieuw)",), "WZGN"), (None, ("w", "Zw.", "ge", "gr."))],
)
def test_short_forms_of_hats_and_what_the_sheet_says_of_them(tmp_path: Path, above: tuple, letters: str) -> None:
    rows = [("Nr", "Tafel", "Hoed", "Tekst", "Van wie")]
    rows += [(i, 2, hat, f"{BUS} {i}", "Mia") for i, hat in enumerate(letters, start=1)]
    reading = read(tmp_path, Blad1=[*([above] if above else []), *rows, ("", "", "", "overgetypt op 12/10", "")])
    assert said(reading) == [("Mia", hat, f"{BUS} {i}") for i, hat in enumerate(("wit", "zwart", "geel", "groen"), 1)]


def test_a_letter_that_may_be_two_hats_is_none_and_it_is_said(tmp_path: Path) -> None:
    reading = read(tmp_path, Blad1=[("Hoed", "Tekst"), ("g", BUS), ("w", ZAAL)])
    assert said(reading) == [(None, None, BUS), (None, "wit", ZAAL)]
    assert any(
        "1 cells in the column for hat that are not understood" in n.message
        for n in (*reading.source.notices, *reading.notices)
    )


def test_the_first_remark_of_a_sheet_without_headers_is_kept(tmp_path: Path) -> None:
    assert said(read(tmp_path, Blad1=[("Tuur", BUS), ("Hafida", ZAAL)])) == [
        ("Tuur", None, BUS),
        ("Hafida", None, ZAAL),
    ]


def test_comments_of_the_typist_are_no_remarks(tmp_path: Path) -> None:
    path = write_book(tmp_path / "notities.xlsx", Blad1=[("wie", "wat"), ("Tuur", BUS)])
    book = openpyxl.load_workbook(path)
    book.active["B2"].comment = Comment("nakijken met de dienst", "typist")
    book.save(path)
    (reading,) = read_source(path, path.name)
    assert said(reading) == [("Tuur", None, BUS)]


def test_columns_of_addresses() -> None:
    assert is_contact(["a@example.org", "", "b@example.org"])
    assert not is_contact(["2024-03-01", "64", "Noord"])


def test_hats_above_pairs_of_who_and_what(tmp_path: Path) -> None:
    rows = [
        ("WIT", "", "ZWART", ""),
        ("wie", "wat", "wie", "wat"),
        ("Tuur", BUS, "Hafida", ZAAL),
        ("Lot", TUIN, "", ""),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert said(reading) == [("Tuur", "wit", BUS), ("Hafida", "zwart", ZAAL), ("Lot", "wit", TUIN)]
    assert reading.attributes == ()


def test_columns_of_remarks_under_headings_that_ask_nothing(tmp_path: Path) -> None:
    rows = [
        ("Nr", "Wijk", "Sterk", "Werkpunten", "Vertaling"),
        (1, "Noord", ZAAL, BUS, BUS),
        (2, "Zuid", "", TUIN, TUIN),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert said(reading) == [("R1", None, ZAAL), ("R1", None, BUS), ("R2", None, TUIN)]
    questions = [row["value"] for row in reading.attributes if row["name"] == "vraag"]
    assert questions == ["Sterk", "Werkpunten", "Werkpunten"]
    notices = (*reading.source.notices, *reading.notices)
    assert any("'Sterk', 'Werkpunten' are read as remarks, by what is in them" in each.message for each in notices)


def test_questions_of_a_survey_that_each_ask_for_another_hat(tmp_path: Path) -> None:
    head = (
        "Tijdstempel", "Uw naam", "Wat zijn de feiten? Geen mening.", "Wat is er lastig?", "Welke voordelen ziet u?",
        "Hebt u ideeën?", "Wat voelt u als u aan de bus naar het dorp denkt?",
    )  # fmt: skip
    rows = [
        head,
        ("2024-03-01 10:22:10", "Tuur", BUS, "te ver voor ons", ZAAL, TUIN, "Moedeloos"),
        ("2024-03-01 10:25:10", "Hafida", ZAAL, "nvt", "", "meer banken", "fier en blij"),
    ]
    reading = read(tmp_path, Antwoorden=rows)
    assert said(reading) == [
        ("Tuur", "wit", BUS), ("Tuur", "zwart", "te ver voor ons"), ("Tuur", "geel", ZAAL), ("Tuur", "groen", TUIN),
        ("Tuur", "rood", "Moedeloos"), ("Hafida", "wit", ZAAL), ("Hafida", "zwart", "nvt"),
        ("Hafida", "groen", "meer banken"), ("Hafida", "rood", "fier en blij"),
    ]  # fmt: skip
    assert any("questions are read as hats" in n.message for n in (*reading.source.notices, *reading.notices))
    # Two questions for the good, none for facts: a survey of its own, without hats.
    other = [("Naam", "Wat loopt er goed?", "Wat is nog goed?", "Wat kan beter?", "Hoe voelt u zich hier in de zaal?")]
    other += [("Tuur", ZAAL, BUS, TUIN, "goed met de buren")]
    assert {hat for _, hat, _ in said(read(tmp_path, Antwoorden=other))} == {None}


def test_words_for_what_a_hat_is_about_in_a_column_of_hats_one_of_them_strange(tmp_path: Path) -> None:
    rows = [("Hoed", "Wie", "Opmerking"), ("FEITEN", "Tuur", BUS), ("MOEILIJK", "Hafida", ZAAL), ("GOED", "Tuur", TUIN)]
    rows += [
        ("IDEE", "Hafida", BUS + " en dat spijt"),
        ("GEVOEL", "Tuur", ZAAL + " graag"),
        ("blabla", "Tuur", TUIN * 2),
    ]
    assert [hat for _, hat, _ in said(read(tmp_path, Blad1=rows))] == ["wit", "zwart", "geel", "groen", "rood", None]
    themes = [("Kleur", "Wie", "Opmerking"), ("idee", "Tuur", BUS), ("bus", "Hafida", ZAAL), ("tuin", "Tuur", TUIN)]
    assert {hat for _, hat, _ in said(read(tmp_path, Blad1=themes))} == {None}


def test_a_column_of_colours_that_are_no_hats_beside_one_of_hats(tmp_path: Path) -> None:
    rows = [("Vak", "Text", "Color"), ("Witte hoed (feiten)", BUS, "light_blue"), ("Rode hoed", ZAAL, "light_blue")]
    assert said(read(tmp_path, Bord=rows)) == [(None, "wit", BUS), (None, "rood", ZAAL)]


def test_sessions_as_rows_below_hats(tmp_path: Path) -> None:
    rows = [("", "Wit", "Zwart"), ("Groep 1", BUS, "te ver voor ons"), ("Groep 2", ZAAL, TUIN)]
    reading = read(tmp_path, Blad1=rows)
    assert [(r["session"], r["speaker"], r["hat_given"]) for r in reading.utterances if r["kind"] == "statement"] == [
        ("Groep 1", None, "wit"), ("Groep 1", None, "zwart"), ("Groep 2", None, "wit"), ("Groep 2", None, "zwart"),
    ]  # fmt: skip


def test_numbers_of_participants_that_another_sheet_names(tmp_path: Path) -> None:
    rows = [("hoed", "dlnmr", "wat er gezegd is"), ("wit", 1, BUS), ("zwart", 2, ZAAL), ("groen", 1, TUIN)]
    people = [
        ("dlnmr", "naam", "rol"),
        (1, "Tuur Maes", "bewoner"),
        (2, "Hafida Amri", "ouder"),
        (9, "Els", "begeleider"),
    ]
    assert said(read(tmp_path, notities=rows, aanwezig=people)) == [
        ("Tuur Maes", "wit", BUS), ("Hafida Amri", "zwart", ZAAL), ("Tuur Maes", "groen", TUIN),
    ]  # fmt: skip
    # A column that is not in the list of people says nothing of who spoke.
    rows[0] = ("hoed", "aantal", "wat er gezegd is")
    assert {who for who, _, _ in said(read(tmp_path, notities=rows, aanwezig=people))} == {None}


def test_totals_below_people_as_columns_and_a_sheet_that_explains_codes(tmp_path: Path) -> None:
    rows = [("", "wie →", ""), ("", "Tuur", "Hafida"), ("WIT", BUS, ""), ("ZWART", "", "te ver voor ons"),
            ("GROEN", TUIN, ZAAL), ("totaal", 2, 2)]  # fmt: skip
    reading = read(tmp_path, groep=rows, codes=[("code", "betekenis"), ("VERV", "vervoer")])
    assert [who for who, _, _ in said(reading)] == ["Tuur", "Hafida", "Tuur", "Hafida"]


def test_sessions_as_columns_beside_hats_and_several_people_in_a_cell(tmp_path: Path) -> None:
    rows = [
        ("", "FG1 ouders – mei", "FG2 tieners – juni"),
        ("wit", f"Tuur: {BUS} / Mevr. Stuyck: het is 3 km / of 4", "Bo: een schooljaar is 36 weken"),
        ("zwart", "Tuur: te duur / te ver", "Bo: niemand vraagt ons iets"),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert {row["session"] for row in reading.sessions} == {"FG1 ouders – mei", "FG2 tieners – juni"}
    assert ("Tuur", "wit", BUS) in said(reading)
    assert ("Tuur", "zwart", "te duur / te ver") in said(reading)


def paint(folder: Path, rows: list[tuple], colours: list[tuple]) -> Reading:
    book = openpyxl.Workbook()
    for row, fills in zip(rows, colours, strict=True):
        book.active.append(row)
        for i, colour in enumerate(fills, start=1):
            if colour:
                book.active.cell(book.active.max_row, i).fill = PatternFill("solid", fgColor=colour)
    book.save(folder / "wand.xlsx")
    (reading,) = read_source(folder / "wand.xlsx", "wand.xlsx")
    return reading


GEEL, ROOD, GROEN = "FFFFFF00", "FFFF0000", "FF00B050"


def test_notes_in_the_colours_of_their_hats_anywhere_on_a_sheet(tmp_path: Path) -> None:
    rows = [
        ("briefjes van de wand",),
        ("de kleur is de hoed",),
        ("het plein ligt vol bladeren (An)", "een fontein voor de kinderen (Bo)"),
        ("ik ben bang voor die honden (anoniem)", "er is altijd iemand thuis (An)"),
        ("de kapper blijft open (Bo)", "het stoort mij al jaren (An)"),
    ]
    colours = [(), (), (ROOD, GROEN), (ROOD, GEEL), (GEEL, ROOD)]
    assert said(paint(tmp_path, rows, colours))[:3] == [
        ("An", "rood", "het plein ligt vol bladeren"),
        ("Bo", "groen", "een fontein voor de kinderen"),
        (None, "rood", "ik ben bang voor die honden"),
    ]


def test_rows_in_one_colour_each_are_no_notes_of_their_own(tmp_path: Path) -> None:
    rows = [("Wie", "Uitspraak"), ("An", BUS), ("Bo", TUIN), ("An", ZAAL)]
    reading = paint(tmp_path, rows, [(), (ROOD, ROOD), (GROEN, GROEN), (GEEL, GEEL)])
    assert said(reading) == [("An", "rood", BUS), ("Bo", "groen", TUIN), ("An", "geel", ZAAL)]


def test_a_long_header_for_the_name_with_a_remark_in_brackets(tmp_path: Path) -> None:
    rows = [
        ("Je naam (mag ook helemaal leeg blijven)", "Wat loopt er goed?", "Wat loopt er minder goed?"),
        ("Tuur", "iedereen helpt hier mee", BUS),
        ("Hafida", "we eten samen op dinsdag", "de zaal is te klein"),
    ]
    assert {who for who, _, _ in said(read(tmp_path, Blad1=rows))} == {"Tuur", "Hafida"}


def test_letters_in_brackets_behind_heads_and_groups_as_rows(tmp_path: Path) -> None:
    rows = [
        ("WG", "Waarnemingen (w)", "Gevoelens (r)", "Min (z)", "Plus (ge)"),
        ("WG 1 keuken", f"• {BUS}\n• een soep kost twee euro", "druk, veel te druk", "de rij is lang", "Anita lacht"),
        ("WG 2 parking", "er zijn honderd plaatsen", "", "geen licht achteraan", "de douches zijn proper"),
        ("TOTAAL opm.", 3, 1, 2, 2),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert len(reading.sessions) == 2
    assert said(reading)[:3] == [
        (None, "wit", BUS),
        (None, "wit", "een soep kost twee euro"),
        (None, "rood", "druk, veel te druk"),
    ]
    assert len(said(reading)) == 8


def test_sheets_that_are_called_after_letters_of_hats_and_names_that_return_in_other_sheets(tmp_path: Path) -> None:
    head = ("", "wie > wat", "telt")
    sheets = {
        "wit": [head, ("a", f"Fatma > {BUS}", 1), ("b", "Jan Koning > er staan zes huizen leeg", 1)],
        "zw": [head, ("a", "Gracia > wij horen nooit iets terug", 1)],
        "ge": [head, ("a", f"Fatma > {ZAAL}", 1), ("b", "Gracia > de huismeester helpt ons altijd", 1)],
    }
    assert said(read(tmp_path, **sheets)) == [
        ("Fatma", "wit", BUS),
        ("Jan Koning", "wit", "er staan zes huizen leeg"),
        ("Gracia", "zwart", "wij horen nooit iets terug"),
        ("Fatma", "geel", ZAAL),
        ("Gracia", "geel", "de huismeester helpt ons altijd"),
    ]


def test_sections_of_a_board_with_pictures_are_hats(tmp_path: Path) -> None:
    rows = [
        ("Sectie", "Tekst", "Auteur"),
        ("🤔 Feitjes", BUS, "Hugo"),
        ("❤️ Gevoel", "ik ben hier getrouwd, blijf er af", "Roos"),
        ("⚠️ Bezwaren", "twaalf graden in januari", "Anoniem"),
        ("💡 Ideeën", TUIN, "Hugo"),
    ]
    assert [(who, hat) for who, hat, _ in said(read(tmp_path, Blad1=rows))] == [
        ("Hugo", "wit"), ("Roos", "rood"), (None, "zwart"), ("Hugo", "groen"),
    ]  # fmt: skip


def test_segments_of_another_program_are_of_who_speaks_in_them(tmp_path: Path) -> None:
    rows = [
        ("Dokumentgroep", "Documentnaam", "Code", "Begin", "Segment", "Auteur"),
        ("Groepen", "FG Noord", "Hoeden > Wit", "2", f"Aukje: {BUS}", "mvdb"),
        ("Groepen", "FG Noord", "Hoeden > Zwart", "5", "Sjoerd: de wachtlijst is zes weken", "mvdb"),
        ("Groepen", "FG Zuid", "Hoeden > Groen", "7", f"Aukje: {TUIN}", "mvdb"),
    ]
    reading = read(tmp_path, Blad1=rows)
    assert [row["title"] or row["session"] for row in reading.sessions] == ["FG Noord", "FG Zuid"]
    assert said(reading) == [
        ("Aukje", "wit", BUS),
        ("Sjoerd", "zwart", "de wachtlijst is zes weken"),
        ("Aukje", "groen", TUIN),
    ]


def test_a_column_that_says_by_whom_a_remark_was_made(tmp_path: Path) -> None:
    rows = [("Uitspraak", "hoed?", "", "door"), (BUS, "W", "", "Ilse"), ("parkeren is een ramp", "Zw", "", "Firmin")]
    assert said(read(tmp_path, Blad1=rows)) == [
        ("Ilse", "wit", BUS),
        ("Firmin", "zwart", "parkeren is een ramp"),
    ]
