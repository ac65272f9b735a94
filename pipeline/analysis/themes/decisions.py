"""Makes a decision of what a person typed, with the themes of the last run as anchors."""

import json
import re
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError, Problem
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import OUTLIER_TOPIC, Action
from pipeline.readers.given.codebook import nearest
from pipeline.readers.given.decisions import Decision, ThemeReference, in_effect, parse_decisions, read_yaml


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


WIDTH = 110


def append_decision(text: str, decision: Decision, name: str, head: str = "") -> str:
    """Add a decision at the end of the file.

    Args:
        text: what the file holds; empty where there is none.
        decision: the new one; its line is not used.
        name: the name of the file, for messages.
        head: the comment with which a new file begins.

    Returns:
        What the file is to hold: the text as it was, and the decision.

    Raises:
        InputError: the file is wrong, would become so, or cannot be added to.
    """
    before = parse_decisions(text, name)
    root = read_yaml(text, name) if before else None
    if root is not None and not root.block:
        raise InputError.single(root.where(name), "is a list between brackets", "Begin each decision with '- id: '")
    indent = " " * (root.column if root is not None else 0)
    kept = text if text.strip() else head
    if root is None and text.strip():
        # Only comments, or an empty list: what would follow it is another document.
        kept = "\n".join(line for line in text.splitlines() if line.strip() in ("", "---") or line.lstrip()[0] == "#")
    body = "\n".join(indent + line for line in render_decision(decision))
    made = f"{kept.rstrip()}\n\n{body}\n"
    try:
        after = parse_decisions(made, name)
    except InputError as error:
        shown = [_of_options(problem, decision, len(kept.rstrip().splitlines())) for problem in error.problems]
        raise InputError(shown) from None
    if [each.decision_id for each in after] != [*(each.decision_id for each in before), decision.decision_id]:
        raise InputError.single(name, "does not end in its list of decisions", "Remove what follows the last one")
    return made


def _of_options(problem: Problem, decision: Decision, lines: int) -> Problem:
    """Say of what is wrong in a decision that is not in the file yet by which word it was given."""
    line = re.search(r", line (\d+)$", problem.where)
    if line is None or int(line[1]) <= lines:
        return problem
    words = {key: f"--{key}" for key in ("who", "when", "name", "into", "fragments")}
    if decision.action is Action.RENAME:
        words["name"] = "NAME"
    named = [words[key] for key in re.findall(r"'(\w+)(?=[:'])", f"{problem.what} {problem.fix}") if key in words]
    if not named and " name " in problem.what:
        named = [words["name"]]
    fix = re.sub(r"'(\w+): ?([^']*)'", lambda m: f"{words.get(m[1], m[1])} {m[2]}".strip(), problem.fix)
    return Problem(" and ".join(dict.fromkeys(named)) or f"decide {decision.action}", problem.what, fix)


def render_decision(decision: Decision) -> Iterator[str]:
    """Write a decision as lines of YAML, without what is not filled in."""
    yield f"- id: {decision.decision_id}"
    yield f"  who: {_quote(decision.who)}"
    yield f"  when: {decision.when}"
    yield f"  action: {decision.action}"
    if decision.undoes:
        yield f"  undoes: {decision.undoes}"
    if decision.themes:
        yield "  themes:"
        for theme in decision.themes:
            yield f"    - theme: {theme.theme_id}"
            if theme.label:
                yield f"      label: {_quote(theme.label)}"
            yield from _list("      anchors", theme.anchors)
    if decision.fragments:
        yield from _list("  fragments", decision.fragments)
    if decision.into:
        yield f"  into: {decision.into}"
    if decision.name:
        yield f"  name: {_quote(decision.name)}"
    if decision.note:
        yield f"  note: {_quote(decision.note)}"


def _quote(text: str) -> str:
    r"""Write a text as a JSON string, which is also a YAML one.

    >>> print(_quote('tijd: "te weinig"'))
    "tijd: \"te weinig\""
    """
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _list(key: str, items: Sequence[str]) -> Iterator[str]:
    whole = f"{key}: [{', '.join(items)}]"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{key}: ["
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    yield from wrap(", ".join(items), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    yield f"{indent[2:]}]"


ANCHORS = 7
_NUMBERED = re.compile(r"D(\d+)")


@dataclass(frozen=True)
class LastThemes:
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

    def check_name(self, name: str, own: Collection[str]) -> None:
        """Check that no other theme bears a name.

        Args:
            name: what a theme is to be called.
            own: ids of the themes that the decision is about.

        Raises:
            InputError: another theme is called so.
        """
        others = self.themes.loc[~self.themes["theme_id"].isin(own)]
        same = others.loc[others["label"].str.casefold() == name.strip().casefold(), "theme_id"]
        if len(same):
            raise InputError.single(
                "name", f"theme {same.iloc[0]} is called so already", "Give another name, or merge the two themes"
            )

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
