"""The stage that compares coders: values by hand, what is left out and why, order, and a machine that copies."""

import numpy as np
import pandas as pd
import pytest
from studies import assignments, codebook, codings, fragments

from pipeline.agreement.comparison.inputs import BOTH_LEVELS
from pipeline.agreement.comparison.rows import ComparisonHead, FoundFigure, make_rows
from pipeline.agreement.comparison.stage import MACHINE_TOGETHER, compare
from pipeline.core.config import AgreementConfig
from pipeline.core.errors import Output
from pipeline.core.tables import check, empty_table, to_csv

CONFIG = AgreementConfig(resamples=200, permutations=199, folds=5, min_sessions=10, seed=7)
THEMES = ("dak", "deur", "tuin")


def run(given: dict, *, n: int, topics: pd.DataFrame | None = None, **shape: object) -> Output:
    coded, seen = codings(given)
    book = codebook(theme=THEMES, polarity=("kans", "knelpunt"))
    return compare(
        coded, seen, fragments(n, **shape), book,
        empty_table("topic_assignments") if topics is None else topics, config=CONFIG,
    )  # fmt: skip


def pick(output: Output, statistic: str, *, scheme: str = "theme", code: str = "", comparison: str = "A | B") -> dict:
    """The first row that fits: the headline."""
    table = output.tables["agreement"]
    fits = table[
        (table["statistic"] == statistic) & (table["scheme"] == scheme)
        & (table["code"] == code) & (table["comparison"] == comparison)
    ]  # fmt: skip
    return fits.iloc[0].to_dict()


def left_out(row: dict) -> int:
    return int(row["excluded"].split(" ")[0].split(";")[0])


def test_values_by_hand():
    # Table: dak-dak 4, deur-deur 2, dak-deur 1, deur-dak 1: 6 of 8; expected (5*5 + 3*3) / 64.
    a = ["dak"] * 5 + ["deur"] * 3
    b = ["dak"] * 4 + ["deur"] + ["deur"] * 2 + ["dak"]
    output = run({("A", "theme"): a, ("B", "theme"): b}, n=8)
    assert pick(output, "percent")["estimate"] == pytest.approx(0.75)
    expected = 34 / 64
    assert pick(output, "cohen_kappa")["estimate"] == pytest.approx((0.75 - expected) / (1 - expected))
    assert pick(output, "positive_agreement", code="dak")["estimate"] == pytest.approx(8 / 10)
    assert pick(output, "negative_agreement", code="dak")["estimate"] == pytest.approx(4 / 6)
    assert pick(output, "prevalence", code="deur")["estimate"] == pytest.approx(3 / 8)
    # The codebook's third theme counts as a category: Brennan-Prediger expects 1/3.
    assert pick(output, "brennan_prediger")["estimate"] == pytest.approx((0.75 - 1 / 3) / (1 - 1 / 3))
    never = pick(output, "cohen_kappa", code="tuin")
    assert np.isnan(never["estimate"])
    assert never["reason"] == "no coder used this code"


def test_n_and_excluded_add_up_to_what_either_has_seen():
    a = ["dak", "deur", None, "dak", "", None]
    b = ["dak", None, "deur", "dak", "tuin", None]
    row = pick(run({("A", "theme"): a, ("B", "theme"): b}, n=6), "percent")
    assert (row["n"], row["excluded"]) == (3, "2 (1 not seen by A, 1 not seen by B)")
    assert row["estimate"] == pytest.approx(2 / 3)  # the fragment that A left without a code is a disagreement


def test_fragments_without_a_code_have_a_policy_of_their_own():
    output = run({("A", "theme"): ["dak", "deur", ""], ("B", "theme"): ["dak", "deur", "deur"]}, n=3)
    table = output.tables["agreement"]
    rows = table[(table["statistic"] == "percent") & (table["code"] == "")]
    assert rows["estimate"].tolist() == pytest.approx([2 / 3, 1.0])
    assert rows["n"].tolist() == [3, 2]
    assert rows["excluded"].iloc[1].endswith("; only fragments to which both gave a code")


