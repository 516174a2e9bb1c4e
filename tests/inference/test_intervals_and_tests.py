"""Intervals and tests of hypotheses: statsmodels, closed forms, repeated samples."""

import numpy as np
import pytest
import scipy.stats
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose
from statsmodels_fits import logit, mnlogit


@pytest.mark.parametrize("make", [binary, multinomial])
def test_tests_of_groups_agree_with_statsmodels(make, rng):
    X, y = make(rng)
    ours = infer(X, y)
    fit = logit if make is binary else mnlogit
    whole, part = fit(X, y), fit(X[:, 1:], y)
    result = ours.likelihood_ratio_test([0])
    assert_allclose(result.statistic, 2 * (whole.llf - part.llf), rtol=1e-6)
    assert result.df == len(ours.coefficients)
    assert_allclose(result.p_value, scipy.stats.chi2.sf(result.statistic, result.df))
    everything = ours.likelihood_ratio_test(range(X.shape[1]))
    assert_allclose(everything.statistic, whole.llr, rtol=1e-8)
    assert_allclose(everything.p_value, whole.llr_pvalue, rtol=1e-6)
    n_terms, K = ours.coefficients.shape[1], len(ours.coefficients)
    contrast = np.zeros((2 * K, K * n_terms))
    for row, (k, term) in enumerate((k, t) for k in range(K) for t in (1, 2)):
        contrast[row, k * n_terms + term] = 1
    theirs = contrast @ whole.params.ravel(order="F")
    among = contrast @ whole.cov_params() @ contrast.T
    statistic = theirs @ np.linalg.solve(among, theirs)
    assert_allclose(ours.wald_test(["x0", 1]).statistic, statistic, rtol=1e-6)


@pytest.mark.parametrize("C", [np.inf, 0.3])
@pytest.mark.parametrize("make", [binary, multinomial])
def test_at_a_profile_limit_the_best_others_lose_a_quantile(make, C, rng):
    X, y = make(rng, n_rows=60)
    ours = infer(X, y, C=C)
    limits = ours.confidence_intervals(0.9, method="profile")
    assert np.all(limits[..., 0] < ours.coefficients)
    assert np.all(limits[..., 1] > ours.coefficients)
    # With one coefficient fixed at its limit, the fit of all others loses the quantile
    # of χ²(1).
    K = len(ours.classes)
    output, term = 0, 1
    penalty = 0.0 if np.isinf(C) else 1 / C

    def objective(theta, fixed=None):
        gamma = theta.reshape(K - 1, -1).copy()
        if fixed is not None:
            gamma[output, term] = fixed
        scores = np.column_stack([np.ones(len(X)), X]) @ gamma.T
        scores = np.column_stack([np.zeros(len(X)), scores])
        labels = np.unique(y, return_inverse=True)[1]
        loss = (
            scipy.special.logsumexp(scores, axis=1) - scores[np.arange(len(y)), labels]
        )
        between_outputs = np.eye(K - 1) - (1 / K if K > 2 else 0)
        weights = gamma[:, 1:]
        return loss.sum() + 0.5 * penalty * np.sum(
            weights * (between_outputs @ weights)
        )

    whole = objective(ours.coefficients)
    for limit in limits[output, term]:
        found = scipy.optimize.minimize(
            objective, ours.coefficients.ravel(), args=(limit,), method="BFGS", tol=1e-9
        )
        loss = 2 * (found.fun - whole)
        assert_allclose(loss, scipy.stats.chi2.ppf(0.9, 1), rtol=1e-4)


def test_the_log_odds_ratio_of_a_table_has_its_closed_form():
    table = np.array([[12, 1], [7, 9]])
    X = np.repeat([0.0, 0.0, 1.0, 1.0], table.ravel())[:, np.newaxis]
    y = np.repeat([0, 1, 0, 1], table.ravel())
    ours = infer(X, y)
    odds = np.log(table[1, 1] * table[0, 0] / (table[0, 1] * table[1, 0]))
    error = np.sqrt((1 / table).sum())
    assert_allclose(ours.coefficients[0, 1], odds, rtol=1e-9)
    assert_allclose(ours.standard_errors[0, 1], error, rtol=1e-8)
    assert ours.terms == ["intercept", "x0"]
    assert_allclose(
        ours.odds_ratios()[0, 1],
        np.exp(odds + error * scipy.stats.norm.ppf([0.5, 0.025, 0.975])),
        rtol=1e-7,
    )


def test_intervals_keep_their_level_over_repeated_samples():
    rng = np.random.default_rng(1)
    X, hits = rng.normal(size=(300, 2)), {"wald": [], "profile": []}
    p = 1 / (1 + np.exp(-(X @ [1.0, 0.0])))
    for _ in range(150):
        y = (rng.uniform(size=300) < p).astype(int)
        ours = infer(X, y)
        for method, inside in hits.items():
            limits = ours.confidence_intervals(0.9, method)[0, 1:]
            inside.append((limits[:, 0] < [1, 0]) & (limits[:, 1] > [1, 0]))
    for inside in hits.values():
        # 300 intervals: three standard errors of a share of 0.9 are 0.05.
        assert abs(np.mean(inside) - 0.9) < 0.05
