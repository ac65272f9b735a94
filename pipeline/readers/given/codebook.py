"""Reads ``codebook.csv``: one code a row, with its scheme, the code above it, its definition and examples."""

from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pipeline.core.errors import InputError, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import NEUTRAL_POLARITY, Hat, Polarity, Scheme, Sentiment
from pipeline.readers.sheets.cells import Sheet, read_sheet
from pipeline.text.identity import fold_name

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

CLOSED_SCHEMES: Mapping[str, tuple[str, ...]] = {
    str(Scheme.POLARITY): tuple(Polarity),
    str(Scheme.HAT): tuple(Hat),
    str(Scheme.SENTIMENT): tuple(Sentiment),
}
"""Schemes whose codes are fixed; a codebook may define them and cannot add to them."""


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
    for row, cells in sheet.rows:
        parent = cells.get("parent", "")
        if parent and parent not in schemes:
            fix = nearest(parent, [code for code in schemes if code])
            problems.append(Problem(sheet.where(row), f"names the unknown parent '{parent}'", fix))
        elif parent and parent == cells["code"] and schemes[parent] == {cells["scheme"].casefold()}:
            problems.append(
                Problem(sheet.where(row), "is its own parent", "Leave parent empty, or name a code above it")
            )
    return problems
