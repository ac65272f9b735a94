"""How alike two fragments are, from their vectors and from their words, after what all fragments share is taken out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import eigsh

from pipeline.core.views import Floats
from pipeline.questions.inputs import QuestionInputs
from pipeline.text.compounds import read_words, split_bases

CONTENT_POS = frozenset({"NOUN", "PROPN", "ADJ", "VERB", "X"})
FEWEST_TOGETHER, FIXED_SHARE = 3, 0.8
"""Two neighbours are one word when they stand together so often, and in this share of the rarer one's places."""
MOST_SHARING = 500
"""A word that more fragments contain weighs nothing: the pairs that it makes grow with their square."""
FEWEST_FOR_COMMON = 20
"""With fewer fragments, the direction that all share cannot be distinguished from one that some share."""


def take_out_common(vectors: Floats) -> Floats:
    """Take out what all vectors share: their mean and the direction in which they differ most; then unit length.

    Source: Mu & Viswanath (2018), All-but-the-top, ICLR 2018, algorithm 1, with D = 1.

    Args:
        vectors: shape (n, d); a vector of zeros stands for a fragment without one.

    Returns:
        Shape (n, d), of unit length or zero.

    >>> take_out_common(np.array([[1.0, 0.0], [0.0, 1.0]])).round(2).tolist()
    [[0.71, -0.71], [-0.71, 0.71]]
    """
    known = np.abs(vectors).sum(axis=1) > 0
    if not known.any():
        return vectors.copy()
    centred = np.where(known[:, np.newaxis], vectors - vectors[known].mean(axis=0), 0.0)
    if known.sum() >= FEWEST_FOR_COMMON and vectors.shape[1] > 2:
        spread = centred.T @ centred
        # The start is fixed, so that the same vectors give the same direction; a column is never lost in the product.
        start = spread[:, np.diag(spread).round(9).argmax()]
        if np.abs(start).max() > 1e-9:
            _, common = eigsh(spread, k=1, v0=start)
            centred = centred - (centred @ common) @ common.T
    return as_unit(centred)


