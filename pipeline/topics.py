"""Topics: fragments that say alike things, the words that describe them, and what lies outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pipeline.config import TopicsConfig
from pipeline.outputs import Notice, Output
from pipeline.tables import table_from_rows
from pipeline.topic_geometry import OUTLIER, Labels, Vectors, find_centres, lay_out, mark_outliers, nearest_centre
from pipeline.topic_labels import OUTLIER_LABEL, Words, choose_keywords, gather_words, make_label
from pipeline.vocabulary import OUTLIER_TOPIC, Status

FEWEST_TOPICS = 2
MOST_TOPICS = 20
SAME_PLACE_DECIMALS = 6

CLUSTERED = "clustered"
UNDIVIDED = "undivided"
REASSIGNED = "reassigned:nearest-centre"
LEFT_OUTLIER = "outlier"


class TopicFit(Protocol):
    """What an engine found in n fragments."""

    labels: Sequence[int]
    """n topics from 0; -1 is an outlier."""
    method: str
    """What was done, in a few words."""

    def rank_words(self, labels: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Rank the words of each topic for n labels that may differ from those found, best first."""
        ...


class TopicEngine(Protocol):
    """Groups fragments and ranks the words of groups."""

    name: str
    fingerprint: str

    def fit(self, documents: Sequence[str], vectors: Vectors, *, n_topics: int) -> TopicFit:
        """Group n documents (lemmas apart by spaces) by their (n, d) vectors; one topic means: do not divide."""
        ...


@dataclass(frozen=True, slots=True)
class _Assignment:
    original: Labels
    assigned: Labels
    strategy: list[str]
    ranked: Mapping[int, Sequence[str]]


def find_topics(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    *,
    config: TopicsConfig,
    engine: TopicEngine,
) -> Output:
    """Group the fragments that are used into topics.

    Few fragments are a rung of a ladder, not an error: none gives empty tables; fewer than ``min_fragments``, or
    fragments that are all alike, or without any content word, give one topic. Outliers have a row of their own.

    Args:
        fragments: table ``fragments``.
        tokens: table ``tokens``; only content lemmas are read, for the words that describe a topic.
        embeddings: table ``embeddings``.
        config: section ``topics``.
        engine: the clusterer.

    Returns:
        Tables ``topics`` (sizes add up to the number of fragments) and ``topic_assignments``, and what was done.
    """
    used = fragments.loc[fragments["status"] == Status.USED, "fragment_id"]
    ids = sorted(used)
    if not ids:
        notice = Notice("topics", "no fragment is used, so there are no topics")
        return _output([], [], [notice])
    by_id = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    vectors = np.stack([np.asarray(by_id[fragment_id], dtype=np.float64) for fragment_id in ids])
    words = gather_words(tokens, ids)
    n_topics, notices = choose_rung(len(ids), _n_places(vectors), any(words.documents), config)
    found, more = _assign(words, vectors, n_topics, config, engine)
    keywords = choose_keywords(found.ranked, found.assigned.tolist(), words, config.n_keywords)
    names = _number(found.assigned, ids)
    topics = _topic_rows(found, vectors, ids, names, keywords, config)
    assignments = _assignment_rows(found, vectors, ids, names)
    return _output(topics, assignments, [*notices, *more])


def choose_n_topics(n_fragments: int) -> int:
    """Choose a number of topics from the number of fragments: the square root of its half, from 2 to 20.

    A rule of thumb for a first look, not a finding; set ``n_topics`` to choose otherwise.

    Source: Mardia, Kent and Bibby (1979), Multivariate Analysis, section 13.5.

    >>> [choose_n_topics(n) for n in (15, 185, 5000)]
    [3, 10, 20]
    """
    return min(MOST_TOPICS, max(FEWEST_TOPICS, round(sqrt(n_fragments / 2))))


def choose_rung(n: int, n_places: int, has_words: bool, config: TopicsConfig) -> tuple[int, list[Notice]]:
    """Choose how many topics n fragments can bear, and say why.

    Args:
        n: number of fragments, at least 1.
        n_places: number of different vectors.
        has_words: whether any fragment has a content word.
        config: section ``topics``.

    Returns:
        The number of topics to look for, 1 for no division, and a notice where it is not what was asked for.
    """
    reason = None
    if n < config.min_fragments:
        reason = f"{n} fragments are fewer than min_fragments ({config.min_fragments})"
    elif n_places < FEWEST_TOPICS:
        reason = f"all {n} fragments have the same vector"
    elif not has_words:
        reason = f"none of the {n} fragments has a content word"
    if reason:
        return 1, [Notice("topics", f"{reason}: they were not divided and form one topic")]
    wanted = config.n_topics or choose_n_topics(n)
    if wanted > n_places:
        message = f"{wanted} topics were wanted, but there are only {n_places} different vectors"
        return n_places, [Notice("topics", message)]
    return wanted, []


def _n_places(vectors: Vectors) -> int:
    return len(np.unique(np.round(vectors, SAME_PLACE_DECIMALS), axis=0))


