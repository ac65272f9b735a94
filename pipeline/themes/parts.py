"""Divides the fragments of a theme into parts by their vectors: k-means, seeded, the best of several starts."""

import numpy as np
from numpy.typing import NDArray

from pipeline.themes.state import Vector

STARTS = 10
ROUNDS = 100


def divide(vectors: Vector, n_parts: int, *, seed: int) -> NDArray[np.int64]:
    """Divide n vectors into at most k parts; fewer where there are fewer different vectors.

    Source: Lloyd (1982), Least squares quantization in PCM; starts as in Arthur and Vassilvitskii (2007), k-means++.

    Args:
        vectors: (n, d), n at least 1, in a stable order.
        n_parts: k.
        seed: of the starts.

    Returns:
        n part numbers: 0 is the largest; of equally large ones the one that holds the earliest row.

    >>> divide(np.array([[0.0], [0.1], [5.0]]), 2, seed=1).tolist()
    [0, 0, 1]
    """
    k = min(n_parts, len(np.unique(np.round(vectors, 6), axis=0)))
    random = np.random.default_rng(seed)
    found = [_descend(vectors, _start(vectors, k, random)) for _ in range(STARTS)]
    _, best = min(found, key=lambda each: round(each[0], 9))
    return _by_size(best)


def _start(vectors: Vector, k: int, random: np.random.Generator) -> Vector:
    centres = [vectors[random.integers(len(vectors))]]
    while len(centres) < k:
        away = _squares(vectors, np.stack(centres)).min(axis=1)
        centres.append(vectors[random.choice(len(vectors), p=away / away.sum())])
    return np.stack(centres)


def _descend(vectors: Vector, centres: Vector) -> tuple[float, NDArray[np.int64]]:
    parts = _squares(vectors, centres).argmin(axis=1)
    for _ in range(ROUNDS):
        centres = np.stack(
            [vectors[parts == part].mean(axis=0) if (parts == part).any() else centres[part]
             for part in range(len(centres))]
        )  # fmt: skip
        moved = _squares(vectors, centres).argmin(axis=1)
        if (moved == parts).all():
            break
        parts = moved
    return float(_squares(vectors, centres)[np.arange(len(vectors)), parts].sum()), parts.astype(np.int64)


def _squares(vectors: Vector, centres: Vector) -> Vector:
    """Squared distances (n, k), never negative."""
    return np.stack([((vectors - centre) ** 2).sum(axis=1) for centre in centres], axis=1)


def _by_size(parts: NDArray[np.int64]) -> NDArray[np.int64]:
    first = {int(part): int(np.argmax(parts == part)) for part in np.unique(parts)}
    order = sorted(first, key=lambda part: (-int((parts == part).sum()), first[part]))
    number = {part: place for place, part in enumerate(order)}
    return np.array([number[int(part)] for part in parts], dtype=np.int64)
