"""Graphs of fitted estimators against their predictions, losses and gradients."""

import warnings

import numpy as np
import pytest
from scipy.special import expit, log_softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

import skmlp
from skmlp.graph import computational_graph
from skmlp.losses import Quantile

N_ROWS = 30


def _data(n_classes=2):
    """Return four columns and labels that depend on them."""
    X = np.random.default_rng(0).normal(size=(N_ROWS, 4))
    return X, (np.arange(N_ROWS) % n_classes) + 5


def _fitted(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y)


CLASSIFIERS = {
    "perceptron": skmlp.Perceptron(),
    "lda": skmlp.LinearDiscriminantAnalysis(),
    "logistic regression": skmlp.LogisticRegression(C=0.5),
    "network": skmlp.MLPClassifier((3, 2), activation="tanh", max_iter=5),
    "network with focal loss": skmlp.MLPClassifier((3,), loss="focal_loss", max_iter=5),
}


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_graph_predicts_as_the_estimator(name, n_classes):
    X, y = _data(n_classes)
    model = _fitted(CLASSIFIERS[name], X, y)
    graph = computational_graph(model, X, loss=False)
    if name == "perceptron":
        expected = (model.decision_function(X) >= 0).astype(float)
    else:
        expected = model.predict_proba(X)
        expected = expected[:, 1] if n_classes == 2 else expected
    assert graph.output.symbol == "ŷ"
    np.testing.assert_allclose(
        graph.output.value.reshape(expected.shape), expected, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_graph_of_scalars_has_the_value_and_gradient_of_that_of_arrays(
    name, n_classes
):
    X, y = _data(n_classes)
    model = _fitted(CLASSIFIERS[name], X, y)
    arrays = computational_graph(model, X[2:3], y[2:3])
    scalars = computational_graph(model, X[2:3], y[2:3], detail="scalar")
    assert scalars.output.value == pytest.approx(arrays.output.value, rel=1e-12)
    of_arrays, of_scalars = arrays.backward(), scalars.backward()
    parameters = [n.name for n in arrays.inputs.values() if n.kind == "parameter"]
    numbers = [n.name for n in scalars.inputs.values() if n.kind == "parameter"]
    np.testing.assert_allclose(
        [of_scalars[each] for each in numbers],
        np.concatenate([np.ravel(of_arrays[each]) for each in parameters]),
        rtol=1e-11,
        atol=1e-15,
    )


def test_the_objective_of_a_logistic_regression_is_its_formula_and_flat_there():
    X, y = _data()
    model = skmlp.LogisticRegression(C=0.5, tol=1e-8).fit(X, y)
    graph = computational_graph(model, X, y)
    w, scores = model.coef_[0], model.decision_function(X)
    log_loss = -np.mean(np.log(expit(np.where(y == 6, scores, -scores))))
    penalty = w @ w / (2 * 0.5 * N_ROWS)
    assert graph.output.value == pytest.approx(log_loss + penalty, rel=1e-12)
    derivatives = graph.backward()
    assert np.abs(derivatives["w"]).max() < 1e-8
    assert abs(derivatives["b"]) < 1e-8


def test_the_objective_of_a_network_is_its_loss_with_the_penalty():
    X, y = _data(3)
    model = _fitted(skmlp.MLPClassifier((3,), alpha=0.7, max_iter=4), X, y)
    graph = computational_graph(model, X, y)
    W1, W2 = model.coefs_
    b1, b2 = model.intercepts_
    scores = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    loss = -np.mean(log_softmax(scores, axis=1)[np.arange(N_ROWS), y - 5])
    penalty = 0.7 * (np.sum(W1**2) + np.sum(W2**2)) / (2 * N_ROWS)
    assert graph.output.value == pytest.approx(loss + penalty, rel=1e-12)
    assert graph.output.value == pytest.approx(model.loss_, rel=1e-10)


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_cross_validated_regression_has_the_graph_of_its_refit(n_classes, legacy):
    X, y = _data(n_classes)
    settings = {"l1_ratios": (0.5,), "solver": "saga", "tol": 1e-3}
    model = skmlp.LogisticRegressionCV(
        Cs=(0.1, 1.0), cv=2, scoring="accuracy", max_iter=500, **settings
    ).set_params(use_legacy_attributes=legacy)
    _fitted(model, X, y)
    predicted = computational_graph(model, X, loss=False).output.value
    expected = model.predict_proba(X)
    expected = expected[:, 1] if n_classes == 2 else expected
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)
    losses = -np.log(model.predict_proba(X)[np.arange(N_ROWS), y - 5])
    C, W = np.ravel(model.C_)[0], model.coef_
    penalty = 0.5 * np.abs(W).sum() + 0.25 * np.sum(W**2)
    value = computational_graph(model, X, y).output.value
    assert value == pytest.approx(losses.mean() + penalty / (C * N_ROWS), rel=1e-10)


