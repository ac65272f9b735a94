"""What only the whole of some notes shows: lines that are titles there, and signs of hats beside the remarks.

``Feiten`` is a word like any other; where ``Gevoelens`` and ``Gevaren`` stand on lines of their own as well, all three
are titles of hats. Signs of hats and counts such as ``(2x)`` are blanked, so that a remark is its text and no more.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.core.vocabulary import Hat
from pipeline.readers.notes import marks
from pipeline.readers.notes.hats import (
    ADJECTIVES,
    ANY_COLOUR,
    FUNCTIONS,
    HAT_LETTERS,
    SIGNS,
    announced_hat,
    find_hat,
    sign_hat,
)
from pipeline.readers.notes.labels import NAME, is_no_name, read_label, read_labels
from pipeline.readers.notes.marks import Heading, Line, Section
from pipeline.readers.words import read_words

MIN_FUNCTIONS, MIN_ASKED_FUNCTIONS, MIN_SIGNS, MIN_SIGNED_SHARE = 3, 4, 3, 0.5
MIN_SPOKEN_LINES = 8
"""Lines without marks or capitals from which notes were dictated."""
MAX_TITLE_WORDS, MAX_SPOKEN_WORDS = 8, 14

_QUESTIONS = tuple(
    (Hat(hat), re.compile("|".join(words), re.IGNORECASE)) for hat, words in read_words("hat_questions").items()
)
"""What a question asks for, the surest word first: ``minder goed`` before ``goed``."""

_LETTERS: Mapping[str, Hat] = {**HAT_LETTERS, **{str(hat): hat for hat in Hat}}
_NO_HAT = r"bl|b|\?"
"""Beside the letters of hats: the blue one, which is none here, and one that nobody knows."""
_CODE = rf"(?:{'|'.join(sorted((*_LETTERS, 'g'), key=len, reverse=True))}|{_NO_HAT})"
_SIGN = re.compile(rf"(?P<code>[{SIGNS}])\ufe0f?\s*[:–-]?\s*(?=\S)")
_ROUND_SIGN = re.compile("[\u26aa\u2b1c\u26ab\u2b1b\U0001f7e1\U0001f7e8\U0001f7e2\U0001f7e9\U0001f534\U0001f7e5]")
_SIGNED_TURN = re.compile(rf"[^:\n]{{1,40}}:\s+(?P<blank>(?P<code>{_ROUND_SIGN.pattern})\ufe0f?\s*[:–-]?\s*)(?=\S)")
_CODE_FIRST = re.compile(
    rf"^(?:[-*•]\s+)?(?P<blank>[(\[]?(?P<code>{_CODE})(?:\+|[)\]]|\b)\s*(?:[:.–—|/=-]\s*|(?<=[\s)\]])))(?=\S)",
    re.IGNORECASE,
)
_LAST: Sequence[re.Pattern[str]] = (
    re.compile(rf"(?<=\S)(?P<blank>\s+[-–—/|]+\s*(?P<code>{_CODE}))\s*\.?$", re.IGNORECASE),
    re.compile(
        rf"(?P<blank>(?<=\s)#(?P<code>{_CODE})(?:hoed)?\b|^#(?P<other>{_CODE})(?:hoed)?\s+(?=\S))", re.IGNORECASE
    ),
    re.compile(rf"(?<=\S)(?P<blank>\s*[(\[](?P<code>{_CODE})[)\]])\s*\.?$", re.IGNORECASE),
    re.compile(rf"^[^()\[\]:]{{1,25}}(?P<blank>\s*[(\[](?P<code>{_CODE})[)\]])\s*:", re.IGNORECASE),
    re.compile(rf"[(\[][^()\[\]/]{{1,25}}(?P<blank>\s*[/|,;-]\s*(?P<code>{_CODE}))[)\]]", re.IGNORECASE),
)
_TIMES = re.compile(
    r"(?<=\S)\s*[(\[]\s*(?:x\s*\d{1,2}|\d{1,2}\s*(?:x|×|keer|maal|stemmen|stippen|stickers))\s*[)\]]\s*$", re.IGNORECASE
)
_ROUND = re.compile(r"^o\s+(?=\S)")
"""The round mark of a list in Word, which becomes a letter where the list is pasted."""
_COMMENT = re.compile(r"(?<=\S)\[[a-z]{1,2}\]")
_LEFT_OUT = ((_TIMES, "counts behind remarks"), (_COMMENT, "marks of comments"), (_ROUND, "marks of lists"))
_NUMBERED = re.compile(r"(?P<number>\d{1,2})[.)]\s+\S")
_TO_SELF = re.compile(r"!{2,}\s|(?:to ?-?do|nvdr|n\.v\.d\.r\.?)\s*:\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the lines of some notes show together.

    Attributes:
        titles: number of a line to the heading that it is.
        hats: number of a line to the hat of which a sign stands beside it.
        blanks: places of signs and counts, first character and one past the last.
        counts: what is blanked, with how often.
        seats: number of a line to the number or letter of who speaks, before what was said, and the length of both.
        signed: number of a line below a remark to the name on it.
    """

    titles: Mapping[int, Heading] = field(default_factory=dict)
    hats: Mapping[int, Hat] = field(default_factory=dict)
    blanks: Sequence[tuple[int, int]] = ()
    counts: Counter[str] = field(default_factory=Counter)
    seats: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    signed: Mapping[int, str] = field(default_factory=dict)


