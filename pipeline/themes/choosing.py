"""Makes a decision of what a person typed, with the themes of the last run as anchors."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.readers.codebook import nearest
from pipeline.readers.decisions import Decision, ThemeReference, in_effect
from pipeline.vocabulary import OUTLIER_TOPIC, Action

ANCHORS = 7
_NUMBERED = re.compile(r"D(\d+)")


@dataclass(frozen=True)
class Themes:
    """The themes of the last run.

    Attributes:
        themes: table ``themes``.
        assigned: table ``theme_assignments``.
    """

    themes: pd.DataFrame
    assigned: pd.DataFrame

    def reference(self, theme_id: str) -> ThemeReference:
        """Describe a theme by the fragments nearest to its centre.

        Raises:
            InputError: there is no such theme; the nearest known id is offered.
        """
        row = self._row(theme_id)
        nearby = self.assigned.loc[self.assigned["theme_id"] == row["theme_id"]]
        ordered = nearby.sort_values(["score", "fragment_id"], ascending=[False, True])["fragment_id"]
        anchors = list(dict.fromkeys([*row["representative_fragment_ids"], *ordered]))[:ANCHORS]
        return ThemeReference(str(row["theme_id"]), str(row["label"]), tuple(anchors))

    def members(self, theme_id: str) -> tuple[str, ...]:
        """The fragments of a theme, sorted.

        Raises:
            InputError: there is no such theme.
        """
        row = self._row(theme_id)
        return tuple(sorted(self.assigned.loc[self.assigned["theme_id"] == row["theme_id"], "fragment_id"]))

    def fragments(self, given: Sequence[str]) -> tuple[str, ...]:
        """Check fragment ids; several may stand in one word, with commas between them.

        Raises:
            InputError: none, or one that is not analysed.
        """
        ids = [part.strip() for word in given for part in word.split(",") if part.strip()]
        known = set(self.assigned["fragment_id"])
        unknown = [fragment_id for fragment_id in ids if fragment_id not in known]
        if unknown:
            shown = ", ".join(each for each in unknown[:3] if each.startswith("f-")) or "what was given"
            fix = "dialoogtafel table STUDY theme_assignments lists those that are analysed"
            raise InputError.single("fragments", f"{shown}: no such fragment is analysed", fix)
        if not ids:
            raise InputError.single("fragments", "none is given", "Give fragment ids, as in f-0123456789ab")
        return tuple(dict.fromkeys(ids))

    def _row(self, theme_id: str) -> dict[Hashable, Any]:
        known = self.themes.loc[self.themes["theme_id"] != OUTLIER_TOPIC]
        found = known.loc[known["theme_id"].str.casefold() == theme_id.casefold()]
        if found.empty:
            ids = list(known["theme_id"])
            fix = nearest(theme_id, ids) if len(ids) <= 20 else "dialoogtafel table STUDY themes lists them"
            what = (
                f"there is no theme '{theme_id}' in the last run" if len(theme_id) <= 20 else "there is no such theme"
            )
            raise InputError.single("themes", what, fix if ids else "Analyse the study first: dialoogtafel analyse")
        return found.to_dict("records")[0]


def next_id(decisions: Sequence[Decision]) -> str:
    """Number the next decision.

    >>> next_id([])
    'D001'
    """
    numbers = [int(found[1]) for each in decisions if (found := _NUMBERED.fullmatch(each.decision_id))]
    return f"D{max(numbers, default=0) + 1:03d}"


def choose_undo(decisions: Sequence[Decision], wanted: str | None, name: str) -> str:
    """Choose what to take back: the one that is named, or the last that holds.

    Raises:
        InputError: there is nothing to take back, or not that one.
    """
    holding = in_effect(decisions)
    if wanted is None:
        last = next((d.decision_id for d in reversed(decisions) if d.decision_id in holding), None)
        if last is None:
            raise InputError.single(name, "holds nothing that can be undone", "Decide something first")
        return last
    known = {each.decision_id.casefold(): each.decision_id for each in decisions}
    if wanted.casefold() not in known:
        fix = nearest(wanted, list(known.values())) if known else "Decide something first"
        raise InputError.single(name, f"holds no decision '{wanted}'", fix)
    chosen = known[wanted.casefold()]
    if chosen not in holding:
        by = next(each.decision_id for each in decisions if each.undoes == chosen and each.decision_id in holding)
        raise InputError.single(name, f"{chosen} was undone by {by} already", f"To do it again, undo {by}")
    return chosen


def describe_decision(decision: Decision) -> str:
    """Say in one line what was decided, with ids only.

    >>> reference = ThemeReference("T03", "bus, halte", ("f-1",))
    >>> describe_decision(Decision(decision_id="D001", line=1, who="An", when="2026-11-23", action=Action.RENAME,
    ...                            themes=(reference,), name="vervoer"))
    'rename T03 to "vervoer"'
    """
    ids = [theme.theme_id for theme in decision.themes]
    n = f"{len(decision.fragments)} fragment{'' if len(decision.fragments) == 1 else 's'}"
    named = f' as "{decision.name}"' if decision.name else ""
    return {
        Action.RENAME: f'rename {"".join(ids)} to "{decision.name}"',
        Action.MERGE: f"merge {' and '.join(ids[1:])} into {''.join(ids[:1])}{named}",
        Action.SPLIT: f"split {''.join(ids)}: {f'into {decision.into}' if decision.into else f'{n} apart'}{named}",
        Action.DROP: f"drop {''.join(ids)}",
        Action.MOVE: f"move {n} to {''.join(ids)}",
        Action.PIN: f"pin {''.join(ids) or n}{named}",
        Action.UNDO: f"undo {decision.undoes}",
    }[decision.action]
