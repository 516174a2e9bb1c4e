"""Epochs of mini-batches, apart from any estimator."""

from itertools import islice

import numpy as np
import pytest
from objectives import Bowl

from skmlp.objective import ALL_ROWS
from skmlp.solvers import SGD, Constant, TrainingState, epochs


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
