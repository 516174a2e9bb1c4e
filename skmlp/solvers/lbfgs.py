"""L-BFGS: a quasi-Newton method with limited memory."""

from __future__ import annotations

import numpy as np
import scipy.optimize

from skmlp.base.types import Array, Bounds, Report
from skmlp.objective import Objective
from skmlp.solvers.minimum import Minimum

__all__ = ["minimize_lbfgs"]

# What SciPy calls an abnormal end of the line search.
_ABNORMAL = "no step lowers the objective"


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
    """Minimise by the L-BFGS method of Liu and Nocedal (1989), SciPy's implementation.

    Parameters
    ----------
    objective : Objective
    parameters : ndarray
        Where to start; not changed.
    tol : float
        Stops where the objective's `gradient_size` is at most this; under bounds, of
        the gradient's entries that can be followed.
    max_iter, max_fun : int
        At most so many iterations, and evaluations of the objective (None: as many as
        the line searches take).
    function_tol : float
        Stops where an iteration lowers the objective by less than this, relatively.
    report : callable, optional
        Called as ``report(parameters, value)`` after every iteration; a true answer
        stops.
    bounds : tuple of ndarray, optional
        Lower and upper bounds (n_parameters,), ±inf for none (Byrd, Lu, Nocedal and
        Zhu 1995).
    memory : int
        How many steps the approximation of the Hessian remembers.

    Returns
    -------
    minimum : Minimum
    """
    run = _Run(objective, tol, report, bounds)
    start = parameters.astype(np.float64)
    if bounds is not None:
        start = np.clip(start, *bounds)
    value = run.value_and_gradient(start)[0]
    if max_iter == 0 or run.gradient_norm(start) <= tol:
        return Minimum.at(
            start, value, run.gradient_norm(start), tol=tol, values=[], n_iter=0
        )
    with objective.threads():
        result = scipy.optimize.minimize(
            run.value_and_gradient,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=run.iteration,
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
        gradient_norm=run.gradient_norm(result.x),
        n_iter=min(result.nit, max_iter),
        converged=result.status == 0 or run.stopped,
        message=_ABNORMAL if "ABNORMAL" in result.message else str(result.message),
        values=run.values,
    )


class _Run:
    """Functions that SciPy calls: the objective, once for each point, and reports."""

    def __init__(self, objective, tol, report, bounds):
        self.objective, self.tol = objective, tol
        self.report, self.bounds = report, bounds
        self.values, self.stopped = [], False
        self._point = self._value = self._gradient = None

    def value_and_gradient(self, x):
        """Return the objective and its gradient, kept from the last call at this x."""
        if self._point is None or not np.array_equal(self._point, x):
            value, gradient = self.objective.value_and_gradient(x)
            self._point, self._value = x.copy(), value
            self._gradient = gradient.astype(np.float64, copy=False)
        return self._value, self._gradient.copy()

    def gradient_norm(self, x):
        """Return the size of the gradient; under bounds, of what can be followed."""
        gradient = self.value_and_gradient(x)[1]
        if self.bounds is not None:
            gradient = _free(x, gradient, self.bounds)
        return self.objective.gradient_size(gradient)

    def iteration(self, intermediate_result):
        """Report an iteration, and stop where it is enough."""
        x, value = intermediate_result.x, float(intermediate_result.fun)
        self.values.append(value)
        stop_requested = self.report is not None and self.report(x, value)
        if stop_requested or self.gradient_norm(x) <= self.tol:
            self.stopped = True
            raise StopIteration


def _free(x, gradient, bounds):
    """Return the gradient, but zero where descending would leave the bounds."""
    at_bound = ((x <= bounds[0]) & (gradient > 0)) | ((x >= bounds[1]) & (gradient < 0))
    return np.where(at_bound, 0.0, gradient)
