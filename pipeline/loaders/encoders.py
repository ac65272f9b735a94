"""Sentence encoders: one trained on the fragments themselves, and anything in sentence-transformers' format."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.loaders.environment import hash_parts, heavy_import, one_thread, quiet
from pipeline.loaders.numpy_encoders import NumpyEncoder, load_numpy_encoder
from pipeline.loaders.taggers import STRAIGHT, read_stop_words

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TFIDF_NAME = "tfidf-svd"
TFIDF_DIMS = 50
TFIDF_SETTINGS: dict[str, Any] = {
    "analyzer": "char_wb",
    "ngram_range": (3, 5),
    "min_df": 2,
    "max_df": 0.5,
    "sublinear_tf": True,
    "lowercase": False,
}
MOST_EXACT = 500
SMALLEST_SIZE = 1e-9
FEW_TEXTS = 20

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


def tfidf_fingerprint() -> str:
    """Hash what decides the vectors of the encoder that is trained on the spot."""
    settings = (sorted(TFIDF_SETTINGS.items()), TFIDF_DIMS, MOST_EXACT, FEW_TEXTS)
    return hash_parts(TFIDF_NAME, repr(settings), *sorted(read_stop_words()))


class TfidfSvdEncoder:
    """Latent semantic analysis on character n-grams of lemmas, trained on the texts it is given; no download.

    Character n-grams let the parts of Dutch compounds meet; function words would drown them and are left out. A
    text's vector depends on the other texts. A text of function words only has a vector of zeros.

    Source: Deerwester et al. (1990), Indexing by latent semantic analysis, JASIS 41(6).
    """

    name = TFIDF_NAME
    learns_from_texts = True

    def __init__(self) -> None:
        self.fingerprint = tfidf_fingerprint()

    def fits(self, text: str) -> bool:
        """Take every text whole."""
        del text
        return True

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Train on n texts and encode them as (n, d) unit rows, d at most 50; the batch size has no meaning here."""
        del batch_size
        if not texts:
            return np.empty((0, TFIDF_DIMS), dtype=np.float32)
        from sklearn.feature_extraction.text import TfidfVectorizer

        reduced_texts = [_content_lemmas(text) for text in texts]
        if not any(reduced_texts):
            return np.zeros((len(texts), 1), dtype=np.float32)
        # With a handful of texts the limits on document frequency would leave nothing to compare.
        limits = {"min_df": 1, "max_df": 1.0} if len(texts) < FEW_TEXTS else {}
        weights = TfidfVectorizer(**{**TFIDF_SETTINGS, **limits}).fit_transform(reduced_texts)
        dims = min(TFIDF_DIMS, *weights.shape)
        with one_thread():
            return _unit_rows(_project(weights, dims))


def _project(weights: Any, dims: int) -> NDArray[np.float64]:  # noqa: ANN401
    """Project n rows on their first singular vectors; (n, dims), the largest loading of every column positive.

    Exact, or by Lanczos until nothing changes any more: a randomised decomposition of short texts, whose singular
    values lie close together, is far from settled, and gave other vectors on every kind of processor.
    """
    if min(weights.shape) <= MOST_EXACT:
        left, sizes, _ = np.linalg.svd(weights.toarray(), full_matrices=False)
    else:
        from scipy.sparse.linalg import svds

        left, sizes, _ = svds(weights, dims, v0=np.ones(min(weights.shape)))
    order = np.argsort(-sizes, kind="stable")[:dims]
    columns = left[:, order] * np.where(sizes[order] > SMALLEST_SIZE * sizes.max(), sizes[order], 0.0)
    # What is nothing but rounding must not be brought to unit length: such a text has a vector of zeros.
    columns = np.round(columns, 9)
    largest = np.abs(np.round(columns, 6)).argmax(axis=0)
    return np.asarray(columns * np.where(columns[largest, np.arange(len(order))] < 0, -1.0, 1.0))


class SentenceTransformerEncoder:
    """A model in sentence-transformers' format."""

    def __init__(self, model: "SentenceTransformer", *, name: str, fingerprint: str, prefix: str = "") -> None:
        """Take a loaded model.

        Args:
            model: the model, on the CPU.
            name: for receipts and the report.
            fingerprint: changes whenever the vectors may change.
            prefix: what the model wants before every text.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._model = model
        self._prefix = prefix
        self._lock = threading.Lock()

    def fits(self, text: str) -> bool:
        """Say whether prefix, text and special tokens together stay within the model's limit."""
        limit = self._model.max_seq_length
        if limit is None or not np.isfinite(limit):
            return True
        with self._lock:
            n_tokens = len(self._model.tokenizer(self._prefix + text, verbose=False)["input_ids"])
        return n_tokens <= int(limit)

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Encode n texts as (n, d) unit rows."""
        if not texts:
            return np.empty((0, int(self._model.get_embedding_dimension() or 0)), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                [self._prefix + text for text in texts],
                batch_size=batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return _unit_rows(vectors)


def load_encoder_folder(
    folder: Path, *, name: str, fingerprint: str, prefix: str
) -> NumpyEncoder | SentenceTransformerEncoder:
    """Load a folder in sentence-transformers' format, by the light way where it holds what that computes."""
    light = load_numpy_encoder(folder, name=name, fingerprint=fingerprint, prefix=prefix)
    return light or load_sentence_transformer(folder, name=name, fingerprint=fingerprint, prefix=prefix)


def load_sentence_transformer(folder: Path, *, name: str, fingerprint: str, prefix: str) -> SentenceTransformerEncoder:
    """Load a folder in sentence-transformers' format, on the CPU, without a look at the network."""
    with heavy_import(), quiet("sentence_transformers", "transformers"):
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return SentenceTransformerEncoder(model, name=name, fingerprint=fingerprint, prefix=prefix)


def _content_lemmas(text: str) -> str:
    from pipeline.loaders.dutch_lemmas import lemmatize

    stop_words = read_stop_words()
    words = _WORD.findall(text.translate(STRAIGHT))
    pairs = ((word.lower(), lemmatize(word)) for word in words)
    return " ".join(lemma for word, lemma in pairs if word not in stop_words and lemma not in stop_words)


def _unit_rows(vectors: NDArray[Any]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
