"""Topics of an earlier run stand when sessions are added; a refit is proposed, and keeps what people decided."""

import numpy as np
import pandas as pd
import pytest
from theme_tables import NOTHING
from topic_study import make_study, settings

from pipeline.analysis.themes.decisions import LastThemes, tabulate_decisions
from pipeline.analysis.themes.memory import choose_anchors, choose_previous, read_memory, remember, tabulate
from pipeline.analysis.themes.stage import settle
from pipeline.analysis.topics.stage import find_topics
from pipeline.analysis.topics.tree import keep_apart
from pipeline.loaders.choices import choose_topic_engine
from pipeline.readers.given.decisions import parse_decisions

SESSION = 20
CHANGES = {
    "rename": "rename, themes: [{0}], name: eerste",
    "merge": "merge, themes: [{2}, {1}], name: samen",
    "split": "split, themes: [{0}], into: 2",
    "pin": "pin, themes: [{1}], fragments: [f-002, f-005], name: vast",
    "drop": "drop, themes: [{3}]",
}


class Memory:
    """Runs topics, themes and memory, one generation after the other, as the stages of a study do."""

    def __init__(self) -> None:
        self.content = b""
        self.text = ""
        self.runs = 0

    def analyse(self, study, *, basis="", **changed):
        self.runs += 1
        basis, division = basis or f"run {self.runs}", str(changed.get("n_topics", 0))
        config = settings(n_keywords=3, **changed)
        decided = tabulate_decisions(parse_decisions(self.text, "decisions.yaml"))
        generations = read_memory(self.content, "themes.json")
        anchors = choose_anchors(generations, basis, set(decided["decision_themes"]["theme_id"]))
        before = tabulate(choose_previous(generations, basis), division, anchors)
        topics = find_topics(
            *study, before["standing_topics"], config=config, engine=choose_topic_engine(config).load()
        )
        made = (topics.tables["topics"], topics.tables["topic_assignments"])
        past = (before["previous_themes"], before["standing_parts"])
        themes = settle(*study, *made, *decided.values(), *past, config=config)
        tables = {"embeddings": study[2], **topics.tables, **themes.tables, **decided, **before}
        self.content = remember(generations, basis, division, tables)
        self.said = [notice.message for notice in topics.notices]
        return tables

    def decide(self, tables, *lines: str) -> None:
        known = LastThemes(tables["themes"], tables["theme_assignments"])
        ids = sorted(theme for theme in tables["themes"]["theme_id"] if theme != "outlier")
        named = [known.reference(theme) for theme in ids]
        written = [f"{{theme: {each.theme_id}, anchors: [{', '.join(each.anchors)}]}}" for each in named]
        n = self.text.count("- {id")
        head = "- {{id: D{}, who: An, when: 2026-11-23, action: {}}}\n"
        self.text += "".join(head.format(n + i, line.format(*written)) for i, line in enumerate(lines, start=1))


def themes_of(tables) -> dict[str, str]:
    rows = tables["theme_assignments"]
    return dict(zip(rows["fragment_id"], rows["theme_id"].fillna("dropped"), strict=True))


def changed(before, after) -> list[str]:
    old, new = themes_of(before), themes_of(after)
    return [fragment for fragment in old.keys() & new.keys() if old[fragment] != new[fragment]]


def without(study, rows):
    """Leave fragments out; their tokens and vectors go too."""
    kept = study[0].drop(index=study[0].index[list(rows)])
    return tuple(table[table["fragment_id"].isin(kept["fragment_id"])].reset_index(drop=True) for table in
                 (kept, *study[1:]))  # fmt: skip


@pytest.mark.parametrize("refit", [False, True])
def test_what_people_decided_is_kept_with_its_ids_when_a_fourth_session_comes(refit):
    memory = Memory()
    first = memory.analyse(make_study(3 * SESSION, 4), basis="three")
    assert sorted(first["themes"]["theme_id"]) == ["T01", "T02", "T03", "T04"]
    memory.decide(first, *CHANGES.values())
    decided = memory.analyse(make_study(3 * SESSION, 4), basis="three")
    assert not decided["topics"].empty and first["topics"].equals(decided["topics"])
    names = decided["themes"].set_index("theme_id")["label"].to_dict()
    assert [names["T01"], names["T03"]] == ["eerste", "vast"] and "T05" in names
    fourth = memory.analyse(make_study(4 * SESSION, 4), refit=refit)
    assert set(fourth["decisions_applied"]["outcome"]) == {"applied"}
    assert {**names, "outlier": "uitschieters"} | fourth["themes"].set_index("theme_id")["label"].to_dict() == {
        **names, "outlier": "uitschieters"
    }  # fmt: skip
    assert set(names) <= set(fourth["themes"]["theme_id"])
    assert changed(decided, fourth) == []
    # And the split, which divides by vectors, does not divide anew.
    fifth = memory.analyse(make_study(5 * SESSION, 4), refit=refit)
    assert changed(fourth, fifth) == []


def test_a_decision_that_no_run_has_seen_is_an_anchor_of_the_refit_too():
    memory = Memory()
    first = memory.analyse(make_study(3 * SESSION, 3))
    memory.decide(first, "rename, themes: [{2}], name: derde")
    second = memory.analyse(make_study(4 * SESSION, 3, spread=0.3, seed=8), refit=True)
    assert "T03" in memory.content.decode().rpartition('"anchors"')[2][:20]
    assert second["themes"].set_index("theme_id").loc["T03", "label"] == "derde"
    inside = {i for i, theme in themes_of(first).items() if theme == "T03"}
    assert {themes_of(second)[fragment] for fragment in inside} == {"T03"}


