"""Losses: what they compute, and what an estimator that minimises them finds."""

import re

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats
from component_tables import LOSSES, n_scores_of, targets_for
from sklearn import metrics
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import GammaRegressor, QuantileRegressor, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from skmlp import MLPClassifier, MLPRegressor, _kernels
from skmlp.losses import (
    BinaryFocalLoss,
    BinaryHinge,
    BinaryLogLoss,
    FocalLoss,
    FunctionPair,
    GaussianNLL,
    Hinge,
    Huber,
    LogLoss,
    Loss,
    MulticlassHinge,
    MultinomialFocalLoss,
    MultinomialLogLoss,
    Quantile,
)
from skmlp.network import Network
from skmlp.objective.fused import fuse

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def smoothed(y, n_classes, share):
    return (1 - share) * np.eye(n_classes)[y] + share / n_classes


def focal(p, gamma):
    return -((1 - p) ** gamma) * np.log(p)


def chosen(probabilities, y):
    return probabilities[np.arange(len(y)), y]


def hinge(y, scores):
    """By scikit-learn, whose form for many classes is Crammer's and Singer's."""
    labels = np.arange(scores.shape[1])
    rows = zip(y, scores, strict=True)
    return np.array([metrics.hinge_loss([t], [v], labels=labels) for t, v in rows])


def columns(y, scores, sizes):
    """Labels and scores of each of several columns."""
    ends = np.cumsum(sizes)
    for t, end in enumerate(ends):
        yield y[:, t].astype(int), scores[:, end - sizes[t] : end]


def each_row(metric, y, prediction, **settings):
    """A metric of scikit-learn, row by row, summed over the targets."""
    return [
        sum(metric([a], [b], **settings) for a, b in zip(*row, strict=True))
        for row in zip(y, prediction, strict=True)
    ]


