"""How many topics: the division that says most of what comes back when it is made again, above what chance gives.

By chance means: on features whose columns are shuffled, each on its own. Stability alone would choose two: two halves
come back even of a single cloud. And two halves say little: what comes back above chance is weighed by how much a
division into so many topics can say, the logarithm of their number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Any

import numpy as np

from pipeline.topic_geometry import Labels
from pipeline.topic_refits import (
    Cutter,
    Fit,
    Rows,
    bootstrap,
    find_components,
    judge_firmness,
    likeness,
    likeness_within,
    make_fit,
    mutual_likeness,
    shuffle_columns,
    subsample,
)
from pipeline.topic_tree import cut_lower, cut_upper
from pipeline.topic_views import Views, spread_evenly
from pipeline.vocabulary import Scheme

SAMPLE = 300
"""So many fragments at most are fitted again and again."""
SUBSAMPLES = 10
BOOTSTRAPS = 8
SHUFFLES = 9
ERRORS_ABOVE = 2.6
"""The gap must be so many of its standard errors above zero: one in twenty by chance, over ten numbers tried."""
FEWEST_TOPICS = 2
MOST_TOPICS = 20
SMALLEST_MEAN_SUBTOPIC = 8
LEAST_SUBTOPICS_PER_TOPIC = 1.5
"""Fewer would leave most topics whole, and what comes back would rest on two or three of them."""
SUBTOPIC_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One number of topics that was tried; see the table ``topic_numbers``."""

    k: int
    n_parents: int
    stability: float
    permuted: tuple[float, float, float]
    gap_error: float
    bootstrap_ari: float
    bootstrap_ami: float
    coverage: float
    firm_ari: float

    @property
    def gap(self) -> float:
        """What is above chance."""
        return self.stability - self.permuted[0]

    @property
    def told(self) -> float:
        """What comes back above chance, in nats: the gap times the logarithm of the number of parts of a whole."""
        return self.gap * log(self.k / self.n_parents)

    @property
    def beats_chance(self) -> bool:
        """Whether the gap is surely above zero."""
        return self.gap > ERRORS_ABOVE * self.gap_error


@dataclass(frozen=True, slots=True)
class Level:
    """One cut of the hierarchy.

    Attributes:
        scheme: theme or subtheme.
        tried: every number, ascending.
        chosen: the number of topics; it need not be among those tried.
        beaten: whether any number tried beats chance.
    """

    scheme: str
    tried: tuple[Tried, ...]
    chosen: int
    beaten: bool

    def as_rows(self, n: int) -> Iterator[dict[str, Any]]:
        """Rows of the table ``topic_numbers``; n fragments were fitted."""
        for one in self.tried:
            mean, low, high = one.permuted
            yield {
                "level": self.scheme,
                "k": one.k,
                "stability": one.stability,
                "permuted": mean,
                "permuted_low": low,
                "permuted_high": high,
                "gap": one.gap,
                "gap_error": one.gap_error,
                "told": one.told,
                "bootstrap_ari": one.bootstrap_ari,
                "bootstrap_ami": one.bootstrap_ami,
                "coverage": one.coverage,
                "firm_ari": one.firm_ari,
                "n": n,
                "chosen": one.k == self.chosen,
            }


def guess_n_topics(n_fragments: int) -> int:
    """Guess a number of topics from the number of fragments: the square root of its half, from 2 to 20.

    A rule of thumb: the most that is tried, and what is taken where no number comes back more often than by chance.

    Source: Mardia, Kent and Bibby (1979), Multivariate Analysis, section 13.5.

    >>> [guess_n_topics(n) for n in (15, 185, 5000)]
    [3, 10, 20]
    """
    return min(MOST_TOPICS, max(FEWEST_TOPICS, round(sqrt(n_fragments / 2))))


