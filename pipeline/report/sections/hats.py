"""Kans against knelpunt: how each theme leans, as the machine hears it and as the coders do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd
from markupsafe import Markup

from pipeline.core.vocabulary import (
    ABSTENTION,
    BOTH_POLARITIES,
    NEUTRAL_POLARITY,
    TAUGHT_CODER,
    UNKNOWN,
    Hat,
    Polarity,
    Scheme,
    Sentiment,
    StanceSource,
    is_machine,
)
from pipeline.report.charts import Part, draw_stack
from pipeline.report.explorer import link
from pipeline.report.inputs import Quote, ReportInputs, count_values, records
from pipeline.report.sections.agreement import name_coder
from pipeline.report.words import Words

TONES = (Sentiment.POSITIEF, Sentiment.NEUTRAAL, ABSTENTION, Sentiment.NEGATIEF)
"""From left to right in a figure, so that positive and negative each start at an edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HatRow:
    """The sentiments under one hat, counted in the order of ``TONES``."""

    hat: str
    name: str
    n: int
    counts: tuple[int, ...]
    mean: float | None
    bar: Markup

    def share(self, tone: str) -> float:
        """Share of a tone under this hat."""
        return self.counts[TONES.index(tone)] / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A remark that contradicts its hat, in plain words."""

    hat: str
    name: str
    what: str
    quote: Quote


def hat_rows(inputs: ReportInputs) -> list[HatRow]:
    """Sum the table of hats and sentiments to a row per hat."""
    return inputs.once(_sum_hats)


def _sum_hats(inputs: ReportInputs) -> list[HatRow]:
    table = inputs.table("hat_sentiments")
    rows = []
    for hat in Hat:
        of_hat = table.loc[table["hat"] == hat].set_index("sentiment")
        if of_hat.empty or not of_hat["n"].sum():
            continue
        counts = tuple(int(of_hat["n"].get(tone, 0)) for tone in TONES)
        parts = [
            Part(n=n, style=str(tone), label=inputs.words.short(tone), link=_link_tone(hat, tone))
            for n, tone in zip(counts, TONES, strict=True)
        ]
        spoken = ", ".join(f"{part.label} {part.n}" for part in parts)
        name = inputs.words.label(hat)
        rows.append(
            HatRow(
                hat=str(hat), name=name, n=sum(counts), counts=counts, mean=_mean_score(of_hat),
                bar=draw_stack(parts, f"{name}: {spoken}"),
            )
        )  # fmt: skip
    return rows


def _link_tone(hat: str, tone: str) -> str:
    return link(hat=hat, **{f"{TAUGHT_CODER}.{Scheme.SENTIMENT}": "!" if tone == ABSTENTION else tone})


def _mean_score(of_hat: pd.DataFrame) -> float | None:
    """Weigh the mean scores of the tones by their counts."""
    scored = [(row["n"], row["mean_score"]) for row in records(of_hat) if row["n"] and row["mean_score"] is not None]
    total = sum(n for n, _ in scored)
    return float(sum(n * score for n, score in scored) / total) if total else None


def count_hat_sources(inputs: ReportInputs) -> dict[str, int]:
    """Count where the hats of used fragments come from: given, derived, predicted or, last, no hat."""
    sources = count_values(source for _, source in inputs.hats.values())
    found = {str(source): sources[source] for source in StanceSource if source in sources}
    without = len(inputs.used) - sum(found.values())
    return found | ({ABSTENTION: without} if without else {})


def list_conflicts(inputs: ReportInputs) -> list[Conflict]:
    """List the remarks that contradict their hat: by hat, the clearest first, each remark once."""
    table = inputs.table("hat_conflicts")
    order = [str(hat) for hat in Hat]
    by_fragment: dict[str, list[dict[str, object]]] = {}
    for row in records(table):
        by_fragment.setdefault(str(row["fragment_id"]), []).append(row)

    def rank(item: tuple[str, list[dict[str, object]]]) -> tuple[int, float, str]:
        clearest = max(float(str(row["margin"])) if row["margin"] is not None else 0.0 for row in item[1])
        return order.index(str(item[1][0]["hat"])), -clearest, item[0]

    words = inputs.words
    found = []
    for fragment, rows in sorted(by_fragment.items(), key=rank):
        hat = str(rows[0]["hat"])
        shown = [
            words("conflict_polarity" if row["scheme"] == Scheme.POLARITY else "conflict_sentiment",
                  value=words.short(str(row["value"])))
            for row in rows
        ]  # fmt: skip
        found.append(Conflict(hat=hat, name=words.short(hat), what=words.join(shown), quote=inputs.quote(fragment)))
    return found


EMPTY: Mapping[str, str] = MappingProxyType({})
LEANS = (str(Polarity.KANS), BOTH_POLARITIES, NEUTRAL_POLARITY, UNKNOWN, ABSTENTION, str(Polarity.KNELPUNT))
"""From left to right in a figure, so that kans and knelpunt each start at an edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeanRow:
    """How the fragments of one theme lean: counts in the order of ``LEANS``, and the figure."""

    label: str
    counts: tuple[int, ...]
    n: int
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class LeanTable:
    """The themes of one coder; ``several`` when a fragment may stand in more than one row."""

    coder: str
    machine: bool
    several: bool
    rows: tuple[LeanRow, ...]


