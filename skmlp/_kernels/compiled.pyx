# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""The kernels of reference/, compiled, and those of whole runs of batches.

A run of batches has no twin in reference/: its twin is the loop over an objective in
solvers/training_loop.py, over network/ and losses/, which also takes the components that a
user brings.
"""

from cython cimport floating
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t, uintptr_t
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
    enum: SKMLP_MAX_LAYERS
    enum: SKMLP_MULTINOMIAL_FOCAL
    enum: SKMLP_MULTICLASS_HINGE
    enum: SKMLP_QUANTILE
    enum: SKMLP_GAUSSIAN
    enum: SKMLP_PER_COLUMN

    int skmlp_all_below(const int64_t*, int64_t, int64_t)
    int skmlp_ascends(const int32_t*, int64_t)
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
    void skmlp_gradient_step_f32(float*, const float*, int64_t, float)
    void skmlp_gradient_step_f64(double*, const double*, int64_t, double)
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


cdef int require(bint holds, what) except -1:
    """Raise ValueError unless the arguments of a kernel fit together."""
    if not holds:
        raise ValueError(f"The arguments of a kernel do not fit together: {what}.")
    return 0


cdef int require_aligned(uintptr_t addresses, size_t size) except -1:
    """Raise ValueError unless all addresses, joined by |, are multiples of `size`."""
    if addresses % size:
        raise ValueError("An array is not aligned to its numbers; pass a copy.")
    return 0


cdef uintptr_t address(const floating[::1] array) noexcept:
    """The address of an array's numbers; 0 where there are none."""
    return 0 if array is None or array.shape[0] == 0 else <uintptr_t>&array[0]


cdef uintptr_t table_address(const floating[:, ::1] array) noexcept:
    """The address of the numbers of an array in two dimensions, likewise."""
    if array is None or array.shape[0] == 0 or array.shape[1] == 0:
        return 0
    return <uintptr_t>&array[0, 0]


cdef int require_below(
    const int64_t[::1] numbers, int64_t count, int64_t end, what,
) except -1:
    """Raise ValueError unless there are `count` numbers from 0 to before `end`."""
    cdef bint inside = numbers.shape[0] >= count
    if inside and count > 0:
        require_aligned(<uintptr_t>&numbers[0], sizeof(int64_t))
        with nogil:
            inside = skmlp_all_below(&numbers[0], count, end)
    return require(inside, what)


cdef int require_csr(
    const int32_t[::1] starts, int64_t n_rows, int64_t n_indices, int64_t n_values,
) except -1:
    """Raise ValueError unless the rows of a CSR matrix end where its entries do.

    The entries themselves were checked where the three arrays were taken.
    """
    if starts.shape[0] > 0:
        require_aligned(<uintptr_t>&starts[0], sizeof(int32_t))
    require(
        starts.shape[0] == n_rows + 1 and starts[0] >= 0
        and starts[n_rows] <= n_indices and starts[n_rows] <= n_values
        and skmlp_ascends(&starts[0], n_rows + 1),
        "the rows of a CSR matrix go beyond its entries, or overlap")
    return 0


cdef int check_step(
    const floating[::1] parameters, const floating[::1] gradient,
    const floating[::1] first=None, const floating[::1] second=None,
    const floating[::1] third=None,
) except -1:
    """Raise ValueError unless all arrays of a step have one length and are aligned."""
    cdef int64_t n = parameters.shape[0]
    require(
        gradient.shape[0] == n
        and (first is None or first.shape[0] == n)
        and (second is None or second.shape[0] == n)
        and (third is None or third.shape[0] == n),
        "parameters, gradient and state differ in their length")
    return require_aligned(
        address(parameters) | address(gradient) | address(first) | address(second)
        | address(third), sizeof(floating))


def gradient_step(
    floating[::1] parameters, const floating[::1] gradient,
    *, double learning_rate,
):
    """θ ← θ − rate·gradient."""
    cdef int64_t n = parameters.shape[0]
    check_step(parameters, gradient)
    if n == 0:
        return
    with nogil:
        if floating is float:
            skmlp_gradient_step_f32(
                &parameters[0], &gradient[0], n, learning_rate)
        else:
            skmlp_gradient_step_f64(
                &parameters[0], &gradient[0], n, learning_rate)


