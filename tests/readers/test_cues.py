"""Negation, degrees, contrast and compounds, with weights one can work out from the lexicon of each test."""

import re

import pytest

from pipeline.analysis.stances.cues import LITOTES, CueReader, Word
from pipeline.analysis.stances.lexicon import Lexicon, Modifier, ModifierRole, StanceCue, load_lexicon
from pipeline.analysis.stances.scales import decide, share_evidence
from pipeline.core.vocabulary import Scheme

LEMMAS = {
    "redden": "redden",
    "lukt": "lukken",
    "helpt": "helpen",
    "goede": "goed",
    "problemen": "probleem",
    "uren": "uur",
}
VERBS = {"redden", "lukt", "helpt", "is", "helpen"}
ADJECTIVES = {"goed", "goede", "duur", "slecht", "breed", "veilig"}


def words(text: str, *, tagged: bool = True) -> list[Word]:
    made, sentence = [], 0
    for token in re.findall(r"\w+|[^\w\s]", text.lower()):
        pos = "VERB" if token in VERBS else "ADJ" if token in ADJECTIVES else "NOUN"
        made.append(Word(text=token, lemma=LEMMAS.get(token, token), sentence=sentence, pos=pos if tagged else None))
        sentence += token == "."
    return made


SMALL = Lexicon(
    cues={
        Scheme.HAT: (),
        Scheme.SENTIMENT: (
            StanceCue(words=("goed",), value="positief", weight=0.5),
            StanceCue(words=("slecht",), value="negatief", weight=0.5),
        ),
        Scheme.POLARITY: (
            StanceCue(words=("goed",), value="kans", weight=0.5),
            StanceCue(words=("lukken",), value="kans", weight=0.8),
            StanceCue(words=("steun",), value="kans", weight=0.6),
            StanceCue(words=("probleem",), value="knelpunt", weight=1.0, ends_compounds=True),
            StanceCue(words=("te", "weinig"), value="knelpunt", weight=1.0),
            StanceCue(words=("te", "[bn]"), value="knelpunt", weight=0.8),
            StanceCue(words=("zonder",), value="knelpunt", weight=0.4),
            StanceCue(words=("niet",), value="knelpunt", weight=0.25),
            StanceCue(words=("[getal]", "uur"), value="knelpunt", weight=0.1),
        ),
    },
    modifiers=(
        Modifier(words=("niet",), role=ModifierRole.CLAUSE_NEGATOR, factor=-0.8, scope=4),
        Modifier(words=("zonder",), role=ModifierRole.NEGATOR, factor=-1.0, scope=3),
        Modifier(words=("geen",), role=ModifierRole.NEGATOR, factor=-1.0, scope=3),
        Modifier(words=("te", "weinig"), role=ModifierRole.NEGATOR, factor=-1.0, scope=3),
        Modifier(words=("niet", "alleen"), role=ModifierRole.PARTICLE, factor=1.0, scope=0),
        Modifier(words=("heel",), role=ModifierRole.INTENSIFIER, factor=1.3, scope=1),
        Modifier(words=("beetje",), role=ModifierRole.DOWNTONER, factor=0.6, scope=1),
        Modifier(words=("maar",), role=ModifierRole.CONTRAST, factor=0.6, scope=0),
        Modifier(words=("hoewel",), role=ModifierRole.CONCESSION, factor=0.5, scope=0),
        Modifier(words=("en",), role=ModifierRole.BOUNDARY, factor=1.0, scope=0),
    ),
)
READER = CueReader(SMALL)


def found(text: str, scheme: Scheme = Scheme.POLARITY, *, tagged: bool = True) -> list[tuple[str, float, str]]:
    evidence = READER.read(words(text, tagged=tagged)).evidence[scheme]
    return [(str(item.value), round(item.weight, 3), item.words) for item in evidence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dat is goed", [("kans", 0.5, "goed")]),
        ("Dat is niet goed", [("knelpunt", 0.4, "niet goed")]),
        ("Het lukt niet", [("knelpunt", 0.64, "niet lukken")]),
        ("Het lukt ons daar niet", [("knelpunt", 0.64, "niet lukken")]),
        ("De steun is niet goed", [("kans", 0.6, "steun"), ("knelpunt", 0.4, "niet goed")]),
        ("Geen problemen", [("kans", 0.6, "geen probleem")]),
        ("Zonder problemen", [("kans", 0.6, "zonder probleem")]),
        ("Zonder stoelen", [("knelpunt", 0.4, "zonder")]),
        ("Niet op zondag", [("knelpunt", 0.25, "niet")]),
        ("Te weinig steun", [("knelpunt", 1.0, "te weinig steun")]),
        ("Te weinig stoelen", [("knelpunt", 1.0, "te weinig")]),
        ("Niet alleen goed", [("kans", 0.5, "goed")]),
        ("Een verkeersprobleem", [("knelpunt", 1.0, "probleem")]),
        ("Veel te breed", [("knelpunt", 0.8, "te [bn]")]),
        ("Na drie uren, na 3 uren", [("knelpunt", 0.1, "[getal] uur")]),
    ],
)
def test_polarity_of_a_remark(text, expected):
    assert found(text) == expected


