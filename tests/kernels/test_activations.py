"""Activations and their pullbacks in the compiled kernels, at extreme inputs."""

import numpy as np
import pytest
from component_tables import ACTIVATIONS, WITH_KERNELS
from kernel_runs import DTYPES, whole_runs

from skmlp.losses import Loss
from skmlp.network import Network, fused
from skmlp.objective import EmpiricalRisk

PLACES = [0, 1e-30, 1e-8, 0.01, 0.3, 0.49, 0.5, 0.51, 1, 2, 5, 9, 20, 40, 1000]


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("activation", WITH_KERNELS)
def test_activations_and_their_pullbacks_agree_at_inputs_of_any_size(activation, dtype):
    z = np.r_[-np.flip(PLACES), PLACES].astype(dtype)
    component = ACTIVATIONS[activation]
    network = Network((1, 1, 1), (component,))
    loss = Loss.table["squared_error"]()
    a, pullback = component.forward(z[:, None])
    slopes = pullback(np.ones_like(a))
    assert a.dtype == slopes.dtype == dtype
    parameters = np.array([1, 1, 0, 0], dtype=dtype)  # two weights, two intercepts
    ours = fused.fuse(network, loss, z[:, None]).scores(parameters)
    tolerance = {"rtol": 8 * np.finfo(dtype).eps, "atol": 4 * np.finfo(dtype).eps}
    np.testing.assert_allclose(ours, a, **tolerance)
    for row in range(len(z)):  # its gradient by the first intercept is dσ/dz
        y = (a[row] - 1).astype(np.float64)[:, None]
        one = EmpiricalRisk(network, loss, z[row, None, None], y.astype(dtype))
        _, gradient = one.value_and_gradient(parameters)
        residual = float(ours[row, 0]) - float(y.astype(dtype)[0, 0])
        np.testing.assert_allclose(gradient[2], residual * slopes[row], **tolerance)
