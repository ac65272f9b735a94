"""Agreement as it is read: people first, every figure with its interval, its chance level and a plain sentence."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.agreement.comparison.rows import NO_INTERVAL
from pipeline.agreement.reading import LABELS as STATISTIC_LABELS
from pipeline.agreement.reading import read_null
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.resampling import NoInterval
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    DECIDED_CODER,
    GUIDED_CODER,
    INDUCTIVE_CODER,
    PROMPTED_CODER,
    PROMPTED_TAUGHT_CODER,
    TAUGHT_CODER,
    TAUGHT_WITHOUT_CODEBOOK_CODER,
    Scheme,
    is_machine,
)
from pipeline.report.charts import Axis, DrawnInterval, choose_axis, draw_axis, draw_interval
from pipeline.report.explorer import link
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.words import Words

LEFT_OUT_IN_TURN = "left out in turn"
"""How the unit of a row ends that holds a range without each session, not an interval."""
CODERS = (INDUCTIVE_CODER, DECIDED_CODER, GUIDED_CODER, TAUGHT_WITHOUT_CODEBOOK_CODER, TAUGHT_CODER)


def name_statistic(name: str, words: Words) -> str:
    """Name a statistic in the language of the report; one that is not known keeps its name.

    >>> name_statistic("cohen_kappa", Words("nl")), name_statistic("new", Words("nl"))
    ('Cohens kappa', 'new')
    """
    if words.has(f"statistic.{name}"):
        return words(f"statistic.{name}")
    return STATISTIC_LABELS[name][0 if words.language == "nl" else 1] if name in STATISTIC_LABELS else name


def name_unit(unit: str, words: Words) -> str:
    """Name what was resampled, or left out in turn.

    >>> name_unit("session left out in turn", Words("nl"))
    'gesprekken om de beurt weggelaten'
    """
    plain = unit.removesuffix(LEFT_OUT_IN_TURN).strip()
    name = words(f"unit.{plain}") if words.has(f"unit.{plain}") else plain
    return words("unit_in_turn", unit=name) if unit.endswith(LEFT_OUT_IN_TURN) else name


def name_reason(reason: str | None, words: Words) -> str:
    """Say why there is no figure, in the language of the report where that is known."""
    if reason is None or words.language != "nl":
        return reason or ""
    known = {str(each): each.text("nl") for each in (*Undefined, *NoInterval)}
    plain = reason.removeprefix(NO_INTERVAL)
    return known.get(plain, plain) if plain == reason else words("no_interval", why=known.get(plain, plain))


def name_scheme(scheme: str, words: Words) -> str:
    """Name a scheme of the codebook, or a product of two."""
    return words(f"scheme.{scheme}") if words.has(f"scheme.{scheme}") else scheme


def is_human(comparison: str) -> bool:
    """Whether only people are compared, each with a coding of their own.

    >>> is_human("A | B"), is_human("A | machine-taught"), is_human("A | adjudicated")
    (True, False, False)
    """
    return not any(is_machine(coder) or coder == ADJUDICATED_CODER for coder in comparison.split(" | "))


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """Put comparisons among people first, and keep the order of the table within each."""
    return sorted(rows, key=lambda row: (not is_human(row["comparison"]), row["position"]))


def name_comparison(comparison: str, words: Words) -> str:
    """Write the coders of a comparison, a machine coder by what it does."""
    return " | ".join(name_coder(coder, words) for coder in comparison.split(" | "))


def link_comparison(comparison: str, scheme: str, code: str = "") -> str:
    """Give the address of the fragments of a comparison: the matrix of both coders, what differs most first.

    Args:
        comparison: coders with `` | `` between them.
        scheme: of the codebook.
        code: only fragments to which the first coder gave it.

    Returns:
        The address; empty where the explorer does not show the comparison: products of schemes, machines that answer
        together, more than two coders, themes after decisions.

    >>> link_comparison("A | B", "theme"), link_comparison("A | B", "theme x polarity")
    ('explorer.html#view=matrix&axes=theme,A,B&sort=teach', '')
    """
    coders = comparison.split(" | ")
    if len(coders) != 2 or " + " in comparison or DECIDED_CODER in coders or scheme not in list(Scheme):
        return ""
    within = {f"{coders[0]}.{scheme}": code} if code else {}
    return link(view="matrix", axes=(scheme, *coders), sort="teach", **within)


def name_coder(coder: str, words: Words) -> str:
    """Name a coder, or two machines that answer together."""
    return " + ".join(words(f"coder.{one}") if words.has(f"coder.{one}") else one for one in coder.split(" + "))


def name_excluded(excluded: str, words: Words) -> str:
    """Say which fragments are left out and what was chosen, in the language of the report.

    >>> name_excluded("2 (2 not seen by A); first code only", Words("nl"))
    '2 (2 niet bekeken door A); alleen de eerste code'
    """
    if words.language == "en":
        return excluded
    for phrase, translation in words.phrases("excluded_phrase"):
        excluded = excluded.replace(phrase, translation)
    for coder in CODERS:
        excluded = excluded.replace(coder, words(f"coder.{coder}"))
    return re.sub(r"(?<=\d)\.(?=\d)", ",", excluded)


def describe_headline(row: Row, words: Words) -> str:
    """Say one figure with its interval, chance level and number of fragments; no verdict."""
    coders = words.join([name_coder(coder, words) for coder in row["comparison"].split(" | ")])
    text = words("agree.figure", coders=coders, statistic=name_statistic(row["statistic"], words),
                 estimate=words.figure(row["estimate"]))  # fmt: skip
    known = row["low"] is not None and row["high"] is not None
    if known:
        text += words("agree.interval", low=words.figure(row["low"]), high=words.figure(row["high"]))
    else:
        text += words("agree.no_interval")
    if row["chance"] is not None:
        covered = known and row["low"] <= row["chance"] <= row["high"]
        text += words("agree.chance_inside" if covered else "agree.chance", chance=words.figure(row["chance"]))
    return text + words("agree.over", n=words.count("fragment", row["n"]))


READERS_OF_CODEBOOK = (GUIDED_CODER, PROMPTED_CODER)
LEARNERS_WITH_CODEBOOK = (TAUGHT_CODER, PROMPTED_TAUGHT_CODER)
BY_CODEBOOK = (str(Scheme.THEME), str(Scheme.SUBTHEME), "theme x polarity")
BY_WEIGHTS = (str(Scheme.POLARITY), str(Scheme.HAT), str(Scheme.SENTIMENT), "theme x polarity")


def find_flattered(inputs: ReportInputs, scheme: str) -> dict[str, str]:
    """Find the machine coders whose figures on a scheme say more than they can.

    Returns:
        Coder to what flatters it, in the language of the report: the codebook was written over the very fragments, or
        weights were chosen on this study.
    """
    words, found = inputs.words, dict[str, str]()
    if scheme in BY_CODEBOOK and inputs.finds_headings_again:
        found |= {coder: words("flattered.found_again") for coder in READERS_OF_CODEBOOK}
        found |= {coder: words("flattered.partly_found_again") for coder in LEARNERS_WITH_CODEBOOK}
    if scheme in BY_WEIGHTS and inputs.config.study.tuned_on:
        found[TAUGHT_CODER] = words("flattered.tuned_on")
    return found


def describe_flattered(inputs: ReportInputs, row: Row) -> str:
    """Say what flatters the figure of a row; empty where nothing does.

    Topics that are read as codes learned which code is which from the same coder, in other sessions.
    """
    if "cross-fitted" in row["excluded"]:
        return inputs.words("flattered.mapped")
    found = find_flattered(inputs, row["scheme"])
    coders = row["comparison"].replace(" + ", " | ").split(" | ")
    return next((found[coder] for coder in coders if coder in found), "")


HEADLINES = ("cohen_kappa", "krippendorff_alpha_nominal", "krippendorff_alpha_masi", "gwet_ac1",
             "adjusted_mutual_information", "adjusted_rand")  # fmt: skip
"""Corrected for chance; the first that is there makes the sentence."""
DRAWN = ("cohen_kappa", "krippendorff_alpha_masi", "gwet_ac1", "adjusted_mutual_information")
"""Those in the figure, in this order; nominal alpha lies on kappa, and all are in the table."""
SCHEMES = (str(Scheme.THEME), "theme x polarity", str(Scheme.POLARITY), str(Scheme.HAT), str(Scheme.SENTIMENT),
           str(Scheme.SUBTHEME), str(Scheme.FUNCTION), str(Scheme.EXPECTATION))  # fmt: skip

NONE = "-"
"""How the figure of *looked and gave no code* is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One figure in words, and which fragments it leaves out."""

    text: str
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One dot with its interval, and the same in words and numbers."""

    comparison: str
    link: str
    drawn: Markup
    text: str
    n: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureGroup:
    """One statistic with a row for each comparison."""

    statistic: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One line of the full table, written out."""

    statistic: str
    estimate: str
    interval: str
    chance: str
    p: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGroup:
    """The figures of one comparison on the same fragments: how many, what was resampled and what was left out."""

    comparison: str
    n: str
    unit: str
    excluded: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code against the rest: kappa with its interval, and what helps to read it."""

    code: str
    link: str
    kappa: str
    interval: str
    p: str
    percent: str
    ac1: str
    positive: str
    prevalence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGroup:
    """The codes of one comparison."""

    comparison: str
    n: str
    rows: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeAgreement:
    """All that is said of one scheme."""

    scheme: str
    title: str
    sentences: tuple[Sentence, ...]
    groups: tuple[FigureGroup, ...]
    axis: Markup
    overall: tuple[TableGroup, ...]
    per_code: tuple[CodeGroup, ...]


