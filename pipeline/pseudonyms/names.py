"""Names of persons, places and organisations: by lists, titles and capitals."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.pseudonyms.finds import Find
from pipeline.pseudonyms.gazetteers import Gazetteers, read_gazetteers
from pipeline.vocabulary import Identity

TITLES = frozenset(
    """
    mevrouw mevr mw meneer mijnheer dhr heer juf juffrouw meester dokter dr prof mr drs ir professor zuster broeder
    pastoor pater imam dominee burgemeester schepen wethouder tante nonkel oom oma opa bomma bompa madam directeur
    directrice huisarts kinderarts advocaat coach begeleider begeleidster buurvrouw buurman collega vriend vriendin zus mama papa
    """.split()  # noqa: SIM905
)
PARTICLES = frozenset("van de den der ter ten te het 't vande vanden vander d' la le el al ben bin op".split())  # noqa: SIM905
PLACE_CUES = frozenset("in te naar uit nabij rond tussen rondom voorbij buiten omgeving richting".split())  # noqa: SIM905
PLACE_NOUNS = frozenset(
    "gemeente stad dorp deelgemeente wijk ocmw stadsbestuur gemeentebestuur provincie regio station".split()  # noqa: SIM905
)
ORGANISATION_NOUNS = frozenset(
    """
    vzw school basisschool kleuterschool lagere secundaire middenschool crèche kinderdagverblijf peutertuin buurthuis
    wijkhuis wijkcentrum buurtcentrum dienstencentrum woonzorgcentrum wzc rusthuis ziekenhuis az uz kliniek stichting
    vereniging bibliotheek inloophuis jeugdhuis jeugdbeweging speelplein speelotheek opvoedingswinkel inloopteam
    consultatiebureau kinderopvang vluchthuis opvangcentrum asielcentrum moskee kerk parochie cafe café winkel bakkerij
    bedrijf firma uitzendkantoor interimkantoor voetbalclub turnclub sportclub
    atheneum college instituut centrum project
    """.split()  # noqa: SIM905
)
# Their capital makes them part of the name that follows.
ORGANISATION_HEADS = frozenset(
    {
        "vzw",
        "sint",
        "chiro",
        "ksa",
        "klj",
        "scouts",
        "az",
        "uz",
        "wzc",
        "kav",
        "kfc",
        "kvv",
        "kwb",
        "okra",
        "harmonie",
        "fanfare",
        "drukkerij",
        "ontmoetingshuis",
        "stichting",
        "kringwinkel",
    }
)
SAYS = frozenset(
    """
    zegt zei vertelt vertelde vindt vond vraagt vroeg heeft had is was komt kwam wil wou kan kon moet moest merkt denkt
    dacht woont werkt gaat ging doet deed helpt hielp zit krijgt kreeg knikt belt belde antwoordt lacht stelt voelt
    """.split()  # noqa: SIM905
)
PLACE_ENDINGS = (
    "gem", "beke", "donk", "broek", "hove", "hoven", "berge", "bergen", "polder", "hoek", "dorp", "kerke", "zele",
    "drecht", "kapelle", "straten", "loon", "voorde", "muide", "rode", "rijt", "aarde", "schoot", "kerk", "dijk",
    "veld", "stede", "burg", "wijk", "eiland", "mark", "laar", "lare",
)  # fmt: skip
"""Endings of places in Flanders and the Netherlands: a guess where no list has the name."""
MAX_ABBREVIATION = 6
MIN_CARELESS = 4

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*\.?")
_ENDS_SENTENCE = re.compile(r"[.!?:…;]['’\"”)\]]*\s+['’\"“‘(\[]*\Z|\n\s*\W*\Z")
_INITIAL = re.compile(r"[A-Z]\.")
_NEAR = re.compile(r"[ \t]+|\. ?")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    is_first: bool

    @property
    def plain(self) -> str:
        return self.text.rstrip(".")

    @property
    def has_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_shouted(self) -> bool:
        return self.plain.isupper() and len(self.plain) > 1

    @property
    def is_abbreviation(self) -> bool:
        return self.plain.isupper() and 1 < len(self.plain) <= MAX_ABBREVIATION


def find_names(
    text: str,
    *,
    is_word: Callable[[str], bool],
    proper: Collection[int] = (),
    gazetteers: Gazetteers | None = None,
) -> Iterator[Find]:
    """Find names in a text.

    Args:
        text: any text.
        is_word: whether a lower-case word is Dutch; what is not, and has a capital inside a sentence, may be a name.
        proper: where words begin that a tagger calls proper nouns; believed at the start of a sentence only.
        gazetteers: the lists; the bundled ones by default.

    Yields:
        Finds; they may overlap.

    >>> text = "Wij belden mevrouw Peeters uit Kortrijk"
    >>> [text[find.start : find.end] for find in find_names(text, is_word=str.islower)]
    ['Peeters', 'Kortrijk']
    """
    lists = gazetteers or read_gazetteers()
    words = _read_words(text)
    i = 0
    while i < len(words):
        found = _read_name(text, words, i, lists, is_word, frozenset(proper))
        if found is None:
            i += 1
            continue
        last, kind, is_sure = found
        yield Find(words[i].start, words[last].start + len(_name(words[last].text)), kind, is_sure)
        i = last + 1


def _name(word: str) -> str:
    """Take off the point that ends a sentence, and a possessive 's."""
    return word if _INITIAL.fullmatch(word) else re.sub(r"(?:['’]s)?\.?\Z", "", word)


