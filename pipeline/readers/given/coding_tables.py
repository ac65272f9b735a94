"""Reads codings from a sheet whose layout was found: coders, codes in cells, remarks of the coder.

What is not certain (a column found by its content, a session known by its number, two spellings taken for one code) is
read as it most likely is, said, and proposed for ``mapping.toml``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.core.errors import Notice
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import NOT_DECIDED, NOT_UNDERSTOOD
from pipeline.readers.given.codebook import SCHEMES
from pipeline.readers.given.coded_cells import CodedCell, Codes, read_codes
from pipeline.readers.given.context import Context, Found, SessionNames, name_coder, say_empty
from pipeline.readers.given.layout import NO_CROSSES, CodeColumn, Layout, name_places
from pipeline.readers.given.mapping import Proposal, StudyMapping
from pipeline.readers.notes.speakers import is_given
from pipeline.readers.qda_codes import is_undecided, scheme_of
from pipeline.readers.sheets.cells import cell_at, is_total
from pipeline.readers.sheets.regions import unused_notice
from pipeline.readers.sheets.workbooks import SheetRows, letters
from pipeline.text.languages import read_gazetteers
from pipeline.text.normalisation import common_spellings, fold_name, plain_name


def read_layouts(
    name: str, layouts: Sequence[Layout], coder: str, context: Context, found: Found,
    tables: Sequence[SheetRows], codebooks: Sequence[SheetRows],
) -> Found:  # fmt: skip
    """Read the codings of a file.

    Args:
        name: of the file, for messages and row ids.
        layouts: of its sheets with codings, at least one.
        coder: whose codings they are, where nothing else says so.
        context: what is known of the study.
        found: what was read of the file already; rows, memos, notices and proposals are added to it.
        tables: all that stand on its sheets.
        codebooks: those of them that are read as such.
    """
    given: list[CodedCell] = []
    sessions = SessionNames(context, {})
    given_of_file = context.mapping.file(name)
    open_layouts = [layout for layout in layouts if not given_of_file.of_sheet(layout.sheet.title).columns]
    people = _people(layouts, sessions)
    are_coders = _are_coders(layouts, people)
    titled_tables: list[SheetRows] = []
    alone = len({layout.sheet.title for layout in layouts}) == 1
    for layout in layouts:
        title, table = layout.title, layout.sheet.table
        where = name_table(name, layout.sheet) if table > 1 or not alone else name
        own = given_of_file.of_sheet(layout.sheet.title).coder
        lacks_coder = "coder" not in layout.places and not any(column.coder for column in layout.codes)
        titled = _coder_in(title) if table and lacks_coder else ""
        if titled:
            own = titled
            found.notices.append(Notice(where, f"is read as codings of '{own}', by the title above it"))
        elif lacks_coder and not own and title in people and are_coders:
            own = title
            if not table:
                found.proposals.append(
                    Proposal(("files", name, "sheet", title), "coder", title, "by the name of the sheet")
                )
            found.notices.append(Notice(where, f"is read as codings of '{title}', by the name of the sheet"))
        is_coder = bool(own) and fold_name(own) == fold_name(title)
        is_session = bool(table) and (sessions.is_heading(title) or bool(sessions.find(title)[1]))
        named = is_coder or "session" in layout.places or "source" in layout.places
        session = title if is_session else "" if alone else layout.sheet.title
        if table and (titled or is_coder or (is_session and not named)):
            titled_tables.append(layout.sheet)
        given += _cells(where, layout, own or coder, "" if named else session, sessions, found)
        if layout in open_layouts and lacks_coder and not own:
            found.proposals.append(Proposal(("files", name), "coder", coder, "by the name of the file"))
        whose = own if own != given_of_file.coder else ""
        if (
            lacks_coder
            and title in people
            and not table
            and not whose
            and given_of_file.coder in ("", name_coder(name))
        ):
            why = "the sheet is called so: take the # away if it holds the codings of this coder"
            found.proposals.append(Proposal(("files", name, "sheet", title), "coder", title, why, is_asked=True))
            found.notices.append(Notice(where, f"is read as codings of '{coder}', not of '{title}': see mapping.toml"))
        if layout.sheet.n_hidden and table < 2:
            found.notices.append(Notice(where, f"{layout.sheet.n_hidden} hidden rows are read too"))
    found.notices += _say_unused(name, tables, layouts, codebooks, titled_tables)
    propose_layouts(name, open_layouts, found, alone=len(open_layouts) == len(layouts))
    given = _rename_coders(name, given, context.mapping, found)
    codes = read_codes(name, given, context, found)
    looked = {
        (each.coder, each.scheme)
        for each, read in zip(given, codes, strict=True)
        if each.cell.strip() and read is not None
    }
    unread = {(each.coder, each.scheme) for each, read in zip(given, codes, strict=True) if read is None}
    found.notices += say_empty(name, {(each.coder, each.scheme) for each in given} - looked - unread)
    # Of who wrote nothing that is understood, an empty cell does not say that no code fits.
    kept = [i for i, each in enumerate(given) if codes[i] is None or (each.coder, each.scheme) in looked]
    found.rows += _number_rows([given[i] for i in kept], [codes[i] for i in kept], context.mapping)
    return found


def _people(layouts: Sequence[Layout], sessions: SessionNames) -> set[str]:
    """Give the titles of the sheets that may be names of coders, where all of several sheets are called so."""
    titles = {layout.title for layout in layouts}
    is_session = any(sessions.is_heading(each) or sessions.find(each)[0] for each in titles)
    may_be = not is_session and all(map(_PERSON.fullmatch, titles))
    return titles if may_be and len(titles) > 1 else set()


def _are_coders(layouts: Sequence[Layout], titles: Iterable[str]) -> bool:
    """Tell whether sheets that may be called after coders are: by first names, or since they hold the same texts."""
    given = read_gazetteers().given
    if all(title.replace(".", " ").split()[0] in given for title in titles):
        return True
    texts = [
        {fold_name(cell) for _, cells in layout.rows if (cell := cell_at(cells, layout.places["quote"]))}
        for layout in layouts
        if "quote" in layout.places
    ]
    smallest = min(map(len, texts), default=0)
    return len(texts) == len(layouts) and len(set.intersection(*texts)) >= max(2, smallest * MIN_SAME_TEXTS)


MIN_SAME_TEXTS = 0.5
"""Sheets that share so many of their texts hold the codings of several coders."""

_PERSON = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[ .'’-]+[^\W\d_]+){0,2}\.?")


_CODER_TITLE = re.compile(
    r"(?:(?P<sure>codeur|coder)|codering(?:en)?|codes?|codings?|versie|version)(?:\s+(?:van|door|of|by))?"
    rf"[\s:–-]+(?P<coder>{_PERSON.pattern})",
    re.IGNORECASE,
)


def _coder_in(title: str) -> str:
    """Read the coder that a title names; empty where none.

    >>> _coder_in("Codeur AB"), _coder_in("Codering van An"), _coder_in("Codes wonen")
    ('AB', 'An', '')
    """
    found = _CODER_TITLE.fullmatch(title)
    names = found is not None and (bool(found["sure"]) or found["coder"].isupper() or is_given(found["coder"]))
    return found["coder"] if found and names else ""


def name_table(name: str, sheet: SheetRows) -> str:
    """Name a table for a message: its file and its sheet; of a further table on a sheet its first cell as well."""
    if sheet.table < 2:
        return f"{name}, {sheet.title}" if sheet.title else name
    number, cells = sheet.rows[0]
    first = f"{letters(next(i for i, cell in enumerate(cells) if cell))}{number}"
    return f"{name}, {sheet.title}!{first}" if sheet.title else f"{name}, {first}"


def _say_unused(
    name: str, tables: Sequence[SheetRows], layouts: Sequence[Layout], codebooks: Sequence[SheetRows],
    titled: Sequence[SheetRows],
) -> Iterator[Notice]:  # fmt: skip
    """Say how many tables a sheet holds, and of which sheets and cells nothing was read; ``titled`` use their title."""
    read = [*(layout.sheet for layout in layouts), *codebooks]
    used = {(sheet.title, number, i) for sheet in codebooks for number, cells in sheet.rows for i in range(len(cells))}
    for layout in layouts:
        places = [layout.places[role] for role in _PLACES if role in layout.places]
        columns = [*places, *(column.index for column in layout.codes)]
        top = layout.sheet.rows[max(layout.head - (layout.sheet in titled), 0) : layout.head + 1]
        for number, cells in (*top, *layout.rows):
            is_heading = sum(map(bool, cells)) == 1 and "session" not in layout.places
            if (number, cells) in top or is_total(cells) or is_heading or any(cell_at(cells, i) for i in columns):
                used |= {(layout.sheet.title, number, i) for i, cell in enumerate(cells) if cell}
    for title in dict.fromkeys(sheet.title for sheet in tables):
        of_sheet = [sheet for sheet in tables if sheet.title == title]
        n_read = sum(sheet in read for sheet in of_sheet)
        where = name_table(name, of_sheet[0])
        if n_read and len(of_sheet) > 1:
            yield Notice(where, f"holds {len(of_sheet)} tables, of which {n_read} are read")
        elif not n_read:
            yield Notice(where, "holds no codings that are understood, and is not read")
    known = [sheet for sheet in tables if sheet.title in {each.title for each in read}]
    for notice in unused_notice(name, known, used):
        yield Notice(name, f"{notice.message}; beside a text, under a header that mapping.toml names, they are read")


_PLACES = ("quote", "unit", "char_end")


def propose_layouts(name: str, layouts: Sequence[Layout], found: Found, *, alone: bool = True) -> None:
    """Propose to read the tables of a file as they were laid out; see `read_layouts` for what is added to.

    Args:
        name: of the file.
        layouts: of its tables of which nobody named the columns.
        found: what was read of the file.
        alone: whether nobody named the columns of another table.
    """
    places: dict[str, dict[str, dict[str, str]]] = {}
    for layout in layouts:
        of_sheet = places.setdefault(layout.sheet.title, {})
        for role, headers in name_places(layout):
            why = "by what is in it" if role in layout.guessed else "by its header"
            of_sheet.setdefault(role, {}).update(dict.fromkeys(headers, why))
    # One table speaks of all sheets only where they are laid out alike, and no sheet has a table of its own.
    alike = alone and all(each == next(iter(places.values())) for each in places.values())
    for title, of_sheet in [*places.items()][: 1 if alike else None]:
        table: tuple[str, ...] = ("files", name)
        found.proposals.append(Proposal(table, "kind", "codings", "it has a column with texts and one with codes"))
        table = table if alike else (*table, "sheet", title)
        for role, reasons in of_sheet.items():
            value = next(iter(reasons)) if len(reasons) == 1 else tuple(reasons)
            found.proposals.append(Proposal((*table, "columns"), role, value, next(iter(reasons.values()))))
    is_one = len({layout.sheet.title for layout in layouts}) == 1
    for layout in layouts:
        where = name if is_one and layout.sheet.table < 2 else name_table(name, layout.sheet)
        for role in sorted(layout.guessed):
            headers = dict(name_places(layout)).get(role, ())
            what = f"the column {', '.join(repr(each) for each in headers)} is read as {role}, by what is in it"
            found.notices.append(Notice(where, what))
        if layout.unused:
            columns = ", ".join(repr(header) for header in layout.unused)
            found.notices.append(
                Notice(where, f"not used: the columns {columns}; name them in mapping.toml to read them")
            )


def _cells(
    where: str, layout: Layout, coder: str, default_session: str, sessions: "SessionNames", found: Found
) -> Iterator[CodedCell]:
    """Give the cells with codes; what an empty cell continues is taken from the row above it."""
    above: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for number, cells in layout.rows:
        values = {role: cell_at(cells, i) for role, i in layout.places.items()}
        codes = [(column, cell_at(cells, column.index)) for column in layout.codes]
        filled = [cell.strip() for cell in cells if cell.strip()]
        if is_total(cells):
            counts["total"] += 1
            continue
        if cells == layout.headers:
            above.clear()
            continue
        is_heading = len(filled) == 1 and "session" not in layout.places and sessions.is_heading(filled[0])
        if is_heading or (not _has_place(values) and not any(cell for _, cell in codes)):
            # A row with one cell names what follows, as "Focusgroep 2" above its quotes.
            counts["empty"] += 1
            if len(filled) == 1 and "session" not in layout.places:
                above["session"] = filled[0]
            continue
        _carry_down(values, above, counts)
        if not _has_place(values):
            counts["placeless"] += 1
            continue
        above |= {role: cell for role, cell in values.items() if cell}
        place = _place(values, above.get("session", "") if "session" not in layout.places else "", default_session)
        yield from _of_row(where, number, values, codes, coder, place)
        found.memos += _memos(where, layout, number, cells, values.get("coder") or coder)
    found.notices += [Notice(where, message) for message in _describe_counts(layout, counts)]


def _has_place(values: Mapping[str, str]) -> bool:
    return any(values.get(role) for role in _PLACES)


def _carry_down(values: dict[str, str], above: Mapping[str, str], counts: Counter[str]) -> None:
    """Fill the cells that continue the one above them."""
    roles = ["session", "source", "coder", *(["quote"] if not _has_place(values) else [])]
    for role in roles:
        if role in values and not values[role] and above.get(role):
            values[role] = above[role]
            counts[role] += 1


def _describe_counts(layout: Layout, counts: Counter[str]) -> Iterator[str]:
    for role in ("coder", "quote", "session", "source"):
        if counts[role]:
            yield f"{counts[role]} empty cells for {role} continue the cell above them"
    if counts["empty"]:
        yield f"{counts['empty']} rows hold neither a text nor a code, and are no codings"
    if counts["total"]:
        yield f"{counts['total']} rows are totals, and are no codings"
    if counts["placeless"]:
        yield f"{counts['placeless']} rows have a code and no text, and are left"
    named = {column.coder for column in layout.codes} - {""}
    if len(named) > 1:
        yield f"holds a column for each of the coders {', '.join(sorted(named))}"


_UNIT = re.compile(r"[fs]-\S+")


def _place(values: Mapping[str, str], heading: str, default_session: str) -> dict[str, object]:
    unit, quote = values.get("unit", ""), values.get("quote", "")
    offsets = [values.get("char_start", ""), values.get("char_end", "")]
    has_offsets = all(offset.isdecimal() for offset in offsets) and bool(values.get("source")) and not quote
    return {
        "session": values.get("session") or heading or values.get("source") or default_session or None,
        "unit": unit if _UNIT.fullmatch(unit) else None,
        "source_id": values.get("source") or None,
        "char_start": int(offsets[0]) if has_offsets else None,
        "char_end": int(offsets[1]) if has_offsets else None,
        "quote": quote or (unit if unit and not _UNIT.fullmatch(unit) else None),
    }


def _of_row(
    where: str,
    number: int,
    values: Mapping[str, str],
    codes: Sequence[tuple[CodeColumn, str]],
    coder: str,
    place: Mapping[str, object],
) -> Iterator[CodedCell]:
    joined: dict[tuple[str, str], list[str]] = defaultdict(list)
    for column, cell in codes:
        scheme, text = column.scheme, cell
        if column.code:
            text = "" if cell.casefold() in NO_CROSSES else column.code
        elif "scheme" in values:
            scheme = str(scheme_of(values["scheme"]) or (values["scheme"] if values["scheme"] in SCHEMES else ""))
            if not scheme:
                continue
        joined[column.coder or values.get("coder") or coder, scheme].append(text)
    coders = {who for who, _ in joined}
    for (who, scheme), cells in joined.items():
        file = where if len(coders) == 1 else f"{where}, {who}"
        yield CodedCell(file, number, who, scheme, "\n".join(cell for cell in cells if cell), place)


def _memos(where: str, layout: Layout, number: int, cells: Sequence[str], coder: str) -> Iterator[Row]:
    remarks = [(layout.header(i), cell_at(cells, i)) for i in layout.memos]
    remarks += [
        (f"{letters(column)}{row}", text)
        for (row, column), text in sorted(layout.sheet.comments.items()) if row == number
    ]  # fmt: skip
    for position, (header, text) in enumerate((header, text) for header, text in remarks if text):
        yield {
            "row": f"{where}:{number:06d}", "position": position, "coder": coder, "header": header, "text": text,
        }  # fmt: skip


def _rename_coders(name: str, given: Sequence[CodedCell], mapping: StudyMapping, found: Found) -> list[CodedCell]:
    spelled = common_spellings(each.coder for each in given)
    named = {coder: mapping.coders.get(fold_name(kept), kept) for coder, kept in spelled.items()}
    joined = sorted({(plain_name(coder), kept) for coder, kept in spelled.items() if plain_name(coder) != kept})
    if joined:
        shown = ", ".join(f"'{coder}' as '{kept}'" for coder, kept in joined)
        found.notices.append(Notice(name, f"coders that differ in spelling only are one: {shown}"))
    return [
        CodedCell(each.where, each.row, named[each.coder], each.scheme, each.cell, each.place) for each in given
    ]  # fmt: skip


def _number_rows(given: Sequence[CodedCell], codes: Sequence[Codes], mapping: StudyMapping) -> Iterator[Row]:
    """Give the rows of ``given_codings``; a further row about the same text gives further codes."""
    before: Counter[tuple[object, ...]] = Counter()
    for each, read in zip(given, codes, strict=True):
        key = (each.coder, each.scheme, *(str(value) for value in each.place.values()))
        unread = NOT_DECIDED if is_undecided(mapping.code(each.scheme, each.cell)) else NOT_UNDERSTOOD
        for rank, code in enumerate(read or (None,), start=before[key] + 1):
            yield {
                "row_id": f"{each.where}:{each.row:06d}:{each.scheme}:{rank}", "coder": each.coder,
                "scheme": each.scheme, "code": code, "rank": rank, **each.place,
                "dropped": unread if read is None else None,
            }  # fmt: skip
        before[key] += len(read or ())
