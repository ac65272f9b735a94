"""Which fragments to code now, so that the machine gains most: from the tables alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.codebook.space import centre
from pipeline.core.views import Floats
from pipeline.core.vocabulary import ADJUDICATED_CODER, TAUGHT_CODER, Scheme, Status

NEIGHBOURS = 10
FEW_EXAMPLES = 5
RARITY_WEIGHT = 4.0
DOUBT_WEIGHT = 0.1
LIKENESS_WEIGHT = 0.05
DISTANCE_WEIGHT = 0.5
"""Weights chosen by simulated coding: themes with few examples and distance from what is coded bring most; doubt and
likeness to others only decide between fragments that are otherwise equal."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One fragment to code.

    Attributes:
        fragment_id: the fragment.
        likely: the theme that the machine would give; None where it has no opinion.
        examples: how many fragments people gave that theme.
        uncertainty: how near the second theme is to the first, in [0, 1].
        typical: how much it resembles other fragments, as a share of the fragments that do so less.
        why: the reason that weighs most.
    """

    fragment_id: str
    likely: str | None
    examples: int
    uncertainty: float
    typical: float
    why: str


def suggest(
    fragments: pd.DataFrame,
    embeddings: pd.DataFrame,
    seen: pd.DataFrame,
    human_codings: pd.DataFrame,
    codebook: pd.DataFrame,
    guided_codings: pd.DataFrame,
    taught_codings: pd.DataFrame,
    *,
    n: int,
) -> list[Suggestion]:
    """Choose fragments that nobody has coded, one after the other.

    Each time the best of what is left: one that speaks for a theme with few examples, of which the machine is in
    doubt, that resembles many fragments, and that differs from what is coded or chosen (a greedy form of the
    density-weighted uncertainty of Settles & Craven 2008, EMNLP, equation 14, with the diversity of core sets, Sener &
    Savarese 2018, ICLR).

    Args:
        fragments: the table of that name.
        embeddings: the table of that name.
        seen: the table of that name; what a person has looked at for its theme is not asked again.
        human_codings: the table of that name.
        codebook: the table of that name; fragments named as examples are left out.
        guided_codings: the table of that name, for fragments of which the taught machine says nothing.
        taught_codings: the table of that name.
        n: how many.

    Returns:
        At most n suggestions, the best first.
    """
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    ids = used["fragment_id"].tolist()
    vector_of = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    people = human_codings.loc[human_codings["coder"] != ADJUDICATED_CODER]
    mine = people.loc[(people["scheme"] == Scheme.THEME) & (people["rank"] == 1)]
    looked = set(mine["fragment_id"]) | set(seen.loc[seen["scheme"] == Scheme.THEME, "fragment_id"])
    examples = {fragment for named in codebook["example_fragment_ids"] for fragment in named}
    free = np.array([fragment not in looked and fragment not in examples for fragment in ids], dtype=bool)
    if not free.any():
        return []
    counts = Counter(mine.drop_duplicates(["fragment_id", "code"])["code"])
    opinions = _opinions(guided_codings) | _opinions(taught_codings.loc[taught_codings["coder"] == TAUGHT_CODER])
    likely = [opinions[fragment][0] if fragment in opinions else None for fragment in ids]
    uncertainty = np.array([opinions[fragment][1] if fragment in opinions else 1.0 for fragment in ids])
    vectors = np.array([vector_of[fragment] for fragment in ids], dtype=np.float64)
    chosen = pick(vectors, likely, uncertainty, counts, free=free, n=n)
    typical = _rank(_density(centre(vectors, vectors)))
    return [
        Suggestion(
            fragment_id=ids[i], likely=likely[i], examples=counts[likely[i] or ""], uncertainty=float(uncertainty[i]),
            typical=float(typical[i]), why=_why(likely[i], counts, float(uncertainty[i]), float(typical[i])),
        )
        for i in chosen
    ]  # fmt: skip


def pick(
    vectors: Floats,
    likely: list[str | None],
    uncertainty: Floats,
    counts: Mapping[str, int],
    *,
    free: NDArray[np.bool_],
    n: int,
) -> list[int]:
    """Pick n of the free fragments, one after the other.

    Args:
        vectors: (m, d).
        likely: m themes that the machine would give.
        uncertainty: m, in [0, 1].
        counts: theme to number of coded fragments.
        free: m, true where nobody coded.
        n: how many.

    Returns:
        Their positions, the best first.
    """
    near = centre(vectors, vectors)
    worth = DOUBT_WEIGHT * _rank(uncertainty) + LIKENESS_WEIGHT * _rank(_density(near))
    coded = np.flatnonzero(~free)
    closest = (near @ near[coded].T).max(axis=1) if len(coded) else np.full(len(near), -1.0)
    have = Counter(counts)
    left = free.copy()
    chosen: list[int] = []
    while left.any() and len(chosen) < n:
        rare = np.array([1.0 / np.sqrt(1 + have[theme]) if theme is not None else 1.0 for theme in likely])
        value = worth + RARITY_WEIGHT * rare + DISTANCE_WEIGHT * (1.0 - closest)
        # Rounded, so that the last digit of another machine does not decide.
        best = int(np.argmax(np.where(left, np.round(value, 9), -np.inf)))
        chosen.append(best)
        left[best] = False
        closest = np.maximum(closest, near @ near[best])
        theme = likely[best]
        if theme is not None:
            have[theme] += 1
    return chosen


def _density(near: Floats) -> Floats:
    """Mean likeness to the nearest other fragments."""
    density = np.zeros(len(near))
    wanted = min(NEIGHBOURS, len(near) - 1)
    if wanted < 1:
        return density
    for start in range(0, len(near), 1000):
        likeness = near[start : start + 1000] @ near.T
        likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = -np.inf
        density[start : start + 1000] = np.partition(likeness, -wanted, axis=1)[:, -wanted:].mean(axis=1)
    return density


def _rank(values: Floats) -> Floats:
    """Give the share of values that lie lower."""
    ranks = pd.Series(np.round(values, 9)).rank(pct=True)
    return np.asarray(ranks, dtype=np.float64)


def _opinions(codings: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """Give the first theme and the doubt: the share of the second theme over that of the first."""
    rows = codings.loc[codings["scheme"] == Scheme.THEME]
    first = rows.loc[rows["rank"] == 1].set_index("fragment_id")
    second = rows.loc[rows["rank"] == 2].set_index("fragment_id")["score"]
    return {
        fragment: (code, float(second.get(fragment, 0.0)) / score if score > 0 else 1.0)
        for fragment, code, score in zip(first.index, first["code"], first["score"], strict=True)
    }


def _why(likely: str | None, counts: Mapping[str, int], uncertainty: float, typical: float) -> str:
    if likely is None:
        return "fits no code"
    if counts.get(likely, 0) < FEW_EXAMPLES:
        return f"its likely theme has {counts.get(likely, 0)} examples"
    return "the machine is in doubt" if uncertainty >= typical else "many fragments resemble it"
