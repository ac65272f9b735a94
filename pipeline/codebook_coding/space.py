"""Fragments and texts of the codebook in one space, where a product is a sum of likenesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.codebook_coding.terms import Floats, TermSpace, gather_words
from pipeline.errors import TableError
from pipeline.vocabulary import Status

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEWEST_TO_CENTRE = 3


@dataclass(frozen=True, kw_only=True)
class Space:
    """n used fragments, sorted by id: their own text and nothing else.

    Attributes:
        ids: n fragment ids.
        texts: n texts.
        vectors: (n, d) vectors as the encoder gave them.
        meaning: (n, d) the same without what all fragments share, unit length.
        terms: their words.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Floats
    meaning: Floats
    terms: TermSpace

    @property
    def words(self) -> "csr_matrix":
        """(n, m) rows whose products are the sum of the cosines of words and of character n-grams."""
        return self.terms.fragments

    def likeness(self, rows: NDArray[np.int64]) -> Floats:
        """Give the (n, r) likeness of all fragments to some: the sum of three cosines."""
        likeness: Floats = self.meaning @ self.meaning[rows].T + (self.words @ self.words[rows].T).toarray()
        return likeness


def make_space(fragments: pd.DataFrame, tokens: pd.DataFrame, embeddings: pd.DataFrame) -> Space:
    """Lay out the used fragments.

    Args:
        fragments: the table of that name; of it only fragment_id, text and status are read.
        tokens: the table of that name.
        embeddings: the table of that name.

    Returns:
        The space.

    Raises:
        TableError: a used fragment has no vector.
    """
    used = fragments.loc[fragments["status"] == Status.USED, ["fragment_id", "text"]].sort_values("fragment_id")
    ids, texts = tuple(used["fragment_id"]), tuple(used["text"])
    known = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    missing = sum(fragment not in known for fragment in ids)
    if missing:
        raise TableError(f"table 'embeddings': {missing} used fragments have no vector; run the analysis with --force")
    vectors = np.array([known[fragment] for fragment in ids], dtype=np.float64).reshape(len(ids), -1 if ids else 0)
    return Space(
        ids=ids,
        texts=texts,
        vectors=vectors,
        meaning=centre(vectors, vectors) if len(ids) else vectors,
        terms=TermSpace(gather_words(tokens, ids, texts)),
    )


def centre(vectors: Floats, reference: Floats) -> Floats:
    """Take the mean of a reference from vectors, and bring them to unit length; what is nothing then stays nothing.

    What all texts share says nothing of the differences between them (Mu & Viswanath 2018, All-but-the-Top, ICLR).
    """
    left = vectors - reference.mean(axis=0)
    length = np.linalg.norm(left, axis=1, keepdims=True)
    centred: Floats = np.divide(left, length, out=np.zeros_like(left), where=length > 1e-9)
    return centred


def compare(space: Space, texts: Sequence[str], vectors: Floats) -> tuple[Floats, Floats]:
    """Compare fragments with texts of the codebook.

    The texts lose their own mean, so that what all codes share says nothing either; with fewer than
    ``FEWEST_TO_CENTRE`` of them the mean of the fragments.

    Args:
        space: n fragments.
        texts: q texts.
        vectors: (q, d) their vectors from the same encoder.

    Returns:
        (n, q) likeness in words, the sum of two cosines, and (n, q) in meaning, a cosine.
    """
    reference = vectors if len(texts) >= FEWEST_TO_CENTRE else space.vectors
    lexical = (space.words @ space.terms.place(texts).T).toarray()
    return lexical, space.meaning @ centre(vectors, reference).T
