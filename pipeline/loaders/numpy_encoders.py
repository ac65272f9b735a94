"""The two kinds of encoder that the project bundles, computed without torch.

Importing sentence-transformers takes some eight seconds of processor time, reading 500 fragments two. A folder in
its format that holds a BERT encoder with mean pooling, or a table of token vectors, is read here with ``tokenizers``
and numpy; the vectors equal those of sentence-transformers to 1e-5. Any other folder is left to sentence-transformers.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.loaders.environment import one_thread

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats32 = NDArray[np.float32]

CONTEXTUAL = ("Transformer", "Pooling", "Normalize")
STATIC = ("StaticEmbedding", "Normalize")
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
BATCH_TOKENS = 1024
"""Tokens that go through the layers together: enough to keep the processor busy, few enough to stay near it."""
WORKERS = min(4, os.cpu_count() or 1)
"""Batches at a time, each on one thread of linear algebra: the vectors do not depend on their number."""
CACHED = 1 << 15
"""Numbers on which the activation works at once, so that they stay in the cache of the processor."""

# Coefficients of the rational approximation of the error function on [-4, 4] that Eigen and XLA use in single
# precision; the largest error there is 2e-7.
_ERF_ABOVE = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
_ERF_BELOW = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)


class Forward(Protocol):
    """Token numbers of texts to vectors."""

    @property
    def dims(self) -> int:
        """Number of dimensions."""
        ...

    def __call__(self, texts: Sequence[Sequence[int]], /) -> Floats32:
        """Give (n, d) vectors of n texts."""
        ...


class NumpyEncoder:
    """A sentence encoder whose tokens and weights were read from a folder in sentence-transformers' format."""

    depends_on_text_alone = True

    def __init__(
        self, tokenizer: "Tokenizer", forward: Forward, *, name: str, fingerprint: str, prefix: str, limit: int | None
    ) -> None:
        """Take what was read.

        Args:
            tokenizer: neither pads nor cuts.
            forward: gives a vector from token numbers.
            name: for receipts and the report.
            fingerprint: changes whenever the vectors may change.
            prefix: what the model wants before every text.
            limit: largest number of tokens, special ones included; None where there is no limit, and no special ones.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._tokenizer = tokenizer
        self._forward = forward
        self._prefix = prefix
        self._limit = limit

    def fits(self, text: str) -> bool:
        """Say whether prefix, text and special tokens together stay within the model's limit."""
        return self._limit is None or len(self._split(text)) <= self._limit

    def encode(self, texts: Sequence[str], *, batch_size: int) -> Floats32:
        """Encode n texts as (n, d) unit rows; what is over the limit is cut. Batches are made by number of tokens."""
        del batch_size
        if not texts:
            return np.empty((0, self._forward.dims), dtype=np.float32)
        with one_thread():
            vectors = self._forward([self._cut(self._split(text)) for text in texts])
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)

    def _split(self, text: str) -> list[int]:
        return self._tokenizer.encode(self._prefix + text, add_special_tokens=self._limit is not None).ids

    def _cut(self, tokens: list[int]) -> list[int]:
        """Keep the closing token of a text that is cut."""
        if self._limit is None or len(tokens) <= self._limit:
            return tokens
        return [*tokens[: self._limit - 1], tokens[-1]]


def load_numpy_encoder(folder: Path, *, name: str, fingerprint: str, prefix: str) -> NumpyEncoder | None:
    """Read a folder in sentence-transformers' format.

    Returns:
        The encoder; None where the folder holds another kind than this module computes.

    Raises:
        OSError, KeyError, ValueError: a file is damaged.
    """
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    if not (folder / "modules.json").is_file():
        return None
    parts = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules = tuple(str(part["type"]).rpartition(".")[2] for part in parts)
    if modules not in (CONTEXTUAL, STATIC) or not all((folder / file).is_file() for file in (WEIGHTS, TOKENIZER)):
        return None
    limit = None
    if modules == CONTEXTUAL:
        config = _read(folder / "config.json")
        if not _is_plain_bert(config) or not _takes_the_mean(folder / parts[1]["path"]):
            return None
        limit = _find_limit(folder, config)
    weights = load_file(folder / WEIGHTS)
    forward = Bert.read(weights, config) if modules == CONTEXTUAL else TokenTable(weights["embedding.weight"])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return NumpyEncoder(tokenizer, forward, name=name, fingerprint=fingerprint, prefix=prefix, limit=limit)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _is_plain_bert(config: dict[str, Any]) -> bool:
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and config.get("dtype", config.get("torch_dtype", "float32")) == "float32"
    )


