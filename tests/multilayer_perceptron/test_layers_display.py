"""Histograms of activations, gradients, weights and their changes, by layer."""

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, new_axes, on_every_page, ten_classes
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.graph import computational_graph
from skmlp.multilayer_perceptron import LayersDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"activation": "tanh", "alpha": 0.0, "max_iter": 5, "random_state": 0}


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits():
    X, y = ten_classes(150)
    two = X[:, 0] + X[:, 1] > 0
    number = 100 + 50 * X[:, 0]  # with a scale, which the fit removes
    return {
        "ten": (MLPClassifier((7, 6), **SETTINGS).fit(X, y), X, y),
        "two": (MLPClassifier((4,), **SETTINGS).fit(X[:, :2], two), X[:, :2], two),
        "number": (
            MLPRegressor("squared_error", (5, 4), **SETTINGS).fit(X, number),
            *(X, number),
        ),
    }


@on_every_page
@pytest.mark.parametrize("first_weights", [True, False])
@pytest.mark.parametrize("name", ["ten", "two", "number"])
def test_layers_are_readable_on_every_page_at_every_size(
    fits, name, first_weights, page, size
):
    with new_axes(size, page) as ax:
        display = LayersDisplay.from_estimator(
            *fits[name], first_weights=first_weights, ax=ax
        )
        assert_readable(display.figure_)


@pytest.mark.parametrize("name", ["ten", "two", "number"])
def test_gradients_of_a_row_are_the_derivatives_of_its_intercepts(fits, name):
    model, X, y = fits[name]
    display = LayersDisplay.from_estimator(model, X, y)
    gradients = display.values["trained"]["gradients"]
    for row in (0, 3, 77):
        graph = computational_graph(model, X[row : row + 1], y[row : row + 1])
        found = graph.backward()
        slopes = [np.ravel(found[name]) for name in sorted(found) if name[0] == "b"]
        for layer, slope in zip(gradients, slopes, strict=True):
            assert_allclose(layer[row], slope, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", ["ten", "two", "number"])
def test_activations_and_weights_are_those_of_the_network(fits, name):
    model, X, y = fits[name]
    display = LayersDisplay.from_estimator(model, X, y)
    for layer, activations in enumerate(display.values["trained"]["activations"]):
        assert_allclose(activations, model.transform(X, layer=layer), rtol=1e-10)
    for ours, coef in zip(
        display.values["trained"]["weights"], model.coefs_, strict=True
    ):
        assert_array_equal(ours, coef)


@pytest.mark.parametrize("name", ["ten", "two", "number"])
def test_the_first_weights_are_those_with_which_the_fit_began(fits, name):
    model, X, y = fits[name]
    display = LayersDisplay.from_estimator(model, X, y)
    again = type(model)(**model.get_params() | {"warm_start": True}).initialize(X, y)
    first = [np.copy(each) for each in again.coefs_]
    again.fit(X, y)  # training continues from these weights
    trained = display.values["trained"]
    for k, before in enumerate(first):
        assert_array_equal(display.values["first weights"]["weights"][k], before)
        assert_array_equal(again.coefs_[k], model.coefs_[k])
        assert_allclose(trained["updates"][k], model.coefs_[k] - before, rtol=1e-12)


def test_histograms_are_normalised_over_all_numbers(fits):
    display = LayersDisplay.from_estimator(*fits["ten"])
    for (state, quantity, layer), (edges, heights) in display.densities.items():
        numbers = np.ravel(display.values[state][quantity][layer])
        expected, _ = np.histogram(numbers, edges)
        assert_allclose(heights * np.diff(edges) * len(numbers), expected)
        inside = np.mean((edges[0] <= numbers) & (numbers <= edges[-1]))
        assert_allclose(np.sum(heights * np.diff(edges)), inside)
        assert inside >= 1 - 2 * 0.004 - 2 / len(numbers)
        drawn = display.lines_[state, quantity, layer].get_data()
        assert_array_equal(drawn.values, heights)


def test_what_is_not_known_is_refused(fits):
    model, X, y = fits["two"]
    draw = LayersDisplay.from_estimator
    with pytest.raises(NotFittedError):
        draw(MLPClassifier(), X, y)
    with pytest.raises(TypeError, match="network of skmlp"):
        draw(LogisticRegression().fit(X, y), X, y)
    with pytest.raises(ValueError, match="no hidden layer"):
        draw(MLPClassifier((), max_iter=1).fit(X, y), X, y)
    for change in ({"random_state": None}, {"n_init": 2}, {"warm_start": True}):
        other = MLPClassifier((3,), **SETTINGS | change).fit(X, y)
        with pytest.raises(ValueError, match=next(iter(change))):
            draw(other, X, y)
        assert list(draw(other, X, y, first_weights=False).values) == ["trained"]
    other = MLPClassifier((3,), **SETTINGS).fit(X, y)
    other.set_params(hidden_layer_sizes=(4,))
    with pytest.raises(ValueError, match="have changed since its fit"):
        draw(other, X, y)
    model, X, y = fits["ten"]
    with pytest.raises(ValueError, match="y has not all classes"):
        draw(model, X[y != y[0]], y[y != y[0]])
    with pytest.raises(ValueError, match="has the states"):
        LayersDisplay({"later": {}})
    with pytest.raises(ValueError, match="known quantities"):
        LayersDisplay({"trained": {"losses": [[1.0]]}})
