"""Classes in the plane of the discriminant directions."""

import matplotlib
import numpy as np
import pytest
import sklearn.discriminant_analysis
from display_cases import (
    assert_readable,
    long_names,
    new_axes,
    on_every_page,
    ten_classes,
)
from numpy.testing import assert_allclose

from skmlp import LinearDiscriminantAnalysis, LogisticRegression
from skmlp.discriminant_analysis import DiscriminantDisplay, lda_summary

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits(bundled):
    """Return (fitted, X, y) of two, of three and of ten classes."""
    data = {"two": bundled("breast_cancer"), "ten": ten_classes(600)}
    data["three"] = bundled("wine")
    return {
        name: (LinearDiscriminantAnalysis().fit(X, y), X, y)
        for name, (X, y) in data.items()
    }


@on_every_page
@pytest.mark.parametrize(
    ("classes", "biplot"),
    [("two", False), ("three", False), ("three", True), ("ten", False), ("ten", True)],
)
def test_planes_are_readable_on_every_page_at_every_size(
    fits, classes, biplot, page, size
):
    lda, X, y = fits[classes]
    names = long_names(X.shape[1])
    with new_axes(size, page) as ax:
        display = DiscriminantDisplay.from_estimator(
            lda, X, y, biplot=biplot, feature_names=names, ax=ax
        )
        assert display.ax_ is ax
        assert_readable(display.figure_)
        assert len(display.legend_.get_texts()) == len(lda.classes_)
        assert len(display.arrows_) == len(display.shown_)
        assert biplot == (len(display.arrows_) > 0)
        if biplot:
            n_shown = f"arrows: {len(display.shown_)} of {len(names)} features"
            assert ax.get_xlabel().endswith(n_shown)


@pytest.mark.parametrize("solver", ["svd", "eigen"])
@pytest.mark.parametrize("module", ["ours", "theirs"])
def test_classes_are_spheres_in_canonical_coordinates(bundled, solver, module):
    X, y = bundled("wine")
    kind = LinearDiscriminantAnalysis
    if module == "theirs":
        kind = sklearn.discriminant_analysis.LinearDiscriminantAnalysis
    lda = kind(solver=solver).fit(X, y)
    display = DiscriminantDisplay.from_estimator(lda, X, y)
    means = [display.rows[y == label].mean(axis=0) for label in range(3)]
    assert_allclose(display.means, means, atol=1e-9)
    within = display.rows - display.means[y]
    scatter = within.T @ within
    scale = scatter[0, 0]
    assert_allclose(scatter / scale, np.eye(2), atol=1e-9)
    # The fits divide by n − K, or by n.
    assert np.isclose(scale, len(X) - 3) or np.isclose(scale, len(X))
    # On average over normal classes half of the rows lie inside the inner circle.
    circle = display.ax_.lines[1].get_xydata() - display.means[0]
    assert_allclose(np.linalg.norm(circle, axis=1), np.sqrt(-2 * np.log(0.5)))
    circle = display.ax_.lines[2].get_xydata() - display.means[0]
    assert_allclose(np.linalg.norm(circle, axis=1), np.sqrt(-2 * np.log(0.05)))


@pytest.mark.parametrize("classes", ["two", "three", "ten"])
def test_structure_and_shares_are_those_of_the_summary(fits, classes):
    lda, X, y = fits[classes]
    display = DiscriminantDisplay.from_estimator(lda, X, y)
    summary = lda_summary(lda, X, y)
    signs = np.sign(np.sum(display.structure * summary.structure, axis=0))
    assert_allclose(display.structure * signs, summary.structure, atol=1e-8)
    shares = summary.eigenvalues / summary.eigenvalues.sum()
    assert_allclose(display.shares, shares, atol=1e-9)


def test_arrows_point_along_the_correlations_and_the_longest_comes_first(fits):
    lda, X, y = fits["three"]
    display = DiscriminantDisplay.from_estimator(
        lda, X, y, biplot=True, directions=(1, 0)
    )
    expected = display.structure[display.shown_][:, [1, 0]]
    tips = np.array([arrow.xy for arrow in display.arrows_])
    ratio = np.linalg.norm(tips, axis=1) / np.linalg.norm(expected, axis=1)
    assert_allclose(tips, ratio[0] * expected)
    lengths = np.linalg.norm(display.structure, axis=1)
    assert display.shown_[0] == np.argmax(lengths)
    assert np.all(np.diff(lengths[display.shown_]) <= 0)
    assert display.ax_.get_xlabel().startswith("direction 2")


def test_two_classes_are_drawn_along_the_only_direction(fits):
    lda, X, y = fits["two"]
    display = DiscriminantDisplay.from_estimator(lda, X, y)
    gap = lda.means_[1] - lda.means_[0]
    pooled = sum((y == k).sum() * np.cov(X[y == k].T, bias=True) for k in (0, 1))
    distance = np.sqrt(gap @ np.linalg.solve(pooled / len(X), gap))
    shown = np.ptp(display.means)
    assert np.isclose(shown, distance) or np.isclose(
        shown, distance * np.sqrt((len(X) - 2) / len(X))
    )
    assert f"{shown:.2f} standard deviations" in display.ax_.get_title(loc="left")


def test_sparse_rows_and_data_frames_are_drawn(bundled):
    pandas = pytest.importorskip("pandas")
    import scipy.sparse

    X, y = bundled("wine")
    frame = pandas.DataFrame(X, columns=[f"column {j}" for j in range(X.shape[1])])
    named = DiscriminantDisplay.from_estimator(
        LinearDiscriminantAnalysis().fit(frame, y), frame, y
    )
    sparse = scipy.sparse.csr_array(X)
    plain = DiscriminantDisplay.from_estimator(
        LinearDiscriminantAnalysis().fit(X, y), sparse, y
    )
    assert named.feature_names == list(frame.columns)
    assert plain.feature_names[0] == "x0"
    assert_allclose(named.structure, plain.structure, atol=1e-9)


def test_what_cannot_be_drawn_is_refused(fits):
    lda, X, y = fits["three"]
    draw = DiscriminantDisplay.from_estimator
    with pytest.raises(TypeError, match="estimator must be a LinearDiscriminant"):
        draw(LogisticRegression().fit(X, y), X, y)
    with pytest.raises(ValueError, match="solver='lsqr' computes no directions"):
        draw(LinearDiscriminantAnalysis(solver="lsqr").fit(X, y), X, y)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        draw(LinearDiscriminantAnalysis(), X, y)
    with pytest.raises(ValueError, match=r"no classes of the fit: \[7\]"):
        draw(lda, X, np.where(y == 0, 7, y))
    with pytest.raises(ValueError, match="two different numbers from 0 to 1"):
        draw(lda, X, y, directions=(0, 2))
    two, X, y = fits["two"]
    with pytest.raises(ValueError, match="biplot=True needs two directions"):
        draw(two, X, y, biplot=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [1.0]}, "rows has shape"),
        ({"means": [[1.0]]}, "means has shape"),
        ({"structure": [[1.0]]}, "structure has shape"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(change, message):
    good = {
        "rows": [[1.0, 2.0], [3.0, 4.0]],
        "labels": [0, 1],
        "classes": [0, 1],
        "means": np.eye(2),
        "shares": [1.0, 0.0],
    }
    DiscriminantDisplay(**good)
    with pytest.raises(ValueError, match=message):
        DiscriminantDisplay(**good | change)
