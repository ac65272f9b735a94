"""One row of figures: an estimate with interval, chance and majority; how it is made and how it is printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit
from sklearn.metrics import accuracy_score, cohen_kappa_score

SEED = 2012
N_PERMUTATIONS = 99

Codes = Sequence[str]
Statistic = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured, in words.
        baseline: what ten lines of code reach, or None.
        reach: what was hoped for, or None where it is a measurement without a target.
        estimate: the figure.
        low: lower end of its 95 % interval, blocks left out in turn.
        high: upper end.
        chance: mean of the figure when the machine's codes change places by chance.
        majority: the figure of a machine that gives everything the commonest code.
        n: fragments it rests on.
        note: one line to read it by.
    """

    name: str
    baseline: float | None
    reach: float | None
    estimate: float
    low: float | None
    high: float | None
    chance: float | None
    majority: float | None
    n: int
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the figure is as high as was hoped; None without a target."""
        return None if self.reach is None else self.estimate >= self.reach


def kappa(gold: np.ndarray, said: np.ndarray) -> float:
    """Cohen's kappa; an abstention, written as an empty code, counts as a code of its own."""
    return float(cohen_kappa_score(gold, said))


def accuracy(gold: np.ndarray, said: np.ndarray) -> float:
    """Share that is right."""
    return float(accuracy_score(gold, said))


def score(
    name: str,
    gold: Codes,
    said: Codes,
    blocks: Sequence[str],
    *,
    statistic: Statistic = kappa,
    baseline: float | None = None,
    reach: float | None = None,
    note: str = "",
) -> Row:
    """Score codes against the manual ones.

    Args:
        name: of the row.
        gold: n manual codes.
        said: n codes of the machine, empty where it abstains; or n topics, with a statistic of clusterings.
        blocks: n blocks; left out in turn for the interval.
        statistic: takes gold and said.
        baseline: what ten lines of code reach.
        reach: what was hoped for.
        note: one line to read it by.

    Returns:
        The row.
    """
    known, given, names = np.array(gold, dtype=object), np.array(said, dtype=object), np.array(blocks)
    low, high = interval(lambda kept: statistic(known[kept], given[kept]), names)
    draw = np.random.default_rng(SEED)
    by_chance = [statistic(known, draw.permutation(given)) for _ in range(N_PERMUTATIONS)]
    codes, counts = np.unique(known.astype(str), return_counts=True)
    commonest = np.full(len(known), codes[counts.argmax()], dtype=object)
    return Row(
        name=name, baseline=baseline, reach=reach, estimate=statistic(known, given), low=low, high=high,
        chance=float(np.mean(by_chance)), majority=statistic(known, commonest), n=len(known), note=note,
    )  # fmt: skip


def interval(figure: Callable[[np.ndarray], float], blocks: np.ndarray) -> tuple[float | None, float | None]:
    """Give the 95 % interval of a figure from leaving blocks out in turn.

    Source: Efron & Stein (1981), the jackknife estimate of variance; Student's t with one degree less than blocks.

    Args:
        figure: takes the positions that stay.
        blocks: n block names.
    """
    names = np.unique(blocks)
    if len(names) < 3:
        return None, None
    left = np.array([figure(np.flatnonzero(blocks != name)) for name in names])
    error = float(np.sqrt((len(names) - 1) / len(names) * ((left - left.mean()) ** 2).sum()))
    whole = figure(np.arange(len(blocks)))
    reach = float(stdtrit(len(names) - 1, 0.975)) * error
    return whole - reach, whole + reach


def render(row: Row) -> str:
    """Put a row in one line."""
    between = "" if row.low is None or row.high is None else f" [{row.low:.2f}, {row.high:.2f}]"
    parts = [f"{row.name:<62} {row.estimate:6.3f}{between}"]
    for label, value in (("chance", row.chance), ("majority", row.majority), ("baseline", row.baseline)):
        if value is not None:
            parts.append(f"{label} {value:.2f}")
    if row.reach is not None:
        parts.append(f"reach {row.reach:.2f} {'reached' if row.reached else 'NOT REACHED'}")
    parts.append(f"n {row.n}")
    return ", ".join(parts) + (f"  ({row.note})" if row.note else "")