def _takes_the_mean(folder: Path) -> bool:
    pooling = _read(folder / "config.json")
    old = [key for key, value in pooling.items() if key.startswith("pooling_mode_") and value]
    return pooling.get("include_prompt", True) and (
        pooling.get("pooling_mode") == "mean" or old == ["pooling_mode_mean_tokens"]
    )


def _find_limit(folder: Path, config: dict[str, Any]) -> int:
    limits = [int(config["max_position_embeddings"])]
    for file, key in (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")):
        path = folder / file
        stated = _read(path).get(key) if path.is_file() else None
        limits += [int(stated)] if stated else []
    return min(limits)


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The mean of the vectors of the tokens of a text.

    Attributes:
        vectors: (v, d), one for each token of the vocabulary.
    """

    vectors: Floats32

    @property
    def dims(self) -> int:
        """Number of dimensions."""
        return int(self.vectors.shape[1])

    def __call__(self, texts: Sequence[Sequence[int]]) -> Floats32:
        """Give (n, d) vectors of n texts; a text without a token has zeros."""
        return np.stack(
            [self.vectors[tokens].mean(axis=0) if tokens else np.zeros(self.dims, np.float32) for tokens in texts]
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    attention: tuple[Floats32, Floats32]
    attention_out: tuple[Floats32, Floats32]
    attention_norm: tuple[Floats32, Floats32]
    wide: tuple[Floats32, Floats32]
    narrow: tuple[Floats32, Floats32]
    norm: tuple[Floats32, Floats32]


@dataclass(frozen=True, slots=True)
class Bert:
    """The encoder of Devlin et al. (2019), BERT, NAACL, and the mean of its last states.

    Texts of equal length stand together, without padding, and each is multiplied by itself: a library of linear algebra
    adds up in another order at another row of a matrix, and the last bits of a vector would hang on the texts beside
    it. So a vector depends on its text alone. A weight is kept in half precision where it was stored so, and only the
    rows of tokens that occur are turned into single precision.
    """

    words: NDArray[Any]
    places: Floats32
    norm: tuple[Floats32, Floats32]
    layers: tuple[_Layer, ...]
    n_heads: int
    epsilon: float

    @classmethod
    def read(cls, weights: dict[str, NDArray[Any]], config: dict[str, Any]) -> "Bert":
        """Take the weights of transformers' ``BertModel``.

        Raises:
            KeyError: a weight is absent.
        """
        start = "bert." if "bert.embeddings.word_embeddings.weight" in weights else ""

        def pair(name: str) -> tuple[Floats32, Floats32]:
            weight = np.ascontiguousarray(weights[f"{start}{name}.weight"].astype(np.float32).T)
            return weight, weights[f"{start}{name}.bias"].astype(np.float32)

        layers = []
        for i in range(int(config["num_hidden_layers"])):
            layer = f"encoder.layer.{i}"
            parts = [pair(f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
            layers.append(
                _Layer(
                    attention=(
                        np.concatenate([weight for weight, _ in parts], axis=1),
                        np.concatenate([bias for _, bias in parts]),
                    ),
                    attention_out=pair(f"{layer}.attention.output.dense"),
                    attention_norm=pair(f"{layer}.attention.output.LayerNorm"),
                    wide=pair(f"{layer}.intermediate.dense"),
                    narrow=pair(f"{layer}.output.dense"),
                    norm=pair(f"{layer}.output.LayerNorm"),
                )
            )
        kinds = weights[f"{start}embeddings.token_type_embeddings.weight"].astype(np.float32)
        return cls(
            words=weights[f"{start}embeddings.word_embeddings.weight"],
            places=weights[f"{start}embeddings.position_embeddings.weight"].astype(np.float32) + kinds[0],
            norm=pair("embeddings.LayerNorm"),
            layers=tuple(layers),
            n_heads=int(config["num_attention_heads"]),
            epsilon=float(config["layer_norm_eps"]),
        )

    @property
    def dims(self) -> int:
        """Number of dimensions."""
        return int(self.words.shape[1])

    def __call__(self, texts: Sequence[Sequence[int]]) -> Floats32:
        """Give (n, d) vectors of n texts."""
        vectors = np.empty((len(texts), self.dims), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        batches = list(_batches(order, [len(texts[i]) for i in order]))
        with ThreadPoolExecutor(WORKERS) as workers:
            made = workers.map(lambda batch: self._encode([texts[i] for i in batch]), batches)
            for batch, own in zip(batches, made, strict=True):
                vectors[batch] = own
        return vectors

    def _encode(self, texts: Sequence[Sequence[int]]) -> Floats32:
        """Encode texts that stand in order of their length."""
        lengths = np.array([len(text) for text in texts])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        states = self.words[np.concatenate(texts)].astype(np.float32)
        states += self.places[np.concatenate([np.arange(n) for n in lengths])]
        self._normalise(states, self.norm)
        groups = [
            (int(starts[own[0]]), int(starts[own[-1] + 1]), int(n))
            for n, own in ((n, np.flatnonzero(lengths == n)) for n in np.unique(lengths))
        ]
        for layer in self.layers:
            attended = self._attend(_dense(states, layer.attention, groups), groups)
            states += _dense(attended, layer.attention_out, groups)
            self._normalise(states, layer.attention_norm)
            wide = _dense(states, layer.wide, groups)
            activate(wide)
            states += _dense(wide, layer.narrow, groups)
            self._normalise(states, layer.norm)
        sums: Floats32 = np.add.reduceat(states, starts[:-1], axis=0)
        sums /= lengths[:, None].astype(np.float32)
        return sums

    def _attend(self, projected: Floats32, groups: Sequence[tuple[int, int, int]]) -> Floats32:
        """Let the tokens of each text look at each other: (t, 3 d) queries, keys and values to (t, d)."""
        size = self.dims // self.n_heads
        attended = np.empty((len(projected), self.dims), dtype=np.float32)
        scale = np.float32(1 / np.sqrt(size))
        for start, stop, length in groups:
            heads = projected[start:stop].reshape(-1, length, 3, self.n_heads, size).transpose(2, 0, 3, 1, 4)
            weights = heads[0] @ heads[1].swapaxes(-1, -2)
            weights *= scale
            weights -= weights.max(axis=-1, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(axis=-1, keepdims=True)
            attended[start:stop] = (weights @ heads[2]).transpose(0, 2, 1, 3).reshape(stop - start, self.dims)
        return attended

    def _normalise(self, states: Floats32, norm: tuple[Floats32, Floats32]) -> None:
        states -= states.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", states, states)[:, None] / np.float32(states.shape[1])
        states /= np.sqrt(spread + np.float32(self.epsilon), dtype=np.float32)
        states *= norm[0]
        states += norm[1]


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    tokens = 0
    for i, length in zip(order, lengths, strict=True):
        if batch and tokens + length > BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
        batch.append(i)
        tokens += length
    if batch:
        yield batch


def _dense(states: Floats32, layer: tuple[Floats32, Floats32], groups: Sequence[tuple[int, int, int]]) -> Floats32:
    """Multiply the tokens of each text by a layer; ``groups`` are first row, last row and tokens of a text."""
    weight, bias = layer
    product = np.empty((len(states), weight.shape[1]), dtype=np.float32)
    for start, stop, length in groups:
        texts = states[start:stop].reshape(-1, length, weight.shape[0])
        np.matmul(texts, weight, out=product[start:stop].reshape(-1, length, weight.shape[1]))
    product += bias
    return product


def activate(values: Floats32) -> None:
    """Apply the Gaussian error linear unit in place, piece by piece.

    Source: Hendrycks and Gimpel (2016), Gaussian error linear units, arXiv 1606.08415, equation 2.

    >>> values = np.array([[-1.0, 0.0, 2.0]], dtype=np.float32)
    >>> activate(values)
    >>> values.round(4).tolist()
    [[-0.15870000422000885, 0.0, 1.9544999599456787]]
    """
    flat = values.reshape(-1)
    x, square, above, below = (np.empty(min(CACHED, flat.size), dtype=np.float32) for _ in range(4))
    for start in range(0, flat.size, CACHED):
        own = flat[start : start + CACHED]
        n = own.size
        np.multiply(own, np.float32(np.sqrt(0.5)), out=x[:n])
        np.clip(x[:n], np.float32(-4), np.float32(4), out=x[:n])
        np.multiply(x[:n], x[:n], out=square[:n])
        for out, factors in ((above[:n], _ERF_ABOVE), (below[:n], _ERF_BELOW)):
            np.multiply(square[:n], np.float32(factors[0]), out=out)
            for factor in factors[1:-1]:
                out += np.float32(factor)
                out *= square[:n]
            out += np.float32(factors[-1])
        above[:n] *= x[:n]
        above[:n] /= below[:n]
        above[:n] += np.float32(1)
        above[:n] *= np.float32(0.5)
        own *= above[:n]
