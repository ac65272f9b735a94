"""Who carries a theme, how it leans and came up: counted by hand on small studies."""

import numpy as np
import pytest
from questions_study import CONFIG, answer, coding, fragment, ground_of, look, make_study, rows

from pipeline.questions.inputs import judge_polarity
from pipeline.questions.profiles import find_largest, find_prompting

BOOK = [{"scheme": "theme", "code": code} for code in ("deur", "tuin")] + [
    {"scheme": "subtheme", "code": "slot", "parent": "deur"},
    {"scheme": "subtheme", "code": "grendel", "parent": "slot"},
    {"scheme": "subtheme", "code": "haag", "parent": "tuin"},
]


def talk():
    return [
        fragment("m1", "Hoe zit dat met de sleutel bij jullie?", role="gespreksleider", status="moderator"),
        fragment("f1", "De sleutel hangt bij de buurvrouw.", speaker="D1"),
        fragment("f2", "Bij ons is de poort kapot.", speaker="D2"),
        fragment("m2", "En wie wil daar nog iets over zeggen?", role="gespreksleider", status="moderator"),
        fragment("x1", "Euh", speaker="D2", status="filler"),
        fragment("f3", "Mijn haag groeit over het pad.", speaker="D2"),
        fragment("m3", "Dan neem ik de volgende hoed.", role="gespreksleider", status="moderator"),
        fragment("f4", "Die hoed past mij niet.", speaker="D1"),
        fragment("f5", "De grendel zit al jaren vast.", speaker="D1", kind="note"),
    ]


def prompting(study):
    inputs = ground_of(study)
    return dict(zip(inputs.ids, find_prompting(inputs).value, strict=True))


def test_a_remark_is_prompted_by_the_question_right_before_it_whose_words_it_shares():
    assert prompting(make_study(talk())) == {
        "f1": "prompted",
        "f2": "spontaneous",
        "f3": "after_question",
        "f4": "spontaneous",
        "f5": "onbekend",
    }


def test_all_parts_of_a_long_turn_answer_the_same_question():
    parts = [
        fragment("m1", "Wat doet de buurt?", role="gespreksleider", status="moderator"),
        fragment("f1", "Onze buurt veegt zelf.", speaker="D1", utterance="u1"),
        fragment("f2", "Elke buurt zijn bezem.", speaker="D1", utterance="u1"),
        fragment("f3", "De buurt slaapt.", speaker="D2"),
    ]
    assert prompting(make_study(parts)) == {"f1": "prompted", "f2": "prompted", "f3": "spontaneous"}


def test_a_question_reaches_no_further_than_its_source_and_a_talk_without_moderator_cannot_tell():
    there = [
        fragment("m1", "Wie heeft de sleutel?", role="gespreksleider", status="moderator"),
        fragment("f1", "De sleutel ligt daar.", session="s2", speaker="D1"),
    ]
    assert prompting(make_study(there)) == {"f1": "onbekend"}


def coded():
    codings = [coding("A", name, "theme", "deur") for name in ("f1", "f2", "f4", "f5")]
    codings += [coding("A", "f4", "theme", "tuin", rank=2), coding("A", "f3", "theme", "tuin")]
    codings += [coding("A", "f1", "subtheme", "grendel"), coding("A", "f4", "subtheme", "haag")]
    codings += [coding("A", "f1", "polarity", "kans"), coding("A", "f2", "polarity", "kans"),
                coding("A", "f2", "polarity", "knelpunt", rank=2)]  # fmt: skip
    codings += [coding("machine-taught", "f4", "polarity", "knelpunt"), coding("machine-taught", "f4", "hat", "rood")]
    codings += [coding("machine-inductive", name, "theme", "T01") for name in ("f1", "f4")]
    seen = [look("A", name, scheme) for name in ("f1", "f2", "f3", "f4", "f5") for scheme in ("theme", "subtheme")]
    seen += [look("A", name, "polarity") for name in ("f1", "f2", "f5")]
    fragments = [{**row, "hat_given": "zwart"} if row["fragment_id"] == "f1" else row for row in talk()]
    return make_study(fragments, codings, seen, BOOK)


def count(tables, coder, theme, aspect):
    return {(row["value"], row["source"]): row["n"]
            for row in rows(tables["theme_counts"], coder=coder, theme=theme, aspect=aspect)}  # fmt: skip


def test_counts_say_whence_and_unknown_is_not_no():
    tables = answer(coded())
    assert count(tables, "A", "deur", "polarity") == {
        ("kans", "own"): 1, ("beide", "own"): 1, ("onbekend", "none"): 2,
    }  # fmt: skip
    assert count(tables, "A", "deur", "hat") == {
        ("zwart", "given"): 1, ("rood", "predicted"): 1, ("onbekend", "none"): 2,
    }  # fmt: skip
    assert count(tables, "A", "deur", "medium") == {("note", "notes"): 1, ("turn", "given"): 3}
    # The machine's topics lean by the machine's polarity, never by that of a person.
    assert count(tables, "machine-inductive", "T01", "polarity") == {
        ("knelpunt", "machine"): 1,
        ("onbekend", "none"): 1,
    }


def test_a_profile_counts_what_the_coder_looked_at():
    profile = rows(answer(coded())["theme_profiles"], coder="A", theme="deur")[0]
    assert (profile["n_fragments"], profile["n_seen"], profile["n_speakers"]) == (4, 5, 2)
    assert profile["largest_speaker"] == "s1: D1" and profile["speaker_share"] == 0.75
    assert profile["largest_session"] is None and profile["session_share"] is None
    assert profile["n_sessions_both"] == 1
    assert profile["verdict"] == "shared"


