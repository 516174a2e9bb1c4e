"""The update rules of the compiled kernels give the numbers of the reference."""

import numpy as np
import pytest
from kernel_runs import DTYPES

from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


SIZES = (0, 1, 2, 7, 64, 1001)
UPDATE_RULES = {
    "momentum_step": (
        1,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False},
    ),
    "momentum_step, nesterov": (
        1,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "momentum_step, no momentum": (
        1,
        {"learning_rate": 0.1, "momentum": 0.0, "nesterov": True},
    ),
    "adam_step": (
        2,
        {"step_size": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    ),
    "adam_step, no memory": (
        2,
        {"step_size": 1e-3, "beta_1": 0.0, "beta_2": 0.0, "epsilon": 1e-8},
    ),
    "gradient_step": (0, {"learning_rate": 0.1}),
    "amsgrad_step": (
        3,
        {"step_size": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    ),
    "nadam_step": (
        2,
        {
            "step_size": 1e-3,
            "gradient_step_size": 2e-3,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "epsilon": 1e-8,
        },
    ),
    "rmsprop_step": (
        2,
        {"learning_rate": 1e-3, "decay": 0.9, "momentum": 0.5, "epsilon": 1e-8},
    ),
    "adagrad_step": (1, {"learning_rate": 0.1, "epsilon": 1e-10}),
    "adadelta_step": (2, {"learning_rate": 1.0, "decay": 0.95, "epsilon": 1e-6}),
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1000.0])
@pytest.mark.parametrize("rule", UPDATE_RULES)
def test_update_rules_agree(rule, scale, size, dtype, rng):
    n_states, settings = UPDATE_RULES[rule]
    name = rule.split(",")[0]
    arrays = [(scale * rng.normal(size=size)).astype(dtype) for _ in range(2)]
    arrays += [
        np.abs(scale * rng.normal(size=size)).astype(dtype) for _ in range(n_states)
    ]
    results = []
    for kernels in (reference, compiled):
        copies = [array.copy() for array in arrays]
        assert getattr(kernels, name)(*copies, **settings) is None
        results.append(copies)
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=8 * np.finfo(dtype).eps, atol=0)
    np.testing.assert_array_equal(results[1][1], arrays[1])  # the gradient is kept
