"""The diagnosis of topics, with values by hand: alignment, merges, learning curve, stability."""

import numpy as np
import pytest
from diagnoses import diagnose_study, pick, rows
from scipy.stats import hypergeom
from studies import assignments

from pipeline.agreement.diagnosis.alignment import (
    CodeOutcome,
    Crossing,
    TopicVerdict,
    adjusted_p,
    cross,
    hypergeometric_p,
    judge_codes,
    link,
)
from pipeline.agreement.diagnosis.learning_curve import NOTHING_LEARNED, ONE_CODER, Classifier
from pipeline.agreement.diagnosis.topics import SOURCES, Steadiness
from pipeline.core.schemas import get_schema
from pipeline.core.vocabulary import OUTLIER_TOPIC

THREE = ["dak", "deur", "tuin"] * 20


def test_the_hypergeometric_tail_is_that_of_scipy():
    rng = np.random.default_rng(5)
    topics, members = rng.integers(4, size=80), rng.random((80, 5)) < 0.3
    crossing = cross(topics, members, 5)
    expected = [
        [hypergeom.sf(crossing.counts[t, c] - 1, 80, crossing.of_code[c], crossing.of_topic[t]) for c in range(5)]
        for t in range(5)
    ]
    np.testing.assert_allclose(hypergeometric_p(crossing), expected, rtol=1e-9)
    assert hypergeometric_p(crossing)[4].tolist() == [1.0] * 5  # the empty topic


def test_nothing_to_cross_has_no_p():
    assert hypergeometric_p(cross([], np.zeros((0, 2), dtype=bool), 0)).shape == (0, 2)
    assert judge_codes(np.zeros((0, 2), dtype=bool), np.zeros((0, 2)))[0].verdict is CodeOutcome.MISSED


@pytest.mark.parametrize(
    ("linked", "expected"),
    [
        ([[1, 0], [0, 1]], [("found", (0,), ()), ("found", (1,), ())]),
        ([[1, 0], [1, 0]], [("split", (0, 1), ()), ("missed", (), ())]),
        ([[1, 1], [0, 0]], [("merged", (0,), (1,)), ("merged", (0,), (0,))]),
        # The second code also lives in the first's topic, but has one of its own: both are found.
        ([[1, 1], [0, 1]], [("found", (0,), ()), ("found", (1,), ())]),
    ],
)
def test_verdicts(linked, expected):
    counts = np.array([[9.0, 5.0], [8.0, 4.0]])
    fates = judge_codes(np.array(linked, dtype=bool), counts)
    assert [(str(fate.verdict), fate.topics, fate.merged_with) for fate in fates] == expected


def test_a_link_needs_two_fragments_and_more_than_chance():
    crossing = Crossing(np.array([[1.0, 4.0]]), np.array([5.0]), np.array([1.0, 80.0]), 100)
    assert link(crossing, np.zeros((1, 2)), None).tolist() == [[False, False]]
    assert link(crossing, np.zeros((1, 2)), np.ones((1, 2))).tolist() == [[False, False]]
    strong = Crossing(np.array([[4.0]]), np.array([5.0]), np.array([5.0]), 100)
    assert link(strong, adjusted_p(strong), None).tolist() == [[True]]
    assert link(strong, adjusted_p(strong), np.array([[0.2]])).tolist() == [[False]]


def test_codes_found_split_merged_and_missed_in_a_study():
    # dak in T1 and T2, deur and tuin together in T3; every session has all of it.
    topics = ["T1" if i % 6 < 3 else "T2" for i in range(60)]
    topics = [topic if code == "dak" else "T3" for topic, code in zip(topics, THREE, strict=True)]
    output = diagnose_study({("A", "theme"): THREE}, n=60, sessions=10, topics=assignments(topics))
    dak, deur = (pick(output, "code_diagnoses", code=code) for code in ("dak", "deur"))
    assert (dak["verdict"], dak["topics"], dak["precision"], dak["recall"]) == ("split", ["T1", "T2"], 1.0, 1.0)
    assert (dak["chance"], dak["lift"], dak["n"]) == (pytest.approx(1 / 3), pytest.approx(3.0), 20)
    assert (deur["verdict"], deur["merged_with"], deur["precision"]) == ("merged", ["tuin"], 0.5)
    assert pick(output, "topic_diagnoses", topic_id="T3")["verdict"] == TopicVerdict.SEVERAL_CODES
    one = pick(output, "topic_diagnoses", topic_id="T1")
    assert (one["verdict"], one["codes"], one["estimate"], one["n_coded"]) == ("one_code", ["dak"], 1.0, 10)
    cell = pick(output, "topic_codes", topic_id="T3", code="tuin")
    assert (cell["n"], cell["n_topic"], cell["n_code"], cell["precision"], cell["recall"]) == (20, 40, 20, 0.5, 1.0)
    assert (cell["lift"], cell["linked"]) == (pytest.approx(1.5), True)


