"""Arrays in a layout that C can read, and checks of the entries of sparse matrices.

All arrays pass through here before they reach a kernel. Dense rows may have any
strides, because the kernels copy them block by block. All other arrays have to be
contiguous, aligned and in native byte order; arrays that are not are copied.
"""

import inspect
import weakref
from functools import wraps

import numpy as np
from sklearn.externals import array_api_compat

__all__ = ["array_namespace", "check_indices", "check_sparse", "contiguous"]
__all__ += ["csr_arrays", "with_checked_indices", "with_copies"]

_CURE = "build the matrix again from its entries, for example by scipy.sparse.csr_array"
_in_range: dict = {}  # the id of an array of indices -> (reference, their bound)
_UNSIGNED = {4: np.uint32, 8: np.uint64}
# With more columns than this, a negative number of 32 bits could be taken for an index.
_LARGEST_SIZE = 2**31
_NUMPY = array_api_compat.array_namespace(np.empty(0))


def array_namespace(*arrays):
    """Return the namespace of arrays: NumPy's, found fast, or that of torch or CuPy."""
    if all(type(array) is np.ndarray for array in arrays):
        return _NUMPY
    return array_api_compat.array_namespace(*arrays)


def contiguous(array, dtype=None):
    """Return the array, or a copy, in C order, aligned and in native byte order."""
    array = np.ascontiguousarray(array, dtype=dtype)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array if array.flags.aligned else array.copy()


def with_copies(kernel, *, writes=(), reads_any_layout=()):
    """Return a kernel that also takes arrays that C cannot read in place.

    Such arrays are copied before the call, in named tuples too, and those that the
    kernel `writes` to are copied back after it; arrays that it reads in any layout are
    handed on. The names are those of arguments, or ``argument.field``. The kernel
    itself raises ValueError for arrays that it cannot read, before it begins, so a call
    with readable arrays costs nothing.
    """
    signature = inspect.signature(kernel)

    @wraps(kernel)
    def run(*arguments, **settings):
        try:
            return kernel(*arguments, **settings)
        except ValueError:
            bound = signature.bind_partial(*arguments, **settings)
            copies = {}  # the path of an array -> (the array, its copy)
            for name, value in bound.arguments.items():
                any_layout = name in reads_any_layout
                bound.arguments[name] = _readable(name, value, any_layout, copies)
            if not copies:
                raise
        written = {path: copies[path] for path in writes if path in copies}
        for path, (array, _) in written.items():
            if not array.flags.writeable:
                raise ValueError(f"{path} is read-only, but the kernel writes to it.")
        result = kernel(*bound.args, **bound.kwargs)
        for array, copy in written.values():
            array[...] = copy
        return result

    return run


def with_checked_indices(kernel, indices, sized_by, axis):
    """Return a kernel that checks that `indices` are below a size of another array.

    Both are named as ``argument`` or ``argument.field``.
    """
    names = list(inspect.signature(kernel).parameters)
    indices_of, array_of = _getter(indices, names), _getter(sized_by, names)

    @wraps(kernel)
    def run(*arguments, **settings):
        columns = indices_of(arguments, settings)
        if columns is not None:
            check_indices(columns, array_of(arguments, settings).shape[axis])
        return kernel(*arguments, **settings)

    return run


def _getter(path, names):
    """Return a function that returns the argument at a path, such as 'rows.indices'."""
    name, *field = path.split(".")
    position = names.index(name)

    def get(arguments, settings):
        """Return the argument at the path, or its field."""
        value = arguments[position] if position < len(arguments) else settings[name]
        return getattr(value, field[0]) if field else value

    return get


