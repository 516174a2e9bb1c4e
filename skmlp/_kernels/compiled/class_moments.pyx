# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Sums over the rows of classes. See reference/class_moments.py."""

from cython cimport floating
from libc.stdint cimport int64_t
from scipy.linalg.cython_blas cimport dsyrk, ssyrk

from skmlp._kernels.compiled.arguments cimport (
    address, check, require, require_aligned, require_below, table_address)
from skmlp._kernels.compiled.signals cimport begin, reraise, skmlp_signals

import numpy as np


cdef extern from "class_moments.h" nogil:
    ctypedef void (*skmlp_dsyrk)() noexcept
    ctypedef void (*skmlp_ssyrk)() noexcept
    ctypedef struct skmlp_class_sums:
        const void* values
        int64_t row_stride, column_stride, n_rows, n_columns
        const int64_t* labels
        const double* weights
        const double* shifts
        int in_float
        skmlp_dsyrk dsyrk
        skmlp_ssyrk ssyrk
        double* class_weights
        double* sums
        double* scatter
        skmlp_signals* signals
    int skmlp_class_moments(int, const skmlp_class_sums*)


def class_moments(
    const floating[:, :] X, const int64_t[::1] labels not None,
    const double[::1] weights not None, const double[:, ::1] shifts not None,
    *, bint in_float32=False,
):
    """Return Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class."""
    cdef int64_t n = X.shape[0], d = X.shape[1], K = shifts.shape[0]
    cdef skmlp_class_sums moments
    cdef skmlp_signals signals
    cdef int error
    require(
        weights.shape[0] == n and shifts.shape[1] == d,
        "there is one weight for each row, and shifts have the columns of the rows")
    require_below(labels, n, K, "labels has a class without a shift")
    require_aligned(address(weights) | table_address(shifts), sizeof(double))
    class_weights, sums = np.zeros(K), np.zeros((K, d))
    scatter = np.zeros((d, d))
    if n == 0 or d == 0:
        return class_weights, sums, scatter
    cdef double[::1] weight_sums = class_weights
    cdef double[:, ::1] residual_sums = sums, products = scatter
    # In bytes: rows may overlap, and their numbers may not be aligned.
    moments.values = &X[0, 0]
    moments.row_stride = X.strides[0]
    moments.column_stride = sizeof(floating) if d == 1 else X.strides[1]
    moments.n_rows, moments.n_columns = n, d
    moments.labels = &labels[0]
    moments.weights, moments.shifts = &weights[0], &shifts[0, 0]
    moments.in_float = in_float32
    moments.dsyrk, moments.ssyrk = <skmlp_dsyrk>dsyrk, <skmlp_ssyrk>ssyrk
    moments.class_weights = &weight_sums[0]
    moments.sums, moments.scatter = &residual_sums[0, 0], &products[0, 0]
    begin(&signals)
    moments.signals = &signals
    with nogil:
        error = skmlp_class_moments(floating is double, &moments)
    reraise(error)
    check(error, f"sums over rows of {d} features")
    return class_weights, sums, scatter
