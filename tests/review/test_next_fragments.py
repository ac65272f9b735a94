from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from pipeline.analysis.codebook.guided import match
from pipeline.analysis.codebook.space import make_space, read_codes, share_out
from pipeline.analysis.codebook.taught import TrainingSet, judge
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, read_table, table_from_rows
from pipeline.core.vocabulary import Scheme
from pipeline.loaders import load_encoder
from pipeline.review.kit_plan import pick, suggest
from pipeline.run.runner import prepare, run_stage
from tests.analysis.test_codebook_coding import TEXTS, codebook, human, inputs

EXAMPLE = Path(__file__).parents[2] / "data" / "example"


def taught(*opinions):
    rows = [
        {
            "coder": "machine-taught",
            "fragment_id": f"f-{i:03d}",
            "scheme": "theme",
            "code": code,
            "rank": rank,
            "score": score,
            "assigned": rank == 1,
        }
        for i, first, second, share in opinions
        for rank, code, score in ((1, first, share), (2, second, 1 - share))
    ]
    return table_from_rows(rows, "taught_codings")


def ask(codings, opinions, *, n=3, seen=None, book=None):
    fragments, _, embeddings = inputs(TEXTS)
    seen = empty_table("seen") if seen is None else seen
    book = codebook() if book is None else book
    return suggest(fragments, embeddings, seen, codings, book, empty_table("guided_codings"), opinions, n=n)


ALL = [(i, "soep" if i < 12 else "muziek", "fiets", 0.6) for i in range(15)]


def test_a_theme_with_few_examples_comes_first():
    coded = {f"f-{i:03d}": "soep" for i in range(9)}
    found = ask(human(coded), taught(*ALL))
    assert found[0].likely == "muziek" and found[0].examples == 0
    assert found[0].why == "its likely theme has 0 examples"


def test_what_was_coded_or_looked_at_or_shown_is_not_asked_again():
    seen = table_from_rows([{"coder": "B", "fragment_id": "f-014", "scheme": "theme"}], "seen")
    book = codebook()
    book.at[0, "example_fragment_ids"] = ["f-013"]
    coded = {f"f-{i:03d}": "soep" for i in range(12)}
    assert [each.fragment_id for each in ask(human(coded), taught(*ALL), n=20, seen=seen, book=book)] == ["f-012"]


def test_when_all_is_coded_nothing_is_left():
    assert ask(human({f"f-{i:03d}": "soep" for i in range(15)}), taught(*ALL)) == []


def test_doubt_decides_between_equals():
    vectors = np.eye(4)
    found = pick(vectors, ["a"] * 4, np.array([0.1, 0.2, 0.9, 0.3]), Counter(), free=np.ones(4, dtype=bool), n=1)
    assert found == [2]


def test_no_two_alike_are_asked_together():
    vectors = np.array([[1.0, 0.0], [0.99, 0.05], [0.0, 1.0], [-1.0, 0.0]])
    found = pick(vectors, ["a"] * 4, np.full(4, 0.5), Counter(), free=np.array([True, True, True, False]), n=2)
    assert set(found) != {0, 1}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    study = open_study(EXAMPLE, tmp_path_factory.mktemp("next") / "study")
    prepare(study)
    for stage in ("ingest", "fragments", "manual", "tokens", "embeddings"):
        run_stage(study, stage)
    read = ("fragments", "tokens", "embeddings", "codebook", "human_codings")
    tables = {name: read_table(study.table(name), name) for name in read}
    space = make_space(tables["fragments"], tables["tokens"], tables["embeddings"])
    encoder = load_encoder()
    fit = match(
        space,
        read_codes(tables["codebook"]),
        lambda texts: np.asarray(encoder.encode(texts, batch_size=64), dtype=np.float64),
    )[Scheme.THEME]
    sessions = tables["fragments"].set_index("fragment_id").loc[list(space.ids), "session"].to_numpy()
    return space, fit, sessions, tables["human_codings"]


def learn(example, coder, seed, *, at_random):
    """Code five fragments, then four times twenty.

    Gives the mean kappa on the sessions held out, and the mean number of examples of the rarest theme, after each
    twenty.
    """
    space, fit, sessions, codings = example
    themes = codings.loc[(codings["coder"] == coder) & (codings["scheme"] == "theme") & (codings["rank"] == 1)]
    code_of = dict(zip(themes["fragment_id"], themes["code"], strict=True))
    codes = np.array([fit.codes.names.index(code_of[f]) if f in code_of else -1 for f in space.ids])
    draw = np.random.default_rng(seed)
    held_out = np.isin(sessions, draw.choice(np.unique(sessions), 4, replace=False)) & (codes >= 0)
    pool = np.flatnonzero(~np.isin(sessions, sessions[held_out]) & (codes >= 0))
    coded, kappas, rarest = list(draw.choice(pool, 5, replace=False)), [], []
    for step in range(5):
        known = np.array(coded)
        likeness = space.likeness(known)
        lesson = TrainingSet(known=likeness[known], prior=fit.score[known], codes=codes[known])
        shares = share_out(judge(lesson, likeness, fit.score), 1.0)
        if step:
            kappas.append(cohen_kappa_score(codes[held_out], shares[held_out].argmax(axis=1)))
            rarest.append(np.bincount(codes[known], minlength=len(fit.codes.names)).min())
        free = ~np.isin(pool, known)
        if at_random:
            coded += list(draw.choice(pool[free], 20, replace=False))
            continue
        ordered = np.sort(shares, axis=1)
        likely = [fit.codes.names[k] for k in shares[pool].argmax(axis=1)]
        counts = Counter(fit.codes.names[k] for k in codes[known])
        uncertainty = (ordered[:, -2] / ordered[:, -1])[pool]
        coded += [pool[i] for i in pick(space.vectors[pool], likely, uncertainty, counts, free=free, n=20)]
    return float(np.mean(kappas)), float(np.mean(rarest))


@pytest.mark.slow
def test_suggestions_bring_the_rarest_theme_more_examples_than_chance_and_cost_no_kappa(example):
    """Twelve draws of sessions and of first fragments, for both coders of the example."""
    draws = [(coder, seed) for coder in ("A", "B") for seed in range(12)]
    gains = np.array(
        [np.subtract(learn(example, *draw, at_random=False), learn(example, *draw, at_random=True)) for draw in draws]
    )
    kappa, rarest = gains.mean(axis=0)
    assert rarest > 0.2, f"examples of the rarest theme: {rarest:+.2f}"
    assert kappa > -0.01, f"kappa {kappa:+.4f}"
