from collections import Counter

import numpy as np
import pandas as pd
import pytest
from invented import make_fragments
from topic_study import SUBJECTS, TABLES, column, make_study, make_tokens, run, settings

from pipeline.analysis.topics.stage import explain_undividable, find_topics
from pipeline.core.tables import empty_table, table_from_rows


class FixedFit:
    method = "fixed"

    def __init__(self, labels, places):
        self.labels = labels
        self.places = places

    def rank_words(self, labels):
        return {label: ["boot", "kas"] for label in set(labels)}


NOTHING_STANDS = empty_table("standing_topics")


class FixedEngine:
    """Gives every fragment the label it was told to."""

    name = "fixed"
    fingerprint = "fixed-1"
    counts_itself = False

    def __init__(self, *labels: int) -> None:
        self.labels = labels

    def fit(self, documents, views, *, n_topics, groups=None):
        del groups
        return FixedFit(self.labels if n_topics > 1 else [0] * len(documents), views.meaning)


LADDER = {
    0: (0, "no fragment is used, so there are no topics"),
    1: (1, "1 fragments are fewer than min_fragments (15): they were not divided and form one topic"),
    2: (1, "2 fragments are fewer than min_fragments (15)"),
    5: (1, "5 fragments are fewer than min_fragments (15)"),
    14: (1, "14 fragments are fewer than min_fragments (15)"),
    15: (3, "3 topics, of 2 to 3 the number that scores nearly best and fits the dense regions"),
    30: (3, "3 topics, of 2 to 6 the number that scores nearly best and fits the dense regions"),
}


@pytest.mark.parametrize("n", LADDER)
def test_every_rung_of_the_ladder_gives_a_valid_answer_with_its_reason(n):
    output = run(make_study(n))
    topics, assignments = output.tables["topics"], output.tables["topic_assignments"]
    n_topics, reason = LADDER[n]
    assert topics.topic_id.tolist() == [f"T{i + 1:02d}" for i in range(n_topics)] + ["outlier"] * (n > 0)
    assert output.notices[0].message.startswith(reason)
    for table in (topics, output.tables["subtopics"]):
        assert table["size"].sum() == n == len(assignments)
    assert topics["size"].tolist()[:-1] == sorted(topics["size"].tolist()[:-1], reverse=True)
    sizes = dict(zip(topics.topic_id, topics["size"], strict=True))
    assert Counter(assignments.topic_id) == {topic: size for topic, size in sizes.items() if size}
    assert set(assignments.strategy) <= ({"undivided"} if n < 15 else {"clustered", "reassigned:nearest-centre"})
    assert output.tables["topic_numbers"].empty == (n < 15)


def test_planted_subjects_are_found_with_their_own_words():
    output = run(make_study(30), outlier_quantile=0.0)
    topics = output.tables["topics"]
    assert list(topics["size"]) == [10, 10, 10, 0]
    assert [set(words) for words in topics.keywords] == [*map(set, SUBJECTS[:3]), set()]
    assert list(topics.topic_id) == ["T01", "T02", "T03", "outlier"]
    assert column(output, "topic_assignments", "topic_id") == ["T01", "T02", "T03"] * 10


def test_the_same_tables_from_any_order_of_rows_and_whatever_stands_beside_a_fragment():
    fragments, tokens, embeddings = make_study(60, 4, spread=0.2)
    first = run((fragments, tokens, embeddings)).tables
    shuffled = [
        table.sample(frac=1, random_state=3).reset_index(drop=True) for table in (fragments, tokens, embeddings)
    ]
    random = np.random.default_rng(5)
    beside = shuffled[0]
    beside["heading_path"] = [[f"kop {random.integers(9)}"] for _ in range(60)]
    beside["block"] = random.permutation(beside["block"])
    beside["kind"] = random.permutation(["turn", "note", "quote"] * 20)
    beside["session"] = random.permutation([f"tafel-{i % 5}" for i in range(60)])
    beside["char_start"] = random.permutation(beside["char_start"])
    second = run(shuffled).tables
    assert set(first) == set(TABLES)
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], second[name], check_exact=True)