def find_headlines(inputs: ReportInputs, scheme: str) -> list[Row]:
    """Find the figure of each comparison on a scheme as a whole, people first.

    The statistic is the first of ``HEADLINES`` with an estimate; of several sets of fragments the first.
    """
    table = inputs.table("agreement")
    whole = table.loc[(table["scheme"] == scheme) & (table["code"] == "") & table["statistic"].isin(HEADLINES)]
    known = [row for row in sort_rows(records(whole)) if row["estimate"] is not None]
    chosen: dict[str, Row] = {}
    for statistic in HEADLINES:
        for row in known:
            if row["statistic"] == statistic:
                chosen.setdefault(row["comparison"], row)
    return [row for row in chosen.values() if is_human(row["comparison"])] + [
        row for row in chosen.values() if not is_human(row["comparison"])
    ]


def has_ceiling(inputs: ReportInputs) -> bool:
    """Whether people were compared with each other on any scheme as a whole."""
    return any(is_human(row["comparison"]) for scheme in SCHEMES for row in find_headlines(inputs, scheme))


def describe_agreement(inputs: ReportInputs) -> list[SchemeAgreement]:
    """Describe the agreement on every scheme that was compared."""
    rows = sort_rows(records(inputs.table("agreement")))
    present = {row["scheme"] for row in rows}
    schemes = [scheme for scheme in SCHEMES if scheme in present] + sorted(present.difference(SCHEMES))
    return [_describe(inputs, scheme, [row for row in rows if row["scheme"] == scheme]) for scheme in schemes]


