"""What people decided, as the page says it: names and sizes, who decided what, what it did, and the drift."""

import re

import pandas as pd
import pytest
from small_report import DESCRIBED, ROWS, make_config, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report import build
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.decisions import count_in_force, describe_decisions, translate_reason
from pipeline.report.sections.hats import lean_by_topic
from pipeline.report.sections.head import list_facts, list_findings
from pipeline.report.sections.method import write_method
from pipeline.report.sections.theme_profiles import compare_themes
from pipeline.report.sections.themes import describe_themes, draw_topic_map, size_rows
from pipeline.report.words import Words

DECISIONS = (
    ("D001", "rename", "An", {"name": "Op slot"}, [("T01", "deur, sleutel")], "applied", 4, ["T04"], None),
    ("D002", "merge", "Bo", {}, [("T08", None), ("T09", "tuin")], "unmatched", 0, [],
     "T08: 0 of its 3 anchors are still there, at most 0 together, and nothing else tells where it went"),
    ("D003", "drop", "An", {"note": "gaat over eten"}, [("T02", "soep, week")], "applied", 1, [], None),
    ("D004", "pin", "An", {"fragments": ["f-1", "f-2"], "name": "Twee"}, [], "undone", 0, [], "undone by D005"),
    ("D005", "undo", "Bo", {"undoes": "D004"}, [], "applied", 0, [], "D004 does not hold any more"),
)  # fmt: skip


def decided_tables():
    """Topic T01 is theme T04, named by An; T02 was dropped."""
    tables = make_tables()
    held = {"T01": "T04", "T02": None, "outlier": "outlier"}
    rows = {
        "themes": [
            {"theme_id": "T04", "position": 0, "topics": ["T01"], "label": "Op slot", "named": True,
             "keywords": ["deur", "sleutel"], "size": 4, "representative_fragment_ids": ["f-1"], "pinned": False,
             "decision_ids": ["D001"]},
            {"theme_id": "outlier", "position": 1, "topics": ["outlier"], "label": "uitschieters", "named": False,
             "keywords": [], "size": 1, "representative_fragment_ids": [], "pinned": False, "decision_ids": []},
        ],
        "theme_assignments": [
            {"fragment_id": row[0], "theme_id": held[row[4]], "topic_id": row[4],
             "how": "dropped" if row[4] == "T02" else "topic"}
            for row in ROWS
        ],
        "decisions": [
            {"decision_id": decision, "position": i, "line": i + 1, "who": who, "when": "2026-11-23",
             "action": action, "fragments": [], **given}
            for i, (decision, action, who, given, *_) in enumerate(DECISIONS)
        ],
        "decision_themes": [
            {"decision_id": decision, "rank": rank, "theme_id": theme, "label": label, "anchors": ["f-1"]}
            for decision, _, _, _, themes, *_ in DECISIONS for rank, (theme, label) in enumerate(themes, 1)
        ],
        "decisions_applied": [
            {"decision_id": decision, "position": i, "who": who, "when": "2026-11-23", "action": action,
             "outcome": outcome, "n_fragments": n, "theme_ids": now, "reason": reason}
            for i, (decision, action, who, _, _, outcome, n, now, reason) in enumerate(DECISIONS)
        ],
        "theme_drift": [
            {"theme_id": "T04", "position": 0, "state": "shifted", "previous_size": 3, "size": 4, "new_fragments": 1,
             "fragments_in": 1, "fragments_out": 1, "gone_fragments": 0, "overlap": 0.5, "cosine": 0.9,
             "label_before": "deur", "label": "Op slot"},
            {"theme_id": "T03", "position": 1, "state": "gone", "previous_size": 2, "size": 0, "new_fragments": 0,
             "fragments_in": 0, "fragments_out": 0, "gone_fragments": 2, "label_before": "tuin"},
        ],
        "crosstabs": [
            {"comparison": f"A | {machine}", "scheme": "theme", "code_a": "deur", "code_b": theme, "n": 3}
            for machine, theme in (("machine-decided", "T04"), ("machine-inductive", "T01"))
        ],
    }  # fmt: skip
    return tables | {name: table_from_rows(found, name) for name, found in rows.items()}


