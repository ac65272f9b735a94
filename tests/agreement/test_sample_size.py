"""The width that is promised against the width that comes: 300 simulated studies for each setting."""

import numpy as np
import pytest

from pipeline.agreement.statistics.coefficients import cohen_kappa, cohen_kappa_standard_error
from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.resampling import (
    Method,
    design_effect,
    expected_width,
    intervals_of_sums,
    measured_correlation,
    model_table,
    smallest_size,
)

SEVEN = (0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05)


def simulate(shares, kappa, sizes, spread, seed):
    """Two coders: the second copies the first with a probability that differs between sessions (beta)."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(len(sizes)), sizes)
    care = np.full(len(sizes), kappa)
    if spread:
        scale = 1 / spread - 1
        care = rng.beta(kappa * scale, (1 - kappa) * scale, len(sizes))
    first, anew = (rng.choice(len(shares), session.size, p=shares) for _ in range(2))
    second = np.where(rng.random(session.size) < care[session], first, anew)
    return contingency_by_block(first, second, len(shares), session)


def true_correlation(shares, kappa, spread):
    by_chance = sum(share**2 for share in shares)
    observed = kappa + (1 - kappa) * by_chance
    return spread * kappa * (1 - kappa) * (1 - by_chance) ** 2 / (observed * (1 - observed))


@pytest.mark.parametrize(
    ("shares", "kappa", "sizes", "spread"),
    [
        ((0.5, 0.5), 0.6, [10] * 12, 0.0),
        ((0.5, 0.3, 0.2), 0.7, [8, 9, 10, 11, 12, 13, 14, 15], 0.0),
        ((0.9, 0.1), 0.6, [20] * 12, 0.0),
        (SEVEN, 0.7, [10] * 12, 0.1),
        ((0.5, 0.5), 0.6, [20] * 12, 0.1),
        (SEVEN, 0.6, [5] * 30, 0.0),
    ],
)
def test_the_expected_width_is_the_mean_width_of_simulated_intervals(shares, kappa, sizes, spread):
    widths = []
    for study in range(300):
        tables = simulate(shares, kappa, sizes, spread, [7, study])
        [found] = intervals_of_sums(tables, cohen_kappa, method=Method.JACKKNIFE_T_LOG, lowest=-1.0)
        widths.append(found.high - found.low)
    expected = expected_width(shares, kappa, sizes, correlation=true_correlation(shares, kappa, spread))
    assert np.mean(widths) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize(("spread", "low", "high"), [(0.0, 0.0, 0.04), (0.3, 0.15, 0.25)])
def test_the_measured_correlation_is_near_the_true_one(spread, low, high):
    found = [measured_correlation(simulate(SEVEN, 0.7, [20] * 20, spread, [3, i])) for i in range(100)]
    assert low <= np.mean(found) <= high
    assert low <= true_correlation(SEVEN, 0.7, spread) <= high


def test_the_model_has_the_kappa_and_the_shares_that_were_asked():
    table = model_table(SEVEN, 0.7)
    assert float(cohen_kappa(1000 * table)) == pytest.approx(0.7)
    assert table.sum(axis=0) == pytest.approx(SEVEN)
    assert table.sum(axis=1) == pytest.approx(SEVEN)


def test_without_blocks_that_resemble_each_other_the_error_is_the_analytic_one():
    error = float(cohen_kappa_standard_error(200 * model_table([0.5, 0.5], 0.6)))
    # With 200 blocks t is 1.97 and the interval nearly symmetric.
    assert expected_width([0.5, 0.5], 0.6, [1] * 200, correlation=0.3) == pytest.approx(2 * 1.972 * error, rel=0.02)


def test_more_sessions_help_more_than_more_fragments():
    shares = (0.5, 0.5)
    few_large = expected_width(shares, 0.6, [20] * 6, correlation=0.05)
    many_small = expected_width(shares, 0.6, [5] * 24, correlation=0.05)
    assert many_small < 0.8 * few_large
    assert design_effect([20] * 6, 0.05) == pytest.approx(1.95)


@pytest.mark.parametrize(
    ("shares", "sizes"),
    [((0.5, 0.5), [40]), ((0.5, 0.5), [40, 0]), ((0.5, 0.5), []), ((1.0,), [10, 10])],
)
def test_no_width_where_there_is_no_interval(shares, sizes):
    assert expected_width(shares, 0.6, sizes, correlation=0.02) is None


@pytest.mark.parametrize("tables", [[[[3, 1], [1, 3]]], [[[1, 0], [0, 0]], [[0, 0], [0, 1]]], [[[5, 0], [0, 0]]] * 3])
def test_no_correlation_where_it_cannot_be_measured(tables):
    assert measured_correlation(tables) is None


def test_sizes_that_have_no_width_are_too_small():
    assert smallest_size(lambda n: None if n < 60 else 0.1, range(50, 100), 0.2) == 60
