"""A QualCoder project as a folder, and a project that holds codes only."""

import sqlite3
from pathlib import Path

import refi_projects

from pipeline.core.study import open_study
from pipeline.run.intake import read_study

TEXT = "D1: de bus rijdt niet meer na zes uur\nD2: er is geen bank op het plein te vinden\n"
TABLES = """
create table source(id integer, name text, fulltext text);
create table code_name(cid integer, name text, memo text, catid integer);
create table code_text(ctid integer, cid integer, fid integer, pos0 integer, pos1 integer, owner text, seltext text);
"""


def test_a_qualcoder_folder_is_read_through_its_database(tmp_path: Path) -> None:
    folder = tmp_path / "proef.qda"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "tafel-01.txt").write_text(TEXT, encoding="utf-8")
    base = sqlite3.connect(folder / "data.qda")
    base.executescript(TABLES)
    base.execute("insert into source values (1, 'tafel-01.txt', ?)", (TEXT,))
    base.execute("insert into code_name values (1, 'vervoer', '', null)")
    base.execute("insert into code_text values (1, 1, 1, 4, 37, 'An', ?)", (TEXT[4:37],))
    base.commit()
    base.close()
    tables = read_study(open_study(folder, tmp_path / "out")).tables
    assert tables["sources"]["name"].tolist() == ["data.qda/tafel-01.txt"]
    assert tables["given_codings"][["coder", "code", "char_start", "char_end"]].to_numpy().tolist() == [
        ["An", "vervoer", 4, 37]
    ]


def test_a_project_without_sources_is_a_codebook(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "tafel-01.txt").write_text(TEXT, encoding="utf-8")
    body = refi_projects.project(codes=refi_projects.code(1, "vervoer") + refi_projects.code(2, "Kansen"))
    refi_projects.pack(notes / "codes.qdpx", {"project.qde": body})
    tables = read_study(open_study(notes, tmp_path / "out")).tables
    assert tables["sources"]["name"].tolist() == ["tafel-01.txt"]
    assert tables["codebook"].query("scheme == 'theme'")["code"].tolist() == ["vervoer"]
