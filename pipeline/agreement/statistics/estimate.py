"""Bands of a coefficient as probabilities: never a verdict from one point value.

The bands of Landis & Koch and the limits of Krippendorff are conventions; their authors say so. What can
be computed is how probable each band is, given the uncertainty of the figure.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.wording import Reason, read_names

_SERIES_MAX_DF = 200


class Undefined(Reason):
    """Why a coefficient has no value."""

    NO_UNITS = "undefined.no_units"
    CODER_WITHOUT_CODES = "undefined.coder_without_codes"
    NO_COMMON_UNIT = "undefined.no_common_unit"
    ONE_CATEGORY = "undefined.one_category"
    CODE_NEVER_USED = "undefined.code_never_used"
    CODE_ALWAYS_USED = "undefined.code_always_used"
    NO_EXPECTED_DISAGREEMENT = "undefined.no_expected_disagreement"
    NO_ORDER = "undefined.no_order"
    NO_NUMBERS = "undefined.no_numbers"
    NEGATIVE_NUMBERS = "undefined.negative_numbers"
    NO_SETS = "undefined.no_sets"
    NOT_BINARY = "undefined.not_binary"
    NOT_TWO_CODERS = "undefined.not_two_coders"


@dataclass(frozen=True)
class Estimate:
    """A value, or the reason why it is undefined: always exactly one of the two.

    Args:
        value: the coefficient; None when undefined.
        reason: why there is no value; None when there is one.
        standard_error: large-sample standard error; None where no formula is given here.
        degrees_of_freedom: of the t distribution for the interval; None for the normal one.

    >>> Estimate(0.5)
    Estimate(value=0.5, reason=None, standard_error=None, degrees_of_freedom=None)
    >>> str(Estimate(None, Undefined.NO_UNITS).reason)
    'there are no units'
    """

    value: float | None
    reason: Undefined | None = None
    standard_error: float | None = None
    degrees_of_freedom: int | None = None

    def __post_init__(self) -> None:
        """Refuse a bare NaN, a value with a reason, and nothing at all.

        Raises:
            ValueError: not exactly one of value and reason is given, or the value is not finite.
        """
        if (self.value is None) == (self.reason is None):
            raise ValueError("an estimate has either a value or a reason")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError("an estimate is a finite number; give a reason instead of NaN")

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Symmetric interval value -/+ quantile * standard error, cut off at 1, and at -1 unless the value is below it.

        It treats the units as independent; resample by session or block where they are not.

        Args:
            level: coverage aimed at, > 0 and < 1.

        Returns:
            Lower and upper limit, or None without a value or a standard error.

        Raises:
            ValueError: the level is not between 0 and 1.

        >>> low, high = Estimate(0.5, standard_error=0.1).interval()
        >>> round(low, 3), round(high, 3)
        (0.304, 0.696)
        """
        if not 0.0 < level < 1.0:
            raise ValueError("level lies between 0 and 1")
        if self.value is None or self.standard_error is None:
            return None
        probability = 0.5 + level / 2.0
        if self.degrees_of_freedom is None:
            quantile = NormalDist().inv_cdf(probability)
        else:
            quantile = student_quantile(probability, self.degrees_of_freedom)
        reach = quantile * self.standard_error
        low = self.value - reach
        return low if self.value < -1.0 else max(low, -1.0), min(self.value + reach, 1.0)


