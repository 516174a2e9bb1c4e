# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Epochs of the perceptron's mistake-driven rule. See reference/perceptron.py."""

from cython cimport floating
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uintptr_t

from skmlp._kernels.compiled.arguments cimport (
    address, check, require, require_aligned, require_below, require_csr,
    table_address)
from skmlp._kernels.compiled.signals cimport begin, reraise, skmlp_signals

import numpy as np


cdef extern from "perceptron_epochs.h" nogil:
    enum:
        SKMLP_WORDS, SKMLP_STATE_WORDS
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
    ctypedef struct skmlp_epoch:
        skmlp_perceptron_rows rows
        skmlp_perceptron_units units
        skmlp_perceptron_rule rule
        double* losses
        int64_t* mistakes
        skmlp_signals* signals
    ctypedef struct skmlp_perceptron_plan:
        int64_t max_epochs, n_iter_no_change
        int is_patient
        double tol, l2, l1
    ctypedef struct skmlp_perceptron_progress:
        int64_t* curve
        double* objectives
        double* first
        double* best
        int64_t* waited
        uint8_t* faultless
        double* visits
    ctypedef struct skmlp_perceptron_epochs_of:
        skmlp_epoch epoch
        skmlp_perceptron_plan plan
        skmlp_perceptron_progress progress
        int64_t* order
        uint8_t* active
        uint32_t* words
        int64_t n_epochs
        int is_sound
    int skmlp_perceptron_epochs(int, skmlp_perceptron_epochs_of*)


def perceptron_epochs(rows, units, rule, plan, progress):
    """Visit the rows by the mistake-driven rule until the units stop, or the plan ends.

    Returns the number of epochs, and False if numbers overflowed in the last of them.
    """
    if units.weights.dtype == np.float32:
        return run_epochs[float](rows, units, rule, plan, progress, 0)
    return run_epochs[double](rows, units, rule, plan, progress, 0)


cdef run_epochs(rows, units, rule, plan, progress, floating zero):
    """Check the arrays, then run the epochs; the type of `zero` is that of the arrays.

    The views below are held until the end, so that no array is freed or resized before.
    """
    cdef skmlp_perceptron_epochs_of run
    cdef skmlp_epoch* epoch = &run.epoch
    cdef skmlp_signals signals
    cdef int error
    cdef const floating[:, :] dense = rows.dense
    cdef const floating[::1] values = rows.values, sample_weight = rows.sample_weight
    cdef const int32_t[::1] indices = rows.indices, starts = rows.starts
    cdef const int64_t[::1] labels = rows.labels
    cdef const int64_t[::1] fixed_order = rows.order
    cdef int64_t[::1] order
    cdef uint32_t[::1] words = rows.words
    cdef floating[:, ::1] weights = units.weights, l1_paid = units.l1_paid
    cdef floating[::1] intercepts = units.intercepts, l1_due = units.l1_due
    cdef double[:, ::1] weight_sums = units.weight_sums
    cdef double[::1] intercept_sums = units.intercept_sums
    cdef uint8_t[::1] active = units.active
    cdef const int64_t[::1] classes = units.classes
    cdef const double[::1] positive = units.positive, negative = units.negative
    cdef int64_t[::1] curve = progress.curve, mistakes = progress.mistakes
    cdef int64_t[::1] waited = progress.waited
    cdef double[::1] losses = progress.losses, objectives = progress.objectives
    cdef double[::1] first = progress.first, best = progress.best
    cdef double[::1] visits = progress.visits
    cdef uint8_t[::1] faultless = progress.faultless
    require(
        not (
            sample_weight is None or labels is None or fixed_order is None
            or l1_paid is None or intercepts is None or l1_due is None
            or active is None or classes is None or positive is None
            or negative is None
        ), "only the sums of the weights, and one form of the rows, may be None")
    epoch.rule.rate, epoch.rule.decay = rule.rate, rule.decay
    epoch.rule.l1_step, epoch.rule.margin = rule.l1_step, rule.margin
    epoch.rule.fit_intercept, epoch.rule.joint = rule.fit_intercept, rule.joint
    set_units(
        &epoch.units, weights, intercepts, l1_due, l1_paid, weight_sums, intercept_sums,
        active, classes, positive, negative)
    if epoch.rule.joint:
        require_joint(active, labels)
    set_rows(
        &epoch.rows, dense, values, indices, starts, labels, fixed_order, sample_weight,
        epoch.units.n_features)
    run.active, run.words, run.order = &active[0], NULL, NULL
    if words is not None:
        if words.shape[0] > 0:
            require_aligned(<uintptr_t>&words[0], sizeof(uint32_t))
        require(
            words.shape[0] == SKMLP_STATE_WORDS
            and words[SKMLP_WORDS] <= SKMLP_WORDS
            and epoch.rows.n_rows <= <int64_t>2**32,
            "the words of the generator have another number than its state")
        run.words = &words[0]
        order = rows.order
        if epoch.rows.n_rows > 0:
            run.order = &order[0]
    run.plan.max_epochs, run.plan.is_patient = plan.max_epochs, plan.tol is not None
    run.plan.tol = plan.tol if run.plan.is_patient else 0
    run.plan.n_iter_no_change = plan.n_iter_no_change
    run.plan.l2, run.plan.l1 = plan.l2, plan.l1
    set_progress(
        &run, curve, losses, mistakes, objectives, first, best, waited, faultless,
        visits)
    run.n_epochs, run.is_sound = 0, 1
    begin(&signals)
    epoch.signals = &signals
    with nogil:
        error = skmlp_perceptron_epochs(floating is double, &run)
    reraise(error)
    check(
        error,
        f"one epoch of {epoch.units.n_units} units with {epoch.units.n_features} "
        "features")
    return run.n_epochs, run.is_sound != 0


