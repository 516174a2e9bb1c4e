"""The training loop that networks and logistic regression by mini-batches share."""

from __future__ import annotations

from math import isfinite
from time import perf_counter

import numpy as np

from skmlp.base.warn import warn
from skmlp.solvers.divergence import (
    LOWEST_RATE,
    NON_FINITE,
    SCALE_DATA,
    Backoff,
    Diverged,
)
from skmlp.solvers.epoch_loop import epochs
from skmlp.solvers.training import (
    EpochRecord,
    Observer,
    Outcome,
    Training,
    TrainingPlan,
    TrainingProblem,
)

__all__ = ["train"]


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
        Changed in place; its state is ready for the plan's rule (`Training.prepare`).
    plan : TrainingPlan
    observer : Observer

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    Diverged
        If training diverged before there were parameters worth keeping, or if the plan
        says so.
    """
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
        self.plan, self.observer = plan, observer
        self.n_epochs, self.message = 0, None
        self.converged = self.diverged = self.stopped = self.over = False
        training.patience.tol = plan.tol
        if not training.losses:
            training.validation_scores = None if problem.held_out is None else []
        # Parameters that are known to be good, for where no epoch was.
        self.backoff = self.before = None
        if plan.on_divergence == "backoff":
            self.backoff = Backoff.before(
                problem.whole, training.state, stream=plan.stream
            )
        if self.backoff is not None or (plan.stream and training.losses):
            self.before = training.state.parameters.copy()

    def one_epoch(self, visits):
        """Visit all rows once, and see what follows."""
        training, plan = self.training, self.plan
        began = perf_counter()
        self.observer.begin(training.state.parameters)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            epoch = next(visits)
            finite = self._record(epoch, began)
        self.stopped = self.observer.end(training.state.parameters, epoch)
        if not finite:
            self._answer_divergence(epoch)
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
        if problem.whole is not None:
            training_loss, gradient = problem.whole.value_and_gradient(parameters)
            gradient_norm = problem.whole.gradient_size(gradient)
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

    def _answer_divergence(self, epoch):
        """Go back to good parameters; go on at half the rate, or say why to stop."""
        self.diverged = True
        plan, training = self.plan, self.training
        good = None if plan.stream else training.patience.best_parameters
        good = self.before if good is None else good
        if good is not None:
            training.state.parameters = good.copy()
            training.state.rule_state = plan.rule.init(training.state.parameters)
        if self.backoff is not None and epoch.learning_rate > LOWEST_RATE:
            self._back_off(epoch)
            return
        number = len(training.losses) if plan.stream else self.n_epochs
        message = (
            f"{NON_FINITE}. {SCALE_DATA} It was in epoch {number}, with a learning rate of "
            f"{epoch.learning_rate:g}; else lower learning_rate_init by a factor of 10,"
            f" to {plan.learning_rate / 10:g}"
        )
        if plan.on_divergence is not None:
            message += ", or set on_divergence='backoff'"
        if plan.on_divergence == "raise" or good is None:
            raise Diverged(f"{message}.")
        kept = "before these rows" if plan.stream else "of the best epoch"
        self.message = f"{message}. The weights {kept} are kept."

    def _back_off(self, epoch):
        """Halve the rate, and take the epoch off the records."""
        training = self.training
        training.state.rate_factor /= 2
        training.patience.waited = 0
        training.records.pop()
        training.losses.pop()
        if self.problem.held_out is not None:
            training.validation_scores.pop()
        rate = epoch.learning_rate / 2
        self.observer.tell(
            f"Training diverged. Going back, and on at the rate {rate:g}."
        )

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
            parameters=training.kept,
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