def find_patterns(lines: Sequence[Line], *, has_legend: bool) -> Patterns:
    """Find titles, and signs beside remarks.

    Args:
        lines: of the whole source.
        has_legend: a line says what the letters of the hats are.
    """
    filled = [line for line in lines if line.text]
    headings = {
        line.number: heading
        for line in filled
        if (heading := marks.read_heading(line.text, after_blank=True))
        and (heading.hat or heading.section or heading.announces_hat)
    }
    titles = dict(_list_titles(lines)) | dict(_agenda_titles(filled)) | dict(_spoken_titles(lines))
    titles |= dict(_function_titles(lines, headings)) | dict(_thing_titles(filled))
    titles = {number: title for number, title in titles.items() if number not in headings or title.hat}
    has_hats = any(heading.hat for heading in headings.values())
    if not has_hats and not has_legend:
        titles |= dict(_letter_titles(filled))
    plain = [line for line in filled if line.number not in titles]
    hats: dict[int, Hat] = {}
    blanks: list[tuple[int, int]] = []
    for found in (_signs(plain), _signs_after_labels(plain), *(() if has_hats or has_legend else _codes(plain))):
        hats |= {number: hat for number, hat, _ in found if hat}
        blanks += [blank for _, _, blank in found]
    counts = Counter({"signs of hats beside remarks": len(blanks)}) if blanks else Counter()
    for pattern, what in _LEFT_OUT:
        matches = [(line, found) for line in plain for found in pattern.finditer(line.text)]
        if pattern is _COMMENT and not any(found[0] == "[a]" for _, found in matches):
            continue
        if pattern is _ROUND and not any(b.number == a.number + 1 for (a, _), (b, _) in pairwise(matches)):
            continue
        blanks += [(line.start + found.start(), line.start + found.end()) for line, found in matches]
        counts += Counter({what: len(matches)})
    titles = {n: t for n, t in titles.items() if n not in hats}
    seats = {} if has_legend else _find_seats(plain)
    return Patterns(titles, hats, blanks, counts, seats, dict(_find_signed(lines)))


def _find_seats(lines: Sequence[Line]) -> dict[int, tuple[int, str]]:
    """Find the numbers or letters of who speaks, ``2: ...``; what counts up, or from one again, numbers remarks."""
    for pattern in _SEATS:
        found = [(line, match) for line in lines if (match := pattern.match(line.text))]
        seats = [match["seat"] for _, match in found]
        order = [int(seat) if seat.isdigit() else ord(seat) - ord("A") + 1 for seat in seats]
        counts = sum(b in (a + 1, 1) for a, b in pairwise(order))
        if (
            len(found) >= max(MIN_SEATED, MIN_SIGNED_SHARE * len(lines))
            and 1 < len(set(seats)) < len(seats)
            and counts < MAX_COUNTED * (len(seats) - 1)
        ):
            return {line.number: (match.end(), match["seat"]) for line, match in found}
    return {}


