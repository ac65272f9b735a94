"""Pairs of a kans and a knelpunt on one subject: often the same wish, with and without the means."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats, Ints, Mask
from pipeline.core.vocabulary import TAUGHT_CODER, Hat, Polarity, Scheme, is_machine
from pipeline.questions.inputs import (
    GIVEN,
    NONE,
    OWN,
    PREDICTED,
    Names,
    QuestionInputs,
    Themes,
    hats_of,
    holds,
    judge_polarity,
    only,
)
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
    pairs = _Pairs(likeness, left, right)
    if not pairs.n:
        return nothing
    return pairs.score(seed)


class _Pairs:
    """Pairs that share a word, with both likenesses in standard deviations over all pairs of left and right.

    There may be more of them than fit in memory: they are walked through a portion of the left fragments at a time,
    once to count them and once to score them.
    """

    def __init__(self, likeness: Likeness, left: Ints, right: Ints) -> None:
        self.left, self.right = left, right
        self.a, self.b = likeness.vectors[left], likeness.vectors[right]
        self.words, self.words_right = likeness.words[left], likeness.words[right].T
        self.n, lexical_total, lexical_squares = 0, 0.0, 0.0
        for rows in self._portions():
            shared = self._compare_words(rows).data
            self.n += shared.size
            lexical_total += float(shared.sum())
            lexical_squares += float((shared**2).sum())
        cells = left.size * right.size
        self.lexical_mean, self.lexical_deviation = _moments(lexical_total, lexical_squares, cells)
        total = float(self.a.sum(axis=0) @ self.b.sum(axis=0))
        squares = float(((self.a.T @ self.a) * (self.b.T @ self.b)).sum())
        self.mean, self.deviation = _moments(total, squares, cells)

    def _portions(self) -> Iterator[slice]:
        step = max(1, MAX_CELLS // max(self.right.size, 1))
        for begin in range(0, self.left.size, step):
            yield slice(begin, min(begin + step, self.left.size))

    def _compare_words(self, rows: slice) -> sparse.csr_matrix:
        found = sparse.csr_matrix(self.words[rows] @ self.words_right)
        entries = found.tocoo()
        kept = self.left[rows][entries.row] != self.right[entries.col]
        made = sparse.csr_matrix((entries.data[kept], (entries.row[kept], entries.col[kept])), shape=found.shape)
        made.sort_indices()
        return made

    def score(self, seed: int) -> Matches:
        """Score all pairs, and beside them those of shuffled right vectors."""
        draws = int(np.clip(MAX_SHUFFLED // max(self.n, 1), FEWEST_DRAWS, MOST_DRAWS))
        rng = np.random.default_rng(seed)
        orders = [_displace(self.right.size, rng) for _ in range(draws)]
        best, null = np.zeros(self.left.size), np.zeros((draws, self.left.size))
        best_of_right = np.zeros(self.right.size)
        frames = []
        for rows in self._portions():
            shared = self._compare_words(rows)
            starts, column = shared.indptr.astype(np.int64), shared.indices.astype(np.int64)
            row = np.repeat(np.arange(rows.stop - rows.start), np.diff(starts))
            cosines = self.a[rows] @ self.b.T
            weight = self._weigh(shared.data)
            semantic = cosines[row, column]
            z_semantic = self._standardise(semantic)
            scores = np.sqrt(np.clip(z_semantic, 0, SEMANTIC_CAP) * weight)
            best[rows] = _best_of_rows(scores, starts)
            np.maximum.at(best_of_right, column, scores)
            for draw, order in enumerate(orders):
                shuffled = np.clip(self._standardise(cosines[row, order[column]]), 0, SEMANTIC_CAP)
                null[draw, rows] = _best_of_rows(np.sqrt(shuffled * weight), starts)
            frames.append(_keep_best(pd.DataFrame({
                "left": row + rows.start, "right": column, "score": scores, "semantic": semantic,
                "lexical": shared.data, "z_semantic": z_semantic,
            })))  # fmt: skip
        frame = pd.concat(frames, ignore_index=True)
        at, to = frame["left"].to_numpy(dtype=np.int64), frame["right"].to_numpy(dtype=np.int64)
        score = frame["score"].to_numpy()
        pooled = np.sort(null, axis=None)
        reached = pooled.size - np.searchsorted(pooled, score - 1e-12)
        frame = frame.assign(
            p=(1 + reached) / (pooled.size + 1), left=self.left[at], right=self.right[to],
            mutual=(score >= best[at]) & (score >= best_of_right[to]),
        )  # fmt: skip
        return Matches(pairs=frame[list(COLUMNS)], best=best, chance=null.mean(axis=0))

    def _weigh(self, lexical: Floats) -> Floats:
        if not self.lexical_deviation:
            return np.zeros_like(lexical)
        return np.clip((lexical - self.lexical_mean) / self.lexical_deviation, 0, LEXICAL_CAP)

    def _standardise(self, cosines: Floats) -> Floats:
        return (cosines - self.mean) / self.deviation if self.deviation else np.zeros_like(cosines)


def _keep_best(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep the best pairs of each left fragment; equal scores are ordered by row, hence by fragment id."""
    pairs = pairs.loc[pairs["score"] > 0].sort_values(["left", "score", "right"], ascending=[True, False, True])
    return pairs.groupby("left", sort=False).head(KEPT)


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
    """Keep the pairs that are accepted, with the words they share in column ``shared``.

    A pair is accepted when p is at most ``alpha``, and it shares two words, or a theme, or is alike in its vectors.
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


EXPECTATION = "expectation"
MOST_ANSWERS = 3
HUMAN, MACHINE = "human", "machine"


def find_candidates(inputs: QuestionInputs) -> Names:
    """Say which fragments may answer a knelpunt, and why; ``none`` for the others.

    What people coded with an expectation, and what was said under the groene hoed; what the machine predicts as groen
    only in sessions with neither.
    """
    hats = hats_of(inputs, TAUGHT_CODER)
    green = np.asarray(hats.value == str(Hat.GROEN), dtype=bool)
    found = np.full(inputs.n, NONE, dtype=object)
    found[green & (hats.source == GIVEN)] = GIVEN
    coded = inputs.coded(Scheme.EXPECTATION)
    by_people = [row for row, coder in zip(coded["row"], coded["coder"], strict=True) if not is_machine(coder)]
    found[np.array(by_people, dtype=np.int64)] = EXPECTATION
    asked = np.unique(inputs.session[found != NONE])
    found[green & (hats.source == PREDICTED) & ~np.isin(inputs.session, asked)] = PREDICTED
    return found


def find_answers(inputs: QuestionInputs, likeness: Likeness, *, alpha: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Pair knelpunten with what may answer them.

    Returns:
        Rows of ``knelpunten`` and of ``answers``.
    """
    polarity = judge_polarity(inputs)
    left = np.flatnonzero(holds(polarity, Polarity.KNELPUNT))
    kinds = find_candidates(inputs)
    right = np.flatnonzero(kinds != NONE)
    matches = find_matches(likeness, left, right, seed=seed)
    # An expectation carries no theme of chapter 2, so a shared theme is no reason here.
    accepted = accept(matches, likeness, alpha=alpha, share_theme=lambda *_: False)
    accepted = accepted.groupby("left", sort=False).head(MOST_ANSWERS)
    answers = list(_answer_rows(inputs, accepted.to_dict("records"), kinds))
    counts = np.bincount(accepted["left"].to_numpy(dtype=np.int64), minlength=inputs.n)
    sources = [HUMAN if source == OWN else MACHINE for source in polarity.source[left]]
    return list(_knelpunten(inputs, left, right, matches, counts, sources)), answers


