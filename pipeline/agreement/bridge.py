"""The bridge from hats to polarity, measured: does what is said under a hat follow it, theme by theme?

Only hats written in the source count: a hat read off the structure of a report, or heard by a machine, never does.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.doubt import share_of
from pipeline.agreement.scene import Scene
from pipeline.vocabulary import HAT_POLARITY_BRIDGE, Hat, Polarity, Scheme

Mask = NDArray[np.bool_]


class Bridge(StrEnum):
    """Whether a hat says something about polarity."""

    HOLDS = "holds"
    NOT_SHOWN = "not_shown"
    CONTRADICTED = "contradicted"


def cross_bridge(scene: Scene) -> Iterator[dict[str, Any]]:
    """Give each human coder's polarity under each given hat, for all themes together and for each theme.

    A fragment follows its hat when it has the polarity of the bridge and not the other one; with the other one only
    it is a conflict; with both it is neither. ``chance`` is the share of that polarity under all hats, in the same
    theme. The bridge *holds* where the whole interval lies above that, is *contradicted* where it lies below, else it
    is *not shown*. A hat without a bridge has counts only.
    """
    hats = np.array([hat or "" for hat in scene.hats])
    for coder in scene.people_of(str(Scheme.POLARITY)):
        looked = scene.seen(str(Scheme.POLARITY), coder) & (hats != "")
        if not looked.any():
            continue
        themes: list[tuple[str, Mask]] = [("", looked)]
        if coder in scene.people_of(str(Scheme.THEME)):
            members = scene.members(str(Scheme.THEME), coder)
            labels = scene.material.schemes[str(Scheme.THEME)].labels
            themes += [(label, looked & members[:, i]) for i, label in enumerate(labels)]
        for position, (theme, inside) in enumerate(themes):
            for hat in Hat:
                if (inside & (hats == hat)).any():
                    row = _row(scene, coder, inside, hats == hat, HAT_POLARITY_BRIDGE[hat])
                    yield {"coder": coder, "theme": theme, "position": position, "hat": str(hat), **row}


def _row(scene: Scene, coder: str, inside: Mask, under: Mask, expected: Polarity | None) -> dict[str, Any]:
    kans, knelpunt = (_has(scene, coder, value) for value in (Polarity.KANS, Polarity.KNELPUNT))
    here = inside & under
    row: dict[str, Any] = {
        "expected": None if expected is None else str(expected),
        "n": int(here.sum()),
        "n_kans": int((here & kans & ~knelpunt).sum()),
        "n_knelpunt": int((here & knelpunt & ~kans).sum()),
        "n_both": int((here & kans & knelpunt).sum()),
        "n_neither": int((here & ~kans & ~knelpunt).sum()),
        "conflicts": [],
        "unit": "",
    }
    if expected is None:
        return {**row, "reason": "this hat suggests no polarity"}
    follows, against = (kans & ~knelpunt, knelpunt & ~kans)[:: 1 if expected is Polarity.KANS else -1]
    units = np.flatnonzero(inside)
    figure = share_of(scene.ground(units), follows[units], under[units])
    chance = float(follows[units].mean())
    return {
        **row,
        **figure,
        "chance": chance,
        "verdict": str(_judge(figure["low"], figure["high"], chance)),
        "conflicts": [scene.material.units[i] for i in np.flatnonzero(here & against)],
    }


def _judge(low: float | None, high: float | None, chance: float) -> Bridge:
    if low is not None and low > chance:
        return Bridge.HOLDS
    return Bridge.CONTRADICTED if high is not None and high < chance else Bridge.NOT_SHOWN


def _has(scene: Scene, coder: str, value: Polarity) -> Mask:
    labels = scene.material.schemes[str(Scheme.POLARITY)].labels
    members = scene.members(str(Scheme.POLARITY), coder)
    if str(value) not in labels:
        return np.zeros(len(members), dtype=np.bool_)
    return np.asarray(members[:, labels.index(str(value))])
