import pytest

from pipeline.readers import read_text
from pipeline.readers.documents.document import Cell, Document, Paragraph, Table
from pipeline.readers.documents.rendering import render
from pipeline.readers.documents.tables import Setting, read_table


def grid(*rows):
    def cell(content):
        if isinstance(content, Cell):
            return content
        lines = (content,) if isinstance(content, str) else content
        return Cell(tuple(Paragraph(line, "¶ 1") if isinstance(line, str) else line for line in lines))

    return Table(tuple(tuple(cell(content) for content in row) for row in rows))


def lines(table, **setting):
    marks = {True: "## ", False: ""}
    return [
        f"{marks[p.heading > 0]}{'- ' if p.item else ''}{p.text}"
        for p in read_table(table, Setting(**setting))
        if p.text
    ]


def test_speaker_and_text():
    assert lines(grid(("D1", "wij komen"), ("GL", "en dan?"), ("", "stilte"))) == [
        "D1: wij komen",
        "GL: en dan?",
        "- stilte",
    ]


def test_names_count_when_they_return():
    talk = grid(("Karin", "Wij gaan samen."), ("Roos", "Ik niet."), ("Karin", "Jammer."), ("Roos", "Ja."))
    assert lines(talk) == ["Karin: Wij gaan samen.", "Roos: Ik niet.", "Karin: Jammer.", "Roos: Ja."]
    once = grid(("Karin", "Wij gaan samen."), ("Roos", "Ik niet."))
    assert lines(once) == ["Karin", "Wij gaan samen.", "Roos", "Ik niet."]


def test_columns_by_their_heads_in_any_order():
    rows = grid(("Uitspraak", "Tijd", "Spreker"), ("te steil", "0:12:03", "D2"), ("en nat", "00:12:09,5", "D1"))
    assert lines(rows) == ["[00:12:03] D2: te steil", "[00:12:09] D1: en nat"]


def test_columns_by_what_stands_in_them():
    rows = grid(("1", "00:01:00", "D1", "wij komen elke week"), ("2", "00:01:30", "D2", "ik ook, maar later"))
    assert lines(rows) == ["[00:01:00] D1: wij komen elke week", "[00:01:30] D2: ik ook, maar later"]


def test_hats_with_one_stretch_each_become_headings():
    rows = grid(("Hoed", "Wie", "Wat"), ("wit", "D1", "feit"), ("", "D2", "nog een"), ("Zwarte hoed", "D1", "gevaar"))
    assert lines(rows) == ["## Witte hoed", "D1: feit", "D2: nog een", "## Zwarte hoed", "D1: gevaar"]


def test_hats_that_alternate_or_stand_in_notes_go_with_the_text():
    rows = grid(("Hoed", "Wie", "Wat"), ("wit", "D1", "feit"), ("zwart", "D1", "gevaar"), ("wit", "D2", "feit"))
    assert lines(rows) == ["D1 (wit): feit", "D1 (zwart): gevaar", "D2 (wit): feit"]
    once = grid(("Hoed", "Wie", "Wat"), ("wit", "D1", "feit"), ("zwart", "D1", "gevaar"))
    assert lines(once, notes_level=1) == ["D1 (wit): feit", "D1 (zwart): gevaar"]
    nobody = grid(("Hoed", "Opmerking"), ("wit", "feit"), ("zwart", "gevaar"), ("wit", "meer"))
    assert lines(nobody) == ["- [wit] feit", "- [zwart] gevaar", "- [wit] meer"]


def test_hats_as_heads_of_columns_and_of_rows():
    columns = grid(("Wit", "Zwarte hoed", "geel"), ("a", "b", ""), ("c", ("d", "- e"), "f"))
    assert lines(columns) == [
        "## Witte hoed",
        "- a",
        "- c",
        "## Zwarte hoed",
        "- b",
        "- d",
        "- e",
        "## Gele hoed",
        "- f",
    ]
    who = grid(("", "Wit", "Zwart"), ("D1", "a", "b"), ("D2", "", "c"))
    assert lines(who) == ["## Witte hoed", "D1: a", "## Zwarte hoed", "D1: b", "D2: c"]
    rows = grid(("Witte hoed", ("een", "twee")), ("Zwarte hoed", ("drie",)))
    assert lines(rows) == ["## Witte hoed", "- een", "- twee", "## Zwarte hoed", "- drie"]


