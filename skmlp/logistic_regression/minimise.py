"""Minimisation of a penalised log loss by the solver of a given name."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, count

import numpy as np

from skmlp.logistic_regression.column_units import in_units_of_columns
from skmlp.logistic_regression.coordinates import (
    PreconditionedCoordinates,
    PreconditionedRisk,
)
from skmlp.logistic_regression.newton_steps import (
    exact_step_of,
    minimize_by_newton,
    warn_of_change_to_lbfgs,
)
from skmlp.logistic_regression.row_space import RowSpace
from skmlp.losses.log_loss import is_log_loss
from skmlp.objective import Penalty
from skmlp.solvers import (
    minimize_convex,
    minimize_firth,
    minimize_lbfgs,
    minimize_proximal,
)

__all__ = ["NOT_CONVERGED", "Iterations", "minimize_firth_risk", "minimize_risk"]

# L-BFGS stops if an iteration lowers the objective by less than this (relatively).
_FUNCTION_TOL = 64 * np.finfo(np.float64).eps

# Number of iterations after which the coordinates are first recomputed; every later
# round is twice as long. Measured on scikit-learn's bundled sets, where recomputing
# saves half of all iterations.
_FIRST_ROUND_ITERATIONS = 10
# With more columns, a factor of the Hessian takes as long as some iterations. Then a
# round without it comes first, and a second if the gradient is nearly small enough.
_MOST_COLUMNS = 40
_ITERATIONS_WITHOUT_FACTOR = 15
_ITERATIONS_WITHOUT_FACTOR_WIDE = 30
_NEARLY = 10
_LBFGS_MEMORY = 20
# Largest number of multiplications of an exact step for which Newton's method is faster
# than L-BFGS: it needs about half of the iterations, and no coordinates.
_FAST_STEP = 600_000
# Maximum number of iterations of L-BFGS under bounds: three rounds, 10 + 20 + 40.
_BOUNDED_ITERATIONS = 70

_COORDINATE_SOLVERS = ("liblinear", "saga")
# In scikit-learn, sag and saga stop when an epoch changes the coefficients little, and
# liblinear when the gradient is small compared with the first. On its bundled sets the
# gradient is then mostly below half of tol, and in the median a tenth of tol.
_TOL_FACTORS = {"sag": 0.5, "saga": 0.5, "liblinear": 0.1}

# The first words of scikit-learn's warnings, which users' code may look for.
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
    """Record of the iterations of a fit: the objective after every iteration.

    Solvers take it as their `report`: after every iteration they call it with their
    parameters and the value of the objective. It passes the model's parameters to an
    observer, which may ask to stop.

    Parameters
    ----------
    observer : object, optional
        Has the methods `begin` and `end`, as in `base.callbacks`; None: no observer.
    attributes_of : callable, optional
        Function from the model's parameters, and the values of the objective so far, to
        the attributes of a fitted estimator.
    verbose : int
        Above 0, one line is printed per iteration.
    """

    def __init__(self, observer=None, attributes_of=None, verbose=0):
        self.observer, self.attributes_of = observer, attributes_of
        self.verbose = verbose
        self.count, self.values, self.stop_requested = 0, [], False
        self._coordinates = []

    def __call__(self, parameters, value):
        """Record an iteration; return True if the solver has to stop."""
        self.count += 1
        self.values.append(value)
        if self.verbose:
            print(f"iteration {self.count:5d}   objective {value:.10f}")
        if self.observer is None:
            return False
        for coordinates in reversed(self._coordinates):
            parameters = coordinates.to_model(parameters)
        attributes = partial(self.attributes_of, parameters, self.values)
        self.stop_requested = self.observer.end(attributes)
        if not self.stop_requested:
            self.observer.begin(attributes)
        return self.stop_requested

    @contextmanager
    def translating(self, coordinates):
        """Translate what solvers report in this context from `coordinates`."""
        self._coordinates.append(coordinates)
        try:
            yield
        finally:
            self._coordinates.pop()

    def begin(self, start):
        """Tell the observer that the first iteration begins."""
        self.observer.begin(partial(self.attributes_of, start, self.values))

    def finish(self, start):
        """Report one iteration if there was none, as scikit-learn does."""
        if self.count == 0:
            self.observer.end(partial(self.attributes_of, start, self.values))
            self.begin(start)

    def with_all_iterations(self, minimum, **changes):
        """Return a copy of `minimum` with the values of all iterations so far."""
        values = self.values
        return replace(minimum, values=values, n_iter=len(values), **changes)


def minimize_risk(solver, loss, start, penalty, *, tol, max_iter, iterations=None):
    """Minimise a mean log loss plus a penalty by the solver of a given name.

    Parameters
    ----------
    solver : str
        Name of the solver, a key of NOT_CONVERGED.
    loss : EmpiricalRisk
        Mean log loss of a network with no hidden layer, without a penalty.
    start : ndarray of shape (n_parameters,)
        First parameters of the model.
    penalty : Penalty
        Penalty with one l1 and one l2 strength for every parameter.
    tol : float
        Largest absolute entry of the gradient at which a solver stops. Without an l1
        penalty and bounds, 'sag' and 'saga' go on to half of it, and 'liblinear' to a
        tenth.
    max_iter : int
        Maximum number of iterations.
    iterations : Iterations, optional
        Record of the iterations, to which the solvers report.

    Returns
    -------
    minimum : Minimum
        The result of the solver, with the model's parameters.
    """
    iterations = iterations or Iterations()
    loss, exponent = loss.with_moderate_weights()
    if exponent:
        penalty = penalty.times_power(-exponent)
    minimise = partial(
        _minimize_moderate, solver, iterations=iterations, tol=tol, max_iter=max_iter
    )
    return in_units_of_columns(minimise, loss, start, penalty, iterations)


def minimize_firth_risk(loss, start, penalty, *, tol, max_iter, iterations):
    """Minimise a log loss with Firth's penalty; `penalty` is one without strengths."""

    def minimise(loss, start, penalty):
        """Minimise the loss of columns of moderate size."""
        return minimize_firth(
            loss, start, tol=tol, max_iter=max_iter, report=iterations
        )

    return in_units_of_columns(minimise, loss, start, penalty, iterations)


