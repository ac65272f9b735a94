"""A kit for a second coder: fragments without anybody's codes, drop-downs from the codebook; and back as codings.

An empty cell is *not seen*, which is another thing than *seen, and no code*: the word 'geen'.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from pipeline.core.errors import InputError, Notice, Problem, list_some
from pipeline.core.vocabulary import LANGUAGES, Scheme
from pipeline.readers.sheets.cells import fold_header
from pipeline.review.coding_files import BLANK_CODE, Choices, Unreadable
from pipeline.review.kit_plan import second_id
from pipeline.review.worksheets import Book, DropDown, Filled, SheetColumn, SheetTable, Value, load_words, spell

CODING_SHEET = "coding"
README_SHEET = "readme"
SECOND_THEME = "theme_2"
USUAL = (Scheme.THEME, Scheme.SUBTHEME, Scheme.POLARITY, Scheme.HAT, Scheme.SENTIMENT)
SHOWN = ("fragment_id", "session", "text", "hat_given")
"""Columns of a kit that nobody fills; the last where it is asked for."""

Answers: TypeAlias = dict[str, tuple[str, ...]]

_TEXT_WIDTH, _CHOICE_WIDTH = 80, 22
_PARTS = " | "


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a kit brought back.

    Attributes:
        rows: columns of a long coding file, sorted by fragment; a fragment seen without a code has the code '-'.
        n_seen: fragments with at least one answer.
        n_empty: rows without any answer.
        repeated: fragment to what was answered the first and the second time, scheme to codes; where both answered.
        notices: what is odd and was taken as it stands.
    """

    rows: tuple[dict[str, str], ...]
    n_seen: int
    n_empty: int
    repeated: Mapping[str, tuple[Answers, Answers]]
    notices: tuple[Notice, ...]


def choose_schemes(choices: Choices, asked: Sequence[str]) -> tuple[str, ...]:
    """Say which schemes a kit asks for: those that were named, else those of the codebook.

    Raises:
        InputError: a scheme that is unknown or has no codes, or a codebook without any.
    """
    usual = tuple(str(scheme) for scheme in USUAL if str(scheme) in choices.written)
    if not asked and not usual:
        raise InputError.single("codebook", "has no codes to choose from", "Write codebook.csv and analyse again")
    problems = [
        Problem("--scheme", f"'{scheme}' has no codes in the codebook", f"Choose from {', '.join(choices.codes)}")
        for scheme in asked
        if scheme not in choices.codes
    ]
    if problems:
        raise InputError(problems)
    return tuple(scheme for scheme in choices.codes if scheme in asked) if asked else usual


def make_book(
    fragments: pd.DataFrame, choices: Choices, schemes: Sequence[str], *, coder: str, study: str, show_hats: bool,
    language: str = LANGUAGES[0],
) -> Book:  # fmt: skip
    """Lay out a kit: how it works, the fragments to code, the codebook.

    Args:
        fragments: rows of the table of that name, in the order of showing.
        choices: the codebook.
        schemes: what is asked.
        coder: for whom it is.
        study: name of the study.
        show_hats: whether the hat written above a fragment is shown.
        language: of all but codes and fragments.

    Returns:
        The workbook; it holds no code that anybody gave.
    """
    shown = [*SHOWN[:3], *(SHOWN[3:] if show_hats else ())]
    widths = dict(zip(SHOWN, (16, 14, _TEXT_WIDTH, 18), strict=True))
    asked = _columns(schemes, choices)
    given = fragments[shown].astype(object)
    rows: list[tuple[Value, ...]] = [
        (*(None if pd.isna(value) else str(value) for value in row), *[None] * len(asked))
        for row in given.itertuples(index=False)
    ]
    lists = [
        DropDown(column, choices.offered(scheme, language) if column == scheme else choices.codes[scheme])
        for column, scheme in asked
    ]
    table = SheetTable(
        name=CODING_SHEET,
        columns=(
            *(SheetColumn(name, widths[name]) for name in shown),
            *(SheetColumn(column, _CHOICE_WIDTH, fill=True) for column, _ in asked),
        ),
        rows=tuple(rows),
        choices=tuple(lists),
    )
    return Book(
        title="kit",
        subject=f"{coder}{_PARTS}{fingerprint(choices, schemes)}",
        prose={README_SHEET: load_words("kit", language, coder=coder, study=study, n=len(rows))},
        tables=(table, choices.table(schemes, language)),
        language=language,
    )


