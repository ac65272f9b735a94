"""Reads a synthesis report: chapters, numbered themes, ``Kansen`` and ``Knelpunten``, sub-headings, statements, quotes.

The structure of such a report *is* a manual coding, by the coder ``synthese``: what stands under a theme, a polarity
and a sub-heading was put there by the people who read the notes. Nothing here knows the words of one report: a part is
``Deel N``, a chapter ``Hoofdstuk N``, a theme a numbered heading with ``Kansen`` or ``Knelpunten`` under it. The
chapter before the themes names functions, the one after them expectations; other parts are the authors' own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pipeline.core.errors import InputError, Notice, Problem
from pipeline.core.vocabulary import SYNTHESIS_CODER, Kind, Scheme
from pipeline.readers.sources import Reading, SourceText, decoding_notices
from pipeline.readers.synthesis_blocks import (
    MAX_HEADING_LINES,
    Block,
    BlockShape,
    Chapter,
    Purpose,
    has_chapter_title,
    is_chapter,
    is_heading,
    is_part,
    is_quote,
    is_title,
    open_quotes,
    read_list,
    read_number,
    read_polarity,
    split_blocks,
)
from pipeline.text.normalisation import normalise


def find_chapters(blocks: Sequence[Block]) -> list[Chapter]:
    """Find the chapters that lie in the same part as the chapter with ``Kansen`` and ``Knelpunten``.

    Args:
        blocks: all blocks of the report.

    Returns:
        Chapters in source order; empty when none holds ``Kansen`` or ``Knelpunten``. All else is the authors' own.
    """
    parts = [i for i, block in enumerate(blocks) if block.shape is BlockShape.TEXT and is_part(block.text)]
    for first, last in zip([0, *parts], [*parts, len(blocks)], strict=True):
        chapters = list(_chapters_between(blocks, first, last))
        themed = [i for i, (start, end) in enumerate(chapters) if _has_polarity(blocks[start:end])]
        if themed:
            return [_chapter(blocks, i, chapters, themed) for i in range(len(chapters))]
    return []


def _chapters_between(blocks: Sequence[Block], first: int, last: int) -> Iterator[tuple[int, int]]:
    starts = [i for i in range(first, last) if blocks[i].shape is BlockShape.TEXT and is_chapter(blocks[i].text)]
    yield from zip(starts, [*starts[1:], last], strict=False)


def _has_polarity(blocks: Sequence[Block]) -> bool:
    return any(read_polarity(block.text) for block in blocks if block.shape is BlockShape.TEXT)


def _chapter(blocks: Sequence[Block], i: int, chapters: Sequence[tuple[int, int]], themed: Sequence[int]) -> Chapter:
    first, last = chapters[i]
    purpose = Purpose.FUNCTIONS if i < themed[0] else Purpose.THEMES if i <= themed[-1] else Purpose.EXPECTATIONS
    title, body = blocks[first].title, first + 1
    if not has_chapter_title(title) and body < last and _is_plain_heading(blocks, body):
        title, body = f"{title} {blocks[body].title}", body + 1
    return Chapter(purpose, first, last, body, title)


def _is_plain_heading(blocks: Sequence[Block], i: int) -> bool:
    text = blocks[i].text
    return is_heading(blocks, i) and not read_polarity(text) and not read_number(text)


def find_themes(blocks: Sequence[Block], chapter: Chapter) -> Mapping[int, tuple[int, str]]:
    """Find the numbered themes of a chapter: numbered headings with ``Kansen`` or ``Knelpunten`` before the next one.

    Returns:
        Index of the block to number and title.
    """
    candidates = list(_numbered_headings(blocks, chapter))
    ends = [i for i, _ in candidates[1:]] + [chapter.last] * bool(candidates)
    found: dict[int, tuple[int, str]] = {}
    highest = 0
    for (i, (number, title)), end in zip(candidates, ends, strict=True):
        if number > highest and _has_polarity(blocks[i:end]):
            found[i] = (number, title)
            highest = number
    return found


def find_numbered(blocks: Sequence[Block], chapter: Chapter) -> Mapping[int, tuple[int, str]]:
    """Find the numbered headings of a chapter, in rising order.

    Returns:
        Index of the block to number and title.
    """
    found: dict[int, tuple[int, str]] = {}
    for i, (number, title) in _numbered_headings(blocks, chapter):
        if number == len(found) + 1:
            found[i] = (number, title)
    return found


def _numbered_headings(blocks: Sequence[Block], chapter: Chapter) -> Iterator[tuple[int, tuple[int, str]]]:
    for i in range(chapter.body, chapter.last):
        numbered = read_number(blocks[i].title)
        is_set_as_heading = blocks[i].shape in (BlockShape.TEXT, BlockShape.BULLET) and is_title(blocks[i].text)
        if numbered and is_set_as_heading and len(blocks[i].lines) <= MAX_HEADING_LINES:
            yield i, numbered


@dataclass(frozen=True, slots=True)
class HeadingCode:
    """A code that a heading stands for."""

    scheme: Scheme
    code: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A block with what it is and what the structure says of it.

    Attributes:
        block: where it stands.
        kind: what it is.
        path: headings above it, outermost first.
        codes: what the structure codes it with.
        opener: index of the unit that opens its block: a statement or paragraph with its quotes.
    """

    block: Block
    kind: Kind
    path: tuple[str, ...]
    codes: tuple[HeadingCode, ...]
    opener: int


