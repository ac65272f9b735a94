"""How the fragments that people coded were drawn: ``sampling.csv``, written by ``kit`` and ``next``.

A share of the coded fragments says something of all fragments only where chance chose them, with a known probability.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError, Output, Problem
from pipeline.core.files import lock_study, render_csv, unguard_formula, write_bytes
from pipeline.core.study import Study
from pipeline.core.tables import table_from_rows

COLUMNS = ("coder", "fragment_id", "probability", "drawn")
ANYBODY = ""
"""The coder of fragments that ``next`` named: it does not know who will code them."""
_YES, _NO = "yes", "no"
_PATIENCE = 10.0


def read_sampling(study: Study) -> Output:
    """Read how fragments were drawn; no rows where nothing was recorded.

    Args:
        study: the study.

    Returns:
        The table ``sampling``.

    Raises:
        InputError: rows that cannot be read, all at once.
    """
    return Output({"sampling": table_from_rows(_read(study.sampling), "sampling")})


def record_draw(study: Study, coder: str, probabilities: Mapping[str, float], drawn: Iterable[str]) -> Path:
    """Record a draw by chance; an earlier draw for the same coder is replaced.

    Args:
        study: the study.
        coder: for whom the fragments were drawn.
        probabilities: each fragment that could be drawn to the probability that it was, in (0, 1].
        drawn: those that were.

    Returns:
        The file.
    """
    chosen = set(drawn)
    rows = [
        {"coder": coder, "fragment_id": name, "probability": probability, "drawn": name in chosen}
        for name, probability in probabilities.items()
    ]
    return _replace(study, [coder], rows)


def record_choice(study: Study, fragment_ids: Iterable[str]) -> Path:
    """Record that ``next`` chose fragments for what the machine would learn of them, and chance did not.

    Returns:
        The file.
    """
    rows = [{"coder": ANYBODY, "fragment_id": name, "probability": None, "drawn": True} for name in fragment_ids]
    return _replace(study, [], rows)


def _replace(study: Study, coders: Iterable[str], rows: list[dict[str, Any]]) -> Path:
    with lock_study(study.root, "sampling", patience=_PATIENCE):
        kept = [row for row in _read(study.sampling) if row["coder"] not in set(coders)]
        by_key = {(row["coder"], row["fragment_id"]): row for row in (*kept, *rows)}
        lines = [
            [
                row["coder"],
                row["fragment_id"],
                "" if row["probability"] is None else repr(float(row["probability"])),
                _YES if row["drawn"] else _NO,
            ]
            for _, row in sorted(by_key.items())
        ]
        write_bytes(study.sampling, render_csv([COLUMNS, *lines]).encode(), keep_copy=True)
    return study.sampling


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header, lines = tuple(reader.fieldnames or ()), list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise InputError.single(path.name, "is not a CSV file in UTF-8", "Restore the copy beside it") from None
    if header != COLUMNS:
        fix = f"Its columns are {', '.join(COLUMNS)}; move it away if it is not from kit or next"
        raise InputError.single(path.name, "has other columns than a record of draws", fix)
    rows: list[dict[str, Any]] = []
    problems = []
    for number, line in enumerate(lines, start=2):
        probability = _probability(line["probability"])
        if not line["fragment_id"] or line["drawn"] not in (_YES, _NO) or probability is _WRONG:
            what = "is no record of a draw: a fragment_id, a probability in (0, 1] or nothing, and drawn yes or no"
            problems.append(Problem(f"{path.name}, row {number}", what, "Restore the row from the copy beside it"))
            continue
        rows.append(
            {
                "coder": unguard_formula(line["coder"]),
                "fragment_id": line["fragment_id"],
                "probability": probability,
                "drawn": line["drawn"] == _YES,
            }
        )
    if problems:
        raise InputError(problems)
    unique = pd.DataFrame(rows, columns=list(COLUMNS)).duplicated(["coder", "fragment_id"])
    if unique.any():
        where = f"{path.name}, row {int(unique.to_numpy().argmax()) + 2}"
        raise InputError.single(where, "repeats a fragment of the same coder", "Keep one of the two rows")
    return rows


_WRONG = -1.0


def _probability(cell: str | None) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        return _WRONG
    return value if 0.0 < value <= 1.0 else _WRONG
