"""What the team asks of each theme, a card per theme and coder: who, where, which hats, which way, which words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import (
    ABSTENTION,
    DECIDED_CODER,
    INDUCTIVE_CODER,
    UNKNOWN,
    Hat,
    Polarity,
    Scheme,
    Sentiment,
    is_machine,
)
from pipeline.report.charts import Part, draw_stack
from pipeline.report.inputs import Quote, ReportInputs, records
from pipeline.report.sections.agreement import name_coder
from pipeline.report.sections.hats import LEANS, name_lean

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
    """Who has themes: people first."""
    coders = set(inputs.table("theme_profiles")["coder"])
    return sorted(coders, key=lambda coder: (is_machine(coder), coder not in inputs.human_coders, coder))


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
        said = [words(f"ask.medium.{name}", n=words.count("session", n)) for name, n in media.items() if n]
        yield words("ask.medium"), ", ".join(said)


def _list(inputs: ReportInputs, rows: list[Row], family: str) -> str:
    words = inputs.words
    return ", ".join(f"{words(family + str(row['value']))} {row['n']}" for row in rows if row["value"] != UNKNOWN)
