"""Data with fewer rows than columns: the right minimum, without a matrix of columns."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression

from skmlp import LogisticRegression
from skmlp.logistic_regression import coordinates


def wide_rows(kind):
    """Return rows X (40, 300) of independent or correlated columns, and labels."""
    rng = np.random.RandomState(0)
    X = rng.normal(size=(40, 300))
    if kind != "independent":
        X = X[:, :4] @ rng.normal(size=(4, 300)) + 0.05 * X
    if kind == "scales":
        X = 100 + X * 10 ** rng.uniform(-1, 1, 300)
    y = (X[:, 0] - X[:, 0].mean() + rng.normal(size=40) > 0).astype(int)
    return X, y


@pytest.mark.parametrize("kind", ["independent", "correlated", "scales"])
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "sag", "newton-cholesky"])
def test_the_minimum_is_that_of_scikit_learn(kind, solver):
    X, y = wide_rows(kind)
    ours = LogisticRegression(solver=solver, tol=1e-8, max_iter=5000).fit(X, y)
    # In 40 dimensions, since the minimum lies in the space of the centred rows.
    mean = X.mean(axis=0)
    left, size, right = np.linalg.svd(X - mean, full_matrices=False)
    left, size, right = left[:, :-1], size[:-1], right[:-1]
    theirs = TheirLogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=200)
    theirs.fit(left * size, y)
    coef = theirs.coef_ @ right
    np.testing.assert_allclose(ours.coef_, coef, atol=2e-6 * np.abs(coef).max())
    scores = (X - mean) @ coef[0] + theirs.intercept_[0]
    np.testing.assert_allclose(ours.decision_function(X), scores, atol=1e-4)


@pytest.mark.parametrize("solver", ["lbfgs", "liblinear", "newton-cg", "sag"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_standardised_columns_need_no_matrix_of_columns(solver, n_classes, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(coordinates.ClassStatistics, "from_rows", never)
    X, y = wide_rows("independent")
    if n_classes == 3 and solver == "liblinear":
        pytest.skip("liblinear is for two classes")
    y = y + (X[:, 1] > 1) * (n_classes - 2)
    model = LogisticRegression(solver=solver).fit(X, y)
    assert model.score(X, y) == 1


def test_correlated_columns_converge_in_few_iterations():
    X, y = wide_rows("scales")
    model = LogisticRegression(tol=1e-6, max_iter=5000).fit(X, y)
    assert model.n_iter_[0] < 100
