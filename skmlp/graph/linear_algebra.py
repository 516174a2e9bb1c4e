"""Derivatives of matrix products and of `numpy.linalg`."""

import numpy as np

from skmlp.graph.engine import Primitive, shape_of

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

LINEAR_ALGEBRA = {np.matmul: MATMUL}
