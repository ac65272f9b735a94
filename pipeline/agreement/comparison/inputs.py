"""What a comparison takes: the codes of each scheme, and what each coder gave each unit, from tables and as numbers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.statistics.many_coders import NumberedSets, number_sets
from pipeline.agreement.statistics.permutation import Units
from pipeline.agreement.statistics.registry import Categories
from pipeline.core.errors import InputError
from pipeline.core.folds import find_copies
from pipeline.core.views import Floats
from pipeline.core.vocabulary import (
    DECIDED_CODER,
    INDUCTIVE_CODER,
    NEUTRAL_POLARITY,
    OUTLIER_TOPIC,
    Scheme,
    Sentiment,
    Status,
    is_machine,
)

if TYPE_CHECKING:
    # A table of codings is compared without pandas.
    import pandas as pd

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
    def latest(self) -> dict[Any, Any]:
        """What was last worked out of some of these units; see ``compare_fragments``."""
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
        unlisted = [code for code in distinct if code not in order]
        labels = (*order, *unlisted)
        numbers = _numbers(labels)
        return CodeList(labels=labels, ordered=not unlisted, numbers=numbers, as_set=as_set)
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


@dataclass(frozen=True, kw_only=True)
class Assignments:
    """The topics of the units of a study.

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


SENTIMENT_ORDER = (str(Sentiment.NEGATIEF), str(Sentiment.NEUTRAAL), str(Sentiment.POSITIEF))
GROUPERS = (INDUCTIVE_CODER, DECIDED_CODER)
"""Their themes have ids of their own, which are no codes of the codebook: they are compared as groups."""


def make_inputs(
    codings: "pd.DataFrame", seen: "pd.DataFrame", fragments: "pd.DataFrame", codebook: "pd.DataFrame"
) -> AgreementInputs:
    """Bring the codings of a study, but for topics, together.

    A human coder has seen what the table ``seen`` says. A machine has seen every fragment with status *used*; where it
    gave no row it declined to say.

    Args:
        codings: the table of that name.
        seen: the table of that name.
        fragments: the table of that name.
        codebook: the table of that name.
    """
    placed = fragments.sort_values(["session", "source_id", "char_start", "fragment_id"], kind="stable")
    units = tuple(placed["fragment_id"])
    position = {unit: i for i, unit in enumerate(units)}
    given = _given(codings)
    looked = _looked(seen, given)
    answers: dict[str, dict[str, list[Answer | None]]] = defaultdict(dict)
    abstained: dict[tuple[str, str], frozenset[int]] = {}
    for (scheme, coder), fragment_ids in sorted(looked.items()):
        row: list[Answer | None] = [None] * len(units)
        for fragment_id in fragment_ids & position.keys():
            row[position[fragment_id]] = given.get((scheme, coder), {}).get(fragment_id, ())
        answers[scheme][coder] = row
        if is_machine(coder):
            abstained[scheme, coder] = _declined(placed, row)
    return AgreementInputs(
        units=units,
        schemes={scheme: _codes_of(scheme, by_coder, codebook) for scheme, by_coder in answers.items()},
        answers=answers,
        abstained=abstained,
        sessions=tuple(placed["session"]),
        headings=_headings(placed),
        statements=tuple(placed["block"]),
        copies=tuple(find_copies(placed["text"].tolist())),
    )


def make_assignments(inputs: AgreementInputs, topic_assignments: "pd.DataFrame") -> tuple[Assignments, tuple[str, ...]]:
    """Number the topics of the units; also gives their ids."""
    ids = sorted({*topic_assignments["topic_id"], *topic_assignments["original"]} - {OUTLIER_TOPIC})
    number = {**{topic: i for i, topic in enumerate(ids)}, OUTLIER_TOPIC: -1}
    position = {unit: i for i, unit in enumerate(inputs.units)}
    original, assigned = (np.full(len(position), -1, dtype=np.int64) for _ in range(2))
    known = np.zeros(len(position), dtype=np.bool_)
    rows = zip(
        topic_assignments["fragment_id"], topic_assignments["original"], topic_assignments["topic_id"], strict=True
    )
    for fragment_id, before, after in rows:
        place = position[fragment_id]
        original[place], assigned[place], known[place] = number[before], number[after], True
    return Assignments(coder=INDUCTIVE_CODER, original=original, assigned=assigned, known=known), tuple(ids)


def make_subtopics(
    inputs: AgreementInputs, codings: "pd.DataFrame", topics: Assignments
) -> tuple[Assignments, tuple[str, ...]]:
    """Number the subtopics of the units, the first of each; outliers are those of the topics. None: no unit known."""
    found, ids = _make_groups(inputs, codings, topics, INDUCTIVE_CODER, Scheme.SUBTHEME)
    return replace(found, original=np.where(topics.original < 0, -1, found.assigned)), ids


def make_decided(
    inputs: AgreementInputs, codings: "pd.DataFrame", topics: Assignments
) -> tuple[Assignments, tuple[str, ...]]:
    """Number the themes after what people decided, as topics are; what they dropped is outside. None: no unit known."""
    return _make_groups(inputs, codings, topics, DECIDED_CODER, Scheme.THEME)


