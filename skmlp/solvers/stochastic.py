"""The epoch generator: mini-batch gradient descent as something to iterate over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Epoch", "TrainingState", "epochs"]


@dataclass
class TrainingState:
    """All that evolves during training: save it, and training can be resumed.

    `order` holds the row numbers in the order of the last visit; each epoch permutes
    it again; `validation_rows` are never visited. `rate_factor` multiplies the
    schedule's rate: it is the caller's, to answer plateaus with.
    """

    parameters: Any
    rule_state: dict
    generator: np.random.RandomState
    order: np.ndarray | None = None
    validation_rows: np.ndarray | None = None
    steps: int = 0
    samples: int = 0
    rate_factor: float = 1.0
    extras: dict = field(default_factory=dict)


class Epoch(NamedTuple):
    """What one visit of all rows came to."""

    loss: float
    learning_rate: float


def epochs(
    objective, state, rule, schedule, *, learning_rate, batch_size, shuffle
) -> Iterator[Epoch]:
    """One visit of all rows after another, for as long as the caller likes.

    Parameters
    ----------
    objective : Objective
    state : TrainingState
        Changed in place; after each epoch it is ready to be resumed from.
    rule : UpdateRule
    schedule : Schedule
    learning_rate : float
        The schedule's initial rate.
    batch_size : int
        Rows in a batch; the last batch of an epoch may be smaller.
    shuffle : bool
        Whether to permute the order before every epoch.

    Yields
    ------
    epoch : Epoch
        The loss is the mean of the batches' objectives while they were visited.
    """
    n_rows = len(state.order)
    while True:
        if shuffle:
            state.order = state.order[state.generator.permutation(n_rows)]
        total = rate = 0.0
        for start in range(0, n_rows, batch_size):
            rows = state.order[start : start + batch_size]
            rate = state.rate_factor * schedule.rate(
                learning_rate, steps=state.steps, samples=state.samples
            )
            value, gradient = objective.value_and_gradient(state.parameters, rows)
            rule.step(state.parameters, gradient, state.rule_state, rate)
            state.steps += 1
            total += value * len(rows)
        state.samples += n_rows
        yield Epoch(loss=total / n_rows, learning_rate=rate)
