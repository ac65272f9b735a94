"""What people decided of the themes and what it did; and what became of themes since the previous generation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.core.vocabulary import Action, Drift, Effect
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision as it is shown."""

    decision_id: str
    who: str
    when: str
    what: str
    note: str
    outcome: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """One theme beside the previous generation; ``counts`` in the order then, new, in, out, gone, now."""

    name: str
    was: str
    state: str
    shown: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The section: decisions, those that could not be carried out first, and the drift of themes."""

    rows: tuple[DecisionRow, ...]
    unmatched: str
    helped: bool
    drift: tuple[DriftRow, ...]
    counted: str


def describe_decisions(inputs: ReportInputs) -> Decided:
    """Describe all decisions and the drift; each part is empty where there is none."""
    rows = decision_rows(inputs)
    lost = sum(row.outcome == Effect.UNMATCHED for row in rows)
    words, merged = inputs.words, find_merged(inputs.table("decisions_applied"), inputs.table("decision_themes"))
    drift = tuple(_drift_row(words, row, merged) for row in records(inputs.table("theme_drift")))
    states = [row.state for row in drift]
    counted = words("drift.counted", **{str(state): states.count(state) for state in Drift}) if drift else ""
    if n_merged := sum(row["state"] == Drift.GONE and row["theme_id"] in merged
                       for row in records(inputs.table("theme_drift"))):  # fmt: skip
        counted += f" {words('drift.counted_merged', n=words.number(n_merged))}"
    return Decided(
        rows=tuple(sorted(rows, key=lambda row: row.outcome != Effect.UNMATCHED)),
        unmatched=words("decisions.unmatched", n=words.count("decision", lost)) if lost else "",
        helped=count_in_force(inputs) > 0,
        drift=drift,
        counted=counted,
    )


def count_in_force(inputs: ReportInputs) -> int:
    """Count the decisions that had an effect, but for those that only take another back."""
    applied = inputs.table("decisions_applied")
    done = applied["outcome"].isin([Effect.APPLIED, Effect.PARTLY]) & (applied["action"] != Action.UNDO)
    return int(done.sum())


@dataclass(frozen=True, slots=True)
class Merged:
    """The theme that another was merged into, by which decision and by whom."""

    into: str
    decision_id: str
    who: str


def find_merged(decisions_applied: pd.DataFrame, decision_themes: pd.DataFrame) -> dict[str, Merged]:
    """Give for each theme that people merged into another where it went; the last decision counts.

    Args:
        decisions_applied: the table of that name.
        decision_themes: the table of that name; rank 1 is the theme that stays. Without rows of a merge, as in runs
            that were kept before this table was, nothing is said of it.
    """
    found: dict[str, Merged] = {}
    for row in records(decisions_applied):
        if row["action"] != Action.MERGE or row["outcome"] not in (Effect.APPLIED, Effect.PARTLY):
            continue
        named = decision_themes.loc[decision_themes["decision_id"] == row["decision_id"]].sort_values("rank")
        themes = named["theme_id"].tolist()
        found |= {theme: Merged(themes[0], row["decision_id"], row["who"]) for theme in themes[1:]}
    return found


def decision_rows(inputs: ReportInputs) -> list[DecisionRow]:
    """Say what was decided and what it did, in the order of the decisions."""
    decided = {row["decision_id"]: row for row in records(inputs.table("decisions"))}
    return [
        DecisionRow(
            decision_id=row["decision_id"],
            who=row["who"],
            when=row["when"],
            what=_describe_what(inputs, decided[row["decision_id"]]),
            note=decided[row["decision_id"]]["note"] or "",
            outcome=row["outcome"],
            effect=describe_effect(row, inputs.words),
            reason=translate_reason(row["reason"] or "", inputs.words),
        )
        for row in records(inputs.table("decisions_applied"))
        if row["decision_id"] in decided
    ]


def _describe_what(inputs: ReportInputs, decision: Mapping[str, Any]) -> str:
    words, table = inputs.words, inputs.table("decision_themes")
    themes = [
        f"{row['theme_id']} ({row['label']})" if row["label"] else str(row["theme_id"])
        for row in records(table.loc[table["decision_id"] == decision["decision_id"]].sort_values("rank"))
    ]
    return describe_decision(decision, themes, words)


def describe_decision(decision: Mapping[str, Any], themes: list[str], words: Words) -> str:
    """Say what was decided.

    Args:
        decision: action, name, into, fragments and undoes.
        themes: the themes that it names, the first one first.
        words: the texts of a language.
    """
    filled = {
        "themes": "".join(themes[:1]),
        "others": words.join(themes[1:]),
        "name": decision["name"],
        "into": decision["into"],
        "fragments": words.count("fragment", len(decision["fragments"])),
        "undoes": decision["undoes"],
    }
    return words(f"decided.{_form(decision, bool(themes))}", **filled)


def _form(decision: Mapping[str, Any], of_theme: bool) -> str:
    """Choose how a decision is said."""
    action, named = str(decision["action"]), decision["name"] is not None
    if action == Action.SPLIT:
        return "split_into" if decision["into"] is not None else "split_named" if named else "split_off"
    if action == Action.PIN and not of_theme:
        return "pin_named" if named else "pin_fragments"
    return "merge_named" if action == Action.MERGE and named else action


def describe_effect(row: Mapping[str, Any], words: Words) -> str:
    """Say what a decision did, from its row of ``decisions_applied``."""
    effect = words(f"effect.{row['outcome']}")
    done = row["outcome"] in (Effect.APPLIED, Effect.PARTLY) and row["action"] != Action.UNDO
    if not done:
        return effect
    fragments = words.count("fragment", int(row["n_fragments"]))
    if not len(row["theme_ids"]):
        return words("effect.fragments", effect=effect, fragments=fragments)
    return words("effect.now", effect=effect, fragments=fragments, themes=words.join(list(row["theme_ids"])))


def translate_reason(reason: str, words: Words) -> str:
    """Say a reason of ``decisions_applied`` in the language of the report.

    >>> translate_reason("T01 found by 3 of its 5 anchors; undone by D002", Words("nl"))
    'T01 herkend aan 3 van zijn 5 ankers; teruggenomen door D002'
    """
    translated = words.rephrase("reason_phrase", reason)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", translated) if words.language == "nl" else translated


def _drift_row(words: Words, row: Mapping[str, Any], merged: Mapping[str, Merged]) -> DriftRow:
    before, label = row["label_before"], row["label"]
    went = merged.get(row["theme_id"]) if row["state"] == Drift.GONE else None
    changed = before is not None and label is not None and before != label
    counts = ("previous_size", "new_fragments", "fragments_in", "fragments_out", "gone_fragments", "size")
    return DriftRow(
        name=f"{row['theme_id']} {label or before}",
        was=words("drift.was", label=before) if changed else "",
        state=row["state"],
        shown=words("drift.merged", into=went.into, decision=went.decision_id, who=went.who)
        if went
        else words(f"drift.state.{row['state']}"),
        counts=tuple(int(row[name]) for name in counts),
    )
