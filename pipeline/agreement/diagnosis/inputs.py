"""What a diagnosis looks at: the codings of a study, its topics and vectors, and how much is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.agreement.comparison.folds import ComparedFragments, Settings, compare_fragments
from pipeline.agreement.comparison.inputs import (
    AgreementInputs,
    Assignments,
    Numbered,
    make_assignments,
    make_inputs,
    number_answers,
)
from pipeline.agreement.comparison.rows import FoundFigure
from pipeline.agreement.comparison.topic_pairs import OUTLIER, TopicMapping, crossfit_mapping
from pipeline.agreement.statistics.coefficients import divide
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.resampling import Method
from pipeline.core.views import Floats, mark_members, stack_vectors
from pipeline.core.vocabulary import ADJUDICATED_CODER, TAUGHT_CODER, Scheme, Status, is_machine

SHARE = (0.0, 1.0)


def interval_of(
    compared: ComparedFragments,
    numbers: ArrayLike,
    statistic: Callable[[Floats], Floats],
    *,
    bounds: tuple[float, float] = SHARE,
    method: Method = Method.JACKKNIFE_T,
    freedom: int | None = None,
) -> dict[str, Any]:
    """Give a statistic of sums over units its interval.

    Blocks in which all numbers are zero are no evidence and are left out.

    Args:
        compared: what belongs together in the m units.
        numbers: shape (m, ...) numbers that add up over units.
        statistic: takes sums (..., *shape of one unit), gives (...).
        bounds: limits of the statistic.
        method: of the interval.
        freedom: degrees of freedom of the jackknife; one less than blocks by default.

    Returns:
        Columns ``unit``, ``estimate``, ``low``, ``high`` and ``reason``.
    """
    given = np.asarray(numbers, dtype=np.float64)
    by_block = np.zeros((compared.n_blocks, *given.shape[1:]))
    np.add.at(by_block, compared.blocks.index, given)
    return interval_of_blocks(compared, by_block, statistic, bounds=bounds, method=method, freedom=freedom)


def interval_of_blocks(
    compared: ComparedFragments,
    by_block: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    bounds: tuple[float, float] = SHARE,
    method: Method = Method.JACKKNIFE_T,
    freedom: int | None = None,
) -> dict[str, Any]:
    """Give a statistic of tables (blocks, ...) that add up over blocks its interval; columns as `interval_of`."""
    kept = by_block[by_block.reshape(len(by_block), -1).any(axis=1)] if by_block.size else by_block[:0]
    [found] = compared.intervals(kept, statistic, lowest=bounds[0], highest=bounds[1], method=method, freedom=freedom)
    return {
        "unit": compared.unit,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "reason": None if found.reason is None else str(found.reason),
    }


def share_of(compared: ComparedFragments, hit: ArrayLike, of: ArrayLike) -> dict[str, Any]:
    """Give a share its interval.

    Args:
        compared: what belongs together in the m units.
        hit: shape (m,) units that count.
        of: shape (m,) units among which they count.

    Returns:
        Columns as `interval_of`.
    """
    among = np.asarray(of, dtype=bool)
    numbers = np.stack([np.asarray(hit, dtype=bool) & among, among], axis=-1)
    return interval_of(compared, numbers, lambda sums: divide(sums[..., 0], sums[..., 1]))


def columns_of(found: FoundFigure, compared: ComparedFragments) -> dict[str, Any]:
    """Give the columns of a figure that was evaluated with its chance level."""
    return {
        "unit": compared.unit,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "chance": found.chance,
        "p": found.p,
        "reason": found.reason,
    }


@dataclass(frozen=True)
class DiagnosisInputs:
    """A study as the diagnosis sees it.

    Attributes:
        inputs: n units with their answers.
        topics: the topic of each unit.
        topic_ids: the names of the topics.
        vectors: shape (n, d), zeros where a unit has none.
        has_vector: shape (n,).
        hats: n hats written in the source, None where there is none.
        used: shape (n,) whether the unit is analysed.
        settings: of the draws.
    """

    inputs: AgreementInputs
    topics: Assignments
    topic_ids: tuple[str, ...]
    vectors: Floats
    has_vector: NDArray[np.bool_]
    hats: tuple[str | None, ...]
    used: NDArray[np.bool_]
    settings: Settings

    @property
    def has_topics(self) -> bool:
        """Whether the machine made topics."""
        return bool((self.topics.assigned >= 0).any())

    def coders_of(self, scheme: str) -> tuple[str, ...]:
        """All coders of a scheme, human and machine, in alphabetical order."""
        return tuple(sorted(self.inputs.answers.get(scheme, {})))

    def people_of(self, scheme: str) -> tuple[str, ...]:
        """The human coders of a scheme."""
        return tuple(coder for coder in self.coders_of(scheme) if not is_machine(coder))

    def coders_apart(self, scheme: str) -> tuple[str, ...]:
        """The people who coded a scheme apart from each other: what they settled together is no further opinion."""
        return tuple(coder for coder in self.people_of(scheme) if coder != ADJUDICATED_CODER)

    def pairs_of(self, scheme: str) -> list[tuple[str, str]]:
        """Every two people, then each of them with the taught machine where it codes this scheme."""
        people = self.people_of(scheme)
        taught = [(coder, TAUGHT_CODER) for coder in people if TAUGHT_CODER in self.coders_of(scheme)]
        return [*combinations(people, 2), *taught]

    def numbered(self, scheme: str) -> Numbered:
        """The answers of a scheme as numbers."""
        return number_answers(self.inputs, scheme)

    def seen(self, scheme: str, coder: str) -> NDArray[np.bool_]:
        """Which units a coder has answered, shape (n,)."""
        return self.inputs.seen(scheme, coder)

    def members(self, scheme: str, coder: str) -> NDArray[np.bool_]:
        """Whether a coder gave a unit a code, shape (n, codes); all false where not seen."""
        return mark_members(self.inputs.schemes[scheme].labels, self.inputs.answers[scheme][coder])

    def compared(self, units: Units) -> ComparedFragments:
        """What belongs together in these units."""
        return compare_fragments(self.inputs, units, self.settings)

    def read_topics(self, scheme: str, coder: str) -> tuple[Units, Units]:
        """Read topics as first codes of a coder, each fold with a mapping fitted on the others.

        Returns:
            Positions of the units that the coder saw and that have a topic, and the code of each; the last category,
            one past the codes, is *none*. Without two blocks there are no units.
        """
        units = np.flatnonzero(self.seen(scheme, coder) & (self.topics.assigned != OUTLIER) & self.topics.known)
        compared = self.compared(units)
        if not units.size or not compared.folds.any():
            return units[:0], units[:0]
        numbered = self.numbered(scheme)
        codes = numbered.first[units, numbered.column(coder)]
        read = crossfit_mapping(
            self.topics.assigned[units], codes, compared.folds, TopicMapping.MANY_TO_ONE, compared.copies
        )
        return units, np.where(read < 0, len(self.inputs.schemes[scheme].labels), read)


def make_diagnosis_inputs(
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    fragments: pd.DataFrame,
    codebook: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    embeddings: pd.DataFrame,
    settings: Settings,
) -> DiagnosisInputs:
    """Bring the tables of a study together."""
    inputs = make_inputs(codings, seen, fragments, codebook)
    topics, topic_ids = make_assignments(inputs, topic_assignments)
    vectors, has_vector = stack_vectors(embeddings, inputs.units)
    by_id = fragments.set_index("fragment_id").loc[list(inputs.units)]
    return DiagnosisInputs(
        inputs=inputs,
        topics=topics,
        topic_ids=topic_ids,
        vectors=vectors,
        has_vector=has_vector,
        hats=tuple(None if pd.isna(hat) else str(hat) for hat in by_id["hat_given"]),
        used=(by_id["status"] == Status.USED).to_numpy(dtype=np.bool_),
        settings=settings,
    )


def themes_of(study: DiagnosisInputs) -> tuple[str, ...]:
    """The schemes that topics are compared with: themes, and sub-themes where people coded them."""
    return tuple(str(s) for s in (Scheme.THEME, Scheme.SUBTHEME) if study.people_of(str(s)))
