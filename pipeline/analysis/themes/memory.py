"""The memory of a study: which themes each generation had, so that ids last over runs. Ids and labels, no quotes."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.topics.standing import number_of
from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC, Placement

MOST_GENERATIONS = 20
WITH_TOPICS = 2
"""The generations of which the topics before decisions are kept: one of them stands."""
DECIMALS = 4

Generation = Mapping[str, Any]


def read_memory(content: bytes, name: str) -> tuple[Generation, ...]:
    """Read the generations of a study, the oldest first.

    Args:
        content: of the file; empty where there is none yet.
        name: the name to use for it in messages.

    Raises:
        InputError: the file is damaged. It is not thrown away: ids of themes would change in silence.
    """
    if not content:
        return ()
    try:
        read = json.loads(content)
        generations = tuple(read["generations"])
        # A file of an earlier version holds no checksum.
        if read.get("checksum") not in (None, _checksum(generations)):
            raise ValueError
        for generation in generations:
            _check(generation)
    except (ValueError, KeyError, TypeError, RecursionError):
        fix = f"Put back a copy (the last one is .{name}.bak), or delete it: themes then get new ids"
        raise InputError.single(name, "is damaged", fix) from None
    return generations


def _check(generation: Generation) -> None:
    if not isinstance(generation["basis"], str) or not isinstance(generation["issued"], int):
        raise TypeError
    texts = [*generation["outside"], *generation.get("anchors", ()), generation.get("settings", "")]
    for topic in generation.get("topics", ()):
        texts += [topic["topic_id"], topic["label"], *topic["fragment_ids"]]
        if not isinstance(topic["decided"], bool):
            raise TypeError
        np.asarray(topic["centroid"], dtype=np.float32)
    for part in generation.get("parts", ()):
        texts += [part["decision_id"], part["theme_id"] or "", *part["fragment_ids"]]
        if not isinstance(part["part"], int):
            raise TypeError
    for theme in generation["themes"]:
        texts += [theme["theme_id"], theme["label"], *theme["fragment_ids"]]
        np.asarray(theme["centroid"], dtype=np.float32)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError


def choose_previous(generations: tuple[Generation, ...], basis: str) -> Generation | None:
    """Take the latest generation that was made of other input; a second run on the same input meets the same one."""
    return next((found for found in reversed(generations) if found["basis"] != basis), None)


def tabulate(generation: Generation | None, settings: str, anchors: Collection[str]) -> dict[str, pd.DataFrame]:
    """Write a generation as the tables ``previous_themes``, ``standing_topics`` and ``standing_parts``.

    Args:
        generation: the previous one; None where there is none.
        settings: hash of the settings that decide how fragments are divided now.
        anchors: topics that a refit keeps whole.
    """
    rows: dict[str, list[dict[str, Any]]] = {"previous_themes": [], "standing_topics": [], "standing_parts": []}
    if generation is not None:
        issued = {"issued": generation["issued"]}
        # Before topics were kept only the themes are known: they lend their ids and do not stand.
        topics = generation.get("topics") or [
            {"topic_id": theme.pop("theme_id"), **theme} for theme in map(dict, generation["themes"])
        ]
        placed = {fragment_id for topic in topics for fragment_id in topic["fragment_ids"]}
        every = {i for theme in generation["themes"] for i in theme["fragment_ids"]} | set(generation["outside"])
        outside = {"label": "", "centroid": []} | issued
        stands = {"stands": generation.get("settings") == settings} | issued
        rows["previous_themes"] = [
            *({**theme, **issued} for theme in generation["themes"]),
            {"theme_id": OUTLIER_TOPIC, "fragment_ids": generation["outside"], **outside},
        ]
        rows["standing_topics"] = [
            *({**topic, **stands, "decided": topic["topic_id"] in anchors} for topic in topics),
            {
                "topic_id": OUTLIER_TOPIC,
                "fragment_ids": sorted(every - placed),
                "decided": False,
                **outside,
                **stands,
            },
        ]
        rows["standing_parts"] = list(generation.get("parts", ()))
    return {name: table_from_rows(found, name) for name, found in rows.items()}


def choose_anchors(generations: tuple[Generation, ...], basis: str, references: Collection[str]) -> tuple[str, ...]:
    """Choose the topics of the previous generation that a refit keeps whole: those that people decided of.

    A second run on the same input keeps the same ones, also where people decided more since: deciding never divides
    the fragments anew.

    Args:
        generations: those known, the oldest first.
        basis: hash of the present input.
        references: themes that decisions name, also those that no run has seen yet.
    """
    if generations and generations[-1]["basis"] == basis:
        return tuple(generations[-1].get("anchors", ()))
    previous = choose_previous(generations, basis)
    if previous is None:
        return ()
    named = {i for theme in previous["themes"] if theme["theme_id"] in references for i in theme["fragment_ids"]}
    return tuple(
        topic["topic_id"]
        for topic in previous.get("topics", ())
        if topic["decided"] or topic["topic_id"] in references or _is_most(named, topic["fragment_ids"])
    )


def _is_most(found: Collection[str], fragment_ids: Sequence[str]) -> bool:
    return 2 * sum(fragment_id in found for fragment_id in fragment_ids) > len(fragment_ids)


def remember(
    generations: tuple[Generation, ...], basis: str, settings: str, tables: Mapping[str, pd.DataFrame]
) -> bytes:
    """Add the present generation, or replace it where the latest one was made of the same input.

    Args:
        generations: those known, the oldest first.
        basis: hash of the present input.
        settings: hash of the settings that decide how fragments are divided.
        tables: topics, themes, theme_assignments, theme_parts, embeddings, decision_themes, previous_themes and
            standing_topics.

    Returns:
        What the file of the memory is to hold.
    """
    kept = generations[:-1] if generations and generations[-1]["basis"] == basis else generations
    shown = [*kept, {**_describe(basis, tables), "settings": settings}][-MOST_GENERATIONS:]
    shown[:-WITH_TOPICS] = [
        {name: value for name, value in old.items() if name not in ("topics", "parts")} for old in shown[:-WITH_TOPICS]
    ]
    # A line for each theme: a person can see in a version control system what changed.
    lines = [_render(generation) for generation in shown]
    return ('{"generations": [\n' + ",\n".join(lines) + f'\n], "checksum": "{_checksum(shown)}"}}\n').encode()


def _checksum(generations: Sequence[Generation]) -> str:
    return hashlib.sha256(json.dumps(generations, sort_keys=True).encode()).hexdigest()


def _render(generation: Generation) -> str:
    lists = {name: generation[name] for name in ("themes", "topics", "parts") if name in generation}
    head = {name: value for name, value in generation.items() if name not in lists}
    parts = [
        f'"{name}": [\n' + ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows) + "\n]"
        for name, rows in lists.items()
    ]
    return f"{json.dumps(head, ensure_ascii=False)[:-1]}, {', '.join(parts)}}}"


def _describe(basis: str, tables: Mapping[str, pd.DataFrame]) -> Generation:
    themes, assigned, topics = tables["themes"], tables["theme_assignments"], tables["topics"]
    vectors = dict(zip(tables["embeddings"]["fragment_id"], tables["embeddings"]["vector"], strict=True))
    labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
    members, outside = _group(assigned, "theme_id", labels)
    of_topic, _ = _group(assigned, "topic_id", topics["topic_id"])
    topic_labels = dict(zip(topics["topic_id"], topics["label"], strict=True))
    touched = {theme for theme, made in zip(themes["theme_id"], themes["decision_ids"], strict=True) if len(made)}
    is_decided = assigned["theme_id"].isin(touched) | (assigned["how"] == Placement.DROPPED)
    decided = set(assigned.loc[is_decided, "fragment_id"])
    before = tables["previous_themes"]
    # Ids that a decision names were seen by a person, also where they are gone now.
    numbers = [number_of(theme) for theme in (*members, *of_topic, *tables["decision_themes"]["theme_id"])]
    numbers += [number_of(theme) for theme in tables["theme_parts"]["theme_id"] if isinstance(theme, str)]
    standing = tables["standing_topics"]
    return {
        "basis": basis,
        "issued": max([0, *numbers, *(int(number) for number in before["issued"])]),
        "outside": outside,
        "anchors": standing.loc[standing["decided"].astype(bool), "topic_id"].tolist(),
        "themes": [
            {
                "theme_id": theme,
                "label": str(labels[theme]),
                "fragment_ids": found,
                "centroid": _centre([vectors[fragment_id] for fragment_id in found]),
            }
            for theme, found in members.items()
        ],
        "topics": [
            {
                "topic_id": topic,
                "label": str(topic_labels[topic]),
                "fragment_ids": found,
                "centroid": _centre([vectors[fragment_id] for fragment_id in found]),
                "decided": _is_most(decided, found),
            }
            for topic, found in of_topic.items()
        ],
        "parts": [
            {
                "decision_id": row["decision_id"],
                "part": int(row["part"]),
                "theme_id": row["theme_id"] if isinstance(row["theme_id"], str) else None,
                "fragment_ids": list(row["fragment_ids"]),
            }
            for row in tables["theme_parts"].to_dict("records")
        ],
    }


def _group(assigned: pd.DataFrame, column: str, known: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Give the fragments of each theme or topic, and those that are in none."""
    members: dict[str, list[str]] = {name: [] for name in sorted(known) if name != OUTLIER_TOPIC}
    outside: list[str] = []
    for fragment_id, name in zip(assigned["fragment_id"], assigned[column], strict=True):
        members.get(str(name), outside).append(str(fragment_id))
    return members, outside


def _centre(vectors: list[Any]) -> list[float]:
    mean = np.stack(vectors).astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return [float(value) for value in np.round(mean / length if length > 0 else mean, DECIMALS) + 0.0]
