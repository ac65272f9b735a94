"""Where fragments lie among their neighbours: a map of each view, side by side. No seed, no chance.

A few hundred short remarks hardly form groups by their distances, since all are about equally far apart. Who is
neighbour to whose neighbours says more: random walks over the graph of nearest neighbours smooth the distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEXICAL_WEIGHTS = (0.0, 0.3, 0.5)
"""How much words and letters weigh beside the vectors, in each of the views that are laid side by side."""
TOGETHER = 1
LEXICAL_DIMS = 50
LANDMARKS = 1500
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

    meaning: Array
    letters: Array
    words: Array

    def __len__(self) -> int:
        """Number of fragments."""
        return len(self.meaning)

    @property
    def blocks(self) -> tuple[Array, Array, Array]:
        """The three, in order."""
        return self.meaning, self.letters, self.words

    def take(self, rows: NDArray[np.int64]) -> "Views":
        """Keep these fragments."""
        return Views(self.meaning[rows], self.letters[rows], self.words[rows])

    def mix(self, weight: float) -> Array:
        """Lay the blocks side by side, words and letters with a weight, each without its mean; (n, …) unit rows."""
        weighed = [(1.0, self.meaning), (weight, self.letters), (weight, self.words)]
        return unit_rows(
            np.concatenate([w * unit_rows(block - block.mean(axis=0)) for w, block in weighed if w], axis=1)
        )

    @property
    def together(self) -> Array:
        """The middle one of the mixes: unit rows whose products are cosines."""
        return self.mix(LEXICAL_WEIGHTS[TOGETHER])


def make_views(vectors: Array, documents: Sequence[str]) -> Views:
    """Make the views of n fragments.

    Latent semantic analysis of words and of letters: TF-IDF with logarithmic frequencies, projected on 50 dimensions
    at most (with more than 1,500 fragments: those of 1,500 taken evenly).
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


def _project(documents: Sequence[str], settings: dict[str, Any]) -> Array:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(min_df=2, sublinear_tf=True, lowercase=False, **settings)
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # no term stands in two fragments and not in too many
        return np.zeros((len(documents), 1))
    marks = weights[spread_evenly(len(documents), LANDMARKS)]
    values, directions = np.linalg.eigh((marks @ marks.T).toarray())
    kept = np.flatnonzero(values > 1e-9 * values[-1])[-LEXICAL_DIMS:]
    return np.asarray((weights @ marks.T) @ (directions[:, kept] / np.sqrt(values[kept])), dtype=np.float64)


def spread_evenly(n: int, most: int) -> NDArray[np.int64]:
    """Take at most so many of n rows, evenly; sorted by a hash, that is a draw by chance that never changes.

    >>> spread_evenly(7, 3).tolist()
    [0, 2, 4]
    """
    return np.arange(n) if n <= most else np.arange(most) * n // most


def unit_rows(rows: Array) -> Array:
    """Bring rows to unit length; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 1e-12, lengths, 1.0))


NEIGHBOURS = 10
FEWEST_NEIGHBOURS = 3
FRAGMENTS_PER_NEIGHBOUR = 5
FEWEST_FOR_GRAPH = 8
DIMS = 16
FRAGMENTS_PER_DIM = 4
STEPS = 2
LEAP = 1e-4
"""Weight of a step to any fragment whatever: it ties pieces of the graph that no neighbour ties."""
SAME_PLACE_DECIMALS = 9


def lay_maps(views: Views) -> Array:
    """Place n fragments among their neighbours, once for each mix of the views.

    Diffusion map: the first eigenvectors of the random walk over the graph of the ten nearest neighbours (a fifth of
    the fragments where there are fewer than fifty, three at least), two steps far; then to unit length.
    Source: Coifman & Lafon (2006), Diffusion maps, Applied and Computational Harmonic Analysis 21(1), section 2.
    Equal fragments have one place, or they would be each other's only neighbours. Fewer than eight different ones
    have no neighbourhood to speak of and lie where the views put them. More than 1,500 fragments: the map
    is of 1,500 taken evenly, and the others lie amid their nearest neighbours.

    Args:
        views: of n fragments, at least 2 of them different, in a stable order.

    Returns:
        (n, up to 48) rows; the sign of a column has no meaning, distances have.
    """
    first, place = _find_distinct(views)
    if len(first) < len(views):
        return lay_maps(views.take(first))[place]
    if len(views) < FEWEST_FOR_GRAPH:
        return np.concatenate([views.mix(weight) for weight in LEXICAL_WEIGHTS], axis=1)
    marks = spread_evenly(len(views), LANDMARKS)
    # Without words every mix is the same one.
    weights = LEXICAL_WEIGHTS if views.words.any() or views.letters.any() else LEXICAL_WEIGHTS[:1]
    if len(marks) == len(views):
        return np.concatenate([_diffuse(views.mix(weight)) for weight in weights], axis=1)
    placed = []
    for weight in weights:
        rows = views.mix(weight)
        placed.append(_place_others(rows, marks, _diffuse(rows[marks])))
    return np.concatenate(placed, axis=1)


def _find_distinct(views: Views) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the first row of each kind, in order of the rows, and of every row the number of its kind."""
    rows = np.round(np.concatenate(views.blocks, axis=1), SAME_PLACE_DECIMALS)
    _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[kind.ravel()]


def n_neighbours(n: int) -> int:
    """Say how many neighbours count among n fragments.

    >>> [n_neighbours(n) for n in (8, 15, 30, 200)]
    [3, 3, 6, 10]
    """
    return min(n - 1, NEIGHBOURS, max(FEWEST_NEIGHBOURS, n // FRAGMENTS_PER_NEIGHBOUR))


def find_neighbours(cosines: Array, n: int) -> NDArray[np.int64]:
    """Find the n columns with the highest cosine of each row, in no order."""
    return np.argpartition(-np.round(cosines, 12), n - 1, axis=1)[:, :n]


def _diffuse(rows: Array) -> Array:
    from scipy.linalg import eigh

    n = len(rows)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    near = find_neighbours(cosines, n_neighbours(n))
    ties = np.zeros((n, n))
    np.put_along_axis(ties, near, np.maximum(np.take_along_axis(cosines, near, axis=1), 0.0), axis=1)
    ties = (ties + ties.T) / 2 + LEAP
    degrees = np.sqrt(ties.sum(axis=1))
    dims = min(DIMS, max(2, n // FRAGMENTS_PER_DIM), n - 1)
    values, vectors = eigh(ties / np.outer(degrees, degrees), subset_by_index=[n - 1 - dims, n - 1])
    walked = vectors[:, :-1] / degrees[:, None] * np.maximum(values[:-1], 0.0) ** STEPS
    return unit_rows(walked)


def _place_others(rows: Array, marks: NDArray[np.int64], mapped: Array) -> Array:
    placed = np.empty((len(rows), mapped.shape[1]))
    for start in range(0, len(rows), LANDMARKS):
        cosines = rows[start : start + LANDMARKS] @ rows[marks].T
        near = find_neighbours(cosines, NEIGHBOURS)
        weights = np.maximum(np.take_along_axis(cosines, near, axis=1), LEAP)
        placed[start : start + LANDMARKS] = np.einsum("ij,ijk->ik", weights, mapped[near])
    placed = unit_rows(placed)
    placed[marks] = mapped
    return placed
