"""The machine's themes: how large each is, who carries it, how it leans, and the words that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.report.figures import draw_bar
from pipeline.report.material import Material, Quote, count_values, records
from pipeline.report.polarity import count_leans, draw_leans, leans_of_machine
from pipeline.report.topic_map import Dot, Mark, draw_map, draw_sample
from pipeline.vocabulary import OUTLIER_TOPIC, Hat, StanceSource

NARROW_SHARE = 0.5
"""A theme of which one session or voice says this share is shown with a warning."""
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

    topic_id: str
    label: str
    sign: Markup
    keywords: tuple[str, ...]
    size: int
    share: float
    bar: Markup
    carried_by: str
    warnings: tuple[str, ...]
    n_moved: int
    hats: tuple[HatCount, ...]
    n_without_hat: int
    leans: Markup
    lean_text: str
    quotes: tuple[Quote, ...]
    further: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One bar of the overview of sizes."""

    topic_id: str
    label: str
    size: int
    share: float
    bar: Markup
    sign: Markup
    linked: bool


def describe_themes(material: Material) -> list[Theme]:
    """Describe every topic but the outliers, in the order of the table."""
    assigned = material.table("topic_assignments")
    groups = dict(iter(assigned.groupby("topic_id", sort=True)))
    leans = leans_of_machine(material)
    return [
        _describe(material, row, groups.get(row["topic_id"], assigned.iloc[:0]), leans)
        for row in records(material.topics)
    ]


def _describe(material: Material, topic: Mapping[str, Any], rows: pd.DataFrame, leans: Mapping[str, str]) -> Theme:
    words, members, label = material.words, list(rows["fragment_id"]), str(topic["label"])
    counts = count_leans(leans[fragment] for fragment in members if fragment in leans)
    worn = count_values(
        hat for fragment in members for hat, source in [material.hats.get(fragment, ("", ""))]
        if hat and source != StanceSource.DERIVED
    )  # fmt: skip
    quotes = _choose_quotes(material, list(topic["representative_fragment_ids"]), rows)
    share = len(members) / max(len(material.used), 1)
    size = words("size_of", label=label, n=len(members), total=len(material.used))
    return Theme(
        topic_id=str(topic["topic_id"]),
        label=label,
        sign=draw_sample(int(topic["position"])),
        keywords=tuple(word for word in topic["keywords"] if word not in label.split(", ")),
        size=len(members),
        share=share,
        bar=draw_bar(len(members), len(material.used), size),
        carried_by=_say_carriers(material, members),
        warnings=tuple(_warn(material, members)),
        n_moved=int((rows["original"] == OUTLIER_TOPIC).sum()),
        hats=tuple(HatCount(hat=hat, name=words.short(hat), n=worn[hat]) for hat in Hat if hat in worn),
        n_without_hat=len(members) - sum(worn.values()),
        leans=draw_leans(counts, words, words("leans_of", label=label)),
        lean_text=words("lean_text", kans=counts[0], knelpunt=counts[4], both=counts[1], n=sum(counts)),
        quotes=quotes[:SHOWN_AT_ONCE],
        further=quotes[SHOWN_AT_ONCE:],
    )


def _say_carriers(material: Material, members: list[str]) -> str:
    words = material.words
    sessions = set(material.used.loc[members, "session"])
    all_sessions = set(material.used["session"])
    text = words("in_sessions", n=len(sessions), total=words.count("session", len(all_sessions)))
    voices = {material.voices[fragment] for fragment in members if fragment in material.voices}
    if not material.voices:
        return f"{text}; {words('voices_unknown')}"
    return (
        f"{text}; {words('by_voices', n=len(voices), total=words.count('voice', len(set(material.voices.values()))))}"
    )


def _warn(material: Material, members: list[str]) -> list[str]:
    """Say it when a theme rests on one session or one voice."""
    if len(members) < FEWEST_FOR_WARNING:
        return []
    words, warnings = material.words, []
    sessions = count_values(material.used.loc[members, "session"])
    session, n = next(iter(sessions.items()))
    if material.used["session"].nunique() > 1 and n >= NARROW_SHARE * len(members):
        warnings.append(words("one_session", n=n, total=len(members), session=session))
    voices = count_values("\x1f".join(material.voices[fragment]) for fragment in members if fragment in material.voices)
    voice, n = next(iter(voices.items()), ("", 0))
    if len(set(material.voices.values())) > 1 and n >= NARROW_SHARE * len(members):
        where, speaker = voice.split("\x1f")
        warnings.append(words("one_voice", n=n, total=len(members), speaker=speaker, session=where))
    return warnings


def _choose_quotes(material: Material, representatives: list[str], rows: pd.DataFrame) -> tuple[Quote, ...]:
    """Take the fragments that represent a topic, then those nearest to its centre; no text twice."""
    nearest = rows.sort_values(["score", "fragment_id"], ascending=[False, True])["fragment_id"]
    chosen: dict[str, str] = {}
    for fragment in (*representatives, *nearest):
        text = material.text(fragment)
        if len(chosen) < material.config.report.n_quotes and text not in chosen:
            chosen[text] = fragment
    return tuple(material.quote(fragment) for fragment in chosen.values())


def size_rows(material: Material) -> list[SizeRow]:
    """List all topics with the outliers last; the sizes add up to the used fragments that have a topic."""
    topics = material.table("topics")
    largest, total = int(topics["size"].max()) if len(topics) else 0, int(topics["size"].sum())
    rows = []
    for topic, position, size in zip(topics["topic_id"], topics["position"], topics["size"], strict=True):
        label = material.topic_labels[topic]
        spoken = material.words("size_of", label=label, n=int(size), total=total)
        away = topic == OUTLIER_TOPIC
        rows.append(
            SizeRow(
                topic_id="" if away else topic, label=label, linked=not away, size=int(size),
                share=size / max(total, 1), bar=draw_bar(int(size), largest, spoken),
                sign=draw_sample(-1 if away else int(position)),
            )
        )  # fmt: skip
    return rows


def draw_topic_map(material: Material) -> Markup:
    """Draw every fragment at its place, with the number of each topic in the middle of its fragments."""
    assigned, topics = material.table("topic_assignments"), material.topics
    if topics.empty:
        return Markup("")
    groups = dict(zip(topics["topic_id"], (int(position) for position in topics["position"]), strict=True))
    dots = [
        Dot(x=x, y=y, group=groups.get(topic, -1), title=_title(material, fragment, topic))
        for fragment, topic, x, y in zip(
            *(assigned[name] for name in ("fragment_id", "topic_id", "x", "y")), strict=True
        )
    ]
    middles = assigned.groupby("topic_id", sort=True)[["x", "y"]].median().to_dict()
    marks = [
        Mark(x=middles["x"][topic], y=middles["y"][topic], group=group, name=topic)
        for topic, group in groups.items()
        if topic in middles["x"]
    ]
    return draw_map(dots, marks, material.words("map.spoken", n=len(dots), topics=len(topics)))


def _title(material: Material, fragment: str, topic: str) -> str:
    text = material.text(fragment)
    shown = text if len(text) <= TITLE_CHARACTERS else text[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return f"{shown}\n{material.place(fragment)} · {material.topic_name(topic)}"