cdef int set_progress(
    skmlp_perceptron_epochs_of* run, int64_t[::1] curve, double[::1] losses,
    int64_t[::1] mistakes, double[::1] objectives, double[::1] first, double[::1] best,
    int64_t[::1] waited, uint8_t[::1] faultless, double[::1] visits,
) except -1:
    """Set the struct of what ends the units; raise ValueError unless arrays fit."""
    cdef int64_t n = run.epoch.units.n_units
    cdef int64_t n_counts = 1 if run.epoch.rule.joint else n
    cdef bint averages = run.epoch.units.weight_sums != NULL
    require(
        not (
            curve is None or losses is None or mistakes is None or objectives is None
            or first is None or best is None or waited is None or faultless is None
        ), "of the progress only the visits may be None")
    require(
        curve.shape[0] >= run.plan.max_epochs >= 0,
        "the curve of mistakes has fewer entries than there are epochs")
    require(
        losses.shape[0] == n and mistakes.shape[0] == n
        and objectives.shape[0] == n_counts and first.shape[0] == n_counts
        and best.shape[0] == n_counts and waited.shape[0] == n_counts
        and faultless.shape[0] == n_counts and (visits is not None) == averages
        and (visits is None or visits.shape[0] == n),
        "the units differ in their number")
    require_aligned(
        address(losses) | address(objectives) | address(first) | address(best)
        | address(visits), sizeof(double))
    require_aligned(
        <uintptr_t>&mistakes[0] | <uintptr_t>&waited[0], sizeof(int64_t))
    run.progress.curve = NULL
    if run.plan.max_epochs > 0:
        require_aligned(<uintptr_t>&curve[0], sizeof(int64_t))
        run.progress.curve = &curve[0]
    run.epoch.losses, run.epoch.mistakes = &losses[0], &mistakes[0]
    run.progress.objectives, run.progress.first = &objectives[0], &first[0]
    run.progress.best, run.progress.waited = &best[0], &waited[0]
    run.progress.faultless, run.progress.visits = &faultless[0], NULL
    if visits is not None:
        run.progress.visits = &visits[0]
    return 0


cdef int require_joint(const uint8_t[::1] active, const int64_t[::1] labels) except -1:
    """Raise ValueError unless units can learn jointly: two or more, all active."""
    cdef int64_t k, n_active = 0
    for k in range(active.shape[0]):
        n_active += active[k] != 0
    require(
        n_active == active.shape[0] > 1,
        "units that learn jointly are two or more, and all active")
    return require_below(
        labels, labels.shape[0], active.shape[0], "labels has a class without a unit")


