"""Exports of a small study: what is in them, that they come back alike, and that they harm nothing."""

import hashlib
import io
import json
import re
import shutil
import stat
import zipfile

import docx
import pandas as pd
import pytest
from lxml import etree
from small_study import finished_small_study
from typer.testing import CliRunner

from pipeline.cli import app as cli
from pipeline.core.errors import InputError
from pipeline.core.files import LOCK_FILE
from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, read_table, to_csv
from pipeline.corpus.fragments import cut
from pipeline.corpus.matching import match
from pipeline.exports import TARGETS
from pipeline.exports.docx import CHARACTER, Prose, Quotation, export_document, write_document
from pipeline.exports.qda import export_codebook, export_project, make_project, source_texts
from pipeline.exports.qda_codes import worklist
from pipeline.readers import read_source
from pipeline.readers.archives import parse_xml
from pipeline.refi.project import parse_project
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.coded_themes import choose_coder, lead_coder, list_themes
from pipeline.report.words import Words
from pipeline.run.history import describe
from pipeline.run.intake import read_study
from tests.refi.test_refi import load_schema

HUMAN = ["coder", "fragment_id", "scheme", "code", "rank", "char_start", "char_end"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    finished = finished_small_study("tafel-01", "tafel-02")
    return open_study(shutil.copytree(finished, tmp_path_factory.mktemp("export") / "proef"))


@pytest.fixture(scope="module")
def tables(study):
    return {name: read_table(study.table(name), name) for name in SCHEMAS if study.table(name).is_file()}


def make_inputs(study, tables, language="nl"):
    return ReportInputs(tables, describe(study), study.config, Words(language), "..")


@pytest.fixture(scope="module")
def inputs(study, tables):
    return make_inputs(study, tables)


def run(*words):
    result = CliRunner().invoke(cli.app, ["export", *map(str, words)])
    if result.exception:
        raise result.exception
    return result.stdout


def listing(folder):
    # An export holds the lock of the study while it reads: that one file names the process, and is no result.
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != LOCK_FILE)
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in files}


@pytest.mark.parametrize("name", TARGETS)
def test_every_form_is_private_listed_and_the_same_again(study, tmp_path, name):
    before = listing(study.root)
    target = TARGETS[name]
    out = tmp_path / (name if target.is_folder else f"x.{name}")
    run(study.root, "--to", name, "--out", out)
    assert listing(study.root) == before
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    (manifest,) = [path for path in files if path.name.endswith("manifest.json")]
    listed = {each["name"]: each["sha256"] for each in json.loads(manifest.read_text())["files"]}
    made = {path.name: path.read_bytes() for path in files if path != manifest}
    assert listed == {each: hashlib.sha256(data).hexdigest() for each, data in made.items()}
    if name in ("qdpx", "docx"):
        run(study.root, "--to", name, "--out", out)
    assert made == {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != manifest}


def test_the_project_holds_people_and_machines_and_fits_the_schema(inputs, tables):
    project, texts = make_project(inputs)
    assert {user.name for user in project.users} == set(tables["codings"]["coder"])
    assert {"A", "B", "machine-inductive", "machine-taught"} <= {user.name for user in project.users}
    names = {user.guid: user.name for user in project.users}
    codings = [coding for each in project.sources for s in each.selections for coding in s.codings]
    counts = {name: sum(names[c.user] == name for c in codings) for name in names.values()}
    given, made = tables["given_codings"], tables["machine_codings"]
    assert counts == {
        **given["coder"].value_counts().to_dict(), **made["coder"].value_counts().to_dict()
    }  # fmt: skip
    tops = {code.name: [below.name for below in code.codes] for code in project.codes}
    assert tops["polariteit"] == ["kans", "knelpunt", "neutraal (polariteit)"]  # sentiment is neutraal too
    topics = made.loc[made["coder"] == "machine-inductive", "code"]
    assert len(tops["machine-inductive"]) == topics.nunique()
    assert all(name.split()[0] in set(made["code"]) for name in tops["machine-inductive"])
    content = zipfile.ZipFile(io.BytesIO(export_project(inputs))).read("project.qde")
    load_schema("Project.xsd").assertValid(etree.fromstring(content))
    load_schema("Codebook.xsd").assertValid(etree.fromstring(export_codebook(inputs)))
    assert parse_project(parse_xml(content, "x"), "x") == project
    assert set(texts) == {f"{source.guid}.txt" for source in project.sources}


def test_notes_bear_scores_and_the_worklist_is_a_set(inputs, tables):
    project, _ = make_project(inputs)
    notes = {note.guid: note for note in project.notes}
    row = tables["machine_codings"].query("coder == 'machine-taught' and scheme == 'hat'").iloc[0]
    score = f"machine-taught · hoed: {row['code']} · score {row['score']:.2f}".replace(".", ",")
    assert any(score in note.content for note in notes.values())
    found = worklist(inputs)
    (worked,) = project.sets
    assert len(worked.notes) == len(found) > 0
    assert worked.name == f"Te beslissen ({len(found)})"
    first = notes[worked.notes[0]].content
    assert first.startswith("1. ")
    assert f"{found[0].coders[0]}: " in first
    linked = {guid for each in project.sources for selection in each.selections for guid in selection.notes}
    assert linked == set(notes)


