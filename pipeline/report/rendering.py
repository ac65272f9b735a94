"""Pages from templates: compiled once, self-contained, escaped."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.report.charts import draw_hat
from pipeline.report.explorer import hash_inline, link
from pipeline.report.inputs import ReportInputs

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
