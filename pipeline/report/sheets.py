"""The sheets that people read: fragments with every code, then themes, figures, quotes and what was left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.core.vocabulary import (
    BOTH_POLARITIES,
    INDUCTIVE_CODER,
    NEUTRAL_POLARITY,
    UNKNOWN,
    Polarity,
    Scheme,
    is_machine,
)
from pipeline.corpus.attributes import join_attributes
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.agreement import (
    describe_agreement,
    describe_flattered,
    name_coder,
    name_comparison,
    name_excluded,
    name_scheme,
    name_statistic,
    name_unit,
    sort_rows,
)
from pipeline.report.sections.coded_themes import count_sessions, list_themes
from pipeline.report.sections.hats import hat_rows, list_conflicts
from pipeline.report.sections.head import translate_reason

BETWEEN = "; "
NARROW, MIDDLE, WIDE, TEXT = 12, 18, 30, 70
"""Widths in characters: numbers and names, labels, long labels, words of participants."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a sheet: its head and its width in characters."""

    name: str
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSheet:
    """A sheet: what it is called, its columns and its rows.

    Attributes:
        sources: for each row the source that its last column leads to; empty for no links.
    """

    key: str
    title: str
    columns: tuple[ListColumn, ...]
    rows: list[list[Any]]
    sources: tuple[str, ...] = ()


def list_sheets(inputs: ReportInputs) -> list[ListSheet]:
    """List the sheets in order, the fragments first; a sheet without rows is left out, but for the first."""
    made = (
        _fragments(inputs), _themes(inputs), _figures(inputs), _figures_by_code(inputs), _quotes(inputs),
        _answers(inputs), _perspectives(inputs), _tones(inputs), _conflicts(inputs), _aside(inputs),
        _codebook(inputs),
    )  # fmt: skip
    return [made[0], *(sheet for sheet in made[1:] if sheet.rows)]


def _sheet(
    inputs: ReportInputs,
    key: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[list[Any]],
    sources: Iterable[str] = (),
) -> ListSheet:
    words = inputs.words
    heads = tuple(ListColumn(words(f"sheetcol.{name}"), width) for name, width in columns)
    return ListSheet(
        key=key, title=words(f"list.{key}"), columns=heads, rows=list(rows), sources=tuple(sources)
    )  # fmt: skip


def _fragments(inputs: ReportInputs) -> ListSheet:
    """Give a row for each used fragment: its words, who said it, and what every coder gave it."""
    words = inputs.words
    people = {(row["session"], row["speaker"]): row for row in records(inputs.table("speakers"))}
    codes, scores, pairs = _all_codes(inputs)
    columns = [
        ListColumn(words(f"sheetcol.{name}"), width)
        for name, width in (("text", TEXT), ("session", MIDDLE), ("speaker", NARROW), ("role", NARROW),
                            ("organisation", MIDDLE), ("hat_noted", NARROW))
    ]  # fmt: skip
    for scheme, coder in pairs:
        title = f"{name_scheme(scheme, words)}: {name_coder(coder, words)}"
        columns.append(ListColumn(title, WIDE if scheme in (Scheme.THEME, Scheme.SUBTHEME) else MIDDLE))
        if (scheme, coder) in scores:
            columns.append(ListColumn(f"{title}, score", NARROW))
    # What is said of the respondent or remark, by the name that the sheet gave it.
    attributes = join_attributes(inputs.used, inputs.table("attributes"))
    columns += [ListColumn(str(name), MIDDLE) for name in attributes.columns]
    attribute_rows = attributes.to_numpy(dtype=object).tolist()
    columns += [ListColumn(words("sheetcol.fragment"), MIDDLE), ListColumn(words("sheetcol.place"), WIDE)]
    rows, sources = [], []
    for row, attribute_values in zip(records(inputs.used), attribute_rows, strict=True):
        fragment = row["fragment_id"]
        person = people.get((row["session"], row["speaker"]), {})
        cells: list[Any] = [
            row["text"], row["session"], row["speaker"], row["role"] or person.get("role"), person.get("organisation"),
            words.short(row["hat_given"]) if row["hat_given"] else None,
        ]  # fmt: skip
        for pair in pairs:
            cells.append(codes[pair].get(fragment))
            if pair in scores:
                cells.append(scores[pair].get(fragment))
        rows.append([*cells, *attribute_values, fragment, inputs.place(fragment)])
        sources.append(row["source_id"])
    return ListSheet(
        key="fragments", title=words("list.fragments"), columns=tuple(columns), rows=rows, sources=tuple(sources)
    )


