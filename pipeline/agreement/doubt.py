"""Figures of a diagnosis with their doubt: sums over blocks, a statistic of the sums, an interval."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.coefficients import divide
from pipeline.agreement.counts import Floats
from pipeline.agreement.ground import Ground, in_portions
from pipeline.agreement.resampling import Method, figure_of_tables
from pipeline.agreement.rows import Found

SHARE = (0.0, 1.0)


def doubt_of(
    ground: Ground,
    numbers: ArrayLike,
    statistic: Callable[[Floats], Floats],
    *,
    bounds: tuple[float, float] = SHARE,
    method: Method = Method.JACKKNIFE_T,
) -> dict[str, Any]:
    """Give a statistic of sums over units its interval.

    Blocks in which all numbers are zero are no evidence and are left out.

    Args:
        ground: what belongs together in the m units.
        numbers: shape (m, ...) numbers that add up over units.
        statistic: takes sums (..., *shape of one unit), gives (...).
        bounds: limits of the statistic.
        method: of the interval.

    Returns:
        Columns ``unit``, ``estimate``, ``low``, ``high`` and ``reason``.
    """
    given = np.asarray(numbers, dtype=np.float64)
    by_block = np.zeros((ground.n_blocks, *given.shape[1:]))
    np.add.at(by_block, ground.blocks.index, given)
    return doubt_of_blocks(ground, by_block, statistic, bounds=bounds, method=method)


def doubt_of_blocks(
    ground: Ground,
    by_block: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    bounds: tuple[float, float] = SHARE,
    method: Method = Method.JACKKNIFE_T,
) -> dict[str, Any]:
    """Give a statistic of tables (blocks, ...) that add up over blocks its interval; columns as `doubt_of`."""
    kept = by_block[by_block.reshape(len(by_block), -1).any(axis=1)] if by_block.size else by_block[:0]
    cells = int(np.prod(kept.shape[1:]))
    found = ground.doubt(in_portions(figure_of_tables(kept, statistic), cells), len(kept), bounds=bounds, method=method)
    return {
        "unit": ground.unit,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "reason": None if found.reason is None else str(found.reason),
    }


def share_of(ground: Ground, hit: ArrayLike, of: ArrayLike) -> dict[str, Any]:
    """Give a share its interval.

    Args:
        ground: what belongs together in the m units.
        hit: shape (m,) units that count.
        of: shape (m,) units among which they count.

    Returns:
        Columns as `doubt_of`.
    """
    among = np.asarray(of, dtype=bool)
    numbers = np.stack([np.asarray(hit, dtype=bool) & among, among], axis=-1)
    return doubt_of(ground, numbers, lambda sums: divide(sums[..., 0], sums[..., 1]))


def columns_of(found: Found, ground: Ground) -> dict[str, Any]:
    """Give the columns of a figure that was evaluated with its chance level."""
    return {
        "unit": ground.unit,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "chance": found.chance,
        "p": found.p,
        "reason": found.reason,
    }
