"""Mistakes of a perceptron by epoch, its margin, and Novikoff's bound."""

import matplotlib
import numpy as np
import pytest
import sklearn.linear_model
from display_cases import assert_readable, new_axes, on_every_page, ten_classes
from numpy.testing import assert_allclose
from separable_rows import separable
from sklearn.exceptions import NotFittedError

from skmlp import Perceptron
from skmlp.perceptron import MistakesDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def fit_and_rows(classes, **settings):
    X, y, _ = separable(3)
    if classes == "ten":
        X, y = ten_classes(300)
    return Perceptron(tol=None, max_iter=25, **settings).fit(X, y), X, y


@on_every_page
@pytest.mark.parametrize("with_margins", [False, True])
@pytest.mark.parametrize("classes", ["two", "ten"])
def test_mistakes_are_readable_on_every_page_at_every_size(
    classes, with_margins, page, size
):
    fitted, X, y = fit_and_rows(classes)
    rows = (X, y) if with_margins else ()
    with new_axes(size, page) as ax:
        display = MistakesDisplay.from_estimator(fitted, *rows, ax=ax)
        assert len(display.axes_) == 1 + with_margins
        assert_readable(display.figure_)


@pytest.mark.parametrize(
    "settings", [{}, {"average": True}, {"multi_class": "joint"}, {"shuffle": False}]
)
@pytest.mark.parametrize("classes", ["two", "ten"])
def test_margins_are_those_of_fits_that_end_after_each_epoch(classes, settings):
    fitted, X, y = fit_and_rows(classes, **settings)
    display = MistakesDisplay.from_estimator(fitted, X, y)
    n_epochs = fitted.n_iter_
    expected = [
        Perceptron(tol=None, max_iter=k, **settings).fit(X, y).margin_
        for k in range(1, n_epochs + 1)
    ]
    assert_allclose(display.margins, expected, rtol=1e-9)
    best = [max(expected[: k + 1]) for k in range(n_epochs)]
    assert_allclose(display.best_margins, best, rtol=1e-9)
    assert_allclose(display.lines_["best_margins"].get_ydata(), best, rtol=1e-9)


def test_sums_never_exceed_the_bound_and_the_title_says_both():
    fitted, X, y = fit_and_rows("two")
    display = MistakesDisplay.from_estimator(fitted, X, y)
    assert display.totals[-1] == fitted.n_mistakes_ <= display.bound
    # (R/γ)² with a column of ones for the intercept.
    rows = np.column_stack([X, np.ones(len(X))])
    w = np.append(fitted.coef_, fitted.intercept_)
    gamma = np.min(np.where(y == 1, 1, -1) * (rows @ w)) / np.linalg.norm(w)
    bound = np.max(np.sum(rows**2, axis=1)) / gamma**2
    assert_allclose(display.lines_["bound"].get_ydata(), bound, rtol=1e-9)
    title = display.axes_[0].get_title(loc="left").replace("\n", " ")
    n_mistakes = fitted.n_mistakes_
    assert (
        title == f"{n_mistakes} mistakes, then none; Novikoff's bound is {bound:,.0f}"
    )
    below = display.axes_[1].get_title(loc="left")
    assert f"in epoch {1 + np.argmax(display.margins)}" in below


def test_it_says_when_the_classes_are_not_separated():
    fitted, X, y = fit_and_rows("ten")
    display = MistakesDisplay.from_estimator(fitted, X, y)
    title = display.axes_[0].get_title(loc="left").replace("\n", " ")
    last = fitted.mistakes_curve_[-1]
    assert title.startswith(f"Still {last} mistakes in epoch 25: not separated")
    assert "bound" not in display.lines_
    below = display.axes_[1].get_title(loc="left").replace("\n", " ")
    assert below == "After every epoch some row is on the wrong side"


def test_a_penalised_fit_has_no_bound():
    X, y, _ = separable(3)
    fitted = Perceptron(penalty="l2", alpha=1e-6, tol=None, max_iter=50).fit(X, y)
    curve = [4, 2, 0]
    display = MistakesDisplay(curve, bound=fitted.mistake_bound_).plot()
    title = display.axes_[0].get_title(loc="left")
    assert title == "6 mistakes, then none; this fit has no bound"


def test_weights_of_rows_count():
    X, y, _ = separable(3)
    weight = np.where(np.arange(len(X)) % 3, 1.0, 0.0)
    fitted = Perceptron(tol=None).fit(X, y, sample_weight=weight)
    display = MistakesDisplay.from_estimator(fitted, X, y, weight)
    assert_allclose(display.margins[-1], fitted.margin_, rtol=1e-9)


def test_the_estimator_is_left_as_it_is():
    fitted, X, y = fit_and_rows("two")
    before = {name: np.copy(value) for name, value in vars(fitted).items()}
    MistakesDisplay.from_estimator(fitted, X, y)
    assert set(vars(fitted)) == set(before)
    np.testing.assert_array_equal(fitted.coef_, before["coef_"])


def test_what_cannot_be_drawn_is_refused():
    fitted, X, y = fit_and_rows("two")
    draw = MistakesDisplay.from_estimator
    with pytest.raises(TypeError, match="estimator must be a Perceptron of skmlp"):
        draw(sklearn.linear_model.Perceptron().fit(X, y))
    with pytest.raises(NotFittedError):
        draw(Perceptron())
    with pytest.raises(ValueError, match="y is missing; give both X and y"):
        draw(fitted, X)
    with pytest.raises(ValueError, match="makes other mistakes than the estimator"):
        draw(fitted, X[::-1], y[::-1])
    with pytest.raises(ValueError, match="mistakes has shape"):
        MistakesDisplay([])
    with pytest.raises(ValueError, match="margins has shape"):
        MistakesDisplay([1, 0], margins=[0.5])
