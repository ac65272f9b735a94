"""What the team asks of each theme, as the page shows it, from tables small enough to count by hand."""

import pytest
from small_report import DESCRIBED, SHARP, make_config, make_empty_tables, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report import build
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.questions import describe_questions
from pipeline.report.words import Words

PROFILE = {
    "n_seen": 5, "n_sessions_seen": 2, "n_without_speaker": 1, "largest_session": "tafel-1", "session_share": 0.75,
    "session_chance": 0.5, "session_p": 0.01, "largest_speaker": "tafel-1: D1", "speaker_share": 0.75,
    "speaker_chance": 0.3, "speaker_p": 0.01, "n_sessions_notes": 0, "n_sessions_aloud": 1, "n_sessions_both": 0,
    "n_sessions_untold": 1,
}  # fmt: skip
PAIR = {"score": 4.0, "semantic": 0.5, "lexical": 0.2, "shared": ["deur", "slot"], "p": 0.01, "mutual": True,
        "same_session": True}  # fmt: skip
CURVE = {"coder": "A", "scheme": "theme", "unit": "session", "n_all": 4}


def count(aspect, value, source, n, coder="A"):
    return {"coder": coder, "theme": "deur", "aspect": aspect, "value": value, "position": 0, "source": source, "n": n}


QUESTIONS = {
    "theme_profiles": [
        {"coder": coder, "theme": theme, "position": i, "n_fragments": n, "n_sessions": 2, "n_speakers": 2,
         "verdict": verdict, **PROFILE}
        for i, (coder, theme, n, verdict) in enumerate((
            ("A", "deur", 4, "one_voice"), ("A", "buurt", 3, "shared"), ("machine-inductive", "T01", 4, "too_few"),
        ))
    ],
    "theme_counts": [
        count("polarity", "kans", "own", 1), count("polarity", "knelpunt", "own", 2),
        count("polarity", "onbekend", "none", 1), count("hat", "zwart", "given", 3),
        count("hat", "rood", "predicted", 1), count("prompting", "prompted", "given", 1),
        count("prompting", "spontaneous", "given", 3), count("sentiment", "negatief", "machine", 4),
    ],
    "theme_subthemes": [
        {"coder": "A", "theme": "deur", "subtheme": f"slot-{i}", "position": i, "n": 9 - i} for i in range(8)
    ],
    "theme_quotes": [
        {"coder": "A", "theme": "deur", "role": role, "rank": 1, "fragment_id": fragment, "score": 0.5,
         "typical": 0.4, "standing": 1.0, "why": []}
        for role, fragment in (("shows", "f-1"), ("contradicts", "f-4"))
    ],
    "saturation": [
        {**CURVE, "step": step, "session": f"tafel-{step}", "n_new": new, "n_codes": 4, "mean": mean, "low": mean,
         "high": 4.0, "share": mean / 4}
        for step, new, mean in ((1, 3, 3.0), (2, 1, 4.0))
    ],
    "knelpunten": [
        {"fragment_id": fragment, "source": source, "n_candidates": 3, "n_answers": n, "best": 4.0, "chance": 2.0}
        for fragment, source, n in (("f-1", "human", 1), ("f-2", "machine", 0))
    ],
    "answers": [{**PAIR, "position": 0, "knelpunt_id": "f-1", "answer_id": "f-5", "rank": 1,
                 "answer_source": "expectation"}],
    "theme_answers": [{"coder": "A", "theme": "deur", "position": 0, "n_knelpunten": 2, "n_answered": 1,
                       "unanswered": ["f-2"]}],
    "perspectives": [
        {**PAIR, "position": i, "kans_id": kans, "knelpunt_id": "f-1", "kans_source": source,
         "knelpunt_source": "human", "themes": themes}
        for i, (kans, source, themes) in enumerate((
            ("f-4", "human", ["A: deur", "machine-inductive: T01"]), ("f-5", "machine", []),
        ))
    ],
    "cooccurrence": [
        {"coder": "A", "level": level, "theme_a": "buurt", "theme_b": "deur", "n_units": 9, "n_a": 4, "n_b": 5,
         "n_both": 4, "expected": 2.25, "lift": 1.8, "p": p, "p_adjusted": p}
        for level, p in (("fragment", 0.01), ("session", 0.3))
    ],
    "code_diagnoses": [
        {"comparison": "A | machine-inductive", "scheme": "theme", "code": code, "position": i, "verdict": verdict,
         "topics": [], "merged_with": [], "unit": "session", "p": 0.4, "n": 3}
        for i, (code, verdict) in enumerate((("deur", "missed"), ("buurt", "found")))
    ],
    "topic_diagnoses": [
        {"comparison": "A | machine-inductive", "scheme": "theme", "topic_id": topic, "verdict": verdict, "codes": [],
         "unit": "session", "n": 7, "n_seen": 5, "n_coded": 1}
        for topic, verdict in (("T01", "several_codes"), ("T02", "uncoded"))
    ],
}  # fmt: skip


