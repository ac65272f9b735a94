"""How many topics there are, and whether there are any."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, log
from typing import Any

import numpy as np

from pipeline.analysis.topics.tree import (
    DECIMALS,
    Views,
    bind,
    cut_parts,
    grow_tree,
    lay_map,
    spread_evenly,
    tie_neighbours,
)
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import Scheme

FEWEST_TOPICS = 2
MOST_TOPICS = 30
SMALLEST_MEAN_TOPIC = 5
NEARLY_BEST = 0.2
"""Numbers are in question that score less than the best by at most this share of what the best lacks to one."""
NEARLY_BEST_OF_MANY = 0.08
"""The same where the smallest of them is taken."""
SMALLEST_REGION, FRAGMENTS_PER_REGION = 9, 4
"""The fragments of a dense region; fewer where there are fewer than nine times four."""
MOST_COUNTED = 600
"""Of more fragments the dense regions are too small, and are not counted."""
LEAST_SCORE = 0.525
"""Below it there are no topics. Chosen, like those above, on the development half of the planted corpora."""
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

    def stand(self, views: Views, labels: Ints) -> "Numbers":
        """Put the topics that stand in the place of the division into as many.

        Args:
            views: of n fragments.
            labels: n topics; those outside count as one topic more.
        """
        rows = spread_evenly(len(views))
        _, own = np.unique(labels[rows], return_inverse=True)
        score = round(score_division(tie_neighbours(views.take(rows).together), own), 6)
        n_topics = len(np.unique(labels[labels >= 0]))
        return Numbers(dict(sorted((self.scores | {n_topics: score}).items())), n_topics, self.n)

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


def choose_number(views: Views, given: int, groups: Ints | None = None) -> Numbers:
    """Choose the number of topics: of those that tie neighbours nearly as well as the best, the nearest to HDBSCAN's.

    Every number from 2 to 30 is tried (a fifth of the different fragments where there are fewer than 150) on 800
    fragments at most, taken evenly. Nothing is fitted again: one tree is cut at every number.

    Args:
        views: of n fragments.
        given: the number that the study names, or 0; it is tried too, and wins.
        groups: n groups that stay together; -1 for a loose one. None: all are loose.
    """
    rows = spread_evenly(len(views))
    sample = views.take(rows)
    places = lay_map(sample)
    if groups is not None:
        places = bind(places, groups[rows])
    tree, ties = grow_tree(places), tie_neighbours(sample.together)
    n_places = len(np.unique(np.round(places, 6), axis=0))
    most = max(FEWEST_TOPICS, min(MOST_TOPICS, n_places // SMALLEST_MEAN_TOPIC))
    scores: dict[int, float] = {}
    for number in sorted({*range(FEWEST_TOPICS, most + 1), *((given,) if 1 < given < len(sample) else ())}):
        labels = cut_parts(places, tree, number)
        scores.setdefault(int(labels.max()) + 1, round(score_division(ties, labels), 6))
    return Numbers(scores, given or _choose(scores, places), len(sample))


def _choose(scores: Mapping[int, float], places: Floats) -> int:
    best = max(scores.values())

    def nearly_best(share: float) -> list[int]:
        return [number for number, score in scores.items() if score >= best - share * (1 - best)]

    if best < LEAST_SCORE or len(places) > MOST_COUNTED:
        return min(nearly_best(NEARLY_BEST_OF_MANY))
    counted = max(FEWEST_TOPICS, count_regions(places))
    return min(nearly_best(NEARLY_BEST), key=lambda number: (round(abs(log(number / counted)), 9), number))


def count_regions(places: Floats) -> int:
    """Count the dense regions of n places, as HDBSCAN finds them.

    Source: Campello, Moulavi & Sander (2013), Density-based clustering based on hierarchical density estimates, PAKDD.

    >>> count_regions(np.repeat([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]], 6, axis=0) + np.arange(18)[:, None] % 6 / 10)
    3
    """
    from sklearn.cluster import HDBSCAN

    size = min(SMALLEST_REGION, max(3, len(places) // FRAGMENTS_PER_REGION))
    return int(HDBSCAN(min_cluster_size=size, copy=True).fit(np.round(places, DECIMALS)).labels_.max()) + 1


def guess_n_subtopics(n_fragments: int, n_topics: int) -> int:
    """Say how many subtopics are made in all: of twelve fragments each, and enough to divide half of the topics.

    >>> guess_n_subtopics(240, 9), guess_n_subtopics(96, 7)
    (20, 11)
    """
    return max(ceil(LEAST_SUBTOPICS_PER_TOPIC * n_topics), n_fragments // SUBTOPIC_SIZE)


LEAST_AWAY, LEAST_AWAY_SHARE = 5, 0.05
MOST_LACKING = 0.25
"""A refit is due where topics that stand score less than the best division by this share of what that lacks to one."""


def explain_due(tried: Numbers, n_away: int, n: int) -> str:
    """Say why a refit is due; empty where it is not.

    Args:
        tried: numbers of topics, with those that stand as the chosen one.
        n_away: fragments that resemble no topic that stands.
        n: all fragments.
    """
    best, own = max(tried.scores.values()), tried.scores[tried.chosen]
    if n_away >= max(LEAST_AWAY, LEAST_AWAY_SHARE * n):
        return f"{n_away} of {n} fragments resemble no topic"
    if best - own > MOST_LACKING * (1 - best):
        return f"another division keeps neighbours together better ({best:.2f} against {own:.2f})"
    return ""


def describe_standing(n_topics: int, n_kept: int, n_joined: int, n_away: int) -> str:
    """Say what became of the fragments where topics stand.

    >>> describe_standing(7, 200, 18, 2)
    '7 topics stand from the earlier run: 200 fragments keep theirs, 18 new ones joined the nearest, 2 stay outside'
    """
    head = f"{n_topics} topics stand from the earlier run: {n_kept} fragments keep theirs"
    return f"{head}, {n_joined} new ones joined the nearest, {n_away} stay outside"


ADVICE = "read them as an order to read in, ask for fewer (n_topics), write a codebook, or code by hand"


def describe_number(numbers: Numbers, is_given: bool, n: int) -> str:
    """Say how the number was chosen, and plainly so where the fragments form no topics.

    Args:
        numbers: what was tried.
        is_given: whether the study names the number.
        n: all fragments.
    """
    if message := explain_no_topics(numbers):
        return message
    sample = "" if numbers.n == n else f", tried on {numbers.n} of {n} fragments"
    span = f"{min(numbers.scores)} to {max(numbers.scores)}"
    best = max(numbers.scores.values())
    if is_given:
        return f"{numbers.chosen} topics, as the study says; of {span} the best scores {best:.2f}{sample}"
    score = numbers.scores[numbers.chosen]
    how = "the number that scores nearly best and fits the dense regions"
    return f"{numbers.chosen} topics, of {span} {how} ({score:.2f}){sample}"


def explain_no_topics(numbers: Numbers) -> str:
    """Say so where the fragments form no topics, and what to do; empty where they do."""
    if numbers.found:
        return ""
    best, span = max(numbers.scores.values()), f"{min(numbers.scores)} to {max(numbers.scores)}"
    why = f"the best of {span} scores {best:.2f}, and below {LEAST_SCORE:.2f} the fragments form no topics"
    return f"{numbers.chosen} topics that are no finding: {why}; {ADVICE}"


def summarise_topics(method: str, n: int, *, topics: int, subtopics: int, outliers: int, outcome: str) -> str:
    """Say what was made of n fragments.

    >>> summarise_topics("Ward", 9, topics=2, subtopics=3, outliers=1, outcome="stay outside")
    'Ward made 2 topics with 3 subtopics of 9 fragments; 1 began as outlier and stay outside'
    """
    made = f"{method} made {topics} topics with {subtopics} subtopics of {n} fragments"
    return f"{made}; {outliers} began as outlier and {outcome}"
