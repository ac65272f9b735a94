"""The diagnosis between coders, with values by hand: levels, bridge, near misses, polarity, tests, frequencies."""

import numpy as np
import pandas as pd
import pytest
from diagnoses import CONFIG, diagnose_study, pick, rows
from studies import assignments, fragments

from pipeline.agreement.diagnosis.differences import Bridge, Difference, classify
from pipeline.agreement.diagnosis.frequencies import (
    ALL_CODED,
    CHOSEN,
    NOT_DRAWN,
    NOT_RECORDED,
    PART,
    regression_share,
)
from pipeline.core.schemas import get_schema
from pipeline.core.tables import check, to_csv
from pipeline.run.stages import get_stage


def test_each_level_counts_its_own_share_of_the_disagreement():
    # 12 fragments: 6 alike, 3 differ on theme alone, 2 on polarity alone, 1 on both.
    a_theme, b_theme = ["dak"] * 12, ["dak"] * 6 + ["deur"] * 3 + ["dak"] * 2 + ["deur"]
    a_pole, b_pole = ["kans"] * 12, ["kans"] * 6 + ["kans"] * 3 + ["knelpunt"] * 3
    given = {("A", "theme"): a_theme, ("B", "theme"): b_theme}
    given |= {("A", "polarity"): a_pole, ("B", "polarity"): b_pole}
    output = diagnose_study(given, n=12, sessions=4)
    shares = {row["level"]: row["share"] for row in rows(output, "levels")}
    assert shares == pytest.approx({"theme": 3 / 6, "polarity": 2 / 6, "theme x polarity": 1 / 6})
    assert {row["n"] for row in rows(output, "levels")} == {12}
    # A gives one code to all: chance agreement is all that can be seen.
    assert pick(output, "levels", level="theme")["estimate"] == pytest.approx(0.0)


def test_bands_add_up_and_one_is_reached():
    codes = ["dak", "deur"] * 12
    other = [("deur" if i in (3, 9, 16) else code) for i, code in enumerate(codes)]
    given = {("A", "theme"): codes, ("B", "theme"): other, ("A", "polarity"): ["kans"] * 24}
    given |= {("B", "polarity"): ["kans", "kans", "knelpunt"] * 8}
    output = diagnose_study(given, n=24, sessions=6)
    bands = pd.DataFrame(rows(output, "bands"))
    theme = bands[(bands["level"] == "theme") & (bands["statistic"] == "cohen_kappa")]
    assert theme["probability"].sum() == pytest.approx(1.0)
    assert theme["reached"].sum() == 1
    assert theme["band"].tolist()[-1] == "almost perfect"
    upper = theme["probability"].to_numpy()[::-1].cumsum()
    assert theme["reached"].to_numpy()[::-1].tolist().index(True) == int(np.argmax(upper >= 0.95))


def test_the_bridge_counts_given_hats_only_and_lists_its_conflicts():
    # Black: 3 knelpunt, 1 kans, 1 both; yellow: 3 kans. The machine's hats and the coder's own hats are no given hats.
    poles = ["knelpunt", "knelpunt", "knelpunt", "kans", "kans;knelpunt", "kans", "kans", "kans", "knelpunt", ""]
    hats = ["zwart"] * 5 + ["geel"] * 3 + [None, "wit"]
    given = {("A", "polarity"): poles, ("A", "theme"): ["dak"] * 5 + ["deur"] * 5, ("A", "hat"): ["geel"] * 10}
    output = diagnose_study(given, n=10, sessions=5, hats=hats)
    black = pick(output, "hat_bridge", theme="", hat="zwart")
    assert (black["n"], black["n_knelpunt"], black["n_kans"], black["n_both"], black["n_neither"]) == (5, 3, 1, 1, 0)
    assert black["expected"] == "knelpunt"
    assert black["estimate"] == pytest.approx(3 / 5)
    assert black["chance"] == pytest.approx(3 / 9)
    assert black["conflicts"] == ["f-003"]
    assert black["verdict"] == Bridge.NOT_SHOWN
    white = pick(output, "hat_bridge", theme="", hat="wit")
    assert (white["n"], white["n_neither"], white["estimate"]) == (1, 1, None)
    assert pick(output, "hat_bridge", theme="deur", hat="geel")["estimate"] == pytest.approx(1.0)
    assert not [row for row in rows(output, "hat_bridge") if row["theme"] == "dak" and row["hat"] == "geel"]


