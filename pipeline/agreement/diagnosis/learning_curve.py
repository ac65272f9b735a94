"""How much better the machine gets with more hand-coded fragments, always on sessions that it has not seen.

A classifier on the vectors learns a coder's codes from ever more sessions (sub-headings or blocks where there is one
document) and is scored, by kappa with that coder, on sessions that it never learned from. The kappa of two people is
the ceiling; with one coder it is unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.folds import Ground, make_folds
from pipeline.agreement.comparison.inputs import Units
from pipeline.agreement.comparison.scene import Scene, doubt_of_blocks
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import Floats, contingency_by_block
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.vocabulary import Scheme

PENALTY = 1.0
"""For vectors that are scaled to a mean squared length of 1."""


def teach(known: Floats, codes: ArrayLike, asked: Floats, n_codes: int) -> NDArray[np.int64]:
    """Learn codes from vectors and give the likeliest code of others.

    Ridge regression of one target per code; a fragment weighs by the inverse root of its code's share, so that rare
    codes are heard. Codes that the known fragments lack are never answered. Source: Hastie, Tibshirani & Friedman
    (2009), The Elements of Statistical Learning, sections 3.4.1, 4.2 and 18.3.5 (as many unknowns as fragments where
    those are fewer than dimensions).

    Args:
        known: shape (n, d), at least one.
        codes: shape (n,) from 0.
        asked: shape (m, d).
        n_codes: q.

    Returns:
        Shape (m,) codes.

    >>> teach(np.eye(2), [1, 0], np.array([[0.9, 0.1], [0.0, 1.0]]), 3).tolist()
    [1, 0]
    """
    given = np.asarray(codes, dtype=np.int64)
    counts = np.bincount(given, minlength=n_codes).astype(np.float64)
    weights = 1.0 / np.sqrt(counts[given])
    weights /= weights.sum()
    targets = np.eye(n_codes)[given]
    middle, mean = weights @ known, weights @ targets
    centred = known - middle
    length = float(np.sqrt((centred**2).sum(axis=1).mean())) or 1.0
    root = np.sqrt(weights * given.size)[:, np.newaxis]
    rows, aims = centred / length * root, (targets - mean) * root
    n, d = rows.shape
    if n <= d:
        slopes = rows.T @ np.linalg.solve(rows @ rows.T + PENALTY * np.eye(n), aims)
    else:
        slopes = np.linalg.solve(rows.T @ rows + PENALTY * np.eye(d), rows.T @ aims)
    scores = (asked - middle) / length @ slopes + mean
    return np.asarray(np.where(counts > 0, np.round(scores, 9), -np.inf).argmax(axis=1), dtype=np.int64)


SCHEMES = (str(Scheme.THEME), str(Scheme.POLARITY), str(Scheme.HAT))
SHARES = (0.05, 0.1, 0.2, 0.4, 0.8)
KAPPA = (-1.0, 1.0)
STEPS = (-2.0, 2.0)
LAST = 20
"""As many as ``dialoogtafel next`` names at a time."""
NOTHING_LEARNED = "nothing is learned from no fragment: one answer for all is no agreement beyond chance"
ONE_CODER = "one coder: how far people would agree is unknown"


@dataclass(frozen=True)
class Curve:
    """The curve of one coder in one scheme.

    Attributes:
        scheme: the scheme.
        coder: who taught and is compared with.
        ground: the m units with a code and a vector.
        shares: k shares of the blocks.
        n_blocks: k mean numbers of blocks learned from.
        n_taught: k mean numbers of units learned from.
        tables: shape (blocks, draws, k, q, q).
        ceiling: columns ``ceiling``, ``ceiling_low``, ``ceiling_high``.
    """

    scheme: str
    coder: str
    ground: Ground
    shares: tuple[float, ...]
    n_blocks: tuple[float, ...]
    n_taught: tuple[float, ...]
    tables: Floats
    ceiling: dict[str, float | None]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row for each share, the first with nothing learned."""
        base = {"coder": self.coder, "scheme": self.scheme, "unit": self.ground.unit, **self.ceiling}
        base |= {"n": self.ground.units.size, "draws": self.tables.shape[1]}
        without = None if self.ceiling["ceiling"] is not None else ONE_CODER
        nothing = {"share": 0.0, "n_blocks": 0.0, "n_coded": 0.0, "estimate": 0.0, "reason": NOTHING_LEARNED}
        yield {**base, **nothing}
        drawn = cohen_kappa(self.tables.sum(axis=0))
        for i, share in enumerate(self.shares):
            figure = doubt_of_blocks(
                self.ground, self.tables[:, :, i], _mean_kappa, bounds=KAPPA, method=Method.JACKKNIFE_T_LOG
            )
            known = drawn[:, i][np.isfinite(drawn[:, i])]
            yield {
                **base,
                **figure,
                "reason": "; ".join(part for part in (figure["reason"], without) if part) or None,
                "share": share,
                "n_blocks": self.n_blocks[i],
                "n_coded": self.n_taught[i],
                "lowest": float(known.min()) if known.size else None,
                "highest": float(known.max()) if known.size else None,
            }

    def gain(self, n_more: int) -> dict[str, Any] | None:
        """What so many more coded fragments would add, and what the last ones brought: the slope of kappa on log n.

        The slope is a straight line by least squares, since learning curves are nearly straight in log n over a short
        stretch; it says nothing of far beyond. Source: Perlich, Provost & Simonoff (2003), Journal of Machine Learning
        Research 4, section 4.
        """
        if len(self.shares) < 2:
            return None
        logs = np.log(np.array(self.n_taught))
        weights = (logs - logs.mean()) / ((logs - logs.mean()) ** 2).sum()
        n_now = self.ground.units.size

        def over(before: int, after: int) -> dict[str, Any]:
            reach = float(np.log(after / before))
            return doubt_of_blocks(
                self.ground, self.tables, lambda tables: (_mean_kappa_by_share(tables) @ weights) * reach, bounds=STEPS
            )

        row = {"coder": self.coder, "scheme": self.scheme, "n_coded": n_now, "n_more": n_more}
        row |= over(n_now, n_now + n_more)
        if n_now > LAST:
            lately = over(n_now - LAST, n_now)
            row |= {"n_last": LAST} | {f"last_{end}": lately[end] for end in ("estimate", "low", "high")}
        return row


