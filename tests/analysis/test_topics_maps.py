"""Geometry of topics: views, neighbour maps, Ward's tree, places, and topics that are near."""

import numpy as np
import pytest

from pipeline.analysis.topics.rows import rank_mentions, share_neighbours
from pipeline.analysis.topics.tree import (
    DIMS,
    LANDMARKS,
    OUTLIER,
    Views,
    cut_parts,
    divide,
    divide_topics,
    find_centres,
    grow_tree,
    lay_map,
    lay_out,
    make_views,
    mark_outliers,
    nearest_centre,
    tie_neighbours,
)


def circles(n: int, n_groups: int, dims: int = 8) -> Views:
    vectors = np.eye(dims)[np.arange(n) % n_groups] + np.random.default_rng(2).normal(0, 0.1, (n, dims))
    nothing = np.zeros((n, 1))
    return Views(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), nothing, nothing)


def test_views_take_off_what_all_fragments_share():
    vectors = np.tile([[1.0, 0.1], [1.0, -0.1]], (4, 1))
    views = make_views(
        vectors, ["dorp boot kas"] * 2 + ["dorp deeg gist"] * 2 + ["dorp oven bel"] * 2 + ["dorp lied"] * 2
    )
    np.testing.assert_allclose(np.linalg.norm(views.together, axis=1), 1.0)
    likeness = views.words @ views.words.T
    assert likeness[0, 1] == pytest.approx(1.0)
    assert likeness[0, 2] == pytest.approx(0.0)


def test_phrases_are_no_words_of_the_lexical_view():
    vectors = np.eye(8)
    others = ["lied", "lied", "deeg", "deeg"]
    with_phrase = make_views(vectors, ["kas", "kas lange_boot", "boot", "boot lange_boot", *others])
    without = make_views(vectors, ["kas", "kas", "boot", "boot", *others])
    assert without.words.shape[1] == 4
    np.testing.assert_array_equal(with_phrase.words, without.words)


def test_texts_that_share_nothing_leave_the_lexical_views_empty():
    views = make_views(np.eye(3), ["aap", "kwz", "fgh"])
    assert views.words.tolist() == [[0.0]] * 3
    assert views.letters.tolist() == [[0.0]] * 3


def test_the_map_holds_groups_together_and_strangers_apart():
    places = lay_map(circles(60, 3))
    assert places.shape == (60, 10)
    group = np.arange(60) % 3
    squares = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    inside = group[:, None] == group
    assert squares[inside].mean() < 0.6 * squares[~inside].mean()
    topics = divide(places, 3)
    assert [len(set(group[topics == topic])) for topic in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 16])
def test_maps_of_very_few_fragments(n):
    places = lay_map(circles(n, 2))
    assert np.isfinite(places).all()
    assert len(places) == n


def test_equal_fragments_lie_in_one_place_and_stay_together():
    vectors = np.repeat(np.eye(2), 10, axis=0)
    places = lay_map(Views(vectors, np.zeros((20, 1)), np.zeros((20, 1))))
    assert divide(places, 2).tolist() == [0] * 10 + [1] * 10
    assert divide(places, 9).tolist() == [0] * 10 + [1] * 10


def test_ties_are_of_neighbours_and_symmetric():
    ties = tie_neighbours(circles(30, 3).together)
    np.testing.assert_allclose(ties, ties.T)
    group = np.arange(30) % 3
    assert ties[group[:, None] == group].sum() > 0.9 * ties.sum()
    assert (np.diag(ties) == 0).all()


def test_more_fragments_than_are_sampled_go_to_the_nearest_topic():
    n = LANDMARKS + 300
    places = lay_map(circles(n, 4, dims=30))
    assert places.shape == (n, DIMS)
    topics = divide(places, 4)
    group = np.arange(n) % 4
    assert sum(np.bincount(group[topics == topic]).max() for topic in range(4)) > 0.99 * n


def test_the_tree_is_cut_from_the_top():
    places = np.array([[0.0], [0.1], [4.0], [4.3], [20.0]])
    tree = grow_tree(places)
    assert tree.cut(1).tolist() == [0] * 5
    two, three = tree.cut(2), tree.cut(3)
    assert two[4] != two[0]
    assert len(set(two[:4])) == 1
    assert three[0] == three[1] != three[2] == three[3]
    assert tree.heights.tolist() == sorted(tree.heights, reverse=True)
    assert len(set(grow_tree(np.zeros((4, 1))).cut(3))) == 1


