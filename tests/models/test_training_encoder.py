"""The training of the bundled encoder: hygiene, glossary, vocabulary, initial vectors, batches, losses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

# What loads torch is imported by the tests that need it: every process of the tests reads this module.
from models.training.encoder import glossary, measure, sources
from models.training.encoder.sources import Pair, Parallel

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not (DATA / "embedding").is_dir(), reason="the public data folder is absent")


def pair(left: str, right: str, score: float = 0.5) -> Pair:
    """A scored pair whose English side is marked so that it never equals the Dutch one."""
    return Pair(left, right, score, f"en {left}", f"en {right}")


TEST = [pair("De buurt is stil.", "Het is stil in de wijk.")]


def test_a_test_pair_is_dropped_in_either_order_and_however_it_is_written() -> None:
    turned = pair("het is stil in de wijk", "DE BUURT IS STIL")
    other = pair("De buurt is stil.", "Er rijdt een bus.")
    assert sources.without_pairs([turned, other], TEST) == [other]


def test_a_test_pair_is_dropped_when_only_its_english_side_is_the_same() -> None:
    retranslated = Pair("Rustige buurt.", "Rust in de wijk.", 0.9, TEST[0].left_en, TEST[0].right_en)
    assert sources.without_pairs([retranslated], TEST) == []


def test_a_pair_that_shares_one_sentence_is_dropped_where_asked() -> None:
    shares = pair("De buurt is stil.", "Er rijdt een bus.")
    apart = pair("Er rijdt een bus.", "Er rijdt een tram.")
    assert sources.without_shared([shares, apart], TEST) == [apart]


def test_the_guard_stops_the_training_when_a_test_pair_slips_in() -> None:
    with pytest.raises(AssertionError, match="test pairs are among"):
        sources.assert_clean([pair("Het is stil in de wijk!", "de buurt is stil")], [TEST])
    sources.assert_clean([pair("Er rijdt een bus.", "Er rijdt een tram.")], [TEST])


def test_the_guard_stops_the_training_when_a_held_out_sentence_slips_in() -> None:
    with pytest.raises(AssertionError, match="1 held-out sentences"):
        sources.assert_unseen(["De buurt is stil!!"], {"de buurt is stil"})
    sources.assert_unseen(["Er rijdt een bus."], {"de buurt is stil"})


def test_tatoeba_is_split_by_hash_whatever_the_order_and_no_dutch_sentence_is_in_two_parts() -> None:
    pairs = [Parallel(f"zin nummer {i}", f"sentence {i}") for i in range(1_600)]
    pairs += [Parallel(p.dutch, p.english + " again") for p in pairs[:400]]
    train, dev, test = sources.split_tatoeba(pairs)
    assert (train, dev, test) == sources.split_tatoeba(pairs[::-1])
    assert len(test) == 1_000
    parts = [{p.dutch for p in part} for part in (train, dev, test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_a_pair_that_only_freedict_gives_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_text("nl\ten\tsources\nwijk\tarea\tfreedict\nwijk\tneighbourhood\todwn,wikt\nwijk\tbeat\twikt\n")
    assert glossary.read_lexicon(path) == {"wijk": ["neighbourhood", "beat"]}


def toy_glossary() -> glossary.Glossary:
    """A glossary of six words, two of them known by alignment only."""
    toy = [
        Parallel("de ouders praten", "the parents talk"),
        Parallel("de kinderen praten", "the children talk"),
        Parallel("de ouders spelen", "the parents play"),
        Parallel("de kinderen spelen", "the children play"),
    ] * 3
    lexicon = {"gezin": ["family"], "plan": ["plan"], "hulp": ["help", "aid"]}
    counts = Counter(gezin=50, plan=40, hulp=30, gezinsplan=2)
    return glossary.Glossary(glossary.align(toy, lexicon), lexicon, Counter(family=3, plan=2), counts)


def test_words_are_translated_by_alignment_by_lexicon_and_by_compound_parts() -> None:
    toy = toy_glossary()
    assert toy.best("ouders") == "parents"
    assert toy.best("gezin") == "family"
    assert toy.split("gezinsplan") == ("gezin", "plan")
    assert toy.of("gezinsplan") == {"family plan": 1.0}
    assert toy.of("xyzzy") == {} and toy.best("xyzzy") == "xyzzy"
    assert toy.gloss("De ouders praten!") == "the parents talk!"


def test_the_vocabulary_keeps_frequent_words_whole_and_compound_parts_as_pieces() -> None:
    from models.training.encoder import pieces

    toy = toy_glossary()
    counts = Counter({f"woord{chr(97 + i % 26)}{chr(97 + i // 26)}": 100 for i in range(50)})
    counts.update(gezin=50, plan=40, gezinsplan=2)
    chosen = pieces.choose(counts, toy.split, 2_000)
    assert chosen[:5] == pieces.SPECIAL and len(chosen) == len(set(chosen))
    tokenizer = pieces.tokenizer_of(chosen)
    assert tokenizer.tokenize("Gezin; plan?") == ["gezin", ";", "plan", "?"]
    assert tokenizer.unk_token not in tokenizer.tokenize("“Eén” q9x – 50% (€ 3,-)")
    assert tokenizer("gezin")["input_ids"][0] == chosen.index("[CLS]")


def test_a_piece_starts_at_the_mean_of_its_translations_inputs() -> None:
    from models.training.encoder import pieces, transplant

    english = pieces.tokenizer_of([*pieces.SPECIAL, "family", "plan", "talk", "help", "##s", "x"])
    table = np.arange(11 * 4, dtype=np.float32).reshape(11, 4)
    inputs = transplant.EnglishInputs(english, table)
    dutch = [*pieces.SPECIAL, "gezin", "##plan", "x", "##uur"]
    gloss = {"gezin": {"family": 1.0}, "plan": {"plan": 0.5, "talk": 0.5}, "natuur": {"help": 1.0}}

    def split(word: str) -> list[str]:
        return ["nat", "##uur"] if word == "natuur" else [word]

    matrix, origin = transplant.initial(dutch, split, Counter(natuur=4), lambda w: gloss.get(w, {}), inputs)
    assert np.allclose(matrix[5], table[5])
    assert np.allclose(matrix[6], (table[6] + table[7]) / 2)
    assert np.allclose(matrix[7], table[10])
    assert np.allclose(matrix[:5], table[:5])
    trust = transplant.SUBWORD_TRUST
    assert np.allclose(matrix[8], trust * table[8] + (1 - trust) * table.mean(axis=0))
    assert origin == Counter(same=6, translated=2, subword=1)


def test_batches_hold_every_row_once_within_the_token_budget() -> None:
    from models.training.encoder import batches

    lengths = np.random.default_rng(1).integers(3, 48, 5_000)
    rows = np.random.default_rng(2).permutation(5_000)
    made = batches.cut(rows, lengths, np.random.default_rng(3))
    assert sorted(np.concatenate(made)) == list(range(5_000))
    assert max(len(b) * lengths[b].max() for b in made) <= batches.TOKENS_PER_BATCH


def test_epochs_go_round_through_the_noisy_lessons_and_take_all_translations() -> None:
    from models.training.encoder import batches

    kind = np.array(["parallel"] * 100 + ["gloss"] * 300)
    first, second = (batches.epoch_rows(kind, e, 7) for e in (0, 1))
    assert np.array_equal(first, batches.epoch_rows(kind, 0, 7))
    assert sum(first < 100) == sum(second < 100) == 100
    noisy = [set(rows[rows >= 100]) for rows in (first, second)]
    assert len(noisy[0]) == 60 and not noisy[0] & noisy[1]


def test_cosent_is_nearly_zero_when_the_order_is_right_and_large_when_it_is_wrong() -> None:
    import torch

    from models.training.encoder import losses

    left = torch.eye(2)
    right = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert losses.cosent(left, right, torch.tensor([1.0, 0.0])).item() == pytest.approx(0.0, abs=1e-6)
    assert losses.cosent(left, right, torch.tensor([0.0, 1.0])).item() == pytest.approx(20.0, abs=1e-3)
    assert losses.cosent(left, right, torch.tensor([0.5, 0.5])).item() == 0.0


def test_distillation_does_not_push_away_what_the_teacher_holds_to_be_the_same() -> None:
    import torch

    from models.training.encoder import losses

    target = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), dim=1)
    ones = torch.ones(2)
    copy = losses.distillation(target, target, ones, target)
    floor = -(p := torch.softmax(target @ torch.cat([target, target]).T / losses.TEMPERATURE, 1)) * p.log()
    assert copy.item() == pytest.approx(floor.sum(dim=1).mean().item(), abs=1e-5)


def test_retrieval_counts_a_second_copy_of_the_translation_as_right() -> None:
    pairs = [Parallel("een", "one"), Parallel("eentje", "one"), Parallel("twee", "two")]
    english = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    share, low, high = measure.retrieval(lambda texts: english[[0, 0, 0]][: len(texts)], pairs, english)
    assert share == pytest.approx(2 / 3) and low < share < high


@needs_data
def test_the_real_training_data_hold_no_test_pair_and_no_held_out_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.training.encoder import corpus

    # Words are counted and aligned once the sentences are chosen, and choose none.
    monkeypatch.setattr(corpus, "align", lambda pairs, lexicon: {})
    monkeypatch.setattr(corpus, "frequencies", lambda sentences: Counter())
    monkeypatch.setattr(corpus, "mixture", lambda parts: Counter())
    root = DATA / "embedding"
    train, test = (sources.read_stsb(root / "stsb-nl", part) for part in ("train", "test"))
    exact = {s for p in test for s in (p.left, p.right)}
    assert sum(bool({p.left, p.right} & exact) for p in train) == sources.STSB_SHARED
    assert len(sources.without_shared(train, test)) <= len(train) - sources.STSB_SHARED
    loaded = corpus.load(DATA, seed=1)
    trained = loaded.sts + loaded.sts_beside_sick + loaded.sick
    assert not sources.keys(trained) & (sources.keys(loaded.test) | sources.keys(loaded.sick_test))
    held = {sources.normal(p.dutch) for p in loaded.bitext_test} | sources.sentences(loaded.test)
    texts = [p.dutch for p in loaded.parallel + loaded.parallel_sick] + loaded.monolingual
    assert not {sources.normal(t) for t in texts} & held
    apart = sources.sentences(loaded.sick + loaded.sick_test)
    assert not {sources.normal(p.dutch) for p in loaded.parallel} & apart
