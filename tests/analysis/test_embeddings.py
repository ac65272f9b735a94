import numpy as np
import pandas as pd
import pytest
from invented import make_fragments

from pipeline.analysis.embeddings import embed, split_to_fit
from pipeline.core.config import load_config

CONFIG = load_config().embeddings


class CountingEncoder:
    """Gives (characters, words), at unit length; takes at most ``max_words`` words whole."""

    name = "counts"
    fingerprint = "counts-1"

    def __init__(self, max_words: int = 100) -> None:
        self.max_words = max_words
        self.asked: list[str] = []
        self.batch_size = 0

    def fits(self, text):
        return len(text.split()) <= self.max_words

    def encode(self, texts, *, batch_size):
        self.asked = list(texts)
        self.batch_size = batch_size
        counts = np.array([[len(text), len(text.split())] for text in texts], dtype=np.float32).reshape(-1, 2)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def vectors_of(output) -> dict[str, list[float]]:
    table = output.tables["embeddings"]
    return {
        key: [round(float(x), 4) for x in vector] for key, vector in zip(table.fragment_id, table.vector, strict=True)
    }


def test_vectors_of_used_fragments():
    fragments = make_fragments(("f-b", "used", "aa b"), ("f-x", "filler", "ja ja"), ("f-a", "used", "abc"))
    output = embed(fragments, config=CONFIG, encoder=CountingEncoder())
    # (3, 1) / sqrt(10) and (4, 2) / sqrt(20)
    assert vectors_of(output) == {"f-a": [0.9487, 0.3162], "f-b": [0.8944, 0.4472]}
    assert output.notices == ()


def test_each_distinct_text_is_encoded_once_in_alphabetical_order():
    encoder = CountingEncoder()
    fragments = make_fragments(("f-1", "used", "zee"), ("f-2", "used", "bos"), ("f-3", "used", "zee"))
    vectors = vectors_of(embed(fragments, config=CONFIG, encoder=encoder))
    assert encoder.asked == ["bos", "zee"]
    assert encoder.batch_size == CONFIG.batch_size
    assert vectors["f-1"] == vectors["f-3"]


def test_the_order_of_rows_does_not_matter():
    fragments = make_fragments(("f-1", "used", "zee en strand"), ("f-2", "used", "bos"), ("f-3", "used", "hei"))
    straight = embed(fragments, config=CONFIG, encoder=CountingEncoder()).tables["embeddings"]
    turned = embed(fragments.iloc[[2, 0, 1]], config=CONFIG, encoder=CountingEncoder()).tables["embeddings"]
    pd.testing.assert_frame_equal(straight, turned)


def test_a_long_text_is_split_and_averaged_not_cut():
    encoder = CountingEncoder(max_words=1)
    output = embed(make_fragments(("f-a", "used", "abc a")), config=CONFIG, encoder=encoder)
    assert encoder.asked == ["a", "abc"]
    # the mean of (1, 1)/sqrt(2) and (3, 1)/sqrt(10), at unit length
    assert vectors_of(output) == {"f-a": [0.8507, 0.5257]}
    assert [notice.message for notice in output.notices] == [
        "1 of 1 fragments are longer than the encoder takes whole; their parts were averaged"
    ]


def test_splitting_loses_no_word():
    text = "een twee drie vier vijf zes zeven"
    parts = split_to_fit(text, CountingEncoder(max_words=2))
    assert " ".join(parts) == text
    assert all(len(part.split()) <= 2 for part in parts)


def test_no_fragments_give_an_empty_table():
    assert len(embed(make_fragments(), config=CONFIG, encoder=CountingEncoder()).tables["embeddings"]) == 0


def test_an_encoder_that_loses_a_text_is_refused():
    class Loser(CountingEncoder):
        def encode(self, texts, *, batch_size):
            return super().encode(texts[1:], batch_size=batch_size)

    with pytest.raises(ValueError, match="for 1 texts"):
        embed(make_fragments(("f-a", "used", "abc")), config=CONFIG, encoder=Loser())


def test_values_that_are_not_finite_are_refused_without_quoting_the_text():
    class Broken(CountingEncoder):
        def encode(self, texts, *, batch_size):
            return np.full((len(texts), 2), np.nan, dtype=np.float32)

    with pytest.raises(ValueError, match="not finite") as caught:
        embed(make_fragments(("f-a", "used", "geheim")), config=CONFIG, encoder=Broken())
    assert "geheim" not in str(caught.value)
