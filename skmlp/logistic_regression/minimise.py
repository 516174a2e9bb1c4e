"""The solvers' names of logistic regression, and the methods behind them."""

from dataclasses import replace

import numpy as np
import scipy.linalg

from skmlp.base.warn import warn
from skmlp.logistic_regression.column_units import ColumnUnits
from skmlp.logistic_regression.preconditioner import Coordinates, RiskInCoordinates
from skmlp.solvers import (
    conjugate_step,
    minimize_lbfgs,
    minimize_newton,
    minimize_proximal,
)

__all__ = ["BOUNDED_SOLVERS", "NOT_CONVERGED", "minimize_risk"]

# Where even the best step lowers the objective by less than this, it is at its minimum.
_FUNCTION_TOL = 64 * np.finfo(np.float64).eps

# The coordinates are first chosen anew after so many iterations, then after twice as
# many; measured on scikit-learn's bundled sets, where it saves half of all iterations.
_FIRST_ROUND = 10
_MEMORY = 20
# Of L-BFGS under bounds, three rounds.
_BOUNDED_ITERATIONS = 70

BOUNDED_SOLVERS = ("lbfgs", "liblinear", "sag", "saga")
_COORDINATE_SOLVERS = ("liblinear", "saga")
# scikit-learn's stop once an epoch changes little: on most of its bundled sets the
# gradient is less than half of the same tol by then.
_SAG_SOLVERS = ("sag", "saga")
_SAG_TOL_FACTOR = 0.5

# How the warnings begin in scikit-learn, where code may look for these words.
NOT_CONVERGED = {
    "lbfgs": "lbfgs failed to converge",
    "liblinear": "Liblinear failed to converge, increase the number of iterations; it "
    "ended",
    "newton-cg": "newton-cg failed to converge. Increase the number of iterations; it "
    "ended",
    "newton-cholesky": "Newton solver did not converge",
    "sag": "The max_iter was reached which means the coef_ did not converge",
    "saga": "The max_iter was reached which means the coef_ did not converge",
}


def minimize_risk(
    solver, objective, start, *, l1, tol, max_iter, report=None, bounds=None
):
    """Minimise a risk plus (Σⱼ l1ⱼ·|θⱼ|) / Σᵢ sᵢ by the solver of that name.

    Parameters
    ----------
    solver : str
        A key of NOT_CONVERGED.
    objective : EmpiricalRisk
        Of a network with no hidden layer.
    start, l1 : ndarray of shape (n_parameters,)
    tol, max_iter, report, bounds
        As the solvers take them; `report` is told the model's parameters.

    Returns
    -------
    minimum : Minimum
        Of the model's parameters.
    """
    settings = {"tol": tol, "max_iter": max_iter}
    network = objective.network
    free = network.has_intercepts and l1[-1] == objective.l2_per_parameter[-1] == 0
    units = ColumnUnits.of(objective, free_intercept=free)
    if units is not None:
        inner = _translated(report, units.from_units)
        minimum = minimize_risk(
            solver,
            units.rescale(objective),
            units.to_units(start),
            l1=units.penalties_in_units(l1, power=1),
            report=inner,
            bounds=None if bounds is None else units.bounds_in_units(bounds),
            **settings,
        )
        return replace(minimum, parameters=units.from_units(minimum.parameters))
    start = _better_start(objective, start, l1, bounds)
    if np.any(l1 > 0) or (bounds is not None and solver in _COORDINATE_SOLVERS):
        return minimize_proximal(
            objective, start, l1=l1, bounds=bounds, report=report, **settings
        )
    if bounds is not None:
        return _lbfgs_then_proximal(
            objective, start, bounds=bounds, report=report, **settings
        )
    if solver == "newton-cholesky":
        start = _centred(objective, start)
        return _newton_or_lbfgs(objective, start, report=report, **settings)
    if solver == "newton-cg":
        start = _centred(objective, start)
        return minimize_newton(
            objective, start, report=report, find_step=_conjugate_step, **settings
        )
    if solver in _SAG_SOLVERS:
        settings["tol"] = _SAG_TOL_FACTOR * tol
    minimum = _minimize_in_rounds(objective, start, report=report, **settings)
    reached = minimum.converged or minimum.gradient_norm <= tol
    return replace(minimum, converged=reached)


def _better_start(objective, start, l1, bounds):
    """The start, or zeros where these are better: far away curvature vanishes."""
    if not start.any():
        return start
    zeros = np.zeros_like(start)
    if bounds is not None:
        zeros = np.clip(zeros, *bounds)

    def value(parameters):
        penalty = l1 @ np.abs(parameters) / objective.total_weight
        return objective.value_and_gradient(parameters)[0] + penalty

    with np.errstate(over="ignore", invalid="ignore"):
        return start if value(start) <= value(zeros) else zeros


def _lbfgs_then_proximal(objective, start, *, tol, max_iter, report, bounds):
    """L-BFGS under bounds; where columns depend on each other, Newton steps end it.

    Bounds leave scales as the only coordinates, which do not make raw data round.
    """
    settings = {"tol": tol, "report": report, "bounds": bounds}
    first = _minimize_in_rounds(
        objective, start, max_iter=min(max_iter, _BOUNDED_ITERATIONS), **settings
    )
    n_left = max_iter - first.n_iter
    if first.converged or n_left == 0:
        return first
    none = np.zeros_like(start)
    second = minimize_proximal(
        objective, first.parameters, l1=none, max_iter=n_left, **settings
    )
    values = first.values + second.values
    return replace(second, values=values, n_iter=len(values))


