"""Places of fragments and topics: centres, outliers, the nearest centre, and a flat map. Pure numpy.

Vectors are unit rows, so that a product is a cosine. -1 is the label of an outlier.
"""

import numpy as np
from numpy.typing import NDArray

OUTLIER = -1
SMALLEST_TOPIC = 2

Vectors = NDArray[np.float64]
Labels = NDArray[np.int64]


def find_centres(vectors: Vectors, labels: Labels) -> dict[int, Vectors]:
    """Average the vectors of each topic, to unit length; outliers have no centre.

    >>> find_centres(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), np.array([0, 1, -1]))[1].tolist()
    [0.0, 1.0]
    """
    centres = {}
    for label in np.unique(labels[labels != OUTLIER]):
        mean = vectors[labels == label].mean(axis=0)
        length = float(np.linalg.norm(mean))
        centres[int(label)] = mean / length if length > 0 else mean
    return centres


def nearest_centre(vectors: Vectors, centres: dict[int, Vectors]) -> tuple[Labels, Vectors]:
    """Find the nearest centre of each of n vectors; of equally near ones the smallest label.

    Returns:
        n labels, and n cosines in [-1, 1].
    """
    names = sorted(centres)
    cosines = vectors @ np.stack([centres[name] for name in names]).T
    best = cosines.argmax(axis=1)
    return np.asarray(names, dtype=np.int64)[best], cosines[np.arange(len(vectors)), best]


def mark_outliers(vectors: Vectors, labels: Labels, quantile: float) -> Labels:
    """Make outliers of the given share of fragments that lie farthest from every centre.

    A topic keeps at least two of its fragments. Equally far ones are taken in the order of the rows.

    Args:
        vectors: (n, d) unit rows.
        labels: n labels; those that are outliers already stay so and count for the share.
        quantile: share in [0, 1).

    Returns:
        n labels.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    >>> mark_outliers(vectors, np.array([0, 0, 0, 0]), 0.25).tolist()
    [0, 0, 0, -1]
    """
    marked = labels.copy()
    wanted = int(len(labels) * quantile) - int((labels == OUTLIER).sum())
    centres = find_centres(vectors, labels)
    if wanted <= 0 or not centres:
        return marked
    _, cosines = nearest_centre(vectors, centres)
    for row in np.argsort(np.round(cosines, 12), kind="stable"):
        if wanted and marked[row] != OUTLIER and (marked == marked[row]).sum() > SMALLEST_TOPIC:
            marked[row] = OUTLIER
            wanted -= 1
    return marked


def lay_out(vectors: Vectors) -> Vectors:
    """Project n vectors on the two directions in which they differ most (principal components).

    The sign of a direction is fixed: its largest loading is positive.

    Args:
        vectors: (n, d).

    Returns:
        (n, 2); zeros where there is nothing to tell vectors apart.

    >>> lay_out(np.array([[1.0, 0.0], [0.0, 0.0]])).tolist()
    [[0.5, 0.0], [-0.5, 0.0]]
    """
    places = np.zeros((len(vectors), 2))
    if not len(vectors):
        return places
    centred = vectors - vectors.mean(axis=0)
    if np.abs(centred).max() < 1e-9:
        return places
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    for axis in range(min(2, len(sizes))):
        if sizes[axis] > 1e-9 * sizes[0]:
            direction = directions[axis]
            sign = np.sign(direction[np.argmax(np.abs(np.round(direction, 12)))])
            places[:, axis] = centred @ direction * sign
    return places
