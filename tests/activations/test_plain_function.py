"""Activations given by one function, whose derivative a graph finds."""

import math

import numpy as np
import pytest
from scipy.special import expit, ndtr

from skmlp import MLPClassifier
from skmlp.activations import Activation, PlainFunction

# name of an activation of the package: the function of a user
WRITTEN = {
    "mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z * expit(z),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "softplus": lambda z: np.logaddexp(0, z),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_function_has_the_outputs_and_the_pullback_of_the_named_activation(
    name, dtype
):
    rng = np.random.default_rng(0)
    z = rng.normal(scale=3, size=(7, 5)).astype(dtype)
    gradient = rng.normal(size=z.shape).astype(dtype)
    expected, expected_pullback = Activation.table[name]().forward(z)
    a, pullback = Activation.resolve(WRITTEN[name]).forward(z)
    tolerance = 20 * np.finfo(dtype).eps
    assert a.dtype == pullback(gradient).dtype == dtype
    np.testing.assert_allclose(a, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(
        pullback(gradient), expected_pullback(gradient), rtol=tolerance, atol=tolerance
    )


def _random(z):
    return z * np.random.default_rng().uniform()


def _by_shape(z):
    return z if z.shape[-1] > 50 else 2 * z


def _assigning(z):
    z[z < 0] = 0
    return z


WRONG = {
    "its derivative is zero everywhere": np.sign,
    r"of shape \(\); return one number": np.sum,
    "is not applied element by element": lambda z: z - z.mean(axis=-1, keepdims=True),
    "depends on the shape of z": _by_shape,
    "its value is nan at z = -8.4": np.log,
    "changes from call to call": _random,
    "Use np.where": lambda z: z if z > 0 else 0 * z,
    "activation=tanh: its derivative cannot be found": math.tanh,
    "x.i. = ...": _assigning,
    "raised TypeError": lambda z, extra: z,
}


@pytest.mark.parametrize("message", WRONG)
def test_a_function_that_is_no_activation_is_refused_before_the_fit(message, bundled):
    X, y = bundled("iris")
    network = MLPClassifier((3,), activation=WRONG[message], max_iter=2)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


def test_an_object_of_a_function_is_an_activation_for_one_layer(bundled):
    X, y = bundled("iris")
    activations = [PlainFunction(np.tanh), "relu"]
    ours = MLPClassifier((4, 3), activation=activations, max_iter=3, random_state=0)
    named = MLPClassifier(
        (4, 3), activation=["tanh", "relu"], max_iter=3, random_state=0
    )
    for network in (ours, named):
        with pytest.warns(UserWarning, match="hasn't converged"):
            network.fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0], named.coefs_[0], rtol=1e-9)
