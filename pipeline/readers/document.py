"""What a document of a word processor, a page or a site comes down to: paragraphs, tables, notes, with their place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pipeline.outputs import Notice

BULLET = "-"


@dataclass(frozen=True, slots=True)
class Paragraph:
    r"""A paragraph.

    Attributes:
        text: what it says, with ``\n`` where a line was broken inside it.
        place: label of its place, as in `reading.Place`.
        heading: depth as a heading, from 1; 0 for any other paragraph.
        item: its mark as an item of a list: ``-``, or its number as printed, ``3.``; empty for any other paragraph.
        is_bold: all of it is set in bold.
        is_title: it is the title of the document.
    """

    text: str
    place: str
    heading: int = 0
    item: str = ""
    is_bold: bool = False
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        blocks: what stands in it.
        span: columns that it takes.
        goes_on: it is merged with the cell above it.
    """

    blocks: tuple["Block", ...] = ()
    span: int = 1
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, row by row."""

    rows: tuple[tuple[Cell, ...], ...]


Block: TypeAlias = Paragraph | Table


@dataclass(slots=True)
class Document:
    """All of a document.

    Attributes:
        blocks: its paragraphs and tables, in reading order.
        notes: its footnotes and endnotes, in order.
        left_out: what stands in the file and is not text of the document, with how often it was met.
    """

    blocks: list[Block] = field(default_factory=list)
    notes: list[Paragraph] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def notices(self, name: str) -> tuple[Notice, ...]:
        """Say what was left out, and what was taken as accepted.

        >>> Document(left_out=Counter({"comments are left out": 2})).notices("a.docx")[0].message
        '2 comments are left out'
        """
        return tuple(Notice(name, f"{count} {what}") for what, count in sorted(self.left_out.items()) if count)


def flow(blocks: Sequence[Block]) -> list[Paragraph]:
    """Give all paragraphs in order, those in tables cell by cell."""
    found: list[Paragraph] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            found.append(block)
        else:
            for row in block.rows:
                for cell in row:
                    found += flow(cell.blocks)
    return found


def split_paragraph(paragraph: Paragraph) -> list[Paragraph]:
    """Split a paragraph where a line was broken inside it; empty lines fall away."""
    return [replace(paragraph, text=line.strip()) for line in paragraph.text.split("\n") if line.strip()]