def test_a_bridge_that_is_wrong_for_a_theme_is_called_so():
    # In every session one black remark is kans and two white ones are knelpunt.
    poles, hats = ["kans", "knelpunt", "knelpunt"] * 8, ["zwart", "wit", "geel"] * 8
    poles[0] = "knelpunt"
    output = diagnose_study({("A", "polarity"): poles, ("A", "theme"): ["dak"] * 24}, n=24, sessions=8, hats=hats)
    black = pick(output, "hat_bridge", theme="dak", hat="zwart")
    assert black["estimate"] == pytest.approx(1 / 8)
    assert black["verdict"] == Bridge.CONTRADICTED
    assert len(black["conflicts"]) == 7


def test_without_given_hats_there_is_no_bridge():
    output = diagnose_study({("A", "polarity"): ["kans"] * 6, ("A", "hat"): ["geel"] * 6}, n=6, sessions=2)
    assert rows(output, "hat_bridge") == []


def test_near_misses_by_hand():
    # Sub-themes x1, x2 lie under x, y1 under y: 2 the same, 1 a near miss, 1 elsewhere; the last fragment has none.
    given = {("A", "subtheme"): ["x1", "x1", "x1", "x1", "y1"], ("B", "subtheme"): ["x1", "x1;y1", "x2", "y1", ""]}
    output = diagnose_study(given, n=5, sessions=5)
    found = {row["statistic"]: row for row in rows(output, "near_misses")}
    assert {row["n"] for row in found.values()} == {4}
    shares = [found[name]["estimate"] for name in ("same_subtheme", "near_miss", "other_theme")]
    assert shares == pytest.approx([2 / 4, 1 / 4, 1 / 4])
    # Shared nodes 2 + 2 + 1 + 0 = 5; B gave 2 + 4 + 2 + 2 = 10, A gave 8.
    assert found["hierarchical_precision"]["estimate"] == pytest.approx(5 / 10)
    assert found["hierarchical_recall"]["estimate"] == pytest.approx(5 / 8)
    assert found["hierarchical_f1"]["estimate"] == pytest.approx(10 / 18)
    assert found["near_miss"]["p"] is None
    assert found["near_miss"]["chance"] is not None


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [(0, 0, "same"), (1, 1, "same"), (3, 3, "both"), (3, 1, "one_of_two"), (1, 2, "reversed"), (0, 3, "one_neutral")],
)
def test_how_two_polarities_relate(first, second, kind):
    assert classify(first, second) == classify(second, first) == Difference(kind)


def test_reversals_abstentions_and_both_are_counted_apart():
    a = ["kans", "kans", "kans;knelpunt", "knelpunt;kans", "", "knelpunt", None, "kans"]
    machine = ["kans", "knelpunt", "knelpunt;kans", "kans", "neutraal", "neutraal", "kans", None]
    output = diagnose_study({("A", "polarity"): a, ("machine-taught", "polarity"): machine}, n=8, sessions=4)
    counts = {row["difference"]: row["count"] for row in rows(output, "polarity_differences")}
    assert counts == {"same": 2, "both": 1, "one_of_two": 1, "reversed": 1, "one_neutral": 1, "abstained": 1}
    assert pick(output, "polarity_differences", difference="reversed")["fragments"] == ["f-001"]
    assert pick(output, "polarity_differences", difference="reversed")["n"] == 7
    shares = {row["difference"]: (row["estimate"], row["answered"]) for row in rows(output, "polarity_differences")}
    # An abstention is wrong first: 7 fragments that both looked at, 6 that both answered.
    assert shares["same"] == pytest.approx((2 / 7, 2 / 6)) and shares["reversed"] == pytest.approx((1 / 7, 1 / 6))
    assert shares["abstained"] == (pytest.approx(1 / 7), None)
    assert sum(share for share, _ in shares.values()) == pytest.approx(1.0)


