"""How well a division into topics fits a division into codes, without saying which topic is which code.

All are functions of the topic x code table (..., topics, codes), so that resamples and
permutations cost one call. Most of them are **not** zero under chance (random topics reach a V of .28 and a purity of
.40 with 200 fragments): show them beside their permutation chance level. Only ARI and AMI are corrected for chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.statistics.coefficients import divide
from pipeline.core.views import Floats


@dataclass(frozen=True, kw_only=True)
class BCubed:
    """B-cubed precision, recall and their harmonic mean, each (...), NaN where undefined."""

    precision: Floats
    recall: Floats
    f1: Floats


def adjusted_rand(tables: ArrayLike) -> Floats:
    """Adjusted Rand index: agreement on which pairs of units belong together, 0 under chance, 1 perfect.

    Source: Hubert & Arabie (1985), Journal of Classification 2, 193-218, eq. 5.

    Args:
        tables: shape (..., topics, codes).

    Returns:
        Shape (...); NaN where both divisions are trivial (all units together, or each alone).

    >>> round(float(adjusted_rand([[2, 0], [1, 1]])), 4)  # 1 pair shared, 2 x 3 / 6 expected
    0.0
    """
    counts = np.asarray(tables, dtype=np.float64)
    both, rows, columns = (_pairs(part).sum(axis=-1) for part in (_flat(counts), counts.sum(-1), counts.sum(-2)))
    expected = divide(rows * columns, _pairs(_flat(counts).sum(axis=-1)))
    return divide(both - expected, (rows + columns) / 2.0 - expected)


def mutual_information(tables: ArrayLike) -> Floats:
    """Mutual information of topics and codes in nats, shape (...)."""
    shares = _shares(tables)
    return _entropy(shares.sum(-1)) + _entropy(shares.sum(-2)) - _entropy(_flat(shares))


def normalized_mutual_information(tables: ArrayLike) -> Floats:
    """Mutual information over the mean of the two entropies, 0 to 1; not corrected for chance.

    >>> float(normalized_mutual_information([[3, 0], [0, 2]]))
    1.0
    """
    shares = _shares(tables)
    return divide(mutual_information(tables), (_entropy(shares.sum(-1)) + _entropy(shares.sum(-2))) / 2.0)


def adjusted_mutual_information(tables: ArrayLike) -> Floats:
    """Adjusted mutual information: 0 under chance, 1 perfect; entropies averaged arithmetically.

    Source: Vinh, Epps & Bailey (2010), Journal of Machine Learning Research 11, 2837-2854, eq. 24a and AMI_sum.
    What two sizes are expected to share is computed once, since permutations have nearly all sizes in common.

    Args:
        tables: shape (..., topics, codes) of whole numbers.

    Returns:
        Shape (...); NaN where one division is trivial on both sides.
    """
    counts = np.asarray(tables, dtype=np.float64)
    shares = _shares(counts)
    flat = counts.reshape(-1, *counts.shape[-2:])
    chance = _expected_information(flat.sum(-1).astype(np.int64), flat.sum(-2).astype(np.int64))
    expected = chance.reshape(counts.shape[:-2])
    mean_entropy = (_entropy(shares.sum(-1)) + _entropy(shares.sum(-2))) / 2.0
    return divide(mutual_information(counts) - expected, mean_entropy - expected)


def homogeneity(tables: ArrayLike) -> Floats:
    """Share of the codes' entropy that the topics take away: 1 when no topic mixes codes (splitting is free).

    Source: Rosenberg & Hirschberg (2007), EMNLP-CoNLL, section 2; 1 by their definition when there is one code only.
    """
    shares = _shares(tables)
    return _one_if_certain(mutual_information(tables), _entropy(shares.sum(-2)))


def completeness(tables: ArrayLike) -> Floats:
    """Share of the topics' entropy that the codes take away: 1 when no code is split (merging is free)."""
    return homogeneity(np.swapaxes(np.asarray(tables, dtype=np.float64), -1, -2))


def v_measure(tables: ArrayLike) -> Floats:
    """Harmonic mean of homogeneity and completeness; rises with the number of topics, also under chance."""
    return _harmonic(homogeneity(tables), completeness(tables))


def purity(tables: ArrayLike) -> Floats:
    """Share of units that carry the commonest code of their topic; not corrected for chance.

    >>> float(purity([[3, 1], [0, 4]]))
    0.875
    """
    counts = np.asarray(tables, dtype=np.float64)
    return divide(counts.max(-1, initial=0.0).sum(-1), counts.sum((-2, -1)))


