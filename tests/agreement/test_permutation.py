"""Permutations keep what they promise, p-values are those of Phipson and Smyth, and runs do not fool them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.statistics.permutation import (
    Moved,
    benjamini_hochberg,
    iter_orders,
    permutation_test,
    permuted_tables,
    summarise_null,
)

RUNS = st.lists(st.integers(1, 4), min_size=1, max_size=6)


def share(tables: np.ndarray) -> np.ndarray:
    return np.trace(tables, axis1=-2, axis2=-1) / tables.sum(axis=(-2, -1))


def orders(moved: Moved, documents: list[int], blocks: list[int] | None = None, n: int = 50) -> np.ndarray:
    return np.concatenate(list(iter_orders(n, moved=moved, documents=documents, blocks=blocks, seed=3)))


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from(list(Moved)))
def test_with_equal_blocks_every_unit_comes_once_and_stays_in_its_document(
    first: int, second: int, moved: Moved
) -> None:
    documents = np.repeat([0, 1], [2 * first, 2 * second])
    blocks = np.arange(documents.size) // 2
    drawn = orders(moved, documents.tolist(), blocks.tolist(), n=8)
    assert (np.sort(drawn, axis=1) == np.arange(documents.size)).all()
    assert (documents[drawn] == documents).all()


@given(RUNS, st.sampled_from([Moved.BLOCKS, Moved.SHIFT]))
def test_every_place_is_filled_from_one_block_from_its_start(lengths: list[int], moved: Moved) -> None:
    blocks = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    for order in orders(moved, [0] * blocks.size, blocks.tolist(), n=8):
        sources = [set(blocks[order[blocks == place]].tolist()) for place in range(len(lengths))]
        assert all(len(source) == 1 for source in sources)
        assert sorted(source.pop() for source in sources) == list(range(len(lengths)))
        assert all(order[starts[place]] in starts for place in range(len(lengths)))


def test_content_is_stretched_to_a_longer_place_and_cut_for_a_shorter_one() -> None:
    drawn = {tuple(order.tolist()) for order in orders(Moved.BLOCKS, [0] * 6, [0, 0, 1, 1, 1, 1])}
    assert drawn == {(0, 1, 2, 3, 4, 5), (2, 4, 0, 0, 1, 1)}


def test_a_shift_keeps_every_neighbour() -> None:
    drawn = orders(Moved.SHIFT, [0] * 7)
    assert ((drawn[:, 1:] - drawn[:, :-1]) % 7 == 1).all()
    assert {int(order[0]) for order in drawn} == set(range(7))


def test_scattered_documents_and_blocks_are_gathered() -> None:
    drawn = orders(Moved.UNITS, [1, 0, 1, 0, 1])
    assert {int(order[1]) for order in drawn} == {1, 3}
    drawn = orders(Moved.BLOCKS, [0, 0, 0, 0], [0, 1, 0, 1], n=30)
    assert {tuple(order.tolist()) for order in drawn} == {(0, 1, 2, 3), (1, 0, 3, 2)}


def test_tables_leave_out_missing_codes() -> None:
    tables = permuted_tables([0, 1, -1], [1, 2, 0], (2, 3), np.array([[0, 1, 2], [2, 0, 1]]))
    assert tables.tolist() == [[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 0]]]


def test_p_counts_the_observed_arrangement_and_what_is_undefined() -> None:
    found = summarise_null(0.3, [0.1, 0.3, float("nan"), 0.2], moved=Moved.UNITS)
    assert (found.p, found.chance, found.n_undefined) == (3 / 5, pytest.approx(0.2), 1)
    with pytest.raises(ValueError, match="no p-value"):
        summarise_null(float("nan"), [0.1], moved=Moved.UNITS)


def test_perfect_agreement_is_far_from_chance() -> None:
    codes = np.random.default_rng(0).integers(0, 4, 80)
    found = permutation_test(
        codes, codes, (4, 4), share, moved=Moved.UNITS, documents=np.zeros(80), n_permutations=999, seed=1
    )
    assert (found.observed, found.p) == (1.0, 0.001)
    expected = (np.bincount(codes) ** 2).sum() / 80**2
    assert found.chance == pytest.approx(expected, abs=0.01)


def runs(rng: np.random.Generator) -> np.ndarray:
    """Two hundred codes in runs of ten: what a coder does who gives a statement and its quotes one code."""
    return np.repeat(rng.integers(0, 2, 20), 10)


def rejected(moved: Moved, n_studies: int = 120) -> float:
    rng = np.random.default_rng(11)
    blocks = np.repeat(np.arange(20), 10)
    p = [
        permutation_test(
            runs(rng), runs(rng), (2, 2), share, moved=moved, documents=np.zeros(200), blocks=blocks,
            n_permutations=99, seed=study,
        ).p
        for study in range(n_studies)
    ]  # fmt: skip
    return float(np.mean(np.array(p) <= 0.05))


def test_moving_single_units_finds_agreement_where_there_is_none_and_moving_blocks_does_not() -> None:
    assert rejected(Moved.UNITS) > 0.2
    assert rejected(Moved.BLOCKS) < 0.1
    assert rejected(Moved.SHIFT) < 0.1


def test_blocks_are_needed_and_must_fit() -> None:
    with pytest.raises(ValueError, match="blocks are needed"):
        orders(Moved.BLOCKS, [0, 0])
    with pytest.raises(ValueError, match="3 blocks for 2 units"):
        orders(Moved.BLOCKS, [0, 0], [0, 0, 1])


def test_benjamini_hochberg_by_hand() -> None:
    assert benjamini_hochberg([0.005, 0.011, 0.02, 0.04, 0.13]).tolist() == pytest.approx(
        [0.025, 0.0275, 1 / 30, 0.05, 0.13]
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_never_lowers_and_keeps_the_order(p: list[float]) -> None:
    adjusted = benjamini_hochberg(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()
