"""Reads rich text (``.rtf``): code pages, headings by their style, lists, tables, footnotes, tracked changes.

Read is what is shown when all changes are accepted. Pages are not in the file, so places are paragraphs.
"""

import codecs
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.core.errors import InputError
from pipeline.readers.archives import name_kind, read_bytes
from pipeline.readers.documents.document import (
    BULLET,
    COMMENTS,
    CONTENTS,
    DELETIONS,
    HIDDEN,
    INSERTIONS,
    Cell,
    Document,
    Paragraph,
    Table,
    bold_lead,
    is_all_bold,
)
from pipeline.readers.documents.rendering import render
from pipeline.readers.sources import SourceText

CODE_PAGES: Mapping[int, str] = MappingProxyType(
    {
        0: "", 1: "", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253",
        162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
        238: "cp1250",
    }
)  # fmt: skip
"""Character set of a font to code page; empty where it is that of the document."""

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {
        "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
        "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
        "zwj": "\u200d", "zwnj": "\u200c", "softline": "\n", "lbr": "\n",
    }
)  # fmt: skip

SYMBOLS: Mapping[str, str] = MappingProxyType({"~": "\u00a0", "-": "\u00ad", "_": "-", "{": "{", "}": "}", "\\": "\\"})

SKIPPED = frozenset(
    """fonttbl colortbl info pict object header headerl headerr headerf footer footerl footerr footerf fldinst bkmkstart
    bkmkend nonshppict tc tcn xe txe rxe do mmath listtable listoverridetable revtbl rsidtbl generator themedata
    datastore xmlnstbl filetbl private template title author operator comment keywords ftnsep ftnsepc ftncn aftnsep
    aftnsepc aftncn atnid atnauthor atntime atnicn atnref atrfstart atrfend pnseclvl nesttableprops
    ftnsepf""".split()  # noqa: SIM905
)
"""Destinations that hold no text of the document."""

TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
SKIP = re.compile(r"[{}]|\\bin(?P<length>\d{1,9}) ?|\\.", re.DOTALL)
HEADING = re.compile(r"(?:heading|kop)\s*([1-9])", re.IGNORECASE)
TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)
CONTENTS_STYLE = re.compile(r"(?:toc|inhopg)\s*\d", re.IGNORECASE)


@dataclass(slots=True)
class BraceGroup:
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
class RtfStyle:
    """A paragraph style: its name, its number in the file and its depth in the outline, 9 for body text."""

    name: str = ""
    number: int = 0
    outline: int = 9


@dataclass(slots=True)
class OpenParagraph:
    """The paragraph at hand.

    Attributes:
        parts: what it says.
        bold_parts: each part, with whether it is bold.
        style: number of its style.
        outline: its own depth in the outline.
        mark: its mark as an item of a list, where the file writes it out.
        is_item: it belongs to a list.
        in_table: it stands in a table.
    """

    parts: list[str] = field(default_factory=list)
    bold_parts: list[tuple[str, bool]] = field(default_factory=list)
    style: int = 0
    outline: int = 9
    mark: str = ""
    is_item: bool = False
    in_table: bool = False