# From SciPy, scikit-learn's metrics, or written out from the papers.
FORMULAS = {
    "binary_log_loss": lambda y, s: scipy.special.log1p(np.exp(s * (1 - 2 * y))).sum(1),
    "binary_log_loss, smoothed": lambda y, s: (
        -(
            (0.8 * y + 0.1) * scipy.special.log_expit(s)
            + (0.9 - 0.8 * y) * scipy.special.log_expit(-s)
        ).sum(1)
    ),
    "multinomial_log_loss": lambda y, s: -chosen(scipy.special.log_softmax(s, 1), y),
    "multinomial_log_loss, smoothed": lambda y, s: (
        -(smoothed(y, 3, 0.2) * scipy.special.log_softmax(s, 1)).sum(1)
    ),
    "binary_focal": lambda y, s: focal(scipy.special.expit(s * (2 * y - 1)), 2).sum(1),
    "binary_focal, 0.5": lambda y, s: focal(
        scipy.special.expit(s * (2 * y - 1)), 0.5
    ).sum(1),
    "multinomial_focal": lambda y, s: focal(chosen(scipy.special.softmax(s, 1), y), 2),
    "multinomial_focal, 0": lambda y, s: -chosen(scipy.special.log_softmax(s, 1), y),
    "binary_hinge": lambda y, s: np.maximum(1 - s * (2 * y - 1), 0).sum(1),
    "multiclass_hinge": lambda y, s: hinge(y, s),
    "per_column, log loss": lambda y, s: sum(
        -(smoothed(t, v.shape[1], 0.1) * scipy.special.log_softmax(v, 1)).sum(1)
        for t, v in columns(y, s, (2, 3, 4))
    ),
    "per_column, focal": lambda y, s: sum(
        focal(chosen(scipy.special.softmax(v, 1), t), 1.5)
        for t, v in columns(y, s, (2, 6))  # the third has one class, which is certain
    ),
    "per_column, hinge": lambda y, s: (
        hinge(y[:, 0].astype(int), s[:, :4]) + hinge(y[:, 2].astype(int), s[:, 5:])
    ),
    "squared_error": lambda y, s: 0.5 * ((y - s) ** 2).sum(1),
    "absolute_error": lambda y, s: each_row(metrics.mean_absolute_error, y, s),
    "huber": lambda y, s: scipy.special.huber(1, y - s).sum(1),
    "huber, 0.3": lambda y, s: scipy.special.huber(0.3, y - s).sum(1),
    "quantile": lambda y, s: each_row(metrics.mean_pinball_loss, y, s, alpha=0.5),
    "quantile, three": lambda y, s: sum(
        np.array(each_row(metrics.mean_pinball_loss, y, s[:, k::3], alpha=q))
        for k, q in enumerate([0.1, 0.5, 0.8])
    ),
    "poisson": lambda y, s: (
        0.5 * np.array(each_row(metrics.mean_poisson_deviance, y, np.exp(s)))
    ),
    "gamma": lambda y, s: (
        0.5 * np.array(each_row(metrics.mean_gamma_deviance, y, np.exp(s)))
    ),
    "gaussian_nll": lambda y, s: (
        -scipy.stats.norm.logpdf(y, s[:, ::2], np.exp(s[:, 1::2]) ** 0.5).sum(1)
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_values_are_those_of_the_formula(name, dtype, rng):
    loss = LOSSES[name]
    y = targets_for(loss, 8, 3, rng)
    scores = 1.5 * rng.normal(size=(8, n_scores_of(loss, 3)))
    theirs = FORMULAS[name](y, scores)
    typed = y if y.ndim == 1 else y.astype(dtype)
    values, gradient = loss.value_and_gradient(typed, scores.astype(dtype))
    assert values.dtype == gradient.dtype == dtype
    assert gradient.shape == scores.shape
    rtol = 1e-12 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(values, theirs, rtol=rtol, atol=rtol)


def test_focal_loss_without_focus_is_the_log_loss(rng):
    scores = 5 * rng.normal(size=(20, 3))
    labels = rng.integers(3, size=20)
    pairs = (
        (BinaryFocalLoss(0.0), BinaryLogLoss(), (rng.random((20, 3)) < 0.5) * 1.0),
        (MultinomialFocalLoss(0.0), MultinomialLogLoss(), labels),
    )
    for focused, plain, y in pairs:
        for ours, theirs in zip(
            focused.value_and_gradient(y, scores),
            plain.value_and_gradient(y, scores),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


CLASSIFIER_LOSSES = (
    "log_loss",
    LogLoss(label_smoothing=0.1),
    "focal_loss",
    FocalLoss(gamma=0.5),
    "hinge",
)
REGRESSOR_LOSSES = (
    "squared_error",
    "absolute_error",
    "huber",
    Huber(0.2),
    "quantile",
    Quantile([0.2, 0.5, 0.9]),
    "poisson",
    "gamma",
    "gaussian_nll",
)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES, ids=str)
def test_every_loss_of_labels_learns_classes_and_label_sets(loss, solver, bundled):
    settings = {"solver": solver, "learning_rate_init": 0.02, "max_iter": 40}
    network = MLPClassifier((12,), loss=loss, random_state=0, **settings)
    X, y = bundled("breast_cancer")
    assert network.fit(X[::3], y[::3]).score(X[1::3], y[1::3]) > 0.9
    X, y = bundled("wine")
    assert network.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.93
    assert network.out_activation_ == ("identity" if loss == "hinge" else "softmax")
    Y = np.stack([y == 0, X[:, 0] > 0, X[:, 1] > X[:, 2]], axis=1).astype(int)
    predicted = network.fit(X[::2], Y[::2]).predict(X[1::2])
    assert predicted.shape == Y[1::2].shape
    assert (predicted == Y[1::2]).mean() > 0.85


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES, ids=str)
def test_every_loss_of_numbers_learns_one_target_and_two(loss, solver, bundled):
    X, y = bundled("diabetes")
    y = y / y.mean()
    settings = {"solver": solver, "max_iter": 60, "random_state": 0, "alpha": 1.0}
    settings["learning_rate_init"] = 0.01
    network = MLPRegressor(loss, (10,), **settings)
    for targets in (y, np.stack([y, y[::-1]], axis=1)):
        network.fit(X, targets)
        per_target = network._minimised.scores_per_target
        assert network.n_outputs_ == targets[0].size * per_target
        several = isinstance(loss, Quantile)
        expected = targets.shape + ((3,) if several else ())
        assert network.predict(X[:5]).shape == (5, *expected[1:])
        if targets is y:
            assert network.score(X, y) > 0.35
    single = network.fit(X.astype(np.float32), y)
    assert single.predict(X[:2].astype(np.float32)).dtype == np.float32


def test_quantiles_cover_what_they_say_and_never_cross():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(3000, 1))
    y = np.sin(2 * X[:, 0]) + (0.2 + 0.3 * np.abs(X[:, 0])) * rng.gumbel(size=3000)
    q = [0.05, 0.25, 0.5, 0.75, 0.95]
    network = MLPRegressor(
        Quantile(q), (30,), learning_rate_init=0.003, max_iter=150, random_state=0
    )
    network.fit(X[:2000], y[:2000])
    predicted = network.predict(X[2000:])
    assert (np.diff(predicted, axis=1) >= 0).all()
    covered = (y[2000:, None] <= predicted).mean(axis=0)
    np.testing.assert_allclose(covered, q, atol=0.04)
    truth = np.sin(2 * X[2000:]) + (
        0.2 + 0.3 * np.abs(X[2000:])
    ) * scipy.stats.gumbel_r.ppf(q)
    assert np.abs(predicted - truth).mean() < 0.12
    # The score is that of the middle one.
    expected = metrics.r2_score(y[2000:], predicted[:, 2])
    assert network.score(X[2000:], y[2000:]) == pytest.approx(expected, rel=1e-12)


