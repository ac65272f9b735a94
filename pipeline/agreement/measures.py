"""Which statistics are shown of codes, of one code against the rest, and of sets of codes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.agreement.coefficients import divide
from pipeline.agreement.counts import Floats, Tallies, tallies_of_tables
from pipeline.agreement.estimate import Undefined
from pipeline.agreement.evaluation import ManyMeasure, Measure
from pipeline.agreement.figures import estimate_table
from pipeline.agreement.many_coders import prevalence
from pipeline.agreement.registry import COEFFICIENTS, Categories, Coefficient
from pipeline.agreement.resampling import Method
from pipeline.agreement.sets import jaccard_difference

CORE = ("percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
NOMINAL = (
    "percent", "cohen_kappa", "cohen_kappa_max", "scott_pi", "fleiss_kappa", "brennan_prediger", "gwet_ac1",
    "krippendorff_alpha_nominal",
)  # fmt: skip
ORDERED = (
    "cohen_kappa_linear", "cohen_kappa_quadratic", "gwet_ac2", "krippendorff_alpha_ordinal",
    "krippendorff_alpha_interval", "krippendorff_alpha_ratio",
)  # fmt: skip
SETS = ("krippendorff_alpha_masi", "krippendorff_alpha_jaccard")
PER_CODE = (
    "percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1", "positive_agreement", "negative_agreement",
    "prevalence_index", "bias_index",
)  # fmt: skip
MANY = (
    "percent", "fleiss_kappa", "krippendorff_alpha_nominal", "gwet_ac1", "brennan_prediger", "gwet_ac2",
    "krippendorff_alpha_ordinal", "krippendorff_alpha_interval", "krippendorff_alpha_ratio",
)  # fmt: skip
MANY_CORE = ("percent", "fleiss_kappa", "krippendorff_alpha_nominal", "gwet_ac1")

WITHOUT_CHANCE = frozenset({"cohen_kappa_max", "prevalence_index", "bias_index", "prevalence"})
"""More of these is not more agreement."""


@dataclass(frozen=True)
class Lens:
    """A linear map of tables of answers to one 2 x 2 table per code.

    Attributes:
        of: takes (..., answers, answers), gives (..., q, 2, 2).
        labels: the q codes.
    """

    of: Callable[[Floats], Floats]
    labels: tuple[str, ...]


def measures_of(names: Sequence[str], categories: Categories, *, of_code: bool = False) -> list[Measure]:
    """Measures of two coders by name, of categories that have what they need; or of one code against the rest."""
    share = _LastTallies()
    return [_measure(COEFFICIENTS[name], categories, share, of_code=of_code) for name in names]


def code_measures(names: Sequence[str]) -> list[Measure]:
    """Measures of 2 x 2 tables by name, and the mean prevalence of the code, which is no agreement at all."""
    share = Measure(
        name="prevalence",
        of=lambda tables: prevalence(tallies_of_tables(tables))[..., 1],
        explain=lambda _: str(Undefined.NO_COMMON_UNIT),
        lowest=0.0,
        chance=False,
        method=Method.JACKKNIFE_T,
    )
    return [*measures_of(names, Categories(2), of_code=True), share]


def mean_jaccard_measure(members: Floats) -> Measure:
    """Mean over units of the codes that both gave over the codes that either gave; two empty sets agree fully."""
    likeness = 1.0 - jaccard_difference(members)
    return Measure(
        name="jaccard",
        of=lambda tables: divide((tables * likeness).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1))),
        explain=lambda _: str(Undefined.NO_COMMON_UNIT),
        lowest=0.0,
    )


def many_measures(names: Sequence[str], categories: Categories) -> Iterator[ManyMeasure]:
    """Measures of any number of coders by name."""
    for name in names:
        coefficient = COEFFICIENTS[name]
        if coefficient.of_tallies is not None:
            yield _many_measure(coefficient, coefficient.of_tallies, categories)


def lens_of_members(members: Floats, labels: tuple[str, ...]) -> Lens:
    """See sets of codes code by code; shape (sets, q).

    >>> lens = lens_of_members(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), ("a", "b"))
    >>> lens.of(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 3.0, 0.0]]))[1].tolist()
    [[3.0, 0.0], [3.0, 0.0]]
    """
    # One row a pair of sets, so that all tables are seen by one product.
    shared = (members[:, np.newaxis, :] * members[np.newaxis, :, :]).reshape(-1, members.shape[1])

    def of(tables: Floats) -> Floats:
        both = tables.reshape(*tables.shape[:-2], -1) @ shared
        by_a, by_b = tables.sum(axis=-1) @ members, tables.sum(axis=-2) @ members
        neither = tables.sum(axis=(-2, -1))[..., np.newaxis] - by_a - by_b + both
        return np.stack([np.stack([neither, by_b - both], axis=-1), np.stack([by_a - both, both], axis=-1)], axis=-2)

    return Lens(of, labels)


class _LastTallies:
    """Tallies of the tables seen last: measures are evaluated one after another on the same tables."""

    def __init__(self) -> None:
        self._tables: Floats | None = None
        self._tallies: Tallies | None = None

    def __call__(self, tables: Floats) -> Tallies:
        if self._tallies is None or tables is not self._tables:
            self._tables, self._tallies = tables, tallies_of_tables(tables)
        return self._tallies


def _measure(coefficient: Coefficient, categories: Categories, share: _LastTallies, *, of_code: bool) -> Measure:
    formula = coefficient.of_tallies
    return Measure(
        name=coefficient.name,
        of=lambda tables: (
            coefficient.of_tables(tables, categories) if formula is None else formula(share(tables), categories)
        ),
        explain=lambda table: _why(coefficient.name, table, categories, of_code=of_code),
        lowest=coefficient.lowest,
        chance=coefficient.name not in WITHOUT_CHANCE,
        method=Method.JACKKNIFE_T if coefficient.name in WITHOUT_CHANCE else None,
    )


def _many_measure(
    coefficient: Coefficient, formula: Callable[[Tallies, Categories], Floats], categories: Categories
) -> ManyMeasure:
    def explain(tallies: Tallies) -> str:
        enough = tallies.pairs.sum() > 0
        return str(Undefined.ONE_CATEGORY if enough else Undefined.NO_COMMON_UNIT)

    return ManyMeasure(
        name=coefficient.name,
        of=lambda tallies: formula(tallies, categories),
        explain=explain,
        lowest=coefficient.lowest,
    )


def _why(name: str, table: Floats, categories: Categories, *, of_code: bool) -> str:
    estimate = estimate_table(name, table, categories)
    if of_code and estimate.reason is Undefined.ONE_CATEGORY:
        return str(Undefined.CODE_NEVER_USED if table[0, 0] == table.sum() else Undefined.CODE_ALWAYS_USED)
    return str(estimate.reason or Undefined.NO_COMMON_UNIT)
