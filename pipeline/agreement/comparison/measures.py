"""Which statistics are shown of codes, of one code against the rest, and of sets of codes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from pipeline.agreement.comparison.evaluation import ManyMeasure, Measure, PairCounting, PairSums
from pipeline.agreement.statistics.coefficients import OF_MATCHES, MatchSums, Undefined, divide
from pipeline.agreement.statistics.counts import (
    Tallies,
    tallies_of_tables,
)
from pipeline.agreement.statistics.many_coders import jaccard_difference, masi_difference
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories, Coefficient
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.views import Floats

CORE = ("percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
NOMINAL = (
    "percent", "cohen_kappa", "cohen_kappa_max", "scott_pi", "fleiss_kappa", "brennan_prediger", "gwet_ac1",
    "krippendorff_alpha_nominal",
)  # fmt: skip
ORDERED: tuple[str, ...] = (
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


def measures_of(names: Sequence[str], categories: Categories) -> list[Measure]:
    """Measures of tables by name, of categories that have what they need."""
    share = _LastTallies()
    return [_of_tables(COEFFICIENTS[name], categories, share) for name in names]


def nominal_measures(names: Sequence[str], *, of_code: bool = False) -> list[Measure]:
    """Measures of matches by name: of categories without order, or of one code against the rest."""
    return [
        Measure(
            name=name,
            of=OF_MATCHES[name],
            explain=partial(_why_of_code if of_code else _why_of_matches, name),
            lowest=COEFFICIENTS[name].lowest,
            chance=name not in WITHOUT_CHANCE,
            method=Method.JACKKNIFE_T if name in WITHOUT_CHANCE else None,
        )
        for name in names
    ]


def code_measures(names: Sequence[str]) -> list[Measure]:
    """Measures of one code against the rest by name, and its mean prevalence, which is no agreement at all."""
    share = Measure(
        name="prevalence",
        of=OF_MATCHES["prevalence"],
        explain=lambda _, __: str(Undefined.NO_COMMON_UNIT),
        lowest=0.0,
        chance=False,
        method=Method.JACKKNIFE_T,
    )
    return [*nominal_measures(names, of_code=True), share]


def set_measures(names: Sequence[str], members: Floats) -> tuple[PairCounting, list[Measure]]:
    """What is counted of sets of codes, and alphas over their distances with the mean Jaccard similarity.

    The last is the mean over units of the codes that both gave over the codes that either gave; two empty sets agree.

    Args:
        names: alphas of `SETS`.
        members: shape (sets, codes).
    """
    distances = [_SET_DISTANCES[name](members) for name in names]
    jaccard = Measure(
        name="jaccard",
        of=lambda pairs: 1.0 - divide(pairs.weighed[..., -1], pairs.n),
        explain=lambda _, __: str(Undefined.NO_COMMON_UNIT),
        lowest=0.0,
    )
    alphas = [
        Measure(
            name=name,
            of=partial(_alpha_of_pairs, place=i, differences=apart),
            explain=lambda pairs, _: str(Undefined.ONE_CATEGORY if pairs.n > 0 else Undefined.NO_COMMON_UNIT),
        )
        for i, (name, apart) in enumerate(zip(names, distances, strict=True))
    ]
    return PairCounting(np.stack([*distances, jaccard_difference(members)])), [*alphas, jaccard]


def _alpha_of_pairs(pairs: PairSums, *, place: int, differences: Floats) -> Floats:
    """Krippendorff's alpha of two coders from the sum of their differences; n units are 2 n values."""
    values = 2.0 * pairs.n
    expected = ((pairs.by_both @ differences) * pairs.by_both).sum(axis=-1)
    return 1.0 - divide((values - 1.0) * 2.0 * pairs.weighed[..., place], expected)


_SET_DISTANCES: Mapping[str, Callable[[Floats], Floats]] = {
    "krippendorff_alpha_masi": masi_difference,
    "krippendorff_alpha_jaccard": jaccard_difference,
}


def many_measures(names: Sequence[str], categories: Categories) -> Iterator[ManyMeasure]:
    """Measures of any number of coders by name."""
    for name in names:
        coefficient = COEFFICIENTS[name]
        if coefficient.of_tallies is not None:
            yield _many_measure(coefficient, coefficient.of_tallies, categories)


class _LastTallies:
    """Tallies of the tables seen last: measures are evaluated one after another on the same tables."""

    def __init__(self) -> None:
        self._tables: Floats | None = None
        self._tallies: Tallies | None = None

    def __call__(self, tables: Floats) -> Tallies:
        if self._tallies is None or tables is not self._tables:
            self._tables, self._tallies = tables, tallies_of_tables(tables)
        return self._tallies


def _of_tables(coefficient: Coefficient, categories: Categories, share: _LastTallies) -> Measure:
    formula = coefficient.of_tallies
    return Measure(
        name=coefficient.name,
        of=lambda tables: (
            coefficient.of_tables(tables, categories) if formula is None else formula(share(tables), categories)
        ),
        explain=lambda table, _: str(_why_undefined(tallies_of_tables(table))),
        lowest=coefficient.lowest,
        categories=categories,
    )


def _why_undefined(tallies: Tallies) -> Undefined:
    if not tallies.pairs.sum() > 0:
        return Undefined.NO_COMMON_UNIT if tallies.margins.sum() > 0 else Undefined.NO_UNITS
    used = (tallies.coincidences.sum(axis=-1) > 0).sum()
    return Undefined.ONE_CATEGORY if used < 2 else Undefined.NO_EXPECTED_DISAGREEMENT


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
        categories=categories,
    )


def _why_of_matches(name: str, matches: MatchSums, _: int) -> str:
    if not matches.n > 0:
        return str(Undefined.NO_UNITS)
    used = int(((matches.by_first + matches.by_second) > 0).sum())
    return str(Undefined.ONE_CATEGORY if used < 2 else Undefined.NO_EXPECTED_DISAGREEMENT)


def _why_of_code(name: str, matches: MatchSums, place: int) -> str:
    n = float(matches.n[place])
    used = float(matches.by_first[place, 1] + matches.by_second[place, 1])
    if not n > 0:
        return str(Undefined.NO_UNITS)
    if name != "positive_agreement" and used == 2 * n:
        return str(Undefined.CODE_ALWAYS_USED)
    if name != "negative_agreement" and not used:
        return str(Undefined.CODE_NEVER_USED)
    return str(Undefined.NO_EXPECTED_DISAGREEMENT)
