"""Reads projects of REFI-QDA, ``.qdpx``, and QualCoder, ``.qda``: their texts, codes, and the codings of their users.

A text is looked for in the archive, then beside it by the name of the file; a path that is absolute, or leads out of
the folder of the project, is never opened. Of the database of QualCoder not a byte is written.
"""

import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from pipeline.core.errors import InputError, Notice, list_some
from pipeline.core.schemas.forms import Row
from pipeline.readers.archives import Archive, open_archive, parse_xml, printable, read_bytes
from pipeline.readers.qda_codes import understand_codes
from pipeline.readers.qda_readings import ProjectText, make_readings
from pipeline.readers.sources import MAX_TEXT, Reading
from pipeline.refi.project import (
    MAX_CODES,
    MAX_DEPTH,
    MAX_SELECTIONS,
    MEDIA_SOURCES,
    TEXT_SELECTION,
    TEXT_SOURCE,
    Code,
    Coding,
    Project,
    Selection,
    Source,
    User,
    parse_codebook,
    parse_project,
    path_of,
    walk_texts,
)
from pipeline.refi.writing import ORIGIN, text_place

CODEBOOK_SUFFIX = ".qdc"
PROJECT_SUFFIX = ".qdpx"
QDA_CODEBOOKS = (CODEBOOK_SUFFIX, PROJECT_SUFFIX)
MAX_CODEBOOK = 32_000_000
MAX_CODEBOOK_ELEMENTS = 300_000


def read_qda_codebook(path: Path, name: str) -> tuple[Row, ...]:
    """Read a codebook of another program.

    Args:
        path: a ``.qdc`` file, or a ``.qdpx`` project, of which only the codes are read.
        name: the name to use for it in messages.

    Returns:
        Rows of ``codebook``.

    Raises:
        InputError: it is no codebook, is damaged, or holds more than people make.
    """
    fix = "Export it again as a REFI-QDA codebook (.qdc)"
    if path.suffix.lower() == PROJECT_SUFFIX:
        project = _open_project(path, name)
        rows = understand_codes(project.codes, ours=project.origin == ORIGIN).codebook
    else:
        data = read_bytes(path, name, MAX_CODEBOOK)
        if data.count(b"<") > MAX_CODEBOOK_ELEMENTS:
            raise InputError.single(name, f"holds more than {MAX_CODEBOOK_ELEMENTS} elements", fix)
        root = parse_xml(data, name)
        codes, _ = parse_codebook(root, name)
        rows = understand_codes(codes, ours=root.get("origin") == ORIGIN).codebook
    if not rows:
        raise InputError.single(name, "holds no code", fix)
    return rows


def holds_codes_only(path: Path, name: str) -> bool:
    """Tell whether a project has codes and no source: then it is a codebook.

    Raises:
        InputError: it is no project.
    """
    with open_archive(path, name) as archive:
        data = archive.read(_find_project(archive, name), MAX_PROJECT)
    return not _ANY_SOURCE.search(data) and b"<Code " in data


def _open_project(path: Path, name: str) -> Project:
    with open_archive(path, name) as archive:
        inner = _find_project(archive, name)
        where = f"{name}, {printable(inner)}"
        return parse_project(parse_xml(_checked(archive.read(inner, MAX_PROJECT), where), where), where)


_ANY_SOURCE = re.compile(rb"<(?:\w+:)?(?:Text|Picture|PDF|Audio|Video)Source\b")

MAX_PROJECT = 64_000_000
"""Bytes of the project file; ten thousand selections with their codings are four million."""
MAX_ELEMENTS = 500_000
"""A tree of this size takes half a gigabyte of memory and some seconds; a hundred thousand codings fit in it."""

_PROJECT_FILE = "project.qde"
_SCHEME = re.compile(r"[a-z]+:/*")
_SCHEMES = ("", "internal", "relative", "absolute", "file")
_TEXT_PATHS = ("plainTextPath", "currentPath")
_TEXT_SUFFIXES = (".txt", ".md")
_NO_PATH_WORDS = "its text is neither in the project nor beside it: export the project with its sources"


def read_project(path: Path, name: str) -> tuple[Reading, ...]:
    """Read a project.

    Args:
        path: a ``.qdpx`` file.
        name: the name to use for it in tables and messages.

    Returns:
        A reading for each text; the first one carries the codebook and what is to be known of the whole.

    Raises:
        InputError: no archive, no project in it, damage, more than people make, or no text at all.
    """
    with open_archive(path, name) as archive:
        inner = _find_project(archive, name)
        where = f"{name}, {printable(inner)}"
        project = parse_project(parse_xml(_checked(archive.read(inner, MAX_PROJECT), where), where), where)
        folder = PurePosixPath(inner).parent
        texts = _Texts(archive, folder, path.parent)
        found = [_load(texts, known, text) for known, text in walk_texts(project.sources)]
    notices = [Notice(name, message) for message in _describe_whole(project, found, texts)]
    read = [each for each in found if isinstance(each, ProjectText)]
    if not read:
        what = f"holds no text that can be read, in {len(project.sources)} sources"
        raise InputError.single(name, what, "Export the project with its sources as plain text in it")
    return make_readings(project, read, name, notices)


def _find_project(archive: Archive, name: str) -> str:
    inside = [part for part in archive.names() if part.lower().endswith(".qde")]
    exact = [part for part in inside if PurePosixPath(part).name.lower() == _PROJECT_FILE]
    for found in (exact, inside):
        if len(found) == 1:
            return found[0]
    what = "holds more than one project" if inside else "holds no project.qde"
    raise InputError.single(name, what, "Export the project again as REFI-QDA (.qdpx)")