def test_polarity_is_a_set_and_each_code_is_looked_up_in_it():
    a = ["kans;knelpunt", "kans", "", "knelpunt"]
    b = ["knelpunt;kans", "kans;knelpunt", "", "knelpunt"]
    output = run({("A", "polarity"): a, ("B", "polarity"): b}, n=4)
    headline = pick(output, "percent", scheme="polarity")
    assert headline["estimate"] == pytest.approx(3 / 4)  # the order within the set does not matter
    table = output.tables["agreement"]
    first = table[(table["statistic"] == "percent") & (table["excluded"] == "0; first code only")]
    assert first["estimate"].tolist() == [pytest.approx(3 / 4)]
    assert pick(output, "jaccard", scheme="polarity")["estimate"] == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert pick(output, "percent", scheme="polarity", code="kans")["estimate"] == 1.0
    assert pick(output, "percent", scheme="polarity", code="knelpunt")["estimate"] == pytest.approx(3 / 4)


def test_people_come_first_all_together_and_codes_after_the_whole():
    answers = ["dak", "deur", "dak", "tuin"] * 6
    given = {(coder, "theme"): answers for coder in "CAB"}
    output = run(given, n=24, topics=assignments(["t0", "t1"] * 12))
    table = output.tables["agreement"]
    order = list(dict.fromkeys(table["comparison"]))
    assert order[:4] == ["A | B | C", "A | B", "A | C", "B | C"]
    assert order[4:] == ["A | machine-inductive", "B | machine-inductive", "C | machine-inductive"]
    pair = table[table["comparison"] == "A | B"]["code"].ne("")
    assert pair.is_monotonic_increasing


def test_order_of_rows_changes_nothing():
    rng = np.random.default_rng(3)
    given = {(coder, "theme"): rng.choice(THEMES, 40).tolist() for coder in "AB"}
    coded, seen = codings(given)
    topics = assignments(rng.choice(["t0", "t1", "t2"], 40).tolist())
    book, cut = codebook(theme=THEMES), fragments(40, sessions=4)
    tables = [coded, seen, cut, book, topics]
    plain = compare(*tables, config=CONFIG)
    shuffled = compare(*(t.sample(frac=1, random_state=1) for t in tables), config=CONFIG)
    for name in ("agreement", "crosstabs"):
        assert to_csv(plain.tables[name]) == to_csv(shuffled.tables[name])


def test_a_machine_that_copies_noise_is_caught_by_cross_fitting():
    # Every statement block has a topic of its own: mapped in-sample it copies the human, held out it knows nothing.
    rng = np.random.default_rng(5)
    themes = rng.choice(THEMES, 30).repeat(2).tolist()
    topics = assignments([f"t{i // 2:02d}" for i in range(60)])
    output = run({("A", "theme"): themes}, n=60, per_block=2, topics=topics)
    row = pick(output, "cohen_kappa", comparison="A | machine-inductive")
    assert row["estimate"] == pytest.approx(0.0)
    assert pick(output, "purity", comparison="A | machine-inductive")["estimate"] == 1.0  # and purity falls for it
    assert pick(output, "purity", comparison="A | machine-inductive")["chance"] > 0.99


def test_a_machine_that_is_right_under_other_names_is_found_right():
    themes = [THEMES[i % 3] for i in range(60)]
    output = run({("A", "theme"): themes}, n=60, topics=assignments([f"t{i % 3}" for i in range(60)]))
    for statistic in ("adjusted_rand", "adjusted_mutual_information", "v_measure", "bcubed_f1", "cohen_kappa"):
        assert pick(output, statistic, comparison="A | machine-inductive")["estimate"] == pytest.approx(1.0)


