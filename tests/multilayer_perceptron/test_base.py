"""Fits of both networks: fits that continue another one, and fits that fail.

Tests of the state of a training, without estimators: tests/solvers/test_training.py.
"""

import pickle
from functools import partial

import numpy as np
import pytest
from failing_callback import Failing
from fitted_networks import SOLVERS, weights_of
from versions import needs_callbacks

from skmlp import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSIFIER = partial(MLPClassifier, (4,), random_state=0)
REGRESSOR = partial(MLPRegressor, hidden_layer_sizes=(4,), random_state=0)
NETWORKS = {"classifier": (CLASSIFIER, "wine"), "regressor": (REGRESSOR, "diabetes")}
EPOCHS = ("adam", "sgd", "gd")

both = pytest.mark.parametrize("name", NETWORKS)
by_epochs = pytest.mark.parametrize("solver", EPOCHS)


@pytest.fixture
def data(bundled):
    """Return a function: name -> (function that makes a network, X, y of order 1)."""

    def load(name):
        make, rows = NETWORKS[name]
        X, y = bundled(rows)
        return make, X, (y / 100 if name == "regressor" else y)

    return load


@by_epochs
@both
def test_early_stopping_that_is_turned_on_sets_rows_aside_and_off_gives_them_back(
    name, solver, data
):
    make, X, y = data(name)
    network = make(solver=solver, warm_start=True, max_iter=3).fit(X, y)
    assert network.validation_scores_ is None
    assert len(network._training.state.order) == len(y)
    network.set_params(early_stopping=True).fit(X, y)
    state = network._training.state
    assert sorted([*state.order, *state.validation_rows]) == list(range(len(y)))
    assert len(state.validation_rows) == np.ceil(len(y) / 10)
    assert len(network.validation_scores_) == 3
    assert network.best_validation_score_ == max(network.validation_scores_)
    rows = state.validation_rows
    assert network.score(X[rows], y[rows]) == pytest.approx(
        network.best_validation_score_
    )
    network.set_params(early_stopping=False).fit(X, y)
    assert sorted(network._training.state.order) == list(range(len(y)))
    assert network.best_loss_ == min(network.loss_curve_[6:])
    scores = network.history_["validation_score"]
    np.testing.assert_array_equal(
        np.isnan(scores), [True] * 3 + [False] * 3 + [True] * 3
    )


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
@both
def test_rows_to_validate_on_may_be_given_to_a_later_fit(
    name, solver, early_stopping, data
):
    make, X, y = data(name)
    network = make(solver=solver, warm_start=True, max_iter=3, tol=0.0).fit(X, y)
    network.set_params(early_stopping=early_stopping)
    network.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert len(network.validation_scores_) == 3
    assert len(network.loss_curve_) == 6
    if early_stopping:
        assert network.best_validation_score_ == max(network.validation_scores_)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@both
def test_a_stream_may_get_and_lose_its_rows_to_validate_on(name, solver, data):
    make, X, y = data(name)
    network = make(solver=solver, n_iter_no_change=100)
    classes = {"classes": np.unique(y)} if name == "classifier" else {}
    for _ in range(3):
        network.partial_fit(X, y, **classes)
    network.set_params(early_stopping=True)
    network.partial_fit(X, y, X_val=X, y_val=y)
    (score,) = network.validation_scores_
    assert score == network.history_["validation_score"][-1]
    network.set_params(early_stopping=False).partial_fit(X, y)
    assert len(network.loss_curve_) == 5
    assert network.best_validation_score_ is None


@pytest.mark.parametrize("then", [*SOLVERS, "gd", "rmsprop"])
@pytest.mark.parametrize("first", SOLVERS)
@both
def test_a_warm_start_may_change_the_solver_and_the_dtype_of_the_rows(
    name, first, then, data
):
    make, X, y = data(name)
    network = make(solver=first, warm_start=True, max_iter=4).fit(X, y)
    start = network.loss_
    network.set_params(solver=then).fit(X.astype(np.float32), y.astype(y.dtype))
    assert {w.dtype for w in network.coefs_} == {np.dtype(np.float32)}
    network.set_params(solver=first).fit(X, y)
    assert {w.dtype for w in network.coefs_} == {np.dtype(np.float64)}
    assert network.loss_ < start
    assert len(network.loss_curve_) == 12


def diverging(name, solver, data):
    """Return a network, X and y for which no epoch is finite."""
    make, X, y = data(name)
    if solver == "lbfgs":
        return make(solver=solver), 1e200 * X, y
    return make(solver=solver, learning_rate_init=1e300), 1e200 * X, y


def public(estimator):
    return {name for name in vars(estimator) if name.endswith("_")}