def _describe(inputs: ReportInputs, scheme: str, rows: Sequence[Row]) -> SchemeAgreement:
    words = inputs.words
    overall = [row for row in rows if not row["code"]]
    drawn = _first_policy(row for row in overall if row["estimate"] is not None and row["statistic"] in DRAWN)
    axis = choose_axis(interval_of(row) for row in drawn)
    headlines = find_headlines(inputs, scheme)
    sentences = [
        Sentence(text=describe_headline(row, words), left_out=_describe_notes(row, inputs)) for row in headlines
    ]
    if headlines and not any(is_human(row["comparison"]) for row in headlines):
        sentences.insert(0, Sentence(text=words("agree.no_ceiling"), left_out=""))
    return SchemeAgreement(
        scheme=scheme,
        title=name_scheme(scheme, words),
        sentences=tuple(sentences),
        groups=tuple(_groups(drawn, axis, words)),
        axis=draw_axis(axis, [words.number(tick, 2) for tick in axis.ticks]),
        overall=tuple(_write_groups(overall, inputs)),
        per_code=tuple(_group_codes([row for row in rows if row["code"]], inputs)),
    )


def _describe_notes(row: Row, inputs: ReportInputs) -> str:
    words, flattered = inputs.words, describe_flattered(inputs, row)
    notes = [words("agree.flattered", why=flattered)] if flattered else []
    if row["excluded"] != "0":
        notes.append(words("agree.left_out", excluded=name_excluded(row["excluded"], words)))
    return " ".join(notes)


def _first_policy(rows: Iterable[Row]) -> list[Row]:
    """Keep the first row of each comparison, statistic and code: other policies and ranges come after it."""
    kept: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        kept.setdefault((row["comparison"], row["statistic"], row["code"]), row)
    return list(kept.values())


def interval_of(row: Row) -> DrawnInterval:
    """Give the figure of a row as it is drawn."""
    return DrawnInterval(estimate=row["estimate"], low=row["low"], high=row["high"], chance=row["chance"])


