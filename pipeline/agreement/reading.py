"""A plain sentence beside a figure, in Dutch and English, that does not fall for the paradoxes of kappa.

A rare code gives a high percentage, a low kappa and a high AC1 from the same table. Which of the three is
"right" has no answer; what made them differ has one, and that is what is written here. No sentence says
whether a figure is good enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.statistics import coefficients as two
from pipeline.agreement.statistics.counts import one_against_rest, tallies_of_tables
from pipeline.agreement.statistics.estimate import Estimate, Undefined
from pipeline.agreement.statistics.many_coders import gwet_ac1
from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats


def write_nl(value: float) -> str:
    """Write a number in Dutch."""
    return write_en(value).replace(".", ",")


def write_en(value: float) -> str:
    """Write a number in English, never minus zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def write_share(value: float | None) -> str:
    """Write a share as a percentage.

    >>> write_share(0.126)
    '13%'
    """
    return "-" if value is None else f"{value:.0%}"


RARE = 0.2
"""A code on fewer than this share of the units is rare, on more than 1 - this share common."""
APART = 0.1
"""Kappa and AC1 further apart than this are explained; so is a difference in the coders' shares."""
FEW_UNITS = 10
"""With the code on fewer units than this, a single unit moves kappa visibly."""

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "percent": ("percentage overeenstemming", "percent agreement"),
        "positive_agreement": ("positieve overeenstemming", "positive agreement"),
        "negative_agreement": ("negatieve overeenstemming", "negative agreement"),
        "prevalence_index": ("prevalentie-index", "prevalence index"),
        "bias_index": ("bias-index", "bias index"),
        "cohen_kappa": ("Cohens kappa", "Cohen's kappa"),
        "cohen_kappa_max": ("hoogst mogelijke Cohens kappa", "maximum of Cohen's kappa"),
        "cohen_kappa_weighted": ("kappa met eigen gewichten", "kappa with weights of your own"),
        "krippendorff_alpha_weighted": ("Krippendorffs alfa met eigen gewichten", "Krippendorff's alpha, own weights"),
        "cohen_kappa_linear": ("lineair gewogen kappa", "linearly weighted kappa"),
        "cohen_kappa_quadratic": ("kwadratisch gewogen kappa", "quadratically weighted kappa"),
        "scott_pi": ("Scotts pi", "Scott's pi"),
        "fleiss_kappa": ("Fleiss' kappa", "Fleiss' kappa"),
        "brennan_prediger": ("coëfficiënt van Brennan en Prediger", "Brennan and Prediger's coefficient"),
        "gwet_ac1": ("Gwets AC1", "Gwet's AC1"),
        "gwet_ac2": ("Gwets AC2 (kwadratisch)", "Gwet's AC2 (quadratic)"),
        "krippendorff_alpha_nominal": ("Krippendorffs alfa (nominaal)", "Krippendorff's alpha (nominal)"),
        "krippendorff_alpha_ordinal": ("Krippendorffs alfa (ordinaal)", "Krippendorff's alpha (ordinal)"),
        "krippendorff_alpha_interval": ("Krippendorffs alfa (interval)", "Krippendorff's alpha (interval)"),
        "krippendorff_alpha_ratio": ("Krippendorffs alfa (ratio)", "Krippendorff's alpha (ratio)"),
        "krippendorff_alpha_jaccard": ("Krippendorffs alfa (Jaccard)", "Krippendorff's alpha (Jaccard)"),
        "krippendorff_alpha_masi": ("Krippendorffs alfa (MASI)", "Krippendorff's alpha (MASI)"),
    }
)


@dataclass(frozen=True)
class Reading:
    """The same words in Dutch and in English."""

    nl: str
    en: str

    def __add__(self, other: "Reading") -> "Reading":
        """Put one reading after another."""
        return Reading(f"{self.nl} {other.nl}", f"{self.en} {other.en}")


_WHY = Reading(
    "Kappa telt dat grotendeels als toeval en valt laag uit, AC1 nauwelijks en valt hoog uit.",
    "Kappa counts most of that as chance and comes out low, AC1 hardly any and comes out high.",
)


def read_estimate(statistic: str, estimate: Estimate) -> Reading:
    """Say one figure, or why there is none.

    Raises:
        KeyError: no coefficient of that name.

    >>> read_estimate("scott_pi", Estimate(0.5)).nl
    'Scotts pi is 0,50.'
    >>> read_estimate("gwet_ac1", Estimate(None, Undefined.NO_COMMON_UNIT)).en
    "Gwet's AC1 is undefined: no unit was coded by two coders."
    """
    nl, en = LABELS[statistic]
    if estimate.reason is not None:
        return Reading(
            f"{_opening(nl)} is niet te bepalen: {estimate.reason.text('nl')}.",
            f"{_opening(en)} is undefined: {estimate.reason}.",
        )
    value = float(estimate.value or 0.0)
    return Reading(f"{_opening(nl)} is {_nl(value)}.", f"{_opening(en)} is {_en(value)}.")


