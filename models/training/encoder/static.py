"""The static encoder: one vector per piece, the mean of them pulled to the contextual encoder's vector."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from torch import Tensor
from torch.nn import functional
from transformers import BertTokenizerFast

from models.training.encoder import losses
from models.training.encoder.sources import Pair

log = logging.getLogger(__name__)

# 28,000 vectors of this size in float32 are 14.3 MB; float16 would turn an empty text into NaN on normalising.
DIMENSIONS = 128
BATCH = 512
BANK = 1_024
PAIRS_PER_BATCH = 256
RATE = 3e-3
EPOCHS = 20
PAIRS_EVERY = 2


@dataclass(frozen=True)
class Bags:
    """Texts as bags of piece numbers: all pieces in a row, and where each text starts and ends."""

    pieces: np.ndarray
    bounds: np.ndarray

    @staticmethod
    def of(tokenizer: BertTokenizerFast, texts: list[str]) -> Bags:
        """Tokenize texts without special tokens."""
        ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
        bounds = np.concatenate([[0], np.cumsum([len(i) for i in ids])])
        return Bags(np.concatenate([np.array(i, dtype=np.int64) for i in ids]), bounds)

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Piece numbers and offsets of some texts, as an embedding bag takes them."""
        parts = [self.pieces[self.bounds[r] : self.bounds[r + 1]] for r in rows]
        offsets = np.concatenate([[0], np.cumsum([len(p) for p in parts[:-1]])])
        return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(offsets)


def projection(vectors: np.ndarray, dimensions: int) -> np.ndarray:
    """The leading directions of vectors, float32[d, dimensions], not centred, so that cosines are kept best."""
    _, directions = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors.astype(np.float64))
    return np.asarray(directions[:, ::-1][:, :dimensions], dtype=np.float32)


def unit(vectors: Tensor) -> Tensor:
    """Vectors scaled to length one."""
    return functional.normalize(vectors, dim=1)


def first_vectors(encoder: SentenceTransformer, tokenizer: BertTokenizerFast, counts: Counter[str]) -> np.ndarray:
    """The encoder's own vector of each piece alone, frequent pieces made shorter (Arora et al. 2017, equation 3)."""
    pieces = [p for p, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    vectors = encoder.encode([p.removeprefix("##") for p in pieces], batch_size=256, show_progress_bar=False)
    share = np.array([counts.get(p.removeprefix("##"), 0.0) for p in pieces]) / 1e6
    return np.asarray(vectors * (1e-3 / (1e-3 + share))[:, None], dtype=np.float32)


def distilled(
    tokenizer: BertTokenizerFast, first: np.ndarray, texts: list[str], target: np.ndarray, sets: list[list[Pair]],
    *, seed: int,
) -> StaticEmbedding:  # fmt: skip
    """Train a static embedding.

    Args:
        tokenizer: Tokenizer of the contextual encoder.
        first: Vectors to start from, float32[pieces, d].
        texts: Dutch texts.
        target: The contextual encoder's unit vectors of the texts, float32[n, d].
        sets: Scored pairs; the scales of different sets are never compared.
        seed: Seed of the order.

    Returns:
        The module, with ``DIMENSIONS`` dimensions, float32.
    """
    down = projection(target[:: max(1, len(target) // 20_000)], DIMENSIONS)
    wanted = unit(torch.from_numpy(target.astype(np.float32) @ down))
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(first @ down), freeze=False)
    texts_in = Bags.of(tokenizer, texts)
    pairs_in = [Bags.of(tokenizer, [s for p in pairs for s in (p.left, p.right)]) for pairs in sets]
    scores = [torch.tensor([p.score for p in pairs]) for pairs in sets]
    optimizer = torch.optim.Adam(bag.parameters(), lr=RATE, betas=(0.9, 0.98), fused=True)
    rng = np.random.default_rng(seed)
    total = EPOCHS * (len(texts) // BATCH)
    ones = torch.ones(BATCH)
    for step in range(total):
        if step % (len(texts) // BATCH) == 0:
            order = rng.permutation(len(texts))
        rows = order[(step * BATCH) % (len(texts) - BATCH) :][:BATCH]
        others = torch.from_numpy(rng.integers(0, len(wanted), BANK))
        loss = losses.distillation(unit(bag(*texts_in.batch(rows))), wanted[rows], ones, wanted[others])
        if step % PAIRS_EVERY == 0:
            which = int(rng.integers(len(sets)))
            picked = rng.choice(len(scores[which]), PAIRS_PER_BATCH, replace=False)
            both = unit(bag(*pairs_in[which].batch(np.concatenate([2 * picked, 2 * picked + 1]))))
            loss = loss + losses.cosent(*both.chunk(2), scores[which][picked])
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1.0 - step / total)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 500 == 0:
            log.info("static %d/%d loss %.3f", step, total, float(loss.detach()))
    return StaticEmbedding(tokenizer, embedding_weights=bag.weight.detach())
