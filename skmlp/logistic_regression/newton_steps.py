"""Newton's method for logistic regression, and its warning."""

from functools import partial

import numpy as np
import scipy.linalg

from skmlp._kernels import threads_for
from skmlp.base.warn import warn
from skmlp.losses.log_loss import is_log_loss
from skmlp.solvers import exact_step, minimize_newton
from skmlp.solvers.newton import newton_step

__all__ = ["exact_step_of", "minimize_by_newton", "warn_of_change_to_lbfgs"]

# In units in which the Hessian has a unit diagonal: eigenvalues above minus the first
# count as rounding errors. So do parts of the gradient that the step does not remove,
# below the second number, or the third times the gradient.
_LOWEST_EIGENVALUE = -1e-8
_ROUNDING_OF_GRADIENT = 1e-10
_LEFT = 1e-6
_COMPARED_ROWS = 32


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


def exact_step_of(objective):
    """Return the function of exact Newton steps, None without second derivatives."""
    if is_log_loss(objective.loss):
        return exact_step
    scores = np.zeros((1, objective.network.layer_sizes[-1]), objective.X.dtype)
    try:
        objective.loss.curvature(objective.y[:1], scores)
    except ValueError:
        return None
    return partial(_step_if_convex, groups=_flat_groups(objective))


def _step_if_convex(objective, parameters, gradient, *, groups):
    """Return the Newton step −H⁻¹·gradient of a loss that may not be convex.

    It raises LinAlgError where the Hessian has a negative eigenvalue, as the step may
    lead to a saddle there, and where the gradient has a part in directions without
    curvature, which the step would leave as it is.
    """
    hessian = objective.hessian(parameters)
    diagonal = hessian.diagonal()
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = scale[:, np.newaxis] * hessian * scale
    if not np.isfinite(scaled).all():
        raise np.linalg.LinAlgError("The Hessian has entries that are not finite.")
    lowest = scipy.linalg.eigvalsh(scaled, subset_by_index=[0, 0])[0]
    if lowest < _LOWEST_EIGENVALUE:
        raise np.linalg.LinAlgError("The Hessian has a negative eigenvalue.")
    step = newton_step(hessian, gradient, groups)
    left = np.abs(scale * (hessian @ step + gradient)).max()
    if not left <= _ROUNDING_OF_GRADIENT + _LEFT * np.abs(scale * gradient).max():
        raise np.linalg.LinAlgError("The gradient is nonzero where H has no curvature.")
    return step


def _flat_groups(objective):
    """Return the flat groups of a risk, also if its loss does not declare them.

    A loss that stays the same if one number is added to all scores of a row, as those
    of a softmax, has the same groups as the log loss.
    """
    groups, K = objective.flat_groups(), objective.network.layer_sizes[-1]
    if groups.size or K == 1:
        return groups
    y = objective.y[:_COMPARED_ROWS]
    scores = np.sin(np.arange(1.0, len(y) * K + 1)).reshape(-1, K)
    with np.errstate(all="ignore"):
        before, after = (
            objective.loss.value_and_gradient(y, scores + shift)[0]
            for shift in (0.0, 1.0)
        )
    if not np.allclose(before, after, rtol=1e-10, atol=1e-10):
        return groups
    return np.arange(objective.network.n_parameters).reshape(-1, K)
