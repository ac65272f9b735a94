"""The hats of De Bono by their names, signs and letters, as people write, misspell and announce them."""

import re
from collections.abc import Collection, Iterable, Mapping
from colorsys import rgb_to_hsv
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from pipeline.core.vocabulary import Hat
from pipeline.readers.words import read_meanings, read_pattern

HAT_ADJECTIVES: Mapping[Hat, str] = MappingProxyType(
    {Hat.WIT: "witte", Hat.ZWART: "zwarte", Hat.GEEL: "gele", Hat.GROEN: "groene", Hat.ROOD: "rode"}
)


HATS: Mapping[str, Hat] = {word: Hat(hat) for word, hat in read_meanings("hats").items()}


_SIGN_HATS: Mapping[str, Hat] = {word: Hat(hat) for word, hat in read_meanings("hat_signs").items()}


HAT_LETTERS: Mapping[str, Hat] = {word: Hat(hat) for word, hat in read_meanings("hat_letters").items()}
"""Letters that stand for one hat; a ``g`` may stand for two."""


SIGNS = "".join(_SIGN_HATS)
"""Circles, squares and hearts in the colour of a hat."""


ANY_COLOUR = "|".join(sorted(HATS, key=len, reverse=True))


ADJECTIVES = "|".join(HAT_ADJECTIVES.values())
"""The alternatives of a pattern for the hats as they are spoken of: ``witte``, ``zwarte``."""


FUNCTIONS: Mapping[str, Hat] = {word: Hat(hat) for word, hat in read_meanings("hat_functions").items()}
"""What the hats are about."""


_HAT_TAG = re.compile(rf"[\[({{]\s*(?P<colour>{ANY_COLOUR})(?:\s+hoed)?\s*[\])}}]\s*:?\s*", re.IGNORECASE)


def find_hat(word: str) -> Hat | None:
    """Read the name of a hat, as colour or as adjective.

    >>> find_hat("Gele")
    <Hat.GEEL: 'geel'>
    """
    return HATS.get(word.strip().casefold())


def sign_hat(sign: str) -> Hat | None:
    """Read a circle, square or heart in the colour of a hat."""
    return _SIGN_HATS.get(sign)


def hat_of_colour(colour: str) -> Hat | None:
    """Read the colour with which a cell is filled, as six hexadecimal digits; blue, orange and pale ones are no hat.

    >>> hat_of_colour("FFFF00"), hat_of_colour("92D050"), hat_of_colour("4472C4")
    (<Hat.GEEL: 'geel'>, <Hat.GROEN: 'groen'>, None)
    """
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", colour):
        return None
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    hue, saturation, value = rgb_to_hsv(red, green, blue)
    if saturation < PALE:
        return Hat.WIT if value > BRIGHT else Hat.ZWART if value < GREY else None
    if value < DARK:
        return Hat.ZWART
    return next((hat for hat, low, high in _HUES if low <= hue * 360 % 345 < high), None)


PALE, BRIGHT, GREY, DARK = 0.08, 0.98, 0.8, 0.25
_HUES = ((Hat.ROOD, 0, 18), (Hat.GEEL, 40, 68), (Hat.GROEN, 75, 165))
"""Hues in degrees, of which the last fifteen are red again."""


def are_hats(found: Iterable[Hat | None]) -> bool:
    """Tell whether colours stand for hats: three of them or more, two at least neither white nor black nor grey.

    >>> are_hats([Hat.ZWART, Hat.WIT, Hat.ZWART]), are_hats([Hat.ROOD, Hat.GEEL, None, Hat.ZWART])
    (False, True)
    """
    hats = {hat for hat in found if hat}
    return len(hats) >= MIN_COLOURS and len(hats - {Hat.WIT, Hat.ZWART}) > 1


MIN_COLOURS = 3


def find_worn_hat(text: str) -> Hat | None:
    """Read the hat that stands in brackets beside a name.

    >>> find_worn_hat("zwarte hoed"), find_worn_hat("OCMW")
    (<Hat.ZWART: 'zwart'>, None)
    """
    return find_hat(re.sub(r"\s+hoed$", "", text, flags=re.IGNORECASE))


def read_hat_tag(text: str) -> tuple[int, Hat] | None:
    """Read a hat in brackets at the beginning of a text: its length and the hat.

    >>> read_hat_tag("[geel] de tuin is groot")
    (7, <Hat.GEEL: 'geel'>)
    """
    found = _HAT_TAG.match(text)
    return (found.end(), HATS[found["colour"].casefold()]) if found else None