def test_a_subtheme_counts_with_the_theme_it_stands_under():
    found = rows(answer(coded())["theme_subthemes"])
    assert [(row["theme"], row["subtheme"], row["n"]) for row in found] == [("deur", "grendel", 1), ("tuin", "haag", 1)]


def many(voices, theme_of):
    fragments = [fragment(f"f{i:02d}", "Woorden zonder belang hier.", session=session, speaker=voice)
                 for i, (session, voice) in enumerate(voices)]  # fmt: skip
    codings = [coding("A", row["fragment_id"], "theme", theme_of(i)) for i, row in enumerate(fragments)]
    return make_study(fragments, codings)


def test_one_voice_and_one_session_are_called_so_beyond_chance_only():
    voices = [(f"s{i % 4}", f"D{i % 5}") for i in range(40)]
    one_voice = many(voices, lambda i: "smal" if i % 20 == 0 or i in (20,) else "breed")
    assert rows(answer(one_voice)["theme_profiles"], theme="smal")[0]["verdict"] == "too_few"
    loud = [("s0", "D1")] * 6 + [(f"s{i % 4}", f"D{i % 5}") for i in range(60)]
    profile = rows(answer(many(loud, lambda i: "smal" if i < 6 else "breed"))["theme_profiles"], theme="smal")[0]
    assert (profile["verdict"], profile["speaker_share"]) == ("one_voice", 1.0)
    assert profile["speaker_p"] <= 0.05 < profile["speaker_share"]
    table = [("s0", f"D{i}") for i in range(6)] + [(f"s{i % 4}", f"D{i % 5}") for i in range(60)]
    found = rows(answer(many(table, lambda i: "smal" if i < 6 else "breed"))["theme_profiles"], theme="smal")[0]
    assert (found["verdict"], found["session_share"]) == ("one_session", 1.0)
    two = [("s0", f"D{i % 2}") for i in range(40)]
    assert rows(answer(many(two, lambda i: "eerst" if i < 20 else "dan"))["theme_profiles"])[0]["verdict"] == "shared"


def test_the_largest_share_by_chance_is_that_of_random_themes():
    rng = np.random.default_rng(0)
    found = find_largest(np.array([5, 5]), np.array([50, 50]), draws=999, rng=rng)
    assert found.share == 0.5 and found.p == 1.0
    assert found.chance == pytest.approx(0.62, abs=0.02)
    # A theme of the loudest voice is no theme of one voice; a theme of a quiet voice alone is.
    assert find_largest(np.array([0, 4]), np.array([5, 95]), draws=199, rng=rng).p > 0.5
    assert find_largest(np.array([4, 0]), np.array([5, 95]), draws=199, rng=rng).p < 0.05
    assert find_largest(np.array([2, 3]), np.array([5, 95]), draws=199, rng=rng).p == 1.0
    assert find_largest(np.array([0, 0]), np.array([1, 1]), draws=99, rng=rng) is None


def test_people_outvote_the_machine_and_what_they_settled_outvotes_them():
    fragments = [fragment(f"f{i}", "Zomaar enkele woorden.") for i in range(6)]
    codings = [coding("machine-taught", f"f{i}", "polarity", "knelpunt") for i in range(6)]
    codings += [coding("A", "f0", "polarity", "kans"), coding("A", "f1", "polarity", "kans"),
                coding("B", "f1", "polarity", "knelpunt"), coding("adjudicated", "f1", "polarity", "knelpunt"),
                coding("A", "f2", "polarity", "kans"), coding("A", "f4", "expectation", "meer")]  # fmt: skip
    seen = [look(coder, name, "polarity") for coder in "AB" for name in ("f1", "f2", "f3")]
    found = judge_polarity(ground_of(make_study(fragments, codings, [*seen, look("A", "f0", "polarity")])))
    assert list(zip(found.value, found.source, strict=True)) == [
        ("kans", "own"), ("knelpunt", "own"), ("kans", "own"), ("onbekend", "none"), ("onbekend", "none"),
        ("knelpunt", "machine"),
    ]  # fmt: skip


def test_nothing_to_ask_gives_empty_tables_and_no_error():
    for study in (make_study([]), make_study([fragment("f1", "Eén zin.")]), make_study(talk())):
        tables = answer(study)
        assert {name for name, table in tables.items() if len(table)} == set()
    alone = make_study([fragment("f1", "Eén zin.")], [coding("A", "f1", "theme", "deur")])
    tables = answer(alone)
    assert rows(tables["theme_profiles"])[0]["verdict"] == "too_few"
    assert [row["reason"] for row in rows(tables["saturation"])] == ["fewer than two sessions or blocks with a code"]


def test_the_input_stays_as_it_was_and_the_order_of_rows_does_not_matter():
    study = coded()
    before = {name: table.copy(deep=True) for name, table in study.items()}
    first = answer(study)
    for name, table in study.items():
        assert table.equals(before[name])
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in study.items()}
    for name, table in answer(turned).items():
        assert table.equals(first[name]), name


def test_settings_are_used():
    study = coded()
    strict = CONFIG.model_copy(update={"min_fragments": 5})
    assert rows(answer(study, strict)["theme_profiles"], theme="deur")[0]["verdict"] == "too_few"
    one = CONFIG.model_copy(update={"n_quotes": 1})
    assert answer(study, one)["theme_quotes"]["rank"].max() == 1
    assert answer(study)["theme_quotes"]["rank"].max() == 3
