"""Columns of any scale, priors of zero, and classes without weight."""

import numpy as np
import pytest
import scipy.sparse
from discriminant_data import DEGENERATE, SOLVERS, assert_close
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import covariance, datasets, discriminant_analysis
from versions import LIKE_THEIR_SVD

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import CollinearityWarning, lda_summary

IRIS, Y = datasets.load_iris(return_X_y=True)
WHOLE = np.rint(10 * IRIS)  # exact in float32, also times a power of two
VARIANTS = {
    "plain": {},
    "number": {"shrinkage": 0.3, "shrinkage_target": "diagonal"},
    "auto": {"shrinkage": "auto"},
    "oas": {"shrinkage": "oas"},
    "priors": {"priors": [0.2, 0.3, 0.5], "ddof": 1, "store_covariance": True},
}
over_variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
over_solvers = pytest.mark.parametrize("solver", SOLVERS)
SCALES = [
    ("f4", -149),  # subnormal
    ("f4", -135),
    ("f4", -70),  # variances underflow
    ("f4", 70),  # variances overflow
    ("f4", 118),
    ("f8", -500),
    ("f8", 500),
]
over_scales = pytest.mark.parametrize(("dtype", "exponent"), SCALES)


def scaled(dtype, exponent, columns):
    X = WHOLE.copy()
    X[:, columns] = np.ldexp(X[:, columns], exponent)
    return X.astype(dtype)


def float_arrays(estimator):
    return {
        name: value
        for name, value in vars(estimator).items()
        if isinstance(value, np.ndarray) and value.dtype.kind == "f"
    }