def fingerprint(choices: Choices, schemes: Sequence[str]) -> str:
    """Hash the codebook as a coder saw it."""
    return hashlib.sha256(repr(choices.describe(schemes)).encode()).hexdigest()[:12]


def known_columns(choices: Choices) -> tuple[str, ...]:
    """Headers that mean something in a kit that came back."""
    return ("fragment_id", *(column for column, _ in _columns(tuple(choices.codes), choices)))


def read_kit(filled: Filled, fragment_ids: Set[str], choices: Choices, *, coder: str) -> Returned:
    """Check a kit that came back and turn it into codings.

    Args:
        filled: its sheet.
        fragment_ids: all fragments of the study.
        choices: the codebook as it is now.
        coder: who coded.

    Returns:
        The codings.

    Raises:
        InputError: everything that is wrong, by row.
    """
    asked = [pair for pair in _columns(tuple(choices.codes), choices) if pair[0] in filled.headers]
    problems = [*_owner_problems(filled, coder)]
    if not asked:
        problems.append(Problem(f"{filled.where}, row 1", "has no column to code in", "Keep the headers as they were"))
    answers: dict[str, Answers] = {}
    second: dict[str, Answers] = {}
    shown_again = {second_id(coder, name): name for name in fragment_ids}
    first: dict[str, int] = {}
    odd: dict[str, list[int]] = defaultdict(list)
    for number, cells in filled.rows:
        fragment_id = cells.get("fragment_id", "")
        cells_given = {column: (scheme, cells[column]) for column, scheme in asked if cells.get(column)}
        problems += [
            Problem(filled.at(number), *found)
            for found in _row_problems(fragment_id, fragment_ids | shown_again.keys(), first)
        ]
        first.setdefault(fragment_id, number)
        given, unreadable = _read_answers(cells_given, choices, filled.headers)
        problems += [Problem(filled.at(number), found.what, found.fix) for found in unreadable]
        if fragment_id in shown_again:
            second[shown_again[fragment_id]] = given
        else:
            answers[fragment_id] = given
        for what in _odd(given, asked, choices, filled.headers):
            odd[what].append(number)
    if not problems and not any(answers.values()):
        problems.append(
            Problem(filled.where, "holds no codes", "Fill the yellow columns; choose 'geen' where none fits")
        )
    if problems:
        raise InputError(problems)
    return Returned(
        rows=tuple(_as_rows(answers, coder)),
        n_seen=sum(map(bool, answers.values())),
        n_empty=sum(not given for given in answers.values()),
        repeated={
            name: (answers[name], given) for name, given in sorted(second.items()) if given and answers.get(name)
        },
        notices=(*_changes(filled, choices), *_odd_notices(filled, odd)),
    )


def frame_repeated(repeated: Mapping[str, tuple[Answers, Answers]], sessions: Mapping[str, str]) -> pd.DataFrame:
    """Lay out what a coder answered twice as the codings of two coders, *first* and *second*.

    Args:
        repeated: as `Returned` has it.
        sessions: fragment to its session.

    Returns:
        Columns session, fragment_id, coder, scheme and code; only schemes answered both times.
    """
    rows = [
        (sessions[name], name, time, scheme, ";".join(sorted(given[scheme])) or BLANK_CODE)
        for name, both in repeated.items()
        for time, given in zip(("first", "second"), both, strict=True)
        for scheme in given
        if all(scheme in each for each in both)
    ]
    return pd.DataFrame(rows, columns=["session", "fragment_id", "coder", "scheme", "code"])


