"""Programs of functions: NumPy's values, derivatives, and agreement of the kernels."""

import numpy as np
import pytest
from kernel_runs import DTYPES
from random_functions import (
    gelu,
    huber,
    mish,
    random_function,
    repeated_column,
    softmax_loss,
    squared_hinge,
)
from scipy import special

from skmlp import _kernels
from skmlp._kernels import reference
from skmlp.graph.programs import function_program, loss_program, run_on

KERNELS = [pytest.param(_kernels, id="in use"), pytest.param(reference, id="reference")]
Z = np.r_[-3:3:97j, 0.01, 1e-8, -2e-5][:, None] + 0.001 * np.sqrt(2)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-30, -1e-30, 3.7, -3.7, 30.0, -30.0]
SPECIAL += [1e30, -1e30, np.inf, -np.inf, np.nan]


def results(kernels, program, *inputs):
    last = inputs[-1]
    first, second = (*inputs, None)[:2]
    value = np.empty(
        (len(last), last.shape[1] if program.is_wide[program.outputs[0]] else 1),
        last.dtype,
    )
    derivative = np.empty_like(last)
    kernels.run_program(program, first, second, value, derivative)
    return value, derivative


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("block", range(20))
def test_programs_of_random_functions_compute_what_numpy_computes(kernels, block):
    for seed in range(10 * block, 10 * block + 10):
        function = random_function(seed)
        program = function_program(function)
        value, derivative = results(kernels, program, Z)
        expected = function(Z)
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-13)
        step = 1e-6
        slope = (function(Z + step) - function(Z - step)) / (2 * step)
        # At a corner between Z − step and Z + step there is no slope.
        smooth = np.abs(function(Z + step) + function(Z - step) - 2 * expected) < 1e-9
        scale = np.maximum(1, np.abs(slope))
        assert smooth.mean() > 0.8
        assert np.max(np.abs(derivative - slope)[smooth] / scale[smooth]) < 1e-6


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("block", range(20))
def test_both_kernels_give_the_same_results_of_random_functions(block, dtype):
    for seed in range(10 * block, 10 * block + 10):
        program = function_program(random_function(seed))
        z = Z.astype(dtype)
        ours = results(_kernels, program, z)
        theirs = results(reference, program, z)
        exact = results(reference, program, z.astype(np.float64))
        for one, other, true in zip(ours, theirs, exact, strict=True):
            assert one.dtype == dtype
            scale = np.maximum(1, np.abs(true))
            # Rounding grows on its way through a function: NumPy's tells how much.
            rounding = np.max(np.abs(other - true) / scale)
            if dtype == np.float64:
                rounding = 1e-13
            error = np.max(np.abs(one - true) / scale)
            assert error < 10 * rounding + 20 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("name", _kernels.OPERATIONS)
def test_every_operation_agrees_at_special_numbers(name, dtype):
    numbers = np.array(SPECIAL, dtype=dtype)
    n = _kernels.n_operands(name)
    if name.startswith("row_") or name == "spread":
        numbers = np.random.default_rng(0).choice(numbers, size=(200, 5))
        code = [[_kernels.OPERATIONS.index(name), 1, 0, 0, 0]]
        kinds = [1, 0]
        if name == "spread":
            largest = _kernels.OPERATIONS.index("row_max")
            code = [[largest, 1, 0, 0, 0], [code[0][0], 2, 1, 0, 0]]
            kinds = [1, 0, 1]
        program = _program(code, kinds, width=5, outputs=[len(kinds) - 1, 0])
        program = program._replace(n_inputs=2, is_wide=np.int32([1, *kinds]))
        shifted = program.code + np.int32([0, 1, 1, 0, 0])
        program = program._replace(
            code=shifted, outputs=program.outputs + np.int32([1, 0])
        )
        if name == "spread":
            program = program._replace(outputs=np.int32([2, 3]))
        inputs = (numbers, numbers)
    else:
        grid = np.meshgrid(*[numbers] * n)
        columns = [each.reshape(-1, 1) for each in grid]
        code = [[_kernels.OPERATIONS.index(name), 2, 0, min(1, n - 1), 0]]
        program = _program(code, [1, 1, 1], outputs=[2, 0])._replace(n_inputs=2)
        inputs = (columns[0], columns[min(1, n - 1)])
    ours = results(_kernels, program, *inputs)[0]
    theirs = results(reference, program, *inputs)[0]
    tolerance = 100 * np.finfo(dtype).eps
    with np.errstate(all="ignore"):
        close = np.abs(ours - theirs) <= tolerance * np.maximum(1e-30, np.abs(theirs))
    same = close | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    assert same.all(), (inputs[0][~same], inputs[1][~same], ours[~same], theirs[~same])


def _program(code, is_wide, *, width=1, outputs):
    return _kernels.Program(
        code=np.array(code, dtype=np.int32),
        is_wide=np.array(is_wide, dtype=np.int32),
        constants=np.empty((0, width)),
        outputs=np.array(outputs, dtype=np.int32),
        n_inputs=1,
        n_value_operations=len(code),
    )


