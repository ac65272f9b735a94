"""Themes one by one: what the team asks of each, as a card; and which themes of a coder the machine's topics found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from markupsafe import Markup

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import (
    ABSTENTION,
    ADJUDICATED_CODER,
    DECIDED_CODER,
    INDUCTIVE_CODER,
    OUTLIER_TOPIC,
    UNKNOWN,
    Hat,
    Polarity,
    Scheme,
    Sentiment,
    is_machine,
)
from pipeline.report.charts import Part, draw_stack, tint
from pipeline.report.explorer import link
from pipeline.report.inputs import Quote, ReportInputs, records
from pipeline.report.sections.agreement import name_coder
from pipeline.report.sections.coded_themes import lead_coder
from pipeline.report.sections.hats import LEANS, name_lean
from pipeline.report.words import Words

SHOWN_SUBTHEMES = 6
NARROW = ("one_voice", "one_session")
UNKNOWN_CARRIER = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One theme of one coder."""

    label: str
    n: int
    share: float
    n_sessions: int
    n_speakers: int | None
    leans: Markup
    lean_text: str
    lean_note: str
    unanswered: str
    verdict: str
    narrow: bool
    facts: tuple[tuple[str, str], ...]
    subthemes: tuple[tuple[str, int], ...]
    more_subthemes: tuple[tuple[str, int], ...]
    hats: tuple[tuple[str, str, int], ...]
    hat_note: str
    shows: tuple[Quote, ...]
    contradicts: tuple[Quote, ...]
    contradicts_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderThemes:
    """The themes of one coder."""

    coder: str
    machine: bool
    tells_carriers: bool
    cards: tuple[Card, ...]


def coders_with_themes(inputs: ReportInputs) -> list[str]:
    """Who has themes: people first, and of them whose themes are reported."""
    coders, lead = set(inputs.table("theme_profiles")["coder"]), lead_coder(inputs)
    return sorted(coders, key=lambda coder: (is_machine(coder), coder != lead, coder == ADJUDICATED_CODER, coder))


def name_theme(inputs: ReportInputs, coder: str, theme: str) -> str:
    """Name a theme as a reader knows it: topics by number and words, other codes as the codebook does."""
    if coder == INDUCTIVE_CODER:
        return inputs.topic_name(theme)
    if coder == DECIDED_CODER:
        themes = inputs.table("themes")
        labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
        return f"{theme} {labels[theme]}" if theme in labels else theme
    return inputs.code_label(Scheme.THEME, theme)


def describe_profiles(inputs: ReportInputs) -> list[CoderThemes]:
    """Describe the themes of every coder, people first, in the order of the codebook."""
    tables = _ProfileTables(inputs)
    return [
        CoderThemes(
            coder=name_coder(coder, inputs.words),
            machine=is_machine(coder),
            tells_carriers=any(row["verdict"] != UNKNOWN_CARRIER for row in tables.profiles if row["coder"] == coder),
            cards=tuple(_describe(inputs, tables, row) for row in tables.profiles if row["coder"] == coder),
        )
        for coder in coders_with_themes(inputs)
    ]


class _ProfileTables:
    """The rows of each theme, looked up once."""

    def __init__(self, inputs: ReportInputs) -> None:
        self.inputs = inputs

    @cached_property
    def profiles(self) -> list[Row]:
        return list(records(self.inputs.table("theme_profiles")))

    def rows(self, table: str, coder: str, theme: str) -> list[Row]:
        return self._grouped[table].get((coder, theme), [])

    @cached_property
    def _grouped(self) -> Mapping[str, Mapping[tuple[str, str], list[Row]]]:
        found: dict[str, dict[tuple[str, str], list[Row]]] = {}
        for table in ("theme_counts", "theme_subthemes", "theme_quotes", "theme_answers"):
            groups = found.setdefault(table, {})
            for row in records(self.inputs.table(table)):
                groups.setdefault((row["coder"], row["theme"]), []).append(row)
        return found

    def counts(self, coder: str, theme: str, aspect: str) -> list[Row]:
        return [row for row in self.rows("theme_counts", coder, theme) if row["aspect"] == aspect]


