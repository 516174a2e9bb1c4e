"""Update rules, schedules, epochs and solvers, apart from any estimator."""

from itertools import islice

import numpy as np
import pytest

from skmlp.losses import MultinomialLogLoss, SquaredError
from skmlp.network import Network
from skmlp.objective import ALL_ROWS, EmpiricalRisk, TwiceDifferentiable
from skmlp.solvers import (
    SGD,
    Constant,
    Schedule,
    TrainingState,
    UpdateRule,
    epochs,
    minimize_lbfgs,
    minimize_newton,
)


class Bowl(TwiceDifferentiable):
    """½·(θ − centre)ᵀ A (θ − centre): the same for every row."""

    n_rows = 20
    A = np.diag([1.0, 3.0, 10.0])
    centre = np.array([1.0, -2.0, 0.5])

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        away = parameters - self.centre
        return 0.5 * away @ self.A @ away, self.A @ away

    def hessian(self, parameters):
        return self.A


def train(objective, rule, schedule, n_epochs, **settings):
    parameters = np.zeros(3)
    state = TrainingState(
        parameters, rule.init(parameters), np.random.RandomState(0), np.arange(20)
    )
    settings = {"batch_size": 5, "shuffle": True} | settings
    records = list(
        islice(epochs(objective, state, rule, schedule, **settings), n_epochs)
    )
    return state, records


def test_epochs_tell_of_what_overflows_by_finite_alone():
    with np.errstate(all="raise"):
        _, records = train(Bowl(), SGD(), Constant(), 60, learning_rate=1e3)
    finite = [record.finite for record in records]
    assert finite[0]
    assert not finite[-1]


def test_an_epoch_visits_every_row_once_in_a_new_order():
    visited = []

    class Recorder(Bowl):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            visited.append(np.array(rows))
            return super().value_and_gradient(parameters, rows)

    train(Recorder(), SGD(), Constant(), 2, learning_rate=1e-3, batch_size=6)
    assert [len(rows) for rows in visited] == [6, 6, 6, 2] * 2
    first, second = np.concatenate(visited[:4]), np.concatenate(visited[4:])
    assert sorted(first) == sorted(second) == list(range(20))
    assert not np.array_equal(first, second)


def test_an_epochs_loss_is_the_mean_over_its_rows():
    class RowNumber(Bowl):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            return float(np.mean(rows)), np.zeros(3)

    _, records = train(RowNumber(), SGD(), Constant(), 1, learning_rate=1, batch_size=6)
    assert records[0].loss == pytest.approx(9.5)


def multinomial(rng, alpha):
    X, y = rng.normal(size=(60, 4)), rng.integers(3, size=60)
    return EmpiricalRisk(Network((4, 3)), MultinomialLogLoss(), X, y, alpha=alpha)


@pytest.mark.parametrize("alpha", [1.0, 0.0])
def test_newton_and_lbfgs_end_where_the_gradient_vanishes(alpha, rng):
    objective = multinomial(rng, alpha)
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
    assert not start.any()  # where to start is not changed


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


def test_newton_refuses_a_network_with_hidden_layers(rng):
    from skmlp.activations import Tanh

    network = Network((4, 2, 1), (Tanh(),))
    X = rng.normal(size=(9, 4))
    objective = EmpiricalRisk(network, SquaredError(), X, X[:, :1])
    with pytest.raises(ValueError, match="use solver='lbfgs'"):
        minimize_newton(objective, np.ones(network.n_parameters), tol=0.1, max_iter=5)


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(ValueError, match=r"solver='adamx'.*'adam', 'adamw'"):
        UpdateRule.resolve("adamx")
    with pytest.raises(
        ValueError, match=r"'adaptive', 'constant', 'cosine', 'exponential'"
    ):
        Schedule.resolve(3)


def test_a_new_component_is_one_class_and_nothing_else(rng):
    from skmlp import MLPRegressor
    from skmlp.activations import Activation

    class Cube(Activation):
        def forward(self, z):
            return z**3, lambda a_gradient: a_gradient * 3 * z**2

    X = rng.normal(size=(80, 2))
    network = MLPRegressor(
        hidden_layer_sizes=(6,), activation=Cube(), solver="lbfgs", random_state=0
    )
    assert network.fit(X, X[:, 0] ** 3).score(X, X[:, 0] ** 3) > 0.99
