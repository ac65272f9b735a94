"""How many topics: the division that says most of what comes back when it is made again, above what chance gives.

By chance means: on features whose columns are shuffled, each on its own. Stability alone would choose two: two halves
come back even of a single cloud. And two halves say little: what comes back above chance, as a share of what could,
is weighed by how much a division into so many topics can say, the logarithm of their number.
"""

from collections.abc import Iterator, Sequence
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
    make_fit,
    mutual_likeness,
    shuffle_columns,
    subsample,
)
from pipeline.topic_tree import cut_parts, merge_parts
from pipeline.topic_views import Views, spread_evenly
from pipeline.vocabulary import Scheme

SAMPLE = 300
"""So many fragments at most are fitted again and again."""
FEWEST_DRAWS, MOST_DRAWS = 10, 30
FITTED_AGAIN = 3000
"""Draws of each kind: so many that together they hold so many fragments. Few fragments need more, and cost less."""
ERRORS_ABOVE = 1.65
"""The gap must be so many of its standard errors above zero. The error is that of one set of features among shuffled
ones. On shuffled features themselves (30 sets) some number of topics got so far in 1, some number of subtopics in 0."""
LEAST_ROOM = 0.05
"""Where chance itself leaves hardly anything to come back, little is made of it."""
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
        """What comes back above chance, as a share of what could, times the logarithm of the number: in nats."""
        return self.gap / max(1.0 - self.permuted[0], LEAST_ROOM) * log(self.k)

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

    A rule of thumb: the most that is tried, and what is taken where nothing comes back above chance.

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
        whole: the sample.
        subsamples: fits of four fifths of it.
        bootstraps: fits of draws with replacement.
        shuffled: fits of shuffled features, each with one of four fifths of the same.
    """

    whole: Fit
    subsamples: tuple[Fit, ...]
    bootstraps: tuple[Fit, ...]
    shuffled: tuple[tuple[Fit, Fit], ...]

    def __len__(self) -> int:
        """Number of fragments that are fitted."""
        return len(self.whole.rows)

    @classmethod
    def of(cls, views: Views, seed: int) -> "Again":
        """Fit a sample of at most 300 fragments, taken evenly, draws of it, and shuffles; the seed is of all draws."""
        sample = views.take(spread_evenly(len(views), SAMPLE))
        n, random = len(sample), np.random.default_rng(seed)
        times = range(min(MOST_DRAWS, max(FEWEST_DRAWS, FITTED_AGAIN // n)))
        parts = [subsample(n, random) for _ in times]
        draws = [rows for rows in (bootstrap(n, random) for _ in times) if rows.size > FEWEST_TOPICS]
        components, shuffled = find_components(sample), []
        for _ in times:
            views = shuffle_columns(components, random)
            shuffled.append((make_fit(views), make_fit(views, subsample(n, random))))
        return cls(
            make_fit(sample),
            tuple(make_fit(sample, rows) for rows in parts),
            tuple(make_fit(sample, rows) for rows in draws),
            tuple(shuffled),
        )


def choose_lower(again: Again, n_topics: int, n_subtopics: int) -> Level:
    """Choose the number of subtopics; it comes first, since topics are made of them.

    Args:
        again: the fits.
        n_topics: as the study sets it, or 0; subtopics are at least half as many again.
        n_subtopics: in all, as the study sets it, or 0.

    Returns:
        The level; nothing was tried, and the number is 0, where the fragments are too few for two cuts.
    """
    n = len(again)
    n_above = n_topics or guess_n_topics(n)
    fewest, most = ceil(LEAST_SUBTOPICS_PER_TOPIC * n_above), n // SMALLEST_MEAN_SUBTOPIC
    steps = np.geomspace(fewest, most, SUBTOPIC_STEPS) if most >= fewest else np.empty(0)
    numbers = sorted({*(round(step) for step in steps), *((n_subtopics,) if n_topics < n_subtopics < n else ())})
    if not numbers:
        return Level(str(Scheme.SUBTHEME), (), 0, beaten=False)

    def cut(fit: Fit) -> dict[int, Labels]:
        return {k: cut_parts(fit.places, fit.tree, k) for k in numbers if k < len(fit.rows)}

    return _choose(str(Scheme.SUBTHEME), _try(again, cut), n_subtopics, guess_n_subtopics(n, n_above))


def choose_upper(again: Again, n_topics: int, n_subtopics: int) -> Level:
    """Choose the number of topics that so many subtopics are merged into.

    Args:
        again: the fits.
        n_topics: as the study sets it, or 0; a number that is given is tried too, and wins.
        n_subtopics: of the lower cut; 0 for one cut only.
    """
    n = len(again)
    most = min(guess_n_topics(n), (n_subtopics or n) - 1)
    numbers = sorted({*range(FEWEST_TOPICS, most + 1), *((n_topics,) if 1 < n_topics < (n_subtopics or n) else ())})

    def cut(fit: Fit) -> dict[int, Labels]:
        if not n_subtopics:
            return {k: cut_parts(fit.places, fit.tree, k) for k in numbers if k < len(fit.rows)}
        return merge_parts(fit.places, fit.together, cut_parts(fit.places, fit.tree, n_subtopics), numbers)

    return _choose(str(Scheme.THEME), _try(again, cut), n_topics, max(1, most))


def _try(again: Again, cut: Cutter) -> tuple[Tried, ...]:
    """Cut every fit at every number, and shuffled features likewise."""
    whole = cut(again.whole)
    parts, draws = ([(fit.rows, cut(fit)) for fit in fits] for fits in (again.subsamples, again.bootstraps))
    shuffled = [(cut(first), part.rows, cut(part)) for first, part in again.shuffled]
    tried: dict[int, Tried] = {}
    for asked, labels in whole.items():
        k = len(np.unique(labels))
        found, drawn = ([(rows, cuts[asked]) for rows, cuts in fits if asked in cuts] for fits in (parts, draws))
        chance = [likeness(first[asked][rows], second[asked]) for first, rows, second in shuffled if asked in second]
        if k >= FEWEST_TOPICS and k not in tried and found and drawn and chance:
            tried[k] = _weigh(k, labels, chance, found, drawn)
    return tuple(tried[k] for k in sorted(tried))


def _weigh(
    k: int,
    labels: Labels,
    chance: Sequence[float],
    found: Sequence[tuple[Rows, Labels]],
    drawn: Sequence[tuple[Rows, Labels]],
) -> Tried:
    back = [likeness(labels[rows], again) for rows, again in found]
    firmness = judge_firmness(labels, [*found, *drawn])
    low, high = np.quantile(chance, (0.025, 0.975))
    return Tried(
        k=k,
        stability=float(np.mean(back)),
        permuted=(float(np.mean(chance)), float(low), float(high)),
        gap_error=sqrt(_variance(back) / len(back) + _variance(chance) * (1 + 1 / len(chance))),
        bootstrap_ari=float(np.mean([likeness(labels[rows], again) for rows, again in drawn])),
        bootstrap_ami=float(np.mean([mutual_likeness(labels[rows], again) for rows, again in drawn])),
        coverage=firmness.coverage,
        firm_ari=firmness.rand,
    )


def _variance(values: Sequence[float]) -> float:
    """Variance of values; that of a single one is unknown and taken as large."""
    return float(np.var(values, ddof=1)) if len(values) > 1 else 1.0


def _choose(scheme: str, tried: tuple[Tried, ...], given: int, guess: int) -> Level:
    """Take the number that tells most, or the guess where none tells anything; whether any surely does stands apart."""
    beaten = any(one.beats_chance for one in tried)
    best = max(tried, key=lambda one: one.told, default=None)
    found = best.k if best is not None and best.told > 0 else guess
    return Level(scheme, tried, given or found, beaten)
