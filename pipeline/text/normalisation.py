r"""From a slice of a source to the text of an utterance or fragment, with the way back.

The rules, in this order:

1. a page number on a line of its own between blank lines, inside the slice, is dropped; so is a byte order mark, a
   zero-width space or joiner of words, a mark of writing direction and a soft hyphen; a letter and the accents that
   combine with it become one character, and a non-breaking hyphen becomes a hyphen;
2. the mark of a note that the document has (``word3``, ``word(3)``) is dropped;
3. a word that is hyphenated over a line end is joined: ``sama-\nhorigheid`` loses its hyphen; a hyphen beside a capital
   or a digit, or after ``niet``, ``non`` or ``ex``, is a true one and stays (``OCMW-\nteam``, ``12-\n18``); before
   ``en``, ``of``, ``tot``, ``als``, ``dan`` or ``noch`` it stands for the rest of a word and keeps its space;
4. every run of white space, of any kind, with its line and page breaks, becomes one space; none remains at the ends.

Nothing else changes; one character never becomes two, so that every character has a place of its own. Ligatures are
spelled out before, when a source is decoded: `spell_out`. Which notes a document has is read off its text alone
(`note_marks`), so a place in a source is enough to read the same text again.

Below it: what makes two spellings of one name, two names of one file, or a fragment in two runs the same.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

PAGE_NUMBER = re.compile(
    r"(?:(?:pagina|blz\.?|p\.)[ \t]*)?[-–]?[ \t]*\d{1,4}(?:[ \t]*(?:/|van)[ \t]*\d{1,4})?[ \t]*[-–]?", re.IGNORECASE
)
"""All that stands on a line that only gives the number of a page, apart from white space around it."""

NOTE_SEPARATOR = re.compile(r"^(?:[ \t]{20,}|_{10,}[ \t]*)$", re.M)
"""The line that a word processor draws above the notes at the foot of a page."""

NOTE_RULE = "_" * 20
"""The separator that readers of documents draw themselves."""

LIGATURES: Mapping[int, str] = MappingProxyType(
    {
        0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
        0x0132: "IJ", 0x0133: "ij",
    }
)  # fmt: skip
"""Letters that are printed as one sign."""

_NOTE_START = re.compile(r"^[ \t]?(\d{1,2})(?:[ \t]+\S.*)?$")
_NOTE_LINES = 40
_ENDNOTE_START = re.compile(r"^[ \t]*(\(\d{1,2}\))[ \t]+\S", re.M)
INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
"""Characters without width, as a class of a regular expression: soft hyphens, joiners, writing direction, marks."""

_INVISIBLE = re.compile(f"\N{SOFT HYPHEN}\\s*\n\\s*|[{INVISIBLE}]")
_COMBINED = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")
_LINE_END_HYPHEN = re.compile(r"(?<=\w)[-\N{HYPHEN}](\s*\n\s*)(?=(\w+))")
_SUSPENDED_BEFORE = frozenset({"en", "of", "tot", "als", "dan", "noch"})
_HYPHENATED_PREFIXES = frozenset({"niet", "non", "ex"})
_LAST_WORD = re.compile(r"\w+\Z")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Text with the way back to its slice.

    Attributes:
        text: the normalised text.
        offsets: for every character of ``text`` its place in the slice; strictly increasing.
        accents: for the place of a letter that was joined with its accents, the place of the last of these.
    """

    text: str
    offsets: tuple[int, ...]
    accents: Mapping[int, int] = field(default_factory=dict)

    def span(self, start: int, end: int) -> tuple[int, int]:
        r"""Give the part of the slice from which ``text[start:end]`` comes.

        Args:
            start: first character in ``text``.
            end: one past the last, greater than ``start``.

        Returns:
            First character in the slice and one past the last.

        >>> normalise("sama-\nhorigheid  telt").span(0, 12)
        (0, 14)
        """
        last = self.offsets[end - 1]
        return self.offsets[start], self.accents.get(last, last) + 1


def normalise(slice_: str, notes: Collection[str] = ()) -> NormalisedText:
    r"""Normalise a slice of a source by the rules of this module.

    Args:
        slice_: characters of a decoded source.
        notes: marks of the notes in the document, from `note_marks`.

    Returns:
        The text and, for each of its characters, its offset in ``slice_``.

    >>> normalise("de OCMW-\nmedewer-\nker van  info- \nen leesavonden").text
    'de OCMW-medewerker van info- en leesavonden'
    >>> normalise("een woord3 met noot", notes=["3"]).text
    'een woord met noot'
    """
    characters, places = slice_, tuple(range(len(slice_)))
    for find in (_page_numbers, _invisible):
        characters, places = _without(characters, places, find(characters))
    characters, places, accents = _compose(characters, places)
    for find in (lambda text: _marks_in(text, notes), _line_end_hyphens):
        characters, places = _without(characters, places, find(characters))
    words = list(re.finditer(r"\S+", characters))
    offsets: list[int] = []
    for i, word in enumerate(words):
        if i:
            # The first of the blanks before it stands for all.
            offsets.append(places[words[i - 1].end()])
        offsets += places[word.start() : word.end()]
    return NormalisedText(" ".join(word[0] for word in words), tuple(offsets), accents)


