"""Laws that every coefficient keeps, whatever the codes are."""

import numpy as np
import pytest
from coefficients_of_codes import Estimate, estimate_codes, estimate_table, numbered, tally
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.agreement.statistics.counts import contingency, contingency_by_block, tally_by_block
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories, Needs

Q = 3
CATEGORIES = Categories(
    Q, ordered=True, numbers=np.array([1.0, 2.0, 4.0]), members=np.array([[False, False], [True, False], [True, True]])
)
ANY = [name for name, coefficient in COEFFICIENTS.items() if coefficient.needs is not Needs.BINARY]
UNORDERED = [name for name in ANY if COEFFICIENTS[name].needs is Needs.CATEGORIES]

LAW = settings(max_examples=40, deadline=None, derandomize=True, database=None)

codes_of_two = st.integers(1, 25).flatmap(lambda n: arrays(np.int64, (n, 2), elements=st.integers(-1, Q - 1)))
codes_of_some = st.tuples(st.integers(1, 15), st.integers(2, 5)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-1, Q - 1))
)


def same(one: Estimate, other: Estimate) -> bool:
    if one.value is None or other.value is None:
        return one.reason == other.reason
    return one.value == pytest.approx(other.value, abs=1e-9)


def estimates(codes: np.ndarray, names: list[str] = ANY) -> dict[str, Estimate]:
    return {name: estimate_codes(name, codes, CATEGORIES) for name in names}


@LAW
@given(codes_of_some)
def test_a_figure_is_a_number_in_range_or_a_reason(codes: np.ndarray) -> None:
    for name, estimate in estimates(codes).items():
        assert (estimate.value is None) != (estimate.reason is None)
        if estimate.value is not None:
            assert COEFFICIENTS[name].lowest - 1e-9 <= estimate.value <= 1.0 + 1e-9, name


@LAW
@given(codes_of_some, st.permutations(range(Q)))
def test_relabelling_changes_no_unordered_coefficient(codes: np.ndarray, labels: list[int]) -> None:
    relabelled = np.where(codes < 0, -1, np.array(labels)[codes])
    before, after = estimates(codes, UNORDERED), estimates(relabelled, UNORDERED)
    assert all(same(before[name], after[name]) for name in UNORDERED)


@LAW
@given(codes_of_some)
def test_turning_the_order_round_changes_no_ordered_coefficient(codes: np.ndarray) -> None:
    turned = np.where(codes < 0, -1, Q - 1 - codes)
    for name in ANY:
        if COEFFICIENTS[name].needs is Needs.ORDER:
            assert same(estimate_codes(name, codes, CATEGORIES), estimate_codes(name, turned, CATEGORIES)), name


@LAW
@given(codes_of_some)
def test_numbers_may_be_shifted_and_stretched_for_interval_and_stretched_for_ratio(codes: np.ndarray) -> None:
    shifted, stretched = numbered([-5.0, -2.0, 4.0]), numbered([2.0, 4.0, 8.0])
    for name, other in (("krippendorff_alpha_interval", shifted), ("krippendorff_alpha_ratio", stretched)):
        assert same(estimate_codes(name, codes, CATEGORIES), estimate_codes(name, codes, other)), name


@LAW
@given(codes_of_some, st.randoms(use_true_random=False))
def test_the_order_of_coders_and_units_does_not_matter(codes: np.ndarray, random: object) -> None:
    units, coders = list(range(codes.shape[0])), list(range(codes.shape[1]))
    random.shuffle(units)  # type: ignore[attr-defined]
    random.shuffle(coders)  # type: ignore[attr-defined]
    before, after = estimates(codes), estimates(codes[units][:, coders])
    assert all(same(before[name], after[name]) for name in ANY)


@LAW
@given(arrays(np.float64, (2, 2), elements=st.integers(0, 9)))
def test_binary_measures_do_not_depend_on_the_order_of_coders(table: np.ndarray) -> None:
    for name, coefficient in COEFFICIENTS.items():
        if coefficient.needs is Needs.BINARY:
            assert same(estimate_table(name, table), estimate_table(name, table.T)), name


