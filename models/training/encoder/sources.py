"""The open data that the encoder is trained on, read once, with every test sentence kept out.

Inputs, all below ``DIR/embedding`` (see the card of the model for their licences):
``stsb-nl`` (CC BY-SA 4.0 and per source), ``sick-nl`` (MIT), ``tatoeba`` (CC BY 2.0 FR), ``ntrex`` (CC BY-SA 4.0),
``commonvoice`` (CC0), ``laws`` (no copyright), ``lexicon`` (CC BY-SA 3.0 and 4.0; pairs that only FreeDict gives are
left out), ``opentaal`` (BSD-3 or CC BY 3.0), ``frequencywords`` (CC BY-SA 4.0).
"""

from __future__ import annotations

import csv
import hashlib
import lzma
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TATOEBA_TEST = 1000
TATOEBA_DEV = 500
# 512 pairs of the STSb train part share a sentence, Dutch or English, with its test part.
STSB_SHARED = 512


@dataclass(frozen=True)
class Pair:
    """Two Dutch sentences with a similarity in [0, 1] and the English originals.

    Attributes:
        left: First Dutch sentence.
        right: Second Dutch sentence.
        score: Similarity judged by people, scaled to [0, 1].
        left_en: English original of ``left``.
        right_en: English original of ``right``.
    """

    left: str
    right: str
    score: float
    left_en: str
    right_en: str


@dataclass(frozen=True)
class Parallel:
    """A Dutch sentence with its English translation."""

    dutch: str
    english: str


@cache
def normal(sentence: str) -> str:
    """Reduce a sentence to lower-case words, so that copies that differ in punctuation are still caught.

    >>> normal("Dat is, zeg maar, goed. ")
    'dat is zeg maar goed'
    """
    return " ".join(re.findall(r"\w+", sentence.lower()))


def unordered(left: str, right: str) -> frozenset[str]:
    """Key of a pair in either order.

    >>> unordered("Een hond.", "een kat") == unordered("Een kat", "een hond")
    True
    """
    return frozenset((normal(left), normal(right)))


def keys(pairs: list[Pair]) -> set[frozenset[str]]:
    """Keys of pairs, both in Dutch and in English."""
    return {unordered(p.left, p.right) for p in pairs} | {unordered(p.left_en, p.right_en) for p in pairs}


def sentences(pairs: list[Pair]) -> set[str]:
    """Normalised single sentences of pairs, both in Dutch and in English."""
    return {normal(s) for p in pairs for s in (p.left, p.right, p.left_en, p.right_en)}


def read_stsb(folder: Path, part: str) -> list[Pair]:
    """Read one part (``train``, ``dev``, ``test``) of the Dutch STS benchmark beside its English original."""

    def rows(language: str) -> list[list[str]]:
        with (folder / f"stsb-{language}-{part}.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle))

    return [Pair(nl[0], nl[1], float(nl[2]) / 5.0, en[0], en[1]) for nl, en in zip(rows("nl"), rows("en"), strict=True)]


def read_sick(folder: Path, part: str) -> list[Pair]:
    """Read one part (``TRAIN``, ``TRIAL``, ``TEST``) of SICK-NL."""
    with (folder / "SICK_NL.txt").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Pair(
            r["sentence_A"],
            r["sentence_B"],
            (float(r["relatedness_score"]) - 1.0) / 4.0,
            r["sentence_A_original"],
            r["sentence_B_original"],
        )
        for r in rows
        if r["SemEval_set"] == part
    ]


def read_lines(path: Path) -> list[str]:
    """Lines of a text file, plain or xz, without the empty ones."""
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8").replace("\r\n", "\n")
    return [line.strip() for line in text.split("\n") if line.strip()]


def split_tatoeba(pairs: list[Parallel]) -> tuple[list[Parallel], list[Parallel], list[Parallel]]:
    """Split Tatoeba into train, dev and test by the sha256 of the Dutch sentence, smallest first into test.

    Returns:
        Train, dev and test pairs; a train pair shares no Dutch sentence with dev or test.
    """
    ranked = sorted(pairs, key=lambda p: (hashlib.sha256(p.dutch.encode()).hexdigest(), p.english))
    test, dev = ranked[:TATOEBA_TEST], ranked[TATOEBA_TEST : TATOEBA_TEST + TATOEBA_DEV]
    held = {normal(p.dutch) for p in test}
    dev = [p for p in dev if normal(p.dutch) not in held]
    held |= {normal(p.dutch) for p in dev}
    train = [p for p in ranked[TATOEBA_TEST + TATOEBA_DEV :] if normal(p.dutch) not in held]
    return train, dev, test


def without_shared(train: list[Pair], test: list[Pair]) -> list[Pair]:
    """Drop the training pairs that share a sentence, Dutch or English, with the test pairs."""
    held = sentences(test)
    return [p for p in train if not sentences([p]) & held]


def without_pairs(train: list[Pair], test: list[Pair]) -> list[Pair]:
    """Drop the training pairs that are a test pair, in either order, in Dutch or in English."""
    held = keys(test)
    return [p for p in train if not keys([p]) & held]


def assert_clean(train: list[Pair], tests: list[list[Pair]]) -> None:
    """Stop the training when a test pair is among the training pairs.

    Raises:
        AssertionError: A training pair is also a test pair, in either order, in Dutch or in English.
    """
    shared = keys(train) & set().union(*(keys(test) for test in tests))
    if shared:
        raise AssertionError(f"{len(shared)} test pairs are among the training pairs")


def assert_unseen(texts: list[str], held: set[str]) -> None:
    """Stop the training when a held-out sentence is among the training texts.

    Raises:
        AssertionError: A text is a held-out sentence, apart from case and punctuation.
    """
    shared = {normal(text) for text in texts} & held
    if shared:
        raise AssertionError(f"{len(shared)} held-out sentences are among the training texts")
