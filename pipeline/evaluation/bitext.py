"""Retrieval of translations: is the nearest sentence in the other language the translation?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.figures import Figure, Floats, interval


def hits(vectors: NDArray[np.float32], others: NDArray[np.float32], translations: Sequence[str]) -> Floats:
    """Say for each sentence whether the nearest vector on the other side belongs to its translation.

    A translation that occurs more than once counts wherever it is found.

    Args:
        vectors: shape (n, d), unit rows.
        others: shape (n, d), unit rows, in the same order.
        translations: n texts of the other side.

    Returns:
        Shape (n,) of 0 and 1.

    >>> one = np.eye(2, dtype=np.float32)
    >>> hits(one, one, ["a", "b"]).tolist()
    [1.0, 1.0]
    """
    nearest = (vectors @ others.T).argmax(axis=1)
    return np.array([translations[found] == own for found, own in zip(nearest, translations, strict=True)], dtype=float)


def retrieval(name: str, found: Floats, baseline: Floats, remark: str = "") -> Figure:
    """Give the share of sentences whose translation is nearest.

    Args:
        name: of the benchmark.
        found: shape (n,) of 0 and 1, as `hits` gives them.
        baseline: likewise.
        remark: which model read the other language.
    """
    low, high = interval(lambda rows: float(found[rows].mean()), len(found))
    return Figure(
        data=name,
        measure="accuracy at 1",
        n=len(found),
        value=float(found.mean()),
        low=low,
        high=high,
        baseline=float(baseline.mean()),
        chance=1 / len(found),
        remark=remark,
    )
