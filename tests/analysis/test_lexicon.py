import re
from pathlib import Path

import pytest

from pipeline.analysis.stances.lexicon import DIMENSIONS, load_lexicon, parse_cues, parse_modifiers
from pipeline.core.errors import InputError
from pipeline.core.vocabulary import Scheme

HEADER = "cue\tkind\tdimension\tvalue\tweight\tnote\n"
MODIFIERS = "cue\tkind\trole\tfactor\tscope\tnote\n"
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


def test_a_cue_is_read():
    (cue,) = parse_cues(HEADER + "-tekort\tlemma\tpolarity\tknelpunt\t0.9\tgebrek\n", Scheme.POLARITY)
    assert (cue.words, cue.value, cue.weight, cue.ends_compounds) == (("tekort",), "knelpunt", 0.9, True)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("te laat\tlemma\tpolarity\tknelpunt\t1\t", "should be 'phrase'"),
        ("Laat\tlemma\tpolarity\tknelpunt\t1\t", "not in lower case"),
        ("laat\tlemma\that\tknelpunt\t1\t", "in the file of 'polarity'"),
        ("laat\tlemma\tpolarity\tzwart\t1\t", "value 'zwart'"),
        ("laat\tlemma\tpolarity\tknelpunt\t1.5\t", "weight '1.5'"),
        ("laat\tlemma\tpolarity\tknelpunt\tveel\t", "weight 'veel'"),
        ("laat\tlemma\tpolarity\tknelpunt\t1", "has 5 cells"),
    ],
)
def test_a_bad_cue_is_refused_with_its_line(row, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        parse_cues(HEADER + row + "\n", Scheme.POLARITY)
    assert caught.value.problems[0].where == "polarity.tsv, line 2"


def test_a_repeated_cue_is_refused_also_as_an_ending():
    rows = "druk\tlemma\that\tzwart\t1\t\n-druk\tlemma\that\trood\t1\t\n"
    with pytest.raises(InputError, match="'druk' stands there more than once"):
        parse_cues(HEADER + rows, Scheme.HAT)


def test_a_bad_header_is_refused():
    with pytest.raises(InputError, match="header"):
        parse_cues("cue\tvalue\n", Scheme.HAT)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("niet\tlemma\tnegator\t0.8\t4\t", "factor '0.8' does not fit"),
        ("niet\tlemma\tnegator\t-0.8\t0\t", "scope '0'"),
        ("heel\tlemma\tintensifier\t-1.3\t1\t", "factor '-1.3' does not fit"),
        ("heel\tlemma\tversterker\t1.3\t1\t", "role 'versterker'"),
        ("heel\tlemma\tintensifier\t1.3\tver\t", "scope 'ver'"),
    ],
)
def test_a_bad_modifier_is_refused(row, complaint):
    with pytest.raises(InputError, match=complaint):
        parse_modifiers(MODIFIERS + row + "\n")
