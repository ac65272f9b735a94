"""Reads the database of a QualCoder project, ``.qda``, without writing a byte: its texts, codes and codings."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.core.errors import InputError
from pipeline.core.notices import Notice
from pipeline.core.schemas.forms import Row
from pipeline.readers.files.reading import Reading
from pipeline.readers.qda.readings import ProjectText, make_readings
from pipeline.refi.parsing import MAX_CODES, MAX_DEPTH, MAX_SELECTIONS
from pipeline.refi.project import TEXT_SELECTION, TEXT_SOURCE, Code, Coding, Project, Selection, Source, User
from pipeline.refi.writing import text_place

MAX_DATABASE = 500_000_000
MAX_VALUE = 20_000_000
MAX_STEPS = 20_000
"""Thousands of instructions of the database; a whole project takes a few hundred."""

_STEP = 1_000
_SIGNATURE = b"SQLite format 3\x00"
_TABLES = ("source", "code_name", "code_text")
_FIX = "Give the file data.qda of a QualCoder project, closed in QualCoder"


def read_qualcoder(path: Path, name: str) -> tuple[Reading, ...]:
    """Read a QualCoder project.

    Args:
        path: its database, ``data.qda``.
        name: the name to use for it in tables and messages.

    Returns:
        A reading for each text; the first carries the codebook.

    Raises:
        InputError: no such database, damage, or no text.
    """
    _check(path, name)
    try:
        rows = _read_tables(path)
    except (sqlite3.Error, OverflowError, MemoryError, UnicodeError):
        raise InputError.single(name, "is a database that is damaged, or not QualCoder's", _FIX) from None
    absent = [table for table in _TABLES if table not in rows]
    if absent:
        raise InputError.single(name, f"is no QualCoder project: it has no table {', '.join(absent)}", _FIX)
    if len(rows["code_name"]) > MAX_CODES or len(rows["code_text"]) > MAX_SELECTIONS:
        raise InputError.single(name, "holds more codes or codings than people make", "Give a part of the project")
    texts = [row for row in rows["source"] if str(row.get("fulltext") or "").strip()]
    if not texts:
        raise InputError.single(name, "holds no text", "Add the notes to the project as text")
    project = _make_project(rows, name)
    sources = _make_sources(texts, rows["code_text"])
    notices = []
    silent = len(rows["source"]) - len(texts)
    if silent:
        notices.append(Notice(name, f"{silent} pictures, recordings or empty texts were left out"))
    if path.with_name(f"{path.name}-wal").exists():
        notices.append(Notice(name, "is open in QualCoder: what is not saved yet is not read; close it to be sure"))
    found = [ProjectText(each, each, str(row["fulltext"]).encode()) for each, row in zip(sources, texts, strict=True)]
    return make_readings(project, found, name, notices)


def _check(path: Path, name: str) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(_SIGNATURE))
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        fix = "Check that the file exists and may be read"
        raise InputError.single(name, f"cannot be read: {reason}", fix) from None
    if head != _SIGNATURE:
        raise InputError.single(name, "is no database, as its suffix says it is", _FIX)
    if size > MAX_DATABASE:
        raise InputError.single(name, f"is larger than {MAX_DATABASE // 1_000_000} MB", "Give a part of the project")


def _read_tables(path: Path) -> dict[str, list[Row]]:
    """Read the tables that matter; views and triggers are never run, and no journal is written or replayed."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return int(steps > MAX_STEPS)

    uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
        connection.set_progress_handler(count, _STEP)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.row_factory = sqlite3.Row
        held = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        wanted = {
            "source": "id, name, fulltext", "code_name": "*", "code_cat": "*",
            "code_text": "ctid, cid, fid, pos0, pos1, owner, seltext",
        }  # fmt: skip
        return {
            table: [dict(row) for row in connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1")]  # noqa: S608
            for table, columns in wanted.items()
            if table in held
        }
    finally:
        connection.close()


def _make_project(rows: Mapping[str, list[Row]], name: str) -> Project:
    owners = sorted({str(row["owner"] or "") for row in rows["code_text"]})
    users = tuple(User(guid=f"user {owner}", name=owner) for owner in owners if owner)
    return Project(name="", users=users, codes=tuple(_make_codes(rows, name)))


def _make_codes(rows: Mapping[str, list[Row]], name: str) -> Iterator[Code]:
    """Build the tree: categories are folders, in which codes and, of late, codes below codes lie."""
    below: dict[str, list[tuple[str, Row, bool]]] = defaultdict(list)
    known = {f"cat {row['catid']}" for row in rows.get("code_cat", [])} | {
        f"code {row['cid']}" for row in rows["code_name"]
    }
    for row in rows.get("code_cat", []):
        parent = f"cat {row.get('supercatid')}"
        below[parent if parent in known else ""].append((f"cat {row['catid']}", row, False))
    for row in rows["code_name"]:
        parents = (f"code {row.get('supercid')}", f"cat {row.get('catid')}")
        parent = next((each for each in parents if each in known), "")
        below[parent].append((f"code {row['cid']}", row, True))
    done: set[str] = set()

    def grow(key: str, depth: int = 0) -> Iterator[Code]:
        if depth > MAX_DEPTH:
            raise InputError.single(name, f"holds codes more than {MAX_DEPTH} deep", "Make the tree of codes flatter")
        for guid, row, is_codable in sorted(below.get(key, []), key=lambda each: (str(each[1]["name"]), each[0])):
            # A tree that bites its tail would never end.
            if guid not in done:
                done.add(guid)
                yield Code(
                    guid=guid,
                    name=" ".join(str(row["name"] or "").split()),
                    is_codable=is_codable,
                    description=str(row.get("memo") or "") or None,
                    codes=tuple(grow(guid, depth + 1)),
                )

    yield from grow("")


def _make_sources(texts: list[Row], codings: list[Row]) -> list[Source]:
    given: dict[Any, list[Row]] = defaultdict(list)
    for row in codings:
        given[row["fid"]].append(row)
    return [
        Source(
            kind=TEXT_SOURCE,
            guid=f"source {row['id']}",
            name=str(row["name"] or ""),
            selections=tuple(_make_selection(each) for each in given.get(row["id"], [])),
        )
        for row in texts
    ]


def _make_selection(row: Row) -> Selection:
    user = f"user {row['owner']}" if row["owner"] else None
    start, end = (int(row[column]) if str(row[column]).isdecimal() else -1 for column in ("pos0", "pos1"))
    return Selection(
        kind=TEXT_SELECTION,
        guid=f"selection {row['ctid']}",
        name=str(row["seltext"] or "") or None,
        place=text_place(start, end),
        codings=(Coding(guid=f"coding {row['ctid']}", code=f"code {row['cid']}", user=user),),
    )