def guess_n_subtopics(n_fragments: int, n_topics: int) -> int:
    """Guess a number of subtopics: of twelve fragments each, and enough to divide half of the topics.

    >>> guess_n_subtopics(240, 9), guess_n_subtopics(96, 7)
    (20, 11)
    """
    return max(ceil(LEAST_SUBTOPICS_PER_TOPIC * n_topics), n_fragments // 12)


@dataclass(frozen=True, slots=True)
class Again:
    """What is fitted once and cut often.

    Attributes:
        components: the views of the sample as principal components.
        whole: the sample itself.
        subsamples: fits of four fifths of it.
        bootstraps: fits of draws with replacement.
        seed: of all draws.
    """

    components: Views
    whole: Fit
    subsamples: tuple[Fit, ...]
    bootstraps: tuple[Fit, ...]
    seed: int

    @classmethod
    def of(cls, views: Views, seed: int) -> "Again":
        """Fit a sample of at most 300 fragments, taken evenly, and draws of it."""
        sample = views.take(spread_evenly(len(views), SAMPLE))
        n, random = len(sample), np.random.default_rng([seed, 0])
        parts = [subsample(n, random) for _ in range(SUBSAMPLES)]
        draws = [rows for rows in (bootstrap(n, random) for _ in range(BOOTSTRAPS)) if rows.size > FEWEST_TOPICS]
        return cls(
            find_components(sample),
            make_fit(sample),
            tuple(make_fit(sample, rows) for rows in parts),
            tuple(make_fit(sample, rows) for rows in draws),
            seed,
        )


def choose_upper(again: Again, n_topics: int) -> Level:
    """Choose the number of topics; a number that is given is tried too, and wins.

    Args:
        again: the fits.
        n_topics: as the study sets it, or 0.
    """
    n = len(again.components)
    numbers = sorted({*range(FEWEST_TOPICS, guess_n_topics(n) + 1), *((n_topics,) if 1 < n_topics < n else ())})

    def cut(fit: Fit) -> dict[int, Labels]:
        return {k: cut_upper(fit.places, fit.tree, k) for k in numbers if k < len(fit.rows)}

    tried = _try(again, cut, cut, None)
    return _choose(str(Scheme.THEME), tried, n_topics, guess_n_topics(n))


def choose_lower(again: Again, n_topics: int, n_subtopics: int) -> Level:
    """Choose the number of subtopics within so many topics.

    Stability is that within the topics, which are given; by chance means: shuffled within each of them. Bootstraps
    make the topics anew too.

    Args:
        again: the fits.
        n_topics: of the upper cut.
        n_subtopics: in all, as the study sets it, or 0.
    """
    n = len(again.components)
    most = n // SMALLEST_MEAN_SUBTOPIC
    fewest = ceil(LEAST_SUBTOPICS_PER_TOPIC * n_topics)
    steps = np.geomspace(fewest, most, SUBTOPIC_STEPS) if most >= fewest else np.empty(0)
    numbers = sorted({*(round(step) for step in steps), *((n_subtopics,) if n_topics < n_subtopics < n else ())})
    if not numbers:
        return Level(str(Scheme.SUBTHEME), (), max(n_topics, n_subtopics), beaten=False)
    topics = cut_upper(again.whole.places, again.whole.tree, n_topics)

    def cut_given(fit: Fit) -> dict[int, Labels]:
        return cut_lower(fit.places, topics[fit.rows], numbers)

    def cut_anew(fit: Fit) -> dict[int, Labels]:
        return cut_lower(fit.places, cut_upper(fit.places, fit.tree, n_topics), numbers)

    tried = _try(again, cut_given, cut_anew, topics)
    return _choose(str(Scheme.SUBTHEME), tried, n_subtopics, guess_n_subtopics(n, n_topics))


def _try(again: Again, cut: Cutter, cut_anew: Cutter, topics: Labels | None) -> tuple[Tried, ...]:
    """Cut every fit at every number; with topics, only what lies within them is compared with chance."""
    whole = cut(again.whole)
    parts, draws = ([(fit.rows, how(fit)) for fit in fits] for fits, how in (
        (again.subsamples, cut), (again.bootstraps, cut_anew)))  # fmt: skip
    shuffled = list(_shuffle(again, cut, topics))
    groups = np.zeros(len(again.whole.rows), dtype=np.int64) if topics is None else topics
    n_parents = len(np.unique(groups))
    tried: dict[int, Tried] = {}
    for asked, labels in whole.items():
        k = len(np.unique(labels))
        found, drawn = ([(rows, cuts[asked]) for rows, cuts in fits if asked in cuts] for fits in (parts, draws))
        if k < FEWEST_TOPICS or k in tried or not (found and drawn):
            continue
        back = [likeness_within(groups[rows], labels[rows], once) for rows, once in found]
        chance = [
            likeness_within(groups[rows], first[asked][rows], second[asked])
            for first, rows, second in shuffled
            if asked in second
        ]
        tried[k] = _weigh(k, n_parents, labels, back, chance, found if topics is None else [], drawn)
    return tuple(tried[k] for k in sorted(tried))


def _weigh(
    k: int,
    n_parents: int,
    labels: Labels,
    back: Sequence[float],
    chance: Sequence[float],
    found: Sequence[tuple[Rows, Labels]],
    drawn: Sequence[tuple[Rows, Labels]],
) -> Tried:
    firmness = judge_firmness(labels, [*found, *drawn])
    low, high = np.quantile(chance, (0.025, 0.975))
    return Tried(
        k=k,
        n_parents=n_parents,
        stability=float(np.mean(back)),
        permuted=(float(np.mean(chance)), float(low), float(high)),
        gap_error=sqrt(_error(back) + _error(chance)),
        bootstrap_ari=float(np.mean([likeness(labels[rows], again) for rows, again in drawn])),
        bootstrap_ami=float(np.mean([mutual_likeness(labels[rows], again) for rows, again in drawn])),
        coverage=firmness.coverage,
        firm_ari=firmness.rand,
    )


def _shuffle(
    again: Again, cut: Cutter, topics: Labels | None
) -> Iterator[tuple[Mapping[int, Labels], Rows, Mapping[int, Labels]]]:
    """Fit shuffled features, and a subsample of the same."""
    random = np.random.default_rng([again.seed, 1 if topics is None else 2])
    for _ in range(SHUFFLES):
        views = shuffle_columns(again.components, random, topics)
        part = make_fit(views, subsample(len(views), random))
        yield cut(make_fit(views)), part.rows, cut(part)


def _error(values: Sequence[float]) -> float:
    """Squared standard error of a mean; that of a single value is unknown and taken as large."""
    return float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else 1.0


def _choose(scheme: str, tried: tuple[Tried, ...], given: int, guess: int) -> Level:
    """Take the number that tells most, among those that surely beat chance; without any, the guess."""
    surely = [one for one in tried if one.beats_chance]
    if given or not surely:
        return Level(scheme, tried, given or guess, bool(surely))
    return Level(scheme, tried, max(surely, key=lambda one: one.told).k, beaten=True)