def _describe(inputs: ReportInputs, tables: _ProfileTables, row: Row) -> Card:
    words, coder, theme = inputs.words, row["coder"], row["theme"]
    label = name_theme(inputs, coder, theme)
    polarity = tables.counts(coder, theme, "polarity")
    by_machine = any(one["source"] == "machine" for one in polarity)
    counts = {lean: _total(polarity, lean) for lean in LEANS}
    if by_machine or is_machine(coder):
        # A machine that gives no polarity has declined to.
        counts |= {ABSTENTION: counts[ABSTENTION] + counts[UNKNOWN], UNKNOWN: 0}
    hats = tables.counts(coder, theme, "hat")
    worn = [(str(hat), words.short(hat), _total(hats, hat, ("given",))) for hat in Hat]
    quotes: dict[str, list[Quote]] = {"shows": [], "contradicts": []}
    for quote in tables.rows("theme_quotes", coder, theme):
        quotes[quote["role"]].append(inputs.quote(quote["fragment_id"]))
    # Where several said the same words, some of them under another polarity, they show the theme.
    shown = {quote.text for quote in quotes["shows"]}
    most = Polarity.KANS if counts[str(Polarity.KANS)] > counts[str(Polarity.KNELPUNT)] else Polarity.KNELPUNT
    known = len(inputs.speakers) > 0
    below = [
        (inputs.code_label(Scheme.SUBTHEME, one["subtheme"]), int(one["n"]))
        for one in tables.rows("theme_subthemes", coder, theme)
    ]
    return Card(
        label=label,
        n=row["n_fragments"],
        share=row["n_fragments"] / row["n_seen"],
        n_sessions=row["n_sessions"],
        n_speakers=row["n_speakers"] if known else None,
        leans=_draw(inputs, counts, label),
        lean_text=_describe_leans(inputs, counts),
        lean_note=" ".join(
            words(key)
            for key, holds in (("ask.lean_machine", by_machine), ("ask.all_codes", is_machine(coder)))
            if holds
        ),
        unanswered=_describe_unanswered(inputs, tables.rows("theme_answers", coder, theme), by_machine=by_machine),
        verdict=_describe_verdict(inputs, row),
        narrow=row["verdict"] in NARROW,
        facts=tuple(_facts(inputs, tables, row, known=known)),
        subthemes=tuple(below[:SHOWN_SUBTHEMES]),
        more_subthemes=tuple(below[SHOWN_SUBTHEMES:]),
        hats=tuple(hat for hat in worn if hat[2]),
        hat_note=_describe_other_hats(inputs, hats),
        shows=tuple(quotes["shows"]),
        contradicts=tuple(quote for quote in quotes["contradicts"] if quote.text not in shown),
        contradicts_title=words("ask.contradicts", most=words.short(most)),
    )


def _total(rows: Iterable[Row], value: str, sources: tuple[str, ...] | None = None) -> int:
    return sum(row["n"] for row in rows if row["value"] == value and (sources is None or row["source"] in sources))


def _draw(inputs: ReportInputs, counts: Mapping[str, int], label: str) -> Markup:
    words = inputs.words
    parts = [Part(n=counts[lean], style=lean, label=name_lean(lean, words)) for lean in LEANS]
    return draw_stack(parts, f"{words('leans_of', label=label)}: {_describe_leans(inputs, counts)}")


def lean_legend(inputs: ReportInputs) -> list[tuple[str, str]]:
    """Give style and name of the parts of the bars."""
    return [(lean, name_lean(lean, inputs.words)) for lean in LEANS]


def _describe_leans(inputs: ReportInputs, counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name_lean(lean, inputs.words)} {counts[lean]}" for lean in LEANS if counts[lean])


def _describe_unanswered(inputs: ReportInputs, rows: list[Row], *, by_machine: bool) -> str:
    if not rows or not rows[0]["n_knelpunten"]:
        return ""
    row = rows[0]
    n = row["n_knelpunten"] - row["n_answered"]
    # The knelpunten are those of people where there are any, also beside a bar of the machine.
    key = "ask.unanswered_people" if by_machine and inputs.human_coders else "ask.unanswered"
    return inputs.words(key, n=inputs.words.number(n), total=inputs.words.number(row["n_knelpunten"]))


