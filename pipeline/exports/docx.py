"""The working paper as DOCX: the method, themes with their kansen and knelpunten, agreement, what was left out.

Themes are those of the people where people coded them (of the one who looked at most), else the machine's topics. Every
quote stands with its place in the source. Headings, quotes and tables have named styles, to be pasted into a paper.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipeline.core.office import MOMENT, fix_moments
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import UNKNOWN, Polarity
from pipeline.report.certainty import name_in_sentence
from pipeline.report.inputs import ReportInputs, is_machine
from pipeline.report.page import list_page_findings
from pipeline.report.sections.agreement import SCHEMES, find_headlines, name_comparison, name_scheme, name_statistic
from pipeline.report.sections.coded_themes import (
    CodedTheme,
    Spread,
    choose_coder,
    count_sessions,
    list_themes,
    looked_at,
)
from pipeline.report.sections.head import (
    describe_speakers,
    is_one_document,
    list_warnings,
    match_rows,
    status_rows,
    study_name,
)
from pipeline.report.sections.method import write_method

if TYPE_CHECKING:
    from docx.document import Document

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TABLE_WIDTH, MARGINS, CHARACTER = 15.2, 0.45, 0.19
"""Centimetres: a table, the margins of a cell, and a bold sign of nine points."""
N_QUOTES = 3
"""Quotes of each polarity of a theme."""


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


def write_document(inputs: ReportInputs) -> list[Block]:
    """Write the working paper of a study, in the language of its configuration."""
    words, themes = inputs.words, list_themes(inputs)
    return [
        Heading(study_name(inputs), 0),
        Prose(_introduce(inputs, themes)),
        *(Prose(warning) for warning in list_warnings(inputs)),
        Heading(words("document.findings"), 1),
        *(Prose(finding.text, lead=f"{finding.title}. ") for finding in list_page_findings(inputs, themes)),
        Heading(words("document.method"), 1),
        *(Prose(part.text, lead=f"{part.title}. ") for part in write_method(inputs) if part.text),
        *_themes(inputs, themes),
        *_agreement(inputs),
        *_left_out(inputs),
    ]


def _introduce(inputs: ReportInputs, themes: Sequence[CodedTheme]) -> str:
    words, n = inputs.words, len(inputs.table("sessions"))
    return words(
        "document.facts",
        sessions=words.count("document", 1) if is_one_document(inputs) else inputs.count_sessions(n),
        people=words("method.people", n=describe_speakers(inputs)) if inputs.n_speakers else "",
        n=words.number(len(inputs.used)),
        themes=words.count("topic", len(themes)),
        coder=name_in_sentence(choose_coder(inputs), words),
    )


def _themes(inputs: ReportInputs, themes: Sequence[CodedTheme]) -> Iterator[Block]:
    words, coder = inputs.words, choose_coder(inputs)
    n_seen = len(looked_at(inputs, coder))
    of_coder = n_seen < len(inputs.used)
    yield Heading(words("document.themes"), 1)
    yield Prose(words("document.by_machine") if is_machine(coder) else words("document.by_coder", coder=coder))
    if not themes:
        yield Prose(words("no_themes"))
        return
    yield Grid(
        words("document.themes_seen" if of_coder else "document.themes_caption", total=words.number(n_seen)),
        (
            words("document.theme"),
            words("document.n"),
            *map(words.short, Polarity),
            words("no_polarity"),
            words("document.share", total=words.number(n_seen)),
        ),
        tuple(_theme_row(inputs, theme, n_seen) for theme in themes),
    )
    spread = Spread(inputs)
    for theme in themes:
        yield from _theme(inputs, theme, spread)


def _theme_row(inputs: ReportInputs, theme: CodedTheme, n_seen: int) -> tuple[str, ...]:
    words = inputs.words
    counts = [words.number(len(theme.leaning(polarity))) for polarity in Polarity]
    counts.append(words.number(sum(theme.lean(fragment) == UNKNOWN for fragment in theme.members)))
    share = words.percent(len(theme.members) / max(n_seen, 1))
    return (theme.name, words.number(len(theme.members)), *counts, share)


def _theme(inputs: ReportInputs, theme: CodedTheme, spread: Spread) -> Iterator[Block]:
    words = inputs.words
    yield Heading(theme.name, 2)
    if theme.definition:
        yield Prose(theme.definition)
    sessions, n_seen = count_sessions(inputs, theme.members), len(looked_at(inputs, theme.coder))
    key = "document.counts_seen" if n_seen < len(inputs.used) else "document.counts"
    n = words.count("fragment", len(theme.members))
    yield Prose(words(key, n=n, sessions=inputs.count_sessions(sessions), total=words.number(n_seen)))
    for polarity, key in ((Polarity.KANS, "document.kansen"), (Polarity.KNELPUNT, "document.knelpunten")):
        found = theme.leaning(polarity)
        if found:
            yield Heading(words(key, n=words.number(len(found))), 3)
            yield from _quotes(inputs, spread.choose(found, N_QUOTES))
    if not any(theme.leaning(polarity) for polarity in Polarity):
        yield from _quotes(inputs, spread.choose(theme.members, N_QUOTES))


def _quotes(inputs: ReportInputs, fragments: Sequence[str]) -> Iterator[Quotation]:
    for fragment in fragments:
        quote, place = inputs.quote(fragment), inputs.place(fragment)
        yield Quotation(inputs.text(fragment), f"{quote.speaker}, {place}" if quote.speaker else place)


def _agreement(inputs: ReportInputs) -> Iterator[Block]:
    words = inputs.words
    yield Heading(words("document.agreement"), 1)
    rows = [(scheme, row) for scheme in SCHEMES for row in find_headlines(inputs, scheme)]
    if not rows:
        yield Prose(words("no_agreement" if inputs.human_coders else "no_coding"))
        return
    yield Prose(words("agree.lead"))
    head = tuple(words(f"document.{column}") for column in ("scheme", "coders", "statistic", "figure", "chance", "n"))
    body = tuple(_figure(row, name_scheme(scheme, words), inputs) for scheme, row in rows)
    yield Grid(words("document.agreement_caption"), head, body)


def _figure(row: Row, scheme: str, inputs: ReportInputs) -> tuple[str, ...]:
    words = inputs.words
    figure = words.figure(row["estimate"])
    if row["low"] is not None and row["high"] is not None:
        figure += f" [{words.figure(row['low'])}; {words.figure(row['high'])}]"
    comparison, statistic = name_comparison(row["comparison"], words), name_statistic(row["statistic"], words)
    return scheme, comparison, statistic, figure, words.figure(row["chance"]), words.number(row["n"])


def _left_out(inputs: ReportInputs) -> Iterator[Block]:
    words = inputs.words
    yield Heading(words("document.left_out"), 1)
    statuses = tuple((row.name, row.reason, words.number(row.n)) for row in status_rows(inputs))
    head = words("document.what"), words("document.why"), words("document.n")
    yield Grid(words("document.fragments_caption"), head, statuses)
    matches = tuple((row.name, row.how, words.number(row.n)) for row in match_rows(inputs))
    if matches:
        yield Grid(words("document.codings_caption"), head, matches)
    stances = inputs.table("stances")
    # A hat that was heard beside a noted one, in a further row, is no abstention of the fragment.
    declined = stances.loc[stances["abstained"] & (stances["rank"] == 1), "scheme"].value_counts()
    if len(declined):
        said = [f"{words(f'scheme.{scheme}').lower()} {words.number(n)}" for scheme, n in sorted(declined.items())]
        yield Prose(words("document.abstained", said=words.join(said)))


def export_document(inputs: ReportInputs) -> bytes:
    """Give the bytes of the working paper; the same for the same tables."""
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.title, properties.author = remove_control_signs(study_name(inputs)), "dialoogtafel"
    properties.comments, properties.language = "", inputs.words.language
    properties.created = properties.modified = MOMENT
    n_tables = 0
    for block in write_document(inputs):
        if isinstance(block, Heading):
            document.add_heading(remove_control_signs(block.text), block.level)
        elif isinstance(block, Prose):
            paragraph = document.add_paragraph()
            if block.lead:
                paragraph.add_run(remove_control_signs(block.lead)).bold = True
            paragraph.add_run(remove_control_signs(block.text))
        elif isinstance(block, Quotation):
            paragraph = document.add_paragraph(style="Quote")
            paragraph.add_run(f"“{remove_control_signs(block.text)}”")
            paragraph.add_run(f" ({remove_control_signs(block.place)})").italic = False
        else:
            n_tables += 1
            _add_grid(document, block, n_tables, inputs)
    stream = io.BytesIO()
    document.save(stream)
    return fix_moments(stream.getvalue())


def remove_control_signs(text: str) -> str:
    """Replace signs that no XML may hold, and so no document of Word."""
    return _CONTROL.sub("\ufffd", text)


def _add_grid(document: "Document", grid: Grid, number: int, inputs: ReportInputs) -> None:
    from docx.shared import Cm, Pt

    label = "Tabel" if inputs.words.language == "nl" else "Table"
    document.add_paragraph(remove_control_signs(f"{label} {number}. {grid.caption}"), style="Caption")
    table = document.add_table(rows=1, cols=len(grid.head), style="Light List Accent 1")
    table.autofit = False
    widths = [Cm(width) for width in divide_width((grid.head, *grid.rows))]
    for row, cells in ((table.rows[0], grid.head), *((table.add_row(), cells) for cells in grid.rows)):
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = width
            cell.text = remove_control_signs(text)
            cell.paragraphs[0].runs[0].font.size = Pt(9)
    document.add_paragraph()


def divide_width(rows: Sequence[Sequence[str]], total: float = TABLE_WIDTH) -> list[float]:
    """Divide the width of a table over its columns: each has room for its longest word, longer texts share the rest.

    Args:
        rows: the texts of a table, its head among them.
        total: width in centimetres.

    >>> divide_width([("Thema", "n"), ("Wederkerigheid", "58")], 10.0)
    [7.9, 2.1]
    """
    columns = list(zip(*rows, strict=True))
    least = [MARGINS + CHARACTER * max(len(word) for text in column for word in (text.split() or [""]))
             for column in columns]  # fmt: skip
    whole = [MARGINS + CHARACTER * max(map(len, column)) for column in columns]
    wanted = [max(full - low, 0.0) for full, low in zip(whole, least, strict=True)]
    rest = total - sum(least)
    if sum(wanted) == 0.0 or rest <= 0.0:
        return [round(total * low / sum(least), 1) for low in least]
    return [round(low + rest * more / sum(wanted), 1) for low, more in zip(least, wanted, strict=True)]
