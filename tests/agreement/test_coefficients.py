import math

import numpy as np
import pytest
from coefficients_of_codes import estimate_codes, estimate_table, numbered
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from pipeline.agreement.statistics import coefficients as two
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.counts import contingency, contingency_by_block, one_against_rest
from pipeline.agreement.statistics.many_coders import linear_weights, quadratic_weights, ratio_difference
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories

PARADOX = np.array([[80.0, 7.0], [8.0, 5.0]])


def random_codes(seed: int, n: int = 120, q: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.integers(0, q, n)
    return a, np.where(rng.random(n) < 0.6, a, rng.integers(0, q, n))


def test_contingency_counts_pairs_and_leaves_missing_out() -> None:
    assert contingency(np.array([0, 1, 2, -1, 2]), np.array([0, 2, 2, 1, -1]), 3).tolist() == [
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
    ]


def test_blocks_may_be_empty_and_in_any_order() -> None:
    tables = contingency_by_block(np.array([0, 1, 1]), np.array([0, 1, 0]), 2, np.array([2, 0, 2]))
    assert tables.tolist() == [[[0, 0], [0, 1]], [[0, 0], [0, 0]], [[1, 0], [1, 0]]]


def test_no_units_give_a_table_of_zeros() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert contingency(nothing, nothing, 2).tolist() == [[0, 0], [0, 0]]
    assert contingency_by_block(nothing, nothing, 2, nothing).shape == (0, 2, 2)


def test_one_against_rest_folds_every_category() -> None:
    folded = one_against_rest([[3, 1, 0], [0, 2, 1], [1, 0, 2]])
    assert folded[0].tolist() == [[5, 1], [1, 3]]
    assert folded[1].tolist() == [[6, 1], [1, 2]]
    assert (folded.sum(axis=(1, 2)) == 10).all()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_equals_scikit_learn(seed: int, weights: str | None) -> None:
    a, b = random_codes(seed)
    ours = {None: np.eye, "linear": linear_weights, "quadratic": quadratic_weights}[weights](4)
    found = float(two.cohen_kappa(contingency(a, b, 4), ours))
    assert found == pytest.approx(cohen_kappa_score(a, b, labels=[0, 1, 2, 3], weights=weights), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_standard_error_equals_statsmodels(seed: int) -> None:
    counted = contingency(*random_codes(seed), 4)
    plain, linear = cohens_kappa(counted), cohens_kappa(counted, wt="linear")
    assert float(two.cohen_kappa_standard_error(counted)) == pytest.approx(plain.std_kappa, abs=1e-12)
    assert float(two.cohen_kappa_standard_error(counted, linear_weights(4))) == pytest.approx(linear.std_kappa)
    assert estimate_table("cohen_kappa_max", counted).value == pytest.approx(plain.kappa_max, abs=1e-12)


def test_weighted_kappa_uses_the_place_of_an_absent_category() -> None:
    # Without the empty middle category the two outer ones would be neighbours.
    with_middle = estimate_table("cohen_kappa_linear", [[4, 0, 1], [0, 0, 0], [1, 1, 3]], Categories(3, ordered=True))
    assert with_middle.value == pytest.approx(1 - (2 + 0.5) / 10 / (0.5 * 0.4 + 0.5 * 0.5 + 0.1 * 0.5))


def test_the_indices_of_the_paradox_table() -> None:
    found = {name: estimate_table(name, PARADOX).value for name in COEFFICIENTS if COEFFICIENTS[name].lowest == 0.0}
    assert found == pytest.approx(
        {
            "percent": 0.85,
            "positive_agreement": 10 / 25,
            "negative_agreement": 160 / 175,
            "prevalence_index": 0.75,
            "bias_index": 0.01,
        }
    )


@pytest.mark.parametrize("name", [name for name in COEFFICIENTS if COEFFICIENTS[name].needs != "sets"])
def test_a_stack_of_tables_gives_what_each_table_gives(name: str) -> None:
    q = 2 if COEFFICIENTS[name].needs == "binary" else 3
    categories = numbered(range(1, q + 1))
    stack = np.random.default_rng(1).integers(0, 9, size=(2, 5, q, q)).astype(float)
    together = COEFFICIENTS[name].of_tables(stack, categories)
    assert together.shape == (2, 5)
    for place in np.ndindex(2, 5):
        assert together[place] == pytest.approx(estimate_table(name, stack[place], categories).value)


@pytest.mark.parametrize("name", ["positive_agreement", "negative_agreement", "prevalence_index", "bias_index"])
def test_binary_measures_refuse_larger_tables(name: str) -> None:
    assert estimate_table(name, np.eye(3)).reason is Undefined.NOT_BINARY


@pytest.mark.parametrize(
    ("name", "table", "reason"),
    [
        ("percent", [[0, 0], [0, 0]], Undefined.NO_UNITS),
        ("cohen_kappa", [[0, 0], [0, 0]], Undefined.NO_UNITS),
        ("cohen_kappa", [[0, 0], [0, 7]], Undefined.ONE_CATEGORY),
        ("cohen_kappa_max", [[0, 0], [0, 7]], Undefined.ONE_CATEGORY),
        ("scott_pi", [[7, 0], [0, 0]], Undefined.ONE_CATEGORY),
        ("krippendorff_alpha_nominal", [[7, 0], [0, 0]], Undefined.ONE_CATEGORY),
        ("gwet_ac1", [[7]], Undefined.ONE_CATEGORY),
        ("brennan_prediger", [[7]], Undefined.ONE_CATEGORY),
        ("cohen_kappa_linear", [[1, 2], [3, 4]], Undefined.NO_ORDER),
        ("krippendorff_alpha_interval", [[1, 2], [3, 4]], Undefined.NO_NUMBERS),
        ("krippendorff_alpha_masi", [[1, 2], [3, 4]], Undefined.NO_SETS),
    ],
)
def test_undefined_comes_with_its_reason(name: str, table: list[list[int]], reason: Undefined) -> None:
    estimate = estimate_table(name, table)
    assert (estimate.value, estimate.reason) == (None, reason)


def test_undefined_for_codes() -> None:
    two_categories = Categories(2)
    empty = np.zeros((0, 2), dtype=int)
    assert estimate_codes("percent", empty, two_categories).reason is Undefined.NO_UNITS
    nothing = [[0, -1], [1, -1]]
    assert estimate_codes("cohen_kappa", nothing, two_categories).reason is Undefined.CODER_WITHOUT_CODES
    apart = [[0, -1], [-1, 1]]
    assert estimate_codes("cohen_kappa", apart, two_categories).reason is Undefined.NO_COMMON_UNIT
    below_zero = estimate_codes("krippendorff_alpha_ratio", [[0, 1]], numbered([-1, 1]))
    assert below_zero.reason is Undefined.NEGATIVE_NUMBERS
    with pytest.raises(ValueError, match="negative"):
        ratio_difference([-1, 1])


def test_nan_stays_inside_stacks() -> None:
    kappas = two.cohen_kappa([[[5, 0], [0, 0]], [[4, 1], [1, 4]]])
    assert math.isnan(kappas[0])
    assert kappas[1] == pytest.approx(0.6)
