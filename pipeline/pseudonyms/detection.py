"""All names and numbers in the texts of a study, by spelling, with how often and where."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import simplemma

from pipeline.compounds import read_words, split_compound
from pipeline.pseudonyms.finds import Find, settle
from pipeline.pseudonyms.gazetteers import read_gazetteers
from pipeline.pseudonyms.identifiers import find_identifiers
from pipeline.pseudonyms.names import find_names
from pipeline.tokens import Tagger
from pipeline.vocabulary import Identity

PROPER_NOUN = "PROPN"
MIN_PART = 4


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which something identifying is written in a study.

    Attributes:
        text: as written, in normalised text.
        kind: what it is most often found to be.
        n: how often it was found.
        first: file and line where it was found first.
        is_sure: whether it was ever found by more than a capital letter.
    """

    text: str
    kind: Identity
    n: int
    first: str
    is_sure: bool


def is_dutch_word(word: str) -> bool:
    """Whether a lower-case word is Dutch, alone or as a compound.

    >>> is_dutch_word("opvoedingswinkel"), is_dutch_word("yasmina")
    (True, False)
    """
    lexicon = read_words()
    if word in lexicon or simplemma.is_known(word, lang="nl"):
        return True
    parts = split_compound(word, lexicon)
    return len(parts) > 1 and all(len(part) >= MIN_PART for part in parts)


def detect(texts: Sequence[str], *, tagger: Tagger | None = None) -> Iterator[list[Find]]:
    """Find what points to a person in each text.

    Args:
        texts: n texts.
        tagger: tells proper nouns at the start of a sentence; without it fewer are found there.

    Yields:
        n lists of finds that do not overlap, in order of their place.

    >>> [find.kind.value for find in next(detect(["Bel Fatima op 0470 12 34 56."]))]
    ['persoon', 'telefoon']
    """
    tagged = tagger.tag(texts) if tagger else iter([()] * len(texts))
    for text, tokens in zip(texts, tagged, strict=True):
        places = _places(text, ((token.text, token.pos) for token in tokens))
        proper = {place for place, pos in places if pos == PROPER_NOUN}
        yield settle([*find_identifiers(text), *find_names(text, is_word=is_dutch_word, proper=proper)])


def _places(text: str, tokens: Iterable[tuple[str, str | None]]) -> Iterator[tuple[int, str | None]]:
    at = 0
    for word, pos in tokens:
        found = text.find(word, at)
        if found >= 0:
            yield found, pos
            at = found + len(word)


def gather(
    texts: Sequence[str], wheres: Sequence[str], *, tagger: Tagger | None = None, tell: Callable[[int], object] = id
) -> list[Spelling]:
    """List the spellings of all that was found.

    Args:
        texts: n texts, in a stable order.
        wheres: n places, as file and line.
        tagger: see `detect`.
        tell: called with the number of texts that are done.

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
        tell(i + 1)
    found = [
        Spelling(spelling, _commonest(counts), counts.total(), first[spelling], sure[spelling] > 0)
        for spelling, counts in kinds.items()
    ]
    return sorted(found, key=lambda spelling: (-spelling.n, spelling.text))


def _commonest(counts: Mapping[Identity, int]) -> Identity:
    order = list(Identity)
    return min(counts, key=lambda kind: (-counts[kind], order.index(kind)))


_CODE = re.compile(r"[A-Za-z]{0,3}[ .-]?\d{1,3}[a-z]?")


def voices(speakers: pd.DataFrame, found: Sequence[Spelling]) -> list[Spelling]:
    """Add labels of voices that are names: neither a code such as D3 nor Dutch words such as *Gespreksleider*.

    Args:
        speakers: table ``speakers``.
        found: spellings of the texts.

    Returns:
        All spellings.

    >>> frame = pd.DataFrame({"spellings": [["D3"], ["Verslaggever"], ["Amina"]]})
    >>> [(spelling.text, spelling.kind.value) for spelling in voices(frame, [])]
    [('Amina', 'persoon')]
    """
    known = {spelling.text for spelling in found}
    labels = sorted({label for spellings in speakers["spellings"] for label in spellings} - known)
    added = [Spelling(label, Identity.PERSOON, 1, "speakers", True) for label in labels if _is_name(label)]
    return [*found, *added]


def _is_name(label: str) -> bool:
    words = re.findall(r"[^\W\d_]+", label)
    is_listed = any(word in read_gazetteers().given for word in words)
    is_dutch = all(is_dutch_word(word.casefold()) for word in words)
    return bool(words) and not _CODE.fullmatch(label) and (is_listed or not is_dutch)
