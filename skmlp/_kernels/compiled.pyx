# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The kernels of reference.py, compiled, and those of whole runs of batches.

A run of batches has no twin in reference.py: its twin is the loop over an objective in
solvers/stochastic.py, over network.py and losses.py, which also takes the components
that a user brings.
"""

from cython cimport floating
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from scipy.linalg.cython_blas cimport dgemm, dsyrk, sgemm, ssyrk

import numpy as np


cdef extern from "vectorised.h" nogil:
    ctypedef struct skmlp_problem:
        int n_layers, loss, has_intercepts
        const int64_t* sizes
        const int64_t* activations
        const double* activation_settings
        const double* loss_settings
        void (*gemm)()
        const void* values
        const int32_t* indices
        const int32_t* starts
        int64_t row_stride, column_stride
        const void* y
        int64_t n_targets
        const int64_t* labels
        const void* sample_weight

    enum: SKMLP_MULTINOMIAL
    enum: SKMLP_MOST_PARTS

    ctypedef struct skmlp_crew:
        pass
    void skmlp_help(skmlp_crew*)
    void skmlp_end_crew(skmlp_crew*)

    ctypedef void (*skmlp_syrk)(
        char*, char*, int*, int*, double*, double*, int*, double*, double*, int*)
    void skmlp_curvature_f32(
        const skmlp_problem*, skmlp_syrk, int64_t, int64_t, int64_t, int64_t, int64_t,
        const float*, double*, int*)
    void skmlp_curvature_f64(
        const skmlp_problem*, skmlp_syrk, int64_t, int64_t, int64_t, int64_t, int64_t,
        const double*, double*, int*)
    void skmlp_momentum_f32(
        float*, const float*, float*, int64_t, float, float, int)
    void skmlp_momentum_f64(
        double*, const double*, double*, int64_t, double, double, int)
    void skmlp_adam_f32(
        float*, const float*, float*, float*, int64_t,
        float, float, float, float, float, float)
    void skmlp_adam_f64(
        double*, const double*, double*, double*, int64_t,
        double, double, double, double, double, double)
    void skmlp_descent_f32(float*, const float*, int64_t, float)
    void skmlp_descent_f64(double*, const double*, int64_t, double)
    void skmlp_amsgrad_f32(
        float*, const float*, float*, float*, float*, int64_t,
        float, float, float, float, float, float)
    void skmlp_amsgrad_f64(
        double*, const double*, double*, double*, double*, int64_t,
        double, double, double, double, double, double)
    void skmlp_nadam_f32(
        float*, const float*, float*, float*, int64_t,
        float, float, float, float, float, float, float)
    void skmlp_nadam_f64(
        double*, const double*, double*, double*, int64_t,
        double, double, double, double, double, double, double)
    void skmlp_rmsprop_f32(
        float*, const float*, float*, float*, int64_t,
        float, float, float, float, float)
    void skmlp_rmsprop_f64(
        double*, const double*, double*, double*, int64_t,
        double, double, double, double, double)
    void skmlp_adagrad_f32(
        float*, const float*, float*, int64_t, float, float)
    void skmlp_adagrad_f64(
        double*, const double*, double*, int64_t, double, double)
    void skmlp_adadelta_f32(
        float*, const float*, float*, float*, int64_t, float, float, float, float)
    void skmlp_adadelta_f64(
        double*, const double*, double*, double*, int64_t,
        double, double, double, double)
    ctypedef struct skmlp_recipe:
        int rule
        double alpha, l1, clip_value, clip_norm, max_norm
    ctypedef struct skmlp_noise:
        const double* dropout
        double input_noise
        uint64_t seed
    double skmlp_train_f32(
        const skmlp_problem*, const skmlp_recipe*, const skmlp_noise*, const int64_t*, int64_t, int64_t,
        int64_t, float*, float*, float**, const double*, const double*, skmlp_crew*,
        int*)
    double skmlp_train_f64(
        const skmlp_problem*, const skmlp_recipe*, const skmlp_noise*, const int64_t*, int64_t, int64_t,
        int64_t, double*, double*, double**, const double*, const double*, skmlp_crew*,
        int*)
    double skmlp_sums_f32(
        const skmlp_problem*, int64_t, int64_t, int64_t, const float*, float*, double*,
        double*, int*)
    double skmlp_sums_f64(
        const skmlp_problem*, int64_t, int64_t, int64_t, const double*, double*, double*,
        double*, int*)
    ctypedef struct skmlp_perceptron_rows:
        const void* values
        const int32_t* indices
        const int32_t* starts
        int64_t stride, n_rows
        const int64_t* labels
        const int64_t* order
        const void* sample_weight
    ctypedef struct skmlp_perceptron_units:
        int64_t n_units, n_features
        void* weights
        void* intercepts
        void* l1_due
        void* l1_paid
        double* weight_sums
        double* intercept_sums
        const uint8_t* active
        const int64_t* classes
        const double* positive
        const double* negative
    ctypedef struct skmlp_perceptron_rule:
        double rate, decay, l1_step, margin
        int fit_intercept, joint
    void skmlp_perceptron_f32(
        const skmlp_perceptron_rows*, const skmlp_perceptron_units*,
        const skmlp_perceptron_rule*, double*, int64_t*)
    void skmlp_perceptron_f64(
        const skmlp_perceptron_rows*, const skmlp_perceptron_units*,
        const skmlp_perceptron_rule*, double*, int64_t*)
    ctypedef struct skmlp_descent:
        const double* values
        const int32_t* indices
        const int64_t* starts
        const int64_t* stops
        int64_t n_rows, n_columns, n_outputs
        const double* mean
        const double* curvature
        const double* gradient
        double* parameters
        const double* l1
        const double* l2
        const double* lower
        const double* upper
        const int64_t* order
        double* step
    int64_t skmlp_coordinate_sweeps(
        skmlp_descent, double, int64_t, double*, double*)
    void skmlp_column_products(
        const double*, const int32_t*, const int64_t*, const int64_t*, const double*,
        int64_t, int64_t, int64_t, double*)
    void skmlp_violations(
        const double*, const double*, const double*, const double*, const double*,
        const double*, int64_t, int64_t, double*)
    double skmlp_log_loss(
        const double*, const double*, const double*, int64_t, int64_t, double*, double*)
    ctypedef void (*skmlp_dsyrk)() noexcept
    ctypedef void (*skmlp_ssyrk)() noexcept
    enum:
        SKMLP_TILE_ROWS

    void skmlp_moments_f32(
        const float*, int64_t, int64_t, int64_t, int64_t, const int64_t*, const double*,
        const double*, skmlp_dsyrk, skmlp_ssyrk, int64_t, float*, double*, float*,
        double*, double*, double*, double*)
    void skmlp_moments_f64(
        const double*, int64_t, int64_t, int64_t, int64_t, const int64_t*,
        const double*, const double*, skmlp_dsyrk, skmlp_ssyrk, int64_t, double*,
        double*, float*, double*, double*, double*, double*)
    void skmlp_scores_f32(
        const skmlp_problem*, int64_t, int64_t, int64_t, const float*, float*, int*)
    void skmlp_scores_f64(
        const skmlp_problem*, int64_t, int64_t, int64_t, const double*, double*, int*)


def descent_step(
    floating[::1] parameters, const floating[::1] gradient,
    *, double learning_rate,
):
    """θ ← θ − rate·gradient."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_descent_f32(
                &parameters[0], &gradient[0], n, learning_rate)
        else:
            skmlp_descent_f64(
                &parameters[0], &gradient[0], n, learning_rate)


