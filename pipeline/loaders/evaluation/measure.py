"""All figures of one model on the benchmarks of a folder, and how fast it was."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.agreement.statistics.clusterings import adjusted_mutual_information, normalized_mutual_information
from pipeline.analysis.embeddings import Encoder, split_to_fit
from pipeline.analysis.tokens import Tagger
from pipeline.core.views import Floats, Ints
from pipeline.loaders.evaluation.benchmarks import (
    DOCUMENT_SENTENCES,
    SEED,
    Benchmarks,
    Figure,
    Labelled,
    Read,
    ScoredPairs,
    Translations,
    Treebank,
    commonest_pos,
    compare,
    interval,
    locate,
    naive,
    restore,
)


def hits(vectors: NDArray[np.float32], others: NDArray[np.float32], translations: Sequence[str]) -> Floats:
    """Say for each sentence whether the nearest vector on the other side belongs to its translation.

    A translation that occurs more than once counts wherever it is found.

    Args:
        vectors: shape (n, d), unit rows.
        others: shape (n, d), unit rows, in the same order.
        translations: n texts of the other side.

    Returns:
        Shape (n,) of 0 and 1.

    >>> one = np.eye(2, dtype=np.float32)
    >>> hits(one, one, ["a", "b"]).tolist()
    [1.0, 1.0]
    """
    nearest = (vectors @ others.T).argmax(axis=1)
    return np.array([translations[found] == own for found, own in zip(nearest, translations, strict=True)], dtype=float)


def retrieval(name: str, found: Floats, baseline: Floats, remark: str = "") -> Figure:
    """Give the share of sentences whose translation is nearest.

    Args:
        name: of the benchmark.
        found: shape (n,) of 0 and 1, as `hits` gives them.
        baseline: likewise.
        remark: which model read the other language.
    """
    low, high = interval(lambda rows: float(found[rows].mean()), len(found))
    return Figure(
        data=name,
        measure="accuracy at 1",
        n=len(found),
        value=float(found.mean()),
        low=low,
        high=high,
        baseline=float(baseline.mean()),
        chance=1 / len(found),
        remark=remark,
    )


def spearman(a: Floats, b: Floats) -> float:
    """Give Spearman's rank correlation, ties by their mean rank; NaN where one side does not vary.

    Source: Spearman (1904), American Journal of Psychology 15, 72-101.

    Args:
        a: shape (n,).
        b: shape (n,).

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.5, 0.3])), 2)
    0.5
    """
    ranks_a, ranks_b = rankdata(a), rankdata(b)
    ranks_a, ranks_b = ranks_a - ranks_a.mean(), ranks_b - ranks_b.mean()
    size = float(np.sqrt((ranks_a**2).sum() * (ranks_b**2).sum()))
    return float((ranks_a * ranks_b).sum()) / size if size else float("nan")


def similarity(
    name: str, left: NDArray[np.float32], right: NDArray[np.float32], scores: Sequence[float], baseline: Floats
) -> Figure:
    """Compare the cosines of n pairs with what people said.

    Args:
        name: of the benchmark.
        left: shape (n, d), unit rows.
        right: shape (n, d), unit rows.
        scores: n judgements, more is more alike.
        baseline: n cosines of the baseline.

    Returns:
        Spearman's correlation; chance is 0.
    """
    cosines = (left.astype(np.float64) * right).sum(axis=1)
    judged = np.asarray(scores, dtype=np.float64)
    low, high = interval(lambda rows: spearman(cosines[rows], judged[rows]), len(judged))
    return Figure(
        data=name,
        measure="Spearman",
        n=len(judged),
        value=spearman(cosines, judged),
        low=low,
        high=high,
        baseline=spearman(baseline, judged),
        chance=0.0,
    )


KMEANS_STARTS = 10
PERMUTATIONS = 100


def cluster(vectors: NDArray[np.float32], n_clusters: int) -> Ints:
    """Group n vectors with k-means, seeded; the number of clusters is the number of labels.

    Args:
        vectors: shape (n, d), unit rows.
        n_clusters: at least 1 and at most n.

    Returns:
        Shape (n,), numbers from 0.
    """
    from sklearn.cluster import KMeans

    fitted = KMeans(n_clusters, n_init=KMEANS_STARTS, random_state=SEED).fit_predict(vectors.astype(np.float64))
    return np.asarray(fitted, dtype=np.int64)


def crosstab(clusters: Ints, labels: Ints, shape: tuple[int, int]) -> Floats:
    """Count units in each cluster and label: shape (clusters, labels)."""
    cells = np.bincount(clusters * shape[1] + labels, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype(np.float64)


def scores(name: str, clusters: Ints, labels: Sequence[str], baseline: Ints) -> list[Figure]:
    """Compare a grouping with labels by NMI and AMI.

    NMI is not 0 under chance; its chance is the mean over permuted labels. AMI is corrected for chance.

    Args:
        name: of the benchmark.
        clusters: shape (n,), numbers from 0.
        labels: n names.
        baseline: shape (n,), the grouping of the baseline.
    """
    _, codes = np.unique(np.asarray(labels), return_inverse=True)
    codes = np.asarray(codes, dtype=np.int64).ravel()
    shape = (int(max(clusters.max(), baseline.max())) + 1, int(codes.max()) + 1)
    rng = np.random.default_rng(SEED)
    moved = np.stack([crosstab(clusters, rng.permutation(codes), shape) for _ in range(PERMUTATIONS)])
    figures = []
    for measure, of in (("NMI", normalized_mutual_information), ("AMI", adjusted_mutual_information)):

        def resampled(rows: Ints, of: Callable[[Floats], Floats] = of) -> float:
            return float(of(crosstab(clusters[rows], codes[rows], shape)))

        low, high = interval(resampled, len(codes))
        figures.append(
            Figure(
                data=name,
                measure=measure,
                n=len(codes),
                value=float(of(crosstab(clusters, codes, shape))),
                low=low,
                high=high,
                baseline=float(of(crosstab(baseline, codes, shape))),
                chance=float(np.mean(of(moved))),
            )
        )
    return figures


NGRAMS = (2, 5)


class CharacterTfidf:
    """Unit rows of TF-IDF weights of character n-grams within words, known by text.

    >>> baseline = CharacterTfidf(["De boot vaart", "Een boot", "De kas"])
    >>> found = baseline.cosines(["De boot vaart", "De boot vaart"], ["Een boot", "De kas"])
    >>> bool(found[0] > found[1])
    True
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._row = {text: i for i, text in enumerate(sorted(set(texts)))}
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True)
        self._weights = vectorizer.fit_transform(list(self._row))

    def cosines(self, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Give the cosine of each of n pairs."""
        product = self._weights[self._rows(left)].multiply(self._weights[self._rows(right)])
        return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()

    def dense(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give n texts as unit rows of at most ``BASELINE_DIMS`` numbers, by a truncated SVD of all weights."""
        from sklearn.utils.extmath import randomized_svd

        size = min(BASELINE_DIMS, *self._weights.shape)
        left, sizes, _ = randomized_svd(self._weights, size, random_state=SEED)
        rows = (left * sizes)[self._rows(texts)]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)

    def likeness(self, texts: Sequence[str], others: Sequence[str]) -> Floats:
        """Give the cosine of each text with each other one: shape (texts, others)."""
        return np.asarray((self._weights[self._rows(texts)] @ self._weights[self._rows(others)].T).toarray())

    def _rows(self, texts: Sequence[str]) -> list[int]:
        return [self._row[text] for text in texts]


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
    return similarity(pairs.name, vectors[:n], vectors[n:], pairs.scores, baseline)


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
    return retrieval(pairs.name, hits(dutch, others, pairs.other), baseline, remark)


def _clusters(labelled: Labelled, reader: _Reader) -> list[Figure]:
    n_labels = len(set(labelled.labels))
    own = cluster(reader.read(labelled.texts), n_labels)
    plain = CharacterTfidf(labelled.texts).dense(labelled.texts)
    return scores(labelled.name, own, labelled.labels, cluster(plain, n_labels))


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
        found = [locate(document.text, tokens) for document, tokens in zip(gold, tagged, strict=True)]
        pos = commonest_pos(treebank.sentences)
        plain = [naive(document.text, pos) for document in gold]
        figures += compare(treebank.name, gold, found, plain)
    return figures, pace


def _documents(treebank: Treebank) -> list[Read]:
    sentences, size = treebank.sentences, DOCUMENT_SENTENCES
    return [restore(sentences[start : start + size]) for start in range(0, len(sentences), size)]
