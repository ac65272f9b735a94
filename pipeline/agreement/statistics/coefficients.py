"""Agreement of two coders from their contingency tables, or from sums of matches; NaN where it is undefined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.wording import Reason
from pipeline.core.views import Floats

ROUNDING = 1e-12
"""Below this a chance term 1 - expected counts as zero: what is left of it is rounding."""


class Undefined(Reason):
    """Why a coefficient has no value."""

    NO_UNITS = "undefined.no_units"
    CODER_WITHOUT_CODES = "undefined.coder_without_codes"
    NO_COMMON_UNIT = "undefined.no_common_unit"
    ONE_CATEGORY = "undefined.one_category"
    CODE_NEVER_USED = "undefined.code_never_used"
    CODE_ALWAYS_USED = "undefined.code_always_used"
    NO_EXPECTED_DISAGREEMENT = "undefined.no_expected_disagreement"
    NO_ORDER = "undefined.no_order"
    NO_NUMBERS = "undefined.no_numbers"
    NEGATIVE_NUMBERS = "undefined.negative_numbers"
    NO_SETS = "undefined.no_sets"
    NOT_BINARY = "undefined.not_binary"


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Divide, with NaN where the denominator is zero (or what rounding leaves of zero).

    >>> divide([1.0, 1.0], [2.0, 0.0]).tolist()
    [0.5, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=np.abs(below) > ROUNDING)
    return quotient


def correct_for_chance(observed: ArrayLike, expected: ArrayLike) -> Floats:
    """(observed - expected) / (1 - expected); NaN where agreement by chance is certain.

    >>> correct_for_chance([0.75, 1.0], [0.5, 1.0]).tolist()
    [0.5, nan]
    """
    return divide(np.asarray(observed) - np.asarray(expected), 1.0 - np.asarray(expected))


def percent(tables: ArrayLike) -> Floats:
    """Share of units with the same category, in [0, 1].

    >>> float(percent([[1, 1], [0, 2]]))
    0.75
    """
    counted = np.asarray(tables, dtype=np.float64)
    return divide(np.trace(counted, axis1=-2, axis2=-1), counted.sum(axis=(-2, -1)))


def cohen_kappa(tables: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Agreement of two coders beyond what their own margins give by chance.

    Source: Cohen (1960), Educational and Psychological Measurement 20(1); weighted: Cohen (1968),
    Psychological Bulletin 70(4).

    Args:
        tables: shape (..., q, q).
        weights: shape (q, q) agreement weights, 1 on the diagonal; None for the unweighted kappa.

    >>> float(cohen_kappa([[1, 1], [0, 2]]))
    0.5
    """
    observed, expected = _shares(tables, weights)
    return correct_for_chance(observed, expected)


def cohen_chance(tables: ArrayLike) -> Floats:
    """Share of units on which two coders would agree by chance, each with their own margins, as kappa counts it.

    >>> float(cohen_chance([[1, 1], [0, 2]]))
    0.5
    """
    return _shares(tables, None)[1]


@dataclass(frozen=True)
class MatchSums:
    """What the coefficients of categories without order need of two coders; every field adds up over units.

    Far smaller than the tables: resamples and shifts of many codes are sums of these.

    Args:
        same: shape (..., q) units to which both gave the category.
        by_first: shape (..., q) units to which the first coder gave it.
        by_second: shape (..., q) units to which the second coder gave it.
    """

    same: Floats
    by_first: Floats
    by_second: Floats

    @property
    def n(self) -> Floats:
        """Number of units, shape (...)."""
        return np.asarray(self.by_first.sum(axis=-1), dtype=np.float64)

    @property
    def observed(self) -> Floats:
        """Share of units with the same category, shape (...)."""
        return divide(self.same.sum(axis=-1), self.n)

    @property
    def pooled(self) -> Floats:
        """Share of each category among the codes of both, shape (..., q)."""
        return divide(self.by_first + self.by_second, 2.0 * self.n[..., np.newaxis])


def count_matches(tables: ArrayLike) -> MatchSums:
    """Read matches off contingency tables, shape (..., q, q).

    >>> count_matches([[1, 1], [0, 2]]).same.tolist()
    [1.0, 2.0]
    """
    counted = np.asarray(tables, dtype=np.float64)
    return MatchSums(np.diagonal(counted, axis1=-2, axis2=-1), counted.sum(axis=-1), counted.sum(axis=-2))


def _kappa_of(matches: MatchSums) -> Floats:
    by_chance = divide((matches.by_first * matches.by_second).sum(axis=-1), matches.n**2)
    return correct_for_chance(matches.observed, by_chance)


def _kappa_max_of(matches: MatchSums) -> Floats:
    """The highest Cohen's kappa that the two coders' margins allow. Source: Cohen (1960), p. 42."""
    by_chance = divide((matches.by_first * matches.by_second).sum(axis=-1), matches.n**2)
    best = divide(np.minimum(matches.by_first, matches.by_second).sum(axis=-1), matches.n)
    return correct_for_chance(best, by_chance)


