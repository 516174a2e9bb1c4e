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


@pytest.mark.parametrize(
    ("shape", "n_without_weight", "intercept", "counts"),
    [
        ((30, 30), 0, True, "30 rows .* 31 columns"),
        ((30, 40), 0, False, "30 rows .* 40 columns"),
        ((30, 20), 15, True, "15 rows .* 21 columns"),
    ],
)
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array])
def test_firth_refuses_fewer_rows_than_columns(
    shape, n_without_weight, intercept, counts, kind, rng
):
    X = kind(rng.normal(size=shape))
    y = np.arange(30) % 2
    weight = (np.arange(30) >= n_without_weight).astype(float)
    model = LogisticRegression(fit_intercept=intercept, **FIRTH)
    with pytest.raises(ValueError, match=f"at least as many rows .*{counts}.*Drop"):
        model.fit(X, y, weight)


def test_firth_takes_as_many_rows_as_columns(rng):
    X = rng.normal(size=(12, 11))
    model = LogisticRegression(**FIRTH).fit(X, np.arange(12) % 2)
    # Each row has the leverage 1: the prior adds half a success and half a failure.
    expected = np.where(np.arange(12) % 2, 0.75, 0.25)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expected, atol=1e-3)
