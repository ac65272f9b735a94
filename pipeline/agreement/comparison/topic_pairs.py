"""Rows for a machine whose themes are its own topics, beside a human coder's codes.

First without saying which topic is which code (clusterings), then with every topic read as a code by a mapping that is
never fitted on the fragments it is scored on. What became of outliers is said at every figure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison import measures as shown
from pipeline.agreement.comparison.evaluation import MatchCounting, Measure, TableCounting, evaluate
from pipeline.agreement.comparison.folds import ComparedFragments, Settings, compare_fragments
from pipeline.agreement.comparison.inputs import Assignments, Numbered
from pipeline.agreement.comparison.pairs import Depth
from pipeline.agreement.comparison.rows import AgreementRow, ComparisonHead, FoundFigure, make_rows
from pipeline.agreement.statistics import clusterings
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.counts import Codes
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.folds import have_copy
from pipeline.core.receipts import look_up
from pipeline.core.views import Floats

OUTLIER = -1
UNMAPPED = -1


class TopicMapping(StrEnum):
    """How topics become codes."""

    MANY_TO_ONE = "many_to_one"
    ONE_TO_ONE = "one_to_one"


class OutlierPolicy(StrEnum):
    """What to do with units that the topic model gave to no topic."""

    EXCLUDED = "excluded"
    OWN_CLUSTER = "own_cluster"
    SINGLETONS = "singletons"
    REASSIGNED = "reassigned"


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Topics under one policy for outliers.

    Attributes:
        policy: the policy.
        topics: shape (n,) topic numbers from 0; ``OUTLIER`` only under *excluded* (leave those units out).
        kept: shape (n,) true for the units that are scored.
        coverage: share of units that the topic model itself gave a topic; NaN without units.
    """

    policy: OutlierPolicy
    topics: Codes
    kept: NDArray[np.bool_]
    coverage: float


def apply_outlier_policy(topics: ArrayLike, policy: OutlierPolicy, *, reassigned: ArrayLike) -> Topics:
    """Give outliers (negative topics) their place under one of four policies.

    Args:
        topics: shape (n,) topic numbers, negative for outliers.
        policy: *excluded* leaves them out, *own_cluster* puts them in one topic, *singletons* in a topic each,
            *reassigned* takes ``reassigned``; who is still an outlier there goes into one topic.
        reassigned: shape (n,) topics after the product's own reassignment; only for *reassigned*.

    >>> apply_outlier_policy([0, -1, 1, -1], OutlierPolicy.SINGLETONS, reassigned=[0, 1, 1, -1]).topics.tolist()
    [0, 2, 1, 3]
    """
    given = np.asarray(topics, dtype=np.int64)
    outlier = given < 0
    placed, kept = given.copy(), np.ones(given.size, dtype=bool)
    if policy is OutlierPolicy.EXCLUDED:
        placed[outlier], kept = OUTLIER, ~outlier
    elif policy is OutlierPolicy.REASSIGNED:
        placed = np.array(reassigned, dtype=np.int64)
    first_new = max(int(placed.max(initial=-1)), int(given.max(initial=-1))) + 1
    if policy is OutlierPolicy.SINGLETONS:
        placed[outlier] = first_new + np.arange(int(outlier.sum()))
    elif policy is not OutlierPolicy.EXCLUDED:
        placed[placed < 0] = first_new
    coverage = float(1.0 - outlier.mean()) if given.size else float("nan")
    return Topics(policy=policy, topics=placed, kept=kept, coverage=coverage)


