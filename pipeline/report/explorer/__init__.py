"""The explorer: every fragment of a study with its codes on one page, to filter, read and decide; works offline.

Addresses within the page, for links from other pages and mails: `pipeline.report.explorer.address`.
"""

from pipeline.report.explorer.address import link
from pipeline.report.explorer.page import EXPLORER, build_explorer

__all__ = ["EXPLORER", "build_explorer", "link"]
