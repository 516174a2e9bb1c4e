"""Gradients, products with Jacobians and Hessians, of functions of any arguments."""

import copy as copying
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
import scipy.sparse
from scipy import special

from skmlp.graph import (
    check_gradient,
    grad,
    hessian_vector_product,
    log_softmax,
    logsumexp,
    softmax,
    squared_norm,
    value_and_grad,
    vjp,
)


def mish(z):
    return z * np.tanh(np.log1p(np.exp(z)))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("f", "theirs", "x"),
    [
        (mish, lambda z: z * mpmath.tanh(mpmath.log(1 + mpmath.exp(z))), 0.7),
        (lambda x: x**3.5 / (1 + x), lambda x: x**3.5 / (1 + x), 1.3),
        (special.gammaln, mpmath.loggamma, 2.5),
        (special.ndtr, mpmath.ncdf, 0.4),
        (
            lambda x: np.arctan2(np.sin(x), np.cosh(x)),
            lambda x: mpmath.atan2(mpmath.sin(x), mpmath.cosh(x)),
            0.9,
        ),
        (lambda x: np.prod(np.stack([x, x + 1, x])), lambda x: x**2 * (x + 1), 0.0),
    ],
)
def test_derivatives_of_any_order_have_the_digits_of_mpmath(f, theirs, x, order):
    derivative = f
    for _ in range(order):
        derivative = grad(derivative)
    with mpmath.workdps(40):
        expected = float(mpmath.diff(theirs, mpmath.mpf(x), order))
    assert derivative(x) == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_the_gradient_of_a_quadratic_is_linear(rng):
    A, b, x = rng.normal(size=(5, 5)), rng.normal(size=5), rng.normal(size=5)

    def f(x):
        return x @ A @ x / 2 + b @ x

    value, gradient = value_and_grad(f)(x)
    assert value == pytest.approx(x @ A @ x / 2 + b @ x)
    np.testing.assert_allclose(gradient, (A + A.T) @ x / 2 + b, rtol=1e-12)
    v = rng.normal(size=5)
    product = hessian_vector_product(f)(x, v)
    np.testing.assert_allclose(product, (A + A.T) @ v / 2, rtol=1e-12)


def test_the_hessian_of_logistic_regression_is_that_of_the_closed_form(rng):
    X, w, v = rng.normal(size=(30, 4)), rng.normal(size=4), rng.normal(size=4)
    y = rng.integers(0, 2, size=30)

    def loss(w, y):
        scores = X @ w
        return np.mean(np.logaddexp(0, scores) - y * scores)

    p = special.expit(X @ w)
    np.testing.assert_allclose(grad(loss)(w, y), X.T @ (p - y) / 30, rtol=1e-12)
    expected = X.T @ (p * (1 - p) * (X @ v)) / 30
    np.testing.assert_allclose(hessian_vector_product(loss)(w, y, v), expected)


def network_loss(parameters, X, y):
    a = X
    for W, b in parameters["hidden"]:
        a = np.tanh(a @ W + b)
    scores = a @ parameters["output"]
    return np.mean((scores - y) ** 2) + 0.1 * np.sum(parameters["output"] ** 2)


@pytest.fixture
def network(rng):
    hidden = [
        (rng.normal(size=(3, 4)), rng.normal(size=4)),
        (rng.normal(size=(4, 2)), rng.normal(size=2)),
    ]
    parameters = {"hidden": hidden, "output": rng.normal(size=(2, 1))}
    return parameters, rng.normal(size=(7, 3)), rng.normal(size=(7, 1))


def test_the_gradient_has_the_form_of_the_argument(network):
    gradient = grad(network_loss)(*network)
    assert gradient.keys() == {"hidden", "output"}
    assert isinstance(gradient["hidden"], list)
    assert isinstance(gradient["hidden"][0], tuple)
    assert gradient["hidden"][1][0].shape == (4, 2)
    check_gradient(network_loss, *network)


def test_a_named_tuple_keeps_its_type():
    Point = namedtuple("Point", "x y")
    gradient = grad(lambda p: p.x * p.y)(Point(2.0, 3.0))
    assert gradient == Point(3.0, 2.0)
    assert isinstance(gradient, Point)


