"""What the codebook says of each code, and which fragments most resemble it: no manual code is used."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.process import once_for_the_same
from pipeline.core.views import Floats, require_vectors
from pipeline.core.vocabulary import Scheme, Status
from pipeline.text.compounds import read_words, split_bases
from pipeline.text.languages import DUTCH, NAMES, tell_language

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer


SCHEMES = (Scheme.THEME, Scheme.SUBTHEME)
_NO_LETTERS = re.compile(r"[\W_]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that says what a code is.

    Attributes:
        code: position of the code in its list.
        text: name, definition or example.
    """

    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The k codes of one scheme, in the order of the codebook.

    Attributes:
        scheme: theme or subtheme.
        names: k codes, verbatim.
        parents: k themes under which they stand; None for a theme itself, or where the codebook names none.
        phrases: what says what they are; at least the name of each.
    """

    scheme: Scheme
    names: tuple[str, ...]
    parents: tuple[str | None, ...]
    phrases: tuple[Phrase, ...]


def read_codes(codebook: pd.DataFrame) -> dict[Scheme, Codes]:
    """Read the codes of themes and sub-themes.

    Args:
        codebook: the table of that name.

    Returns:
        Scheme to its codes; schemes without codes are absent.
    """
    found = {}
    themes = set(codebook.loc[codebook["scheme"] == Scheme.THEME, "code"])
    above = dict(zip(codebook["code"], codebook["parent"].where(codebook["parent"].notna(), None), strict=True))
    for scheme in SCHEMES:
        rows = codebook.loc[codebook["scheme"] == scheme].sort_values("position")
        if rows.empty:
            continue
        names = tuple(rows["code"])
        parents = tuple(None if scheme is Scheme.THEME else _theme_above(name, above, themes) for name in names)
        phrases = tuple(
            Phrase(position, text)
            for position, (label, definition, examples) in enumerate(
                zip(rows["label"], rows["definition"], rows["examples"], strict=True)
            )
            for text in (label, *([] if pd.isna(definition) else [definition]), *examples)
            if str(text).strip()
        )
        found[scheme] = Codes(scheme=scheme, names=names, parents=parents, phrases=phrases)
    return found


def _theme_above(code: str, above: Mapping[str, str | None], themes: set[str]) -> str | None:
    """Climb to the theme; a codebook in which a code stands above itself has no theme there."""
    visited = {code}
    parent = above.get(code)
    while parent is not None and parent not in themes and parent not in visited:
        visited.add(parent)
        parent = above.get(parent)
    return parent if parent in themes else None


def find_weaknesses(codes: Mapping[Scheme, Codes], codebook: pd.DataFrame) -> Iterator[str]:
    """Say what in the codebook makes coding by it weak."""
    for scheme, found in codes.items():
        if len(found.names) == 1:
            yield f"scheme {scheme} has one code: it goes to every fragment that is not far from it"
        labels = codebook.loc[codebook["scheme"] == scheme, "label"].str.strip().str.lower()
        twice = sum(n > 1 for n in Counter(labels).values())
        if twice:
            yield (
                f"scheme {scheme}: {twice} names stand for more than one code; only definitions, examples and parents "
                "tell them apart"
            )
    texts = [phrase.text for found in codes.values() for phrase in found.phrases]
    foreign = Counter(language for language in map(tell_language, texts) if language not in (None, DUTCH))
    for language, n in sorted(foreign.items()):
        yield f"{n} of {len(texts)} texts of the codebook are in {NAMES[language]}: words cannot match, meaning hardly"


def find_examples(codebook: pd.DataFrame, fragment_ids: Sequence[str], texts: Sequence[str]) -> frozenset[str]:
    """Find the fragments that the codebook quotes as an example: named by id, or with the same words.

    Args:
        codebook: the table of that name.
        fragment_ids: n fragments.
        texts: their n texts.

    Returns:
        Their ids; a fragment also counts when it holds an example of three words or more, or is held by one.
    """
    named = {fragment for ids in codebook["example_fragment_ids"] for fragment in ids}
    quoted = {_plain(text) for examples in codebook["examples"] for text in examples}
    quoted = {text for text in quoted if _is_long(text)}
    plain = [(fragment, _plain(text)) for fragment, text in zip(fragment_ids, texts, strict=True)]
    holding = {fragment for fragment, text in plain if any(example in text for example in quoted)}
    held = {fragment for fragment, text in plain if _is_long(text) and any(text in example for example in quoted)}
    return frozenset(holding | held | {fragment for fragment in fragment_ids if fragment in named})


def _is_long(plain: str) -> bool:
    return len(plain.split()) >= 3


def _plain(text: str) -> str:
    return f" {' '.join(_NO_LETTERS.sub(' ', text.lower()).split())} "


NGRAMS = (3, 5)
MIN_CHARS = 3
UNKNOWN_COST = 75
"""Of a word outside the frequency list: a frequency of 10 to the power -7.5, the list's own floor."""
COMMON_COST, COST_SPAN = 30.0, 30.0
LEAST_WEIGHT, MOST_WEIGHT = 0.2, 1.3

