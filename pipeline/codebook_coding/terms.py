"""What fragments and codes have in common in words: lemmas, parts of compounds and character n-grams."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.compounds import read_words, split_bases

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

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
class Words:
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


def gather_words(tokens: pd.DataFrame, fragment_ids: Sequence[str], texts: Sequence[str]) -> Words:
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
    return Words(
        texts=tuple(texts),
        lemmas=tuple(tuple(words) for words in spoken.values()),
        lemma_of={form: min(counts, key=lambda lemma: (-counts[lemma], lemma)) for form, counts in seen.items()},
        stop=frozenset(form for form, always in stopped.items() if always),
    )


class TermSpace:
    """Rows of unit length per view, words and character n-grams, so that a product is the sum of two cosines.

    A term weighs the more the fewer of these fragments hold it, and less when it is common in Dutch at large.
    """

    def __init__(self, words: Words) -> None:
        """Learn the terms and their weights from the fragments; nothing else is known of them."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._words = words
        self._counted = counted = [count_terms(lemmas) for lemmas in words.lemmas]
        held = Counter(term for terms in counted for term in terms)
        self._column = {term: i for i, term in enumerate(sorted(held))}
        n = len(counted)
        self._weight = np.array(
            [np.log((n + 1) / (held[term] + 0.5)) * _rarity(term[2:]) for term in self._column], dtype=np.float64
        )
        self._signs: TfidfVectorizer | None = TfidfVectorizer(
            analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True, lowercase=True
        )
        try:
            signs = self._signs.fit_transform(words.texts)
        except ValueError:
            # Texts of signs only have no n-grams.
            self._signs, signs = None, None
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


def _rarity(word: str) -> float:
    cost = read_words().get(word, UNKNOWN_COST)
    return float(np.clip((cost - COMMON_COST) / COST_SPAN, LEAST_WEIGHT, MOST_WEIGHT))


def _unit(matrix: "csr_matrix") -> "csr_matrix":
    from sklearn.preprocessing import normalize

    return normalize(matrix) if min(matrix.shape) else matrix