def test_banner_rows_are_headings_of_hats():
    rows = grid(("Witte hoed", ""), ("D1", "feit"), ("Zwarte hoed", ""), ("D2", "gevaar"))
    assert lines(rows) == ["## Witte hoed", "D1: feit", "## Zwarte hoed", "D2: gevaar"]


def test_merged_cells_say_the_same_again():
    rows = grid(("D1", "wit", "feit"), (Cell(goes_on=True), "zwart", "gevaar"), ("D2", "wit", "cijfer"))
    assert lines(rows) == ["D1 (wit): feit", "D1 (zwart): gevaar", "D2 (wit): cijfer"]


def test_fields_and_participants_of_a_header():
    fields = grid(("Datum", "14 maart 2024"), ("Deelnemers", ("D1 (bewoner)", "D2 (OCMW X)")), ("", "los"))
    assert lines(fields) == ["Datum: 14 maart 2024", "Deelnemers:", "- D1 (bewoner)", "- D2 (OCMW X)", "los"]
    voices = grid(("Code", "Organisatie"), ("D1", "vzw De Brug"), ("D2", "bewoner"))
    assert lines(voices) == ["Deelnemers:", "- D1 (vzw De Brug)", "- D2 (bewoner)"]
    bare = grid(("D1", "vzw De Brug"), ("D2", "bewoner"))
    assert lines(bare, lists_people=True) == ["- D1 (vzw De Brug)", "- D2 (bewoner)"]


def test_a_cell_with_a_list_keeps_it_under_its_speaker():
    item = Paragraph("een", "¶ 1", item="-")
    assert lines(grid(("D1", (item, item)), ("D2", "twee"))) == ["D1:", "- een", "- een", "D2: twee"]


def test_other_tables_are_read_cell_by_cell_and_unread_columns_counted():
    assert lines(grid(("Actie", "Wie doet het"), ("koffie", "Jos"))) == ["Actie", "Wie doet het", "koffie", "Jos"]
    inner = Cell((grid(("D1", "binnen"), ("D2", "ook binnen")),))
    assert lines(grid((inner,), ("buiten",))) == ["D1: binnen", "D2: ook binnen", "buiten"]
    rows = grid(("Wie", "Wat", "Kleurcode lijst"), ("D1", "wij komen", "xx"))
    source = render(Document([rows]), "a.docx", "", "utf-8", "docx")
    assert source.text == "D1: wij komen\n\n"
    assert "1 columns of tables are left out" in source.notices[0].message


@pytest.mark.parametrize("rows", [(), ((),), (("", ""),), (("D1",), ("D2", "x", "y")), (("D1", ""), ("D2", ""))])
def test_odd_tables_do_no_harm(rows):
    assert isinstance(lines(grid(*rows)), list)


def test_tables_read_as_notes_of_a_session():
    blocks = [
        Paragraph("Tafel 3", "¶ 1", is_title=True),
        Paragraph("Individuele notities", "¶ 2", heading=1),
        grid(("Deelnemer", "Hoed", "Notitie"), ("D1", "zwart", "te steil"), ("D2", "geel", "veel volk")),
        Paragraph("Bespreking", "¶ 3", heading=1),
        grid(("Hoed", "Wie", "Wat"), ("wit", "D1", "wij komen samen"), ("rood", "D2", "blij en moe")),
    ]
    source = render(Document(blocks), "tafel-03.docx", "", "utf-8", "docx")
    rows = [row for row in read_text(source).utterances if row["kind"] in ("note", "turn")]
    assert [(row["kind"], row["speaker"], row["hat_given"], row["text"]) for row in rows] == [
        ("note", "D1", "zwart", "te steil"),
        ("note", "D2", "geel", "veel volk"),
        ("turn", "D1", "wit", "wij komen samen"),
        ("turn", "D2", "rood", "blij en moe"),
    ]


