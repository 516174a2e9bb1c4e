"""The solvers of LogisticRegression: one optimum, raw data, l1, certificates."""

import warnings

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as SklearnLogisticRegression

from skmlp import LogisticRegression
from skmlp.base.label_encoding import encode_labels
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import minimize_proximal

SMOOTH = ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga")
RAW = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}


def penalised_loss(X, y, coef, intercept, *, C, l1_ratio, held_by=None):
    """The objective from its formula, in plain NumPy."""
    scores = X @ coef.T + intercept
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    largest = scores.max(axis=1)
    log_sum = largest + np.log(np.exp(scores - largest[:, None]).sum(axis=1))
    labels = np.unique(y, return_inverse=True)[1]
    losses = log_sum - scores[np.arange(len(y)), labels]
    theta = coef if held_by is None else np.append(coef, intercept / held_by)
    l1, l2 = np.abs(theta).sum(), (theta**2).sum()
    return losses.mean() + (l1_ratio * l1 + (1 - l1_ratio) / 2 * l2) / (C * len(y))


@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array], ids=str)
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
@pytest.mark.parametrize("solver", SMOOTH)
def test_every_solver_reaches_the_same_optimum(solver, data, layout, bundled):
    X, y = bundled(data)
    weight = np.random.default_rng(1).uniform(0, 2, size=len(y))
    theirs = SklearnLogisticRegression(solver="lbfgs", tol=1e-10, max_iter=10_000)
    theirs.fit(X, y, weight)
    ours = LogisticRegression(solver=solver, tol=1e-8).fit(layout(X), y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)


@pytest.mark.parametrize("data", RAW)
@pytest.mark.parametrize("solver", SMOOTH)
def test_default_parameters_converge_on_raw_data(solver, data):
    X, y = RAW[data](return_X_y=True)
    ours = LogisticRegression(solver=solver).fit(X, y)  # a warning would be an error
    assert ours.converged_
    assert ours.gradient_norm_ <= 1e-4
    assert ours.n_iter_[0] == len(ours.loss_curve_) <= 60
    best = penalised_loss(X, y, ours.coef_, ours.intercept_, C=1, l1_ratio=0)
    assert ours.loss_curve_[-1] == pytest.approx(best, rel=1e-10)


@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("l1_ratio", [1, 0.5])
@pytest.mark.parametrize("data", ["iris", "wine", "breast_cancer"])
def test_default_parameters_are_enough_for_an_l1_fit_to_raw_data(data, l1_ratio, C):
    X, y = RAW[data](return_X_y=True)
    ours = LogisticRegression(solver="saga", l1_ratio=l1_ratio, C=C).fit(X, y)
    assert ours.converged_
    assert ours.gradient_norm_ <= 1e-4
    assert ours.duality_gap_ <= 1e-4
    assert ours.n_iter_[0] == len(ours.loss_curve_) <= 60
    observed = y[:, None] == ours.classes_
    pull = (ours.predict_proba(X) - observed)[:, -len(ours.coef_) :].T
    smooth = (pull @ X + (1 - l1_ratio) / C * ours.coef_) / len(y)
    bound = l1_ratio / C / len(y)
    size = np.where(
        ours.coef_ == 0,
        np.abs(smooth) - bound,
        np.abs(smooth + bound * np.sign(ours.coef_)),
    )
    assert size.max() == pytest.approx(ours.gradient_norm_, rel=1e-3, abs=1e-8)


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
    pull = ours.predict_proba(X) - (y[:, None] == ours.classes_)
    slope = (pull[:, -len(ours.coef_) :].T @ X + ours.coef_) / len(y)
    assert np.all(slope[ours.coef_ > -0.5] <= 1e-4)
    assert np.all(slope[ours.coef_ < 0.1] >= -1e-4)


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
    if power < 0:  # the penalty forbids any use of the column
        theirs = LogisticRegression(tol=1e-9, **settings).fit(X[:, 1:], y)
        assert ours.coef_[0, 0] == 0
        np.testing.assert_allclose(ours.coef_[:, 1:], theirs.coef_, atol=1e-2)
        return
    # It is free: scikit-learn's saga cannot do this, so a generic optimiser does.
    signs = np.where(y == 1, 1, -1)

    def cost(theta):
        parts, w = theta[5:].reshape(2, 3), theta[2:5]
        scores = X[:, 0] * theta[0] + X[:, 1:] @ w + theta[1]
        ridge = (1 - l1_ratio) / 2 * (w @ w)
        return np.logaddexp(0, -signs * scores).sum() + l1_ratio * parts.sum() + ridge

    halves = [{"type": "eq", "fun": lambda t: t[2:5] - t[5:8] + t[8:11]}]
    box = [(None, None)] * 5 + [(0, None)] * 6
    theirs = scipy.optimize.minimize(
        cost, np.zeros(11), bounds=box, constraints=halves, options={"ftol": 1e-12}
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
    if power > 0:  # as a column of any scale that is large enough
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
    # Steps of 1/256 are exact there.
    extra = np.round(rng.normal(size=len(y)) * 256 + 128 * y) / 256
    nothing = np.zeros((len(y), 2))
    near = np.column_stack([X, extra, nothing]).astype(dtype)
    away = near + np.array([0] * 13 + [far, far, -far], dtype=dtype)
    settings = {"tol": 1e-6, "max_iter": 1000, **FAR[case]}
    plain = LogisticRegression(**settings).fit(near, y)
    moved = LogisticRegression(**settings).fit(away, y)
    assert moved.converged_
    assert moved.loss_curve_[-1] == pytest.approx(plain.loss_curve_[-1], rel=1e-5)
    assert np.abs(plain.coef_[:, 13]).max() > 0.05  # the column is of use
    np.testing.assert_allclose(moved.coef_, plain.coef_, atol=1e-3)
    if dtype == np.float64:  # in float32 the intercept is rounded by more
        again = LogisticRegression(warm_start=True, **settings).fit(away, y)
        assert again.fit(away, y).n_iter_[0] <= 2


def test_sag_and_saga_are_lbfgs_to_half_of_the_tolerance():
    X, y = load_wine(return_X_y=True)
    lbfgs = LogisticRegression(tol=5e-4).fit(X, y)
    for solver in ("sag", "saga"):
        named = LogisticRegression(solver=solver, tol=1e-3).fit(X, y)
        np.testing.assert_array_equal(named.coef_, lbfgs.coef_)
        # From tol on they count as converged, and nothing is warned of.
        n_iter = LogisticRegression(tol=1e-3).fit(X, y).n_iter_[0]
        short = LogisticRegression(solver=solver, tol=1e-3, max_iter=n_iter).fit(X, y)
        assert short.converged_
        assert named.n_iter_[0] > short.n_iter_[0] == n_iter


# l1 penalties


PROBLEMS = {
    "two classes": ("breast_cancer", ("saga", "liblinear")),
    "three classes": ("wine", ("saga",)),
}


@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array], ids=str)
@pytest.mark.parametrize("C", [0.05, 1.0])
@pytest.mark.parametrize("l1_ratio", [1, 0.5, 0.01])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_l1_fit_meets_the_optimality_conditions(
    problem, l1_ratio, C, layout, bundled
):
    X, y = bundled(PROBLEMS[problem][0])
    settings = {"C": C, "l1_ratio": l1_ratio}
    ours = LogisticRegression(solver="saga", tol=1e-9, **settings).fit(layout(X), y)
    observed = (y[:, None] == ours.classes_).astype(float)
    residuals = ours.predict_proba(X) - observed
    if len(ours.classes_) == 2:
        residuals = residuals[:, 1:]
    smooth = residuals.T @ X + (1 - l1_ratio) / C * ours.coef_
    bound = l1_ratio / C
    at_zero = ours.coef_ == 0
    tolerance = 1e-6 * len(y)
    assert at_zero.any() or l1_ratio < 0.5
    assert np.all(np.abs(smooth[at_zero]) <= bound + tolerance)
    signs = np.sign(ours.coef_[~at_zero])
    np.testing.assert_allclose(smooth[~at_zero], -bound * signs, atol=tolerance)
    np.testing.assert_allclose(residuals.sum(axis=0), 0, atol=tolerance)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("l1_ratio", [1, 0.5])
