"""Newton's method for logistic regression, and its warning."""

import numpy as np
import scipy.linalg

from skmlp._kernels import threads_for
from skmlp.base.warn import warn
from skmlp.solvers import minimize_newton

__all__ = ["minimize_by_newton", "warn_of_change_to_lbfgs"]


def minimize_by_newton(objective, start, iterations, *, find_step, tol, max_iter):
    """Minimise by Newton steps; return the last parameters, and a Minimum or None.

    It is None if no step lowers the objective before the minimum is reached, or if a
    step cannot be computed; then the last parameters are `start`.
    """
    start = _centred(objective, start)
    d, K = objective.network.layer_sizes
    side = min(
        objective.n_rows, d
    )  # of the matrix that a step factors, for each output
    try:
        with threads_for(max(objective.n_rows * side**2, (side * K) ** 3 // 1000)):
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
        return start, None
    if newton.converged or len(iterations.values) >= max_iter:
        return newton.parameters, iterations.with_all_iterations(newton)
    return newton.parameters, None


def warn_of_change_to_lbfgs(n_iterations):
    """Warn that Newton's method ended after a number of iterations."""
    warn(
        f"newton-cholesky found no step that lowers the objective after {n_iterations} "
        "iterations; lbfgs continues from there. A stronger penalty (a smaller C) "
        "makes the Hessian nonsingular; solver='lbfgs' does not need the Hessian.",
        scipy.linalg.LinAlgWarning,
    )


def _centred(objective, parameters):
    """Return a copy of `parameters` with mean zero in each flat group.

    A constant added to all parameters of a flat group does not change the objective.
    """
    moved, groups = parameters.copy(), objective.flat_groups()
    if groups.size:
        moved[groups] -= moved[groups].mean(axis=1, keepdims=True)
    return moved
