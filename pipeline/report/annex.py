"""The annex: everything that was found and how, behind the four pages of the report."""

from typing import Any

from pipeline.report.inputs import ReportInputs
from pipeline.report.rendering import render
from pipeline.report.sections.agreement import describe_agreement
from pipeline.report.sections.decisions import describe_decisions
from pipeline.report.sections.diagnosis import describe_diagnosis
from pipeline.report.sections.exclusions import match_rows, notice_rows, status_rows
from pipeline.report.sections.hats import (
    LEANS,
    TONES,
    count_hat_sources,
    hat_rows,
    lean_tables,
    list_conflicts,
    name_lean,
)
from pipeline.report.sections.head import list_facts, list_findings, list_warnings, study_name
from pipeline.report.sections.method import write_manifest, write_method
from pipeline.report.sections.questions import describe_questions
from pipeline.report.sections.theme_codes import compare_themes
from pipeline.report.sections.themes import describe_themes, draw_topic_map, size_rows

SECTIONS = (
    "themes", "map", "decisions", "hats", "polarity", "questions", "against", "agreement", "diagnosis", "left_out",
    "method", "manifest",
)  # fmt: skip


def render_annex(inputs: ReportInputs) -> bytes:
    """Render the annex as one self-contained page in UTF-8."""
    return render("annex.html", inputs, _gather(inputs))


def _gather(inputs: ReportInputs) -> dict[str, Any]:
    words = inputs.words
    notices, hidden = notice_rows(inputs)
    return {
        "sections": SECTIONS,
        "study": study_name(inputs),
        "invented": inputs.config.study.invented,
        "facts": list_facts(inputs),
        "findings": list_findings(inputs),
        "warnings": list_warnings(inputs),
        "n_used": len(inputs.used),
        "sizes": size_rows(inputs),
        "themes": describe_themes(inputs),
        "map": draw_topic_map(inputs),
        "decided": describe_decisions(inputs),
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
