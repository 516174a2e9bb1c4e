"""Scores of linear classifiers at the ends of the range of floats."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning

from skmlp import LinearDiscriminantAnalysis, LogisticRegression, Perceptron
from skmlp.base.linear_classifier import linear_scores

# Sums of these products overflow, also where parts of opposite signs do.
ROWS = [[1e200, 1e200, 0], [1e300, -1e300, 1], [-1e200, 3, 0], [1, 2, 3], [0, 0, 0]]
COEF = [[1e200, -1e199, 1], [1e10, 1e10, 5], [-3e200, 1e200, 2]]


def exact(X, coef):
    """Return the true products as fractions."""
    return [
        [sum(Fraction(x) * Fraction(w) for x, w in zip(row, k, strict=True)) for k in c]
        for row, c in ((row, coef) for row in X.tolist())
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("form", [np.array, scipy.sparse.csr_array])
def test_scores_that_overflow_keep_their_order_and_signs(form, dtype):
    X, coef = np.array(ROWS), np.array(COEF)
    if dtype == np.float32:
        X[np.abs(X) > 10] *= 1e-270
        X[0] = 1e30, 1e30, 0
        coef[np.abs(coef) > 1e100] *= 1e-170
    X, coef = X.astype(dtype), coef.astype(dtype)
    scores = linear_scores(form(X), coef, np.zeros(3, dtype))
    assert np.isfinite(scores).all()
    limit = float(np.finfo(dtype).max) / 8
    for got, true in zip(scores.tolist(), exact(X, coef.tolist()), strict=True):
        largest = max(map(abs, true))
        divisor = max(largest / Fraction(limit), 1)
        expected = [float(score / divisor) for score in true]
        # Rounding errors are relative to the largest product of the row.
        size = float(min(largest, Fraction(limit)))
        rounding = 1e-14 if divisor > 1 or dtype == np.float64 else 1e-6
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=rounding * size)


def test_sparse_coefficients_are_limited_in_the_same_way():
    X, coef = np.array(ROWS), np.array(COEF)
    expected = linear_scores(X, coef, np.zeros(3))
    scores = linear_scores(X, scipy.sparse.csr_array(coef), np.zeros(3))
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "estimator", [Perceptron, LogisticRegression, LinearDiscriminantAnalysis]
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_far_row_gets_the_class_of_its_direction(estimator, n_classes, bundled):
    X, y = bundled("iris")
    X, y = X[y < n_classes] - X.mean(axis=0), y[y < n_classes]
    settings = {"max_iter": 5, "tol": None} if estimator is Perceptron else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = estimator(**settings).fit(X, y)
    directions = np.array([x / np.max(np.abs(x)) for x in X])
    far = directions * 1.7e308
    products = directions @ model.coef_.T
    expected = (products > 0).ravel().astype(int)
    if n_classes > 2:
        expected = products.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(far), model.classes_[expected])
    assert np.isfinite(model.decision_function(far)).all()
    if hasattr(model, "predict_log_proba"):
        assert np.isfinite(model.predict_log_proba(far)).all()
        np.testing.assert_allclose(model.predict_proba(far).sum(axis=1), 1)