def _columns(schemes: Sequence[str], choices: Choices) -> list[tuple[str, str]]:
    """Columns to fill, each with its scheme; a theme may have a second one beside it."""
    columns: list[tuple[str, str]] = []
    for scheme in schemes:
        columns.append((scheme, scheme))
        if scheme == Scheme.THEME and len(choices.codes[scheme]) > 1:
            columns.append((SECOND_THEME, scheme))
    return columns


def _owner_problems(filled: Filled, coder: str) -> Iterator[Problem]:
    owner = (filled.subject or "").split(_PARTS)[0]
    if owner and owner != coder:
        what = f"was made for coder '{owner}', not for '{coder}'"
        yield Problem(filled.where, what, f'Read it with --coder "{owner}"')


def _row_problems(fragment_id: str, known: Set[str], first: dict[str, int]) -> Iterator[tuple[str, str]]:
    if not fragment_id:
        yield "names no fragment", "Restore the fragment_id, or delete the row"
    elif fragment_id not in known:
        yield f"names the fragment '{fragment_id}', which this study does not have", "Restore the fragment_id"
    elif fragment_id in first:
        yield f"repeats the fragment of row {first[fragment_id]}", "Keep one of the two rows"


def _read_answers(
    cells: dict[str, tuple[str, str]], choices: Choices, headers: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], list[Unreadable]]:
    """Answers by scheme, and what cannot be read."""
    given: dict[str, tuple[str, ...]] = {}
    unreadable: list[Unreadable] = []
    for column, (scheme, cell) in cells.items():
        found = choices.read(scheme, cell)
        if isinstance(found, Unreadable):
            unreadable.append(found)
        elif column == scheme:
            given[scheme] = found
        elif scheme not in cells:
            here, there = headers[column], headers.get(scheme, scheme)
            unreadable.append(Unreadable(f"has a '{here}' and no '{there}'", f"Move the code to '{there}'"))
        elif found and not given.get(scheme, found):
            here, there = headers[column], headers[scheme]
            what = f"has a '{here}' beside a '{there}' that says none"
            unreadable.append(Unreadable(what, f"Empty '{here}', or move its code to '{there}'"))
        else:
            given[scheme] = tuple(dict.fromkeys((*given.get(scheme, ()), *found)))
    return given, unreadable


def _odd(
    given: dict[str, tuple[str, ...]], asked: Sequence[tuple[str, str]], choices: Choices, headers: Mapping[str, str]
) -> Iterator[str]:
    left = [scheme for column, scheme in asked if column == scheme and scheme not in given]
    if given and left:
        yield f"left empty, so not seen: {', '.join(headers[scheme] for scheme in left)}"
    themes = given.get(Scheme.THEME)
    parents = {choices.parent(Scheme.SUBTHEME, code) for code in given.get(Scheme.SUBTHEME, ())} - {None}
    if themes is not None and not parents <= set(themes):
        yield "the subtheme belongs to another theme; taken as given"


def _odd_notices(filled: Filled, odd: dict[str, list[int]]) -> Iterator[Notice]:
    for what, numbers in sorted(odd.items()):
        yield Notice(f"{filled.where}, row{'s' if len(numbers) > 1 else ''} {list_some(numbers)}", what)


def _changes(filled: Filled, choices: Choices) -> Iterator[Notice]:
    _, _, ids = (filled.subject or "").partition(_PARTS)
    schemes = tuple(scheme for scheme in choices.codes if scheme in filled.headers)
    if ids and ids != fingerprint(choices, schemes):
        yield Notice(filled.where, "the codebook has changed since the kit was made")
    shown = {fold_header(header) for name in SHOWN for header in spell("columns", name)}
    for header in filled.unknown:
        if fold_header(header) not in shown:
            yield Notice(filled.where, f"the column '{header}' is not read")


def _as_rows(answers: dict[str, dict[str, tuple[str, ...]]], coder: str) -> Iterator[dict[str, str]]:
    for fragment_id, given in sorted(answers.items()):
        for scheme in Scheme:
            for code in (given[scheme] or (BLANK_CODE,)) if scheme in given else ():
                yield {"fragment_id": fragment_id, "coder": coder, "scheme": str(scheme), "code": code}
