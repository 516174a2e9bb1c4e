"""LogisticRegression: properties that scikit-learn's suite does not test."""

import mpmath
import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as SklearnLogisticRegression

from skmlp import LogisticRegression
from skmlp.logistic_regression import SeparationWarning

SOLVERS = ("lbfgs", "newton-cg", "newton-cholesky")


def optimum_at_fifty_digits(X, y, C):
    """Return (coefficients..., intercept), by Newton's method with 50 digits."""
    with mpmath.workdps(50):
        rows = [[mpmath.mpf(float(value)) for value in row] + [1] for row in X]
        d = len(rows[0])
        theta = mpmath.zeros(d, 1)
        ridge = mpmath.diag([mpmath.mpf(1) / C] * (d - 1) + [0])
        for _ in range(60):
            gradient, hessian = ridge * theta, ridge.copy()
            for row, label in zip(rows, y, strict=True):
                score = sum(a * b for a, b in zip(row, theta, strict=True))
                p = 1 / (1 + mpmath.exp(-score))
                for j in range(d):
                    gradient[j] += (p - int(label)) * row[j]
                    for k in range(d):
                        hessian[j, k] += p * (1 - p) * row[j] * row[k]
            step = mpmath.lu_solve(hessian, gradient)
            theta -= step
            if mpmath.norm(step) < mpmath.mpf(10) ** -40:
                break
        return np.array([float(value) for value in theta])


@pytest.mark.parametrize(
    ("solver", "digits"),
    [("lbfgs", 1e-5), ("newton-cg", 1e-8), ("newton-cholesky", 1e-8)],
)
@pytest.mark.parametrize("C", [0.1, 10.0])
def test_the_optimum_is_that_of_fifty_digit_arithmetic(C, solver, digits, rng):
    X = rng.normal(size=(40, 3)) * [1.0, 5.0, 0.2] + [0, 3, 0]
    y = (X @ [1.0, -0.3, 2.0] + rng.logistic(size=40) > 0).astype(int)
    theirs = optimum_at_fifty_digits(X, y, C)
    ours = LogisticRegression(C=C, solver=solver, tol=1e-9, max_iter=5000).fit(X, y)
    coefficients = np.append(ours.coef_[0], ours.intercept_)
    error = np.abs(coefficients / theirs - 1).max()
    print(f"{solver}, C = {C:g}: {error:.0e} from the optimum at 50 digits")
    np.testing.assert_allclose(coefficients, theirs, rtol=digits)


def softmax_optimum_at_fifty_digits(X, y, C):
    """Return (coefficients..., b) of each of three classes, by Newton's method."""
    exp, number = np.vectorize(mpmath.exp), np.vectorize(mpmath.mpf, otypes=[object])
    with mpmath.workdps(50):
        Z, observed = number(np.column_stack([X, np.ones(len(X))])), np.eye(3)[y]
        d = Z.shape[1]
        ridge = np.diag(number([1.0] * (d - 1) + [0.0])) / mpmath.mpf(C)
        theta = number(np.zeros((3, d)))
        for _ in range(60):
            p = exp(Z @ theta.T)
            p = p / p.sum(axis=1, keepdims=True)
            gradient = (p - observed).T @ Z + theta @ ridge
            hessian = number(np.zeros((3, d, 3, d)))
            for j, k in np.ndindex(3, 3):
                curvature = p[:, j] * (int(j == k) - p[:, k])
                hessian[j, :, k] = Z.T @ (curvature[:, np.newaxis] * Z) + ridge * (
                    j == k
                )
                hessian[j, -1, k, -1] += 1  # selects intercepts that sum to zero
            flat = mpmath.matrix(hessian.reshape(3 * d, 3 * d).tolist())
            step = mpmath.lu_solve(flat, mpmath.matrix(gradient.ravel().tolist()))
            theta = theta - np.array(step.tolist()).reshape(3, d)
            if mpmath.norm(step) < mpmath.mpf(10) ** -40:
                break
        return theta.astype(float)