def _read_words(text: str) -> list[_Word]:
    words: list[_Word] = []
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        begins = not text[: match.start()].strip(" \t\n-–•*\"'“‘(") or bool(_ENDS_SENTENCE.search(before))
        # The point of an initial or of "mevr." ends no sentence.
        is_first = begins and not (words and _is_shortened(words[-1]) and "\n" not in before)
        words.append(_Word(match[0], match.start(), match.end(), is_first))
    return words


def _is_shortened(word: _Word) -> bool:
    return word.text.endswith(".") and (bool(_INITIAL.fullmatch(word.text)) or word.plain.casefold() in TITLES)


def _read_name(
    text: str,
    words: list[_Word],
    i: int,
    lists: Gazetteers,
    is_word: Callable[[str], bool],
    proper: frozenset[int],
) -> tuple[int, Identity, bool] | None:
    word = words[i]
    if not word.has_capital:
        return _read_careless(text, words, i, lists, is_word)
    follows = i > 0 and not word.is_first and _is_near(text, words[i - 1], word)
    before = words[i - 1].plain.casefold() if follows else ""
    place = _read_place(text, words, i, lists)
    if place is not None and _is_place(word, before, lists, words, i):
        return place, Identity.GEMEENTE, True
    if _is_no_name(word, lists) or (word.is_first and _opens_sentence(words, i, lists, is_word)):
        return None
    if before in ORGANISATION_NOUNS | ORGANISATION_HEADS:
        return _extend(text, words, i, lists), Identity.ORGANISATIE, True
    return _read_person(text, words, i, lists, is_word, proper, before)


def _read_person(
    text: str,
    words: list[_Word],
    i: int,
    lists: Gazetteers,
    is_word: Callable[[str], bool],
    proper: frozenset[int],
    before: str,
) -> tuple[int, Identity, bool] | None:
    word = words[i]
    last = _extend(text, words, i, lists)
    if last > i and word.plain.casefold() in ORGANISATION_NOUNS | ORGANISATION_HEADS:
        return last, Identity.ORGANISATIE, True
    if before in TITLES or (before in PARTICLES and i > 1 and words[i - 2].plain.casefold() in TITLES):
        return last, Identity.PERSOON, True
    if _INITIAL.fullmatch(word.text) and last > i:
        return last, Identity.PERSOON, True
    if _is_person(words, i, last, lists):
        return last, Identity.PERSOON, True
    if word.plain.casefold() in PARTICLES:
        # "met De Smedt": a particle with a capital inside a sentence belongs to a family name.
        return (last, Identity.PERSOON, False) if last > i and not word.is_first else None
    if word.is_first:
        return (last, Identity.PERSOON, False) if word.start in proper and not is_word(word.plain.casefold()) else None
    if is_word(_bare(word.plain).casefold()) or word.is_abbreviation or word.plain.isupper():
        return None
    like_place = last == i and word.plain.casefold().endswith(PLACE_ENDINGS)
    return last, Identity.GEMEENTE if like_place or before in PLACE_CUES else Identity.PERSOON, False


