"""The command ``check``: what was understood, what was not; nothing that was said, and nothing written."""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner
from workbooks import write_book

from pipeline.cli.app import app
from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.corpus.fragments import cut
from pipeline.corpus.understanding import is_set_aside
from pipeline.readers.given.mapping import add_proposals
from pipeline.run.check import check_study
from pipeline.run.intake import read_originals
from pipeline.run.runner import run_stage

EXAMPLE = Path(__file__).parents[2] / "data" / "example"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two versions of one session and another session, with a coding of the older version."""
    root = tmp_path / "studie"
    shutil.copytree(EXAMPLE / "sources", root / "sources", ignore=lambda _, names: set(names) - {"tafel-01.md"})
    first = root / "sources" / "tafel-01.md"
    text = first.read_text(encoding="utf-8")
    first.rename(root / "sources" / "tafel-01_ontwerp.md")
    corrected = text.replace("al zes jaar.", "al zeven jaar, denk ik.").replace("D2: Ja, inderdaad.\n", "")
    (root / "sources" / "tafel-01_definitief.md").write_text(corrected, encoding="utf-8")
    (root / "sources" / "los.csv").write_text("Wie;Uitspraak\nD1;de bus is weg\nd 01;te ver\n", encoding="utf-8")
    (root / "codings").mkdir()
    turn = "Ik ga elke dinsdag van twee tot vier, al zes jaar. "
    turn += next(line for line in text.splitlines() if line.startswith("Eerst zetten we koffie"))
    (root / "codings" / "coder-a.csv").write_text(
        f'session,quote,theme\ntafel-01,"{turn}",ritme\nlos,de bus is weg,vervoer\n', encoding="utf-8"
    )
    (root / "study.toml").write_text('[study]\nname = "x"\n', encoding="utf-8")
    return root


def run(path: Path, *options: str) -> tuple[str, InputError | None]:
    result = CliRunner().invoke(app, ["check", str(path), *options])
    assert result.exception is None or isinstance(result.exception, InputError), result.exception
    return result.stdout, result.exception


def facts(path: Path) -> set[tuple]:
    out, _ = run(path, "--csv")
    return {tuple(row.values()) for row in csv.DictReader(io.StringIO(out))}


def test_facts_of_files_sessions_versions_and_codings(study: Path) -> None:
    found = facts(study)
    assert {
        ("los.csv", "file", "csv", "56", "transcript | utf-8"),
        ("los.csv", "remarks", "", "2", ""),
        ("tafel-01_ontwerp.md", "version", "ontwerp", "", ""),
        ("tafel-01_ontwerp.md", "superseded", "tafel-01_definitief.md", "", ""),
        ("tafel-01", "date", "", "", "2024-03-14"),
        ("tafel-01", "place", "", "", "parochiezaal Bremdonk"),
        ("tafel-01", "speaker", "Gespreksleider", "8", "gespreksleider"),
        ("tafel-01", "speaker", "D1", "9", "deelnemer | Huisbezoek Bremdonk"),
        ("los", "spellings", "D1", "2", "D1 | d 01"),
        ("tafel-01", "hat", "zwart", "13", ""),
        ("tafel-01", "notes", "with author", "5", ""),
        ("tafel-01", "notes", "with hat", "5", ""),
        ("tafel-01", "theme moved, ontwerp to definitief", "", "0", ""),
        ("coder-a.csv", "coders", "", "1", "A"),
        ("coder-a.csv", "coding", "carried", "1", ""),
        ("coder-a.csv", "coding", "exact", "1", ""),
    } <= found
    changes = {row[2]: (row[3], row[4]) for row in found if row[1] == "change, ontwerp to definitief"}
    assert {change: n for change, (n, _) in changes.items()} == {"changed": "1", "removed": "1"}
    assert all(ids.startswith("s-") for _, ids in changes.values())


def test_nothing_that_was_said_is_printed_and_nothing_written(study: Path) -> None:
    before = sorted(study.rglob("*"))
    remarks = check_words(study)
    for options in ((), ("--csv",)):
        out, _ = run(study, *options)
        assert not [remark for remark in remarks if remark in " ".join(out.split())]
    assert sorted(study.rglob("*")) == before


def check_words(study: Path) -> list[str]:
    from pipeline.run.intake import read_study

    table = read_study(open_study(study)).tables["utterances"]
    said = table[table["kind"].isin(["turn", "note", "statement"])]
    return [" ".join(text.split()[:4]) for text in said["text"] if len(text.split()) >= 4]


def test_a_newcomer_sees_tables_and_who_is_who(study: Path) -> None:
    out, error = run(study)
    assert error is None
    for words in ("bestanden", "gesprekken", "coderingen", "gelezen als één spreker in los: D1 staat er als D1, d 01"):
        assert words in out
    assert "tafel-01, ontwerp to definitief: weg 1: s-" in out
    assert "begrepen: " in out
    out, _ = run(study, "--lang", "en")
    for words in ("files", "sessions", "codings", "read as one speaker in los: D1 is written D1, d 01", "understood: "):
        assert words in out


def test_problems_of_all_files_come_at_once_beside_what_was_understood(study: Path) -> None:
    (study / "sources" / "leeg.vtt").write_text("WEBVTT\n\nniets\n", encoding="utf-8")
    (study / "sources" / "kapot.xlsx").write_bytes(b"PK\x03\x04kapot")
    (study / "codings" / "coder-b.csv").write_text("onzin\n1\n", encoding="utf-8")
    out, error = run(study)
    assert isinstance(error, InputError)
    assert {problem.where for problem in error.problems} == {"(files)", "coder-b.csv, row 1", "leeg.vtt", "kapot.xlsx"}
    assert '3 of 7 cannot be read: "kapot.xlsx", "leeg.vtt", "coder-b.csv"' in str(error)
    assert "bestanden" in out
    rows = facts(study)
    assert {row[0] for row in rows if row[1] == "problem"} == {problem.where for problem in error.problems}


def test_notes_that_are_no_study_are_checked_as_well(study: Path) -> None:
    result = check_study(open_study(study / "sources" / "los.csv", study / "nergens"))
    assert ("los.csv", "remarks", "", 2, "") in [tuple(fact) for fact in result.facts]
    out, error = run(study / "sources")
    assert error is None
    assert "los.csv" in out
    out, error = run(study / "nergens")
    assert isinstance(error, InputError)


def test_nothing_heavy_is_imported(study: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.cli.check import check; check(Path(sys.argv[1]));"
        "heavy = {'torch', 'spacy', 'bertopic', 'sentence_transformers', 'prefect', 'sklearn', 'plotly'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(study)], capture_output=True, text=True, env={**os.environ}, timeout=60
    )
    assert found.returncode == 0, found.stderr


def test_columns_that_the_study_names_are_read_and_a_change_of_them_is_seen(study: Path) -> None:
    (study / "sources" / "los.csv").write_text("Wie;Tekst;Vertaling\nD1;the bus;de bus is te laat\n", encoding="utf-8")
    shutil.rmtree(study / "codings")
    assert run_stage(open_study(study), "ingest").skipped is False
    assert run_stage(open_study(study), "ingest").skipped is True
    assert texts(study) == ["the bus"]
    (study / "study.toml").write_text('[study]\nname = "x"\n[columns]\ntext = "Vertaling"\n', encoding="utf-8")
    assert run_stage(open_study(study), "ingest").skipped is False
    assert texts(study) == ["de bus is te laat"]
    (study / "study.toml").write_text('[columns]\ntext = "Oertekst"\n', encoding="utf-8")
    _, error = run(study)
    assert "los.csv, row 1: has no column 'Oertekst', which study.toml names for text." in str(error)


def texts(study: Path) -> list[str]:
    table = read_table(open_study(study).table("utterances"), "utterances")
    return table.loc[(table["session"] == "los") & (table["kind"] == "turn"), "text"].tolist()


def test_what_the_program_made_among_the_notes_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "los.csv").write_text("Wie;Uitspraak\nD1;de bus is weg\nD2;te ver\n", encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(("Citaat", "Thema"))
    book.active.append(("de bus is weg", "vervoer"))
    book.save(tmp_path / "report.docx.xlsx")
    book.properties.creator = "dialoogtafel"
    for folder in ("uit", "eerder"):
        (tmp_path / folder / "export").mkdir(parents=True)
    for name in ("report.xlsx", "uit/report.xlsx", "uit/export/kit.xlsx", "eerder/export/codes.xlsx"):
        book.save(tmp_path / name)
    (tmp_path / "eerder" / "study.toml").write_text('[study]\nname = "y"\n', encoding="utf-8")
    (tmp_path / "uit" / "study.toml").write_text('[study]\nname = "x"\nsources = ".."\n', encoding="utf-8")
    (tmp_path / "uit" / "report.html").write_text("<p>de bus is weg</p>", encoding="utf-8")
    made = check_study(open_study(tmp_path, tmp_path.parent / "nergens"))
    read = {fact.subject for fact in made.facts if fact.aspect in ("file", "coders")}
    assert read == {"los.csv", "report.docx.xlsx"}
    skipped = {notice.where for notice in made.notices if "made by this program" in notice.message}
    assert skipped == {
        "report.xlsx", "uit/report.xlsx", "uit/report.html", "uit/export/kit.xlsx", "eerder/export/codes.xlsx",
    }  # fmt: skip


def test_a_session_that_is_not_there_is_said_with_those_that_are(study: Path) -> None:
    (study / "codings" / "coder-b.csv").write_text(
        "session,quote,theme\nkring-z,dit heeft niemand ooit zo gezegd,x\n", encoding="utf-8"
    )
    found = check_study(open_study(study))
    assert any("no session 'kring-z'; there are los, tafel-01" in notice.message for notice in found.notices)
    assert any("no session 'kring-z'; there are los, tafel-01" in problem.fix for problem in found.problems)


NOTES = """Tafel 1

