"""Invented tables for tests, and texts read again at their places."""

import pandas as pd

from pipeline.core.tables import table_from_rows
from pipeline.text.normalisation import normalise, note_marks


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


def reread(source: str, char_start: int, char_end: int) -> str:
    """The text of an utterance or fragment, read again at its place in all characters of its source."""
    return normalise(source[char_start:char_end], note_marks(source)).text
