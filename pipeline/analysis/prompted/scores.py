"""From what a model answers to how likely each code is: votes, the model's bias taken off, odds fitted out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.prompted.questions import Answer, read_answer
from pipeline.analysis.stances.classifier import expit, fit
from pipeline.core.views import Floats
from pipeline.core.vocabulary import Scheme

BIAS_PRIOR = 5.0
"""Fragments without bias, of spread one, that are thought to stand beside the real ones: few fragments show little."""
VOTE_PRIOR = 0.5
"""Votes that each option has before any is cast."""
MIN_EXAMPLES = 2
LARGEST_LOG = 30.0
MAX_ABSTAINED = 0.1
"""Share of the fragments that may be too close to call, as where a classifier is taught: ``stances.max_abstained``."""


def read_logs(
    answers: Sequence[Answer], orders: Sequence[Sequence[int]], choices: Sequence[Sequence[str]]
) -> Floats | None:
    """Bring the answers to one question, asked in several orders of its options, to one row of log-probabilities.

    Probabilities of the first token are averaged over the orders as logarithms; where the server gives none, the
    answers are votes.

    Args:
        answers: one for each order.
        orders: for each answer, the k options in the order in which they were put.
        choices: for each answer, the k words or letters that stood for them.

    Returns:
        (k, ) log-probabilities; None where no answer can be used.

    >>> votes = [Answer(text="A"), Answer(text="A")]
    >>> read_logs(votes, [[0, 1], [1, 0]], ["AB", "AB"]).round(3).tolist()
    [-0.693, -0.693]
    """
    n_options = len(orders[0])
    logs, votes = [], np.zeros(n_options)
    for answer, order, words in zip(answers, orders, choices, strict=True):
        if answer.failure is not None:
            continue
        if answer.logs is not None:
            row = np.empty(n_options)
            row[list(order)] = np.maximum(answer.logs, -LARGEST_LOG)
            logs.append(row - np.logaddexp.reduce(row))
        else:
            chosen = read_answer(answer.text, words)
            if chosen is not None:
                votes[order[chosen]] += 1
    if logs:
        mean: Floats = np.mean(logs, axis=0)
        return mean
    if not votes.any():
        return None
    shares: Floats = (votes + VOTE_PRIOR) / (votes + VOTE_PRIOR).sum()
    return np.log(shares)


def take_off_bias(logs: Floats) -> Floats:
    """Take off what a model says whatever it is asked about.

    Each option loses its mean log-probability over the fragments of the study, so that no code need be known.

    Source: Zhao et al. (2021), Calibrate before use, ICML, with the fragments themselves in place of empty texts, as
    Zhou et al. (2024), Batch calibration, ICLR.

    Args:
        logs: (n, k) log-probabilities; NaN for what was not asked or not answered.

    Returns:
        (n, k) odds as logarithms, of which the mean over a row has no meaning.

    >>> take_off_bias(np.array([[-0.1, -2.4]] * 95)).round(1).tolist()[0]
    [0.0, -0.1]
    """
    known = ~np.isnan(logs)
    uniform = -np.log(np.maximum(known.sum(axis=1, keepdims=True), 1))
    away = np.where(known, logs - uniform, 0.0)
    n = known.sum(axis=0)
    free: Floats = logs - uniform - away.sum(axis=0) / (n + BIAS_PRIOR)
    return free


def standardise(odds: Floats) -> Floats:
    """Bring odds to a spread of one over the fragments.

    How sure a model sounds says little of how often it is right: one puts all its odds between -.5 and .5, and all
    would be too close to call; another is sure of everything.

    Args:
        odds: odds as logarithms, around 0; NaN where nothing was answered.

    >>> standardise(np.array([[-0.2], [0.2]] * 50)).round(1).tolist()[0]
    [-0.7]
    """
    known = odds[~np.isnan(odds)]
    spread: Floats = odds / np.sqrt(((known**2).sum() + BIAS_PRIOR) / (known.size + BIAS_PRIOR))
    return spread


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How likely n fragments have each of k codes.

    Attributes:
        shares: (n, k); NaN where there is no answer.
        folds: n numbers of the fold that was left out; -1 where no code of a person was used.
    """

    shares: Floats
    folds: NDArray[np.int64]


