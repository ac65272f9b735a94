"""The stage: topics and decisions in, themes with their words and quotes out.

No fragment is lost: it is in a theme, outside all, or dropped.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.themes.decisions import decisions_of
from pipeline.analysis.themes.replay import Done, replay
from pipeline.analysis.themes.state import DROPPED, OUTSIDE, Group, State, name_themes
from pipeline.analysis.topics.labels import OUTLIER_LABEL, choose_keywords, gather_words, make_labels
from pipeline.analysis.topics.standing import Previous, Space, cosine_of, make_previous, number_of
from pipeline.core.config import TopicsConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC, Drift, Effect, Placement, Status
from pipeline.readers.given.decisions import Decision

NO_THEME = -1


def describe(
    tokens: pd.DataFrame, members: Mapping[int, Sequence[str]], used: Sequence[str], *, n_keywords: int
) -> dict[int, tuple[str, list[str]]]:
    """Rank and choose the words of themes, as those of topics are chosen.

    Args:
        tokens: table ``tokens``.
        members: theme number, from 0, to its fragments.
        used: all n fragments, sorted; those in no theme count for what is common.
        n_keywords: the most words per theme.

    Returns:
        Theme number to label and written words, best first.
    """
    of_fragment = {fragment_id: theme for theme, found in members.items() for fragment_id in found}
    labels = [of_fragment.get(fragment_id, NO_THEME) for fragment_id in used]
    words = gather_words(tokens, used)
    ranked = rank_lemmas(words.documents, labels)
    chosen = choose_keywords(ranked, labels, words, n_keywords)
    named = make_labels(chosen, labels, words)
    return {theme: (named[theme], found) for theme, found in chosen.items()}


def rank_lemmas(documents: Sequence[str], labels: Sequence[int]) -> dict[int, list[str]]:
    """Rank the lemmas of each group by class-based TF-IDF, best first; of equal ones in order of the alphabet.

    A lemma weighs its share of the words of the group, times log(1 + A / f): A the mean number of words of a group,
    f how often the lemma stands in all groups.
    Source: Grootendorst (2022), BERTopic, section 3.3 (arXiv 2203.05794).

    Args:
        documents: n fragments as lemmas apart by spaces.
        labels: n groups; a negative one is none.

    >>> rank_lemmas(["bus bus halte", "tolk halte"], [0, 1])
    {0: ['bus', 'halte'], 1: ['tolk', 'halte']}
    """
    counts: dict[int, dict[str, int]] = {label: {} for label in sorted(set(labels)) if label >= 0}
    for document, label in zip(documents, labels, strict=True):
        if label >= 0:
            for lemma in document.split():
                counts[label][lemma] = counts[label].get(lemma, 0) + 1
    total: dict[str, int] = {}
    for found in counts.values():
        for lemma, n in found.items():
            total[lemma] = total.get(lemma, 0) + n
    mean = sum(total.values()) / max(len(counts), 1)
    ranked = {}
    for label, found in counts.items():
        size = sum(found.values())
        weights = {lemma: n / size * float(np.log1p(mean / total[lemma])) for lemma, n in found.items()}
        ranked[label] = [lemma for _, lemma in sorted((-round(weight, 12), lemma) for lemma, weight in weights.items())]
    return ranked


SAME_PLACE_DECIMALS = 6


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
    chosen anew. One into which others were merged keeps the label that it had.

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
    rows: list[Row] = []
    for position, group in enumerate(order):
        members, made = held[group], state.groups[group]
        found = as_found.get(unchanged.get(group, ""))
        label, keywords = (str(found["label"]), list(found["keywords"])) if found else words[group]
        shown = list(found["representative_fragment_ids"]) if found else _nearest(members, space, config)
        rows.append(
            {
                "theme_id": names[group],
                "position": position,
                "topics": _origins(members, topic_of),
                "label": made.name or made.label or label,
                "named": made.name is not None,
                "keywords": keywords,
                "size": len(members),
                "representative_fragment_ids": shown,
                "pinned": made.pinned,
                "decision_ids": list(dict.fromkeys(made.decisions)),
            }
        )
    rows = _tell_apart(rows)
    outside = sum(place == OUTSIDE for place in state.place.values())
    return [*rows, _outside(len(rows), outside)] if outside else rows


def _tell_apart(rows: Sequence[Row]) -> list[Row]:
    """Number the labels that are the same, since readers know a theme by its name; one that people gave comes first."""
    taken: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: not row["named"]):
        label = str(row["label"])
        taken[label.casefold()] += 1
        n = taken[label.casefold()]
        labels[row["theme_id"]] = label if n == 1 else f"{label} ({n})"
    return [{**row, "label": labels[row["theme_id"]]} for row in rows]


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
    phrases = {Effect.UNMATCHED: "could not be carried out", Effect.PARTLY: "was carried out in part"}
    return [
        Notice(
            f"{DECISIONS_FILE}, line {decision.line}",
            f"{decision.decision_id} ({decision.action}) {phrases[what.outcome]}: {what.reason}",
        )
        for decision, what in zip(decided, done, strict=True)
        if what.outcome in phrases
    ]
