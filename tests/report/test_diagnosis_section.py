"""The diagnosis in the report: its sentences, its quotes and its curves, from tables small enough to count by hand."""

import re

import pytest
from small_report import DESCRIBED, SHARP, make_config, make_empty_tables, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report import build
from pipeline.report.charts import Axis, Band, Point, draw_curve
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.diagnosis import describe_diagnosis
from pipeline.report.words import Words

CURVE = {"coder": "A", "scheme": "theme", "n_blocks": 1, "draws": 5, "unit": "session", "n": 5}
DIAGNOSIS = {
    "levels": [
        {"comparison": "A | B", "level": "theme", "position": 0, "unit": "session", "estimate": 0.6, "low": 0.4,
         "high": 0.8, "share": 0.5, "n": 5},
    ],
    "code_diagnoses": [
        {"comparison": "A | machine-inductive", "scheme": "theme", "code": code, "position": i, "verdict": verdict,
         "topics": topics, "merged_with": [], "unit": "session", "precision": 0.75, "recall": 1.0, "p": 0.01, "n": 3}
        for i, (code, verdict, topics) in enumerate((("deur", "found", ["T01"]), ("buurt", "missed", [])))
    ],
    "topic_diagnoses": [
        {"comparison": "A | machine-inductive", "scheme": "theme", "topic_id": "T02", "verdict": "uncoded",
         "codes": [], "unit": "session", "n": 7, "n_seen": 0, "n_coded": 0},
    ],
    "hat_bridge": [
        {"coder": "A", "theme": theme, "position": i, "hat": "zwart", "expected": "knelpunt", "n": n, "n_kans": 1,
         "n_knelpunt": n - 1, "n_both": 0, "n_neither": 0, "unit": "session", "estimate": 0.75, "low": 0.5, "high": 1.0,
         "chance": 0.4, "verdict": "holds", "conflicts": ["f-1"]}
        for i, (theme, n) in enumerate((("", 4), ("deur", 5), ("tuin", 1)))
    ],
    "learning_curve": [
        {**CURVE, "share": 0.0, "n_coded": 0, "estimate": 0.0},
        {**CURVE, "share": 0.4, "n_coded": 20, "estimate": 0.1, "low": -0.1, "high": 0.3},
        {**CURVE, "share": 0.8, "n_coded": 40, "estimate": 0.3, "low": 0.1, "high": 0.5},
    ],
    "corrected_frequencies": [
        {"coder": "synthese", "scheme": "theme", "code": "deur", "position": 0, "machine": 0.2, "coded": 0.3,
         "unit": "session", "n_coded": 5, "n": 9},
    ],
}  # fmt: skip


def tables():
    return make_tables() | {name: table_from_rows(rows, name) for name, rows in DIAGNOSIS.items()}


def findings(language="nl"):
    found = describe_diagnosis(ReportInputs(tables(), DESCRIBED, make_config(language), Words(language)))
    return {finding.title: finding for finding in found}


def test_only_what_can_be_said_has_a_heading():
    assert list(findings()) == [
        "Waar het verschil zit",
        "Wat er van de codes terechtkwam",
        "Zegt de hoed of het een kans of een knelpunt is?",
        "Hoe vaak, gecorrigeerd",
    ]
    empty = ReportInputs(make_empty_tables(), DESCRIBED, make_config(), Words("nl"))
    assert describe_diagnosis(empty) == []
    page = build(make_empty_tables(), DESCRIBED, make_config())["annex.html"].decode()
    assert "Er is niets om te diagnosticeren." in page