def judge(
    odds: Floats,
    scheme: Scheme,
    *,
    targets: NDArray[np.bool_],
    coded: NDArray[np.bool_],
    folds: NDArray[np.int64],
    min_coded: int,
) -> Judged:
    """Turn odds into shares, after what people coded in other folds where that is enough.

    A polarity is one number, the lead of the one over the other: what people coded elsewhere says how many fragments
    it favours. A regression would learn the commoner polarity sooner than anything else.

    Args:
        odds: (n, k) from ``take_off_bias``.
        scheme: of all schemes but polarity, the shares sum to 1.
        targets: (n, k) whether a coded fragment has a code.
        coded: n, whether a fragment is coded.
        folds: n fold numbers.
        min_coded: fewer coded fragments outside a fold: the bias alone is taken off.
    """
    if scheme is Scheme.POLARITY:
        return _judge_polarity(standardise(odds[:, 0] - odds[:, 1]), targets, coded, folds, min_coded)
    asked = ~np.isnan(odds).all(axis=1)
    shares = _share(odds)
    used = np.full(len(odds), -1, dtype=np.int64)
    for fold, tested in _tests(coded, folds):
        train = coded & asked & (folds != fold)
        shown = targets[train].sum(axis=0)
        learnable = np.flatnonzero(np.minimum(shown, train.sum() - shown) >= MIN_EXAMPLES)
        if train.sum() < min_coded or len(learnable) < min(2, odds.shape[1]):
            continue
        filled = np.where(np.isnan(odds), np.nanmin(odds, initial=0.0), odds)
        own = filled[:, learnable]
        shift = fit(own[train], targets[np.ix_(train, learnable)], own[train])
        fitted = odds.copy()
        fitted[:, learnable] = np.where(np.isnan(odds[:, learnable]), np.nan, shift.add(own, own))
        chance = expit(fitted[tested])
        shares[tested] = chance / np.nansum(chance, axis=1, keepdims=True)
        used[tested] = fold
    return Judged(shares=shares, folds=used)


def _judge_polarity(
    lead: Floats, targets: NDArray[np.bool_], coded: NDArray[np.bool_], folds: NDArray[np.int64], min_coded: int
) -> Judged:
    """Move the lead of fragments of one fold so that it favours as many as people coded so outside that fold."""
    moved, used = lead.copy(), np.full(len(lead), -1, dtype=np.int64)
    one = targets[:, 0] != targets[:, 1]
    for fold, tested in _tests(coded, folds):
        train = coded & one & (folds != fold)
        share = targets[train, 0].mean() if train.any() else 0.0
        if train.sum() >= min_coded and 0 < share < 1 and not np.isnan(lead).all():
            moved[tested] = lead[tested] - find_cut(lead[~np.isnan(lead)], share)
            used[tested] = fold
    return Judged(shares=expit(np.column_stack([moved, -moved])), folds=used)


def find_cut(values: NDArray[np.float64], share: float) -> float:
    """Find the number above which a share of values lies, as near as can be; it is none of them, so that none ties.

    >>> find_cut(np.array([0.0, 0.0, 0.0, 1.0]), 0.3), find_cut(np.array([0.0, 1.0, 2.0, 3.0]), 0.5)
    (0.5, 1.5)
    """
    levels = np.unique(values)
    cuts = np.concatenate([[levels[0] - 1], (levels[1:] + levels[:-1]) / 2, [levels[-1] + 1]])
    above = 1 - np.searchsorted(np.sort(values), cuts) / len(values)
    return float(cuts[np.argmin(np.abs(above - share))])


def _tests(coded: NDArray[np.bool_], folds: NDArray[np.int64]) -> list[tuple[int, NDArray[np.bool_]]]:
    """Each fold with its fragments; a fragment that nobody coded may learn from all, and has no fold."""
    tests = [(int(fold), coded & (folds == fold)) for fold in np.unique(folds[coded])]
    return [*tests, (-1, ~coded)] if (~coded).any() else tests


def _share(odds: Floats) -> Floats:
    top = np.where(np.isnan(odds).all(axis=1, keepdims=True), 0.0, np.nanmax(odds, axis=1, keepdims=True, initial=-99))
    powers = np.exp(odds - top)
    shares: Floats = powers / np.nansum(powers, axis=1, keepdims=True)
    return shares


def find_unsure(margins: Floats) -> float:
    """Find the margin under which the least sure tenth of the answers lies; NaN is no answer.

    >>> find_unsure(np.array([0.1, 0.9, np.nan, 0.3]))
    0.14
    """
    known = margins[~np.isnan(margins)]
    return round(float(np.quantile(known, MAX_ABSTAINED)), 6) if known.size else 0.0
