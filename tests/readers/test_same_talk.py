"""The same session as a sheet, captions and speech recognition gives the same fragments as its text."""

import pytest
from same_session import as_fragments, shown, write
from same_talk import ROWS, SHEETS, STEM, TALK, TIMED, cues, write_lines

from pipeline.corpus.ingest import ingest
from pipeline.readers import read_source


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("gesprek")
    for suffix, write_one in {**SHEETS, **TIMED}.items():
        write_one(made / f"{STEM}{suffix}")
    return made


def said(path) -> list[tuple]:
    return [row for row in shown(as_fragments(path)) if row[2] != "heading"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return said(write(tmp_path_factory.mktemp("tekst"), ".txt"))


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    path = tmp_path_factory.mktemp("lijnen") / f"{STEM}.txt"
    write_lines(path)
    return said(path)


@pytest.mark.parametrize("suffix", SHEETS)
def test_a_sheet_carries_all_of_the_session(folder, whole, suffix):
    path = folder / f"{STEM}{suffix}"
    assert said(path) == whole
    (reading,) = read_source(path, path.name)
    (session,) = reading.sessions
    assert (session["session"], session["date"]) == (STEM, "2024-05-14")
    assert session["place"] == "refter van de oude kantschool, Moerschaar"
    assert {(row["speaker"], row["organisation"]) for row in reading.speakers} == {
        ("D1", "Warm Portaal"), ("D2", None), ("D3", "vzw De Lantaarn"), ("D4", None), ("Gespreksleider", None)
    }  # fmt: skip
    first = next(row for row in reading.utterances if row["kind"] == "note")
    last = reading.utterances[-1]
    places = [reading.source.place_at(row["char_start"]) for row in (first, last)]
    column = "J" if suffix == ".xlsx" else None
    rows = (4, 3 + len(ROWS)) if column else (2, 1 + len(ROWS))
    assert places == [f"Blad1!{column}{row}" if column else f"row {row}" for row in rows]


@pytest.mark.parametrize("suffix", TIMED)
def test_captions_and_recognition_carry_the_talk(folder, talk, suffix):
    path = folder / f"{STEM}{suffix}"
    assert said(path) == talk
    assert len({row[0] for row in talk}) == len(talk) == 11
    (reading,) = read_source(path, path.name)
    times = {row["text"]: row["time_start_s"] for row in reading.utterances if row["kind"] == "turn"}
    starts = {}
    for start, _, speaker, text in cues():
        starts.setdefault((speaker, text), start)
    for speaker, text in TALK:
        if speaker:
            assert times[text] == starts[speaker, " ".join(text.split()[:7])]
    places = {row["text"]: reading.source.place_at(row["char_start"]) for row in reading.utterances}
    assert places[TALK[1][1]] == "00:00:05"
    counted = [notice.message for notice in reading.source.notices]
    repeated = sum(len(text.split()) > 3 for _, text in TALK)
    assert counted == [f"{repeated} cues that repeat the one before were left out, 0 that overlap it shortened"]


def test_notes_on_paper_join_the_talk_of_their_session_with_author_and_hat(folder, tmp_path):
    paper = tmp_path / f"{STEM}-notities.csv"
    notes = [row for row in ROWS if row["Soort"] == "notitie"]
    lines = [f"{row['Wie']};{row['Hoed']};{row['Wat werd er gezegd']}" for row in notes]
    paper.write_text("\n".join(["Auteur;Hoed;Notitie", *lines]), encoding="utf-8")
    paths = (folder / f"{STEM}.vtt", paper)
    tables = ingest([reading for path in paths for reading in read_source(path, path.name)]).tables
    assert tables["sessions"]["session"].tolist() == [STEM]
    utterances = tables["utterances"]
    written = utterances[utterances["text"].isin([row["Wat werd er gezegd"] for row in notes])]
    found = list(zip(written["kind"], written["speaker"], written["hat_given"], strict=True))
    assert found == [("note", "D1", "zwart"), ("note", "D2", "geel"), ("note", "D4", "groen")]


def test_only_webvtt_carries_a_header(folder):
    dates = {}
    for suffix in TIMED:
        path = folder / f"{STEM}{suffix}"
        dates[suffix] = read_source(path, path.name)[0].sessions[0]["date"]
    assert dates == {".vtt": "2024-05-14", ".srt": None, ".json": None}


def test_sheets_tell_what_was_not_read(folder):
    (reading,) = read_source(folder / f"{STEM}.xlsx", f"{STEM}.xlsx")
    told = {(notice.where, notice.message) for notice in reading.source.notices}
    assert told == {
        (f"{STEM}.xlsx, klad", "is a hidden sheet and is not read"),
        (f"{STEM}.xlsx, Lijst", "holds no utterances and is not read"),
        (f"{STEM}.xlsx, Blad1", "is read as a table: a remark a row"),
        (f"{STEM}.xlsx", "1 cells with words are not used: Blad1!A1"),
    }
    (reading,) = read_source(folder / f"{STEM}.csv", f"{STEM}.csv")
    assert reading.source.encoding == "windows-1252"
    told = [notice.message for notice in (*reading.source.notices, *reading.notices)]
    assert told == [
        "is read as a table: a remark a row",
        "is not UTF-8 and was read as windows-1252: check accented letters, or save it as UTF-8",
    ]
