"""The section of the page that answers what the team asks of each theme."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import INDUCTIVE_CODER, Scheme, is_machine
from pipeline.report.certainty import ALPHA
from pipeline.report.charts import DrawnInterval, Point, choose_axis, draw_curve
from pipeline.report.inputs import Quote, ReportInputs, records
from pipeline.report.sections.agreement import name_coder, name_scheme
from pipeline.report.sections.coded_themes import count_sessions
from pipeline.report.sections.theme_profiles import (
    CoderThemes,
    coders_with_themes,
    describe_profiles,
    lean_legend,
    name_theme,
)

PAIRS_AT_ONCE = 5
MOST_PAIRS = 40
MOST_MEETINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two fragments side by side, and why they stand there."""

    left: Quote
    right: Quote
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The knelpunten of a theme that nothing answers."""

    label: str
    n: int
    total: int
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Fragments side by side: how many there are, the first of them, those behind a fold, and how many more."""

    sentence: str
    pairs: tuple[Pair, ...]
    further: tuple[Pair, ...]
    n_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredProblems:
    """Knelpunten beside what may answer them, and by theme of one coder those that nothing answers."""

    found: Pairs
    coder: str
    open: tuple[Open, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """Codes that no topic carries, or topics that hardly anybody coded, each with a quote where there is one."""

    title: str
    items: tuple[tuple[str, Quote | None], ...]


def describe_answers(inputs: ReportInputs) -> AnsweredProblems | None:
    """Describe what answers the knelpunten; None where there is no knelpunt or nothing that might answer."""
    words = inputs.words
    knelpunten = [row for row in records(inputs.table("knelpunten")) if row["reason"] is None]
    if not knelpunten:
        return None
    answered = sum(row["n_answers"] > 0 for row in knelpunten)
    machine = sum(row["source"] == "machine" for row in knelpunten)
    sentence = words(
        "answers.sentence", total=words.number(len(knelpunten)), answered=words.number(answered),
        open=words.number(len(knelpunten) - answered), chance=words.percent(inputs.config.questions.alpha),
    )  # fmt: skip
    if machine:
        sentence = f"{sentence} {words('answers.machine', n=words.number(machine))}"
    found = _pair(
        inputs, "answers", sentence, ("knelpunt_id", "answer_id"),
        lambda row: [_shared(inputs, row), words(f"answers.source.{row['answer_source']}")],
    )  # fmt: skip
    coder = next(iter(coders_with_themes(inputs)), "")
    return AnsweredProblems(
        found=found,
        coder=name_coder(coder, words),
        open=tuple(_open(inputs, row) for row in records(inputs.table("theme_answers")) if row["coder"] == coder),
    )


def _open(inputs: ReportInputs, row: Row) -> Open:
    return Open(
        label=name_theme(inputs, row["coder"], row["theme"]),
        n=len(row["unanswered"]),
        total=row["n_knelpunten"],
        quotes=tuple(_fold(inputs, same) for same in _group(inputs, [(each,) for each in row["unanswered"]])),
    )


def _group(inputs: ReportInputs, rows: Sequence[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Put together what says the same word for word, in the order of the first.

    Args:
        inputs: the study.
        rows: fragments that are shown side by side.
    """
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for row in rows:
        groups.setdefault(tuple(inputs.text(fragment).casefold() for fragment in row), []).append(row)
    return list(groups.values())


def _fold(inputs: ReportInputs, same: Sequence[tuple[str, ...]], side: int = 0) -> Quote:
    """Quote the first of fragments that say the same, and say how many there are in how many sessions."""
    fragments = list(dict.fromkeys(row[side] for row in same))
    quote = inputs.quote(fragments[0])
    if len(fragments) == 1:
        return quote
    sessions = inputs.place_sessions(count_sessions(inputs, fragments))
    return replace(quote, times=inputs.words("pair.times", n=inputs.words.number(len(fragments)), sessions=sessions))


def describe_perspectives(inputs: ReportInputs) -> Pairs | None:
    """Describe the pairs of kans and knelpunt on one subject; None without any."""
    words, n = inputs.words, len(inputs.table("perspectives"))
    if not n:
        return None
    sentence = words(
        "perspectives.sentence", pairs=words.number(n), chance=words.percent(inputs.config.questions.alpha)
    )
    return _pair(
        inputs, "perspectives", sentence, ("kans_id", "knelpunt_id"),
        lambda row: [_shared(inputs, row), *_themes(inputs, row), *_machine(inputs, row)],
    )  # fmt: skip


def _pair(
    inputs: ReportInputs, table: str, sentence: str, sides: tuple[str, str], note: Callable[[Row], list[str]]
) -> Pairs:
    rows = {(row[sides[0]], row[sides[1]]): row for row in records(inputs.table(table))}
    groups = _group(inputs, list(rows))
    pairs = [
        Pair(
            left=_fold(inputs, same), right=_fold(inputs, same, 1), note=" · ".join(note(rows[same[0][0], same[0][1]]))
        )
        for same in groups[:MOST_PAIRS]
    ]
    return Pairs(
        sentence=sentence,
        pairs=tuple(pairs[:PAIRS_AT_ONCE]),
        further=tuple(pairs[PAIRS_AT_ONCE:]),
        n_left=len(groups) - len(pairs),
    )


def _shared(inputs: ReportInputs, row: Row) -> str:
    return inputs.words("pair.shared", words=", ".join(row["shared"]))


def _themes(inputs: ReportInputs, row: Row) -> list[str]:
    """The themes that people gave both; a machine's where no person gave any theme."""
    split = [tuple(theme.split(": ", 1)) for theme in row["themes"]]
    people = [(coder, theme) for coder, theme in split if not is_machine(coder)]
    if not people and all(is_machine(coder) for coder in coders_with_themes(inputs)):
        people = [(coder, theme) for coder, theme in split[:1]]
    labels = dict.fromkeys(name_theme(inputs, coder, theme) for coder, theme in people)
    return [" / ".join(labels)] if labels else [inputs.words("pair.across")]


def _machine(inputs: ReportInputs, row: Row) -> list[str]:
    sources = {row["kans_source"], row["knelpunt_source"]}
    return [inputs.words("pair.machine")] if "machine" in sources else []


def list_meetings(inputs: ReportInputs) -> list[str]:
    """Say which themes of people meet more often than chance; of the machine where nobody coded."""
    words = inputs.words
    rows = [row for row in _tested(inputs) if row["p_adjusted"] <= ALPHA and row["lift"] is not None]
    rows.sort(key=lambda row: (row["p_adjusted"], -row["lift"], row["coder"], row["theme_a"], row["theme_b"]))
    return [
        words(
            f"meet.{row['level']}", coder=name_coder(row["coder"], words),
            first=name_theme(inputs, row["coder"], row["theme_a"]),
            second=name_theme(inputs, row["coder"], row["theme_b"]), n=words.number(row["n_both"]),
            units=words.number(row["n_units"]), expected=words.number(row["expected"], 1),
        )
        for row in rows[:MOST_MEETINGS]
    ]  # fmt: skip


def has_meetings(inputs: ReportInputs) -> bool:
    """Whether any two of these themes could be tested."""
    return bool(_tested(inputs))


def _tested(inputs: ReportInputs) -> list[Row]:
    coders = coders_with_themes(inputs)
    shown_coders = [coder for coder in coders if not is_machine(coder)] or coders
    return [
        row
        for row in records(inputs.table("cooccurrence"))
        if row["coder"] in shown_coders and row["p_adjusted"] is not None
    ]


def list_blind_spots(inputs: ReportInputs) -> list[Blind]:
    """List the codes of people that no topic carries, and the topics that people hardly coded."""
    words, best = inputs.words, _best_quotes(inputs)
    missed, uncoded = [], []
    for coder, row in _diagnosed(inputs, "code_diagnoses", "missed"):
        label = inputs.code_label(Scheme.THEME, row["code"])
        text = words("blind.code", coder=coder, label=label, n=words.number(row["n"]))
        missed.append((text, best.get((coder, row["code"]))))
    for coder, row in _diagnosed(inputs, "topic_diagnoses", "uncoded"):
        n, total = words.number(row["n_coded"]), words.number(row["n"])
        text = words("blind.topic", label=inputs.topic_name(row["topic_id"]), n=n, total=total, coder=coder)
        uncoded.append((text, best.get((INDUCTIVE_CODER, row["topic_id"]))))
    found = (("blind.codes", missed), ("blind.topics", uncoded))
    return [Blind(title=words(key), items=tuple(items)) for key, items in found if items]


def _diagnosed(inputs: ReportInputs, table: str, verdict: str) -> list[tuple[str, Row]]:
    """List the rows of a diagnosis of themes that have a verdict, each with the person whom it is about."""
    return [
        (str(row["comparison"]).split(" | ")[0], row)
        for row in records(inputs.table(table))
        if row["verdict"] == verdict and row["scheme"] == Scheme.THEME
    ]


def _best_quotes(inputs: ReportInputs) -> dict[tuple[str, str], Quote]:
    return {
        (row["coder"], row["theme"]): inputs.quote(row["fragment_id"])
        for row in records(inputs.table("theme_quotes"))
        if row["role"] == "shows" and row["rank"] == 1
    }


MOST_TICKS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderCurve:
    """The codes of one coder in one scheme: what the curve says, and the curve where there is one."""

    title: str
    sentence: str
    figure: Markup


def describe_saturation(inputs: ReportInputs) -> list[CoderCurve]:
    """Describe how the codes of each person fill up; a machine makes its topics of all sessions at once."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in records(inputs.table("saturation")):
        if not is_machine(row["coder"]):
            groups.setdefault((row["coder"], row["scheme"]), []).append(row)
    return [_describe_curve(inputs, coder, scheme, rows) for (coder, scheme), rows in groups.items()]


def _describe_curve(inputs: ReportInputs, coder: str, scheme: str, rows: list[Row]) -> CoderCurve:
    words = inputs.words
    title = f"{name_coder(coder, words)}, {name_scheme(scheme, words).lower()}"
    drawn = [row for row in rows if row["step"]]
    if not drawn:
        return CoderCurve(title=title, sentence=words("saturation.too_few"), figure=Markup(""))
    sentence = _describe_order(inputs, drawn) if drawn[0]["session"] is not None else words("saturation.blocks")
    if drawn[0]["low"] == drawn[0]["n_all"]:
        return CoderCurve(title=title, sentence=f"{sentence} {words('saturation.at_once')}", figure=Markup(""))
    return CoderCurve(
        title=title, sentence=f"{sentence} {_describe_half(inputs, drawn)}", figure=_draw_curve(inputs, drawn, title)
    )


def _describe_order(inputs: ReportInputs, rows: list[Row]) -> str:
    words = inputs.words
    last = max(row["step"] for row in rows if row["n_new"])
    return words(
        "saturation.order", n=words.number(rows[0]["n_all"]), step=words.number(last), steps=words.number(len(rows)),
        session=next(row["session"] for row in rows if row["step"] == last),
    )  # fmt: skip


def _describe_half(inputs: ReportInputs, rows: list[Row]) -> str:
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
    axis = choose_axis([DrawnInterval(estimate=0.0)])
    every = -(-len(points) // MOST_TICKS)
    names = [("y", words.percent(tick)) for tick in axis.ticks]
    names += [("x", "" if i % every else words.number(point.n)) for i, point in enumerate(points)]
    return draw_curve(points, None, axis, names, title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All that the section shows."""

    coders: tuple[CoderThemes, ...]
    legend: tuple[tuple[str, str], ...]
    curves: tuple[CoderCurve, ...]
    answers: AnsweredProblems | None
    perspectives: Pairs | None
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
