"""Reads codebooks, ``codebook.csv`` and sheets that list codes and their meaning; and headers of tables of codings.

Words say what each column holds; a header is written in a message without what a participant may have said.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pipeline.core.errors import InputError, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import NEUTRAL_POLARITY, Scheme
from pipeline.readers.qda_codes import CLOSED_SCHEMES, NO_SIGN, scheme_of
from pipeline.readers.sheets.cells import Sheet, cell_at, fold_header, read_sheet
from pipeline.readers.sheets.columns import HINTS, Cells
from pipeline.readers.sheets.workbooks import SheetRows
from pipeline.readers.words import read_meanings, read_words
from pipeline.text.normalisation import fold_name, plain_name

WORDS = read_words("codings")
"""Ways in which the header of a column may be written."""

SPEAKER_WORDS = frozenset(map(fold_header, (*set(HINTS["speaker"]) - {"initialen", "auteur", "author"}, "sprecher")))
"""Headers of who made a remark, which is no coder."""

SCHEMES = tuple(map(str, Scheme))

STRONG_SEPARATORS = ("\n", ";", " / ", " | ", "|", " + ", "•")
"""These stand between codes wherever the whole cell is no code."""
WEAK_SEPARATORS = (",", "/", "+", " & ", "&", " en ", " and ", " et ", " und ")
"""These may be part of a code: they stand between codes where what they divide is known."""


def fold_heading(header: str) -> str:
    """Give what all spellings of a header share; one that is all signs, as ``+/-``, is itself."""
    return fold_header(header) or "".join(header.split())


ROLES = {fold_heading(word): role for role, words in WORDS.items() for word in (*words, role)}
"""Role of a column by its folded header."""


def heads_codes(header: str) -> bool:
    """Tell whether a header stands above codes.

    >>> heads_codes("Categorie"), heads_codes("Opmerking")
    (True, False)
    """
    return ROLES.get(fold_heading(header)) in SCHEMES


def shown_header(headers: Cells, index: int) -> str:
    """Give the header of a column for a message; its number where it has none, or where it may be what was said."""
    header = " ".join(headers[index].split()) if index < len(headers) else ""
    is_short = len(header.split()) <= MAX_HEADER_WORDS or header.endswith("?")
    return header if 0 < len(header) <= MAX_HEADER and is_short else f"kolom {index + 1}"


MAX_HEADER, MAX_HEADER_WORDS = 60, 5


EXAMPLE_SEPARATOR = " | "

HEADERS: Mapping[str, tuple[str, ...]] = {
    "scheme": ("schema",),
    "code": (),
    "parent": ("ouder", "bovenliggende code", "hoofdcode"),
    "label": ("naam", "omschrijving"),
    "definition": ("definitie",),
    "examples": ("example", "voorbeelden", "voorbeeld"),
}
NEEDED = ("scheme", "code")


def read_codebook(path: Path, name: str) -> tuple[Row, ...]:
    """Read a codebook.

    Args:
        path: a CSV file with the columns scheme and code, and if wanted parent, label, definition and examples
            (separated by ' | ').
        name: the name to use for it in messages.

    Returns:
        Rows of ``codebook`` in the order of the file.

    Raises:
        InputError: empty or repeated codes, unknown schemes or parents, with their rows; all at once.
    """
    sheet = read_sheet(path, name, HEADERS)
    absent = [column for column in NEEDED if column not in sheet.columns]
    if absent:
        fix = f"Give it the headers {', '.join(HEADERS)}"
        raise InputError.single(f"{name}, row 1", f"lacks the column {' and '.join(absent)}", fix)
    problems = [*_scheme_problems(sheet), *_code_problems(sheet), *_parent_problems(sheet)]
    if problems:
        raise InputError(problems)
    kept = [cells for _, cells in sheet.rows if not _is_neutral(cells["scheme"].casefold(), cells["code"])]
    return tuple(_row(position, cells) for position, cells in enumerate(kept))


def nearest(word: str, known: list[str]) -> str:
    """Offer the nearest known word, or all of them, as the mending of an unknown one.

    >>> nearest("vertouwen", ["nabijheid", "vertrouwen"])
    "Did you mean 'vertrouwen'?"
    """
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(known)}"


def _row(position: int, cells: Mapping[str, str]) -> Row:
    examples = [part.strip() for part in cells.get("examples", "").split(EXAMPLE_SEPARATOR)]
    return {
        "scheme": cells["scheme"].casefold(),
        "code": cells["code"],
        "position": position,
        "parent": cells.get("parent") or None,
        "label": cells.get("label") or cells["code"],
        "definition": cells.get("definition") or None,
        "examples": [example for example in examples if example],
        "example_fragment_ids": [],
    }


def _is_neutral(scheme: str, code: str) -> bool:
    """Tell whether a code is the polarity that says neither: it may be named, and giving it is giving none."""
    return scheme == Scheme.POLARITY and fold_name(code) == NEUTRAL_POLARITY


def _scheme_problems(sheet: Sheet) -> list[Problem]:
    problems = []
    for row, cells in sheet.rows:
        scheme, code = cells["scheme"].casefold(), cells["code"]
        if scheme not in set(Scheme):
            what = f"names the unknown scheme '{cells['scheme']}'" if scheme else "names no scheme"
            problems.append(Problem(sheet.where(row), what, nearest(scheme, [str(known) for known in Scheme])))
        elif (closed := CLOSED_SCHEMES.get(scheme)) and code and code not in closed and not _is_neutral(scheme, code):
            what = f"gives scheme '{scheme}' the code '{code}', which it does not have"
            problems.append(Problem(sheet.where(row), what, nearest(code, list(closed))))
    return problems


def _code_problems(sheet: Sheet) -> list[Problem]:
    problems = []
    first: dict[tuple[str, str], int] = {}
    for row, cells in sheet.rows:
        key = (cells["scheme"].casefold(), fold_name(cells["code"]))
        if not key[1]:
            problems.append(Problem(sheet.where(row), "has no code", "Fill the column code, or delete the row"))
        elif key in first:
            what = f"repeats the code '{cells['code']}' of scheme '{cells['scheme']}' in row {first[key]}"
            problems.append(Problem(sheet.where(row), what, "Keep one of the two rows"))
        else:
            first[key] = row
    return problems


def _parent_problems(sheet: Sheet) -> list[Problem]:
    schemes: dict[str, set[str]] = defaultdict(set)
    for _, cells in sheet.rows:
        schemes[cells["code"]].add(cells["scheme"].casefold())
    problems = []
    # A parent of another scheme (the theme of a sub-theme) closes no circle.
    above: dict[str, str] = {}
    rows: dict[str, int] = {}
    for row, cells in sheet.rows:
        parent = cells.get("parent", "")
        if parent and parent not in schemes:
            fix = nearest(parent, [code for code in schemes if code])
            problems.append(Problem(sheet.where(row), f"names the unknown parent '{parent}'", fix))
        elif parent and schemes[parent] == {cells["scheme"].casefold()}:
            above[cells["code"]] = parent
            rows[cells["code"]] = row
    for code, row in rows.items():
        below = [code]
        while (higher := above.get(below[-1])) and higher not in below:
            below.append(higher)
        if higher == code:
            what = "is its own parent" if len(below) == 1 else f"stands below itself: {' > '.join((*below, code))}"
            problems.append(Problem(sheet.where(row), what, "Leave parent empty, or name a code above it"))
    return problems


_BOOK_COLUMNS = {fold_header(word): column for word, column in read_meanings("codebooks").items()}


_BOOK_TITLE = re.compile(
    r"code\s*(?:boek|book|lijst|list|buch)|livre de codes|codes?$|thema'?s$|kodebuch", re.IGNORECASE
)


def read_codebook_sheet(sheet: SheetRows, *, named: bool = False) -> list[Row] | None:
    """Read a sheet that lists codes with what they mean.

    Args:
        sheet: its filled rows.
        named: whether the name of its file already says that it is a codebook.

    Returns:
        Rows of ``codebook``; None where it is no codebook.
    """
    is_named = named or bool(_BOOK_TITLE.search(sheet.title.strip()))
    for head, (_, cells) in enumerate(sheet.rows[:5]):
        if columns := find_book_columns(cells, is_named=is_named):
            return [*_codebook_rows(sheet.rows[head + 1 :], columns)]
    return None


def find_book_columns(cells: Cells, *, is_named: bool = False) -> dict[str, int]:
    """Find the columns of a codebook by their headers; none where they are not those of one.

    >>> find_book_columns(["Code", "Betekenis"]), find_book_columns(["Code", "Citaat"])
    ({'code': 0, 'definition': 1}, {})
    """
    columns: dict[str, int] = {}
    for i, cell in enumerate(cells):
        if column := _BOOK_COLUMNS.get(fold_header(cell)):
            columns.setdefault(column, i)
    return columns if "code" in columns and (is_named or {"definition", "examples"} & set(columns)) else {}


def _codebook_rows(rows: Iterable[tuple[int, Sequence[str]]], columns: Mapping[str, int]) -> Iterator[Row]:
    done: set[tuple[str, str]] = set()
    above = ""
    for position, (_, cells) in enumerate(rows):
        values = {column: cell_at(cells, i) for column, i in columns.items()}
        scheme = str(scheme_of(values.get("scheme", "")) or Scheme.THEME)
        above = plain_name(values["code"]) or above
        wanted = [(scheme, above, values.get("parent") or None, not values.get("subtheme"))] if above else []
        if values.get("subtheme") and above:
            wanted.append((str(Scheme.SUBTHEME), plain_name(values["subtheme"]), above, True))
        for kind, code, parent, is_described in wanted:
            if (kind, fold_name(code)) not in done and kind not in CLOSED_SCHEMES:
                done.add((kind, fold_name(code)))
                yield {
                    **code_row(kind, code, parent if kind == Scheme.SUBTHEME else None, position),
                    "label": values.get("label") or code,
                    "definition": (values.get("definition") or None) if is_described else None,
                    "examples": [values["examples"]] if is_described and values.get("examples") else [],
                }


def code_row(scheme: str, code: str, parent: str | None, position: int) -> dict[str, object]:
    """Give a row of ``codebook`` for a code of which nothing more is known."""
    return {
        "scheme": scheme, "code": code, "position": position, "parent": parent, "label": code, "definition": None,
        "examples": [], "example_fragment_ids": [],
    }  # fmt: skip


class Splitter:
    """Splits cells into codes, and remembers by what."""

    def __init__(self, known: Iterable[str], cells: Iterable[str], given: Sequence[str] = ()) -> None:
        """Learn which codes there are.

        Args:
            known: codes of a codebook.
            cells: all cells of the column; a code that stands alone in one is known.
            given: separators that a person named; only these count then.
        """
        self._given = tuple(given)
        self._known = {fold_name(code) for code in known}
        self._book = bool(self._known)
        self.used: set[str] = set()
        self.unsure: set[str] = set()
        alone = set()
        for cell in cells:
            parts = _cut(cell, STRONG_SEPARATORS)
            alone |= {fold_name(part) for part in parts if not any(each in part for each in WEAK_SEPARATORS)}
        self._alone = self._known | alone

    def split(self, cell: str) -> list[str]:
        """Give the codes of a cell, in order, each once.

        >>> splitter = Splitter(["zorg; welzijn", "loket"], ["zorg; welzijn", "loket, bus", "bus"])
        >>> splitter.split("zorg; welzijn"), splitter.split("loket, bus"), splitter.split("bus")
        (['zorg; welzijn'], ['loket', 'bus'], ['bus'])
        """
        if self._given:
            parts = [cell]
            for separator in self._given:
                parts = [piece for part in parts for piece in self._join_known(part, separator)]
        else:
            parts = [part for strong in self._strong(cell) for part in self._weak(strong)]
        kept = [plain_name(part) for part in parts if part.strip() not in NO_SIGN]
        return list({fold_name(part): part for part in reversed(kept)}.values())[::-1]

    def _strong(self, cell: str) -> list[str]:
        if fold_name(cell) in self._known:
            return [cell]
        for separator in STRONG_SEPARATORS:
            if separator in cell:
                pieces = self._join_known(cell, separator)
                self.used.add(separator)
                return [part for piece in pieces for part in self._strong(piece)] if len(pieces) > 1 else pieces
        return [cell]

    def _join_known(self, cell: str, separator: str) -> list[str]:
        """Cut at a separator, but not within a code that holds it."""
        pieces = cell.split(separator)
        made: list[str] = []
        while pieces:
            for n in range(len(pieces), 0, -1):
                whole = separator.join(pieces[:n])
                if n == 1 or fold_name(whole) in self._known:
                    made.append(whole)
                    pieces = pieces[n:]
                    break
        return [piece.strip() for piece in made if piece.strip()]

    def _weak(self, cell: str) -> list[str]:
        if fold_name(cell) in self._alone and (fold_name(cell) in self._known or not self._book):
            return [cell]
        for separator in WEAK_SEPARATORS:
            pieces = self._join_known(cell, separator) if separator in cell else []
            known = [fold_name(piece) in self._alone for piece in pieces]
            if len(pieces) > 1 and all(known):
                self.used.add(separator)
                return pieces
            if len(pieces) > 1 and separator == "," and any(known) and sum(known) >= len(known) / 2:
                self.used.add(separator)
                self.unsure |= {
                    plain_name(piece) for piece, is_known in zip(pieces, known, strict=True) if not is_known
                }
                return pieces
        return [cell]


def _cut(cell: str, separators: Sequence[str]) -> list[str]:
    parts = [cell]
    for separator in separators:
        parts = [piece for part in parts for piece in part.split(separator)]
    return [part.strip() for part in parts if part.strip()]
