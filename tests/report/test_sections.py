"""What the sections count and say, from tables small enough to count by hand."""

import pandas as pd
import pytest
from small_report import DESCRIBED, FORMULA, SHARP, make_config, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import NOT_UNDERSTOOD
from pipeline.report.inputs import Given, ReportInputs
from pipeline.report.sections.agreement import describe_agreement, find_headlines, has_ceiling
from pipeline.report.sections.hats import (
    LEANS,
    TONES,
    count_hat_sources,
    hat_rows,
    lean_by_theme,
    lean_tables,
    leans_of_machine,
    list_conflicts,
)
from pipeline.report.sections.head import (
    abstentions,
    list_warnings,
    match_rows,
    notice_rows,
    status_rows,
    translate_reason,
)
from pipeline.report.sections.method import write_manifest
from pipeline.report.sections.theme_profiles import compare_themes, judge_codes
from pipeline.report.sections.themes import describe_themes, draw_topic_map, size_rows
from pipeline.report.words import Words


def change(name, **columns):
    tables = make_tables()
    tables[name] = tables[name].assign(**columns)
    return ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))


def test_sizes_add_up_to_all_used_fragments_with_the_outliers_last(inputs):
    rows = size_rows(inputs)
    assert [(row.theme_id, row.size, row.linked) for row in rows] == [
        ("T01", 4, True),
        ("T02", 1, True),
        ("", 1, False),
    ]
    assert sum(row.size for row in rows) == len(inputs.used) == 6
    assert sum(row.share for row in rows) == pytest.approx(1)


def test_a_theme_says_who_carries_it_and_how_it_leans(inputs):
    theme = describe_themes(inputs)[0]
    assert theme.carried_by == "in 1 van 2 gesprekken; bij 2 van 4 sprekers"
    assert [(hat.hat, hat.n) for hat in theme.hats] == [("zwart", 2), ("geel", 2)]
    assert theme.n_without_hat == 0
    assert theme.lean_text == "0 alleen kans, 1 allebei, 2 alleen knelpunt, van 4"
    assert theme.n_moved == 1
    assert theme.keywords == ("huis",)


def test_quotes_are_the_representative_ones_then_the_nearest_and_never_twice(inputs):
    theme = describe_themes(inputs)[0]
    shown = [quote.text for quote in (*theme.quotes, *theme.further)]
    assert shown == [SHARP, FORMULA, "De sleutel ligt bij de buur.", "Zij kent de hond bij naam."]
    again = change("fragments", text=["Twee keer hetzelfde."] * 8)
    assert [quote.text for quote in describe_themes(again)[0].quotes] == ["Twee keer hetzelfde."]


def test_a_quote_has_its_place_and_its_manual_codes(inputs):
    quote = inputs.quote("f-3")
    assert (quote.file, quote.line, quote.speaker, quote.hat) == ("tafel-1.txt", 12, "D1", "geel")
    assert quote.given == (
        Given(coder="A", codes=("Deur", "Buurt", "kans", "knelpunt")),
        Given(coder="B", codes=("Deur",)),
    )


def test_a_derived_hat_is_shown_nowhere_as_a_hat_that_was_worn():
    stances = make_tables()["stances"]
    derived = stances["source"].where(stances["scheme"] != "hat", "derived")
    inputs = change("stances", source=derived)
    assert inputs.quote("f-1").hat is None
    assert describe_themes(inputs)[0].hats == ()
    assert count_hat_sources(inputs) == {"derived": 5, "onthouding": 1}


def test_the_map_has_a_sign_for_every_fragment_and_a_name_for_every_topic(inputs):
    drawn = draw_topic_map(inputs)
    assert drawn.count("<use") == 6
    assert drawn.count('class="mark"') == 2
    assert 'href="#m-out"' in drawn
    assert "tafel-1.txt:10 · T01 deur, sleutel" in drawn
    assert "&lt;b&gt;deur" in drawn


def test_the_machine_leans_by_set_with_neutral_apart_from_abstention(inputs):
    assert leans_of_machine(inputs) == {
        "f-1": "knelpunt", "f-2": "knelpunt", "f-3": "beide", "f-4": "neutraal", "f-5": "kans", "f-6": "onthouding",
    }  # fmt: skip


