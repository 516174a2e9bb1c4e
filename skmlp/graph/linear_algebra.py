"""Derivatives of matrix products and of `numpy.linalg`."""

from typing import Any

import numpy as np

from skmlp.graph.engine import Primitive, shape_of
from skmlp.graph.errors import refusal
from skmlp.graph.reductions import spread

__all__ = ["LINEAR_ALGEBRA"]


def _transposed(x):
    """Return x with its last two axes exchanged."""
    return x.T if len(shape_of(x)) == 2 else np.swapaxes(x, -1, -2)


def _left_of_product(g, u, x, y):
    """Pull g back to the left operand of x @ y."""
    if len(shape_of(y)) == 1:
        return np.expand_dims(g, -1) * y
    if len(shape_of(x)) == 1:
        return np.squeeze(np.expand_dims(g, -2) @ _transposed(y), -2)
    return g @ _transposed(y)


def _right_of_product(g, u, x, y):
    """Pull g back to the right operand of x @ y."""
    if len(shape_of(x)) == 1 and len(shape_of(y)) == 1:
        return g * x
    if len(shape_of(x)) == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2)
    if len(shape_of(y)) == 1:
        return np.squeeze(_transposed(x) @ np.expand_dims(g, -1), -1)
    return _transposed(x) @ g


MATMUL = Primitive("matmul", np.matmul, (_left_of_product, _right_of_product))


def _dot(a, b, out=None):
    if out is not None:
        raise refusal("np.dot with out=", "Leave the argument away.")
    if not shape_of(a) or not shape_of(b):
        return np.multiply(a, b)
    if len(shape_of(b)) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


def _inner(a, b):
    if not shape_of(a) or not shape_of(b):
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


def _outer(a, b, out=None):
    if out is not None:
        raise refusal("np.outer with out=", "Leave the argument away.")
    return np.expand_dims(np.ravel(a), 1) * np.ravel(b)


def _axes_of(x, y, axes):
    """Return the summed axes of x and y, and the other axes, as lists."""
    n_x, n_y = len(shape_of(x)), len(shape_of(y))
    if np.ndim(axes) == 0 and not isinstance(axes, tuple | list):
        pairs = range(n_x - axes, n_x), range(axes)
    else:
        pairs = np.atleast_1d(axes[0]), np.atleast_1d(axes[1])
    x_axes = [range(n_x)[axis] for axis in pairs[0]]
    y_axes = [range(n_y)[axis] for axis in pairs[1]]
    x_free = [axis for axis in range(n_x) if axis not in x_axes]
    y_free = [axis for axis in range(n_y) if axis not in y_axes]
    return x_axes, y_axes, x_free, y_free


def _left_of_tensordot(g, u, x, y, axes):
    x_axes, y_axes, x_free, y_free = _axes_of(x, y, axes)
    last = list(range(len(x_free), len(shape_of(g))))
    product = np.tensordot(g, y, axes=(last, y_free))
    partners = [x_axes[y_axes.index(axis)] for axis in sorted(y_axes)]
    return np.transpose(product, np.argsort(x_free + partners))


def _right_of_tensordot(g, u, x, y, axes):
    x_axes, y_axes, x_free, y_free = _axes_of(x, y, axes)
    first = list(range(len(x_free)))
    product = np.tensordot(x, g, axes=(x_free, first))
    partners = [y_axes[x_axes.index(axis)] for axis in sorted(x_axes)]
    return np.transpose(product, np.argsort(partners + y_free))


TENSORDOT = Primitive(
    "tensordot", np.tensordot, (_left_of_tensordot, _right_of_tensordot)
)


def _tensordot(a, b, axes=2):
    return TENSORDOT(a, b, axes=axes)


def _right_hand_side(a, b, g):
    return np.linalg.solve(_transposed(a), g)


def _matrix_of_system(g, u, a, b):
    part = np.linalg.solve(_transposed(a), g)
    if len(shape_of(b)) == 1:
        return -np.expand_dims(part, -1) * np.expand_dims(u, -2)
    return -part @ _transposed(u)


SOLVE = Primitive(
    "solve",
    np.linalg.solve,
    (_matrix_of_system, lambda g, u, a, b: _right_hand_side(a, b, g)),
)
INV = Primitive(
    "inv",
    np.linalg.inv,
    (lambda g, u, a: -_transposed(u) @ g @ _transposed(u),),
)


def _as_matrices(g):
    """Return one number for each matrix, with two axes of length 1."""
    return np.expand_dims(g, (-2, -1))


DET = Primitive(
    "det",
    np.linalg.det,
    (lambda g, u, a: _as_matrices(g * u) * _transposed(np.linalg.inv(a)),),
)
SIGN_OF_DET = Primitive("sign_of_det", lambda a: np.linalg.slogdet(a)[0], (None,))
LOG_DET = Primitive(
    "log_det",
    lambda a: np.linalg.slogdet(a)[1],
    (lambda g, u, a: _as_matrices(g) * _transposed(np.linalg.inv(a)),),
)


def _length(g, u, x, axis=None, keepdims=False):
    """Pull back to x; the derivative of the norm of zeros is 0."""
    u = spread(u, x, axis, keepdims)
    return spread(g, x, axis, keepdims) * (x / np.where(u == 0, 1, u))


NORM = Primitive("norm", np.linalg.norm, (_length,))


def _norm(x, ord=None, axis=None, keepdims=False):
    matrix = len(shape_of(x)) == 2 if axis is None else isinstance(axis, tuple)
    settings = ({} if axis is None else {"axis": axis}) | (
        {"keepdims": True} if keepdims else {}
    )
    if ord is None or (ord == "fro" and matrix):
        return NORM(x, **settings)
    if matrix or isinstance(ord, str):
        raise refusal(
            f"np.linalg.norm with ord={ord!r} of a matrix",
            "Only the Frobenius norm, ord=None, can be traced.",
        )
    if ord == 2:
        return NORM(x, **settings)
    if np.isinf(ord):
        return (np.max if ord > 0 else np.min)(np.abs(x), **settings)
    if ord == 1:
        return np.sum(np.abs(x), **settings)
    if ord == 0:
        raise refusal("np.linalg.norm with ord=0", "Use np.count_nonzero.")
    return np.sum(np.abs(x) ** ord, **settings) ** (1 / ord)


def _cross_terms(a, b):
    return np.matmul(np.ravel(a), np.ravel(b))


_SignAndLogarithm = type(np.linalg.slogdet(np.eye(1)))
LINEAR_ALGEBRA: dict[Any, Any] = {
    np.matmul: MATMUL,
    np.dot: _dot,
    np.vdot: _cross_terms,
    np.inner: _inner,
    np.outer: _outer,
    np.tensordot: _tensordot,
    np.linalg.norm: _norm,
    np.linalg.inv: INV,
    np.linalg.solve: SOLVE,
    np.linalg.det: DET,
    np.linalg.slogdet: lambda a: _SignAndLogarithm(SIGN_OF_DET(a), LOG_DET(a)),
}
