"""The compiled kernels do what the reference does: values, dtypes, side effects."""

import numpy as np
import pytest

from skmlp import _kernels
from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)

DTYPES = (np.float32, np.float64)
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
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1000.0])
@pytest.mark.parametrize("rule", UPDATE_RULES)
def test_update_rules_agree(rule, scale, size, dtype, rng):
    n_states, settings = UPDATE_RULES[rule]
    name = rule.split(",")[0]
    arrays = [(scale * rng.normal(size=size)).astype(dtype) for _ in range(2)]
    arrays += [np.abs(scale * rng.normal(size=size)).astype(dtype)] * n_states
    results = []
    for kernels in (reference, compiled):
        copies = [array.copy() for array in arrays]
        assert getattr(kernels, name)(*copies, **settings) is None
        results.append(copies)
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=8 * np.finfo(dtype).eps, atol=0)
    np.testing.assert_array_equal(results[1][1], arrays[1])  # the gradient is kept


def test_every_compiled_kernel_has_a_twin_of_the_same_signature():
    import inspect

    names = [name for name in vars(compiled) if callable(getattr(compiled, name))]
    names = [name for name in names if not name.startswith("_")]
    assert "adam_step" in names
    for name in names:
        ours = inspect.signature(getattr(compiled, name))
        theirs = inspect.signature(getattr(reference, name))
        assert list(ours.parameters) == list(theirs.parameters), name


def test_the_kernels_in_use_are_those_that_were_asked_for():
    import os

    choice = os.environ.get("SKMLP_KERNELS", "auto")
    expected = "reference" if choice == "reference" else "compiled"
    assert expected == _kernels.NAME
