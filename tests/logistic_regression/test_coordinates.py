"""LogisticRegression on columns in any unit, and on columns far from zero."""

import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from logistic_settings import SMOOTH
from raw_data import RAW
from sklearn.datasets import load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression


@pytest.mark.parametrize("l1_ratio", [1, 0.5])
@pytest.mark.parametrize("power", [-150, 20, 150])
def test_an_l1_fit_to_a_hugely_scaled_column_is_the_limit_of_large_scales(
    power, l1_ratio
):
    X, y = load_iris(return_X_y=True)
    y = (y == 1).astype(int)
    settings = {"solver": "saga", "l1_ratio": l1_ratio}
    ours = LogisticRegression(**settings).fit(X * [10.0**power, 1, 1, 1], y)
    assert ours.converged_
    if power < 0:  # the penalty keeps the coefficient at zero
        theirs = LogisticRegression(tol=1e-9, **settings).fit(X[:, 1:], y)
        assert ours.coef_[0, 0] == 0
        np.testing.assert_allclose(ours.coef_[:, 1:], theirs.coef_, atol=1e-2)
        return
    # The column is in effect unpenalised. scikit-learn's saga cannot solve this, so a
    # generic optimiser does.
    signs = np.where(y == 1, 1, -1)

    def cost(theta):
        parts, w = theta[5:].reshape(2, 3), theta[2:5]
        scores = X[:, 0] * theta[0] + X[:, 1:] @ w + theta[1]
        ridge = (1 - l1_ratio) / 2 * (w @ w)
        return np.logaddexp(0, -signs * scores).sum() + l1_ratio * parts.sum() + ridge

    halves = [{"type": "eq", "fun": lambda t: t[2:5] - t[5:8] + t[8:11]}]
    bounds = [(None, None)] * 5 + [(0, None)] * 6
    theirs = scipy.optimize.minimize(
        cost, np.zeros(11), bounds=bounds, constraints=halves, options={"ftol": 1e-12}
    )
    coef = ours.coef_[0] * [10.0**power, 1, 1, 1]
    ours_there = [coef[0], ours.intercept_[0], *coef[1:]]
    ours_there += [*np.maximum(coef[1:], 0), *np.maximum(-coef[1:], 0)]
    assert cost(np.array(ours_there)) <= theirs.fun + 1e-4
    np.testing.assert_allclose(coef[1:], theirs.x[2:5], atol=1e-2)


@pytest.mark.parametrize("solver", SMOOTH)
@pytest.mark.parametrize("data", ["iris", "wine", "breast_cancer"])
def test_units_of_the_columns_change_no_prediction_without_a_penalty(data, solver):
    X, y = RAW[data](return_X_y=True)
    X, y = X[:, :3], (y == 1).astype(int)
    settings = {"solver": solver, "C": np.inf, "tol": 1e-10}
    plain = LogisticRegression(**settings).fit(X, y)
    units = 10.0 ** np.array([6, -6, 0])
    scaled = LogisticRegression(**settings).fit(X * units, y)
    np.testing.assert_allclose(scaled.coef_ * units, plain.coef_, rtol=1e-4)


@pytest.mark.parametrize("power", [-150, -100, 100, 150, 160])
@pytest.mark.parametrize("solver", SMOOTH)
def test_logistic_regression_on_hugely_scaled_columns_is_not_all_zero(solver, power):
    X, y = load_iris(return_X_y=True)
    y = (y == 1).astype(int)
    settings = {"solver": solver, "C": np.inf, "tol": 1e-8}
    plain = LogisticRegression(**settings).fit(X, y)
    units = np.array([10.0**power, 1, 1, 10.0**-power])
    scaled = LogisticRegression(**settings).fit(X * units, y)
    np.testing.assert_allclose(scaled.coef_ * units, plain.coef_, rtol=1e-3)
    np.testing.assert_allclose(
        scaled.predict_proba(X * units), plain.predict_proba(X), atol=1e-5
    )


@pytest.mark.parametrize("power", [-150, -20, -3, 150])
@pytest.mark.parametrize("solver", SMOOTH)
def test_with_a_penalty_a_tiny_column_is_out_of_use_and_a_huge_one_is_free(
    solver, power
):
    X, y = load_wine(return_X_y=True)
    extra = np.random.default_rng(0).normal(size=(len(y), 1))
    ours = LogisticRegression(solver=solver).fit(np.hstack([X, extra * 10.0**power]), y)
    assert ours.converged_
    best = LogisticRegression(solver=solver, tol=1e-8)
    if power > 0:  # every large enough scale gives this objective
        least = best.fit(np.hstack([X, extra * 1e8]), y).loss_curve_[-1]
    else:
        least = best.fit(X, y).loss_curve_[-1]
    assert ours.loss_curve_[-1] == pytest.approx(least, rel=1e-4)


def test_a_common_offset_of_a_million_costs_no_convergence():
    X, y = load_wine(return_X_y=True)
    plain = LogisticRegression(tol=1e-6).fit(X, y)
    moved = LogisticRegression(tol=1e-6).fit(X + 1e6, y)
    np.testing.assert_allclose(moved.coef_, plain.coef_, atol=1e-3)


