"""Word vectors from character n-grams (floret), small enough to ship: every word has one, known or not.

Bojanowski et al. 2017 (subword vectors) with the hashed table of floret: each n-gram is the sum of ``HASHES`` rows.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import floret  # type: ignore[import-untyped]
import spacy

from models.training.tagger.sources import EVERYDAY_REPEATS, read_everyday, read_laws, read_treebank

log = logging.getLogger(__name__)

DIMS = 96
ROWS = 40_000
HASHES = 2
SETTINGS = {
    "model": "skipgram", "mode": "floret", "dim": DIMS, "bucket": ROWS, "hashCount": HASHES, "minn": 3, "maxn": 5,
    "ws": 2, "neg": 5, "epoch": 3, "minCount": 3, "lr": 0.05, "thread": 1, "verbose": 1,
}  # fmt: skip


def write_text(data: Path, path: Path) -> None:
    """Write the text for the vectors: one line per sentence, tokens apart by a space, lower case."""
    tokenize = spacy.blank("nl").tokenizer
    with path.open("w", encoding="utf-8") as out:
        for line in _lines(data):
            out.write(" ".join(token.lower_ for token in tokenize(line) if not token.is_space) + "\n")


def _lines(data: Path) -> Iterator[str]:
    yield from read_laws(data)
    for _ in range(EVERYDAY_REPEATS):
        yield from read_everyday(data)
        yield from (" ".join(word.form for word in sentence) for sentence in read_treebank(data, "train"))


def train_vectors(text: Path, folder: Path) -> None:
    """Train the vectors and write them as a spaCy pipeline that holds nothing else."""
    model = floret.train_unsupervised(str(text), **SETTINGS)
    table = folder.with_suffix(".floret")
    model.save_floret_vectors(str(table))
    command = ["init", "vectors", "nl", str(table), str(folder), "--mode", "floret", "--attr", "LOWER"]
    subprocess.run([sys.executable, "-m", "spacy", *command], check=True)  # noqa: S603 - our own arguments
