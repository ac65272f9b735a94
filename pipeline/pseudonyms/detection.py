"""All names and numbers in the texts of a study, by spelling, with how often and where."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import pandas as pd
import simplemma

from pipeline.analysis.tokens import Tagger
from pipeline.core.vocabulary import Identity
from pipeline.pseudonyms.identifiers import Find, find_identifiers, settle
from pipeline.pseudonyms.names import SAYS, TITLES, find_names
from pipeline.readers.notes.labels import ROLE_WORDS
from pipeline.text.compounds import read_words, split_compound
from pipeline.text.languages import Gazetteers, read_gazetteers

PROPER_NOUN = "PROPN"
MIN_PART = 4
MAX_WORD = 60
MIN_KNOWN = 4
KINDS = tuple(
    """
    vzw asbl bvba school crèche creche kinderdagverblijf peutertuin opvang huis tehuis kliniek praktijk centrum wzc
    club koor rustoord winkel kring kapper salon vereniging bond fanfare harmonie gilde café cafe kroeg bakkerij
    slagerij garage apotheek kantoor hotel restaurant frituur brasserie taverne boerderij academie college instituut
    lyceum atheneum campus stichting atelier parochie kerk moskee klooster abdij bibliotheek speelplein speelotheek
    drukkerij firma bedrijf werking beweging toneel theater manege camping volkstuin serviceflats residentie
    supermarkt boetiek kledingzaak zaal sporthal ploeg scouts chiro hoeve inloopteam consultatiebureau kringloop
    rederij brouwerij molen bloemist schrijnwerkerij federatie comité cooperatie coöperatie genootschap tearoom
    bistro bar snackbar pizzeria nagelstudio studio dojo
    """.split()  # noqa: SIM905
)
"""Kinds of organisations, alone or at the end of a compound: the name follows them."""
VAGUE_KINDS = tuple("dienst team groep project huis centrum werking fonds flat zaal bar praktijk kerk".split())  # noqa: SIM905
HEADS = frozenset(
    """
    VZW Chiro Scouts KSA KLJ KAJ VKSJ FOS AZ UZ RVT WZC LDC KAV KVG KVLV KVV KVC KFC FC VV VK SK KSK SV KWB OKRA
    Okra Femma Ferm Markant Neos Samana Ziekenzorg Gezinsbond Davidsfonds Willemsfonds Vermeylenfonds Natuurpunt BBC
    GBS VBS BS SBS BSBO MPI KTA VTI PTI GC CC JH CVO CKG CAW LOI IBO BKO TC MFC OBC KRC BC KBC HC RKSV VVV OBS CBS
    PCBS Harmonie Gidsen Zonnebloem Buurtzorg
    """.split()  # noqa: SIM905
)
"""Abbreviations and movements with local branches: the name follows them."""
_CAPITAL = r"(?:\b[A-ZÀ-Ý][\w'’]{0,30}(?:-[\w'’]{1,30}){0,4}|St\.|d['’][A-Z]\w+)"
_OWN = re.compile(
    r"\s(?P<name>(?:(?:[Dd]e|[Dd]en|[Hh]et|['’][tT]|[Tt]er|[Tt]en|Op|In|Te|La|Le|El|Al|Aan|Onder|Bij)\s(?:de\s|het\s)?)?"
    rf"{_CAPITAL}(?:\s(?:(?:van|op|in|voor)\s(?:(?:de|den|het)\s)?|(?:de|der|den|en|&|het|['’]t|ter|ten)\s)?{_CAPITAL}){{0,4}})"
)
_QUOTED = r"[\"“”„‘'](?P<name>(?=[^\"“”„‘’']*[A-ZÀ-Ý])[^\"“”„‘\n.,;:!?]{2,40}?)[\"”“’'](?!\w)"
_QUOTED_AFTER_KIND = re.compile(rf"(?:\s[a-z]\w*){{0,2}},?\s{_QUOTED}")
_OTHER_ORGANISATIONS = tuple(
    re.compile(form)
    for form in (
        rf"\b(?:bij|van|naar|in|op|aan|voor|door|met|uit|heet|genaamd)\s(?:de\s|het\s)?{_QUOTED}",
        rf"\b(?P<name>{_CAPITAL}(?:\s(?:(?:en|&|van|de)\s)?{_CAPITAL}){{0,3}},?\s"
        r"(?:vzw|VZW|bvba|BVBA|BV|NV|nv|bv|vof|cvba|VOF))\b",
        rf"\b(?P<name>(?:{_CAPITAL}\s)?{_CAPITAL} (?:&|en) (?:Zonen|Zoon|Co|Dochters?|Partners|Fils|[Zz]n))\b",
        rf"\b(?P<name>(?:Gebroeders|Gebr\.) {_CAPITAL})",
        rf"\b(?P<name>(?:(?:Sint|Heilige?|St\.)[- ]|Onze-Lieve-Vrouw\w*[- ]){_CAPITAL}(?: [A-Z]\w+)?"
        rf"[- ](?i:{'|'.join(KINDS)}))\b",
    )
)
_TOKEN = re.compile(r"[^\W\d_][\w’'-]*")
_LONE_ARTICLE = frozenset("De Het Een Onze Deze Die Dat Elke Geen".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which something identifying is written in a study.

    Attributes:
        text: as written, in normalised text.
        kind: what it is most often found to be.
        n: how often it was found.
        first: file and place where it was found first.
        is_sure: whether it was ever found by more than a capital letter.
        speaker: the name of the one speaker whom it abbreviates; empty where it is none, or of several.
    """

    text: str
    kind: Identity
    n: int
    first: str
    is_sure: bool
    speaker: str = ""


