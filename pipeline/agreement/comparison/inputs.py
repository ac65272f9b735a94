"""What a comparison takes: what each coder said of each unit, and the codes of each scheme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Answer: TypeAlias = tuple[str, ...]

BOTH_LEVELS = "theme x polarity"
"""The scheme in which a theme and a polarity are one code."""
NONE = "-"
"""How *looked and gave no code* is printed."""


@dataclass(frozen=True, kw_only=True)
class CodeList:
    """The codes of one scheme, used or not.

    Attributes:
        labels: the codes, from low to high where they have an order.
        ordered: whether their order means something.
        numbers: the numbers that the codes are, ascending, or None.
        as_set: whether the codes of one unit have no first one, so that the set counts as one value.
    """

    labels: tuple[str, ...]
    ordered: bool = False
    numbers: tuple[float, ...] | None = None
    as_set: bool = False


@dataclass(frozen=True, kw_only=True)
class AgreementInputs:
    """Codings of one set of units.

    Attributes:
        units: n names, in the order of their documents' text.
        schemes: scheme to its codes.
        answers: scheme to coder to n answers.
        abstained: scheme and coder to the units that a machine looked at and declined to code.
        sessions: n session names, or None when unknown.
        headings: n headings, named so that equal headings of two documents differ; or None.
        statements: n names of statement blocks, or None.
        copies: n keys of texts that stand more than once, as `find_copies` gives; None where no text is known.
    """

    units: tuple[str, ...]
    schemes: Mapping[str, CodeList]
    answers: Mapping[str, Mapping[str, Sequence[Answer | None]]]
    abstained: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    sessions: tuple[str, ...] | None = None
    headings: tuple[str, ...] | None = None
    statements: tuple[str, ...] | None = None
    copies: tuple[str, ...] | None = None

    def seen(self, scheme: str, coder: str) -> NDArray[np.bool_]:
        """Tell of which units a coder gave an answer, shape (n,); not to be written to."""
        if (scheme, coder) not in self._seen:
            answered = [answer is not None for answer in self.answers[scheme][coder]]
            self._seen[scheme, coder] = np.array(answered, dtype=np.bool_)
            self._seen[scheme, coder].flags.writeable = False
        return self._seen[scheme, coder]

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What others have worked out of these codings, by scheme, so that it is worked out once."""
        return {}

    @cached_property
    def _seen(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        return {}

    def declined(self, scheme: str, coder: str) -> NDArray[np.bool_]:
        """Tell at which units a machine looked and declined to code, shape (n,)."""
        mask = np.zeros(len(self.units), dtype=np.bool_)
        mask[sorted(self.abstained.get((scheme, coder), ()))] = True
        return mask


def list_codes(
    used: Sequence[str], *, order: Sequence[str] | None = None, as_set: bool = False, unused: Sequence[str] = ()
) -> CodeList:
    """Put the codes of a scheme in order: as given, else by value when all are numbers, else by name without order.

    Args:
        used: the codes that coders gave.
        order: all codes from low to high, or None; codes that it lacks come last and undo the order.
        as_set: whether the codes of one unit have no first one.
        unused: codes that coders could have given, in the codebook's sequence; they count as categories.

    >>> list_codes(["10", "-1", "2"]).numbers
    (-1.0, 2.0, 10.0)
    >>> list_codes(["hoog", "laag"], order=["laag", "midden", "hoog"]).labels
    ('laag', 'midden', 'hoog')
    >>> list_codes(["b", "a"]).ordered
    False
    """
    distinct = sorted({*used, *unused})
    if order is not None:
        strangers = [code for code in distinct if code not in order]
        labels = (*order, *strangers)
        numbers = _numbers(labels)
        return CodeList(labels=labels, ordered=not strangers, numbers=numbers, as_set=as_set)
    by_value = sorted(distinct, key=lambda code: (_number(code) or 0.0, code))
    numbers = _numbers(by_value)
    if numbers is not None:
        return CodeList(labels=tuple(by_value), ordered=True, numbers=numbers, as_set=as_set)
    in_book = list(dict.fromkeys(unused))
    return CodeList(labels=(*in_book, *(code for code in distinct if code not in set(in_book))), as_set=as_set)


def _number(code: str) -> float | None:
    try:
        value = float(code)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _numbers(labels: Sequence[str]) -> tuple[float, ...] | None:
    """The numbers behind the codes when all are numbers that ascend; '1' beside '1.0' is no scale."""
    values = [_number(code) for code in labels]
    known = tuple(value for value in values if value is not None)
    ascending = len(known) == len(values) and all(a < b for a, b in zip(known, known[1:], strict=False))
    return known if known and ascending else None
