"""Kernels read arrays of any layout, and write only what they are said to write."""

import inspect

import numpy as np
import pytest
from kernel_arguments import (
    ARGUMENTS,
    CASES,
    MODULES,
    D,
    K,
    N,
    call,
    make,
    network_problem,
)
from layouts import SAME, SAME_TABLES, SHARED

from skmlp import _kernels
from skmlp._kernels import reference

# They take numbers, and no array.
NUMBERS_ONLY = {"dropout_factors", "standard_normals"}
WRITTEN = {
    "perceptron_epochs": (
        *("order", "words", "weights", "intercepts", "l1_due", "l1_paid"),
        *("weight_sums", "intercept_sums", "active"),
        *_kernels.PerceptronProgress._fields,
    ),
    "coordinate_sweeps": ("parameters", "step_scores"),
    "log_loss": ("mean", "score_gradient"),
    "run_program": ("value", "derivative"),
}


def is_written(case, name):
    kernel = case.split(",")[0]
    if kernel.endswith("_step"):
        return name != "gradient"
    return name in WRITTEN.get(kernel, ())


def assert_equal(ours, theirs):
    for name, expected in theirs[1].items():
        # The reference leaves the order of a sum to NumPy, which looks at the layout.
        rounding = 0 if len(MODULES) > 1 else 1e-6
        np.testing.assert_allclose(
            ours[1][name], expected, rtol=rounding, atol=10 * rounding, err_msg=name
        )
    ours, theirs = (
        found if isinstance(found, tuple) else (found,)
        for found in (ours[0], theirs[0])
    )
    for found, expected in zip(ours, theirs, strict=True):
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_every_exported_kernel_is_among_the_cases():
    exported = {
        name
        for name, kernel in vars(reference).items()
        if inspect.isfunction(kernel)
        and kernel.__module__.startswith(reference.__name__)
        and name in vars(_kernels)
    }
    assert exported == {case.split(",")[0] for case in ARGUMENTS} | NUMBERS_ONLY


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("case", "name"), CASES)
def test_an_argument_may_lie_in_memory_in_any_way(case, name, dtype):
    array = make(case, dtype)[name]
    layouts = SAME_TABLES if array.ndim == 2 else SAME
    expected = call(case, dtype)
    for lay_out in layouts.values():
        assert_equal(call(case, dtype, **{name: lay_out(array)}), expected)


@pytest.mark.parametrize(("case", "name"), CASES)
def test_an_argument_may_be_read_only_unless_it_is_written(case, name):
    array = make(case)[name]
    for lay_out in (np.array, *SAME.values()):
        read_only = lay_out(array)
        read_only.flags.writeable = False
        if is_written(case, name):
            with pytest.raises(ValueError, match="read-only"):
                call(case, **{name: read_only})
        else:
            assert_equal(call(case, **{name: read_only}), call(case))


@pytest.mark.parametrize("case", ["class_moments", "class_moments, in_float32"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", SHARED)
def test_rows_that_share_their_memory_have_the_moments_of_copies(layout, dtype, case):
    arguments = make(case, dtype)
    view = SHARED[layout](arguments["X"])
    changes = {name: arguments[name][: len(view)] for name in ("labels", "weights")}
    ours = call(case, dtype, X=view, **changes)
    theirs = call(case, dtype, X=view.copy(), **changes)
    assert_equal(ours, theirs)


@pytest.mark.skipif(len(MODULES) == 1, reason="SKMLP_KERNELS=reference")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_reads_rows_of_any_layout_to_the_same_bits(dtype):
    X = np.random.default_rng(1).normal(size=(N, D)).astype(dtype)
    for name, lay_out in (SAME_TABLES | SHARED).items():
        if name == "byte-swapped":
            continue  # not read by the kernels
        view = lay_out(X)
        y = np.arange(len(view)) % K
        results = []
        for rows in (view, view.copy()):
            fused, network = network_problem(dtype, rows, y)
            parameters = np.linspace(-1, 1, network.n_parameters).astype(dtype)
            _, gradient, _ = fused.sums(parameters)
            results.append((fused.scores(parameters), gradient))
        for ours, theirs in zip(*results, strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
