"""Losses given by one function, whose gradient a graph finds."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skmlp import MLPClassifier, MLPRegressor
from skmlp.graph import log_softmax
from skmlp.losses import PlainFunction

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


def cross_entropy(y, scores):
    return -np.sum(y * log_softmax(scores, axis=1), axis=1)


def binary_cross_entropy(y, scores):
    return np.sum(np.logaddexp(0, scores) - y * scores, axis=1)


def half_square(y, scores):
    return 0.5 * np.sum((scores - y) ** 2, axis=1)


def huber(y, scores):
    error = np.abs(scores - y)
    return np.sum(np.where(error <= 1, 0.5 * error**2, error - 0.5), axis=1)


def poisson(y, scores):
    return np.sum(np.exp(scores) - y * scores, axis=1)


@pytest.mark.parametrize(
    ("function", "name", "classes"),
    [(cross_entropy, "log_loss", 3), (binary_cross_entropy, "log_loss", 2)],
)
def test_a_classifier_learns_as_by_the_named_loss(function, name, classes, bundled):
    X, y = bundled("iris")
    X, y = X[y < classes], y[y < classes]
    ours, named = (
        MLPClassifier((4,), loss=loss, max_iter=5, random_state=0).fit(X, y)
        for loss in (function, name)
    )
    np.testing.assert_allclose(ours.coefs_[0], named.coefs_[0], rtol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(X), named.predict_proba(X), rtol=1e-8)
    assert ours.loss_ == pytest.approx(named.loss_, rel=1e-8)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    ("function", "name"), [(half_square, "squared_error"), (huber, "huber")]
)
def test_a_regressor_learns_as_by_the_named_loss(function, name, solver):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    Y = np.column_stack([X[:, 0] ** 2, 3 * X[:, 1]])
    ours, named = (
        MLPRegressor(
            hidden_layer_sizes=(4,),
            loss=loss,
            max_iter=5,
            random_state=0,
            solver=solver,
        )
        for loss in (function, name)
    )
    for network in (ours, named):
        if solver == "lbfgs":
            with pytest.warns(UserWarning, match="lbfgs failed to converge"):
                network.fit(X, Y)
        else:
            network.fit(X, Y)
    np.testing.assert_allclose(ours.coefs_[0], named.coefs_[0], rtol=1e-8)


def test_the_inverse_link_of_an_object_is_its_own():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    loss = PlainFunction(half_square, inverse_link="identity")
    network = MLPClassifier((3,), loss=loss, max_iter=3).fit(X, y)
    assert not hasattr(network, "predict_proba")
    assert network.decision_function(X).shape == (40,)


WRONG = {
    r"the result is float64 of shape \(\)": lambda y, s: np.sum((s - y) ** 2),
    "another loss if the other rows change": lambda y, s: (
        half_square(y, s) * np.mean(s)
    ),
    "its value is nan.*Scores are any real numbers": lambda y, s: np.log(s[:, 0]),
    "gradient by the scores is zero everywhere": lambda y, s: np.sum(
        (s > 0) != (y > 0), axis=1
    ).astype(float),
    "Of one score.* the softmax is always 1": lambda y, s: (
        -np.sum(y * log_softmax(s, axis=1), axis=1)
    ),
    "raised TypeError": lambda s: s,
    "changes from call to call": lambda y, s: (
        half_square(y, s) * np.random.default_rng().uniform()
    ),
    "its derivative cannot be found": lambda y, s: [float(each) for each in s[:, 0]],
}


@pytest.mark.parametrize("message", WRONG)
def test_a_function_that_is_no_loss_is_refused_before_the_fit(message):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    network = MLPRegressor(hidden_layer_sizes=(3,), loss=WRONG[message], max_iter=2)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


def test_a_loss_may_be_flat_near_the_targets():
    x = np.linspace(-1, 1, 40)[:, None]
    network = MLPRegressor(
        hidden_layer_sizes=(3,),
        loss=lambda y, s: np.sum(np.maximum(np.abs(s - y) - 50, 0), axis=1),
        solver="lbfgs",
        alpha=0,
        random_state=0,
    )
    assert network.fit(x, x[:, 0]).loss_ == 0  # |error| ≤ 50 has no loss


def _clips_y(y, scores):
    np.clip(y, -0.5, 0.5, out=y)
    return half_square(y, scores)


def _changes_both(y, scores):
    y[...] = 0.5 * (scores - y) ** 2
    return np.sum(y, axis=1)


def _moves_scores(y, scores):
    scores -= y
    return 0.5 * np.sum(scores**2, axis=1)


def _gradient_in_place(y, scores):
    scores -= y
    return scores


@pytest.mark.parametrize(
    ("loss", "named", "target"),
    [
        (_clips_y, "squared_error", lambda y: np.clip(y, -0.5, 0.5)),
        ((_moves_scores, _gradient_in_place), "squared_error", lambda y: y),
        ((_changes_both, _gradient_in_place), "squared_error", lambda y: y),
    ],
)
def test_a_function_that_changes_its_arguments_changes_no_data(
    loss, named, target, rng
):
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    kept = y.copy()
    networks = [
        MLPRegressor(loss=each, hidden_layer_sizes=(3,), solver="lbfgs", random_state=0)
        for each in (loss, named)
    ]
    networks[0].fit(X, y)
    np.testing.assert_array_equal(y, kept)
    networks[1].fit(X, target(y))
    np.testing.assert_allclose(
        networks[0].predict(X), networks[1].predict(X), rtol=1e-3, atol=1e-3
    )


def test_functions_are_kept_by_clone_and_can_be_searched():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    network = MLPRegressor(hidden_layer_sizes=(3,), loss=huber, max_iter=3)
    assert clone(network).get_params()["loss"] is huber
    search = GridSearchCV(
        network, {"loss": [huber, half_square], "activation": [np.tanh, "relu"]}, cv=2
    )
    assert search.fit(X, y).best_params_["loss"] in (huber, half_square)


def test_functions_without_a_name_to_import_fit_in_other_processes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    network = MLPRegressor(
        hidden_layer_sizes=(3,),
        activation=lambda z: np.tanh(z),
        loss=lambda y, s: np.sum(np.cosh(s - y), axis=1),
        max_iter=3,
        random_state=0,
    )
    search = GridSearchCV(network, {"alpha": [0.1, 0.2]}, cv=2, n_jobs=2)
    here = GridSearchCV(network, {"alpha": [0.1, 0.2]}, cv=2)
    assert search.fit(X, y).best_score_ == here.fit(X, y).best_score_
