"""Intervals by blocks: worked by hand, against each other, and where there is nothing to resample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.statistics.resampling import (
    Method,
    NoInterval,
    draw_weights,
    figure_of_tables,
    intervals_of_sums,
    jackknife_error,
)


def share(tables: np.ndarray) -> np.ndarray:
    total = tables.sum(axis=-1)
    return np.divide(tables[..., 0], total, out=np.full(total.shape, np.nan), where=total > 0)


def kappa(tables: np.ndarray) -> np.ndarray:
    n = tables.sum(axis=(-2, -1))
    observed = np.trace(tables, axis1=-2, axis2=-1) / n
    expected = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / n**2
    return (observed - expected) / (1 - expected)


def block_interval(
    tables_by_block, statistic, *, method=Method.JACKKNIFE_T_LOG, bounds=(-1, 1), seed=1, n_resamples=100
):
    """The interval of a statistic of additive tables; blocks without any count are left out, as a comparison does."""
    tables = np.asarray(tables_by_block, dtype=np.float64)
    tables = tables[tables.reshape(len(tables), -1).any(axis=1)] if tables.size else tables[:0]
    draws = draw_weights(len(tables), n_resamples, seed=seed) if method is Method.PERCENTILE and len(tables) else None
    [found] = intervals_of_sums(tables, statistic, method=method, lowest=bounds[0], highest=bounds[1], draws=draws)
    return found


def figure_of_units(blocks, statistic):
    """Any statistic of units as a figure of block weights, by a call for each resample."""
    units = np.arange(len(blocks))

    def figure(weights):
        return np.array([statistic(np.repeat(units, row[blocks].astype(np.int64))) for row in np.atleast_2d(weights)])

    return figure


TABLES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=3, max_size=12)


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([3.0, 5.0, 10.0, 2.0])
    error = jackknife_error(lambda w: w @ values / w.sum(axis=-1), 4)
    assert error == pytest.approx(values.std(ddof=1) / 2)


def test_jackknife_t_by_hand() -> None:
    tables = [[9, 1], [6, 4], [8, 2], [7, 3]]
    found = block_interval(tables, share, seed=1, method=Method.JACKKNIFE_T, bounds=(0, 1))
    reach = 3.182446 * np.std([0.9, 0.6, 0.8, 0.7], ddof=1) / 2
    assert (found.low, found.high) == pytest.approx((0.75 - reach, 0.75 + reach), abs=1e-6)
    assert found.left_out == pytest.approx((0.7, 0.8))


def test_percentile_of_resampled_tables_is_that_of_numpy() -> None:
    tables = np.array([[9, 1], [6, 4], [8, 2], [7, 3], [1, 9]])
    drawn = draw_weights(5, 300, seed=3)
    expected = np.quantile([share((w[:, None] * tables).sum(axis=0)) for w in drawn], [0.025, 0.975])
    found = block_interval(tables, share, seed=3, n_resamples=300, method=Method.PERCENTILE)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.reason is None


@given(TABLES)
def test_the_slow_path_gives_what_the_tables_give(counts: list[tuple[int, int]]) -> None:
    blocks = np.repeat(np.arange(len(counts)), [a + b for a, b in counts])
    hits = np.concatenate([np.repeat([1.0, 0.0], pair) for pair in counts])
    slow = figure_of_units(blocks, lambda units: float(hits[units].mean()))
    weights = draw_weights(len(counts), 20, seed=0)
    assert slow(weights) == pytest.approx(figure_of_tables(counts, share)(weights))


@given(TABLES, st.sampled_from(list(Method)))
def test_interval_is_the_same_twice_and_holds_the_leave_one_out_range(
    counts: list[tuple[int, int]], method: Method
) -> None:
    first, again = (block_interval(counts, share, seed=5, n_resamples=60, method=method) for _ in range(2))
    assert first == again
    assert first.left_out is not None and first.left_out[0] <= first.estimate <= first.left_out[1]
    if first.low is not None and first.high is not None:
        assert -1 <= first.low <= first.high <= 1


@given(TABLES)
def test_order_of_blocks_does_not_move_a_jackknife_interval(counts: list[tuple[int, int]]) -> None:
    forward = block_interval(counts, share)
    backward = block_interval(counts[::-1], share)
    assert forward.reason == backward.reason
    if forward.low is not None:
        assert (forward.low, forward.high) == pytest.approx((backward.low, backward.high))


def test_log_jackknife_never_passes_perfect_agreement() -> None:
    counts = [[20, 0], [20, 0], [18, 2], [20, 0], [19, 1], [20, 0]]
    plain = block_interval(counts, share, seed=1, method=Method.JACKKNIFE_T, bounds=(-2, 2))
    logged = block_interval(counts, share, seed=1, bounds=(-2, 2))
    assert plain.high > 1 > logged.high > logged.estimate > logged.low


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([[3, 1]], NoInterval.ONE_BLOCK),
        ([[0, 0], [0, 0]], NoInterval.UNDEFINED),
        ([[2, 2], [2, 2], [2, 2]], NoInterval.NO_SPREAD),
        ([[5, 0], [5, 0], [9, 0]], NoInterval.NO_SPREAD),
        ([[5, 0], [3, 2], [9, 0]], NoInterval.ONE_BLOCK_DECIDES),
    ],
)
def test_no_interval_is_given_with_its_reason(counts: list[list[int]], reason: NoInterval) -> None:
    found = block_interval(counts, share, seed=1)
    assert (found.low, found.high, found.reason) == (None, None, reason)
    assert (found.estimate is None) == (reason is NoInterval.UNDEFINED)


def test_blocks_that_say_nothing_are_no_evidence() -> None:
    counts = [[9, 1], [6, 4], [8, 2], [7, 3]]
    padded = [[0, 0], *counts, [0, 0]]
    found = block_interval(padded, share, seed=1)
    assert found == block_interval(counts, share, seed=1)


def test_no_blocks_at_all() -> None:
    assert block_interval(np.zeros((0, 2)), share, seed=1).reason is NoInterval.UNDEFINED


def test_a_figure_that_is_often_undefined_gets_no_interval() -> None:
    tables, draws = np.array([[1.0, 1], [0, 0], [0, 0], [0, 0]]), draw_weights(4, 500, seed=1)
    [found] = intervals_of_sums(tables, share, method=Method.PERCENTILE, lowest=-1, draws=draws)
    assert (draws[:, 0] == 0).sum() > 100
    assert found.reason is NoInterval.OFTEN_UNDEFINED


def test_clustered_codes_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    sessions = np.repeat(np.arange(20), 10)
    truth = np.repeat(rng.random(20) < 0.5, 10).astype(int)
    careful = np.repeat(rng.beta(0.8, 0.4, 20), 10)
    second = np.where(rng.random(200) < careful, truth, 1 - truth)
    by_unit = np.zeros((200, 2, 2))
    np.add.at(by_unit, (np.arange(200), truth, second), 1)
    by_session = np.zeros((20, 2, 2))
    np.add.at(by_session, (sessions, truth, second), 1)
    units = block_interval(by_unit, kappa, seed=1)
    blocks = block_interval(by_session, kappa, seed=1)
    assert blocks.estimate == pytest.approx(units.estimate)
    assert blocks.high - blocks.low > 1.5 * (units.high - units.low)
