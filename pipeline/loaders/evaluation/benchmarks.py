"""Benchmarks of a folder, a figure with its interval, and the scores of a tagger on a treebank.

A tagger finds its own words in text with its spaces restored, so a figure is an F score over words that start and end
at the same character, as in the CoNLL 2018 shared task (Zeman et al. 2018, section 5). Lemmas are compared in lower
case, as the analysis uses them.

A folder of one's own may hold ``sts/*.csv|tsv`` (text, text, score), ``bitext/*.tsv`` (Dutch, other language),
``clustering/*.tsv`` (text, label) and ``tagging/*.conllu|tsv`` (word, lemma, part of speech; an empty line between
sentences). The public data of this project is found by its own names as well.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.tokens import TaggedToken
from pipeline.core.errors import InputError, Problem
from pipeline.core.views import Ints

RESAMPLES = 1000
SEED = 2012
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One cell of the benchmark table.

    Attributes:
        data: the benchmark and its part.
        measure: what the figure is.
        n: number of units that were resampled.
        value: the figure; None where the model does not do this.
        low: lower bound of the 95 % interval, by the percentile bootstrap over units.
        high: upper bound.
        baseline: the same figure of the baseline that needs no model.
        chance: what a model that knows nothing reaches.
        remark: what a reader must know about it; may be empty.
    """

    data: str
    measure: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    chance: float | None = None
    remark: str = ""


