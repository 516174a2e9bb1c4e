"""Newton's method: exact steps or conjugate gradients, and a line search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import scipy.linalg

from skmlp._kernels import threads_for
from skmlp.base.types import Array, Report
from skmlp.objective import Objective, TwiceDifferentiable
from skmlp.solvers.minimum import Minimum

__all__ = ["conjugate_step", "exact_step", "minimize_newton"]

_SUFFICIENT_DECREASE = 2.0**-11
_LONGEST_SEARCH = 30
# Steps that neither gain nor halve the gradient, until it is as small as it gets.
_MOST_IDLE = 5
# A Cholesky factor is made in small products: of up to some 1500 columns, threads wait
# for each other longer than they work.
_CUBES_A_MULTIPLICATION = 1000


class HasHessianProduct(Protocol):
    """An objective that can multiply its Hessian by a vector."""

    def hessian_product(self, parameters: Array) -> Callable[[Array], Array]:
        """V -> H·v."""


def exact_step(
    objective: TwiceDifferentiable, parameters: Array, gradient: Array
) -> Array:
    """−H⁻¹·gradient, by a Cholesky factor."""
    hessian, groups = objective.hessian(parameters), objective.flat_groups()
    with threads_for(len(parameters) ** 3 // _CUBES_A_MULTIPLICATION):
        return newton_step(hessian, gradient, groups)


def conjugate_step(
    objective: HasHessianProduct, parameters: Array, gradient: Array
) -> Array:
    """About −H⁻¹·gradient, by conjugate gradients (Hestenes and Stiefel 1952).

    The residual left is a share min(½, √‖gradient‖) of the gradient, with which
    Newton's method converges superlinearly (Nocedal and Wright 2006, section 7.1).
    """
    product = objective.hessian_product(parameters)
    size = float(np.linalg.norm(gradient))
    goal = min(0.5, size**0.5) * size
    step = np.zeros_like(gradient)
    residual = -gradient
    direction, square = residual, residual @ residual
    for _ in range(2 * len(gradient)):
        if square**0.5 <= goal:
            break
        hessian_direction = product(direction)
        curvature = direction @ hessian_direction
        if not curvature > np.finfo(float).eps * (direction @ direction):
            break  # as good as flat; the steps so far descend
        length = square / curvature
        step = step + length * direction
        residual = residual - length * hessian_direction
        before, square = square, residual @ residual
        direction = residual + (square / before) * direction
    return step if step.any() else -gradient


def minimize_newton(
    objective: Objective,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report | None = None,
    find_step: Callable[[Any, Array, Array], Array] = exact_step,
) -> Minimum:
    """Minimise a convex objective: θ ← θ − t · H⁻¹ · gradient.

    Parameters
    ----------
    objective : Objective
        Of the kind that `find_step` takes: TwiceDifferentiable for `exact_step`, one
        with a `hessian_product` for `conjugate_step`.
    parameters : ndarray
        Where to start; not changed.
    tol : float
        Stops where both the largest absolute entry of the gradient and half the
        squared Newton decrement (Boyd and Vandenberghe 2004, section 9.5.1) are at
        most this.
    max_iter : int
        At most so many steps.
    report : callable, optional
        Called as ``report(parameters, value)`` after every step; a true answer stops.
    find_step : callable
        ``find_step(objective, parameters, gradient)`` gives −H⁻¹·gradient.

    Returns
    -------
    minimum : Minimum
    """
    parameters = parameters.astype(np.float64)
    value, gradient = objective.value_and_gradient(parameters)
    values, least, idle = [], np.inf, 0
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
        # What is left to gain is less than an evaluation's rounding error.
        rounded = -slope <= 64 * objective.precision * abs(value)
        idle = idle + 1 if rounded and gradient_norm >= 0.5 * least else 0
        least = min(least, gradient_norm)
        exhausted = length == 0.0 or idle == _MOST_IDLE
        exact = exhausted and rounded and bool(step.any())
        if converged or stopped or exhausted:
            return Minimum(
                parameters=parameters,
                value=value,
                gradient_norm=gradient_norm,
                n_iter=len(values),
                converged=converged or stopped or exact or gradient_norm <= tol,
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
    """−H⁻¹·gradient, the shortest such step where H is singular.

    Rows and columns are scaled to a unit diagonal first: badly scaled columns of X
    would otherwise decide what counts as singular. Along a shift of a flat group, where
    H is that of a penalty at most and the gradient is zero, any more curvature gives
    the step of length 0; the mean of the parameters of the group costs these no digits.
    """
    curvature = np.diag(hessian)[flat_groups].mean(axis=1) / flat_groups.shape[1]
    regular = hessian.copy()
    blocks = flat_groups[:, :, np.newaxis], flat_groups[:, np.newaxis]
    regular[blocks] += curvature[:, np.newaxis, np.newaxis]
    diagonal = np.diag(regular)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = scale[:, np.newaxis] * regular * scale
    target = -scale * gradient
    try:
        factor = scipy.linalg.cho_factor(scaled, lower=True, check_finite=False)
        pivots = np.diag(factor[0])
        if pivots.min() > 1e-7 * pivots.max():
            return scale * scipy.linalg.cho_solve(factor, target, check_finite=False)
    except np.linalg.LinAlgError:
        pass  # the eigenvectors below tell the flat directions from the others
    if not np.isfinite(scaled).all():
        raise np.linalg.LinAlgError("The Hessian has entries that are not finite.")
    curvatures, vectors = np.linalg.eigh(scaled)
    kept = curvatures > len(curvatures) * np.finfo(float).eps * curvatures[-1]
    coordinates = (vectors[:, kept].T @ target) / curvatures[kept]
    return scale * (vectors[:, kept] @ coordinates)


def _line_search(objective, parameters, value, gradient, step, slope):
    """Halve the step until the objective falls enough; 0 where it never does."""
    length = 1.0
    # Near the minimum the objective changes by less than its own rounding error; then
    # a smaller gradient is progress enough.
    rounding = 16 * np.finfo(np.float64).eps * abs(value)
    for _ in range(_LONGEST_SEARCH):
        with np.errstate(over="ignore", invalid="ignore"):
            trial = objective.value_and_gradient(parameters + length * step)
        change = trial[0] - value
        if change <= length * _SUFFICIENT_DECREASE * slope:
            return length, trial
        if abs(change) <= rounding and np.abs(trial[1]).sum() < np.abs(gradient).sum():
            return length, trial
        length /= 2
    return 0.0, (value, gradient)
