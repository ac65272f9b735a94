import re
from pathlib import Path

import pytest

from pipeline.analysis.stances.lexicon import DIMENSIONS, ModifierRole, load_lexicon, read_rows
from pipeline.core.vocabulary import Scheme

REPORT = Path(__file__).parents[3] / "shared" / "corpus" / "ocmw-dialoogtafels" / "eindsynthese.txt"
LONG_PHRASE = 4


def test_the_lexicon_has_the_promised_size_and_speaks_for_every_value():
    lexicon = load_lexicon()
    cues = {cue.words for of_dimension in lexicon.cues.values() for cue in of_dimension}
    modifiers = {modifier.words for modifier in lexicon.modifiers}
    assert 1000 <= len(cues | modifiers) <= 1200
    for dimension, values in DIMENSIONS.items():
        counts = {value: sum(cue.value == value for cue in lexicon.cues[dimension]) for value in values}
        assert min(counts.values()) >= 40, counts


def test_no_cue_leads_to_two_values_of_a_dimension():
    for cues in load_lexicon().cues.values():
        assert len({cue.words for cue in cues}) == len(cues)


def test_no_long_phrase_of_the_real_report_is_in_the_lexicon():
    if not REPORT.exists():
        pytest.skip("the real report is not beside this checkout")
    text = " ".join(re.findall(r"\w+", REPORT.read_text(encoding="utf-8").lower()))
    lexicon = load_lexicon()
    entries = [entry.words for cues in (*lexicon.cues.values(), lexicon.modifiers) for entry in cues]
    assert not [entry for entry in entries if len(entry) >= LONG_PHRASE and " ".join(entry) in text]


def find_faults(row):
    """What is wrong in a row of cues or of modifiers."""
    if row["kind"] != ("phrase" if " " in row["cue"] else "lemma"):
        yield "kind"
    if row["cue"] != row["cue"].strip().lower() or not row["cue"]:
        yield "cue"
    if "value" in row:
        if row["value"] not in DIMENSIONS[Scheme(row["dimension"])]:
            yield "value"
        if not 0 < float(row["weight"]) <= 1:
            yield "weight"
        return
    negates = row["role"] in (ModifierRole.NEGATOR, ModifierRole.CLAUSE_NEGATOR)
    if not (-1 <= float(row["factor"]) < 0 if negates else 0 < float(row["factor"]) <= 2):
        yield "factor"
    if not row["scope"].isdigit() or (negates and row["scope"] == "0"):
        yield "scope"


@pytest.mark.parametrize("name", [*DIMENSIONS, "modifiers"])
def test_every_row_of_the_lexicon_is_whole_and_stands_once(name):
    rows = read_rows(f"{name}.tsv")
    columns = ("role", "factor", "scope") if name == "modifiers" else ("dimension", "value", "weight")
    assert rows and {tuple(row) for row in rows} == {("cue", "kind", *columns, "note")}
    assert {row["cue"]: list(find_faults(row)) for row in rows if any(find_faults(row))} == {}
    assert {row.get("dimension", name) for row in rows} == {name}
    cues = [row["cue"].removeprefix("-") for row in rows]
    assert len(set(cues)) == len(cues)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("te laat\tlemma\tpolarity\tknelpunt\t1\t", "kind"),
        ("Laat\tlemma\tpolarity\tknelpunt\t1\t", "cue"),
        ("laat\tlemma\tpolarity\tzwart\t1\t", "value"),
        ("laat\tlemma\tpolarity\tknelpunt\t1.5\t", "weight"),
    ],
)
def test_a_bad_cue_is_found(row, fault):
    names = ("cue", "kind", "dimension", "value", "weight", "note")
    assert list(find_faults(dict(zip(names, row.split("\t"), strict=True)))) == [fault]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("niet\tlemma\tnegator\t0.8\t4\t", "factor"),
        ("niet\tlemma\tnegator\t-0.8\t0\t", "scope"),
        ("heel\tlemma\tintensifier\t-1.3\t1\t", "factor"),
        ("heel\tlemma\tintensifier\t1.3\tver\t", "scope"),
    ],
)
def test_a_bad_modifier_is_found(row, fault):
    names = ("cue", "kind", "role", "factor", "scope", "note")
    assert list(find_faults(dict(zip(names, row.split("\t"), strict=True)))) == [fault]


def test_an_ending_is_a_cue_at_the_end_of_a_compound():
    endings = {cue.words for cue in load_lexicon().cues[Scheme.POLARITY] if cue.ends_compounds}
    assert ("tekort",) in endings
