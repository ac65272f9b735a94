"""All figures of one model on the benchmarks of a folder, and how fast it was."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.embeddings import Encoder, split_to_fit
from pipeline.evaluation import bitext, clustering_scores, sts, tagging
from pipeline.evaluation.baseline import CharacterTfidf
from pipeline.evaluation.benchmarks import Benchmarks, Labelled, ScoredPairs, Translations, Treebank
from pipeline.evaluation.figures import SEED, Figure
from pipeline.tokens import Tagger

BATCH_SIZE = 64
BASELINE_DIMS = 50

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many units a model read, in how many seconds; loading apart."""

    n: int
    seconds: float
    unit: str

    def __str__(self) -> str:
        """Say it per second."""
        return f"{self.n / max(self.seconds, 1e-9):,.0f} {self.unit} a second ({self.n:,} in {self.seconds:.1f} s)"


class _Reader:
    """Texts to vectors by an encoder, each text once for a benchmark; parts of what is too long are averaged."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.pace = Pace(0, 0.0, "texts")

    def read(self, texts: Sequence[str]) -> Vectors:
        distinct = sorted(set(texts))
        parts = {text: split_to_fit(text, self._encoder) for text in distinct}
        pieces = sorted({piece for split in parts.values() for piece in split})
        row = {piece: i for i, piece in enumerate(pieces)}
        started = time.perf_counter()
        vectors = self._encoder.encode(pieces, batch_size=BATCH_SIZE)
        seconds = time.perf_counter() - started
        self.pace = Pace(self.pace.n + len(pieces), self.pace.seconds + seconds, self.pace.unit)
        means = np.stack([vectors[[row[piece] for piece in parts[text]]].mean(axis=0) for text in texts])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def measure_encoder(
    encoder: Encoder, benchmarks: Benchmarks, *, other: Encoder | None = None
) -> tuple[list[Figure], Pace]:
    """Measure an encoder.

    Args:
        encoder: a loaded model.
        benchmarks: as `read_benchmarks` gives them.
        other: reads the other language of translations, for an encoder that knows Dutch only; both must give vectors
            of one space.

    Returns:
        Figures in the order of the benchmarks, and the pace.
    """
    reader = _Reader(encoder)
    figures = [_similarity(pairs, reader) for pairs in benchmarks.similarity]
    figures += [_retrieval(pairs, reader, other) for pairs in benchmarks.translations]
    figures += [figure for labelled in benchmarks.labelled for figure in _clusters(labelled, reader)]
    return figures, reader.pace


def _similarity(pairs: ScoredPairs, reader: _Reader) -> Figure:
    vectors = reader.read([*pairs.left, *pairs.right])
    n = len(pairs.left)
    baseline = CharacterTfidf([*pairs.left, *pairs.right]).cosines(pairs.left, pairs.right)
    return sts.similarity(pairs.name, vectors[:n], vectors[n:], pairs.scores, baseline)


def _retrieval(pairs: Translations, reader: _Reader, other: Encoder | None) -> Figure:
    n = len(pairs.dutch)
    if other is None:
        # In one call: an encoder that is trained on what it is given must meet both languages.
        both = reader.read([*pairs.dutch, *pairs.other])
        dutch, others = both[:n], both[n:]
    else:
        dutch, others = reader.read(pairs.dutch), _Reader(other).read(pairs.other)
    plain = CharacterTfidf([*pairs.dutch, *pairs.other]).likeness(pairs.dutch, pairs.other).argmax(axis=1)
    baseline = np.array([pairs.other[found] == own for found, own in zip(plain, pairs.other, strict=True)], dtype=float)
    if dutch.shape[1] != others.shape[1]:
        remark = f"vectors of {dutch.shape[1]} and {others.shape[1]} numbers cannot be compared"
        return Figure(data=pairs.name, measure="accuracy at 1", n=n, value=None, remark=remark)
    remark = "" if other is None else f"other language read by {other.name}"
    return bitext.retrieval(pairs.name, bitext.hits(dutch, others, pairs.other), baseline, remark)


def _clusters(labelled: Labelled, reader: _Reader) -> list[Figure]:
    n_labels = len(set(labelled.labels))
    own = clustering_scores.cluster(reader.read(labelled.texts), n_labels)
    plain = CharacterTfidf(labelled.texts).dense(labelled.texts, BASELINE_DIMS, SEED)
    return clustering_scores.scores(labelled.name, own, labelled.labels, clustering_scores.cluster(plain, n_labels))


def measure_tagger(tagger: Tagger, benchmarks: Benchmarks) -> tuple[list[Figure], Pace]:
    """Measure a tagger, as `measure_encoder` does an encoder."""
    figures: list[Figure] = []
    pace = Pace(0, 0.0, "words")
    for treebank in benchmarks.treebanks:
        gold = _documents(treebank)
        started = time.perf_counter()
        tagged = list(tagger.tag([document.text for document in gold]))
        seconds = pace.seconds + time.perf_counter() - started
        pace = Pace(pace.n + sum(len(tokens) for tokens in tagged), seconds, pace.unit)
        found = [tagging.locate(document.text, tokens) for document, tokens in zip(gold, tagged, strict=True)]
        pos = tagging.commonest_pos(treebank.sentences)
        plain = [tagging.naive(document.text, pos) for document in gold]
        figures += tagging.compare(treebank.name, gold, found, plain)
    return figures, pace


def _documents(treebank: Treebank) -> list[tagging.Read]:
    sentences, size = treebank.sentences, tagging.DOCUMENT_SENTENCES
    return [tagging.restore(sentences[start : start + size]) for start in range(0, len(sentences), size)]
