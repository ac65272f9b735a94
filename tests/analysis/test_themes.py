"""What each decision does to topics, how a decision finds its theme, and that no fragment is lost."""

import pandas as pd
import pytest
from theme_tables import decide, done, make_tables, members, name, reasons, run, theme

from pipeline.analysis.themes.decisions import LastThemes
from pipeline.core.errors import InputError

TOPICS = {"T01": ["a1", "a2", "a3", "a4", "a5"], "T02": ["b1", "b2", "b3", "b4"], "T03": ["c1", "c2"]}
WITH_OUTLIER = {**TOPICS, "outlier": ["d1"]}
A, B, C = theme("T01", "a1", "a2", "a3"), theme("T02", "b1", "b2", "b3"), theme("T03", "c1", "c2")


def shown(output, theme_id):
    rows = output.tables["themes"].set_index("theme_id")
    return rows.loc[theme_id]


def test_without_decisions_themes_are_the_topics_with_their_words_and_quotes():
    output = run(WITH_OUTLIER)
    assert members(output) == {"T01": "a1 a2 a3 a4 a5", "T02": "b1 b2 b3 b4", "T03": "c1 c2", "outlier": "d1"}
    themes = output.tables["themes"]
    assert themes["label"].tolist() == ["label T01", "label T02", "label T03", "uitschieters"]
    assert themes["representative_fragment_ids"].tolist()[0] == [name("a1"), name("a2")]
    assert themes["size"].tolist() == [5, 4, 2, 1]
    assert not themes["named"].any() and not themes["pinned"].any()
    assert len(output.tables["theme_drift"]) == 0 and not output.notices


def test_a_name_stays_and_the_words_too():
    output = run(TOPICS, decide(f"rename, themes: [{A}], name: vervoer"))
    assert shown(output, "T01")[["label", "named"]].tolist() == ["vervoer", True]
    assert shown(output, "T01")["keywords"] == ["woord T01"]
    assert shown(output, "T01")["decision_ids"] == ["D1"]
    assert done(output) == [("D1", "applied", 5, ["T01"])]


def test_merging_keeps_the_first_and_chooses_words_anew():
    output = run(TOPICS, decide(f"merge, themes: [{C}, {A}]"))
    assert members(output) == {"T02": "b1 b2 b3 b4", "T03": "a1 a2 a3 a4 a5 c1 c2"}
    assert done(output) == [("D1", "applied", 5, ["T03"])]
    assert set(shown(output, "T03")["keywords"]) <= {"bus halte", "soep kom", "bus", "halte", "soep", "kom"}
    assert shown(output, "T03")["label"] != "label T03"
    assert shown(output, "T03")["topics"] == ["T01", "T03"]
    assert output.tables["theme_assignments"]["how"].unique().tolist() == ["topic"]


def test_the_first_theme_of_a_merge_keeps_the_label_that_it_had():
    first = C.replace("T03,", "T03, label: soep,")
    output = run(TOPICS, decide(f"merge, themes: [{first}, {A}]"))
    assert shown(output, "T03")[["label", "named"]].tolist() == ["soep", False]
    output = run(TOPICS, decide(f"merge, themes: [{first}, {A}], name: samen"))
    assert shown(output, "T03")["label"] == "samen"


def test_a_name_given_before_a_merge_lasts():
    output = run(TOPICS, decide(f"rename, themes: [{A}], name: vervoer", f"merge, themes: [{C}, {A}]"))
    assert shown(output, "T03")["label"] == "vervoer"


def test_a_name_that_is_on_no_theme_in_the_end_is_said_to_be_lost():
    output = run(TOPICS, decide(f"rename, themes: [{A}], name: vervoer", f"merge, themes: [{C}, {A}], name: samen"))
    assert reasons(output)["D1"].startswith("no theme bears this name now")
    assert shown(output, "T03")["label"] == "samen"


def test_splitting_off_fragments_makes_a_theme_with_a_new_id():
    output = run(TOPICS, decide(f"split, themes: [{A}], fragments: [f-a4, f-a5], name: halte"))
    assert members(output)["T04"] == "a4 a5" and members(output)["T01"] == "a1 a2 a3"
    assert shown(output, "T04")["label"] == "halte"
    assert done(output) == [("D1", "applied", 2, ["T01", "T04"])]
    assert output.tables["theme_assignments"].set_index("fragment_id").loc["f-a5", "how"] == "split"


def test_splitting_by_vectors_finds_the_parts_and_the_largest_keeps_the_id():
    mixed = {"T01": ["a1", "a2", "a3", "b1", "b2"], "T02": ["c1", "c2"]}
    output = run(mixed, decide(f"split, themes: [{theme('T01', 'a1', 'a2', 'b1')}], into: 2"))
    assert members(output) == {"T01": "a1 a2 a3", "T02": "c1 c2", "T03": "b1 b2"}
    assert shown(output, "T03")["keywords"] == ["tolk taal"]