@dataclass(slots=True)
class Structure:
    """Units and codes in source order, with the lines where the structure does not hold."""

    units: list[Unit] = field(default_factory=list)
    codebook: dict[tuple[Scheme, str], HeadingCode] = field(default_factory=dict)
    orphans: list[int] = field(default_factory=list)
    unclosed: int = 0


@dataclass(slots=True)
class _Place:
    """Where the walk stands: the headings that hold here."""

    part: str | None = None
    chapter: Chapter | None = None
    top: HeadingCode | None = None
    top_title: str | None = None
    polarity: HeadingCode | None = None
    umbrella: HeadingCode | None = None
    sub: HeadingCode | None = None
    heading: str | None = None
    n_subs: int = 0
    n_under: int = 0

    def path(self) -> tuple[str, ...]:
        """Headings that hold here, outermost first."""
        chapter = self.chapter.title if self.chapter else None
        umbrella = self.umbrella.label if self.umbrella and self.umbrella is not self.sub else None
        sub = self.sub.label if self.sub else self.heading
        labels = (self.part, chapter, self.top_title, self.polarity and self.polarity.label, umbrella, sub)
        return tuple(label for label in labels if label)

    def enter(self, top: HeadingCode | None, title: str | None) -> None:
        """Begin under a numbered heading."""
        self.top, self.top_title, self.polarity = top, title, None
        self.leave_subs()

    def leave_subs(self) -> None:
        """Leave all sub-headings."""
        self.umbrella = self.sub = self.heading = None
        self.n_subs = self.n_under = 0


def read_structure(blocks: Sequence[Block]) -> Structure:
    """Walk through a report and say of every block what it is and how it is coded.

    Args:
        blocks: all blocks, in source order.

    Returns:
        As many units as blocks, the codes of the headings, and lines of ``Kansen`` or ``Knelpunten`` outside a theme.
    """
    return _Walk(blocks).run()


