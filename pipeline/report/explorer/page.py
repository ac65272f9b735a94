"""Puts the explorer together: data, script and style in one file that needs no network and no server."""

import base64
import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.config import Config
from pipeline.core.vocabulary import LANGUAGES
from pipeline.report.explorer.data import gather
from pipeline.report.words import read_words as read_report_words

EXPLORER = "explorer.html"
FOLDER = Path(__file__).parent

# The data is no script: a block of another type is never run, and "<" cannot end it.
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; \
script-src '{script_hash}'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="app"><header class="bar"><h1>{study}</h1></header><p class="wait">{wait}</p></div>
<noscript><p class="wait">{noscript}</p></noscript>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def build_explorer(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], config: Config) -> bytes:
    """Build the explorer of a study.

    Args:
        tables: tables by name; an absent table counts as an empty one.
        described: what the results were made from; only ``study`` is read, the name of the study.
        config: all settings; ``study`` and ``pseudonyms`` are read.

    Returns:
        ``explorer.html`` in UTF-8; the same bytes for the same tables and settings.
    """
    words, language = read_words(), config.study.language
    data = gather(tables, described, config) | {"words": words}
    style, script = _read("explorer.css"), _read("explorer.js")
    place = LANGUAGES.index(language)
    page = _PAGE.format(
        language=language,
        title=escape(f"{data['study']} · {words['page.kind'][place]}"),
        study=escape(str(data["study"])),
        wait=escape(words["page.wait"][place]),
        noscript=escape(words["page.noscript"][place]),
        style=style,
        script=script,
        style_hash=hash_inline(style),
        script_hash=hash_inline(script),
        data=_embed(data),
    )
    return page.encode()


@cache
def read_words() -> dict[str, list[str]]:
    """Give every text of the page by key, in the order of ``LANGUAGES``; coders bear the names of the report."""
    found: dict[str, list[str]] = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    coders = {key: list(texts) for key, texts in read_report_words().items() if key.startswith("coder.")}
    return found | coders


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def hash_inline(text: str) -> str:
    """Hash an inline element as a content security policy asks.

    >>> hash_inline("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _embed(data: Mapping[str, Any]) -> str:
    r"""Write data as JSON that can stand inside an HTML element, whatever it holds.

    >>> _embed({"a": "</script><!--&"})
    '{"a":"\\u003c/script>\\u003c!--&"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
