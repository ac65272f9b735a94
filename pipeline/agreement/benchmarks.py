"""Bands of a coefficient as probabilities: never a verdict from one point value.

The bands of Landis & Koch and the limits of Krippendorff are conventions; their authors say so. What can
be computed is how probable each band is, given the doubt in the figure.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


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
    bands=("poor", "slight", "fair", "moderate", "substantial", "almost perfect"),
    bands_nl=("slecht", "gering", "matig", "redelijk", "goed", "bijna perfect"),
    # Zero itself is slight (.00-.20) though every other limit belongs to the band below it.
    cuts=(float(np.nextafter(0.0, -1.0)), 0.2, 0.4, 0.6, 0.8),
    upper_included=True,
)
KRIPPENDORFF = Scale(
    name="Krippendorff (2004)",
    bands=("below .667", "tentative conclusions", "reliable"),
    bands_nl=("onder 0,667", "voorzichtige conclusies", "betrouwbaar"),
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


def band_of(value: float, scale: Scale) -> int:
    """Position of the band that holds a value.

    >>> [LANDIS_KOCH.bands[band_of(value, LANDIS_KOCH)] for value in (-0.1, 0.0, 0.2, 0.81)]
    ['poor', 'slight', 'slight', 'almost perfect']
    >>> KRIPPENDORFF.bands[band_of(0.8, KRIPPENDORFF)]
    'reliable'
    """
    return int(np.searchsorted(scale.cuts, value, side=_side(scale)))


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
