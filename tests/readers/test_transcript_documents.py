"""What notes that come out of documents ask of the reader of transcripts."""

import pytest

from pipeline.readers.notes import transcript
from pipeline.readers.sources import SourceText

RULE = "_" * 20


def read(text):
    return transcript.read(SourceText("tafel-03.txt", text, "0" * 64, "utf-8"))


def said(text, *columns):
    columns = columns or ("kind", "text")
    return [tuple(row[column] for column in columns) for row in read(text).utterances if row["kind"] != "layout"]


def test_notes_under_the_drawn_line_are_footnotes():
    assert said(f"D1: sinds toen\n\n{RULE}\n[1] In 2019.\n[2] D2: ook toen.\n") == [
        ("turn", "sinds toen"),
        ("footnote", "[1] In 2019."),
        ("footnote", "[2] D2: ook toen."),
    ]


@pytest.mark.parametrize("tail", ["D2: ja", "[1] noot\nD2: ja", "- punt"])
def test_a_drawn_line_above_talk_is_no_line_above_notes(tail):
    assert not [row for row in read(f"D1: een\n{RULE}\n{tail}").utterances if row["kind"] == "footnote"]


def test_a_word_broken_over_a_line_goes_on():
    text = "## Witte hoed\n\nde vrijwil-\nligers komen\n\nwij zeggen -\nja hoor\n"
    assert said(text) == [
        ("heading", "## Witte hoed"),
        ("statement", "de vrijwilligers komen"),
        ("statement", "wij zeggen -"),
        ("statement", "ja hoor"),
    ]


def test_a_heading_beside_that_of_the_notes_ends_them():
    text = "## Notities\n\nD1 (wit): een\n\n### D2\n\ntwee\n\n## D3\n\ndrie\n\n## Bespreking\n\nD1: vier\n"
    rows = [row for row in said(text, "kind", "speaker", "text", "section") if row[0] != "heading"]
    assert rows == [
        ("note", "D1", "een", "notities"),
        ("note", "D2", "twee", "notities"),
        ("note", "D3", "drie", "notities"),
        ("turn", "D1", "vier", None),
    ]


def test_marks_of_direction_do_not_hide_a_label():
    assert said("\u200eD1: een\n\u202bD2: twee\u202c\n", "speaker", "text") == [("D1", "een"), ("D2", "twee")]


def test_decomposed_accents_and_ligatures_come_out_whole():
    assert said("D1: ide\u0065\u0308n, cafe\u0301\n", "text") == [("ideën, café",)]
