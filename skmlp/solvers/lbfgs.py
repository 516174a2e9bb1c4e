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
        if it returns a true value. It may keep the parameters, which do not change.
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
    value, gradient_norm = functions.value(start), functions.gradient_norm(start)
    if max_iter == 0 or gradient_norm <= tol:
        return Minimum.at(start, value, gradient_norm, tol=tol, values=[], n_iter=0)
    with objective.threads():
        result = scipy.optimize.minimize(
            functions.value,
            start,
            method="L-BFGS-B",
            jac=functions.gradient,
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
    """Functions that SciPy calls: the objective, its gradient, and the callback.

    The objective is computed once for repeated calls at a point. Many parameters take
    long to copy or to compare beside an evaluation for few rows, so that the gradient
    itself is handed to SciPy, and only its size is kept.
    """

    def __init__(self, objective, tol, report, bounds):
        self.objective, self.tol = objective, tol
        self.report, self.bounds = report, bounds
        self.values, self.stopped = [], False
        self._point = self._value = self._gradient = self._size = None

    def value(self, x):
        """Return the objective at x."""
        if self._point is None or not np.array_equal(self._point, x):
            self._evaluate(x)
        return self._value

    def gradient(self, x):
        """Return the gradient at x, an array that SciPy may change."""
        if self._gradient is None or not np.array_equal(self._point, x):
            self._evaluate(x)
        gradient, self._gradient = self._gradient, None
        return gradient

    def gradient_norm(self, x):
        """Return the size of the gradient; under bounds, of the projected gradient."""
        self.value(x)
        return self._size

    def _evaluate(self, x):
        """Compute the objective, its gradient and the size of the gradient at x."""
        point = x.copy()
        value, gradient = self.objective.value_and_gradient(point)
        gradient = gradient.astype(np.float64, copy=False)
        self._point, self._value, self._gradient = point, value, gradient
        if self.bounds is not None:
            gradient = _projected_gradient(x, gradient, self.bounds)
        self._size = self.objective.gradient_size(gradient)

    def after_iteration(self, intermediate_result):
        """Report an iteration; raise StopIteration if the solver should stop."""
        value = float(intermediate_result.fun)
        gradient_norm = self.gradient_norm(intermediate_result.x)
        self.values.append(value)
        stop_requested = self.report is not None and self.report(self._point, value)
        if stop_requested or gradient_norm <= self.tol:
            self.stopped = True
            raise StopIteration


def _projected_gradient(x, gradient, bounds):
    """Return the gradient, set to zero where descent would violate a bound."""
    at_bound = ((x <= bounds[0]) & (gradient > 0)) | ((x >= bounds[1]) & (gradient < 0))
    return np.where(at_bound, 0.0, gradient)
