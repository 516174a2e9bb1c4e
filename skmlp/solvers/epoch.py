"""Epochs: batch after batch of all rows, each with one step of an update rule.

`epochs` trains; `TrainingState` is the state from which it can be resumed.
"""

from __future__ import annotations

import copy
from collections.abc import Generator
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.network.fused import fused_update
from skmlp.network.noise import NoiseKey
from skmlp.objective import Objective
from skmlp.objective.l1 import orthant_of, project_onto_orthant
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.schedules.base import Progress, Schedule
from skmlp.solvers.step_bounds import StepBounds

__all__ = ["Epoch", "EpochRecord", "TrainingState", "all_finite", "epochs"]

_NO_BOUNDS = StepBounds()


class EpochRecord(NamedTuple):
    """Losses and scores of one epoch or one L-BFGS iteration; None: not computed."""

    loss: float
    training_loss: float | None = None
    validation_loss: float | None = None
    validation_score: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    seconds: float | None = None


class Epoch(NamedTuple):
    """Mean loss and last learning rate of one epoch; `finite`: without overflow."""

    loss: float
    learning_rate: float
    finite: bool


@dataclass
class TrainingState:
    """State that `epochs` changes, from which training can be resumed.

    `order` holds the row numbers in the order of the last epoch; the next one permutes
    them again. `validation_rows` are never trained on. `steps`, `epochs` and `samples`
    count updates, epochs and visited rows. `rate_factor` multiplies the rate of the
    schedule; the caller lowers it on a plateau.
    """

    parameters: Any
    rule_state: dict[str, Any] | None
    generator: np.random.RandomState
    order: np.ndarray | None = None
    validation_rows: np.ndarray | None = None
    steps: int = 0
    epochs: int = 0
    samples: int = 0
    rate_factor: float = 1.0

    def copy(self) -> TrainingState:
        """Return a copy, so that training with it leaves this state as it is.

        Only the generator is shared; epochs replace the arrays of row numbers.
        """
        other = copy.copy(self)
        other.parameters = self.parameters.copy()
        if self.rule_state is not None:
            other.rule_state = copy.deepcopy(self.rule_state)
        return other

    def visits(self, rows: np.ndarray, aside: np.ndarray | None = None) -> bool:
        """Return True if `order` plus `aside` hold exactly `rows`, each one once."""
        if self.order is None:
            return False
        split = self.order if aside is None else np.concatenate([self.order, aside])
        return len(split) == len(rows) and np.array_equal(np.sort(split), rows)

    def visit_only(self, rows: np.ndarray) -> None:
        """Set the rows to train on (ascending); keep an order of exactly these rows."""
        if not self.visits(rows):
            self.order, self.validation_rows = rows, rows[:0]

    def forget_rows(self) -> None:
        """Drop the row numbers of the last epoch."""
        self.order = self.validation_rows = None

    def prepare(self, dtype: DTypeLike) -> None:
        """Convert the parameters and the state of the rule to arrays of this dtype.

        Arrays that cannot be changed in place, such as those of a memory-mapped file,
        are copied.
        """
        self.parameters = _trainable(self.parameters, dtype)
        self.rule_state = {
            name: _trainable(value, dtype) if isinstance(value, np.ndarray) else value
            for name, value in (self.rule_state or {}).items()
        }