def tables():
    return make_tables() | {name: table_from_rows(rows, name) for name, rows in QUESTIONS.items()}


@pytest.fixture(scope="module")
def asked():
    return describe_questions(ReportInputs(tables(), DESCRIBED, make_config(), Words("nl")))


def test_people_come_first_and_every_coder_has_a_card_per_theme(asked):
    assert [(one.coder, [card.label for card in one.cards]) for one in asked.coders] == [
        ("A", ["Deur", "Buurt"]),
        ("machine (zonder codeboek)", ["T01 deur, sleutel"]),
    ]
    assert asked.coders[0].tells_carriers


def test_a_card_says_who_how_and_whence(asked):
    card = asked.coders[0].cards[0]
    assert (card.n, card.share, card.n_sessions, card.n_speakers) == (4, 0.8, 2, 2)
    assert card.narrow and card.verdict == "één spreker: tafel-1: D1 zegt 75\u00a0% (toeval 30\u00a0%)"
    assert dict(card.facts) == {
        "Wie": "in 2 van 2 gesprekken; 2 sprekers (1 zonder spreker)",
        "Toon": "negatief 4 (volgens de machine)",
        "Uitgelokt of spontaan": "met woorden uit de vraag net ervoor 1, spontaan 3",
        "Op papier of hardop": "alleen hardop in 1 gesprek",
    }
    assert card.lean_text == "kans 1, geen polariteit gegeven 1, knelpunt 2" and card.lean_note == ""
    assert card.hats == (("zwart", "zwarte hoed", 3),)
    assert card.hat_note == "zonder hoed in de bron, volgens de machine: rode hoed 1"
    assert card.unanswered == "geen antwoord gevonden bij 1 van 2 knelpunten"
    assert [len(card.subthemes), len(card.more_subthemes)] == [6, 2]
    assert [quote.text for quote in card.shows] == [SHARP]
    assert [quote.fragment_id for quote in card.contradicts] == ["f-4"]
    assert card.contradicts_title == "Spreekt tegen (het thema is meestal knelpunt)"


def test_what_a_machine_left_open_is_an_abstention_and_shown_words_contradict_nothing(asked):
    tables = make_tables() | {name: table_from_rows(rows, name) for name, rows in QUESTIONS.items()}
    counted = [{**count("polarity", value, source, n, "machine-inductive"), "theme": "T01"}
               for value, source, n in (("kans", "own", 3), ("onbekend", "none", 1))]  # fmt: skip
    tables["theme_counts"] = table_from_rows(counted, "theme_counts")
    tables["fragments"] = tables["fragments"].assign(text=SHARP)
    found = describe_questions(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
    (card,) = found.coders[-1].cards
    assert card.lean_text == "kans 3, onthouding 1" and card.lean_note.endswith("telt alleen de eerste.")
    assert found.coders[0].cards[0].shows and not found.coders[0].cards[0].contradicts


def test_the_same_words_are_shown_once_with_how_often_they_were_said():
    tables = make_tables() | {name: table_from_rows(rows, name) for name, rows in QUESTIONS.items()}
    again = [{**QUESTIONS["answers"][0], "position": i, "knelpunt_id": left} for i, left in enumerate(("f-1", "f-2"))]
    tables["answers"] = table_from_rows(again, "answers")
    unanswered = [{**QUESTIONS["theme_answers"][0], "unanswered": ["f-1", "f-2", "f-5"]}]
    tables["theme_answers"] = table_from_rows(unanswered, "theme_answers")
    same = tables["fragments"]["text"].where(tables["fragments"]["fragment_id"] != "f-2", SHARP)
    tables["fragments"] = tables["fragments"].assign(text=same)
    answers = describe_questions(ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))).answers
    (pair,) = answers.found.pairs
    assert (pair.left.times, pair.right.times, answers.found.n_left) == ("2 keer, aan 1 tafel", "", 0)
    assert [quote.times for quote in answers.open[0].quotes] == ["2 keer, aan 1 tafel", ""]


