"""A network's fit by epochs of mini-batches: records, plateaus and divergence."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmlp import _rows
from skmlp._training import LOWEST_RATE, Backoff, Validation, split_rows
from skmlp.solvers import TrainingState, epochs

__all__ = ["EpochFit"]


class EpochFit:
    """The part of a multi-layer perceptron that goes through the rows in batches."""

    def _fit_epochs(self, objective, observer, *, incremental):
        """Go through the rows in batches, epoch by epoch."""
        state = self._resume(objective)
        validation = self._set_rows(state, objective)
        schedule = self._schedule()
        training = epochs(
            objective,
            state,
            self._rule(),
            schedule,
            learning_rate=self.learning_rate_init,
            batch_size=self._batch_size(len(state.order)),
            shuffle=self.shuffle,
        )
        self._prepare_records(state, objective, incremental=incremental)
        self.n_iter_ = 0
        self.diverged_ = False
        backoff = None
        if self.on_divergence == "backoff":
            backoff = Backoff.before(objective, state)
        stopped = incremental
        try:
            for _ in range(1 if incremental else self.max_iter):
                observer.begin(lambda: self._attributes(state.parameters))
                with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                    epoch = next(training)
                    finite = self._record(epoch, state, validation, backoff)
                stopped |= observer.end(lambda: self._attributes(state.parameters))
                if not finite:
                    self.diverged_ = True
                    stopped |= self._answer_divergence(epoch, state, backoff)
                elif self._patience.exhausted(self.n_iter_no_change):
                    stopped |= not self._lower_rate(state, schedule, epoch)
                if stopped:
                    break
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=6)
            stopped = True
        self._keep_weights(state, incremental=incremental)
        if not stopped:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached "
                "and the optimization hasn't converged yet. Increase max_iter or "
                "learning_rate_init, or raise tol.",
                ConvergenceWarning,
                stacklevel=6,
            )

    def _resume(self, objective):
        """The state to start from: the last one, unless there is none."""
        dtype = objective.X.dtype
        state = self._state
        if state is None:
            generator = check_random_state(self.random_state)
            parameters = self._parameters(objective, generator)
            self._state = state = TrainingState(parameters, None, generator)
        elif not self._is_untouched(state):
            state.parameters = self._parameters(objective, state.generator)
        state.parameters = state.parameters.astype(dtype, copy=False)
        rule = self._rule()
        if state.rule_state is None or state.extras.get("rule") is not type(rule):
            state.rule_state = rule.init(state.parameters)
            state.extras["rule"] = type(rule)
        return state

    def _is_untouched(self, state):
        """Whether coefs_ and intercepts_ are still those that the state left behind."""
        kept = state.extras.get("kept", ())
        current = (*self.coefs_, *self.intercepts_)
        return len(kept) == len(current) and all(map(np.array_equal, kept, current))

    def _set_rows(self, state, objective):
        """Choose the rows to train on; returns those set aside, if any."""
        rows = np.arange(objective.n_rows)
        if objective.sample_weight is not None:
            # A weight of zero means that the row is not there, in a batch as well.
            rows = rows[objective.sample_weight > 0]
        # Going on with the same rows, their order and the split are part of the state.
        aside = state.validation_rows if self.early_stopping else rows[:0]
        if state.order is None or not _is_partition(rows, state.order, aside):
            state.order, state.validation_rows = rows, rows[:0]
            if self.early_stopping:
                labels = self._labels_to_stratify(objective.y)
                state.order, state.validation_rows = split_rows(
                    rows,
                    self.validation_fraction,
                    state.generator,
                    None if labels is None else labels[rows],
                )
        if not self.early_stopping:
            return None
        return Validation(state.validation_rows, self._scorer(objective))

    def _labels_to_stratify(self, targets):
        """One label a row, or None where there is nothing to stratify by."""
        return None

    def _scorer(self, objective):
        """The score of parameters on some rows."""

        def score(parameters, rows):
            weights, intercepts = self._network.unflatten(parameters)
            scores = self._scores(_rows.take(objective.X, rows), weights, intercepts)
            if not np.isfinite(scores).all():
                return np.nan
            sample_weight = objective.sample_weight
            return self._score_of(
                scores,
                objective.y[rows],
                None if sample_weight is None else sample_weight[rows],
            )

        return score

    def _prepare_records(self, state, objective, *, incremental):
        """Records of a new fit, or the last one's to be continued."""
        if not self.loss_curve_:
            self.validation_scores_ = [] if self.early_stopping else None
        self._patience.tol = self.tol
        if self.warm_start and not incremental:
            fingerprint = _fingerprint(objective)
            if state.extras.setdefault("data", fingerprint) != fingerprint:
                state.extras["data"] = fingerprint
                self._patience.forget()

    def _record(self, epoch, state, validation, backoff):
        """Note down an epoch; whether all its numbers are finite (and in bounds)."""
        self.n_iter_ += 1
        self.t_ = state.samples
        self.loss_curve_.append(epoch.loss)
        cost = epoch.loss
        if self.verbose:
            print(f"Iteration {self.n_iter_:5d}, loss = {epoch.loss:.8f}")
        if validation is not None:
            score = validation.score(state.parameters, validation.rows)
            self.validation_scores_.append(score)
            cost = -score
            if self.verbose:
                print(f"Validation score: {score:f}")
        finite = np.isfinite(epoch.loss) and np.isfinite(state.parameters).all()
        finite &= backoff is None or not backoff.exceeded_by(state, self._patience)
        if finite:
            self._patience.observe(cost, epoch.loss, state.parameters)
        return finite

    def _answer_divergence(self, epoch, state, backoff):
        """Stop (true), or go on from good weights at half the rate (false)."""
        if backoff is not None and epoch.learning_rate > LOWEST_RATE:
            self.loss_curve_.pop()
            if self.early_stopping:
                self.validation_scores_.pop()
            backoff.restore(state, self._rule(), self._patience)
            return False
        message = (
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed (sklearn.preprocessing."
            f"StandardScaler). It was in epoch {self.n_iter_}, with a learning rate of "
            f"{epoch.learning_rate:g}; else lower learning_rate_init, say to a tenth, "
            "or set on_divergence='backoff'."
        )
        if self.on_divergence == "raise" or self._patience.best_parameters is None:
            self._state = None
            raise ValueError(message)
        warnings.warn(
            f"{message} The weights of the best epoch are kept.",
            ConvergenceWarning,
            stacklevel=7,
        )
        return True

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
            then = (
                f"Setting learning rate to {epoch.learning_rate * 0.2:f}"
                if goes_on
                else "Stopping."
            )
            print(
                f"{what} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change} consecutive epochs. {then}"
            )
        return goes_on

    def _keep_weights(self, state, *, incremental):
        """Take the best weights; on a stream, the last: its losses do not compare."""
        best = self._patience.best_parameters
        use_last = incremental or best is None
        self.loss_ = self.loss_curve_[-1] if use_last else self._patience.best_loss
        self.best_loss_ = None if self.early_stopping else self._patience.best
        self.best_validation_score_ = (
            -self._patience.best if self.early_stopping else None
        )
        self._set_attributes((state.parameters if use_last else best).copy())
        state.extras["kept"] = (
            *(layer.copy() for layer in self.coefs_),
            *(layer.copy() for layer in self.intercepts_),
        )


def _is_partition(rows, first, second):
    """Whether two sets of rows together are all the rows, once each."""
    both = np.concatenate([first, second])
    return len(both) == len(rows) and np.array_equal(np.sort(both), rows)


def _fingerprint(objective):
    """A few numbers that tell one data set from another."""
    X, y = objective.X, objective.y
    return X.shape, float(X.sum()), float(y.sum()), float(X[0].sum())