def test_products_with_the_hessian_of_a_network_equal_differences(network, rng):
    parameters, X, y = network

    def moved(value, by, step):
        if isinstance(value, dict):
            return {key: moved(value[key], by[key], step) for key in value}
        if isinstance(value, list | tuple):
            pairs = zip(value, by, strict=True)
            return type(value)(moved(*pair, step) for pair in pairs)
        return value + step * by

    def like(value):
        if isinstance(value, dict):
            return {key: like(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(like, value))
        return rng.normal(size=value.shape)

    vector = like(parameters)
    product = hessian_vector_product(network_loss)(parameters, X, y, vector)
    step = 1e-5
    after = grad(network_loss)(moved(parameters, vector, step), X, y)
    before = grad(network_loss)(moved(parameters, vector, -step), X, y)
    slope = moved(after, before, -1.0)
    np.testing.assert_allclose(
        product["hidden"][0][0], slope["hidden"][0][0] / (2 * step), atol=1e-7
    )
    np.testing.assert_allclose(
        product["output"], slope["output"] / (2 * step), atol=1e-7
    )


@pytest.mark.parametrize(
    ("argnums", "arguments", "keywords", "expected"),
    [
        (0, (2.0, 3.0), {}, 3.0),
        (-1, (2.0, 3.0), {}, 2.0),
        ("y", (2.0, 3.0), {}, 2.0),
        ("y", (2.0,), {"y": 3.0}, 2.0),
        (("y", 0), (2.0, 3.0), {}, (2.0, 3.0)),
        ((0,), (2, 3), {}, (3.0,)),
    ],
)
def test_arguments_are_chosen_by_position_or_name(
    argnums, arguments, keywords, expected
):
    def f(x, y):
        return x * y

    assert grad(f, argnums)(*arguments, **keywords) == expected
    assert value_and_grad(f, argnums)(*arguments, **keywords) == (6, expected)


@pytest.mark.parametrize(
    ("argnums", "error", "message"),
    [
        (2, ValueError, "argnums=2 is out of range: 2 positional arguments"),
        ("z", ValueError, "argnums='z' is not the name of an argument"),
        (0.5, TypeError, r"argnums=0.5 has to be a position, a name, or a tuple"),
        ((0, True), TypeError, "argnums=True has to be a position"),
    ],
)
def test_a_choice_of_arguments_that_do_not_exist_is_refused(argnums, error, message):
    with pytest.raises(error, match=message):
        grad(lambda x, y: x * y, argnums)(2.0, 3.0)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: x, ValueError, r"the output has shape \(2,\); return one number"),
        (lambda x: (x, x), TypeError, "the function returned tuple"),
        (lambda x: None, TypeError, "the function returned NoneType"),
        (lambda x: f"{x}", TypeError, "the function returned str"),
    ],
)
def test_the_output_is_one_number(f, error, message):
    with pytest.raises(error, match=message):
        grad(f)(np.ones(2))


@pytest.mark.parametrize("value", ["one", 1j, np.array([1j]), np.array(["a"]), None])
def test_an_argument_that_is_not_real_is_refused(value):
    with pytest.raises(TypeError, match=r"argument 0 has dtype .*; only real numbers"):
        grad(lambda x: x)(value)


def test_a_function_that_does_not_use_an_argument_has_the_gradient_zero():
    gradients = grad(lambda x, y: np.sum(x), (0, 1))(np.ones(2), np.ones((2, 3)))
    np.testing.assert_array_equal(gradients[1], np.zeros((2, 3)))
    value, gradient = value_and_grad(lambda x: 3.0)(np.ones(2, dtype=np.float32))
    assert value == 3
    np.testing.assert_array_equal(gradient, np.zeros(2))
    assert gradient.dtype == np.float32


def test_gradients_can_be_changed_in_place():
    x, y = np.ones(3), np.ones(3)
    first, second = grad(lambda x, y: np.sum(x + y), (0, 1))(x, y)
    first += 1
    np.testing.assert_array_equal(second, np.ones(3))
    np.testing.assert_array_equal(x, np.ones(3))


def test_a_vjp_equals_the_product_with_the_jacobian(rng):
    A, x = rng.normal(size=(4, 3)), rng.normal(size=3)
    value, pullback = vjp(lambda x: np.sin(A @ x), x)
    np.testing.assert_allclose(value, np.sin(A @ x))
    v = rng.normal(size=4)
    (product,) = pullback(v)
    np.testing.assert_allclose(product, (v * np.cos(A @ x)) @ A)
    with pytest.raises(ValueError, match=r"seed has shape \(3,\), and the output has"):
        pullback(np.ones(3))


