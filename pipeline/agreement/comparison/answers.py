"""Answers as numbers: the first code, the set of codes, and what each set holds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.agreement.comparison.inputs import NONE, AgreementInputs
from pipeline.agreement.statistics.many_coders import NumberedSets, number_sets
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.registry import Categories
from pipeline.core.errors import InputError
from pipeline.core.views import Floats

MAX_CATEGORIES = 300
"""More than this are texts, not codes; and tables grow with their square."""


@dataclass(frozen=True)
class Numbered:
    """One scheme of a study as numbers.

    Attributes:
        inputs: the codings.
        scheme: the scheme.
        coders: the m coders, in alphabetical order.

    The categories are those that any coder could have chosen: the same in every comparison of the scheme.
    """

    inputs: AgreementInputs
    scheme: str
    coders: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The codes, and ``NONE`` last where a coder looked and gave none."""
        known = self.inputs.schemes[self.scheme].labels
        return (*known, NONE) if self.has_none else known

    @cached_property
    def has_none(self) -> bool:
        """Whether a coder looked and gave no code."""
        return any(answer == () for coder in self.coders for answer in self._answers(coder))

    @cached_property
    def several(self) -> bool:
        """Whether a unit has several codes of one coder."""
        return any(answer is not None and len(answer) > 1 for coder in self.coders for answer in self._answers(coder))

    @cached_property
    def first(self) -> Units:
        """Position in ``labels`` of each coder's first code, -1 where not seen; shape (n, m).

        Raises:
            InputError: there are so many codes that they cannot be codes.
        """
        _check_number(self.scheme, len(self.labels), "codes")
        place = {code: i for i, code in enumerate(self.inputs.schemes[self.scheme].labels)}
        none = len(place)
        columns = [
            [-1 if answer is None else place[answer[0]] if answer else none for answer in self._answers(coder)]
            for coder in self.coders
        ]
        return np.array(columns, dtype=np.int64).reshape(len(self.coders), len(self.inputs.units)).T

    @cached_property
    def sets(self) -> NumberedSets:
        """The coders' sets of codes.

        Raises:
            InputError: there are so many that they cannot be codes.
        """
        rows = [
            [None if answer is None else frozenset(answer) for answer in unit]
            for unit in zip(*(self._answers(coder) for coder in self.coders), strict=True)
        ]
        distinct = {chosen for unit in rows for chosen in unit if chosen is not None}
        _check_number(self.scheme, len(distinct), "sets of codes")
        return number_sets(rows, self.inputs.schemes[self.scheme].labels)

    @cached_property
    def members(self) -> Floats:
        """Whether a set holds a code, shape (sets, codes)."""
        return self.sets.members.astype(np.float64)

    @property
    def as_set(self) -> bool:
        """Whether the set of codes counts as one value."""
        return self.inputs.schemes[self.scheme].as_set and self.several

    @cached_property
    def nominal(self) -> tuple[Units, Categories]:
        """Codes of shape (n, m) of the headline figures: the first code, or the set as one value."""
        if self.as_set:
            return self.sets.codes, Categories(len(self.members), members=self.sets.members)
        return self.first, Categories(len(self.labels))

    @cached_property
    def scale(self) -> tuple[Units, Categories]:
        """First codes on their scale; *no code* has no place on it and counts as missing."""
        codes = self.inputs.schemes[self.scheme]
        on_scale = np.where(self.first < len(codes.labels), self.first, -1)
        numbers = None if codes.numbers is None else np.array(codes.numbers)
        return on_scale, Categories(len(codes.labels), ordered=codes.ordered, numbers=numbers)

    def column(self, coder: str) -> int:
        """Where a coder stands."""
        return self.coders.index(coder)

    def _answers(self, coder: str) -> list[tuple[str, ...] | None]:
        return list(self.inputs.answers[self.scheme][coder])


def number_answers(inputs: AgreementInputs, scheme: str) -> Numbered:
    """Number the answers of all coders of a scheme, once for each study."""
    if scheme not in inputs.kept:
        inputs.kept[scheme] = Numbered(inputs, scheme, tuple(sorted(inputs.answers[scheme])))
    numbered: Numbered = inputs.kept[scheme]
    return numbered


def _check_number(scheme: str, number: int, what: str) -> None:
    if number > MAX_CATEGORIES:
        raise InputError.single(
            f"scheme '{scheme}'" if scheme else "the table",
            f"has {number} different {what}; agreement is computed for {MAX_CATEGORIES} at most",
            "Check that the column holds codes, not text",
        )
