"""What agreement chance alone would give: the same codes, moved without breaking up what belongs together.

Codes of neighbouring fragments resemble each other. Moving single codes breaks those runs and makes chance agreement
look rarer than it is; moving whole blocks, or turning a document's codes round in a circle, keeps the runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Units = NDArray[np.int64]

MAX_CELLS = 4_000_000
ROUNDING = 1e-12


class Moved(StrEnum):
    """What a permutation moves."""

    BLOCKS = "whole blocks"
    SHIFT = "circular shift within documents"
    UNITS = "single units within documents"


@dataclass(frozen=True, kw_only=True)
class PermutationTest:
    """An observed figure beside its distribution under chance.

    Attributes:
        observed: the figure.
        chance: mean of the same figure over the permutations, None when it was never defined.
        p: share of arrangements, the observed one included, with at least this figure.
        n_permutations: how many were drawn.
        n_undefined: permutations in which the figure was undefined; they count as at least the observed figure.
        moved: what was moved.
    """

    observed: float
    chance: float | None
    p: float
    n_permutations: int
    n_undefined: int
    moved: Moved


def iter_orders(
    n_permutations: int, *, moved: Moved, documents: ArrayLike, blocks: ArrayLike | None = None, seed: int
) -> Iterator[Units]:
    """Draw new orders of the units, in portions that fit in memory.

    The units must stand in the order of their documents' text. Codes are moved within their own document; give all
    units one document to move blocks between sessions too. With blocks, what moves is the content of a block: it is
    laid into the place of another one, stretched or shortened where the two differ in length. Laying unequal blocks
    end to end instead would put their borders out of step with the other coder's and call too much significant.

    Args:
        n_permutations: how many orders.
        moved: what moves.
        documents: shape (n,) number of the document of each unit.
        blocks: shape (n,) number of the block of each unit; needed for whole blocks. A circular shift goes by
            whole blocks when they are given, and by units otherwise.
        seed: of the draws.

    Yields:
        Arrays (portion, n): ``codes[order]`` are the moved codes. A unit comes once, unless blocks differ in length.

    Raises:
        ValueError: whole blocks are to be moved and no blocks are given, or lengths differ.

    >>> [order.tolist() for order in iter_orders(1, moved=Moved.SHIFT, documents=[0, 0, 0], seed=2)]
    [[[2, 0, 1]]]
    """
    where = np.asarray(documents, dtype=np.int64)
    if moved is Moved.BLOCKS and blocks is None:
        raise ValueError("blocks are needed to move whole blocks")
    alone = blocks is None or moved is Moved.UNITS
    together = np.arange(where.size, dtype=np.int64) if alone else np.asarray(blocks, dtype=np.int64)
    if together.shape != where.shape:
        raise ValueError(f"{together.size} blocks for {where.size} units")
    slots = _find_slots(where, together)
    rng = np.random.default_rng(seed)
    draw = _turn if moved is Moved.SHIFT else _shuffle
    step = max(1, MAX_CELLS // max(where.size, 1))
    for start in range(0, n_permutations, step):
        yield _fill(slots, draw(min(step, n_permutations - start), slots.documents, rng))


def permuted_tables(codes_a: ArrayLike, codes_b: ArrayLike, shape: tuple[int, int], orders: Units) -> Floats:
    """Count the contingency tables of coder A against the moved codes of coder B.

    Args:
        codes_a: shape (n,) codes from 0, -1 is missing.
        codes_b: shape (n,) likewise.
        shape: number of categories of A and of B.
        orders: shape (permutations, n) from `iter_orders`.

    Returns:
        Counts of shape (permutations, *shape).

    >>> permuted_tables([0, 1], [0, 1], (2, 2), np.array([[1, 0]])).tolist()
    [[[0.0, 1.0], [1.0, 0.0]]]
    """
    a, b = np.asarray(codes_a, dtype=np.int64), np.asarray(codes_b, dtype=np.int64)[orders]
    n_cells = shape[0] * shape[1]
    cells = np.where((a >= 0) & (b >= 0), a * shape[1] + b, n_cells)
    cells += np.arange(len(orders))[:, np.newaxis] * (n_cells + 1)
    counted = np.bincount(cells.ravel(), minlength=len(orders) * (n_cells + 1)).reshape(len(orders), n_cells + 1)
    return counted[:, :n_cells].reshape(len(orders), *shape).astype(np.float64)


def summarise_null(observed: float, null: ArrayLike, *, moved: Moved) -> PermutationTest:
    """Place an observed figure among its permutations: p = (1 + number at least as high) / (B + 1).

    Source: Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), art. 39.

    Args:
        observed: the figure; must be defined.
        null: shape (B,) the same figure of the moved codes, NaN where undefined.
        moved: what was moved; only passed on.

    Raises:
        ValueError: the observed figure is not a finite number.

    >>> found = summarise_null(0.5, [0.1, 0.5, -0.1], moved=Moved.SHIFT)
    >>> found.p, round(found.chance, 4)
    (0.5, 0.1667)
    """
    if not np.isfinite(observed):
        raise ValueError("an undefined figure has no p-value")
    values = np.asarray(null, dtype=np.float64)
    known = values[np.isfinite(values)]
    n_undefined = values.size - known.size
    n_reached = int((known >= observed - ROUNDING).sum()) + n_undefined
    return PermutationTest(
        observed=observed,
        chance=float(known.mean()) if known.size else None,
        p=(1 + n_reached) / (values.size + 1),
        n_permutations=values.size,
        n_undefined=n_undefined,
        moved=moved,
    )


def permutation_test(
    codes_a: ArrayLike,
    codes_b: ArrayLike,
    shape: tuple[int, int],
    statistic: Callable[[Floats], Floats],
    *,
    moved: Moved,
    documents: ArrayLike,
    blocks: ArrayLike | None = None,
    n_permutations: int,
    seed: int,
) -> PermutationTest:
    """Test a statistic of contingency tables against moved codes.

    To test several statistics on the same draws, loop over `iter_orders` with `permuted_tables` instead.

    Args:
        codes_a: shape (n,) codes from 0, -1 is missing.
        codes_b: shape (n,) likewise; these are moved.
        shape: number of categories of A and of B.
        statistic: takes tables (..., *shape), gives (...); higher is more agreement.
        moved: what moves.
        documents: shape (n,) number of the document of each unit.
        blocks: shape (n,) number of the block of each unit.
        n_permutations: how many; 9,999 for a paper.
        seed: of the draws.

    >>> codes = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> share = lambda tables: np.trace(tables, axis1=-2, axis2=-1) / 8
    >>> found = permutation_test(
    ...     codes, codes, (2, 2), share, moved=Moved.SHIFT, documents=[0] * 8, n_permutations=999, seed=1
    ... )
    >>> found.observed, round(found.p, 1)  # one turn in eight restores the codes: p cannot fall below 1/8
    (1.0, 0.1)
    """
    n_units = np.asarray(codes_a).size
    observed = statistic(permuted_tables(codes_a, codes_b, shape, np.arange(n_units)[np.newaxis]))
    portions = iter_orders(n_permutations, moved=moved, documents=documents, blocks=blocks, seed=seed)
    null = [statistic(permuted_tables(codes_a, codes_b, shape, orders)) for orders in portions]
    return summarise_null(float(observed[0]), np.concatenate(null), moved=moved)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjust p-values for testing many codes at once, keeping the false discovery rate.

    Source: Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57(1).

    Args:
        p_values: shape (n,), NaN where there was no test; those stay NaN and do not count.

    Returns:
        Adjusted p-values, shape (n,).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, float("nan")]).round(4).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    falling = tested[np.argsort(-p[tested], kind="stable")]
    ranks = np.arange(tested.size, 0, -1)
    adjusted[falling] = np.minimum(np.minimum.accumulate(p[falling] * tested.size / ranks), 1.0)
    return adjusted


class _Slots(NamedTuple):
    """The places of blocks: units sorted by document and block; per block its document, start and length there."""

    units: Units
    slot: Units
    documents: Units
    starts: Units
    lengths: Units


def _find_slots(documents: Units, blocks: Units) -> _Slots:
    pairs = np.stack([documents, blocks], axis=1)
    _, first, group = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    appears = first[group.ravel()]
    units = np.lexsort((np.arange(documents.size), appears, documents))
    begins = np.flatnonzero(np.diff(appears[units], prepend=-1))
    lengths = np.diff(begins, append=documents.size)
    slot = np.repeat(np.arange(begins.size), lengths)
    return _Slots(units, slot, documents[units[begins]], begins, lengths)


def _shuffle(n_draws: int, documents: Units, rng: np.random.Generator) -> Units:
    return np.argsort(documents + rng.random((n_draws, documents.size)), axis=1)


def _turn(n_draws: int, documents: Units, rng: np.random.Generator) -> Units:
    sources = np.empty((n_draws, documents.size), dtype=np.int64)
    for document in np.unique(documents):
        blocks = np.flatnonzero(documents == document)
        turned = np.arange(blocks.size) + rng.integers(blocks.size, size=(n_draws, 1))
        sources[:, blocks] = blocks[turned % blocks.size]
    return sources


def _fill(slots: _Slots, sources: Units) -> Units:
    """Lay the content of block ``sources[draw, slot]`` into each slot."""
    source = sources[:, slots.slot]
    within = np.arange(slots.units.size) - slots.starts[slots.slot]
    taken = slots.starts[source] + within * slots.lengths[source] // slots.lengths[slots.slot]
    orders = np.empty_like(taken)
    orders[:, slots.units] = slots.units[taken]
    return orders
