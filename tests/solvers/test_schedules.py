"""Learning rates compared with their formulas, alone and in a fit."""

import pickle
import warnings
from itertools import islice
from math import cos, floor, pi

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import skmlp.solvers
from skmlp import LogisticRegression, MLPClassifier
from skmlp.objective import ALL_ROWS, Objective
from skmlp.solvers import (
    Adaptive,
    Constant,
    Cosine,
    Exponential,
    FunctionOfStep,
    InverseScaling,
    OneCycle,
    Schedule,
    StepDecay,
    TrainingState,
    UpdateRule,
    WarmUp,
    epochs,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
STEPS = 4  # in an epoch of 20 rows in batches of 5


def half_cosine(first, last, share):
    return last + (first - last) * (1 + cos(pi * share)) / 2


def restarts(t, first, growth):
    """Return the share of its period that epoch t has reached, period by period."""
    while t >= first:
        t, first = t - first, first * growth
    return t / first


def one_cycle(share):
    if share < 0.3:
        return half_cosine(0.04, 1, share / 0.3)
    return half_cosine(1, 4e-6, (share - 0.3) / 0.7)


# Each schedule and its factor at a step, by the formula; a fit has 6 epochs.
SCHEDULES = {
    "constant": (Constant(), lambda step: 1),
    "adaptive": (Adaptive(), lambda step: 1),
    "invscaling": (
        InverseScaling(0.25),
        lambda step: (20 * (step // STEPS) + 1) ** -0.25,
    ),
    "step": (StepDecay(2, factor=0.3), lambda step: 0.3 ** floor(step / (2 * STEPS))),
    "exponential": (Exponential(0.8), lambda step: 0.8 ** (step / STEPS)),
    "cosine": (Cosine(), lambda step: half_cosine(1, 0, step % 24 / 24)),
    "cosine with restarts": (
        Cosine(period=1.5, growth=2, final=0.1),
        lambda step: half_cosine(1, 0.1, restarts(step / STEPS, 1.5, 2)),
    ),
    "one cycle": (OneCycle(), lambda step: one_cycle(step % 24 / 24)),
    "one cycle of 4 epochs": (OneCycle(4), lambda step: one_cycle(step % 16 / 16)),
    "warm-up": (WarmUp(epochs=2), lambda step: min(1, (step + 1) / 8)),
    "warm-up, then steps": (
        WarmUp(StepDecay(1), epochs=1.5),
        lambda step: min(1, (step + 1) / 6) * 0.1 ** (max(0, step - 6) // 4),
    ),
    "warm-up, then a cosine to the end": (
        WarmUp("cosine", epochs=2),
        lambda step: min(1, (step + 1) / 8) * half_cosine(1, 0, max(0, step - 8) / 16),
    ),
    "warm-up, then a power": (
        WarmUp("invscaling", epochs=2),
        lambda step: (
            min(1, (step + 1) / 8) * (20 * (max(0, step - 8) // STEPS) + 1) ** -0.5
        ),
    ),
    "function": (
        FunctionOfStep(lambda step: 1 / (1 + step)),
        lambda step: 1 / (1 + step),
    ),
}


class Flat(Objective):
    """Objective that is zero everywhere."""

    n_rows = 20

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        return 0.0, np.zeros(1)


class Recorder(UpdateRule):
    """Rule that changes no parameters and records every rate."""

    def __init__(self):
        self.rates = []

    def init(self, parameters):
        return {}

    def step(self, parameters, gradient, state, learning_rate):
        self.rates.append(learning_rate)


def rates_of(schedule, n_epochs):
    rule, order = Recorder(), np.arange(20)
    state = TrainingState(np.zeros(1), {}, np.random.RandomState(0), order)
    settings = {"learning_rate": 0.5, "batch_size": 5, "shuffle": True, "n_epochs": 6}
    list(islice(epochs(Flat(), state, rule, schedule, **settings), n_epochs))
    return rule.rates


def test_every_public_schedule_has_a_formula_here():
    tested = {type(schedule) for schedule, _ in SCHEDULES.values()}
    named = Schedule.table.values()
    assert {each for each in named if each.__name__ in skmlp.solvers.__all__} <= tested


@pytest.mark.parametrize("name", sorted(Schedule.table))
def test_every_schedule_of_the_table_gives_a_rate_for_every_step(name):
    schedule = Schedule.resolve(name)
    rates = np.array(rates_of(schedule, 6))
    assert rates.shape == (6 * STEPS,)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert rates.max() <= 0.5  # the initial rate
    assert rates.any()
    cloned = clone(schedule)
    assert cloned.get_params() == schedule.get_params()
    np.testing.assert_array_equal(
        rates_of(pickle.loads(pickle.dumps(cloned)), 6), rates
    )


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_step_takes_the_rate_of_the_formula(name):
    schedule, factor = SCHEDULES[name]
    expected = [0.5 * factor(step) for step in range(6 * STEPS)]
    assert rates_of(schedule, 6) == pytest.approx(expected, rel=1e-12, abs=1e-15)


# The rates of PyTorch 2.13 (torch.optim.lr_scheduler), which counts epochs: StepLR(3,
# 0.2), ExponentialLR(0.9), CosineAnnealingWarmRestarts(2, 2, eta_min=0.05).
@pytest.mark.parametrize(
    ("schedule", "of_torch"),
    [
        (StepDecay(3, 0.2), [0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.02, 0.02]),
        (Exponential(0.9), [0.5, 0.45, 0.405, 0.3645]),
        (
            Cosine(2, growth=2, final=0.1),
            [0.5, 0.275, 0.5, 0.4340990258, 0.275, 0.1159009742, 0.5],
        ),
    ],
    ids=str,
)
def test_epochs_begin_with_the_rates_of_pytorch(schedule, of_torch):
    rates = rates_of(schedule, len(of_torch))[::STEPS]
    assert rates == pytest.approx(of_torch, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "adaptive"])
def test_a_fit_records_the_rates_and_goes_on_with_them(name, bundled):
    X, y = bundled("wine")
    schedule, factor = SCHEDULES[name]
    settings = {"learning_rate_init": 0.5, "batch_size": 5, "random_state": 0}
    network = MLPClassifier(
        (2,),
        solver="sgd",
        learning_rate=schedule if name != "function" else schedule.function,
        max_iter=6,
        warm_start=True,
        n_iter_no_change=np.inf,
        tol=0.0,
        **settings,
    )
    network.fit(X[:20], y[:20])
    if name != "function":  # a local function cannot be saved
        network = pickle.loads(pickle.dumps(network))
    if "to the end" not in name:
        network.fit(X[:20], y[:20])
    last_steps = np.arange(1, network.t_ // 20 + 1) * STEPS - 1
    np.testing.assert_allclose(
        network.history_["learning_rate"],
        [0.5 * factor(int(step)) for step in last_steps],
        rtol=1e-9,
    )


def test_chunks_of_a_stream_are_epochs_to_a_schedule(bundled):
    X, y = bundled("wine")
    network = MLPClassifier((2,), learning_rate=StepDecay(2, 0.5), batch_size=10)
    for rows in (slice(50), slice(50, 60), slice(60, 178), slice(20)):
        network.partial_fit(X[rows], y[rows], classes=np.unique(y))
    np.testing.assert_allclose(
        network.history_["learning_rate"], [0.001, 0.001, 0.0005, 0.0005]
    )


def test_a_warm_up_passes_a_plateau_on_to_what_comes_after_it(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (2,),
        learning_rate=WarmUp("adaptive", epochs=1),
        tol=1e9,
        n_iter_no_change=2,
        max_iter=5,
        random_state=0,
    ).fit(X, y)
    rates = network.history_["learning_rate"]
    np.testing.assert_allclose(rates, [1e-3, 1e-3, 1e-3, 2e-4, 2e-4])


def test_logistic_regression_takes_the_same_schedules(bundled):
    X, y = bundled("iris")
    exact = LogisticRegression(tol=1e-9).fit(X, y)
    for schedule in ("cosine", "one_cycle", WarmUp("cosine"), lambda step: 0.99**step):
        ours = LogisticRegression(
            solver="adam",
            learning_rate=schedule,
            learning_rate_init=0.1,
            batch_size=150,
            max_iter=400,
            tol=1e-9,
            random_state=0,
        ).fit(X, y)
        np.testing.assert_allclose(
            ours.predict_proba(X), exact.predict_proba(X), atol=0.03
        )


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (InverseScaling(-1), "'power_t' parameter of InverseScaling"),
        (StepDecay(0), "'every' parameter of StepDecay"),
        (StepDecay(factor=1.5), "'factor' parameter of StepDecay"),
        (Exponential(0.0), "'factor' parameter of Exponential"),
        (Cosine(period=-1), "'period' parameter of Cosine"),
        (Cosine(growth=0.5), "'growth' parameter of Cosine"),
        (OneCycle(rising=1.0), "'rising' parameter of OneCycle"),
        (WarmUp(epochs=0), "'epochs' parameter of WarmUp"),
        (WarmUp("cosinus"), "'constant', 'cosine'"),
        (WarmUp(StepDecay(0)), "'every' parameter of StepDecay"),
        (lambda step: -1.0, "function gave -1.0 at step 0"),
        (lambda step: np.nan, "function gave nan at step 0"),
        (lambda step: None, "function gave None at step 0"),
    ],
    ids=lambda value: None if callable(value) else str(value),
)
def test_a_schedule_out_of_its_range_is_named(schedule, message, bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=message):
        MLPClassifier((2,), learning_rate=schedule).fit(X, y)


def test_a_cosine_without_a_period_asks_for_the_number_of_epochs():
    order = np.arange(20)
    state = TrainingState(np.zeros(1), {}, np.random.RandomState(0), order)
    settings = {"learning_rate": 0.5, "batch_size": 5, "shuffle": True}
    with pytest.raises(ValueError, match="number of epochs"):
        next(epochs(Flat(), state, Recorder(), Cosine(), **settings))


def test_a_power_beyond_all_numbers_lowers_the_rate_to_zero(bundled):
    X, y = bundled("iris")
    network = MLPClassifier(
        (2,), solver="sgd", learning_rate="invscaling", power_t=300, max_iter=3
    )
    with pytest.warns(ConvergenceWarning):
        network.fit(X, y)
    assert list(network.history_["learning_rate"]) == [0.001, 0.0, 0.0]


@pytest.mark.parametrize(
    "schedule", ["cosine", Cosine(1e-300), Cosine(1e-9, 1 + 1e-12), Cosine(1e300)]
)
@pytest.mark.parametrize("max_iter", [0, 3])
def test_periods_of_any_length_take_no_time(schedule, max_iter, bundled):
    X, y = bundled("iris")
    model = LogisticRegression(solver="sgd", learning_rate=schedule, max_iter=max_iter)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert np.isfinite(model.fit(X, y).coef_).all()
        assert np.isfinite(model.partial_fit(X, y).coef_).all()