def momentum_step(
    floating[::1] parameters, const floating[::1] gradient, floating[::1] velocity,
    *, double learning_rate, double momentum, bint nesterov,
):
    """v ← momentum·v − rate·gradient, then θ ← θ + v (Nesterov: looks ahead)."""
    cdef int64_t n = parameters.shape[0]
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
    cdef int64_t n = parameters.shape[0]
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


def amsgrad_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] mean, floating[::1] square, floating[::1] largest,
    *, double step_size, double beta_1, double beta_2, double epsilon,
):
    """θ ← θ − step_size · m / (√v̂ + ε), where v̂ is the largest v so far."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_amsgrad_f32(
                &parameters[0], &gradient[0], &mean[0], &square[0],
                &largest[0], n, step_size, beta_1, 1 - beta_1, beta_2, 1 - beta_2,
                epsilon)
        else:
            skmlp_amsgrad_f64(
                &parameters[0], &gradient[0], &mean[0], &square[0],
                &largest[0], n, step_size, beta_1, 1 - beta_1, beta_2, 1 - beta_2,
                epsilon)


def nadam_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] mean, floating[::1] square,
    *, double step_size, double gradient_step_size, double beta_1, double beta_2,
    double epsilon,
):
    """θ ← θ − (step_size·m + gradient_step_size·gradient) / (√v + ε)."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_nadam_f32(
                &parameters[0], &gradient[0], &mean[0], &square[0], n,
                step_size, gradient_step_size, beta_1, 1 - beta_1,
                beta_2, 1 - beta_2, epsilon)
        else:
            skmlp_nadam_f64(
                &parameters[0], &gradient[0], &mean[0], &square[0], n,
                step_size, gradient_step_size, beta_1, 1 - beta_1,
                beta_2, 1 - beta_2, epsilon)


