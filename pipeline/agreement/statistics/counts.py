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


def checked_codes(codes: ArrayLike, n_categories: int) -> Codes:
    """Return codes as int64 after checking that they are whole numbers from -1 to q-1.

    Raises:
        ValueError: a code is not a whole number, or lies outside its range.

    >>> checked_codes([0, 1, -1], 2).tolist()
    [0, 1, -1]
    """
    given = np.asarray(codes)
    if given.size and given.dtype.kind not in "iub":
        raise ValueError("codes are whole numbers; -1 is missing")
    checked = given.astype(np.int64)
    if n_categories < 0 or (checked.size and (checked.min() < -1 or checked.max() >= n_categories)):
        raise ValueError(f"codes lie from -1 (missing) to {n_categories - 1}")
    return checked


def contingency(codes_a: ArrayLike, codes_b: ArrayLike, n_categories: int) -> Floats:
    """Count how often coder A's category (row) meets coder B's (column).

    Units that one of the two did not code are left out. Leading axes are kept and broadcast, so one
    call serves all permutations of coder B.

    Args:
        codes_a: shape (..., n) codes of coder A.
        codes_b: shape (..., n) codes of coder B for the same units.
        n_categories: q, the number of categories known to the coders, used or not.

    Returns:
        Counts of shape (..., q, q).

    >>> contingency([0, 0, 1, -1], [0, 1, 1, 1], 2).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    a, b = np.broadcast_arrays(checked_codes(codes_a, n_categories), checked_codes(codes_b, n_categories))
    if a.ndim == 0:
        raise ValueError("codes have a last axis of units")
    lead = a.shape[:-1]
    rows = np.broadcast_to(np.arange(int(np.prod(lead)), dtype=np.int64).reshape((*lead, 1)), a.shape)
    return _count_cells(a.ravel(), b.ravel(), rows.ravel(), int(np.prod(lead)), n_categories).reshape(
        (*lead, n_categories, n_categories)
    )


def contingency_by_block(codes_a: ArrayLike, codes_b: ArrayLike, n_categories: int, blocks: ArrayLike) -> Floats:
    """One contingency table per block of units; they add up to the table of all units.

    Args:
        codes_a: shape (n,) codes of coder A.
        codes_b: shape (n,) codes of coder B for the same units.
        n_categories: q.
        blocks: shape (n,) number of the block (session, statement block) of each unit, from 0.

    Returns:
        Counts of shape (blocks, q, q).

    >>> contingency_by_block([0, 1], [0, 0], 2, [0, 1]).tolist()
    [[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]]
    """
    a, b = checked_codes(codes_a, n_categories), checked_codes(codes_b, n_categories)
    where = _checked_blocks(blocks, a.shape[0])
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError("both coders have one code, or -1, for each unit")
    return _count_cells(a, b, where, _block_count(where), n_categories)


def ratings(codes: ArrayLike, n_categories: int) -> Floats:
    """Count for every unit how many coders chose each category.

    Args:
        codes: shape (n, coders).
        n_categories: q.

    Returns:
        Counts of shape (n, q).

    >>> ratings([[0, 0, 1], [1, -1, -1]], 2).tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    checked = checked_codes(codes, n_categories)
    if checked.ndim != 2:
        raise ValueError("codes have the shape (units, coders)")
    units, coders = checked.shape
    cells = np.repeat(np.arange(units, dtype=np.int64) * n_categories, coders) + checked.ravel()
    counted = np.bincount(cells[checked.ravel() >= 0], minlength=units * n_categories)
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


def tally_by_block(codes: ArrayLike, n_categories: int, blocks: ArrayLike) -> Tallies:
    """Tallies per block of units, with a leading axis of blocks.

    Args:
        codes: shape (n, coders), -1 is missing.
        n_categories: q.
        blocks: shape (n,) number of the block of each unit, from 0.

    >>> tally_by_block([[0, 0], [0, 1]], 2, [0, 1]).margins.tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    counted = ratings(codes, n_categories)
    where = _checked_blocks(blocks, counted.shape[0])
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
        pairs.append(sum_by_block(met / per_pair, where))
        coincidences.append(sum_by_block(met / per_value, where))
    margins = sum_by_block(shares, where)
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


def _checked_blocks(blocks: ArrayLike, n_units: int) -> Codes:
    given = np.asarray(blocks)
    if given.shape != (n_units,) or (given.size and (given.dtype.kind not in "iu" or given.min() < 0)):
        raise ValueError("blocks hold one whole number from 0 for each unit")
    return given.astype(np.int64)


def _block_count(blocks: Codes) -> int:
    return int(blocks.max()) + 1 if blocks.size else 0
