"""What is said of topics: how many, how that number was chosen, and how far it can be trusted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.topics.tree import Labels, Tree, cut_parts, grow_tree, merge_parts
from pipeline.analysis.topics.views import Array, Views, lay_maps, spread_evenly
from pipeline.core.vocabulary import Scheme

SUBSAMPLE = 0.8
FIRM = 0.75
"""A fragment is firm in its topic when it comes back in it in so large a share of the refits that hold it."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Some of the fragments on a map of their own, and the tree that joins them.

    Attributes:
        rows: which fragments.
        places: where they lie.
        tree: how they join.
        together: their views.
    """

    rows: Rows
    places: Array
    tree: Tree
    together: Array


Cutter = Callable[[Fit], Mapping[int, Labels]]
"""Number of topics to the labels of the fragments of a fit."""


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm fragments are in their topics, over refits.

    Attributes:
        coverage: share of fragments that are firm.
        rand: adjusted Rand index among the fragments that are firm in one half of the refits, in the other half.
    """

    coverage: float
    rand: float


def make_fit(views: Views, rows: Rows | None = None) -> Fit:
    """Lay the map of some of the fragments, or of all, and grow its tree."""
    kept = np.arange(len(views)) if rows is None else rows
    of_rows = views if rows is None else views.take(rows)
    places = lay_maps(of_rows)
    return Fit(kept, places, grow_tree(places), of_rows.together)


def subsample(n: int, random: np.random.Generator) -> Rows:
    """Draw four fifths of n rows, each once; sorted."""
    return np.sort(random.permutation(n)[: max(3, round(SUBSAMPLE * n))])


def bootstrap(n: int, random: np.random.Generator) -> Rows:
    """Draw n of n rows with replacement and keep each once (a double would be its own neighbour); sorted."""
    return np.unique(random.integers(n, size=n))


def find_components(views: Views) -> Views:
    """Turn the columns of every view into principal components: what is spread widely stays so when shuffled."""
    return Views(*(_components(block) for block in views.blocks))


def shuffle_columns(components: Views, random: np.random.Generator) -> Views:
    """Shuffle every column of every view on its own, so that as much is spread as far and nothing goes together.

    The columns are brought to normal scores first (van der Waerden 1952), mean and spread kept: a column of two humps
    would be two clusters however it is shuffled, and clear topics could never be told from chance.

    Args:
        components: of n fragments.
        random: the chance.
    """
    from scipy.special import ndtri

    scores = ndtri((np.arange(len(components)) + 0.5) / len(components))
    scores /= scores.std() or 1.0
    return Views(*(_shuffle(block, scores, random) for block in components.blocks))


def _components(block: Array) -> Array:
    centred = block - block.mean(axis=0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    kept = values > 1e-9 * max(float(values[-1]), 1e-12)
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept])) if kept.any() else np.zeros((len(block), 1))


def _shuffle(columns: Array, scores: Array, random: np.random.Generator) -> Array:
    order = random.permuted(np.tile(scores[:, None], columns.shape[1]), axis=0)
    return np.asarray(columns.mean(axis=0) + order * columns.std(axis=0))


def likeness(first: Labels, second: Labels) -> float:
    """Adjusted Rand index of two divisions of the same fragments; 1 where neither divides.

    Source: Hubert & Arabie (1985), Journal of Classification 2, 193-218, eq. 5.

    >>> round(likeness(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])), 3)
    1.0
    """
    counts = _cross(first, second)
    both, rows, columns = (_pairs(part) for part in (counts, counts.sum(axis=1), counts.sum(axis=0)))
    expected = rows * columns / max(_pairs(counts.sum()), 1.0)
    most = (rows + columns) / 2
    return float((both - expected) / (most - expected)) if most != expected else 1.0