def _describe_verdict(inputs: ReportInputs, row: Row) -> str:
    words = inputs.words
    if row["verdict"] in NARROW:
        who = "speaker" if row["verdict"] == "one_voice" else "session"
        return words(
            f"ask.verdict.{row['verdict']}", who=row[f"largest_{who}"], share=words.percent(row[f"{who}_share"]),
            chance=words.percent(row[f"{who}_chance"]),
        )  # fmt: skip
    return words(f"ask.verdict.{row['verdict']}")


def _describe_other_hats(inputs: ReportInputs, hats: list[Row]) -> str:
    """Say what the coder or the machine heard where no hat was written, apart from what was."""
    words = inputs.words
    parts = []
    for source in ("own", "predicted"):
        heard = [(words.short(row["value"]), row["n"]) for row in hats if row["source"] == source]
        if heard:
            named = ", ".join(f"{name} {n}" for name, n in heard)
            parts.append(words(f"ask.hat_{source}", hats=named))
    without = _total(hats, UNKNOWN)
    return "; ".join([*parts, *([words("ask.hat_none", n=without)] if without else [])])


def _facts(inputs: ReportInputs, tables: _ProfileTables, row: Row, *, known: bool) -> Iterable[tuple[str, str]]:
    """What a card says below each other; what cannot be told is left out."""
    words, coder, theme = inputs.words, row["coder"], row["theme"]
    where = words("in_sessions", n=row["n_sessions"], total=words.count("session", row["n_sessions_seen"]))
    if known:
        where = f"{where}; {words.count('voice', row['n_speakers'])}"
        if row["n_without_speaker"]:
            where = f"{where} {words('ask.voiceless', n=row['n_without_speaker'])}"
    if row["verdict"] != UNKNOWN_CARRIER:
        yield words("ask.who"), where
    tones = tables.counts(coder, theme, "sentiment")
    tones_shown = [f"{words.short(tone)} {_total(tones, tone)}" for tone in Sentiment if _total(tones, tone)]
    if tones_shown:
        by_machine = f" ({words('ask.by_machine')})" if any(one["source"] == "machine" for one in tones) else ""
        yield words("ask.tone"), ", ".join(tones_shown) + by_machine
    prompting = tables.counts(coder, theme, "prompting")
    if any(one["value"] != UNKNOWN for one in prompting):
        yield words("ask.prompting"), _list(inputs, prompting, "ask.prompting.")
    media = {name: row[f"n_sessions_{name}"] for name in ("notes", "aloud", "both")}
    if any(media.values()):
        counted = [words(f"ask.medium.{name}", n=words.count("session", n)) for name, n in media.items() if n]
        yield words("ask.medium"), ", ".join(counted)


def _list(inputs: ReportInputs, rows: list[Row], family: str) -> str:
    words = inputs.words
    return ", ".join(f"{words(family + str(row['value']))} {row['n']}" for row in rows if row["value"] != UNKNOWN)


NONE = "-"
"""How a crosstab writes a fragment that was looked at and got no code."""
HALF = 0.5
NOTABLE = 0.25
"""A second code with this share of a topic is named beside the first."""