def test_new_fragments_join_the_nearest_topic_and_all_others_keep_theirs():
    memory = Memory()
    before = memory.analyse(make_study(3 * SESSION, 3))
    after = memory.analyse(make_study(4 * SESSION, 3))
    assert changed(before, after) == []
    assert memory.said[0].startswith("3 topics stand from the earlier run: 60 fragments keep theirs, ")
    strategy = after["topic_assignments"].set_index("fragment_id")["strategy"]
    assert set(strategy.iloc[:60]) == {"standing"} and "joined:nearest-centre" in set(strategy.iloc[60:])
    subject = [int(fragment[2:]) % 3 for fragment in after["topic_assignments"]["fragment_id"]]
    inside = after["topic_assignments"].assign(subject=subject).query("topic_id != 'outlier'")
    assert inside.groupby("subject")["topic_id"].nunique().tolist() == [1, 1, 1]
    assert after["proposed_topics"].empty


def test_a_subject_that_is_new_stays_outside_and_a_refit_is_proposed_and_not_made():
    whole = make_study(6 * SESSION, 4)
    # Only the last two sessions speak of the fourth subject.
    known = without(whole, [i for i in range(120) if i % 4 == 3 or i >= 80])
    grown = without(whole, [i for i in range(80) if i % 4 == 3])
    memory = Memory()
    before = memory.analyse(known)
    assert sorted(before["themes"]["theme_id"]) == ["T01", "T02", "T03"]
    after = memory.analyse(grown, basis="grown")
    assert changed(before, after) == []
    outside = [fragment for fragment, theme in themes_of(after).items() if theme == "outlier"]
    assert set(outside) >= {f"f-{i:03d}" for i in range(80, 120) if i % 4 == 3}
    assert any(message.startswith("a refit is proposed, since ") for message in memory.said)
    proposed = after["proposed_topics"].set_index("topic_id")
    assert proposed.loc["T04", ["state", "previous_size"]].tolist() == ["new", 0]
    assert proposed.loc["T04", "size"] >= 5 and set(proposed.loc["T04", "keywords"]) <= {
        "oven",
        "deeg",
        "bakker",
        "gist",
    }
    # The same input again proposes the same, and changes nothing.
    assert memory.analyse(grown, basis="grown")["proposed_topics"].equals(after["proposed_topics"])
    adopted = memory.analyse(grown, refit=True)
    assert sorted(adopted["themes"]["theme_id"]) == ["T01", "T02", "T03", "T04"]
    assert themes_of(adopted)["f-103"] == "T04" and adopted["proposed_topics"].empty
    # What was adopted stands from then on.
    later = memory.analyse(grown)
    assert changed(adopted, later) == [] and later["proposed_topics"].empty


def test_a_session_that_is_taken_away_changes_no_other_fragment():
    memory = Memory()
    before = memory.analyse(make_study(4 * SESSION, 3))
    after = memory.analyse(without(make_study(4 * SESSION, 3), range(SESSION)))
    assert changed(before, after) == [] and len(after["topic_assignments"]) == 3 * SESSION


def test_where_most_fragments_are_gone_nothing_stands_and_ids_are_continued_all_the_same():
    memory = Memory()
    before = memory.analyse(make_study(4 * SESSION, 3))
    after = memory.analyse(without(make_study(4 * SESSION, 3), range(50)))
    assert any("were divided anew" in message for message in memory.said)
    assert set(after["themes"]["theme_id"]) == {"T01", "T02", "T03"} and len(changed(before, after)) <= 4


def test_other_settings_divide_anew_and_keep_what_was_decided():
    memory = Memory()
    first = memory.analyse(make_study(4 * SESSION, 4))
    memory.decide(first, "rename, themes: [{1}], name: tweede")
    memory.analyse(make_study(4 * SESSION, 4))
    two = memory.analyse(make_study(4 * SESSION, 4), n_topics=2)
    assert two["themes"]["size"].tolist() == [40, 40]
    assert two["themes"].set_index("theme_id").loc["T02", "label"] == "tweede"
    assert any("1 that people decided of were kept whole" in message for message in memory.said)


def test_the_order_of_rows_changes_nothing():
    memories = [Memory(), Memory()]
    for memory in memories:
        memory.analyse(make_study(3 * SESSION, 3))
    mixed = tuple(table.sample(frac=1, random_state=4).reset_index(drop=True) for table in make_study(4 * SESSION, 3))
    one, other = memories[0].analyse(make_study(4 * SESSION, 3)), memories[1].analyse(mixed)
    for name in ("topics", "topic_assignments", "themes", "theme_assignments"):
        pd.testing.assert_frame_equal(one[name], other[name])


def test_groups_in_one_topic_are_kept_apart_and_a_topic_without_a_group_stays():
    places = np.array([[0.0, 0], [0, 0], [0, 1], [0, 1], [0, 0.9], [5, 5], [5, 6]])
    labels, groups = np.array([0, 0, 0, 0, 0, 1, -1]), np.array([0, 0, 1, 1, -1, -1, -1])
    assert keep_apart(places, labels, groups).tolist() == [0, 0, 1, 1, 1, 2, -1]
    assert keep_apart(places, labels, np.full(7, -1)).tolist() == labels.tolist()


def test_a_memory_without_topics_lends_its_ids():
    memory = Memory()
    memory.analyse(make_study(3 * SESSION, 3))
    (generation,) = read_memory(memory.content, "themes.json")
    old = {name: value for name, value in generation.items() if name not in ("topics", "parts", "settings", "anchors")}
    tables = tabulate(old, "0", ())
    assert tables["standing_topics"]["topic_id"].tolist() == ["T01", "T02", "T03", "outlier"]
    assert not tables["standing_topics"]["stands"].any() and tables["standing_parts"].empty
    assert tabulate(None, "0", ())["standing_topics"].equals(NOTHING["standing_topics"])
