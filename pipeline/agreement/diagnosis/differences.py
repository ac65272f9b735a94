"""Where two coders differ: at which level, on which values of polarity, under which hat, and by a near miss.

Levels are theme, polarity and both together on the same fragments, and hat beside them. Each comes with the probability
that its kappa lies in each band of a convention, instead of a verdict. A machine may also have declined to say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from pipeline.agreement.comparison.evaluation import MatchCounting, Measure, PairCounting, TableCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments
from pipeline.agreement.comparison.inputs import BOTH_LEVELS
from pipeline.agreement.comparison.measures import nominal_measures
from pipeline.agreement.comparison.rows import JOIN
from pipeline.agreement.diagnosis.inputs import DiagnosisInputs, columns_of, share_of
from pipeline.agreement.statistics.coefficients import OF_MATCHES, Undefined, divide
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import (
    KRIPPENDORFF,
    LANDIS_KOCH,
    Method,
    Scale,
    figure_of_tables,
    find_bands,
    jackknife_error,
)
from pipeline.core.views import Floats, Mask
from pipeline.core.vocabulary import HAT_POLARITY_BRIDGE, INDUCTIVE_CODER, TAUGHT_CODER, Hat, Polarity, Scheme


class Bridge(StrEnum):
    """Whether a hat says something about polarity."""

    HOLDS = "holds"
    NOT_SHOWN = "not_shown"
    CONTRADICTED = "contradicted"


def cross_bridge(study: DiagnosisInputs) -> Iterator[dict[str, Any]]:
    """Give each human coder's polarity under each given hat, for all themes together and for each theme.

    A fragment follows its hat when it has the polarity of the bridge and not the other one; with the other one only
    it is a conflict; with both it is neither. ``chance`` is the share of that polarity under all hats, in the same
    theme. The bridge *holds* where the whole interval lies above that, is *contradicted* where it lies below, else it
    is *not shown*. A hat without a bridge has counts only.
    """
    hats = np.array([hat or "" for hat in study.hats])
    for coder in study.people_of(str(Scheme.POLARITY)):
        looked = study.seen(str(Scheme.POLARITY), coder) & (hats != "")
        if not looked.any():
            continue
        themes: list[tuple[str, Mask]] = [("", looked)]
        if coder in study.people_of(str(Scheme.THEME)):
            members = study.members(str(Scheme.THEME), coder)
            labels = study.inputs.schemes[str(Scheme.THEME)].labels
            themes += [(label, looked & members[:, i]) for i, label in enumerate(labels)]
        for position, (theme, inside) in enumerate(themes):
            for hat in Hat:
                if (inside & (hats == hat)).any():
                    row = _row(study, coder, inside, hats == hat, HAT_POLARITY_BRIDGE[hat])
                    yield {"coder": coder, "theme": theme, "position": position, "hat": str(hat), **row}


def _row(study: DiagnosisInputs, coder: str, inside: Mask, under: Mask, expected: Polarity | None) -> dict[str, Any]:
    kans, knelpunt = (_has(study, coder, value) for value in (Polarity.KANS, Polarity.KNELPUNT))
    here = inside & under
    row: dict[str, Any] = {
        "expected": None if expected is None else str(expected),
        "n": int(here.sum()),
        "n_kans": int((here & kans & ~knelpunt).sum()),
        "n_knelpunt": int((here & knelpunt & ~kans).sum()),
        "n_both": int((here & kans & knelpunt).sum()),
        "n_neither": int((here & ~kans & ~knelpunt).sum()),
        "conflicts": [],
        "unit": "",
    }
    if expected is None:
        return {**row, "reason": "this hat suggests no polarity"}
    follows, against = (kans & ~knelpunt, knelpunt & ~kans)[:: 1 if expected is Polarity.KANS else -1]
    units = np.flatnonzero(inside)
    figure = share_of(study.compared(units), follows[units], under[units])
    chance = float(follows[units].mean())
    return {
        **row,
        **figure,
        "chance": chance,
        "verdict": str(_judge(figure["low"], figure["high"], chance)),
        "conflicts": [study.inputs.units[i] for i in np.flatnonzero(here & against)],
    }


def _judge(low: float | None, high: float | None, chance: float) -> Bridge:
    if low is not None and low > chance:
        return Bridge.HOLDS
    return Bridge.CONTRADICTED if high is not None and high < chance else Bridge.NOT_SHOWN


def _has(study: DiagnosisInputs, coder: str, value: Polarity) -> Mask:
    labels = study.inputs.schemes[str(Scheme.POLARITY)].labels
    members = study.members(str(Scheme.POLARITY), coder)
    if str(value) not in labels:
        return np.zeros(len(members), dtype=np.bool_)
    return np.asarray(members[:, labels.index(str(value))])


_SUBTHEME = str(Scheme.SUBTHEME)
ERRORS = ("near_miss", "other_theme")
"""More of these is not more agreement: they have a chance level and no p-value."""


def find_near_misses(study: DiagnosisInputs, parents: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """Give the share of right, nearly right and wrong sub-themes, and hierarchical precision and recall.

    Every two people, then each person with the machine whose topics are read as sub-themes by a mapping fitted on
    other blocks. Units to which one of the two gave no sub-theme are left out. A code without a parent is its own.

    Hierarchical precision is the share of the second coder's codes and themes that the first gave too, recall the
    reverse; themes are counted with their sub-themes. Source: Kiritchenko, Matwin, Nock & Famili (2006), Learning and
    Evaluation in the Presence of Class Hierarchies, Canadian AI, eq. 1; kept apart as micro-averages.

    Args:
        study: the study.
        parents: sub-theme to its theme.
    """
    for comparison, units, sets_a, sets_b, members in _compared(study):
        if not units.size:
            continue
        compared = study.compared(units)
        names, weights = _weigh_pairs(members, _ancestry(study, parents))
        found = evaluate(compared, sets_a, sets_b, PairCounting(weights), [_RATIO], labels=names)
        for position, figure in enumerate(found):
            row = {"comparison": comparison, "statistic": figure.code, "position": position}
            row |= {**columns_of(figure, compared), "n": units.size}
            yield row | {"p": None} if figure.code in ERRORS else row


def _compared(study: DiagnosisInputs) -> Iterator[tuple[str, Units, Units, Units, Floats]]:
    if not study.people_of(_SUBTHEME):
        return
    numbered = study.numbered(_SUBTHEME)
    members, codes = numbered.members, numbered.sets.codes
    filled = np.append(members.any(axis=1), False)
    for first, second in study.pairs_of(_SUBTHEME):
        a, b = (codes[:, numbered.column(coder)] for coder in (first, second))
        units = np.flatnonzero(filled[a] & filled[b])
        yield f"{first}{JOIN}{second}", units, a[units], b[units], members
    alone = np.eye(members.shape[1])
    for coder in study.people_of(_SUBTHEME) if study.has_topics else ():
        units, read = study.read_topics(_SUBTHEME, coder)
        a = codes[units, numbered.column(coder)]
        kept = filled[a] & (read < len(alone))
        together = np.concatenate([members, alone])
        yield f"{coder}{JOIN}{study.topics.coder}", units[kept], a[kept], read[kept] + len(members), together


def _ancestry(study: DiagnosisInputs, parents: Mapping[str, str | None]) -> Floats:
    """Whether a sub-theme lies under a theme, shape (sub-themes, themes)."""
    labels = study.inputs.schemes[_SUBTHEME].labels
    above = [parents.get(label) or label for label in labels]
    names = sorted(set(above))
    return np.array([[name == theme for theme in names] for name in above], dtype=np.float64).reshape(-1, len(names))


def _weigh_pairs(members: Floats, ancestry: Floats) -> tuple[tuple[str, ...], Floats]:
    """What a pair of sets adds above each ratio, then below each, shape (2 * ratios, sets, sets)."""
    themes = (members @ ancestry > 0).astype(np.float64)
    nodes = np.concatenate([members, themes], axis=1)
    shared_codes, shared_themes = members @ members.T > 0, themes @ themes.T > 0
    both = nodes @ nodes.T
    of_a, of_b = (np.broadcast_to(size, both.shape) for size in (nodes.sum(axis=1)[:, None], nodes.sum(axis=1)))
    one = np.ones_like(both)
    ratios = {
        "same_subtheme": (shared_codes, one),
        "near_miss": (shared_themes & ~shared_codes, one),
        "other_theme": (~shared_themes, one),
        "hierarchical_precision": (both, of_b),
        "hierarchical_recall": (both, of_a),
        "hierarchical_f1": (2.0 * both, of_a + of_b),
    }
    above, below = zip(*ratios.values(), strict=True)
    return tuple(ratios), np.array([*above, *below], dtype=np.float64)


_RATIO = Measure(
    name="ratio",
    of=lambda pairs: divide(*np.split(pairs.weighed, 2, axis=-1)),
    explain=lambda _, __: str(Undefined.NO_COMMON_UNIT),
    lowest=0.0,
    method=Method.JACKKNIFE_T,
)
_POLARITY = str(Scheme.POLARITY)
NEITHER, KANS, KNELPUNT, BOTH, DECLINED = range(5)


class Difference(StrEnum):
    """How two polarities relate; each pair is one of these."""

    SAME = "same"
    BOTH = "both"
    ONE_OF_TWO = "one_of_two"
    REVERSED = "reversed"
    ONE_NEUTRAL = "one_neutral"
    ABSTAINED = "abstained"


_AGREED = (Difference.SAME, Difference.BOTH)
_LISTED = (Difference.REVERSED, Difference.ONE_OF_TWO)


def classify(first: int, second: int) -> Difference:
    """Say how two polarities relate.

    Args:
        first: 0 neither, 1 kans, 2 knelpunt, 3 both, 4 a machine that declined to say.
        second: likewise.

    >>> str(classify(1, 2)), str(classify(3, 2)), str(classify(3, 3)), str(classify(0, 1))
    ('reversed', 'one_of_two', 'both', 'one_neutral')
    """
    if DECLINED in (first, second):
        return Difference.ABSTAINED
    if first == second:
        return Difference.BOTH if first == BOTH else Difference.SAME
    if NEITHER in (first, second):
        return Difference.ONE_NEUTRAL
    return Difference.ONE_OF_TWO if BOTH in (first, second) else Difference.REVERSED


def count_differences(study: DiagnosisInputs) -> Iterator[dict[str, Any]]:
    """Give the share of each difference, of every two people and of each person with the taught machine.

    Shares are of the units that both looked at, as in the agreement of coders: an abstention of the machine is a
    difference too, and the shares add up to 1. ``answered`` is the share of the units that both answered.
    *Reversed* and *one of two* list their fragments.
    """
    if not study.people_of(_POLARITY):
        return
    tables = np.array([[classify(a, b) for b in range(DECLINED + 1)] for a in range(DECLINED + 1)], dtype=object)
    measures = [_measure(kind, (tables == kind).astype(np.float64)) for kind in Difference]
    for first, second in study.pairs_of(_POLARITY):
        a, b = _polarity(study, first), _polarity(study, second)
        units = np.flatnonzero((a >= 0) & (b >= 0))
        if not units.size:
            continue
        compared = study.compared(units)
        kinds = tables[a[units], b[units]]
        n_answered = int((kinds != Difference.ABSTAINED).sum())
        found = evaluate(compared, a[units], b[units], TableCounting(tables.shape), measures)
        for position, figure in enumerate(found):
            alike = units[kinds == figure.statistic]
            abstained = figure.statistic == Difference.ABSTAINED
            if abstained and not alike.size:
                continue
            yield {
                "comparison": f"{first}{JOIN}{second}",
                "difference": figure.statistic,
                "position": position,
                "count": alike.size,
                **columns_of(figure, compared),
                "p": figure.p if figure.statistic in _AGREED else None,
                "answered": alike.size / n_answered if n_answered and not abstained else None,
                "n": units.size,
                "fragments": [study.inputs.units[i] for i in alike] if figure.statistic in _LISTED else [],
            }


def _polarity(study: DiagnosisInputs, coder: str) -> Units:
    """Neither, kans, knelpunt, both or declined of each unit, -1 where not seen."""
    number = {(): NEITHER, (str(Polarity.KANS),): KANS, (str(Polarity.KNELPUNT),): KNELPUNT}
    answers = study.inputs.answers[_POLARITY][coder]
    given = np.array([-1 if a is None else number.get(tuple(sorted(a)), BOTH) for a in answers], dtype=np.int64)
    return np.where((given < 0) & study.inputs.declined(_POLARITY, coder), DECLINED, given)


def _measure(kind: Difference, hit: Floats) -> Measure:
    return Measure(
        name=str(kind),
        of=lambda tables: divide((tables * hit).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1))),
        lowest=0.0,
        method=Method.JACKKNIFE_T,
    )


THEME, POLARITY, HAT = str(Scheme.THEME), str(Scheme.POLARITY), str(Scheme.HAT)
MACHINE = f"{INDUCTIVE_CODER} + {TAUGHT_CODER}"
KAPPA, ALPHA = "cohen_kappa", "krippendorff_alpha_nominal"
SCALES: tuple[tuple[str, Scale], ...] = ((KAPPA, LANDIS_KOCH), (ALPHA, KRIPPENDORFF))


@dataclass(frozen=True)
class LevelComparison:
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
            value, error = float(figure(np.ones(len(blocks)))), jackknife_error(figure, len(blocks))
            if not (np.isfinite(value) and np.isfinite(error)):
                continue
            found = find_bands(value, error, scale)
            for position, (band, probability) in enumerate(zip(scale.bands, found.probabilities, strict=True)):
                yield {
                    "comparison": self.comparison,
                    "level": self.name,
                    "statistic": statistic,
                    "scale": scale.name,
                    "band": band,
                    "position": position,
                    "probability": probability,
                    "reached": found.highest_reached() == band,
                    "n": self.compared.units.size,
                }


def find_levels(study: DiagnosisInputs) -> Iterator[LevelComparison]:
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
            yield LevelComparison(HAT, name, codes[:, 0], codes[:, 1], q + 1, study.compared(units), answered=answered)


def _with_machine(study: DiagnosisInputs, coder: str) -> Iterator[LevelComparison]:
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
) -> Iterator[LevelComparison]:
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
        yield LevelComparison(name, comparison, first, second, size, compared, marked, answered)


def _judged(study: DiagnosisInputs, scheme: str, coder: str, codes: Units, abstention: int) -> Units:
    """One coder's codes of all units, shape (n,): ``abstention`` where a machine declined, -1 where not seen."""
    own = codes[:, study.numbered(scheme).column(coder)]
    return np.where((own < 0) & study.inputs.declined(scheme, coder), abstention, own)


def _of(counting: MatchCounting, statistic: str) -> Callable[[Floats], Floats]:
    return lambda sums: OF_MATCHES[statistic](counting.view(sums))