def test_leans_are_counted_by_topic_and_by_theme_of_each_coder(inputs):
    machine, human = lean_tables(inputs)
    assert LEANS == ("kans", "beide", "neutraal", "onbekend", "onthouding", "knelpunt")
    assert [(row.label, row.counts) for row in machine.rows] == [
        ("T01 deur, sleutel", (0, 1, 1, 0, 0, 2)), ("T02 soep, week", (1, 0, 0, 0, 0, 0)),
        ("uitschieters (geen thema)", (0, 0, 0, 0, 1, 0)), ("totaal", (1, 1, 1, 0, 1, 2)),
    ]  # fmt: skip
    assert human.coder == "A" and human.several
    # f-3 has two themes: it counts in both rows and once in the total; f-2 was looked at and given no polarity.
    assert [(row.label, row.counts) for row in human.rows] == [
        ("Deur", (0, 1, 0, 1, 0, 1)), ("Buurt", (2, 1, 0, 0, 0, 0)), ("totaal", (2, 1, 0, 1, 0, 1)),
    ]  # fmt: skip
    assert lean_by_theme(inputs, "B") is None


def test_hats_are_counted_with_their_mean(inputs):
    rows = hat_rows(inputs)
    assert [row.hat for row in rows] == ["wit", "zwart", "geel"]
    black = rows[1]
    assert dict(zip(map(str, TONES), black.counts, strict=True)) == {
        "positief": 0, "neutraal": 0, "onthouding": 1, "negatief": 1,
    }  # fmt: skip
    assert black.share("negatief") == 0.5
    assert black.mean == pytest.approx(-0.5)
    assert count_hat_sources(inputs) == {"given": 5, "onthouding": 1}


def test_a_remark_that_contradicts_its_hat_is_listed_once_with_all_it_contradicts():
    tables = make_tables()
    extra = {"fragment_id": "f-3", "hat": "geel", "hat_source": "given", "scheme": "polarity", "value": "knelpunt"}
    rows = [*tables["hat_conflicts"].to_dict("records"), extra]
    tables["hat_conflicts"] = table_from_rows(rows, "hat_conflicts")
    found = list_conflicts(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
    assert [(conflict.quote.fragment_id, conflict.what) for conflict in found] == [
        ("f-3", "gehoord als knelpunt en klinkt negatief")
    ]


def test_codes_stand_against_topics_with_sums(inputs):
    (comparison,) = compare_themes(inputs)
    assert comparison.coder == "A"
    assert [topic for topic, _ in comparison.topics] == ["T01", "T02"]
    assert [(row.label, [cell.n for cell in row.cells], row.n) for row in comparison.rows] == [
        ("Deur", [3, 0], 3), ("Buurt", [1, 1], 2), ("Tuin", [0, 0], 0),
    ]  # fmt: skip
    assert comparison.totals == (4, 1) and comparison.n == 5
    assert [(fate.label, fate.kind) for fate in comparison.fates] == [("Deur", "found"), ("Buurt", "found")]
    assert "Ook daarin: Buurt (T01)." in comparison.fates[0].text


def test_the_machine_may_come_first_in_a_crosstab(inputs):
    table = make_tables()["crosstabs"]
    turned = table.assign(comparison="machine-inductive | A", code_a=table["code_b"], code_b=table["code_a"])
    (comparison,) = compare_themes(change("crosstabs", **turned))
    (straight,) = compare_themes(inputs)
    assert comparison == straight


@pytest.mark.parametrize(
    ("counts", "kinds"),
    [
        ({("a", "1"): 8, ("b", "2"): 5, ("a", "2"): 2}, ["found", "found"]),
        ({("a", "1"): 4, ("a", "2"): 4, ("b", "1"): 1}, ["split", "merged"]),
        ({("a", "1"): 3, ("a", "2"): 2, ("a", "3"): 2, ("b", "2"): 3, ("b", "3"): 3}, ["scattered", "split"]),
        (
            {("a", "1"): 3, ("a", "2"): 3, ("a", "3"): 3, ("b", "1"): 1, ("b", "2"): 1, ("b", "3"): 1},
            ["split", "missed"],
        ),
        ({("a", "outlier"): 3, ("b", "1"): 2}, ["missed", "found"]),
    ],
)
def test_what_became_of_a_code(counts, kinds):
    fates = judge_codes("ab", ["1", "2", "3"], counts, {"a": "A", "b": "B"}, Words("nl"))
    assert [fate.kind for fate in fates] == kinds


def test_a_topic_that_no_human_coded_is_named():
    rows = [{"comparison": "A | machine-inductive", "scheme": "theme", "code_a": code, "code_b": topic, "n": n}
            for code, topic, n in (("deur", "T01", 3), ("-", "T02", 4), ("deur", "T02", 1))]  # fmt: skip
    tables = make_tables() | {"crosstabs": table_from_rows(rows, "crosstabs")}
    (comparison,) = compare_themes(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
    assert comparison.uncoded == ("T02",)
    assert comparison.rows[-1].label == "geen thema gegeven"


def test_people_come_first_and_the_first_policy_is_drawn(inputs):
    (theme,) = describe_agreement(inputs)
    assert [row["comparison"] for row in find_headlines(inputs, "theme")] == ["A | B", "A | machine-inductive"]
    (group,) = theme.groups
    assert [(row.comparison, row.text, row.n) for row in group.rows] == [
        ("A | B", "0,60 [0,40; 0,80]", "5"), ("A | machine (zonder codeboek)", "0,02 [−0,10; 0,20]", "5"),
    ]  # fmt: skip
    assert theme.sentences[0].text == (
        "A en B: Cohens kappa 0,60 (95 %-interval 0,40 tot 0,80), waar toeval 0,01 zou geven; 5 fragmenten."
    )
    assert "dat ligt binnen het interval" in theme.sentences[1].text
    assert theme.sentences[1].left_out == "Weggelaten: 1 (1 niet bekeken door A)."


def test_the_full_table_has_every_row_with_its_reason(inputs):
    (theme,) = describe_agreement(inputs)
    assert [(group.comparison, len(group.rows)) for group in theme.overall] == [
        ("A | B", 1), ("A | machine (zonder codeboek)", 2), ("A | machine (zonder codeboek)", 1),
    ]  # fmt: skip
    undefined = theme.overall[1].rows[1]
    assert (undefined.statistic, undefined.estimate) == ("aangepaste Rand-index (ARI)", "–")
    assert undefined.reason
    assert theme.overall[0].rows[0].p == "< 0,001"
    assert theme.overall[2].excluded == "2; uitschieters weggelaten, dekking 0,956"
    (codes,) = theme.per_code
    assert [(row.code, row.kappa, row.interval, row.p) for row in codes.rows] == [("Deur", "0,55", "–", "0,020")]


def test_an_undefined_figure_is_not_drawn_and_has_no_ceiling():
    tables = make_tables()
    agreement = tables["agreement"]
    tables["agreement"] = agreement.assign(estimate=None, low=None, high=None).astype(agreement.dtypes)
    inputs = ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))
    (theme,) = describe_agreement(inputs)
    assert theme.groups == () and theme.sentences == ()
    assert not has_ceiling(inputs)


