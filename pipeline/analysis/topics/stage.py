"""The stage of topics: groups of fragments about one subject, their parts, their words, and what lies outside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pipeline.analysis.topics.labels import Words, choose_keywords, gather_words
from pipeline.analysis.topics.numbers import choose_number, guess_n_subtopics, say_number, say_summary
from pipeline.analysis.topics.rows import (
    SAME_PLACE_DECIMALS,
    Division,
    assignment_rows,
    describe_groups,
    name_subtopics,
    name_topics,
    rank_mentions,
    share_neighbours,
)
from pipeline.analysis.topics.tree import OUTLIER, divide_topics, find_centres, mark_outliers, nearest_centre
from pipeline.analysis.topics.views import Views, make_views, unit_rows
from pipeline.core.config import TopicsConfig
from pipeline.core.notices import Notice, Output
from pipeline.core.tables import table_from_rows
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import OUTLIER_TOPIC, Scheme, Status

FEWEST_TOPICS = 2

CLUSTERED = "clustered"
UNDIVIDED = "undivided"
REASSIGNED = "reassigned:nearest-centre"
LEFT_OUTLIER = "outlier"


class TopicFit(Protocol):
    """What an engine found in n fragments."""

    labels: Sequence[int]
    """n topics from 0; -1 is an outlier."""
    places: Floats
    """(n, d) where the fragments lie on the map that was divided."""
    method: str
    """What was done, in a few words."""

    def rank_words(self, labels: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Rank the words of each topic for n labels that may differ from those found, best first."""
        ...


class TopicEngine(Protocol):
    """Groups fragments and ranks the words of groups."""

    name: str
    fingerprint: str
    counts_itself: bool
    """Whether it finds the number of topics by itself."""

    def fit(self, documents: Sequence[str], views: Views, *, n_topics: int) -> TopicFit:
        """Group n documents (terms apart by spaces) by their views; one topic means: do not divide."""
        ...


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How many topics and subtopics, what was tried, and what is said of it."""

    n_topics: int
    n_subtopics: int
    tried: Sequence[dict[str, Any]]
    notices: Sequence[Notice]


def find_topics(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    *,
    config: TopicsConfig,
    engine: TopicEngine,
) -> Output:
    """Group the fragments that are used into topics, and the fragments of each topic into subtopics.

    Few fragments are a rung of a ladder, not an error: none gives empty tables; fewer than ``min_fragments``, or
    fragments that are all alike, or without any content word, give one topic. Outliers have a row of their own.

    Args:
        fragments: table ``fragments``; its ids and which of them are used, nothing else.
        tokens: table ``tokens``.
        embeddings: table ``embeddings``.
        config: section ``topics``.
        engine: the clusterer.

    Returns:
        Tables ``topics`` and ``subtopics`` (sizes of each add up to the number of fragments), ``topic_assignments``,
        ``topic_mentions`` and ``topic_numbers``, and what was done.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    used = fragments.loc[fragments["status"] == Status.USED, "fragment_id"]
    ids = sorted(used)
    if not ids:
        return _output({}, [Notice("topics", "no fragment is used, so there are no topics")])
    with threadpool_limits(limits=1):  # the order of sums, and so the last digits, depends on the number of threads
        return _find(ids, tokens, embeddings, config, engine)


def _find(
    ids: Sequence[str], tokens: pd.DataFrame, embeddings: pd.DataFrame, config: TopicsConfig, engine: TopicEngine
) -> Output:
    by_id = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    vectors = np.stack([np.asarray(by_id[fragment_id], dtype=np.float64) for fragment_id in ids])
    words = gather_words(tokens, ids)
    reason = say_undividable(len(ids), _n_places(vectors), any(words.documents), config)
    views = make_views(vectors, words.documents) if reason is None else Views(vectors, vectors[:, :0], vectors[:, :0])
    if reason is not None:
        numbers = _Numbers(1, 1, (), [Notice("topics", f"{reason}: they were not divided and form one topic")])
    else:
        numbers = _choose_numbers(views, _n_places(vectors), config, engine)
    fit = None
    if any(words.documents):
        fit = engine.fit(words.documents, views, n_topics=numbers.n_topics)
    division, more = _divide(fit, views, ids, numbers, config)
    tables = _describe(division, fit, words, config) | {"topic_numbers": list(numbers.tried)}
    return _output(tables, [*numbers.notices, *more])


def say_undividable(n: int, n_places: int, has_words: bool, config: TopicsConfig) -> str | None:
    """Say why n fragments cannot bear more than one topic; None where they can.

    Args:
        n: number of fragments, at least 1.
        n_places: number of different vectors.
        has_words: whether any fragment has a content word.
        config: section ``topics``.
    """
    if n < config.min_fragments:
        return f"{n} fragments are fewer than min_fragments ({config.min_fragments})"
    if config.n_topics == 1:
        return "n_topics is 1"
    if n_places < FEWEST_TOPICS:
        return f"all {n} fragments have the same vector"
    return None if has_words else f"none of the {n} fragments has a content word"


def _n_places(vectors: Floats) -> int:
    return len(np.unique(np.round(vectors, SAME_PLACE_DECIMALS), axis=0))


