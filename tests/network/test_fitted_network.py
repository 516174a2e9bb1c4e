"""Networks with fitted weights, which predict."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.activations import Activation
from skmlp.base.rows import BLOCK_ROWS
from skmlp.losses import (
    BinaryLogLoss,
    MultinomialLogLoss,
    PoissonDeviance,
    SquaredError,
)
from skmlp.network import FittedNetwork, Network

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Kinked(Activation):
    """Activation without a compiled kernel: |z| + z / 2."""

    def forward(self, z):
        return np.abs(z) + z / 2, lambda gradient: gradient * (np.sign(z) + 0.5)


ACTIVATIONS = {
    "tanh": (Activation.table["tanh"](), np.tanh),
    "relu": (Activation.table["relu"](), lambda z: np.maximum(z, 0)),
    "own": (Kinked(), lambda z: np.abs(z) + z / 2),
}
LAYOUTS = {
    "dense": np.asarray,
    "csr": scipy.sparse.csr_array,
    "fortran": np.asfortranarray,
}
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}

with_activations = pytest.mark.parametrize("activation", ACTIVATIONS)


def fitted(activation, rng, *, sizes=(5, 4, 3, 2), loss=None, dtype=np.float64):
    """Return a network with random weights: tanh, then the given activation."""
    hidden = (ACTIVATIONS["tanh"][0], ACTIVATIONS[activation][0])[: len(sizes) - 2]
    network = Network(sizes, hidden)
    draw = [rng.normal(size=shape).astype(dtype) for shape in network.weight_shapes]
    shifts = [
        rng.normal(size=shape).astype(dtype) for shape in network.intercept_shapes
    ]
    return FittedNetwork(network, loss or SquaredError(), draw, shifts)


def by_hand(model, activation, X, n_layers=3):
    """Return the outputs of the first `n_layers` layers: activations, or scores."""
    a = X.toarray() if scipy.sparse.issparse(X) else X
    functions = [np.tanh, ACTIVATIONS[activation][1], lambda z: z]
    pairs = zip(model.weights, model.intercepts, functions, strict=True)
    for weights, intercepts, function in list(pairs)[:n_layers]:
        a = function(a.astype(np.float64) @ weights + intercepts)
    return a


@pytest.mark.parametrize("n_rows", [1, 50, 2 * BLOCK_ROWS + 3])
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("layout", LAYOUTS)
@with_activations
def test_scores_are_those_of_one_layer_after_another(
    activation, layout, dtype, n_rows, rng
):
    model = fitted(activation, rng, dtype=dtype)
    X = LAYOUTS[layout](rng.normal(size=(n_rows, 5)) * (rng.random((n_rows, 5)) < 0.6))
    X = X.astype(dtype)
    scores = model.scores(X)
    assert scores.dtype == dtype
    tolerance = TOLERANCE[dtype]
    expected = by_hand(model, activation, X)
    np.testing.assert_allclose(scores, expected, rtol=tolerance, atol=10 * tolerance)


@with_activations
def test_rows_of_another_dtype_than_the_weights_are_scored_all_the_same(
    activation, rng
):
    model = fitted(activation, rng)
    X = rng.normal(size=(20, 5)).astype(np.float32)
    expected = by_hand(model, activation, X)
    assert model.scores(X).dtype == np.float64
    np.testing.assert_allclose(model.scores(X), expected, rtol=1e-12, atol=1e-12)


@with_activations
def test_what_finish_makes_of_every_block_is_joined(activation, rng):
    model, lengths = fitted(activation, rng), []
    X = rng.normal(size=(2 * BLOCK_ROWS + 3, 5))

    def largest(scores):
        lengths.append(len(scores))
        return np.argmax(scores, axis=1)

    found = model.scores(X, largest)
    np.testing.assert_array_equal(found, by_hand(model, activation, X).argmax(axis=1))
    assert sum(lengths) == len(X)
    if activation == "own":  # compiled kernels choose their own blocks
        assert max(lengths) <= BLOCK_ROWS


def test_without_hidden_layers_and_intercepts_scores_are_products(rng):
    weights, X = rng.normal(size=(5, 2)), rng.normal(size=(10, 5))
    network = Network((5, 2), has_intercepts=False)
    model = FittedNetwork(network, SquaredError(), [weights], [None])
    np.testing.assert_allclose(model.scores(X), X @ weights, rtol=1e-12)
    np.testing.assert_array_equal(model.parameters, weights.ravel())


@pytest.mark.parametrize("layout", LAYOUTS)
@with_activations
def test_hidden_activations_are_those_of_the_layers_below(activation, layout, rng):
    model = fitted(activation, rng)
    X = LAYOUTS[layout](rng.normal(size=(BLOCK_ROWS + 3, 5)))
    for layer in range(2):
        expected = by_hand(model, activation, X, layer + 1)
        np.testing.assert_allclose(model.hidden(X, layer), expected, rtol=1e-11)


@pytest.mark.parametrize("layout", LAYOUTS)
@with_activations
def test_the_input_gradient_is_that_of_finite_differences(activation, layout, rng):
    model, step = fitted(activation, rng), 1e-6
    X = rng.normal(size=(6, 5))
    expected = np.stack(
        [
            by_hand(model, activation, X + step * e)
            - by_hand(model, activation, X - step * e)
            for e in np.eye(5)
        ],
        axis=2,
    ) / (2 * step)
    gradient = model.input_gradient(LAYOUTS[layout](X))
    assert gradient.shape == (6, 2, 5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def test_the_input_gradient_of_many_rows_is_that_of_each(rng):
    model, X = fitted("tanh", rng), rng.normal(size=(BLOCK_ROWS + 5, 5))
    gradient = model.input_gradient(X)
    for rows in (slice(3, 5), slice(BLOCK_ROWS - 1, BLOCK_ROWS + 2)):
        np.testing.assert_allclose(
            gradient[rows], model.input_gradient(X[rows]), rtol=1e-10
        )


@pytest.mark.parametrize(
    ("loss", "n_scores", "mean"),
    [
        (SquaredError(), 2, lambda s: s),
        (PoissonDeviance(), 1, np.exp),
        (BinaryLogLoss(), 1, lambda s: 1 / (1 + np.exp(-s))),
        (
            MultinomialLogLoss(),
            3,
            lambda s: np.exp(s) / np.exp(s).sum(axis=1, keepdims=True),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_means_are_the_inverse_link_of_scores(loss, n_scores, mean, rng):
    model = fitted("tanh", rng, sizes=(5, 4, 3, n_scores), loss=loss)
    X = rng.normal(size=(20, 5))
    expected = mean(by_hand(model, "tanh", X))
    np.testing.assert_allclose(model.mean(X), expected, rtol=1e-11)


def test_parameters_are_all_weights_and_then_all_intercepts_in_a_copy(rng):
    model = fitted("relu", rng)
    expected = np.concatenate([a.ravel() for a in (*model.weights, *model.intercepts)])
    np.testing.assert_array_equal(model.parameters, expected)
    model.parameters[:] = 0
    np.testing.assert_array_equal(model.parameters, expected)


def swapped(layers):
    layers[0], layers[1] = layers[1], layers[0]


def copied(layers):
    layers[1] = layers[1] * 2


def transposed(layers):
    layers[0] = layers[0].T


def in_place(layers):
    layers[1][...] *= 2


@pytest.mark.parametrize("change", [swapped, copied, transposed, in_place])
@pytest.mark.parametrize("of_intercepts", [False, True])
def test_large_layers_are_read_in_place_only_as_they_lie(change, of_intercepts, rng):
    network = Network((200, 200, 200, 200), (ACTIVATIONS["relu"][0],) * 2)
    parameters = rng.normal(size=network.n_parameters)
    weights, intercepts = network.unflatten(parameters)
    assert network.flat(weights, intercepts) is parameters
    change(intercepts if of_intercepts else weights)
    expected = np.concatenate([a.ravel() for a in (*weights, *intercepts)])
    np.testing.assert_array_equal(network.flat(weights, intercepts), expected)


def test_a_fitted_network_is_frozen(rng):
    model = fitted("tanh", rng)
    for name in ("network", "loss", "weights", "intercepts"):
        with pytest.raises(FrozenInstanceError):
            setattr(model, name, None)


# Networks from fitted estimators

ESTIMATORS = {
    "binary": (MLPClassifier((4, 3), max_iter=3, random_state=0), "breast_cancer"),
    "multiclass": (MLPClassifier((4, 3), max_iter=3, random_state=0), "wine"),
    "regressor": (
        MLPRegressor("poisson", hidden_layer_sizes=(4, 3), max_iter=3, random_state=0),
        "diabetes",
    ),
}
over_estimators = pytest.mark.parametrize("name", ESTIMATORS)


@pytest.fixture
def estimator(name, bundled):
    """Return a fitted estimator and its rows."""
    made, data = ESTIMATORS[name]
    X, y = bundled(data)
    return made.fit(X, y), X


@over_estimators
def test_an_estimator_gives_its_network_with_its_own_arrays(name, estimator):
    fit, X = estimator
    model = fit.fitted_network()
    for ours, theirs in (
        (model.weights, fit.coefs_),
        (model.intercepts, fit.intercepts_),
    ):
        assert len(ours) == len(theirs) == 3
        assert all(map(np.shares_memory, ours, theirs))
    assert model.network.layer_sizes == (X.shape[1], 4, 3, fit.n_outputs_)
    assert model.loss.inverse_link == fit.out_activation_
    means = model.mean(X)
    if name == "regressor":
        np.testing.assert_array_equal(means[:, 0], fit.predict(X))
    else:
        np.testing.assert_array_equal(means[:, -1], fit.predict_proba(X)[:, -1])
    fit.coefs_[0][:] = 0  # the network shares the arrays of the estimator
    np.testing.assert_array_equal(model.weights[0], np.zeros((X.shape[1], 4)))
    assert np.ptp(model.scores(X), axis=0).max() == 0


CHANGES = {
    "no list": lambda arrays: arrays[0],
    "a layer less": lambda arrays: arrays[:-1],
    "cut": lambda arrays: [arrays[0][:-1], *arrays[1:]],
    "complex": lambda arrays: [arrays[0] + 1j, *arrays[1:]],
    "lists": lambda arrays: [array.tolist() for array in arrays],
    "None": lambda arrays: None,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("attribute", ["coefs_", "intercepts_"])
@over_estimators
def test_wrong_weights_are_refused_as_predict_refuses_them(
    name, attribute, change, estimator
):
    fit, X = estimator
    setattr(fit, attribute, CHANGES[change](getattr(fit, attribute)))
    with pytest.raises(ValueError, match=rf"^{attribute}.*expected") as of_predict:
        fit.predict(X)
    with pytest.raises(ValueError, match=rf"^{attribute}.*expected") as of_network:
        fit.fitted_network()
    assert str(of_network.value) == str(of_predict.value)


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()], ids=str)
def test_an_unfitted_estimator_has_no_network(estimator):
    with pytest.raises(NotFittedError):
        estimator.fitted_network()


@pytest.mark.parametrize("layer", [-1, 2])
@over_estimators
def test_a_layer_that_is_not_there_is_refused(name, layer, estimator):
    fit, X = estimator
    with pytest.raises(ValueError, match=rf"layer={layer} is not one of 2 hidden"):
        fit.fitted_network().hidden(X, layer)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("data", ["iris", "breast_cancer"])
def test_a_logistic_regression_is_a_network_without_hidden_layers(
    data, fit_intercept, bundled
):
    X, y = bundled(data)
    fit = LogisticRegression(fit_intercept=fit_intercept, max_iter=1000).fit(X, y)
    model = fit.fitted_network()
    scores = fit.decision_function(X)
    np.testing.assert_allclose(model.scores(X).reshape(scores.shape), scores, rtol=1e-9)
    last = fit.predict_proba(X)[:, -1]
    np.testing.assert_allclose(model.mean(X)[:, -1], last, rtol=1e-9)
    with pytest.raises(ValueError, match="layer=0 is not one of 0 hidden layers"):
        model.hidden(X, 0)
    model.weights[0][:] = 0
    model.intercepts[0][:] = 7
    np.testing.assert_array_equal(
        fit.decision_function(X), scores
    )  # its network has copies
