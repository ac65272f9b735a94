"""The stage that compares coders: people with people first, then people with the machine."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pandas as pd

from pipeline.agreement.comparison.folds import Settings
from pipeline.agreement.comparison.inputs import (
    BOTH_LEVELS,
    NONE,
    AgreementInputs,
    Assignments,
    first_codes,
    make_assignments,
    make_decided,
    make_inputs,
    make_subtopics,
    number_answers,
    with_both_levels,
)
from pipeline.agreement.comparison.pairs import Depth, PairComparison, plan_steps
from pipeline.agreement.comparison.rows import JOIN, AgreementRow
from pipeline.agreement.comparison.topic_pairs import TopicPair
from pipeline.core.config import AgreementConfig
from pipeline.core.errors import Output
from pipeline.core.receipts import Kept
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import ABSTENTION, ADJUDICATED_CODER, INDUCTIVE_CODER, TAUGHT_CODER, Scheme, is_machine

MACHINE_TOGETHER = f"{INDUCTIVE_CODER} + {TAUGHT_CODER}"
_THEME, _SUBTHEME, _POLARITY = str(Scheme.THEME), str(Scheme.SUBTHEME), str(Scheme.POLARITY)
_Groups: TypeAlias = Mapping[str, Sequence[Assignments]]


def compare(
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    fragments: pd.DataFrame,
    codebook: pd.DataFrame,
    topic_assignments: pd.DataFrame,
    *,
    config: AgreementConfig,
    kept: Kept | None = None,
) -> Output:
    """Compare all human coders together, every two of them, and each with the machine.

    Only fragments that both coders have looked at are compared: missing is not *no*. A fragment that a coder looked
    at and gave no code carries the value '-'. ``excluded`` says how many fragments that either has seen are left out,
    why, and what was done that could have been done otherwise; ``n`` and the number in front of it add up.

    Args:
        codings: the table of that name.
        seen: the table of that name.
        fragments: the table of that name.
        codebook: the table of that name.
        topic_assignments: the table of that name.
        config: section ``agreement``.
        kept: what earlier runs found.

    Returns:
        Tables ``agreement`` and ``crosstabs``; without two coders both are empty.
    """
    inputs = make_inputs(codings, seen, fragments, codebook)
    topics, topic_ids = make_assignments(inputs, topic_assignments)
    themes, theme_ids = make_decided(inputs, codings, topics)
    parts, part_ids = make_subtopics(inputs, codings, topics)
    groups = {_THEME: (topics, themes), _SUBTHEME: (parts,)}
    settings = Settings(config.resamples, config.permutations, config.folds, config.min_sessions, config.seed, kept)
    rows = [
        row.as_dict(position)
        for position, row in enumerate(
            (
                *_among_people(inputs, settings),
                *_with_machine(inputs, groups, settings, _people(inputs)),
                *_after_adjudication(inputs, groups, settings),
            )
        )
    ]
    grouped = [
        *_topic_crosstabs(inputs, _THEME, topics, topic_ids),
        *_topic_crosstabs(inputs, _THEME, themes, theme_ids),
        *_topic_crosstabs(inputs, _SUBTHEME, parts, part_ids),
    ]
    counted = [*_crosstabs(inputs), *grouped]
    return Output({"agreement": table_from_rows(rows, "agreement"), "crosstabs": table_from_rows(counted, "crosstabs")})


def _among_people(inputs: AgreementInputs, settings: Settings) -> Iterator[AgreementRow]:
    schemes = [str(scheme) for scheme in Scheme if scheme in inputs.answers]
    people = _people(inputs)
    for step in plan_steps(inputs, schemes, people, settings, Depth()):
        yield from step.rows()
    for pair in combinations(people, 2):
        if all(coder in inputs.answers.get(s, {}) for coder in pair for s in (_THEME, _POLARITY)):
            yield from _both_coded(inputs, pair, settings)


def _after_adjudication(inputs: AgreementInputs, groups: _Groups, settings: Settings) -> Iterator[AgreementRow]:
    """What people settled, beside each of them and beside the machine; never among the people."""
    for human in _people(inputs):
        for scheme in Scheme:
            if {human, ADJUDICATED_CODER} <= set(inputs.answers.get(str(scheme), {})):
                yield from PairComparison(
                    number_answers(inputs, scheme), (human, ADJUDICATED_CODER), settings, Depth()
                ).rows()
    yield from _with_machine(inputs, groups, settings, [ADJUDICATED_CODER])


def _with_machine(
    inputs: AgreementInputs, groups: _Groups, settings: Settings, people: list[str]
) -> Iterator[AgreementRow]:
    depth = Depth()
    for human in people:
        coded = [(scheme, found) for scheme in groups for found in groups[scheme] if found.known.any()]
        for scheme, found in coded:
            if human not in inputs.answers.get(scheme, {}):
                continue
            pair = TopicPair(number_answers(inputs, scheme), human, found, settings, depth)
            yield from pair.rows()
            alone = scheme == _THEME and found.coder == INDUCTIVE_CODER
            if alone and {human, TAUGHT_CODER} <= set(inputs.answers.get(_POLARITY, {})):
                yield from _both_levels(inputs, pair, settings)
        if all({human, TAUGHT_CODER} <= set(inputs.answers.get(s, {})) for s in (_THEME, _POLARITY)):
            yield from _both_coded(inputs, (human, TAUGHT_CODER), settings)
        for scheme in Scheme:
            by_coder = inputs.answers.get(str(scheme), {})
            for machine in (coder for coder in sorted(by_coder) if is_machine(coder) and human in by_coder):
                yield from PairComparison(number_answers(inputs, scheme), (human, machine), settings, depth).rows()


def _both_coded(inputs: AgreementInputs, pair: tuple[str, str], settings: Settings) -> Iterator[AgreementRow]:
    themes = {coder: first_codes(inputs, _THEME, coder) for coder in pair}
    both = with_both_levels(inputs, themes, {coder: coder for coder in pair})
    yield from PairComparison(number_answers(both, BOTH_LEVELS), pair, settings, Depth()).whole()


def _both_levels(inputs: AgreementInputs, pair: TopicPair, settings: Settings) -> Iterator[AgreementRow]:
    labels = (*inputs.schemes[_THEME].labels, NONE)
    themes: list[str | None] = [None] * len(inputs.units)
    for unit, code in zip(pair.units, pair.read_as_codes(), strict=True):
        themes[unit] = labels[code]
    both = with_both_levels(
        inputs,
        {pair.human: first_codes(inputs, _THEME, pair.human), MACHINE_TOGETHER: themes},
        {pair.human: pair.human, MACHINE_TOGETHER: TAUGHT_CODER},
    )
    yield from PairComparison(
        number_answers(both, BOTH_LEVELS), (pair.human, MACHINE_TOGETHER), settings, Depth()
    ).whole()


def _crosstabs(inputs: AgreementInputs) -> Iterator[dict[str, object]]:
    for scheme in inputs.answers:
        people, machines = _coders(inputs, scheme)
        for first, second in (*combinations(people, 2), *((a, b) for a in people for b in machines)):
            declined = inputs.declined(scheme, second)
            codes = [
                (a, ABSTENTION if declined[i] else b)
                for i, (a, b) in enumerate(
                    zip(first_codes(inputs, scheme, first), first_codes(inputs, scheme, second), strict=True)
                )
            ]
            yield from _count(f"{first}{JOIN}{second}", scheme, codes)


def _topic_crosstabs(
    inputs: AgreementInputs, scheme: str, topics: Assignments, topic_ids: tuple[str, ...]
) -> Iterator[dict[str, object]]:
    assigned = [
        (topic_ids[topic] if topic >= 0 else NONE) if known else None
        for topic, known in zip(topics.assigned, topics.known, strict=True)
    ]
    if not np.any(topics.known):
        return
    for human in _coders(inputs, scheme)[0] if scheme in inputs.answers else ():
        codes = list(zip(first_codes(inputs, scheme, human), assigned, strict=True))
        yield from _count(f"{human}{JOIN}{topics.coder}", scheme, codes)


def _count(comparison: str, scheme: str, codes: list[tuple[str | None, str | None]]) -> Iterator[dict[str, object]]:
    for (code_a, code_b), n in sorted(Counter((a, b) for a, b in codes if a is not None and b is not None).items()):
        yield {"comparison": comparison, "scheme": scheme, "code_a": code_a, "code_b": code_b, "n": n}


def _people(inputs: AgreementInputs) -> list[str]:
    coders = {coder for by_coder in inputs.answers.values() for coder in by_coder if not is_machine(coder)}
    return sorted(coders - {ADJUDICATED_CODER})


def _coders(inputs: AgreementInputs, scheme: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    by_coder = sorted(inputs.answers[scheme])
    people = tuple(coder for coder in by_coder if not is_machine(coder))
    return people, tuple(coder for coder in by_coder if is_machine(coder))