def rmsprop_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] square, floating[::1] velocity,
    *, double learning_rate, double decay, double momentum, double epsilon,
):
    """u ← momentum·u + g / (√v + ε), then θ ← θ − rate·u."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_rmsprop_f32(
                &parameters[0], &gradient[0], &square[0], &velocity[0],
                n, learning_rate, decay, 1 - decay, momentum, epsilon)
        else:
            skmlp_rmsprop_f64(
                &parameters[0], &gradient[0], &square[0], &velocity[0],
                n, learning_rate, decay, 1 - decay, momentum, epsilon)


def adagrad_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] square,
    *, double learning_rate, double epsilon,
):
    """θ ← θ − rate·g / (√v + ε); v is the sum of g²."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_adagrad_f32(
                &parameters[0], &gradient[0], &square[0], n,
                learning_rate, epsilon)
        else:
            skmlp_adagrad_f64(
                &parameters[0], &gradient[0], &square[0], n,
                learning_rate, epsilon)


def adadelta_step(
    floating[::1] parameters, const floating[::1] gradient,
    floating[::1] square, floating[::1] step_square,
    *, double learning_rate, double decay, double epsilon,
):
    """Δ = √(u + ε) / √(v + ε) · g, then θ ← θ − rate·Δ."""
    cdef int64_t n = parameters.shape[0]
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_adadelta_f32(
                &parameters[0], &gradient[0], &square[0],
                &step_square[0], n, learning_rate, decay, 1 - decay,
                epsilon)
        else:
            skmlp_adadelta_f64(
                &parameters[0], &gradient[0], &square[0],
                &step_square[0], n, learning_rate, decay, 1 - decay,
                epsilon)


def perceptron_epoch(
    floating[:, ::1] weights, floating[::1] intercepts, floating[::1] l1_due,
    floating[:, ::1] l1_paid, double[:, ::1] weight_sums, double[::1] intercept_sums,
    const uint8_t[::1] active, const int64_t[::1] classes, const floating[:, :] dense,
    const floating[::1] values, const int32_t[::1] indices, const int32_t[::1] starts,
    const int64_t[::1] labels, const int64_t[::1] order,
    const floating[::1] sample_weight, const double[::1] positive,
    const double[::1] negative,
    *, double rate, double decay, double l1_step, double margin, bint fit_intercept,
    bint joint, double[::1] losses, int64_t[::1] mistakes,
):
    """One visit of the rows in `order` by the mistake-driven rule, for all classes."""
    cdef skmlp_perceptron_rows rows
    cdef skmlp_perceptron_units units
    cdef skmlp_perceptron_rule rule
    rows.n_rows = order.shape[0]
    if rows.n_rows == 0:
        losses[:] = 0
        mistakes[:] = 0
        return
    rows.stride = 0
    rows.indices = NULL
    rows.starts = NULL
    if indices is None:
        rows.values = &dense[0, 0]
        rows.stride = dense.strides[0] // sizeof(floating)
    else:
        rows.values = &values[0] if values.shape[0] else <void*>1
        rows.indices = &indices[0] if indices.shape[0] else <int32_t*>1
        rows.starts = &starts[0]
    rows.labels = &labels[0]
    rows.order = &order[0]
    rows.sample_weight = &sample_weight[0]
    units.n_units = weights.shape[0]
    units.n_features = weights.shape[1]
    units.weights = &weights[0, 0]
    units.intercepts = &intercepts[0]
    units.l1_due = &l1_due[0]
    units.l1_paid = &l1_paid[0, 0]
    units.weight_sums = NULL if weight_sums is None else &weight_sums[0, 0]
    units.intercept_sums = NULL if intercept_sums is None else &intercept_sums[0]
    units.active = &active[0]
    units.classes = &classes[0]
    units.positive = &positive[0]
    units.negative = &negative[0]
    rule.rate, rule.decay, rule.l1_step, rule.margin = rate, decay, l1_step, margin
    rule.fit_intercept, rule.joint = fit_intercept, joint
    with nogil:
        if floating is float:
            skmlp_perceptron_f32(&rows, &units, &rule, &losses[0], &mistakes[0])
        else:
            skmlp_perceptron_f64(&rows, &units, &rule, &losses[0], &mistakes[0])
    check(mistakes[0] < 0)


