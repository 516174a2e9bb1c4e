"""Comparison of a user's derivative with finite differences."""

import numpy as np

# Step of the differences: so short that few intervals contain a corner of the function,
# and long enough for errors of about 1e-10.
_STEP = 1e-4
_TOLERANCE = 1e-5


def worst_mismatch(function, derivative, points):
    """Compare a derivative with finite differences of its function.

    Parameters
    ----------
    function, derivative : callable
        Each takes an array of points (m,) and returns a number for every point.
    points : ndarray of shape (m,)
        Where the two are compared.

    Returns
    -------
    mismatch : tuple of float or None
        (x, derivative(x), slope of `function` at x) at the point x with the largest
        error; None if the errors at all points are within the tolerance.
    """
    with np.errstate(all="ignore"):
        ours = np.asarray(derivative(points.copy()), dtype=np.float64)
        theirs = slopes(function, points)
        error = np.abs(ours - theirs)
        allowed = _TOLERANCE * np.maximum(1, np.abs(theirs))
        wrong = np.where(np.isfinite(error), error - allowed, np.inf)
    worst = int(np.argmax(wrong))
    if wrong[worst] <= 0:
        return None
    return float(points[worst]), float(ours[worst]), float(theirs[worst])


def slopes(function, points):
    """Return the slope of a function at each point (m,), by central differences."""

    def change(step):
        after, before = function(points + step), function(points - step)
        return np.asarray(after, np.float64) - np.asarray(before, np.float64)

    return (8 * change(_STEP) - change(2 * _STEP)) / (12 * _STEP)


def is_pair(choice):
    """Return True if `choice` is a tuple of two functions."""
    return isinstance(choice, tuple) and len(choice) == 2 and all(map(callable, choice))


def is_function(choice):
    """Return True if `choice` is a function, and no class."""
    return callable(choice) and not isinstance(choice, type)
