"""One figure from one table or one set of codes: a value with its standard error, or the reason for none."""

import math

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.counts import Codes, Tallies, checked_codes, contingency, ratings, tallies_of_tables, tally
from pipeline.agreement.estimate import Estimate, Undefined
from pipeline.agreement.registry import COEFFICIENTS, Categories
from pipeline.agreement.standard_errors import table_patterns


def estimate_table(name: str, table: ArrayLike, categories: Categories | None = None) -> Estimate:
    """One coefficient of two coders from their contingency table, with its standard error where known.

    Args:
        name: a key of `COEFFICIENTS`.
        table: shape (q, q), rows coder A.
        categories: what the categories are; q plain ones by default.

    Raises:
        KeyError: no coefficient of that name.
        ValueError: the table is not square, or its size is not that of the categories.

    >>> round(estimate_table("cohen_kappa", [[20, 5], [10, 15]]).value, 4)
    0.4
    >>> estimate_table("cohen_kappa", [[20, 0], [0, 0]]).reason.name
    'ONE_CATEGORY'
    """
    coefficient, counted = COEFFICIENTS[name], np.asarray(table, dtype=np.float64)
    known = Categories(counted.shape[0]) if categories is None else categories
    if counted.shape != (known.size, known.size):
        raise ValueError("a contingency table has one row and one column for each category")
    lack = known.lack(coefficient.needs)
    if lack is not None:
        return Estimate(None, lack)
    value = float(coefficient.of_tables(counted, known))
    if np.isnan(value):
        return Estimate(None, _why(tallies_of_tables(counted), name))
    n = int(counted.sum())
    error = None
    if coefficient.standard_error is not None:
        error = coefficient.standard_error(*table_patterns(counted))
        # Gwet's formulas for tables divide by n, as Fleiss, Cohen & Everitt do; those for ratings by n - 1.
        error = None if error is None else error * math.sqrt((n - 1.0) / n)
    elif coefficient.table_error is not None and n >= 2:
        error = coefficient.table_error(counted)
    return Estimate(value, None, error, None if error is None else max(n - 1, 1))


def estimate_codes(name: str, codes: ArrayLike, categories: Categories) -> Estimate:
    """One coefficient from the codes of two or more coders.

    Coefficients for two coders use the units that both coded; those for any number use Gwet's or
    Krippendorff's rule for units with fewer codes.

    Args:
        name: a key of `COEFFICIENTS`.
        codes: shape (n, coders), -1 is missing.
        categories: what the categories are.

    Raises:
        KeyError: no coefficient of that name.
        ValueError: codes outside the categories.

    >>> round(estimate_codes("percent", [[0, 0, 0], [1, 1, 0]], Categories(2)).value, 4)
    0.6667
    >>> str(estimate_codes("percent", [[0, -1], [-1, 1]], Categories(2)).reason)
    'no unit was coded by two coders'
    """
    coefficient, given = COEFFICIENTS[name], checked_codes(codes, categories.size)
    counted = ratings(given, categories.size)
    lack = categories.lack(coefficient.needs) or _too_little(given)
    if lack is not None:
        return Estimate(None, lack)
    if coefficient.of_tallies is None:
        if given.shape[1] != 2:
            return Estimate(None, Undefined.NOT_TWO_CODERS)
        return estimate_table(name, contingency(given[:, 0], given[:, 1], categories.size), categories)
    tallies = tally(given, categories.size)
    value = float(coefficient.of_tallies(tallies, categories))
    if np.isnan(value):
        return Estimate(None, _why(tallies, name))
    if coefficient.standard_error is None:
        return Estimate(value)
    error = coefficient.standard_error(counted, np.ones(len(counted)))
    fewest = 2 if name.startswith("krippendorff") else 1
    n = int((counted.sum(axis=1) >= fewest).sum())
    return Estimate(value, None, error, None if error is None else max(n - 1, 1))


def _too_little(codes: Codes) -> Undefined | None:
    seen = codes >= 0
    if not codes.shape[0]:
        return Undefined.NO_UNITS
    if codes.shape[1] == 2 and not seen.any(axis=0).all():
        return Undefined.CODER_WITHOUT_CODES
    return None if (seen.sum(axis=1) >= 2).any() else Undefined.NO_COMMON_UNIT


def _why(tallies: Tallies, name: str) -> Undefined:
    """The reason behind a NaN."""
    if not tallies.pairs.sum() > 0:
        return Undefined.NO_COMMON_UNIT if tallies.margins.sum() > 0 else Undefined.NO_UNITS
    if name == "positive_agreement":
        return Undefined.CODE_NEVER_USED
    if name == "negative_agreement":
        return Undefined.CODE_ALWAYS_USED
    used = (tallies.coincidences.sum(axis=-1) > 0).sum()
    return Undefined.ONE_CATEGORY if used < 2 else Undefined.NO_EXPECTED_DISAGREEMENT
