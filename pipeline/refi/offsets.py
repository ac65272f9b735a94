"""Checks a project that is to be written: guids that are unique, references that lead somewhere, offsets that hold."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product

from pipeline.refi.project import Coding, Project, Selection, Source, path_of, walk_codes, walk_texts

SHOWN = 100
"""Characters of a text that go into the name of its selection."""

_ELLIPSIS = ("…", "...")
_INVISIBLE = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202e\ufeff\ufffc]+")


def shorten(text: str) -> str:
    """Make the name of a selection: its text on one line, cut with an ellipsis where it is long.

    >>> shorten("een  stoel" + chr(10) + "erbij"), len(shorten("a" * 200))
    ('een stoel erbij', 101)
    """
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[:SHOWN] + _ELLIPSIS[0]


def fold(text: str) -> str:
    """Give what two writings of one text share: no spaces, no invisible characters, one form of each letter.

    >>> fold("één  stoel") == fold("e\u0301e\u0301n stoel ")
    True
    """
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def is_cut(name: str) -> bool:
    """Whether a name is the beginning of a text, by its ellipsis."""
    return name.rstrip().endswith(_ELLIPSIS)


def beginning(name: str) -> str:
    """Give the name without its ellipsis."""
    bare = name.rstrip()
    for mark in _ELLIPSIS:
        bare = bare.removesuffix(mark)
    return bare


def same_text(name: str, text: str) -> bool:
    """Whether the name of a selection says its text, whole or cut.

    >>> same_text("een stoel…", "een stoel erbij"), same_text("een stoel", "een stoel erbij")
    (True, False)
    """
    whole = fold(text)
    return bool(whole) and (fold(name) == whole or (is_cut(name) and whole.startswith(fold(beginning(name)))))


MOST_TRIED = 2_000
"""Selections on which ways of counting are compared; more say no more."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class OffsetCounting:
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

        >>> OffsetCounting().say(), OffsetCounting(utf_16=True, last=True).say()
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


STANDARD = OffsetCounting()
_WAYS = tuple(sorted(OffsetCounting(*flags) for flags in product((False, True), repeat=4)))


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

    def offset(self, position: int, counting: OffsetCounting) -> int:
        r"""Give the offset in the text of a position as counted.

        >>> CountedText("één" + chr(13) + chr(10) + "twee").offset(5, OffsetCounting())
        4
        """
        moved = position - counting.mark
        return moved - bisect_left(self._extra(counting.utf_16, counting.other_line_ends), moved)

    def span(self, start: int, end: int, counting: OffsetCounting) -> tuple[int, int]:
        """Give the offsets of a selection; the end lies beyond its last character."""
        return self.offset(start, counting), self.offset(end + counting.last, counting)


@dataclass(frozen=True, slots=True)
class Marked:
    """A selection as a program counts it, with the name that it bears."""

    start: int
    end: int
    name: str | None


def choose_counting(marked: Sequence[tuple[CountedText, Marked]]) -> OffsetCounting:
    """Choose the way of counting that fits most selections; the standard where none fits better.

    >>> text = CountedText("Wij bellen 😀 elke dag.")
    >>> choose_counting([(text, Marked(14, 22, "elke dag"))]).say()
    'UTF-16 units'
    """
    step = max(1, len(marked) // MOST_TRIED)
    tried = marked[::step]
    return max(_WAYS, key=lambda way: (*_fit(tried, way), [-flag for flag in _weights(way)]))


def _weights(way: OffsetCounting) -> Iterator[int]:
    # Of ways that fit alike the one with the fewest oddities.
    yield way.other_line_ends + way.utf_16 + way.last + way.mark
    yield from (way.mark, way.last, way.utf_16, way.other_line_ends)


def _fit(marked: Sequence[tuple[CountedText, Marked]], way: OffsetCounting) -> tuple[int, int]:
    named = bordered = 0
    for counted, selection in marked:
        start, end = counted.span(selection.start, selection.end, way)
        if 0 <= start < end <= len(counted.text):
            found = counted.text[start:end]
            named += selection.name is not None and same_text(selection.name, found)
            bordered += _is_border(counted.text, start) + _is_border(counted.text, end)
            # A selection of whole lines takes in the break of its last line; other blanks at its ends are odd.
            bordered += not found[0].isspace() and (found[-1] == "\n" or not found[-1].isspace())
    return named, bordered


def _is_border(text: str, at: int) -> bool:
    """Whether no word runs across a place."""
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())


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


