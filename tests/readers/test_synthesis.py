import csv
from collections import Counter
from pathlib import Path

import pytest
from invented import reread

from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.readers import synthesis
from pipeline.readers.sources import SourceText, decode, decode_file

MINIATURE = Path(__file__).parents[1] / "data" / "miniature"
REAL = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "ocmw-dialoogtafels" / "eindsynthese.txt"


@pytest.fixture(scope="module")
def miniature():
    return synthesis.read(decode_file(MINIATURE / "eindsynthese.txt", "eindsynthese.txt"))


@pytest.fixture(scope="module")
def real():
    if not REAL.exists():
        pytest.skip("the real report is not in ../shared/corpus")
    return synthesis.read(decode_file(REAL, "eindsynthese.txt"))


def source_of(text):
    return SourceText("verslag.txt", text, "", "utf-8")


def rows_of(reading):
    codes = {}
    for row in reading.given_codings:
        codes.setdefault(row["unit"], []).append(f"{row['scheme']}={row['code']}")
    lines = {row["utterance_id"]: row["line"] for row in reading.utterances}
    for row in reading.utterances:
        last = reading.source.text.count("\n", 0, row["char_end"] - 1) + 1
        yield {
            "line_first": str(row["line"]),
            "line_last": str(last),
            "kind": str(row["kind"]),
            "block_line": str(lines[row["block"]]),
            "codes": ";".join(codes.get(row["utterance_id"], [])),
            "text": row["text"],
        }


def labels(reading, scheme):
    return {row["code"]: (row["parent"], row["label"]) for row in reading.codebook if row["scheme"] == scheme}


def assert_covers_every_visible_character_once(reading):
    covered = Counter(i for row in reading.utterances for i in range(row["char_start"], row["char_end"]))
    text = reading.source.text
    missed = [i for i, character in enumerate(text) if not character.isspace() and covered[i] != 1]
    assert missed == []


def assert_texts_can_be_read_again(reading):
    text = reading.source.text
    for row in reading.utterances:
        raw = text[row["char_start"] : row["char_end"]]
        assert reread(text, row["char_start"], row["char_end"]) == row["text"], row["utterance_id"]
        assert (row["raw"] if row["raw"] is not None else row["text"]) == raw, row["utterance_id"]


def test_miniature_is_read_as_expected_to_the_last_row(miniature):
    with (MINIATURE / "expected.csv").open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream))
    found = list(rows_of(miniature))
    for row, hand_made in zip(found, expected, strict=True):
        assert row == {**hand_made, "text": hand_made["text"] or row["text"]}


def test_miniature_covers_every_visible_character_once(miniature):
    assert_covers_every_visible_character_once(miniature)


def test_miniature_texts_can_be_read_again_at_their_place(miniature):
    assert_texts_can_be_read_again(miniature)


def test_miniature_codebook_comes_from_the_headings(miniature):
    assert labels(miniature, "function") == {
        "functie-1": (None, "samen dingen repareren"),
        "functie-2": (None, "gereedschap uitlenen"),
        "functie-3": (None, "het vak doorgeven aan jonge mensen"),
    }
    assert labels(miniature, "theme") == {
        "thema-1": (None, "Herstellen als opdracht van de buurt?"),
        "thema-2": (None, "Plaats en tijd om te herstellen in de buurt"),
    }
    assert labels(miniature, "polarity") == {"kans": (None, "Kansen"), "knelpunt": (None, "Knelpunten")}
    subthemes = labels(miniature, "subtheme")
    assert subthemes["1-kans-01"] == (
        "thema-1",
        "Herstellen brengt mensen bijeen die elkaar anders nooit zouden spreken",
    )
    assert subthemes["1-knelpunt-03.1"] == ("1-knelpunt-03", "De winkel om de hoek")
    assert subthemes["1-knelpunt-03.2"] == ("1-knelpunt-03", "16 jaar en ouder, of niet?")
    assert labels(miniature, "expectation")["verwachting-2.1"] == ("verwachting-2", "Gereedschap")


def test_miniature_heading_paths(miniature):
    paths = {row["line"]: row["heading_path"] for row in miniature.utterances}
    chapter = ["DEEL II Wat er gezegd werd", "Hoofdstuk 2 Kansen en knelpunten"]
    theme = [*chapter, "1. Herstellen als opdracht van de buurt?"]
    assert paths[39][1:] == ["Hoofdstuk 1 De werking vandaag in de OCMW ’s"]
    assert paths[61] == chapter
    assert paths[63] == theme
    assert paths[139] == [*theme, "Knelpunten", "Wat open bleef", "De winkel om de hoek"]
    assert paths[183][1:] == ["Hoofdstuk 3 Wat de deelnemers verwachten", "1. Erkenning"]
    assert paths[209] == ["DEEL III Besluit van de auteurs"]


