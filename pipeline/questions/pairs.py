"""Which fragment of one group is most alike one of another, beside what two unrelated measures would give by chance.

The score of a pair is the geometric mean of two likenesses, each in standard deviations above the mean of all pairs:
both must speak for it. Chance: the vectors of one group are shuffled, each getting that of another, so that words and
vectors no longer belong together; a pair is held against the best pairs of all fragments in such shuffles. What passes
is more alike in both ways at once than the best that two measures find that know nothing of each other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from pipeline.questions.ground import Floats, Ints
from pipeline.questions.likeness import Likeness

MOST_DRAWS, FEWEST_DRAWS = 199, 19
MAX_CELLS = 4_000_000
MAX_SHUFFLED = 20_000_000
SEMANTIC_CAP, LEXICAL_CAP = 4.0, 8.0
"""In standard deviations; beyond this more is not better, it is the same words again."""
KEPT = 6
"""Best pairs kept of each fragment, before any rule."""
PLAIN_SEMANTIC = 2.0
"""A pair that shares one word only, and no theme, must be this many standard deviations alike in its vectors."""
COLUMNS = ("left", "right", "score", "semantic", "lexical", "z_semantic", "p", "mutual")


@dataclass(frozen=True, eq=False, kw_only=True)
class Matches:
    """The likest pairs of two groups.

    Attributes:
        pairs: columns ``left right score semantic lexical z_semantic p mutual``; the best of each left fragment.
        best: shape (left,), score of the best pair of each left fragment; 0 without any.
        chance: shape (left,), mean over the shuffles of the same.
    """

    pairs: pd.DataFrame
    best: Floats
    chance: Floats


def find_matches(likeness: Likeness, left: Ints, right: Ints, *, seed: int) -> Matches:
    """Find the likest pairs of two groups of fragments.

    Args:
        likeness: of all fragments.
        left: rows of the fragments that look for a match.
        right: rows of the fragments among which they look; a fragment never matches itself.
        seed: of the shuffles.

    Returns:
        Pairs sorted by left row and falling score; at most `KEPT` for each left row.
    """
    nothing = Matches(
        pairs=pd.DataFrame({name: pd.Series(dtype=float) for name in COLUMNS}),
        best=np.zeros(left.size), chance=np.zeros(left.size),
    )  # fmt: skip
    if not left.size or right.size < 2:
        return nothing
    lexical = _compare_words(likeness, left, right)
    if not lexical.nnz:
        return nothing
    found = _Scored(likeness, left, right, lexical)
    null = found.shuffle(seed)
    best = found.best(found.score)
    return Matches(pairs=found.keep(best, null), best=best, chance=null.mean(axis=0))


def _compare_words(likeness: Likeness, left: Ints, right: Ints) -> sparse.csr_matrix:
    found = sparse.csr_matrix(likeness.words[left] @ likeness.words[right].T)
    entries = found.tocoo()
    kept = left[entries.row] != right[entries.col]
    made = sparse.csr_matrix((entries.data[kept], (entries.row[kept], entries.col[kept])), shape=found.shape)
    made.sort_indices()
    return made


class _Scored:
    """Pairs that share a word, with both likenesses in standard deviations over all pairs."""

    def __init__(self, likeness: Likeness, left: Ints, right: Ints, lexical: sparse.csr_matrix) -> None:
        self.left, self.right, self.lexical = left, right, lexical
        self.a, self.b = likeness.vectors[left], likeness.vectors[right]
        self.starts = lexical.indptr.astype(np.int64)
        self.row = np.repeat(np.arange(left.size), np.diff(self.starts))
        self.column = lexical.indices.astype(np.int64)
        self.semantic = self._cosines()
        n = left.size * right.size
        mean, deviation = _moments(float(lexical.data.sum()), float((lexical.data**2).sum()), n)
        z_lexical = (lexical.data - mean) / deviation if deviation else np.zeros_like(lexical.data)
        self.z_lexical = np.clip(z_lexical, 0, LEXICAL_CAP)
        total = float(self.a.sum(axis=0) @ self.b.sum(axis=0))
        squares = float(((self.a.T @ self.a) * (self.b.T @ self.b)).sum())
        self.mean, self.deviation = _moments(total, squares, n)
        self.z_semantic = self._standardise(self.semantic)
        self.score = self._score(self.z_semantic)

    def _portions(self) -> Iterator[tuple[slice, slice, Floats]]:
        """Walk through the left fragments in portions that fit in memory: which, their pairs, and all their cosines."""
        step = max(1, MAX_CELLS // max(self.right.size, 1))
        for begin in range(0, self.left.size, step):
            end = min(begin + step, self.left.size)
            yield slice(begin, end), slice(self.starts[begin], self.starts[end]), self.a[begin:end] @ self.b.T

    def _cosines(self) -> Floats:
        found = np.empty(self.row.size)
        for rows, inside, block in self._portions():
            found[inside] = block[self.row[inside] - rows.start, self.column[inside]]
        return found

    def _standardise(self, cosines: Floats) -> Floats:
        return (cosines - self.mean) / self.deviation if self.deviation else np.zeros_like(cosines)

    def _score(self, z_semantic: Floats) -> Floats:
        return np.asarray(np.sqrt(np.clip(z_semantic, 0, SEMANTIC_CAP) * self.z_lexical))

    def best(self, score: Floats) -> Floats:
        """The best score of each left fragment; 0 where it shares no word with any."""
        return _best_of_rows(score, self.starts)

    def shuffle(self, seed: int) -> Floats:
        """The best scores when the right vectors are shuffled, shape (draws, left)."""
        draws = int(np.clip(MAX_SHUFFLED // max(self.row.size, 1), FEWEST_DRAWS, MOST_DRAWS))
        rng = np.random.default_rng(seed)
        orders = [_displace(self.right.size, rng) for _ in range(draws)]
        found = np.zeros((draws, self.left.size))
        for rows, inside, block in self._portions():
            at, column, weight = self.row[inside] - rows.start, self.column[inside], self.z_lexical[inside]
            starts = self.starts[rows.start : rows.stop + 1] - self.starts[rows.start]
            for draw, order in enumerate(orders):
                z_semantic = np.clip(self._standardise(block[at, order[column]]), 0, SEMANTIC_CAP)
                found[draw, rows] = _best_of_rows(np.sqrt(z_semantic * weight), starts)
        return found

    def keep(self, best: Floats, null: Floats) -> pd.DataFrame:
        """The best pairs of each left fragment, with p and whether they are mutual."""
        columns = np.zeros(self.right.size)
        np.maximum.at(columns, self.column, self.score)
        frame = pd.DataFrame({
            "left": self.row, "right": self.column, "score": self.score, "semantic": self.semantic,
            "lexical": self.lexical.data, "z_semantic": self.z_semantic,
            "mutual": (self.score >= best[self.row]) & (self.score >= columns[self.column]),
        })  # fmt: skip
        frame = frame.loc[frame["score"] > 0]
        # Equal scores are told apart by row, hence by fragment id.
        frame = frame.sort_values(["left", "score", "right"], ascending=[True, False, True])
        frame = frame.groupby("left", sort=False).head(KEPT)
        at, score = frame["left"].to_numpy(dtype=np.int64), frame["score"].to_numpy()
        pooled = np.sort(null, axis=None)
        reached = pooled.size - np.searchsorted(pooled, score - 1e-12)
        p = (1 + reached) / (pooled.size + 1)
        frame = frame.assign(p=p, left=self.left[at], right=self.right[frame["right"].to_numpy(dtype=np.int64)])
        return frame[list(COLUMNS)].reset_index(drop=True)


def _best_of_rows(score: Floats, starts: Ints) -> Floats:
    filled = np.flatnonzero(np.diff(starts))
    found = np.zeros(starts.size - 1)
    if filled.size:
        found[filled] = np.maximum.reduceat(score, starts[:-1][filled])
    return found


def _displace(n: int, rng: np.random.Generator) -> Ints:
    """An order in which each takes the place of another: with few candidates, many would else stay where they are."""
    ring = rng.permutation(n)
    order = np.empty(n, dtype=np.int64)
    order[ring] = np.roll(ring, 1)
    return order


def _moments(total: float, squares: float, n: int) -> tuple[float, float]:
    mean = total / n
    return mean, float(np.sqrt(max(squares / n - mean**2, 0.0)))


def accept(
    matches: Matches, likeness: Likeness, *, alpha: float, share_theme: Callable[[int, int], bool]
) -> pd.DataFrame:
    """Keep the pairs that are believed, with the words they share in column ``shared``.

    A pair is believed when p is at most ``alpha``, and it shares two words, or a theme, or is alike in its vectors.
    """
    kept, words = [], []
    chosen = matches.pairs.loc[matches.pairs["p"] <= alpha]
    for row in chosen.itertuples():
        shared = likeness.shared(int(str(row.left)), int(str(row.right)))
        near = float(str(row.z_semantic)) >= PLAIN_SEMANTIC
        if len(shared) > 1 or (shared and (near or share_theme(int(str(row.left)), int(str(row.right))))):
            kept.append(row.Index)
            words.append(shared)
    return chosen.loc[kept].assign(shared=pd.Series(words, index=kept, dtype=object))