def is_dutch_word(word: str) -> bool:
    """Whether a lower-case word is Dutch, alone or as a compound.

    >>> is_dutch_word("opvoedingswinkel"), is_dutch_word("yasmina")
    (True, False)
    """
    lexicon = read_words()
    if len(word) > MAX_WORD:
        return False
    if word in lexicon or simplemma.is_known(word, lang="nl"):
        return True
    parts = split_compound(word, lexicon)
    return len(parts) > 1 and all(len(part) >= MIN_PART for part in parts)


def find_organisations(text: str) -> Iterator[Find]:
    """Find local organisations: a name after its kind or abbreviation, in quotes, or in one word with its kind.

    >>> text = "Naar kapsalon Knip, de KWB Rodeveld en de Sint-Annaschool"
    >>> [text[find.start : find.end] for find in find_organisations(text)]
    ['Knip', 'KWB Rodeveld', 'Sint-Annaschool']
    """
    lists = read_gazetteers()
    for token in _TOKEN.finditer(text):
        word, lower = token[0], token[0].casefold()
        is_head = word.partition("-")[0] in HEADS
        if not is_head and not lower.endswith(KINDS) and not lower.endswith(VAGUE_KINDS):
            continue
        name = _OWN.match(text, token.end()) or _QUOTED_AFTER_KIND.match(text, token.end())
        is_vague = not is_head and (lower in VAGUE_KINDS or lower.endswith(("dienst", "team", "groep", "project")))
        if name and _is_own(name["name"], lists, is_vague=is_vague):
            has_kind = word[0].isupper() and (is_head or word not in lists.no_names) and text[token.end()] == " "
            starts = has_kind and name.start("name") == token.end() + 1
            yield Find(token.start() if starts else name.start("name"), name.end("name"), Identity.ORGANISATIE)
        elif word[0].isupper() and lower.endswith(KINDS) and lower not in KINDS and _is_coined(word):
            yield Find(token.start(), token.end(), Identity.ORGANISATIE)
    for form in _OTHER_ORGANISATIONS:
        for match in form.finditer(text):
            if match["name"].split()[0] not in _LONE_ARTICLE or len(match["name"].split()) > 2:
                yield Find(match.start("name"), match.end("name"), Identity.ORGANISATIE)


def _is_coined(word: str) -> bool:
    """Whether a word with its kind in it is a name, as *Sint-Annaschool*."""
    return word.startswith(("Sint-", "Heilig-", "Onze-Lieve-")) or not is_dutch_word(word.casefold())


