"""Captions, recognition, sheets and folders made to do harm: each ends in a reading or in one clear error, in time."""

import io
import json
import os
import resource
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from same_talk import SHEETS, STEM, TIMED

from pipeline.core.errors import InputError
from pipeline.core.study import Study, open_study
from pipeline.corpus.ingest import ingest
from pipeline.readers import read_source
from pipeline.readers.sources import Reading, list_notes
from pipeline.run import inputs as run_inputs
from pipeline.run import intake

MAX_SECONDS, MAX_BYTES = 10.0, 1_000_000_000
SECRET = "geheim"

VTT = f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v D1>één {SECRET} over de bus\n\n00:03.000 --> 00:04.000\n<v D2>ja\n"
SRT = f"1\n00:00:01,000 --> 00:00:02,000\nD1: één {SECRET} over de bus\n\n2\n00:00:03,000 --> 00:00:04,000\nD2: ja\n"
CSV = f"Sessie;Wie;Hoed;Uitspraak\nt1;D1;wit;één {SECRET} over de bus\nt1;D2;zwart;ja zeg\n"
JSON = json.dumps({"segments": [{"start": 1, "end": 2, "text": f"één {SECRET}", "speaker": "S0"}]}, ensure_ascii=False)
TEXTS = {".vtt": VTT, ".srt": SRT, ".csv": CSV, ".json": JSON}


