"""Functions of NumPy that are composed of others, which have derivatives."""

from math import pi
from typing import Any

import numpy as np

from skmlp.graph.broadcasting import shape_of
from skmlp.graph.errors import refusal

__all__ = ["COMPOSITIONS"]


def _select(condlist, choicelist, default=0):
    """Return the first choice whose condition holds, element by element."""
    result = default
    pairs = zip(condlist, choicelist, strict=True)
    for condition, choice in reversed(list(pairs)):
        result = np.where(condition, choice, result)
    return result


def _range(a, axis=None, out=None, keepdims=False):
    if out is not None:
        raise refusal("np.ptp with out=", "Leave the argument away.")
    largest = np.max(a, axis=axis, keepdims=keepdims)
    return largest - np.min(a, axis=axis, keepdims=keepdims)


def _median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if out is not None or overwrite_input or keepdims or isinstance(axis, tuple):
        raise refusal(
            "np.median with out=, overwrite_input=, keepdims= or several axes",
            "Use np.median(x, axis) and np.expand_dims.",
        )
    ordered = np.sort(a, axis=axis)
    axis = 0 if axis is None else axis
    n = shape_of(ordered)[axis]
    lower = np.take(ordered, (n - 1) // 2, axis=axis)
    return (lower + np.take(ordered, n // 2, axis=axis)) / 2


def _polynomial(p, x):
    """Return p[0]·xⁿ⁻¹ + … + p[n − 1], by Horner's scheme."""
    result = np.zeros_like(x)
    for coefficient in p:
        result = result * x + coefficient
    return result


def _sinc(x):
    """Return sin(πx) / (πx); its derivative at 0 is 0."""
    z = pi * np.where(x == 0, 1, x)
    return np.where(x == 0, 1, np.sin(z) / z)


def _kron(a, b):
    n = max(len(shape_of(a)), len(shape_of(b)))
    first, second = (
        (1,) * (n - len(shape_of(each))) + shape_of(each) for each in (a, b)
    )
    split = [length for i in range(n) for length in (first[i], 1)]
    other = [length for i in range(n) for length in (1, second[i])]
    product = np.reshape(a, split) * np.reshape(b, other)
    return np.reshape(product, [p * q for p, q in zip(first, second, strict=True)])


def _dot_of_vectors(x1, x2, axis=-1):
    return np.sum(x1 * x2, axis=axis)


def _without_nan(function):
    """Return the function that sums or averages the numbers that are not NaN."""

    def traced(a, axis=None, *, keepdims=False):
        known = np.isfinite(a) | np.isinf(a)
        total = np.sum(np.where(known, a, 0), axis=axis, keepdims=keepdims)
        if function is np.nansum:
            return total
        return total / np.sum(known, axis=axis, keepdims=keepdims, dtype=total.dtype)

    return traced


COMPOSITIONS: dict[Any, Any] = {
    np.select: _select,
    np.ptp: _range,
    np.median: _median,
    np.polyval: _polynomial,
    np.sinc: _sinc,
    np.kron: _kron,
    np.vecdot: _dot_of_vectors,
    np.linalg.vecdot: _dot_of_vectors,
    np.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
    np.linalg.vector_norm: lambda x, *, axis=None, keepdims=False, ord=2: (
        np.linalg.norm(np.ravel(x) if axis is None else x, ord, axis, keepdims)
    ),
    np.nansum: _without_nan(np.nansum),
    np.nanmean: _without_nan(np.nanmean),
}