def topic_code_table(topics: ArrayLike, codes: ArrayLike) -> NDArray[np.float64]:
    """Count how often each topic meets each code, leaving out negative topics and codes; shape (topics, codes).

    >>> topic_code_table([0, 0, 1, -1], [1, 1, 0, 0]).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    of_topic, of_code = np.asarray(topics, dtype=np.int64), np.asarray(codes, dtype=np.int64)
    shape = (int(of_topic.max(initial=-1)) + 1, int(of_code.max(initial=-1)) + 1)
    known = (of_topic >= 0) & (of_code >= 0)
    cells = of_topic[known] * shape[1] + of_code[known]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def map_topics(table: ArrayLike, kind: TopicMapping) -> Codes:
    """Find the code of each topic in a table; to be scored on other units than those counted in it.

    Args:
        table: shape (topics, codes).
        kind: *many_to_one* takes each topic's commonest code (a tie goes to the code that is commoner overall, then
            to the first); *one_to_one* gives every code to one topic at most, so that the sum is highest
            (Hungarian method, Kuhn 1955).

    Returns:
        Shape (topics,) the code, ``UNMAPPED`` where the topic met none or got none.

    >>> map_topics([[5, 1], [4, 3], [0, 0]], TopicMapping.MANY_TO_ONE).tolist()
    [0, 0, -1]
    >>> map_topics([[5, 1], [4, 3], [0, 0]], TopicMapping.ONE_TO_ONE).tolist()
    [0, 1, -1]
    """
    counts = np.asarray(table, dtype=np.float64)
    mapped = np.full(counts.shape[0], UNMAPPED, dtype=np.int64)
    if not counts.size:
        return mapped
    if TopicMapping(kind) is TopicMapping.ONE_TO_ONE:
        from scipy.optimize import linear_sum_assignment

        # Without empty rows and columns, or a code that only held-out units carry would decide ties.
        rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
        row, column = linear_sum_assignment(counts[np.ix_(rows, columns)], maximize=True)
        of_topic, of_code = rows[row], columns[column]
        met = counts[of_topic, of_code] > 0
        mapped[of_topic[met]] = of_code[met]
        return mapped
    common_first = np.argsort(-counts.sum(axis=0), kind="stable")
    met = counts.any(axis=1)
    mapped[met] = common_first[counts[:, common_first].argmax(axis=1)][met]
    return mapped


def crossfit_mapping(
    topics: ArrayLike,
    codes: ArrayLike,
    folds: ArrayLike,
    kind: TopicMapping = TopicMapping.MANY_TO_ONE,
    copies: Sequence[str] = (),
) -> Codes:
    """Read topics as codes, each fold with a mapping fitted on the other folds.

    Args:
        topics: shape (n,) topic numbers; negative ones are not mapped.
        codes: shape (n,) codes of the human coder, -1 is missing; those units are mapped and teach nothing.
        folds: shape (n,) fold numbers of whole blocks, as `deal_blocks` gives them.
        kind: how topics become codes.
        copies: n keys of texts that stand more than once; a text that is read in a fold teaches it nothing elsewhere.

    Returns:
        Shape (n,) the mapped code, ``UNMAPPED`` where the topic was not seen (or got no code) in the other folds.

    >>> crossfit_mapping([0, 0, 0, 0, 1], [2, 2, 2, 0, 1], [0, 1, 2, 2, 2]).tolist()
    [2, 2, 2, 2, -1]
    """
    of_topic, of_code = np.asarray(topics, dtype=np.int64), np.asarray(codes, dtype=np.int64)
    fold = np.asarray(folds, dtype=np.int64)
    mapped = np.full(of_topic.size, UNMAPPED, dtype=np.int64)
    whole = topic_code_table(of_topic, of_code)
    for held_out in np.unique(fold):
        here = fold == held_out
        untaught = here | have_copy(copies, here) if len(copies) else here
        other = topic_code_table(np.where(untaught, -1, of_topic), of_code)
        table = np.zeros_like(whole)
        table[: other.shape[0], : other.shape[1]] = other
        scored = here & (of_topic >= 0)
        mapped[scored] = map_topics(table, kind)[of_topic[scored]]
    return mapped


ONE_BLOCK = "a mapping is fitted on other blocks than those that are scored, and there is one block only"
KIND_WORDS = {
    TopicMapping.MANY_TO_ONE: "each topic read as a code, cross-fitted",
    TopicMapping.ONE_TO_ONE: "one topic for each code, cross-fitted",
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
        explain=lambda _, __: str(Undefined.ONE_CATEGORY),
        lowest=-1.0 if name.startswith("adjusted") else 0.0,
        method=Method.JACKKNIFE_T_LOG,
        by_name=False,
    )
    for name, of in _CLUSTERINGS.items()
)


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

    def rows(self) -> Iterator[AgreementRow]:
        """The headline with its codes first, then the other policies for outliers."""
        units = self.units
        for policy in self.policies:
            placed = apply_outlier_policy(self.machine.original[units], policy, reassigned=self.machine.assigned[units])
            compared = compare_fragments(self.numbered.inputs, units[placed.kept], self.settings)
            frame = self._frame(compared, placed)
            topics = placed.topics[placed.kept]
            yield from self._clusterings(compared, frame, topics)
            yield from self._mapped(compared, frame, topics, headline=policy is self.policies[0])

    @property
    def units(self) -> Units:
        """Positions of the units that both saw."""
        return np.flatnonzero(self.numbered.inputs.seen(self.numbered.scheme, self.human) & self.machine.known)

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
        compared = compare_fragments(self.numbered.inputs, units, self.settings)
        return self._read(compared, placed.topics, TopicMapping.MANY_TO_ONE)

    def _clusterings(self, compared: ComparedFragments, frame: ComparisonHead, topics: Units) -> Iterator[AgreementRow]:
        codes = self._codes(compared)
        shape = (int(topics.max(initial=0)) + 1, self._size)
        yield from make_rows(frame, evaluate(compared, topics, codes, TableCounting(shape), CLUSTERING_MEASURES))

    def _mapped(
        self, compared: ComparedFragments, frame: ComparisonHead, topics: Units, *, headline: bool
    ) -> Iterator[AgreementRow]:
        for kind, words in KIND_WORDS.items():
            policy = "; ".join(part for part in (words, frame.policy) if part)
            mapped_frame = replace(frame, policy=policy)
            whole = headline and kind is TopicMapping.MANY_TO_ONE and self.depth.full
            names = shown.NOMINAL if whole else shown.CORE
            if not compared.folds.any():
                yield from make_rows(mapped_frame, [FoundFigure(statistic=name, reason=ONE_BLOCK) for name in names])
                continue
            read, codes = self._read(compared, topics, kind), self._codes(compared)
            found = evaluate(compared, codes, read, MatchCounting(self._size), shown.nominal_measures(names))
            yield from make_rows(mapped_frame, found)
            if headline and kind is TopicMapping.MANY_TO_ONE:
                yield from self._per_code(compared, mapped_frame, codes, read)

    def _per_code(
        self, compared: ComparedFragments, frame: ComparisonHead, codes: Units, read: Units
    ) -> Iterator[AgreementRow]:
        labels = self.numbered.inputs.schemes[self.numbered.scheme].labels
        counting = MatchCounting(self._size, n_codes=len(labels))
        found = evaluate(compared, codes, read, counting, shown.code_measures(self.depth.per_code), labels=labels)
        yield from make_rows(frame, sorted(found, key=lambda figure: labels.index(figure.code)))

    def _read(self, compared: ComparedFragments, topics: Units, kind: TopicMapping) -> Units:
        """Topics as codes; a topic that got no code says *none*, which is wrong wherever the human gave one."""
        if not compared.folds.any():
            return np.full(topics.size, self._size - 1, dtype=np.int64)
        codes = self._codes(compared)
        found = look_up(
            self.settings.kept,
            lambda: ["topics as codes", compared.identity, topics, codes, kind],
            lambda: crossfit_mapping(topics, codes, compared.folds, kind, compared.copies).tolist(),
        )
        read = np.array(found, dtype=np.int64)
        return np.where(read < 0, self._size - 1, read)

    def _codes(self, compared: ComparedFragments) -> Units:
        return np.asarray(self.numbered.first[compared.units, self.numbered.column(self.human)])

    @property
    def _size(self) -> int:
        return len(self.numbered.inputs.schemes[self.numbered.scheme].labels) + 1

    def _frame(self, compared: ComparedFragments, placed: Topics) -> ComparisonHead:
        seen = self.numbered.inputs.seen(self.numbered.scheme, self.human)
        n_outliers = int((~placed.kept).sum())
        outliers = (self.machine.original[self.units] < 0).any()
        words = {
            OutlierPolicy.REASSIGNED: "outliers reassigned",
            OutlierPolicy.EXCLUDED: f"outliers excluded, coverage {placed.coverage:.3f}",
            OutlierPolicy.OWN_CLUSTER: "outliers as one topic",
            OutlierPolicy.SINGLETONS: "outliers as topics of one fragment",
        }
        return ComparisonHead(
            coders=(self.human, self.machine.coder),
            scheme=self.numbered.scheme,
            unit=compared.unit,
            n=compared.units.size,
            left=(
                (int((self.machine.known & ~seen).sum()), f"not seen by {self.human}"),
                (int((seen & ~self.machine.known).sum()), f"not seen by {self.machine.coder}"),
                (n_outliers, "outliers"),
            ),
            policy=words[placed.policy] if outliers else "",
        )
