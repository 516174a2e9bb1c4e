"""Bounds of the coefficients of LogisticRegression."""

import numpy as np
import pytest
import scipy.optimize
from raw_data import RAW

from skmlp import LogisticRegression


def log_loss_of(X, y, theta):
    """Sum of log losses Σ log(1 + e^∓score) in NumPy; theta ends with the intercept."""
    signs = np.where(y > 0, 1, -1)
    return np.logaddexp(0, -signs * (X @ theta[:-1] + theta[-1])).sum()


@pytest.mark.parametrize("solver", ["lbfgs", "sag", "saga"])
@pytest.mark.parametrize("l1_ratio", [0, 0.5])
def test_bounds_hold_and_the_rest_is_optimal(l1_ratio, solver, bundled):
    X, y = bundled("breast_cancer")
    X = X[:, :6]
    if l1_ratio and solver != "saga":
        pytest.skip("an l1 penalty needs saga")
    ours = LogisticRegression(
        solver=solver, l1_ratio=l1_ratio, lower_bounds=-1.0, upper_bounds=0.0, tol=1e-9
    ).fit(X, y)
    assert ours.coef_.min() >= -1
    assert ours.coef_.max() <= 0

    def cost(theta):
        w = theta[:-1]
        penalty = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) / 2 * w @ w
        return log_loss_of(X, y, theta) + penalty

    bounds = [(-1, 0)] * 6 + [(None, None)]
    theirs = scipy.optimize.minimize(
        cost, np.zeros(7), method="SLSQP", bounds=bounds, options={"ftol": 1e-14}
    )
    theta = np.append(ours.coef_[0], ours.intercept_)
    assert cost(theta) <= theirs.fun + 1e-6
    np.testing.assert_allclose(theta, theirs.x, atol=1e-3)


def test_bounds_may_differ_by_coefficient(bundled):
    X, y = bundled("wine")
    lower = np.full((3, 13), -np.inf)
    lower[1, 4] = 0.2
    ours = LogisticRegression(lower_bounds=lower).fit(X, y)
    assert ours.coef_[1, 4] == pytest.approx(0.2)
    free = LogisticRegression().fit(X, y)
    assert free.coef_[1, 4] < 0.2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "newton-cholesky", "lower_bounds": 0}, "use solver='lbfgs'"),
        ({"solver": "newton-cg", "upper_bounds": 0}, "use solver='lbfgs'"),
        ({"solver": "sgd", "upper_bounds": 0}, "use solver='lbfgs'"),
        ({"lower_bounds": 1, "upper_bounds": 0}, "above upper_bounds"),
        ({"lower_bounds": [0.0, 1.0]}, "does not fit that of coef_"),
        ({"lower_bounds": np.nan}, "NaN"),
        ({"lower_bounds": np.inf}, "lower_bounds holds inf"),
        ({"upper_bounds": [-np.inf] * 13}, "upper_bounds holds -inf"),
        ({"lower_bounds": ["a"] * 13}, "lower_bounds"),
        ({"bias_reduction": "firth"}, "C=np.inf"),
        ({"bias_reduction": "firth", "C": np.inf}, "solver='newton-cholesky'"),
        ({"bias_reduction": "jeffreys"}, "bias_reduction"),
    ],
    ids=str,
)
def test_what_cannot_be_solved_names_what_can(parameters, message, bundled):
    X, y = bundled("wine")
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**parameters).fit(X, y)


@pytest.mark.parametrize("solver", ["lbfgs", "sag", "saga", "liblinear"])
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_default_parameters_are_enough_under_bounds_on_raw_data(data, solver):
    X, y = RAW[data](return_X_y=True)
    y = y if solver != "liblinear" else y == 1
    ours = LogisticRegression(solver=solver, lower_bounds=-0.5, upper_bounds=0.1)
    ours.fit(X, y)  # a warning would be an error
    assert ours.converged_
    assert ours.coef_.min() == -0.5
    assert ours.coef_.max() == 0.1
    residuals = ours.predict_proba(X) - (y[:, None] == ours.classes_)
    slope = (residuals[:, -len(ours.coef_) :].T @ X + ours.coef_) / len(y)
    assert np.all(slope[ours.coef_ > -0.5] <= 1e-4)
    assert np.all(slope[ours.coef_ < 0.1] >= -1e-4)


@pytest.mark.parametrize(("C", "weight"), [(1.0, 1e-30), (1e-201, 1e-200)])
def test_bounds_may_be_huge_where_weights_are_tiny(C, weight, rng):
    X, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    ours = LogisticRegression(C=C, lower_bounds=-1e300, upper_bounds=1e300)
    ours.fit(X, y, np.full(40, weight))  # a warning would be an error
    # So strong a penalty leaves the gradient at zero, times C.
    expected = C * weight * ((y - 0.5) @ X)
    # The strength is limited to a number with a finite square.
    np.testing.assert_allclose(ours.coef_[0], expected, rtol=1e-6, atol=1e-150)