@pytest.mark.parametrize("name", ["perceptron", "logistic regression"])
def test_a_fit_without_intercept_has_a_graph_without_it(name):
    X, y = _data()
    model = clone(CLASSIFIERS[name]).set_params(fit_intercept=False)
    _fitted(model, X, y)
    graph = computational_graph(model, X, loss=False)
    assert list(graph.inputs) == ["X", "w"]
    scalars = computational_graph(model, X[:1], loss=False, detail="scalar")
    assert "b" not in scalars.inputs
    scores = model.decision_function(X)
    expected = scores >= 0 if name == "perceptron" else expit(scores)
    np.testing.assert_allclose(np.ravel(graph.output.value), expected, rtol=1e-12)


def test_an_l1_penalty_is_a_term_of_the_objective():
    X, y = _data()
    model = skmlp.LogisticRegression(C=0.5, l1_ratio=1, solver="saga").fit(X, y)
    with_penalty = computational_graph(model, X, y)
    log_loss = np.mean(
        np.logaddexp(0, np.where(y == 6, -1, 1) * model.decision_function(X))
    )
    expected = log_loss + np.abs(model.coef_).sum() / (0.5 * N_ROWS)
    assert with_penalty.output.value == pytest.approx(expected, rel=1e-12)


REGRESSORS = [
    {},
    {"scale_target": True},
    {"loss": "poisson"},
    {"loss": "gaussian_nll"},
    {"loss": Quantile([0.1, 0.9])},
    {"loss": "huber", "alpha": 0},
]


@pytest.mark.parametrize("settings", REGRESSORS)
def test_the_graph_of_a_regressor_predicts_and_has_its_loss(settings):
    X, _ = _data()
    y = np.exp(X[:, :2])
    model = skmlp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, **settings)
    _fitted(model, X, y)
    predicted = computational_graph(model, X, loss=False).output.value
    np.testing.assert_allclose(
        np.sort(predicted, axis=1),
        np.sort(model.predict(X).reshape(predicted.shape), axis=1),
        rtol=1e-12,
    )
    graph = computational_graph(model, X, y)
    assert graph.output.value == pytest.approx(model.loss_, rel=1e-10)


def test_several_columns_of_labels_are_one_graph():
    X, y = _data(3)
    Y = np.column_stack([y, y % 2])
    model = _fitted(skmlp.MLPClassifier((3,), max_iter=3), X, Y)
    expected = np.hstack(model.predict_proba(X))
    predicted = computational_graph(model, X, loss=False).output.value
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)
    graph = computational_graph(model, X, Y)
    assert graph.output.value == pytest.approx(model.loss_, rel=1e-10)


def test_without_rows_values_are_unknown_until_a_forward_pass():
    X, y = _data()
    model = skmlp.LogisticRegression().fit(X, y)
    graph = computational_graph(model)
    assert np.isnan(graph.output.value)
    graph.forward(x=X[0], y=1.0)
    expected = computational_graph(model, X[:1], [6]).output.value
    assert graph.output.value == pytest.approx(expected, rel=1e-12)


def test_a_function_is_drawn_from_a_dict_of_its_arguments():
    graph = computational_graph(lambda x, w: np.tanh(w * x), {"x": 2.0, "w": 0.5})
    assert graph.output.value == np.tanh(1.0)


WRONG = {
    "unfitted": (lambda m, X, y: (skmlp.Perceptron(),), {}, NotFittedError, "fitted"),
    "not a model": (lambda m, X, y: (3.0,), {}, TypeError, "pass a fitted estimator"),
    "function without dict": (lambda m, X, y: (np.tanh, X), {}, TypeError, "as a dict"),
    "other columns": (lambda m, X, y: (m, X[:, :2]), {}, ValueError, "4 features"),
    "unknown label": (lambda m, X, y: (m, X, y + 9), {}, ValueError, "classes_"),
    "one label": (lambda m, X, y: (m, X[:1], y[0]), {}, ValueError, "label per row"),
    "other rows": (lambda m, X, y: (m, X, y[:3]), {}, ValueError, "but y has 3"),
    "detail": (lambda m, X, y: (m, X, y), {"detail": "all"}, ValueError, "'tensor'"),
    "many rows": (
        lambda m, X, y: (m, X, y),
        {"detail": "scalar"},
        ValueError,
        "one row",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused_with_a_cure(name):
    X, y = _data()
    arguments, settings, error, text = WRONG[name]
    model = skmlp.LogisticRegression().fit(X, y)
    with pytest.raises(error, match=text):
        computational_graph(*arguments(model, X, y), **settings)


def test_a_large_network_is_not_drawn_in_scalars():
    model = _fitted(skmlp.MLPClassifier((50,), max_iter=2), *_data())
    with pytest.raises(ValueError, match="at most 200 can be read"):
        computational_graph(model, detail="scalar")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_fitted_network_scores_as_its_estimator(name):
    X, y = _data(3)
    model = _fitted(CLASSIFIERS[name], X, y)
    scores = model.fitted_network().scores(X)
    if hasattr(model, "decision_function"):
        np.testing.assert_allclose(scores, model.decision_function(X), rtol=1e-12)
    else:
        np.testing.assert_allclose(
            np.exp(log_softmax(scores, axis=1)), model.predict_proba(X), rtol=1e-12
        )
