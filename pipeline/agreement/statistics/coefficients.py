"""Analytic standard errors of the chance-corrected coefficients for any number of coders.

The variance of a coefficient is that of its linear part per unit (linearisation). Units count as a
sample from a large population and as independent of each other; resample by session where they are not.
Source: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61(1); Gwet (2014),
Handbook of Inter-Rater Reliability, 4th edition, chapter 5 and appendix.

With missing values Gwet's formulas let a unit with a single code stand for no agreement beyond chance: the
error is then somewhat too wide (5 % against the jackknife in a trial with 300 units, three coders and 30 % of
the codes missing). Alpha leaves such units out.

Units with the same ratings may be given once with their number, so a contingency table is q * q rows.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pipeline.core.views import Floats

ROUNDING = 1e-12
"""Below this a chance term 1 - expected counts as zero: what is left of it is rounding."""


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Divide, with NaN where the denominator is zero (or what rounding leaves of zero).

    >>> divide([1.0, 1.0], [2.0, 0.0]).tolist()
    [0.5, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=np.abs(below) > ROUNDING)
    return quotient


def correct_for_chance(observed: ArrayLike, expected: ArrayLike) -> Floats:
    """(observed - expected) / (1 - expected); NaN where agreement by chance is certain.

    >>> correct_for_chance([0.75, 1.0], [0.5, 1.0]).tolist()
    [0.5, nan]
    """
    return divide(np.asarray(observed) - np.asarray(expected), 1.0 - np.asarray(expected))


def percent(tables: ArrayLike) -> Floats:
    """Share of units with the same category, in [0, 1].

    >>> float(percent([[1, 1], [0, 2]]))
    0.75
    """
    counted = np.asarray(tables, dtype=np.float64)
    return divide(np.trace(counted, axis1=-2, axis2=-1), counted.sum(axis=(-2, -1)))


def specific_agreement(tables: ArrayLike) -> Floats:
    """For each category: of all times a coder chose it, the share in which the other did so too.

    Equals the Dice coefficient and F1 of that category.
    Source: Cicchetti & Feinstein (1990), Journal of Clinical Epidemiology 43(6).

    Args:
        tables: shape (..., q, q).

    Returns:
        Shape (..., q); NaN for a category that nobody used.

    >>> specific_agreement([[2, 1], [1, 6]]).round(3).tolist()
    [0.667, 0.857]
    """
    counted = np.asarray(tables, dtype=np.float64)
    both = np.diagonal(counted, axis1=-2, axis2=-1)
    return divide(2.0 * both, counted.sum(axis=-1) + counted.sum(axis=-2))


def positive_agreement(tables: ArrayLike) -> Floats:
    """Specific agreement on *the code is there* (category 1 of two).

    >>> float(positive_agreement([[6, 1], [1, 2]]).round(3))
    0.667
    """
    return specific_agreement(_binary(tables))[..., 1]


def negative_agreement(tables: ArrayLike) -> Floats:
    """Specific agreement on *the code is not there* (category 0 of two).

    >>> float(negative_agreement([[6, 1], [1, 2]]).round(3))
    0.857
    """
    return specific_agreement(_binary(tables))[..., 0]


def prevalence_index(tables: ArrayLike) -> Floats:
    """|both yes - both no| / n of a 2 x 2 table: 0 is balanced, 1 all in one cell.

    Source: Byrt, Bishop & Carlin (1993), Journal of Clinical Epidemiology 46(5).

    >>> float(prevalence_index([[7, 1], [1, 1]]))
    0.6
    """
    counted = _binary(tables)
    return divide(np.abs(counted[..., 1, 1] - counted[..., 0, 0]), counted.sum(axis=(-2, -1)))


def bias_index(tables: ArrayLike) -> Floats:
    """|only B yes - only A yes| / n of a 2 x 2 table: 0 when both use the code equally often.

    Source: Byrt, Bishop & Carlin (1993), Journal of Clinical Epidemiology 46(5).

    >>> float(bias_index([[5, 4], [1, 0]]))
    0.3
    """
    counted = _binary(tables)
    return divide(np.abs(counted[..., 0, 1] - counted[..., 1, 0]), counted.sum(axis=(-2, -1)))


def cohen_kappa(tables: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Agreement of two coders beyond what their own margins give by chance.

    Source: Cohen (1960), Educational and Psychological Measurement 20(1); weighted: Cohen (1968),
    Psychological Bulletin 70(4).

    Args:
        tables: shape (..., q, q).
        weights: shape (q, q) agreement weights, 1 on the diagonal; None for the unweighted kappa.

    >>> float(cohen_kappa([[1, 1], [0, 2]]))
    0.5
    """
    observed, expected = _shares(tables, weights)
    return correct_for_chance(observed, expected)