def test_a_text_that_stands_twice_teaches_nothing_of_its_copy():
    # Every text stands in both sessions, and a topic of its own holds the two.
    codes = ["dak", "deur"] * 10
    given = {("A", "theme"): codes, ("A", "polarity"): ["kans"] * 20, ("machine-taught", "polarity"): ["kans"] * 20}
    topics = assignments([f"T{i % 10:02d}" for i in range(20)])
    made = fragments(20, sessions=2).assign(text=[f"de kast van {i % 10} staat open" for i in range(20)])
    row = pick(diagnose_study(given, n=20, made=made, topics=topics), "levels", level="theme")
    assert row["estimate"] == pytest.approx(0.0)


def test_levels_count_an_abstention_as_wrong_and_say_the_answered_part_beside_it():
    a, machine = ["kans", "kans", "knelpunt", "knelpunt"], ["kans", None, "knelpunt", "knelpunt"]
    themes = ["dak", "deur", "dak", "deur"]
    given = {("A", "theme"): themes, ("machine-taught", "theme"): themes}
    given |= {("A", "polarity"): a, ("machine-taught", "polarity"): machine}
    row = pick(diagnose_study(given, n=4, sessions=4), "levels", level="polarity")
    # Kans 2 and 1, knelpunt 2 and 2, declined 0 and 1: po 3/4, pe (2*1 + 2*2 + 0) / 16.
    assert (row["n"], row["coverage"], row["answered"]) == (4, 0.75, pytest.approx(1.0))
    assert row["estimate"] == pytest.approx((3 / 4 - 6 / 16) / (1 - 6 / 16))
    theme = pick(diagnose_study(given, n=4, sessions=4), "levels", level="theme")
    assert (theme["n"], theme["coverage"], theme["answered"]) == (4, None, None)


def test_a_machine_that_copies_wins_from_every_coder_and_one_that_guesses_loses():
    codes = ["dak", "deur", "tuin"] * 20
    other = [("tuin" if i % 10 == 0 else code) for i, code in enumerate(codes)]
    wrong = ["zwart" if i % 2 else "geel" for i in range(60)]
    given = {("A", "theme"): codes, ("B", "theme"): other, ("A", "hat"): ["wit"] * 60, ("B", "hat"): ["wit"] * 60}
    given |= {("machine-taught", "hat"): wrong}
    topics = assignments([f"T{code}" for code in codes])
    output = diagnose_study(given, n=60, sessions=6, topics=topics)
    theme = pick(output, "annotator_tests", scheme="theme", coder="")
    assert (theme["machine"], theme["winning_rate"], theme["n"]) == ("machine-inductive", 1.0, 60)
    # The machine copies A: beside A it is always as near to B as A is, beside B it is never farther from A.
    assert theme["advantage"] == pytest.approx(1.0)
    hat = pick(output, "annotator_tests", scheme="hat", coder="A")
    assert (hat["winning_rate"], hat["advantage"], hat["human_advantage"]) == (0.0, 0.0, 1.0)
    assert hat["p"] == pytest.approx(1.0)


def test_a_machine_beside_two_people_is_compared_on_the_same_fragments_and_paired_by_session():
    rng = np.random.default_rng(4)
    a = rng.choice(["wit", "zwart", "geel"], 240)
    b = np.where(rng.random(240) < 0.8, a, rng.choice(["wit", "zwart", "geel"], 240))
    alike = np.where(rng.random(240) < 0.8, a, rng.choice(["wit", "zwart", "geel"], 240))
    given = {("A", "hat"): a.tolist(), ("B", "hat"): b.tolist()}
    same = pick(diagnose_study(given | {("machine-taught", "hat"): alike.tolist()}, n=240, sessions=12),
                "kappa_differences", machine="machine-taught")  # fmt: skip
    assert (same["comparison"], same["n"], same["unit"], same["margin"]) == ("A | B", 240, "session", 0.1)
    assert same["estimate"] == pytest.approx(same["with_machine"] - same["people"])
    assert same["low"] < same["estimate"] < same["high"]
    guess = rng.choice(["wit", "zwart", "geel"], 240).tolist()
    guess[:40] = [None] * 40
    poor = pick(diagnose_study(given | {("machine-taught", "hat"): guess}, n=240, sessions=12),
                "kappa_differences", machine="machine-taught")  # fmt: skip
    assert poor["n"] == 240  # an abstention counts
    assert poor["high"] < -0.1
    assert poor["p_equivalent"] == poor["p_not_worse"] > 0.99
    copy = pick(diagnose_study(given | {("machine-taught", "hat"): b.tolist()}, n=240, sessions=12),
                "kappa_differences", machine="machine-taught")  # fmt: skip
    assert copy["p_not_worse"] < 0.05 < copy["p_equivalent"]  # nearer to both than they are to each other


