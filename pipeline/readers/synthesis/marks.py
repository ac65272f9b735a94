"""What single lines and blocks of a synthesis report show: quotation marks, ends of sentences, headings, numbers."""

import re

from pipeline.core.vocabulary import Polarity

_SURE_OPENING = "„‟«"
_SURE_CLOSING = "»"
_DOUBLE_MARKS = '“”"' + _SURE_OPENING + _SURE_CLOSING
_BEFORE_OPENING = re.compile(r"[\s(\[\-–—:‘'“„]\Z")
_TRAILING = " \t\n)]’'”“\"»"
_SENTENCE_END = ".?!…"
_CITATION = re.compile(r"[\s.,;]*(?:\([^()]*\)[\s.,;]*)?")

MAX_HEADING_LINES = 2
MAX_HEADING_WORDS = 25
MAX_STOPPED_HEADING_WORDS = 15
MAX_QUOTED_WORDS = 3
MAX_HANGING_LINE = 12
MIN_LISTED = 3

_PART = re.compile(r"deel\s+(?:[ivx]+|\d{1,2})\b", re.IGNORECASE)
_CHAPTER = re.compile(r"hoofdstuk\s+(?P<number>[ivx]+|\d{1,2})\b[\s.:–-]*(?P<title>.*)", re.IGNORECASE | re.DOTALL)
_NUMBERED = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?P<title>\S.*)", re.DOTALL)
_LISTED = re.compile(
    r"(?<!\S)\(?(?P<number>\d{1,2})\)\s+(?P<label>.+?)(?=[\s,;]+(?:en\s+)?\(?\d{1,2}\)\s|\Z)", re.DOTALL
)
_CONTENTS_LINE = re.compile(r"[.…_ \t]{3,}\d{1,4}\Z")
_POLARITIES = {"kansen": Polarity.KANS, "knelpunten": Polarity.KNELPUNT}

# Enough to tell a line with a verb from a title; nothing else rests on it.
_VERB_WORDS = """
is zijn was waren ben bent wordt worden word werd werden heeft hebben heb had hadden kan kunnen kon konden moet moeten
moest moesten mag mogen mocht wil willen wilde wilden zal zullen zou zouden gaat gaan ging komt komen kwam doet doen
deed krijgt krijgen kreeg geeft geven gaf vindt vinden vond blijft blijven bleef ziet zien zag zegt zeggen zei
staan stond ligt liggen lag maakt maken maakte weet weten wist hoeft hoeven lijkt lijken leek vraagt neemt
nemen nam brengt brengen bracht betekent biedt bieden bestaat bestaan ontbreekt ontbreken
"""
_SUBJECT_WORDS = "ik je jij u ge gij hij ze zij het we wij men er dit dat deze die"
_FINITE_VERBS = frozenset(_VERB_WORDS.split())
_SUBJECTS = frozenset(_SUBJECT_WORDS.split())


def is_opening(text: str, at: int) -> bool:
    """Tell whether the double mark at a place opens; by its neighbours, since reports close with opening marks too.

    >>> is_opening("“Ja“ zei ze", 0), is_opening("“Ja“ zei ze", 3)
    (True, False)
    """
    mark = text[at]
    if mark in _SURE_OPENING:
        return True
    if mark in _SURE_CLOSING or mark not in _DOUBLE_MARKS:
        return False
    free_before = at == 0 or _BEFORE_OPENING.search(text[:at]) is not None
    return free_before and at + 1 < len(text) and not text[at + 1].isspace()


def open_quotes(text: str) -> int:
    """Count the quotations that are open at the end of a text.

    >>> open_quotes("“Zij vroeg: “Moet dat nu?”")
    1
    """
    depth = 0
    for at, character in enumerate(text):
        if character in _DOUBLE_MARKS:
            depth = depth + 1 if is_opening(text, at) else max(0, depth - 1)
    return depth