def momentum_step(
    floating[::1] parameters, const floating[::1] gradient, floating[::1] velocity,
    *, double learning_rate, double momentum, bint nesterov,
):
    """v ← momentum·v − rate·gradient, then θ ← θ + v (Nesterov: looks ahead)."""
    cdef int64_t n = parameters.shape[0]
    check_step(parameters, gradient, velocity)
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
    check_step(parameters, gradient, mean, square)
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
    check_step(parameters, gradient, mean, square, largest)
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
    check_step(parameters, gradient, mean, square)
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
    check_step(parameters, gradient, square, velocity)
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
    check_step(parameters, gradient, square)
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
    check_step(parameters, gradient, square, step_square)
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
    cdef int64_t U = weights.shape[0], d = weights.shape[1], n = labels.shape[0]
    require(
        intercepts.shape[0] == U and l1_due.shape[0] == U and l1_paid.shape[0] == U
        and l1_paid.shape[1] == d and active.shape[0] == U and classes.shape[0] == U
        and positive.shape[0] == U and negative.shape[0] == U
        and losses.shape[0] == U and mistakes.shape[0] == U and U > 0,
        "the units differ in their number")
    require(
        (weight_sums is None) == (intercept_sums is None)
        and (weight_sums is None or (
            weight_sums.shape[0] == U and weight_sums.shape[1] == d
            and intercept_sums.shape[0] == U)),
        "the sums of the weights have another shape than the weights")
    require(sample_weight.shape[0] == n, "there is one label and one weight a row")
    require_below(order, order.shape[0], n, "order has a row out of range")
    if joint:
        require_below(labels, n, U, "labels has a class without a unit")
    require_aligned(
        table_address(weights) | table_address(l1_paid) | address(intercepts)
        | address(l1_due) | address(sample_weight), sizeof(floating))
    require_aligned(
        table_address(weight_sums) | address(intercept_sums) | address(positive)
        | address(negative) | address(losses), sizeof(double))
    if indices is None:
        require(
            dense.shape[0] == n and dense.shape[1] == d,
            "the rows have other columns than the weights, or other labels")
        if n > 0 and d > 0:
            require(
                (d == 1 or dense.strides[1] == sizeof(floating))
                and dense.strides[0] % sizeof(floating) == 0,
                "the numbers of a row do not lie side by side")
            require_aligned(<uintptr_t>&dense[0, 0], sizeof(floating))
    else:
        require_csr(starts, n, indices.shape[0], values.shape[0])
        require_aligned(address(values), sizeof(floating))
    rows.n_rows = order.shape[0]
    if rows.n_rows == 0:
        losses[:] = 0
        mistakes[:] = 0
        return
    rows.stride = 0
    rows.indices = NULL
    rows.starts = NULL
    if indices is None:
        rows.values = &dense[0, 0] if d > 0 else <void*>1
        rows.stride = dense.strides[0] // <Py_ssize_t>sizeof(floating)
    else:
        rows.values = &values[0] if values.shape[0] else <void*>1
        rows.indices = &indices[0] if indices.shape[0] else <int32_t*>1
        rows.starts = &starts[0]
    rows.labels = &labels[0]
    rows.order = &order[0]
    rows.sample_weight = &sample_weight[0]
    units.n_units = weights.shape[0]
    units.n_features = weights.shape[1]
    units.weights = &weights[0, 0] if d > 0 else <void*>1
    units.intercepts = &intercepts[0]
    units.l1_due = &l1_due[0]
    units.l1_paid = &l1_paid[0, 0] if d > 0 else <void*>1
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


