"""Hidden layers of a network: how to specify, initialise and search them."""

import numpy as np
import pytest
from fitted_networks import weights_of
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skmlp import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({"hidden_layer_sizes": "64-32"}, (64, 32)),
        ({"hidden_layer_sizes": "7"}, (7,)),
        ({"hidden_layer_sizes": 7}, (7,)),
        ({"hidden_layer_sizes": np.array([4, 3])}, (4, 3)),
        ({"n_layers": 3, "width": 8}, (8, 8, 8)),
        ({"n_layers": 2}, (100, 100)),
        ({"width": 5}, (5,)),
        ({"n_layers": 0}, ()),
    ],
    ids=str,
)
def test_the_layers_can_be_told_in_several_ways(given, sizes, bundled):
    X, y = bundled("iris")
    network = MLPClassifier(max_iter=1, random_state=0, **given).fit(X, y)
    assert tuple(len(layer) for layer in network.intercepts_) == (*sizes, 3)
    named = MLPClassifier(sizes, max_iter=1, random_state=0).fit(X, y)
    np.testing.assert_array_equal(weights_of(network), weights_of(named))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden_layer_sizes": "64x32"}, "'64-32'"),
        ({"hidden_layer_sizes": "64-0"}, "must be > 0"),
        ({"hidden_layer_sizes": (50,), "width": 5}, "leave hidden_layer_sizes at"),
        ({"hidden_layer_sizes": "20", "n_layers": 2}, "leave hidden_layer_sizes at"),
        ({"width": 0}, "width"),
        ({"n_layers": -1}, "n_layers"),
        ({"n_init": 0}, "n_init"),
    ],
    ids=str,
)
def test_layers_that_make_no_sense_are_named(given, message, bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**given).fit(X, y)


def test_numbers_of_layers_and_units_take_part_in_a_grid_search(bundled):
    X, y = bundled("wine")
    search = GridSearchCV(
        MLPClassifier(learning_rate_init=0.02, max_iter=30, random_state=0),
        {"n_layers": [0, 1, 2], "width": [1, 16]},
        cv=3,
    ).fit(X, y)
    assert search.best_score_ > 0.95
    narrow = np.isin(search.cv_results_["param_width"], [1])
    deep = search.cv_results_["param_n_layers"] > 0
    scores = search.cv_results_["mean_test_score"]
    assert scores[narrow & deep].max() < scores[~narrow].min()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_training_goes_on_from_initialized_weights_as_if_they_had_not_been(
    solver, bundled
):
    X, y = bundled("wine")
    settings = {"solver": solver, "max_iter": 5, "random_state": 0}
    expected = MLPClassifier((6,), **settings).fit(X, y)
    network = MLPClassifier((6,), warm_start=True, **settings).initialize(X, y)
    assert network.n_iter_ == 0
    assert network.predict_proba(X).shape == (len(X), 3)
    assert len(network.history_) == 0
    np.testing.assert_array_equal(
        weights_of(network.fit(X, y)), weights_of(expected), strict=True
    )
    if solver == "adam":
        stream = clone(network).initialize(X, y)
        for _ in range(5):
            stream.partial_fit(X, y)
        np.testing.assert_array_equal(stream.loss_curve_, expected.loss_curve_)


def test_initial_weights_can_be_changed_before_training(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(hidden_layer_sizes=(3,), warm_start=True, max_iter=1)
    network.set_params(learning_rate_init=1e-12).initialize(X, y)
    network.coefs_ = [np.full_like(weights, 0.5) for weights in network.coefs_]
    network.fit(X, y)
    np.testing.assert_allclose(network.coefs_[0], 0.5, atol=1e-9)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_of_several_starts_the_best_is_kept(solver, early_stopping, bundled):
    X, y = bundled("wine")
    validation = {"X_val": X[::3], "y_val": y[::3]} if early_stopping else {}
    settings = {"solver": solver, "max_iter": 4, "tol": 0.0}
    settings |= {"early_stopping": early_stopping, "scoring": "loss"}
    network = MLPClassifier((3,), n_init=4, random_state=9, **settings)
    network.fit(X, y, **validation)
    # The same trainings, one after another: each draws its initial weights and, with
    # batches, the row orders of its epochs, from one generator.
    generator = np.random.RandomState(9)
    starts = [
        MLPClassifier((3,), random_state=generator, **settings).fit(X, y, **validation)
        for _ in range(4)
    ]
    costs = [
        -start.best_validation_score_ if early_stopping else start.loss_
        for start in starts
    ]
    best = int(np.argmin(costs))
    assert best > 0
    assert len(set(costs)) == 4
    np.testing.assert_array_equal(weights_of(network), weights_of(starts[best]))
    assert network.loss_curve_ == starts[best].loss_curve_


def test_starts_share_the_rows_that_are_set_aside(bundled):
    X, y = bundled("wine")
    settings = {"early_stopping": True, "max_iter": 2, "random_state": 1}
    one = MLPClassifier((3,), **settings).fit(X, y)
    several = MLPClassifier((3,), n_init=5, **settings).fit(X, y)
    assert several.best_validation_score_ > one.best_validation_score_
    np.testing.assert_array_equal(
        several._training.state.validation_rows, one._training.state.validation_rows
    )


def test_starts_that_diverge_are_left_out(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        solver="sgd", hidden_layer_sizes=(3,), learning_rate_init=1e60, n_init=3
    )
    with pytest.raises(ValueError, match="epoch 1"):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")
