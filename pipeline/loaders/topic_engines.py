"""BERTopic with vectors and words of our own: PCA and k-means (deterministic), or UMAP and hdbscan (named option)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import TopicsConfig
from pipeline.loaders.environment import hash_parts, heavy_import, one_thread, quiet

if TYPE_CHECKING:
    from bertopic import BERTopic

PCA_DIMS = 10
KMEANS_STARTS = 20
UMAP_DIMS = 5
UMAP_NEIGHBOURS = 15
FEWEST_FOR_UMAP = 60
SMALLEST_CLUSTER = 3

# What BERTopic imports in case it will be asked for; the deterministic engine asks for none of it.
NOT_NEEDED = ("hdbscan", "umap", "numba", "sentence_transformers", "transformers", "torch", "spacy", "openai")

METHODS = {
    "undivided": "BERTopic without division",
    "pca": "BERTopic with PCA and k-means",
    "umap": "BERTopic with UMAP and hdbscan",
}

Vectors = NDArray[np.float64]


class BertopicFit:
    """A fitted BERTopic model: topics, and words ranked by c-TF-IDF."""

    def __init__(self, model: "BERTopic", documents: Sequence[str], method: str, hidden: Sequence[str]) -> None:
        self._model = model
        self._documents = list(documents)
        self._hidden = hidden
        self.method = method
        self.labels: list[int] = [int(topic) for topic in model.topics_]

    def rank_words(self, labels: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Rank the words of each topic by c-TF-IDF, best first; words with no weight are left out.

        In BERTopic's plain form. Its two variants were tried: bm25 sinks a word that fills one of two topics, and
        the square root of frequencies lifts words of a single remark.

        Source: Grootendorst (2022), arXiv:2203.05794, section 3.3.
        """
        model = self._model
        with heavy_import(hidden=self._hidden), quiet("BERTopic"):
            model.update_topics(
                self._documents, topics=list(labels), vectorizer_model=_vectorizer(), ctfidf_model=_weights()
            )
        vocabulary = model.vectorizer_model.get_feature_names_out()
        own = {word for document in self._documents for word in document.split()}
        ranked = {}
        for row, topic in enumerate(sorted(set(labels))):
            weights = np.round(model.c_tf_idf_[row].toarray().ravel(), 12)
            order = sorted((-weights[i], str(vocabulary[i])) for i in np.flatnonzero(weights > 0))
            ranked[topic] = [word for _, word in order if word in own]
        return ranked


class BertopicEngine:
    """Groups fragments with BERTopic; the same fragments give the same topics."""

    def __init__(self, config: TopicsConfig) -> None:
        self.name = f"bertopic-{config.engine}"
        self.fingerprint = engine_fingerprint(config)
        self._config = config

    def fit(self, documents: Sequence[str], vectors: Vectors, *, n_topics: int) -> BertopicFit:
        """Group n documents by their vectors.

        UMAP needs neighbours: below 60 fragments the deterministic way is taken, whatever the engine.

        Args:
            documents: n texts of lemmas apart by spaces, at least one of them not empty.
            vectors: (n, d) unit rows, in the order of the documents.
            n_topics: number of topics; 1 for no division. With UMAP and hdbscan it is honoured only where the
                configuration names it, by merging.

        Returns:
            The fit.
        """
        way = "undivided" if n_topics == 1 else self._config.engine
        if way == "umap" and len(documents) < FEWEST_FOR_UMAP:
            way = "pca"
        hidden = () if way == "umap" else NOT_NEEDED
        with heavy_import(hidden=hidden), quiet("BERTopic"), one_thread():
            model = self._build(way, vectors, n_topics)
            groups = [0] * len(documents) if way == "undivided" else None
            model.fit(list(documents), embeddings=vectors, y=groups)
        return BertopicFit(model, documents, METHODS[way], hidden)

    def _build(self, way: str, vectors: Vectors, n_topics: int) -> "BERTopic":
        from bertopic import BERTopic

        builders = {"undivided": _undivided, "pca": self._pca, "umap": self._umap}
        reducer, clusterer = builders[way](vectors, n_topics)
        return BERTopic(
            language="multilingual",
            embedding_model=None,
            umap_model=reducer,
            hdbscan_model=clusterer,
            vectorizer_model=_vectorizer(),
            ctfidf_model=_weights(),
            nr_topics=self._config.n_topics or None if way == "umap" else None,
            calculate_probabilities=False,
            verbose=False,
        )

    def _pca(self, vectors: Vectors, n_topics: int) -> tuple[Any, Any]:
        from sklearn.cluster import KMeans
        from sklearn.decomposition import PCA
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import Normalizer

        # Unit length after PCA: what counts is what a fragment is about, not how strongly. Without it, all fragments
        # near the middle make one large topic about nothing.
        dims = min(PCA_DIMS, len(vectors) - 1, vectors.shape[1])
        clusterer = KMeans(n_topics, n_init=KMEANS_STARTS, random_state=self._config.seed)
        return make_pipeline(PCA(dims, svd_solver="full"), Normalizer()), clusterer

    def _umap(self, vectors: Vectors, n_topics: int) -> tuple[Any, Any]:
        from hdbscan import HDBSCAN
        from umap import UMAP

        reducer = UMAP(
            n_neighbors=UMAP_NEIGHBOURS,
            n_components=UMAP_DIMS,
            min_dist=0.0,
            metric="cosine",
            random_state=self._config.seed,
            n_jobs=1,
        )
        smallest = max(SMALLEST_CLUSTER, len(vectors) // (2 * n_topics))
        return reducer, HDBSCAN(min_cluster_size=smallest, metric="euclidean", core_dist_n_jobs=1)


def engine_fingerprint(config: TopicsConfig) -> str:
    """Hash what decides the result besides the data and the configuration."""
    settings = (PCA_DIMS, KMEANS_STARTS, UMAP_DIMS, UMAP_NEIGHBOURS, FEWEST_FOR_UMAP, SMALLEST_CLUSTER)
    return hash_parts("bertopic", config.engine, repr(settings))


def _undivided(vectors: Vectors, n_topics: int) -> tuple[Any, Any]:
    """BERTopic's parts for topics that are known beforehand: they reduce nothing and cluster nothing."""
    del vectors, n_topics
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    return BaseDimensionalityReduction(), BaseCluster()


def _vectorizer() -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)


def _weights() -> Any:  # noqa: ANN401
    from bertopic.vectorizers import ClassTfidfTransformer

    return ClassTfidfTransformer()
