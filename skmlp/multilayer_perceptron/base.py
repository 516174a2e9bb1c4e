"""Base class of both multi-layer perceptrons, and training of a network by epochs."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.utils import check_random_state, column_or_1d

from skmlp.base.callbacks import ObservedFit
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_layers, fitted_layers
from skmlp.base.types import MatrixLike
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.base.warn import warn
from skmlp.initializers import Initializer
from skmlp.multilayer_perceptron.assigned_attributes import out_activation_after
from skmlp.multilayer_perceptron.fit_epochs import (
    costs_of,
    fit_epochs,
    require_finite_scores,
)
from skmlp.multilayer_perceptron.fit_lbfgs import fit_lbfgs, lbfgs_plan_of
from skmlp.multilayer_perceptron.fit_warnings import advice_of, warning_of
from skmlp.multilayer_perceptron.held_out_rows import EstimatorScore
from skmlp.multilayer_perceptron.history import FitObserver
from skmlp.multilayer_perceptron.parameters import (
    CONSTRAINTS,
    early_stopping_of,
    network_of,
    penalties_of,
    training_plan_of,
)
from skmlp.multilayer_perceptron.predictions import NetworkPredictions
from skmlp.multilayer_perceptron.problem import EncodedRows, NetworkProblem
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.divergence import Diverged
from skmlp.solvers.patience import Patience
from skmlp.solvers.training import (
    Observer,
    Training,
    TrainingState,
)

__all__ = ["MultilayerPerceptron"]

# Smaller weights cannot make the scores of finite rows overflow, in usual depths.
_LARGE_WEIGHT = 1e3

_FITTED_ATTRIBUTES = (
    *("classes_", "coefs_", "intercepts_", "n_layers_", "n_outputs_"),
    *("n_iter_", "t_", "loss_", "loss_curve_", "best_loss_", "validation_scores_"),
    *("best_validation_score_", "converged_", "diverged_", "out_activation_"),
    "target_scale_",
    *("_network", "_targets", "_training"),
)


class MultilayerPerceptron(
    NetworkPredictions, TransformerMixin, ObservedFit, BaseEstimator, ABC
):
    """Abstract base class of MLPClassifier and MLPRegressor, with their common fit."""

    _validate_params = validate_params
    _parameter_constraints: dict = CONSTRAINTS

    @abstractmethod
    def _learn_targets(self, y, previous, *, sample_weight, stream):
        """Return the encoding of y; `previous` is that of the last fit, or None."""

    def _fit(self, X, y, sample_weight, validation, *, stream):
        """Fit the network, or continue the last fit; `stream` means partial_fit."""
        previous = self._previous_training() if self.warm_start or stream else None
        stopping = early_stopping_of(self)
        if stream and stopping.asked:
            if not validation:
                raise ValueError(
                    f"partial_fit does not support early_stopping="
                    f"{self.early_stopping!r} without rows to validate on: pass X_val "
                    "and y_val, or set early_stopping=False."
                )
            if previous is not None and previous.has_ended(stopping.n_iter_no_change):
                return self
        data = (X, y, sample_weight)
        problem = self._build_problem(*data, validation, previous, stream=stream)
        train_network = self._training_function(stream=stream)
        if previous is None:
            # partial_fit has set classes_ before this call.
            self._drop_fitted_attributes(keep="classes_" if stream else None)
        n_starts = self.n_init if previous is None and not stream else 1
        # In every start L-BFGS begins one iteration that it does not finish.
        calls = {"task_name": "epoch", "max_iter": (self.max_iter + 1) * n_starts - 1}
        callbacks = self._observe(*data, **calls, **vars(validation))
        restore = previous.restorer() if previous else None
        try:
            outcome = self._train(
                train_network, problem, previous, n_starts, callbacks, stream=stream
            )
            self._set_attributes(problem, outcome.training, outcome.parameters, outcome)
            text = warning_of(self, problem, outcome, stream=stream)
            if text is not None:
                warn(text, ConvergenceWarning)  # a filter may raise it
        except BaseException:
            if restore is not None:
                restore()
            raise
        finally:
            callbacks.close()
        return self

    def _previous_training(self):
        """Return the Training to continue, or None if there are no weights yet."""
        if not hasattr(self, "coefs_"):
            return None
        return getattr(self, "_training", None) or Training(Patience(self.tol))

    def _build_problem(self, X, y, sample_weight, validation, previous, *, stream):
        """Return the NetworkProblem, from X, y and the validation data, checked."""
        fresh = previous is None
        X, y = self._validate(X, y, reset=fresh or not hasattr(self, "n_features_in_"))
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        old_targets = None if fresh else self._known_targets()
        encoding = self._learn_targets(
            y, old_targets, sample_weight=sample_weight, stream=stream
        )
        targets = encoding.encode(y, X.dtype)
        encoding.check(targets)
        network = network_of(self, X, encoding.n_outputs)
        if not fresh:
            check_layers(self, network, self._known_network())
        validation_rows = None
        if validation:
            validation_rows = self._check_validation_data(validation, encoding, X.dtype)
        encoding = encoding.with_class_weights(targets, sample_weight)
        weight = encoding.weigh(targets, sample_weight, X.dtype)
        stopping = early_stopping_of(self)
        splits = stopping.asked and not validation
        return NetworkProblem(
            objective=EmpiricalRisk(
                network, encoding.loss, X, targets, weight, **penalties_of(self)
            ),
            targets=encoding,
            rows=EncodedRows(X, y, targets, sample_weight),
            validation_data=validation_rows,
            validation_fraction=stopping.validation_fraction if splits else None,
            scorer=stopping.scoring,
        )

    def _validate(self, X, y, *, reset, **settings):
        """Return X and y, checked and converted to arrays, or to CSR."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=reset,
            **settings,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _check_validation_data(self, validation, encoding, dtype):
        """Return the validation data as EncodedRows, checked like X and y."""
        try:
            X, y = self._validate(validation.X_val, validation.y_val, reset=False)
        except ValueError as error:
            raise ValueError(f"X_val and y_val: {error}") from error
        X = X.astype(dtype, copy=False)
        weight, name = validation.sample_weight_val, "sample_weight_val"
        if weight is not None:
            weight = check_sample_weight(
                weight, X, name=name, dtype=dtype, ensure_non_negative=True
            )
        targets = encoding.encode_validation(y, dtype)
        encoding.check(targets)
        return EncodedRows(X, y, targets, weight)

    def _with_estimator_scorer(self, problem, training):
        """Return the problem with the scorer of `scoring`, as a score of parameters."""
        scoring = problem.scorer
        if scoring is None or scoring == "loss":
            return problem
        # The scorer gets a copy without feature names, since validated rows have none.
        scored = copy.copy(self)
        if hasattr(scored, "feature_names_in_"):
            del scored.feature_names_in_
        scored._training, scored.loss_curve_ = training, training.losses

        def estimator_with(parameters):
            scored._set_network(problem.network, problem.targets, parameters)
            return scored

        classes = problem.targets.classes_of_a_row
        scorer = EstimatorScore.of(get_scorer(scoring), estimator_with, classes)
        return replace(problem, scorer=scorer)

    def _training_function(self, *, stream):
        """Return the function that trains: (problem, training, observer) -> Outcome."""
        if self.solver == "lbfgs":
            return partial(fit_lbfgs, plan=lbfgs_plan_of(self))
        full = self.record == "epoch" or (self.record == "auto" and self.verbose > 0)
        return partial(
            fit_epochs,
            plan=training_plan_of(self, stream=stream),
            records_all=full,
        )

    def _drop_fitted_attributes(self, keep=None):
        """Delete the attributes of the last fit, which this one may not set."""
        for name in filter(partial(hasattr, self), set(_FITTED_ATTRIBUTES) - {keep}):
            delattr(self, name)

    def _train(self, train_network, problem, previous, n_starts, callbacks, *, stream):
        """Return the best Outcome of `n_starts` trainings; raise if all diverged."""
        generator = check_random_state(self.random_state)
        costs = costs_of(self, problem, stream=stream)
        training, best, failure = previous, None, None
        for start in range(n_starts):
            if previous is None:
                rows_of = training.state if start > 0 else None
                training = self._begin_training(problem, generator, rows_of)
            else:
                training = self._resume_training(
                    problem, previous, generator, costs, stream
                )
            training.costs, training.streams = costs, stream
            observer = Observer()
            if callbacks.watches or self.verbose:
                observer = FitObserver(callbacks, self, problem, training)
            try:
                scored = self._with_estimator_scorer(problem, training)
                outcome = train_network(scored, training, observer=observer)
                if stream:
                    require_finite_scores(problem.objective, outcome.parameters)
            except Diverged as error:
                failure = error
                continue
            if best is None or outcome.cost < best.cost:
                best = outcome
            if outcome.stopped:
                break
        if best is None:
            raise Diverged(f"{failure}{advice_of(self, problem, stream=stream)}")
        return best

    def _begin_training(self, problem, generator, rows_of=None):
        """Return a new Training, whose initial weights are drawn at random."""
        parameters = problem.network.initial_parameters(
            Initializer.resolve(self.weight_init), generator, problem.objective.X.dtype
        )
        with_epochs = None if self.solver == "lbfgs" else generator
        return Training.begin(parameters, with_epochs, tol=self.tol, rows_of=rows_of)

    def _resume_training(self, problem, previous, generator, costs, stream):
        """Return the Training that continues from coefs_ and intercepts_."""
        layers = self._layers_for(problem.targets, problem.network)
        parameters = problem.network.flatten(*layers)
        training = previous.resumed(parameters, costs, stream=stream)
        if training.state is None and self.solver != "lbfgs":
            training.state = TrainingState(parameters.copy(), None, generator)
        return training

    def _layers_for(self, targets, network):
        """Return (weights, intercepts) as they are, for a fit that continues."""
        return fitted_layers(self, network)

    def _set_network(self, network, encoding, parameters):
        """Set the attributes that predictions use; coefs_ are views of parameters."""
        attributes = self._prediction_attributes(network, encoding, parameters)
        for name, value in attributes.items():
            setattr(self, name, value)

    def _prediction_attributes(self, network, encoding, parameters):
        """Return {name: value} of the attributes that predictions use."""
        weights, intercepts = network.unflatten(parameters)
        link = encoding.loss.inverse_link
        if hasattr(self, "out_activation_"):
            link = out_activation_after(self, link)
        return {
            "coefs_": weights,
            "intercepts_": intercepts,
            "n_layers_": len(network.layer_sizes),
            "n_outputs_": encoding.n_outputs,
            "out_activation_": link,
            "_network": network,
            "_targets": encoding,
            **encoding.attributes,
        }

    def _set_attributes(self, problem, training, parameters, outcome=None):
        """Set all fitted attributes; `outcome` is None before any training."""
        self._set_network(problem.network, problem.targets, parameters)
        self._training = training
        self.loss_curve_ = training.losses
        self.t_ = training.samples
        self.n_iter_ = 0
        if outcome is not None:
            self.n_iter_ = outcome.n_iter
            self.converged_, self.diverged_ = outcome.converged, outcome.diverged
            self.loss_, self.best_loss_ = outcome.loss, outcome.best_loss
            self.validation_scores_ = training.validation_scores
            self.best_validation_score_ = outcome.best_validation_score

    @fit_context(prefer_skip_nested_validation=True, uses_kernels=False)
    def initialize(self, X: MatrixLike, y: ArrayLike) -> Self:
        """Draw the initial weights, without training.

        With ``warm_start=True``, and in `partial_fit`, training then starts from these
        weights, as it would have done without `initialize`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Sample rows; only their number of features and their dtype are used.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets of the rows; for a classifier, they must contain every class.

        Returns
        -------
        self : object
            The estimator, which predicts with the initial weights.
        """
        problem = self._build_problem(X, y, None, None, None, stream=False)
        self._drop_fitted_attributes()
        training = self._begin_training(problem, check_random_state(self.random_state))
        self._set_attributes(problem, training, training.kept.copy())
        return self

    def __getstate__(self):
        """Return the state to pickle or copy: a copy of the training.

        Row numbers are part of it only if a later call needs them: fits with
        `warm_start`, and the calls of `partial_fit`, continue with the last order.
        """
        state = super().__getstate__()
        training = state.get("_training")
        if training is None:
            return state
        training = training.copy(rows=self.warm_start or training.streams)
        copies = {
            "_training": training,
            "loss_curve_": training.losses,
            "validation_scores_": training.validation_scores,
        }
        return {name: copies.get(name, value) for name, value in state.items()}

    def __sklearn_tags__(self):
        """Return the tags: sparse X is accepted, `transform` preserves the dtype."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
