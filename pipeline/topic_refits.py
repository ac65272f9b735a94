"""Topics made again on other fragments, and on features that chance has shuffled; how much of them comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.topic_geometry import Labels
from pipeline.topic_maps import lay_maps
from pipeline.topic_tree import Tree, grow_tree
from pipeline.topic_views import Array, Views

SUBSAMPLE = 0.8
FIRM = 0.75
"""A fragment is firm in its topic when it comes back in it in so large a share of the refits that hold it."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Some of the fragments on a map of their own, and the tree that joins them.

    Attributes:
        rows: which fragments.
        places: where they lie.
        tree: how they join.
        together: their views.
    """

    rows: Rows
    places: Array
    tree: Tree
    together: Array


Cutter = Callable[[Fit], Mapping[int, Labels]]
"""Number of topics to the labels of the fragments of a fit."""


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm fragments are in their topics, over refits.

    Attributes:
        coverage: share of fragments that are firm.
        rand: adjusted Rand index among the fragments that are firm in one half of the refits, in the other half.
    """

    coverage: float
    rand: float


def make_fit(views: Views, rows: Rows | None = None) -> Fit:
    """Lay the map of some of the fragments, or of all, and grow its tree."""
    kept = np.arange(len(views)) if rows is None else rows
    of_rows = views if rows is None else views.take(rows)
    places = lay_maps(of_rows)
    return Fit(kept, places, grow_tree(places), of_rows.together)


def subsample(n: int, random: np.random.Generator) -> Rows:
    """Draw four fifths of n rows, each once; sorted."""
    return np.sort(random.permutation(n)[: max(3, round(SUBSAMPLE * n))])


def bootstrap(n: int, random: np.random.Generator) -> Rows:
    """Draw n of n rows with replacement and keep each once (a double would be its own neighbour); sorted."""
    return np.unique(random.integers(n, size=n))


def find_components(views: Views) -> Views:
    """Turn the columns of every view into principal components: what is spread widely stays so when shuffled."""
    return Views(*(_components(block) for block in views.blocks))


def shuffle_columns(components: Views, random: np.random.Generator) -> Views:
    """Shuffle every column of every view on its own, so that as much is spread as far and nothing goes together.

    The columns are brought to normal scores first (van der Waerden 1952), mean and spread kept: a column of two humps
    would be two clusters however it is shuffled, and clear topics could never be told from chance.

    Args:
        components: of n fragments.
        random: the chance.
    """
    from scipy.special import ndtri

    scores = ndtri((np.arange(len(components)) + 0.5) / len(components))
    scores /= scores.std() or 1.0
    return Views(*(_shuffle(block, scores, random) for block in components.blocks))


def _components(block: Array) -> Array:
    centred = block - block.mean(axis=0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    kept = values > 1e-9 * max(float(values[-1]), 1e-12)
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept])) if kept.any() else np.zeros((len(block), 1))


def _shuffle(columns: Array, scores: Array, random: np.random.Generator) -> Array:
    order = random.permuted(np.tile(scores[:, None], columns.shape[1]), axis=0)
    return np.asarray(columns.mean(axis=0) + order * columns.std(axis=0))


def likeness(first: Labels, second: Labels) -> float:
    """Adjusted Rand index of two divisions of the same fragments; 1 where neither divides.

    Source: Hubert & Arabie (1985), Journal of Classification 2, 193-218, eq. 5.

    >>> round(likeness(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])), 3)
    1.0
    """
    counts = _cross(first, second)
    both, rows, columns = (_pairs(part) for part in (counts, counts.sum(axis=1), counts.sum(axis=0)))
    expected = rows * columns / max(_pairs(counts.sum()), 1.0)
    most = (rows + columns) / 2
    return float((both - expected) / (most - expected)) if most != expected else 1.0


def mutual_likeness(first: Labels, second: Labels) -> float:
    """Adjusted mutual information of two divisions of the same fragments (Vinh, Epps & Bailey 2010, AMI_sum)."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(first, second))


def judge_firmness(labels: Labels, refits: Sequence[tuple[Rows, Labels]]) -> Firmness:
    """Tell how many fragments come back in their topic, topics of a refit matched one to one (Kuhn 1955).

    Whether the firm ones are alike is asked of refits that had no say in who is firm: the halves change roles.

    Args:
        labels: n topics.
        refits: of each, the rows it was made on and their topics.
    """
    halves = refits[::2], refits[1::2]
    found = []
    for judged, asked in (halves, halves[::-1]):
        firm = _firm(labels, judged)
        kept = [(rows[firm[rows]], again[firm[rows]]) for rows, again in asked]
        found += [likeness(labels[rows], again) for rows, again in kept if rows.size > 1]
    return Firmness(float(_firm(labels, refits).mean()), float(np.mean(found)) if found else 0.0)


def _firm(labels: Labels, refits: Sequence[tuple[Rows, Labels]]) -> NDArray[np.bool_]:
    from scipy.optimize import linear_sum_assignment

    drawn, back = np.zeros((2, len(labels)))
    for rows, again in refits:
        counts = _cross(labels[rows], again)
        topics, others = linear_sum_assignment(counts, maximize=True)
        match = np.full(int(labels.max()) + 1, -1)
        match[topics] = others
        drawn[rows] += 1
        back[rows] += match[labels[rows]] == again
    return np.asarray((drawn > 0) & (back >= FIRM * drawn))


def _cross(first: Labels, second: Labels) -> Array:
    shape = int(first.max()) + 1, int(second.max()) + 1
    cells = np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1])
    return np.asarray(cells.reshape(shape), dtype=np.float64)


def _pairs(counts: Array) -> float:
    return float((counts * (counts - 1)).sum() / 2)
