"""Which objectives the compiled kernels take over, and which they leave alone."""

import numpy as np
import pytest
from component_tables import LOSSES
from kernel_runs import whole_runs

from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse


@pytest.mark.parametrize("y", [np.arange(4) % 2, np.eye(4)[:, :2]], ids=["1-D", "2-D"])
@pytest.mark.parametrize("name", LOSSES)
def test_no_kernel_reads_targets_of_another_shape(name, y):
    loss = LOSSES[name]
    for n_scores in (1, 2, 3, 4, 6):
        network = Network((4, n_scores))
        has_kernel = hasattr(loss, "kernel") and _kernels.Problem is not None
        if not has_kernel or (y.ndim == 1) != loss.takes_labels:
            assert fuse(network, loss, np.eye(4), y) is None
            continue
        fits = n_scores > 1 if y.ndim == 1 else 2 * loss.scores_per_target == n_scores
        if fits and loss.name != "per_column":  # which has three columns
            assert fuse(network, loss, np.eye(4), y) is not None
        else:
            with pytest.raises(
                ValueError, match=r"without a score|do not fit together"
            ):
                fuse(network, loss, np.eye(4), y)


@whole_runs
def test_a_subclass_of_a_built_in_component_keeps_its_own_meaning(rng):
    class Reversed(Activation.table["relu"]):
        def forward(self, z):
            a, pullback = super().forward(-z)
            return a, lambda a_gradient: -pullback(a_gradient)

    X = rng.normal(size=(5, 2))
    loss = Loss.table["squared_error"]()
    assert fuse(Network((2, 3, 1), (Reversed(),)), loss, X) is None
    built_in = Network((2, 3, 1), (Activation.table["relu"](),))
    assert fuse(built_in, loss, X) is not None
