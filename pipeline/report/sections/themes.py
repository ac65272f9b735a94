"""The themes, after what people decided: how large each is, who carries it, how it leans, which words show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.core.vocabulary import OUTLIER_TOPIC, TAUGHT_CODER, Hat, StanceSource
from pipeline.report.charts import as_percent, draw_bar
from pipeline.report.inputs import Quote, ReportInputs, count_values, records
from pipeline.report.sections.decisions import DecisionRow, decision_rows
from pipeline.report.sections.hats import count_leans, draw_leans, leans_of_machine
from pipeline.report.words import Words

MAP_MARGIN = 0.03
"""Share of the map left free at each side."""
NAME_WIDTH, NAME_HEIGHT = 0.045, 0.035
"""Room for the name of a group, as shares of the map."""
AROUND = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))
N_COLOURS = 7
OUTSIDE = -1
"""The group of a fragment without a theme."""
N_SHAPES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One fragment on the map: its place, its group and what a reader sees on touching it."""

    x: float
    y: float
    group: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The name of a group, written at the middle of its dots."""

    x: float
    y: float
    group: int
    name: str


def draw_map(dots: Sequence[Dot], marks: Sequence[Mark], label: str) -> Markup:
    """Draw fragments as dots that lie near each other when they say alike things.

    Args:
        dots: the fragments; group -1 is an outlier, drawn as a small cross.
        marks: names of groups, drawn above all dots.
        label: what the figure shows, in words.

    Returns:
        The figure; empty without dots.
    """
    if not dots:
        return Markup("")
    left, width = _span([dot.x for dot in dots])
    top, height = _span([dot.y for dot in dots])

    drawn = []
    for dot in dots:
        # y grows upwards on a map and downwards on a screen.
        x, y = as_percent(_share(dot.x, left, width)), as_percent(1 - _share(dot.y, top, height))
        drawn.append(
            Markup('<use href="#{}" class="{}" data-g="{}" x="{}" y="{}"><title>{}</title></use>').format(
                shape_of(dot.group), colour_of(dot.group), dot.group, x, y, dot.title
            )
        )
    spread = _spread([(_share(mark.x, left, width), 1 - _share(mark.y, top, height)) for mark in marks])
    for mark, (across, down) in zip(marks, spread, strict=True):
        drawn.append(
            Markup('<text class="mark" data-g="{}" x="{}" y="{}">{}</text>').format(
                mark.group, as_percent(across), as_percent(down), mark.name
            )
        )
    return Markup('<svg class="map" role="img" aria-label="{}">{}</svg>').format(label, Markup("").join(drawn))


def _share(value: float, low: float, width: float) -> float:
    return MAP_MARGIN + (1 - 2 * MAP_MARGIN) * (value - low) / width


def _spread(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Move names aside that would cover an earlier one, ring by ring, as little as needed.

    >>> _spread([(0.5, 0.5), (0.5, 0.5)])
    [(0.5, 0.5), (0.5, 0.535)]
    """
    found: list[tuple[float, float]] = []
    for x, y in places:
        rings = (
            (x + r * dx * NAME_WIDTH, y + r * dy * NAME_HEIGHT) for r in range(len(places) + 1) for dx, dy in AROUND
        )
        free = (place for place in rings if all(
            abs(place[0] - other[0]) >= NAME_WIDTH or abs(place[1] - other[1]) >= NAME_HEIGHT for other in found
        ))  # fmt: skip
        across, down = next(free)
        found.append((round(min(max(across, 0.02), 0.98), 4), round(min(max(down, 0.02), 0.98), 4)))
    return found


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high - low) if high > low else (low - 0.5, 1.0)


def shape_of(group: int) -> str:
    """Name the shape of a group: a circle, square or triangle, then again.

    >>> shape_of(0), shape_of(7), shape_of(-1)
    ('m0', 'm1', 'm-out')
    """
    return "m-out" if group < 0 else f"m{group // N_COLOURS % N_SHAPES}"


def colour_of(group: int) -> str:
    """Name the colour class of a group; seven colours that people with a colour deficiency can tell apart."""
    return "c-out" if group < 0 else f"c{group % N_COLOURS}"


def draw_sample(group: int) -> Markup:
    """Draw the sign of a group for a legend."""
    return Markup('<svg class="sample" aria-hidden="true"><use href="#{}" class="{}" x="50%" y="50%"/></svg>').format(
        shape_of(group), colour_of(group)
    )


