"""Newton's method: exact steps and a line search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from skmlp._kernels import threads_for
from skmlp.base.types import Array, Report
from skmlp.objective import Objective, TwiceDifferentiable
from skmlp.solvers.minimum import Minimum

__all__ = ["exact_step", "minimize_newton"]

_SUFFICIENT_DECREASE = 2.0**-11
_MAX_HALVINGS = 30
# After this many steps in a row that neither lower the objective beyond its rounding
# error nor halve the gradient, the gradient gets no smaller.
_MAX_IDLE_STEPS = 5
# A Cholesky factor is computed in small products: up to some 1500 columns, threads wait
# for each other longer than they work. So n³ is divided by this to choose threads.
_CHOLESKY_DIVISOR = 1000


def exact_step(
    objective: TwiceDifferentiable, parameters: Array, gradient: Array
) -> Array:
    """Return the Newton step −H⁻¹·gradient, computed with a Cholesky factor."""
    hessian, groups = objective.hessian(parameters), objective.flat_groups()
    with threads_for(len(parameters) ** 3 // _CHOLESKY_DIVISOR):
        return newton_step(hessian, gradient, groups)


def minimize_newton(
    objective: Objective,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report | None = None,
    find_step: Callable[[Any, Array, Array], Array] = exact_step,
) -> Minimum:
    """Minimise a convex objective by Newton's method with a line search.

    Every iteration takes the step θ ← θ − t · H⁻¹ · gradient, with t ≤ 1.

    Parameters
    ----------
    objective : Objective
        A TwiceDifferentiable for `exact_step`.
    parameters : ndarray of shape (n_parameters,)
        Starting point; not changed.
    tol : float
        Stop when both the largest absolute entry of the gradient and half the squared
        Newton decrement (Boyd and Vandenberghe 2004, section 9.5.1) are at most this.
    max_iter : int
        Maximum number of Newton steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; the solver stops if it
        returns a true value.
    find_step : callable, default=exact_step
        ``find_step(objective, parameters, gradient)`` returns −H⁻¹·gradient.

    Returns
    -------
    minimum : Minimum
        Parameters found, and how the solver ended.
    """
    parameters = parameters.astype(np.float64)
    value, gradient = objective.value_and_gradient(parameters)
    values, smallest_norm, idle = [], np.inf, 0
    for _ in range(max_iter):
        step = find_step(objective, parameters, gradient)
        slope = float(gradient @ step)
        length, (value, gradient) = _line_search(
            objective, parameters, value, gradient, step, slope
        )
        parameters = parameters + length * step
        values.append(value)
        gradient_norm = objective.gradient_size(gradient)
        converged = gradient_norm <= tol and -0.5 * slope <= tol
        stopped = report is not None and report(parameters, value)
        # The expected decrease is below the rounding error of an evaluation.
        below_rounding = -slope <= 64 * objective.precision * abs(value)
        is_idle = below_rounding and gradient_norm >= 0.5 * smallest_norm
        idle = idle + 1 if is_idle else 0
        smallest_norm = min(smallest_norm, gradient_norm)
        no_step = length == 0.0 or not step.any()
        exhausted = no_step or idle == _MAX_IDLE_STEPS
        at_rounding_limit = exhausted and below_rounding and bool(step.any())
        if converged or stopped or exhausted:
            return Minimum(
                parameters=parameters,
                value=value,
                gradient_norm=gradient_norm,
                n_iter=len(values),
                converged=(
                    converged or stopped or at_rounding_limit or gradient_norm <= tol
                ),
                message="no step lowers the objective" if exhausted else "converged",
                values=values,
            )
    return Minimum.at(
        parameters,
        value,
        objective.gradient_size(gradient),
        tol=tol,
        values=values,
        n_iter=len(values),
    )


def newton_step(hessian, gradient, flat_groups):
    """Return the Newton step −H⁻¹·gradient; the shortest one if H is singular.

    Rows and columns of H are scaled to a unit diagonal first: badly scaled columns of X
    would otherwise decide what counts as singular. A shift of all parameters of a flat
    group by one constant leaves the loss unchanged: H has at most the curvature of a
    penalty in this direction, and the gradient is zero there. Curvature added in this
    direction makes the step's component along it zero, so that the mean of the group
    does not grow and cost the parameters digits.
    """
    regular = hessian
    if flat_groups.size:
        curvature = hessian.diagonal()[flat_groups].mean(axis=1) / flat_groups.shape[1]
        regular = hessian.copy()
        blocks = flat_groups[:, :, np.newaxis], flat_groups[:, np.newaxis]
        regular[blocks] += curvature[:, np.newaxis, np.newaxis]
    diagonal = regular.diagonal()
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = scale[:, np.newaxis] * regular * scale
    target = -scale * gradient
    # LAPACK itself, without the checks of scipy.linalg, which take longer than a small
    # factor. The transpose of a symmetric matrix is the matrix in LAPACK's order.
    factor, failure = scipy.linalg.lapack.dpotrf(scaled.T, lower=1, clean=0)
    pivots = factor.diagonal()
    if not failure and pivots.min() > 1e-7 * pivots.max():
        return scale * scipy.linalg.lapack.dpotrs(factor, target, lower=1)[0]
    # The eigenvalues below separate the flat directions from the others.
    if not np.isfinite(scaled).all():
        raise np.linalg.LinAlgError(
            "The Hessian has entries that are not finite: squares of columns of X "
            "overflow. Scale X, for example by StandardScaler, or use a solver without "
            "a Hessian, such as 'lbfgs'."
        )
    curvatures, vectors = np.linalg.eigh(scaled)
    # Rounding errors of the vectors would give parameters without any curvature a step.
    vectors[diagonal <= 0] = 0
    kept = curvatures > len(curvatures) * np.finfo(float).eps * curvatures[-1]
    coordinates = (vectors[:, kept].T @ target) / curvatures[kept]
    return scale * (vectors[:, kept] @ coordinates)


def _line_search(objective, parameters, value, gradient, step, slope):
    """Return (step length, (value, gradient) there), halving the length from 1.

    The length is 0 if no length lowers the objective enough.
    """
    length = 1.0
    # Near the minimum the objective changes by less than its own rounding error; there
    # a step is accepted if it makes the gradient smaller.
    rounding = 16 * np.finfo(np.float64).eps * abs(value)
    for _ in range(_MAX_HALVINGS):
        with np.errstate(over="ignore", invalid="ignore"):
            trial = objective.value_and_gradient(parameters + length * step)
        change = trial[0] - value
        if change <= length * _SUFFICIENT_DECREASE * slope:
            return length, trial
        if abs(change) <= rounding and np.abs(trial[1]).sum() < np.abs(gradient).sum():
            return length, trial
        length /= 2
    return 0.0, (value, gradient)
