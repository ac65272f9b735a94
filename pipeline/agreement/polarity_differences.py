"""How two coders differ on polarity: reversed, one of two, one neutral; and where a machine declined to say."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.coefficients import divide
from pipeline.agreement.counts import Floats
from pipeline.agreement.doubt import columns_of, share_of
from pipeline.agreement.evaluation import Measure, evaluate
from pipeline.agreement.material import Units
from pipeline.agreement.resampling import Method
from pipeline.agreement.rows import JOIN
from pipeline.agreement.scene import Scene
from pipeline.vocabulary import Polarity, Scheme

_POLARITY = str(Scheme.POLARITY)
NEITHER, KANS, KNELPUNT, BOTH = range(4)


class Difference(StrEnum):
    """How two polarities relate; each pair is one of these."""

    SAME = "same"
    BOTH = "both"
    ONE_OF_TWO = "one_of_two"
    REVERSED = "reversed"
    ONE_NEUTRAL = "one_neutral"
    ABSTAINED = "abstained"


_ANSWERED = (Difference.SAME, Difference.BOTH, Difference.ONE_OF_TWO, Difference.REVERSED, Difference.ONE_NEUTRAL)
_AGREED = (Difference.SAME, Difference.BOTH)
_LISTED = (Difference.REVERSED, Difference.ONE_OF_TWO)


def classify(first: int, second: int) -> Difference:
    """Say how two polarities relate.

    Args:
        first: 0 neither, 1 kans, 2 knelpunt, 3 both.
        second: likewise.

    >>> str(classify(1, 2)), str(classify(3, 2)), str(classify(3, 3)), str(classify(0, 1))
    ('reversed', 'one_of_two', 'both', 'one_neutral')
    """
    if first == second:
        return Difference.BOTH if first == BOTH else Difference.SAME
    if NEITHER in (first, second):
        return Difference.ONE_NEUTRAL
    return Difference.ONE_OF_TWO if BOTH in (first, second) else Difference.REVERSED


def count_differences(scene: Scene) -> Iterator[dict[str, Any]]:
    """Give the share of each difference, of every two people and of each person with the taught machine.

    Shares but for *abstained* are of the units that both answered; they add up to 1. *Abstained* is of all units that
    one of the two answered and the other, a machine, looked at. *Reversed* and *one of two* list their fragments.
    """
    if not scene.people_of(_POLARITY):
        return
    tables = np.array([[classify(a, b) for b in range(4)] for a in range(4)], dtype=object)
    measures = [_measure(kind, (tables == kind).astype(np.float64)) for kind in _ANSWERED]
    for first, second in scene.pairs_of(_POLARITY):
        a, b = _polarity(scene, first), _polarity(scene, second)
        comparison = f"{first}{JOIN}{second}"
        units = np.flatnonzero((a >= 0) & (b >= 0))
        ground = scene.ground(units)
        for position, found in enumerate(evaluate(ground, a[units], b[units], (4, 4), measures) if units.size else ()):
            alike = units[[classify(x, y) == found.statistic for x, y in zip(a[units], b[units], strict=True)]]
            listed = alike if found.statistic in _LISTED else alike[:0]
            yield {
                "comparison": comparison,
                "difference": found.statistic,
                "position": position,
                "count": alike.size,
                **columns_of(found, ground),
                "p": found.p if found.statistic in _AGREED else None,
                "n": units.size,
                "fragments": [scene.material.units[i] for i in listed],
            }
        yield from _abstained(scene, comparison, a, second)


def _abstained(scene: Scene, comparison: str, answered: Units, machine: str) -> Iterator[dict[str, Any]]:
    declined = scene.material.declined(_POLARITY, machine)
    units = np.flatnonzero((answered >= 0) & (declined | (_polarity(scene, machine) >= 0)))
    if not declined.any() or not units.size:
        return
    ground = scene.ground(units)
    hit: NDArray[np.bool_] = declined[units]
    yield {
        "comparison": comparison,
        "difference": str(Difference.ABSTAINED),
        "position": len(_ANSWERED),
        "count": int(hit.sum()),
        **share_of(ground, hit, np.ones(units.size)),
        "n": units.size,
        "fragments": [],
    }


def _polarity(scene: Scene, coder: str) -> Units:
    """Neither, kans, knelpunt or both of each unit, -1 where not seen."""
    number = {(): NEITHER, (str(Polarity.KANS),): KANS, (str(Polarity.KNELPUNT),): KNELPUNT}
    answers = scene.material.answers[_POLARITY][coder]
    return np.array([-1 if a is None else number.get(tuple(sorted(a)), BOTH) for a in answers], dtype=np.int64)


def _measure(kind: Difference, hit: Floats) -> Measure:
    return Measure(
        name=str(kind),
        of=lambda tables: divide((tables * hit).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1))),
        lowest=0.0,
        method=Method.JACKKNIFE_T,
    )