def inverse_purity(tables: ArrayLike) -> Floats:
    """Share of units that lie in the commonest topic of their code."""
    return purity(np.swapaxes(np.asarray(tables, dtype=np.float64), -1, -2))


def harmonic_purity(tables: ArrayLike) -> Floats:
    """Harmonic mean of purity and inverse purity, called P1 by Pham et al. (2024, TopicGPT)."""
    return _harmonic(purity(tables), inverse_purity(tables))


def bcubed(tables: ArrayLike) -> BCubed:
    """B-cubed: for each unit, how many of its topic share its code (precision), and the reverse (recall).

    A unit is counted with itself. Source: Bagga & Baldwin (1998); Amigo et al. (2009), Information Retrieval 12.

    >>> found = bcubed([[2, 0], [1, 1]])
    >>> float(found.precision), round(float(found.recall), 4)
    (0.75, 0.6667)
    """
    counts = np.asarray(tables, dtype=np.float64)
    n = counts.sum((-2, -1))
    per_topic = np.divide(counts**2, counts.sum(-1, keepdims=True), out=np.zeros_like(counts), where=counts > 0)
    per_code = np.divide(counts**2, counts.sum(-2, keepdims=True), out=np.zeros_like(counts), where=counts > 0)
    precision, recall = divide(per_topic.sum((-2, -1)), n), divide(per_code.sum((-2, -1)), n)
    return BCubed(precision=precision, recall=recall, f1=_harmonic(precision, recall))


MOST_TERMS = 4_000_000


def _expected_information(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    """Expected mutual information of divisions with these sizes (Vinh et al. 2010, eq. 24a).

    Args:
        rows: shape (m, topics) sizes of m first divisions.
        columns: shape (m, codes) sizes of the second ones.

    Returns:
        Shape (m,), NaN where there is no unit.
    """
    from scipy.special import gammaln

    n = rows.sum(axis=1)
    most = int(n.max(initial=0)) + 1
    pairs = (n[:, None, None] * most + rows[:, :, None]) * most + columns[:, None, :]
    distinct, which = np.unique(pairs, return_inverse=True)
    whole, size_a, size_b = distinct // most**2, distinct // most % most, distinct % most
    low = np.maximum(1, size_a + size_b - whole)
    lengths = np.maximum(np.minimum(size_a, size_b) - low + 1, 0)
    # Looked up, since the same few whole numbers come back thousands of times.
    factorial = gammaln(np.arange(most) + 1.0)
    shared = np.zeros(distinct.size)
    ends = np.cumsum(lengths)
    borders = np.searchsorted(ends, np.arange(MOST_TERMS, ends.max(initial=0), MOST_TERMS))
    for batch in np.split(np.arange(distinct.size), borders):
        own = lengths[batch]
        place = np.repeat(np.arange(batch.size), own)
        of, a, b = (part[batch][place] for part in (whole, size_a, size_b))
        k = np.arange(place.size) - (np.cumsum(own) - own - low[batch])[place]
        log_chance = (
            factorial[a] + factorial[b] + factorial[of - a] + factorial[of - b] - factorial[of]
            - factorial[k] - factorial[a - k] - factorial[b - k] - factorial[of - a - b + k]
        )  # fmt: skip
        terms = k / of * (np.log(k) + np.log(of) - np.log(a) - np.log(b)) * np.exp(log_chance)
        shared[batch] = np.bincount(place, weights=terms, minlength=batch.size)
    return np.where(n > 0, shared[which.ravel()].reshape(pairs.shape).sum(axis=(1, 2)), np.nan)


def _flat(tables: Floats) -> Floats:
    return tables.reshape(*tables.shape[:-2], -1)


def _pairs(counts: Floats) -> Floats:
    return counts * (counts - 1.0) / 2.0


def _shares(tables: ArrayLike) -> Floats:
    counts = np.asarray(tables, dtype=np.float64)
    return divide(counts, counts.sum((-2, -1), keepdims=True))


def _entropy(shares: Floats) -> Floats:
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(np.maximum(-(shares * logs).sum(axis=-1), 0.0), dtype=np.float64)


def _one_if_certain(information: Floats, entropy: Floats) -> Floats:
    return np.where(entropy > 1e-12, divide(information, entropy), np.where(np.isnan(entropy), np.nan, 1.0))


def _harmonic(first: Floats, second: Floats) -> Floats:
    both = first + second
    return np.where(both == 0, 0.0, divide(2.0 * first * second, both))
