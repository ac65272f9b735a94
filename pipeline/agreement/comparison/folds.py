"""Which units belong together in one comparison: how its figures get an interval, and how chance moves its codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.inputs import AgreementInputs
from pipeline.agreement.statistics.permutation import (
    CircularShifts,
    ShiftTest,
    Units,
    make_shifts,
    summarise_shifts,
)
from pipeline.agreement.statistics.resampling import (
    Figure,
    Interval,
    Method,
    NoInterval,
    draw_weights,
    intervals_of_sums,
)
from pipeline.core.folds import deal_blocks
from pipeline.core.receipts import Kept, hash_content
from pipeline.core.views import Floats

BLOCK_UNITS = ("session", "heading", "statement", "fragment")
MAX_BLOCKS = 1000


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Which block each unit of analysis belongs to.

    Attributes:
        unit: what a block is: one of ``BLOCK_UNITS``.
        names: the b distinct block names, sorted.
        index: for each of n units, the position of its block in ``names``.
    """

    unit: str
    names: tuple[str, ...]
    index: NDArray[np.int64]


def make_blocks(labels: Sequence[str], *, unit: str) -> Blocks:
    """Number the blocks by sorted name, so that the order of the rows changes nothing.

    Args:
        labels: n block names, one per unit; an empty name is a block of its own.
        unit: what a block is: one of ``BLOCK_UNITS``.

    Returns:
        The blocks.

    >>> make_blocks(["tafel b", "tafel a", "tafel b"], unit="session").index.tolist()
    [1, 0, 1]
    """
    names = tuple(sorted(set(labels)))
    position = {name: i for i, name in enumerate(names)}
    return Blocks(unit=unit, names=names, index=np.array([position[label] for label in labels], dtype=np.int64))


def choose_blocks(
    n_units: int,
    *,
    sessions: Sequence[str] | None = None,
    headings: Sequence[str] | None = None,
    statements: Sequence[str] | None = None,
) -> Blocks:
    """Take the largest kind of block of which there are at least two: session, else heading, else statement.

    Where none of them splits the study, each unit is a block of its own (``fragment``), which treats units as
    independent and therefore shows too narrow intervals; the ``unit`` of the result says so. More than ``MAX_BLOCKS``
    blocks are merged with their neighbours in sorted order, so that resampling stays linear in the number of units.

    Args:
        n_units: the number of units.
        sessions: n session names, or None when unknown.
        headings: n sub-headings, named so that equal headings of two documents differ.
        statements: n names of statement blocks (a statement with its quotes).

    Returns:
        The blocks, with ``unit`` saying which kind was taken.

    >>> blocks = choose_blocks(4, sessions=["een"] * 4, headings=["a", "a", "b", "b"])
    >>> blocks.unit, len(blocks.names)
    ('heading', 2)
    """
    for unit, labels in zip(BLOCK_UNITS, (sessions, headings, statements), strict=False):
        if labels is not None and len(set(labels)) >= 2:
            return _merged(make_blocks(labels, unit=unit))
    width = len(str(n_units))
    return _merged(make_blocks([f"{i:0{width}d}" for i in range(n_units)], unit="fragment"))


def _merged(blocks: Blocks) -> Blocks:
    n_names = len(blocks.names)
    if n_names <= MAX_BLOCKS:
        return blocks
    group = np.arange(n_names) * MAX_BLOCKS // n_names
    first = np.searchsorted(group, np.arange(MAX_BLOCKS))
    return Blocks(unit=blocks.unit, names=tuple(blocks.names[i] for i in first), index=group[blocks.index])


UNIT_NAMES = {"session": "session", "heading": "sub-heading", "statement": "block", "fragment": "fragment"}
LEFT_OUT = "left out in turn"