@pytest.fixture
def decided():
    return ReportInputs(decided_tables(), DESCRIBED, make_config(), Words("nl"))


def test_names_and_sizes_are_those_after_decisions_and_what_was_dropped_is_counted(decided):
    rows = [(row.theme_id, row.label, row.size) for row in size_rows(decided)]
    assert rows == [("T04", "Op slot", 4), ("", "uitschieters (geen thema)", 1), ("", "weggelaten door mensen", 1)]
    assert sum(size for *_, size in rows) == len(decided.used)
    assert {fact.name: fact.number for fact in list_facts(decided)}["thema van de machine"] == "1"
    assert list_findings(decided)[0].text.endswith("Mensen hielpen: 2 beslissingen over de thema’s.")


def test_a_theme_says_who_decided_and_which_topic_it_was(decided):
    (theme,) = describe_themes(decided)
    assert theme.decided == ("An, 2026-11-23: T01 (deur, sleutel) heet “Op slot”",)
    assert theme.origin == "in deze run T01 van de machine"
    assert theme.size == 4


def test_a_theme_that_nobody_changed_says_neither(inputs):
    assert [(theme.decided, theme.origin) for theme in describe_themes(inputs)] == [((), "")] * 2


def test_the_map_shows_themes_and_draws_what_was_dropped_outside(decided):
    drawn = str(draw_topic_map(decided))
    assert re.findall(r'class="mark"[^>]*>([^<]+)<', drawn) == ["T04"]
    assert drawn.count('data-g="-1"') == 2
    assert "· weggelaten door mensen</title>" in drawn


def test_polarity_is_of_themes_with_what_was_dropped_apart(decided):
    table = lean_by_topic(decided)
    assert [(row.label, row.n) for row in table.rows] == [
        ("T04 Op slot", 4), ("uitschieters (geen thema)", 1), ("weggelaten door mensen", 1), ("totaal", 6),
    ]  # fmt: skip


def test_themes_stand_beside_codes_after_decisions(decided):
    (comparison,) = compare_themes(decided)
    assert comparison.topics == (("T04", "Op slot"),)


def test_without_decisions_topics_are_named_as_the_themes_they_became(decided):
    tables = decided_tables()
    tables["crosstabs"] = tables["crosstabs"].loc[tables["crosstabs"]["comparison"] == "A | machine-inductive"]
    inputs = ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))
    assert compare_themes(inputs)[0].topics == (("T04", "Op slot"),)
    assert inputs.topic_name("T01") == "T04 Op slot"
    assert inputs.topic_name("T02") == "topic T02 soep, week"


def test_decisions_say_what_was_decided_and_what_it_did_unmatched_first(decided):
    section = describe_decisions(decided)
    assert [row.decision_id for row in section.rows] == ["D002", "D001", "D003", "D004", "D005"]
    said = {row.decision_id: (row.who, row.what, row.effect, row.note) for row in section.rows}
    assert said == {
        "D001": ("An", "T01 (deur, sleutel) heet “Op slot”", "uitgevoerd: 4 fragmenten, nu T04", ""),
        "D002": ("Bo", "T09 (tuin) gevoegd bij T08", "niet uitgevoerd", ""),
        "D003": ("An", "T02 (soep, week) weggelaten", "uitgevoerd: 1 fragment", "gaat over eten"),
        "D004": ("An", "2 fragmenten vormen het thema “Twee”", "teruggenomen", ""),
        "D005": ("Bo", "D004 teruggenomen", "uitgevoerd", ""),
    }
    assert section.rows[0].reason == (
        "T08: 0 van zijn 3 ankers zijn er nog, hoogstens 0 samen, en niets anders zegt waar het bleef"
    )
    assert section.unmatched.startswith("1 beslissing kon deze keer niet")
    assert section.helped and count_in_force(decided) == 2


