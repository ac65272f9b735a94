"""Whether topics come back when the sessions are drawn again, and which topics or codes to merge.

A refit divides the drawn fragments as the engine does that made the topics: the same views, words included, the same
map and tree. That engine has neither seed nor chance and does not see the order of files, so that these change nothing.
Topics of UMAP and hdbscan are compared with refits of the default engine.

Each fold suggests merges from the other folds alone, with the verdicts of `alignment`: the topics of a split code, and
codes that live in one topic. The gain is measured on the held-out fold, with a mapping that never saw it either.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pipeline.agreement.comparison.topic_pairs import TopicMapping, map_topics, topic_code_table
from pipeline.agreement.diagnosis.alignment import Alignment, CodeOutcome, adjusted_p, cross, judge_codes, link
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, interval_of_blocks
from pipeline.agreement.statistics import clusterings
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.permutation import Units
from pipeline.analysis.topics.labels import gather_words
from pipeline.analysis.topics.tree import Views, divide, lay_map, make_views
from pipeline.core.receipts import look_up
from pipeline.core.views import Floats, list_cells

STABLE, DISSOLVED = 0.7, 0.5
SOURCES = ("all", "bootstrap")
"""What refits change: all that there is, and sessions, which is all there is today: both rows hold the same."""
ENDS = (0.025, 0.975)
MEASURES = {
    "adjusted_rand": clusterings.adjusted_rand,
    "normalized_mutual_information": clusterings.normalized_mutual_information,
}


class Steadiness(StrEnum):
    """How a topic bears it, as evaluators say it."""

    ROBUUST = "robuust"
    WISSELEND = "wisselend"
    TOEVALLIG = "toevallig"


@dataclass(frozen=True)
class Refits:
    """What refits gave.

    Attributes:
        jaccard: shape (refits, topics) the best overlap of each topic with a topic of the refit.
        chance: likewise, when the topics of the refit are dealt at random.
        whole: statistic to shape (refits,).
        whole_chance: likewise under chance.
    """

    jaccard: Floats
    chance: Floats
    whole: dict[str, Floats]
    whole_chance: dict[str, Floats]


def find_stability(study: DiagnosisInputs, tokens: pd.DataFrame, *, refits: int) -> Iterator[dict[str, Any]]:
    """Give each topic its stability over bootstraps of sessions, and a word for it.

    The overlap of a topic with a refit is the highest Jaccard similarity with any topic of the refit (Hennig 2007,
    Computational Statistics & Data Analysis 52(1), section 2), among the fragments of both. Bounds of the words are
    calibrated on planted corpora (docs/topics.md): *robuust* from .70 on average; *toevallig* below .50, or no more
    than chance; *wisselend* otherwise. Intervals are the middle 95 % of the refits. ARI and NMI of the whole stand
    beside each other, since they can contradict each other.

    Args:
        study: the study.
        tokens: table ``tokens``: the words that the engine saw.
        refits: how many.
    """
    units = np.flatnonzero((study.topics.assigned >= 0) & study.has_vector)
    topics = study.topics.assigned[units]
    n_topics = np.unique(topics).size
    if n_topics < 2 or not refits:
        return
    by_id = np.argsort(np.array(study.inputs.units)[units], kind="stable")
    units, topics = units[by_id], topics[by_id]
    ids, vectors = [study.inputs.units[unit] for unit in units], study.vectors[units]

    def make() -> list[dict[str, Any]]:
        views = make_views(vectors, gather_words(tokens, ids).documents)
        return list(_stability(study, views, units, topics, refits))

    yield from look_up(
        study.settings.kept,
        lambda: [
            "stability", study.compared(np.sort(units)).identity, ids, units, topics, study.topic_ids, vectors,
            list_cells(tokens, *tokens.columns), refits,
        ],
        make,
    )  # fmt: skip


def _stability(
    study: DiagnosisInputs, views: Views, units: Units, topics: Units, refits: int
) -> Iterator[dict[str, Any]]:
    found = _refit(study, views, units, topics, refits)
    for source in SOURCES:
        for name in MEASURES:
            yield {**_row("", source, name, found.whole[name], found.whole_chance[name]), "n": units.size}
    for topic, topic_id in enumerate(study.topic_ids):
        jaccard, chance = found.jaccard[:, topic], found.chance[:, topic]
        verdicts = (str(_judge(jaccard, chance)), None)
        for source, verdict in zip(SOURCES, verdicts, strict=True):
            row = _row(topic_id, source, "jaccard", jaccard, chance)
            yield {**row, "verdict": verdict, "n": int((topics == topic).sum())}


def _refit(study: DiagnosisInputs, views: Views, units: Units, topics: Units, refits: int) -> Refits:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    compared = study.compared(np.sort(units))
    block = compared.blocks.index[np.searchsorted(np.sort(units), units)]
    if compared.n_blocks < study.settings.min_sessions:
        block = np.arange(units.size)
    n_topics, n_clusters = len(study.topic_ids), np.unique(topics).size
    jaccard, chance = np.full((2, refits, n_topics), np.nan)
    whole, whole_chance = ({name: np.full(refits, np.nan) for name in MEASURES} for _ in range(2))
    for i in range(refits):
        rng = np.random.default_rng([study.settings.seed, 0, i])
        # Each fragment once: one that is drawn twice would be its own nearest neighbour.
        kept = np.flatnonzero(np.isin(block, rng.integers(block.max() + 1, size=block.max() + 1)))
        with threadpool_limits(limits=1):
            fitted = divide(lay_map(views.take(kept)), n_clusters)
        table, dealt = (topic_code_table(topics[kept], labels) for labels in (fitted, rng.permutation(fitted)))
        jaccard[i, : len(table)], chance[i, : len(dealt)] = _overlap(table), _overlap(dealt)
        for name, of in MEASURES.items():
            whole[name][i], whole_chance[name][i] = float(of(table)), float(of(dealt))
    return Refits(jaccard, chance, whole, whole_chance)


def _overlap(table: Floats) -> Floats:
    """Best Jaccard similarity of each row with a column; NaN for an empty row."""
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    best = np.divide(table, union, out=np.zeros_like(table), where=union > 0).max(axis=1, initial=0.0)
    return np.where(table.any(axis=1), best, np.nan)


def _judge(jaccard: Floats, chance: Floats) -> Steadiness:
    mean, dealt = (
        float(part[np.isfinite(part)].mean()) if np.isfinite(part).any() else 0.0 for part in (jaccard, chance)
    )
    if mean < DISSOLVED or mean <= dealt:
        return Steadiness.TOEVALLIG
    return Steadiness.ROBUUST if mean >= STABLE else Steadiness.WISSELEND


def _row(topic_id: str, source: str, statistic: str, values: Floats, chance: Floats) -> dict[str, Any]:
    known, moved = values[np.isfinite(values)], chance[np.isfinite(chance)]
    low, high = (float(end) for end in np.quantile(known, ENDS)) if known.size else (None, None)
    return {
        "topic_id": topic_id,
        "source": source,
        "statistic": statistic,
        "estimate": float(known.mean()) if known.size else None,
        "low": low,
        "high": high,
        "chance": float(moved.mean()) if moved.size else None,
        "refits": int(known.size),
        "reason": None if known.size else "in no refit",
    }


TOPICS, CODES = "topics", "codes"

PLUS = " + "
MOST_COMPARED = 60
GAIN = (-2.0, 2.0)

Couple = tuple[int, int]


def suggest_merges(alignment: Alignment) -> Iterator[dict[str, Any]]:
    """Give the merges that at least half of the folds suggest, and all suggested merges of topics together.

    The gain is that of Cohen's kappa: for topics with one topic for each code, for codes with each topic read as a
    code. ``chance`` is the mean gain of merging any two.
    """
    if not alignment.units.size or not alignment.compared.folds.any():
        return
    trial = _Trial(alignment)
    for kind, suggested in ((TOPICS, trial.topic_pairs), (CODES, trial.code_pairs)):
        counted = Counter(pair for pairs in suggested.values() for pair in pairs)
        often = sorted(pair for pair, n in counted.items() if 2 * n >= len(suggested))
        if not often:
            continue
        chance = trial.mean_gain(kind)
        names = alignment.study.topic_ids if kind == TOPICS else alignment.labels
        for pair in often:
            folds = [fold for fold, pairs in suggested.items() if pair in pairs]
            yield trial.row(kind, [names[member] for member in pair], folds, trial.gain(kind, pair), chance)
        if kind == TOPICS and len(counted) > 1:
            yield trial.row(kind, ["all"], list(suggested), trial.gain_together(), chance)


class _Trial:
    """Merges tried on one alignment."""

    def __init__(self, alignment: Alignment) -> None:
        numbered = alignment.study.numbered(alignment.scheme)
        self._alignment = alignment
        self._codes = numbered.first[alignment.units, numbered.column(alignment.coder)]
        self._n_codes = len(alignment.labels)
        self._n_topics = len(alignment.study.topic_ids)
        self._folds = alignment.compared.folds
        self.topic_pairs: dict[int, list[Couple]] = {}
        self.code_pairs: dict[int, list[Couple]] = {}
        for fold in np.unique(self._folds).tolist():
            self.topic_pairs[fold], self.code_pairs[fold] = self._suggest(self._folds != fold)

    def gain(self, kind: str, pair: Couple) -> Floats:
        """Tables before and after a merge, shape (blocks, 2, q + 1, q + 1)."""
        if kind == TOPICS:
            merged = _merge(self._n_topics, [pair])[self._alignment.topics]
            pairs = [(self._codes, self._read(self._alignment.topics, self._codes, TopicMapping.ONE_TO_ONE))]
            pairs.append((self._codes, self._read(merged, self._codes, TopicMapping.ONE_TO_ONE)))
        else:
            codes = _merge(self._n_codes + 1, [pair])[self._codes]
            topics = self._alignment.topics
            pairs = [(c, self._read(topics, c, TopicMapping.MANY_TO_ONE)) for c in (self._codes, codes)]
        return np.stack([self._tables(*one) for one in pairs], axis=1)

    def gain_together(self) -> Floats:
        """Tables before and after all merges of topics that each fold's training part suggests."""
        topics, kind = self._alignment.topics, TopicMapping.ONE_TO_ONE
        merges = {fold: _merge(self._n_topics, pairs) for fold, pairs in self.topic_pairs.items()}
        after = np.full_like(topics, self._n_codes)
        for fold, merge in merges.items():
            here = self._folds == fold
            after[here] = self._read(merge[topics], self._codes, kind)[here]
        before = self._tables(self._codes, self._read(topics, self._codes, kind))
        return np.stack([before, self._tables(self._codes, after)], axis=1)

    def mean_gain(self, kind: str) -> float | None:
        """Mean gain of merging any two, of which there may be a sample."""
        couples = list(combinations(range(self._n_topics if kind == TOPICS else self._n_codes), 2))
        rng = np.random.default_rng(self._alignment.study.settings.seed)
        chosen = sorted(rng.permutation(len(couples))[:MOST_COMPARED].tolist())
        gains = np.array([_gain(self.gain(kind, couples[i]).sum(axis=0)) for i in chosen])
        known = gains[np.isfinite(gains)]
        return float(known.mean()) if known.size else None

    def row(
        self, kind: str, members: Sequence[str], folds: Sequence[int], tables: Floats, chance: float | None
    ) -> dict[str, Any]:
        """One row, scored on the units of the folds that suggested the merge."""
        alignment = self._alignment
        scored = np.isin(self._folds, folds)
        blocks = np.unique(alignment.compared.blocks.index[scored])
        return {
            "comparison": alignment.comparison,
            "scheme": alignment.scheme,
            "kind": kind,
            "merged": PLUS.join(members),
            "folds": len(folds),
            "n_folds": len(self.topic_pairs),
            **interval_of_blocks(alignment.compared, tables[blocks], _gain, bounds=GAIN),
            "chance": chance,
            "n": int(scored.sum()),
        }

    def _suggest(self, known: "np.ndarray[Any, np.dtype[np.bool_]]") -> tuple[list[Couple], list[Couple]]:
        crossing = cross(self._alignment.topics[known], self._alignment.members[known], self._n_topics)
        linked = link(crossing, adjusted_p(crossing), None)
        topics: set[Couple] = set()
        codes: set[Couple] = set()
        for code, result in enumerate(judge_codes(linked, crossing.counts)):
            if result.verdict is CodeOutcome.SPLIT:
                topics.update(combinations(sorted(result.topics), 2))
            codes.update((min(code, other), max(code, other)) for other in result.merged_with)
        return sorted(topics), sorted(codes)

    def _read(self, topics: Units, codes: Units, kind: TopicMapping) -> Units:
        """Topics as codes, each fold with a mapping fitted on the others; the last category is *none*."""
        read = np.full(topics.size, self._n_codes, dtype=np.int64)
        for fold in np.unique(self._folds):
            here = self._folds == fold
            table = topic_code_table(np.where(here, -1, topics), codes)
            mapped = np.full(self._n_topics, -1, dtype=np.int64)
            mapped[: len(table)] = map_topics(table, kind)
            read[here] = np.where(mapped[topics[here]] < 0, self._n_codes, mapped[topics[here]])
        return read

    def _tables(self, codes: Units, read: Units) -> Floats:
        return contingency_by_block(codes, read, self._n_codes + 1, self._alignment.compared.blocks.index)


def _merge(n: int, couples: Sequence[Couple]) -> Units:
    """The smallest member of the group of each of n things, shape (n,)."""
    group = np.arange(n, dtype=np.int64)
    for first, second in couples:
        joined = min(group[first], group[second])
        group[(group == group[first]) | (group == group[second])] = joined
    return group


def _gain(tables: ArrayLike) -> Floats:
    counted = np.asarray(tables, dtype=np.float64)
    return np.asarray(cohen_kappa(counted[..., 1, :, :]) - cohen_kappa(counted[..., 0, :, :]), dtype=np.float64)
