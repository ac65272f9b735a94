"""Saturation: how many codes are new in each session that is added, and what another order would have shown."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.questions.ground import Bools, Floats, Ground, Themes

Row = dict[str, Any]
MOST_STEPS = 20
ONE_SESSION = "one session: blocks in random orders, since the order of a report is its coding"
TOO_FEW = "fewer than two sessions or blocks with a code"


def follow_codes(ground: Ground, themes: Themes, scheme: str, *, orders: int, seed: int) -> Iterator[Row]:
    """Follow how many codes of a coder have been met after each session.

    With one session the blocks stand in for sessions, in random orders only.

    Args:
        ground: the fragments.
        themes: what the coder gave in the scheme.
        scheme: which.
        orders: how many random orders.
        seed: of those.

    Yields:
        Rows of ``saturation``.
    """
    base = {"coder": themes.coder, "scheme": scheme, "n_all": len(themes.codes)}
    several = np.unique(ground.session[themes.looked]).size > 1
    unit = ground.session if several else ground.block
    units = np.unique(unit[themes.looked])
    base["unit"] = "session" if several else "block"
    if units.size < 2 or not themes.codes:
        yield {**base, "step": 0, "reason": TOO_FEW}
        return
    present = np.array([themes.member[(unit == one) & themes.looked].any(axis=0) for one in units])
    drawn = draw_orders(present, orders=orders, rng=np.random.default_rng(seed))
    steps = np.unique(np.linspace(1, units.size, min(units.size, MOST_STEPS)).round().astype(np.int64))
    met = np.logical_or.accumulate(present, axis=0).sum(axis=1)
    for step in steps.tolist():
        column = drawn[:, step - 1]
        low, high = np.quantile(column, [0.025, 0.975])
        mean = float(column.mean())
        row = {
            **base, "step": step, "mean": mean, "low": float(low), "high": float(high),
            "share": mean / len(themes.codes), "reason": None if several else ONE_SESSION,
        }  # fmt: skip
        if several:
            before = int(met[step - 2]) if step > 1 else 0
            row |= {
                "session": ground.sessions[int(units[step - 1])], "n_codes": int(met[step - 1]),
                "n_new": int(met[step - 1]) - before,
            }  # fmt: skip
        yield row


def draw_orders(present: Bools, *, orders: int, rng: np.random.Generator) -> Floats:
    """Count the codes met so far in random orders.

    Args:
        present: shape (units, codes), whether a unit holds a code.
        orders: how many.
        rng: where they come from.

    Returns:
        Shape (orders, units); the last column holds the number of codes that occur.

    >>> draw_orders(np.array([[True, False], [True, True]]), orders=2, rng=np.random.default_rng(0))[:, -1].tolist()
    [2.0, 2.0]
    """
    n_units, n_codes = present.shape
    found = np.zeros((orders, n_units))
    for draw in range(orders):
        order = rng.permutation(n_units)
        # A code is met at the first unit of this order that holds it.
        first = present[order].argmax(axis=0)[present.any(axis=0)]
        found[draw] = np.bincount(first, minlength=n_units).cumsum()
    return found
