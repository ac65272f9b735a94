"""Folds made of whole blocks: what is held out shares no session or statement with what a model learns from."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def choose_blocks(sessions: Sequence[str], statements: Sequence[str], *, n_folds: int) -> list[str]:
    """Name the block of each unit: its session where there are sessions enough, else its statement with its quotes.

    Args:
        sessions: n session names.
        statements: n names of statement blocks, unique within a session.
        n_folds: the number of folds wanted.

    Returns:
        n block names.

    >>> choose_blocks(["tafel 1", "tafel 2"], ["b1", "b1"], n_folds=2)
    ['tafel 1', 'tafel 2']
    >>> choose_blocks(["tafel 1", "tafel 1"], ["b1", "b2"], n_folds=2)
    ['tafel 1/b1', 'tafel 1/b2']
    """
    if len(set(sessions)) >= n_folds:
        return list(sessions)
    return [f"{session}/{statement}" for session, statement in zip(sessions, statements, strict=True)]


def deal_blocks(blocks: Sequence[str], *, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Deal whole blocks into folds of about equal size, the largest block first.

    Blocks of equal size follow a hash of seed and name, so the order of the units changes nothing.

    Args:
        blocks: n block names, one per unit.
        n_folds: the number of folds wanted; fewer come back when there are fewer blocks.
        seed: changes which blocks of equal size come together.

    Returns:
        n fold numbers from 0; all 0 when there is one block, which means that nothing can be held out.

    Raises:
        ValueError: fewer than two folds are asked for.

    >>> deal_blocks(["a", "a", "a", "b", "b", "c"], n_folds=2, seed=1).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if n_folds < 2:
        raise ValueError(f"n_folds is {n_folds}; at least 2 are needed to hold anything out")
    sizes = Counter(blocks)
    filled = [0] * min(n_folds, max(len(sizes), 1))
    fold_of: dict[str, int] = {}
    for block in sorted(sizes, key=lambda name: (-sizes[name], _hash(seed, name))):
        fold_of[block] = filled.index(min(filled))
        filled[fold_of[block]] += sizes[block]
    return np.array([fold_of[block] for block in blocks], dtype=np.int64)


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}\x1f{name}".encode()).hexdigest()
