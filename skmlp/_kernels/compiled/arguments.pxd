# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Checks of the arguments of kernels, before anything is read or written.

Every kernel raises ValueError where arrays have other shapes than it needs, or are not
aligned; MemoryError where it could not allocate its scratch.
"""

from cython cimport floating
from libc.stdint cimport int32_t, int64_t, uintptr_t


cdef extern from "arguments.h" nogil:
    int skmlp_all_below(const int64_t*, int64_t, int64_t)
    int skmlp_ascends(const int32_t*, int64_t)


cdef inline int check(int error, what) except -1:
    """Raise MemoryError if a kernel returned an error; `what` was too large."""
    if error:
        raise MemoryError(f"There is not enough memory for {what}.")
    return 0


cdef inline int require(bint holds, what) except -1:
    """Raise ValueError unless the arguments of a kernel fit together."""
    if not holds:
        raise ValueError(f"The arguments of a kernel do not fit together: {what}.")
    return 0


cdef inline int require_aligned(uintptr_t addresses, size_t size) except -1:
    """Raise ValueError unless all addresses, joined by |, are multiples of `size`."""
    if addresses % size:
        raise ValueError("An array is not aligned to its numbers; pass a copy.")
    return 0


cdef inline uintptr_t address(const floating[::1] array) noexcept:
    """Return the address of an array's first number, or 0 if it has none."""
    return 0 if array is None or array.shape[0] == 0 else <uintptr_t>&array[0]


cdef inline uintptr_t table_address(const floating[:, ::1] array) noexcept:
    """Return the address of the first number of a two-dimensional array, or 0."""
    if array is None or array.shape[0] == 0 or array.shape[1] == 0:
        return 0
    return <uintptr_t>&array[0, 0]


cdef inline int require_below(
    const int64_t[::1] numbers, int64_t count, int64_t end, what,
) except -1:
    """Raise ValueError unless the first `count` numbers are from 0 to end − 1."""
    cdef bint inside = numbers.shape[0] >= count
    if inside and count > 0:
        require_aligned(<uintptr_t>&numbers[0], sizeof(int64_t))
        with nogil:
            inside = skmlp_all_below(&numbers[0], count, end)
    return require(inside, what)


cdef inline int require_csr(
    const int32_t[::1] starts, int64_t n_rows, int64_t n_indices, int64_t n_values,
) except -1:
    """Raise ValueError unless the rows of a CSR matrix lie within its entries.

    The column indices were checked where the arrays of the matrix were taken.
    """
    if starts.shape[0] > 0:
        require_aligned(<uintptr_t>&starts[0], sizeof(int32_t))
    require(
        starts.shape[0] == n_rows + 1 and starts[0] >= 0
        and starts[n_rows] <= n_indices and starts[n_rows] <= n_values
        and skmlp_ascends(&starts[0], n_rows + 1),
        "the rows of a CSR matrix go beyond its entries, or overlap")
    return 0