def coordinate_sweeps(
    values, const int32_t[::1] indices, const int64_t[::1] starts,
    const int64_t[::1] stops, const double[:, ::1] mean,
    const double[:, ::1] curvature,
    const double[:, ::1] gradient, double[:, ::1] parameters, const double[::1] l1,
    const double[::1] l2, const double[:, ::1] lower, const double[:, ::1] upper,
    double[:, ::1] step_scores, const int64_t[::1] order, *,
    double share, int64_t max_sweeps, double fallen=0,
):
    """Minimise the quadratic model of a likelihood, one coordinate after the other."""
    cdef skmlp_descent problem
    cdef const double[::1] entries
    cdef const double[:, ::1] columns
    cdef int64_t sweeps
    cdef double last
    problem.n_columns = parameters.shape[0]
    problem.n_outputs = parameters.shape[1]
    problem.n_rows = mean.shape[1]
    if problem.n_columns == 0 or problem.n_outputs == 0 or problem.n_rows == 0:
        raise ValueError("There has to be a row, a column and an output.")
    problem.indices = NULL
    problem.starts = problem.stops = NULL
    if indices is None:
        columns = values
        problem.values = &columns[0, 0]
    else:
        entries = values
        problem.values = &entries[0] if entries.shape[0] else <double*>1
        problem.indices = &indices[0] if indices.shape[0] else <int32_t*>1
        problem.starts = &starts[0]
        problem.stops = &stops[0]
    problem.mean = &mean[0, 0]
    problem.curvature = &curvature[0, 0]
    problem.gradient = &gradient[0, 0]
    problem.parameters = &parameters[0, 0]
    problem.l1 = &l1[0]
    problem.l2 = &l2[0]
    problem.lower = &lower[0, 0]
    problem.upper = &upper[0, 0]
    problem.step = &step_scores[0, 0]
    problem.order = &order[0]
    with nogil:
        sweeps = skmlp_coordinate_sweeps(
            problem, share, max_sweeps, &last, &fallen)
    check(sweeps < 0)
    return sweeps, last, fallen


def column_products(
    values, const int32_t[::1] indices, const int64_t[::1] starts,
    const int64_t[::1] stops, const double[:, ::1] pull,
):
    """Σᵢ xᵢⱼ·pullₖᵢ of every column and output."""
    cdef const double[::1] entries
    cdef const double[:, ::1] columns
    cdef const double* first = NULL
    cdef const int32_t* places = NULL
    cdef const int64_t* begin = NULL
    cdef const int64_t* end = NULL
    cdef int64_t n = pull.shape[1], K = pull.shape[0], m
    m = values.shape[0] if indices is None else starts.shape[0]
    products = np.zeros((m, K))
    cdef double[:, ::1] out = products
    if m == 0 or n == 0 or K == 0:
        return products
    if indices is None:
        columns = values
        first = &columns[0, 0]
    else:
        entries = values
        first = &entries[0] if entries.shape[0] else <double*>1
        places = &indices[0] if indices.shape[0] else <int32_t*>1
        begin, end = &starts[0], &stops[0]
    with nogil:
        skmlp_column_products(first, places, begin, end, &pull[0, 0], n, m, K, &out[0, 0])
    return products


