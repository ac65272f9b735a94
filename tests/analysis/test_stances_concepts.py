"""Seeds, valence and what is held before a code was seen, with an encoder whose space one can see through."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.analysis.stances import concepts as valence
from pipeline.analysis.stances.concepts import (
    PROBE,
    Direction,
    Seed,
    SeedSimilarity,
    compare_with_seeds,
    find_direction,
    find_seed_vectors,
    load_seeds,
    parse_direction,
    read_directions,
)
from pipeline.analysis.stances.opinions import apply_prior, to_shares
from pipeline.analysis.stances.scales import SCALES
from pipeline.core.errors import InputError
from pipeline.core.vocabulary import Scheme
from pipeline.loaders import load_encoder

PRAISE, BLAME = ("ruim", "fijn", "vlot"), ("krap", "naar", "stroef")


class Seeing:
    """Two dimensions: words of praise and words of blame; and one that is never 0."""

    name = fingerprint = "seeing"

    def fits(self, text: str) -> bool:
        return len(text) < 200

    def encode(self, texts: Sequence[str], *, batch_size: int) -> np.ndarray:
        rows = [
            [sum(word in text for word in PRAISE), sum(word in text for word in BLAME), 0.5 + 0.01 * (len(text) % 7)]
            for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 3)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class Comparing(Seeing):
    """Its vectors depend on the company, as where an encoder is trained on the texts that it is given."""

    def encode(self, texts: Sequence[str], *, batch_size: int) -> np.ndarray:
        vectors = super().encode(texts, batch_size=batch_size)
        centred = vectors - vectors.mean(axis=0)
        return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)


def seeds() -> tuple[Seed, ...]:
    """Three subjects under each value of each scheme; favourable values are praised, others blamed or plain."""
    words = {"kans": PRAISE, "positief": PRAISE, "geel": PRAISE, "knelpunt": BLAME, "negatief": BLAME, "zwart": BLAME}
    return tuple(
        Seed(
            scheme=scheme, value=value, subject=subject, sentence=f"De {subject} {scheme} {words.get(value, '...')[i]}"
        )
        for scheme, values in SCALES.items()
        for i, subject in enumerate(("kast", "trap", "deur"))
        for value in values
    )  # fmt: skip


def compare(
    texts: Sequence[str], encoder: Seeing | None = None, directions: Sequence[Direction] = ()
) -> SeedSimilarity | None:
    encoder = encoder or Seeing()
    vectors = encoder.encode(texts, batch_size=8).astype(np.float64)
    return compare_with_seeds(texts, vectors, encoder=encoder, seeds=seeds(), directions=directions)


def direction() -> Direction:
    probe = Seeing().encode([PROBE], batch_size=1)[0].astype(np.float64)
    return Direction(weights=np.array([1.0, -1.0, 0.0]) / np.sqrt(2), probe=probe)


def test_a_fragment_sounds_like_the_seeds_whose_words_it_shares():
    similarity = compare(["De tuin is ruim", "De tuin is krap", "De tuin is groen"])
    kans, knelpunt = similarity.concepts[Scheme.POLARITY].T
    assert kans[0] > kans[2] > kans[1]
    assert np.allclose(kans, -knelpunt)
    assert similarity.concepts[Scheme.SENTIMENT].argmax(axis=1).tolist()[:2] == [0, 1]
    assert similarity.valence is None
    assert not similarity.lean(Scheme.POLARITY).any()


def test_valence_bears_on_both_values_and_on_two_hats():
    similarity = compare(["De tuin is ruim", "De tuin is krap"], directions=[direction()])
    assert similarity.valence[0] > 0 > similarity.valence[1]
    assert np.allclose(similarity.lean(Scheme.POLARITY)[0], [similarity.valence[0], -similarity.valence[0]])
    hats = similarity.lean(Scheme.HAT)[0]
    assert dict(zip(SCALES[Scheme.HAT], (hats != 0).tolist(), strict=True)) == {
        "wit": False, "zwart": True, "geel": True, "groen": False, "rood": False,
    }  # fmt: skip


def test_an_encoder_that_is_trained_on_its_texts_gives_the_seeds_no_place():
    assert compare(["De tuin is ruim", "De tuin is krap", "De tuin is groen"], Comparing()) is None


def test_texts_that_the_encoder_cannot_take_whole_leave_nothing_to_compare_with():
    assert compare(["ruim " * 50]) is None


def test_vectors_of_another_size_are_not_held_against_the_seeds():
    assert compare_with_seeds(["ruim"], np.ones((1, 2)), encoder=Seeing(), seeds=seeds(), directions=()) is None


def test_a_single_fragment_is_placed_by_the_seeds():
    similarity = compare(["De tuin is ruim"], directions=[direction()])
    assert similarity.concepts[Scheme.POLARITY][0, 0] > 0
    assert np.isfinite(similarity.valence).all()


def test_the_lexicon_alone_keeps_its_shares():
    lexical = np.array([[0.6, 0.3, 0.1]])
    assert np.allclose(to_shares(apply_prior(lexical, None, Scheme.SENTIMENT), Scheme.SENTIMENT), lexical)
    both = np.array([[0.75, 0.6]])
    assert np.allclose(to_shares(apply_prior(both, None, Scheme.POLARITY), Scheme.POLARITY), both)


def test_sound_moves_what_the_lexicon_leaves_open():
    similarity = SeedSimilarity(concepts={Scheme.POLARITY: np.array([[2.0, -2.0]])}, valence=np.array([1.0]))
    shares = to_shares(apply_prior(np.array([[0.5, 0.5]]), similarity, Scheme.POLARITY), Scheme.POLARITY)
    assert np.allclose(shares, [[1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(1.5))]])


def test_every_value_has_as_many_seeds_as_its_neighbours_and_enough():
    counts = {
        scheme: {value: sum(s.scheme is scheme and s.value == value for s in load_seeds()) for value in values}
        for scheme, values in SCALES.items()
    }
    assert {scheme: set(found.values()) for scheme, found in counts.items()} == {
        Scheme.HAT: {28}, Scheme.SENTIMENT: {30}, Scheme.POLARITY: {40},
    }  # fmt: skip


def test_every_subject_has_one_sentence_under_every_value_and_no_sentence_stands_twice():
    sentences = [seed.sentence for seed in load_seeds()]
    assert all(sentences) and len(set(sentences)) == len(sentences)
    for scheme, values in SCALES.items():
        own = [seed for seed in load_seeds() if seed.scheme is scheme]
        for subject in {seed.subject for seed in own}:
            assert sorted(seed.value for seed in own if seed.subject == subject) == sorted(values), subject


def test_a_direction_is_used_only_in_its_own_space():
    found = direction()
    assert find_direction(found.probe, [found]) is found.weights
    assert find_direction(-found.probe, [found]) is None
    assert find_direction(np.ones(2), [found]) is None


def test_the_bundled_directions_are_whole_and_of_length_one():
    for bundled in read_directions():
        assert abs(np.linalg.norm(bundled.weights) - 1) < 1e-3
        assert bundled.fits(bundled.probe)
        assert not bundled.fits(bundled.weights)


def test_a_damaged_direction_is_refused(tmp_path, monkeypatch):
    for path in valence.VALENCE_FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(valence, "VALENCE_FOLDER", tmp_path)
    read_directions.cache_clear()
    (tmp_path / "bundled.tsv").write_text("direction\tprobe\n1\t1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"models/bundled/valence/bundled\.tsv"):
        read_directions()
    monkeypatch.undo()
    read_directions.cache_clear()
    assert len(parse_direction((valence.VALENCE_FOLDER / "bundled.tsv").read_text(encoding="utf-8")).weights) == 384


def test_the_bundled_vectors_of_the_seeds_are_those_of_the_bundled_encoder():
    encoder = load_encoder("bundled")
    sentences = [PROBE, *(seed.sentence for seed in load_seeds())]
    found = find_seed_vectors(encoder.encode([PROBE], batch_size=1)[0].astype(np.float64), load_seeds())
    assert found is not None
    np.testing.assert_allclose(found, encoder.encode(sentences, batch_size=64)[1:], atol=1e-6)
    other = load_encoder("bundled-static").encode([PROBE], batch_size=1)[0].astype(np.float64)
    assert find_seed_vectors(other, load_seeds()) is None
    assert find_seed_vectors(found[0], load_seeds()[1:]) is None
