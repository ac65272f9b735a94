"""Fragments with several codes: sets as categories for alpha, and multi-label F1.

A coder's codes of one unit are a set; *no code* is the empty set and a value of its own, *not seen* is
missing. Sets are numbered, so alpha over sets is `krippendorff_alpha` with a difference between sets and
resamples like every other coefficient.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.statistics.coefficients import divide
from pipeline.agreement.statistics.counts import Codes, sum_by_block
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


@dataclass(frozen=True)
class LabelCounts:
    """Counts of two coders' sets of codes that add up over units.

    Args:
        both: (..., q) units where both chose the code.
        by_a: (..., q) units where A chose it.
        by_b: (..., q) units where B chose it.
        jaccard: (...,) sum over units of |A and B| / |A or B|, 1 where both sets are empty.
        units: (...,) units that both have seen.
    """

    both: Floats
    by_a: Floats
    by_b: Floats
    jaccard: Floats
    units: Floats

    def weighted(self, weights: ArrayLike) -> "LabelCounts":
        """Sum the blocks with weights of shape (..., blocks)."""
        given = np.asarray(weights, dtype=np.float64)
        parts = (self.both, self.by_a, self.by_b, self.jaccard, self.units)
        return LabelCounts(*(np.tensordot(given, part, axes=1) for part in parts))


def count_labels(numbered: NumberedSets, blocks: ArrayLike | None = None) -> LabelCounts:
    """Count for two coders, of all units together or with a leading axis of blocks.

    Args:
        numbered: sets of exactly two coders.
        blocks: shape (n,) number of the block of each unit; None for all units together.

    Raises:
        ValueError: the sets are not of two coders.

    >>> count_labels(number_sets([[{"a"}, {"a", "b"}], [{"b"}, {"b"}]])).both.tolist()
    [1.0, 1.0]
    """
    if numbered.codes.ndim != 2 or numbered.codes.shape[1] != 2:
        raise ValueError("multi-label counts compare exactly two coders")
    seen = (numbered.codes >= 0).all(axis=1)
    where = np.zeros(seen.shape, dtype=np.int64) if blocks is None else np.asarray(blocks, dtype=np.int64)
    n_blocks = 1 if blocks is None else int(where.max(initial=-1)) + 1
    pairs = numbered.codes[seen]
    a, b = numbered.members[pairs[:, 0]], numbered.members[pairs[:, 1]]
    shared = (a & b).astype(np.float64)
    alike = _share(shared.sum(axis=1), (a | b).sum(axis=1).astype(np.float64))
    columns = np.column_stack([shared, a, b, alike, np.ones(len(pairs))])
    sums = np.zeros((n_blocks, columns.shape[1]))
    counted = sum_by_block(columns, where[seen])
    sums[: len(counted)] = counted
    summed = sums.sum(axis=0) if blocks is None else sums
    q = shared.shape[1]
    return LabelCounts(
        summed[..., :q], summed[..., q : 2 * q], summed[..., 2 * q : 3 * q], summed[..., -2], summed[..., -1]
    )


def micro_f1(counts: LabelCounts) -> Floats:
    """F1 over all choices of all codes together; NaN when nobody chose any code; shape (...).

    >>> float(micro_f1(count_labels(number_sets([[{"a"}, {"a", "b"}], [{"b"}, {"b"}]]))))
    0.8
    """
    chosen = counts.by_a.sum(axis=-1) + counts.by_b.sum(axis=-1)
    return divide(2.0 * counts.both.sum(axis=-1), chosen)


def f1_per_code(counts: LabelCounts) -> Floats:
    """F1 (positive agreement) of each code; NaN for a code that nobody chose; shape (..., q).

    >>> f1_per_code(count_labels(number_sets([[{"a"}, {"a", "b"}], [{"b"}, {"b"}]]))).round(3).tolist()
    [1.0, 0.667]
    """
    return divide(2.0 * counts.both, counts.by_a + counts.by_b)


def macro_f1(counts: LabelCounts) -> Floats:
    """Mean F1 of the codes that somebody chose; codes that nobody chose are left out; shape (...).

    >>> float(macro_f1(count_labels(number_sets([[{"a"}, {"a", "b"}], [{"b"}, {"b"}]]))).round(4))
    0.8333
    """
    per_code = f1_per_code(counts)
    chosen = ~np.isnan(per_code)
    return divide(np.where(chosen, per_code, 0.0).sum(axis=-1), chosen.sum(axis=-1))


def mean_jaccard(counts: LabelCounts) -> Floats:
    """Mean over units of |A and B| / |A or B|; two empty sets agree fully; shape (...).

    >>> float(mean_jaccard(count_labels(number_sets([[{"a"}, {"a", "b"}], [set(), set()]]))))
    0.75
    """
    return divide(counts.jaccard, counts.units)


def _overlap(members: ArrayLike) -> tuple[Floats, Floats]:
    chosen = np.asarray(members, dtype=np.float64)
    shared = chosen @ chosen.T
    sizes = chosen.sum(axis=1)
    return shared, sizes[:, np.newaxis] + sizes - shared


def _share(shared: Floats, joined: Floats) -> Floats:
    return np.divide(shared, joined, out=np.ones_like(shared), where=joined > 0)