def _assign(
    words: Words, vectors: Vectors, n_topics: int, config: TopicsConfig, engine: TopicEngine
) -> tuple[_Assignment, list[Notice]]:
    if not any(words.documents):
        return _undivided(len(vectors), {}), []
    fit = engine.fit(words.documents, vectors, n_topics=n_topics)
    labels = np.asarray(fit.labels, dtype=np.int64)
    if n_topics == 1 or not find_centres(vectors, labels):
        undivided = np.zeros(len(vectors), dtype=np.int64)
        notices = [] if n_topics == 1 else [Notice("topics", f"{fit.method} found no topic: all fragments form one")]
        return _undivided(len(vectors), fit.rank_words(undivided.tolist())), notices
    original = mark_outliers(vectors, labels, config.outlier_quantile)
    assigned = original.copy()
    away = original == OUTLIER
    if config.reassign and away.any():
        assigned[away] = nearest_centre(vectors[away], find_centres(vectors, original))[0]
    strategy = [_strategy(before, after) for before, after in zip(original, assigned, strict=True)]
    ranked = fit.rank_words(assigned.tolist())
    return _Assignment(original, assigned, strategy, ranked), [_summary(fit.method, original, n_topics, config)]


def _summary(method: str, original: Labels, n_topics: int, config: TopicsConfig) -> Notice:
    found = len(set(original.tolist()) - {OUTLIER})
    away = int((original == OUTLIER).sum())
    by_rule = (
        " (a number by rule of thumb; set n_topics to choose)" if not config.n_topics and found == n_topics else ""
    )
    fate = f"were given the nearest topic ({REASSIGNED})" if config.reassign else "stay outside all topics"
    message = f"{method} made {found} topics of {len(original)} fragments{by_rule}; {away} began as outlier and {fate}"
    return Notice("topics", message)


def _undivided(n: int, ranked: Mapping[int, Sequence[str]]) -> _Assignment:
    labels = np.zeros(n, dtype=np.int64)
    return _Assignment(labels, labels, [UNDIVIDED] * n, ranked)


def _strategy(before: int, after: int) -> str:
    if after == OUTLIER:
        return LEFT_OUTLIER
    return REASSIGNED if before == OUTLIER else CLUSTERED


def _number(assigned: Labels, ids: Sequence[str]) -> dict[int, str]:
    """Name topics T01, T02 … by size; of equal size the one with the smallest fragment_id first."""
    members: dict[int, list[str]] = {}
    for label, fragment_id in zip(assigned.tolist(), ids, strict=True):
        members.setdefault(label, []).append(fragment_id)
    order = sorted(
        (label for label in members if label != OUTLIER), key=lambda label: (-len(members[label]), min(members[label]))
    )
    return {label: f"T{number:02d}" for number, label in enumerate(order, start=1)} | {OUTLIER: OUTLIER_TOPIC}


def _topic_rows(
    found: _Assignment,
    vectors: Vectors,
    ids: Sequence[str],
    names: Mapping[int, str],
    keywords: Mapping[int, Sequence[str]],
    config: TopicsConfig,
) -> list[dict[str, Any]]:
    centres = find_centres(vectors, found.assigned)
    rows = []
    for position, (label, name) in enumerate(names.items()):
        inside = np.flatnonzero(found.assigned == label)
        words = [] if label == OUTLIER else list(keywords.get(label, ()))
        centre = centres.get(label)
        shown = [] if centre is None else _nearest_distinct(vectors, inside, centre, config.n_representatives)
        rows.append(
            {
                "topic_id": name,
                "position": position,
                "label": OUTLIER_LABEL if label == OUTLIER else make_label(words),
                "keywords": words,
                "size": len(inside),
                "representative_fragment_ids": [ids[row] for row in shown],
            }
        )
    return rows


def _nearest_distinct(vectors: Vectors, rows: "np.ndarray[Any, Any]", centre: Vectors, n: int) -> list[int]:
    """Pick the n rows nearest to a centre, leaving out those at the place of one that was picked."""
    cosines = np.round(vectors[rows] @ centre, 12)
    places: set[bytes] = set()
    picked: list[int] = []
    for row in rows[np.argsort(-cosines, kind="stable")]:
        place = (np.round(vectors[row], SAME_PLACE_DECIMALS) + 0.0).tobytes()
        if place not in places and len(picked) < n:
            places.add(place)
            picked.append(int(row))
    return picked


def _assignment_rows(
    found: _Assignment, vectors: Vectors, ids: Sequence[str], names: Mapping[int, str]
) -> list[dict[str, Any]]:
    centres = find_centres(vectors, found.assigned)
    nearest = nearest_centre(vectors, centres)[1]
    places = lay_out(vectors)
    rows = []
    for row, fragment_id in enumerate(ids):
        label = int(found.assigned[row])
        rows.append(
            {
                "fragment_id": fragment_id,
                "topic_id": names[label],
                "original": names[int(found.original[row])],
                "strategy": found.strategy[row],
                "score": float(nearest[row] if label == OUTLIER else vectors[row] @ centres[label]),
                "x": float(places[row, 0]),
                "y": float(places[row, 1]),
            }
        )
    return rows


def _output(topics: list[dict[str, Any]], assignments: list[dict[str, Any]], notices: list[Notice]) -> Output:
    tables = {
        "topics": table_from_rows(topics, "topics"),
        "topic_assignments": table_from_rows(assignments, "topic_assignments"),
    }
    return Output(tables, tuple(notices))
