"""Teacher vectors: what the English model says of the translation, computed once and kept on disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from models.training.encoder.corpus import Corpus
from models.training.encoder.sources import Parallel

BLOCK = 8_192
GLOSS_WEIGHT = 0.5
WORD_WEIGHT = 0.3


@dataclass
class Lessons:
    """What the student is pulled to.

    Attributes:
        dutch: Dutch texts.
        target: Unit vectors of the teacher, float16[n, d].
        weight: Weight of each lesson in the loss, float32[n].
        kind: ``parallel``, ``gloss`` or ``word`` for each lesson.
    """

    dutch: list[str]
    target: np.ndarray
    weight: np.ndarray
    kind: np.ndarray


def vectors(teacher: SentenceTransformer, texts: list[str], cache: Path) -> np.ndarray:
    """Unit vectors of English texts, float16[n, d]; blocks already in the cache are read from it."""
    cache.mkdir(parents=True, exist_ok=True)
    blocks = []
    for start in range(0, len(texts), BLOCK):
        block = texts[start : start + BLOCK]
        path = cache / (hashlib.sha256("\n".join(block).encode()).hexdigest()[:24] + ".npy")
        if not path.exists():
            found = teacher.encode(block, batch_size=128, normalize_embeddings=True, show_progress_bar=False)
            np.save(path, found.astype(np.float16))
        blocks.append(np.load(path))
    return np.concatenate(blocks)


def parallel_lessons(teacher: SentenceTransformer, pairs: list[Parallel], cache: Path) -> Lessons:
    """Lessons from true translations."""
    target = vectors(teacher, [p.english for p in pairs], cache)
    return Lessons(
        [p.dutch for p in pairs], target, np.ones(len(pairs), dtype=np.float32), np.full(len(pairs), "parallel")
    )


def noisy_lessons(teacher: SentenceTransformer, corpus: Corpus, cache: Path) -> Lessons:
    """Lessons from word-by-word glosses of Dutch sentences and from single words of the lexicon."""
    glossary = corpus.glossary
    heads = sorted(w for w in glossary.lexicon if corpus.counts[w] > 0 and len(w) > 2)
    english = [glossary.gloss(s) for s in corpus.monolingual] + [glossary.best(w) for w in heads]
    sizes = (len(corpus.monolingual), len(heads))
    return Lessons(
        corpus.monolingual + heads,
        vectors(teacher, english, cache),
        np.repeat(np.array([GLOSS_WEIGHT, WORD_WEIGHT], dtype=np.float32), sizes),
        np.repeat(["gloss", "word"], sizes),
    )


def joined(parts: list[Lessons]) -> Lessons:
    """Several sets of lessons as one."""
    return Lessons(
        [text for part in parts for text in part.dutch],
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )
