"""Workbooks of a few rows."""

from pathlib import Path

import openpyxl


def write_book(path: Path, /, **sheets: list[tuple]) -> Path:
    """Write sheets of rows; an underscore in the title of one stands for a blank."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