def abbreviated_hat(text: str) -> Hat | None:
    """Read a cell below the head *Hoed*: ``de witte``, ``zw.``, ``Gr``; a letter that two hats share is none.

    >>> abbreviated_hat("zw."), abbreviated_hat("de gele hoed"), abbreviated_hat("G")
    (<Hat.ZWART: 'zwart'>, <Hat.GEEL: 'geel'>, None)
    """
    bare = re.sub(r"^(?:de|den|het)\s+|\s*(?:denk)?hoed$", "", text.strip().strip(".:()[]").casefold()).strip(" .")
    hats = {hat for hat in Hat if bare and str(hat).startswith(bare)}
    return find_hat(bare) or (hats.pop() if len(hats) == 1 else None)


_HAT_SPOKEN = re.compile(rf"\b(?P<colour>{ADJECTIVES})\s+(?:denk)?hoed\b", re.IGNORECASE)


_ANNOUNCES = re.compile(rf"\b{read_pattern('announcements')}\b", re.IGNORECASE)


_LEAVES_HAT = re.compile(
    r"\b(?:af|afzetten|afleggen|weg|klaar met|slaan?|overslaan|gehad|voorbij|terug\w*|daarnet|straks|bij de)\b",
    re.IGNORECASE,
)


_ARTICLE = r"(?:de\s+)?"


_BARE_HAT = (
    rf"[^\w{SIGNS}]*(?:(?:en|dan|nu|goed|ok[ée]|top|merci|dank|tot slot|als laatste|laatste|ten slotte|volgende|eerst"
    rf"|met)[^\w{SIGNS}]+)*{_ARTICLE}"
)


_POLITE = r"(?:\W+(?:alstublieft|alsjeblieft|aub|graag|svp|nu|dan|maar|eerst|allemaal|iedereen|mensen|please))*\W*"
"""What may stand behind a hat that is announced with its name alone."""


_TOWARDS_HAT = rf"(?:{_BARE_HAT}|.*\b(?:start\w*|beginnen|sluiten(?: af)?|eindigen|verder|gaan)\s+(?:met|naar)\s+)"


_COLOUR_SPOKEN = re.compile(
    rf"{_TOWARDS_HAT}(?P<colour>{'|'.join(map(str, Hat))})(?:\s+(?:nu|dan|eerst))?[\W_]*",
    re.IGNORECASE,
)


_HAT_WITHOUT_STOP = re.compile(
    rf"{_BARE_HAT.removesuffix(_ARTICLE)}(?P<colour>{ADJECTIVES})\s+(?:denk)?hoed\b"
    r"(?!\s+(?:was|waren|ging|komt|volgt|doen|hebben|hadden|is\s+(?:af|klaar|gedaan|om)))"
    rf"(?!.*\b(?:{ADJECTIVES})\s+(?:denk)?hoed\b)",
    re.IGNORECASE,
)
"""A hat with which a turn begins, where speech recognition writes no stop: ``gele hoed wat is de meerwaarde``."""


_THANKS = r"(?:merci|dank\w*|bedankt|mooi|top|goed|fijn|knap|bravo|super|prachtig|sterk|ok[ée]|ja|amai)"


_SIGN_SHOWN = re.compile(
    rf"(?:(?P<towards>[^\w{SIGNS}]*(?:(?:en|dan|nu|tot slot|als laatste|laatste|ten slotte|volgende|eerst|met)"
    rf"[^\w{SIGNS}]+)+"
    r"|.*\b(?:start\w*|beginnen|sluiten(?: af)?|eindigen|verder|gaan)\s+(?:met|naar)\s+)"
    rf"|[^\w{SIGNS}]*)(?P<sign>[{SIGNS}])(?!\W*(?:[{SIGNS}]|{_THANKS}\b))(?(towards)|\W*\w)",
    re.IGNORECASE,
)
"""A sign of the colour of a hat, shown in a chat: ``En nu 💛 de mooie kanten``; alone, or with thanks, it is none."""


MAX_ANNOUNCEMENT_WORDS = 40


