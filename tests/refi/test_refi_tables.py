"""Codings of other programs: tables of coded segments, and the database of QualCoder."""

import sqlite3
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.readers import read_source
from pipeline.readers.given.codings import read_coding_file
from pipeline.run.intake import read_study

NOTES = "ZWARTE HOED:\n- D1: de lift is al maanden stuk\n- D2: niemand komt nog langs op zondag\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def said(rows):
    return [(r["coder"], r["scheme"], r["code"], r["session"], r["quote"]) for r in rows]


LIFT = "de lift is al maanden stuk"
EXPECTED = [("An", "subtheme", "toegang", "tafel-01", LIFT), ("An", "theme", "huis", "tafel-01", LIFT)]


@pytest.mark.parametrize(
    "rows",
    [
        [("Comment", "Document group", "Document name", "Code", "Begin", "End", "Weight score", "Segment", "Author"),
         ("", "groep", "tafel-01", "huis\\toegang", 2, 2, 0, LIFT, "An")],
        [("Opmerking", "Documentgroep", "Documentnaam", "Code", "Segment", "Auteur"),
         ("", "groep", "tafel-01", "huis > toegang", LIFT, "An")],
        [("ID", "Document", "Quotation Content", "Codes", "Created by"),
         ("1:1", "tafel-01", LIFT, "huis::toegang", "An")],
        [("Codename", "Category", "Filename", "Coder", "Seltext", "pos0", "pos1"),
         ("toegang", "huis", "tafel-01", "An", LIFT, 19, 45)],
        [("Gecodeerde segmenten",), (), ("Documentnaam", "Code", "Gecodeerd segment", "Auteur"),
         ("tafel-01", "huis\\toegang", LIFT, "An")],
    ],
    ids=["MAXQDA", "MAXQDA in Dutch", "ATLAS.ti", "QualCoder", "below a title"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_tables_of_other_programs_are_read_with_lenient_headers(tmp_path, rows, form):
    if form == "xlsx":
        path = write_workbook(tmp_path / "x.xlsx", rows)
    elif not rows[1]:
        pytest.skip("a CSV export has no title above its headers")
    else:
        path = write(tmp_path / "x.csv", "\n".join(";".join(map(str, row)) for row in rows) + "\n")
    found = read_coding_file(path, path.name)
    assert said(found.rows) == EXPECTED
    assert "codes were read 1 as theme, 1 as subtheme" in found.notices[0].message


def test_tags_of_taguette_with_points_as_levels_and_the_coder_in_the_name(tmp_path):
    rows = f'id,document,tag,content\n1,tafel-01,huis.toegang,"{LIFT}"\n1,tafel-01,knelpunten,"{LIFT}"\n'
    found = read_coding_file(write(tmp_path / "coder-b.csv", rows), "coder-b.csv")
    assert [(r["coder"], r["scheme"], r["code"]) for r in found.rows] == [
        ("B", "subtheme", "toegang"), ("B", "theme", "huis"), ("B", "polarity", "knelpunt"),
    ]  # fmt: skip


def test_offsets_serve_where_the_text_is_absent(tmp_path):
    found = read_coding_file(write(tmp_path / "a.csv", "code;file;pos0;pos1\nhuis;tafel-01;19;45\n"), "a.csv")
    assert [(r["source_id"], r["char_start"], r["char_end"], r["quote"]) for r in found.rows] == [
        ("tafel-01", 19, 45, None)
    ]


def test_our_own_form_is_read_as_before(tmp_path):
    found = read_coding_file(write(tmp_path / "coder-a.csv", f"quote,theme\n{LIFT},huis;zorg\n"), "coder-a.csv")
    assert [(r["coder"], r["code"], r["rank"]) for r in found.rows] == [("A", "huis", 1), ("A", "zorg", 2)]
    assert found.notices == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code;segment\n;iets dat gezegd is\n", "row 2: has no code"),
        ("code;segment\nhuis;\n", "row 2: does not say which text is coded"),
        ("code;segment;coder\nhuis;iets;machine-x\n", "kept for the pipeline"),
        ("code;segment\n", "holds headers and no rows"),
        ("code;segment\n" + "a\\" * 60 + "b;iets\n", "more than 50 deep"),
    ],
)
def test_what_is_wrong_in_a_table_is_said_by_row_without_its_text(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_coding_file(write(tmp_path / "x.csv", text), "x.csv")
    assert "gezegd" not in str(caught.value)


def test_a_workbook_without_coded_text_says_what_it_needs(tmp_path):
    path = write_workbook(tmp_path / "x.xlsx", [("naam", "leeftijd"), ("An", 3)])
    with pytest.raises(
        InputError, match="no column with a text beside one with its codes. Its first row holds 'naam', 'leeftijd'"
    ):
        read_coding_file(path, "x.xlsx")


def test_a_study_takes_tables_and_a_codebook_of_other_programs(tmp_path):
    write(tmp_path / "study.toml", '[study]\nname = "Proef"\n')
    write(tmp_path / "sources" / "tafel-01.txt", NOTES)
    write_workbook(tmp_path / "codings" / "an.xlsx", [("document", "code", "segment"), ("tafel-01", "huis", LIFT)])
    book = '<Code guid="1" name="huis" isCodable="true"><Description>wonen en toegang</Description></Code>'
    codes = f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{book}</Codes></CodeBook>'
    write(tmp_path / "codebook.qdc", codes)
    output = read_study(open_study(tmp_path))
    tables = output.tables
    assert list(tables["codebook"]["definition"]) == ["wonen en toegang"]
    assert list(tables["given_codings"]["session"]) == ["tafel-01"]
    assert any("codes were read 1 as theme" in notice.message for notice in output.notices)


SCHEMA = """
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, color text);
CREATE TABLE code_cat (catid integer primary key, name text, owner text, memo text, supercatid integer);
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer,
                        owner text, memo text);
"""


def make_database(path, *, extra=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA + extra)
        at = NOTES.index(LIFT)
        connection.executemany(
            "INSERT INTO source VALUES (?,?,?,NULL,'','An')", [(1, "tafel-01.txt", NOTES), (2, "foto.png", None)]
        )
        connection.execute("INSERT INTO code_cat VALUES (7,'huis','An','wonen',NULL)")
        connection.executemany(
            "INSERT INTO code_name VALUES (?,?,'',?,'An','#ff0000')", [(1, "toegang", 7), (2, "Knelpunten", None)]
        )
        connection.executemany(
            "INSERT INTO code_text VALUES (?,?,1,?,?,?,?,'')",
            [(1, 1, LIFT, at, at + len(LIFT), "An"), (2, 2, LIFT, at, at + len(LIFT), "Bea")],
        )
    connection.close()
    return path


def test_a_qualcoder_project_is_read_and_stays_as_it_was(tmp_path):
    path = make_database(tmp_path / "proef.qda" / "data.qda")
    before, listed = path.read_bytes(), sorted(path.parent.iterdir())
    (reading,) = read_source(path, "proef.qda/data.qda")
    at = NOTES.index(LIFT)
    assert [(r["coder"], r["scheme"], r["code"], r["char_start"], r["char_end"]) for r in reading.given_codings] == [
        ("An", "subtheme", "toegang", at, at + 26), ("An", "theme", "huis", at, at + 26),
        ("Bea", "polarity", "knelpunt", at, at + 26),
    ]  # fmt: skip
    assert [row["session"] for row in reading.sessions] == ["tafel-01"]
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == (before, listed)
    messages = [notice.message for notice in reading.notices]
    assert "1 pictures, recordings or empty texts were left out" in messages


def test_copies_of_texts_beside_a_qualcoder_database_are_not_read_twice(tmp_path):
    make_database(tmp_path / "notes" / "proef.qda" / "data.qda")
    write(tmp_path / "notes" / "proef.qda" / "documents" / "tafel-01.txt", NOTES)
    sources = read_study(open_study(tmp_path / "notes", tmp_path / "out")).tables["sources"]
    assert list(sources["name"]) == ["proef.qda/data.qda/tafel-01.txt"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"", "is no database"),
        (lambda data: b"PK\x03\x04" + data, "is no database"),
        (lambda data: data[:3000], "damaged, or not QualCoder's|is no QualCoder project"),
        (lambda data: data[:100] + b"\xff" * 4000, "damaged"),
    ],
)
def test_a_bad_database_is_one_clear_error(tmp_path, damage, message):
    path = make_database(tmp_path / "data.qda")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=message):
        read_source(path, "data.qda")


def test_a_database_of_another_program_and_one_with_a_view_that_never_ends(tmp_path):
    endless = "CREATE VIEW x AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;"
    with sqlite3.connect(tmp_path / "data.qda") as connection:
        connection.executescript(endless.replace("VIEW x", "VIEW source"))
    connection.close()
    with pytest.raises(InputError, match="it has no table source, code_name, code_text"):
        read_source(Path(tmp_path / "data.qda"), "data.qda")