def letters_only(text: str) -> str:
    """Give the letters and digits of a text only, in one form and case: what quotes of one text share.

    >>> letters_only("\N{LEFT DOUBLE QUOTATION MARK}Wij  kaarten, elke-dag...")
    'wijkaartenelkedag'
    """
    return re.sub(r"[\W_]+", "", normalise(text).text.casefold())


def spell_out(text: str) -> str:
    """Spell out ligatures, so that a word is the same word however it was printed.

    >>> spell_out("\N{LATIN SMALL LIGATURE FI}jn v\N{LATIN SMALL LIGATURE IJ}f")
    'fijn vijf'
    """
    return text.translate(LIGATURES)


@lru_cache(maxsize=32)
def note_marks(source: str) -> frozenset[str]:
    r"""Find the marks of the notes that a document has: below a drawn line on a page, or ``(3) ...`` as endnotes.

    Notes at the foot of a page count where their numbers follow one another; an endnote counts where its mark is also
    stuck to a word, so that a list in a text is no series of endnotes.

    Args:
        source: all characters of the decoded source.

    Returns:
        Marks as they stick to words: ``"3"`` or ``"(3)"``.

    >>> sorted(note_marks("Een woord3.\n" + " " * 30 + "\n3 Met dank aan allen.\n\nMeer."))
    ['3']
    """
    return frozenset(_footnotes(source)) | frozenset(_endnotes(source))


def _footnotes(source: str) -> Iterator[str]:
    expected: int | None = None
    for separator in NOTE_SEPARATOR.finditer(source):
        lines = source[separator.end() + 1 :].split("\n", _NOTE_LINES)[:_NOTE_LINES]
        for i, (line, following) in enumerate(pairwise([*lines, ""])):
            if i and not line.strip() and not following.strip():
                break
            match = _NOTE_START.match(line)
            if match and int(match[1]) == (expected or int(match[1])):
                expected = int(match[1]) + 1
                yield match[1]


def _endnotes(source: str) -> Iterator[str]:
    starts = list(dict.fromkeys(match[1] for match in _ENDNOTE_START.finditer(source)))
    return (mark for mark in starts if re.search(rf"[^\W\d_]{re.escape(mark)}", source))


def _without(characters: str, places: tuple[int, ...], spans: Iterable[tuple[int, int]]) -> tuple[str, tuple[int, ...]]:
    found = list(spans)
    if not found:
        return characters, places
    kept: list[str] = []
    kept_places: list[int] = []
    done = 0
    for start, end in [*found, (len(characters), len(characters))]:
        kept.append(characters[done:start])
        kept_places.extend(places[done:start])
        done = end
    return "".join(kept), tuple(kept_places)


def _compose(characters: str, places: tuple[int, ...]) -> tuple[str, tuple[int, ...], dict[int, int]]:
    """Join letters with the accents that combine with them; a joined letter stands where the bare one stood."""
    characters = characters.replace("\N{NON-BREAKING HYPHEN}", "-")
    parts: list[str] = []
    kept: list[int] = []
    accents: dict[int, int] = {}
    done = 0
    for match in _COMBINED.finditer(characters):
        joined = unicodedata.normalize("NFC", match[0])
        if len(joined) < len(match[0]):
            # The letter takes in as many accents as the text got shorter; those that do not combine keep their places.
            taken_in = match.start() + len(match[0]) - len(joined)
            parts += [characters[done : match.start()], joined]
            kept += (*places[done : match.start() + 1], *places[taken_in + 1 : match.end()])
            accents[places[match.start()]] = places[taken_in]
            done = match.end()
    return "".join([*parts, characters[done:]]), (*kept, *places[done:]), accents


def _page_numbers(text: str) -> Iterator[tuple[int, int]]:
    start, before = 0, "x"
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    for i, (line, after) in enumerate(zip(lines, [*lines[1:], "x"], strict=True)):
        inside = bool(filled) and filled[0] < i < filled[-1]
        if inside and not before.strip() and not after.strip() and PAGE_NUMBER.fullmatch(line.strip()):
            yield start, start + len(line)
        start, before = start + len(line) + 1, line


def _invisible(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _INVISIBLE.finditer(text))


