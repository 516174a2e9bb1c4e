"""Standardised targets: predictions and losses are in the units of y.

Expected values are those of fits to y standardised by hand, and closed forms.
"""

import copy
import pickle

import numpy as np
import pytest
from fitted_networks import same_weights, weights_of
from scipy.stats import norm
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from skmlp import MLPRegressor
from skmlp.losses import GammaDeviance, Huber, Loss, Quantile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 3))
ONE = X @ [1.0, -2.0, 0.5] + 40 + RNG.normal(size=160)
TWO = np.c_[ONE, 1000 * np.sin(X[:, 0]) - 3e4]
WEIGHT = RNG.integers(0, 4, size=160).astype(float)
SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 25, "random_state": 0}


def pinball(q, y, score):
    return np.mean(np.maximum(q * (y - score), (q - 1) * (y - score)))


def pair_value(y, scores):
    return 0.5 * ((y - scores) ** 2).sum(axis=1)


def pair_gradient(y, scores):
    return scores - y


def huber(error, delta):
    size = np.abs(error)
    return np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta)).mean()


LOSSES = {
    "squared_error": "squared_error",
    "absolute_error": "absolute_error",
    "huber": Huber(0.3),
    "quantile": Quantile(0.7),
    "quantiles": Quantile([0.1, 0.5, 0.9]),
    "gaussian_nll": "gaussian_nll",
    "pair": (pair_value, pair_gradient),
}


def fitted(loss, y, sample_weight=None, **settings):
    network = MLPRegressor(loss, scale_target=True, **SETTINGS | settings)
    return network.fit(X, y, sample_weight)


def mean_and_deviation(y, weight=None):
    """Return weighted statistics (2, n_targets), by scikit-learn's StandardScaler."""
    scaler = StandardScaler().fit(y.reshape(len(y), -1), sample_weight=weight)
    return np.array([scaler.mean_, scaler.scale_])


@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "rmsprop", "lbfgs"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_predictions_of_another_unit_are_those_in_that_unit(name, solver, factor):
    for y in (ONE, TWO):
        settings = {"solver": solver, "early_stopping": solver == "sgd"}
        settings |= {"scoring": "loss"} if solver == "sgd" else {}
        ours = fitted(LOSSES[name], factor * y, WEIGHT, **settings)
        plain = fitted(LOSSES[name], y, WEIGHT, **settings)
        expected = factor * plain.predict(X)
        size = np.abs(expected).max()
        np.testing.assert_allclose(ours.predict(X), expected, rtol=0, atol=1e-7 * size)
        assert ours.n_iter_ == plain.n_iter_
        if name == "gaussian_nll":
            _, deviation = ours.predict(X, return_std=True)
            expected = factor * plain.predict(X, return_std=True)[1]
            np.testing.assert_allclose(deviation, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LOSSES)
def test_a_fit_is_that_of_y_standardised_by_hand(name, dtype):
    rows, loss = X.astype(dtype), LOSSES[name]
    for y in (ONE, TWO):
        mean, deviation = mean_and_deviation(y, WEIGHT)
        by_hand = ((y.reshape(len(y), -1) - mean) / deviation).reshape(y.shape)
        network = MLPRegressor(loss, scale_target=True, **SETTINGS)
        network.fit(rows, y, WEIGHT)
        theirs = MLPRegressor(loss, **SETTINGS).fit(rows, by_hand, WEIGHT)
        rtol = 1e-3 if dtype == np.float32 else 1e-8
        np.testing.assert_allclose(network.target_scale_, [mean, deviation])
        np.testing.assert_allclose(
            weights_of(network), weights_of(theirs), rtol=rtol, atol=rtol
        )
        predicted = theirs.predict(rows).reshape(len(y), len(mean), -1)
        expected = mean[:, None] + deviation[:, None] * predicted
        ours = network.predict(rows)
        assert ours.dtype == dtype
        np.testing.assert_allclose(
            ours.reshape(expected.shape), expected, rtol=1e-2 * rtol
        )
        gradient = theirs.input_gradient(rows).reshape(len(y), network.n_outputs_, -1)
        factor = np.repeat(deviation, network.n_outputs_ // len(deviation))
        if name == "gaussian_nll":
            factor[1::2] = 1
        ours = network.input_gradient(rows).reshape(gradient.shape)
        assert ours.dtype == dtype
        scaled = gradient * factor[:, None]
        np.testing.assert_allclose(
            ours, scaled, rtol=10 * rtol, atol=rtol * np.abs(scaled).max()
        )


def test_a_pipeline_of_scikit_learn_predicts_the_same():
    theirs = TransformedTargetRegressor(
        MLPRegressor(**SETTINGS), transformer=StandardScaler()
    ).fit(X, ONE)
    ours = fitted("squared_error", ONE)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-10)
    assert ours.score(X, ONE) == pytest.approx(theirs.score(X, ONE))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_losses_are_those_of_the_predictions_in_the_units_of_y(solver, factor):
    y = factor * ONE
    X_val, y_val = X[:40] + 0.1, y[:40]
    deviation = mean_and_deviation(y)[1, 0]
    predicted_losses = {
        "squared_error": lambda net, X, y: 0.5 * np.mean((y - net.predict(X)) ** 2),
        "absolute_error": lambda net, X, y: np.mean(np.abs(y - net.predict(X))),
        "huber": lambda net, X, y: huber(y - net.predict(X), 0.3 * deviation),
        "quantile": lambda net, X, y: pinball(0.7, y, net.predict(X)),
        "gaussian_nll": lambda net, X, y: (
            -norm.logpdf(y, *net.predict(X, return_std=True)).mean()
        ),
    }
    for name, loss_of in predicted_losses.items():
        network = MLPRegressor(
            LOSSES[name], scale_target=True, alpha=0.0, solver=solver, **SETTINGS
        )
        network.set_params(early_stopping=True, scoring="loss", record="epoch")
        network.fit(X, y, X_val=X_val, y_val=y_val)
        assert network.loss_ == pytest.approx(loss_of(network, X, y), rel=1e-6)
        expected = pytest.approx(-loss_of(network, X_val, y_val), rel=1e-6)
        assert network.best_validation_score_ == expected
        assert network.best_validation_score_ == max(network.validation_scores_)
        history = network.history_
        np.testing.assert_array_equal(history["loss"], network.loss_curve_)
        best = np.argmax(history["validation_score"])
        assert history["training_loss"][best] == pytest.approx(network.loss_)
        np.testing.assert_allclose(
            history["validation_loss"], -history["validation_score"]
        )
        network.set_params(early_stopping=False).fit(X, y)
        assert network.loss_ == pytest.approx(loss_of(network, X, y), rel=1e-6)
        # A public network with its loss tells the same.
        public = network.fitted_network()
        values, _ = public.loss.value_and_gradient(y[:, None], public.scores(X))
        assert values.mean() == pytest.approx(network.loss_, rel=1e-6)


