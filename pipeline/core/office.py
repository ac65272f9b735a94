"""What writers of office files and of CSV share: no text is run as a formula, the same input gives the same bytes.

A text that begins with a sign such as ``=`` is run when a spreadsheet program opens it. In XLSX its cell is marked as
text; in CSV, which knows no types, an apostrophe is put before it, and taken off again when it is read here.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell import Cell, WriteOnlyCell

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run as a formula when a spreadsheet program opens it."""

MAX_CHARACTERS = 32_767
"""Characters that a cell of XLSX holds."""

MOMENT = datetime(2000, 1, 1)
"""Office programs want a moment of making; that of the run would differ every time."""

_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_HARMLESS = re.compile(r"[+-]?(?:\d[\d.,]*(?:e[+-]?\d+)?)?", re.IGNORECASE)
_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet program would run a text; a number, or a lone sign, it would not.

    >>> is_formula("=1+1"), is_formula("- de bus"), is_formula("-5"), is_formula("-")
    (True, True, False, False)
    """
    return text.startswith(FORMULA_SIGNS) and not _HARMLESS.fullmatch(text)


def guard_formula(text: str) -> str:
    """Put an apostrophe before a text that would be run as a formula: the guard of every CSV that is written.

    >>> guard_formula("=SUM(A1)"), guard_formula("de bus")
    ("'=SUM(A1)", 'de bus')
    """
    return f"'{text}" if is_formula(text) else text


def unguard_formula(text: str) -> str:
    """Take off what `guard_formula` put before a text.

    >>> unguard_formula(guard_formula("- de bus")), unguard_formula("'s avonds")
    ('- de bus', "'s avonds")
    """
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def render_csv(rows: Iterable[Sequence[object]]) -> str:
    r"""Render rows as CSV, separated by commas, with line feeds; no text of them is a formula.

    >>> render_csv([("a", "b"), ("=1", 2)])
    "a,b\n'=1,2\n"
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([guard_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return stream.getvalue()


def fill_cell(cell: "Cell | WriteOnlyCell", text: str) -> bool:
    """Write a text into a cell of XLSX, as a text whatever it begins with.

    Args:
        cell: a cell of openpyxl.
        text: characters that the format cannot hold are replaced, what it has no room for is cut with an ellipsis.

    Returns:
        Whether it was cut.
    """
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    held = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    is_cut = len(held) > MAX_CHARACTERS
    cell.value = held[: MAX_CHARACTERS - 1] + "…" if is_cut else held
    # Without its type a text that begins with '=' would be run; without the prefix editing would make it run.
    cell.data_type = "s"
    cell.quotePrefix = held.startswith(FORMULA_SIGNS)
    return is_cut


def pack_parts(parts: Mapping[str, bytes]) -> bytes:
    """Pack parts into a ZIP archive with fixed dates and rights, in the order in which they are given."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def fix_moments(content: bytes) -> bytes:
    """Pack an XLSX or DOCX file again with fixed dates: its library writes the time of saving in two places."""
    fixed = MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    if core in parts:
        parts[core] = _CHANGED.sub(rb"\g<1>" + fixed + rb"\g<2>", parts[core])
    return pack_parts(parts)
