"""Tests of covariances within classes with shrinkage, targets and ddof."""

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn import covariance, datasets
from sklearn.preprocessing import StandardScaler

from skmlp import LinearDiscriminantAnalysis

SETS = {
    "wine": datasets.load_wine(return_X_y=True),
    "few rows": datasets.make_classification(
        40, 25, n_informative=5, n_classes=3, random_state=0
    ),
}


def pooled(X, y, estimate):
    """Compute Σₖ (nₖ / n)·estimate(rows of class k)."""
    return sum(np.mean(y == k) * estimate(X[y == k]) for k in np.unique(y))


def on_scaled_columns(estimate):
    """Return an estimate from columns scaled to unit deviation, in the units of X."""

    def scaled(X):
        scaler = StandardScaler().fit(X)
        shrunk = estimate(scaler.transform(X))
        return shrunk * np.outer(scaler.scale_, scaler.scale_)

    return scaled


def biased(X):
    return np.cov(X.T, bias=True)


def towards(target, s):
    return lambda X: (1 - s) * biased(X) + s * target(biased(X))


def identity(C):
    return np.trace(C) / len(C) * np.eye(len(C))


def diagonal(C):
    return np.diag(np.diag(C))


CASES = {
    ("auto", None): on_scaled_columns(lambda X: covariance.ledoit_wolf(X)[0]),
    ("auto", "diagonal"): on_scaled_columns(lambda X: covariance.ledoit_wolf(X)[0]),
    ("auto", "identity"): lambda X: covariance.ledoit_wolf(X)[0],
    ("oas", None): on_scaled_columns(lambda X: covariance.oas(X)[0]),
    ("oas", "diagonal"): on_scaled_columns(lambda X: covariance.oas(X)[0]),
    ("oas", "identity"): lambda X: covariance.oas(X)[0],
    (0.3, None): towards(identity, 0.3),
    (0.3, "identity"): towards(identity, 0.3),
    (0.3, "diagonal"): towards(diagonal, 0.3),
    (1.0, "diagonal"): towards(diagonal, 1.0),
}


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("shrinkage", "target"), CASES, ids=str)
def test_covariances_are_shrunk_in_every_class(
    shrinkage, target, name, convert, monkeypatch
):
    part = "skmlp.discriminant_analysis.shrinkage"
    monkeypatch.setattr(
        f"{part}._COPIED_ELEMENTS", 300
    )  # a few rows in each copied block
    X, y = SETS[name]
    expected = pooled(X, y, CASES[shrinkage, target])
    lda = LinearDiscriminantAnalysis(
        store_covariance=True, shrinkage=shrinkage, shrinkage_target=target
    ).fit(convert(X), y)
    atol = 1e-9 * np.abs(expected).max()
    assert_allclose(lda.covariance_, expected, rtol=1e-9, atol=atol)


@pytest.mark.parametrize("shrinkage", ["auto", "oas", 0.3])
@pytest.mark.parametrize("target", ["identity", "diagonal"])
def test_integer_weights_shrink_as_repetitions_do(shrinkage, target):
    X, y = SETS["wine"]
    repeats = np.random.default_rng(0).integers(0, 4, len(y))
    weighted, repeated = (
        LinearDiscriminantAnalysis(
            "lsqr", shrinkage=shrinkage, shrinkage_target=target, ddof=1
        )
        for _ in range(2)
    )
    weighted.fit(X, y, sample_weight=repeats)
    repeated.fit(X.repeat(repeats, axis=0), y.repeat(repeats))
    assert_allclose(weighted.covariance_, repeated.covariance_, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("ddof", [0, 1, 0.5])
def test_ddof_is_taken_from_every_class(ddof):
    X, y = SETS["wine"]
    lda = LinearDiscriminantAnalysis("lsqr", ddof=ddof).fit(X, y)
    scatter = sum(biased(X[y == k]) * np.sum(y == k) for k in range(3))
    assert_allclose(lda.covariance_, scatter / (len(y) - 3 * ddof), rtol=1e-10)
    # With ddof=1 the covariance is the unbiased estimate.
    counts = np.bincount(y)
    unbiased = sum((n - 1) * np.cov(X[y == k].T) for k, n in enumerate(counts)) / 175
    assert_allclose(lda.covariance_ * (178 - 3 * ddof) / 175, unbiased, rtol=1e-10)


def test_an_estimator_that_takes_weights_is_given_them():
    class Weighted(covariance.EmpiricalCovariance):
        def fit(self, X, y=None, sample_weight=None):
            self.covariance_ = np.cov(X.T, aweights=sample_weight, bias=True)
            return self

    X, y = SETS["wine"]
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    plain = LinearDiscriminantAnalysis("lsqr").fit(X, y, weights)
    ours = LinearDiscriminantAnalysis("lsqr", covariance_estimator=Weighted())
    assert_allclose(ours.fit(X, y, weights).covariance_, plain.covariance_, rtol=1e-9)


def test_shrinkage_gives_rows_fewer_than_columns_all_directions():
    X, y = datasets.make_classification(30, 60, n_informative=5, random_state=0)
    lda = LinearDiscriminantAnalysis(shrinkage="auto").fit(X, y)  # warnings are errors
    far = X + 1e3 * np.random.default_rng(0).standard_normal(X.shape)
    assert lda.mahalanobis(far).min() > lda.mahalanobis(X).max()


def test_a_class_without_weight_does_not_change_the_shrinkage():
    X, y = SETS["wine"]
    weights = (y < 2).astype(float)
    moved = X.copy()
    moved[y == 2] *= 1e90  # squares of squares overflow
    lda = LinearDiscriminantAnalysis("lsqr", "auto", store_covariance=True)
    expected = lda.fit(X, y, weights).covariance_
    assert_allclose(lda.fit(moved, y, weights).covariance_, expected, rtol=1e-12)
