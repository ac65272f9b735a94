"""Notes that were dictated in one breath, or written on one line: where a remark ends and the next one begins."""

import re
from collections import Counter
from collections.abc import Collection
from itertools import pairwise

from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.hats import ADJECTIVES
from pipeline.readers.notes.labels import is_no_name, read_label
from pipeline.readers.notes.marks import Line

MIN_DICTATED, MIN_SPOKEN_LABELS = 300, 4
"""Characters of a line, and names with a colon in it, from which it was dictated."""


def split_dictation(line: Line) -> list[Line]:
    """Split what was dictated in one breath: before each name with a colon, before and after each spoken hat.

    >>> words = "hoed wit " + "An: de bus rijdt om het uur en meer niet Bo: de halte ligt veel te ver weg " * 5
    >>> [part.text[:8] for part in split_dictation(Line(1, 0, words.strip()))][:3]
    ['hoed wit', 'An: de b', 'Bo: de h']
    """
    if len(line.text) < MIN_DICTATED and len(_SPOKEN_LINE.findall(line.text)) < 2:
        return _split_run(line)
    labels = next((pattern for pattern in (_SPOKEN_LABEL, _SPOKEN_SAYS) if pattern.search(line.text)), _SPOKEN_LABEL)
    names = Counter(found["name"] for found in labels.finditer(line.text))
    if sum(names.values()) < MIN_SPOKEN_LABELS or len(names) < 2 or max(names.values()) < 2:
        return _split_run(line)
    cuts = {0, len(line.text)} | {found.start() for found in labels.finditer(line.text)}
    for pattern in (_SPOKEN_HAT, _SPOKEN_END, _SPOKEN_LINE):
        cuts |= {place for found in pattern.finditer(line.text) for place in found.span()}
    return _cut(line, cuts)


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
