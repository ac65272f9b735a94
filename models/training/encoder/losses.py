"""The three losses. All vectors are unit vectors, float32."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.05
COSENT_SCALE = 20.0
COSINE_SHARE = 5.0


def distillation(student: Tensor, target: Tensor, weight: Tensor, bank: Tensor) -> Tensor:
    """Pull each vector to its target and rank its target above the others as the teacher would.

    The ranking is the cross-entropy between two softmaxes over the batch's targets and a bank of other targets: the
    teacher's own similarities, and the student's to the same targets. It counts near-copies as near, where plain
    in-batch negatives would push them away.

    Args:
        student: Student's vectors, [n, d].
        target: Teacher's vectors of the translations, [n, d].
        weight: Weight of each row, [n].
        bank: Teacher's vectors of other sentences, [m, d].

    Returns:
        The weighted mean loss.

    >>> e = torch.eye(3)
    >>> ones = torch.ones(3)
    >>> bool(distillation(e, e, ones, e) < distillation(e.roll(1, 0), e, ones, e))
    True
    """
    candidates = torch.cat([target, bank])
    wanted = functional.softmax(target @ candidates.T / TEMPERATURE, dim=1)
    ranking = -(wanted * functional.log_softmax(student @ candidates.T / TEMPERATURE, dim=1)).sum(dim=1)
    distance = 1.0 - (student * target).sum(dim=1)
    return ((COSINE_SHARE * distance + ranking) * weight).sum() / weight.sum()


def cosent(left: Tensor, right: Tensor, score: Tensor) -> Tensor:
    """CoSENT (Su 2022): every pair with a higher score should have the higher cosine.

    Args:
        left: Vectors of the first sentences, [n, d].
        right: Vectors of the second sentences, [n, d].
        score: Judged similarity, [n].

    Returns:
        log(1 + sum over (i, j) with score_i > score_j of exp(20 (cos_j - cos_i))).
    """
    cosine = COSENT_SCALE * (left * right).sum(dim=1)
    difference = (cosine[None, :] - cosine[:, None])[score[:, None] > score[None, :]]
    return torch.logsumexp(torch.cat([difference, difference.new_zeros(1)]), dim=0)
