"""A plain sentence beside a figure, in Dutch and English, that does not fall for the paradoxes of kappa.

A rare code gives a high percentage, a low kappa and a high AC1 from the same table. Which of the three is
"right" has no answer; what made them differ has one, and that is what is written here. No sentence says
whether a figure is good enough.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.statistics import coefficients as two
from pipeline.agreement.statistics.counts import one_against_rest, tallies_of_tables
from pipeline.agreement.statistics.estimate import Estimate, Undefined
from pipeline.agreement.statistics.many_coders import gwet_ac1, gwet_chance
from pipeline.agreement.wording import BilingualText, fill, read_family
from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats

RARE = 0.2
"""A code on fewer than this share of the units is rare, on more than 1 - this share common."""
APART = 0.1
"""Kappa and AC1 further apart than this are explained; so is a difference in the coders' shares."""
FEW_UNITS = 10
"""With the code on fewer units than this, a single unit moves kappa visibly."""

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {statistic: (name.nl, name.en) for statistic, name in read_family("statistic.").items()}
)
"""Statistic to its name in Dutch and English."""


def read_estimate(statistic: str, estimate: Estimate) -> BilingualText:
    """Say one figure, or why there is none.

    Raises:
        KeyError: no coefficient of that name.

    >>> read_estimate("scott_pi", Estimate(0.5)).nl
    'Scotts pi is 0,50.'
    >>> read_estimate("gwet_ac1", Estimate(None, Undefined.NO_COMMON_UNIT)).en
    "Gwet's AC1 is undefined: no unit was coded by two coders."
    """
    name = BilingualText(*(label[0].upper() + label[1:] for label in LABELS[statistic]))
    if estimate.reason is not None:
        return fill("estimate.undefined", name=name, reason=fill(estimate.reason.value))
    return fill("estimate.value", name=name, value=float(estimate.value or 0.0))


def read_code(table: ArrayLike, *, coders: tuple[str, str] = ("A", "B")) -> BilingualText:
    """Say how far two coders agree on one code, and what makes kappa and AC1 differ.

    Args:
        table: shape (2, 2); index 0 is without the code, 1 with it; rows coder A, columns coder B.
        coders: the names of coder A and B.

    Raises:
        ValueError: the table is not 2 x 2.

    >>> read_code([[10, 0], [0, 10]]).nl  # doctest: +ELLIPSIS
    'De codeurs zijn het eens over 100% van 20 fragmenten. Na correctie voor toeval is dat 1,00 (Cohens kappa)...'
    """
    counted = np.asarray(table, dtype=np.float64)
    if counted.shape != (2, 2):
        raise ValueError("a reading of one code needs a 2 x 2 table")
    if counted.sum() == 0:
        return read_estimate("cohen_kappa", Estimate(None, Undefined.NO_COMMON_UNIT))
    kappa, ac1 = float(two.cohen_kappa(counted)), float(gwet_ac1(tallies_of_tables(counted)))
    if np.isnan(kappa):
        reason = Undefined.CODE_NEVER_USED if counted[1, 1] == 0 else Undefined.CODE_ALWAYS_USED
        undefined = read_estimate("cohen_kappa", Estimate(None, reason))
        return _agreed(counted) + undefined + fill("corrected.no_variation")
    reading = _agreed(counted) + _corrected(counted, kappa, ac1)
    for further in (_why_apart(counted, kappa, ac1), _unequal_use(counted, coders), _few_units(counted)):
        reading = reading if further is None else reading + further
    return reading


