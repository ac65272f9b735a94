"""Reads tables of coded segments as MAXQDA, ATLAS.ti, Taguette and QualCoder export them, as CSV or XLSX.

Such a table has a column with codes and one with the coded text, and no column with a scheme: the scheme follows from
the path of the code, by the rule of ``code_schemes``. Paragraph numbers and weights are not read.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.core.vocabulary import MACHINE_CODER_PREFIX, SYNTHESIS_CODER, Scheme
from pipeline.readers.files.decoding import decode_file
from pipeline.readers.files.reading import Row
from pipeline.readers.files.versions import split_version
from pipeline.readers.given.codebook import nearest
from pipeline.readers.qda.code_schemes import Understood, understand_codes
from pipeline.readers.sheets.cells import FIRST_ROW, Sheet, find_separator, fold_header, read_sheet
from pipeline.readers.sheets.workbooks import read_workbook
from pipeline.refi.parsing import MAX_DEPTH
from pipeline.refi.project import Code

CODE_SEPARATOR = ";"
NO_CODE = ("", "-", "–", "—")

PLACE_HEADERS: Mapping[str, tuple[str, ...]] = {
    "unit": ("fragment_id", "utterance_id", "id", "fragment", "eenheid"),
    "quote": ("citaat", "tekst", "text", "uitspraak", "passage"),
    "session": ("sessie", "dialoogtafel", "tafel"),
    "source": ("source_id", "bron", "bestand", "file"),
    "char_start": ("start", "begin", "teken_van"),
    "char_end": ("end", "einde", "teken_tot"),
    "coder": ("codeur", "codeerder", "beoordelaar"),
}
LONG_HEADERS: Mapping[str, tuple[str, ...]] = {"scheme": ("schema",), "code": ("codes",)}
WIDE_HEADERS: Mapping[str, tuple[str, ...]] = {
    str(Scheme.THEME): ("thema", "thema's"),
    str(Scheme.SUBTHEME): ("subthema", "deelthema"),
    str(Scheme.POLARITY): ("polariteit", "kans/knelpunt"),
    str(Scheme.HAT): ("hoed",),
    str(Scheme.SENTIMENT): ("toon",),
    str(Scheme.FUNCTION): ("functie",),
    str(Scheme.EXPECTATION): ("verwachting",),
}

_UNIT = re.compile(r"[fs]-\S+")
_CODER_FILE = re.compile(r"(?:coder|codeur|codeerder|coding|codering)s?[-_ ]+(?P<coder>.+)", re.IGNORECASE)


def read_codings(path: Path, name: str) -> tuple[Row, ...]:
    """Read the manual codings of one file.

    Args:
        path: a CSV file, separated by comma, semicolon or tab, with headers in Dutch or English.
        name: the name to use for it in messages and row ids.

    Returns:
        Rows of ``given_codings``; ``session`` and ``source_id`` as written, for ingest to resolve.

    Raises:
        InputError: what is wrong in the file, by row; all at once.
    """
    sheet = read_sheet(path, name, {**PLACE_HEADERS, **LONG_HEADERS, **WIDE_HEADERS})
    problems = [*_column_problems(sheet)]
    if problems:
        raise InputError(problems)
    coder = name_coder(name)
    for row, cells in sheet.rows:
        problems.extend(Problem(sheet.where(row), what, fix) for what, fix in _row_problems(sheet, cells, coder))
    if problems:
        raise InputError(problems)
    return tuple(_rows(sheet, coder))


def name_coder(name: str) -> str:
    """Read the coder off the name of a file.

    >>> name_coder("codings/coder-a.csv"), name_coder("an-peeters.csv"), name_coder("coder-a_ontwerp.csv")
    ('A', 'an-peeters', 'A')
    """
    stem = split_version(PurePosixPath(name).name)[0]
    found = _CODER_FILE.fullmatch(stem)
    coder = found["coder"] if found else stem
    return coder.upper() if len(coder) == 1 else coder


def _column_problems(sheet: Sheet) -> Iterator[Problem]:
    where = f"{sheet.name}, row 1"
    long = [column for column in LONG_HEADERS if column in sheet.columns]
    wide = [column for column in WIDE_HEADERS if column in sheet.columns]
    if not long and not wide:
        fix = f"Give a column for each scheme ({', '.join(WIDE_HEADERS)}), or the columns scheme and code"
        yield Problem(where, "holds no column with codes", fix)
    elif long and wide:
        what = f"has both {' and '.join(long)} and a column for {', '.join(wide)}"
        yield Problem(where, what, "Keep one code a row, or a column for each scheme")
    elif long and len(long) < len(LONG_HEADERS):
        absent = next(column for column in LONG_HEADERS if column not in long)
        yield Problem(where, f"has no column {absent}", "Give both scheme and code")
    offsets = [column for column in ("source", "char_start", "char_end") if column in sheet.columns]
    if not {"unit", "quote"} & set(sheet.columns) and len(offsets) < 3:
        fix = "Give a column fragment_id, a column quote, or the columns source, char_start and char_end"
        yield Problem(where, "does not say which fragment a row speaks of", fix)
    if not sheet.rows:
        yield Problem(f"{sheet.name}, row {FIRST_ROW}", "holds headers and no rows", "Fill it, or leave the file out")


def _row_problems(sheet: Sheet, cells: Mapping[str, str], coder: str) -> Iterator[tuple[str, str]]:
    who = cells.get("coder", coder)
    if not who:
        yield "names no coder", "Fill the column, or delete it and name the file coder-<name>.csv"
    elif who.startswith(MACHINE_CODER_PREFIX) or who == SYNTHESIS_CODER:
        yield f"names the coder '{who}', a name that is kept for the pipeline", "Choose another name"
    if "scheme" in sheet.columns and cells["scheme"].casefold() not in WIDE_HEADERS:
        what = f"names the unknown scheme '{cells['scheme']}'" if cells["scheme"] else "names no scheme"
        yield what, nearest(cells["scheme"], list(WIDE_HEADERS))
    offsets = [cells.get(column, "") for column in ("char_start", "char_end")]
    if any(offsets):
        if not all(re.fullmatch(r"\d+", offset) for offset in offsets):
            yield "has an offset that is no whole number", "Count characters from 0, in both char_start and char_end"
        elif int(offsets[0]) >= int(offsets[1]):
            yield "ends before it begins", "Give a char_end beyond char_start"
        elif not cells.get("source"):
            yield "has offsets without a source", "Name the file in the column source"
    elif not cells.get("unit") and not cells.get("quote"):
        yield "does not say which fragment it speaks of", "Give its id, its text, or its offsets in a source"


def _rows(sheet: Sheet, coder: str) -> Iterator[Row]:
    given: Counter[tuple[str, ...]] = Counter()
    wide = [column for column in sheet.columns if column in WIDE_HEADERS]
    for number, cells in sheet.rows:
        place = _place(cells)
        who = cells.get("coder", coder)
        pairs = [(column, cells[column]) for column in wide] or [(cells["scheme"].casefold(), cells["code"])]
        for scheme, cell in pairs:
            # In a long file, the second row about the same fragment gives the second code.
            key = (who, scheme, *(str(value) for value in place.values()))
            codes = _split_codes(cell)
            for rank, code in enumerate(codes, start=1 if wide else given[key] + 1):
                identity = f"{sheet.name}:{number:06d}:{scheme}:{rank}"
                yield {"row_id": identity, "coder": who, "scheme": scheme, "code": code, "rank": rank, **place}
            given[key] += len(codes)


def _split_codes(cell: str) -> list[str | None]:
    codes = [part.strip() for part in cell.split(CODE_SEPARATOR)]
    kept = list(dict.fromkeys(code for code in codes if code not in NO_CODE))
    return [*kept] or [None]


def _place(cells: Mapping[str, str]) -> Row:
    unit, quote = cells.get("unit", ""), cells.get("quote", "")
    if unit and not _UNIT.fullmatch(unit):
        # A column 'fragment' may hold the text itself.
        unit, quote = "", quote or unit
    has_offsets = bool(cells.get("char_start"))
    return {
        "session": cells.get("session") or None,
        "unit": unit or None,
        "source_id": cells.get("source") or None,
        "char_start": int(cells["char_start"]) if has_offsets else None,
        "char_end": int(cells["char_end"]) if has_offsets else None,
        "quote": quote or None,
    }


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
                yield {
                    "row_id": identity,
                    "scheme": scheme,
                    "code": code,
                    "rank": rank,
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