def student_quantile(probability: float, degrees_of_freedom: int) -> float:
    """Quantile of Student's t for a whole number of degrees of freedom.

    Source: Abramowitz & Stegun (1964), 26.7.3 and 26.7.4 (exact series, solved by bisection) up to
    200 degrees of freedom, 26.7.5 (expansion around the normal quantile) above.

    Args:
        probability: lower-tail probability, > 0 and < 1.
        degrees_of_freedom: 1 or more.

    Raises:
        ValueError: an argument outside its range.

    >>> round(student_quantile(0.975, 1), 3), round(student_quantile(0.975, 11), 3)
    (12.706, 2.201)
    """
    if not 0.0 < probability < 1.0:
        raise ValueError("probability lies between 0 and 1")
    if degrees_of_freedom < 1:
        raise ValueError("degrees_of_freedom is 1 or more")
    if probability < 0.5:
        return -student_quantile(1.0 - probability, degrees_of_freedom)
    if degrees_of_freedom > _SERIES_MAX_DF:
        return _expanded_quantile(probability, degrees_of_freedom)
    within = 2.0 * probability - 1.0
    low, high = 0.0, 1.0
    while _share_within(high, degrees_of_freedom) < within:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if _share_within(middle, degrees_of_freedom) < within:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _share_within(t: float, df: int) -> float:
    """Probability that Student's t lies between -t and t."""
    theta = math.atan(t / math.sqrt(df))
    cos_squared = math.cos(theta) ** 2
    term, total = 1.0, 0.0
    odd = df % 2
    for step in range(df // 2):
        total += term
        term *= cos_squared * (2 * step + 1 + odd) / (2 * step + 2 + odd)
    if not odd:
        return math.sin(theta) * total
    return (theta + math.sin(theta) * math.cos(theta) * total) * 2.0 / math.pi


def _expanded_quantile(probability: float, df: int) -> float:
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return z + first / df + second / df**2 + third / df**3


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A convention that cuts the coefficients from -1 to 1 into bands.

    Args:
        name: who proposed it, with the year.
        bands: English names, from low to high.
        bands_nl: Dutch names, from low to high.
        cuts: the limits between the bands.
        upper_included: whether a value on a limit belongs to the band below it.
    """

    name: str
    bands: tuple[str, ...]
    bands_nl: tuple[str, ...]
    cuts: tuple[float, ...]
    upper_included: bool


LANDIS_KOCH = Scale(
    name="Landis & Koch (1977)",
    bands=read_names("bands.landis_koch", "en"),
    bands_nl=read_names("bands.landis_koch", "nl"),
    # Zero itself is slight (.00-.20) though every other limit belongs to the band below it.
    cuts=(float(np.nextafter(0.0, -1.0)), 0.2, 0.4, 0.6, 0.8),
    upper_included=True,
)
KRIPPENDORFF = Scale(
    name="Krippendorff (2004)",
    bands=read_names("bands.krippendorff", "en"),
    bands_nl=read_names("bands.krippendorff", "nl"),
    cuts=(0.667, 0.8),
    upper_included=False,
)


@dataclass(frozen=True)
class BandProbabilities:
    """How probable each band of a scale is, from low to high; they add up to 1.

    Args:
        scale: the scale.
        probabilities: one for each band.
        n_undefined: resamples without a value, which are left out.
    """

    scale: Scale
    probabilities: tuple[float, ...]
    n_undefined: int = 0

    def at_least(self, certainty: float = 0.95) -> str | None:
        """The highest band that is reached with this certainty: Gwet's benchmark.

        Band for band from the top, probabilities are added up until the certainty is reached.
        Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

        Args:
            certainty: > 0 and <= 1.

        Returns:
            The English name of the band; None when there are no probabilities.

        >>> BandProbabilities(KRIPPENDORFF, (0.04, 0.5, 0.46)).at_least(0.95)
        'tentative conclusions'
        """
        reached = 0.0
        for band, probability in zip(reversed(self.scale.bands), reversed(self.probabilities), strict=False):
            reached += probability
            if reached >= certainty - 1e-12:
                return band
        return None


def bands_from_error(value: float, standard_error: float, scale: Scale) -> BandProbabilities:
    """Probability of each band from a value and its standard error: normal, cut off at -1 and 1.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

    Args:
        value: 1 or less; some coefficients fall below -1 with many missing values.
        standard_error: 0 or more.
        scale: `LANDIS_KOCH` or `KRIPPENDORFF`.

    Raises:
        ValueError: an argument outside its range.

    >>> bands = bands_from_error(0.6, 0.1, LANDIS_KOCH)
    >>> [round(probability, 3) for probability in bands.probabilities]
    [0.0, 0.0, 0.023, 0.477, 0.477, 0.023]
    """
    if not value <= 1.0 or not standard_error >= 0.0:
        raise ValueError("a value is 1 or less and a standard error is 0 or more")
    if standard_error == 0.0:
        return bands_from_resamples([value], scale)
    normal = NormalDist(value, standard_error)
    below = np.array([normal.cdf(limit) for limit in (min(-1.0, value), *scale.cuts, 1.0)])
    masses = np.diff(below) / (below[-1] - below[0])
    return BandProbabilities(scale, tuple(float(mass) for mass in masses))


def bands_from_resamples(draws: ArrayLike, scale: Scale) -> BandProbabilities:
    """Share of the resamples in each band; resamples without a value (NaN) are counted apart.

    Args:
        draws: shape (resamples,).
        scale: `LANDIS_KOCH` or `KRIPPENDORFF`.

    Returns:
        The shares; without a single value no probabilities at all.

    >>> bands_from_resamples([0.5, 0.7, 0.9, float("nan")], KRIPPENDORFF)  # doctest: +ELLIPSIS
    BandProbabilities(scale=..., probabilities=(0.333..., 0.333..., 0.333...), n_undefined=1)
    """
    given = np.asarray(draws, dtype=np.float64).ravel()
    values = given[~np.isnan(given)]
    if not values.size:
        return BandProbabilities(scale, (), given.size)
    places = np.searchsorted(scale.cuts, values, side=_side(scale))
    counted = np.bincount(places, minlength=len(scale.bands))
    return BandProbabilities(scale, tuple(float(n) for n in counted / values.size), given.size - values.size)


def _side(scale: Scale) -> Literal["left", "right"]:
    return "left" if scale.upper_included else "right"