_WORD = re.compile(r"[^\W\d_]+(?:[-'’‘][^\W\d_]+)*")


@lru_cache(maxsize=50_000)
def _parts(lemma: str) -> tuple[str, ...]:
    return split_bases(lemma, read_words())


def count_terms(lemmas: Sequence[str]) -> Counter[str]:
    """Count lemmas, and the parts of each at a weight that makes a compound weigh as much as a simple word.

    >>> sorted(count_terms(["steun"]).items())
    [('l:steun', 1), ('p:steun', 1.0)]
    """
    terms: Counter[str] = Counter()
    for lemma in lemmas:
        if len(lemma) < MIN_CHARS:
            continue
        terms[f"l:{lemma}"] += 1
        parts = _parts(lemma)
        for part in parts:
            terms[f"p:{part}"] += len(parts) ** -0.5
    return terms


@dataclass(frozen=True, kw_only=True)
class FragmentWords:
    """The words of n fragments.

    Attributes:
        texts: n texts.
        lemmas: n lists of the lemmas of words that are no function words.
        lemma_of: a word as written, in lower case, to its commonest lemma here.
        stop: words as written that were function words throughout.
    """

    texts: tuple[str, ...]
    lemmas: tuple[tuple[str, ...], ...]
    lemma_of: Mapping[str, str]
    stop: frozenset[str]

    def read(self, text: str) -> list[str]:
        """Give the lemmas of a text of the codebook, by what the tagger made of the same words in the fragments."""
        forms = [form.lower() for form in _WORD.findall(text)]
        return [self.lemma_of.get(form, form) for form in forms if form not in self.stop]


def gather_words(tokens: pd.DataFrame, fragment_ids: Sequence[str], texts: Sequence[str]) -> FragmentWords:
    """Gather the words of fragments from the table ``tokens``."""
    spoken: dict[str, list[str]] = {fragment: [] for fragment in fragment_ids}
    seen: dict[str, Counter[str]] = {}
    stopped: dict[str, bool] = {}
    rows = tokens.loc[tokens["fragment_id"].isin(spoken)].sort_values(["fragment_id", "i"])
    columns = (rows[name].tolist() for name in ("fragment_id", "text", "lemma", "is_stop"))
    for fragment, text, lemma, is_stop in zip(*columns, strict=True):
        form = text.lower()
        if not _WORD.fullmatch(form):
            continue
        stopped[form] = stopped.get(form, True) and bool(is_stop)
        if not is_stop:
            spoken[fragment].append(lemma.lower())
            seen.setdefault(form, Counter())[lemma.lower()] += 1
    return FragmentWords(
        texts=tuple(texts),
        lemmas=tuple(tuple(words) for words in spoken.values()),
        lemma_of={form: min(counts, key=lambda lemma: (-counts[lemma], lemma)) for form, counts in seen.items()},
        stop=frozenset(form for form, always in stopped.items() if always),
    )


