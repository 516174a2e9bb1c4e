"""Scores, posterior probabilities, and their calibration."""

import matplotlib
import numpy as np
import pytest
import scipy.special
from display_cases import (
    assert_readable,
    new_axes,
    on_every_page,
    ten_classes,
)
from numpy.testing import assert_allclose
from sklearn.calibration import calibration_curve
from sklearn.exceptions import NotFittedError

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    Perceptron,
)
from skmlp.discriminant_analysis import PosteriorDisplay

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fits(bundled):
    """Return (fitted, X, y) by number of classes and method."""
    data = {"two": bundled("breast_cancer"), "ten": ten_classes()}
    kinds = {"lda": LinearDiscriminantAnalysis, "logistic": LogisticRegression}
    return {
        (classes, method): (kind().fit(X, y), X, y)
        for classes, (X, y) in data.items()
        for method, kind in kinds.items()
    }


FITS = [(n, method) for n in ("two", "ten") for method in ("lda", "logistic")]


@on_every_page
@pytest.mark.parametrize("key", FITS)
def test_posteriors_are_readable_on_every_page_at_every_size(fits, key, page, size):
    with new_axes(size, page) as ax:
        display = PosteriorDisplay.from_estimator(*fits[key], ax=ax)
        assert len(display.axes_) == 3
        assert_readable(display.figure_)


@pytest.mark.parametrize("key", FITS)
@pytest.mark.parametrize("k", [0, 1])
def test_scores_are_the_log_odds_of_the_class(fits, key, k):
    fitted, X, y = fits[key]
    target = fitted.classes_[k]
    display = PosteriorDisplay.from_estimator(fitted, X, y, target=target)
    p = fitted.predict_proba(X)[:, k]
    assert_allclose(display.probabilities, p, atol=1e-9)
    clear = (p > 1e-6) & (p < 1 - 1e-6)
    expected = scipy.special.logit(p[clear])
    assert_allclose(display.scores[clear], expected, rtol=1e-6, atol=1e-6)
    assert display.n_wrong == np.sum((p > 0.5) != (y == target))
    assert display.names[1] == str(target)


@pytest.mark.parametrize("key", FITS)
def test_the_calibration_is_that_of_scikit_learn(fits, key):
    fitted, X, y = fits[key]
    display = PosteriorDisplay.from_estimator(fitted, X, y, n_bins=8)
    share, mean = calibration_curve(
        y == fitted.classes_[-1],
        display.probabilities,
        n_bins=8,
        strategy="quantile",
    )
    assert_allclose(display.bin_shares, share)
    assert_allclose(display.bin_probabilities, mean)
    assert display.bin_counts.sum() == len(X)
    error = np.sum(display.bin_counts * np.abs(share - mean)) / len(X)
    assert_allclose(display.calibration_error, error)
    title = display.axes_[2].get_title(loc="left")
    assert title == f"Calibration error {error:.3f}"


def test_normal_densities_are_those_of_the_pooled_covariance(fits):
    lda, X, y = fits["two", "lda"]
    display = PosteriorDisplay.from_estimator(lda, X, y)
    w, b = lda.coef_[0], lda.intercept_[0]
    within = X - lda.means_[y]
    # The fit divides by n.
    deviation = np.sqrt(np.mean((within @ w) ** 2))
    assert_allclose(display.normal[:2], lda.means_ @ w + b)
    assert_allclose(display.normal[2], deviation, rtol=3e-3)
    logistic = PosteriorDisplay.from_estimator(*fits["two", "logistic"])
    assert logistic.normal is None


def test_three_axes_of_the_user_are_used(fits):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    display = PosteriorDisplay.from_estimator(*fits["two", "lda"], ax=axes)
    assert list(display.axes_) == list(axes)
    assert_readable(figure)


def test_data_frames_and_other_classifiers_are_drawn(bundled):
    pandas = pytest.importorskip("pandas")
    X, y = bundled("breast_cancer")
    frame = pandas.DataFrame(X[:, :4], columns=list("abcd"))
    lda = LinearDiscriminantAnalysis().fit(frame, y)
    assert PosteriorDisplay.from_estimator(lda, frame, y).normal is not None
    network = MLPClassifier((3,), solver="lbfgs", alpha=1.0, random_state=0).fit(
        frame, y
    )
    display = PosteriorDisplay.from_estimator(network, frame, y)
    p = network.predict_proba(frame)[:, 1]
    assert_allclose(display.probabilities, p, atol=1e-9)


def test_what_cannot_be_drawn_is_refused(fits):
    lda, X, y = fits["two", "lda"]
    draw = PosteriorDisplay.from_estimator
    with pytest.raises(TypeError, match="Perceptron, which predicts no prob"):
        draw(Perceptron(average=True).fit(X, y), X, y)
    with pytest.raises(NotFittedError):
        draw(LinearDiscriminantAnalysis(), X, y)
    with pytest.raises(ValueError, match="target=5 is no class of the fit"):
        draw(lda, X, y, target=5)
    with pytest.raises(ValueError, match=r"no classes of the fit: \[3\]"):
        draw(lda, X, y + 2 * (y == 1))
    with pytest.raises(ValueError, match="n_bins=0 must be at least 1"):
        draw(lda, X, y, n_bins=0)
    with pytest.raises(ValueError, match="scores must be finite"):
        PosteriorDisplay([np.inf], [True])
    with pytest.raises(ValueError, match="scores and is_class have the shapes"):
        PosteriorDisplay([1.0], [True, False])
