"""Logistic regression that starts from what was held before, and moves from there only as far as the codes ask.

The odds held before are an offset with coefficient one; a penalty on all coefficients pulls them to zero, which is back
to what was held (a Gaussian prior around a source model: Chelba and Acero 2006, Computer Speech and Language 20(4)).
So few codes change little, and the passage from no code to many is smooth.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PENALTY = 1.0
INTERCEPT_PENALTY = 0.1
MAX_ITERATIONS = 200

Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What k regressions add to the odds.

    Attributes:
        coefficients: (m, k).
        intercepts: (k, ).
    """

    coefficients: Matrix
    intercepts: NDArray[np.float64]

    def add(self, matrix: "csr_matrix | Matrix", offset: Matrix) -> Matrix:
        """Give the (n, k) odds of n cases."""
        odds: Matrix = np.asarray(matrix @ self.coefficients) + self.intercepts + offset
        return odds


def fit(matrix: "csr_matrix | Matrix", targets: NDArray[np.bool_], offset: Matrix) -> Shift:
    """Fit k regressions at once.

    Args:
        matrix: (n, m) features.
        targets: (n, k) whether a case has a value.
        offset: (n, k) odds held before.
    """
    from scipy.optimize import minimize

    n_features, n_values = matrix.shape[1], targets.shape[1]
    signs = np.where(targets, 1.0, -1.0)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        stacked = flat.reshape(n_features + 1, n_values)
        coefficients, intercepts = stacked[:-1], stacked[-1]
        agreed = signs * (np.asarray(matrix @ coefficients) + intercepts + offset)
        cost = np.logaddexp(0, -agreed).sum() + 0.5 * PENALTY * (coefficients**2).sum()
        cost += 0.5 * INTERCEPT_PENALTY * (intercepts**2).sum()
        pull = -signs * _expit(-agreed)
        slope = np.asarray(matrix.T @ pull) + PENALTY * coefficients
        level = pull.sum(axis=0) + INTERCEPT_PENALTY * intercepts
        return float(cost), np.concatenate([slope, level[None, :]]).ravel()

    start = np.zeros((n_features + 1) * n_values)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ITERATIONS})
    stacked = found.x.reshape(n_features + 1, n_values)
    return Shift(coefficients=stacked[:-1], intercepts=stacked[-1])


def calibrate(held_out: Matrix, targets: NDArray[np.bool_], odds: Matrix) -> Matrix:
    """Turn odds into probabilities by a logistic curve over held-out odds (Platt 1999), per value.

    The curve starts from the odds as they are, and a penalty holds it there while cases are few; it never falls.

    Args:
        held_out: (n, k) odds of cases by models that did not see them.
        targets: (n, k) whether they have a value.
        odds: (q, k) odds to turn.

    Returns:
        (q, k) probabilities.
    """
    columns = []
    for k in range(held_out.shape[1]):
        shift = fit(held_out[:, [k]], targets[:, [k]], held_out[:, [k]])
        slope = max(0.0, 1 + float(shift.coefficients[0, 0]))
        columns.append(_expit(slope * odds[:, k] + float(shift.intercepts[0])))
    return np.column_stack(columns)


def _expit(odds: Matrix) -> Matrix:
    probabilities: Matrix = 0.5 * (1 + np.tanh(0.5 * odds))
    return probabilities
