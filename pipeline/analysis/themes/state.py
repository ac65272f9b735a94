"""Themes in the making: groups of fragments, and how each fragment came to its group."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.core.vocabulary import Placement

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
        held: dict[int, list[str]] = {}
        for fragment_id in sorted(self.place):
            if self.place[fragment_id] >= 0:
                held.setdefault(self.place[fragment_id], []).append(fragment_id)
        return {group: held[group] for group in sorted(held)}

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
