"""Fits that continue the last one: losses compare within one objective only.

What evolves is tested in tests/solvers/test_training.py, apart from estimators.
"""

import copy
import pickle
import warnings

import numpy as np
import pytest
from failing_callback import Failing
from fitted_networks import same_weights, weights_of
from sklearn.exceptions import ConvergenceWarning
from versions import needs_callbacks

from skmlp import MLPClassifier, MLPRegressor
from skmlp.activations import LeakyReLU

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
NUMBERS = X @ [1, 2, 3, 4, 5.0] + 1
LABELS = np.digitize(X[:, 0], np.quantile(X[:, 0], [1 / 3, 2 / 3]))
WEIGHTS = np.where(X[:, 2] > 0, 1.0, 0.01)


def objective(network, y, sample_weight=None):
    """Return the mean loss plus the l2 penalty of a network."""
    if isinstance(network, MLPClassifier):
        picked = network.predict_log_proba(X)[np.arange(len(y)), y]
        loss = -np.average(picked, weights=sample_weight)
    else:
        loss = np.average((y - network.predict(X)) ** 2, weights=sample_weight) / 2
    total = len(y) if sample_weight is None else np.sum(sample_weight)
    l2 = network.alpha * (1 - network.l1_ratio)
    squares = sum(np.sum(weights**2) for weights in network.coefs_)
    return loss + 0.5 * l2 * squares / total


def trained(make, y, sample_weight=None, **settings):
    settings = {"max_iter": 150, "learning_rate_init": 0.01, **settings}
    network = make(
        hidden_layer_sizes=(10,), warm_start=True, random_state=0, **settings
    )
    return network.fit(X, y, sample_weight=sample_weight)


# Changes after which the last fit's costs are those of another objective: parameters,
# and y and weights of the second fit.
CHANGES = {
    "labels": ({}, (LABELS + 1) % 3, None),
    "order": ({}, LABELS[::-1], None),
    "sample weights": ({}, LABELS, WEIGHTS),
    "class weights": ({"class_weight": {0: 1, 1: 5, 2: 20}}, LABELS, None),
    "alpha": ({"alpha": 30.0}, LABELS, None),
    "activation": ({"activation": "tanh"}, LABELS, None),
    "setting of an activation": ({"activation": LeakyReLU(0.9)}, LABELS, None),
    "loss": ({"loss": "focal_loss"}, LABELS, None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_the_fit_is_that_of_a_network_with_these_weights(change):
    settings, y, weights = CHANGES[change]
    network = trained(MLPClassifier, LABELS)
    start = copy.deepcopy(network)
    fresh = copy.deepcopy(network)
    del fresh._training
    for each in (network, fresh):
        each.set_params(max_iter=15, **settings).fit(X, y, sample_weight=weights)
    # Only the generator differs, and with it the order of the rows.
    assert network.best_loss_ == min(network.loss_curve_[-15:])
    assert network.loss_ == pytest.approx(fresh.loss_, rel=0.1)
    assert np.any(weights_of(network) != weights_of(start))
    if not {"class_weight", "loss"} & settings.keys():
        assert network.loss_ == pytest.approx(objective(network, y, weights))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_the_loss_is_the_objective_at_the_weights(make, solver):
    y = LABELS if make is MLPClassifier else NUMBERS
    network = trained(make, y, solver=solver, max_iter=20, alpha=0.5)
    assert network.loss_ == pytest.approx(objective(network, y))
    network.set_params(restore_best=False).fit(X, y)
    assert network.loss_ == pytest.approx(objective(network, y))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_fit_starts_from_weights_that_were_assigned(solver):
    network = trained(MLPRegressor, NUMBERS, solver=solver, max_iter=5)
    network.coefs_ = [np.ones((5, 10)), np.ones((10, 1))]
    network.intercepts_ = [np.zeros(10), np.array([7.0])]
    network.set_params(learning_rate_init=1e-12, max_iter=1)
    if solver == "lbfgs":
        network.set_params(max_fun=1)
    network.fit(X, NUMBERS)
    moved = 0.5 if solver == "lbfgs" else 1e-9
    assert network.predict(np.zeros((1, 5))) == pytest.approx(7.0, abs=moved)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_without_a_change_two_fits_are_one(solver, early_stopping):
    settings = {"solver": solver, "early_stopping": early_stopping, "tol": 0.0}
    settings["n_iter_no_change"] = 100
    whole = trained(MLPClassifier, LABELS, max_iter=20, **settings)
    parts = trained(MLPClassifier, LABELS, max_iter=10, **settings).fit(X, LABELS)
    same_weights(parts, whole)
    assert parts.loss_ == whole.loss_
    assert parts.loss_curve_ == whole.loss_curve_
    unpickled = pickle.loads(
        pickle.dumps(trained(MLPClassifier, LABELS, max_iter=10, **settings))
    )
    same_weights(unpickled.fit(X, LABELS), whole)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_copy_continues_without_any_effect_on_the_original(solver):
    network = trained(MLPClassifier, LABELS, solver=solver, max_iter=3)
    before = pickle.dumps(network)
    other = copy.copy(network).fit(X, LABELS)
    if solver == "adam":
        other.partial_fit(X, LABELS)
        assert other.t_ == 7 * len(X)
    assert pickle.dumps(network) == before


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_pickle_of_a_fit_does_not_grow_with_the_rows(early_stopping):
    sizes = []
    for repeats in (1, 20):
        rows, y = np.tile(X, (repeats, 1)), np.tile(LABELS, repeats)
        network = MLPClassifier((3,), max_iter=2, early_stopping=early_stopping)
        sizes.append(len(pickle.dumps(network.fit(rows, y))))
    assert sizes[1] - sizes[0] < 200


@needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])
@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_ctrl_c_keeps_what_the_network_has_learnt(make, solver):
    y = LABELS if make is MLPClassifier else NUMBERS
    settings = {"solver": solver, "random_state": 0, "hidden_layer_sizes": (4,)}
    three = make(max_iter=3, **settings).fit(X, y)
    network = make(**settings).set_callbacks(Failing(KeyboardInterrupt, at=3))
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        network.fit(X, y)
    same_weights(network, three)
    assert network.n_iter_ == 3
    assert network.loss_curve_ == three.loss_curve_
    assert network.loss_ == pytest.approx(objective(network, y))
    assert not network.converged_
    assert network.score(X, y) == three.score(X, y)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_warning_that_is_an_error_leaves_the_training_as_it_was(estimator, bundled):
    X, y = bundled("iris")
    network = estimator(
        hidden_layer_sizes=(5,), max_iter=3, warm_start=True, random_state=0
    )
    with pytest.warns(ConvergenceWarning):
        network.fit(X, y)
    other = copy.deepcopy(network)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            network.fit(X, y)
    assert network.loss_curve_ == other.loss_curve_
    for each in (network, other):
        with pytest.warns(ConvergenceWarning):
            each.fit(X, y)
    np.testing.assert_array_equal(network.coefs_[0], other.coefs_[0])
