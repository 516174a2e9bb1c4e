"""The solvers' names of logistic regression, and the methods behind them."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import scipy.linalg

from skmlp.base.warn import warn
from skmlp.logistic_regression.coordinates import (
    ColumnUnits,
    Coordinates,
    RiskInCoordinates,
)
from skmlp.objective import Penalty
from skmlp.solvers import (
    conjugate_step,
    minimize_lbfgs,
    minimize_newton,
    minimize_proximal,
)

__all__ = ["NOT_CONVERGED", "Iterations", "minimize_risk"]

# Where even the best step lowers the objective by less than this, it is at its minimum.
_FUNCTION_TOL = 64 * np.finfo(np.float64).eps

# The coordinates are first chosen anew after so many iterations, then after twice as
# many; measured on scikit-learn's bundled sets, where it saves half of all iterations.
_FIRST_ROUND = 10
_MEMORY = 20
# Of L-BFGS under bounds, three rounds.
_BOUNDED_ITERATIONS = 70

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


class Iterations:
    """The iterations of a fit: the objective after each, and whether one asks to stop.

    Solvers take it as their `report`, and call it with their parameters and the
    objective. An observer is told of the model's parameters, and may ask to stop.

    Parameters
    ----------
    observer : object, optional
        With `begin` and `end` as in `base.callbacks`; None: nobody is told.
    attributes_of : callable, optional
        The model's parameters -> the attributes that make a fitted estimator.
    verbose : int
        Above 0, a line an iteration is printed.
    """

    def __init__(self, observer=None, attributes_of=None, verbose=0):
        self.observer, self.attributes_of = observer, attributes_of
        self.verbose = verbose
        self.count, self.values, self.stop_requested = 0, [], False
        self._coordinates = []

    def __call__(self, parameters, value):
        """Note down an iteration; return whether to stop."""
        self.count += 1
        self.values.append(value)
        if self.verbose:
            print(f"iteration {self.count:5d}   objective {value:.10f}")
        if self.observer is None:
            return False
        for coordinates in reversed(self._coordinates):
            parameters = coordinates.to_model(parameters)
        attributes = partial(self.attributes_of, parameters)
        self.stop_requested = self.observer.end(attributes)
        if not self.stop_requested:
            self.observer.begin(attributes)
        return self.stop_requested

    @contextmanager
    def within(self, coordinates):
        """While solvers know parameters in these coordinates, translate them."""
        self._coordinates.append(coordinates)
        try:
            yield
        finally:
            self._coordinates.pop()

    def begin(self, start):
        """Tell the observer that the first iteration begins."""
        self.observer.begin(partial(self.attributes_of, start))

    def finish(self, start):
        """Tell of one iteration where there was none, as scikit-learn does."""
        if self.count == 0:
            self.observer.end(partial(self.attributes_of, start))
            self.begin(start)

    def all_before(self, minimum, **changes):
        """Return the minimum with the values of all iterations so far."""
        values = self.values
        return replace(minimum, values=values, n_iter=len(values), **changes)


def minimize_risk(solver, loss, start, penalty, *, tol, max_iter, iterations=None):
    """Minimise a mean log loss plus its penalty by the solver of that name.

    Parameters
    ----------
    solver : str
        A key of NOT_CONVERGED.
    loss : EmpiricalRisk
        Of a network with no hidden layer, without a penalty.
    start : ndarray of shape (n_parameters,)
    penalty : Penalty
        With a strength for every parameter.
    tol, max_iter
        As the solvers take them.
    iterations : Iterations, optional
        They are reported to it, in the model's parameters.

    Returns
    -------
    minimum : Minimum
        Of the model's parameters.
    """
    iterations = iterations or Iterations()
    settings = {"tol": tol, "max_iter": max_iter}
    free = loss.network.has_intercepts and penalty.l1[-1] == penalty.l2[-1] == 0
    units = ColumnUnits.of(loss, free_intercept=free)
    if units is not None:
        with iterations.within(units):
            minimum = minimize_risk(
                solver,
                units.rescale(loss),
                units.from_model(start),
                penalty.in_units(units.exponents_per_parameter),
                iterations=iterations,
                **settings,
            )
        return replace(minimum, parameters=units.to_model(minimum.parameters))
    objective, bounds = loss.with_l2(penalty.l2), penalty.bounds
    start = _better_start(objective, penalty, start)
    if np.any(penalty.l1 > 0) or (bounds is not None and solver in _COORDINATE_SOLVERS):
        return minimize_proximal(
            objective, start, penalty=penalty, report=iterations, **settings
        )
    if bounds is not None:
        return _lbfgs_then_proximal(objective, penalty, start, iterations, **settings)
    if solver == "newton-cholesky":
        start = _centred(objective, start)
        return _newton_or_lbfgs(objective, start, iterations, **settings)
    if solver == "newton-cg":
        start = _centred(objective, start)
        return minimize_newton(
            objective, start, report=iterations, find_step=_conjugate_step, **settings
        )
    if solver in _SAG_SOLVERS:
        settings["tol"] = _SAG_TOL_FACTOR * tol
    minimum = _minimize_in_rounds(objective, start, iterations, **settings)
    reached = minimum.converged or minimum.gradient_norm <= tol
    return replace(minimum, converged=reached)


def _better_start(objective, penalty, start):
    """Return the start, or zeros if they are better: far away curvature vanishes."""
    if not start.any():
        return start
    zeros = np.zeros_like(start)
    if penalty.bounds is not None:
        zeros = np.clip(zeros, *penalty.bounds)
    l1_penalty = Penalty(l1=penalty.l1)

    def value(parameters):
        smooth, _ = objective.value_and_gradient(parameters)
        return smooth + l1_penalty.value(parameters) / objective.total_weight

    with np.errstate(over="ignore", invalid="ignore"):
        return start if value(start) <= value(zeros) else zeros


def _lbfgs_then_proximal(objective, penalty, start, iterations, *, tol, max_iter):
    """Minimise under bounds by L-BFGS, and if it does not converge by Newton steps.

    Bounds leave scales as the only coordinates. Where columns depend on each other,
    the curvature in them is not alike in all directions.
    """
    minimum = _minimize_in_rounds(
        objective,
        start,
        iterations,
        tol=tol,
        max_iter=min(max_iter, _BOUNDED_ITERATIONS),
        bounds=penalty.bounds,
    )
    n_left = max_iter - minimum.n_iter
    if minimum.converged or n_left == 0:
        return minimum
    minimum = minimize_proximal(
        objective,
        minimum.parameters,
        penalty=penalty,
        tol=tol,
        max_iter=n_left,
        report=iterations,
    )
    return iterations.all_before(minimum)


def _newton_or_lbfgs(objective, start, iterations, *, tol, max_iter):
    """Minimise by exact Newton steps, and by L-BFGS from where there is none."""
    parameters = start
    try:
        newton = minimize_newton(
            objective, start, tol=tol, max_iter=max_iter, report=iterations
        )
    except np.linalg.LinAlgError:
        # The Hessian has no eigenvectors: some entry is not finite. All begins anew.
        iterations.values.clear()
    else:
        if newton.converged or newton.n_iter >= max_iter:
            return newton
        parameters = newton.parameters
    n_steps = len(iterations.values)
    warn(
        f"newton-cholesky found no step that lowers the objective after {n_steps} "
        "iterations, and lbfgs goes on from there. A penalty (a smaller C) makes the "
        "Hessian regular; solver='lbfgs' does not use it.",
        scipy.linalg.LinAlgWarning,
    )
    return _minimize_in_rounds(
        objective, parameters, iterations, tol=tol, max_iter=max_iter
    )


def _centred(objective, parameters):
    """Return parameters whose sum over each flat group is zero, as at the optimum."""
    centred, groups = parameters.copy(), objective.flat_groups()
    centred[groups] -= centred[groups].mean(axis=1, keepdims=True)
    return centred


def _conjugate_step(objective, parameters, gradient):
    """Return about −H⁻¹·gradient, by conjugate gradients in suitable coordinates."""
    coordinates = Coordinates.of(objective, parameters)
    step = conjugate_step(
        RiskInCoordinates(objective, coordinates),
        coordinates.from_model(parameters),
        coordinates.gradient_to_v(gradient),
    )
    # to_model is linear. Along the flat groups there is nothing but rounding to follow.
    return _centred(objective, coordinates.to_model(step))


def _minimize_in_rounds(objective, start, iterations, *, tol, max_iter, bounds=None):
    """Minimise by L-BFGS in coordinates chosen anew as the curvature changes.

    A round that rounding errors ended is followed by another, unless it got nowhere.
    `max_iter` is the number of all iterations of the fit.
    """
    length, before, values = _FIRST_ROUND, np.inf, iterations.values
    while True:
        minimum = _minimize_in_coordinates(
            objective,
            start,
            iterations,
            bounds=bounds,
            tol=tol,
            max_iter=min(length, max_iter - len(values)),
        )
        fell = minimum.n_iter > 0 and minimum.value < before * (1 - _FUNCTION_TOL)
        done = iterations.stop_requested or minimum.gradient_norm <= tol
        if done or not fell or len(values) >= max_iter:
            done = done or minimum.converged or _exact(objective, minimum.parameters)
            return iterations.all_before(minimum, converged=done)
        start, length, before = minimum.parameters, 2 * length, values[-1]


def _exact(objective, parameters):
    """Return whether less is left to gain than the rounding error of an evaluation.

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


def _minimize_in_coordinates(objective, start, iterations, *, bounds, **settings):
    """Return the minimum of L-BFGS in the coordinates that suit the start."""
    coordinates = Coordinates.of(objective, start, bounded=bounds is not None)
    if bounds is not None:
        settings["bounds"] = tuple(map(coordinates.from_model, bounds))
    with iterations.within(coordinates):
        minimum = minimize_lbfgs(
            RiskInCoordinates(objective, coordinates),
            coordinates.from_model(start),
            function_tol=_FUNCTION_TOL,
            memory=_MEMORY,
            report=iterations,
            **settings,
        )
    if minimum.n_iter == 0:
        return replace(minimum, parameters=start)  # to the last bit
    parameters = coordinates.to_model(minimum.parameters)
    if bounds is not None:
        parameters = np.clip(parameters, *bounds)  # rounding may have left them
    return replace(minimum, parameters=parameters)