Witte hoed
An: Er rijden zes bussen per dag langs de haven.
Bo: De halte ligt ver van het rusthuis.
Zwarte hoed
An: Nergens aan de halte staat een dak.
Bo: De laatste bus vertrekt al om zes uur.
"""


def _sheet_beside_notes(folder, rows):
    folder.mkdir()
    (folder / "tafel-1.txt").write_text(NOTES, encoding="utf-8")
    write_book(folder / "werkblad.xlsx", Blad1=rows)
    return open_study(folder, folder.parent / "none")


QUOTED = ("Er rijden zes bussen per dag langs de haven.", "De halte ligt ver van het rusthuis.",
          "Nergens aan de halte staat een dak.", "De laatste bus vertrekt al om zes uur.")  # fmt: skip


@pytest.mark.parametrize("head", [[("kolA", "kolB")], []])
def test_a_sheet_that_quotes_the_notes_below_headers_that_say_nothing_is_proposed_as_codings(tmp_path, head):
    rows = [*head, *zip(QUOTED, ("aanbod", "halte", "halte", "aanbod"), strict=True)]
    study = _sheet_beside_notes(tmp_path / "notes", rows)
    checked = check_study(study)
    (problem,) = (each for each in checked.problems if each.where == "werkblad.xlsx")
    quote, theme = ("kolA", "kolB") if head else ("kolom 1", "kolom 2")
    assert "4 of its 4 texts" in problem.what
    assert f"quote = '{quote}'" in problem.fix
    assert f"theme = '{theme}'" in problem.fix
    with pytest.raises(InputError) as refused:
        read_originals(study)
    assert problem in refused.value.problems
    add_proposals(tmp_path / "notes" / "mapping.toml", checked.proposals)
    again = check_study(open_study(tmp_path / "notes", tmp_path / "none"))
    assert not again.problems
    assert next(c for c in again.counts if c.aspect == "codings").n == 4


def test_a_sheet_of_other_remarks_or_with_who_made_them_stays_notes(tmp_path):
    rows = [("Wie", "Zin", "bus"), *(("An", text, "halte") for text in QUOTED)]
    assert not check_study(_sheet_beside_notes(tmp_path / "a", rows)).problems
    other = [
        ("kolA", "kolB"),
        ("De fietsers rijden hier veel te snel door.", "fiets"),
        ("Het plein ligt vol glas.", "plein"),
    ]
    assert not check_study(_sheet_beside_notes(tmp_path / "b", other)).problems


def test_words_of_the_authors_are_counted_aside_as_the_report_counts_them(tmp_path):
    (tmp_path / "tafel-1.txt").write_text(f"Verwerking van de ploeg\n\n{NOTES}An: Ja, klopt.\n", encoding="utf-8")
    study = open_study(tmp_path, tmp_path / "none")
    remarks = next(c for c in check_study(study).counts if c.subject and c.aspect == "remarks")
    fragments = cut(read_originals(study).tables["utterances"], config=study.config.fragments).tables["fragments"]
    assert "author" in set(fragments["status"])
    assert remarks.missing == is_set_aside(fragments["status"]).sum() == 2


def test_the_verdict_says_what_was_read_as_a_table(tmp_path):
    write_book(tmp_path / "tafel-2.xlsx", Blad1=[("", "Wit", "Zwart"), ("An", QUOTED[0], ""), ("Bo", "", QUOTED[1])])
    shown = CliRunner().invoke(app, ["check", str(tmp_path), "--lang", "nl"]).output
    verdict = shown[shown.index("begrepen: ") :]
    assert "tafel-2.xlsx, Blad1: gelezen als tabel: personen × hoeden" in verdict
    assert shown.count("gelezen als tabel") == 1


def without_rights(folder: Path, *words: str) -> list[str]:
    """Words that run a command as somebody who may read a folder and not write in it."""
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o555)
    # Root writes everywhere, but for who lacks these capabilities.
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"] if os.geteuid() == 0 else []
    return [*drop, *words]


def read_only_mount(folder: Path, *words: str) -> list[str]:
    """The same on a file system that is mounted for reading only; where this machine mounts nothing, without rights."""
    mount = f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'"
    for apart in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        if subprocess.run([*apart, "sh", "-c", mount], capture_output=True).returncode == 0:
            return [*apart, "sh", "-c", f'{mount} && exec "$@"', "sh", *words]
    return without_rights(folder, *words)


@pytest.mark.parametrize("protect", [without_rights, read_only_mount])
def test_a_folder_that_may_only_be_read_is_checked_and_it_is_said_that_nothing_is_kept(tmp_path: Path, protect) -> None:
    folder = tmp_path / "notas"
    folder.mkdir()
    said = ["de bus rijdt maar om het uur", "ik neem altijd de fiets naar het werk", "de stoep ligt al jaren open"]
    (folder / "a.md").write_text("# Witte hoed\n\n" + "".join(f"An: {each}\n" for each in said), encoding="utf-8")
    coded = "".join(f"{each},vervoer,\n" for each in said)
    (folder / "codes.csv").write_text(f"stukje,over wat (1),over wat (2)\n{coded}", encoding="utf-8")
    asked = protect(folder, sys.executable, "-m", "pipeline", "check", str(folder))
    assert subprocess.run([*asked[:-5], "touch", str(folder / "x")], capture_output=True).returncode
    done = subprocess.run(asked, capture_output=True, text=True)
    assert "begrepen: 3 opmerkingen" in done.stdout
    assert "mapping.toml kan niet geschreven worden: " in done.stderr
    assert "Geef uzelf schrijfrecht op de map" in done.stderr
    assert "theme = 'over wat (1)'" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr and "fiets" not in done.stdout + done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["a.md", "codes.csv"]
