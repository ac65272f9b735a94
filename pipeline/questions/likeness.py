"""How alike two fragments are, from vectors and words without what all share; and which fragments show a theme."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import eigsh

from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats, Ints, Mask
from pipeline.core.vocabulary import Polarity
from pipeline.questions.inputs import QuestionInputs, Themes, polarities_of
from pipeline.questions.profiles import majority
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


SHOWS, CONTRADICTS = "shows", "contradicts"
SHORT_FROM, SHORT_TO, LONGEST = 6, 35, 90
"""Words: between the first two a quote reads at a glance; from there it loses, to half at the longest."""
LEANING = 0.75
"""What is left of a remark that opens with a word which leans on what came before."""
UNFINISHED = 0.5
"""What is left of a remark that breaks off, or only leads in what follows."""
SECOND_CODE = 0.85
"""What is left of a remark for which the theme was not the first choice."""
SAME_SESSION, SAME_SPEAKER = 0.7, 0.8
"""What is left for each quote already chosen from the same session, and from the same speaker."""
CLOSING = " \"'”“’»)"
OPENINGS = frozenset(
    """
    en maar dus want dat die dit deze daarom daardoor daar dan toen zo ook of nee ja neen omdat terwijl hij zij ze het
    er hierdoor hiervoor hierover bovendien anderzijds enerzijds zoals ge wel allee amai euh goh voilà bijvoorbeeld
    """.split()  # noqa: SIM905
)
"""Words with which a Dutch remark leans on the one before it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class QuoteWeights:
    """What choosing quotes needs to know of every fragment: how far it stands alone, its length, its opening."""

    standing: Floats
    short: Mask
    alone: Mask


def weigh_quotes(inputs: QuestionInputs) -> QuoteWeights:
    """Weigh how far each fragment can be read on its own."""
    words = inputs.fragments["n_words"].to_numpy(dtype=np.float64)
    spoken = inputs.tokens.loc[inputs.tokens["lemma"].str.contains(r"\w", regex=True)]
    first = spoken.drop_duplicates("row")
    alone = np.ones(inputs.n, dtype=bool)
    alone[first.loc[first["text"].str.lower().isin(OPENINGS), "row"].to_numpy(dtype=np.int64)] = False
    alone &= ~_breaks_off(inputs)
    length = np.interp(words, [1, SHORT_FROM, SHORT_TO, LONGEST], [0.3, 1.0, 1.0, 0.5])
    return QuoteWeights(
        standing=length * np.where(alone, 1.0, LEANING) * np.where(_breaks_off(inputs), UNFINISHED, 1.0),
        short=(words >= SHORT_FROM) & (words <= SHORT_TO),
        alone=alone,
    )


def _breaks_off(inputs: QuestionInputs) -> Mask:
    ends = inputs.fragments["text"].str.rstrip(CLOSING).str[-1:]
    return ends.isin(list(":,;…")).to_numpy(dtype=bool)


def choose_quotes(
    inputs: QuestionInputs, likeness: Likeness, themes: Themes, weighed: QuoteWeights, *, n_quotes: int
) -> Iterator[Row]:
    """Choose, for each theme of a coder, the quotes that show it and those that contradict it.

    What shows a theme is near the middle of the other fragments of the theme, reads at a glance, stands on its own,
    comes from another session and speaker than the quotes before it, and does not have the polarity opposed to that of
    most of the theme. What contradicts it has that polarity, and is near the middle of the majority: it is about the
    same, the other way round.

    Yields:
        Rows of ``theme_quotes``.
    """
    polarity = polarities_of(inputs, themes.coder)
    for place, code, rows in themes.walk():
        first = np.where(themes.first[rows] == place, 1.0, SECOND_CODE)
        most = majority(polarity, rows)
        leans = polarity.value[rows]
        opposed = (leans != most) & np.isin(leans, [str(value) for value in Polarity]) & (most is not None)
        base = {"coder": themes.coder, "theme": code}
        typical = _near(likeness, rows, rows)
        yield from _write(
            inputs, weighed, rows[~opposed], typical[~opposed], first[~opposed], n_quotes, {**base, "role": SHOWS}
        )
        near = _near(likeness, rows[opposed], rows[leans == most])
        same = near > 0
        against, weight = rows[opposed][same], first[opposed][same]
        yield from _write(inputs, weighed, against, near[same], weight, n_quotes, {**base, "role": CONTRADICTS})


def _near(likeness: Likeness, rows: Ints, group: Ints) -> Floats:
    """Nearness of each to the middle of a group, itself left out; mean of the cosines of vectors and of words."""
    if not rows.size or not group.size:
        return np.zeros(rows.size)
    within = np.isin(rows, group).astype(np.float64)[:, np.newaxis]
    vectors, words = likeness.vectors, likeness.words
    semantic = (vectors[rows] * as_unit(vectors[group].sum(axis=0) - within * vectors[rows])).sum(axis=1)
    own = words[rows]
    total = np.asarray(words[group].sum(axis=0)).ravel()
    squares = np.asarray(own.multiply(own).sum(axis=1)).ravel()
    inner = own @ total - within[:, 0] * squares
    # The length of the middle without one of its members, from the lengths of both.
    length = float(total @ total) - within[:, 0] * (2 * (own @ total) - squares)
    lengths = np.sqrt(np.maximum(length * squares, 0.0))
    lexical = np.divide(inner, lengths, out=np.zeros_like(inner), where=lengths > 1e-12)
    return np.asarray((semantic + lexical) / 2)


def _write(
    inputs: QuestionInputs,
    weighed: QuoteWeights,
    rows: Ints,
    typical: Floats,
    weight: Floats,
    n_quotes: int,
    base: Row,
) -> Iterator[Row]:
    """Choose greedily: the best, then the best once its session and speaker have been chosen, and so on."""
    # Cosines from -1 to 1 become 0 to 1, so that length and opening weigh on an untypical remark too.
    worth = (1 + typical) / 2 * weighed.standing[rows] * weight
    texts = inputs.fragments["text"].to_numpy(dtype=object)[rows]
    session, speaker = inputs.session[rows], inputs.speaker[rows]
    usual = float(np.median(typical)) if len(rows) else 0.0
    several = len(inputs.sessions) > 1
    left = np.ones(len(rows), dtype=bool)
    for rank in range(1, n_quotes + 1):
        if not left.any():
            return
        best = int(np.argmax(np.where(left, worth, -1.0)))
        row = int(rows[best])
        again = rank > 1 and several
        found = {
            "typical" if base["role"] == SHOWS else "against": base["role"] == CONTRADICTS or typical[best] >= usual,
            "short": weighed.short[row],
            "stands_alone": weighed.alone[row],
            "other_session": again and not (session[~left] == session[best]).any(),
            "other_voice": rank > 1 and speaker[best] >= 0 and not (speaker[~left] == speaker[best]).any(),
        }
        yield {
            **base, "rank": rank, "fragment_id": inputs.ids[row], "score": float(worth[best]),
            "typical": float(typical[best]), "standing": float(weighed.standing[row]),
            "why": [why for why, holds in found.items() if holds],
        }  # fmt: skip
        left &= texts != texts[best]
        if several:
            worth = worth * np.where(session == session[best], SAME_SESSION, 1.0)
        worth = worth * np.where((speaker == speaker[best]) & (speaker >= 0), SAME_SPEAKER, 1.0)
