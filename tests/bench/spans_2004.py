"""The older unitizing alpha, by squared differences between the borders of passages.

Published figures up to about 2015 use this definition; it is not the `u_alpha` of 2016 and the two differ on the same
data. It is here so that such figures can be checked.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.agreement.statistics.spans import Span


class Disagreement(NamedTuple):
    """Observed and expected disagreement on one code."""

    observed: float
    expected: float


def unitizing_disagreement(coders: Sequence[Sequence[Span]], start: int, length: int, code: int) -> Disagreement:
    """Measure how far the passages with one code lie apart, and how far they would under chance.

    Source: Krippendorff (1995), Sociological Methodology 25, 47-76; Krippendorff (2004), Content Analysis, 2nd ed.,
    pp. 251-256.

    Args:
        coders: for each of m >= 2 coders the spans; spans of one coder with one code do not overlap.
        start: where the text begins.
        length: number of characters.
        code: the code.

    Raises:
        ValueError: fewer than two coders, no text, or a span outside the text.

    >>> same = [[Span(2, 5, 0)], [Span(2, 5, 0)]]
    >>> unitizing_disagreement(same, 0, 10, 0).observed
    0.0
    """
    m = len(coders)
    if m < 2 or length < 1:
        raise ValueError(f"{m} coder(s) and {length} characters; agreement needs two coders and a text")
    units = [sorted((s.start, s.end) for s in spans if s.code == code) for spans in coders]
    if any(begin < start or end > start + length for marked in units for begin, end in marked):
        raise ValueError(f"a span lies outside {start}-{start + length}")
    gaps = [_gaps(marked, start, start + length) for marked in units]
    observed = sum(
        _distance(units[i], units[j]) + _inside(units[i], gaps[j]) + _inside(units[j], gaps[i])
        for i in range(m)
        for j in range(m)
        if i != j
    ) / (m * (m - 1) * length**2)
    lengths = np.array([end - begin for marked in units for begin, end in marked], dtype=np.float64)
    room = np.array([end - begin for empty in gaps for begin, end in empty], dtype=np.float64)
    fits = np.maximum(room - lengths[:, np.newaxis] + 1, 0).sum(axis=1)
    moved = (lengths.size - 1) / 3 * (2 * lengths**3 - 3 * lengths**2 + lengths) + lengths**2 * fits
    ways = m * length * (m * length - 1) - (lengths * (lengths - 1)).sum()
    return Disagreement(float(observed), float(2 / length * moved.sum() / ways))


def u_alpha_2004(coders: Sequence[Sequence[Span]], start: int, length: int, codes: Sequence[int]) -> float:
    """Unitizing alpha of 1995/2004 over one code or several: 1 minus summed observed over summed expected.

    Args:
        coders: for each coder the spans.
        start: where the text begins.
        length: number of characters.
        codes: the codes to take together.

    Returns:
        Alpha; NaN where nobody marked anything, so that no disagreement is expected.
    """
    parts = [unitizing_disagreement(coders, start, length, code) for code in codes]
    expected = sum(part.expected for part in parts)
    return 1.0 - sum(part.observed for part in parts) / expected if expected > 0 else float("nan")


def _gaps(marked: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    borders = [start, *(border for span in marked for border in span), end]
    return [(left, right) for left, right in zip(borders[::2], borders[1::2], strict=True) if right > left]


def _distance(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> float:
    """Squared differences of the borders of the spans that overlap."""
    return float(sum((a - c) ** 2 + (b - d) ** 2 for a, b in first for c, d in second if min(b, d) > max(a, c)))


def _inside(units: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> float:
    """Squared lengths of the spans that lie wholly in text the other left without the code."""
    return float(sum((b - a) ** 2 for a, b in units for c, d in gaps if c <= a and b <= d))