class GrowingDocument:
    """A document that grows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.document = Document()
        self.styles: dict[int, RtfStyle] = {}
        self.line = OpenParagraph()
        self.paragraphs = 0
        self._cell: list[Paragraph] = []
        self._row: list[Cell] = []
        self._rows: list[tuple[Cell, ...]] = []
        self._merged: list[bool] = []
        self._is_merged = False

    def reset_line(self) -> None:
        """Forget the layout of the paragraph, not its text."""
        self.line = OpenParagraph(self.line.parts, self.line.bold_parts, mark=self.line.mark)

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
        self.line = OpenParagraph(style=line.style, outline=line.outline, is_item=line.is_item, in_table=line.in_table)

    def _made(self, text: str) -> Paragraph | None:
        line, style = self.line, self.styles.get(self.line.style, RtfStyle())
        if CONTENTS_STYLE.fullmatch(style.name):
            return None
        named = HEADING.fullmatch(style.name)
        outline = min(line.outline, style.outline)
        heading = int(named[1]) if named else outline + 1 if outline < 9 else 0
        mark = line.mark or (BULLET if line.is_item else "")
        if heading:
            number = f"{mark}." if mark.isdigit() else mark.removeprefix(BULLET)
            text, mark = f"{number} {text}".strip(), ""
        is_title = TITLE.fullmatch(style.name) is not None
        is_bold = is_all_bold(line.bold_parts)
        lead = bold_lead(line.bold_parts)
        return Paragraph(text, f"¶ {self.paragraphs}", heading if text else 0, mark, is_bold, is_title, lead)

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


MAX_FILE = 100_000_000
MAX_TOKENS, MAX_DEPTH = 4_000_000, 500
_MAX_PARAGRAPH_STYLES = 10_000


def load(path: Path, name: str) -> SourceText:
    """Read a rich text file.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are paragraphs (``¶ 12``).

    Raises:
        InputError: it cannot be opened, is no rich text, is cut off, or holds no text.
    """
    data = read_bytes(path, name, MAX_FILE)
    if not data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{\\rtf"):
        kind = name_kind(data)
        what = f"is {kind}" if kind else "is no rich text, as its suffix says it is"
        raise InputError.single(name, what, "Give it its own suffix, or save it again as .rtf")
    parser = _Parser(data.decode("latin-1"), name)
    return render(parser.read(), name, hashlib.sha256(data).hexdigest(), parser.code_page, "rtf")


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.code_page = "cp1252"
        self.page = GrowingDocument()
        self.groups = [BraceGroup()]
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.style = RtfStyle()
        self.notes: list[str] | None = None
        self.starred = False
        self.pending = bytearray()
        self.skip_characters = 0
        self.surrogate = 0
        self.captured: list[str] = []
        self.commands = self._commands()

    @property
    def group(self) -> BraceGroup:
        return self.groups[-1]

    def read(self) -> Document:
        """Read all tokens."""
        at, count = 0, 0
        while at < len(self.text) and self.groups:
            if self.group.target == "skip":
                at = self._skip(at)
                continue
            found = TOKEN.match(self.text, at)
            at = found.end() if found else at + 1
            count += 1
            if count > MAX_TOKENS:
                raise InputError.single(self.name, "holds more marks than a document has", "Save it as .docx")
            if found:
                at += self._token(found)
        if len(self.groups) > 1:
            raise InputError.single(self.name, "is cut off: it ends inside its text", "Copy it again, whole")
        self.page.end_paragraph(is_last=True)
        self.page.end_table()
        return self.page.document

    def _token(self, found: re.Match[str]) -> int:
        """Do what a token says; gives how many characters of binary data to pass over."""
        if word := found["word"]:
            return self._word(word, int(found["number"]) if found["number"] else None)
        if brace := found["brace"]:
            self._brace(brace)
        elif found["byte"]:
            self._bytes(bytes([int(found["byte"], 16)]))
        elif symbol := found["symbol"]:
            self._symbol(symbol)
        elif text := found["text"]:
            self._text(text)
        return 0

    def _skip(self, at: int) -> int:
        found = SKIP.search(self.text, at)
        if found is None:
            return len(self.text)
        if found[0] in "{}":
            self._brace(found[0])
        return found.end() + int(found["length"] or 0)

    def _brace(self, brace: str) -> None:
        self._flush()
        self.starred = False
        if brace == "{":
            if len(self.groups) >= MAX_DEPTH:
                raise InputError.single(self.name, "is nested deeper than a document is", "Save it as .docx")
            self.groups.append(replace(self.group))
            return
        closed = self.groups.pop()
        outer = self.groups[-1].target if self.groups else ""
        if closed.target == "mark" and outer != "mark":
            text = "".join(self.captured).strip()
            self.page.line.mark = text if any(c.isalnum() for c in text) else BULLET
            self.captured = []
        elif closed.target == "styles" and outer == "styles":
            self.style.name = "".join(self.captured).strip(" ;")
            if len(self.page.styles) < _MAX_PARAGRAPH_STYLES:
                self.page.styles[self.style.number] = self.style
            self.captured = []
        elif closed.target == "note" and outer != "note":
            text = " ".join("".join(self.notes or []).split())
            self.page.document.notes.append(Paragraph(text, f"¶ {self.page.paragraphs + 1}"))
            self.notes = None

    def _commands(self) -> dict[str, Callable[[int | None], None]]:
        """Say what each control word does that bears on the text."""
        return {
            "ansicpg": self._set_code_page,
            "mac": lambda _: self._set_code_page(10000),
            "pc": lambda _: self._set_code_page(437),
            "pca": lambda _: self._set_code_page(850),
            "f": self._set_font,
            "fcharset": lambda n: self.fonts.update({self.font: CODE_PAGES.get(n or 0, "")}),
            "uc": lambda n: setattr(self.group, "fallback", min(max(n or 0, 0), 8)),
            "u": self._unicode,
            "b": lambda n: setattr(self.group, "is_bold", n != 0),
            "v": lambda n: setattr(self.group, "is_hidden", n != 0),
            "deleted": self._deleted,
            "revised": lambda n: self.page.document.left_out.update({INSERTIONS: int(n != 0)}),
            "plain": lambda _: self._plain(),
            "pard": lambda _: self.page.reset_line(),
            "s": self._set_style,
            "outlinelevel": self._set_outline,
            "ls": lambda n: setattr(self.page.line, "is_item", bool(n)),
            "intbl": lambda _: setattr(self.page.line, "in_table", True),
            "par": lambda _: self.page.end_paragraph(),
            "sect": lambda _: self.page.end_paragraph(),
            "trowd": lambda _: self.page.begin_row(),
            "clvmrg": lambda _: self.page.merge_cell(),
            "cellx": lambda _: self.page.define_cell(),
            "cell": lambda _: self.page.end_cell(),
            "nestcell": lambda _: self.page.end_paragraph(),
            "row": lambda _: self.page.end_row(),
        }

    def _word(self, word: str, number: int | None) -> int:
        """Do what a control word says; gives how many characters of binary data to pass over."""
        self._flush()
        if word == "bin":
            return max(0, number or 0)
        if self._opens(word):
            return 0
        if word in CHARACTERS:
            self._say(CHARACTERS[word])
        elif word in self.commands and not (
            self.group.target in ("mark", "note") and word in ("par", "cell", "row", "pard")
        ):
            self.commands[word](number)
        elif word == "par" and self.group.target == "note":
            self._say(" ")
        return 0

    def _opens(self, word: str) -> bool:
        """Open a destination: a group that holds something else than running text."""
        group, starred, self.starred = self.group, self.starred, False
        if word in ("listtext", "pntext"):
            group.target, self.captured = "mark", []
        elif word == "stylesheet":
            group.target = "styles"
        elif word == "fonttbl":
            group.target = "fonts"
        elif word == "footnote" and group.target == "text":
            group.target, self.notes = "note", []
        elif word == "annotation":
            self.page.document.left_out[COMMENTS] += 1
            group.target = "skip"
        elif word == "shptxt":
            group.target = "text"
            self.page.end_paragraph(is_last=True)
        elif word == "shpinst":
            group.target = "box"
        elif word in SKIPPED or (starred and word not in ("ud", "fldrslt")):
            group.target = "skip"
        else:
            return False
        return True

    def _symbol(self, symbol: str) -> None:
        self._flush()
        if symbol == "*":
            self.starred = True
        elif symbol in "\r\n":
            self.page.end_paragraph()
        else:
            self._say(SYMBOLS.get(symbol, ""))

    def _set_code_page(self, number: int | None) -> None:
        name = {10000: "mac_roman", 65001: "utf-8"}.get(number or 0, f"cp{number}")
        try:
            codecs.lookup(name)
        except LookupError:
            return
        self.code_page = name

    def _set_font(self, number: int | None) -> None:
        if self.group.target == "fonts":
            self.font = number or 0
        else:
            self.group.code_page = self.fonts.get(number or 0, "")

    def _plain(self) -> None:
        self.group.is_bold = self.group.is_hidden = self.group.is_deleted = False

    def _deleted(self, number: int | None) -> None:
        self.group.is_deleted = number != 0
        self.page.document.left_out[DELETIONS] += number != 0

    def _set_style(self, number: int | None) -> None:
        if self.group.target == "styles":
            self.style = RtfStyle(number=number or 0)
        else:
            self.page.line.style = number or 0

    def _set_outline(self, number: int | None) -> None:
        level = number if number is not None and 0 <= number < 9 else 9
        if self.group.target == "styles":
            self.style.outline = level
        else:
            self.page.line.outline = level

    def _unicode(self, number: int | None) -> None:
        code = (number or 0) % 65_536
        self.skip_characters = 0
        if 0xD800 <= code < 0xDC00:
            self.surrogate = code
        elif 0xDC00 <= code < 0xE000:
            whole = 0x10000 + (self.surrogate - 0xD800) * 0x400 + code - 0xDC00
            self._say(chr(whole) if self.surrogate else "\ufffd")
            self.surrogate = 0
        else:
            self._say(chr(code) if code else "")
        self.skip_characters = self.group.fallback

    def _bytes(self, data: bytes) -> None:
        if self.skip_characters:
            self.skip_characters -= 1
            return
        self.pending += data

    def _text(self, text: str) -> None:
        skipped = min(self.skip_characters, len(text))
        self.skip_characters -= skipped
        if text.isascii():
            self._flush()
            self._say(text[skipped:])
        else:
            self.pending += text[skipped:].encode("latin-1")

    def _flush(self) -> None:
        """Decode the bytes that were met one by one; several may make one character."""
        if self.pending:
            data, self.pending = bytes(self.pending), bytearray()
            self._say(data.decode(self.group.code_page or self.code_page, errors="replace"))

    def _say(self, text: str) -> None:
        group = self.group
        if group.target in ("mark", "styles"):
            self.captured.append(text)
        elif group.target == "note" and self.notes is not None and not (group.is_deleted or group.is_hidden):
            self.notes.append(text)
        elif group.target == "text" and text and not group.is_deleted:
            if group.is_hidden:
                self.page.document.left_out[HIDDEN] += bool(text.strip())
                return
            self.page.line.parts.append(text)
            self.page.line.bold_parts.append((text, group.is_bold))
