"""Score a Dutch spaCy pipeline on the treebank's tests: part of speech, lemma, sentences, speed.

    python -m models.training.tagger.evaluate models/bundled/tagger ../shared/data

``gold``: the pipeline gets the treebank's tokens. ``raw``: it gets text, ten sentences at a time with spaces restored
by rule, and makes its own tokens; then the figure is the F score over tokens that start and end at the same character.
Lemmas are compared as written, and as the analysis uses them: in lower case, the linking sounds of compounds restored
in the gold (the treebank has ``bedrijfpand`` for ``bedrijfspand``). Sentences: F score of exact spans, on raw text.
Intervals: 95 %, percentile bootstrap over documents of ten sentences.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token

from models.training.tagger.conventions import restore_compound
from models.training.tagger.corpora import group, make_doc
from models.training.tagger.sources import read_treebank

RESAMPLES = 1000
SEED = 20261123
MEASURES = ("tokens", "pos", "lemma", "lemma as used")
SPEED_WORDS = 40_000


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Give three decimals, without the leading zero: ``.951 [.947, .955]``."""
        value, low, high = (f"{figure:.3f}".removeprefix("0") for figure in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def f_score(counts: np.ndarray) -> np.ndarray:
    """F score of rows of (hits, predicted, gold).

    >>> f_score(np.array([[3, 4, 4], [0, 0, 2]])).tolist()
    [0.75, 0.0]
    """
    scores: np.ndarray = 2 * counts[..., 0] / np.maximum(counts[..., 1] + counts[..., 2], 1)
    return scores


def bootstrap(counts: np.ndarray, seed: int = SEED) -> Score:
    """Score documents together; ``counts`` has a row (hits, predicted, gold) for each."""
    draws = np.random.default_rng(seed).integers(len(counts), size=(RESAMPLES, len(counts)))
    low, high = np.quantile(f_score(counts[draws].sum(axis=1)), [0.025, 0.975])
    return Score(float(f_score(counts.sum(axis=0))), float(low), float(high))


def evaluate(nlp: Language, golds: Sequence[Doc]) -> dict[str, Score]:
    """Score a pipeline on documents made by ``corpora.make_doc``."""
    bare = [
        Doc(nlp.vocab, words=[token.text for token in gold], spaces=[bool(token.whitespace_) for token in gold])
        for gold in golds
    ]
    given = list(nlp.pipe(bare))
    own = list(nlp.pipe([gold.text for gold in golds]))
    scores = {}
    for name, found in (("gold", given), ("raw", own)):
        for measure in MEASURES:
            counts = [
                _count(_tokens(doc, measure), _tokens(gold, measure)) for doc, gold in zip(found, golds, strict=True)
            ]
            scores[f"{measure}, {name}"] = bootstrap(np.array(counts))
    counts = [_count(_sentences(doc), _sentences(gold)) for doc, gold in zip(own, golds, strict=True)]
    scores["sentences, raw"] = bootstrap(np.array(counts))
    return scores


def _tokens(doc: Doc, measure: str) -> set[tuple[int, int, str]]:
    return {(token.idx, token.idx + len(token), _value(token, measure)) for token in doc if not token.is_space}


def _value(token: Token, measure: str) -> str:
    if measure == "pos":
        return token.pos_
    if measure == "lemma":
        return token.lemma_
    if measure == "lemma as used":
        return restore_compound(token.text, token.lemma_.replace("_", ""), token.pos_).lower()
    return ""


def _sentences(doc: Doc) -> set[tuple[int, int]]:
    return {(sentence.start_char, sentence.end_char) for sentence in doc.sents}


def _count(found: set[Any], gold: set[Any]) -> tuple[int, int, int]:
    return len(found & gold), len(found), len(gold)


def measure_speed(nlp: Language, texts: Sequence[str]) -> tuple[float, float, int]:
    """Time one process on texts, repeated to ``SPEED_WORDS``: words per second of the clock, and of the processor."""
    words = sum(len(text.split()) for text in texts)
    batch = list(texts) * max(1, SPEED_WORDS // words)
    clock, processor = time.perf_counter(), time.process_time()
    tokens = sum(len(doc) for doc in nlp.pipe(batch))
    return tokens / (time.perf_counter() - clock), tokens / (time.process_time() - processor), tokens


def _print_scores(names: Iterable[str], columns: dict[str, dict[str, Score]]) -> None:
    print("| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name in names:
        print(f"| {name} | " + " | ".join(str(scores[name]) for scores in columns.values()) + " |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder or installed package")
    parser.add_argument("data", type=Path, help="folder that holds tagging/ud-prepared")
    parser.add_argument("--parts", nargs="+", default=["test-lassy", "test-alpino"], help="dev, for choosing")
    options = parser.parse_args()
    nlp = spacy.load(options.model)
    columns = {}
    for part in options.parts:
        golds = [make_doc(nlp, sentences) for sentences in group(read_treebank(options.data, part))]
        columns[part] = evaluate(nlp, golds)
    _print_scores(next(iter(columns.values())), columns)
    clock, processor, tokens = measure_speed(nlp, [gold.text for gold in golds])
    print(f"\nspeed: {clock:,.0f} words/s ({processor:,.0f} per processor second), one process, {tokens:,} words")


if __name__ == "__main__":
    main()
