"""Every coefficient by its name: what it needs of the categories and its formula over tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from pipeline.agreement.statistics import many_coders as many
from pipeline.agreement.statistics.coefficients import OF_MATCHES, Undefined, cohen_kappa, count_matches
from pipeline.agreement.statistics.counts import Tallies, tallies_of_tables
from pipeline.agreement.statistics.many_coders import (
    Members,
    interval_difference,
    jaccard_difference,
    linear_weights,
    masi_difference,
    quadratic_weights,
    ratio_difference,
)
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


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient.

    Args:
        name: as in the `statistic` column.
        needs: what the categories must be.
        lowest: the least value it can take: 0 for shares, -1 for most chance-corrected coefficients; -inf where
            units with a single code count for chance but not for agreement, so that nothing holds the value at -1.
        of_two: (..., q, q) contingency tables of two coders -> (...); None where any number of coders will do.
        of_tallies: tallies with leading axes (...) -> (...); None for two coders only.
    """

    name: str
    needs: Needs = Needs.CATEGORIES
    lowest: float = -1.0
    of_two: Callable[[Floats], Floats] | None = None
    of_tallies: Callable[[Tallies, Categories], Floats] | None = None

    def of_tables(self, tables: Floats, categories: Categories) -> Floats:
        """Evaluate contingency tables of two coders, shape (..., q, q)."""
        if self.of_tallies is not None:
            return self.of_tallies(tallies_of_tables(tables), categories)
        if self.of_two is None:
            raise ValueError(f"'{self.name}' has no formula")
        return self.of_two(tables)


def _of_code(name: str) -> Coefficient:
    return Coefficient(name=name, needs=Needs.BINARY, lowest=0.0, of_two=_of_matches(name))


def _of_matches(name: str) -> Callable[[Floats], Floats]:
    return lambda tables: OF_MATCHES[name](count_matches(tables))


def _weighted_kappa(name: str, weights: Callable[[int], Floats]) -> Coefficient:
    return Coefficient(
        name=name, needs=Needs.ORDER, of_two=lambda tables: cohen_kappa(tables, weights(np.shape(tables)[-1]))
    )


def _alpha(name: str, needs: Needs, differences: Callable[[Categories], Floats]) -> Coefficient:
    return Coefficient(
        name=name,
        needs=needs,
        of_tallies=lambda tallies, categories: many.krippendorff_alpha(tallies.coincidences, differences(categories)),
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
            Coefficient(name="percent", lowest=0.0, of_tallies=lambda tallies, _: many.percent(tallies)),
            _of_code("positive_agreement"),
            _of_code("negative_agreement"),
            _of_code("prevalence_index"),
            _of_code("bias_index"),
            Coefficient(name="cohen_kappa", of_two=cohen_kappa),
            Coefficient(name="cohen_kappa_max", of_two=_of_matches("cohen_kappa_max")),
            _weighted_kappa("cohen_kappa_linear", linear_weights),
            _weighted_kappa("cohen_kappa_quadratic", quadratic_weights),
            Coefficient(name="scott_pi", of_two=_of_matches("scott_pi")),
            Coefficient(name="fleiss_kappa", lowest=-np.inf, of_tallies=lambda tallies, _: many.fleiss_kappa(tallies)),
            Coefficient(name="brennan_prediger", of_tallies=lambda tallies, _: many.brennan_prediger(tallies)),
            Coefficient(name="gwet_ac1", of_tallies=lambda tallies, _: many.gwet_ac1(tallies)),
            Coefficient(
                name="gwet_ac2",
                needs=Needs.ORDER,
                lowest=-np.inf,
                of_tallies=lambda tallies, _: many.gwet_ac2(tallies),
            ),
            Coefficient(
                name="krippendorff_alpha_nominal",
                of_tallies=lambda tallies, _: many.krippendorff_alpha_nominal(tallies),
            ),
            Coefficient(
                name="krippendorff_alpha_ordinal",
                needs=Needs.ORDER,
                of_tallies=lambda tallies, _: many.krippendorff_alpha_ordinal(tallies),
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