def test_policies_for_outliers_stand_side_by_side():
    themes = [THEMES[i % 3] for i in range(60)]
    topics = ["outlier" if i < 6 else f"t{i % 3}" for i in range(60)]
    output = run({("A", "theme"): themes}, n=60, topics=assignments(topics, moved={0: "t1", 1: "t1", 2: "t2"}))
    table = output.tables["agreement"]
    rows = table[table["statistic"] == "adjusted_rand"]
    assert [text.split("; ")[1] for text in rows["excluded"]] == [
        "outliers reassigned", "outliers excluded, coverage 0.900", "outliers as one topic",
        "outliers as topics of one fragment",
    ]  # fmt: skip
    assert rows["n"].tolist() == [60, 54, 60, 60]
    assert [left_out(row) for row in rows.to_dict("records")] == [0, 6, 0, 0]
    assert rows["estimate"].iloc[1] == pytest.approx(1.0)


def test_an_abstention_counts_as_wrong_first_and_answered_only_stands_below():
    people = ["kans", "knelpunt", "kans", "knelpunt"]
    machine = ["kans", "knelpunt", None, "neutraal"]
    output = run({("A", "polarity"): people, ("machine-taught", "polarity"): machine}, n=5, unused=(4,))
    row = pick(output, "percent", scheme="polarity", comparison="A | machine-taught")
    assert (row["n"], row["excluded"], row["estimate"]) == (4, "0; abstention as a code", 0.5)
    table = output.tables["agreement"]
    answered = table[table["excluded"] == "1 (1 left open by machine-taught); answered only, coverage 0.750"]
    found = answered[(answered["statistic"] == "percent") & (answered["code"] == "")].iloc[0]
    assert (found["n"], found["estimate"]) == (3, pytest.approx(2 / 3))  # 'neutraal' is an answer: the empty set
    assert found["position"] > row["position"]
    cross = output.tables["crosstabs"]
    assert cross.set_index(["code_a", "code_b"])["n"].to_dict() == {
        ("kans", "kans"): 1, ("kans", "onthouding"): 1, ("knelpunt", "-"): 1, ("knelpunt", "knelpunt"): 1,
    }  # fmt: skip


def test_theme_and_polarity_together():
    themes = [THEMES[i % 3] for i in range(30)]
    polarity = ["kans", "knelpunt"] * 15
    given = {
        ("A", "theme"): themes, ("A", "polarity"): polarity,
        ("B", "theme"): themes, ("B", "polarity"): ["kans"] * 30,
        ("machine-taught", "polarity"): ["kans"] * 20 + [None] * 10,
    }  # fmt: skip
    output = run(given, n=30, topics=assignments([f"t{i % 3}" for i in range(30)]))
    assert pick(output, "percent", scheme=BOTH_LEVELS)["estimate"] == pytest.approx(0.5)
    row = pick(output, "percent", scheme=BOTH_LEVELS, comparison=f"A | {MACHINE_TOGETHER}")
    assert (row["n"], left_out(row), row["estimate"]) == (30, 0, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("shape", "unit", "p"),
    [
        ({"sessions": 12}, "session", 1 / 200),
        ({"sessions": 1}, "sub-heading", 1 / 48),
        ({"per_heading": 99, "per_block": 2}, "block", 1 / 24),
    ],
)
def test_the_interval_says_what_it_resampled(shape: dict, unit: str, p: float):
    rng = np.random.default_rng(1)
    a = rng.choice(THEMES, 48)
    b = np.where(rng.random(48) < 0.7, a, rng.choice(THEMES, 48))
    row = pick(run({("A", "theme"): a.tolist(), ("B", "theme"): b.tolist()}, n=48, **shape), "cohen_kappa")
    assert row["unit"] == unit
    assert row["low"] < row["estimate"] < row["high"]
    assert row["p"] == pytest.approx(p)
    assert abs(row["chance"]) < 0.15


def test_few_sessions_add_the_range_when_one_is_left_out():
    a = ["dak", "deur"] * 12
    b = ["dak"] * 3 + a[3:18] + ["deur"] * 6
    output = run({("A", "theme"): a, ("B", "theme"): b}, n=24, sessions=3)
    table = output.tables["agreement"]
    rows = table[(table["statistic"] == "percent") & (table["code"] == "")].set_index("unit")
    agreed = np.array([x == y for x, y in zip(a, b, strict=True)]).reshape(3, 8)
    without = [np.delete(agreed, i, axis=0).mean() for i in range(3)]
    left = rows.loc["session left out in turn"]
    assert (left["low"], left["high"]) == (pytest.approx(min(without)), pytest.approx(max(without)))
    assert rows.loc["session", "low"] < left["low"]


