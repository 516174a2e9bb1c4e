"""Firth's bias reduction: Newton's method on the likelihood times Jeffreys' prior."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from skmlp.base.rows import dense
from skmlp.base.types import Array, Report
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.minimum import Minimum

__all__ = ["minimize_firth"]

# Largest change of a score by one step, for a column at its root mean square.
_MAX_STEP = 5.0
_MAX_HALVINGS = 30


def minimize_firth(
    objective: EmpiricalRisk,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report | None = None,
) -> Minimum:
    """Minimise the negative log-likelihood of two classes with Firth's penalty.

    The objective is (−log likelihood − ½·log det information) / Σᵢ sᵢ. Its minimum has
    less bias than the maximum likelihood estimate, and is finite even if the classes
    are separated (Firth 1993; Heinze and Schemper 2002).

    Parameters
    ----------
    objective : EmpiricalRisk
        Log loss of one score per row, without a penalty.
    parameters : ndarray of shape (n_parameters,)
        Starting point; not changed.
    tol : float
        Stop when the largest absolute entry of the gradient is at most this.
    max_iter : int
        Maximum number of Newton steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; the solver stops if it
        returns a true value.

    Returns
    -------
    minimum : Minimum
        Parameters found, and how the solver ended.

    Raises
    ------
    ValueError
        If the columns of X, with the intercept, are linearly dependent, as they are if
        there are fewer rows of positive weight than columns.
    """
    problem = _FirthObjective(objective)
    theta = np.array(parameters, dtype=np.float64)
    values: list[float] = []
    stopped = False
    value, gradient, information = problem.evaluate(theta)
    while True:
        norm = objective.gradient_size(gradient)
        converged = norm <= tol or stopped
        if converged or len(values) >= max_iter:
            break
        step = -problem.solve(information, gradient)
        step *= min(1.0, _MAX_STEP / max(problem.scaled_length(step), 1e-300))
        for _ in range(_MAX_HALVINGS):
            trial = problem.evaluate(theta + step)
            if trial[0] <= value + 16 * np.finfo(float).eps * abs(value):
                break
            step /= 2
        else:
            break
        theta = theta + step
        value, gradient, information = trial
        values.append(value)
        stopped = report is not None and report(theta, value)
    return Minimum(
        parameters=theta,
        value=value,
        gradient_norm=norm,
        n_iter=len(values),
        converged=converged,
        message="converged" if converged else "the iterations ran out",
        values=values,
    )


class _FirthObjective:
    """Firth's objective on dense rows, with a column of ones for the intercept."""

    def __init__(self, objective):
        X = dense(objective.X).astype(np.float64)
        if objective.network.has_intercepts:
            X = np.hstack([X, np.ones((len(X), 1))])
        # Weights s·2^−e scale the information, and change its log determinant.
        objective, exponent = objective.with_moderate_weights()
        self.objective, self.X = objective, X
        self.log_units = 0.5 * exponent * np.log(2) * X.shape[1]
        # Beyond the limit the prior alone counts in any case.
        self.strength = min(2.0 ** min(-exponent, 500), 1e150) / objective.total_weight
        self.weight = np.ones(len(X))
        if objective.sample_weight is not None:
            self.weight = objective.sample_weight.astype(np.float64)
        n_rows = np.count_nonzero(self.weight)
        if n_rows < X.shape[1]:
            counted = "columns, the intercept included"
            if not objective.network.has_intercepts:
                counted = "columns"
            raise ValueError(
                f"bias_reduction='firth' needs at least as many rows as {counted}; got "
                f"{n_rows} rows with a weight above zero and {X.shape[1]} columns. "
                "Drop columns, or use bias_reduction=None with a penalty (C=1.0)."
            )
        self.scale = np.sqrt(np.mean(X * X, axis=0))
        self.scale[self.scale == 0] = 1

    def evaluate(self, theta):
        """Return the objective, its gradient, and a factor R of the information RᵀR."""
        value, gradient = self.objective.value_and_gradient(theta)
        p = self.objective.loss.mean(self.objective.scores(theta))[:, 0]
        p = p.astype(np.float64)
        Z = self.X / self.scale
        root = np.sqrt(self.weight * p * (1 - p))
        # RᵀR is the information; forming it would square the condition number of R.
        Q, R = np.linalg.qr(root[:, None] * Z)
        size = np.abs(np.diag(R))
        if size.min() <= len(Z) * np.finfo(float).eps * size.max():
            raise ValueError(
                "bias_reduction='firth' needs columns of X that are linearly "
                "independent, of each other and of the intercept; drop those that are "
                "not."
            )
        leverage = (Q * Q).sum(axis=1)
        log_root = np.log(size * self.scale).sum() + self.log_units
        value -= log_root * self.strength
        gradient = gradient - self.X.T @ (leverage * (0.5 - p)) * self.strength
        return value, gradient, R

    def solve(self, R, gradient):
        """Return information⁻¹ · gradient, with the gradient of the sum over rows."""
        scaled = gradient / self.scale * self.objective.total_weight
        inner = scipy.linalg.solve_triangular(R, scaled, trans="T")
        return scipy.linalg.solve_triangular(R, inner) / self.scale

    def scaled_length(self, step):
        """Return the largest change of a weight times the scale of its column."""
        return float(np.abs(step * self.scale).max())
