"""Reads manual codings: of our own form, as other programs export them, or of any layout that can be found out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pipeline.core.errors import InputError, Notice, Problem, list_some
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import NOT_DECIDED, SYNTHESIS_CODER, Scheme, is_machine
from pipeline.readers.given.codebook import (
    ROLES,
    SCHEMES,
    SPEAKER_WORDS,
    WORDS,
    find_book_columns,
    fold_heading,
    heads_codes,
    nearest,
    read_codebook_sheet,
    shown_header,
)
from pipeline.readers.given.coding_tables import name_table, propose_layouts, read_layouts
from pipeline.readers.given.context import (
    LONG_HEADERS,
    WIDE_HEADERS,
    CodingFile,
    Context,
    Found,
    name_coder,
    resolve_sessions,
    say_empty,
)
from pipeline.readers.given.layout import MIN_FOUND, Layout, Texts, find_layout, split_coder
from pipeline.readers.given.mapping import MAPPING_FILE, FileMapping, Proposal
from pipeline.readers.given.segments import is_segments_head, read_segments
from pipeline.readers.qda_codes import is_undecided, say_undecided
from pipeline.readers.sheets.cells import FIRST_ROW, Sheet, cell_at, fold_header, is_total, read_sheet
from pipeline.readers.sheets.columns import HEADER_ROWS
from pipeline.readers.sheets.regions import split_tables
from pipeline.readers.sheets.workbooks import NO_VALUE, STORE_VALUES, SheetRows, Workbook, letters, read_tables
from pipeline.readers.words import read_words
from pipeline.text.normalisation import bare_file_name, fold_name

CODE_SEPARATOR = ";"
NO_CODE = ("", "-", "–", "—")

PLACE_HEADERS = read_words("coding_places")

_OWN_HEADERS = {**PLACE_HEADERS, **LONG_HEADERS, **WIDE_HEADERS}
_UNIT = re.compile(r"[fs]-\S+")


def read_codings(path: Path, name: str, codes: Mapping[str, Sequence[str]] = MappingProxyType({})) -> tuple[Row, ...]:
    """Read the manual codings of one file of our own form.

    Args:
        path: a CSV file, separated by comma, semicolon or tab, with headers in Dutch or English.
        name: the name to use for it in messages and row ids.
        codes: scheme to the codes that are known, which a separator does not cut.

    Returns:
        Rows of ``given_codings``; ``session`` and ``source_id`` as written, for ingest to resolve.

    Raises:
        InputError: what is wrong in the file, by row; all at once.
    """
    return _read_own(path, name, codes)[0]


def _read_own(path: Path, name: str, codes: Mapping[str, Sequence[str]]) -> tuple[tuple[Row, ...], list[Notice]]:
    """Read our own form, and say which rows were left for holding nothing but a coder or a scheme."""
    sheet = read_sheet(path, name, _OWN_HEADERS)
    problems = [*_column_problems(sheet)]
    if problems:
        raise InputError(problems)
    coder = name_coder(name)
    blank = [row for row, cells in sheet.rows if not any(v.strip() for k, v in cells.items() if k not in _NO_CODING)]
    sheet = replace(sheet, rows=tuple((row, cells) for row, cells in sheet.rows if row not in set(blank)))
    pairs = {(cells.get("coder", coder), scheme) for _, cells in sheet.rows for scheme in _schemes(sheet)}
    written = {
        (cells.get("coder", coder), scheme)
        for _, cells in sheet.rows
        for scheme in _schemes(sheet)
        if cells[scheme].strip(" ?")
    }
    notices = [*say_empty(name, pairs - written)]
    if blank:
        shown = list_some(blank)
        what = f"{len(blank)} rows hold neither a text nor a code, and are no codings: {shown}"
        notices.append(Notice(name, what))
    for row, cells in sheet.rows:
        problems.extend(Problem(sheet.where(row), what, fix) for what, fix in _row_problems(sheet, cells, coder))
    if problems:
        raise InputError(problems)
    rows = list(_rows(sheet, coder, codes))
    undecided = Counter(str(row["scheme"]) for row in rows if row.get("dropped"))
    notices += [Notice(name, what) for what in say_undecided(undecided)]
    # In a column of which no cell is filled nobody looked at anything.
    return tuple(row for row in rows if (row["coder"], row["scheme"]) not in pairs - written), notices


def _schemes(sheet: Sheet) -> list[str]:
    """List the schemes that have a column of their own."""
    return [column for column in sheet.columns if column in WIDE_HEADERS]


_NO_CODING = frozenset({"coder", "scheme", "session"})
"""A row that fills no other column is no coding."""


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
    elif is_machine(who) or who == SYNTHESIS_CODER:
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


def _rows(sheet: Sheet, coder: str, known: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    given: Counter[tuple[str, ...]] = Counter()
    wide = _schemes(sheet)
    for number, cells in sheet.rows:
        place = _place(cells)
        who = cells.get("coder", coder)
        pairs = [(column, cells[column]) for column in wide] or [(cells["scheme"].casefold(), cells["code"])]
        for scheme, cell in pairs:
            # In a long file, the second row about the same fragment gives the second code.
            key = (who, scheme, *(str(value) for value in place.values()))
            if is_undecided(cell):
                row_id = f"{sheet.name}:{number:06d}:{scheme}:1"
                yield {"row_id": row_id, "coder": who, "scheme": scheme, "code": None, "rank": 1, **place,
                       "dropped": NOT_DECIDED}  # fmt: skip
                continue
            codes = _split_codes(cell, {fold_name(code) for code in known.get(scheme, ())})
            for rank, code in enumerate(codes, start=1 if wide else given[key] + 1):
                identity = f"{sheet.name}:{number:06d}:{scheme}:{rank}"
                yield {"row_id": identity, "coder": who, "scheme": scheme, "code": code, "rank": rank, **place}
            given[key] += len(codes)


def _split_codes(cell: str, known: set[str]) -> list[str | None]:
    whole = fold_name(cell) in known
    codes = [cell] if whole else [part.strip() for part in cell.split(CODE_SEPARATOR)]
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


def read_coding_file(path: Path, name: str, context: Context | None = None) -> CodingFile:
    """Read manual codings in any of the forms that are known.

    Args:
        path: a CSV file of our own form, a table of coded segments of another program, or a table of any layout with
            a column for the text and one for its codes; as CSV, XLSX or ODS.
        name: the name to use for it in messages and row ids.
        context: what is known of the study; sessions keep the names that the file gives them where there is none.

    Returns:
        Its rows; ``session`` and ``source_id`` as written or resolved, for ingest to check.

    Raises:
        InputError: what is wrong in the file, by row; all at once.
    """
    known = context or Context()
    book = read_tables(path, name)
    given = known.mapping.file(name)
    found = Found(notices=list(book.notices))
    if book.n_unvalued:
        _check_values(name, _lay_out(book, given, known)[1])
    if given.has_columns:
        _read_free(name, book, known, found)
    elif (made := read_segments(name, book)) is not None:
        found.rows, found.memos = list(made.rows), list(made.memos)
        found.notices += made.notices
    else:
        _read_own_or_free(path, name, book, known, found)
    rows = resolve_sessions(name, found.rows, known, found)
    return CodingFile(
        tuple(rows), tuple(found.notices), tuple(found.memos), tuple(found.codebook), tuple(found.proposals)
    )


def _read_own_or_free(path: Path, name: str, book: Workbook, context: Context, found: Found) -> None:
    """Read a table of our own form, or else one of any layout; what is wrong with the first is said of neither."""
    own = {fold_header(word) for column, words in _OWN_HEADERS.items() for word in (column, *words)}
    headers = book.sheets[0].rows[0][1]
    # A column of codes that our own form does not know would be lost in it.
    if not book.is_text or any(heads_codes(each) and fold_header(each) not in own for each in headers):
        _read_free(name, book, context, found)
        return
    try:
        rows, notices = _read_own(path, name, context.codes)
        found.rows, found.notices = list(rows), [*found.notices, *notices]
        found.memos = list(_memos_of_own_form(book.sheets[0], name))
    except InputError as error:
        # A table of another layout is no wrong table of our own.
        if not all(problem.where.endswith("row 1") for problem in error.problems):
            raise
        try:
            _read_free(name, book, context, found)
        except InputError:
            fix = describe_headers(name, book.sheets[0])
            raise InputError(
                [Problem(each.where, each.what, f"{each.fix}. {fix}") for each in error.problems]
            ) from None


def _check_values(name: str, layouts: Sequence[Layout]) -> None:
    """Refuse codings of which cells hold a formula without a value: an empty cell says that a coder saw no code there.

    Totals, and cells beside no text and no code, are no codings.
    """
    cells = []
    for layout in layouts:
        used = {*layout.places.values(), *(column.index for column in layout.codes)}
        rows = {number: row for number, row in layout.rows if not is_total(row) and any(cell_at(row, i) for i in used)}
        unvalued = sorted(at for at in layout.sheet.unvalued if at[0] in rows and at[1] in used)
        cells += [f"{layout.sheet.title}!{letters(column)}{row}" for row, column in unvalued]
    if cells:
        raise InputError.single(f"{name}, {cells[0]}", f"holds {len(cells)} {NO_VALUE}", STORE_VALUES)


def _read_free(name: str, book: Workbook, context: Context, found: Found) -> None:
    given = context.mapping.file(name)
    if problems := [*_absent_columns(name, book, given)]:
        raise InputError(problems)
    tables, layouts = _lay_out(book, given, context)
    if not layouts:
        raise _refusal(name, book)
    books: list[SheetRows] = []
    for table in tables:
        if table not in [layout.sheet for layout in layouts] and (codes := read_codebook_sheet(table)):
            books.append(table)
            found.codebook += codes
            found.notices.append(Notice(name_table(name, table), f"is read as a codebook of {len(codes)} codes"))
    coder = given.coder or name_coder(name)
    read_layouts(name, layouts, coder, context, found, tables, books)


def guess_codings(path: Path, name: str, context: Context) -> tuple[int, int, tuple[Proposal, ...]]:
    """Read a table that nobody says holds codings as such, by what is in its columns.

    Args:
        path: the file.
        name: the name to use for it.
        context: what is known of the study; its texts are those of the other notes.

    Returns:
        How many of its texts the notes hold word for word, how many it has, and the lines of ``mapping.toml`` that read
        it so; none where no column quotes the notes beside one with few values.

    Raises:
        InputError: it cannot be read.
    """
    found, n_held, n_texts = Found(), 0, 0
    kept: list[Layout] = []
    layouts = [each for each in _lay_out(read_tables(path, name), FileMapping(), context)[1] if "quote" in each.places]
    for layout in layouts:
        texts = [text for _, cells in layout.rows if (text := cell_at(cells, layout.places["quote"]))]
        n_found = sum(map(context.texts.holds, texts))
        n_held, n_texts = n_held + n_found, n_texts + len(texts)
        if n_found >= MIN_FOUND * len(texts):
            kept.append(layout)
    propose_layouts(name, kept, found)
    return n_held, n_texts, tuple(found.proposals)


def _absent_columns(name: str, book: Workbook, given: FileMapping) -> Iterator[Problem]:
    """Say which columns and sheets a person named that are not there."""
    sheets = {fold_name(sheet.title): sheet for sheet in book.sheets}
    for title in (*given.sheets, *(each.name for each in given.sheet.values())):
        if fold_name(title) not in sheets:
            what = f"names the sheet '{title}', which file {name} does not have"
            titles = ", ".join(f"'{sheet.title}'" for sheet in book.sheets)
            yield Problem(MAPPING_FILE, f"{what}; it has {titles}", "Name one of these")
    wanted = {fold_name(title) for title in given.sheets} or set(sheets)
    of_file = [sheet for title, sheet in sheets.items() if title in wanted and not given.of_own(title).columns]
    places = [(name, of_file, given.columns)] if of_file else []
    places += [
        (f"{name}, sheet {sheets[title].title}", [sheets[title]], own.columns)
        for title, own in given.sheet.items() if title in sheets
    ]  # fmt: skip
    for where, tables, columns in places:
        parts = [part for sheet in tables for part in split_tables(sheet, partial(_are_headers, same=frozenset()))]
        known = {fold_heading(cell) for part in parts for _, cells in part.rows[:HEADER_ROWS] for cell in cells}
        width = max((len(cells) for sheet in tables for _, cells in sheet.rows), default=0)
        known |= {fold_header(f"kolom {i + 1}") for i in range(width)}
        absent = [each for headers in columns.values() for each in headers if fold_heading(each) not in known]
        for header in absent:
            what = f"names column '{header}', which file {where} does not have"
            yield Problem(MAPPING_FILE, f"{what}; it has {_describe_columns(tables, columns)}", "Name one of these")


def _describe_columns(sheets: Sequence[SheetRows], columns: Mapping[str, Sequence[str]]) -> str:
    """List the headers of sheets: of each the row that holds most of the columns that were named, else the first."""
    named = {fold_heading(each) for headers in columns.values() for each in headers}
    shown: dict[str, None] = {}
    for sheet in sheets:
        rows = [cells for _, cells in sheet.rows[:HEADER_ROWS]]
        best = max(rows, key=lambda cells: len({fold_heading(cell) for cell in cells} & named), default=())
        shown |= dict.fromkeys(shown_header(best, i) for i, cell in enumerate(best) if cell.strip())
    return list_some(f"'{header}'" for header in shown)


def _lay_out(book: Workbook, given: FileMapping, context: Context) -> tuple[list[SheetRows], list[Layout]]:
    """Divide the sheets that may hold codings into the tables on them, and find out how these are laid out.

    A table repeats the headers of the first one, or has headers of codings, of codes with their meaning or of counts.
    """
    wanted = {fold_name(title) for title in given.sheets}
    tables: list[SheetRows] = []
    layouts: list[Layout] = []
    for sheet in book.sheets:
        if wanted and fold_name(sheet.title) not in wanted:
            continue
        said = given.of_sheet(sheet.title)
        layout = find_layout(sheet, said, texts=context.texts, codes=context.codes)
        parts = split_tables(sheet, partial(_are_headers, same=_heads_of(layout)))
        tables += parts
        for part in parts:
            if part.table:
                layout = find_layout(part, said, texts=context.texts, codes=context.codes)
            if part.table > 1 and layout is None:
                # What a person said of the columns is of the first table, where another one has other headers.
                layout = find_layout(part, FileMapping(), texts=context.texts, codes=context.codes)
            # In a list of codes with their meaning, a meaning may well stand in the notes.
            if layout is not None and ("quote" not in layout.guessed or not read_codebook_sheet(part)):
                layouts.append(layout)
    return tables, layouts


def _heads_of(layout: Layout | None) -> frozenset[str]:
    """Give the headers of the text and of the codes."""
    used = [layout.places.get("quote", -1), *(each.index for each in layout.codes)] if layout else []
    return frozenset(fold_heading(layout.headers[i]) for i in used if layout and 0 <= i < len(layout.headers))


def _are_headers(cells: Sequence[str], same: frozenset[str]) -> bool:
    """Tell whether cells head a table: they repeat those of the first one, or are known."""
    folded = {fold_heading(cell) for cell in cells}
    roles = {ROLES.get(fold_heading(cell)) or split_coder(cell)[0] for cell in cells}
    is_known = bool(roles.intersection(SCHEMES)) and bool(roles & {"quote", "unit"} or folded & _COUNTS)
    return (bool(same) and same <= folded) or is_known or bool(find_book_columns(cells))


_COUNTS = frozenset({"aantal", "n", "totaal", "frequentie", "count", "total", "frequency", "nombre", "anzahl"})


def _refusal(name: str, book: Workbook) -> InputError:
    """Say which headers were seen and what they come nearest to."""
    problems = []
    for sheet in book.sheets:
        if sheet.rows:
            where = f"{name}, {sheet.title}, row {sheet.rows[0][0]}" if sheet.title else f"{name}, row 1"
            problems.append(
                Problem(where, "has no column with a text beside one with its codes", describe_headers(name, sheet))
            )
    return InputError(problems or [Problem(name, "holds no cells that are filled and can be seen", "Fill it")])


_CODE_WORDS = re.compile(
    r"\b(?:codes?|codering(?:en)?|codings?|gecodeerd|coded|codage|kodierung(?:en)?)\b", re.IGNORECASE
)
_TELLING = frozenset({str(Scheme.THEME), str(Scheme.SUBTHEME), str(Scheme.FUNCTION), str(Scheme.EXPECTATION)})
_JUDGED = frozenset({str(Scheme.POLARITY), str(Scheme.SENTIMENT)})


def kind_of_tables(book: Workbook, name: str) -> str:
    """Tell what a file of tables that lies among notes holds, by its headers.

    Args:
        book: its sheets.
        name: of the file; one that speaks of codes settles what the headers leave open.

    Returns:
        ``codings``, ``codebook`` or ``notes``.
    """
    is_named = bool(_CODE_WORDS.search(re.sub(r"[_\-]", " ", bare_file_name(name))))
    for sheet in book.sheets:
        if any(is_segments_head(cells) for _, cells in sheet.rows[:HEADER_ROWS]):
            return "codings"
        layout = find_layout(sheet, FileMapping(), texts=Texts(), codes={})
        if layout is None or layout.head < 0:
            continue
        schemes = {column.scheme for column in layout.codes} - layout.guessed
        speaks = {fold_header(cell) for cell in layout.headers} & SPEAKER_WORDS
        coded = bool(schemes & _TELLING) or bool({"coder", "scheme", "unit"} & set(layout.places))
        crossed = sum(bool(column.code) for column in layout.codes) > 1
        # Whoever took notes of a talk judged nothing in them; who judged each remark coded it.
        judged = coded and bool(schemes & _JUDGED)
        # Who coded, beside texts and codes, in a file that is called so: whatever the headers are.
        coders = {column.coder for column in layout.codes} - {""}
        if is_named and ("coder" in layout.places or len(coders) > 1):
            return "codings"
        if (schemes and (is_named or judged or (coded and not speaks))) or (crossed and not speaks):
            return "codings"
    named = bool(_CODEBOOK_NAME.search(bare_file_name(name)))
    if book.sheets and any(read_codebook_sheet(sheet, named=named) for sheet in book.sheets):
        return "codebook"
    return "notes"


_CODEBOOK_NAME = re.compile(r"code[ _-]?(?:boek|book|lijst|list|buch)|kodebuch|livre[ _-]de[ _-]codes", re.IGNORECASE)


def read_loose_codebook(path: Path, name: str) -> list[Row]:
    """Read the codes that the sheets of a file list.

    Raises:
        InputError: it cannot be read.
    """
    return [row for sheet in read_tables(path, name).sheets for row in read_codebook_sheet(sheet, named=True) or ()]


def describe_headers(name: str, sheet: SheetRows) -> str:
    """Say which headers a sheet of a file has, what they come nearest to, and how to name the columns."""
    headers = sheet.rows[0][1]
    shown = [shown_header(headers, i) for i, cell in enumerate(headers) if cell.strip()]
    roles = {fold_header(word): role for role, words in WORDS.items() for word in words if role != "number"}
    near = {
        header: roles[found[0]]
        for header in shown
        if (found := get_close_matches(fold_header(header), roles, n=1, cutoff=0.6))
    }
    readings = ", ".join(f"'{header}' as {role}" for header, role in near.items())
    nearest_reading = f"; nearest reading: {readings}" if near else ""
    quote = next((header for header in shown if near.get(header) == "quote"), shown[0] if shown else "Citaat")
    theme = next((header for header in reversed(shown) if header not in near and header != quote), "Thema")
    example = f'[files."{name}".columns] quote = "{quote}", theme = "{theme}"'
    return (
        f"Its first row holds {list_some(map(repr, shown))}{nearest_reading}. "
        f"Name the columns in {MAPPING_FILE} beside it: {example}"
    )


def _memos_of_own_form(sheet: SheetRows, name: str) -> Iterator[Row]:
    known = {fold_header(word) for word in WORDS["memo"]}
    headers = {i: cell.strip() for i, cell in enumerate(sheet.rows[0][1]) if fold_header(cell) in known}
    for number, cells in sheet.rows[1:]:
        memos = [(header, cell_at(cells, i)) for i, header in headers.items()]
        for position, (header, text) in enumerate((header, text) for header, text in memos if text):
            row = f"{name}:{number:06d}"
            yield {"row": row, "position": position, "coder": name_coder(name), "header": header, "text": text}
