"""Topics on a plane, invented decisions, and the stage that makes themes of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.analysis.themes.decisions import tabulate_decisions
from pipeline.analysis.themes.stage import settle
from pipeline.analysis.topics.rows import name_topics
from pipeline.analysis.topics.standing import Space, read_standing
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC
from pipeline.readers.given.decisions import parse_decisions

CONFIG = load_config(overrides={"topics": {"n_keywords": 3, "n_representatives": 2}}).topics
WORDS = {"a": "bus halte", "b": "tolk taal", "c": "soep kom", "d": "tuin hek"}
"""What a fragment speaks of, by its first letter."""
DIRECTIONS = {"a": 0.0, "b": 80.0, "c": 160.0, "d": 250.0}
"""Where it lies, in degrees; its number adds one degree each."""


def name(short: str) -> str:
    return f"f-{short}"


def vector(short: str) -> list[float]:
    angle = np.radians(DIRECTIONS[short[0]] + int(short[1:] or 0))
    return [float(np.cos(angle)), float(np.sin(angle))]


def make_tables(topics: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """Tables of topics with the fragments in each, by short name, as 'a1'; topic 'outlier' lies outside."""
    rows = [(topic, short) for topic, found in topics.items() for short in found]
    fragments = [
        {"fragment_id": name(short), "utterance_id": f"u:{i:05d}", "source_id": "u", "session": "tafel", "line": i,
         "char_start": 10 * i, "char_end": 10 * i + 7, "text": WORDS[short[0]], "n_words": 2, "kind": "turn",
         "status": "used", "heading_path": [], "block": short}
        for i, (_, short) in enumerate(rows)
    ]  # fmt: skip
    tokens = [
        {"fragment_id": name(short), "i": i, "text": word, "lemma": word, "sentence": 0, "is_stop": False,
         "is_content": True}
        for _, short in rows for i, word in enumerate(WORDS[short[0]].split())
    ]  # fmt: skip
    described = [
        {"topic_id": topic, "position": place, "label": f"label {topic}", "keywords": [f"woord {topic}"],
         "size": len(found), "representative_fragment_ids": [name(short) for short in sorted(found)[:2]]}
        for place, (topic, found) in enumerate(topics.items())
    ]  # fmt: skip
    assigned = [
        {"fragment_id": name(short), "topic_id": topic, "original": topic, "strategy": "clustered", "score": 0.5,
         "x": 0.0, "y": 0.0}
        for topic, short in rows
    ]  # fmt: skip
    embeddings = [{"fragment_id": name(short), "vector": vector(short)} for _, short in rows]
    return {
        "fragments": table_from_rows(fragments, "fragments"),
        "tokens": table_from_rows(tokens, "tokens"),
        "embeddings": table_from_rows(embeddings, "embeddings"),
        "topics": table_from_rows(described, "topics"),
        "topic_assignments": table_from_rows(assigned, "topic_assignments"),
    }


def theme(theme_id: str, *shorts: str) -> str:
    """A reference to a theme, as it stands in the file."""
    return f"{{theme: {theme_id}, anchors: [{', '.join(map(name, shorts))}]}}"


def decide(*lines: str) -> str:
    """A file of decisions D1, D2 … of An, each line the rest of one."""
    head = "- {{id: D{number}, who: An, when: 2026-11-23, action: {line}}}"
    return "\n".join(head.format(number=number, line=line) for number, line in enumerate(lines, start=1))


NOTHING = {name: empty_table(name) for name in ("previous_themes", "standing_topics", "standing_parts")}
"""What the memory gives before the first run."""


def run(topics: Mapping[str, Sequence[str]] | dict[str, pd.DataFrame], text: str = "", previous=NOTHING):
    """Make themes of topics, which have the ids of those they continue; gives the output of the stage."""
    made = continue_ids(topics if "tokens" in topics else make_tables(topics), previous)
    decided = tabulate_decisions(parse_decisions(text, "decisions.yaml"))
    before = (previous["previous_themes"], previous["standing_parts"])
    return settle(*made.values(), *decided.values(), *before, config=CONFIG)


def continue_ids(made: dict[str, pd.DataFrame], previous) -> dict[str, pd.DataFrame]:
    """Give topics their ids as the stage of topics does."""
    assigned = made["topic_assignments"].sort_values("fragment_id")
    ids = tuple(assigned["fragment_id"])
    by_id = dict(zip(made["embeddings"]["fragment_id"], made["embeddings"]["vector"], strict=True))
    space = Space(ids, np.array([by_id[i] for i in ids], dtype=np.float64))
    topics = [topic for topic in made["topics"].sort_values("position")["topic_id"] if topic != OUTLIER_TOPIC]
    number = {topic: i for i, topic in enumerate(topics)} | {OUTLIER_TOPIC: -1}
    labels = np.array([number[topic] for topic in assigned["topic_id"]], dtype=np.int64)
    names = name_topics(labels, ids, {}, read_standing(previous["standing_topics"], space).previous)
    new = {topic: names.get(label, topic) for topic, label in number.items()}
    renamed = {
        name: made[name].assign(topic_id=made[name]["topic_id"].map(new)) for name in ("topics", "topic_assignments")
    }
    renamed["topic_assignments"]["original"] = renamed["topic_assignments"]["topic_id"]
    return {**made, **renamed}


def members(output) -> dict[str, str]:
    """Theme to the short names of its fragments; '-' for those that are dropped."""
    found: dict[str, list[str]] = {}
    rows = output.tables["theme_assignments"]
    for fragment, held in zip(rows["fragment_id"], rows["theme_id"].fillna("-"), strict=True):
        found.setdefault(held, []).append(fragment.removeprefix("f-"))
    return {held: " ".join(sorted(shorts)) for held, shorts in sorted(found.items())}


def done(output) -> list[tuple]:
    """What became of each decision: id, outcome, number of fragments, themes."""
    rows = output.tables["decisions_applied"]
    return [
        (row.decision_id, row.outcome, row.n_fragments, list(row.theme_ids)) for row in rows.itertuples(index=False)
    ]


def reasons(output) -> dict[str, str]:
    rows = output.tables["decisions_applied"]
    return {row.decision_id: row.reason for row in rows.itertuples(index=False) if isinstance(row.reason, str)}
