"""Standard errors and likelihoods: against statsmodels, weights, penalties, offsets."""

import numpy as np
import pytest
import scipy.sparse
import sklearn.linear_model
import statsmodels.api as sm
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose
from statsmodels_fits import fit_quietly, logit, mnlogit

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.inference import LogisticInference, centred_fit

COVARIANCES = {
    "mle": ("nonrobust", False),
    "robust": ("HC0", False),
    "cluster": ("cluster", True),
}


def compare(ours, theirs):
    """Compare all numbers; statsmodels has the shape (n_terms, n_outputs)."""
    for mine, other in (
        (ours.coefficients, theirs.params),
        (ours.standard_errors, theirs.bse),
    ):
        assert_allclose(mine, np.transpose(other).reshape(mine.shape), rtol=1e-6)
    p_values = np.transpose(theirs.pvalues).reshape(ours.p_values.shape)
    assert_allclose(ours.p_values, p_values, rtol=1e-5, atol=1e-12)
    intervals = np.reshape(theirs.conf_int(), (-1, 2))
    assert_allclose(ours.confidence_intervals().reshape(-1, 2), intervals, rtol=1e-6)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-9)
    assert_allclose(ours.null_log_likelihood, theirs.llnull, rtol=1e-9)
    assert_allclose([ours.aic, ours.bic], [theirs.aic, theirs.bic], rtol=1e-9)
    assert_allclose(ours.pseudo_r2, theirs.prsquared, rtol=1e-8)


@pytest.mark.parametrize("cov", COVARIANCES)
@pytest.mark.parametrize("make", [binary, multinomial])
def test_errors_and_likelihoods_agree_with_statsmodels(make, cov, rng):
    X, y = make(rng)
    name, clustered = COVARIANCES[cov]
    settings, groups = {"cov_type": name}, None
    if clustered:
        groups = rng.integers(20, size=len(y))
        settings["cov_kwds"] = {"groups": groups}
    theirs = (logit if make is binary else mnlogit)(X, y, **settings)
    compare(infer(X, y, cov=cov, groups=groups), theirs)


@pytest.mark.parametrize("cov", ["mle", "robust"])
def test_weights_agree_with_the_frequency_weights_of_statsmodels(cov, rng):
    X, y = binary(rng)
    weight = rng.integers(1, 4, size=len(y))
    model = sm.GLM(
        y, sm.add_constant(X), family=sm.families.Binomial(), freq_weights=weight
    )
    theirs = fit_quietly(model, tol=1e-12, cov_type=COVARIANCES[cov][0])
    ours = infer(X, y, sample_weight=weight, cov=cov)
    assert_allclose(ours.coefficients[0], theirs.params, rtol=1e-6)
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-8)


@pytest.mark.parametrize("cov", ["mle", "robust"])
@pytest.mark.parametrize("C", [np.inf, 0.5])
@pytest.mark.parametrize("make", [binary, multinomial])
def test_a_weight_of_two_is_a_row_twice(make, C, cov, rng):
    X, y = make(rng)
    weight = rng.integers(1, 3, size=len(y))
    weighted = infer(X, y, sample_weight=weight, C=C, cov=cov)
    written = infer(np.repeat(X, weight, axis=0), np.repeat(y, weight), C=C, cov=cov)
    assert_allclose(weighted.covariance, written.covariance, rtol=1e-7, atol=1e-12)
    assert_allclose(weighted.bic, written.bic, rtol=1e-10)


def test_errors_of_a_ridge_fit_are_its_spread_over_repeated_samples():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 2))
    p = 1 / (1 + np.exp(-(X @ [1.0, -0.5])))
    estimates, errors = [], []
    for _ in range(200):
        y = (rng.uniform(size=200) < p).astype(int)
        ours = infer(X, y, C=0.5)
        estimates.append(ours.coefficients[0])
        errors.append(ours.standard_errors[0])
    assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.15)
    assert "shrinks the coefficients" in str(ours)


