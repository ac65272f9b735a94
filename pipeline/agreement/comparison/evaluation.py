"""Measures that are functions of sums over units, each evaluated with its interval and its chance level.

What a measure needs of a unit is a few numbers that add up: cells of a table, matches of a code, disagreements of two
sets. They are counted once for each block, which gives the interval, and once for each circular shift of a session,
which gives the chance level; resamples and arrangements are sums of those counts, the same for all measures and codes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np

from pipeline.agreement.comparison.folds import ComparedFragments, ShiftPlan
from pipeline.agreement.comparison.rows import NO_INTERVAL, FoundFigure
from pipeline.agreement.statistics.coefficients import MatchSums, Undefined
from pipeline.agreement.statistics.counts import Tallies, sum_by_block, tally_by_block
from pipeline.agreement.statistics.permutation import ShiftTest, Units, is_settled
from pipeline.agreement.statistics.registry import Categories
from pipeline.agreement.statistics.resampling import Interval, Method
from pipeline.core.receipts import look_up
from pipeline.core.views import Floats


@dataclass(frozen=True)
class PairSums:
    """Sums of what each pair of categories weighs, and how often each category was chosen.

    Args:
        weighed: shape (..., weights).
        by_both: shape (..., q) choices of both coders together.
        n: shape (...) units.
    """

    weighed: Floats
    by_both: Floats
    n: Floats


View: TypeAlias = Floats | MatchSums | PairSums


class Counting(Protocol):
    """What is counted of the units of two coders."""

    @property
    def size(self) -> int:
        """How many numbers are counted of a unit, at most what a view makes of them."""

    def count(self, codes_a: Units, codes_b: Units, rows: Units, n_rows: int) -> Floats:
        """Count the units of each row, shape (n_rows, numbers); codes and rows have the shape (units,)."""

    def view(self, sums: Floats) -> View:
        """Give sums (..., numbers) the form that measures take."""


@dataclass(frozen=True)
class TableCounting:
    """Whole tables, shape (..., rows, columns): for ordered categories and for clusterings."""

    shape: tuple[int, int]

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.shape[0] * self.shape[1]

    def count(self, codes_a: Units, codes_b: Units, rows: Units, n_rows: int) -> Floats:
        """Count how often each pair of codes comes."""
        return _count_cells(codes_a * self.shape[1] + codes_b, rows, n_rows, self.size)

    def view(self, sums: Floats) -> Floats:
        """Give tables."""
        return sums.reshape(*sums.shape[:-1], *self.shape)


@dataclass(frozen=True)
class MatchCounting:
    """`MatchSums` of q categories without order; with ``n_codes`` of each code against the rest, (..., codes, 2)."""

    n_categories: int
    n_codes: int | None = None

    @property
    def size(self) -> int:
        """Three numbers a category."""
        return 3 * self.n_categories

    def count(self, codes_a: Units, codes_b: Units, rows: Units, n_rows: int) -> Floats:
        """Count matches and how often each coder chose each category."""
        same = codes_a == codes_b
        return np.hstack(
            [
                _count_cells(codes_a[same], rows[same], n_rows, self.n_categories),
                _count_cells(codes_a, rows, n_rows, self.n_categories),
                _count_cells(codes_b, rows, n_rows, self.n_categories),
            ]
        )

    def view(self, sums: Floats) -> MatchSums:
        """Give matches of the whole, or of each code."""
        same, first, second = np.split(sums, 3, axis=-1)
        if self.n_codes is None:
            return MatchSums(same, first, second)
        n = first.sum(axis=-1, keepdims=True)
        kept = slice(self.n_codes)
        return _against_rest(same[..., kept], first[..., kept], second[..., kept], n)


@dataclass(frozen=True)
class MemberCounting:
    """`MatchSums` of each code against the rest, of sets of codes: ``members`` has the shape (sets, codes)."""

    members: Floats

    @property
    def size(self) -> int:
        """Three numbers a code, and the number of units."""
        return 3 * int(self.members.shape[1]) + 1

    def count(self, codes_a: Units, codes_b: Units, rows: Units, n_rows: int) -> Floats:
        """Count the units of which both sets, the first and the second contain each code."""
        first, second = self.members[codes_a], self.members[codes_b]
        numbers = np.hstack([first * second, first, second, np.ones((len(first), 1))])
        return _sum_rows(numbers, rows, n_rows)

    def view(self, sums: Floats) -> MatchSums:
        """Give matches of each code, shape (..., codes, 2)."""
        same, first, second = np.split(sums[..., :-1], 3, axis=-1)
        return _against_rest(same, first, second, sums[..., -1:])


@dataclass(frozen=True)
class PairCounting:
    """`PairSums` under several weights, shape (weights, q, q): for sets of codes, whose tables are large and empty."""

    weights: Floats

    @property
    def size(self) -> int:
        """A number for each weight and each category."""
        return len(self.weights) + int(self.weights.shape[-1])

    def count(self, codes_a: Units, codes_b: Units, rows: Units, n_rows: int) -> Floats:
        """Add up the weights of the pairs, and count the choices."""
        weighed = np.stack(
            [np.bincount(rows, weights=one[codes_a, codes_b], minlength=n_rows) for one in self.weights], axis=-1
        )
        q = self.weights.shape[-1]
        return np.hstack([weighed, _count_cells(codes_a, rows, n_rows, q) + _count_cells(codes_b, rows, n_rows, q)])

    def view(self, sums: Floats) -> PairSums:
        """Give the sums by name."""
        weighed, by_both = sums[..., : len(self.weights)], sums[..., len(self.weights) :]
        return PairSums(weighed, by_both, by_both.sum(axis=-1) / 2.0)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A statistic of what is counted.

    Attributes:
        name: as in the column ``statistic``.
        of: takes a view with leading axes (...), gives (...), or (..., codes); NaN where undefined.
        explain: takes the view of the sum of all units and the position of the code, says why it is undefined.
        lowest: the least value.
        chance: whether more of it means more agreement, so that a chance level and a p-value mean something.
        method: of the interval; None for the one that covers best.
        by_name: whether it compares codes by their names; else only which units are together.
        categories: what it depends on beside the view.
    """

    name: str
    of: Callable[[Any], Floats]
    explain: Callable[[Any, int], str] = lambda _, __: str(Undefined.ONE_CATEGORY)
    lowest: float = -1.0
    chance: bool = True
    method: Method | None = None
    by_name: bool = True
    categories: Categories | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Give what tells it from other measures of the same view."""
        return self.name, self.lowest, self.chance, self.method, self.by_name, self.categories


@dataclass(frozen=True, kw_only=True)
class ManyMeasure:
    """A statistic of tallies of any number of coders: as `Measure`, with tallies for views."""

    name: str
    of: Callable[[Tallies], Floats]
    explain: Callable[[Tallies], str]
    lowest: float = -1.0
    categories: Categories | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Give what tells it from other measures of the same tallies."""
        return self.name, self.lowest, self.categories