def read_scheme(table: ArrayLike, codes: tuple[str, ...]) -> BilingualText:
    """Say how far two coders agree on a whole scheme, and whether one code carries the agreement.

    Args:
        table: shape (q, q).
        codes: the q names.

    Raises:
        ValueError: the table has other than q rows and columns.

    >>> read_scheme([[90, 3, 0], [4, 1, 0], [1, 0, 1]], ("geen", "kans", "knelpunt")).en.count("'geen'")
    1
    """
    counted = np.asarray(table, dtype=np.float64)
    if counted.shape != (len(codes), len(codes)):
        raise ValueError("a scheme has one row and one column for each code")
    if counted.sum() == 0:
        return read_estimate("cohen_kappa", Estimate(None, Undefined.NO_COMMON_UNIT))
    kappa, ac1 = float(two.cohen_kappa(counted)), float(gwet_ac1(tallies_of_tables(counted)))
    if np.isnan(kappa):
        return _agreed(counted) + read_estimate("cohen_kappa", Estimate(None, Undefined.ONE_CATEGORY))
    reading = _agreed(counted) + _corrected(counted, kappa, ac1)
    shares = (counted.sum(axis=0) + counted.sum(axis=1)) / (2.0 * counted.sum())
    largest = int(shares.argmax())
    if shares[largest] <= 1.0 - RARE or abs(ac1 - kappa) < APART:
        return reading
    same = float(two.negative_agreement(one_against_rest(counted)[largest]))
    return reading + fill("apart.one_code", code=codes[largest], share=shares[largest], same=same)


def _agreed(counted: Floats) -> BilingualText:
    n = int(counted.sum())
    return fill("agreed.share", share=float(two.percent(counted)), n=n)


def _corrected(counted: Floats, kappa: float, ac1: float) -> BilingualText:
    chance, ac1_chance = float(two.cohen_chance(counted)), float(gwet_chance(tallies_of_tables(counted)))
    reading = fill("corrected.figures", kappa=kappa, ac1=ac1, chance=chance, ac1_chance=ac1_chance)
    return reading if kappa >= 0.0 else reading + fill("corrected.below_zero")


def _why_apart(counted: Floats, kappa: float, ac1: float) -> BilingualText | None:
    share = (counted[1].sum() + counted[:, 1].sum()) / (2.0 * counted.sum())
    if abs(ac1 - kappa) < APART or RARE <= share <= 1.0 - RARE:
        return None
    key, agreement = (
        ("apart.rare", two.positive_agreement) if share < RARE else ("apart.common", two.negative_agreement)
    )
    return fill(key, share=share, same=float(agreement(counted)), why=fill("apart.why"))


def _unequal_use(counted: Floats, coders: tuple[str, str]) -> BilingualText | None:
    by_a, by_b = float(counted[1].sum() / counted.sum()), float(counted[:, 1].sum() / counted.sum())
    if abs(by_a - by_b) < APART:
        return None
    more, less = coders if by_a > by_b else coders[::-1]
    larger, smaller, highest = max(by_a, by_b), min(by_a, by_b), float(two.cohen_kappa_max(counted))
    return fill("use.unequal", more=more, less=less, larger=larger, smaller=smaller, highest=highest)


def _few_units(counted: Floats) -> BilingualText | None:
    n = int(counted.sum() - counted[0, 0])
    if n >= FEW_UNITS:
        return None
    return fill("use.once" if n == 1 else "use.few", n=n)


def read_null(null: str) -> BilingualText:
    """Write the column ``null`` of a figure in words.

    >>> read_null("circular shifts within sessions by fragment, drawn 199").nl
    'verschuivingen in een kring binnen sessies per fragment, getrokken: 199'
    """
    dutch = null
    for phrase in read_family("null.").values():
        dutch = re.sub(phrase.en, phrase.nl, dutch)
    return BilingualText(nl=dutch, en=null)


def write_kappa(row: Row) -> BilingualText:
    """Write a kappa with its interval, or that there is none."""
    if row["estimate"] is None:
        return fill("kappa.undefined")
    return fill("kappa.value", row, interval=write_interval(row))


def write_interval(row: Row, *, percent: bool = False) -> BilingualText:
    """Write an interval in brackets after a space; nothing where there is none.

    >>> write_interval({"low": 0.1, "high": 0.25}).nl
    ' [0,10; 0,25]'
    """
    if row["low"] is None or row["high"] is None:
        return BilingualText("", "")
    return fill("interval.percent" if percent else "interval.number", row)


def signed_interval(row: Row) -> BilingualText:
    """Write a gain in kappa with its interval, in brackets."""
    return fill("signed.interval", value=write_signed(row["estimate"]), interval=write_interval(row))


def write_signed(value: float | None) -> BilingualText:
    """Write a gain with its sign.

    >>> write_signed(-0.004).en
    '+0.00'
    """
    return fill("signed.undefined") if value is None else fill("signed.value", value=value)
