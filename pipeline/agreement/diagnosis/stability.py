"""Whether topics come back when the sessions are drawn again.

A refit divides the drawn fragments as the engine does that made the topics: the same views, words included, the same
map and tree. That engine has neither seed nor chance and does not see the order of files, so that these change nothing.
Topics of UMAP and hdbscan are compared with refits of the default engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from pipeline.agreement.comparison.topic_pairs import topic_code_table
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs
from pipeline.agreement.statistics import clusterings
from pipeline.agreement.statistics.permutation import Units
from pipeline.analysis.topics.labels import gather_words
from pipeline.analysis.topics.tree import divide
from pipeline.analysis.topics.views import Views, lay_map, make_views
from pipeline.core.receipts import look_up
from pipeline.core.views import Floats

STABLE, DISSOLVED = 0.7, 0.5
ALL = "all"
ENDS = (0.025, 0.975)
MEASURES = {
    "adjusted_rand": clusterings.adjusted_rand,
    "normalized_mutual_information": clusterings.normalized_mutual_information,
}


class Source(StrEnum):
    """What a refit changes."""

    BOOTSTRAP = "bootstrap"


class Steadiness(StrEnum):
    """How a topic bears it, as evaluators say it."""

    ROBUUST = "robuust"
    WISSELEND = "wisselend"
    TOEVALLIG = "toevallig"


@dataclass(frozen=True)
class Refits:
    """What refits of one source gave.

    Attributes:
        source: what was changed.
        jaccard: shape (refits, topics) the best overlap of each topic with a topic of the refit.
        chance: likewise, when the topics of the refit are dealt at random.
        whole: statistic to shape (refits,).
        whole_chance: likewise under chance.
    """

    source: str
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
    words = gather_words(tokens, [study.inputs.units[unit] for unit in units])
    vectors = study.vectors[units]
    yield from look_up(
        study.settings.kept,
        lambda: [
            "stability", study.compared(np.sort(units)).identity, units, topics, study.topic_ids, vectors,
            list(words.documents), refits,
        ],
        lambda: list(_stability(study, make_views(vectors, words.documents), units, topics, refits)),
    )  # fmt: skip


def _stability(
    study: DiagnosisInputs, views: Views, units: Units, topics: Units, refits: int
) -> Iterator[dict[str, Any]]:
    found = [_refit(study, source, views, units, topics, refits) for source in Source]
    together = Refits(
        ALL,
        np.concatenate([part.jaccard for part in found]),
        np.concatenate([part.chance for part in found]),
        {name: np.concatenate([part.whole[name] for part in found]) for name in MEASURES},
        {name: np.concatenate([part.whole_chance[name] for part in found]) for name in MEASURES},
    )
    for part in (together, *found):
        for name in MEASURES:
            yield {**_row("", part.source, name, part.whole[name], part.whole_chance[name]), "n": units.size}
    for topic, topic_id in enumerate(study.topic_ids):
        verdict = str(_judge([(part.jaccard[:, topic], part.chance[:, topic]) for part in found]))
        for part in (together, *found):
            row = _row(topic_id, part.source, "jaccard", part.jaccard[:, topic], part.chance[:, topic])
            yield {**row, "verdict": verdict if part is together else None, "n": int((topics == topic).sum())}


def _refit(study: DiagnosisInputs, source: Source, views: Views, units: Units, topics: Units, refits: int) -> Refits:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    compared = study.compared(np.sort(units))
    block = compared.blocks.index[np.searchsorted(np.sort(units), units)]
    if compared.n_blocks < study.settings.min_sessions:
        block = np.arange(units.size)
    n_topics, n_clusters = len(study.topic_ids), np.unique(topics).size
    jaccard, chance = np.full((2, refits, n_topics), np.nan)
    whole, whole_chance = ({name: np.full(refits, np.nan) for name in MEASURES} for _ in range(2))
    for i in range(refits):
        rng = np.random.default_rng([study.settings.seed, list(Source).index(source), i])
        # Each fragment once: one that is drawn twice would be its own nearest neighbour.
        kept = np.flatnonzero(np.isin(block, rng.integers(block.max() + 1, size=block.max() + 1)))
        with threadpool_limits(limits=1):
            fitted = divide(lay_map(views.take(kept)), n_clusters)
        table, dealt = (topic_code_table(topics[kept], labels) for labels in (fitted, rng.permutation(fitted)))
        jaccard[i, : len(table)], chance[i, : len(dealt)] = _overlap(table), _overlap(dealt)
        for name, of in MEASURES.items():
            whole[name][i], whole_chance[name][i] = float(of(table)), float(of(dealt))
    return Refits(str(source), jaccard, chance, whole, whole_chance)


def _overlap(table: Floats) -> Floats:
    """Best Jaccard similarity of each row with a column; NaN for an empty row."""
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    best = np.divide(table, union, out=np.zeros_like(table), where=union > 0).max(axis=1, initial=0.0)
    return np.where(table.any(axis=1), best, np.nan)


def _judge(sources: list[tuple[Floats, Floats]]) -> Steadiness:
    means, chances = (
        [float(part[i][np.isfinite(part[i])].mean()) if np.isfinite(part[i]).any() else 0.0 for part in sources]
        for i in (0, 1)
    )
    if min(means) < DISSOLVED or any(mean <= chance for mean, chance in zip(means, chances, strict=True)):
        return Steadiness.TOEVALLIG
    return Steadiness.ROBUUST if min(means) >= STABLE else Steadiness.WISSELEND


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