def test_hats_with_a_word_below_each_above_people():
    talk = grid(
        ("", ("WIT", "cijfers"), ("ZWART", "zorgen"), ("ROOD", "buik")),
        ("mevr. Claes", "Zes bussen per dag.", ("De halte is weg.", "Het perron is glad."), "/"),
        ("Ilse", "/", "Geen dak.", "Ik sta er graag."),
    )
    assert lines(talk) == [
        "## Witte hoed",
        "mevr. Claes: Zes bussen per dag.",
        "## Zwarte hoed",
        "mevr. Claes: De halte is weg.",
        "mevr. Claes: Het perron is glad.",
        "Ilse: Geen dak.",
        "## Rode hoed",
        "Ilse: Ik sta er graag.",
    ]


def test_what_hats_are_about_above_columns_of_people():
    talk = grid(("Naam", "Feiten", "Gevaren", "Gevoel"), ("Ilse", "zes bussen", "geen dak", "graag"))
    assert lines(talk) == [
        "## Witte hoed", "Ilse: zes bussen", "## Zwarte hoed", "Ilse: geen dak", "## Rode hoed", "Ilse: graag",
    ]  # fmt: skip
    # Strengths and weaknesses are another analysis.
    swot = grid(("Sterktes", "Zwaktes", "Kansen"), ("de zaal", "de trap", "de markt"))
    assert lines(swot) == ["Sterktes", "Zwaktes", "Kansen", "de zaal", "de trap", "de markt"]


def test_people_above_columns_beside_hats():
    talk = grid(("", "Ilse", "Karim"), ("wit", "zes bussen per dag", ""), ("zwart", "geen dak daar", "glad is het"))
    assert lines(talk) == [
        "## Witte hoed", "Ilse: zes bussen per dag", "## Zwarte hoed", "Ilse: geen dak daar", "Karim: glad is het",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        (("", "Wit", "Zwart"), ("Groep 1", "zes bussen", "geen dak"), ("Groep 2", "", "glad perron")),
        (("", "Groep 1", "Groep 2"), ("Wit", "zes bussen", ""), ("Zwart", "geen dak", "glad perron")),
        (("Groep", "Hoed", "Uitspraak"), ("Groep 1", "wit", "zes bussen"), ("", "zwart", "geen dak"),
         ("Groep 2", "zwart", "glad perron")),
    ],
)  # fmt: skip
def test_sessions_and_hats_at_the_heads_of_rows_or_columns(rows):
    assert lines(grid(*rows)) == [
        "## Groep 1", "Sessie: Groep 1", "## Witte hoed", "- zes bussen", "## Zwarte hoed", "- geen dak",
        "## Groep 2", "Sessie: Groep 2", "## Zwarte hoed", "- glad perron",
    ]  # fmt: skip


def test_a_sheet_of_remarks_below_a_title_with_what_hats_are_about_and_sessions():
    head = ("Nr", "Tafel", "Onderwerp", "Hoed", "Citaat", "Door")
    talk = grid(
        ("Uitgewerkte versie", "", "", "", "", ""),
        head,
        ("1", "Haven", "bus", "feiten", "De bus rijdt om het uur.", "Ilse"),
        ("2", "Haven", "bus", "gevoel", "Ik wacht er graag.", "Karim"),
        head,
        ("3", "Dorp", "bus", "bezwaren", "Er is geen dak.", "Ilse"),
    )
    assert lines(talk) == [
        "Uitgewerkte versie",
        "## Sessie Haven", "Sessie: Haven", "## Witte hoed", "Ilse: De bus rijdt om het uur.",
        "## Rode hoed", "Karim: Ik wacht er graag.",
        "## Sessie Dorp", "Sessie: Dorp", "## Zwarte hoed", "Ilse: Er is geen dak.",
    ]  # fmt: skip


def test_cells_that_each_bear_the_name_of_a_hat():
    item = Paragraph("(Ouder 1) geen dak", "¶ 1", item="-")
    sheet = grid((("WIT – wat weten we", "zes bussen"), ("ZWART", item)), (("ROOD: gevoel", "graag"), "BLAUW\ntot mei"))
    assert lines(sheet) == [
        "## Witte hoed", "- zes bussen", "## Zwarte hoed", "- (Ouder 1) geen dak", "## Rode hoed", "- graag",
        "## Blauwe hoed", "- tot mei",
    ]  # fmt: skip