def _answer_rows(inputs: QuestionInputs, pairs: list[dict[Any, Any]], kinds: Names) -> Iterator[Row]:
    ranks: dict[int, int] = {}
    made = []
    for pair in pairs:
        knelpunt, answer = int(pair["left"]), int(pair["right"])
        ranks[knelpunt] = ranks.get(knelpunt, 0) + 1
        made.append({
            "knelpunt_id": inputs.ids[knelpunt], "answer_id": inputs.ids[answer], "rank": ranks[knelpunt],
            "answer_source": kinds[answer], "same_session": bool(inputs.session[knelpunt] == inputs.session[answer]),
            **{name: pair[name] for name in ("score", "semantic", "lexical", "shared", "p", "mutual")},
        })  # fmt: skip
    made.sort(key=lambda row: (-row["score"], row["knelpunt_id"], row["answer_id"]))
    for position, row in enumerate(made):
        yield {**row, "position": position}


def _knelpunten(
    inputs: QuestionInputs, left: Ints, right: Ints, matches: Matches, counts: Ints, sources: list[str]
) -> Iterator[Row]:
    candidates = set(right.tolist())
    for place, row in enumerate(left.tolist()):
        n_candidates = len(candidates) - (row in candidates)
        compared = n_candidates > 0 and right.size > 1
        yield {
            "fragment_id": inputs.ids[row], "source": sources[place], "n_candidates": n_candidates,
            "n_answers": int(counts[row]),
            "best": float(matches.best[place]) if compared else None,
            "chance": float(matches.chance[place]) if compared else None,
            "reason": None if compared else "too few expectations or ideas to look among",
        }  # fmt: skip


