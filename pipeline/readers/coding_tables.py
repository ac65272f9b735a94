"""Reads tables of coded segments as MAXQDA, ATLAS.ti, Taguette and QualCoder export them, as CSV or XLSX.

Such a table has a column with codes and one with the coded text, and no column with a scheme: the scheme follows from
the path of the code, by the rule of ``code_schemes``. Paragraph numbers and weights are not read.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError, Problem
from pipeline.outputs import Notice
from pipeline.readers.code_schemes import Understood, understand_codes
from pipeline.readers.decoding import decode_file
from pipeline.readers.manual_coding import LONG_HEADERS, WIDE_HEADERS, name_coder, read_codings
from pipeline.readers.reading import Row
from pipeline.readers.sheets import find_separator, fold_header
from pipeline.readers.workbooks import read_workbook
from pipeline.refi.parsing import MAX_DEPTH
from pipeline.refi.project import Code
from pipeline.vocabulary import MACHINE_CODER_PREFIX, SYNTHESIS_CODER

HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": ("codes", "code name", "codename", "codenaam", "tag", "tags", "code path"),
    "category": ("categorie", "code category", "category name", "catname"),
    "quote": (
        "segment", "content", "coded text", "coded segment", "coded segments", "gecodeerd segment", "gecodeerde tekst",
        "seltext", "quotation", "quotation content", "citaat", "highlight", "text", "tekst", "coded",
    ),
    "document": (
        "document name", "documentname", "documentnaam", "file", "filename", "file name", "bestand", "bestandsnaam",
        "bron", "source", "quotation document",
    ),
    "coder": ("author", "auteur", "coder name", "codeur", "owner", "created by", "gemaakt door", "user", "gebruiker"),
    "start": ("pos0", "start position", "startpositie"),
    "end": ("pos1", "end position", "eindpositie"),
}  # fmt: skip
HEADER_ROWS = 10
"""Some exports begin with a title; the headers are looked for in so many rows."""

_FOLDED = {fold_header(word): column for column, words in HEADERS.items() for word in (column, *words)}
_OWN = frozenset(
    fold_header(word) for column, words in {**WIDE_HEADERS, "scheme": LONG_HEADERS["scheme"]}.items()
    for word in (column, *words)
)  # fmt: skip
_PATH = re.compile(r"\\| > |::")
_DOTTED = re.compile(r"\.(?=\S)")


@dataclass(frozen=True, slots=True)
class CodingFile:
    """What one file of manual codings holds: rows of ``given_codings``, and what a user should know."""

    rows: tuple[Row, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Segment:
    row: int
    cells: Mapping[str, str]
    paths: tuple[tuple[str, ...], ...]


def read_coding_file(path: Path, name: str) -> CodingFile:
    """Read manual codings in any of the forms that are known.

    Args:
        path: a CSV file of our own form, or a CSV or XLSX table of coded segments of another program.
        name: the name to use for it in messages and row ids.

    Returns:
        Its rows; ``session`` and ``source_id`` as written, for ingest to resolve.

    Raises:
        InputError: what is wrong in the file, by row; all at once.
    """
    is_workbook = path.suffix.lower() == ".xlsx"
    tables = _workbook(path, name) if is_workbook else [_csv(path, name)]
    for title, rows in tables:
        head = next((i for i, (_, cells) in enumerate(rows[:HEADER_ROWS]) if _is_head(cells)), None)
        if head is not None:
            return _read(name, title, rows[head:])
    if is_workbook:
        what = "has no sheet with a column for codes and one for the coded text"
        fix = "Export the coded segments with their text, or save codings of our own form as CSV"
        raise InputError.single(name, what, fix)
    return CodingFile(read_codings(path, name))


_Rows = Sequence[tuple[int, Sequence[str]]]


def _csv(path: Path, name: str) -> tuple[str, _Rows]:
    text = decode_file(path, name).text
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=find_separator(text)))
    except csv.Error:
        raise InputError.single(name, "is no table that can be read", "Save it as CSV in UTF-8 again") from None
    return name, list(enumerate(rows, start=1))


def _workbook(path: Path, name: str) -> list[tuple[str, _Rows]]:
    return [(f"{name}, {sheet.title}", sheet.rows) for sheet in read_workbook(path, name).sheets]


def _is_head(cells: Sequence[str]) -> bool:
    folded = {fold_header(cell) for cell in cells}
    known = {_FOLDED[cell] for cell in folded if cell in _FOLDED}
    has_place = "quote" in known or {"document", "start", "end"} <= known
    return "code" in known and has_place and not folded & _OWN


def _read(name: str, where: str, rows: _Rows) -> CodingFile:
    head = [fold_header(cell) for cell in rows[0][1]]
    columns: dict[str, int] = {}
    for i, cell in enumerate(head):
        if cell in _FOLDED:
            columns.setdefault(_FOLDED[cell], i)
    dotted = head[columns["code"]] in ("tag", "tags")
    held = [(number, _cells(cells, columns)) for number, cells in rows[1:]]
    segments = [_Segment(number, cells, _paths(cells, dotted=dotted)) for number, cells in held if any(cells.values())]
    coder = name_coder(name)
    problems = [
        Problem(f"{where}, row {segment.row}", what, fix)
        for segment in segments for what, fix in _problems(segment, coder)
    ]  # fmt: skip
    if not segments:
        problems.append(Problem(f"{where}, row {rows[0][0]}", "holds headers and no rows", "Leave the file out"))
    if problems:
        raise InputError(problems)
    guids, understood = _understand([path for segment in segments for path in segment.paths])
    given = tuple(_given(name, segments, coder, guids, understood))
    said = [Notice(name, each) for each in understood.notices]
    left = sum(understood.meanings[guids[path]] is None for segment in segments for path in segment.paths)
    if left:
        said.append(Notice(name, f"{left} rows give a code that belongs to no scheme, and were left"))
    return CodingFile(given, tuple(said))


def _cells(cells: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {column: cells[i].strip() if i < len(cells) else "" for column, i in columns.items()}


def _paths(cells: Mapping[str, str], *, dotted: bool) -> tuple[tuple[str, ...], ...]:
    """Give the paths of the codes in a cell, each with its category above it."""
    category = [part.strip() for part in _PATH.split(cells.get("category", "")) if part.strip()]
    found = []
    for code in re.split(r"[\n;]", cells.get("code", "")):
        parts = [part.strip() for part in (_DOTTED if dotted else _PATH).split(code) if part.strip()]
        if parts:
            found.append((*category, *parts))
    return tuple(dict.fromkeys(found))


def _problems(segment: _Segment, coder: str) -> Iterator[tuple[str, str]]:
    cells = segment.cells
    if not segment.paths:
        yield "has no code", "Fill the column with the code, or delete the row"
    if any(len(path) > MAX_DEPTH for path in segment.paths):
        yield f"gives a code that lies more than {MAX_DEPTH} deep", "Make the tree of codes flatter"
    who = cells.get("coder") or coder
    if who.startswith(MACHINE_CODER_PREFIX) or who == SYNTHESIS_CODER:
        yield "names a coder with a name that is kept for the pipeline", "Choose another name"
    offsets = [cells.get("start", ""), cells.get("end", "")]
    if not cells.get("quote") and not (cells.get("document") and all(each.isdecimal() for each in offsets)):
        yield "does not say which text is coded", "Export it with the coded text"


def _understand(paths: Sequence[tuple[str, ...]]) -> tuple[dict[tuple[str, ...], str], Understood]:
    """Build the tree of codes that the paths make up, in the order of the file."""
    below: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for path in paths:
        for depth in range(len(path)):
            below.setdefault(path[:depth], {})[path[: depth + 1]] = None
    guids = {path: "\\".join(path) for children in below.values() for path in children}

    def grow(path: tuple[str, ...]) -> Code:
        children = tuple(grow(child) for child in below.get(path, {}))
        # A table does not tell folders from codes that nobody gave.
        return Code(guid=guids[path], name=path[-1], codes=children)

    return guids, understand_codes([grow(path) for path in below.get((), {})])


def _given(
    name: str, segments: Sequence[_Segment], coder: str, guids: Mapping[tuple[str, ...], str], understood: Understood
) -> Iterator[Row]:
    for segment in segments:
        codes: dict[str, list[str | None]] = {}
        meanings = [meaning for path in segment.paths if (meaning := understood.meanings[guids[path]])]
        for meaning in meanings:
            codes.setdefault(meaning.scheme, []).append(meaning.code)
        for meaning in meanings:
            if meaning.theme is not None:
                codes.setdefault("theme", []).append(meaning.theme)
        for scheme, found in codes.items():
            for rank, code in enumerate(dict.fromkeys(found), start=1):
                identity = f"{name}:{segment.row:06d}:{scheme}:{rank}"
                yield {"row_id": identity, "scheme": scheme, "code": code, "rank": rank, **_place(segment, coder)}


def _place(segment: _Segment, coder: str) -> dict[str, object]:
    cells = segment.cells
    # Offsets count in the text that the other program keeps; where the text itself is given, it says more.
    by_offsets = not cells.get("quote")
    return {
        "coder": cells.get("coder") or coder,
        "session": cells.get("document") or None,
        "unit": None,
        "source_id": cells.get("document") or None,
        "char_start": int(cells["start"]) if by_offsets else None,
        "char_end": int(cells["end"]) if by_offsets else None,
        "quote": cells.get("quote") or None,
    }