def test_ward_equals_the_reference():
    from scipy.cluster.hierarchy import fcluster, linkage

    places = np.random.default_rng(4).normal(size=(50, 3))
    tree = grow_tree(places)
    for k in (2, 5, 9):
        expected = fcluster(linkage(places, "ward"), k, "maxclust")
        pairs = set(zip(expected.tolist(), tree.cut(k).tolist(), strict=True))
        assert len(pairs) == k


def test_places_move_to_the_nearest_centre():
    places = np.array([[0.0], [1.0], [2.0], [2.9], [4.0], [5.0], [5.1], [6.0]])
    labels = cut_parts(places, grow_tree(places), 2)
    centres = [places[labels == topic].mean() for topic in (0, 1)]
    assert labels.tolist() == [int(np.argmin([abs(place - centre) for centre in centres])) for place in places[:, 0]]


def test_topics_are_divided_within_and_parts_hold_three_at_least():
    places = np.random.default_rng(6).normal(size=(90, 4))
    upper = divide(places, 4)
    upper[:2] = OUTLIER
    for number in (4, 8, 15):
        lower = divide_topics(places, upper, number)
        assert (lower[:2] == OUTLIER).all()
        parents = set(zip(lower[2:].tolist(), upper[2:].tolist(), strict=True))
        assert len(parents) == len(set(lower[2:].tolist())) <= number
        assert np.bincount(lower[2:]).min() >= 3


def test_further_topics_are_mentioned_only_where_really_near():
    shares = np.array([[0.5, 0.4, 0.1], [0.9, 0.1, 0.0], [0.2, 0.35, 0.45], [0.0, 0.0, 0.0]])
    labels = np.array([0, 0, 0, OUTLIER])
    found = [(row, one["code"], one["rank"], one["score"]) for row, one in rank_mentions(shares, labels, "ABC")]
    assert found == [
        (0, "A", 1, 0.5), (0, "B", 2, 0.4), (1, "A", 1, 0.9), (2, "A", 1, 0.2), (2, "C", 2, 0.45), (2, "B", 3, 0.35),
    ]  # fmt: skip


def test_shares_of_neighbours_add_up_to_those_that_have_a_topic():
    places = np.array([[1.0, 0.0], [0.99, 0.1], [0.98, 0.2], [0.0, 1.0], [0.1, 0.99], [0.2, 0.98]])
    shares = share_neighbours(places, np.array([0, 0, 0, 1, 1, 1]))
    assert shares.sum(axis=1).tolist() == pytest.approx([1.0] * 6)
    assert (shares[:3, 0] > 0.6).all()
    with_outlier = share_neighbours(places, np.array([0, 0, OUTLIER, 1, 1, 1]))
    assert with_outlier[0].sum() < 1.0
    assert share_neighbours(places[:1], np.array([0])).tolist() == [[0.0]]


def test_outliers_never_empty_a_topic():
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    assert mark_outliers(vectors, np.array([0, 0, 1, 1]), 0.49).tolist() == [0, 0, 1, 1]
    labels = np.array([0, 0, OUTLIER, 0])
    assert mark_outliers(vectors, labels, 0.25).tolist() == labels.tolist()


def test_nearest_centre():
    centres = {4: np.array([1.0, 0.0]), 9: np.array([0.0, 1.0])}
    labels, cosines = nearest_centre(np.array([[0.6, 0.8], [1.0, 0.0]]), centres)
    assert labels.tolist() == [9, 4]
    assert cosines.tolist() == [0.8, 1.0]
    assert find_centres(np.eye(2), np.array([OUTLIER, OUTLIER])) == {}


def test_the_map_keeps_distances_of_flat_data_and_fixes_signs():
    flat = np.array([[3.0, 0.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    assert lay_out(flat).tolist() == [[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    assert lay_out(np.ones((3, 4))).tolist() == [[0.0, 0.0]] * 3
    assert lay_out(np.zeros((0, 4))).shape == (0, 2)
