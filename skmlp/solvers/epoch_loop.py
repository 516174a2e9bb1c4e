"""The epoch generator: mini-batch gradient descent as something to iterate over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.network.fused import kernel_of
from skmlp.network.noise import NoiseKey
from skmlp.objective import Objective
from skmlp.objective.l1 import keep_sides, sides_of
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.schedules.base import Progress, Schedule
from skmlp.solvers.step_bounds import StepBounds

__all__ = ["Epoch", "TrainingState", "epochs"]

UNRESTRAINED = StepBounds()


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
    epochs: int = 0
    samples: int = 0
    rate_factor: float = 1.0

    def prepare(self, dtype: DTypeLike) -> None:
        """Make arrays of this dtype of the parameters and of the state of the rule.

        Those that cannot be trained in place, as of a mapped file, are copied.
        """
        self.parameters = _trainable(self.parameters, dtype)
        self.rule_state = {
            name: _trainable(value, dtype) if isinstance(value, np.ndarray) else value
            for name, value in self.rule_state.items()
        }


def _trainable(array, dtype):
    """The array, or a copy that is writable, aligned, contiguous and of the dtype."""
    return np.require(array, dtype, ("C", "A", "W"))


class Epoch(NamedTuple):
    """What one visit of all rows came to."""

    loss: float
    learning_rate: float
    finite: bool


def epochs(
    objective: Objective,
    state: TrainingState,
    rule: UpdateRule,
    schedule: Schedule,
    *,
    learning_rate: float,
    batch_size: int,
    shuffle: bool,
    n_epochs: int | None = None,
    step_bounds: StepBounds = UNRESTRAINED,
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
        Rows in a batch; the last batch of an epoch may be smaller. A rule that takes
        all rows in every step takes them all.
    shuffle : bool
        Whether to permute the order before every epoch, if it has several batches.
    n_epochs : int, optional
        How many epochs there will be at most, for schedules that ask.
    step_bounds : StepBounds, optional
        Bounds of the gradients and of the weights.

    Yields
    ------
    epoch : Epoch
        The loss is the mean of the batches' objectives while they were visited;
        `finite` tells whether it and all parameters are finite. Close the generator
        when no more epochs are wanted: it holds threads.
    """
    order: Any = state.order
    n_rows = len(order)
    if rule.whole_batch:
        batch_size, shuffle = n_rows, False
    n_steps = -(-n_rows // batch_size)
    visit = _Visit(objective, rule, batch_size, shuffle, step_bounds)
    try:
        while True:
            if shuffle:
                order = state.order
                state.order = order[state.generator.permutation(n_rows)]
            progress = Progress.of_an_epoch(
                n_steps,
                steps=state.steps,
                epochs=state.epochs,
                samples=state.samples,
                n_rows=n_rows,
                n_epochs=n_epochs,
            )
            rates = schedule.rate(learning_rate, progress)
            rates = np.full(n_steps, state.rate_factor * rates, dtype=float)
            noise_key = (
                NoiseKey.of_an_epoch(state.generator) if objective.noisy else None
            )
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                total = visit.all_rows(state, rates, noise_key)
                finite = isfinite(total) and _all_finite(state.parameters)
            state.steps += n_steps
            state.epochs += 1
            state.samples += n_rows
            yield Epoch(total / n_rows, float(rates[-1]), finite)
    finally:
        visit.close()


def _all_finite(parameters):
    """Whether all are finite: their sum tells, unless it overflows."""
    if isfinite(float(parameters.sum())):
        return True
    xp = array_namespace(parameters)
    return bool(xp.all(xp.isfinite(parameters)))


class _Visit:
    """One pass over the rows of a state, in one call where that is possible."""

    def __init__(self, objective, rule, batch_size, shuffle, step_bounds):
        self.objective, self.rule, self.batch_size = objective, rule, batch_size
        self.step_bounds = step_bounds
        self.in_place = not shuffle
        fused = objective.fused()
        self.whole = None
        batches = fused and not rule.whole_batch
        self.trainer = fused.trainer(batch_size) if batches else None

    def all_rows(self, state, rates, noise_key):
        """Update after every batch; Σ rows·objective."""
        if self.rule.whole_batch:
            return self._at_once(state, float(rates[0]), noise_key)
        update = self.trainer and _fused_update(self.rule, state.rule_state, rates)
        if update is None:
            return self._one_by_one(state, rates, noise_key)
        order = state.order
        if self.in_place and np.array_equal(order, np.arange(self.objective.n_rows)):
            order = None  # consecutive rows need not be copied
        return self.trainer.train(
            state.parameters,
            order,
            update=update,
            n_rows=len(state.order),
            l2=self.objective.l2,
            l1=self.objective.l1,
            step_bounds=self.step_bounds,
            noise_key=noise_key,
        )

    def close(self):
        """There are no more epochs."""
        if self.trainer is not None:
            self.trainer.close()

    def _one_by_one(self, state, rates, noise_key):
        """The same, batch by batch: what it means."""
        total = 0.0
        for step, rate in enumerate(rates):
            start = step * self.batch_size
            rows = state.order[start : start + self.batch_size]
            noise = {} if noise_key is None else {"noise_key": noise_key.at(start)}
            value, gradient = self.objective.value_and_gradient(
                state.parameters, rows, **noise
            )
            self._update(state, gradient, float(rate))
            total += value * len(rows)
        return total

    def _at_once(self, state, rate, noise_key):
        """One step of all rows, which the objective sums up block by block."""
        if self.whole is None:
            self.whole = self.objective.over(state.order)
        noise = {} if noise_key is None else {"noise_key": noise_key}
        value, gradient = self.whole.value_and_gradient(state.parameters, **noise)
        xp = array_namespace(gradient)
        gradient = xp.astype(gradient, state.parameters.dtype, copy=False)
        self._update(state, gradient, rate)
        return value * len(state.order)

    def _update(self, state, gradient, rate):
        """One step of the rule, within bounds."""
        parameters, objective = state.parameters, self.objective
        weights = parameters[objective.weights]
        self.step_bounds.clip(gradient)
        if objective.l1:
            sides = sides_of(weights, gradient[objective.weights])
        self.rule.shrink(weights, rate)
        self.rule.step(parameters, gradient, state.rule_state, rate)
        if objective.l1:
            keep_sides(weights, sides)
        self.step_bounds.shorten(objective.weight_matrices(parameters))


class _FusedUpdate(NamedTuple):
    """The steps of an update rule as the kernels of whole runs take them."""

    rule: int
    arrays: tuple
    step_sizes: np.ndarray
    settings: np.ndarray


def _fused_update(rule, state, learning_rates):
    """Return the next steps as the kernels take them, or None, and count them."""
    code = kernel_of(rule, _kernels.UPDATE_RULES)
    if code is None:
        return None
    arrays, own_sizes, own_settings = rule.steps(state, learning_rates)
    # Two sizes of the rule's, and what is left of the weights.
    sizes = np.zeros((len(learning_rates), 3))
    sizes[:, : own_sizes.ndim] = own_sizes.reshape(len(sizes), -1)
    sizes[:, 2] = 1 - learning_rates * rule.weight_decay
    settings = np.zeros(3)
    settings[: len(own_settings)] = own_settings
    return _FusedUpdate(code, arrays, sizes, settings)
