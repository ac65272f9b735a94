"""How many topics there are, and whether there are any."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from pipeline.analysis.topics.tree import cut_parts, grow_tree
from pipeline.analysis.topics.views import LANDMARKS, Views, lay_map, spread_evenly, tie_neighbours
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import Scheme

FEWEST_TOPICS = 2
MOST_TOPICS = 30
SMALLEST_MEAN_TOPIC = 5
NEARLY_BEST = 0.08
"""The smallest number is taken that scores less than the best by at most this share of what the best lacks to one."""
LEAST_SCORE = 0.525
"""Below it there are no topics. Chosen, like the one above, on the development half of the planted corpora."""
LEAST_SUBTOPICS_PER_TOPIC = 1.5
SUBTOPIC_SIZE = 12


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of topics that were tried.

    Attributes:
        scores: number to score, ascending; see `score_division`.
        chosen: the number of topics.
        n: fragments they were tried on.
    """

    scores: dict[int, float]
    chosen: int
    n: int

    @property
    def found(self) -> bool:
        """Whether the fragments form topics at all, whatever their number."""
        return bool(self.scores) and max(self.scores.values()) >= LEAST_SCORE

    def as_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of the table ``topic_numbers``."""
        for number, score in self.scores.items():
            row = {"level": str(Scheme.THEME), "k": number, "score": score, "least": LEAST_SCORE, "n": self.n}
            yield row | {"chosen": number == self.chosen}


def score_division(ties: Floats, labels: Ints) -> float:
    """Score a division by its modularity: the share of ties inside topics, less what chance gives.

    Source: Newman & Girvan (2004), Finding and evaluating community structure in networks, Physical Review E 69.

    Args:
        ties: (n, n) symmetric weights.
        labels: n topics from 0.

    >>> ties = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    >>> score_division(ties, np.array([0, 0, 1, 1]))
    0.5
    """
    inside = np.equal.outer(labels, np.arange(int(labels.max()) + 1)).astype(np.float64)
    between = inside.T @ (ties @ inside)
    total = between.sum()
    if total <= 0:
        return 0.0
    shares = between.sum(axis=1) / total
    return float(np.trace(between) / total - (shares**2).sum())


def choose_number(views: Views, given: int) -> Numbers:
    """Choose the number of topics: the smallest that ties neighbours nearly as well as the best.

    Every number from 2 to 30 is tried (a fifth of the different fragments where there are fewer than 150) on 800
    fragments at most, taken evenly. Nothing is fitted again: one tree is cut at every number.

    Args:
        views: of n fragments.
        given: the number that the study names, or 0; it is tried too, and wins.
    """
    sample = views.take(spread_evenly(len(views), LANDMARKS))
    places = lay_map(sample)
    tree, ties = grow_tree(places), tie_neighbours(sample.together)
    n_places = len(np.unique(np.round(places, 6), axis=0))
    most = max(FEWEST_TOPICS, min(MOST_TOPICS, n_places // SMALLEST_MEAN_TOPIC))
    scores: dict[int, float] = {}
    for number in sorted({*range(FEWEST_TOPICS, most + 1), *((given,) if 1 < given < len(sample) else ())}):
        labels = cut_parts(places, tree, number)
        scores.setdefault(int(labels.max()) + 1, round(score_division(ties, labels), 6))
    best = max(scores.values())
    found = min(number for number, score in scores.items() if score >= best - NEARLY_BEST * (1 - best))
    return Numbers(scores, given or found, len(sample))


def guess_n_subtopics(n_fragments: int, n_topics: int) -> int:
    """Say how many subtopics are made in all: of twelve fragments each, and enough to divide half of the topics.

    >>> guess_n_subtopics(240, 9), guess_n_subtopics(96, 7)
    (20, 11)
    """
    return max(ceil(LEAST_SUBTOPICS_PER_TOPIC * n_topics), n_fragments // SUBTOPIC_SIZE)


ADVICE = "read them as an order to read in, ask for fewer (n_topics), write a codebook, or code by hand"


def say_number(numbers: Numbers, is_given: bool, n: int) -> str:
    """Say how the number was chosen, and plainly so where the fragments form no topics.

    Args:
        numbers: what was tried.
        is_given: whether the study names the number.
        n: all fragments.
    """
    sample = "" if numbers.n == n else f", tried on {numbers.n} of {n} fragments"
    span = f"{min(numbers.scores)} to {max(numbers.scores)}"
    best = max(numbers.scores.values())
    if not numbers.found:
        why = f"the best of {span} scores {best:.2f}, and below {LEAST_SCORE:.2f} the fragments form no topics{sample}"
        return f"{numbers.chosen} topics that are no finding: {why}; {ADVICE}"
    if is_given:
        return f"{numbers.chosen} topics, as the study says; of {span} the best scores {best:.2f}{sample}"
    score = numbers.scores[numbers.chosen]
    return f"{numbers.chosen} topics, of {span} the smallest number that scores nearly best ({score:.2f}){sample}"


def say_summary(method: str, n: int, *, topics: int, subtopics: int, outliers: int, fate: str) -> str:
    """Say what was made of n fragments.

    >>> say_summary("Ward", 9, topics=2, subtopics=3, outliers=1, fate="stay outside")
    'Ward made 2 topics with 3 subtopics of 9 fragments; 1 began as outlier and stay outside'
    """
    made = f"{method} made {topics} topics with {subtopics} subtopics of {n} fragments"
    return f"{made}; {outliers} began as outlier and {fate}"
