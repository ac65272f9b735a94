"""Reads PDF with a text layer: columns, running heads, page numbers, notes at the foot, words broken over lines."""

import hashlib
import json
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.core.errors import InputError
from pipeline.readers.archives import name_kind, read_bytes
from pipeline.readers.documents.document import BULLET, Document, Paragraph, Table
from pipeline.readers.documents.pdf_glyphs import NOTE_CLOSES, NOTE_OPENS
from pipeline.readers.documents.pdf_layout import PdfLine, find_tables, read_lines, without_marks
from pipeline.readers.documents.rendering import render
from pipeline.readers.notes.labels import NAME, is_no_name, read_label
from pipeline.readers.notes.margins import without_numbers
from pipeline.readers.notes.marks import read_heading, read_time
from pipeline.readers.sources import SourceText

HEADING_SIZE, NOTE_SIZE, SAME_SIZE = 1.12, 0.92, 0.08
WIDE_GAP = 1.28
INDENT, MIN_SHIFT = 5.0, 40.0
MIN_SPACED_SHARE, MUCH_ROOM = 0.25, 0.3
MAX_HEADING_WORDS = 25
MIN_TURNS = 2
UNREADABLE = "characters have no letter in the file and are shown as \N{REPLACEMENT CHARACTER}"
_GLYPH = re.compile(
    r"(?:[•▪‣◦·∙●○■□➢➤✓✔‐–-]|[\ue010-\uf8ff]|\(cid:\d+\)|o(?= ))(?:\s+|(?<=[•▪\uf0b7\uf0a7\uf0d8]))(?=\S)"
)
_SIGNATURE = re.compile(rf"[–—-]\s+{NAME}")
"""Who said the remark above, set to the right."""
_NUMBER = re.compile(r"(?:\(?\d{1,2}[.)]|[a-h]\))\s+(?=\S)")
_CID = re.compile(r"\(cid:\d+\)|[\ue010-\uf8ff]")
_NOTE = re.compile(f"[{NOTE_OPENS}]?(\\d{{1,3}})[{NOTE_CLOSES}]?\\s*(?=\\D)")
_ENDS = re.compile(r"[.?!:…][)\]’'”“\"»]*\Z")


