import pytest

from pipeline.core.folds import choose_blocks, deal_blocks


def test_a_block_lies_in_one_fold_and_folds_are_of_equal_size():
    blocks = ["a"] * 4 + ["b"] * 2 + ["c"] * 2
    folds = deal_blocks(blocks, n_folds=2, seed=1)
    assert folds.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_order_of_units_changes_nothing():
    blocks = ["d", "a", "c", "b", "a", "d"]
    forward = dict(zip(blocks, deal_blocks(blocks, n_folds=3, seed=7), strict=True))
    backward = dict(zip(blocks[::-1], deal_blocks(blocks[::-1], n_folds=3, seed=7), strict=True))
    assert forward == backward


def test_seed_decides_which_equal_blocks_come_together():
    blocks = [f"tafel {i}" for i in range(12)]
    assert deal_blocks(blocks, n_folds=3, seed=1).tolist() != deal_blocks(blocks, n_folds=3, seed=2).tolist()


def test_fewer_blocks_than_folds_gives_a_fold_per_block():
    assert sorted(deal_blocks(["a", "b"], n_folds=5, seed=1).tolist()) == [0, 1]


def test_one_block_and_none_hold_nothing_out():
    assert deal_blocks(["a", "a"], n_folds=5, seed=1).tolist() == [0, 0]
    assert deal_blocks([], n_folds=5, seed=1).tolist() == []


def test_one_fold_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        deal_blocks(["a"], n_folds=1, seed=1)


def test_sessions_are_blocks_only_where_there_are_as_many_as_folds():
    assert choose_blocks(["s1", "s2", "s3"], ["x", "y", "z"], n_folds=3) == ["s1", "s2", "s3"]
    assert choose_blocks(["s1", "s2", "s2"], ["x", "x", "x"], n_folds=3) == ["s1/x", "s2/x", "s2/x"]


def test_statements_that_hold_one_text_lie_in_one_fold_also_by_way_of_a_third():
    statements, copies = ["b1", "b1", "b2", "b2", "b3", "b4"], ["x", "", "x", "y", "y", ""]
    blocks = choose_blocks(["s"] * 6, statements, n_folds=2, copies=copies)
    assert blocks == ["s/b1"] * 5 + ["s/b4"]
    assert choose_blocks(["s"] * 6, statements, n_folds=2) != blocks
