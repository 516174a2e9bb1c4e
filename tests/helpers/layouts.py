"""Functions, by name, that copy an array into another layout in memory."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def spaced(array, step):
    """Return a copy with gaps between the numbers along every axis."""
    memory = np.full([step * size for size in array.shape], 77, dtype=array.dtype)
    view = memory[tuple(slice(None, None, step) for _ in array.shape)]
    view[...] = array
    return view


def reversed_in_memory(array, *axes):
    """Return a copy with negative strides along `axes`."""
    flip = tuple(
        slice(None, None, -1 if axis in axes else 1) for axis in range(array.ndim)
    )
    return array[flip].copy()[flip]


def unaligned(array):
    """Return a copy whose address is one byte after an aligned one."""
    memory = np.zeros(array.nbytes + 1, dtype=np.uint8)
    view = memory[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def field(array):
    """Return a copy that is a field of records, so that the row stride is odd."""
    records = np.zeros(
        len(array), dtype=[("flag", "u1"), ("x", array.dtype, array.shape[1:])]
    )
    records["x"] = array
    return records["x"]


def read_only(array):
    """Return a copy that cannot be written."""
    view = array.copy()
    view.flags.writeable = False
    return view


# Layouts that keep the numbers.
SAME = {
    "reversed": lambda a: reversed_in_memory(a, 0),
    "spaced": lambda a: spaced(a, 2),
    "unaligned": unaligned,
    "field of records": field,
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
}
SAME_TABLES = SAME | {
    "Fortran": np.asfortranarray,
    "columns reversed": lambda a: reversed_in_memory(a, 1),
    "both reversed": lambda a: reversed_in_memory(a, 0, 1),
    "Fortran, reversed": lambda a: reversed_in_memory(a.T, 0, 1).T,
    "sliced rows": lambda a: np.repeat(a, 2, axis=0)[::2],
    "sliced columns": lambda a: np.repeat(a, 3, axis=1)[:, ::3],
    "part of the columns": lambda a: np.hstack([a, a, a])[:, a.shape[1] : -a.shape[1]],
    "Fortran, unaligned": lambda a: unaligned(a.T).T,
}
READ_ONLY = {"read-only": read_only}


# Layouts that change the numbers: rows or columns share memory.
def one_row(a):
    return np.broadcast_to(a[0], a.shape)


def one_column(a):
    return np.broadcast_to(a[:, :1], a.shape)


def windows(a):
    return sliding_window_view(a.ravel(), a.shape[1])[: len(a)]


def windows_backwards(a):
    return windows(a)[::-1]


def rows_twice(a):
    """Return an array in which every row appears twice, by a stride of zero."""
    half = len(a) // 2
    rows, columns = a.strides
    twice = as_strided(a, (half, 2, a.shape[1]), (rows, 0, columns))
    return np.swapaxes(twice, 0, 1)[1]


SHARED = {
    "one row": one_row,
    "one column": one_column,
    "windows": windows,
    "windows backwards": windows_backwards,
    "rows shared": rows_twice,
}
TABLES = SAME_TABLES | READ_ONLY | SHARED
VECTORS = SAME | READ_ONLY
DTYPES = ("float16", "float32", "longdouble", "int8", "uint16", "int64", "bool")
