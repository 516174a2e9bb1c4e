"""Newton's method for logistic regression: its steps, and where it is the fastest."""

import numpy as np
import scipy.linalg

from skmlp._kernels import threads_for
from skmlp.base.warn import warn
from skmlp.logistic_regression.coordinates import (
    PreconditionedCoordinates,
    PreconditionedRisk,
)
from skmlp.logistic_regression.rounds import minimize_in_rounds
from skmlp.logistic_regression.row_space import RowSpace
from skmlp.solvers import conjugate_step, exact_step, minimize_newton

__all__ = ["minimize_by_newton", "newton_step_of"]

# Largest number of multiplications of an exact step for which Newton's method is faster
# than L-BFGS: it needs a third of the iterations, and no coordinates.
_FAST_STEP = 2_000_000


def newton_step_of(solver, objective):
    """Return the function of the Newton step that minimises fastest, or None.

    It is None where L-BFGS is the fastest. With fewer rows than columns, no step needs
    the Hessian.
    """
    d, K = objective.network.layer_sizes
    n_rows, exact = objective.n_rows, solver == "newton-cholesky"
    if RowSpace.fits(objective) and (exact or RowSpace.is_fast(objective)):
        return RowSpace(objective).step
    side, pairs = d + objective.network.has_intercepts, K * (K + 1) // 2
    work = n_rows * side**2 * pairs // 2 + (side * K) ** 3 // 3
    is_penalised = bool((objective.penalty_curvature[: d * K] > 0).all())
    wide = n_rows < d and is_penalised
    if work <= _FAST_STEP or (exact and not wide):
        return exact_step
    if solver == "newton-cg" and n_rows >= d:
        return conjugate_gradient_step
    return None


def minimize_by_newton(
    objective, start, iterations, *, find_step, tol, max_iter, warns=False
):
    """Minimise by Newton steps; if none lowers the objective, go on by L-BFGS.

    With `warns`, a warning tells of the change to L-BFGS.
    """
    parameters = start = centred(objective, start)
    d, K = objective.network.layer_sizes
    try:
        with threads_for(max(objective.n_rows * d**2, (d * K) ** 3 // 1000)):
            newton = minimize_newton(
                objective,
                start,
                tol=tol,
                max_iter=max_iter - len(iterations.values),
                report=iterations,
                find_step=find_step,
            )
    except np.linalg.LinAlgError:
        # The Hessian has no eigenvectors, since some entry is not finite. Start again.
        iterations.values.clear()
    else:
        if newton.converged or len(iterations.values) >= max_iter:
            return iterations.with_all_iterations(newton)
        parameters = newton.parameters
    if warns:
        warn(
            f"newton-cholesky found no step that lowers the objective after "
            f"{len(iterations.values)} iterations; lbfgs continues from there. A "
            "stronger penalty (a smaller C) makes the Hessian nonsingular; "
            "solver='lbfgs' does not need the Hessian.",
            scipy.linalg.LinAlgWarning,
        )
    return minimize_in_rounds(
        objective, parameters, iterations, tol=tol, max_iter=max_iter
    )


def centred(objective, parameters):
    """Return a copy of `parameters` with mean zero in each flat group.

    A constant added to all parameters of a flat group does not change the objective.
    """
    moved, groups = parameters.copy(), objective.flat_groups()
    if groups.size:
        moved[groups] -= moved[groups].mean(axis=1, keepdims=True)
    return moved


def conjugate_gradient_step(objective, parameters, gradient):
    """Return an approximate Newton step −H⁻¹·gradient, by conjugate gradients.

    They run in preconditioned coordinates.
    """
    coordinates = PreconditionedCoordinates.of(objective, parameters)
    step = conjugate_step(
        PreconditionedRisk(objective, coordinates),
        coordinates.from_model(parameters),
        coordinates.gradient_to_v(gradient),
    )
    # to_model is linear. Along the flat groups the step holds only rounding errors.
    return centred(objective, coordinates.to_model(step))
