"""Sample weights of extreme size mean the same as moderate ones with another C."""

import copy
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.logistic_regression.penalty import SOLVERS

POWERS = {np.float64: [-900, -300, 300, 900], np.float32: [-90, -40, 40, 90]}
CASES = [(dtype, power) for dtype, powers in POWERS.items() for power in powers]
CV = {"cv": 2, "use_legacy_attributes": False, "l1_ratios": (0.0,)}
CV["scoring"] = "neg_log_loss"


@pytest.fixture
def rows(bundled, rng):
    X, y = bundled("iris")
    return X - X.mean(axis=0), y, rng.integers(1, 4, len(y)).astype(float)


@pytest.mark.parametrize(("dtype", "power"), CASES)
@pytest.mark.parametrize(
    ("solver", "l1_ratio"),
    [
        ("lbfgs", 0.0),
        ("newton-cholesky", 0.0),
        ("newton-cg", 0.0),
        ("saga", 0.0),
        ("saga", 0.5),
    ],
)
def test_weights_times_a_power_of_two_need_a_penalty_times_this_power(
    solver, l1_ratio, dtype, power, rows
):
    X, y, weights = rows
    X = X.astype(dtype)
    settings = {"solver": solver, "l1_ratio": l1_ratio, "max_iter": 2000}
    plain = LogisticRegression(**settings).fit(X, y, weights)
    model = LogisticRegression(C=2.0**-power, **settings)
    model.fit(X, y, weights * 2.0**power)
    np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(model.loss_curve_[-1], plain.loss_curve_[-1], rtol=1e-9)


@pytest.mark.parametrize("power", [-300, 300])
def test_cross_validation_takes_them_too(power, rows):
    X, y, weights = rows
    plain = LogisticRegressionCV(Cs=[0.1, 1], **CV)
    scaled = LogisticRegressionCV(Cs=[0.1 * 2.0**-power, 2.0**-power], **CV)
    plain.fit(X, y, weights)
    scaled.fit(X, y, weights * 2.0**power)
    np.testing.assert_allclose(scaled.coef_, plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(scaled.scores_, plain.scores_, rtol=1e-6)


@pytest.mark.parametrize("power", [-900, -300, 300, 900])
def test_firths_prior_weighs_as_one_row_whatever_the_weights(power, rows):
    X, y, weights = rows
    X, y = X[y < 2][:, :1], y[y < 2]
    model = LogisticRegression(C=np.inf, bias_reduction="firth", tol=1e-9)
    model.set_params(solver="newton-cholesky", max_iter=1000)
    weights = weights[: len(y)] * 2.0**power
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y, weights)
    expected = 0.5  # for tiny weights the prior alone counts
    if power > 0:  # it does not count any more
        plain = LogisticRegression(C=np.inf, tol=1e-9).fit(X, y, weights)
        expected = plain.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-5)
    assert np.isfinite([model.gradient_norm_, *model.loss_curve_]).all()


@pytest.mark.parametrize("estimator", [LogisticRegression, LogisticRegressionCV])
@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_the_entries_of_a_sparse_matrix_of_the_user_stay_in_their_order(
    solver, estimator, rows
):
    X, y, weights = rows
    X, y = X[y < 2], y[y < 2]
    order = np.tile([3, 1, 0, 2], len(X)).astype(np.int32)
    indptr = np.arange(0, X.size + 1, 4, dtype=np.int32)
    data = np.take_along_axis(X, order.reshape(X.shape), axis=1).ravel()
    unsorted = scipy.sparse.csr_array((data, order, indptr), shape=X.shape)
    given = copy.deepcopy(unsorted)
    settings = {"solver": solver, "max_iter": 1000}
    if estimator is LogisticRegressionCV:
        settings |= CV | {"Cs": 2}
    model = estimator(**settings).fit(unsorted, y, weights[: len(y)])
    np.testing.assert_array_equal(unsorted.data, given.data)
    np.testing.assert_array_equal(unsorted.indices, given.indices)
    dense = estimator(**settings).fit(X, y, weights[: len(y)])
    np.testing.assert_allclose(model.coef_, dense.coef_, rtol=1e-2)
