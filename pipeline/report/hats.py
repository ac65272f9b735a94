"""Hats and sentiment: which tone is heard under which hat, and the remarks that contradict their hat."""

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pipeline.report.figures import Part, draw_stack
from pipeline.report.material import Material, Quote, count_values, records
from pipeline.vocabulary import ABSTENTION, Hat, Scheme, Sentiment, StanceSource

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


def hat_rows(material: Material) -> list[HatRow]:
    """Sum the table of hats and sentiments to a row per hat."""
    table = material.table("hat_sentiments")
    rows = []
    for hat in Hat:
        of_hat = table.loc[table["hat"] == hat].set_index("sentiment")
        if of_hat.empty or not of_hat["n"].sum():
            continue
        counts = tuple(int(of_hat["n"].get(tone, 0)) for tone in TONES)
        parts = [
            Part(n=n, style=str(tone), label=material.words.short(tone)) for n, tone in zip(counts, TONES, strict=True)
        ]
        spoken = ", ".join(f"{part.label} {part.n}" for part in parts)
        name = material.words.label(hat)
        rows.append(
            HatRow(
                hat=str(hat), name=name, n=sum(counts), counts=counts, mean=_mean_score(of_hat),
                bar=draw_stack(parts, f"{name}: {spoken}"),
            )
        )  # fmt: skip
    return rows


def _mean_score(of_hat: pd.DataFrame) -> float | None:
    """Weigh the mean scores of the tones by their counts."""
    scored = [(row["n"], row["mean_score"]) for row in records(of_hat) if row["n"] and row["mean_score"] is not None]
    total = sum(n for n, _ in scored)
    return float(sum(n * score for n, score in scored) / total) if total else None


def count_hat_sources(material: Material) -> dict[str, int]:
    """Count where the hats of used fragments come from: given, derived, predicted or, last, no hat."""
    sources = count_values(source for _, source in material.hats.values())
    found = {str(source): sources[source] for source in StanceSource if source in sources}
    without = len(material.used) - sum(found.values())
    return found | ({ABSTENTION: without} if without else {})


def list_conflicts(material: Material) -> list[Conflict]:
    """List the remarks that contradict their hat: by hat, the clearest first, each remark once."""
    table = material.table("hat_conflicts")
    order = [str(hat) for hat in Hat]
    by_fragment: dict[str, list[dict[str, object]]] = {}
    for row in records(table):
        by_fragment.setdefault(str(row["fragment_id"]), []).append(row)

    def rank(item: tuple[str, list[dict[str, object]]]) -> tuple[int, float, str]:
        clearest = max(float(str(row["margin"])) if row["margin"] is not None else 0.0 for row in item[1])
        return order.index(str(item[1][0]["hat"])), -clearest, item[0]

    words = material.words
    found = []
    for fragment, rows in sorted(by_fragment.items(), key=rank):
        hat = str(rows[0]["hat"])
        said = [
            words("conflict_polarity" if row["scheme"] == Scheme.POLARITY else "conflict_sentiment",
                  value=words.short(str(row["value"])))
            for row in rows
        ]  # fmt: skip
        found.append(Conflict(hat=hat, name=words.short(hat), what=words.join(said), quote=material.quote(fragment)))
    return found