cdef int require_penalty(
    const double[:, ::1] parameters, const double[::1] l1, const double[::1] l2,
    const double[:, ::1] lower, const double[:, ::1] upper,
) except -1:
    """Raise ValueError unless each row of parameters has its penalties and bounds."""
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1]
    require(
        l1.shape[0] == m and l2.shape[0] == m and lower.shape[0] == m
        and lower.shape[1] == K and upper.shape[0] == m and upper.shape[1] == K,
        "penalties and bounds have another shape than the parameters")
    return require_aligned(
        table_address(parameters) | address(l1) | address(l2) | table_address(lower)
        | table_address(upper), sizeof(double))


cdef int require_columns(
    values, const int32_t[::1] indices, const int64_t[::1] starts,
    const int64_t[::1] stops, int64_t m, int64_t n,
) except -1:
    """Raise ValueError unless there are m columns, of n rows or within the entries."""
    cdef const double[::1] entries
    cdef const double[:, ::1] columns
    cdef int64_t j, n_entries
    cdef bint inside = True
    if indices is None:
        columns = values
        require(
            columns.shape[0] == m and columns.shape[1] == n,
            "columns have other rows than the means")
        return require_aligned(table_address(columns), sizeof(double))
    entries = values
    n_entries = min(entries.shape[0], indices.shape[0])
    require(
        starts is not None and stops is not None and starts.shape[0] == m
        and stops.shape[0] == m, "every column has a start and a stop")
    for j in range(m):
        inside &= 0 <= starts[j] and starts[j] <= stops[j] and stops[j] <= n_entries
    require(inside, "columns go beyond the entries")
    return require_aligned(address(entries), sizeof(double))


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
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1], n = mean.shape[1]
    if m == 0 or K == 0 or n == 0:
        raise ValueError("There has to be a row, a column and an output.")
    require(
        mean.shape[0] == K and curvature.shape[0] == K and curvature.shape[1] == n
        and step_scores.shape[0] == K and step_scores.shape[1] == n
        and gradient.shape[0] == m and gradient.shape[1] == K,
        "means, curvatures, steps and gradient differ in their shape")
    require_penalty(parameters, l1, l2, lower, upper)
    require_below(order, m, m, "order has a column out of range")
    require_columns(values, indices, starts, stops, m, n)
    require_aligned(
        table_address(mean) | table_address(curvature) | table_address(step_scores)
        | table_address(gradient), sizeof(double))
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
    const int64_t[::1] stops, const double[:, ::1] score_gradient,
):
    """Σᵢ xᵢⱼ·pullₖᵢ of every column and output."""
    cdef const double[::1] entries
    cdef const double[:, ::1] columns
    cdef const double* first = NULL
    cdef const int32_t* places = NULL
    cdef const int64_t* begin = NULL
    cdef const int64_t* end = NULL
    cdef int64_t n = score_gradient.shape[1], K = score_gradient.shape[0], m
    m = values.shape[0] if indices is None else starts.shape[0]
    products = np.zeros((m, K))
    cdef double[:, ::1] out = products
    require_columns(values, indices, starts, stops, m, n)
    require_aligned(table_address(score_gradient), sizeof(double))
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
        skmlp_column_products(first, places, begin, end, &score_gradient[0, 0], n, m, K, &out[0, 0])
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
    require_penalty(parameters, l1, l2, lower, upper)
    require(
        gradient.shape[0] == m and gradient.shape[1] == K,
        "the gradient has another shape than the parameters")
    require_aligned(table_address(gradient), sizeof(double))
    if m > 0 and K > 0:
        with nogil:
            skmlp_violations(
                &gradient[0, 0], &parameters[0, 0], &l1[0], &l2[0], &lower[0, 0],
                &upper[0, 0], m, K, &out[0, 0])
    return falls


