"""The judge on invented studies whose answers follow from their words and vectors."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from pipeline.analysis.stances.classifier import MIN_EXAMPLES, Features, cross_fit
from pipeline.analysis.stances.stage import gather_labels, judge
from pipeline.core.config import StancesConfig
from pipeline.core.errors import Output, TableError
from pipeline.core.folds import choose_blocks, deal_blocks
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import Scheme

CONFIG = StancesConfig(min_margin=0.15, min_coded=20, folds=4, seed=3)
TABLES = ("fragments", "tokens", "embeddings", "human_codings", "seen")
Study = dict[str, pd.DataFrame]


def fragment(number: int, text: str, *, hat: str | None = None, session: str = "tafel 1", status: str = "used") -> dict:
    return {
        "fragment_id": f"f-{number:03d}", "utterance_id": f"u:{number:05d}", "source_id": "u", "session": session,
        "line": number + 1, "char_start": 100 * number, "char_end": 100 * number + len(text), "text": text,
        "n_words": len(text.split()), "kind": "note", "status": status, "reason": None, "hat_given": hat,
        "heading_path": [], "block": f"blok {number}",
    }  # fmt: skip


def study(
    rows: Sequence[dict], vectors: Sequence[Sequence[float]] | None = None, codings: Sequence[tuple] = ()
) -> Study:
    """Make the five tables; a coding is (coder, number, scheme, code or None)."""
    tokens = [
        {"fragment_id": row["fragment_id"], "i": i, "sentence": 0, "text": word, "lemma": word.lower(), "pos": None,
         "is_stop": False, "is_content": True}
        for row in rows for i, word in enumerate(row["text"].split())
    ]  # fmt: skip
    given = [
        {"coder": coder, "fragment_id": f"f-{number:03d}", "scheme": scheme, "code": code, "rank": 1 + (code == "kans"),
         "char_start": 0, "char_end": 1}
        for coder, number, scheme, code in codings if code is not None
    ]  # fmt: skip
    seen = {(coder, f"f-{number:03d}", scheme) for coder, number, scheme, _ in codings}
    vectors = vectors if vectors is not None else [[1.0, 0.0]] * len(rows)
    return {
        "fragments": table_from_rows(rows, "fragments"),
        "tokens": table_from_rows(tokens, "tokens"),
        "embeddings": table_from_rows(
            [{"fragment_id": r["fragment_id"], "vector": v} for r, v in zip(rows, vectors, strict=True)], "embeddings"
        ),
        "human_codings": table_from_rows(given, "human_codings"),
        "seen": table_from_rows([dict(zip(("coder", "fragment_id", "scheme"), s, strict=True)) for s in seen], "seen"),
    }


def run(made: Study, config: StancesConfig = CONFIG) -> Output:
    return judge(*(made[name] for name in TABLES), config=config)


def values(output: Output, scheme: str) -> dict[str, list[str | None]]:
    table = output.tables["stances"]
    of_scheme = table[(table["scheme"] == scheme) & ((scheme != "hat") | (table["rank"] == 1))]
    return {
        key: [None if pd.isna(value) else value for value in group["value"]]
        for key, group in of_scheme.groupby("fragment_id")
    }


def coded_study(n: int = 40, flipped: int | None = None) -> Study:
    """n fragments without cues; the vector alone tells kans from knelpunt; one code may be turned round."""
    rows = [fragment(i, f"De kast staat daar nummer{i}") for i in range(n)]
    wobble = np.random.default_rng(1).normal(0, 0.2, size=(n, 2))
    vectors = [[1.0 + a, b] if i % 2 else [a, 1.0 + b] for i, (a, b) in enumerate(wobble)]
    codes = ["kans" if (i % 2) != (i == flipped) else "knelpunt" for i in range(n)]
    return study(rows, vectors, [("A", i, "polarity", code) for i, code in enumerate(codes)])


def test_the_lexicon_judges_where_nothing_was_coded():
    output = run(
        study(
            [
                fragment(1, "te weinig stoelen", hat="zwart"),
                fragment(2, "dat werkt goed", hat="zwart"),
                fragment(3, "de kast staat daar"),
                fragment(4, "te duur maar een troef"),
            ]
        )
    )
    assert values(output, "polarity") == {
        "f-001": ["knelpunt"], "f-002": ["kans"], "f-003": [None], "f-004": ["kans", "knelpunt"],
    }  # fmt: skip
    assert values(output, "hat") == {"f-001": ["zwart"], "f-002": ["zwart"], "f-003": [None], "f-004": ["geel"]}
    assert [notice.message for notice in output.notices] == [
        "hat: 2 coded fragments, fewer than 20: cue lexicon only",
        "sentiment: 0 coded fragments, fewer than 20: cue lexicon only",
        "polarity: 0 coded fragments, fewer than 20: cue lexicon only",
    ]


def test_score_margin_and_evidence_of_one_cue():
    table = run(study([fragment(1, "te weinig stoelen")])).tables["stances"]
    row = table[table["scheme"] == "polarity"].iloc[0]
    assert (row["score"], row["margin"], row["source"], row["abstained"]) == (0.75, 0.5, "predicted", False)
    assert row["evidence"] == ["te weinig"]
    assert pd.isna(row["fold"])


def test_evidence_is_at_most_six_cues_the_strongest_first():
    text = "troef voordeel meerwaarde goed kans sterk nuttig baat"
    table = run(study([fragment(1, text)])).tables["stances"]
    evidence = table[table["scheme"] == "polarity"].iloc[0]["evidence"]
    assert evidence == ["troef", "voordeel", "meerwaarde", "kans", "nuttig", "baat"]


def test_a_given_hat_is_kept_without_score():
    table = run(study([fragment(1, "ik ben boos", hat="wit")])).tables["stances"]
    row = table[table["scheme"] == "hat"].iloc[0]
    assert (row["value"], row["source"], row["evidence"]) == ("wit", "given", [])
    assert pd.isna(row["score"]) and pd.isna(row["margin"]) and pd.isna(row["fold"])


def test_a_wide_margin_makes_the_judge_abstain():
    made = study([fragment(1, "te weinig stoelen")])
    assert values(run(made, CONFIG.model_copy(update={"min_margin": 0.5})), "polarity") == {"f-001": ["knelpunt"]}
    output = run(made, CONFIG.model_copy(update={"min_margin": 0.51}))
    assert values(output, "polarity") == {"f-001": [None]}
    table = output.tables["stances"]
    assert table[table["scheme"] == "polarity"].iloc[0][["score", "margin", "abstained"]].tolist() == [0.75, 0.5, True]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_inputs(n):
    output = run(study([fragment(i, "dat werkt goed", hat="geel") for i in range(n)]))
    # A given hat stands beside the one that the machine predicts.
    assert len(output.tables["stances"]) == 4 * n
    assert output.tables["hat_sentiments"]["n"].sum() == n


def test_fragments_that_are_not_used_are_not_judged():
    output = run(study([fragment(1, "dat werkt goed"), fragment(2, "dat werkt goed", status="moderator")]))
    assert set(output.tables["stances"]["fragment_id"]) == {"f-001"}


def test_a_used_fragment_without_vector_is_refused():
    made = study([fragment(1, "dat werkt goed")])
    made["embeddings"] = empty_table("embeddings")
    with pytest.raises(TableError, match="1 used fragments have no vector"):
        run(made)


def test_the_classifier_learns_what_the_lexicon_cannot_know():
    output = run(coded_study())
    said = values(output, "polarity")
    right = [said[f"f-{i:03d}"] == ["kans" if i % 2 else "knelpunt"] for i in range(40)]
    assert sum(right) >= 38
    table = output.tables["stances"]
    assert sorted(table.loc[table["scheme"] == "polarity", "fold"].unique()) == [0, 1, 2, 3]
    assert "polarity: learned from 40 coded fragments, cross-fitted in 4 folds of whole blocks" in [
        notice.message for notice in output.notices
    ]


@pytest.mark.parametrize("flipped", [0, 7, 22])
def test_the_code_of_a_fragment_never_moves_its_own_prediction(flipped):
    truthful, turned = (run(coded_study(flipped=f)).tables["stances"] for f in (None, flipped))
    columns = ["rank", "value", "score", "margin", "fold"]
    own = (truthful["fragment_id"] == f"f-{flipped:03d}") & (truthful["scheme"] == "polarity")
    pd.testing.assert_frame_equal(truthful.loc[own, columns], turned.loc[own, columns])
    fold = truthful.loc[own, "fold"].iloc[0]
    held_out = (truthful["fold"] == fold) & (truthful["scheme"] == "polarity")
    pd.testing.assert_frame_equal(truthful.loc[held_out, columns], turned.loc[held_out, columns])
    others = (truthful["scheme"] == "polarity") & (truthful["fold"] != fold)
    assert not truthful.loc[others, "score"].equals(turned.loc[others, "score"])


def test_a_fragment_nobody_coded_is_judged_by_the_model_of_its_fold():
    made = coded_study()
    made["human_codings"] = made["human_codings"][made["human_codings"]["fragment_id"] != "f-009"]
    made["seen"] = made["seen"][made["seen"]["fragment_id"] != "f-009"]
    output = run(made)
    assert values(output, "polarity")["f-009"] == ["kans"]
    row = output.tables["stances"].query("fragment_id == 'f-009' and scheme == 'polarity'").iloc[0]
    assert not pd.isna(row["fold"])


def test_order_of_rows_changes_nothing():
    made = coded_study()
    shuffled = {name: table.sample(frac=1, random_state=5) for name, table in made.items()}
    first, second = run(made), run(shuffled)
    for name in first.tables:
        pd.testing.assert_frame_equal(first.tables[name], second.tables[name])
    assert first.notices == second.notices


def test_place_and_headings_change_nothing():
    made = coded_study()
    moved = made | {"fragments": made["fragments"].assign(
        heading_path=[["Kansen"]] * 40, char_start=range(40), line=1, kind="quote", speaker="D1", section="hoed"
    )}  # fmt: skip
    pd.testing.assert_frame_equal(run(made).tables["stances"], run(moved).tables["stances"])


def test_inputs_are_left_as_they_were():
    made = coded_study()
    before = {name: table.copy(deep=True) for name, table in made.items()}
    run(made)
    for name in TABLES:
        pd.testing.assert_frame_equal(made[name], before[name])


def test_sure_of_neither_is_neutraal():
    rows = [fragment(i, f"De kast staat daar nummer{i}") for i in range(60)]
    vectors = [[[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]][i % 3] for i in range(60)]
    codes = [("kans", "knelpunt", None)[i % 3] for i in range(60)]
    output = run(study(rows, vectors, [("A", i, "polarity", code) for i, code in enumerate(codes)]))
    said = values(output, "polarity")
    assert [said[f"f-{i:03d}"] for i in range(3)] == [["kans"], ["knelpunt"], ["neutraal"]]
    row = output.tables["stances"].query("fragment_id == 'f-002' and scheme == 'polarity'").iloc[0]
    assert row["score"] > 0.5 and not row["abstained"]


def test_a_code_nobody_used_is_left_to_the_lexicon():
    rows = [fragment(i, "dat is te duur" if i == 5 else f"De kast staat daar nummer{i}") for i in range(40)]
    vectors = [[1.0, 0.0] if i % 2 else [0.0, 1.0] for i in range(40)]
    codes = [("A", i, "polarity", "kans" if i % 2 else None) for i in range(40)]
    output = run(study(rows, vectors, codes))
    assert values(output, "polarity")["f-005"] == ["kans", "knelpunt"]
    assert values(output, "polarity")["f-007"] == ["kans"]
    assert "polarity: too few examples to learn 'knelpunt' in 4 of 4 folds: cue lexicon there" in [
        notice.message for notice in output.notices
    ]


def test_one_block_cannot_be_held_out_and_is_left_to_the_lexicon():
    made = coded_study()
    made["fragments"] = made["fragments"].assign(block="een blok")
    output = run(made)
    assert set(map(tuple, values(output, "polarity").values())) == {(None,)}
    assert output.tables["stances"]["fold"].isna().all()


def test_given_hats_teach_the_hats_that_are_missing():
    rows = [
        fragment(i, f"De kast staat daar nummer{i}", hat=None if i >= 36 else "wit" if i % 2 else "rood")
        for i in range(40)
    ]
    vectors = [[1.0, 0.0] if i % 2 else [0.0, 1.0] for i in range(40)]
    output = run(study(rows, vectors))
    hats = values(output, "hat")
    assert [hats[f"f-{i:03d}"] for i in (0, 1, 36, 37)] == [["rood"], ["wit"], ["rood"], ["wit"]]
    table = output.tables["stances"].query("scheme == 'hat'")
    assert table.query("rank == 1")["source"].tolist() == ["given"] * 36 + ["predicted"] * 4
    predicted = table.query("rank == 2")
    assert predicted["source"].tolist() == ["predicted"] * 36
    assert predicted["value"].tolist() == ["rood", "wit"] * 18


def test_a_hat_derived_from_a_report_stands_beside_the_predicted_one_and_is_worn_by_nobody():
    rows = [fragment(0, "dat werkt goed"), fragment(1, "dat werkt goed"), fragment(2, "dat is te duur")]
    codes = [
        ("synthese", 0, "polarity", "knelpunt"),
        ("synthese", 1, "function", "functie-1"),
        ("A", 2, "polarity", "kans"),
    ]
    output = run(study(rows, None, codes))
    hats = output.tables["stances"].query("scheme == 'hat'")
    derived = hats[hats["source"] == "derived"]
    assert derived[["fragment_id", "rank", "value"]].to_numpy().tolist() == [["f-000", 2, "zwart"], ["f-001", 2, "wit"]]
    assert hats.query("rank == 1")["source"].tolist() == ["predicted"] * 3
    assert set(output.tables["hat_sentiments"]["hat"]) == {"geel", "zwart"}
    assert output.tables["hat_sentiments"].query("hat == 'geel'")["n"].sum() == 2


def test_sentiment_per_hat_counts_every_fragment_with_a_hat():
    output = run(
        study(
            [
                fragment(1, "wat ben ik blij", hat="rood"),
                fragment(2, "wat ben ik boos", hat="rood"),
                fragment(3, "te duur", hat="zwart"),
                fragment(4, "niet slecht", hat="zwart"),
                fragment(5, "de kast staat daar"),
            ]
        )
    )
    table = output.tables["hat_sentiments"]
    assert table[["hat", "sentiment", "n", "share"]].to_numpy().tolist() == [
        ["zwart", "positief", 0, 0.0], ["zwart", "negatief", 0, 0.0],
        ["zwart", "neutraal", 0, 0.0], ["zwart", "onthouding", 2, 1.0],
        ["rood", "positief", 1, 0.5], ["rood", "negatief", 1, 0.5],
        ["rood", "neutraal", 0, 0.0], ["rood", "onthouding", 0, 0.0],
    ]  # fmt: skip
    assert table["n"].sum() == 4
    assert table.loc[4, "mean_score"] == (0.9 + 0.15 - 0.15) / (0.9 + 0.15 + 0.15 + 0.4)
    assert pd.isna(table.loc[0, "mean_score"])


def test_remarks_that_contradict_their_hat():
    output = run(
        study(
            [
                fragment(1, "wat ben ik boos", hat="geel"),
                fragment(2, "te weinig stoelen", hat="geel"),
                fragment(3, "te duur maar een troef", hat="geel"),
                fragment(4, "een troef", hat="zwart"),
                fragment(5, "te weinig stoelen", hat="zwart"),
                fragment(6, "te weinig stoelen", hat="rood"),
                fragment(7, "wat ben ik blij", hat="zwart"),
            ]
        )
    )
    table = output.tables["hat_conflicts"]
    assert table[["fragment_id", "hat", "hat_source", "scheme", "value"]].to_numpy().tolist() == [
        ["f-002", "geel", "given", "polarity", "knelpunt"],
        ["f-001", "geel", "given", "sentiment", "negatief"],
        ["f-004", "zwart", "given", "polarity", "kans"],
        ["f-007", "zwart", "given", "polarity", "kans"],
        ["f-004", "zwart", "given", "sentiment", "positief"],
        ["f-007", "zwart", "given", "sentiment", "positief"],
    ]
    assert table["margin"].iloc[0] == 0.5


def test_several_coders_become_one_label():
    made = study(
        [fragment(i, "de kast") for i in range(4)],
        codings=[
            ("A", 0, "sentiment", "positief"), ("B", 0, "sentiment", "negatief"), ("C", 0, "sentiment", "negatief"),
            ("B", 1, "sentiment", "negatief"), ("A", 1, "sentiment", "positief"),
            ("A", 2, "sentiment", None), ("A", 3, "sentiment", "onbekend"),
            ("A", 0, "polarity", "kans"), ("B", 0, "polarity", "knelpunt"),
            ("A", 1, "polarity", None), ("B", 1, "polarity", "kans"), ("C", 1, "polarity", "kans"),
            ("A", 2, "polarity", None),
        ],
    )  # fmt: skip
    codings, seen = made["human_codings"], made["seen"]
    assert gather_labels(codings, seen, Scheme.SENTIMENT) == {
        "f-000": frozenset({"negatief"}),
        "f-001": frozenset({"positief"}),
    }
    assert gather_labels(codings, seen, Scheme.POLARITY) == {
        "f-000": frozenset({"kans"}),
        "f-001": frozenset({"kans"}),
        "f-002": frozenset(),
    }


def seen_features(n: int, vectors: np.ndarray) -> Features:
    return Features(vectors=vectors, lemmas=[["kast"]] * n, prior=np.zeros((n, 1)), context=np.zeros((n, 0)))


def test_cross_fitting_gives_no_probability_without_examples():
    targets = np.zeros((8, 1), dtype=bool)
    targets[: 2 * MIN_EXAMPLES - 1] = True
    folds = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    training = cross_fit(
        seen_features(8, np.eye(8)), np.zeros((8, 1)), targets, np.ones(8, dtype=bool), scheme=Scheme.POLARITY,
        blocks=[str(i) for i in range(8)], folds=folds, max_abstained=0.1, seed=1,
    )  # fmt: skip
    assert np.isnan(training.probabilities[folds == 0]).all()
    assert np.isnan(training.unsure[folds == 0]).all()
    assert not np.isnan(training.probabilities[folds == 1]).any()


def test_without_signal_the_probability_is_the_share_of_the_value():
    targets = np.array([[i % 4 == 0] for i in range(40)])
    blocks = choose_blocks(["tafel"] * 40, [str(i) for i in range(40)], n_folds=4)
    folds = deal_blocks(blocks, n_folds=4, seed=1)
    training = cross_fit(
        seen_features(40, np.ones((40, 2))), np.zeros((40, 1)), targets, np.ones(40, dtype=bool),
        scheme=Scheme.POLARITY, blocks=blocks, folds=folds, max_abstained=0.1, seed=1,
    )  # fmt: skip
    assert np.abs(training.probabilities - 0.25).max() < 0.12
