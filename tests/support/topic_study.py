"""An invented study for tests of topics: subjects with words and directions of their own."""

import numpy as np
import pandas as pd
from invented import make_fragments

from pipeline.analysis.topics.stage import find_topics
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.loaders.choices import choose_topic_engine

SUBJECTS = (
    ("boot", "roeier", "steiger", "haven"),
    ("moestuin", "wortel", "gieter", "kas"),
    ("fanfare", "trompet", "optocht", "repetitie"),
    ("oven", "deeg", "bakker", "gist"),
)
TABLES = ("topics", "subtopics", "topic_assignments", "topic_mentions", "topic_numbers", "proposed_topics")
DIMS = 12


def settings(**changed):
    return load_config(overrides={"topics": changed}).topics


def make_tokens(fragment_id: str, text: str) -> list[dict]:
    rows = []
    for at, word in enumerate(text.split()):
        is_content = word.lower() not in ("de", "en", "van")
        token = {"fragment_id": fragment_id, "i": at, "sentence": 0, "text": word, "lemma": word.lower()}
        rows.append(token | {"pos": None, "is_stop": not is_content, "is_content": is_content})
    return rows


def make_study(
    n: int, n_subjects: int = 3, *, spread: float = 0.05, seed: int = 7
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """n fragments that take the subjects in turn, each with its own direction and a little noise."""
    noise = np.random.default_rng(seed).normal(0, spread, (n, DIMS))
    rows, tokens, vectors = [], [], []
    for i in range(n):
        words = SUBJECTS[i % n_subjects]
        text = f"De {words[i % 4]} en de {words[(i + 1) % 4]}"
        fragment_id = f"f-{i:03d}"
        rows.append((fragment_id, "used", text))
        tokens += make_tokens(fragment_id, text)
        vector = np.eye(DIMS)[i % n_subjects] + noise[i]
        vectors.append({"fragment_id": fragment_id, "vector": vector / np.linalg.norm(vector)})
    return make_fragments(*rows), table_from_rows(tokens, "tokens"), table_from_rows(vectors, "embeddings")


def run(study, standing=None, **changed):
    config = settings(**changed)
    before = empty_table("standing_topics") if standing is None else standing
    return find_topics(*study, before, config=config, engine=choose_topic_engine(config).load())


def column(output, table: str, name: str) -> list:
    return output.tables[table][name].tolist()
