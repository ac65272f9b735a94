"""From what a model answers to how likely each code is: votes, the model's bias taken off, odds fitted out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.prompted.questions import Answer, read_letter
from pipeline.analysis.stances.classifier import fit
from pipeline.core.views import Floats
from pipeline.core.vocabulary import Scheme

BIAS_PRIOR = 5.0
"""Fragments without bias, of spread one, that are thought to stand beside the real ones: few fragments show little."""
VOTE_PRIOR = 0.5
"""Votes that each option has before any is cast."""
MIN_EXAMPLES = 2
LARGEST_LOG = 30.0


def read_logs(answers: Sequence[Answer], orders: Sequence[Sequence[int]], n_options: int) -> Floats | None:
    """Bring the answers to one question, asked in several orders of its options, to one row of log-probabilities.

    Probabilities of the first token are averaged over the orders as logarithms; where the server gives none, the
    answers are votes.

    Args:
        answers: one for each order.
        orders: for each answer, the option behind each letter.
        n_options: k options.

    Returns:
        (k, ) log-probabilities; None where no answer can be used.

    >>> votes = [Answer(text="A"), Answer(text="A")]
    >>> read_logs(votes, [[0, 1], [1, 0]], 2).round(3).tolist()
    [-0.693, -0.693]
    """
    logs, votes = [], np.zeros(n_options)
    for answer, order in zip(answers, orders, strict=True):
        if answer.failure is not None:
            continue
        if answer.logs is not None:
            row = np.empty(n_options)
            row[list(order)] = np.maximum(answer.logs, -LARGEST_LOG)
            logs.append(row - np.logaddexp.reduce(row))
        else:
            chosen = read_letter(answer.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:n_options])
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

    How sure a model sounds says little of how often it is right: a small one puts all its odds between -.5 and .5, and
    all would be too close to call. On sentences of the library such odds told kans from knelpunt (prompts nl-2).

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

    Args:
        odds: (n, k) from ``take_off_bias``.
        scheme: a polarity may hold beside the other; of all other schemes the shares sum to 1.
        targets: (n, k) whether a coded fragment has a code.
        coded: n, whether a fragment is coded.
        folds: n fold numbers.
        min_coded: fewer coded fragments outside a fold: the bias alone is taken off.
    """
    if scheme is Scheme.POLARITY:
        lead = standardise(odds[:, :1] - odds[:, ::-1][:, :1])
        odds = np.concatenate([lead, -lead], axis=1)
    asked = ~np.isnan(odds).all(axis=1)
    shares = _share(odds, scheme)
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
        chance = 0.5 * (1 + np.tanh(0.5 * fitted[tested]))
        if scheme is not Scheme.POLARITY:
            chance = chance / np.nansum(chance, axis=1, keepdims=True)
        shares[tested] = chance
        used[tested] = fold
    return Judged(shares=shares, folds=used)


def _tests(coded: NDArray[np.bool_], folds: NDArray[np.int64]) -> list[tuple[int, NDArray[np.bool_]]]:
    """Each fold with its fragments; a fragment that nobody coded may learn from all, and has no fold."""
    tests = [(int(fold), coded & (folds == fold)) for fold in np.unique(folds[coded])]
    return [*tests, (-1, ~coded)] if (~coded).any() else tests


def _share(odds: Floats, scheme: Scheme) -> Floats:
    if scheme is Scheme.POLARITY:
        alone: Floats = 0.5 * (1 + np.tanh(0.5 * odds))
        return alone
    top = np.where(np.isnan(odds).all(axis=1, keepdims=True), 0.0, np.nanmax(odds, axis=1, keepdims=True, initial=-99))
    powers = np.exp(odds - top)
    shares: Floats = powers / np.nansum(powers, axis=1, keepdims=True)
    return shares


def match_share(odds: Floats, share: Floats) -> Floats:
    """Move the odds of each polarity so that as large a share of the fragments has it as people coded elsewhere.

    Args:
        odds: (n, 2) of fragments of one fold.
        share: (2, ) of the coded fragments outside it.
    """
    moved = odds.copy()
    for k, wanted in enumerate(share):
        moved[:, k] -= np.nanquantile(odds[:, k], 1 - np.clip(wanted, 0.02, 0.98))
    return moved
