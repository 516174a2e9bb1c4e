"""Networks whose training diverges: weights that are kept, messages, and backoff."""

import warnings

import numpy as np
import pytest
from fitted_networks import weights_of
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from skmlp import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_regression_that_diverges_stops_at_once_and_says_what_to_do(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        activation="identity", solver="sgd", learning_rate_init=1e60, max_iter=50
    )
    with pytest.raises(ValueError, match=r"epoch 1,.*lower learning_rate_init"):
        network.fit(X, y)
    network.set_params(learning_rate_init=1e-5, max_iter=2).fit(X, y)
    assert np.isfinite(network.predict(X)).all()


def test_under_early_stopping_divergence_keeps_the_best_finite_weights(bundled):
    X, y = bundled("diabetes")
    largest_curvature = np.linalg.eigvalsh(np.cov(X.T))[-1]
    network = MLPRegressor(
        hidden_layer_sizes=(),
        solver="sgd",
        momentum=0.0,
        learning_rate_init=100 / largest_curvature,
        early_stopping=True,
        random_state=0,
        max_iter=1000,
        n_iter_no_change=1000,
    )
    with pytest.warns(ConvergenceWarning, match=r"epoch \d+.*before training are"):
        network.fit(X, y)
    assert np.isfinite(network.predict(X)).all()
    assert 1 <= network.n_iter_ < 1000
    held_out = network._training.state.validation_rows
    score = network.score(X[held_out], y[held_out])
    assert network.best_validation_score_ == pytest.approx(score)


DIVERGING = {
    "hidden_layer_sizes": (),
    "solver": "sgd",
    "learning_rate_init": 1e8,
    "random_state": 0,
    "max_iter": 300,
}


def test_backoff_halves_the_rate_until_training_no_longer_diverges(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        on_divergence="backoff", learning_rate="adaptive", **DIVERGING
    ).fit(X, y)
    assert network.diverged_
    assert network._training.state.rate_factor < 1e-6
    assert np.isfinite(network.loss_curve_).all()
    assert len(network.loss_curve_) < network.n_iter_
    assert network.score(X, y) > 0.4
    calm = MLPRegressor(
        on_divergence="backoff", **(DIVERGING | {"learning_rate_init": 1e-3})
    ).fit(X, y)
    assert not calm.diverged_
    assert len(calm.loss_curve_) == calm.n_iter_


def test_divergence_raises_where_that_is_asked_for_or_nothing_was_finite(bundled):
    X, y = bundled("diabetes")
    largest_curvature = np.linalg.eigvalsh(np.cov(X.T))[-1]
    slowly = DIVERGING | {"learning_rate_init": 3 / largest_curvature, "max_iter": 5000}
    slowly["n_iter_no_change"] = 5000
    with pytest.raises(ValueError, match="on_divergence='backoff'"):
        MLPRegressor(on_divergence="raise", **slowly).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="with which the best epoch began"):
        network = MLPRegressor(on_divergence="warn", **slowly).fit(X, y)
    assert network.diverged_
    assert np.isfinite(network.predict(X)).all()
    with pytest.raises(ValueError, match="epoch 1"):
        MLPRegressor(**(DIVERGING | {"learning_rate_init": 1e200})).fit(X, y)


def diverging(bundled, **settings):
    """Return a regressor, X and y: its loss grows, but some epochs are finite."""
    X, y = bundled("diabetes")
    rate = 3 / np.linalg.eigvalsh(np.cov(X.T))[-1]
    settings = {
        "hidden_layer_sizes": (),
        "solver": "sgd",
        "learning_rate_init": rate,
        "random_state": 0,
        "max_iter": 5000,
        "n_iter_no_change": 5000,
    } | settings
    return MLPRegressor(**settings), X, y


def test_a_fit_goes_on_from_finite_weights_after_it_diverged(bundled):
    network, X, y = diverging(bundled, warm_start=True)
    with pytest.warns(ConvergenceWarning, match="by a factor of 10, to 0.07"):
        network.fit(X, y)
    assert network.diverged_
    assert np.isfinite(network.loss_)
    network.set_params(learning_rate_init=1e-2, max_iter=100).fit(X, y)
    assert not network.diverged_
    assert np.isfinite(weights_of(network)).all()
    assert network.score(X, y) > 0.4


def test_a_stream_that_diverges_keeps_the_weights_before_those_rows(bundled):
    network, X, y = diverging(bundled, learning_rate_init=1e-2)
    for _ in range(3):
        network.partial_fit(X, y)
    before = weights_of(network)
    with pytest.warns(ConvergenceWarning, match="epoch 4,.* from before this call are"):
        network.partial_fit(X, 1e200 * y)
    np.testing.assert_array_equal(weights_of(network), before)
    assert network.diverged_
    assert np.isfinite(network.loss_)
    for _ in range(30):
        network.partial_fit(X, y)
    assert network.score(X, y) > 0.4
    with pytest.raises(ValueError, match="epoch 1"):
        MLPRegressor().partial_fit(X, 1e200 * y)


