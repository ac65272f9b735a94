"""Terms of fragments: content lemmas, the parts of their compounds, and noun phrases that come back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import pandas as pd

from pipeline.compounds import read_words, split_bases
from pipeline.topic_views import PHRASE_JOINT

FEWEST_FRAGMENTS = 2
SMALLEST_PART = 4
NAMES = frozenset({"NOUN", "PROPN"})
_COLUMNS = ["fragment_id", "i", "sentence", "text", "lemma", "pos", "is_content"]


class Token(NamedTuple):
    """A token as the tagger left it; ``pos`` is None where it knows none."""

    fragment_id: str
    i: int
    sentence: int
    text: str
    lemma: str
    pos: str | None
    is_content: bool


class Term(NamedTuple):
    """A term in a fragment: its lemmas, tied by an underscore, as it is written there, and whether it is a name."""

    lemma: str
    written: str
    is_name: bool


def find_terms(tokens: pd.DataFrame) -> dict[str, list[Term]]:
    """Find the terms of every fragment, in the order of its text; phrases last, only those of two fragments or more.

    Args:
        tokens: table ``tokens``.

    Returns:
        Fragment to terms; fragments without a content word are left out.
    """
    rows = tokens[_COLUMNS].sort_values(["fragment_id", "i"]).itertuples(index=False, name=None)
    read = [_read(row) for row in rows]
    compounds = _shared_parts(read)
    found: dict[str, list[Term]] = {}
    phrases: dict[str, list[Term]] = {}
    for fragment_id, group in groupby(read, key=lambda token: token.fragment_id):
        said = list(group)
        found[fragment_id] = [term for token in said if token.is_content for term in _terms_of(token, compounds)]
        phrases[fragment_id] = list(_phrases(said))
    spread = Counter(lemma for terms in phrases.values() for lemma in {term.lemma for term in terms})
    for fragment_id, terms in phrases.items():
        found[fragment_id] += [term for term in terms if spread[term.lemma] >= FEWEST_FRAGMENTS]
    return {fragment_id: terms for fragment_id, terms in found.items() if terms}


def _read(row: tuple[Any, ...]) -> Token:
    """Read a row of the table; white space and underscores in a lemma would tie what is no phrase."""
    fragment_id, i, sentence, text, lemma, pos, is_content = row
    plain = "-".join(lemma.replace(PHRASE_JOINT, " ").split())
    return Token(
        fragment_id, i, sentence, text, plain or lemma, pos if isinstance(pos, str) else None, bool(is_content)
    )


def _shared_parts(read: Sequence[Token]) -> frozenset[str]:
    """Parts of compounds that also stand elsewhere; a part of one compound says nothing that the whole does not."""
    lemmas = {token.lemma for token in read if token.is_content}
    spread = Counter(part for lemma in lemmas for part in {lemma, *parts_of(lemma)})
    return frozenset(part for part, n in spread.items() if n >= FEWEST_FRAGMENTS)


@lru_cache(maxsize=50_000)
def parts_of(lemma: str) -> tuple[str, ...]:
    """Parts of a compound that may stand on their own; none for a word that is no compound.

    >>> parts_of("huiswerkbegeleiding"), parts_of("brug")
    (('huiswerk', 'begeleiding'), ())
    """
    parts = split_bases(lemma, read_words())
    return tuple(part for part in parts if len(part) >= SMALLEST_PART) if len(parts) > 1 else ()


def _terms_of(token: Token, shared_parts: frozenset[str]) -> Iterator[Term]:
    is_name = token.pos is None or token.pos in NAMES
    yield Term(token.lemma, _plain(token.text), is_name)
    for part in parts_of(token.lemma) if is_name else ():
        if part in shared_parts:
            yield Term(part, part, True)


def _phrases(said: Sequence[Token]) -> Iterator[Term]:
    """Two content words side by side, the last a noun, or two nouns around a preposition, with or without article."""
    for first, second in pairwise(said):
        if first.sentence == second.sentence and first.is_content and second.is_content and _may_join(first, second):
            yield _tie((first, second))
    for width in (3, 4):
        for start in range(len(said) - width + 1):
            window = said[start : start + width]
            if _is_around_preposition(window):
                yield _tie(window)


def _may_join(first: Token, second: Token) -> bool:
    if first.pos is None or second.pos is None:
        return first.lemma != second.lemma
    return (first.pos, second.pos) in {("ADJ", "NOUN"), ("PROPN", "PROPN"), ("NOUN", "PROPN")}


def _is_around_preposition(window: Sequence[Token]) -> bool:
    first, preposition, *articles, last = window
    return (
        first.sentence == last.sentence
        and first.is_content and last.is_content and first.pos == last.pos == "NOUN"
        and preposition.pos == "ADP" and all(article.pos == "DET" for article in articles)
    )  # fmt: skip


def _tie(words: Sequence[Token]) -> Term:
    lemmas = [word.lemma for word in words if word.pos != "DET"]
    return Term(PHRASE_JOINT.join(lemmas), " ".join(_plain(word.text) for word in words), True)


def _plain(text: str) -> str:
    """Lower-case a word, but not an acronym: ``OCMW`` stays, ``Ouders`` at the start of a sentence does not."""
    return text if sum(letter.isupper() for letter in text) > 1 else text.lower()
