"""Ids that last over generations, what a generation remembers, and what became of a theme."""

import json

import pytest
from theme_tables import NOTHING, continue_ids, decide, done, make_tables, members, reasons, run, theme

from pipeline.analysis.themes.decisions import tabulate_decisions
from pipeline.analysis.themes.memory import MOST_GENERATIONS, choose_previous, read_memory, remember, tabulate
from pipeline.core.errors import InputError
from pipeline.readers.given.decisions import parse_decisions

BEFORE = {"T01": ["a1", "a2", "a3", "a4"], "T02": ["b1", "b2", "b3"], "T03": ["c1", "c2"]}
A, B, C = theme("T01", "a1", "a2", "a3"), theme("T02", "b1", "b2", "b3"), theme("T03", "c1", "c2")


def generation(topics, text="", memory=b"", basis="toen", previous=NOTHING):
    tables = continue_ids(make_tables(topics), previous)
    output = run(tables, text, previous)
    decided = tabulate_decisions(parse_decisions(text, "decisions.yaml"))
    return remember(read_memory(memory, "themes.json"), basis, "", {**tables, **output.tables, **decided, **previous})


def previous(memory, basis="nu"):
    return tabulate(choose_previous(read_memory(memory, "themes.json"), basis), "", ())


def drift(output):
    rows = output.tables["theme_drift"]
    counts = ["previous_size", "size", "new_fragments", "fragments_in", "fragments_out", "gone_fragments"]
    return {row["theme_id"]: (row["state"], *(row[name] for name in counts)) for row in rows.to_dict("records")}


def test_a_theme_keeps_its_id_when_others_grow_past_it():
    now = {"T01": ["b1", "b2", "b3", "b5", "b6", "b7"], "T02": ["a1", "a2", "a3", "a4"], "T03": ["c1", "c2"]}
    output = run(now, previous=previous(generation(BEFORE)))
    assert members(output) == {"T01": "a1 a2 a3 a4", "T02": "b1 b2 b3 b5 b6 b7", "T03": "c1 c2"}
    assert output.tables["themes"]["theme_id"].tolist() == ["T02", "T01", "T03"]
    assert drift(output) == {
        "T02": ("same", 3, 6, 3, 0, 0, 0), "T01": ("same", 4, 4, 0, 0, 0, 0), "T03": ("same", 2, 2, 0, 0, 0, 0),
    }  # fmt: skip


def test_what_is_new_gets_a_number_that_was_never_used_and_what_is_gone_is_said():
    now = {"T01": ["a1", "a2", "a3", "a4"], "T02": ["d1", "d2"], "T03": ["b1", "b2", "b3"]}
    output = run(now, previous=previous(generation(BEFORE)))
    assert members(output) == {"T01": "a1 a2 a3 a4", "T02": "b1 b2 b3", "T04": "d1 d2"}
    assert drift(output)["T04"] == ("new", 0, 2, 2, 0, 0, 0)
    assert drift(output)["T03"] == ("gone", 2, 0, 0, 0, 0, 2)


def test_a_number_is_not_used_again_two_generations_later():
    first = generation(BEFORE)
    second = generation({"T01": ["a1", "a2", "a3", "a4"]}, memory=first, basis="later", previous=previous(first))
    output = run({"T01": ["a1", "a2", "a3", "a4"], "T02": ["d1", "d2"]}, previous=previous(second))
    assert sorted(members(output)) == ["T01", "T04"]


def test_a_number_that_a_decision_names_is_not_used_again():
    text = decide(f"merge, themes: [{A}, {theme('T09', 'b1', 'b2', 'b3')}]")
    known = previous(generation(BEFORE, text))
    assert known["previous_themes"]["issued"].tolist() == [9, 9, 9]
    output = run({**BEFORE, "T04": ["d1", "d2"]}, text, known)
    assert members(output) == {"T01": "a1 a2 a3 a4 b1 b2 b3", "T03": "c1 c2", "T10": "d1 d2"}


def test_a_theme_that_shifted_is_said_to():
    now = {"T01": ["a1", "a2", "b1"], "T02": ["a3", "a4", "b2", "b3"], "T03": ["c1", "c2"]}
    output = run(now, previous=previous(generation(BEFORE)))
    assert drift(output)["T01"] == ("shifted", 4, 3, 0, 1, 2, 0)
    rows = output.tables["theme_drift"].set_index("theme_id")
    assert rows.loc["T01", "overlap"] == pytest.approx(2 / 5)
    assert rows.loc["T01", ["label_before", "label"]].tolist() == ["label T01", "label T01"]


def test_a_merged_theme_stays_one_with_its_id_and_name_when_notes_come_in():
    text = decide(f"merge, themes: [{C}, {B}], name: samen")
    first = generation(BEFORE, text)
    now = {"T01": ["b1", "b2", "b3", "b5", "b6"], "T02": ["a1", "a2", "a3", "a4"], "T03": ["c1", "c2", "c5"]}
    output = run(now, text, previous(first))
    assert members(output) == {"T01": "a1 a2 a3 a4", "T03": "b1 b2 b3 b5 b6 c1 c2 c5"}
    assert output.tables["themes"].set_index("theme_id").loc["T03", "label"] == "samen"
    assert drift(output)["T03"][0] == "same"


