"""The training loop: `epochs` trains in batches, `train` decides when to stop.

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
from skmlp.objective.l1 import orthant_of, project_onto_orthant
from skmlp.solvers.divergence import DivergenceThreshold, handle_divergence
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

_NO_BOUNDS = StepBounds()


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

    Yields
    ------
    epoch : Epoch
        Its loss is the mean over rows of the objectives of their batches, each before
        its step. Close the generator after the last epoch: it holds threads.
    """
    order: Any = state.order
    n_rows = len(order)
    if rule.whole_batch:
        batch_size, shuffle = n_rows, False
    n_steps = -(-n_rows // batch_size)
    runner = _EpochRunner(objective, rule, batch_size, shuffle, step_bounds)
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
                total = runner.run(state, rates, noise_key)
                finite = isfinite(total) and _all_finite(state.parameters)
            state.steps += n_steps
            state.epochs += 1
            state.samples += n_rows
            yield Epoch(total / n_rows, float(rates[-1]), finite)
    finally:
        runner.close()


def _all_finite(parameters):
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

    def run(self, state, rates, noise_key):
        """Run one epoch; return the sum over batches of n_rows · objective."""
        if self.rule.whole_batch:
            return self._full_batch_step(state, float(rates[0]), noise_key)
        update = self.trainer and fused_update(self.rule, state.rule_state, rates)
        if update is None:
            return self._run_batches(state, rates, noise_key)
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
        """Release the threads, after the last epoch."""
        if self.trainer is not None:
            self.trainer.close()

    def _run_batches(self, state, rates, noise_key):
        """Run one epoch batch by batch: the reference of `trainer.train`."""
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


def train(
    problem: TrainingProblem,
    training: Training,
    plan: TrainingPlan,
    observer: Observer,
) -> Outcome:
    """Train in epochs until patience or `max_epochs` ends it; return the outcome.

    Parameters
    ----------
    problem : TrainingProblem
    training : Training
        State, changed in place. If it has no order of rows, all rows are trained on.
    plan : TrainingPlan
    observer : Observer

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ValueError
        If plan.early_stopping is True, but the problem has no held-out rows.
    Diverged
        If training diverged with nothing good to return, or on_divergence is 'raise'.
    """
    if plan.early_stopping and problem.held_out is None:
        raise ValueError(
            "early_stopping=True needs rows to validate on; give the TrainingProblem "
            "held_out, or set early_stopping=False."
        )
    training.prepare(plan.rule)
    if training.state.order is None:
        training.state.visit_only(np.arange(problem.objective.n_rows))
    run = _TrainingRun(problem, training, plan, observer)
    epoch_generator = epochs(
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
        while not (run.finished or run.stopped):
            run.run_epoch(epoch_generator)
    except KeyboardInterrupt:
        if not plan.keeps_interrupted:
            raise
        warn("Training interrupted by user.")
        run.stopped = True
    finally:
        epoch_generator.close()
    return run.outcome()


class _TrainingRun:
    """One call of `train`: runs and records its epochs, and decides when to stop."""

    def __init__(self, problem, training, plan, observer):
        self.problem, self.training = problem, training
        self.whole = problem.whole
        self.plan, self.observer = plan, observer
        self.n_epochs, self.message = 0, None
        self.converged = self.diverged = self.stopped = False
        self.finished = plan.max_epochs == 0
        training.patience.tol = plan.tol
        if not training.losses or training.validation_scores is None:
            training.validation_scores = None if problem.held_out is None else []
        # Good parameters to restore, until an epoch is finite.
        self.threshold = self.fallback = None
        if plan.on_divergence == "backoff":
            self.whole = self.whole or problem.objective
            self.threshold = DivergenceThreshold.before_training(
                self.whole, training.state, stream=plan.stream
            )
        if self.threshold is not None or (plan.stream and training.losses):
            self.fallback = training.state.parameters.copy()

    def run_epoch(self, epoch_generator):
        """Run one epoch, and set the attributes that tell if training ends."""
        training, plan = self.training, self.plan
        began = perf_counter()
        self.observer.begin(training.state.parameters)
        epoch = next(epoch_generator)
        if self.whole is None and self.problem.held_out is None:
            finite = self._record(epoch, began)
        else:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                finite = self._record(epoch, began)
        self.stopped = self.observer.end(training.state.parameters, epoch)
        if not finite:
            self.diverged = True
            self.message = handle_divergence(
                training,
                plan,
                epoch,
                n_epochs=self.n_epochs,
                fallback=self.fallback,
                backs_off=self.threshold is not None,
            )
            if self.message is None:
                self.observer.tell(
                    "Training diverged. Restoring earlier weights and continuing with "
                    f"learning rate {epoch.learning_rate / 2:g}."
                )
        elif training.patience.exhausted(plan.n_iter_no_change):
            self.converged = not self._lower_rate(epoch)
        out_of_epochs = finite if plan.stream else self.n_epochs >= plan.max_epochs
        self.finished = out_of_epochs or self.converged or self.message is not None

    def _record(self, epoch, began):
        """Record an epoch; return True unless it diverged."""
        training, problem = self.training, self.problem
        parameters, patience = training.state.parameters, training.patience
        cost, finite = epoch.loss, epoch.finite
        training_loss = gradient_norm = validation_loss = score = None
        if self.whole is not None:
            training_loss, gradient = self.whole.value_and_gradient(parameters)
            gradient_norm = self.whole.gradient_size(gradient)
            finite = finite and isfinite(training_loss)
            if self.threshold is not None:
                finite &= not self.threshold.exceeded_by(training_loss, patience)
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
        """Lower the rate on a plateau and return True, or return False to stop."""
        plan, schedule = self.plan, self.plan.schedule
        continues = (
            schedule.patience_factor is not None
            and epoch.learning_rate > schedule.lowest
        )
        reaction = "Stopping."
        if continues:
            self.training.state.rate_factor *= schedule.patience_factor
            self.training.patience.waited = 0
            rate = epoch.learning_rate * schedule.patience_factor
            reaction = f"Setting learning rate to {rate:g}"
        cost = "Validation score" if plan.early_stopping else "Training loss"
        self.observer.tell(
            f"{cost} did not improve more than tol={plan.tol:f} for "
            f"{plan.n_iter_no_change} consecutive epochs. {reaction}"
        )
        return continues

    def outcome(self):
        """Return the outcome, with the parameters of the best epoch or of the last.

        On a stream it is the last, unless it diverged: other losses do not compare.
        """
        plan, training = self.plan, self.training
        patience = training.patience
        use_last = (plan.stream and not plan.early_stopping) or not plan.restore_best
        use_last = use_last and self.message is None
        use_last = use_last or patience.best_parameters is None
        chosen = training.state.parameters if use_last else patience.best_parameters
        training.kept = chosen
        training.stream_converged = plan.stream and self.converged
        by_score = plan.early_stopping
        return Outcome(
            training=training,
            parameters=chosen.copy(),
            loss=_last_finite(training.losses) if use_last else patience.best_loss,
            best_loss=None if by_score else patience.best,
            best_validation_score=-patience.best if by_score else None,
            n_iter=self.n_epochs,
            converged=self.converged,
            diverged=self.diverged,
            stopped=self.stopped,
            message=self.message,
        )


def _last_finite(losses):
    """Return the last loss that is finite, or NaN if there is none."""
    return next(filter(isfinite, reversed(losses)), np.nan)
