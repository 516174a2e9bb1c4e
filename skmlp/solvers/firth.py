"""Firth's bias reduction: Newton's method on the likelihood times Jeffreys' prior."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from skmlp.base.rows import dense
from skmlp.base.types import Array, Report
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.minimum import Minimum

__all__ = ["minimize_firth"]

_LONGEST_STEP = 5.0  # in scores, as deviations of the columns measure them
_LONGEST_SEARCH = 30


def minimize_firth(
    objective: EmpiricalRisk,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report | None = None,
) -> Minimum:
    """Minimise (−log likelihood − ½·log det information) / Σᵢ sᵢ of two classes.

    The estimate has less bias than that of maximum likelihood, and is finite where the
    classes are separated (Firth 1993; Heinze and Schemper 2002).

    Parameters
    ----------
    objective : EmpiricalRisk
        Of one score without a penalty.
    parameters : ndarray
        Where to start; not changed.
    tol : float
        Stops where no entry of the gradient is larger than this.
    max_iter : int
        At most so many steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; a true answer stops.

    Returns
    -------
    minimum : Minimum
    """
    problem = _Problem(objective)
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
        step *= min(1.0, _LONGEST_STEP / max(problem.size(step), 1e-300))
        for _ in range(_LONGEST_SEARCH):
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


class _Problem:
    """The rows with their column of ones, and their weights."""

    def __init__(self, objective):
        X = dense(objective.X).astype(np.float64)
        if objective.network.has_intercepts:
            X = np.hstack([X, np.ones((len(X), 1))])
        self.objective, self.X = objective, X
        self.weight = np.ones(len(X))
        if objective.sample_weight is not None:
            self.weight = objective.sample_weight.astype(np.float64)
        self.scale = np.sqrt(np.mean(X * X, axis=0))
        self.scale[self.scale == 0] = 1

    def evaluate(self, theta):
        """The objective, its gradient, and a factor of the information in units."""
        value, gradient = self.objective.value_and_gradient(theta)
        p = self.objective.loss.mean(self.objective.scores(theta))[:, 0]
        p = p.astype(np.float64)
        Z = self.X / self.scale
        root = np.sqrt(self.weight * p * (1 - p))
        # R of the QR factorisation: RᵀR is the information, without squaring it.
        Q, R = np.linalg.qr(root[:, None] * Z)
        size = np.abs(np.diag(R))
        if size.min() <= len(Z) * np.finfo(float).eps * size.max():
            raise ValueError(
                "bias_reduction='firth' needs columns of X that are linearly "
                "independent, of each other and of the intercept; drop those that are "
                "not."
            )
        leverage = (Q * Q).sum(axis=1)
        total = self.objective.total_weight
        value -= np.log(size * self.scale).sum() / total
        gradient = gradient - self.X.T @ (leverage * (0.5 - p)) / total
        return value, gradient, R

    def solve(self, R, gradient):
        """Information⁻¹ · gradient of the sum."""
        scaled = gradient / self.scale * self.objective.total_weight
        inner = scipy.linalg.solve_triangular(R, scaled, trans="T")
        return scipy.linalg.solve_triangular(R, inner) / self.scale

    def size(self, step):
        """The largest change of a weight in units of its column."""
        return float(np.abs(step * self.scale).max())
