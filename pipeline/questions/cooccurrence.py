"""Which themes meet: on one fragment, at one voice, in one session; more often than moved blocks would."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from pipeline.agreement.permutation import Moved, benjamini_hochberg, iter_orders
from pipeline.questions.ground import Floats, Ground, Ints, Themes

Row = dict[str, Any]
FEWEST_UNITS = 5
"""With fewer fragments, voices or sessions nothing can be told."""


def find_cooccurrence(ground: Ground, themes: Themes, *, permutations: int, seed: int) -> Iterator[Row]:
    """Find which themes of a coder meet.

    On one fragment, only fragments with several themes tell anything: the first code stays, and the others are moved
    among those fragments. At one voice or in one session, the blocks of one theme are moved over the study while the
    other theme stays. Blocks (a statement with its quotes, a turn) move whole.

    Yields:
        Rows of ``cooccurrence``; levels with fewer than `FEWEST_UNITS` units are left out.
    """
    levels = (
        ("fragment", _meet_on_fragments(ground, themes)),
        ("voice", _meet_in_groups(themes, ground.voice, len(ground.voices))),
        ("session", _meet_in_groups(themes, ground.session, len(ground.sessions))),
    )
    for level, (rows, n_units, margins, count) in levels:
        if n_units >= FEWEST_UNITS and len(themes.codes) > 1:
            yield from _test(ground, themes, level, rows, n_units, margins, count, permutations, seed)


Level = tuple[Ints, int, Ints, Callable[[Ints], Floats]]


def _meet_on_fragments(ground: Ground, themes: Themes) -> Level:
    rows = np.flatnonzero(themes.member.sum(axis=1) > 1)
    member = themes.member[rows]
    first = np.zeros_like(member)
    first[np.arange(rows.size), themes.first[rows]] = True
    rest = member & ~first
    total = int(rest.sum())

    def count(order: Ints) -> Floats:
        met = first.T.astype(np.float64) @ rest[order]
        # A moved code may land on a fragment that has it first; what is lost so is made up for.
        kept = met.sum() - np.trace(met)
        return np.asarray((met + met.T) * (total / kept if kept else 1.0))

    return rows, rows.size, member.sum(axis=0), count


def _meet_in_groups(themes: Themes, group: Ints, n_groups: int) -> Level:
    rows = np.flatnonzero(themes.looked & (group >= 0))
    where = sparse.csr_matrix((np.ones(rows.size), (group[rows], np.arange(rows.size))), shape=(n_groups, rows.size))
    member = themes.member[rows].astype(np.float64)
    here = np.asarray(where @ member > 0, dtype=np.float64)

    def count(order: Ints) -> Floats:
        return np.asarray(here.T @ (where @ member[order] > 0))

    return rows, int((where.sum(axis=1) > 0).sum()), here.sum(axis=0).astype(np.int64), count


def _test(
    ground: Ground, themes: Themes, level: str, rows: Ints, n_units: int, margins: Ints,
    count: Callable[[Ints], Floats], permutations: int, seed: int,
) -> Iterator[Row]:  # fmt: skip
    observed = count(np.arange(rows.size))
    total, reached = np.zeros_like(observed), np.zeros_like(observed)
    blocks = np.unique(ground.block[rows], return_inverse=True)[1]
    orders = iter_orders(
        permutations, moved=Moved.BLOCKS, documents=np.zeros(rows.size, dtype=np.int64), blocks=blocks, seed=seed
    )
    for portion in orders:
        for order in portion:
            moved = count(order)
            total += moved
            reached += moved >= observed - 1e-9
    pairs = [(a, b) for a, b in combinations(range(len(themes.codes)), 2) if margins[a] and margins[b]]
    p = [float((1 + reached[a, b]) / (permutations + 1)) for a, b in pairs]
    for (a, b), one, adjusted in zip(pairs, p, benjamini_hochberg(p), strict=True):
        expected = float(total[a, b] / permutations)
        n_both = round(float(observed[a, b]))
        first, second = sorted((a, b), key=lambda place: themes.codes[place])
        yield {
            "coder": themes.coder, "level": level, "theme_a": themes.codes[first], "theme_b": themes.codes[second],
            "n_units": n_units, "n_a": int(margins[first]), "n_b": int(margins[second]), "n_both": n_both,
            "expected": expected, "lift": n_both / expected if expected else None, "p": one, "p_adjusted": adjusted,
        }  # fmt: skip
