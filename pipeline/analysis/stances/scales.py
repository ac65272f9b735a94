"""From evidence to shares per value, and from shares to a judgement that may abstain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.stances.cues import Evidence
from pipeline.core.vocabulary import NEUTRAL_POLARITY, Hat, Polarity, Scheme, Sentiment

SCALES: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.HAT: tuple(map(str, Hat)),
    Scheme.SENTIMENT: tuple(map(str, Sentiment)),
    Scheme.POLARITY: tuple(map(str, Polarity)),
}
PRIOR = {Scheme.HAT: 0.2, Scheme.SENTIMENT: 0.15, Scheme.POLARITY: 0.5}
NEUTRAL_PRIOR = 0.4
DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One value of a fragment, or an abstention.

    Attributes:
        value: a value of the scheme, ``neutraal`` for an empty polarity, None for an abstention.
        score: its share or probability, in [0, 1].
        margin: its distance to the runner-up, in [0, 1].
    """

    value: str | None
    score: float
    margin: float


def share_evidence(evidence: Sequence[Evidence], scheme: Scheme) -> NDArray[np.float64]:
    """Turn the evidence of one fragment into a share per value.

    Hat: weight per hat plus a prior, over their sum. Sentiment: what positive and negative do not cancel, against a
    neutral prior that grows with what they cancel. Polarity: each value on its own against its opposite, .5 where the
    fragment holds no cue at all, since silence of a lexicon is not evidence; both are high where both are backed.

    Args:
        evidence: cues of this scheme in one fragment.
        scheme: hat, sentiment or polarity.

    Returns:
        One number in [0, 1] per value of ``SCALES``; they sum to 1, but for polarity.

    >>> kans = Evidence(value="kans", weight=1.0, words="voordeel", start=0)
    >>> share_evidence([kans], Scheme.POLARITY).tolist(), share_evidence([], Scheme.POLARITY).tolist()
    ([0.75, 0.25], [0.5, 0.5])
    """
    values, prior = SCALES[scheme], PRIOR[scheme]
    weight = np.array([sum(item.weight for item in evidence if item.value == value) for value in values])
    if scheme is Scheme.POLARITY:
        opposite = weight[::-1]
        shares: NDArray[np.float64] = (weight + prior) / (weight + 2 * prior + np.maximum(opposite - weight, 0))
        return shares
    if scheme is Scheme.SENTIMENT:
        positive, negative = weight[values.index(Sentiment.POSITIEF)], weight[values.index(Sentiment.NEGATIEF)]
        cancelled = min(positive, negative)
        mass = {
            Sentiment.POSITIEF: positive - cancelled + prior,
            Sentiment.NEGATIEF: negative - cancelled + prior,
            Sentiment.NEUTRAAL: cancelled + NEUTRAL_PRIOR,
        }
        weight, prior = np.array([mass[Sentiment(value)] for value in values]), 0.0
    total: NDArray[np.float64] = (weight + prior) / (weight + prior).sum()
    return total


def sign_sentiment(shares: NDArray[np.float64]) -> float:
    """Give the signed sentiment, in [-1, 1]: share of positive less share of negative.

    >>> sign_sentiment(np.array([0.7, 0.1, 0.2]))
    0.6
    """
    values = SCALES[Scheme.SENTIMENT]
    signed = shares[values.index(Sentiment.POSITIEF)] - shares[values.index(Sentiment.NEGATIEF)]
    return round(float(signed), DECIMALS)


def decide(shares: NDArray[np.float64], scheme: Scheme, *, min_margin: float) -> list[Judgement]:
    """Judge one fragment: one value, or for polarity a set.

    Args:
        shares: one number per value of ``SCALES``.
        scheme: hat, sentiment or polarity.
        min_margin: a margin below this, or of 0, is an abstention.

    Returns:
        One judgement; two, the likelier first, where both polarities hold.

    >>> [j.value for j in decide(np.array([0.7, 0.1, 0.2]), Scheme.SENTIMENT, min_margin=0.15)]
    ['positief']
    >>> [j.value for j in decide(np.array([0.8, 0.9]), Scheme.POLARITY, min_margin=0.15)]
    ['knelpunt', 'kans']
    """
    values = SCALES[scheme]
    order = np.argsort(-shares, kind="stable")
    if scheme is Scheme.POLARITY:
        return _decide_set(shares, order, values, min_margin)
    first, second = float(shares[order[0]]), float(shares[order[1]])
    return [_judge(values[order[0]], first, first - second, min_margin)]


def find_margins(shares: NDArray[np.float64], scheme: Scheme) -> NDArray[np.float64]:
    """Give the distance to the runner-up of n fragments; for polarity, that of the likelier value to its absence.

    Args:
        shares: (n, k) of values that were learned; they need not sum to 1.
        scheme: hat, sentiment or polarity.

    >>> find_margins(np.array([[0.4, 0.2, 0.2]]), Scheme.SENTIMENT).tolist()
    [0.25]
    >>> find_margins(np.array([[0.75, 0.25]]), Scheme.POLARITY).tolist()
    [0.5]
    """
    if scheme is Scheme.POLARITY or shares.shape[1] == 1:
        margins: NDArray[np.float64] = np.abs(2 * shares.max(axis=1) - 1)
        return margins
    total = np.maximum(shares.sum(axis=1), np.finfo(float).tiny)
    ordered = np.sort(shares, axis=1)
    gap: NDArray[np.float64] = (ordered[:, -1] - ordered[:, -2]) / total
    return gap


def _decide_set(
    shares: NDArray[np.float64], order: NDArray[np.int64], values: Sequence[str], min_margin: float
) -> list[Judgement]:
    found = [_judge(values[i], float(shares[i]), 2 * float(shares[i]) - 1, min_margin) for i in order]
    found = [judgement for judgement in found if judgement.value is not None]
    if found:
        return found
    highest = float(shares[order[0]])
    if highest >= 0.5:
        return [_judge(None, highest, 2 * highest - 1, min_margin)]
    return [_judge(NEUTRAL_POLARITY, 1 - highest, 1 - 2 * highest, min_margin)]


def _judge(value: str | None, score: float, margin: float, min_margin: float) -> Judgement:
    score, margin = round(score, DECIMALS), round(margin, DECIMALS)
    sure = margin > 0 and margin >= min_margin
    return Judgement(value=value if sure else None, score=score, margin=margin)
