"""What fragments are compared by: the encoder's vectors, their words, and the letters of their words. Pure numpy.

Few fragments say the same thing in the same words, and an encoder does not know the words of a trade: each view sees
what the other misses. What all fragments share, the mean of each view, is taken off.
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
