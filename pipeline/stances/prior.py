"""What the machine holds before it has seen a code: cue lexicon, seed concepts and valence, as one log-odds per value.

The weights were chosen on the invented example study, with sessions left out.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.stances.concepts import Sound
from pipeline.vocabulary import Scheme

LEXICON_WEIGHT = 0.7
CONCEPT_WEIGHT = 0.5
VALENCE_WEIGHT = 0.5
SMALLEST = 1e-6

Matrix = NDArray[np.float64]


def hold(lexical: Matrix, sound: Sound | None, scheme: Scheme) -> Matrix:
    """Give the (n, k) log-odds of each value.

    Args:
        lexical: (n, k) shares that the lexicon gives.
        sound: how the fragments sound, or None: the lexicon alone.
        scheme: hat, sentiment or polarity.
    """
    shares = np.clip(lexical, SMALLEST, 1 - SMALLEST)
    odds: Matrix = np.log(shares) - np.log1p(-shares) if scheme is Scheme.POLARITY else np.log(shares)
    if sound is None:
        return odds
    heard: Matrix = LEXICON_WEIGHT * odds + CONCEPT_WEIGHT * sound.concepts[scheme]
    return heard + VALENCE_WEIGHT * sound.lean(scheme)


def to_shares(odds: Matrix, scheme: Scheme) -> Matrix:
    """Turn (n, k) log-odds into shares; they sum to 1, but for polarity.

    >>> to_shares(np.array([[0.0, np.log(3.0)]]), Scheme.POLARITY).round(2).tolist()
    [[0.5, 0.75]]
    >>> to_shares(np.log([[0.6, 0.3, 0.1]]), Scheme.SENTIMENT).round(2).tolist()
    [[0.6, 0.3, 0.1]]
    """
    if scheme is Scheme.POLARITY:
        shares: Matrix = 1 / (1 + np.exp(-odds))
        return shares
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    exclusive: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return exclusive