def evaluate(
    compared: ComparedFragments,
    codes_a: Units,
    codes_b: Units,
    counting: Counting,
    measures: Sequence[Measure],
    *,
    labels: Sequence[str] = ("",),
) -> list[FoundFigure]:
    """Evaluate measures of two coders, all on the same resamples and circular shifts.

    Args:
        compared: what belongs together in the m units.
        codes_a: shape (m,) codes from 0, -1 is missing.
        codes_b: shape (m,) likewise; these are shifted.
        counting: what is counted of the units.
        measures: of its view.
        labels: the codes, where a measure gives one figure for each; ``("",)`` for one figure.

    Returns:
        Per measure one figure for each label.
    """
    return _look_up(
        compared,
        [codes_a, codes_b, counting, [measure.identity for measure in measures], tuple(labels)],
        lambda: _evaluate(compared, codes_a, codes_b, counting, measures, labels),
    )


def _look_up(
    compared: ComparedFragments, parts: list[object], make: Callable[[], list[FoundFigure]]
) -> list[FoundFigure]:
    rows = look_up(
        compared.settings.kept, lambda: [compared.identity, *parts], lambda: [vars(figure) for figure in make()]
    )
    return [FoundFigure(**{**row, "left_out": row["left_out"] and tuple(row["left_out"])}) for row in rows]