def violations(
    const double[:, ::1] gradient, const double[:, ::1] parameters,
    const double[::1] l1, const double[::1] l2, const double[:, ::1] lower,
    const double[:, ::1] upper,
):
    """How fast the objective falls along each coordinate, up or down."""
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1]
    falls = np.empty((m, K))
    cdef double[:, ::1] out = falls
    if m > 0 and K > 0:
        with nogil:
            skmlp_violations(
                &gradient[0, 0], &parameters[0, 0], &l1[0], &l2[0], &lower[0, 0],
                &upper[0, 0], m, K, &out[0, 0])
    return falls


def log_loss(
    const double[:, ::1] scores, const double[:, ::1] targets,
    const double[::1] weight, double[:, ::1] mean, double[:, ::1] pull,
):
    """Σᵢ wᵢ·ℓᵢ of a log loss; writes the means and w·(mean − y)."""
    cdef int64_t n = scores.shape[1], K = scores.shape[0]
    cdef double total = 0
    if n == 0 or K == 0:
        return total
    with nogil:
        total = skmlp_log_loss(
            &scores[0, 0], &targets[0, 0], &weight[0], n, K, &mean[0, 0], &pull[0, 0])
    return total


def class_moments(
    const floating[:, :] X, const int64_t[::1] labels, const double[::1] weights,
    const double[:, ::1] shifts, *, bint single=False,
):
    """Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class."""
    cdef int64_t n = X.shape[0], d = X.shape[1], K = shifts.shape[0]
    # Enough rows to keep a product busy, few enough to stay in the cache.
    cdef int64_t block = min(n, 512)
    class_weights, sums = np.zeros(K), np.zeros((K, d))
    scatter = np.zeros((d, d))
    if n == 0 or d == 0:
        return class_weights, sums, scatter
    cdef double[::1] weight_sums = class_weights, squares = np.zeros(d)
    cdef double[:, ::1] residual_sums = sums, products = scatter
    cdef int64_t row_stride = X.strides[0] // sizeof(floating)
    cdef int64_t column_stride = X.strides[1] // sizeof(floating)
    if d == 1:
        column_stride = 1
    cdef size_t entry = sizeof(float) if single else sizeof(double)
    cdef void* residuals = malloc(entry * (block + (d if single else 0)) * d)
    cdef floating* tile = <floating*>malloc(sizeof(floating) * SKMLP_TILE_ROWS * d)
    if residuals == NULL or tile == NULL:
        free(residuals)
        free(tile)
        raise MemoryError(f"There is no memory for {block} rows of {d} columns.")
    with nogil:
        if floating is float:
            skmlp_moments_f32(
                &X[0, 0], row_stride, column_stride, n, d, &labels[0], &weights[0],
                &shifts[0, 0], <skmlp_dsyrk>dsyrk, <skmlp_ssyrk>ssyrk, block, tile,
                NULL if single else <double*>residuals,
                <float*>residuals if single else NULL, &squares[0],
                &weight_sums[0], &residual_sums[0, 0], &products[0, 0])
        else:
            skmlp_moments_f64(
                &X[0, 0], row_stride, column_stride, n, d, &labels[0], &weights[0],
                &shifts[0, 0], <skmlp_dsyrk>dsyrk, <skmlp_ssyrk>ssyrk, block, tile,
                NULL if single else <double*>residuals,
                <float*>residuals if single else NULL, &squares[0],
                &weight_sums[0], &residual_sums[0, 0], &products[0, 0])
    free(residuals)
    free(tile)
    return class_weights, sums, scatter


