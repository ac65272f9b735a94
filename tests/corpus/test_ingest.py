"""Files of one session, versions, the same notes twice: what is merged and what is refused."""

import hashlib
import random

import pytest

from pipeline.core.errors import InputError, Output
from pipeline.corpus.ingest import ingest
from pipeline.readers.notes import transcript
from pipeline.readers.sources import Reading, SourceText
from pipeline.run.stages import get_stage

CODE = {"scheme": "theme", "label": "x", "position": 0, "examples": [], "example_fragment_ids": []}


def reading(name: str, *lines: str, header: str = "") -> Reading:
    text = f"{header}\n\nWitte hoed\n" + "".join(f"- {line}\n" for line in lines or (f"remark of {name}",))
    return transcript.read(SourceText(name, text, hashlib.sha256(text.encode()).hexdigest(), "utf-8"))


def coding(**cells: object) -> dict[str, object]:
    empty = dict.fromkeys(("session", "unit", "source_id", "char_start", "char_end", "quote"))
    row = {"row_id": "coder-a.csv:000002:theme:1", "coder": "A", "scheme": "theme", "code": "water", "rank": 1}
    return {**row, **empty, "quote": "x", **cells}


def message(*readings: Reading) -> str:
    with pytest.raises(InputError) as caught:
        ingest(readings)
    return str(caught.value)


def remarks(output: Output) -> list[tuple[str, str]]:
    table = output.tables["utterances"]
    kept = table[table["kind"] == "statement"]
    return list(zip(kept["session"], kept["text"], strict=True))


def test_twelve_files_are_twelve_sessions_in_any_order() -> None:
    readings = [reading(f"tafel-{i:02d}.txt", header="Verslag van de avond") for i in range(1, 13)]
    output = ingest(readings)
    assert output.tables["sessions"]["session"].tolist() == [f"tafel-{i:02d}" for i in range(1, 13)]
    assert output.tables["sources"]["name"].tolist() == [f"tafel-{i:02d}.txt" for i in range(1, 13)]
    random.Random(4).shuffle(readings)
    shuffled = ingest(readings)
    for name, table in output.tables.items():
        assert table.equals(shuffled.tables[name]), name
    assert output.notices == shuffled.notices


def test_parts_of_one_session_are_merged() -> None:
    talk = reading("tafel-03.txt", "de bus is weg", header="Datum: 4 mei 2024\nDeelnemers: D1 (OCMW Kiel), D2")
    notes = reading("tafel-03-notities.txt", "D2: te ver", header="Provincie: Antwerpen\nDeelnemers: D2 (School Oost)")
    output = ingest([talk, notes])
    (session,) = output.tables["sessions"].to_dict("records")
    assert (session["session"], session["date"], session["province"]) == ("tafel-03", "2024-05-04", "Antwerpen")
    assert session["source_ids"] == [notes.source.source_id, talk.source.source_id]
    speakers = output.tables["speakers"]
    assert list(zip(speakers["speaker"], speakers["organisation"], strict=True)) == [
        ("D1", "OCMW Kiel"),
        ("D2", "School Oost"),
    ]
    assert output.notices == ()


def test_one_numbered_title_is_one_session() -> None:
    header = "# Dialoogtafel 3 – Kiel\nDatum: 4 mei 2024"
    output = ingest([reading("a-los.txt", "eerst", header=header), reading("t3.txt", "dan", header=header)])
    assert sorted(remarks(output)) == [("t3", "dan"), ("t3", "eerst")]
    assert output.notices[0].message == "t3, a-los bear one title and are one session: t3"
    other_day = header.replace("4 mei", "5 mei")
    output = ingest([reading("a-los.txt", "eerst", header=header), reading("t3.txt", "dan", header=other_day)])
    assert output.tables["sessions"]["session"].tolist() == ["a-los", "t3"]


def test_an_unmarked_file_gives_way_to_a_definitive_one_and_to_no_other() -> None:
    output = ingest([reading("tafel-03.txt", "weg"), reading("tafel-03-definitief.txt", "bus")])
    assert remarks(output) == [("tafel-03", "bus")]
    assert message(reading("tafel-03.txt", "weg"), reading("tafel-03_ontwerp.txt", "bus")) == (
        "tafel-03.txt: and tafel-03_ontwerp.txt are versions of session 'tafel-03', and it is not said which is the "
        "later one. End its name in its version too: ontwerp, nagelezen or definitief."
    )