def _choose_numbers(views: Views, n_places: int, config: TopicsConfig, engine: TopicEngine) -> _Numbers:
    """Try numbers of topics; what the study names wins, as far as there are different vectors."""
    given = min(config.n_topics, n_places)
    notices = []
    if given < config.n_topics:
        message = f"{config.n_topics} topics were wanted, but there are only {n_places} different vectors"
        notices.append(Notice("topics", message))
    numbers = choose_number(views, given)
    n_topics = min(numbers.chosen, n_places)
    n_subtopics = min(config.n_subtopics, n_places) or guess_n_subtopics(len(views), n_topics)
    if engine.counts_itself:
        notices.append(Notice("topics", "UMAP and hdbscan find the number of topics by themselves; none was tried"))
        return _Numbers(n_topics, n_subtopics, (), notices)
    said = Notice("topics", say_number(numbers, bool(config.n_topics), len(views)))
    return _Numbers(n_topics, n_subtopics, list(numbers.as_rows()), [*notices, said])


def _divide(
    fit: TopicFit | None, views: Views, ids: Sequence[str], numbers: _Numbers, config: TopicsConfig
) -> tuple[Division, list[Notice]]:
    """Take the topics of the engine, find outliers and what becomes of them, and divide each topic."""
    n = len(ids)
    whole = np.zeros(n, dtype=np.int64)
    undivided = Division(ids, views.meaning, views.meaning, whole, whole, whole, [UNDIVIDED] * n)
    if fit is None or numbers.n_topics == 1:
        return undivided, []
    labels, vectors = np.asarray(fit.labels, dtype=np.int64), views.together
    if not (labels != OUTLIER).any():
        return undivided, [Notice("topics", f"{fit.method} found no topic: all fragments form one")]
    n_subtopics = max(numbers.n_subtopics, len(np.unique(labels[labels != OUTLIER])))
    lower = divide_topics(fit.places, labels, n_subtopics)
    original = mark_outliers(vectors, labels, config.outlier_quantile)
    assigned, lower, away = original.copy(), lower.copy(), original == OUTLIER
    lower[away] = OUTLIER
    if config.reassign and away.any():
        placed = unit_rows(fit.places - fit.places.mean(axis=0))
        lower[away] = nearest_centre(placed[away], find_centres(placed, lower))[0]
        above = dict(zip(lower[~away].tolist(), original[~away].tolist(), strict=True))
        assigned[away] = [above[part] for part in lower[away].tolist()]
    strategy = [_strategy(before, after) for before, after in zip(original, assigned, strict=True)]
    division = Division(ids, vectors, fit.places, original, assigned, lower, strategy)
    fate = f"were given the nearest topic ({REASSIGNED})" if config.reassign else "stay outside all topics"
    n_topics, n_parts = (len(set(found.tolist()) - {OUTLIER}) for found in (assigned, lower))
    said = say_summary(fit.method, n, topics=n_topics, subtopics=n_parts, outliers=int(away.sum()), fate=fate)
    return division, [Notice("topics", said)]


def _strategy(before: int, after: int) -> str:
    if after == OUTLIER:
        return LEFT_OUTLIER
    return REASSIGNED if before == OUTLIER else CLUSTERED


def _describe(
    division: Division, fit: TopicFit | None, words: Words, config: TopicsConfig
) -> dict[str, list[dict[str, Any]]]:
    names = name_topics(division.assigned, division.ids)
    subnames = name_subtopics(division.lower, division.assigned, names, division.ids)
    described = []
    for labels, found in ((division.assigned, names), (division.lower, subnames)):
        ranked = fit.rank_words(labels.tolist()) if fit is not None else {}
        keywords = choose_keywords(ranked, labels.tolist(), words, config.n_keywords)
        described.append(describe_groups(division, labels, found, keywords, config.n_representatives))
    topics, subtopics = described
    of_topic = dict(zip(subnames.values(), _parents(division, names, subnames), strict=True))
    return {
        "topics": [{"topic_id": name, **row} for name, row in topics],
        "subtopics": [{"subtopic_id": name, "topic_id": of_topic[name], **row} for name, row in subtopics],
        "topic_assignments": assignment_rows(division, names),
        "topic_mentions": [
            *_mentions(Scheme.THEME, division, division.assigned, names),
            *_mentions(Scheme.SUBTHEME, division, division.lower, subnames),
        ],
    }


def _parents(division: Division, names: Mapping[int, str], subnames: Mapping[int, str]) -> Iterator[str]:
    above = dict(zip(division.lower.tolist(), division.assigned.tolist(), strict=True)) | {OUTLIER: OUTLIER}
    return (names[above[label]] for label in subnames)


def _mentions(scheme: Scheme, division: Division, labels: Ints, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    # A part of which all fragments are outliers has no name, and no share either.
    ordered = [names.get(label, OUTLIER_TOPIC) for label in range(int(labels.max()) + 1)]
    for row, mention in rank_mentions(share_neighbours(division.places, labels), labels, ordered):
        yield {"fragment_id": division.ids[row], "scheme": str(scheme), **mention}


def _output(tables: Mapping[str, list[dict[str, Any]]], notices: list[Notice]) -> Output:
    names = ("topics", "topic_assignments", "subtopics", "topic_mentions", "topic_numbers")
    return Output({name: table_from_rows(tables.get(name, []), name) for name in names}, tuple(notices))
