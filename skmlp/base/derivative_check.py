"""Derivatives that a user brings, compared with differences."""

import numpy as np

# Short, so that hardly any corner lies within it; exact to about 1e-10 all the same.
_STEP = 1e-4
_TOLERANCE = 1e-5


def disagreement(function, derivative, places):
    """(x, derivative(x), slope) at the worst of the places (m,), or None.

    Both functions take an array of places and give a number for each.
    """
    with np.errstate(all="ignore"):
        ours = np.asarray(derivative(places), dtype=np.float64)
        theirs = slopes(function, places)
        error = np.abs(ours - theirs)
        allowed = _TOLERANCE * np.maximum(1, np.abs(theirs))
        wrong = np.where(np.isfinite(error), error - allowed, np.inf)
    worst = int(np.argmax(wrong))
    if wrong[worst] <= 0:
        return None
    return float(places[worst]), float(ours[worst]), float(theirs[worst])


def slopes(function, places):
    """The slope of a function at each of the places, by differences."""

    def change(step):
        after, before = function(places + step), function(places - step)
        return np.asarray(after, np.float64) - np.asarray(before, np.float64)

    return (8 * change(_STEP) - change(2 * _STEP)) / (12 * _STEP)


def is_pair(choice):
    """Whether this is a pair of functions: one and its derivative."""
    return isinstance(choice, tuple) and len(choice) == 2 and all(map(callable, choice))
