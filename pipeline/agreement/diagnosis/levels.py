"""Where the disagreement sits: theme, polarity and both together on the same fragments, and hat beside them.

Each level comes with the probability that its kappa lies in each band of a convention, instead of a verdict.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.agreement.comparison.evaluation import MatchCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments
from pipeline.agreement.comparison.measures import nominal_measures
from pipeline.agreement.comparison.rows import JOIN
from pipeline.agreement.comparison.study_inputs import BOTH_LEVELS
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, columns_of, share_of
from pipeline.agreement.statistics.coefficients import OF_MATCHES
from pipeline.agreement.statistics.estimate import KRIPPENDORFF, LANDIS_KOCH, Scale, bands_from_error
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import figure_of_tables, jackknife_error
from pipeline.core.views import Floats, Mask
from pipeline.core.vocabulary import INDUCTIVE_CODER, TAUGHT_CODER, Scheme

THEME, POLARITY, HAT = str(Scheme.THEME), str(Scheme.POLARITY), str(Scheme.HAT)
MACHINE = f"{INDUCTIVE_CODER} + {TAUGHT_CODER}"
KAPPA, ALPHA = "cohen_kappa", "krippendorff_alpha_nominal"
SCALES: tuple[tuple[str, Scale], ...] = ((KAPPA, LANDIS_KOCH), (ALPHA, KRIPPENDORFF))


@dataclass(frozen=True)
class Level:
    """Two coders at one level.

    Attributes:
        name: theme, polarity, theme x polarity or hat.
        comparison: the two, as printed.
        codes_a: shape (n,) codes of the first, -1 where there is none to compare.
        codes_b: shape (n,) likewise.
        n_categories: q.
        compared: what belongs together in the n units.
        alone: shape (n,) the coders differ at this level only (at *theme x polarity*: at both), or None.
        answered: shape (n,) whether neither coder abstained; an abstention is an answer that nobody else gives.
    """

    name: str
    comparison: str
    codes_a: Units
    codes_b: Units
    n_categories: int
    compared: ComparedFragments
    alone: Units | None = None
    answered: Mask | None = None

    def row(self) -> dict[str, Any]:
        """The level with its kappa, its interval and its chance level."""
        counting = MatchCounting(self.n_categories)
        [found] = evaluate(self.compared, self.codes_a, self.codes_b, counting, nominal_measures([KAPPA]))
        row = {"comparison": self.comparison, "level": self.name, **columns_of(found, self.compared)}
        if self.alone is not None:
            part = share_of(self.compared, self.alone > 0, self.alone >= 0)
            row |= {"share": part["estimate"], "share_low": part["low"], "share_high": part["high"]}
        if self.answered is not None and not self.answered.all():
            row |= {"answered": self._answered_kappa(self.answered), "coverage": float(self.answered.mean())}
        return {**row, "n": self.compared.units.size}

    def _answered_kappa(self, kept: Mask) -> float | None:
        counting = MatchCounting(self.n_categories)
        together = np.zeros(int(kept.sum()), dtype=np.int64)
        counted = counting.count(self.codes_a[kept], self.codes_b[kept], together, 1).sum(axis=0)
        kappa = float(_of(counting, KAPPA)(counted)) if together.size else float("nan")
        return kappa if np.isfinite(kappa) else None

    def bands(self) -> Iterator[dict[str, Any]]:
        """How probable each band is, from the figure and its jackknife error over blocks."""
        counting, index = MatchCounting(self.n_categories), self.compared.blocks.index
        blocks = counting.count(self.codes_a, self.codes_b, index, self.compared.n_blocks)
        blocks = blocks[blocks.any(axis=1)]
        for statistic, scale in SCALES:
            figure = figure_of_tables(blocks, _of(counting, statistic))
            ones = np.ones(len(blocks))
            value, error = float(figure(ones)), float(jackknife_error(figure, ones))
            if not (np.isfinite(value) and np.isfinite(error)):
                continue
            found = bands_from_error(value, error, scale)
            for position, (band, probability) in enumerate(zip(scale.bands, found.probabilities, strict=True)):
                yield {
                    "comparison": self.comparison,
                    "level": self.name,
                    "statistic": statistic,
                    "scale": scale.name,
                    "band": band,
                    "position": position,
                    "probability": probability,
                    "reached": found.at_least() == band,
                    "n": self.compared.units.size,
                }


def find_levels(study: DiagnosisInputs) -> Iterator[Level]:
    """Give theme, polarity and both together, on the units that have both; then hat, on the units that have it.

    Units are those that both coders looked at: where a machine abstained, it is wrong, as in the agreement of coders.

    Every two people first, then each person with the machine that people taught, then with its topics, read as codes by
    a mapping fitted on other blocks, beside the polarity of the taught one.
    """
    people = study.people_of(THEME)
    for pair in study.pairs_of(THEME):
        if set(pair) <= set(study.coders_of(POLARITY)):
            numbered = study.numbered(THEME)
            themes = (_judged(study, THEME, coder, numbered.first, len(numbered.labels)) for coder in pair)
            yield from _three(study, JOIN.join(pair), *themes, polarity=pair, n_themes=len(numbered.labels))
    for coder in people if study.has_topics else ():
        if {coder, TAUGHT_CODER} <= set(study.coders_of(POLARITY)):
            yield from _with_machine(study, coder)
    for pair in study.pairs_of(HAT):
        numbered = study.numbered(HAT)
        q = len(numbered.labels)
        every = np.stack([_judged(study, HAT, coder, numbered.first, q) for coder in pair], axis=-1)
        units = np.flatnonzero((every >= 0).all(axis=1))
        codes = every[units]
        if units.size:
            themeless = pair[1] == TAUGHT_CODER and TAUGHT_CODER not in study.coders_of(THEME)
            name = f"{pair[0]}{JOIN}{MACHINE}" if themeless else JOIN.join(pair)
            answered = np.asarray((codes < q).all(axis=1))
            yield Level(HAT, name, codes[:, 0], codes[:, 1], q + 1, study.compared(units), answered=answered)


def _with_machine(study: DiagnosisInputs, coder: str) -> Iterator[Level]:
    numbered = study.numbered(THEME)
    units, read = study.read_topics(THEME, coder)
    machine = np.full(len(study.inputs.units), -1, dtype=np.int64)
    machine[units] = read
    n_themes = len(study.inputs.schemes[THEME].labels) + 1
    own = numbered.first[:, numbered.column(coder)]
    pair = (coder, TAUGHT_CODER)
    yield from _three(study, f"{coder}{JOIN}{MACHINE}", own, machine, polarity=pair, n_themes=n_themes)


def _three(
    study: DiagnosisInputs,
    comparison: str,
    themes_a: Units,
    themes_b: Units,
    *,
    polarity: tuple[str, str],
    n_themes: int,
) -> Iterator[Level]:
    numbered = study.numbered(POLARITY)
    codes, categories = numbered.nominal
    a, b = (_judged(study, POLARITY, coder, codes, categories.size) for coder in polarity)
    units = np.flatnonzero((themes_a >= 0) & (themes_b >= 0) & (a >= 0) & (b >= 0))
    if not units.size:
        return
    compared = study.compared(units)
    theme, pole = (themes_a[units], themes_b[units]), (a[units], b[units])
    differ = np.stack([theme[0] != theme[1], pole[0] != pole[1]])
    # One category more at each level: an abstention, which comes last.
    n_themes, q = n_themes + 1, categories.size + 1
    both_coded = [
        np.logical_and(*(codes < last for codes in pair)) for pair, last in ((theme, n_themes - 1), (pole, q - 1))
    ]
    both = tuple(t * q + p for t, p in zip(theme, pole, strict=True))
    named = (
        (THEME, theme, n_themes, differ[0] & ~differ[1], both_coded[0]),
        (POLARITY, pole, q, differ[1] & ~differ[0], both_coded[1]),
        (BOTH_LEVELS, both, n_themes * q, differ.all(axis=0), both_coded[0] & both_coded[1]),
    )
    for name, (first, second), size, alone, answered in named:
        marked = np.where(differ.any(axis=0), alone.astype(np.int64), -1)
        yield Level(name, comparison, first, second, size, compared, marked, answered)


def _judged(study: DiagnosisInputs, scheme: str, coder: str, codes: Units, abstention: int) -> Units:
    """One coder's codes of all units, shape (n,): ``abstention`` where a machine declined, -1 where not seen."""
    own = codes[:, study.numbered(scheme).column(coder)]
    return np.where((own < 0) & study.inputs.declined(scheme, coder), abstention, own)


def _of(counting: MatchCounting, statistic: str) -> Callable[[Floats], Floats]:
    return lambda sums: OF_MATCHES[statistic](counting.view(sums))
