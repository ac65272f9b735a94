"""Rows for two coders, and for all coders together, in one scheme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from pipeline.agreement.comparison import measures as shown
from pipeline.agreement.comparison.evaluation import (
    Counting,
    MatchCounting,
    Measure,
    MemberCounting,
    TableCounting,
    evaluate,
    evaluate_many,
)
from pipeline.agreement.comparison.folds import ComparedFragments, Settings, compare_fragments
from pipeline.agreement.comparison.inputs import AgreementInputs, Numbered, number_answers
from pipeline.agreement.comparison.rows import AgreementRow, ComparisonHead, FoundFigure, make_rows
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.registry import COEFFICIENTS, Categories
from pipeline.core.views import Mask


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How much is shown.

    Attributes:
        full: everything, or the four usual statistics with those that the codes' order or sets allow.
        lacking: with a row also for scales that the codes do not have, which says so.
    """

    full: bool = True
    lacking: bool = False

    @property
    def nominal(self) -> Sequence[str]:
        """Statistics of two coders in a whole scheme."""
        return shown.NOMINAL if self.full else shown.CORE

    @property
    def per_code(self) -> Sequence[str]:
        """Statistics of one code against the rest."""
        return shown.PER_CODE if self.full else shown.CORE

    def ordered(self, categories: Categories, names: Sequence[str] = shown.ORDERED) -> list[str]:
        """Statistics that need an order, where there is one."""
        return [name for name in names if categories.lack(COEFFICIENTS[name].needs) is None]