def mutual_likeness(first: Labels, second: Labels) -> float:
    """Adjusted mutual information of two divisions of the same fragments (Vinh, Epps & Bailey 2010, AMI_sum)."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(first, second))


def judge_firmness(labels: Labels, refits: Sequence[tuple[Rows, Labels]]) -> Firmness:
    """Tell how many fragments come back in their topic, topics of a refit matched one to one (Kuhn 1955).

    Whether the firm ones are alike is asked of refits that had no say in who is firm: the halves change roles.

    Args:
        labels: n topics.
        refits: of each, the rows it was made on and their topics.
    """
    halves = refits[::2], refits[1::2]
    found = []
    for judged, asked in (halves, halves[::-1]):
        firm = _firm(labels, judged)
        kept = [(rows[firm[rows]], again[firm[rows]]) for rows, again in asked]
        found += [likeness(labels[rows], again) for rows, again in kept if rows.size > 1]
    return Firmness(float(_firm(labels, refits).mean()), float(np.mean(found)) if found else 0.0)


def _firm(labels: Labels, refits: Sequence[tuple[Rows, Labels]]) -> NDArray[np.bool_]:
    from scipy.optimize import linear_sum_assignment

    drawn, back = np.zeros((2, len(labels)))
    for rows, again in refits:
        counts = _cross(labels[rows], again)
        topics, others = linear_sum_assignment(counts, maximize=True)
        match = np.full(int(labels.max()) + 1, -1)
        match[topics] = others
        drawn[rows] += 1
        back[rows] += match[labels[rows]] == again
    return np.asarray((drawn > 0) & (back >= FIRM * drawn))


def _cross(first: Labels, second: Labels) -> Array:
    shape = int(first.max()) + 1, int(second.max()) + 1
    cells = np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1])
    return np.asarray(cells.reshape(shape), dtype=np.float64)


def _pairs(counts: Array) -> float:
    return float((counts * (counts - 1)).sum() / 2)


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


NOTHING = "no number surely comes back more often than on shuffled features"
READ_SO = "take them as an order to read in, not as a finding"
NOUNS = {str(Scheme.THEME): "topics", str(Scheme.SUBTHEME): "subtopics"}


def say_summary(method: str, n: int, *, topics: int, subtopics: int, outliers: int, fate: str) -> str:
    """Say what was made of n fragments.

    >>> say_summary("Ward", 9, topics=2, subtopics=3, outliers=1, fate="stay outside")
    'Ward made 2 topics with 3 subtopics of 9 fragments; 1 began as outlier and stay outside'
    """
    made = f"{method} made {topics} topics with {subtopics} subtopics of {n} fragments"
    return f"{made}; {outliers} began as outlier and {fate}"


def say_level(level: Level, is_given: bool, n_fitted: int, n: int) -> str:
    """Say how a number was chosen, and plainly so where no number comes back more often than by chance.

    Args:
        level: what was tried and chosen.
        is_given: whether the study names the number.
        n_fitted: fragments that were fitted again and again.
        n: all fragments.
    """
    noun = NOUNS[level.scheme]
    sample = "" if n_fitted == n else f", tried on {n_fitted} of {n} fragments"
    if not level.tried:
        return f"{level.chosen or 'no'} {noun}: too few fragments to try any number"
    numbers = [one.k for one in level.tried]
    span = f"{min(numbers)} to {max(numbers)} {noun}"
    one = next((one for one in level.tried if one.k == level.chosen), None)
    if one is None or one.told <= 0 and not is_given:
        how = "as the study says" if is_given else "by rule of thumb"
        return f"{level.chosen} {noun} {how}: of {span}, {NOTHING}{sample}; {READ_SO}"
    why = "as the study says" if is_given else f"which of {span} say most that comes back above chance"
    found = (
        f"{level.chosen} {noun}, {why}: stability {one.stability:.2f} against {one.permuted[0]:.2f} on shuffled "
        f"features (gap {one.gap:.2f}, error {one.gap_error:.2f}){sample}; {one.coverage:.0%} of fragments are firm in "
        "theirs"
    )
    return found if level.beaten else f"{found}; but of {span}, {NOTHING}; {READ_SO}"