def _minimize_moderate(solver, loss, start, penalty, *, iterations, **settings):
    """Minimise as `minimize_risk` does; no column of X is of extreme size."""
    tol = settings["tol"]
    objective, bounds = loss.with_l2(penalty.l2), penalty.bounds
    start = _better_start(objective, penalty, start)
    if np.any(penalty.l1 > 0) or (bounds is not None and solver in _COORDINATE_SOLVERS):
        return minimize_proximal(
            objective, start, penalty=penalty, report=iterations, **settings
        )
    if bounds is not None:
        return _lbfgs_then_proximal(objective, penalty, start, iterations, **settings)
    settings["tol"] = _TOL_FACTORS.get(solver, 1.0) * tol
    minimum = _minimize_smooth(solver, objective, start, iterations, **settings)
    reached = minimum.converged or minimum.gradient_norm <= tol
    return replace(minimum, converged=reached)


def _minimize_smooth(solver, objective, start, iterations, *, tol, max_iter):
    """Minimise without an l1 penalty and bounds, by the fastest method that is exact.

    The minimum is one point, whichever method finds it: so the name of the solver only
    chooses between methods of about equal speed.
    """
    by_lbfgs = partial(_minimize_in_rounds, objective, iterations=iterations, tol=tol)
    find_step = _newton_step_of(solver, objective)
    wide = objective.n_rows < objective.network.layer_sizes[0]
    if find_step is None and wide and RowSpace.fits(objective):
        minimum = _minimize_in_coordinates(
            objective,
            start,
            iterations,
            diagonal=True,
            tol=tol,
            max_iter=min(max_iter, _iterations_without_factor(objective)),
        )
        reached = iterations.stop_requested or minimum.gradient_norm <= tol
        if reached or minimum.n_iter >= max_iter:
            return iterations.with_all_iterations(minimum, converged=reached)
        start, find_step = minimum.parameters, RowSpace(objective).step
    if find_step is not None:
        settings = {"find_step": find_step, "tol": tol, "max_iter": max_iter}
        start, minimum = minimize_by_newton(objective, start, iterations, **settings)
        if minimum is not None:
            return minimum
        if solver == "newton-cholesky":
            warn_of_change_to_lbfgs(len(iterations.values))
    return by_lbfgs(start, max_iter=max_iter)


