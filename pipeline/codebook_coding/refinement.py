"""Codes that learn from the fragments that most resemble them: no manual code is used."""

from collections.abc import Sequence

import numpy as np

from pipeline.codebook_coding.space import Space
from pipeline.codebook_coding.terms import Floats

TEMPERATURE = 0.1
ROUNDS = 3


def share_out(scores: Floats, temperature: float) -> Floats:
    """Turn (n, k) scores into shares that sum to 1 (softmax).

    >>> share_out(np.array([[0.0, 0.0]]), 0.1).tolist()
    [[0.5, 0.5]]
    """
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def refine(space: Space, scores: Floats, *, strength: float) -> Floats:
    """Add to each score the mean likeness to the fragments that resemble the code, itself left out; a few rounds.

    Expectation and maximisation over centres that begin at the codebook (Nigam et al. 2000, Machine Learning 39,
    here with soft counts over likeness instead of words).

    Args:
        space: n fragments.
        scores: (n, k).
        strength: weight of what is learned.

    Returns:
        (n, k) refined scores.
    """
    if strength == 0 or min(scores.shape) < 2:
        return scores
    refined = scores
    for _ in range(ROUNDS):
        shares = share_out(refined, TEMPERATURE)
        learned = _likeness_to_centres(space, shares)
        refined = scores + strength * (learned - learned.mean(axis=1, keepdims=True))
    return refined


def _likeness_to_centres(space: Space, shares: Floats) -> Floats:
    weights = shares / np.maximum(shares.sum(axis=0), 1e-9)
    total = space.meaning @ (space.meaning.T @ weights) + space.words @ (space.words.T @ weights)
    own = (space.meaning**2).sum(axis=1) + np.asarray(space.words.multiply(space.words).sum(axis=1)).ravel()
    likeness: Floats = total - own[:, None] * weights
    return likeness


def pool(scores: Floats, owners: Sequence[int], size: int, temperature: float) -> Floats:
    """Bring the scores of sub-themes to their themes: the logarithm of the mean exponential.

    It lies between mean and maximum, and a theme with many sub-themes gains nothing by their number.

    Args:
        scores: (n, k).
        owners: k themes, -1 for none.
        size: number of themes.
        temperature: towards 0 it is the maximum.

    Returns:
        (n, size); NaN for themes without sub-themes.
    """
    pooled = np.full((len(scores), size), np.nan)
    for theme in range(size):
        own = scores[:, [owner == theme for owner in owners]]
        if own.shape[1]:
            top = own.max(axis=1, keepdims=True)
            pooled[:, theme] = top[:, 0] + temperature * np.log(np.exp((own - top) / temperature).mean(axis=1))
    return pooled
