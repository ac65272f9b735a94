"""A diagnosis of an invented study in one call."""

import numpy as np
import pandas as pd
from studies import codings, fragments

from pipeline.agreement.diagnosis.stage import diagnose
from pipeline.core.config import DiagnosisConfig
from pipeline.core.errors import Output
from pipeline.core.tables import empty_table, table_from_rows

CONFIG = DiagnosisConfig(
    resamples=200,
    permutations=199,
    folds=5,
    min_sessions=10,
    draws=2,
    more_fragments=60,
    refits=3,
    epsilon=0.15,
    margin=0.1,
    seed=7,
)
BOOK = (
    *(("theme", code, None) for code in ("dak", "deur", "tuin")),
    *(("subtheme", code, parent) for code, parent in (("x1", "x"), ("x2", "x"), ("y1", "y"))),
    *(("polarity", code, None) for code in ("kans", "knelpunt")),
)


def book() -> pd.DataFrame:
    made = [
        {"scheme": scheme, "code": code, "parent": parent, "position": i, "label": code, "examples": [],
         "example_fragment_ids": []}
        for i, (scheme, code, parent) in enumerate(BOOK)
    ]  # fmt: skip
    return table_from_rows(made, "codebook")


def vectors_of(ids, points=None) -> pd.DataFrame:
    """Vectors at given points, or anywhere, of unit length."""
    drawn = np.random.default_rng(3).normal(size=(len(ids), 4)) if points is None else np.asarray(points, dtype=float)
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True) if len(ids) else drawn
    made = [{"fragment_id": name, "vector": vector} for name, vector in zip(sorted(ids), unit, strict=True)]
    return table_from_rows(made, "embeddings") if made else empty_table("embeddings")


def diagnose_study(
    given, *, n, made=None, hats=None, topics=None, points=None, config=CONFIG, sampling=(), **shape
) -> Output:
    coded, seen = codings(given)
    if made is None:
        made = fragments(n, **shape) if n else empty_table("fragments")
    if hats is not None:
        made = made.assign(hat_given=hats)
    placed = empty_table("topic_assignments") if topics is None else topics
    drawn = table_from_rows(list(sampling), "sampling") if sampling else empty_table("sampling")
    vectors = vectors_of(made["fragment_id"], points)
    return diagnose(coded, seen, made, book(), placed, vectors, empty_table("tokens"), drawn, config=config)


def rows(output: Output, table: str) -> list[dict]:
    """Rows as mappings; an absent value is None."""
    made = []
    for row in output.tables[table].to_dict("records"):
        made.append({name: _value(value) for name, value in row.items()})
    return made


def pick(output: Output, table: str, **where) -> dict:
    """The one row that fits."""
    [row] = [row for row in rows(output, table) if all(row[name] == value for name, value in where.items())]
    return row


def _value(value):
    if isinstance(value, list):
        return value
    return None if pd.isna(value) else value
