"""A vector for every fragment. What an encoder cannot take whole is split by words and averaged, never cut."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.config import EmbeddingsConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.tables import conform
from pipeline.core.vocabulary import Status


class Encoder(Protocol):
    """Texts to vectors; equal texts in equal company get equal vectors."""

    name: str
    fingerprint: str

    def fits(self, text: str) -> bool:
        """Say whether the encoder takes a text whole."""
        ...

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Encode n texts as an array (n, d) of unit rows; no texts give (0, d) for some d."""
        ...


def embed(fragments: pd.DataFrame, *, config: EmbeddingsConfig, encoder: Encoder) -> Output:
    """Give every fragment that is used a vector of unit length.

    The encoder sees each distinct text once, in alphabetical order, whatever the order of the rows.

    Args:
        fragments: table ``fragments``; only status ``used`` is read.
        config: section ``embeddings``.
        encoder: the sentence encoder.

    Returns:
        Table ``embeddings``, and a notice for texts that were split.

    Raises:
        ValueError: the encoder broke its promise (number of rows, or values that are not finite).
    """
    used = fragments.loc[fragments["status"] == Status.USED]
    parts = {text: split_to_fit(text, encoder) for text in sorted(set(used["text"]))}
    pieces = sorted({piece for split in parts.values() for piece in split})
    row_of = {piece: row for row, piece in enumerate(pieces)}
    vectors = np.asarray(encoder.encode(pieces, batch_size=config.batch_size), dtype=np.float32)
    if vectors.shape[0] != len(pieces) or not np.isfinite(vectors).all():
        raise ValueError(
            f"encoder '{encoder.name}' gave {vectors.shape} for {len(pieces)} texts, or values that are not finite"
        )
    pooled = {text: _pool(vectors[[row_of[piece] for piece in split]]) for text, split in parts.items()}
    table = pd.DataFrame({"fragment_id": used["fragment_id"], "vector": [pooled[text] for text in used["text"]]})
    return Output({"embeddings": conform(table, "embeddings")}, _notices(used, parts))


def _notices(used: pd.DataFrame, parts: dict[str, list[str]]) -> tuple[Notice, ...]:
    n_split = sum(len(parts[text]) > 1 for text in used["text"])
    if not n_split:
        return ()
    message = f"{n_split} of {len(used)} fragments are longer than the encoder takes whole; their parts were averaged"
    return (Notice("embeddings", message),)


def split_to_fit(text: str, encoder: Encoder) -> list[str]:
    """Halve a text by words until the encoder takes every part; a single word is halved by characters.

    >>> class FourCharacters:
    ...     def fits(self, text):
    ...         return len(text) <= 4
    >>> split_to_fit("een twee drie", FourCharacters())
    ['een', 'twee', 'drie']
    """
    if encoder.fits(text) or len(text) < 2:
        return [text]
    words = text.split()
    if len(words) > 1:
        middle = len(words) // 2
        halves = [" ".join(words[:middle]), " ".join(words[middle:])]
    else:
        halves = [text[: len(text) // 2], text[len(text) // 2 :]]
    return [part for half in halves for part in split_to_fit(half, encoder)]


def _pool(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    unit: NDArray[np.float64] = mean / length if length > 0 else mean
    return unit.astype(np.float32)
