from collections import Counter

import numpy as np
import pandas as pd
import pytest
from invented import make_fragments

from pipeline.config import load_config
from pipeline.loaders import load_topic_engine
from pipeline.tables import table_from_rows
from pipeline.topic_geometry import OUTLIER, find_centres, lay_out, mark_outliers, nearest_centre
from pipeline.topic_labels import Words, choose_keywords, gather_words
from pipeline.topics import choose_n_topics, choose_rung, find_topics

SUBJECTS = (
    ("boot", "roeier", "steiger", "haven"),
    ("moestuin", "wortel", "gieter", "kas"),
    ("fanfare", "trompet", "optocht", "repetitie"),
)


def settings(**changed):
    return load_config(overrides={"topics": changed}).topics


def make_study(n: int, n_subjects: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """n fragments that take the subjects in turn, each with its own direction and a little noise."""
    noise = np.random.default_rng(7).normal(0, 0.05, (n, 6))
    rows, tokens, vectors = [], [], []
    for i in range(n):
        words = SUBJECTS[i % n_subjects]
        text = f"De {words[i % 4]} en de {words[(i + 1) % 4]}"
        fragment_id = f"f-{i:03d}"
        rows.append((fragment_id, "used", text))
        for at, word in enumerate(text.split()):
            is_content = word.lower() not in ("de", "en")
            token = {"fragment_id": fragment_id, "i": at, "sentence": 0, "text": word, "lemma": word.lower()}
            tokens.append(token | {"pos": None, "is_stop": not is_content, "is_content": is_content})
        vector = np.eye(6)[i % n_subjects] + noise[i]
        vectors.append({"fragment_id": fragment_id, "vector": vector / np.linalg.norm(vector)})
    return make_fragments(*rows), table_from_rows(tokens, "tokens"), table_from_rows(vectors, "embeddings")


def run(study, **changed):
    config = settings(**changed)
    return find_topics(*study, config=config, engine=load_topic_engine(config))


class FixedFit:
    method = "fixed"

    def __init__(self, labels):
        self.labels = labels

    def rank_words(self, labels):
        return {label: ["boot", "kas"] for label in set(labels)}


class FixedEngine:
    """Gives every fragment the label it was told to."""

    name = "fixed"
    fingerprint = "fixed-1"

    def __init__(self, *labels: int) -> None:
        self.labels = labels

    def fit(self, documents, vectors, *, n_topics):
        return FixedFit(self.labels if n_topics > 1 else [0] * len(documents))


@pytest.mark.parametrize(("n", "n_topics"), [(0, 0), (1, 1), (2, 1), (5, 1), (14, 1), (15, 3), (30, 4)])
def test_every_rung_of_the_ladder_gives_a_valid_answer(n, n_topics):
    output = run(make_study(n))
    topics, assignments = output.tables["topics"], output.tables["topic_assignments"]
    assert topics.topic_id.tolist() == [f"T{i + 1:02d}" for i in range(n_topics)] + ["outlier"] * (n > 0)
    assert topics["size"].sum() == n == len(assignments)
    assert topics["size"].tolist()[:-1] == sorted(topics["size"].tolist()[:-1], reverse=True)
    sizes = dict(zip(topics.topic_id, topics["size"], strict=True))
    assert Counter(assignments.topic_id) == {topic: size for topic, size in sizes.items() if size}
    assert set(assignments.strategy) <= ({"undivided"} if n < 15 else {"clustered", "reassigned:nearest-centre"})
    made = "BERTopic with PCA and k-means made"
    rung = {0: "no fragment is used", 15: f"{made} 3 topics of 15 fragments", 30: f"{made} 4 topics of 30 fragments"}
    assert output.notices[0].message.startswith(rung.get(n, f"{n} fragments are fewer than min_fragments (15)"))


def test_planted_subjects_are_found_with_their_own_words():
    output = run(make_study(30), n_topics=3, outlier_quantile=0.0)
    topics = output.tables["topics"]
    assert list(topics["size"]) == [10, 10, 10, 0]
    assert [set(words) for words in topics.keywords] == [*map(set, SUBJECTS), set()]
    assert list(topics.topic_id) == ["T01", "T02", "T03", "outlier"]
    assert output.tables["topic_assignments"].topic_id.tolist() == ["T01", "T02", "T03"] * 10


def test_the_same_tables_from_any_order_of_rows():
    fragments, tokens, embeddings = make_study(40)
    first = run((fragments, tokens, embeddings)).tables
    shuffled = [
        table.sample(frac=1, random_state=3).reset_index(drop=True) for table in (fragments, tokens, embeddings)
    ]
    second = run(shuffled).tables
    for name in ("topics", "topic_assignments"):
        pd.testing.assert_frame_equal(first[name], second[name], check_exact=True)


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
    assert list(output.tables["topics"]["size"]) == [20, 0]
    assert output.notices[0].message.startswith("all 20 fragments have the same vector")
    assert set(output.tables["topic_assignments"].x) == {0.0}
    assert len(output.tables["topics"].representative_fragment_ids[0]) == 1


def test_fragments_without_words_form_one_topic_without_keywords():
    fragments, tokens, embeddings = make_study(20)
    tokens["is_content"] = False
    output = run((fragments, tokens, embeddings))
    assert output.tables["topics"].label.tolist() == ["zonder trefwoorden", "uitschieters"]
    assert output.notices[0].message.startswith("none of the 20 fragments has a content word")


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
    topics, assignments = output.tables["topics"], output.tables["topic_assignments"]
    assert topics.iloc[-1][["topic_id", "label", "size"]].tolist() == ["outlier", "uitschieters", 4]
    assert topics["size"].sum() == 40
    assert Counter(assignments.strategy) == {"clustered": 36, "outlier": 4}


def test_topics_are_numbered_by_size_then_by_the_smallest_fragment_id():
    study = make_study(6)
    config = settings(min_fragments=5, n_topics=3, outlier_quantile=0.0)
    engine = FixedEngine(2, 0, 0, 1, 1, 2)
    assignments = find_topics(*study, config=config, engine=engine).tables["topic_assignments"]
    assert assignments.topic_id.tolist() == ["T01", "T02", "T02", "T03", "T03", "T01"]


def test_an_engine_that_finds_only_outliers_leaves_one_topic():
    config = settings(min_fragments=5)
    output = find_topics(*make_study(6), config=config, engine=FixedEngine(*[-1] * 6))
    assert list(output.tables["topics"]["size"]) == [6, 0]
    assert output.notices[-1].message == "fixed found no topic: all fragments form one"


def test_representatives_are_the_nearest_to_the_centre_and_scores_are_cosines():
    fragments = make_fragments(*[(f"f-{i}", "used", "boot") for i in range(5)])
    angles = [0.0, 0.1, 0.2, 0.3, 0.9]
    vectors = [{"fragment_id": f"f-{i}", "vector": [np.cos(a), np.sin(a)]} for i, a in enumerate(angles)]
    token = {"i": 0, "sentence": 0, "text": "boot", "lemma": "boot", "pos": None, "is_stop": False, "is_content": True}
    tokens = table_from_rows([{"fragment_id": f"f-{i}"} | token for i in range(5)], "tokens")
    config = settings(min_fragments=15, n_representatives=2)
    output = find_topics(
        fragments, tokens, table_from_rows(vectors, "embeddings"), config=config, engine=FixedEngine()
    ).tables
    centre = np.array([np.mean(np.cos(angles)), np.mean(np.sin(angles))])
    direction = np.arctan2(centre[1], centre[0])  # 0.296: f-3 lies nearest, then f-2
    assert output["topics"].representative_fragment_ids[0] == ["f-3", "f-2"]
    np.testing.assert_allclose(output["topic_assignments"].score, np.cos(np.array(angles) - direction), atol=1e-6)


def test_rungs():
    config = settings()
    assert choose_rung(14, 14, True, config)[0] == 1
    assert choose_rung(15, 15, True, config)[0] == choose_n_topics(15) == 3
    n_topics, notices = choose_rung(200, 2, True, config)
    assert n_topics == 2
    assert notices[0].message == "10 topics were wanted, but there are only 2 different vectors"
    assert choose_rung(200, 200, True, settings(n_topics=4)) == (4, [])
    assert choose_n_topics(2) == 2
    assert choose_n_topics(100_000) == 20


def test_words_are_written_as_they_mostly_stand_in_the_text():
    rows = [("f-1", 0, "Kinderen", "kind"), ("f-1", 1, "kinderen", "kind"), ("f-2", 0, "kind", "kind")]
    rows += [("f-2", 1, "OCMW", "ocmw"), ("f-2", 2, "spelen", "spelen")]
    common = {"sentence": 0, "pos": None, "is_stop": False, "is_content": True}
    table = table_from_rows(
        [dict(zip(("fragment_id", "i", "text", "lemma"), row, strict=True)) | common for row in rows], "tokens"
    )
    words = gather_words(table, ["f-2", "f-9", "f-1"])
    assert words.documents == ("kind ocmw spelen", "", "kind kind")
    assert dict(words.written) == {"kind": "kinderen", "ocmw": "OCMW", "spelen": "spelen"}


def test_common_words_are_left_out_and_rare_ones_come_last():
    documents = ("dorp boot", "dorp boot", "dorp kas anker", *["dorp"] * 13)
    words = Words(documents, {word: word for word in ("dorp", "boot", "kas", "anker")})
    labels = [0, 0, 0] + [1] * 13
    chosen = choose_keywords({0: ["dorp", "anker", "boot", "kas"], 1: ["dorp"]}, labels, words, n_keywords=2)
    assert chosen == {0: ["boot", "anker"], 1: []}


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
