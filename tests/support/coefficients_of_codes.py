"""One coefficient from a table or from the codes of several coders, by the registry that comparisons use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.measures import _why_undefined
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.counts import Tallies, contingency, tallies_of_tables, tally_by_block
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories


@dataclass(frozen=True)
class Estimate:
    """A value, or the reason why it is undefined: always exactly one of the two."""

    value: float | None
    reason: Undefined | None = None


def numbered(values: ArrayLike) -> Categories:
    """Categories that are numbers, in ascending order."""
    numbers = np.asarray(values, dtype=np.float64)
    return Categories(numbers.size, ordered=True, numbers=numbers)


def tally(codes: ArrayLike, n_categories: int) -> Tallies:
    """Tallies of all units together; codes have the shape (n, coders)."""
    given = np.asarray(codes, dtype=np.int64)
    by_block = tally_by_block(given, n_categories, np.zeros(len(given), dtype=np.int64))
    return Tallies(*(part.sum(axis=0) for part in (by_block.pairs, by_block.margins, by_block.coincidences)))


def weighted(tallies: Tallies, weights: ArrayLike) -> Tallies:
    """Sum the blocks of tallies with weights, such as how often a resample drew each block."""
    given, parts = np.asarray(weights, dtype=np.float64), (tallies.pairs, tallies.margins, tallies.coincidences)
    return Tallies(*(np.tensordot(given, part, axes=1) for part in parts))


def estimate_table(name: str, table: ArrayLike, categories: Categories | None = None) -> Estimate:
    """One coefficient of two coders from their contingency table; q plain categories by default."""
    counted = np.asarray(table, dtype=np.float64)
    known = categories or Categories(counted.shape[0])
    lack = known.lack(COEFFICIENTS[name].needs)
    if lack is not None:
        return Estimate(None, lack)
    value = float(COEFFICIENTS[name].of_tables(counted, known))
    return Estimate(None, _why_undefined(tallies_of_tables(counted))) if np.isnan(value) else Estimate(value)


def estimate_codes(name: str, codes: ArrayLike, categories: Categories) -> Estimate:
    """One coefficient from the codes of two or more coders, shape (n, coders), -1 is missing.

    Coefficients for two coders use the units that both coded; those for any number use Gwet's or Krippendorff's rule
    for units with fewer codes.
    """
    coefficient, given = COEFFICIENTS[name], np.asarray(codes, dtype=np.int64)
    lack = categories.lack(coefficient.needs) or _too_little(given)
    if lack is not None:
        return Estimate(None, lack)
    if coefficient.of_tallies is None:
        if given.shape[1] != 2:
            return Estimate(None, Undefined.NO_COMMON_UNIT)
        return estimate_table(name, contingency(given[:, 0], given[:, 1], categories.size), categories)
    tallies = tally(given, categories.size)
    value = float(coefficient.of_tallies(tallies, categories))
    return Estimate(None, _why_undefined(tallies)) if np.isnan(value) else Estimate(value)


def _too_little(codes: NDArray[np.int64]) -> Undefined | None:
    seen = codes >= 0
    if not codes.shape[0]:
        return Undefined.NO_UNITS
    if codes.shape[1] == 2 and not seen.any(axis=0).all():
        return Undefined.CODER_WITHOUT_CODES
    return None if (seen.sum(axis=1) >= 2).any() else Undefined.NO_COMMON_UNIT
