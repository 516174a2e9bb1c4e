"""The plot of a comparison."""

import sys

import pytest

from skmlp.model_comparison import compare


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
