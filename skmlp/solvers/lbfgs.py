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
    values = []
    stopped = False
    last = None  # where the objective was seen last, its value and gradient there

    def function(x):
        nonlocal last
        if last is None or not np.array_equal(last[0], x):
            value, gradient = objective.value_and_gradient(x)
            last = x.copy(), value, gradient.astype(np.float64, copy=False)
        return last[1], last[2].copy()

    def gradient_norm(x):
        gradient = function(x)[1]
        if bounds is not None:
            gradient = _free(x, gradient, bounds)
        return objective.gradient_size(gradient)

    def callback(intermediate_result):
        nonlocal stopped
        x = intermediate_result.x
        values.append(float(intermediate_result.fun))
        stop_requested = report is not None and report(x, values[-1])
        if stop_requested or gradient_norm(x) <= tol:
            stopped = True
            raise StopIteration

    start = parameters.astype(np.float64)
    if bounds is not None:
        start = np.clip(start, *bounds)
    value = function(start)[0]
    if max_iter == 0 or gradient_norm(start) <= tol:
        return Minimum.at(
            start, value, gradient_norm(start), tol=tol, values=[], n_iter=0
        )
    with objective.threads():
        result = scipy.optimize.minimize(
            function,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=callback,
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
        gradient_norm=gradient_norm(result.x),
        n_iter=min(result.nit, max_iter),
        converged=result.status == 0 or stopped,
        message=_ABNORMAL if "ABNORMAL" in result.message else str(result.message),
        values=values,
    )


def _free(x, gradient, bounds):
    """The gradient, but zero where descending would leave the bounds."""
    held = ((x <= bounds[0]) & (gradient > 0)) | ((x >= bounds[1]) & (gradient < 0))
    return np.where(held, 0.0, gradient)