def _groups(rows: Sequence[Row], axis: Axis, words: Words) -> Iterable[FigureGroup]:
    for statistic in DRAWN:
        found = [row for row in rows if row["statistic"] == statistic]
        if found:
            shown = tuple(_figure_row(row, axis, words) for row in found)
            yield FigureGroup(statistic=name_statistic(statistic, words), rows=shown)


def _figure_row(row: Row, axis: Axis, words: Words) -> FigureRow:
    style = "human" if is_human(row["comparison"]) else "machine"
    return FigureRow(
        comparison=name_comparison(row["comparison"], words),
        link=link_comparison(row["comparison"], row["scheme"]),
        drawn=draw_interval(interval_of(row), axis, style, describe_headline(row, words)),
        text=words.figure(row["estimate"]) + write_interval(row, words),
        n=words.number(row["n"]),
    )


def _group_codes(rows: Sequence[Row], inputs: ReportInputs) -> Iterable[CodeGroup]:
    found: dict[str, dict[str, dict[str, Row]]] = {}
    for row in _first_policy(rows):
        found.setdefault(row["comparison"], {}).setdefault(row["code"], {})[row["statistic"]] = row
    for comparison, codes in found.items():
        yield CodeGroup(
            comparison=name_comparison(comparison, inputs.words),
            n=inputs.words.number(max(row["n"] for by_name in codes.values() for row in by_name.values())),
            rows=tuple(_write_code(code, by_name, inputs) for code, by_name in codes.items()),
        )


def _write_code(code: str, by_name: Mapping[str, Row], inputs: ReportInputs) -> CodeRow:
    words, kappa = inputs.words, by_name.get("cohen_kappa")
    scheme = next(iter(by_name.values()))["scheme"]

    def beside_chance(name: str) -> str:
        row = by_name.get(name)
        if row is None or row["estimate"] is None:
            return words.figure(None)
        return words("agree.beside_chance", figure=words.figure(row["estimate"]), chance=words.figure(row["chance"]))

    return CodeRow(
        code=words("no_code") if code == NONE else inputs.code_label(scheme, code),
        link=link_comparison(next(iter(by_name.values()))["comparison"], scheme, code),
        kappa=words.figure(kappa["estimate"] if kappa else None),
        interval=_write_cell(kappa, words) if kappa else words.figure(None),
        p=_write_p(kappa["p"] if kappa else None, words),
        percent=beside_chance("percent"), ac1=beside_chance("gwet_ac1"),
        positive=beside_chance("positive_agreement"),
        prevalence=words.figure(by_name["prevalence"]["estimate"] if "prevalence" in by_name else None),
    )  # fmt: skip


def _write_groups(rows: Sequence[Row], inputs: ReportInputs) -> Iterable[TableGroup]:
    words = inputs.words
    groups: dict[tuple[str, int, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["comparison"], row["n"], row["unit"], row["excluded"]), []).append(row)
    for (comparison, n, unit, excluded), found in groups.items():
        yield TableGroup(
            comparison=name_comparison(comparison, words),
            n=words.number(n),
            unit=name_unit(unit, words),
            excluded="; ".join(
                part for part in (name_excluded(excluded, words), describe_flattered(inputs, found[0])) if part
            ),
            rows=tuple(_write(row, words) for row in found),
        )


def _write(row: Row, words: Words) -> TableRow:
    return TableRow(
        statistic=name_statistic(row["statistic"], words),
        estimate=words.figure(row["estimate"]),
        interval=_write_cell(row, words),
        chance=words.figure(row["chance"]),
        p=_write_p(row["p"], words),
        reason=name_reason(row["reason"], words) or _describe_not_tested(row, words),
    )


def _describe_not_tested(row: Row, words: Words) -> str:
    if row["p"] is not None or not row["null"]:
        return ""
    reason = read_null(row["null"])
    return reason.nl if words.language == "nl" else reason.en


def write_interval(row: Row, words: Words) -> str:
    """Write the interval of a row after a space; nothing where there is none."""
    if row["low"] is None or row["high"] is None:
        return ""
    return f" [{words.figure(row['low'])}; {words.figure(row['high'])}]"


def _write_cell(row: Row, words: Words) -> str:
    return write_interval(row, words).lstrip() or words.figure(None)


def _write_p(p: float | None, words: Words) -> str:
    if p is None:
        return words.figure(None)
    return f"< {words.number(0.001, 3)}" if p < 0.001 else words.number(p, 3)
