"""The baseline that needs no model: TF-IDF of character n-grams, fitted on the very texts of a benchmark."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.figures import Floats

NAME = "character TF-IDF"
NGRAMS = (2, 5)


class CharacterTfidf:
    """Unit rows of TF-IDF weights of character n-grams within words, known by text.

    >>> baseline = CharacterTfidf(["De boot vaart", "Een boot", "De kas"])
    >>> found = baseline.cosines(["De boot vaart", "De boot vaart"], ["Een boot", "De kas"])
    >>> bool(found[0] > found[1])
    True
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._row = {text: i for i, text in enumerate(sorted(set(texts)))}
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True)
        self._weights = vectorizer.fit_transform(list(self._row))

    def cosines(self, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Give the cosine of each of n pairs."""
        product = self._weights[self._rows(left)].multiply(self._weights[self._rows(right)])
        return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()

    def dense(self, texts: Sequence[str], dims: int, seed: int) -> NDArray[np.float32]:
        """Give n texts as unit rows of at most ``dims`` numbers, by a truncated SVD of all weights."""
        from sklearn.utils.extmath import randomized_svd

        size = min(dims, *self._weights.shape)
        left, sizes, _ = randomized_svd(self._weights, size, random_state=seed)
        rows = (left * sizes)[self._rows(texts)]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)

    def likeness(self, texts: Sequence[str], others: Sequence[str]) -> Floats:
        """Give the cosine of each text with each other one: shape (texts, others)."""
        return np.asarray((self._weights[self._rows(texts)] @ self._weights[self._rows(others)].T).toarray())

    def _rows(self, texts: Sequence[str]) -> list[int]:
        return [self._row[text] for text in texts]