NARROW_SHARE = 0.5
"""A theme of which one session or speaker says this share is shown with a warning."""
FEWEST_FOR_WARNING = 4
SHOWN_AT_ONCE = 3
"""Quotes in sight; the others unfold."""
TITLE_CHARACTERS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class HatCount:
    """How many fragments of a theme were said under a hat."""

    hat: str
    name: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One theme as it is shown."""

    theme_id: str
    label: str
    sign: Markup
    keywords: tuple[str, ...]
    size: int
    share: float
    bar: Markup
    carried_by: str
    warnings: tuple[str, ...]
    n_moved: int
    origin: str
    decided: tuple[str, ...]
    hats: tuple[HatCount, ...]
    n_without_hat: int
    leans: Markup
    lean_text: str
    quotes: tuple[Quote, ...]
    further: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One bar of the overview of sizes."""

    theme_id: str
    label: str
    size: int
    share: float
    bar: Markup
    sign: Markup
    linked: bool


def describe_themes(inputs: ReportInputs) -> list[Theme]:
    """Describe every theme but the outliers, in the order of the table."""
    assigned = inputs.placed
    groups = dict(iter(assigned.groupby("theme_id", sort=True)))
    leans, decided = leans_of_machine(inputs), {row.decision_id: row for row in decision_rows(inputs)}
    return [
        _describe(inputs, row, groups.get(row["theme_id"], assigned.iloc[:0]), leans, decided)
        for row in records(inputs.themes)
    ]


def _describe(
    inputs: ReportInputs,
    theme: Mapping[str, Any],
    rows: pd.DataFrame,
    leans: Mapping[str, str],
    decided: Mapping[str, DecisionRow],
) -> Theme:
    words, members, label = inputs.words, list(rows["fragment_id"]), str(theme["label"])
    counts = count_leans(leans[fragment] for fragment in members if fragment in leans)
    worn = count_values(
        hat for fragment in members for hat, source in [inputs.hats.get(fragment, ("", ""))]
        if hat and source != StanceSource.DERIVED
    )  # fmt: skip
    quotes = _choose_quotes(inputs, list(theme["representative_fragment_ids"]), rows)
    share = len(members) / max(len(inputs.used), 1)
    size = words("size_of", label=label, n=len(members), total=len(inputs.used))
    return Theme(
        theme_id=str(theme["theme_id"]),
        label=label,
        sign=draw_sample(int(theme["position"])),
        keywords=tuple(word for word in theme["keywords"] if word not in label.split(", ")),
        size=len(members),
        share=share,
        bar=draw_bar(len(members), len(inputs.used), size),
        carried_by=_describe_carriers(inputs, members),
        warnings=tuple(_warn(inputs, members)),
        n_moved=int(((rows["original"] == OUTLIER_TOPIC) & (rows["topic_id"] != OUTLIER_TOPIC)).sum()),
        origin=_describe_origin(theme, words),
        decided=tuple(_describe_decisions(theme, decided)),
        hats=tuple(HatCount(hat=hat, name=words.short(hat), n=worn[hat]) for hat in Hat if hat in worn),
        n_without_hat=len(members) - sum(worn.values()),
        leans=draw_leans(
            counts, words, words("leans_of", label=label), TAUGHT_CODER, {"theme": str(theme["theme_id"])}
        ),
        lean_text=words("lean_text", kans=counts[0], knelpunt=counts[-1], both=counts[1], n=sum(counts)),
        quotes=quotes[:SHOWN_AT_ONCE],
        further=quotes[SHOWN_AT_ONCE:],
    )


def _describe_origin(theme: Mapping[str, Any], words: Words) -> str:
    """Say which topics of this run a theme comes from, where its own number does not tell."""
    topics = [words("outliers") if topic == OUTLIER_TOPIC else str(topic) for topic in theme["topics"]]
    return "" if topics == [theme["theme_id"]] else words("theme.from_topics", topics=words.join(topics))


def _describe_decisions(theme: Mapping[str, Any], decided: Mapping[str, DecisionRow]) -> Iterator[str]:
    """Say who decided what of a theme, in order."""
    for decision_id in theme["decision_ids"]:
        if decision_id in decided:
            row = decided[decision_id]
            yield f"{row.who}, {row.when}: {row.what}"


