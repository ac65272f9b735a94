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

from pipeline.agreement.comparison.folds import ComparedFragments
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, interval_of_blocks
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import contingency_by_block
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.folds import deal_blocks, have_copy
from pipeline.core.receipts import look_up
from pipeline.core.views import Floats
from pipeline.core.vocabulary import Scheme

PENALTY = 1.0
"""For vectors that are scaled to a mean squared length of 1."""
SAME_PLACE = 1e-12
LARGE, FEWER_DIMENSIONS = 1000, 128
"""More fragments than this are learned from their first principal components, so that work grows with their number."""


class Classifier:
    """Ridge regression of one target per code, taught by ever other fragments.

    A fragment weighs by the inverse root of its code's share, so that rare codes count. Codes that the known
    fragments lack are never answered. Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical
    Learning, sections 3.4.1, 4.2 and 18.3.5 (as many unknowns as fragments where those are fewer than dimensions).
    """

    def __init__(self, vectors: Floats, codes: ArrayLike, n_codes: int) -> None:
        """Take n vectors (n, d) with their codes (n,) from 0 to q - 1; inner products are computed once."""
        self._codes, self._n_codes = np.asarray(codes, dtype=np.int64), n_codes
        self._vectors = _first_components(vectors) if len(vectors) > LARGE else vectors
        self._inner = self._vectors @ self._vectors.T if len(vectors) <= LARGE else None

    def answer(self, known: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
        """Learn from the fragments at some positions (at least one) and give the codes of those at others."""
        given = self._codes[known]
        counts = np.bincount(given, minlength=self._n_codes).astype(np.float64)
        weights = 1.0 / np.sqrt(counts[given])
        weights /= weights.sum()
        targets = np.eye(self._n_codes)[given]
        mean = weights @ targets
        root = np.sqrt(weights * given.size)[:, np.newaxis]
        aims = (targets - mean) * root
        if self._inner is None or given.size > 2 * self._vectors.shape[1]:
            scores = self._by_dimension(known, asked, weights, root, aims)
        else:
            scores = self._by_fragment(self._inner, known, asked, weights, root, aims)
        best = np.where(counts > 0, np.round(scores + mean, 9), -np.inf).argmax(axis=1)
        return np.asarray(best, dtype=np.int64)

    def _by_dimension(
        self, known: NDArray[np.int64], asked: NDArray[np.int64], weights: Floats, root: Floats, aims: Floats
    ) -> Floats:
        middle = weights @ self._vectors[known]
        centred = self._vectors[known] - middle
        length = float(np.sqrt((centred**2).sum(axis=1).mean())) or 1.0
        rows = centred / length * root
        slopes = np.linalg.solve(rows.T @ rows + PENALTY * np.eye(rows.shape[1]), rows.T @ aims)
        return np.asarray((self._vectors[asked] - middle) / length @ slopes, dtype=np.float64)

    @staticmethod
    def _by_fragment(
        inner: Floats,
        known: NDArray[np.int64],
        asked: NDArray[np.int64],
        weights: Floats,
        root: Floats,
        aims: Floats,
    ) -> Floats:
        """The same from inner products alone: those of centred vectors follow from those of the vectors."""
        from scipy.linalg import cho_factor, cho_solve

        among, across = inner[np.ix_(known, known)], inner[np.ix_(asked, known)]
        with_middle = among @ weights
        middle = float(weights @ with_middle)
        among -= with_middle + (with_middle[:, np.newaxis] - middle)
        across -= (across @ weights)[:, np.newaxis] + (with_middle - middle)
        squared = float(np.trace(among)) / known.size
        squared = squared if squared > SAME_PLACE else 1.0
        rows = among * (root / squared) * root.T
        rows[np.diag_indices_from(rows)] += PENALTY
        slopes = cho_solve(cho_factor(rows, overwrite_a=True, check_finite=False), aims, check_finite=False)
        return np.asarray(across @ (slopes * root) / squared, dtype=np.float64)


def _first_components(vectors: Floats) -> Floats:
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ axes[:, ::-1][:, :FEWER_DIMENSIONS], dtype=np.float64)


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
        compared: the m units with a code and a vector.
        shares: k shares of the blocks.
        n_blocks: k mean numbers of blocks learned from.
        n_taught: k mean numbers of units learned from.
        tables: shape (blocks, draws, k, q, q).
        ceiling: columns ``ceiling``, ``ceiling_low``, ``ceiling_high``.
    """

    scheme: str
    coder: str
    compared: ComparedFragments
    shares: tuple[float, ...]
    n_blocks: tuple[float, ...]
    n_taught: tuple[float, ...]
    tables: Floats
    ceiling: dict[str, float | None]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row for each share, the first with nothing learned."""
        base = {"coder": self.coder, "scheme": self.scheme, "unit": self.compared.unit, **self.ceiling}
        base |= {"n": self.compared.units.size, "draws": self.tables.shape[1]}
        without = None if self.ceiling["ceiling"] is not None else ONE_CODER
        nothing = {"share": 0.0, "n_blocks": 0.0, "n_coded": 0.0, "estimate": 0.0, "reason": NOTHING_LEARNED}
        yield {**base, **nothing}
        drawn = cohen_kappa(self.tables.sum(axis=0))
        for i, share in enumerate(self.shares):
            figure = interval_of_blocks(
                self.compared, self.tables[:, :, i], _mean_kappa, bounds=KAPPA, method=Method.JACKKNIFE_T_LOG
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
        """What further coded fragments would add, and what the last ones brought: the slope of kappa on log n.

        The slope is a straight line by least squares, since learning curves are nearly straight in log n over a short
        stretch; it says nothing of far beyond. Source: Perlich, Provost & Simonoff (2003), Journal of Machine Learning
        Research 4, section 4.
        """
        if len(self.shares) < 2:
            return None
        logs = np.log(np.array(self.n_taught))
        weights = (logs - logs.mean()) / ((logs - logs.mean()) ** 2).sum()
        n_now = self.compared.units.size

        def over(before: int, after: int) -> dict[str, Any]:
            reach = float(np.log(after / before))
            return interval_of_blocks(
                self.compared,
                self.tables,
                lambda tables: (_mean_kappa_by_share(tables) @ weights) * reach,
                bounds=STEPS,
            )

        row = {"coder": self.coder, "scheme": self.scheme, "n_coded": n_now, "n_more": n_more}
        row |= over(n_now, n_now + n_more)
        if n_now > LAST:
            lately = over(n_now - LAST, n_now)
            row |= {"n_last": LAST} | {f"last_{end}": lately[end] for end in ("estimate", "low", "high")}
        return row


def draw_curves(study: DiagnosisInputs, *, draws: int) -> Iterator[Curve]:
    """Teach and score every human coder in themes, polarity and hats, on several draws of sessions.

    Args:
        study: the study.
        draws: how often the sessions are dealt anew: which are held out together, and in what order the rest teaches.

    Yields:
        Curves; none where a coder's codes lie in one block or are all the same.
    """
    for scheme in SCHEMES:
        for coder in study.people_of(scheme):
            numbered = study.numbered(scheme)
            codes, categories = numbered.nominal
            own = codes[:, numbered.column(coder)]
            units = np.flatnonzero((own >= 0) & study.has_vector)
            compared = study.compared(units)
            if compared.n_blocks < 3 or np.unique(own[units]).size < 2 or not study.vectors.shape[1]:
                continue
            yield _draw(study, scheme, coder, compared, own[units], categories.size, draws)


def _draw(
    study: DiagnosisInputs, scheme: str, coder: str, compared: ComparedFragments, codes: Units, size: int, draws: int
) -> Curve:
    wanted = _steps(compared.n_blocks)
    vectors = study.vectors[compared.units]
    counts, learned, n_taught = look_up(
        study.settings.kept,
        lambda: ["learning curve", compared.identity, vectors, codes, size, draws],
        lambda: _teach_and_count(study, compared, vectors, codes, size, draws, wanted),
    )
    tables = np.array(counts, dtype=np.float64).reshape(compared.n_blocks, draws, len(wanted), size, size)
    return Curve(
        scheme=scheme,
        coder=coder,
        compared=compared,
        shares=tuple(share for share, _ in wanted),
        n_blocks=tuple(n / n_taught for n in learned[0]),
        n_taught=tuple(n / n_taught for n in learned[1]),
        tables=tables,
        ceiling=_ceiling(study, scheme, coder),
    )


def _teach_and_count(
    study: DiagnosisInputs,
    compared: ComparedFragments,
    vectors: Floats,
    codes: Units,
    size: int,
    draws: int,
    wanted: list[tuple[float, int]],
) -> tuple[list[int], list[list[float]], int]:
    """Teach ever more blocks: the tables of all blocks, draws and shares in a row, what was learned from, how often."""
    index = compared.blocks.index
    classifier = Classifier(vectors, codes, size)
    names = [compared.blocks.names[block] for block in index]
    tables = np.zeros((compared.n_blocks, draws, len(wanted), size, size), dtype=np.int64)
    learned, n_taught = np.zeros((2, len(wanted))), 0
    for draw in range(draws):
        order = np.random.default_rng([study.settings.seed, draw]).permutation(compared.n_blocks)
        answers = np.zeros((len(wanted), codes.size), dtype=np.int64)
        folds = deal_blocks(names, n_folds=study.settings.folds, seed=study.settings.seed + draw)
        for fold in np.unique(folds):
            held_out = folds == fold
            outside = order[~np.isin(order, index[held_out])]
            asked = np.flatnonzero(held_out)
            may_teach = ~have_copy(compared.copies, held_out)
            for i, (_, n_blocks) in enumerate(wanted):
                known = np.flatnonzero(np.isin(index, outside[:n_blocks]) & may_teach)
                if known.size:
                    answers[i, asked] = classifier.answer(known, asked)
                learned[:, i] += (min(n_blocks, len(outside)), known.size)
        n_taught += int(folds.max()) + 1
        for i in range(len(wanted)):
            tables[:, draw, i] = contingency_by_block(codes, answers[i], size, index)
    return tables.ravel().tolist(), learned.tolist(), n_taught


def _steps(n_blocks: int) -> list[tuple[float, int]]:
    """Shares with their number of blocks; of shares that come to the same number the last one."""
    numbers = [(share, max(1, round(share * n_blocks))) for share in SHARES]
    return [here for here, after in pairwise([*numbers, (1.0, 0)]) if here[1] != after[1]]


def _ceiling(study: DiagnosisInputs, scheme: str, coder: str) -> dict[str, float | None]:
    """Mean kappa of a coder with each other person, with its interval."""
    others: Sequence[str] = [other for other in study.people_of(scheme) if other != coder]
    numbered = study.numbered(scheme)
    codes, categories = numbered.nominal
    columns = [numbered.column(other) for other in others]
    own = codes[:, numbered.column(coder)]
    units = np.flatnonzero((own >= 0) & (codes[:, columns] >= 0).any(axis=1))
    if not units.size:
        return {"ceiling": None, "ceiling_low": None, "ceiling_high": None}
    compared = study.compared(units)
    by_other = [
        contingency_by_block(own[units], codes[units, column], categories.size, compared.blocks.index)
        for column in columns
    ]
    tables = np.stack(by_other, axis=1)
    found = interval_of_blocks(compared, tables, _mean_kappa, bounds=KAPPA, method=Method.JACKKNIFE_T_LOG)
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