def _evaluate(
    compared: ComparedFragments,
    codes_a: Units,
    codes_b: Units,
    counting: Counting,
    measures: Sequence[Measure],
    labels: Sequence[str],
) -> list[FoundFigure]:
    known = (codes_a >= 0) & (codes_b >= 0)
    index = compared.index_for(counting.size)
    n_blocks = int(index.max(initial=-1)) + 1
    by_block = counting.count(codes_a[known], codes_b[known], index[known], n_blocks)
    by_block = by_block[by_block.any(axis=1)]
    whole = counting.view(by_block.sum(axis=0))
    tested = [measure for measure in measures if measure.chance]
    null = _shifted(compared, codes_a, codes_b, counting, tested, len(labels)) if tested and len(by_block) else {}
    given = _intervals(compared, by_block, counting.view, measures, len(labels), n_numbers=4 * counting.size)
    found = []
    for measure in measures:
        for i, (label, interval) in enumerate(zip(labels, given[measure.name], strict=True)):
            test = null[measure.name][i] if measure.name in null and interval.estimate is not None else None
            reason = measure.explain(whole, i) if interval.estimate is None else None
            found.append(_write(measure.name, label, interval, test, reason))
    return found


def _intervals(
    compared: ComparedFragments,
    by_block: Floats,
    view: Callable[[Floats], Any],
    measures: Sequence[Measure],
    n_labels: int,
    *,
    n_numbers: int,
) -> dict[str, list[Interval]]:
    """Intervals of all measures, those of one method on the same sums."""
    found = {}
    for method in dict.fromkeys(measure.method for measure in measures):
        own = [measure for measure in measures if measure.method == method]

        def statistic(sums: Floats, own: Sequence[Measure] = own) -> Floats:
            seen = view(sums)
            return np.hstack([np.asarray(measure.of(seen)).reshape(len(sums), n_labels) for measure in own])

        lowest = np.repeat([measure.lowest for measure in own], n_labels)
        given = compared.intervals(by_block, statistic, lowest=lowest, method=method, n_numbers=n_numbers)
        found.update({measure.name: given[i * n_labels : (i + 1) * n_labels] for i, measure in enumerate(own)})
    return found


def evaluate_many(
    compared: ComparedFragments,
    codes: Units,
    n_categories: int,
    measures: Sequence[ManyMeasure],
    *,
    labels: Sequence[str] | None = None,
) -> list[FoundFigure]:
    """Evaluate measures of any number of coders.

    Args:
        compared: what belongs together in the m units.
        codes: shape (m, coders), -1 is missing; under chance all but the first coder's are shifted, each for itself.
        n_categories: q.
        measures: of tallies.
        labels: the first codes, to evaluate each against the rest; None for the whole.
    """
    return _look_up(
        compared,
        [codes, n_categories, [measure.identity for measure in measures], None if labels is None else tuple(labels)],
        lambda: _evaluate_many(compared, codes, n_categories, measures, labels),
    )


