# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Programs of users' functions. See reference/programs.py."""

from cython cimport floating
from libc.stdint cimport int64_t

from skmlp._kernels.compiled.arguments cimport (
    address, check, require, require_aligned, table_address)
from skmlp._kernels.compiled.programs cimport (
    SKMLP_N_OPERATIONS, set_program, skmlp_operations, skmlp_program)
from skmlp._kernels.compiled.signals cimport begin, reraise, skmlp_signals


cdef extern from "programs.h" nogil:
    int skmlp_run_program(
        const skmlp_program*, int, int64_t, const void*, const void*, void*, void*,
        skmlp_signals*)


# The names of the operations, in the order of their codes.
OPERATIONS = tuple(
    [skmlp_operations[code].decode() for code in range(SKMLP_N_OPERATIONS)]
)


def run_program(
    program not None, const floating[:, ::1] first not None,
    const floating[:, ::1] second, floating[:, ::1] value not None,
    floating[:, ::1] derivative,
):
    """Write the value of a program (n, width) or (n, 1), and its derivative (n, width).

    `first` and `second` (n, width) are the inputs. `second` and `derivative` may be
    None: there is one input, and the derivative is not computed.
    """
    cdef skmlp_program described
    cdef skmlp_signals signals
    cdef int64_t n = first.shape[0], width = first.shape[1]
    cdef const void* other = NULL
    cdef int error
    set_program(&described, program, 1 if second is None else 2)
    require(
        width == described.width
        and (second is None or (second.shape[0] == n and second.shape[1] == width)),
        "the inputs have other columns than the program")
    require(
        value.shape[0] == n
        and value.shape[1] == (
            width if described.is_wide[described.outputs[0]] else 1)
        and (derivative is None or (
            derivative.shape[0] == n and derivative.shape[1] == width)),
        "the outputs have another shape than the inputs")
    require_aligned(
        table_address(first) | table_address(second) | table_address(value)
        | table_address(derivative), sizeof(floating))
    if n == 0:
        return
    if second is not None:
        other = &second[0, 0]
    begin(&signals)
    with nogil:
        error = skmlp_run_program(
            &described, floating is double, n, &first[0, 0],
            other, &value[0, 0],
            NULL if derivative is None else &derivative[0, 0], &signals)
    reraise(error)
    check(error, "the registers of a function")