def book(*rows: str, extra: dict[str, str] | None = None, content: str = "<row r='1'><c r='A1' t='inlineStr'>"
         "<is><t>Tekst</t></is></c></row>") -> bytes:  # fmt: skip
    """Write a workbook part by part, as no spreadsheet program would."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="B" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type='
        f'"{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{content}{"".join(rows)}</sheetData>'
        "</worksheet>",
        **(extra or {}),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def said(number: int, text: str = SECRET) -> str:
    return f"<row r='{number}'><c r='A{number}' t='inlineStr'><is><t>{text} over de bus</t></is></c></row>"


def hostile() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each hostile file."""
    for suffix, text in TEXTS.items():
        for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp850"):
            yield f"{encoding}{suffix}", text.encode(encoding, errors="replace")
        data = text.encode()
        yield f"mixed{suffix}", data + text.encode("cp1252")
        yield f"nul{suffix}", data.replace(b"bus", b"b\0s").replace(b" ", b"\0", 3)
        yield f"returns{suffix}", text.replace("\n", "\r").encode()
        yield f"turned{suffix}", text.replace("over", "\u202eover\u2066\u200f").encode()
        yield f"controls{suffix}", text.replace("over", "o\x0b\x0c\x1b[31m\x85\u2028ver").encode()
        yield f"empty{suffix}", b""
        yield f"blank{suffix}", b" \n\t \n"
        yield f"archive{suffix}", b"PK\x03\x04" + data
        yield f"twice{suffix}", data * 2
        yield f"combining{suffix}", text.replace("over", "o" + "\u0301" * 5000 + "ver").encode()
        yield from ((f"cut{n}{suffix}", data[: len(data) * n // 7]) for n in range(1, 7))
    yield "times.vtt", b"WEBVTT\n\n" + b"".join(b"99999:99:99.999 --> 99999:99:99.999\nja\n\n" for _ in range(20))
    yield "far.vtt", b"WEBVTT\n\n9999:59:59.999 --> 9999:59:59.999\nja zeg\n"
    yield "tags.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 50_000 + b"x>\n"
    yield "amps.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"&amp;" * 50_000 + b"\n"
    yield "colons.srt", b"1\n00:00:01,000 --> 00:00:02,000\n" + b"a: " * 50_000 + b"\n"
    yield "same.srt", b"1\n00:00:01,000 --> 00:00:02,000\nde bus is weg\n\n" * 5_000
    yield "quotes.csv", b'Tekst\n"' + b'""' * 60_000
    yield "wide.csv", b";" * 100_000 + b"\n" + b";" * 100_000
    yield "formula.csv", b"Tekst\n=cmd|' /C calc'!A0\n@SUM(1)\n"
    yield "deep.json", b"[" * 200_000
    yield "deeper.json", b'{"segments":' * 50_000
    yield "digits.json", b'{"segments": [{"start": ' + b"9" * 6000 + b', "end": 1, "text": "x"}]}'
    yield "endless.json", b'{"segments": [{"start": Infinity, "end": NaN, "text": "x"}]}'
    yield "huge.json", b'{"segments": [{"start": 1e300, "end": 1e308, "text": "x y z"}]}'
    yield "lone.json", rb'{"segments": [{"start": 1, "end": 2, "text": "\ud800 bus", "speaker": "\udfff"}]}'
    yield "types.json", b'{"segments": [{"start": [], "end": {}, "text": 3}, 7, null]}'
    good = book(said(2), said(3))
    yield "good.xlsx", good
    yield from ((f"cut{n}.xlsx", good[: len(good) * n // 12]) for n in range(1, 12))
    yield from ((f"flip{n}.xlsx", _flipped(good, n)) for n in range(30))
    yield "entities.xlsx", book(content='<!DOCTYPE x [<!ENTITY a "b">]>' + said(1))
    declared = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'
    yield "laughs.xlsx", book(said(2), extra={"xl/sharedStrings.xml": declared})
    yield "outside.xlsx", book(said(2), extra={"../../uit.txt": "x", "/etc/uit": "x", "xl\\..\\..\\uit": "x"})
    yield "macros.xlsx", book(said(2), extra={"xl/vbaProject.bin": "x"})
    yield "sums.xlsx", book("<row r='2'><c r='A2'><f>1/0</f></c></row>", said(3))
    yield "far.xlsx", book(said(2), said(1_048_576))
    yield "rows.xlsx", book(said(2), "<row r='99999999999'><c r='A99999999999'><v>1</v></c></row>")
    yield "columns.xlsx", book("<row r='2'><c r='XFD2' t='inlineStr'><is><t>ver weg</t></is></c></row>", said(3))
    yield "dimension.xlsx", book(said(2)).replace(b"sheetData", b"sheetData")
    yield "bomb.xlsx", book(said(2), extra={"xl/sharedStrings.xml": "<sst>" + "a" * 60_000_000 + "</sst>"})
    yield "strings.xlsx", book(said(2), extra={"xl/sharedStrings.xml": os.urandom(3_000_000).hex()})
    yield "password.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    yield "plain.xlsx", b"Tekst\nde bus is weg\n"
    yield "other.xlsx", _zip({"word/document.xml": "<x/>"})
    yield "nothing.xlsx", _zip({})


def _flipped(data: bytes, number: int) -> bytes:
    at = (number * 7919) % len(data)
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _zip(parts: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def outcome(path: Path) -> str:
    """Read a file to the first tables; say whether it was read or refused, and check that either is whole."""
    started = time.process_time()
    try:
        readings = read_source(path, path.name)
    except InputError as error:
        assert SECRET not in str(error)
        assert all(problem.where.startswith(path.name) for problem in error.problems)
        result = "refused"
    else:
        check(readings)
        result = "read"
    assert time.process_time() - started < MAX_SECONDS
    return result


def check(readings: tuple[Reading, ...]) -> None:
    for reading in readings:
        ends = [0]
        for row in reading.utterances:
            assert 0 <= row["char_start"] < row["char_end"] <= len(reading.source.text)
            ends.append(row["char_end"])
        assert ends == sorted(ends)
    assert len(ingest(readings).tables["utterances"]) == sum(len(reading.utterances) for reading in readings)


def test_every_hostile_file_is_read_or_refused(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    files = dict(hostile())
    found = {"read": [], "refused": []}
    for name, data in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        found[outcome(path)].append(name)
    assert len(files) >= 150
    assert {"good.xlsx", "macros.xlsx", "sums.xlsx", "far.xlsx", "outside.xlsx", "utf-16.vtt", "cp1252.csv",
            "turned.srt", "same.srt", "far.vtt"} <= set(found["read"])  # fmt: skip
    assert {"laughs.xlsx", "entities.xlsx", "bomb.xlsx", "strings.xlsx", "password.xlsx", "nul.csv", "deep.json",
            "endless.json", "empty.vtt"} <= set(found["refused"])  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    # The highest so far is of all tests of this process: what counts is how far these files raise it.
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 2 * MAX_BYTES


def test_a_million_empty_rows_are_not_walked_through(tmp_path: Path) -> None:
    path = tmp_path / "leeg.xlsx"
    path.write_bytes(book(said(2), "".join(f"<row r='{n}'/>" for n in range(3, 1_000_003)), said(1_000_003)))
    started = time.process_time()
    (reading,) = read_source(path, path.name)
    assert time.process_time() - started < MAX_SECONDS
    assert [row["text"] for row in reading.utterances] == [f"{SECRET} over de bus"]
    assert reading.source.notices[0].message == "was read to its first 1000 empty rows in a row, and no further"


def test_a_line_of_200_mb_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sources" / "lang.txt"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write(b"Witte hoed\nD1: ")
        for _ in range(200):
            file.write(b"de bus is weg " * 71_429)
    started = time.process_time()
    found = intake.gather(study_of(path.parent))
    assert time.process_time() - started < MAX_SECONDS
    assert [str(problem) for problem in found.problems] == [
        "lang.txt: is larger than 5 MB, more than the notes of any session. Give each session its own file."
    ]


def study_of(sources: Path) -> Study:
    return open_study(sources, sources.parent / "uit")


def write(folder: Path, name: str, text: str = "Witte hoed\n- de bus is weg\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_links_out_of_the_folder_are_refused_all_at_once(tmp_path: Path) -> None:
    root = tmp_path / "bronnen"
    inside, outside = write(root, "a.txt"), write(tmp_path, "elders/geheim.txt")
    (root / "uit.txt").symlink_to(outside)
    (root / "map").symlink_to(outside.parent)
    (root / "nergens.txt").symlink_to(root / "weg.txt")
    (root / "kring.txt").symlink_to(root / "kring.txt")
    (root / "binnen.txt").symlink_to(inside)
    with pytest.raises(InputError) as caught:
        run_inputs.find_sources(study_of(root))
    assert [problem.where for problem in caught.value.problems] == ["kring.txt", "map", "nergens.txt", "uit.txt"]
    assert "elders" not in str(caught.value)
    for name in ("uit.txt", "map", "nergens.txt", "kring.txt"):
        (root / name).unlink()
    assert [name for name, _ in run_inputs.find_sources(study_of(root))[0]] == ["a.txt", "binnen.txt"]


def test_a_coding_that_is_a_link_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "bronnen/a.txt")
    other = write(tmp_path, "elders/x.csv", "quote,theme\nde bus is weg,vervoer\n")
    (tmp_path / "bronnen" / "codings").mkdir()
    (tmp_path / "bronnen" / "codings" / "coder-a.csv").symlink_to(other)
    found = intake.gather(study_of(tmp_path / "bronnen"))
    assert [problem.where for problem in found.problems] == ["coder-a.csv"]


def test_names_that_are_no_text_are_refused_and_odd_files_are_left(tmp_path: Path) -> None:
    root = tmp_path / "bronnen"
    write(root, "goed..txt")
    write(root, "~$tafel-01.docx")
    (root / "..verborgen").mkdir()
    os.mkfifo(root / "pijp.txt")
    files, notices = list_notes(root)
    assert [name for name, _ in files] == ["goed..txt"]
    assert [(notice.where, notice.message) for notice in notices] == [("pijp.txt", "not read: no plain file")]
    write(root, "regel\neinde.txt")
    (root / os.fsdecode(b"kapot\xff.txt")).write_text("x")
    (root / "links\u202etxt.exe.txt").write_text("x")
    with pytest.raises(InputError) as caught:
        list_notes(root)
    shown = [problem.where for problem in caught.value.problems]
    assert shown == ["kapot?.txt", "links?txt.exe.txt", "regel?einde.txt"]


def test_what_belongs_to_the_study_is_no_note(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "Tekst\nde bus is weg\n")
    write(tmp_path, "codebook.csv", "scheme,code\ntheme,vervoer\n")
    write(tmp_path, "codings/coder-a.csv", "quote,theme\nde bus is weg,vervoer\n")
    write(tmp_path, "uit/results/x.csv", "x\n")
    study = open_study(tmp_path, tmp_path / "uit")
    assert [name for name, _ in run_inputs.find_sources(study)[0]] == ["a.csv"]
    write(tmp_path, "study.toml", '[study]\nname = "x"\nsources = "."\n')
    write(tmp_path, "results/y.csv", "y\n")
    write(tmp_path, "report.xlsx", "y")
    study = open_study(tmp_path)
    assert [name for name, _ in run_inputs.find_sources(study)[0]] == ["a.csv", "uit/results/x.csv"]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "bronnen"
    write(root, "a.txt")
    write(root, "b.txt", "Witte hoed\n- iets anders\n")

    def read_slowly(path: Path, name: str, columns: object) -> tuple[Reading, ...]:
        readings = read_source(path, name)
        if name == "b.txt":
            with path.open("a", encoding="utf-8") as file:
                file.write("- nog een regel\n")
        return readings

    monkeypatch.setattr(intake, "read_source", read_slowly)
    with pytest.raises(InputError) as caught:
        intake.read_originals(study_of(root))
    assert str(caught.value) == "b.txt: was changed while it was read. Save and close it, and run again."


def test_a_file_that_is_gone_is_an_error_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "bronnen"
    path = write(root, "a.txt")
    study = study_of(root)
    found = run_inputs.sort_inputs(study)
    monkeypatch.setattr(intake, "sort_inputs", lambda _: found)
    path.unlink()
    assert [problem.where for problem in intake.gather(study).problems] == ["a.txt"]


@pytest.mark.slow
def test_thousands_of_sessions_in_one_sheet_take_time_in_proportion(tmp_path: Path) -> None:
    path, seconds = tmp_path / "veel.csv", []
    for n in (1_000, 4_000):
        rows = "".join(f"t{i};D1;de bus naar halte {i} rijdt niet\n" for i in range(n))
        path.write_text("Sessie;Wie;Uitspraak\n" + rows, encoding="utf-8")
        started = time.process_time()
        output = ingest(read_source(path, path.name))
        seconds.append(time.process_time() - started)
        assert len(output.tables["sessions"]) == n
    # Four times as much, with room for a busy machine; comparing each session with each would take sixteen times.
    assert seconds[1] < 8 * seconds[0]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("zaad")
    for suffix, write_one in {**SHEETS, **TIMED}.items():
        write_one(folder / f"{STEM}{suffix}")
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


_EDITS = st.lists(
    st.tuples(st.integers(0, 1_000_000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=6
)


@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".json", ".csv", ".xlsx"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=_EDITS)
def test_damaged_bytes_give_a_reading_or_an_input_error(
    seeds: dict[str, bytes], tmp_path: Path, suffix: str, edits: list[tuple[int, int, bytes]]
) -> None:
    data = seeds[suffix]
    for at, length, new in edits:
        place = at % (len(data) + 1)
        data = data[:place] + new + data[place + length :]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    outcome(path)


_LINES = st.lists(
    st.sampled_from(
        ["WEBVTT", "", "1", "NOTE", "00:01.000 --> 00:02.000", "00:00:01,000 --> 00:00:09,000", "<v An>ja", "D1: nee",
         "witte hoed", "De gele hoed!", "- Afronding", "Datum: 4 mei 2024", "x" * 50, "(lacht)", "[00:01] D2", "&lt;v",
         "Deelnemers:", "# Tafel 3", "Sessie: x", "individuele notities", "An (zwart): niet doen", "a: b: c"]
    ),
    max_size=25,
)  # fmt: skip


@pytest.mark.parametrize("suffix", [".vtt", ".csv"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=_LINES)
def test_lines_in_any_order_give_a_reading_or_an_input_error(tmp_path: Path, suffix: str, lines: list[str]) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("\n".join(["Uitspraak", *lines] if suffix == ".csv" else lines), encoding="utf-8")
    outcome(path)
