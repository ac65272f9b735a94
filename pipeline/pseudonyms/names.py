"""Names of persons and places: by lists, titles and capitals."""

import re
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise

from pipeline.core.vocabulary import Identity
from pipeline.pseudonyms.identifiers import INITIAL, Find, TextWord, read_words
from pipeline.text.languages import Gazetteers, read_gazetteers

ADDRESSED = frozenset(
    """
    mevrouw mevr mw mvr mej meneer mijnheer menier dhr hr juf juffrouw meester dokter dr prof mr drs ir ing tante
    nonkel nonk oom oma opa bomma bompa bonma bonpa meme pepe mémé pépé moemoe vava madam zuster pater neef nicht
    """.split()  # noqa: SIM905
)
"""Words before a name, also where it has no capital."""
TITLES = ADDRESSED | frozenset(
    """
    heer professor broeder pastoor imam dominee burgemeester schepen wethouder directeur directrice huisarts
    kinderarts advocaat coach begeleider begeleidster buurvrouw buurman buurmeisje buurjongen collega vriend
    vriendin zus mama papa moeder vader zoon zoontje dochter dochtertje man vrouw schoonbroer schoonzus schoonmoeder
    schoonvader schoondochter schoonzoon kleinzoon kleindochter kapelaan koster diaken notaris tandarts kinesist
    kine psycholoog psychologe trainer trainster leerkracht logopediste onderwijzer onderwijzeres poetsvrouw
    vroedvrouw verpleegster verpleger thuisverpleegster assistente consulente consulent voorzitter voorzitster
    vrijwilliger vrijwilligster bewindvoerder rechter poetshulp oppas onthaalmoeder klasgenoot klasgenootje familie
    gezin weduwe weduwnaar conciërge postbode wijkagent tolk ex
    """.split()  # noqa: SIM905
)
SHORTENED = frozenset("mevr mw mvr mej dhr hr dr prof mr drs ir ing nonk burg".split())  # noqa: SIM905
CALLED = frozenset("heet heette genaamd bijgenaamd alias zekere roepnaam den onzen noemen doopnaam".split())  # noqa: SIM905
PARTICLES = frozenset(
    """
    van de den der ter ten te het 't ’t van't van’t vande vanden vander vd v.d v/d d' la le el al ben bin op ait
    ould bou abu von di da dos do del della du af
    """.split()  # noqa: SIM905
)
ARTICLES = frozenset("de den het 't ’t ter ten van vande vanden vander el".split())  # noqa: SIM905
PLACE_CUES = frozenset("in te naar uit nabij rond tussen rondom voorbij buiten omgeving richting".split())  # noqa: SIM905
PLACE_NOUNS = frozenset(
    "gemeente stad dorp deelgemeente wijk ocmw stadsbestuur gemeentebestuur provincie regio station".split()  # noqa: SIM905
)
SAYS = frozenset(
    """
    zegt zei vertelt vertelde vindt vond vraagt vroeg heeft had is was komt kwam wil wou kan kon moet moest merkt
    denkt dacht woont werkt gaat ging doet deed helpt hielp zit krijgt kreeg knikt belt belde antwoordt lacht stelt
    voelt mailt mailde schrijft schreef regelt regelde zoekt zocht blijft bleef staat stond rijdt reed wacht wachtte
    wilde kent kende weet wist durft durfde brengt bracht geeft gaf neemt nam zorgt zorgde begint begon ziet zag
    zucht huilt tekende tekent volgt volgde vergat vergeet verhuisde woonde werkte kookt kookte haalt haalde houdt
    hield ligt lag mag mocht zal zou blijkt heet wordt werd hoort hoorde
    """.split()  # noqa: SIM905
)
PLACE_ENDINGS = (
    "gem", "beke", "donk", "broek", "hove", "hoven", "berge", "bergen", "polder", "hoek", "dorp", "kerke", "zele",
    "drecht", "kapelle", "straten", "loon", "voorde", "muide", "rode", "rijt", "aarde", "schoot", "kerk", "dijk",
    "veld", "stede", "burg", "wijk", "eiland", "mark", "laar", "lare",
)  # fmt: skip
"""Endings of places in Flanders and the Netherlands: a guess where no list has the name."""
MIN_CARELESS = 3
MIN_GUESS = 3

_NEAR = re.compile(r"[ \t]+|\. ?|-")
_PROVERB = re.compile(r"Jan (?:en alleman|met de pet|[Mm]odaal|[Pp]ubliek)|(?:De|Zwarte) Sint\b")