def test_the_effective_number_of_a_ridge_fit_goes_from_intercepts_to_all(rng):
    X, y = multinomial(rng)
    df = [infer(X, y, C=C).degrees_of_freedom for C in (1e-9, 0.01, 1.0, 1e9)]
    assert_allclose([df[0], df[-1]], [2, 6], rtol=1e-4)
    assert df == sorted(df)


@pytest.mark.parametrize("make", [binary, multinomial])
def test_sparse_rows_and_any_reference_give_the_same_inference(make, rng):
    X, y = make(rng)
    dense, sparse = infer(X, y), infer(scipy.sparse.csr_array(X), y)
    assert_allclose(sparse.covariance, dense.covariance, rtol=1e-6)
    assert_allclose(sparse.term_deviations[1:], X.std(axis=0), rtol=1e-9)
    assert_allclose(dense.term_deviations[1:], X.std(axis=0), rtol=1e-9)
    if make is multinomial:
        other = infer(X, y, reference="top")
        assert list(other.outputs) == ["low", "middle"]
        assert_allclose(other.coefficients[0], -dense.coefficients[1], rtol=1e-6)
        assert_allclose(other.standard_errors[0], dense.standard_errors[1], rtol=1e-6)
        assert_allclose(other.bic, dense.bic, rtol=1e-10)


def test_an_offset_is_a_feature_whose_coefficient_is_one(rng):
    X, y = binary(rng)
    exposure = rng.normal(size=len(y))
    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y, offset=exposure)
    ours = LogisticInference.from_estimator(fitted, X, y, offset=exposure)
    model = sm.GLM(
        y, sm.add_constant(X), family=sm.families.Binomial(), offset=exposure
    )
    theirs = fit_quietly(model, tol=1e-12)
    assert_allclose(ours.coefficients[0], theirs.params, rtol=1e-6)
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert_allclose(ours.null_log_likelihood, theirs.llnull, rtol=1e-8)


def test_without_an_intercept_all_terms_are_features(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8).fit(X, y)
    ours = LogisticInference.from_estimator(fitted, X, y)
    theirs = fit_quietly(sm.Logit(y, X), method="newton")
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert ours.terms == ["x0", "x1", "x2"]
    assert_allclose(ours.null_log_likelihood, len(y) * np.log(0.5))
    everything = ours.likelihood_ratio_test([0, 1, 2])
    expected = 2 * (ours.log_likelihood - len(y) * np.log(0.5))
    assert_allclose(everything.statistic, expected, rtol=1e-9)


def test_estimators_of_scikit_learn_and_a_chosen_C_are_taken_too(rng):
    X, y = binary(rng)
    theirs = sklearn.linear_model.LogisticRegression(C=0.5, tol=1e-8).fit(X, y)
    ours = LogisticRegression(C=0.5, tol=1e-8).fit(X, y)
    a, b = (LogisticInference.from_estimator(each, X, y) for each in (theirs, ours))
    assert_allclose(a.covariance, b.covariance, rtol=1e-8)
    chosen = LogisticRegressionCV(
        Cs=[0.5], l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ).fit(X, y)
    c = LogisticInference.from_estimator(chosen, X, y)
    assert_allclose(c.covariance, b.covariance, rtol=1e-8)
    liblinear = LogisticRegression(C=0.5, solver="liblinear", tol=1e-10).fit(X, y)
    penalised = LogisticInference.from_estimator(liblinear, X, y)
    assert penalised.degrees_of_freedom < b.degrees_of_freedom


def test_class_weights_of_the_fit_count(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 2}).fit(X, y)
    ours = LogisticInference.from_estimator(fitted, X, y)
    assert_allclose(ours.covariance, infer(X, y, 1 + y).covariance, rtol=1e-6)


def test_a_constant_column_under_a_penalty_has_no_error(rng):
    X, y = binary(rng)
    ours = infer(np.column_stack([X, np.full(len(y), 3.0)]), y, C=1.0)
    without = infer(X, y, C=1.0)
    assert_allclose(ours.coefficients[0, -1], 0, atol=1e-12)
    assert_allclose(ours.standard_errors[0, -1] ** 2, 0, atol=1e-10)
    errors = without.standard_errors[0]
    assert_allclose(ours.standard_errors[0, :-1], errors, rtol=1e-6)
    assert len(str(ours).splitlines()) > 10  # warnings are errors


