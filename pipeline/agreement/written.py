"""Numbers as they are read in a sentence: two decimals, a comma in Dutch, a share as a percentage."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.agreement.reading import Reading

Row = Mapping[str, Any]


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
