"""The fit that the multi-layer perceptrons share."""

import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp import _rows
from skmlp._callbacks import ObservedFit
from skmlp._compat import (
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
)
from skmlp._fused import fuse, joined
from skmlp._training import LOWEST_RATE, Backoff, Patience, Validation, split_rows
from skmlp.activations import Activation
from skmlp.initializers import GlorotUniform
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import (
    SGD,
    Adam,
    InverseScaling,
    Schedule,
    TrainingState,
    UpdateRule,
    epochs,
    minimize_lbfgs,
)

__all__ = ["MultilayerPerceptron", "assign", "has_epochs"]


def has_epochs(estimator):
    """Whether the solver goes through the rows in epochs; else no partial_fit."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers; solver='lbfgs' "
            "is not stochastic. Use solver='adam' or solver='sgd'."
        )
    return True


class MultilayerPerceptron(ObservedFit, BaseEstimator, ABC):
    """A network, a loss and the fit that the classifier and the regressor share."""

    _parameter_constraints: dict = {
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions(set(Activation.table)), Activation, list, tuple],
        "solver": [StrOptions({"lbfgs", *UpdateRule.table}), UpdateRule],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate": [StrOptions(set(Schedule.table)), Schedule],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "on_divergence": [StrOptions({"warn", "raise", "backoff"})],
    }

    @abstractmethod
    def _targets(self, y, dtype, *, fresh, incremental):
        """Labels or numbers -> the loss's targets; learns the classes when fresh."""

    @abstractmethod
    def _loss(self):
        """The loss that is minimised."""

    @abstractmethod
    def _score_of(self, scores, y, sample_weight):
        """Score of raw scores against targets, for early stopping: larger is better."""

    def _fit(self, X, y, sample_weight, *, incremental):
        """Fit from the start, or go on (warm_start, partial_fit)."""
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True; set "
                "early_stopping=False."
            )
        hidden_layer_sizes = _hidden_layer_sizes(self.hidden_layer_sizes)
        X, y = self._validate(X, y, fresh=fresh)
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        targets = self._targets(y, X.dtype, fresh=fresh, incremental=incremental)
        loss = self._loss()
        loss.check_targets(targets)
        network = Network(
            layer_sizes=(X.shape[1], *hidden_layer_sizes, self.n_outputs_),
            activations=_activations(self.activation, len(hidden_layer_sizes)),
        )
        if fresh or not hasattr(self, "_state"):
            self._forget(keep_weights=not fresh)
        elif _layer_sizes(self.coefs_) != network.layer_sizes:
            raise ValueError(
                f"The layers of the last fit have {_layer_sizes(self.coefs_)} units, "
                f"this one asks for {network.layer_sizes}; keep hidden_layer_sizes and "
                "the targets, or set warm_start=False."
            )
        objective = EmpiricalRisk(network, loss, X, targets, sample_weight, self.alpha)
        self._network = network
        self.n_layers_ = len(network.layer_sizes)
        self.out_activation_ = loss.inverse_link
        observer = self._watch(
            X, y, sample_weight, task_name="epoch", max_iter=self.max_iter
        )
        try:
            if self.solver == "lbfgs":
                self._fit_lbfgs(objective, observer)
            else:
                self._fit_epochs(objective, observer, incremental=incremental)
        finally:
            observer.close()
        return self

    def _forget(self, *, keep_weights):
        """Drop what an earlier fit left behind."""
        self._state = None
        self.t_ = 0
        self.loss_curve_ = []
        self._patience = Patience(self.tol)
        if not keep_weights:
            for name in ("coefs_", "intercepts_"):
                self.__dict__.pop(name, None)

    def _validate(self, X, y, *, fresh, **settings):
        """Check X and y."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=fresh,
            **settings,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _fit_lbfgs(self, objective, observer):
        """Minimise over all rows at once."""
        start = self._parameters(objective, check_random_state(self.random_state))

        def report(parameters, value):
            self.loss_curve_.append(value)
            if self.verbose:
                print(f"Iteration {len(self.loss_curve_):5d}, loss = {value:.8f}")
            stop = observer.end(lambda: self._attributes(parameters))
            if not stop:
                observer.begin(lambda: self._attributes(parameters))
            return stop

        observer.begin(lambda: self._attributes(start))
        with np.errstate(over="ignore", invalid="ignore"):
            minimum = minimize_lbfgs(
                objective,
                start,
                tol=self.tol,
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                function_tol=2.2e-9,
                report=report,
            )
        _require_finite(minimum.value, minimum.parameters)
        self.n_iter_ = minimum.n_iter
        self.loss_ = self.best_loss_ = minimum.value
        self._set_attributes(minimum.parameters.astype(objective.X.dtype))
        if not minimum.converged:
            warnings.warn(
                f"lbfgs failed to converge after {minimum.n_iter} iteration(s): "
                f"{minimum.message}. Increase max_iter (={self.max_iter}) or max_fun "
                f"(={self.max_fun}), or scale X (sklearn.preprocessing."
                "StandardScaler).",
                ConvergenceWarning,
                stacklevel=6,
            )

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

    def _parameters(self, objective, generator):
        """First parameters, or those of coefs_ and intercepts_."""
        if hasattr(self, "coefs_"):
            return self._network.flatten(self.coefs_, self.intercepts_)
        return self._network.initial_parameters(
            GlorotUniform(), generator, objective.X.dtype
        )

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

    def _attributes(self, parameters):
        """What makes an estimator with these parameters predict."""
        weights, intercepts = self._network.unflatten(parameters.copy())
        return {"coefs_": weights, "intercepts_": intercepts}

    def _set_attributes(self, parameters):
        """Flat parameters -> coefs_ and intercepts_."""
        for name, value in self._attributes(parameters).items():
            setattr(self, name, value)

    def _rule(self):
        """The update rule, scikit-learn's parameters put in where a string names it."""
        if self.solver == "sgd":
            return SGD(momentum=self.momentum, nesterov=self.nesterovs_momentum)
        if self.solver == "adam":
            return Adam(self.beta_1, self.beta_2, self.epsilon)
        return UpdateRule.resolve(self.solver)

    def _schedule(self):
        """The schedule, power_t put in where a string names it."""
        if self.learning_rate == "invscaling":
            return InverseScaling(self.power_t)
        return Schedule.resolve(self.learning_rate)

    def _batch_size(self, n_rows):
        """Rows in a batch."""
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going "
                f"to be clipped to {n_rows}.",
                stacklevel=7,
            )
        return min(self.batch_size, n_rows)

    def _scores(self, X, weights, intercepts, finish=None):
        """Raw scores, in blocks of rows: a whole hidden layer may not fit in memory.

        With `finish`, what that makes of the scores of some rows.
        """
        fused = fuse(self._network, self._loss(), X)
        if fused is not None and weights[0].dtype == X.dtype:
            return fused.scores(self._network.flatten(weights, intercepts), finish)
        parts = []
        for rows in _rows.blocks(X.shape[0]):
            scores = self._network.scores(weights, intercepts, _rows.take(X, rows))
            parts.append(scores if finish is None else finish(scores))
        return joined(parts)

    def _raw_scores(self, X, finish=None):
        """Raw scores of new rows, or what `finish` makes of them."""
        check_is_fitted(self, "coefs_")
        X = validate_data(
            self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=False
        )
        return self._scores(X, self.coefs_, self.intercepts_, finish)

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def assign(estimator, arguments):
    """Store a constructor's arguments, its `locals()`, as they are."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


def _layer_sizes(coefs):
    """Units in every layer, out of the weights between them."""
    return (coefs[0].shape[0], *(weights.shape[1] for weights in coefs))


def _hidden_layer_sizes(sizes):
    """A number or a sequence of them -> a tuple of positive integers."""
    sizes = tuple(np.atleast_1d(np.asarray(sizes)).tolist()) if np.size(sizes) else ()
    if any(not isinstance(size, Integral) or size <= 0 for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be > 0, got {list(sizes)}; give one whole number "
            "a hidden layer, such as (100,) or (64, 32)."
        )
    return sizes


def _activations(choice, n_hidden_layers):
    """One activation, or a sequence with one a hidden layer -> a tuple."""
    if not isinstance(choice, list | tuple):
        return (Activation.resolve(choice),) * n_hidden_layers
    if len(choice) != n_hidden_layers:
        raise ValueError(
            f"activation has {len(choice)} entries for {n_hidden_layers} hidden layers;"
            " give one a hidden layer, or a single one for all."
        )
    return tuple(map(Activation.resolve, choice))


def _is_partition(rows, first, second):
    """Whether two sets of rows together are all the rows, once each."""
    both = np.concatenate([first, second])
    return len(both) == len(rows) and np.array_equal(np.sort(both), rows)


def _fingerprint(objective):
    """A few numbers that tell one data set from another."""
    X, y = objective.X, objective.y
    return X.shape, float(X.sum()), float(y.sum()), float(X[0].sum())


def _require_finite(value, parameters):
    """Raise when a solver ran off to infinity."""
    if not (np.isfinite(value) and np.isfinite(parameters).all()):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed (sklearn.preprocessing."
            "StandardScaler)."
        )
