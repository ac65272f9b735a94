"""For each knelpunt the expectations and ideas that may answer it, and the knelpunten that none answers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.questions.ground import Bools, Ground, Ints, Themes, is_machine
from pipeline.questions.likeness import Likeness
from pipeline.questions.pairs import Matches, accept, find_matches
from pipeline.questions.values import GIVEN, NONE, OWN, PREDICTED, Names, hats_of, holds, judge_polarity
from pipeline.vocabulary import TAUGHT_CODER, Hat, Polarity, Scheme

Row = dict[str, Any]
EXPECTATION = "expectation"
MOST_ANSWERS = 3
HUMAN, MACHINE = "human", "machine"


def find_candidates(ground: Ground) -> Names:
    """Say which fragments may answer a knelpunt, and why; ``none`` for the others.

    What people coded with an expectation, and what was said under the groene hoed; what the machine hears as groen
    only in sessions that hold neither.
    """
    hats = hats_of(ground, TAUGHT_CODER)
    green = np.asarray(hats.value == str(Hat.GROEN), dtype=bool)
    found = np.full(ground.n, NONE, dtype=object)
    found[green & (hats.source == GIVEN)] = GIVEN
    coded = ground.coded(Scheme.EXPECTATION)
    by_people = [row for row, coder in zip(coded["row"], coded["coder"], strict=True) if not is_machine(coder)]
    found[np.array(by_people, dtype=np.int64)] = EXPECTATION
    asked = np.unique(ground.session[found != NONE])
    found[green & (hats.source == PREDICTED) & ~np.isin(ground.session, asked)] = PREDICTED
    return found


def find_answers(ground: Ground, likeness: Likeness, *, alpha: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Pair knelpunten with what may answer them.

    Returns:
        Rows of ``knelpunten`` and of ``answers``.
    """
    polarity = judge_polarity(ground)
    left = np.flatnonzero(holds(polarity, Polarity.KNELPUNT))
    kinds = find_candidates(ground)
    right = np.flatnonzero(kinds != NONE)
    matches = find_matches(likeness, left, right, seed=seed)
    # An expectation carries no theme of chapter 2, so a shared theme is no ground here.
    believed = accept(matches, likeness, alpha=alpha, share_theme=lambda *_: False)
    believed = believed.groupby("left", sort=False).head(MOST_ANSWERS)
    answers = list(_answer_rows(ground, believed.to_dict("records"), kinds))
    counts = np.bincount(believed["left"].to_numpy(dtype=np.int64), minlength=ground.n)
    sources = [HUMAN if source == OWN else MACHINE for source in polarity.source[left]]
    return list(_knelpunten(ground, left, right, matches, counts, sources)), answers


def _answer_rows(ground: Ground, pairs: list[dict[Any, Any]], kinds: Names) -> Iterator[Row]:
    ranks: dict[int, int] = {}
    made = []
    for pair in pairs:
        knelpunt, answer = int(pair["left"]), int(pair["right"])
        ranks[knelpunt] = ranks.get(knelpunt, 0) + 1
        made.append({
            "knelpunt_id": ground.ids[knelpunt], "answer_id": ground.ids[answer], "rank": ranks[knelpunt],
            "answer_source": kinds[answer], "same_session": bool(ground.session[knelpunt] == ground.session[answer]),
            **{name: pair[name] for name in ("score", "semantic", "lexical", "shared", "p", "mutual")},
        })  # fmt: skip
    made.sort(key=lambda row: (-row["score"], row["knelpunt_id"], row["answer_id"]))
    for position, row in enumerate(made):
        yield {**row, "position": position}


def _knelpunten(
    ground: Ground, left: Ints, right: Ints, matches: Matches, counts: Ints, sources: list[str]
) -> Iterator[Row]:
    candidates = set(right.tolist())
    for place, row in enumerate(left.tolist()):
        n_candidates = len(candidates) - (row in candidates)
        compared = n_candidates > 0 and right.size > 1
        yield {
            "fragment_id": ground.ids[row], "source": sources[place], "n_candidates": n_candidates,
            "n_answers": int(counts[row]),
            "best": float(matches.best[place]) if compared else None,
            "chance": float(matches.chance[place]) if compared else None,
            "reason": None if compared else "too few expectations or ideas to look among",
        }  # fmt: skip


def count_answers(ground: Ground, themes: Themes, knelpunten: list[Row]) -> Iterator[Row]:
    """Count the knelpunten of each theme of a coder, with and without an answer.

    Yields:
        Rows of ``theme_answers``; none where no knelpunt could be looked up.
    """
    named, answered = _mask(ground, knelpunten, 0), _mask(ground, knelpunten, 1)
    if not any(row["reason"] is None for row in knelpunten):
        return
    for place, code, rows in themes.walk():
        held = rows[named[rows]]
        yield {
            "coder": themes.coder, "theme": code, "position": place, "n_knelpunten": len(held),
            "n_answered": int(answered[held].sum()),
            "unanswered": [ground.ids[row] for row in held[~answered[held]]],
        }  # fmt: skip


def _mask(ground: Ground, knelpunten: list[Row], least: int) -> Bools:
    named = {row["fragment_id"] for row in knelpunten if row["n_answers"] >= least}
    return np.array([fragment in named for fragment in ground.ids], dtype=bool)
