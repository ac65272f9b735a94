"""The page: sections put into one template, with its style and its few lines of script inside."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.report.agreement_section import describe_agreement
from pipeline.report.decisions_section import describe_decisions
from pipeline.report.diagnosis_section import describe_diagnosis
from pipeline.report.exclusions import match_rows, notice_rows, status_rows
from pipeline.report.figures import draw_hat
from pipeline.report.hats import TONES, count_hat_sources, hat_rows, list_conflicts
from pipeline.report.head import list_facts, list_findings, list_warnings, study_name
from pipeline.report.material import Material
from pipeline.report.method import write_manifest, write_method
from pipeline.report.polarity import LEANS, lean_tables, name_lean
from pipeline.report.question_section import describe_questions
from pipeline.report.themes import describe_themes, draw_topic_map, size_rows
from pipeline.report.themes_against_codes import compare_themes
from pipeline.report.words import Words

FOLDER = Path(__file__).parent
SECTIONS = (
    "themes", "map", "decisions", "hats", "polarity", "questions", "against", "agreement", "diagnosis", "left_out",
    "method", "manifest",
)  # fmt: skip


def render_page(material: Material) -> bytes:
    """Render the report as one self-contained page in UTF-8."""
    return _template().render(**_speak(material.words), **_gather(material)).encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _speak(words: Words) -> dict[str, Any]:
    return {
        "t": words, "percent": words.percent, "number": words.number, "figure": words.figure,
        "count": words.count, "short": words.short, "name": words.label, "draw_hat": draw_hat,
    }  # fmt: skip


def _gather(material: Material) -> dict[str, Any]:
    words = material.words
    notices, hidden = notice_rows(material)
    return {
        "language": words.language,
        "style": Markup((FOLDER / "style.css").read_text(encoding="utf-8")),
        "script": Markup((FOLDER / "page.js").read_text(encoding="utf-8")),
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