def assert_finite(estimator, X):
    for name, array in float_arrays(estimator).items():
        assert np.all(np.isfinite(array)), name
    for method in ("decision_function", "predict_log_proba", "mahalanobis"):
        assert np.all(np.isfinite(getattr(estimator, method)(X))), method
    assert_allclose(estimator.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("columns", [[2], [0, 1, 2, 3]], ids=["one", "all"])
@over_scales
@over_variants
@over_solvers
def test_the_scale_of_columns_does_not_change_predictions(
    solver, variant, dtype, exponent, columns
):
    X = scaled(dtype, exponent, columns)
    lda = LinearDiscriminantAnalysis(solver, **variant).fit(X, Y)
    assert_finite(lda, X)
    expected = LinearDiscriminantAnalysis(solver, **variant).fit(WHOLE, Y)
    tolerance = 1e-4 if dtype == "f4" else 1e-9
    assert_allclose(lda.predict_proba(X), expected.predict_proba(WHOLE), atol=tolerance)


@over_scales
@pytest.mark.parametrize("way", ["partial_fit", "sparse", "merge", "other priors"])
def test_other_ways_to_fit_and_predict_do_not_depend_on_the_scale_either(
    way, dtype, exponent
):
    X, other = scaled(dtype, exponent, [2]), None
    lda = LinearDiscriminantAnalysis(**LIKE_THEIR_SVD)
    if way == "partial_fit":
        lda.partial_fit(X[::2], Y[::2], classes=[0, 1, 2]).partial_fit(X[1::2], Y[1::2])
    elif way == "merge":
        other = LinearDiscriminantAnalysis(**LIKE_THEIR_SVD).fit(X[1::2], Y[1::2])
        lda.fit(X[::2], Y[::2]).merge(other)
    else:
        lda.fit(scipy.sparse.csr_array(X) if way == "sparse" else X, Y)
    priors = [0.1, 0.1, 0.8] if way == "other priors" else None
    assert_finite(lda, X)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis(priors=priors)
    assert_allclose(
        lda.predict_proba(X, priors=priors),
        theirs.fit(WHOLE, Y).predict_proba(WHOLE),
        atol=1e-4 if dtype == "f4" else 1e-7,
    )


@over_scales
def test_leave_one_out_does_not_depend_on_the_scale(dtype, exponent):
    X = scaled(dtype, exponent, [2])
    ours = LinearDiscriminantAnalysis().loo_predict_proba(X, Y)
    expected = LinearDiscriminantAnalysis().loo_predict_proba(WHOLE, Y)
    assert_allclose(ours, expected, atol=1e-5)


@DEGENERATE
@over_scales
def test_fewer_rows_than_columns_do_not_depend_on_the_scale(dtype, exponent):
    X, y = np.rint(100 * np.random.default_rng(0).normal(size=(12, 20))), Y[::13]
    expected = LinearDiscriminantAnalysis().fit(X, y)
    tiny = X.copy()
    tiny[:, 2] = np.ldexp(tiny[:, 2], exponent)
    tiny = tiny.astype(dtype)
    ours = LinearDiscriminantAnalysis().fit(tiny, y)
    assert_finite(ours, tiny)
    assert_allclose(ours.predict_proba(tiny), expected.predict_proba(X), atol=1e-4)


@pytest.mark.parametrize("rule", ["auto", "oas"])
@pytest.mark.parametrize("exponent", [-500, -300, 300, 500])
def test_the_chosen_shrinkage_does_not_depend_on_the_scale(rule, exponent):
    def fit(X):
        lda = LinearDiscriminantAnalysis(
            "lsqr", shrinkage=rule, shrinkage_target="identity"
        )
        return lda.fit(X, Y)

    ours = fit(np.ldexp(WHOLE, exponent)).covariance_
    assert_close(np.ldexp(ours, -2 * exponent), fit(WHOLE).covariance_)


@pytest.mark.parametrize("exponent", [-540, -1040])
@pytest.mark.parametrize("variant", [{}, VARIANTS["priors"]], ids=["plain", "priors"])
@over_solvers
def test_a_column_whose_squares_underflow_is_left_out_with_a_warning_that_says_so(
    solver, variant, exponent
):
    X = scaled("f8", exponent, [2])
    lda = LinearDiscriminantAnalysis(solver, **variant)
    with pytest.warns(CollinearityWarning, match="column 2 is too small.*underflow"):
        lda.fit(X, Y)
    assert_finite(lda, X)
    others = [0, 1, 3]
    expected = LinearDiscriminantAnalysis(solver, priors=lda.priors, ddof=lda.ddof)
    expected.fit(WHOLE[:, others], Y)
    assert_allclose(
        lda.predict_proba(X), expected.predict_proba(WHOLE[:, others]), atol=1e-9
    )


@pytest.mark.parametrize("exponent", [-70, 70])
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_covariance_is_float64_where_float32_has_no_such_numbers(solver, exponent):
    X = scaled("f4", exponent, [2])
    ours = LinearDiscriminantAnalysis(solver, store_covariance=True).fit(X, Y)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis(store_covariance=True)
    assert_close(ours.covariance_, theirs.fit(X.astype(float), Y).covariance_)
    assert ours.covariance_.dtype == np.float64
    assert ours.coef_.dtype == np.float32


def test_variances_that_overflow_with_their_divisor_are_an_error():
    X = WHOLE * 1e150
    with pytest.raises(ValueError, match="squares overflow; rescale"):
        LinearDiscriminantAnalysis(ddof=49.9999999).fit(X, Y)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("priors", [[0, 0.5, 0.5], [0.3, 0, 0.7], [0, 0, 1], [0, 1]])
@over_solvers
def test_a_prior_of_zero_is_finite_and_its_class_never_predicted(solver, priors, dtype):
    rows = len(priors) > Y
    X, y = IRIS[rows].astype(dtype), Y[rows]
    ours = LinearDiscriminantAnalysis(solver, priors=priors, **LIKE_THEIR_SVD)
    ours.fit(X, y)
    assert_finite(ours, X)
    with np.errstate(all="ignore"):
        # scikit-learn's other solvers pool the covariances by the priors.
        theirs = discriminant_analysis.LinearDiscriminantAnalysis(priors=priors)
        theirs.fit(X, y)
    tolerance = 1e-3 if dtype == "f4" else 1e-7
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=tolerance)
    far = np.vstack([X, 1e30 * X, -1e30 * X, 1e30 * (X[::-1] - X)])
    allowed = np.flatnonzero(priors)
    assert set(ours.predict(far)) <= set(allowed)
    assert np.all(ours.predict_proba(far)[:, np.equal(priors, 0)] < 1e-37)
    later = LinearDiscriminantAnalysis(solver).fit(X, y)
    assert set(later.predict(far, priors=priors)) <= set(allowed)
    assert np.all(np.isfinite(later.predict_log_proba(far, priors=priors)))


@pytest.mark.parametrize(
    ("priors", "error", "message"),
    [
        (["a", 1, 1], ValueError, "priors must be finite numbers"),
        ([1j, 1, 1], TypeError, "priors must be finite numbers: they are complex"),
        ([10**400, 1, 1], ValueError, "priors must be finite numbers.*too large"),
        ([None, 1, 1], ValueError, "priors must be finite"),
    ],
)
def test_priors_that_are_no_numbers_are_refused_by_name(priors, error, message):
    lda = LinearDiscriminantAnalysis().fit(IRIS, Y)
    for call in (lda.set_params(priors=priors).fit, None):
        with pytest.raises(error, match=message):
            call(IRIS, Y) if call else lda.predict(IRIS, priors=priors)


@pytest.mark.parametrize("priors", [[1e308, 1e308, 1e308], [5e-324] * 3, [10**30] * 3])
def test_priors_of_any_scale_are_renormalised(priors):
    lda = LinearDiscriminantAnalysis(priors=priors)
    with pytest.warns(UserWarning, match="Renormalizing"):
        lda.fit(IRIS, Y)
    assert_allclose(lda.priors_, 1 / 3)


KEPT_VARIANTS = {
    **VARIANTS,
    "estimator": {"covariance_estimator": covariance.OAS()},
    "stored": {"store_covariance": True, "store_loo": True},
}


