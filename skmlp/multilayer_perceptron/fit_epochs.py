"""A network's fit by epochs of mini-batches: records, plateaus and divergence."""

from dataclasses import dataclass, replace
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np

from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.history import EpochRecord
from skmlp.solvers import TrainingState, epochs
from skmlp.solvers.stopping import LOWEST_RATE, Backoff, Diverged

__all__ = ["EpochFit"]


@dataclass(frozen=True)
class EpochMonitors:
    """What is looked at after every epoch, where it is not None.

    `whole` is the objective on all training rows; `before` are weights that are known
    to be good, for where no epoch was.
    """

    whole: Any
    held_out: Any
    backoff: Backoff | None
    before: np.ndarray | None


class EpochFit:
    """The part of a multi-layer perceptron that goes through the rows in batches."""

    def _fit_epochs(self, objective, rows, given, observer, generator, *, incremental):
        """Go through the rows; what there is to warn of, and whether it was stopped.

        In partial_fit (incremental) once; else until a reason to stop comes up.
        """
        state = self._resume(objective, generator)
        held_out = self._hold_out(state, objective, rows, given)
        schedule = self._schedule()
        training = epochs(
            objective,
            state,
            self._rule(),
            schedule,
            learning_rate=self.learning_rate_init,
            batch_size=self._batch_size(len(state.order)),
            shuffle=self.shuffle,
            n_epochs=self.max_iter,
            step_bounds=self._step_bounds(),
        )
        self._prepare_records(state, objective, held_out, incremental=incremental)
        monitors = self._epoch_monitors(
            state, objective, held_out, incremental=incremental
        )
        warning_text, stop_requested, done = None, False, False
        try:
            while not (done or stop_requested):
                began = perf_counter()
                observer.begin(lambda: self._attributes(state.parameters))
                with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                    epoch = next(training)
                    finite = self._record(epoch, state, monitors, began)
                stop_requested = observer.end(
                    lambda: self._attributes(state.parameters)
                )
                if not finite:
                    warning_text = self._answer_divergence(
                        epoch, state, monitors, incremental=incremental
                    )
                elif self._patience.exhausted(self.n_iter_no_change):
                    self.converged_ = not self._lower_rate(state, schedule, epoch)
                out_of_epochs = finite if incremental else self.n_iter_ >= self.max_iter
                done = out_of_epochs or self.converged_ or warning_text is not None
        except KeyboardInterrupt:
            warn("Training interrupted by user.")
            stop_requested = True
        finally:
            training.close()
        last = (incremental and not self.early_stopping) or not self.restore_best
        self._keep_weights(state, last=last and warning_text is None)
        if not (incremental or self.converged_ or stop_requested or warning_text):
            warning_text = (
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached "
                "and the optimization hasn't converged yet. Increase max_iter or "
                "learning_rate_init, or raise tol."
            )
        return warning_text, stop_requested

    def _resume(self, objective, generator):
        """The state to start from: the last one, unless there is none."""
        dtype = objective.X.dtype
        state = self._state
        if state is None:
            parameters = self._parameters(objective, generator)
            self._state = state = TrainingState(parameters, None, generator)
        elif not self._is_untouched(state):
            state.parameters = self._parameters(objective, state.generator)
        state.parameters = state.parameters.astype(dtype, copy=False)
        rule = self._rule()
        if state.rule_state is None or state.extras.get("rule") is not type(rule):
            state.rule_state = rule.init(state.parameters)
            state.extras["rule"] = type(rule)
        state.prepare(dtype)
        return state

    def _is_untouched(self, state):
        """Whether coefs_ and intercepts_ are still those that the state left behind."""
        kept = state.extras.get("kept")
        current = self._network.flatten(*self._layers())
        return kept is not None and np.array_equal(kept, current)

    def _prepare_records(self, state, objective, held_out, *, incremental):
        """Records of a new fit, or the last one's to be continued."""
        self.n_iter_, self.diverged_, self.converged_ = 0, False, False
        if not self.loss_curve_:
            self.validation_scores_ = None if held_out is None else []
        self._patience.tol = self.tol
        compared = [] if incremental or not self.warm_start else [objective]
        if self.early_stopping and held_out is not None:
            compared.append(held_out.risk)
        if compared:
            fingerprint = [_fingerprint(risk) for risk in compared]
            if state.extras.setdefault("data", fingerprint) != fingerprint:
                state.extras["data"] = fingerprint
                self._patience.forget()

    def _epoch_monitors(self, state, objective, held_out, *, incremental):
        """All that is looked at after every epoch of a fit."""
        backs_off = self.on_divergence == "backoff"
        whole = backoff = before = None
        if backs_off or self._records_all():
            whole = objective
            if len(state.validation_rows):
                weight = objective.sample_weight
                weight = np.ones(objective.n_rows) if weight is None else weight.copy()
                weight[state.validation_rows] = 0
                whole = replace(objective, sample_weight=weight)
        if backs_off:
            backoff = Backoff.before(whole, state, stream=incremental)
        if backs_off or (incremental and self.loss_curve_):
            before = state.parameters.copy()
        return EpochMonitors(whole, held_out, backoff, before)

    def _record(self, epoch, state, monitors, began):
        """Note down an epoch; whether all its numbers are finite (and in bounds)."""
        parameters, cost = state.parameters, epoch.loss
        finite = epoch.finite
        training_loss = gradient_norm = validation_loss = score = None
        if monitors.whole is not None:
            training_loss, gradient = monitors.whole.value_and_gradient(parameters)
            gradient_norm = monitors.whole.gradient_size(gradient)
            finite = finite and isfinite(training_loss)
            if monitors.backoff is not None:
                finite &= not monitors.backoff.exceeded_by(
                    training_loss, self._patience
                )
        if monitors.held_out is not None:
            validation_loss, score = monitors.held_out.assess(parameters)
            self.validation_scores_.append(score)
            finite = finite and isfinite(validation_loss)
            if self.early_stopping:
                cost = -score
        self.n_iter_ += 1
        self.t_ = state.samples
        self.loss_curve_.append(epoch.loss)
        self._note(
            EpochRecord(
                epoch.loss,
                training_loss,
                validation_loss,
                score,
                epoch.learning_rate,
                gradient_norm,
                perf_counter() - began,
            )
        )
        if finite:
            self._patience.observe(cost, epoch.loss, parameters)
        return finite

    def _answer_divergence(self, epoch, state, monitors, *, incremental):
        """Go back to good weights, and on at half the rate, or tell why to stop."""
        self.diverged_ = True
        good = None if incremental else self._patience.best_parameters
        good = monitors.before if good is None else good
        if good is not None:
            state.parameters = good.copy()
            state.rule_state = self._rule().init(state.parameters)
        if monitors.backoff is not None and epoch.learning_rate > LOWEST_RATE:
            state.rate_factor /= 2
            self._patience.waited = 0
            self._records.pop()
            self.loss_curve_.pop()
            if monitors.held_out is not None:
                self.validation_scores_.pop()
            if self.verbose:
                rate = epoch.learning_rate / 2
                print(f"Training diverged. Going back, and on at the rate {rate:g}.")
            return None
        number = len(self.loss_curve_) if incremental else self.n_iter_
        message = (
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed (sklearn.preprocessing."
            f"StandardScaler). It was in epoch {number}, with a learning rate of "
            f"{epoch.learning_rate:g}; else lower learning_rate_init by a factor of 10,"
            f" to {self.learning_rate_init / 10:g}, or set on_divergence='backoff'."
        )
        if self.on_divergence == "raise" or good is None:
            raise Diverged(message)
        kept = "before these rows" if incremental else "of the best epoch"
        return f"{message} The weights {kept} are kept."

    def _lower_rate(self, state, schedule, epoch):
        """Answer a plateau: lower the rate and go on (true), or stop (false)."""
        goes_on = (
            schedule.patience_factor is not None
            and epoch.learning_rate > schedule.lowest
        )
        if goes_on:
            state.rate_factor *= schedule.patience_factor
            self._patience.waited = 0
        if self.verbose:
            what = "Validation score" if self.early_stopping else "Training loss"
            then = "Stopping."
            if goes_on:
                rate = epoch.learning_rate * schedule.patience_factor
                then = f"Setting learning rate to {rate:g}"
            print(
                f"{what} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change} consecutive epochs. {then}"
            )
        return goes_on

    def _keep_weights(self, state, *, last):
        """Take the best weights, or the last: on a stream, losses do not compare."""
        patience = self._patience
        last = last or patience.best_parameters is None
        self.loss_ = self._last_loss() if last else patience.best_loss
        self.best_loss_ = None if self.early_stopping else patience.best
        self.best_validation_score_ = -patience.best if self.early_stopping else None
        # Which ones, to see later whether somebody has changed coefs_ or intercepts_.
        state.extras["kept"] = state.parameters if last else patience.best_parameters
        self._set_attributes(state.extras["kept"])

    def _last_loss(self):
        """The last loss that is a number; epochs that diverged have none."""
        return next(filter(isfinite, reversed(self.loss_curve_)), np.nan)


def _fingerprint(objective):
    """A few numbers that tell one data set from another."""
    X, y = objective.X, objective.y
    return X.shape, float(X.sum()), float(y.sum()), float(X[0].sum())
