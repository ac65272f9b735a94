"""Circular shifts keep every run and every border, and their p-values are shares of arrangements."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.comparison.evaluation import MatchCounting, Measure, TableCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments, Settings
from pipeline.agreement.comparison.inputs import AgreementInputs
from pipeline.agreement.comparison.measures import nominal_measures
from pipeline.agreement.statistics.clusterings import adjusted_mutual_information
from pipeline.agreement.statistics.permutation import FIRST_DRAWN, is_settled, make_shifts, summarise_shifts

SETTINGS = Settings(resamples=100, permutations=999, folds=5, min_sessions=10, seed=1)


def inputs(n: int, **where: tuple[str, ...] | None) -> AgreementInputs:
    return AgreementInputs(units=tuple(map(str, range(n))), schemes={}, answers={}, **where)


def names(numbers: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{number:03d}" for number in numbers)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_single_fragments_keep_their_neighbours_and_their_session(sizes: list[int]) -> None:
    session = np.repeat(np.arange(len(sizes)), sizes)
    shifts = make_shifts(session)
    orders = shifts.orders(shifts.arrange(50, seed=1))
    assert orders[0].tolist() == list(range(session.size))
    assert (np.sort(orders, axis=1) == np.arange(session.size)).all()
    together = np.where(np.isin(session, np.flatnonzero(np.array(sizes) == 1)), -1, session)
    assert (together[orders] == together).all()
    for number in set(together) - {-1}:
        own = orders[:, together == number]
        assert (np.diff(own, axis=1) % own.shape[1] == 1 % own.shape[1]).all()


def test_a_longer_step_is_stretched_and_a_shorter_one_cut() -> None:
    shifts = make_shifts([0] * 6, [0, 0, 1, 1, 1, 1])
    assert shifts.orders(shifts.arrange(9, seed=1)).tolist() == [[0, 1, 2, 3, 4, 5], [2, 4, 0, 0, 1, 1]]


def test_sums_of_rows_are_the_counts_of_the_orders() -> None:
    rng = np.random.default_rng(3)
    session, a, b = np.repeat([0, 1, 2], [7, 5, 9]), *rng.integers(0, 3, (2, 21))
    shifts, counting = make_shifts(session), TableCounting((3, 3))
    arrangements = shifts.arrange(20, seed=2)
    by_row = counting.count(a[shifts.unit], b[shifts.source], shifts.row, shifts.n_rows)
    summed = counting.view(shifts.add_up(by_row, arrangements))
    for table, order in zip(summed, shifts.orders(arrangements), strict=True):
        slow = np.zeros((3, 3))
        np.add.at(slow, (a, b[order]), 1)
        assert table.tolist() == slow.tolist()


def test_all_arrangements_are_made_where_they_are_few_and_the_mean_kappa_is_then_zero() -> None:
    shifts = make_shifts([0] * 30)
    assert shifts.is_complete(999)
    codes = np.random.default_rng(0).integers(0, 3, 30)
    compared = ComparedFragments(inputs(30), np.arange(30), SETTINGS)
    [found] = evaluate(compared, codes, codes, MatchCounting(3), nominal_measures(["cohen_kappa"]))
    assert found.p == pytest.approx(1 / 30)
    assert found.chance == pytest.approx(0.0, abs=1e-12)
    assert found.null == "circular shifts round the whole file by fragment, all 29"


def test_too_few_arrangements_are_not_tested_and_say_so() -> None:
    compared = ComparedFragments(inputs(12), np.arange(12), SETTINGS)
    codes = np.arange(12) % 3
    [found] = evaluate(compared, codes, codes, MatchCounting(3), nominal_measures(["cohen_kappa"]))
    assert found.p is None
    assert found.null == "not tested: there are 11 circular shifts round the whole file by fragment only"


def test_sessions_of_any_size_are_shifted_within_and_single_ones_among_each_other() -> None:
    for sizes in ([2] * 24, [3] * 12, [1] * 24, [1] * 12 + [6] * 3):
        session = np.repeat(np.arange(len(sizes)), sizes)
        compared = ComparedFragments(inputs(session.size, sessions=names(session)), np.arange(session.size), SETTINGS)
        codes = np.random.default_rng(1).integers(0, 3, session.size)
        [found] = evaluate(compared, codes, codes, MatchCounting(3), nominal_measures(["cohen_kappa"]))
        alone = max(sizes) == 1
        null = "circular shifts round all sessions" if alone else "mirrored shifts within sessions"
        assert found.null is not None and found.null.startswith(f"{null} by fragment")
        assert found.p is not None and found.p <= 0.05


def test_twelve_blocks_of_twelve_codes_are_tested_by_their_borders_and_never_by_renaming() -> None:
    codes = np.repeat(np.arange(12), [5, 14, 8, 11, 6, 13, 9, 12, 7, 10, 15, 4])
    topics = codes // 3
    measure = Measure(name="ami", of=adjusted_mutual_information)
    plain = ComparedFragments(inputs(codes.size, sessions=("a",) * codes.size), np.arange(codes.size), SETTINGS)
    [found] = evaluate(plain, topics, codes, TableCounting((4, 12)), [measure])
    assert found.estimate == pytest.approx(0.70, abs=0.01)
    assert found.chance == pytest.approx(0.60, abs=0.01)
    assert found.p == pytest.approx(1 / 114)
    headed = inputs(codes.size, sessions=("a",) * codes.size, headings=names(codes))
    [found] = evaluate(
        ComparedFragments(headed, np.arange(codes.size), SETTINGS), topics, codes, TableCounting((4, 12)), [measure]
    )
    assert (found.chance, found.p) == (None, None)
    assert found.null is not None
    assert found.null.startswith("not tested: every one of the circular shifts")


def test_draws_stop_when_p_is_surely_far_from_the_limit_and_the_row_says_how_many() -> None:
    rng = np.random.default_rng(5)
    session = np.repeat(np.arange(12), 20)
    compared = ComparedFragments(inputs(240, sessions=names(session)), np.arange(240), SETTINGS)
    a = rng.integers(0, 3, 240)
    [same] = evaluate(compared, a, a, MatchCounting(3), nominal_measures(["cohen_kappa"]))
    assert same.null == f"mirrored shifts within sessions by fragment, drawn {FIRST_DRAWN}"
    assert same.p == 1 / (FIRST_DRAWN + 1)
    assert not is_settled(np.r_[1.0, np.ones(10), np.zeros(FIRST_DRAWN - 10)][:, np.newaxis])
    assert is_settled(np.r_[1.0, np.ones(40), np.zeros(FIRST_DRAWN - 40)][:, np.newaxis])


def test_p_counts_the_observed_arrangement_and_what_is_undefined() -> None:
    found = summarise_shifts(np.array([0.3, 0.1, 0.3, float("nan"), *[0.2] * 76]), is_complete=False)
    assert found.p == 3 / 80


def test_a_figure_that_could_never_be_rare_is_not_tested() -> None:
    """Of two fragments a session with runs over sessions hardly anything can move."""
    assert summarise_shifts(np.array([0.1, *[0.3] * 5, *[0.2] * 76]), is_complete=False).too_alike
    alone = summarise_shifts(np.array([0.3, *[0.2] * 79]), is_complete=False)
    assert (alone.too_alike, alone.p) == (False, 1 / 80)


def test_a_session_and_its_mirror_image_break_no_run() -> None:
    shifts = make_shifts([0] * 5 + [1] * 4, mirrored=True)
    for order in shifts.orders(shifts.arrange(99, seed=1)):
        assert (np.abs(np.diff(order[:5])) <= 1).all() and (np.abs(np.diff(order[5:])) <= 1).all()


def test_sessions_that_hold_one_code_each_are_not_tested() -> None:
    session = np.repeat(np.arange(30), 3)
    compared = ComparedFragments(inputs(90, sessions=names(session)), np.arange(90), SETTINGS)
    a, b = session % 3, np.random.default_rng(2).integers(0, 3, 90)
    [found] = evaluate(compared, a, b, MatchCounting(3), nominal_measures(["cohen_kappa"]))
    assert (found.p, found.null) == (None, "not tested: most sessions hold one code only")


def test_blocks_with_names_of_their_own_in_each_session_are_not_tested() -> None:
    """A mirror image doubles a block, which would make groups that lie in one block each look rare."""
    block = np.repeat(np.arange(60), 4)
    session = block // 5
    material = inputs(block.size, sessions=names(session), statements=names(block))
    compared = ComparedFragments(material, np.arange(block.size), SETTINGS)
    codes = (np.random.default_rng(1).permuted(np.tile(np.arange(5), (12, 1)), axis=1).ravel())[block]
    borders = Measure(name="ami", of=adjusted_mutual_information, by_name=False)
    [found] = evaluate(compared, block, codes, TableCounting((60, 5)), [borders])
    assert found.p is None and found.null is not None and found.null.startswith("not tested: every one of the circular")
    [fooled] = evaluate(compared, block, codes, TableCounting((60, 5)), [Measure(name="ami", of=borders.of)])
    assert fooled.p is not None and fooled.p <= 0.05
