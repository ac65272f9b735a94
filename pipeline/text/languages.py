"""Which language a remark is in, by its function words; and the bundled lists of names of persons and places.

Only what is clearly not Dutch is named. Function words are few, frequent and hardly shared between languages, so that a
dozen words are enough (the method of Grefenstette 1995, Comparing two language identification schemes, JADT). The lists
are our own.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["nl", "fr", "en", "de"]

FOLDER = Path(__file__).with_name("lists")
ALSO_A_WORD = "*"

DUTCH: Language = "nl"
FEWEST_WORDS = 2
WORDS_OF_A_SENTENCE = 4

NAMES: Mapping[Language, str] = {"nl": "Dutch", "fr": "French", "en": "English", "de": "German"}

_LISTS = tomllib.loads((FOLDER / "function_words.toml").read_text(encoding="utf-8"))
FUNCTION_WORDS: Mapping[Language, frozenset[str]] = {name: frozenset(_LISTS[name].split()) for name in NAMES}

_OWN: Mapping[Language, frozenset[str]] = {
    language: own.difference(*(other for each, other in FUNCTION_WORDS.items() if each != language))
    for language, own in FUNCTION_WORDS.items()
}
"""Function words that no other language here has."""

ANY_FUNCTION_WORD = frozenset().union(*FUNCTION_WORDS.values())

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ELISION = re.compile(
    r"\b(?:[cdjlmnst]|qu)['’](?!(?:avonds|is|(?:\w+s)?(?:nachts|middags|ochtends|morgens)|\w+dags|zomers|winters)\b)"
    r"(?=[^\W\d_]{2})",
    re.IGNORECASE,
)
"""An article or pronoun of French before a vowel; ``s'avonds`` is Dutch, misspelt."""
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")


def tell_language(text: str) -> Language:
    """Tell the language of a text: Dutch, unless another is clear.

    Another is clear when at least two different function words of it occur that are no Dutch ones, and more than
    there are Dutch ones that it lacks; one will do in a sentence of four words or more without any such Dutch word.
    Loan words, names and short exclamations therefore stay Dutch.

    >>> tell_language("They do not have the time for our children")
    'en'
    >>> tell_language("Wij doen aan teambuilding en mindfulness, so what")
    'nl'
    """
    text = _ABBREVIATION.sub(" ", text)
    words = {word.lower().replace("’", "'") for word in _WORD.findall(text)}
    if _ELISION.search(text):
        words |= {"l'"} | {word.lower() for word in _WORD.findall(_ELISION.sub(" ", text))}
    scores: dict[Language, tuple[int, int]] = {}
    for language, own in FUNCTION_WORDS.items():
        if language != DUTCH:
            dutch = FUNCTION_WORDS[DUTCH]
            scores[language] = (len(words & (own - dutch)), len(words & (dutch - own)))
    shared = {language: len(words & (own - _OWN[language])) for language, own in FUNCTION_WORDS.items()}
    *_, second, best = sorted(scores, key=lambda each: (scores[each][0] - scores[each][1], -shared[each]))
    if scores[best] == scores[second] and shared[best] == shared[second]:
        # Words that two languages share, as "a" and "on" of English and French, tell neither.
        return DUTCH
    found, against = scores[best]
    enough = 1 if not against and len(words) >= WORDS_OF_A_SENTENCE else FEWEST_WORDS
    return best if found >= enough and found > against else DUTCH


MOSTLY = "is mostly in "
"""How the notice of a file in another language begins; its name follows."""

FEW_WORDS = 12
"""Fewer words, a remark or two, say nothing of the language of a file."""
MIN_WORDS, MIN_FUNCTION_WORDS, MIN_FOREIGN = 40, 0.12, 0.5
"""Words from which a language can be told, and the share of function words that any text in it holds."""


def foreign_language(texts: Iterable[str]) -> str | None:
    """Name the language of most of some texts, where it is not Dutch: ``English``, or ``an unknown language``.

    >>> foreign_language(["They do not have the time for our children"] * 3)
    'English'
    >>> foreign_language(["Wij hebben geen tijd voor onze kinderen"] * 3) is None
    True
    """
    given = list(texts)
    words = [word.lower().replace("’", "'") for text in given for word in _WORD.findall(text)]
    if len(words) < FEW_WORDS:
        return None
    if len(words) >= MIN_WORDS and sum(word in ANY_FUNCTION_WORD for word in words) < MIN_FUNCTION_WORDS * len(words):
        return "an unknown language"
    counted = Counter(map(tell_language, given))
    (language, n), *_ = counted.most_common(1)
    return NAMES[language] if language != DUTCH and n > MIN_FOREIGN * len(given) else None


@dataclass(frozen=True, slots=True)
class Gazetteers:
    """Names as written, each with whether it is also a Dutch word.

    Attributes:
        given: given names.
        family: family names.
        places: municipalities and places.
        no_names: words and names with a capital that point to nobody: peoples, languages, brands, public bodies.
    """

    given: Mapping[str, bool]
    family: Mapping[str, bool]
    places: Mapping[str, bool]
    no_names: frozenset[str]


@cache
def read_gazetteers() -> Gazetteers:
    """Read the bundled lists.

    >>> lists = read_gazetteers()
    >>> "Kortrijk" in lists.places, lists.given["Elke"], lists.given["Fatima"], "OCMW" in lists.no_names
    (True, True, False, True)
    """
    no_names = (FOLDER / "no_names.txt").read_text(encoding="utf-8").splitlines()
    return Gazetteers(
        given=_read("given.tsv"),
        family=_read("family.tsv"),
        places=_read("places.tsv"),
        no_names=frozenset(word for line in no_names if not line.startswith("#") for word in line.split()),
    )


def _read(name: str) -> Mapping[str, bool]:
    rows = (line.partition("\t") for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
    return {entry: mark == ALSO_A_WORD for entry, _, mark in rows}