def _is_own(name: str, lists: Gazetteers, *, is_vague: bool) -> bool:
    """Whether what follows a kind is the name of one: no public body, and after a vague kind no Dutch word alone."""
    words = re.findall(r"[^\W\d_][\w'’-]*", name)
    capitals = [word for word in words if word[0].isupper()] or words
    own = [word for word in capitals if word not in lists.no_names]
    if not own or len(own[0]) == 1 or (capitals[0] in lists.no_names and capitals[0] not in ("Sint", "Maria", "God")):
        return False
    has_article = words[0].casefold() in ("de", "het", "den", "ter", "ten") and words[0][0].isupper()
    has_article |= words[0].casefold() == "t"
    return not is_vague or has_article or not all(is_dutch_word(word.casefold()) for word in own)


def detect(texts: Sequence[str], *, tagger: Tagger | None = None) -> Iterator[list[Find]]:
    """Find what points to a person in each text.

    Names that one text tells by a capital are found in all, also without it.

    Args:
        texts: n texts.
        tagger: tells proper nouns at the start of a sentence; without it fewer are found there.

    Yields:
        n lists of finds that do not overlap, in order of their place.

    >>> [find.kind.value for find in next(detect(["Bel Fatima op 0470 12 34 56."]))]
    ['persoon', 'telefoon']
    """
    tagged = tagger.tag(texts) if tagger else iter([()] * len(texts))
    found: list[list[Find]] = []
    for text, tokens in zip(texts, tagged, strict=True):
        places = _places(text, ((token.text, token.pos) for token in tokens))
        proper = {place for place, pos in places if pos == PROPER_NOUN}
        names = find_names(text, is_word=is_dutch_word, proper=proper)
        found.append(settle([*find_identifiers(text), *find_organisations(text), *names]))
    known = _known(texts, found)
    for text, finds in zip(texts, found, strict=True):
        yield settle([*finds, *_find_known(text, known)])


def _known(texts: Sequence[str], found: Sequence[Sequence[Find]]) -> dict[str, Identity]:
    """Words of names that are no Dutch words: in lower case, but as written where only a capital sets them apart."""
    known: dict[str, Identity] = {}
    for text, finds in zip(texts, found, strict=True):
        for find in finds:
            if find.kind in (Identity.PERSOON, Identity.ORGANISATIE):
                words = _TOKEN.findall(text[find.start : find.end])
                is_certain = find.is_sure or len(words) > 1
                known |= {
                    word.casefold() if is_certain else word: find.kind for word in words if _points_to_a_name(word)
                }
    return known


def _points_to_a_name(word: str) -> bool:
    is_name = word in read_gazetteers().given and not read_gazetteers().given[word]
    lower = word.casefold()
    return len(word) >= MIN_KNOWN and word[0].isupper() and lower not in SAYS and (is_name or not is_dutch_word(lower))


def _find_known(text: str, known: Mapping[str, Identity]) -> Iterator[Find]:
    lists, lexicon = read_gazetteers(), read_words()
    for token in _TOKEN.finditer(text):
        word = token[0].casefold()
        stem = re.sub(r"['’]?s\Z", "", word)
        written = re.sub(r"['’]?s\Z", "", token[0])
        name = next((form for form in (word, stem, token[0], written) if form in known), None)
        if token[0] in lists.no_names or (word in lexicon and token[0][0].islower()):
            continue
        if name:
            yield Find(token.start(), token.start() + len(name), known[name], is_sure=False)
        elif len(word) > MIN_KNOWN and lists.places.get(word.capitalize()) is False and word not in lexicon:
            yield Find(token.start(), token.end(), Identity.GEMEENTE, is_sure=False)
        elif len(stem) >= MIN_KNOWN and lists.given.get(stem.capitalize()) is False and stem not in lexicon:
            yield Find(token.start(), token.start() + len(stem), Identity.PERSOON, is_sure=False)


