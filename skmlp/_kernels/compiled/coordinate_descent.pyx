# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Coordinate descent on the quadratic model of a likelihood, and the model's derivatives.

See reference/coordinate_descent.py.
"""

from libc.stdint cimport int32_t, int64_t, uintptr_t

from skmlp._kernels.compiled.arguments cimport (
    address, check, require, require_aligned, require_below, table_address)
from skmlp._kernels.compiled.signals cimport begin, reraise, skmlp_signals

import numpy as np


cdef extern from "coordinate_descent.h" nogil:
    ctypedef struct skmlp_columns:
        const double* values
        const int32_t* indices
        const int64_t* starts
        const int64_t* stops
        int64_t n_rows, n_columns
    ctypedef struct skmlp_penalty:
        const double* l1
        const double* l2
        const double* lower
        const double* upper
    ctypedef struct skmlp_descent:
        skmlp_columns columns
        skmlp_penalty penalty
        int64_t n_outputs
        const double* mean
        const double* curvature
        const double* gradient
        double* parameters
        const int64_t* order
        double* step
        skmlp_signals* signals
    ctypedef struct skmlp_sweeps:
        int64_t sweeps
        double last, fallen
    int skmlp_coordinate_sweeps(skmlp_descent, double, int64_t, skmlp_sweeps*)
    int skmlp_column_products(
        const skmlp_columns*, const double*, int64_t, double*, skmlp_signals*)
    void skmlp_violations(
        const double*, const double*, const skmlp_penalty*, int64_t, int64_t, double*)
    int skmlp_log_loss(
        const double*, const double*, const double*, int64_t, int64_t, double*, double*,
        double*, skmlp_signals*)


cdef skmlp_columns columns_of(
    const double[:, ::1] table, const double[::1] entries, const int32_t[::1] indices,
    const int64_t[::1] starts, const int64_t[::1] stops, int64_t m, int64_t n,
) except *:
    """Return m columns of n rows as C reads them; ValueError unless they fit.

    They are the rows of `table`, or the other four arrays. The caller holds the views.
    """
    cdef skmlp_columns c
    cdef int64_t j, n_entries
    cdef bint inside = True
    c.n_rows, c.n_columns = n, m
    c.indices, c.starts, c.stops = NULL, NULL, NULL
    c.values = <const double*>1  # of no entries: never NULL, and never read
    if indices is None:
        require(
            table is not None and table.shape[0] == m and table.shape[1] == n,
            "columns have other rows than the scores")
        require_aligned(table_address(table), sizeof(double))
        if m > 0 and n > 0:
            c.values = &table[0, 0]
        return c
    n_entries = min(entries.shape[0], indices.shape[0])
    require(
        starts is not None and stops is not None and starts.shape[0] == m
        and stops.shape[0] == m, "every column has a start and a stop")
    for j in range(m):
        inside &= 0 <= starts[j] and starts[j] <= stops[j] and stops[j] <= n_entries
    require(inside, "columns go beyond the entries")
    require_aligned(address(entries), sizeof(double))
    if entries.shape[0]:
        c.values = &entries[0]
    c.indices = <const int32_t*>1
    if indices.shape[0]:
        require_aligned(<uintptr_t>&indices[0], sizeof(int32_t))
        c.indices = &indices[0]
    if m > 0:
        require_aligned(<uintptr_t>&starts[0] | <uintptr_t>&stops[0], sizeof(int64_t))
        c.starts, c.stops = &starts[0], &stops[0]
    return c


cdef skmlp_penalty penalty_of(
    const double[:, ::1] parameters, const double[::1] l1, const double[::1] l2,
    const double[:, ::1] lower, const double[:, ::1] upper,
) except *:
    """Return the penalties and bounds of parameters (m, K); ValueError unless they fit."""
    cdef skmlp_penalty penalty
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1]
    require(
        l1.shape[0] == m and l2.shape[0] == m and lower.shape[0] == m
        and lower.shape[1] == K and upper.shape[0] == m and upper.shape[1] == K,
        "penalties and bounds have another shape than the parameters")
    require_aligned(
        table_address(parameters) | address(l1) | address(l2) | table_address(lower)
        | table_address(upper), sizeof(double))
    penalty.l1 = penalty.l2 = penalty.lower = penalty.upper = NULL
    if m > 0 and K > 0:
        penalty.l1, penalty.l2 = &l1[0], &l2[0]
        penalty.lower, penalty.upper = &lower[0, 0], &upper[0, 0]
    return penalty


def coordinate_sweeps(
    columns, model, penalty, double[:, ::1] parameters not None,
    double[:, ::1] step_scores not None, const int64_t[::1] order not None,
    *, double share, int64_t max_sweeps, double fallen=0,
):
    """Minimise the quadratic model of a likelihood, one coordinate after the other."""
    cdef skmlp_descent descent
    cdef skmlp_signals signals
    cdef skmlp_sweeps sweeps
    cdef const double[:, ::1] mean = model.mean, curvature = model.curvature
    cdef const double[:, ::1] gradient = model.gradient
    cdef const double[::1] l1 = penalty.l1, l2 = penalty.l2
    cdef const double[:, ::1] lower = penalty.lower, upper = penalty.upper
    cdef const int32_t[::1] indices = columns.indices
    cdef const int64_t[::1] starts = columns.starts, stops = columns.stops
    cdef const double[:, ::1] table = columns.values if indices is None else None
    cdef const double[::1] entries = None if indices is None else columns.values
    require(
        not (
            mean is None or curvature is None or gradient is None or l1 is None
            or l2 is None or lower is None or upper is None
        ), "the arrays of the model and the penalty may not be None")
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1], n = mean.shape[1]
    cdef int error
    if m == 0 or K == 0 or n == 0:
        raise ValueError("There has to be a row, a column and an output.")
    require(
        mean.shape[0] == K and curvature.shape[0] == K and curvature.shape[1] == n
        and step_scores.shape[0] == K and step_scores.shape[1] == n
        and gradient.shape[0] == m and gradient.shape[1] == K,
        "means, curvatures, steps and gradient differ in their shape")
    descent.penalty = penalty_of(parameters, l1, l2, lower, upper)
    require_below(order, m, m, "order has a column out of range")
    descent.columns = columns_of(table, entries, indices, starts, stops, m, n)
    require_aligned(
        table_address(mean) | table_address(curvature) | table_address(step_scores)
        | table_address(gradient), sizeof(double))
    descent.n_outputs = K
    descent.mean, descent.curvature = &mean[0, 0], &curvature[0, 0]
    descent.gradient, descent.parameters = &gradient[0, 0], &parameters[0, 0]
    descent.order, descent.step = &order[0], &step_scores[0, 0]
    sweeps.fallen = fallen
    begin(&signals)
    descent.signals = &signals
    with nogil:
        error = skmlp_coordinate_sweeps(descent, share, max_sweeps, &sweeps)
    reraise(error)
    check(error, f"a working set of {m} columns with {n} rows")
    return sweeps.sweeps, sweeps.last, sweeps.fallen


def column_products(columns, const double[:, ::1] score_gradient not None):
    """Return Σᵢ xᵢⱼ·score_gradientₖᵢ of every column and output (m, K)."""
    cdef int64_t n = score_gradient.shape[1], K = score_gradient.shape[0], m
    cdef const int32_t[::1] indices = columns.indices
    cdef const int64_t[::1] starts = columns.starts, stops = columns.stops
    cdef const double[:, ::1] table = columns.values if indices is None else None
    cdef const double[::1] entries = None if indices is None else columns.values
    require(
        indices is None or starts is not None, "every column has a start and a stop")
    m = table.shape[0] if indices is None else starts.shape[0]
    cdef skmlp_columns c = columns_of(table, entries, indices, starts, stops, m, n)
    products = np.zeros((m, K))
    cdef double[:, ::1] out = products
    cdef skmlp_signals signals
    cdef int error = 0
    require_aligned(table_address(score_gradient), sizeof(double))
    if m > 0 and n > 0 and K > 0:
        begin(&signals)
        with nogil:
            error = skmlp_column_products(
                &c, &score_gradient[0, 0], K, &out[0, 0], &signals)
        reraise(error)
    return products


def violations(
    const double[:, ::1] gradient not None, const double[:, ::1] parameters not None,
    const double[::1] l1 not None, const double[::1] l2 not None,
    const double[:, ::1] lower not None, const double[:, ::1] upper not None,
):
    """Return the rate at which the objective falls along each coordinate (m, K)."""
    cdef int64_t m = parameters.shape[0], K = parameters.shape[1]
    cdef skmlp_penalty penalty = penalty_of(parameters, l1, l2, lower, upper)
    rates = np.empty((m, K))
    cdef double[:, ::1] out = rates
    require(
        gradient.shape[0] == m and gradient.shape[1] == K,
        "the gradient has another shape than the parameters")
    require_aligned(table_address(gradient), sizeof(double))
    if m > 0 and K > 0:
        with nogil:
            skmlp_violations(
                &gradient[0, 0], &parameters[0, 0], &penalty, m, K, &out[0, 0])
    return rates


def log_loss(
    const double[:, ::1] scores not None, const double[:, ::1] targets not None,
    const double[::1] weight not None, double[:, ::1] mean not None,
    double[:, ::1] score_gradient not None,
):
    """Return Σᵢ wᵢ·ℓᵢ of a log loss; write the means and w·(mean − y)."""
    cdef int64_t n = scores.shape[1], K = scores.shape[0]
    cdef double total = 0
    cdef skmlp_signals signals
    cdef int error = 0
    require(
        targets.shape[0] == K and targets.shape[1] == n and weight.shape[0] == n
        and mean.shape[0] == K and mean.shape[1] == n and score_gradient.shape[0] == K
        and score_gradient.shape[1] == n,
        "targets, weights, means or score_gradient have another shape")
    require_aligned(
        table_address(scores) | table_address(targets) | address(weight)
        | table_address(mean) | table_address(score_gradient), sizeof(double))
    if n > 0 and K > 0:
        begin(&signals)
        with nogil:
            error = skmlp_log_loss(
                &scores[0, 0], &targets[0, 0], &weight[0], n, K, &mean[0, 0],
                &score_gradient[0, 0], &total, &signals)
        reraise(error)
    return total