def test_a_topic_that_nobody_coded_and_topics_dealt_at_random():
    codes = [None] * 20 + THREE[:40]
    topics = ["T9"] * 20 + [f"T{i % 2}" for i in range(40)]
    output = diagnose_study({("A", "theme"): codes}, n=60, sessions=6, topics=assignments(topics))
    blind = pick(output, "topic_diagnoses", topic_id="T9")
    assert (blind["verdict"], blind["n"], blind["n_seen"], blind["codes"]) == ("uncoded", 20, 0, [])
    assert pick(output, "topic_diagnoses", topic_id="T0")["verdict"] == TopicVerdict.NO_CODE
    missed = pick(output, "code_diagnoses", code="dak")
    assert (missed["verdict"], missed["topics"], missed["recall"]) == ("missed", [], 0.0)
    assert missed["reason"] == "no topic carries this code more often than chance"


def test_codes_in_runs_are_no_evidence_when_whole_sessions_move():
    # Each of two sessions has one topic and one code: fragments say p < .001, sessions say nothing.
    codes, topics = ["dak"] * 15 + ["deur"] * 15, ["T1"] * 15 + ["T2"] * 15
    output = diagnose_study({("A", "theme"): codes}, n=30, sessions=2, topics=assignments(topics))
    cell = pick(output, "topic_codes", topic_id="T1", code="dak")
    assert cell["p"] < 0.001
    assert cell["p_moved"] == pytest.approx(1.0)
    assert cell["linked"] is False
    assert pick(output, "code_diagnoses", code="dak")["verdict"] == CodeOutcome.MISSED


def test_outliers_are_in_no_topic():
    topics = [OUTLIER_TOPIC if i < 6 else f"T{code}" for i, code in enumerate(THREE)]
    output = diagnose_study({("A", "theme"): THREE}, n=60, sessions=10, topics=assignments(topics))
    assert {row["topic_id"] for row in rows(output, "topic_diagnoses")} == {"Tdak", "Tdeur", "Ttuin"}
    assert sum(row["n"] for row in rows(output, "topic_diagnoses")) == 54


def test_merging_the_topics_of_a_split_code_gains_on_held_out_sessions():
    topics = [f"T{code}{i // 3 % 2}" if code == "dak" else f"T{code}" for i, code in enumerate(THREE)]
    output = diagnose_study({("A", "theme"): THREE}, n=60, sessions=10, topics=assignments(topics))
    merge = pick(output, "suggested_merges")
    assert (merge["kind"], merge["merged"], merge["folds"], merge["n_folds"]) == ("topics", "Tdak0 + Tdak1", 5, 5)
    # One topic for each code: half of dak is lost before (10 of 60 wrong), nothing after. Kappa is 1 after; before,
    # agreement is 50/60 and chance (20 * 10 + 20 * 20 + 20 * 20) / 3600.
    chance = 1000 / 3600
    assert merge["estimate"] == pytest.approx(1 - (50 / 60 - chance) / (1 - chance))
    assert merge["chance"] < merge["estimate"]
    assert merge["n"] == 60


def test_merging_codes_that_share_a_topic_gains():
    topics = ["T1" if code == "dak" else "T2" for code in THREE]
    output = diagnose_study({("A", "theme"): THREE}, n=60, sessions=10, topics=assignments(topics))
    merge = pick(output, "suggested_merges", kind="codes")
    assert merge["merged"] == "deur + tuin"
    # After merging, topics and codes are the same; before, T2 is read as deur or tuin: half of 40 are wrong.
    assert merge["estimate"] > 0.3


def test_nothing_is_merged_when_each_code_has_its_topic():
    output = diagnose_study(
        {("A", "theme"): THREE}, n=60, sessions=10, topics=assignments([f"T{code}" for code in THREE])
    )
    assert rows(output, "suggested_merges") == []
    single = {("A", "theme"): THREE}
    topics = assignments([f"T{code}{i // 3 % 2}" for i, code in enumerate(THREE)])
    alone = diagnose_study(single, n=60, sessions=1, per_heading=60, per_block=60, topics=topics)
    assert rows(alone, "suggested_merges") == []


def teach(known, codes, asked, n_codes):
    n = len(known)
    given = np.concatenate([np.asarray(codes, dtype=np.int64), np.zeros(len(asked), dtype=np.int64)])
    both = Classifier(np.concatenate([known, asked]), given, n_codes)
    return both.answer(np.arange(n), np.arange(n, n + len(asked)))


def test_ridge_learns_what_can_be_learned_and_never_says_what_it_did_not_see():
    rng = np.random.default_rng(1)
    middles = np.eye(3)
    codes = np.repeat([0, 2], 30)
    known = middles[codes] + rng.normal(scale=0.1, size=(60, 3))
    asked = middles[[0, 1, 2]]
    predicted = teach(known, codes, asked, 3)
    assert predicted[[0, 2]].tolist() == [0, 2]
    assert 1 not in predicted
    wide = np.concatenate([known, np.zeros((60, 200))], axis=1)  # more dimensions than fragments
    assert teach(wide, codes, np.concatenate([asked, np.zeros((3, 200))], axis=1), 3)[[0, 2]].tolist() == [0, 2]
    assert teach(np.ones((3, 2)), [1, 1, 1], np.zeros((2, 2)), 2).tolist() == [1, 1]


