"""Activations given by one function, whose derivative a graph finds."""

import math
import pickle
import warnings

import numpy as np
import pytest
from scipy.special import expit, gammaln, ndtr
from sklearn.exceptions import ConvergenceWarning

from skmlp import MLPClassifier
from skmlp._kernels import NAME
from skmlp.activations import Activation, FunctionPair, PlainFunction
from skmlp.base.component import comparable
from skmlp.losses import Loss
from skmlp.network import Network, fused

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
    "no attribute 'cumprod'.*use NumPy's functions": lambda z: z.cumprod(),
    "tanh: .* found. np.vectorize cannot be traced": np.vectorize(math.tanh),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_function_that_is_no_activation_is_refused_before_the_fit(message, bundled):
    X, y = bundled("iris")
    network = MLPClassifier((3,), activation=WRONG[message], max_iter=2)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


def _step_in_place(z):
    z[z > 0], z[z <= 0] = 1, 0
    return z


def _relu_in_place(z):
    z[z < 0] = 0
    return z


@pytest.mark.parametrize("function", [WRITTEN["relu"], _relu_in_place])
def test_a_pair_may_change_its_arguments_in_place(function):
    pair = FunctionPair(function, _step_in_place)
    for _ in range(2):  # the points of the check are kept, too
        pair.checked()
    z = np.array([[-2.0, 3.0]])
    a, pullback = pair.forward(z)
    np.testing.assert_array_equal(a, [[0, 3]])
    np.testing.assert_array_equal(pullback(np.ones((1, 2))), [[0, 1]])
    np.testing.assert_array_equal(z, [[-2, 3]])


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


def test_networks_learn_what_they_learn_with_the_built_in_activation(rng):
    X = rng.normal(size=(80, 3))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    fits = [
        MLPClassifier((5, 4), activation=activation, max_iter=15, random_state=0)
        for activation in (WRITTEN["mish"], "mish", [WRITTEN["mish"], "mish"])
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        losses = [each.fit(X, y).loss_ for each in fits]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def test_a_function_that_float32_cannot_compute_has_no_program():
    large = np.float64(1e9)  # NumPy goes on in float64
    assert PlainFunction(lambda z: (large + z) - large).program() is None
    assert PlainFunction(lambda z: z.astype(np.float32) * z).program() is None
    assert PlainFunction(np.arctan).program() is not None


@pytest.mark.skipif(NAME != "compiled", reason="about the compiled kernels")
def test_functions_with_programs_run_in_the_compiled_loop(rng):
    class Doubled(PlainFunction):
        def forward(self, z):
            a, pullback = super().forward(z)
            return 2 * a, lambda gradient: 2 * pullback(gradient)

    X, y = rng.normal(size=(5, 2)), np.ones((5, 1))
    loss = Loss.table["squared_error"]()

    def is_compiled(activation):
        network = Network((2, 3, 1), (activation,))
        return fused.fuse(network, loss, X, y) is not None

    assert is_compiled(PlainFunction(np.arctan))
    assert is_compiled(FunctionPair(np.sin, np.cos))
    assert not is_compiled(PlainFunction(lambda z: gammaln(1 + z**2)))
    assert not is_compiled(Doubled(np.arctan))


def test_programs_are_no_part_of_pickles_and_of_comparisons():
    activation = PlainFunction(np.arctan)
    before = pickle.dumps(activation), comparable(activation)
    assert activation.program() is not None
    assert (pickle.dumps(activation), comparable(activation)) == before


def test_a_fit_reads_the_function_once(rng):
    factor = [1.0]
    activation = PlainFunction(lambda z: factor[0] * np.tanh(z))
    z = rng.normal(size=(4, 3))
    first = activation.forward(z)[0]
    factor[0] = 2.0
    np.testing.assert_array_equal(activation.forward(z)[0], first)
    again = PlainFunction(activation.function).forward(z)[0]
    np.testing.assert_allclose(again, 2 * first, rtol=1e-14)