class TermSpace:
    """Rows of unit length per view, words and character n-grams, so that a product is the sum of two cosines.

    A term weighs the more the fewer of these fragments hold it, and less when it is common in Dutch at large.
    """

    def __init__(self, words: FragmentWords) -> None:
        """Learn the terms and their weights from the fragments; nothing else is known of them."""
        self._words = words
        self._counted = counted = [count_terms(lemmas) for lemmas in words.lemmas]
        held = Counter(term for terms in counted for term in terms)
        self._column = {term: i for i, term in enumerate(sorted(held))}
        n = len(counted)
        self._weight = np.array(
            [np.log((n + 1) / (held[term] + 0.5)) * _rarity(term[2:]) for term in self._column], dtype=np.float64
        )
        self._signs, signs = _read_signs(words.texts)
        self.fragments = self._join(self._weigh(counted), signs)

    def place(self, texts: Sequence[str]) -> "csr_matrix":
        """Give the rows of texts of the codebook."""
        counted = [count_terms(self._words.read(text)) for text in texts]
        signs = self._signs.transform(texts) if self._signs is not None and texts else None
        return self._join(self._weigh(counted), signs)

    def count(self, texts: Sequence[str]) -> Counter[str]:
        """Count the terms of texts of the codebook together."""
        asked: Counter[str] = Counter()
        for text in texts:
            asked.update(count_terms(self._words.read(text)))
        return asked

    def share(self, fragment: int, asked: Mapping[str, float], *, most: int) -> list[str]:
        """Name the lemmas and parts that a fragment has in common with counted terms, the weightiest first."""
        own = self._counted[fragment]
        weight = {term: float(self._weight[self._column[term]]) for term in own.keys() & asked.keys()}
        ordered = sorted(weight, key=lambda term: (-weight[term], term))
        return list(dict.fromkeys(term[2:] for term in ordered))[:most]

    def _weigh(self, counted: Sequence[Mapping[str, float]]) -> "csr_matrix":
        from scipy.sparse import csr_matrix

        rows, columns, values = [], [], []
        for row, terms in enumerate(counted):
            known = [(self._column[term], count) for term, count in terms.items() if term in self._column]
            for column, count in sorted(known):
                rows.append(row)
                columns.append(column)
                values.append((1 + np.log(count) if count > 1 else count) * self._weight[column])
        return _unit(csr_matrix((values, (rows, columns)), shape=(len(counted), len(self._column)), dtype=np.float64))

    def _join(self, words: "csr_matrix", signs: "csr_matrix | None") -> "csr_matrix":
        from scipy.sparse import csr_matrix, hstack

        return csr_matrix(hstack([words, signs])) if signs is not None else words


@lru_cache(maxsize=1)
def _read_signs(texts: tuple[str, ...]) -> "tuple[TfidfVectorizer | None, csr_matrix | None]":
    """Learn the character n-grams of texts, and give their rows; two stages in turn ask for the same texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    signs = TfidfVectorizer(analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True, lowercase=True)
    try:
        return signs, signs.fit_transform(texts)
    except ValueError:
        # Texts of signs only have no n-grams.
        return None, None


def _rarity(word: str) -> float:
    cost = read_words().get(word, UNKNOWN_COST)
    return float(np.clip((cost - COMMON_COST) / COST_SPAN, LEAST_WEIGHT, MOST_WEIGHT))


def _unit(matrix: "csr_matrix") -> "csr_matrix":
    from sklearn.preprocessing import normalize

    return normalize(matrix) if min(matrix.shape) else matrix


FEWEST_TO_CENTRE = 3


@dataclass(frozen=True, kw_only=True)
class FragmentFeatures:
    """n used fragments, sorted by id: their own text and nothing else.

    Attributes:
        ids: n fragment ids.
        texts: n texts.
        vectors: (n, d) vectors as the encoder gave them.
        meaning: (n, d) the same without what all fragments share, unit length.
        terms: their words.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Floats
    meaning: Floats
    terms: TermSpace

    @property
    def words(self) -> "csr_matrix":
        """(n, m) rows whose products are the sum of the cosines of words and of character n-grams."""
        return self.terms.fragments

    def likeness(self, rows: NDArray[np.int64]) -> Floats:
        """Give the (n, r) likeness of all fragments to some: the sum of three cosines."""
        likeness: Floats = self.meaning @ self.meaning[rows].T + (self.words @ self.words[rows].T).toarray()
        return likeness


