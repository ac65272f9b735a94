"""Captions as meeting programs, speech recognition and video sites write them."""

import pytest

from pipeline.core.errors import InputError
from pipeline.readers import read_source
from pipeline.readers.captions import read_caption_text
from pipeline.readers.sources import Reading, SourceText


def read(text: str, name: str = "tafel-03.vtt") -> Reading:
    return read_caption_text(SourceText(name, text, "", "utf-8"), name.rsplit(".", 1)[1])


def said(reading: Reading) -> list[tuple]:
    kinds = ("turn", "statement", "note")
    return [(row["speaker"], row["text"]) for row in reading.utterances if row["kind"] in kinds]


def hats(reading: Reading) -> list[tuple]:
    return [(row["hat_given"], row["text"]) for row in reading.utterances if row["kind"] in ("turn", "statement")]


def vtt(*cues: tuple[float, float, str]) -> str:
    blocks = [f"{_clock(start)} --> {_clock(end)}\n{text}" for start, end, text in cues]
    return "\n\n".join(["WEBVTT", *blocks])


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{seconds % 60:06.3f}"


TEAMS = """WEBVTT - Dialoogtafel 3

NOTE
Datum: 14 maart 2024
Gespreksleider: Greet Vander

STYLE
::cue { color: red }

0f3b-1/12-0
00:00:01.500 --> 00:00:04.000
<v Greet Vander>Welkom, we beginnen met de witte hoed.</v>

0f3b-1/12-1
00:00:10.500 --> 00:00:14.000 align:start position:0%
<v.luid Claes, An (OCMW Gent)>Wij komen &amp; gaan</v>
<v D2>en wij <i>ook</i>.</v>

0f3b-1/12-2
00:00:14.100 --> 00:00:16.000
<v Claes, An (OCMW Gent)>elke week samen.</v>

1:00:00.000 --> 1:00:12.000
<v jan_p (extern)>Te ver: de bus.</v>
"""


def test_teams_names_voices_and_a_sentence_that_someone_broke_into_is_one() -> None:
    reading = read(TEAMS)
    assert said(reading) == [
        ("Gespreksleider", "Welkom, we beginnen met de witte hoed."),
        ("An Claes", "Wij komen & gaan elke week samen."),
        ("D2", "en wij ook."),
        ("Jan P", "Te ver: de bus."),
    ]
    voices = {row["speaker"]: (row["role"], row["organisation"], row["spellings"]) for row in reading.speakers}
    assert voices == {
        "Gespreksleider": ("gespreksleider", None, ["Greet Vander"]),
        "An Claes": ("deelnemer", "OCMW Gent", ["Claes, An (OCMW Gent)"]),
        "D2": ("deelnemer", None, ["D2"]),
        "Jan P": ("deelnemer", None, ["jan_p (extern)"]),
    }
    (session,) = reading.sessions
    assert (session["session"], session["title"], session["date"]) == ("tafel-03", "Dialoogtafel 3", "2024-03-14")
    last = reading.utterances[-1]
    assert (last["time_start_s"], reading.source.place_at(last["char_start"])) == (3600.0, "01:00:00")
    assert {row["hat_given"] for row in reading.utterances if row["kind"] == "turn"} == {"wit"}


def test_zoom_writes_names_before_the_words_and_numbers_above_the_times() -> None:
    srt = (
        "1\n00:00:01,500 --> 00:00:04,000\nAn Claes: Wij komen elke week\n2\n00:00:04,000 --> 00:00:06,000\n"
        "An Claes: samen.\n\n3\n00:00:07,000 --> 00:00:09,000\niPad van Lies: Ja.\n\n"
        "4\n00:00:09,000 --> 00:00:11,000\nAn Claes: Eén vraag: wie betaalt?\n"
    )
    reading = read(srt, "zoom.srt")
    assert said(reading) == [
        ("An Claes", "Wij komen elke week samen."),
        ("Lies", "Ja."),
        ("An Claes", "Eén vraag: wie betaalt?"),
    ]
    assert reading.speakers[1]["spellings"] == ["iPad van Lies"]
    assert reading.source.container == "srt"


def test_without_speakers_cues_are_joined_to_sentences() -> None:
    reading = read(vtt((1, 3, "Wij komen elke"), (3, 5, "week samen."), (5, 7, "Er is soep"), (30, 32, "en brood.")))
    assert said(reading) == [
        (None, "Wij komen elke week samen."),
        (None, "Er is soep"),
        (None, "en brood."),
    ]
    assert [row["kind"] for row in reading.utterances if row["kind"] != "layout"] == ["statement"] * 3
    assert {row["section"] for row in reading.utterances} == {None}
    assert "names no speakers: every remark is of nobody in particular" in [n.message for n in reading.source.notices]


def test_captions_that_roll_are_read_once() -> None:
    rolling = vtt(
        (1, 3, " \nwij<00:00:01.500><c> komen</c><c> elke</c>"),
        (3, 3.01, "wij komen elke\n "),
        (3.01, 5, "wij komen elke\nweek samen en dan"),
        (5, 5.01, "week samen en dan\n "),
        (5.01, 7, "week samen en dan\nis er soep."),
    )
    reading = read(rolling)
    assert said(reading) == [(None, "wij komen elke week samen en dan is er soep.")]
    told = "2 cues that repeat the one before were left out, 2 that overlap it shortened"
    assert reading.source.notices[0].message == told


