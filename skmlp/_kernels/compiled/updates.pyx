# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Update rules: one step on flat vectors, in place. See reference/updates.py."""

from cython cimport floating
from libc.stdint cimport int64_t

from skmlp._kernels.compiled.arguments cimport address, require, require_aligned


cdef extern from "updates.h" nogil:
    enum:
        SKMLP_MOMENTUM, SKMLP_ADAM, SKMLP_AMSGRAD, SKMLP_NADAM, SKMLP_RMSPROP
        SKMLP_ADAGRAD, SKMLP_ADADELTA
        SKMLP_N_UPDATE_RULES
    const char* skmlp_update_rules[]
    ctypedef struct skmlp_step:
        int rule
        int64_t n
        void* parameters
        const void* gradient
        void** arrays  # in C, arrays of the largest length, as the next two
        double* sizes
        double* constants
    void skmlp_update(int, const skmlp_step*)
    void skmlp_gradient_step(int, void*, const void*, int64_t, double)


# The names of the rules that runs of batches know, in the order of their codes.
UPDATE_RULES = tuple(
    [skmlp_update_rules[code].decode() for code in range(SKMLP_N_UPDATE_RULES)]
)


cdef int take_step(
    int rule, floating[::1] parameters, const floating[::1] gradient,
    floating[::1] first, floating[::1] second, floating[::1] third,
    double size, double other_size, double constant, double next_constant,
    double last_constant,
) except -1:
    """Take one step of a rule, with up to three arrays of state and constants."""
    cdef skmlp_step step
    cdef int64_t n = parameters.shape[0]
    require(
        gradient.shape[0] == n
        and (first is None or first.shape[0] == n)
        and (second is None or second.shape[0] == n)
        and (third is None or third.shape[0] == n),
        "parameters, gradient and state differ in their length")
    require_aligned(
        address(parameters) | address(gradient) | address(first) | address(second)
        | address(third), sizeof(floating))
    if n == 0:
        return 0
    step.sizes[0], step.sizes[1] = size, other_size
    step.constants[0], step.constants[1] = constant, next_constant
    step.constants[2] = last_constant
    step.rule, step.n = rule, n
    step.parameters, step.gradient = &parameters[0], &gradient[0]
    step.arrays[0] = NULL if first is None else &first[0]
    step.arrays[1] = NULL if second is None else &second[0]
    step.arrays[2] = NULL if third is None else &third[0]
    with nogil:
        skmlp_update(floating is double, &step)
    return 0


def gradient_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    *, double learning_rate,
):
    """Take a gradient step in place: θ ← θ − rate·gradient."""
    cdef int64_t n = parameters.shape[0]
    require(gradient.shape[0] == n, "parameters and gradient differ in their length")
    require_aligned(address(parameters) | address(gradient), sizeof(floating))
    if n > 0:
        with nogil:
            skmlp_gradient_step(
                floating is double, &parameters[0], &gradient[0], n, learning_rate)


def momentum_step(
    floating[::1] parameters, const floating[::1] gradient not None, floating[::1] velocity not None,
    *, double learning_rate, double momentum, bint nesterov,
):
    """Take a step with momentum in place: v ← momentum·v − rate·g, then θ ← θ + v."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_MOMENTUM, parameters, gradient, velocity, none, none,
        learning_rate, 0, momentum, nesterov, 0)


def adam_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] mean not None, floating[::1] square not None,
    *, double step_size, double beta_1, double beta_2, double epsilon,
):
    """Take a step of Adam in place: θ ← θ − step_size·m / (√v + ε)."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_ADAM, parameters, gradient, mean, square, none,
        step_size, 0, beta_1, beta_2, epsilon)


def amsgrad_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] mean not None, floating[::1] square not None, floating[::1] largest not None,
    *, double step_size, double beta_1, double beta_2, double epsilon,
):
    """Take a step of AMSGrad in place: Adam with the largest v so far in place of v."""
    take_step(
        SKMLP_AMSGRAD, parameters, gradient, mean, square, largest,
        step_size, 0, beta_1, beta_2, epsilon)


def nadam_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] mean not None, floating[::1] square not None,
    *, double step_size, double gradient_step_size, double beta_1, double beta_2,
    double epsilon,
):
    """Take a step of NAdam: θ ← θ − (step_size·m + gradient_step_size·g) / (√v + ε)."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_NADAM, parameters, gradient, mean, square, none,
        step_size, gradient_step_size, beta_1, beta_2, epsilon)


def rmsprop_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] square not None, floating[::1] velocity not None,
    *, double learning_rate, double decay, double momentum, double epsilon,
):
    """Take a step of RMSprop: u ← momentum·u + g / (√v + ε), then θ ← θ − rate·u."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_RMSPROP, parameters, gradient, square, velocity, none,
        learning_rate, 0, decay, momentum, epsilon)


def adagrad_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] square not None,
    *, double learning_rate, double epsilon,
):
    """Take a step of Adagrad: θ ← θ − rate·g / (√v + ε), where v is the sum of g²."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_ADAGRAD, parameters, gradient, square, none, none,
        learning_rate, 0, epsilon, 0, 0)


def adadelta_step(
    floating[::1] parameters, const floating[::1] gradient not None,
    floating[::1] square not None, floating[::1] step_square not None,
    *, double learning_rate, double decay, double epsilon,
):
    """Take a step of Adadelta: Δ = √(u + ε) / √(v + ε) · g, then θ ← θ − rate·Δ."""
    cdef floating[::1] none = None
    take_step(
        SKMLP_ADADELTA, parameters, gradient, square, step_square, none,
        learning_rate, 0, decay, epsilon, 0)
