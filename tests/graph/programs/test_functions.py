"""Which functions have a program, and why others have none."""

import numpy as np
import pytest
from random_functions import gelu, huber, mish, softmax_loss
from scipy import special

from skmlp._kernels import OPERATIONS
from skmlp.graph import log_softmax, logsumexp, primitive, softmax, vjp
from skmlp.graph.programs import (
    NoProgram,
    function_program,
    known_program,
    loss_program,
    require_agreement,
    run_on,
)

Z = np.linspace(-4, 4, 83)[:, None] + 0.01 * np.sqrt(2)
cube = primitive("cube", lambda x: x**3, lambda g, u, x: g * 3 * x**2)

ELEMENTWISE = {
    "gelu": gelu,
    "mish": mish,
    "relu": lambda z: np.maximum(z, 0),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "hard tanh": lambda z: np.clip(z, -1, 1),
    "one bound": lambda z: np.clip(z, 0, None),
    "conditions as numbers": lambda z: (z > 0) * z + (z <= 0) * 0.1 * z,
    "sum of conditions": lambda z: z * ((z > 1) + (z < -1) + 0.5),
    "bits of conditions": lambda z: np.where((z > 1) | ~(z < 2) & (z > -1), z, 2 * z),
    "exclusive or": lambda z: np.where((z > 1) ^ (z < 2), z, z**2),
    "powers": lambda z: z**2 + z**3 - z**5 + 0.1 * z**8,
    "negative powers": lambda z: (3 + np.square(z)) ** -2 + (2 + z**2) ** -1,
    "roots": lambda z: (1 + z**2) ** 0.5 + np.abs(z) ** 1.5,
    "zero power": lambda z: z**0 + z**1,
    "large power": lambda z: (0.1 * z) ** 11,
    "float power": lambda z: np.float_power(np.abs(z) + 1, 1.5),
    "base and exponent": lambda z: np.power(1.5, z),
    "angles": lambda z: np.degrees(np.radians(z)) + np.deg2rad(z) + np.rad2deg(z),
    "steps": lambda z: z + np.floor(z) + np.ceil(z) + np.trunc(z) + np.rint(z),
    "rounded": lambda z: z + np.round(z, 1) + np.round(z) + np.fix(z),
    "casts": lambda z: z.astype(np.float64) + (z > 0).astype(int) + z.astype(int),
    "heaviside": lambda z: z * np.heaviside(z, 0.5),
    "remainder": lambda z: np.remainder(z, 1.5) + z,
    "sign": lambda z: z * np.sign(z),
    "logaddexp2": lambda z: np.logaddexp2(z, 1),
    "fabs": lambda z: np.fabs(z),
    "infinite": lambda z: np.where(np.isinf(z) | np.isnan(z), 0, z),
    "logit": lambda z: special.logit(0.1 + 0.8 * special.expit(z)),
    "log_expit": special.log_expit,
    "ndtr": special.ndtr,
    "entropy": lambda z: special.entr(1.1 + np.tanh(z)),
    "xlogy": lambda z: special.xlogy(z, 2 + np.tanh(z)),
    "xlog1py": lambda z: special.xlog1py(z, z**2),
    "exp10": lambda z: special.exp10(0.1 * z),
    "select": lambda z: np.select([z > 1, z > -1], [z, z**2], 1.0),
    "polynomial": lambda z: np.polyval([1.0, 2.0, -1.0], z),
    "sinc": lambda z: np.sinc(z),
    "lower and upper bound": lambda z: np.minimum(np.maximum(z, -1), 2),
    "fmin": lambda z: np.fmin(z, np.fmax(-z, 0.5)),
    "constant array of the shape": lambda z: np.ones_like(z) * z + np.zeros(z.shape),
    "nothing": lambda z: z,
    "derivative of a derivative": lambda z: vjp(np.tanh, z)[1](np.ones(z.shape))[0],
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_are_those_of_numpy_and_derivatives_those_of_the_graph(name):
    function = ELEMENTWISE[name]
    value, slope = run_on(function_program(function), Z)
    _, pullback = vjp(function, Z)
    np.testing.assert_allclose(value, function(Z), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        slope, pullback(np.ones_like(Z))[0], rtol=1e-12, atol=1e-14
    )


NOT_ELEMENTWISE = {
    "mean": (lambda z: z - z.mean(), "neither one number for each element"),
    "shape": (lambda z: z * z.shape[0], "change with the shape"),
    "random": (lambda z: z * np.random.default_rng().normal(), "from call to call"),
    "random array": (
        lambda z: z + np.random.default_rng(0).normal(size=z.shape),
        "numbers for single rows",
    ),
    "sorted": (lambda z: np.sort(z), "'argsort'"),
    "reversed": (lambda z: z + z[::-1], "moves elements by 'getitem'"),
    "product": (lambda z: z @ np.ones((z.shape[1], 1)), "shape"),
    "special": (lambda z: special.gammaln(z**2 + 1), "'gammaln'"),
    "primitive": (lambda z: cube(z), "'cube'"),
    "not traced": (lambda z: z * float(z[0, 0]), "cannot be traced"),
    "error": (lambda z: [][1], "cannot be traced"),
    "half precision": (lambda z: z.astype(np.float16), "computes in float16"),
    "bits of integers": (lambda z: z + ~(z > 50).astype(int), "bits of integers"),
    "small integers": (lambda z: z - (z > 50).astype(np.uint8), "computes in uint8"),
    "half precision of conditions": (lambda z: z + np.exp(z > 50), "in float16"),
    "precision": (lambda z: np.log(z**2 + np.finfo(z.dtype).eps), "the precision"),
    "complex": (lambda z: np.real(np.exp(1j * z)), "cannot be traced"),
}


@pytest.mark.parametrize("name", NOT_ELEMENTWISE)
def test_other_functions_have_no_program_and_the_reason_is_given(name):
    function, reason = NOT_ELEMENTWISE[name]
    with pytest.raises(NoProgram, match=reason):
        function_program(function)


@pytest.mark.parametrize("factor", [0.1, np.sqrt(2), np.float64(0.7), 1e30, 1e-30])
def test_constants_may_be_rounded_to_the_precision_of_the_array(factor):
    function_program(lambda z: factor * z)
    function_program(lambda z: np.full_like(z, factor) * z + z.dtype.type(factor))


@pytest.mark.parametrize("n_scores", [100, 1025, 4096])
def test_many_weights_of_columns_may_be_rounded(n_scores):
    weights = np.linspace(0, 1, n_scores)
    loss_program(lambda y, s: np.sum(weights * (s - y) ** 2, axis=1), n_scores)


def test_a_function_that_changes_from_call_to_call_has_no_program():
    calls = []

    def function(z):
        calls.append(1)
        return z * len(calls)

    with pytest.raises(NoProgram, match="from call to call"):
        function_program(function)


LOSSES = {
    "huber": huber,
    "softmax": softmax_loss,
    "logsumexp": lambda y, s: logsumexp(s, axis=1) - np.sum(y * s, axis=1),
    "log_softmax": lambda y, s: -np.sum(y * log_softmax(s, axis=-1), axis=-1),
    "softmax of the package": lambda y, s: np.sum(
        (y - softmax(s, axis=1)) ** 2, axis=1
    ),
    "mean": lambda y, s: np.mean((y - s) ** 2, axis=1),
    "extremes": lambda y, s: s.max(axis=1) - np.min(s, axis=1) + np.sum(y, axis=1),
    "kept axis": lambda y, s: np.sum((s - s.mean(axis=1, keepdims=True)) ** 2, axis=1),
    "new axis": lambda y, s: np.sum(y * (s - s.sum(axis=1)[:, None]) ** 2, axis=1),
    "column": lambda y, s: s[:, 0] ** 2 + y[:, -1] * np.exp(-s[:, 1]),
    "one column kept": lambda y, s: np.sum(y * s[:, :1] ** 2, axis=1),
    "weights of classes": lambda y, s: np.sum(y * np.array([1.0, 2, 3]) * s**2, axis=1),
    "any and all": lambda y, s: np.where(
        np.any(s > 1, axis=1) & ~np.all(y > 0, axis=1), s[:, 0], s[:, 1] ** 2
    ),
    "count": lambda y, s: np.sum(s > 0, axis=1) * s[:, 0] + s[:, 1] ** 2,
    "true class": lambda y, s: -np.log(np.sum(y * softmax(s, axis=1), axis=1)),
    "sum of one column": lambda y, s: np.sum((s[:, :1] - y[:, :1]) ** 2, axis=1),
    "softmax of one column": lambda y, s: s[:, 1] * softmax(s[:, :1], axis=1)[:, 0],
    "mean of one column": lambda y, s: np.mean(s[:, :1] ** 2, axis=1) + s[:, 1],
    "extreme of one column": lambda y, s: np.max(s[:, 1:2], axis=-1) * s[:, 0],
    "column repeated by ones": lambda y, s: np.sum(
        np.ones_like(s) * s[:, :1] ** 2, axis=1
    ),
    "column repeated by zeros": lambda y, s: np.mean(
        np.zeros(s.shape) + np.tanh(s[:, 1:2]), axis=1
    ),
    "choice of a column": lambda y, s: (
        np.sum(np.where(s[:, :1] > 0, np.ones_like(s), 0.5), axis=1) * s[:, 1]
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_gradients_are_those_of_numpy_and_of_the_graph(name, rng):
    loss = LOSSES[name]
    y, scores = np.eye(3)[rng.integers(3, size=50)], rng.normal(size=(50, 3))
    value, gradient = run_on(loss_program(loss, 3), y, scores)
    _, pullback = vjp(lambda s: loss(y, s), scores)
    np.testing.assert_allclose(value[:, 0], loss(y, scores), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        gradient, pullback(np.ones(50))[0], rtol=1e-11, atol=1e-13
    )


@pytest.mark.parametrize("n_scores", [1, 2, 7, 13, 14])
def test_the_number_of_scores_may_be_that_of_the_traced_rows(n_scores, rng):
    y, scores = rng.random((20, n_scores)), rng.normal(size=(20, n_scores))
    value, _ = run_on(loss_program(huber, n_scores), y, scores)
    np.testing.assert_allclose(value[:, 0], huber(y, scores), rtol=1e-13)


NOT_OF_ROWS = {
    "other rows": (lambda y, s: np.sum((s - s.mean(axis=0)) ** 2, axis=1), "shape"),
    "all rows": (lambda y, s: np.sum(s**2, axis=1) / s.sum(), "shape"),
    "number of rows": (lambda y, s: np.sum(s**2, axis=1) / len(s), "change with"),
    "labels": (lambda y, s: s[np.arange(len(s)), y.argmax(axis=1)], "argmax"),
    "columns": (lambda y, s: np.sum(s[:, :2] ** 2, axis=1), "shape"),
    "mirrored": (lambda y, s: np.sum(s[:, ::-1] * y, axis=1), "moves elements"),
    "product": (lambda y, s: np.sum((s @ np.ones((3, 3))) ** 2, axis=1), "matmul"),
    "variance": (lambda y, s: np.var(s, axis=1), "'var'"),
    "of elements": (lambda y, s: (y - s) ** 2, "for each element"),
}


@pytest.mark.parametrize("name", NOT_OF_ROWS)
def test_losses_with_other_operations_have_no_program(name):
    loss, reason = NOT_OF_ROWS[name]
    with pytest.raises(NoProgram, match=reason):
        loss_program(loss, 3)


def test_a_given_derivative_replaces_that_of_the_graph(rng):
    z = rng.normal(size=(30, 1))
    _, slope = run_on(function_program(np.sin, lambda z: np.cos(z) + 1), z)
    np.testing.assert_allclose(slope, np.cos(z) + 1, rtol=1e-14)


def test_common_functions_have_short_programs():
    # The slope of tanh is 1 − tanh², not computed by another tanh.
    names = [OPERATIONS[code] for code in function_program(np.tanh).code[:, 0]]
    assert names == ["tanh", "multiply", "subtract"]
    relu = function_program(lambda z: np.maximum(z, 0))
    assert len(relu.code) <= 3


def test_a_program_is_found_once_for_each_object():
    class Owner:
        pass

    owner, calls = Owner(), []

    def find():
        calls.append(1)
        return function_program(np.tanh)

    assert known_program(owner, None, find) is known_program(owner, None, find)
    assert known_program(owner, 3, find) is not known_program(owner, None, find)
    assert len(calls) == 2


def test_results_that_differ_by_more_than_rounding_are_refused():
    require_agreement([np.array([1.0, np.nan])], [np.array([1 + 1e-12, np.nan])], 1e-9)
    with pytest.raises(NoProgram, match="other results"):
        require_agreement([np.array([1.0])], [np.array([1.1])], 1e-9)
    with pytest.raises(NoProgram, match="other results"):
        require_agreement([np.array([np.nan])], [np.array([1.0])], 1e-9)