class _Walk:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.place = _Place()
        self.structure = Structure()
        self.opener: int | None = None
        self.functions: dict[int, str] = {}
        self.numbered: dict[int, tuple[int, str]] = {}

    def run(self) -> Structure:
        chapters = {chapter.first: chapter for chapter in find_chapters(self.blocks)}
        for i, block in enumerate(self.blocks):
            if block.shape is BlockShape.NOTE:
                self._add(i, Kind.FOOTNOTE)
            elif block.shape in (BlockShape.PAGE, BlockShape.GLYPH):
                self._add(i, Kind.LAYOUT)
            elif block.shape is BlockShape.TEXT and is_part(block.text):
                self.place = _Place()
                self._add(i, Kind.HEADING)
                self.place.part = block.title
            elif i in chapters:
                self._open_chapter(i, chapters[i])
            elif self.place.chapter is None:
                self._add(i, Kind.AUTHOR)
            elif i < self.place.chapter.body:
                self._add(i, Kind.HEADING)
            else:
                self._read(i)
        return self.structure

    def _open_chapter(self, i: int, chapter: Chapter) -> None:
        self.place = _Place(part=self.place.part)
        self._add(i, Kind.HEADING)
        self.place.chapter = chapter
        self.numbered = dict(
            (find_themes if chapter.purpose is Purpose.THEMES else find_numbered)(self.blocks, chapter)
        )
        self.functions = {}
        if chapter.purpose is Purpose.FUNCTIONS:
            lists = (read_list(block.text) for block in self.blocks[chapter.body : chapter.last])
            self.functions = max(lists, key=len, default={})
            for number, label in self.functions.items():
                self._define(HeadingCode(Scheme.FUNCTION, f"functie-{number}", label))

    def _read(self, i: int) -> None:
        block, chapter = self.blocks[i], self.place.chapter
        if i in self.numbered:
            self._open_numbered(i, *self.numbered[i])
        elif (
            block.shape is BlockShape.TEXT and chapter and chapter.purpose is Purpose.THEMES and self._open_polarity(i)
        ):
            return
        elif is_heading(self.blocks, i) and not (self.functions and read_number(block.text)):
            self._open_sub(i)
        elif is_quote(block.text):
            self.structure.unclosed += open_quotes(block.text) > 0
            self._add(i, Kind.QUOTE, self._codes(i, Kind.QUOTE))
        else:
            kind = Kind.STATEMENT if block.shape is BlockShape.BULLET else Kind.PARAGRAPH
            self._add(i, kind, self._codes(i, kind))
            if kind is Kind.PARAGRAPH and block.text.endswith(":") and self._next_is_heading(i):
                self.place.umbrella = self.place.umbrella or self.place.sub

    def _open_numbered(self, i: int, number: int, title: str) -> None:
        purpose = self.place.chapter.purpose if self.place.chapter else Purpose.THEMES
        scheme, prefix = {
            Purpose.THEMES: (Scheme.THEME, "thema"),
            Purpose.FUNCTIONS: (Scheme.FUNCTION, "functie"),
            Purpose.EXPECTATIONS: (Scheme.EXPECTATION, "verwachting"),
        }[purpose]
        self.place.enter(None, None)
        self._add(i, Kind.HEADING)
        self.place.enter(self._define(HeadingCode(scheme, f"{prefix}-{number}", title)), self.blocks[i].title)

    def _open_polarity(self, i: int) -> bool:
        polarity = read_polarity(self.blocks[i].text)
        if polarity is None:
            return False
        if self.place.top is None:
            self.structure.orphans.append(self.blocks[i].lines[0].number)
        self.place.leave_subs()
        self.place.polarity = None
        self._add(i, Kind.HEADING)
        label = self.blocks[i].title.rstrip(" :")
        self.place.polarity = self._define(HeadingCode(Scheme.POLARITY, str(polarity), label.capitalize()))
        return True

    def _open_sub(self, i: int) -> None:
        place, label = self.place, self.blocks[i].title
        if place.sub and place.umbrella is None and self._is_heading_above(i):
            place.umbrella = place.sub
        under = place.umbrella
        place.sub = place.heading = None
        self._add(i, Kind.HEADING)
        place.sub, place.heading = self._make_sub(label, under), label

    def _make_sub(self, label: str, under: HeadingCode | None) -> HeadingCode | None:
        place = self.place
        if place.top is None or place.top.scheme is Scheme.FUNCTION:
            return None
        if place.top.scheme is Scheme.THEME and place.polarity is None:
            return None
        scheme = Scheme.SUBTHEME if place.top.scheme is Scheme.THEME else Scheme.EXPECTATION
        if under is not None:
            place.n_under += 1
            return self._define(HeadingCode(scheme, f"{under.code}.{place.n_under}", label, under.code))
        place.n_subs += 1
        number = place.top.code.rpartition("-")[2]
        stem = (
            f"{number}-{place.polarity.code}-{place.n_subs:02d}"
            if place.polarity
            else f"{place.top.code}.{place.n_subs}"
        )
        return self._define(HeadingCode(scheme, stem, label, place.top.code))

    def _codes(self, i: int, kind: Kind) -> tuple[HeadingCode, ...]:
        place, block = self.place, self.blocks[i]
        purpose = place.chapter.purpose if place.chapter else None
        if purpose is Purpose.FUNCTIONS:
            return self._function_codes(block)
        if purpose is Purpose.EXPECTATIONS:
            best = place.sub or place.top
            return (best,) if best else ()
        if kind is Kind.PARAGRAPH:
            return (place.top,) if place.top else ()
        return tuple(code for code in (place.top, place.sub, place.polarity) if code)

    def _function_codes(self, block: Block) -> tuple[HeadingCode, ...]:
        """Code an item of the numbered list with its function, and what stands under a numbered heading with that."""
        if block.continues:
            before = next(unit for unit in reversed(self.structure.units) if unit.kind is not Kind.FOOTNOTE)
            return before.codes
        item = read_number(block.text)
        known = self.structure.codebook.get((Scheme.FUNCTION, f"functie-{item[0]}")) if item else None
        if known:
            return (known,)
        return (self.place.top,) if self.place.top else ()

    def _next_is_heading(self, i: int) -> bool:
        following = next((j for j in self._body(i + 1, len(self.blocks))), None)
        if following is None or self.place.sub is None or following in self.numbered:
            return False
        return read_polarity(self.blocks[following].text) is None and is_heading(self.blocks, following)

    def _is_heading_above(self, i: int) -> bool:
        above = list(self._body(0, i))
        return bool(above) and self.structure.units[above[-1]].kind is Kind.HEADING

    def _body(self, first: int, last: int) -> Iterator[int]:
        return (j for j in range(first, last) if self.blocks[j].shape in (BlockShape.TEXT, BlockShape.BULLET))

    def _define(self, code: HeadingCode) -> HeadingCode:
        return self.structure.codebook.setdefault((code.scheme, code.code), code)

    def _add(self, i: int, kind: Kind, codes: tuple[HeadingCode, ...] = ()) -> None:
        if kind in (Kind.STATEMENT, Kind.PARAGRAPH, Kind.QUOTE):
            joins = self.blocks[i].continues or kind is Kind.QUOTE
            self.opener = self.opener if joins and self.opener is not None else i
        elif kind is Kind.HEADING or kind is Kind.AUTHOR:
            self.opener = None
        opener = i if self.opener is None or kind in (Kind.FOOTNOTE, Kind.LAYOUT) else self.opener
        self.structure.units.append(Unit(self.blocks[i], kind, self.place.path(), codes, opener))


