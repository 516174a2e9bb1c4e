"""Identities of the theory: estimators that are equal in special cases."""

import numpy as np
import pytest
import scipy.special
from sklearn.linear_model import Ridge

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)
from skmlp.activations import ReLU
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

CLASSIFICATION = ("iris", "wine", "breast_cancer")


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_logistic_regression_is_a_network_without_hidden_layer(name, bundled):
    X, y = bundled(name)
    alpha = 2.0
    logistic = LogisticRegression(C=1 / alpha, tol=1e-9, max_iter=2000).fit(X, y)
    network = MLPClassifier(
        (), alpha=alpha, solver="lbfgs", tol=1e-9, max_iter=5000, random_state=0
    )
    probabilities = network.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(probabilities, logistic.predict_proba(X), atol=2e-4)


def test_an_identity_network_without_hidden_layer_is_ridge_regression(bundled):
    X, y = bundled("diabetes")
    y = (y - y.mean()) / y.std()
    network = MLPRegressor(
        hidden_layer_sizes=(),
        alpha=3.0,
        solver="lbfgs",
        tol=1e-9,
        max_iter=5000,
        random_state=0,
    )
    ridge = Ridge(alpha=3.0).fit(X, y)
    np.testing.assert_allclose(
        network.fit(X, y).predict(X), ridge.predict(X), rtol=0, atol=5e-4
    )


def test_a_linear_network_stays_linear_however_deep(rng):
    X = rng.normal(size=(40, 3))
    deep = MLPRegressor(
        hidden_layer_sizes=(5, 4), activation="identity", max_iter=3, random_state=0
    )
    with pytest.warns(match="Maximum iterations"):
        deep.fit(X, X[:, 0])
    W, b = deep.coefs_, deep.intercepts_
    weights = W[0] @ W[1] @ W[2]
    intercept = (b[0] @ W[1] + b[1]) @ W[2] + b[2]
    np.testing.assert_allclose(deep.predict(X), (X @ weights + intercept)[:, 0])


def test_products_of_a_network_leave_invalid_numbers_to_its_callers(rng):
    network = Network((3, 2, 2), (ReLU(),))
    parameters = rng.normal(size=network.n_parameters)
    parameters[0], parameters[6] = np.inf, np.inf
    X = np.array([[0.0, 1.0, 2.0]])
    with np.errstate(invalid="raise"):
        scores, pullback = network.forward(parameters, X)
        gradient = pullback(np.zeros_like(scores))
    assert np.isnan(scores).any()
    assert np.isnan(gradient).any()


def test_binary_is_softmax_over_two_classes(rng):
    X = rng.normal(size=(30, 4))
    y = rng.integers(2, size=30)
    binary = EmpiricalRisk(
        Network((4, 1)), BinaryLogLoss(), X, y[:, np.newaxis].astype(float)
    )
    softmax = EmpiricalRisk(Network((4, 2)), MultinomialLogLoss(), X, y)
    w, b = rng.normal(size=(4, 1)), rng.normal(size=1)
    one = np.concatenate([w.ravel(), b])
    two = np.concatenate([np.hstack([np.zeros_like(w), w]).ravel(), [0.0], b])
    assert binary.value_and_gradient(one)[0] == pytest.approx(
        softmax.value_and_gradient(two)[0], rel=1e-13
    )


@pytest.mark.parametrize("name", [*CLASSIFICATION, "digits"])
def test_newton_and_lbfgs_reach_the_same_optimum(name, bundled):
    X, y = bundled(name)
    settings = {"tol": 1e-8, "max_iter": 3000}
    newton = LogisticRegression(solver="newton-cholesky", **settings).fit(X, y)
    lbfgs = LogisticRegression(solver="lbfgs", **settings).fit(X, y)
    scale = np.abs(newton.coef_).max()
    np.testing.assert_allclose(lbfgs.coef_, newton.coef_, atol=1e-5 * scale, rtol=0)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_lda_posterior_is_the_softmax_of_its_scores(name, bundled):
    X, y = bundled(name)
    lda = LinearDiscriminantAnalysis().fit(X, y)
    scores = lda.decision_function(X)
    if scores.ndim == 1:
        scores = np.stack([np.zeros_like(scores), scores], axis=1)
    theirs = scipy.special.softmax(scores, axis=1)
    np.testing.assert_allclose(lda.predict_proba(X), theirs, atol=1e-12)


def test_lda_posterior_is_that_of_gaussian_classes(bundled):
    X, y = bundled("iris")
    lda = LinearDiscriminantAnalysis(store_covariance=True).fit(X, y)
    precision = np.linalg.inv(lda.covariance_)
    log_joint = np.stack(
        [
            np.log(prior)
            - 0.5 * np.einsum("ij,jk,ik->i", X - mean, precision, X - mean)
            for prior, mean in zip(lda.priors_, lda.means_, strict=True)
        ],
        axis=1,
    )
    theirs = scipy.special.softmax(log_joint, axis=1)
    np.testing.assert_allclose(lda.predict_proba(X), theirs, atol=1e-8)