def _newton_step_of(solver, objective):
    """Return the function of the Newton step that minimises fastest, or None.

    It is None where L-BFGS is the fastest. With fewer rows than columns, no step needs
    the Hessian.
    """
    d, K = objective.network.layer_sizes
    n_rows, exact = objective.n_rows, solver == "newton-cholesky"
    if (
        n_rows < d
        and RowSpace.fits(objective)
        and (exact or RowSpace.is_fast(objective))
    ):
        return RowSpace(objective).step
    side, pairs = d + objective.network.has_intercepts, K * (K + 1) // 2
    work = n_rows * side**2 * pairs // 2 + (side * K) ** 3 // 3
    is_penalised = bool((objective.penalty_curvature[: d * K] > 0).all())
    wide = n_rows < d and is_penalised
    fast = work <= _FAST_STEP or (exact and not wide)
    return exact_step_of(objective) if fast else None


def _better_start(objective, penalty, start):
    """Return `start`, or zeros if the objective is lower there.

    Far from the minimum the curvature vanishes, and Newton steps get too long.
    """
    if not start.any():
        return start
    zeros = np.zeros_like(start)
    if penalty.bounds is not None:
        zeros = np.clip(zeros, *penalty.bounds)
    l1_penalty = Penalty(l1=penalty.l1)

    def value(parameters):
        """Return the objective with its l1 penalty."""
        smooth, _ = objective.value_and_gradient(parameters)
        return smooth + l1_penalty.value(parameters) / objective.total_weight

    with np.errstate(over="ignore", invalid="ignore"):
        return start if value(start) <= value(zeros) else zeros


def _lbfgs_then_proximal(objective, penalty, start, iterations, *, tol, max_iter):
    """Minimise under bounds by L-BFGS, then by proximal Newton if it did not converge.

    Under bounds the coordinates can only scale the columns. If columns are correlated,
    the curvature in such coordinates differs from direction to direction.
    """
    minimum = _minimize_in_rounds(
        objective,
        start,
        iterations=iterations,
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
    return iterations.with_all_iterations(minimum)


def _minimize_in_rounds(objective, start, *, iterations, tol, max_iter, bounds=None):
    """Minimise by L-BFGS in rounds; every round recomputes the coordinates.

    If rounding errors ended a round, another one follows, unless the round did not
    lower the objective. `max_iter` limits the number of all iterations of the fit.
    """
    n_first = 0 if bounds is not None else _iterations_without_factor(objective)
    rounds = chain(
        [(n_first, True)] * (2 if n_first else 0),
        ((_FIRST_ROUND_ITERATIONS * 2**k, False) for k in count()),
    )
    before, values, nearly = np.inf, iterations.values, True
    for length, diagonal in rounds:
        if diagonal and not nearly:
            continue
        minimum = _minimize_in_coordinates(
            objective,
            start,
            iterations,
            bounds=bounds,
            diagonal=diagonal,
            tol=tol,
            max_iter=min(length, max_iter - len(values)),
        )
        nearly = minimum.gradient_norm <= _NEARLY * tol
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


def _iterations_without_factor(objective):
    """Return the length of a round without a factor of the Hessian.

    It is 0 if the factor takes little time, and grows with the time that it takes.
    """
    d, K = objective.network.layer_sizes
    wide = objective.n_rows < d
    if d <= _MOST_COLUMNS and not wide:
        return 0
    fewest = _ITERATIONS_WITHOUT_FACTOR_WIDE if wide else _ITERATIONS_WITHOUT_FACTOR
    return max(fewest, d // (8 * K))


def _at_rounding_error(objective, parameters):
    """Return True if the possible decrease is below the objective's rounding error.

    In coordinates where the Hessian is about the identity, the possible decrease is
    half the squared norm of the gradient. The rounding error of scores is proportional
    to μᵀ|W| + |b|; that of losses is proportional to this times their value.
    """
    if not is_log_loss(objective.loss):
        return False  # its Hessian may be far from the identity
    coordinates = PreconditionedCoordinates.of(objective, parameters)
    value, gradient = objective.value_and_gradient(parameters)
    gain = 0.5 * float(np.sum(coordinates.gradient_to_v(gradient) ** 2))
    weights, intercepts = objective.network.unflatten(parameters)
    largest = np.max(np.abs(coordinates.mean) @ np.abs(weights[0]), initial=0.0)
    if intercepts[0] is not None:
        largest += np.max(np.abs(intercepts[0]), initial=0.0)
    return bool(gain <= 64 * objective.precision * (1 + largest) * abs(value))


def _minimize_in_coordinates(
    objective, start, iterations, *, bounds=None, diagonal=False, **settings
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
