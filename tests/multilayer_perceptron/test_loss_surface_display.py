"""Losses on planes through parameter space."""

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, new_axes, on_every_page, ten_classes
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss

from skmlp import LinearDiscriminantAnalysis, LogisticRegression, MLPClassifier
from skmlp.graph import computational_graph
from skmlp.multilayer_perceptron import LossSurfaceDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"max_iter": 6, "random_state": 0}


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits():
    X, y = ten_classes(120)
    two = X[:, 0] + X[:, 1] > 0
    return {
        "ten": (MLPClassifier((4,), **SETTINGS).fit(X, y), X, y),
        "two": (MLPClassifier((3,), solver="lbfgs", **SETTINGS).fit(X, two), X, two),
        "logistic": (LogisticRegression(C=2.0).fit(X[:, :3], two), X[:, :3], two),
    }


@on_every_page
@pytest.mark.parametrize("name", ["ten", "two", "logistic"])
def test_surfaces_are_readable_on_every_page_at_every_size(fits, name, page, size):
    with new_axes(size, page) as ax:
        display = LossSurfaceDisplay.from_estimator(*fits[name], resolution=8, ax=ax)
        assert_readable(display.figure_)


def logistic_loss(parameters, X, y, C):
    """Return the objective of a logistic regression, computed apart."""
    w, b = parameters[:-1], parameters[-1]
    scores = X @ w + b
    loss = np.mean(np.logaddexp(0, scores) - y * scores)
    return loss + 0.5 * np.sum(w**2) / (C * len(y))


def test_losses_on_the_grid_are_those_of_the_formula(fits):
    model, X, y = fits["logistic"]
    display = LossSurfaceDisplay.from_estimator(model, X, y, resolution=5)
    end = np.append(model.coef_.ravel(), model.intercept_)
    for row, b in enumerate(display.v):
        for column, a in enumerate(display.u):
            point = end + a * display.directions[0] + b * display.directions[1]
            expected = logistic_loss(point, X, y, 2.0)
            assert_allclose(display.losses[row, column], expected, rtol=1e-8)
    assert_allclose(display.path_losses[1:], model.loss_curve_, rtol=1e-8)


def test_the_end_of_the_path_has_the_loss_of_the_model(fits):
    for name in ("ten", "two"):
        model, X, y = fits[name]
        display = LossSurfaceDisplay.from_estimator(model, X, y, resolution=3)
        weights = sum(np.sum(coef**2) for coef in model.coefs_)
        penalty = 0.5 * model.alpha * weights / len(X)
        proba = model.predict_proba(X)
        expected = log_loss(y, proba, labels=model.classes_) + penalty
        assert_allclose(display.path_losses[-1], expected, rtol=1e-8)
        graph = computational_graph(model, X, y)
        assert_allclose(display.path_losses[-1], graph.output.value, rtol=1e-8)
        assert len(display.path) == model.n_iter_ + 1
        assert_allclose(display.path[-1], 0, atol=1e-12)


def test_principal_directions_are_those_of_the_scatter_matrix():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), np.arange(30) % 2
    model = LogisticRegression().fit(X, y)
    path = rng.normal(size=(9, 4)) * [5, 2, 0.3, 0.1]
    display = LossSurfaceDisplay.from_estimator(model, X, y, path=path, resolution=3)
    steps = path - path[-1]
    values, vectors = np.linalg.eigh(steps.T @ steps)
    cosines = np.abs(np.sum(display.directions * vectors[:, :-3:-1].T, axis=1))
    assert_allclose(cosines, 1, rtol=1e-10)
    assert_allclose(display.shares, values[:-3:-1] / values.sum(), rtol=1e-10)
    assert_allclose(display.path, steps @ display.directions.T, rtol=1e-10)


def test_a_plane_can_go_through_start_and_end_along_a_direction(fits):
    model, X, y = fits["logistic"]
    start, end = np.zeros(4), np.append(model.coef_.ravel(), model.intercept_)
    display = LossSurfaceDisplay.from_estimator(
        model, X, y, path=[start, end], direction=[0, 0, 0, 1.0], resolution=3
    )
    length = np.linalg.norm(end)
    assert_allclose(display.path, [[-length, 0], [0, 0]], atol=1e-12)
    assert_allclose(display.directions @ display.directions.T, np.eye(2), atol=1e-12)
    plane = np.stack([end, [0, 0, 0, 1.0]])
    assert np.linalg.matrix_rank(np.vstack([plane, display.directions]), tol=1e-9) == 2


def test_pairs_of_weights_and_intercepts_are_a_path(fits):
    model, X, y = fits["ten"]
    zeros = (
        [0 * each for each in model.coefs_],
        [0 * each for each in model.intercepts_],
    )
    trained = (model.coefs_, model.intercepts_)
    direction = np.ones(sum(part.size for half in trained for part in half))
    display = LossSurfaceDisplay.from_estimator(
        model, X, y, path=[zeros, trained], direction=direction, resolution=3
    )
    assert_allclose(display.path_losses[0], np.log(10), rtol=1e-10)


def test_the_estimator_is_left_as_it_is(fits):
    model, X, y = fits["ten"]
    before = set(vars(model)), [np.copy(coef) for coef in model.coefs_]
    LossSurfaceDisplay.from_estimator(model, X, y, resolution=3)
    assert set(vars(model)) == before[0]
    for coef, copied in zip(model.coefs_, before[1], strict=True):
        assert_allclose(coef, copied, rtol=0)


def test_what_cannot_be_drawn_is_refused(fits):
    model, X, y = fits["logistic"]
    draw = LossSurfaceDisplay.from_estimator
    with pytest.raises(NotFittedError):
        draw(MLPClassifier(), X, y)
    with pytest.raises(TypeError, match="network or logistic regression"):
        draw(LinearDiscriminantAnalysis().fit(X, y), X, y)
    with pytest.raises(ValueError, match="has other losses than the estimator"):
        draw(model, X[::2], y[::2])
    with pytest.raises(ValueError, match="resolution=1"):
        draw(model, X, y, resolution=1)
    with pytest.raises(ValueError, match=r"points of \(3,\) numbers; expected 4"):
        draw(model, X, y, path=[[1.0] * 3, [2.0] * 3])
    with pytest.raises(ValueError, match="two different points"):
        draw(model, X, y, path=[[1.0] * 4] * 2)
    with pytest.raises(ValueError, match="lies on a line"):
        draw(model, X, y, path=[[1.0] * 4, [2.0] * 4, [3.0] * 4])
    path = [[1.0] * 4, [2.0] * 4]
    with pytest.raises(ValueError, match="direction has 2 numbers"):
        draw(model, X, y, path=path, direction=[1.0, 2.0])
    with pytest.raises(ValueError, match="parallel to the line"):
        draw(model, X, y, path=path, direction=[1.0] * 4)
    with pytest.raises(ValueError, match="begins where it ends"):
        draw(model, X, y, path=[path[0], path[1], path[0]], direction=[1.0, 0, 0, 0])
    with pytest.raises(ValueError, match="n_init > 1 or warm_start=True"):
        draw(LogisticRegression(warm_start=True).fit(X, y), X, y)
    with pytest.raises(ValueError, match="losses has shape"):
        LossSurfaceDisplay([[1.0]], [0, 1], [0], [[0, 0]], [1.0])
    with pytest.raises(ValueError, match="path has shape"):
        LossSurfaceDisplay([[1.0]], [0], [0], [[0, 0]], [1.0, 2.0])