def test_lda_weights_are_the_precision_times_the_difference_of_means(bundled):
    X, y = bundled("iris")
    X, y = X[y < 2], y[y < 2]
    lda = LinearDiscriminantAnalysis(store_covariance=True).fit(X, y)
    theirs = np.linalg.solve(lda.covariance_, lda.means_[1] - lda.means_[0])
    np.testing.assert_allclose(lda.coef_[0], theirs, rtol=1e-8)


def efficiency(distance):
    """Return the efficiency of logistic regression relative to discriminant analysis.

    The classes have equal priors; `distance` is the Mahalanobis distance of the means.
    """
    # Efron (1975), Journal of the American Statistical Association 70, 892-898.
    x = np.linspace(-12, 12, 20_001)
    density = np.exp(-(x**2) / 2 - distance**2 / 8) / np.sqrt(2 * np.pi)
    overlap = np.sum(density / np.cosh(distance * x / 2)) * (x[1] - x[0])
    return (1 + distance**2 / 4) * overlap


def test_the_efficiency_of_logistic_regression_is_that_in_print():
    distances = [1, 1.5, 2, 2.5, 3, 3.5, 4]
    in_print = [0.995, 0.968, 0.899, 0.786, 0.641, 0.486, 0.343]
    ours = [efficiency(distance) for distance in distances]
    np.testing.assert_allclose(ours, in_print, atol=5e-4)


@pytest.mark.parametrize("distance", [1, 3])
def test_the_efficiency_of_logistic_regression_is_that_of_simulation(distance, rng):
    y = np.arange(4000) % 2
    lda = LinearDiscriminantAnalysis()
    logistic = LogisticRegression(C=np.inf, solver="newton-cholesky")
    squares = np.empty((30, 2))
    for i in range(len(squares)):
        X = rng.normal(size=(len(y), 9))
        X[:, 0] += distance * (y - 0.5)
        for j, method in enumerate((lda, logistic)):
            # The true coefficients of all features but the first are zero.
            squares[i, j] = np.mean(method.fit(X, y).coef_[0, 1:] ** 2)
    resampled = squares[rng.integers(30, size=(500, 30))].mean(axis=1)
    spread = np.std(resampled[:, 0] / resampled[:, 1])
    found = np.divide(*squares.mean(axis=0))
    assert found == pytest.approx(efficiency(distance), abs=3 * spread)
    assert spread < 0.1


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky"])
def test_a_weight_of_three_is_three_copies_for_logistic_regression(solver, bundled):
    X, y = bundled("wine")
    weight = np.random.default_rng(0).integers(0, 4, size=len(y))
    settings = {"solver": solver, "tol": 1e-10, "max_iter": 1000}
    weighted = LogisticRegression(**settings).fit(X, y, weight)
    copied = LogisticRegression(**settings).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    np.testing.assert_allclose(weighted.coef_, copied.coef_, atol=1e-6)


def test_a_weight_of_three_is_three_copies_for_a_network_on_all_rows(bundled):
    X, y = bundled("wine")
    weight = np.random.default_rng(0).integers(0, 4, size=len(y))
    settings = {
        "hidden_layer_sizes": (5,),
        "activation": "tanh",
        "solver": "lbfgs",
        "alpha": 1.0,
        "tol": 1e-8,
        "max_iter": 3000,
        "random_state": 0,
    }
    weighted = MLPClassifier(**settings).fit(X, y, weight)
    copied = MLPClassifier(**settings).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    assert weighted.loss_ == pytest.approx(copied.loss_, rel=1e-4)


def test_gradients_vanish_in_saturating_nets_and_not_in_rectified_ones(rng):
    X, y = rng.normal(size=(64, 10)), rng.normal(size=(64, 1))
    norms = {}
    for name in ("logistic", "relu"):
        from skmlp.activations import Activation
        from skmlp.initializers import GlorotUniform
        from skmlp.losses import SquaredError

        sizes = (10, *(20,) * 8, 1)
        network = Network(sizes, (Activation.table[name](),) * 8)
        parameters = network.initial_parameters(
            GlorotUniform(), np.random.RandomState(0), np.float64
        )
        objective = EmpiricalRisk(network, SquaredError(), X, y)
        gradient = objective.value_and_gradient(parameters)[1]
        layers = network.unflatten(gradient)[0]
        norms[name] = np.linalg.norm(layers[0]) / np.linalg.norm(layers[-1])
    assert norms["logistic"] < 1e-4 < 1e-2 < norms["relu"]


def test_a_wide_net_approximates_a_continuous_function():
    X = np.linspace(-3, 3, 200)[:, np.newaxis]
    y = np.sin(2 * X[:, 0]) * np.exp(-0.2 * X[:, 0] ** 2)
    errors = []
    for width in (2, 50):
        network = MLPRegressor(
            hidden_layer_sizes=(width,),
            activation="tanh",
            solver="lbfgs",
            alpha=1e-8,
            max_iter=3000,
            max_fun=10**6,
            tol=1e-7,
            random_state=0,
        )
        errors.append(np.abs(network.fit(X, y).predict(X) - y).max())
    assert errors[1] < 0.05 < 0.2 < errors[0]