FAR = {solver: {"solver": solver} for solver in SMOOTH} | {
    "l1": {"solver": "saga", "l1_ratio": 1},
    "bounds": {"lower_bounds": -0.1, "upper_bounds": 0.1},
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda t: t.__name__)
@pytest.mark.parametrize("case", FAR)
def test_columns_far_from_zero_are_measured_from_their_values(case, dtype, rng):
    X, y = load_wine(return_X_y=True)
    far = 1e9 if dtype == np.float64 else 2.0**14
    # Multiples of 1/256 are exact at this distance from zero.
    extra = np.round(rng.normal(size=len(y)) * 256 + 128 * y) / 256
    nothing = np.zeros((len(y), 2))
    near = np.column_stack([X, extra, nothing]).astype(dtype)
    away = near + np.array([0] * 13 + [far, far, -far], dtype=dtype)
    settings = {"tol": 1e-6, "max_iter": 1000, **FAR[case]}
    plain = LogisticRegression(**settings).fit(near, y)
    moved = LogisticRegression(**settings).fit(away, y)
    assert moved.converged_
    assert moved.loss_curve_[-1] == pytest.approx(plain.loss_curve_[-1], rel=1e-5)
    assert np.abs(plain.coef_[:, 13]).max() > 0.05  # the column has an effect
    np.testing.assert_allclose(moved.coef_, plain.coef_, atol=1e-3)
    if dtype == np.float64:  # in float32 the intercept has larger rounding errors
        again = LogisticRegression(warm_start=True, **settings).fit(away, y)
        assert again.fit(away, y).n_iter_[0] <= 2


def test_no_warning_hides_where_columns_are_constant_or_repeated():
    X, y = load_iris(return_X_y=True)
    X = np.hstack([X, X[:, :1], np.full((len(X), 1), 7.0), np.zeros((len(X), 1))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for solver in SMOOTH:
            ours = LogisticRegression(solver=solver, tol=1e-8).fit(X, y)
            np.testing.assert_allclose(ours.coef_[:, 0], ours.coef_[:, 4], atol=1e-6)
            np.testing.assert_allclose(ours.coef_[:, 5:], 0, atol=1e-6)


@pytest.mark.parametrize("solver", SMOOTH)
@pytest.mark.parametrize(("dtype", "size"), [("f4", 1e-41), ("f8", 1e-312)])
def test_a_column_of_subnormal_numbers_counts_as_zeros(solver, dtype, size, rng):
    X, y = load_iris(return_X_y=True)
    y = rng.permutation(y)  # not separated
    tiny = size * rng.normal(size=(len(y), 1))
    settings = {"solver": solver, "C": np.inf}
    ours = LogisticRegression(**settings).fit(np.hstack([X, tiny]).astype(dtype), y)
    theirs = LogisticRegression(**settings).fit(X.astype(dtype), y)
    np.testing.assert_array_equal(ours.coef_[:, 4], 0)
    np.testing.assert_allclose(ours.coef_[:, :4], theirs.coef_, atol=1e-2)


@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("solver", SMOOTH)
@pytest.mark.parametrize(("dtype", "unit"), [("f4", 1.5e-38), ("f8", 3e-308)])
def test_a_best_coefficient_beyond_the_dtype_becomes_its_largest_number(
    dtype, unit, solver, layout
):
    # The best coefficient is log(2000)/unit. The second column adds nothing.
    X = np.array([[0, 0], [0, 0], [unit, 0], [unit, 0]], dtype=dtype)
    model = LogisticRegression(C=np.inf, solver=solver, tol=1e-6)
    words = "best coefficients of the columns 0 are beyond the range of float"
    with pytest.warns(ConvergenceWarning, match=words) as warned:
        model.fit(layout(X), [0, 1, 0, 1], [1, 1, 1, 2000])
    assert [each.category for each in warned] == [ConvergenceWarning]
    assert not model.converged_
    largest = np.finfo(dtype).max
    assert model.coef_.tolist() == [[largest, 0]]
    score = float(largest) * float(X[2, 0]) + model.intercept_[0]
    np.testing.assert_allclose(model.decision_function(X[2:3]), score, rtol=1e-5)


@pytest.mark.parametrize("l1_ratio", [0, 1])
@pytest.mark.parametrize("far", [3.0, 1e3, 1e6])
@pytest.mark.parametrize("solver", SMOOTH)
def test_sparse_columns_that_store_all_rows_may_be_far_from_zero(
    solver, far, l1_ratio, rng
):
    near = rng.normal(size=(60, 2)).round(3)
    y = near[:, 0] + rng.logistic(size=60) > 0
    solver = "saga" if l1_ratio else solver
    settings = {"solver": solver, "l1_ratio": l1_ratio, "tol": 1e-9}
    expected = LogisticRegression(**settings).fit(near, y)
    ours = LogisticRegression(**settings).fit(scipy.sparse.csr_array(near + far), y)
    assert ours.n_iter_[0] <= expected.n_iter_[0] + 2
    np.testing.assert_allclose(ours.coef_, expected.coef_, atol=1e-7)
    moved = ours.intercept_ + far * ours.coef_.sum()
    np.testing.assert_allclose(moved, expected.intercept_, atol=1e-6)