def log_loss(
    const double[:, ::1] scores, const double[:, ::1] targets,
    const double[::1] weight, double[:, ::1] mean, double[:, ::1] score_gradient,
):
    """Σᵢ wᵢ·ℓᵢ of a log loss; writes the means and w·(mean − y)."""
    cdef int64_t n = scores.shape[1], K = scores.shape[0]
    cdef double total = 0
    require(
        targets.shape[0] == K and targets.shape[1] == n and weight.shape[0] == n
        and mean.shape[0] == K and mean.shape[1] == n and score_gradient.shape[0] == K
        and score_gradient.shape[1] == n, "targets, weights, means or score_gradient have another shape")
    require_aligned(
        table_address(scores) | table_address(targets) | address(weight)
        | table_address(mean) | table_address(score_gradient), sizeof(double))
    if n == 0 or K == 0:
        return total
    with nogil:
        total = skmlp_log_loss(
            &scores[0, 0], &targets[0, 0], &weight[0], n, K, &mean[0, 0], &score_gradient[0, 0])
    return total


def class_moments(
    const floating[:, :] X, const int64_t[::1] labels, const double[::1] weights,
    const double[:, ::1] shifts, *, bint in_float32=False,
):
    """Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class."""
    cdef int64_t n = X.shape[0], d = X.shape[1], K = shifts.shape[0]
    # Enough rows to keep a product busy, few enough to stay in the cache.
    cdef int64_t block = min(n, 512)
    require(
        weights.shape[0] == n and shifts.shape[1] == d,
        "there is one weight a row, and shifts have the columns of the rows")
    require_below(labels, n, K, "labels has a class without a shift")
    require_aligned(address(weights) | table_address(shifts), sizeof(double))
    class_weights, sums = np.zeros(K), np.zeros((K, d))
    scatter = np.zeros((d, d))
    if n == 0 or d == 0:
        return class_weights, sums, scatter
    cdef double[::1] weight_sums = class_weights, squares = np.zeros(d)
    cdef double[:, ::1] residual_sums = sums, products = scatter
    # In bytes: numbers may lie anywhere, one on another, and not be aligned.
    cdef int64_t row_stride = X.strides[0], column_stride = X.strides[1]
    if d == 1:
        column_stride = sizeof(floating)
    cdef size_t entry = sizeof(float) if in_float32 else sizeof(double)
    cdef void* residuals = malloc(entry * (block + (d if in_float32 else 0)) * d)
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
                NULL if in_float32 else <double*>residuals,
                <float*>residuals if in_float32 else NULL, &squares[0],
                &weight_sums[0], &residual_sums[0, 0], &products[0, 0])
        else:
            skmlp_moments_f64(
                &X[0, 0], row_stride, column_stride, n, d, &labels[0], &weights[0],
                &shifts[0, 0], <skmlp_dsyrk>dsyrk, <skmlp_ssyrk>ssyrk, block, tile,
                NULL if in_float32 else <double*>residuals,
                <float*>residuals if in_float32 else NULL, &squares[0],
                &weight_sums[0], &residual_sums[0, 0], &products[0, 0])
    free(residuals)
    free(tile)
    return class_weights, sums, scatter


