"""Derivatives of x[index], take, sort, concatenate, stack and split."""

from typing import Any

import numpy as np

from skmlp.graph.broadcasting import shape_of
from skmlp.graph.engine import Primitive, TracedArray
from skmlp.graph.errors import refusal
from skmlp.graph.signatures import function_row

__all__ = ["INDEXING", "IndexOperand", "scattered"]


class IndexOperand(int):
    """Place in an index that an operand takes: x[i, j] with traced i and j."""

    def __repr__(self):
        return f"operand {int(self)}"


def _filled(index, operands):
    """Return an index with its operands in their places."""
    if not operands:
        return index
    filled = [
        operands[part] if isinstance(part, IndexOperand) else part for part in index
    ]
    return tuple(filled)


def _is_basic(index):
    """Return True if an index chooses each element once."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice | int | np.integer)
        or (len(parts) == 1 and getattr(part, "dtype", np.dtype(int)).kind == "b")
        for part in parts
    )


def _scatter(g, *operands, shape, index):
    """Return zeros of a shape, to which the elements of g are added at an index."""
    index = _filled(index, operands)
    sums = np.zeros(shape, dtype=np.asarray(g).dtype)
    if _is_basic(index):
        sums[index] = g
    else:
        np.add.at(sums, index, g)
    return sums


GETITEM = Primitive(
    "getitem",
    lambda x, *operands, index: x[_filled(index, operands)],
    lambda position: _scatter_back if position == 0 else None,
    moves=True,
    selects=True,
)
SCATTER = Primitive(
    "scatter",
    _scatter,
    lambda position: _gather_back if position == 0 else None,
    moves=True,
)


def _scatter_back(g, u, x, *operands, index):
    return SCATTER(g, *operands, shape=shape_of(x), index=index)


def _gather_back(g, u, x, *operands, shape, index):
    return GETITEM(g, *operands, index=index)


def scattered(x, shape, index):
    """Return zeros of a shape, to which the elements of x are added at an index."""
    return SCATTER(x, shape=shape, index=index)


def _getitem(x, index):
    parts = index if isinstance(index, tuple) else (index,)
    operands = [part for part in parts if isinstance(part, TracedArray)]
    if not operands:
        if isinstance(index, list):
            index = np.asarray(index)
        return GETITEM(x, index=_own_index(index))
    for part in operands:
        if part.dtype.kind not in "iub":
            raise IndexError(
                f"a traced index has dtype {part.dtype}; indices are integers or "
                "booleans."
            )
    places = iter(range(len(operands)))
    template = tuple(
        IndexOperand(next(places))
        if isinstance(part, TracedArray)
        else _own_index(part)
        for part in parts
    )
    return GETITEM(x, *operands, index=template)


def _own_index(index):
    """Return an index with copies of its arrays, which may be changed later."""
    if isinstance(index, tuple):
        return tuple([_own_index(part) for part in index])
    return index.copy() if isinstance(index, np.ndarray | list) else index


def _take(a, indices, axis=None):
    if axis is None:
        return _getitem(np.ravel(a), indices)
    axis = range(len(shape_of(a)))[axis]
    if not isinstance(indices, TracedArray):
        indices = np.asarray(indices)
    return _getitem(a, (slice(None),) * axis + (indices,))


def _take_along_axis(arr, indices, axis=-1):
    if axis is None:
        arr, axis = np.ravel(arr), 0
    n = len(shape_of(arr))
    axis = range(n)[axis]
    index = [
        np.arange(length).reshape((-1,) + (1,) * (n - 1 - i))
        for i, length in enumerate(shape_of(arr))
    ]
    index[axis] = indices
    return _getitem(arr, tuple(index))


def _sort(a, axis=-1):
    if axis is None:
        a, axis = np.ravel(a), 0
    return _take_along_axis(a, np.argsort(a, axis=axis), axis)


def _join_back(position):
    """Return the pullback of an operand of np.concatenate."""

    def pullback(g, u, *arrays, axis=0):
        axis = range(len(shape_of(u)))[axis]
        ends = np.cumsum([shape_of(each)[axis] for each in arrays])
        part = slice(ends[position] - shape_of(arrays[position])[axis], ends[position])
        return g[(slice(None),) * axis + (part,)]

    return pullback


def _unstack(position):
    """Return the pullback of an operand of np.stack."""

    def pullback(g, u, *arrays, axis=0):
        axis = range(len(shape_of(u)))[axis]
        return g[(slice(None),) * axis + (position,)]

    return pullback


CONCATENATE = Primitive(
    "concatenate",
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    _join_back,
    moves=True,
)
STACK = Primitive(
    "stack", lambda *arrays, axis=0: np.stack(arrays, axis=axis), _unstack, moves=True
)


def _concatenate(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(each) for each in arrays], 0
    return CONCATENATE(*arrays, axis=axis)


def _hstack(arrays):
    arrays = [np.atleast_1d(each) for each in arrays]
    return _concatenate(arrays, 0 if len(shape_of(arrays[0])) == 1 else 1)


def _column_stack(arrays):
    wider = (
        np.expand_dims(np.atleast_1d(each), -1) if len(shape_of(each)) < 2 else each
        for each in arrays
    )
    return _concatenate(list(wider), 1)


def _split(equal):
    """Return the function that traces np.split or np.array_split."""
    function = np.split if equal else np.array_split

    def traced(ary, indices_or_sections, axis=0):
        indices = np.arange(shape_of(ary)[axis])
        pieces = function(indices, indices_or_sections)
        before = (slice(None),) * range(len(shape_of(ary)))[axis]
        bounds = [
            (piece[0], piece[-1] + 1) if len(piece) else (0, 0) for piece in pieces
        ]
        return [ary[before + (slice(int(a), int(b)),)] for a, b in bounds]

    return traced


def _append(arr, values, axis=None):
    return _concatenate([arr, values], axis)


def _joined(traced, name, settings=()):
    """Return the handler of a function of a sequence of arrays."""

    def call(arrays, *arguments, out=None, dtype=None, casting="same_kind", **more):
        if out is not None or dtype is not None:
            raise refusal(f"np.{name} with out= or dtype=", "Leave the argument away.")
        if isinstance(arrays, TracedArray):
            arrays = list(arrays)
        return traced(arrays, *arguments, **more)

    return call


INDEXING: dict[Any, Any] = {
    np.ndarray.__getitem__: _getitem,
    np.take: function_row(_take, np.take, ("axis", "mode"), n_operands=2),
    np.take_along_axis: _take_along_axis,
    np.sort: function_row(_sort, np.sort, ("axis",)),
    np.concatenate: _joined(_concatenate, "concatenate"),
    np.stack: _joined(lambda arrays, axis=0: STACK(*arrays, axis=axis), "stack"),
    np.hstack: _joined(_hstack, "hstack"),
    np.vstack: _joined(
        lambda arrays: _concatenate([np.atleast_2d(each) for each in arrays]), "vstack"
    ),
    np.column_stack: _joined(_column_stack, "column_stack"),
    np.append: _append,
    np.split: _split(equal=True),
    np.array_split: _split(equal=False),
}
