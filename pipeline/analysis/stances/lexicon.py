"""The Dutch cue lexicon: which words speak for a hat, a sentiment or a polarity, and which words change them.

Written from general Dutch and frozen before anything was measured with it. One file per dimension, in the folder
``words``; a cue stands once in a file:

- ``hat.tsv``, ``sentiment.tsv``, ``polarity.tsv``: cue, kind (``lemma`` or ``phrase``), dimension, value, weight, note;
- ``modifiers.tsv``: cue, kind, role, factor, scope (tokens), note.

A word of a cue equals a token's lemma or its written form. ``-tekort`` also stands at the end of a compound,
``[getal]`` is any number and ``[bn]`` any adjective.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pipeline.core.vocabulary import Hat, Polarity, Scheme, Sentiment

FOLDER = Path(__file__).with_name("words")
DIMENSIONS: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.HAT: tuple(Hat),
    Scheme.SENTIMENT: (Sentiment.POSITIEF, Sentiment.NEGATIEF),
    Scheme.POLARITY: tuple(Polarity),
}
NUMBER, ADJECTIVE = "[getal]", "[bn]"


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
    """Read the lexicon that is part of the library, in the order of its files.

    >>> len(load_lexicon().cues[Scheme.POLARITY]) > 250
    True
    """
    cues = {dimension: tuple(map(_read_cue, read_rows(f"{dimension}.tsv"))) for dimension in DIMENSIONS}
    return Lexicon(cues=cues, modifiers=tuple(map(_read_modifier, read_rows("modifiers.tsv"))))


def read_rows(name: str) -> list[dict[str, str]]:
    """Read a file of the library with words, a row a mapping of column to cell; a test holds what stands in it."""
    lines = (FOLDER / name).read_text(encoding="utf-8").split("\n")
    return list(csv.DictReader(filter(None, lines), delimiter="\t", quoting=csv.QUOTE_NONE))


def _read_cue(row: Mapping[str, str]) -> StanceCue:
    return StanceCue(
        words=tuple(row["cue"].removeprefix("-").split(" ")),
        value=row["value"],
        weight=float(row["weight"]),
        ends_compounds=row["cue"].startswith("-"),
    )


def _read_modifier(row: Mapping[str, str]) -> Modifier:
    return Modifier(
        words=tuple(row["cue"].split(" ")),
        role=ModifierRole(row["role"]),
        factor=float(row["factor"]),
        scope=int(row["scope"]),
    )
