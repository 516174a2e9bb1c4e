"""L-BFGS: a quasi-Newton method with limited memory."""

import numpy as np
import scipy.optimize

from skmlp.solvers._result import Minimum

__all__ = ["minimize_lbfgs"]


def minimize_lbfgs(
    objective, parameters, *, tol, max_iter, function_tol, max_fun=None, report=None
):
    """Minimise by the L-BFGS method of Liu and Nocedal (1989), SciPy's implementation.

    Parameters
    ----------
    objective : Objective
    parameters : ndarray
        Where to start; not changed.
    tol : float
        Stops where the largest absolute entry of the gradient is at most this.
    max_iter, max_fun : int
        At most so many iterations, and evaluations of the objective (None: as many as
        the line searches take).
    function_tol : float
        Stops where an iteration lowers the objective by less than this, relatively.
    report : callable, optional
        Called as ``report(parameters, value)`` after every iteration; a true answer
        stops.

    Returns
    -------
    minimum : Minimum
    """
    values = []
    stopped = False

    def function(x):
        value, gradient = objective.value_and_gradient(x)
        return value, gradient.astype(np.float64, copy=False)

    def callback(intermediate_result):
        nonlocal stopped
        values.append(float(intermediate_result.fun))
        if report is not None and report(intermediate_result.x, values[-1]):
            stopped = True
            raise StopIteration

    start = parameters.astype(np.float64)
    if max_iter == 0:
        value, gradient = function(start)
        return Minimum.at(start, value, gradient, tol=tol, values=[], n_iter=0)
    with objective.threads():
        result = scipy.optimize.minimize(
            function,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=callback,
            options={
                "maxiter": max_iter,
                "maxfun": np.iinfo(np.int32).max if max_fun is None else max_fun,
                "maxls": 50,
                "gtol": tol,
                "ftol": function_tol,
            },
        )
    return Minimum(
        parameters=result.x,
        value=float(result.fun),
        gradient_norm=float(np.max(np.abs(result.jac), initial=0.0)),
        n_iter=min(result.nit, max_iter),
        converged=result.status == 0 or stopped,
        message=str(result.message),
        values=values,
    )
