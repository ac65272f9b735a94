"""Rows for a machine whose themes are its own topics, beside a human coder's codes.

First without saying which topic is which code (clusterings), then with every topic read as a code by a mapping that is
never fitted on the fragments it is scored on. What became of outliers is said at every figure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement import clusterings
from pipeline.agreement import measures as shown
from pipeline.agreement.answers import Numbered
from pipeline.agreement.counts import Floats, one_against_rest
from pipeline.agreement.estimate import Undefined
from pipeline.agreement.evaluation import Measure, evaluate
from pipeline.agreement.ground import Ground, Settings
from pipeline.agreement.mapping import Kind, OutlierPolicy, Topics, apply_outlier_policy, crossfit_mapping
from pipeline.agreement.material import Units
from pipeline.agreement.pairs import Depth
from pipeline.agreement.registry import Categories
from pipeline.agreement.resampling import Method
from pipeline.agreement.rows import Found, Frame, Row, make_rows

ONE_BLOCK = "a mapping is fitted on other blocks than those that are scored, and there is one block only"
KIND_WORDS = {
    Kind.MANY_TO_ONE: "each topic read as a code, cross-fitted",
    Kind.ONE_TO_ONE: "one topic for each code, cross-fitted",
}

_CLUSTERINGS: dict[str, Callable[[Floats], Floats]] = {
    "adjusted_rand": clusterings.adjusted_rand,
    "adjusted_mutual_information": clusterings.adjusted_mutual_information,
    "homogeneity": clusterings.homogeneity,
    "completeness": clusterings.completeness,
    "v_measure": clusterings.v_measure,
    "purity": clusterings.purity,
    "inverse_purity": clusterings.inverse_purity,
    "harmonic_purity": clusterings.harmonic_purity,
    "bcubed_precision": lambda tables: clusterings.bcubed(tables).precision,
    "bcubed_recall": lambda tables: clusterings.bcubed(tables).recall,
    "bcubed_f1": lambda tables: clusterings.bcubed(tables).f1,
}
# Drawing a block twice makes pairs of units that agree with themselves; leaving blocks out does not.
CLUSTERING_MEASURES = tuple(
    Measure(
        name=name,
        of=of,
        explain=lambda _: str(Undefined.ONE_CATEGORY),
        lowest=-1.0 if name.startswith("adjusted") else 0.0,
        method=Method.JACKKNIFE_T_LOG,
    )
    for name, of in _CLUSTERINGS.items()
)


@dataclass(frozen=True, kw_only=True)
class Assignments:
    """The topics of the units of a material.

    Attributes:
        coder: the machine.
        original: shape (n,) topic before outliers were reassigned, negative for outliers.
        assigned: shape (n,) topic after it, negative for who is still an outlier.
        known: shape (n,) whether the machine saw the unit.
    """

    coder: str
    original: Units
    assigned: Units
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class TopicPair:
    """A human coder beside a topic model.

    Attributes:
        numbered: the human answers of the scheme.
        human: the human coder.
        machine: the topics.
        settings: of the draws.
        depth: how much is shown.
    """

    numbered: Numbered
    human: str
    machine: Assignments
    settings: Settings
    depth: Depth

    def rows(self) -> Iterator[Row]:
        """The headline with its codes first, then the other policies for outliers."""
        units = self.units
        for policy in self.policies:
            placed = apply_outlier_policy(self.machine.original[units], policy, reassigned=self.machine.assigned[units])
            ground = Ground(self.numbered.material, units[placed.kept], self.settings)
            frame = self._frame(ground, placed)
            topics = placed.topics[placed.kept]
            yield from self._clusterings(ground, frame, topics)
            yield from self._mapped(ground, frame, topics, headline=policy is self.policies[0])

    @property
    def units(self) -> Units:
        """Positions of the units that both saw."""
        return np.flatnonzero(self.numbered.material.seen(self.numbered.scheme, self.human) & self.machine.known)

    @property
    def policies(self) -> tuple[OutlierPolicy, ...]:
        """The headline policy first; without outliers they are all the same."""
        original, assigned = self.machine.original[self.units], self.machine.assigned[self.units]
        if not (original < 0).any():
            return (OutlierPolicy.OWN_CLUSTER,)
        others = (OutlierPolicy.EXCLUDED, OutlierPolicy.OWN_CLUSTER, OutlierPolicy.SINGLETONS)
        if (original == assigned).all():
            return (others[1], others[0], others[2])
        return (OutlierPolicy.REASSIGNED, *others)

    def read_as_codes(self) -> Units:
        """The machine's code of each unit that both saw, under the headline policy; the last category is *none*."""
        units = self.units
        placed = apply_outlier_policy(
            self.machine.original[units], self.policies[0], reassigned=self.machine.assigned[units]
        )
        ground = Ground(self.numbered.material, units, self.settings)
        return self._read(ground, placed.topics, Kind.MANY_TO_ONE)

    def _clusterings(self, ground: Ground, frame: Frame, topics: Units) -> Iterator[Row]:
        codes = self._codes(ground)
        shape = (int(topics.max(initial=0)) + 1, self._size)
        yield from make_rows(frame, evaluate(ground, topics, codes, shape, CLUSTERING_MEASURES))

    def _mapped(self, ground: Ground, frame: Frame, topics: Units, *, headline: bool) -> Iterator[Row]:
        for kind, words in KIND_WORDS.items():
            policy = "; ".join(part for part in (words, frame.policy) if part)
            mapped_frame = replace(frame, policy=policy)
            whole = headline and kind is Kind.MANY_TO_ONE and self.depth.full
            names = shown.NOMINAL if whole else shown.CORE
            if not ground.folds.any():
                yield from make_rows(mapped_frame, [Found(statistic=name, reason=ONE_BLOCK) for name in names])
                continue
            read, codes = self._read(ground, topics, kind), self._codes(ground)
            shape = (self._size, self._size)
            found = evaluate(ground, codes, read, shape, shown.measures_of(names, Categories(self._size)))
            yield from make_rows(mapped_frame, found)
            if headline and kind is Kind.MANY_TO_ONE:
                yield from self._per_code(ground, mapped_frame, codes, read)

    def _per_code(self, ground: Ground, frame: Frame, codes: Units, read: Units) -> Iterator[Row]:
        labels = self.numbered.material.schemes[self.numbered.scheme].labels
        found = evaluate(
            ground, codes, read, (self._size, self._size), shown.code_measures(self.depth.per_code),
            view=lambda tables: one_against_rest(tables)[..., : len(labels), :, :], labels=labels,
        )  # fmt: skip
        yield from make_rows(frame, sorted(found, key=lambda figure: labels.index(figure.code)))

    def _read(self, ground: Ground, topics: Units, kind: Kind) -> Units:
        """Topics as codes; a topic that got no code says *none*, which is wrong wherever the human gave one."""
        if not ground.folds.any():
            return np.full(topics.size, self._size - 1, dtype=np.int64)
        read = crossfit_mapping(topics, self._codes(ground), ground.folds, kind)
        return np.where(read < 0, self._size - 1, read)

    def _codes(self, ground: Ground) -> Units:
        return np.asarray(self.numbered.first[ground.units, self.numbered.column(self.human)])

    @property
    def _size(self) -> int:
        return len(self.numbered.material.schemes[self.numbered.scheme].labels) + 1

    def _frame(self, ground: Ground, placed: Topics) -> Frame:
        seen = self.numbered.material.seen(self.numbered.scheme, self.human)
        n_outliers = int((~placed.kept).sum())
        outliers = (self.machine.original[self.units] < 0).any()
        words = {
            OutlierPolicy.REASSIGNED: "outliers reassigned",
            OutlierPolicy.EXCLUDED: f"outliers excluded, coverage {placed.coverage:.3f}",
            OutlierPolicy.OWN_CLUSTER: "outliers as one topic",
            OutlierPolicy.SINGLETONS: "outliers as topics of one fragment",
        }
        return Frame(
            coders=(self.human, self.machine.coder),
            scheme=self.numbered.scheme,
            unit=ground.unit,
            n=ground.units.size,
            left=(
                (int((self.machine.known & ~seen).sum()), f"not seen by {self.human}"),
                (int((seen & ~self.machine.known).sum()), f"not seen by {self.machine.coder}"),
                (n_outliers, "outliers"),
            ),
            policy=words[placed.policy] if outliers else "",
        )
