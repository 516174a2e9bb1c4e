"""Forest plots of an inference."""

import itertools

import matplotlib
import numpy as np
import pytest
import scipy.stats
from display_cases import (
    assert_readable,
    long_names,
    new_axes,
    on_every_page,
    ten_classes,
)
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose

from skmlp import LogisticRegression
from skmlp.inference import ForestDisplay, LogisticInference

matplotlib.use("Agg")


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("odds", [False, True])
def test_the_labels_of_a_forest_plot_fit_and_its_ticks_are_plain_numbers(
    odds, scale, rng
):
    import matplotlib.pyplot as plt

    X, y = binary(rng)
    names = ["b", "a name that is far too long to stand beside an axis of this size"]
    fitted = LogisticRegression(C=np.inf).fit(X[:, :2] / [scale, 1.0], y)
    ours = LogisticInference.from_estimator(
        fitted, X[:, :2] / [scale, 1.0], y, feature_names=names
    )
    ax = ours.plot(odds=odds)
    ax.figure.canvas.draw()
    least, most = ax.get_xlim()
    ticks = [
        label
        for label in [*ax.get_xticklabels(), *ax.get_xticklabels(minor=True)]
        if label.get_text() and least <= label.get_position()[0] <= most
    ]
    values = [float(label.get_text().replace("−", "-")) for label in ticks]
    assert 2 <= len(values) <= 10
    assert_allclose(values, [label.get_position()[0] for label in ticks], atol=1e-9)
    page = ax.figure.bbox
    for text in (ax.xaxis.label, *ax.get_yticklabels()):
        box = text.get_window_extent()
        assert page.x0 <= box.x0 < box.x1 <= page.x1
    boxes = [label.get_window_extent() for label in ticks]
    boxes.sort(key=lambda box: box.x0)
    for left, right in itertools.pairwise(boxes):
        assert left.x1 < right.x0
    plt.close(ax.figure)


@pytest.mark.parametrize("settings", [{}, {"odds": True, "per_deviation": True}])
@pytest.mark.parametrize("make", [binary, multinomial])
def test_a_forest_plot_has_a_line_and_a_point_a_coefficient(make, settings, rng):
    import matplotlib.pyplot as plt

    X, y = make(rng)
    ours = infer(X, y)
    ax = ours.plot(**settings)
    points = [line for line in ax.lines if line.get_marker() not in ("None", "")]
    middle = ours.coefficients[:, 1:]
    if settings:
        middle = np.exp(middle * X.std(axis=0))
        assert ax.get_xscale() == "log"
    assert_allclose([line.get_xdata() for line in points], middle)
    assert [t.get_text() for t in ax.get_yticklabels()] == ours.terms[1:]
    plt.close(ax.figure)


@pytest.fixture(scope="module")
def inferences(bundled):
    """Return inferences of two classes, and of ten classes with long names."""
    X, y = bundled("breast_cancer")
    two = infer(X, y, C=1.0, feature_names=long_names(30))
    X, y = ten_classes(600)
    return {"two": two, "ten": infer(X, y, C=1.0, feature_names=long_names(30))}


@on_every_page
@pytest.mark.parametrize("odds", [False, True])
@pytest.mark.parametrize("classes", ["two", "ten"])
def test_forests_are_readable_on_every_page_at_every_size(
    inferences, classes, odds, page, size
):
    with new_axes(size, page) as ax:
        display = ForestDisplay.from_inference(inferences[classes], odds=odds, ax=ax)
        assert_readable(display.figure_)
        n_shown = len(display.shown_)
        assert (f"({n_shown} of 30" in ax.get_xlabel().replace("\n", " ")) == (
            n_shown < 30
        )


def test_the_numbers_of_a_forest_are_those_of_the_normal_distribution(inferences):
    import matplotlib.pyplot as plt

    ours = inferences["ten"]
    display = ForestDisplay.from_inference(
        ours, level=0.9, odds=True, per_deviation=True
    )
    plt.close(display.figure_)
    unit = ours.term_deviations[1:]
    errors = np.sqrt(np.diag(ours.covariance)).reshape(ours.coefficients.shape)
    reach = scipy.stats.norm.isf(0.05) * errors[:, 1:] * unit
    middle = ours.coefficients[:, 1:] * unit
    assert_allclose(display.estimates, np.exp(middle))
    assert_allclose(display.intervals[..., 0], np.exp(middle - reach))
    assert_allclose(display.intervals[..., 1], np.exp(middle + reach))
    assert display.outputs == [
        f"class number {k} with a long $ name" for k in range(1, 10)
    ]
    segments = [each.get_segments()[0] for each in display.intervals_]
    assert_allclose([part[0, 0] for part in segments], display.intervals[:, 0, 0])


@pytest.mark.parametrize("method", ["wald", "profile"])
def test_a_forest_of_an_estimator_is_that_of_its_inference(method, rng):
    import matplotlib.pyplot as plt

    X, y = multinomial(rng)
    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y)
    display = ForestDisplay.from_estimator(
        fitted, X, y, reference="top", method=method, level=0.8
    )
    plt.close(display.figure_)
    inference = LogisticInference.from_estimator(fitted, X, y, reference="top")
    assert_allclose(display.estimates, inference.coefficients[:, 1:])
    limits = inference.confidence_intervals(0.8, method)[:, 1:]
    assert_allclose(display.intervals, limits)
    assert display.outputs == ["low", "middle"]


def test_the_largest_effects_are_drawn_when_not_all_are(inferences):
    import matplotlib.pyplot as plt

    ours = inferences["two"]
    display = ForestDisplay.from_inference(ours)
    plt.close(display.figure_)
    assert len(display.shown_) == 30
    assert display.legend_ is None
    plt.close(display.plot(max_features=4).figure_)
    largest = np.argsort(-np.abs(ours.z_values[0, 1:]))[:4]
    assert set(display.shown_) == set(largest)
    n_clear = np.sum(ours.p_values[0, 1:][largest] < 0.05)
    assert display.ax_.get_title(loc="left").startswith(f"{n_clear} of 4 coefficients")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimates": [[1.0]]}, r"estimates has shape \(1, 1\); expected \(1, 2\)"),
        ({"intervals": [[1.0, 2.0]]}, "intervals has shape"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(change, message):
    good = {"estimates": [[1.0, 2.0]], "intervals": np.ones((1, 2, 2))}
    with pytest.raises(ValueError, match=message):
        ForestDisplay(["a", "b"], ["yes"], "no", **good | change)
    with pytest.raises(ValueError, match="max_features=0 must be at least 1"):
        ForestDisplay(["a", "b"], ["yes"], "no", **good).plot(max_features=0)
