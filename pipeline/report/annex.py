"""The annex: everything that was found and how, behind the four pages of the report."""

from typing import Any

from pipeline.report.inputs import Material
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


def render_annex(material: Material) -> bytes:
    """Render the annex as one self-contained page in UTF-8."""
    return render("annex.html", material, _gather(material))


def _gather(material: Material) -> dict[str, Any]:
    words = material.words
    notices, hidden = notice_rows(material)
    return {
        "sections": SECTIONS,
        "study": study_name(material),
        "invented": material.config.study.invented,
        "facts": list_facts(material),
        "findings": list_findings(material),
        "warnings": list_warnings(material),
        "n_used": len(material.used),
        "sizes": size_rows(material),
        "themes": describe_themes(material),
        "map": draw_topic_map(material),
        "decided": describe_decisions(material),
        "hats": hat_rows(material),
        "hat_sources": count_hat_sources(material),
        "tones": [(str(tone), words.short(tone)) for tone in TONES],
        "conflicts": list_conflicts(material),
        "leans": [(lean, name_lean(lean, words)) for lean in LEANS],
        "lean_tables": lean_tables(material),
        "questions": describe_questions(material),
        "comparisons": compare_themes(material),
        "agreements": describe_agreement(material),
        "diagnoses": describe_diagnosis(material),
        "coders": material.human_coders,
        "statuses": status_rows(material),
        "matches": match_rows(material),
        "notices": notices,
        "n_hidden_notices": hidden,
        "method": write_method(material),
        "manifest": write_manifest(material),
    }
