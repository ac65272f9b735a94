"""Clustering measures against scikit-learn, published examples and the chance levels of random topics."""

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st

from pipeline.agreement.comparison.topic_pairs import (
    OutlierPolicy,
    TopicMapping,
    apply_outlier_policy,
    map_topics,
    topic_code_table,
)
from pipeline.agreement.statistics import clusterings

LABELS = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 5), min_size=n, max_size=n), st.lists(st.integers(0, 3), min_size=n, max_size=n)
    )
)
SAME_AS_SKLEARN = {
    "adjusted_rand": sk.adjusted_rand_score,
    "adjusted_mutual_information": sk.adjusted_mutual_info_score,
    "normalized_mutual_information": sk.normalized_mutual_info_score,
    "homogeneity": lambda codes, topics: sk.homogeneity_score(codes, topics),
    "completeness": lambda codes, topics: sk.completeness_score(codes, topics),
    "v_measure": sk.v_measure_score,
}
MEASURES = [*SAME_AS_SKLEARN, "purity", "inverse_purity", "harmonic_purity"]


@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
@pytest.mark.parametrize("name", SAME_AS_SKLEARN)
@given(LABELS)
def test_equals_scikit_learn_where_both_are_defined(name: str, labels: tuple[list[int], list[int]]) -> None:
    topics, codes = labels
    ours = float(getattr(clusterings, name)(topic_code_table(topics, codes)))
    if np.isnan(ours):  # scikit-learn calls these trivial divisions perfect
        assert len(set(topics)) in (1, len(topics)) or len(set(codes)) in (1, len(codes))
    else:
        assert ours == pytest.approx(SAME_AS_SKLEARN[name](codes, topics), abs=1e-9)


@pytest.mark.parametrize("name", MEASURES)
@given(LABELS, st.permutations(range(6)), st.permutations(range(4)))
def test_names_of_topics_and_codes_do_not_matter(
    name: str, labels: tuple[list[int], list[int]], topic_names: list[int], code_names: list[int]
) -> None:
    measure = getattr(clusterings, name)
    table = topic_code_table(*labels)
    renamed = topic_code_table([topic_names[t] for t in labels[0]], [code_names[c] for c in labels[1]])
    assert float(measure(renamed)) == pytest.approx(float(measure(table)), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", MEASURES)
def test_perfect_agreement_is_one_and_a_stack_of_tables_is_read_at_once(name: str) -> None:
    tables = np.array([[[4, 0], [0, 3]], [[0, 4], [3, 0]], [[2, 2], [2, 1]]])
    values = getattr(clusterings, name)(tables)
    assert values[:2] == pytest.approx([1.0, 1.0])
    assert values[2] == pytest.approx(float(getattr(clusterings, name)(tables[2])))
    assert values[2] < 1


@pytest.mark.parametrize("name", MEASURES)
def test_no_units_is_undefined(name: str) -> None:
    assert np.isnan(getattr(clusterings, name)(np.zeros((2, 3))))


@pytest.mark.parametrize("table", [[[7]], [[1, 0], [0, 1]]])
def test_trivial_divisions_have_no_chance_corrected_value(table: list[list[int]]) -> None:
    assert np.isnan(clusterings.adjusted_rand(table))
    assert np.isnan(clusterings.adjusted_mutual_information(table))


def test_purity_of_the_textbook_example() -> None:
    # Manning, Raghavan & Schuetze (2008), Introduction to Information Retrieval, fig. 16.4: purity .71, ARI .24
    table = [[5, 1, 0], [1, 4, 1], [2, 0, 3]]
    assert float(clusterings.purity(table)) == pytest.approx(12 / 17)
    assert float(clusterings.inverse_purity(table)) == pytest.approx((5 + 4 + 3) / 17)
    assert float(clusterings.adjusted_rand(table)) == pytest.approx(0.2429, abs=5e-5)
    assert float(clusterings.normalized_mutual_information(table)) == pytest.approx(0.3646, abs=5e-5)


def test_bcubed_by_hand() -> None:
    # topics {a a b} {b}: precision (2/3 + 2/3 + 1/3 + 1) / 4, recall (1 + 1 + 1/2 + 1/2) / 4
    found = clusterings.bcubed([[2, 1], [0, 1]])
    assert (float(found.precision), float(found.recall)) == pytest.approx((2 / 3, 3 / 4))
    assert float(found.f1) == pytest.approx(2 * (2 / 3) * 0.75 / (2 / 3 + 0.75))


def zipf(n_units: int, n_classes: int, rng: np.random.Generator) -> np.ndarray:
    shares = 1 / np.arange(1, n_classes + 1)
    return rng.choice(n_classes, n_units, p=shares / shares.sum())


def test_chance_levels_of_random_topics() -> None:
    # the project's reference, section 2.3, row n = 200, 8 codes, 8 topics (300 runs); here 60 runs
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(60):
        topics, codes = zipf(200, 8, rng), zipf(200, 8, rng)
        table = topic_code_table(topics, codes)
        mapped = map_topics(table, TopicMapping.ONE_TO_ONE)[topics]
        rows.append(
            [clusterings.v_measure(table), clusterings.purity(table), clusterings.harmonic_purity(table),
             clusterings.bcubed(table).f1, (mapped == codes).mean(), clusterings.adjusted_rand(table),
             clusterings.adjusted_mutual_information(table)]
        )  # fmt: skip
    means = np.array(rows, dtype=float).mean(axis=0)
    assert means[:5] == pytest.approx([0.076, 0.377, 0.377, 0.237, 0.252], abs=0.015)
    assert means[5:] == pytest.approx([0.0, 0.0], abs=0.005)


def test_the_outlier_policy_changes_the_score_threefold() -> None:
    # the project's reference, section 2.4: ARI .596 excluded, .431 reassigned, .270 singletons, .196 one cluster
    rng = np.random.default_rng(8)
    codes = zipf(4000, 8, rng)
    decided = np.where(rng.random(4000) < 0.75, codes, zipf(4000, 8, rng))
    outlier = rng.random(4000) < 0.4
    guess = np.where(rng.random(4000) < 0.45, codes, zipf(4000, 8, rng))
    topics, after = np.where(outlier, -1, decided), np.where(outlier, guess, decided)
    found = {}
    for policy in OutlierPolicy:
        given_to = apply_outlier_policy(
            topics, policy, reassigned=after if policy is OutlierPolicy.REASSIGNED else None
        )
        table = topic_code_table(given_to.topics[given_to.kept], codes[given_to.kept])
        found[policy.value] = float(clusterings.adjusted_rand(table))
        assert given_to.coverage == pytest.approx(0.6, abs=0.02)
    assert found["excluded"] > found["reassigned"] > found["singletons"] > found["own_cluster"]
    assert found["excluded"] > 2.5 * found["own_cluster"]