def as_unit(vectors: Floats) -> Floats:
    """Scale rows to unit length; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12))


@dataclass(frozen=True, eq=False, kw_only=True)
class Likeness:
    """Vectors and weighted words of the used fragments, row by row.

    Attributes:
        vectors: shape (n, d), see `take_out_common`.
        words: shape (n, parts), words and parts of compounds, weighted by rarity, of about unit length.
        lemmas: content lemmas of each fragment, common ones left out.
        rarity: lemma or part to its weight; those that too many fragments contain weigh nothing.
        parts: lemma to the parts it is made of; itself where it is no compound.
    """

    vectors: Floats
    words: sparse.csr_matrix
    lemmas: tuple[frozenset[str], ...]
    rarity: dict[str, float]
    parts: dict[str, list[str]]

    def shared(self, left: int, right: int) -> list[str]:
        """Words that two fragments share, the rarest first: lemmas, and parts where only a part is shared."""
        whole = self.lemmas[left] & self.lemmas[right]
        parts = self._parts_of(left, whole) & self._parts_of(right, whole)
        found = {word for word in whole | parts if self.rarity.get(word, 0.0) > 0 or word in whole}
        return sorted(found, key=lambda word: (-self.rarity.get(word, 0.0), word))

    def _parts_of(self, row: int, whole: frozenset[str]) -> set[str]:
        known = {part for lemma in whole for part in self.parts[lemma]}
        found = {part for lemma in self.lemmas[row] - whole for part in self.parts[lemma]}
        return {part for part in found - known if self.rarity.get(part, 0.0) > 0}


def make_likeness(inputs: QuestionInputs, *, common_share: float) -> Likeness:
    """Prepare the comparison of fragments.

    Words are content lemmas and the parts of compounds, weighted by the logarithm of their rarity; a word that more
    than ``common_share`` of the fragments, or more than 500, contain weighs nothing. A short fragment is divided by the
    median length instead of its own, so that one shared word does not make it alike (pivoted length; Singhal, Buckley &
    Mitra 1996).
    """
    content = inputs.tokens.loc[inputs.tokens["is_content"]]
    of_content = content["pos"].isna() | content["pos"].isin(CONTENT_POS)
    pairs = join_fixed(content.loc[of_content, ["row", "i", "lemma"]])[["row", "lemma"]].drop_duplicates()
    parts = {lemma: _split(lemma) for lemma in sorted(set(pairs["lemma"]))}
    words = pairs.assign(part=pairs["lemma"].map(parts)).explode("part")[["row", "part"]].drop_duplicates()
    counts = words["part"].value_counts()
    limit = min(max(2.0, common_share * inputs.n), MOST_SHARING)
    rarity = {
        str(part): float(np.log(inputs.n / n)) if n <= limit or inputs.n < FEWEST_FOR_COMMON else 0.0
        for part, n in counts.items()
    }
    weighty = {lemma for lemma, of in parts.items() if any(rarity[part] > 0 for part in of)}
    held: list[set[str]] = [set() for _ in range(inputs.n)]
    for row, lemma in zip(pairs["row"], pairs["lemma"], strict=True):
        if lemma in weighty:
            held[row].add(lemma)
    for lemma in weighty:
        rarity.setdefault(lemma, max(rarity[part] for part in parts[lemma]))
    return Likeness(
        vectors=take_out_common(inputs.vectors),
        words=_weigh(words, rarity, inputs.n),
        lemmas=tuple(frozenset(lemmas) for lemmas in held),
        rarity=rarity,
        parts=parts,
    )


def join_fixed(words: pd.DataFrame) -> pd.DataFrame:
    """Make one word of two that hardly come apart: a name of a trade is shared once, not twice.

    Args:
        words: columns ``row i lemma``, content words in the order of the text.

    Returns:
        The same columns; two neighbours of which one nearly always stands beside the other are joined by a space.

    >>> rows = [(row, i, lemma) for row in range(3) for i, lemma in enumerate(("social", "worker", "tree"))]
    >>> table = pd.DataFrame(rows, columns=["row", "i", "lemma"])
    >>> join_fixed(table.assign(lemma=table["lemma"].where(table["lemma"] != "tree", [f"t{i}" for i in range(9)])))[
    ...     "lemma"
    ... ].tolist()
    ['social worker', 't2', 'social worker', 't5', 'social worker', 't8']
    """
    following = words.shift(-1)
    beside = (following["row"] == words["row"]) & (following["i"] == words["i"] + 1)
    after = following["lemma"].where(beside)
    counts = words["lemma"].value_counts()
    together = pd.DataFrame({"first": words["lemma"], "after": after}).value_counts().reset_index(name="n")
    fixed = {
        (first, second)
        for first, second, n in zip(together["first"], together["after"], together["n"], strict=True)
        if n >= max(FEWEST_TOGETHER, FIXED_SHARE * min(counts[first], counts[second]))
    }
    joins = pd.Series(
        [pair in fixed for pair in zip(words["lemma"], after, strict=True)], index=words.index, dtype=bool
    )
    joins &= ~joins.shift(1, fill_value=False)
    joined = words["lemma"].where(~joins, words["lemma"] + " " + after.fillna(""))
    return words.assign(lemma=joined).loc[~joins.shift(1, fill_value=False)]


def _split(lemma: str) -> list[str]:
    return [lemma] if " " in lemma else sorted(set(split_bases(lemma, read_words())))


def _weigh(words: pd.DataFrame, rarity: dict[str, float], n: int) -> sparse.csr_matrix:
    columns = {part: i for i, part in enumerate(sorted(set(words["part"])))}
    weights = np.array([rarity[part] for part in words["part"]])
    at = (words["row"].to_numpy(dtype=np.int64), np.array([columns[part] for part in words["part"]], dtype=np.int64))
    matrix = sparse.csr_matrix((weights, at), shape=(n, len(columns)))
    matrix.eliminate_zeros()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    held = lengths[lengths > 0]
    floor = float(np.median(held)) if held.size else 1.0
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(lengths, floor)) @ matrix)