@once_for_the_same
def make_space(fragments: pd.DataFrame, tokens: pd.DataFrame, embeddings: pd.DataFrame) -> FragmentFeatures:
    """Lay out the used fragments.

    Args:
        fragments: the table of that name; of it only fragment_id, text and status are read.
        tokens: the table of that name.
        embeddings: the table of that name.

    Returns:
        The space.

    Raises:
        TableError: a used fragment has no vector.
    """
    used = fragments.loc[fragments["status"] == Status.USED, ["fragment_id", "text"]].sort_values("fragment_id")
    ids, texts = tuple(used["fragment_id"]), tuple(used["text"])
    vectors = require_vectors(embeddings, ids)
    return FragmentFeatures(
        ids=ids,
        texts=texts,
        vectors=vectors,
        meaning=centre(vectors, vectors) if len(ids) else vectors,
        terms=TermSpace(gather_words(tokens, ids, texts)),
    )


def centre(vectors: Floats, reference: Floats) -> Floats:
    """Take the mean of a reference from vectors, and bring them to unit length; what is nothing then stays nothing.

    What all texts share does not tell them apart (Mu & Viswanath 2018, All-but-the-Top, ICLR).
    """
    left = vectors - reference.mean(axis=0)
    length = np.linalg.norm(left, axis=1, keepdims=True)
    centred: Floats = np.divide(left, length, out=np.zeros_like(left), where=length > 1e-9)
    return centred


def compare(space: FragmentFeatures, texts: Sequence[str], vectors: Floats) -> tuple[Floats, Floats]:
    """Compare fragments with texts of the codebook.

    The mean of the texts is subtracted from each, since what all codes share sets none of them apart; with fewer
    than ``FEWEST_TO_CENTRE`` texts, the mean of the fragments is subtracted.

    Args:
        space: n fragments.
        texts: q texts.
        vectors: (q, d) their vectors from the same encoder.

    Returns:
        (n, q) likeness in words, the sum of two cosines, and (n, q) in meaning, a cosine.
    """
    reference = vectors if len(texts) >= FEWEST_TO_CENTRE else space.vectors
    lexical = (space.words @ space.terms.place(texts).T).toarray()
    return lexical, space.meaning @ centre(vectors, reference).T


TEMPERATURE = 0.1
ROUNDS = 3


def share_out(scores: Floats, temperature: float) -> Floats:
    """Turn (n, k) scores into shares that sum to 1 (softmax).

    >>> share_out(np.array([[0.0, 0.0]]), 0.1).tolist()
    [[0.5, 0.5]]
    """
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def refine(space: FragmentFeatures, scores: Floats, *, strength: float) -> Floats:
    """Add to each score the mean likeness to the fragments that resemble the code, itself left out; a few rounds.

    Expectation and maximisation over centres that begin at the codebook (Nigam et al. 2000, Machine Learning 39,
    here with soft counts over likeness instead of words).

    Args:
        space: n fragments.
        scores: (n, k).
        strength: weight of what is learned.

    Returns:
        (n, k) refined scores.
    """
    if strength == 0 or min(scores.shape) < 2:
        return scores
    refined = scores
    for _ in range(ROUNDS):
        shares = share_out(refined, TEMPERATURE)
        learned = _likeness_to_centres(space, shares)
        refined = scores + strength * (learned - learned.mean(axis=1, keepdims=True))
    return refined


def _likeness_to_centres(space: FragmentFeatures, shares: Floats) -> Floats:
    weights = shares / np.maximum(shares.sum(axis=0), 1e-9)
    total = space.meaning @ (space.meaning.T @ weights) + space.words @ (space.words.T @ weights)
    own = (space.meaning**2).sum(axis=1) + np.asarray(space.words.multiply(space.words).sum(axis=1)).ravel()
    likeness: Floats = total - own[:, None] * weights
    return likeness


def pool(scores: Floats, owners: Sequence[int], size: int, temperature: float) -> Floats:
    """Bring the scores of sub-themes to their themes: the logarithm of the mean exponential.

    It lies between mean and maximum, and a theme with many sub-themes gains nothing by their number.

    Args:
        scores: (n, k).
        owners: k themes, -1 for none.
        size: number of themes.
        temperature: towards 0 it is the maximum.

    Returns:
        (n, size); NaN for themes without sub-themes.
    """
    pooled = np.full((len(scores), size), np.nan)
    for theme in range(size):
        own = scores[:, [owner == theme for owner in owners]]
        if own.shape[1]:
            top = own.max(axis=1, keepdims=True)
            pooled[:, theme] = top[:, 0] + temperature * np.log(np.exp((own - top) / temperature).mean(axis=1))
    return pooled
