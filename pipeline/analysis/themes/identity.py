"""Ids that last: a theme keeps the id of its topic, and a part that a decision made the one it got when it was made."""

from collections.abc import Mapping, Sequence

from pipeline.analysis.themes.state import State
from pipeline.analysis.topics.standing import Previous, continue_themes, name_of, number_of
from pipeline.core.vocabulary import Action
from pipeline.readers.given.decisions import Decision

Part = tuple[str, int]
"""A decision and which of its parts."""


def name_themes(
    state: State, previous: Previous, decisions: Sequence[Decision], made: Mapping[Part, str]
) -> dict[int, str]:
    """Give every group that holds fragments its id.

    A group of a topic has the id of the topic, also where others were merged into it. A part that a decision made has
    the id of the earlier run, else it continues a theme of then, else it gets the number kept for its decision.

    Args:
        state: after all decisions.
        previous: the previous generation.
        decisions: all of them; each part that one may make has a number of its own, also where it was undone.
        made: ids of the parts that the earlier run made.

    Returns:
        Group to id, in the order of the groups.
    """
    held = state.occupied()
    names: dict[int, str] = {}
    for group in held:
        maker = state.groups[group].maker
        found = state.groups[group].topic if maker is None else made.get(maker)
        if found is not None and found not in names.values():
            names[group] = found
    rest = {f"{group:06d}": members for group, members in held.items() if group not in names}
    topics = {each.topic for each in state.groups if each.topic is not None}
    for name, theme in continue_themes(rest, previous.without({*names.values(), *topics})).items():
        names[int(name)] = theme
    return names | _fresh_numbers(state, previous, decisions, names)


def _fresh_numbers(
    state: State, previous: Previous, decisions: Sequence[Decision], named: Mapping[int, str]
) -> dict[int, str]:
    """Number the parts that are new by the place of their decision among all that make parts."""
    taken = [*previous.themes, *named.values(), *(each.topic for each in state.groups if each.topic is not None)]
    number = max(previous.issued, *(number_of(theme) for theme in taken), 0)
    groups = {each.maker: group for group, each in enumerate(state.groups) if each.maker is not None}
    fresh: dict[int, str] = {}
    for decision in decisions:
        for part in range(_most_parts(decision)):
            group = groups.get((decision.decision_id, part))
            if group is None or group not in named:
                number += 1
                if group is not None:
                    fresh[group] = name_of(number)
    for group in state.occupied():
        if group not in fresh and group not in named:  # a pinned theme that was made anew
            number += 1
            fresh[group] = name_of(number)
    return {group: fresh[group] for group in state.occupied() if group not in named}


def _most_parts(decision: Decision) -> int:
    if decision.action is Action.SPLIT:
        return (decision.into or 2) - 1
    return int(decision.action is Action.PIN and not decision.themes)
