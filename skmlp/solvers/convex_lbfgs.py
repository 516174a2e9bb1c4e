"""L-BFGS for smooth convex objectives, with little work around an evaluation."""

from __future__ import annotations

import numpy as np

from skmlp import _kernels
from skmlp.base.types import Array, Report
from skmlp.objective import Objective
from skmlp.solvers.minimum import Minimum

__all__ = ["minimize_convex"]

# Conditions of Wolfe (Nocedal and Wright 2006, section 3.1), with the constants that
# are usual for quasi-Newton methods.
_SUFFICIENT_DECREASE = 1e-4
_SUFFICIENT_FLATTENING = 0.9
_MOST_TRIALS = 40
_LARGEST_EXTRAPOLATION = 4.0
# The interpolated length keeps this share of the bracket away from its ends.
_MARGIN = 0.1
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


def minimize_convex(
    objective: Objective,
    parameters: Array,
    *,
    tol: float,
    max_iter: int,
    function_tol: float,
    report: Report | None = None,
    memory: int = 10,
) -> Minimum:
    """Minimise a smooth convex objective by L-BFGS (Nocedal 1980).

    The first step is minus the gradient, with a length of at most one; so the Hessian
    should be near the identity. A line search finds steps that satisfy the conditions
    of Wolfe; near the minimum, where rounding errors hide the decrease, it goes by the
    slopes (Hager and Zhang 2005).

    Parameters
    ----------
    objective : Objective
    parameters : ndarray of shape (n_parameters,)
        Starting point; not changed.
    tol : float
        Stop when the objective's `gradient_size` is at most this.
    max_iter : int
        Maximum number of iterations.
    function_tol : float
        Stop when an iteration lowers the objective by less than this relative amount.
    report : callable, optional
        Called as ``report(parameters, value)`` after every iteration; the solver stops
        if it returns a true value.
    memory : int, default=10
        Number of past steps from which the Hessian is approximated.

    Returns
    -------
    minimum : Minimum
        Parameters found, and how the solver ended.
    """
    point = parameters.astype(np.float64)
    value, gradient = objective.value_and_gradient(point)
    size = objective.gradient_size(gradient)
    values: list[float] = []
    if max_iter == 0 or size <= tol:
        return Minimum.at(point, value, size, tol=tol, values=values, n_iter=0)
    past = _PastSteps(len(point), min(memory, max_iter))
    converged, message = False, "the iterations ran out"
    with objective.threads():
        while len(values) < max_iter:
            found = _search(objective, point, value, gradient, past)
            if found is None:
                message = "no step lowers the objective"
                break
            last, (point, value, gradient) = (point, value, gradient), found
            past.add(last, found)
            values.append(value)
            size = objective.gradient_size(gradient)
            stops = report is not None and report(point, value)
            if stops or size <= tol:
                converged, message = True, "converged"
                break
            if last[1] - value <= function_tol * max(abs(last[1]), abs(value), 1):
                converged, message = True, "the objective falls no more"
                break
    return Minimum(
        parameters=point,
        value=float(value),
        gradient_norm=size,
        n_iter=len(values),
        converged=converged,
        message=message,
        values=values,
    )


class _PastSteps:
    """The last steps and changes of the gradient, which approximate the Hessian."""

    def __init__(self, n_parameters, size):
        self._size, self._newest, self._n_pairs = size, -1, 0
        # One row more than there are pairs is for the next one.
        self._steps = np.empty((size + 1, n_parameters))
        self._changes = np.empty((size + 1, n_parameters))

    def add(self, last, found):
        """Remember a step, unless the gradient hardly changed along it.

        `last` and `found` are (point, value, gradient) before and after the step.
        """
        row = (self._newest + 1) % (self._size + 1)
        step = np.subtract(found[0], last[0], out=self._steps[row])
        change = np.subtract(found[2], last[2], out=self._changes[row])
        if _dot(step, change) > np.finfo(float).eps * _dot(change, change):
            self._newest, self._n_pairs = row, min(self._n_pairs + 1, self._size)

    def __len__(self):
        return self._n_pairs

    def forget(self):
        """Forget all steps; return False if there was none."""
        n_pairs, self._n_pairs = self._n_pairs, 0
        return n_pairs > 0

    def direction(self, gradient):
        """Return −H·gradient, with the approximate inverse H of the Hessian."""
        return _kernels.limited_memory_direction(
            gradient,
            self._steps,
            self._changes,
            newest=max(self._newest, 0),
            n_pairs=self._n_pairs,
        )


def _search(objective, point, value, gradient, past):
    """Return (point, value, gradient) after a step, or None if none is good enough.

    If the direction of the past steps fails, they are forgotten, and the direction is
    that of steepest descent.
    """
    while True:
        direction = past.direction(gradient)
        if not past:  # at first no longer than one: the curvature is not known yet
            direction /= max(1.0, _dot(gradient, gradient) ** 0.5)
        slope = _dot(gradient, direction)
        if slope < 0:
            found = _line_search(objective, point, value, slope, direction)
            if found is not None:
                return found
        if not past.forget():
            return None


def _line_search(
    objective: Objective, point: Array, value: float, slope: float, direction: Array
) -> tuple[Array, float, Array] | None:
    """Return the point, value and gradient that the conditions of Wolfe accept.

    A bracket holds an acceptable length: its lower end satisfies the condition of
    decrease, its upper end (None: not found yet) does not, or has a positive slope.
    """
    low, high, length, best = (0.0, value, slope), None, 1.0, None
    for _ in range(_MOST_TRIALS):
        trial = point + length * direction
        trial_value, gradient = objective.value_and_gradient(trial)
        trial_slope = _dot(gradient, direction)
        end = length, trial_value, trial_slope
        decreases = trial_value <= value + _SUFFICIENT_DECREASE * length * slope
        if not decreases and trial_value <= value + _ROUNDING * abs(value):
            decreases = trial_slope <= (2 * _SUFFICIENT_DECREASE - 1) * slope
        if not (decreases and np.isfinite(trial_slope)):
            high = end
        elif trial_slope >= _SUFFICIENT_FLATTENING * slope:
            return trial, trial_value, gradient
        else:
            low = end
            if trial_value < value:
                best = trial, trial_value, gradient
        length = _next_length(low, high)
    return best


def _next_length(low, high):
    """Return a length beyond `low`, or between `low` and `high`.

    Both are (length, value, slope). It is the minimum of the cubic through both ends
    (Nocedal and Wright 2006, formula 3.59), kept away from the ends.
    """
    if high is None:
        return _LARGEST_EXTRAPOLATION * low[0]
    width = high[0] - low[0]
    share = 0.5
    if np.isfinite(high[1]) and np.isfinite(high[2]):
        first = low[2] + high[2] - 3 * (high[1] - low[1]) / width
        square = first * first - low[2] * high[2]
        if square >= 0:
            root = square**0.5
            divisor = high[2] - low[2] + 2 * root
            if divisor > 0:
                share = 1 - (high[2] + root - first) / divisor
    return low[0] + width * min(max(share, _MARGIN), 1 - _MARGIN)


def _dot(a, b):
    """Return aᵀ·b, whose bits do not depend on the number of BLAS threads."""
    return float((a * b).sum())