cdef class Problem:
    """A network, its loss and its data, with the arrays that these point to."""

    cdef skmlp_problem problem
    cdef object arrays
    cdef readonly int64_t n_rows
    cdef readonly bint single, joins_outputs

    def __init__(
        self, dtype, layer_sizes, activations, activation_settings, int loss,
        loss_settings, bint has_intercepts, X, indices, starts, y, labels, sample_weight,
    ):
        cdef const int64_t[::1] codes
        cdef const double[::1] settings
        self.arrays = (
            layer_sizes, activations, activation_settings, loss_settings, X, indices,
            starts, y, labels, sample_weight)
        self.single = dtype == "float32"
        codes = layer_sizes
        self.problem.n_layers = <int>(codes.shape[0] - 1)
        self.problem.sizes = &codes[0]
        codes = activations
        self.problem.activations = &codes[0] if codes.shape[0] else NULL
        settings = activation_settings
        self.problem.activation_settings = &settings[0] if settings.shape[0] else NULL
        self.problem.loss = loss
        settings = loss_settings
        self.problem.loss_settings = &settings[0] if settings.shape[0] else NULL
        self.joins_outputs = loss == SKMLP_MULTINOMIAL
        self.problem.has_intercepts = has_intercepts
        if self.single:
            self.problem.gemm = <void (*)() noexcept nogil>sgemm
            self.point_at[float](X, indices, starts, y, labels, sample_weight, 0)
        else:
            self.problem.gemm = <void (*)() noexcept nogil>dgemm
            self.point_at[double](X, indices, starts, y, labels, sample_weight, 0)

    cdef void point_at(
        self, X, indices, starts, y, labels, sample_weight, floating zero
    ) except *:
        cdef const floating[:, :] dense
        cdef const floating[::1] numbers
        cdef const int32_t[::1] places
        cdef const int64_t[::1] whole
        cdef const floating[:, ::1] targets
        self.problem.values = self.problem.y = self.problem.sample_weight = NULL
        self.problem.indices = self.problem.starts = NULL
        self.problem.labels = NULL
        self.problem.n_targets = 0
        self.problem.row_stride = self.problem.column_stride = 0
        if indices is None:
            dense = X
            self.n_rows = dense.shape[0]
            self.problem.row_stride = dense.strides[0] // sizeof(floating)
            self.problem.column_stride = dense.strides[1] // sizeof(floating)
            self.problem.values = &dense[0, 0]
        else:
            numbers = X
            self.problem.values = &numbers[0] if numbers.shape[0] else <void*>1
            places = indices
            # No entries at all is not the same as a dense matrix: never NULL.
            self.problem.indices = &places[0] if places.shape[0] else <int32_t*>1
            places = starts
            self.problem.starts = &places[0]
            self.n_rows = places.shape[0] - 1
        if labels is not None:
            whole = labels
            self.problem.labels = &whole[0]
        if y is not None:
            targets = y
            self.problem.y = &targets[0, 0]
            self.problem.n_targets = targets.shape[1]
        if sample_weight is not None:
            numbers = sample_weight
            self.problem.sample_weight = &numbers[0]


cdef int check(int error) except -1:
    if error:
        raise MemoryError("There is no memory for one batch; lower batch_size.")
    return 0


cdef class Crew:
    """Threads that share the batches of a run: one that trains, and those that help."""

    cdef skmlp_crew* crew

    def __cinit__(self):
        self.crew = <skmlp_crew*>calloc(1, sizeof(skmlp_crew))
        if self.crew == NULL:
            raise MemoryError("There is no memory for a crew.")

    def __dealloc__(self):
        free(self.crew)

    def help(self):
        """Take parts of batches until there have been none for a while."""
        with nogil:
            skmlp_help(self.crew)

    def end(self):
        """Send the helpers away."""
        skmlp_end_crew(self.crew)