def interval(statistic: Callable[[Ints], float], n: int, *, seed: int = SEED) -> tuple[float, float]:
    """Give the 95 % percentile bootstrap interval of a statistic.

    Resamples on which it is undefined (NaN) are left out.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.

    Args:
        statistic: takes row numbers, with repetitions.
        n: number of rows, at least 1.
        seed: of the resampling.

    >>> values = np.array([0.0, 1.0])
    >>> interval(lambda rows: float(values[rows].mean()), 2)
    (0.0, 1.0)
    """
    rng = np.random.default_rng(seed)
    drawn = np.array([statistic(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


DOCUMENT_SENTENCES = 10
MEASURES = ("words F", "POS F", "lemma F", "sentence F")

_OPENING = frozenset(("(", "[", "{", "«", "“", "‘", ",,", "``", "„"))
_CLOSING = frozenset((",", ".", ";", ":", "?", "!", ")", "]", "}", "»", "”", "’", "%", "''", "...", "…"))
_STRAIGHT = frozenset(('"', "'"))
_SPLIT = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")

Spans = set[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class TreebankWord:
    """A word of a treebank; ``space`` says whether white space follows it, None where the treebank does not tell."""

    form: str
    lemma: str
    pos: str
    space: bool | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in one document: spans of words with an answer, by measure."""

    text: str
    found: dict[str, Spans]


def restore(sentences: Sequence[Sequence[TreebankWord]]) -> Read:
    """Make running text of some sentences, with the spans of what is right.

    Where the treebank does not tell, no space stands before closing and after opening marks, and straight quotes
    open and close in turns.

    >>> yes, no = TreebankWord("Ja", "ja", "INTJ"), TreebankWord("Nee", "nee", "INTJ")
    >>> restore([[yes, TreebankWord("!", "!", "PUNCT")], [no]]).text
    'Ja! Nee'
    """
    text = ""
    found: dict[str, Spans] = {measure: set() for measure in MEASURES}
    for sentence in sentences:
        begun, gaps = len(text), _gaps(sentence)
        for word, gap in zip(sentence, gaps, strict=True):
            start, end = len(text), len(text) + len(word.form)
            found["words F"].add((start, end, ""))
            found["POS F"].add((start, end, word.pos))
            found["lemma F"].add((start, end, word.lemma.replace("_", "").lower()))
            text += word.form + (" " if gap else "")
        found["sentence F"].add((begun, len(text.rstrip()), ""))
        text = text.rstrip() + " "
    return Read(text.rstrip(), found)


def _gaps(words: Sequence[TreebankWord]) -> list[bool]:
    gaps = []
    within: set[str] = set()
    for word, following in zip(words, [*(word.form for word in words[1:]), ""], strict=True):
        opens = word.form in _STRAIGHT and word.form not in within
        if word.form in _STRAIGHT:
            within ^= {word.form}
        closes = following in _CLOSING or (following in _STRAIGHT and following in within)
        gaps.append(not (word.form in _OPENING or opens or closes) if word.space is None else word.space)
    return gaps


def locate(text: str, tokens: Iterable[TaggedToken]) -> Read:
    """Find the words of a tagger in the text that it was given.

    Raises:
        ValueError: a word is not in the text, so the tagger broke its promise.
    """
    found: dict[str, Spans] = {measure: set() for measure in MEASURES}
    sentences: dict[int, tuple[int, int]] = {}
    place = 0
    for token in tokens:
        start = text.find(token.text, place)
        if start < 0:
            raise ValueError("the tagger gave a word that is not in its text, or not in its place")
        place = end = start + len(token.text)
        found["words F"].add((start, end, ""))
        found["POS F"].add((start, end, token.pos or ""))
        found["lemma F"].add((start, end, token.lemma.replace("_", "").lower()))
        sentences[token.sentence] = (sentences.get(token.sentence, (start, 0))[0], end)
    found["sentence F"] = {(start, end, "") for start, end in sentences.values()}
    return Read(text, found)


def naive(text: str, pos: str) -> Read:
    """Read without a model: words by white space and marks, one part of speech for all, each word its own lemma."""
    tokens, sentence, ended = [], 0, False
    for match in _SPLIT.finditer(text):
        sentence += ended
        tokens.append(TaggedToken(match.group(), match.group().lower(), pos, sentence, False))
        ended = match.group() in (".", "?", "!")
    return locate(text, tokens)


def commonest_pos(sentences: Iterable[Sequence[TreebankWord]]) -> str:
    """Name the part of speech that most words of a treebank have."""
    return Counter(word.pos for sentence in sentences for word in sentence).most_common(1)[0][0]


def f_score(counts: NDArray[np.int64]) -> float:
    """Give the F score of documents together.

    Args:
        counts: shape (documents, 3): right, found, true.

    >>> f_score(np.array([[3, 4, 4], [0, 0, 2]]))
    0.6
    """
    right, found, true = counts.sum(axis=0)
    return float(2 * right / (found + true)) if found + true else float("nan")


def compare(name: str, gold: Sequence[Read], found: Sequence[Read], baseline: Sequence[Read]) -> list[Figure]:
    """Compare what a tagger read with what is right; the interval is over documents of ten sentences.

    Args:
        name: of the treebank.
        gold: documents as `restore` makes them.
        found: the same documents as read by the tagger.
        baseline: the same documents as `naive` reads them.
    """
    figures = []
    for measure in MEASURES:
        own, plain = _counts(gold, found, measure), _counts(gold, baseline, measure)
        knows = measure != "POS F" or any(pos for document in found for *_, pos in document.found[measure])
        low, high = _interval(own) if knows else (None, None)
        figures.append(
            Figure(
                data=name,
                measure=measure,
                n=len(own),
                value=f_score(own) if knows else None,
                low=low,
                high=high,
                baseline=f_score(plain),
                remark="" if knows else "this tagger knows no parts of speech",
            )
        )
    return figures


def _interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Give the ends of the interval of an F score; sentences are resampled."""
    return interval(lambda rows: f_score(counts[rows]), len(counts))


def _counts(gold: Sequence[Read], found: Sequence[Read], measure: str) -> NDArray[np.int64]:
    pairs = [(a.found[measure], b.found[measure]) for a, b in zip(gold, found, strict=True)]
    return np.array([(len(a & b), len(b), len(a)) for a, b in pairs], dtype=np.int64)


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
