"""Reads rich text (``.rtf``): code pages, headings by their style, lists, tables, footnotes, tracked changes.

Read is what is shown when all changes are accepted. Pages are not in the file, so places are paragraphs.
"""

import codecs
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.errors import InputError
from pipeline.readers import rich_text_words as words
from pipeline.readers.archives import read_bytes
from pipeline.readers.document import BULLET, Document, Paragraph
from pipeline.readers.reading import SourceText
from pipeline.readers.rendering import render
from pipeline.readers.rich_text_page import Group, Page, Style
from pipeline.readers.signatures import name_kind
from pipeline.readers.word_text import COMMENTS, DELETIONS, HIDDEN, INSERTIONS

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
        self.page = Page()
        self.groups = [Group()]
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.style = Style()
        self.notes: list[str] | None = None
        self.starred = False
        self.pending = bytearray()
        self.skip_characters = 0
        self.surrogate = 0
        self.captured: list[str] = []
        self.commands = self._commands()

    @property
    def group(self) -> Group:
        return self.groups[-1]

    def read(self) -> Document:
        """Read all tokens."""
        at, count = 0, 0
        while at < len(self.text) and self.groups:
            if self.group.target == "skip":
                at = self._skip(at)
                continue
            found = words.TOKEN.match(self.text, at)
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
        found = words.SKIP.search(self.text, at)
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
            said = "".join(self.captured).strip()
            self.page.line.mark = said if any(c.isalnum() for c in said) else BULLET
            self.captured = []
        elif closed.target == "styles" and outer == "styles":
            self.style.name = "".join(self.captured).strip(" ;")
            if len(self.page.styles) < _MAX_PARAGRAPH_STYLES:
                self.page.styles[self.style.number] = self.style
            self.captured = []
        elif closed.target == "note" and outer != "note":
            said = " ".join("".join(self.notes or []).split())
            self.page.document.notes.append(Paragraph(said, f"¶ {self.page.paragraphs + 1}"))
            self.notes = None

    def _commands(self) -> dict[str, Callable[[int | None], None]]:
        """Say what each control word does that bears on the text."""
        return {
            "ansicpg": self._set_code_page,
            "mac": lambda _: self._set_code_page(10000),
            "pc": lambda _: self._set_code_page(437),
            "pca": lambda _: self._set_code_page(850),
            "f": self._set_font,
            "fcharset": lambda n: self.fonts.update({self.font: words.CODE_PAGES.get(n or 0, "")}),
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
        if word in words.CHARACTERS:
            self._say(words.CHARACTERS[word])
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
        elif word in words.SKIPPED or (starred and word not in ("ud", "fldrslt")):
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
            self._say(words.SYMBOLS.get(symbol, ""))

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
            self.style = Style(number=number or 0)
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
            if text.strip():
                self.page.line.bold.append(group.is_bold)
            self.page.line.parts.append(text)
