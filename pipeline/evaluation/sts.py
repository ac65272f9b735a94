"""Semantic similarity: does the cosine of two sentences rank pairs as people do?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.evaluation.figures import Figure, Floats, interval


def spearman(a: Floats, b: Floats) -> float:
    """Give Spearman's rank correlation, ties by their mean rank; NaN where one side does not vary.

    Source: Spearman (1904), American Journal of Psychology 15, 72-101.

    Args:
        a: shape (n,).
        b: shape (n,).

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.5, 0.3])), 2)
    0.5
    """
    ranks_a, ranks_b = rankdata(a), rankdata(b)
    ranks_a, ranks_b = ranks_a - ranks_a.mean(), ranks_b - ranks_b.mean()
    size = float(np.sqrt((ranks_a**2).sum() * (ranks_b**2).sum()))
    return float((ranks_a * ranks_b).sum()) / size if size else float("nan")


def similarity(
    name: str, left: NDArray[np.float32], right: NDArray[np.float32], scores: Sequence[float], baseline: Floats
) -> Figure:
    """Compare the cosines of n pairs with what people said.

    Args:
        name: of the benchmark.
        left: shape (n, d), unit rows.
        right: shape (n, d), unit rows.
        scores: n judgements, more is more alike.
        baseline: n cosines of the baseline.

    Returns:
        Spearman's correlation; chance is 0.
    """
    cosines = (left.astype(np.float64) * right).sum(axis=1)
    judged = np.asarray(scores, dtype=np.float64)
    low, high = interval(lambda rows: spearman(cosines[rows], judged[rows]), len(judged))
    return Figure(
        data=name,
        measure="Spearman",
        n=len(judged),
        value=spearman(cosines, judged),
        low=low,
        high=high,
        baseline=spearman(baseline, judged),
        chance=0.0,
    )