def test_version_is_kept_and_notes_may_go_with_a_version() -> None:
    output = ingest([reading("tafel-03-definitief.txt", "bus"), reading("tafel-03-notities.txt", "trein")])
    assert output.tables["sessions"]["session"].tolist() == ["tafel-03"]
    versions = output.tables["sources"].set_index("name")["version"]
    assert versions["tafel-03-definitief.txt"] == "definitief"
    assert versions.isna()["tafel-03-notities.txt"]


def test_identical_files_are_refused() -> None:
    assert message(reading("b.txt", "zelfde"), reading("a.txt", "zelfde")) == (
        "b.txt: is the same file as a.txt. Keep one of the two."
    )


def test_a_name_twice_is_refused() -> None:
    assert message(reading("a.txt", "een"), reading("a.txt", "twee")).startswith("a.txt: has the same id as a.txt.")


def test_unmarked_versions_are_found_by_their_remarks() -> None:
    header = "Sessie: kiel\nDatum: 4 mei 2024"
    first = reading("v1.txt", "bus", "trein", "tram", "geheim fietspad", header=header)
    second = reading("v2.txt", "bus", "trein", "tram", "metro", "boot", header=header)
    found = message(first, second)
    assert found == (
        "v2.txt: repeats 3 remarks of v1.txt, in the same session 'kiel'. "
        "Keep one of the two, or end their names in their version: ontwerp, nagelezen, definitief."
    )


def test_sessions_of_one_name_that_are_not_one() -> None:
    found = message(
        reading("noord/tafel-1.txt", "bus", header="Datum: 4 mei 2024"),
        reading("zuid/tafel-1.txt", "tram", header="Datum: 6 juni 2024"),
    )
    assert found.startswith(
        "zuid/tafel-1.txt: and noord/tafel-1.txt would both be session 'tafel-1', but their headers"
    )


def test_all_problems_at_once() -> None:
    found = message(
        reading("a_ontwerp.txt", "1"),
        reading("a.txt", "2"),
        reading("b_ontwerp.txt", "3"),
        reading("b.txt", "4"),
    )
    assert len(found.splitlines()) == 2


@pytest.mark.parametrize("named", ["tafel-03", "tafel-03.txt", "Dialoogtafel 3 - Kiel", "dialoogtafel 3  – kiel"])
def test_codings_may_name_a_session_in_any_way(named: str) -> None:
    header = "# Dialoogtafel 3 - Kiel" if "–" not in named else "# Dialoogtafel 3 – Kiel"
    given = [coding(session=named, source_id="tafel-03", char_start=0, char_end=9)]
    source = reading("tafel-03.txt", header=header)
    row = ingest([source], given=[given], codebook=[CODE | {"code": "water"}]).tables["given_codings"].iloc[0]
    assert (row["session"], row["source_id"]) == ("tafel-03", source.source.source_id)


def test_a_session_that_is_not_there_stays_as_written() -> None:
    output = ingest(
        [reading("tafel-03.txt")], given=[[coding(session="tafel-33")]], codebook=[CODE | {"code": "water"}]
    )
    assert output.tables["given_codings"]["session"].tolist() == ["tafel-33"]


def test_the_codebook_of_the_study_wins_from_that_of_a_source() -> None:
    source = reading("a.txt")
    carried = (CODE | {"code": "water", "label": "Uit de bron"}, CODE | {"code": "licht", "label": "Licht"})
    source = Reading(source.source, source.format, source.utterances, source.sessions, codebook=carried)
    book = ingest([source], codebook=[CODE | {"code": "water", "label": "Water"}]).tables["codebook"]
    assert list(zip(book["position"], book["code"], book["label"], strict=True)) == [
        (0, "water", "Water"),
        (1, "licht", "Licht"),
    ]


def test_without_a_codebook_the_codes_are_those_of_the_codings() -> None:
    given = [
        coding(code="water"),
        coding(row_id="coder-a.csv:000003:theme:1", code="licht"),
        coding(row_id="coder-a.csv:000003:polarity:1", scheme="polarity", code="neutraal"),
        coding(row_id="coder-a.csv:000004:polarity:1", scheme="polarity", code="kans"),
    ]
    output = ingest([reading("a.txt")], given=[given])
    book = output.tables["codebook"]
    assert list(zip(book["scheme"], book["code"], strict=True)) == [
        ("polarity", "kans"),
        ("polarity", "knelpunt"),
        ("theme", "licht"),
        ("theme", "water"),
    ]
    assert [notice.message for notice in output.notices] == [
        "has no scheme 'polarity': its codes are taken from the codings",
        "has no scheme 'theme': its codes are taken from the codings",
    ]


def test_nothing_to_read_gives_empty_tables() -> None:
    tables = ingest([]).tables
    assert set(tables) <= set(get_stage("ingest").outputs)
    assert {len(table) for table in tables.values()} == {0}