def _pi_of(matches: MatchSums) -> Floats:
    """Agreement beyond what pooled margins give by chance. Source: Scott (1955), Public Opinion Quarterly 19(3)."""
    return correct_for_chance(matches.observed, np.square(matches.pooled).sum(axis=-1))


def _brennan_prediger_of(matches: MatchSums) -> Floats:
    q = matches.same.shape[-1]
    return correct_for_chance(matches.observed, 1.0 / q if q else 1.0)


def _ac1_of(matches: MatchSums) -> Floats:
    q, shares = matches.same.shape[-1], matches.pooled
    if q < 2:
        return np.full(shares.shape[:-1], np.nan)
    return correct_for_chance(matches.observed, (shares * (1.0 - shares)).sum(axis=-1) / (q - 1))


def _alpha_of(matches: MatchSums) -> Floats:
    values = 2.0 * matches.n
    expected = 1.0 - np.square(matches.pooled).sum(axis=-1)
    return 1.0 - divide((values - 1.0) * (1.0 - matches.observed), values * expected)


def _specific_of(matches: MatchSums, category: int) -> Floats:
    """Of all times a coder chose a category, the share in which the other did so too; its Dice coefficient and F1.

    Source: Cicchetti & Feinstein (1990), Journal of Clinical Epidemiology 43(6).
    """
    used = matches.by_first[..., category] + matches.by_second[..., category]
    return divide(2.0 * matches.same[..., category], used)


def _prevalence_index_of(matches: MatchSums) -> Floats:
    """|both yes - both no| / n: 0 is balanced, 1 all in one cell.

    Source: Byrt, Bishop & Carlin (1993), Journal of Clinical Epidemiology 46(5), of the next one too.
    """
    return divide(np.abs(matches.same[..., 1] - matches.same[..., 0]), matches.n)


def _bias_index_of(matches: MatchSums) -> Floats:
    """|only B yes - only A yes| / n: 0 when both use the code equally often."""
    return divide(np.abs(matches.by_second[..., 1] - matches.by_first[..., 1]), matches.n)


OF_MATCHES: Mapping[str, Callable[[MatchSums], Floats]] = MappingProxyType(
    {
        "percent": lambda matches: matches.observed,
        "cohen_kappa": _kappa_of,
        "cohen_kappa_max": _kappa_max_of,
        "scott_pi": _pi_of,
        "fleiss_kappa": _pi_of,
        "brennan_prediger": _brennan_prediger_of,
        "gwet_ac1": _ac1_of,
        "krippendorff_alpha_nominal": _alpha_of,
        "positive_agreement": lambda matches: _specific_of(matches, 1),
        "negative_agreement": lambda matches: _specific_of(matches, 0),
        "prevalence_index": _prevalence_index_of,
        "bias_index": _bias_index_of,
        "prevalence": lambda matches: matches.pooled[..., 1],
    }
)
"""Coefficients of two coders and categories without order, by name; those with categories 0 and 1 are of one code."""


def cohen_kappa_standard_error(tables: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Large-sample standard error of Cohen's kappa, for intervals (not for a test of kappa = 0).

    Source: Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72(5), formula 9 (weighted) and 13.

    Args:
        tables: shape (..., q, q).
        weights: shape (q, q) agreement weights; None for the unweighted kappa.

    >>> float(cohen_kappa_standard_error([[45, 15], [25, 15]]).round(4))
    0.0987
    """
    counted = np.asarray(tables, dtype=np.float64)
    weighing = np.eye(counted.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    shares = divide(counted, n[..., np.newaxis, np.newaxis])
    observed, expected = _shares(counted, weights)
    kappa = correct_for_chance(observed, expected)
    of_rows = shares.sum(axis=-2) @ weighing.T
    of_columns = shares.sum(axis=-1) @ weighing
    lost = (1.0 - kappa)[..., np.newaxis, np.newaxis]
    spread = weighing - lost * (of_rows[..., :, np.newaxis] + of_columns[..., np.newaxis, :])
    variance = (shares * spread**2).sum(axis=(-2, -1)) - (kappa - expected * (1.0 - kappa)) ** 2
    return np.sqrt(np.maximum(divide(variance, n * (1.0 - expected) ** 2), 0.0))


def _shares(tables: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Observed agreement and the agreement expected from the two coders' own margins."""
    counted = np.asarray(tables, dtype=np.float64)
    weighing = np.eye(counted.shape[-1]) if weights is None else np.asarray(weights, dtype=np.float64)
    n = counted.sum(axis=(-2, -1))
    rows, columns = counted.sum(axis=-1), counted.sum(axis=-2)
    by_chance = ((rows @ weighing) * columns).sum(axis=-1)
    return divide((counted * weighing).sum(axis=(-2, -1)), n), divide(by_chance, n**2)
