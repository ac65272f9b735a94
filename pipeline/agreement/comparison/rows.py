"""Rows of the table ``agreement``: every figure with its interval, its chance level and what it leaves out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.agreement.comparison.folds import LEFT_OUT
from pipeline.agreement.statistics.permutation import benjamini_hochberg

JOIN = " | "
NO_INTERVAL = "no interval: "
"""How the reason of a figure begins that has no interval."""


@dataclass(frozen=True, kw_only=True)
class _Figure:
    statistic: str
    code: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    p: float | None = None
    null: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class FoundFigure(_Figure):
    """One figure before it is known which comparison it belongs to.

    Attributes:
        statistic: its name.
        code: one code against the rest, empty for the scheme as a whole.
        estimate: the figure, None when undefined.
        low: lower end of the interval.
        high: upper end.
        chance: mean under circular shifts.
        p: share of the shifts with at least this figure.
        null: the shifts that were made, or why none are honest.
        reason: why there is no figure, or no interval.
        left_out: lowest and highest figure when one session is left out.
    """

    left_out: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementRow(_Figure):
    """One row; the columns of the table, but for the printing order.

    >>> AgreementRow(comparison="A | B", scheme="hat", statistic="percent", unit="session", n=3).as_dict(7)["position"]
    7
    """

    comparison: str
    scheme: str
    unit: str
    n: int
    excluded: str = "0"

    def as_dict(self, position: int) -> dict[str, Any]:
        """Give the row as a mapping of column to value, with its place in the printing order."""
        return {**vars(self), "position": position}


@dataclass(frozen=True, kw_only=True)
class ComparisonHead:
    """What the rows of one comparison share.

    Attributes:
        coders: who is compared, in order.
        scheme: the scheme.
        unit: what was resampled.
        n: units that are compared.
        left: how many units are left out, and why.
        policy: what was done that could have been done otherwise; empty for the headline.
    """

    coders: tuple[str, ...]
    scheme: str
    unit: str
    n: int
    left: tuple[tuple[int, str], ...] = ()
    policy: str = ""

    @property
    def excluded(self) -> str:
        """The number left out, in brackets why, and the policy.

        >>> ComparisonHead(coders=("A", "B"), scheme="hat", unit="session", n=5, left=((2, "not seen by A"),)).excluded
        '2 (2 not seen by A)'
        """
        parts = [f"{count} {why}" for count, why in self.left if count]
        text = str(sum(count for count, _ in self.left)) + (f" ({', '.join(parts)})" if parts else "")
        return f"{text}; {self.policy}" if self.policy else text


def make_rows(frame: ComparisonHead, found: Iterable[FoundFigure]) -> Iterator[AgreementRow]:
    """Write figures as rows; a leave-one-session-out range becomes a row of its own below its figure.

    P-values of single codes are adjusted for testing many codes (Benjamini & Hochberg), per statistic.
    """
    comparison, excluded = JOIN.join(frame.coders), frame.excluded
    for figure in _adjusted(list(found)):
        own = {name: value for name, value in vars(figure).items() if name != "left_out"}
        row = AgreementRow(
            comparison=comparison, scheme=frame.scheme, unit=frame.unit, n=frame.n, excluded=excluded, **own
        )
        yield row
        if figure.left_out is not None:
            low, high = figure.left_out
            yield replace(
                row, unit=f"{frame.unit} {LEFT_OUT}", low=low, high=high, chance=None, p=None, null=None, reason=None
            )


def csv_lines(rows: Sequence[AgreementRow]) -> Iterator[list[str]]:
    """Give the rows as cells of a CSV file, headers first; numbers in full precision, empty where undefined."""
    columns = (
        "comparison", "scheme", "code", "statistic", "unit", "estimate", "low", "high", "chance", "p", "null",
        "n", "excluded", "reason",
    )  # fmt: skip
    yield list(columns)
    for row in rows:
        values = [getattr(row, column) for column in columns]
        yield ["" if value is None else repr(value) if isinstance(value, float) else str(value) for value in values]


def _adjusted(found: Sequence[FoundFigure]) -> list[FoundFigure]:
    adjusted = list(found)
    for statistic in dict.fromkeys(figure.statistic for figure in found):
        places = [i for i, figure in enumerate(found) if figure.statistic == statistic and figure.code]
        given = [p if (p := found[i].p) is not None else np.nan for i in places]
        for i, p in zip(places, benjamini_hochberg(given), strict=True):
            adjusted[i] = replace(found[i], p=None if np.isnan(p) else float(p))
    return adjusted