def _checked(data: bytes, where: str) -> bytes:
    # Elements take many times their length in memory: they are counted before a tree is built of them.
    if data.count(b"<") > MAX_ELEMENTS:
        fix = "Export only the documents and codes that this study needs"
        raise InputError.single(where, f"holds more than {MAX_ELEMENTS} elements", fix)
    return data


@dataclass(frozen=True, slots=True)
class _Missing:
    """A text that is not there, with the reason."""

    source: Source
    reason: str


def _fold_path(path: str) -> str:
    return unicodedata.normalize("NFC", path).lower().replace("\\", "/")


class _Texts:
    """Where the texts of a project lie."""

    def __init__(self, archive: Archive, folder: PurePosixPath, beside: Path) -> None:
        self._archive = archive
        self._beside = beside
        self._parts = {_fold_path(part): part for part in archive.names()}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for folded, part in self._parts.items():
            self._by_name[PurePosixPath(folded).name].append(part)
        self._folder = "" if str(folder) == "." else f"{folder}/".lower()
        self.refused = archive.refused
        self.outside = 0

    def read(self, written: str) -> bytes | None:
        """Give the bytes that a path refers to; None where they are not there, or may not be read.

        Programs write the path of a text in the archive in many ways: with a scheme or without, with the folder or
        without, as the path that it had on their machine. Within the archive each of them is looked for.
        """
        plain = _fold_path(unquote(written))
        scheme, _, bare = plain.partition(":") if _SCHEME.match(plain) else ("", "", plain)
        if scheme not in _SCHEMES and len(scheme) != 1:
            return None
        bare = bare.lstrip("/").removeprefix("./")
        if (part := self._exact(bare)) is not None:
            return self._archive.read(part, MAX_TEXT)
        if scheme != "internal":
            written_bare = unquote(written).replace("\\", "/").partition("://")
            beside = self._read_beside(written_bare[2] or written_bare[0], is_relative=scheme in ("", "relative"))
            if beside is not None:
                return beside
        same = self._by_name.get(PurePosixPath(bare).name, [])
        return self._archive.read(same[0], MAX_TEXT) if len(same) == 1 else None

    def _exact(self, bare: str) -> str | None:
        names = (f"{self._folder}sources/{bare}", f"{self._folder}{bare}", f"sources/{bare}", bare)
        return next((self._parts[name] for name in names if name in self._parts), None)

    def _read_beside(self, plain: str, *, is_relative: bool) -> bytes | None:
        bare = PurePosixPath(plain.lstrip("/"))
        wanted = [bare, PurePosixPath(bare.name)] if is_relative else [PurePosixPath(bare.name)]
        root = self._beside.resolve()
        for each in wanted:
            if not each.name or each.suffix.lower() not in _TEXT_SUFFIXES:
                continue
            target = (root / each).resolve()
            if not target.is_relative_to(root):
                self.outside += 1
            elif target.is_file():
                return read_bytes(target, str(each), MAX_TEXT)
        return None


def _load(texts: _Texts, known: Source, text: Source) -> ProjectText | _Missing:
    """Find one text, and decode it."""
    if text.content is not None and text.content.strip():
        return ProjectText(known, text, text.content.encode())
    reason = _NO_PATH_WORDS
    for attribute in _TEXT_PATHS:
        written = path_of(text, attribute)
        if written and (attribute == "plainTextPath" or written.lower().endswith(_TEXT_SUFFIXES)):
            data = texts.read(written)
            if data is not None and not data.strip():
                return _Missing(text, "its text is empty")
            if data is not None:
                return ProjectText(known, text, data)
    if path_of(text, "richTextPath") and not path_of(text, "plainTextPath"):
        reason = "it has a styled text only, in which places of codings cannot be found: export it with its plain text"
    return _Missing(text, reason)


def _describe_whole(project: Project, found: list[ProjectText | _Missing], texts: _Texts) -> Iterator[str]:
    missing = [each for each in found if isinstance(each, _Missing)]
    for reason in dict.fromkeys(each.reason for each in missing):
        names = [each.source.name or each.source.guid for each in missing if each.reason == reason]
        yield f"{len(names)} sources were left out ({list_some(map(printable, names))}): {reason}"
    silent = [source for source in project.sources if source.kind in MEDIA_SOURCES and not source.texts]
    if silent:
        listed = list_some(printable(source.name or source.guid) for source in silent)
        yield f"{len(silent)} pictures, recordings or PDFs have no text and were left out: {listed}"
    if texts.refused:
        yield f"{texts.refused} parts were not opened: their names lead out of the archive, or they are links"
    if texts.outside:
        yield f"{texts.outside} paths lead out of the folder of the project and were not opened"
    counts = {"sets": len(project.sets), "cases": len(project.cases), "notes": len(project.notes)}
    kept = [f"{n} {what}" for what, n in counts.items() if n]
    if kept or project.n_left:
        other = [f"{project.n_left} links, graphs and values of variables"] if project.n_left else []
        yield f"not used in the analysis: {', '.join([*kept, *other])}"


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
        names = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        wanted = {
            "source": "id, name, fulltext", "code_name": "*", "code_cat": "*",
            "code_text": "ctid, cid, fid, pos0, pos1, owner, seltext",
        }  # fmt: skip
        return {
            table: [dict(row) for row in connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1")]  # noqa: S608
            for table, columns in wanted.items()
            if table in names
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