@pytest.mark.parametrize("empty", [0, 1, 2])
@pytest.mark.parametrize("variant", KEPT_VARIANTS.values(), ids=KEPT_VARIANTS)
@over_solvers
def test_a_class_without_weight_is_kept_and_never_predicted(solver, variant, empty):
    kept = empty != Y
    lda = LinearDiscriminantAnalysis(solver, **variant)
    lda.fit(IRIS, Y, sample_weight=kept)
    assert_array_equal(lda.classes_, [0, 1, 2])
    assert_finite_but_distances(lda, IRIS)
    without = np.delete([0, 1, 2], empty)
    smaller = {**variant}
    if "priors" in smaller:
        smaller["priors"] = np.delete(smaller["priors"], empty)
        smaller["priors"] /= smaller["priors"].sum()
    expected = LinearDiscriminantAnalysis(solver, **smaller).fit(IRIS[kept], Y[kept])
    probabilities = lda.predict_proba(IRIS)
    assert np.all(probabilities[:, empty] < 1e-300)
    assert_allclose(probabilities[:, without], expected.predict_proba(IRIS), atol=1e-9)
    assert_array_equal(lda.predict(IRIS), expected.predict(IRIS))
    if solver != "lsqr":
        assert_allclose(lda.transform(IRIS), expected.transform(IRIS), atol=1e-7)
    if lda.store_loo:
        assert lda.loo_score_ == expected.loo_score_


def assert_finite_but_distances(lda, X):
    for name, array in float_arrays(lda).items():
        assert np.all(np.isfinite(array)), name
    for method in ("decision_function", "predict_log_proba"):
        assert np.all(np.isfinite(getattr(lda, method)(X))), method


@DEGENERATE
def test_a_class_without_weight_is_kept_with_fewer_rows_than_columns():
    X = np.random.default_rng(0).normal(size=(15, 20))
    y = np.arange(15) % 3
    for rows in (X, scipy.sparse.csr_array(X)):
        lda = LinearDiscriminantAnalysis().fit(rows, y, sample_weight=y > 0)
        expected = LinearDiscriminantAnalysis().fit(X[y > 0], y[y > 0])
        assert_array_equal(lda.classes_, [0, 1, 2])
        assert_allclose(
            lda.predict_proba(X)[:, 1:], expected.predict_proba(X), atol=1e-9
        )


def test_leave_one_out_knows_a_class_without_weight():
    kept = Y > 0
    lda = LinearDiscriminantAnalysis()
    ours = lda.loo_predict_proba(IRIS, Y, sample_weight=kept)
    expected = lda.loo_predict_proba(IRIS[kept], Y[kept])
    assert ours.shape == (150, 3)
    assert np.all(ours[kept, 0] < 1e-300)
    assert_allclose(ours[kept, 1:], expected, atol=1e-9)


def test_the_summary_leaves_out_a_class_without_weight():
    kept = (Y > 0).astype(float)
    lda = LinearDiscriminantAnalysis().fit(IRIS, Y, sample_weight=kept)
    ours = lda_summary(lda, IRIS, Y, kept)
    small = LinearDiscriminantAnalysis().fit(IRIS[Y > 0], Y[Y > 0])
    theirs = lda_summary(small, IRIS[Y > 0], Y[Y > 0])
    assert ours.sentences == theirs.sentences
    assert_allclose(ours.f_values, theirs.f_values)
    assert_allclose(ours.box_m.p_value, theirs.box_m.p_value)
    assert [t.name for t in ours.normality] == [t.name for t in theirs.normality]
    assert np.all(np.isnan(ours.means[0]))
    assert str(ours).count("–") == 4  # the means of the class without rows


@DEGENERATE
def test_a_row_with_nearly_all_the_weight_is_left_out_like_any_other():
    X, y, weights = IRIS[::5], Y[::5], np.ones(30)
    weights[0] = 1e200
    ours = LinearDiscriminantAnalysis().loo_predict_proba(X, y, sample_weight=weights)
    expected = LinearDiscriminantAnalysis().fit(X[1:], y[1:]).predict_proba(X[:1])
    assert_allclose(ours[:1], expected, rtol=1e-6)


@pytest.mark.parametrize(("rows", "fits"), [([0], False), ([0, 1], True)])
@pytest.mark.parametrize("solver", SOLVERS)
@DEGENERATE
def test_one_class_with_all_the_weight_fits_if_it_has_two_rows(solver, rows, fits):
    weights = np.zeros(150)
    weights[rows] = 1
    lda = LinearDiscriminantAnalysis(solver)
    if not fits:
        with pytest.raises(ValueError, match="Only 1 of the rows have a weight above"):
            lda.fit(IRIS, Y, sample_weight=weights)
        lda.partial_fit(IRIS, Y, classes=[0, 1, 2], sample_weight=weights)
    else:
        lda.fit(IRIS, Y, sample_weight=weights)
        with pytest.raises(ValueError, match="Only one class has rows of positive"):
            lda_summary(lda, IRIS, Y, weights)
    assert_finite_but_distances(lda, IRIS)
    assert_array_equal(lda.predict(IRIS), 0)