def test_saturation_is_said_and_drawn(asked):
    (curve,) = asked.curves
    assert curve.title == "A, thema"
    assert curve.sentence == (
        "De laatste nieuwe van 4 codes kwam in gesprek 2 van 2 (tafel-2). In een willekeurige volgorde zijn na"
        " 1 gesprek gemiddeld 75\u00a0% van de codes gezien [75\u00a0% – 100\u00a0%]."
    )
    assert curve.figure.count("<use") == 2 and "na 1: gemiddeld 3,0 van 4" in curve.figure


def test_a_curve_that_is_full_at_once_is_said_and_not_drawn():
    full = table_from_rows(
        [{**CURVE, "step": i, "session": f"t-{i}", "n_new": 4 if i == 1 else 0, "n_codes": 4, "mean": 4.0, "low": 4.0,
          "high": 4.0, "share": 1.0} for i in (1, 2)], "saturation",
    )  # fmt: skip
    found = describe_questions(ReportInputs({**tables(), "saturation": full}, DESCRIBED, make_config(), Words("nl")))
    assert found.curves[0].figure == ""
    assert found.curves[0].sentence.endswith("In elke volgorde bracht het eerste al alle codes mee.")


def test_answers_count_what_was_found_and_list_what_was_not(asked):
    assert asked.answers.found.sentence == (
        "Van 2 knelpunten vindt er 1 een verwachting of idee; 1 vindt er geen. Met woorden en betekenis door elkaar"
        " geschud vindt hoogstens 5\u00a0% er een. 1 ervan heet alleen volgens de machine een knelpunt."
    )
    assert [(pair.left.fragment_id, pair.right.fragment_id, pair.note) for pair in asked.answers.found.pairs] == [
        ("f-1", "f-5", "samen: deur, slot · verwachting")
    ]
    (open_theme,) = asked.answers.open
    assert (open_theme.label, open_theme.n, open_theme.total) == ("Deur", 1, 2)
    assert [quote.fragment_id for quote in open_theme.quotes] == ["f-2"]


def test_perspectives_name_their_theme_and_mark_the_machine(asked):
    assert [(pair.left.fragment_id, pair.right.fragment_id, pair.note) for pair in asked.perspectives.pairs] == [
        ("f-4", "f-1", "samen: deur, slot · Deur"),
        ("f-5", "f-1", "samen: deur, slot · over thema’s heen · kans of knelpunt volgens de machine"),
    ]


def test_only_what_is_beyond_chance_goes_together(asked):
    assert asked.meetings == (
        "A: Buurt en Deur op hetzelfde fragment, 4 van 9 fragmenten met meer dan één thema (toeval 2,2).",
    )


def test_themes_that_could_not_be_tested_are_not_said_to_stay_apart(asked):
    assert asked.can_meet
    machine = table_from_rows([{**QUESTIONS["cooccurrence"][0], "coder": "machine-inductive"}], "cooccurrence")
    found = describe_questions(
        ReportInputs({**tables(), "cooccurrence": machine}, DESCRIBED, make_config(), Words("nl"))
    )
    assert (found.meetings, found.can_meet) == ((), False)


def test_blind_spots_go_both_ways_with_a_quote_where_there_is_one(asked):
    assert [
        (blind.title, [(text, quote and quote.fragment_id) for text, quote in blind.items]) for blind in asked.blind
    ] == [
        ("Wat mensen zagen en geen topic draagt", [("A: Deur (3 fragmenten)", "f-1")]),
        ("Wat de machine vond en mensen niet codeerden", [("T02 soep, week: A codeerde 1 van 7", None)]),
    ]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_shows_the_section_and_survives_its_absence(language):
    page = build(tables(), DESCRIBED, make_config(language))["annex.html"].decode()
    assert page.count('<details class="card">') == 3
    assert page.count('class="pair"') == 3
    nothing = build(make_empty_tables(), DESCRIBED, make_config(language))["annex.html"].decode()
    assert Words(language)("ask.none") in nothing
