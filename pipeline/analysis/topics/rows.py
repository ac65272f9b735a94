"""Several topics for a fragment, where several are really near: asked of its nearest neighbours."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.topics.labels import OUTLIER_LABEL, WORDLESS_LABEL
from pipeline.analysis.topics.standing import Previous, continue_themes, name_of
from pipeline.analysis.topics.tree import (
    DECIMALS,
    OUTLIER,
    find_centres,
    find_neighbours,
    lay_out,
    n_neighbours,
    nearest_centre,
    spread_evenly,
)
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import OUTLIER_TOPIC, Drift

SAME_PLACE_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Division:
    """Fragments divided into topics.

    Attributes:
        ids: n fragment ids, sorted.
        vectors: (n, d) unit rows that products are cosines of.
        places: (n, e) where they lie on the map.
        original: n topics before outliers were given one.
        assigned: n topics.
        lower: n subtopics.
        strategy: n words that say how each came to its topic.
    """

    ids: Sequence[str]
    vectors: Floats
    places: Floats
    original: Ints
    assigned: Ints
    lower: Ints
    strategy: Sequence[str]


def name_topics(labels: Ints, ids: Sequence[str], known: Mapping[int, str], previous: Previous) -> dict[int, str]:
    """Name topics: those that are known, then those that continue one of an earlier run, then T01, T02 … by size.

    Args:
        labels: n topics.
        ids: n fragments.
        known: label to the id that it has whatever its fragments.
        previous: the topics of the earlier run; a number that was used once is not used again.

    Returns:
        Label to id, the largest topic first; of equal size the one with the smallest fragment_id.
    """
    order = _by_size(labels, ids)
    members = {
        f"{label:06d}": [ids[row] for row in np.flatnonzero(labels == label).tolist()]
        for label in order
        if label not in known
    }
    continued = continue_themes(members, previous.without(set(known.values())))
    names, number = dict(known) | {int(label): topic for label, topic in continued.items()}, previous.issued
    for label in order:
        if label not in names:
            number += 1
            names[label] = name_of(number)
    return {label: names[label] for label in order} | {OUTLIER: OUTLIER_TOPIC}


def name_subtopics(lower: Ints, upper: Ints, names: Mapping[int, str], ids: Sequence[str]) -> dict[int, str]:
    """Name subtopics T01.1, T01.2 … by size within their topic, topics in their order.

    >>> lower, upper = np.array([0, 1, 1]), np.array([0, 0, 0])
    >>> name_subtopics(lower, upper, {0: "T01", -1: "outlier"}, ["f-1", "f-2", "f-3"])
    {1: 'T01.1', 0: 'T01.2', -1: 'outlier'}
    """
    found: dict[int, str] = {}
    for topic, name in names.items():
        inside = np.where(upper == topic, lower, OUTLIER)
        found |= {label: f"{name}.{number}" for number, label in enumerate(_by_size(inside, ids), start=1)}
    return found | {OUTLIER: OUTLIER_TOPIC}


def _by_size(labels: Ints, ids: Sequence[str]) -> list[int]:
    members: dict[int, list[str]] = {}
    for label, fragment_id in zip(labels.tolist(), ids, strict=True):
        members.setdefault(label, []).append(fragment_id)
    return sorted(
        (label for label in members if label != OUTLIER), key=lambda label: (-len(members[label]), min(members[label]))
    )


def compare_topics(
    before: NDArray[np.str_], after: NDArray[np.str_], shown: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Compare the topics that stand with those that are proposed.

    Args:
        before: n topic ids, as they stand.
        after: n topic ids, as proposed.
        shown: topic to its description as proposed, in printing order.
        labels: topic to label as it stands.

    Yields:
        Rows of ``proposed_topics``; topics that would be gone come last.
    """
    proposed = [topic for topic in shown if topic != OUTLIER_TOPIC]
    gone = sorted(set(before.tolist()) - {OUTLIER_TOPIC, *proposed})
    for position, topic in enumerate([*proposed, *gone]):
        was, would = before == topic, after == topic
        found = shown.get(topic, {})
        yield {
            "topic_id": topic,
            "position": position,
            "state": _drift(was, would),
            "label": found.get("label", labels.get(topic, "")),
            "keywords": found.get("keywords", []),
            "previous_size": int(was.sum()),
            "size": int(would.sum()),
            "fragments_in": int((would & ~was).sum()),
            "fragments_out": int((was & ~would).sum()),
            "representative_fragment_ids": found.get("representative_fragment_ids", []),
        }


def _drift(was: NDArray[np.bool_], would: NDArray[np.bool_]) -> Drift:
    if not was.any():
        return Drift.NEW
    if not would.any():
        return Drift.GONE
    return Drift.SAME if (was == would).all() else Drift.SHIFTED


def describe_proposal(due: str, proposed: Sequence[Mapping[str, Any]], n_changed: int, n: int) -> str:
    """Say what a refit would change, and how to adopt it."""
    states = Counter(row["state"] for row in proposed)
    n_topics = len(proposed) - states[Drift.GONE]
    change = (
        f"{n_topics} topics, {states[Drift.NEW]} of them new, {states[Drift.GONE]} gone; {n_changed} of {n} fragments"
    )
    how = "see: dialoogtafel table STUDY proposed_topics; to adopt it: dialoogtafel analyse STUDY --refit"
    return f"a refit is proposed, since {due}: {change} would change topic; {how} (what people decided is kept)"