FORMAT = "synthesis"

_CHAPTER_LINE = re.compile(r"^\s*hoofdstuk\s+(?:\d{1,2}|[ivx]+)\b", re.IGNORECASE | re.MULTILINE)
_POLARITY_LINE = re.compile(r"^\s*(Kansen|Knelpunten|KANSEN|KNELPUNTEN)[ \t]*:?[ \t]*$", re.MULTILINE)


def recognises(source: SourceText) -> bool:
    """Tell whether a source is a synthesis report: a chapter, and both ``Kansen`` and ``Knelpunten`` as headings.

    >>> recognises(SourceText("a.txt", "Hoofdstuk 2" + chr(10) + "Kansen" + chr(10) + "Knelpunten", "", "utf-8"))
    True
    """
    polarities = {match[1].lower() for match in _POLARITY_LINE.finditer(source.text)}
    return len(polarities) > 1 and _CHAPTER_LINE.search(source.text) is not None


def read(source: SourceText) -> Reading:
    """Read a synthesis report.

    Args:
        source: the decoded source.

    Returns:
        Utterances that cover every visible character once; the headings as codebook; the structure as given codings
        of coder ``synthese``, each naming its utterance.

    Raises:
        InputError: ``Kansen`` or ``Knelpunten`` under no numbered theme; all such lines at once.
    """
    structure = read_structure(split_blocks(source.text))
    if structure.orphans:
        raise InputError(
            Problem(
                f"{source.name}, line {line}",
                "stands under no numbered theme",
                "Put the theme on a line of its own above it: '1. <title>'",
            )
            for line in structure.orphans
        )
    session = PurePosixPath(source.name).stem
    return Reading(
        source=source,
        format=FORMAT,
        utterances=tuple(_utterances(source, structure, session)),
        sessions=({"session": session, "source_ids": [source.source_id]},),
        codebook=tuple(_codebook(structure)),
        given_codings=tuple(_given_codings(source, structure, session)),
        notices=(*decoding_notices(source), *_notices(source, structure)),
    )


