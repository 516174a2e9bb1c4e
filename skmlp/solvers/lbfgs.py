"""L-BFGS: a quasi-Newton method with limited memory."""

from __future__ import annotations

import numpy as np
import scipy.optimize

from skmlp.base.types import Array, Bounds, Report
from skmlp.objective import Objective
from skmlp.solvers.minimum import Minimum

__all__ = ["minimize_lbfgs"]

# Message in place of SciPy's "ABNORMAL", for a line search that failed.
_LINE_SEARCH_FAILED = "no step lowers the objective"


def minimize_lbfgs(
    objective: Objective,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    function_tol: float,
    max_fun: int | None = None,
    report: Report | None = None,
    bounds: Bounds | None = None,
    memory: int = 10,
) -> Minimum:
    """Minimise an objective by L-BFGS (Liu and Nocedal 1989), as SciPy implements it.

    Parameters
    ----------
    objective : Objective
    parameters : ndarray of shape (n_parameters,)
        Starting point; not changed.
    tol : float
        Stop when the objective's `gradient_size` is at most this; under bounds, that of
        the projected gradient.
    max_iter : int
        Maximum number of iterations.
    max_fun : int or None, default=None
        Maximum number of evaluations of the objective; None: no limit.
    function_tol : float
        Stop when an iteration lowers the objective by less than this relative amount.
    report : callable, optional
        Called as ``report(parameters, value)`` after every iteration; the solver stops
        if it returns a true value.
    bounds : tuple of two ndarrays of shape (n_parameters,), optional
        Lower and upper bounds, ±inf for none (Byrd, Lu, Nocedal and Zhu 1995).
    memory : int, default=10
        Number of past steps from which the Hessian is approximated.

    Returns
    -------
    minimum : Minimum
        Parameters found, and how the solver ended.
    """
    functions = _ScipyFunctions(objective, tol, report, bounds)
    start = parameters.astype(np.float64)
    if bounds is not None:
        start = np.clip(start, *bounds)
    value = functions.value_and_gradient(start)[0]
    if max_iter == 0 or functions.gradient_norm(start) <= tol:
        return Minimum.at(
            start, value, functions.gradient_norm(start), tol=tol, values=[], n_iter=0
        )
    with objective.threads():
        result = scipy.optimize.minimize(
            functions.value_and_gradient,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=functions.after_iteration,
            bounds=None if bounds is None else scipy.optimize.Bounds(*bounds),
            options={
                "maxiter": max_iter,
                "maxfun": np.iinfo(np.int32).max if max_fun is None else max_fun,
                "maxls": 50,
                "maxcor": memory,
                "gtol": 0.0,
                "ftol": function_tol,
            },
        )
    return Minimum(
        parameters=result.x,
        value=float(result.fun),
        gradient_norm=functions.gradient_norm(result.x),
        n_iter=min(result.nit, max_iter),
        converged=result.status == 0 or functions.stopped,
        message=(
            _LINE_SEARCH_FAILED if "ABNORMAL" in result.message else str(result.message)
        ),
        values=functions.values,
    )


class _ScipyFunctions:
    """Functions that SciPy calls: the objective with its gradient, and the callback."""

    def __init__(self, objective, tol, report, bounds):
        self.objective, self.tol = objective, tol
        self.report, self.bounds = report, bounds
        self.values, self.stopped = [], False
        self._point = self._value = self._gradient = None

    def value_and_gradient(self, x):
        """Return the objective and its gradient at x, cached for repeated calls."""
        if self._point is None or not np.array_equal(self._point, x):
            value, gradient = self.objective.value_and_gradient(x)
            self._point, self._value = x.copy(), value
            self._gradient = gradient.astype(np.float64, copy=False)
        return self._value, self._gradient.copy()

    def gradient_norm(self, x):
        """Return the size of the gradient; under bounds, of the projected gradient."""
        gradient = self.value_and_gradient(x)[1]
        if self.bounds is not None:
            gradient = _projected_gradient(x, gradient, self.bounds)
        return self.objective.gradient_size(gradient)

    def after_iteration(self, intermediate_result):
        """Report an iteration; raise StopIteration if the solver should stop."""
        x, value = intermediate_result.x, float(intermediate_result.fun)
        self.values.append(value)
        stop_requested = self.report is not None and self.report(x, value)
        if stop_requested or self.gradient_norm(x) <= self.tol:
            self.stopped = True
            raise StopIteration


def _projected_gradient(x, gradient, bounds):
    """Return the gradient, set to zero where descent would violate a bound."""
    at_bound = ((x <= bounds[0]) & (gradient > 0)) | ((x >= bounds[1]) & (gradient < 0))
    return np.where(at_bound, 0.0, gradient)
