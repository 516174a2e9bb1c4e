"""Newton's method, without an estimator."""

import numpy as np
import pytest
from objectives import Bowl

from skmlp import LogisticRegression
from skmlp.losses import SquaredError
from skmlp.network import Network
from skmlp.objective import ALL_ROWS, EmpiricalRisk
from skmlp.solvers import minimize_newton
from skmlp.solvers.newton import newton_step


def test_newton_solves_a_quadratic_in_one_step():
    minimum = minimize_newton(Bowl(), np.full(3, 7.0), tol=1e-9, max_iter=1)
    np.testing.assert_allclose(minimum.parameters, Bowl.centre, rtol=1e-12)


def test_newton_is_not_done_where_the_curvature_has_vanished():
    class Slope(Bowl):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            return float(parameters.sum()), np.ones(3)

        def hessian(self, parameters):
            return np.zeros((3, 3))

    minimum = minimize_newton(Slope(), np.full(3, 1e9), tol=1e-4, max_iter=50)
    assert not minimum.converged
    assert minimum.gradient_norm == 1


def test_newton_refuses_a_network_with_hidden_layers(rng):
    from skmlp.activations import Tanh

    network = Network((4, 2, 1), (Tanh(),))
    X = rng.normal(size=(9, 4))
    objective = EmpiricalRisk(network, SquaredError(), X, X[:, :1])
    with pytest.raises(ValueError, match="use solver='lbfgs'"):
        minimize_newton(objective, np.ones(network.n_parameters), tol=0.1, max_iter=5)


def test_a_parameter_without_curvature_gets_no_step(rng):
    A = rng.normal(size=(3, 2))
    hessian = np.zeros((4, 4))
    hessian[:3, :3] = A @ A.T  # of rank 2: no Cholesky factor
    gradient = hessian @ rng.normal(size=4)
    gradient[3] = 1e-3  # rounding errors, of a parameter that has no curvature
    step = newton_step(hessian, gradient, np.zeros((0, 2), dtype=int))
    assert step[3] == 0
    np.testing.assert_allclose(hessian[:3] @ step, -gradient[:3], atol=1e-12)


def test_newton_ends_where_there_is_no_step():
    class Concave(Bowl):
        def hessian(self, parameters):
            return -np.eye(3)

    minimum = minimize_newton(Concave(), np.full(3, 7.0), tol=1e-9, max_iter=50)
    assert not minimum.converged
    assert minimum.n_iter == 1
    assert minimum.message == "no step lowers the objective"


@pytest.mark.parametrize("solver", ["newton-cg", "newton-cholesky", "lbfgs"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_penalty_beyond_all_numbers_leaves_no_coefficients(
    solver, n_classes, bundled
):
    X, y = bundled("iris")
    X, y = X[y < n_classes], y[y < n_classes]
    weights = np.full(len(y), 1e-300)
    model = LogisticRegression(C=1e-200, solver=solver).fit(X, y, weights)
    np.testing.assert_allclose(model.coef_, 0, atol=1e-100)
    # The classes are equally frequent, and only the intercepts tell them apart.
    np.testing.assert_allclose(model.predict_proba(X), 1 / n_classes, rtol=1e-6)
