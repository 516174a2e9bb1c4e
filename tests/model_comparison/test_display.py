"""The plot of a comparison."""

import sys

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, new_axes, on_every_page
from invented_comparisons import invented
from numpy.testing import assert_allclose

from skmlp.model_comparison import ComparisonDisplay, compare
from skmlp.model_comparison.model_styles import styles_of

matplotlib.use("Agg")


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_plot_is_a_picture_without_pyplot(bundled, tmp_path, task, iris_comparison):
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    comparison = iris_comparison
    if task == "regression":
        X, y = bundled("diabetes")
        comparison = compare(X, y, ["ridge"], cv=3, repeats=1)
    file = tmp_path / "scores.png"
    had_pyplot = "matplotlib.pyplot" in sys.modules
    figure = comparison.plot(file)
    assert len(figure.axes) == (7 if task == "classification" else 4)
    picture = imread(file)
    assert picture.shape[1] > 1500
    assert picture.std() > 0.05
    assert ("matplotlib.pyplot" in sys.modules) == had_pyplot


def test_a_name_is_no_formula_and_a_missing_glyph_no_warning(bundled, tmp_path):
    pytest.importorskip("matplotlib")
    X, y = bundled("iris")
    comparison = compare(X, y, ["LDA"], cv=2, repeats=1, name=r"$\frac$ 鸢尾花 [red]")
    comparison.plot(tmp_path / "scores.png")
    assert (tmp_path / "scores.png").stat().st_size > 10_000


def many_models(n=10):
    """Return a comparison of models with long names, and calibration curves."""
    names = [f"$model {k} with a name that is as long as 40" for k in range(n)]
    rng = np.random.default_rng(0)
    middles = {"accuracy": 0.8, "log_loss": 0.5, "roc_auc": 0.9}
    middles["calibration_error"] = 0.05
    scores = {
        name: {metric: rng.normal(each, 0.02, 15) for metric, each in middles.items()}
        for name in names
    }
    comparison = invented(scores, name="a $ name of data that is long")
    for name in names:
        rows = rng.integers(20, 90, 8).astype(float)
        middle = np.linspace(0.55, 0.98, 8)
        found = np.minimum(1, middle + rng.normal(0, 0.03, 8))
        comparison.curves[name] = np.array([rows, rows * middle, rows * found])
    return comparison


@on_every_page
@pytest.mark.parametrize("which", ["iris", "many"])
def test_comparisons_are_readable_on_every_page_at_every_size(
    iris_comparison, which, page, size
):
    comparison = iris_comparison if which == "iris" else many_models()
    with new_axes(size, page) as ax:
        display = ComparisonDisplay.from_comparison(comparison, ax=ax)
        assert display.figure_ is ax.figure
        assert_readable(display.figure_)
        assert len(display.axes_) == (1 if size == (4, 3) else 4)


@pytest.mark.parametrize("page", ["default", "dark_background"])
@pytest.mark.parametrize("which", ["iris", "many"])
def test_the_whole_figure_is_readable(iris_comparison, which, page):
    comparison = iris_comparison if which == "iris" else many_models()
    with matplotlib.style.context(page):
        assert_readable(comparison.plot())


def test_means_deviations_and_curves_are_those_of_the_scores(iris_comparison):
    display = ComparisonDisplay(iris_comparison)
    scores = iris_comparison.scores
    for k, name in enumerate(display.names):
        for j, metric in enumerate(display.metrics):
            values = scores[name][metric.name]
            assert_allclose(display.means[k, j], np.mean(values))
            assert_allclose(
                display.deviations[k, j], np.std(values, ddof=1), atol=1e-12
            )
    for name, (predicted, found, rows) in display.curves.items():
        curve = iris_comparison.curves[name]
        kept = curve[0] >= 10
        assert_allclose(rows, curve[0, kept])
        assert_allclose(predicted * rows, curve[1, kept])
        assert_allclose(found * rows, curve[2, kept])


def test_a_model_keeps_its_colour_and_marker_in_all_figures():
    def style(names, wanted):
        scores = {name: {"accuracy": 0.9, "log_loss": 0.3} for name in names}
        found = styles_of(invented(scores), "white")[wanted]
        return found["color"], found["marker"]

    for wanted in ("LDA", "MLP", "another model"):
        seen = {
            style(names, wanted)
            for names in ([wanted], ["ridge", wanted], [wanted, "ridge"])
        }
        assert len(seen) == 1
    styles = styles_of(many_models(12), "white").values()
    assert len({(each["color"], each["marker"]) for each in styles}) == 12


def test_one_bin_fills_its_square_and_the_title_says_so():
    comparison = many_models(2)
    for name in comparison.curves:
        rows = np.array([1.0, 2.0, 190.0])
        comparison.curves[name] = np.array([rows, rows * 0.96, rows * 0.97])
    display = ComparisonDisplay(comparison).plot()
    axis = display.axes_[-1]
    low, high = axis.get_xlim()
    assert high - low < 0.15
    assert low < 0.96 < high
    title = axis.get_title(loc="left").replace("\n", " ")
    assert title == "Nearly all predictions are in one bin of probability"
