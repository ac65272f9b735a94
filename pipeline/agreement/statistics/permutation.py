"""Agreement by chance alone: shifts that leave the runs of both coders as they are, and p-values of many tests.

Codes of neighbouring fragments resemble each other. Moving single codes breaks those runs and makes chance agreement
look rarer than it is; moving whole blocks that carry one code each only renames the codes. A circular shift lays a
coder's codes a number of steps further along the same text, what falls off the end at its beginning: every run of
either coder stays a run, and only their places beside each other change.

Laid on its own beginning, the end of a text breaks a run. Once in a long document that is nothing; once in every
session of ten fragments it makes chance agreement look rarer than it is. Within sessions codes are therefore shifted
along the session followed by its mirror image, in which no run is broken (``docs/calibration.md``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.core.views import Floats

Units = NDArray[np.int64]

MOST_SHIFTS = 1000
"""Of a circle with more steps this many shifts are drawn once, so that work grows with the number of units only."""
MAX_CELLS = 4_000_000
FEWEST_ARRANGEMENTS = 20
"""Fewer arrangements than this cannot give a p-value of .05."""
FIRST_DRAWN = 199
"""Draws after which a p-value that is surely below or surely above .05 is final."""
SURELY_LOW, SURELY_HIGH = 1, 25
"""Of the first 199 draws: where the true p-value is .05, one in a thousand draws reaches either.

