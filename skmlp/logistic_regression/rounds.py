"""L-BFGS for logistic regression, in rounds with new coordinates each."""

from dataclasses import replace
from itertools import chain, count

import numpy as np

from skmlp.logistic_regression.coordinates import (
    PreconditionedCoordinates,
    PreconditionedRisk,
)
from skmlp.solvers import minimize_convex, minimize_lbfgs

__all__ = ["ROUND_WITHOUT_FACTOR", "minimize_in_rounds"]

# L-BFGS stops if an iteration lowers the objective by less than this (relatively).
_FUNCTION_TOL = 64 * np.finfo(np.float64).eps

# Number of iterations after which the coordinates are first recomputed; every later
# round is twice as long. Measured on scikit-learn's bundled sets, where recomputing
# saves half of all iterations.
_FIRST_ROUND_ITERATIONS = 10
# With fewer rows than columns, a round without a factor of the Hessian comes first, as
# the factor takes longer than the whole round. Standardised columns need no other.
ROUND_WITHOUT_FACTOR = 30
_LBFGS_MEMORY = 20


def minimize_in_rounds(objective, start, iterations, *, tol, max_iter, bounds=None):
    """Minimise by L-BFGS in rounds; every round recomputes the coordinates.

    If rounding errors ended a round, another one follows, unless the round did not
    lower the objective. `max_iter` limits the number of all iterations of the fit.
    """
    wide = objective.n_rows < objective.network.layer_sizes[0]
    rounds = chain(
        [ROUND_WITHOUT_FACTOR] * wide,
        (_FIRST_ROUND_ITERATIONS * 2**k for k in count()),
    )
    before, values = np.inf, iterations.values
    for length in rounds:
        minimum = _minimize_in_coordinates(
            objective,
            start,
            iterations,
            bounds=bounds,
            diagonal=wide and before == np.inf,
            tol=tol,
            max_iter=min(length, max_iter - len(values)),
        )
        fell = minimum.n_iter > 0 and minimum.value < before * (1 - _FUNCTION_TOL)
        done = iterations.stop_requested or minimum.gradient_norm <= tol
        if done or not fell or len(values) >= max_iter:
            done = (
                done
                or minimum.converged
                or _at_rounding_error(objective, minimum.parameters)
            )
            return iterations.with_all_iterations(minimum, converged=done)
        start, before = minimum.parameters, values[-1]


def _at_rounding_error(objective, parameters):
    """Return True if the possible decrease is below the objective's rounding error.

    In coordinates where the Hessian is about the identity, the possible decrease is
    half the squared norm of the gradient. The rounding error of scores is proportional
    to μᵀ|W| + |b|; that of losses is proportional to this times their value.
    """
    coordinates = PreconditionedCoordinates.of(objective, parameters)
    value, gradient = objective.value_and_gradient(parameters)
    gain = 0.5 * float(np.sum(coordinates.gradient_to_v(gradient) ** 2))
    weights, intercepts = objective.network.unflatten(parameters)
    largest = np.max(np.abs(coordinates.mean) @ np.abs(weights[0]), initial=0.0)
    if intercepts[0] is not None:
        largest += np.max(np.abs(intercepts[0]), initial=0.0)
    return bool(gain <= 64 * objective.precision * (1 + largest) * abs(value))


def _minimize_in_coordinates(
    objective, start, iterations, *, bounds, diagonal=False, **settings
):
    """Minimise by L-BFGS in coordinates computed at `start`; return its Minimum."""
    coordinates = PreconditionedCoordinates.of(
        objective, start, bounded=bounds is not None, diagonal=diagonal
    )
    if bounds is not None:
        with np.errstate(over="ignore"):  # a bound beyond all numbers is none
            settings["bounds"] = tuple(map(coordinates.from_model, bounds))
    minimise = minimize_convex if bounds is None else minimize_lbfgs
    with iterations.translating(coordinates):
        minimum = minimise(
            PreconditionedRisk(objective, coordinates),
            coordinates.from_model(start),
            function_tol=_FUNCTION_TOL,
            memory=_LBFGS_MEMORY,
            report=iterations,
            **settings,
        )
    if minimum.n_iter == 0:
        # Exactly the start, which a conversion there and back would round.
        return replace(minimum, parameters=start)
    parameters = coordinates.to_model(minimum.parameters)
    if bounds is not None:
        parameters = np.clip(parameters, *bounds)  # rounding may have crossed them
    return replace(minimum, parameters=parameters)
