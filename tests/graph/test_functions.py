"""Functions of networks equal SciPy's, and have the derivatives of their formulas."""

import numpy as np
import pytest
from scipy import special

from skmlp.graph import (
    check_gradient,
    cross_entropy,
    grad,
    hessian_vector_product,
    log_softmax,
    logistic,
    logsumexp,
    primitive,
    softmax,
    squared_norm,
    trace,
    unit_step,
    vjp,
)

Z = np.array([[0.3, -1.2, 2.0], [0.1, 0.8, -0.4]])
P = special.softmax(Z, axis=1)
Y = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
AXES = [{}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}]


@pytest.mark.parametrize("settings", AXES, ids=str)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (logsumexp, special.logsumexp),
        (softmax, special.softmax),
        (log_softmax, special.log_softmax),
    ],
)
def test_functions_of_rows_equal_those_of_scipy(ours, theirs, settings):
    np.testing.assert_allclose(ours(Z, **settings), theirs(Z, **settings), rtol=1e-14)
    assert ours(Z.astype(np.float32), **settings).dtype == np.float32
    check_gradient(lambda z: ours(z, **settings), Z)
    check_gradient(lambda z: grad(lambda z: np.sum(ours(z, **settings) ** 2))(z), Z)


@pytest.mark.parametrize(
    "a",
    [
        *([0.0, -4.0], [-np.inf, -np.inf], [np.inf, 1000.0], [np.nan, 1.0]),
        *([1000.0, 1000.0], [1, 2], [[1.0, -np.inf], [-np.inf, -np.inf]]),
    ],
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_equals_that_of_scipy_at_extremes(a, keepdims):
    with np.errstate(all="ignore"):
        expected = special.logsumexp(a, axis=-1, keepdims=keepdims)
    ours = logsumexp(a, axis=-1, keepdims=keepdims)
    np.testing.assert_allclose(ours, expected, rtol=1e-14)
    assert np.shape(ours) == np.shape(expected)


def test_logsumexp_keeps_the_digits_of_a_sum_that_is_slightly_above_one():
    assert logsumexp([0.0, -40.0]) == pytest.approx(np.exp(-40), rel=1e-15)


def test_logsumexp_takes_factors():
    b = np.array([0.5, 2.0, 1.0])
    np.testing.assert_allclose(logsumexp(Z, 1, b), special.logsumexp(Z, 1, b))
    check_gradient(lambda z, b: logsumexp(z, 1, b), Z, b)


@pytest.mark.parametrize(
    ("ours", "theirs", "derivative"),
    [
        (logistic, special.expit, lambda z: special.expit(z) * special.expit(-z)),
        (unit_step, lambda z: (z >= 0) * 1.0, np.zeros_like),
        (squared_norm, lambda z: np.sum(z**2), lambda z: 2 * z),
    ],
)
def test_functions_of_units(ours, theirs, derivative):
    np.testing.assert_allclose(ours(Z), theirs(Z), rtol=1e-15)
    np.testing.assert_allclose(
        grad(lambda z: np.sum(ours(z)))(Z), derivative(Z), rtol=1e-12
    )
    graph = trace(lambda z: ours(z), z=Z)
    assert [node.operation for node in graph.nodes] == ["", ours.__name__]


def test_the_unit_step_is_one_at_zero():
    assert unit_step(0.0) == 1
    assert unit_step(-1e-300) == 0


@pytest.mark.parametrize(
    "f",
    [
        *(logistic, unit_step, squared_norm, logsumexp, softmax, log_softmax),
        *(np.nansum, np.nanmean, np.median, np.sinc, np.std, np.linalg.norm),
        lambda z: cross_entropy(np.round(z), z),
        lambda z: z.mean() / 3 + np.logaddexp(0, z),
    ],
)
def test_values_and_gradients_of_single_precision_have_it_as_well(f):
    value, pullback = vjp(f, np.array([0.25, 0.5, 0.75], dtype=np.float32))
    gradient = pullback(np.ones_like(value))[0]
    assert value.dtype == gradient.dtype == np.float32


def test_functions_of_integers_return_double_precision():
    z = np.array([200, 0], dtype=np.uint8)
    for ours in (logistic, unit_step, logsumexp, softmax, log_softmax):
        np.testing.assert_allclose(ours(z), ours(z.astype(float)), rtol=1e-3)
    assert softmax(z).dtype == log_softmax(z).dtype == unit_step(z).dtype == float


def test_logsumexp_of_no_numbers_is_minus_infinity():
    assert logsumexp(np.zeros(0)) == -np.inf


def test_cross_entropy_of_labels_is_that_of_the_formula():
    p = np.array([0.2, 0.9])
    y = np.array([0.0, 1.0])
    assert cross_entropy(y, p) == pytest.approx(-np.log(0.8) - np.log(0.9))
    np.testing.assert_allclose(grad(cross_entropy, 1)(y, p), [1 / 0.8, -1 / 0.9])
    check_gradient(cross_entropy, np.array([0.3, 0.6]), p)


def test_cross_entropy_of_classes_is_that_of_the_formula():
    value = cross_entropy(Y, P, axis=1)
    assert value == pytest.approx(-np.log(P[0, 1]) - np.log(P[1, 0]))

    def loss(z):
        return cross_entropy(Y, softmax(z, axis=1), axis=1)

    np.testing.assert_allclose(grad(loss)(Z), P - Y, atol=1e-15)
    check_gradient(lambda y, p: cross_entropy(y, p, axis=1), np.full((2, 3), 0.3), P)
    v = Z[::-1]
    expected = P * (v - np.sum(P * v, axis=1, keepdims=True))
    np.testing.assert_allclose(hessian_vector_product(loss)(Z, v), expected, atol=1e-15)


def test_cross_entropy_of_certain_predictions_that_are_right_is_zero():
    y = np.array([0.0, 1.0])
    assert cross_entropy(y, y) == 0
    np.testing.assert_array_equal(grad(cross_entropy, 1)(y, y), [1, -1])


def test_cross_entropy_refuses_other_shapes():
    with pytest.raises(
        ValueError, match=r"y has shape \(2,\) and p has shape \(2, 1\)"
    ):
        cross_entropy([0.0, 1.0], [[0.5], [0.5]])


def test_a_primitive_of_the_user_is_one_node_with_its_own_derivative():
    calls = []

    def forward(x, y, *, power):
        calls.append(type(x))
        return np.asarray(x) ** power * y  # np.asarray is allowed here

    def pullback(g, u, x, y, *, power):
        return g * power * x ** (power - 1) * y, None

    monomial = primitive("monomial", forward, pullback)
    assert monomial(2.0, 3.0, power=2) == 12
    graph = trace(lambda x, y: monomial(x, y, power=3), x=2.0, y=5.0)
    assert graph.output.operation == "monomial"
    assert graph.output.settings == {"power": 3}
    assert graph.backward() == {"x": 60, "y": 0}
    assert graph.forward(x=1.0) == 5
    second = grad(grad(lambda x: monomial(x, 5.0, power=3)))(2.0)
    assert second == 60
    assert all(issubclass(each, float) for each in calls)


def test_a_primitive_of_the_user_may_return_numbers_and_lists():
    double = primitive(
        "double", lambda x: [2 * x, 2 * x], lambda g, u, x: 2 * (g[0] + g[1])
    )
    assert grad(lambda x: double(x)[0] * 3)(1.0) == 6
    half = primitive("half", lambda x: float(x) / 2, lambda g, u, x: g / 2)
    assert grad(lambda x: half(x) * x)(1.0) == 1


def test_a_primitive_of_the_user_is_checked():
    two = primitive("two", np.add, lambda g, u, x, y: g)
    with pytest.raises(ValueError, match="pullback of 'two' returned 1 gradients; it"):
        grad(two)(1.0, 2.0)
    with pytest.raises(TypeError, match="name='' has to be a string that is not empty"):
        primitive("", np.sin, np.cos)
    with pytest.raises(TypeError, match="pullback=None has to be a function"):
        primitive("sine", np.sin, None)
