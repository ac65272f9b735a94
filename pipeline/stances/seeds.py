"""Seed sentences: what a hat, a sentiment and a polarity sound like in general Dutch.

``pipeline/lexicon/seeds.tsv``: scheme, value, subject, sentence. Every subject is spoken of once under every value of
its scheme, so that the difference between two values holds no subject. Written and frozen, with the cue lexicon, before
anything was measured with them; no sentence was taken from a report or from the example study.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.errors import InputError, Problem
from pipeline.stances.lexicon import FOLDER
from pipeline.stances.scales import SCALES
from pipeline.vocabulary import Scheme

SEEDS_PATH = FOLDER / "seeds.tsv"
COLUMNS = ("scheme", "value", "subject", "sentence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A sentence that shows a value.

    Attributes:
        scheme: hat, sentiment or polarity.
        value: one of its values.
        subject: what it speaks of; shared by one sentence of each value.
        sentence: general Dutch.
    """

    scheme: Scheme
    value: str
    subject: str
    sentence: str


@lru_cache(maxsize=1)
def load_seeds() -> tuple[Seed, ...]:
    """Read the seed sentences that are part of the library.

    >>> sorted({seed.value for seed in load_seeds() if seed.scheme is Scheme.POLARITY})
    ['kans', 'knelpunt']
    """
    return parse_seeds(SEEDS_PATH.read_text(encoding="utf-8"))


def parse_seeds(text: str) -> tuple[Seed, ...]:
    """Read seed sentences.

    Args:
        text: content of a file, with its header.

    Returns:
        The seeds, in file order.

    Raises:
        InputError: a header, scheme or value is not known, a sentence stands there twice, or a subject is not spoken
            of once under every value.
    """
    where = SEEDS_PATH.name
    lines = text.rstrip("\n").split("\n")
    if tuple(lines[0].split("\t")) != COLUMNS:
        raise InputError.single(f"{where}, line 1", "the header is not as it should be", f"Write {', '.join(COLUMNS)}")
    seeds, problems = [], []
    for number, line in enumerate(lines[1:], start=2):
        scheme, value, subject, sentence = (*line.split("\t"), "", "", "", "")[:4]
        if scheme not in tuple(SCALES) or value not in SCALES[Scheme(scheme)] or not subject or not sentence:
            fault = "scheme, value, subject or sentence is absent or not known"
            problems.append(Problem(f"{where}, line {number}", fault, "See pipeline/stances/seeds.py"))
            continue
        seeds.append(Seed(scheme=Scheme(scheme), value=value, subject=subject, sentence=sentence))
    problems += [Problem(where, fault, "Write one sentence for each value") for fault in _faults(seeds)]
    if problems:
        raise InputError(problems)
    return tuple(seeds)


def _faults(seeds: list[Seed]) -> Iterator[str]:
    sentences = [seed.sentence for seed in seeds]
    if len(set(sentences)) < len(sentences):
        yield "a sentence stands there more than once"
    for scheme in SCALES:
        of_scheme = [seed for seed in seeds if seed.scheme is scheme]
        for subject in sorted({seed.subject for seed in of_scheme}):
            values = sorted(seed.value for seed in of_scheme if seed.subject == subject)
            if values != sorted(SCALES[scheme]):
                yield f"{scheme}: subject '{subject}' is not spoken of once under every value"