def test_a_table_in_each_row_of_a_form():
    def filled(*rows):
        return Cell((Paragraph("", "¶ 1"), grid(*rows)))

    form = grid(
        (("Witte hoed", "tien minuten"), filled(("mevrouw Claes", "zes bussen per dag"), ("", ""))),
        (("Zwarte hoed", "tien minuten"), filled(("neef van Lou", "geen dak"), ("mevrouw Claes", "glad perron"))),
        (("Rode hoed", "tien minuten"), filled(("mevrouw Claes", "blij"), ("neef van Lou", "boos"))),
    )
    assert lines(form) == [
        "## Witte hoed", "mevrouw Claes: zes bussen per dag",
        "## Zwarte hoed", "neef van Lou: geen dak", "mevrouw Claes: glad perron",
        "## Rode hoed", "mevrouw Claes: blij", "neef van Lou: boos",
    ]  # fmt: skip


def test_numbers_of_houses_are_who_spoke_and_themes_are_not():
    houses = grid(
        ("Zwarte hoed", ""), ("Woning 4", "De dakgoot\nlekt op mijn stoep."), ("Woning 9", "Veel lawaai."),
        ("Witte hoed", ""), ("Woning 4", "Er zijn zes bussen."),
    )  # fmt: skip
    assert lines(houses) == [
        "## Zwarte hoed", "Woning 4: De dakgoot lekt op mijn stoep.", "Woning 9: Veel lawaai.",
        "## Witte hoed", "Woning 4: Er zijn zes bussen.",
    ]  # fmt: skip
    themes = grid(
        ("Zwarte hoed", ""), ("Thema 1", "De goot lekt op de stoep."), ("Thema 2", "Veel lawaai in de straat."),
        ("Witte hoed", ""), ("Thema 1", "Er zijn zes bussen."),
    )  # fmt: skip
    assert not any(line.startswith("Thema 1:") for line in lines(themes))


def test_lines_of_a_cell_that_are_remarks_stay_apart():
    assert lines(grid(("D1", "te duur\nte ver"), ("D2", "Te laat.\nTe vol."))) == [
        "D1: te duur", "te ver", "D2: Te laat.", "Te vol.",
    ]  # fmt: skip


def test_lines_with_tabs_are_a_table_and_letters_are_explained_above_it():
    blocks = [
        Paragraph("W = wit, Z = zwart, N = groen", "¶ 1"),
        *(Paragraph(line, "¶ 2") for line in ("wat\twie\thoed", "zes bussen per dag\tIlse\tW",
          "een dak erbij zetten\tKarim\tN", "glad perron is dat\tIlse\tZ")),
        Paragraph("Tot slot koffie voor iedereen.", "¶ 3"),
    ]  # fmt: skip
    source = render(Document(blocks), "halte.docx", "", "utf-8", "docx")
    rows = [row for row in read_text(source).utterances if row["kind"] == "turn"]
    assert [(row["speaker"], row["hat_given"], row["text"]) for row in rows] == [
        ("Ilse", "wit", "zes bussen per dag"),
        ("Karim", "groen", "een dak erbij zetten"),
        ("Ilse", "zwart", "glad perron is dat"),
    ]
    # What stands below a table is nobody's.
    below = next(row for row in read_text(source).utterances if row["text"] == "Tot slot koffie voor iedereen.")
    assert (below["speaker"], below["hat_given"]) == (None, None)
    agenda = [Paragraph(line, "¶ 1") for line in ("19u\twelkom\tJos", "19u10\tbespreking\tJos", "21u\teinde\tJos")]
    assert "Jos:" not in render(Document(agenda), "halte.docx", "", "utf-8", "docx").text


def test_who_speaks_for_whom_beside_what_was_said():
    talk = grid(
        ("Naam", "Organisatie", "Wat werd gezegd"),
        ("Ilse", "vzw Halte", "De bus rijdt maar om het uur."),
        ("Karim", "bewoner", "Er is nergens een dak."),
        ("Ilse", "vzw Halte", "Dat perron is echt glad."),
    )
    assert lines(talk) == [
        "Deelnemers:", "- Ilse (vzw Halte)", "- Karim (bewoner)", "Ilse: De bus rijdt maar om het uur.",
        "Karim: Er is nergens een dak.", "Ilse: Dat perron is echt glad.",
    ]  # fmt: skip