def test_the_first_of_a_merge_keeps_its_id_however_small_it_is():
    text = decide(f"merge, themes: [{C}, {A}]")
    assert members(run(BEFORE, text, previous(generation(BEFORE))))["T03"] == "a1 a2 a3 a4 c1 c2"


def test_parts_keep_their_ids_when_notes_come_in():
    text = decide(f"split, themes: [{A}], fragments: [f-a3, f-a4]")
    first = generation(BEFORE, text)
    now = {"T01": ["a1", "a2", "a3", "a4", "a5"], "T02": ["b1", "b2", "b3"], "T03": ["c1", "c2"]}
    output = run(now, text, previous(first))
    assert members(output) == {"T01": "a1 a2 a5", "T02": "b1 b2 b3", "T03": "c1 c2", "T04": "a3 a4"}


def test_deciding_more_does_not_renumber_what_is_new():
    known = previous(generation({"T01": ["a1", "a2"]}))
    before = members(run(BEFORE, previous=known))
    after = members(run(BEFORE, decide(f"drop, themes: [{B}]", "pin, fragments: [f-a4]"), known))
    assert before == {"T01": "a1 a2 a3 a4", "T02": "b1 b2 b3", "T03": "c1 c2"}
    assert after == {"-": "b1 b2 b3", "T01": "a1 a2 a3", "T03": "c1 c2", "T04": "a4"}
    undone = decide(f"drop, themes: [{B}]", "pin, fragments: [f-a4]", "undo, undoes: D2", "pin, fragments: [f-a3]")
    assert members(run(BEFORE, undone, known))["T05"] == "a3"


def test_a_decision_finds_its_theme_by_its_centre_when_every_anchor_is_gone():
    # All of theme T02 was written anew; the others tell that the encoder is still the same.
    text = decide(f"rename, themes: [{B}], name: taal")
    now = {"T01": ["a1", "a2", "a3", "a4"], "T02": ["b5", "b6", "b7"], "T03": ["c1", "c2"]}
    output = run(now, text, previous(generation(BEFORE, text)))
    assert done(output) == [("D1", "applied", 3, ["T02"])]
    assert reasons(output)["D1"].startswith("T02 found as the nearest theme (cosine 1.00): 0 of its 3 anchors")


def test_a_stored_centre_of_another_encoder_is_not_believed():
    text = decide(f"rename, themes: [{B}], name: taal")
    known = previous(generation(BEFORE, text))
    # As another encoder would have it: everything turned by a quarter.
    for table in (known["previous_themes"], known["standing_topics"]):
        table["centroid"] = [vector if not len(vector) else vector[::-1] * [1, -1] for vector in table["centroid"]]
    now = {"T01": ["a1", "a2", "a3", "a4"], "T02": ["b5", "b6", "b7"], "T03": ["c1", "c2"]}
    assert done(run(now, text, known)) == [("D1", "unmatched", 0, [])]


def test_themes_are_continued_whatever_the_encoder_was():
    known = previous(generation(BEFORE))
    for table in (known["previous_themes"], known["standing_topics"]):
        table["centroid"] = [vector[:1] for vector in table["centroid"]]
    assert members(run(BEFORE, previous=known)) == members(run(BEFORE))


def test_a_run_on_the_same_input_meets_the_same_generation():
    first = generation(BEFORE)
    again = generation(BEFORE, memory=first)
    assert again == first
    second = generation(BEFORE, memory=first, basis="nu", previous=previous(first))
    assert len(read_memory(second, "themes.json")) == 2
    assert generation(BEFORE, memory=second, basis="nu", previous=previous(second)) == second
    assert choose_previous(read_memory(second, "x"), "nu")["basis"] == "toen"


def test_only_the_last_generations_are_kept():
    memory = b""
    for number in range(MOST_GENERATIONS + 3):
        memory = generation(BEFORE, memory=memory, basis=str(number))
    kept = [found["basis"] for found in read_memory(memory, "themes.json")]
    assert kept == [str(number) for number in range(3, MOST_GENERATIONS + 3)]


def test_the_memory_holds_ids_labels_and_centres():
    (found,) = json.loads(generation({**BEFORE, "outlier": ["d1"]}))["generations"]
    assert found["outside"] == ["f-d1"] and found["issued"] == 3
    first = found["themes"][0]
    assert (first["theme_id"], first["label"], first["fragment_ids"][0]) == ("T01", "label T01", "f-a1")
    assert first["centroid"] == pytest.approx([0.999, 0.0436], abs=1e-3)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"{}", b'{"generations": [{"basis": 3}]}', b'{"generations": [3]}', b"\xff", b'{"generations": 3}'],
)
def test_a_damaged_memory_is_not_thrown_away(content):
    with pytest.raises(
        InputError, match=r"themes.json: is damaged. Put back a copy \(the last one is .themes.json.bak\)"
    ):
        read_memory(content, "themes.json")
