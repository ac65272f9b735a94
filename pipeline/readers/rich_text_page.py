"""Puts the text of a rich text file together: paragraphs, cells, rows and tables."""

from dataclasses import dataclass, field

from pipeline.readers import rich_text_words as words
from pipeline.readers.document import BULLET, Cell, Document, Paragraph, Table
from pipeline.readers.word_text import CONTENTS


@dataclass(slots=True)
class Group:
    """What holds inside a pair of braces.

    Attributes:
        target: what its text goes to: ``text``, ``note``, ``mark``, ``styles``, ``fonts``, ``box`` or ``skip``.
        code_page: of its font; empty for that of the document.
        fallback: characters that stand after a Unicode character for readers that do not know it.
        is_bold: its text is bold.
        is_hidden: its text is hidden.
        is_deleted: its text was deleted while changes were tracked.
    """

    target: str = "text"
    code_page: str = ""
    fallback: int = 1
    is_bold: bool = False
    is_hidden: bool = False
    is_deleted: bool = False


@dataclass(slots=True)
class Style:
    """A paragraph style: its name, its number in the file and its depth in the outline, 9 for body text."""

    name: str = ""
    number: int = 0
    outline: int = 9


@dataclass(slots=True)
class Line:
    """The paragraph at hand.

    Attributes:
        parts: what it says.
        bold: whether each part that shows is bold.
        style: number of its style.
        outline: its own depth in the outline.
        mark: its mark as an item of a list, where the file writes it out.
        is_item: it belongs to a list.
        in_table: it stands in a table.
    """

    parts: list[str] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)
    style: int = 0
    outline: int = 9
    mark: str = ""
    is_item: bool = False
    in_table: bool = False


class Page:
    """A document that grows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.document = Document()
        self.styles: dict[int, Style] = {}
        self.line = Line()
        self.paragraphs = 0
        self._cell: list[Paragraph] = []
        self._row: list[Cell] = []
        self._rows: list[tuple[Cell, ...]] = []
        self._merged: list[bool] = []
        self._is_merged = False

    def reset_line(self) -> None:
        """Forget the layout of the paragraph, not its text."""
        self.line = Line(self.line.parts, self.line.bold, mark=self.line.mark)

    def end_paragraph(self, *, is_last: bool = False) -> None:
        """End a paragraph; at the end of the file only one that says something."""
        text = "".join(self.line.parts).strip()
        if is_last and not text:
            return
        self.paragraphs += 1
        if not self.line.in_table:
            self.end_table()
        made = self._made(text)
        if made is None:
            self.document.left_out[CONTENTS] += bool(text)
        else:
            (self._cell if self.line.in_table else self.document.blocks).append(made)
        line = self.line
        self.line = Line(style=line.style, outline=line.outline, is_item=line.is_item, in_table=line.in_table)

    def _made(self, text: str) -> Paragraph | None:
        line, style = self.line, self.styles.get(self.line.style, Style())
        if words.CONTENTS.fullmatch(style.name):
            return None
        named = words.HEADING.fullmatch(style.name)
        outline = min(line.outline, style.outline)
        heading = int(named[1]) if named else outline + 1 if outline < 9 else 0
        mark = line.mark or (BULLET if line.is_item else "")
        if heading:
            number = f"{mark}." if mark.isdigit() else mark.removeprefix(BULLET)
            text, mark = f"{number} {text}".strip(), ""
        is_title = words.TITLE.fullmatch(style.name) is not None
        is_bold = bool(line.bold) and all(line.bold)
        return Paragraph(text, f"¶ {self.paragraphs}", heading if text else 0, mark, is_bold, is_title)

    def begin_row(self) -> None:
        """Begin the layout of a row."""
        self._merged.clear()

    def merge_cell(self) -> None:
        """Note that the next cell of the layout is merged with the one above it."""
        self._is_merged = True

    def define_cell(self) -> None:
        """End the layout of a cell."""
        self._merged.append(self._is_merged)
        self._is_merged = False

    def end_cell(self) -> None:
        """End a cell, and the paragraph in it."""
        self.line.in_table = True
        self.end_paragraph()
        at = len(self._row)
        self._row.append(Cell(tuple(self._cell), 1, at < len(self._merged) and self._merged[at]))
        self._cell = []

    def end_row(self) -> None:
        """End a row."""
        if self._row:
            self._rows.append(tuple(self._row))
        self._row = []
        self.line.in_table = False

    def end_table(self) -> None:
        """End a table; rows that follow one another are one table."""
        if self._cell:
            self._row.append(Cell(tuple(self._cell)))
            self._cell = []
        self.end_row()
        if self._rows:
            self.document.blocks.append(Table(tuple(self._rows)))
            self._rows = []
