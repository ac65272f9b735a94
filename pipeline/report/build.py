"""Tables in, the bytes of the two report files out; no file is written and no clock is read."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.report.material import Material
from pipeline.report.page import render_page
from pipeline.report.words import Words
from pipeline.report.workbook import render_workbook

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
