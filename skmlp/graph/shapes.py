"""Derivatives of functions that move elements: reshape, transpose, flip and others."""

from typing import Any

import numpy as np

from skmlp.graph.engine import Primitive, shape_of
from skmlp.graph.errors import refusal
from skmlp.graph.indexing import scattered
from skmlp.graph.signatures import function_row

__all__ = ["SHAPES"]


def _moving(name, forward, pullback):
    """Return the primitive of a function that moves elements."""
    return Primitive(name, forward, (pullback,), moves=True)


def _transposed(g, u, x, axes=None):
    return np.transpose(g, None if axes is None else tuple(np.argsort(axes)))


def _reshaped(g, u, x, order="C", **settings):
    return np.reshape(g, shape_of(x), order=order)


def _tiled(g, u, x, reps):
    """Sum the copies of each element."""
    reps = tuple(np.atleast_1d(reps))
    shape = shape_of(x)
    n = max(len(reps), len(shape))
    reps = (1,) * (n - len(reps)) + reps
    shape = (1,) * (n - len(shape)) + shape
    pairs = np.stack([reps, shape], axis=1).ravel()
    copies = np.reshape(g, tuple(int(each) for each in pairs))
    return np.reshape(np.sum(copies, axis=tuple(range(0, 2 * n, 2))), shape_of(x))


TRANSPOSE = _moving("transpose", np.transpose, _transposed)
FLIP = _moving("flip", np.flip, lambda g, u, x, axis=None: np.flip(g, axis))
ROLL = _moving(
    "roll",
    np.roll,
    lambda g, u, x, shift, axis=None: (
        np.roll(g, tuple(-s for s in shift), axis)
        if isinstance(shift, tuple)
        else np.roll(g, -shift, axis)
    ),
)
TRIU = _moving("triu", np.triu, lambda g, u, x, k=0: np.triu(g, k))
TRIL = _moving("tril", np.tril, lambda g, u, x, k=0: np.tril(g, k))
TILE = _moving("tile", np.tile, _tiled)
BROADCAST = _moving("broadcast_to", np.broadcast_to, lambda g, u, x, shape: g)
SWAP = _moving(
    "swapaxes",
    np.swapaxes,
    lambda g, u, x, axis1, axis2: np.swapaxes(g, axis1, axis2),
)
MOVE = _moving(
    "moveaxis",
    np.moveaxis,
    lambda g, u, x, source, destination: np.moveaxis(g, destination, source),
)

SHAPES: dict[Any, Any] = {
    function: function_row(primitive, function, settings)
    for function, primitive, settings in (
        (np.transpose, TRANSPOSE, ("axes",)),
        (np.flip, FLIP, ("axis",)),
        (np.roll, ROLL, ("shift", "axis")),
        (np.triu, TRIU, ("k",)),
        (np.tril, TRIL, ("k",)),
        (np.tile, TILE, ("reps",)),
        (np.broadcast_to, BROADCAST, ("shape",)),
        (np.swapaxes, SWAP, ("axis1", "axis2")),
        (np.moveaxis, MOVE, ("source", "destination")),
    )
}
SHAPES |= {
    function: function_row(
        _moving(function.__name__, function, _reshaped), function, settings
    )
    for function, settings in (
        (np.reshape, ("shape", "newshape", "order", "copy")),
        (np.ravel, ("order",)),
        (np.squeeze, ("axis",)),
        (np.expand_dims, ("axis",)),
    )
}
SHAPES[np.fliplr] = lambda m: np.flip(m, 1)
SHAPES[np.flipud] = lambda m: np.flip(m, 0)


def _diagonal(a, offset=0, axis1=0, axis2=1):
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    i, j = _diagonal_indices(*shape_of(a)[-2:], offset)
    return a[..., i, j]


def _diagonal_indices(n_rows, n_columns, offset):
    """Return the rows and columns of the elements on a diagonal."""
    length = min(n_rows + min(offset, 0), n_columns - max(offset, 0))
    steps = np.arange(max(length, 0))
    return steps - min(offset, 0), steps + max(offset, 0)


def _diag(v, k=0):
    if len(shape_of(v)) == 2:
        return _diagonal(v, k)
    n = shape_of(v)[0] + abs(k)
    return scattered(v, (n, n), _diagonal_indices(n, n, k))


def _trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(_diagonal(a, offset, axis1, axis2), axis=-1)


def _repeat(a, repeats, axis=None):
    if axis is None:
        a, axis = np.ravel(a), 0
    n = shape_of(a)[axis]
    return np.take(a, np.repeat(np.arange(n), repeats), axis=axis)


def _diff(a, n=1, axis=-1):
    for _ in range(n):
        length = shape_of(a)[axis]
        steps = np.arange(length - 1)
        a = np.take(a, steps + 1, axis=axis) - np.take(a, steps, axis=axis)
    return a


def _pad(array, pad_width, mode="constant", **settings):
    if mode != "constant" or settings:
        raise refusal(
            f"np.pad with mode={mode!r} or more arguments",
            "Only padding with zeros can be traced; use np.concatenate otherwise.",
        )
    shape = shape_of(array)
    widths = np.broadcast_to(pad_width, (len(shape), 2)).tolist()
    padded = tuple(a + n + b for n, (a, b) in zip(shape, widths, strict=True))
    index = tuple(slice(a, a + n) for n, (a, _) in zip(shape, widths, strict=True))
    return scattered(array, padded, index)


def _at_least(n_axes):
    """Return the function that adds axes in front, up to a number of axes."""

    def traced(*arrays):
        wider = [
            np.reshape(each, (1,) * (n_axes - len(shape_of(each))) + shape_of(each))
            for each in arrays
        ]
        return wider[0] if len(wider) == 1 else tuple(wider)

    return traced


def _full_like(a, fill_value, dtype=None, *, shape=None):
    shape = shape_of(a) if shape is None else shape
    dtype = a.dtype if dtype is None else np.dtype(dtype)
    return np.broadcast_to(fill_value, shape).astype(dtype)


def _filled_like(function):
    """Return the function that makes a plain array for zeros_like and others."""

    def plain(a, dtype=None, *, shape=None):
        shape = shape_of(a) if shape is None else shape
        return function(shape, dtype=a.dtype if dtype is None else dtype)

    return plain


def _broadcast_arrays(*arrays):
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return tuple(np.broadcast_to(each, shape) for each in arrays)


for _function, _traced, _settings in (
    (np.diagonal, _diagonal, ("offset", "axis1", "axis2")),
    (np.diag, _diag, ("k",)),
    (np.trace, _trace, ("offset", "axis1", "axis2")),
    (np.repeat, _repeat, ("repeats", "axis")),
    (np.diff, _diff, ("n", "axis")),
):
    SHAPES[_function] = function_row(_traced, _function, _settings)
SHAPES |= {
    np.pad: _pad,
    np.atleast_1d: _at_least(1),
    np.atleast_2d: _at_least(2),
    np.broadcast_arrays: _broadcast_arrays,
    np.full_like: _full_like,
    np.zeros_like: _filled_like(np.zeros),
    np.ones_like: _filled_like(np.ones),
    np.empty_like: _filled_like(np.empty),
    np.copy: lambda a, *_, **__: a,
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.result_type: lambda *each: np.result_type(
        *(getattr(one, "dtype", one) for one in each)
    ),
    np.iscomplexobj: lambda x: False,
    np.isrealobj: lambda x: True,
}
