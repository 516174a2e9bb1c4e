"""Histories of fits as pictures."""

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, new_axes, on_every_page, ten_classes
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.multilayer_perceptron import HistoryDisplay

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 12, "random_state": 0}


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits():
    X, y = ten_classes(200)
    names = ["a model whose name is as long as $40 signs$", "SGD", "third"]
    choices = [
        {"solver": "adam", "record": "epoch", "early_stopping": "loss"},
        {"solver": "sgd", "record": "epoch", "early_stopping": "loss"},
        {"solver": "adamw", "early_stopping": True, "n_iter_no_change": 3},
    ]
    return {
        name: MLPClassifier(**SETTINGS, **own).fit(X, y)
        for name, own in zip(names, choices, strict=True)
    }


@pytest.fixture(scope="module")
def others():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = X @ [1.0, -2.0] > 0
    return {
        "regressor": MLPRegressor(**SETTINGS).fit(X, X[:, 0]),
        "lbfgs": MLPClassifier(**SETTINGS, solver="lbfgs").fit(X, y),
        "logistic": LogisticRegression(solver="adam", batch_size=20, max_iter=9).fit(
            X, y
        ),
        "newton": LogisticRegression().fit(X, y),
        "perceptron": Perceptron(max_iter=8, tol=None).fit(X, y),
    }


@on_every_page
def test_one_history_is_readable_on_every_page_at_every_size(fits, page, size):
    for fitted in fits.values():
        with new_axes(size, page) as ax:
            assert_readable(HistoryDisplay.from_estimator(fitted, ax=ax).figure_)


@on_every_page
def test_several_histories_are_readable_on_every_page_at_every_size(fits, page, size):
    with new_axes(size, page) as ax:
        assert_readable(HistoryDisplay.from_estimators(fits, ax=ax).figure_)


@on_every_page
@pytest.mark.parametrize(
    "name", ["regressor", "lbfgs", "logistic", "newton", "perceptron"]
)
def test_every_estimator_with_records_is_readable(others, name, page, size):
    with new_axes(size, page) as ax:
        display = HistoryDisplay.from_estimator(others[name], ax=ax)
        assert_readable(display.figure_)
        label = display.axes_[-1].get_xlabel()
        assert label == ("iteration" if name in ("lbfgs", "newton") else "epoch")


def test_the_lines_are_what_the_fit_recorded(fits):
    for fitted in fits.values():
        display = HistoryDisplay.from_estimator(fitted)
        recorded = set(fitted.history_) - {"seconds"}
        assert set(display.quantities) == recorded
        for (_, quantity), line in display.lines_.items():
            assert_array_equal(line.get_ydata(), fitted.history_[quantity])
            assert_array_equal(line.get_xdata(), np.arange(1, fitted.n_iter_ + 1))


def test_losses_and_mistakes_of_linear_classifiers_are_drawn(others):
    for name in ("logistic", "newton"):
        display = HistoryDisplay.from_estimator(others[name])
        line = display.lines_["LogisticRegression", "loss"]
        assert_array_equal(line.get_ydata(), others[name].loss_curve_)
    display = HistoryDisplay.from_estimator(others["perceptron"])
    line = display.lines_["Perceptron", "mistakes"]
    assert_array_equal(line.get_ydata(), others["perceptron"].mistakes_curve_)


def test_the_best_epoch_is_that_of_the_best_score_and_the_title_says_it(fits):
    for fitted in fits.values():
        display = HistoryDisplay.from_estimator(fitted)
        scores = list(fitted.validation_scores_)
        assert scores[display.best_epochs["MLPClassifier"] - 1] == max(scores)
        title = display.axes_[0].get_title(loc="left").replace("\n", " ")
        best = scores.index(max(scores)) + 1
        plural = "epochs" if best > 1 else "epoch"
        assert title == f"Validation score was highest after {best} {plural}"


def test_lowest_losses_and_values_that_are_not_finite_are_known():
    losses = [3.0, np.nan, 1.0, 2.0]
    display = HistoryDisplay({"x": {"loss": losses}, "y": {"loss": [np.nan] * 2}})
    assert display.criterion == "loss"
    assert display.best_epochs == {"x": 3}
    title = display.plot().axes_[0].get_title(loc="left").replace("\n", " ")
    assert title == "x has the lowest loss, after 3 epochs"
    lost = HistoryDisplay({"y": {"loss": [np.nan] * 2}}).plot()
    title = lost.axes_[0].get_title(loc="left").replace("\n", " ")
    assert title == "No value of any epoch is finite"


def test_several_fits_are_compared_by_what_all_have(fits):
    display = HistoryDisplay.from_estimators(fits)
    assert display.criterion == "validation_score"
    names = {name for name, quantity in display.lines_ if quantity == "gradient_norm"}
    assert names == set(list(fits)[:2])  # the third did not record it
    assert len({line.get_color() for line in display.lines_.values()}) == 3
    for name in fits:
        own = [line for (fit, _), line in display.lines_.items() if fit == name]
        assert len({line.get_color() for line in own}) == 1


def test_axes_of_the_user_and_chosen_quantities_are_used(fits):
    import matplotlib.pyplot as plt

    fitted = next(iter(fits.values()))
    _, axes = plt.subplots(2)
    display = HistoryDisplay.from_estimator(
        fitted, quantities=["training_loss", "gradient_norm"], ax=axes
    )
    assert list(display.axes_) == list(axes)
    assert [key for _, key in display.lines_] == ["training_loss", "gradient_norm"]


def test_what_has_no_history_is_refused(fits, others):
    draw = HistoryDisplay.from_estimator
    with pytest.raises(NotFittedError):
        draw(MLPClassifier())
    lda = LinearDiscriminantAnalysis().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    with pytest.raises(TypeError, match="keeps no history"):
        draw(lda)
    with pytest.raises(TypeError, match="must be a fitted estimator of skmlp"):
        draw(MLPClassifier)
    with pytest.raises(ValueError, match="not all recorded; choose from"):
        draw(others["regressor"], quantities=["gradient_norm"])
    with pytest.raises(TypeError, match="give a dict of names"):
        HistoryDisplay.from_estimators(list(fits.values()))
    with pytest.raises(ValueError, match="give from 1 to 12"):
        HistoryDisplay({})
    with pytest.raises(ValueError, match=r"expected \(n_epochs,\)"):
        HistoryDisplay({"x": {"loss": []}})
    with pytest.raises(ValueError, match="has none of"):
        HistoryDisplay({"x": {"seconds": [1.0]}})
    with pytest.raises(TypeError, match="give a dict of arrays"):
        HistoryDisplay({"x": [1.0]})
