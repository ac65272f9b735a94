"""Dutch words with their likeliest English words, from word alignment and a lexicon.

Alignment: IBM model 1 (Brown et al. 1993, Computational Linguistics 19(2), model 1) with a preference for the diagonal
(after Dyer et al. 2013, NAACL, equation 2), run in both directions; p(English | Dutch) is multiplied by
the square root of p(Dutch | English) and renormalised.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import simplemma

from models.training.encoder.sources import Parallel

Weights = dict[str, float]

WORD = r"[^\W_]+(?:'[a-z]{1,2}\b)?"
CONTRACTIONS = {"n't": " not", "'m": " am", "'re": " are", "'ll": " will", "'ve": " have", "'d": " would", "'s": " 's"}
ROUNDS = 6
DIAGONAL = 4.0
# Alignment counts stand beside this many imagined counts from the lexicon.
LEXICON_COUNTS = 3.0
LINKS = ("", "s", "en", "e", "er", "n")
SHORTEST_PART = 4


def words(text: str) -> list[str]:
    """Lower-case words and numbers of a text, accents and plurals with an apostrophe kept.

    >>> words("Ouders, 't is zo: twee foto’s!")
    ['ouders', 't', 'is', 'zo', 'twee', "foto's"]
    """
    return re.findall(WORD, text.lower().replace("’", "'"))


def expanded(english: str) -> str:
    """English with its contractions written out, so that each word can be aligned.

    >>> expanded("I'm sure they don't")
    'i am sure they do not'
    """
    text = english.lower().replace("’", "'").replace("can't", "can not").replace("won't", "will not")
    for short, full in CONTRACTIONS.items():
        text = re.sub(rf"{short}\b", full, text)
    return text


def read_lexicon(path: Path) -> dict[str, list[str]]:
    """Dutch heads with their English translations; pairs that only FreeDict (GPL) gives are left out."""
    table: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            open_sources = set(row["sources"].split(",")) - {"freedict"}
            if open_sources:
                table[row["nl"].lower()][row["en"].lower()] = len(open_sources)
    return {nl: sorted(en, key=lambda e: (-en[e], len(e), e)) for nl, en in table.items()}


def _positions(pairs: list[Parallel]) -> tuple[list[str], list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Every (Dutch word, English word) cell of every pair, as word numbers, with its diagonal weight."""
    dutch: dict[str, int] = {}
    english: dict[str, int] = {}
    rows, columns, groups = [], [], []
    weights: list[np.ndarray] = []
    for pair in pairs:
        nl = [dutch.setdefault(w, len(dutch)) for w in words(pair.dutch)]
        en = [english.setdefault(w, len(english)) for w in words(expanded(pair.english))]
        if not nl or not en:
            continue
        i = (np.arange(len(nl)) + 0.5) / len(nl)
        j = (np.arange(len(en)) + 0.5) / len(en)
        rows.append(np.repeat(nl, len(en)))
        columns.append(np.tile(en, len(nl)))
        groups.append(np.array([len(nl), len(en)]))
        weights.append(np.exp(-DIAGONAL * np.abs(i[:, None] - j[None, :])).ravel())
    shape = np.array(groups)
    return (
        list(dutch),
        list(english),
        np.stack([np.concatenate(rows), np.concatenate(columns)]),
        shape,
        np.concatenate(weights),
    )


