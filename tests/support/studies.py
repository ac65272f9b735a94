"""Invented studies for tests of comparison: fragments, codings and what was seen, without any words."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.core.tables import empty_table, table_from_rows


def fragments(n: int, *, sessions: int = 1, per_block: int = 1, per_heading: int = 4, unused: Sequence[int] = ()):
    """Fragments f-000 ... in order, dealt over sessions in runs."""
    return table_from_rows(
        [
            {
                "fragment_id": f"f-{i:03d}", "utterance_id": f"u:{i:05d}", "source_id": f"s{i * sessions // n}",
                "session": f"tafel {i * sessions // n}", "line": i, "char_start": 10 * i, "char_end": 10 * i + 7,
                "text": "de kast", "n_words": 2, "kind": "turn", "status": "moderator" if i in unused else "used",
                "heading_path": [f"kop {i // per_heading}"], "block": f"b{i // per_block:03d}",
            }
            for i in range(n)
        ],
        "fragments",
    )  # fmt: skip


def codebook(**schemes: Sequence[str]) -> pd.DataFrame:
    rows = [
        {"scheme": scheme, "code": code, "position": i, "label": code, "examples": [], "example_fragment_ids": []}
        for scheme, codes in schemes.items()
        for i, code in enumerate(codes)
    ]
    return table_from_rows(rows, "codebook")


def codings(given: Mapping[tuple[str, str], Sequence[str | None]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables codings and seen from {(coder, scheme): answers}; 'a;b' is two codes, '' none, None not seen."""
    rows, seen = [], []
    for (coder, scheme), answers in given.items():
        for i, answer in enumerate(answers):
            if answer is None:
                continue
            if not coder.startswith("machine-"):
                seen.append({"coder": coder, "fragment_id": f"f-{i:03d}", "scheme": scheme})
            for rank, code in enumerate(filter(None, answer.split(";")), start=1):
                rows.append(
                    {"coder": coder, "fragment_id": f"f-{i:03d}", "scheme": scheme, "code": code, "rank": rank,
                     "char_start": 10 * i, "char_end": 10 * i + 7}
                )  # fmt: skip
    return (table_from_rows(rows, "codings") if rows else empty_table("codings")), (
        table_from_rows(seen, "seen") if seen else empty_table("seen")
    )


def assignments(topics: Sequence[str | None], *, moved: Mapping[int, str] | None = None) -> pd.DataFrame:
    """Topic of each fragment, None where the machine did not see it; ``moved`` gives outliers a topic."""
    rows = [
        {"fragment_id": f"f-{i:03d}", "topic_id": (moved or {}).get(i, topic), "original": topic,
         "strategy": "clustered", "score": 0.5, "x": 0.0, "y": 0.0}
        for i, topic in enumerate(topics)
        if topic is not None
    ]  # fmt: skip
    return table_from_rows(rows, "topic_assignments") if rows else empty_table("topic_assignments")