def test_losses_of_several_targets_have_the_mean_of_their_factors():
    network, by_hand = (
        MLPRegressor(scale_target=scale, **SETTINGS) for scale in (True, False)
    )
    mean, deviation = mean_and_deviation(TWO)
    by_hand.fit(X, (TWO - mean) / deviation)
    network.fit(X, TWO)
    factor = np.mean(deviation**2)
    np.testing.assert_allclose(
        network.loss_curve_, factor * np.array(by_hand.loss_curve_)
    )
    assert network.loss_ == pytest.approx(factor * by_hand.loss_)
    assert network.best_loss_ == pytest.approx(factor * by_hand.best_loss_)


@pytest.mark.parametrize("level", [0.0, 7.0, -3e8, 2e-9])
def test_a_constant_target_is_divided_by_its_size(level):
    settings = {"max_iter": 300, "solver": "lbfgs"}
    network = fitted("squared_error", np.full(160, level), **settings)
    size = abs(level) or 1.0
    np.testing.assert_allclose(network.target_scale_, [[level], [size]], rtol=1e-15)
    np.testing.assert_allclose(network.predict(X), level, atol=0.01 * size)


@pytest.mark.parametrize(
    ("mean", "deviation", "scales"),
    [
        (0.0, 1.0, False),
        (0.01, 0.2, False),
        (-9.0, 9.0, False),
        (11.0, 1.0, True),
        (-11.0, 1.0, True),
        (1.0, 0.09, True),
        (0.0, 11.0, True),
        (5.0, 0.0, True),
    ],
)
def test_auto_standardises_targets_of_extreme_size(mean, deviation, scales):
    y = mean + deviation * StandardScaler().fit_transform(ONE[:, None])[:, 0]
    network = MLPRegressor(scale_target="auto", **SETTINGS).fit(X, y)
    plain = MLPRegressor(scale_target=scales, **SETTINGS).fit(X, y)
    assert (network.target_scale_ is not None) == scales
    same_weights(network, plain)
    np.testing.assert_array_equal(network.predict(X), plain.predict(X))


@pytest.mark.parametrize("loss", ["poisson", "gamma", GammaDeviance()])
def test_losses_of_positive_targets_refuse_another_scale(loss):
    y = np.exp(X[:, 0])
    message = r"scale_target=True does not suit loss=.*Set scale_target=False or 'auto'"
    with pytest.raises(ValueError, match=message):
        MLPRegressor(loss, scale_target=True).fit(X, y)
    network = MLPRegressor(loss, scale_target="auto", **SETTINGS).fit(X, 1e3 * y)
    assert network.target_scale_ is None
    same_weights(network, MLPRegressor(loss, **SETTINGS).fit(X, 1e3 * y))


@pytest.mark.parametrize("value", ["yes", None, 2])
def test_other_values_are_refused_by_name(value):
    with pytest.raises(ValueError, match="'scale_target' parameter"):
        MLPRegressor(scale_target=value).fit(X, ONE)


def test_by_default_nothing_is_scaled():
    network = MLPRegressor(**SETTINGS).fit(X, ONE)
    assert network.target_scale_ is None
    assert MLPRegressor().scale_target is False