MIN_SEATED, MAX_COUNTED = 4, 0.8
_SEATS = tuple(
    re.compile(rf"(?:[-*•]\s+)?{pattern}(?=\S)")
    for pattern in (
        r"#(?P<seat>\d{1,2})\b\s*[.:)–-]?\s+",
        r"[(\[](?:nr\.?\s*)?(?P<seat>\d{1,2}|[A-H])[)\]]\s*[:–-]?\s*",
        r"(?P<seat>\d{1,2})\s*(?::|[–—-](?=\s))\s*(?=\D)",
        r"(?P<seat>[A-H])\s*(?:[:|]|[–—-](?=\s))\s+",
        r"(?P<seat>\d{1,2}|[A-H])[.)]\s+",
    )
)


def _find_signed(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Give the lines on which nothing stands but a dash and the name of who made the remark above it."""
    filled = [line for line in lines if line.text]
    found = {i: match["name"] for i, line in enumerate(filled) if (match := _SIGNED.fullmatch(line.text))}
    found = {i: name for i, name in found.items() if not is_no_name(name)}
    bare = [line.text.removeprefix(">").lstrip() for line in filled]
    is_apart = all(i and i - 1 not in found and not marks.bullet_length(bare[i - 1]) for i in found)
    if len(found) >= MIN_SIGNS and is_apart and len(set(found.values())) < len(found):
        yield from ((filled[i].number, name) for i, name in found.items())


_SIGNED = re.compile(rf"(?:>\s*)?(?:[-–—~]{{1,3}})\s*[*_]{{0,2}}(?P<name>{NAME})[*_]{{0,2}}\.?")


def function_of(text: str) -> Hat | None:
    """Read for which hat a title stands that names none, as ``Feiten`` or ``Wat loopt er goed?``.

    >>> function_of("💡 Nieuwe ideeën!!"), function_of("Wat loopt er goed"), function_of("De bus rijdt niet")
    (<Hat.GROEN: 'groen'>, <Hat.GEEL: 'geel'>, None)
    """
    bare = text.strip("*_#:•=>!.…–—- ").casefold()
    if len(bare.split()) > MAX_TITLE_WORDS:
        return None
    if bare.endswith("?") or _ASKED.fullmatch(bare):
        return hat_asked_for(bare)
    words = [word for word in re.split(r"[\s/,&+()-]+", bare) if re.search(r"\w", word) and word not in _FILLERS]
    hats = {FUNCTIONS.get(word) for word in words}
    return hats.pop() if len(hats) == 1 else None


def hat_asked_for(question: str) -> Hat | None:
    """Read which hat a question asks to put on that names none, of any length.

    >>> hat_asked_for("Wat vindt u er moeilijk aan, als u eraan denkt dat u morgen weer de bus moet nemen?")
    <Hat.ZWART: 'zwart'>
    """
    return next((hat for hat, words in _QUESTIONS if words.search(question)), None)


_ASKED = re.compile(r"(?:wat|hoe)\s+(?:loopt|gaat|kan|is|voel\w*|weten)\b(?:\s+\S+){1,3}")
"""A short question without its mark."""
_FILLERS = frozenset(
    """de het een en of nieuwe onze mijn sterke huidige
     mogelijke eerste the and our new les des et""".split()  # noqa: SIM905
)


def _function_titles(lines: Sequence[Line], headings: Mapping[int, Heading]) -> Iterator[tuple[int, Heading]]:
    """Give the titles that say what a hat is about, where several do; not those of an analysis of another kind."""
    found: dict[int, tuple[Line, Hat]] = {}
    items = [line.text[length:] for line in lines if (length := marks.bullet_length(line.text))]
    statements = [text for text in items if not text.endswith("?")]
    # Among items that all name their speaker, a question that names nobody heads those below it.
    asks_in_list = len(statements) >= MIN_SIGNS and all(any(read_labels(text)) for text in statements)
    asks_in_list = asks_in_list and not any(any(read_labels(text)) for text in items if text.endswith("?"))
    bullets = _bullets_of_hats(lines, headings)
    for i, line in enumerate(lines):
        bullet = marks.bullet_length(line.text)
        is_like_hat = _bullet(line) in bullets
        is_title = not bullet or (asks_in_list and line.text.endswith("?")) or is_like_hat
        hat = function_of(line.text[bullet:]) if is_title and line.number not in headings else None
        if not hat and is_title and line.number not in headings and _LIKE_HEADING.search(line.text):
            hat = _hat_in_brackets(line.text[bullet:])
        if hat and marks.text_below(lines, i):
            found[line.number] = line, hat
    hats = {hat for _, hat in found.values()}
    named = {heading.hat for heading in headings.values() if heading.hat}
    new = hats - named
    # Where one hat only is named, the others may be called by what they are about.
    is_rest = len(named) == 1 and len(new) > 1 and (len(new) > 2 or Hat.ROOD in new)
    is_asked = all(line.text.rstrip("*_: ").endswith("?") for line, _ in found.values())
    enough = len(hats) >= (MIN_ASKED_FUNCTIONS if is_asked else MIN_FUNCTIONS) and hats & {Hat.WIT, Hat.ROOD}
    n_asked = sum(line.text.endswith("?") and read_label(line.text) is None for line in lines)
    if is_asked and len(found) < n_asked:
        enough = False
    for number, (line, hat) in found.items():
        if (hat in new and (len(named) > 1 or is_rest)) or (not named and enough):
            set_off = marks.read_heading(line.text, after_blank=True)
            level = set_off.level if set_off else marks.PLAIN_LEVEL
            yield number, Heading(line.text.strip("*_#:-•=>! "), level, hat, Section.HAT, len(line.text))


_LIKE_HEADING = re.compile(r"[:)]\s*$|=+>\s*$|!!+\s*$")
_COLOUR_IN_BRACKETS = re.compile(rf"[(\[]\s*(?:de\s+)?({ANY_COLOUR})(?:\s+hoed)?\s*[)\]]", re.IGNORECASE)


def _hat_in_brackets(text: str) -> Hat | None:
    """Read the only colour of a hat that stands in brackets in a short line."""
    hats = {find_hat(colour) for colour in _COLOUR_IN_BRACKETS.findall(text)}
    return hats.pop() if len(hats) == 1 and len(text.split()) <= MAX_TITLE_WORDS else None


def _bullet(line: Line) -> str:
    return line.text[: marks.bullet_length(line.text)].strip()


def _bullets_of_hats(lines: Sequence[Line], headings: Mapping[int, Heading]) -> set[str]:
    """Give the bullets that stand before the names of hats, and before fewer lines than not."""
    counts = Counter(_bullet(line) for line in lines)
    heads = {_bullet(line) for line in lines if line.number in headings and headings[line.number].hat} - {""}
    return {bullet for bullet in heads if counts[bullet] * 2 < len(lines)}


def find_unclear(lines: Sequence[Line], titles: Collection[int]) -> list[int]:
    """Give the lines that look like headings between those of hats, and are none that is understood.

    Args:
        lines: of the whole source.
        titles: numbers of the lines that are headings.
    """
    filled = [line for line in lines if line.text]
    headings = {line.number: marks.read_heading(line.text, after_blank=True) for line in filled}
    known = {number for number, heading in headings.items() if heading} | {*titles}
    hats = {number: heading for number, heading in headings.items() if heading and heading.hat}
    bullets = _bullets_of_hats(filled, hats)
    first = min((*hats, *titles), default=None)
    return [
        line.number
        for i, line in enumerate(lines)
        if line.text
        and first is not None
        and line.number > first
        and line.number not in known
        and len(line.text.split()) <= MAX_UNCLEAR_WORDS
        and (_bullet(line) in bullets or _UNCLEAR.search(line.text))
        and read_label(line.text) is None
        and marks.text_below(lines, i)
    ]


MAX_UNCLEAR_WORDS = 5
_UNCLEAR = re.compile(r"^[^.?!,]+(?::|=+>)\s*$|^\W*\S+\s*!!+\s*$")


def _letter_titles(lines: Sequence[Line]) -> Iterator[tuple[int, Heading]]:
    """Give the lines that are nothing but the letter of a hat, where four hats or more have such a line."""
    codes = {line.number: line.text.strip("()[].:").casefold() for line in lines}
    found = [(line, codes[line.number]) for line in lines if codes[line.number] in _HEADING_LETTERS]
    letter = _letter_g([code for _, code in found])
    hats = {code: letter if code == "g" else HAT_LETTERS.get(code) for _, code in found}
    if len({hat for hat in hats.values() if hat}) >= MIN_LETTER_TITLES:
        for line, code in found:
            title, length, hat = line.text.strip("()[].:"), len(line.text), hats[code]
            yield line.number, Heading(title, marks.PLAIN_LEVEL, hat, Section.HAT if hat else None, length, not hat)


MIN_LETTER_TITLES = 4
_HEADING_LETTERS = frozenset([*HAT_LETTERS, "g", "b", "bl"])
"""Letters of hats, and of the blue one, which is none here."""


def _spoken_titles(lines: Sequence[Line]) -> Iterator[tuple[int, Heading]]:
    """Give the sentences with which a reporter tells that another hat was put on; in dictation these have no marks."""
    filled = [line.text for line in lines if line.text]
    is_dictated = len(filled) >= MIN_SPOKEN_LINES and not any(
        text[-1] in ".:!?" or text[0].isupper() for text in filled
    )
    for i, line in enumerate(lines):
        above = lines[i - 1].text if i else ""
        if (
            len(line.text.split()) <= MAX_SPOKEN_WORDS
            and (line.text[:1].isupper() or is_dictated)
            and not line.text.startswith("#")
            and read_label(line.text) is None
            and (is_dictated or not above or above[-1] in ".!?:" or read_label(above) or marks.bullet_length(above))
            and (line.text[-1:] in (".", ":") or is_dictated)
            and marks.text_below(lines, i)
            and (hat := announced_hat(line.text) or _hat_of_lead_in(line.text))
        ):
            yield line.number, Heading(line.text.rstrip(".: "), marks.PLAIN_LEVEL, hat, Section.HAT, len(line.text))


def _hat_of_lead_in(text: str) -> Hat | None:
    """Read the only hat of a line that announces a list, as ``De witte hoed kwam eerst aan bod:``."""
    hats = {find_hat(colour) for colour in re.findall(rf"(?i)\b({ADJECTIVES})\s+hoed\b", text)}
    return hats.pop() if text.endswith(":") and len(hats) == 1 else None


def _list_titles(lines: Sequence[Line]) -> Iterator[tuple[int, Heading]]:
    """Give the short lines between lists, where nearly all that was said stands in lists."""
    filled = [line for line in lines if line.text]
    n_bullets = sum(marks.bullet_length(line.text) > 0 for line in filled)
    if n_bullets * 2 < len(filled):
        return
    for above, line, below in zip(["", *(line.text for line in filled)], filled, filled[1:], strict=False):
        is_between = marks.bullet_length(above) > 0 and marks.bullet_length(below.text) > 0
        if (
            is_between
            and not marks.bullet_length(line.text)
            and line.text[:1].isupper()
            and line.text[-1] not in ".!,;"
            and len(line.text.split()) <= MAX_TITLE_WORDS
            and (above[-1] in ".!?)" or line.text.casefold() != line.text and len(above) < MAX_ITEM)
            and read_label(line.text) is None
        ):
            yield line.number, Heading(line.text.rstrip(": "), marks.GENERIC_LEVEL, length=len(line.text))


MAX_ITEM = 70
"""Characters of a line after which the next one may go on with it."""


def _agenda_titles(lines: Sequence[Line]) -> Iterator[tuple[int, Heading]]:
    """Give the points of an agenda: numbered short lines that go up by one, with other lines below each."""
    found = [(i, match) for i, line in enumerate(lines) if (match := _NUMBERED.match(line.text))]
    numbers = [int(match["number"]) for _, match in found]
    places = [i for i, _ in found]
    if len(numbers) < 2 or numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] > 1:
        return
    apart = [b - a > 1 for a, b in zip(places, [*places[1:], len(lines)], strict=True)]
    short = [len(lines[i].text.split()) <= MAX_TITLE_WORDS and lines[i].text[-1] not in ".!" for i in places]
    titles = [lines[i].text[match.end() - 1 :] for i, match in found]
    if all(apart[:-1]) and all(short) and all(read_label(title) is None for title in titles):
        for i, title in zip(places, (title.rstrip(": ") for title in titles), strict=True):
            yield lines[i].number, Heading(title, marks.GENERIC_LEVEL, None, section_of(title), len(lines[i].text))


def section_of(title: str) -> Section | None:
    """Read which part of a meeting a title opens."""
    heading = marks.read_heading(f"# {title}", after_blank=True)
    return heading.section if heading else None


def _thing_titles(lines: Sequence[Line]) -> Iterator[tuple[int, Heading]]:
    """Give lines such as ``gele post-its``, where several colours stand in such a line."""
    found = [(line, heading) for line in lines if len(line.text.split()) <= 4 and (heading := _set_off(line.text))]
    if len({heading.hat for _, heading in found}) > 1:
        for line, heading in found:
            yield line.number, replace(heading, level=marks.PLAIN_LEVEL, length=len(line.text))


def _set_off(text: str) -> Heading | None:
    heading = None if text.startswith(("#", "*", "_")) else marks.read_heading(f"**{text}**", after_blank=True)
    return heading if heading and heading.hat and not heading.caption else None


_Found = list[tuple[int, Hat | None, tuple[int, int]]]


def _signs(lines: Sequence[Line]) -> _Found:
    """Find circles and hearts before remarks: where they head these, other lines stand below them."""
    found = [(line, match) for line in lines if (match := _SIGN.match(line.text))]
    numbers = {line.number for line, _ in found}
    follow = sum(line.number + 1 in numbers for line, _ in found)
    if len(found) < 2 or follow < len(found) / 2:
        return []
    return [(line.number, sign_hat(match["code"]), (line.start, line.start + match.end())) for line, match in found]


def _signs_after_labels(lines: Sequence[Line]) -> _Found:
    """Find circles and squares behind the names before remarks, as in a chat: three of them, of three hats at least.

    Two colours may be votes for and against; several in a line are a legend.
    """
    found = [(line, match) for line in lines if (match := _SIGNED_TURN.match(line.text))]
    found = [(line, match) for line, match in found if len(_ROUND_SIGN.findall(line.text)) == 1]
    # One who shows them all announces hats.
    are_of_one = len({line.text.partition(":")[0] for line, _ in found}) < 2
    if len({match["code"] for _, match in found}) < MIN_SIGNS or are_of_one:
        return []
    return [
        (line.number, sign_hat(match["code"]), (line.start + match.start("blank"), line.start + match.end("blank")))
        for line, match in found
    ]


def _codes(lines: Sequence[Line]) -> Iterator[_Found]:
    """Find the colours or letters of hats beside remarks: nearly all remarks have one, of at least three hats."""
    for pattern in (_CODE_FIRST, *_LAST):
        found = [(line, match) for line in lines if (match := pattern.search(line.text))]
        codes = [(match["code"] or match.groupdict().get("other") or "").casefold() for _, match in found]
        letter = _letter_g(codes)
        hats = [letter if code == "g" else _LETTERS.get(code) for code in codes]
        is_enough = len(found) >= max(MIN_SIGNS, MIN_SIGNED_SHARE * len(lines))
        if is_enough and len({hat for hat in hats if hat}) >= MIN_SIGNS:
            yield [
                (line.number, hat, (line.start + match.start("blank"), line.start + match.end("blank")))
                for (line, match), hat in zip(found, hats, strict=True)
            ]
            return


def _letter_g(codes: Sequence[str]) -> Hat | None:
    """Say for which hat a bare G stands: the one of yellow and green that is not written otherwise."""
    has_green = bool({"gr", "gn", "groen"} & set(codes))
    has_yellow = bool({"ge", "gl", "geel"} & set(codes))
    return None if has_green == has_yellow else Hat.GEEL if has_green else Hat.GROEN


def is_note_to_self(text: str) -> bool:
    """Tell whether a line is a reminder of whoever took the notes.

    >>> is_note_to_self("TODO: foto's doorsturen"), is_note_to_self("er is veel te doen: alles")
    (True, False)
    """
    return _TO_SELF.match(text) is not None
