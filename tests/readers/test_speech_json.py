"""What speech recognition writes as JSON, in the forms of its programs; other JSON is refused."""

import json

import pytest

from pipeline.core.errors import InputError
from pipeline.readers.sources import Reading, SourceText
from pipeline.readers.speech_json import read_speech_text


def read(given: object, text: str | None = None) -> Reading:
    return read_speech_text(SourceText("tafel-03.json", json.dumps(given) if text is None else text, "", "utf-8"))


def said(reading: Reading) -> list[tuple]:
    kinds = ("turn", "statement")
    return [(row["speaker"], row["time_start_s"], row["text"]) for row in reading.utterances if row["kind"] in kinds]


PLAIN = [(None, 1.0, "Wij komen elke week samen."), (None, 5.0, "Er is soep.")]


@pytest.mark.parametrize(
    "given",
    [
        {"text": "", "segments": [
            {"id": 0, "start": 1.0, "end": 3.0, "text": " Wij komen elke"},
            {"id": 1, "start": 3.0, "end": 4.5, "text": " week samen."},
            {"id": 2, "start": 5.0, "end": 6.0, "text": " Er is soep."},
        ]},
        [{"start": "00:00:01,000", "end": "00:00:04.5", "text": "Wij komen elke week samen."},
         {"start": "0:05", "end": "0:06", "text": "Er is soep."}],
        {"chunks": [{"timestamp": [1.0, 4.5], "text": " Wij komen elke week samen."},
                    {"timestamp": [5.0, None], "text": " Er is soep."}]},
        {"result": {"language": "nl"}, "transcription": [
            {"timestamps": {"from": "00:00:01,000", "to": "00:00:04,500"}, "offsets": {"from": 1000, "to": 4500},
             "text": " Wij komen elke week samen."},
            {"offsets": {"from": 5000, "to": 6000}, "text": " Er is soep."},
        ]},
        {"results": {"segments": [{"start": 1, "end": 4, "words": [{"word": w} for w in PLAIN[0][2].split()]},
                                  {"start": 5, "end": 6, "text": "Er is soep."}]}},
    ],
    ids=["whisper", "list", "transformers", "whisper.cpp", "words only"],
)  # fmt: skip
def test_every_form_gives_the_same(given: object) -> None:
    assert said(read(given)) == PLAIN


def test_voices_that_were_told_apart_are_speakers() -> None:
    reading = read(
        {"segments": [
            {"start": 1, "end": 2, "text": "Wij komen", "speaker": "SPEAKER_00"},
            {"start": 2, "end": 3, "text": "elke week.", "speaker": "SPEAKER_00"},
            {"start": 3, "end": 4, "text": "Ik niet.", "speaker": "S01"},
            {"start": 4, "end": 5, "text": "Ik ook.", "speaker": 2},
        ]}
    )  # fmt: skip
    assert said(reading) == [
        ("SPEAKER_00", 1.0, "Wij komen elke week."),
        ("S1", 3.0, "Ik niet."),
        ("SPEAKER_2", 4.0, "Ik ook."),
    ]
    assert reading.speakers[1]["spellings"] == ["S01"]
    assert reading.source.container == "json"


def test_a_segment_is_split_where_its_words_change_of_voice() -> None:
    words = [{"word": word, "speaker": who, "start": i, "end": i + 1} for i, (word, who) in enumerate(
        [("Wij", "A1"), ("komen.", "A1"), ("Ik", "A2"), ("niet.", "A2")]
    )]  # fmt: skip
    reading = read(
        {"segments": [{"start": 0, "end": 4, "text": "Wij komen. Ik niet.", "speaker": "A1", "words": words}]}
    )
    assert said(reading) == [("A1", 0.0, "Wij komen."), ("A2", 2.0, "Ik niet.")]