def _newton_or_lbfgs(objective, start, *, tol, max_iter, report):
    """Newton's method with exact steps; L-BFGS goes on from where it finds none."""
    settings = {"tol": tol, "report": report}
    try:
        newton = minimize_newton(objective, start, max_iter=max_iter, **settings)
    except np.linalg.LinAlgError:
        newton = None  # the Hessian has no eigenvectors: some entry is not finite
    if newton is not None and (newton.converged or newton.n_iter >= max_iter):
        return newton
    parameters, values = start, []
    if newton is not None:
        parameters, values = newton.parameters, newton.values
    warn(
        f"newton-cholesky found no step that lowers the objective after {len(values)} "
        "iterations, and lbfgs goes on from there. A penalty (a smaller C) makes the "
        "Hessian regular; solver='lbfgs' does not use it.",
        scipy.linalg.LinAlgWarning,
    )
    minimum = _minimize_in_rounds(
        objective,
        parameters,
        max_iter=max_iter - len(values),
        **settings,
    )
    values = values + minimum.values
    return replace(minimum, values=values, n_iter=len(values))


def _centred(objective, parameters):
    """The same with a sum of zero over each flat group, as at the optimum."""
    centred, groups = parameters.copy(), objective.flat_groups()
    centred[groups] -= centred[groups].mean(axis=1, keepdims=True)
    return centred


def _conjugate_step(objective, parameters, gradient):
    """About −H⁻¹·gradient, by conjugate gradients in the coordinates that suit it."""
    coordinates = Coordinates.of(objective, parameters)
    step = conjugate_step(
        RiskInCoordinates(objective, coordinates),
        coordinates.from_model(parameters),
        coordinates.gradient_to_v(gradient),
    )
    # to_model is linear. Along the flat groups there is nothing but rounding to follow.
    return _centred(objective, coordinates.to_model(step))


def _minimize_in_rounds(objective, start, *, tol, max_iter, report, bounds=None):
    """L-BFGS, in coordinates that are chosen anew as the curvature changes.

    A round that rounding errors ended is followed by another, unless it got nowhere.
    """
    values, length, stop_requested = [], _FIRST_ROUND, False

    def remember(parameters, value):
        nonlocal stop_requested
        stop_requested = report is not None and report(parameters, value)
        return stop_requested

    while True:
        minimum = _minimize_in_coordinates(
            minimize_lbfgs,
            objective,
            start,
            tol=tol,
            max_iter=min(length, max_iter - len(values)),
            function_tol=_FUNCTION_TOL,
            memory=_MEMORY,
            report=remember,
            bounds=bounds,
        )
        before = values[-1] if values else np.inf
        values += minimum.values
        fell = minimum.n_iter > 0 and minimum.value < before * (1 - _FUNCTION_TOL)
        done = stop_requested or minimum.gradient_norm <= tol
        if done or not fell or len(values) >= max_iter:
            done = done or minimum.converged or _exact(objective, minimum.parameters)
            return replace(minimum, values=values, n_iter=len(values), converged=done)
        start, length = minimum.parameters, 2 * length


def _exact(objective, parameters):
    """Whether what is left to gain is less than an evaluation's rounding error.

    Where the curvature is about the identity, it is half the gradient's square. Scores
    are rounded in proportion to μᵀ|W| + |b|, the losses to that times themselves.
    """
    coordinates = Coordinates.of(objective, parameters)
    value, gradient = objective.value_and_gradient(parameters)
    gain = 0.5 * float(np.sum(coordinates.gradient_to_v(gradient) ** 2))
    weights, intercepts = objective.network.unflatten(parameters)
    largest = np.max(np.abs(coordinates.mean) @ np.abs(weights[0]), initial=0.0)
    if intercepts[0] is not None:
        largest += np.max(np.abs(intercepts[0]), initial=0.0)
    return bool(gain <= 64 * objective.precision * (1 + largest) * abs(value))


def _minimize_in_coordinates(
    minimize, objective, start, *, report, bounds=None, **settings
):
    """Minimise in the coordinates that suit the start; the minimum of the model's."""
    coordinates = Coordinates.of(objective, start, bounded=bounds is not None)
    if bounds is not None:
        settings["bounds"] = tuple(map(coordinates.from_model, bounds))
    minimum = minimize(
        RiskInCoordinates(objective, coordinates),
        coordinates.from_model(start),
        report=_translated(report, coordinates.to_model),
        **settings,
    )
    if minimum.n_iter == 0:
        return replace(minimum, parameters=start)  # to the last bit
    parameters = coordinates.to_model(minimum.parameters)
    if bounds is not None:
        parameters = np.clip(parameters, *bounds)  # rounding may have left them
    return replace(minimum, parameters=parameters)


def _translated(report, to_model):
    """The report of the model's parameters, from those that a solver knows."""
    if report is None:
        return None
    return lambda parameters, value: report(to_model(parameters), value)
