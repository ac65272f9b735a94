"""Notes that were dictated in one breath, or written on one line: where a remark ends and the next one begins."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.hats import ADJECTIVES, ANY_COLOUR, find_hat
from pipeline.readers.notes.labels import NAME, SAYS, is_no_name, read_label
from pipeline.readers.notes.marks import Line
from pipeline.readers.notes.speakers import is_given
from pipeline.text.languages import read_gazetteers

MIN_DICTATED, MIN_SPOKEN_LABELS = 300, 4
"""Characters of a line, and names with a colon in it, from which it was dictated."""


def find_running(lines: Sequence[Line]) -> frozenset[str]:
    """Give the names that stand inside the lines of talk that runs on, before a colon or a quotation, and return.

    Nobody where it does not.
    """
    if any(_spoken_labels(line) for line in lines):
        return frozenset()
    found = [name for line in lines for name in _names_inside(line)]
    names = Counter(name["name"] for name in found)
    n_returning = sum(n for n in names.values() if n > 1)
    inside = [name for name in found if name.start("name")]
    runs_on = len(inside) >= MIN_INSIDE and len(names) > 1 and n_returning * 2 >= len(found)
    return frozenset(name for name, n in names.items() if n > 1 or is_given(name)) if runs_on else frozenset()


def _names_inside(line: Line) -> list["re.Match[str]"]:
    places = read_gazetteers().places
    found = (found for found in _NAME_INSIDE.finditer(line.text) if not is_no_name(found["name"]))
    return [name for name in found if name["name"] not in places or is_given(name["name"])]


MIN_INSIDE, MAX_LEAD_IN, MAX_LEAD_IN_LINE = 3, 8, 14
"""Names inside lines from which the talk runs on; words in which one colour, or a hat, announces that hat there."""


def split_running(line: Line) -> list[Line]:
    """Split a paragraph of talk that runs on before each name, and read the hat that the words before these announce.

    >>> text = "Dan rood. An: ik ben bang in het donker. Bo: ik niet."
    >>> [(part.text, part.hat) for part in split_running(Line(1, 0, text))][:2]
    [('Dan rood.', <Hat.ROOD: 'rood'>), ('An: ik ben bang in het donker.', None)]
    """
    found = _names_inside(line)
    if not found:
        return [replace(line, hat=_announced(line.text, bare=False))]
    parts = _cut(line, {name.start("name") for name in found})
    parts = [replace(part, text=part.text.rstrip(" /;")) for part in parts]
    lead_in = parts[0] if found[0].start("name") else None
    return [replace(part, hat=_announced(part.text, bare=True)) if part is lead_in else part for part in parts]


def _announced(text: str, *, bare: bool) -> Hat | None:
    """Read the only hat in a few words; a colour alone is enough before the name of who speaks next."""
    if len(text.split()) > (MAX_LEAD_IN if bare else MAX_LEAD_IN_LINE):
        return None
    words = (_COLOURS if bare else _WORN).finditer(text)
    hats = {find_hat(word["colour"]) for word in words}
    return hats.pop() if len(hats) == 1 else None


_COLOURS = re.compile(rf"\b(?P<colour>{ANY_COLOUR})\b", re.IGNORECASE)
_WORN = re.compile(rf"\b(?P<colour>{ADJECTIVES})\s+(?:denk)?hoed\b", re.IGNORECASE)
_NAME_INSIDE = re.compile(
    rf"(?:^|[.!?…][\"”»’')\]]*\s+|[\"”»]\s*[/;,]?\s+|\b(?:{ANY_COLOUR}|blauw)\s*:\s+|\b{SAYS}\s+)"
    rf"(?P<name>(?!\w{{5,}}\.\s){NAME}(?:\s*(?:[+&/]|\ben\b)\s*{NAME})?)(?:\s+{SAYS})?(?:\s*:\s+(?=\S)|\s+(?=[\"“„«]))"
)


def split_dictation(line: Line) -> list[Line]:
    """Split what was dictated in one breath: before each name with a colon, before and after each spoken hat.

    >>> words = "hoed wit " + "An: de bus rijdt om het uur en meer niet Bo: de halte ligt veel te ver weg " * 5
    >>> [part.text[:8] for part in split_dictation(Line(1, 0, words.strip()))][:3]
    ['hoed wit', 'An: de b', 'Bo: de h']
    """
    labels = _spoken_labels(line)
    if labels is None:
        return _split_run(line)
    cuts = {0, len(line.text)} | {found.start() for found in labels.finditer(line.text)}
    for pattern in (_SPOKEN_HAT, _SPOKEN_END, _SPOKEN_LINE):
        cuts |= {place for found in pattern.finditer(line.text) for place in found.span()}
    return _cut(line, cuts)


def _spoken_labels(line: Line) -> re.Pattern[str] | None:
    """Give the pattern of the names in a line that was dictated; None for any other line."""
    if len(line.text) < MIN_DICTATED and len(_SPOKEN_LINE.findall(line.text)) < 2:
        return None
    labels = next((pattern for pattern in (_SPOKEN_LABEL, _SPOKEN_SAYS) if pattern.search(line.text)), _SPOKEN_LABEL)
    names = Counter(found["name"] for found in labels.finditer(line.text))
    is_enough = sum(names.values()) >= MIN_SPOKEN_LABELS and len(names) > 1 and max(names.values()) > 1
    return labels if is_enough else None


def _cut(line: Line, cuts: Collection[int]) -> list[Line]:
    parts = []
    for begin, end in pairwise(sorted({0, *cuts, len(line.text)})):
        text = line.text[begin:end]
        start = line.start + begin + len(text) - len(text.lstrip())
        if text.strip() and not _SPOKEN_LINE.fullmatch(text.strip()):
            parts.append(Line(line.number, start, text.strip()))
    return parts


def _split_run(line: Line) -> list[Line]:
    """Split a line in which several hats, or several remarks with the name of who made them, follow each other."""
    hats = list(_RUN_HAT.finditer(line.text))
    cuts = {found.start("hat") for found in hats} if len({found["hat"] for found in hats}) > 1 else set()
    first = read_label(line.text)
    names = list(_RUN_LABEL.finditer(line.text))
    if first and names and {found["name"] for found in names} and not is_no_name(first.name):
        cuts |= {
            place for found in names if not is_no_name(found["name"]) for place in (found.start(), found.start("name"))
        }
    parts = _cut(line, cuts) if cuts else [line]
    return [part for part in parts if part.text.strip("-–—/|;")] or [line]


_RUN_HAT = re.compile(rf"(?:^|(?<=[.;!?]\s))(?P<hat>(?:De\s+)?(?i:{ADJECTIVES})\s+hoed)\s*:\s+(?=\S)")


_RUN_LABEL = re.compile(
    r"(?<=\S)\s+(?:[-–—/|]|(?://|\|\||--)(?=\s)|(?<=;))\s*(?P<name>[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ]\.?)?|[A-Z]{2,3}):\s+(?=\S)"
)


_SPOKEN_LINE = re.compile(r"(?<!\S)(?:nieuwe (?:lijn|regel|alinea|paragraaf))\b[.,]?", re.IGNORECASE)


_SPOKEN_LABEL = re.compile(
    r"(?<!\S)(?P<name>[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ]\.?)?)(?:\s+(?:zegt|zei|vraagt|antwoordt))?\s*"
    r"(?::|\sdubbel ?punt\b)\s+(?=\S)"
)


_SPOKEN_SAYS = re.compile(
    r"(?<!\S)(?<!\bde )(?<!\bhet )(?<!\been )(?<!\bmijn )(?<!\bonze )(?<!\bdie )"
    r"(?!(?:hij|zij|ze|men|wie|dat|die|en|iedereen|niemand|iemand)\b)(?P<name>[^\W\d_]{2,15})\s+zegt\s+(?=\S)",
    re.IGNORECASE,
)


_SPOKEN_HAT = re.compile(
    r"(?<!\S)(?:(?:(?:de|en)\s+)?(?:volgende|laatste|eerste?|nieuwe|dan|nu|tot slot|als laatste|daarna)\s+(?:de\s+)?)?"
    rf"(?:hoed\s+(?:{'|'.join(map(str, Hat))})|(?:{ADJECTIVES})\s+hoed)\b[.:,]?"
    r"(?=\s+[A-ZÀ-Þ]|\s*$|\s+[^\W\d_]+\s+zegt\b)",
)


_SPOKEN_END = re.compile(
    r"(?<!\S)(?:en\s+)?(?:dat was het|(?:dit|dat) (?:is|was) het einde|einde (?:van de )?opname)\b.*$"
)
