import numpy as np
import pytest
from coefficients_of_codes import estimate_codes, tally

from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.many_coders import (
    jaccard_difference,
    krippendorff_alpha,
    masi_difference,
    number_sets,
)
from pipeline.agreement.statistics.registry import Categories

CODES = ("kans", "knelpunt")
UNITS = [
    [{"kans"}, {"kans"}],
    [{"kans", "knelpunt"}, {"knelpunt"}],
    [set(), {"kans"}],
    [set(), set()],
    [{"knelpunt"}, {"knelpunt"}],
    [{"kans"}, None],
]


def test_sets_are_numbered_by_size_and_order_of_the_codes() -> None:
    numbered = number_sets(UNITS, labels=["knelpunt", "kans"])
    assert numbered.members.tolist() == [[False, False], [True, False], [False, True], [True, True]]
    assert numbered.codes[:, 0].tolist() == [2, 3, 0, 0, 1, 2]
    assert numbered.codes[5, 1] == -1


def test_numbers_do_not_depend_on_the_order_of_the_units() -> None:
    turned = number_sets(UNITS[::-1], CODES)
    assert turned.members.tolist() == number_sets(UNITS, CODES).members.tolist()
    assert turned.codes[::-1].tolist() == number_sets(UNITS, CODES).codes.tolist()


def test_differences_between_sets_by_hand() -> None:
    members = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]]
    jaccard, masi = jaccard_difference(members), masi_difference(members)
    assert jaccard[2].tolist() == pytest.approx([1, 1 / 2, 0, 2 / 3, 1])
    assert masi[2].tolist() == pytest.approx([1, 1 - 1 / 2 * 2 / 3, 0, 1 - 1 / 3 * 1 / 3, 1])
    for difference in (jaccard, masi):
        assert (difference == difference.T).all()
        assert (np.diagonal(difference) == 0).all()


def test_alpha_of_single_codes_is_nominal_alpha() -> None:
    codes = np.random.default_rng(2).integers(0, 3, (40, 3))
    numbered = number_sets([[{int(code)} for code in unit] for unit in codes], range(3))
    categories = Categories(3, members=numbered.members)
    nominal = estimate_codes("krippendorff_alpha_nominal", codes, Categories(3)).value
    for name in ("krippendorff_alpha_jaccard", "krippendorff_alpha_masi"):
        assert estimate_codes(name, numbered.codes, categories).value == pytest.approx(nominal, abs=1e-12)


def test_two_empty_sets_agree_and_an_unseen_unit_is_missing() -> None:
    agreed = number_sets([[set(), set()], [{"kans"}, {"kans"}], [{"kans"}, None]], CODES)
    categories = Categories(len(agreed.members), members=agreed.members)
    assert estimate_codes("krippendorff_alpha_masi", agreed.codes, categories).value == 1.0
    only_empty = number_sets([[set(), set()], [set(), set()]], CODES)
    nothing = estimate_codes("krippendorff_alpha_masi", only_empty.codes, Categories(1, members=only_empty.members))
    assert nothing.reason is Undefined.ONE_CATEGORY


def test_alpha_by_its_definition() -> None:
    # Two coders, every pair of values counted: expected disagreement over all pairs of different values.
    numbered = number_sets(UNITS[:5], CODES)
    difference = masi_difference(numbered.members)
    values = numbered.codes.ravel()
    observed = np.mean([difference[a, b] for a, b in numbered.codes])
    n = len(values)
    expected = sum(difference[a, b] for i, a in enumerate(values) for j, b in enumerate(values) if i != j) / (n * n - n)
    found = float(krippendorff_alpha(tally(numbered.codes, 4).coincidences, difference))
    assert found == pytest.approx(1 - observed / expected, abs=1e-12)
