"""A project that comes in, goes out and comes in again: the codings of each person stay theirs, by count and place."""

import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import refi_projects

from pipeline.core.config import load_config
from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table
from pipeline.corpus.fragments import cut
from pipeline.corpus.matching import match
from pipeline.exports.qda import export_project, make_project
from pipeline.exports.qda_codes import with_distinct_names
from pipeline.readers import read_source
from pipeline.readers.qda_codes import understand_codes
from pipeline.refi.project import Code, walk_codes
from pipeline.report.inputs import ReportInputs
from pipeline.report.words import Words
from pipeline.run.inputs import find_sources
from pipeline.run.intake import read_study

CASES = Path(__file__).parents[1] / "data" / "cases" / "hunt" / "16-qdpx"
EXAMPLE = Path(__file__).parents[2] / "data" / "example"
TEXT = (
    "Dialoogtafel 1 - Noord\nGespreksleider: Dirk\nDeelnemers:\n- D1\n- D2\n\nWITTE HOED:\n"
    "D1: de bus rijdt niet meer na zes uur\nD2: er is geen bank op het plein te vinden\n"
    "D1: de school zoekt al een jaar een leraar\n"
)


def read_inputs(path: Path, tmp_path: Path) -> ReportInputs:
    """Read a project into the tables that an export of human codings needs."""
    study = open_study(path, tmp_path / "out")
    tables = {name: empty_table(name) for name in SCHEMAS} | dict(read_study(study).tables)
    tables |= cut(tables["utterances"], config=study.config.fragments).tables
    names = ("given_codings", "utterances", "fragments", "codebook")
    tables |= match(*(tables[name] for name in names)).tables
    tables["codings"] = tables["human_codings"]
    readings = [reading for name, file in find_sources(study)[0] for reading in read_source(file, name)]
    blanks = {reading.source.source_id: reading.source.text for reading in readings}
    return ReportInputs(tables, {}, load_config(), Words("nl"), "..", blanks)


def codings_of(inputs: ReportInputs) -> Counter[tuple[str, str, int, int, str, str]]:
    """Count what each person said of each place, as the project bears it."""
    project, _ = make_project(inputs)
    users = {user.guid: user.name for user in project.users}
    names: dict[str, str] = {}

    def walk(codes: tuple, above: str = "") -> None:
        for code in codes:
            names[code.guid] = f"{above}/{code.name}"
            walk(code.codes, names[code.guid])

    walk(project.codes)
    return Counter(
        (users[coding.user], source.name, *sorted(int(at) for _, at in selection.place), names[coding.code], "")
        for source in project.sources
        for selection in source.selections
        for coding in selection.codings
    )


def make_nested(path: Path) -> Path:
    spans = []
    for number, words in enumerate(("de bus rijdt niet meer na zes uur", "er is geen bank op het plein te vinden",
                                    "de school zoekt al een jaar een leraar")):  # fmt: skip
        start = TEXT.index(words)
        # Two coders; a subtheme alone, a subtheme with its theme, and whole lines with their break.
        spans.append(refi_projects.selection(10 + number, start, start + len(words) + (number == 2), 2, name=words))
    spans.append(refi_projects.selection(20, TEXT.index("er is"), TEXT.index(" te vinden"), 1, 3, user=2))
    codes = refi_projects.code(1, "Nabijheid", refi_projects.code(2, "vervoer")) + refi_projects.code(3, "Kansen")
    return refi_projects.simple(path, *spans, text=TEXT, codes=codes)


def test_import_export_import_is_the_identity(tmp_path: Path) -> None:
    first = read_inputs(make_nested(tmp_path / "een.qdpx"), tmp_path / "1")
    given = codings_of(first)
    # Three subthemes by one person, a theme and a polarity by another: no theme is added above the subthemes.
    assert sum(given.values()) == 5
    path = tmp_path / "twee.qdpx"
    path.write_bytes(export_project(first))
    second = read_inputs(path, tmp_path / "2")
    assert codings_of(second) == given
    again = tmp_path / "drie.qdpx"
    again.write_bytes(export_project(second))
    assert codings_of(read_inputs(again, tmp_path / "3")) == given


def count_in_file(path: Path) -> Counter[tuple[str, str, str, str]]:
    """Count by its XML alone what a project holds: user, source, words of the selection, name of the code."""
    archive = zipfile.ZipFile(path)
    files = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}
    root = ElementTree.fromstring(archive.read(next(name for name in files.values() if name.endswith(".qde"))))  # noqa: S314
    users = {each.get("guid"): each.get("name") for each in root.findall(".//{*}User")}
    codes = {each.get("guid"): each.get("name") for each in root.findall(".//{*}Code")}
    found: Counter[tuple[str, str, str, str]] = Counter()
    for source in root.findall(".//{*}TextSource"):
        inline = source.find("{*}PlainTextContent")
        stored = files.get((source.get("plainTextPath") or "").rsplit("/", 1)[-1], "")
        text = (inline.text or "") if inline is not None else archive.read(stored).decode("utf-8-sig")
        for selection in source.findall(".//{*}PlainTextSelection"):
            words = text[int(selection.get("startPosition")) : int(selection.get("endPosition"))].strip()
            for coding in selection.findall(".//{*}Coding"):
                code = codes[coding.find("{*}CodeRef").get("targetGUID")]
                found[users[coding.get("creatingUser")], Path(source.get("name")).stem, words, code] += 1
    return found