def test_overlap_inside_a_line_is_taken_out_and_a_short_answer_may_return() -> None:
    reading = read(
        vtt(
            (1, 4, "<v D1>wij komen elke week samen"),
            (3, 6, "<v D1>elke week samen in de zaal."),
            (6, 7, "<v D2>Ja."),
            (7, 8, "<v D2>Ja."),
            (9, 10, "<v D1>Wij komen elke week samen."),
        )
    )
    assert said(reading) == [
        ("D1", "wij komen elke week samen in de zaal."),
        ("D2", "Ja. Ja."),
        ("D1", "Wij komen elke week samen."),
    ]


def test_cues_out_of_order_are_read_in_order_of_time() -> None:
    reading = read(vtt((9, 10, "<v D2>Dan ik."), (1, 2, "<v D1>Eerst ik.")))
    assert said(reading) == [("D1", "Eerst ik."), ("D2", "Dan ik.")]
    assert reading.source.notices[0].message == "has cues that are not in order of time: read in order of time"


def test_a_hat_that_is_announced_becomes_a_heading_and_one_that_is_spoken_of_does_not() -> None:
    reading = read(
        vtt(
            (1, 2, "<v Gespreksleider>We starten met de witte hoed."),
            (3, 4, "<v D1>De zwarte hoed komt straks, dan zeg ik iets over de bus."),
            (5, 6, "<v Gespreksleider>Ik zet de witte hoed af. Nu de gele hoed, wie wil er?"),
            (7, 8, "<v D1>Het licht brandt weer."),
            (9, 10, "<v Gespreksleider>Daarnet bij de witte hoed zei u iets anders."),
            (11, 12, "<v D1>Dat was anders."),
            (13, 14, "<v Gespreksleider>We ronden af, wat neemt u mee?"),
            (15, 16, "<v D1>Dat wij niet alleen zijn."),
        )
    )
    of_d1 = [row for row in reading.utterances if row["speaker"] == "D1"]
    assert [(row["hat_given"], row["section"]) for row in of_d1] == [
        ("wit", "hoed"), ("geel", "hoed"), ("geel", "hoed"), (None, "afronding")
    ]  # fmt: skip
    told = "headings were made where the talk announces them: witte hoed at 00:00:01, gele hoed at 00:00:05, afronding"
    assert reading.source.notices[-1].message == f"{told} at 00:00:13"


def test_headings_of_the_file_win_from_what_is_announced() -> None:
    reading = read(
        vtt((1, 2, "Zwarte hoed"), (3, 4, "<v D1>We gaan naar de gele hoed."), (5, 6, "<v D2>Te ver met de bus."))
    )
    assert hats(reading) == [("zwart", "We gaan naar de gele hoed."), ("zwart", "Te ver met de bus.")]


def test_notes_under_a_heading_keep_author_and_hat() -> None:
    reading = read(vtt((0, 1, "Individuele notities"), (1, 2, "D1 (zwart): Niemand belt."), (3, 4, "D2: Stil.")))
    notes = [(row["speaker"], row["hat_given"], row["text"]) for row in reading.utterances if row["kind"] == "note"]
    assert notes == [("D1", "zwart", "Niemand belt."), ("D2", None, "Stil.")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("WEBVTT\n\nkomt nog\n", "x.vtt: holds no cues"),
        ("WEBVTT\n\n00:00:01.000 -> 00:00:02.000\nja\n", None),
        ("WEBVTT\n\n00:00:xx --> 00:00:02.000\nja\n", "x.vtt: holds no cues"),
        ("WEBVTT\n\n00:00:01.5000 --> 00:00:02.000\nja\n", "x.vtt, line 3: a cue has a time that cannot be read"),
        ("WEBVTT\n\n00:09.000 --> 00:02.000\nja\n", "x.vtt, line 3: a cue ends before it begins"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "x.vtt: holds no cues"),
    ],
)
def test_what_is_wrong_is_said_without_the_words(text: str, problem: str | None) -> None:
    if problem is None:
        assert said(read(text, "x.vtt")) == [(None, "ja")]
        return
    with pytest.raises(InputError) as caught:
        read(text, "x.vtt")
    assert str(caught.value).startswith(problem)


def test_all_damaged_cues_are_named_at_once() -> None:
    text = "WEBVTT\n\n00:09.000 --> 00:02.000\ngeheim\n\n00:19.000 --> 00:12.000\ngeheim\n"
    with pytest.raises(InputError) as caught:
        read(text)
    assert len(caught.value.problems) == 2
    assert "geheim" not in str(caught.value)


def test_marks_of_direction_and_control_characters_are_dropped(tmp_path) -> None:  # noqa: ANN001
    path = tmp_path / "a.vtt"
    path.write_bytes(vtt((1, 2, "<v D1>wij \u202ekomen\u200f \x07samen.")).encode("utf-16"))
    (reading,) = read_source(path, "a.vtt")
    assert said(reading) == [("D1", "wij komen samen.")]
    assert reading.source.encoding == "utf-16"


def test_a_short_question_ends_the_sentence_before_it():
    cues = ["AN: de halte is weg", "BO: en de bus?", "AN: die rijdt om het uur"]
    text = "\n\n".join(f"00:00:0{i}.000 --> 00:00:0{i}.900\n{cue}" for i, cue in enumerate(cues))
    reading = read_caption_text(SourceText("halte.srt", text, "", "utf-8"), "srt")
    assert [row["text"] for row in reading.utterances if row["kind"] in ("turn", "statement")] == [
        "de halte is weg", "en de bus?", "die rijdt om het uur",
    ]  # fmt: skip
