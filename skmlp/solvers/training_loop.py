"""The training loop: `train` runs epochs and decides when to stop.

Networks and logistic regression by mini-batches share it.
"""

from __future__ import annotations

from math import inf, isfinite, nan
from time import perf_counter

import numpy as np

from skmlp.base.warn import warn
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.divergence import (
    NO_LOWER_LOSS,
    NON_FINITE,
    NOTHING_LEARNT,
    SCALE_DATA,
    SQUARES_OVERFLOW,
    Diverged,
    handle_divergence,
)
from skmlp.solvers.epoch import EpochRecord, all_finite, epochs
from skmlp.solvers.interruption import INTERRUPTED, loss_after_interruption
from skmlp.solvers.patience import LossLimit
from skmlp.solvers.too_early import stopped_too_early
from skmlp.solvers.training import (
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
        reached=run.reached,
    )
    try:
        while not (run.finished or run.stopped):
            run.run_epoch(epoch_generator)
        return run.outcome()
    except KeyboardInterrupt:
        if not plan.keeps_interrupted:
            raise
        run.interrupted = run.stopped = True
    finally:
        epoch_generator.close()
    return run.outcome()


class _TrainingRun:
    """One call of `train`: runs and records its epochs, and decides when to stop."""

    def __init__(self, problem, training, plan, observer):
        self.problem, self.training = problem, training
        self.plan, self.observer = plan, observer
        self.n_epochs, self.message, self.rate = 0, None, plan.learning_rate
        self.converged = self.diverged = self.stopped = self.interrupted = False
        self.finished = plan.max_epochs == 0
        self.reached = np.zeros(2)  # batches of an unfinished epoch, sum of its losses
        training.patience.tol = plan.tol
        had_losses = bool(training.losses)
        if not had_losses or training.validation_scores is None:
            training.validation_scores = None if problem.held_out is None else []
        self.is_first = not had_losses
        self.backs_off = plan.on_divergence == "backoff"
        # Good parameters to restore, until an epoch is finite.
        self.start = training.kept
        self.falls_back = self.backs_off or (plan.stream and had_losses)
        self.limit = self.improved = None
        self.result = problem.result
        if self.result is None and self.backs_off:
            self.result = problem.whole or problem.objective
        if self.result is not None:
            usual = training.patience.best_loss if plan.stream and had_losses else -inf
            starts = [self.start]
            if usual > -inf:
                patience = training.patience
                starts += [patience.before_best, patience.best_parameters]
            starts = [each for each in starts if each is not None]
            self.limit = LossLimit(self.result, starts, usual)

    def run_epoch(self, epoch_generator):
        """Run one epoch, and set the attributes that tell if training ends."""
        training, plan = self.training, self.plan
        began = perf_counter()
        self.observer.begin(training.state.parameters)
        before = self._parameters_before()
        epoch = next(epoch_generator)
        self.rate = epoch.learning_rate
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self._record(epoch, began, before)
        self.stopped = self.observer.end(training.state.parameters, epoch)
        if loss is not None:
            self._diverge(loss, backs_off=self.backs_off)
            if self.message is None:
                self.observer.tell(
                    "Training diverged. Restoring earlier weights and continuing with "
                    f"learning rate {epoch.learning_rate / 2:g}."
                )
        elif training.patience.exhausted(plan.n_iter_no_change):
            self.converged = not self._lower_rate(epoch)
        out_of_epochs = (
            loss is None if plan.stream else self.n_epochs >= plan.max_epochs
        )
        self.finished = out_of_epochs or self.converged or self.message is not None

    def _parameters_before(self):
        """Return the parameters before an epoch, which must not change in it."""
        patience = self.training.patience
        if self.limit is None:
            return None
        if self.plan.stream:
            return self.start
        if self.improved:  # in the last epoch, which has copied them
            return patience.best_parameters
        return self.training.state.parameters.copy()

    def _diverge(self, loss, *, backs_off):
        """Restore good parameters; set `message` unless training continues."""
        self.diverged = True
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            good = self._good_parameters(loss)
        self.message = handle_divergence(
            self.training,
            self.plan,
            self.rate,
            loss=self._reported(loss),
            n_epochs=self.n_epochs,
            good=good,
            backs_off=backs_off,
        )

    def _good_parameters(self, loss):
        """Return (parameters, where they are from) after a divergence, or None."""
        patience, result = self.training.patience, self.result
        best = patience.best_parameters
        if self.plan.stream:
            if not (self.falls_back or isfinite(loss)):
                return None
            found = [self.start, patience.before_best, best]
            found = [each for each in found if each is not None]
            if isfinite(loss):  # this part of the stream shows which are good
                return min(found, key=result.value_at), "that suit these rows best"
            return found[0], "from before this call"
        if best is not None:
            before, place = patience.before_best, "of the best epoch"
            if result is not None:
                best = patience.checked_best(result)
            if best is before:
                place = "with which the best epoch began"
            if result is None or not self.limit.exceeded_by(patience.best_loss):
                return best, place
            patience.forget()
        if self.falls_back or isfinite(loss):
            return self.start, "from before training"
        return None

    def _record(self, epoch, began, before):
        """Record an epoch; return None, or the loss by which it diverged."""
        training, problem = self.training, self.problem
        parameters, patience = training.state.parameters, training.patience
        cost, diverged = epoch.loss, None if epoch.finite else inf
        training_loss = gradient_norm = validation_loss = score = None
        if problem.whole is not None:
            training_loss, gradient = problem.whole.value_and_gradient(parameters)
            gradient_norm = problem.whole.gradient_size(gradient)
            if not isfinite(training_loss):
                diverged = inf
        if problem.held_out is not None:
            validation_loss, score = problem.held_out.assess(parameters)
            if not isfinite(validation_loss):
                diverged = inf
            if self.plan.early_stopping:
                cost = -score
        if diverged is None and self.limit and self.limit.exceeded_by(epoch.loss):
            diverged = epoch.loss
        if score is not None and diverged is not None:
            score = nan
        self.n_epochs += 1
        record = EpochRecord(
            epoch.loss,
            training_loss,
            validation_loss,
            score,
            epoch.learning_rate,
            gradient_norm,
            perf_counter() - began,
        )
        if problem.units is not None:
            record = problem.units.of_record(record)
        training.losses.append(record.loss)
        if score is not None:
            training.validation_scores.append(record.validation_score)
        training.records.append(record)
        self.observer.record(record)
        best = patience.best
        if diverged is None:
            # A score is that of the last parameters of an epoch: they are as good.
            before = None if self.plan.early_stopping else before
            patience.observe(cost, epoch.loss, parameters, before)
        self.improved = patience.best < best
        return diverged

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
        plan, training, units = self.plan, self.training, self.problem.units
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            chosen, loss = self._chosen()
            checks = not (plan.stream or self.message or self.interrupted)
            if self.limit is not None and checks:
                if self.limit.exceeded_by(loss):
                    self._diverge(loss, backs_off=False)
                    chosen, loss = self._chosen()
                elif self.converged and self.limit.learnt_nothing(loss):
                    self.message = NOTHING_LEARNT.format(loss=self._reported(loss))
                elif self.converged and not _is_finite(training.state.rule_state):
                    self.message = SQUARES_OVERFLOW
                elif self.converged and self._kept_start(chosen, loss):
                    self.message = NO_LOWER_LOSS.format(
                        loss=self._reported(loss), last=training.losses[-1]
                    )
        if self.limit is not None and not isfinite(loss):
            raise Diverged(f"{NON_FINITE}. {SCALE_DATA}")
        training.kept = chosen
        training.stream_converged = plan.stream and self.converged
        by_score = plan.early_stopping
        best = training.patience.best
        if best == inf:  # no epoch was good
            best = -self.problem.held_out.assess(chosen)[1] if by_score else loss
        best_score = -best if by_score else None
        if by_score and units is not None:
            best_score = units.score.of(best_score)
        converged, message = self.converged and self.message is None, self.message
        if converged and by_score and not plan.stream:
            own_records = training.records[-self.n_epochs :]
            message = stopped_too_early(own_records, plan.n_iter_no_change)
        return Outcome(
            training=training,
            parameters=chosen.copy(),
            loss=self._reported(loss),
            best_loss=None if by_score else self._reported(best),
            best_validation_score=best_score,
            n_iter=self.n_epochs,
            converged=converged,
            diverged=self.diverged,
            stopped=self.stopped,
            message=message,
            interrupted=self.interrupted,
        )

    def _kept_start(self, chosen, loss):
        """Return True if the first weights are kept, since all others were worse."""
        last = self._unreported(self.training.losses[-1])
        worse = last > loss + max(self.plan.tol, 0)
        return self.is_first and worse and np.array_equal(chosen, self.start)

    def _chosen(self):
        """Return the parameters of the outcome, and their loss."""
        plan, training, result = self.plan, self.training, self.result
        patience = training.patience
        use_last = (plan.stream and not plan.early_stopping) or not plan.restore_best
        if self.message is not None:  # the last parameters are those restored
            use_last = plan.stream
        use_last = use_last or patience.best_parameters is None
        if self.interrupted:
            use_last = use_last or self._last_steps_are_best()
            use_last = use_last and all_finite(training.state.parameters)
        chosen = training.state.parameters if use_last else patience.best_parameters
        if chosen is None:  # interrupted in the first epoch, with infinite parameters
            chosen = self.start
        samples = self.interrupted and isinstance(result, EmpiricalRisk)
        if self.interrupted and not samples:
            warn(INTERRUPTED)
        if samples:
            loss = loss_after_interruption(result, chosen, training.state.order)
        elif plan.stream and self.message is not None and result is not None:
            loss = result.value_at(chosen)
            loss = loss if isfinite(loss) else self._last_finite_loss()
        elif result is None or plan.stream:
            loss = self._last_finite_loss() if use_last else patience.best_loss
        elif use_last or plan.early_stopping:
            loss = result.value_at(chosen)
        else:
            chosen = patience.checked_best(result)
            loss = patience.best_loss
        return chosen, loss

    def _last_finite_loss(self):
        """Return the last finite loss of an epoch, or NaN if there is none."""
        losses = self.training.losses
        return self._unreported(next(filter(isfinite, reversed(losses)), nan))

    def _reported(self, loss):
        """Return a loss of the training in the units of records and outcomes."""
        units = self.problem.units
        return loss if units is None else units.loss.of(loss)

    def _unreported(self, loss):
        """Return a loss of a record in the units of the training."""
        units = self.problem.units
        return loss if units is None else units.loss.undo(loss)

    def _last_steps_are_best(self):
        """Return True if the unfinished epoch has the lowest loss so far."""
        n_batches, total = self.reached
        if n_batches == 0 or self.plan.early_stopping:
            return False
        n_rows = min(n_batches * self.plan.batch_size, len(self.training.state.order))
        return total / n_rows < self.training.patience.best


def _is_finite(rule_state):
    """Return True if the arrays of the state of an update rule are finite."""
    arrays = (rule_state or {}).values()
    return all(all_finite(each) for each in arrays if hasattr(each, "dtype"))