def curve_study(given, **shape):
    place = {"dak": 0, "deur": 1, "tuin": 2}
    rng = np.random.default_rng(2)
    points = np.eye(4)[[place[code] for code in THREE]] + rng.normal(scale=0.2, size=(60, 4))
    return diagnose_study(given, n=60, points=points, **shape)


def test_the_learning_curve_rises_and_the_ceiling_is_that_of_the_people():
    other = ["tuin" if i % 10 == 0 else code for i, code in enumerate(THREE)]
    output = curve_study({("A", "theme"): THREE, ("B", "theme"): other}, sessions=20)
    curve = [row for row in rows(output, "learning_curve") if row["coder"] == "A"]
    assert [row["share"] for row in curve] == [0.0, 0.05, 0.1, 0.2, 0.4, 0.8]
    assert [row["n_coded"] for row in curve] == [0, 3, 6, 12, 24, 48]
    assert (curve[0]["estimate"], curve[0]["reason"]) == (0.0, NOTHING_LEARNED)
    assert curve[-1]["estimate"] > 0.95
    assert {row["draws"] for row in curve} == {2}
    assert all(row["lowest"] <= row["estimate"] <= row["highest"] for row in curve[1:])
    # 4 of 60 differ (of six tens, two are tuin already): kappa by hand.
    same, tuin = 56 / 60, 24
    expected = (20 * 18 + 20 * 18 + 20 * tuin) / 3600
    assert curve[1]["ceiling"] == pytest.approx((same - expected) / (1 - expected))


def test_one_coder_has_no_ceiling_and_says_so():
    output = curve_study({("A", "theme"): THREE}, sessions=20)
    row = pick(output, "learning_curve", share=0.8)
    assert row["ceiling"] is None
    assert ONE_CODER in row["reason"]
    gain = pick(output, "learning_gains")
    assert (gain["n_coded"], gain["n_more"]) == (60, 60)
    assert [notice.where for notice in output.notices] == ["learning_curve"]


def test_the_gain_carries_the_slope_on():
    output = curve_study({("A", "theme"): THREE}, sessions=20)
    curve = [row for row in rows(output, "learning_curve") if row["n_coded"]]
    slope = np.polyfit(np.log([row["n_coded"] for row in curve]), [row["estimate"] for row in curve], 1)[0]
    gain = pick(output, "learning_gains")
    assert gain["estimate"] == pytest.approx(slope * np.log(2))
    assert gain["last_estimate"] == pytest.approx(slope * np.log(gain["n_coded"] / (gain["n_coded"] - 20)))


def test_too_little_to_learn_from_gives_no_curve():
    for given in ({("A", "theme"): ["dak"] * 60}, {("A", "theme"): ["dak", "deur"] + [None] * 58}):
        assert rows(curve_study(given, sessions=20), "learning_curve") == []
    alone = curve_study({("A", "theme"): THREE}, sessions=1, per_heading=60, per_block=60)
    assert {row["unit"] for row in rows(alone, "learning_curve")} == {"fragment"}


def test_clear_topics_are_robust_and_random_ones_accidental():
    rng = np.random.default_rng(4)
    names = [f"T{i % 3}" for i in range(60)]
    clear = np.eye(4)[[int(name[1]) for name in names]] + rng.normal(scale=0.05, size=(60, 4))
    output = diagnose_study({}, n=60, sessions=12, topics=assignments(names), points=clear)
    topic = pick(output, "theme_stability", topic_id="T0", source="all")
    assert (topic["verdict"], topic["estimate"], topic["refits"], topic["n"]) == ("robuust", 1.0, 3, 20)
    assert topic["chance"] < 0.5
    whole = [row for row in rows(output, "theme_stability") if not row["topic_id"]]
    assert {row["source"] for row in whole} == set(SOURCES)
    assert [row["estimate"] for row in whole] == pytest.approx([1.0] * 4)
    loose = diagnose_study({}, n=60, sessions=12, topics=assignments(names), points=rng.normal(size=(60, 4)))
    verdicts = {row["verdict"] for row in rows(loose, "theme_stability")} - {None}
    assert verdicts == {Steadiness.TOEVALLIG}


def test_one_topic_or_equal_vectors_have_no_stability_to_speak_of():
    output = diagnose_study({}, n=30, sessions=3, topics=assignments(["T1"] * 30))
    assert rows(output, "theme_stability") == []
    same = diagnose_study({}, n=30, sessions=3, topics=assignments(["T1", "T2"] * 15), points=np.ones((30, 4)))
    assert {row["verdict"] for row in rows(same, "theme_stability")} <= {None, Steadiness.TOEVALLIG}


def test_allowed_values_are_those_of_the_code():
    assert set(get_schema("code_diagnoses").column("verdict").allowed) == set(CodeOutcome)
    assert set(get_schema("topic_diagnoses").column("verdict").allowed) == set(TopicVerdict)
    assert set(get_schema("theme_stability").column("verdict").allowed) == set(Steadiness)
    assert set(get_schema("theme_stability").column("source").allowed) == set(SOURCES)