def _utterance_id(source: SourceText, number: int) -> str:
    return f"{source.source_id}:{number:05d}"


def _utterances(source: SourceText, structure: Structure, session: str) -> Iterator[dict[str, Any]]:
    for number, unit in enumerate(structure.units):
        raw = source.text[unit.block.start : unit.block.end]
        text = normalise(raw, unit.block.notes).text
        yield {
            "utterance_id": _utterance_id(source, number),
            "source_id": source.source_id,
            "session": session,
            "line": unit.block.lines[0].number,
            "char_start": unit.block.start,
            "char_end": unit.block.end,
            "kind": unit.kind,
            "heading_path": list(unit.path),
            "block": _utterance_id(source, unit.opener),
            "text": text,
            "raw": None if raw == text else raw,
        }


def _codebook(structure: Structure) -> Iterator[dict[str, Any]]:
    positions: Counter[Scheme] = Counter()
    for code in structure.codebook.values():
        yield {
            "scheme": code.scheme,
            "code": code.code,
            "position": positions[code.scheme],
            "parent": code.parent,
            "label": code.label,
            "examples": [],
            "example_fragment_ids": [],
        }
        positions[code.scheme] += 1


def _given_codings(source: SourceText, structure: Structure, session: str) -> Iterator[dict[str, Any]]:
    for number, unit in enumerate(structure.units):
        for code in unit.codes:
            yield {
                "row_id": f"{source.name}:{number:06d}:{code.scheme}:1",
                "coder": SYNTHESIS_CODER,
                "scheme": code.scheme,
                "code": code.code,
                "rank": 1,
                "session": session,
                "unit": _utterance_id(source, number),
                "source_id": source.source_id,
                "char_start": unit.block.start,
                "char_end": unit.block.end,
            }


def _notices(source: SourceText, structure: Structure) -> Iterator[Notice]:
    given = {(code.scheme, code.code) for unit in structure.units for code in unit.codes}
    absent = [code.code for code in structure.codebook.values() if _is_missed(code, given)]
    if absent:
        yield Notice(source.name, f"has nothing under {', '.join(absent)}: named in the report, but no text was found")
    if structure.unclosed:
        yield Notice(
            source.name, f"has {structure.unclosed} quotes without a closing mark; each ends with its paragraph"
        )
    kinds = Counter(unit.kind for unit in structure.units)
    if not kinds[Kind.STATEMENT] + kinds[Kind.QUOTE]:
        yield Notice(source.name, "has neither statements nor quotes: was the text exported with its blank lines?")


def _is_missed(code: HeadingCode, given: set[tuple[Scheme, str]]) -> bool:
    return code.scheme is not Scheme.SUBTHEME and (code.scheme, code.code) not in given and code.parent is None
