"""A classifier taught by coded fragments, never asked about a fragment whose block it has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.folds import deal_blocks
from pipeline.stances.logistic import calibrate, fit
from pipeline.stances.scales import find_margins
from pipeline.vocabulary import Scheme

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MIN_EXAMPLES = 2
MIN_TERM_FRAGMENTS = 2
INNER_FOLDS = 3
TERM_SCALE = 0.7
HELD_SCALE = 0.3

Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the classifier knows of n fragments: their own text in several views, each of which may be empty.

    Attributes:
        vectors: (n, d) sentence vectors.
        lemmas: n lists of lemmas, in order.
        held: (n, h) odds of all values and schemes, held before a code was seen.
        context: (n, c) what else was known when it was said; no columns where only the text may speak.
    """

    vectors: Matrix
    lemmas: Sequence[Sequence[str]]
    held: Matrix
    context: Matrix

    def fit(self, train: NDArray[np.bool_]) -> "csr_matrix":
        """Make the (n, m) matrix of all fragments, with everything that is learned learned from ``train`` only.

        Vectors lose the mean of the training fragments, which is what they all share, and get unit length on average;
        lemmas and pairs of lemmas become TF-IDF; odds get mean 0.
        """
        from scipy.sparse import csr_matrix, hstack

        centred = self.vectors - self.vectors[train].mean(axis=0)
        lengths = np.linalg.norm(centred[train], axis=1)
        length = float(lengths.mean()) if centred.size else 0.0
        parts = [csr_matrix(centred / length if length > 0 else centred)]
        parts.append(csr_matrix(HELD_SCALE * (self.held - self.held[train].mean(axis=0))))
        parts.append(csr_matrix(self.context))
        terms = self._weigh_terms(train)
        return csr_matrix(hstack([*parts, TERM_SCALE * terms] if terms is not None else parts))

    def _weigh_terms(self, train: NDArray[np.bool_]) -> "csr_matrix | None":
        from sklearn.feature_extraction.text import TfidfVectorizer

        documents = [
            [*words, *(" ".join(pair) for pair in zip(words, words[1:], strict=False))] for words in self.lemmas
        ]
        learned = [document for document, taught in zip(documents, train, strict=True) if taught]
        counts: dict[str, int] = {}
        for document in learned:
            for term in set(document):
                counts[term] = counts.get(term, 0) + 1
        vocabulary = sorted(term for term, n in counts.items() if n >= MIN_TERM_FRAGMENTS)
        if not vocabulary:
            return None
        weigher = TfidfVectorizer(analyzer=list, vocabulary=vocabulary, sublinear_tf=True)
        weigher.fit(learned)
        weighed: csr_matrix = weigher.transform(documents)
        return weighed


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What was learned of k values for n fragments.

    Attributes:
        probabilities: (n, k); NaN where fewer than ``MIN_EXAMPLES`` training fragments have, or lack, the value.
        unsure: n margins: as near to its runner-up as the least sure tenth of the training fragments was when they
            were held out; NaN where nothing was learned.
    """

    probabilities: Matrix
    unsure: NDArray[np.float64]


def cross_fit(
    features: Features,
    held: Matrix,
    targets: NDArray[np.bool_],
    coded: NDArray[np.bool_],
    *,
    scheme: Scheme,
    blocks: Sequence[str],
    folds: NDArray[np.int64],
    max_abstained: float,
    seed: int,
) -> Lesson:
    """Judge every fragment by a model that saw no code of its block.

    Calibration and the margin for abstaining come from inner folds of whole blocks, among training fragments only.

    Args:
        features: of n fragments.
        held: (n, k) odds held before a code was seen; the regressions start there.
        targets: (n, k) whether a coded fragment has a value.
        coded: n, whether a fragment is coded.
        scheme: hat, sentiment or polarity.
        blocks: n block names.
        folds: n fold numbers; a block lies in one fold.
        max_abstained: share of the training fragments that may count as unsure.
        seed: for the inner folds.
    """
    probabilities = np.full(targets.shape, np.nan)
    unsure = np.full(len(targets), np.nan)
    for fold in np.unique(folds):
        train, test = coded & (folds != fold), folds == fold
        shown = targets[train].sum(axis=0)
        learnable = np.flatnonzero(np.minimum(shown, train.sum() - shown) >= MIN_EXAMPLES)
        if not len(learnable):
            continue
        matrix, known = features.fit(train), targets[np.ix_(train, learnable)]
        offset = held[:, learnable]
        inner = deal_blocks(
            [block for block, taught in zip(blocks, train, strict=True) if taught], n_folds=INNER_FOLDS, seed=seed
        )
        held_out = _hold_out(matrix[train], known, offset[train], inner)
        odds = fit(matrix[train], known, offset[train]).add(matrix[test], offset[test])
        probabilities[np.ix_(test, learnable)] = calibrate(held_out, known, odds)
        margins = find_margins(calibrate(held_out, known, held_out), scheme)
        unsure[test] = np.quantile(margins, max_abstained)
    return Lesson(probabilities=probabilities, unsure=unsure)


def _hold_out(matrix: "csr_matrix", targets: NDArray[np.bool_], offset: Matrix, inner: NDArray[np.int64]) -> Matrix:
    """Give the odds of training fragments by models that did not see them; what is held, where they are one block."""
    odds = offset.copy()
    for fold in np.unique(inner):
        rest = inner != fold
        if rest.any():
            odds[~rest] = fit(matrix[rest], targets[rest], offset[rest]).add(matrix[~rest], offset[~rest])
    return odds
