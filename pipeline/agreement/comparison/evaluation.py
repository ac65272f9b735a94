"""Measures of tables that add up over blocks, each evaluated with its interval and its chance level."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.agreement.comparison.folds import Ground, in_portions
from pipeline.agreement.comparison.inputs import Units
from pipeline.agreement.comparison.rows import Found
from pipeline.agreement.statistics.counts import Tallies, tally_by_block
from pipeline.agreement.statistics.estimate import Undefined
from pipeline.agreement.statistics.permutation import permuted_tables, summarise_null
from pipeline.agreement.statistics.resampling import Figure, Floats, Interval, Method, SummedTables


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A statistic of tables.

    Attributes:
        name: as in the column ``statistic``.
        of: takes tables (..., rows, columns), gives (...); NaN where undefined.
        explain: takes one table of which the measure is undefined, says why.
        lowest: the least value.
        chance: whether more of it means more agreement, so that a chance level and a p-value mean something.
        method: of the interval; None for the one that covers best.
    """

    name: str
    of: Callable[[Floats], Floats]
    explain: Callable[[Floats], str] = lambda _: str(Undefined.ONE_CATEGORY)
    lowest: float = -1.0
    chance: bool = True
    method: Method | None = None


@dataclass(frozen=True, kw_only=True)
class ManyMeasure:
    """A statistic of tallies of any number of coders: as `Measure`, with tallies for tables."""

    name: str
    of: Callable[[Tallies], Floats]
    explain: Callable[[Tallies], str]
    lowest: float = -1.0


def evaluate(
    ground: Ground,
    codes_a: Units,
    codes_b: Units,
    shape: tuple[int, int],
    measures: Sequence[Measure],
    *,
    view: Callable[[Floats], Floats] | None = None,
    labels: Sequence[str] = ("",),
) -> list[Found]:
    """Evaluate measures of two coders, all on the same resamples and permutations.

    Args:
        ground: what belongs together in the m units.
        codes_a: shape (m,) codes from 0, -1 is missing.
        codes_b: shape (m,) likewise; these are moved.
        shape: number of categories of A and of B.
        measures: of the tables, or of what the view makes of them.
        view: a linear map of tables (..., *shape) to (..., q, 2, 2), one table per label; None for the tables.
        labels: the codes of a view; ``("",)`` without one.

    Returns:
        Per measure one figure for each label.
    """
    n_cells = max(shape[0] * shape[1], 4 * len(labels))
    seen = view or (lambda tables: tables)
    tables = seen(_tables_by_block(codes_a, codes_b, shape, ground.index_for(n_cells)))
    tables = tables[tables.reshape(len(tables), -1).any(axis=1)] if tables.size else tables[:0]
    total = tables.sum(axis=0)
    tested = [measure for measure in measures if measure.chance]
    portions = ground.orders(n_cells) if tested and total.any() else iter(())
    drawn = [
        [measure.of(moved) for measure in tested]
        for moved in (seen(permuted_tables(codes_a, codes_b, shape, orders)) for orders in portions)
    ]
    null = {m.name: np.concatenate([values[i] for values in drawn]) for i, m in enumerate(tested) if drawn}
    single = view is None
    parts = [tables] if single else [tables[:, i] for i in range(len(labels))]
    sums = [SummedTables(part) for part in parts]
    found = []
    for measure in measures:
        for i, label in enumerate(labels):
            cells = parts[i][0].size if len(parts[i]) else 1
            figure = in_portions(partial(_figure, sums[i], measure.of), cells)
            doubt = ground.doubt(figure, len(parts[i]), bounds=(measure.lowest, 1.0), method=measure.method)
            values = null.get(measure.name)
            moved = None if values is None else (values if single else values[:, i])
            reason = measure.explain(total if single else total[i]) if doubt.estimate is None else None
            found.append(_write(measure.name, label, doubt, moved, ground, reason))
    return found


