"""Decision boundaries and surfaces in two dimensions."""

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, long_names, new_axes, on_every_page
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.multilayer_perceptron import BoundaryDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NETWORK = MLPClassifier((6,), solver="lbfgs", max_iter=30, random_state=0)
CLASSIFIERS = [
    NETWORK,
    LogisticRegression(),
    LinearDiscriminantAnalysis(),
    Perceptron(),
    MLPClassifier((6,), loss="hinge", max_iter=3, random_state=0),
    make_pipeline(StandardScaler(), LogisticRegression()),
]


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def rows_of(n_classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 2))
    turn = (np.arctan2(*X.T) / (2 * np.pi)) % 1
    names = np.array([f"class {k}, a name with ${k} letters" for k in range(10)])
    return X, names[(n_classes * turn).astype(int)]


@on_every_page
@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize("estimator", CLASSIFIERS[:4:3], ids=["network", "perceptron"])
def test_boundaries_are_readable_on_every_page_at_every_size(
    estimator, n_classes, page, size
):
    X, y = rows_of(n_classes)
    with new_axes(size, page) as ax:
        display = BoundaryDisplay.from_estimator(
            estimator.fit(X, y),
            *(X, y),
            resolution=30,
            hidden_units=estimator is NETWORK,
            feature_names=long_names(2),
            ax=ax,
        )
        assert_readable(display.figure_)


@on_every_page
def test_a_surface_is_readable_on_every_page_at_every_size(page, size):
    X, _ = rows_of(2)
    model = MLPRegressor("squared_error", (5,), max_iter=5).fit(X, X[:, 0])
    with new_axes(size, page) as ax:
        display = BoundaryDisplay.from_estimator(
            model, X, X[:, 0], resolution=20, feature_names=long_names(2), ax=ax
        )
        assert_readable(display.figure_)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: str(e)[:12])
def test_the_grid_has_the_predictions_of_every_classifier(estimator, n_classes):
    X, y = rows_of(n_classes)
    model = estimator.fit(X, y)
    display = BoundaryDisplay.from_estimator(model, X, y, resolution=15)
    points = np.array([[a, b] for b in display.x1 for a in display.x0])
    expected = model.predict(points).reshape(15, 15)
    assert_array_equal(np.array(display.classes)[display.predicted], expected)
    assert display.probabilities == hasattr(model, "predict_proba")
    if display.probabilities:
        flat = display.response.reshape(-1, n_classes)
        assert_allclose(flat, model.predict_proba(points), rtol=1e-12)
    for label in display.classes:
        assert_array_equal(display.points_[label].get_xydata(), X[y == label])
    margin = 0.1 * (X[:, 0].max() - X[:, 0].min())
    assert_allclose(
        display.x0[[0, -1]], [X[:, 0].min() - margin, margin + X[:, 0].max()]
    )


def test_the_surface_has_the_predictions_of_a_regressor():
    X, _ = rows_of(2)
    model = MLPRegressor("squared_error", (5,), max_iter=5).fit(X, X[:, 0])
    display = BoundaryDisplay.from_estimator(model, X, X[:, 0], resolution=9)
    points = np.array([[a, b] for b in display.x1 for a in display.x0])
    assert_allclose(display.response.ravel(), model.predict(points))
    assert_allclose(display.image_.get_array(), display.response)


def test_colours_are_strongest_where_a_class_is_certain():
    response = [[[1.0, 0.0], [0.5, 0.5]], [[0.75, 0.25], [0.0, 1.0]]]
    display = BoundaryDisplay([0, 1], [0, 1], response, classes=["a", "b"]).plot()
    first, second = (
        np.array(matplotlib.colors.to_rgb(display.points_[k].get_color())) for k in "ab"
    )
    pixels = display.image_.get_array()
    white = np.ones(3)
    assert_allclose(pixels[0, 0], 0.6 * first + 0.4 * white)
    assert_allclose(pixels[0, 1], white)
    assert_allclose(pixels[1, 0], 0.3 * first + 0.7 * white)
    assert_allclose(pixels[1, 1], 0.6 * second + 0.4 * white)


def test_on_the_lines_of_hidden_units_their_inputs_are_zero():
    X, y = rows_of(2)
    model = NETWORK.fit(X, y)
    display = BoundaryDisplay.from_estimator(model, X, y, hidden_units=True)
    assert 0 < len(display.lines_) <= 6
    for line in display.lines_:
        inputs = line.get_xydata() @ model.coefs_[0] + model.intercepts_[0]
        closest = np.abs(inputs).max(axis=0).min()
        assert closest < 1e-9 * np.abs(inputs).max()


def test_rows_without_classes_are_drawn():
    X, y = rows_of(2)
    display = BoundaryDisplay.from_estimator(NETWORK.fit(X, y), X, resolution=9)
    assert_array_equal(display.points_["all"].get_xydata(), X)


def test_what_cannot_be_drawn_is_refused():
    X, y = rows_of(2)
    draw, linear = BoundaryDisplay.from_estimator, LogisticRegression().fit(X, y)
    with pytest.raises(NotFittedError):
        draw(MLPClassifier(), X)
    with pytest.raises(ValueError, match="Fit a model to two columns"):
        draw(linear, X[:, :1])
    with pytest.raises(ValueError, match="resolution=1"):
        draw(linear, X, resolution=1)
    with pytest.raises(ValueError, match="has no hidden layer"):
        draw(linear, X, hidden_units=True)
    with pytest.raises(ValueError, match="Fit it to one target"):
        draw(MLPRegressor("squared_error", (2,), max_iter=1).fit(X, X), X)
    many = LinearDiscriminantAnalysis().fit(X, np.arange(150) % 11)
    with pytest.raises(ValueError, match="11 classes"):
        draw(many, X)
    with pytest.raises(ValueError, match="feature_names has 1 names"):
        draw(linear, X, feature_names=["a"])
    with pytest.raises(ValueError, match="one value for each row"):
        draw(linear, X, y[:3])
    with pytest.raises(ValueError, match="response has shape"):
        BoundaryDisplay([0, 1], [0, 1], [[1.0]])
