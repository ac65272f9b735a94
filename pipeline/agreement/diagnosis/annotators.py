"""The alternative-annotator test in a study: may the machine take the place of one of the coders?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.evaluation import MatchCounting
from pipeline.agreement.comparison.rows import JOIN
from pipeline.agreement.comparison.topic_pairs import UNMAPPED, crossfit_mapping
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs
from pipeline.agreement.statistics.coefficients import OF_MATCHES
from pipeline.agreement.statistics.permutation import Units, benjamini_hochberg
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.views import Floats
from pipeline.core.vocabulary import TAUGHT_CODER, Scheme, is_machine

FEWEST_UNITS = 30
"""Coders with fewer units are not tested, as the paper asks."""
FALSE_DISCOVERY = 0.05
"""Level of the Benjamini-Yekutieli procedure over the coders."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """The comparison with one left-out coder.

    Attributes:
        coder: position of the coder.
        n_units: units coded by this coder, the machine and at least one other.
        machine_advantage: share of units on which the machine is at least as near to the others.
        human_advantage: share of units on which the coder is at least as near.
        p: one-sided p-value, None with too few units.
        p_adjusted: after Benjamini-Yekutieli over the coders.
        won: whether the machine wins from this coder.
    """

    coder: int
    n_units: int
    machine_advantage: float | None
    human_advantage: float | None
    p: float | None
    p_adjusted: float | None
    won: bool


@dataclass(frozen=True, kw_only=True)
class AlternativeAnnotatorTest:
    """The verdict over all coders.

    Attributes:
        coders: one comparison for each coder, also those with too few units.
        winning_rate: share of the tested coders from whom the machine wins, None when none could be tested.
        advantage: mean of ``machine_advantage`` over the tested coders; compare machines by this.
        reason: why there is no verdict, None when there is one.
    """

    coders: tuple[LeftOut, ...]
    winning_rate: float | None
    advantage: float | None
    reason: str | None


def alternative_annotator_test(
    humans: ArrayLike,
    machine: ArrayLike,
    *,
    epsilon: float,
    blocks: ArrayLike,
) -> AlternativeAnnotatorTest:
    """Test whether the machine represents the coders at least as well as one of them does.

    Args:
        humans: shape (n, coders) codes or numbers, NaN where missing; as floats, so that -1 may be a value.
        machine: shape (n,) likewise.
        epsilon: the handicap; its authors advise 0.2 beside experts, 0.15 beside trained coders, 0.1 beside a crowd.
        blocks: shape (n,) block (session) of each unit, between which the error is taken. The paper takes the units as
            independent: then each is a block of its own.

    Returns:
        The verdict. With two coders it only says to which of them the machine is nearer; three or more are better.
    """
    people, other, where = np.asarray(humans), np.asarray(machine), np.asarray(blocks)
    usable = (np.isfinite(people).sum(axis=1) >= 2) & np.isfinite(other)
    people, other, where = people[usable], other[usable], where[usable]
    compared = [_compare(people, other, coder, epsilon=epsilon, blocks=where) for coder in range(people.shape[1])]
    coders = _adjust(compared)
    tested = [coder for coder in coders if coder.p is not None]
    rate = float(np.mean([coder.won for coder in tested])) if tested else None
    advantages = [coder.machine_advantage for coder in tested if coder.machine_advantage is not None]
    return AlternativeAnnotatorTest(
        coders=coders,
        winning_rate=rate,
        advantage=float(np.mean(advantages)) if advantages else None,
        reason=None if tested else f"no coder has {FEWEST_UNITS} units that another human and the machine coded too",
    )


def _compare(
    people: Floats,
    machine: Floats,
    coder: int,
    *,
    epsilon: float,
    blocks: NDArray[np.int64],
) -> LeftOut:
    coded = np.isfinite(people[:, coder])
    n_units = int(coded.sum())
    if n_units < FEWEST_UNITS or np.unique(blocks[coded]).size < 2:
        return LeftOut(
            coder=coder, n_units=n_units, machine_advantage=None, human_advantage=None, p=None, p_adjusted=None,
            won=False,
        )  # fmt: skip
    remaining = np.delete(people[coded], coder, axis=1)
    of_machine = _share_alike(machine[coded], remaining)
    of_human = _share_alike(people[coded, coder], remaining)
    machine_wins, human_wins = of_machine >= of_human, of_human >= of_machine
    difference = human_wins.astype(np.float64) - machine_wins
    return LeftOut(
        coder=coder,
        n_units=n_units,
        machine_advantage=float(machine_wins.mean()),
        human_advantage=float(human_wins.mean()),
        p=_one_sided_p(difference, epsilon, blocks[coded]),
        p_adjusted=None,
        won=False,
    )


def _share_alike(values: Floats, remaining: Floats) -> Floats:
    """Give the share of the remaining coders with the same code, shape (n,)."""
    known = np.isfinite(remaining)
    gap = np.where(known, remaining, 0.0) - values[:, np.newaxis]
    return np.asarray(((gap == 0) & known).sum(axis=1) / known.sum(axis=1), dtype=np.float64)


def _one_sided_p(difference: Floats, epsilon: float, blocks: NDArray[np.int64]) -> float:
    """Test that the mean difference lies below epsilon; the error is taken between blocks of units."""
    from scipy.special import stdtr

    _, index = np.unique(blocks, return_inverse=True)
    n_blocks = int(index.max()) + 1
    mean = float(difference.mean())
    sums = np.bincount(index, weights=difference - mean)
    error = float(np.sqrt((sums**2).sum() * n_blocks / (n_blocks - 1))) / difference.size
    if error < 1e-12:
        return 0.0 if mean < epsilon else 1.0
    return float(stdtr(n_blocks - 1, (mean - epsilon) / error))


def _adjust(coders: list[LeftOut]) -> tuple[LeftOut, ...]:
    """Adjust after Benjamini & Yekutieli (2001): valid however the comparisons depend on each other."""
    p = np.array([np.nan if coder.p is None else coder.p for coder in coders])
    harmonic = float((1.0 / np.arange(1, np.isfinite(p).sum() + 1)).sum())
    adjusted = np.minimum(benjamini_hochberg(p) * harmonic, 1.0)
    return tuple(
        coder if coder.p is None else replace(coder, p_adjusted=float(value), won=bool(value <= FALSE_DISCOVERY))
        for coder, value in zip(coders, adjusted, strict=True)
    )


OVERALL = ""


def try_machines(study: DiagnosisInputs, *, epsilon: float) -> Iterator[dict[str, Any]]:
    """Test the machine in each scheme that two people or more coded: one row overall, one for each left-out coder.

    The taught machine is tested in the schemes that it codes. Topics are tested as themes and sub-themes, read as codes
    by a mapping fitted on other blocks and on the codes of all people together. Intervals are taken over sessions or
    blocks, not over fragments.

    Args:
        study: the study.
        epsilon: the handicap of a human, who costs more.
    """
    for scheme in (str(scheme) for scheme in Scheme):
        people = study.coders_apart(scheme)
        if len(people) < 2:
            continue
        numbered = study.numbered(scheme)
        codes = numbered.nominal[0]
        if TAUGHT_CODER in numbered.coders:
            machine = codes[:, numbered.column(TAUGHT_CODER)]
            yield from _rows(study, scheme, TAUGHT_CODER, people, codes, machine, epsilon)
        if scheme in (Scheme.THEME, Scheme.SUBTHEME) and study.has_topics:
            humans = codes[:, [numbered.column(coder) for coder in people]]
            read = _read_topics(study, humans)
            yield from _rows(study, scheme, study.topics.coder, people, codes, read, epsilon)


def _rows(
    study: DiagnosisInputs,
    scheme: str,
    name: str,
    people: tuple[str, ...],
    codes: Units,
    machine: Units,
    epsilon: float,
) -> Iterator[dict[str, Any]]:
    numbered = study.numbered(scheme)
    humans = codes[:, [numbered.column(coder) for coder in people]]
    units = np.flatnonzero(((humans >= 0).sum(axis=1) >= 2) & (machine >= 0))
    compared = study.compared(units)
    found = alternative_annotator_test(
        _as_floats(humans[units]), _as_floats(machine[units]), epsilon=epsilon, blocks=compared.blocks.index
    )
    base = {"scheme": scheme, "machine": name, "epsilon": epsilon, "unit": compared.unit}
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


def _read_topics(study: DiagnosisInputs, humans: Units) -> Units:
    """Topics as codes, -1 where there is none; the codes of all people teach the mapping of the other folds."""
    read = np.full(len(humans), -1, dtype=np.int64)
    units = np.flatnonzero((study.topics.assigned >= 0) & (humans >= 0).any(axis=1))
    compared = study.compared(units)
    if not units.size or not compared.folds.any():
        return read
    n_people = humans.shape[1]
    topics, folds = np.tile(study.topics.assigned[units], n_people), np.tile(compared.folds, n_people)
    copies = compared.copies * n_people
    mapped = crossfit_mapping(topics, humans[units].T.ravel(), folds, copies=copies)[: units.size]
    read[units] = np.where(mapped == UNMAPPED, -1, mapped)
    return read


def _as_floats(codes: Units) -> Floats:
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def compare_with_people(study: DiagnosisInputs, *, margin: float) -> Iterator[dict[str, Any]]:
    """Give the difference between a machine's kappa with two people and the kappa of those two, on the same fragments.

    The difference is the mean of the machine's two kappas minus that of the people; an abstention of the machine counts
    as wrong. Sessions or blocks are left out in turn for all three kappas at once, so that what they share falls out.
    Equivalence: both that the difference is no lower than minus the margin and that it is no higher than the margin,
    by two one-sided t-tests. Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15(6).

    Args:
        study: the study.
        margin: the largest difference in kappa that does not matter.
    """
    for scheme in (str(scheme) for scheme in Scheme):
        people = study.coders_apart(scheme)
        machines = [coder for coder in study.coders_of(scheme) if is_machine(coder)]
        for first, second in combinations(people, 2):
            for machine in machines:
                yield from _difference(study, scheme, (first, second), machine, margin)


def _difference(
    study: DiagnosisInputs, scheme: str, pair: tuple[str, str], machine: str, margin: float
) -> Iterator[dict[str, Any]]:
    numbered = study.numbered(scheme)
    codes, categories = numbered.nominal
    a, b, m = (codes[:, numbered.column(coder)] for coder in (*pair, machine))
    m = np.where((m < 0) & study.inputs.declined(scheme, machine), categories.size, m)
    units = np.flatnonzero((a >= 0) & (b >= 0) & (m >= 0))
    if not units.size:
        return
    compared, counting = study.compared(units), MatchCounting(categories.size + 1)
    index, n_blocks = compared.blocks.index, compared.n_blocks
    both = ((a, b), (a, m), (b, m))
    by_block = np.stack([counting.count(x[units], y[units], index, n_blocks) for x, y in both], axis=1)
    total = by_block.sum(axis=0)
    between, with_first, with_second = OF_MATCHES["cohen_kappa"](counting.view(total)).tolist()
    row: dict[str, Any] = {
        "scheme": scheme, "machine": machine, "comparison": JOIN.join(pair), "unit": compared.unit, "n": units.size,
        "margin": margin, "people": between, "with_machine": (with_first + with_second) / 2.0,
    }  # fmt: skip
    found = compared.intervals(by_block, partial(_kappa_difference, counting), lowest=-2.0, highest=2.0,
                             method=Method.JACKKNIFE_T)[0]  # fmt: skip
    row |= {"estimate": found.estimate, "low": found.low, "high": found.high}
    if found.low is None or found.estimate is None:
        yield {**row, "reason": str(found.reason)}
        return
    without = _kappa_difference(counting, total - by_block)
    p_lower, p_upper = _one_sided(found.estimate, without, margin)
    yield {**row, "p_not_worse": p_lower, "p_equivalent": max(p_lower, p_upper)}


def _kappa_difference(counting: MatchCounting, sums: Floats) -> Floats:
    kappas = OF_MATCHES["cohen_kappa"](counting.view(sums))
    return np.asarray(kappas[..., 1:].mean(axis=-1) - kappas[..., 0], dtype=np.float64)


def _one_sided(difference: float, without: Floats, margin: float) -> tuple[float, float]:
    """P-values against a difference of minus the margin or lower, and of the margin or higher."""
    from scipy.special import stdtr

    known = without[np.isfinite(without)]
    error = float(np.sqrt((known.size - 1) / known.size * ((known - known.mean()) ** 2).sum()))
    reach = ((difference + margin) / error, (margin - difference) / error)
    return float(stdtr(known.size - 1, -reach[0])), float(stdtr(known.size - 1, -reach[1]))
