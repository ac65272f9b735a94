"""Whatever is wrong, a command answers in the language of the study: every command, with mistakes that people make."""

import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from small_study import finished_small_study, make_tiny_study

from pipeline.cli import app as cli
from pipeline.report.words import reads_english

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00"
# studie: analysed; nieuw: never analysed; leeg: an empty folder; kapot: its settings are wrong.
MISTAKES = """
analyse leeg --out uit --plain
analyse kapot --plain
analyse foto.xlsx --out uit --plain
analyse zip.qdpx --out uit --plain
analyse stuk.qdpx --out uit --plain
analyse nergens --out uit --plain
compare leeg --plain
compare kapot --plain
schedule leeg
schedule nieuw --cron xx
table studie topic
table studie codings --by zzz
table nieuw topics
table nergens topics
open leeg
open nieuw
check leeg
check kapot
check nergens
check foto.xlsx
check zip.qdpx
check gemengd
agreement tekst.csv
agreement foto.xlsx
agreement nergens.csv
kit leeg --coder Z
kit studie --coder A
kit studie --coder machine-x
kit studie --coder Z --scheme zz
kit studie --coder Z --read foto.xlsx
kit studie --coder Z --read tekst.csv
kit studie --coder Z --read nergens.xlsx
kit studie --coder Y --read kit.xlsx
kit studie --coder Z --read kit.xlsx
next leeg
next nieuw
propose leeg
propose nieuw
pseudonymise leeg
pseudonymise studie --apply
adjudicate nieuw
adjudicate studie --coders A,X
adjudicate studie --coders A
adjudicate studie --read foto.xlsx
adjudicate studie --read kit.xlsx
adjudicate studie --read nergens.xlsx
export nieuw --to xlsx
export studie --to zz
export studie --to qdpx --out foto.xlsx/x
plan leeg
plan kapot
status leeg
status nieuw
diff leeg
diff nieuw
diff studie
diff studie 1 2
watch leeg
watch kapot
draft nieuw
draft studie --coder zz
decide nieuw rename T01 x --who An
decide studie rename T99 x --who An
decide studie merge T01 --who An
decide studie merge T01 T99 --who An
decide studie drop T99 --who An
decide studie pin T99 --who An
decide studie split T99 --who An
decide studie move f-x T01 --who An
decide studie undo D9 --who An
""".strip().split("\n")
# It lists what there is, or what is on this machine, and needs nothing that can be wrong.
NEEDS_NOTHING = {"stages", "models"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = tmp_path_factory.mktemp("dutch")
    shutil.copytree(finished_small_study("tafel-01"), base / "studie")
    make_tiny_study(base / "nieuw")
    for name, settings in (("kapot", "[topics]\nsede = 1\n"), ("gemengd", "[study]\n"), ("leeg", "")):
        (base / name).mkdir()
        if settings:
            (base / name / "study.toml").write_text(settings)
    (base / "gemengd" / "sources").mkdir()
    (base / "gemengd" / "sources" / "stuk.qdpx").write_bytes(b"PK\x03\x04")
    (base / "gemengd" / "sources" / "a.md").write_text("# Witte hoed\n\nAn: de bus rijdt maar om het uur\n")
    (base / "foto.xlsx").write_bytes(PICTURE)
    (base / "stuk.qdpx").write_bytes(b"PK\x03\x04")
    (base / "tekst.csv").write_text("a,b\n1\n")
    with zipfile.ZipFile(base / "zip.qdpx", "w") as archive:
        archive.writestr("x.txt", "x")
    return base


def run(folder: Path, words: str, monkeypatch, capsys) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["dialoogtafel", *words.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out + err


def test_every_command_answers_a_mistake_in_dutch(folder, monkeypatch, capsys):
    assert run(folder, "kit studie --coder Z --out kit.xlsx", monkeypatch, capsys)[0] == 0
    said = {words: run(folder, words, monkeypatch, capsys) for words in MISTAKES}
    assert {words: text for words, (_, text) in said.items() if reads_english(text)} == {}
    assert {words: text for words, (code, text) in said.items() if code not in (1, 2) or "Traceback" in text} == {}
    # What is to be run next is ready to be copied.
    assert {words for words, (_, text) in said.items() if "STUDY" in text} == set()
    assert "dialoogtafel table studie theme_assignments" in said["decide studie move f-x T01 --who An"][1]
    assert reads_english("cannot be read: no such file or directory") and not reads_english("het is er niet")


def test_every_command_is_tried(monkeypatch, capsys):
    _, shown = run(Path.cwd(), "--help", monkeypatch, capsys)
    commands = {
        line.split()[1] for line in shown.split("Commands")[1].splitlines() if line[:3] == "│ " + line[2:3] != "│  "
    }
    assert commands - {words.split()[0] for words in MISTAKES} == NEEDS_NOTHING