def test_partial_fit_keeps_the_scale_of_the_first_call():
    network = MLPRegressor(scale_target=True, **SETTINGS)
    first = mean_and_deviation(ONE[:50])
    by_hand = MLPRegressor(**SETTINGS)
    for rows in (slice(0, 50), slice(50, 160)):
        network.partial_fit(X[rows], ONE[rows])
        by_hand.partial_fit(X[rows], (ONE[rows] - first[0]) / first[1])
        np.testing.assert_allclose(network.target_scale_, first)
    np.testing.assert_allclose(weights_of(network), weights_of(by_hand), rtol=1e-9)
    before = network.predict(X)
    network.set_params(scale_target=False, learning_rate_init=1e-12)
    network.partial_fit(X, ONE)
    assert network.target_scale_ is None
    np.testing.assert_allclose(network.predict(X), before, rtol=1e-6)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_warm_start_without_a_change_continues_the_fit(solver):
    settings = {"warm_start": True, "solver": solver, "tol": 0.0}
    parts = fitted("squared_error", ONE, max_iter=10, **settings)
    first = parts.target_scale_
    parts.fit(X, ONE)
    np.testing.assert_array_equal(parts.target_scale_, first)
    if solver == "adam":
        whole = fitted("squared_error", ONE, max_iter=20, **settings)
        same_weights(parts, whole)
        assert parts.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("name", ["squared_error", "quantiles", "gaussian_nll"])
@pytest.mark.parametrize(
    "change",
    [{"y": 1000 * TWO + 5}, {"scale_target": False}, {"sample_weight": WEIGHT}],
    ids=["y", "scale_target", "sample_weight"],
)
def test_a_warm_start_begins_with_the_predictions_of_the_last_fit(name, change):
    network = fitted(LOSSES[name], TWO, warm_start=True)
    std = {"return_std": True} if name == "gaussian_nll" else {}
    before = np.array(network.predict(X, **std))
    change = change.copy()
    y = change.pop("y", TWO)
    sample_weight = change.pop("sample_weight", None)
    network.set_params(learning_rate_init=1e-13, max_iter=1, **change)
    network.fit(X, y, sample_weight)
    expected = None if change else mean_and_deviation(y, sample_weight)
    if expected is None:
        assert network.target_scale_ is None
    else:
        np.testing.assert_allclose(network.target_scale_, expected)
    np.testing.assert_allclose(np.array(network.predict(X, **std)), before, rtol=1e-6)


def test_a_scale_survives_clone_pickle_and_assignment():
    network = fitted(LOSSES["quantiles"], TWO)
    assert clone(network).scale_target is True
    for other in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
        np.testing.assert_array_equal(other.predict(X), network.predict(X))
        assert other.loss_curve_ == network.loss_curve_
    assigned = MLPRegressor(LOSSES["quantiles"], **SETTINGS)
    assigned.coefs_, assigned.intercepts_ = network.coefs_, network.intercepts_
    assigned.target_scale_ = network.target_scale_.tolist()
    np.testing.assert_array_equal(assigned.predict(X), network.predict(X))
    network.target_scale_ = [[0.0, 0.0], [1.0, 1.0]]
    plain = assigned
    plain.target_scale_ = None
    np.testing.assert_allclose(network.predict(X), plain.predict(X), rtol=1e-12)
    for wrong in ([[0.0, 0.0], [1.0, 0.0]], [0.0, 1.0], "x"):
        network.target_scale_ = wrong
        with pytest.raises(ValueError, match="target_scale_"):
            network.predict(X)


def test_a_search_chooses_the_scale():
    search = GridSearchCV(
        MLPRegressor(early_stopping="loss", **SETTINGS | {"max_iter": 60}),
        {"scale_target": [False, True, "auto"]},
        cv=3,
    ).fit(X, 1e4 * ONE)
    assert search.best_params_["scale_target"] in (True, "auto")
    assert search.best_score_ > 0.2 > search.cv_results_["mean_test_score"][0]


@pytest.mark.parametrize("exponent", [-300, -160, 160, 300])
def test_numbers_whose_squares_leave_the_range_have_finite_predictions(exponent):
    y = ONE * 10.0**exponent
    network = fitted("absolute_error", y)
    expected = fitted("absolute_error", ONE).predict(X)
    np.testing.assert_allclose(network.predict(X) / 10.0**exponent, expected, rtol=1e-6)
    squared = fitted("squared_error", y)
    assert np.isfinite(squared.predict(X)).all()
    assert np.isfinite([squared.loss_, squared.best_loss_, *squared.loss_curve_]).all()


def test_a_loss_of_your_own_may_say_its_units():
    class Cubed(Loss):
        inverse_link = "identity"

        def value_and_gradient(self, y, scores):
            error = scores - y
            return np.sum(np.abs(error) ** 3, axis=1), 3 * error * np.abs(error)

        def mean(self, scores):
            return scores

        def loss_units(self, deviations):
            return float(np.mean(deviations**3)), 0.0

    network = fitted(Cubed(), ONE, alpha=0.0)
    expected = np.mean(np.abs(ONE - network.predict(X)) ** 3)
    assert network.loss_ == pytest.approx(expected)