def test_p_values_of_codes_are_adjusted_together_and_the_whole_is_not():
    frame = ComparisonHead(coders=("A", "B"), scheme="theme", unit="session", n=9)
    given = [("", 0.02), ("dak", 0.01), ("deur", 0.04), ("tuin", 0.03), ("pad", None)]
    rows = list(make_rows(frame, [FoundFigure(statistic="percent", code=code, estimate=0.5, p=p) for code, p in given]))
    # Benjamini-Hochberg over three tests: .01 * 3, .04 * 3 / 3, and .03 * 3 / 2 held down by the one above it.
    assert [row.p for row in rows] == [0.02, pytest.approx(0.03), pytest.approx(0.04), pytest.approx(0.04), None]


def test_perfect_agreement_has_no_interval_and_says_so():
    answers = ["dak", "deur", "tuin"] * 8
    row = pick(run({("A", "theme"): answers, ("B", "theme"): answers}, n=24, sessions=4), "cohen_kappa")
    assert row["estimate"] == pytest.approx(1.0)
    assert np.isnan(row["low"])
    assert row["reason"].startswith("no interval: ")


def test_nothing_in_common_is_undefined_with_the_reason():
    output = run({("A", "theme"): ["dak", None], ("B", "theme"): [None, "dak"]}, n=2)
    row = pick(output, "cohen_kappa")
    assert np.isnan(row["estimate"])
    assert (row["n"], left_out(row), row["reason"]) == (0, 2, "no unit was coded by two coders")


@pytest.mark.parametrize("given", [{}, {("A", "theme"): ["dak", "deur"]}])
def test_without_two_coders_both_tables_are_empty(given: dict):
    output = run(given, n=2)
    assert [len(output.tables[name]) for name in ("agreement", "crosstabs")] == [0, 0]


def test_no_figure_is_empty_without_a_reason():
    given = {
        ("A", "theme"): ["dak", "dak", "", None], ("B", "theme"): ["dak", "dak", "", "tuin"],
        ("A", "polarity"): ["kans"] * 4, ("B", "polarity"): ["kans"] * 4,
    }  # fmt: skip
    table = run(given, n=4, topics=assignments(["t0"] * 4)).tables["agreement"]
    check(table, "agreement")
    undefined = table["estimate"].isna()
    assert undefined.any()
    assert table.loc[undefined, "reason"].notna().all()
    defined = table.loc[~undefined & table["low"].isna()]
    assert defined["reason"].notna().all()


def test_inputs_are_left_as_they_were():
    coded, seen = codings({("A", "theme"): ["dak"], ("B", "theme"): ["deur"]})
    before = coded.copy(), seen.copy()
    compare(coded, seen, fragments(1), codebook(theme=THEMES), empty_table("topic_assignments"), config=CONFIG)
    pd.testing.assert_frame_equal(coded, before[0])
    pd.testing.assert_frame_equal(seen, before[1])


def test_what_was_settled_stands_apart_and_never_makes_a_third_coder():
    a, b, settled = ("x", "x", "y", "y"), ("x", "y", "y", "y"), ("x", "x", "y", "y")
    before = run({("A", "theme"): a, ("B", "theme"): b}, n=4)
    after = run({("A", "theme"): a, ("B", "theme"): b, ("adjudicated", "theme"): settled}, n=4)
    among = before.tables["agreement"]
    pd.testing.assert_frame_equal(after.tables["agreement"].head(len(among)), among)
    assert pick(after, "cohen_kappa", comparison="A | adjudicated")["estimate"] == 1.0
    assert pick(after, "cohen_kappa", comparison="B | adjudicated")["estimate"] == 0.5
    comparisons = after.tables["agreement"]["comparison"].drop_duplicates().tolist()
    assert comparisons == ["A | B", "A | adjudicated", "B | adjudicated"]
