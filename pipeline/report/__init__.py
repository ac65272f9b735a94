"""The report of a study: four pages, an annex and a workbook, made from the tables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Whoever needs the words alone starts without pandas.
    import pandas as pd

    from pipeline.core.config import Config

__all__ = ["build"]


def build(tables: "Mapping[str, pd.DataFrame]", described: Mapping[str, Any], config: "Config") -> dict[str, bytes]:
    """Build the files of the report by name; see ``pipeline.report.page.build``."""
    from pipeline.report import page

    return page.build(tables, described, config)
