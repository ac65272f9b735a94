"""Where fragments lie: vectors, words and letters in one view, and its principal components. No seed, no chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.views import Floats

LEXICAL_WEIGHT = 0.3
"""How much words and letters weigh beside the vectors."""
LEXICAL_DIMS = 50
LANDMARKS = 800
"""More fragments than this are sampled: so many are divided, and the others go to the nearest topic."""
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

    @property
    def blocks(self) -> tuple[Floats, Floats, Floats]:
        """The three, in order."""
        return self.meaning, self.letters, self.words

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
    marks = rows[spread_evenly(len(rows), LANDMARKS)]
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
