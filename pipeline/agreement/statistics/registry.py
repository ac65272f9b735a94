"""Every coefficient by its name: what it needs of the categories and its formula over tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.statistics import coefficients as two
from pipeline.agreement.statistics import many_coders as many
from pipeline.agreement.statistics.counts import Tallies, tallies_of_tables
from pipeline.agreement.statistics.estimate import Undefined
from pipeline.agreement.statistics.many_coders import (
    interval_difference,
    linear_weights,
    quadratic_weights,
    ratio_difference,
)
from pipeline.agreement.statistics.sets import Members, jaccard_difference, masi_difference
from pipeline.core.views import Floats

_Given = TypeVar("_Given", Floats, Members)


class Needs(StrEnum):
    """What the categories must be before a coefficient says anything."""

    CATEGORIES = "categories"
    BINARY = "binary"
    ORDER = "order"
    NUMBERS = "numbers"
    POSITIVE_NUMBERS = "positive_numbers"
    SETS = "sets"


@dataclass(frozen=True)
class Categories:
    """The q categories that the coders could choose from, used or not.

    Args:
        size: q. Brennan-Prediger and AC1/AC2 depend on it.
        ordered: the categories stand in their order (low to high).
        numbers: (q,) the numbers that the categories are, for interval and ratio scales.
        members: (q, codes) the codes in each category when the categories are sets.
    """

    size: int
    ordered: bool = False
    numbers: Floats | None = None
    members: Members | None = None

    def lack(self, needs: Needs) -> Undefined | None:
        """Say what is missing for a coefficient with these needs; None when nothing is.

        >>> Categories(3).lack(Needs.ORDER).name
        'NO_ORDER'
        """
        if needs is Needs.BINARY and self.size != 2:
            return Undefined.NOT_BINARY
        if needs is Needs.ORDER and not self.ordered:
            return Undefined.NO_ORDER
        if needs is Needs.SETS and self.members is None:
            return Undefined.NO_SETS
        if needs in (Needs.NUMBERS, Needs.POSITIVE_NUMBERS):
            if self.numbers is None:
                return Undefined.NO_NUMBERS
            if needs is Needs.POSITIVE_NUMBERS and (np.asarray(self.numbers) < 0).any():
                return Undefined.NEGATIVE_NUMBERS
        return None


def numbered(values: ArrayLike) -> Categories:
    """Categories that are numbers, in ascending order.

    Raises:
        ValueError: the numbers do not ascend.

    >>> numbered([-1, 0, 1]).ordered
    True
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or (np.diff(numbers) <= 0).any():
        raise ValueError("numbers of categories ascend and do not repeat")
    return Categories(numbers.size, ordered=True, numbers=numbers)


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient.

    Args:
        name: as in the `statistic` column.
        coders: "two" (the order of coders may matter) or "any" number, missing values allowed.
        needs: what the categories must be.
        lowest: the least value it can take: 0 for shares, -1 for most chance-corrected coefficients; -inf where
            units with a single code count for chance but not for agreement, so that nothing holds the value at -1.
        of_tables: (..., q, q) contingency tables of two coders -> (...).
        of_tallies: tallies with leading axes (...) -> (...); None when `coders` is "two".
        table_error: contingency table -> analytic standard error, for two coders.
        standard_error: patterns of ratings and the number of units of each -> analytic standard error.
    """

    name: str
    coders: Literal["two", "any"]
    needs: Needs
    lowest: float
    of_tables: Callable[[Floats, Categories], Floats]
    of_tallies: Callable[[Tallies, Categories], Floats] | None = None
    table_error: Callable[[Floats], float] | None = None
    standard_error: Callable[[Floats, Floats], float | None] | None = None


def _two(
    name: str,
    formula: Callable[[Floats], Floats],
    *,
    needs: Needs = Needs.CATEGORIES,
    lowest: float = -1.0,
    table_error: Callable[[Floats], float] | None = None,
) -> Coefficient:
    return Coefficient(
        name=name,
        coders="two",
        needs=needs,
        lowest=lowest,
        of_tables=lambda tables, _: formula(tables),
        table_error=table_error,
    )


def _any(
    name: str,
    formula: Callable[[Tallies, Categories], Floats],
    *,
    needs: Needs = Needs.CATEGORIES,
    lowest: float = -1.0,
    standard_error: Callable[[Floats, Floats], float | None] | None = None,
) -> Coefficient:
    return Coefficient(
        name=name,
        coders="any",
        needs=needs,
        lowest=lowest,
        of_tables=lambda tables, categories: formula(tallies_of_tables(tables), categories),
        of_tallies=formula,
        standard_error=standard_error,
    )


def _kappa(name: str, weights: Callable[[int], Floats], needs: Needs) -> Coefficient:
    return _two(
        name,
        lambda tables: two.cohen_kappa(tables, weights(np.shape(tables)[-1])),
        needs=needs,
        table_error=lambda table: float(two.cohen_kappa_standard_error(table, weights(table.shape[0]))),
    )


def _fixed_weights(
    formula: Callable[[Floats, Floats, Floats], float | None], weights: Callable[[int], Floats]
) -> Callable[[Floats, Floats], float | None]:
    return lambda patterns, units: formula(patterns, units, weights(patterns.shape[1]))


def _alpha(name: str, needs: Needs, differences: Callable[[Categories], Floats]) -> Coefficient:
    return _any(
        name,
        lambda tallies, categories: many.krippendorff_alpha(tallies.coincidences, differences(categories)),
        needs=needs,
    )


def _given(values: _Given | None) -> _Given:
    """The numbers or sets that `Categories.lack` has found to be there."""
    if values is None:
        raise ValueError("the categories lack what this coefficient needs")
    return values


COEFFICIENTS: Mapping[str, Coefficient] = MappingProxyType(
    {
        coefficient.name: coefficient
        for coefficient in (
            _any("percent", lambda tallies, _: many.percent(tallies), lowest=0.0),
            _two("positive_agreement", two.positive_agreement, needs=Needs.BINARY, lowest=0.0),
            _two("negative_agreement", two.negative_agreement, needs=Needs.BINARY, lowest=0.0),
            _two("prevalence_index", two.prevalence_index, needs=Needs.BINARY, lowest=0.0),
            _two("bias_index", two.bias_index, needs=Needs.BINARY, lowest=0.0),
            _kappa("cohen_kappa", np.eye, Needs.CATEGORIES),
            _two("cohen_kappa_max", two.cohen_kappa_max),
            _kappa("cohen_kappa_linear", linear_weights, Needs.ORDER),
            _kappa("cohen_kappa_quadratic", quadratic_weights, Needs.ORDER),
            _two("scott_pi", two.scott_pi),
            _any(
                "fleiss_kappa",
                lambda tallies, _: many.fleiss_kappa(tallies),
                lowest=-np.inf,
                standard_error=_fixed_weights(two.fleiss_kappa_standard_error, np.eye),
            ),
            _any(
                "brennan_prediger",
                lambda tallies, _: many.brennan_prediger(tallies),
                standard_error=_fixed_weights(two.brennan_prediger_standard_error, np.eye),
            ),
            _any(
                "gwet_ac1",
                lambda tallies, _: many.gwet_ac1(tallies),
                standard_error=_fixed_weights(two.gwet_ac2_standard_error, np.eye),
            ),
            _any(
                "gwet_ac2",
                lambda tallies, _: many.gwet_ac2(tallies),
                needs=Needs.ORDER,
                lowest=-np.inf,
                standard_error=_fixed_weights(two.gwet_ac2_standard_error, quadratic_weights),
            ),
            _any(
                "krippendorff_alpha_nominal",
                lambda tallies, _: many.krippendorff_alpha_nominal(tallies),
                standard_error=_fixed_weights(two.krippendorff_alpha_standard_error, np.eye),
            ),
            _any(
                "krippendorff_alpha_ordinal",
                lambda tallies, _: many.krippendorff_alpha_ordinal(tallies),
                needs=Needs.ORDER,
            ),
            _alpha(
                "krippendorff_alpha_interval",
                Needs.NUMBERS,
                lambda categories: interval_difference(_given(categories.numbers)),
            ),
            _alpha(
                "krippendorff_alpha_ratio",
                Needs.POSITIVE_NUMBERS,
                lambda categories: ratio_difference(_given(categories.numbers)),
            ),
            _alpha(
                "krippendorff_alpha_jaccard",
                Needs.SETS,
                lambda categories: jaccard_difference(_given(categories.members)),
            ),
            _alpha(
                "krippendorff_alpha_masi", Needs.SETS, lambda categories: masi_difference(_given(categories.members))
            ),
        )
    }
)
"""Every coefficient of codes per unit, by name, in the order in which a report shows them."""