def _bare(word: str) -> str:
    """Take off what stands before a hyphen if that is capitals only, as in OCMW-team."""
    head, _, tail = word.partition("-")
    return tail if tail and head.isupper() else word


def _is_no_name(word: _Word, lists: Gazetteers) -> bool:
    stem = re.sub(r"['’]s\Z", "", word.plain)
    return (
        stem in lists.no_names
        or word.plain.casefold() in TITLES
        or (len(word.plain) == 1 and not _INITIAL.fullmatch(word.text))
    )


def _following(words: list[_Word], i: int) -> str:
    return words[i + 1].plain.casefold() if i + 1 < len(words) else ""


def _read_careless(
    text: str, words: list[_Word], i: int, lists: Gazetteers, is_word: Callable[[str], bool]
) -> tuple[int, Identity, bool] | None:
    """Read a given name that was written without its capital, with the family name after it."""
    if len(words[i].plain) < MIN_CARELESS or words[i].plain.capitalize() not in lists.given or is_word(words[i].plain):
        return None
    last = i
    if i + 1 < len(words) and _is_near(text, words[i], words[i + 1]) and not is_word(words[i + 1].plain.casefold()):
        last = i + 1
    return last, Identity.PERSOON, False


def _opens_sentence(words: list[_Word], i: int, lists: Gazetteers, is_word: Callable[[str], bool]) -> bool:
    """Whether a capital is that of the sentence only."""
    word = words[i]
    if i + 1 < len(words) and _INITIAL.fullmatch(words[i + 1].text):
        return False
    forms = {word.plain, word.plain.rstrip("s'’"), word.plain.capitalize(), *word.plain.split("-")}
    is_listed = any(forms & names.keys() for names in (lists.given, lists.family))
    return is_word(word.plain.casefold()) and not is_listed


def _is_near(text: str, one: _Word, other: _Word) -> bool:
    return bool(_NEAR.fullmatch(text[one.end : other.start])) or text[one.end : other.start] == ""


def _extend(text: str, words: list[_Word], i: int, lists: Gazetteers) -> int:
    """Give the last word of a name that begins at a word: capitals, with particles between them."""
    last, at = i, i + 1
    while at < len(words) and _is_near(text, words[at - 1], words[at]) and not words[at].is_first:
        ends_here = words[at - 1].text.endswith(".") and not _INITIAL.fullmatch(words[at - 1].text)
        if ends_here:
            break
        shouted = words[i].is_shouted and words[at].is_shouted
        if words[at].has_capital and not _is_no_name(words[at], lists) and (shouted or not words[at].is_abbreviation):
            last = at
        elif words[at].plain.casefold() not in PARTICLES or at - last > 2:
            break
        at += 1
    return last


def _read_place(text: str, words: list[_Word], i: int, lists: Gazetteers) -> int | None:
    for last in range(min(i + 3, len(words) - 1), i - 1, -1):
        if all(_is_near(text, one, other) for one, other in pairwise(words[i : last + 1])):
            name = text[words[i].start : words[last].end].rstrip(".")
            if name in lists.places or name.removesuffix("se") in lists.places:
                return last
    return None


def _is_place(word: _Word, before: str, lists: Gazetteers, words: list[_Word], i: int) -> bool:
    if before in PLACE_CUES | PLACE_NOUNS:
        return True
    if word.plain in lists.no_names or word.plain in lists.given or word.plain in lists.family:
        return False
    if lists.places.get(word.plain, False):
        return not word.is_first or _following(words, i) in SAYS
    return not (word.is_first and i + 1 < len(words) and words[i + 1].has_capital and not words[i + 1].is_first)


def _is_person(words: list[_Word], i: int, last: int, lists: Gazetteers) -> bool:
    word = words[i]
    stem = re.sub(r"(?:['’]?s|['’])\Z", "", word.plain)
    forms = (word.plain, stem, word.plain.capitalize(), *word.plain.split("-"))
    is_given = next((name for name in forms if name in lists.given), None)
    if is_given is not None:
        return not word.is_first or last > i or not lists.given[is_given] or _following(words, i) in SAYS
    if last > i and _INITIAL.fullmatch(words[last].text):
        return True
    if word.plain in lists.family:
        return not word.is_first or (not lists.family[word.plain] and last == i)
    return last > i and any(words[at].plain in lists.family for at in range(i + 1, last + 1))
