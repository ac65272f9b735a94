"""Blocks that belong together, and folds made of whole blocks.

Fragments of one session, sub-heading or statement resemble each other. Whatever is fitted on some and scored on
others, and whatever is resampled to show doubt, keeps such a block whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.folds import deal_blocks

BLOCK_UNITS = ("session", "heading", "statement", "fragment")
MAX_BLOCKS = 1000


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Which block each unit of analysis belongs to.

    Attributes:
        unit: what a block is: one of ``BLOCK_UNITS``.
        names: the b distinct block names, sorted.
        index: for each of n units, the position of its block in ``names``.
    """

    unit: str
    names: tuple[str, ...]
    index: NDArray[np.int64]


def make_blocks(labels: Sequence[str], *, unit: str) -> Blocks:
    """Number the blocks by sorted name, so that the order of the rows changes nothing.

    Args:
        labels: n block names, one per unit; an empty name is a block of its own.
        unit: what a block is: one of ``BLOCK_UNITS``.

    Returns:
        The blocks.

    Raises:
        ValueError: ``unit`` is not one of ``BLOCK_UNITS``.

    >>> make_blocks(["tafel b", "tafel a", "tafel b"], unit="session").index.tolist()
    [1, 0, 1]
    """
    if unit not in BLOCK_UNITS:
        raise ValueError(f"unit is {unit!r}; use one of {', '.join(BLOCK_UNITS)}")
    names = tuple(sorted(set(labels)))
    position = {name: i for i, name in enumerate(names)}
    return Blocks(unit=unit, names=names, index=np.array([position[label] for label in labels], dtype=np.int64))


def choose_blocks(
    n_units: int,
    *,
    sessions: Sequence[str] | None = None,
    headings: Sequence[str] | None = None,
    statements: Sequence[str] | None = None,
) -> Blocks:
    """Take the largest kind of block of which there are at least two: session, else heading, else statement.

    Where none of them splits the material, each unit is a block of its own (``fragment``), which treats units as
    independent and therefore shows too little doubt; the ``unit`` of the result says so. More than ``MAX_BLOCKS``
    blocks are merged with their neighbours in sorted order, so that resampling stays linear in the number of units.

    Args:
        n_units: the number of units.
        sessions: n session names, or None when unknown.
        headings: n sub-headings, named so that equal headings of two documents differ.
        statements: n names of statement blocks (a statement with its quotes).

    Returns:
        The blocks, with ``unit`` saying which kind was taken.

    Raises:
        ValueError: a list has another length than ``n_units``.

    >>> blocks = choose_blocks(4, sessions=["een"] * 4, headings=["a", "a", "b", "b"])
    >>> blocks.unit, len(blocks.names)
    ('heading', 2)
    """
    for unit, labels in zip(BLOCK_UNITS, (sessions, headings, statements), strict=False):
        if labels is None:
            continue
        if len(labels) != n_units:
            raise ValueError(f"{len(labels)} {unit} names for {n_units} units")
        if len(set(labels)) >= 2:
            return _merged(make_blocks(labels, unit=unit))
    width = len(str(n_units))
    return _merged(make_blocks([f"{i:0{width}d}" for i in range(n_units)], unit="fragment"))


def make_folds(blocks: Sequence[str], *, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Deal whole blocks into folds of about equal size, the largest block first.

    Blocks of equal size are ordered by a hash of seed and name: the result depends on the names alone, not on the
    order of the rows. With fewer blocks than folds every block is a fold of its own.

    Args:
        blocks: n block names, one per unit.
        n_folds: the number of folds wanted, at least 2.
        seed: changes which blocks of equal size come together.

    Returns:
        n fold numbers, from 0.

    Raises:
        ValueError: fewer than two folds, or fewer than two blocks (nothing can be held out).

    >>> make_folds(["a", "a", "a", "b", "b", "c"], n_folds=2, seed=1).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    n_blocks = len(set(blocks))
    if n_blocks < 2:
        raise ValueError(f"{n_blocks} block(s); at least 2 are needed to hold anything out")
    return deal_blocks(blocks, n_folds=n_folds, seed=seed)


def _merged(blocks: Blocks) -> Blocks:
    n_names = len(blocks.names)
    if n_names <= MAX_BLOCKS:
        return blocks
    group = np.arange(n_names) * MAX_BLOCKS // n_names
    first = np.searchsorted(group, np.arange(MAX_BLOCKS))
    return Blocks(unit=blocks.unit, names=tuple(blocks.names[i] for i in first), index=group[blocks.index])