def test_a_gradient_inside_a_function_is_differentiated():
    def f(x, y):
        inner = grad(lambda t: t**2 * y * x)(x)  # 2·x²·y
        return inner * y

    assert f(3.0, 2.0) == 72
    assert grad(f, (0, 1))(3.0, 2.0) == (48, 72)  # 4·x·y², 4·x²·y


def test_an_inner_gradient_of_a_constant_function_is_zero():
    def f(x):
        return x * grad(lambda y: x)(2.0)

    assert grad(f)(3.0) == 0


def test_threads_do_not_disturb_each_other():
    def slope(x):
        return grad(lambda x: grad(lambda t: np.sin(t) * t)(x) * x)(x)

    points = np.linspace(0.1, 3, 200).tolist()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(slope, points))
    assert found == [slope(x) for x in points]


def test_a_vector_of_another_form_is_refused():
    product = hessian_vector_product(lambda x: np.sum(x**3))
    with pytest.raises(ValueError, match=r"the vector has shapes \[\(2,\)\], and the"):
        product(np.ones(3), np.ones(2))


def test_a_product_is_that_of_the_arrays_at_the_time_of_the_call():
    x, factors = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, pullback = vjp(lambda x: np.exp(x) * factors, x)
    expected = np.exp([1.0, 2.0]) * [3, 4]
    for array in (x, factors, value):
        array[:] = 0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], expected)
    x = np.array([1.0, 2.0])
    vjp(lambda x: x, x)[0][:] = 0
    np.testing.assert_array_equal(x, [1, 2])


def refills_a_factor(w):
    factors, total = np.zeros(3), 0.0
    for i in range(3):
        factors[:] = 0
        factors[i] = i + 1
        total = total + np.sum(factors * w)
    return total


def refills_an_index(w):
    index, total = np.zeros(2, dtype=int), 0.0
    for i in range(3):
        index[:] = i
        total = total + i * np.sum(w[index])
    return total


@pytest.mark.parametrize(
    ("f", "expected"), [(refills_a_factor, [1, 2, 3]), (refills_an_index, [0, 2, 4])]
)
def test_a_function_may_fill_its_arrays_again(f, expected):
    np.testing.assert_array_equal(grad(f)(np.ones(3)), expected)


def test_a_copy_of_a_traced_value_keeps_its_derivative():
    for copy in (copying.copy, copying.deepcopy):
        gradient = grad(lambda p, copy=copy: copy(p)["w"] ** 2)({"w": 3.0})
        assert gradient == {"w": 6}


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize(
    "f",
    [
        *(np.square, np.arctan, np.log1p, np.log2, special.log_expit, special.erf),
        *(special.ndtr, squared_norm, softmax, log_softmax, logsumexp),
        lambda x: np.clip(x, 0, 100) / 3,
    ],
)
def test_derivatives_of_small_integers_do_not_overflow(f, dtype):
    def product(x):
        value, pullback = vjp(f, x)
        return pullback(np.arange(1.0, 1 + np.size(value)).reshape(np.shape(value)))[0]

    x = np.array([100, 2], dtype=dtype)
    gradient = product(x)
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, product(x.astype(float)), rtol=2e-3)


class Row(np.ma.MaskedArray):
    """A subclass of masked arrays."""


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        (scipy.sparse.csr_array(np.eye(2)), "Use a dense matrix, X.toarray()"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), r"Use np.where\(mask, replacement"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]).view(Row), r"Use np.where\(mask"),
        (scipy.sparse.csr_matrix(np.eye(2)).todense(), "Use a plain array"),
    ],
)
def test_containers_that_lose_their_meaning_are_refused(value, cure):
    name = type(value).__name__
    with pytest.raises(TypeError, match=f"argument 0 is of type {name}.*{cure}"):
        grad(np.sum)(value)
    with pytest.raises(TypeError, match=f"the type {name} cannot be traced.*{cure}"):
        grad(lambda x: np.sum(x * value))(np.ones(2))


@pytest.mark.parametrize(
    "f", [np.argmax, lambda x: np.sum(x) > 0, lambda x: np.sum(x > 0)]
)
def test_a_count_or_a_truth_value_has_no_gradient(f):
    with pytest.raises(TypeError, match="change in steps"):
        grad(f)(np.array([1.0, 2.0]))


def test_whole_numbers_of_whole_numbers_have_a_gradient():
    assert grad(lambda x: x * x)(3) == 6.0
