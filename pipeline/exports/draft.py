"""The draft synthesis as DOCX, with sources in comments, and as a page whose lines can be rewritten in place."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.core.office import MOMENT, fix_moments
from pipeline.core.vocabulary import Polarity
from pipeline.exports.docx import remove_control_signs
from pipeline.report.certainty import name_in_sentence
from pipeline.report.draft import Draft, DraftPart, DraftTheme, Said, Statement, write_draft
from pipeline.report.explorer.address import link
from pipeline.report.inputs import ReportInputs, is_machine
from pipeline.report.rendering import render
from pipeline.report.sections.head import study_name
from pipeline.report.words import Words

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.run import Run

AUTHOR, INITIALS = "dialoogtafel", "dt"


def export_draft(inputs: ReportInputs, coder: str | None = None, length: int | None = None) -> bytes:
    """Give the bytes of the draft as DOCX; the same for the same tables.

    Each statement and each quote carries a comment with its fragment ids; below each statement is a line to write in.

    Raises:
        InputError: the coder gave no themes.
    """
    from docx import Document

    words, draft = inputs.words, write_draft(inputs, coder, length)
    document = Document()
    properties = document.core_properties
    properties.title, properties.author = _safe(study_name(inputs)), AUTHOR
    properties.comments, properties.language = "", words.language
    properties.created = properties.modified = MOMENT
    document.add_heading(_safe(study_name(inputs)), 0)
    _set_styles(document)
    for line in introduce(draft, words):
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
    stream = io.BytesIO()
    document.save(stream)
    return fix_moments(stream.getvalue())


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
    run = paragraph.add_run(_safe(statement.said.text))
    paragraph.add_run(f" ({_name(statement.said)})").italic = True
    support = words("draft.support", n=words.count("fragment", len(statement.support)),
                    sessions=inputs.place_sessions(statement.n_sessions))  # fmt: skip
    _comment(document, run, f"{support}\n{words('draft.ids', ids=', '.join(statement.support))}")
    further = [*(("", said) for said in statement.quotes)]
    further += [(words(key), said) for key, said in (("draft.against", statement.against),
                                                     ("draft.answer", statement.answer)) if said]  # fmt: skip
    for lead, said in further:
        quote = document.add_paragraph(style="Quote")
        if lead:
            quote.add_run(f"{lead}: ").bold = True
        run = quote.add_run(f"“{_safe(strip_quotes(said.text))}”")
        quote.add_run(f" ({_name(said)})").italic = False
        _comment(document, run, words("draft.ids", ids=said.fragment_id))
    document.add_paragraph(style="List Continue").add_run(f"{words('draft.write')} …").italic = True


def _comment(document: "Document", run: "Run", text: str) -> None:
    comment = document.add_comment(run, text=_safe(text), author=AUTHOR, initials=INITIALS)
    # Word wants a moment; that of the run would differ every time.
    comment._comment_elm.date = datetime(MOMENT.year, MOMENT.month, MOMENT.day, tzinfo=UTC)


def _name(said: Said) -> str:
    """Name who said it; a hyphen within a name ends no line."""
    return _safe(said.who).replace("-", "\u2011")


def _safe(text: str) -> str:
    return remove_control_signs(text)


def strip_quotes(text: str) -> str:
    """Take away quotation marks around words that get some again.

    >>> strip_quotes("“Zij kent de hond.”")
    'Zij kent de hond.'
    """
    return text.strip("“”\"'‘’ ") if text[:1] in "“\"'‘" and text[-1:] in "”\"'’" else text


def introduce(draft: Draft, words: Words) -> list[str]:
    """Say what the draft is, in whose themes it is written, and what is left to do."""
    key = "draft.by_machine" if is_machine(draft.coder) else "draft.by_person"
    n = sum(1 for _ in draft.statements())
    return [words("draft.what", n=words.number(n)), words(key, coder=name_in_sentence(draft.coder, words)),
            words("draft.todo")]  # fmt: skip


def count_theme(theme: DraftTheme, inputs: ReportInputs) -> str:
    """Say how many fragments a theme has, and how many have no polarity or are neutral."""
    words, n = inputs.words, inputs.words.count("fragment", theme.n_fragments)
    said = words("draft.counts", n=n, sessions=inputs.place_sessions(theme.n_sessions))
    unknown, neither = (words.number(n) for n in (theme.n_unknown, theme.n_neutral))
    said += f" {words('draft.unknown', n=unknown)}" if theme.n_unknown else ""
    return said + (f" {words('draft.neutral', n=neither)}" if theme.n_neutral else "")


def name_part(polarity: Polarity, n: int, words: Words) -> str:
    """Name the kansen or the knelpunten of a theme, with their number."""
    return words("document.kansen" if polarity == Polarity.KANS else "document.knelpunten", n=words.number(n))


def name_unshown(part: DraftPart, words: Words) -> str:
    """Name the sub-headings that have no statement in the draft, with their fragments."""
    named = [f"{name_heading(name, words)} ({words.count('fragment', n)})" for name, n in part.unshown]
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

    def show(said: Said) -> dict[str, str]:
        return {"text": said.text, "quote": strip_quotes(said.text), "who": said.who, "id": said.fragment_id,
                "link": link(open=said.fragment_id)}  # fmt: skip

    return render(
        "draft.html",
        inputs,
        {"study": study_name(inputs), "draft": draft, "introduction": introduce(draft, words), "show": show,
         "name_part": lambda part: name_part(part.polarity, part.n_fragments, words),
         "name_unshown": lambda part: name_unshown(part, words),
         "name_heading": lambda heading: name_heading(heading.name, words),
         "count_theme": lambda theme: count_theme(theme, inputs), "place_sessions": inputs.place_sessions},
    )  # fmt: skip
