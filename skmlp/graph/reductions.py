"""Derivatives of sums, means, extremes and other functions of whole axes."""

import numpy as np

from skmlp.graph.engine import Primitive, shape_of
from skmlp.graph.signatures import function_row

__all__ = ["REDUCTIONS"]


def spread(g, x, axis, keepdims):
    """Return g, a value for each slice of x along the axes, with the axes of length 1."""
    shape = shape_of(x)
    if keepdims or not shape:
        return g
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    kept = list(shape)
    for each in axes:
        kept[each] = 1
    return np.reshape(g, tuple(kept))


def _sum(g, u, x, axis=None, keepdims=False):
    return np.broadcast_to(spread(g, x, axis, keepdims), shape_of(x))


SUM = Primitive("sum", np.sum, (_sum,), moves=True)

REDUCTIONS = {np.sum: function_row(SUM, np.sum, ("axis", "keepdims"))}