def test_the_duality_gap_bounds_the_distance_from_the_optimum(
    l1_ratio, problem, bundled
):
    X, y = bundled(PROBLEMS[problem][0])
    settings = {"solver": "saga", "C": 1.0, "l1_ratio": l1_ratio}
    objective = {"C": 1.0, "l1_ratio": l1_ratio}
    exact = LogisticRegression(tol=1e-11, **settings).fit(X, y)
    best = penalised_loss(X, y, exact.coef_, exact.intercept_, **objective)
    gaps = []
    for tol in (1.0, 1e-2, 1e-4, 1e-6):
        ours = LogisticRegression(tol=tol, **settings).fit(X, y)
        value = penalised_loss(X, y, ours.coef_, ours.intercept_, **objective)
        assert value - best <= ours.duality_gap_ + 1e-12
        assert ours.duality_gap_ <= tol
        gaps.append(ours.duality_gap_)
    assert gaps[-1] < 1e-3 * gaps[0]
    theirs = SklearnLogisticRegression(tol=1e-6, max_iter=2000, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    value = penalised_loss(X, y, theirs.coef_, theirs.intercept_, **objective)
    assert best <= value < best + 1e-3


@pytest.mark.parametrize("l1_ratio", [0, 1])
@pytest.mark.parametrize("intercept_scaling", [1.0, 10.0])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_liblinear_holds_its_intercept_as_scikit_learns_does(
    class_weight, intercept_scaling, l1_ratio, bundled
):
    X, y = bundled("breast_cancer")
    X = X[:, :8] + 0.5
    settings = {
        "solver": "liblinear",
        "l1_ratio": l1_ratio,
        "intercept_scaling": intercept_scaling,
        "class_weight": class_weight,
        "C": 0.1,
    }
    ours = LogisticRegression(tol=1e-9, **settings).fit(X, y)
    theirs = SklearnLogisticRegression(tol=1e-9, max_iter=100_000, **settings)
    theirs.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)
    if class_weight is None:
        held = {"C": 0.1, "l1_ratio": l1_ratio, "held_by": intercept_scaling}
        best = penalised_loss(X, y, ours.coef_, ours.intercept_, **held)
        value = penalised_loss(X, y, theirs.coef_, theirs.intercept_, **held)
        assert best <= value + 1e-12


def test_liblinears_dual_has_the_optimum_of_its_primal(bundled):
    X, y = bundled("breast_cancer")
    settings = {"solver": "liblinear", "tol": 1e-8}
    dual = LogisticRegression(dual=True, **settings).fit(X, y)
    primal = LogisticRegression(**settings).fit(X, y)
    np.testing.assert_array_equal(dual.coef_, primal.coef_)


def test_many_sparse_columns_need_a_working_set_only():
    rng = np.random.default_rng(0)
    X = scipy.sparse.random_array((300, 3000), density=0.02, rng=rng, format="csr")
    truth = np.zeros(3000)
    truth[rng.choice(3000, 20, replace=False)] = 8 * rng.normal(size=20)
    y = (X @ truth + 0.1 * rng.normal(size=300) > 0).astype(int)
    settings = {"solver": "saga", "l1_ratio": 1, "C": 5.0}
    ours = LogisticRegression(tol=1e-7, **settings).fit(X, y)
    assert ours.converged_
    assert 0 < np.count_nonzero(ours.coef_) < 300
    theirs = SklearnLogisticRegression(
        solver="liblinear", l1_ratio=1, C=5.0, tol=1e-8, max_iter=10_000,
        intercept_scaling=1e4,
    ).fit(X, y)  # fmt: skip
    objective = {"C": 5.0, "l1_ratio": 1}
    best = penalised_loss(X, y, ours.coef_, ours.intercept_, **objective)
    value = penalised_loss(X, y, theirs.coef_, theirs.intercept_, **objective)
    assert best <= value + 1e-8


