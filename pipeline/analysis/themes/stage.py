"""The stage: topics and decisions in, themes out. No fragment is lost: in a theme, outside all, or dropped."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.themes.decisions import decisions_of
from pipeline.analysis.themes.identity import name_themes
from pipeline.analysis.themes.replay import Done, replay
from pipeline.analysis.themes.shown import describe_themes
from pipeline.analysis.themes.state import DROPPED, OUTSIDE, Group, State
from pipeline.analysis.topics.standing import Previous, Space, cosine_of, make_previous
from pipeline.core.config import TopicsConfig
from pipeline.core.notices import Notice, Output
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC, Drift, Effect, Placement, Status
from pipeline.readers.given.decisions import Decision

SAME_OVERLAP = 0.8
"""A theme that keeps less than this of the fragments that both generations know has shifted."""


def compare_generations(
    members: Mapping[str, Sequence[str]], labels: Mapping[str, str], previous: Previous
) -> list[Row]:
    """Compare the themes of now with those of the previous generation.

    The size then, less the fragments that are gone from the notes and those that went to another theme, plus
    those that came from elsewhere and the new ones, is the size now.

    Args:
        members: theme to fragments now, in printing order.
        labels: theme to label now.
        previous: the previous generation.

    Returns:
        Rows of ``theme_drift``, themes that are gone last; none where there is no previous generation.
    """
    if not previous.known:
        return []
    gone = [theme for theme in previous.themes if theme not in members]
    rows = [_row(theme, members.get(theme, ()), labels.get(theme), previous) for theme in (*members, *gone)]
    return [{**row, "position": position} for position, row in enumerate(rows)]


def _row(theme: str, members: Sequence[str], label: str | None, previous: Previous) -> Row:
    known = previous.themes.get(theme)
    then = known.fragment_ids if known else frozenset[str]()
    now, there = frozenset(members), previous.space.rows.keys()
    row: dict[str, Any] = {
        "theme_id": theme,
        "previous_size": len(then),
        "size": len(now),
        "new_fragments": len(now - previous.known),
        "fragments_in": len((now & previous.known) - then),
        "fragments_out": len((then & there) - now),
        "gone_fragments": len(then - there),
        "label_before": known.label if known else None,
        "label": label,
    }
    if known is None:
        return row | {"state": Drift.NEW}
    if not members:
        return row | {"state": Drift.GONE}
    shared = previous.overlap(theme, members)
    cosine = cosine_of(previous.centre(theme), previous.space.centre(members))
    same = shared is not None and shared >= SAME_OVERLAP
    return row | {"state": Drift.SAME if same else Drift.SHIFTED, "overlap": shared, "cosine": cosine}


DECISIONS_FILE = "decisions.yaml"


def settle(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    topics: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    decisions: pd.DataFrame,
    decision_themes: pd.DataFrame,
    previous_themes: pd.DataFrame,
    standing_parts: pd.DataFrame,
    *,
    config: TopicsConfig,
) -> Output:
    """Make themes of topics: carry out what people decided, in order, and give every theme an id that lasts.

    Merging, splitting, moving and dropping change this layer only; the topics stay as they were found. A theme has
    the id of its topic; what a decision made keeps the id that it got.

    Args:
        fragments: the table of that name.
        tokens: the table of that name.
        embeddings: the table of that name.
        topics: the table of that name.
        topic_assignments: the table of that name.
        decisions: the table of that name.
        decision_themes: the table of that name.
        previous_themes: the table of that name; empty at the first generation.
        standing_parts: the table of that name, likewise.
        config: section ``topics``: words, quotes and seed.

    Returns:
        Tables ``themes`` (sizes, with those dropped, add up to the fragments that are used), ``theme_assignments``,
        ``decisions_applied``, ``theme_drift`` and ``theme_parts``; a notice for each decision
        that could not be carried out.
    """
    space = _make_space(fragments, embeddings)
    previous = make_previous(previous_themes, space)
    topic_of = dict(zip(topic_assignments["fragment_id"], topic_assignments["topic_id"], strict=True))
    state = _begin(topics, topic_of, space)
    decided = decisions_of(decisions, decision_themes)
    parts = {(row["decision_id"], int(row["part"])): row for row in standing_parts.to_dict("records")}
    held = {part: tuple(row["fragment_ids"]) for part, row in parts.items()}
    done = replay(decided, state, previous, held, seed=config.seed)
    made = {part: row["theme_id"] for part, row in parts.items() if isinstance(row["theme_id"], str)}
    names = name_themes(state, previous, decided, made)
    scores = _score(state, space, topic_assignments)
    themes = describe_themes(state, names, topics, topic_of, tokens, space, config=config)
    members = {names[group]: found for group, found in state.occupied().items()}
    shown = [row["theme_id"] for row in themes if row["theme_id"] != OUTLIER_TOPIC]
    labels = {row["theme_id"]: row["label"] for row in themes}
    tables: Mapping[str, Sequence[Row]] = {
        "themes": themes,
        "theme_assignments": _assignment_rows(state, names, topic_of, scores),
        "decisions_applied": _applied_rows(decided, done, names),
        "theme_drift": compare_generations({theme: members[theme] for theme in shown}, labels, previous),
        "theme_parts": _part_rows(state, names),
    }
    return Output({name: table_from_rows(rows, name) for name, rows in tables.items()}, tuple(_notices(decided, done)))


def _make_space(fragments: pd.DataFrame, embeddings: pd.DataFrame) -> Space:
    ids = tuple(sorted(fragments.loc[fragments["status"] == Status.USED, "fragment_id"]))
    by_id = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    vectors = [np.asarray(by_id[fragment_id], dtype=np.float64) for fragment_id in ids]
    return Space(ids, np.stack(vectors) if vectors else np.empty((0, 0)))


def _begin(topics: pd.DataFrame, topic_of: dict[str, str], space: Space) -> State:
    order = [topic for topic in topics.sort_values("position")["topic_id"] if topic != OUTLIER_TOPIC]
    number = {topic: place for place, topic in enumerate(order)} | {OUTLIER_TOPIC: OUTSIDE}
    state = State(groups=[Group(topic=topic) for topic in order])
    for fragment_id in space.ids:
        state.put([fragment_id], number[topic_of[fragment_id]], Placement.TOPIC)
    return state


def _part_rows(state: State, names: Mapping[int, str]) -> list[Row]:
    """Say what decisions made: the fragments that they split off, and the theme that each part is now."""
    made = {held.maker: names.get(group) for group, held in enumerate(state.groups) if held.maker is not None}
    return [
        {
            "decision_id": decision,
            "part": part,
            "theme_id": theme,
            "fragment_ids": state.parts.get((decision, part), ()),
        }
        for (decision, part), theme in made.items()
    ]


def _score(state: State, space: Space, topic_assignments: pd.DataFrame) -> dict[str, float]:
    """Cosine of every fragment with the centre of its theme; outside all themes as the topics have it."""
    as_topic = dict(zip(topic_assignments["fragment_id"], topic_assignments["score"], strict=True))
    scores: dict[str, float] = {}
    for members in state.occupied().values():
        centre = space.centre(members)
        if centre is not None:
            cosines = space.vectors[[space.rows[member] for member in members]] @ centre
            scores.update(zip(members, map(float, cosines), strict=True))
    return scores | {
        fragment_id: float(as_topic[fragment_id]) for fragment_id, place in state.place.items() if place == OUTSIDE
    }


def _assignment_rows(
    state: State, names: dict[int, str], topic_of: dict[str, str], scores: dict[str, float]
) -> list[dict[str, Any]]:
    shown = {**names, OUTSIDE: OUTLIER_TOPIC, DROPPED: None}
    return [
        {
            "fragment_id": fragment_id,
            "theme_id": shown[place],
            "topic_id": topic_of[fragment_id],
            "how": state.how[fragment_id],
            "score": scores.get(fragment_id),
        }
        for fragment_id, place in sorted(state.place.items())
    ]


def _applied_rows(decided: Sequence[Decision], done: Sequence[Done], names: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "decision_id": decision.decision_id,
            "position": position,
            "who": decision.who,
            "when": decision.when,
            "action": decision.action,
            "outcome": what.outcome,
            "n_fragments": len(what.fragments),
            "theme_ids": [names[group] for group in what.groups if group in names],
            "reason": what.reason or None,
        }
        for position, (decision, what) in enumerate(zip(decided, done, strict=True))
    ]


def _notices(decided: Sequence[Decision], done: Sequence[Done]) -> list[Notice]:
    """Say what could not be carried out, or only in part."""
    said = {Effect.UNMATCHED: "could not be carried out", Effect.PARTLY: "was carried out in part"}
    return [
        Notice(
            f"{DECISIONS_FILE}, line {decision.line}",
            f"{decision.decision_id} ({decision.action}) {said[what.outcome]}: {what.reason}",
        )
        for decision, what in zip(decided, done, strict=True)
        if what.outcome in said
    ]
