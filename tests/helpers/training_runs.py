"""Training runs whose losses are given in advance.

A script gives the loss of every epoch, and every step lowers the parameters by one, so
that the parameters show the number of steps.
"""

from math import inf, nan

import numpy as np
from objectives import Bowl

from skmlp.objective import ALL_ROWS
from skmlp.solvers import (
    SGD,
    Constant,
    Observer,
    Training,
    TrainingPlan,
    TrainingProblem,
    train,
)


class Script(Bowl):
    """Objective with given values, one per evaluation; its gradient is always one."""

    def __init__(self, *values, after=0.0):
        self.values, self.after, self.visits = iter(values), after, 0

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        self.visits += 1
        return next(self.values, self.after), np.ones(3)


class Fixed(Bowl):
    """Objective whose value is a function of the first parameter only."""

    def __init__(self, function):
        self.function = function

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        return self.function(parameters[0]), np.full(3, 2.0)


class Scores:
    """Held-out rows with given scores; their loss is ten times the score."""

    def __init__(self, *scores):
        self.scores, self.seen = iter(scores), []

    def assess(self, parameters):
        self.seen.append(parameters.copy())
        score = next(self.scores)
        return 10 * score, score


class Log(Observer):
    """Observer that records all calls, and stops training after `stop_at` epochs."""

    def __init__(self, stop_at=inf):
        self.stop_at, self.calls, self.records, self.told = stop_at, [], [], []

    def begin(self, parameters):
        self.calls.append(("begin", parameters[0]))

    def record(self, record):
        self.calls.append(("record", record.loss))
        self.records.append(record)

    def end(self, parameters, epoch):
        self.calls.append(("end", parameters[0]))
        return len(self.records) >= self.stop_at

    def tell(self, text):
        self.told.append(text)


def plan(**settings):
    """Return a TrainingPlan with one batch per epoch and steps of length one."""
    return TrainingPlan(
        **{
            "rule": SGD(momentum=0.0),
            "schedule": Constant(),
            "learning_rate": 1.0,
            "batch_size": 20,
            "max_epochs": 10,
            "tol": 0.0,
            "n_iter_no_change": inf,
        }
        | settings
    )


def begun_training(rule):
    """Return a Training at zero parameters that is prepared for an update rule."""
    training = Training.begin(np.zeros(3), np.random.RandomState(0), tol=nan)
    training.prepare(rule, np.float64)
    training.state.order = np.arange(20)
    return training


def run(
    objective,
    *,
    training=None,
    observer=None,
    held_out=None,
    whole=None,
    result=None,
    **plans,
):
    """Train an objective with the settings `plans`; return the outcome."""
    asked = plan(**plans)
    return train(
        TrainingProblem(objective, held_out, whole, result),
        training or begun_training(asked.rule),
        asked,
        observer or Log(),
    )


def distance(outcome):
    """Return the distance of the parameters from zero: the number of unit steps."""
    return -outcome.parameters[0]