@dataclass(frozen=True)
class PairComparison:
    """Two coders in one scheme.

    Attributes:
        numbered: the answers.
        coders: the two.
        settings: of the draws.
        depth: how much is shown.
    """

    numbered: Numbered
    coders: tuple[str, str]
    settings: Settings
    depth: Depth

    def rows(self) -> Iterator[AgreementRow]:
        """All rows: the scheme as a whole, its policies, its codes; an abstention counts as wrong, first."""
        units = np.flatnonzero(self._seen_by_both())
        compared = compare_fragments(self.numbered.inputs, units, self.settings)
        yield from self._abstentions(self.depth.nominal)
        frame = self._frame(compared)
        if not units.size:
            reason = self._why_nothing()
            yield from make_rows(frame, [FoundFigure(statistic=name, reason=reason) for name in self.depth.nominal])
            return
        yield from self._nominal(compared, frame, *self.numbered.nominal, self.depth.nominal)
        yield from self._scale(compared, frame)
        if self.numbered.several:
            yield from self._sets(compared, frame)
        yield from self._policies(compared, frame)
        yield from self._per_code()

    def whole(self) -> Iterator[AgreementRow]:
        """The four usual statistics of the scheme as a whole, and nothing else."""
        yield from self._abstentions(shown.CORE)
        compared = compare_fragments(self.numbered.inputs, np.flatnonzero(self._seen_by_both()), self.settings)
        yield from self._nominal(compared, self._frame(compared), *self.numbered.nominal, shown.CORE)

    def _nominal(
        self,
        compared: ComparedFragments,
        frame: ComparisonHead,
        codes: Units,
        categories: Categories,
        names: Sequence[str],
    ) -> Iterator[AgreementRow]:
        counting = MatchCounting(categories.size)
        yield from make_rows(frame, self._evaluated(compared, codes, counting, shown.nominal_measures(names)))

    def _scale(self, compared: ComparedFragments, frame: ComparisonHead) -> Iterator[AgreementRow]:
        codes, categories = self.numbered.scale
        if self.numbered.several:
            return
        names = self.depth.ordered(categories)
        kept = compared.units[(codes[compared.units][:, self._columns()] >= 0).all(axis=1)]
        n_lost = compared.units.size - kept.size
        left = (*frame.left, (n_lost, "without a code"))
        frame = replace(frame, n=kept.size, left=left, policy=_with(frame, ON_SCALE) if n_lost else frame.policy)
        compared = compare_fragments(compared.inputs, kept, self.settings)
        counting, found = TableCounting((categories.size,) * 2), shown.measures_of(names, categories)
        yield from make_rows(replace(frame, unit=compared.unit), self._evaluated(compared, codes, counting, found))
        if self.depth.lacking:
            lacking = [name for name in shown.ORDERED if name not in names]
            yield from make_rows(frame, _undefined(lacking, categories))

    def _sets(self, compared: ComparedFragments, frame: ComparisonHead) -> Iterator[AgreementRow]:
        counting, found = shown.set_measures(shown.SETS if self.depth.full else shown.SETS[:1], self.numbered.members)
        yield from make_rows(frame, self._evaluated(compared, self.numbered.sets.codes, counting, found))

    def _policies(self, compared: ComparedFragments, frame: ComparisonHead) -> Iterator[AgreementRow]:
        codes, categories = self.numbered.nominal
        first = self.numbered.first
        if self.numbered.as_set and self.depth.full:
            policy = replace(frame, policy=_with(frame, FIRST_ONLY))
            yield from self._nominal(compared, policy, first, Categories(len(self.numbered.labels)), shown.CORE)
        elif self.numbered.several and self.depth.full:
            sets = self.numbered.sets
            policy = replace(frame, policy=_with(frame, SETS_AS_VALUES))
            yield from self._nominal(compared, policy, sets.codes, Categories(len(sets.members)), shown.CORE)
        on_scale = self.numbered.scale[0][:, self._columns()]
        coded = compared.units[(on_scale[compared.units] >= 0).all(axis=1)]
        if coded.size < compared.units.size:
            only = compare_fragments(compared.inputs, coded, self.settings)
            left = (*frame.left, (compared.units.size - coded.size, "without a code of one of the two"))
            policy = replace(frame, n=coded.size, left=left, policy=_with(frame, CODED_ONLY), unit=only.unit)
            yield from self._nominal(only, policy, codes, categories, shown.CORE)

    def _abstentions(self, names: Sequence[str]) -> Iterator[AgreementRow]:
        """The figures in which an abstention is an answer that nobody else gives."""
        codes, categories = self.numbered.nominal
        compared, judged = self._judged(codes, categories.size)
        if not self._declined.any() or not compared.units.size:
            return
        frame = replace(self._frame(compared, declined_counts=True), policy=ABSTENTION_AS_CODE)
        counting = MatchCounting(categories.size + 1)
        yield from make_rows(
            frame, evaluate(compared, judged[:, 0], judged[:, 1], counting, shown.nominal_measures(names))
        )

    def _per_code(self) -> Iterator[AgreementRow]:
        codes = self.numbered.inputs.schemes[self.numbered.scheme].labels
        if not codes:
            return
        counting: Counting
        if self.numbered.several:
            # One set more, without any code: that of an abstention.
            sets = np.vstack([self.numbered.members, np.zeros((1, len(codes)))])
            answers, n_answers, counting = self.numbered.sets.codes, len(sets) - 1, MemberCounting(sets)
        else:
            answers, n_answers = self.numbered.first, len(self.numbered.labels)
            counting = MatchCounting(n_answers + 1, n_codes=len(codes))
        compared, judged = self._judged(answers, n_answers)
        frame = self._frame(compared, declined_counts=True)
        if self._declined.any():
            frame = replace(frame, policy=ABSTENTION_AS_CODE)
        found = shown.code_measures(self.depth.per_code)
        by_measure = evaluate(compared, judged[:, 0], judged[:, 1], counting, found, labels=codes)
        place = {code: i for i, code in enumerate(codes)}
        yield from make_rows(frame, sorted(by_measure, key=lambda figure: place[figure.code]))

    @cached_property
    def _declined(self) -> Mask:
        """Whether a coder looked and declined to code, shape (n, 2)."""
        inputs, scheme = self.numbered.inputs, self.numbered.scheme
        return np.column_stack([inputs.declined(scheme, coder) for coder in self.coders])

    def _judged(self, codes: Units, abstention: int) -> tuple[ComparedFragments, Units]:
        """The units that both have looked at, and their two codes, abstentions as one more."""
        both = codes[:, self._columns()]
        judged = np.where((both < 0) & self._declined, abstention, both)
        units = np.flatnonzero((judged >= 0).all(axis=1))
        return compare_fragments(self.numbered.inputs, units, self.settings), judged[units]

    def _evaluated(
        self, compared: ComparedFragments, codes: Units, counting: Counting, found: list[Measure]
    ) -> list[FoundFigure]:
        given = codes[compared.units][:, self._columns()]
        return evaluate(compared, given[:, 0], given[:, 1], counting, found)

    def _columns(self) -> list[int]:
        return [self.numbered.column(coder) for coder in self.coders]

    def _why_nothing(self) -> str:
        answered = [self.numbered.inputs.seen(self.numbered.scheme, coder).any() for coder in self.coders]
        return str(Undefined.NO_COMMON_UNIT if all(answered) else Undefined.CODER_WITHOUT_CODES)

    def _seen_by_both(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        first, second = (self.numbered.inputs.seen(self.numbered.scheme, coder) for coder in self.coders)
        return np.asarray(first & second)

    def _frame(self, compared: ComparedFragments, *, declined_counts: bool = False) -> ComparisonHead:
        inputs, scheme = self.numbered.inputs, self.numbered.scheme
        seen = [inputs.seen(scheme, coder) for coder in self.coders]
        declined = [inputs.declined(scheme, coder) for coder in self.coders]
        open_ = (seen[0] | seen[1] | declined[0] | declined[1]) & ~np.isin(np.arange(len(seen[0])), compared.units)
        left: list[tuple[int, str]] = []
        for coder, own, own_declined in zip(self.coders, seen, declined, strict=True):
            unseen = open_ & ~own & ~own_declined
            left.append((int(unseen.sum()), f"not seen by {coder}"))
            open_ = open_ & ~unseen
        for coder, own_declined in zip(self.coders, declined, strict=True):
            if not declined_counts:
                left.append((int((open_ & own_declined).sum()), f"{LEFT_OPEN} {coder}"))
                open_ = open_ & ~own_declined
        n_open = sum(count for count, why in left if why.startswith(LEFT_OPEN))
        answered = f"{ANSWERED_ONLY} {compared.units.size / (compared.units.size + n_open):.3f}" if n_open else ""
        return ComparisonHead(
            coders=self.coders,
            scheme=scheme,
            unit=compared.unit,
            n=compared.units.size,
            left=tuple(left),
            policy=answered,
        )


def many_rows(numbered: Numbered, coders: tuple[str, ...], settings: Settings, depth: Depth) -> Iterator[AgreementRow]:
    """Rows for all coders together; per code on the first code."""
    columns = [numbered.column(coder) for coder in coders]
    yield from _many(numbered, coders, numbered.nominal, settings, depth, shown.MANY_CORE)
    codes, categories = numbered.scale
    if not numbered.several:
        names = [name for name in depth.ordered(categories, shown.MANY) if name not in shown.MANY_CORE]
        plain = [name for name in names if name not in shown.ORDERED]
        yield from _many(numbered, coders, numbered.nominal, settings, depth, plain if depth.full else ())
        ordered = [name for name in names if name in shown.ORDERED]
        yield from _many(numbered, coders, (codes, categories), settings, depth, ordered)
    else:
        sets = Categories(len(numbered.members), members=numbered.sets.members)
        yield from _many(numbered, coders, (numbered.sets.codes, sets), settings, depth, shown.SETS)
    labels = numbered.labels
    frame, compared = _many_frame(numbered, coders, numbered.first[:, columns], settings)
    found = evaluate_many(
        compared, numbered.first[compared.units][:, columns], len(labels),
        list(shown.many_measures(shown.MANY_CORE, Categories(2))), labels=labels,
    )  # fmt: skip
    kept = [figure for figure in found if figure.code in numbered.inputs.schemes[numbered.scheme].labels]
    policy = FIRST_ONLY if numbered.several else ""
    place = {code: i for i, code in enumerate(labels)}
    yield from make_rows(replace(frame, policy=policy), sorted(kept, key=lambda figure: place[figure.code]))


def _many(
    numbered: Numbered,
    coders: tuple[str, ...],
    given: tuple[Units, Categories],
    settings: Settings,
    depth: Depth,
    names: Sequence[str],
) -> Iterator[AgreementRow]:
    codes, categories = given
    columns = [numbered.column(coder) for coder in coders]
    frame, compared = _many_frame(numbered, coders, codes[:, columns], settings)
    found = list(shown.many_measures(names, categories))
    yield from make_rows(frame, evaluate_many(compared, codes[compared.units][:, columns], categories.size, found))


def _many_frame(
    numbered: Numbered, coders: tuple[str, ...], codes: Units, settings: Settings
) -> tuple[ComparisonHead, ComparedFragments]:
    n_answers = (codes >= 0).sum(axis=1)
    compared = compare_fragments(numbered.inputs, np.flatnonzero(n_answers > 0), settings)
    alone = int((n_answers == 1).sum())
    left = ((alone, "seen by one coder only"),)
    n = int((n_answers >= 2).sum())
    return ComparisonHead(coders=coders, scheme=numbered.scheme, unit=compared.unit, n=n, left=left), compared


def _with(frame: ComparisonHead, policy: str) -> str:
    return f"{frame.policy}; {policy}" if frame.policy else policy


def _undefined(names: Sequence[str], categories: Categories) -> list[FoundFigure]:
    reasons = [(name, categories.lack(COEFFICIENTS[name].needs)) for name in names]
    return [FoundFigure(statistic=name, reason=str(reason or Undefined.NO_UNITS)) for name, reason in reasons]


@dataclass(frozen=True)
class SchemeComparison:
    """One comparison in one scheme.

    Attributes:
        numbered: the answers of the scheme.
        coders: who is compared: two, or all of three and more.
        settings: of the draws.
        depth: how much is shown.
    """

    numbered: Numbered
    coders: tuple[str, ...]
    settings: Settings
    depth: Depth

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self.numbered.scheme

    def rows(self) -> Iterator[AgreementRow]:
        """The rows of this comparison, overall before codes."""
        if len(self.coders) == 2:
            return PairComparison(self.numbered, (self.coders[0], self.coders[1]), self.settings, self.depth).rows()
        return many_rows(self.numbered, self.coders, self.settings, self.depth)


def plan_steps(
    inputs: AgreementInputs, schemes: Sequence[str], coders: Sequence[str], settings: Settings, depth: Depth
) -> list[SchemeComparison]:
    """List the comparisons: all coders together where there are three or more, then pairs in alphabetical order.

    Args:
        inputs: the codings.
        schemes: in printing order.
        coders: who may be compared; a coder takes part in the schemes that he coded.
        settings: of the draws.
        depth: how much is shown.
    """
    people = {scheme: tuple(coder for coder in sorted(coders) if coder in inputs.answers[scheme]) for scheme in schemes}
    numbered = {scheme: number_answers(inputs, scheme) for scheme in schemes}
    together = [SchemeComparison(numbered[s], people[s], settings, depth) for s in schemes if len(people[s]) > 2]
    pairs = [
        SchemeComparison(numbered[scheme], pair, settings, depth)
        for pair in combinations(sorted({coder for named in people.values() for coder in named}), 2)
        for scheme in schemes
        if set(pair) <= set(people[scheme])
    ]
    return [*together, *pairs]


FIRST_ONLY = "first code only"
SETS_AS_VALUES = "the set of codes as one value"
CODED_ONLY = "only fragments to which both gave a code"
ABSTENTION_AS_CODE = "abstention as a code"
"""An answer that nobody else gives, so that it counts as wrong."""
ANSWERED_ONLY = "answered only, coverage"
LEFT_OPEN = "left open by"
ON_SCALE = "no code has no place on the scale"
