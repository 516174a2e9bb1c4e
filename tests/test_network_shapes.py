"""Layers of networks: how they are told, started, looked into and searched over."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.activations import Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def weights_of(network):
    return np.concatenate([np.ravel(w) for w in network.coefs_ + network.intercepts_])


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
    # The very same starts, one after another: every one draws its first weights, and,
    # by batches, the orders of its epochs, from the one generator.
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
        several._state.validation_rows, one._state.validation_rows
    )


def test_starts_that_diverge_are_left_out(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        solver="sgd", hidden_layer_sizes=(3,), learning_rate_init=1e60, n_init=3
    )
    with pytest.raises(ValueError, match="epoch 1"):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


# Looking inside


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("sparse", [False, True])
def test_transform_gives_the_activations_of_a_hidden_layer(activation, sparse, bundled):
    X, y = bundled("wine")
    network = MLPClassifier((7, 4), activation, max_iter=3, random_state=0).fit(X, y)
    rows = scipy.sparse.csr_array(X) if sparse else X
    a = X
    for layer in range(2):
        z = a @ network.coefs_[layer] + network.intercepts_[layer]
        a, _ = Activation.resolve(activation).forward(z)
        for number in (layer, layer - 2):
            np.testing.assert_allclose(network.transform(rows, layer=number), a)
    np.testing.assert_array_equal(network.transform(rows), network.transform(rows, 1))
    with pytest.raises(ValueError, match="layer=2 is not one of 2 hidden layers"):
        network.transform(X, layer=2)


def test_the_output_layer_reads_what_transform_gives(bundled):
    X, y = bundled("diabetes")
    for sizes in ((), (5,), (6, 5)):
        network = MLPRegressor(hidden_layer_sizes=sizes, max_iter=2).fit(X, y)
        outputs = network.transform(X) @ network.coefs_[-1] + network.intercepts_[-1]
        np.testing.assert_allclose(outputs[:, 0], network.predict(X))


def test_a_network_extracts_features_in_a_pipeline(bundled):
    X, y = bundled("digits")
    X, y, X_test, y_test = X[:800], y[:800], X[800:], y[800:]
    network = MLPClassifier((32,), learning_rate_init=0.01, max_iter=30, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network, LogisticRegression())
    assert pipeline.fit(X, y).score(X_test, y_test) > 0.88
    assert pipeline[-1].n_features_in_ == 32


def test_hidden_features_have_names_in_data_frames(bundled):
    pandas = pytest.importorskip("pandas")
    X, y = bundled("iris")
    network = MLPClassifier((5, 3), max_iter=2).set_output(transform="pandas")
    frame = network.fit_transform(pandas.DataFrame(X, index=range(7, 157)), y)
    names = [f"mlpclassifier{unit}" for unit in range(3)]
    assert list(frame.columns) == list(network.get_feature_names_out()) == names
    assert list(frame.index) == list(range(7, 157))
    assert network.transform(X, layer=0).shape == (150, 5)


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
@pytest.mark.parametrize("sizes", [(), (6,), (6, 4)])
@pytest.mark.parametrize("data", ["wine", "breast_cancer"])
def test_input_gradients_are_those_of_finite_differences(
    activation, sizes, data, bundled
):
    X, y = bundled(data)
    network = MLPClassifier(sizes, activation, max_iter=3, random_state=0).fit(X, y)
    rows, step = X[:5], 1e-5

    def scores(rows):
        log_p = network.predict_log_proba(rows)
        return log_p[:, 1:] - log_p[:, :1]  # free of the softmax's constant

    expected = np.stack(
        [
            (scores(rows + step * e) - scores(rows - step * e)) / (2 * step)
            for e in np.eye(X.shape[1])
        ],
        axis=2,
    )
    gradient = network.input_gradient(rows)
    if data == "breast_cancer":
        assert gradient.shape == rows.shape
        differences = gradient[:, np.newaxis]
    else:
        assert gradient.shape == (5, 3, X.shape[1])
        differences = gradient[:, 1:] - gradient[:, :1]
    np.testing.assert_allclose(differences, expected, rtol=1e-5, atol=1e-7)
    sparse = network.input_gradient(scipy.sparse.csr_array(rows))
    np.testing.assert_allclose(sparse, gradient, rtol=1e-12)


def test_the_input_gradient_of_a_linear_model_is_its_weights(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(hidden_layer_sizes=(), max_iter=2).fit(X, y)
    expected = np.broadcast_to(network.coefs_[0][:, 0], X.shape)
    np.testing.assert_array_equal(network.input_gradient(X), expected)