def test_both_kernels_have_the_same_operations():
    compiled = pytest.importorskip("skmlp._kernels.compiled")
    assert compiled.OPERATIONS == reference.OPERATIONS


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("n", [1, 3, 511, 512, 513, 1500])
@pytest.mark.parametrize("width", [1, 4, 600])
@pytest.mark.parametrize("loss", [huber, squared_hinge, softmax_loss, repeated_column])
def test_losses_of_any_number_of_rows_and_scores_are_those_of_numpy(
    loss, width, n, kernels, rng
):
    if width == 600 and n > 513:
        n = 7
    y = (rng.random((n, width)) < 0.4).astype(float)
    scores = rng.normal(size=(n, width))
    program = loss_program(loss, width)
    value, gradient = results(kernels, program, y, scores)
    np.testing.assert_allclose(value[:, 0], loss(y, scores), rtol=1e-12, atol=1e-12)
    step = np.zeros_like(scores)
    step[:, 0] = 1e-6
    slope = (loss(y, scores + step) - loss(y, scores - step)) / 2e-6
    np.testing.assert_allclose(gradient[:, 0], slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("function", [gelu, mish, np.arctan, lambda z: 0 * z + 2])
def test_the_value_alone_is_that_with_the_derivative(kernels, function):
    program = function_program(function)
    value = np.empty_like(Z)
    kernels.run_program(program, Z, None, value, None)
    np.testing.assert_array_equal(value, results(kernels, program, Z)[0])


@pytest.mark.parametrize(
    ("name", "function", "x"),
    [
        ("log", np.log, np.geomspace(1e-307, 1e307, 5001)),
        (
            "log1p",
            np.log1p,
            np.r_[-1 + np.geomspace(1e-16, 1, 999), np.geomspace(1e-300, 1e300, 999)],
        ),
        ("expm1", np.expm1, np.r_[-40:40:4001j, np.geomspace(1e-20, 1, 99)]),
        ("erf", special.erf, np.r_[-7:7:4001j, np.geomspace(1e-20, 1, 99)]),
        ("erfc", special.erfc, np.r_[-7:20:4001j]),
        ("expit", special.expit, np.r_[-300:40:4001j]),
    ],
)
def test_elementary_functions_have_all_their_digits(name, function, x):
    code = [[_kernels.OPERATIONS.index(name), 1, 0, 0, 0]]
    program = _program(code, [1, 1], outputs=[1, 0])
    value = run_on(program, x[:, None])[0][:, 0]
    rtol = 2e-13 if name == "erfc" else 3e-15  # SciPy rounds the square of x
    np.testing.assert_allclose(value, function(x), rtol=rtol)


FAULTS = {
    "unknown operation": {"code": np.int32([[999, 1, 0, 0, 0]])},
    "negative operation": {"code": np.int32([[-1, 1, 0, 0, 0]])},
    "register out of range": {"code": np.int32([[0, 7, 0, 0, 0]])},
    "operand out of range": {"code": np.int32([[0, 1, 9, 0, 0]])},
    "negative operand": {"code": np.int32([[0, 1, -1, 0, 0]])},
    "writes to an input": {"code": np.int32([[0, 0, 1, 0, 0]])},
    "writes to its operand": {"code": np.int32([[0, 1, 1, 0, 0]])},
    "other kinds": {"is_wide": np.int32([1, 0])},
    "narrow input": {"is_wide": np.int32([0, 0])},
    "reads what is not written": {
        "code": np.int32([[0, 1, 2, 0, 0], [0, 2, 0, 0, 0]]),
        "is_wide": np.int32([1, 1, 1]),
    },
    "output that is not written": {"code": np.empty((0, 5), np.int32)},
    "value that is not written": {"n_value_operations": 0},
    "output out of range": {"outputs": np.int32([5, 0])},
    "one output": {"outputs": np.int32([1])},
    "short code": {"code": np.int32([[0, 1, 0, 0]])},
    "no registers": {"is_wide": np.int32([])},
    "more constants than registers": {"constants": np.ones((4, 1))},
    "no width": {"constants": np.ones((0, 0))},
    "other inputs": {"n_inputs": 2},
    "no inputs": {"n_inputs": 0},
    "more value operations than there are": {"n_value_operations": 2},
    "negative number of operations": {"n_value_operations": -1},
}


@pytest.mark.skipif(_kernels.NAME != "compiled", reason="the reference trusts programs")
@pytest.mark.parametrize("fault", FAULTS)
def test_programs_that_are_not_valid_are_refused(fault):
    copy = _kernels.OPERATIONS.index("positive")
    program = _program([[copy, 1, 0, 0, 0]], [1, 1], outputs=[1, 0])
    arguments = (Z, None, np.empty_like(Z), np.empty_like(Z))
    _kernels.run_program(program, *arguments)
    program = program._replace(**FAULTS[fault])
    with pytest.raises(ValueError, match="do not fit together"):
        _kernels.run_program(program, *arguments)
