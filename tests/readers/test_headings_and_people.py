"""Headings of hats in their many forms, and who sits at the table; all invented."""

import pytest
from written_notes import read, used

SHAPES = (
    ("* wit/feiten", "* gevoel =>", "* wat loopt mis (zwart)", "* positief", "* ideeen!!"),
    ("wit/feiten", "gevoel", "wat loopt mis (zwart)", "positief", "ideeën"),
    ("Feiten", "Gevoel", "Wat loopt er mis", "Wat gaat goed", "Ideeën"),
    ("Feiten:", "Gevoelens:", "Wat loopt er mis:", "Wat gaat goed:", "Ideeën:"),
)
REMARKS = (
    "An: de bus rijdt maar om het uur",
    "- Bob: ik ben bang op het kruispunt",
    "-- er is geen geld voor een fietspad",
    "An: de buren helpen elkaar goed",
    "- zet een zebrapad aan de school",
)


@pytest.mark.parametrize("headings", SHAPES)
def test_what_a_hat_is_about_opens_it_in_the_form_of_the_other_headings(headings):
    text = "Focusgroep 1\nAanwezig: An, Bob\n\n" + "\n".join(
        f"{head}\n{said}\n" for head, said in zip(headings, REMARKS, strict=True)
    )
    reading = read(text)
    assert [hat for _, hat, _ in used(reading)] == ["wit", "rood", "zwart", "geel", "groen"]
    assert [text for _, _, text in used(reading)] == [said.lstrip("- ").split(": ")[-1] for said in REMARKS]
    assert not any("look like headings" in notice.message for notice in reading.notices)


def test_a_heading_that_is_not_understood_is_counted_and_said():
    reading = read(f"Groep 1\n\n* wit\n{REMARKS[0]}\n\n* en verder\n{REMARKS[1]}\n\n* rondje slot =>\n{REMARKS[4]}\n")
    (said,) = [notice for notice in reading.notices if "look like headings" in notice.message]
    assert (said.where, said.message) == (
        "tafel.txt, line 6",
        "2 lines look like headings and are read as remarks: lines 6, 9",
    )


def test_words_about_another_hat_inside_one_are_no_heading():
    text = "Groep 1\n\nWITTE HOED\n- de cijfers\n- problemen:\n- geen bus\n\nZWARTE HOED\n- ideeën\n- het is er koud\n"
    assert {hat for _, hat, _ in used(read(text))} == {"wit", "zwart"}


@pytest.mark.parametrize(
    "head",
    [
        "Aanwezig: Joris (J), Samira (S), Wout (W)",
        "Aanwezig: Joris (J), Samira (S), Wout (W), Lien (leidt)",
        "Deelnemers: Joris Maes (JM), Samira Ali (SA), Wout Claes (WC)",
    ],
)
def test_the_name_of_one_participant_is_no_organisation_of_another(head):
    reading = read(
        f"Groep 1\n{head}\n\nWIT\nJoris: de bus zit vol\nSamira: er is één stalling\n- te druk (Wout, Joris akkoord)\n"
    )
    assert {row["organisation"] for row in reading.speakers} == {None}
    leads = [row["speaker"] for row in reading.speakers if row["role"] == "gespreksleider"]
    assert leads == (["Gespreksleider"] if "leidt" in head else [])
