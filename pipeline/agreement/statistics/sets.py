"""Fragments with several codes: sets as categories for alpha.

A coder's codes of one unit are a set; *no code* is the empty set and a value of its own, *not seen* is
missing. Sets are numbered, so alpha over sets is `krippendorff_alpha` with a difference between sets and
resamples like every other coefficient.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.statistics.counts import Codes
from pipeline.core.views import Floats

Members: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class NumberedSets:
    """Sets of codes as numbers.

    Args:
        codes: (n, coders) the number of each coder's set, -1 where the coder did not see the unit.
        members: (sets, q) whether a code belongs to a set.
        labels: the q codes, in their order.
    """

    codes: Codes
    members: Members
    labels: tuple[Hashable, ...]


def number_sets(
    choices: Sequence[Sequence[Iterable[Hashable] | None]], labels: Sequence[Hashable] | None = None
) -> NumberedSets:
    """Number the distinct sets of codes, in an order that does not depend on the order of the units.

    Args:
        choices: for each unit, for each coder a set of codes (maybe empty), or None when not seen.
        labels: the codes in the codebook's order; by default those used, sorted by their text.

    Raises:
        ValueError: a code is not among the labels.

    >>> numbered = number_sets([[{"a"}, {"a", "b"}], [set(), None]])
    >>> numbered.codes.tolist(), numbered.members.tolist()
    ([[1, 2], [0, -1]], [[False, False], [True, False], [True, True]])
    """
    rows = [[None if chosen is None else frozenset(chosen) for chosen in unit] for unit in choices]
    used = {code for unit in rows for chosen in unit if chosen is not None for code in chosen}
    known = tuple(sorted(used, key=str)) if labels is None else tuple(labels)
    if not used <= set(known):
        raise ValueError("a code is not among the labels")
    place = {code: number for number, code in enumerate(known)}
    distinct = {chosen for unit in rows for chosen in unit if chosen is not None}
    in_order = sorted(distinct, key=lambda chosen: (len(chosen), sorted(place[code] for code in chosen)))
    number = {chosen: position for position, chosen in enumerate(in_order)}
    members = np.zeros((len(in_order), len(known)), dtype=np.bool_)
    for chosen, position in number.items():
        members[position, [place[code] for code in chosen]] = True
    codes = np.array([[-1 if chosen is None else number[chosen] for chosen in unit] for unit in rows], dtype=np.int64)
    return NumberedSets(codes.reshape(len(rows), -1) if rows else codes.reshape(0, 0), members, known)


def jaccard_difference(members: ArrayLike) -> Floats:
    """1 - |A and B| / |A or B| of every two sets; 0 between two empty sets; shape (sets, sets).

    Source: Jaccard (1912), New Phytologist 11(2).

    >>> jaccard_difference([[0, 0], [1, 0], [1, 1]]).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.5], [1.0, 0.5, 0.0]]
    """
    shared, joined = _overlap(members)
    return 1.0 - _share(shared, joined)


def masi_difference(members: ArrayLike) -> Floats:
    """1 - Jaccard * M, with M = 1 for equal sets, 2/3 for a part, 1/3 for an overlap, 0 otherwise.

    Source: Passonneau (2006), Measuring Agreement on Set-valued Items (MASI), LREC. The empty set is
    a part of every set, but shares no code, so it differs by 1 from every other set and by 0 from itself.

    >>> masi_difference([[0, 0], [1, 0], [1, 1]]).round(3).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.667], [1.0, 0.667, 0.0]]
    """
    shared, joined = _overlap(members)
    sizes = np.diagonal(shared)
    smaller = np.minimum(sizes[:, np.newaxis], sizes)
    likeness = np.where(shared == joined, 1.0, np.where(shared == smaller, 2.0 / 3.0, np.where(shared > 0, 1 / 3, 0.0)))
    return 1.0 - _share(shared, joined) * likeness


def _overlap(members: ArrayLike) -> tuple[Floats, Floats]:
    chosen = np.asarray(members, dtype=np.float64)
    shared = chosen @ chosen.T
    sizes = chosen.sum(axis=1)
    return shared, sizes[:, np.newaxis] + sizes - shared


def _share(shared: Floats, joined: Floats) -> Floats:
    return np.divide(shared, joined, out=np.ones_like(shared), where=joined > 0)
