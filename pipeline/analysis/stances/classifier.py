"""A classifier taught by coded fragments, never asked about a fragment whose block it has seen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.stances.scales import find_margins
from pipeline.core.folds import deal_blocks, have_copy
from pipeline.core.views import Floats
from pipeline.core.vocabulary import Scheme

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


PENALTY = 1.0
INTERCEPT_PENALTY = 0.1
MAX_ITERATIONS = 200
FACTORS = (0.05, 2.0)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What k regressions add to the odds.

    Attributes:
        coefficients: (m, k).
        intercepts: (k, ).
    """

    coefficients: Floats
    intercepts: NDArray[np.float64]

    def add(self, matrix: "csr_matrix | Floats", offset: Floats) -> Floats:
        """Give the (n, k) odds of n cases."""
        odds: Floats = np.asarray(matrix @ self.coefficients) + self.intercepts + offset
        return odds


def fit(matrix: "csr_matrix | Floats", targets: NDArray[np.bool_], offset: Floats) -> Shift:
    """Fit k regressions at once.

    Args:
        matrix: (n, m) features.
        targets: (n, k) whether a case has a value.
        offset: (n, k) odds made before.
    """
    from scipy.optimize import minimize

    n_features, n_values = matrix.shape[1], targets.shape[1]
    signs = np.where(targets, 1.0, -1.0)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        stacked = flat.reshape(n_features + 1, n_values)
        coefficients, intercepts = stacked[:-1], stacked[-1]
        agreed = signs * (np.asarray(matrix @ coefficients) + intercepts + offset)
        cost = np.logaddexp(0, -agreed).sum() + 0.5 * PENALTY * (coefficients**2).sum()
        cost += 0.5 * INTERCEPT_PENALTY * (intercepts**2).sum()
        pull = -signs * expit(-agreed)
        slope = np.asarray(matrix.T @ pull) + PENALTY * coefficients
        level = pull.sum(axis=0) + INTERCEPT_PENALTY * intercepts
        return float(cost), np.concatenate([slope, level[None, :]]).ravel()

    start = np.zeros((n_features + 1) * n_values)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ITERATIONS})
    stacked = found.x.reshape(n_features + 1, n_values)
    return Shift(coefficients=stacked[:-1], intercepts=stacked[-1])


def calibrate(held_out: Floats, targets: NDArray[np.bool_], odds: Floats) -> Floats:
    """Turn odds into probabilities by one temperature for all values, found on held-out odds.

    Source: Guo et al. (2017), On calibration of modern neural networks, ICML, section 4.2. One number is all that few
    codes can bear: a curve for each value (Platt 1999) moved values against each other by chance. A penalty holds the
    temperature near one while cases are few; it never turns odds round.

    Args:
        held_out: (n, k) odds of cases by models that did not see them.
        targets: (n, k) whether they have a value.
        odds: (q, k) odds to turn.

    Returns:
        (q, k) probabilities.
    """
    from scipy.optimize import minimize_scalar

    agreed = np.where(targets, held_out, -held_out)

    def loss(factor: float) -> float:
        return float(np.logaddexp(0, -factor * agreed).sum() + 0.5 * (factor - 1) ** 2)

    return expit(float(minimize_scalar(loss, bounds=FACTORS, method="bounded").x) * odds)


def expit(odds: Floats) -> Floats:
    """Turn odds, as logarithms, into probabilities."""
    probabilities: Floats = 0.5 * (1 + np.tanh(0.5 * odds))
    return probabilities


