"""Bands of a coefficient as probabilities: never a verdict from one point value.

The bands of Landis & Koch and the limits of Krippendorff are conventions; their authors say so. What can
be computed is how probable each band is, given the uncertainty of the figure.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pipeline.agreement.wording import read_names

CERTAINTY = 0.95
"""With which a band is reached: Gwet's benchmark."""


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
    """

    scale: Scale
    probabilities: tuple[float, ...]

    def highest_reached(self) -> str:
        """Name in English the highest band that is reached with certainty: Gwet's benchmark.

        Band for band from the top, probabilities are added up until the certainty is reached.
        Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

        >>> BandProbabilities(KRIPPENDORFF, (0.04, 0.5, 0.46)).highest_reached()
        'tentative conclusions'
        """
        from_the_top = np.cumsum(self.probabilities[::-1])
        return self.scale.bands[::-1][int((from_the_top >= CERTAINTY - 1e-12).argmax())]


def find_bands(value: float, standard_error: float, scale: Scale) -> BandProbabilities:
    """Probability of each band from a value and its standard error: normal, cut off at -1 and 1.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 6.

    Args:
        value: 1 or less; some coefficients fall below -1 with many missing values.
        standard_error: 0 or more.
        scale: `LANDIS_KOCH` or `KRIPPENDORFF`.

    Raises:
        ValueError: an argument outside its range.

    >>> bands = find_bands(0.6, 0.1, LANDIS_KOCH)
    >>> [round(probability, 3) for probability in bands.probabilities]
    [0.0, 0.0, 0.023, 0.477, 0.477, 0.023]
    """
    if not value <= 1.0 or not standard_error >= 0.0:
        raise ValueError("a value is 1 or less and a standard error is 0 or more")
    if standard_error == 0.0:
        place = np.searchsorted(scale.cuts, value, side="left" if scale.upper_included else "right")
        masses = np.eye(len(scale.bands))[place]
    else:
        normal = NormalDist(value, standard_error)
        below = np.array([normal.cdf(limit) for limit in (min(-1.0, value), *scale.cuts, 1.0)])
        masses = np.diff(below) / (below[-1] - below[0])
    return BandProbabilities(scale, tuple(float(mass) for mass in masses))