def announced_hat(text: str, *, is_lead: bool = False) -> Hat | None:
    """Read the hat that a short turn begins with and does not leave; of the lead, the colour alone is enough.

    >>> announced_hat("Goed. En dan de gele hoed: wat loopt er goed?")
    <Hat.GEEL: 'geel'>
    >>> announced_hat("Zet de zwarte hoed nu maar af.") is None
    True
    >>> announced_hat("Merci! En nu zwart, wat kan er mis gaan?", is_lead=True)
    <Hat.ZWART: 'zwart'>
    >>> announced_hat("En nu 💚 ideeën??", is_lead=True)
    <Hat.GROEN: 'groen'>
    """
    if len(text.split()) > MAX_ANNOUNCEMENT_WORDS:
        return None
    if is_lead and (found := _HAT_WITHOUT_STOP.match(text)) and not _LEAVES_HAT.search(text):
        return find_hat(found["colour"])
    for clause in reversed(re.split(r"[.:;!?]|,(?=\s)", text)):
        if is_lead and (found := _COLOUR_SPOKEN.fullmatch(clause)):
            return find_hat(found["colour"])
        if is_lead and (found := _SIGN_SHOWN.match(clause)):
            return sign_hat(found["sign"])
        hats = list(_HAT_SPOKEN.finditer(clause))
        if not hats or _LEAVES_HAT.search(clause):
            continue
        bare = re.fullmatch(rf"{_BARE_HAT}{_HAT_SPOKEN.pattern}{_POLITE}", clause, re.IGNORECASE)
        if bare or _ANNOUNCES.search(clause):
            return find_hat(hats[-1]["colour"])
    return None


_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=1024)
def spell_hat(text: str) -> str:
    """Mend a word that nearly is the colour of a hat, beside one that is or nearly is ``hoed``.

    >>> spell_hat("zwate hoet: gevaren"), spell_hat("de wilde hond"), spell_hat("rode hond")
    ('zwarte hoed: gevaren', 'de wilde hond', 'rode hond')
    """
    text = _SCANNED.sub(_mend_figures, text)
    words = list(_WORD.finditer(text))[:MAX_WORDS]
    in_title = len(_WORD.findall(text.partition(":")[0]))
    for first, second in pairwise(words):
        for colour, thing in ((first, second), (second, first)):
            is_spelled = thing[0].casefold() in _HAT_NAMES
            if not is_spelled and (in_title > 2 or not _nearly(thing[0].casefold(), ("hoed", "hoedje"))):
                continue
            if hat := _nearly(colour[0].casefold(), _SPELLED, is_loose=not is_spelled):
                put = (hat, "hoed") if colour is first else ("hoed", hat)
                between = text[first.end() : second.start()]
                return text[: first.start()] + put[0] + between + put[1] + text[second.end() :]
    return text


_SCANNED = re.compile(r"\b(?=[01]*[^\W\d_])(?=\w*[01])(?:[^\W\d_]|[01])+\b")


def _mend_figures(found: "re.Match[str]") -> str:
    """Read the figures as the letters that text recognition takes for them, where that makes the name of a hat."""
    words = (found[0].replace("0", "o").replace("1", letter) for letter in "li")
    return next((word for word in words if word.casefold() in HATS or word.casefold() in _HAT_NAMES), found[0])


_HAT_NAMES = frozenset(["hoed", "denkhoed", "hoedje", "hat", "chapeau"])


_SPELLED = tuple(sorted({word for word in HATS if len(word) >= 4}))


_OTHER_THINGS = frozenset(["hond", "hoek", "hoes", "hoen", "hoer", "hoef"])


MIN_LIKENESS, MAX_WORDS = 0.6, 6


def _nearly(word: str, known: Collection[str], *, is_loose: bool = False) -> str | None:
    """Give the known word that a word is, or of which a letter is wrong, missing or too many; or the likest."""
    if word in known:
        return word
    # The first letter is never wrong: most words are told by it, and compared with none.
    if len(word) < 4 or word in _OTHER_THINGS or word[0] not in {each[0] for each in known}:
        return None
    if doubled := next((each for each in known if _undouble(each) == _undouble(word)), None):
        return doubled
    likest = max(known, key=lambda each: (_likeness(word, each), each))
    is_off = abs(len(word) - len(likest)) == 1 and _n_same(word, likest) == min(len(word), len(likest))
    if len(word) == len(likest):
        wrong = sum(a != b for a, b in zip(word, likest, strict=True))
        is_off = wrong <= 1 or (wrong == 2 and sorted(word) == sorted(likest))
    return (
        likest if word[0] == likest[0] and (is_off or (is_loose and _likeness(word, likest) > MIN_LIKENESS)) else None
    )


def _undouble(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def _likeness(one: str, other: str) -> float:
    return 2 * _n_same(one, other) / (len(one) + len(other))


def _n_same(one: str, other: str) -> int:
    return sum(block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())
