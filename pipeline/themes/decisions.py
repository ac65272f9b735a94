"""Decisions as tables, and tables as decisions."""

from collections.abc import Sequence

import pandas as pd

from pipeline.readers.decisions import Decision, ThemeReference
from pipeline.tables import table_from_rows
from pipeline.vocabulary import Action


def tabulate_decisions(decisions: Sequence[Decision]) -> dict[str, pd.DataFrame]:
    """Write decisions as the tables ``decisions`` and ``decision_themes``."""
    rows = [
        {
            "decision_id": decision.decision_id,
            "position": position,
            "line": decision.line,
            "who": decision.who,
            "when": decision.when,
            "action": decision.action,
            "name": decision.name,
            "into": decision.into,
            "fragments": decision.fragments,
            "undoes": decision.undoes,
            "note": decision.note,
        }
        for position, decision in enumerate(decisions)
    ]
    themes = [
        {
            "decision_id": decision.decision_id,
            "rank": rank,
            "theme_id": theme.theme_id,
            "label": theme.label,
            "anchors": theme.anchors,
        }
        for decision in decisions
        for rank, theme in enumerate(decision.themes, start=1)
    ]
    return {
        "decisions": table_from_rows(rows, "decisions"),
        "decision_themes": table_from_rows(themes, "decision_themes"),
    }


def decisions_of(decisions: pd.DataFrame, decision_themes: pd.DataFrame) -> list[Decision]:
    """Read decisions from the tables ``decisions`` and ``decision_themes``, in order."""
    themes: dict[str, list[ThemeReference]] = {}
    for row in decision_themes.sort_values(["decision_id", "rank"]).to_dict("records"):
        reference = ThemeReference(row["theme_id"], _text(row["label"]), tuple(row["anchors"]))
        themes.setdefault(row["decision_id"], []).append(reference)
    return [
        Decision(
            decision_id=row["decision_id"],
            line=int(row["line"]),
            who=row["who"],
            when=row["when"],
            action=Action(row["action"]),
            themes=tuple(themes.get(row["decision_id"], ())),
            fragments=tuple(row["fragments"]),
            name=_text(row["name"]),
            into=None if pd.isna(row["into"]) else int(row["into"]),
            undoes=_text(row["undoes"]),
            note=_text(row["note"]),
        )
        for row in decisions.sort_values("position").to_dict("records")
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