def test_a_linear_quantile_is_that_of_linear_programming(bundled):
    X, y = bundled("diabetes")
    y = y / y.std()
    ours = MLPRegressor(
        Quantile(0.8), (), solver="lbfgs", alpha=0, max_iter=2000, random_state=1
    ).fit(X, y)
    theirs = QuantileRegressor(quantile=0.8, alpha=0).fit(X, y)
    loss = [
        metrics.mean_pinball_loss(y, fitted.predict(X), alpha=0.8)
        for fitted in (ours, theirs)
    ]
    assert loss[0] < 1.005 * loss[1]


def test_absolute_error_finds_medians_and_the_squared_one_means():
    group = np.arange(303) % 3
    X = np.eye(3)[group]
    y = np.random.default_rng(0).exponential(size=303) * (1 + group)
    settings = {"solver": "lbfgs", "alpha": 0, "max_iter": 1000, "tol": 1e-8}
    for loss, center in (("absolute_error", np.median), ("squared_error", np.mean)):
        fitted = MLPRegressor(loss, (), random_state=0, **settings).fit(X, y)
        truth = [center(y[group == g]) for g in range(3)]
        np.testing.assert_allclose(fitted.predict(np.eye(3)), truth, rtol=0.01)


@pytest.mark.parametrize("loss", ["huber", "absolute_error"])
def test_outliers_hardly_move_a_robust_loss(loss, bundled):
    X, y = bundled("diabetes")
    y = (y - y.mean()) / y.std()
    spoilt = y.copy()
    spoilt[::15] += 30
    settings = {"solver": "lbfgs", "alpha": 1.0, "max_iter": 100, "random_state": 0}
    moved = {
        name: np.abs(
            MLPRegressor(name, (5,), **settings).fit(X, spoilt).predict(X)
            - MLPRegressor(name, (5,), **settings).fit(X, y).predict(X)
        ).mean()
        for name in (loss, "squared_error")
    }
    assert moved[loss] < 0.3 * moved["squared_error"]


def test_huber_with_a_large_delta_is_the_squared_error(bundled):
    X, y = bundled("diabetes")
    settings = {"max_iter": 5, "random_state": 0}
    ours = MLPRegressor(Huber(1e6), **settings).fit(X, y)
    theirs = MLPRegressor(**settings).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


def test_gamma_regression_is_scikit_learns(rng):
    X = rng.normal(size=(300, 3))
    y = rng.gamma(3.0, np.exp(X @ [0.5, -0.3, 0.1] + 1) / 3)
    ours = MLPRegressor(
        "gamma", (), solver="lbfgs", alpha=0, tol=1e-9, random_state=0
    ).fit(X, y)
    theirs = GammaRegressor(alpha=0, tol=1e-9, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0][:, 0], theirs.coef_, atol=2e-4)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3)
    assert ours.out_activation_ == "exp"


