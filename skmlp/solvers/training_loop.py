"""The one training loop: `epochs` visits the rows in batches, `train` repeats it.

Networks and logistic regression by mini-batches share it.
"""

from __future__ import annotations

from collections.abc import Generator
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.warn import warn
from skmlp.network.fused import fused_update
from skmlp.network.noise import NoiseKey
from skmlp.objective import Objective
from skmlp.objective.l1 import keep_sides, sides_of
from skmlp.solvers.divergence import Backoff, answer_divergence
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.schedules.base import Progress, Schedule
from skmlp.solvers.step_bounds import StepBounds
from skmlp.solvers.training import (
    Epoch,
    EpochRecord,
    Observer,
    Outcome,
    Training,
    TrainingPlan,
    TrainingProblem,
    TrainingState,
)

__all__ = ["epochs", "train"]

UNRESTRAINED = StepBounds()


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
) -> Generator[Epoch, None, None]:
    """Yield an Epoch after each visit of all rows, without end.

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
        The loss is the mean of the batches' objectives while they were visited. Close
        the generator when no more epochs are wanted: it holds threads.
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
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                rates = schedule.rate(learning_rate, progress)
                rates = np.full(n_steps, state.rate_factor * rates, dtype=float)
                noise_key = None
                if objective.noisy:
                    noise_key = NoiseKey.of_an_epoch(state.generator)
                total = visit.all_rows(state, rates, noise_key)
                finite = isfinite(total) and _all_finite(state.parameters)
            state.steps += n_steps
            state.epochs += 1
            state.samples += n_rows
            yield Epoch(total / n_rows, float(rates[-1]), finite)
    finally:
        visit.close()


def _all_finite(parameters):
    """Return whether all parameters are finite; their sum tells, if it is."""
    if isfinite(float(parameters.sum())):
        return True
    xp = array_namespace(parameters)
    return bool(xp.all(xp.isfinite(parameters)))


class _Visit:
    """Visits all rows, in one call of a kernel where that is possible."""

    def __init__(self, objective, rule, batch_size, shuffle, step_bounds):
        self.objective, self.rule, self.batch_size = objective, rule, batch_size
        self.step_bounds = step_bounds
        self.in_place = not shuffle
        fused = objective.fused()
        self.whole = None
        batches = fused and not rule.whole_batch
        self.trainer = fused.trainer(batch_size) if batches else None

    def all_rows(self, state, rates, noise_key):
        """Run one epoch; return Σ rows·objective."""
        if self.rule.whole_batch:
            return self._at_once(state, float(rates[0]), noise_key)
        update = self.trainer and fused_update(self.rule, state.rule_state, rates)
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
        """Release the threads: there are no more epochs."""
        if self.trainer is not None:
            self.trainer.close()

    def _one_by_one(self, state, rates, noise_key):
        """Run one epoch batch by batch, which defines what the kernel computes."""
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
        """Make one step by the gradient over all rows."""
        if self.whole is None:
            self.whole = self.objective.over(state.order)
        noise = {} if noise_key is None else {"noise_key": noise_key}
        value, gradient = self.whole.value_and_gradient(state.parameters, **noise)
        xp = array_namespace(gradient)
        gradient = xp.astype(gradient, state.parameters.dtype, copy=False)
        self._update(state, gradient, rate)
        return value * len(state.order)

    def _update(self, state, gradient, rate):
        """Make one step of the rule, within bounds."""
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


def train(
    problem: TrainingProblem,
    training: Training,
    plan: TrainingPlan,
    observer: Observer,
) -> Outcome:
    """Visit the rows in batches until patience or the epochs run out.

    Parameters
    ----------
    problem : TrainingProblem
    training : Training
        Changed in place. Without an order of the rows, all of them are visited.
    plan : TrainingPlan
    observer : Observer

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ValueError
        If the plan says early_stopping, but the problem has no held-out rows.
    Diverged
        If training diverged before there were parameters worth keeping, or if the plan
        says so.
    """
    if plan.early_stopping and problem.held_out is None:
        raise ValueError(
            "early_stopping=True needs rows to validate on; give the TrainingProblem "
            "held_out, or set early_stopping=False."
        )
    training.prepare(plan.rule)
    if training.state.order is None:
        training.state.visit_only(np.arange(problem.objective.n_rows))
    run = _Run(problem, training, plan, observer)
    visits = epochs(
        problem.objective,
        training.state,
        plan.rule,
        plan.schedule,
        learning_rate=plan.learning_rate,
        batch_size=plan.batch_size,
        shuffle=plan.shuffle,
        n_epochs=plan.max_epochs if plan.n_epochs is None else plan.n_epochs,
        step_bounds=plan.step_bounds,
    )
    try:
        while not (run.over or run.stopped):
            run.one_epoch(visits)
    except KeyboardInterrupt:
        if not plan.keeps_interrupted:
            raise
        warn("Training interrupted by user.")
        run.stopped = True
    finally:
        visits.close()
    return run.outcome()


class _Run:
    """The epochs of one call of `train`."""

    def __init__(self, problem, training, plan, observer):
        self.problem, self.training = problem, training
        self.whole = problem.whole
        self.plan, self.observer = plan, observer
        self.n_epochs, self.message = 0, None
        self.converged = self.diverged = self.stopped = False
        self.over = plan.max_epochs == 0
        training.patience.tol = plan.tol
        if not training.losses or training.validation_scores is None:
            training.validation_scores = None if problem.held_out is None else []
        # Good parameters to go back to, before an epoch was finite.
        self.backoff = self.before = None
        if plan.on_divergence == "backoff":
            self.whole = self.whole or problem.objective
            self.backoff = Backoff.before(
                self.whole, training.state, stream=plan.stream
            )
        if self.backoff is not None or (plan.stream and training.losses):
            self.before = training.state.parameters.copy()

    def one_epoch(self, visits):
        """Visit all rows once, and decide whether to go on."""
        training, plan = self.training, self.plan
        began = perf_counter()
        self.observer.begin(training.state.parameters)
        epoch = next(visits)
        if self.whole is None and self.problem.held_out is None:
            finite = self._record(epoch, began)
        else:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                finite = self._record(epoch, began)
        self.stopped = self.observer.end(training.state.parameters, epoch)
        if not finite:
            self.diverged = True
            self.message = answer_divergence(
                training,
                plan,
                epoch,
                n_epochs=self.n_epochs,
                before=self.before,
                backs_off=self.backoff is not None,
            )
            if self.message is None:
                rate = epoch.learning_rate / 2
                self.observer.tell(
                    f"Training diverged. Going back, and on at the rate {rate:g}."
                )
        elif training.patience.exhausted(plan.n_iter_no_change):
            self.converged = not self._lower_rate(epoch)
        out_of_epochs = finite if plan.stream else self.n_epochs >= plan.max_epochs
        self.over = out_of_epochs or self.converged or self.message is not None

    def _record(self, epoch, began):
        """Record an epoch; return whether all its numbers are finite, and in bounds."""
        training, problem = self.training, self.problem
        parameters, patience = training.state.parameters, training.patience
        cost, finite = epoch.loss, epoch.finite
        training_loss = gradient_norm = validation_loss = score = None
        if self.whole is not None:
            training_loss, gradient = self.whole.value_and_gradient(parameters)
            gradient_norm = self.whole.gradient_size(gradient)
            finite = finite and isfinite(training_loss)
            if self.backoff is not None:
                finite &= not self.backoff.exceeded_by(training_loss, patience)
        if problem.held_out is not None:
            validation_loss, score = problem.held_out.assess(parameters)
            training.validation_scores.append(score)
            finite = finite and isfinite(validation_loss)
            if self.plan.early_stopping:
                cost = -score
        self.n_epochs += 1
        training.losses.append(epoch.loss)
        record = EpochRecord(
            epoch.loss,
            training_loss,
            validation_loss,
            score,
            epoch.learning_rate,
            gradient_norm,
            perf_counter() - began,
        )
        training.records.append(record)
        self.observer.record(record)
        if finite:
            patience.observe(cost, epoch.loss, parameters)
        return finite

    def _lower_rate(self, epoch):
        """Answer a plateau: lower the rate and go on (true), or stop (false)."""
        plan, schedule = self.plan, self.plan.schedule
        goes_on = (
            schedule.patience_factor is not None
            and epoch.learning_rate > schedule.lowest
        )
        then = "Stopping."
        if goes_on:
            self.training.state.rate_factor *= schedule.patience_factor
            self.training.patience.waited = 0
            rate = epoch.learning_rate * schedule.patience_factor
            then = f"Setting learning rate to {rate:g}"
        what = "Validation score" if plan.early_stopping else "Training loss"
        self.observer.tell(
            f"{what} did not improve more than tol={plan.tol:f} for "
            f"{plan.n_iter_no_change} consecutive epochs. {then}"
        )
        return goes_on

    def outcome(self):
        """Choose the best parameters, or the last: on a stream, losses do not compare.

        Where the last epoch diverged, its parameters are no choice.
        """
        plan, training = self.plan, self.training
        patience = training.patience
        last = (plan.stream and not plan.early_stopping) or not plan.restore_best
        last = last and self.message is None
        last = last or patience.best_parameters is None
        training.kept = training.state.parameters if last else patience.best_parameters
        training.stream_converged = plan.stream and self.converged
        watched = plan.early_stopping
        return Outcome(
            training=training,
            parameters=training.kept.copy(),
            loss=_last_finite(training.losses) if last else patience.best_loss,
            best_loss=None if watched else patience.best,
            best_validation_score=-patience.best if watched else None,
            n_iter=self.n_epochs,
            converged=self.converged,
            diverged=self.diverged,
            stopped=self.stopped,
            message=self.message,
        )


def _last_finite(losses):
    """Return the last loss that is a number; epochs that diverged have none."""
    return next(filter(isfinite, reversed(losses)), np.nan)
