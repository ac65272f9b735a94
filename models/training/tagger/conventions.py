"""Brings the training part to one annotation convention: that of the development and test parts.

The training file joins three generations of the treebanks. Half of it follows the current guidelines; nearly as much is
an older release without tags of the CGN set, in which possessives are determiners, ordinals numerals, and auxiliaries
and names are told apart otherwise; 3 % is an older release still, with stems for verb lemmas. The last is left out. Of
the older one what is systematic is converted; words that the two tag differently all the same keep their lemma and
sentence, and their tag is left open, so that nothing is learnt from it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.training.tagger.sources import Word

Sentence = list[Word]

FIRST_RELEASE_TAGS = frozenset("Adj Adv Art Conj Int Misc Num Prep Pron Punc V".split())  # noqa: SIM905
POSSESSIVES = {
    "mijn": "1", "m'n": "1", "ons": "1", "onze": "1", "jouw": "2", "je": "2", "uw": "2", "jullie": "2", "zijn": "3",
    "z'n": "3", "haar": "3", "d'r": "3", "hun": "3",
}  # fmt: skip
MIN_COUNT = 5
MAX_DISTANCE = 0.12

_ORDINAL = re.compile(r"(.{2,}(de|ste)|\d+(e|de|ste)|(aller)?eerste?)", re.IGNORECASE)
_LINK = re.compile(r"(s-|en-|e-|-|en|s|n|e)")
MIN_FRONT = 3
MIN_SHARED_HEAD = 3


def harmonize(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Give the sentences to train on; an empty part of speech means that nothing is known."""
    kept = [sentence for sentence in sentences if not _is_first_release(sentence)]
    kept = [[_convert(word) for word in sentence] if _is_older(sentence) else sentence for sentence in kept]
    disputed = find_disputed(kept)
    return [[_finish(word, _is_older(sentence), disputed) for word in sentence] for sentence in kept]


def _is_first_release(sentence: Sentence) -> bool:
    return any(word.xpos.split("|")[0] in FIRST_RELEASE_TAGS for word in sentence)


def _is_older(sentence: Sentence) -> bool:
    return any("_" in word.xpos for word in sentence)


def _convert(word: Word) -> Word:
    person = POSSESSIVES.get(word.form.lower())
    if word.upos == "DET" and person:
        return replace(word, upos="PRON", feats=f"Person={person}|Poss=Yes|PronType=Prs")
    if word.upos == "NUM" and _ORDINAL.fullmatch(word.form):
        return replace(word, upos="ADJ", feats="_")
    return replace(word, feats=word.feats.replace("Foreign=yes", "Foreign=Yes"))


def find_disputed(sentences: Iterable[Sentence]) -> frozenset[str]:
    """Find the words whose parts of speech are distributed otherwise in the older release.

    Returns:
        Lower-case forms with a total variation distance above ``MAX_DISTANCE``.
    """
    counts: dict[bool, dict[str, Counter[str]]] = {True: defaultdict(Counter), False: defaultdict(Counter)}
    for sentence in sentences:
        for word in sentence:
            counts[_is_older(sentence)][word.form.lower()][word.upos] += 1
    return frozenset(form for form, older in counts[True].items() if _differ(older, counts[False][form]))


def _differ(one: Counter[str], other: Counter[str]) -> bool:
    if min(one.total(), other.total()) < MIN_COUNT:
        return False
    tags = one.keys() | other.keys()
    return sum(abs(one[tag] / one.total() - other[tag] / other.total()) for tag in tags) / 2 > MAX_DISTANCE


def _finish(word: Word, is_older: bool, disputed: frozenset[str]) -> Word:
    word = replace(word, lemma=restore_compound(word.form, word.lemma, word.upos))
    return replace(word, upos="", feats="") if is_older and word.form.lower() in disputed else word


def restore_compound(form: str, lemma: str, upos: str = "NOUN") -> str:
    """Put back the linking sound or hyphen that the treebank leaves out of the lemma of a compound.

    Verbs are left alone: the ``s`` of ``moesten`` is no linking sound.

    >>> [restore_compound(*pair) for pair in (("bedrijfspanden", "bedrijfpand"), ("EU-burgers", "EUburger"))]
    ['bedrijfspand', 'EU-burger']
    >>> restore_compound("scholen", "school")
    'school'
    """
    if upos in {"VERB", "AUX"}:
        return lemma
    for linked in _with_link(form, lemma):
        return linked
    return lemma


def _with_link(form: str, lemma: str) -> Iterator[str]:
    cut = _shared(form.lower(), lemma.lower())
    if cut >= len(lemma):
        return
    for place in range(cut, min(cut, MIN_FRONT) - 1, -1):
        link = _LINK.match(form, place)
        while link:
            shared = _shared(form[link.end() :].lower(), lemma[place:].lower())
            if shared >= max(MIN_SHARED_HEAD, len(lemma) - place - 2) and (place >= MIN_FRONT or "-" in link[0]):
                yield lemma[:place] + link[0] + lemma[place:]
            link = _LINK.match(form, place, link.end() - 1) if link.end() - place > 1 else None


def _shared(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
