"""Reads ``decisions.yaml``: what people decided of the machine's topics, in order, anchored on fragments.

The file belongs to its users: it is read strictly, and all that is wrong is said at once, with its line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError, Problem
from pipeline.readers.decision_fields import Entry, read_entry
from pipeline.readers.yaml_lines import read_yaml
from pipeline.vocabulary import Action


@dataclass(frozen=True, slots=True)
class ThemeReference:
    """A theme as it was when a person decided something of it.

    Attributes:
        theme_id: its id then.
        label: its label then.
        anchors: fragments that showed it best then; they find it again.
    """

    theme_id: str
    label: str | None
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision; which attributes are filled depends on its action."""

    decision_id: str
    line: int
    who: str
    when: str
    action: Action
    themes: tuple[ThemeReference, ...] = ()
    fragments: tuple[str, ...] = ()
    name: str | None = None
    into: int | None = None
    undoes: str | None = None
    note: str | None = None


def read_decisions(path: Path, name: str) -> tuple[Decision, ...]:
    """Read the decisions of a study.

    Args:
        path: the file; an absent or empty one holds no decisions.
        name: the name to use for it in messages.

    Returns:
        The decisions in the order of the file.

    Raises:
        InputError: what is wrong in the file, by line; all at once.
    """
    if not path.is_file():
        return ()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.single(name, "is not UTF-8 text", "Save it as UTF-8") from None
    return parse_decisions(text, name)


def parse_decisions(text: str, name: str) -> tuple[Decision, ...]:
    """Read decisions from text; see `read_decisions`."""
    root = read_yaml(text, name)
    if root is None:
        return ()
    if not isinstance(root.value, list):
        raise InputError.single(root.where(name), "is not a list of decisions", "Begin each decision with '- id: '")
    problems: list[Problem] = []
    entries = [entry for item in root.value if (entry := read_entry(item, name, problems)) is not None]
    decisions = [_decide(entry) for entry in entries if entry.complete]
    problems += [
        *_repeated_ids(entries, name),
        *_undo_problems(decisions, [entry.text("id") for entry in entries], name),
        *_circles(decisions, name),
    ]
    if problems:
        raise InputError(problems)
    return tuple(decisions)


def in_effect(decisions: Sequence[Decision]) -> frozenset[str]:
    """Say which decisions hold; one that was taken back does not, unless the taking back was itself taken back.

    >>> rename = Decision(decision_id="D001", line=1, who="An", when="2026-11-23", action=Action.RENAME, name="wachten")
    >>> undo = Decision(decision_id="D002", line=9, who="An", when="2026-11-23", action=Action.UNDO, undoes="D001")
    >>> sorted(in_effect([rename])), sorted(in_effect([rename, undo]))
    (['D001'], ['D002'])
    """
    # An undo names an earlier decision, so that from the last to the first each is settled when it is met.
    taken_back: set[str] = set()
    for decision in reversed(decisions):
        if decision.undoes and decision.decision_id not in taken_back:
            taken_back.add(decision.undoes)
    return frozenset(decision.decision_id for decision in decisions) - taken_back


def _decide(entry: Entry) -> Decision:
    return Decision(
        decision_id=entry.text("id"),
        line=entry.line,
        who=entry.text("who"),
        when=entry.text("when"),
        action=Action(entry.text("action")),
        themes=tuple(
            ThemeReference(theme.text("theme"), theme.text("label") or None, theme.texts("anchors"))
            for theme in entry.themes
        ),
        fragments=entry.texts("fragments"),
        name=entry.text("name") or None,
        into=int(entry.text("into")) if entry.text("into") else None,
        undoes=entry.text("undoes") or None,
        note=entry.text("note") or None,
    )


def _repeated_ids(entries: Sequence[Entry], name: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for entry in entries:
        given = entry.text("id")
        if given and given in first:
            what = f"repeats the id '{given}' of line {first[given]}"
            yield Problem(entry.where(name), what, "Give each decision an id of its own")
        first.setdefault(given, entry.line)


def _undo_problems(decisions: Sequence[Decision], known: Sequence[str], name: str) -> Iterator[Problem]:
    earlier: set[str] = set()
    for decision in decisions:
        if decision.undoes and decision.undoes not in earlier:
            later = decision.undoes in known
            what = f"undoes '{decision.undoes}', which {'comes not before it' if later else 'is no decision'}"
            yield Problem(_where(decision, name), what, "Name a decision that stands above it")
        earlier.add(decision.decision_id)


def _circles(decisions: Sequence[Decision], name: str) -> Iterator[Problem]:
    """Find merges that put a theme into one that goes, over others perhaps, into the first."""
    into: dict[str, tuple[str, Decision]] = {}
    holding = in_effect(decisions)
    for decision in decisions:
        if decision.action is not Action.MERGE or decision.decision_id not in holding:
            continue
        kept, *others = (theme.theme_id for theme in decision.themes)
        for other in others:
            met = _follow(kept, into)
            if other in met:
                first = met[other]
                what = f"merges '{other}' into '{kept}', but {first.decision_id} in line {first.line} does the reverse"
                yield Problem(_where(decision, name), what, f"Keep one of the two, or undo {first.decision_id}")
            else:
                into[other] = (kept, decision)


def _follow(theme: str, into: Mapping[str, tuple[str, Decision]]) -> dict[str, Decision]:
    """Name the themes that a theme was put into, each with the decision that did."""
    met: dict[str, Decision] = {}
    while theme in into and into[theme][0] not in met:
        theme, decision = into[theme]
        met[theme] = decision
    return met


def _where(decision: Decision, name: str) -> str:
    return f"{name}, line {decision.line}"
