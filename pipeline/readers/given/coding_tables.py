"""Reads codings from a sheet whose layout was found: coders, codes in cells, remarks of the coder.

What is not certain (a column found by its content, a session known by its number, two spellings taken for one code) is
read as it most likely is, said, and proposed for ``mapping.toml``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rapidfuzz import fuzz

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import NEUTRAL_POLARITY, NOT_DECIDED, NOT_UNDERSTOOD, Scheme
from pipeline.readers.given.codebook import SCHEMES, Splitter, code_row, nearest
from pipeline.readers.given.context import Context, Found, SessionNames, name_coder, say_empty
from pipeline.readers.given.layout import NO_CROSSES, CodeColumn, Layout, name_places
from pipeline.readers.given.mapping import MAPPING_FILE, Proposal, StudyMapping
from pipeline.readers.qda_codes import (
    CLOSED_SCHEMES,
    is_no_code,
    is_undecided,
    read_closed,
    say_undecided,
    scheme_of,
)
from pipeline.readers.sheets.cells import cell_at, is_total
from pipeline.readers.sheets.workbooks import letters
from pipeline.text.languages import read_gazetteers
from pipeline.text.normalisation import common_spellings, fold_name, plain_name

_Codes: TypeAlias = tuple[str, ...] | None
"""The codes of a cell; None where what stands in it is not understood."""


ALIKE = 88.0
"""Two codes that are this much alike, in percent, of which one is hardly used, are taken for one; and it is said."""
RARE, TIMES = 2, 3


@dataclass(frozen=True, slots=True)
class _Given:
    """One cell of codes, with what its row says besides."""

    where: str
    row: int
    coder: str
    scheme: str
    cell: str
    place: Mapping[str, object]


def read_layouts(name: str, layouts: Sequence[Layout], coder: str, context: Context, found: Found) -> Found:
    """Read the codings of a file.

    Args:
        name: of the file, for messages and row ids.
        layouts: of its sheets with codings, at least one.
        coder: whose codings they are, where nothing else says so.
        context: what is known of the study.
        found: what was read of the file already; rows, memos, notices and proposals are added to it.
    """
    given: list[_Given] = []
    sessions = SessionNames(context, {})
    given_of_file = context.mapping.file(name)
    open_layouts = [layout for layout in layouts if not given_of_file.of_sheet(layout.sheet.title).columns]
    # One table speaks of all sheets only where they are laid out alike, and no sheet has a table of its own.
    alike = len({tuple(name_places(layout)) for layout in layouts}) == 1 and len(open_layouts) == len(layouts)
    people = _people(layouts, sessions)
    are_coders = _are_coders(layouts, people)
    for layout in layouts:
        title = layout.sheet.title
        alone = len(layouts) == 1
        where = name if alone else f"{name}, {title}"
        own = given_of_file.of_sheet(title).coder
        lacks_coder = "coder" not in layout.places and not any(column.coder for column in layout.codes)
        if lacks_coder and not own and title in people and are_coders:
            own = title
            found.proposals.append(
                Proposal(("files", name, "sheet", title), "coder", title, "by the name of the sheet")
            )
            found.notices.append(Notice(where, f"is read as codings of '{title}', by the name of the sheet"))
        is_coder = bool(own) and fold_name(own) == fold_name(title)
        named = alone or is_coder or "session" in layout.places or "source" in layout.places
        given += _cells(where, layout, own or coder, "" if named else title, sessions, found)
        if layout in open_layouts:
            propose_layout(name, layout, len(layouts), found, alike=alike)
            if lacks_coder and not own:
                found.proposals.append(Proposal(("files", name), "coder", coder, "by the name of the file"))
        whose = own if own != given_of_file.coder else ""
        if lacks_coder and title in people and not whose and given_of_file.coder in ("", name_coder(name)):
            why = "the sheet is called so: take the # away if it holds the codings of this coder"
            found.proposals.append(Proposal(("files", name, "sheet", title), "coder", title, why, is_asked=True))
            found.notices.append(Notice(where, f"is read as codings of '{coder}', not of '{title}': see mapping.toml"))
        if layout.sheet.n_hidden:
            found.notices.append(Notice(where, f"{layout.sheet.n_hidden} hidden rows are read too"))
    given = _rename_coders(name, given, context.mapping, found)
    codes = _read_codes(name, given, context, found)
    looked = {
        (each.coder, each.scheme)
        for each, read in zip(given, codes, strict=True)
        if each.cell.strip() and read is not None
    }
    unread = {(each.coder, each.scheme) for each, read in zip(given, codes, strict=True) if read is None}
    found.notices += say_empty(name, {(each.coder, each.scheme) for each in given} - looked - unread)
    # Of who wrote nothing that is understood, an empty cell does not say that no code fits.
    kept = [i for i, each in enumerate(given) if codes[i] is None or (each.coder, each.scheme) in looked]
    found.rows += _number_rows([given[i] for i in kept], [codes[i] for i in kept])
    return found


def _people(layouts: Sequence[Layout], sessions: SessionNames) -> set[str]:
    """Give the titles of the sheets that may be names of coders, where all of several sheets are called so."""
    titles = {layout.sheet.title for layout in layouts}
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


def propose_layout(name: str, layout: Layout, n_sheets: int, found: Found, *, alike: bool) -> None:
    """Propose to read a sheet of a file as it was laid out; see `read_layouts` for what is added to."""
    table: tuple[str, ...] = ("files", name)
    found.proposals.append(Proposal(table, "kind", "codings", "it has a column with texts and one with codes"))
    table = table if alike else (*table, "sheet", layout.sheet.title)
    for role, headers in name_places(layout):
        why = "by what is in it" if role in layout.guessed else "by its header"
        value = headers[0] if len(headers) == 1 else headers
        found.proposals.append(Proposal((*table, "columns"), role, value, why))
    where = name if n_sheets == 1 else f"{name}, {layout.sheet.title}"
    for role in sorted(layout.guessed):
        headers = dict(name_places(layout)).get(role, ())
        what = f"the column {', '.join(repr(each) for each in headers)} is read as {role}, by what is in it"
        found.notices.append(Notice(where, what))
    if layout.unused:
        columns = ", ".join(repr(header) for header in layout.unused)
        found.notices.append(Notice(where, f"not used: the columns {columns}"))


def _cells(
    where: str, layout: Layout, coder: str, default_session: str, sessions: "SessionNames", found: Found
) -> Iterator[_Given]:
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
    return any(values.get(role) for role in ("quote", "unit", "char_end"))


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
) -> Iterator[_Given]:
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
        yield _Given(file, number, who, scheme, "\n".join(cell for cell in cells if cell), place)


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


def _rename_coders(name: str, given: Sequence[_Given], mapping: StudyMapping, found: Found) -> list[_Given]:
    spelled = common_spellings(each.coder for each in given)
    named = {coder: mapping.coders.get(fold_name(kept), kept) for coder, kept in spelled.items()}
    joined = sorted({(plain_name(coder), kept) for coder, kept in spelled.items() if plain_name(coder) != kept})
    if joined:
        shown = ", ".join(f"'{coder}' as '{kept}'" for coder, kept in joined)
        found.notices.append(Notice(name, f"coders that differ in spelling only are one: {shown}"))
    return [
        _Given(each.where, each.row, named[each.coder], each.scheme, each.cell, each.place) for each in given
    ]  # fmt: skip


def _read_codes(name: str, given: Sequence[_Given], context: Context, found: Found) -> list[_Codes]:
    """Read the codes of each cell, in the order of the cells."""
    made: list[_Codes] = [()] * len(given)
    undecided = {i for i, each in enumerate(given) if is_undecided(context.mapping.code(each.scheme, each.cell))}
    for i in undecided:
        made[i] = None
    found.notices += [Notice(name, what) for what in say_undecided(Counter(given[i].scheme for i in sorted(undecided)))]
    for scheme in dict.fromkeys(each.scheme for each in given):
        places = [i for i, each in enumerate(given) if each.scheme == scheme and i not in undecided]
        cells = [given[i].cell for i in places]
        if scheme in CLOSED_SCHEMES:
            codes = _read_closed(name, scheme, cells, context.mapping, found)
        else:
            codes = [*_read_open(name, scheme, cells, context, found)]
        for i, read in zip(places, codes, strict=True):
            made[i] = read
    return made


def _read_closed(
    name: str, scheme: str, cells: Sequence[str], mapping: StudyMapping, found: Found
) -> list[_Codes]:  # fmt: skip
    """Read values of a closed scheme; a cell that is not understood, or of which nobody said what it is, gives None."""
    signs = any(cell.strip().startswith("+") for cell in cells)
    strange: Counter[str] = Counter()
    made: list[_Codes] = []
    for cell in cells:
        meant = mapping.code(scheme, cell)
        if meant.strip() == "-" and signs and scheme == Scheme.POLARITY:
            meant = "knelpunt"
        read = read_closed(scheme, meant)
        # An empty value in the mapping is a question that nobody has answered yet.
        if not read and cell.strip() and (not meant.strip() or not is_no_code(meant)):
            strange[plain_name(cell)] += 1
            made.append(None)
        else:
            made.append(tuple(code for code in read if code != NEUTRAL_POLARITY or scheme != Scheme.POLARITY))
    if strange:
        shown = ", ".join(f"'{cell}' ({n}x)" for cell, n in sorted(strange.items())[:5] if len(cell) <= _SHOWN_CODE)
        what = f"{sum(strange.values())} cells for {scheme} are no value of it and count as not seen"
        found.notices.append(Notice(name, f"{what}{f': {shown}' if shown else ''}"))
        for cell in strange:
            if len(cell) <= _SHOWN_CODE:
                found.proposals.append(Proposal(("codes", scheme), cell, "", "not understood: say which value it is"))
    return made


_SHOWN_CODE = 40


def _read_open(
    name: str, scheme: str, cells: Sequence[str], context: Context, found: Found
) -> list[tuple[str, ...]]:  # fmt: skip
    """Split cells into codes and bring each into the spelling that counts; what is new is said, never silent."""
    book = context.codes.get(scheme, ())
    own = [*book, *(str(row["code"]) for row in found.codebook if row["scheme"] == scheme)]
    given = context.mapping.file(name).separators
    splitter = Splitter(own, cells, given)
    parts = [splitter.split(cell) for cell in cells]
    if splitter.used - {"\n", ";"}:
        used = ", ".join(repr(each.strip() or each) for each in sorted(splitter.used - {"\n", ";"}))
        found.notices.append(Notice(name, f"cells for {scheme} hold several codes, divided by {used}"))
        if not given:
            value = tuple(sorted(splitter.used))
            found.proposals.append(Proposal(("files", name), "separators", value, "they stand between codes"))
    if splitter.unsure:
        shown = ", ".join(f"'{part}'" for part in sorted(splitter.unsure)[:5] if len(part) <= _SHOWN_CODE)
        what = f"{len(splitter.unsure)} codes of {scheme} stand only beside others in a cell: {shown}"
        found.notices.append(Notice(name, what))
    renamed = [[context.mapping.code(scheme, part) for part in each] for each in parts]
    _refuse_unknown(scheme, {part for each in parts for part in each}, own if book else (), context.mapping)
    counted = Counter(plain_name(code) for each in renamed for code in each if code)
    meant = _settle_spellings(name, scheme, own, counted, found)
    made = [tuple(dict.fromkeys(meant[plain_name(code)] for code in each if code)) for each in renamed]
    known = {fold_name(code) for code in own}
    new = Counter(code for codes in made for code in codes if known and fold_name(code) not in known)
    if new and not book:
        shown = ", ".join(f"'{code}' ({n}x)" for code, n in sorted(new.items())[:10] if len(code) <= _SHOWN_CODE)
        found.notices.append(Notice(name, f"{len(new)} codes of {scheme} stand in no codebook and are kept: {shown}"))
        found.codebook += [code_row(scheme, code, None, len(own) + i) for i, code in enumerate(sorted(new))]
        for code in new:
            why = "it stands in no codebook: name the code that is meant, or keep it"
            found.proposals.append(Proposal(("codes", scheme), code, code, why))
    return made


def _refuse_unknown(scheme: str, parts: Iterable[str], known: Sequence[str], mapping: StudyMapping) -> None:
    """Refuse what a mapping gives for a code of the sheet, where a codebook does not have it."""
    codes = {fold_name(code) for code in known}
    wrong = {
        part: mapping.code(scheme, part) for part in sorted(parts) if fold_name(part) in mapping.codes.get(scheme, {})
    }
    problems = [
        Problem(
            f"{MAPPING_FILE}, [codes.{scheme}]",
            f"gives '{part}' the code '{code}', which the codebook does not have", nearest(code, list(known)),
        )
        for part, code in wrong.items() if codes and code and fold_name(code) not in codes
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def _settle_spellings(
    name: str, scheme: str, own: Sequence[str], counted: Counter[str], found: Found
) -> dict[str, str]:  # fmt: skip
    """Give for each code as written the code that it is: of the codebook, of the most used spelling, of a slip."""
    spelled = common_spellings(code for code, n in counted.items() for _ in range(n))
    books = {fold_name(code): code for code in own}
    meant = {code: books.get(fold_name(code), kept) for code, kept in spelled.items()}
    joined = sorted({(code, kept) for code, kept in meant.items() if code != kept})
    if joined:
        shown = ", ".join(f"'{code}' as '{kept}'" for code, kept in joined[:10])
        found.notices.append(Notice(name, f"codes of {scheme} that differ in spelling only are one: {shown}"))
    totals: Counter[str] = Counter()
    for code, n in counted.items():
        totals[meant[code]] += n
    for code in sorted(totals):
        right = _slip_of(code, totals, books)
        if right:
            meant = {each: right if kept == code else kept for each, kept in meant.items()}
            why = "one letter or two apart, and hardly used"
            found.proposals.append(Proposal(("codes", scheme), code, right, why))
            found.notices.append(Notice(name, f"the code '{code}' of {scheme} is read as '{right}': see mapping.toml"))
    return meant


def _slip_of(code: str, totals: Counter[str], books: Mapping[str, str]) -> str | None:
    """Find the code of which another is a slip of the pen."""
    folded = fold_name(code)
    if folded in books or len(folded) < _LEAST_LETTERS or any(c.isdigit() for c in folded):
        return None
    others = set(books.values()) if books else {each for each, n in totals.items() if n >= TIMES * totals[code]}
    if not books and totals[code] > RARE:
        return None
    scored = sorted(((fuzz.ratio(folded, fold_name(other)), other) for other in others if other != code), reverse=True)
    if not scored or scored[0][0] < ALIKE or (len(scored) > 1 and scored[1][0] >= ALIKE):
        return None
    return scored[0][1]


_LEAST_LETTERS = 5


def _number_rows(given: Sequence[_Given], codes: Sequence[_Codes]) -> Iterator[Row]:
    """Give the rows of ``given_codings``; a further row about the same text gives further codes."""
    before: Counter[tuple[object, ...]] = Counter()
    for each, read in zip(given, codes, strict=True):
        key = (each.coder, each.scheme, *(str(value) for value in each.place.values()))
        for rank, code in enumerate(read or (None,), start=before[key] + 1):
            yield {
                "row_id": f"{each.where}:{each.row:06d}:{each.scheme}:{rank}", "coder": each.coder,
                "scheme": each.scheme, "code": code, "rank": rank, **each.place,
                "dropped": (NOT_DECIDED if is_undecided(each.cell) else NOT_UNDERSTOOD) if read is None else None,
            }  # fmt: skip
        before[key] += len(read or ())