@LAW
@given(codes_of_some)
def test_duplicated_units_change_only_the_small_sample_correction_of_alpha(codes: np.ndarray) -> None:
    once, twice = estimates(codes), estimates(np.concatenate([codes, codes]))
    n = float(tally(codes, Q).coincidences.sum())
    for name in ANY:
        if name.startswith("krippendorff") and once[name].value is not None:
            wider = (2.0 * n - 1.0) / (2.0 * (n - 1.0))
            assert 1.0 - twice[name].value == pytest.approx(wider * (1.0 - once[name].value), abs=1e-9), name
        else:
            assert same(once[name], twice[name]), name


@LAW
@given(codes_of_two)
def test_units_that_one_coder_skipped_do_not_count_in_two_coder_coefficients(codes: np.ndarray) -> None:
    seen = (codes >= 0).all(axis=1)
    assume(seen.any())
    for name in ANY:
        if COEFFICIENTS[name].of_tallies is None or name.startswith("krippendorff") or name == "percent":
            assert same(estimate_codes(name, codes, CATEGORIES), estimate_codes(name, codes[seen], CATEGORIES)), name


@LAW
@given(arrays(np.int64, st.integers(1, 25), elements=st.integers(0, Q - 1)), st.integers(2, 4))
def test_perfect_agreement_is_one_or_undefined_with_one_category(one: np.ndarray, coders: int) -> None:
    codes = np.repeat(one[:, np.newaxis], coders, axis=1)
    for name, estimate in estimates(codes).items():
        if COEFFICIENTS[name].of_tallies is None and coders > 2:
            assert estimate.reason is not None
        elif estimate.value is None:
            assert len(set(one.tolist())) == 1, name
        else:
            assert estimate.value == pytest.approx(1.0), name


@LAW
@given(st.integers(1, 20), st.integers(2, 4), st.integers(0, Q - 1))
def test_one_category_gives_a_share_of_one_and_no_floor(n: int, coders: int, category: int) -> None:
    codes = np.full((n, coders), category)
    for name, estimate in estimates(codes, UNORDERED).items():
        if name in ("percent", "gwet_ac1", "brennan_prediger"):
            assert estimate.value == pytest.approx(1.0), name
        else:
            assert estimate.value is None, name


@LAW
@given(codes_of_two)
def test_a_coder_who_coded_nothing_gives_a_reason_everywhere(codes: np.ndarray) -> None:
    codes = codes.copy()
    codes[:, 1] = -1
    assert all(estimate.reason is not None for estimate in estimates(codes).values())


@LAW
@given(codes_of_two)
def test_a_silent_third_coder_changes_nothing(codes: np.ndarray) -> None:
    silent = np.concatenate([codes, np.full((len(codes), 1), -1)], axis=1)
    for name in ANY:
        one, other = estimate_codes(name, codes, CATEGORIES), estimate_codes(name, silent, CATEGORIES)
        if COEFFICIENTS[name].of_tallies is not None and one.value is not None:
            assert same(one, other), name


@LAW
@given(codes_of_some, st.randoms(use_true_random=False))
def test_blocks_add_up_to_the_whole(codes: np.ndarray, random: object) -> None:
    blocks = np.array([random.randint(0, 4) for _ in codes])  # type: ignore[attr-defined]
    a, b = codes[:, 0], codes[:, 1]
    assert contingency_by_block(a, b, Q, blocks).sum(axis=0).tolist() == contingency(a, b, Q).tolist()
    whole, by_block = tally(codes, Q), tally_by_block(codes, Q, blocks)
    for part in ("pairs", "margins", "coincidences"):
        assert getattr(by_block, part).sum(axis=0) == pytest.approx(getattr(whole, part), abs=1e-9)


@LAW
@given(codes_of_two)
def test_kappa_never_exceeds_its_maximum(codes: np.ndarray) -> None:
    kappa, top = (estimate_codes(name, codes, CATEGORIES).value for name in ("cohen_kappa", "cohen_kappa_max"))
    if kappa is not None and top is not None:
        assert kappa <= top + 1e-9


@LAW
@given(arrays(np.int64, (25, 2), elements=st.integers(0, Q - 1)), st.integers(1, 25))
def test_without_any_agreement_nothing_is_above_chance(drawn: np.ndarray, n: int) -> None:
    first = drawn[:n, 0]
    codes = np.column_stack([first, (first + 1 + drawn[:n, 1] % (Q - 1)) % Q])
    assert estimate_codes("percent", codes, CATEGORIES).value == 0.0
    for name in UNORDERED:
        value = estimate_codes(name, codes, CATEGORIES).value
        assert value is not None, name
        assert value <= 1e-9 or name == "cohen_kappa_max", name
