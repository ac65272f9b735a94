"""Intervals by resampling whole blocks: what a figure would have been with other sessions.

A figure is written as a function of *block weights*: how often each block counts. All ones give the figure itself,
a zero leaves a block out, draws with replacement give the bootstrap. Since tables of counts add up over blocks, a
thousand resamples are one product of matrices and one call of a vectorised statistic.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.wording import Reason
from pipeline.core.views import Floats

Figure = Callable[[Floats], Floats]

LEVEL = 0.95
"""The coverage that every interval aims at."""
MAX_WEIGHTS = 4_000_000
SMALLEST_ERROR = 1e-12
MOST_UNDEFINED = 0.1


class Method(StrEnum):
    """How an interval is made from resamples."""

    PERCENTILE = "bootstrap percentile"
    JACKKNIFE_T = "jackknife t"
    JACKKNIFE_T_LOG = "jackknife t of log disagreement"


class NoInterval(Reason):
    """Why a figure has no interval."""

    UNDEFINED = "no_interval.undefined"
    ONE_BLOCK = "no_interval.one_block"
    NO_SPREAD = "no_interval.no_spread"
    ONE_BLOCK_DECIDES = "no_interval.one_block_decides"
    OFTEN_UNDEFINED = "no_interval.often_undefined"


@dataclass(frozen=True)
class Interval:
    """A figure with its interval.

    Attributes:
        estimate: the figure, None when undefined.
        low: lower end, None without an interval.
        high: upper end, None without an interval.
        left_out: lowest and highest figure when one block is left out, where there are two blocks or more.
        reason: why there is no interval, None when there is one.
    """

    estimate: float | None
    low: float | None = None
    high: float | None = None
    left_out: tuple[float, float] | None = None
    reason: NoInterval | None = None


def figure_of_tables(tables_by_block: ArrayLike, statistic: Figure) -> Figure:
    """Write a statistic of summed tables as a figure of block weights.

    Args:
        tables_by_block: shape (blocks, ...) counts that add up over blocks.
        statistic: takes tables (..., *shape of one block) and gives (...), NaN where undefined.

    Returns:
        The figure.

    >>> share = figure_of_tables([[1, 3], [2, 2]], lambda table: table[..., 0] / table.sum(axis=-1))
    >>> share(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist()
    [0.375, 0.5]
    """
    tables = np.asarray(tables_by_block, dtype=np.float64)
    return lambda weights: statistic(np.tensordot(weights, tables, axes=1))


def draw_weights(n_blocks: int, n_resamples: int, *, seed: int) -> Floats:
    """Draw blocks with replacement: how often each block comes in each resample, shape (resamples, blocks).

    >>> draw_weights(3, 2, seed=1).sum(axis=1).tolist()
    [3.0, 3.0]
    """
    share = np.full(n_blocks, 1.0 / n_blocks)
    return np.random.default_rng(seed).multinomial(n_blocks, share, size=n_resamples).astype(np.float64)


def jackknife_error(figure: Figure, n_blocks: int) -> float:
    """Standard error of a figure of block weights, by leaving one block out at a time.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5.

    Returns:
        NaN where fewer than two of the shortened samples have a figure.

    >>> mean = lambda weights: weights @ np.array([1.0, 2.0, 6.0]) / weights.sum(axis=-1)
    >>> round(jackknife_error(mean, 3), 4)  # the standard deviation 2.6458 over root 3
    1.5275
    """
    shortened = figure(1.0 - np.eye(n_blocks))
    known = np.isfinite(shortened)
    n_known = float(known.sum())
    if n_known < 2:
        return float("nan")
    values = np.where(known, shortened, 0.0)
    squares = (known * (values - values.sum() / n_known) ** 2).sum()
    return float(np.sqrt(squares * (n_known - 1.0) / n_known))


def jackknife_intervals(
    estimates: Floats, without: Floats, *, log: bool, freedom: int | None
) -> tuple[Floats, Floats, list[NoInterval | None]]:
    """Give many figures their jackknife interval at once.

    Args:
        estimates: shape (figures,).
        without: shape (blocks, figures) each figure without each block.
        log: whether to work on the log of disagreement, 1 minus the figure.
        freedom: degrees of freedom; one less than blocks by default.

    Returns:
        Lower and upper ends, shape (figures,), and why a figure has none.
    """
    from scipy.special import stdtrit

    n_blocks = len(without)
    values = without
    if log:
        with np.errstate(divide="ignore"):
            values = -np.log(np.maximum(1.0 - without, 0.0))
    perfect_without = np.isposinf(values).any(axis=0)
    finite = np.isfinite(values)
    n_known = finite.sum(axis=0)
    safe = np.maximum(n_known, 1)
    known = np.where(finite, values, 0.0)
    squares = (finite * (known - known.sum(axis=0) / safe) ** 2).sum(axis=0)
    error = np.where(n_known >= 2, np.sqrt(squares * (n_known - 1.0) / safe), np.nan)
    reach = float(stdtrit(n_blocks - 1 if freedom is None else freedom, 0.5 + LEVEL / 2.0)) * error
    with np.errstate(over="ignore", invalid="ignore"):
        if log:
            low, high = 1.0 - (1.0 - estimates) * np.exp(reach), 1.0 - (1.0 - estimates) * np.exp(-reach)
        else:
            low, high = estimates - reach, estimates + reach
    reasons: list[NoInterval | None] = []
    for estimate, perfect, spread in zip(
        estimates.tolist(), np.atleast_1d(perfect_without).tolist(), error.tolist(), strict=True
    ):
        if log and perfect:
            reasons.append(NoInterval.NO_SPREAD if 1.0 - estimate < SMALLEST_ERROR else NoInterval.ONE_BLOCK_DECIDES)
        else:
            reasons.append(None if spread > SMALLEST_ERROR else NoInterval.NO_SPREAD)
    return low, high, reasons


def intervals_of_sums(
    by_block: Floats,
    statistic: Figure,
    *,
    method: Method,
    lowest: ArrayLike,
    highest: float = 1.0,
    draws: Floats | None = None,
    n_numbers: int | None = None,
    freedom: int | None = None,
) -> list[Interval]:
    """Give figures of sums over blocks their intervals, all on the same resamples.

    The jackknife takes each block from the sum of all; the percentile bootstrap is one product of draws and blocks.

    Args:
        by_block: shape (b, ...) numbers that add up over blocks.
        statistic: takes sums (n, ...), gives (n, figures) or (n,); NaN where undefined.
        method: one of the jackknives, or the percentile bootstrap.
        lowest: least value, of all figures or shape (figures,); intervals are cut off there.
        highest: highest value.
        draws: shape (resamples, b) for the bootstrap.
        n_numbers: the most numbers that the statistic makes of one sum, where that is more than it takes.
        freedom: degrees of freedom of the jackknife, where fewer blocks than all tell of the uncertainty.

    Returns:
        One interval a figure, with the leave-one-out range where there are two blocks or more.
    """
    n_blocks = len(by_block)
    total = by_block.sum(axis=0)
    cells = max(n_numbers or 1, int(np.prod(by_block.shape[1:])))
    step = max(1, MAX_WEIGHTS // cells)

    def batched(sums: Callable[[slice], Floats], n: int) -> Floats:
        parts = [statistic(sums(slice(start, min(start + step, n)))) for start in range(0, n, step)]
        values = np.concatenate(parts)
        return values.reshape(n, -1)

    if not n_blocks:
        n_figures = np.asarray(statistic(total[np.newaxis])).reshape(1, -1).shape[1]
        return [Interval(None, reason=NoInterval.UNDEFINED) for _ in range(n_figures)]
    estimates = np.asarray(statistic(total[np.newaxis])).reshape(-1)
    if n_blocks == 1:
        known = np.isfinite(estimates)
        return [
            Interval(estimate, reason=NoInterval.ONE_BLOCK) if one else Interval(None, reason=NoInterval.UNDEFINED)
            for estimate, one in zip(estimates.tolist(), known, strict=True)
        ]
    without = batched(lambda part: total - by_block[part], n_blocks)
    if method is Method.PERCENTILE:
        if draws is None:
            raise ValueError("the bootstrap needs draws")
        drawn = batched(lambda part: np.tensordot(draws[part], by_block, axes=1), len(draws))
        ends = [_percentile_ends(values) for values in drawn.T]
    else:
        log = method is Method.JACKKNIFE_T_LOG
        low, high, reasons = jackknife_intervals(estimates, without, log=log, freedom=freedom)
        ends = [_Ends(float(a), float(b), reason) for a, b, reason in zip(low, high, reasons, strict=True)]
    finite = np.isfinite(without)
    least = np.where(finite, without, np.inf).min(axis=0).tolist()
    most = np.where(finite, without, -np.inf).max(axis=0).tolist()
    cut = np.clip([end[:2] for end in ends], np.reshape(np.broadcast_to(lowest, estimates.shape), (-1, 1)), highest)
    found = []
    for i, (estimate, end, (low_end, high_end)) in enumerate(zip(estimates.tolist(), ends, cut.tolist(), strict=True)):
        if not np.isfinite(estimate):
            found.append(Interval(None, reason=NoInterval.UNDEFINED))
            continue
        bare = Interval(estimate, left_out=(least[i], most[i]) if least[i] <= most[i] else None, reason=end.reason)
        found.append(bare if end.reason is not None else replace(bare, low=low_end, high=high_end))
    return found


class _Ends(NamedTuple):
    low: float = float("nan")
    high: float = float("nan")
    reason: NoInterval | None = None


def _percentile_ends(values: Floats) -> _Ends:
    known = values[np.isfinite(values)]
    if values.size - known.size > values.size * MOST_UNDEFINED:
        return _Ends(reason=NoInterval.OFTEN_UNDEFINED)
    if known.size < 2 or np.ptp(known) < SMALLEST_ERROR:
        return _Ends(reason=NoInterval.NO_SPREAD)
    low, high = (float(end) for end in np.quantile(known, [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0]))
    return _Ends(low, high)
