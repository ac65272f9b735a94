"""How much two categories differ: agreement weights for kappa and AC2, difference functions for alpha."""

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.counts import Floats


def linear_weights(n_categories: int) -> Floats:
    """Agreement weights 1 - |i - j| / (q - 1) by position in the order; shape (q, q).

    Source: Cicchetti & Allison (1971), American Journal of EEG Technology 11.

    >>> linear_weights(3).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    return 1.0 - _steps(n_categories) / max(n_categories - 1, 1)


def quadratic_weights(n_categories: int) -> Floats:
    """Agreement weights 1 - (i - j)^2 / (q - 1)^2 by position in the order; shape (q, q).

    Source: Fleiss & Cohen (1973), Educational and Psychological Measurement 33.

    >>> quadratic_weights(3)[0].tolist()
    [1.0, 0.75, 0.0]
    """
    return 1.0 - _steps(n_categories) ** 2 / max(n_categories - 1, 1) ** 2


def nominal_difference(n_categories: int) -> Floats:
    """0 for the same category, 1 for any other; shape (q, q).

    >>> nominal_difference(2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return 1.0 - np.eye(n_categories)


def ordinal_difference(totals: ArrayLike) -> Floats:
    """Squared difference of the mean ranks of two categories among all pairable values.

    Krippendorff's sum of n_g from g = c to k, less half of n_c and n_k, is the distance between the
    mean ranks of c and k.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E.

    Args:
        totals: shape (..., q) values per category, in their order.

    Returns:
        Shape (..., q, q).

    >>> ordinal_difference([2, 4, 2])[0].tolist()
    [0.0, 9.0, 36.0]
    """
    counted = np.asarray(totals, dtype=np.float64)
    ranks = np.cumsum(counted, axis=-1) - counted / 2.0
    return np.square(ranks[..., :, np.newaxis] - ranks[..., np.newaxis, :])


def interval_difference(values: ArrayLike) -> Floats:
    """Squared difference of the numbers behind the categories; shape (q, q).

    >>> interval_difference([-1, 0, 1])[0].tolist()
    [0.0, 1.0, 4.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    return np.square(numbers[:, np.newaxis] - numbers)


def ratio_difference(values: ArrayLike) -> Floats:
    """Squared share ((c - k) / (c + k))^2, with 0 for zero against zero; shape (q, q).

    Raises:
        ValueError: a number is negative.

    >>> ratio_difference([0, 1, 3]).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.25], [1.0, 0.25, 0.0]]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if (numbers < 0).any():
        raise ValueError("a ratio scale has no negative numbers")
    sums = numbers[:, np.newaxis] + numbers
    return np.square(np.divide(numbers[:, np.newaxis] - numbers, sums, out=np.zeros_like(sums), where=sums > 0))


def _steps(n_categories: int) -> Floats:
    positions = np.arange(n_categories, dtype=np.float64)
    return np.abs(positions[:, np.newaxis] - positions)