def _readable(path, value, any_layout, copies):
    """Return `value` with arrays that C can read; store the copies made in `copies`."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        fields = (
            _readable(f"{path}.{name}", field, any_layout, copies)
            for name, field in zip(value._fields, value, strict=True)
        )
        return type(value)(*fields)
    if not isinstance(value, np.ndarray):
        return value
    flags = value.flags
    in_order = any_layout or (flags.c_contiguous and flags.aligned)
    if in_order and value.dtype.isnative:
        return value
    copies[path] = value, contiguous(value)
    return copies[path][1]


def csr_arrays(X):
    """Return entries, column indices and row starts of a CSR matrix, after a check.

    Returns None if an index does not fit into 32 bits.
    """
    _check_compressed(X, "X")
    n_entries = int(X.indptr[-1])
    if max(X.shape[1], n_entries) > np.iinfo(np.int32).max:
        return None
    values, indices, starts = X.data, X.indices, X.indptr
    if len(indices) > n_entries:
        values, indices = values[:n_entries], indices[:n_entries]
    indices = contiguous(indices, np.int32)
    _remember(indices, X.shape[1])
    return contiguous(values), indices, contiguous(starts, np.int32)


def check_indices(indices, size):
    """Raise ValueError unless all indices are from 0 to size − 1.

    Every array is read once: arrays in range are remembered as long as they exist, so
    that repeated calls of a kernel cost no more.
    """
    if _is_known(indices, size):
        return
    wrong = _out_of_range(indices, size)
    if wrong is not None:
        raise ValueError(
            f"The arguments of a kernel do not fit together: indices holds {wrong}, "
            f"expected numbers from 0 to {size - 1}."
        )
    _remember(indices, size)


def _remember(indices, size):
    """Remember that all indices are below `size`."""
    key = id(indices)
    _in_range[key] = weakref.ref(indices, lambda _: _in_range.pop(key, None)), size


def _is_known(indices, size):
    """Return True if an earlier check found all indices in this array below `size`."""
    reference, known = _in_range.get(id(indices), (None, None))
    return reference is not None and reference() is indices and known <= size


def check_sparse(matrix, name="X"):
    """Raise ValueError if entries of a sparse matrix lie outside of it.

    SciPy checks only a part of this when it builds a matrix from arrays, and nothing
    after the arrays are changed. Its own functions and the kernels would then read and
    write beyond their memory. The check reads every index once.
    """
    if matrix.format in ("csr", "csc", "bsr"):
        if matrix.ndim == 2:  # other shapes are refused elsewhere
            _check_compressed(matrix, name)
    elif matrix.format == "lil":
        _check_lists(matrix, name)
    elif matrix.format == "dia":
        _check_diagonals(matrix, name)
    elif matrix.format == "coo":
        for coordinates, size in zip(matrix.coords, matrix.shape, strict=True):
            wrong = _out_of_range(coordinates, size)
            if wrong is not None:
                _refuse(matrix, name, _expected("coords", wrong, size))
            if len(coordinates) != len(matrix.data):
                _refuse(
                    matrix,
                    name,
                    f"coords has {len(coordinates)} entries, data {len(matrix.data)}",
                )


def _check_lists(matrix, name):
    """Raise ValueError if the lists of a LIL matrix are malformed."""
    n_rows, n_columns = matrix.shape
    if len(matrix.rows) != n_rows or len(matrix.data) != n_rows:
        _refuse(matrix, name, f"it has lists for {len(matrix.rows)} rows")
    for row, (columns, entries) in enumerate(
        zip(matrix.rows, matrix.data, strict=True)
    ):
        if len(columns) != len(entries):
            fault = f"row {row} has {len(columns)} columns, but {len(entries)} entries"
            _refuse(matrix, name, fault)
        wrong = [column for column in columns if not 0 <= column < n_columns]
        if wrong:
            _refuse(matrix, name, _expected("rows", wrong[0], n_columns))


def _check_diagonals(matrix, name):
    """Raise ValueError unless a DIA matrix has one row of data for each offset."""
    if matrix.data.ndim != 2 or matrix.offsets.shape != matrix.data.shape[:1]:
        _refuse(
            matrix,
            name,
            f"offsets has the shape {matrix.offsets.shape}, data {matrix.data.shape}",
        )


def _check_compressed(matrix, name):
    """Raise ValueError if rows (of CSC: columns) or their entries are malformed."""
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data
    for part, array, n_dims in (
        ("indptr", indptr, 1),
        ("indices", indices, 1),
        ("data", data, 3 if matrix.format == "bsr" else 1),
    ):
        if not isinstance(array, np.ndarray) or array.ndim != n_dims:
            _refuse(matrix, name, f"{part} is not an array of {n_dims} dimension(s)")
    for part, array in (("indptr", indptr), ("indices", indices)):
        if array.dtype.kind not in "iu":
            fault = f"{part} holds numbers of type {array.dtype}, expected integers"
            _refuse(matrix, name, fault)
    n_major, n_minor = _sizes(matrix, name)
    if len(indptr) != n_major + 1:
        _refuse(
            matrix,
            name,
            f"indptr has {len(indptr)} entries, expected {n_major + 1}",
        )
    if len(indices) != len(data):
        _refuse(
            matrix,
            name,
            f"indices has {len(indices)} entries, data {len(data)}",
        )
    if indptr[0] != 0:
        _refuse(matrix, name, f"indptr begins with {indptr[0]}, expected 0")
    falls = indptr[1:] < indptr[:-1]
    if falls.any():
        place = int(np.argmax(falls))
        _refuse(
            matrix,
            name,
            f"indptr decreases, from {indptr[place]} to {indptr[place + 1]}",
        )
    if indptr[-1] > len(indices):
        _refuse(
            matrix,
            name,
            f"indptr ends with {indptr[-1]}, but there are {len(indices)} entries",
        )
    wrong = _out_of_range(indices[: int(indptr[-1])], n_minor)
    if wrong is not None:
        _refuse(matrix, name, _expected("indices", wrong, n_minor))


def _sizes(matrix, name):
    """Return the number of compressed rows (of CSC: columns), and of the other axis."""
    n_rows, n_columns = matrix.shape
    if matrix.format == "csc":
        return n_columns, n_rows
    if matrix.format == "bsr":
        height, width = matrix.data.shape[1:]
        if 0 in (height, width) or n_rows % height or n_columns % width:
            _refuse(matrix, name, f"blocks of {height} × {width} do not fit its shape")
        return n_rows // height, n_columns // width
    return n_rows, n_columns


def _out_of_range(indices, size):
    """Return the first index that is not from 0 to size − 1, or None."""
    if len(indices) == 0:
        return None
    unsigned = _UNSIGNED.get(indices.dtype.itemsize)
    if unsigned is not None and indices.dtype.isnative and size <= _LARGEST_SIZE:
        # Negative numbers are the largest ones then: one pass finds both kinds.
        if int(indices.view(unsigned).max()) < size:
            return None
    elif indices.min() >= 0 and indices.max() < size:
        return None
    wrong = indices[(indices < 0) | (indices >= size)]
    return wrong[0] if len(wrong) else None  # none: `size` is beyond their range


def _expected(part, wrong, size):
    """Describe an index that is out of range."""
    return f"{part} holds {wrong}, expected numbers from 0 to {size - 1}"


def _refuse(matrix, name, fault):
    """Raise the ValueError that names a fault of a sparse matrix."""
    raise ValueError(
        f"{name} is a malformed {matrix.format.upper()} matrix of shape {matrix.shape}:"
        f" {fault}; {_CURE}."
    )
