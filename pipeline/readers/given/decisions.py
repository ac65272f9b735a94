"""Reads ``decisions.yaml``: what people decided of the machine's topics, in order, anchored on fragments.

The file belongs to its users: it is read strictly, and all that is wrong is said at once, with its line. Its YAML is
read as text: no value is turned into a date, a number or an object.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import copy_of
from pipeline.core.vocabulary import Action
from pipeline.readers.given.codebook import nearest

MOST_CHARACTERS = 5_000_000
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class MappingPairs:
    """The pairs of a mapping as written, repeated keys included."""

    pairs: tuple[tuple["Located", "Located"], ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it begins.

    Attributes:
        value: a text as written, a list, or the pairs of a mapping; an empty value is an empty text.
        line: from 1.
        column: from 0.
        block: whether a list or mapping has a line for each part.
    """

    value: "str | list[Located] | MappingPairs"
    line: int
    column: int
    block: bool = False

    def where(self, name: str) -> str:
        """Say where it is, for a message."""
        return f"{name}, line {self.line}"


def read_yaml(text: str, name: str) -> Located | None:
    """Read the one document of a YAML file.

    Args:
        text: what the file holds.
        name: the name to use for it in messages.

    Returns:
        Its root, or None where there is none.

    Raises:
        InputError: not YAML, several documents, an alias, or nested beyond reason. The file is never quoted.

    >>> root = read_yaml("when: 2026-11-23", "x.yaml")
    >>> [(key.value, value.value, value.line) for key, value in root.value.pairs]
    [('when', '2026-11-23', 1)]
    """
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise InputError.single(name, f"is larger than {MOST_CHARACTERS:,} characters", "Is this the right file?")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        root = None if node is None else _locate(node, set(), name)
    except yaml.reader.ReaderError:
        fix = "Remove it, or save the file as UTF-8"
        raise InputError.single(name, "holds a character that YAML does not allow", fix) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fix = "Mind the indents, and put text that holds a colon or a quote between quotes"
        raise InputError.single(f"{name}, line {mark.line + 1}" if mark else name, "is not YAML", fix) from None
    except RecursionError:
        raise InputError.single(name, "is nested too deep", "Write one list of decisions") from None
    return None if root is None or root.value == "" else root


def _locate(node: Any, met: set[int], name: str) -> Located:  # noqa: ANN401
    import yaml

    line, column = node.start_mark.line + 1, node.start_mark.column
    if id(node) in met:
        raise InputError.single(f"{name}, line {line}", "is used again under an alias ('*')", "Write it out each time")
    met.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return Located([_locate(item, met, name) for item in node.value], line, column, block=not node.flow_style)
    if isinstance(node, yaml.MappingNode):
        pairs = tuple((_locate(key, met, name), _locate(value, met, name)) for key, value in node.value)
        return Located(MappingPairs(pairs), line, column, block=not node.flow_style)
    return Located("" if node.tag == _NULL else str(node.value), line, column)


COMMON = ("id", "who", "when", "action", "note")
NEEDED: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.RENAME: ("themes", "name"),
        Action.MERGE: ("themes",),
        Action.SPLIT: ("themes",),
        Action.DROP: ("themes",),
        Action.MOVE: ("themes", "fragments"),
        Action.PIN: ("fragments",),
        Action.UNDO: ("undoes",),
    }
)
ALLOWED: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.MERGE: ("name",),
        Action.SPLIT: ("fragments", "into", "name"),
        Action.PIN: ("themes", "name"),
    }
)
KNOWN = (*COMMON, "themes", "fragments", "name", "into", "undoes")
THEME_KEYS = ("theme", "label", "anchors")
LISTS = ("fragments", "anchors")
MOST_PARTS = 20
MOST_ANCHORS = 10
LONGEST_NAME = 120

