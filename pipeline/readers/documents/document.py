"""Short ways through XML, by local name: documents of one format write the same names in several namespaces."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, TypeAlias

from pipeline.core.errors import Notice

BULLET = "-"
COMMENTS = "comments are left out"
DELETIONS = "tracked deletions are left out, as if accepted"
INSERTIONS = "tracked insertions are read, as if accepted"
HIDDEN = "hidden passages are left out"
CONTENTS = "lines of a table of contents are left out"


def bold_lead(parts: Sequence[tuple[str, bool]]) -> str:
    """Give the words in bold at the beginning of a paragraph, where others follow.

    Args:
        parts: text of each part, and whether it is bold.

    >>> bold_lead([("Antoinette", True), (" de halte is weg", False)])
    'Antoinette'
    """
    bold = list(takewhile(lambda part: part[1] or not part[0].strip(), parts))
    return "".join(text for text, _ in bold).strip() if len(bold) < len(parts) else ""


def is_all_bold(parts: Sequence[tuple[str, bool]]) -> bool:
    """Tell whether all that shows of a paragraph is bold.

    Args:
        parts: see `bold_lead`.

    >>> is_all_bold([("Antoinette", True), (" ", False)]), is_all_bold([(" ", True)])
    (True, False)
    """
    shown = [is_bold for text, is_bold in parts if text.strip()]
    return bool(shown) and all(shown)


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
        lead: the words in bold with which it begins, where the rest is not bold.
        depth: how deep it lies in the list that it is an item of, from 0.
        colour: with which most of it is marked or else written, as six hexadecimal digits or an English word.
    """

    text: str
    place: str
    heading: int = 0
    item: str = ""
    is_bold: bool = False
    is_title: bool = False
    lead: str = ""
    depth: int = 0
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        blocks: what stands in it.
        span: columns that it takes.
        goes_on: it is merged with the cell above it.
        fill: the colour with which it is filled, as six hexadecimal digits.
    """

    blocks: tuple["Block", ...] = ()
    span: int = 1
    goes_on: bool = False
    fill: str = ""


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


@dataclass(slots=True)
class ParagraphParts:
    """What has been read of the paragraph at hand.

    Attributes:
        number: of the paragraph, from 1.
        parts: its text.
        boxes: what stands in text boxes beside it.
        page: where it begins.
        bold_parts: its text again, and whether it is bold.
        colours: colour to the number of characters that are marked with it.
    """

    number: int
    parts: list[str] = field(default_factory=list)
    boxes: list[Block] = field(default_factory=list)
    page: int | None = None
    bold_parts: list[tuple[str, bool]] = field(default_factory=list)
    colours: Counter[str] = field(default_factory=Counter)


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


MAX_NUMBER = 9_999
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def tag(element: Any) -> str:  # noqa: ANN401
    """Give the local name of an element; empty for what is none."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def children(element: Any | None, *names: str) -> Iterator[Any]:  # noqa: ANN401
    """Give the children with one of some local names; none of no element."""
    return (child for child in (() if element is None else element) if tag(child) in names)


def child(element: Any | None, *path: str) -> Any | None:  # noqa: ANN401
    """Go down by first children with these names; None where there is none."""
    for name in path:
        element = next(children(element, name), None)
    return element


def attribute(element: Any | None, name: str, default: str = "") -> str:  # noqa: ANN401
    """Give an attribute by its local name; the default for no element."""
    found = {} if element is None else element.attrib
    return next((value for key, value in found.items() if key.rpartition("}")[2] == name), default)


def is_on(element: Any | None) -> bool:  # noqa: ANN401
    """Tell whether a switch such as ``<w:b/>`` is on."""
    return element is not None and attribute(element, "val", "true") not in ("0", "false", "off", "none")


def read_number(text: str, default: int = 0) -> int:
    """Read a whole number between 0 and `MAX_NUMBER`.

    >>> read_number("12"), read_number("-3"), read_number("veel"), read_number("99999999999")
    (12, 0, 0, 9999)
    """
    digits = text.strip()[:8]
    return min(int(digits), MAX_NUMBER) if digits.isascii() and digits.isdigit() else default


def write_number(number: int, form: str) -> str:
    """Write the number of an item as it is printed.

    Args:
        number: from 1.
        form: name of the form, as in a word processor's file: ``decimal``, ``lowerLetter``, ``a``, ``upperRoman``, ...

    Returns:
        The number; decimal for forms that are not known.

    >>> write_number(4, "lowerRoman"), write_number(3, "upperLetter"), write_number(7, "decimal")
    ('iv', 'C', '7')
    """
    if form in ("lowerLetter", "a", "upperLetter", "A") and 1 <= number <= 26:
        letter = "abcdefghijklmnopqrstuvwxyz"[number - 1]
        return letter.upper() if form in ("upperLetter", "A") else letter
    if form in ("lowerRoman", "i", "upperRoman", "I") and 1 <= number < 40:
        written = ""
        for value, sign in _ROMAN:
            written, number = written + sign * (number // value), number % value
        return written.upper() if form in ("upperRoman", "I") else written
    return str(number)
