"""The working paper as blocks: the method, themes with their kansen and knelpunten, agreement, what was left out.

Themes are those of the people where people coded them (of the one who looked at most), else the machine's topics. Every
quote stands with its place in the source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.core.vocabulary import OUTLIER_TOPIC, Polarity, Scheme
from pipeline.report.inputs import Material, records
from pipeline.report.sections.agreement import (
    SCHEMES,
    Row,
    find_headlines,
    name_comparison,
    name_scheme,
    name_statistic,
)
from pipeline.report.sections.exclusions import match_rows, status_rows
from pipeline.report.sections.hats import BOTH, lean_of, leans_of_machine
from pipeline.report.sections.head import list_facts, list_findings, list_warnings, study_name
from pipeline.report.sections.method import write_method

N_QUOTES = 3
"""Quotes of each polarity of a theme."""
FEWEST_WORDS, MOST_WORDS = 6, 60
"""A quote within these limits can stand in a text on its own."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 0 is the title."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; a lead stands before it in bold."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of a participant, and where they stand."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its caption."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Heading | Prose | Quotation | Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A theme as it is told.

    Attributes:
        name: as a reader sees it.
        definition: what belongs under it, or the words that set a topic apart.
        members: fragments, best quotes first.
        leans: fragment to ``kans``, ``knelpunt``, both or neither; absent where nobody said.
        shared: fragment and polarity to how many others gave it.
    """

    name: str
    definition: str
    members: tuple[str, ...]
    leans: Mapping[str, str]
    shared: Mapping[tuple[str, str], int] = field(default_factory=dict)


def write_document(material: Material) -> list[Block]:
    """Write the working paper of a study, in the language of its configuration."""
    words = material.words
    facts = [f"{fact.number} {fact.name}" for fact in list_facts(material)]
    return [
        Heading(study_name(material), 0),
        Prose(words("document.facts", facts=words.join(facts))),
        *(Prose(warning) for warning in list_warnings(material)),
        Heading(words("document.findings"), 1),
        *(Prose(finding.text, lead=f"{finding.title}. ") for finding in list_findings(material)),
        Heading(words("document.method"), 1),
        *(Prose(part.text, lead=f"{part.title}. ") for part in write_method(material) if part.text),
        *_themes(material),
        *_agreement(material),
        *_left_out(material),
    ]


def lead_coder(material: Material) -> str | None:
    """Give the person who looked at most fragments for themes; of equals the first by name; None where nobody did.

    A theme is told in the codes of one person: two people's themes put together are nobody's.
    """
    seen = material.table("seen")
    looked = seen.loc[(seen["scheme"] == Scheme.THEME) & seen["coder"].isin(material.human_coders), "coder"]
    counts = looked.value_counts()
    return min(counts.index, key=lambda coder: (-counts[coder], coder)) if len(counts) else None


def tell_themes(material: Material) -> list[Told]:
    """List the themes, those with most fragments first."""
    coder = lead_coder(material)
    told = list(_topics(material) if coder is None else _coded_themes(material, coder))
    return sorted(told, key=lambda each: (-len(each.members), each.name))


def _coded_themes(material: Material, coder: str) -> Iterator[Told]:
    themes, said = material.codes_of(coder, Scheme.THEME), material.codes_of(coder, Scheme.POLARITY)
    leans = {fragment: lean_of(codes) for fragment, codes in said.items()}
    book = material.table("codebook")
    scores = _quote_scores(material, coder)
    shared, poles = (_agreeing(material, coder, scheme) for scheme in (Scheme.THEME, Scheme.POLARITY))
    for row in records(book.loc[book["scheme"] == Scheme.THEME]):
        code = str(row["code"])
        held = {fragment for fragment, codes in themes.items() if code in codes} & set(material.used.index)
        # The order of the table is that of the notes; sorting keeps it among equals.
        keys = {f: (not _stands_alone(material, f), -shared.get((f, code), 0), -scores.get((code, f), 0)) for f in held}
        members = tuple(sorted((f for f in material.used.index if f in held), key=keys.__getitem__))
        if members:
            name = material.code_label(Scheme.THEME, code)
            yield Told(name=name, definition=row["definition"] or "", members=members, leans=leans, shared=poles)


def _topics(material: Material) -> Iterator[Told]:
    leans, assigned = leans_of_machine(material), material.table("theme_assignments")
    members: dict[str, list[tuple[bool, float, str]]] = {}
    # Those that people dropped are in no theme.
    for row in records(assigned.loc[assigned["theme_id"].notna() & (assigned["theme_id"] != OUTLIER_TOPIC)]):
        alone = _stands_alone(material, row["fragment_id"])
        members.setdefault(row["theme_id"], []).append((not alone, -row["score"], row["fragment_id"]))
    for row in records(material.themes):
        ranked = tuple(fragment for _, _, fragment in sorted(members.get(row["theme_id"], [])))
        yield Told(name=row["label"], definition=", ".join(row["keywords"]), members=ranked, leans=leans)


def _stands_alone(material: Material, fragment: str) -> bool:
    return FEWEST_WORDS <= len(material.text(fragment).split()) <= MOST_WORDS


def _quote_scores(material: Material, coder: str) -> dict[tuple[str, str], float]:
    table = material.table("theme_quotes")
    rows = table.loc[(table["coder"] == coder) & (table["role"] == "shows")]
    return {(row["theme"], row["fragment_id"]): row["score"] for row in records(rows)}


def _agreeing(material: Material, coder: str, scheme: Scheme) -> dict[tuple[str, str], int]:
    """Count the other people who gave a fragment a code."""
    codings = material.table("human_codings")
    others = codings.loc[(codings["scheme"] == scheme) & (codings["coder"] != coder)]
    counts: dict[tuple[str, str], int] = {}
    for key in zip(others["fragment_id"], others["code"], strict=True):
        counts[key] = counts.get(key, 0) + 1
    return counts


def _themes(material: Material) -> Iterator[Block]:
    words, told = material.words, tell_themes(material)
    yield Heading(words("document.themes"), 1)
    coder = lead_coder(material)
    whose = words("document.by_machine") if coder is None else words("document.by_coder", coder=coder)
    yield Prose(whose)
    if not told:
        yield Prose(words("no_themes"))
        return
    yield Grid(
        words("document.themes_caption"),
        (words("document.theme"), words("document.n"), *map(words.short, Polarity), words("document.share")),
        tuple(_theme_row(material, each) for each in told),
    )
    for each in told:
        yield from _theme(material, each)


def _theme_row(material: Material, told: Told) -> tuple[str, ...]:
    words = material.words
    counts = [words.number(len(_leaning(told, polarity))) for polarity in Polarity]
    share = words.percent(len(told.members) / max(len(material.used), 1))
    return (told.name, words.number(len(told.members)), *counts, share)


def _leaning(told: Told, polarity: Polarity) -> list[str]:
    """List the fragments of one polarity: those that say nothing else and that others see so too come first."""
    found = [fragment for fragment in told.members if told.leans.get(fragment) in (polarity, BOTH)]
    return sorted(found, key=lambda f: (-told.shared.get((f, polarity), 0), told.leans[f] == BOTH))


def _theme(material: Material, told: Told) -> Iterator[Block]:
    words = material.words
    yield Heading(told.name, 2)
    if told.definition:
        yield Prose(told.definition)
    sessions = material.fragments.loc[list(told.members), "session"].nunique()
    yield Prose(
        words(
            "document.counts", n=words.count("fragment", len(told.members)), sessions=words.count("session", sessions),
            total=words.number(len(material.used)),
        )
    )  # fmt: skip
    shown: set[str] = set()
    for polarity, key in ((Polarity.KANS, "document.kansen"), (Polarity.KNELPUNT, "document.knelpunten")):
        found = _leaning(told, polarity)
        if found:
            yield Heading(words(key, n=words.number(len(found))), 3)
            yield from _quotes(material, found, shown)
    if not any(_leaning(told, polarity) for polarity in Polarity):
        yield from _quotes(material, told.members, shown)


def _quotes(material: Material, fragments: Sequence[str], shown: set[str]) -> Iterator[Quotation]:
    """Show the first fragments; no text twice in a theme."""
    n = 0
    for fragment in fragments:
        text = material.text(fragment)
        if text not in shown and n < N_QUOTES:
            shown.add(text)
            n += 1
            quote = material.quote(fragment)
            place = material.place(fragment)
            yield Quotation(text, f"{quote.speaker}, {place}" if quote.speaker else place)


def _agreement(material: Material) -> Iterator[Block]:
    words = material.words
    yield Heading(words("document.agreement"), 1)
    rows = [(scheme, row) for scheme in SCHEMES for row in find_headlines(material, scheme)]
    if not rows:
        yield Prose(words("no_agreement" if material.human_coders else "no_coding"))
        return
    yield Prose(words("agree.lead"))
    head = tuple(words(f"document.{column}") for column in ("scheme", "coders", "statistic", "figure", "chance", "n"))
    body = tuple(_figure(row, name_scheme(scheme, words), material) for scheme, row in rows)
    yield Grid(words("document.agreement_caption"), head, body)


def _figure(row: Row, scheme: str, material: Material) -> tuple[str, ...]:
    words = material.words
    figure = words.figure(row["estimate"])
    if row["low"] is not None and row["high"] is not None:
        figure += f" [{words.figure(row['low'])}; {words.figure(row['high'])}]"
    comparison, statistic = name_comparison(row["comparison"], words), name_statistic(row["statistic"], words)
    return scheme, comparison, statistic, figure, words.figure(row["chance"]), words.number(row["n"])


def _left_out(material: Material) -> Iterator[Block]:
    words = material.words
    yield Heading(words("document.left_out"), 1)
    statuses = tuple((row.name, row.reason, words.number(row.n)) for row in status_rows(material))
    head = words("document.what"), words("document.why"), words("document.n")
    yield Grid(words("document.fragments_caption"), head, statuses)
    matches = tuple((row.name, row.how, words.number(row.n)) for row in match_rows(material))
    if matches:
        yield Grid(words("document.codings_caption"), head, matches)
    abstained = material.table("stances")
    declined = abstained.loc[abstained["abstained"], "scheme"].value_counts()
    if len(declined):
        said = [f"{words(f'scheme.{scheme}').lower()} {words.number(n)}" for scheme, n in sorted(declined.items())]
        yield Prose(words("document.abstained", said=words.join(said)))
