"""Forest plots of an inference."""

import itertools

import matplotlib
import numpy as np
import pytest
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose

from skmlp import LogisticRegression
from skmlp.inference import LogisticInference

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
