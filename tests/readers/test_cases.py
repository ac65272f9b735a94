"""Small inputs of the kinds that people bring, invented, each with its right value in ``truth.csv`` beside it."""

import csv
from pathlib import Path

import pytest

from pipeline.readers import read_source
from pipeline.readers.sources import Reading
from tests.bench.reading import CASES, score

FOLDERS = ("hunt", "records", "bibliotheek")
NAMELESS = "Focusgroep 4 (definitief!!).docx"
"""Its bullets bear no speaker, so nobody can know who spoke."""


def truth(folder: str) -> list[dict[str, str]]:
    with (CASES / folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=FOLDERS)
def scored(request: pytest.FixtureRequest) -> tuple[str, dict, dict]:
    scores, refused = score(CASES / request.param, truth(request.param))
    return request.param, scores, refused


def test_every_remark_has_its_session_hat_speaker_and_text(scored: tuple[str, dict, dict]) -> None:
    folder, scores, refused = scored
    assert refused == {}
    assert len(scores) >= {"hunt": 50, "records": 4, "bibliotheek": 6}[folder]
    for file, found in scores.items():
        if file == NAMELESS:
            assert (found.right["session"], found.right["hat"], found.right["text"]) == (found.n, found.n, found.n)
            assert found.right["speaker"] == 0
        else:
            assert (file, found.whole, found.wrong) == (file, found.n, [])


def test_nothing_of_the_moderator_or_of_procedure_is_a_remark(scored: tuple[str, dict, dict]) -> None:
    _, scores, _ = scored
    assert {file: (found.extra, found.aside) for file, found in scores.items() if found.extra or found.aside} == {}


def read(name: str) -> Reading:
    (reading,) = read_source(CASES / name, Path(name).name)
    return reading


def times(reading: Reading) -> list[float | None]:
    kinds = ("turn", "statement")
    return [row["time_start_s"] for row in reading.utterances if row["kind"] in kinds]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("hunt/03-f4.txt", [None, 7.2, 15.9, 24.1, 31.4]),
        ("hunt/09-atlas.txt", [220.5, 224.3, 231.0]),
        ("hunt/09-maxqda.txt", [220.5, 224.3, 231.0]),
        ("hunt/09-voiceink.md", [4.0, 9.0, None, None]),
        ("hunt/21-noscribe.txt", [4.0, 11.0, 19.0, 33.0]),
        ("hunt/08-teams.txt", [3.0, 41.0, 3725.0]),
        ("hunt/08-word-online.txt", [1.0, 41.0, 3725.0]),
        ("hunt/04-assembly.json", [0.24, 7.6, 16.1]),
    ],
)
def test_time_stamps_are_places_in_time(name: str, seconds: list[float | None]) -> None:
    assert times(read(name)) == seconds


def test_who_asks_the_questions_is_said_in_a_notice() -> None:
    messages = [notice.message for notice in read("records/06-interview.txt").notices]
    assert (
        "I asks 4 of 5 questions and is taken as who leads the talk; [roles] in study.toml says otherwise" in messages
    )


def test_what_is_left_out_of_the_margin_is_counted() -> None:
    source = read("hunt/20-nummers.pdf").source
    assert "36 line numbers in the margin are left out" in [notice.message for notice in source.notices]
    with_numbers, without = read("hunt/20-nummers.pdf"), read("hunt/20-zonder.pdf")
    kinds = ("turn",)
    texts = [[row["text"] for row in each.utterances if row["kind"] in kinds] for each in (with_numbers, without)]
    assert texts[0] == texts[1]
    assert sum(row["role"] == "deelnemer" for row in without.utterances) == 16


def test_initials_meet_the_names_of_the_attendance_line() -> None:
    speakers = {row["speaker"]: row for row in read(f"bibliotheek/notes/{'Focusgroep 2 - wijk Noord.docx'}").speakers}
    assert speakers["Mevr. De Smet"]["spellings"] == ["DS", "Mevr. De Smet"]
    assert speakers["Gespreksleider"]["spellings"] == ["KJ"]
    assert speakers["Fatima"]["role"] == "deelnemer"