def find_names(
    text: str,
    *,
    is_word: Callable[[str], bool],
    proper: Collection[int] = (),
) -> Iterator[Find]:
    """Find names in a text.

    Args:
        text: any text.
        is_word: whether a lower-case word is Dutch; what is not, and has a capital inside a sentence, may be a name.
        proper: where words begin that a tagger calls proper nouns; used at the start of a sentence only.

    Yields:
        Finds; they may overlap.

    >>> text = "Wij belden mevrouw Peeters uit Kortrijk"
    >>> [text[find.start : find.end] for find in find_names(text, is_word=str.islower)]
    ['Peeters', 'Kortrijk']
    """
    lists = read_gazetteers()
    words = read_words(text, SHORTENED)
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
    return word if INITIAL.fullmatch(word) else re.sub(r"(?:['’]s)?\.?\Z", "", word)


def _read_name(
    text: str,
    words: list[TextWord],
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
    if _is_no_name(word, lists) or _PROVERB.match(text, word.start):
        return None
    last = _extend(text, words, i, lists)
    if word.is_first and word.plain in lists.given and text[word.end : word.end + 1] == ":":
        return last, Identity.PERSOON, True
    if word.is_first and _opens_sentence(words, i, lists, is_word):
        return _read_article(words, i, last, lists, is_word)
    if before in TITLES | CALLED or (before in PARTICLES and i > 1 and words[i - 2].plain.casefold() in TITLES):
        return last, Identity.PERSOON, True
    if (INITIAL.fullmatch(word.text) and last > i) or _is_person(words, i, last, lists):
        return last, Identity.PERSOON, True
    return _guess(text, words, i, last, is_word, word.start in proper, before)


def _read_article(
    words: list[TextWord], i: int, last: int, lists: Gazetteers, is_word: Callable[[str], bool]
) -> tuple[int, Identity, bool] | None:
    """Read *De Regenput* or *Van Damme* at the start of a sentence."""
    article = words[i].plain.casefold()
    if " ".join(word.plain for word in words[i : last + 1]) in lists.family:
        return last, Identity.PERSOON, True
    if last == i or article not in ARTICLES or any(_is_name_like(words[at], lists) for at in range(i + 1, last + 1)):
        return None
    is_dutch = is_word(words[last].plain.casefold())
    return None if is_dutch and article in ("het", "van") else (last, Identity.PERSOON, False)


def _is_name_like(word: TextWord, lists: Gazetteers) -> bool:
    """Whether a word has a capital of its own that says little: a place, an abbreviation."""
    return word.has_capital and (word.plain in lists.places or word.is_abbreviation)


def _guess(
    text: str, words: list[TextWord], i: int, last: int, is_word: Callable[[str], bool], is_proper: bool, before: str
) -> tuple[int, Identity, bool] | None:
    """Guess by the capital alone."""
    word, lower = words[i], words[i].plain.casefold()
    if lower in PARTICLES:
        # "met De Smedt": a particle with a capital inside a sentence belongs to a family name.
        return (last, Identity.PERSOON, False) if last > i else None
    is_dutch = is_word(_bare(word.plain).casefold()) and (before not in ("'t", "’t") or words[i - 1].is_first)
    if is_dutch or word.is_abbreviation or len(word.plain) < MIN_GUESS:
        return None
    if word.is_first:
        is_label = text[word.end : word.end + 1] in (":", ",") and not word.text.endswith(".")
        is_named = is_proper or is_label or last > i or _following(words, i) in SAYS
        return (last, Identity.PERSOON, False) if is_named and not word.text.endswith(".") else None
    if word.plain.isupper() and last == i:
        return None
    like_place = last == i and lower.endswith(PLACE_ENDINGS)
    return last, Identity.GEMEENTE if like_place or before in PLACE_CUES else Identity.PERSOON, False


def _bare(word: str) -> str:
    """Take off what stands before a hyphen if that is capitals only, as in OCMW-team."""
    head, _, tail = word.partition("-")
    return tail if tail and head.isupper() else word


def _is_no_name(word: TextWord, lists: Gazetteers) -> bool:
    if INITIAL.fullmatch(word.text):
        return word.plain == "U"
    stem = re.sub(r"['’]s\Z", "", word.plain)
    return stem in lists.no_names or word.plain.casefold() in TITLES or len(word.plain) == 1


def _following(words: list[TextWord], i: int) -> str:
    return words[i + 1].plain.casefold() if i + 1 < len(words) else ""


def _read_careless(
    text: str, words: list[TextWord], i: int, lists: Gazetteers, is_word: Callable[[str], bool]
) -> tuple[int, Identity, bool] | None:
    """Read a name without capitals: a place after *in*, a given name, or a name after *mevr.*, with what follows."""
    word, before = words[i].plain, ""
    if i and _is_near(text, words[i - 1], words[i]):
        before = words[i - 1].plain.casefold()
    if lists.places.get(word.capitalize()) is False and (before in PLACE_CUES or not is_word(word)):
        return (i, Identity.GEMEENTE, False) if len(word) > MIN_CARELESS else None
    last = _extend_careless(text, words, i, lists, is_word)
    if before in ADDRESSED and (word not in PARTICLES or last > i):
        is_listed = any(names.get(word.capitalize()) is False for names in (lists.given, lists.family))
        if word in PARTICLES or (is_listed and word not in SAYS) or (len(word) > MIN_CARELESS and not is_word(word)):
            return last, Identity.PERSOON, False
    if len(word) < MIN_CARELESS or word.capitalize() not in lists.given or word in SAYS:
        return None
    is_full = last > i + 1 or (last > i and words[last].plain.capitalize() in lists.family)
    is_full = is_full and not lists.given[word.capitalize()]
    return (last, Identity.PERSOON, False) if is_full or not is_word(word) else None


def _extend_careless(
    text: str, words: list[TextWord], i: int, lists: Gazetteers, is_word: Callable[[str], bool]
) -> int:
    """Give the last word of a name that may lack its capitals: particles, then one word that is no Dutch one."""
    at = i if words[i].plain in PARTICLES else i + 1
    while at < len(words) and at < i + 4 and _is_near(text, words[at - 1], words[at]):
        word = words[at].plain
        if word not in PARTICLES:
            is_listed = word.capitalize() in lists.family and word not in SAYS
            is_name = words[at].has_capital or (is_listed and at > i + 1) or not is_word(word.casefold())
            return at if (is_name or (is_listed and not lists.family[word.capitalize()])) and len(word) > 1 else i
        at += 1
    return i


def _opens_sentence(words: list[TextWord], i: int, lists: Gazetteers, is_word: Callable[[str], bool]) -> bool:
    """Whether a capital is that of the sentence only."""
    word = words[i]
    if i + 1 < len(words) and INITIAL.fullmatch(words[i + 1].text):
        return False
    forms = {word.plain, word.plain.rstrip("s'’"), word.plain.capitalize(), *word.plain.split("-")}
    is_listed = any(forms & names.keys() for names in (lists.given, lists.family))
    return is_word(word.plain.casefold()) and not is_listed


def _is_near(text: str, one: TextWord, other: TextWord) -> bool:
    return bool(_NEAR.fullmatch(text[one.end : other.start])) or text[one.end : other.start] == ""


def _extend(text: str, words: list[TextWord], i: int, lists: Gazetteers) -> int:
    """Give the last word of a name that begins at a word: capitals, with particles between them."""
    last, at = i, i + 1
    while at < len(words) and _is_near(text, words[at - 1], words[at]) and not words[at].is_first:
        ends_here = words[at - 1].text.endswith(".") and not INITIAL.fullmatch(words[at - 1].text)
        if ends_here:
            break
        shouted = words[i].is_shouted and words[at].is_shouted
        if words[at].has_capital and not _is_no_name(words[at], lists) and (shouted or not words[at].is_abbreviation):
            last = at
        elif words[at].plain.casefold() not in PARTICLES or at - last > 2:
            break
        at += 1
    return last


def _read_place(text: str, words: list[TextWord], i: int, lists: Gazetteers) -> int | None:
    for last in range(min(i + 3, len(words) - 1), i - 1, -1):
        if all(_is_near(text, one, other) for one, other in pairwise(words[i : last + 1])):
            name = text[words[i].start : words[last].end].rstrip(".")
            if name in lists.places or name.removesuffix("se") in lists.places:
                return last
    return None


def _is_place(word: TextWord, before: str, lists: Gazetteers, words: list[TextWord], i: int) -> bool:
    if before in PLACE_CUES | PLACE_NOUNS:
        return True
    if word.plain in lists.no_names or word.plain in lists.given or word.plain in lists.family:
        return False
    if lists.places.get(word.plain, False):
        return not word.is_first or _following(words, i) in SAYS
    return not (word.is_first and i + 1 < len(words) and words[i + 1].has_capital and not words[i + 1].is_first)


def _is_person(words: list[TextWord], i: int, last: int, lists: Gazetteers) -> bool:
    word = words[i]
    stem = re.sub(r"(?:['’]?s|['’])\Z", "", word.plain)
    small = re.sub(r"(?:eke|ske|ke|tje|je)\Z", "", stem)
    forms = (word.plain, stem, word.plain.capitalize(), *word.plain.split("-"), small)
    is_given = next((name for name in forms if name in lists.given), None)
    if is_given is not None:
        return not word.is_first or last > i or not lists.given[is_given] or _following(words, i) in SAYS
    if last > i and INITIAL.fullmatch(words[last].text):
        return True
    if word.is_shouted and word.plain.capitalize() in lists.family and len(word.plain) > MIN_CARELESS:
        return not word.is_first or last > i
    if word.plain in lists.family:
        return not word.is_first or (not lists.family[word.plain] and last == i)
    return last > i and any(words[at].plain in lists.family for at in range(i + 1, last + 1))
