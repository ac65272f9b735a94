"""Batches of token ids, sorted by length so that little is padding; the same order for the same seed and epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from transformers import BertTokenizerFast

TRAIN_LENGTH = 48
TOKENS_PER_BATCH = 3_072
POOL = 40
# Of the noisy lessons an epoch takes a part, each time another; of the translations all, this many times.
SHARES = {"parallel": 1.0, "gloss": 0.2, "word": 0.1}


@dataclass
class Texts:
    """Tokenized texts: ``ids`` per text and their lengths."""

    ids: list[list[int]]
    lengths: np.ndarray
    padding: int

    def batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and mask of some texts, int64[n, longest]."""
        width = int(self.lengths[rows].max())
        ids = np.full((len(rows), width), self.padding, dtype=np.int64)
        for line, row in enumerate(rows):
            ids[line, : self.lengths[row]] = self.ids[row]
        return torch.from_numpy(ids), torch.from_numpy(ids != self.padding).long()


def tokenized(tokenizer: BertTokenizerFast, texts: list[str]) -> Texts:
    """Token ids of texts, cut at the training length."""
    ids = tokenizer(texts, truncation=True, max_length=TRAIN_LENGTH)["input_ids"]
    return Texts(ids, np.array([len(i) for i in ids]), int(tokenizer.pad_token_id or 0))


def epoch_rows(kind: np.ndarray, epoch: int, seed: int) -> np.ndarray:
    """Rows of one epoch in a random order: each kind's share, going round through the kind over the epochs."""
    chosen = []
    for number, (name, share) in enumerate(sorted(SHARES.items())):
        rows = np.random.default_rng([seed, number]).permutation(np.flatnonzero(kind == name))
        size = int(len(rows) * share)
        if size:
            chosen.append(np.take(rows, np.arange(epoch * size, (epoch + 1) * size), mode="wrap"))
    return np.random.default_rng([seed, 100 + epoch]).permutation(np.concatenate(chosen))


def cut(rows: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Cut rows in batches of about equal length and at most ``TOKENS_PER_BATCH`` tokens, padding included."""
    batches: list[np.ndarray] = []
    pool = POOL * TOKENS_PER_BATCH // 12
    for start in range(0, len(rows), pool):
        part = rows[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        first = 0
        for last in range(1, len(part) + 1):
            if last == len(part) or (last + 1 - first) * lengths[part[last]] > TOKENS_PER_BATCH:
                batches.append(part[first:last])
                first = last
    return [batches[i] for i in rng.permutation(len(batches))]
