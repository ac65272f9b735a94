"""Orders keep together what they promise, and adjusted p-values are those of Benjamini and Hochberg."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.statistics.permutation import Moved, benjamini_hochberg, iter_orders

RUNS = st.lists(st.integers(1, 4), min_size=1, max_size=6)


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


@given(RUNS)
def test_every_place_is_filled_from_one_block_from_its_start(lengths: list[int]) -> None:
    blocks = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    for order in orders(Moved.BLOCKS, [0] * blocks.size, blocks.tolist(), n=8):
        sources = [set(blocks[order[blocks == place]].tolist()) for place in range(len(lengths))]
        assert all(len(source) == 1 for source in sources)
        assert sorted(source.pop() for source in sources) == list(range(len(lengths)))
        assert all(order[starts[place]] in starts for place in range(len(lengths)))


def test_content_is_stretched_to_a_longer_place_and_cut_for_a_shorter_one() -> None:
    drawn = {tuple(order.tolist()) for order in orders(Moved.BLOCKS, [0] * 6, [0, 0, 1, 1, 1, 1])}
    assert drawn == {(0, 1, 2, 3, 4, 5), (2, 4, 0, 0, 1, 1)}


def test_scattered_documents_and_blocks_are_gathered() -> None:
    drawn = orders(Moved.UNITS, [1, 0, 1, 0, 1])
    assert {int(order[1]) for order in drawn} == {1, 3}
    drawn = orders(Moved.BLOCKS, [0, 0, 0, 0], [0, 1, 0, 1], n=30)
    assert {tuple(order.tolist()) for order in drawn} == {(0, 1, 2, 3), (1, 0, 3, 2)}


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
