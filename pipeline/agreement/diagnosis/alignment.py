"""Rows that say which topic carries which code, what became of each code, and what people coded in each topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.comparison.folds import ComparedFragments
from pipeline.agreement.comparison.rows import JOIN
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, share_of
from pipeline.agreement.statistics.coefficients import divide
from pipeline.agreement.statistics.many_coders import Members
from pipeline.agreement.statistics.permutation import FEWEST_ARRANGEMENTS, Units, benjamini_hochberg
from pipeline.core.views import Floats

LEVEL = 0.05
FEWEST_TOGETHER = 2
ROUNDING = 1e-6


class CodeOutcome(StrEnum):
    """What became of a code."""

    FOUND = "found"
    SPLIT = "split"
    MERGED = "merged"
    MISSED = "missed"


class TopicVerdict(StrEnum):
    """What people coded in a topic."""

    ONE_CODE = "one_code"
    SEVERAL_CODES = "several_codes"
    NO_CODE = "no_code"
    UNCODED = "uncoded"


@dataclass(frozen=True)
class Crossing:
    """How often topics meet codes.

    Attributes:
        counts: shape (topics, codes) fragments in both.
        of_topic: shape (topics,) fragments in the topic.
        of_code: shape (codes,) fragments with the code; a fragment may have several.
        n: fragments.
    """

    counts: Floats
    of_topic: Floats
    of_code: Floats
    n: int

    @property
    def expected(self) -> Floats:
        """Counts under chance, shape (topics, codes)."""
        return np.outer(self.of_topic, self.of_code) / max(self.n, 1)

    @property
    def lift(self) -> Floats:
        """Counts over expected counts; NaN where nothing is expected."""
        return divide(self.counts, self.expected)


@dataclass(frozen=True, kw_only=True)
class CodeResult:
    """What became of one code.

    Attributes:
        verdict: found in one topic of its own, split over several, merged with other codes in a topic, or missed.
        topics: the topics that carry it; its own where it has any.
        merged_with: the codes that it shares them with.
    """

    verdict: CodeOutcome
    topics: tuple[int, ...] = ()
    merged_with: tuple[int, ...] = ()


def cross(topics: ArrayLike, members: ArrayLike, n_topics: int) -> Crossing:
    """Count how often topics meet codes.

    Args:
        topics: shape (n,) topics from 0.
        members: shape (n, codes) whether a fragment has a code.
        n_topics: number of topics, met or not.

    >>> cross([0, 0, 1], [[True, True], [True, False], [False, True]], 2).counts.tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    place, given = np.asarray(topics, dtype=np.int64), np.asarray(members, dtype=np.float64)
    inside = _one_hot(place, n_topics)
    return Crossing(inside.T @ given, inside.sum(axis=0), given.sum(axis=0), place.size)


def hypergeometric_p(crossing: Crossing) -> Floats:
    """Chance of at least this many fragments in both, margins given: Fisher's exact test, one-sided, (topics, codes).

    >>> crossing = cross([0, 0, 0, 1, 1, 1], [[True]] * 3 + [[False]] * 3, 2)
    >>> hypergeometric_p(crossing).round(4).tolist()
    [[0.05], [1.0]]
    """
    from scipy.special import gammaln

    def log_choose(n: ArrayLike, k: ArrayLike) -> Floats:
        n, k = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
        return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)

    counts, drawn, marked = crossing.counts, crossing.of_topic[:, np.newaxis], crossing.of_code[np.newaxis]
    n = float(crossing.n)
    low, high = np.maximum(0.0, drawn + marked - n), np.minimum(drawn, marked)
    tail = np.zeros_like(counts)
    for more in range(int((high - counts).max(initial=-1.0)) + 1):
        k = counts + more
        possible = (k >= low) & (k <= high)
        inside = np.where(possible, k, low)
        logs = log_choose(marked, inside) + log_choose(n - marked, drawn - inside) - log_choose(n, drawn)
        tail += np.where(possible, np.exp(logs), 0.0)
    return np.minimum(tail, 1.0)


