"""Mappings are fitted on other folds than they are scored on; outliers go where the policy says."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.agreement.comparison.topic_pairs import (
    OutlierPolicy,
    TopicMapping,
    apply_outlier_policy,
    crossfit_mapping,
    map_topics,
    topic_code_table,
)

UNITS = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 3), st.integers(0, 2)), min_size=4, max_size=40).filter(
    lambda units: len({fold for _, _, fold in units}) >= 2
)


def zipf(n_units: int, n_classes: int, rng: np.random.Generator) -> np.ndarray:
    shares = 1 / np.arange(1, n_classes + 1)
    return rng.choice(n_classes, n_units, p=shares / shares.sum())


def kappa(mapped: np.ndarray, codes: np.ndarray) -> float:
    known = mapped >= 0
    table = topic_code_table(mapped[known], codes[known])
    side = max(table.shape)
    square = np.zeros((side, side))
    square[: table.shape[0], : table.shape[1]] = table
    shares = square / square.sum()
    expected = float(shares.sum(0) @ shares.sum(1))
    return (float(np.trace(shares)) - expected) / (1 - expected)


def test_random_topics_look_good_in_sample_and_are_nothing_cross_fitted() -> None:
    # the project's reference, section 2.3: 15 codes, 30 random topics, n = 400: accuracy .329 / kappa .090 in sample,
    # .236 / -.003 cross-fitted
    rng = np.random.default_rng(5)
    rows = []
    for _ in range(60):
        topics, codes, folds = zipf(400, 30, rng), zipf(400, 15, rng), rng.integers(0, 5, 400)
        in_sample = map_topics(topic_code_table(topics, codes), TopicMapping.MANY_TO_ONE)[topics]
        honest = crossfit_mapping(topics, codes, folds)
        rows.append([(in_sample == codes).mean(), kappa(in_sample, codes), kappa(honest, codes)])
    accuracy, inside, outside = np.mean(rows, axis=0)
    assert accuracy == pytest.approx(0.329, abs=0.02)
    assert inside == pytest.approx(0.09, abs=0.02)
    assert outside == pytest.approx(0.0, abs=0.02)


@settings(max_examples=400)
@example([(0, 1, 1), (0, 2, 0), (1, 1, 1), (2, 0, 0)], TopicMapping.ONE_TO_ONE)
@given(UNITS, st.sampled_from(list(TopicMapping)))
def test_no_unit_sees_a_code_of_its_own_fold(units: list[tuple[int, int, int]], kind: TopicMapping) -> None:
    topics, codes, folds = (np.array(part) for part in zip(*units, strict=True))
    mapped = crossfit_mapping(topics, codes, folds, kind)
    for fold in set(folds.tolist()):
        here = folds == fold
        hidden = np.where(here, -1, codes)
        assert (crossfit_mapping(topics, hidden, folds, kind)[here] == mapped[here]).all()


@given(UNITS)
def test_unseen_topics_are_unmapped_and_seen_ones_are_not(units: list[tuple[int, int, int]]) -> None:
    topics, codes, folds = (np.array(part) for part in zip(*units, strict=True))
    mapped = crossfit_mapping(topics, codes, folds)
    for i in range(len(units)):
        elsewhere = (topics == topics[i]) & (folds != folds[i]) & (codes >= 0)
        assert (mapped[i] >= 0) == (topics[i] >= 0 and elsewhere.any())


@given(UNITS, st.sampled_from(list(TopicMapping)))
def test_every_unit_twice_changes_nothing(units: list[tuple[int, int, int]], kind: TopicMapping) -> None:
    topics, codes, folds = (np.array(part) for part in zip(*units, strict=True))
    mapped = crossfit_mapping(topics, codes, folds, kind)
    doubled = crossfit_mapping(np.repeat(topics, 2), np.repeat(codes, 2), np.repeat(folds, 2), kind)
    assert (doubled[::2] == mapped).all()


def test_one_to_one_takes_the_best_sum_and_not_the_first_best() -> None:
    table = [[9, 8], [9, 0], [0, 0]]
    assert map_topics(table, TopicMapping.ONE_TO_ONE).tolist() == [1, 0, -1]
    assert map_topics(table, TopicMapping.MANY_TO_ONE).tolist() == [0, 0, -1]


def test_a_tie_goes_to_the_commoner_code() -> None:
    assert map_topics([[2, 2], [0, 3]], TopicMapping.MANY_TO_ONE).tolist() == [1, 1]


def test_policies() -> None:
    topics = [0, -1, 2, -1]
    policy = {
        p: apply_outlier_policy(topics, p, reassigned=topics)
        for p in OutlierPolicy
        if p is not OutlierPolicy.REASSIGNED
    }
    assert policy[OutlierPolicy.EXCLUDED].topics.tolist() == [0, -1, 2, -1]
    assert policy[OutlierPolicy.EXCLUDED].kept.tolist() == [True, False, True, False]
    assert policy[OutlierPolicy.OWN_CLUSTER].topics.tolist() == [0, 3, 2, 3]
    assert policy[OutlierPolicy.SINGLETONS].topics.tolist() == [0, 3, 2, 4]
    moved = apply_outlier_policy(topics, OutlierPolicy.REASSIGNED, reassigned=[0, 2, 2, -1])
    assert moved.topics.tolist() == [0, 2, 2, 3]
    assert (moved.coverage, moved.kept.all()) == (0.5, True)
    assert np.isnan(apply_outlier_policy([], OutlierPolicy.EXCLUDED, reassigned=[]).coverage)


def test_a_text_that_stands_in_two_folds_teaches_nothing_about_its_copy():
    # Topic 0 stands for code 1 in all but the copies, which say 2 in either fold.
    topics, codes, folds = [0] * 8, [2, 2, 2, 1, 2, 2, 2, 1], [0] * 4 + [1] * 4
    copies = ["a", "b", "c", ""] * 2
    assert crossfit_mapping(topics, codes, folds).tolist() == [2] * 8
    assert crossfit_mapping(topics, codes, folds, copies=copies).tolist() == [1] * 8
