"""Counting codes: tables that add up over units, so that resampling is a sum.

Codes are integers 0..q-1, -1 is *missing* (not seen, not coded). A unit with one code or none cannot
show agreement; what it still tells about the margins is said at each function.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.core.views import Floats

Codes: TypeAlias = NDArray[np.int64]


def contingency(codes_a: Codes, codes_b: Codes, n_categories: int) -> Floats:
    """Count how often coder A's category (row) meets coder B's (column).

    Units that one of the two did not code are left out.

    Args:
        codes_a: shape (n,) codes of coder A.
        codes_b: shape (n,) codes of coder B for the same units.
        n_categories: q, the number of categories known to the coders, used or not.

    Returns:
        Counts of shape (q, q).

    >>> contingency(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 1]), 2).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    [table] = _count_cells(codes_a, codes_b, np.zeros_like(codes_a), 1, n_categories)
    return np.asarray(table)


def contingency_by_block(codes_a: Codes, codes_b: Codes, n_categories: int, blocks: Codes) -> Floats:
    """One contingency table per block of units; they add up to the table of all units.

    Args:
        codes_a: shape (n,) codes of coder A.
        codes_b: shape (n,) codes of coder B for the same units.
        n_categories: q.
        blocks: shape (n,) number of the block (session, statement block) of each unit, from 0.

    Returns:
        Counts of shape (blocks, q, q).

    >>> contingency_by_block(np.array([0, 1]), np.array([0, 0]), 2, np.array([0, 1])).tolist()
    [[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]]
    """
    return _count_cells(codes_a, codes_b, blocks, _block_count(blocks), n_categories)


def ratings(codes: Codes, n_categories: int) -> Floats:
    """Count for every unit how many coders chose each category.

    Args:
        codes: shape (n, coders).
        n_categories: q.

    Returns:
        Counts of shape (n, q).

    >>> ratings(np.array([[0, 0, 1], [1, -1, -1]]), 2).tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    units, coders = codes.shape
    cells = np.repeat(np.arange(units, dtype=np.int64) * n_categories, coders) + codes.ravel()
    counted = np.bincount(cells[codes.ravel() >= 0], minlength=units * n_categories)
    return counted.reshape(units, n_categories).astype(np.float64)


@dataclass(frozen=True)
class Tallies:
    """All that the coefficients for any number of coders need; every field adds up over units.

    Args:
        pairs: (..., q, q) the ordered pairs of codes within a unit, each unit weighing 1 in total;
            sums to the number of units with two codes or more.
        margins: (..., q) the codes of a unit, each unit weighing 1 in total; sums to the number of
            units with any code (Gwet uses the units with a single code here too).
        coincidences: (..., q, q) Krippendorff's coincidence matrix; each unit weighs as many values
            as it has, units with a single code are left out.
    """

    pairs: Floats
    margins: Floats
    coincidences: Floats

    def one_against_rest(self) -> "Tallies":
        """Each category against all others: a new axis of q before the two categories (rest, code)."""
        units = self.margins.sum(axis=-1, keepdims=True)
        return Tallies(
            one_against_rest(self.pairs),
            np.stack([units - self.margins, self.margins], axis=-1),
            one_against_rest(self.coincidences),
        )


def tally_by_block(codes: Codes, n_categories: int, blocks: Codes) -> Tallies:
    """Tallies per block of units, with a leading axis of blocks.

    Args:
        codes: shape (n, coders), -1 is missing.
        n_categories: q.
        blocks: shape (n,) number of the block of each unit, from 0.

    >>> tally_by_block(np.array([[0, 0], [0, 1]]), 2, np.array([0, 1])).margins.tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    counted = ratings(codes, n_categories)
    # One column of the matrices at a time: never more than (units, q) numbers.
    coders = counted.sum(axis=-1, keepdims=True)
    several = coders >= 2
    ones = np.ones_like(coders)
    # Divided by whole numbers, not multiplied by their inverses: a unit on which all agree then weighs exactly 1.
    per_value = np.where(several, coders - 1.0, ones)
    per_pair = np.where(several, coders * (coders - 1.0), ones)
    shares = counted / np.maximum(coders, 1.0)
    pairs, coincidences = [], []
    for category in range(counted.shape[1]):
        others = counted.copy()
        others[:, category] -= 1.0
        met = np.where(several, others * counted[:, category, np.newaxis], 0.0)
        pairs.append(sum_by_block(met / per_pair, blocks))
        coincidences.append(sum_by_block(met / per_value, blocks))
    margins = sum_by_block(shares, blocks)
    empty = np.zeros((*margins.shape, margins.shape[-1]))
    return Tallies(
        np.stack(pairs, axis=-2) if pairs else empty,
        margins,
        np.stack(coincidences, axis=-2) if coincidences else empty,
    )


def tallies_of_tables(tables: ArrayLike) -> Tallies:
    """Tallies of two coders from their contingency tables, shape (..., q, q).

    >>> tallies_of_tables([[1, 1], [0, 0]]).margins.tolist()
    [1.5, 0.5]
    """
    counted = np.asarray(tables, dtype=np.float64)
    both_ways = counted + np.swapaxes(counted, -1, -2)
    return Tallies(both_ways / 2.0, both_ways.sum(axis=-1) / 2.0, both_ways)


def one_against_rest(tables: ArrayLike) -> Floats:
    """Fold a table into one 2 x 2 table per category: 0 is any other category, 1 the category itself.

    Args:
        tables: shape (..., q, q).

    Returns:
        Shape (..., q, 2, 2).

    >>> one_against_rest([[3, 1], [0, 2]])[0].tolist()
    [[2.0, 0.0], [1.0, 3.0]]
    """
    counted = np.asarray(tables, dtype=np.float64)
    both = np.diagonal(counted, axis1=-2, axis2=-1)
    rows, columns = counted.sum(axis=-1), counted.sum(axis=-2)
    rest = counted.sum(axis=(-2, -1))[..., np.newaxis] - rows - columns + both
    return np.stack([np.stack([rest, columns - both], axis=-1), np.stack([rows - both, both], axis=-1)], axis=-2)


def sum_by_block(rows: Floats, blocks: Codes) -> Floats:
    """Sum the rows (n, ...) of each block; shape (blocks, ...).

    >>> sum_by_block(np.array([[1.0], [2.0], [4.0]]), np.array([1, 0, 1])).tolist()
    [[2.0], [5.0]]
    """
    sums = np.zeros((_block_count(blocks), *rows.shape[1:]))
    if blocks.size:
        order = np.argsort(blocks, kind="stable")
        present, starts = np.unique(blocks[order], return_index=True)
        sums[present] = np.add.reduceat(rows[order], starts, axis=0)
    return sums


def _count_cells(a: Codes, b: Codes, tables: Codes, n_tables: int, q: int) -> Floats:
    both = (a >= 0) & (b >= 0)
    cells = (tables[both] * q + a[both]) * q + b[both]
    return np.bincount(cells, minlength=n_tables * q * q).reshape(n_tables, q, q).astype(np.float64)


def _block_count(blocks: Codes) -> int:
    return int(blocks.max()) + 1 if blocks.size else 0