def read_code(table: ArrayLike, *, coders: tuple[str, str] = ("A", "B")) -> Reading:
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
        return _agreed(counted) + _without_variation(counted)
    reading = _agreed(counted) + _figures(kappa, ac1)
    for further in (_why_apart(counted, kappa, ac1), _unequal_use(counted, coders), _few(counted)):
        reading = reading if further is None else reading + further
    return reading


def read_scheme(table: ArrayLike, codes: tuple[str, ...]) -> Reading:
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
    reading = _agreed(counted) + _figures(kappa, ac1)
    shares = (counted.sum(axis=0) + counted.sum(axis=1)) / (2.0 * counted.sum())
    largest = int(shares.argmax())
    if shares[largest] <= 1.0 - RARE or abs(ac1 - kappa) < APART:
        return reading
    without = float(two.negative_agreement(one_against_rest(counted)[largest]))
    return reading + Reading(
        f"Eén code, '{codes[largest]}', krijgt {_share(shares[largest])} van de keuzes en draagt het percentage; "
        f"kappa telt dat grotendeels als toeval, AC1 nauwelijks. Koos een codeur iets anders, dan deed de ander dat "
        f"in {_share(without)} van de gevallen ook.",
        f"One code, '{codes[largest]}', takes {_share(shares[largest])} of the choices and carries the percentage; "
        f"kappa counts most of that as chance, AC1 hardly any. Where one coder chose something else, the other did "
        f"so too in {_share(without)} of the cases.",
    )


def _agreed(counted: Floats) -> Reading:
    n, share = int(counted.sum()), _share(float(two.percent(counted)))
    nl, en = ("fragment", "fragment") if n == 1 else ("fragmenten", "fragments")
    return Reading(f"De codeurs zijn het eens over {share} van {n} {nl}.", f"The coders agree on {share} of {n} {en}.")


def _figures(kappa: float, ac1: float) -> Reading:
    reading = Reading(
        f"Na correctie voor toeval is dat {_nl(kappa)} (Cohens kappa) of {_nl(ac1)} (Gwets AC1).",
        f"Corrected for chance that is {_en(kappa)} (Cohen's kappa) or {_en(ac1)} (Gwet's AC1).",
    )
    if kappa >= 0.0:
        return reading
    return reading + Reading(
        "Een kappa onder nul betekent: minder vaak eens dan bij toeval.",
        "A kappa below zero means: less often in agreement than by chance.",
    )


def _without_variation(counted: Floats) -> Reading:
    reason = Undefined.CODE_NEVER_USED if counted[1, 1] == 0 else Undefined.CODE_ALWAYS_USED
    return read_estimate("cohen_kappa", Estimate(None, reason)) + Reading(
        "Een AC1 van 1,00 zegt hier niet meer dan dat.", "An AC1 of 1.00 says no more than that here."
    )


def _why_apart(counted: Floats, kappa: float, ac1: float) -> Reading | None:
    share = (counted[1].sum() + counted[:, 1].sum()) / (2.0 * counted.sum())
    if abs(ac1 - kappa) < APART or RARE <= share <= 1.0 - RARE:
        return None
    if share < RARE:
        found = _share(float(two.positive_agreement(counted)))
        return Reading(
            f"De code is zeldzaam ({_share(share)} van de fragmenten): de meeste overeenstemming is dat beiden haar "
            f"weglaten. {_WHY.nl} Gaf een codeur "
            f"de code, dan deed de ander dat in {found} van de gevallen ook.",
            f"The code is rare ({_share(share)} of the fragments): most agreement is that both leave it out. "
            f"{_WHY.en} Where one coder gave the code, the other did so too in {found} of the cases.",
        )
    left_out = _share(float(two.negative_agreement(counted)))
    return Reading(
        f"De code staat bijna overal ({_share(share)} van de fragmenten): de meeste overeenstemming is dat beiden haar "
        f"geven. {_WHY.nl} Liet een codeur de code "
        f"weg, dan deed de ander dat in {left_out} van de gevallen ook.",
        f"The code is nearly everywhere ({_share(share)} of the fragments): most agreement is that both give it. "
        f"{_WHY.en} Where one coder left the code out, the other did so too in {left_out} of the cases.",
    )