cdef int set_units(
    skmlp_perceptron_units* target, floating[:, ::1] weights, floating[::1] intercepts,
    floating[::1] l1_due, floating[:, ::1] l1_paid, double[:, ::1] weight_sums,
    double[::1] intercept_sums, const uint8_t[::1] active, const int64_t[::1] classes,
    const double[::1] positive, const double[::1] negative,
) except -1:
    """Set the struct of the units; raise ValueError unless the arrays fit together."""
    cdef int64_t n = weights.shape[0], d = weights.shape[1]
    require(
        intercepts.shape[0] == n and l1_due.shape[0] == n and l1_paid.shape[0] == n
        and l1_paid.shape[1] == d and active.shape[0] == n and classes.shape[0] == n
        and positive.shape[0] == n and negative.shape[0] == n and n > 0,
        "the units differ in their number")
    require(
        (weight_sums is None) == (intercept_sums is None)
        and (weight_sums is None or (
            weight_sums.shape[0] == n and weight_sums.shape[1] == d
            and intercept_sums.shape[0] == n)),
        "the sums of the weights have another shape than the weights")
    require_aligned(
        table_address(weights) | table_address(l1_paid) | address(intercepts)
        | address(l1_due), sizeof(floating))
    require_aligned(
        table_address(weight_sums) | address(intercept_sums) | address(positive)
        | address(negative), sizeof(double))
    require_aligned(<uintptr_t>&classes[0], sizeof(int64_t))
    target.n_units, target.n_features = n, d
    target.weights = &weights[0, 0] if d > 0 else <void*>1
    target.intercepts, target.l1_due = &intercepts[0], &l1_due[0]
    target.l1_paid = &l1_paid[0, 0] if d > 0 else <void*>1
    target.weight_sums = target.intercept_sums = NULL
    if weight_sums is not None:
        target.weight_sums = &weight_sums[0, 0] if d > 0 else <double*>1
        target.intercept_sums = &intercept_sums[0]
    target.active, target.classes = &active[0], &classes[0]
    target.positive, target.negative = &positive[0], &negative[0]
    return 0


cdef int set_rows(
    skmlp_perceptron_rows* target, const floating[:, :] dense,
    const floating[::1] values, const int32_t[::1] indices, const int32_t[::1] starts,
    const int64_t[::1] labels, const int64_t[::1] order,
    const floating[::1] sample_weight, int64_t d,
) except -1:
    """Set the struct of the rows; raise ValueError unless the arrays fit together."""
    cdef int64_t n = labels.shape[0]
    require(
        sample_weight.shape[0] == n, "there is one label and one weight for each row")
    require_aligned(address(sample_weight), sizeof(floating))
    require_below(order, order.shape[0], n, "order has a row out of range")
    target.n_rows, target.stride = order.shape[0], 0
    target.indices, target.starts = NULL, NULL
    target.values = <const void*>1  # of no numbers: never NULL, and never read
    if indices is None:
        require(
            dense is not None and dense.shape[0] == n and dense.shape[1] == d,
            "the rows have other columns than the weights, or other labels")
        if n > 0 and d > 0:
            require(
                (d == 1 or dense.strides[1] == sizeof(floating))
                and dense.strides[0] % sizeof(floating) == 0,
                "the numbers of a row do not lie side by side")
            require_aligned(<uintptr_t>&dense[0, 0], sizeof(floating))
            target.values = &dense[0, 0]
            target.stride = dense.strides[0] // <Py_ssize_t>sizeof(floating)
    else:
        require(
            values is not None and starts is not None,
            "CSR rows have values, indices and starts")
        require_csr(starts, n, indices.shape[0], values.shape[0])
        require_aligned(address(values), sizeof(floating))
        if values.shape[0]:
            target.values = &values[0]
        target.indices = <const int32_t*>1
        if indices.shape[0]:
            require_aligned(<uintptr_t>&indices[0], sizeof(int32_t))
            target.indices = &indices[0]
        target.starts = &starts[0]
    if target.n_rows > 0:
        require_aligned(<uintptr_t>&labels[0], sizeof(int64_t))
        target.labels, target.order = &labels[0], &order[0]
        target.sample_weight = &sample_weight[0]
    return 0