def _marks_in(text: str, notes: Collection[str]) -> Iterator[tuple[int, int]]:
    if not notes:
        return
    marks = "|".join(re.escape(mark) for mark in sorted(notes, key=lambda mark: (-len(mark), mark)))
    # A lone capital before the digit is a name (A4), a digit and a stop before it a number (2.3).
    before = r"(?<!\b[A-Z])(?<!\d[.,:])(?:(?<=[^\W\d_])|(?<=[.,;:!?’‘”“'\")\]]))"
    for match in re.finditer(rf"{before}(?:{marks})(?![\w(])", text):
        yield match.span()


def _line_end_hyphens(text: str) -> Iterator[tuple[int, int]]:
    for match in _LINE_END_HYPHEN.finditer(text):
        next_word = match[2]
        before = _LAST_WORD.search(text, max(0, match.start() - 60), match.start())
        previous = before[0] if before else ""
        if next_word in _SUSPENDED_BEFORE:
            continue
        joined = previous[-1:].islower() and next_word[0].islower() and previous.lower() not in _HYPHENATED_PREFIXES
        yield (match.start() if joined else match.start(1)), match.end(1)


ID_LENGTH = 12
_SEPARATOR = "\x1f"
_INVISIBLE_IN_NAMES = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_WHOLE_NUMBER = re.compile(r"([+-]?\d+)[.,]0{1,2}")
_JOINTS = re.compile(r"(?<=\w)\s*[-‐‑–—_]+\s*(?=\w)|_+")
_APOSTROPHES = str.maketrans("’‘‚`´ʼ", "'" * 6)
_ENDING = re.compile(
    r"\.(?:docx?|docm|odt|ott|ods|rtf|pdf|txt|md|html?|vtt|srt|json|csv|tsv|xlsx?|xlsm|qdpx|qda|mp3|mp4|m4a|wav)$",
    re.IGNORECASE,
)
_COPY = re.compile(r"\s*\(\d{1,2}\)$|\s*-\s*(?:kopie|copy|kopiëren)$", re.IGNORECASE)


def name_fragment(session: str, text: str, occurrence: int) -> str:
    """Name a fragment.

    Args:
        session: the session in which it stands.
        text: normalised text.
        occurrence: the number of times that the text has occurred in the session so far, this one included.

    Returns:
        The id: ``f-`` and twelve hexadecimal digits of a hash.

    >>> name_fragment("tafel-03", "zes adressen", 1)
    'f-f6cbef163462'
    """
    name = _SEPARATOR.join((session, text, str(occurrence)))
    return f"f-{hashlib.sha256(name.encode()).hexdigest()[:ID_LENGTH]}"


def plain_name(name: str) -> str:
    """Give a name as it is meant to be read: one Unicode form, no blanks around it, ``1.0`` as ``1``.

    >>> plain_name(" prive\u0301 ") == "priv\u00e9", plain_name("1.0"), plain_name("1.5")
    (True, '1', '1.5')
    """
    plain = " ".join(_INVISIBLE_IN_NAMES.sub("", unicodedata.normalize("NFC", name)).split())
    whole = _WHOLE_NUMBER.fullmatch(plain)
    return whole[1] if whole else plain


@lru_cache(maxsize=10_000)
def fold_name(name: str) -> str:
    """Give what all spellings of a name, a code, a coder, a session or a file share.

    They may differ in Unicode form, in case, in blanks, hyphens and underscores, and as ``1`` and ``1.0`` do.

    >>> fold_name("Zelf_beslissen ") == fold_name("zelf - beslissen"), fold_name("-1"), fold_name("2,0")
    (True, '-1', '2')
    """
    plain = unicodedata.normalize("NFKC", plain_name(name)).translate(_APOSTROPHES).casefold()
    return " ".join(_JOINTS.sub(" ", unicodedata.normalize("NFC", plain)).split())


def common_spellings(names: Iterable[str]) -> dict[str, str]:
    """Give for each name the spelling that is used most for it; of two that are used as often, the first in order.

    >>> common_spellings(["Wonen", "wonen ", "wonen", "zorg"])
    {'Wonen': 'wonen', 'wonen ': 'wonen', 'wonen': 'wonen', 'zorg': 'zorg'}
    """
    counted = Counter(names)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for name, times in counted.items():
        spellings[fold_name(name)][plain_name(name)] += times
    kept = {folded: min(found, key=lambda name: (-found[name], name)) for folded, found in spellings.items()}
    return {name: kept[fold_name(name)] for name in counted}


def bare_file_name(name: str) -> str:
    """Give the name of a file without its folder, its ending, and the mark of a copy.

    >>> bare_file_name("notes/Tafel-03.docx"), bare_file_name("tafel-03 (1)"), bare_file_name("groep 1.2")
    ('Tafel-03', 'tafel-03', 'groep 1.2')
    """
    bare = plain_name(name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    while (ending := _ENDING.search(bare)) and ending.start():
        bare = bare[: ending.start()]
    return _COPY.sub("", bare) or bare