def test_statuses_add_up_to_all_fragments_with_their_reason(inputs):
    rows = status_rows(inputs)
    assert sum(row.n for row in rows) == 8
    assert [(row.name, row.reason, row.n) for row in rows] == [
        ("gebruikt", "", 6), ("gespreksleider of verslaggever", "gezegd door de gespreksleider", 1),
        ("te kort", "minder dan 3 woorden", 1),
    ]  # fmt: skip
    assert translate_reason("a reason of tomorrow", Words("nl")) == "a reason of tomorrow"


def test_rows_of_codings_are_counted_by_what_became_of_them(inputs):
    assert [(row.matched, row.how, row.n) for row in match_rows(inputs)] == [
        (True, "letterlijk dezelfde tekst", 1),
        (True, "tekst die er het meest op lijkt", 1),
        (False, "no such text", 1),
    ]  # fmt: skip
    assert notice_rows(inputs)[1] == 0


def test_a_given_value_is_no_abstention(inputs):
    assert abstentions(inputs) == {"hat": pytest.approx(1 / 6), "polarity": pytest.approx(1 / 6),
                                     "sentiment": pytest.approx(2 / 6)}  # fmt: skip


def test_the_manifest_holds_settings_and_hashes_but_no_places():
    tables = make_tables()
    config = make_config(sources="/home/iemand/notities")
    listings = write_manifest(ReportInputs(tables, DESCRIBED, config, Words("nl")))
    rows = {name: value for listing in listings for name, value in listing.rows}
    assert rows["tafel-1.txt"] == "1" * 64
    assert rows["bertopic"] == "0.17.4"
    assert rows["reassign"] == "true"
    assert not any("iemand" in value for value in rows.values())