def train_batches(
    Problem problem, floating[::1] parameters, floating[:, ::1] gradients, arrays,
    const int64_t[::1] order, const double[:, ::1] step_sizes,
    const double[::1] settings,
    *, int64_t n_rows, int64_t batch_size, int rule, double alpha, double l1,
    double clip_value, double clip_norm, double max_norm,
    const double[::1] dropout, double input_noise, uint64_t seed, Crew crew=None,
):
    """Visit the rows batch by batch, each in as many parts as there are gradients.

    Updates after every batch; Σ rows·objective. `arrays` are the rule's state, at most
    three; `step_sizes` are two sizes of the rule and the factor that weights decay by.
    `dropout` is None, or a probability for the inputs and every hidden layer.
    """
    cdef int error = 0
    cdef double total
    cdef const int64_t* rows = NULL if order is None else &order[0]
    cdef skmlp_crew* helpers = NULL if crew is None else crew.crew
    cdef int64_t n_parts = gradients.shape[0]
    cdef skmlp_recipe recipe
    cdef skmlp_noise noise
    cdef skmlp_noise* disturbed = NULL if dropout is None else &noise
    cdef floating[::1] array
    cdef floating* places[3]
    if not 0 < n_parts <= SKMLP_MOST_PARTS:
        raise ValueError(f"A batch has 1 to {SKMLP_MOST_PARTS} parts, not {n_parts}.")
    if step_sizes.shape[1] != 3 or settings.shape[0] != 3 or len(arrays) > 3:
        raise ValueError("A step has three sizes, and a rule three settings.")
    places[0] = places[1] = places[2] = NULL
    for number in range(len(arrays)):
        array = arrays[number]
        places[number] = &array[0]
    recipe.rule = rule
    recipe.alpha, recipe.l1 = alpha, l1
    recipe.clip_value, recipe.clip_norm = clip_value, clip_norm
    recipe.max_norm = max_norm
    if dropout is not None:
        if dropout.shape[0] != problem.problem.n_layers:
            raise ValueError("There is one probability for each layer of weights.")
        noise.dropout = &dropout[0]
        noise.input_noise, noise.seed = input_noise, seed
    with nogil:
        if floating is float:
            total = skmlp_train_f32(
                &problem.problem, &recipe, disturbed, rows, n_rows, batch_size, n_parts,
                &parameters[0], &gradients[0, 0], places, &step_sizes[0, 0],
                &settings[0], helpers, &error)
        else:
            total = skmlp_train_f64(
                &problem.problem, &recipe, disturbed, rows, n_rows, batch_size, n_parts,
                &parameters[0], &gradients[0, 0], places, &step_sizes[0, 0],
                &settings[0], helpers, &error)
    check(error)
    return total


def objective_sums(
    Problem problem, const floating[::1] parameters, floating[::1] block_gradient,
    double[::1] gradient, *, rows, int64_t block_rows,
):
    """Sums over rows: of the losses, and of the weights; adds to the gradient."""
    cdef int error = 0
    cdef int64_t first = rows[0], last = rows[1]
    cdef double total, weight = 0
    with nogil:
        if floating is float:
            total = skmlp_sums_f32(
                &problem.problem, first, last, block_rows, &parameters[0],
                &block_gradient[0], &gradient[0], &weight, &error)
        else:
            total = skmlp_sums_f64(
                &problem.problem, first, last, block_rows, &parameters[0],
                &block_gradient[0], &gradient[0], &weight, &error)
    check(error)
    return total, weight


def network_scores(
    Problem problem, const floating[::1] parameters, floating[:, ::1] scores,
    *, rows, int64_t block_rows,
):
    """Raw scores of some rows, written into `scores`."""
    cdef int error = 0
    cdef int64_t first = rows[0], last = rows[1]
    with nogil:
        if floating is float:
            skmlp_scores_f32(
                &problem.problem, first, last, block_rows, &parameters[0],
                &scores[0, 0], &error)
        else:
            skmlp_scores_f64(
                &problem.problem, first, last, block_rows, &parameters[0],
                &scores[0, 0], &error)
    check(error)


def curvature_sums(
    Problem problem, const floating[::1] parameters, double[:, :, ::1] sums,
    *, rows, pairs, int64_t block_rows,
):
    """Adds Σᵢ wᵢ·Cₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ of some rows and pairs to lower triangles."""
    cdef int error = 0
    cdef int64_t first = rows[0], last = rows[1]
    cdef int64_t first_pair = pairs[0], last_pair = pairs[1]
    with nogil:
        if floating is float:
            skmlp_curvature_f32(
                &problem.problem, <skmlp_syrk>dsyrk, first, last, block_rows, first_pair,
                last_pair, &parameters[0], &sums[0, 0, 0], &error)
        else:
            skmlp_curvature_f64(
                &problem.problem, <skmlp_syrk>dsyrk, first, last, block_rows, first_pair,
                last_pair, &parameters[0], &sums[0, 0, 0], &error)
    check(error)
