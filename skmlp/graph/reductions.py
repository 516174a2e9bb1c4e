"""Derivatives of sums, means, extremes and other functions of whole axes."""

from typing import Any

import numpy as np

from skmlp.graph.broadcasting import shape_of
from skmlp.graph.engine import Primitive, TracedArray
from skmlp.graph.errors import refusal
from skmlp.graph.signatures import function_row

__all__ = ["REDUCTIONS", "count_along", "spread"]


def spread(g, x, axis=None, keepdims=False):
    """Return g with an axis of length 1 for each axis of x that was reduced."""
    shape = shape_of(x)
    if keepdims or not shape:
        return g
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    kept = list(shape)
    for each in axes:
        kept[each] = 1
    return np.reshape(g, tuple(kept))


def count_along(x, axis=None):
    """Return the number of elements of x along the axes that are reduced."""
    shape = shape_of(x)
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    return int(np.prod([shape[each] for each in axes], dtype=int))


def _sum(g, u, x, axis=None, keepdims=False, dtype=None):
    return np.broadcast_to(spread(g, x, axis, keepdims), shape_of(x))


def _mean(g, u, x, axis=None, keepdims=False, dtype=None):
    g = spread(g, x, axis, keepdims) / count_along(x, axis)
    return np.broadcast_to(g, shape_of(x))


def _extreme(g, u, x, axis=None, keepdims=False):
    """Pull back to the largest elements, in equal shares if there are several."""
    largest = (x == spread(u, x, axis, keepdims)) | (x != x)  # NaN is the extreme
    number = np.sum(largest, axis=axis, keepdims=True)
    return np.where(largest, spread(g, x, axis, keepdims) / number, 0)


def _product(g, u, x, axis=None, keepdims=False):
    g = spread(g, x, axis, keepdims)
    if not isinstance(x, TracedArray) and np.all(x):
        return g * spread(u, x, axis, keepdims) / x
    # The product of the other elements, which also has derivatives at zeros.
    shape = shape_of(x)
    n_axes = len(shape)
    reduced = np.arange(n_axes) if axis is None else np.atleast_1d(axis) % n_axes
    order = [each for each in range(n_axes) if each not in reduced] + list(reduced)
    last = np.transpose(x, order)
    n = count_along(x, axis)
    flat = np.reshape(last, (*shape_of(last)[: n_axes - len(reduced)], n))
    others = np.prod(np.where(np.eye(n) == 1, 1, np.expand_dims(flat, -2)), axis=-1)
    return g * np.transpose(np.reshape(others, shape_of(last)), np.argsort(order))


def _variance(g, u, x, axis=None, keepdims=False, ddof=0):
    error = x - np.mean(x, axis=axis, keepdims=True)
    scale = 2 / (count_along(x, axis) - ddof)
    return spread(g, x, axis, keepdims) * error * scale


def _deviation(g, u, x, axis=None, keepdims=False, ddof=0):
    """Pull back to x; the derivative is 0 where all elements are equal."""
    u = spread(u, x, axis, keepdims)
    g = spread(g, x, axis, keepdims) / np.where(u == 0, 1, 2 * u)
    return _variance(g, u, x, axis, True, ddof)


def _cumulated(g, u, x, axis=None):
    along = 0 if axis is None else axis
    g = np.flip(np.cumsum(np.flip(g, along), axis=along), along)
    return np.reshape(g, shape_of(x))


SUM = Primitive("sum", np.sum, (_sum,), moves=True)
MEAN = Primitive("mean", np.mean, (_mean,), moves=True)
MAX = Primitive("max", np.max, (_extreme,), selects=True)
MIN = Primitive("min", np.min, (_extreme,), selects=True)
PROD = Primitive("prod", np.prod, (_product,))
VAR = Primitive("var", np.var, (_variance,))
STD = Primitive("std", np.std, (_deviation,))
CUMSUM = Primitive("cumsum", np.cumsum, (_cumulated,), moves=True)

REDUCTIONS: dict[Any, Any] = {
    function: function_row(primitive, function, settings)
    for function, primitive, settings in (
        (np.sum, SUM, ("axis", "keepdims", "dtype")),
        (np.mean, MEAN, ("axis", "keepdims", "dtype")),
        (np.max, MAX, ("axis", "keepdims")),
        (np.amax, MAX, ("axis", "keepdims")),
        (np.min, MIN, ("axis", "keepdims")),
        (np.amin, MIN, ("axis", "keepdims")),
        (np.prod, PROD, ("axis", "keepdims")),
        (np.var, VAR, ("axis", "keepdims", "ddof")),
        (np.std, STD, ("axis", "keepdims", "ddof")),
        (np.cumsum, CUMSUM, ("axis",)),
    )
}
# Functions with steps: the derivative is zero.
REDUCTIONS |= {
    function: function_row(
        Primitive(function.__name__, function, (None,)), function, settings
    )
    for function, settings in (
        (np.argmax, ("axis", "keepdims")),
        (np.argmin, ("axis", "keepdims")),
        (np.argsort, ("axis", "kind", "stable")),
        (np.any, ("axis", "keepdims")),
        (np.all, ("axis", "keepdims")),
        (np.count_nonzero, ("axis", "keepdims")),
        (np.round, ("decimals",)),
        (np.around, ("decimals",)),
        (np.fix, ()),
    )
}


def _average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if returned:
        raise refusal("np.average with returned=", "Leave the argument away.")
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if shape_of(weights) != shape_of(a):
        if axis is None or isinstance(axis, tuple) or len(shape_of(weights)) != 1:
            raise refusal(
                "np.average with weights of another shape",
                "Use np.sum(weights * a, axis) / np.sum(weights, axis).",
            )
        kept = [1] * len(shape_of(a))
        kept[axis] = -1
        weights = np.reshape(weights, kept)
    total = np.sum(np.broadcast_to(weights, shape_of(a)), axis=axis, keepdims=keepdims)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


REDUCTIONS[np.average] = _average
