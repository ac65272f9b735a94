"""Clusters of texts against the labels that people gave them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement.clusterings import adjusted_mutual_information, normalized_mutual_information
from pipeline.evaluation.figures import SEED, Figure, Floats, interval

KMEANS_STARTS = 10
PERMUTATIONS = 100

Whole = NDArray[np.int64]


def cluster(vectors: NDArray[np.float32], n_clusters: int) -> Whole:
    """Group n vectors with k-means, seeded; the number of clusters is the number of labels.

    Args:
        vectors: shape (n, d), unit rows.
        n_clusters: at least 1 and at most n.

    Returns:
        Shape (n,), numbers from 0.
    """
    from sklearn.cluster import KMeans

    fitted = KMeans(n_clusters, n_init=KMEANS_STARTS, random_state=SEED).fit_predict(vectors.astype(np.float64))
    return np.asarray(fitted, dtype=np.int64)


def crosstab(clusters: Whole, labels: Whole, shape: tuple[int, int]) -> Floats:
    """Count units in each cluster and label: shape (clusters, labels)."""
    cells = np.bincount(clusters * shape[1] + labels, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype(np.float64)


def scores(name: str, clusters: Whole, labels: Sequence[str], baseline: Whole) -> list[Figure]:
    """Compare a grouping with labels by NMI and AMI.

    NMI is not 0 under chance; its chance is the mean over permuted labels. AMI is corrected for chance.

    Args:
        name: of the benchmark.
        clusters: shape (n,), numbers from 0.
        labels: n names.
        baseline: shape (n,), the grouping of the baseline.
    """
    _, codes = np.unique(np.asarray(labels), return_inverse=True)
    codes = np.asarray(codes, dtype=np.int64).ravel()
    shape = (int(max(clusters.max(), baseline.max())) + 1, int(codes.max()) + 1)
    rng = np.random.default_rng(SEED)
    moved = np.stack([crosstab(clusters, rng.permutation(codes), shape) for _ in range(PERMUTATIONS)])
    figures = []
    for measure, of in (("NMI", normalized_mutual_information), ("AMI", adjusted_mutual_information)):

        def resampled(rows: Whole, of: Callable[[Floats], Floats] = of) -> float:
            return float(of(crosstab(clusters[rows], codes[rows], shape)))

        low, high = interval(resampled, len(codes))
        figures.append(
            Figure(
                data=name,
                measure=measure,
                n=len(codes),
                value=float(of(crosstab(clusters, codes, shape))),
                low=low,
                high=high,
                baseline=float(of(crosstab(baseline, codes, shape))),
                chance=float(np.mean(of(moved))),
            )
        )
    return figures
