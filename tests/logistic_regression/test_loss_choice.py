"""Losses of a logistic regression other than the log loss."""

import copy
import pickle

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import sklearn.linear_model
import statsmodels.api as sm
from scipy.special import log_ndtr
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.svm import LinearSVC

from skmlp import LogisticRegression
from skmlp.graph import computational_graph, log_softmax
from skmlp.inference import LogisticInference
from skmlp.losses import (
    FunctionPair,
    Hinge,
    LogLoss,
    PlainFunction,
    PoissonDeviance,
)

SOLVERS = ["lbfgs", "newton-cg", "newton-cholesky"]


def cross_entropy(y, scores):
    return -np.sum(y * log_softmax(scores, axis=1), axis=1)


def binary_cross_entropy(y, scores):
    return np.sum(np.logaddexp(0, scores) - y * scores, axis=1)


def binary_gradient(y, scores):
    return 1 / (1 + np.exp(-scores)) - y


def untraced_gradient(y, scores):
    return np.array([[float(s) for s in row] for row in binary_gradient(y, scores)])


def probit(y, scores):
    return -np.sum(log_ndtr((2 * y - 1) * scores), axis=1)


def squared_hinge(y, scores):
    return np.sum(np.maximum(0, 1 - (2 * y - 1) * scores) ** 2, axis=1)


def hinge(y, scores):
    return np.sum(np.maximum(0, 1 - (2 * y - 1) * scores), axis=1)


def savage(y, scores):
    return np.sum(1 / (1 + np.exp((2 * y - 1) * scores)) ** 2, axis=1)


def concave(y, scores):
    return -np.sum(scores**2, axis=1)


def concave_at_zero(y, scores):
    return savage(y, scores - 3 * (2 * y - 1))


@pytest.fixture
def two_classes(bundled):
    X, y = bundled("breast_cancer")
    X = X[:200, :6]
    return (X - X.mean(axis=0)) / X.std(axis=0), y[:200]


@pytest.mark.parametrize("solver", [*SOLVERS, "sag", "saga"])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_function_that_is_the_log_loss_gives_the_coefficients_of_sklearn(
    solver, sparse, bundled
):
    X, y = bundled("iris")
    weight = np.random.default_rng(0).uniform(0.5, 2, size=len(y))
    settings = {"tol": 1e-9, "max_iter": 1000, "class_weight": {0: 1, 1: 2, 2: 0.5}}
    theirs = sklearn.linear_model.LogisticRegression(
        solver="newton-cholesky", **settings
    ).fit(X, y, weight)
    ours = LogisticRegression(loss=cross_entropy, solver=solver, **settings)
    ours.fit(scipy.sparse.csr_array(X) if sparse else X, y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6
    )
    np.testing.assert_allclose(ours.intercept_.sum(), 0, atol=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "loss",
    [
        binary_cross_entropy,
        (binary_cross_entropy, binary_gradient),
        PlainFunction(binary_cross_entropy, "logistic"),
        FunctionPair(binary_cross_entropy, binary_gradient, "logistic"),
        LogLoss(),
    ],
)
def test_every_form_of_two_classes_agrees_with_sklearn(solver, loss, two_classes):
    X, y = two_classes
    theirs = sklearn.linear_model.LogisticRegression(tol=1e-10, max_iter=1000).fit(X, y)
    ours = LogisticRegression(loss=loss, solver=solver, tol=1e-9, max_iter=1000)
    np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-6)


def test_a_gradient_that_cannot_be_traced_works_without_second_derivatives(
    two_classes,
):
    X, y = two_classes
    loss = (binary_cross_entropy, untraced_gradient)
    theirs = LogisticRegression(tol=1e-9).fit(X, y)
    ours = LogisticRegression(loss=loss, tol=1e-9, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    with pytest.raises(ValueError, match="second derivatives"):
        LogisticRegression(loss=loss, solver="newton-cholesky").fit(X, y)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_probit_loss_gives_the_coefficients_of_statsmodels(solver, two_classes):
    X, y = two_classes
    X = X[:, :2]
    theirs = sm.Probit(y, sm.add_constant(X)).fit(disp=0, tol=1e-12)
    ours = LogisticRegression(loss=probit, C=np.inf, tol=1e-9, solver=solver).fit(X, y)
    np.testing.assert_allclose(ours.coef_[0], theirs.params[1:], rtol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.params[:1], rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_squared_hinge_gives_the_coefficients_of_linear_svc(solver, two_classes):
    # Without an intercept, which LinearSVC penalises.
    X, y = two_classes
    theirs = LinearSVC(
        C=0.1, dual=False, fit_intercept=False, tol=1e-10, max_iter=100_000
    ).fit(X, y)
    ours = LogisticRegression(
        loss=squared_hinge,
        C=0.1,
        fit_intercept=False,
        solver=solver,
        tol=1e-8,
        max_iter=1000,
    )
    np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.coef_, rtol=1e-5)


@pytest.mark.parametrize("solver", ["gd", "adam", "sgd"])
def test_mini_batches_take_the_steps_of_the_log_loss(solver, two_classes):
    X, y = two_classes
    settings = {"solver": solver, "random_state": 0, "max_iter": 5}
    with pytest.warns(ConvergenceWarning):
        theirs = LogisticRegression(**settings).fit(X, y)
    with pytest.warns(ConvergenceWarning):
        ours = LogisticRegression(loss=binary_cross_entropy, **settings).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)
    for model in (ours, theirs):
        model.partial_fit(X[:50], y[:50])
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)


