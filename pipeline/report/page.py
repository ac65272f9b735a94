"""Tables in, the bytes of the report files out; no file is written and no clock is read.

``report.html`` is what may be sent on: a few pages. All else is in ``annex.html`` and ``report.xlsx``.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.core.config import Config
from pipeline.core.process import Beside
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    BOTH_POLARITIES,
    DECIDED_CODER,
    INDUCTIVE_CODER,
    SYNTHESIS_CODER,
    UNKNOWN,
    Hat,
    Polarity,
    Scheme,
    is_machine,
)
from pipeline.corpus.understanding import is_set_aside
from pipeline.report.certainty import (
    certainty_groups,
    describe_certainty,
    describe_topics,
    name_in_sentence,
    warn_of_topics,
)
from pipeline.report.charts import draw_hat
from pipeline.report.explorer import EXPLORER, build_explorer, hash_inline, link
from pipeline.report.inputs import Quote, ReportInputs, count_values
from pipeline.report.sections.agreement import describe_agreement, link_comparison
from pipeline.report.sections.coded_themes import (
    CodedTheme,
    Spread,
    choose_coder,
    count_sessions,
    lean_coder,
    list_themes,
    looked_at,
)
from pipeline.report.sections.decisions import describe_decisions
from pipeline.report.sections.diagnosis import describe_diagnosis
from pipeline.report.sections.hats import (
    LEANS,
    TONES,
    count_hat_sources,
    count_leans,
    draw_leans,
    hat_rows,
    lean_tables,
    list_conflicts,
    name_lean,
)
from pipeline.report.sections.head import (
    Finding,
    describe_speakers,
    describe_tone,
    describe_who_else,
    is_one_document,
    list_facts,
    list_findings,
    list_page_warnings,
    match_rows,
    name_source,
    notice_rows,
    status_rows,
    study_name,
)
from pipeline.report.sections.method import write_manifest, write_method
from pipeline.report.sections.questions import describe_questions
from pipeline.report.sections.theme_profiles import compare_themes
from pipeline.report.sections.themes import describe_themes, draw_topic_map, size_rows
from pipeline.report.words import Words
from pipeline.report.workbook import render_workbook

PAGE = "report.html"
ANNEX = "annex.html"
WORKBOOK = "report.xlsx"
MOST_THEMES = 12
"""Themes with quotes on the page; smaller ones are in the annex."""
N_NAMED = 3
FIRST_WORDS = 8
ANNEX_SECTIONS = (
    "themes", "map", "decisions", "hats", "polarity", "questions", "against", "agreement", "diagnosis", "left_out",
    "method", "manifest",
)  # fmt: skip


def load() -> None:
    """Load the templates and the library that `build` needs, ahead of it."""
    import xlsxwriter  # noqa: F401

    for name in ("page.html", "annex.html"):
        compile_template(name)


def build(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], config: Config) -> dict[str, bytes]:
    """Build the report of a study in the language of its configuration.

    Args:
        tables: tables by name; an absent table counts as an empty one.
        described: what the results were made from: study, versions, models, settings, hash of the code.
        config: all settings; ``study`` and ``report`` are read.

    Returns:
        ``report.html``, ``annex.html``, ``report.xlsx`` and ``explorer.html``; the same bytes for the same tables,
        description and settings.
    """
    inputs = ReportInputs(tables, described, config, Words(config.study.language))
    workbook = Beside(partial(render_workbook, inputs))
    page, annex = render_page(inputs), render_annex(inputs)
    explorer = build_explorer(tables, described, config)
    return {PAGE: page, ANNEX: annex, WORKBOOK: workbook.finish(), EXPLORER: explorer}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """A quote with what it shows."""

    lean: str
    says: str
    quote: Quote
    where: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """First words of a remark that shows a theme best and is quoted under another one."""

    text: str
    theme: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTheme:
    """A theme as the page shows it."""

    name: str
    definition: str
    counts: str
    leans: Markup
    n: int
    n_sessions: int
    quotes: tuple[ShownQuote, ...]
    elsewhere: tuple[Elsewhere, ...]
    link: str


def render_page(inputs: ReportInputs) -> bytes:
    """Render the four pages as one self-contained page in UTF-8."""
    words = inputs.words
    themes = list_themes(inputs)
    shown = _show_themes(inputs, themes[:MOST_THEMES])
    groups, axis = certainty_groups(inputs)
    coder = choose_coder(inputs)
    return render(
        "page.html",
        inputs,
        {
            "study": study_name(inputs),
            "invented": inputs.config.study.invented,
            "question": inputs.config.study.question,
            "asked": _describe_asked(inputs),
            "facts": list_facts(inputs, len(themes)),
            "findings": list_page_findings(inputs, themes),
            "warnings": list_page_warnings(inputs),
            "themes": shown,
            "n_further": max(len(themes) - MOST_THEMES, 0),
            "whose": describe_whose(inputs),
            "by_machine": is_machine(coder),
            "leans": _list_leans(themes, words),
            "hats": hat_rows(inputs),
            "tones": [(str(tone), words.short(tone)) for tone in TONES],
            "topics": "" if warn_of_topics(inputs) else describe_topics(inputs),
            "one_document": is_one_document(inputs),
            "groups": groups,
            "axis": axis,
            "link_comparison": link_comparison,
            "found_again": inputs.finds_headings_again,
            "method": list(_method(inputs)),
            "sessions_name": words(f"fact.{inputs.session_noun}", n=0),
            "files": {"annex": ANNEX, "workbook": WORKBOOK, "explorer": EXPLORER},
        },
    )


def _show_themes(inputs: ReportInputs, themes: list[CodedTheme]) -> list[ShownTheme]:
    """Give each theme two quotes, a kans and a knelpunt where it has both, spread over the whole page."""
    spread, words = Spread(inputs), inputs.words
    shown = []
    shown_under: dict[str, str] = {}
    for theme in themes:
        chosen: list[tuple[str, str]] = []
        for polarity in Polarity:
            chosen += [(str(polarity), fragment) for fragment in spread.choose(theme.leaning(polarity), 1)]
        missing = 2 - len(chosen)
        others = [fragment for fragment in theme.members if fragment not in {f for _, f in chosen}]
        chosen += [(theme.lean(fragment), fragment) for fragment in spread.choose(others, missing)]
        elsewhere = _find_elsewhere(inputs, theme, shown_under)
        shown_under |= {inputs.text(fragment): theme.name for _, fragment in chosen}
        sessions = count_sessions(inputs, theme.members)
        counts = count_leans(map(theme.lean, theme.members))
        shown.append(
            ShownTheme(
                name=theme.name,
                definition=theme.definition,
                counts=_count(inputs, theme, sessions),
                leans=draw_leans(counts, words, theme.name, lean_coder(inputs, theme.coder), _theme_filter(theme)),
                n=len(theme.members),
                n_sessions=sessions,
                quotes=tuple(_show_quote(inputs, lean, fragment) for lean, fragment in chosen),
                elsewhere=elsewhere,
                link=link(**_theme_filter(theme)),
            )
        )  # fmt: skip
    return shown


def _find_elsewhere(inputs: ReportInputs, theme: CodedTheme, shown_under: Mapping[str, str]) -> tuple[Elsewhere, ...]:
    """Name the remarks that show a theme best and are quoted under an earlier one: they stand on the page once."""
    best = dict.fromkeys(fragment for polarity in Polarity for fragment in theme.leaning(polarity)[:1])
    return tuple(
        Elsewhere(text=_shorten(text), theme=shown_under[text], link=link(open=fragment))
        for fragment in best
        if (text := inputs.text(fragment)) in shown_under
    )


def _shorten(text: str) -> str:
    """Give the first words of a quote.

    >>> _shorten("De bus komt niet meer na zes uur in de avond, en dan?")
    'De bus komt niet meer na zes uur …'
    """
    words = text.split()
    return text if len(words) <= FIRST_WORDS else f"{' '.join(words[:FIRST_WORDS])} …"


def _count(inputs: ReportInputs, theme: CodedTheme, n_sessions: int) -> str:
    n = inputs.words.count("fragment", len(theme.members))
    if is_one_document(inputs):
        return f"{n}."
    return inputs.words("page.theme_counts", n=n, sessions=inputs.place_sessions(n_sessions))


def _theme_filter(theme: CodedTheme) -> dict[str, str | tuple[str, ...]]:
    """Choose the fragments of a theme in the explorer: all codes of a person, the first of a machine."""
    if theme.coder in (DECIDED_CODER, INDUCTIVE_CODER):
        return {"theme": theme.code}
    if is_machine(theme.coder):
        return {"first": (theme.coder, str(Scheme.THEME), theme.code)}
    return {f"{theme.coder}.{Scheme.THEME}": theme.code}


def _show_quote(inputs: ReportInputs, lean: str, fragment: str) -> ShownQuote:
    quote = inputs.quote(fragment)
    return ShownQuote(
        lean=lean,
        says=name_lean(lean, inputs.words),
        quote=quote,
        where=name_source(inputs, fragment),
        link=link(open=fragment),
    )


def _describe_asked(inputs: ReportInputs) -> str:
    """Say where, when and with whom was spoken, as far as the notes tell."""
    words, sessions = inputs.words, inputs.table("sessions")
    if is_one_document(inputs):
        return words("page.asked_document", n=words.count("fragment", len(inputs.used)))
    place = inputs.place_sessions(len(sessions))
    sentences = [words("page.asked", sessions=place[:1].upper() + place[1:], when=_describe_dates(inputs),
                  speakers=describe_speakers(inputs), n=inputs.n_speakers)]  # fmt: skip
    provinces = list(dict.fromkeys(str(p) for p in sessions["province"].dropna() if str(p)))
    if provinces:
        sentences.append(words("page.asked_where", where=words.join(provinces)))
    sentences += describe_who_else(inputs)
    if any(hat in inputs.used["hat_given"].dropna().unique() for hat in Hat):
        sentences.append(words("page.asked_hats"))
    return " ".join(sentences)


def _describe_dates(inputs: ReportInputs) -> str:
    words = inputs.words
    days = sorted(found for each in inputs.table("sessions")["date"].dropna() if (found := _read_date(str(each))))
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return words("page.on", day=_write_date(first, words))
    return words("page.between", first=_write_date(first, words, year=first.year != last.year),
                 last=_write_date(last, words))  # fmt: skip


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _write_date(day: date, words: Words, *, year: bool = True) -> str:
    text = f"{day.day} {words(f'month.{day.month:02d}')}"
    return f"{text} {day.year}" if year else text


def list_page_findings(inputs: ReportInputs, themes: list[CodedTheme]) -> list[Finding]:
    """Say what was found in four short pieces: themes, kans and knelpunt, tone, and how sure it is."""
    words = inputs.words
    found = [Finding(title=words("finding.themes"), text=_describe_largest(inputs, themes))]
    if leans := _describe_leans(themes, words):
        found.append(Finding(title=words("finding.kans"), text=leans))
    if tone := describe_tone(inputs):
        found.append(Finding(title=words("finding.hats"), text=tone))
    found.append(Finding(title=words("finding.certain"), text=" ".join(describe_certainty(inputs))))
    return found


def _describe_largest(inputs: ReportInputs, themes: list[CodedTheme]) -> str:
    words, coder = inputs.words, themes[0].coder if themes else ""
    seen = looked_at(inputs, coder)
    total = len(seen)
    if not themes or not total:
        return words("no_themes")
    if len(themes) == 1:
        return words("finding.undivided", n=words.count("fragment", total))
    named = [
        words("page.named", name=theme.name, share=words.percent(len(seen.intersection(theme.members)) / total))
        for theme in themes[:N_NAMED]
    ]
    given = [set(theme.members) for theme in themes]
    key = "page.largest_structure" if coder == SYNTHESIS_CODER else "page.largest_seen"
    return words(
        key if total < len(inputs.used) else "page.largest",
        named=words.join(named),
        coder=name_in_sentence(coder, words),
        n=words.number(len(themes)),
        total=words.number(total),
        several=words("page.several") if sum(map(len, given)) > len(set().union(*given)) else "",
    )


def _describe_leans(themes: list[CodedTheme], words: Words) -> str:
    """Say how many fragments are kans and knelpunt, and which themes have most of each."""
    leans = {fragment: theme.lean(fragment) for theme in themes for fragment in theme.members}
    if set(leans.values()) <= {UNKNOWN}:
        return ""
    counts = dict(zip(LEANS, count_leans(leans.values()), strict=True))
    kans, knelpunt = (counts[polarity] + counts[BOTH_POLARITIES] for polarity in Polarity)
    n_both = counts[BOTH_POLARITIES]
    both = words("page.leans_both", n=words.number(n_both)) if n_both else words("page.leans_none")
    text = words("page.leans", n=words.count("fragment", len(leans)), kans=words.number(kans),
                 knelpunt=words.number(knelpunt), both=both)  # fmt: skip
    leaning = [theme for theme in themes if len(theme.members) >= 10 and theme.leaning(Polarity.KANS)]
    if len(leaning) < 2:
        return text
    share = {theme.name: _kans_share(theme) for theme in leaning}
    most, least = max(share, key=lambda name: share[name]), min(share, key=lambda name: share[name])
    if share[most] == share[least]:
        return text
    return f"{text} {words('page.leans_most', most=most, least=least)}"


def _list_leans(themes: list[CodedTheme], words: Words) -> list[tuple[str, str]]:
    """List style and name of the parts of the bars; what no theme has is left out."""
    found = {*Polarity, *(theme.lean(fragment) for theme in themes for fragment in theme.members)}
    return [(lean, name_lean(lean, words)) for lean in LEANS if lean in found]


def _kans_share(theme: CodedTheme) -> float:
    kans, knelpunt = (len(theme.leaning(polarity)) for polarity in Polarity)
    return kans / max(kans + knelpunt, 1)


def describe_whose(inputs: ReportInputs) -> str:
    """Say whose themes, kansen and knelpunten are shown, and how much people settled together."""
    words, coder = inputs.words, choose_coder(inputs)
    if coder == SYNTHESIS_CODER:
        return words("page.whose_structure")
    if is_machine(coder):
        return words("page.whose_machine", coder=name_in_sentence(coder, words))
    by, settled = lean_coder(inputs, coder), words.count("fragment", len(looked_at(inputs, ADJUDICATED_CODER)))
    what = words("page.whose_all" if by == coder else "page.whose_themes")
    key = "page.whose_settled" if coder == ADJUDICATED_CODER else "page.whose"
    sentences = [words(key, what=what, coder=name_in_sentence(coder, words), n=settled)]
    if by != coder:
        key = "page.leans_settled" if by == ADJUDICATED_CODER else "page.leans_whose"
        sentences.append(words(key, coder=name_in_sentence(by, words)))
    if coder != ADJUDICATED_CODER and looked_at(inputs, ADJUDICATED_CODER):
        sentences.append(words("page.settled_few", n=settled))
    return " ".join(sentences)


def _method(inputs: ReportInputs) -> Iterator[str]:
    """Say in a few sentences a step how it was done; the annex says the rest."""
    words, max_words = inputs.words, inputs.config.fragments.max_words
    read = words("page.method_read_document" if inputs.is_report else "page.method_read", max_words=max_words)
    key = "page.method_fragments" if inputs.n_set_aside else "page.method_fragments_all"
    why = count_values(inputs.fragments.loc[is_set_aside(inputs.fragments["status"]), "status"])
    used = words(key, used=words.number(len(inputs.used)), aside=words.count("remark", inputs.n_set_aside),
                 why=words.join([words(f"status.{status}") for status in why]))  # fmt: skip
    yield f"{read} {used}"
    if inputs.has_structure_only:
        yield words("page.method_structure")
    elif inputs.human_coders:
        key = "page.method_people" if len(inputs.human_coders) == 1 else "page.method_people_many"
        yield words(key, coders=words.join([name_in_sentence(c, words) for c in inputs.human_coders]))
    parts = words("page.method_parts_document" if inputs.is_report else "page.method_parts")
    yield words("page.method_machine", parts=parts)
    if inputs.human_coders:
        yield words("page.method_agreement", parts=parts)
    encoder = inputs.described.get("models", {}).get("embeddings", words("unknown"))
    yield words("page.method_private", encoder=words("page.bundled") if encoder == "bundled" else encoder)


def render_annex(inputs: ReportInputs) -> bytes:
    """Render the annex as one self-contained page in UTF-8."""
    words = inputs.words
    notices, hidden = notice_rows(inputs)
    values = {
        "sections": ANNEX_SECTIONS,
        "study": study_name(inputs),
        "invented": inputs.config.study.invented,
        "facts": list_facts(inputs),
        "findings": list_findings(inputs),
        "warnings": list_page_warnings(inputs),
        "n_used": len(inputs.used),
        "sizes": size_rows(inputs),
        "themes": describe_themes(inputs),
        "map": draw_topic_map(inputs),
        "decided": describe_decisions(inputs),
        "changes": inputs.described.get("changes", ()),
        "hats": hat_rows(inputs),
        "hat_sources": count_hat_sources(inputs),
        "tones": [(str(tone), words.short(tone)) for tone in TONES],
        "conflicts": list_conflicts(inputs),
        "leans": [(lean, name_lean(lean, words)) for lean in LEANS],
        "lean_tables": lean_tables(inputs),
        "questions": describe_questions(inputs),
        "comparisons": compare_themes(inputs),
        "agreements": describe_agreement(inputs),
        "diagnoses": describe_diagnosis(inputs),
        "coders": inputs.human_coders,
        "statuses": status_rows(inputs),
        "matches": match_rows(inputs),
        "notices": notices,
        "n_hidden_notices": hidden,
        "method": write_method(inputs),
        "manifest": write_manifest(inputs),
    }
    return render("annex.html", inputs, values)


FOLDER = Path(__file__).parent


def render(template: str, inputs: ReportInputs, values: Mapping[str, Any]) -> bytes:
    """Render a page in UTF-8.

    Args:
        template: name of a file in this folder.
        inputs: the study.
        values: what the template shows, beside what every page has: words, numbers, hats, style and script.
    """
    words = inputs.words
    common = {
        "t": words, "percent": words.percent, "number": words.number, "figure": words.figure, "count": words.count,
        "short": words.short, "name": words.label, "draw_hat": draw_hat, "explore": link,
        "language": words.language, "style": _read("style.css"), "script": _read("page.js"),
        "script_hash": hash_inline(_read("page.js")),
    }  # fmt: skip
    return compile_template(template).render(**common, **values).encode()


@cache
def _read(name: str) -> Markup:
    return Markup((FOLDER / name).read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    # Beside what Python compiles of the modules here, and where it does so.
    compiled = FOLDER / "__pycache__"
    kept = compiled.is_dir() and os.access(compiled, os.W_OK) and not sys.dont_write_bytecode
    return Environment(
        bytecode_cache=FileSystemBytecodeCache(str(compiled)) if kept else None,
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def compile_template(name: str) -> Template:
    """Compile a template of this folder, once a process."""
    return _environment().get_template(name)
