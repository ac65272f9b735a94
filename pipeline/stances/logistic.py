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
FACTORS = (0.05, 2.0)

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
    """Turn odds into probabilities by one temperature for all values, found on held-out odds.

    Source: Guo et al. (2017), On calibration of modern neural networks, ICML, section 4.2. One number is all that few
    codes can bear: a curve for each value (Platt 1999) moved values against each other by chance. A penalty holds the
    temperature near one while cases are few; it never turns odds round.

    Args:
        held_out: (n, k) odds of cases by models that did not see them.
        targets: (n, k) whether they have a value.
        odds: (q, k) odds to turn.

    Returns:
        (q, k) probabilities.
    """
    from scipy.optimize import minimize_scalar

    agreed = np.where(targets, held_out, -held_out)

    def loss(factor: float) -> float:
        return float(np.logaddexp(0, -factor * agreed).sum() + 0.5 * (factor - 1) ** 2)

    return _expit(float(minimize_scalar(loss, bounds=FACTORS, method="bounded").x) * odds)


def _expit(odds: Matrix) -> Matrix:
    probabilities: Matrix = 0.5 * (1 + np.tanh(0.5 * odds))
    return probabilities