def _places(text: str, tokens: Iterable[tuple[str, str | None]]) -> Iterator[tuple[int, str | None]]:
    at = 0
    for word, pos in tokens:
        found = text.find(word, at)
        if found >= 0:
            yield found, pos
            at = found + len(word)


def gather(
    texts: Sequence[str],
    wheres: Sequence[str],
    *,
    tagger: Tagger | None = None,
    on_progress: Callable[[int], object] = id,
) -> list[Spelling]:
    """List the spellings of all that was found.

    Args:
        texts: n texts, in a stable order.
        wheres: n places, each a file and where in it.
        tagger: see `detect`.
        on_progress: called with the number of texts that are done.

    Returns:
        Spellings, the most frequent first.
    """
    kinds: dict[str, Counter[Identity]] = {}
    first: dict[str, str] = {}
    sure: Counter[str] = Counter()
    for i, (text, where, finds) in enumerate(zip(texts, wheres, detect(texts, tagger=tagger), strict=True)):
        for find in finds:
            spelling = text[find.start : find.end]
            kinds.setdefault(spelling, Counter())[find.kind] += 1
            first.setdefault(spelling, where)
            sure[spelling] += find.is_sure
        on_progress(i + 1)
    found = [
        Spelling(spelling, _commonest(counts), counts.total(), first[spelling], sure[spelling] > 0)
        for spelling, counts in kinds.items()
    ]
    return sorted(found, key=lambda spelling: (-spelling.n, spelling.text))


def _commonest(counts: Mapping[Identity, int]) -> Identity:
    order = list(Identity)
    return min(counts, key=lambda kind: (-counts[kind], order.index(kind)))


_CODE = re.compile(r"[A-Za-z]{0,3}[ .-]?\d{1,3}[a-z]?")
_INITIALS = re.compile(r"(?:[A-ZÀ-Ý][a-z]?\.?[ -]?){2,4}")


def add_speaker_names(speakers: pd.DataFrame, found: Sequence[Spelling]) -> list[Spelling]:
    """Add labels of speakers that name or abbreviate a person, also where they look like a Dutch word, as *FA* does.

    Left out are codes such as D3, abbreviations of a role, and Dutch words such as *Gespreksleider*.

    Args:
        speakers: table ``speakers``.
        found: spellings of the texts.

    Returns:
        All spellings, with the speaker whom they abbreviate.

    >>> frame = pd.DataFrame({"speaker": ["D3", "Verslaggever", "Amina"], "spellings": [["D3"], ["GL"], ["FA"]]})
    >>> [(spelling.text, spelling.kind.value, spelling.speaker) for spelling in add_speaker_names(frame, [])]
    [('Amina', 'persoon', ''), ('FA', 'persoon', 'Amina')]
    """
    known = {spelling.text for spelling in found}
    bearers: dict[str, set[str]] = {}
    for speaker, spellings in zip(speakers["speaker"], speakers["spellings"], strict=True):
        for label in (speaker, *spellings):
            bearers.setdefault(label, set()).add(speaker)
    added = [
        Spelling(label, Identity.PERSOON, 1, "speakers", True)
        for label in sorted(bearers.keys() - known)
        if _is_name(label)
    ]
    return [replace(spelling, speaker=_bearer(spelling.text, bearers)) for spelling in (*found, *added)]


def _bearer(label: str, bearers: Mapping[str, Set[str]]) -> str:
    """Name the one speaker whom a label abbreviates."""
    names = bearers.get(label, frozenset())
    (name,) = names if len(names) == 1 else (label,)
    return "" if name == label or not _is_name(name) else name


def _is_name(label: str) -> bool:
    words = re.findall(r"[^\W\d_]+", label)
    if not words or _CODE.fullmatch(label) or label.casefold() in ROLE_WORDS:
        return False
    lists = read_gazetteers()
    is_listed = any(word in lists.given for word in words)
    is_addressed = len(words) > 1 and any(word in lists.family or word.casefold() in TITLES for word in words)
    is_short = bool(_INITIALS.fullmatch(label))
    return is_listed or is_addressed or is_short or not all(is_dutch_word(word.casefold()) for word in words)
