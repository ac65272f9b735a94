"""Figures of an encoder: Spearman on scored pairs, retrieval on parallel ones, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import spearmanr

from models.training.encoder.sources import Pair, Parallel

Encode = Callable[[list[str]], np.ndarray]

RESAMPLES = 1_000


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length one, float32[n, d]; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def cosines(encode: Encode, pairs: list[Pair]) -> np.ndarray:
    """Cosine of each pair, float32[n]."""
    left, right = unit(encode([p.left for p in pairs])), unit(encode([p.right for p in pairs]))
    return np.asarray((left * right).sum(axis=1))


def interval(statistic: Callable[[np.ndarray], float], size: int, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval (95 %) of a statistic of row numbers.

    >>> interval(lambda rows: float(np.mean(rows >= 0)), 10)
    (1.0, 1.0)
    """
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, size, size)) for _ in range(RESAMPLES)]
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))


def similarity(encode: Encode, pairs: list[Pair]) -> tuple[float, float, float]:
    """Spearman's rho between cosine and judged score, with its interval."""
    return from_cosines(cosines(encode, pairs), pairs)


def from_cosines(cosine: np.ndarray, pairs: list[Pair]) -> tuple[float, float, float]:
    """Spearman's rho of given cosines, with its interval."""
    score = np.array([p.score for p in pairs])

    def rho(rows: np.ndarray) -> float:
        return float(spearmanr(cosine[rows], score[rows]).statistic)

    return (rho(np.arange(len(pairs))), *interval(rho, len(pairs)))


def retrieval(encode: Encode, pairs: list[Parallel], english: np.ndarray) -> tuple[float, float, float]:
    """Share of Dutch sentences whose nearest English vector is that of their translation, with its interval."""
    nearest = (unit(encode([p.dutch for p in pairs])) @ unit(english).T).argmax(axis=1)
    sentence = [p.english for p in pairs]
    right = np.array([sentence[n] == sentence[i] for i, n in enumerate(nearest)])
    return (float(right.mean()), *interval(lambda rows: float(right[rows].mean()), len(pairs)))