def adjusted_p(crossing: Crossing) -> Floats:
    """Hypergeometric p-values of all cells, adjusted for testing them all (Benjamini & Hochberg)."""
    p = hypergeometric_p(crossing)
    return benjamini_hochberg(p.ravel()).reshape(p.shape)


def moved_p(compared: ComparedFragments, topics: Units, members: Members, n_topics: int) -> Floats | None:
    """P-values when codes are shifted along the text, adjusted for testing many topics and many codes.

    Over the topics of one code by the largest of them, which leaves the other codes out of it (Westfall & Young 1993,
    Resampling-Based Multiple Testing, section 2.5, single-step maxT): a rare code that lies in one block has wilder
    chances than a common one. Over codes after Benjamini & Hochberg, by the least p of each. The statistic is the count
    minus its expectation over its hypergeometric standard deviation.

    Returns:
        Shape (topics, codes), or None where nothing can be moved.
    """
    crossing = cross(topics, members, n_topics)
    if compared.n_blocks < 2 or not members.size:
        return None
    plan = compared.shifts_for(topics)
    shifts = plan.shifts
    if shifts.n_arrangements < FEWEST_ARRANGEMENTS:
        return None
    n_codes = members.shape[1]
    of_unit, code = np.nonzero(members)
    starts = np.searchsorted(of_unit, np.arange(len(members) + 1))
    n_given = np.diff(starts)[shifts.source]
    cell = np.repeat(np.arange(shifts.source.size), n_given)
    within = np.arange(cell.size) - np.repeat(np.cumsum(n_given) - n_given, n_given)
    given = code[starts[shifts.source[cell]] + within]
    met = (shifts.row[cell] * n_topics + topics[shifts.unit[cell]]) * n_codes + given
    counted = np.bincount(met, minlength=shifts.n_rows * n_topics * n_codes).astype(np.float64)
    by_row = counted.reshape(shifts.n_rows, n_topics, n_codes)
    arrangements = compared.arrangements(plan)
    largest = [
        _deviation(shifts.add_up(by_row, batch), crossing).max(axis=1, initial=-np.inf)
        for batch in shifts.batches(arrangements[1:], n_topics * n_codes)
    ]
    null, observed = np.concatenate(largest), _deviation(crossing.counts, crossing)
    reached = (null[:, np.newaxis] >= observed - ROUNDING).sum(axis=0)
    p = (1.0 + reached) / (len(null) + 1.0)
    least = p.min(axis=0, initial=1.0)
    return np.asarray(np.minimum(p * (benjamini_hochberg(least) / least), 1.0), dtype=np.float64)


def link(crossing: Crossing, p: Floats, p_moved: Floats | None) -> Members:
    """Tell which topics and codes belong together, shape (topics, codes)."""
    linked = (p <= LEVEL) & (crossing.counts >= FEWEST_TOGETHER) & (crossing.counts > crossing.expected)
    return linked if p_moved is None else linked & (p_moved <= LEVEL)


def judge_codes(linked: Members, counts: Floats) -> list[CodeResult]:
    """Say what became of each code.

    A topic belongs to the code that it holds most of (the first one in the codebook at a tie). A code with one topic
    of its own is *found*, unless a code without any topic of its own lives there too: then both are *merged*; with
    several it is *split*; linked to topics of other codes only it is *merged* with those; without a link it is
    *missed*.

    >>> linked = np.array([[True, False, False], [True, False, False], [False, True, True]])
    >>> counts = np.array([[5.0, 1.0, 0.0], [4.0, 0.0, 0.0], [0.0, 6.0, 3.0]])
    >>> [(str(fate.verdict), fate.topics, fate.merged_with) for fate in judge_codes(linked, counts)]
    [('split', (0, 1), ()), ('merged', (2,), (2,)), ('merged', (2,), (1,))]
    """
    owner = np.where(linked.any(axis=1), np.where(linked, counts, -1.0).argmax(axis=1), -1)
    without_own = [code for code in range(linked.shape[1]) if not (owner == code).any()]
    results = []
    for code in range(linked.shape[1]):
        own = tuple(int(topic) for topic in np.flatnonzero(owner == code))
        shared = tuple(int(topic) for topic in np.flatnonzero(linked[:, code]))
        joining = tuple(joined for joined in without_own if linked[list(own), joined].any())
        if not shared:
            results.append(CodeResult(verdict=CodeOutcome.MISSED))
        elif not own:
            owners = tuple(dict.fromkeys(int(owner[topic]) for topic in shared))
            results.append(CodeResult(verdict=CodeOutcome.MERGED, topics=shared, merged_with=owners))
        elif len(own) > 1:
            results.append(CodeResult(verdict=CodeOutcome.SPLIT, topics=own, merged_with=joining))
        else:
            verdict = CodeOutcome.MERGED if joining else CodeOutcome.FOUND
            results.append(CodeResult(verdict=verdict, topics=own, merged_with=joining))
    return results


