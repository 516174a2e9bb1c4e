# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The direction of L-BFGS. See reference/limited_memory.py."""

import numpy as np

from libc.stdint cimport int64_t, uintptr_t

from skmlp._kernels.compiled.arguments cimport address, require, require_aligned


cdef extern from "limited_memory.h" nogil:
    ctypedef struct skmlp_limited_memory:
        int64_t n, size, newest, n_pairs
        const double* steps
        const double* changes
    void skmlp_limited_memory_direction(
        const skmlp_limited_memory*, const double*, double*, double*, double*)


def limited_memory_direction(
    const double[::1] gradient not None, const double[:, ::1] steps not None,
    const double[:, ::1] changes not None, *, int64_t newest, int64_t n_pairs,
):
    """Return −H·gradient (n,), with the H that L-BFGS makes of the last pairs.

    Row `newest` of `steps` and `changes` (size, n) is the last of the `n_pairs` pairs.
    """
    cdef int64_t n = gradient.shape[0], size = steps.shape[0]
    cdef skmlp_limited_memory memory
    require(
        steps.shape[1] == n and changes.shape[0] == size and changes.shape[1] == n,
        "steps and changes need one row per pair, as long as the gradient")
    require(
        0 <= n_pairs <= size and (0 <= newest < size or n_pairs == 0),
        "there are fewer rows than pairs")
    direction = np.empty(n)
    cdef double[::1] target = direction, shares = np.empty(size)
    cdef double[::1] curvatures = np.empty(size)
    if n == 0:
        return direction
    require_aligned(address(gradient), sizeof(double))
    memory.n, memory.size, memory.newest, memory.n_pairs = n, size, newest, n_pairs
    memory.steps = memory.changes = NULL
    if size > 0:
        require_aligned(
            <uintptr_t>&steps[0, 0] | <uintptr_t>&changes[0, 0], sizeof(double))
        memory.steps, memory.changes = &steps[0, 0], &changes[0, 0]
    with nogil:
        skmlp_limited_memory_direction(
            &memory, &gradient[0], &target[0],
            &shares[0] if size > 0 else NULL, &curvatures[0] if size > 0 else NULL)
    return direction
