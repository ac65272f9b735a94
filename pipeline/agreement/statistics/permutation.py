"""New orders of units in which whole blocks stay together, and p-values adjusted for testing many things at once."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.core.views import Floats

Units = NDArray[np.int64]

MAX_CELLS = 4_000_000


class Moved(StrEnum):
    """What a permutation moves."""

    BLOCKS = "whole blocks"
    UNITS = "single units within documents"


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
        blocks: shape (n,) number of the block of each unit; needed for whole blocks.
        seed: of the draws.

    Yields:
        Arrays (portion, n): ``codes[order]`` are the moved codes. A unit comes once, unless blocks differ in length.

    Raises:
        ValueError: whole blocks are to be moved and no blocks are given, or lengths differ.

    >>> [order.tolist() for order in iter_orders(1, moved=Moved.BLOCKS, documents=[0, 0, 0], blocks=[0, 0, 1], seed=2)]
    [[[0, 1, 2]]]
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
    step = max(1, MAX_CELLS // max(where.size, 1))
    for start in range(0, n_permutations, step):
        yield _fill(slots, _shuffle(min(step, n_permutations - start), slots.documents, rng))


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


def _fill(slots: _Slots, sources: Units) -> Units:
    """Lay the content of block ``sources[draw, slot]`` into each slot."""
    source = sources[:, slots.slot]
    within = np.arange(slots.units.size) - slots.starts[slots.slot]
    taken = slots.starts[source] + within * slots.lengths[source] // slots.lengths[slots.slot]
    orders = np.empty_like(taken)
    orders[:, slots.units] = slots.units[taken]
    return orders
