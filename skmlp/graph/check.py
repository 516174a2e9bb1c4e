"""Comparison of gradients with central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.graph.differentiate import flattened, vjp

__all__ = ["check_gradient"]

# Step of the differences for numbers of size 1. With the error h⁴ of the formula, both
# the formula and rounding cost about 1e-12.
_STEP = 2e-4


def check_gradient(
    f: Callable[..., Any], *arguments: Any, rtol: float = 1e-6, atol: float = 1e-6
) -> float:
    """Compare the gradient of a function with central differences.

    All numbers are converted to float64. If `f` returns an array, its elements are
    summed with fixed random weights.

    Parameters
    ----------
    f : callable
        Function that returns a number or an array.
    *arguments : ndarray or float, or containers of these
        Arguments of `f`. Integers and booleans are constants.
    rtol, atol : float, default=1e-6
        An entry of the gradient may differ by `atol` + `rtol` · |difference quotient|.

    Returns
    -------
    error : float
        Largest error of an entry of the gradient.

    Raises
    ------
    AssertionError
        If an entry differs; the message names the entry with the largest error.
    ValueError
        If no argument has floating-point numbers.

    Examples
    --------
    >>> import numpy as np
    >>> check_gradient(np.tanh, np.array([-1.0, 0.5])) < 1e-9
    True
    """
    leaves, form = flattened(arguments)
    arrays = [np.asarray(leaf) for leaf in leaves]
    real = [i for i, array in enumerate(arrays) if array.dtype.kind == "f"]
    if not real:
        raise ValueError(
            "the arguments have no floating-point numbers; pass 1.0 instead of 1."
        )

    def function(*chosen):
        everything = list(leaves)
        for i, value in zip(real, chosen, strict=True):
            everything[i] = value
        return f(*form(everything))

    points = [arrays[i].astype(np.float64)[()] for i in real]
    value, pullback = vjp(function, *points)
    weights = np.ones(())
    if np.shape(value):
        weights = np.random.RandomState(0).uniform(0.5, 1.5, np.shape(value))
    gradients = pullback(weights)
    worst, error, message = -np.inf, 0.0, ""
    for position, (point, gradient) in enumerate(zip(points, gradients, strict=True)):
        for index in np.ndindex(np.shape(point)):

            def moved(step, position=position, point=point, index=index):
                shifted = np.array(point)
                shifted[index] += step
                values = [*points[:position], shifted[()], *points[position + 1 :]]
                return np.sum(weights * function(*values))

            ours, theirs = np.asarray(gradient)[index], _slope(moved, point, index)
            distance = abs(ours - theirs)
            excess = distance - atol - rtol * abs(theirs)
            excess = np.inf if np.isnan(excess) else excess
            error = max(error, distance)
            if excess > worst:
                place = f"[{', '.join(map(str, index))}]" if index else ""
                worst, message = (
                    excess,
                    (
                        "the derivative with respect to argument "
                        f"{real[position]}{place} "
                        f"is {ours:.10g}, and central differences give {theirs:.10g}"
                    ),
                )
    if worst > 0:
        raise AssertionError(message)
    return float(error)


def _slope(moved, point, index):
    """Return the derivative by differences of two step sizes."""
    step = _STEP * max(1.0, abs(float(np.asarray(point)[index])))
    near = moved(step) - moved(-step)
    far = moved(2 * step) - moved(-2 * step)
    return (8 * near - far) / (12 * step)
