"""One hierarchy with two cuts: Ward's tree over the map, and within each topic once more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.topic_geometry import OUTLIER, SMALLEST_TOPIC, Labels
from pipeline.topic_views import LANDMARKS, Array, spread_evenly

ROUNDS = 20
SMALLEST_SUBTOPIC = 3
SAME_HEIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Tree:
    """Places joined two at a time; a joint holds the places of a span of the order.

    Attributes:
        order: the n places, so that those of every joint lie together.
        splits: of the n - 1 joints, first, middle and end of its span; the last joint of all comes first.
        heights: what each joint lost, likewise from high to low.
    """

    order: Labels
    splits: Sequence[tuple[int, int, int]]
    heights: Array

    def cut(self, n_parts: int) -> Labels:
        """Undo the highest joints until there are so many parts; joints of equal places stay."""
        n_cuts = min(n_parts - 1, int((self.heights > SAME_HEIGHT).sum()))
        starts = sorted({0, *(middle for _, middle, _ in self.splits[:n_cuts])})
        labels = np.empty(len(self.order), dtype=np.int64)
        labels[self.order] = np.repeat(np.arange(len(starts)), np.diff([*starts, len(self.order)]))
        return labels


def grow_tree(places: Array) -> Tree:
    """Join n places, those first that lose least (Ward 1963, Journal of the American Statistical Association 58)."""
    from scipy.cluster.hierarchy import linkage

    n = len(places)
    if n < 2:
        return Tree(np.arange(n), (), np.empty(0))
    joints = linkage(places, "ward")
    pairs, sizes = joints[:, :2].astype(np.int64).tolist(), [1] * n + joints[:, 3].astype(np.int64).tolist()
    start, splits = {2 * n - 2: 0}, []
    for joint in range(2 * n - 2, n - 1, -1):
        left, right = pairs[joint - n]
        first = start[joint]
        start[left], start[right] = first, first + sizes[left]
        splits.append((first, first + sizes[left], first + sizes[joint]))
    order = np.empty(n, dtype=np.int64)
    order[[start[leaf] for leaf in range(n)]] = np.arange(n)
    return Tree(order, splits, joints[::-1, 2])


def cut_upper(places: Array, tree: Tree, n_topics: int) -> Labels:
    """Cut a tree into topics, and let every place go to the nearest centre until none moves.

    Args:
        places: (n, d).
        tree: of these places.
        n_topics: at most so many.

    Returns:
        n labels from 0.
    """
    labels = tree.cut(n_topics)
    for _ in range(ROUNDS):
        moved = _nearest(places, _means(places, labels))
        if (moved == labels).all() or np.bincount(moved, minlength=labels.max() + 1).min() < SMALLEST_TOPIC:
            break
        labels = moved
    return labels


def cut_places(places: Array, n_topics: int) -> Labels:
    """Grow and cut; of more than 1,500 places, 1,500 taken evenly make the tree and the others go to the nearest.

    >>> first, second, third, fourth = cut_places(np.array([[0.0], [0.1], [5.0], [5.1]]), 2).tolist()
    >>> first == second != third == fourth
    True
    """
    marks = spread_evenly(len(places), LANDMARKS)
    labels = cut_upper(places[marks], grow_tree(places[marks]), n_topics)
    return labels if len(marks) == len(places) else _nearest(places, _means(places[marks], labels))


def cut_lower(places: Array, upper: Labels, numbers: Sequence[int]) -> dict[int, Labels]:
    """Divide topics into subtopics, those first that lose most by staying whole.

    Every topic has a tree of its own; the highest joints of all trees are undone until there are so many parts. A
    part of fewer than three fragments is given to the nearest other part of its topic, so that there may be fewer.

    Args:
        places: (n, d).
        upper: n topics; outliers stay outliers.
        numbers: how many subtopics in all, once or more.

    Returns:
        Number to n labels from 0; no subtopic lies in two topics.

    >>> places = np.array([[0.0], [0.1], [0.2], [1.0], [1.1], [1.2], [9.0], [9.1]])
    >>> cut_lower(places, np.array([0, 0, 0, 0, 0, 0, 1, 1]), [3])[3].tolist()
    [0, 0, 0, 1, 1, 1, 2, 2]
    """
    members = [np.flatnonzero(upper == topic) for topic in np.unique(upper[upper != OUTLIER])]
    marks = [spread_evenly(len(rows), LANDMARKS) for rows in members]
    trees = [grow_tree(places[rows[kept]]) for rows, kept in zip(members, marks, strict=True)]
    heights = np.concatenate([np.round(tree.heights, 9) for tree in trees])
    owner = np.repeat(np.arange(len(trees)), [len(tree.heights) for tree in trees])
    highest = owner[np.argsort(-heights, kind="stable")]
    cuts = {}
    for number in numbers:
        n_parts = 1 + np.bincount(highest[: max(0, number - len(trees))], minlength=len(trees))
        labels = np.full(len(places), OUTLIER, dtype=np.int64)
        for rows, kept, tree, parts in zip(members, marks, trees, n_parts, strict=True):
            labels[rows] = _extend(places[rows], kept, tree.cut(int(parts))) + labels.max() + 1
        cuts[number] = labels
    return cuts


def _extend(places: Array, marks: Labels, cut: Labels) -> Labels:
    """Give places that are in no part yet, and those of parts that are too small, to the nearest part."""
    large = np.flatnonzero(np.bincount(cut) >= SMALLEST_SUBTOPIC)
    if large.size < 2:
        return np.zeros(len(places), dtype=np.int64)
    kept = np.isin(cut, large)
    own = np.searchsorted(large, cut[kept])
    if kept.all() and len(marks) == len(places):
        return own
    labels = _nearest(places, _means(places[marks[kept]], own))
    labels[marks[kept]] = own
    return labels


def _means(places: Array, labels: Labels) -> Array:
    inside = np.equal.outer(np.arange(int(labels.max()) + 1), labels).astype(np.float64)
    return np.asarray(inside @ places / inside.sum(axis=1, keepdims=True))


def _nearest(places: Array, centres: Array) -> Labels:
    """The nearest centre of each place; differences in the last digits decide nothing."""
    squares = (centres**2).sum(axis=1) - 2 * places @ centres.T
    return np.asarray(np.round(squares, 12).argmin(axis=1), dtype=np.int64)