Pair = tuple[str, str]


def _all_codes(inputs: ReportInputs) -> tuple[dict[Pair, dict[str, str]], dict[Pair, dict[str, float]], list[Pair]]:
    """Gather codes and scores by scheme and coder; of machines the first rank, of people all their codes in order."""
    table = inputs.table("codings").sort_values(["coder", "scheme", "fragment_id", "rank"], kind="stable")
    codes: dict[Pair, dict[str, str]] = {}
    scores: dict[Pair, dict[str, float]] = {}
    names = ("coder", "scheme", "fragment_id", "code", "rank", "score")
    for coder, scheme, fragment, code, rank, score in zip(*(table[name].tolist() for name in names), strict=True):
        if is_machine(coder) and rank != 1:
            continue
        shown = _name_code(inputs, coder, scheme, code)
        by_fragment = codes.setdefault((scheme, coder), {})
        by_fragment[fragment] = f"{by_fragment[fragment]}{BETWEEN}{shown}" if fragment in by_fragment else shown
        if is_machine(coder) and score == score and score is not None:
            scores.setdefault((scheme, coder), {})[fragment] = round(float(score), 3)
    for coder in inputs.manual_coders:
        none = [fragment for fragment, given in inputs.codes_of(coder, Scheme.POLARITY).items() if not given]
        if none:
            codes.setdefault((str(Scheme.POLARITY), coder), {}).update(dict.fromkeys(none, inputs.words("no_polarity")))
    order = [str(scheme) for scheme in Scheme]
    pairs = sorted(codes, key=lambda pair: (order.index(pair[0]), is_machine(pair[1]), pair[1]))
    return codes, scores, pairs


def _name_code(inputs: ReportInputs, coder: str, scheme: str, code: str) -> str:
    if coder == INDUCTIVE_CODER and scheme == Scheme.THEME:
        return inputs.topic_name(code)
    return inputs.code_label(scheme, code)


def _themes(inputs: ReportInputs) -> ListSheet:
    def rows() -> Iterator[list[Any]]:
        coders = [*inputs.manual_coders, *sorted(c for c in set(inputs.table("codings")["coder"]) if is_machine(c))]
        for coder in coders:
            for theme in list_themes(inputs, coder):
                kans, knelpunt = (set(theme.leaning(polarity)) for polarity in Polarity)
                leans = Counter(theme.lean(fragment) for fragment in theme.members)
                yield [
                    name_coder(coder, inputs.words), theme.name, len(theme.members), len(kans), len(knelpunt),
                    *(leans[lean] for lean in (BOTH_POLARITIES, NEUTRAL_POLARITY, UNKNOWN)),
                    count_sessions(inputs, theme.members), theme.definition or None,
                ]  # fmt: skip

    counts = ("fragments", "kans", "knelpunt", "both", "neutral", "no_polarity", "sessions")
    columns = (("coder", WIDE), ("theme", WIDE), *((name, NARROW) for name in counts), ("definition", TEXT))
    return _sheet(inputs, "themes", columns, rows())


def _figures(inputs: ReportInputs) -> ListSheet:
    words, table = inputs.words, inputs.table("agreement")

    def rows() -> Iterator[list[Any]]:
        for row in sort_rows(records(table.loc[table["code"] == ""])):
            yield [
                name_scheme(row["scheme"], words), name_comparison(row["comparison"], words),
                name_statistic(row["statistic"], words), row["estimate"], row["low"], row["high"], row["chance"],
                row["p"], row["n"], name_unit(row["unit"] or "", words), name_excluded(row["excluded"], words),
                describe_flattered(inputs, row) or None,
            ]  # fmt: skip

    columns = (("scheme", MIDDLE), ("coders", WIDE), ("statistic", WIDE), ("estimate", NARROW), ("low", NARROW),
               ("high", NARROW), ("chance", NARROW), ("p", NARROW), ("n", NARROW), ("unit", MIDDLE),
               ("excluded", WIDE * 2), ("flattered", WIDE))  # fmt: skip
    return _sheet(inputs, "figures", columns, rows())


def _figures_by_code(inputs: ReportInputs) -> ListSheet:
    def rows() -> Iterator[list[Any]]:
        for scheme in describe_agreement(inputs):
            for group in scheme.per_code:
                for row in group.rows:
                    yield [scheme.title, group.comparison, row.code, row.kappa, row.interval, row.ac1, row.positive,
                           row.percent, row.prevalence]  # fmt: skip

    columns = (("scheme", MIDDLE), ("coders", WIDE), ("code", WIDE), ("kappa", NARROW), ("interval", MIDDLE),
               ("ac1", NARROW), ("positive", NARROW), ("percent", NARROW), ("prevalence", NARROW))  # fmt: skip
    return _sheet(inputs, "figures_by_code", columns, rows())


