"""Coefficients of two coders, each over contingency tables of shape (..., q, q).

Rows are coder A, columns coder B; leading axes are resamples, permutations, blocks or codes. The result
drops the last two axes. Undefined is NaN here; `registry.estimate_table` says why instead.
"""

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.counts import Floats

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


def cohen_kappa_max(tables: ArrayLike) -> Floats:
    """The highest Cohen's kappa that the two coders' margins allow.

    Source: Cohen (1960), p. 42.

    >>> float(cohen_kappa_max([[1, 1], [0, 2]]))
    0.5
    """
    counted = np.asarray(tables, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    best = divide(np.minimum(counted.sum(axis=-1), counted.sum(axis=-2)).sum(axis=-1), n)
    return correct_for_chance(best, _shares(counted, None)[1])


def scott_pi(tables: ArrayLike) -> Floats:
    """Agreement of two coders beyond what their pooled margins give by chance.

    Source: Scott (1955), Public Opinion Quarterly 19(3).

    >>> float(scott_pi([[1, 1], [0, 2]]).round(4))
    0.4667
    """
    counted = np.asarray(tables, dtype=np.float64)
    pooled = divide(counted.sum(axis=-1) + counted.sum(axis=-2), 2.0 * counted.sum(axis=(-2, -1))[..., np.newaxis])
    return correct_for_chance(percent(counted), np.square(pooled).sum(axis=-1))


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
