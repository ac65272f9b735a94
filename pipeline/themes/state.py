"""Where every fragment stands while decisions are replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.vocabulary import Placement

OUTSIDE, DROPPED = -1, -2

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Space:
    """The vectors of n fragments, in the order of their ids.

    Attributes:
        ids: n fragments, sorted.
        vectors: (n, d).
    """

    ids: tuple[str, ...]
    vectors: Vector
    rows: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Number the fragments."""
        object.__setattr__(self, "rows", {fragment_id: row for row, fragment_id in enumerate(self.ids)})

    def centre(self, fragment_ids: Sequence[str]) -> Vector | None:
        """Average the vectors of fragments, to unit length; None where none of them is there.

        >>> Space(("f-1", "f-2"), np.array([[1.0, 0.0], [1.0, 0.0]])).centre(["f-2", "f-9"]).tolist()
        [1.0, 0.0]
        """
        rows = sorted(self.rows[fragment_id] for fragment_id in fragment_ids if fragment_id in self.rows)
        if not rows:
            return None
        mean: Vector = self.vectors[rows].mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / length if length > 0 else mean


@dataclass
class Group:
    """A theme in the making.

    Attributes:
        wish: the id it would have if nothing came between; None for one that a decision made.
        maker: the decision that made it and which of its parts it is; None for a topic.
        name: the name a person gave.
        pinned: whether a person pinned it.
        decisions: what was decided of it, in order.
    """

    wish: str | None = None
    maker: tuple[str, int] | None = None
    name: str | None = None
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
    """

    groups: list[Group] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    how: dict[str, Placement] = field(default_factory=dict)
    dropped_by: dict[str, str] = field(default_factory=dict)

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