MANY_BLOCKS = 100
"""From here on the percentile bootstrap; of fewer sessions or statement blocks it covers too little."""
SINGLE_UNITS = 20
"""From here on the percentile bootstrap where units stand alone.

Tried on 400 simulated studies each of 20 to 200 independent units with a kappa of .70: the percentile bootstrap covers
.91 to .99 of the values, the jackknife of log disagreement .76 to .98 with intervals up to twice as wide, and it gives
none up to twice as often.
"""
FOLLOWS_HEADINGS = 4
"""Codes that change at headings this many times as often as elsewhere follow them (``docs/calibration.md``)."""
MAX_CELLS = 4_000_000
MOST_KEPT, MANY_UNITS = 8, 10_000
"""As many sets of units are kept at hand, and none with more: their shifts fill memory."""


class Settings(NamedTuple):
    """How much is drawn, from which seed, and where results of earlier runs are."""

    resamples: int
    permutations: int
    folds: int
    min_sessions: int
    seed: int
    kept: Kept | None = None


@dataclass(frozen=True)
class ComparedFragments:
    """The units of one comparison with what belongs together in them.

    Attributes:
        inputs: all units.
        units: shape (m,) the positions of the units that are compared, ascending.
        settings: of the draws.
    """

    inputs: AgreementInputs
    units: Units
    settings: Settings

    @cached_property
    def identity(self) -> str:
        """Hash of what belongs together in the units and of the settings: all that figures take from here."""
        inputs = self.inputs
        labels = (inputs.sessions, inputs.headings, inputs.statements, inputs.copies)
        return hash_content([tuple(self.settings[:-1]), self.units.size, *map(self._pick, labels)])

    @cached_property
    def blocks(self) -> Blocks:
        """The largest kind of block of which there are two."""
        return choose_blocks(
            self.units.size,
            sessions=self._pick(self.inputs.sessions),
            headings=self._pick(self.inputs.headings),
            statements=self._pick(self.inputs.statements),
        )

    @property
    def n_blocks(self) -> int:
        """Number of blocks with a unit."""
        return len(self.blocks.names)

    @property
    def unit(self) -> str:
        """What is resampled, as printed."""
        return UNIT_NAMES[self.blocks.unit]

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """Fold of each unit: whole sessions, or whole statement blocks of one document; all 0 with one block only."""
        names = [self.blocks.names[i] for i in self.blocks.index]
        statements = self._pick(self.inputs.statements)
        if self.blocks.unit != "session" and statements is not None:
            names = list(statements)
        if len(set(names)) < 2:
            return np.zeros(self.units.size, dtype=np.int64)
        return deal_blocks(names, n_folds=self.settings.folds, seed=self.settings.seed)

    @cached_property
    def copies(self) -> tuple[str, ...]:
        """Key of each unit whose text stands more than once; empty ones where it does not, or is not known."""
        return self._pick(self.inputs.copies) or ("",) * self.units.size

    def index_for(self, n_cells: int) -> Units:
        """Block number of each unit; blocks are merged with their neighbours where their tables would not fit."""
        fitting = max(10, 5 * MAX_CELLS // max(n_cells, 1))
        index = self.blocks.index
        return index if self.n_blocks <= fitting else index * fitting // self.n_blocks

    def intervals(
        self,
        by_block: Floats,
        statistic: Figure,
        *,
        lowest: ArrayLike = -1.0,
        highest: float = 1.0,
        method: Method | None = None,
        n_numbers: int = 1,
        freedom: int | None = None,
    ) -> list[Interval]:
        """Give figures of sums over blocks their intervals.

        Args:
            by_block: shape (b, ...) numbers that add up over blocks.
            statistic: takes sums (n, ...), gives (n,) or (n, figures).
            lowest: least value, of all figures or of each.
            highest: highest value.
            method: None for the one that covers best with this number of blocks.
            n_numbers: the most numbers that the statistic makes of one sum.
            freedom: degrees of freedom of the jackknife; one less than blocks by default.
        """
        n_blocks = len(by_block)
        enough = SINGLE_UNITS if self.blocks.unit == "fragment" else MANY_BLOCKS
        chosen = method or (Method.JACKKNIFE_T_LOG if n_blocks < enough else Method.PERCENTILE)
        draws = None
        if chosen is Method.PERCENTILE and n_blocks:
            draws = _draws(n_blocks, self.settings.resamples, self.settings.seed)
        found = intervals_of_sums(
            by_block, statistic, method=chosen, lowest=lowest, highest=highest,
            draws=draws, n_numbers=n_numbers, freedom=freedom,
        )  # fmt: skip
        few = self.unit == "session" and n_blocks < self.settings.min_sessions
        return [one if self._shows_range(one, few=few) else replace(one, left_out=None) for one in found]

    def _shows_range(self, found: Interval, *, few: bool) -> bool:
        """Tell whether the leave-one-out range is shown: of sessions, where they are few or instead of an interval."""
        if self.unit != "session" or found.reason in (NoInterval.UNDEFINED, NoInterval.NO_SPREAD):
            return False
        return few or found.reason is not None

    def shifts_for(self, *codes: Units, mirrored: bool = True) -> "ShiftPlan":
        """Plan the shifts that keep the runs of coders.

        Codes move within their own session and its mirror image, or round the whole document (or file) where there are
        no two sessions. A step is a fragment, or a statement with its quotes; where the codes of every coder change at
        headings and hardly elsewhere, it is what stands under one heading, since those borders are no agreement of
        theirs.

        Args:
            codes: of each coder, shape (m,), -1 is missing.
            mirrored: False for plain circles within sessions too.
        """
        by_heading = self._headings is not None and all(self._follows_headings(own) for own in codes)
        within_sessions = self._place == WITHIN_SESSIONS
        mirrored = mirrored and within_sessions
        key = by_heading, mirrored
        if key not in self._plans:
            steps = self._headings if by_heading else self._statements
            step = "heading" if by_heading else "fragment" if steps is None else "statement"
            shifts = make_shifts(self._circles, steps, mirrored=mirrored, seed=self.settings.seed)
            self._plans[key] = ShiftPlan(shifts, self._place, step, mirrored=mirrored)
        refused = within_sessions and any(self._fills_sessions(own) for own in codes)
        return replace(self._plans[key], refused=ONE_CODE) if refused else self._plans[key]

    def _fills_sessions(self, codes: Units) -> bool:
        """Tell whether most fragments stand in sessions of several fragments that have one and the same code."""
        known = codes >= 0
        circles, size = np.unique(self._circles[known], return_counts=True)
        n_codes = int(codes.max(initial=0)) + 1
        given = np.unique(self._circles[known] * n_codes + codes[known]) // n_codes
        one_code = np.bincount(np.searchsorted(circles, given), minlength=circles.size) == 1
        several = size > 1
        return bool(2 * size[several & one_code].sum() > size[several].sum())

    def arrangements(self, plan: "ShiftPlan", *, extra_seed: int = 0, always_draw: bool = False) -> Units:
        """Choose arrangements of a plan; the observed one comes first."""
        seed, wanted = self.settings.seed + extra_seed, self.settings.permutations
        if always_draw and plan.shifts.is_complete(wanted):
            rows = plan.shifts.arrange(wanted, seed=seed)
            picked = np.random.default_rng(seed).integers(len(rows), size=wanted)
            return np.vstack([rows[:1], rows[picked]])
        return plan.shifts.arrange(wanted, seed=seed)

    @cached_property
    def _plans(self) -> dict[tuple[bool, bool], "ShiftPlan"]:
        return {}

    @cached_property
    def _place(self) -> str:
        if self.blocks.unit == "session":
            return ALL_SESSIONS if self.n_blocks == self.units.size else WITHIN_SESSIONS
        return "round the whole file" if self.inputs.sessions is None else WHOLE_DOCUMENT

    @cached_property
    def _circles(self) -> Units:
        if self.blocks.unit == "session":
            return self._number(self.inputs.sessions)
        return np.zeros(self.units.size, dtype=np.int64)

    @cached_property
    def _statements(self) -> Units | None:
        steps = None if self.inputs.statements is None else self._number(self.inputs.statements)
        return None if steps is None or np.unique(steps).size == steps.size else steps

    @cached_property
    def _headings(self) -> Units | None:
        steps = None if self.inputs.headings is None else self._number(self.inputs.headings)
        return None if steps is None or np.unique(steps).size < 2 else steps

    def _number(self, labels: tuple[str, ...] | None) -> Units:
        return np.unique(np.array(self._pick(labels)), return_inverse=True)[1].ravel()

    def _follows_headings(self, codes: Units) -> bool:
        """Tell whether neighbouring codes change at headings at least four times as often as elsewhere."""
        headings = self._headings
        if headings is None or codes.size < 2:
            return False
        near = (self._circles[1:] == self._circles[:-1]) & (codes[1:] >= 0) & (codes[:-1] >= 0)
        change, border = codes[1:] != codes[:-1], headings[1:] != headings[:-1]
        at_border, elsewhere = near & border, near & ~border
        if not at_border.any() or not elsewhere.any():
            return False
        return bool(change[elsewhere].mean() * FOLLOWS_HEADINGS <= change[at_border].mean()) and bool(
            change[at_border].any()
        )

    def _pick(self, labels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if labels is None else tuple(labels[i] for i in self.units.tolist())


def compare_fragments(inputs: AgreementInputs, units: Units, settings: Settings) -> ComparedFragments:
    """Give what belongs together in units, worked out once where comparisons that follow are of the same ones."""
    if units.size > MANY_UNITS:
        return ComparedFragments(inputs, units, settings)
    latest, key = inputs.latest, (settings, units.tobytes())
    latest[key] = latest.pop(key, None) or ComparedFragments(inputs, units, settings)
    if len(latest) > MOST_KEPT:
        del latest[next(iter(latest))]
    found: ComparedFragments = latest[key]
    return found


@dataclass(frozen=True)
class ShiftPlan:
    """Shifts of one coder's codes, and how they are called.

    Attributes:
        shifts: of the units.
        place: within what codes move.
        step: what one step is.
        mirrored: whether the text is followed by its mirror image.
        refused: why no p-value is honest here, whatever the shifts give; None where one is.
    """

    shifts: CircularShifts
    place: str
    step: str
    mirrored: bool = False
    refused: str | None = None

    @property
    def renames(self) -> bool:
        """Tell whether a shift may do no more than give whole steps another name."""
        return self.step == "heading"

    def name(self, test: ShiftTest) -> str:
        """Name the null of a figure as in the column ``null``."""
        name = f"{'mirrored' if self.mirrored else 'circular'} shifts {self.place} by {self.step}"
        if self.shifts.n_arrangements < 2:
            return f"not tested: nothing can be shifted {self.place}"
        if test.says_nothing:
            return f"not tested: every one of the {name} gives the same figure"
        if self.refused is not None:
            return f"not tested: {self.refused}"
        if test.too_alike:
            return f"not tested: too many of the {name} give the highest figure"
        if test.p is None:
            return f"not tested: there are {test.n_made} {name} only"
        return f"{name}, {'all' if test.is_complete else 'drawn'} {test.n_made}"

    def summarise(self, values: Floats, *, is_complete: bool) -> ShiftTest:
        """Place an observed figure, the first of its arrangements (shape (n,)), among the others."""
        test = summarise_shifts(values, is_complete=is_complete)
        return test if self.refused is None else replace(test, p=None)


WITHIN_SESSIONS, ALL_SESSIONS, WHOLE_DOCUMENT = "within sessions", "round all sessions", "round the whole document"
ONE_CODE = "most sessions hold one code only"


@lru_cache(maxsize=4)
def _draws(n_blocks: int, n_resamples: int, seed: int) -> Floats:
    drawn = draw_weights(n_blocks, n_resamples, seed=seed)
    drawn.flags.writeable = False
    return drawn
