"""Logistic regression by epochs of mini-batches, as for a network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skmlp.base.availability import unavailable_when
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_classes, fitted_linear
from skmlp.base.label_encoding import class_weights, require_two_classes
from skmlp.base.types import ClassWeight, MatrixLike
from skmlp.base.validation import check_sample_weight
from skmlp.logistic_regression.penalty import SOLVERS, penalty_of, penalty_per_parameter
from skmlp.logistic_regression.problem import Targets, risk
from skmlp.solvers import Schedule, UpdateRule, epochs
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.training import Patience, Training

__all__ = ["MiniBatches", "minimize_by_epochs"]

_EPOCHS_WITHOUT_PROGRESS = 10


def refuse_partial_fit(estimator):
    """Return why there is no partial_fit, or None where there is."""
    if estimator.solver in SOLVERS:
        return (
            f"partial_fit is there with mini-batches only, not with solver="
            f"{estimator.solver!r}; use solver='sgd' or solver='adam'."
        )
    return None


def minimize_by_epochs(
    objective,
    state,
    *,
    l2,
    rule,
    schedule,
    learning_rate,
    batch_size,
    tol,
    max_iter,
    n_epochs,
    report=None,
):
    """Visit the rows in mini-batches, and keep the best epoch's parameters.

    Parameters
    ----------
    objective : EmpiricalRisk
        With the penalty that is meant for all rows.
    state : TrainingState
        Changed in place.
    l2 : float
        The penalty's strength in a batch: what is divided by its Σᵢ sᵢ.
    rule, schedule, learning_rate, batch_size
        As `epochs` takes them.
    tol : float
        Stops after ten epochs in a row whose loss is not lower by this, at a rate that
        the schedule lowers no more.
    max_iter : int
        At most so many epochs.
    n_epochs : int
        How many the schedule is told there will be.
    report : callable, optional
        Called as ``report(parameters, value)`` after every epoch; a true answer stops.

    Returns
    -------
    minimum : Minimum
    """
    training = epochs(
        replace(objective, l2=l2),
        state,
        rule,
        schedule,
        learning_rate=learning_rate,
        batch_size=batch_size,
        shuffle=True,
        n_epochs=n_epochs,
    )
    patience, values, converged = Patience(tol), [], False
    message = (
        f"The epochs ran out before convergence. Increase max_iter (={max_iter}) or "
        f"tol, or raise learning_rate_init (={learning_rate:g})."
    )
    with closing(training):
        for _ in range(max_iter):
            epoch = next(training)
            if not epoch.finite:
                message = _diverged(len(values) + 1, epoch.learning_rate)
                if patience.best_parameters is None:
                    raise ValueError(message)
                message = f"{message} The weights of the best epoch are kept."
                break
            values.append(epoch.loss)
            patience.observe(epoch.loss, epoch.loss, state.parameters)
            if report is not None and report(state.parameters, epoch.loss):
                converged = True
                break
            if patience.exhausted(_EPOCHS_WITHOUT_PROGRESS):
                factor = schedule.patience_factor
                if factor is None or epoch.learning_rate <= schedule.lowest:
                    converged = True
                    break
                state.rate_factor *= factor
                patience.waited = 0
    best = patience.best_parameters
    parameters = (state.parameters if best is None else best).astype(np.float64)
    value, gradient = objective.value_and_gradient(parameters)
    return Minimum(
        parameters=parameters,
        value=value,
        gradient_norm=objective.gradient_size(gradient),
        n_iter=len(values),
        converged=converged,
        message=message,
        values=values,
    )


class MiniBatches:
    """The part of logistic regression that visits the rows in mini-batches."""

    def _has_epochs(self):
        """Whether the solver goes through the rows in mini-batches."""
        return self.solver not in SOLVERS

    # What the estimator has beside this.
    class_weight: ClassWeight
    fit_intercept: bool
    tol: float
    _validate: Callable[..., Any]
    _previous_weights: Callable[..., Any]
    _keep: Callable[..., Any]

    @unavailable_when(refuse_partial_fit)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn from some more rows: one epoch of mini-batches.

        It is there with ``solver='sgd'``, 'adam' or an update rule. Learning goes on
        from the last call, or from a fit; the penalty is that of all rows seen so far,
        and so are the class weights with ``class_weight='balanced'``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,)
            Their class labels.
        classes : array-like of shape (n_classes,), default=None
            All class labels that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.

        Returns
        -------
        self : object
            The estimator.
        """
        first = not hasattr(self, "classes_")
        _, l2 = penalty_of(self)
        X, y = self._validate(X, y, reset=first)
        known = self._classes_of_stream(y, classes)
        if hasattr(self, "coef_"):
            fitted_linear(self, X.shape[1])
        targets = Targets(known, np.searchsorted(known, y))
        weight = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        self.classes_ = known
        self._add_class_weight(targets.labels, weight, again=not first)
        of_class = class_weights(
            self.class_weight, self.classes_, self._class_weight_seen
        )
        objective = risk(
            X,
            targets,
            fit_intercept=self.fit_intercept,
            sample_weight=(weight * of_class[targets.labels]).astype(X.dtype),
        )
        network = objective.network
        state = self._epochs_state(objective, self._previous_weights(network))
        minimum = self._by_epochs(
            replace(objective, l2=penalty_per_parameter(network, l2, power=2)),
            state,
            l2
            * (objective.total_weight / X.shape[0])
            / float(self._class_weight_seen @ of_class),
            max_iter=1,
            tol=self.tol,
        )
        # Losses of parts of a stream do not compare: the last weights are kept.
        parameters = state.parameters.astype(np.float64)
        self._keep(network, X.dtype, replace(minimum, parameters=parameters))
        return self

    def _classes_of_stream(self, y, classes):
        """The classes of the first call, after a check that no others come."""
        known = getattr(self, "classes_", None)
        if known is not None or hasattr(self, "classes_"):
            check_classes(known, in_order=True)
        given = None if classes is None else np.unique(classes)
        if known is None and given is None:
            raise ValueError(
                "classes must be passed on the first call to partial_fit: all labels "
                "that will ever come."
            )
        if known is None:
            known = given
            require_two_classes(known)
        elif given is not None and not np.array_equal(known, given):
            raise ValueError(
                f"classes={classes} is not the same as on the last call to "
                f"partial_fit, which was {known}."
            )
        unknown = np.setdiff1d(y, known)
        if len(unknown):
            raise ValueError(
                f"y holds labels that were not among classes: {unknown}; name all that "
                "will ever come in the first call."
            )
        return known

    def _add_class_weight(self, labels, sample_weight, *, again=False):
        """Count the weight of every class, in all calls of partial_fit together."""
        counts = np.bincount(labels, sample_weight, minlength=len(self.classes_))
        self._class_weight_seen = counts + (
            getattr(self, "_class_weight_seen", 0) if again else 0
        )

    def _fit_epochs(self, objective, start, l2, **settings):
        """All epochs of a fit, from `start`."""
        if not self.warm_start:
            self._training = None
        state = self._epochs_state(objective, start)
        return self._by_epochs(objective, state, l2 / objective.n_rows, **settings)

    def _epochs_state(self, objective, parameters):
        """The state to go on from, with the last one's rule and generator."""
        parameters = parameters.astype(objective.X.dtype)
        training = getattr(self, "_training", None)
        if training is None:
            generator = check_random_state(self.random_state)
            training = Training.begin(parameters, generator, tol=self.tol)
        state = training.state
        state.parameters = parameters
        training.prepare(UpdateRule.resolve(self.solver), objective.X.dtype)
        rows = np.arange(objective.n_rows)
        if objective.sample_weight is not None:
            rows = rows[objective.sample_weight > 0]
        state.order = rows
        self._training = training
        return state

    def _by_epochs(self, objective, state, l2, **settings):
        """Run epochs; l2 is the penalty's strength for a row of a batch."""
        n_rows = len(state.order)
        rule = UpdateRule.resolve(self.solver)
        largest = 200 if self.batch_size == "auto" else self.batch_size
        if rule.whole_batch:
            if self.batch_size != "auto":
                raise ValueError(
                    f"solver={self.solver!r} takes all rows in every step; leave "
                    "batch_size='auto', or use solver='sgd'."
                )
            largest = n_rows
        # Equal batches: in a smaller last one the penalty would weigh more.
        batch_size = -(-n_rows // -(-n_rows // largest))
        return minimize_by_epochs(
            objective,
            state,
            l2=l2 * batch_size,
            rule=rule,
            schedule=Schedule.resolve(self.learning_rate),
            learning_rate=self.learning_rate_init,
            batch_size=batch_size,
            n_epochs=self.max_iter,
            **settings,
        )


def _diverged(epoch, learning_rate):
    """What to say of it."""
    return (
        "Solver produced non-finite parameter weights in epoch "
        f"{epoch}, with a learning rate of {learning_rate:g}. Scale X (sklearn."
        "preprocessing.StandardScaler), or lower learning_rate_init, say to a tenth."
    )
