"""Kernels that look for signals while they work."""

import numpy as np
import pytest
from kernel_runs import whole_runs
from ticks import needs_timers, raised_in_a_call

from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse, fused_update
from skmlp.solvers import Adam, StepBounds

pytestmark = needs_timers
ROWS, FEATURES, BATCH = 200_000, 64, 100


def wide_network():
    """Return a problem whose epoch takes minutes, and the number of parameters."""
    network = Network((FEATURES, 500, 500, 3), (Activation.table["relu"](),) * 2)
    row = np.random.default_rng(0).normal(size=FEATURES)
    # Every row is the same memory.
    X, y = np.broadcast_to(row, (ROWS, FEATURES)), np.arange(ROWS) % 3
    fused = fuse(network, Loss.table["multinomial_log_loss"](), X, y, None)
    return fused.problem, network.n_parameters


def train(fused, state, n_parts, n_rows, reached):
    """Run batches on `state`, [parameters]; append the rule's arrays in any case."""
    rule, (parameters,) = Adam(), state
    rates = np.full(n_rows // BATCH, 1e-3)
    update = fused_update(rule, rule.init(parameters), rates)
    crew = _kernels.Crew()
    helpers = _kernels.Helpers(crew)
    helpers.call(n_parts - 1)
    try:
        _kernels.train_batches(
            fused,
            parameters,
            np.empty((n_parts, len(parameters))),
            update,
            None,
            n_rows=n_rows,
            batch_size=BATCH,
            l2=0.1,
            l1=0.0,
            bounds=StepBounds(),
            crew=crew,
            reached=reached,
        )
    finally:
        helpers.dismiss()
        state.extend(update.arrays)


@whole_runs
@pytest.mark.parametrize("n_parts", [1, 2])
def test_batches_that_a_handler_ends_are_those_of_a_shorter_run(n_parts):
    fused, n_parameters = wide_network()
    start = 0.05 * np.random.default_rng(1).normal(size=n_parameters)
    stopped, shorter = [start.copy()], [start.copy()]
    reached, whole = np.full(2, np.nan), np.full(2, np.nan)
    with raised_in_a_call():
        train(fused, stopped, n_parts, ROWS, reached)
    assert 0 < reached[0] < ROWS // BATCH
    train(fused, shorter, n_parts, int(reached[0]) * BATCH, whole)
    np.testing.assert_array_equal(reached, whole)
    for one, other in zip(stopped, shorter, strict=True):
        np.testing.assert_array_equal(one, other)


def of_objective_sums():
    fused, n_parameters = wide_network()
    model = np.full(n_parameters, 0.01)
    arguments = model, np.empty(n_parameters), np.zeros(n_parameters)
    return _kernels.objective_sums, (fused, *arguments), RANGE


def of_network_scores():
    fused, n_parameters = wide_network()
    arguments = fused, np.full(n_parameters, 0.01), np.empty((ROWS, 3))
    return _kernels.network_scores, arguments, RANGE


def of_curvature_sums():
    labels = np.arange(ROWS) % 10
    network = Network((FEATURES, 10), ())
    X = np.ones((ROWS, FEATURES))
    loss = Loss.table["multinomial_log_loss"]()
    fused = fuse(network, loss, X, labels, None).problem
    sums = np.zeros((55, FEATURES + 1, FEATURES + 1))
    arguments = fused, np.zeros(network.n_parameters), sums
    return _kernels.curvature_sums, arguments, RANGE | {"pairs": (0, 55)}


def of_class_moments():
    X = np.broadcast_to(np.ones(1000), (ROWS, 1000))
    arguments = X, np.zeros(ROWS, dtype=np.int64), np.ones(ROWS), np.zeros((1, 1000))
    return _kernels.class_moments, arguments, {}


def of_perceptron_epoch(sparse):
    n_units, n_features = 200, 2000
    zeros = np.zeros((n_units, n_features))
    dense, sparse_arrays = np.ones((1, n_features)), (None, None, None)
    if sparse:
        columns = np.arange(n_features, dtype=np.int32)
        starts = np.array([0, n_features], dtype=np.int32)
        dense, sparse_arrays = None, (np.ones(n_features), columns, starts)
    ones = np.ones(n_units)
    rows = _kernels.PerceptronRows(
        dense, *sparse_arrays, np.zeros(1, np.int64), np.zeros(ROWS, np.int64), ones[:1]
    )
    units = _kernels.PerceptronUnits(
        *(zeros, zeros[:, 0].copy(), zeros[:, 0].copy(), zeros.copy(), None, None),
        *(np.ones(n_units, np.uint8), np.arange(n_units), ones, ones),
    )
    rule = _kernels.PerceptronRule(1.0, 1.0, 0.0, 0.0, True, False)
    counts = np.zeros(n_units), np.zeros(n_units, np.int64)
    return _kernels.perceptron_epoch, (rows, units, rule, *counts), {}
