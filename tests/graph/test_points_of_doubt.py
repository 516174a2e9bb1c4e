"""Derivatives at corners, ties, zeros and infinities are those that are documented."""

import numpy as np
import pytest
from scipy import special

from skmlp.activations import Activation
from skmlp.graph import grad, log_softmax, logsumexp, softmax, value_and_grad

ZERO = np.zeros(1)


def total(f):
    return lambda *arguments: np.sum(f(*arguments))


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (np.max, [1.0, 3.0, 3.0, 2.0], [0, 0.5, 0.5, 0]),
        (np.min, [1.0, 1.0, 3.0, 1.0], [1 / 3, 1 / 3, 0, 1 / 3]),
        (lambda x: np.max(x, axis=0), [[1.0, 5.0], [1.0, 2.0]], [[0.5, 1], [0.5, 0]]),
        (lambda x: np.maximum(x, 0), [-1.0, 0.0, 1.0], [0, 0, 1]),
        (lambda x: np.maximum(0, x), [-1.0, 0.0, 1.0], [0, 0, 1]),
        (lambda x: np.minimum(x, 0), [-1.0, 0.0, 1.0], [1, 0, 0]),
        (lambda x: np.maximum(x, -x), [-1.0, 0.0, 1.0], [-1, 0, 1]),
        (lambda x: np.clip(x, -1, 1), [-2.0, -1.0, 0.5, 1.0, 2.0], [0, 0, 1, 0, 0]),
        (np.abs, [-2.0, 0.0, 3.0], [-1, 0, 1]),
        (np.linalg.norm, [0.0, 0.0], [0, 0]),
        (np.linalg.norm, [3.0, 4.0], [0.6, 0.8]),
        (np.std, [2.0, 2.0], [0, 0]),
        (lambda x: np.hypot(x, 0 * x), [0.0, -2.0], [0, -1]),
        (np.fmax.reduce, [1.0, 2.0], None),
        (lambda x: np.fmax(x, np.nan), [1.0, 2.0], [1, 1]),
        (lambda x: x**0, [0.0, 2.0], [0, 0]),
        (lambda x: x**1, [0.0, 2.0], [1, 1]),
        (lambda x: x**2, [0.0, 2.0], [0, 4]),
        (lambda x: 0.0**x, [1.0, 2.0], [0, 0]),
        (np.sinc, [0.0, 1.0], [0, -1]),
        (lambda x: np.nansum(x**2), [np.nan, 2.0], [0, 4]),
        (np.nanmean, [np.nan, 2.0, 4.0], [0, 0.5, 0.5]),
        (np.max, [1.0, np.nan], [0, 1]),
        (np.min, [1.0, np.nan], [0, 1]),
        (lambda x: np.maximum(x, 0), [np.nan, -1.0], [1, 0]),
        (lambda x: np.minimum(0, x), [np.nan, 1.0], [1, 0]),
        (lambda x: np.logaddexp(0, x), [-np.inf, -800.0, 800.0, np.inf], [0, 0, 1, 1]),
        (lambda x: np.logaddexp2(x, 0), [-np.inf, 0.0, np.inf], [0, 0.5, 1]),
        (np.prod, [0.0, 2.0, 3.0], [6, 0, 0]),
        (np.prod, [0.0, 0.0, 3.0], [0, 0, 0]),
        (np.prod, [0.0, 2.0, 0.0], [0, 0, 0]),
    ],
)
def test_corners_and_ties(f, x, expected):
    x = np.array(x)
    if expected is None:  # no reduction of NumPy has this derivative
        with pytest.raises(TypeError, match=r"np.fmax.reduce cannot be traced"):
            grad(total(f))(x)
    else:
        np.testing.assert_allclose(grad(total(f))(x), expected, rtol=1e-15)


