"""Ids that last: a theme keeps the id of the theme that it continues, else it gets one that was never used."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.analysis.themes.state import Previous, State
from pipeline.core.vocabulary import Action
from pipeline.readers.given.decisions import Decision

_NUMBER = re.compile(r"T(\d{1,6})")
HALF = 0.5


def continue_themes(groups: Mapping[str, Sequence[str]], previous: Previous) -> dict[str, str]:
    """Match groups of now one to one with themes of then, so that the likeness adds up to the most.

    Source: Kuhn (1955), The Hungarian method for the assignment problem.

    Args:
        groups: name to fragments.
        previous: the previous generation.

    Returns:
        Name to the id it continues; a group that continues none is left out.
    """
    from scipy.optimize import linear_sum_assignment

    names, ids = sorted(groups), sorted(previous.themes)
    if not names or not ids:
        return {}
    likeness = np.array([[previous.likeness(theme, groups[name]) for theme in ids] for name in names])
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    return {names[row]: ids[column] for row, column in zip(rows, columns, strict=True) if likeness[row, column] > 0}


def wish_ids(topics: Mapping[str, Sequence[str]], previous: Previous) -> dict[str, str]:
    """Give every topic the id it has before anything is decided, so that deciding does not renumber the others.

    Args:
        topics: topic to fragments, in order of the topics.
        previous: the previous generation.
    """
    continued = continue_themes(topics, previous)
    number, wishes = previous.issued, {}
    for topic in topics:
        if topic not in continued:
            number += 1
        wishes[topic] = continued.get(topic) or name_of(number)
    return wishes


def name_themes(state: State, previous: Previous, decisions: Sequence[Decision]) -> dict[int, str]:
    """Give every group that holds fragments its id.

    First a group that still holds most of the theme whose id it had before the decisions; then whatever continues a
    theme of then; then, for what is new, the number that was kept for its topic or its decision.

    Args:
        state: after all decisions.
        previous: the previous generation.
        decisions: all of them; each part that one may make has a number of its own, also where it was undone.

    Returns:
        Group to id, in the order of the groups.
    """
    held = state.occupied()
    names: dict[int, str] = {}
    for group, members in held.items():
        wish = state.groups[group].wish
        if wish is not None and wish in previous.themes and _holds_most(previous, wish, members):
            names[group] = wish
    taken = set(names.values())
    rest = {f"{group:06d}": members for group, members in held.items() if group not in names}
    for name, theme in continue_themes(rest, _without(previous, taken)).items():
        names[int(name)] = theme
    fresh = _fresh_numbers(state, previous, decisions, set(names))
    return {group: names.get(group) or fresh[group] for group in held}


def _holds_most(previous: Previous, theme: str, members: Sequence[str]) -> bool:
    left = previous.themes[theme].fragment_ids & previous.space.rows.keys()
    return not left or len(left.intersection(members)) > HALF * len(left)


def _without(previous: Previous, taken: set[str]) -> Previous:
    themes = {theme: known for theme, known in previous.themes.items() if theme not in taken}
    return Previous(themes, previous.known, previous.issued, previous.space, previous.stored_hold)


def _fresh_numbers(state: State, previous: Previous, decisions: Sequence[Decision], named: set[int]) -> dict[int, str]:
    """Number what is new: a topic by its wish, a part by the place of its decision among all that make parts."""
    fresh = {
        group: held.wish
        for group, held in enumerate(state.groups)
        if held.wish is not None and held.wish not in previous.themes
    }
    number = max(previous.issued, *(number_of(theme) for theme in (*previous.themes, *fresh.values())), 0)
    made = {held.maker: group for group, held in enumerate(state.groups) if held.maker is not None}
    for decision in decisions:
        for part in range(_most_parts(decision)):
            group = made.get((decision.decision_id, part))
            if group is None or group not in named:
                number += 1
                if group is not None:
                    fresh[group] = name_of(number)
    for group in state.occupied():
        # A topic whose theme of then is continued by another group, and a pinned theme that was made anew.
        if group not in fresh and group not in named:
            number += 1
            fresh[group] = name_of(number)
    return fresh


def _most_parts(decision: Decision) -> int:
    if decision.action is Action.SPLIT:
        return (decision.into or 2) - 1
    return int(decision.action is Action.PIN and not decision.themes)


def name_of(number: int) -> str:
    """Write the id of a number.

    >>> name_of(7), name_of(104)
    ('T07', 'T104')
    """
    return f"T{number:02d}"


def number_of(theme: str) -> int:
    """Read the number of an id; 0 where it has none.

    >>> number_of("T07"), number_of("outlier")
    (7, 0)
    """
    found = _NUMBER.fullmatch(theme)
    return int(found[1]) if found else 0
