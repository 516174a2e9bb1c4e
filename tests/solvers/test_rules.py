"""Update rules, without an estimator: where they end, and what their state holds."""

import pickle
from itertools import islice

import numpy as np
import pytest
from objectives import Bowl
from sklearn.base import clone

import skmlp.solvers
from skmlp.losses import BinaryLogLoss, SquaredError
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import (
    GD,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Constant,
    NAdam,
    RMSprop,
    TrainingState,
    UpdateRule,
    epochs,
    minimize_newton,
)


def descent(g, t, s):
    return -0.1 * g


def momentum(g, t, s):
    s["v"] = 0.8 * s.get("v", 0) - 0.1 * g
    return s["v"]


def nesterov(g, t, s):
    return 0.8 * momentum(g, t, s) - 0.1 * g


def moments(g, s):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g**2
    return s["m"], s["v"]


def adam(g, t, s):
    m, v = moments(g, s)
    return -0.1 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)


def amsgrad(g, t, s):
    m, v = moments(g, s)
    s["most"] = np.maximum(s.get("most", 0), v)
    return -0.1 * m / (1 - 0.9**t) / (np.sqrt(s["most"] / (1 - 0.999**t)) + 1e-12)


def nadam(g, t, s):
    m, v = moments(g, s)
    mu, later = (0.9 * (1 - 0.5 * 0.96 ** (n / 250)) for n in (t, t + 1))
    s["product"] = mu * s.get("product", 1)
    look_ahead = later * m / (1 - s["product"] * later)
    look_ahead = look_ahead + (1 - mu) * g / (1 - s["product"])
    return -0.1 * look_ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)


def rmsprop(g, t, s, kept=0.0):
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g**2
    s["u"] = kept * s.get("u", 0) + g / (np.sqrt(s["v"]) + 1e-8)
    return -0.1 * s["u"]


def adagrad(g, t, s):
    s["v"] = s.get("v", 0) + g**2
    return -0.1 * g / (np.sqrt(s["v"]) + 1e-10)


def adadelta(g, t, s):
    s["v"] = 0.95 * s.get("v", 0) + 0.05 * g**2
    step = -np.sqrt(s.get("u", 0) + 1e-6) / np.sqrt(s["v"] + 1e-6) * g
    s["u"] = 0.95 * s.get("u", 0) + 0.05 * step**2
    return step


# Each rule, the learning rate of its test, its recurrence as published, and the result
# of PyTorch 2.13 (torch.optim; epsilon=1e-12 for Adam and its variants) after 8 steps.
RULES = {
    "gd": (GD(), 0.1, descent, [0.845690900313, -1.5, -1.9]),
    "sgd": (
        SGD(0.8, nesterov=False),
        0.1,
        momentum,
        [0.626952261894, -1.00331648, -6.50663296],
    ),
    "nesterov": (
        SGD(0.8),
        0.1,
        nesterov,
        [0.547252709829, -0.702653184, -7.505306368],
    ),
    "adam": (
        Adam(epsilon=1e-12),
        0.1,
        adam,
        [0.682843873463, -1.78262166047, -0.3],
    ),
    "adamw": (
        AdamW(epsilon=1e-12, weight_decay=0.1),
        0.1,
        adam,
        [0.622920068062, -1.62435347618, -0.311180708507],
    ),
    "amsgrad": (
        AMSGrad(epsilon=1e-12),
        0.1,
        amsgrad,
        [0.682843873463, -1.78258814918, -0.3],
    ),
    "nadam": (
        NAdam(epsilon=1e-12),
        0.1,
        nadam,
        [0.810424849955, -1.47307662073, -0.140970391063],
    ),
    "rmsprop": (
        RMSprop(),
        0.1,
        rmsprop,
        [0.532464327823, -0.893628011756, -0.981573897877],
    ),
    "rmsprop with momentum": (
        RMSprop(momentum=0.5),
        0.1,
        lambda g, t, s: rmsprop(g, t, s, 0.5),
        [0.261046723921, -0.22030193748, -2.18264449356],
    ),
    "adagrad": (
        Adagrad(),
        0.1,
        adagrad,
        [0.856621052123, -1.66896824137, 0.0628563200148],
    ),
    "adadelta": (
        Adadelta(),
        1.0,
        adadelta,
        [0.991848597566, -1.95478239681, 0.46323726404],
    ),
}


def test_every_public_rule_has_a_recurrence_here():
    tested = {type(rule) for rule, *_ in RULES.values()}
    named = UpdateRule.table.values()
    assert {each for each in named if each.__name__ in skmlp.solvers.__all__} == tested


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", sorted(UpdateRule.table))
def test_every_rule_of_the_table_goes_downhill_and_can_be_resumed(name, dtype):
    rule, start = UpdateRule.resolve(name), np.array([3.0, -4.0, 2.0], dtype)

    def steps(theta, state, n_steps):
        for _ in range(n_steps):
            _, gradient = Bowl().value_and_gradient(theta)
            rule.step(theta, gradient.astype(dtype), state, 0.02)
        return theta, state

    theta, _ = steps(start.copy(), rule.init(start), 20)
    half = pickle.dumps(steps(start.copy(), rule.init(start), 10))
    resumed, _ = steps(*pickle.loads(half), 10)
    assert theta.dtype == dtype
    np.testing.assert_array_equal(resumed, theta)
    assert Bowl().value_and_gradient(theta)[0] < Bowl().value_and_gradient(start)[0]
    assert clone(rule).get_params() == rule.get_params()