def place_selections(counted: CountedText, marked: Sequence[Marked], counting: OffsetCounting) -> list[Placed]:
    """Find the place of each selection of one text.

    Args:
        counted: the text.
        marked: its selections, as counted.
        counting: the way in which they were counted.

    Returns:
        A place for each: verified by its name, repaired, without a name to compare, with a name that is not its text
        (a title, or a shift that cannot be mended), or outside the text.

    >>> text = CountedText("Wij bellen elke dag naar dertig nummers.")
    >>> place_selections(text, [Marked(2, 17, "bellen elke dag")], OffsetCounting())
    [Placed(start=4, end=19, check=<Check.REPAIRED: 'repaired'>)]
    """
    return list(_place(counted, marked, counting))


def _place(counted: CountedText, marked: Sequence[Marked], counting: OffsetCounting) -> Iterator[Placed]:
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


_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def check_structure(project: Project, texts: Mapping[str, str]) -> list[str]:
    """List what is wrong with a project.

    Args:
        project: the project.
        texts: path as its sources write it, ``internal://NAME``, to the text there.

    Returns:
        Sentences without text of a participant; none for a sound project.
    """
    return [
        *_guid_problems(project),
        *_reference_problems(project),
        *(problem for _, text in walk_texts(project.sources) for problem in _text_problems(text, texts)),
    ]


def _guid_problems(project: Project) -> Iterator[str]:
    guids = Counter(guid for _, guid in _things(project))
    for kind, guid in _things(project):
        if not _GUID.fullmatch(guid):
            yield f"{kind} has no valid guid"
        elif guids[guid] > 1:
            yield f"{kind} {guid}: its guid is given {guids[guid]} times"


def _things(project: Project) -> Iterator[tuple[str, str]]:
    for user in project.users:
        yield "user", user.guid
    for code, _ in walk_codes(project.codes):
        yield "code", code.guid
    for group in (*project.sets, *project.cases):
        yield "set or case", group.guid
    for source in _all_sources(project):
        yield "source or note", source.guid
        for selection in source.selections:
            yield "selection", selection.guid
        for point in source.points:
            yield "sync point", point.guid
        for coding in _codings(source):
            yield "coding", coding.guid


def _all_sources(project: Project) -> Iterator[Source]:
    for source in (*project.sources, *project.notes):
        yield source
        yield from source.texts


def _codings(source: Source) -> Iterator[Coding]:
    yield from source.codings
    for selection in source.selections:
        yield from selection.codings


def _reference_problems(project: Project) -> Iterator[str]:
    users = {user.guid for user in project.users}
    codes = {code.guid: code.is_codable for code, _ in walk_codes(project.codes)}
    notes = {note.guid for note in project.notes}
    sources = {source.guid for source in project.sources}
    selections = {selection.guid for source in _all_sources(project) for selection in source.selections}
    for source in _all_sources(project):
        for coding in _codings(source):
            if not codes.get(coding.code):
                yield f"coding {coding.guid}: its code is not in the codebook, or is a folder"
            if coding.user is not None and coding.user not in users:
                yield f"coding {coding.guid}: its user is not there"
        named: list[Source | Selection | Coding] = [source, *source.selections, *_codings(source)]
        for each in named:
            if not notes.issuperset(each.notes):
                yield f"{each.guid}: refers to a note that is not there"
    for group in (*project.sets, *project.cases):
        known = ((group.codes, codes), (group.sources, sources), (group.notes, notes), (group.selections, selections))
        if any(target not in there for targets, there in known for target in targets):
            yield f"set or case {group.guid}: has a member that is not there"


def _text_problems(source: Source, texts: Mapping[str, str]) -> Iterator[str]:
    path = path_of(source, "plainTextPath")
    text = source.content if source.content is not None else texts.get(path or "")
    if text is None:
        yield f"source {source.guid}: its text is not there"
        return
    for selection in source.selections:
        place = dict(selection.place)
        start, end = int(place["startPosition"]), int(place["endPosition"])
        if not 0 <= start < end <= len(text):
            yield f"selection {selection.guid}: lies outside its text"
        elif selection.name is not None and not same_text(selection.name, text[start:end]):
            yield f"selection {selection.guid}: its name is not the text at its place"
