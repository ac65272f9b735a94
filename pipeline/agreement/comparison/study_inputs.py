"""The codings and topics of a study, from its tables, as inputs of a comparison."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.agreement.comparison.inputs import BOTH_LEVELS, NONE, AgreementInputs, Answer, CodeList, list_codes
from pipeline.agreement.comparison.topic_pairs import Assignments
from pipeline.core.folds import find_copies
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

SENTIMENT_ORDER = (str(Sentiment.NEGATIEF), str(Sentiment.NEUTRAAL), str(Sentiment.POSITIEF))
GROUPERS = (INDUCTIVE_CODER, DECIDED_CODER)
"""Their themes have ids of their own, which are no codes of the codebook: they are compared as groups."""


def make_inputs(
    codings: pd.DataFrame, seen: pd.DataFrame, fragments: pd.DataFrame, codebook: pd.DataFrame
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


def make_assignments(inputs: AgreementInputs, topic_assignments: pd.DataFrame) -> tuple[Assignments, tuple[str, ...]]:
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
    inputs: AgreementInputs, codings: pd.DataFrame, topics: Assignments
) -> tuple[Assignments, tuple[str, ...]]:
    """Number the subtopics of the units, the first of each; outliers are those of the topics. None: no unit known."""
    found, ids = _make_groups(inputs, codings, topics, INDUCTIVE_CODER, Scheme.SUBTHEME)
    return replace(found, original=np.where(topics.original < 0, -1, found.assigned)), ids


def make_decided(
    inputs: AgreementInputs, codings: pd.DataFrame, topics: Assignments
) -> tuple[Assignments, tuple[str, ...]]:
    """Number the themes after what people decided, as topics are; what they dropped is outside. None: no unit known."""
    return _make_groups(inputs, codings, topics, DECIDED_CODER, Scheme.THEME)


def _make_groups(
    inputs: AgreementInputs, codings: pd.DataFrame, topics: Assignments, coder: str, scheme: Scheme
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


def _given(codings: pd.DataFrame) -> dict[tuple[str, str], dict[str, Answer]]:
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
    seen: pd.DataFrame, given: Mapping[tuple[str, str], Mapping[str, Answer]]
) -> dict[tuple[str, str], set[str]]:
    looked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for coder, scheme, fragment_id in zip(seen["coder"], seen["scheme"], seen["fragment_id"], strict=True):
        looked[scheme, coder].add(fragment_id)
    for key, answers in given.items():
        looked[key] |= answers.keys()
    return looked


def _declined(placed: pd.DataFrame, row: Sequence[Answer | None]) -> frozenset[int]:
    used = placed["status"] == Status.USED
    return frozenset(i for i, own in enumerate(used) if own and row[i] is None)


def _codes_of(scheme: str, by_coder: Mapping[str, Sequence[Answer | None]], codebook: pd.DataFrame) -> CodeList:
    used = sorted({code for answers in by_coder.values() for answer in answers if answer for code in answer})
    if scheme == Scheme.SENTIMENT:
        return list_codes(used, order=SENTIMENT_ORDER)
    known = codebook.loc[codebook["scheme"] == scheme].sort_values("position")["code"].tolist()
    found = list_codes(used, unused=known, as_set=scheme == Scheme.POLARITY)
    return CodeList(labels=found.labels, as_set=found.as_set)


def _headings(placed: pd.DataFrame) -> tuple[str, ...]:
    pairs = zip(placed["source_id"], placed["heading_path"], strict=True)
    return tuple("\x1f".join((source, *path)) for source, path in pairs)


def _both(theme: str | None, polarity: Answer | None) -> Answer | None:
    if theme is None or polarity is None:
        return None
    return (f"{theme} x {'+'.join(sorted(polarity)) or NEUTRAL_POLARITY}",)