Counts = Mapping[tuple[str, str], int]
"""Code and topic to the number of fragments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One cell of a heat table."""

    n: int
    background: str
    light: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One code: its cells in the order of the topics, and its sum."""

    label: str
    cells: tuple[HeatCell, ...]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one code: ``found``, ``split``, ``scattered``, ``merged`` or ``missed``, and a sentence."""

    label: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the diagnosis says of one code, the topics that carry it and the codes that it shares them with."""

    kind: str
    topics: tuple[str, ...]
    merged_with: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The topics against the themes of one coder."""

    coder: str
    topics: tuple[tuple[str, str], ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[int, ...]
    n: int
    fates: tuple[Fate, ...]
    uncoded: tuple[str, ...]


def compare_themes(inputs: ReportInputs) -> list[Comparison]:
    """Compare the themes with those of every human coder, where the crosstabs do; after what people decided."""
    table = inputs.table("crosstabs")
    table = table.loc[table["scheme"] == Scheme.THEME]
    names = [(name, name.split(" | ")) for name in sorted(set(table["comparison"]))]
    machine = DECIDED_CODER if any(DECIDED_CODER in coders for _, coders in names) else INDUCTIVE_CODER
    found = []
    for name, coders in names:
        if len(coders) != 2 or machine not in coders or all(is_machine(coder) for coder in coders):
            continue
        rows = table.loc[table["comparison"] == name]
        machine_first = coders[0] == machine
        codes, topics = (rows["code_b"], rows["code_a"]) if machine_first else (rows["code_a"], rows["code_b"])
        if machine == INDUCTIVE_CODER:
            topics = topics.map(lambda topic: inputs.theme_of_topic.get(topic, topic))
        counts = {(code, topic): int(n) for code, topic, n in zip(codes, topics, rows["n"], strict=True) if n}
        if counts:
            verdicts = _verdicts(inputs, name) if machine == INDUCTIVE_CODER else {}
            found.append(_compare(inputs, coders[1] if machine_first else coders[0], counts, verdicts))
    return found


def _verdicts(inputs: ReportInputs, comparison: str) -> dict[str, Verdict]:
    """What the diagnosis says of each code, so that the report says one thing of it."""
    table = inputs.table("code_diagnoses")
    own = records(table.loc[(table["comparison"] == comparison) & (table["scheme"] == Scheme.THEME)])
    return {
        row["code"]: Verdict(
            kind=row["verdict"],
            topics=tuple(inputs.theme_of_topic.get(topic, topic) for topic in row["topics"]),
            merged_with=tuple(row["merged_with"]),
        )
        for row in own
    }


def _compare(inputs: ReportInputs, coder: str, counts: Counts, verdicts: Mapping[str, Verdict]) -> Comparison:
    book = inputs.table("codebook")
    order = list(book.loc[book["scheme"] == Scheme.THEME, "code"])
    given = {code for code, _ in counts}
    codes = order + sorted(given.difference(order, [NONE]))
    met = {topic for _, topic in counts}
    topics = [theme for theme in inputs.themes["theme_id"] if theme in met]
    topics += sorted(met.difference(topics, [NONE, OUTLIER_TOPIC])) + [t for t in (OUTLIER_TOPIC, NONE) if t in met]
    labels = {code: inputs.code_label(Scheme.THEME, code) for code in codes} | {NONE: inputs.words("no_theme")}
    shown = [*codes, NONE] if NONE in given else codes
    sums = {code: sum(counts.get((code, topic), 0) for topic in topics) for code in shown}
    rows = []
    for code in shown:
        cells = []
        for topic in topics:
            n = counts.get((code, topic), 0)
            background, light = tint(n / sums[code] / HALF if n else 0.0)
            cells.append(HeatCell(n=n, background=background, light=light, link=_link_cell(coder, code, topic)))
        rows.append(HeatRow(label=labels[code], cells=tuple(cells), n=sums[code]))
    real = [topic for topic in topics if topic not in (NONE, OUTLIER_TOPIC)]
    return Comparison(
        coder=coder,
        topics=tuple((topic, _topic_name(inputs, topic)) for topic in topics),
        rows=tuple(rows),
        totals=tuple(sum(counts.get((code, topic), 0) for code in shown) for topic in topics),
        n=sum(counts.values()),
        fates=tuple(judge_codes(codes, real, counts, labels, inputs.words, verdicts)),
        uncoded=tuple(_uncoded(real, shown, counts)),
    )


def _link_cell(coder: str, code: str, theme: str) -> str:
    """Give the address of the fragments of a cell: crosstabs count the first code of each fragment."""
    topic = "?" if theme == NONE else theme
    if code == NONE:
        return link(theme=topic, **{f"{coder}.{Scheme.THEME}": code})
    return link(theme=topic, first=(coder, str(Scheme.THEME), code))


def _topic_name(inputs: ReportInputs, topic: str) -> str:
    return inputs.words("no_topic") if topic == NONE else inputs.theme_labels.get(topic, topic)


def _uncoded(topics: Sequence[str], codes: Sequence[str], counts: Counts) -> list[str]:
    """List the topics of which at least half was given no theme by the coder."""
    found = []
    for topic in topics:
        total = sum(counts.get((code, topic), 0) for code in codes)
        if total and counts.get((NONE, topic), 0) >= HALF * total:
            found.append(topic)
    return found


def _main_codes(codes: Sequence[str], topics: Sequence[str], counts: Counts) -> dict[str, list[str]]:
    """Order the codes of each topic, commonest first; of equal number the one that stands first in the codebook."""
    return {
        topic: [
            code for code in sorted(codes, key=lambda code: -counts.get((code, topic), 0)) if (code, topic) in counts
        ]
        for topic in topics
    }


def judge_codes(
    codes: Sequence[str],
    topics: Sequence[str],
    counts: Counts,
    labels: Mapping[str, str],
    words: Words,
    verdicts: Mapping[str, Verdict] = MappingProxyType({}),
) -> list[Fate]:
    """Say of every code whether the machine found, split, merged or missed it.

    Where the diagnosis has a verdict, beyond chance, that is said. Of themes after decisions it has none; then a
    topic *belongs* to the code that is commonest in it. A code is *found* when one topic belongs to it and holds at
    least half of it, *split* when several topics belong to it and hold that together, *scattered* when they hold less,
    *merged* when no topic belongs to it but half of it lies in the topic of another code, and else *missed*. Beside its
    share stands that of all fragments: a code that is common everywhere is no finding.

    Args:
        codes: codes of the codebook, in its order.
        topics: topics, in order of size; outliers left out.
        counts: code and topic to the number of fragments.
        labels: code to its name.
        words: the language.
        verdicts: code to what the diagnosis says of it.

    Returns:
        One for each code that the coder gave.

    >>> counts = {("a", "T1"): 6, ("b", "T1"): 4, ("a", "T2"): 1}
    >>> [fate.kind for fate in judge_codes("ab", ["T1", "T2"], counts, {"a": "A", "b": "B"}, Words("en"))]
    ['split', 'merged']
    """
    main = _main_codes(codes, topics, counts)
    everything = sum(counts.values())
    fates = []
    for code in codes:
        total = sum(n for (other, _), n in counts.items() if other == code)
        if not total:
            continue
        if code in verdicts:
            fates.append(_by_diagnosis(verdicts[code], code, total, counts, labels, words))
            continue
        own = [topic for topic in topics if main[topic] and main[topic][0] == code]
        best = max(topics, key=lambda topic: counts.get((code, topic), 0), default="")
        where = own or ([best] if best else [])
        share = sum(counts.get((code, topic), 0) for topic in where) / total
        if own:
            kind = "scattered" if share < HALF else "split" if len(own) > 1 else "found"
        else:
            kind = "merged" if share >= HALF else "missed"
        base = sum(n for (_, topic), n in counts.items() if topic in where) / everything
        text = words(
            f"fate.{kind}", n=total, k=len(own), topics=words.join(where) or NONE, share=words.percent(share),
            other=labels[main[best][0]] if best and main[best] else NONE,
        )  # fmt: skip
        text += f" {words('fate.base', base=words.percent(base))}" if where else ""
        fates.append(Fate(label=labels[code], kind=kind, text=text + _also(own, main, counts, labels, words)))
    return fates


def _by_diagnosis(
    verdict: Verdict, code: str, total: int, counts: Counts, labels: Mapping[str, str], words: Words
) -> Fate:
    where = list(dict.fromkeys(verdict.topics))
    share = sum(counts.get((code, topic), 0) for topic in where) / total
    others = [labels.get(other, other) for other in verdict.merged_with]
    text = words(
        f"fate.tested.{verdict.kind}", n=total, k=len(where), topics=words.join(where) or NONE,
        share=words.percent(share), other=words.join(others) or NONE,
    )  # fmt: skip
    base = sum(n for (_, topic), n in counts.items() if topic in where) / sum(counts.values())
    text += f" {words('fate.base', base=words.percent(base))}" if where else ""
    return Fate(label=labels[code], kind=verdict.kind, text=text)


def _also(
    own: Sequence[str], main: Mapping[str, list[str]], counts: Counts, labels: Mapping[str, str], words: Words
) -> str:
    """Name the second code of a code's own topics where it takes a notable part of them."""
    seconds = []
    for topic in own:
        total = sum(counts.get((label, topic), 0) for label in main[topic])
        if len(main[topic]) > 1 and counts[main[topic][1], topic] >= NOTABLE * total:
            seconds.append(words("fate.second", topic=topic, label=labels[main[topic][1]]))
    return f" {words('fate.also', seconds=words.join(seconds))}" if seconds else ""
