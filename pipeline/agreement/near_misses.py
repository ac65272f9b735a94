"""How far off a wrong sub-theme is: under the right theme, or elsewhere."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from pipeline.agreement.coefficients import divide
from pipeline.agreement.counts import Floats
from pipeline.agreement.doubt import columns_of
from pipeline.agreement.estimate import Undefined
from pipeline.agreement.evaluation import Measure, evaluate
from pipeline.agreement.material import Units
from pipeline.agreement.resampling import Method
from pipeline.agreement.rows import JOIN
from pipeline.agreement.scene import Scene
from pipeline.vocabulary import Scheme

_SUBTHEME = str(Scheme.SUBTHEME)
ERRORS = ("near_miss", "other_theme")
"""More of these is not more agreement: they have a chance level and no p-value."""


def find_near_misses(scene: Scene, parents: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """Give the share of right, nearly right and wrong sub-themes, and hierarchical precision and recall.

    Every two people, then each person with the machine whose topics are read as sub-themes by a mapping fitted on
    other blocks. Units to which one of the two gave no sub-theme are left out. A code without a parent is its own.

    Hierarchical precision is the share of the second coder's codes and themes that the first gave too, recall the
    reverse; themes are counted with their sub-themes. Source: Kiritchenko, Matwin, Nock & Famili (2006), Learning and
    Evaluation in the Presence of Class Hierarchies, Canadian AI, eq. 1; kept apart as micro-averages.

    Args:
        scene: the study.
        parents: sub-theme to its theme.
    """
    for comparison, units, sets_a, sets_b, members in _compared(scene):
        if not units.size:
            continue
        ground = scene.ground(units)
        names, hits = _weigh_pairs(members, _ancestry(scene, parents))
        size = len(members)
        found = evaluate(
            ground, sets_a, sets_b, (size, size), [_RATIO], view=partial(_add_up, weights=hits),
            labels=names,
        )  # fmt: skip
        for position, figure in enumerate(found):
            row = {"comparison": comparison, "statistic": figure.code, "position": position}
            row |= {**columns_of(figure, ground), "n": units.size}
            yield row | {"p": None} if figure.code in ERRORS else row


def _compared(scene: Scene) -> Iterator[tuple[str, Units, Units, Units, Floats]]:
    if not scene.people_of(_SUBTHEME):
        return
    numbered = scene.numbered(_SUBTHEME)
    members, codes = numbered.members, numbered.sets.codes
    filled = np.append(members.any(axis=1), False)
    for first, second in scene.pairs_of(_SUBTHEME):
        a, b = (codes[:, numbered.column(coder)] for coder in (first, second))
        units = np.flatnonzero(filled[a] & filled[b])
        yield f"{first}{JOIN}{second}", units, a[units], b[units], members
    alone = np.eye(members.shape[1])
    for coder in scene.people_of(_SUBTHEME) if scene.has_topics else ():
        units, read = scene.read_topics(_SUBTHEME, coder)
        a = codes[units, numbered.column(coder)]
        kept = filled[a] & (read < len(alone))
        together = np.concatenate([members, alone])
        yield f"{coder}{JOIN}{scene.topics.coder}", units[kept], a[kept], read[kept] + len(members), together


def _ancestry(scene: Scene, parents: Mapping[str, str | None]) -> Floats:
    """Whether a sub-theme lies under a theme, shape (sub-themes, themes)."""
    labels = scene.material.schemes[_SUBTHEME].labels
    above = [parents.get(label) or label for label in labels]
    names = sorted(set(above))
    return np.array([[name == theme for theme in names] for name in above], dtype=np.float64).reshape(-1, len(names))


def _weigh_pairs(members: Floats, ancestry: Floats) -> tuple[tuple[str, ...], Floats]:
    """What a pair of sets adds above and below each ratio, shape (sets * sets, ratios, 2)."""
    themes = (members @ ancestry > 0).astype(np.float64)
    nodes = np.concatenate([members, themes], axis=1)
    shared_codes, shared_themes = members @ members.T > 0, themes @ themes.T > 0
    both = nodes @ nodes.T
    of_a, of_b = (np.broadcast_to(size, both.shape) for size in (nodes.sum(axis=1)[:, None], nodes.sum(axis=1)))
    one = np.ones_like(both)
    ratios = {
        "same_subtheme": (shared_codes, one),
        "near_miss": (shared_themes & ~shared_codes, one),
        "other_theme": (~shared_themes, one),
        "hierarchical_precision": (both, of_b),
        "hierarchical_recall": (both, of_a),
        "hierarchical_f1": (2.0 * both, of_a + of_b),
    }
    weights = np.array([[hit, of] for hit, of in ratios.values()], dtype=np.float64)
    return tuple(ratios), np.moveaxis(weights.reshape(len(ratios), 2, -1), -1, 0)


def _add_up(tables: Floats, *, weights: Floats) -> Floats:
    """Tables (..., sets, sets) to what stands above and below each ratio, shape (..., ratios, 2, 1)."""
    flat = tables.reshape(*tables.shape[:-2], -1) @ weights.reshape(len(weights), -1)
    return flat.reshape(*tables.shape[:-2], *weights.shape[1:], 1)


_RATIO = Measure(
    name="ratio",
    of=lambda parts: divide(parts[..., 0, 0], parts[..., 1, 0]),
    explain=lambda _: str(Undefined.NO_COMMON_UNIT),
    lowest=0.0,
    method=Method.JACKKNIFE_T,
)
