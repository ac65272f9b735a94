"""The training loop: distillation with scored pairs interleaved, resumable, the same for the same seed."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import BertModel, BertTokenizerFast

from models.training.encoder import losses
from models.training.encoder.batches import cut, epoch_rows, tokenized
from models.training.encoder.sources import Pair
from models.training.encoder.teacher import Lessons

log = logging.getLogger(__name__)

BANK = 1_024
PAIRS_PER_BATCH = 64
AVERAGE_DECAY = 0.998
SECONDS_BETWEEN_CHECKPOINTS = 480.0


@dataclass(frozen=True)
class Plan:
    """One stage of training.

    Attributes:
        name: Name of the stage and of its checkpoint.
        epochs: Rounds over the lessons.
        layers_rate: Learning rate of the transformer.
        pieces_rate: Learning rate of the input embeddings.
        pair_batches: So many batches of scored pairs follow every batch of lessons.
        falling: Whether the rates fall to zero over the stage (else they stay after warming up).
        seed: Seed of every order.
    """

    name: str
    epochs: int
    layers_rate: float
    pieces_rate: float
    pair_batches: int
    falling: bool
    seed: int


def embedded(model: BertModel, ids: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors, float32[n, d]: mean over the tokens; computed in bfloat16 inside the transformer."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).float()
    return functional.normalize((hidden.float() * weights).sum(dim=1) / weights.sum(dim=1), dim=1)


@dataclass
class Average:
    """Exponential mean of the weights; what is evaluated and kept."""

    weights: dict[str, Tensor]
    steps: int = 0

    def update(self, model: BertModel) -> None:
        """Move towards the model's weights; faster at the start, when the mean still holds the untrained ones."""
        self.steps += 1
        decay = min(AVERAGE_DECAY, self.steps / (self.steps + 10.0))
        names, values = zip(*((n, p) for n, p in model.named_parameters()), strict=True)
        with torch.no_grad():
            torch._foreach_lerp_([self.weights[n] for n in names], [v.detach() for v in values], 1.0 - decay)

    @staticmethod
    def of(model: BertModel) -> Average:
        """A mean that starts at the model's weights."""
        return Average({n: p.detach().clone() for n, p in model.named_parameters()})

    def into(self, model: BertModel) -> None:
        """Copy the mean into a model."""
        model.load_state_dict(self.weights, strict=False)


def _optimizer(model: BertModel, plan: Plan) -> torch.optim.AdamW:
    table = model.embeddings.word_embeddings.weight
    rest = [p for n, p in model.named_parameters() if p is not table and not n.startswith("pooler")]
    groups = [{"params": rest, "lr": plan.layers_rate}, {"params": [table], "lr": plan.pieces_rate}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0, fused=True)


def _rate(step: int, total: int, plan: Plan) -> float:
    warm = min(1.0, (step + 1) / 100)
    return warm * (1.0 - step / total) if plan.falling else warm


class Stage:
    """One stage over one model, lessons and sets of scored pairs; ``run`` resumes where a checkpoint stands."""

    def __init__(
        self, model: BertModel, tokenizer: BertTokenizerFast, lessons: Lessons, sets: list[list[Pair]], plan: Plan
    ) -> None:
        """Tokenize the lessons and the scored pairs once."""
        self.model, self.plan, self.lessons = model, plan, lessons
        self.texts = tokenized(tokenizer, lessons.dutch)
        self.target = torch.from_numpy(lessons.target)
        self.weight = torch.from_numpy(lessons.weight)
        self.pairs = [tokenized(tokenizer, [s for p in pairs for s in (p.left, p.right)]) for pairs in sets]
        self.scores = [torch.tensor([p.score for p in pairs]) for pairs in sets]
        self.optimizer = _optimizer(model, plan)
        self.average = Average.of(model)

    def _epoch(self, epoch: int) -> list[np.ndarray]:
        rows = epoch_rows(self.lessons.kind, epoch, self.plan.seed)
        return cut(rows, self.texts.lengths, np.random.default_rng([self.plan.seed, 200 + epoch]))

    def _lesson_loss(self, rows: np.ndarray, rng: np.random.Generator) -> Tensor:
        vectors = embedded(self.model, *self.texts.batch(rows))
        bank = torch.from_numpy(rng.integers(0, len(self.target), BANK))
        return losses.distillation(vectors, self.target[rows].float(), self.weight[rows], self.target[bank].float())

    def _pair_loss(self, rng: np.random.Generator) -> Tensor:
        sizes = np.array([len(s) for s in self.scores], dtype=float)
        which = int(rng.choice(len(sizes), p=sizes / sizes.sum()))
        rows = rng.choice(int(sizes[which]), PAIRS_PER_BATCH, replace=False)
        vectors = embedded(self.model, *self.pairs[which].batch(np.concatenate([2 * rows, 2 * rows + 1])))
        left, right = vectors.chunk(2)
        return losses.cosent(left, right, self.scores[which][rows])

    def _step(self, loss: Tensor, step: int, total: int) -> float:
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        share = _rate(step, total, self.plan)
        for group, rate in zip(
            self.optimizer.param_groups, (self.plan.layers_rate, self.plan.pieces_rate), strict=True
        ):
            group["lr"] = rate * share
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(loss.detach())

    def run(self, checkpoint: Path) -> BertModel:
        """Train to the end of the plan.

        Args:
            checkpoint: File to resume from and to write to.

        Returns:
            The model with the mean weights.
        """
        epochs = [self._epoch(e) for e in range(self.plan.epochs)]
        batches = [batch for epoch in epochs for batch in epoch]
        ends = set(np.cumsum([len(epoch) for epoch in epochs]).tolist())
        done = self._resume(checkpoint)
        self.model.train()
        saved, seen, recent = time.monotonic(), 0, [0.0, 0.0]
        for step in range(done, len(batches)):
            rng = np.random.default_rng([self.plan.seed, 300, step])
            value = self._step(self._lesson_loss(batches[step], rng), step, len(batches))
            recent[0] = 0.98 * recent[0] + 0.02 * value
            for _ in range(self.plan.pair_batches):
                value = self._step(self._pair_loss(rng), step, len(batches))
                recent[1] = 0.95 * recent[1] + 0.05 * value
            self.average.update(self.model)
            seen += len(batches[step])
            if step % 50 == 49:
                pace = seen / (time.monotonic() - saved + 1e-9)
                log.info("%s %d/%d lessons %.3f pairs %.3f", self.plan.name, step + 1, len(batches), *recent)
                log.info("%.0f texts/s since the last checkpoint", pace)
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS or step + 1 in ends:
                self._save(checkpoint, step + 1)
                saved, seen = time.monotonic(), 0
        self.average.into(self.model)
        return self.model.eval()

    def _save(self, checkpoint: Path, step: int) -> None:
        state = {
            "step": step,
            "model": self.model.state_dict(),
            "average": self.average.weights,
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)

    def _resume(self, checkpoint: Path) -> int:
        if not checkpoint.exists():
            return 0
        state = torch.load(checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average = Average(state["average"], state["average_steps"])
        return int(state["step"])
