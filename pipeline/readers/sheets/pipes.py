"""Reads tables that are drawn with pipes in a plain text or in Markdown, as tables of a document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.readers.documents.document import Block, Cell, Document, Paragraph, Table
from pipeline.readers.documents.rendering import render
from pipeline.readers.documents.table_columns import is_tabular
from pipeline.readers.files.decoding import decode_file
from pipeline.readers.files.reading import SourceText

MIN_ROWS = 2
_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[|+\s:=-]*[-=]{2,}[|+\s:=-]*")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def load(path: Path, name: str) -> SourceText:
    """Read a text; where tables are drawn in it, their cells are read as those of a document.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        The text as it stands where it holds no table; else a text with a line as the place of each part.

    Raises:
        InputError: it is no text.
    """
    source = decode_file(path, name)
    lines = source.text.split("\n")
    blocks = find_rows(lines) or (find_tables(lines) if source.text.count("|") >= 2 * MIN_ROWS else [])
    if not any(isinstance(block, Table) for block in blocks):
        return source
    return render(Document(blocks), name, source.sha256, source.encoding, source.container)


def find_tables(lines: Sequence[str]) -> list[Block]:
    """Divide a text in lines and the tables that are drawn in it.

    >>> blocks = find_tables(["Verslag", "| wie | wat |", "|---|---|", "| D1 | te ver |"])
    >>> [len(block.rows) for block in blocks if isinstance(block, Table)]
    [2]
    """
    blocks: list[Block] = []
    drawn: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        if len(_PIPE.findall(line)) > 1 or (drawn and _RULE.fullmatch(line.strip())):
            drawn.append((number, line.strip()))
            continue
        blocks += _table(drawn)
        drawn = []
        blocks.append(Paragraph(line.strip(), f"line {number}"))
    return blocks


def find_rows(lines: Sequence[str]) -> list[Block]:
    """Divide a text of which nearly all lines hold the same number of cells, set apart by tabs, semicolons or strokes.

    A column of hats, or heads that are known, tell such rows from lines with a tab after the name of a speaker.

    >>> rows = ["An;wit;te ver", "Bo;rood;te duur", "An;geel;heel dichtbij"]
    >>> [len(block.rows) for block in find_rows(rows) if isinstance(block, Table)]
    [3]
    """
    filled = [(i, line.strip()) for i, line in enumerate(lines, start=1) if line.strip()]
    if any(line.startswith("|") for _, line in filled):
        # Such a table is drawn with its frame.
        return []
    for mark in (r"\t+", r"\s*;\s*", r"\s*\|\s*", r"\s+/\s+"):
        cells = [(i, re.split(mark, line, maxsplit=5)) for i, line in filled]
        width = Counter(len(each) for _, each in cells).most_common(1)[0][0] if cells else 0
        rows = [(i, each) for i, each in cells if len(each) == width]
        if len(rows) < MIN_SHARE * len(filled) or not is_tabular([each for _, each in rows]):
            continue
        kept, at = dict(rows), {i for i, _ in rows}
        blocks: list[Block] = [Paragraph(line, f"line {i}") for i, line in filled if i < min(at)]
        blocks.append(Table(tuple(tuple(_cell(cell, i) for cell in each) for i, each in kept.items())))
        blocks += [Paragraph(line, f"line {i}") for i, line in filled if i > min(at) and i not in at]
        return blocks
    return []


MIN_SHARE = 0.7


def _table(drawn: Sequence[tuple[int, str]]) -> Iterator[Block]:
    rows = [(number, _cells(line)) for number, line in drawn if not _RULE.fullmatch(line)]
    has_rule = len(rows) < len(drawn)
    is_even = len({len(cells) for _, cells in rows}) == 1
    framed = all(line[0] == "|" and line[-1] == "|" for _, line in drawn if not _RULE.fullmatch(line))
    if len(rows) < MIN_ROWS or not (has_rule or (framed and is_even)):
        yield from (Paragraph(line, f"line {number}") for number, line in drawn)
        return
    yield Table(tuple(tuple(_cell(cell, number) for cell in cells) for number, cells in rows))


def _cells(line: str) -> list[str]:
    inner = line.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(inner)]


def _cell(text: str, number: int) -> Cell:
    bare = _BREAK.sub("\n", text).strip()
    return Cell((Paragraph(bare.strip("*_ "), f"line {number}"),) if bare else ())
