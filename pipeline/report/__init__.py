"""The report of a study: one self-contained page and one workbook, made from the tables."""

from pipeline.report.page import build

__all__ = ["build"]
