"""What a fragment sounds like: its vector held against the seed sentences of each value, and against praise and blame.

A concept is a direction in the space of sentence vectors. Turftopic's ConceptVectorProjection takes the mean of the
positive seeds less that of the negative ones; here the direction is that of a linear classifier between the seeds of a
value and those of the other values, as in concept activation vectors (Kim et al. 2018, ICML, section 3.2), which also
knows where the middle lies. The valence direction is bundled (``pipeline.stances.valence``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.stances.scales import SCALES
from pipeline.stances.seeds import Seed
from pipeline.stances.valence import PROBE, SAME_SPACE, Direction, find_direction
from pipeline.vocabulary import Hat, Polarity, Scheme, Sentiment

BATCH = 64
SEED_FREEDOM = 3.0
MAX_ITERATIONS = 1000
N_COMPANIONS = 3
FAVOURABLE: Mapping[str, float] = {
    Hat.GEEL: 1.0,
    Hat.ZWART: -1.0,
    Sentiment.POSITIEF: 1.0,
    Sentiment.NEGATIEF: -1.0,
    Polarity.KANS: 1.0,
    Polarity.KNELPUNT: -1.0,
}

Matrix = NDArray[np.float64]


class Encoder(Protocol):
    """Texts to vectors."""

    name: str
    fingerprint: str

    def fits(self, text: str) -> bool:
        """Say whether the encoder takes a text whole."""
        ...

    def encode(self, texts: Sequence[str], *, batch_size: int) -> NDArray[np.float32]:
        """Encode n texts as an array (n, d) of unit rows."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sound:
    """How n fragments sound, in standard deviations from the middle.

    Attributes:
        concepts: per scheme (n, k), how much like the seeds of each value.
        valence: (n, ), how favourable; None where there is no direction for this encoder.
    """

    concepts: Mapping[Scheme, Matrix]
    valence: NDArray[np.float64] | None

    def lean(self, scheme: Scheme) -> Matrix:
        """Give (n, k): valence as it bears on each value; 0 where it bears on none."""
        bearing = np.array([FAVOURABLE.get(value, 0.0) for value in SCALES[scheme]])
        if self.valence is None:
            return np.zeros_like(self.concepts[scheme])
        bears: Matrix = np.outer(self.valence, bearing)
        return bears


def listen(
    texts: Sequence[str],
    vectors: Matrix,
    *,
    encoder: Encoder,
    seeds: Sequence[Seed],
    directions: Sequence[Direction],
) -> Sound | None:
    """Hold n fragments against the seeds.

    Args:
        texts: n texts, in canonical order; a few are encoded again, to see whether the encoder gives a text
            the same vector in other company.
        vectors: (n, d).
        encoder: the one that made the vectors.
        seeds: of all schemes.
        directions: valence directions of several spaces.

    Returns:
        None where the encoder is trained on the texts it is given, so that seeds have no place in its space.
    """
    companions = list(islice((i for i, text in enumerate(texts) if text.strip() and encoder.fits(text)), N_COMPANIONS))
    again = encoder.encode([PROBE, *(texts[i] for i in companions)], batch_size=BATCH).astype(np.float64)
    alike = again.shape[1] == vectors.shape[1] and all(
        _same(vectors[i], vector) for i, vector in zip(companions, again[1:], strict=True)
    )
    if not companions or not alike:
        return None
    seeded = encoder.encode([seed.sentence for seed in seeds], batch_size=BATCH).astype(np.float64)
    direction = find_direction(again[0], directions)
    return Sound(
        concepts={scheme: _compare(vectors, seeded, seeds, scheme) for scheme in SCALES},
        valence=None if direction is None else _standardise(vectors @ direction, seeded @ direction),
    )


def _same(one: Matrix, other: Matrix) -> bool:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return lengths > 0 and float(one @ other) >= SAME_SPACE * lengths


def _compare(vectors: Matrix, seeded: Matrix, seeds: Sequence[Seed], scheme: Scheme) -> Matrix:
    from sklearn.linear_model import LogisticRegression

    rows = [i for i, seed in enumerate(seeds) if seed.scheme is scheme]
    values = np.array([seeds[i].value for i in rows])
    columns = []
    for value in SCALES[scheme]:
        taught = LogisticRegression(C=SEED_FREEDOM, class_weight="balanced", max_iter=MAX_ITERATIONS)
        taught.fit(seeded[rows], values == value)
        columns.append(_standardise(taught.decision_function(vectors), taught.decision_function(seeded[rows])))
    return np.column_stack(columns)


def _standardise(found: NDArray[np.float64], of_seeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre and scale by the fragments, and by the seeds as if they were as many fragments more.

    What all fragments of a study share, its subject, says nothing of one of them; with few fragments the seeds say
    where the middle lies.
    """
    weight = len(found) / (len(found) + len(of_seeds))
    middle = weight * float(found.mean()) + (1 - weight) * float(of_seeds.mean())
    spread = weight * float(found.var()) + (1 - weight) * float(of_seeds.var())
    standard: NDArray[np.float64] = (found - middle) / np.sqrt(spread)
    return standard