def lean_of(values: Iterable[str]) -> str:
    """Name what a set of polarities says; none at all is unknown, and neutral only where that was said.

    >>> lean_of(["kans", "knelpunt"]), lean_of(["knelpunt"]), lean_of(["neutraal"]), lean_of([])
    ('beide', 'knelpunt', 'neutraal', 'onbekend')
    """
    given = set(values)
    polarities = [str(polarity) for polarity in Polarity if polarity in given]
    if len(polarities) == len(Polarity):
        return BOTH_POLARITIES
    return polarities[0] if polarities else NEUTRAL_POLARITY if NEUTRAL_POLARITY in given else UNKNOWN


def leans_of_machine(inputs: ReportInputs) -> Mapping[str, str]:
    """Fragment to how it leans by the machine; an abstention is none."""
    stances = inputs.table("stances")
    rows = stances.loc[stances["scheme"] == Scheme.POLARITY]
    given: dict[str, list[str]] = {}
    declined: set[str] = set()
    for fragment, value, abstained in zip(rows["fragment_id"], rows["value"], rows["abstained"], strict=True):
        given.setdefault(fragment, []).append(value)
        if abstained:
            declined.add(fragment)
    return {fragment: ABSTENTION if fragment in declined else lean_of(values) for fragment, values in given.items()}


def count_leans(leans: Iterable[str]) -> tuple[int, ...]:
    """Count in the order of ``LEANS``.

    >>> count_leans(["kans", "kans", "onthouding"])
    (2, 0, 0, 0, 1, 0)
    """
    given = list(leans)
    return tuple(given.count(lean) for lean in LEANS)


def name_lean(lean: str, words: Words) -> str:
    """Name one of ``LEANS``."""
    own = {BOTH_POLARITIES: "both", UNKNOWN: "no_polarity"}
    return words(own[lean]) if lean in own else words.short(lean)


def choose_lean(coder: str, lean: str) -> dict[str, tuple[str, ...]]:
    """Choose, in the explorer, the fragments that lean one way by a coder; see ``pipeline.report.explorer``.

    >>> choose_lean("A", "kans"), choose_lean("A", "onbekend")
    ({'only': ('A', 'polarity', 'kans')}, {'A.polarity': ('-', '?')})
    """
    none = {
        ABSTENTION: ("!",),
        NEUTRAL_POLARITY: (lean,),
        UNKNOWN: ("-", "?", "!") if is_machine(coder) else ("-", "?"),
    }
    if lean in none:
        return {f"{coder}.{Scheme.POLARITY}": none[lean]}
    codes = tuple(str(polarity) for polarity in Polarity) if lean == BOTH_POLARITIES else (lean,)
    return {"only": (coder, str(Scheme.POLARITY), *codes)}


