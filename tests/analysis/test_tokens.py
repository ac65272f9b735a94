import pandas as pd
import pytest
from invented import make_fragments

from pipeline.analysis.tokens import TaggedToken, is_content, tokenize
from pipeline.core.errors import Output


class SpaceTagger:
    """Splits on spaces: the lemma is the word in lower case, a stop word is a word of at most three letters."""

    name = "spaces"
    fingerprint = "spaces-1"

    def tag(self, texts):
        for text in texts:
            yield [TaggedToken(word, word.lower(), None, 0, len(word) <= 3) for word in text.split()]


def tokens_of(output: Output) -> list[tuple[str, int, str, str, bool]]:
    table = output.tables["tokens"]
    return list(zip(table.fragment_id, table.i, table.text, table.lemma, table.is_content, strict=True))


def test_words_of_used_fragments_in_order():
    fragments = make_fragments(
        ("f-b", "used", "De Boot vaart"), ("f-x", "moderator", "Wie begint er"), ("f-a", "used", "Varen mag")
    )
    assert tokens_of(tokenize(fragments, tagger=SpaceTagger())) == [
        ("f-a", 0, "Varen", "varen", True),
        ("f-a", 1, "mag", "mag", False),
        ("f-b", 0, "De", "de", False),
        ("f-b", 1, "Boot", "boot", True),
        ("f-b", 2, "vaart", "vaart", True),
    ]


def test_the_order_of_rows_does_not_matter_and_the_input_is_not_touched():
    fragments = make_fragments(("f-b", "used", "De Boot vaart"), ("f-a", "used", "Varen mag"))
    before = fragments.copy(deep=True)
    straight = tokenize(fragments, tagger=SpaceTagger()).tables["tokens"]
    turned = tokenize(fragments.iloc[::-1], tagger=SpaceTagger()).tables["tokens"]
    pd.testing.assert_frame_equal(straight, turned)
    pd.testing.assert_frame_equal(fragments, before)


def test_no_fragments_give_an_empty_table():
    output = tokenize(make_fragments(), tagger=SpaceTagger())
    assert len(output.tables["tokens"]) == 0
    assert output.notices == ()


def test_fragments_without_content_words_are_reported():
    output = tokenize(
        make_fragments(("f-a", "used", "Ja dat wel"), ("f-b", "used", "Boten varen")), tagger=SpaceTagger()
    )
    assert [notice.message for notice in output.notices] == [
        "1 of 2 fragments hold only function words; they add no word to a topic's label"
    ]


def test_a_tagger_that_loses_a_text_is_refused():
    class Loser(SpaceTagger):
        def tag(self, texts):
            yield from super().tag(texts[1:])

    with pytest.raises(ValueError, match="shorter"):
        tokenize(make_fragments(("f-a", "used", "Boten varen")), tagger=Loser())


@pytest.mark.parametrize(
    ("text", "pos", "is_stop", "expected"),
    [
        ("huiswerk", None, False, True),
        ("huiswerk", None, True, False),
        ("huiswerk", "NOUN", False, True),
        ("loopt", "VERB", False, True),
        ("buurvrouw", "PROPN", False, True),
        ("warm", "ADJ", False, True),
        ("gisteren", "ADV", False, False),
        ("buurt-werker", None, False, True),
        ("foto’s", None, False, True),
        ("ma", None, False, False),
        ("18u30", None, False, False),
        ("m.b.t.", None, False, False),
        ("-huis", None, False, False),
    ],
)
def test_what_counts_as_content(text, pos, is_stop, expected):
    assert is_content(TaggedToken(text, text, pos, 0, is_stop)) is expected


def test_a_pseudonym_is_no_content_and_the_word_alone_is():
    fragments = make_fragments(("f-a", "used", "Persoon 3 belt Gemeente 12 elke persoon hier"))
    content = [text for _, _, text, _, counts in tokens_of(tokenize(fragments, tagger=SpaceTagger())) if counts]
    assert content == ["belt", "elke", "persoon", "hier"]
