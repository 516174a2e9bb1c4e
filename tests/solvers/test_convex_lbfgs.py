"""L-BFGS for convex objectives: minima, ends, and its line search."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special

from skmlp.objective import ALL_ROWS, Objective
from skmlp.solvers import minimize_convex


class Function(Objective):
    """A function of a vector, with its gradient, that counts its evaluations."""

    n_rows = 1

    def __init__(self, function):
        self.function, self.count = function, 0

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        self.count += 1
        return self.function(parameters)


def quadratic(n, condition, scale=1.0):
    """Return a quadratic with these eigenvalues, and its minimum."""
    rng = np.random.RandomState(0)
    basis, _ = np.linalg.qr(rng.normal(size=(n, n)))
    hessian = scale * (basis * np.geomspace(1, condition, n)) @ basis.T
    best = rng.normal(size=n)

    def function(x):
        away = x - best
        return 0.5 * away @ hessian @ away, hessian @ away

    return function, best


SETTINGS = {"tol": 1e-8, "max_iter": 500, "function_tol": 0.0}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("n", "condition"), [(1, 1), (5, 1), (20, 1e3)])
def test_the_minimum_of_a_quadratic_is_found(n, condition, scale):
    function, best = quadratic(n, condition, scale)
    settings = SETTINGS | {"tol": 1e-8 * scale}
    minimum = minimize_convex(Function(function), np.zeros(n), **settings)
    assert minimum.converged
    assert minimum.gradient_norm <= settings["tol"]
    assert len(minimum.values) == minimum.n_iter
    np.testing.assert_allclose(minimum.parameters, best, atol=1e-6)


def bent(x):
    """Return Σ softplus(a·x) + x²/2000: flat on one side, steep on the other."""
    slopes = np.array([1e-3, 1.0, 50.0, 2e3])
    value = np.logaddexp(0, slopes * x).sum() + 0.5e-3 * float(x @ x)
    return value, (slopes * scipy.special.expit(slopes * x)).sum() + 1e-3 * x


@pytest.mark.parametrize("start", [-30.0, -1.0, 0.0, 3.0, 30.0])
def test_the_line_search_handles_slopes_of_all_sizes(start):
    best = scipy.optimize.brentq(lambda x: bent(np.array([x]))[1][0], -1e4, 30)
    minimum = minimize_convex(Function(bent), np.array([start]), **SETTINGS)
    assert minimum.converged
    assert minimum.parameters[0] == pytest.approx(best, rel=1e-4)


def test_values_that_are_not_finite_shorten_the_step():
    def function(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return float((x - np.log(x)).sum()), 1 - 1 / x

    minimum = minimize_convex(Function(function), np.array([1e-3, 50.0]), **SETTINGS)
    assert minimum.converged
    np.testing.assert_allclose(minimum.parameters, 1, atol=1e-7)


def test_it_needs_no_more_evaluations_than_that_of_scipy():
    function, _ = quadratic(60, 1e3)
    ours = Function(function)
    minimize_convex(ours, np.zeros(60), **SETTINGS)
    theirs = scipy.optimize.minimize(
        function,
        np.zeros(60),
        jac=True,
        method="L-BFGS-B",
        options={"gtol": 1e-8, "ftol": 0.0, "maxcor": 10},
    )
    assert ours.count <= 1.1 * theirs.nfev


def test_an_iteration_is_reported_and_may_end_the_search():
    function, _ = quadratic(20, 1e3)
    seen = []

    def report(parameters, value):
        seen.append((parameters.copy(), value))
        return len(seen) == 3

    minimum = minimize_convex(
        Function(function), np.zeros(20), report=report, **SETTINGS
    )
    assert minimum.converged
    assert minimum.n_iter == 3
    assert minimum.values == [value for _, value in seen]
    np.testing.assert_array_equal(minimum.parameters, seen[-1][0])
    for parameters, value in seen:
        assert function(parameters)[0] == value


@pytest.mark.parametrize("max_iter", [0, 1, 4])
def test_it_ends_when_the_iterations_run_out(max_iter):
    function, _ = quadratic(20, 1e3)
    minimum = minimize_convex(
        Function(function), np.zeros(20), **SETTINGS | {"max_iter": max_iter}
    )
    assert not minimum.converged
    assert minimum.n_iter == max_iter
    assert minimum.message == "the iterations ran out"


def test_it_ends_where_no_step_lowers_the_objective():
    def wrong(x):
        return float(x @ x), -2 * x  # the gradient has the wrong sign

    minimum = minimize_convex(Function(wrong), np.ones(3), **SETTINGS)
    assert not minimum.converged
    assert minimum.message == "no step lowers the objective"
    np.testing.assert_array_equal(minimum.parameters, np.ones(3))


def test_it_ends_when_the_objective_falls_no_more():
    function, _ = quadratic(20, 1e3)
    minimum = minimize_convex(
        Function(function), np.zeros(20), tol=0.0, max_iter=500, function_tol=1e-3
    )
    assert minimum.converged
    assert minimum.message == "the objective falls no more"
