"""Where two coders differ, in the order of what settling it would teach.

Two people are compared where two people looked; one person and the machine where one did. The machine's theme of a
fragment is the code that people gave most often to the other fragments of its topic. Points, which add up:

| points | why |
|---|---|
| 8 | kans against knelpunt, and both are sure: a reversal, the costliest error |
| 4 | kans against knelpunt, and the machine is not sure |
| 4 | the hat points the other way: geel but knelpunt, zwart but kans |
| 2 | the topic of the fragment is read as another theme than a person's code |
| 2 | the machine was not sure: a small margin, or it declined |
| 1 | a rare code: fewer than one answer in twenty |
| 1 | no code in common |
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import TypeAlias

import pandas as pd

from pipeline.agreement.comparison.inputs import AgreementInputs, Answer, first_codes
from pipeline.core.errors import InputError, Problem
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    HAT_POLARITY_BRIDGE,
    INDUCTIVE_CODER,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    Hat,
    Polarity,
    Scheme,
    is_machine,
)

SURE_MARGIN = 0.30
"""A machine with a larger lead over the runner-up counts as sure; a quarter of its polarities has one."""
SMALL_MARGIN = 0.20
RARE = 0.05
FEWEST_IN_TOPIC = 2
"""Fewer other coded fragments do not say what a topic is about."""

Pair: TypeAlias = tuple[str, str]


class DisagreementReason(Enum):
    """Why a disagreement teaches something, with its points."""

    REVERSAL = (8, "kans against knelpunt, both sure")
    UNSURE_REVERSAL = (4, "kans against knelpunt, the machine not sure")
    HAT = (4, "the hat points the other way")
    TOPIC = (2, "the topic is read as another theme")
    MARGIN = (2, "the machine was not sure")
    RARE = (1, "a rare code")
    APART = (1, "no code in common")

    @property
    def points(self) -> int:
        """What it adds to the score."""
        return self.value[0]

    @property
    def words(self) -> str:
        """How it is said."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two coders' answers on one fragment in one scheme.

    Attributes:
        fragment_id: the fragment.
        scheme: the scheme.
        coders: side A, then side B.
        answers: their codes, likewise; the empty tuple is *none*.
        agree: whether the first codes are the same, or for polarity the sets.
        reasons: why a disagreement teaches something, the weightiest first; empty when they agree.
    """

    fragment_id: str
    scheme: str
    coders: Pair
    answers: tuple[Answer, Answer]
    agree: bool
    reasons: tuple[DisagreementReason, ...] = ()

    @property
    def score(self) -> int:
        """Sum of the points."""
        return sum(reason.points for reason in self.reasons)


class DisagreementInputs:
    """What is needed to compare two coders fragment by fragment."""

    def __init__(
        self, inputs: AgreementInputs, fragments: pd.DataFrame, topic_assignments: pd.DataFrame, stances: pd.DataFrame
    ) -> None:
        """Gather what the machine and the notes say of each fragment.

        Args:
            inputs: codings of people and machines.
            fragments: the table of that name.
            topic_assignments: the table of that name.
            stances: the table of that name.
        """
        self.units = inputs.units
        self.inputs = inputs
        read = _read_topics(inputs, topic_assignments)
        self.answers: dict[str, dict[str, Sequence[Answer | None]]] = {
            scheme: {coder: row for coder, row in by_coder.items() if coder != ADJUDICATED_CODER}
            for scheme, by_coder in inputs.answers.items()
        }
        if Scheme.THEME in self.answers:
            self.answers[Scheme.THEME][INDUCTIVE_CODER] = [None if code is None else (code,) for code in read]
        self.readings = read
        self.settled = {
            (scheme, unit)
            for scheme, by_coder in inputs.answers.items()
            for unit, answer in enumerate(by_coder.get(ADJUDICATED_CODER, ()))
            if answer is not None
        }
        hats = dict(zip(fragments["fragment_id"], fragments["hat_given"], strict=True))
        self.hats = [None if pd.isna(hats[unit]) else Hat(hats[unit]) for unit in self.units]
        predicted = stances.loc[stances["source"] == "predicted"]
        self.margins = {
            (str(scheme), fragment_id): 0.0 if abstained or pd.isna(margin) else float(margin)
            for fragment_id, scheme, margin, abstained in zip(
                predicted["fragment_id"], predicted["scheme"], predicted["margin"], predicted["abstained"], strict=True
            )
        }
        self.shares = {scheme: _shares(by_coder) for scheme, by_coder in self.answers.items()}

    @property
    def coders(self) -> list[str]:
        """All coders that can be compared."""
        return sorted({coder for by_coder in self.answers.values() for coder in by_coder})


def check_pair(evidence: DisagreementInputs, coders: str) -> Pair:
    """Read the names of two coders, separated by a comma.

    Raises:
        InputError: not two, or no coders of this evidence.
    """
    names = [name.strip() for name in coders.split(",")]
    known = evidence.coders
    problems = [
        Problem("--coders", f"there is no coder '{name}'", f"Choose two of {', '.join(known)}")
        for name in names
        if name not in known
    ]
    if len(names) != 2 or names[0] == names[1]:
        problems.append(Problem("--coders", "must name two coders", f"Choose two of {', '.join(known)}, as in A,B"))
    if problems:
        raise InputError(problems)
    return names[0], names[1]


def meet(evidence: DisagreementInputs, pair: Pair | None = None) -> Iterator[Meeting]:
    """Compare two coders on each fragment and scheme.

    Args:
        evidence: what they said.
        pair: whom to compare; None for people with each other where two looked, else the person with the machine.
            Of three people and more those two who come first in the alphabet and differ.

    Yields:
        One meeting for each fragment and scheme on which two of them gave an answer, in the order of the notes.
    """
    for scheme in (str(scheme) for scheme in Scheme if scheme in evidence.answers):
        for unit in range(len(evidence.units)):
            found = [
                meeting
                for each in _pairs(evidence, scheme, unit, pair)
                if (meeting := _meet(evidence, scheme, unit, each))
            ]
            if found:
                yield next((meeting for meeting in found if not meeting.agree), found[0])


def rank(evidence: DisagreementInputs, meetings: Iterator[Meeting]) -> list[Meeting]:
    """Order the disagreements that are not settled yet: most points first, then by scheme and place in the notes."""
    position = {unit: i for i, unit in enumerate(evidence.units)}
    schemes = [str(scheme) for scheme in Scheme]
    open_ones = [
        meeting
        for meeting in meetings
        if not meeting.agree and (meeting.scheme, position[meeting.fragment_id]) not in evidence.settled
    ]
    return sorted(open_ones, key=lambda each: (-each.score, schemes.index(each.scheme), position[each.fragment_id]))


def _read_topics(inputs: AgreementInputs, topic_assignments: pd.DataFrame) -> list[str | None]:
    """Read each fragment's topic as the code that people gave most often to the other fragments in it."""
    topics = dict(zip(topic_assignments["fragment_id"], topic_assignments["topic_id"], strict=True))
    people = [coder for coder in inputs.answers.get(Scheme.THEME, {}) if not is_machine(coder)]
    themes = [first_codes(inputs, Scheme.THEME, coder) for coder in people if coder != ADJUDICATED_CODER]
    of_unit = [Counter(row[unit] for row in themes if row[unit]) for unit in range(len(inputs.units))]
    totals: dict[str, Counter[str | None]] = defaultdict(Counter)
    coded: Counter[str] = Counter()
    for unit, given in zip(inputs.units, of_unit, strict=True):
        if given and unit in topics:
            totals[topics[unit]].update(given)
            coded[topics[unit]] += 1
    return [
        _lead(totals[topics[unit]] - given)
        if topics.get(unit, OUTLIER_TOPIC) != OUTLIER_TOPIC and coded[topics[unit]] - bool(given) >= FEWEST_IN_TOPIC
        else None
        for unit, given in zip(inputs.units, of_unit, strict=True)
    ]


