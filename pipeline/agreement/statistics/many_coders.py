"""Coefficients for any number of coders with missing values, over `Tallies` that add up over units.

`tallies_of_tables` makes the tallies of two coders. Undefined is NaN here; `registry` says why instead.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.statistics.coefficients import correct_for_chance, divide
from pipeline.agreement.statistics.counts import Codes, Tallies
from pipeline.core.views import Floats


def linear_weights(n_categories: int) -> Floats:
    """Agreement weights 1 - |i - j| / (q - 1) by position in the order; shape (q, q).

    Source: Cicchetti & Allison (1971), American Journal of EEG Technology 11.

    >>> linear_weights(3).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    return 1.0 - _steps(n_categories) / max(n_categories - 1, 1)


def quadratic_weights(n_categories: int) -> Floats:
    """Agreement weights 1 - (i - j)^2 / (q - 1)^2 by position in the order; shape (q, q).

    Source: Fleiss & Cohen (1973), Educational and Psychological Measurement 33.

    >>> quadratic_weights(3)[0].tolist()
    [1.0, 0.75, 0.0]
    """
    return 1.0 - _steps(n_categories) ** 2 / max(n_categories - 1, 1) ** 2


def nominal_difference(n_categories: int) -> Floats:
    """0 for the same category, 1 for any other; shape (q, q).

    >>> nominal_difference(2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return 1.0 - np.eye(n_categories)


def ordinal_difference(totals: ArrayLike) -> Floats:
    """Squared difference of the mean ranks of two categories among all pairable values.

    Krippendorff's sum of n_g from g = c to k, less half of n_c and n_k, is the distance between the
    mean ranks of c and k.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E.

    Args:
        totals: shape (..., q) values per category, in their order.

    Returns:
        Shape (..., q, q).

    >>> ordinal_difference([2, 4, 2])[0].tolist()
    [0.0, 9.0, 36.0]
    """
    counted = np.asarray(totals, dtype=np.float64)
    ranks = np.cumsum(counted, axis=-1) - counted / 2.0
    return np.square(ranks[..., :, np.newaxis] - ranks[..., np.newaxis, :])


def interval_difference(values: ArrayLike) -> Floats:
    """Squared difference of the numbers behind the categories; shape (q, q).

    >>> interval_difference([-1, 0, 1])[0].tolist()
    [0.0, 1.0, 4.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    return np.square(numbers[:, np.newaxis] - numbers)


def ratio_difference(values: ArrayLike) -> Floats:
    """Squared share ((c - k) / (c + k))^2, with 0 for zero against zero; shape (q, q).

    Raises:
        ValueError: a number is negative.

    >>> ratio_difference([0, 1, 3]).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.25], [1.0, 0.25, 0.0]]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if (numbers < 0).any():
        raise ValueError("a ratio scale has no negative numbers")
    sums = numbers[:, np.newaxis] + numbers
    return np.square(np.divide(numbers[:, np.newaxis] - numbers, sums, out=np.zeros_like(sums), where=sums > 0))


def _steps(n_categories: int) -> Floats:
    positions = np.arange(n_categories, dtype=np.float64)
    return np.abs(positions[:, np.newaxis] - positions)


def percent(tallies: Tallies, weights: ArrayLike | None = None) -> Floats:
    """Mean over units of the share of coder pairs that agree, in [0, 1].

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(percent(tallies_of_tables([[1, 1], [0, 0]])))
    0.5
    """
    met = tallies.pairs * _weighing(tallies, weights)
    return divide(met.sum(axis=(-2, -1)), tallies.pairs.sum(axis=(-2, -1)))


def fleiss_kappa(tallies: Tallies) -> Floats:
    """Agreement beyond what the pooled margins of all coders give by chance.

    For two coders Scott's pi; with missing values Gwet's generalisation, in which units with a single
    code count for the margins.
    Source: Fleiss (1971), Psychological Bulletin 76(5); Gwet (2014), Handbook of Inter-Rater
    Reliability, 4th edition, chapter 2.

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(fleiss_kappa(tallies_of_tables([[1, 1], [0, 2]])).round(4))
    0.4667
    """
    margins = prevalence(tallies)
    return correct_for_chance(percent(tallies), (margins * margins).sum(axis=-1))


def brennan_prediger(tallies: Tallies) -> Floats:
    """Agreement beyond 1/q, as if every category were equally likely; categories never used count.

    Source: Brennan & Prediger (1981), Educational and Psychological Measurement 41(3).

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(brennan_prediger(tallies_of_tables([[1, 1], [0, 2]])))
    0.5
    """
    return correct_for_chance(percent(tallies), np.asarray(1.0 / max(tallies.margins.shape[-1], 1)))


def gwet_ac1(tallies: Tallies) -> Floats:
    """Agreement beyond Gwet's chance, which is small where one category dominates.

    Source: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61(1).

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(gwet_ac1(tallies_of_tables([[80, 7], [8, 5]])).round(3))
    0.808
    """
    return gwet_ac2(tallies, np.eye(tallies.margins.shape[-1]))


def gwet_ac2(tallies: Tallies, weights: ArrayLike | None = None) -> Floats:
    """Gwet's AC1 with partial credit; NaN when there is only one category to choose from.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, section 3.5.

    Args:
        tallies: of the units.
        weights: shape (q, q) agreement weights; quadratic by position when None.

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(gwet_ac2(tallies_of_tables([[1, 0, 0], [0, 1, 0], [1, 0, 1]])).round(4))
    0.2727
    """
    weighing = (
        quadratic_weights(tallies.margins.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)
    )
    return correct_for_chance(percent(tallies, weighing), gwet_chance(tallies, weighing))


def gwet_chance(tallies: Tallies, weights: ArrayLike | None = None) -> Floats:
    """Share of units on which coders would agree by chance, as AC1 counts it (AC2 with weights); NaN for one category.

    For two categories of which one takes the share p of all codes, AC1 counts 2p(1 - p).
    Source: Gwet (2008), as for AC1; Gwet (2014), as for AC2.

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(gwet_chance(tallies_of_tables([[65, 25], [5, 5]])).round(4))  # p = (10 + 30) / 200
    0.32
    """
    q = tallies.margins.shape[-1]
    if q < 2:
        return np.full(tallies.margins.shape[:-1], np.nan)
    margins = prevalence(tallies)
    return np.asarray(_weighing(tallies, weights).sum() / (q * (q - 1)) * (margins * (1.0 - margins)).sum(axis=-1))


def krippendorff_alpha(coincidences: ArrayLike, differences: ArrayLike) -> Floats:
    """1 - observed / expected disagreement, for any number of coders, missing values and small samples.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Hayes & Krippendorff
    (2007), Communication Methods and Measures 1(1).

    Args:
        coincidences: shape (..., q, q), as in `Tallies`.
        differences: shape (q, q) or (..., q, q), zero on the diagonal, squared where the scale asks it.

    Returns:
        Shape (...); NaN without pairable values and where no disagreement can be expected.

    >>> float(krippendorff_alpha([[2, 1], [1, 2]], [[0, 1], [1, 0]]).round(4))
    0.4444
    """
    met = np.asarray(coincidences, dtype=np.float64)
    apart = np.asarray(differences, dtype=np.float64)
    totals = met.sum(axis=-1)
    n = totals.sum(axis=-1)
    observed = divide((met * apart).sum(axis=(-2, -1)), n)
    expected = divide((totals[..., :, np.newaxis] * totals[..., np.newaxis, :] * apart).sum(axis=(-2, -1)), n**2)
    return 1.0 - divide((n - 1.0) * observed, n * expected)


def krippendorff_alpha_nominal(tallies: Tallies) -> Floats:
    """Krippendorff's alpha for categories without order.

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(krippendorff_alpha_nominal(tallies_of_tables([[1, 1], [0, 1]])).round(4))
    0.4444
    """
    return krippendorff_alpha(tallies.coincidences, nominal_difference(tallies.margins.shape[-1]))


def krippendorff_alpha_ordinal(tallies: Tallies) -> Floats:
    """Krippendorff's alpha for ordered categories; the differences depend on how often each is used.

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> float(krippendorff_alpha_ordinal(tallies_of_tables([[1, 1], [0, 1]])).round(4))
    0.4444
    """
    return krippendorff_alpha(tallies.coincidences, ordinal_difference(tallies.coincidences.sum(axis=-1)))


def prevalence(tallies: Tallies) -> Floats:
    """Share of each category in the units' codes, every unit weighing the same; shape (..., q).

    >>> from pipeline.agreement.statistics.counts import tallies_of_tables
    >>> prevalence(tallies_of_tables([[1, 1], [0, 0]])).tolist()
    [0.75, 0.25]
    """
    return divide(tallies.margins, tallies.margins.sum(axis=-1, keepdims=True))


def _weighing(tallies: Tallies, weights: ArrayLike | None) -> Floats:
    return np.eye(tallies.margins.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)


Members: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class NumberedSets:
    """Sets of codes as numbers.

    Args:
        codes: (n, coders) the number of each coder's set, -1 where the coder did not see the unit.
        members: (sets, q) whether a code belongs to a set.
    """

    codes: Codes
    members: Members


def number_sets(choices: Sequence[Sequence[Iterable[Hashable] | None]], labels: Sequence[Hashable]) -> NumberedSets:
    """Number the distinct sets of codes, in an order that does not depend on the order of the units.

    Args:
        choices: for each unit, for each coder a set of codes (maybe empty), or None when not seen.
        labels: the codes in the codebook's order, among them all that were used.

    >>> numbered = number_sets([[{"a"}, {"a", "b"}], [set(), None]], ["a", "b"])
    >>> numbered.codes.tolist(), numbered.members.tolist()
    ([[1, 2], [0, -1]], [[False, False], [True, False], [True, True]])
    """
    rows = [[None if chosen is None else frozenset(chosen) for chosen in unit] for unit in choices]
    place = {code: number for number, code in enumerate(labels)}
    distinct = {chosen for unit in rows for chosen in unit if chosen is not None}
    in_order = sorted(distinct, key=lambda chosen: (len(chosen), sorted(place[code] for code in chosen)))
    number = {chosen: position for position, chosen in enumerate(in_order)}
    members = np.zeros((len(in_order), len(labels)), dtype=np.bool_)
    for chosen, position in number.items():
        members[position, [place[code] for code in chosen]] = True
    codes = np.array([[-1 if chosen is None else number[chosen] for chosen in unit] for unit in rows], dtype=np.int64)
    return NumberedSets(codes.reshape(len(rows), -1) if rows else codes.reshape(0, 0), members)


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