def test_a_stream_backs_off_until_the_rows_are_learnt(bundled):
    network, X, y = diverging(
        bundled, learning_rate_init=1e8, on_divergence="backoff", record="epoch"
    )
    for call in range(1, 4):
        network.partial_fit(X, y)
        assert len(network.history_["loss"]) == len(network.loss_curve_) == call
    assert np.isfinite(weights_of(network)).all()
    assert network.history_["learning_rate"][0] < 10


def test_backing_off_in_every_epoch_there_is_leaves_the_first_weights(bundled):
    network, X, y = diverging(
        bundled, learning_rate_init=1e200, on_divergence="backoff", max_iter=2
    )
    network.fit(X, y)
    assert network.diverged_
    assert network.loss_curve_ == []
    assert np.isfinite(network.predict(X)).all()


def test_lbfgs_keeps_its_last_finite_weights_or_says_that_there_are_none(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(solver="lbfgs", hidden_layer_sizes=(5,), random_state=0)
    for scaled in ((1e200 * X, y), (X, 1e200 * y)):
        with pytest.raises(ValueError, match=r"non-finite.*of lbfgs"):
            network.fit(*scaled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poisson = MLPRegressor("poisson", solver="lbfgs", max_iter=20000)
        poisson.fit(X, y)
    assert not poisson.diverged_
    assert np.isfinite(poisson.predict(X)).all()


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_weights_that_are_finite_but_whose_scores_are_not_are_not_kept():
    X, y = np.array([[-1.0], [1.0]]), np.array([-1e150, 1e150])
    network = MLPRegressor(
        hidden_layer_sizes=(2, 2),
        activation="identity",
        solver="sgd",
        learning_rate_init=1.0,
        max_iter=1,
        random_state=0,
    )
    predicted = network.fit(X, y).predict(X)
    assert network.loss_ == pytest.approx(np.mean((predicted - y) ** 2) / 2)


@pytest.mark.parametrize("power", [-1000, 1000])
def test_targets_of_extreme_size_have_the_score_of_moderate_ones(power, bundled):
    X, y = bundled("diabetes")
    X, y = X[:200] / X.std(axis=0), np.stack([y, 1 / y], axis=1)[:200]
    settings = {"hidden_layer_sizes": (), "random_state": 0, "max_iter": 20}
    network = MLPRegressor(loss="gamma", early_stopping=True, **settings).fit(X, y)
    far = y.copy()
    far[:, 0] *= 2.0**power
    network.intercepts_[0] = network.intercepts_[0] + [power * np.log(2), 0]
    scores = [network.score(X, t) for t in (far, far.tolist())]
    network.intercepts_[0] = network.intercepts_[0] - [power * np.log(2), 0]
    np.testing.assert_allclose(scores, network.score(X, y), rtol=1e-9)


@pytest.mark.parametrize("settings", [{"solver": "adam"}, {"solver": "sgd"}])
def test_a_stream_whose_targets_have_moved_is_learnt_and_not_taken_for_divergence(
    settings, rng
):
    X = rng.normal(size=(400, 3))
    y = X[:, 0]
    network = MLPRegressor(
        hidden_layer_sizes=(20,),
        random_state=0,
        max_iter=300,
        learning_rate_init=0.01,
        **settings,
    ).fit(X, y + 30)
    for _ in range(600):
        network.partial_fit(X, y)
    assert not network.diverged_
    assert network.score(X, y) > 0.9


@pytest.mark.parametrize("on_divergence", ["warn", "backoff"])
@pytest.mark.parametrize("rate", [0.1, 0.3, 1.0])
def test_the_best_score_is_that_of_the_weights_that_are_kept(
    rate, on_divergence, bundled
):
    X, y = bundled("iris")
    rows = np.random.default_rng(0).permutation(150)
    first, last = rows[:112], rows[112:]
    network = MLPClassifier(
        (10,),
        solver="sgd",
        learning_rate_init=rate,
        max_iter=40,
        random_state=0,
        early_stopping=True,
        on_divergence=on_divergence,
    ).fit(X[first], y[first], X_val=X[last], y_val=y[last])
    score = network.score(X[last], y[last])
    assert network.best_validation_score_ == pytest.approx(score)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-30, 1e30, 1e200])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_targets_of_any_size_have_a_finite_score(size, dtype, rng):
    X = rng.normal(size=(60, 2)).astype(dtype)
    y = (size * X[:, 0].astype(np.float64)).clip(-3e38, 3e38).astype(dtype)
    settings = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0}
    network = MLPRegressor(early_stopping=True, **settings)
    if size > 1 and np.abs(y).max() > np.finfo(dtype).max ** 0.5:
        with pytest.raises(ValueError, match="non-finite"):
            network.fit(X, y)  # the squares of the errors overflow
        return
    network.fit(X, y)
    score = network.score(X, y)
    assert np.isfinite([score, network.best_validation_score_]).all()
    if size < 1:
        assert score == pytest.approx(r2_score(y, network.predict(X)))