def draw_leans(
    counts: tuple[int, ...], words: Words, what: str, coder: str = "", within: Mapping[str, str | Iterable[str]] = EMPTY
) -> Markup:
    """Draw how the fragments of something lean.

    Args:
        counts: in the order of ``LEANS``.
        words: the language.
        what: what leans, for readers of the text alone.
        coder: who says how; empty where the parts lead nowhere.
        within: choices in the explorer that leave the fragments of the whole bar.
    """
    parts = [
        Part(n=n, style=lean, label=name_lean(lean, words),
             link=link(**within, **choose_lean(coder, lean)) if coder else "")
        for lean, n in zip(LEANS, counts, strict=True)
    ]  # fmt: skip
    spoken = ", ".join(f"{part.label} {part.n}" for part in parts)
    return draw_stack(parts, f"{what}: {spoken}")


def _row(label: str, leans: Iterable[str], words: Words, coder: str = "", **within: str) -> LeanRow:
    counts = count_leans(leans)
    return LeanRow(label=label, counts=counts, n=sum(counts), bar=draw_leans(counts, words, label, coder, within))


def lean_by_topic(inputs: ReportInputs) -> LeanTable | None:
    """How the themes lean by the machine's polarity, what people dropped last; None without themes or polarity."""
    leans, assigned = leans_of_machine(inputs), inputs.table("theme_assignments")
    if assigned.empty or not leans:
        return None
    dropped = inputs.words("dropped")
    members: dict[str, list[str]] = {theme: [] for theme in inputs.table("themes")["theme_id"]}
    for fragment, theme in zip(assigned["fragment_id"], assigned["theme_id"].fillna(dropped), strict=True):
        if fragment in leans:
            members.setdefault(theme, []).append(leans[fragment])
    rows = [
        _row(inputs.theme_name(theme), found, inputs.words, TAUGHT_CODER, theme="?" if theme == dropped else theme)
        for theme, found in members.items()
        if found
    ]
    rows.append(_row(inputs.words("total"), [lean for found in members.values() for lean in found], inputs.words))
    return LeanTable(coder=TAUGHT_CODER, machine=True, several=False, rows=tuple(rows))


def lean_by_theme(inputs: ReportInputs, coder: str) -> LeanTable | None:
    """How the themes of a human coder lean by that coder's own polarity; None where either was not coded."""
    themes, polarities = inputs.codes_of(coder, Scheme.THEME), inputs.codes_of(coder, Scheme.POLARITY)
    both = [fragment for fragment in themes if fragment in polarities]
    if not both:
        return None
    book = inputs.table("codebook")
    order = list(book.loc[book["scheme"] == Scheme.THEME, "code"])
    given = {code for fragment in both for code in themes[fragment]}
    codes = [code for code in order if code in given] + sorted(given.difference(order))
    rows = [
        _row(
            inputs.code_label(Scheme.THEME, code),
            [lean_of(polarities[fragment]) for fragment in both if code in themes[fragment]],
            inputs.words,
            coder,
            **{f"{coder}.{Scheme.THEME}": code},
        )
        for code in codes
    ]
    without = [lean_of(polarities[fragment]) for fragment in both if not themes[fragment]]
    if without:
        rows.append(_row(inputs.words("no_theme"), without, inputs.words, coder, **{f"{coder}.{Scheme.THEME}": "-"}))
    rows.append(_row(inputs.words("total"), [lean_of(polarities[fragment]) for fragment in both], inputs.words))
    several = any(len(themes[fragment]) > 1 for fragment in both)
    return LeanTable(coder=name_coder(coder, inputs.words), machine=False, several=several, rows=tuple(rows))


def lean_tables(inputs: ReportInputs) -> list[LeanTable]:
    """All tables of kans against knelpunt: the machine's topics first, then the themes of each coder."""
    tables = [lean_by_topic(inputs), *(lean_by_theme(inputs, coder) for coder in inputs.manual_coders)]
    return [table for table in tables if table is not None]
