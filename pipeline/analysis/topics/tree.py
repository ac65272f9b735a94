"""Topics and their parts: Ward's tree over the map, cut and settled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.topics.views import DECIMALS, LANDMARKS, spread_evenly
from pipeline.core.views import Floats, Ints

OUTLIER = -1
SMALLEST_TOPIC = 2


def find_centres(vectors: Floats, labels: Ints) -> dict[int, Floats]:
    """Average the vectors of each topic, to unit length; outliers have no centre.

    >>> find_centres(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), np.array([0, 1, -1]))[1].tolist()
    [0.0, 1.0]
    """
    centres = {}
    for label in np.unique(labels[labels != OUTLIER]):
        mean = vectors[labels == label].mean(axis=0)
        length = float(np.linalg.norm(mean))
        centres[int(label)] = mean / length if length > 0 else mean
    return centres


def nearest_centre(vectors: Floats, centres: dict[int, Floats]) -> tuple[Ints, Floats]:
    """Find the nearest centre of each of n vectors; of equally near ones the smallest label.

    Returns:
        n labels, and n cosines in [-1, 1].
    """
    names = sorted(centres)
    cosines = vectors @ np.stack([centres[name] for name in names]).T
    best = np.round(cosines, DECIMALS).argmax(axis=1)
    return np.asarray(names, dtype=np.int64)[best], cosines[np.arange(len(vectors)), best]


def mark_outliers(vectors: Floats, labels: Ints, quantile: float) -> Ints:
    """Make outliers of the given share of fragments that lie farthest from every centre.

    A topic keeps at least two of its fragments. Equally far ones are taken in the order of the rows.

    Args:
        vectors: (n, d) unit rows.
        labels: n labels; those that are outliers already stay so and count for the share.
        quantile: share in [0, 1).

    Returns:
        n labels.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    >>> mark_outliers(vectors, np.array([0, 0, 0, 0]), 0.25).tolist()
    [0, 0, 0, -1]
    """
    marked = labels.copy()
    wanted = int(len(labels) * quantile) - int((labels == OUTLIER).sum())
    centres = find_centres(vectors, labels)
    if wanted <= 0 or not centres:
        return marked
    _, cosines = nearest_centre(vectors, centres)
    for row in np.argsort(np.round(cosines, DECIMALS), kind="stable"):
        if wanted and marked[row] != OUTLIER and (marked == marked[row]).sum() > SMALLEST_TOPIC:
            marked[row] = OUTLIER
            wanted -= 1
    return marked


def lay_out(vectors: Floats) -> Floats:
    """Project n vectors on the two directions in which they differ most (principal components).

    The sign of a direction is fixed: its largest loading is positive.

    Args:
        vectors: (n, d).

    Returns:
        (n, 2); zeros where there is nothing to tell vectors apart.

    >>> lay_out(np.array([[1.0, 0.0], [0.0, 0.0]])).tolist()
    [[0.5, 0.0], [-0.5, 0.0]]
    """
    places = np.zeros((len(vectors), 2))
    if not len(vectors):
        return places
    centred = vectors - vectors.mean(axis=0)
    if np.abs(centred).max() < 1e-9:
        return places
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    for axis in range(min(2, len(sizes))):
        if sizes[axis] > 1e-9 * sizes[0]:
            direction = directions[axis]
            sign = np.sign(direction[np.argmax(np.abs(np.round(direction, 6)))])
            places[:, axis] = centred @ direction * sign
    return places


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

    order: Ints
    splits: Sequence[tuple[int, int, int]]
    heights: Floats

    def cut(self, n_parts: int) -> Ints:
        """Undo the highest joints until there are so many parts; joints of equal places stay."""
        n_cuts = min(n_parts - 1, int((self.heights > SAME_HEIGHT).sum()))
        starts = sorted({0, *(middle for _, middle, _ in self.splits[:n_cuts])})
        labels = np.empty(len(self.order), dtype=np.int64)
        labels[self.order] = np.repeat(np.arange(len(starts)), np.diff([*starts, len(self.order)]))
        return labels


def grow_tree(places: Floats) -> Tree:
    """Join n places, those first that lose least (Ward 1963, Journal of the American Statistical Association 58)."""
    from scipy.cluster.hierarchy import linkage

    n = len(places)
    if n < 2:
        return Tree(np.arange(n), (), np.empty(0))
    joints = linkage(np.round(places, DECIMALS), "ward")
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


def cut_parts(places: Floats, tree: Tree, n_parts: int) -> Ints:
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


def divide(places: Floats, n_topics: int) -> Ints:
    """Divide n places into at most so many topics; equal places stay together.

    Of more than 800 places, 800 taken evenly are divided and the others go to the nearest centre.

    Args:
        places: (n, d), in a stable order.
        n_topics: at most so many.

    Returns:
        n labels from 0.

    >>> divide(np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]]), 2).tolist()
    [1, 1, 1, 1, 0, 0]
    """
    marks = spread_evenly(len(places), LANDMARKS)
    labels = cut_parts(places[marks], grow_tree(places[marks]), n_topics)
    return labels if len(marks) == len(places) else _nearest(places, _means(places[marks], labels))


def bind(places: Floats, groups: Ints) -> Floats:
    """Put the places of each group at their mean, so that a tree joins them before all else.

    Args:
        places: (n, d).
        groups: n groups that stay together; -1 for none.

    >>> bind(np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, -1])).tolist()
    [[0.5], [0.5], [5.0]]
    """
    bound = places.copy()
    for group in np.unique(groups[groups != OUTLIER]):
        bound[groups == group] = places[groups == group].mean(axis=0)
    return bound


def keep_apart(places: Floats, labels: Ints, groups: Ints) -> Ints:
    """Give every group a topic of its own, with the loose places of the topic in which most of it lies.

    Where several groups lie in one topic, its loose places go to the nearest of them.

    Args:
        places: (n, d).
        labels: n topics; outliers stay outliers.
        groups: n groups from 0 that stay together; -1 for a loose place.

    Returns:
        n labels: those of the groups, and for topics without a group the next ones.

    >>> places = np.array([[0.0], [1.0], [2.0], [9.0]])
    >>> keep_apart(places, np.array([0, 0, 0, 1]), np.array([0, -1, 1, -1])).tolist()
    [0, 0, 1, 2]
    """
    n_groups = int(groups.max(initial=OUTLIER)) + 1
    if not n_groups:
        return labels
    centres = _means(places[groups != OUTLIER], groups[groups != OUTLIER])
    in_topic = np.zeros((n_groups, int(labels.max(initial=0)) + 1))
    fixed = (groups != OUTLIER) & (labels != OUTLIER)
    np.add.at(in_topic, (groups[fixed], labels[fixed]), 1)
    home = np.where(in_topic.any(axis=1), in_topic.argmax(axis=1), OUTLIER)
    found, number = np.full(len(labels), OUTLIER, dtype=np.int64), n_groups
    for topic in np.unique(labels[labels != OUTLIER]):
        loose, inside = (labels == topic) & (groups == OUTLIER), np.flatnonzero(home == topic)
        if inside.size:
            found[loose] = inside[_nearest(places[loose], centres[inside])]
        elif loose.any():
            found[loose] = number
            number += 1
    return np.where(groups != OUTLIER, groups, found)


def divide_topics(places: Floats, upper: Ints, n_subtopics: int) -> Ints:
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


def _extend(places: Floats, marks: Ints, cut: Ints) -> Ints:
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


def _means(places: Floats, labels: Ints) -> Floats:
    inside = np.equal.outer(np.arange(int(labels.max()) + 1), labels).astype(np.float64)
    return np.asarray(inside @ places / inside.sum(axis=1, keepdims=True))


def _nearest(places: Floats, centres: Floats) -> Ints:
    """The nearest centre of each place; differences in the last digits decide nothing."""
    squares = (centres**2).sum(axis=1) - 2 * places @ centres.T
    return np.asarray(np.round(squares, DECIMALS).argmin(axis=1), dtype=np.int64)