def test_miniature_fits_the_schemas(miniature):
    # What ingest adds to a row when it merges sources.
    carried = {"given_codings": {"carried_from": [], "carried_to": []}}
    for name in ("utterances", "sessions", "codebook", "given_codings"):
        rows = [{**carried.get(name, {}), **row} for row in getattr(miniature, name)]
        assert len(table_from_rows(rows, name)) == len(rows) > 0


def test_miniature_says_what_is_odd(miniature):
    messages = " ".join(notice.message for notice in miniature.notices)
    assert "functie-3" in messages and "1 quotes without a closing mark" in messages
    assert all(notice.where == "eindsynthese.txt" for notice in miniature.notices)


def test_hats_are_not_read_off_the_structure(miniature):
    assert not any(row.get("hat_given") for row in miniature.utterances)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_do_not_matter(miniature, ending):
    data = miniature.source.text.replace("\n", ending).encode("utf-16")
    again = synthesis.read(decode(data, "eindsynthese.txt"))
    assert again.utterances == miniature.utterances


def test_glyphs_of_bullets_are_layout():
    text = (
        "Hoofdstuk 2\n\n1. De tuin\n\nKansen\n\nGroen\n\n• Er groeit munt.\n• Er groeit\nprei.\n\nKnelpunten\n\nDorst\n"
    )
    reading = synthesis.read(source_of(text))
    found = [(str(row["kind"]), row["text"]) for row in reading.utterances[4:8]]
    assert found == [
        ("layout", "•"),
        ("statement", "Er groeit munt."),
        ("layout", "•"),
        ("statement", "Er groeit prei."),
    ]
    assert_covers_every_visible_character_once(reading)


def test_a_report_without_parts_is_read():
    text = "Voorwoord\n\nHoofdstuk 1\n\n1. De tuin\n\nKansen\n\nGroen\n\n Er groeit munt.\n\nKnelpunten\n"
    reading = synthesis.read(source_of(text))
    codes = [(row["scheme"], row["code"]) for row in reading.given_codings]
    assert codes[:3] == [("theme", "thema-1"), ("subtheme", "1-kans-01"), ("polarity", "kans")]
    assert str(reading.utterances[0]["kind"]) == "author"


def test_labels_are_normalised_like_texts():
    text = "Hoofdstuk 2\n\n1. De moes-\ntuin\n\nKansen\n\nGroene vin-\ngers\n\n Er groeit munt.\n\nKnelpunten\n"
    reading = synthesis.read(source_of(text))
    assert labels(reading, "theme") == {"thema-1": (None, "De moestuin")}
    assert labels(reading, "subtheme") == {"1-kans-01": ("thema-1", "Groene vingers")}
    statement = next(row for row in reading.utterances if row["kind"] == "statement")
    assert statement["heading_path"] == ["Hoofdstuk 2", "1. De moestuin", "Kansen", "Groene vingers"]


def test_kansen_outside_a_theme_is_one_error_per_line_without_words_of_the_text():
    text = "Hoofdstuk 2\n\nKansen\n\n Er groeit munt.\n\nKnelpunten\n\n Te droog.\n"
    with pytest.raises(InputError) as error:
        synthesis.read(source_of(text))
    assert [problem.where for problem in error.value.problems] == ["verslag.txt, line 3", "verslag.txt, line 7"]
    assert "munt" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["Hoofdstuk 2\n\nKansen\n\nniets", "Kansen\n\nKnelpunten\n", "D1: kansen genoeg\nD2: knelpunten ook\n"],
)
def test_other_texts_are_not_recognised(text):
    assert not synthesis.recognises(source_of(text))


def test_real_report_is_recognised_and_covered_once(real):
    assert synthesis.recognises(real.source)
    assert_covers_every_visible_character_once(real)


def test_real_report_can_be_read_again_at_every_place(real):
    assert_texts_can_be_read_again(real)


def test_real_report_has_its_codes(real):
    schemes = Counter(str(row["scheme"]) for row in real.codebook)
    assert schemes == {"theme": 7, "polarity": 2, "subtheme": 45, "function": 8, "expectation": 16}


def test_real_report_has_its_statements_and_quotes(real):
    themed = {row["unit"] for row in real.given_codings if row["scheme"] == "theme"}
    kinds = Counter(str(row["kind"]) for row in real.utterances if row["utterance_id"] in themed)
    assert (kinds["statement"], kinds["quote"], kinds["paragraph"]) == (92, 96, 21)


def test_nothing_of_the_authors_is_coded(real):
    coded = {row["unit"] for row in real.given_codings}
    kinds = {str(row["kind"]) for row in real.utterances if row["utterance_id"] in coded}
    assert kinds == {"statement", "quote", "paragraph"}
