r"""How a program counts characters, found out from its selections.

The standard counts Unicode code points of the file, the end beyond the last one. Programs differ: some count UTF-16
units, some ``\r\n`` as two where the file has ``\n`` or as one where it has ``\r\n``, some the byte order mark, and
some name the last character instead of the one after it. One program counts in one way, so the way is chosen that fits
most selections of a project: their names where these are their text, else the borders of words.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from pipeline.refi.quotes import same_text

MOST_TRIED = 2_000
"""Selections on which ways of counting are compared; more say no more."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Counting:
    """One way of counting.

    Attributes:
        other_line_ends: a line end of two characters is counted as one, or one of one as two.
        utf_16: UTF-16 units; a letter beyond the first plane counts twice.
        mark: the byte order mark is counted.
        last: the end names the last character.
    """

    other_line_ends: bool = False
    utf_16: bool = False
    last: bool = False
    mark: bool = False

    def say(self) -> str:
        r"""Name it for a message.

        >>> Counting().say(), Counting(utf_16=True, last=True).say()
        ('code points', 'UTF-16 units, the end as the last character')
        """
        parts = ["UTF-16 units" if self.utf_16 else "code points"]
        if self.other_line_ends:
            parts.append("line ends otherwise than in its text")
        if self.last:
            parts.append("the end as the last character")
        if self.mark:
            parts.append("the byte order mark included")
        return ", ".join(parts)


STANDARD = Counting()
_WAYS = tuple(sorted(Counting(*flags) for flags in product((False, True), repeat=4)))


class CountedText:
    """A text with line feeds, and what other programs count in it."""

    def __init__(self, raw: str) -> None:
        """Keep the text.

        Args:
            raw: the text with the line ends of its file, without byte order mark.
        """
        ends = [(match.end() - match.start() > 1) for match in _LINE_END.finditer(raw)]
        self.text = _LINE_END.sub("\n", raw) if any(ends) or "\r" in raw else raw
        self._doubled = ends
        self._extras: dict[tuple[bool, bool], list[int]] = {}

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    @cached_property
    def _astral(self) -> list[int]:
        return [i for i, character in enumerate(self.text) if ord(character) > 0xFFFF] if self._has_astral else []

    @property
    def _has_astral(self) -> bool:
        return bool(self.text) and max(self.text) > "\uffff"

    def _extra(self, utf_16: bool, other_line_ends: bool) -> list[int]:
        """Give the positions, as counted, at which a second unit of one character begins."""
        key = utf_16, other_line_ends
        if key not in self._extras:
            ends = [end for end, doubled in zip(self._ends, self._doubled, strict=True) if doubled != other_line_ends]
            extra = sorted([*ends, *self._astral]) if utf_16 else ends
            self._extras[key] = [position + k + 1 for k, position in enumerate(extra)]
        return self._extras[key]

    def offset(self, position: int, counting: Counting) -> int:
        r"""Give the offset in the text of a position as counted.

        >>> CountedText("één" + chr(13) + chr(10) + "twee").offset(5, Counting())
        4
        """
        moved = position - counting.mark
        return moved - bisect_left(self._extra(counting.utf_16, counting.other_line_ends), moved)

    def span(self, start: int, end: int, counting: Counting) -> tuple[int, int]:
        """Give the offsets of a selection; the end lies beyond its last character."""
        return self.offset(start, counting), self.offset(end + counting.last, counting)


@dataclass(frozen=True, slots=True)
class Marked:
    """A selection as a program counts it, with the name that it bears."""

    start: int
    end: int
    name: str | None


def choose_counting(marked: Sequence[tuple[CountedText, Marked]]) -> Counting:
    """Choose the way of counting that fits most selections; the standard where none fits better.

    >>> text = CountedText("Wij bellen 😀 elke dag.")
    >>> choose_counting([(text, Marked(14, 22, "elke dag"))]).say()
    'UTF-16 units'
    """
    step = max(1, len(marked) // MOST_TRIED)
    tried = marked[::step]
    return max(_WAYS, key=lambda way: (*_fit(tried, way), [-flag for flag in _weights(way)]))


def _weights(way: Counting) -> Iterator[int]:
    # Of ways that fit alike the one with the fewest oddities.
    yield way.other_line_ends + way.utf_16 + way.last + way.mark
    yield from (way.mark, way.last, way.utf_16, way.other_line_ends)


def _fit(marked: Sequence[tuple[CountedText, Marked]], way: Counting) -> tuple[int, int]:
    named = bordered = 0
    for counted, selection in marked:
        start, end = counted.span(selection.start, selection.end, way)
        if 0 <= start < end <= len(counted.text):
            found = counted.text[start:end]
            named += selection.name is not None and same_text(selection.name, found)
            bordered += _is_border(counted.text, start) + _is_border(counted.text, end)
            bordered += not found[0].isspace() and not found[-1].isspace()
    return named, bordered


def _is_border(text: str, at: int) -> bool:
    """Whether no word runs across a place."""
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())
