"""May the machine take the place of a coder? The alternative-annotator test.

Each human coder is left out in turn. On every unit the machine and the left-out coder are compared with the remaining
coders: who is nearer to them? The machine wins from a coder when it is at least as near, but for a handicap epsilon
that pays for the cost of a human; it passes when it wins from at least half of them.

Source: Calderon, Reichart & Dror (2025), The Alternative Annotator Test for LLM-as-a-Judge, ACL 2025, 16051-16081.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.permutation import benjamini_hochberg

Floats = NDArray[np.float64]
EXPERTS, TRAINED, CROWD = 0.2, 0.15, 0.1
PASSES_FROM = 0.5


class Nearness(StrEnum):
    """How near one coding is to those of the remaining coders."""

    ACCURACY = "share of the remaining coders with the same code"
    NEGATIVE_RMSE = "minus the root mean square difference with the remaining coders"


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
        passed: winning rate of one half or more; None when untested.
        epsilon: the handicap.
        n_dropped: units left out because fewer than two humans or no machine coded them.
        reason: why there is no verdict, None when there is one.
    """

    coders: tuple[LeftOut, ...]
    winning_rate: float | None
    advantage: float | None
    passed: bool | None
    epsilon: float
    n_dropped: int
    reason: str | None


def alternative_annotator_test(
    humans: ArrayLike,
    machine: ArrayLike,
    *,
    epsilon: float,
    nearness: Nearness = Nearness.ACCURACY,
    blocks: ArrayLike | None = None,
    false_discovery: float = 0.05,
    min_units: int = 30,
) -> AlternativeAnnotatorTest:
    """Test whether the machine represents the coders at least as well as one of them does.

    Args:
        humans: shape (n, coders) codes or numbers, NaN where missing; as floats, so that -1 may be a value.
        machine: shape (n,) likewise.
        epsilon: the handicap: ``EXPERTS``, ``TRAINED`` or ``CROWD`` are what its authors advise.
        nearness: accuracy for codes, root mean square for numbers.
        blocks: shape (n,) block (session) of each unit: the error is then taken between blocks. The paper takes the
            units as independent, as does None here.
        false_discovery: level of the Benjamini-Yekutieli procedure over the coders.
        min_units: coders with fewer units are not tested (the paper asks for 30).

    Returns:
        The verdict. With two coders it only says to which of them the machine is nearer; three or more are better.

    Raises:
        ValueError: shapes do not fit, or fewer than two human coders.
    """
    people, other = np.asarray(humans, dtype=np.float64), np.asarray(machine, dtype=np.float64)
    if people.ndim != 2 or people.shape[1] < 2 or other.shape != people.shape[:1]:
        raise ValueError("humans has the shape (units, two coders or more) and machine one value for each unit")
    where = np.arange(other.size) if blocks is None else np.asarray(blocks)
    if where.shape != other.shape:
        raise ValueError(f"{where.size} blocks for {other.size} units")
    usable = (np.isfinite(people).sum(axis=1) >= 2) & np.isfinite(other)
    people, other, where = people[usable], other[usable], where[usable]
    compared = [
        _compare(people, other, coder, epsilon=epsilon, nearness=nearness, blocks=where, min_units=min_units)
        for coder in range(people.shape[1])
    ]
    coders = _adjust(compared, false_discovery)
    tested = [coder for coder in coders if coder.p is not None]
    rate = float(np.mean([coder.won for coder in tested])) if tested else None
    advantages = [coder.machine_advantage for coder in tested if coder.machine_advantage is not None]
    return AlternativeAnnotatorTest(
        coders=coders,
        winning_rate=rate,
        advantage=float(np.mean(advantages)) if advantages else None,
        passed=None if rate is None else rate >= PASSES_FROM,
        epsilon=epsilon,
        n_dropped=int((~usable).sum()),
        reason=None if tested else f"no coder has {min_units} units that another human and the machine coded too",
    )


def _compare(
    people: Floats,
    machine: Floats,
    coder: int,
    *,
    epsilon: float,
    nearness: Nearness,
    blocks: NDArray[np.int64],
    min_units: int,
) -> LeftOut:
    coded = np.isfinite(people[:, coder])
    n_units = int(coded.sum())
    if n_units < max(min_units, 2) or np.unique(blocks[coded]).size < 2:
        return LeftOut(
            coder=coder, n_units=n_units, machine_advantage=None, human_advantage=None, p=None, p_adjusted=None,
            won=False,
        )  # fmt: skip
    remaining = np.delete(people[coded], coder, axis=1)
    of_machine = _nearness(machine[coded], remaining, nearness)
    of_human = _nearness(people[coded, coder], remaining, nearness)
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


def _nearness(values: Floats, remaining: Floats, nearness: Nearness) -> Floats:
    known = np.isfinite(remaining)
    gap = np.where(known, remaining, 0.0) - values[:, np.newaxis]
    if nearness is Nearness.ACCURACY:
        return np.asarray(((gap == 0) & known).sum(axis=1) / known.sum(axis=1), dtype=np.float64)
    return np.asarray(-np.sqrt((gap**2 * known).sum(axis=1) / known.sum(axis=1)), dtype=np.float64)


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


def _adjust(coders: list[LeftOut], false_discovery: float) -> tuple[LeftOut, ...]:
    """Adjust after Benjamini & Yekutieli (2001): valid however the comparisons depend on each other."""
    p = np.array([np.nan if coder.p is None else coder.p for coder in coders])
    harmonic = float((1.0 / np.arange(1, np.isfinite(p).sum() + 1)).sum())
    adjusted = np.minimum(benjamini_hochberg(p) * harmonic, 1.0)
    return tuple(
        coder if coder.p is None else replace(coder, p_adjusted=float(value), won=bool(value <= false_discovery))
        for coder, value in zip(coders, adjusted, strict=True)
    )