def test_an_l1_fit_goes_on_from_the_last_solution(bundled):
    X, y = bundled("wine")
    ours = LogisticRegression(
        solver="saga", l1_ratio=0.7, warm_start=True, tol=1e-8
    ).fit(X, y)
    assert ours.n_iter_[0] > 3
    assert ours.fit(X, y).n_iter_[0] <= 1


def test_float32_is_kept_with_an_l1_penalty(bundled):
    X, y = bundled("wine")
    settings = {"solver": "saga", "l1_ratio": 0.5, "tol": 1e-5}
    single = LogisticRegression(**settings).fit(X.astype(np.float32), y)
    double = LogisticRegression(**settings).fit(X, y)
    assert single.coef_.dtype == np.float32
    np.testing.assert_allclose(single.coef_, double.coef_, atol=1e-3)


@pytest.mark.parametrize("kind", ["binary", "multinomial"])
def test_bounds_of_the_proximal_solver_hold_and_the_rest_is_optimal(kind):
    X, labels = make_classification(
        200, 6, n_informative=4, n_redundant=0, n_classes=3, random_state=0
    )
    labels = encode_labels(labels if kind == "multinomial" else labels > 0)[1]
    K = 3 if kind == "multinomial" else 1
    network = Network((6, K))
    objective = EmpiricalRisk(
        network=network,
        loss=MultinomialLogLoss() if K > 1 else BinaryLogLoss(),
        X=X,
        y=labels if K > 1 else labels.astype(float)[:, None],
        alpha=1.0,
    )
    lower = np.full(network.n_parameters, -np.inf)
    lower[: 6 * K] = -0.1
    upper = np.full(network.n_parameters, 0.3)
    zeros = np.zeros(network.n_parameters)
    minimum = minimize_proximal(
        objective, zeros, l1=zeros, bounds=(lower, upper), tol=1e-10, max_iter=100
    )
    theta = minimum.parameters
    assert minimum.duality_gap is None
    assert np.all(theta >= lower)
    assert np.all(theta <= upper)
    gradient = objective.value_and_gradient(theta)[1]
    inside = (theta > lower) & (theta < upper)
    assert 0 < inside.sum() < len(theta)
    np.testing.assert_allclose(gradient[inside], 0, atol=1e-8)
    assert np.all(gradient[theta == lower] > -1e-8)
    assert np.all(gradient[theta == upper] < 1e-8)


def test_no_warning_hides_where_columns_are_constant_or_repeated():
    X, y = load_iris(return_X_y=True)
    X = np.hstack([X, X[:, :1], np.full((len(X), 1), 7.0), np.zeros((len(X), 1))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for solver in SMOOTH:
            ours = LogisticRegression(solver=solver, tol=1e-8).fit(X, y)
            np.testing.assert_allclose(ours.coef_[:, 0], ours.coef_[:, 4], atol=1e-6)
            np.testing.assert_allclose(ours.coef_[:, 5:], 0, atol=1e-6)


@pytest.mark.parametrize("entry", [np.nan, -1.0], ids=["not finite", "not convex"])
def test_newton_cholesky_falls_back_to_lbfgs_and_says_so(entry, bundled, monkeypatch):
    X, y = bundled("wine")
    lbfgs = LogisticRegression(tol=1e-8).fit(X, y)

    def broken(objective, parameters):
        return np.full((parameters.size, parameters.size), entry)

    monkeypatch.setattr(EmpiricalRisk, "hessian", broken)
    newton = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    with pytest.warns(scipy.linalg.LinAlgWarning, match="lbfgs goes on from there"):
        newton.fit(X, y)
    assert newton.converged_
    assert newton.n_iter_ == len(newton.loss_curve_)
    np.testing.assert_allclose(newton.coef_, lbfgs.coef_, atol=1e-6)
    newton.set_params(max_iter=2)
    with (
        pytest.warns(scipy.linalg.LinAlgWarning),
        pytest.warns(ConvergenceWarning, match="Increase max_iter"),
    ):
        newton.fit(X, y)
    assert newton.n_iter_ == 2
