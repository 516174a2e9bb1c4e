"""Every function of the table has the derivatives of central differences."""

import graph_cases
import numpy as np
import pytest
from scipy import special

import skmlp.graph.table
from skmlp.graph import check_gradient, grad

CASES = list(graph_cases.every_case())


def test_every_function_of_the_table_has_a_case():
    covered = {
        *graph_cases.UNARY,
        *graph_cases.BINARY,
        *graph_cases.FUNCTIONS,
        *graph_cases.WITHOUT_DERIVATIVE,
    }
    covered |= {each.__name__ for each in covered if hasattr(special, each.__name__)}
    assert set(skmlp.graph.table.HANDLERS) <= covered


@pytest.mark.parametrize(
    ("name", "f", "arguments"), CASES, ids=[name for name, _, _ in CASES]
)
def test_first_and_second_derivatives_equal_central_differences(name, f, arguments):
    check_gradient(f, *arguments, rtol=1e-7, atol=1e-7)
    real = [i for i, each in enumerate(arguments) if np.asarray(each).dtype == float]

    def loss(*arguments):
        value = f(*arguments)
        weights = np.random.RandomState(1).rand(*np.shape(value))
        return np.sum(weights * value * value)

    def gradient(*arguments):
        parts = grad(loss, tuple(real))(*arguments)
        return np.concatenate([np.ravel(part) for part in parts])

    check_gradient(gradient, *arguments)


@pytest.mark.parametrize(
    "function",
    [
        *(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round),
        lambda x: np.where(x > 0.5, 1.0, 2.0) * (x == x),
        lambda x: (x // 0.3) * np.isfinite(x),
        lambda x: x.astype(int) * np.argmax(x) * 1.0,
        lambda x: np.argsort(x) * 1.0,
    ],
)
def test_the_derivative_of_steps_is_zero(function):
    x = np.array([0.4, -1.3, 2.2])
    assert function(x).shape == (3,)
    np.testing.assert_array_equal(grad(lambda x: function(x).sum())(x), np.zeros(3))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x, axis=0, dtype=np.float64),
        lambda x: np.mean(x, axis=1, dtype=np.float64),
        lambda x: x * np.float64(2) + np.ones(3),
        lambda x: np.log2(x) + np.square(x) ** 3,
        lambda x: x[x > 1] / 7,
        lambda x: np.matmul(x, np.ones((3, 2))),
        lambda x: np.maximum(x, np.float64(1)),
        lambda x: special.erf(x) + special.gammaln(x),
    ],
)
def test_a_gradient_has_the_dtype_of_its_argument(function):
    x = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    gradient = grad(lambda x: np.sum(function(x)))(x)
    assert gradient.dtype == np.float32
    wide = grad(lambda x: np.sum(function(x)))(x.astype(float))
    np.testing.assert_allclose(gradient, wide, rtol=1e-5)


def test_float32_stays_float32_inside_a_graph():
    x = np.linspace(-1, 1, 6, dtype=np.float32)

    def f(x):
        u = np.maximum(2 * x + 1, 0) ** 2 / 3 + np.where(x > 0, x, 0)
        return np.mean(np.clip(np.log2(u + 2), -1, 1.0))

    graph = skmlp.graph.trace(f, x=x)
    graph.backward()
    for node in graph.nodes:
        if node.kind != "constant" and node.value.dtype != bool:
            assert node.value.dtype == np.float32, node
            assert node.derivative.dtype == np.float32, node


def test_plain_arrays_stay_plain():
    shape = []

    def f(x):
        shape.extend([np.shape(x), np.ndim(x), np.size(x), np.size(x, 1), len(x)])
        return np.sum(x * np.ones_like(x) + np.zeros_like(x, dtype=int))

    np.testing.assert_array_equal(grad(f)(np.ones((2, 3))), np.ones((2, 3)))
    assert shape == [(2, 3), 2, 6, 3, 2]
