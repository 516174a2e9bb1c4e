"""The fit that the multi-layer perceptrons share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted

from skmlp.base.callbacks import ObservedFit
from skmlp.base.compat import fit_context
from skmlp.base.fitted_attributes import fitted_layers
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import check_sample_weight, validate_data
from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.fit_epochs import EpochFit
from skmlp.multilayer_perceptron.fit_lbfgs import LbfgsFit
from skmlp.multilayer_perceptron.held_out_rows import FitRows, ValidatedFit
from skmlp.multilayer_perceptron.hidden_features import HiddenFeatures
from skmlp.multilayer_perceptron.history import heading, history, line
from skmlp.multilayer_perceptron.parameters import Settings, activations_of
from skmlp.multilayer_perceptron.regularisation import Regularised
from skmlp.multilayer_perceptron.weights import Weights
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import TrainingState
from skmlp.solvers.stopping import Diverged, Patience

__all__ = ["MultilayerPerceptron"]

# Weights below it cannot make finite rows' scores overflow, but in very deep networks.
_LARGE_WEIGHT = 1e3


class MultilayerPerceptron(
    Settings,
    Regularised,
    ValidatedFit,
    EpochFit,
    LbfgsFit,
    Weights,
    HiddenFeatures,
    TransformerMixin,
    ObservedFit,
    BaseEstimator,
    ABC,
):
    """A network, a loss and the fit that the classifier and the regressor share."""

    converged_: bool
    diverged_: bool
    coefs_: list[Array]
    intercepts_: list[Array]
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    n_iter_: int
    t_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    n_features_in_: int
    feature_names_in_: Array

    @abstractmethod
    def _targets(self, y, dtype, *, fresh, incremental):
        """Labels or numbers -> the loss's targets; learns the classes when fresh."""

    @abstractmethod
    def _validation_targets(self, y, dtype):
        """The same of y_val, as the training rows have taught it."""

    @abstractmethod
    def _loss(self):
        """The loss that is minimised."""

    @abstractmethod
    def _score_of(self, scores, y, sample_weight):
        """Score of raw scores against targets, for early stopping: larger is better."""

    def _update_class_weights(self, targets, sample_weight, *, again):
        """Learn the weights of the classes, in partial_fit from all calls so far."""

    def _weigh(self, targets, sample_weight):
        """Weights of rows in the loss: their own times that of their class."""
        return sample_weight

    def _fit(self, X, y, sample_weight, given, *, incremental):
        """Fit from the start, or go on (warm_start, partial_fit)."""
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if incremental and self.early_stopping:
            if not given:
                raise ValueError(
                    "partial_fit does not support early_stopping=True without rows to "
                    "validate on: pass X_val and y_val, or set early_stopping=False."
                )
            if not fresh and self._has_stopped():
                return self
        objective, rows, checked = self._build_problem(
            X, y, sample_weight, given, fresh=fresh, incremental=incremental
        )
        n_starts = self.n_init if fresh and not incremental else 1
        observer = self._observe(
            X,
            y,
            sample_weight,
            task_name="epoch",
            max_iter=self.max_iter * n_starts,
            **vars(given),
        )
        try:
            warning_text = self._train(
                n_starts, objective, rows, checked, observer, incremental=incremental
            )
            self._stream_converged = incremental and self.converged_
        finally:
            observer.close()
        if warning_text is not None:
            warn(warning_text, ConvergenceWarning)
        return self

    def _build_problem(self, X, y, sample_weight, given, *, fresh, incremental):
        """The objective, the rows as they came, and those to validate on."""
        sizes = self._hidden_sizes()
        X, y = self._validate(X, y, fresh=fresh)
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        targets = self._targets(y, X.dtype, fresh=fresh, incremental=incremental)
        self._fitted_loss = loss = self._loss()
        loss.check_targets(targets)
        network = Network(
            layer_sizes=(X.shape[1], *sizes, self.n_outputs_),
            activations=activations_of(self.activation, len(sizes)),
            noise=self._noise(len(sizes), X),
        )
        self._check_regularisation(network)
        if fresh or not hasattr(self, "_state"):
            self._forget(keep_weights=not fresh)
        else:
            self._check_layers(network)
        given = self._check_given(given, X.dtype) if given else None
        self._update_class_weights(
            targets, sample_weight, again=incremental and not fresh
        )
        objective = EmpiricalRisk(
            network,
            loss,
            X,
            targets,
            self._weigh(targets, sample_weight),
            **self._penalties(),
        )
        self._network = network
        self.n_layers_ = len(network.layer_sizes)
        self.out_activation_ = loss.inverse_link
        return objective, FitRows(X, y, targets, sample_weight), given

    def _check_layers(self, network):
        """Refuse to go on from weights that are not those of the network."""
        last = self._network
        try:
            fitted_layers(self, network)
        except ValueError:
            if last.layer_sizes == network.layer_sizes:
                raise
            fitted_layers(self, last)  # those of no network raise here
            raise ValueError(
                f"The layers of the last fit have {last.layer_sizes} units, this one "
                f"asks for {network.layer_sizes}; keep hidden_layer_sizes and the "
                "targets, or set warm_start=False."
            ) from None

    def _train(self, n_starts, objective, rows, given, observer, *, incremental):
        """Fit the weights, from several starts or one; what there is to warn of."""
        fit = partial(self._fit_epochs, rows=rows, incremental=incremental)
        if self.solver == "lbfgs":
            fit = self._fit_lbfgs
        generator = check_random_state(self.random_state)
        best, failure, stop_requested = None, None, False
        for start in range(n_starts):
            if start > 0:
                state = self._state
                self._forget(keep_weights=False)
                self._initialise_weights(objective, generator, rows_of=state)
            try:
                warning_text, stop_requested = fit(
                    objective, given=given, observer=observer, generator=generator
                )
                self._require_finite_scores(objective)
            except Diverged as error:
                failure = error
                continue
            cost = self.loss_
            if self.best_validation_score_ is not None:
                cost = -self.best_validation_score_
            if best is None or cost < best[0]:
                best = cost, warning_text, dict(vars(self))
            if stop_requested:
                break
        if best is None:
            self._state = None
            if n_starts > 1:
                self._forget(keep_weights=False)
            raise failure
        vars(self).update(best[2])
        return best[1]

    def _initialise_weights(self, objective, generator, rows_of=None):
        """First weights, as attributes; the rows, as another state has split them."""
        parameters = self._parameters(objective, generator)
        self._set_attributes(parameters)
        self.n_iter_ = 0
        if self.solver != "lbfgs":
            self._state = state = TrainingState(parameters, None, generator)
            state.extras["kept"] = parameters
            if rows_of is not None:
                state.order = np.sort(rows_of.order)
                state.validation_rows = rows_of.validation_rows

    @fit_context(prefer_skip_nested_validation=True)
    def initialize(self, X: MatrixLike, y: ArrayLike) -> Self:
        """Draw the first weights, and learn nothing else than what X and y look like.

        With ``warm_start=True``, and in `partial_fit`, training goes on from there,
        just as if there had been no call of `initialize`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows like those to be learnt from: their number of features counts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets, all classes among them.

        Returns
        -------
        self : object
            The estimator, which predicts as its first weights do.
        """
        objective, *_ = self._build_problem(
            X, y, None, None, fresh=True, incremental=False
        )
        self._initialise_weights(objective, check_random_state(self.random_state))
        return self

    def _has_stopped(self):
        """Whether rows to validate on have ended a run of partial_fits."""
        return self._stream_converged and self._patience.exhausted(
            self.n_iter_no_change
        )

    def _require_finite_scores(self, objective):
        """Raise where weights are numbers, but what they predict is not."""
        parameters = self._network.flatten(*self._layers())
        if np.max(np.abs(parameters), initial=0.0) < _LARGE_WEIGHT:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(objective.scores(parameters)).all()
        if not finite:
            raise Diverged(
                "Solver produced non-finite parameter weights, or so large ones that "
                "their scores are infinite. Scale X and y (sklearn.preprocessing."
                "StandardScaler), or lower learning_rate_init by a factor of 10."
            )

    def _forget(self, *, keep_weights):
        """Drop what an earlier fit left behind."""
        self._state = None
        self.t_ = 0
        self.loss_curve_ = []
        self._records = []
        self._heading = None
        self._stream_converged = False
        self._patience = Patience(self.tol)
        if not keep_weights:
            for name in ("coefs_", "intercepts_"):
                self.__dict__.pop(name, None)

    @property
    def history_(self) -> dict[str, Array]:
        """Figures of every epoch: {name: ndarray of shape (n_epochs,)}."""
        check_is_fitted(self, "coefs_")
        return history(self._records)

    def _records_all(self):
        """Whether all rows are looked at once more after every epoch."""
        return self.record == "epoch" or (self.record == "auto" and self.verbose > 0)

    def _note(self, record):
        """Add an epoch to the history, and to the table that is printed."""
        self._records.append(record)
        if self.verbose:
            title = heading(record)
            if title != self._heading:  # once, as long as the columns stay
                print(title)
            self._heading = title
            print(line(len(self._records), record))

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

    def __sklearn_tags__(self):
        """Sparse input is taken as it is; hidden activations keep the dtype."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
