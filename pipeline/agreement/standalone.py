"""Agreement of a table that somebody brings along: no study, no model, nothing but unit, coder and code."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.agreement.coding_sheets import CodingSheet, Entry, match_headers, read_cells, read_sheet
from pipeline.agreement.ground import Settings
from pipeline.agreement.material import Answer, CodeList, Material, list_codes
from pipeline.agreement.pairs import Depth
from pipeline.agreement.people import Step, plan_steps
from pipeline.agreement.rows import Row
from pipeline.agreement.span_rows import has_passages, span_rows
from pipeline.errors import InputError

BRIEF = Settings(resamples=1000, permutations=999, folds=5, min_sessions=10, seed=2012)
FULL = BRIEF._replace(permutations=9999)
CODEBOOK_HEADERS: Mapping[str, tuple[str, ...]] = {"code": ("codes",), "scheme": ("schema",)}


@dataclass(frozen=True, kw_only=True)
class Standalone:
    """The agreement of one table.

    Attributes:
        material: the codings.
        steps: what was compared.
        rows: of the table ``agreement``, in printing order.
        notices: what a user should know.
    """

    material: Material
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    notices: tuple[str, ...]


def compare_table(
    path: Path,
    *,
    full: bool = False,
    order: Sequence[str] | None = None,
    codebook: Path | None = None,
    empty_is_none: bool = False,
    on_step: Callable[[str, int], None] = lambda _, __: None,
) -> Standalone:
    """Compare the coders of a long table.

    A unit for which a coder has no row, or an empty cell, is missing; '-' says that the coder looked and gave no
    code. Without a column ``rank`` no code of a unit comes first, and where units have several codes the set of them
    counts as one value.

    Args:
        path: CSV, XLSX or Parquet with the columns unit, coder, code and if wanted scheme, session, start, end, rank.
        full: all statistics and 9,999 permutations.
        order: codes from low to high; for the schemes of which it names every code.
        codebook: a table with a column code and if wanted scheme, whose sequence is the order of the codes.
        empty_is_none: whether an empty cell says that the coder looked and gave no code.
        on_step: called before each comparison with its name and how many there are.

    Raises:
        InputError: the table cannot be used, with all its problems; or the order fits no scheme.
    """
    sheet = read_sheet(path)
    orders = _Orders(order, _read_codebook(codebook) if codebook else {})
    material = make_material(sheet, orders.of, empty_is_none=empty_is_none)
    orders.check_used(material)
    schemes = sorted(material.answers)
    coders = sorted({coder for by_coder in material.answers.values() for coder in by_coder})
    if len(coders) < 2:
        raise InputError.single(sheet.name, f"holds one coder, '{coders[0]}'", "Agreement needs two coders")
    settings = FULL if full else BRIEF
    steps = plan_steps(material, schemes, coders, settings, Depth(full=full, lacking=full))
    rows: list[Row] = []
    for step in steps:
        on_step(" | ".join(step.coders) + (f", {step.scheme}" if step.scheme else ""), len(steps))
        rows.extend(step.rows())
        if has_passages(sheet.entries, step.scheme):
            rows.extend(span_rows(sheet.entries, step, settings))
    return Standalone(material=material, steps=tuple(steps), rows=tuple(rows), notices=sheet.notices)


def make_material(
    sheet: CodingSheet, order_of: Callable[[str, set[str]], Sequence[str] | None], *, empty_is_none: bool
) -> Material:
    """Bring a table of codings into the shape in which coders are compared, the same for any order of its rows.

    Args:
        sheet: the table.
        order_of: gives the order of the codes of a scheme, or None.
        empty_is_none: whether an empty cell says that the coder looked and gave no code.
    """
    units = sorted({entry.unit for entry in sheet.entries}, key=lambda unit: (_natural(unit[0]), _natural(unit[1])))
    position = {unit: i for i, unit in enumerate(units)}
    coders: dict[str, set[str]] = defaultdict(set)
    given: dict[tuple[str, str], dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in sheet.entries:
        coders[entry.scheme].add(entry.coder)
        if entry.codes is not None or empty_is_none:
            given[entry.scheme, entry.coder][position[entry.unit]].append(entry)
    answers: dict[str, dict[str, list[Answer | None]]] = {}
    for scheme, named in sorted(coders.items()):
        answers[scheme] = {coder: [None] * len(units) for coder in sorted(named)}
        for coder, column in answers[scheme].items():
            for unit, entries in given[scheme, coder].items():
                column[unit] = _answer(entries)
    return Material(
        units=tuple(unit for _, unit in units),
        schemes={scheme: _codes(scheme, by_coder, order_of, sheet) for scheme, by_coder in answers.items()},
        answers=answers,
        sessions=tuple(session for session, _ in units) if sheet.has_sessions else None,
    )


class _Orders:
    """The order of codes: as the user wrote it, else as the codebook has it."""

    def __init__(self, order: Sequence[str] | None, codebook: Mapping[str, list[str]]) -> None:
        self._order, self._codebook = order, codebook

    def of(self, scheme: str, used: set[str]) -> Sequence[str] | None:
        if self._order is not None and used <= set(self._order):
            return self._order
        return self._codebook.get(scheme) or self._codebook.get("")

    def check_used(self, material: Material) -> None:
        """Refuse an order that fits nothing: a misspelt code would leave ordinal figures out without a word."""
        if self._order is None or any(codes.labels == tuple(self._order) for codes in material.schemes.values()):
            return
        used = {code for codes in material.schemes.values() for code in codes.labels}
        absent = ", ".join(f"'{code}'" for code in sorted(used - set(self._order))[:10])
        raise InputError.single("--order", f"lacks codes of every scheme, among them {absent}", "Name all codes once")


def _codes(
    scheme: str,
    by_coder: Mapping[str, Sequence[Answer | None]],
    order_of: Callable[[str, set[str]], Sequence[str] | None],
    sheet: CodingSheet,
) -> CodeList:
    used = {code for answers in by_coder.values() for answer in answers if answer for code in answer}
    return list_codes(sorted(used), order=order_of(scheme, used), as_set=not sheet.has_ranks)


def _answer(entries: Sequence[Entry]) -> Answer:
    in_order = sorted(entries, key=lambda entry: (entry.rank or 0, entry.codes or ()))
    return tuple(dict.fromkeys(code for entry in in_order for code in entry.codes or ()))


def _read_codebook(path: Path) -> dict[str, list[str]]:
    table = read_cells(path)
    columns, _ = match_headers(table[0], CODEBOOK_HEADERS, ("code",), path.name)
    found: dict[str, list[str]] = defaultdict(list)
    for cells in table[1:]:
        row = dict(zip(columns, cells, strict=False))
        if row.get("code") and row["code"] not in found[row.get("scheme", "")]:
            found[row.get("scheme", "")].append(row["code"])
    return found


def _natural(name: str) -> tuple[str | int, ...]:
    """So that unit 2 comes before unit 10: text and numbers alternate, text first."""
    return tuple(int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", name)))


def csv_lines(rows: Sequence[Row]) -> Iterator[list[str]]:
    """The rows as cells of a CSV file, headers first; numbers in full precision, empty where undefined."""
    columns = (
        "comparison", "scheme", "code", "statistic", "unit", "estimate", "low", "high", "chance", "p", "n",
        "excluded", "reason",
    )  # fmt: skip
    yield list(columns)
    for row in rows:
        values = [getattr(row, column) for column in columns]
        yield ["" if value is None else repr(value) if isinstance(value, float) else str(value) for value in values]