def draw_curves(scene: Scene, *, draws: int) -> Iterator[Curve]:
    """Teach and score every human coder in themes, polarity and hats, on several draws of sessions.

    Args:
        scene: the study.
        draws: how often the sessions are dealt anew: which are held out together, and in what order the rest teaches.

    Yields:
        Curves; none where a coder's codes lie in one block or are all the same.
    """
    for scheme in SCHEMES:
        for coder in scene.people_of(scheme):
            numbered = scene.numbered(scheme)
            codes, categories = numbered.nominal
            own = codes[:, numbered.column(coder)]
            units = np.flatnonzero((own >= 0) & scene.has_vector)
            ground = scene.ground(units)
            if ground.n_blocks < 3 or np.unique(own[units]).size < 2 or not scene.vectors.shape[1]:
                continue
            yield _draw(scene, scheme, coder, ground, own[units], categories.size, draws)


def _draw(scene: Scene, scheme: str, coder: str, ground: Ground, codes: Units, size: int, draws: int) -> Curve:
    vectors, index = scene.vectors[ground.units], ground.blocks.index
    names = [ground.blocks.names[block] for block in index]
    wanted = _steps(ground.n_blocks)
    tables = np.zeros((ground.n_blocks, draws, len(wanted), size, size))
    learned, n_lessons = np.zeros((2, len(wanted))), 0
    for draw in range(draws):
        order = np.random.default_rng([scene.settings.seed, draw]).permutation(ground.n_blocks)
        told = np.zeros((len(wanted), codes.size), dtype=np.int64)
        folds = make_folds(names, n_folds=scene.settings.folds, seed=scene.settings.seed + draw)
        for fold in np.unique(folds):
            held_out = folds == fold
            outside = [block for block in order if not held_out[index == block].any()]
            for i, (_, n_blocks) in enumerate(wanted):
                taught = np.isin(index, outside[:n_blocks])
                told[i, held_out] = teach(vectors[taught], codes[taught], vectors[held_out], size)
                learned[:, i] += (min(n_blocks, len(outside)), taught.sum())
        n_lessons += int(folds.max()) + 1
        for i in range(len(wanted)):
            tables[:, draw, i] = contingency_by_block(codes, told[i], size, index)
    return Curve(
        scheme=scheme,
        coder=coder,
        ground=ground,
        shares=tuple(share for share, _ in wanted),
        n_blocks=tuple((learned[0] / n_lessons).tolist()),
        n_taught=tuple((learned[1] / n_lessons).tolist()),
        tables=tables,
        ceiling=_ceiling(scene, scheme, coder),
    )


def _steps(n_blocks: int) -> list[tuple[float, int]]:
    """Shares with their number of blocks; of shares that come to the same number the last one."""
    numbers = [(share, max(1, round(share * n_blocks))) for share in SHARES]
    return [here for here, after in pairwise([*numbers, (1.0, 0)]) if here[1] != after[1]]


def _ceiling(scene: Scene, scheme: str, coder: str) -> dict[str, float | None]:
    """Mean kappa of a coder with each other person, with its interval."""
    others: Sequence[str] = [other for other in scene.people_of(scheme) if other != coder]
    numbered = scene.numbered(scheme)
    codes, categories = numbered.nominal
    columns = [numbered.column(other) for other in others]
    own = codes[:, numbered.column(coder)]
    units = np.flatnonzero((own >= 0) & (codes[:, columns] >= 0).any(axis=1))
    if not units.size:
        return {"ceiling": None, "ceiling_low": None, "ceiling_high": None}
    ground = scene.ground(units)
    by_other = [
        contingency_by_block(own[units], codes[units, column], categories.size, ground.blocks.index)
        for column in columns
    ]
    tables = np.stack(by_other, axis=1)
    found = doubt_of_blocks(ground, tables, _mean_kappa, bounds=KAPPA, method=Method.JACKKNIFE_T_LOG)
    return {"ceiling": found["estimate"], "ceiling_low": found["low"], "ceiling_high": found["high"]}


def _mean_kappa(tables: Floats) -> Floats:
    """Mean over the last but two axis of the kappas that are defined; shape (..., several, q, q)."""
    kappas = cohen_kappa(tables)
    known = np.isfinite(kappas)
    n = known.sum(axis=-1)
    total = np.where(known, kappas, 0.0).sum(axis=-1)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), np.nan), dtype=np.float64)


def _mean_kappa_by_share(tables: Floats) -> Floats:
    return _mean_kappa(np.swapaxes(tables, -3, -4))
