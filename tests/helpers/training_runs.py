"""Trainings whose losses are written down beforehand.

The loss of an epoch is what a script says, and every step goes one downwards, so that
parameters tell how many steps there were.
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
    """An objective of these values, one a visit; its gradient is always one."""

    def __init__(self, *values, after=0.0):
        self.values, self.after, self.visits = iter(values), after, 0

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        self.visits += 1
        return next(self.values, self.after), np.ones(3)


class Fixed(Bowl):
    """An objective whose value depends on the parameters alone, by a function."""

    def __init__(self, function):
        self.function = function

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        return self.function(parameters[0]), np.full(3, 2.0)


class Scores:
    """Held-out rows of these scores, and ten times as much of a loss."""

    def __init__(self, *scores):
        self.scores, self.seen = iter(scores), []

    def assess(self, parameters):
        self.seen.append(parameters.copy())
        score = next(self.scores)
        return 10 * score, score


class Log(Observer):
    """Writes down all that it is told; asks to stop at the end of an epoch."""

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
    """One batch an epoch, and steps of one."""
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
    training = Training.begin(np.zeros(3), np.random.RandomState(0), tol=nan)
    training.prepare(rule, np.float64)
    training.state.order = np.arange(20)
    return training


def run(objective, *, training=None, observer=None, held_out=None, whole=None, **plans):
    """The outcome of training an objective as a plan says."""
    asked = plan(**plans)
    return train(
        TrainingProblem(objective, held_out, whole),
        training or begun_training(asked.rule),
        asked,
        observer or Log(),
    )


def distance(outcome):
    """How many steps led to the parameters."""
    return -outcome.parameters[0]
