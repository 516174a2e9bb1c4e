"""MLPClassifier and MLPRegressor, beyond the test suite of scikit-learn."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse
from fitted_networks import same_weights
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPClassifier, MLPRegressor
from skmlp.activations import ReLU, Tanh
from skmlp.losses import PoissonDeviance
from skmlp.solvers import SGD, Adam, AdamW, Adaptive, InverseScaling, UpdateRule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


STOCHASTIC = ("adam", "sgd")
RULES = sorted(UpdateRule.table)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", RULES)
def test_five_epochs_and_five_more_equal_ten_bit_for_bit(
    solver, early_stopping, bundled
):
    X, y = bundled("wine")
    settings = {
        "solver": solver,
        "early_stopping": early_stopping,
        "learning_rate": "invscaling",
        "batch_size": "auto" if solver == "gd" else 30,
        "random_state": 0,
    }
    whole = MLPClassifier(max_iter=10, **settings).fit(X, y)
    halves = MLPClassifier(max_iter=5, warm_start=True, **settings).fit(X, y)
    halves = pickle.loads(pickle.dumps(halves)).fit(X, y)
    same_weights(halves, whole)
    assert halves.loss_curve_ == whole.loss_curve_
    assert halves.t_ == whole.t_


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_learns_the_digits(rule, bundled):
    X, y = bundled("digits")
    rates = {"gd": 1.0, "sgd": 0.1, "adagrad": 0.03, "adadelta": 1.0}
    network = MLPClassifier(
        (16,),
        solver=rule,
        learning_rate_init=rates.get(rule, 0.005),
        batch_size="auto" if rule == "gd" else 32,
        max_iter=150 if rule == "gd" else 12,
        random_state=0,
    ).fit(X[::2], y[::2])
    assert network.score(X[1::2], y[1::2]) > 0.9


def test_gradient_descent_takes_one_step_an_epoch_along_the_whole_gradient(bundled):
    X, y = bundled("wine")
    weight = np.linspace(0, 1, len(y))
    settings = {"hidden_layer_sizes": (3,), "max_iter": 1, "random_state": 0}
    network = MLPClassifier(solver="gd", learning_rate_init=0.5, **settings)
    network.fit(X, y, weight)
    plain = MLPClassifier(
        solver=SGD(momentum=0.0), learning_rate_init=0.5, batch_size=len(y) - 1
    )
    plain.set_params(**settings).fit(X, y, weight)
    for ours, theirs in zip(network.coefs_, plain.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert network._training.state.steps == 1


@pytest.mark.parametrize("solver", STOCHASTIC)
def test_partial_fits_equal_epochs_bit_for_bit(solver, bundled):
    X, y = bundled("wine")
    settings = {"solver": solver, "batch_size": 30, "random_state": 0}
    whole = MLPClassifier(max_iter=4, **settings).fit(X, y)
    stream = MLPClassifier(**settings)
    for _ in range(4):
        stream.partial_fit(X, y, classes=np.unique(y))
    same_weights(stream, whole)


def test_partial_fit_with_an_integer_seed_visits_the_rows_in_new_orders(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(random_state=0)
    orders = []
    for _ in range(3):
        network.partial_fit(X, y, classes=np.unique(y))
        orders.append(network._training.state.order.copy())
    assert not np.array_equal(orders[0], orders[1])
    # A generator that restarts would apply the first permutation once more.
    assert not np.array_equal(orders[0][orders[0]], orders[1])


def test_partial_fit_learns_a_stream_in_chunks(bundled):
    X, y = bundled("digits")
    network = MLPClassifier((50,), random_state=0, batch_size=32)
    for _ in range(10):
        for rows in np.array_split(np.arange(1500), 5):
            network.partial_fit(X[rows], y[rows], classes=range(10))
    assert network.score(X[1500:], y[1500:]) > 0.88


def test_training_stops_after_exactly_n_iter_no_change_epochs(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(tol=1e9, n_iter_no_change=7, random_state=0).fit(X, y)
    # The first epoch lowers the loss from infinity; the next 7 bring no progress.
    assert network.n_iter_ == 8


def test_the_weights_of_the_best_epoch_are_kept(bundled):
    X, y = bundled("wine")
    settings = {
        "solver": "sgd",
        "learning_rate_init": 0.3,
        "batch_size": 8,
        "alpha": 0.1,
        "random_state": 0,
    }
    network = MLPClassifier(max_iter=12, tol=0.0, **settings).fit(X, y)
    best = int(np.argmin(network.loss_curve_))
    assert best < len(network.loss_curve_) - 1
    until_best = MLPClassifier(max_iter=best + 1, tol=0.0, **settings).fit(X, y)
    same_weights(network, until_best)
    assert network.best_loss_ == network.loss_curve_[best]
    penalty = 0.05 * sum(np.sum(weights**2) for weights in network.coefs_) / len(y)
    log_loss = -np.mean(network.predict_log_proba(X)[np.arange(len(y)), y])
    assert network.loss_ == pytest.approx(log_loss + penalty)


def test_adaptive_learning_rate_works_under_adam_too(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        learning_rate="adaptive", tol=1e9, n_iter_no_change=2, max_iter=20
    ).fit(X, y)
    # A plateau every other epoch after the first: 1e-3 / 5^5 <= 1e-6 < 1e-3 / 5^4.
    assert network._training.state.rate_factor == pytest.approx(0.2**4, rel=0.3) or (
        network._training.state.rate_factor == pytest.approx(0.2**5)
    )
    assert network.n_iter_ < 20


def test_log_probabilities_are_finite_where_probabilities_underflow():
    X = np.array([[-1.0], [1.0]])
    network = MLPClassifier((), solver="lbfgs", alpha=0.0, random_state=0)
    far = 1e6 * X
    for y in ([0, 1], [0, 1]):
        network.fit(X, y)
        log_probabilities = network.predict_log_proba(far)
        assert np.isfinite(log_probabilities).all()
        assert log_probabilities.min() < -1000


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
def test_the_dtype_of_X_is_kept(solver, dtype, bundled):
    X, y = bundled("wine")
    network = MLPClassifier(solver=solver, max_iter=3).fit(X.astype(dtype), y)
    assert {w.dtype for w in network.coefs_ + network.intercepts_} == {np.dtype(dtype)}
    assert network.predict_proba(X.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
def test_sparse_and_dense_input_give_the_same_network(solver, bundled):
    X, y = bundled("wine")
    X = np.where(X > 0.3, X, 0)
    settings = {"solver": solver, "max_iter": 5, "batch_size": 50, "random_state": 0}
    dense = MLPClassifier(**settings).fit(X, y)
    for layout in (scipy.sparse.csr_array, scipy.sparse.csc_matrix):
        sparse = MLPClassifier(**settings).fit(layout(X), y)
        np.testing.assert_allclose(
            sparse.predict_proba(layout(X)), dense.predict_proba(X), rtol=1e-8
        )


@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
def test_multilabel_targets_are_learnt(solver):
    X, Y = make_multilabel_classification(200, n_labels=2, random_state=0)
    X = StandardScaler().fit_transform(X)
    network = MLPClassifier(
        (20,), solver=solver, learning_rate_init=0.05, max_iter=300, random_state=0
    ).fit(X, Y)
    assert network.score(X, Y) > 0.9
    assert network.predict_proba(X).shape == Y.shape
    assert network.out_activation_ == "logistic"
    sparse = clone(network).fit(X, scipy.sparse.csr_matrix(Y))
    np.testing.assert_array_equal(sparse.predict(X).toarray(), network.predict(X))


def test_several_targets_are_regressed_at_once(bundled):
    X, y = bundled("diabetes")
    Y = np.stack([y, -y, X[:, 2]], axis=1)
    Y = (Y - Y.mean(axis=0)) / Y.std(axis=0)
    network = MLPRegressor(
        hidden_layer_sizes=(20,), solver="lbfgs", alpha=1.0, random_state=0
    ).fit(X, Y)
    assert network.predict(X).shape == Y.shape
    assert network.score(X, Y) > 0.7


def test_poisson_regression_predicts_positive_means(rng):
    X = rng.normal(size=(400, 2))
    mean = np.exp(0.5 * X[:, 0] - 0.3 * X[:, 1] + 1)
    y = rng.poisson(mean)
    for loss in ("poisson", PoissonDeviance()):
        network = MLPRegressor(loss, hidden_layer_sizes=(), solver="lbfgs", alpha=0)
        predictions = network.fit(X, y).predict(X)
        assert predictions.min() > 0
        np.testing.assert_allclose(network.coefs_[0][:, 0], [0.5, -0.3], atol=0.06)
    with pytest.raises(ValueError, match="y >= 0"):
        MLPRegressor("poisson").fit(X, y - 1)


def test_components_are_objects_and_their_parameters_take_part_in_a_grid_search(
    bundled,
):
    X, y = bundled("iris")
    pipeline = make_pipeline(
        StandardScaler(),
        MLPClassifier(
            (8,),
            activation=[Tanh()],
            solver=SGD(momentum=0.5),
            learning_rate=InverseScaling(power_t=0.1),
            learning_rate_init=0.05,
            max_iter=20,
            random_state=0,
        ),
    )
    search = GridSearchCV(
        pipeline,
        {
            "mlpclassifier__solver__momentum": [0.0, 0.9],
            "mlpclassifier__learning_rate__power_t": [0.0, 1.0],
            "mlpclassifier__solver": [SGD(), Adam(beta_1=0.5)],
        },
        cv=3,
    )
    with pytest.raises(ValueError, match="momentum"):  # Adam has no momentum
        search.fit(X, y)
    search.set_params(
        param_grid={
            "mlpclassifier__solver__momentum": [0.0, 0.9],
            "mlpclassifier__learning_rate__power_t": [0.0, 1.0],
        }
    ).fit(X, y)
    assert search.best_params_["mlpclassifier__solver__momentum"] == 0.9
    assert search.best_score_ > 0.85


@pytest.mark.parametrize(
    ("named", "given"),
    [
        ({"solver": "sgd"}, {"solver": SGD()}),
        ({"solver": "sgd", "momentum": 0.3}, {"solver": SGD(momentum=0.3)}),
        ({"solver": "adam", "beta_1": 0.5}, {"solver": Adam(beta_1=0.5)}),
        (
            {"solver": "adamw", "beta_2": 0.9, "epsilon": 0.1},
            {"solver": AdamW(beta_2=0.9, epsilon=0.1)},
        ),
        ({"activation": "relu"}, {"activation": [ReLU()]}),
        ({"activation": "tanh"}, {"activation": ["tanh"]}),
        (
            {"learning_rate": "invscaling", "power_t": 0.2},
            {"learning_rate": InverseScaling(0.2)},
        ),
        ({"learning_rate": "adaptive"}, {"learning_rate": Adaptive()}),
    ],
    ids=str,
)
def test_a_name_and_an_object_mean_the_same(named, given, bundled):
    X, y = bundled("iris")
    settings = {"hidden_layer_sizes": (5,), "max_iter": 4, "random_state": 0}
    same_weights(
        MLPClassifier(**settings, **named).fit(X, y),
        MLPClassifier(**settings, **given).fit(X, y),
    )


def test_warm_start_goes_on_from_weights_that_the_user_set(bundled):
    X, y = bundled("iris")
    network = MLPClassifier((4,), max_iter=3, warm_start=True, random_state=0).fit(X, y)
    network.coefs_ = [np.zeros_like(weights) for weights in network.coefs_]
    network.intercepts_ = [np.zeros_like(layer) for layer in network.intercepts_]
    network.set_params(learning_rate_init=1e-12, max_iter=1).fit(X, y)
    assert max(np.abs(weights).max() for weights in network.coefs_) < 1e-9


def test_warm_start_on_other_data_forgets_what_was_best_before(bundled):
    X, y = bundled("iris")
    network = MLPClassifier((4,), max_iter=30, warm_start=True, random_state=0)
    network.fit(X, y)
    before = [weights.copy() for weights in network.coefs_]
    network.set_params(max_iter=2).fit(X, np.roll(y, 40))
    assert not np.array_equal(network.coefs_[0], before[0])


def test_predictions_in_blocks_equal_those_of_single_rows(rng):
    X = rng.normal(size=(5000, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier(max_iter=1).fit(X, X[:, 0] > 0)
    whole = network.predict_proba(X)
    for row in (0, 2047, 2048, 4999):
        one = network.predict_proba(X[row : row + 1])
        np.testing.assert_allclose(whole[row : row + 1], one, rtol=1e-10)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes must be > 0"),
        ({"hidden_layer_sizes": (5, 2.5)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": -1}, "hidden_layer_sizes"),
        ({"activation": "rely"}, "activation"),
        ({"activation": ["relu", "tanh"]}, "2 entries for 1 hidden layer"),
        ({"activation": ["rely"]}, "'relu'"),
        ({"solver": "adamm"}, "solver"),
        ({"solver": SGD(momentum=2)}, "'momentum' parameter of SGD"),
        ({"solver": "gd", "batch_size": 20}, "takes all rows.*batch_size='auto'"),
        ({"learning_rate": "falling"}, "learning_rate"),
        ({"alpha": -1}, "alpha"),
        ({"batch_size": 0}, "batch_size"),
        ({"early_stopping": True, "validation_fraction": 0.0}, "validation_fraction"),
        ({"beta_1": 1.0}, "beta_1"),
        ({"max_iter": 0}, "max_iter"),
    ],
    ids=str,
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_bad_parameters_are_named_before_any_work(
    estimator, parameters, message, bundled
):
    X, y = bundled("iris")
    settings = {"hidden_layer_sizes": (5,)} | parameters
    with pytest.raises(ValueError, match=message):
        estimator(**settings).fit(X, y)


def test_wrong_continuations_are_named(bundled):
    X, y = bundled("iris")
    network = MLPClassifier((4,), max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        network.set_params(hidden_layer_sizes=(5,)).fit(X, y)
    network.set_params(hidden_layer_sizes=(4,))
    with pytest.raises(ValueError, match="same classes"):
        network.fit(X[:100], y[:100])
    with pytest.raises(ValueError, match="classes not in"):
        network.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match="early_stopping"):
        network.set_params(early_stopping=True).partial_fit(X, y)
    with pytest.raises(AttributeError, match="partial_fit") as caught:
        MLPRegressor(solver="lbfgs").partial_fit(X, y)
    assert "solver='adam'" in str(caught.value)
    with pytest.raises(ValueError, match="classes"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="Negative"):
        MLPClassifier().fit(X, y, -np.ones(len(y)))