@pytest.mark.parametrize(
    ("solver", "digits"),
    [("lbfgs", 1e-5), ("newton-cg", 1e-8), ("newton-cholesky", 1e-8)],
)
@pytest.mark.parametrize("C", [1.0, 1000.0])
def test_of_three_classes_too_in_whatever_units_the_columns_are(C, solver, digits, rng):
    X = rng.normal(size=(30, 3)) * [1.0, 1e3, 1e-2] + [0, 5e3, 0]
    y = rng.integers(3, size=30)
    theirs = softmax_optimum_at_fifty_digits(X, y, C)
    ours = LogisticRegression(C=C, solver=solver, tol=1e-10, max_iter=5000).fit(X, y)
    coefficients = np.column_stack([ours.coef_, ours.intercept_])
    error = np.abs(coefficients / theirs - 1).max()
    print(f"{solver}, C = {C:g}: {error:.0e} from the optimum at 50 digits")
    np.testing.assert_allclose(coefficients, theirs, rtol=digits)


@pytest.mark.filterwarnings("ignore::skmlp.logistic_regression.SeparationWarning")
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("data", ["iris", "breast_cancer"])
def test_without_penalty_the_score_equations_hold(data, solver, bundled):
    X, y = bundled(data)
    X = X[:, :3]
    ours = LogisticRegression(C=np.inf, solver=solver, tol=1e-8, max_iter=1000).fit(
        X, y
    )
    probabilities = ours.predict_proba(X)
    observed = y[:, np.newaxis] == ours.classes_
    # At the maximum of the likelihood the model's moments are those of the data.
    np.testing.assert_allclose(
        probabilities.sum(axis=0), observed.sum(axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(X.T @ probabilities, X.T @ observed, atol=1e-3)


@pytest.mark.filterwarnings("ignore::skmlp.logistic_regression.SeparationWarning")
@pytest.mark.parametrize("solver", SOLVERS)
def test_coefficients_of_several_classes_sum_to_zero(solver, bundled):
    X, y = bundled("wine")
    for C in (1.0, np.inf):
        settings = {"solver": solver, "C": C, "tol": 1e-3, "max_iter": 500}
        ours = LogisticRegression(**settings).fit(X, y)
        np.testing.assert_allclose(ours.coef_.sum(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(ours.intercept_.sum(), 0, atol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 3.0, 2: 0.5}], ids=str)
def test_weights_and_intercept_mean_what_they_mean_in_scikit_learn(
    class_weight, fit_intercept, solver, bundled
):
    X, y = bundled("wine")
    weight = np.random.default_rng(0).uniform(0, 2, size=len(y))
    settings = {
        "class_weight": class_weight,
        "fit_intercept": fit_intercept,
        "tol": 1e-9,
        "max_iter": 1000,
    }
    ours = LogisticRegression(solver=solver, **settings).fit(X, y, weight)
    theirs = SklearnLogisticRegression(**settings).fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
def test_sparse_and_dense_input_give_the_same_coefficients(solver, bundled):
    X, y = bundled("iris")
    dense = LogisticRegression(solver=solver, tol=1e-8).fit(X, y)
    for layout in (scipy.sparse.csr_array, scipy.sparse.csc_array):
        sparse = LogisticRegression(solver=solver, tol=1e-8).fit(layout(X), y)
        np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_float32_is_kept_and_accurate_to_its_digits(solver, bundled):
    X, y = bundled("wine")
    single = LogisticRegression(solver=solver, tol=1e-6).fit(X.astype(np.float32), y)
    double = LogisticRegression(solver=solver, tol=1e-6).fit(X, y)
    assert single.coef_.dtype == single.intercept_.dtype == np.float32
    assert single.predict_proba(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(single.coef_, double.coef_, atol=2e-3)


@pytest.mark.parametrize("solver", SOLVERS)
def test_collinear_and_constant_columns_share_the_weight(solver, bundled):
    X, y = bundled("iris")
    X = np.hstack([X, X[:, :2], np.ones((len(X), 1))])
    ours = LogisticRegression(solver=solver, tol=1e-8, max_iter=2000).fit(X, y)
    np.testing.assert_allclose(ours.coef_[:, :2], ours.coef_[:, 4:6], atol=1e-4)
    np.testing.assert_allclose(ours.coef_[:, 6], 0, atol=1e-4)


def test_newton_takes_the_shortest_step_where_the_hessian_is_singular(bundled):
    X, y = bundled("iris")
    X, y = np.hstack([X, X]), (y == 1).astype(int)
    ours = LogisticRegression(solver="newton-cholesky", C=np.inf, tol=1e-8).fit(X, y)
    np.testing.assert_allclose(ours.coef_[:, :4], ours.coef_[:, 4:], atol=1e-5)


def test_warm_start_goes_on_from_the_last_solution(bundled):
    X, y = bundled("digits")
    ours = LogisticRegression(warm_start=True, max_iter=1000).fit(X, y)
    first = ours.n_iter_[0]
    assert ours.fit(X, y).n_iter_[0] < first / 10
    with pytest.raises(ValueError, match="warm_start=False"):
        ours.fit(X[y < 5], y[y < 5])


@pytest.mark.parametrize("far", [1e4, 1e8, 1e300])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_start_where_the_likelihood_is_flat_is_not_where_a_fit_ends(solver, far, rng):
    X = rng.normal(size=(100, 3))
    y = np.argmax(X + rng.gumbel(size=(100, 3)), axis=1)
    settings = {"C": np.inf, "tol": 1e-8, "solver": solver}
    plain = LogisticRegression(**settings).fit(X, y)
    ours = LogisticRegression(warm_start=True, **settings).fit(X, y)
    ours.coef_ = -far * ours.coef_
    ours.fit(X, y)
    assert ours.converged_
    np.testing.assert_allclose(ours.coef_, plain.coef_, rtol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "category"),
    [
        ({"max_iter": 1}, ConvergenceWarning),
        ({"solver": "sgd", "max_iter": 1}, ConvergenceWarning),
        ({"C": np.inf}, SeparationWarning),
        ({"penalty": "l2"}, FutureWarning),
    ],
    ids=str,
)
def test_warnings_point_at_the_line_of_the_fit(parameters, category, bundled):
    X, y = bundled("wine")
    with pytest.warns(category) as caught:
        LogisticRegression(**parameters).fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]


def test_log_probabilities_are_finite_at_any_distance(bundled):
    X, y = bundled("iris")
    for labels in (y, y > 0):
        ours = LogisticRegression().fit(X, labels)
        assert np.isfinite(ours.predict_log_proba(1e8 * X)).all()
        assert ours.predict_log_proba(1e8 * X).min() < -1e6


def test_a_fit_that_ran_out_of_iterations_says_how_far_it_came(bundled):
    X, y = bundled("digits")
    for solver in SOLVERS:
        with pytest.warns(ConvergenceWarning, match=r"gradient is .*max_iter \(=2\)"):
            LogisticRegression(solver=solver, max_iter=2, tol=1e-9).fit(X, y)


def test_verbose_prints_a_line_an_iteration(bundled, capsys):
    X, y = bundled("iris")
    ours = LogisticRegression(verbose=1).fit(X, y)
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == ours.n_iter_[0]
    assert "objective" in lines[0]


def test_sparsify_and_densify_keep_the_predictions(bundled):
    X, y = bundled("iris")
    ours = LogisticRegression().fit(X, y)
    expected = ours.predict_proba(X)
    assert scipy.sparse.issparse(ours.sparsify().coef_)
    np.testing.assert_allclose(ours.predict_proba(X), expected)
    np.testing.assert_allclose(ours.densify().predict_proba(X), expected)
    assert isinstance(ours.coef_, np.ndarray)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "liblinear"}, "does not support multiclass classification"),
        ({"solver": "liblinear", "C": np.inf}, "not supported for the liblinear"),
        ({"solver": "liblinear", "l1_ratio": 0.5}, "Only 'saga' solver supports"),
        ({"solver": "liblinear", "l1_ratio": 1, "dual": True}, "use dual=False"),
        ({"solver": "saga", "dual": True}, "only solver='liblinear' takes it"),
        ({"solver": "newton"}, "solver"),
        ({"l1_ratio": 1.0}, "supports only 'l2' or None penalties, got l1"),
        ({"l1_ratio": 0.5}, "got elasticnet penalty"),
        ({"dual": True}, "dual=False"),
        ({"C": 0.0}, "C"),
        ({"tol": -1}, "tol"),
        ({"class_weight": "equal"}, "class_weight"),
    ],
    ids=str,
)
def test_bad_parameters_are_named_before_any_work(parameters, message, bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**parameters).fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "theirs"),
    [
        ({"penalty": "l2"}, {}),
        ({"penalty": None}, {"C": np.inf}),
        ({"n_jobs": 2}, {}),
        ({"l1_ratio": None}, {}),
    ],
    ids=str,
)
def test_deprecated_parameters_still_work_and_warn(parameters, theirs, bundled):
    X, y = bundled("breast_cancer")
    X = X[:, :3]
    with pytest.warns(FutureWarning):
        old = LogisticRegression(**parameters).fit(X, y)
    new = LogisticRegression(**theirs).fit(X, y)
    np.testing.assert_array_equal(old.coef_, new.coef_)
