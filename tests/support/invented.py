"""Invented tables for tests."""

import pandas as pd

from pipeline.core.tables import table_from_rows


def make_fragments(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return table_from_rows(
        [
            {
                "fragment_id": fragment_id,
                "utterance_id": f"s:{i:05d}",
                "source_id": "s",
                "session": "tafel-1",
                "line": i + 1,
                "char_start": i * 100,
                "char_end": i * 100 + len(text),
                "text": text,
                "n_words": len(text.split()),
                "kind": "turn",
                "status": status,
                "heading_path": [],
                "block": str(i),
            }
            for i, (fragment_id, status, text) in enumerate(rows)
        ],
        "fragments",
    )