cdef class Problem:
    """A network, its loss and its data, with the arrays that these point to."""

    cdef skmlp_problem problem
    cdef object arrays
    cdef readonly int64_t n_rows
    cdef readonly bint in_float32, joins_outputs
    cdef int64_t n_columns, n_outputs, n_parameters

    def __init__(
        self, dtype, layer_sizes, activations, activation_settings, int loss,
        loss_settings, bint has_intercepts, X, indices, starts, y, labels, sample_weight,
    ):
        cdef const int64_t[::1] codes
        cdef const double[::1] settings
        cdef int64_t layer, n_layers
        cdef bint fits = True
        codes = layer_sizes
        n_layers = codes.shape[0] - 1
        self.n_parameters = 0
        for layer in range(n_layers):
            fits &= codes[layer] > 0 and codes[layer + 1] > 0
            self.n_parameters += (codes[layer] + has_intercepts) * codes[layer + 1]
        require(
            fits and 0 < n_layers < SKMLP_MAX_LAYERS
            and len(activations) == n_layers - 1
            and len(activation_settings) == n_layers - 1,
            "there is one activation for each of the hidden layers")
        self.n_columns, self.n_outputs = codes[0], codes[n_layers]
        self.arrays = (
            layer_sizes, activations, activation_settings, loss_settings, X, indices,
            starts, y, labels, sample_weight)
        self.in_float32 = dtype == "float32"
        codes = layer_sizes
        self.problem.n_layers = <int>(codes.shape[0] - 1)
        require_aligned(<uintptr_t>&codes[0], sizeof(int64_t))
        self.problem.sizes = &codes[0]
        codes = activations
        if codes.shape[0]:
            require_aligned(<uintptr_t>&codes[0], sizeof(int64_t))
        self.problem.activations = &codes[0] if codes.shape[0] else NULL
        settings = activation_settings
        require_aligned(address(settings), sizeof(double))
        self.problem.activation_settings = &settings[0] if settings.shape[0] else NULL
        self.problem.loss = loss
        settings = loss_settings
        require_aligned(address(settings), sizeof(double))
        self.problem.loss_settings = &settings[0] if settings.shape[0] else NULL
        self.joins_outputs = loss == SKMLP_MULTINOMIAL
        self.problem.has_intercepts = has_intercepts
        if self.in_float32:
            self.problem.gemm = <void (*)() noexcept nogil>sgemm
            self.point_at[float](X, indices, starts, y, labels, sample_weight, 0)
        else:
            self.problem.gemm = <void (*)() noexcept nogil>dgemm
            self.point_at[double](X, indices, starts, y, labels, sample_weight, 0)
        self.check_targets(settings)

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
            require(
                self.n_rows > 0 and dense.shape[1] == self.n_columns,
                "the rows have other columns than the first layer has weights")
            # In bytes: numbers may lie anywhere, one on another, and not be aligned.
            self.problem.row_stride = dense.strides[0]
            self.problem.column_stride = dense.strides[1]
            if self.n_columns == 1:
                self.problem.column_stride = sizeof(floating)
            self.problem.values = &dense[0, 0]
        else:
            numbers = X
            require_aligned(address(numbers), sizeof(floating))
            self.problem.values = &numbers[0] if numbers.shape[0] else <void*>1
            places = indices
            # No entries at all is not the same as a dense matrix: never NULL.
            self.problem.indices = &places[0] if places.shape[0] else <int32_t*>1
            places = starts
            require(places.shape[0] > 1, "a CSR matrix has a row")
            self.problem.starts = &places[0]
            self.n_rows = places.shape[0] - 1
            require_csr(places, self.n_rows, len(indices), numbers.shape[0])
        if labels is not None:
            whole = labels
            require(whole.shape[0] == self.n_rows, "there is one label a row")
            require_below(
                whole, self.n_rows, self.n_outputs, "labels has a class without a score")
            self.problem.labels = &whole[0]
        if y is not None:
            targets = y
            require(
                targets.shape[0] == self.n_rows and targets.shape[1] > 0,
                "there is one row of targets a row")
            require_aligned(table_address(targets), sizeof(floating))
            self.problem.y = &targets[0, 0]
            self.problem.n_targets = targets.shape[1]
        if sample_weight is not None:
            numbers = sample_weight
            require(numbers.shape[0] == self.n_rows, "there is one weight a row")
            require_aligned(address(numbers), sizeof(floating))
            self.problem.sample_weight = &numbers[0]

    cdef int check_targets(self, const double[::1] settings) except -1:
        """Raise ValueError unless targets, if any, are those that the loss reads."""
        cdef int loss = self.problem.loss
        cdef int64_t n_targets = self.problem.n_targets, K = self.n_outputs, total = 0
        cdef bint labelled = loss in (
            SKMLP_MULTINOMIAL, SKMLP_MULTINOMIAL_FOCAL, SKMLP_MULTICLASS_HINGE)
        if self.problem.y == NULL and self.problem.labels == NULL:
            return 0
        require(
            (self.problem.labels != NULL) == labelled
            and (self.problem.y != NULL) != labelled,
            "the loss takes labels, or rows of targets")
        if labelled:
            return 0
        if loss == SKMLP_PER_COLUMN:
            require(settings.shape[0] == 2 + n_targets, "every column has its classes")
            for target in range(n_targets):
                require(settings[2 + target] >= 1, "every column has its classes")
                total += <int64_t>settings[2 + target]
            return require(total == K, "every class of a column has a score")
        if loss == SKMLP_QUANTILE:
            return require(
                settings.shape[0] * n_targets == K, "every quantile has a score")
        if loss == SKMLP_GAUSSIAN:
            n_targets *= 2
        return require(n_targets == K, "the targets have other columns than the scores")

    cdef int check(
        self, int64_t n_parameters, bint in_float32, bint trains, int64_t first,
        int64_t last, int64_t block_rows,
    ) except -1:
        """Raise ValueError unless these parameters and rows are the problem's."""
        require(
            n_parameters == self.n_parameters and in_float32 == self.in_float32,
            "the parameters have another length or type than the network's")
        require(
            not trains or self.problem.y != NULL or self.problem.labels != NULL,
            "there are no targets")
        return require(
            0 <= first < last <= self.n_rows and block_rows > 0,
            "the rows asked for are out of range")


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
    problem.check(parameters.shape[0], floating is float, True, 0, n_rows, batch_size)
    require(
        gradients.shape[1] == parameters.shape[0]
        and all(len(array) == parameters.shape[0] for array in arrays),
        "gradients and the state of the rule have another length than the parameters")
    require(
        step_sizes.shape[0] * batch_size >= n_rows, "there is a step size a batch")
    if order is not None:
        require_below(order, n_rows, problem.n_rows, "order has a row out of range")
    require_aligned(
        address(parameters) | table_address(gradients), sizeof(floating))
    require_aligned(table_address(step_sizes) | address(settings), sizeof(double))
    if not 0 < n_parts <= SKMLP_MOST_PARTS:
        raise ValueError(f"A batch has 1 to {SKMLP_MOST_PARTS} parts, not {n_parts}.")
    if step_sizes.shape[1] != 3 or settings.shape[0] != 3 or len(arrays) > 3:
        raise ValueError("A step has three sizes, and a rule three settings.")
    places[0] = places[1] = places[2] = NULL
    for number in range(len(arrays)):
        array = arrays[number]
        require_aligned(address(array), sizeof(floating))
        places[number] = &array[0]
    recipe.rule = rule
    recipe.alpha, recipe.l1 = alpha, l1
    recipe.clip_value, recipe.clip_norm = clip_value, clip_norm
    recipe.max_norm = max_norm
    if dropout is not None:
        if dropout.shape[0] != problem.problem.n_layers:
            raise ValueError("There is one probability for each layer of weights.")
        require_aligned(address(dropout), sizeof(double))
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
    problem.check(
        parameters.shape[0], floating is float, True, first, last, block_rows)
    require(
        block_gradient.shape[0] == parameters.shape[0]
        and gradient.shape[0] == parameters.shape[0],
        "the gradient has another length than the parameters")
    require_aligned(address(parameters) | address(block_gradient), sizeof(floating))
    require_aligned(address(gradient), sizeof(double))
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
    problem.check(
        parameters.shape[0], floating is float, False, first, last, block_rows)
    require(
        scores.shape[0] == last - first and scores.shape[1] == problem.n_outputs,
        "the scores have another shape than the rows and outputs")
    require_aligned(address(parameters) | table_address(scores), sizeof(floating))
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
    cdef int64_t first_pair = pairs[0], last_pair = pairs[1], K = problem.n_outputs
    cdef int64_t side = problem.n_columns + problem.problem.has_intercepts
    problem.check(
        parameters.shape[0], floating is float, False, first, last, block_rows)
    require(
        problem.problem.n_layers == 1
        and 0 <= first_pair <= last_pair <= sums.shape[0]
        and sums.shape[0] == (K * (K + 1) // 2 if problem.joins_outputs else K)
        and sums.shape[1] == side and sums.shape[2] == side,
        "the sums have another shape than the pairs of outputs and the columns")
    require_aligned(address(parameters), sizeof(floating))
    if first_pair == last_pair:
        return
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
