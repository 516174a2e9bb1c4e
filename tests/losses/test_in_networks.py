"""Networks trained with each loss: predictions, early stopping and errors."""

import numpy as np
import pytest
import scipy.stats
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import GammaRegressor, QuantileRegressor
from sklearn.svm import SVC

from skmlp import MLPClassifier, MLPRegressor
from skmlp.losses import FocalLoss, Hinge, Huber, LogLoss, Quantile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
        per_target = network._targets.loss.scores_per_target
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
    # `score` uses the middle quantile.
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
    for g in range(4):  # maximum likelihood estimates in closed form
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
    # Smoothed targets are at most 0.9, and the loss is minimal at the targets.
    assert smooth < 0.93 < 0.98 < plain
    assert focused < plain - 0.05


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


def test_a_deviation_that_is_not_known_is_refused(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor("huber", (2,), max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="return_std=True: Huber predicts no standard"):
        network.predict(X, return_std=True)
