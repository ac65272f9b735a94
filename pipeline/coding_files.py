"""Codings that come back from people: one file for each coder in the study, never over the work of another."""

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import InputError, Problem
from pipeline.readers.coding_tables import read_coding_file
from pipeline.study import CODINGS_SUFFIX, Study
from pipeline.vocabulary import ADJUDICATED_CODER, MACHINE_CODER_PREFIX, SYNTHESIS_CODER

COLUMNS = ("fragment_id", "coder", "scheme", "code")
NO_CODE = "-"
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
    if coder.casefold().startswith(MACHINE_CODER_PREFIX) or coder.casefold() in kept:
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
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


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
        return list(reader)