def again(path, study):
    output = read_study(study)
    t = dict(output.tables)
    t |= cut(t["utterances"], t["fixed_fragments"], config=study.config.fragments).tables
    return t | match(t["given_codings"], t["utterances"], t["fragments"], t["codebook"]).tables


def test_what_is_exported_comes_back_alike(study, tables, tmp_path):
    run(study.root, "--to", "qdpx", "--out", tmp_path / "x.qdpx")
    t = again(tmp_path, open_study(tmp_path / "x.qdpx", tmp_path / "out"))
    assert t["human_codings"][HUMAN].equals(tables["human_codings"][HUMAN])
    assert t["seen"].equals(tables["seen"])
    columns = ["fragment_id", "char_start", "char_end", "text", "session", "speaker", "hat_given", "status"]
    key = ["session", "char_start", "fragment_id"]
    ours = tables["fragments"][columns].sort_values(key, ignore_index=True)
    assert t["fragments"][columns].sort_values(key, ignore_index=True).equals(ours)
    book = ["scheme", "code", "parent", "label", "definition"]
    assert t["codebook"][book].equals(tables["codebook"][book])


def test_who_looked_and_gave_no_code_is_kept(study, tables, tmp_path):
    given = tables["given_codings"].copy()
    themes = given[(given["scheme"] == "theme") & (given["coder"] == "A")]
    at = themes.index[~themes.duplicated(["session", "quote"], keep=False)][0]
    given.loc[at, "code"] = None
    (tmp_path / "x.qdpx").write_bytes(export_project(make_inputs(study, tables | {"given_codings": given})))
    rows = [r for each in read_source(tmp_path / "x.qdpx", "x.qdpx") for r in each.given_codings]
    assert [(r["coder"], r["scheme"]) for r in rows if r["code"] is None] == [("A", "theme")]


def test_without_the_files_the_text_is_put_together_from_the_tables(study, tables):
    three = [tables[name] for name in ("sources", "utterances", "fragments")]
    for source_id, made in source_texts(*three).items():
        name = dict(zip(three[0]["source_id"], three[0]["name"], strict=True))[source_id]
        text = (study.sources / name).read_text(encoding="utf-8")
        assert len(made.text) == len(text)
        assert all(a == b for a, b in zip(text, made.text, strict=True) if not a.isspace())
        assert source_texts(*three, {source_id: re.sub(r"\S", " ", text)})[source_id].text == text


def test_pseudonyms_stay_and_places_move_along(study, tables):
    def hide(text):
        return text.replace("Rita", "Persoon 12") if isinstance(text, str) else text

    changed = dict(tables)
    utterances, fragments = tables["utterances"].copy(), tables["fragments"].copy()
    utterances["raw"] = utterances["raw"].mask(utterances["text"].map(lambda text: hide(text) != text))
    for frame in (utterances, fragments):
        frame["text"] = frame["text"].map(hide)
    assert (fragments["text"] != tables["fragments"]["text"]).sum() > 0
    changed |= {"utterances": utterances, "fragments": fragments}
    inputs = make_inputs(study, changed)
    project, texts = make_project(inputs)
    assert not any("Rita" in text for text in texts.values())
    assert any("Persoon 12" in text for text in texts.values())
    # The structural check re-reads every selection at its place.
    assert b"Rita" not in zipfile.ZipFile(io.BytesIO(export_project(inputs))).read("project.qde")
    shown = {s.name for each in project.sources for s in each.selections}
    assert any("Persoon 12" in name for name in shown)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_quote_of_the_paper_stands_in_the_notes_with_its_place(study, tables, language):
    inputs = make_inputs(study, tables, language)
    blocks = write_document(inputs)
    quotes = [block for block in blocks if isinstance(block, Quotation)]
    texts = dict(zip(tables["fragments"]["text"], tables["fragments"]["line"], strict=True))
    assert len(quotes) > 10
    assert all(quote.text in texts and re.search(r"tafel-0[12]\.\w+:\d+$", quote.place) for quote in quotes)
    paper = docx.Document(io.BytesIO(export_document(inputs)))
    for table in paper.tables:
        for column in table.columns:
            longest = max(len(word) for cell in column.cells for word in cell.text.split())
            assert column.cells[0].width.cm >= longest * CHARACTER
    said = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert all(f"“{quote.text}” ({quote.place})" in said for quote in quotes)
    first = list_themes(inputs)[0]
    seen = len(set(inputs.codes_of(lead_coder(inputs), "theme")) & set(inputs.used.index))
    share = inputs.words.percent(len(first.members) / seen)
    assert paper.tables[0].rows[1].cells[-1].text == share
    assert f"“{first.name}” ({share})" in said and paper.tables[0].rows[0].cells[-1].text.endswith(f" {seen}")
    begin = {"nl": "Dit werkdocument steunt op 2 tafels met", "en": "This working paper rests on 2 tables with"}[
        language
    ]
    assert begin in said
    headings = [p.text for p in paper.paragraphs if p.style.name.startswith(("Heading 1", "Title"))]
    assert (
        headings
        == {
            "nl": ["Proef", "Bevindingen", "Methode", "Thema’s", "Overeenstemming", "Wat is weggelaten"],
            "en": ["Proef", "Findings", "Method", "Themes", "Agreement", "What was left out"],
        }[language]
    )
    assert export_document(inputs) == export_document(make_inputs(study, tables, language))