def _make_groups(
    inputs: AgreementInputs, codings: "pd.DataFrame", topics: Assignments, coder: str, scheme: Scheme
) -> tuple[Assignments, tuple[str, ...]]:
    rows = codings.loc[(codings["coder"] == coder) & (codings["scheme"] == scheme) & (codings["rank"] == 1)]
    ids = sorted(set(rows["code"]))
    position = {unit: i for i, unit in enumerate(inputs.units)}
    assigned = np.full(len(position), -1, dtype=np.int64)
    for fragment_id, theme in zip(rows["fragment_id"], rows["code"], strict=True):
        assigned[position[fragment_id]] = ids.index(theme)
    known = topics.known & bool(ids)
    return Assignments(coder=coder, original=assigned, assigned=assigned, known=known), tuple(ids)


def with_both_levels(
    inputs: AgreementInputs, themes: Mapping[str, Sequence[str | None]], polarities: Mapping[str, str]
) -> AgreementInputs:
    """Make one scheme of theme and polarity together.

    Args:
        inputs: of the study.
        themes: coder to n themes (``NONE`` for none, None where not seen).
        polarities: coder to the coder whose polarity goes with these themes.
    """
    answers: dict[str, list[Answer | None]] = {}
    abstained: dict[tuple[str, str], frozenset[int]] = {}
    for coder, theme in themes.items():
        judge = polarities[coder]
        polarity = inputs.answers[str(Scheme.POLARITY)][judge]
        answers[coder] = [_both(*pair) for pair in zip(theme, polarity, strict=True)]
        declined = inputs.abstained.get((str(Scheme.POLARITY), judge), frozenset())
        if is_machine(coder):
            abstained[BOTH_LEVELS, coder] = frozenset(
                i
                for i, answer in enumerate(answers[coder])
                if answer is None and (i in declined or polarity[i] is not None)
            )
    used = sorted({code for row in answers.values() for answer in row if answer for code in answer})
    return AgreementInputs(
        units=inputs.units,
        schemes={BOTH_LEVELS: CodeList(labels=tuple(used))},
        answers={BOTH_LEVELS: answers},
        abstained=abstained,
        sessions=inputs.sessions,
        headings=inputs.headings,
        statements=inputs.statements,
        copies=inputs.copies,
    )


def first_codes(inputs: AgreementInputs, scheme: str, coder: str) -> list[str | None]:
    """First code of each unit, ``NONE`` for none, None where not seen."""
    return [None if answer is None else (answer or (NONE,))[0] for answer in inputs.answers[scheme][coder]]


def _given(codings: "pd.DataFrame") -> dict[tuple[str, str], dict[str, Answer]]:
    kept = codings.loc[~codings["coder"].isin(GROUPERS)].sort_values("rank", kind="stable")
    found: dict[tuple[str, str], dict[str, Answer]] = defaultdict(dict)
    for coder, scheme, fragment_id, code in zip(
        kept["coder"], kept["scheme"], kept["fragment_id"], kept["code"], strict=True
    ):
        empty = scheme == Scheme.POLARITY and code == NEUTRAL_POLARITY
        before = found[scheme, coder].get(fragment_id, ())
        found[scheme, coder][fragment_id] = before if empty else (*before, code)
    return found


def _looked(
    seen: "pd.DataFrame", given: Mapping[tuple[str, str], Mapping[str, Answer]]
) -> dict[tuple[str, str], set[str]]:
    looked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for coder, scheme, fragment_id in zip(seen["coder"], seen["scheme"], seen["fragment_id"], strict=True):
        looked[scheme, coder].add(fragment_id)
    for key, answers in given.items():
        looked[key] |= answers.keys()
    return looked


def _declined(placed: "pd.DataFrame", row: Sequence[Answer | None]) -> frozenset[int]:
    used = placed["status"] == Status.USED
    return frozenset(i for i, own in enumerate(used) if own and row[i] is None)


def _codes_of(scheme: str, by_coder: Mapping[str, Sequence[Answer | None]], codebook: "pd.DataFrame") -> CodeList:
    used = sorted({code for answers in by_coder.values() for answer in answers if answer for code in answer})
    if scheme == Scheme.SENTIMENT:
        return list_codes(used, order=SENTIMENT_ORDER)
    known = codebook.loc[codebook["scheme"] == scheme].sort_values("position")["code"].tolist()
    found = list_codes(used, unused=known, as_set=scheme == Scheme.POLARITY)
    return CodeList(labels=found.labels, as_set=found.as_set)


def _headings(placed: "pd.DataFrame") -> tuple[str, ...]:
    pairs = zip(placed["source_id"], placed["heading_path"], strict=True)
    return tuple("\x1f".join((source, *path)) for source, path in pairs)


def _both(theme: str | None, polarity: Answer | None) -> Answer | None:
    if theme is None or polarity is None:
        return None
    return (f"{theme} x {'+'.join(sorted(polarity)) or NEUTRAL_POLARITY}",)


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
            InputError: there are too many codes.
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
            InputError: there are too many.
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