@pytest.mark.parametrize("cov", COVARIANCES)
@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("make", [binary, multinomial])
@pytest.mark.parametrize("origin", [3e3, 1e7, -1e9])
def test_columns_far_from_zero_have_the_errors_of_centred_columns(
    origin, make, container, cov, rng
):
    X, y = make(rng)
    X = np.round(X, 3) + np.eye(X.shape[1])[0] * origin
    name, clustered = COVARIANCES[cov]
    settings, groups = {"cov_type": name}, None
    if clustered:
        groups = rng.integers(20, size=len(y))
        settings["cov_kwds"] = {"groups": groups}
    centred = X - np.eye(X.shape[1])[0] * origin
    theirs = (logit if make is binary else mnlogit)(centred, y, **settings)
    ours = infer(container(X), y, cov=cov, groups=groups)
    slopes = np.reshape(theirs.params, (X.shape[1] + 1, -1))[1:].T
    assert_allclose(ours.coefficients[:, 1:], slopes, rtol=1e-6)
    errors = np.reshape(theirs.bse, (X.shape[1] + 1, -1)).T
    assert_allclose(ours.standard_errors[:, 1:], errors[:, 1:], rtol=1e-6)
    # The intercept is that of the centred columns minus origin·slope.
    change = np.eye(X.shape[1] + 1)
    change[0, 1] = -origin
    change = np.kron(np.eye(len(slopes)), change)
    expected = change @ np.asarray(theirs.cov_params()) @ change.T
    assert_allclose(ours.covariance, expected, rtol=1e-5, atol=1e-6)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-8)
    margins = theirs.get_margeff()
    effects = ours.marginal_effects(dummy=True)
    assert_allclose(effects.effects.T.squeeze(), margins.margeff, rtol=1e-5, atol=1e-9)
    assert_allclose(effects.standard_errors.T.squeeze(), margins.margeff_se, rtol=1e-5)


def test_tests_and_profiles_of_columns_far_from_zero_are_those_of_centred_columns(rng):
    X, y = binary(rng, n_features=2)
    origin = np.array([2.0**23, 0])
    far, near = infer(np.round(X, 3) + origin, y), infer(np.round(X, 3), y)
    for features in ([0], [1], [0, 1]):
        for test in ("wald_test", "likelihood_ratio_test"):
            a, b = (getattr(each, test)(features).statistic for each in (far, near))
            assert_allclose(a, b, rtol=1e-6)
    profile = far.confidence_intervals(method="profile")
    slopes = near.confidence_intervals(method="profile")[0, 1:]
    assert_allclose(profile[0, 1:], slopes, rtol=1e-6)
    # At a limit of the intercept the largest likelihood is lower by half the quantile.
    columns = (np.round(X, 3) + origin) / [origin[0], 1]
    for limit in profile[0, 0]:
        offset = np.full(len(y), limit)
        model = sm.GLM(y, columns, family=sm.families.Binomial(), offset=offset)
        start = np.array([-limit, far.coefficients[0, 2]])
        best = fit_quietly(model, start_params=start, tol=1e-12).llf
        assert_allclose(far.log_likelihood - best, 3.841459 / 2, rtol=1e-4)


@pytest.mark.parametrize("make", [binary, multinomial])
def test_profiles_are_those_of_columns_without_origins(make, rng, monkeypatch):
    X, y = make(rng)
    X = X / X.std(axis=0) + [900.0, -1300, 0][: X.shape[1]]
    profile = infer(X, y).confidence_intervals(method="profile")
    monkeypatch.setattr(centred_fit, "_FAR", np.inf)
    expected = infer(X, y).confidence_intervals(method="profile")
    assert_allclose(profile, expected, rtol=1e-5)


def test_a_column_too_far_from_zero_for_the_intercept_is_named(rng):
    X, y = binary(rng)
    X[:, 1] += 2.0**50
    with pytest.raises(ValueError, match=r"column x1 is so far .* mean of x1"):
        infer(X, y)
