"""One coefficient from the codes of two or more coders, by the registry that comparisons use."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.measures import _why_undefined, estimate_table
from pipeline.agreement.statistics.counts import checked_codes, contingency, ratings, tally
from pipeline.agreement.statistics.estimate import Estimate, Undefined
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories


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
        return Estimate(None, _why_undefined(tallies, name))
    if coefficient.standard_error is None:
        return Estimate(value)
    error = coefficient.standard_error(counted, np.ones(len(counted)))
    fewest = 2 if name.startswith("krippendorff") else 1
    n = int((counted.sum(axis=1) >= fewest).sum())
    return Estimate(value, None, error, None if error is None else max(n - 1, 1))


def _too_little(codes: NDArray[np.int64]) -> Undefined | None:
    seen = codes >= 0
    if not codes.shape[0]:
        return Undefined.NO_UNITS
    if codes.shape[1] == 2 and not seen.any(axis=0).all():
        return Undefined.CODER_WITHOUT_CODES
    return None if (seen.sum(axis=1) >= 2).any() else Undefined.NO_COMMON_UNIT
