"""Coefficients along a path of values of C."""

import matplotlib
import numpy as np
import pytest
import sklearn.linear_model
from display_cases import (
    assert_readable,
    long_names,
    new_axes,
    on_every_page,
    ten_classes,
)
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.logistic_regression import PathDisplay

matplotlib.use("Agg")

CS = np.logspace(-2, 0.5, 6)


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def search(X, y, **settings):
    usual = {"Cs": CS, "l1_ratios": (1,), "solver": "saga", "max_iter": 20_000, "cv": 3}
    usual |= {"scoring": "neg_log_loss", "use_legacy_attributes": False, "tol": 1e-9}
    return LogisticRegressionCV(**usual | settings).fit(X, y)


@pytest.fixture(scope="module")
def searches(bundled):
    """Return (search, X, y) of two classes and of ten."""
    data = {"two": bundled("breast_cancer"), "ten": ten_classes()}
    return {name: (search(X, y), X, y) for name, (X, y) in data.items()}


@on_every_page
@pytest.mark.parametrize("classes", ["two", "ten"])
def test_paths_are_readable_on_every_page_at_every_size(searches, classes, page, size):
    with new_axes(size, page) as ax:
        display = PathDisplay.from_estimator(
            searches[classes][0], feature_names=long_names(30), ax=ax
        )
        assert len(display.axes_) == 2
        assert_readable(display.figure_)
        texts = [text.get_text() for text in display.axes_[0].texts]
        assert texts[0] == "24 others (grey)"


def test_the_path_of_a_class_is_its_part_of_the_paths(searches):
    fitted = searches["ten"][0]
    display = PathDisplay.from_estimator(fitted, target=fitted.classes_[3])
    assert_allclose(display.coefficients, fitted.coefs_paths_[:, 0, :, 3, :30])
    assert display.output == f"class {fitted.classes_[3]}"
    last = PathDisplay.from_estimator(fitted)
    assert_allclose(last.coefficients, fitted.coefs_paths_[:, 0, :, 9, :30])


def test_the_path_is_that_of_fits_to_the_folds(searches):
    from sklearn.model_selection import StratifiedKFold

    fitted, X, y = searches["two"]
    display = PathDisplay.from_estimator(fitted)
    expected = np.array(
        [
            [
                LogisticRegression(
                    C=C, l1_ratio=1, solver="saga", tol=1e-10, max_iter=20_000
                )
                .fit(X[train], y[train])
                .coef_[-1]
                for C in CS
            ]
            for train, _ in StratifiedKFold(3).split(X, y)
        ]
    )
    assert_allclose(display.coefficients, expected, atol=1e-4)
    assert_allclose(display.means, expected.mean(axis=0), atol=1e-4)
    counts = np.count_nonzero(np.abs(display.coefficients) > 0, axis=2).mean(axis=0)
    assert_allclose(display.n_nonzero, counts)
    assert display.chosen == fitted.C_
    assert_allclose(display.axes_[1].lines[0].get_ydata(), counts)


def test_the_largest_at_the_chosen_c_have_a_colour_and_the_others_are_grey(searches):
    fitted = searches["two"][0]
    display = PathDisplay.from_estimator(fitted, n_largest=4)
    at = list(CS).index(display.chosen)
    largest = np.argsort(-np.abs(display.means[at]))[:4]
    assert display.shown_ == list(largest)
    colours = [line.get_color() for line in display.lines_]
    assert len({colours[j] for j in largest}) == 4
    assert len(set(colours)) == 5
    for line, path in zip(display.lines_, display.means.T, strict=True):
        assert_allclose(line.get_ydata(), path)
    names = {text.get_text() for text in display.axes_[0].texts}
    assert names == {"26 others (grey)", *(f"x{j}" for j in largest)}
    title = display.axes_[0].get_title(loc="left").replace("\n", " ")
    number = f"{display.n_nonzero[at]:.3g}"
    assert title.startswith(f"At C = {display.chosen:.3g}, {number} of 30 coefficients")


@pytest.mark.parametrize("settings", [{}, {"l1_ratios": (0.5, 1)}])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_legacy_layout_and_scikit_learn_give_the_same_path(
    bundled, n_classes, settings
):
    X, y = bundled("wine")
    X, y = X[y < n_classes][:, :4], y[y < n_classes]
    new = search(X, y, **settings)
    old = search(X, y, use_legacy_attributes=True, **settings)
    ours = PathDisplay.from_estimator(new, target=1)
    legacy = PathDisplay.from_estimator(old, target=1)
    assert_allclose(legacy.coefficients, ours.coefficients)
    assert legacy.chosen == ours.chosen
    names = [f"column {j}" for j in range(4)]
    arrays = PathDisplay(CS, ours.coefficients, names, chosen=ours.chosen).plot()
    assert_allclose(arrays.n_nonzero, ours.n_nonzero)


def test_a_path_of_arrays_needs_no_chosen_c():
    path = np.outer(np.arange(6), [1.0, -2.0, 0.0])
    display = PathDisplay(CS, path).plot()
    assert display.shown_ == [1, 0]
    assert_allclose(display.n_nonzero, [0, 2, 2, 2, 2, 2])
    title = display.axes_[0].get_title(loc="left")
    assert title == "At C = 3.16, 2 of 3 coefficients are not zero"


def test_what_cannot_be_drawn_is_refused(searches):
    fitted, X, y = searches["ten"]
    draw = PathDisplay.from_estimator
    with pytest.raises(TypeError, match="LogisticRegression, which has no path"):
        draw(LogisticRegression().fit(X, y))
    with pytest.raises(NotFittedError):
        draw(LogisticRegressionCV())
    with pytest.raises(ValueError, match="target='a' is no class of the fit"):
        draw(fitted, target="a")
    with pytest.raises(ValueError, match="n_largest=0 must be from 1 to 12"):
        draw(fitted, n_largest=0)
    path = np.ones((6, 2))
    with pytest.raises(ValueError, match="Cs must be positive numbers in ascending"):
        PathDisplay(CS[::-1], path)
    with pytest.raises(ValueError, match=r"coefficients has shape \(2, 6\)"):
        PathDisplay(CS, path.T)
    with pytest.raises(ValueError, match="feature_names has 1 names for 2"):
        PathDisplay(CS, path, ["a"])


def test_a_search_of_scikit_learn_is_drawn(bundled):
    X, y = bundled("breast_cancer")
    settings = {"Cs": CS, "cv": 3, "scoring": "neg_log_loss", "max_iter": 1000}
    theirs = sklearn.linear_model.LogisticRegressionCV(
        **settings, **_without_warnings()
    ).fit(X[:, :3], y)
    display = PathDisplay.from_estimator(theirs)
    assert display.means.shape == (6, 3)
    assert_allclose(display.n_nonzero, 3)
    assert display.chosen == np.ravel(theirs.C_)[0]


def _without_warnings():
    """Return parameters whose defaults will change in newer versions."""
    import inspect

    known = inspect.signature(sklearn.linear_model.LogisticRegressionCV).parameters
    wanted = {"l1_ratios": (0,), "use_legacy_attributes": False}
    return wanted if "use_legacy_attributes" in known else {}
