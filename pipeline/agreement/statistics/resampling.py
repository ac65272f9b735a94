"""Intervals by resampling whole blocks: what a figure would have been with other sessions.

A figure is written as a function of *block weights*: how often each block counts. All ones give the figure itself,
a zero leaves a block out, draws with replacement give the bootstrap. Since tables of counts add up over blocks, a
thousand resamples are one product of matrices and one call of a vectorised statistic.

The bands of Landis & Koch and the limits of Krippendorff are conventions; their authors say so. What can be computed is
how probable each band is, given the uncertainty of the figure: never a verdict from one point value.

How many fragments a second coder must code follows from the width of the interval that kappa gets by default (jackknife
t of log disagreement). For kappa with standard error s over b blocks it is

    width = 2 (1 - kappa) sinh(t s / (1 - kappa)),   t the .975 quantile of Student's t with b - 1 degrees of freedom
    s^2 = (v / n) (1 + (m - 1) r)

where v / n is the large-sample variance of kappa over n independent fragments (Fleiss, Cohen & Everitt 1969), and the
last factor the design effect of blocks, usually sessions: m is the size of the block in which an average fragment lies
(sum of squared sizes / sum of sizes) and r the intra-block correlation of the fragments' contributions to kappa (Kish
1965, Survey Sampling, section 5.4).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.statistics.coefficients import cohen_kappa, cohen_kappa_standard_error
from pipeline.agreement.wording import Reason, read_names
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


MAX_CORRELATION = 0.3
"""A larger correlation measured in a dozen sessions is chance rather than a plan to build on."""
HIGHEST_KAPPA = 0.95
"""Nobody plans for perfect agreement: the width would be 0 at any size."""


def model_table(shares: ArrayLike, kappa: float) -> Floats:
    """Shares of the cells of two coders with equal margins: copied with probability kappa, else drawn anew.

    Args:
        shares: shape (q,) shares of the codes, adding up to 1.
        kappa: the agreement beyond chance, in [0, 1].

    Returns:
        Shape (q, q), adding up to 1; its Cohen's kappa is ``kappa``.

    >>> model_table([0.5, 0.5], 0.6).tolist()
    [[0.4, 0.1], [0.1, 0.4]]
    """
    margin = np.asarray(shares, dtype=np.float64)
    return np.asarray(kappa * np.diag(margin) + (1.0 - kappa) * np.outer(margin, margin), dtype=np.float64)


def design_effect(block_sizes: ArrayLike, correlation: float) -> float:
    """How many times larger a variance is because fragments of one block resemble each other.

    >>> round(design_effect([10, 10, 10], 0.05), 4)
    1.45
    >>> design_effect([1, 1, 1], 0.05)
    1.0
    """
    sizes = np.asarray(block_sizes, dtype=np.float64)
    return float(1.0 + (np.square(sizes).sum() / sizes.sum() - 1.0) * correlation)


def expected_width(shares: ArrayLike, kappa: float, block_sizes: ArrayLike, *, correlation: float) -> float | None:
    """Width of the 95 % interval of Cohen's kappa that a sample may expect.

    Args:
        shares: shape (q,) shares of the codes.
        kappa: the agreement that is expected, in [0, 1]; more than ``HIGHEST_KAPPA`` counts as that.
        block_sizes: how many fragments of the sample lie in each block; empty blocks are left out.
        correlation: intra-block correlation, in [0, 1].

    Returns:
        The width, at most 2; None with fewer than two blocks or one code, where there is no interval.

    >>> width = expected_width([0.5, 0.5], 0.6, [10] * 12, correlation=0.02)
    >>> round(width, 3)
    0.36
    """
    from scipy.special import stdtrit

    sizes = np.asarray(block_sizes, dtype=np.float64)
    sizes = sizes[sizes > 0]
    planned = min(kappa, HIGHEST_KAPPA)
    if sizes.size < 2:
        return None
    simple = float(cohen_kappa_standard_error(sizes.sum() * model_table(shares, planned)))
    if not math.isfinite(simple):
        return None
    error = simple * math.sqrt(design_effect(sizes, correlation))
    reach = float(stdtrit(sizes.size - 1, 0.5 + LEVEL / 2.0)) * error / (1.0 - planned)
    return min(2.0, 2.0 * (1.0 - planned) * math.sinh(min(reach, 10.0)))


def measured_correlation(tables_by_block: ArrayLike) -> float | None:
    """Intra-block correlation of the contributions to kappa, from the jackknife by block.

    Args:
        tables_by_block: shape (b, q, q) contingency tables of two coders.

    Returns:
        A number from 0 to ``MAX_CORRELATION``; None with fewer than two blocks, blocks of one fragment, or no spread.

    >>> measured_correlation([[[5, 0], [0, 5]], [[2, 3], [3, 2]], [[5, 0], [0, 5]], [[2, 3], [3, 2]]]) > 0.05
    True
    >>> measured_correlation([[[4, 1], [1, 4]]] * 4)
    0.0
    """
    tables = np.asarray(tables_by_block, dtype=np.float64)
    sizes = tables.sum(axis=(-2, -1))
    tables, sizes = tables[sizes > 0], sizes[sizes > 0]
    if sizes.size < 2 or sizes.max() <= 1:
        return None
    simple = float(cohen_kappa_standard_error(tables.sum(axis=0)))
    blocked = jackknife_error(figure_of_tables(tables, cohen_kappa), sizes.size)
    if not (simple > 0 and math.isfinite(blocked)):
        return None
    found = ((blocked / simple) ** 2 - 1.0) / (np.square(sizes).sum() / sizes.sum() - 1.0)
    return float(np.clip(found, 0.0, MAX_CORRELATION))


def smallest_size(width_at: Callable[[int], float | None], sizes: Sequence[int], wanted: float) -> int | None:
    """Find the smallest sample whose expected width is as wanted.

    Args:
        width_at: expected width of a sample of n fragments, falling with n.
        sizes: sizes to choose from, ascending.
        wanted: the largest width that will do.

    Returns:
        The size, or None when even the largest is too small.

    >>> smallest_size(lambda n: 2 / n ** 0.5, range(50, 1000), 0.2)
    100
    >>> smallest_size(lambda n: 2 / n ** 0.5, range(50, 80), 0.2) is None
    True
    """
    low, high = 0, len(sizes)
    while low < high:
        middle = (low + high) // 2
        width = width_at(sizes[middle])
        if width is not None and width <= wanted:
            high = middle
        else:
            low = middle + 1
    return sizes[low] if low < len(sizes) else None


CERTAINTY = 0.95
"""With which a band is reached: Gwet's benchmark."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A convention that cuts the coefficients from -1 to 1 into bands.

    Args:
        name: who proposed it, with the year.
        bands: English names, from low to high.
        bands_nl: Dutch names, from low to high.
        cuts: the limits between the bands.
        upper_included: whether a value on a limit belongs to the band below it.
    """

    name: str
    bands: tuple[str, ...]
    bands_nl: tuple[str, ...]
    cuts: tuple[float, ...]
    upper_included: bool


LANDIS_KOCH = Scale(
    name="Landis & Koch (1977)",
    bands=read_names("bands.landis_koch", "en"),
    bands_nl=read_names("bands.landis_koch", "nl"),
    # Zero itself is slight (.00-.20) though every other limit belongs to the band below it.
    cuts=(float(np.nextafter(0.0, -1.0)), 0.2, 0.4, 0.6, 0.8),
    upper_included=True,
)
KRIPPENDORFF = Scale(
    name="Krippendorff (2004)",
    bands=read_names("bands.krippendorff", "en"),
    bands_nl=read_names("bands.krippendorff", "nl"),
    cuts=(0.667, 0.8),
    upper_included=False,
)


@dataclass(frozen=True)
class BandProbabilities:
    """How probable each band of a scale is, from low to high; they add up to 1.

    Args:
        scale: the scale.
        probabilities: one for each band.
    """

    scale: Scale
    probabilities: tuple[float, ...]

    def highest_reached(self) -> str:
        """Name in English the highest band that is reached with certainty: Gwet's benchmark.

        Band for band from the top, probabilities are added up until the certainty is reached.
        Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

        >>> BandProbabilities(KRIPPENDORFF, (0.04, 0.5, 0.46)).highest_reached()
        'tentative conclusions'
        """
        from_the_top = np.cumsum(self.probabilities[::-1])
        return self.scale.bands[::-1][int((from_the_top >= CERTAINTY - 1e-12).argmax())]


def find_bands(value: float, standard_error: float, scale: Scale) -> BandProbabilities:
    """Probability of each band from a value and its standard error: normal, cut off at -1 and 1.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

    Args:
        value: 1 or less; some coefficients fall below -1 with many missing values.
        standard_error: 0 or more.
        scale: `LANDIS_KOCH` or `KRIPPENDORFF`.

    Raises:
        ValueError: an argument outside its range.

    >>> bands = find_bands(0.6, 0.1, LANDIS_KOCH)
    >>> [round(probability, 3) for probability in bands.probabilities]
    [0.0, 0.0, 0.023, 0.477, 0.477, 0.023]
    """
    if not value <= 1.0 or not standard_error >= 0.0:
        raise ValueError("a value is 1 or less and a standard error is 0 or more")
    if standard_error == 0.0:
        place = np.searchsorted(scale.cuts, value, side="left" if scale.upper_included else "right")
        masses = np.eye(len(scale.bands))[place]
    else:
        normal = NormalDist(value, standard_error)
        below = np.array([normal.cdf(limit) for limit in (min(-1.0, value), *scale.cuts, 1.0)])
        masses = np.diff(below) / (below[-1] - below[0])
    return BandProbabilities(scale, tuple(float(mass) for mass in masses))