def _figure(summed: SummedTables, of: Callable[[Floats], Floats], weights: Floats) -> Floats:
    return of(summed(weights))


def evaluate_many(
    ground: Ground,
    codes: Units,
    n_categories: int,
    measures: Sequence[ManyMeasure],
    *,
    labels: Sequence[str] | None = None,
) -> list[Found]:
    """Evaluate measures of any number of coders.

    Args:
        ground: what belongs together in the m units.
        codes: shape (m, coders), -1 is missing; under chance all but the first coder's are moved, each for itself.
        n_categories: q.
        measures: of tallies.
        labels: the first codes, to evaluate each against the rest; None for the whole.
    """
    n_cells = 4 * n_categories**2
    by_block = tally_by_block(codes, n_categories, ground.index_for(n_cells))
    portions = _moved_tallies(ground, codes, n_categories)
    if labels is not None:
        by_block, portions = by_block.one_against_rest(), (moved.one_against_rest() for moved in portions)
    drawn = [[measure.of(moved) for measure in measures] for moved in portions]
    found = []
    for position, measure in enumerate(measures):
        values = np.concatenate([portion[position] for portion in drawn]) if drawn else None
        for i, label in enumerate(labels or ("",)):
            part = by_block if labels is None else _only(by_block, i)
            figure = in_portions(_figure_of_tallies(part, measure.of), n_cells)
            doubt = ground.doubt(figure, len(part.margins), bounds=(measure.lowest, 1.0))
            moved = values if values is None or labels is None else values[:, i]
            reason = measure.explain(part.total()) if doubt.estimate is None else None
            found.append(_write(measure.name, label, doubt, moved, ground, reason))
    return found


def _write(name: str, label: str, doubt: Interval, null: Floats | None, ground: Ground, reason: str | None) -> Found:
    if doubt.estimate is None:
        return Found(statistic=name, code=label, reason=reason)
    test = None if null is None else summarise_null(doubt.estimate, null, moved=ground.moved)
    return Found(
        statistic=name,
        code=label,
        estimate=doubt.estimate,
        low=doubt.low,
        high=doubt.high,
        left_out=doubt.left_out,
        chance=None if test is None else test.chance,
        p=None if test is None else test.p,
        reason=None if doubt.reason is None else f"no interval: {doubt.reason}",
    )


def _tables_by_block(codes_a: Units, codes_b: Units, shape: tuple[int, int], index: Units) -> Floats:
    known = (codes_a >= 0) & (codes_b >= 0)
    cells = (index[known] * shape[0] + codes_a[known]) * shape[1] + codes_b[known]
    n_blocks = int(index.max(initial=-1)) + 1
    counted = np.bincount(cells, minlength=n_blocks * shape[0] * shape[1])
    return counted.reshape(n_blocks, *shape).astype(np.float64)


def _moved_tallies(ground: Ground, codes: Units, n_categories: int) -> Iterator[Tallies]:
    """Tallies of a portion of permutations at a time: each permutation is a block of its own."""
    n_units, n_coders = codes.shape
    n_cells = max(n_units * n_categories, 4 * n_categories**2)
    drawn = [ground.orders(n_cells, extra_seed=coder) for coder in range(1, n_coders)]
    for orders in zip(*drawn, strict=True):
        n_drawn = len(orders[0])
        first = np.tile(codes[:, 0], n_drawn)
        others = [codes[:, coder][order].ravel() for coder, order in enumerate(orders, start=1)]
        which = np.repeat(np.arange(n_drawn), n_units)
        yield tally_by_block(np.column_stack([first, *others]), n_categories, which)


def _figure_of_tallies(by_block: Tallies, of: Callable[[Tallies], Floats]) -> Figure:
    return lambda weights: of(by_block.weighted(weights))


def _only(tallies: Tallies, label: int) -> Tallies:
    return Tallies(tallies.pairs[:, label], tallies.margins[:, label], tallies.coincidences[:, label])