MIN_EXAMPLES = 2
MIN_TERM_FRAGMENTS = 2
INNER_FOLDS = 3
TERM_SCALE = 0.7
PRIOR_SCALE = 0.3


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the classifier knows of n fragments: their own text in several views, each of which may be empty.

    Attributes:
        vectors: (n, d) sentence vectors.
        lemmas: n lists of lemmas, in order.
        prior: (n, h) odds of all values and schemes, made before a code was seen.
        context: (n, c) what else was known of it; no columns where only the text counts.
    """

    vectors: Floats
    lemmas: Sequence[Sequence[str]]
    prior: Floats
    context: Floats

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
        parts.append(csr_matrix(PRIOR_SCALE * (self.prior - self.prior[train].mean(axis=0))))
        parts.append(csr_matrix(self.context))
        terms = self._weigh_terms(train)
        return csr_matrix(hstack([*parts, TERM_SCALE * terms] if terms is not None else parts))

    def _weigh_terms(self, train: NDArray[np.bool_]) -> "csr_matrix | None":
        """Weigh lemmas and pairs by TF-IDF: rows of unit length, (1 + log of the count) * (1 + log inverse frequency).

        As scikit-learn's TfidfVectorizer does with ``sublinear_tf``, which costs more to import than all else here.
        """
        from scipy.sparse import csr_matrix

        documents = [
            [*words, *(" ".join(pair) for pair in zip(words, words[1:], strict=False))] for words in self.lemmas
        ]
        held = Counter(
            term for document, taught in zip(documents, train, strict=True) if taught for term in set(document)
        )
        place = {term: i for i, term in enumerate(sorted(term for term, n in held.items() if n >= MIN_TERM_FRAGMENTS))}
        if not place:
            return None
        n_holding = np.array([held[term] for term in place], dtype=np.float64)
        rarity = np.log((float(train.sum()) + 1) / (n_holding + 1)) + 1
        counts = [Counter(place[term] for term in document if term in place) for document in documents]
        columns = np.array([column for row in counts for column in sorted(row)], dtype=np.int64)
        numbers = np.array([row[column] for row in counts for column in sorted(row)], dtype=np.float64)
        sizes = [len(row) for row in counts]
        weights, rows = (np.log(numbers) + 1) * rarity[columns], np.repeat(np.arange(len(sizes)), sizes)
        lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(sizes)))
        cells = weights / lengths[rows], columns, np.cumsum([0, *sizes])
        return csr_matrix(cells, shape=(len(counts), len(place)))


@dataclass(frozen=True, kw_only=True)
class TrainingLabels:
    """What was learned of k values for n fragments.

    Attributes:
        probabilities: (n, k); NaN where fewer than ``MIN_EXAMPLES`` training fragments have, or lack, the value.
        unsure: n margins: as near to its runner-up as the least sure tenth of the training fragments was when they
            were held out; NaN where nothing was learned.
    """

    probabilities: Floats
    unsure: NDArray[np.float64]


def cross_fit(
    features: Features,
    prior: Floats,
    targets: NDArray[np.bool_],
    coded: NDArray[np.bool_],
    *,
    scheme: Scheme,
    blocks: Sequence[str],
    folds: NDArray[np.int64],
    copies: Sequence[str] = (),
    max_abstained: float,
    seed: int,
) -> TrainingLabels:
    """Judge every fragment by a model that saw no code of its block.

    Calibration and the margin for abstaining come from inner folds of whole blocks, among training fragments only.

    Args:
        features: of n fragments.
        prior: (n, k) odds made before a code was seen; the regressions start there.
        targets: (n, k) whether a coded fragment has a value.
        coded: n, whether a fragment is coded.
        scheme: hat, sentiment or polarity.
        blocks: n block names.
        folds: n fold numbers; a block lies in one fold.
        copies: n keys of repeated texts; none of a judged text is learned from.
        max_abstained: share of the training fragments that may count as unsure.
        seed: for the inner folds.
    """
    probabilities = np.full(targets.shape, np.nan)
    unsure = np.full(len(targets), np.nan)
    shared = copies or [""] * len(targets)
    for fold in np.unique(folds):
        test = folds == fold
        train = coded & ~test & ~have_copy(shared, test)
        shown = targets[train].sum(axis=0)
        learnable = np.flatnonzero(np.minimum(shown, train.sum() - shown) >= MIN_EXAMPLES)
        if not len(learnable):
            continue
        matrix, known = features.fit(train), targets[np.ix_(train, learnable)]
        offset = prior[:, learnable]
        inner = deal_blocks(
            [block for block, taught in zip(blocks, train, strict=True) if taught], n_folds=INNER_FOLDS, seed=seed
        )
        own = [key for key, taught in zip(shared, train, strict=True) if taught]
        held_out = _leave_out(matrix[train], known, offset[train], inner, own)
        odds = fit(matrix[train], known, offset[train]).add(matrix[test], offset[test])
        probabilities[np.ix_(test, learnable)] = calibrate(held_out, known, odds)
        margins = find_margins(calibrate(held_out, known, held_out), scheme)
        unsure[test] = np.quantile(margins, max_abstained)
    return TrainingLabels(probabilities=probabilities, unsure=unsure)


def _leave_out(
    matrix: "csr_matrix", targets: NDArray[np.bool_], offset: Floats, inner: NDArray[np.int64], copies: Sequence[str]
) -> Floats:
    """Give the odds of training fragments by models that did not see them; the prior, where they are one block."""
    odds = offset.copy()
    for fold in np.unique(inner):
        asked = inner == fold
        rest = ~asked & ~have_copy(copies, asked)
        if rest.any():
            odds[asked] = fit(matrix[rest], targets[rest], offset[rest]).add(matrix[asked], offset[asked])
    return odds