def test_gaussian_likelihood_finds_each_groups_mean_and_deviation(rng):
    group = np.arange(400) % 4
    y = rng.normal(group, 0.5 + group)
    network = MLPRegressor(
        "gaussian_nll", (), solver="lbfgs", alpha=0, max_iter=1000, random_state=0
    ).fit(np.eye(4)[group], y)
    mean, deviation = network.predict(np.eye(4), return_std=True)
    for g in range(4):  # the maximum likelihood has a closed form
        assert mean[g] == pytest.approx(y[group == g].mean(), rel=1e-3, abs=1e-3)
        assert deviation[g] == pytest.approx(y[group == g].std(), rel=1e-3)
    truth = -scipy.stats.norm.logpdf(y, mean[group], deviation[group]).mean()
    assert network.loss_ == pytest.approx(truth, rel=1e-9)


def test_gaussian_likelihood_finds_noise_that_varies():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(2000, 1))
    deviation = 0.1 + 0.4 * (X[:, 0] > 0) * X[:, 0]
    Y = np.stack([np.sin(X[:, 0]), X[:, 0] ** 2], axis=1)
    Y = Y + deviation[:, None] * rng.normal(size=(2000, 2))
    network = MLPRegressor(
        "gaussian_nll", (30,), learning_rate_init=0.01, max_iter=60, random_state=0
    ).fit(X, Y)
    mean, found = network.predict(X, return_std=True)
    assert mean.shape == found.shape == (2000, 2)
    np.testing.assert_array_equal(network.predict(X), mean)
    assert np.abs(found - deviation[:, None]).mean() < 0.05
    inside = (np.abs(Y - mean) < 1.96 * found).mean(axis=0)
    np.testing.assert_allclose(inside, 0.95, atol=0.02)


def test_a_linear_hinge_is_the_support_vector_machines(bundled):
    X, y = bundled("breast_cancer")
    ours = MLPClassifier(
        (), loss="hinge", solver="lbfgs", alpha=2.0, max_iter=3000, random_state=1
    ).fit(X, y)
    theirs = SVC(kernel="linear", C=0.5).fit(X, y)

    def objective(weights, scores):
        hinge = np.maximum(1 - np.where(y, scores, -scores), 0)
        return hinge.sum() + (weights**2).sum()

    best = objective(theirs.coef_, theirs.decision_function(X))
    assert objective(ours.coefs_[0], ours.decision_function(X)) < 1.01 * best


def test_hinge_has_scores_but_no_probabilities(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (8,), loss="hinge", learning_rate_init=0.02, max_iter=60, random_state=0
    )
    for fitted in (network, network.fit(X, y)):
        for method in ("predict_proba", "predict_log_proba"):
            assert not hasattr(fitted, method)
        with pytest.raises(AttributeError, match="predict_proba") as caught:
            fitted.predict_proba(X)
        assert "loss='log_loss'" in str(caught.value)
    scores = network.decision_function(X)
    np.testing.assert_array_equal(network.predict(X), scores.argmax(axis=1))
    assert network.set_params(loss=Hinge()).fit(X, y > 0).decision_function(X).ndim == 1
    calibrated = CalibratedClassifierCV(network, cv=2).fit(X, y)
    assert calibrated.score(X, y) > 0.9
    plain = MLPClassifier()
    assert hasattr(plain, "predict_proba")
    assert not hasattr(plain, "decision_function")


def test_smoothed_labels_and_focus_make_a_classifier_less_sure(bundled):
    X, y = bundled("breast_cancer")
    settings = {"max_iter": 100, "learning_rate_init": 0.01, "random_state": 0}
    certainty = {
        str(loss): MLPClassifier((10,), loss=loss, **settings)
        .fit(X, y)
        .predict_proba(X)
        .max(axis=1)
        .mean()
        for loss in ("log_loss", LogLoss(0.2), FocalLoss(3.0))
    }
    plain, smooth, focused = certainty.values()
    # Smoothed targets are at most 0.9, which is where their loss is least.
    assert smooth < 0.93 < 0.98 < plain
    assert focused < plain - 0.05


def squared(y, scores):
    return 0.5 * ((y - scores) ** 2).sum(axis=1)


def cross_entropy(y, scores):
    return -(y * scipy.special.log_softmax(scores, axis=1)).sum(axis=1)


def softmax_residual(y, scores):
    return scipy.special.softmax(scores, axis=1) - y


def bernoulli(y, scores):
    return np.logaddexp(0, (1 - 2 * y) * scores).sum(axis=1)


