"""Small networks as circles and lines."""

import matplotlib
import numpy as np
import pytest
from display_cases import (
    assert_readable,
    long_names,
    new_axes,
    on_every_page,
    ten_classes,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.multilayer_perceptron import NetworkDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def models():
    X, y = ten_classes(200)
    return {
        "ten": MLPClassifier((8, 5), activation=["relu", np.sin], max_iter=2).fit(X, y),
        "two": MLPClassifier((3,), max_iter=2).fit(X[:, :2], y == y[0]),
        "linear": LogisticRegression().fit(X[:, :3], y),
        "regressor": MLPRegressor("squared_error", (4,), max_iter=2).fit(X, X[:, 0]),
        "wide": MLPClassifier((100,), max_iter=1).fit(X, y),
    }


@on_every_page
@pytest.mark.parametrize("name", ["ten", "two", "linear", "regressor"])
def test_networks_are_readable_on_every_page_at_every_size(models, name, page, size):
    model = models[name]
    names = long_names(model.n_features_in_)
    with new_axes(size, page) as ax:
        display = NetworkDisplay.from_estimator(model, feature_names=names, ax=ax)
        assert_readable(display.figure_)


def test_widths_and_colours_are_those_of_the_weights(models):
    display = NetworkDisplay.from_estimator(models["ten"])
    largest = max(np.abs(w).max() for w in models["ten"].coefs_)
    colours = []
    for layer, (lines, weights) in enumerate(
        zip(display.lines_, models["ten"].coefs_, strict=True)
    ):
        values = weights.ravel()
        assert len(lines.get_segments()) == values.size
        assert_allclose(lines.get_linewidths(), 0.2 + 3.3 * np.abs(values) / largest)
        colours += [
            *zip(map(tuple, lines.get_colors()[:, :3]), values > 0, strict=True)
        ]
        segments = np.array(lines.get_segments())
        first = np.repeat(display.places[layer], weights.shape[1], axis=0)
        assert_array_equal(segments[:, 0], first)
        last = np.tile(display.places[layer + 1], (len(weights), 1))
        assert_array_equal(segments[:, 1], last)
    assert len(set(colours)) == 2  # one colour for each sign


def test_weights_of_zero_have_no_line():
    display = NetworkDisplay([[[0.0, 1.0], [-2.0, 0.0]]]).plot()
    assert len(display.lines_[0].get_segments()) == 2


def test_layers_outputs_and_features_have_names(models):
    display = NetworkDisplay.from_estimator(models["ten"])
    assert display.layer_names == [
        *("inputs", "hidden 1: relu", "hidden 2: own", "outputs")
    ]
    assert display.output_names == list(models["ten"].classes_)
    assert NetworkDisplay.from_estimator(models["two"]).output_names == ["True"]
    assert NetworkDisplay.from_estimator(models["regressor"]).output_names == ["ŷ"]


def test_what_cannot_be_drawn_is_refused(models):
    draw = NetworkDisplay.from_estimator
    with pytest.raises(ValueError, match="max_units=32 are drawn"):
        draw(models["wide"])
    assert len(draw(models["wide"], max_units=100).places[1]) == 100
    with pytest.raises(NotFittedError):
        draw(MLPClassifier())
    with pytest.raises(TypeError, match="fitted estimator of skmlp"):
        draw(MLPClassifier)
    with pytest.raises(ValueError, match="input_names has 1 names; give 2"):
        draw(models["two"], feature_names=["a"])
    with pytest.raises(ValueError, match="fan_out of the layer before"):
        NetworkDisplay([np.ones((2, 3)), np.ones((2, 1))])
    with pytest.raises(ValueError, match=r"give an array \(fan_in, fan_out\)"):
        NetworkDisplay([])
    with pytest.raises(ValueError, match="layer_names has 1 names; give 2"):
        NetworkDisplay([np.ones((2, 3))], layer_names=["a"])
