"""How a figure of agreement is named and said: statistics, coders, units and what is left out, in plain words."""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from pipeline.agreement.reading import LABELS as STATISTIC_LABELS
from pipeline.agreement.reading import REASONS_NL
from pipeline.report.material import is_machine
from pipeline.report.words import Words
from pipeline.report.words_agreement import EXCLUDED_NL
from pipeline.vocabulary import ADJUDICATED_CODER, DECIDED_CODER, GUIDED_CODER, INDUCTIVE_CODER, TAUGHT_CODER

LEFT_OUT_IN_TURN = "left out in turn"
"""How the unit of a row ends that holds a range without each session, not an interval."""
CODERS = (INDUCTIVE_CODER, DECIDED_CODER, GUIDED_CODER, TAUGHT_CODER)

Row: TypeAlias = dict[str, Any]
"""A row of the agreement table; an absent value is None."""


def name_statistic(name: str, words: Words) -> str:
    """Name a statistic in the language of the report; one that is not known keeps its name.

    >>> name_statistic("cohen_kappa", Words("nl")), name_statistic("new", Words("nl"))
    ('Cohens kappa', 'new')
    """
    if words.has(f"statistic.{name}"):
        return words(f"statistic.{name}")
    return STATISTIC_LABELS[name][0 if words.language == "nl" else 1] if name in STATISTIC_LABELS else name


def name_unit(unit: str, words: Words) -> str:
    """Name what was resampled, or left out in turn.

    >>> name_unit("session left out in turn", Words("nl"))
    'gesprekken om de beurt weggelaten'
    """
    plain = unit.removesuffix(LEFT_OUT_IN_TURN).strip()
    name = words(f"unit.{plain}") if words.has(f"unit.{plain}") else plain
    return words("unit_in_turn", unit=name) if unit.endswith(LEFT_OUT_IN_TURN) else name


def name_reason(reason: str | None, words: Words) -> str:
    """Say why there is no figure, in the language of the report where that is known."""
    if reason is None or words.language != "nl":
        return reason or ""
    return {str(known): text for known, text in REASONS_NL.items()}.get(reason, reason)


def name_scheme(scheme: str, words: Words) -> str:
    """Name a scheme of the codebook, or a product of two."""
    return words(f"scheme.{scheme}") if words.has(f"scheme.{scheme}") else scheme


def is_human(comparison: str) -> bool:
    """Whether only people are compared, each with a coding of their own.

    >>> is_human("A | B"), is_human("A | machine-taught"), is_human("A | adjudicated")
    (True, False, False)
    """
    return not any(is_machine(coder) or coder == ADJUDICATED_CODER for coder in comparison.split(" | "))


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """Put comparisons among people first, and keep the order of the table within each."""
    return sorted(rows, key=lambda row: (not is_human(row["comparison"]), row["position"]))


def name_comparison(comparison: str, words: Words) -> str:
    """Write the coders of a comparison, a machine coder by what it does."""
    return " | ".join(name_coder(coder, words) for coder in comparison.split(" | "))


def name_coder(coder: str, words: Words) -> str:
    """Name a coder, or two machines that answer together."""
    return " + ".join(words(f"coder.{one}") if words.has(f"coder.{one}") else one for one in coder.split(" + "))


def name_excluded(excluded: str, words: Words) -> str:
    """Say which fragments are left out and what was chosen, in the language of the report.

    >>> name_excluded("2 (2 not seen by A); first code only", Words("nl"))
    '2 (2 niet bekeken door A); alleen de eerste code'
    """
    if words.language == "en":
        return excluded
    for phrase, said in EXCLUDED_NL.items():
        excluded = excluded.replace(phrase, said)
    for coder in CODERS:
        excluded = excluded.replace(coder, words(f"coder.{coder}"))
    return re.sub(r"(?<=\d)\.(?=\d)", ",", excluded)


def say_headline(row: Row, words: Words) -> str:
    """Say one figure with its interval, chance level and number of fragments; no verdict."""
    coders = words.join([name_coder(coder, words) for coder in row["comparison"].split(" | ")])
    text = words("agree.figure", coders=coders, statistic=name_statistic(row["statistic"], words),
                 estimate=words.figure(row["estimate"]))  # fmt: skip
    known = row["low"] is not None and row["high"] is not None
    if known:
        text += words("agree.interval", low=words.figure(row["low"]), high=words.figure(row["high"]))
    else:
        text += words("agree.no_interval")
    if row["chance"] is not None:
        covered = known and row["low"] <= row["chance"] <= row["high"]
        text += words("agree.chance_inside" if covered else "agree.chance", chance=words.figure(row["chance"]))
    return text + words("agree.over", n=words.count("fragment", row["n"]))
