"""The working paper and the draft synthesis as DOCX, and the draft as a page whose lines can be rewritten in place.

Themes are those of the people where people coded them (of the one who looked at most), else the machine's topics. Every
quote stands with its place in the source. Headings, quotes and tables have named styles, to be pasted into a paper.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from pipeline.core.files import MOMENT, fix_moments
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import SYNTHESIS_CODER, UNKNOWN, Polarity, is_machine
from pipeline.report.certainty import name_in_sentence
from pipeline.report.draft import Draft, DraftPart, DraftTheme, QuotedFragment, Statement, write_draft
from pipeline.report.explorer import link
from pipeline.report.inputs import ReportInputs
from pipeline.report.page import describe_whose, list_page_findings, render
from pipeline.report.sections.agreement import (
    SCHEMES,
    find_headlines,
    name_comparison,
    name_scheme,
    name_statistic,
    write_interval,
)
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
from pipeline.report.words import Words

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.run import Run


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TABLE_WIDTH, MARGINS, CHARACTER = 15.2, 0.45, 0.19
"""Centimetres: a table, the margins of a cell, and a bold sign of nine points."""
N_QUOTES = 3
"""Quotes of each polarity of a theme."""


@dataclass(frozen=True, slots=True)
class DocumentHeading:
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


Block: TypeAlias = DocumentHeading | Prose | Quotation | Grid


def write_document(inputs: ReportInputs) -> list[Block]:
    """Write the working paper of a study, in the language of its configuration."""
    words, themes = inputs.words, list_themes(inputs)
    return [
        DocumentHeading(study_name(inputs), 0),
        Prose(_introduce(inputs, themes)),
        *(Prose(warning) for warning in list_warnings(inputs)),
        DocumentHeading(words("document.findings"), 1),
        *(Prose(finding.text, lead=f"{finding.title}. ") for finding in list_page_findings(inputs, themes)),
        DocumentHeading(words("document.method"), 1),
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
    yield DocumentHeading(words("document.themes"), 1)
    yield Prose(
        words("document.by_machine") if is_machine(coder) else f"{describe_whose(inputs)} {words('document.by_coder')}"
    )
    if not themes:
        yield Prose(words("no_themes"))
        return
    yield Grid(
        words(
            "document.themes_seen" if of_coder else "document.themes_caption",
            total=words.number(n_seen),
            coder=name_in_sentence(coder, words),
        ),
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
    yield DocumentHeading(theme.name, 2)
    if theme.definition:
        yield Prose(theme.definition)
    sessions, n_seen = count_sessions(inputs, theme.members), len(looked_at(inputs, theme.coder))
    key = "document.counts_seen" if n_seen < len(inputs.used) else "document.counts"
    n = words.count("fragment", len(theme.members))
    yield Prose(words(key, n=n, sessions=inputs.count_sessions(sessions), total=words.number(n_seen)))
    for polarity, key in ((Polarity.KANS, "document.kansen"), (Polarity.KNELPUNT, "document.knelpunten")):
        found = theme.leaning(polarity)
        if found:
            yield DocumentHeading(words(key, n=words.number(len(found))), 3)
            yield from _quotes(inputs, spread.choose(found, N_QUOTES))
    if not any(theme.leaning(polarity) for polarity in Polarity):
        yield from _quotes(inputs, spread.choose(theme.members, N_QUOTES))


def _quotes(inputs: ReportInputs, fragments: Sequence[str]) -> Iterator[Quotation]:
    for fragment in fragments:
        quote, place = inputs.quote(fragment), inputs.place(fragment)
        yield Quotation(inputs.text(fragment), f"{quote.speaker}, {place}" if quote.speaker else place)


def _agreement(inputs: ReportInputs) -> Iterator[Block]:
    words = inputs.words
    yield DocumentHeading(words("document.agreement"), 1)
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
    figure = words.figure(row["estimate"]) + write_interval(row, words)
    comparison, statistic = name_comparison(row["comparison"], words), name_statistic(row["statistic"], words)
    return scheme, comparison, statistic, figure, words.figure(row["chance"]), words.number(row["n"])


def _left_out(inputs: ReportInputs) -> Iterator[Block]:
    words = inputs.words
    yield DocumentHeading(words("document.left_out"), 1)
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
        counted = [f"{words(f'scheme.{scheme}').lower()} {words.number(n)}" for scheme, n in sorted(declined.items())]
        yield Prose(words("document.abstained", said=words.join(counted)))


def export_document(inputs: ReportInputs) -> bytes:
    """Give the bytes of the working paper; the same for the same tables."""
    document = _new_document(inputs)
    n_tables = 0
    for block in write_document(inputs):
        if isinstance(block, DocumentHeading):
            document.add_heading(_safe(block.text), block.level)
        elif isinstance(block, Prose):
            paragraph = document.add_paragraph()
            if block.lead:
                paragraph.add_run(_safe(block.lead)).bold = True
            paragraph.add_run(_safe(block.text))
        elif isinstance(block, Quotation):
            paragraph = document.add_paragraph(style="Quote")
            paragraph.add_run(f"“{_safe(block.text)}”")
            paragraph.add_run(f" ({_safe(block.place)})").italic = False
        else:
            n_tables += 1
            _add_grid(document, block, n_tables, inputs)
    return _to_bytes(document)


def _new_document(inputs: ReportInputs) -> "Document":
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.title, properties.author = _safe(study_name(inputs)), AUTHOR
    properties.comments, properties.language = "", inputs.words.language
    properties.created = properties.modified = MOMENT
    return document


def _to_bytes(document: "Document") -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return fix_moments(stream.getvalue())


def _safe(text: str) -> str:
    """Replace signs that no XML may hold, and so no document of Word."""
    return _CONTROL.sub("\ufffd", text)


def _add_grid(document: "Document", grid: Grid, number: int, inputs: ReportInputs) -> None:
    from docx.shared import Cm, Pt

    label = "Tabel" if inputs.words.language == "nl" else "Table"
    document.add_paragraph(_safe(f"{label} {number}. {grid.caption}"), style="Caption")
    table = document.add_table(rows=1, cols=len(grid.head), style="Light List Accent 1")
    table.autofit = False
    widths = [Cm(width) for width in divide_width((grid.head, *grid.rows))]
    for row, cells in ((table.rows[0], grid.head), *((table.add_row(), cells) for cells in grid.rows)):
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = width
            cell.text = _safe(text)
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


AUTHOR, INITIALS = "dialoogtafel", "dt"


def export_draft(inputs: ReportInputs, coder: str | None = None, length: int | None = None) -> bytes:
    """Give the bytes of the draft as DOCX; the same for the same tables.

    Each statement and each quote carries a comment with its fragment ids; below each statement is a line to write in.

    Raises:
        InputError: the coder gave no themes.
    """
    words, draft = inputs.words, write_draft(inputs, coder, length)
    document = _new_document(inputs)
    document.add_heading(_safe(study_name(inputs)), 0)
    _set_styles(document)
    for line in introduce(draft, inputs):
        document.add_paragraph(_safe(line))
    for theme in draft.themes:
        document.add_heading(_safe(theme.name), 1)
        if theme.definition:
            document.add_paragraph(_safe(theme.definition)).runs[0].italic = True
        document.add_paragraph(_safe(count_theme(theme, inputs)))
        for part in theme.parts:
            document.add_heading(name_part(part.polarity, part.n_fragments, words), 2)
            for heading in part.headings:
                if heading.name or len(part.headings) > 1:
                    document.add_heading(_safe(name_heading(heading.name, words)), 3)
                for statement in heading.statements:
                    _add_statement(document, statement, inputs)
            if part.unshown:
                document.add_paragraph(_safe(name_unshown(part, words)))
    return _to_bytes(document)


def _set_styles(document: "Document") -> None:
    """Bring quotes and the line to write in under their statement, close together."""
    from docx.shared import Cm, Pt

    for name in ("Quote", "List Continue"):
        form = document.styles[name].paragraph_format
        form.left_indent, form.space_before, form.space_after = Cm(1.2), Pt(0), Pt(3)
    bullet = document.styles["List Bullet"].paragraph_format
    bullet.space_before, bullet.space_after, bullet.keep_with_next = Pt(8), Pt(3), True


def _add_statement(document: "Document", statement: Statement, inputs: ReportInputs) -> None:
    words = inputs.words
    paragraph = document.add_paragraph(style="List Bullet")
    run = paragraph.add_run(_safe(statement.quoted.text))
    paragraph.add_run(f" ({_name(statement.quoted)})").italic = True
    ids = words("draft.ids", ids=", ".join(statement.support))
    _comment(document, run, "\n".join(filter(None, (describe_support(statement, inputs), ids))))
    further = [*(("", quoted) for quoted in statement.quotes)]
    further += [(words(key), quoted) for key, quoted in (("draft.against", statement.against),
                                                     ("draft.answer", statement.answer)) if quoted]  # fmt: skip
    for lead, quoted in further:
        quote = document.add_paragraph(style="Quote")
        if lead:
            quote.add_run(f"{lead}: ").bold = True
        run = quote.add_run(f"“{_safe(strip_quotes(quoted.text))}”")
        quote.add_run(f" ({_name(quoted)})").italic = False
        _comment(document, run, words("draft.ids", ids=quoted.fragment_id))
    document.add_paragraph(style="List Continue").add_run(f"{words('draft.write')} …").italic = True


def _comment(document: "Document", run: "Run", text: str) -> None:
    comment = document.add_comment(run, text=_safe(text), author=AUTHOR, initials=INITIALS)
    # Word wants a moment; that of the run would differ every time.
    comment._comment_elm.date = datetime(MOMENT.year, MOMENT.month, MOMENT.day, tzinfo=UTC)


def _name(quoted: QuotedFragment) -> str:
    """Name who said it; a hyphen within a name ends no line."""
    return _safe(quoted.who).replace("-", "\u2011")


def strip_quotes(text: str) -> str:
    """Take away quotation marks around words that get some again.

    >>> strip_quotes("“Zij kent de hond.”")
    'Zij kent de hond.'
    """
    return text.strip("“”\"'‘’ ") if text[:1] in "“\"'‘" and text[-1:] in "”\"'’" else text


def introduce(draft: Draft, inputs: ReportInputs) -> list[str]:
    """Say what the draft is, in whose themes it is written, and what is left to do."""
    words, coder = inputs.words, name_in_sentence(draft.coder, inputs.words)
    n = sum(1 for _ in draft.statements())
    what = words("draft.what_document" if inputs.is_report else "draft.what", n=words.number(n))
    if draft.coder == SYNTHESIS_CODER:
        whose = words("page.whose_structure")
    else:
        whose = words("draft.by_machine" if is_machine(draft.coder) else "draft.by_person", coder=coder)
    return [what, whose, words("draft.todo")]


def describe_support(statement: Statement, inputs: ReportInputs) -> str:
    """Say how many fragments lie near to a statement, and in how many sessions; nothing where it stands alone."""
    n = inputs.words.count("fragment", len(statement.support))
    if len(statement.support) < 2:
        return ""
    where = "" if is_one_document(inputs) else f", {inputs.place_sessions(statement.n_sessions)}"
    return inputs.words("draft.support", n=n, sessions=where)


def count_theme(theme: DraftTheme, inputs: ReportInputs) -> str:
    """Say how many fragments a theme has, and how many have no polarity or are neutral."""
    words, n = inputs.words, inputs.words.count("fragment", theme.n_fragments)
    text = f"{n}." if is_one_document(inputs) else words("draft.counts", n=n,
                                                         sessions=inputs.place_sessions(theme.n_sessions))  # fmt: skip
    unknown, neither = (words.number(n) for n in (theme.n_unknown, theme.n_neutral))
    text += f" {words('draft.unknown', n=unknown)}" if theme.n_unknown else ""
    return text + (f" {words('draft.neutral', n=neither)}" if theme.n_neutral else "")


def name_part(polarity: Polarity, n: int, words: Words) -> str:
    """Name the kansen or the knelpunten of a theme, with their number."""
    return words("document.kansen" if polarity == Polarity.KANS else "document.knelpunten", n=words.number(n))


def name_unshown(part: DraftPart, words: Words) -> str:
    """Name the sub-headings that have no statement in the draft, with their fragments."""
    named = [f"{name or words('draft.no_subtheme').lower()} ({words.count('fragment', n)})" for name, n in part.unshown]
    return words("draft.unshown", named=words.join(named))


def name_heading(name: str, words: Words) -> str:
    """Name a sub-heading; what has no sub-theme is called so."""
    return name or words("draft.no_subtheme")


def export_draft_page(inputs: ReportInputs, coder: str | None = None, length: int | None = None) -> bytes:
    """Give the draft as a page in UTF-8: every statement can be rewritten in place, every source is a link.

    Raises:
        InputError: the coder gave no themes.
    """
    words, draft = inputs.words, write_draft(inputs, coder, length)

    def show(quoted: QuotedFragment) -> dict[str, str]:
        return {"text": quoted.text, "quote": strip_quotes(quoted.text), "who": quoted.who, "id": quoted.fragment_id,
                "link": link(open=quoted.fragment_id)}  # fmt: skip

    return render(
        "draft.html",
        inputs,
        {"study": study_name(inputs), "draft": draft, "introduction": introduce(draft, inputs), "show": show,
         "name_part": lambda part: name_part(part.polarity, part.n_fragments, words),
         "name_unshown": lambda part: name_unshown(part, words),
         "name_heading": lambda heading: name_heading(heading.name, words),
         "count_theme": lambda theme: count_theme(theme, inputs),
         "support": lambda statement: describe_support(statement, inputs)},
    )  # fmt: skip