def test_other_words_do_make_other_topics():
    fragments, tokens, embeddings = make_study(60, 4, spread=0.5)
    first = run((fragments, tokens, embeddings)).tables["topics"]
    embeddings["vector"] = embeddings["vector"].sample(frac=1, random_state=1).to_numpy()
    second = run((fragments, tokens, embeddings)).tables["topics"]
    assert not first.equals(second)


def test_the_input_is_not_touched():
    study = make_study(20)
    before = [table.copy(deep=True) for table in study]
    run(study)
    for table, copy in zip(study, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_fragments_that_are_all_alike_form_one_topic():
    fragments, tokens, embeddings = make_study(20, n_subjects=1)
    embeddings["vector"] = [np.array([1.0, 0.0], dtype=np.float32)] * 20
    output = run((fragments, tokens, embeddings))
    assert column(output, "topics", "size") == [20, 0]
    assert output.notices[0].message.startswith("all 20 fragments have the same vector")
    assert set(column(output, "topic_assignments", "x")) == {0.0}
    assert len(output.tables["topics"].representative_fragment_ids[0]) == 1
    assert set(column(output, "topic_mentions", "code")) == {"T01", "T01.1"}


def test_two_places_bear_two_topics():
    fragments, tokens, embeddings = make_study(20, n_subjects=2, spread=0.0)
    output = run((fragments, tokens, embeddings), n_topics=6, outlier_quantile=0.0)
    assert column(output, "topics", "size") == [10, 10, 0]
    assert output.notices[0].message == "6 topics were wanted, but there are only 2 different vectors"


def test_fragments_without_words_form_one_topic_without_keywords():
    fragments, tokens, embeddings = make_study(20)
    tokens["is_content"] = False
    output = run((fragments, tokens, embeddings))
    assert column(output, "topics", "label") == ["zonder trefwoorden", "uitschieters"]
    assert output.notices[0].message.startswith("none of the 20 fragments has a content word")


def test_fragments_without_any_shared_word_are_divided_by_their_vectors():
    fragments, _, embeddings = make_study(20, n_subjects=2)
    tokens = table_from_rows(
        [t for i in range(20) for t in make_tokens(f"f-{i:03d}", "kwxyz"[:2] + "abc" * i)], "tokens"
    )
    output = run((fragments, tokens, embeddings), n_topics=2, outlier_quantile=0.0)
    assert column(output, "topics", "size") == [10, 10, 0]


def test_sessions_of_one_line_each_are_a_study_too():
    fragments, tokens, embeddings = make_study(16, n_subjects=2)
    fragments["session"] = [f"tafel-{i}" for i in range(16)]
    assert sum(column(run((fragments, tokens, embeddings)), "topics", "size")) == 16


def test_fragments_that_are_not_used_have_no_topic():
    fragments, tokens, embeddings = make_study(20)
    fragments.loc[fragments.fragment_id == "f-003", "status"] = "moderator"
    assignments = run((fragments, tokens, embeddings)).tables["topic_assignments"]
    assert "f-003" not in set(assignments.fragment_id)
    assert len(assignments) == 19


def test_outliers_are_reassigned_and_the_original_is_kept():
    assignments = run(make_study(40), outlier_quantile=0.1).tables["topic_assignments"]
    away = assignments[assignments.original == "outlier"]
    assert len(away) == 4
    assert set(away.strategy) == {"reassigned:nearest-centre"}
    assert "outlier" not in set(assignments.topic_id)
    kept = assignments[assignments.original != "outlier"]
    assert (kept.original == kept.topic_id).all()


def test_outliers_may_stay_outside():
    output = run(make_study(40), outlier_quantile=0.1, reassign=False)
    for name, key in (("topics", "topic_id"), ("subtopics", "subtopic_id")):
        table = output.tables[name]
        assert table.iloc[-1][[key, "label", "size"]].tolist() == ["outlier", "uitschieters", 4]
        assert table["size"].sum() == 40
    assert Counter(column(output, "topic_assignments", "strategy")) == {"clustered": 36, "outlier": 4}
    mentions = output.tables["topic_mentions"]
    away = output.tables["topic_assignments"].query("topic_id == 'outlier'").fragment_id
    assert not set(away) & set(mentions.fragment_id)
    assert mentions.groupby("scheme").fragment_id.nunique().tolist() == [36, 36]


def test_a_subtopic_of_outliers_only_is_gone():
    study = make_study(120, 4, spread=0.6)
    for n_subtopics in (20, 30, 40):
        output = run(study, n_topics=2, n_subtopics=n_subtopics, outlier_quantile=0.45, reassign=False)
        subtopics = output.tables["subtopics"]
        assert subtopics["size"].sum() == 120
        assert subtopics["size"].tolist()[-1] == 54
        assert min(subtopics["size"]) > 0
        assert set(column(output, "topic_mentions", "code")) <= {*subtopics.subtopic_id, "T01", "T02"} - {"outlier"}


def test_subtopics_lie_within_their_topic_and_rank_one_is_the_assignment():
    output = run(make_study(60, 4), n_topics=2, n_subtopics=4, outlier_quantile=0.0)
    topics, subtopics = output.tables["topics"], output.tables["subtopics"]
    assert subtopics["size"].tolist() == [15, 15, 15, 15, 0]
    assert (subtopics.subtopic_id.str.partition(".")[0] == subtopics.topic_id).all()
    assert subtopics.subtopic_id.tolist()[0] == "T01.1"
    summed = subtopics.groupby("topic_id")["size"].sum().to_dict()
    assert summed == dict(zip(topics.topic_id, topics["size"], strict=True))
    mentions = output.tables["topic_mentions"].query("rank == 1")
    first = mentions.pivot(index="fragment_id", columns="scheme", values="code")
    assigned = output.tables["topic_assignments"].set_index("fragment_id").topic_id
    assert first["theme"].tolist() == assigned.loc[first.index].tolist()
    assert (first["subtheme"].str.partition(".")[0] == first["theme"]).all()


def test_topics_are_numbered_by_size_then_by_the_smallest_fragment_id():
    study = make_study(6)
    config = settings(min_fragments=5, n_topics=3, outlier_quantile=0.0)
    engine = FixedEngine(2, 0, 0, 1, 1, 2)
    assignments = find_topics(*study, NOTHING_STANDS, config=config, engine=engine).tables["topic_assignments"]
    assert assignments.topic_id.tolist() == ["T01", "T02", "T02", "T03", "T03", "T01"]


def test_an_engine_that_finds_only_outliers_leaves_one_topic():
    config = settings(min_fragments=5)
    output = find_topics(*make_study(6), NOTHING_STANDS, config=config, engine=FixedEngine(*[-1] * 6))
    assert column(output, "topics", "size") == [6, 0]
    assert output.notices[-1].message == "fixed found no topic: all fragments form one"


def test_representatives_are_the_nearest_to_the_centre_and_scores_are_cosines():
    fragments = make_fragments(*[(f"f-{i}", "used", "boot") for i in range(5)])
    angles = [0.0, 0.1, 0.2, 0.3, 0.9]
    vectors = [{"fragment_id": f"f-{i}", "vector": [np.cos(a), np.sin(a)]} for i, a in enumerate(angles)]
    tokens = table_from_rows([t for i in range(5) for t in make_tokens(f"f-{i}", "boot")], "tokens")
    config = settings(min_fragments=15, n_representatives=2)
    output = find_topics(
        fragments, tokens, table_from_rows(vectors, "embeddings"), NOTHING_STANDS, config=config, engine=FixedEngine()
    ).tables
    centre = np.array([np.mean(np.cos(angles)), np.mean(np.sin(angles))])
    direction = np.arctan2(centre[1], centre[0])  # 0.296: f-3 lies nearest, then f-2
    assert output["topics"].representative_fragment_ids[0] == ["f-3", "f-2"]
    np.testing.assert_allclose(output["topic_assignments"].score, np.cos(np.array(angles) - direction), atol=1e-6)


def test_what_is_undividable():
    config = settings()
    assert explain_undividable(14, 14, True, config) == "14 fragments are fewer than min_fragments (15)"
    assert explain_undividable(15, 1, True, config) == "all 15 fragments have the same vector"
    assert explain_undividable(15, 2, False, config) == "none of the 15 fragments has a content word"
    assert explain_undividable(15, 2, True, config) is None
    assert explain_undividable(15, 2, True, settings(n_topics=1)) == "n_topics is 1"
