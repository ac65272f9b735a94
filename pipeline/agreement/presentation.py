"""Agreement on a screen: the figures of each comparison, a sentence that reads them, and how intervals were found."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.agreement.comparison.folds import LEFT_OUT, compare_fragments
from pipeline.agreement.comparison.inputs import Numbered
from pipeline.agreement.comparison.pairs import SchemeComparison
from pipeline.agreement.comparison.rows import JOIN, AgreementRow
from pipeline.agreement.reading import LABELS, read_null, read_scheme
from pipeline.agreement.standalone import Standalone
from pipeline.agreement.statistics.counts import contingency
from pipeline.agreement.wording import BilingualText, fill, read_names

PER_CODE = ("percent", "cohen_kappa", "fleiss_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
LANGUAGE = "nl"
"""A table of codings has no study that gives a language: it is read by those who code in Dutch."""


def render(result: Standalone, name: Callable[[str], str] = str) -> Iterator[RenderableType]:
    """Show every comparison: overall figures, the codes, a sentence.

    Args:
        result: what was compared.
        name: says in Dutch what the rows say in English of what was left out, chosen and resampled.
    """
    steps = {(JOIN.join(step.coders), step.scheme): step for step in result.steps}
    for key, rows in groupby(result.rows, key=lambda row: (row.comparison, row.scheme)):
        shown = list(rows)
        yield Text()
        yield Text(_title(*key), style="bold")
        yield _overall([row for row in shown if not row.code], name)
        per_code = [row for row in shown if row.code and row.statistic in PER_CODE and LEFT_OUT not in row.unit]
        if per_code:
            yield _codes(per_code)
        yield Group(*(Text(sentence) for sentence in _sentences(steps[key], shown)))


def _title(comparison: str, scheme: str) -> str:
    (joined,) = read_names("screen.and", LANGUAGE)
    return f"{comparison.replace(JOIN, joined)}{f': {scheme}' if scheme else ''}"


def _overall(rows: Sequence[AgreementRow], say: Callable[[str], str]) -> Table:
    table = _table(*read_names("screen.columns", LANGUAGE))
    for row in rows:
        name = LABELS[row.statistic][0] if row.statistic in LABELS else row.statistic
        unit = f" ({say(row.unit)})" if LEFT_OUT in row.unit else ""
        note = say(row.excluded) if row.reason is None else f"{say(row.excluded)}: {say(row.reason)}"
        p = "" if row.p is None else _p(row.p)
        table.add_row(name + unit, _number(row.estimate), _interval(row), _number(row.chance), p, str(row.n), note)
    return table


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _codes(rows: Sequence[AgreementRow]) -> Table:
    statistics = [name for name in PER_CODE if any(row.statistic == name for row in rows)]
    table = _table("code", *(LABELS[name][0] for name in statistics))
    for code, given in groupby(rows, key=lambda row: row.code):
        cells = {row.statistic: row for row in given}
        table.add_row(code, *(_cell(cells[name]) if name in cells else "" for name in statistics))
    return table


def _sentences(step: SchemeComparison, rows: Sequence[AgreementRow]) -> Iterator[str]:
    if len(step.coders) == 2:
        yield _reading(step.numbered, step.coders)
    inputs, scheme = step.numbered.inputs, step.scheme
    seen = np.stack([inputs.seen(scheme, coder) for coder in step.coders]).sum(axis=0) >= 2
    compared = compare_fragments(inputs, np.flatnonzero(seen), step.settings)
    if not compared.units.size:
        return
    n_blocks = compared.n_blocks
    blocks = fill("blocks." + ("one" if n_blocks == 1 else compared.unit))
    null = next((row.null for row in rows if row.null), None)
    key = "screen.untested" if null is not None and null.startswith("not tested") else "screen.chance"
    chance = BilingualText("", "") if null is None else fill(key, null=read_null(null))
    found = fill("screen.interval", n=n_blocks, blocks=blocks, chance=chance)
    yield _shown(found if compared.unit != "fragment" else found + fill("screen.independent"))


def _shown(reading: BilingualText) -> str:
    return str(getattr(reading, LANGUAGE))


def _reading(numbered: Numbered, coders: Sequence[str]) -> str:
    codes, categories = numbered.nominal
    first, second = (codes[:, numbered.column(coder)] for coder in coders)
    if numbered.as_set:
        known = numbered.inputs.schemes[numbered.scheme].labels
        labels = tuple(
            "+".join(c for c, is_member in zip(known, row, strict=True) if is_member) or "-" for row in numbered.members
        )
    else:
        labels = numbered.labels
    return _shown(read_scheme(contingency(first, second, categories.size), labels))


def _cell(row: AgreementRow) -> str:
    return _number(row.estimate) + (f" {_interval(row)}" if row.low is not None else "")


def _interval(row: AgreementRow) -> str:
    return "" if row.low is None or row.high is None else f"[{_number(row.low)}; {_number(row.high)}]"


def _number(value: float | None) -> str:
    return _shown(fill("screen.undefined") if value is None else fill("screen.number", value=value))


def _p(value: float) -> str:
    return "< ,001" if value < 0.001 else f"{value:.3f}".replace("0.", ",", 1)
