"""LogisticRegression with an l1 penalty: the optimum, the duality gap, liblinear."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from logistic_losses import penalised_loss
from raw_data import RAW
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as SklearnLogisticRegression
from versions import RNG, mixed_penalty

from skmlp import LogisticRegression


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
    residuals = (ours.predict_proba(X) - observed)[:, -len(ours.coef_) :].T
    smooth = (residuals @ X + (1 - l1_ratio) / C * ours.coef_) / len(y)
    bound = l1_ratio / C / len(y)
    size = np.where(
        ours.coef_ == 0,
        np.abs(smooth) - bound,
        np.abs(smooth + bound * np.sign(ours.coef_)),
    )
    assert size.max() == pytest.approx(ours.gradient_norm_, rel=1e-3, abs=1e-8)


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
    theirs = SklearnLogisticRegression(
        solver="saga", tol=1e-6, max_iter=2000, **mixed_penalty(l1_ratio)
    )
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
        "intercept_scaling": intercept_scaling,
        "class_weight": class_weight,
        "C": 0.1,
    }
    ours = LogisticRegression(tol=1e-9, l1_ratio=l1_ratio, **settings).fit(X, y)
    theirs = SklearnLogisticRegression(
        tol=1e-9, max_iter=100_000, **settings, **mixed_penalty(l1_ratio)
    )
    theirs.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)
    if class_weight is None:
        objective = {
            "C": 0.1,
            "l1_ratio": l1_ratio,
            "intercept_scaling": intercept_scaling,
        }
        best = penalised_loss(X, y, ours.coef_, ours.intercept_, **objective)
        value = penalised_loss(X, y, theirs.coef_, theirs.intercept_, **objective)
        assert best <= value + 1e-12


@pytest.mark.parametrize("l1_ratio", [0, 1])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e6])
def test_an_extreme_intercept_scaling_gives_the_fit_of_its_limit(C, l1_ratio, bundled):
    X, y = bundled("breast_cancer")
    X = X[:, :4] + 0.5
    settings = {"C": C, "l1_ratio": l1_ratio, "tol": 1e-9, "max_iter": 1000}
    none = LogisticRegression(solver="saga", fit_intercept=False, **settings).fit(X, y)
    free = LogisticRegression(solver="saga", **settings).fit(X, y)
    for scaling, limit in (
        *((small, none) for small in (5e-324, 1e-310, 1e-206, 1e-160, 1e-20, 1e-10)),
        *((large, free) for large in (1e20, 1e160, 1e300)),
    ):
        ours = LogisticRegression(
            solver="liblinear", intercept_scaling=scaling, **settings
        ).fit(X, y)
        np.testing.assert_allclose(ours.coef_, limit.coef_, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.intercept_, limit.intercept_, atol=1e-6)


def test_liblinears_dual_has_the_optimum_of_its_primal(bundled):
    X, y = bundled("breast_cancer")
    settings = {"solver": "liblinear", "tol": 1e-8}
    dual = LogisticRegression(dual=True, **settings).fit(X, y)
    primal = LogisticRegression(**settings).fit(X, y)
    np.testing.assert_array_equal(dual.coef_, primal.coef_)


def test_many_sparse_columns_need_a_working_set_only():
    rng = np.random.default_rng(0)
    X = scipy.sparse.random_array((300, 3000), density=0.02, **{RNG: rng}, format="csr")
    # SciPy before 1.15 makes 64-bit indices, which scikit-learn's liblinear refuses.
    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    truth = np.zeros(3000)
    truth[rng.choice(3000, 20, replace=False)] = 8 * rng.normal(size=20)
    y = (X @ truth + 0.1 * rng.normal(size=300) > 0).astype(int)
    settings = {"solver": "saga", "l1_ratio": 1, "C": 5.0}
    ours = LogisticRegression(tol=1e-7, **settings).fit(X, y)
    assert ours.converged_
    assert 0 < np.count_nonzero(ours.coef_) < 300
    theirs = SklearnLogisticRegression(
        solver="liblinear", C=5.0, tol=1e-8, max_iter=10_000, intercept_scaling=1e4,
        **mixed_penalty(1),
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


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_column_whose_penalty_is_negligible_does_not_hold_up_the_fit(
    l1_ratio, n_classes, rng
):
    X = rng.normal(size=(100, 3))
    y = np.digitize(X[:, 0] + rng.normal(size=100), [-0.5, 0.5][: n_classes - 1])
    far = X.copy()
    far[:, 0] = 1e150 * (1 + 1e-6 * X[:, 0])
    model = LogisticRegression(solver="saga", l1_ratio=l1_ratio, max_iter=30)
    model.fit(far, y)  # a warning would be an error
    assert model.duality_gap_ is None
    # Conditions of the optimum: this column and the intercepts have no penalty.
    residuals = model.predict_proba(far) - np.eye(n_classes)[y]
    slopes = (residuals.T @ X)[-len(model.coef_) :]
    limit = model.tol * len(y)
    # The fit measures this column in units of at most twice its range.
    assert np.abs(slopes[:, 0]).max() <= 2 * np.ptp(X[:, 0]) * limit
    assert np.abs(residuals.sum(axis=0)).max() <= limit
    penalised, coef = slopes[:, 1:], model.coef_[:, 1:]
    penalised = penalised + (1 - l1_ratio) * coef + l1_ratio * np.sign(coef)
    assert np.abs(penalised[coef != 0]).max(initial=0) <= limit
    assert np.abs(penalised[coef == 0]).max(initial=0) <= l1_ratio + limit
