"""Firth's bias reduction in LogisticRegression: accepted and refused input."""

import numpy as np
import pytest
import scipy.sparse
from logistic_settings import FIRTH

from skmlp import LogisticRegression


def test_firth_takes_weights_offsets_sparse_rows_and_units(rng):
    X = rng.normal(size=(40, 2))
    y = (X[:, 0] + rng.logistic(size=40) > 0).astype(int)
    weight = rng.integers(1, 4, size=40)
    settings = {"tol": 1e-10, **FIRTH}
    ours = LogisticRegression(**settings).fit(X, y, weight)
    repeated = LogisticRegression(**settings).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    np.testing.assert_allclose(ours.coef_, repeated.coef_, rtol=1e-6)
    sparse = LogisticRegression(**settings).fit(scipy.sparse.csr_array(X), y, weight)
    np.testing.assert_allclose(sparse.coef_, ours.coef_, rtol=1e-8)
    scaled = LogisticRegression(**settings).fit(X * [1e4, 1e-4], y, weight)
    np.testing.assert_allclose(scaled.coef_ * [1e4, 1e-4], ours.coef_, rtol=1e-5)
    moved = LogisticRegression(**settings).fit(X, y, weight, offset=np.full(40, 0.7))
    np.testing.assert_allclose(moved.intercept_ + 0.7, ours.intercept_, rtol=1e-6)


def test_firth_refuses_columns_that_depend_on_each_other(rng):
    X = rng.normal(size=(30, 2))
    y = rng.integers(2, size=30)
    with pytest.raises(ValueError, match="linearly independent"):
        LogisticRegression(**FIRTH).fit(np.hstack([X, X[:, :1]]), y)