Binomial: P(X <= 1) = .0004 and P(X >= 25) = .00002 for 199 draws of .05.
"""
ROUNDING = 1e-9
JOINED = -1
"""The circle of all units that stand alone in theirs."""


@dataclass(frozen=True)
class CircularShifts:
    """All single shifts of some circles of units, as rows; an arrangement takes one row of each circle.

    Attributes:
        unit: shape (cells,) the unit whose place is filled, ordered by row; as 32 bits, since they may be 1,000 times
            as many as the units.
        source: shape (cells,) the unit whose code is laid there.
        starts: shape (rows + 1,) the first cell of each row, and one past the last cell.
        first: shape (circles,) the row of each circle that moves nothing.
        size: shape (circles,) number of rows of each circle.
        n_units: number of units.
    """

    unit: NDArray[np.int32]
    source: NDArray[np.int32]
    starts: Units
    first: Units
    size: Units
    n_units: int

    @property
    def n_rows(self) -> int:
        """Number of rows over all circles."""
        return int(self.size.sum())

    @cached_property
    def row(self) -> Units:
        """Shape (cells,), the row of each cell."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int64), np.diff(self.starts))

    @cached_property
    def n_arrangements(self) -> float:
        """Number of different arrangements, the observed one included; infinite where it is beyond counting."""
        logs = float(np.log(self.size).sum())
        return float(np.prod(self.size.astype(np.float64))) if logs < 600 else float("inf")

    def is_complete(self, n_draws: int) -> bool:
        """Tell whether all arrangements are made, since there are no more than the wanted draws."""
        return self.n_arrangements <= n_draws + 1

    def arrange(self, n_draws: int, *, seed: int) -> Units:
        """Choose arrangements: the observed one first, then all others where they are few, else draws.

        Args:
            n_draws: how many are drawn where there are more.
            seed: of the draws.

        Returns:
            Row numbers, shape (1 + others, circles).
        """
        if self.is_complete(n_draws):
            grid = np.indices(tuple(self.size), dtype=np.int64).reshape(self.size.size, -1).T
            return self.first + grid
        steps = np.random.default_rng(seed).integers(self.size, size=(n_draws, self.size.size))
        return self.first + np.vstack([np.zeros_like(self.size), steps])

    def orders(self, arrangements: Units) -> Units:
        """Write arrangements as orders of the units: ``codes[order]`` are the shifted codes; shape (n, units)."""
        found = np.tile(np.arange(self.n_units, dtype=np.int64), (len(arrangements), 1))
        for rows in arrangements.T:
            length = int(self.starts[rows[0] + 1] - self.starts[rows[0]])
            cells = self.starts[rows][:, np.newaxis] + np.arange(length)
            found[np.arange(len(rows))[:, np.newaxis], self.unit[cells]] = self.source[cells]
        return found

    def add_up(self, by_row: Floats, arrangements: Units) -> Floats:
        """Sum what the rows of each arrangement count; shape (n, ...) of counts (rows, ...)."""
        total = np.zeros((len(arrangements), *by_row.shape[1:]))
        for rows in arrangements.T:
            total += by_row[rows]
        return total

    def batches(self, arrangements: Units, n_numbers: int) -> Iterator[Units]:
        """Cut arrangements into batches whose sums fit in memory; the first ends with the first look at p."""
        step = max(1, MAX_CELLS // max(n_numbers, 1))
        first_look = FIRST_DRAWN + 1
        for begin, end in ((0, first_look), (first_look, len(arrangements))):
            for start in range(begin, min(end, len(arrangements)), step):
                yield arrangements[start : min(start + step, end)]


def make_shifts(
    circles: ArrayLike, steps: ArrayLike | None = None, *, mirrored: bool = False, seed: int = 0
) -> CircularShifts:
    """List the shifts of every circle.

    What moves is the content of a step: it is laid into the place of another one, stretched or cut where the two differ
    in length, so that their borders stay in step with the other coder's. Circles of a single step are joined into one,
    since nothing can move within them.

    Args:
        circles: shape (n,) number of the circle (session) of each unit; units stand in the order of their text.
        steps: shape (n,) number of the step (statement, heading) of each unit; each unit is one by default.
        mirrored: whether a circle is its text followed by its mirror image, so that its end meets no beginning; a step
            may then come twice, and another one not at all.
        seed: of the choice among the shifts of a circle of more than ``MOST_SHIFTS`` steps.

    >>> shifts = make_shifts([0, 0, 0])
    >>> shifts.orders(shifts.arrange(99, seed=1)).tolist()
    [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    >>> shifts = make_shifts([0, 0, 0], mirrored=True)
    >>> shifts.orders(shifts.arrange(99, seed=1)).tolist()
    [[0, 1, 2], [1, 2, 2], [2, 2, 1], [2, 1, 0], [1, 0, 0], [0, 0, 1]]
    """
    circle = np.asarray(circles, dtype=np.int64)
    step = np.arange(circle.size, dtype=np.int64) if steps is None else np.asarray(steps, dtype=np.int64)
    _, place = np.unique(np.stack([circle, step]), axis=1, return_inverse=True)
    place = place.ravel()
    _, appears = np.unique(place, return_index=True)
    circle_of_place = circle[appears]
    numbers, n_steps = np.unique(circle_of_place, return_counts=True)
    alone = np.isin(circle, numbers[n_steps == 1])
    joined = np.where(alone, JOINED, circle)
    order = np.lexsort((np.arange(circle.size), appears[place], joined))
    rng = np.random.default_rng(seed)
    units, sources, widths, firsts, sizes = [], [], [], [], []
    n_rows = 0
    for number in np.unique(joined):
        own = order[joined[order] == number]
        begins = np.flatnonzero(np.diff(place[own], prepend=-1))
        lengths = np.diff(begins, append=own.size)
        slot = np.repeat(np.arange(begins.size), lengths)
        ring = np.arange(begins.size)
        if mirrored and number != JOINED:
            ring = np.concatenate([ring, ring[::-1]])
        moves = np.arange(ring.size)
        if moves.size > MOST_SHIFTS:
            moves = np.concatenate([[0], np.sort(rng.choice(moves[1:], MOST_SHIFTS - 1, replace=False))])
        within = np.arange(own.size) - begins[slot]
        laid = np.empty((moves.size, own.size), dtype=np.int32)
        at_once = max(1, MAX_CELLS // own.size)
        for start in range(0, moves.size, at_once):
            source = ring[(slot + moves[start : start + at_once, np.newaxis]) % ring.size]
            laid[start : start + at_once] = own[begins[source] + within * lengths[source] // lengths[slot]]
        units.append(np.tile(own.astype(np.int32), moves.size))
        sources.append(laid.ravel())
        widths.append(np.full(moves.size, own.size))
        firsts.append(n_rows)
        sizes.append(moves.size)
        n_rows += moves.size
    nothing, none = np.zeros(0, dtype=np.int32), np.zeros(1, dtype=np.int64)
    return CircularShifts(
        np.concatenate([nothing, *units]), np.concatenate([nothing, *sources]),
        np.cumsum(np.concatenate([none, *widths])), np.array(firsts, dtype=np.int64), np.array(sizes, dtype=np.int64),
        circle.size,
    )  # fmt: skip


@dataclass(frozen=True)
class ShiftTest:
    """A figure beside its distribution under circular shifts.

    Attributes:
        chance: mean over the arrangements, None where none but the observed one is known.
        p: share of the arrangements, the observed one included, with at least this figure; None where not tested.
        n_made: how many arrangements stood beside the observed one.
        is_complete: whether those are all there are.
        says_nothing: whether every arrangement gives the same figure, so that nothing can be learned from it.
        too_alike: whether too many arrangements give the highest figure for a p-value of .05.
    """

    chance: float | None
    p: float | None
    n_made: int
    is_complete: bool
    says_nothing: bool
    too_alike: bool = False


def summarise_shifts(values: Floats, *, is_complete: bool) -> ShiftTest:
    """Place an observed figure among its arrangements: p = (number at least as high, itself included) / number.

    Of all arrangements the mean is their chance level, the observed one included as it is one of them; of draws it is
    the mean of the draws. Undefined arrangements count as at least as high.
    Source: Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), art. 39.

    Args:
        values: shape (arrangements,), the observed figure first, NaN where undefined.
        is_complete: whether these are all arrangements.

    Fewer than ``FEWEST_ARRANGEMENTS`` figures give no p, and neither do figures of which one in so many or more is the
    highest: then none could be called rare.

    >>> summarise_shifts(np.array([0.5, 0.5, *np.zeros(48)]), is_complete=False).p
    0.04
    >>> summarise_shifts(np.array([0.5, 0.5, *np.zeros(18)]), is_complete=False).p is None
    True
    """
    observed, others = values[0], values[1:]
    known = others[np.isfinite(others)]
    if not known.size:
        return ShiftTest(None, None, others.size, is_complete, says_nothing=True)
    reached = 1 + int((known >= observed - ROUNDING).sum()) + others.size - known.size
    pool = np.append(known, observed)
    same = bool(np.ptp(pool) <= ROUNDING)
    n_highest = int((pool >= pool.max() - ROUNDING).sum()) + others.size - known.size
    too_alike = not same and FEWEST_ARRANGEMENTS * n_highest > values.size >= FEWEST_ARRANGEMENTS
    tested = not same and not too_alike and values.size >= FEWEST_ARRANGEMENTS
    return ShiftTest(
        chance=float(pool.mean() if is_complete else known.mean()),
        p=reached / values.size if tested else None,
        n_made=others.size,
        is_complete=is_complete,
        says_nothing=same,
        too_alike=too_alike,
    )


def is_settled(values: Floats) -> bool:
    """Tell whether the p-values of figures are surely below or above .05 after the first draws.

    Args:
        values: shape (1 + draws, figures), the observed figures first.
    """
    observed, others = values[:1], values[1:]
    if len(others) < FIRST_DRAWN:
        return False
    reached = ((others >= observed - ROUNDING) | ~np.isfinite(others)).sum(axis=0)[np.isfinite(observed[0])]
    return bool(((reached <= SURELY_LOW) | (reached >= SURELY_HIGH)).all())


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjust p-values for testing many codes at once, keeping the false discovery rate.

    Source: Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57(1).

    Args:
        p_values: shape (n,), NaN where there was no test; those stay NaN and do not count.

    Returns:
        Adjusted p-values, shape (n,).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, float("nan")]).round(4).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    falling = tested[np.argsort(-p[tested], kind="stable")]
    ranks = np.arange(tested.size, 0, -1)
    adjusted[falling] = np.minimum(np.minimum.accumulate(p[falling] * tested.size / ranks), 1.0)
    return adjusted
