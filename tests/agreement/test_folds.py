"""Folds of whole blocks: whole, balanced, deterministic, independent of the order of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.comparison.folds import choose_blocks
from pipeline.core.folds import deal_blocks

LABELS = st.lists(st.sampled_from([f"tafel {i}" for i in range(9)]), min_size=2, max_size=60).filter(
    lambda labels: len(set(labels)) >= 2
)


@given(LABELS, st.integers(2, 6), st.integers(0, 5))
def test_blocks_stay_whole_and_every_fold_is_used(labels: list[str], n_folds: int, seed: int) -> None:
    folds = deal_blocks(labels, n_folds=n_folds, seed=seed)
    assert all(len({int(f) for f, b in zip(folds, labels, strict=True) if b == block}) == 1 for block in set(labels))
    assert sorted(set(folds.tolist())) == list(range(min(n_folds, len(set(labels)))))


@given(LABELS)
def test_order_of_rows_changes_nothing(labels: list[str]) -> None:
    order = np.random.default_rng(len(labels)).permutation(len(labels))
    shuffled = [labels[i] for i in order]
    assert deal_blocks(shuffled, n_folds=3, seed=7).tolist() == deal_blocks(labels, n_folds=3, seed=7)[order].tolist()


@given(LABELS, st.integers(2, 6))
def test_sizes_differ_by_at_most_the_largest_block(labels: list[str], n_folds: int) -> None:
    sizes = np.bincount(deal_blocks(labels, n_folds=n_folds, seed=0))
    assert sizes.max() - sizes.min() <= max(labels.count(label) for label in labels)


def test_the_seed_moves_equal_blocks() -> None:
    labels = [f"tafel {i}" for i in range(12)]
    assert deal_blocks(labels, n_folds=3, seed=1).tolist() != deal_blocks(labels, n_folds=3, seed=2).tolist()


def test_fewer_than_two_folds_are_an_error() -> None:
    with pytest.raises(ValueError, match="n_folds is 1"):
        deal_blocks(["a", "b"], n_folds=1, seed=0)


def test_the_largest_kind_of_block_that_splits_is_chosen() -> None:
    one = ["tafel 1"] * 4
    assert choose_blocks(4, sessions=["a", "a", "b", "b"], headings=["x", "y", "z", "w"]).unit == "session"
    assert choose_blocks(4, sessions=one, headings=["x", "x", "y", "y"], statements=list("abcd")).unit == "heading"
    assert choose_blocks(4, sessions=one, headings=one, statements=list("abbd")).names == ("a", "b", "d")
    alone = choose_blocks(4, sessions=one)
    assert (alone.unit, alone.index.tolist()) == ("fragment", [0, 1, 2, 3])


def test_very_many_blocks_are_merged_with_their_neighbours() -> None:
    blocks = choose_blocks(2500)
    sizes = np.bincount(blocks.index)
    assert (len(blocks.names), sizes.min(), sizes.max()) == (1000, 2, 3)
    assert (np.diff(blocks.index) >= 0).all()