def test_drift_is_said_by_theme(decided):
    section = describe_decisions(decided)
    assert [(row.name, row.was, row.shown, row.counts) for row in section.drift] == [
        ("T04 Op slot", "eerst “deur”", "verschoven", (3, 1, 1, 1, 0, 4)),
        ("T03 tuin", "", "verdwenen", (2, 0, 0, 0, 2, 0)),
    ]
    assert section.counted == "0 gelijk gebleven, 1 verschoven, 0 nieuw, 1 verdwenen."


def test_a_theme_that_people_merged_is_not_said_to_be_gone(decided):
    tables = decided_tables()
    applied = tables["decisions_applied"]
    done = applied["outcome"].where(applied["action"] != "merge", "applied")
    themes = tables["decision_themes"].replace({"theme_id": {"T09": "T03", "T08": "T04"}})
    changed = tables | {"decisions_applied": applied.assign(outcome=done), "decision_themes": themes}
    section = describe_decisions(ReportInputs(changed, DESCRIBED, make_config(), Words("nl")))
    assert [row.shown for row in section.drift] == ["verschoven", "gevoegd bij T04 (D002, Bo)"]
    assert section.counted.endswith("1 verdwenen. 1 daarvan is bij een ander gevoegd.")
    (topic, second) = (tables["topics"].head(1), tables["themes"].head(1).assign(theme_id="T05", label="tuin"))
    more = {"topics": pd.concat([tables["topics"], topic.assign(topic_id="T03")], ignore_index=True),
            "themes": pd.concat([tables["themes"], second], ignore_index=True)}  # fmt: skip
    said = list_findings(ReportInputs(tables | more, DESCRIBED, make_config(), Words("nl")))[0].text
    assert said.startswith("De machine vond 3 thema’s; na wat mensen beslisten zijn het er 2. De grootste")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_holds_the_section_in_both_languages(language):
    page = build(decided_tables(), DESCRIBED, make_config(language))["annex.html"].decode()
    assert page.count('id="decisions"') == 1
    assert ("Tegenover de vorige generatie" in page) == (language == "nl")
    assert ("carried out: 4 fragments, now T04" in page) == (language == "en")
    assert '<article class="theme" id="T04">' in page


def test_without_decisions_the_page_says_how_to_decide(inputs):
    page = build(make_tables(), DESCRIBED, make_config())["annex.html"].decode()
    assert "dialoogtafel decide" in page and "Tegenover de vorige generatie" not in page
    assert describe_decisions(inputs).rows == ()


def test_the_method_tells_how_decisions_find_their_theme(decided, inputs):
    assert "2 beslissingen over de thema’s" in write_method(decided)[2].text
    assert "beslissing" not in write_method(inputs)[2].text


@pytest.mark.parametrize(
    ("reason", "dutch"),
    [
        ("T01 found as the nearest theme (cosine 0.93): 1 of its 3 anchors are still there, at most 1 together",
         "T01 herkend als het dichtste thema (cosinus 0,93): 1 van zijn 3 ankers zijn er nog, hoogstens 1 samen"),
        ("2 of its 3 fragments are not there any more; made anew of its fragments",
         "2 van de 3 fragmenten zijn er niet meer; opnieuw gemaakt van zijn fragmenten"),
        ("T01: its fragments were dropped by D001, D002", "T01: zijn fragmenten werden weggelaten door D001, D002"),
        ("only 2 parts can be told apart", "er zijn maar 2 delen te onderscheiden"),
        ("they lie in one theme already", "ze zitten al in één thema"),
    ],
)  # fmt: skip
def test_reasons_are_said_in_dutch(reason, dutch):
    assert translate_reason(reason, Words("nl")) == dutch
    assert translate_reason(reason, Words("en")) == reason
