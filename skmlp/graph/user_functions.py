"""Checks of functions that users pass, and whose derivatives a graph finds."""

import numpy as np

from skmlp.graph.engine import TracedArray
from skmlp.graph.errors import TracingError

__all__ = ["name_of", "require_equal", "require_finite", "results_of"]


def name_of(function):
    """Return the name of a function for a message."""
    return getattr(function, "__name__", repr(function))


def results_of(parameter, function, *arrays):
    """Return function(*arrays), or raise a ValueError that names the parameter.

    Parameters
    ----------
    parameter : str
        The parameter and the function, such as 'activation=gelu'.
    function : callable
    *arrays : ndarray
        Arguments of the function.
    """
    try:
        with np.errstate(all="ignore"):
            return function(*arrays)
    except TracingError as error:
        raise ValueError(
            f"{parameter}: its derivative cannot be found. {error} Or pass a pair "
            "(f, df) of the function and its derivative."
        ) from error
    except Exception as error:
        shapes = " and ".join(str(array.shape) for array in arrays)
        cure = ""
        if TracedArray.__name__ in str(error):  # an attribute or a type that it lacks
            cure = (
                ". The function is traced, by an array of the type TracedArray: use "
                "NumPy's functions and operators, or pass a pair (f, df) of the "
                "function and its derivative."
            )
        raise ValueError(
            f"{parameter} raised {type(error).__name__} for arrays of shape {shapes}: "
            f"{error}{cure}"
        ) from error


def require_finite(parameter, what, values, points, note=""):
    """Raise ValueError if a value is not finite.

    `points` is a function from the number of a value to what describes its place;
    `note` stands before the cure.
    """
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        first = wrong[0]
        raise ValueError(
            f"{parameter}: its {what} is {np.ravel(values)[first]} at "
            f"{points(first)}. {note}Write it so that it is finite there (by "
            "np.logaddexp or np.where, for example)."
        )


def require_equal(parameter, first, second, why):
    """Raise ValueError if two results that should be equal are not; `why` says why."""
    scale = np.maximum(1, np.abs(first))
    if np.shape(first) != np.shape(second) or np.any(
        np.abs(first - second) > 1e-6 * scale
    ):
        raise ValueError(f"{parameter} {why}. Correct the function.")
