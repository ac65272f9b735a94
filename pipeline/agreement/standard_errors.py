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

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.counts import Floats


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