def is_quote(text: str) -> bool:
    """Tell whether a whole block is a quotation; one that merely begins with a quoted word or term is not.

    >>> is_quote("“Wij doen dat al.“"), is_quote("“Vrijwillig” is voor velen een rekbaar woord.")
    (True, False)
    """
    text = text.strip()
    if not text or not is_opening(text, 0):
        return False
    closings = [at for at, c in enumerate(text) if at and c in _DOUBLE_MARKS and not is_opening(text, at)]
    if not closings:
        return True
    first, rest = text[1 : closings[0]], text[closings[0] + 1 :]
    is_sentence = len(first.split()) > MAX_QUOTED_WORDS or first.rstrip()[-1:] in _SENTENCE_END
    if rest.strip() and not is_sentence:
        return False
    return _CITATION.fullmatch(text, closings[-1] + 1) is not None


def is_closed_quote(text: str) -> bool:
    """Tell whether a block is a quotation that is closed at its end."""
    return is_quote(text) and text.rstrip(" .,;")[-1:] in _DOUBLE_MARKS


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends where a sentence may end, a colon and a closing mark included.

    >>> ends_sentence("en dat was “alles.”"), ends_sentence("en dat was"), ends_sentence("“Dat was alles”")
    (True, False, True)
    """
    stripped = text.rstrip()
    return stripped.rstrip(_TRAILING)[-1:] in _SENTENCE_END + ":" or stripped[-1:] in _DOUBLE_MARKS


def begins_lower(text: str) -> bool:
    """Tell whether a text begins with a small letter."""
    return text[:1].islower()


def is_part(text: str) -> bool:
    """Tell whether a heading opens a part: ``DEEL II ...``."""
    return _PART.match(text) is not None and is_title(text)


def is_chapter(text: str) -> bool:
    """Tell whether a heading opens a chapter: ``Hoofdstuk 2 ...``."""
    return _CHAPTER.match(text) is not None and is_title(text)


def has_chapter_title(text: str) -> bool:
    """Tell whether a chapter heading holds its title; else the title stands in the next heading.

    >>> has_chapter_title("Hoofdstuk 2 Kansen"), has_chapter_title("Hoofdstuk 2")
    (True, False)
    """
    match = _CHAPTER.match(text)
    return match is not None and bool(match["title"].strip())


def read_polarity(text: str) -> Polarity | None:
    """Read a heading that is nothing but ``Kansen`` or ``Knelpunten``.

    >>> read_polarity("Knelpunten:") is Polarity.KNELPUNT, read_polarity("kansen")
    (True, None)
    """
    return _POLARITIES.get(text.rstrip(" :").lower()) if text[:1].isupper() else None


def read_number(text: str) -> tuple[int, str] | None:
    """Read the number and the rest of a numbered heading or item.

    >>> read_number("2. De buurt")
    (2, 'De buurt')
    """
    match = _NUMBERED.match(text)
    return (int(match["number"]), match["title"].strip()) if match else None


def read_list(text: str) -> dict[int, str]:
    """Read a list that runs on in a sentence: ``1) tonen, 2) lenen en 3) leren.``; empty when there is none.

    >>> read_list("Het gaat om 1) tonen, 2) lenen en 3) samen leren.")
    {1: 'tonen', 2: 'lenen', 3: 'samen leren'}
    """
    found = {int(m["number"]): m["label"].strip(" .,;:\n") for m in _LISTED.finditer(text)}
    return found if len(found) >= MIN_LISTED and list(found) == list(range(1, len(found) + 1)) else {}


def is_title(text: str) -> bool:
    """Tell whether words alone allow a block to be a heading: no full stop, no table of contents, not too long.

    >>> is_title("Zelf doen of niet?"), is_title("Zij vinden dat:"), is_title("De buurt .......... 12")
    (True, False, False)
    """
    words = text.split()
    first = text.lstrip("(")[:1]
    if not words or len(words) > MAX_HEADING_WORDS or not (first.isupper() or first.isdigit()):
        return False
    return text.rstrip()[-1] not in '.:;,…!”“"»' and _CONTENTS_LINE.search(text) is None


def is_stopped_title(text: str) -> bool:
    """Tell whether a line is a title although it ends with a full stop: short, and without subject or verb.

    >>> is_stopped_title("Vragen over de rol van de buurt."), is_stopped_title("Men krijgt het niet rond.")
    (True, False)
    """
    words = [word.strip(".,;()").lower() for word in text.split()]
    if not text.endswith(".") or not is_title(text.rstrip(".")) or not 1 < len(words) <= MAX_STOPPED_HEADING_WORDS:
        return False
    return words[0] not in _SUBJECTS and not _FINITE_VERBS.intersection(words)
