"""BERTopic with principal components and Ward's tree in its slots, or with UMAP and hdbscan (named option)."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.topics import tree
from pipeline.analysis.topics.tree import Views
from pipeline.core.config import TopicsConfig
from pipeline.core.views import Floats
from pipeline.loaders.environment import BERTOPIC_PARTS, hash_parts, heavy_import, one_thread, quiet

if TYPE_CHECKING:
    from bertopic import BERTopic

UMAP_DIMS = 5
UMAP_NEIGHBOURS = 15
FEWEST_FOR_UMAP = 60
SMALLEST_CLUSTER = 3

# What BERTopic imports in case it will be asked for; the deterministic engine asks for none of it.
NOT_NEEDED = ("hdbscan", "umap", "numba", "sentence_transformers", "transformers", "torch", "spacy", "openai")

METHODS = {
    "given": "BERTopic with topics that stand",
    "undivided": "BERTopic without division",
    "ward": "BERTopic with principal components and Ward's tree",
    "umap": "BERTopic with UMAP and hdbscan",
}


class PrincipalMap:
    """BERTopic's slot for fewer dimensions: the views side by side in, the map out."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self.places: Floats = np.empty((0, 0))

    def fit(self, rows: Floats, y: object = None) -> "PrincipalMap":
        """Lay the map."""
        del rows, y
        self.places = tree.lay_map(self._views)
        return self

    def transform(self, rows: Floats) -> Floats:
        """Give the map of the rows that were fitted."""
        del rows
        return self.places


class WardTopics:
    """BERTopic's slot for clusters: Ward's tree, cut at a number of topics; groups known beforehand stay together."""

    def __init__(self, n_topics: int) -> None:
        self._n_topics = n_topics
        self.labels_: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def fit(self, places: Floats, y: NDArray[np.int64]) -> "WardTopics":
        """Cut the tree.

        Args:
            places: (n, d).
            y: n groups that stay together; -1 for a loose place.
        """
        bound = tree.bind(np.asarray(places, dtype=np.float64), y)
        self.labels_ = tree.keep_apart(bound, tree.divide(bound, self._n_topics), y)
        return self

    def predict(self, places: Floats) -> NDArray[np.int64]:
        """Give the topics of the places that were fitted."""
        del places
        return self.labels_


class BertopicFit:
    """A fitted BERTopic model: topics, and words ranked by c-TF-IDF."""

    def __init__(
        self,
        model: "BERTopic",
        labels: NDArray[np.int64],
        documents: Sequence[str],
        places: Floats,
        method: str,
        hidden: Sequence[str],
    ) -> None:
        self._model = model
        self._documents = list(documents)
        self._hidden = hidden
        self.places = places
        self.method = method
        self.labels = [int(label) for label in labels]

    def rank_words(self, labels: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Rank the words of each topic by c-TF-IDF, best first; words with no weight are left out.

        In BERTopic's plain form. Its two variants were tried: bm25 sinks a word that fills one of two topics, and
        the square root of frequencies lifts words of a single remark.

        Source: Grootendorst (2022), arXiv:2203.05794, section 3.3.
        """
        model = self._model
        with heavy_import(hidden=self._hidden, unused=BERTOPIC_PARTS), quiet("BERTopic"):
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

    @property
    def counts_itself(self) -> bool:
        """Whether it finds the number of topics by itself: hdbscan does."""
        return self._config.engine == "umap"

    def fit(
        self, documents: Sequence[str], views: Views, *, n_topics: int, groups: NDArray[np.int64] | None = None
    ) -> BertopicFit:
        """Group n documents by their views, in BERTopic's semi-supervised mode.

        UMAP needs neighbours: below 60 fragments the deterministic way is taken, whatever the engine.

        Args:
            documents: n texts of terms apart by spaces, at least one of them not empty.
            views: in the order of the documents; UMAP sees the encoder's vectors only.
            n_topics: number of topics; 1 for no division, 0 where the groups are the topics (BERTopic's manual mode).
                With UMAP and hdbscan it is honoured only where the configuration names it, by merging.
            groups: n groups from 0 that stay together, each in a topic of its number; -1 for a loose
                fragment. None: all are loose.

        Returns:
            The fit.
        """
        way = {0: "given", 1: "undivided"}.get(n_topics, self._config.engine)
        if way == "umap" and len(documents) < FEWEST_FOR_UMAP:
            way = "ward"
        known = np.full(len(documents), 0 if way == "undivided" else tree.OUTLIER) if groups is None else groups
        hidden = () if way == "umap" else NOT_NEEDED
        with heavy_import(hidden=hidden, unused=BERTOPIC_PARTS), quiet("BERTopic"), one_thread():
            model = self._build(way, views, n_topics)
            # UMAP learns from labels only where there are any.
            model.fit(list(documents), embeddings=views.meaning, y=known if way != "umap" or known.max() >= 0 else None)
            places = np.asarray(model.umap_model.transform(views.meaning), dtype=np.float64)
        labels = known if way in ("given", "undivided") else np.asarray(model.topics_, dtype=np.int64)
        if way == "ward":
            labels = model.hdbscan_model.labels_
        elif way == "umap":
            labels = tree.keep_apart(places, labels, known)
        return BertopicFit(model, labels, documents, places, METHODS[way], hidden)

    def _build(self, way: str, views: Views, n_topics: int) -> "BERTopic":
        from bertopic import BERTopic

        builders: dict[str, Callable[[], tuple[Any, Any]]] = {
            "undivided": _undivided,
            "given": lambda: (PrincipalMap(views), _undivided()[1]),
            "ward": lambda: (PrincipalMap(views), WardTopics(n_topics)),
            "umap": lambda: self._umap(len(views), n_topics),
        }
        reducer, clusterer = builders[way]()
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

    def _umap(self, n: int, n_topics: int) -> tuple[Any, Any]:
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
        smallest = max(SMALLEST_CLUSTER, n // (2 * n_topics))
        return reducer, HDBSCAN(min_cluster_size=smallest, metric="euclidean", core_dist_n_jobs=1)


def engine_fingerprint(config: TopicsConfig) -> str:
    """Hash what decides the result besides the data and the configuration."""
    settings = (
        tree.DIMS,
        tree.LEXICAL_WEIGHT,
        tree.LANDMARKS,
        UMAP_DIMS,
        UMAP_NEIGHBOURS,
        FEWEST_FOR_UMAP,
        SMALLEST_CLUSTER,
    )
    return hash_parts("bertopic", config.engine, repr(settings))


def _undivided() -> tuple[Any, Any]:
    """BERTopic's parts for topics that are known beforehand: they reduce nothing and cluster nothing."""
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    return BaseDimensionalityReduction(), BaseCluster()


def _vectorizer() -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False)


def _weights() -> Any:  # noqa: ANN401
    from bertopic.vectorizers import ClassTfidfTransformer

    return ClassTfidfTransformer()
