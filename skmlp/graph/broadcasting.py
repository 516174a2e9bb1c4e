"""Gradients of broadcast operands."""

import numpy as np

__all__ = ["shape_of", "sum_to", "zeros_like"]


def sum_to(gradient, operand):
    """Undo broadcasting: return a gradient with the shape and the dtype of an operand.

    The axes along which the operand was repeated are summed.
    """
    shape, dtype = shape_of(operand), getattr(operand, "dtype", None)
    actual = shape_of(gradient)
    if actual != shape:
        extra = len(actual) - len(shape)
        axes = tuple(
            axis
            for axis, length in enumerate(actual)
            if axis < extra or (shape[axis - extra] == 1 and length != 1)
        )
        if axes:
            gradient = np.sum(gradient, axis=axes, keepdims=True)
        if extra > 0:
            gradient = np.reshape(gradient, shape_of(gradient)[extra:])
        if shape_of(gradient) != shape:
            gradient = np.broadcast_to(gradient, shape)
    if dtype is not None and dtype.kind == "f" and gradient.dtype != dtype:
        gradient = gradient.astype(dtype)
    return gradient


def shape_of(value):
    """Return the shape of an array, a traced array or a number."""
    return value.shape if hasattr(value, "shape") else np.shape(value)


def zeros_like(value):
    """Return the gradient zero with respect to a value, of its shape and dtype."""
    dtype = getattr(value, "dtype", np.dtype(float))
    return np.zeros(shape_of(value), dtype if dtype.kind == "f" else float)[()]