def bernoulli_residual(y, scores):
    return scipy.special.expit(scores) - y


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_pair_of_functions_is_the_loss_that_they_say(solver, bundled):
    settings = {"solver": solver, "max_iter": 8, "random_state": 0}
    X, y = bundled("diabetes")
    pair = (squared, lambda y, scores: scores - y)
    ours = MLPRegressor(pair, **settings).fit(X, y).predict(X)
    theirs = MLPRegressor("squared_error", **settings).fit(X, y).predict(X)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    cases = (
        ("wine", (cross_entropy, softmax_residual)),
        ("breast_cancer", (bernoulli, bernoulli_residual)),
    )
    for name, pair in cases:
        X, y = bundled(name)
        ours = MLPClassifier(loss=pair, **settings).fit(X, y)
        theirs = MLPClassifier(**settings).fit(X, y)
        for method in ("predict_proba", "predict_log_proba"):
            np.testing.assert_allclose(
                getattr(ours, method)(X), getattr(theirs, method)(X), rtol=1e-6
            )


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (
            (squared, lambda y, s: y - s),
            r"at y = \[.*\] and scores = \[.*\] the gradient",
        ),
        ((squared, lambda y, s: np.zeros(len(y))), r"gradient is .* return numbers of"),
        (
            (lambda y, s: ((y - s) ** 2).mean(), lambda y, s: s - y),
            r"the value is .*\(\)",
        ),
        (("squared", "error"), r"a pair has to be two functions"),
        ((squared,), r"a pair has to be two functions"),
    ],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_wrong_pair_is_refused_with_the_place(estimator, pair, message, bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=message):
        estimator(loss=pair).fit(X, y)


class Brier(Loss):
    """(y − logistic(score))²: a proper score that is not convex."""

    inverse_link = "logistic"

    def value_and_gradient(self, y, scores):
        p = self.mean(scores)
        return ((y - p) ** 2).sum(axis=1), 2 * (p - y) * p * (1 - p)

    def mean(self, scores):
        return scipy.special.expit(scores)


def test_a_loss_of_ones_own_is_one_class(bundled):
    X, y = bundled("breast_cancer")
    network = MLPClassifier(
        (10,), loss=Brier(), learning_rate_init=0.01, max_iter=60, random_state=0
    ).fit(X, y)
    assert network.score(X, y) > 0.95
    assert network.out_activation_ == "logistic"
    brier = metrics.brier_score_loss(y, network.predict_proba(X)[:, 1])
    assert brier < 0.05
    log_p = network.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), network.predict_proba(X), rtol=1e-9)


def test_a_grid_search_reaches_the_parameters_of_a_loss(bundled):
    X, y = bundled("diabetes")
    search = GridSearchCV(
        MLPRegressor(Huber(), (4,), max_iter=5, random_state=0),
        {"loss__delta": [0.1, 10.0]},
        cv=2,
    ).fit(X, y / 100)
    assert len(set(search.cv_results_["mean_test_score"])) == 2
    assert clone(MLPClassifier(loss=FocalLoss(3.0))).loss.gamma == 3.0


def test_early_stopping_looks_at_the_point_that_is_predicted(bundled):
    X, y = bundled("diabetes")
    y = y / y.std()
    for loss in ("gaussian_nll", Quantile([0.1, 0.5, 0.9])):
        network = MLPRegressor(
            loss,
            (20,),
            early_stopping=True,
            max_iter=30,
            random_state=0,
            learning_rate_init=0.02,
        ).fit(X, y)
        assert max(network.validation_scores_) == network.best_validation_score_ > 0.2


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (MLPRegressor("gamma"), "loss='gamma' needs y > 0"),
        (MLPRegressor("poisson"), "loss='poisson' needs y >= 0"),
        (MLPRegressor(Huber(0)), "'delta' parameter of Huber"),
        (MLPRegressor(Quantile(1.0)), "give one number between 0 and 1"),
        (MLPRegressor(Quantile([0.5, 0.2])), "ascending order"),
        (MLPRegressor(Quantile([])), "give one number between 0 and 1"),
        (MLPRegressor("log_loss"), "'loss' parameter of MLPRegressor"),
        (MLPRegressor(MulticlassHinge()), "is a loss of classes, not of numbers"),
        (MLPClassifier(loss="huber"), "'loss' parameter of MLPClassifier"),
        (MLPClassifier(loss=GaussianNLL()), "does not suit multiclass labels"),
        (
            MLPClassifier(loss=FunctionPair(squared, squared, "probit")),
            "'inverse_link' parameter of FunctionPair",
        ),
        (MLPClassifier(loss=FocalLoss(-1)), "'gamma' parameter of FocalLoss"),
        (MLPClassifier(loss=LogLoss(1.0)), "'label_smoothing' parameter of LogLoss"),
    ],
    # Where a function lies in memory is different in every process.
    ids=lambda value: re.sub(r" at 0x\w+|\s", "", str(value)),
)
def test_wrong_losses_and_targets_are_named(network, message, bundled):
    X, _ = bundled("iris")
    with pytest.raises(ValueError, match=message):
        network.fit(X, np.arange(len(X)) % 3 - 1)


