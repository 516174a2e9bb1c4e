# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The kernels of reference.py, compiled: the same names, signatures and meaning."""

from cython cimport floating


cdef extern from "vectorised.h" nogil:
    void skmlp_momentum_f32(
        float*, const float*, float*, long long, float, float, int)
    void skmlp_momentum_f64(
        double*, const double*, double*, long long, double, double, int)
    void skmlp_adam_f32(
        float*, const float*, float*, float*, long long,
        float, float, float, float, float, float)
    void skmlp_adam_f64(
        double*, const double*, double*, double*, long long,
        double, double, double, double, double, double)


def momentum_step(
    floating[::1] parameters, const floating[::1] gradient, floating[::1] velocity,
    *, double learning_rate, double momentum, bint nesterov,
):
    """v ← momentum·v − rate·gradient, then θ ← θ + v (Nesterov: looks ahead)."""
    cdef long long n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_momentum_f32(
                &parameters[0], &gradient[0], &velocity[0], n,
                learning_rate, momentum, nesterov)
        else:
            skmlp_momentum_f64(
                &parameters[0], &gradient[0], &velocity[0], n,
                learning_rate, momentum, nesterov)


def adam_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] mean, floating[::1] square,
    *, double step_size, double beta_1, double beta_2, double epsilon,
):
    """θ ← θ − step_size · m / (√v + ε), in place; m and v are running moments."""
    cdef long long n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_adam_f32(
                &parameters[0], &gradient[0], &mean[0], &square[0], n, step_size,
                beta_1, 1 - beta_1, beta_2, 1 - beta_2, epsilon)
        else:
            skmlp_adam_f64(
                &parameters[0], &gradient[0], &mean[0], &square[0], n, step_size,
                beta_1, 1 - beta_1, beta_2, 1 - beta_2, epsilon)
