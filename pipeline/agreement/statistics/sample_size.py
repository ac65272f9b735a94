"""How many fragments a second coder must code for an interval of a wanted width.

The width is that of the interval that ``pipeline.agreement.statistics.resampling`` gives kappa by default (jackknife t
of log disagreement). For kappa with standard error s over b blocks it is

    width = 2 (1 - kappa) sinh(t s / (1 - kappa)),   t the .975 quantile of Student's t with b - 1 degrees of freedom
    s^2 = (v / n) (1 + (m - 1) r)

where v / n is the large-sample variance of kappa over n independent fragments (Fleiss, Cohen & Everitt 1969), and the
last factor the design effect of blocks, usually sessions: m is the size of the block in which an average fragment lies
(sum of squared sizes / sum of sizes) and r the intra-block correlation of the fragments' contributions to kappa (Kish
1965, Survey Sampling, section 5.4).
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.statistics.coefficients import cohen_kappa, cohen_kappa_standard_error
from pipeline.agreement.statistics.resampling import figure_of_tables, jackknife_error
from pipeline.core.views import Floats

LEVEL = 0.95
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
