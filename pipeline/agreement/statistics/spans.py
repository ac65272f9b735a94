"""Gamma of Mathet, Widlöcher & Métivier (2015), by the optional package pygamma-agreement.

Gamma aligns the passages of coders before it compares them, so that passages may overlap. Its expected disorder is
sampled, and its value hangs on the weights of place and category: these are named beside it.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.statistics.coefficients import cohen_kappa, divide
from pipeline.core.views import Floats

LEAST_OVERLAP = 0.9
"""Share from which two segments count as the same."""


class Span(NamedTuple):
    """A marked passage: characters from ``start`` up to but not including ``end``, and its code from 0."""

    start: int
    end: int
    code: int


def merge_overlapping(spans: Sequence[Span]) -> list[Span]:
    """Make one span of spans with the same code that overlap; spans that only touch stay apart.

    >>> merge_overlapping([Span(3, 8, 0), Span(0, 4, 0), Span(8, 9, 0), Span(2, 5, 1)])
    [Span(start=0, end=8, code=0), Span(start=2, end=5, code=1), Span(start=8, end=9, code=0)]
    """
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.code, span.start, span.end)):
        if merged and merged[-1].code == span.code and span.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return sorted(merged)


def has_overlap(spans: Sequence[Span]) -> bool:
    """Tell whether spans, in their order in the text, overlap.

    >>> has_overlap([Span(0, 4, 0), Span(4, 8, 1)]), has_overlap([Span(0, 4, 0), Span(3, 8, 1)])
    (False, True)
    """
    return any(second.start < first.end for first, second in pairwise(spans))


def unitizing_table(coders: Sequence[Sequence[Span]], length: int, n_codes: int) -> Floats:
    """Count, for one document, how much text of each code meets each code, and the squares that alpha needs.

    Args:
        coders: for each of m >= 2 coders the spans in this document; a coder's own spans do not overlap.
        length: number of characters of the document.
        n_codes: q.

    Returns:
        Shape (q + 1, q + 3), additive over documents. The last row and column of the first q + 1 stand for text
        without code. Columns q + 1 and q + 2 hold, per code, the squared lengths of the spans (for text without
        code: its length) and of the parts of spans that meet a span of another coder.

    >>> unitizing_table([[Span(0, 4, 0)], [Span(2, 6, 0)]], 10, 1).tolist()
    [[4.0, 4.0, 32.0, 8.0], [4.0, 8.0, 12.0, 0.0]]
    """
    painted = np.stack([_paint(spans, length, n_codes) for spans in coders])
    table = np.zeros((n_codes + 1, n_codes + 3))
    weight = 1.0 / (len(coders) - 1)
    for i, first in enumerate(painted):
        for span in coders[i]:
            table[span.code, n_codes + 1] += (span.end - span.start) ** 2
        table[n_codes, n_codes + 1] += int((first == n_codes).sum())
        for j, second in enumerate(painted):
            if i == j:
                continue
            cells = np.bincount(first * (n_codes + 1) + second, minlength=(n_codes + 1) ** 2)
            table[:, : n_codes + 1] += weight * cells.reshape(n_codes + 1, n_codes + 1)
            meeting = (_shared_lengths(coders[i], coders[j]) ** 2).sum(axis=1)
            np.add.at(table[:, n_codes + 2], [span.code for span in coders[i]], weight * meeting)
    return table


def u_alpha(tables: ArrayLike) -> Floats:
    """Unitizing alpha: where passages are and what they are called; text without code is a value too.

    Source: Krippendorff, Mathet, Bouvry & Widlocher (2016), Quality & Quantity 50, 2347-2364.

    Args:
        tables: shape (..., q + 1, q + 3) from `unitizing_table`, summed over documents.

    Returns:
        Shape (...); NaN where no disagreement can be expected (nothing marked, or all text one code).
    """
    observed, squares = _parts(tables)
    return _alpha(observed, squares)


def u_alpha_binary(tables: ArrayLike) -> Floats:
    """|u alpha: where passages are, whatever they are called."""
    observed, squares = _parts(tables)
    sides = np.zeros((observed.shape[-1], 2))
    sides[:-1, 0] = 1.0
    sides[-1, 1] = 1.0
    return _alpha(sides.T @ observed @ sides, squares @ sides)


def cu_alpha(tables: ArrayLike) -> Floats:
    """Cu alpha: what passages are called, looking only at text that both coders marked; print `coverage` with it."""
    counts = np.asarray(tables, dtype=np.float64)
    q = counts.shape[-2] - 1
    return _alpha(counts[..., :q, :q], counts[..., :q, q + 2])


def ku_alpha(tables: ArrayLike) -> Floats:
    """(k)u alpha: for each code, whether text that one coder gave it got it from the other too; shape (..., q)."""
    counts = np.asarray(tables, dtype=np.float64)
    q = counts.shape[-2] - 1
    observed, squares = counts[..., :q, :q], counts[..., :q, q + 2]
    lengths = observed.sum(axis=-1)
    same = np.diagonal(observed, axis1=-2, axis2=-1)
    expected_rest = lengths * (lengths.sum(axis=-1, keepdims=True) - lengths)
    expected = divide(expected_rest, expected_rest + lengths**2 - squares)
    return 1.0 - divide(divide(lengths - same, lengths), expected)


def coverage(tables: ArrayLike) -> Floats:
    """Share of the text that coders gave a code which the other coder marked at all; shape (..., q)."""
    observed, _ = _parts(tables)
    by_code = observed[..., :-1, :]
    return divide(by_code[..., :-1].sum(axis=-1), by_code.sum(axis=-1))


def character_table(coder_a: Sequence[Span], coder_b: Sequence[Span], length: int) -> Floats:
    """Count the characters of one document that both, one or none of two coders gave a code.

    Args:
        coder_a: spans of coder A with the code; they may overlap.
        coder_b: spans of coder B with it.
        length: number of characters of the document.

    Returns:
        Shape (2, 2), rows coder A, first without and then with the code; additive over documents.

    >>> character_table([Span(0, 4, 0)], [Span(2, 6, 0)], 10).tolist()
    [[4.0, 2.0], [2.0, 2.0]]
    """
    marked = np.zeros((2, length), dtype=np.int64)
    for coder, spans in enumerate((coder_a, coder_b)):
        for span in spans:
            marked[coder, span.start : span.end] = 1
    return np.bincount(marked[0] * 2 + marked[1], minlength=4).reshape(2, 2).astype(np.float64)


def character_kappa(tables: ArrayLike) -> Floats:
    """Cohen's kappa over characters, per code, as NVivo's coding comparison reports it for a source.

    Neighbouring characters are anything but independent and most text is uncoded: the figure grows with the length of
    the source and has no interval from its characters. NVivo prints 1 where both coders gave all or none of the text
    the code; here that is undefined.

    Args:
        tables: shape (..., 2, 2) from `character_table`.

    Returns:
        Shape (...); NaN where undefined.

    >>> round(float(character_kappa([[800, 75], [75, 50]])), 4)  # the example of NVivo's help, disagreement halved
    0.3143
    """
    return cohen_kappa(tables)


def overlap_agreement(coder_a: Sequence[Span], coder_b: Sequence[Span]) -> tuple[int, int]:
    """Count the segments that the other coder marked with the same code, as MAXQDA's third comparison does.

    Every segment of either coder is judged once. Two segments overlap by the characters they share over the
    characters that either covers (our reading; the manual gives only "at least x %"). The share is not corrected for
    chance and falls when a coder cuts one passage in two.

    Args:
        coder_a: spans of coder A.
        coder_b: spans of coder B.

    Returns:
        Number of segments found back and number of segments, of both coders together.

    >>> overlap_agreement([Span(0, 10, 0), Span(20, 30, 1)], [Span(0, 9, 0), Span(20, 25, 1)])
    (2, 4)
    """
    found = 0
    for own, other in ((coder_a, coder_b), (coder_b, coder_a)):
        found += sum(
            any(span.code == met.code and _overlap(span, met) >= LEAST_OVERLAP for met in other) for span in own
        )
    return found, len(coder_a) + len(coder_b)


def _overlap(first: Span, second: Span) -> float:
    shared = min(first.end, second.end) - max(first.start, second.start)
    return max(shared, 0) / (max(first.end, second.end) - min(first.start, second.start))


def _parts(tables: ArrayLike) -> tuple[Floats, Floats]:
    counts = np.asarray(tables, dtype=np.float64)
    n_values = counts.shape[-2]
    return counts[..., :n_values], counts[..., n_values]


def _alpha(observed: Floats, squares: Floats) -> Floats:
    """One minus observed over expected disagreement; a span is not expected to meet itself."""
    lengths = observed.sum(axis=-1)
    total = lengths.sum(axis=-1)
    same = np.trace(observed, axis1=-2, axis2=-1)
    expected_other = total**2 - (lengths**2).sum(axis=-1)
    expected = divide(expected_other, total**2 - squares.sum(axis=-1))
    return 1.0 - divide(divide(total - same, total), expected)


def _paint(spans: Sequence[Span], length: int, n_codes: int) -> NDArray[np.int64]:
    painted = np.full(length, n_codes, dtype=np.int64)
    for span in spans:
        painted[span.start : span.end] = span.code
    return painted


def _shared_lengths(first: Sequence[Span], second: Sequence[Span]) -> Floats:
    """Characters that each span of one coder shares with each span of another, shape (first, second)."""
    a, b = (np.array([span[:2] for span in spans], dtype=np.int64).reshape(-1, 2) for spans in (first, second))
    shared = np.minimum.outer(a[:, 1], b[:, 1]) - np.maximum.outer(a[:, 0], b[:, 0])
    return np.asarray(np.maximum(shared, 0), dtype=np.float64)


PLACE_WEIGHT = 1.0
CODE_WEIGHT = 1.0
GAP_COST = 1.0
N_SAMPLES = 30
SETTINGS = f"alpha {PLACE_WEIGHT:g}, beta {CODE_WEIGHT:g}, empty {GAP_COST:g}, {N_SAMPLES} samples"


def is_installed() -> bool:
    """Whether the optional package is there: ``pip install dialoogtafel[gamma]``."""
    return find_spec("pygamma_agreement") is not None


def gamma(documents: Sequence[Sequence[Sequence[Span]]], *, seed: int) -> float | None:
    """Agreement on place and code of passages, over documents: 1 - observed / expected disorder, each summed.

    Source: Mathet, Widlöcher & Métivier (2015), Computational Linguistics 41(3), pp. 437-479, with the combined
    dissimilarity for place and category.

    Args:
        documents: for each document, the passages of each coder, coders in the same order.
        seed: of the sampled disorder.

    Returns:
        At most 1.0, with 0 at chance; None where no document has a passage of every coder.

    Raises:
        ModuleNotFoundError: pygamma-agreement is not installed.
    """
    import numpy as np
    from pyannote.core import Segment
    from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum

    dissimilarity = CombinedCategoricalDissimilarity(alpha=PLACE_WEIGHT, beta=CODE_WEIGHT, delta_empty=GAP_COST)
    observed = expected = 0.0
    for document in documents:
        if not all(document):
            continue
        continuum = Continuum()
        for coder, own in enumerate(document):
            for span in own:
                continuum.add(f"coder {coder}", Segment(span.start, span.end), f"code {span.code}")
        # The package draws from the global generator.
        np.random.seed(seed)
        result = continuum.compute_gamma(dissimilarity, n_samples=N_SAMPLES)
        observed += float(result.observed_disorder)
        expected += float(result.expected_disorder)
    return 1.0 - observed / expected if expected > 0 else None
