import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from invented import reread

from pipeline.text.normalisation import PAGE_NUMBER, normalise, note_marks, spell_out

NOTES_PAGE = "Een zin met noot1 erin.\n" + " " * 40 + "\n1 Met dank aan de bibliotheek.\n\n"


@pytest.mark.parametrize(
    ("slice_", "text"),
    [
        ("een\ntwee  drie", "een twee drie"),
        ("  een \n\n \n twee ", "een twee"),
        ("een\u00a0twee\u2009drie\x0cvier", "een twee drie vier"),
        ("sama-\nhorigheid", "samahorigheid"),
        ("sama- \n\n horigheid", "samahorigheid"),
        ("ge\u00adza\u00ad\nmen\u200blijk\ufeff", "gezamenlijk"),
        ("\u200eRechts \u2067en\u2069 woord\u2060delen", "Rechts en woorddelen"),
        ("idee\u0065\u0308n, e\u0301e\u0301n", "ideeën, één"),
        ("het OCMW\u2011team", "het OCMW-team"),
        ("het OCMW-\nteam", "het OCMW-team"),
        ("12-\n\n18-jarigen", "12-18-jarigen"),
        ("Noord-\nBrabant", "Noord-Brabant"),
        ("niet-\nleden en ex-\nvoorzitter", "niet-leden en ex-voorzitter"),
        ("lees- \nen speelhoek", "lees- en speelhoek"),
        ("het einde - \nofwel", "het einde - ofwel"),
        ("geen-woord-eind", "geen-woord-eind"),
        ("OCMW ’s bv. m.b.t. (…)", "OCMW ’s bv. m.b.t. (…)"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_rules(slice_, text):
    assert normalise(slice_).text == text


@pytest.mark.parametrize("number", ["9", "- 12 -", "Pagina 3 van 40", "p. 7", "12/40"])
def test_page_number_between_blank_lines_is_dropped(number):
    assert PAGE_NUMBER.fullmatch(number)
    assert normalise(f"de zin loopt\n\n \n{number} \n\ngewoon door").text == "de zin loopt gewoon door"


@pytest.mark.parametrize(
    ("slice_", "text"),
    [
        ("wij waren met\n12\nmensen", "wij waren met 12 mensen"),
        ("12", "12"),
        ("\n\n12\n\nmensen", "12 mensen"),
        ("mensen\n\n12\n\n", "mensen 12"),
        ("mensen\n\n12 jaar\n\nlater", "mensen 12 jaar later"),
    ],
)
def test_a_number_that_is_part_of_the_text_stays(slice_, text):
    assert normalise(slice_).text == text


def test_hyphen_is_rejoined_over_a_page_number():
    assert normalise("biblio-\n\n\n14\n\ntheek").text == "bibliotheek"


@pytest.mark.parametrize(
    ("slice_", "text"),
    [
        ("een woord3 erna", "een woord erna"),
        ("einde van de zin.3 Daarna", "einde van de zin. Daarna"),
        ("de OCMW ’s3", "de OCMW ’s"),
        ("een woord(4).", "een woord."),
        ("artikel 3 en (4) hier", "artikel 3 en (4) hier"),
        ("papier A3 en 2.3 en b33", "papier A3 en 2.3 en b33"),
        ("woord5", "woord5"),
    ],
)
def test_note_marks_go_only_where_they_stick_to_a_word(slice_, text):
    assert normalise(slice_, {"3", "(4)"}).text == text


def test_note_marks_of_a_document():
    assert note_marks(NOTES_PAGE) == {"1"}
    assert note_marks("Wij zijn met 3.\n\n1. Eerste punt\n") == frozenset()
    endnotes = "Lezen(1) en spelen(2).\n\n(1) Een huis.\n\n(2) Een tuin.\n\n(3) Geen noot.\n"
    assert note_marks(endnotes) == {"(1)", "(2)"}


def test_notes_that_do_not_follow_one_another_are_no_notes():
    assert note_marks("a\n" + " " * 40 + "\n1 Eerste noot.\n7 dagen later.\n2 Tweede noot.\n") == {"1", "2"}


def test_reread_knows_the_notes_of_its_document():
    end = NOTES_PAGE.index(".") + 1
    assert reread(NOTES_PAGE, 0, end) == "Een zin met noot erin."
    assert reread(NOTES_PAGE[:end], 0, end) == "Een zin met noot1 erin."


def test_ligatures_are_spelled_out():
    assert spell_out("\ufb01ets, ko\ufb03e, a\ufb02oop, \u0133s") == "fiets, koffie, afloop, ijs"


def test_span_takes_the_accents_of_its_last_letter():
    slice_ = "een cafe\u0301 en e\u0301e\u0301n"
    normalised = normalise(slice_)
    assert (normalised.text, normalised.span(4, 8)) == ("een café en één", (4, 9))
    assert normalised.span(12, 15) == (13, 18)


def test_span_leads_back_to_the_slice():
    slice_ = "Eerst dit. De biblio-\n  theek is open."
    normalised = normalise(slice_)
    start = normalised.text.index("bibliotheek")
    assert slice_[slice(*normalised.span(start, start + 11))] == "biblio-\n  theek"


pieces = st.sampled_from(
    [
        "a",
        "B",
        "zó",
        "3",
        "(4)",
        "-",
        " ",
        "\n",
        "\n\n",
        "\u00ad",
        "\u00a0",
        "\x0c",
        "12",
        ".",
        "en",
        "e\u0301",
        "\u0308",
        "\u2011",
    ]
)


@given(st.lists(pieces, max_size=30).map("".join))
@example("e\u0301\u0308\u0308")
def test_offsets_point_at_the_characters_of_the_text(slice_):
    normalised = normalise(slice_, {"3", "(4)"})
    assert len(normalised.offsets) == len(normalised.text)
    assert list(normalised.offsets) == sorted(set(normalised.offsets))
    for character, offset in zip(normalised.text, normalised.offsets, strict=True):
        end = normalised.accents.get(offset, offset) + 1
        raw = unicodedata.normalize("NFC", slice_[offset:end]).replace("\u2011", "-")
        letter = unicodedata.normalize("NFD", character)[0]
        assert character in raw or letter == raw[0] or (character == " " and raw[0].isspace())


@given(st.lists(pieces, max_size=30).map("".join))
def test_text_has_no_white_space_to_collapse(slice_):
    text = normalise(slice_).text
    assert text == " ".join(text.split())
