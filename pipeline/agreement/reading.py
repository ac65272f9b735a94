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

from pipeline.agreement.statistics.coefficients import (
    OF_MATCHES,
    Undefined,
    cohen_chance,
    cohen_kappa,
    count_matches,
    percent,
)
from pipeline.agreement.statistics.counts import one_against_rest, tallies_of_tables
from pipeline.agreement.statistics.many_coders import gwet_ac1, gwet_chance
from pipeline.agreement.wording import BilingualText, fill, read_family
from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats

RARE = 0.2
"""A code on fewer than this share of the units is rare, on more than 1 - this share common."""
APART = 0.1
"""Kappa and AC1 further apart than this are explained."""

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {statistic: (name.nl, name.en) for statistic, name in read_family("statistic.").items()}
)
"""Statistic to its name in Dutch and English."""


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
        return _undefined_kappa(Undefined.NO_COMMON_UNIT)
    kappa, ac1 = float(cohen_kappa(counted)), float(gwet_ac1(tallies_of_tables(counted)))
    if np.isnan(kappa):
        return _agreed(counted) + _undefined_kappa(Undefined.ONE_CATEGORY)
    reading = _agreed(counted) + _corrected(counted, kappa, ac1)
    shares = (counted.sum(axis=0) + counted.sum(axis=1)) / (2.0 * counted.sum())
    largest = int(shares.argmax())
    if shares[largest] <= 1.0 - RARE or abs(ac1 - kappa) < APART:
        return reading
    others = count_matches(one_against_rest(counted)[largest])
    same = float(OF_MATCHES["negative_agreement"](others))
    return reading + fill("apart.one_code", code=codes[largest], share=shares[largest], same=same)


def _undefined_kappa(reason: Undefined) -> BilingualText:
    name = BilingualText(*(label[0].upper() + label[1:] for label in LABELS["cohen_kappa"]))
    return fill("estimate.undefined", name=name, reason=fill(reason.value))


def _agreed(counted: Floats) -> BilingualText:
    n = int(counted.sum())
    return fill("agreed.share", share=float(percent(counted)), n=n)


def _corrected(counted: Floats, kappa: float, ac1: float) -> BilingualText:
    chance, ac1_chance = float(cohen_chance(counted)), float(gwet_chance(tallies_of_tables(counted)))
    reading = fill("corrected.figures", kappa=kappa, ac1=ac1, chance=chance, ac1_chance=ac1_chance)
    return reading if kappa >= 0.0 else reading + fill("corrected.below_zero")


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