def _lead(counted: Counter[str | None]) -> str | None:
    """The code that is given most often, if it is alone in that and is a code."""
    ahead = counted.most_common(2)
    alone = len(ahead) == 1 or (len(ahead) > 1 and ahead[0][1] > ahead[1][1])
    return ahead[0][0] if ahead and alone and ahead[0][0] != "-" else None


def _shares(by_coder: Mapping[str, Sequence[Answer | None]]) -> dict[str, float]:
    answers = [
        answer for coder, row in by_coder.items() if not is_machine(coder) for answer in row if answer is not None
    ]
    counted = Counter(code for answer in answers for code in answer)
    return {code: n / len(answers) for code, n in counted.items()}


def _pairs(evidence: DisagreementInputs, scheme: str, unit: int, pair: Pair | None) -> Sequence[Pair]:
    if pair is not None:
        return [_sides(*pair)]
    here = [coder for coder, row in sorted(evidence.answers[scheme].items()) if row[unit] is not None]
    people = [coder for coder in here if not is_machine(coder)]
    if len(people) > 1:
        return [_sides(*each) for each in combinations(people, 2)]
    return [_sides(person, machine) for person in people for machine in here if is_machine(machine)]


def _sides(first: str, second: str) -> Pair:
    """Put a coder who is called B on side B and one who is called A on side A: the decision says A or B."""
    return (second, first) if first == "B" or second == "A" else (first, second)


