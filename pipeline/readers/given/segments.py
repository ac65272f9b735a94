"""Reads tables of coded segments, as MAXQDA, ATLAS.ti, Taguette and QualCoder export them.

They have a column with codes and one with the coded text, and no column with a scheme: the scheme follows from the path
of the code, by the rule of ``code_schemes``. Paragraph numbers and weights are not read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import SYNTHESIS_CODER, is_machine
from pipeline.readers.given.codebook import WORDS
from pipeline.readers.given.context import LONG_HEADERS, WIDE_HEADERS, CodingFile, name_coder
from pipeline.readers.qda_codes import Understood, scheme_of, understand_codes
from pipeline.readers.sheets.cells import cell_at, fold_header, is_total
from pipeline.readers.sheets.columns import HEADER_ROWS
from pipeline.readers.sheets.workbooks import Workbook
from pipeline.readers.words import read_words
from pipeline.refi.project import MAX_DEPTH, Code

HEADERS = read_words("segments")


_FOLDED = {fold_header(word): column for column, words in HEADERS.items() for word in (column, *words)}


_OWN = frozenset(
    fold_header(word) for column, words in {**WIDE_HEADERS, "scheme": LONG_HEADERS["scheme"]}.items()
    for word in (column, *words)
) | frozenset(map(fold_header, ("session", "sessie", *WORDS["session"])))  # fmt: skip


_PATH = re.compile(r"\\| > |::")


_DOTTED = re.compile(r"\.(?=\S)")


@dataclass(frozen=True, slots=True)
class _Segment:
    row: int
    cells: Mapping[str, str]
    paths: tuple[tuple[str, ...], ...]


def read_segments(name: str, book: Workbook) -> CodingFile | None:
    """Read the first sheet that is a table of coded segments; None where none is."""
    for sheet in book.sheets:
        head = next((i for i, (_, cells) in enumerate(sheet.rows[:HEADER_ROWS]) if is_segments_head(cells)), None)
        if head is not None:
            return _read(name, name if book.is_text else f"{name}, {sheet.title}", sheet.rows[head:])
    return None


_Rows = Sequence[tuple[int, Sequence[str]]]


def is_segments_head(cells: Sequence[str]) -> bool:
    """Tell whether a row holds the headers of such a table."""
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
    totals = {number for number, cells in rows[1:] if is_total(cells)}
    numbered = [
        (number, {column: cell_at(cells, i) for column, i in columns.items()})
        for number, cells in rows[1:]
        if number not in totals
    ]
    segments = [
        _Segment(number, cells, _paths(cells, dotted=dotted)) for number, cells in numbered if any(cells.values())
    ]
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
    notices = [Notice(name, each) for each in understood.notices]
    if totals:
        notices.append(Notice(name, f"{len(totals)} rows are totals, and are no codings"))
    left = sum(understood.meanings[guids[path]] is None for segment in segments for path in segment.paths)
    if left:
        notices.append(Notice(name, f"{left} rows give a code that belongs to no scheme, and were left"))
    memos = tuple(
        {
            "row": f"{name}:{segment.row:06d}", "position": 0, "coder": segment.cells.get("coder") or coder,
            "header": rows[0][1][columns["memo"]].strip(), "text": segment.cells["memo"],
        }
        for segment in segments
        if segment.cells.get("memo")
    )  # fmt: skip
    return CodingFile(given, tuple(notices), memos)


def _paths(cells: Mapping[str, str], *, dotted: bool) -> tuple[tuple[str, ...], ...]:
    """Give the paths of the codes in a cell, each with its category above it."""
    category = [part.strip() for part in _PATH.split(cells.get("category", "")) if part.strip()]
    found = []
    for code in re.split(r"[\n;]", cells.get("code", "")):
        top, colon, below = code.partition(":")
        if colon and below.strip() and scheme_of(top.strip()) is not None:
            # "Thema: zorg" is how ATLAS.ti users write a code below another.
            code = f"{top} > {below.lstrip(':')}"
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
    if is_machine(who) or who == SYNTHESIS_CODER:
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
                yield {
                    "row_id": identity,
                    "scheme": scheme,
                    "code": code,
                    "rank": rank,
                    "implied": all((each.scheme, each.code) != (scheme, code) for each in meanings),
                    **_segment_place(segment, coder),
                }


def _segment_place(segment: _Segment, coder: str) -> dict[str, object]:
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
