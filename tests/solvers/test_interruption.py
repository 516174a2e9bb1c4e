"""Trainings that Ctrl-C ends in the middle of an epoch."""

import warnings

import numpy as np
import pytest
from objectives import Bowl
from ticks import handler_below, needs_timers
from training_runs import begun_training, distance, run

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor, _kernels
from skmlp.objective import ALL_ROWS
from skmlp.solvers import SGD, Adam
from skmlp.solvers.epoch import _EpochRunner


class Stopping(Bowl):
    """Objective with falling values, which Ctrl-C interrupts at one evaluation."""

    def __init__(self, at):
        self.at, self.visits = at, 0

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        self.visits += 1
        if self.visits == self.at:
            raise KeyboardInterrupt
        return 10.0 - self.visits, np.ones(3)


@pytest.mark.parametrize("restore_best", [True, False])
@pytest.mark.parametrize(("at", "n_epochs"), [(3, 0), (10, 1), (13, 2)])
def test_the_batches_of_an_unfinished_epoch_are_kept(at, n_epochs, restore_best):
    training = begun_training(SGD(momentum=0.0))
    with pytest.warns(UserWarning, match="interrupted by user"):
        outcome = run(
            Stopping(at),
            training=training,
            batch_size=4,  # five batches of 20 rows
            keeps_interrupted=True,
            restore_best=restore_best,
        )
    assert distance(outcome) == at - 1
    assert outcome.n_iter == len(training.losses) == n_epochs
    state = training.state
    assert (state.steps, state.epochs) == (at - 1, n_epochs)
    assert state.samples == 4 * (at - 1)
    assert (outcome.interrupted, outcome.converged) == (True, False)


def test_the_best_epoch_is_kept_where_the_unfinished_one_is_worse():
    class Rising(Stopping):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            value, gradient = super().value_and_gradient(parameters, rows)
            return -value, gradient

    with pytest.warns(UserWarning, match="interrupted by user"):
        outcome = run(Rising(8), batch_size=4, keeps_interrupted=True)
    assert distance(outcome) == 5


def interrupt():
    raise KeyboardInterrupt


@needs_timers
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", [MLPClassifier, LogisticRegression])
def test_ctrl_c_in_partial_fit_warns_and_keeps_a_true_loss(make):
    X = np.random.default_rng(0).normal(size=(20_000, 20))
    y = (X[:, 0] > 0).astype(int)
    estimator = make(solver="adam", batch_size=1, random_state=0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with handler_below(_EpochRunner.run, interrupt):
            for _ in range(500):
                if not seen:
                    estimator.partial_fit(X, y, classes=[0, 1])
    assert str(seen[0].message).startswith("Training interrupted by user.")
    if make is MLPClassifier:
        assert 0 < estimator.loss_ < 1
    assert estimator.score(X, y) > 0.5


@needs_timers
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("rule", [Adam(), SGD()], ids=["adam", "sgd"])
@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor, LogisticRegression])
def test_ctrl_c_in_an_epoch_leaves_an_estimator_that_can_be_used(make, rule):
    X = np.random.default_rng(0).normal(size=(20_000, 20))
    y = (X[:, 0] > 0).astype(int)
    settings = {"solver": rule, "tol": 0.0, "max_iter": 10**6, "random_state": 0}
    if make is not LogisticRegression:
        settings |= {"hidden_layer_sizes": (50,), "n_iter_no_change": 10**6}
    estimator = make(**settings)
    with (
        pytest.warns(UserWarning, match="interrupted by user"),
        handler_below(_EpochRunner.run, interrupt),
    ):
        estimator.fit(X, y)
    state = estimator._training.state
    assert not estimator.converged_
    assert np.ravel(estimator.n_iter_)[0] == state.epochs
    n_batches = 100
    assert state.epochs * n_batches <= state.steps <= (state.epochs + 1) * n_batches
    assert state.samples == 200 * state.steps
    if isinstance(rule, Adam):
        # In array code a signal can come between a step and its count.
        ahead = state.rule_state["steps"] - state.steps
        assert 0 <= ahead <= (_kernels.NAME == "reference")
    assert np.isfinite(estimator.predict(X)).all()
    estimator.partial_fit(X, y)
