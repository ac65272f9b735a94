"""Codings that come back from people: one file for each coder in the study, never over the work of another."""

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError, Problem
from pipeline.core.files import render_csv, unguard_formula
from pipeline.core.study import CODINGS_SUFFIX, Study
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    LABELS,
    LANGUAGES,
    NEUTRAL_POLARITY,
    SYNTHESIS_CODER,
    Scheme,
    is_machine,
)
from pipeline.readers.given.codebook import EXAMPLE_SEPARATOR, nearest
from pipeline.readers.given.codings import CODE_SEPARATOR, NO_CODE, read_coding_file
from pipeline.readers.qda_codes import CLOSED_SCHEMES
from pipeline.review.worksheets import SheetColumn, SheetTable, name_in_sheet
from pipeline.text.normalisation import fold_name

NONE = {"nl": "geen", "en": "none"}
NONE_WORDS = (*NONE.values(), *NO_CODE[1:])

CODEBOOK_SHEET = "codebook"
_COLUMNS = (
    SheetColumn("scheme", 12),
    SheetColumn("code", 24),
    SheetColumn("parent", 18),
    SheetColumn("label", 28),
    SheetColumn("definition", 60),
    SheetColumn("examples", 70),
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a cell cannot be read, and how to mend it."""

    what: str
    fix: str


class Choices:
    """The codes that may be chosen in each scheme, in the order of the codebook."""

    def __init__(self, codebook: pd.DataFrame) -> None:
        """Gather the codes; schemes whose codes are fixed are there also when the codebook leaves them out.

        Args:
            codebook: the table of that name.
        """
        ordered = codebook.sort_values("position", kind="stable")
        found: dict[str, list[str]] = {}
        for scheme, code in zip(ordered["scheme"], ordered["code"], strict=True):
            found.setdefault(str(scheme), []).append(str(code))
        self.written = tuple(str(scheme) for scheme in Scheme if str(scheme) in found)
        self.codes: Mapping[str, tuple[str, ...]] = {
            str(scheme): tuple(found.get(str(scheme), CLOSED_SCHEMES.get(str(scheme), ())))
            for scheme in Scheme
            if str(scheme) in found or str(scheme) in CLOSED_SCHEMES
        }
        self._parents = {
            (str(scheme), str(code)): None if pd.isna(parent) else str(parent)
            for scheme, code, parent in zip(ordered["scheme"], ordered["code"], ordered["parent"], strict=True)
        }
        self._rows = ordered

    def parent(self, scheme: str, code: str) -> str | None:
        """Name the code above a code."""
        return self._parents.get((scheme, code))

    def none(self, scheme: str, language: str = LANGUAGES[0]) -> str:
        """Give the word for *seen, and no code*; '-' where the codebook has a code of that name."""
        taken = {fold_name(code) for code in self.codes[scheme]}
        return "-" if taken & {*NONE.values()} else NONE[language]

    def offered(self, scheme: str, language: str) -> tuple[str, ...]:
        """List what a drop-down offers: the codes, both polarities together, and none."""
        codes = self.codes[scheme]
        both = (CODE_SEPARATOR.join(codes),) if scheme == Scheme.POLARITY and len(codes) > 1 else ()
        return (*codes, *both, self.none(scheme, language))

    def read(self, scheme: str, cell: str) -> tuple[str, ...] | Unreadable:
        """Read a cell that is not empty: codes as the codebook writes them, in order; none is the empty tuple.

        Args:
            scheme: the scheme.
            cell: codes, separated by semicolons, or a word for none.
        """
        known = {fold_name(code): code for code in self.codes[scheme]}
        words = {*NONE_WORDS, NEUTRAL_POLARITY} if scheme == Scheme.POLARITY else {*NONE_WORDS}
        parts = [part.strip() for part in cell.split(CODE_SEPARATOR) if part.strip()]
        codes = [known.get(fold_name(part)) for part in parts]
        empty = [code is None and part.casefold() in words for part, code in zip(parts, codes, strict=True)]
        if parts and all(empty):
            return ()
        for part, code, is_none in zip(parts, codes, empty, strict=True):
            if is_none:
                return Unreadable(f"gives both a code of '{scheme}' and '{part}'", "Keep one of the two")
            if code is None:
                fix = nearest(part, list(self.codes[scheme]))
                return Unreadable(f"has the code '{part}', which is not in scheme '{scheme}' of the codebook", fix)
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    def table(self, schemes: Sequence[str], language: str) -> SheetTable:
        """Lay out the codebook of some schemes as a sheet."""
        rows = [
            (name_in_sheet("columns", str(scheme), language), *rest)
            for scheme, *rest in self.describe(schemes, language)
        ]
        return SheetTable(name=CODEBOOK_SHEET, columns=_COLUMNS, rows=tuple(rows))

    def describe(self, schemes: Sequence[str], language: str = LANGUAGES[0]) -> tuple[tuple[str | None, ...], ...]:
        """List the codes of some schemes: scheme, code, the code above it, label, definition and examples."""
        rows: list[tuple[str | None, ...]] = []
        for scheme in schemes:
            if scheme not in self.written:
                rows += [(scheme, code, None, LABELS[code][language], None, None) for code in self.codes[scheme]]
            for row in self._rows.loc[self._rows["scheme"] == scheme].to_dict("records"):
                texts = [None if pd.isna(row[name]) else str(row[name]) for name in ("parent", "label", "definition")]
                rows.append((scheme, str(row["code"]), *texts, EXAMPLE_SEPARATOR.join(row["examples"]) or None))
        return tuple(rows)


COLUMNS = ("fragment_id", "coder", "scheme", "code")
BLANK_CODE = "-"
"""How a file of codings says that the coder looked and gave no code."""

_NAME = re.compile(r"[^\W_](?:[\w .-]{0,38}\w)?")


def check_name(coder: str) -> str:
    """Check the name that a second coder takes.

    Args:
        coder: as typed.

    Returns:
        The name under which the codings go; a single letter is a capital, as in ``coder-b.csv``.

    Raises:
        InputError: no name for a file, or a name that is kept for the pipeline.

    >>> check_name("c"), check_name("an peeters")
    ('C', 'an peeters')
    """
    if not _NAME.fullmatch(coder):
        what = f"'{coder}' cannot be the name of a file"
        raise InputError.single("--coder", what, "Use letters, digits, spaces, '.', '_' and '-', at most 40")
    kept = (SYNTHESIS_CODER, ADJUDICATED_CODER)
    if is_machine(coder.casefold()) or coder.casefold() in kept:
        raise InputError.single("--coder", f"'{coder}' is a name that is kept for the pipeline", "Choose another name")
    return coder.upper() if len(coder) == 1 else coder


def coding_file(study: Study, coder: str) -> Path:
    """Say where the codings of a coder go."""
    folder = Path(os.path.normpath(study.root / study.config.study.codings))
    return folder / f"{coder}{CODINGS_SUFFIX}"


def check_free(study: Study, coder: str, *, replace: bool) -> Path:
    """Find the file for a coder, and refuse to write over codings that are there.

    Args:
        study: the study.
        coder: a checked name.
        replace: write over the file of this coder; other files and other coders stay safe.

    Returns:
        The path to write.

    Raises:
        InputError: the coder has codings already.
    """
    target = coding_file(study, coder)
    problems = []
    for path in study.codings():
        same = path.name.casefold() == target.name.casefold()
        where = f"{target.parent.name}/{path.name}"
        coders = {str(row["coder"]) for row in read_coding_file(path, path.name).rows}
        if same and not replace:
            problems.append(
                Problem(where, "is there already", "Add --replace to write over it, or use another --coder")
            )
        elif same and coders - {coder}:
            others = ", ".join(f"'{name}'" for name in sorted(coders - {coder}))
            problems.append(Problem(where, f"also holds codings by {others}", "Use another --coder"))
        elif not same and coder.casefold() in {name.casefold() for name in coders}:
            what = f"holds codings by coder '{coder}' already"
            problems.append(Problem(where, what, f"Use another --coder, for example {coder}2"))
    if problems:
        raise InputError(problems)
    return target


def render_codings(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    r"""Render codings as the long CSV that the study reads: a row a code.

    >>> render_codings([{"fragment_id": "f-1", "coder": "C", "scheme": "hat", "code": "wit"}]).decode()
    'fragment_id,coder,scheme,code\nf-1,C,hat,wit\n'
    """
    return render_csv([columns, *([row[column] for column in columns] for row in rows)]).encode()


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read back a file that ``render_codings`` made; no rows where there is no file.

    Raises:
        InputError: it has other columns, so somebody else made it.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            where, what = f"{path.parent.name}/{path.name}", "was not written by this command"
            raise InputError.single(where, what, "Move it out of the folder")
        return [{column: unguard_formula(cell) for column, cell in row.items()} for row in reader]
