import pandas as pd
import pytest

from pipeline.analysis.tokens import TaggedToken, tokenize
from pipeline.text.languages import FUNCTION_WORDS, tell_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wij gaan vaak met de kinderen naar de speeltuin", "nl"),
        ("Ge moogt da nie zomaar doen he", "nl"),
        ("Die man gaat naar binnen en de pas blijft buiten", "nl"),
        ("De homework club is top, maar het is te duur", "nl"),
        ("'s Avonds zit m'n buur alleen thuis", "nl"),
        ("The mothers do not dare to ask for help", "en"),
        ("It was a bad year", "en"),
        ("Les mamans n'osent pas demander de l'aide", "fr"),
        ("J’habite ici depuis longtemps mais je ne connais personne", "fr"),
        ("Die Mütter haben keine Zeit und sind sehr müde", "de"),
        ("Ich weiß nicht, wo das Büro ist", "de"),
        ("Sorry!", "nl"),
        ("", "nl"),
        ("😀 👍🏽", "nl"),
        ("12 + 30 = 42", "nl"),
        ("Vijf euro per uur plus vervoer", "nl"),
        ("kast i.p.v. dozen", "nl"),
        ("S'avonds rijden bussen traag", "nl"),
        ("a me on", "nl"),
    ],
)
def test_telling_a_language(text, language):
    assert tell_language(text) == language


def test_one_foreign_word_beside_a_dutch_one_stays_dutch():
    assert tell_language("Dat heet the bridge geloof ik") == "nl"


def test_the_lists_are_in_lower_case_and_hold_words_of_their_own():
    for language, words in FUNCTION_WORDS.items():
        others = frozenset().union(*(known for other, known in FUNCTION_WORDS.items() if other != language))
        assert len(words - others) >= 50
        assert all(word == word.lower() for word in words)


class OneWord:
    name = "one"
    fingerprint = "1"

    def tag(self, texts):
        for _ in texts:
            yield [TaggedToken("boot", "boot", "NOUN", 0, False)]


def fragments_of(*texts: str, status: str = "used") -> pd.DataFrame:
    rows = [{"fragment_id": f"f-{i:012d}", "text": text, "status": status} for i, text in enumerate(texts)]
    return pd.DataFrame(rows)


def test_the_stage_of_tokens_names_fragments_that_are_not_dutch():
    english = ["They do not have the time for us"] * 12
    output = tokenize(fragments_of("Wij varen uit", "Nous ne savons pas", *english), tagger=OneWord())
    messages = [notice.message for notice in output.notices]
    assert messages[0].startswith("1 of 14 fragments looks French and not Dutch (f-000000000001); ")
    assert messages[1].startswith("12 of 14 fragments look English and not Dutch (f-000000000002, ")
    assert " and 2 more); " in messages[1]
    assert "savons" not in " ".join(messages)
    assert len(output.tables["tokens"]) == 14


def test_dutch_fragments_and_fragments_that_are_left_out_give_no_notice():
    assert tokenize(fragments_of("Wij varen uit"), tagger=OneWord()).notices == ()
    foreign = fragments_of("Nous ne savons pas", status="moderator")
    assert tokenize(foreign, tagger=OneWord()).notices == ()
