"""Tests of partial_fit over any split of the rows."""

import numpy as np
import pytest
from discriminant_data import DATASETS, DEGENERATE, SOLVERS, WIDE, assert_close
from numpy.testing import assert_allclose
from sklearn import covariance
from sklearn.base import clone

from skmlp import LinearDiscriminantAnalysis


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shrinkage", [None, 0.2])
@pytest.mark.parametrize("n_parts", [2, 7])
def test_partial_fit_over_any_split_is_one_fit(solver, shrinkage, n_parts):
    X, y = DATASETS["wine"]
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    order = np.random.default_rng(n_parts).permutation(len(y))
    order = np.arange(len(y)) if n_parts == 2 else order
    lda = LinearDiscriminantAnalysis(solver, shrinkage=shrinkage)
    whole = clone(lda).fit(X, y, sample_weight=weights)
    for part in np.array_split(order, n_parts):
        lda.partial_fit(
            X[part], y[part], classes=[0, 1, 2], sample_weight=weights[part]
        )
    for attribute in ("coef_", "intercept_", "means_", "priors_"):
        assert_close(getattr(lda, attribute), getattr(whole, attribute), rtol=1e-10)
    if solver != "lsqr":
        assert_close(lda.transform(X), whole.transform(X), rtol=1e-10)


def test_partial_fit_continues_a_fit():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis().fit(X[::2], y[::2]).partial_fit(X[1::2], y[1::2])
    assert_close(lda.coef_, LinearDiscriminantAnalysis().fit(X, y).coef_, rtol=1e-10)


def test_partial_fit_takes_one_row_at_a_time():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis()
    for i in range(0, 150, 3):
        lda.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1, 2])
    expected = LinearDiscriminantAnalysis().fit(X[::3], y[::3])
    assert_close(lda.coef_, expected.coef_, rtol=1e-10)


def test_a_class_without_rows_so_far_has_probability_zero():
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis().partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    two = LinearDiscriminantAnalysis().fit(X[:100], y[:100])
    assert_allclose(lda.predict_proba(X)[:, :2], two.predict_proba(X), atol=1e-12)
    assert_allclose(lda.predict_proba(X)[:, 2], 0, atol=1e-300)
    lda.partial_fit(X[100:], y[100:])
    assert_close(lda.coef_, LinearDiscriminantAnalysis().fit(X, y).coef_, rtol=1e-10)


@pytest.mark.parametrize(
    "parameters", [{"shrinkage": "auto"}, {"covariance_estimator": covariance.OAS()}]
)
def test_partial_fit_refuses_what_needs_all_rows(parameters):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis("lsqr", **parameters)
    assert not hasattr(lda, "partial_fit")
    with pytest.raises(ValueError, match="need all rows at once; use fit"):
        lda.partial_fit(X, y, classes=[0, 1, 2])


def test_partial_fit_refuses_labels_that_were_not_announced():
    X, y = DATASETS["iris"]
    with pytest.raises(ValueError, match=r"not among the classes: \[2\]"):
        LinearDiscriminantAnalysis().partial_fit(X, y, classes=[0, 1])


@DEGENERATE
def test_partial_fit_refuses_to_continue_a_fit_that_kept_no_covariance():
    X, y = WIDE
    with pytest.raises(ValueError, match="start with partial_fit"):
        LinearDiscriminantAnalysis().fit(X, y).partial_fit(X, y)
