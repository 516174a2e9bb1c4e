"""Gradients of training against those of the graph; Hessian-vector products."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from versions import RNG

from skmlp import losses
from skmlp.activations import Activation, FunctionPair
from skmlp.graph import value_and_grad
from skmlp.losses.hinge import PerceptronLoss
from skmlp.losses.one_hot import OneHotTargets
from skmlp.losses.per_column import PerColumn
from skmlp.losses.scaled_targets import ScaledTargets, TargetScale
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, hessian_product
from skmlp.objective.risk_graph import risk_formula

N, D = 40, 5


def _labels(rng, n_outputs):
    return rng.integers(0, n_outputs, N)


def _binary(rng, n_outputs):
    return rng.integers(0, 2, (N, n_outputs)).astype(float)


def _numbers(rng, n_outputs):
    return rng.normal(size=(N, n_outputs))


def _positive(rng, n_outputs):
    return rng.gamma(2.0, size=(N, n_outputs))


def _columns(rng, n_outputs):
    return np.column_stack([rng.integers(0, k, N) for k in (3, 1, 2)]).astype(float)


# name: (loss, number of scores, targets of a number of columns)
LOSSES = {
    "binary log loss": (losses.BinaryLogLoss(), 2, _binary),
    "smoothed binary log loss": (losses.BinaryLogLoss(0.1), 2, _binary),
    "multinomial log loss": (losses.MultinomialLogLoss(), 3, _labels),
    "smoothed multinomial log loss": (losses.MultinomialLogLoss(0.2), 3, _labels),
    "binary focal loss": (losses.BinaryFocalLoss(), 2, _binary),
    "multinomial focal loss": (losses.MultinomialFocalLoss(1.5), 3, _labels),
    "binary hinge": (losses.BinaryHinge(), 2, _binary),
    "multiclass hinge": (losses.MulticlassHinge(), 3, _labels),
    "perceptron": (PerceptronLoss(), 2, _binary),
    "one-hot perceptron": (OneHotTargets(PerceptronLoss()), 3, _labels),
    "columns of labels": (
        PerColumn(losses.MultinomialLogLoss(), (3, 1, 2)),
        6,
        _columns,
    ),
    "squared error": (losses.SquaredError(), 2, _numbers),
    "absolute error": (losses.AbsoluteError(), 2, _numbers),
    "Huber": (losses.Huber(0.7), 2, _numbers),
    "Poisson": (losses.PoissonDeviance(), 2, _positive),
    "gamma": (losses.GammaDeviance(), 2, _positive),
    "quantile": (losses.Quantile(0.3), 2, _numbers),
    "quantiles": (losses.Quantile([0.1, 0.5, 0.9]), 6, _numbers),
    "Gaussian": (losses.GaussianNLL(), 4, _numbers),
    "scaled targets": (
        ScaledTargets(
            losses.SquaredError(), TargetScale(np.array([[1.0, 2.0], [0.5, 3.0]]))
        ),
        2,
        _numbers,
    ),
    "a pair of functions": (
        losses.FunctionPair(
            lambda y, s: np.sum(np.cosh(s - y), axis=1), lambda y, s: np.sinh(s - y)
        ),
        2,
        _numbers,
    ),
}
ACTIVATIONS = {name: cls() for name, cls in Activation.table.items()} | {
    "a pair of functions": FunctionPair(np.arctan, lambda z: 1 / (1 + z * z))
}


def _risk(loss_name, activation, *, sparse=False, hidden=True, seed=0):
    """Return a risk with weights and an elastic-net penalty, and its parameters."""
    loss, n_scores, targets = LOSSES[loss_name]
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D))
    if sparse:
        X = scipy.sparse.random_array((N, D), density=0.5, **{RNG: rng}, format="csr")
    sizes = (D, 4, 3, n_scores) if hidden else (D, n_scores)
    network = Network(sizes, (activation, activation) if hidden else ())
    y = targets(rng, n_scores // loss.scores_per_target)
    risk = EmpiricalRisk(network, loss, X, y, rng.uniform(0.5, 2, N), l2=0.3, l1=0.2)
    return risk, rng.normal(scale=0.8, size=network.n_parameters)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_of_training_is_that_of_the_graph(loss, activation):
    risk, parameters = _risk(loss, ACTIVATIONS[activation])
    value, gradient = risk.value_and_gradient(parameters)
    expected, by_graph = value_and_grad(risk_formula(risk))(parameters)
    assert value == pytest.approx(expected, rel=1e-12)
    assert np.linalg.norm(gradient - by_graph) <= 1e-12 * np.linalg.norm(by_graph)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_gradient_over_some_rows_is_that_of_the_graph(sparse):
    risk, parameters = _risk("multinomial log loss", ACTIVATIONS["tanh"], sparse=sparse)
    rows = np.array([3, 17, 4])
    value, gradient = risk.value_and_gradient(parameters, rows)
    expected, by_graph = value_and_grad(risk_formula(risk, rows))(parameters)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(gradient, by_graph, rtol=1e-11, atol=1e-13)


SMOOTH = ["logistic", "tanh", "gelu", "silu", "mish", "softplus", "softsign"]
CURVED = ["multinomial log loss", "binary focal loss", "Poisson", "Gaussian"]


@pytest.mark.parametrize(
    ("loss", "activation", "sparse"),
    [
        *((CURVED[i % len(CURVED)], name, False) for i, name in enumerate(SMOOTH)),
        ("multinomial log loss", "tanh", True),
        ("columns of labels", "tanh", False),
        ("squared error", "relu", False),
    ],
)
def test_a_hessian_product_is_the_difference_of_gradients(loss, activation, sparse):
    risk, parameters = _risk(loss, ACTIVATIONS[activation], sparse=sparse)
    risk = risk.with_l2(0.3)
    vector = np.random.default_rng(1).normal(size=parameters.shape)
    step = 1e-5
    ahead, behind = (
        risk.value_and_gradient(parameters + sign * step * vector)[1]
        for sign in (1, -1)
    )
    np.testing.assert_allclose(
        hessian_product(risk, parameters, vector),
        (ahead - behind) / (2 * step),
        rtol=1e-5,
        atol=1e-7,
    )


@pytest.mark.parametrize("loss", ["multinomial log loss", "binary log loss"])
def test_without_hidden_layers_it_is_the_product_with_the_hessian(loss):
    risk, parameters = _risk(loss, None, hidden=False)
    offset = np.linspace(-1, 1, N * risk.network.layer_sizes[-1]).reshape(N, -1)
    risk = replace(risk.with_l2(0.3), offset=offset)
    vector = np.random.default_rng(1).normal(size=parameters.shape)
    np.testing.assert_allclose(
        hessian_product(risk, parameters, vector),
        risk.hessian(parameters) @ vector,
        rtol=1e-11,
        atol=1e-13,
    )


def test_a_vector_of_another_length_is_refused():
    risk, parameters = _risk("squared error", ACTIVATIONS["tanh"])
    with pytest.raises(ValueError, match="one number for each parameter"):
        hessian_product(risk, parameters, np.ones(3))


def test_a_subclass_with_another_forward_does_not_inherit_the_formula():
    class Doubled(Activation.table["tanh"]):
        def forward(self, z):
            a, pullback = super().forward(z)
            return 2 * a, lambda gradient: 2 * pullback(gradient)

    risk, parameters = _risk("squared error", Doubled())
    _, gradient = risk.value_and_gradient(parameters)
    _, by_graph = value_and_grad(risk_formula(risk))(parameters)
    np.testing.assert_allclose(gradient, by_graph, rtol=1e-11, atol=1e-13)