_FRAGMENT = re.compile(r"f-[0-9A-Za-z-]+")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class Entry:
    """A mapping of the file with its values by key.

    Attributes:
        line: where it begins.
        values: key to value, texts and lists of texts only.
        themes: the entries under ``themes``.
        complete: whether nothing is wrong in it.
    """

    line: int
    values: dict[str, Located] = field(default_factory=dict)
    themes: list["Entry"] = field(default_factory=list)
    complete: bool = True

    def text(self, key: str) -> str:
        """Give a text; an absent one is empty."""
        found = self.values.get(key)
        return found.value.strip() if found is not None and isinstance(found.value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts; an absent one is empty."""
        found = self.values.get(key)
        items = found.value if found is not None and isinstance(found.value, list) else []
        return tuple(item.value.strip() for item in items if isinstance(item.value, str))

    @property
    def filled(self) -> list[str]:
        """The keys that hold something, in the order of the file."""
        return [key for key in self.values if self.text(key) or self.texts(key) or (key == "themes" and self.themes)]

    def where(self, name: str) -> str:
        """Say where it is, for a message."""
        return f"{name}, line {self.line}"


def read_entry(item: Located, name: str, problems: list[Problem]) -> Entry | None:
    """Read one decision; what is wrong is added to ``problems``."""
    before = len(problems)
    entry = _read_pairs(item, KNOWN, name, problems)
    if entry is None:
        return None
    _read_themes(entry, name, problems)
    problems += _common_problems(entry, name)
    action = entry.text("action")
    if action in tuple(Action):
        problems += _action_problems(entry, Action(action), name)
    entry.complete = len(problems) == before
    return entry


def _read_pairs(item: Located, known: Sequence[str], name: str, problems: list[Problem]) -> Entry | None:
    if not isinstance(item.value, MappingPairs):
        what, fix = "is not a set of keys with values", f"Write keys such as '{known[0]}:', each on a line of its own"
        problems.append(Problem(item.where(name), what, fix))
        return None
    entry = Entry(item.line)
    for key, value in item.value.pairs:
        word = key.value if isinstance(key.value, str) else ""
        if word not in known:
            what = f"holds the unknown key{_shown(word)}"
            problems.append(Problem(key.where(name), what, nearest(word, list(known))))
        elif word in entry.values:
            problems.append(Problem(key.where(name), f"repeats the key '{word}'", "Keep one of the two"))
        else:
            entry.values[word] = value
            problems += _shape_problems(word, value, name)
    return entry


def _shape_problems(key: str, value: Located, name: str) -> Iterator[Problem]:
    if key == "themes":
        if not isinstance(value.value, list):
            yield Problem(value.where(name), "'themes' is not a list", "Begin each theme with '- theme: '")
    elif key in LISTS:
        yield from _fragment_problems(key, value, name)
    elif not isinstance(value.value, str):
        yield Problem(value.where(name), f"'{key}' is not one value", "Write one text on one line")


def _shown(word: str) -> str:
    """Show a word that may be a key; a sentence may be a participant's."""
    return f" '{word}'" if _ID.fullmatch(word) else ""


def _fragment_problems(key: str, value: Located, name: str) -> Iterator[Problem]:
    if not isinstance(value.value, list):
        yield Problem(value.where(name), f"'{key}' is not a list", "Write fragment ids as [f-…, f-…]")
        return
    met: set[str] = set()
    for item in value.value:
        given = item.value.strip() if isinstance(item.value, str) else ""
        if not _FRAGMENT.fullmatch(given):
            # What stands there may be the words of a participant, so it is not shown.
            fix = "Write fragment ids; dialoogtafel table STUDY fragments lists them"
            yield Problem(item.where(name), f"'{key}' holds what is no fragment id", fix)
        elif given in met:
            yield Problem(item.where(name), f"'{key}' names {given} twice", "Keep one of the two")
        met.add(given)


def _read_themes(entry: Entry, name: str, problems: list[Problem]) -> None:
    found = entry.values.get("themes")
    for item in found.value if found is not None and isinstance(found.value, list) else ():
        theme = _read_pairs(item, THEME_KEYS, name, problems)
        if theme is None:
            continue
        entry.themes.append(theme)
        if not _ID.fullmatch(theme.text("theme")):
            problems.append(Problem(theme.where(name), "names no theme", "Give its id, as in 'theme: T03'"))
        elif theme.text("theme") in [other.text("theme") for other in entry.themes[:-1]]:
            what = f"names theme '{theme.text('theme')}' twice in one decision"
            problems.append(Problem(theme.where(name), what, "Keep one of the two"))
        anchors = theme.texts("anchors")
        if not anchors:
            fix = "List 3 to 10 fragments that show it best; dialoogtafel decide does so"
            problems.append(Problem(theme.where(name), "gives a theme no anchors", fix))
        elif len(anchors) > MOST_ANCHORS:
            what = f"gives a theme {len(anchors)} anchors"
            problems.append(Problem(theme.where(name), what, f"Keep the {MOST_ANCHORS} that show it best"))


def _common_problems(entry: Entry, name: str) -> Iterator[Problem]:
    where, action = entry.where(name), entry.text("action")
    if not _ID.fullmatch(entry.text("id")):
        yield Problem(where, "has no id of letters, digits, points and hyphens", "Give it one, as in 'id: D001'")
    if not entry.text("who"):
        yield Problem(where, "does not say who decided", "Give it 'who: '")
    try:
        date.fromisoformat(entry.text("when"))
    except ValueError:
        yield Problem(where, "does not say when, as a day", "Write year, month and day, as in 'when: 2026-11-23'")
    if action not in tuple(Action):
        what = f"has the unknown action{_shown(action)}" if action else "has no action"
        yield Problem(where, what, nearest(action, [str(known) for known in Action]))


def _action_problems(entry: Entry, action: Action, name: str) -> Iterator[Problem]:
    where, filled = entry.where(name), entry.filled
    needed, allowed = NEEDED[action], (*COMMON, *NEEDED[action], *ALLOWED.get(action, ()))
    for key in needed:
        if key not in filled:
            yield Problem(where, f"is a {action} without '{key}'", f"A {action} needs {' and '.join(needed)}")
    for key in filled:
        if key not in allowed:
            yield Problem(where, f"is a {action} with '{key}', which says nothing there", f"Remove '{key}'")
    n = len(entry.themes)
    wanted = {Action.MERGE: (2, 99), Action.PIN: (0, 1)}.get(action, (1, 1))
    if "themes" in filled and "themes" in allowed and not wanted[0] <= n <= wanted[1]:
        count = "two themes or more" if action is Action.MERGE else "one theme"
        yield Problem(where, f"is a {action} of {n} themes", f"A {action} speaks of {count}")
    if "name" in filled:
        yield from _name_problems(entry, where)
    if action is Action.SPLIT:
        yield from _split_problems(entry, filled, where)


def _name_problems(entry: Entry, where: str) -> Iterator[Problem]:
    given = entry.text("name")
    if len(given) > LONGEST_NAME or not given.isprintable():
        yield Problem(where, f"gives a name that is no single line of {LONGEST_NAME} signs at most", "Shorten it")


def _split_problems(entry: Entry, filled: Sequence[str], where: str) -> Iterator[Problem]:
    if ("fragments" in filled) == ("into" in filled):
        what = "is a split that says both how many parts and which fragments" if "into" in filled else (
            "is a split that does not say how"
        )  # fmt: skip
        yield Problem(where, what, "Give either 'into: 2' or 'fragments: [f-…]'")
    into = entry.text("into")
    if into and not (into.isascii() and into.isdigit() and 2 <= int(into) <= MOST_PARTS):
        yield Problem(where, f"splits into a number that is not from 2 to {MOST_PARTS}", "Write 'into: 2'")
    elif into and into != "2" and "name" in filled:
        yield Problem(where, "gives one name to several parts", "Rename the parts after the next run")


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
        InputError: what is wrong in the file, by line; all at once. Or it is gone or empty, while the copy that is kept
            of it holds decisions: what people decided is never left out in silence.
    """
    found = _read_file(path, name)
    copy = copy_of(path)
    if not found and not path.is_symlink() and _holds_decisions(copy):
        what = "holds no decisions any more" if path.exists() else "is not there any more"
        fix = f"Put back the copy {copy.name}, which may lack the last one, or delete that copy too"
        raise InputError.single(name, f"{what}, while a copy of it holds some", fix)
    return found


def _read_file(path: Path, name: str) -> tuple[Decision, ...]:
    if not path.is_file():
        return ()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.single(name, "is not UTF-8 text", "Save it as UTF-8") from None
    return parse_decisions(text, name)


def _holds_decisions(copy: Path) -> bool:
    try:
        return bool(_read_file(copy, copy.name))
    except InputError:
        # Somebody wrote in it: what it holds, they see.
        return True


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
