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
