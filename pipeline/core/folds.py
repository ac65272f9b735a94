"""Folds made of whole blocks: what is held out shares no session or statement with what a model learns from."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MIN_REPEATED_WORDS = 4
"""Shorter texts are said twice by people as well."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")


def find_copies(texts: Sequence[str]) -> list[str]:
    """Find the texts that stand more than once word for word: copied, or taken down twice.

    Args:
        texts: n texts.

    Returns:
        n keys that all copies of a text share; empty where it stands once or has fewer than four words.

    >>> find_copies(["De zaal is te koud.", "de zaal is te koud", "Te duur.", "Te duur."])
    ['de zaal is te koud', 'de zaal is te koud', '', '']
    """
    words = [_WORD.findall(text.casefold()) for text in texts]
    keys = [" ".join(found) if len(found) >= MIN_REPEATED_WORDS else "" for found in words]
    counts = Counter(keys)
    return [key if counts[key] > 1 else "" for key in keys]


def have_copy(copies: Sequence[str], scored: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which units repeat the text of one that is scored: no model that scores it may learn from them.

    Args:
        copies: n keys, as `find_copies` gives.
        scored: n, whether a unit is scored.

    >>> have_copy(["a", "", "a", ""], np.array([True, True, False, False])).tolist()
    [True, False, True, False]
    """
    known = {key for key, wanted in zip(copies, scored, strict=True) if key and wanted}
    return np.array([key in known for key in copies], dtype=np.bool_)


def choose_blocks(
    sessions: Sequence[str], statements: Sequence[str], *, n_folds: int, copies: Sequence[str] = ()
) -> list[str]:
    """Name the block of each unit: its session where there are sessions enough, else its statement with its quotes.

    Statements that hold the same text are one block, named after the first of them; of sessions that would leave too
    few, and `have_copy` says what to leave out instead.

    Args:
        sessions: n session names.
        statements: n names of statement blocks, unique within a session.
        n_folds: the number of folds wanted.
        copies: n keys of repeated texts, as `find_copies` gives.

    Returns:
        n block names.

    >>> choose_blocks(["tafel 1", "tafel 2"], ["b1", "b1"], n_folds=2)
    ['tafel 1', 'tafel 2']
    >>> choose_blocks(["tafel 1", "tafel 1"], ["b1", "b2"], n_folds=2)
    ['tafel 1/b1', 'tafel 1/b2']
    >>> choose_blocks(["tafel 1"] * 3, ["b1", "b2", "b3"], n_folds=2, copies=["zo is het hier", "", "zo is het hier"])
    ['tafel 1/b1', 'tafel 1/b2', 'tafel 1/b1']
    """
    if len(set(sessions)) >= n_folds:
        return list(sessions)
    names = [f"{session}/{statement}" for session, statement in zip(sessions, statements, strict=True)]
    first = {name: name for name in names}
    holders: dict[str, list[str]] = {}
    for name, key in zip(names, copies or [""] * len(names), strict=True):
        if key:
            holders.setdefault(key, []).append(name)
    for same_text in holders.values():
        roots = {_root(first, name) for name in same_text}
        first.update(dict.fromkeys(roots, min(roots)))
    return [_root(first, name) for name in names]


def _root(first: dict[str, str], name: str) -> str:
    while first[name] != name:
        name = first[name]
    return name


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