def test_two_variables_share_a_tie_of_maximum():
    assert grad(np.maximum, (0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert grad(np.minimum, (0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert grad(np.maximum, (0, 1))(2.0, 1.0) == (1, 0)


def test_relu_has_the_derivative_of_the_activation():
    z = np.array([-2.0, 0.0, -0.0, 3.0])
    _, pullback = Activation.resolve("relu").forward(z)
    ours = grad(total(lambda z: np.maximum(z, 0)))(z)
    np.testing.assert_array_equal(ours, pullback(np.ones(4)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.where(x > 0, np.log(x), 0),
        lambda x: np.where(x > 0, np.log(x) * 2 + 1, 0),
        lambda x: np.where(x > 0, np.sqrt(x) / x, x),
        lambda x: np.where(x > 0, x ** (-0.5), 0),
        lambda x: np.where(x > 0, 1 / x, 1),
        lambda x: np.where(x.T > 0, np.log(x).T, 0),
        lambda x: np.where(x[:, None] > 0, np.log(x)[:, None], 0),
        lambda x: np.where(x > 0, np.log(x) + np.log(np.where(x > 0, x, 1)), 0),
        lambda x: np.log(x)[x > 0],
        lambda x: np.maximum(np.log(x), -2.0),
        lambda x: np.clip(np.log(x), -2, 3),
        lambda x: np.where(x > 0, np.arctanh(x - 1), np.where(x == 0, -1.0, 2.0)),
    ],
)
def test_a_branch_that_is_not_taken_leaks_no_nan(f):
    x = np.array([0.0, 0.5, 0.0])
    with np.errstate(all="ignore"):
        alone = grad(total(f))(x[1:2])
        gradient = grad(total(f))(x)
        curvature = grad(total(lambda x: grad(total(f))(x) * np.ones(3)))(x)
    assert alone != 0
    taken = grad(total(f))(np.array([0.5, 0.5, 0.5]))
    assert np.all(np.isfinite(gradient))
    assert gradient[1] == taken[1]
    assert np.all(np.isfinite(curvature))


@pytest.mark.parametrize(
    "move",
    [
        *(np.negative, np.positive, np.transpose, np.ravel, np.copy, np.flip, np.sort),
        lambda u: u + np.ones(2),
        lambda u: 1 - u,
        lambda u: np.sum(u, axis=1),
        lambda u: np.mean(u, axis=1, keepdims=True),
        lambda u: np.cumsum(u, axis=1),
        lambda u: np.max(-u, axis=1),
        lambda u: np.reshape(u, 4),
        lambda u: np.expand_dims(u, 1),
        lambda u: np.squeeze(u[None]),
        lambda u: np.roll(u, 1, axis=1),
        lambda u: np.tile(u, 2),
        lambda u: np.broadcast_to(u, (3, 2, 2)),
        lambda u: np.swapaxes(u, 0, 1),
        lambda u: np.moveaxis(u, 0, 1),
        lambda u: np.concatenate([u, u], axis=1),
        lambda u: np.stack([u, u]),
        lambda u: np.pad(u, 1),
        lambda u: u[:, ::-1],
        lambda u: u[[0, 1, 1]],
        lambda u: u.astype(np.float32),
        lambda u: np.triu(u.T),
        lambda u: np.tril(u),
    ],
)
def test_elements_that_are_moved_before_a_choice_leak_no_nan(move):
    def f(x):
        u = move(np.log(x))
        return np.sum(np.where(np.isfinite(u), u, 0))

    with np.errstate(all="ignore"):
        gradient = grad(f)(np.array([[0.0, 0.5], [2.0, 3.0]]))
    assert np.all(np.isfinite(gradient))
    assert gradient[0, 0] == 0
    full = grad(f)(np.array([[0.4, 0.5], [2.0, 3.0]]))
    np.testing.assert_allclose(gradient[1], full[1])


def test_masks_of_long_chains_need_no_deep_recursion():
    def f(x):
        u = np.log(x)
        for _ in range(3000):
            u = u + 1
        return np.sum(np.where(x > 0, u, 0))

    with np.errstate(divide="ignore"):
        gradient = grad(f)(np.array([0.0, 0.5]))
    np.testing.assert_array_equal(gradient, [0, 2])


def test_an_overflow_in_a_branch_that_is_not_taken_leaks_no_nan():
    def softplus(z):
        return np.where(z > 30, z, np.log1p(np.exp(z)))

    with np.errstate(over="ignore"):
        gradient = grad(total(softplus))(np.array([1000.0, 0.0]))
    np.testing.assert_array_equal(gradient, [1, 0.5])


def test_a_derivative_that_is_infinite_is_not_hidden():
    with np.errstate(all="ignore"):
        assert grad(np.sqrt)(0.0) == np.inf
        assert grad(np.log)(0.0) == np.inf
        assert np.isnan(grad(lambda x: np.sqrt(x) ** 2)(0.0))


def test_xlogy_at_zero():
    with np.errstate(divide="ignore"):
        by_x, by_y = grad(special.xlogy, (0, 1))(0.0, 0.0)
    assert by_x == -np.inf
    assert by_y == 0
    by_x, by_y = grad(special.xlogy, (0, 1))(0.0, 2.0)
    assert by_x == pytest.approx(np.log(2), rel=1e-15)
    assert by_y == 0
    assert grad(special.xlog1py, 1)(0.0, -1.0) == 0


@pytest.mark.parametrize("shift", [-1000.0, 0.0, 1000.0])
def test_logsumexp_is_exact_for_huge_scores(shift):
    z = np.array([0.0, np.log(3.0)])
    value, gradient = value_and_grad(logsumexp)(z + shift)
    assert value == pytest.approx(np.log(4) + shift, rel=1e-15)
    np.testing.assert_allclose(gradient, [0.25, 0.75], rtol=1e-12)
    p = softmax(z + shift)
    np.testing.assert_allclose(p, [0.25, 0.75], rtol=1e-12)
    gradient = grad(lambda z: log_softmax(z)[0])(z + shift)
    np.testing.assert_allclose(gradient, [0.75, -0.75], rtol=1e-12)


def test_logsumexp_of_minus_infinity_has_the_gradient_zero():
    with np.errstate(divide="ignore"):
        gradient = grad(logsumexp)(np.array([-np.inf, -np.inf]))
    np.testing.assert_array_equal(gradient, [0, 0])
    gradient = grad(logsumexp)(np.array([-np.inf, 2.0]))
    np.testing.assert_array_equal(gradient, [0, 1])


@pytest.mark.parametrize(("z", "expected"), [(-1000.0, 1.0), (1000.0, 0.0)])
def test_log_expit_is_exact_for_huge_scores(z, expected):
    assert grad(special.log_expit)(z) == expected


def test_negative_bases_of_integer_powers_have_derivatives():
    np.testing.assert_allclose(grad(total(lambda x: x**3))(np.array([-2.0])), [12])
    exponents = np.array([0, 1, 2, 3])
    gradient = grad(total(lambda x: x**exponents))(np.array([-2.0, 0.0, 0.0, -1.0]))
    np.testing.assert_array_equal(gradient, [0, 1, 0, 3])
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(np.power, 1)(-2.0, 2.0))
