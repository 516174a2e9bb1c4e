"""Numbers of layers, compared with those that a graph and plain arrays give."""

import numpy as np
import pytest

from skmlp.activations import Activation
from skmlp.diagnosis.layer_facts import layer_facts
from skmlp.graph import grad
from skmlp.losses import Loss
from skmlp.network import Network


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_sizes_of_outputs_and_gradients_are_those_of_the_graph(activation, rng):
    sigma = Activation.table[activation]()
    network = Network((4, 6, 5, 2), (sigma, sigma))
    loss = Loss.table["squared_error"]()
    parameters = rng.normal(size=network.n_parameters)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    (W1, W2, W3), (b1, b2, b3) = network.unflatten(parameters)
    z1 = X @ W1 + b1
    a1 = sigma.formula(z1)
    z2 = a1 @ W2 + b2
    scores = sigma.formula(z2) @ W3 + b3

    def of_z1(z):
        z = sigma.formula(z) @ W2 + b2
        return np.sum(loss.formula(y, sigma.formula(z) @ W3 + b3))

    def of_z2(z):
        return np.sum(loss.formula(y, sigma.formula(z) @ W3 + b3))

    def of_W2(W):
        z = a1 @ W + b2
        return np.mean(loss.formula(y, sigma.formula(z) @ W3 + b3))

    first, second, last = layer_facts(network, loss, parameters, X, y)

    def size(array):
        return np.sqrt(np.mean(array**2))

    np.testing.assert_allclose(first.outputs, size(a1))
    np.testing.assert_allclose(last.outputs, size(scores))
    np.testing.assert_allclose(first.gradient, size(grad(of_z1)(z1)), rtol=1e-9)
    np.testing.assert_allclose(second.gradient, size(grad(of_z2)(z2)), rtol=1e-9)
    np.testing.assert_allclose(second.weight_gradient, size(grad(of_W2)(W2)), rtol=1e-9)
    np.testing.assert_allclose(second.weights, size(W2))
    np.testing.assert_allclose(first.deviation, a1.std(axis=0).mean())


def test_shares_of_saturated_and_dead_units():
    tanh, relu = (Activation.table[name]() for name in ("tanh", "relu"))
    network = Network((1, 4, 4, 1), (tanh, relu))
    weights = [np.zeros((1, 4)), np.zeros((4, 4)), np.ones((4, 1))]
    # tanh is flat at ±3, as 1 − tanh² is 0.0099 there; relu is dead below zero.
    intercepts = [np.array([0, 0, 0, 3.0]), np.array([1, -1, -1, 1.0]), np.zeros(1)]
    parameters = network.flatten(weights, intercepts)
    X, y = np.zeros((5, 1)), np.zeros((5, 1))
    first, second, last = layer_facts(
        network, Loss.table["squared_error"](), parameters, X, y
    )
    assert (first.saturated, first.dead) == (0.25, 0.0)
    assert second.dead == 0.5
    assert (last.saturated, last.dead) == (0.0, 0.0)
