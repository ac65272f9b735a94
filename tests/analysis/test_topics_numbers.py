"""How many topics: ties between neighbours, dense regions, and what is said of it."""

import numpy as np
import pytest
from topic_study import make_study, run

from pipeline.analysis.topics.numbers import LEAST_SCORE, Numbers, choose_number, describe_number, score_division
from pipeline.analysis.topics.tree import Views, tie_neighbours


def make_views(n: int, n_groups: int, *, spread: float, dims: int = 40) -> Views:
    random = np.random.default_rng(11)
    vectors = np.eye(dims)[np.arange(n) % n_groups] * bool(n_groups > 1) + random.normal(0, spread, (n, dims))
    nothing = np.zeros((n, 1))
    return Views(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), nothing, nothing)


@pytest.mark.parametrize(("n", "n_groups"), [(60, 3), (120, 6), (200, 10), (1080, 18)])
def test_the_planted_number_is_found(n, n_groups):
    numbers = choose_number(make_views(n, n_groups, spread=0.08), 0)
    assert (numbers.chosen, numbers.found) == (n_groups, True)


@pytest.mark.parametrize("n", [60, 200, 600])
def test_a_single_cloud_is_said_to_hold_no_topics(n):
    numbers = choose_number(make_views(n, 1, spread=1.0), 0)
    assert not numbers.found
    said = describe_number(numbers, False, n)
    assert "topics that are no finding" in said
    assert said.endswith("or code by hand")


def test_a_given_number_wins_and_is_tried_as_well():
    numbers = choose_number(make_views(60, 5, spread=0.08), 14)
    assert numbers.chosen == 14
    assert max(numbers.scores) == 14
    assert describe_number(numbers, True, 60).startswith("14 topics, as the study says; of 2 to 14 the best scores")


def test_a_large_study_is_tried_on_a_sample_and_says_so():
    numbers = choose_number(make_views(900, 4, spread=0.1), 0)
    assert (numbers.chosen, numbers.n) == (4, 800)
    assert "tried on 800 of 900 fragments" in describe_number(numbers, False, 900)


def test_what_is_said_of_the_number_that_is_chosen():
    few = Numbers({2: 0.5, 3: 0.79, 4: 0.8}, 3, 40)
    assert few.found
    assert (
        describe_number(few, False, 40)
        == "3 topics, of 2 to 4 the number that scores nearly best and fits the dense regions (0.79)"
    )
    assert not Numbers({2: LEAST_SCORE - 0.01}, 2, 40).found


def test_modularity_by_hand():
    ties = tie_neighbours(np.repeat(np.eye(2), 5, axis=0))
    assert score_division(ties, np.repeat([0, 1], 5)) == pytest.approx(0.5)
    assert score_division(ties, np.zeros(10, dtype=int)) == pytest.approx(0.0)
    assert score_division(np.zeros((4, 4)), np.array([0, 0, 1, 1])) == 0.0


def test_the_table_of_a_study_marks_one_number():
    numbers = run(make_study(90, 4)).tables["topic_numbers"]
    assert numbers[numbers.chosen].k.tolist() == [4]
    assert set(numbers.level) == {"theme"}
    assert (numbers["least"] == LEAST_SCORE).all()