def _meet(evidence: DisagreementInputs, scheme: str, unit: int, pair: Pair) -> Meeting | None:
    rows = [evidence.answers[scheme].get(coder) for coder in pair]
    a, b = (None if row is None else row[unit] for row in rows)
    if a is None or b is None:
        return None
    as_set = scheme in evidence.inputs.schemes and evidence.inputs.schemes[scheme].as_set
    agree = set(a) == set(b) if as_set else a[:1] == b[:1]
    reasons = () if agree else tuple(_reasons(evidence, scheme, unit, pair, (a, b)))
    return Meeting(
        fragment_id=evidence.units[unit], scheme=scheme, coders=pair, answers=(a, b), agree=agree, reasons=reasons
    )


def _reasons(
    evidence: DisagreementInputs, scheme: str, unit: int, pair: Pair, answers: tuple[Answer, Answer]
) -> Iterator[DisagreementReason]:
    margin = evidence.margins.get((scheme, evidence.units[unit]))
    if scheme == Scheme.POLARITY:
        if {*answers} == {(str(polarity),) for polarity in Polarity}:
            unsure = TAUGHT_CODER in pair and (margin or 0.0) < SURE_MARGIN
            yield DisagreementReason.UNSURE_REVERSAL if unsure else DisagreementReason.REVERSAL
        if _hat_contradicts(evidence.hats[unit], answers):
            yield DisagreementReason.HAT
    if scheme == Scheme.THEME and _topic_contradicts(evidence.readings[unit], pair, answers):
        yield DisagreementReason.TOPIC
    if margin is not None and margin < SMALL_MARGIN:
        yield DisagreementReason.MARGIN
    if any(evidence.shares[scheme].get(code, 0.0) < RARE for answer in answers for code in answer):
        yield DisagreementReason.RARE
    if not set(answers[0]) & set(answers[1]):
        yield DisagreementReason.APART


def _hat_contradicts(hat: Hat | None, answers: tuple[Answer, Answer]) -> bool:
    suggested = HAT_POLARITY_BRIDGE[hat] if hat is not None else None
    return suggested is not None and any(answer and suggested not in answer for answer in answers)


def _topic_contradicts(reading: str | None, pair: Pair, answers: tuple[Answer, Answer]) -> bool:
    given = [answer for coder, answer in zip(pair, answers, strict=True) if coder != INDUCTIVE_CODER]
    return reading is not None and all(reading not in answer for answer in given)
