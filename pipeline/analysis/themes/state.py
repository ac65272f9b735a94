"""Themes in the making: groups of fragments, how each fragment came to its group, and the ids that groups get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.analysis.topics.standing import Previous, continue_themes, name_of, number_of
from pipeline.core.vocabulary import Action, Placement
from pipeline.readers.given.decisions import Decision

OUTSIDE, DROPPED = -1, -2


@dataclass
class Group:
    """A theme in the making.

    Attributes:
        topic: the topic whose fragments it began with; None for one that a decision made.
        maker: the decision that made it and which of its parts it is; None for a topic.
        name: the name a person gave.
        label: the label that it has kept since others were merged into it.
        pinned: whether a person pinned it.
        decisions: what was decided of it, in order.
    """

    topic: str | None = None
    maker: tuple[str, int] | None = None
    name: str | None = None
    label: str | None = None
    pinned: bool = False
    decisions: list[str] = field(default_factory=list)


@dataclass
class State:
    """Groups by number, and for every fragment its group and how it came there.

    Attributes:
        groups: in the order of making; a group may lose all its fragments.
        place: fragment to the number of its group, ``OUTSIDE`` or ``DROPPED``.
        how: fragment to how it came there.
        dropped_by: fragment to the decision that dropped it.
        parts: decision and number of a part to the fragments that it split off.
    """

    groups: list[Group] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    how: dict[str, Placement] = field(default_factory=dict)
    dropped_by: dict[str, str] = field(default_factory=dict)
    parts: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    def members(self, group: int) -> list[str]:
        """The fragments of a group, sorted."""
        return sorted(fragment_id for fragment_id, place in self.place.items() if place == group)

    def occupied(self) -> dict[int, list[str]]:
        """The groups that hold fragments, each with its fragments, sorted."""
        occupied_by: dict[int, list[str]] = {}
        for fragment_id in sorted(self.place):
            if self.place[fragment_id] >= 0:
                occupied_by.setdefault(self.place[fragment_id], []).append(fragment_id)
        return {group: occupied_by[group] for group in sorted(occupied_by)}

    def put(self, fragment_ids: Sequence[str], group: int, how: Placement) -> None:
        """Bring fragments to a group, or out of all."""
        for fragment_id in fragment_ids:
            self.place[fragment_id] = group
            self.how[fragment_id] = how
            self.dropped_by.pop(fragment_id, None)

    def add(self, group: Group) -> int:
        """Take up a new group and give its number."""
        self.groups.append(group)
        return len(self.groups) - 1


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
    occupied_by = state.occupied()
    names: dict[int, str] = {}
    for group in occupied_by:
        maker = state.groups[group].maker
        found = state.groups[group].topic if maker is None else made.get(maker)
        if found is not None and found not in names.values():
            names[group] = found
    rest = {f"{group:06d}": members for group, members in occupied_by.items() if group not in names}
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
