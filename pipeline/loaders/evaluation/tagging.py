"""Parts of speech, lemmas and sentences of a tagger against a treebank, on text with its spaces restored.

The tagger finds its own words, so a figure is an F score over words that start and end at the same character, as in
the CoNLL 2018 shared task (Zeman et al. 2018, section 5). Lemmas are compared in lower case, as the analysis uses them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.tokens import TaggedToken
from pipeline.loaders.evaluation.figures import Figure, interval

DOCUMENT_SENTENCES = 10
MEASURES = ("words F", "POS F", "lemma F", "sentence F")

_OPENING = frozenset(("(", "[", "{", "«", "“", "‘", ",,", "``", "„"))
_CLOSING = frozenset((",", ".", ";", ":", "?", "!", ")", "]", "}", "»", "”", "’", "%", "''", "...", "…"))
_STRAIGHT = frozenset(('"', "'"))
_SPLIT = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")

Spans = set[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class TreebankWord:
    """A word of a treebank; ``space`` says whether white space follows it, None where the treebank does not tell."""

    form: str
    lemma: str
    pos: str
    space: bool | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in one document: spans of words with an answer, by measure."""

    text: str
    found: dict[str, Spans]


def restore(sentences: Sequence[Sequence[TreebankWord]]) -> Read:
    """Make running text of some sentences, with the spans of what is right.

    Where the treebank does not tell, no space stands before closing and after opening marks, and straight quotes
    open and close in turns.

    >>> yes, no = TreebankWord("Ja", "ja", "INTJ"), TreebankWord("Nee", "nee", "INTJ")
    >>> restore([[yes, TreebankWord("!", "!", "PUNCT")], [no]]).text
    'Ja! Nee'
    """
    text = ""
    found: dict[str, Spans] = {measure: set() for measure in MEASURES}
    for sentence in sentences:
        begun, gaps = len(text), _gaps(sentence)
        for word, gap in zip(sentence, gaps, strict=True):
            start, end = len(text), len(text) + len(word.form)
            found["words F"].add((start, end, ""))
            found["POS F"].add((start, end, word.pos))
            found["lemma F"].add((start, end, word.lemma.replace("_", "").lower()))
            text += word.form + (" " if gap else "")
        found["sentence F"].add((begun, len(text.rstrip()), ""))
        text = text.rstrip() + " "
    return Read(text.rstrip(), found)


def _gaps(words: Sequence[TreebankWord]) -> list[bool]:
    gaps = []
    within: set[str] = set()
    for word, following in zip(words, [*(word.form for word in words[1:]), ""], strict=True):
        opens = word.form in _STRAIGHT and word.form not in within
        if word.form in _STRAIGHT:
            within ^= {word.form}
        closes = following in _CLOSING or (following in _STRAIGHT and following in within)
        gaps.append(not (word.form in _OPENING or opens or closes) if word.space is None else word.space)
    return gaps


def locate(text: str, tokens: Iterable[TaggedToken]) -> Read:
    """Find the words of a tagger in the text that it was given.

    Raises:
        ValueError: a word is not in the text, so the tagger broke its promise.
    """
    found: dict[str, Spans] = {measure: set() for measure in MEASURES}
    sentences: dict[int, tuple[int, int]] = {}
    place = 0
    for token in tokens:
        start = text.find(token.text, place)
        if start < 0:
            raise ValueError("the tagger gave a word that is not in its text, or not in its place")
        place = end = start + len(token.text)
        found["words F"].add((start, end, ""))
        found["POS F"].add((start, end, token.pos or ""))
        found["lemma F"].add((start, end, token.lemma.replace("_", "").lower()))
        sentences[token.sentence] = (sentences.get(token.sentence, (start, 0))[0], end)
    found["sentence F"] = {(start, end, "") for start, end in sentences.values()}
    return Read(text, found)


def naive(text: str, pos: str) -> Read:
    """Read without a model: words by white space and marks, one part of speech for all, each word its own lemma."""
    tokens, sentence, ended = [], 0, False
    for match in _SPLIT.finditer(text):
        sentence += ended
        tokens.append(TaggedToken(match.group(), match.group().lower(), pos, sentence, False))
        ended = match.group() in (".", "?", "!")
    return locate(text, tokens)


def commonest_pos(sentences: Iterable[Sequence[TreebankWord]]) -> str:
    """Name the part of speech that most words of a treebank have."""
    return Counter(word.pos for sentence in sentences for word in sentence).most_common(1)[0][0]


def f_score(counts: NDArray[np.int64]) -> float:
    """Give the F score of documents together.

    Args:
        counts: shape (documents, 3): right, found, true.

    >>> f_score(np.array([[3, 4, 4], [0, 0, 2]]))
    0.6
    """
    right, found, true = counts.sum(axis=0)
    return float(2 * right / (found + true)) if found + true else float("nan")


def compare(name: str, gold: Sequence[Read], found: Sequence[Read], baseline: Sequence[Read]) -> list[Figure]:
    """Compare what a tagger read with what is right; the interval is over documents of ten sentences.

    Args:
        name: of the treebank.
        gold: documents as `restore` makes them.
        found: the same documents as read by the tagger.
        baseline: the same documents as `naive` reads them.
    """
    figures = []
    for measure in MEASURES:
        own, plain = _counts(gold, found, measure), _counts(gold, baseline, measure)
        knows = measure != "POS F" or any(pos for document in found for *_, pos in document.found[measure])
        low, high = _interval(own) if knows else (None, None)
        figures.append(
            Figure(
                data=name,
                measure=measure,
                n=len(own),
                value=f_score(own) if knows else None,
                low=low,
                high=high,
                baseline=f_score(plain),
                remark="" if knows else "this tagger knows no parts of speech",
            )
        )
    return figures


def _interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Give the ends of the interval of an F score; sentences are resampled."""
    return interval(lambda rows: f_score(counts[rows]), len(counts))


def _counts(gold: Sequence[Read], found: Sequence[Read], measure: str) -> NDArray[np.int64]:
    pairs = [(a.found[measure], b.found[measure]) for a, b in zip(gold, found, strict=True)]
    return np.array([(len(a & b), len(b), len(a)) for a, b in pairs], dtype=np.int64)