def test_sessions_side_by_side():
    table = grid(
        ("Groep A", "Groep B"),
        (("Witte hoed", "Ilse: zes bussen per dag"), ("Witte hoed", "Lou: drie fietsen")),
        (("Rode hoed", "Ilse: blij en moe"), ("Rode hoed", "Lou: boos")),
    )
    assert lines(table) == [
        "## Groep A", "Sessie: Groep A", "## Witte hoed", "Ilse: zes bussen per dag", "## Rode hoed",
        "Ilse: blij en moe",
        "## Groep B", "Sessie: Groep B", "## Witte hoed", "Lou: drie fietsen", "## Rode hoed", "Lou: boos",
    ]  # fmt: skip


def test_a_form_bears_the_name_of_who_filled_it_in_once():
    rows = (("witte hoed", "acht tuintjes"), ("zwarte hoed", "slakken eten alles"), ("groene hoed", "een kas erbij"))
    for name in (("Naam: Firmin", ""), ("Naam", "Firmin")):
        assert lines(grid(name, *rows)) == [
            "## Witte hoed",
            "Firmin: acht tuintjes",
            "## Zwarte hoed",
            "Firmin: slakken eten alles",
            "## Groene hoed",
            "Firmin: een kas erbij",
        ]
    assert lines(grid(("Naam: ........", ""), *rows))[1] == "- acht tuintjes"
    # A name in a column of names is that of its row alone.
    talk = lines(grid(("Hoed", "Wie", "Wat"), ("wit", "Naam", "zes euro per uur"), ("zwart", "Bo", "niet te betalen")))
    assert talk == ["## Witte hoed", "Naam: zes euro per uur", "## Zwarte hoed", "Bo: niet te betalen"]


def test_letters_of_hats_as_heads_beside_names():
    letters = ("", "W", "Z", "G", "GR")
    rows = (
        ("Idris", "zes lampen stuk", "het is er donker", "", "een brug van hout"),
        ("« Beer »", "", "niemand ruimt op", "de vijver is mooi", ""),
    )
    assert lines(grid(letters, *rows)) == [
        "## Witte hoed",
        "Idris: zes lampen stuk",
        "## Zwarte hoed",
        "Idris: het is er donker",
        "Beer: niemand ruimt op",
        "## Gele hoed",
        "Beer: de vijver is mooi",
        "## Groene hoed",
        "Idris: een brug van hout",
    ]
    # Won, drawn and lost are no hats, nor is a G that may be two of them.
    for others in (("", "W", "G", "V"), ("", "W", "Z", "G")):
        table = grid(others, ("ploeg van An", "zes keer gewonnen", "een keer gelijk", "twee keer niet"))
        assert not any(line.startswith("##") for line in lines(table))


def test_van_heads_who_said_it_but_not_an_hour():
    rows = (("wit", "zes lampen zijn stuk", "Odile"), ("zwart", "het is er donker", "Firmin"))
    assert lines(grid(("hoed", "uitspraak", "van"), *rows)) == [
        "## Witte hoed",
        "Odile: zes lampen zijn stuk",
        "## Zwarte hoed",
        "Firmin: het is er donker",
    ]
    hours = grid(("van", "tot", "wat"), ("9u", "10u", "onthaal met koffie"), ("10u", "12u", "ronde van de hoeden"))
    assert not any(line.startswith(("9u:", "10u:")) for line in lines(hours))


def test_a_table_in_a_cell_beside_remarks_without_one_holds_remarks_too():
    pairs = grid(("An", "de bus rijdt om het uur"), ("Bob", "de halte is te ver weg"))
    rows = grid(
        ("Wit", Cell((pairs,))), ("Geel", ("Cor: de buren helpen elkaar elke dag goed", "An: het is er veilig"))
    )
    assert [line.removeprefix("- ") for line in lines(rows)] == [
        "## Witte hoed",
        "An: de bus rijdt om het uur",
        "Bob: de halte is te ver weg",
        "## Gele hoed",
        "Cor: de buren helpen elkaar elke dag goed",
        "An: het is er veilig",
    ]
