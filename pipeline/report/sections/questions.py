"""The section of the page that answers what the team asks of each theme."""

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.report.charts import Interval, Point, choose_axis, draw_curve
from pipeline.report.inputs import ReportInputs, is_machine, records
from pipeline.report.sections.agreement import name_coder, name_scheme
from pipeline.report.sections.theme_links import (
    Answers,
    Blind,
    Perspectives,
    describe_answers,
    describe_perspectives,
    has_meetings,
    list_blind_spots,
    list_meetings,
)
from pipeline.report.sections.theme_profiles import CoderThemes, Row, describe_profiles, lean_legend

MOST_TICKS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The codes of one coder in one scheme: what the curve says, and the curve where there is one."""

    title: str
    sentence: str
    figure: Markup


def describe_saturation(inputs: ReportInputs) -> list[Curve]:
    """Describe how the codes of each person fill up; a machine makes its topics of all sessions at once."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in records(inputs.table("saturation")):
        if not is_machine(row["coder"]):
            groups.setdefault((row["coder"], row["scheme"]), []).append(row)
    return [_describe_curve(inputs, coder, scheme, rows) for (coder, scheme), rows in groups.items()]


def _describe_curve(inputs: ReportInputs, coder: str, scheme: str, rows: list[Row]) -> Curve:
    words = inputs.words
    title = f"{name_coder(coder, words)}, {name_scheme(scheme, words).lower()}"
    drawn = [row for row in rows if row["step"]]
    if not drawn:
        return Curve(title=title, sentence=words("saturation.too_few"), figure=Markup(""))
    sentence = _say_order(inputs, drawn) if drawn[0]["session"] is not None else words("saturation.blocks")
    if drawn[0]["low"] == drawn[0]["n_all"]:
        return Curve(title=title, sentence=f"{sentence} {words('saturation.at_once')}", figure=Markup(""))
    return Curve(
        title=title, sentence=f"{sentence} {_say_half(inputs, drawn)}", figure=_draw_curve(inputs, drawn, title)
    )


def _say_order(inputs: ReportInputs, rows: list[Row]) -> str:
    words = inputs.words
    last = max(row["step"] for row in rows if row["n_new"])
    return words(
        "saturation.order", n=words.number(rows[0]["n_all"]), step=words.number(last), steps=words.number(len(rows)),
        session=next(row["session"] for row in rows if row["step"] == last),
    )  # fmt: skip


def _say_half(inputs: ReportInputs, rows: list[Row]) -> str:
    words = inputs.words
    half = min(rows, key=lambda row: (abs(row["step"] - rows[-1]["step"] / 2), row["step"]))
    n_all = half["n_all"]
    return words(
        "saturation.half", steps=words(f"saturation.step.{half['unit']}", n=words.number(half["step"])),
        mean=words.percent(half["share"]), low=words.percent(half["low"] / n_all),
        high=words.percent(half["high"] / n_all),
    )  # fmt: skip


def _draw_curve(inputs: ReportInputs, rows: list[Row], title: str) -> Markup:
    words, n_all = inputs.words, rows[0]["n_all"]
    points = [
        Point(
            n=row["step"], estimate=row["share"], low=row["low"] / n_all, high=row["high"] / n_all,
            title=words("saturation.point", step=words.number(row["step"]), mean=words.number(row["mean"], 1),
                        n=words.number(n_all)),
        )
        for row in rows
    ]  # fmt: skip
    axis = choose_axis([Interval(estimate=0.0)])
    every = -(-len(points) // MOST_TICKS)
    names = [("y", words.percent(tick)) for tick in axis.ticks]
    names += [("x", "" if i % every else words.number(point.n)) for i, point in enumerate(points)]
    return draw_curve(points, None, axis, names, title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All that the section shows."""

    coders: tuple[CoderThemes, ...]
    legend: tuple[tuple[str, str], ...]
    curves: tuple[Curve, ...]
    answers: Answers | None
    perspectives: Perspectives | None
    meetings: tuple[str, ...]
    can_meet: bool
    blind: tuple[Blind, ...]


def describe_questions(inputs: ReportInputs) -> Questions:
    """Gather what the section shows."""
    return Questions(
        coders=tuple(describe_profiles(inputs)),
        legend=tuple(lean_legend(inputs)),
        curves=tuple(describe_saturation(inputs)),
        answers=describe_answers(inputs),
        perspectives=describe_perspectives(inputs),
        meetings=tuple(list_meetings(inputs)),
        can_meet=has_meetings(inputs),
        blind=tuple(list_blind_spots(inputs)),
    )