def test_a_split_in_more_parts_than_there_are_is_done_in_part():
    output = run(TOPICS, decide(f"split, themes: [{C}], into: 5"))
    assert members(output)["T03"] == "c1" and members(output)["T04"] == "c2"
    assert done(output) == [("D1", "partly", 1, ["T03", "T04"])]
    assert reasons(output)["D1"] == "only 2 parts can be told apart"


def test_what_is_dropped_has_no_theme_and_is_counted():
    output = run(WITH_OUTLIER, decide(f"drop, themes: [{B}]"))
    assert members(output) == {"-": "b1 b2 b3 b4", "T01": "a1 a2 a3 a4 a5", "T03": "c1 c2", "outlier": "d1"}
    assert done(output) == [("D1", "applied", 4, [])]
    dropped = output.tables["theme_assignments"].query("how == 'dropped'")
    assert dropped["theme_id"].isna().all() and dropped["score"].isna().all() and len(dropped) == 4


def test_moving_takes_fragments_from_anywhere():
    output = run(WITH_OUTLIER, decide(f"move, themes: [{C}], fragments: [f-a1, f-d1]"))
    assert members(output) == {"T01": "a2 a3 a4 a5", "T02": "b1 b2 b3 b4", "T03": "a1 c1 c2 d1"}
    assert done(output) == [("D1", "applied", 2, ["T03"])]


def test_a_theme_that_loses_all_is_no_theme_any_more():
    output = run(TOPICS, decide(f"move, themes: [{A}], fragments: [f-c1, f-c2]"))
    assert sorted(members(output)) == ["T01", "T02"]


def test_pinned_fragments_form_a_theme_of_their_own():
    output = run(WITH_OUTLIER, decide("pin, fragments: [f-a1, f-b1, f-d1], name: samen"))
    assert members(output)["T04"] == "a1 b1 d1"
    assert shown(output, "T04")[["label", "pinned"]].tolist() == ["samen", True]


def test_a_pinned_theme_gets_its_fragments_back_and_keeps_what_joined_it():
    # In this run topic T01 lost a5 to another topic and won a6.
    now = {"T01": ["a1", "a2", "a3", "a4", "a6"], "T02": ["b1", "b2", "b3", "a5"]}
    output = run(now, decide(f"pin, themes: [{A}], fragments: [f-a1, f-a2, f-a3, f-a4, f-a5]"))
    assert members(output) == {"T01": "a1 a2 a3 a4 a5 a6", "T02": "b1 b2 b3"}
    how = output.tables["theme_assignments"].set_index("fragment_id")["how"]
    assert how["f-a5"] == "pinned" and how["f-a6"] == "topic"


def test_a_pinned_theme_that_is_not_found_is_made_anew():
    now = {"T01": ["a1", "b1", "c1"], "T02": ["a2", "b2", "c2"], "T03": ["a3", "b3", "c3"]}
    output = run(now, decide(f"pin, themes: [{A}], fragments: [f-a1, f-a2, f-a3], name: vervoer"))
    assert "a1 a2 a3" in members(output).values()
    assert "made anew of its fragments" in reasons(output)["D1"]


def test_what_is_undone_does_nothing_and_is_listed():
    output = run(TOPICS, decide(f"drop, themes: [{A}]", "undo, undoes: D1"))
    assert members(output)["T01"] == "a1 a2 a3 a4 a5"
    assert done(output) == [("D1", "undone", 0, []), ("D2", "applied", 0, [])]
    assert reasons(output)["D1"] == "undone by D2"


def test_undoing_the_undo_does_it_again():
    output = run(TOPICS, decide(f"drop, themes: [{A}]", "undo, undoes: D1", "undo, undoes: D2"))
    assert "T01" not in members(output)
    assert [row[1] for row in done(output)] == ["applied", "undone", "applied"]


def test_most_anchors_find_a_theme_that_lost_some():
    gone = theme("T01", "a1", "a2", "a3", "a8", "a9")
    output = run(TOPICS, decide(f"rename, themes: [{gone}], name: vervoer"))
    assert done(output) == [("D1", "applied", 5, ["T01"])]
    assert reasons(output)["D1"] == "T01 found by 3 of its 5 anchors"


def test_anchors_that_went_apart_find_the_nearest_theme():
    # One anchor of three is left: its own place tells which theme is meant.
    output = run(TOPICS, decide(f"rename, themes: [{theme('T09', 'a1', 'a8', 'a9')}], name: vervoer"))
    assert shown(output, "T01")["label"] == "vervoer"
    assert reasons(output)["D1"].startswith("T09 found as the nearest theme (cosine 1.00): 1 of its 3 anchors")