@pytest.mark.parametrize(
    ("equivalent", "not_worse", "high", "said"),
    [
        (0.01, 0.01, 0.02, "Dat is gelijkwaardig: het verschil is aantoonbaar kleiner dan 0,10."),
        (0.40, 0.01, 0.20, "De machine is aantoonbaar niet 0,10 of meer slechter."),
        (0.99, 0.99, -0.2, "De machine is aantoonbaar meer dan 0,10 slechter."),
        (0.30, 0.30, 0.00, "Of het verschil binnen 0,10 blijft, is niet aan te tonen."),
    ],
)
def test_a_machine_beside_two_people_is_shown_with_its_interval_and_the_test(equivalent, not_worse, high, said):
    row = {"scheme": "theme", "machine": "machine-taught", "comparison": "A | B", "people": 0.73, "with_machine": 0.26,
           "unit": "session", "estimate": -0.47, "low": -0.53, "high": high, "margin": 0.1, "p_not_worse": not_worse,
           "p_equivalent": equivalent, "n": 475}  # fmt: skip
    made = make_tables() | {"kappa_differences": table_from_rows([row], "kappa_differences")}
    [finding] = describe_diagnosis(ReportInputs(made, DESCRIBED, make_config(), Words("nl")))
    assert finding.sentences == (
        f"machine (geleerd), thema: A en B halen onderling kappa 0,73, elk met de machine gemiddeld 0,26; verschil "
        f"−0,47 [−0,53; {Words('nl').figure(high)}] op dezelfde 475 fragmenten. {said}",
    )


def test_sentences_name_codes_and_coders_as_the_report_does():
    codes = findings()["Wat er van de codes terechtkwam"]
    assert codes.sentences == (
        "A | machine (zonder codeboek), thema: 1 gevonden, 0 verdeeld, 0 samengevoegd, 1 gemist.",
        "A | machine (zonder codeboek), thema: T02: geen mens codeerde dit (0 van 7 fragmenten dragen een code).",
    )
    assert codes.further[0] == (
        "A | machine (zonder codeboek), thema: Deur: gevonden in T01. Daar ligt 100\u00a0% van 3 fragmenten; "
        "75\u00a0% van dat topic draagt de code."
    )
    assert "A | machine (no codebook), theme: Buurt: missed." in " ".join(
        findings("en")["What became of the codes"].further
    )


def test_conflicts_are_shown_once_in_their_own_words():
    bridge = findings()["Zegt de hoed of het een kans of een knelpunt is?"]
    assert len(bridge.sentences) == len(bridge.further) == 1
    assert bridge.further[0].startswith("A, Deur, Zwarte hoed")
    assert bridge.quotes == ((SHARP, "tafel-1.txt:10", "explorer.html#open=f-1"),)
    page = build(tables(), DESCRIBED, make_config())["annex.html"].decode()
    assert "<b>deur</b>" not in page


def test_a_gain_brings_its_curve():
    gain = {"coder": "A", "scheme": "theme", "n_coded": 5, "n_more": 60, "unit": "session", "estimate": 0.08,
            "low": 0.02, "high": 0.14}  # fmt: skip
    made = tables() | {"learning_gains": table_from_rows([gain], "learning_gains")}
    [curve] = [
        finding
        for finding in describe_diagnosis(ReportInputs(made, DESCRIBED, make_config(), Words("nl")))
        if finding.figures
    ]
    assert curve.sentences == (
        "Codeer 60 fragmenten meer (A, thema) en de machine wint ongeveer 0,08 [0,02; 0,14] aan kappa met A.",
    )
    [(title, figure)] = curve.figures
    assert title.endswith("Wat mensen onderling halen, is onbekend.")
    assert figure.count('class="dot machine"') == 3
    assert "ceiling" not in figure


def test_points_lie_where_their_numbers_are():
    axis = Axis(low=0.0, high=1.0, ticks=(0.0, 0.5, 1.0))
    points = [
        Point(n=n, estimate=value, low=None, high=None, title="p") for n, value in ((0, 0.0), (50, 0.5), (100, 1))
    ]
    names = [("y", "0"), ("y", "0,5"), ("y", "1"), *(("x", str(point.n)) for point in points)]
    drawn = draw_curve(points, Band(estimate=0.8, low=0.7, high=0.9), axis, names, "curve")
    places = re.findall(r'href="#dot-machine" x="([^"]+)" y="([^"]+)"', drawn)
    assert places == [("8%", "160.0"), ("52.5%", "85.0"), ("97%", "10.0")]
    assert re.search(r'class="ceiling" x="8%" width="89%" y="25.0" height="30.0"', drawn)
    assert drawn.count('class="curve"') == 2
    assert draw_curve(points[:1], None, axis, names, "curve") == ""
    with pytest.raises(ValueError, match="shorter|longer"):
        draw_curve(points, None, axis, names[:-1], "curve")