@dataclass(slots=True)
class _Block:
    """Lines of one paragraph."""

    lines: list[PdfLine]
    item: str = ""
    table: Table | None = None

    @property
    def last(self) -> PdfLine:
        return self.lines[-1]


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is usual in the document."""

    size: float
    pitch: float
    right: dict[int, float]
    left: dict[int, float]
    headings: tuple[float, ...]
    is_spaced: bool


def read_paragraphs(lines: Sequence[PdfLine]) -> Document:
    """Join lines to paragraphs, and say which are headings, items and notes.

    Args:
        lines: in reading order.

    Returns:
        The document; places are pages.
    """
    document = Document()
    if not lines:
        return document
    usual = _measure(lines)
    notes, body = _split_notes(lines, usual)
    numbers = frozenset(match[1] for note in notes if (match := _NOTE.match(note.text)))
    blocks: list[_Block] = []
    plain: list[PdfLine] = []
    for line in body:
        cells = tuple((x0, x1, without_marks(text, numbers).strip()) for x0, x1, text in line.cells)
        plain.append(replace(line, text=without_marks(line.text, numbers).strip(), cells=cells))
    plain = [line for line in _without_numbers(plain, document.left_out) if line.text]
    names = Counter(label.name for line in plain if (label := read_label(line.text)) and not is_no_name(label.name))
    names = Counter({name: n for name, n in names.items() if n >= MIN_TURNS and name[0].isupper()})
    opens_item = [_GLYPH.match(line.text) is not None or _NUMBER.match(line.text) is not None for line in plain]
    for found in find_tables(plain, usual.pitch, max(usual.right.values()), opens_item):
        if isinstance(found, PdfLine):
            _place(blocks, found, usual, names)
        else:
            blocks.append(_Block([found[0]], table=found[1]))
    document.blocks = [block.table or _paragraph(block, usual, document.left_out) for block in blocks]
    document.notes = [Paragraph(text, place) for text, place in _join_notes(notes)]
    return document


def _measure(lines: Sequence[PdfLine]) -> _Measures:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    size = sizes.most_common(1)[0][0]
    ends: dict[int, list[float]] = defaultdict(list)
    left: dict[int, list[float]] = defaultdict(list)
    for line in lines:
        left[line.region].append(line.x0)
        ends[line.region].append(line.x1 if line.size <= HEADING_SIZE * size else 0.0)
    # The odd line that sticks out does not show where the others end.
    right = {region: sorted(found)[-1 - min(2, len(found) // 10)] for region, found in ends.items()}
    shared = _widest_by_left_edge(left, right)
    right = {
        region: min(shared[region], _column_beside(lines, region))
        or max(line.x1 for line in lines if line.region == region)
        for region in right
    }
    gaps = [
        below.y - above.y
        for above, below in zip(lines, lines[1:], strict=False)
        if above.region == below.region and 0.8 * size < below.y - above.y < 4 * size and abs(above.size - size) < 1
    ]
    # Where paragraphs stand apart, lines inside them give the smaller gaps; their lower half is what is usual.
    pitch = median(sorted(gaps)[: len(gaps) // 2 + 1]) if gaps else 1.2 * size
    is_spaced = sum(gap > WIDE_GAP * pitch for gap in gaps) >= MIN_SPACED_SHARE * max(1, len(gaps))
    big = sorted({round(line.size * 2) / 2 for line in lines if line.size > HEADING_SIZE * size}, reverse=True)
    return _Measures(size, pitch, right, {region: min(found) for region, found in left.items()}, tuple(big), is_spaced)


def _widest_by_left_edge(left: dict[int, list[float]], right: dict[int, float]) -> dict[int, float]:
    """Let regions that begin at the same edge share their right edge, since a short one does not show its own."""
    edges: dict[int, float] = defaultdict(float)
    for region, found in left.items():
        key = round(min(found) / 10)
        edges[key] = max(edges[key], right[region])
    return {region: edges[round(min(found) / 10)] for region, found in left.items()}


def _column_beside(lines: Sequence[PdfLine], region: int) -> float:
    """Give the left edge of the column to the right of a region; without one, as far as a line can reach."""
    own = [line for line in lines if line.region == region]
    top, bottom, right = min(line.y for line in own), max(line.y for line in own), max(line.x1 for line in own)
    beside = (
        line.x0 for line in lines if line.page == own[0].page and line.x0 > right and top - 1 <= line.y <= bottom + 1
    )
    return min(beside, default=inf)


def _split_notes(lines: Sequence[PdfLine], usual: _Measures) -> tuple[list[PdfLine], list[PdfLine]]:
    """Take the notes off the foot of each page: smaller lines below all others, of which the first has a number."""
    notes: list[PdfLine] = []
    body: list[PdfLine] = []
    by_region: dict[int, list[PdfLine]] = defaultdict(list)
    for line in lines:
        by_region[line.region].append(line)
    for found in by_region.values():
        cut = len(found)
        while cut and found[cut - 1].size <= NOTE_SIZE * usual.size:
            cut -= 1
        while cut < len(found) and not _NOTE.match(found[cut].text):
            cut += 1
        body += found[:cut]
        notes += found[cut:]
    return notes, body


def _join_notes(lines: Sequence[PdfLine]) -> Iterator[tuple[str, str]]:
    texts: list[str] = []
    place = ""
    for line in lines:
        match = _NOTE.match(line.text)
        if match and texts:
            yield "\n".join(texts), place
            texts = []
        place = place if texts else f"p. {line.page}"
        texts.append(line.text[match.end() :] if match else line.text)
    if texts:
        yield "\n".join(texts), place


def _without_numbers(lines: Sequence[PdfLine], left_out: Counter[str]) -> list[PdfLine]:
    """Take the numbers of lines out of the margin, before lines are joined to paragraphs."""
    counts: Counter[str] = Counter()
    bare, _ = without_numbers([line.text for line in lines], counts)
    left_out.update({f"{what} are left out": n for what, n in counts.items()})
    found = []
    for line, text in zip(lines, bare, strict=True):
        # What stands beside the number is no cell of a table.
        cells = line.cells[1:] if text != line.text else line.cells
        x0 = cells[0][0] if cells else line.x0
        found.append(replace(line, text=text.strip(), x0=x0, cells=cells if len(cells) > 1 else ()))
    return found


def _place(blocks: list[_Block], line: PdfLine, usual: _Measures, names: Collection[str]) -> None:
    glyph, number = _GLYPH.match(line.text), _NUMBER.match(line.text)
    label = read_label(line.text)
    if label and label.name in names:
        # Whoever has several turns begins another one.
        blocks.append(_Block([line]))
        return
    if blocks and not glyph and _goes_on(blocks[-1], line, usual, is_numbered=number is not None):
        blocks[-1].lines.append(line)
        return
    if _SIGNATURE.fullmatch(line.text) and line.x0 > usual.left[line.region] + MIN_SHIFT:
        blocks.append(_Block([line]))
        return
    item = BULLET if glyph else number[0].strip() if number and line.cells else ""
    start = glyph.end() if glyph else number.end() if item and number else 0
    blocks.append(_Block([replace(line, text=line.text[start:])], item))


def _goes_on(block: _Block, line: PdfLine, usual: _Measures, *, is_numbered: bool) -> bool:
    """Tell whether a line goes on with the paragraph above it."""
    last = block.last
    if block.table or (_SIGNATURE.fullmatch(last.text) and not block.item):
        return False
    if abs(last.size - line.size) > SAME_SIZE * max(last.size, line.size) or _opens(line):
        return False
    if last.is_bold != line.is_bold and (last.is_bold or len(line.text.split()) <= MAX_HEADING_WORDS):
        return False
    roomy = _has_room(last, line, usual)
    if last.region != line.region or line.y < last.y:
        lower = line.text[:1].islower()
        return (
            not roomy and (lower or not _ENDS.search(last.text)) and not is_numbered and not _is_heading(block, usual)
        )
    if line.y - last.y > WIDE_GAP * max(usual.pitch, 1.05 * line.size):
        return False
    if block.item:
        return line.x0 > block.lines[0].x0 + INDENT / 2 or not roomy
    is_indented = line.x0 > last.x0 + INDENT and len(block.lines) > 1
    return not roomy and not is_indented and not (is_numbered and _ENDS.search(last.text))


def _opens(line: PdfLine) -> bool:
    """Tell whether a line begins something of its own, whatever stands above it."""
    label = read_label(line.text)
    heading = read_heading(line.text, after_blank=False)
    return bool(label and label.sure) or bool(heading and heading.hat) or read_time(line.text) is not None


def _has_room(above: PdfLine, below: PdfLine, usual: _Measures) -> bool:
    """Tell whether the first word of a line had fitted on the line above: then the break was meant."""
    word = below.text.split(maxsplit=1)[0]
    width = (below.x1 - below.x0) * (len(word) + 1) / max(1, len(below.text))
    right = usual.right[above.region]
    # Where paragraphs stand apart, only much room tells of a break; else any that the first word leaves.
    slack = MUCH_ROOM * (right - usual.left[above.region]) if usual.is_spaced else 0.5 * above.size
    return above.x1 + width < right - slack


def _is_heading(block: _Block, usual: _Measures) -> bool:
    return block.last.size > HEADING_SIZE * usual.size


def _paragraph(block: _Block, usual: _Measures, left_out: Counter[str]) -> Paragraph:
    text = block.lines[0].text
    for line in block.lines[1:]:
        text += ("\n" if text.endswith(("-", "\u00ad", "\u2010")) else " ") + line.text
    text, unreadable = _CID.subn("\N{REPLACEMENT CHARACTER}", text)
    left_out[UNREADABLE] += unreadable
    words = len(text.split())
    heading = 0
    if _is_heading(block, usual) and words <= MAX_HEADING_WORDS:
        heading = 1 + usual.headings.index(min(usual.headings, key=lambda size: abs(size - block.last.size)))
    is_bold = all(line.is_bold for line in block.lines) and words <= MAX_HEADING_WORDS
    return Paragraph(text, f"p. {block.lines[0].page}", heading, "" if heading else block.item, is_bold)


MAX_SECONDS = None if hasattr(signal, "setitimer") else 600
"""Where a process cannot be stopped by the time that it takes of the processor, this time by the clock ends it."""
_SCRIPT = Path(__file__).with_name("pdf_glyphs.py")
_PROBLEMS = {
    "locked": ("is locked with a password", "Save it without a password"),
    "damaged": ("is a damaged PDF", "Save or export it again"),
    "memory": ("asks for more memory than a document needs", "Save or print it again as PDF, or export it as .docx"),
    "long": ("holds more pages or characters than are read", "Split it"),
    "slow": ("takes too long to read", "Save or print it again as PDF, or export it as .docx"),
}
HEADS = "running heads, feet and page numbers are left out"


def load(path: Path, name: str) -> SourceText:
    """Read a PDF.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are pages (``p. 3``).

    Raises:
        InputError: it is damaged, locked, takes too much time or memory, or has no text layer.
    """
    data = read_bytes(path, name)
    if b"%PDF-" not in data[:1024]:
        kind = name_kind(data)
        what = f"is {kind}" if kind else "is no PDF, as its suffix says it is"
        raise InputError.single(name, what, "Give it its own suffix, or export it again as PDF")
    pages = _draw(data, name)
    bare = sum(not page["runs"] for page in pages)
    if bare == len(pages):
        fix = "Run text recognition (OCR) over it first, or type it out"
        raise InputError.single(name, "holds no text: its pages are pictures, as of a scan", fix)
    lines, n_edges = read_lines(pages)
    document = read_paragraphs(lines)
    document.left_out[HEADS] += n_edges
    document.left_out["pages hold no text: empty, or pictures that need text recognition (OCR)"] += bare
    return render(document, name, hashlib.sha256(data).hexdigest(), "unicode", "pdf")


def _draw(data: bytes, name: str) -> list[Any]:
    """Let another process draw the pages, so that no PDF can take this one down."""
    command = [sys.executable, "-P", "-X", "utf8", str(_SCRIPT)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=MAX_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _problem("slow", name) from None
    if done.returncode:
        alarm = getattr(signal, "SIGPROF", None)
        raise _problem("slow" if alarm and done.returncode == -alarm else "memory", name)
    answer = json.loads(done.stdout)
    if problem := answer.get("error"):
        raise _problem(problem, name)
    pages: list[Any] = answer["pages"]
    if not pages:
        raise _problem("damaged", name)
    return pages


def _problem(kind: str, name: str) -> InputError:
    return InputError.single(name, *_PROBLEMS[kind])