def test_a_theme_that_is_nowhere_is_unmatched_and_noticed():
    output = run(TOPICS, decide(f"rename, themes: [{theme('T09', 'd1', 'd2', 'd3')}], name: tuin"))
    assert done(output) == [("D1", "unmatched", 0, [])]
    assert "0 of its 3 anchors are still there" in reasons(output)["D1"]
    (notice,) = output.notices
    assert notice.where == "decisions.yaml, line 1"
    assert notice.message.startswith("D1 (rename) could not be carried out: T09")


def test_an_anchor_far_from_every_theme_is_not_near():
    output = run(WITH_OUTLIER, decide(f"drop, themes: [{theme('T09', 'd1', 'd2', 'd3')}]"))
    assert done(output) == [("D1", "unmatched", 0, [])]
    assert "the nearest theme is not near" in reasons(output)["D1"]


def test_a_dropped_theme_is_not_looked_for_elsewhere():
    output = run(TOPICS, decide(f"drop, themes: [{A}]", f"rename, themes: [{A}], name: vervoer"))
    assert done(output)[1] == ("D2", "unmatched", 0, [])
    assert reasons(output)["D2"] == "T01: its fragments were dropped by D1"


@pytest.mark.parametrize(
    ("line", "outcome", "n", "reason"),
    [
        ("move, themes: [{A}], fragments: [f-c1, f-zz]", "partly", 1, "1 of its 2 fragments are not there any more"),
        ("move, themes: [{A}], fragments: [f-zz]", "unmatched", 0, "1 of its 1 fragments are not there any more"),
        ("pin, fragments: [f-zz]", "unmatched", 0, "1 of its 1 fragments are not there any more"),
        ("split, themes: [{A}], fragments: [f-a1, f-c1]", "partly", 1, "1 of its 2 fragments are not in this theme"),
        ("split, themes: [{A}], fragments: [f-c1]", "unmatched", 0, "1 of its 1 fragments are not in this theme"),
        ("split, themes: [{C}], fragments: [f-c1, f-c2]", "unmatched", 0, "the fragments are the whole theme"),
        ("merge, themes: [{A}, {B}, {GONE}]", "partly", 4, "T09: 0 of its 3 anchors are still there"),
        ("merge, themes: [{A}, {GONE}]", "unmatched", 0, "T09: 0 of its 3 anchors are still there"),
        ("merge, themes: [{A}, {A2}]", "applied", 0, "they lie in one theme already"),
    ],
)
def test_what_can_be_done_is_done_and_the_rest_is_said(line, outcome, n, reason):
    parts = {"A": A, "B": B, "C": C, "A2": theme("T08", "a4", "a5"), "GONE": theme("T09", "d1", "d2", "d3")}
    output = run(TOPICS, decide(line.format(**parts)))
    assert done(output)[0][1:3] == (outcome, n)
    assert reason in reasons(output)["D1"]
    assert len(output.notices) == (outcome != "applied")


def test_no_fragments_give_no_themes():
    output = run({}, decide(f"drop, themes: [{A}]"))
    assert [len(output.tables[table]) for table in ("themes", "theme_assignments", "decisions_applied")] == [0, 0, 1]
    assert done(output) == [("D1", "unmatched", 0, [])]


def test_everything_may_be_dropped():
    output = run(TOPICS, decide(*(f"drop, themes: [{each}]" for each in (A, B, C))))
    assert len(output.tables["themes"]) == 0
    assert members(output) == {"-": "a1 a2 a3 a4 a5 b1 b2 b3 b4 c1 c2"}


def test_the_input_is_left_alone_and_its_order_does_not_matter():
    tables = make_tables(WITH_OUTLIER)
    before = {key: table.copy(deep=True) for key, table in tables.items()}
    text = decide(f"split, themes: [{A}], into: 2", f"merge, themes: [{C}, {B}]", "pin, fragments: [f-d1, f-a1]")
    first = run(tables, text)
    for key, table in tables.items():
        pd.testing.assert_frame_equal(table, before[key])
    turned = {key: table.iloc[::-1].reset_index(drop=True) for key, table in tables.items()}
    second = run(turned, text)
    for key, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[key])


def test_no_two_themes_bear_the_same_name():
    output = run(TOPICS, decide(f"rename, themes: [{A}], name: Vervoer", f"rename, themes: [{B}], name: vervoer"))
    assert output.tables["themes"]["label"].tolist() == ["Vervoer", "vervoer (2)", "label T03"]
    themes = LastThemes(output.tables["themes"], output.tables["theme_assignments"])
    themes.check_name("VERVOER", ["T01"])
    with pytest.raises(InputError, match="theme T01 is called so already"):
        themes.check_name("VERVOER ", ["T02"])
