"""Reads each selection again at its place; one that has shifted is looked for by its name."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.refi.offsets import CountedText, Counting, Marked
from pipeline.refi.quotes import beginning, fold, is_cut, same_text

FEWEST_LETTERS = 8
"""A shorter name stands at too many places to look for."""
MAX_STRETCH = 0.2
"""A shifted selection is as long as its name, but for this part and some letters; else the name is a title."""
_SOME = 5


class Check(StrEnum):
    """What became of a selection."""

    VERIFIED = "verified"
    REPAIRED = "repaired"
    UNNAMED = "unnamed"
    UNLIKE = "unlike"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a selection lies in the text; both are 0 where it lies nowhere."""

    start: int
    end: int
    check: Check


def place_selections(counted: CountedText, marked: Sequence[Marked], counting: Counting) -> list[Placed]:
    """Find the place of each selection of one text.

    Args:
        counted: the text.
        marked: its selections, as counted.
        counting: the way in which they were counted.

    Returns:
        A place for each: verified by its name, repaired, without a name to compare, with a name that is not its text
        (a title, or a shift that cannot be mended), or outside the text.

    >>> text = CountedText("Wij bellen elke dag naar dertig nummers.")
    >>> place_selections(text, [Marked(2, 17, "bellen elke dag")], Counting())
    [Placed(start=4, end=19, check=<Check.REPAIRED: 'repaired'>)]
    """
    return list(_place(counted, marked, counting))


def _place(counted: CountedText, marked: Sequence[Marked], counting: Counting) -> Iterator[Placed]:
    bones: _Bones | None = None
    for each in marked:
        start, end = counted.span(each.start, each.end, counting)
        inside = 0 <= start < end <= len(counted.text)
        name = (each.name or "").strip()
        if inside and name and same_text(name, counted.text[start:end]):
            yield Placed(start, end, Check.VERIFIED)
            continue
        if len(fold(name)) >= FEWEST_LETTERS:
            bones = bones or _Bones(counted.text)
            if found := bones.find(name, start, end):
                yield Placed(*found, Check.REPAIRED)
                continue
        if inside:
            yield Placed(start, end, Check.UNLIKE if name else Check.UNNAMED)
        else:
            yield Placed(0, 0, Check.OUTSIDE)


class _Bones:
    """A text without spaces and accents, with the way back."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        letters: list[str] = []
        self._at: list[int] = []
        for i, character in enumerate(text):
            kept = _strip(character)
            letters.append(kept)
            self._at.extend([i] * len(kept))
        self._text = "".join(letters)

    def find(self, name: str, start: int, end: int) -> tuple[int, int] | None:
        """Find the place of a name that is nearest to where it should be."""
        key = "".join(map(_strip, beginning(name) if is_cut(name) else name))
        if not key:
            return None
        best: tuple[int, int] | None = None
        at = self._text.find(key)
        while at >= 0:
            found = self._at[at], self._at[at + len(key) - 1] + 1
            if best is None or abs(found[0] - start) < abs(best[0] - start):
                best = found
            at = self._text.find(key, at + 1)
        if best is None:
            return None
        if is_cut(name):
            return best[0], min(max(best[1], best[0] + end - start), self._length)
        alike = abs((best[1] - best[0]) - (end - start)) <= MAX_STRETCH * (best[1] - best[0]) + _SOME
        return best if alike else None


def _strip(character: str) -> str:
    if character.isascii():
        return "" if character.isspace() else character
    bare = unicodedata.normalize("NFKD", character)
    return "".join(c for c in bare if not (unicodedata.combining(c) or c.isspace() or unicodedata.category(c) == "Cf"))