def own(estimator):
    """Return the names of what a fit sets, except those that input checks set."""
    parameters = estimator.get_params(deep=False).keys()
    left = vars(estimator).keys() - parameters
    return left - {"n_features_in_", "feature_names_in_", "_skl_callbacks"}


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@both
def test_a_fit_that_diverges_leaves_the_network_as_it_was(name, solver, data):
    network, X, y = diverging(name, solver, data)
    with pytest.raises(ValueError, match="non-finite"):
        network.fit(X, y)
    assert own(network) == set()
    good = X / 1e200
    network.set_params(learning_rate_init=1e-3).fit(good, y)
    before, predictions = vars(network).copy(), network.predict(good)
    with pytest.raises(ValueError, match="non-finite"):
        network.set_params(learning_rate_init=1e300).fit(X, y)
    assert vars(network) == {**before, "learning_rate_init": 1e300}
    np.testing.assert_array_equal(network.predict(good), predictions)


@needs_callbacks
@pytest.mark.parametrize("solver", SOLVERS)
@both
def test_a_fit_whose_callback_fails_leaves_the_network_as_it_was(name, solver, data):
    make, X, y = data(name)
    network = make(solver=solver, max_iter=4).fit(X, y)
    before = set(vars(network))
    predictions = network.predict(X)
    network.set_callbacks(Failing(RuntimeError("a callback failed")))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a callback failed"):
            network.fit(X, y)
        assert set(vars(network)) - {"_skl_callbacks"} == before
        np.testing.assert_array_equal(network.predict(X), predictions)


@both
def test_parameters_refused_before_training_leave_the_last_fit_as_it_was(name, data):
    make, X, y = data(name)
    network = make(max_iter=2).fit(X, y)
    before = vars(network).copy()
    with pytest.raises(ValueError, match="dropout has 3 entries"):
        network.set_params(dropout=[0.1, 0.2, 0.3]).fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        network.set_params(dropout=0.0).fit(np.full_like(X, np.nan), y)
    assert {name: vars(network)[name] for name in before} == before
    assert vars(network).keys() == before.keys()


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@both
def test_a_warm_start_that_diverges_keeps_the_weights_of_the_last_fit(
    name, solver, data
):
    network, X, y = diverging(name, solver, data)
    network.set_params(learning_rate_init=1e-3, warm_start=True, max_iter=4)
    network.fit(X / 1e200, y)
    before = weights_of(network)
    with pytest.raises(ValueError, match="non-finite"):
        network.set_params(learning_rate_init=1e300).fit(X, y)
    np.testing.assert_array_equal(weights_of(network), before)
    network.set_params(learning_rate_init=1e-3).fit(X / 1e200, y)
    assert np.isfinite(weights_of(network)).all()
    assert np.any(weights_of(network) != before)


@both
def test_a_pickled_network_goes_on_bit_by_bit(name, data):
    make, X, y = data(name)
    network = make(warm_start=True, early_stopping=True, max_iter=3).fit(X, y)
    copy = pickle.loads(pickle.dumps(network)).fit(X, y)
    np.testing.assert_array_equal(weights_of(copy), weights_of(network.fit(X, y)))
    assert copy.loss_curve_ == network.loss_curve_


def stop_at_step(number):
    """Return a function of the step that raises in its call of this number."""
    calls = iter(range(1, 1000))

    def factor(step):
        if next(calls) == number:
            raise RuntimeError("stop")
        return 1.0

    return factor


@both
def test_a_warm_start_that_fails_midway_leaves_the_records_of_the_last_fit(name, data):
    make, X, y = data(name)
    settings = {"warm_start": True, "early_stopping": True}
    network = make(max_iter=3, **settings).fit(X, y)
    records = network.loss_curve_.copy(), network.validation_scores_.copy()
    with pytest.raises(RuntimeError, match="stop"):
        network.set_params(learning_rate=stop_at_step(3)).fit(X, y)
    assert (network.loss_curve_, network.validation_scores_) == records
    assert len(network.history_["loss"]) == network.n_iter_ == 3
    network.set_params(learning_rate="constant").fit(X, y)
    assert len(network.loss_curve_) == len(network.validation_scores_) == 6


@both
def test_a_scorer_sees_the_records_of_the_fit_and_not_of_the_last(name, data):
    make, X, y = data(name)

    def epochs_so_far(estimator, X, y):
        return float(
            len(estimator.loss_curve_) + len(estimator.history_.get("loss", ()))
        )

    network = make(scoring=epochs_so_far, early_stopping=True, max_iter=3)
    for _ in range(2):
        assert network.fit(X, y).validation_scores_ == [0.0, 2.0, 4.0]
