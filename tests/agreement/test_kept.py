"""Figures of an earlier run are taken over only where nothing changed that they are made of."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.agreement.comparison import evaluation
from pipeline.agreement.comparison.evaluation import MatchCounting, TableCounting, evaluate, evaluate_many
from pipeline.agreement.comparison.folds import ComparedFragments, Settings
from pipeline.agreement.comparison.inputs import AgreementInputs
from pipeline.agreement.comparison.measures import many_measures, measures_of, nominal_measures
from pipeline.agreement.statistics.registry import Categories
from pipeline.core.receipts import hash_content
from pipeline.loaders.cache import Cache

N = 24
A, B = np.random.default_rng(5).integers(0, 3, (2, N))
SETTINGS = Settings(resamples=50, permutations=99, folds=3, min_sessions=3, seed=1)
NAMES = ("percent", "cohen_kappa", "gwet_ac1")
SCALE = Categories(3, ordered=True, numbers=np.array([0.0, 1.0, 2.0]))
INPUTS = AgreementInputs(
    units=tuple(map(str, range(N))), schemes={}, answers={}, sessions=tuple(f"s{i // 6}" for i in range(N))
)


@pytest.fixture
def made(monkeypatch):
    """Count what is worked out."""
    calls: list[str] = []
    for name in ("_evaluate", "_evaluate_many"):
        before = getattr(evaluation, name)
        monkeypatch.setattr(evaluation, name, lambda *given, b=before, n=name: (calls.append(n), b(*given))[1])
    return calls


@pytest.fixture
def again(tmp_path):
    """Open the cache of an earlier run anew."""
    last: list[Cache] = []

    def open_cache() -> Cache:
        if last:
            last.pop().save()
        last.append(Cache(tmp_path / "cache" / "agreement.bin", "key", 100))
        return last[0]

    return open_cache


def compared(kept, inputs=INPUTS, **settings) -> ComparedFragments:
    return ComparedFragments(inputs, np.arange(N), SETTINGS._replace(kept=kept, **settings))


def test_a_figure_that_was_kept_is_the_figure_that_is_worked_out(made, again):
    plain = evaluate(compared(None), A, B, MatchCounting(3), nominal_measures(NAMES))
    first = evaluate(compared(again()), A, B, MatchCounting(3), nominal_measures(NAMES))
    assert len(made) == 2
    second = evaluate(compared(again()), A, B, MatchCounting(3), nominal_measures(NAMES))
    assert len(made) == 2
    assert plain == first == second
    assert {type(figure.left_out) for figure in second} <= {tuple, type(None)}

    everyone = np.column_stack([A, B, A[::-1]])
    measures = list(many_measures(("percent", "fleiss_kappa"), Categories(3)))
    kept = again()
    many = evaluate_many(compared(kept), everyone, 3, measures)
    assert evaluate_many(compared(kept), everyone, 3, measures) == many == evaluate_many(
        compared(None), everyone, 3, measures
    )  # fmt: skip
    assert made[2:] == ["_evaluate_many"] * 2


OTHER = {
    "a code": lambda kept: evaluate(
        compared(kept), np.where(np.arange(N) == 3, (A + 1) % 3, A), B, TableCounting((3, 3)), scale()
    ),
    "the coders the other way round": lambda kept: evaluate(compared(kept), B, A, TableCounting((3, 3)), scale()),
    "a session": lambda kept: evaluate(
        compared(kept, replace(INPUTS, sessions=(*INPUTS.sessions[:-1], "s9"))), A, B, TableCounting((3, 3)), scale()
    ),
    "statements": lambda kept: evaluate(
        compared(kept, replace(INPUTS, statements=tuple(f"b{i // 2}" for i in range(N)))),
        A, B, TableCounting((3, 3)), scale(),
    ),
    "the seed": lambda kept: evaluate(compared(kept, seed=2), A, B, TableCounting((3, 3)), scale()),
    "the draws": lambda kept: evaluate(compared(kept, permutations=98), A, B, TableCounting((3, 3)), scale()),
    "the scale": lambda kept: evaluate(
        compared(kept), A, B, TableCounting((3, 3)), scale(replace(SCALE, numbers=np.array([0.0, 1.0, 9.0])))
    ),
}  # fmt: skip


def scale(categories=SCALE):
    return measures_of(("krippendorff_alpha_interval",), categories)


@pytest.mark.parametrize("what", OTHER)
def test_nothing_is_taken_over_where_something_changed(made, again, what):
    evaluate(compared(again()), A, B, TableCounting((3, 3)), scale())
    OTHER[what](again())
    assert made == ["_evaluate"] * 2


def test_what_is_hashed_is_told_apart():
    parts = [
        None, 0, 0.0, False, "", "0", [], [[]], ["a", "b"], ["ab"], np.zeros(2), np.zeros((2, 1)),
        np.zeros(2, dtype=np.int64), MatchCounting(3), TableCounting((3, 3)),
    ]  # fmt: skip
    assert len({hash_content(part) for part in parts}) == len(parts)