def test_an_abstention_beside_a_noted_hat_is_none_of_the_fragment(study, tables):
    stances = tables["stances"]
    first = stances.loc[stances["scheme"] == "hat"].head(1)
    beside = first.assign(rank=2, value=None, abstained=True)
    noted = stances.assign(abstained=stances["abstained"] & (stances["scheme"] != "hat"))
    more = tables | {"stances": pd.concat([noted, beside], ignore_index=True)}
    declined = [block.text for block in write_document(make_inputs(study, more)) if isinstance(block, Prose)][-1]
    assert declined.startswith("De machine zei niets") and "hoed" not in declined


def test_themes_are_counted_as_their_coder_gave_them(inputs, tables):
    codings = tables["human_codings"]
    codings = codings.loc[codings["coder"] == lead_coder(inputs)]
    used = set(inputs.used.index)
    for theme in list_themes(inputs):
        rows = codings.query("scheme == 'theme'")
        (code,) = tables["codebook"].query("scheme == 'theme' and label == @theme.name")["code"]
        members = set(rows.loc[rows["code"] == code, "fragment_id"]) & used
        assert set(theme.members) == members
        kansen = set(codings.query("scheme == 'polarity' and code == 'kans'")["fragment_id"]) & members
        assert {f for f in members if theme.leans.get(f) in ("kans", "beide")} == kansen


def test_without_coders_the_paper_tells_the_themes_of_the_machine(study, tables):
    bare = {name: table for name, table in tables.items() if name not in ("human_codings", "seen", "given_codings")}
    inputs = make_inputs(study, bare | {name: empty_table(name) for name in ("human_codings", "seen")})
    assert choose_coder(inputs) == "machine-guided"
    assert {theme.name for theme in list_themes(inputs)} <= set(tables["codebook"].query("scheme == 'theme'")["label"])
    topics = tables["topics"].query("topic_id != 'outlier'")
    assert {theme.name for theme in list_themes(inputs, "machine-inductive")} == set(topics["label"])
    assert worklist(inputs) == []
    assert len(export_document(inputs)) > 10_000


def links(path):
    """Targets of the links of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(part).decode() for part in archive.namelist() if "/worksheets/_rels/" in part]
    return set(re.findall(r'Target="([^"]*)" TargetMode="External"', "".join(parts)))


def test_the_workbook_leads_to_the_sources_and_the_report_does_not(study, tmp_path):
    (tmp_path / "deep").mkdir()
    run(study.root, "--to", "xlsx", "--out", tmp_path / "deep" / "x.xlsx")
    targets = links(tmp_path / "deep" / "x.xlsx")
    found = {(tmp_path / "deep" / target).resolve() for target in targets}
    assert found == {path.resolve() for path in study.sources.iterdir()}
    assert links(study.root / "report.xlsx") == set()


def test_tables_come_out_as_they_are(study, tables, tmp_path):
    run(study.root, "--to", "csv", "--out", tmp_path / "csv")
    run(study.root, "--to", "parquet", "--out", tmp_path / "parquet")
    assert {path.stem for path in (tmp_path / "csv").glob("*.csv")} == set(tables)
    assert (tmp_path / "csv" / "codings.csv").read_text(encoding="utf-8") == to_csv(tables["codings"])
    assert read_table(tmp_path / "parquet" / "codings.parquet", "codings").equals(tables["codings"])


def test_what_cannot_be_written_is_one_clear_error(study, tmp_path):
    (tmp_path / "vol").mkdir()
    (tmp_path / "vol" / "werk.txt").write_text("van iemand anders", encoding="utf-8")
    for words, message in (
        (("--to", "pptx"), "there is no form 'pptx'"),
        (("--to", "qdpx", "--out", tmp_path), "is a folder"),
        (("--to", "qdpx", "--out", tmp_path / "x.zip"), "does not end in .qdpx"),
        (("--to", "csv", "--out", tmp_path / "vol"), "holds something else than an export"),
        (("--to", "csv", "--out", tmp_path / "vol" / "werk.txt"), "holds something else than an export"),
    ):
        with pytest.raises(InputError, match=message):
            run(study.root, *words)
    assert [path.name for path in tmp_path.rglob("*")] == ["vol", "werk.txt"]