def _quotes(inputs: ReportInputs) -> ListSheet:
    words = inputs.words

    def rows() -> Iterator[list[Any]]:
        for row in records(inputs.table("theme_quotes")):
            fragment = row["fragment_id"]
            yield [
                name_coder(row["coder"], words), _name_theme(inputs, row["coder"], row["theme"]),
                words(f"role.{row['role']}"), row["rank"], inputs.text(fragment), *_said_by(inputs, fragment),
            ]  # fmt: skip

    columns = (("coder", WIDE), ("theme", WIDE), ("shows", NARROW), ("rank", NARROW), ("text", TEXT), *_SAID_BY)
    return _sheet(inputs, "quotes", columns, rows())


def _name_theme(inputs: ReportInputs, coder: str, theme: str) -> str:
    return inputs.topic_name(theme) if coder == INDUCTIVE_CODER else inputs.code_label(Scheme.THEME, theme)


_SAID_BY = (("session", MIDDLE), ("speaker", NARROW), ("place", WIDE))


def _said_by(inputs: ReportInputs, fragment: str) -> list[Any]:
    row = inputs.row(fragment)
    return [row["session"], row["speaker"], inputs.place(fragment)]


def _answers(inputs: ReportInputs) -> ListSheet:
    def rows() -> Iterator[list[Any]]:
        for row in records(inputs.table("answers")):
            yield [
                inputs.text(row["knelpunt_id"]), inputs.row(row["knelpunt_id"])["session"],
                inputs.text(row["answer_id"]), *_said_by(inputs, row["answer_id"]), row["score"],
            ]  # fmt: skip

    columns = (("knelpunt_text", TEXT), ("session", NARROW), ("answer_text", TEXT), *_SAID_BY, ("score", NARROW))
    return _sheet(inputs, "answers", columns, rows())


def _perspectives(inputs: ReportInputs) -> ListSheet:
    def rows() -> Iterator[list[Any]]:
        for row in records(inputs.table("perspectives")):
            yield [
                inputs.text(row["kans_id"]), inputs.row(row["kans_id"])["session"],
                inputs.text(row["knelpunt_id"]), *_said_by(inputs, row["knelpunt_id"]), row["score"],
            ]  # fmt: skip

    columns = (("kans_text", TEXT), ("session", NARROW), ("knelpunt_text", TEXT), *_SAID_BY, ("score", NARROW))
    return _sheet(inputs, "perspectives", columns, rows())


def _tones(inputs: ReportInputs) -> ListSheet:
    rows = [[row.name, row.n, *row.counts, row.mean] for row in hat_rows(inputs)]
    columns = (("hat", WIDE), ("fragments", NARROW), ("positive_tone", NARROW), ("neutral_tone", NARROW),
               ("abstained", NARROW), ("negative_tone", NARROW), ("mean_score", NARROW))  # fmt: skip
    return _sheet(inputs, "tones", columns, rows)


def _conflicts(inputs: ReportInputs) -> ListSheet:
    rows = [
        [each.name, each.what, each.quote.text, *_said_by(inputs, each.quote.fragment_id)]
        for each in list_conflicts(inputs)
    ]
    return _sheet(inputs, "conflicts", (("hat", MIDDLE), ("conflict", WIDE), ("text", TEXT), *_SAID_BY), rows)


def _aside(inputs: ReportInputs) -> ListSheet:
    words, table = inputs.words, inputs.fragments

    def rows() -> Iterator[list[Any]]:
        for row in records(table.loc[table["status"] != "used"]):
            yield [words(f"status.{row['status']}"), translate_reason(row["reason"] or "", words), row["text"],
                   *_said_by(inputs, row["fragment_id"])]  # fmt: skip

    columns = (("status", MIDDLE), ("reason", WIDE), ("text", TEXT), *_SAID_BY)
    return _sheet(inputs, "aside", columns, rows())


def _codebook(inputs: ReportInputs) -> ListSheet:
    rows = [
        [name_scheme(row["scheme"], inputs.words), row["code"], row["label"], row["parent"], row["definition"]]
        for row in records(inputs.table("codebook"))
    ]
    columns = (("scheme", MIDDLE), ("code", WIDE), ("label", WIDE), ("parent", MIDDLE), ("definition", TEXT))
    return _sheet(inputs, "codebook", columns, rows)