def test_the_files_themselves_hold_the_same_codings(tmp_path: Path) -> None:
    first = make_nested(tmp_path / "een.qdpx")
    (tmp_path / "twee.qdpx").write_bytes(export_project(read_inputs(first, tmp_path / "1")))
    given, back = count_in_file(first), count_in_file(tmp_path / "twee.qdpx")
    assert sum(given.values()) == 5
    # The names of the closed scheme are ours; whole utterances end before their line break.
    assert {(*key[:3], key[3].replace("Kansen", "kans")) for key in given} == set(back)
    assert sum(back.values()) == 5


@pytest.mark.parametrize("name", ["inline.qdpx", "klein.qdpx"])
def test_a_project_of_another_program_keeps_its_codings(name: str, tmp_path: Path) -> None:
    first = CASES / name
    (tmp_path / "twee.qdpx").write_bytes(export_project(read_inputs(first, tmp_path / "1")))
    (tmp_path / "drie.qdpx").write_bytes(export_project(read_inputs(tmp_path / "twee.qdpx", tmp_path / "2")))
    given = Counter((user, code) for (user, _, _, code), n in count_in_file(first).items() for _ in range(n))
    assert given
    second, third = count_in_file(tmp_path / "twee.qdpx"), count_in_file(tmp_path / "drie.qdpx")
    assert Counter((user, code) for (user, _, _, code), n in second.items() for _ in range(n)) == given
    assert third == second


def test_the_codings_of_the_example_go_out_and_come_in_again(tmp_path: Path) -> None:
    inputs = read_inputs(EXAMPLE, tmp_path / "1")
    coded = inputs.table("human_codings")
    texts = dict(zip(inputs.table("fragments")["fragment_id"], inputs.table("fragments")["text"], strict=True))
    given = Counter(
        (row["coder"], row["scheme"], texts[row["fragment_id"]], row["code"])
        for row in coded[coded["code"].notna()].to_dict("records")
    )
    path = tmp_path / "voorbeeld.qdpx"
    path.write_bytes(export_project(inputs))
    assert sum(count_in_file(path).values()) >= len({key for key in given if key[1] == "theme"})
    again = read_inputs(path, tmp_path / "2")
    coded, fragments = again.table("human_codings"), again.table("fragments")
    texts = dict(zip(fragments["fragment_id"], fragments["text"], strict=True))
    back = Counter(
        (row["coder"], row["scheme"], texts[row["fragment_id"]], row["code"])
        for row in coded[coded["code"].notna()].to_dict("records")
    )
    assert back == given


def test_no_two_codes_bear_one_name_and_reading_takes_off_what_was_added() -> None:
    def code(guid: str, name: str, *below: Code, is_codable: bool = True) -> Code:
        return Code(guid=guid, name=name, is_codable=is_codable, codes=below)

    tops = [
        code("t", "thema", code("1", "Zorg", code("2", "wachten")), code("3", "Zorg (thema)"), is_codable=False),
        code("u", "subthema", code("4", "wachten"), is_codable=False),
        code("s", "sentiment", code("5", "neutraal"), code("6", "positief"), is_codable=False),
        code("p", "polariteit", code("7", "Neutraal"), code("8", "kans"), is_codable=False),
        code("m", "machine-taught", code("9", "T1 wachten"), code("10", "T1 wachten"), is_codable=False),
    ]
    named = list(with_distinct_names(tops))
    names = {each.guid: each.name for each, _ in walk_codes(named)}
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert names["5"] == "neutraal (sentiment)"
    assert names["1"] == "Zorg"
    assert understand_codes(named, ours=True).meanings == understand_codes(tops).meanings
    # Another program that opened it writes the same names under its own.
    assert understand_codes(named).meanings["7"] == understand_codes(tops).meanings["7"]


CLIENT = "qualitative-coding==1.7.8"
_CODED = """
select document.file_path, coded_line.coder_id, count(distinct coded_line.code_id) from coded_line
join coded_line_location_association as placed on placed.coded_line_id = coded_line.id
join location on location.id = placed.location_id
join document_index on document_index.id = location.document_index_id
join document on document.file_path = document_index.document_id group by 1, 2
"""


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install another program that reads such projects, in an environment of its own; spaCy and the like are ours."""
    folder = tmp_path_factory.mktemp("client")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (site,) = folder.glob("env/lib/python*/site-packages")
    (site / "ours.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    python = folder / "env" / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", CLIENT]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    if installed.returncode:
        pytest.skip(f"{CLIENT} cannot be installed: is PyPI within reach? {installed.stderr[-200:]}")
    return folder / "env" / "bin" / "qc"


@pytest.mark.slow
@pytest.mark.timeout(2000)
def test_another_program_opens_what_is_exported(client: Path, tmp_path: Path) -> None:
    inputs = read_inputs(make_nested(tmp_path / "een.qdpx"), tmp_path / "1")
    path = tmp_path / "uit.qdpx"
    path.write_bytes(export_project(inputs))
    # It stops in its debugger without this setting, and puts all selections that are not named by a line on the first.
    environment = {**os.environ, "PYTHONBREAKPOINT": "0"}
    shutil.rmtree(folder := tmp_path / "qc", ignore_errors=True)
    folder.mkdir()
    command = [client, "init", "-i", path]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    with sqlite3.connect(folder / "qualitative_coding.sqlite3") as base:
        found = {(name, coder): n for name, coder, n in base.execute(_CODED)}
    given = {(Path(name).with_suffix(".txt").name, coder, code) for coder, name, _, _, code, _ in codings_of(inputs)}
    assert found == Counter((name, coder) for name, coder, _ in given)
    assert set(found) == {("tafel-01.txt", "An"), ("tafel-01.txt", "Bea")}
