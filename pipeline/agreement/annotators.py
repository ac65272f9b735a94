"""The alternative-annotator test in a study: may the machine take the place of one of the coders?"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.agreement.alternative_annotator import AlternativeAnnotatorTest, alternative_annotator_test
from pipeline.agreement.counts import Floats
from pipeline.agreement.mapping import UNMAPPED, crossfit_mapping
from pipeline.agreement.material import Units
from pipeline.agreement.scene import Scene
from pipeline.vocabulary import TAUGHT_CODER, Scheme

OVERALL = ""


def try_machines(scene: Scene, *, epsilon: float) -> Iterator[dict[str, Any]]:
    """Test the machine in each scheme that two people or more coded: one row overall, one for each left-out coder.

    The taught machine is tested in the schemes that it codes. Topics are tested as themes and sub-themes, read as codes
    by a mapping fitted on other blocks and on the codes of all people together. Doubt is taken between sessions or
    blocks, not between fragments.

    Args:
        scene: the study.
        epsilon: the handicap of a human, who costs more.
    """
    for scheme in (str(scheme) for scheme in Scheme):
        people = scene.people_of(scheme)
        if len(people) < 2:
            continue
        numbered = scene.numbered(scheme)
        codes = numbered.nominal[0]
        if TAUGHT_CODER in numbered.coders:
            machine = codes[:, numbered.column(TAUGHT_CODER)]
            yield from _rows(scene, scheme, TAUGHT_CODER, people, codes, machine, epsilon)
        if scheme in (Scheme.THEME, Scheme.SUBTHEME) and scene.has_topics:
            humans = codes[:, [numbered.column(coder) for coder in people]]
            read = _read_topics(scene, humans)
            yield from _rows(scene, scheme, scene.topics.coder, people, codes, read, epsilon)


def _rows(
    scene: Scene, scheme: str, name: str, people: tuple[str, ...], codes: Units, machine: Units, epsilon: float
) -> Iterator[dict[str, Any]]:
    numbered = scene.numbered(scheme)
    humans = codes[:, [numbered.column(coder) for coder in people]]
    units = np.flatnonzero(((humans >= 0).sum(axis=1) >= 2) & (machine >= 0))
    ground = scene.ground(units)
    found = alternative_annotator_test(
        _as_floats(humans[units]), _as_floats(machine[units]), epsilon=epsilon, blocks=ground.blocks.index
    )
    base = {"scheme": scheme, "machine": name, "epsilon": epsilon, "unit": ground.unit}
    yield {**base, **_overall(found, units.size)}
    for left in found.coders:
        tested = left.p is not None
        yield {
            **base,
            "coder": people[left.coder],
            "winning_rate": float(left.won) if tested else None,
            "advantage": left.machine_advantage,
            "human_advantage": left.human_advantage,
            "p": left.p_adjusted,
            "n": left.n_units,
            "reason": None if tested else "too few fragments that another person and the machine coded too",
        }


def _overall(found: AlternativeAnnotatorTest, n: int) -> dict[str, Any]:
    human = [left.human_advantage for left in found.coders if left.human_advantage is not None]
    return {
        "coder": OVERALL,
        "winning_rate": found.winning_rate,
        "advantage": found.advantage,
        "human_advantage": float(np.mean(human)) if human else None,
        "p": None,
        "n": n,
        "reason": found.reason,
    }


def _read_topics(scene: Scene, humans: Units) -> Units:
    """Topics as codes, -1 where there is none; the codes of all people teach the mapping of the other folds."""
    read = np.full(len(humans), -1, dtype=np.int64)
    units = np.flatnonzero((scene.topics.assigned >= 0) & (humans >= 0).any(axis=1))
    ground = scene.ground(units)
    if not units.size or not ground.folds.any():
        return read
    n_people = humans.shape[1]
    topics, folds = np.tile(scene.topics.assigned[units], n_people), np.tile(ground.folds, n_people)
    mapped = crossfit_mapping(topics, humans[units].T.ravel(), folds)[: units.size]
    read[units] = np.where(mapped == UNMAPPED, -1, mapped)
    return read


def _as_floats(codes: Units) -> Floats:
    return np.where(codes < 0, np.nan, codes.astype(np.float64))
