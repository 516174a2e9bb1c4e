"""Public fitted attributes that a user assigns: weights, labels, out_activation_."""

import copy
import re

import numpy as np
import pytest
import scipy.sparse
from fitted_networks import weights_of
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import LabelBinarizer

from skmlp import MLPClassifier, MLPRegressor
from skmlp.activations import Softplus

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
CLASSES = np.array(["a", "b", "c"])
# Labels for LabelBinarizer, name of the output function, number of outputs.
LABELS = {
    "two classes": (CLASSES[:2], "logistic", 1),
    "three classes": (CLASSES, "softmax", 3),
    "two classes, two outputs": (CLASSES[:2], "softmax", 2),
    "three labels a row": (np.eye(3, dtype=int), "logistic", 3),
}
FUNCTIONS = ("identity", "exp", "tanh", "logistic", "relu", "softmax")


def assigned(kind, n_outputs, out_activation, sizes=(5, 4, 3), **parameters):
    """Return an estimator with random weights that no fit has made."""
    estimator = kind(activation="tanh", random_state=0, **parameters)
    rng = np.random.default_rng(1)
    shapes = list(zip(sizes, (*sizes[1:], n_outputs), strict=True))
    estimator.coefs_ = [rng.normal(size=shape) for shape in shapes]
    estimator.intercepts_ = [rng.normal(size=shape[1]) for shape in shapes]
    estimator.n_layers_, estimator.n_outputs_ = len(sizes) + 1, n_outputs
    estimator.out_activation_ = out_activation
    return estimator


def with_labels(kind, name, **parameters):
    """Return a classifier with assigned weights and labels, ours or scikit-learn's."""
    labels, out_activation, n_outputs = LABELS[name]
    estimator = assigned(kind, n_outputs, out_activation, **parameters)
    estimator._label_binarizer = LabelBinarizer().fit(labels)
    estimator.classes_ = estimator._label_binarizer.classes_
    return estimator


def scores_by_hand(estimator):
    a = X
    for W, b in zip(estimator.coefs_[:-1], estimator.intercepts_[:-1], strict=True):
        a = np.tanh(a @ W + b)
    return a @ estimator.coefs_[-1] + estimator.intercepts_[-1]


@pytest.mark.parametrize("out_activation", FUNCTIONS)
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_regressor_with_assigned_weights_predicts_as_scikit_learns(
    n_outputs, out_activation
):
    ours = assigned(MLPRegressor, n_outputs, out_activation)
    theirs = assigned(TheirRegressor, n_outputs, out_activation)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
    np.testing.assert_allclose(
        ours.predict(scipy.sparse.csr_array(X)), theirs.predict(X), rtol=1e-12
    )
    y = np.sin(X[:, :n_outputs])
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y))


@pytest.mark.parametrize("out_activation", [None, *FUNCTIONS])
@pytest.mark.parametrize("name", LABELS)
def test_a_classifier_with_assigned_weights_predicts_as_scikit_learns(
    name, out_activation
):
    ours, theirs = (
        with_labels(kind, name) for kind in (MLPClassifier, TheirClassifier)
    )
    if out_activation is not None:
        ours.out_activation_ = theirs.out_activation_ = out_activation
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    expected = theirs.predict_proba(X)
    np.testing.assert_allclose(ours.predict_proba(X), expected, rtol=1e-9, atol=1e-15)
    if expected.min() > 0:
        np.testing.assert_allclose(
            ours.predict_log_proba(X), np.log(expected), rtol=1e-9, atol=1e-13
        )
    y = theirs.predict(X)[::-1]
    assert ours.score(X, y) == theirs.score(X, y)


def test_assigned_labels_may_be_in_the_label_binarizer_only():
    network = with_labels(MLPClassifier, "three classes")
    expected = network.predict(X)
    del network.classes_
    np.testing.assert_array_equal(network.predict(X), expected)


def test_assigned_weights_have_all_other_predictions():
    network = with_labels(MLPClassifier, "three classes")
    scores = scores_by_hand(network)
    np.testing.assert_allclose(network.fitted_network().scores(X), scores)
    first = np.tanh(X @ network.coefs_[0] + network.intercepts_[0])
    np.testing.assert_allclose(network.transform(X, layer=0), first)
    network.set_params(loss="hinge")
    np.testing.assert_allclose(network.decision_function(X), scores)
    step = 1e-6 * np.eye(5)[2]
    slope = (network.decision_function(X + step) - scores) / 1e-6
    np.testing.assert_allclose(network.input_gradient(X)[:, :, 2], slope, atol=1e-4)
    assert len(network.get_feature_names_out()) == 3
    assert not network.history_


def test_assigned_weights_of_several_label_columns_predict():
    network = assigned(MLPClassifier, 5, "softmax per column")
    network.classes_ = [CLASSES[:2], CLASSES]
    scores = scores_by_hand(network)
    expected = [CLASSES[scores[:, :2].argmax(1)], CLASSES[scores[:, 2:].argmax(1)]]
    np.testing.assert_array_equal(network.predict(X), np.stack(expected, axis=1))