def _one_hot(topics: ArrayLike, n_topics: int) -> Floats:
    place = np.asarray(topics, dtype=np.int64)
    return np.equal(place[:, np.newaxis], np.arange(n_topics)).astype(np.float64)


def _deviation(counts: Floats, crossing: Crossing) -> Floats:
    n = max(crossing.n, 2)
    share = crossing.of_code / n
    spread = np.outer(crossing.of_topic * (n - crossing.of_topic), share * (1.0 - share)) / (n - 1)
    return np.where(spread > 0, (counts - crossing.expected) / np.sqrt(np.where(spread > 0, spread, 1.0)), -np.inf)


LEAST_CODED = 0.2
"""A topic of which people coded less than this share is called uncoded."""


@dataclass(frozen=True)
class Alignment:
    """The topics of a machine beside one coder's codes of one scheme.

    Attributes:
        study: the study.
        scheme: theme or sub-theme.
        coder: the human coder.
    """

    study: DiagnosisInputs
    scheme: str
    coder: str

    @property
    def comparison(self) -> str:
        """The two compared, as printed."""
        return f"{self.coder}{JOIN}{self.study.topics.coder}"

    @cached_property
    def units(self) -> Units:
        """Positions of the units that the coder saw and that have a topic."""
        return np.flatnonzero(self.study.seen(self.scheme, self.coder) & (self.study.topics.assigned >= 0))

    @cached_property
    def compared(self) -> ComparedFragments:
        """What belongs together in the units."""
        return self.study.compared(self.units)

    @cached_property
    def topics(self) -> Units:
        """Topic of each of the units."""
        return self.study.topics.assigned[self.units]

    @cached_property
    def members(self) -> Members:
        """Codes of each of the units, shape (units, codes)."""
        return self.study.members(self.scheme, self.coder)[self.units]

    @cached_property
    def crossing(self) -> Crossing:
        """How often topics meet codes."""
        return cross(self.topics, self.members, len(self.study.topic_ids))

    @cached_property
    def p(self) -> Floats:
        """Adjusted hypergeometric p-values, shape (topics, codes)."""
        return adjusted_p(self.crossing)

    @cached_property
    def p_moved(self) -> Floats | None:
        """P-values when codes are shifted along the text."""
        return moved_p(self.compared, self.topics, self.members, len(self.study.topic_ids))

    @cached_property
    def linked(self) -> Members:
        """Which topics and codes belong together."""
        return link(self.crossing, self.p, self.p_moved)

    @property
    def labels(self) -> tuple[str, ...]:
        """The codes."""
        return self.study.inputs.schemes[self.scheme].labels

    def topic_codes(self) -> Iterator[dict[str, Any]]:
        """One row for each topic and code that meet."""
        crossing = self.crossing
        for topic, code in np.argwhere(crossing.counts > 0).tolist():
            n = float(crossing.counts[topic, code])
            yield {
                "comparison": self.comparison,
                "scheme": self.scheme,
                "topic_id": self.study.topic_ids[topic],
                "code": self.labels[code],
                "n": int(n),
                "n_topic": int(crossing.of_topic[topic]),
                "n_code": int(crossing.of_code[code]),
                "precision": n / float(crossing.of_topic[topic]),
                "recall": n / float(crossing.of_code[code]),
                "lift": float(crossing.lift[topic, code]),
                "p": float(self.p[topic, code]),
                "p_moved": None if self.p_moved is None else float(self.p_moved[topic, code]),
                "linked": bool(self.linked[topic, code]),
            }

    def codes(self) -> Iterator[dict[str, Any]]:
        """One row for each code that people used."""
        for code, result in enumerate(judge_codes(self.linked, self.crossing.counts)):
            if self.crossing.of_code[code]:
                yield self._code_row(code, result)

    def topic_rows(self) -> Iterator[dict[str, Any]]:
        """One row for each topic."""
        n_coded = np.bincount(self.topics, weights=self.members.any(axis=1), minlength=len(self.study.topic_ids))
        sizes = np.bincount(self._placed, minlength=len(self.study.topic_ids))
        for topic, topic_id in enumerate(self.study.topic_ids):
            counts = self.crossing.counts[topic]
            order = np.argsort(-counts, kind="stable")
            codes = [self.labels[code] for code in order if self.linked[topic, code]]
            first = int(order[0]) if order.size else -1
            share = share_of(self.compared, self.members[:, first], self.topics == topic) if counts.any() else {}
            yield {
                "comparison": self.comparison,
                "scheme": self.scheme,
                "topic_id": topic_id,
                "verdict": str(_topic_verdict(len(codes), float(n_coded[topic]), int(sizes[topic]))),
                "codes": codes,
                "largest": self.labels[first] if counts.any() else None,
                **share,
                "unit": self.compared.unit,
                "chance": float(self.crossing.of_code[first] / self.crossing.n) if counts.any() else None,
                "n": int(sizes[topic]),
                "n_seen": int(self.crossing.of_topic[topic]),
                "n_coded": int(n_coded[topic]),
            }

    @property
    def _placed(self) -> Units:
        assigned = self.study.topics.assigned
        return np.asarray(assigned[assigned >= 0])

    def _code_row(self, code: int, result: CodeResult) -> dict[str, Any]:
        inside = np.isin(self.topics, result.topics)
        given = self.members[:, code]
        precision, recall = share_of(self.compared, given, inside), share_of(self.compared, inside, given)
        cells = (list(result.topics), code)
        base = float(given.mean())
        return {
            "comparison": self.comparison,
            "scheme": self.scheme,
            "code": self.labels[code],
            "position": code,
            "verdict": str(result.verdict),
            "topics": [self.study.topic_ids[topic] for topic in result.topics],
            "merged_with": [self.labels[other] for other in result.merged_with],
            "unit": self.compared.unit,
            "precision": precision["estimate"],
            "precision_low": precision["low"],
            "precision_high": precision["high"],
            "recall": recall["estimate"],
            "recall_low": recall["low"],
            "recall_high": recall["high"],
            "chance": float(inside.mean()),
            "lift": None if precision["estimate"] is None else precision["estimate"] / base,
            "p": float(self.p[cells].min(initial=1.0)) if result.topics else float(self.p[:, code].min(initial=1.0)),
            "p_moved": self._least_moved(code, result),
            "n": int(given.sum()),
            "reason": "no topic carries this code more often than chance" if not result.topics else recall["reason"],
        }

    def _least_moved(self, code: int, result: CodeResult) -> float | None:
        if self.p_moved is None or not len(self.p_moved):
            return None
        return float(self.p_moved[list(result.topics) or slice(None), code].min())


def _topic_verdict(n_codes: int, n_coded: float, size: int) -> TopicVerdict:
    if n_coded < LEAST_CODED * size or not n_coded:
        return TopicVerdict.UNCODED
    if not n_codes:
        return TopicVerdict.NO_CODE
    return TopicVerdict.ONE_CODE if n_codes == 1 else TopicVerdict.SEVERAL_CODES
