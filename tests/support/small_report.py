"""A small invented study, as tables: two sessions, eight fragments, two topics, two coders and a machine."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from pipeline.core.config import Config, load_config
from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.vocabulary import NEUTRAL_POLARITY

SHARP = 'De <b>deur</b> & "het" slot: wie mag binnen?'
"""A remark with signs that mean something in HTML."""
FORMULA = "=1+1 was het antwoord"
"""A remark that a spreadsheet would take for a formula."""

# Fragment, session, speaker, hat, topic, polarities of the machine (None: abstained), sentiment, x, y, words.
ROWS = (
    ("f-1", "tafel-1", "D1", "zwart", "T01", ("knelpunt",), "negatief", 0.0, 0.0, SHARP),
    ("f-2", "tafel-1", "D1", "zwart", "T01", ("knelpunt",), None, 0.1, 0.2, FORMULA),
    ("f-3", "tafel-1", "D1", "geel", "T01", ("kans", "knelpunt"), "negatief", 0.2, 0.1, "De sleutel ligt bij de buur."),
    ("f-4", "tafel-1", "D2", "geel", "T01", (), "positief", 0.1, 0.1, "Zij kent de hond bij naam."),
    ("f-5", "tafel-2", "D1", "wit", "T02", ("kans",), "neutraal", 1.0, 1.0, "Elf soepkommen in de week."),
    ("f-6", "tafel-2", "D2", None, "outlier", None, None, 0.9, 0.5, "Een fiets zonder ketting."),
)
ASIDE = (
    ("f-7", "tafel-1", "moderator", "said by the gespreksleider", "Wie begint er?"),
    ("f-8", "tafel-2", "too_short", "fewer than 3 words", "Och ja."),
)
THEMES = {
    "A": {"f-1": ["deur"], "f-2": ["deur"], "f-3": ["deur", "buurt"], "f-4": ["buurt"], "f-5": ["buurt"]},
    "B": {"f-1": ["deur"], "f-2": ["buurt"], "f-3": ["deur"], "f-4": ["buurt"], "f-5": ["buurt"]},
}
POLARITIES = {
    "A": {"f-1": ["knelpunt"], "f-2": [], "f-3": ["kans", "knelpunt"], "f-4": ["kans"], "f-5": ["kans"]},
    "B": {},
}
DESCRIBED = {
    "study": "Deuren in de straat", "dialoogtafel": "0.1.0", "python": "3.11.7", "code": "c0de",
    "libraries": {"bertopic": "0.17.4", "spacy": "3.8.1"},
    "models": {"tokens": "simplemma", "embeddings": "tfidf-svd", "topics": "bertopic-ward"},
}  # fmt: skip


def make_config(language: str = "nl", **study: Any) -> Config:
    """Settings of the study, in a language."""
    overrides = {"study": {"language": language, "invented": True, **study}, "report": {"n_quotes": 4}}
    return load_config(overrides=overrides)


def make_empty_tables() -> dict[str, pd.DataFrame]:
    """Every table, without a row."""
    return {name: empty_table(name) for name in SCHEMAS}


def make_tables() -> dict[str, pd.DataFrame]:
    """Every table of the study, to change at will."""
    return {name: table.copy() for name, table in _tables().items()}


@cache
def _tables() -> Mapping[str, pd.DataFrame]:
    made = {**_sources(), **_fragments(), **_codings(), **_topics(), **_stances(), **_agreement()}
    return make_empty_tables() | {name: table_from_rows(rows, name) for name, rows in made.items()}


def _sources() -> Mapping[str, list[dict[str, Any]]]:
    sessions = ("tafel-1", "tafel-2")
    return {
        "sources": [
            {"source_id": f"s-{i}", "name": f"{name}.txt", "sha256": f"{i}" * 64, "format": "transcript",
             "encoding": "utf-8", "container": "txt", "session": name, "n_chars": 400}
            for i, name in enumerate(sessions, start=1)
        ],
        "sessions": [{"session": name, "source_ids": [f"s-{i}"]} for i, name in enumerate(sessions, start=1)],
        "speakers": [
            {"session": name, "speaker": speaker, "role": role, "spellings": [speaker]}
            for name in sessions
            for speaker, role in (("D1", "deelnemer"), ("D2", "deelnemer"), ("G", "gespreksleider"))
        ],
        "codebook": [
            {"scheme": "theme", "code": code, "position": i, "label": code.capitalize(), "examples": [],
             "example_fragment_ids": []}
            for i, code in enumerate(("deur", "buurt", "tuin"))
        ],
        "notices": [
            {"position": 2, "stage": "topics", "i": 0, "where": "topics", "message": "2 topics for 6 fragments"},
        ],
    }  # fmt: skip


def _fragments() -> Mapping[str, list[dict[str, Any]]]:
    used = [(row[0], row[1], "used", None, row[-1], row[2], row[3]) for row in ROWS]
    aside = [(*row, None, None) for row in ASIDE]
    return {
        "fragments": [
            {"fragment_id": fragment, "utterance_id": f"u-{fragment}", "source_id": f"s-{session[-1]}",
             "session": session, "line": 10 + i, "char_start": 50 * i, "char_end": 50 * i + len(text), "text": text,
             "n_words": len(text.split()), "kind": "turn", "status": status, "reason": reason, "speaker": speaker,
             "role": "deelnemer", "hat_given": hat, "heading_path": [], "block": fragment}
            for i, (fragment, session, status, reason, text, speaker, hat) in enumerate((*used, *aside))
        ]
    }  # fmt: skip


def _codings() -> Mapping[str, list[dict[str, Any]]]:
    codings = [
        {"coder": coder, "fragment_id": fragment, "scheme": scheme, "code": code, "rank": rank, "char_start": 0,
         "char_end": 9}
        for scheme, coders in (("theme", THEMES), ("polarity", POLARITIES))
        for coder, given in coders.items() for fragment, codes in given.items() for rank, code in enumerate(codes, 1)
    ]  # fmt: skip
    seen = [
        {"coder": coder, "fragment_id": fragment, "scheme": scheme}
        for scheme, coders in (("theme", THEMES), ("polarity", POLARITIES))
        for coder, given in coders.items()
        for fragment in given
    ]
    matches = [
        {"row_id": "r-1", "outcome": "matched", "how": "exact", "fragment_ids": ["f-1"]},
        {"row_id": "r-2", "outcome": "matched", "how": "fuzzy", "similarity": 0.9, "fragment_ids": ["f-2"]},
        {"row_id": "r-3", "outcome": "unmatched", "fragment_ids": [], "reason": "no such text"},
    ]
    return {"human_codings": codings, "codings": codings, "seen": seen, "coding_matches": matches}


def _topics() -> Mapping[str, list[dict[str, Any]]]:
    topics = (("T01", "deur, sleutel", ["f-1", "f-2"]), ("T02", "soep, week", ["f-5"]), ("outlier", "uitschieters", []))
    members = {topic: [row for row in ROWS if row[4] == topic] for topic, _, _ in topics}
    return {
        "topics": [
            {"topic_id": topic, "position": i, "label": label,
             "keywords": [*label.split(", "), "huis"] if shown else [],
             "size": len(members[topic]), "representative_fragment_ids": shown}
            for i, (topic, label, shown) in enumerate(topics)
        ],
        "topic_assignments": [
            {"fragment_id": row[0], "topic_id": row[4], "original": "outlier" if row[0] == "f-4" else row[4],
             "strategy": "clustered", "score": 0.5, "x": row[7], "y": row[8]}
            for row in ROWS
        ],
        "themes": [
            {"theme_id": topic, "position": i, "topics": [topic], "label": label, "named": False,
             "keywords": [*label.split(", "), "huis"] if shown else [], "size": len(members[topic]),
             "representative_fragment_ids": shown, "pinned": False, "decision_ids": []}
            for i, (topic, label, shown) in enumerate(topics)
        ],
        "theme_assignments": [
            {"fragment_id": row[0], "theme_id": row[4], "topic_id": row[4], "how": "topic", "score": 0.5}
            for row in ROWS
        ],
    }  # fmt: skip


def _stances() -> Mapping[str, list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for fragment, _, _, hat, _, polarities, sentiment, *_ in ROWS:
        values = [None] if polarities is None else list(polarities) or [NEUTRAL_POLARITY]
        rows += [_stance(fragment, "polarity", rank, value) for rank, value in enumerate(values, 1)]
        rows += [_stance(fragment, "sentiment", 1, sentiment), _stance(fragment, "hat", 1, hat, given=hat is not None)]
    counted = (("zwart", 1, "negatief", 1, 1), ("zwart", 1, "onthouding", 3, 1), ("geel", 2, "negatief", 1, 1),
               ("geel", 2, "positief", 0, 1), ("wit", 0, "neutraal", 2, 1))  # fmt: skip
    sentiments = [
        {"hat": hat, "hat_position": place, "sentiment": tone, "sentiment_position": tone_place, "n": n,
         "share": 0.5, "mean_score": -0.5 if tone == "negatief" else None if tone == "onthouding" else 0.5}
        for hat, place, tone, tone_place, n in counted
    ]  # fmt: skip
    conflict = {"fragment_id": "f-3", "hat": "geel", "hat_source": "given"}
    conflicts = [conflict | {"scheme": "sentiment", "value": "negatief", "margin": 0.4}]
    return {"stances": rows, "hat_sentiments": sentiments, "hat_conflicts": conflicts}


def _stance(fragment: str, scheme: str, rank: int, value: str | None, *, given: bool = False) -> dict[str, Any]:
    return {"fragment_id": fragment, "scheme": scheme, "rank": rank, "value": value, "evidence": [],
            "source": "given" if given else "predicted", "abstained": value is None}  # fmt: skip


def _agreement() -> Mapping[str, list[dict[str, Any]]]:
    # The machine comes first in the table, so that people first is the report's own doing.
    figures = (
        ("A | machine-inductive", "theme", "", "cohen_kappa", 0.02, -0.1, 0.2, 0.0, 0.4, "1 (1 not seen by A)"),
        (
            "A | machine-inductive",
            "theme",
            "",
            "cohen_kappa",
            0.9,
            0.8,
            1.0,
            0.0,
            0.4,
            "2; outliers excluded, coverage 0.956",
        ),
        ("A | machine-inductive", "theme", "", "adjusted_rand", None, None, None, None, None, "1 (1 not seen by A)"),
        ("A | B", "theme", "", "cohen_kappa", 0.6, 0.4, 0.8, 0.01, 0.0001, "0"),
        ("A | B", "theme", "deur", "cohen_kappa", 0.55, None, None, None, 0.02, "0"),
    )
    columns = ("comparison", "scheme", "code", "statistic", "estimate", "low", "high", "chance", "p", "excluded")
    agreement = [
        {**dict(zip(columns, row, strict=True)), "unit": "session", "n": 5, "position": i,
         "reason": None if row[4] is not None else "only one category was used"}
        for i, row in enumerate(figures)
    ]  # fmt: skip
    counts = {("deur", "T01"): 3, ("buurt", "T01"): 1, ("buurt", "T02"): 1}
    crosstabs = [
        {"comparison": "A | machine-inductive", "scheme": "theme", "code_a": code, "code_b": topic, "n": n}
        for (code, topic), n in counts.items()
    ]
    return {"agreement": agreement, "crosstabs": crosstabs}
