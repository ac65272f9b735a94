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

MANY_BLOCKS = 10
MAX_WEIGHTS = 4_000_000
SMALLEST_ERROR = 1e-12
MOST_UNDEFINED = 0.1


class Method(StrEnum):
    """How an interval is made from resamples."""

    PERCENTILE = "bootstrap percentile"
    BOOTSTRAP_T = "bootstrap t"
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
        method: how the interval was made.
        unit: what was resampled (session, heading, statement, fragment).
        n_blocks: how many of those there are.
        n_undefined: resamples in which the figure was undefined; they are left out.
        left_out: lowest and highest figure when one block is left out; given with fewer than ``MANY_BLOCKS`` blocks
            and where there is no interval.
        reason: why there is no interval, None when there is one.
    """

    estimate: float | None
    low: float | None
    high: float | None
    method: Method
    unit: str
    n_blocks: int
    n_undefined: int = 0
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


def leave_one_out(figure: Figure, n_blocks: int) -> Floats:
    """Give the figure without each block in turn, shape (blocks,)."""
    return figure(1.0 - np.eye(n_blocks))


def jackknife_error(figure: Figure, weights: Floats) -> Floats:
    """Standard error of a figure by leaving one drawn block out at a time.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5; a block drawn twice counts twice.

    Args:
        figure: of block weights.
        weights: shape (..., blocks), whole numbers.

    Returns:
        Shape (...); NaN where fewer than two of the shortened samples have a figure.

    >>> mean = lambda weights: weights @ np.array([1.0, 2.0, 6.0]) / weights.sum(axis=-1)
    >>> round(float(jackknife_error(mean, np.ones(3))), 4)  # the standard deviation 2.6458 over root 3
    1.5275
    """
    n_blocks = weights.shape[-1]
    shortened = figure(np.maximum(weights[..., np.newaxis, :] - np.eye(n_blocks), 0.0))
    drawn = np.where(np.isfinite(shortened), weights, 0.0)
    values = np.where(drawn > 0, shortened, 0.0)
    n_drawn = drawn.sum(axis=-1)
    safe = np.maximum(n_drawn, 1.0)
    mean = (drawn * values).sum(axis=-1) / safe
    squares = (drawn * (values - mean[..., np.newaxis]) ** 2).sum(axis=-1)
    return np.where(n_drawn >= 2, np.sqrt(squares * (n_drawn - 1.0) / safe), np.nan)


def interval(
    figure: Figure,
    n_blocks: int,
    *,
    unit: str,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
    method: Method = Method.JACKKNIFE_T_LOG,
    bounds: tuple[float, float] = (-1.0, 1.0),
    draws: Floats | None = None,
) -> Interval:
    """Give a figure its interval by resampling blocks, and with 2 to 9 blocks also the leave-one-out range.

    The default suits measures of agreement, which are 1 minus a ratio of disagreements: of the four methods it
    comes nearest to its level with few blocks (``docs/calibration.md``). It needs no draws.

    Args:
        figure: of block weights.
        n_blocks: the number of blocks.
        unit: what a block is; only passed on.
        seed: of the draws.
        n_resamples: how many draws; the jackknife makes none.
        level: coverage aimed at.
        method: how to make the interval.
        bounds: the interval is cut off at the limits of the figure.
        draws: weights from `draw_weights` that several figures share; seed and n_resamples then say nothing.

    Returns:
        The figure with its interval, or the reason why it has none.
    """
    estimate = float(figure(np.ones(n_blocks))) if n_blocks else float("nan")
    bare = Interval(estimate=None, low=None, high=None, method=method, unit=unit, n_blocks=n_blocks)
    if not np.isfinite(estimate):
        return replace(bare, reason=NoInterval.UNDEFINED)
    bare = replace(bare, estimate=estimate)
    if n_blocks < 2:
        return replace(bare, reason=NoInterval.ONE_BLOCK)
    span = _span(leave_one_out(figure, n_blocks))
    if method in (Method.JACKKNIFE_T, Method.JACKKNIFE_T_LOG):
        found = _jackknife_ends(figure, estimate, n_blocks, level, log=method is Method.JACKKNIFE_T_LOG)
    else:
        weights = draw_weights(n_blocks, n_resamples, seed=seed) if draws is None else draws
        found = _bootstrap_ends(figure, estimate, weights, level, studentised=method is Method.BOOTSTRAP_T)
    if found.reason is not None:
        return replace(bare, reason=found.reason, n_undefined=found.n_undefined, left_out=span)
    low, high = (float(np.clip(end, *bounds)) for end in found.ends)
    few = n_blocks < MANY_BLOCKS
    return replace(bare, low=low, high=high, n_undefined=found.n_undefined, left_out=span if few else None)


class _Found(NamedTuple):
    ends: tuple[float, float] = (float("nan"), float("nan"))
    n_undefined: int = 0
    reason: NoInterval | None = None


def _span(values: Floats) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else None


def jackknife_intervals(
    estimates: Floats, without: Floats, *, log: bool, level: float = 0.95, freedom: int | None = None
) -> tuple[Floats, Floats, list[NoInterval | None]]:
    """Give many figures their jackknife interval at once.

    Args:
        estimates: shape (figures,).
        without: shape (blocks, figures) each figure without each block.
        log: whether to work on the log of disagreement, 1 minus the figure.
        level: coverage aimed at.
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
    reach = float(stdtrit(n_blocks - 1 if freedom is None else freedom, 0.5 + level / 2.0)) * error
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
    unit: str,
    method: Method,
    lowest: ArrayLike,
    highest: float = 1.0,
    draws: Floats | None = None,
    level: float = 0.95,
    n_numbers: int | None = None,
    freedom: int | None = None,
) -> list[Interval]:
    """Give figures of sums over blocks their intervals, all on the same resamples.

    The jackknife takes each block from the sum of all; the percentile bootstrap is one product of draws and blocks.

    Args:
        by_block: shape (b, ...) numbers that add up over blocks.
        statistic: takes sums (n, ...), gives (n, figures) or (n,); NaN where undefined.
        unit: what a block is; only passed on.
        method: one of the jackknives, or the percentile bootstrap.
        lowest: least value, of all figures or shape (figures,); intervals are cut off there.
        highest: highest value.
        draws: shape (resamples, b) for the bootstrap.
        level: coverage aimed at.
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
        return [Interval(None, None, None, method, unit, 0, reason=NoInterval.UNDEFINED) for _ in range(n_figures)]
    estimates = np.asarray(statistic(total[np.newaxis])).reshape(-1)
    without = batched(lambda part: total - by_block[part], n_blocks) if n_blocks > 1 else estimates[np.newaxis]
    if n_blocks > 1:
        if method is Method.PERCENTILE:
            if draws is None:
                raise ValueError("the bootstrap needs draws")
            drawn = batched(lambda part: np.tensordot(draws[part], by_block, axes=1), len(draws))
            ends = [_percentile_ends(values, level) for values in drawn.T]
        else:
            log = method is Method.JACKKNIFE_T_LOG
            low, high, reasons = jackknife_intervals(estimates, without, log=log, level=level, freedom=freedom)
            ends = [_Found((float(a), float(b)), 0, r) for a, b, r in zip(low, high, reasons, strict=True)]
    else:
        ends = [_Found(reason=NoInterval.ONE_BLOCK)] * estimates.size
    finite = np.isfinite(without)
    least = np.where(finite, without, np.inf).min(axis=0).tolist()
    most = np.where(finite, without, -np.inf).max(axis=0).tolist()
    cut = np.clip([end.ends for end in ends], np.reshape(np.broadcast_to(lowest, estimates.shape), (-1, 1)), highest)
    found = []
    for i, (estimate, end, (low_end, high_end)) in enumerate(zip(estimates.tolist(), ends, cut.tolist(), strict=True)):
        if not np.isfinite(estimate):
            found.append(Interval(None, None, None, method, unit, n_blocks, reason=NoInterval.UNDEFINED))
            continue
        span = (least[i], most[i]) if n_blocks > 1 and least[i] <= most[i] else None
        bare = Interval(estimate, None, None, method, unit, n_blocks, end.n_undefined, span, end.reason)
        found.append(bare if end.reason is not None else replace(bare, low=low_end, high=high_end))
    return found


def _jackknife_ends(figure: Figure, estimate: float, n_blocks: int, level: float, *, log: bool) -> _Found:
    without = leave_one_out(figure, n_blocks)
    low, high, [reason] = jackknife_intervals(np.array([estimate]), without[:, np.newaxis], log=log, level=level)
    return _Found(reason=reason) if reason is not None else _Found((float(low[0]), float(high[0])))


def _bootstrap_ends(figure: Figure, estimate: float, weights: Floats, level: float, *, studentised: bool) -> _Found:
    """Source of the studentised one: Efron & Tibshirani (1993), section 12.5, with a jackknife inside each draw."""
    values = figure(weights)
    error = float("nan")
    if studentised:
        error = float(jackknife_error(figure, np.ones(weights.shape[1])))
        step = max(1, MAX_WEIGHTS // weights.shape[1] ** 2)
        errors = np.concatenate([jackknife_error(figure, weights[i : i + step]) for i in range(0, len(weights), step)])
        values = (values - estimate) / np.where(errors > SMALLEST_ERROR, errors, np.nan)
    found = _percentile_ends(values, level, constant_is_fine=studentised)
    if not studentised or found.reason is not None:
        return found
    low, high = found.ends
    return found._replace(ends=(estimate - high * error, estimate - low * error))


def _percentile_ends(values: Floats, level: float, *, constant_is_fine: bool = False) -> _Found:
    known = values[np.isfinite(values)]
    n_undefined = values.size - known.size
    if n_undefined > values.size * MOST_UNDEFINED:
        return _Found(n_undefined=n_undefined, reason=NoInterval.OFTEN_UNDEFINED)
    if known.size < 2 or (not constant_is_fine and np.ptp(known) < SMALLEST_ERROR):
        return _Found(n_undefined=n_undefined, reason=NoInterval.NO_SPREAD)
    low, high = (float(end) for end in np.quantile(known, [0.5 - level / 2.0, 0.5 + level / 2.0]))
    return _Found((low, high), n_undefined)
