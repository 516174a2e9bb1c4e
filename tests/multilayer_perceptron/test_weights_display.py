"""Weights as images and as heat maps."""

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
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.multilayer_perceptron import WeightsDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LINEAR = [Perceptron(), LinearDiscriminantAnalysis(), LogisticRegression()]
NETWORKS = [MLPClassifier((40,), max_iter=2), MLPRegressor(max_iter=2)]


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rows():
    return ten_classes(200)


def fitted(estimator, X, y):
    return estimator.fit(X, X[:, 0] if isinstance(estimator, MLPRegressor) else y)


@on_every_page
@pytest.mark.parametrize("shape", [None, (5, 6)])
@pytest.mark.parametrize("estimator", [LINEAR[2], NETWORKS[0]])
def test_weights_are_readable_on_every_page_at_every_size(
    estimator, shape, rows, page, size
):
    model = fitted(estimator, *rows)
    with new_axes(size, page) as ax:
        display = WeightsDisplay.from_estimator(
            model, shape=shape, feature_names=long_names(30), ax=ax
        )
        assert_readable(display.figure_)


@on_every_page
@pytest.mark.parametrize("shape", [None, (1, 2)])
def test_few_weights_of_two_classes_are_readable(rows, shape, page, size):
    X, y = rows[0][:, :2], rows[0][:, 0] > 0
    model = LogisticRegression().fit(X, y)
    with new_axes(size, page) as ax:
        display = WeightsDisplay.from_estimator(model, shape=shape, ax=ax)
        assert_readable(display.figure_)
    assert display.unit_names == ["True against False"]


@pytest.mark.parametrize("estimator", [*LINEAR, *NETWORKS], ids=lambda e: str(e)[:12])
def test_the_heat_map_has_the_weights_of_every_estimator(estimator, rows):
    model = fitted(estimator, *rows)
    coef = model.coefs_[0] if hasattr(model, "coefs_") else model.coef_.T
    display = WeightsDisplay.from_estimator(model, max_units=100)
    assert_array_equal(display.images_[0].get_array(), coef)
    low, high = display.images_[0].get_clim()
    assert high == -low == np.abs(coef).max()


def test_images_have_the_weights_of_the_units_with_the_longest_vectors(rows):
    model = fitted(NETWORKS[0], *rows)
    display = WeightsDisplay.from_estimator(model, shape=(5, 6), max_units=7)
    lengths = np.sqrt((model.coefs_[0] ** 2).sum(axis=0))
    longest = sorted(np.argsort(lengths)[-7:])
    assert_array_equal(display.units, longest)
    for image, unit in zip(display.images_, longest, strict=True):
        assert_array_equal(image.get_array(), model.coefs_[0][:, unit].reshape(5, 6))
    map_of = WeightsDisplay.from_estimator(model, max_units=7, max_features=4)
    title = map_of.axes_[0].get_title(loc="left").replace("\n", " ")
    assert "4 largest of 30 features to 7 of 40 units" in title


def test_names_of_the_fit_are_used(rows):
    pandas = pytest.importorskip("pandas")
    X, y = rows
    model = LogisticRegression().fit(pandas.DataFrame(X[:, :2], columns=["a", "b"]), y)
    display = WeightsDisplay.from_estimator(model)
    assert display.feature_names == ["a", "b"]
    assert display.unit_names == list(model.classes_)


def test_what_cannot_be_drawn_is_refused(rows):
    X, y = rows
    model = LogisticRegression().fit(X, y)
    draw = WeightsDisplay.from_estimator
    with pytest.raises(NotFittedError):
        draw(MLPClassifier())
    with pytest.raises(TypeError, match="fitted estimator of skmlp"):
        draw(LinearRegression().fit(X, X[:, 0]))
    with pytest.raises(ValueError, match=r"shape=\(5, 5\) has 25 pixels"):
        draw(model, shape=(5, 5))
    with pytest.raises(ValueError, match="feature_names has 1 names; give 30"):
        draw(model, feature_names=["a"])
    with pytest.raises(ValueError, match="max_units=0 must be at least 1"):
        draw(model, max_units=0)
    with pytest.raises(ValueError, match="weights has shape"):
        WeightsDisplay([1.0, 2.0])
