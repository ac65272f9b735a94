"""The open data that the pipeline is trained on, read from one folder.

Inputs, all below ``DIR``:
``tagging/ud-prepared`` (UD_Dutch-LassySmall and UD_Dutch-Alpino, CC BY-SA 4.0; gold annotation),
``embedding/laws`` (official texts, no copyright), ``embedding/commonvoice`` (CC0), ``embedding/tatoeba`` (CC BY 2.0 FR)
and ``embedding/ntrex`` (CC BY-SA 4.0), all for word vectors, and ``embedding/opentaal`` (BSD-3 or CC BY 3.0) and
``embedding/omw`` (CC BY-SA 4.0) for the word classes of the lexicon.
"""

import lzma
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = ("train", "dev", "test-lassy", "test-alpino")

# Part of the law text that is read, in hundredths of its lines: some 12 of 50 million words.
LAW_SHARE = 25
EVERYDAY_REPEATS = 3
MIN_WORDS = 4
MAX_WORDS = 80
MIN_FUNCTION_WORDS = 0.12

# Treaties are partly in French, English and German: a line needs enough of these to count as Dutch.
FUNCTION_WORDS = frozenset("de het een en van in op te dat die voor met is niet aan bij of zijn wordt tot door".split())  # noqa: SIM905
FOREIGN = frozenset("the of and to les des et du le la der die und den".split()) - FUNCTION_WORDS  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Word:
    """One token of a treebank.

    Attributes:
        form: as written.
        lemma: base form; separable verbs in one word.
        upos: universal part of speech.
        xpos: tag of the CGN set, parts apart by ``|``.
        feats: universal features, ``_`` where there are none.
    """

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str


def read_treebank(data: Path, part: str) -> list[list[Word]]:
    """Read the sentences of ``train``, ``dev``, ``test-lassy`` or ``test-alpino``."""
    text = (data / "tagging" / "ud-prepared" / f"{part}.conllu").read_text(encoding="utf-8")
    return [[_word(line) for line in block.splitlines()] for block in text.strip().split("\n\n")]


def _word(line: str) -> Word:
    columns = line.split("\t")
    return Word(columns[1], columns[2], columns[3], columns[4], columns[5])


def read_everyday(data: Path) -> Iterator[str]:
    """Read the sentences in everyday and in news language."""
    folder = data / "embedding"
    paths = [*sorted((folder / "commonvoice").glob("*.txt")), folder / "tatoeba" / "nld-mono-union.txt"]
    for path in [*paths, folder / "ntrex" / "newstest2019-ref.nld.txt"]:
        yield from path.read_text(encoding="utf-8").splitlines()


def read_laws(data: Path, share: int = LAW_SHARE) -> Iterator[str]:
    """Read a fixed sample of the lines of law text that are Dutch sentences or clauses."""
    with lzma.open(data / "embedding" / "laws" / "laws.txt.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if zlib.crc32(line.encode()) % 100 < share and is_dutch(line):
                yield line.strip()


def is_dutch(line: str) -> bool:
    """Say whether a line is running Dutch, by its function words.

    >>> is_dutch("Het besluit wordt aan de raad gezonden."), is_dutch("The provisions of this Treaty shall apply.")
    (True, False)
    """
    words = re.findall(r"\w+", line.lower())
    if not MIN_WORDS <= len(words) <= MAX_WORDS:
        return False
    dutch = sum(word in FUNCTION_WORDS for word in words)
    return dutch >= MIN_FUNCTION_WORDS * len(words) and dutch > sum(word in FOREIGN for word in words)
