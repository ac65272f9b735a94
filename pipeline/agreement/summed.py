"""Tables of blocks summed under weights, for many measures at once."""

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.resampling import Floats

MOST_SUMS = 4


class SummedTables:
    """Tables summed under block weights; sums are remembered, since many measures ask for the same ones.

    >>> summed = SummedTables([[1, 3], [2, 2]])
    >>> summed(np.array([1.0, 1.0])).tolist(), summed(np.array([1.0, 1.0])) is summed(np.array([1.0, 1.0]))
    ([3.0, 5.0], True)
    """

    def __init__(self, tables_by_block: ArrayLike) -> None:
        """Take tables of shape (blocks, ...)."""
        self._tables = np.asarray(tables_by_block, dtype=np.float64)
        self._sums: dict[tuple[tuple[int, ...], bytes], Floats] = {}

    def __call__(self, weights: Floats) -> Floats:
        """Sum under weights of shape (..., blocks)."""
        key = (weights.shape, weights.tobytes())
        if key not in self._sums:
            while len(self._sums) >= MOST_SUMS:
                del self._sums[next(iter(self._sums))]
            self._sums[key] = np.tensordot(weights, self._tables, axes=1)
        return self._sums[key]
