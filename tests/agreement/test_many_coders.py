import krippendorff
import numpy as np
import pytest
from coefficients_of_codes import estimate_codes, numbered, tally, weighted
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss_kappa

from pipeline.agreement.statistics import many_coders as many
from pipeline.agreement.statistics.counts import contingency, tallies_of_tables, tally_by_block
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories

MANY = [name for name, coefficient in COEFFICIENTS.items() if coefficient.of_tallies is not None]
NUMBERS = np.array([1.0, 2.0, 4.0, 7.0])


def random_codes(seed: int, *, n: int = 60, coders: int = 4, missing: float = 0.25) -> np.ndarray:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, len(NUMBERS), n)
    codes = np.where(rng.random((n, coders)) < 0.6, true[:, np.newaxis], rng.integers(0, len(NUMBERS), (n, coders)))
    return np.where(rng.random((n, coders)) < missing, -1, codes)


def test_tallies_of_one_unit_by_hand() -> None:
    tallies = tally([[0, 0, 1], [1, -1, -1]], 2)
    assert tallies.pairs.tolist() == [[2 / 6, 2 / 6], [2 / 6, 0.0]]
    assert tallies.margins.tolist() == [2 / 3, 1 / 3 + 1]
    assert tallies.coincidences.tolist() == [[1.0, 1.0], [1.0, 0.0]]


def test_tallies_of_a_table_equal_those_of_its_codes() -> None:
    codes = random_codes(1, coders=2, missing=0.0)
    from_table = tallies_of_tables(contingency(codes[:, 0], codes[:, 1], 4))
    from_codes = tally(codes, 4)
    for part in ("pairs", "margins", "coincidences"):
        assert getattr(from_table, part) == pytest.approx(getattr(from_codes, part))


def test_folding_tallies_equals_folding_codes() -> None:
    codes = random_codes(2)
    folded = tally(codes, 4).one_against_rest()
    for category in range(4):
        binary = tally(np.where(codes < 0, -1, codes == category), 2)
        for part in ("pairs", "margins", "coincidences"):
            assert getattr(folded, part)[category] == pytest.approx(getattr(binary, part), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_equals_the_krippendorff_package(seed: int, level: str) -> None:
    codes = random_codes(seed)
    values = np.where(codes < 0, np.nan, NUMBERS[codes])
    theirs = krippendorff.alpha(reliability_data=values.T, level_of_measurement=level, value_domain=NUMBERS.tolist())
    ours = estimate_codes(f"krippendorff_alpha_{level}", codes, numbered(NUMBERS)).value
    assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_fleiss_kappa_equals_statsmodels_on_complete_data(seed: int) -> None:
    codes = random_codes(seed, missing=0.0)
    counted, _ = aggregate_raters(codes, n_cat=4)
    assert float(many.fleiss_kappa(tally(codes, 4))) == pytest.approx(statsmodels_fleiss_kappa(counted), abs=1e-12)


def test_fleiss_kappa_of_two_coders_is_scotts_pi() -> None:
    codes = random_codes(3, coders=2, missing=0.0)
    pi = estimate_codes("scott_pi", codes, Categories(4)).value
    assert estimate_codes("fleiss_kappa", codes, Categories(4)).value == pytest.approx(pi, abs=1e-12)


def test_ac2_with_identity_weights_is_ac1_and_quadratic_by_default() -> None:
    tallies = tally(random_codes(4), 4)
    assert float(many.gwet_ac2(tallies, np.eye(4))) == float(many.gwet_ac1(tallies))
    assert float(many.gwet_ac2(tallies)) != pytest.approx(float(many.gwet_ac1(tallies)), abs=0.01)


def test_per_category_of_a_category_nobody_used_is_undefined() -> None:
    per_category = many.krippendorff_alpha_nominal(tally([[0, 0], [1, 1], [1, 0]], 3).one_against_rest())
    assert np.isnan(per_category[2])
    assert per_category[0] == pytest.approx(4 / 9)


@pytest.mark.parametrize("name", [name for name in MANY if COEFFICIENTS[name].needs != "sets"])
def test_weights_of_blocks_are_repeated_blocks(name: str) -> None:
    codes, blocks = random_codes(7, n=40), np.arange(40) % 5
    formula = COEFFICIENTS[name].of_tallies
    assert formula is not None
    draws = np.array([[1, 1, 1, 1, 1], [0, 2, 1, 2, 0]])
    resampled = formula(weighted(tally_by_block(codes, 4, blocks), draws), numbered(NUMBERS))
    for draw, found in zip(draws, resampled, strict=True):
        repeated = np.concatenate([codes[blocks == block] for block in np.repeat(np.arange(5), draw)])
        assert found == pytest.approx(float(formula(tally(repeated, 4), numbered(NUMBERS))))


def test_a_thousand_resamples_with_a_silent_one() -> None:
    # A resample of units that all have one category is NaN among the others, not an error.
    codes = np.array([[0, 0], [0, 1], [1, 1]])
    draws = np.array([[3, 0, 0], [1, 1, 1]])
    alphas = many.krippendorff_alpha_nominal(weighted(tally_by_block(codes, 2, np.arange(3)), draws))
    assert np.isnan(alphas[0])
    assert alphas[1] == pytest.approx(4 / 9)


def test_fleiss_kappa_below_minus_one_is_what_the_formula_says() -> None:
    # One pair that disagrees and one unit with a single code: observed 0, expected .75^2 + .25^2 = .625.
    estimate = estimate_codes("fleiss_kappa", [[0, 1], [0, -1]], Categories(2))
    assert estimate.value == pytest.approx(-0.625 / 0.375)