def test_offset_and_warm_start_work_as_with_the_log_loss(two_classes):
    X, y = two_classes
    offset = np.sin(np.arange(len(y)))
    theirs = LogisticRegression(tol=1e-9).fit(X, y, offset=offset)
    ours = LogisticRegression(loss=binary_cross_entropy, tol=1e-9, warm_start=True)
    ours.fit(X, y, offset=offset)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
    first = ours.n_iter_[0]
    ours.fit(X, y, offset=offset)
    assert ours.n_iter_[0] <= 2 < first
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_loss_that_is_not_convex_ends_where_the_gradient_vanishes(
    solver, two_classes
):
    X, y = two_classes
    model = LogisticRegression(loss=savage, C=10, tol=1e-7, solver=solver, max_iter=500)
    model.fit(X, y)
    assert model.converged_
    w, b = model.coef_[0], model.intercept_[0]

    def objective(w, b):
        losses = savage(y[:, None], (X @ w + b)[:, None])
        return (losses.sum() + 0.5 * w @ w / 10) / len(y)

    h = 1e-5
    slopes = [
        (objective(w + h * e, b) - objective(w - h * e, b)) / (2 * h) for e in np.eye(6)
    ]
    slopes.append((objective(w, b + h) - objective(w, b - h)) / (2 * h))
    np.testing.assert_allclose(slopes, 0, atol=1e-6)
    assert objective(w, b) < objective(0 * w, 0)


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
@pytest.mark.parametrize("loss", [concave, hinge])
def test_a_fit_that_reaches_no_minimum_warns(solver, loss, two_classes):
    X, y = two_classes
    model = LogisticRegression(loss=loss, solver=solver, max_iter=20, warm_start=True)
    model.classes_, model.n_features_in_ = np.array([0, 1]), 6
    model.coef_, model.intercept_ = np.full((1, 6), 0.1), np.ones(1)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    assert not model.converged_


def test_newton_steps_leave_a_saddle_to_lbfgs(two_classes):
    X, y = two_classes
    settings = {"loss": concave_at_zero, "C": 10, "tol": 1e-8, "max_iter": 500}
    by_newton = LogisticRegression(solver="newton-cholesky", **settings)
    with pytest.warns(scipy.linalg.LinAlgWarning, match="lbfgs continues"):
        by_newton.fit(X, y)
    assert by_newton.converged_
    assert by_newton.gradient_norm_ <= 1e-8
    at_zero = concave_at_zero(y[:, None], np.zeros((len(y), 1))).mean()
    assert by_newton.loss_curve_[-1] < at_zero
    by_lbfgs = LogisticRegression(**settings).fit(X, y)
    np.testing.assert_allclose(by_lbfgs.coef_, by_newton.coef_, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"l1_ratio": 1, "solver": "saga"}, "an l1 penalty"),
        ({"solver": "liblinear"}, "solver='liblinear'"),
        (
            {"bias_reduction": "firth", "C": np.inf, "solver": "newton-cholesky"},
            "bias_reduction",
        ),
        ({"lower_bounds": 0}, "lower_bounds"),
        ({"loss": PoissonDeviance()}, "inverse link 'exp'"),
        ({"loss": "hinge"}, "loss"),
        ({"loss": (savage, savage, savage)}, "pair"),
        ({"loss": lambda y, s: np.sum(s)}, "shape"),
        ({"loss": (binary_cross_entropy, lambda y, s: s)}, "the slope"),
    ],
)
def test_what_does_not_go_with_a_loss_is_refused_by_name(
    settings, message, two_classes
):
    model = LogisticRegression(**{"loss": binary_cross_entropy, **settings})
    with pytest.raises(ValueError, match=message):
        model.fit(*two_classes)
    assert not hasattr(model, "coef_")


def test_soft_labels_and_inference_are_refused(two_classes):
    X, y = two_classes
    model = LogisticRegression(loss=binary_cross_entropy)
    with pytest.raises(ValueError, match="soft labels"):
        model.fit(X, np.column_stack([0.3 + 0.1 * y, 0.7 - 0.1 * y]))
    with pytest.raises(ValueError, match="fit with loss='log_loss'"):
        LogisticInference.from_estimator(model.fit(X, y), X, y)


def test_a_loss_without_link_has_no_probabilities(two_classes):
    X, y = two_classes
    model = LogisticRegression(loss=PlainFunction(squared_hinge)).fit(X, y)
    assert model.score(X, y) > 0.8
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "predict_log_proba")
    assert hasattr(LogisticRegression(loss=squared_hinge), "predict_proba")
    with pytest.warns(ConvergenceWarning):
        LogisticRegression(loss=Hinge(), max_iter=5).fit(X, y)


def test_the_graph_and_the_network_have_the_loss(two_classes):
    X, y = two_classes
    model = LogisticRegression(loss=savage, C=10).fit(X, y)
    assert model.fitted_network().loss.function is savage
    losses = savage(y[:, None], model.decision_function(X)[:, None])
    graph = computational_graph(model, X, y)
    penalty = 0.5 * np.sum(model.coef_**2) / 10
    expected = (losses.sum() + penalty) / len(y)
    assert float(graph.output.value) == pytest.approx(expected)


def test_an_estimator_keeps_its_loss(two_classes):
    X, y = two_classes
    model = LogisticRegression(loss=squared_hinge)
    assert clone(model).get_params()["loss"] is squared_hinge
    model.fit(X, y)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.loss is squared_hinge
        np.testing.assert_array_equal(twin.fit(X, y).coef_, model.coef_)
    search = GridSearchCV(
        LogisticRegression(), {"loss": ["log_loss", squared_hinge, savage]}, cv=2
    ).fit(X, y)
    assert len(search.cv_results_["params"]) == 3
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