def _unequal_use(counted: Floats, coders: tuple[str, str]) -> Reading | None:
    n = counted.sum()
    by_a, by_b = float(counted[1].sum() / n), float(counted[:, 1].sum() / n)
    if abs(by_a - by_b) < APART:
        return None
    more, less = coders if by_a > by_b else coders[::-1]
    shares, top = (_share(max(by_a, by_b)), _share(min(by_a, by_b))), float(two.cohen_kappa_max(counted))
    return Reading(
        f"Codeur {more} geeft de code vaker dan codeur {less} ({shares[0]} tegen {shares[1]}); "
        f"hoger dan {_nl(top)} kan kappa daardoor niet worden.",
        f"Coder {more} gives the code more often than coder {less} ({shares[0]} against {shares[1]}); "
        f"kappa can therefore not exceed {_en(top)}.",
    )


def _few(counted: Floats) -> Reading | None:
    given = int(counted.sum() - counted[0, 0])
    if given >= FEW_UNITS:
        return None
    nl, en = ("één fragment", "one fragment") if given == 1 else (f"{given} fragmenten", f"{given} fragments")
    return Reading(
        f"De code komt bij maar {nl} voor: één fragment meer of minder verschuift kappa sterk.",
        f"The code occurs on {en} only: one fragment more or less moves kappa a lot.",
    )


def _opening(label: str) -> str:
    return label[0].upper() + label[1:]


def _nl(value: float) -> str:
    return _en(value).replace(".", ",")


def _en(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"


def _share(value: float) -> str:
    return f"{value:.0%}"


_NULL_NL = (
    ("not tested: nothing can be shifted", "niet getoetst: er valt niets te verschuiven"),
    ("not tested: every one of the", "niet getoetst: elke van de"),
    ("not tested: there are", "niet getoetst: er zijn maar"),
    ("not tested: most sessions hold one code only", "niet getoetst: de meeste sessies hebben maar één code"),
    ("not tested: too many of the", "niet getoetst: te veel van de"),
    ("circular shifts", "verschuivingen in een kring"),
    ("mirrored shifts", "gespiegelde verschuivingen"),
    ("round all sessions", "rond alle sessies"),
    ("give the highest figure", "geven het hoogste cijfer"),
    ("within sessions", "binnen sessies"),
    ("round the whole document", "rond het hele document"),
    ("round the whole file", "rond het hele bestand"),
    ("by fragment", "per fragment"),
    ("by statement", "per uitspraak met haar citaten"),
    ("by heading", "per tussentitel"),
    ("gives the same figure", "geeft hetzelfde cijfer"),
    (", all ", ", alle "),
    (", drawn ", ", getrokken: "),
    (" only", ""),
)


def read_null(null: str) -> Reading:
    """Write the column ``null`` of a figure in words.

    >>> read_null("circular shifts within sessions by fragment, drawn 199").nl
    'verschuivingen in een kring binnen sessies per fragment, getrokken: 199'
    """
    dutch = null
    for english, own in _NULL_NL:
        dutch = dutch.replace(english, own)
    return Reading(nl=dutch, en=null)


def write_kappa(row: Row) -> Reading:
    """Write a kappa with its interval, or that there is none."""
    if row["estimate"] is None:
        return Reading("kappa is niet te bepalen", "kappa is undefined")
    ends = write_interval(row)
    return Reading(f"kappa {write_nl(row['estimate'])}{ends.nl}", f"kappa {write_en(row['estimate'])}{ends.en}")


def write_interval(row: Row, *, percent: bool = False) -> Reading:
    """Write an interval in brackets after a space; nothing where there is none.

    >>> write_interval({"low": 0.1, "high": 0.25}).nl
    ' [0,10; 0,25]'
    """
    if row["low"] is None or row["high"] is None:
        return Reading("", "")
    shown: Callable[[float], str] = write_share if percent else write_en
    low, high = shown(row["low"]), shown(row["high"])
    return Reading(f" [{low}; {high}]".replace(".", ","), f" [{low}; {high}]")


def signed_interval(row: Row) -> Reading:
    """Write a gain in kappa with its interval, in brackets."""
    gain, ends = write_signed(row["estimate"]), write_interval(row)
    return Reading(f" (kappa {gain.nl}{ends.nl})", f" (kappa {gain.en}{ends.en})")


def write_signed(value: float | None) -> Reading:
    """Write a gain with its sign.

    >>> write_signed(-0.004).en
    '+0.00'
    """
    if value is None:
        return Reading("niets te bepalen", "nothing that can be computed")
    text = f"{round(value, 2) + 0.0:+.2f}"
    return Reading(text.replace(".", ","), text)
