"""The working paper as DOCX: headings, quotes and tables in named styles, so that it can be pasted into a paper."""

import io
import re
from typing import TYPE_CHECKING

from pipeline.core.office import MOMENT, fix_moments
from pipeline.report.document import Grid, Heading, Prose, Quotation, write_document
from pipeline.report.inputs import ReportInputs
from pipeline.report.sections.head import study_name

if TYPE_CHECKING:
    from docx.document import Document

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def export_document(inputs: ReportInputs) -> bytes:
    """Give the bytes of the working paper; the same for the same tables."""
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.title, properties.author = remove_control_signs(study_name(inputs)), "dialoogtafel"
    properties.comments, properties.language = "", inputs.words.language
    properties.created = properties.modified = MOMENT
    n_tables = 0
    for block in write_document(inputs):
        if isinstance(block, Heading):
            document.add_heading(remove_control_signs(block.text), block.level)
        elif isinstance(block, Prose):
            paragraph = document.add_paragraph()
            if block.lead:
                paragraph.add_run(remove_control_signs(block.lead)).bold = True
            paragraph.add_run(remove_control_signs(block.text))
        elif isinstance(block, Quotation):
            paragraph = document.add_paragraph(style="Quote")
            paragraph.add_run(f"“{remove_control_signs(block.text)}”")
            paragraph.add_run(f" ({remove_control_signs(block.place)})").italic = False
        else:
            n_tables += 1
            _add_grid(document, block, n_tables, inputs)
    stream = io.BytesIO()
    document.save(stream)
    return fix_moments(stream.getvalue())


def remove_control_signs(text: str) -> str:
    """Replace signs that no XML may hold, and so no document of Word."""
    return _CONTROL.sub("\ufffd", text)


def _add_grid(document: "Document", grid: Grid, number: int, inputs: ReportInputs) -> None:
    label = "Tabel" if inputs.words.language == "nl" else "Table"
    document.add_paragraph(remove_control_signs(f"{label} {number}. {grid.caption}"), style="Caption")
    table = document.add_table(rows=1, cols=len(grid.head), style="Light List Accent 1")
    for row, cells in ((table.rows[0], grid.head), *((table.add_row(), cells) for cells in grid.rows)):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = remove_control_signs(text)
    document.add_paragraph()