def test_too_few_fragments_are_not_tested_and_one_coder_is_not_tested_at_all():
    given = {("A", "hat"): ["wit"] * 9, ("B", "hat"): ["wit"] * 9, ("machine-taught", "hat"): ["wit"] * 9}
    output = diagnose_study(given, n=9, sessions=3)
    overall = pick(output, "annotator_tests", scheme="hat", coder="")
    assert overall["winning_rate"] is None
    assert "30" in overall["reason"]
    alone = diagnose_study({key: codes for key, codes in given.items() if key[0] != "B"}, n=9, sessions=3)
    assert rows(alone, "annotator_tests") == []


def test_what_people_settled_together_is_no_further_person_beside_whom_the_machine_is_tested():
    given = {(coder, "hat"): ["wit", "geel"] * 30 for coder in ("A", "adjudicated", "machine-taught")}
    output = diagnose_study(given, n=60, sessions=6)
    assert rows(output, "annotator_tests") == rows(output, "kappa_differences") == []


def test_the_regression_estimator_by_hand():
    # 10 fragments, the machine says kans of 6; 4 are coded: machine kans, kans, no, no; coder kans, no, no, no.
    sums = np.array([10.0, 6.0, 4.0, 2.0, 1.0, 1.0])
    slope = (4 * 1 - 2 * 1) / (2 * 4 - 2 * 2)
    assert float(regression_share(sums)) == pytest.approx(1 / 4 + slope * (6 / 10 - 2 / 4))
    # A machine that says the same of all fragments is not believed.
    assert float(regression_share(np.array([10.0, 10.0, 4.0, 4.0, 1.0, 1.0]))) == pytest.approx(0.25)
    assert np.isnan(regression_share(np.array([10.0, 6.0, 0.0, 0.0, 0.0, 0.0])))


def made_ids(n):
    return fragments(n, sessions=n)["fragment_id"].tolist()


def draw_row(fragment_id, probability, drawn, coder="A"):
    return {"coder": coder, "fragment_id": fragment_id, "probability": probability, "drawn": drawn}


def test_fragments_count_for_one_over_their_probability_and_those_chosen_by_hand_for_nothing():
    coder = ["kans", "", "", "", None, None, None, None, None, None]
    machine = ["kans", "kans", "neutraal", "neutraal", "kans", "kans", "kans", "kans", "neutraal", "neutraal"]
    given = {("A", "polarity"): coder, ("machine-taught", "polarity"): machine}
    ids = made_ids(10)

    def row_of(sampling):
        return pick(diagnose_study(given, n=10, sessions=10, sampling=sampling), "corrected_frequencies", code="kans")

    # Two drawn with probability 1/2 and two with 1/4: weights 2, 2, 4, 4; the first of them is kans.
    odds = [0.5, 0.5, 0.25, 0.25, *[0.25] * 6]
    drawn = [draw_row(name, p, i < 4) for i, (name, p) in enumerate(zip(ids, odds, strict=True))]
    slope = (12 * 2 - 4 * 2) / (12 * 4 - 4 * 4)
    row = row_of(drawn)
    assert (slope, row["weight"], row["coded"], row["n_coded"]) == (0.5, 0.5, 0.25, 4)
    assert row["estimate"] == pytest.approx(2 / 12 + slope * (6 / 10 - 4 / 12))
    # The last two had no chance: said of the other eight, of which the machine gives six.
    part = row_of(drawn[:8])
    assert (part["n"], part["reason"]) == (8, PART)
    assert part["estimate"] == pytest.approx(2 / 12 + slope * (6 / 8 - 4 / 12))
    # One of the coded ones was not drawn, nobody recorded a draw, it was another's, or the machine chose.
    nothing = [
        ([draw_row(ids[0], 0.5, False), *drawn[1:]], NOT_RECORDED),
        (drawn[1:], NOT_RECORDED),
        ((), NOT_RECORDED),
        ([{**each, "coder": "B"} for each in drawn], NOT_RECORDED),
        ([draw_row(name, None, True, coder="") for name in ids[:4]], CHOSEN),
    ]
    for sampling, why in nothing:
        refused = row_of(sampling)
        assert (refused["estimate"], refused["reason"], refused["n"]) == (None, why, 10)


