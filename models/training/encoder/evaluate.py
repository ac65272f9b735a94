"""Print the figures of encoders on the test parts, with bootstrap intervals, beside what they must beat.

    python -m models.training.encoder.evaluate --data ../shared/data FOLDER [FOLDER ...]

Beside the folders: character TF-IDF, the English teacher on the Dutch text, the teacher on a word-by-word gloss, and,
where the work folder holds them, the untrained student and the student tuned without SICK.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sentence_transformers import SentenceTransformer
from sklearn.feature_extraction.text import TfidfVectorizer

from models.training.encoder import build, transplant
from models.training.encoder.corpus import Corpus
from models.training.encoder.export import assembled
from models.training.encoder.measure import Encode, from_cosines, retrieval, similarity
from models.training.encoder.sources import Pair

SPEED_TEXTS = 2_000


def tfidf(pairs: list[Pair]) -> tuple[float, float, float]:
    """Spearman's rho of character n-gram TF-IDF (2 to 5 characters, within words), fitted on the pairs themselves."""
    left, right = [p.left for p in pairs], [p.right for p in pairs]
    model = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit(left + right)
    a, b = csr_matrix(model.transform(left)), csr_matrix(model.transform(right))
    return from_cosines(np.asarray(a.multiply(b).sum(axis=1)).ravel(), pairs)


def encoding(encoder: SentenceTransformer, change: Callable[[str], str] = str) -> Encode:
    """A function from texts to vectors, each text changed first."""

    def encode(texts: list[str]) -> np.ndarray:
        found = encoder.encode([change(t) for t in texts], batch_size=64, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    return encode


def speed(encode: Encode, corpus: Corpus) -> float:
    """Short texts per second, the first batch not counted."""
    texts = [s for s in corpus.monolingual if 4 <= s.count(" ") <= 14][:SPEED_TEXTS]
    encode(texts[:64])
    start = time.perf_counter()
    encode(texts)
    return len(texts) / (time.perf_counter() - start)


def line(name: str, figures: list[tuple[float, float, float]], pace: float) -> str:
    """One row of the table."""
    cells = [f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in figures]
    return "| " + " | ".join([name, *cells, *["-"] * (3 - len(cells)), f"{pace:,.0f}" if pace else "-"]) + " |"


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("models/training/work/encoder"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--beside", action=argparse.BooleanOptionalAction, default=True, help="also what it must beat")
    parser.add_argument("folders", type=Path, nargs="*")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    corpus = build.prepared(options.data, options.work)
    teacher = SentenceTransformer(str(transplant.teacher_folder()), device="cpu")
    dutch = encoding(teacher)
    english = dutch([p.english for p in corpus.bitext_test])
    rows: list[str] = []
    candidates: list[tuple[str, Encode]] = []
    if options.beside:
        rows.append(line("character TF-IDF", [tfidf(corpus.test), tfidf(corpus.sick_test)], 0.0))
        candidates.append(("English teacher on Dutch", dutch))
        candidates.append(("word-by-word gloss, English teacher", encoding(teacher, corpus.glossary.gloss)))
        for name in ("untrained", build.TUNE_APART.name):
            if (options.work / name).exists():
                candidates.append((name, encoding(assembled(options.work / name))))
    for folder in options.folders:
        loaded = SentenceTransformer(str(folder), device="cpu")
        candidates.append((folder.name, encoding(loaded)))
    for name, encode in candidates:
        figures = [similarity(encode, corpus.test), similarity(encode, corpus.sick_test)]
        if encode([""]).shape[1] == english.shape[1]:
            figures.append(retrieval(encode, corpus.bitext_test, english))
        rows.append(line(name, figures, speed(encode, corpus)))
    head = ["| encoder | STSb-nl test | SICK-NL TEST | Tatoeba nl-en | texts/s |", "|---|---|---|---|---|"]
    sys.stdout.write("\n".join([*head, *rows]) + "\n")


if __name__ == "__main__":
    main()