def describe_groups(
    division: Division,
    labels: Ints,
    names: Mapping[int, str],
    keywords: Mapping[int, Sequence[str]],
    written: Mapping[int, str],
    n_representatives: int,
) -> list[tuple[str, dict[str, Any]]]:
    """Describe topics, or subtopics, by their id: label, keywords, size, and the fragments nearest to the centre."""
    centres = find_centres(division.vectors, labels)
    rows = []
    for position, (label, name) in enumerate(names.items()):
        inside = np.flatnonzero(labels == label)
        words = [] if label == OUTLIER else list(keywords.get(label, ()))
        centre = centres.get(label)
        shown = [] if centre is None else _nearest_distinct(division.vectors, inside, centre, n_representatives)
        row = {
            "position": position,
            "label": OUTLIER_LABEL if label == OUTLIER else written.get(label, WORDLESS_LABEL),
            "keywords": words,
            "size": len(inside),
            "representative_fragment_ids": [division.ids[row] for row in shown],
        }
        rows.append((name, row))
    return rows


def _nearest_distinct(vectors: Floats, rows: Ints, centre: Floats, n: int) -> list[int]:
    """Pick the n rows nearest to a centre, leaving out those at the place of one that was picked."""
    cosines = np.round(vectors[rows] @ centre, DECIMALS)
    places: set[bytes] = set()
    picked: list[int] = []
    for row in rows[np.argsort(-cosines, kind="stable")]:
        place = (np.round(vectors[row], SAME_PLACE_DECIMALS) + 0.0).tobytes()
        if place not in places and len(picked) < n:
            places.add(place)
            picked.append(int(row))
    return picked


def assignment_rows(division: Division, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """One row per fragment: its topic, how it came there, how near it is to its centre, and where it lies."""
    centres = find_centres(division.vectors, division.assigned)
    nearest = nearest_centre(division.vectors, centres)[1]
    flat = lay_out(division.places)
    rows = []
    for row, fragment_id in enumerate(division.ids):
        label = int(division.assigned[row])
        score = nearest[row] if label == OUTLIER else division.vectors[row] @ centres[label]
        rows.append(
            {
                "fragment_id": fragment_id,
                "topic_id": names[label],
                "original": names[int(division.original[row])],
                "strategy": division.strategy[row],
                "score": float(score),
                "x": float(flat[row, 0]),
                "y": float(flat[row, 1]),
            }
        )
    return rows


LEAST_SHARE = 0.3
LEAST_OF_FIRST = 0.75
MOST_RANKS = 3
BATCH = 1000


def share_neighbours(places: Floats, labels: Ints) -> Floats:
    """Give the share of each topic among the nearest neighbours of each fragment on the map.

    Of more than 800 fragments, 800 taken evenly are the neighbours. A neighbour weighs its likeness; outliers weigh
    for no topic, so that a row may add up to less than 1.

    Args:
        places: (n, d) unit rows or not.
        labels: n topics; outliers are no topic.

    Returns:
        (n, topics) shares in [0, 1].
    """
    n, n_topics = len(places), int(labels.max(initial=OUTLIER)) + 1
    shares = np.zeros((n, n_topics))
    if n < 2 or not n_topics:
        return shares
    inside = np.equal.outer(labels, np.arange(n_topics)).astype(np.float64)
    lengths = np.linalg.norm(places, axis=1, keepdims=True)
    rows = places / np.where(lengths > 0, lengths, 1.0)
    marks = spread_evenly(n)
    column = np.full(n, -1)
    column[marks] = np.arange(len(marks))
    for start in range(0, n, BATCH):
        cosines = rows[start : start + BATCH] @ rows[marks].T
        own = column[start : start + BATCH]
        cosines[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
        near = find_neighbours(cosines, n_neighbours(len(marks)))
        weights = np.maximum(np.take_along_axis(cosines, near, axis=1), 1e-9)
        total = (weights[:, :, None] * inside[marks][near]).sum(axis=1)
        shares[start : start + BATCH] = total / weights.sum(axis=1)[:, None]
    return shares


def rank_mentions(shares: Floats, labels: Ints, names: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rank the topics of each fragment: its own first, then those that are really near.

    Really near: at least three in ten of its neighbours lie in that topic, and at least three quarters as many as in
    its own; three topics at most. An outlier has none.

    Args:
        shares: (n, topics) of `share_neighbours`.
        labels: n topics.
        names: id of each topic.

    Yields:
        Row of the fragment, and code, rank and score.

    >>> shares = np.array([[0.5, 0.4, 0.1]])
    >>> [(mention["code"], mention["rank"]) for _, mention in rank_mentions(shares, np.array([0]), ["A", "B", "C"])]
    [('A', 1), ('B', 2)]
    """
    for row, label in enumerate(labels.tolist()):
        if label == OUTLIER:
            continue
        own = float(shares[row, label])
        near = [
            topic
            for topic in np.argsort(-np.round(shares[row], 9), kind="stable").tolist()
            if topic != label and shares[row, topic] >= max(LEAST_SHARE, LEAST_OF_FIRST * own)
        ]
        for rank, topic in enumerate([label, *near][:MOST_RANKS], start=1):
            score = min(1.0, round(float(shares[row, topic]), 6))
            yield row, {"code": names[topic], "rank": rank, "score": score}