def test_corrected_frequencies_in_a_study():
    coder = ["kans", "", "", "", None, None, None, None, None, None]
    machine = ["kans", "kans", "neutraal", "neutraal", "kans", "kans", "kans", "kans", "neutraal", "neutraal"]
    given = {("A", "polarity"): coder, ("machine-taught", "polarity"): machine}
    ids = sorted(made_ids(10))
    drawn = [draw_row(name, 0.4, i < 4) for i, name in enumerate(ids)]
    row = pick(diagnose_study(given, n=10, sessions=10, sampling=drawn), "corrected_frequencies", code="kans")
    assert (row["machine"], row["coded"], row["n_coded"], row["n"]) == (0.6, 0.25, 4, 10)
    assert row["weight"] == pytest.approx(0.5)
    assert row["estimate"] == pytest.approx(0.25 + 0.5 * 0.1)
    given = {("synthese", "polarity"): coder, ("machine-taught", "polarity"): machine}
    refused = pick(diagnose_study(given, n=10, sessions=10), "corrected_frequencies", code="kans")
    assert (refused["estimate"], refused["reason"]) == (None, NOT_DRAWN)
    whole = {("A", "polarity"): ["kans", ""] * 5, ("machine-taught", "polarity"): machine}
    known = pick(diagnose_study(whole, n=10, sessions=10), "corrected_frequencies", code="kans")
    assert (known["estimate"], known["reason"]) == (0.5, ALL_CODED)


def test_an_empty_study_has_empty_tables():
    output = diagnose_study({}, n=0)
    assert set(output.tables) == set(get_stage("diagnosis").outputs)
    assert all(table.empty for table in output.tables.values())
    assert output.notices == ()


def test_one_session_is_resampled_by_heading_and_one_block_has_no_interval():
    given = {(coder, "theme"): ["dak", "deur"] * 8 for coder in ("A", "B")}
    given |= {(coder, "polarity"): ["kans", "kans", "knelpunt", ""] * 4 for coder in ("A", "B")}
    output = diagnose_study(given, n=16, sessions=1)
    assert {row["unit"] for row in rows(output, "levels")} == {"sub-heading"}
    alone = diagnose_study(given, n=16, sessions=1, per_heading=16, per_block=16)
    assert all(row["low"] is None for row in rows(alone, "corrected_frequencies"))
    for table in (*output.tables.items(), *alone.tables.items()):
        check(table[1], table[0])


def test_allowed_values_are_those_of_the_code():
    assert get_schema("polarity_differences").column("difference").allowed == tuple(Difference)
    assert set(get_schema("hat_bridge").column("verdict").allowed) == set(Bridge)


def test_the_order_of_rows_and_the_input_change_nothing():
    given = {(c, s): v for c in ("A", "B") for s, v in (("theme", ["dak", "deur", "tuin"] * 8),)}
    given |= {(c, "polarity"): ["kans", "knelpunt"] * 12 for c in ("A", "B")}
    made = fragments(24, sessions=4)
    kept = made.copy(deep=True)
    one = diagnose_study(given, made=made, topics=assignments(["T1", "T2"] * 12), n=24)
    other = diagnose_study(given, made=made.iloc[::-1], topics=assignments(["T1", "T2"] * 12), n=24)
    assert {name: to_csv(table) for name, table in one.tables.items()} == {
        name: to_csv(table) for name, table in other.tables.items()
    }
    pd.testing.assert_frame_equal(made, kept)


def test_a_machine_alone_is_diagnosed_on_its_stability_only():
    output = diagnose_study({}, n=30, sessions=3, topics=assignments(["T1", "T2"] * 15))
    filled = {name for name, table in output.tables.items() if not table.empty}
    assert filled == {"theme_stability"}


def test_the_configuration_switches_the_heavy_parts_off():
    light = CONFIG.model_copy(update={"draws": 0, "refits": 0})
    given = {("A", "theme"): ["dak", "deur"] * 12}
    output = diagnose_study(given, n=24, sessions=6, topics=assignments(["T1", "T2"] * 12), config=light)
    assert output.tables["learning_curve"].empty
    assert output.tables["theme_stability"].empty
    assert not output.tables["code_diagnoses"].empty
