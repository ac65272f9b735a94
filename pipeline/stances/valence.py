"""The bundled valence directions: where in the space of an encoder praise lies, and where blame.

A direction belongs to one space of vectors. Which one is not a matter of names: beside the direction stands the vector
that its encoder gave to a probe sentence, and a direction is used where an encoder gives the same. See the card in the
folder for sources, licences and figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.checksums import find_damage
from pipeline.errors import InputError, Problem

FOLDER = Path(__file__).parents[2] / "models" / "bundled" / "valence"
PROBE = "De deur van het gebouw staat open en iemand leest de krant."
SAME_SPACE = 0.999
DECIMALS = 5
HEADER = "direction\tprobe"

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A direction in one space.

    Attributes:
        weights: (d,), of length one; the favourable side is positive.
        probe: (d,), the vector of the probe sentence in that space.
    """

    weights: Vector
    probe: Vector

    def fits(self, probe: Vector) -> bool:
        """Say whether a vector of the probe sentence comes from the space of this direction."""
        if probe.shape != self.probe.shape:
            return False
        return float(probe @ self.probe) >= SAME_SPACE * float(np.linalg.norm(probe) * np.linalg.norm(self.probe))


@lru_cache(maxsize=1)
def read_directions() -> tuple[Direction, ...]:
    """Read the bundled directions.

    Raises:
        InputError: a file is damaged.

    >>> sorted(len(direction.weights) for direction in read_directions())
    [128, 384]
    """
    damage = find_damage(FOLDER)
    if damage:
        raise InputError(
            Problem(f"models/bundled/valence/{name}", fault, "Get the project again") for name, fault in damage.items()
        )
    return tuple(parse_direction(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.tsv")))


def find_direction(probe: Vector, directions: Sequence[Direction]) -> Vector | None:
    """Find the direction for the space that a vector of the probe sentence comes from; None where there is none."""
    return next((direction.weights for direction in directions if direction.fits(probe)), None)


def parse_direction(text: str) -> Direction:
    """Read a direction and its probe from two columns."""
    lines = text.rstrip("\n").split("\n")
    columns = np.array([[float(cell) for cell in line.split("\t")] for line in lines[1:]])
    return Direction(weights=columns[:, 0], probe=columns[:, 1])


def format_direction(weights: NDArray[np.floating], probe: NDArray[np.floating]) -> str:
    """Write a direction and its probe as two columns.

    >>> parse_direction(format_direction(np.array([0.6, 0.8]), np.array([1.0, 0.0]))).weights.tolist()
    [0.6, 0.8]
    """
    rows = (f"{weight:.{DECIMALS}f}\t{value:.{DECIMALS}f}" for weight, value in zip(weights, probe, strict=True))
    return "\n".join([HEADER, *rows]) + "\n"
