"""One hierarchy with two cuts: Ward's tree over the map gives subtopics, and the tree of their centres topics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.topic_geometry import OUTLIER, SMALLEST_TOPIC, Labels
from pipeline.topic_views import LANDMARKS, Array, spread_evenly

ROUNDS = 20
SMALLEST_SUBTOPIC = 3
SAME_HEIGHT = 1e-9
VIEWS_WEIGHT = 0.5


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


def cut_parts(places: Array, tree: Tree, n_parts: int) -> Labels:
    """Cut a tree into parts, and let every place go to the nearest centre until none moves.

    Args:
        places: (n, d).
        tree: of these places.
        n_parts: at most so many.

    Returns:
        n labels from 0.
    """
    labels = tree.cut(n_parts)
    for _ in range(ROUNDS):
        moved = _nearest(places, _means(places, labels))
        if (moved == labels).all() or np.bincount(moved, minlength=labels.max() + 1).min() < SMALLEST_TOPIC:
            break
        labels = moved
    return labels


def merge_parts(places: Array, together: Array, parts: Labels, numbers: Sequence[int]) -> dict[int, Labels]:
    """Merge parts into topics, those first that lose least; each is as heavy as it holds places.

    Their centres are compared on the map and, at half weight, by the views themselves: a part whose neighbours all
    lie in it is a stranger to every other on the map.

    Args:
        places: (n, d).
        together: (n, e) the views of the same.
        parts: n labels.
        numbers: how many topics, once or more; each at most so many as there are parts.

    Returns:
        Number to n labels from 0; no part lies in two topics.

    >>> places, parts = np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]]), np.array([0, 0, 1, 1, 2, 2])
    >>> merge_parts(places, np.zeros((6, 1)), parts, [2])[2].tolist()
    [0, 0, 0, 0, 1, 1]
    """
    centres = np.concatenate([_means(places, parts), VIEWS_WEIGHT * _means(together, parts)], axis=1)
    weights = np.bincount(parts).astype(np.float64)
    group = np.arange(len(centres))
    found = {len(centres): group.copy()}
    for n_left in range(len(centres) - 1, 0, -1):
        loss = ((centres[:, None] - centres) ** 2).sum(axis=2) * np.outer(weights, weights)
        loss /= weights[:, None] + weights
        first, second = np.unravel_index(np.argmin(np.round(loss, 12) + np.diag([np.inf] * len(loss))), loss.shape)
        centres[first] = np.average(centres[[first, second]], axis=0, weights=weights[[first, second]])
        weights[first] += weights[second]
        centres, weights = np.delete(centres, second, axis=0), np.delete(weights, second)
        group[group == second] = first
        group[group > second] -= 1
        found[n_left] = group.copy()
    return {number: found[min(number, len(found))][parts] for number in numbers}


def cut_both(places: Array, together: Array, n_topics: int, n_subtopics: int) -> tuple[Labels, Labels]:
    """Cut subtopics and merge them to topics; without more subtopics than topics, the two are one.

    Of more than 1,500 places, 1,500 taken evenly make the trees and the others go to the nearest subtopic.

    Args:
        places: (n, d).
        together: (n, e) the views of the same.
        n_topics: how many topics.
        n_subtopics: how many subtopics in all.

    Returns:
        n topics and n subtopics, both from 0.

    >>> places = np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]])
    >>> topics, subtopics = cut_both(places, np.zeros((6, 1)), 2, 3)
    >>> len(set(topics.tolist())), len(set(subtopics.tolist()))
    (2, 3)
    """
    marks = spread_evenly(len(places), LANDMARKS)
    parts = cut_parts(places[marks], grow_tree(places[marks]), max(n_topics, n_subtopics))
    lower = parts if len(marks) == len(places) else _nearest(places, _means(places[marks], parts))
    if n_subtopics <= n_topics:
        return lower, lower
    return merge_parts(places, together, lower, [n_topics])[n_topics], lower


def divide_topics(places: Array, upper: Labels, n_subtopics: int) -> Labels:
    """Divide topics that were found otherwise into subtopics, those first that lose most by staying whole.

    Every topic has a tree of its own; the highest joints of all trees are undone until there are so many parts. A
    part of fewer than three fragments is given to the nearest other part of its topic, so that there may be fewer.

    Args:
        places: (n, d).
        upper: n topics; outliers stay outliers.
        n_subtopics: how many in all.

    Returns:
        n labels from 0; no subtopic lies in two topics.

    >>> places = np.array([[0.0], [0.1], [0.2], [1.0], [1.1], [1.2], [9.0], [9.1]])
    >>> divide_topics(places, np.array([0, 0, 0, 0, 0, 0, 1, 1]), 3).tolist()
    [0, 0, 0, 1, 1, 1, 2, 2]
    """
    members = [np.flatnonzero(upper == topic) for topic in np.unique(upper[upper != OUTLIER])]
    marks = [spread_evenly(len(rows), LANDMARKS) for rows in members]
    trees = [grow_tree(places[rows[kept]]) for rows, kept in zip(members, marks, strict=True)]
    heights = np.concatenate([np.round(tree.heights, 9) for tree in trees])
    owner = np.repeat(np.arange(len(trees)), [len(tree.heights) for tree in trees])
    highest = owner[np.argsort(-heights, kind="stable")]
    n_parts = 1 + np.bincount(highest[: max(0, n_subtopics - len(trees))], minlength=len(trees))
    labels = np.full(len(places), OUTLIER, dtype=np.int64)
    for rows, kept, tree, parts in zip(members, marks, trees, n_parts, strict=True):
        labels[rows] = _extend(places[rows], kept, tree.cut(int(parts))) + labels.max() + 1
    return labels


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
