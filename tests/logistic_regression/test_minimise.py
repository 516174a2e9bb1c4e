"""The solvers of LogisticRegression: common optimum, raw data, fallback."""

import warnings

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
from logistic_losses import penalised_loss
from logistic_settings import SMOOTH
from raw_data import RAW
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as SklearnLogisticRegression
from versions import needs_callbacks

from skmlp import LogisticRegression
from skmlp.logistic_regression.minimise import Iterations, minimize_risk
from skmlp.losses import BinaryLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, Penalty


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


def test_sag_and_saga_are_lbfgs_to_half_of_the_tolerance():
    X, y = load_digits(return_X_y=True)
    X = X[:, 10:45]  # too many for Newton's method, and too few for other rounds
    lbfgs = LogisticRegression(tol=5e-4).fit(X, y)
    for solver in ("sag", "saga"):
        named = LogisticRegression(solver=solver, tol=1e-3).fit(X, y)
        np.testing.assert_array_equal(named.coef_, lbfgs.coef_)
        # At tol they already count as converged, and there is no warning.
        n_iter = LogisticRegression(tol=1e-3).fit(X, y).n_iter_[0]
        short = LogisticRegression(solver=solver, tol=1e-3, max_iter=n_iter).fit(X, y)
        assert short.converged_
        assert named.n_iter_[0] > short.n_iter_[0] == n_iter


def test_liblinear_goes_on_to_a_tenth_of_the_tolerance(bundled):
    X, y = bundled("breast_cancer")
    settings = {"solver": "liblinear", "tol": 1e-3, "max_iter": 1000}
    whole = LogisticRegression(**settings).fit(X, y)
    assert whole.gradient_norm_ <= 1e-4
    for max_iter in range(1, whole.n_iter_[0] + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            short = LogisticRegression(**settings | {"max_iter": max_iter}).fit(X, y)
        # At tol it already counts as converged.
        assert short.converged_ == (short.gradient_norm_ <= 1e-3)


@pytest.mark.parametrize("entry", [np.nan, -1.0], ids=["not finite", "not convex"])
def test_newton_cholesky_falls_back_to_lbfgs_and_says_so(entry, bundled, monkeypatch):
    X, y = bundled("wine")
    lbfgs = LogisticRegression(tol=1e-8).fit(X, y)

    def broken(objective, parameters):
        return np.full((parameters.size, parameters.size), entry)

    monkeypatch.setattr(EmpiricalRisk, "hessian", broken)
    newton = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    with pytest.warns(scipy.linalg.LinAlgWarning, match="lbfgs continues from there"):
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


class Notes:
    """Observer that records its calls, and stops after `stop_after` iterations."""

    def __init__(self, stop_after):
        self.stop_after, self.begun, self.ended = stop_after, [], []

    def begin(self, attributes):
        self.begun.append(attributes())

    def end(self, attributes):
        self.ended.append(attributes())
        return len(self.ended) == self.stop_after


@pytest.mark.parametrize("scale", [1, 1e90], ids=["plain", "in units"])
@pytest.mark.parametrize("case", ["lbfgs", "newton-cholesky", "newton-cg", "bounds"])
def test_iterations_are_reported_in_the_parameters_of_the_model(case, scale, rng):
    X = rng.normal(size=(80, 3)) * [1, 100, scale]
    y = (X[:, 0] + rng.logistic(size=80) > 0).astype(float)[:, np.newaxis]
    loss = EmpiricalRisk(Network((3, 1)), BinaryLogLoss(), X, y)
    penalty = Penalty(l2=1.0)
    if case == "bounds":
        bound = np.array([1.0, 1.0, 1.0, np.inf])
        penalty = Penalty(l2=1.0, bounds=(-bound, bound))
    penalty = penalty.per_parameter(loss.network)
    notes = Notes(stop_after=3)
    iterations = Iterations(notes, lambda parameters, values: parameters.copy())
    start = np.zeros(4)
    iterations.begin(start)
    minimum = minimize_risk(
        "lbfgs" if case == "bounds" else case,
        loss,
        start,
        penalty,
        tol=1e-12,
        max_iter=50,
        iterations=iterations,
    )
    iterations.finish(start)
    assert iterations.stop_requested
    assert iterations.count == len(notes.ended) == len(notes.begun) == 3
    assert minimum.values == iterations.values
    assert minimum.n_iter == 3
    # The objective at the reported parameters, by its formula.
    for parameters, value in zip(notes.ended, iterations.values, strict=True):
        scores = X @ parameters[:3] + parameters[3]
        losses = np.logaddexp(0, -np.where(y[:, 0] == 1, 1, -1) * scores)
        expected = (losses.sum() + 0.5 * (parameters[:3] ** 2).sum()) / 80
        assert value == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(minimum.parameters, notes.ended[-1], rtol=1e-12)


def test_one_iteration_is_told_of_where_there_was_none():
    notes = Notes(stop_after=9)
    iterations = Iterations(notes, lambda parameters, values: parameters)
    iterations.begin([1])
    iterations.finish([1])
    assert notes.begun == [[1], [1]]
    assert notes.ended == [[1]]
    assert iterations.values == []


class KeepsFitted:
    """Callback that keeps the estimator of every iteration."""

    def __init__(self):
        self.fitted = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.parent is not None and fitted_estimator is not None:
            self.fitted.append(fitted_estimator)
        return False


@needs_callbacks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("solver", "penalty"),
    [
        *((solver, {}) for solver in ("lbfgs", "newton-cholesky", "sgd", "adam")),
        ("saga", {"l1_ratio": 1.0}),
    ],
)
def test_the_estimator_of_an_iteration_carries_nothing_of_an_earlier_fit(
    solver, penalty, bundled
):
    X, y = bundled("iris")
    keeps = KeepsFitted()
    model = LogisticRegression(solver=solver, max_iter=50, random_state=0, **penalty)
    model.fit(X, y)
    model.set_params(max_iter=4).set_callbacks(keeps).fit(X[::2], y[::2])
    assert len(keeps.fitted) == model.n_iter_[0]
    for i, fitted in enumerate(keeps.fitted, start=1):
        assert fitted.n_iter_.tolist() == [i]
        assert fitted.n_iter_.dtype == model.n_iter_.dtype
        assert fitted.loss_curve_ == model.loss_curve_[:i]
        assert fitted.converged_ is False
        assert np.isnan(fitted.gradient_norm_)
        assert fitted.duality_gap_ is None
        if solver in ("sgd", "adam"):
            fitted.partial_fit(X, y)  # starts anew, without the steps of another fit
            assert fitted.n_iter_.tolist() == [1]
