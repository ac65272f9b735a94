"""Reading the benchmarks of a folder; what lies there decides what is measured.

A folder of one's own may hold ``sts/*.csv|tsv`` (text, text, score), ``bitext/*.tsv`` (Dutch, other language),
``clustering/*.tsv`` (text, label) and ``tagging/*.conllu|tsv`` (word, lemma, part of speech; an empty line between
sentences). The public data of this project is found by its own names as well.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.core.errors import InputError, Problem
from pipeline.loaders.evaluation.tagging import TreebankWord

TATOEBA_TEST = 1000
LAYOUT = "sts/*.csv or *.tsv, bitext/*.tsv, clustering/*.tsv, tagging/*.conllu or *.tsv"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs of sentences with a judgement of how alike they are."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Translations:
    """Sentences in Dutch and in another language, in the same order."""

    name: str
    dutch: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with the one label that people gave each."""

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Treebank:
    """Sentences of words with lemma and part of speech."""

    name: str
    sentences: tuple[tuple[TreebankWord, ...], ...]


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """All that a folder holds."""

    similarity: tuple[ScoredPairs, ...]
    translations: tuple[Translations, ...]
    labelled: tuple[Labelled, ...]
    treebanks: tuple[Treebank, ...]


def read_benchmarks(root: Path, kind: str) -> Benchmarks:
    """Read the benchmarks for a kind of model.

    Args:
        root: the folder.
        kind: ``encoder`` or ``tagger``; files for the other kind are not opened.

    Returns:
        Test parts only, in order of name.

    Raises:
        InputError: nothing for this kind, or files that cannot be read, all at once.
    """
    if not root.is_dir():
        raise InputError.single(str(root), "is no folder", f"Name a folder with {LAYOUT}")
    problems: list[Problem] = []

    def attempt(read: Callable[[Path], Item], paths: Sequence[Path]) -> tuple[Item, ...]:
        found = []
        for path in paths:
            try:
                found.append(read(path))
            except UnicodeDecodeError:
                problems.append(Problem(path.relative_to(root).as_posix(), "is not UTF-8 text", "Save it as UTF-8"))
            except ValueError as error:
                problems.append(Problem(path.relative_to(root).as_posix(), str(error), "Mend or remove it"))
        return tuple(found)

    if kind == "tagger":
        paths = _existing(root, "tagging/*.conllu", "tagging/*.tsv", "tagging/ud-prepared/test-*.conllu")
        found = Benchmarks((), (), (), attempt(_read_treebank, paths))
    else:
        similarity = attempt(
            _read_pairs, _existing(root, "sts/*.csv", "sts/*.tsv", "embedding/stsb-nl/stsb-nl-test.csv")
        )
        similarity += attempt(_read_sick, _existing(root, "embedding/sick-nl/SICK_NL.txt"))
        translations = attempt(_read_translations, _existing(root, "bitext/*.tsv"))
        translations += attempt(_read_tatoeba, _existing(root, "embedding/tatoeba/eng-nld.nld"))
        found = Benchmarks(similarity, translations, attempt(_read_labelled, _existing(root, "clustering/*.tsv")), ())
    if problems:
        raise InputError(problems)
    if found == Benchmarks((), (), (), ()):
        raise InputError.single(str(root), f"holds no benchmark for {kind}s", f"Put there {LAYOUT}")
    return found


def _existing(root: Path, *patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in sorted(root.glob(pattern))]


def _rows(path: Path, n_columns: int) -> Iterator[tuple[int, list[str]]]:
    # Sentences hold quotation marks that are no quoting where a tab separates.
    comma = path.suffix == ".csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        tabbed = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(csv.reader(stream) if comma else tabbed, start=1):
            if not row:
                continue
            if len(row) != n_columns:
                raise ValueError(f"line {number} has {len(row)} columns and not {n_columns}")
            yield number, row


def _read_pairs(path: Path) -> ScoredPairs:
    rows = list(_rows(path, 3))
    if rows and _number(rows[0][1][2]) is None:
        rows = rows[1:]
    bad = [number for number, row in rows if _number(row[2]) is None]
    if bad or len(rows) < 3:
        raise ValueError(f"line {bad[0]}: the score is no number" if bad else "holds fewer than 3 pairs")
    left, right, scores = zip(*(row for _, row in rows), strict=True)
    return ScoredPairs(path.stem, left, right, tuple(float(score) for score in scores))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_sick(path: Path) -> ScoredPairs:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"sentence_A", "sentence_B", "relatedness_score", "SemEval_set"} <= set(reader.fieldnames or ()):
            raise ValueError("lacks a column of SICK")
        rows = [row for row in reader if row["SemEval_set"] == "TEST"]
    if not rows:
        raise ValueError("holds no pairs with SemEval_set TEST")
    scores = tuple(float(row["relatedness_score"]) for row in rows)
    return ScoredPairs(
        "sick-nl-test", tuple(row["sentence_A"] for row in rows), tuple(row["sentence_B"] for row in rows), scores
    )


def _read_translations(path: Path) -> Translations:
    rows = [row for _, row in _rows(path, 2)]
    if len(rows) < 2:
        raise ValueError("holds fewer than 2 pairs")
    return Translations(path.stem, tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _read_tatoeba(path: Path) -> Translations:
    """Take the part that is kept for tests: the pairs whose Dutch sentence has the smallest hash."""
    dutch = path.read_text(encoding="utf-8").splitlines()
    translation = path.with_suffix(".eng")
    english = translation.read_text(encoding="utf-8").splitlines() if translation.is_file() else []
    if len(dutch) != len(english):
        raise ValueError(f"has {len(dutch)} lines and its translation {len(english)}")
    pairs = sorted(
        zip(dutch, english, strict=True), key=lambda pair: (hashlib.sha256(pair[0].encode()).hexdigest(), pair[1])
    )[:TATOEBA_TEST]
    return Translations("tatoeba-nl-en", tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def _read_labelled(path: Path) -> Labelled:
    rows = [row for _, row in _rows(path, 2)]
    if rows and [cell.strip().lower() for cell in rows[0]] == ["text", "label"]:
        rows = rows[1:]
    if len({label for _, label in rows}) < 2:
        raise ValueError("holds fewer than 2 labels")
    return Labelled(path.stem, tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _read_treebank(path: Path) -> Treebank:
    sentences: list[tuple[TreebankWord, ...]] = []
    words: list[TreebankWord] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        if not line.strip():
            if words:
                sentences.append(tuple(words))
            words = []
        elif not line.startswith("#"):
            words += _word(line.split("\t"), number)
    if not sentences:
        raise ValueError("holds no sentences")
    has_joined = any(word.space is False for sentence in sentences for word in sentence)
    if not has_joined:
        sentences = [tuple(TreebankWord(w.form, w.lemma, w.pos) for w in sentence) for sentence in sentences]
    return Treebank(path.stem, tuple(sentences))


def _word(cells: Sequence[str], number: int) -> list[TreebankWord]:
    if len(cells) == 3:
        return [TreebankWord(cells[0], cells[1], cells[2])]
    if len(cells) != 10:
        raise ValueError(f"line {number} has {len(cells)} columns, and neither 3 nor the 10 of CoNLL-U")
    # Ranges stand for words that are written as one, decimals for words that are not written.
    if not cells[0].isdigit():
        return []
    return [TreebankWord(cells[1], cells[2], cells[3], "SpaceAfter=No" not in cells[9])]
