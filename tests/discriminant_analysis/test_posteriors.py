"""Tests of posterior probabilities against Bayes' rule with 50 digits."""

import mpmath
import numpy as np
import pytest
from discriminant_data import DATASETS, SOLVERS
from numpy.testing import assert_allclose

from skmlp import LinearDiscriminantAnalysis

STATISTICS = "skmlp.discriminant_analysis.class_statistics"


def conditioned(condition, dtype, seed):
    """Draw rows of three classes; their covariance has about this condition number."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0] * np.geomspace(
        1, condition**-0.5, 5
    )
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 5)) + rng.standard_normal((3, 5))[y]
    return (X @ axes.T).astype(dtype), y


def log_posteriors_at_fifty_digits(X, y, priors, places):
    """Compute Bayes' rule for Gaussian classes with one covariance, by the formula."""
    with mpmath.workdps(50):
        points = [mpmath.matrix(x.tolist()) for x in X]
        zero = mpmath.zeros(X.shape[1], 1)
        means = [
            sum((points[i] for i in np.flatnonzero(y == k)), zero) / int(np.sum(y == k))
            for k in range(len(priors))
        ]
        scatter = mpmath.zeros(X.shape[1])
        for x, k in zip(points, y, strict=True):
            scatter += (x - means[k]) * (x - means[k]).T
        precision = (scatter / len(y)) ** -1
        found = []
        for i in places:
            residuals = [points[i] - mean for mean in means]
            densities = [
                prior * mpmath.exp(-(r.T * precision * r)[0] / 2)
                for prior, r in zip(priors, residuals, strict=True)
            ]
            found.append([float(mpmath.log(p / sum(densities))) for p in densities])
        return np.array(found)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("condition", [1, 1e3, 1e6])
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_posteriors_follow_bayes_rule_at_fifty_digits(
    dtype, tol, condition, solver, monkeypatch
):
    monkeypatch.setattr(f"{STATISTICS}._WORTH_FLOAT32", 0)  # try products in float32
    priors, places = [0.8, 0.15, 0.05], [0, 1, 2, 58]
    for seed in range(3):
        X, y = conditioned(condition, dtype, seed)
        lda = LinearDiscriminantAnalysis(solver, priors=priors).fit(X, y)
        ours = lda.predict_log_proba(X[places])
        expected = log_posteriors_at_fifty_digits(X, y, priors, places)
        assert_allclose(ours, expected, rtol=tol, atol=tol)
        assert ours.dtype == dtype


@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_posteriors_of_iris_are_those_at_fifty_digits(dtype, tol):
    X, y = DATASETS["iris"]
    X = X.astype(dtype)
    priors = [0.8, 0.15, 0.05]
    lda = LinearDiscriminantAnalysis(priors=priors).fit(X, y)
    expected = log_posteriors_at_fifty_digits(X, y, priors, [0, 70, 133])
    ours = lda.predict_log_proba(X[[0, 70, 133]])
    assert_allclose(ours, expected, rtol=tol, atol=1e-15)


@pytest.mark.parametrize("solver", SOLVERS)
def test_log_probabilities_are_finite_at_any_distance(solver):
    X, y = DATASETS["iris"]
    lda = LinearDiscriminantAnalysis(solver).fit(X, y)
    assert np.all(np.isfinite(lda.predict_log_proba(X * 1e6)))
