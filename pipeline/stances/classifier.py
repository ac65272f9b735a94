"""A classifier taught by coded fragments, never asked about a fragment whose block it has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.folds import deal_blocks

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

MIN_EXAMPLES = 2
MIN_TERM_FRAGMENTS = 2
CALIBRATION_FOLDS = 3
MAX_ITERATIONS = 1000


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the classifier knows of n fragments: their own text in three views.

    Attributes:
        vectors: (n, d) sentence vectors.
        cues: (n, c) weight of the cues found, per value.
        lemmas: n lists of lemmas, in order.
    """

    vectors: NDArray[np.float64]
    cues: NDArray[np.float64]
    lemmas: Sequence[Sequence[str]]

    def fit(self, train: NDArray[np.bool_]) -> "csr_matrix":
        """Make the (n, m) matrix of all fragments, with everything that is learned learned from ``train`` only.

        Vectors lose the mean of the training fragments, which is what they all share, and get unit length on average;
        lemmas and pairs of lemmas become TF-IDF; cues are damped by log(1 + x).
        """
        from scipy.sparse import csr_matrix, hstack

        centred = self.vectors - self.vectors[train].mean(axis=0)
        length = float(np.linalg.norm(centred[train], axis=1).mean())
        parts = [csr_matrix(centred / length if length > 0 else centred), csr_matrix(np.log1p(self.cues))]
        terms = self._weigh_terms(train)
        return csr_matrix(hstack([*parts, terms] if terms is not None else parts))

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


def cross_fit(
    features: Features,
    targets: NDArray[np.bool_],
    coded: NDArray[np.bool_],
    *,
    blocks: Sequence[str],
    folds: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    """Give every fragment the probability of each value, from a model that saw no code of its block.

    One logistic regression per value against the rest, calibrated on inner folds of whole blocks (Platt, 1999:
    a logistic curve over held-out decision values); where the inner folds carry no signal, the share of the value.

    Args:
        features: of n fragments.
        targets: (n, k) whether a coded fragment has a value.
        coded: n, whether a fragment is coded.
        blocks: n block names.
        folds: n fold numbers; a block lies in one fold.
        seed: for the solver and the inner folds.

    Returns:
        (n, k) probabilities; NaN where fewer than ``MIN_EXAMPLES`` training fragments have, or lack, the value.
    """
    probabilities = np.full(targets.shape, np.nan)
    for fold in np.unique(folds):
        train, test = coded & (folds != fold), folds == fold
        learnable = [
            k for k in range(targets.shape[1])
            if min(targets[train, k].sum(), (~targets[train, k]).sum()) >= MIN_EXAMPLES
        ]  # fmt: skip
        if not learnable:
            continue
        matrix = features.fit(train)
        inner = deal_blocks(
            [block for block, taught in zip(blocks, train, strict=True) if taught], n_folds=CALIBRATION_FOLDS, seed=seed
        )
        for k in learnable:
            probabilities[test, k] = _probability(matrix[train], targets[train, k], inner, matrix[test], seed)
    return probabilities


def _regression(seed: int, *, balanced: bool) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    weights = "balanced" if balanced else None
    return LogisticRegression(class_weight=weights, solver="liblinear", random_state=seed, max_iter=MAX_ITERATIONS)


def _probability(
    known: "csr_matrix", target: NDArray[np.bool_], inner: NDArray[np.int64], asked: "csr_matrix", seed: int
) -> NDArray[np.float64]:
    taught = _regression(seed, balanced=True)
    held_out = np.full(len(target), np.nan)
    for fold in np.unique(inner):
        rest = inner != fold
        if len(np.unique(target[rest])) == 2:
            held_out[~rest] = taught.fit(known[rest], target[rest]).decision_function(known[~rest])
    usable = ~np.isnan(held_out)
    if len(np.unique(target[usable])) < 2:
        plain: NDArray[np.float64] = _regression(seed, balanced=False).fit(known, target).predict_proba(asked)[:, 1]
        return plain
    curve = _regression(seed, balanced=False).fit(held_out[usable, None], target[usable])
    if curve.coef_[0, 0] <= 0:
        return np.full(asked.shape[0], target.mean())
    values = taught.fit(known, target).decision_function(asked)
    calibrated: NDArray[np.float64] = curve.predict_proba(values[:, None])[:, 1]
    return calibrated