def _evaluate_many(
    compared: ComparedFragments,
    codes: Units,
    n_categories: int,
    measures: Sequence[ManyMeasure],
    labels: Sequence[str] | None,
) -> list[FoundFigure]:
    shape = n_categories, n_categories

    def view(flat: Floats) -> Tallies:
        """Pairs, margins and coincidences side by side as one row of numbers, and back."""
        lead, cells = flat.shape[:-1], n_categories**2
        pairs, margins = flat[..., :cells], flat[..., cells : cells + n_categories]
        tallies = Tallies(
            pairs.reshape(*lead, *shape), margins, flat[..., cells + n_categories :].reshape(*lead, *shape)
        )
        return tallies if labels is None else tallies.one_against_rest()

    n_numbers = 4 * n_categories**2
    by_block = _flat(tally_by_block(codes, n_categories, compared.index_for(n_numbers)))
    names = tuple(labels or ("",))
    null = _shifted_tallies(compared, codes, n_categories, view, measures, len(names)) if len(by_block) else {}
    whole = view(by_block.sum(axis=0))
    found = []
    for measure in measures:

        def of(sums: Floats, measure: ManyMeasure = measure) -> Floats:
            values = measure.of(view(sums))
            return values if labels is None else values[..., : len(names)]

        intervals = compared.intervals(by_block, of, lowest=measure.lowest, n_numbers=n_numbers)
        for i, (label, given) in enumerate(zip(names, intervals, strict=True)):
            test = null[measure.name][i] if null and given.estimate is not None else None
            part = whole if labels is None else Tallies(whole.pairs[i], whole.margins[i], whole.coincidences[i])
            reason = measure.explain(part) if given.estimate is None else None
            found.append(_write(measure.name, label, given, test, reason))
    return found


def _shifted(
    compared: ComparedFragments,
    codes_a: Units,
    codes_b: Units,
    counting: Counting,
    measures: Sequence[Measure],
    n_labels: int,
) -> dict[str, list[tuple[ShiftTest, str]]]:
    """Place the measures among circular shifts; per measure one test for each label, with the name of the null."""
    plan = compared.shifts_for(codes_a, codes_b)
    place = partial(_shift_and_measure, compared, codes_a, codes_b, counting, n_labels)
    found = place(plan, measures)
    by_border = [measure for measure in measures if not measure.by_name]
    if plan.mirrored and by_border:
        circles = compared.shifts_for(codes_a, codes_b, mirrored=False)
        others = place(circles, by_border)
        for measure in by_border:
            pairs = zip(found[measure.name], others[measure.name], strict=True)
            found[measure.name] = [_less_favourable(*pair) for pair in pairs]
    return found


def _less_favourable(mirrored: tuple[ShiftTest, str], circular: tuple[ShiftTest, str]) -> tuple[ShiftTest, str]:
    """Choose between two tests of a figure that looks at borders and not at names.

    A mirror image doubles blocks, which breaks up groups that lie in one block each by nature; a circle breaks a run in
    every session. Each calls too much significant where the other does not, so the larger p-value counts.
    """
    if circular[0].p is None:
        return circular
    return max(mirrored, circular, key=lambda test: np.inf if test[0].p is None else test[0].p)


def _shift_and_measure(
    compared: ComparedFragments,
    codes_a: Units,
    codes_b: Units,
    counting: Counting,
    n_labels: int,
    plan: ShiftPlan,
    measures: Sequence[Measure],
) -> dict[str, list[tuple[ShiftTest, str]]]:
    shifts = plan.shifts
    a, b = codes_a[shifts.unit], codes_b[shifts.source]
    known = (a >= 0) & (b >= 0)
    by_row = counting.count(a[known], b[known], shifts.row[known], shifts.n_rows)
    arrangements = compared.arrangements(plan)
    made: list[list[Floats]] = [[] for _ in measures]
    n_made = 0
    for batch in shifts.batches(arrangements, 4 * counting.size):
        view = counting.view(shifts.add_up(by_row, batch))
        for values, measure in zip(made, measures, strict=True):
            values.append(np.asarray(measure.of(view)).reshape(len(batch), n_labels))
        n_made += len(batch)
        # Adjusting for many codes needs fine p-values; one figure does not.
        if n_labels == 1 and n_made < len(arrangements) and is_settled(np.hstack([np.vstack(v) for v in made])):
            break
    return {measure.name: _tests(plan, np.vstack(values)) for measure, values in zip(measures, made, strict=True)}


