"""Several topics for a fragment, where several are really near: asked of its nearest neighbours."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline.topic_geometry import OUTLIER, Labels
from pipeline.topic_maps import find_neighbours, n_neighbours
from pipeline.topic_views import Array

LEAST_SHARE = 0.3
LEAST_OF_FIRST = 0.75
MOST_RANKS = 3
BATCH = 1000


def share_neighbours(places: Array, labels: Labels) -> Array:
    """Give the share of each topic among the nearest neighbours of each fragment on the map.

    A neighbour weighs its likeness; outliers weigh for no topic, so that a row may add up to less than 1.

    Args:
        places: (n, d) unit rows or not.
        labels: n topics; outliers are no topic.

    Returns:
        (n, topics) shares in [0, 1].
    """
    n, n_topics = len(places), int(labels.max(initial=OUTLIER)) + 1
    shares = np.zeros((n, n_topics))
    if n < 2 or not n_topics:
        return shares
    inside = np.equal.outer(labels, np.arange(n_topics)).astype(np.float64)
    lengths = np.linalg.norm(places, axis=1, keepdims=True)
    rows = places / np.where(lengths > 0, lengths, 1.0)
    for start in range(0, n, BATCH):
        cosines = rows[start : start + BATCH] @ rows.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        near = find_neighbours(cosines, n_neighbours(n))
        weights = np.maximum(np.take_along_axis(cosines, near, axis=1), 1e-9)
        shares[start : start + BATCH] = np.einsum("ij,ijk->ik", weights, inside[near]) / weights.sum(axis=1)[:, None]
    return shares


def rank_mentions(shares: Array, labels: Labels, names: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rank the topics of each fragment: its own first, then those that are really near.

    Really near: at least three in ten of its neighbours lie in that topic, and at least three quarters as many as in
    its own; three topics at most. An outlier has none.

    Args:
        shares: (n, topics) of `share_neighbours`.
        labels: n topics.
        names: id of each topic.

    Yields:
        Row of the fragment, and code, rank and score.

    >>> shares = np.array([[0.5, 0.4, 0.1]])
    >>> [(mention["code"], mention["rank"]) for _, mention in rank_mentions(shares, np.array([0]), ["A", "B", "C"])]
    [('A', 1), ('B', 2)]
    """
    for row, label in enumerate(labels.tolist()):
        if label == OUTLIER:
            continue
        own = float(shares[row, label])
        near = [
            topic
            for topic in np.argsort(-np.round(shares[row], 9), kind="stable").tolist()
            if topic != label and shares[row, topic] >= max(LEAST_SHARE, LEAST_OF_FIRST * own)
        ]
        for rank, topic in enumerate([label, *near][:MOST_RANKS], start=1):
            score = min(1.0, round(float(shares[row, topic]), 6))
            yield row, {"code": names[topic], "rank": rank, "score": score}
