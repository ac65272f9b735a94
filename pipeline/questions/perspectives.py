"""Pairs of a kans and a knelpunt on one subject: often the same wish, with and without the means."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.questions.answers import HUMAN, MACHINE
from pipeline.questions.ground import Bools, Ground, Themes, is_machine
from pipeline.questions.likeness import Likeness
from pipeline.questions.pairs import accept, find_matches
from pipeline.questions.values import OWN, judge_polarity, only
from pipeline.vocabulary import Polarity

Row = dict[str, Any]


def find_perspectives(
    ground: Ground, likeness: Likeness, coders: list[Themes], *, alpha: float, max_pairs: int, seed: int
) -> Iterator[Row]:
    """Pair remarks that name a kans only with remarks that name a knelpunt only.

    Args:
        ground: the fragments.
        likeness: of the fragments.
        coders: the themes of every coder; sharing one that people gave is a ground to believe a pair, and one of a
            machine where no person gave any.
        alpha: see `pipeline.questions.pairs.accept`.
        max_pairs: pairs in which one fragment may stand.
        seed: of the shuffles.

    Yields:
        Rows of ``perspectives``, the likest first.
    """
    polarity = judge_polarity(ground)
    kansen, knelpunten = (np.flatnonzero(only(polarity, value)) for value in (Polarity.KANS, Polarity.KNELPUNT))
    membership = _stack(coders, ground.n)
    people = [themes for themes in coders if not is_machine(themes.coder)]
    trusted = _stack(people or coders, ground.n)
    matches = find_matches(likeness, knelpunten, kansen, seed=seed)
    believed = accept(matches, likeness, alpha=alpha, share_theme=lambda a, b: bool((trusted[a] & trusted[b]).any()))
    believed = believed.sort_values(["score", "left", "right"], ascending=[False, True, True])
    names = np.array([f"{themes.coder}: {code}" for themes in coders for code in themes.codes], dtype=object)
    times: dict[int, int] = {}
    position = 0
    for pair in believed.to_dict("records"):
        knelpunt, kans = int(pair["left"]), int(pair["right"])
        if max(times.get(knelpunt, 0), times.get(kans, 0)) >= max_pairs:
            continue
        times[knelpunt], times[kans] = times.get(knelpunt, 0) + 1, times.get(kans, 0) + 1
        yield {
            "position": position, "kans_id": ground.ids[kans], "knelpunt_id": ground.ids[knelpunt],
            "kans_source": _name(polarity.source, kans), "knelpunt_source": _name(polarity.source, knelpunt),
            "same_session": bool(ground.session[knelpunt] == ground.session[kans]),
            "themes": list(names[membership[kans] & membership[knelpunt]]),
            **{name: pair[name] for name in ("score", "semantic", "lexical", "shared", "p", "mutual")},
        }  # fmt: skip
        position += 1


def _name(sources: NDArray[np.object_], row: int) -> str:
    return HUMAN if sources[row] == OWN else MACHINE


def _stack(coders: list[Themes], n: int) -> Bools:
    return np.hstack([themes.member for themes in coders]) if coders else np.zeros((n, 0), dtype=bool)