def _shifted_tallies(
    compared: ComparedFragments,
    codes: Units,
    n_categories: int,
    view: Callable[[Floats], Tallies],
    measures: Sequence[ManyMeasure],
    n_labels: int,
) -> dict[str, list[tuple[ShiftTest, str]]]:
    """Place measures of several coders among arrangements in which each but the first is shifted for itself."""
    if not measures:
        return {}
    plan = compared.shifts_for(*codes.T)
    shifts, (n_units, n_coders) = plan.shifts, codes.shape
    own = [compared.arrangements(plan, extra_seed=coder, always_draw=True) for coder in range(1, n_coders)]
    made: list[list[Floats]] = [[] for _ in measures]
    n_made = 0
    for batches in zip(
        *(shifts.batches(one, max(n_units, 4 * n_categories) * n_categories) for one in own), strict=True
    ):
        n_drawn = len(batches[0])
        others = [codes[:, i][shifts.orders(batch)].ravel() for i, batch in enumerate(batches, start=1)]
        columns = np.column_stack([np.tile(codes[:, 0], n_drawn), *others])
        tallies = view(_flat(tally_by_block(columns, n_categories, np.repeat(np.arange(n_drawn), n_units))))
        for values, measure in zip(made, measures, strict=True):
            values.append(np.asarray(measure.of(tallies)).reshape(n_drawn, -1)[:, :n_labels])
        n_made += n_drawn
        if n_labels == 1 and n_made < len(own[0]) and is_settled(np.hstack([np.vstack(v) for v in made])):
            break
    return {
        measure.name: _tests(plan, np.vstack(values), drawn=True)
        for measure, values in zip(measures, made, strict=True)
    }


def _tests(plan: ShiftPlan, values: Floats, *, drawn: bool = False) -> list[tuple[ShiftTest, str]]:
    complete = len(values) >= plan.shifts.n_arrangements and not drawn
    tests = (plan.summarise(column, is_complete=complete) for column in values.T)
    # Where whole headings are shifted and nothing changes, codes were renamed and no more: that is no chance level.
    return [
        (replace(test, chance=None) if plan.renames and test.says_nothing else test, plan.name(test)) for test in tests
    ]


def _write(
    name: str, label: str, given: Interval, test: tuple[ShiftTest, str] | None, reason: str | None
) -> FoundFigure:
    if given.estimate is None:
        return FoundFigure(statistic=name, code=label, reason=reason)
    return FoundFigure(
        statistic=name,
        code=label,
        estimate=given.estimate,
        low=given.low,
        high=given.high,
        left_out=given.left_out,
        chance=None if test is None else test[0].chance,
        p=None if test is None else test[0].p,
        null=None if test is None else test[1],
        reason=None if given.reason is None else f"{NO_INTERVAL}{given.reason}",
    )


def _count_cells(cells: Units, rows: Units, n_rows: int, n_cells: int) -> Floats:
    counted = np.bincount(rows * n_cells + cells, minlength=n_rows * n_cells)
    return counted.reshape(n_rows, n_cells).astype(np.float64)


def _sum_rows(numbers: Floats, rows: Units, n_rows: int) -> Floats:
    summed = np.zeros((n_rows, numbers.shape[1]))
    found = sum_by_block(numbers, rows)
    summed[: len(found)] = found
    return summed


def _against_rest(same: Floats, first: Floats, second: Floats, n: Floats) -> MatchSums:
    rest = np.stack([n - first - second + same, same], axis=-1)
    return MatchSums(rest, np.stack([n - first, first], axis=-1), np.stack([n - second, second], axis=-1))


def _flat(tallies: Tallies) -> Floats:
    n = len(tallies.margins)
    return np.hstack([part.reshape(n, -1) for part in (tallies.pairs, tallies.margins, tallies.coincidences)])
