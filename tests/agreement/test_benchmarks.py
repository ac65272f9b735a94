import numpy as np
import pytest

from pipeline.agreement.statistics.estimate import (
    KRIPPENDORFF,
    LANDIS_KOCH,
    BandProbabilities,
    bands_from_error,
    bands_from_resamples,
)


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (-1.0, "poor"),
        (-0.001, "poor"),
        (0.0, "slight"),
        (0.20, "slight"),
        (0.21, "fair"),
        (0.40, "fair"),
        (0.60, "moderate"),
        (0.80, "substantial"),
        (0.81, "almost perfect"),
        (1.0, "almost perfect"),
    ],
)
def test_bands_of_landis_and_koch(value: float, band: str) -> None:
    assert bands_from_error(value, 0.0, LANDIS_KOCH).at_least() == band


@pytest.mark.parametrize(("value", "band"), [(0.666, 0), (0.667, 1), (0.799, 1), (0.8, 2), (1.0, 2)])
def test_limits_of_krippendorff(value: float, band: int) -> None:
    assert KRIPPENDORFF.bands.index(bands_from_error(value, 0.0, KRIPPENDORFF).at_least()) == band


@pytest.mark.parametrize("scale", [LANDIS_KOCH, KRIPPENDORFF])
def test_every_band_has_a_name_in_both_languages(scale: object) -> None:
    assert len(scale.bands) == len(scale.bands_nl) == len(scale.cuts) + 1


def test_probabilities_from_the_normal_table() -> None:
    # The limits .4 and .8 lie two standard errors from .6: .4772 on either side, .0228 beyond each.
    low, moderate, substantial = np.array(bands_from_error(0.6, 0.1, LANDIS_KOCH).probabilities)[[2, 3, 4]]
    assert (low, moderate, substantial) == pytest.approx((0.0228, 0.4772, 0.4772), abs=1e-4)


def test_the_normal_is_cut_off_at_one() -> None:
    # Half of the normal around 1 is left: P(0.8 < x < 1) / P(x < 1) = .4772 / .5.
    bands = bands_from_error(1.0, 0.1, KRIPPENDORFF)
    assert bands.probabilities[2] == pytest.approx(0.9545, abs=1e-4)
    assert sum(bands.probabilities) == pytest.approx(1.0)


def test_gwets_benchmark_of_the_four_raters() -> None:
    # AC1 .77544 with standard error .14295 (Gwet 2014). From the normal table, with z = (.77544 - limit) / .14295:
    # Phi(-.1718) = .4318, Phi(1.2273) = .8901, Phi(2.6264) = .9957, each less Phi(-1.5709) = .0581, over .9419.
    bands = bands_from_error(0.77544, 0.14295, LANDIS_KOCH)
    from_the_top = np.cumsum(bands.probabilities[::-1])
    assert from_the_top[:3].tolist() == pytest.approx([0.3968, 0.8833, 0.9954], abs=2e-4)
    assert bands.at_least(0.95) == "moderate"
    assert bands.at_least(0.80) == "substantial"


def test_a_wider_doubt_lowers_the_benchmark() -> None:
    assert bands_from_error(0.7, 0.02, LANDIS_KOCH).at_least() == "substantial"
    assert bands_from_error(0.7, 0.2, LANDIS_KOCH).at_least() == "fair"


def test_no_standard_error_is_certainty() -> None:
    assert bands_from_error(1.0, 0.0, LANDIS_KOCH).probabilities == (0, 0, 0, 0, 0, 1)


def test_resamples_are_counted_and_undefined_ones_apart() -> None:
    draws = [0.5, 0.9, 0.9, 0.7, float("nan")]
    bands = bands_from_resamples(draws, KRIPPENDORFF)
    assert bands.probabilities == (0.25, 0.25, 0.5)
    assert bands.n_undefined == 1
    assert bands.at_least(0.75) == "tentative conclusions"


def test_without_a_single_value_there_is_no_benchmark() -> None:
    bands = bands_from_resamples([float("nan")] * 3, LANDIS_KOCH)
    assert (bands.probabilities, bands.n_undefined, bands.at_least()) == ((), 3, None)


def test_shares_that_only_rounding_keeps_below_one_reach_certainty() -> None:
    assert BandProbabilities(KRIPPENDORFF, (0.1, 0.2, 0.7 - 1e-16)).at_least(1.0) == "below .667"


@pytest.mark.parametrize(("value", "error"), [(1.2, 0.1), (0.5, -0.1), (float("nan"), 0.1), (0.5, float("nan"))])
def test_values_outside_their_range_are_refused(value: float, error: float) -> None:
    with pytest.raises(ValueError, match="standard error"):
        bands_from_error(value, error, LANDIS_KOCH)
