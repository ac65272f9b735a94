"""Subtopics beside sub-themes: as topics beside themes, by the first of each fragment."""

import pandas as pd
import pytest
from studies import assignments, codebook, codings, fragments

from pipeline.agreement.comparison.stage import compare
from pipeline.core.config import AgreementConfig

CONFIG = AgreementConfig(resamples=200, permutations=199, folds=5, min_sessions=10, seed=7)
PARTS = ("goot", "pan", "slot", "bel")


def run(subtopics: list[str | None], topics: pd.DataFrame, coded: list[str]) -> pd.DataFrame:
    given = {("A", "subtheme"): coded, ("machine-inductive", "subtheme"): subtopics}
    table, seen = codings(given)
    n = len(coded)
    return compare(table, seen, fragments(n, sessions=4), codebook(subtheme=PARTS), topics, config=CONFIG).tables[
        "agreement"
    ]


def estimate(table: pd.DataFrame, statistic: str, policy: str = "") -> float:
    rows = table[(table["statistic"] == statistic) & (table["code"] == "") & (table["scheme"] == "subtheme")]
    assert set(rows["comparison"]) == {"A | machine-inductive"}
    return float(rows[rows["excluded"].str.contains(policy, regex=False)]["estimate"].iloc[0])


def test_subtopics_are_compared_as_groups_and_read_by_a_mapping_fitted_elsewhere():
    coded = [PARTS[i % 4] for i in range(40)]
    subtopics = [f"T0{1 + i % 4 // 2}.{1 + i % 2}" for i in range(40)]
    topics = assignments([subtopic[:3] for subtopic in subtopics])
    table = run(subtopics, topics, coded)
    assert estimate(table, "adjusted_mutual_information") == pytest.approx(1.0)
    assert estimate(table, "cohen_kappa") == pytest.approx(1.0)


def test_further_subtopics_of_a_fragment_change_nothing():
    coded = [PARTS[i % 4] for i in range(40)]
    alone = [f"T01.{1 + i % 3}" for i in range(40)]
    further = [f"{first};T02.1" if i % 2 else first for i, first in enumerate(alone)]
    topics = assignments(["T01"] * 40)
    pd.testing.assert_frame_equal(run(alone, topics, coded), run(further, topics, coded))


def test_outliers_of_the_topics_are_outliers_of_the_subtopics():
    coded = [PARTS[i % 2] for i in range(40)]
    subtopics = [f"T01.{1 + i % 2}" for i in range(40)]
    topics = assignments(["outlier" if i < 4 else "T01" for i in range(40)], moved=dict.fromkeys(range(4), "T01"))
    table = run(subtopics, topics, coded)
    assert estimate(table, "adjusted_mutual_information", "outliers reassigned") == pytest.approx(1.0)
    rows = table[
        (table["statistic"] == "adjusted_mutual_information") & table["excluded"].str.contains("coverage 0.900")
    ]
    assert rows["n"].tolist() == [36]
    assert estimate(table, "adjusted_mutual_information", "outliers as one topic") < 1.0


def test_without_subtopics_there_is_no_such_row():
    coded = [PARTS[i % 4] for i in range(40)]
    table = run([None] * 40, assignments(["T01"] * 40), coded)
    assert table.empty