@pytest.mark.parametrize("name", RULES)
def test_every_rule_follows_its_recurrence_and_agrees_with_pytorch(name):
    rule, rate, recurrence, of_torch = RULES[name]
    theta = np.array([1.0, -2.0, 0.5])
    expected, memory, state = theta.copy(), {}, rule.init(theta)
    for t in range(1, 9):
        g = np.array([np.sin(t), 0.5 - t / 4, 3.0])
        rule.shrink(theta, rate)
        rule.step(theta, g.copy(), state, rate)
        expected *= 1 - rate * getattr(rule, "weight_decay", 0)
        expected += recurrence(g, t, memory)
        # The tolerance allows for ε beside the corrected root, or the root itself.
        np.testing.assert_allclose(theta, expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(theta, of_torch, rtol=1e-8)


def bowl():
    return Bowl(), Bowl.centre, np.zeros(3)


def ridge():
    """Return least squares with a penalty, whose minimum solves a linear equation."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 3)) * [1, 2, 0.5]
    y = X @ [[1.0], [-2.0], [3.0]] + rng.normal(size=(20, 1))
    risk = EmpiricalRisk(Network((3, 1), has_intercepts=False), SquaredError(), X, y)
    risk = EmpiricalRisk(risk.network, risk.loss, X, y, l2=2.0)
    return risk, np.linalg.solve(X.T @ X + 2 * np.eye(3), X.T @ y)[:, 0], np.zeros(3)


def two_classes():
    """Return a penalised likelihood, whose minimum Newton's method finds."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(20, 2)), rng.integers(2, size=(20, 1)).astype(float)
    risk = EmpiricalRisk(Network((2, 1)), BinaryLogLoss(), X, y, l2=1.0)
    start = np.zeros(risk.network.n_parameters)
    minimum = minimize_newton(risk, start, tol=1e-12, max_iter=50)
    assert minimum.converged
    return risk, minimum.parameters, start


def best_rate(name):
    return {"adagrad": 0.5, "adadelta": 1.0, "gd": 0.1, "rmsprop": 0.005}.get(
        name.split()[0], 0.05
    )


@pytest.mark.parametrize("problem", [bowl, ridge, two_classes])
@pytest.mark.parametrize("name", RULES)
def test_every_rule_reaches_the_minimum_of_every_convex_problem(name, problem):
    rule = RULES[name][0]
    if rule.weight_decay:
        rule = type(rule)(weight_decay=0.0)
    objective, minimum, start = problem()
    state = TrainingState(
        start, rule.init(start), np.random.RandomState(0), np.arange(20)
    )
    training = epochs(
        objective,
        state,
        rule,
        Constant(),
        learning_rate=best_rate(name),
        batch_size=20,
        shuffle=False,
    )
    losses = [epoch.loss for epoch in islice(training, 1500)]
    np.testing.assert_allclose(state.parameters, minimum, atol=5e-3)
    assert losses[-1] < losses[0]


def test_weights_decay_and_intercepts_do_not():
    network = Network((2, 2), ())
    X, y = np.zeros((4, 2)), np.zeros((4, 2))
    start = np.ones(6)
    for rule in (SGD(0.0, weight_decay=0.5), AdamW(weight_decay=0.5)):
        state = TrainingState(
            start.copy(), rule.init(start), np.random.RandomState(0), np.arange(4)
        )
        risk = EmpiricalRisk(network, SquaredError(), X, y)
        settings = {"learning_rate": 0.1, "batch_size": 4, "shuffle": False}
        next(epochs(risk, state, rule, Constant(), **settings))
        # The inputs are zero, so only the decay changes the weights.
        np.testing.assert_allclose(state.parameters[:4], 1 - 0.1 * 0.5, rtol=1e-15)
        # The intercepts change by their gradient alone: 1, or its sign.
        np.testing.assert_allclose(state.parameters[4:], 1 - 0.1, rtol=1e-6)


@pytest.mark.parametrize("name", RULES)
def test_the_state_of_a_rule_can_be_saved_and_gone_on_from(name):
    rule, rate, *_ = RULES[name]
    thetas = []
    for saves in (False, True):
        theta = np.array([1.0, -2.0, 0.5])
        state = rule.init(theta)
        for t in range(10):
            if saves:
                rule, state, theta = pickle.loads(pickle.dumps((rule, state, theta)))
            rule.step(theta, np.cos(theta + t), state, rate)
        assert all(np.ndim(value) in (0, 1) for value in state.values())
        thetas.append(theta)
    np.testing.assert_array_equal(*thetas)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (SGD(momentum=1.5), "'momentum' parameter of SGD"),
        (SGD(weight_decay=-1), "'weight_decay' parameter of SGD"),
        (SGD(nesterov="yes"), "'nesterov' parameter of SGD"),
        (Adam(beta_1=1.0), "'beta_1' parameter of Adam"),
        (AdamW(weight_decay=-0.1), "'weight_decay' parameter of AdamW"),
        (AMSGrad(beta_2=-0.1), "'beta_2' parameter of AMSGrad"),
        (NAdam(epsilon=0.0), "'epsilon' parameter of NAdam"),
        (RMSprop(decay=1.0), "'decay' parameter of RMSprop"),
        (RMSprop(momentum="much"), "'momentum' parameter of RMSprop"),
        (Adagrad(epsilon=-1), "'epsilon' parameter of Adagrad"),
        (Adadelta(decay=2), "'decay' parameter of Adadelta"),
    ],
    ids=str,
)
def test_a_hyperparameter_out_of_its_range_is_named(rule, message):
    with pytest.raises(ValueError, match=message):
        UpdateRule.resolve(rule)
