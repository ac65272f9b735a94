"""Agreement of a table that somebody brings along: no study, no model, nothing but unit, coder and code."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.agreement.coding_sheets import (
    CodesCell,
    CodingSheet,
    as_cells,
    match_headers,
    parse_sheet,
    read_cells,
)
from pipeline.agreement.comparison.evaluation import Measure, TableCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments, Settings, compare_fragments
from pipeline.agreement.comparison.inputs import NONE, AgreementInputs, Answer, CodeList, list_codes
from pipeline.agreement.comparison.pairs import Depth, SchemeComparison, plan_steps
from pipeline.agreement.comparison.rows import AgreementRow, ComparisonHead, FoundFigure, csv_lines, make_rows
from pipeline.agreement.statistics import spans
from pipeline.agreement.statistics.coefficients import Undefined, cohen_kappa, divide
from pipeline.agreement.statistics.counts import sum_by_block
from pipeline.agreement.statistics.many_coders import krippendorff_alpha
from pipeline.agreement.statistics.resampling import Method
from pipeline.agreement.statistics.spans import Span
from pipeline.core.errors import InputError, Problem
from pipeline.core.views import Floats
from pipeline.text.normalisation import fold_name

POLICY = "passages up to the last one of each document, without chance level"
OVERLAP = "passages of one coder overlap, so that only single codes can be compared"
GAMMA_SEEDS = 5
_UNITIZING: Mapping[str, Callable[[Floats], Floats]] = {
    "krippendorff_u_alpha": spans.u_alpha,
    "krippendorff_u_alpha_binary": spans.u_alpha_binary,
    "krippendorff_cu_alpha": spans.cu_alpha,
}


def has_passages(entries: Sequence[CodesCell], scheme: str) -> bool:
    """Tell whether units are documents with passages, and not fragments that have one place each."""
    places: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for entry in entries:
        if entry.scheme == scheme and entry.span is not None and entry.codes:
            places[entry.unit].add(entry.span)
    return any(len(found) > 1 for found in places.values())


def span_rows(entries: Sequence[CodesCell], step: SchemeComparison, settings: Settings) -> Iterator[AgreementRow]:
    """Compare the passages of coders: unitizing alphas, and for two coders character kappa and segment overlap.

    Args:
        entries: rows of a table of codings; units are documents.
        step: the coders and the scheme.
        settings: of the draws.
    """
    inputs, codes = step.numbered.inputs, step.numbered.inputs.schemes[step.scheme].labels
    given = _passages(entries, step, {code: i for i, code in enumerate(codes)})
    seen = [inputs.seen(step.scheme, coder) for coder in step.coders]
    units = np.flatnonzero(np.logical_and.reduce(seen))
    compared = compare_fragments(inputs, units, settings)
    unit = "document" if compared.unit == "fragment" else compared.unit
    left = ((int(np.logical_or.reduce(seen).sum()) - units.size, "not seen by all of them"),)
    frame = ComparisonHead(coders=step.coders, scheme=step.scheme, unit=unit, n=units.size, left=left, policy=POLICY)
    documents = [[given[coder, int(unit)] for coder in step.coders] for unit in units]
    lengths = [max((span.end for own in document for span in own), default=1) for document in documents]
    found = [*_whole(compared, documents, lengths, len(codes))]
    if len(step.coders) == 2:
        found.append(_segment_overlap(compared, documents))
    if spans.is_installed():
        found.append(_gamma(documents, settings.seed))
    yield from make_rows(frame, found)
    yield from make_rows(frame, _per_code(compared, documents, lengths, codes))


def _passages(
    entries: Sequence[CodesCell], step: SchemeComparison, place: Mapping[str, int]
) -> dict[tuple[str, int], list[Span]]:
    sessions = step.numbered.inputs.sessions
    names = zip(sessions or [""] * len(step.numbered.inputs.units), step.numbered.inputs.units, strict=True)
    position = {unit: i for i, unit in enumerate(names)}
    given: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for entry in entries:
        if entry.scheme == step.scheme and entry.span is not None:
            for code in entry.codes or ():
                given[entry.coder, position[entry.unit]].append(Span(*entry.span, place[code]))
    return defaultdict(list, {key: spans.merge_overlapping(own) for key, own in given.items()})


def _whole(
    compared: ComparedFragments, documents: Sequence[list[list[Span]]], lengths: Sequence[int], n_codes: int
) -> Iterator[FoundFigure]:
    if any(spans.has_overlap(own) for document in documents for own in document):
        yield from (FoundFigure(statistic=name, reason=OVERLAP) for name in _UNITIZING)
        return
    tables = _sum(
        compared, [spans.unitizing_table(d, length, n_codes) for d, length in zip(documents, lengths, strict=True)]
    )
    for name, measure in _UNITIZING.items():
        yield _figure(compared, name, "", tables, measure)


def _per_code(
    compared: ComparedFragments, documents: Sequence[list[list[Span]]], lengths: Sequence[int], codes: Sequence[str]
) -> Iterator[FoundFigure]:
    pairs = list(zip(documents, lengths, strict=True))
    for i, code in enumerate(codes):
        alone = [([[s._replace(code=0) for s in own if s.code == i] for own in d], length) for d, length in pairs]
        tables = _sum(compared, [spans.unitizing_table(d, length, 1) for d, length in alone])
        yield _figure(compared, "krippendorff_u_alpha", code, tables, spans.u_alpha)
        if documents and len(documents[0]) == 2:
            cells = _sum(compared, [spans.character_table(d[0], d[1], length) for d, length in alone])
            yield _figure(compared, "character_kappa", code, cells, spans.character_kappa)
    if any(spans.has_overlap(own) for document in documents for own in document):
        return
    tables = _sum(compared, [spans.unitizing_table(d, length, len(codes)) for d, length in pairs])
    for i, code in enumerate(codes):
        yield _figure(compared, "krippendorff_ku_alpha", code, tables, _of_code(spans.ku_alpha, i))
        yield _figure(compared, "span_coverage", code, tables, _of_code(spans.coverage, i))


def _segment_overlap(compared: ComparedFragments, documents: Sequence[list[list[Span]]]) -> FoundFigure:
    counted = _sum(compared, [np.array(spans.overlap_agreement(*document), dtype=np.float64) for document in documents])
    return _figure(compared, "segment_overlap", "", counted, lambda t: divide(t[..., 0], t[..., 1]))


def _gamma(documents: Sequence[list[list[Span]]], seed: int) -> FoundFigure:
    """Gamma with its spread over seeds, since it is sampled; documents that a coder left blank are counted."""
    blank = sum(not all(document) for document in documents)
    left = f"; {blank} of {len(documents)} documents left out, which a coder left blank" if blank else ""
    values = [spans.gamma(documents, seed=seed + turn) for turn in range(GAMMA_SEEDS)]
    known = [value for value in values if value is not None]
    if not known:
        return FoundFigure(statistic="gamma", reason=f"{Undefined.NO_COMMON_UNIT}{left}")
    spread = f"{min(known):.3f} to {max(known):.3f} over {GAMMA_SEEDS} seeds"
    why = f"no interval: the expected disorder is sampled ({spans.SETTINGS}), {spread}{left}"
    return FoundFigure(statistic="gamma", estimate=known[0], reason=why)


def _of_code(measure: Callable[[Floats], Floats], code: int) -> Callable[[Floats], Floats]:
    return lambda tables: np.asarray(measure(tables)[..., code])


def _sum(compared: ComparedFragments, tables: Sequence[Floats]) -> Floats:
    return sum_by_block(np.stack(tables), compared.blocks.index) if tables else np.zeros((0, 1))


def _figure(
    compared: ComparedFragments, name: str, code: str, tables: Floats, measure: Callable[[Floats], Floats]
) -> FoundFigure:
    if not len(tables):
        return FoundFigure(statistic=name, code=code, reason=str(Undefined.NO_COMMON_UNIT))
    lowest = 0.0 if name in ("segment_overlap", "span_coverage") else -np.inf
    [interval_found] = compared.intervals(tables, measure, lowest=lowest, method=Method.JACKKNIFE_T_LOG)
    reason = None if interval_found.reason is None else f"no interval: {interval_found.reason}"
    if interval_found.estimate is None:
        reason = str(Undefined.NO_EXPECTED_DISAGREEMENT)
    return FoundFigure(
        statistic=name, code=code, estimate=interval_found.estimate, low=interval_found.low, high=interval_found.high,
        left_out=interval_found.left_out, reason=reason,
    )  # fmt: skip


BRIEF = Settings(resamples=1000, permutations=999, folds=5, min_sessions=10, seed=2012)
FULL = BRIEF._replace(permutations=9999)
WEIGHT_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code_a": ("first", "eerste"), "code_b": ("second", "tweede"), "disagreement": ("weight", "gewicht", "verschil"),
}  # fmt: skip
USED_CODES = "Name codes of the table, as they are written there"
CODEBOOK_HEADERS: Mapping[str, tuple[str, ...]] = {"code": ("codes",), "scheme": ("schema",)}


@dataclass(frozen=True, kw_only=True)
class Standalone:
    """The agreement of one table.

    Attributes:
        steps: what was compared.
        rows: of the table ``agreement``, in printing order.
        notices: what a user should know.
    """

    steps: tuple[SchemeComparison, ...]
    rows: tuple[AgreementRow, ...]
    notices: tuple[str, ...]


def compare_sheet(
    sheet: CodingSheet,
    *,
    full: bool = False,
    order: Sequence[str] | None = None,
    codebook: Path | None = None,
    empty_is_none: bool = False,
    weights: Path | None = None,
    on_step: Callable[[str, int], None] = lambda _, __: None,
) -> Standalone:
    """Compare the coders of a long table.

    A unit for which a coder has no row, or an empty cell, is missing; '-' says that the coder looked and gave no
    code. Without a column ``rank`` no code of a unit comes first, and where units have several codes the set of them
    counts as one value.

    Args:
        sheet: the table, as `read_sheet` or `parse_sheet` gives it.
        full: all statistics and 9,999 permutations.
        order: codes from low to high; for the schemes of which it names every code.
        codebook: a table with a column code and if wanted scheme, whose sequence is the order of the codes.
        empty_is_none: whether an empty cell says that the coder looked and gave no code.
        weights: a table of columns code_a, code_b and disagreement: 0 or more, how bad that pair is beside another one;
            it holds both ways, and pairs that it does not name weigh 1.
        on_step: called before each comparison with its name and how many there are.

    Raises:
        InputError: the table cannot be used, with all its problems; or the order fits no scheme.
    """
    orders = _Orders(order, _read_codebook(codebook) if codebook else {})
    inputs = make_inputs(sheet, orders.of, empty_is_none=empty_is_none)
    orders.check_used(inputs)
    schemes = sorted(inputs.answers)
    coders = sorted({coder for by_coder in inputs.answers.values() for coder in by_coder})
    if len(coders) < 2:
        raise InputError.single(sheet.name, f"holds one coder, '{coders[0]}'", "Agreement needs two coders")
    settings = FULL if full else BRIEF
    steps = plan_steps(inputs, schemes, coders, settings, Depth(full=full, lacking=full))
    weighed = _read_weights(weights, inputs) if weights else {}
    rows: list[AgreementRow] = []
    for step in steps:
        on_step(" | ".join(step.coders) + (f", {step.scheme}" if step.scheme else ""), len(steps))
        rows.extend(step.rows())
        if weights and len(step.coders) == 2:
            rows.extend(weighted_rows(step, weighed, weights.name))
        if has_passages(sheet.entries, step.scheme):
            rows.extend(span_rows(sheet.entries, step, settings))
    unused = (
        f"{codebook.name if codebook else ''}: holds no order for the codes"
        f"{f' of scheme {scheme!r}' if scheme else ''}: they are compared without one"
        for scheme in orders.unused
    )
    return Standalone(steps=tuple(steps), rows=tuple(rows), notices=(*sheet.notices, *unused))


def compare_frame(
    codings: pd.DataFrame,
    *,
    unit: str = "unit",
    coder: str = "coder",
    code: str = "code",
    scheme: str | None = None,
    session: str | None = None,
    order: Sequence[str] | None = None,
    empty_is_none: bool = False,
    full: bool = False,
) -> pd.DataFrame:
    """Say how far the coders of any long table agree, with intervals and chance levels; no study is needed.

    A unit for which a coder has no row, or an empty code, is missing; ``-`` says that the coder looked and gave no
    code.

    Args:
        codings: one row for each code that a coder gave to a unit.
        unit: the column that names the unit.
        coder: the column that names the coder.
        code: the column that holds the code.
        scheme: the column that names the scheme of the code, if any.
        session: the column that names what is resampled together, if any.
        order: codes from low to high, for ordinal figures.
        empty_is_none: whether an empty code says that the coder looked and gave none.
        full: all statistics and 9,999 permutations.

    Returns:
        The columns of ``dialoogtafel agreement --csv``: comparison, scheme, code, statistic, unit, estimate, low,
        high, chance, p, n, excluded, reason, among them.

    Raises:
        InputError: a column is not there, or the table cannot be used; all its problems at once.

    >>> codes = pd.DataFrame({"fragment": [1, 2, 3, 4] * 2, "who": ["A"] * 4 + ["B"] * 4, "code": list("xxyyxyyy")})
    >>> rows = compare_frame(codes, unit="fragment", coder="who")
    >>> round(rows.loc[rows["statistic"] == "cohen_kappa", "estimate"].iloc[0], 2)
    np.float64(0.5)
    """
    wanted = {"unit": unit, "coder": coder, "code": code, "scheme": scheme, "session": session}
    named = {name: column for name, column in wanted.items() if column is not None}
    absent = [column for column in named.values() if column not in codings.columns]
    if absent:
        raise InputError.single(
            "the table of codings", f"has no column {', '.join(map(repr, absent))}",
            f"Its columns are {', '.join(map(str, codings.columns))}",
        )  # fmt: skip
    values = codings[list(named.values())].astype(object)
    rows = values.where(values.notna(), None).itertuples(index=False, name=None)
    sheet = parse_sheet(as_cells([list(named), *rows]), "the table of codings")
    header, *lines = csv_lines(compare_sheet(sheet, order=order, empty_is_none=empty_is_none, full=full).rows)
    frame = pd.DataFrame(lines, columns=header)
    for column in ("estimate", "low", "high", "chance", "p", "n"):
        frame[column] = pd.to_numeric(frame[column])
    return frame


def make_inputs(
    sheet: CodingSheet, order_of: Callable[[str, set[str]], Sequence[str] | None], *, empty_is_none: bool
) -> AgreementInputs:
    """Bring a table of codings into the shape in which coders are compared, the same for any order of its rows.

    Args:
        sheet: the table.
        order_of: gives the order of the codes of a scheme, or None.
        empty_is_none: whether an empty cell says that the coder looked and gave no code.
    """
    units = sorted({entry.unit for entry in sheet.entries}, key=lambda unit: (_natural(unit[0]), _natural(unit[1])))
    position = {unit: i for i, unit in enumerate(units)}
    coders: dict[str, set[str]] = defaultdict(set)
    given: dict[tuple[str, str], dict[int, list[CodesCell]]] = defaultdict(lambda: defaultdict(list))
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
    return AgreementInputs(
        units=tuple(unit for _, unit in units),
        schemes={scheme: _codes(scheme, by_coder, order_of, sheet) for scheme, by_coder in answers.items()},
        answers=answers,
        sessions=tuple(session for session, _ in units) if sheet.has_sessions else None,
    )


def _as_used(order: Sequence[str] | None, used: set[str]) -> Sequence[str] | None:
    """Give an order of codes in the spelling that the table uses."""
    spelled = {fold_name(code): code for code in used}
    return None if order is None else [spelled.get(fold_name(code), code) for code in order]


class _Orders:
    """The order of codes: as the user wrote it, else as the codebook has it."""

    def __init__(self, order: Sequence[str] | None, codebook: Mapping[str, list[str]]) -> None:
        self._order, self._codebook = order, codebook
        self.unused: list[str] = []

    def of(self, scheme: str, used: set[str]) -> Sequence[str] | None:
        order = _as_used(self._order, used)
        if order is not None and used <= set(order):
            return order
        found = self._codebook.get(scheme) or self._codebook.get("")
        if found is None and not scheme and len(self._codebook) == 1:
            # A table without schemes and a codebook with one have the same codes, where the codebook holds them.
            (only,) = self._codebook.values()
            found = only if {fold_name(code) for code in used} <= {fold_name(code) for code in only} else None
        if found is None and self._codebook:
            self.unused.append(scheme)
        return _as_used(found, used)

    def check_used(self, inputs: AgreementInputs) -> None:
        """Refuse an order that fits nothing: a misspelt code would leave ordinal figures out without a word."""
        wanted = [fold_name(code) for code in self._order or ()]
        fitting = (codes for codes in inputs.schemes.values() if [*map(fold_name, codes.labels)] == wanted)
        if self._order is None or any(fitting):
            return
        used = {code for codes in inputs.schemes.values() for code in codes.labels}
        absent = ", ".join(f"'{code}'" for code in sorted(used) if fold_name(code) not in wanted)
        raise InputError.single("--order", f"lacks codes of every scheme, among them {absent}", "Name all codes once")


def _codes(
    scheme: str,
    by_coder: Mapping[str, Sequence[Answer | None]],
    order_of: Callable[[str, set[str]], Sequence[str] | None],
    sheet: CodingSheet,
) -> CodeList:
    used = {code for answers in by_coder.values() for answer in answers if answer for code in answer}
    return list_codes(sorted(used), order=order_of(scheme, used), as_set=not sheet.has_ranks)


def _answer(entries: Sequence[CodesCell]) -> Answer:
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


def weighted_rows(
    step: SchemeComparison, weights: Mapping[tuple[str, str], float], source: str
) -> Iterator[AgreementRow]:
    """Compare two coders by disagreements that the user has weighed: weighted kappa and alpha, on first codes.

    Source: Cohen (1968), Psychological Bulletin 70(4); Krippendorff (2011), with the weights for his differences.

    Args:
        step: the two coders and the scheme.
        weights: two codes to their disagreement; pairs that are not named weigh 1, a code with itself 0.
        source: name of the file, for the column ``excluded``.
    """
    numbered = step.numbered
    codes = numbered.first[:, [numbered.column(coder) for coder in step.coders]]
    units = np.flatnonzero((codes >= 0).all(axis=1))
    apart = 1.0 - np.eye(len(numbered.labels))
    for i, first in enumerate(numbered.labels):
        for j, second in enumerate(numbered.labels):
            apart[i, j] = weights.get((first, second), apart[i, j])
    compared = compare_fragments(numbered.inputs, units, step.settings)
    n_seen = int((codes >= 0).any(axis=1).sum())
    frame = ComparisonHead(
        coders=step.coders, scheme=step.scheme, unit=compared.unit, n=units.size,
        left=((n_seen - units.size, "not seen by both"),), policy=f"disagreements of {source}",
    )  # fmt: skip
    measures = [
        Measure(name="cohen_kappa_weighted", of=lambda tables: cohen_kappa(tables, 1.0 - apart / apart.max())),
        Measure(
            name="krippendorff_alpha_weighted",
            of=lambda tables: krippendorff_alpha(tables + np.swapaxes(tables, -1, -2), apart),
        ),
    ]
    if units.size and apart.any():
        given = codes[units]
        yield from make_rows(frame, evaluate(compared, given[:, 0], given[:, 1], TableCounting(apart.shape), measures))


def _read_weights(path: Path, inputs: AgreementInputs) -> dict[tuple[str, str], float]:
    """Read how bad each pair of codes is, both ways round."""
    table = read_cells(path)
    columns, _ = match_headers(table[0], WEIGHT_HEADERS, tuple(WEIGHT_HEADERS), path.name)
    known = {code for codes in inputs.schemes.values() for code in codes.labels} | {NONE}
    found: dict[tuple[str, str], float] = {}
    problems = []
    for number, cells in enumerate(table[1:], start=2):
        row = dict(zip(columns, cells, strict=False))
        pair = row.get("code_a") or "", row.get("code_b") or ""
        try:
            value = float((row.get("disagreement") or "").replace(",", "."))
        except ValueError:
            value = float("nan")
        unknown = [code for code in pair if code not in known]
        if unknown:
            problems.append(Problem(f"{path.name}, row {number}", f"nobody gave the code '{unknown[0]}'", USED_CODES))
        elif not (np.isfinite(value) and value >= 0) or (pair[0] == pair[1] and value):
            what = "disagreement is not a number of 0 or more (0 for a code with itself)"
            problems.append(Problem(f"{path.name}, row {number}", what, "Write one, as 0.5"))
        found[pair] = found[pair[::-1]] = value
    if problems:
        raise InputError(problems)
    return found


def _natural(name: str) -> tuple[str | int, ...]:
    """So that unit 2 comes before unit 10: text and numbers alternate, text first."""
    return tuple(int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", name)))
