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
