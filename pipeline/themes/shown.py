"""Rows of the table ``themes``: words, quotes and the decisions that made each."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import TopicsConfig
from pipeline.themes.identity import number_of
from pipeline.themes.state import OUTSIDE, Space, State
from pipeline.themes.words import describe
from pipeline.topic_labels import OUTLIER_LABEL, make_label
from pipeline.vocabulary import OUTLIER_TOPIC

SAME_PLACE_DECIMALS = 6

Row = dict[str, Any]


def describe_themes(
    state: State,
    names: Mapping[int, str],
    topics: pd.DataFrame,
    topic_of: Mapping[str, str],
    tokens: pd.DataFrame,
    space: Space,
    *,
    config: TopicsConfig,
) -> list[Row]:
    """Describe every theme that holds fragments, the largest first, and what lies outside all themes.

    A theme with exactly the fragments of one topic keeps the words and quotes of that topic; for the others they are
    chosen anew.

    Args:
        state: after all decisions.
        names: group to id.
        topics: table ``topics``.
        topic_of: fragment to topic.
        tokens: table ``tokens``.
        space: the vectors.
        config: section ``topics``.
    """
    held = state.occupied()
    as_found: dict[str, dict[Hashable, Any]] = {str(row["topic_id"]): row for row in topics.to_dict("records")}
    sizes = Counter(topic_of.values())
    unchanged = {group: topic for group, members in held.items() if (topic := _is_topic(members, topic_of, sizes))}
    words = describe(tokens, held, space.ids, n_keywords=config.n_keywords) if len(unchanged) < len(held) else {}
    order = sorted(held, key=lambda group: (-len(held[group]), number_of(names[group]), names[group]))
    rows = []
    for position, group in enumerate(order):
        members, made = held[group], state.groups[group]
        found = as_found.get(unchanged.get(group, ""))
        keywords = list(found["keywords"]) if found else words[group]
        shown = list(found["representative_fragment_ids"]) if found else _nearest(members, space, config)
        rows.append(
            {
                "theme_id": names[group],
                "position": position,
                "topics": _origins(members, topic_of),
                "label": made.name or (str(found["label"]) if found else make_label(keywords)),
                "named": made.name is not None,
                "keywords": keywords,
                "size": len(members),
                "representative_fragment_ids": shown,
                "pinned": made.pinned,
                "decision_ids": list(dict.fromkeys(made.decisions)),
            }
        )
    outside = sum(place == OUTSIDE for place in state.place.values())
    return [*rows, _outside(len(rows), outside)] if outside else rows


def _is_topic(members: Sequence[str], topic_of: Mapping[str, str], sizes: Mapping[str, int]) -> str | None:
    """Name the topic whose fragments these are, all of them and no others."""
    found = {topic_of[member] for member in members}
    only = next(iter(found))
    return only if len(found) == 1 and sizes[only] == len(members) and only != OUTLIER_TOPIC else None


def _origins(members: Sequence[str], topic_of: Mapping[str, str]) -> list[str]:
    counts = Counter(topic_of[member] for member in members)
    return sorted(counts, key=lambda topic: (-counts[topic], topic))


def _nearest(members: Sequence[str], space: Space, config: TopicsConfig) -> list[str]:
    """Take the fragments nearest to the centre, none at the place of one that was taken."""
    centre = space.centre(members)
    rows = [space.rows[member] for member in members]
    cosines = np.round(space.vectors[rows] @ centre, 12) if centre is not None else np.zeros(len(rows))
    places: set[bytes] = set()
    taken: list[str] = []
    for i in np.argsort(-cosines, kind="stable"):
        place = (np.round(space.vectors[rows[i]], SAME_PLACE_DECIMALS) + 0.0).tobytes()
        if place not in places and len(taken) < config.n_representatives:
            places.add(place)
            taken.append(members[i])
    return taken


def _outside(position: int, size: int) -> Row:
    return {
        "theme_id": OUTLIER_TOPIC,
        "position": position,
        "topics": [OUTLIER_TOPIC],
        "label": OUTLIER_LABEL,
        "named": False,
        "keywords": [],
        "size": size,
        "representative_fragment_ids": [],
        "pinned": False,
        "decision_ids": [],
    }
