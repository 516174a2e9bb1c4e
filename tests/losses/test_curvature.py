"""Second derivatives of losses that define none, found by graphs."""

import numpy as np
import pytest

from skmlp.graph import log_softmax
from skmlp.losses import (
    BinaryLogLoss,
    FocalLoss,
    FunctionPair,
    Loss,
    MultinomialLogLoss,
    PlainFunction,
    PoissonDeviance,
    SquaredError,
)
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, size=40)
ONE_HOT = np.eye(3)[LABELS]
SCORES = RNG.normal(size=(40, 3))


def cross_entropy(y, scores):
    return -np.sum(y * log_softmax(scores, axis=1), axis=1)


def cross_entropy_gradient(y, scores):
    return np.exp(log_softmax(scores, axis=1)) - y


def binary_cross_entropy(y, scores):
    return np.sum(np.logaddexp(0, scores) - y * scores, axis=1)


def half_square(y, scores):
    return 0.5 * np.sum((scores - y) ** 2, axis=1)


def poisson(y, scores):
    return np.sum(np.exp(scores) - y * scores, axis=1)


def savage(y, scores):
    return np.sum(1 / (1 + np.exp((2 * y - 1) * scores)) ** 2, axis=1)


def mixed(y, scores):
    return np.sum(scores, axis=1) ** 2 * np.tanh(scores[:, 0]) + np.sum(y, axis=1)


def curvature_by_differences(loss, y, scores, h=1e-5):
    hessians = np.empty((*scores.shape, scores.shape[1]))
    for k in range(scores.shape[1]):
        step = h * np.eye(scores.shape[1])[k]
        ahead, behind = (
            loss.value_and_gradient(y, scores + sign * step)[1] for sign in (1, -1)
        )
        hessians[:, k] = (ahead - behind) / (2 * h)
    return hessians


@pytest.mark.parametrize(
    ("loss", "y", "closed_form"),
    [
        (PlainFunction(cross_entropy), ONE_HOT, MultinomialLogLoss()),
        (
            FunctionPair(cross_entropy, cross_entropy_gradient),
            ONE_HOT,
            MultinomialLogLoss(),
        ),
        (OneHotTargets(PlainFunction(cross_entropy)), LABELS, MultinomialLogLoss()),
        (PlainFunction(binary_cross_entropy), ONE_HOT, BinaryLogLoss()),
        (PlainFunction(half_square), ONE_HOT, SquaredError()),
        (PlainFunction(poisson), ONE_HOT, PoissonDeviance()),
    ],
)
def test_curvature_is_that_of_the_closed_form(loss, y, closed_form):
    expected = closed_form.curvature(y, SCORES)
    np.testing.assert_allclose(loss.curvature(y, SCORES), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (PlainFunction(savage), ONE_HOT),
        (PlainFunction(mixed), ONE_HOT),
        (OneHotTargets(PlainFunction(savage)), LABELS),
        (FocalLoss().of_kind("multiclass"), LABELS),
        (FocalLoss().of_kind("binary"), ONE_HOT),
    ],
)
def test_curvature_is_symmetric_and_that_of_differences(loss, y):
    found = loss.curvature(y, SCORES)
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
    expected = curvature_by_differences(loss, y, SCORES)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_curvature_of_a_linear_loss_is_zero():
    pair = FunctionPair(lambda y, s: np.sum(y * s, axis=1), lambda y, s: y)
    assert not pair.curvature(ONE_HOT, SCORES).any()
    assert not PlainFunction(pair.value).curvature(ONE_HOT, SCORES).any()


def test_curvature_has_the_dtype_of_the_scores():
    scores = SCORES.astype(np.float32)
    assert PlainFunction(savage).curvature(ONE_HOT, scores).dtype == np.float32


def untraceable(y, scores):
    return np.array([[float(s) for s in row] for row in scores]) - y


class NoFormula(Loss):
    inverse_link = "logistic"

    def value_and_gradient(self, y, scores):
        return half_square(y, scores), scores - y

    def mean(self, scores):
        return scores


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (FunctionPair(half_square, untraceable), "second derivatives"),
        (PlainFunction(lambda y, s: untraceable(y, s).sum(axis=1)), "loss=<lambda>: "),
        (NoFormula(), "loss=NoFormula has no second derivatives"),
    ],
)
def test_a_loss_that_cannot_be_traced_twice_gets_an_error(loss, message):
    with pytest.raises(ValueError, match=message):
        loss.curvature(ONE_HOT, SCORES)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "loss", [PlainFunction(savage), FocalLoss().of_kind("multiclass")]
)
def test_the_hessian_of_a_risk_is_that_of_differences(loss, weighted):
    y = LABELS if loss.takes_labels else ONE_HOT
    X = RNG.normal(size=(40, 4))
    weight = RNG.uniform(0.5, 2, size=40) if weighted else None
    network = Network((4, 3))
    risk = EmpiricalRisk(network, loss, X, y, sample_weight=weight, l2=0.7)
    at = RNG.normal(size=network.n_parameters)
    h = 1e-5
    expected = [
        (
            risk.value_and_gradient(at + h * step)[1]
            - risk.value_and_gradient(at - h * step)[1]
        )
        / (2 * h)
        for step in np.eye(len(at))
    ]
    np.testing.assert_allclose(risk.hessian(at), expected, rtol=1e-6, atol=1e-7)
