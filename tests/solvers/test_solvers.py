"""Properties of both Newton's method and L-BFGS: the optimum, and an early stop."""

import numpy as np
import pytest

from skmlp.losses import MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import minimize_lbfgs, minimize_newton


def multinomial(rng, l2):
    X, y = rng.normal(size=(60, 4)), rng.integers(3, size=60)
    return EmpiricalRisk(Network((4, 3)), MultinomialLogLoss(), X, y, l2=l2)


@pytest.mark.parametrize("l2", [1.0, 0.0])
def test_newton_and_lbfgs_end_where_the_gradient_vanishes(l2, rng):
    objective = multinomial(rng, l2)
    start = np.zeros(objective.network.n_parameters)
    newton = minimize_newton(objective, start, tol=1e-10, max_iter=50)
    lbfgs = minimize_lbfgs(objective, start, tol=1e-7, max_iter=500, function_tol=1e-15)
    for minimum in (newton, lbfgs):
        assert minimum.converged
        assert minimum.gradient_norm < 1e-6
        assert minimum.values == sorted(minimum.values, reverse=True)
        assert len(minimum.values) == minimum.n_iter
    assert newton.n_iter < 10
    np.testing.assert_allclose(lbfgs.parameters, newton.parameters, atol=1e-4)
    assert not start.any()  # the starting point is not changed


@pytest.mark.parametrize("minimize", [minimize_newton, minimize_lbfgs])
def test_a_report_that_answers_yes_stops_the_solver(minimize, rng):
    seen = []

    def report(parameters, value):
        seen.append(value)
        return len(seen) == 2

    settings = {} if minimize is minimize_newton else {"function_tol": 0.0}
    minimum = minimize(
        multinomial(rng, 1.0),
        np.zeros(15),
        tol=1e-12,
        max_iter=50,
        report=report,
        **settings,
    )
    assert minimum.n_iter == len(seen) == 2
    assert minimum.converged