def count_answers(inputs: QuestionInputs, themes: Themes, knelpunten: list[Row]) -> Iterator[Row]:
    """Count the knelpunten of each theme of a coder, with and without an answer.

    Yields:
        Rows of ``theme_answers``; none where no knelpunt could be looked up.
    """
    named, answered = _mask(inputs, knelpunten, 0), _mask(inputs, knelpunten, 1)
    if not any(row["reason"] is None for row in knelpunten):
        return
    for place, code, rows in themes.walk():
        members = rows[named[rows]]
        yield {
            "coder": themes.coder, "theme": code, "position": place, "n_knelpunten": len(members),
            "n_answered": int(answered[members].sum()),
            "unanswered": [inputs.ids[row] for row in members[~answered[members]]],
        }  # fmt: skip


def _mask(inputs: QuestionInputs, knelpunten: list[Row], least: int) -> Mask:
    named = {row["fragment_id"] for row in knelpunten if row["n_answers"] >= least}
    return np.array([fragment in named for fragment in inputs.ids], dtype=bool)


def find_perspectives(
    inputs: QuestionInputs, likeness: Likeness, coders: list[Themes], *, alpha: float, max_pairs: int, seed: int
) -> Iterator[Row]:
    """Pair remarks that name a kans only with remarks that name a knelpunt only.

    Args:
        inputs: the fragments.
        likeness: of the fragments.
        coders: the themes of every coder; sharing one that people gave is a reason to accept a pair, and one of a
            machine where no person gave any.
        alpha: see `pipeline.questions.answers.accept`.
        max_pairs: pairs in which one fragment may stand.
        seed: of the shuffles.

    Yields:
        Rows of ``perspectives``, the likest first.
    """
    polarity = judge_polarity(inputs)
    kansen, knelpunten = (np.flatnonzero(only(polarity, value)) for value in (Polarity.KANS, Polarity.KNELPUNT))
    membership = _stack(coders, inputs.n)
    people = [themes for themes in coders if not is_machine(themes.coder)]
    trusted = _stack(people or coders, inputs.n)
    matches = find_matches(likeness, knelpunten, kansen, seed=seed)
    accepted = accept(matches, likeness, alpha=alpha, share_theme=lambda a, b: bool((trusted[a] & trusted[b]).any()))
    accepted = accepted.sort_values(["score", "left", "right"], ascending=[False, True, True])
    names = np.array([f"{themes.coder}: {code}" for themes in coders for code in themes.codes], dtype=object)
    times: dict[int, int] = {}
    position = 0
    for pair in accepted.to_dict("records"):
        knelpunt, kans = int(pair["left"]), int(pair["right"])
        if max(times.get(knelpunt, 0), times.get(kans, 0)) >= max_pairs:
            continue
        times[knelpunt], times[kans] = times.get(knelpunt, 0) + 1, times.get(kans, 0) + 1
        yield {
            "position": position, "kans_id": inputs.ids[kans], "knelpunt_id": inputs.ids[knelpunt],
            "kans_source": _name(polarity.source, kans), "knelpunt_source": _name(polarity.source, knelpunt),
            "same_session": bool(inputs.session[knelpunt] == inputs.session[kans]),
            "themes": list(names[membership[kans] & membership[knelpunt]]),
            **{name: pair[name] for name in ("score", "semantic", "lexical", "shared", "p", "mutual")},
        }  # fmt: skip
        position += 1


def _name(sources: NDArray[np.object_], row: int) -> str:
    return HUMAN if sources[row] == OWN else MACHINE


def _stack(coders: list[Themes], n: int) -> Mask:
    return np.hstack([themes.member for themes in coders]) if coders else np.zeros((n, 0), dtype=bool)
