"""The Dutch cue lexicon: which words speak for a hat, a sentiment or a polarity, and which words change them.

Written from general Dutch and frozen before anything was measured with it. One file per dimension, in
``pipeline/lexicon``; a cue stands once in a file:

- ``hat.tsv``, ``sentiment.tsv``, ``polarity.tsv``: cue, kind (``lemma`` or ``phrase``), dimension, value, weight, note;
- ``modifiers.tsv``: cue, kind, role, factor, scope (tokens), note.

A word of a cue equals a token's lemma or its written form. ``-tekort`` also stands at the end of a compound,
``[getal]`` is any number and ``[bn]`` any adjective.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pipeline.core.errors import InputError, Problem
from pipeline.core.vocabulary import Hat, Polarity, Scheme, Sentiment

FOLDER = Path(__file__).with_name("words")
DIMENSIONS: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.HAT: tuple(Hat),
    Scheme.SENTIMENT: (Sentiment.POSITIEF, Sentiment.NEGATIEF),
    Scheme.POLARITY: tuple(Polarity),
}
NUMBER, ADJECTIVE = "[getal]", "[bn]"
CUE_COLUMNS = ("cue", "kind", "dimension", "value", "weight", "note")
MODIFIER_COLUMNS = ("cue", "kind", "role", "factor", "scope", "note")


class ModifierRole(StrEnum):
    """What a word does to the cues near it."""

    NEGATOR = "negator"
    CLAUSE_NEGATOR = "clause_negator"
    INTENSIFIER = "intensifier"
    DOWNTONER = "downtoner"
    CONTRAST = "contrast"
    CONCESSION = "concession"
    BOUNDARY = "boundary"
    PARTICLE = "particle"


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceCue:
    """Words that speak for a value.

    Attributes:
        words: one or more words, in order.
        value: a hat, sentiment or polarity.
        weight: how strongly, in (0, 1].
        ends_compounds: whether a longer word that ends in it counts too.
    """

    words: tuple[str, ...]
    value: str
    weight: float
    ends_compounds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """Words that change the cues near them.

    Attributes:
        words: one or more words, in order.
        role: what they do.
        factor: by what a cue's weight is multiplied; negative for a negator.
        scope: how many tokens after it a negator reaches.
    """

    words: tuple[str, ...]
    role: ModifierRole
    factor: float
    scope: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Cues by dimension, and modifiers."""

    cues: Mapping[Scheme, tuple[StanceCue, ...]]
    modifiers: tuple[Modifier, ...]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Read the lexicon that is part of the library.

    >>> len(load_lexicon().cues[Scheme.POLARITY]) > 250
    True
    """
    cues = {
        dimension: parse_cues((FOLDER / f"{dimension}.tsv").read_text(encoding="utf-8"), dimension)
        for dimension in DIMENSIONS
    }
    modifiers = parse_modifiers((FOLDER / "modifiers.tsv").read_text(encoding="utf-8"))
    return Lexicon(cues=cues, modifiers=modifiers)


def parse_cues(text: str, dimension: Scheme) -> tuple[StanceCue, ...]:
    """Read the cues of one dimension.

    Args:
        text: content of a file, with its header.
        dimension: hat, sentiment or polarity.

    Returns:
        The cues, in file order.

    Raises:
        InputError: a header, kind, dimension, value or weight is not known, or a cue stands there twice.
    """
    where = f"{dimension}.tsv"
    cues, problems = [], []
    for line, row in _rows(text, where, CUE_COLUMNS):
        wrong = _cue_faults(row, dimension)
        problems += [Problem(f"{where}, line {line}", fault, "See pipeline/stances/lexicon.py") for fault in wrong]
        if not wrong:
            words = tuple(row["cue"].removeprefix("-").split(" "))
            cues.append(
                StanceCue(
                    words=words,
                    value=row["value"],
                    weight=float(row["weight"]),
                    ends_compounds=row["cue"].startswith("-"),
                )
            )
    problems += _repeats([cue.words for cue in cues], where)
    if problems:
        raise InputError(problems)
    return tuple(cues)


def parse_modifiers(text: str) -> tuple[Modifier, ...]:
    """Read the modifiers.

    Args:
        text: content of the file, with its header.

    Returns:
        The modifiers, in file order.

    Raises:
        InputError: a header, kind, role, factor or scope is not known, or a modifier stands there twice.
    """
    where = "modifiers.tsv"
    modifiers, problems = [], []
    for line, row in _rows(text, where, MODIFIER_COLUMNS):
        wrong = _modifier_faults(row)
        problems += [Problem(f"{where}, line {line}", fault, "See pipeline/stances/lexicon.py") for fault in wrong]
        if not wrong:
            modifiers.append(
                Modifier(
                    words=tuple(row["cue"].split(" ")),
                    role=ModifierRole(row["role"]),
                    factor=float(row["factor"]),
                    scope=int(row["scope"]),
                )
            )
    problems += _repeats([modifier.words for modifier in modifiers], where)
    if problems:
        raise InputError(problems)
    return tuple(modifiers)


def _rows(text: str, where: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    lines = text.split("\n")
    if tuple(lines[0].split("\t")) != columns:
        raise InputError.single(f"{where}, line 1", "the header is not as it should be", f"Write {', '.join(columns)}")
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise InputError.single(
                f"{where}, line {number}", f"has {len(cells)} cells", f"Write {len(columns)} cells, with tabs between"
            )
        yield number, dict(zip(columns, cells, strict=True))


def _kind_faults(row: Mapping[str, str]) -> list[str]:
    kind = "phrase" if " " in row["cue"] else "lemma"
    faults = [] if row["kind"] == kind else [f"kind is '{row['kind']}' and should be '{kind}'"]
    if row["cue"] != row["cue"].strip().lower() or not row["cue"]:
        faults.append("the cue is empty, not in lower case, or has spaces around it")
    return faults


def _cue_faults(row: Mapping[str, str], dimension: Scheme) -> list[str]:
    faults = _kind_faults(row)
    if row["dimension"] != dimension:
        faults.append(f"dimension is '{row['dimension']}' in the file of '{dimension}'")
    if row["value"] not in DIMENSIONS[dimension]:
        faults.append(f"value '{row['value']}' is not one of {', '.join(DIMENSIONS[dimension])}")
    weight = _number(row["weight"])
    if weight is None or not 0 < weight <= 1:
        faults.append(f"weight '{row['weight']}' is not a number above 0, up to 1")
    return faults


def _modifier_faults(row: Mapping[str, str]) -> list[str]:
    faults = _kind_faults(row)
    if row["role"] not in tuple(ModifierRole):
        return [*faults, f"role '{row['role']}' is not one of {', '.join(ModifierRole)}"]
    factor = _number(row["factor"])
    negates = row["role"] in (ModifierRole.NEGATOR, ModifierRole.CLAUSE_NEGATOR)
    if factor is None or not (-1 <= factor < 0 if negates else 0 < factor <= 2):
        faults.append(f"factor '{row['factor']}' does not fit role '{row['role']}'")
    if not row["scope"].isdigit() or (negates and int(row["scope"]) == 0):
        faults.append(f"scope '{row['scope']}' is not a number of tokens")
    return faults


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _repeats(cues: list[tuple[str, ...]], where: str) -> list[Problem]:
    twice = sorted({cue for cue in cues if cues.count(cue) > 1})
    return [Problem(where, f"'{' '.join(cue)}' stands there more than once", "Keep one") for cue in twice]