def _slots(shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every cell the number of its Dutch slot and of its English slot, counted over the whole corpus."""
    dutch, english = [], []
    first_nl = first_en = 0
    for nl, en in shape:
        dutch.append(np.repeat(np.arange(nl) + first_nl, en))
        english.append(np.tile(np.arange(en) + first_en, nl))
        first_nl, first_en = first_nl + nl, first_en + en
    return np.concatenate(dutch), np.concatenate(english)


@dataclass
class Alignment:
    """Expected alignment counts.

    Attributes:
        table: Dutch word to English word to probability.
        count: How often each Dutch word was seen.
    """

    table: dict[str, Weights]
    count: Counter[str]


def align(pairs: list[Parallel], prior: dict[str, list[str]] | None = None) -> Alignment:
    """Align words in both directions and combine the two tables.

    Args:
        pairs: Sentences with their translations.
        prior: Lexicon; a pair of words that it gives starts ten times likelier.

    Returns:
        The table of Dutch words with their English words.

    >>> toy = [Parallel("de hond", "the dog"), Parallel("de kat", "the cat"), Parallel("een hond", "a dog")]
    >>> max((table := align(toy).table)["hond"], key=table["hond"].get)
    'dog'
    """
    dutch, english, cells, shape, near = _positions(pairs)
    key = cells[0].astype(np.int64) * len(english) + cells[1]
    types, cell_type = np.unique(key, return_inverse=True)
    nl_of, en_of = types // len(english), types % len(english)
    start = np.ones(len(types))
    if prior:
        known = {w: set(prior[w]) for w in dutch if w in prior}
        hits = [english[e] in known.get(dutch[n], ()) for n, e in zip(nl_of, en_of, strict=True)]
        start[np.array(hits)] = 10.0
    slot_nl, slot_en = _slots(shape)

    def expectation(slot: np.ndarray, given: np.ndarray) -> np.ndarray:
        probability = start.copy()
        for _ in range(ROUNDS):
            cell = probability[cell_type] * near
            share = cell / np.bincount(slot, weights=cell)[slot]
            counts = np.bincount(cell_type, weights=share, minlength=len(types))
            probability = counts / np.bincount(given, weights=counts)[given] * np.sqrt(start)
        return probability

    both = expectation(slot_en, nl_of) * np.sqrt(expectation(slot_nl, en_of))
    table: dict[str, Weights] = defaultdict(dict)
    for n, e, p in zip(nl_of, en_of, both, strict=True):
        if p > 1e-3:
            table[dutch[n]][english[e]] = float(p)
    counts = Counter(w for pair in pairs for w in words(pair.dutch))
    return Alignment({w: _normalised(t) for w, t in table.items()}, counts)


def _normalised(weights: Weights, keep: int = 5) -> Weights:
    """The largest weights, scaled to sum to one; what is under a tenth of the largest goes."""
    largest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:keep]
    kept = {k: v for k, v in largest if v >= largest[0][1] * 0.1}
    total = sum(kept.values())
    return {k: v / total for k, v in kept.items()}


@dataclass
class Glossary:
    """English words for a Dutch word, by alignment, lexicon, lemma and compound parts, in that order of trust.

    Attributes:
        alignment: Table from the parallel pairs.
        lexicon: Dutch heads with English translations, the best first.
        english: Frequency of English words in the parallel pairs; breaks ties between translations.
        vocabulary: Frequency of Dutch words, for the choice between compound splits.
    """

    alignment: Alignment
    lexicon: dict[str, list[str]]
    english: Counter[str]
    vocabulary: Counter[str]
    _memory: dict[str, Weights] = field(default_factory=dict)

    def direct(self, word: str) -> Weights:
        """Translations of the word as it stands, from alignment and lexicon together."""
        aligned = self.alignment.table.get(word, {})
        listed = self.lexicon.get(word, [])[:6]
        if not aligned and not listed:
            return {}
        seen = self.alignment.count[word]
        merged: Weights = defaultdict(float)
        for english, p in aligned.items():
            merged[english] += p * (seen if english in listed or seen > 2 else seen * 0.5)
        rank = {e: (1.0 + math.log1p(self._frequency(e))) / (1 + i) for i, e in enumerate(listed)}
        for english, r in rank.items():
            merged[english] += LEXICON_COUNTS * r / sum(rank.values())
        return _normalised(merged)

    def _frequency(self, english: str) -> float:
        parts = words(english)
        return min((self.english[p] for p in parts), default=0) / max(1, len(parts))

    def split(self, word: str) -> tuple[str, str] | None:
        """Two known parts of a compound, or nothing; the split with the most frequent rarer part wins."""
        best: tuple[float, str, str] | None = None
        for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            tail = word[at:]
            if not self._known(tail):
                continue
            for link in LINKS:
                head = word[:at].removesuffix(link) if word[:at].endswith(link) else ""
                if len(head) >= SHORTEST_PART - 1 and self._known(head):
                    value = math.log1p(min(self.vocabulary[head], self.vocabulary[tail])) + 0.3 * len(tail)
                    if best is None or value > best[0]:
                        best = (value, head, tail)
        return best[1:] if best else None

    def _known(self, word: str) -> bool:
        return word in self.lexicon or self.lemma(word) in self.lexicon or self.alignment.count[word] >= 5

    @staticmethod
    def lemma(word: str) -> str:
        """Dictionary form of a word."""
        return str(simplemma.lemmatize(word, lang="nl")).lower()

    def of(self, word: str) -> Weights:
        """English words for a Dutch word with weights that sum to one; empty when nothing is known."""
        if word not in self._memory:
            self._memory[word] = self._find(word)
        return self._memory[word]

    def _find(self, word: str) -> Weights:
        lemma = self.lemma(word)
        own = self.direct(word)
        if own and (self.alignment.count[word] >= 3 or word in self.lexicon or lemma == word):
            return own
        base = self.direct(lemma) if lemma != word else {}
        if own or base:
            mixed: Weights = defaultdict(float)
            for source in (own, base):
                for english, p in source.items():
                    mixed[english] += p
            return _normalised(mixed)
        parts = self.split(word)
        if parts:
            heads = [max(w, key=lambda e, w=w: w[e]) for part in parts if (w := self.of(part))]
            return {" ".join(heads): 1.0} if heads else {}
        return {}

    def best(self, word: str) -> str:
        """The likeliest English word, or the Dutch word itself where none is known (names, numbers)."""
        options = self.of(word)
        return max(options, key=lambda e: options[e]) if options else word

    def gloss(self, sentence: str) -> str:
        """The sentence with each word replaced by its likeliest English one; punctuation stays."""
        return re.sub(WORD, lambda m: self.best(m.group().lower()), sentence.replace("’", "'"))


def frequencies(texts: Iterable[str]) -> Counter[str]:
    """Word counts over texts."""
    return Counter(word for text in texts for word in words(text))
