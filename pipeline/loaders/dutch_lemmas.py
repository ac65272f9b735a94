"""Dutch lemmas without context: simplemma's word list, with rules for acronyms, compounds, plurals, diminutives."""

import re
from functools import lru_cache

import simplemma

LANGUAGE = "nl"
MIN_HEAD_CHARS = 4
MIN_FRONT_CHARS = 3
LINKING = ("s", "en", "e", "n")

# Where the word list is wrong for notes of a talk about people, or has a base form that is another word.
EXCEPTIONS = {
    "jongeren": "jongere",
    "jongere": "jongere",
    "buddies": "buddy",
    "buddy's": "buddy",
    "meisje": "meisje",
    "meisjes": "meisje",
    "noden": "nood",
    "zorgen": "zorg",
    "middelen": "middel",
    "media": "media",
}

_ACRONYM = re.compile(r"([A-Z][A-Z0-9]+)(?:['’]?s|['’]?(?:tje|tjes))?")
_PLURALS = (("heden", "heid"), ("s", ""), ("en", ""), ("n", ""))
_DIMINUTIVES = (("tjes", ""), ("jes", ""), ("tje", ""), ("je", ""))


@lru_cache(maxsize=100_000)
def lemmatize(word: str) -> str:
    """Give the dictionary form of a word, lower case.

    Args:
        word: as written; straight apostrophes.

    Returns:
        The base form; the word itself, in lower case, where no rule finds a base form that is known.

    >>> [lemmatize(word) for word in ("OCMW's", "uitgelegd", "Gezinnen", "brugfiguren", "OCMW-diensten")]
    ['ocmw', 'uitleggen', 'gezin', 'brugfiguur', 'ocmw-dienst']
    """
    acronym = _ACRONYM.fullmatch(word)
    if acronym:
        return acronym.group(1).lower()
    lower = word.lower()
    if lower in EXCEPTIONS:
        return EXCEPTIONS[lower]
    if lower.endswith("'s") and not _is_known(lower):
        return lower.removesuffix("'s")
    if "-" in lower:
        front, _, head = lower.rpartition("-")
        return f"{front}-{lemmatize(head)}" if front and len(head) >= MIN_HEAD_CHARS else lower
    if _is_known(lower):
        return _look_up(lower)
    return _compound(lower) or _shortened(lower) or lower


def _is_known(word: str) -> bool:
    return bool(simplemma.is_known(word, lang=LANGUAGE))


def _look_up(word: str) -> str:
    found = str(simplemma.lemmatize(word, lang=LANGUAGE))
    if found != word and found.endswith("je"):  # kindjes -> kindje -> kind
        found = str(simplemma.lemmatize(found, lang=LANGUAGE))
    return found.replace("_", "").lower()  # separable verbs carry an underscore in the word list: uit_leggen


def _compound(word: str) -> str | None:
    """Lemmatise the last part of a compound: the longest known ending after a front that is a word itself."""
    for cut in range(MIN_FRONT_CHARS, len(word) - MIN_HEAD_CHARS + 1):
        front, head = word[:cut], word[cut:]
        if _is_known(head) and _is_front(front):
            return front + EXCEPTIONS.get(head, _look_up(head))
    return None


def _is_front(front: str, depth: int = 2) -> bool:
    """Say whether the first part of a compound is a word or a compound, with or without a linking sound."""
    if len(front) < MIN_FRONT_CHARS:
        return False
    stems = [front, *(front[: -len(link)] for link in LINKING if front.endswith(link))]
    if any(len(stem) >= MIN_FRONT_CHARS and _is_known(stem) for stem in stems):
        return True
    cuts = range(MIN_FRONT_CHARS, len(front) - MIN_FRONT_CHARS)
    return depth > 0 and any(_is_known(front[:cut]) and _is_front(front[cut:], depth - 1) for cut in cuts)


def _shortened(word: str) -> str | None:
    """Take off a plural or diminutive ending where a known word remains."""
    for ending, replacement in (*_PLURALS, *_DIMINUTIVES):
        if not word.endswith(ending) or len(word) - len(ending) < MIN_FRONT_CHARS:
            continue
        stem = word[: -len(ending)] + replacement
        for base in (stem, _open_vowel(stem), _single_consonant(stem)):
            if base and _is_known(base):
                return base
    return None


def _open_vowel(stem: str) -> str | None:
    """Double the vowel that stood in an open syllable: ``vrag`` -> ``vraag``."""
    found = re.fullmatch(r"(.*[^aeiou])([aeou])([^aeiouwxyj])", stem)
    return f"{found[1]}{found[2]}{found[2]}{found[3]}" if found else None


def _single_consonant(stem: str) -> str | None:
    """Undo a doubled consonant: ``gezinn`` -> ``gezin``."""
    return stem[:-1] if len(stem) > MIN_FRONT_CHARS and stem[-1] == stem[-2] and stem[-1] not in "aeiou" else None