def _trainable(array, dtype):
    """Return a writable, aligned, contiguous array of this dtype; copy if necessary."""
    if type(array) is np.ndarray and array.dtype == dtype and array.flags.carray:
        return array  # np.require takes long beside a small fit
    return np.require(array, dtype, ("C", "A", "W"))


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
    step_bounds: StepBounds = _NO_BOUNDS,
    reached: Array | None = None,
) -> Generator[Epoch, None, None]:
    """Train in batches and yield an Epoch after each visit of all rows, endlessly.

    Parameters
    ----------
    objective : Objective
    state : TrainingState
        Changed in place; after each epoch training can be resumed from it.
    rule : UpdateRule
    schedule : Schedule
    learning_rate : float
        Initial rate, which the schedule changes.
    batch_size : int
        Number of rows in a batch; the last batch of an epoch may be smaller. A rule
        with `whole_batch` takes all rows in one batch.
    shuffle : bool
        If True, permute the rows before every epoch, except for such a rule.
    n_epochs : int, optional
        Maximum number of epochs, for schedules that need it.
    step_bounds : StepBounds, optional
        Bounds of the gradients and of the weights; by default there are none.
    reached : ndarray of shape (2,), optional
        Set to the number of batches done in an epoch, and to the sum over these batches
        of n_rows · objective. An exception that interrupts an epoch, such as
        KeyboardInterrupt, leaves the state after the last of these batches.

    Yields
    ------
    epoch : Epoch
        Its loss is the mean over rows of the objectives of their batches, each before
        its step. Close the generator after the last epoch: it holds threads.
    """
    order: Any = state.order
    n_rows = len(order)
    reached = np.zeros(2) if reached is None else reached
    if rule.whole_batch:
        batch_size, shuffle = n_rows, False
    n_steps = -(-n_rows // batch_size)
    runner = _EpochRunner(objective, rule, batch_size, shuffle, step_bounds)
    try:
        while True:
            reached[:] = 0
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
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                rates = schedule.rate(learning_rate, progress)
                rates = np.full(n_steps, state.rate_factor * rates, dtype=float)
                noise_key = None
                if objective.noisy:
                    noise_key = NoiseKey.of_an_epoch(state.generator)
                total = runner.run(state, rates, noise_key, reached)
                finite = isfinite(total) and all_finite(state.parameters)
            state.steps += n_steps
            state.epochs += 1
            state.samples += n_rows
            reached[:] = 0
            yield Epoch(total / n_rows, float(rates[-1]), finite)
    finally:
        state.steps += int(reached[0])
        state.samples += min(int(reached[0]) * batch_size, n_rows)
        runner.close()


def all_finite(parameters):
    """Return True if all parameters are finite; usually their sum shows it."""
    if isfinite(float(parameters.sum())):
        return True
    xp = array_namespace(parameters)
    return bool(xp.all(xp.isfinite(parameters)))


class _EpochRunner:
    """Runner of single epochs, by one call of a kernel if that is possible."""

    def __init__(self, objective, rule, batch_size, shuffle, step_bounds):
        self.objective, self.rule, self.batch_size = objective, rule, batch_size
        self.step_bounds = step_bounds
        self.in_place = not shuffle
        fused = objective.fused()
        self.all_rows = None
        has_batches = fused and not rule.whole_batch
        self.trainer = fused.trainer(batch_size) if has_batches else None

    def run(self, state, rates, noise_key, reached):
        """Run one epoch; return the sum over batches of n_rows · objective."""
        if self.rule.whole_batch:
            return self._full_batch_step(state, float(rates[0]), noise_key)
        before = state.rule_state.copy()
        try:
            update = self.trainer and fused_update(self.rule, state.rule_state, rates)
            if update is not None:
                return self._run_in_kernel(state, update, noise_key, reached)
        except BaseException:
            # The rule has counted all steps of the epoch: count those done instead.
            state.rule_state.update(before)
            if reached[0] > 0:
                fused_update(self.rule, state.rule_state, rates[: int(reached[0])])
            raise
        return self._run_batches(state, rates, noise_key, reached)

    def _run_in_kernel(self, state, update, noise_key, reached):
        """Run one epoch by one call of the compiled kernel."""
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
            reached=reached,
        )

    def close(self):
        """Release the threads, after the last epoch."""
        if self.trainer is not None:
            self.trainer.close()

    def _run_batches(self, state, rates, noise_key, reached):
        """Run one epoch batch by batch: the reference of `trainer.train`."""
        for step, rate in enumerate(rates):
            start = step * self.batch_size
            rows = state.order[start : start + self.batch_size]
            noise = {} if noise_key is None else {"noise_key": noise_key.at(start)}
            value, gradient = self.objective.value_and_gradient(
                state.parameters, rows, **noise
            )
            self._update(state, gradient, float(rate))
            reached += (1, value * len(rows))
        return float(reached[1])

    def _full_batch_step(self, state, rate, noise_key):
        """Make one step with the gradient over all rows; return n_rows · objective."""
        if self.all_rows is None:
            self.all_rows = self.objective.over(state.order)
        noise = {} if noise_key is None else {"noise_key": noise_key}
        value, gradient = self.all_rows.value_and_gradient(state.parameters, **noise)
        xp = array_namespace(gradient)
        gradient = xp.astype(gradient, state.parameters.dtype, copy=False)
        self._update(state, gradient, rate)
        return value * len(state.order)

    def _update(self, state, gradient, rate):
        """Change the parameters by one step of the rule, within the step bounds."""
        parameters, objective = state.parameters, self.objective
        weights = parameters[objective.weights]
        self.step_bounds.clip(gradient)
        if objective.l1:
            orthant = orthant_of(weights, gradient[objective.weights])
        self.rule.shrink(weights, rate)
        self.rule.step(parameters, gradient, state.rule_state, rate)
        if objective.l1:
            project_onto_orthant(weights, orthant)
        self.step_bounds.shorten(objective.weight_matrices(parameters))
