"""How sure a study is, a line a scheme: people among themselves, the machine nearest to them, and chance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from markupsafe import Markup

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import ADJUDICATED_CODER, DECIDED_CODER, INDUCTIVE_CODER, Scheme, is_machine
from pipeline.report.charts import choose_axis, draw_axis, draw_interval
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.agreement import (
    BY_CODEBOOK,
    describe_flattered,
    find_flattered,
    interval_of,
    is_human,
    name_coder,
    name_scheme,
    write_interval,
)
from pipeline.report.words import Words

SCHEMES = (Scheme.THEME, Scheme.SUBTHEME, Scheme.POLARITY, Scheme.HAT, Scheme.SENTIMENT, Scheme.FUNCTION,
           Scheme.EXPECTATION)  # fmt: skip
STATISTIC = "cohen_kappa"
ALPHA = 0.05
MOST_NAMED = 3
"""People each named with a figure of their own in a sentence; more get a range."""
_NARROWER = (
    "the set of codes as one value", "first code only", "only fragments to which both", "one topic for each code",
    "outliers excluded", "outliers as",
)  # fmt: skip
"""Marks of a figure on other choices than the main one."""
_LEFT_OPEN = "left open by"
_ANSWERED_ONLY = "answered only"
_ABSTENTION_COUNTS = "abstention as a code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFigures:
    """The figures of one scheme.

    Attributes:
        scheme: its name in the tables.
        people: rows of the agreement table for pairs of people, in order of the table.
        machine: the machine coder nearest to people, an abstention counted as wrong; empty where none was compared.
        strict: a row for each person whom it was compared with, an abstention counted as wrong.
        answered: the same where the machine gave a code, beside ``strict``; None where it never abstained.
    """

    scheme: str
    people: tuple[Row, ...]
    machine: str
    strict: tuple[Row, ...]
    answered: tuple[Row | None, ...]

    @property
    def above_chance(self) -> tuple[Row, ...]:
        """Rows of the people with whom the machine is above chance: its interval, and its p times the people tried."""
        return tuple(row for row in self.strict if _is_above(row, len(self.strict)))

    @property
    def near_chance(self) -> tuple[Row, ...]:
        """Rows of the other people."""
        return tuple(row for row in self.strict if not _is_above(row, len(self.strict)))


def figures_of(
    agreement: pd.DataFrame, scheme: str, *, without: Iterable[str] = (DECIDED_CODER,), statistic: str = STATISTIC
) -> SchemeFigures:
    """Choose the figures of a scheme as a whole.

    Args:
        agreement: the table ``agreement``.
        scheme: a scheme of the codebook.
        without: machine coders that are not to be named as the nearest; what people decided is their own work.
        statistic: of the table; Cohen's kappa by default.
    """
    whole = agreement.loc[
        (agreement["scheme"] == scheme) & (agreement["code"] == "") & (agreement["statistic"] == statistic)
    ]
    rows = [row for row in records(whole) if row["estimate"] is not None and not _is_narrower(row)]
    people: dict[str, Row] = {}
    by_machine: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        coders = row["comparison"].split(" | ")
        machines = [coder for coder in coders if is_machine(coder)]
        if is_human(row["comparison"]):
            people.setdefault(row["comparison"], row)
        elif len(coders) == 2 and len(machines) == 1 and ADJUDICATED_CODER not in coders:
            other = next(coder for coder in coders if coder not in machines)
            by_machine.setdefault(machines[0], {}).setdefault(other, []).append(row)
    chosen = {
        machine: [_strict(found) for found in of_people.values()]
        for machine, of_people in by_machine.items()
        if machine not in tuple(without)
    }
    best = min(chosen, key=lambda machine: (-_mean(chosen[machine]), machine), default="")
    return SchemeFigures(
        scheme=scheme,
        people=tuple(people.values()),
        machine=best,
        strict=tuple(chosen.get(best, ())),
        answered=tuple(_answered(found) for found in by_machine.get(best, {}).values()),
    )


def list_figures(inputs: ReportInputs, scheme: str) -> list[SchemeFigures]:
    """List the figures of a scheme: people with the nearest machine, then the machines that the codebook flatters.

    Where a codebook was written over the very fragments, the nearest machine is one that did not read it, if there is
    one; those that did follow, without the people.
    """
    table = inputs.table("agreement")
    flattered = find_flattered(inputs, scheme) if scheme in BY_CODEBOOK else {}
    first = figures_of(table, scheme, without=(DECIDED_CODER, *flattered))
    if not first.strict:
        first, flattered = figures_of(table, scheme), {}
    machines = _find_machines(table)
    others = [figures_of(table, scheme, without=machines - {coder}) for coder in flattered if coder in machines]
    return [figures for figures in (first, *(replace(each, people=()) for each in others))
            if figures.people or figures.strict]  # fmt: skip


def _find_machines(agreement: pd.DataFrame) -> set[str]:
    coders = {coder for comparison in agreement["comparison"].unique() for coder in comparison.split(" | ")}
    return {coder for coder in coders if is_machine(coder)}


def _is_above(row: Row, n_tried: int) -> bool:
    clear = row["low"] is not None and row["low"] > (row["chance"] or 0.0)
    return clear and (row["p"] is None or row["p"] * n_tried <= ALPHA)


def _is_narrower(row: Row) -> bool:
    return any(mark in row["excluded"] for mark in _NARROWER) or "left out in turn" in (row["unit"] or "")


def _is_answered(row: Row) -> bool:
    return _LEFT_OPEN in row["excluded"] or _ANSWERED_ONLY in row["excluded"]


def _strict(rows: Sequence[Row]) -> Row:
    """Choose the row in which an abstention counts as wrong; where nothing was left open there is one row."""
    counted = [row for row in rows if not _is_answered(row)]
    return next((row for row in counted if _ABSTENTION_COUNTS in row["excluded"]), (counted or list(rows))[0])


def _answered(rows: Sequence[Row]) -> Row | None:
    return next((row for row in rows if _is_answered(row)), None)


def _mean(rows: Sequence[Row]) -> float:
    return sum(float(row["estimate"]) for row in rows) / max(len(rows), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyRow:
    """One dot with its interval, and the same in words."""

    name: str
    drawn: Markup
    text: str
    aside: str
    comparison: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyGroup:
    """One scheme: people first, then the machine with each of them; ``note`` holds of all rows of the machine."""

    scheme: str
    title: str
    note: str
    rows: tuple[CertaintyRow, ...]


def certainty_groups(inputs: ReportInputs) -> tuple[list[CertaintyGroup], Markup]:
    """Draw people and the nearest machine for every scheme on one axis.

    Returns:
        A group for each scheme with a figure, and the axis; no groups where nothing was compared.
    """
    words = inputs.words
    all_figures = [figures for scheme in SCHEMES for figures in list_figures(inputs, scheme)]
    axis = choose_axis(interval_of(row) for figures in all_figures for row in (*figures.people, *figures.strict))

    def drawn(row: Row, name: str, style: str, aside: str = "") -> CertaintyRow:
        text = words.figure(row["estimate"]) + write_interval(row, words)
        return CertaintyRow(
            name=name,
            drawn=draw_interval(interval_of(row), axis, style, f"{name}: {text}"),
            text=text,
            aside=aside,
            comparison=row["comparison"],
        )

    groups: dict[str, list[CertaintyRow]] = {}
    flattered = {
        scheme: {
            describe_flattered(inputs, row) for each in all_figures if each.scheme == scheme for row in each.strict
        }
        for scheme in {each.scheme for each in all_figures}
    }
    for figures in all_figures:
        rows = groups.setdefault(figures.scheme, [])
        for row in figures.people:
            by_chance = "" if _is_above(row, 1) else words("certain.no_chance")
            rows.append(drawn(row, _pair(row, words), "human", by_chance))
        for strict, answered in zip(figures.strict, figures.answered, strict=True):
            notes = [describe_flattered(inputs, strict)] if len(flattered[figures.scheme]) > 1 else []
            if answered is not None and answered is not strict:
                notes.insert(0, words("certain.answered", figure=words.figure(answered["estimate"]),
                                      share=words.percent(answered["n"] / strict["n"])))  # fmt: skip
            if strict in figures.near_chance:
                notes.append(words("certain.no_chance"))
            aside = "; ".join(note for note in notes if note)
            rows.append(drawn(strict, _pair(strict, words), "machine", aside))
    made = [
        CertaintyGroup(
            scheme=scheme,
            title=name_scheme(scheme, words),
            rows=tuple(rows),
            note=next(iter(flattered[scheme]), "") if len(flattered[scheme]) == 1 else "",
        )
        for scheme, rows in groups.items()
    ]
    return made, draw_axis(axis, [words.number(tick, 2) for tick in axis.ticks])


def _pair(row: Row, words: Words) -> str:
    return words.join([name_coder(coder, words) for coder in sorted(row["comparison"].split(" | "), key=is_machine)])


def describe_certainty(inputs: ReportInputs) -> list[str]:
    """Say in a few sentences how sure the study is: what people reach among themselves, and how near the machine is."""
    words = inputs.words
    if not inputs.human_coders:
        return [words("certain.no_coding")]
    found = next((each for scheme in SCHEMES for each in list_figures(inputs, scheme)), None)
    if found is None:
        return [words("no_agreement")]
    sentences = []
    if found.people:
        first, scheme = found.people[0], name_scheme(found.scheme, words).lower()
        estimate = words.figure(first["estimate"]) + write_interval(first, words)
        sentences.append(words("certain.people", scheme=scheme, coders=_pair(first, words), estimate=estimate))
    else:
        sentences.append(explain_no_ceiling(inputs, found.scheme))
    if found.strict:
        sentences += [_describe_machine(found, words), words("certain.use")]
    return sentences


def explain_no_ceiling(inputs: ReportInputs, scheme: str) -> str:
    """Say why there is no figure of people among themselves."""
    words = inputs.words
    if inputs.has_structure_only:
        return words("certain.structure")
    if len(inputs.human_coders) == 1:
        return words("certain.one_coder")
    coders = words.join([name_in_sentence(coder, words) for coder in inputs.human_coders])
    return words("certain.not_compared", coders=coders, scheme=name_scheme(scheme, words).lower())


def describe_topics(inputs: ReportInputs) -> str:
    """Say with whose themes the machine's own topics agree beyond chance; empty where not compared.

    People differ in how they code, and one who coded without care says nothing of the topics: they are a finding when
    they beat chance with anybody, of as many people as were tried. By adjusted mutual information: a kappa of topics
    has learned from the codes which topic is which.
    """
    words, topics = inputs.words, _compare_topics(inputs)
    if topics is None:
        return ""

    def filled(rows: Sequence[Row]) -> dict[str, str]:
        chances = [row["chance"] for row in rows if row["chance"] is not None]
        return {
            "coders": _join_people(rows, words),
            "estimate": words.figure(rows[0]["estimate"]) + write_interval(rows[0], words)
            if len(rows) == 1
            else _describe_each(rows, words),
            "chance": words.figure(sum(chances) / len(chances) if chances else None),
        }

    if not topics.above_chance:
        return words("certain.topics_by_chance", **filled(topics.strict))
    text = words("certain.topics", **filled(topics.above_chance))
    if topics.near_chance:
        text = f"{text} {words('certain.topics_not_with', **filled(topics.near_chance))}"
    return text


def _person(row: Row) -> str:
    return next(coder for coder in str(row["comparison"]).split(" | ") if not is_machine(coder))


def _join_people(rows: Sequence[Row], words: Words) -> str:
    return words.join([name_in_sentence(_person(row), words) for row in rows])


def describe_range(rows: Sequence[Row], words: Words) -> str:
    """Write the lowest and the highest of some estimates; one figure where they read the same."""
    low, high = (words.figure(of(float(row["estimate"]) for row in rows)) for of in (min, max))
    return low if low == high else words("certain.range", low=low, high=high)


def _describe_each(rows: Sequence[Row], words: Words) -> str:
    """Say the figure with each person, or the range where people are many or their figures are the same."""
    is_same = len({words.figure(row["estimate"]) for row in rows}) == 1
    if len(rows) > MOST_NAMED or (is_same and len(rows) > 1):
        return words("certain.with", figure=describe_range(rows, words), coders=_join_people(rows, words))
    return words.join([
        words("certain.with", figure=words.figure(row["estimate"]) + write_interval(row, words),
              coders=_join_people([row], words))
        for row in rows
    ])  # fmt: skip


def _compare_topics(inputs: ReportInputs) -> SchemeFigures | None:
    table = inputs.table("agreement")
    others = _find_machines(table) - {INDUCTIVE_CODER}
    topics = figures_of(table, Scheme.THEME, without=others, statistic="adjusted_mutual_information")
    return topics if topics.strict else None


def warn_of_topics(inputs: ReportInputs) -> str:
    """Say that the machine's own topics are no finding, and what to do; empty where they are one.

    They are none where the fragments form no groups (table ``topic_numbers``), or where they were compared with
    people's themes and are above chance with nobody's.
    """
    words, tried = inputs.words, inputs.table("topic_numbers")
    tried = tried.loc[tried["level"] == Scheme.THEME]
    advice = words("certain.topics_advice")
    if len(tried) and not (tried["score"] >= tried["least"]).any():
        return words("certain.topics_no_finding", n=words.count("theme", len(inputs.topics)), advice=advice)
    found = _compare_topics(inputs)
    return f"{describe_topics(inputs)} {advice}" if found and not found.above_chance else ""


def _describe_machine(figures: SchemeFigures, words: Words) -> str:
    above, near = figures.above_chance, figures.near_chance
    alone = (
        words.figure(figures.strict[0]["estimate"]) + write_interval(figures.strict[0], words)
        if len(figures.strict) == 1
        else ""
    )
    values = {
        "machine": name_in_sentence(figures.machine, words),
        "estimate": alone or _describe_each(above or near, words),
    }
    scheme = name_scheme(figures.scheme, words).lower()
    if not above:
        return words("certain.machine_by_chance", scheme=scheme, **values)
    if near:
        return words("certain.machine_some", scheme=scheme, others=_describe_each(near, words), **values)
    if figures.people and figures.people[0]["estimate"] > 0:
        share = _mean(figures.strict) / float(figures.people[0]["estimate"])
        return words("certain.machine_share", share=words.percent(min(share, 1.0)), **values)
    return words("certain.machine_alone", scheme=scheme, **values)


def name_in_sentence(coder: str, words: Words) -> str:
    """Name a coder within a sentence, a machine by what it did; a name of several words is put in quotes.

    >>> name_in_sentence("machine-taught", Words("nl")), name_in_sentence("A", Words("nl"))
    ('machine die uit de codes leerde', 'A')
    """
    if words.has(f"who.{coder}"):
        return words(f"who.{coder}")
    name = name_coder(coder, words)
    return f"“{name}”" if " " in coder else name