def test_silence_that_was_heard_as_words_is_counted() -> None:
    reading = read({"segments": [{"start": 0, "end": 1, "text": "Ondertiteling.", "no_speech_prob": 0.9}]})
    told = "1 segments may be silence that was heard as words: check them"
    assert told in [notice.message for notice in reading.source.notices]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"a": ' + "1" * 5000 + "}", "is not valid JSON"),
        ("17", "is JSON without segments of speech"),
        ('{"name": "geheim", "segments": "geheim"}', "is JSON without segments of speech"),
        ('[{"naam": "geheim"}]', "is JSON without segments of speech"),
        ('{"segments": []}', "holds no segments"),
        ('{"segments": [{"start": 1, "end": 2, "text": " "}]}', "holds nothing that was said"),
    ],
)
def test_other_json_is_refused_without_its_words(text: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read(None, text)
    assert str(caught.value).startswith(f"tafel-03.json: {problem}")
    assert "geheim" not in str(caught.value)


def test_all_damaged_segments_are_named_at_once() -> None:
    good = {"start": 1, "end": 2, "text": "geheim"}
    bad = [{"start": 3, "end": 2}, {"start": float("nan"), "end": 2}, {"start": 5}, {"end": True}]
    with pytest.raises(InputError) as caught:
        read({"segments": [good, *({**each, "text": "geheim"} for each in bad), {"start": 1, "end": 2}]})
    assert [problem.where for problem in caught.value.problems] == [
        f"tafel-03.json, segment {number}" for number in (2, 3, 4, 5, 6)
    ]
    assert "geheim" not in str(caught.value)


def test_hats_that_whoever_leads_by_the_list_of_speakers_announces_in_any_words() -> None:
    people = [{"id": "A", "name": "Jos Claes", "role": "moderator"}, {"id": "B", "name": "Ilse", "role": "participant"}]
    texts = [
        ("A", "Goedenavond. We beginnen met de witte hoed."), ("B", "Er rijden hier zes bussen per dag."),
        ("A", "De zwarte hoed graag."), ("B", "Nergens staat een dak."), ("B", "En rode hoeden verkopen ze ook al."),
        ("A", "Groene hoed."), ("B", "Zet er een dak op."),
    ]  # fmt: skip
    stretches = [{"speaker_id": who, "from_ms": i * 5000, "to_ms": i * 5000 + 4000, "transcript": text}
                 for i, (who, text) in enumerate(texts)]  # fmt: skip
    reading = read({"speakers": people, "utterances": stretches})
    rows = [row for row in reading.utterances if row["kind"] in ("turn", "statement")]
    assert [(row["speaker"], row["hat_given"]) for row in rows if row["role"] == "deelnemer"] == [
        ("Ilse", "wit"), ("Ilse", "zwart"), ("Ilse", "groen"),
    ]  # fmt: skip
    assert sum(row["role"] == "gespreksleider" for row in rows) == 3


def test_messages_of_a_chat() -> None:
    sent = [
        ("Lut", "dag iedereen: witte hoed, wat weten we?"),
        ("Omar B.", "er zijn negen klassen in containers"),
        ("Lut", "en dan zwart"),
        ("Ria", ["in de zomer is het er ", {"type": "bold", "text": "35 graden"}]),
        ("Lut", "dan geel"),
        ("Ria", "de tuin ligt ernaast"),
        ("Omar B.", "groen: zonwering van zeildoek"),
    ]
    messages: list[dict] = [
        {"id": i, "type": "message", "date": f"2026-03-01T18:0{i}:00", "from": who, "text": text}
        for i, (who, text) in enumerate(sent)
    ]
    service = {"id": 99, "type": "service", "date": "2026-03-01T17:00:00", "actor": "Lut", "text": ""}
    reading = read({"name": "Ouderraad Zuid", "messages": [service, *messages]})
    assert [row["session"] for row in reading.sessions] == ["Ouderraad Zuid"]
    rows = [(r["speaker"], r["hat_given"], r["text"]) for r in reading.utterances if r["kind"] == "turn"]
    assert [row for row in rows if row[0] != "Lut"] == [
        ("Omar B.", "wit", "er zijn negen klassen in containers"),
        ("Ria", "zwart", "in de zomer is het er 35 graden"),
        ("Ria", "geel", "de tuin ligt ernaast"),
        ("Omar B.", "groen", "zonwering van zeildoek"),
    ]
    newest_first = [
        {"sender_name": who, "timestamp_ms": 1000 - i, "content": text}
        for i, (who, text) in enumerate(
            [("Ria", "de laatste zin"), ("Omar", "een tweede zin"), ("Ria", "de eerste zin")]
        )
    ]
    assert [text for _, _, text in said(read({"messages": newest_first}))] == [
        "de eerste zin",
        "een tweede zin",
        "de laatste zin",
    ]


def test_from_and_to_that_are_times_are_no_senders() -> None:
    segments = [
        {"from": f"00:00:0{i}", "to": f"00:00:0{i + 1}", "text": f"zin {i} is lang", "date": "x"} for i in range(4)
    ]
    assert {speaker for speaker, _, _ in said(read({"segments": segments}))} == {None}


@pytest.mark.parametrize("is_nested", [True, False])
def test_cards_of_a_board_of_which_the_lists_are_hats(is_nested: bool) -> None:
    cards = {
        "Spelregels": [],
        "Witte hoed": [("er zijn zestig toestellen gemaakt", "Hilde"), ("wij zitten er elke zaterdag", "Omar")],
        "Zwarte hoed": [("mensen laten troep staan", "Hilde"), ("dit is gewist", "Omar")],
        "Groene hoed": [("een les voor scholieren", "")],
    }
    lists: list[dict[str, object]] = [{"name": name, "id": name, "closed": False} for name in cards]
    beside = []
    for each in lists:
        made = [
            {"name": text, "idList": each["id"], "labels": [{"name": who}], "closed": text == "dit is gewist"}
            for text, who in cards[str(each["name"])]
        ]
        each |= {"cards": made} if is_nested else {}
        beside += made
    board = {"name": "Herstelcafé", "lists": lists, "cards": [] if is_nested else beside}
    reading = read(board)
    kinds = ("turn", "statement")
    found = [(r["speaker"], r["hat_given"], r["text"]) for r in reading.utterances if r["kind"] in kinds]
    assert found == [
        ("Hilde", "wit", "er zijn zestig toestellen gemaakt"),
        ("Omar", "wit", "wij zitten er elke zaterdag"),
        ("Hilde", "zwart", "mensen laten troep staan"),
        (None, "groen", "een les voor scholieren"),
    ]
    beside[0]["desc"] = "zie ook de foto"
    board = board if is_nested else {**board, "cards": beside}
    messages = [notice.message for notice in read(board).source.notices]
    assert "1 cards that were put away are left out" in messages
    assert "1 descriptions on the back of cards are left out" in messages
