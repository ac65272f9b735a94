"""Words and phrases that describe topics: terms in, ranked terms through, the commonest written form out."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import pandas as pd

from pipeline.analysis.topics.tree import PHRASE_JOINT
from pipeline.core.process import once_for_the_same
from pipeline.text.compounds import read_words, split_bases
from pipeline.text.languages import read_gazetteers

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


@once_for_the_same
def find_terms(tokens: pd.DataFrame) -> dict[str, list[Term]]:
    """Find the terms of every fragment, in the order of its text; phrases last, only those of two fragments or more.

    Args:
        tokens: table ``tokens``.

    Returns:
        Fragment to terms; fragments without a content word are left out.
    """
    rows = tokens[_COLUMNS].sort_values(["fragment_id", "i"]).itertuples(index=False, name=None)
    read = [_read(row) for row in rows]
    parts = _known_parts(read)
    found: dict[str, list[Term]] = {}
    phrases: dict[str, list[Term]] = {}
    for fragment_id, group in groupby(read, key=lambda token: token.fragment_id):
        words = list(group)
        found[fragment_id] = [term for token in words if token.is_content for term in _terms_of(token, parts)]
        phrases[fragment_id] = list(_phrases(words))
    spread = Counter(lemma for terms in phrases.values() for lemma in {term.lemma for term in terms})
    for fragment_id, terms in phrases.items():
        found[fragment_id] += [term for term in terms if spread[term.lemma] >= FEWEST_FRAGMENTS]
    return {fragment_id: terms for fragment_id, terms in found.items() if terms}


def _read(row: tuple[Any, ...]) -> Token:
    """Read a row of the table; white space and underscores in a lemma would tie what is no phrase."""
    fragment_id, i, sentence, text, lemma, pos, is_content = row
    plain = "-".join(lemma.replace(PHRASE_JOINT, " ").split())
    known = pos if isinstance(pos, str) else None
    is_word = bool(is_content) and not _is_person(text, known)
    return Token(fragment_id, i, sentence, text, plain or lemma, known, is_word)


def _is_person(text: str, pos: str | None) -> bool:
    """Tell a given name; one that is also a word counts only where the tagger takes it for a name."""
    also_word = read_gazetteers().given.get(text)
    return also_word is not None and (pos == "PROPN" or (not also_word and pos in (None, "NOUN")))


def _known_parts(read: Sequence[Token]) -> frozenset[str]:
    """Find the parts of compounds that are also words of their own: *inter* and *mate* of longer words are not."""
    return frozenset(token.lemma for token in read if token.is_content)


@lru_cache(maxsize=50_000)
def parts_of(lemma: str) -> tuple[str, ...]:
    """Parts of a compound that may stand on their own; none for a word that is no compound.

    >>> parts_of("huiswerkbegeleiding"), parts_of("brug")
    (('huiswerk', 'begeleiding'), ())
    """
    parts = split_bases(lemma, read_words())
    return tuple(part for part in parts if len(part) >= SMALLEST_PART) if len(parts) > 1 else ()


def _terms_of(token: Token, known_parts: frozenset[str]) -> Iterator[Term]:
    is_name = token.pos is None or token.pos in NAMES
    yield Term(token.lemma, _plain(token.text), is_name)
    for part in parts_of(token.lemma) if is_name else ():
        if part in known_parts:
            yield Term(part, part, True)


def _phrases(words: Sequence[Token]) -> Iterator[Term]:
    """Two content words side by side, the last a noun, or two nouns around a preposition, with or without article."""
    for first, second in pairwise(words):
        if first.sentence == second.sentence and first.is_content and second.is_content and _may_join(first, second):
            yield _tie((first, second))
    for width in (3, 4):
        for start in range(len(words) - width + 1):
            window = words[start : start + width]
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


MOST_FRAGMENTS = 0.2
MIN_FRAGMENTS_FOR_LIMIT = 15
LEAST_INSIDE = 2
LEAST_SHARE_INSIDE = 0.1
LEAST_LIFT = 1.5
MOST_OUTSIDE = 1 / 3
"""A common word stays in the topic that holds it, when elsewhere at most this share of its share there holds it."""
LEAST_SHARE_OF_WORD = 0.5
"""A phrase stands in for a word of it when it holds so large a share of the fragments that hold the word."""
SHARED_BEGINNING = 0.65
SHORTEST_BEGINNING = 5
LABEL_WORDS = 3
LEAST_OF_FILLER = 1 / 3
LEAST_OF_LEADING = 0.25
"""A word stands in a label when it stands in so large a share of the fragments that hold its commonest word."""
FILLERS = frozenset({
    "aantal", "begin", "deel", "ding", "einde", "gang", "geval", "januari", "februari", "maart", "april", "mei",
    "juni", "juli", "augustus", "september", "oktober", "november", "december", "jaar", "kant", "keer", "kwestie",
    "maand", "man", "manier", "mens", "moment", "plaats", "probleem", "punt", "reactie", "rede", "reden", "rest",
    "soort", "stuk", "vraag", "voorbeeld", "week", "woord",
})  # fmt: skip
"""Nouns that name no subject; they come after others, unless a third of the topic holds them."""
WORDLESS_LABEL = "zonder trefwoorden"
OUTLIER_LABEL = "uitschieters"


@dataclass(frozen=True, slots=True)
class FragmentTerms:
    """The terms of n fragments.

    Attributes:
        documents: per fragment its terms, apart by a space: content lemmas, parts of compounds, and phrases whose
            lemmas are tied by an underscore.
        written: term to its commonest written form.
        names: the terms that are mostly nouns, names or phrases; empty where nothing is known of it.
    """

    documents: tuple[str, ...]
    written: Mapping[str, str]
    names: frozenset[str] = field(default=frozenset())


def gather_words(tokens: pd.DataFrame, fragment_ids: Sequence[str]) -> FragmentTerms:
    """Collect the terms of fragments, in the order that is given.

    Args:
        tokens: table ``tokens``.
        fragment_ids: n ids.

    Returns:
        n documents (empty where a fragment has no content word) and the written forms.
    """
    found = find_terms(tokens)
    counts: dict[str, Counter[str]] = {}
    names: Counter[str] = Counter()
    for terms in found.values():
        for term in terms:
            counts.setdefault(term.lemma, Counter())[term.written] += 1
            names[term.lemma] += 1 if term.is_name else -1
    written = {lemma: min((-n, form) for form, n in forms.items())[1] for lemma, forms in counts.items()}
    documents = (" ".join(term.lemma for term in found.get(fragment_id, ())) for fragment_id in fragment_ids)
    return FragmentTerms(tuple(documents), written, frozenset(lemma for lemma, n in names.items() if n > 0))


def choose_keywords(
    ranked: Mapping[int, Sequence[str]], labels: Sequence[int], words: FragmentTerms, n_keywords: int
) -> dict[int, list[str]]:
    """Pick the words and phrases that describe each topic.

    Left out are words that stand in more than 20 % of all fragments (where there are at least 15) and are as common
    elsewhere: all share them. A word of one large topic stays: outside of it at most a third as many hold it.
    Of words that say nearly the same (a compound and its part, one stem, a phrase and its word) the first stays, or
    the phrase where it holds half of what the word holds. Words come after others when they are more at home in
    another topic, when they stand in few fragments of this one (fewer than two, or than a tenth), or hardly more often
    than overall (less than one and a half times); verbs and adjectives come after nouns.

    Args:
        ranked: topic to its terms, best first.
        labels: n topics, one per fragment.
        words: the terms of the n fragments.
        n_keywords: the most words per topic.

    Returns:
        Topic to written words, best first.
    """
    if not ranked:
        return {}
    sets = [frozenset(document.split()) for document in words.documents]
    overall = Counter(term for terms in sets for term in terms)
    inside: dict[int, Counter[str]] = {topic: Counter() for topic in ranked}
    for label, own in zip(labels, sets, strict=True):
        if label in inside:
            inside[label].update(own)
    sizes = Counter(labels)
    shares = {topic: {term: n / sizes[topic] for term, n in found.items()} for topic, found in inside.items()}
    home = {term: max(shares, key=lambda topic: (shares[topic].get(term, 0.0), -topic)) for term in overall}
    names = words.names or frozenset(overall)
    limit = MOST_FRAGMENTS * len(sets) if len(sets) >= MIN_FRAGMENTS_FOR_LIMIT else len(sets)
    chosen = {}
    for topic, terms in ranked.items():
        n_holding, share = inside[topic], shares[topic]
        n_outside = len(sets) - sizes[topic]
        apart = {
            term
            for term in terms
            if n_outside and (overall[term] - n_holding[term]) / n_outside <= MOST_OUTSIDE * share.get(term, 0.0)
        }
        usable = [term for term in terms if n_holding[term] and (overall[term] <= limit or term in apart)]
        least = max(LEAST_INSIDE, LEAST_SHARE_INSIDE * sizes[topic])

        def rank(
            term: str,
            topic: int = topic,
            n_holding: Mapping[str, int] = n_holding,
            share: Mapping[str, float] = share,
            least: float = least,
            apart: Collection[str] = apart,
        ) -> tuple[bool, bool, bool, bool]:
            is_set_apart = term in apart or share[term] >= LEAST_LIFT * overall[term] / len(sets)
            firm = n_holding[term] >= least and is_set_apart
            at_home = home[term] == topic
            returns = n_holding[term] >= LEAST_INSIDE
            names_subject = term in names and (term not in FILLERS or share[term] >= LEAST_OF_FILLER)
            return not (firm and at_home), not (returns and at_home), not firm, not names_subject

        ordered = sorted(usable, key=rank)
        chosen[topic] = [words.written[term] for term in _distinct(ordered, n_holding, words.written, n_keywords)]
    return chosen


def _distinct(ordered: Sequence[str], n_holding: Mapping[str, int], written: Mapping[str, str], most: int) -> list[str]:
    """Take terms one by one, leaving out those that say nearly the same; a phrase may stand in for its word."""
    phrases = [term for term in ordered if PHRASE_JOINT in term]
    taken: list[str] = []
    for term in ordered:
        if len(taken) == most:
            break
        if any(_alike(term, other) or written[term] == written[other] for other in taken):
            continue
        better = (
            phrase
            for phrase in phrases
            if term in phrase.split(PHRASE_JOINT) and n_holding[phrase] >= LEAST_SHARE_OF_WORD * n_holding[term]
            and n_holding[phrase] >= LEAST_INSIDE and not any(_alike(phrase, other) for other in taken)
        )  # fmt: skip
        taken.append(next(better, term))
    return taken


def _alike(first: str, second: str) -> bool:
    """Tell whether two terms say nearly the same.

    >>> _alike("opvoeden", "opvoeding"), _alike("lang_wachttijd", "wachttijd"), _alike("brug", "brood")
    (True, True, False)
    """
    return any(
        one == other or (len(one) > 3 < len(other) and _describe_nearly_the_same(one, other))
        for one in first.split(PHRASE_JOINT)
        for other in second.split(PHRASE_JOINT)
    )


def _describe_nearly_the_same(one: str, other: str) -> bool:
    return one in parts_of(other) or other in parts_of(one) or _share_stem(one, other)


def _share_stem(one: str, other: str) -> bool:
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one == other or (same >= SHORTEST_BEGINNING and same >= SHARED_BEGINNING * max(len(one), len(other)))


def make_labels(keywords: Mapping[int, Sequence[str]], labels: Sequence[int], words: FragmentTerms) -> dict[int, str]:
    """Name each topic by three of its keywords at most: of several fragments, nouns before others.

    Args:
        keywords: topic to written words, best first.
        labels: n topics, one per fragment.
        words: the terms of the n fragments.

    Returns:
        Topic to label.

    >>> words = FragmentTerms(("bus halte", "bus", "bus tolk"), {"bus": "bus", "halte": "halte", "tolk": "tolk"})
    >>> make_labels({0: ["bus", "halte", "tolk"], 1: []}, [0, 0, 0], words)
    {0: 'bus', 1: 'zonder trefwoorden'}
    """
    n_holding: dict[int, Counter[str]] = {topic: Counter() for topic in keywords}
    for label, document in zip(labels, words.documents, strict=True):
        if label in n_holding:
            n_holding[label].update({words.written[term] for term in document.split()})
    names = {words.written[term] for term in words.names}
    made = {}
    for topic, found in keywords.items():
        leading = max((n_holding[topic][word] for word in found), default=0)
        least = max(LEAST_INSIDE, LEAST_OF_LEADING * leading)
        firm = [word for word in found if n_holding[topic][word] >= least]
        firm = [word for word in firm if word in names] or firm
        made[topic] = ", ".join((firm or found)[:LABEL_WORDS]) or WORDLESS_LABEL
    return made
