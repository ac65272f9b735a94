"""Where fragments lie, by vectors, words and letters, and Ward's tree over that map, cut and settled. No chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.views import Floats, Ints

LEXICAL_WEIGHT = 0.3
"""How much words and letters weigh beside the vectors."""
LEXICAL_DIMS = 50
LANDMARKS = 800
"""More fragments than this are sampled: this many are divided, and the others go to the nearest topic."""
LETTERS = (3, 5)
WORDS_IN_MOST = 0.3
LETTERS_IN_MOST = 0.5
PHRASE_JOINT = "_"


@dataclass(frozen=True, slots=True)
class Views:
    """Three blocks of n rows.

    Attributes:
        meaning: (n, d) vectors of the encoder.
        letters: (n, up to 50) character n-grams of content words.
        words: (n, up to 50) content words and parts of compounds.
    """

    meaning: Floats
    letters: Floats
    words: Floats

    def __len__(self) -> int:
        """Number of fragments."""
        return len(self.meaning)

    def take(self, rows: NDArray[np.int64]) -> "Views":
        """Keep these fragments."""
        return Views(self.meaning[rows], self.letters[rows], self.words[rows])

    @property
    def together(self) -> Floats:
        """The blocks side by side, each without its mean; (n, …) unit rows whose products are cosines."""
        weighed = [(1.0, self.meaning), (LEXICAL_WEIGHT, self.letters), (LEXICAL_WEIGHT, self.words)]
        return unit_rows(np.concatenate([w * unit_rows(block - block.mean(axis=0)) for w, block in weighed], axis=1))


def make_views(vectors: Floats, documents: Sequence[str]) -> Views:
    """Make the views of n fragments.

    Latent semantic analysis of words and of letters: TF-IDF with logarithmic frequencies, projected on 50 dimensions
    at most (with more than 800 fragments: those of 800 taken evenly).
    Source: Deerwester et al. (1990), Indexing by latent semantic analysis, JASIS 41(6).

    Args:
        vectors: (n, d) unit rows, in a stable order.
        documents: n texts of content lemmas, parts of compounds and phrases, apart by spaces.

    Returns:
        The views; words and letters are zero where no two fragments share any.
    """
    spaced = [" ".join(term for term in document.split() if PHRASE_JOINT not in term) for document in documents]
    letters = {"analyzer": "char_wb", "ngram_range": LETTERS, "max_df": LETTERS_IN_MOST}
    words = {"tokenizer": str.split, "token_pattern": None, "max_df": WORDS_IN_MOST}
    return Views(vectors, _project(spaced, letters), _project(spaced, words))


def _project(documents: Sequence[str], settings: dict[str, Any]) -> Floats:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(min_df=2, sublinear_tf=True, lowercase=False, **settings)
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # no term stands in two fragments and not in too many
        return np.zeros((len(documents), 1))
    marks = weights[spread_evenly(len(documents))]
    values, directions = np.linalg.eigh((marks @ marks.T).toarray())
    kept = np.flatnonzero(values > 1e-9 * values[-1])[-LEXICAL_DIMS:]
    return np.asarray((weights @ marks.T) @ (directions[:, kept] / np.sqrt(values[kept])), dtype=np.float64)


def spread_evenly(n: int) -> NDArray[np.int64]:
    """Take at most ``LANDMARKS`` of n rows, evenly; sorted by a hash, that is a draw by chance that never changes.

    >>> spread_evenly(1600)[:3].tolist()
    [0, 2, 4]
    """
    return np.arange(n) if n <= LANDMARKS else np.arange(LANDMARKS) * n // LANDMARKS


def unit_rows(rows: Floats) -> Floats:
    """Bring rows to unit length; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 1e-12, lengths, 1.0))


DIMS = 20
FRAGMENTS_PER_DIM = 4
NEIGHBOURS = 10
FEWEST_NEIGHBOURS = 3
FRAGMENTS_PER_NEIGHBOUR = 5
DECIMALS = 9
"""Cosines and squared distances are rounded before anything is chosen by them: a last digit decides nothing."""


def lay_map(views: Views) -> Floats:
    """Place n fragments by the first principal components of their views, to unit length.

    Distances between short remarks are mostly noise; the first twenty components (a quarter of the fragments where
    there are fewer than eighty, two at least) hold what many of them share. Of more than 800 fragments, 800 taken
    evenly say which those are.

    Args:
        views: of n fragments, in a stable order.

    Returns:
        (n, up to 20) rows; the sign of a column has no meaning, distances have.
    """
    rows = views.together
    marks = rows[spread_evenly(len(rows))]
    centre = marks.mean(axis=0)
    n_dims = min(DIMS, max(2, len(marks) // FRAGMENTS_PER_DIM), len(marks))
    if rows.shape[1] <= len(marks):
        directions = np.linalg.eigh((marks - centre).T @ (marks - centre))[1][:, ::-1][:, :n_dims]
    else:
        directions = np.linalg.svd(marks - centre, full_matrices=False)[2][:n_dims].T
    return unit_rows((rows - centre) @ directions)


def n_neighbours(n: int) -> int:
    """Say how many neighbours count among n fragments.

    >>> [n_neighbours(n) for n in (8, 15, 30, 200)]
    [3, 3, 6, 10]
    """
    return min(n - 1, NEIGHBOURS, max(FEWEST_NEIGHBOURS, n // FRAGMENTS_PER_NEIGHBOUR))


def find_neighbours(cosines: Floats, n: int) -> NDArray[np.int64]:
    """Find the n columns with the highest cosine of each row; of equal ones the first columns."""
    return np.argsort(-np.round(cosines, DECIMALS), axis=1, kind="stable")[:, :n]


def tie_neighbours(rows: Floats) -> Floats:
    """Tie every fragment to its nearest neighbours, as strongly as they are alike.

    Args:
        rows: (n, d) unit rows.

    Returns:
        (n, n) symmetric weights; 0 for no tie.
    """
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    near = find_neighbours(cosines, n_neighbours(len(rows)))
    ties = np.zeros(cosines.shape)
    np.put_along_axis(ties, near, np.maximum(np.take_along_axis(cosines, near, axis=1), 0.0), axis=1)
    return np.asarray((ties + ties.T) / 2)


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
        """Undo the highest joints until there are as many parts as asked; joints of equal places stay."""
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
        n_parts: the most parts.

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
    """Divide n places into at most ``n_topics`` topics; equal places stay together.

    Of more than 800 places, 800 taken evenly are divided and the others go to the nearest centre.

    Args:
        places: (n, d), in a stable order.
        n_topics: the most topics.

    Returns:
        n labels from 0.

    >>> divide(np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]]), 2).tolist()
    [1, 1, 1, 1, 0, 0]
    """
    marks = spread_evenly(len(places))
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

    Every topic has a tree of its own; the highest joints of all trees are undone until there are ``n_parts``. A
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
    marks = [spread_evenly(len(rows)) for rows in members]
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