@pytest.mark.parametrize("go_on", ["fit", "partial_fit"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_training_goes_on_from_assigned_weights(kind, go_on):
    settings = {
        "hidden_layer_sizes": (4, 3),
        "warm_start": True,
        "max_iter": 1,
        "learning_rate_init": 1e-12,
    }
    if kind is MLPClassifier:
        network = with_labels(kind, "three classes", **settings)
        y = CLASSES[np.arange(60) % 3]
    else:
        network, y = assigned(kind, 1, "identity", **settings), X[:, 0]
    before = weights_of(copy.deepcopy(network))
    getattr(network, go_on)(X, y)
    for ours, old in zip(weights_of(network), before, strict=True):
        np.testing.assert_allclose(ours, old, atol=1e-9)
    assert network.n_features_in_ == 5
    assert network.n_iter_ == 1


def test_assigned_labels_are_those_of_fits_that_go_on():
    network = with_labels(MLPClassifier, "three classes", hidden_layer_sizes=(4, 3))
    with pytest.raises(ValueError, match=r"not in `self.classes_`"):
        network.partial_fit(X, np.repeat("z", 60))
    network.set_params(hidden_layer_sizes=(9,))
    with pytest.raises(ValueError, match="The layers of the last fit have"):
        network.partial_fit(X, CLASSES[np.arange(60) % 3])


CONTRADICTIONS = {
    "n_layers_": (3, "n_layers_ is 3, but coefs_ are the weights of a network with 4"),
    "n_outputs_": (2, "assign n_outputs_ = 3"),
    "n_features_in_": (7, "assign n_features_in_ = 5"),
    "intercepts_": ([np.zeros(4)], "intercepts_ is of length 1"),
    "coefs_": ([np.ones((5, 4)), np.ones((2, 3))], "coefs_[1] is of shape (2, 3)"),
    "classes_": (np.array([0, 1]), "with 3 outputs; expected 2"),
    "out_activation_": ("rellu", "Did you mean 'relu'"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_assigned_attributes_that_contradict_each_other_are_refused_by_name(name):
    network = with_labels(MLPClassifier, "three classes")
    value, message = CONTRADICTIONS[name]
    setattr(network, name, value)
    with pytest.raises(ValueError, match=re.escape(message)):
        network.predict(X)


def test_missing_labels_and_other_columns_are_refused():
    network = assigned(MLPClassifier, 3, "softmax")
    with pytest.raises(ValueError, match=r"assigned without classes_"):
        network.predict(X)
    regressor = assigned(MLPRegressor, 1, "identity")
    for predict in (regressor.predict, regressor.transform, regressor.input_gradient):
        with pytest.raises(ValueError, match=r"X has 4 features.*expecting 5"):
            predict(X[:, :4])


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_hidden_units_can_be_removed_from_a_fitted_network(kind):
    y = np.arange(60) % 3
    network = kind(hidden_layer_sizes=(6,), max_iter=5, random_state=0).fit(X, y)
    expected = copy.deepcopy(network)
    expected.coefs_[1][4:] = 0  # these units have no effect
    W, V = network.coefs_
    network.coefs_, network.intercepts_[0] = (
        [W[:, :4], V[:4]],
        network.intercepts_[0][:4],
    )
    np.testing.assert_allclose(network.predict(X), expected.predict(X))
    assert network.transform(X).shape == (60, 4)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("out_activation", FUNCTIONS)
def test_out_activation_set_after_a_fit_bounds_predictions(out_activation, loss):
    y = np.exp(0.3 * X[:, 0])
    ours, theirs = (
        kind(loss=loss, max_iter=5, random_state=0).fit(X, y)
        for kind in (MLPRegressor, TheirRegressor)
    )
    theirs.coefs_, theirs.intercepts_ = ours.coefs_, ours.intercepts_
    ours.out_activation_ = theirs.out_activation_ = out_activation
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
    np.testing.assert_allclose(
        ours.fitted_network().mean(X)[:, 0], theirs.predict(X), rtol=1e-9
    )


def test_out_activation_may_be_any_activation_and_acts_on_means_of_a_density():
    network = MLPRegressor("gaussian_nll", max_iter=3, random_state=0).fit(X, X[:, 0])
    mean, deviation = network.predict(X, return_std=True)
    network.out_activation_ = "softplus"
    bounded, same = network.predict(X, return_std=True)
    np.testing.assert_allclose(bounded, Softplus().forward(mean)[0])
    np.testing.assert_array_equal(same, deviation)


def test_a_new_fit_resets_out_activation_and_one_that_goes_on_keeps_it():
    network = MLPRegressor(max_iter=2, random_state=0).fit(X, X[:, 0])
    network.out_activation_ = "relu"
    assert network.partial_fit(X, X[:, 0]).out_activation_ == "relu"
    assert network.predict(X).min() == 0
    assert network.fit(X, X[:, 0]).out_activation_ == "identity"
    network.set_params(warm_start=True, loss="poisson").fit(X, X[:, 0] ** 2)
    assert network.out_activation_ == "exp"


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("scale", [1e200, 1e307])
def test_probabilities_of_scores_that_overflow_are_finite(name, scale):
    network = with_labels(MLPClassifier, name)
    network.coefs_[-1] = scale * network.coefs_[-1]
    network.coefs_[-2] = 100 * network.coefs_[-2]
    p, log_p = network.predict_proba(X), network.predict_log_proba(X)
    assert np.isfinite(p).all()
    assert np.isfinite(log_p).all()
    assert (p > 0).all()
    if name != "three labels a row":
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_array_equal(
            network.predict(X), network.classes_[p.argmax(axis=1)]
        )
    network.set_params(activation="relu")
    network.coefs_[0] = 1e307 * np.ones((5, 4)) * [1, -1, 1, -1]
    with pytest.raises(ValueError, match=r"overflow in float64"):
        network.predict(100 * np.abs(X))


def test_the_probability_of_the_first_of_two_classes_has_all_its_digits():
    network = with_labels(MLPClassifier, "two classes")
    network.coefs_[-1][:], network.intercepts_[-1][:] = 0, 40.0
    expected = np.exp(-40.0) / (1 + np.exp(-40.0))
    np.testing.assert_allclose(network.predict_proba(X)[:, 0], expected, rtol=1e-14)
