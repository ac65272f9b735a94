"""Topics of an earlier run: which groups continue them, and what stands when fragments are added."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pipeline.analysis.topics.tree import DECIMALS, OUTLIER, find_centres, nearest_centre
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import OUTLIER_TOPIC

_NUMBER = re.compile(r"T(\d{1,6})")


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
        centroids_valid: whether centres of then may be compared with vectors of now.
    """

    themes: Mapping[str, PreviousTheme]
    known: frozenset[str]
    issued: int
    space: Space
    centroids_valid: bool

    def centre(self, theme_id: str) -> Floats | None:
        """The centre of a theme of then: of what remains of it, by the vectors of now; else as it was stored."""
        theme = self.themes.get(theme_id)
        if theme is None:
            return None
        found = self.space.centre(sorted(theme.fragment_ids))
        return found if found is not None else theme.centroid if self.centroids_valid else None

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

    def without(self, themes: Collection[str]) -> "Previous":
        """Leave out themes that are continued already."""
        return replace(self, themes={theme: known for theme, known in self.themes.items() if theme not in themes})


def make_previous(previous_themes: pd.DataFrame, space: Space) -> Previous:
    """Read the table ``previous_themes``."""
    themes, known = {}, set[str]()
    for row in previous_themes.sort_values("theme_id").to_dict("records"):
        known |= set(row["fragment_ids"])
        if row["theme_id"] != OUTLIER_TOPIC:
            centroid = np.asarray(row["centroid"], dtype=np.float64)
            themes[str(row["theme_id"])] = PreviousTheme(str(row["label"]), frozenset(row["fragment_ids"]), centroid)
    issued = int(previous_themes["issued"].max()) if len(previous_themes) else 0
    return Previous(themes, frozenset(known), issued, space, _are_centroids_valid(themes, space))


def _are_centroids_valid(themes: Mapping[str, PreviousTheme], space: Space) -> bool:
    """Whether stored centres lie where their fragments lie now; with another encoder they do not.

    Only themes of which every fragment is still there can tell.
    """
    whole = [theme for theme in themes.values() if theme.fragment_ids <= space.rows.keys()]
    cosines = [cosine_of(theme.centroid, space.centre(sorted(theme.fragment_ids))) for theme in whole]
    return bool(cosines) and all(cosine is not None and cosine >= SAME_ENCODER for cosine in cosines)


def cosine_of(a: Floats | None, b: Floats | None) -> float | None:
    """Cosine of two unit vectors; None where one is absent, or they are of different encoders."""
    return None if a is None or b is None or a.shape != b.shape else float(np.clip(a @ b, -1.0, 1.0))


def continue_themes(groups: Mapping[str, Sequence[str]], previous: Previous) -> dict[str, str]:
    """Match groups of now one to one with themes of then, so that the likeness adds up to the most.

    Source: Kuhn (1955), The Hungarian method for the assignment problem.

    Args:
        groups: name to fragments.
        previous: the previous generation.

    Returns:
        Name to the id it continues; a group that continues none is left out.
    """
    names, ids = sorted(groups), sorted(previous.themes)
    if not names or not ids:
        return {}
    from scipy.optimize import linear_sum_assignment

    likeness = np.array([[previous.likeness(theme, groups[name]) for theme in ids] for name in names])
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    return {names[row]: ids[column] for row, column in zip(rows, columns, strict=True) if likeness[row, column] > 0}


LEAST_PRESENT = 0.5
"""Topics stand where at least this share of their fragments is still there."""
UNLIKE_QUANTILE = 0.02
"""A new fragment stays outside where so few of those that stand are as far from the centre of their topic."""


@dataclass(frozen=True)
class Known:
    """Fragments whose topic is known beforehand.

    Attributes:
        labels: n topics from 0; -1 for a fragment of which it is not known.
        names: the lasting id of each label.
    """

    labels: Ints
    names: Mapping[int, str]


@dataclass(frozen=True)
class Standing:
    """The topics of an earlier run.

    Attributes:
        previous: as they were then; the vectors are of now.
        decided: those that people decided of; a refit keeps them whole.
        stands: whether the others stand too.
    """

    previous: Previous
    decided: frozenset[str]
    stands: bool

    def know(self, topics: Collection[str]) -> Known:
        """Give the fragments that were in some of the topics, as far as they are still there."""
        rows = self.previous.space.rows
        members = {topic: self.previous.themes[topic].fragment_ids & rows.keys() for topic in sorted(topics)}
        names = dict(enumerate(topic for topic, found in members.items() if found))
        labels = np.full(len(rows), OUTLIER, dtype=np.int64)
        for label, topic in names.items():
            labels[[rows[fragment_id] for fragment_id in members[topic]]] = label
        return Known(labels, names)

    def join(self, vectors: Floats) -> Known:
        """Let every new fragment join the nearest topic, unless it is farther from it than nearly all that stand.

        Args:
            vectors: (n, d) unit rows that products are cosines of.
        """
        known = self.know(self.previous.themes)
        new = known.labels == OUTLIER
        if not new.any():
            return known
        centres = find_centres(vectors, known.labels)
        own = np.einsum("ij,ij->i", vectors[~new], np.stack([centres[label] for label in known.labels[~new].tolist()]))
        nearest, cosines = nearest_centre(vectors[new], centres)
        labels = known.labels.copy()
        least = np.quantile(own, UNLIKE_QUANTILE)
        labels[new] = np.where(np.round(cosines - least, DECIMALS) >= 0, nearest, OUTLIER)
        return Known(labels, known.names)


def read_standing(standing_topics: pd.DataFrame, space: Space) -> Standing:
    """Read the table ``standing_topics``; topics of which most fragments are gone, or a single one, do not stand."""
    previous = make_previous(standing_topics.rename(columns={"topic_id": "theme_id"}), space)
    member_sets = [theme.fragment_ids for theme in previous.themes.values()]
    present = [found & space.rows.keys() for found in member_sets]
    enough = sum(map(len, present)) >= LEAST_PRESENT * sum(map(len, member_sets)) and sum(map(bool, present)) > 1
    decided = frozenset(standing_topics.loc[standing_topics["decided"].astype(bool), "topic_id"])
    return Standing(previous, decided, enough and bool(standing_topics["stands"].astype(bool).all()))


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
