"""Rows of the table ``themes``: words, quotes and the decisions that made each."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.themes.state import OUTSIDE, State
from pipeline.analysis.topics.labels import OUTLIER_LABEL, choose_keywords, gather_words, make_labels
from pipeline.analysis.topics.standing import Space, number_of
from pipeline.core.config import TopicsConfig
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import OUTLIER_TOPIC

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
