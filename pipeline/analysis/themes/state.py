"""The themes of the previous generation, and how like them the present ones are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.core.views import Floats
from pipeline.core.vocabulary import OUTLIER_TOPIC, Placement

OUTSIDE, DROPPED = -1, -2


@dataclass(frozen=True)
class Space:
    """The vectors of n fragments, in the order of their ids.

    Attributes:
        ids: n fragments, sorted.
        vectors: (n, d).
    """

    ids: tuple[str, ...]
    vectors: Floats
    rows: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Number the fragments."""
        object.__setattr__(self, "rows", {fragment_id: row for row, fragment_id in enumerate(self.ids)})

    def centre(self, fragment_ids: Sequence[str]) -> Floats | None:
        """Average the vectors of fragments, to unit length; None where none of them is there.

        >>> Space(("f-1", "f-2"), np.array([[1.0, 0.0], [1.0, 0.0]])).centre(["f-2", "f-9"]).tolist()
        [1.0, 0.0]
        """
        rows = sorted(self.rows[fragment_id] for fragment_id in fragment_ids if fragment_id in self.rows)
        if not rows:
            return None
        mean: Floats = self.vectors[rows].mean(axis=0)
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


LEAST_OVERLAP = 0.25
"""A theme continues another when they share this part of the fragments that both generations know."""
OVERLAP_WEIGHT = 0.75
LEAST_COSINE = 0.9
"""Without a fragment in common, centres as near as this are taken for one theme."""
SAME_ENCODER = 0.9
"""Centres of then and now, of the same fragments, are this near where the encoder is the same."""


@dataclass(frozen=True)
class PreviousTheme:
    """A theme as it was: its label, its fragments and their centre."""

    label: str
    fragment_ids: frozenset[str]
    centroid: Floats


@dataclass(frozen=True)
class Previous:
    """The previous generation.

    Attributes:
        themes: id to theme, in order of id; empty where there is no previous generation.
        known: all fragments of then, also those outside all themes.
        issued: the highest number that any theme has had.
        space: the vectors of now.
        stored_hold: whether centres of then may be compared with vectors of now.
    """

    themes: Mapping[str, PreviousTheme]
    known: frozenset[str]
    issued: int
    space: Space
    stored_hold: bool

    def centre(self, theme_id: str) -> Floats | None:
        """The centre of a theme of then: of what remains of it, by the vectors of now; else as it was stored."""
        theme = self.themes.get(theme_id)
        if theme is None:
            return None
        found = self.space.centre(sorted(theme.fragment_ids))
        return found if found is not None else theme.centroid if self.stored_hold else None

    def overlap(self, theme_id: str, members: Collection[str]) -> float | None:
        """Shared part of the fragments that both generations know (Jaccard); None where the theme has none left."""
        then = self.themes[theme_id].fragment_ids & self.space.rows.keys()
        now = self.known.intersection(members)
        return len(then & now) / len(then | now) if then else None

    def likeness(self, theme_id: str, members: Sequence[str]) -> float:
        """How much a group of now continues a theme of then, in [0, 1]; 0 where it does not.

        Mostly the shared fragments, and for a quarter the cosine of the centres. Where nothing is left of the
        theme, the cosine alone decides.
        """
        shared = self.overlap(theme_id, members)
        cosine = cosine_of(self.centre(theme_id), self.space.centre(members)) or 0.0
        if shared is None:
            return cosine if cosine >= LEAST_COSINE else 0.0
        if shared < LEAST_OVERLAP:
            return 0.0
        return OVERLAP_WEIGHT * shared + (1 - OVERLAP_WEIGHT) * max(cosine, 0.0)


def make_previous(previous_themes: pd.DataFrame, space: Space) -> Previous:
    """Read the table ``previous_themes``."""
    themes, known = {}, set[str]()
    for row in previous_themes.sort_values("theme_id").to_dict("records"):
        known |= set(row["fragment_ids"])
        if row["theme_id"] != OUTLIER_TOPIC:
            centroid = np.asarray(row["centroid"], dtype=np.float64)
            themes[str(row["theme_id"])] = PreviousTheme(str(row["label"]), frozenset(row["fragment_ids"]), centroid)
    issued = int(previous_themes["issued"].max()) if len(previous_themes) else 0
    return Previous(themes, frozenset(known), issued, space, _stored_hold(themes, space))


def _stored_hold(themes: Mapping[str, PreviousTheme], space: Space) -> bool:
    """Whether stored centres lie where their fragments lie now; with another encoder they do not.

    Only themes of which every fragment is still there can tell.
    """
    whole = [theme for theme in themes.values() if theme.fragment_ids <= space.rows.keys()]
    cosines = [cosine_of(theme.centroid, space.centre(sorted(theme.fragment_ids))) for theme in whole]
    return bool(cosines) and all(cosine is not None and cosine >= SAME_ENCODER for cosine in cosines)


def cosine_of(a: Floats | None, b: Floats | None) -> float | None:
    """Cosine of two unit vectors; None where one is absent, or they are of different encoders."""
    return None if a is None or b is None or a.shape != b.shape else float(np.clip(a @ b, -1.0, 1.0))