def test_targets_to_validate_on_have_to_be_in_range_as_well(rng):
    X, y = rng.normal(size=(20, 2)), rng.gamma(1.0, size=20)
    with pytest.raises(ValueError, match="loss='gamma' needs y > 0"):
        MLPRegressor("gamma").fit(X, y, X_val=X, y_val=y - 1)


def test_a_loss_of_many_classes_does_not_suit_two(bundled):
    X, y = bundled("breast_cancer")
    for loss in (MultinomialLogLoss(), MulticlassHinge(), Quantile([0.1, 0.9])):
        with pytest.raises(ValueError, match="does not suit binary labels"):
            MLPClassifier(loss=loss).fit(X, y)


def test_a_loss_of_numbers_sees_a_column_a_class(bundled):
    X, y = bundled("wine")
    settings = {"solver": "lbfgs", "alpha": 0.1, "random_state": 0, "max_iter": 2000}
    ours = MLPClassifier((), loss=Loss.table["squared_error"](), **settings).fit(X, y)
    theirs = RidgeClassifier(alpha=0.1).fit(X, y)
    scores = ours.decision_function(X)
    # scikit-learn's classes are 1 and −1, not 1 and 0.
    np.testing.assert_allclose(2 * scores - 1, theirs.decision_function(X), atol=5e-3)
    assert ours.out_activation_ == "identity"
    assert not hasattr(ours, "predict_proba")


@pytest.mark.parametrize("y", [np.arange(4) % 2, np.eye(4)[:, :2]], ids=["1-D", "2-D"])
@pytest.mark.parametrize("name", LOSSES)
def test_no_kernel_reads_targets_of_another_shape(name, y):
    loss = LOSSES[name]
    for n_scores in (1, 2, 3, 4, 6):
        network = Network((4, n_scores))
        if n_scores == 1 and loss.takes_labels and y.ndim == 1 and _kernels.Problem:
            with pytest.raises(ValueError, match="labels has a class without a score"):
                fuse(network, loss, np.eye(4), y)
            continue
        fused = fuse(network, loss, np.eye(4), y)
        fits = y.ndim == 2 and 2 * loss.scores_per_target == n_scores
        fits = y.ndim == 1 if loss.takes_labels else fits
        fits = fits and loss.name != "per_column"  # these have three columns
        assert (fused is not None) == (fits and _kernels.Problem is not None)


def test_a_deviation_that_is_not_known_is_refused(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor("huber", (2,), max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="return_std=True: Huber tells no standard"):
        network.predict(X, return_std=True)


def test_the_loss_of_the_fit_is_the_one_that_predicts(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor("poisson", (2,), max_iter=2, random_state=0).fit(X, y)
    before = network.predict(X)
    np.testing.assert_array_equal(network.set_params(loss="huber").predict(X), before)


@pytest.mark.parametrize(
    "hinge", [BinaryHinge(), MulticlassHinge()], ids=["two", "many"]
)
def test_a_margin_of_one_is_enough(hinge):
    scores = np.array([[1.0, 0.0, 0.0], [3.0, 2.0, 1.0]])
    y = np.array([0, 0]) if isinstance(hinge, MulticlassHinge) else (scores > 0) * 1.0
    scores = scores if y.ndim == 1 else np.where(scores > 0, scores, -1)
    values, gradient = hinge.value_and_gradient(y, scores)
    assert not values.any()
    assert not gradient.any()
