"""Reads manual codings from CSV: long (a code a row) or wide (a column for each scheme).

A row says which fragment it speaks of by id, by offsets in a source, or by its text; several of these may be given.
In a wide file every column of a scheme counts as looked at: an empty cell says that the coder gave no code.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pipeline.errors import InputError, Problem
from pipeline.readers.codebook import nearest
from pipeline.readers.reading import Row
from pipeline.readers.sheets import FIRST_ROW, Sheet, read_sheet
from pipeline.readers.versions import split_version
from pipeline.vocabulary import MACHINE_CODER_PREFIX, SYNTHESIS_CODER, Scheme

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
