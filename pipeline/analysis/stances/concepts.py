"""How alike a fragment is to the seed sentences of each value, and to praise and blame, by its vector.

A concept is a direction in the space of sentence vectors. Turftopic's ConceptVectorProjection takes the mean of the
positive seeds less that of the negative ones; here the direction is that of a linear classifier between the seeds of a
value and those of the other values, as in concept activation vectors (Kim et al. 2018, ICML, section 3.2), which also
knows where the middle lies. The valence direction is bundled (``pipeline.analysis.stances.concepts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.checksums import find_damage
from pipeline.analysis.embeddings import Encoder
from pipeline.analysis.stances.lexicon import read_rows
from pipeline.analysis.stances.scales import SCALES
from pipeline.core.errors import InputError, Problem
from pipeline.core.receipts import Kept, look_up
from pipeline.core.views import Floats, pack_array, unpack_array
from pipeline.core.vocabulary import Hat, Polarity, Scheme, Sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A sentence that shows a value.

    Attributes:
        scheme: hat, sentiment or polarity.
        value: one of its values.
        subject: what it is about; shared by one sentence of each value.
        sentence: general Dutch.
    """

    scheme: Scheme
    value: str
    subject: str
    sentence: str


@lru_cache(maxsize=1)
def load_seeds() -> tuple[Seed, ...]:
    """Read the seed sentences that are part of the library.

    >>> sorted({seed.value for seed in load_seeds() if seed.scheme is Scheme.POLARITY})
    ['kans', 'knelpunt']
    """
    return tuple(
        Seed(scheme=Scheme(row["scheme"]), value=row["value"], subject=row["subject"], sentence=row["sentence"])
        for row in read_rows("seeds.tsv")
    )


VALENCE_FOLDER = Path(__file__).parents[3] / "models" / "bundled" / "valence"
PROBE = "De deur van het gebouw staat open en iemand leest de krant."
SAME_SPACE = 0.999
SEED_VECTORS = "seeds.npy"
"""What the bundled encoder makes of the probe and of each seed, since encoding them costs more than a study's words."""
SAME_VECTOR = 1e-5


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A direction in one space.

    Attributes:
        weights: (d,), of length one; the favourable side is positive.
        probe: (d,), the vector of the probe sentence in that space.
    """

    weights: Floats
    probe: Floats

    def fits(self, probe: Floats) -> bool:
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
    damage = find_damage(VALENCE_FOLDER)
    if damage:
        raise InputError(
            Problem(f"models/bundled/valence/{name}", fault, "Get the project again") for name, fault in damage.items()
        )
    return tuple(parse_direction(path.read_text(encoding="utf-8")) for path in sorted(VALENCE_FOLDER.glob("*.tsv")))


def find_seed_vectors(probe: Floats, seeds: Sequence[Seed]) -> Floats | None:
    """Give the bundled (n, d) vectors of the n seed sentences, for the encoder that made them; None for any other.

    Args:
        probe: the probe sentence, as an encoder sees it.
        seeds: whose vectors are asked for; only those of the library have bundled ones.
    """
    bundled = np.load(VALENCE_FOLDER / SEED_VECTORS, allow_pickle=False).astype(np.float64)
    known = probe.shape == bundled[0].shape and np.allclose(probe, bundled[0], rtol=0, atol=SAME_VECTOR)
    return bundled[1:] if known and tuple(seeds) == load_seeds() else None


def find_direction(probe: Floats, directions: Sequence[Direction]) -> Floats | None:
    """Find the direction for the space that a vector of the probe sentence comes from; None where there is none."""
    return next((direction.weights for direction in directions if direction.fits(probe)), None)


def parse_direction(text: str) -> Direction:
    """Read a direction and its probe from two columns."""
    lines = text.rstrip("\n").split("\n")
    columns = np.array([[float(cell) for cell in line.split("\t")] for line in lines[1:]])
    return Direction(weights=columns[:, 0], probe=columns[:, 1])


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


@dataclass(frozen=True, kw_only=True)
class SeedSimilarity:
    """Likeness of n fragments to the seeds, in standard deviations from the middle.

    Attributes:
        concepts: per scheme (n, k), how much like the seeds of each value.
        valence: (n, ), how favourable; None where there is no direction for this encoder.
    """

    concepts: Mapping[Scheme, Floats]
    valence: NDArray[np.float64] | None

    def lean(self, scheme: Scheme) -> Floats:
        """Give (n, k): valence as it bears on each value; 0 where it bears on none."""
        bearing = np.array([FAVOURABLE.get(value, 0.0) for value in SCALES[scheme]])
        if self.valence is None:
            return np.zeros_like(self.concepts[scheme])
        bears: Floats = np.outer(self.valence, bearing)
        return bears


def compare_with_seeds(
    texts: Sequence[str],
    vectors: Floats,
    *,
    encoder: Encoder,
    seeds: Sequence[Seed],
    directions: Sequence[Direction],
    kept: Kept | None = None,
) -> SeedSimilarity | None:
    """Compare n fragments with the seeds.

    Args:
        texts: n texts, in canonical order; a few are encoded again, to see whether the encoder gives a text
            the same vector in other company.
        vectors: (n, d).
        encoder: the one that made the vectors.
        seeds: of all schemes.
        directions: valence directions of several spaces.
        kept: what earlier runs learned from the same seeds.

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
    seeded = find_seed_vectors(again[0], seeds)
    if seeded is None:
        seeded = encoder.encode([seed.sentence for seed in seeds], batch_size=BATCH).astype(np.float64)
    direction = find_direction(again[0], directions)
    return SeedSimilarity(
        concepts={scheme: _compare(vectors, seeded, seeds, scheme, kept) for scheme in SCALES},
        valence=None if direction is None else _standardise(vectors @ direction, seeded @ direction),
    )


def _same(one: Floats, other: Floats) -> bool:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return lengths > 0 and float(one @ other) >= SAME_SPACE * lengths


def _compare(vectors: Floats, seeded: Floats, seeds: Sequence[Seed], scheme: Scheme, kept: Kept | None) -> Floats:
    rows = [i for i, seed in enumerate(seeds) if seed.scheme is scheme]
    own, values = seeded[rows], [seeds[i].value for i in rows]
    learned = unpack_array(
        look_up(kept, lambda: ["seeds", scheme, own, values], lambda: pack_array(_learn(own, values, scheme)))
    ).reshape(len(SCALES[scheme]), -1)
    columns = [_standardise(vectors @ row[:-1] + row[-1], own @ row[:-1] + row[-1]) for row in learned]
    return np.column_stack(columns)


def _learn(seeded: Floats, values: Sequence[str], scheme: Scheme) -> Floats:
    """Give for each of k values the direction from the other seeds to its own, and the middle between: (k, d + 1)."""
    from sklearn.linear_model import LogisticRegression

    learned = []
    for value in SCALES[scheme]:
        taught = LogisticRegression(C=SEED_FREEDOM, class_weight="balanced", max_iter=MAX_ITERATIONS)
        taught.fit(seeded, np.array(values) == value)
        learned.append(np.append(taught.coef_[0], taught.intercept_))
    return np.array(learned)


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
