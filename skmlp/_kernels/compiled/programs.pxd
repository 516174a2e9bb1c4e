# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Programs as C reads them, for the modules that run them."""

from libc.stdint cimport int32_t, int64_t, uintptr_t

from skmlp._kernels.compiled.arguments cimport address, require, require_aligned


cdef extern from "programs.h" nogil:
    enum:
        SKMLP_N_OPERATIONS
        SKMLP_PROGRAM_COLUMNS
        SKMLP_PROGRAM_BLOCK
        SKMLP_MAX_REGISTERS
    const char* skmlp_operations[]
    const unsigned char skmlp_operands[]
    ctypedef struct skmlp_program:
        const int32_t* code
        const int32_t* is_wide
        const double* constants
        const int32_t* outputs
        int64_t n_operations, n_value_operations, n_registers, n_inputs, n_constants
        int64_t width
    int skmlp_program_is_valid(const skmlp_program*)
    int64_t skmlp_program_size(const skmlp_program*)


cdef inline int set_program(skmlp_program* target, program, int64_t n_inputs) except -1:
    """Set the struct of a Program, which has to outlive it; raise if it is not valid."""
    cdef const int32_t[:, ::1] code = program.code
    cdef const int32_t[::1] is_wide = program.is_wide, outputs = program.outputs
    cdef const double[:, ::1] constants = program.constants
    target.n_operations, target.n_registers = code.shape[0], is_wide.shape[0]
    target.n_constants, target.width = constants.shape[0], constants.shape[1]
    target.n_inputs = program.n_inputs
    target.n_value_operations = program.n_value_operations
    require(
        code.shape[1] == SKMLP_PROGRAM_COLUMNS and is_wide.shape[0] > 0
        and outputs.shape[0] == 2 and target.n_inputs == n_inputs,
        "a program has inputs, operations and two outputs")
    target.code = &code[0, 0] if code.shape[0] else NULL
    target.is_wide, target.outputs = &is_wide[0], &outputs[0]
    target.constants = NULL
    if constants.shape[0] and constants.shape[1]:
        target.constants = &constants[0, 0]
    require_aligned(
        <uintptr_t>target.code | <uintptr_t>target.is_wide | <uintptr_t>target.outputs,
        sizeof(int32_t))
    require_aligned(<uintptr_t>target.constants, sizeof(double))
    return require(
        skmlp_program_is_valid(target)
        and (is_wide[outputs[0]] == 0 or target.width == 1 or n_inputs == 1)
        and is_wide[outputs[1]] != 0,
        "an operation of a program has no such code, or other registers")
