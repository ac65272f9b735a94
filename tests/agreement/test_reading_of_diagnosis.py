"""Sentences of the diagnosis: every verdict in both languages, and every row of a study can be read."""

import re

import numpy as np
import pytest
from diagnoses import diagnose_study, rows
from studies import assignments

from pipeline.agreement import reading
from pipeline.agreement.reading import write_signed
from pipeline.agreement.wording import BilingualText


def test_a_level_with_and_without_a_share():
    row = {"comparison": "A | B", "level": "theme x polarity", "estimate": 0.583, "low": 0.545, "high": 0.619,
           "share": 0.128, "n": 475}  # fmt: skip
    assert reading.read_level(row).nl == (
        "A | B, thema x polariteit: kappa 0,58 [0,55; 0,62] op 475 fragmenten. "
        "Van de fragmenten waarover zij verschillen, verschillen zij bij 13% op beide."
    )
    bare = {**row, "level": "hat", "estimate": None, "low": None, "high": None, "share": None}
    assert reading.read_level(bare) == BilingualText(
        "A | B, hoed: kappa is niet te bepalen op 475 fragmenten.", "A | B, hat: kappa is undefined on 475 fragments."
    )


@pytest.mark.parametrize(("rate", "nl", "en"), [(1.0, "wel vervangen", "it may take"), (0.0, "niet", "it may not")])
def test_the_test_of_a_machine(rate, nl, en):
    row = {"scheme": "hat", "machine": "M", "coder": "A", "winning_rate": rate, "advantage": 0.9,
           "human_advantage": 0.8, "epsilon": 0.15, "n": 60, "reason": None}  # fmt: skip
    said = reading.read_annotator_test(row)
    assert nl in said.nl
    assert en in said.en
    assert "A bij 80%" in said.nl


@pytest.mark.parametrize(
    ("verdict", "topics", "merged", "nl", "en"),
    [
        ("found", ["T1"], [], "gevonden in T1", "found in T1"),
        ("merged", ["T1"], ["deur"], "samengevoegd met deur in T1", "merged with deur in T1"),
        ("missed", [], [], "gemist", "missed"),
    ],
)
def test_what_became_of_a_code(verdict, topics, merged, nl, en):
    row = {"code": "dak", "verdict": verdict, "topics": topics, "merged_with": merged, "n": 9, "precision": 0.5,
           "recall": 0.6}  # fmt: skip
    assert nl in reading.read_code(row).nl
    assert en in reading.read_code(row).en


def test_a_bridge_that_is_wrong_and_a_hat_without_one():
    row = {"coder": "A", "theme": "dak", "hat": "geel", "expected": "kans", "n": 20, "estimate": 0.1, "low": 0.0,
           "high": 0.2, "chance": 0.4, "verdict": "contradicted", "conflicts": ["f-1", "f-2"]}  # fmt: skip
    assert reading.read_bridge(row).nl == (
        "A, dak, Gele hoed: voordelen: 10% [0%; 20%] van 20 fragmenten is kans, tegen 40% onder alle hoeden; "
        "2 zeggen het omgekeerde. De hoed zegt hier het omgekeerde."
    )
    unknown = {**row, "estimate": 1.0, "verdict": "not_shown"}
    assert reading.read_bridge(unknown).nl.endswith("is niet aan te tonen: 40% ligt binnen het interval.")
    alike = reading.read_bridge({**unknown, "low": None, "high": None}).nl
    assert alike.endswith("elk gesprek geeft hetzelfde cijfer, zodat er geen interval is.")
    assert "says nothing" in reading.read_bridge({**row, "hat": "wit", "expected": None}).en


def test_a_gain_that_cannot_be_shown_is_not_promised():
    row = {"coder": "A", "scheme": "theme", "n_coded": 200, "n_more": 60, "estimate": 0.02, "low": -0.01, "high": 0.05}
    assert reading.read_gain(row).nl == (
        "Dat 60 fragmenten meer (A, theme) de machine beter maken, is niet aan te tonen (kappa +0,02 [-0,01; 0,05])."
    )
    assert "cannot be shown." in reading.read_gain({**row, "estimate": None, "low": None, "high": None}).en
    assert "minder dan 0,01" in reading.read_gain({**row, "estimate": 0.004, "low": 0.001}).nl
    lately = {"n_last": 20, "last_estimate": 0.01, "last_low": -0.01, "last_high": 0.03}
    assert reading.read_gain({**row, **lately}).nl.endswith(
        "De laatste 20 gecodeerde fragmenten brachten +0,01 [-0,01; 0,03] kappa bij."
    )


def test_a_frequency_that_is_refused():
    row = {"coder": "synthese", "code": "dak", "machine": 0.3, "coded": 0.1, "estimate": None, "low": None,
           "high": None, "n_coded": 50, "n": 200}  # fmt: skip
    assert "geen steekproef" in reading.read_frequency(row).nl
    assert "no sample" in reading.read_frequency(row).en


def test_signs():
    assert [write_signed(value).nl for value in (0.034, -0.2, -0.001)] == ["+0,03", "-0,20", "+0,00"]
    assert write_signed(None).en == "nothing that can be computed"


def test_every_row_of_a_study_can_be_read():
    themes, poles = ["dak", "deur", "tuin"] * 20, ["kans", "knelpunt", "", "kans;knelpunt"] * 15
    given = {("A", "theme"): themes, ("B", "theme"): [*themes[1:], "dak"], ("A", "polarity"): poles}
    given |= {("B", "polarity"): poles[::-1], ("machine-taught", "polarity"): ["kans", "knelpunt", None] * 20}
    given |= {("A", "subtheme"): ["x1", "x2", "y1"] * 20, ("B", "subtheme"): ["x1", "x1", "y1"] * 20}
    topics = assignments([f"T{code}{i % 2}" for i, code in enumerate(themes)])
    hats = (["zwart", "geel", "wit", None] * 15)[:60]
    points = np.random.default_rng(1).normal(size=(60, 4))
    output = diagnose_study(given, n=60, sessions=12, topics=topics, hats=hats, points=points)
    by_row = {
        "levels": reading.read_level, "annotator_tests": reading.read_annotator_test,
        "hat_bridge": reading.read_bridge,
        "polarity_differences": reading.read_difference, "learning_gains": reading.read_gain,
        "corrected_frequencies": reading.read_frequency, "code_diagnoses": reading.read_code,
        "topic_diagnoses": reading.read_topic, "suggested_merges": reading.read_merge,
        "theme_stability": reading.read_stability,
    }  # fmt: skip
    said = []
    for table, read in by_row.items():
        found = rows(output, table)
        assert found, table
        said += [read(row) for row in found]
    bands = [row for row in rows(output, "bands") if (row["level"], row["statistic"]) == ("theme", "cohen_kappa")]
    said.append(reading.read_bands([row for row in bands if row["comparison"] == "A | B"]))
    said.append(reading.read_near_misses([r for r in rows(output, "near_misses") if r["comparison"] == "A | B"]))
    text = " ".join(f"{reading.nl} {reading.en}" for reading in said)
    assert not re.search(r"\bnan\b|None|\{|voldoende|acceptable", text)
    assert all(reading.nl.endswith(".") and reading.en.endswith(".") for reading in said)
