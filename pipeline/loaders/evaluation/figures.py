"""A figure of a benchmark with its interval, and the resampling that makes one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.core.views import Ints

RESAMPLES = 1000
SEED = 2012
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One cell of the benchmark table.

    Attributes:
        data: the benchmark and its part.
        measure: what the figure is.
        n: number of units that were resampled.
        value: the figure; None where the model does not do this.
        low: lower bound of the 95 % interval, by the percentile bootstrap over units.
        high: upper bound.
        baseline: the same figure of the baseline that needs no model.
        chance: what a model that knows nothing reaches.
        remark: what a reader must know about it; may be empty.
    """

    data: str
    measure: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    chance: float | None = None
    remark: str = ""


def interval(statistic: Callable[[Ints], float], n: int, *, seed: int = SEED) -> tuple[float, float]:
    """Give the 95 % percentile bootstrap interval of a statistic.

    Resamples on which it is undefined (NaN) are left out.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.

    Args:
        statistic: takes row numbers, with repetitions.
        n: number of rows, at least 1.
        seed: of the resampling.

    >>> values = np.array([0.0, 1.0])
    >>> interval(lambda rows: float(values[rows].mean()), 2)
    (0.0, 1.0)
    """
    rng = np.random.default_rng(seed)
    drawn = np.array([statistic(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return float(low), float(high)
