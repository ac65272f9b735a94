"""A classifier for few examples: nearest examples and a regression, with what the codebook says as the prior."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.codebook_coding.refinement import share_out
from pipeline.codebook_coding.terms import Floats

Numbers = NDArray[np.int64]

NEAREST = 10
NEAREST_WEIGHT = 6.0
PRIOR_WEIGHT = 5.0
RELATIVE_PENALTY = 1.0
MAX_ITERATIONS = 500
TEMPERATURES = tuple(np.geomspace(0.5, 4.0, 13))
NO_TEMPERATURE = 1.0


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """m coded fragments.

    Attributes:
        known: (m, m) likeness of the coded fragments to each other.
        prior: (m, k) what the codebook says of them.
        codes: m positions of their codes.
    """

    known: Floats
    prior: Floats
    codes: Numbers

    def part(self, chosen: NDArray[np.bool_]) -> "Lesson":
        """Keep some of the coded fragments."""
        return Lesson(known=self.known[np.ix_(chosen, chosen)], prior=self.prior[chosen], codes=self.codes[chosen])


def judge(lesson: Lesson, likeness: Floats, prior: Floats) -> Floats:
    """Score fragments on every code.

    The sum of three views: the logarithm of a balanced logistic regression's probability, the mean likeness to the
    nearest examples of a code, and what the codebook says. A code without examples has the last alone, and stands on
    the other two as a code that nothing speaks for or against.

    Args:
        lesson: m coded fragments, k codes.
        likeness: (n, m) of the fragments asked about to the coded ones.
        prior: (n, k) what the codebook says of them.

    Returns:
        (n, k) scores, as logarithms of probabilities up to a constant and a temperature.
    """
    asked = prior - lesson.prior.mean(axis=0)
    told: Floats = _regress(lesson, likeness) + NEAREST_WEIGHT * _nearest(lesson, likeness) + PRIOR_WEIGHT * asked
    return told


def _nearest(lesson: Lesson, likeness: Floats) -> Floats:
    scores = np.zeros((len(likeness), lesson.prior.shape[1]))
    for code in np.unique(lesson.codes):
        own = np.sort(likeness[:, lesson.codes == code], axis=1)[:, -NEAREST:].mean(axis=1)
        scores[:, code] = own - own.mean()
    return scores


def _regress(lesson: Lesson, likeness: Floats) -> Floats:
    """Logistic regression on likeness, by way of the axes that the coded fragments span."""
    from sklearn.linear_model import LogisticRegression

    scores = np.zeros((len(likeness), lesson.prior.shape[1]))
    learned = np.unique(lesson.codes)
    if len(learned) < 2:
        return scores
    sizes, axes = np.linalg.eigh(lesson.known)
    kept = sizes > sizes.max() * 1e-9
    back = axes[:, kept] / np.sqrt(sizes[kept])
    taught = LogisticRegression(C=RELATIVE_PENALTY, class_weight="balanced", max_iter=MAX_ITERATIONS)
    with warnings.catch_warnings():
        # Few examples of many codes are what there is after a morning of coding; they are classes all the same.
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        taught.fit(lesson.known @ back, lesson.codes)
    # What has no example gets the mean of what has: neither likely nor unlikely.
    told = taught.predict_log_proba(likeness @ back)
    scores[:] = told.mean(axis=1, keepdims=True)
    scores[:, learned] = told
    return scores


def find_temperature(lesson: Lesson, inner: Numbers) -> float:
    """Find the temperature at which held-out probabilities fit best (Guo et al. 2017, On calibration, ICML, section 4).

    Args:
        lesson: the coded fragments.
        inner: m fold numbers; whole blocks.

    Returns:
        The temperature; 1 where nothing can be held out.
    """
    scores, codes = [], []
    for fold in np.unique(inner):
        rest = inner != fold
        if rest.any():
            scores.append(judge(lesson.part(rest), lesson.known[np.ix_(~rest, rest)], lesson.prior[~rest]))
            codes.append(lesson.codes[~rest])
    if not scores:
        return NO_TEMPERATURE
    held_out, right = np.concatenate(scores), np.concatenate(codes)
    rows = np.arange(len(right))
    losses = [-np.log(np.maximum(share_out(held_out, t)[rows, right], 1e-12)).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])
