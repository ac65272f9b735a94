"""Tables in, the bytes of the two report files out; no file is written and no clock is read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.core.config import Config
from pipeline.report.charts import draw_hat
from pipeline.report.inputs import Material
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
from pipeline.report.words import Words
from pipeline.report.workbook import render_workbook

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


PAGE = "report.html"
WORKBOOK = "report.xlsx"


def build(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], config: Config) -> dict[str, bytes]:
    """Build the report of a study in the language of its configuration.

    Args:
        tables: tables by name; an absent table counts as an empty one.
        described: what the results were made from: study, versions, models, settings, hash of the code.
        config: all settings; ``study`` and ``report`` are read.

    Returns:
        ``report.html`` and ``report.xlsx``; the same bytes for the same tables, description and settings.
    """
    material = Material(tables, described, config, Words(config.study.language))
    return {PAGE: render_page(material), WORKBOOK: render_workbook(material)}