def cohen_chance(tables: ArrayLike) -> Floats:
    """Share of units on which two coders would agree by chance, each with their own margins, as kappa counts it.

    >>> float(cohen_chance([[1, 1], [0, 2]]))
    0.5
    """
    return _shares(tables, None)[1]


def cohen_kappa_max(tables: ArrayLike) -> Floats:
    """The highest Cohen's kappa that the two coders' margins allow.

    Source: Cohen (1960), p. 42.

    >>> float(cohen_kappa_max([[1, 1], [0, 2]]))
    0.5
    """
    counted = np.asarray(tables, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    best = divide(np.minimum(counted.sum(axis=-1), counted.sum(axis=-2)).sum(axis=-1), n)
    return correct_for_chance(best, cohen_chance(counted))


def scott_pi(tables: ArrayLike) -> Floats:
    """Agreement of two coders beyond what their pooled margins give by chance.

    Source: Scott (1955), Public Opinion Quarterly 19(3).

    >>> float(scott_pi([[1, 1], [0, 2]]).round(4))
    0.4667
    """
    counted = np.asarray(tables, dtype=np.float64)
    pooled = divide(counted.sum(axis=-1) + counted.sum(axis=-2), 2.0 * counted.sum(axis=(-2, -1))[..., np.newaxis])
    return correct_for_chance(percent(counted), np.square(pooled).sum(axis=-1))


@dataclass(frozen=True)
class MatchSums:
    """What the coefficients of categories without order need of two coders; every field adds up over units.

    Far smaller than the tables: resamples and shifts of many codes are sums of these.

    Args:
        same: shape (..., q) units to which both gave the category.
        by_first: shape (..., q) units to which the first coder gave it.
        by_second: shape (..., q) units to which the second coder gave it.
    """

    same: Floats
    by_first: Floats
    by_second: Floats

    @property
    def n(self) -> Floats:
        """Number of units, shape (...)."""
        return np.asarray(self.by_first.sum(axis=-1), dtype=np.float64)

    @property
    def observed(self) -> Floats:
        """Share of units with the same category, shape (...)."""
        return divide(self.same.sum(axis=-1), self.n)

    @property
    def pooled(self) -> Floats:
        """Share of each category among the codes of both, shape (..., q)."""
        return divide(self.by_first + self.by_second, 2.0 * self.n[..., np.newaxis])


def _kappa_of(matches: MatchSums) -> Floats:
    by_chance = divide((matches.by_first * matches.by_second).sum(axis=-1), matches.n**2)
    return correct_for_chance(matches.observed, by_chance)


def _kappa_max_of(matches: MatchSums) -> Floats:
    by_chance = divide((matches.by_first * matches.by_second).sum(axis=-1), matches.n**2)
    best = divide(np.minimum(matches.by_first, matches.by_second).sum(axis=-1), matches.n)
    return correct_for_chance(best, by_chance)


def _pi_of(matches: MatchSums) -> Floats:
    return correct_for_chance(matches.observed, np.square(matches.pooled).sum(axis=-1))


def _brennan_prediger_of(matches: MatchSums) -> Floats:
    q = matches.same.shape[-1]
    return correct_for_chance(matches.observed, 1.0 / q if q else 1.0)


def _ac1_of(matches: MatchSums) -> Floats:
    q, shares = matches.same.shape[-1], matches.pooled
    if q < 2:
        return np.full(shares.shape[:-1], np.nan)
    return correct_for_chance(matches.observed, (shares * (1.0 - shares)).sum(axis=-1) / (q - 1))


def _alpha_of(matches: MatchSums) -> Floats:
    values = 2.0 * matches.n
    expected = 1.0 - np.square(matches.pooled).sum(axis=-1)
    return 1.0 - divide((values - 1.0) * (1.0 - matches.observed), values * expected)


def _specific_of(matches: MatchSums, category: int) -> Floats:
    used = matches.by_first[..., category] + matches.by_second[..., category]
    return divide(2.0 * matches.same[..., category], used)


OF_MATCHES: Mapping[str, Callable[[MatchSums], Floats]] = MappingProxyType(
    {
        "percent": lambda matches: matches.observed,
        "cohen_kappa": _kappa_of,
        "cohen_kappa_max": _kappa_max_of,
        "scott_pi": _pi_of,
        "fleiss_kappa": _pi_of,
        "brennan_prediger": _brennan_prediger_of,
        "gwet_ac1": _ac1_of,
        "krippendorff_alpha_nominal": _alpha_of,
        "positive_agreement": lambda matches: _specific_of(matches, 1),
        "negative_agreement": lambda matches: _specific_of(matches, 0),
        "prevalence_index": lambda matches: divide(np.abs(matches.same[..., 1] - matches.same[..., 0]), matches.n),
        "bias_index": lambda matches: divide(np.abs(matches.by_second[..., 1] - matches.by_first[..., 1]), matches.n),
        "prevalence": lambda matches: matches.pooled[..., 1],
    }
)
"""Coefficients of two coders and categories without order, by name; those with categories 0 and 1 are of one code."""


def cohen_kappa_standard_error(tables: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Large-sample standard error of Cohen's kappa, for intervals (not for a test of kappa = 0).

    Source: Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72(5), formula 9 (weighted) and 13.

    Args:
        tables: shape (..., q, q).
        weights: shape (q, q) agreement weights; None for the unweighted kappa.

    >>> float(cohen_kappa_standard_error([[45, 15], [25, 15]]).round(4))
    0.0987
    """
    counted = np.asarray(tables, dtype=np.float64)
    weighing = np.eye(counted.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    shares = divide(counted, n[..., np.newaxis, np.newaxis])
    observed, expected = _shares(counted, weights)
    kappa = correct_for_chance(observed, expected)
    of_rows = shares.sum(axis=-2) @ weighing.T
    of_columns = shares.sum(axis=-1) @ weighing
    lost = (1.0 - kappa)[..., np.newaxis, np.newaxis]
    spread = weighing - lost * (of_rows[..., :, np.newaxis] + of_columns[..., np.newaxis, :])
    variance = (shares * spread**2).sum(axis=(-2, -1)) - (kappa - expected * (1.0 - kappa)) ** 2
    return np.sqrt(np.maximum(divide(variance, n * (1.0 - expected) ** 2), 0.0))


def _shares(tables: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Observed agreement and the agreement expected from the two coders' own margins."""
    counted = np.asarray(tables, dtype=np.float64)
    weighing = np.eye(counted.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    rows, columns = counted.sum(axis=-1), counted.sum(axis=-2)
    by_chance = ((rows @ weighing) * columns).sum(axis=-1)
    return divide((counted * weighing).sum(axis=(-2, -1)), n), divide(by_chance, n**2)


def _binary(tables: ArrayLike) -> Floats:
    counted = np.asarray(tables, dtype=np.float64)
    if counted.shape[-2:] != (2, 2):
        raise ValueError("this measure needs 2 x 2 tables; fold larger ones with one_against_rest")
    return counted


def gwet_ac2_standard_error(ratings: ArrayLike, units: ArrayLike, weights: ArrayLike) -> float | None:
    """Standard error of AC2; with the identity as weights that of AC1.

    Args:
        ratings: shape (p, q) how many coders chose each category, per pattern of ratings.
        units: shape (p,) the number of units with that pattern.
        weights: shape (q, q) symmetric agreement weights, 1 on the diagonal.

    Returns:
        The standard error, or None when it is undefined (fewer than two units, one category).

    >>> round(gwet_ac2_standard_error([[2, 0], [1, 1], [0, 2]], [80, 15, 5], np.eye(2)), 4)
    0.0524
    """
    counted, number, weighing = _present(ratings, units, weights, fewest=1)
    q = weighing.shape[0]
    if q < 2:
        return None
    shares = counted / counted.sum(axis=1, keepdims=True)
    margins = _mean(shares, number)
    scale = weighing.sum() / (q * (q - 1))
    chance = scale * shares @ (1.0 - margins)
    return _linearised(counted, number, weighing, chance, 2.0)


def fleiss_kappa_standard_error(ratings: ArrayLike, units: ArrayLike, weights: ArrayLike) -> float | None:
    """Standard error of Fleiss' kappa (of Scott's pi for two coders); arguments as for AC2.

    >>> round(fleiss_kappa_standard_error([[2, 0], [1, 1], [0, 2]], [40, 20, 40], np.eye(2)), 4)
    0.0804
    """
    counted, number, weighing = _present(ratings, units, weights, fewest=1)
    shares = counted / counted.sum(axis=1, keepdims=True)
    chance = shares @ (weighing @ _mean(shares, number))
    return _linearised(counted, number, weighing, chance, 2.0)


def brennan_prediger_standard_error(ratings: ArrayLike, units: ArrayLike, weights: ArrayLike) -> float | None:
    """Standard error of Brennan and Prediger's coefficient; arguments as for AC2.

    >>> round(brennan_prediger_standard_error([[2, 0], [1, 1], [0, 2]], [40, 20, 40], np.eye(2)), 4)
    0.0804
    """
    counted, number, weighing = _present(ratings, units, weights, fewest=1)
    chance = np.full(number.shape, weighing.mean() if weighing.size else 1.0)
    return _linearised(counted, number, weighing, chance, 0.0)


def krippendorff_alpha_standard_error(ratings: ArrayLike, units: ArrayLike, weights: ArrayLike) -> float | None:
    """Standard error of Krippendorff's alpha for fixed weights (not ordinal); arguments as for AC2.

    >>> round(krippendorff_alpha_standard_error([[2, 0], [1, 1], [0, 2]], [40, 20, 40], np.eye(2)), 4)
    0.0804
    """
    counted, number, weighing = _present(ratings, units, weights, fewest=2)
    n = number.sum()
    if n < 2:
        return None
    coders = counted.sum(axis=1)
    mean_coders = float(_mean(coders, number))
    lean = coders / mean_coders - 1.0
    margins = _mean(counted, number) / mean_coders
    expected = float(margins @ weighing @ margins)
    if 1.0 - expected <= 0.0:
        return None
    met = (counted * (counted @ weighing - 1.0)).sum(axis=1) / (mean_coders * (coders - 1.0))
    raw = float(_mean(met, number))
    first = 1.0 / (n * mean_coders)
    # The small-sample correction enters the observed agreement only; the influences are taken around their own mean.
    observed = (1.0 - first) * raw + first
    centre = (raw - expected) / (1.0 - expected)
    by_chance = counted @ (weighing @ margins) / mean_coders - expected * lean
    influence = (met - observed * lean - expected) / (1.0 - expected)
    influence -= 2.0 * (1.0 - centre) * (by_chance - expected) / (1.0 - expected)
    return math.sqrt(float((number * (influence - centre) ** 2).sum() / (n * (n - 1.0))))


def table_patterns(table: ArrayLike) -> tuple[Floats, Floats]:
    """Ratings of each cell of a two-coder table, and the number of units in it.

    Args:
        table: shape (q, q).

    Returns:
        Ratings of shape (q * q, q) and units of shape (q * q,).

    >>> ratings, units = table_patterns([[3, 1], [0, 2]])
    >>> ratings.tolist(), units.tolist()
    ([[2.0, 0.0], [1.0, 1.0], [1.0, 1.0], [0.0, 2.0]], [3.0, 1.0, 0.0, 2.0])
    """
    counted = np.asarray(table, dtype=np.float64)
    chosen = np.eye(counted.shape[0])
    both = chosen[:, np.newaxis, :] + chosen[np.newaxis, :, :]
    return both.reshape(-1, counted.shape[0]), counted.ravel()


def _present(ratings: ArrayLike, units: ArrayLike, weights: ArrayLike, *, fewest: int) -> tuple[Floats, Floats, Floats]:
    counted, number = np.asarray(ratings, dtype=np.float64), np.asarray(units, dtype=np.float64)
    kept = (counted.sum(axis=1) >= fewest) & (number > 0)
    return counted[kept], number[kept], np.asarray(weights, dtype=np.float64)


def _mean(rows: Floats, number: Floats) -> Floats:
    return np.asarray(number @ rows / number.sum())


def _linearised(counted: Floats, number: Floats, weighing: Floats, chance: Floats, slope: float) -> float | None:
    """Standard error from each unit's agreement and its share in the expected agreement."""
    coders, n = counted.sum(axis=1), number.sum()
    several = coders >= 2
    n_several = number[several].sum()
    if n < 2 or n_several == 0:
        return None
    pairs = np.where(several, coders * (coders - 1.0), 1.0)
    met = np.where(several, (counted * (counted @ weighing - 1.0)).sum(axis=1) / pairs, 0.0)
    expected = float(_mean(chance, number))
    if 1.0 - expected <= 0.0:
        return None
    gamma = (float(number @ met) / n_several - expected) / (1.0 - expected)
    influence = n / n_several * (met - expected * several) / (1.0 - expected)
    influence = influence - slope * (1.0 - gamma) * (chance - expected) / (1.0 - expected)
    return math.sqrt(float((number * (influence - gamma) ** 2).sum() / (n * (n - 1.0))))