def test_a_folder_named_as_encoder_is_shown_by_its_name_only():
    config = make_config()
    config = config.model_copy(update={"embeddings": config.embeddings.model_copy(update={"encoder": "/home/x/klein"})})
    listings = write_manifest(ReportInputs(make_tables(), DESCRIBED, config, Words("nl")))
    assert ("encoder", "klein") in {row for listing in listings for row in listing.rows}


def test_sections_of_an_empty_study_are_empty(empty):
    assert size_rows(empty) == describe_themes(empty) == hat_rows(empty) == lean_tables(empty) == []
    assert compare_themes(empty) == describe_agreement(empty) == status_rows(empty) == match_rows(empty) == []
    assert draw_topic_map(empty) == ""
    assert isinstance(empty.table("fragments"), pd.DataFrame)


def test_page_one_says_once_which_files_are_in_another_language():
    tables = make_tables()
    notices = [
        {"stage": "ingest", "position": 0, "i": i, "where": "", "message": f"is mostly in {language}: it is read"}
        for i, language in enumerate(("English", "English", "an unknown language"))
    ]
    tables["notices"] = table_from_rows(notices, "notices")
    said = " ".join(list_warnings(ReportInputs(tables, DESCRIBED, make_config("nl"), Words("nl"))))
    assert "2 bestanden vooral in het Engels: " in said
    assert "1 bestand vooral in een taal die niet herkend is: " in said


def test_page_one_says_what_is_missing_of_the_notes_and_that_texts_repeat():
    counts = (("remarks", 100, 120), ("speakers", 60, 100), ("hats", 0, 100), ("roles", 1, 3), ("repeats", 10, 100))
    rows = [
        {"position": i, "subject": "", "aspect": aspect, "n": n, "of": of, "files": None, "rank": None}
        for i, (aspect, n, of) in enumerate(counts)
    ]
    tables = make_tables() | {"understanding": table_from_rows(rows, "understanding")}
    said = list_warnings(ReportInputs(tables, DESCRIBED, make_config("en"), Words("en")))
    assert "Of 40 of 100 remarks it is not known who made them" in " ".join(said)
    assert "Of 2 of 3 files it is not known who leads" in " ".join(said)
    assert "10 of 100 remarks stand word for word more than once" in " ".join(said)
    assert not any("under no hat" in text for text in said)


def test_a_notice_of_a_stage_names_its_place_only_where_that_is_another():
    tables = make_tables()
    notices = [
        {
            "stage": "topics",
            "position": 6,
            "i": i,
            "where": where,
            "message": "no fragment is used, so there are no topics",
        }
        for i, where in enumerate(("topics", "tafel-1.txt, row 3"))
    ]
    tables["notices"] = table_from_rows(notices, "notices")
    rows, _ = notice_rows(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
    assert [row.where for row in rows] == ["", "tafel-1.txt, rij 3"]
    assert rows[0].message == "geen enkel fragment is gebruikt, dus zijn er geen thema’s"


def test_cells_that_nobody_understood_are_the_first_warning_and_rows_are_counted_once():
    ids = [("a.xlsx:000002:theme:1", None), ("a.xlsx:000002:theme:2", None),
           ("a.xlsx:000002:polarity:1", NOT_UNDERSTOOD),
           ("a.xlsx:000003:theme:1", "its text is not in the session"),
           ("a.xlsx:000003:polarity:1", NOT_UNDERSTOOD)]  # fmt: skip
    rows = [
        {"row_id": row_id, "outcome": "unmatched" if reason else "matched", "how": None if reason else "cut",
         "fragment_ids": [] if reason else ["f-1"], "reason": reason}
        for row_id, reason in ids
    ]  # fmt: skip
    tables = make_tables() | {"coding_matches": table_from_rows(rows, "coding_matches")}
    found = ReportInputs(tables, DESCRIBED, make_config("nl"), Words("nl"))
    warnings = list_warnings(found)
    assert warnings[0] == (
        "2 cellen voor polariteit zijn niet begrepen en tellen als niet gezien: "
        "zeg in mapping.toml, onder [codes], welke waarde het is."
    )
    assert "1 van de 2 rijen handmatige codering is niet teruggevonden in de fragmenten." in warnings
    assert [(row.how, row.n) for row in match_rows(found)] == [
        ("letterlijk, met woorden weggelaten (…)", 1), ("de tekst staat niet in het gesprek", 1),
    ]  # fmt: skip