def _describe_carriers(inputs: ReportInputs, members: list[str]) -> str:
    words = inputs.words
    sessions = set(inputs.used.loc[members, "session"])
    all_sessions = set(inputs.used["session"])
    text = words("in_sessions", n=len(sessions), total=words.count("session", len(all_sessions)))
    speakers = {inputs.speakers[fragment] for fragment in members if fragment in inputs.speakers}
    by = words("by_voices", n=len(speakers), total=words.count("voice", inputs.n_speakers))
    sentence = by if inputs.speakers else words("voices_unknown")
    return sentence if len(all_sessions) == 1 else f"{text}; {sentence}"


def _warn(inputs: ReportInputs, members: list[str]) -> list[str]:
    """Say it when a theme rests on one session or one speaker."""
    if len(members) < FEWEST_FOR_WARNING:
        return []
    words, warnings = inputs.words, []
    sessions = count_values(inputs.used.loc[members, "session"])
    session, n = next(iter(sessions.items()))
    if inputs.used["session"].nunique() > 1 and n >= NARROW_SHARE * len(members):
        warnings.append(words("one_session", n=n, total=len(members), session=session))
    speakers = count_values(
        "\x1f".join(inputs.speakers[fragment]) for fragment in members if fragment in inputs.speakers
    )
    speaker_key, n = next(iter(speakers.items()), ("", 0))
    if len(set(inputs.speakers.values())) > 1 and n >= NARROW_SHARE * len(members):
        where, speaker = speaker_key.split("\x1f")
        warnings.append(words("one_voice", n=n, total=len(members), speaker=speaker, session=where))
    return warnings


def _choose_quotes(inputs: ReportInputs, representatives: list[str], rows: pd.DataFrame) -> tuple[Quote, ...]:
    """Take the fragments that represent a theme, then those nearest to its centre; no text twice."""
    nearest = rows.sort_values(["score", "fragment_id"], ascending=[False, True])["fragment_id"]
    chosen: dict[str, str] = {}
    for fragment in (*representatives, *nearest):
        text = inputs.text(fragment)
        if len(chosen) < inputs.config.report.n_quotes and text not in chosen:
            chosen[text] = fragment
    return tuple(inputs.quote(fragment) for fragment in chosen.values())


def size_rows(inputs: ReportInputs) -> list[SizeRow]:
    """List all themes, then the outliers and what people dropped; the sizes add up to the used fragments."""
    themes = inputs.table("themes")
    shown = [
        (theme, inputs.theme_labels[theme], int(position), int(size))
        for theme, position, size in zip(themes["theme_id"], themes["position"], themes["size"], strict=True)
    ]
    dropped = int(inputs.table("theme_assignments")["theme_id"].isna().sum())
    if dropped:
        shown.append((OUTLIER_TOPIC, inputs.words("dropped"), OUTSIDE, dropped))
    largest, total = max((size for *_, size in shown), default=0), sum(size for *_, size in shown)
    rows = []
    for theme, label, position, size in shown:
        spoken = inputs.words("size_of", label=label, n=size, total=total)
        away = theme == OUTLIER_TOPIC
        rows.append(
            SizeRow(
                theme_id="" if away else theme, label=label, linked=not away, size=size,
                share=size / max(total, 1), bar=draw_bar(size, largest, spoken),
                sign=draw_sample(OUTSIDE if away else position),
            )
        )  # fmt: skip
    return rows


def draw_topic_map(inputs: ReportInputs) -> Markup:
    """Draw every fragment at its place, with the number of each theme in the middle of its fragments."""
    assigned, themes = inputs.placed, inputs.themes
    if themes.empty:
        return Markup("")
    groups = dict(zip(themes["theme_id"], (int(position) for position in themes["position"]), strict=True))
    dots = [
        Dot(x=row["x"], y=row["y"], group=groups.get(row["theme_id"], OUTSIDE),
            title=_title(inputs, row["fragment_id"], row["theme_id"]))
        for row in records(assigned)
    ]  # fmt: skip
    middles = assigned.groupby("theme_id", sort=True)[["x", "y"]].median().to_dict()
    marks = [
        Mark(x=middles["x"][theme], y=middles["y"][theme], group=group, name=theme)
        for theme, group in groups.items()
        if theme in middles["x"]
    ]
    return draw_map(dots, marks, inputs.words("map.spoken", n=len(dots), topics=len(themes)))


def _title(inputs: ReportInputs, fragment: str, theme: str | None) -> str:
    text = inputs.text(fragment)
    shown = text if len(text) <= TITLE_CHARACTERS else text[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    name = inputs.words("dropped") if theme is None else inputs.theme_name(theme)
    return f"{shown}\n{inputs.place(fragment)} · {name}"
