"""Data with fewer rows than columns: the right minimum, without a matrix of columns."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression

from skmlp import LogisticRegression
from skmlp.logistic_regression import coordinates
from skmlp.logistic_regression.problem import ClassTargets, build_risk
from skmlp.logistic_regression.row_space import RowSpace
from skmlp.objective import EmpiricalRisk


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


@pytest.mark.parametrize(
    "solver", ["lbfgs", "liblinear", "newton-cg", "sag", "newton-cholesky"]
)
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


def rows_of_risk(*, fit_intercept=True, offset=None, sample_weight=None, sparse=False):
    """Return the penalised risk of 30 rows of 80 columns, and parameters near zero."""
    rng = np.random.RandomState(1)
    X = rng.normal(size=(30, 80)) + 2
    y = (rng.uniform(size=30) < 0.5).astype(int)
    if sparse:
        X = scipy.sparse.csr_matrix(X * (rng.uniform(size=X.shape) < 0.2))
    risk = build_risk(
        X,
        ClassTargets.of(y, None),
        fit_intercept=fit_intercept,
        sample_weight=sample_weight,
        offset=offset,
    )
    strengths = rng.uniform(0.5, 2, size=risk.network.n_parameters)
    return risk, strengths, 0.1 * rng.normal(size=len(strengths))


@pytest.mark.parametrize("free", [True, False], ids=["free", "penalised"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fit_intercept": False},
        {"offset": np.linspace(-1, 1, 30)},
        {"sample_weight": np.linspace(0, 3, 30)},
        {"sparse": True},
    ],
    ids=lambda changes: next(iter(changes), "plain"),
)
def test_a_step_in_the_row_space_solves_the_system_of_newton(changes, free):
    risk, strengths, parameters = rows_of_risk(**changes)
    if free and risk.network.has_intercepts:
        strengths[-1] = 0
    objective = risk.with_l2(strengths)
    assert RowSpace.fits(objective)
    _, gradient = objective.value_and_gradient(parameters)
    step = RowSpace(objective).step(objective, parameters, gradient)
    # Finite differences of the gradient along the step are the Hessian times the step.
    moved = [
        objective.value_and_gradient(parameters + sign * 1e-4 * step)[1]
        for sign in (1, -1)
    ]
    product = (moved[0] - moved[1]) / 2e-4
    np.testing.assert_allclose(product, -gradient, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_matrix])
def test_the_gradient_vanishes_at_the_minimum(layout, C, dtype):
    X, y = wide_rows("correlated")
    model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-5)
    model.fit(layout(X.astype(dtype)), y)
    assert model.converged_
    p = 1 / (1 + np.exp(-(X @ model.coef_[0] + model.intercept_[0])))
    gradient = (X.T @ (p - y) + model.coef_[0] / C) / len(y)
    limit = 1e-5 if dtype == np.float64 else 1e-3
    assert np.abs(gradient).max() <= limit * 1.01
    assert abs((p - y).mean()) <= limit * 1.01


def test_no_matrix_of_columns_is_made_for_hard_data_of_two_classes(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError

    X, y = wide_rows("correlated")
    monkeypatch.setattr(coordinates.ClassStatistics, "from_rows", never)
    monkeypatch.setattr(EmpiricalRisk, "hessian", never)
    monkeypatch.setattr(RowSpace, "is_fast", lambda objective: False)
    model = LogisticRegression(C=1e4, tol=1e-9, max_iter=1000).fit(X, y)
    assert model.converged_
    assert model.n_iter_[0] > 30


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:newton-cholesky found no step")
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky"])
def test_a_penalty_near_zero_leaves_finite_coefficients(solver):
    X, y = wide_rows("independent")
    model = LogisticRegression(C=1e308, solver=solver, max_iter=30).fit(X[:6], y[:6])
    assert np.isfinite(model.coef_).all()
    assert model.score(X[:6], y[:6]) == 1


@pytest.mark.parametrize(
    ("n_rows", "d", "n_classes"), [(100, 5000, 3), (200, 900, 10), (50, 2000, 3)]
)
def test_wide_rows_need_no_more_iterations_than_with_scikit_learn(n_rows, d, n_classes):
    rng = np.random.RandomState(0)
    X, noise = rng.normal(size=(n_rows, d)), rng.normal(size=(n_rows, n_classes))
    y = (X[:, :5] @ rng.normal(size=(5, n_classes)) + noise).argmax(axis=1)
    ours = LogisticRegression().fit(X, y)
    theirs = TheirLogisticRegression().fit(X, y)
    assert ours.n_iter_[0] <= theirs.n_iter_[0] + 1
