"""Reads the codes that the cells of a sheet hold, and brings each into the spelling that counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rapidfuzz import fuzz

from pipeline.core.errors import InputError, Notice, Problem, list_some
from pipeline.core.vocabulary import NEUTRAL_POLARITY, Scheme
from pipeline.readers.given.codebook import Splitter, code_row, nearest
from pipeline.readers.given.context import Context, Found
from pipeline.readers.given.mapping import MAPPING_FILE, Proposal, StudyMapping
from pipeline.readers.qda_codes import CLOSED_SCHEMES, is_no_code, is_undecided, read_closed, say_undecided
from pipeline.text.normalisation import common_spellings, fold_name, plain_name

Codes: TypeAlias = tuple[str, ...] | None
"""The codes of a cell; None where what stands in it is not understood."""


ALIKE = 88.0
"""Two codes that are this much alike, in percent, of which one is hardly used, are taken for one; and it is said."""
RARE, TIMES = 2, 3


@dataclass(frozen=True, slots=True)
class CodedCell:
    """One cell of codes, with what its row says besides."""

    where: str
    row: int
    coder: str
    scheme: str
    cell: str
    place: Mapping[str, object]


def read_codes(name: str, given: Sequence[CodedCell], context: Context, found: Found) -> list[Codes]:
    """Read the codes of each cell, in the order of the cells."""
    made: list[Codes] = [()] * len(given)
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
) -> list[Codes]:  # fmt: skip
    """Read values of a closed scheme; a cell that is not understood, or of which nobody said what it is, gives None."""
    signs = any(cell.strip().startswith("+") for cell in cells)
    strange: Counter[str] = Counter()
    made: list[Codes] = []
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
        shown = list_some(f"'{cell}' ({n}x)" for cell, n in sorted(strange.items()) if len(cell) <= _SHOWN_CODE)
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
        shown = list_some(f"'{part}'" for part in sorted(splitter.unsure) if len(part) <= _SHOWN_CODE)
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
        shown = list_some(f"'{code}' ({n}x)" for code, n in sorted(new.items()) if len(code) <= _SHOWN_CODE)
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
        shown = list_some(f"'{code}' as '{kept}'" for code, kept in joined)
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
