import numpy as np
import pytest

from pipeline.agreement.statistics.resampling import (
    KRIPPENDORFF,
    LANDIS_KOCH,
    BandProbabilities,
    find_bands,
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
    assert find_bands(value, 0.0, LANDIS_KOCH).highest_reached() == band


@pytest.mark.parametrize(("value", "band"), [(0.666, 0), (0.667, 1), (0.799, 1), (0.8, 2), (1.0, 2)])
def test_limits_of_krippendorff(value: float, band: int) -> None:
    assert KRIPPENDORFF.bands.index(find_bands(value, 0.0, KRIPPENDORFF).highest_reached()) == band


@pytest.mark.parametrize("scale", [LANDIS_KOCH, KRIPPENDORFF])
def test_every_band_has_a_name_in_both_languages(scale: object) -> None:
    assert len(scale.bands) == len(scale.bands_nl) == len(scale.cuts) + 1


def test_probabilities_from_the_normal_table() -> None:
    # The limits .4 and .8 lie two standard errors from .6: .4772 on either side, .0228 beyond each.
    low, moderate, substantial = np.array(find_bands(0.6, 0.1, LANDIS_KOCH).probabilities)[[2, 3, 4]]
    assert (low, moderate, substantial) == pytest.approx((0.0228, 0.4772, 0.4772), abs=1e-4)


def test_the_normal_is_cut_off_at_one() -> None:
    # Half of the normal around 1 is left: P(0.8 < x < 1) / P(x < 1) = .4772 / .5.
    bands = find_bands(1.0, 0.1, KRIPPENDORFF)
    assert bands.probabilities[2] == pytest.approx(0.9545, abs=1e-4)
    assert sum(bands.probabilities) == pytest.approx(1.0)


def test_gwets_benchmark_of_the_four_raters() -> None:
    # AC1 .77544 with standard error .14295 (Gwet 2014). From the normal table, with z = (.77544 - limit) / .14295:
    # Phi(-.1718) = .4318, Phi(1.2273) = .8901, Phi(2.6264) = .9957, each less Phi(-1.5709) = .0581, over .9419.
    bands = find_bands(0.77544, 0.14295, LANDIS_KOCH)
    from_the_top = np.cumsum(bands.probabilities[::-1])
    assert from_the_top[:3].tolist() == pytest.approx([0.3968, 0.8833, 0.9954], abs=2e-4)
    assert bands.highest_reached() == "moderate"


def test_a_wider_interval_lowers_the_benchmark() -> None:
    assert find_bands(0.7, 0.02, LANDIS_KOCH).highest_reached() == "substantial"
    assert find_bands(0.7, 0.2, LANDIS_KOCH).highest_reached() == "fair"


def test_no_standard_error_is_certainty() -> None:
    assert find_bands(1.0, 0.0, LANDIS_KOCH).probabilities == (0, 0, 0, 0, 0, 1)


def test_shares_that_only_rounding_keeps_below_certainty_reach_it() -> None:
    assert BandProbabilities(KRIPPENDORFF, (0.05, 0.2, 0.75 - 1e-13)).highest_reached() == "tentative conclusions"


@pytest.mark.parametrize(("value", "error"), [(1.2, 0.1), (0.5, -0.1), (float("nan"), 0.1), (0.5, float("nan"))])
def test_values_outside_their_range_are_refused(value: float, error: float) -> None:
    with pytest.raises(ValueError, match="standard error"):
        find_bands(value, error, LANDIS_KOCH)
