"""Build the bundled valence directions, one for each bundled encoder.

    python -m models.training.valence.build --data ../shared/data

Needs the extra ``training`` (vaderSentiment, for its word list). No randomness: ridge regression from the vector of a
single word to its valence (Hollis, Westbury and Lefsrud 2017, Quarterly Journal of Experimental Psychology 70(8),
extrapolate norms in the same way from vectors of words); its coefficients are a direction, on which vectors of
sentences are projected later. ``--check`` gives rank correlations with valences of other words instead: the tenth of
the words that a hash puts aside.
"""

import argparse
import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.checksums import write_checksums
from models.training.valence.words import carry_over, read_common, read_pattern, read_vader
from pipeline.analysis.stances.concepts import PROBE, SEED_VECTORS, VALENCE_FOLDER, load_seeds
from pipeline.loaders import load_encoder

ENCODERS = ("bundled", "bundled-static")
PENALTY = 30.0
WEIGHTS = {"vader": 1.0, "pattern": 0.3}
BATCH = 256
DECIMALS = 5
HEADER = "direction\tprobe"


def gather(data: Path) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Give n words, their valences, and the weight that each has in the regression; a word may be in both lists."""
    common = read_common(data / "embedding" / "frequencywords" / "nl_50k_2018.txt")
    english = read_vader(Path(str(files("vaderSentiment") / "vader_lexicon.txt")))
    lists = {
        "vader": carry_over(english, data / "embedding" / "lexicon" / "nl-en.tsv", common),
        "pattern": read_pattern(data / "polarity" / "pattern-nl" / "nl-sentiment.xml"),
    }
    rows = [(word, value, WEIGHTS[name]) for name, found in lists.items() for word, value in found.items()]
    print({name: len(found) for name, found in lists.items()})
    words, values, weights = zip(*rows, strict=True)
    return list(words), np.array(values), np.array(weights)


def find_direction(
    vectors: NDArray[np.float32], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Regress valence on vectors, and give the coefficients at length one."""
    from sklearn.linear_model import Ridge

    taught = Ridge(alpha=PENALTY).fit(vectors.astype(np.float64), values, sample_weight=weights)
    coefficients: NDArray[np.float64] = taught.coef_
    return coefficients / np.linalg.norm(coefficients)


def format_direction(weights: NDArray[np.floating], probe: NDArray[np.floating]) -> str:
    """Write a direction and its probe as two columns."""
    rows = (f"{weight:.{DECIMALS}f}\t{value:.{DECIMALS}f}" for weight, value in zip(weights, probe, strict=True))
    return "\n".join([HEADER, *rows]) + "\n"


def main() -> None:
    """Write the directions, or check them on words put aside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    words, values, weights = gather(asked.data)
    aside = np.array([int(hashlib.sha256(word.encode()).hexdigest(), 16) % 10 == 0 for word in words])
    for name in ENCODERS:
        encoder = load_encoder(name)
        vectors = encoder.encode(words, batch_size=BATCH)
        if asked.check:
            _check(name, vectors, values, weights, aside)
            continue
        direction = find_direction(vectors, values, weights)
        probe = encoder.encode([PROBE], batch_size=1)[0]
        (VALENCE_FOLDER / f"{name}.tsv").write_text(format_direction(direction, probe), encoding="utf-8")
    if not asked.check:
        keep_seed_vectors()
        write_checksums(VALENCE_FOLDER, "valence directions of the bundled encoders, vectors of the seed sentences")


def keep_seed_vectors() -> None:
    """Write the vectors of the probe and of the seed sentences, in this order, by the bundled contextual encoder."""
    sentences = [PROBE, *(seed.sentence for seed in load_seeds())]
    vectors = load_encoder("bundled").encode(sentences, batch_size=BATCH)
    np.save(VALENCE_FOLDER / SEED_VECTORS, vectors.astype(np.float32))


def _check(
    name: str,
    vectors: NDArray[np.float32],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    aside: NDArray[np.bool_],
) -> None:
    from scipy.stats import spearmanr

    direction = find_direction(vectors[~aside], values[~aside], weights[~aside])
    projected = vectors[aside] @ direction
    for source, weight in WEIGHTS.items():
        kept = weights[aside] == weight
        rated = kept & (values[aside] != 0)
        both = [float(spearmanr(projected[rows], values[aside][rows]).statistic) for rows in (kept, rated)]
        print(f"{name} {source}: n {kept.sum()} rho {both[0]:.3f}; listed as not 0: n {rated.sum()} rho {both[1]:.3f}")


if __name__ == "__main__":
    main()
