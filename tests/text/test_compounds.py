"""The compound splitter, on word lists of the test and on words split by hand."""

from pathlib import Path

import pytest

from models.training.compounds.evaluate import read_gold, score
from pipeline.text.compounds import MAX_PART_COST, WORDS_PATH, read_words, split_bases, split_compound

GOLD = Path(__file__).parents[1] / "golden" / "compounds.tsv"
MAX_BYTES = 1_000_000

FEW = {"zorg": 40, "vraag": 42, "opvoeding": 55, "huis": 36, "werk": 35, "huiswerk": 47, "kind": 38, "plein": 50}


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("zorgvraag", ("zorg", "vraag")),
        ("opvoedingsvraag", ("opvoedings", "vraag")),
        ("huiswerkvraag", ("huiswerk", "vraag")),
        ("huiswerk", ("huiswerk",)),
        ("kindzorgplein", ("kind", "zorg", "plein")),
        ("Zorg-plein", ("zorg", "plein")),
        ("OCMW-plein", ("ocmw", "plein")),
        ("plein", ("plein",)),
    ],
)
def test_a_word_is_split_where_known_words_meet(word: str, parts: tuple[str, ...]) -> None:
    assert split_compound(word, FEW) == parts


@pytest.mark.parametrize("word", ["", "-", "2024", "kwetsel", "zorgkwetsel", "ver", "é", "🙂", "huis" * 50])
def test_what_cannot_be_read_as_known_words_stays_whole(word: str) -> None:
    assert split_compound(word, FEW) == (word,)


def test_parts_put_together_are_the_word_without_its_hyphens() -> None:
    for gold in read_gold(GOLD, "dev") + read_gold(GOLD, "test"):
        word = "".join(gold)
        assert "".join(split_compound(word, read_words())) == word


def test_linking_sounds_are_taken_off_for_matching() -> None:
    assert split_bases("opvoedingsvraag", FEW) == ("opvoeding", "vraag")
    assert split_bases("opvoedingsondersteuning", read_words()) == ("opvoeding", "ondersteuning")
    assert split_bases("huis", FEW) == ("huis",)


def test_endings_that_are_words_too_are_no_parts() -> None:
    words = FEW | {"ster": 45, "begeleid": 52, "daar": 30, "over": 30}
    assert split_compound("begeleidster", words) == ("begeleidster",)
    assert split_compound("overwerk", words) == ("overwerk",)


def test_a_very_rare_part_is_not_trusted() -> None:
    assert split_compound("zorgkwets", FEW | {"kwets": MAX_PART_COST}) == ("zorg", "kwets")
    assert split_compound("zorgkwets", FEW | {"kwets": MAX_PART_COST + 1}) == ("zorgkwets",)


def test_the_bundled_list_is_small_sorted_and_lower_case() -> None:
    assert WORDS_PATH.stat().st_size <= MAX_BYTES
    words = list(read_words())
    assert words == sorted(words)
    assert all(word.isalpha() and word == word.lower() for word in words)


def test_precision_and_recall_on_words_split_by_hand() -> None:
    scores = score(read_gold(GOLD, "test"), read_words())
    assert scores.words >= 150
    assert scores.precision >= 0.95
    assert scores.recall >= 0.85


def test_the_scores_count_cuts() -> None:
    scores = score([("zorg", "vraag"), ("plein",), ("kwets", "plein")], FEW)
    assert (scores.precision, scores.recall, scores.whole_words) == (1.0, 0.5, pytest.approx(2 / 3))
    assert scores.wrong == (("kwets|plein", "kwetsplein"),)
