"""The choice between the compiled kernels and the reference, for each objective."""

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
        if n_scores == 1 and loss.takes_labels and y.ndim == 1 and _kernels.Problem:
            with pytest.raises(ValueError, match="labels has a class without a score"):
                fuse(network, loss, np.eye(4), y)
            continue
        fused = fuse(network, loss, np.eye(4), y)
        fits = y.ndim == 2 and 2 * loss.scores_per_target == n_scores
        fits = y.ndim == 1 if loss.takes_labels else fits
        if name.startswith("per_column"):  # its targets here have three columns
            fits = False
        has_kernel = hasattr(loss, "kernel") and _kernels.Problem is not None
        assert (fused is not None) == (fits and has_kernel)


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