def test_negation_stops_at_a_comma_and_at_en():
    assert found("Niet ver, goed") == [("knelpunt", 0.25, "niet"), ("kans", 0.5, "goed")]
    assert found("Niet ver en goed") == [("knelpunt", 0.25, "niet"), ("kans", 0.5, "goed")]


def test_negation_reaches_no_farther_than_its_scope():
    assert found("Geen een twee goed") == [("knelpunt", 0.5, "geen goed")]
    assert found("Geen een twee drie goed") == [("kans", 0.5, "goed")]


def test_zonder_does_not_reach_past_the_verb_that_niet_negates():
    assert found("Zonder stoelen lukt het niet") == [("knelpunt", 0.4, "zonder"), ("knelpunt", 0.64, "niet lukken")]
    untagged = found("Zonder stoelen lukt het niet", tagged=False)
    assert untagged == [("knelpunt", 0.4, "zonder"), ("knelpunt", 0.64, "niet lukken")]


def test_two_negators_cancel():
    assert found("Niet zonder steun") == [("kans", 0.48, "niet zonder steun")]


def test_negated_negative_is_weaker_than_a_positive():
    assert found("Niet slecht", Scheme.SENTIMENT) == [("positief", round(0.5 * 0.8 * LITOTES, 3), "niet slecht")]


@pytest.mark.parametrize(
    ("text", "weight"),
    [("Heel goed", 0.65), ("Een beetje goed", 0.3), ("Heel heel goed", 0.845), ("Heel de dag goed", 0.5)],
)
def test_degree_words_count_where_they_stand_before_the_cue(text, weight):
    assert found(text, Scheme.SENTIMENT) == [("positief", weight, "goed")]


def test_what_stands_before_maar_weighs_less():
    assert found("Goed maar slecht", Scheme.SENTIMENT) == [("positief", 0.3, "goed"), ("negatief", 0.5, "slecht")]
    assert found("Goed. Maar slecht", Scheme.SENTIMENT) == [("positief", 0.5, "goed"), ("negatief", 0.5, "slecht")]


def test_maar_takes_nothing_from_a_polarity_since_both_may_hold():
    assert found("Goed maar te breed") == [("kans", 0.5, "goed"), ("knelpunt", 0.8, "te [bn]")]


def test_what_is_conceded_weighs_less():
    assert found("Hoewel slecht, toch goed", Scheme.SENTIMENT) == [
        ("negatief", 0.25, "slecht"),
        ("positief", 0.5, "goed"),
    ]


def test_counts_of_negators_and_contrasts():
    findings = READER.read(words("Niet goed maar geen probleem"))
    assert (findings.n_negators, findings.n_contrasts) == (2, 1)


def test_nothing_found_in_nothing():
    assert READER.read([]).evidence == {Scheme.HAT: (), Scheme.SENTIMENT: (), Scheme.POLARITY: ()}


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("Zonder extra handen redden we het niet", Scheme.POLARITY, ["knelpunt"]),
        ("Zonder extra handen redden we het niet", Scheme.HAT, ["zwart"]),
        ("Zonder extra handen redden we het niet", Scheme.SENTIMENT, ["neutraal"]),
        ("De tuinploeg loopt goed", Scheme.POLARITY, ["kans"]),
        ("De trap is te duur en toch een troef", Scheme.POLARITY, ["kans", "knelpunt"]),
        ("Misschien een proef met een droom voor de toekomst", Scheme.HAT, ["groen"]),
        ("In totaal 12 procent", Scheme.HAT, ["wit"]),
        ("Ik ben zo boos en verdrietig", Scheme.HAT, ["rood"]),
        ("Ik ben zo boos en verdrietig", Scheme.SENTIMENT, ["negatief"]),
        ("De kast staat daar", Scheme.POLARITY, [None]),
        ("De kast staat daar", Scheme.HAT, [None]),
        ("De kast staat daar", Scheme.SENTIMENT, ["neutraal"]),
    ],
)
def test_the_real_lexicon_on_plain_dutch(text, scheme, value):
    evidence = CueReader(load_lexicon()).read(words(text)).evidence[scheme]
    assert [j.value for j in decide(share_evidence(evidence, scheme), scheme, min_margin=0.15)] == value
