"""Facts about a fit and its data, each computed once and when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from skmlp.base.data_checks import (
    ColumnScales,
    column_scales,
    constant_columns,
    duplicate_columns,
)
from skmlp.base.rows import take
from skmlp.base.text import listed
from skmlp.base.types import Array
from skmlp.base.validation import validate_data
from skmlp.diagnosis.layer_facts import LayerFacts, layer_facts
from skmlp.initializers import Initializer
from skmlp.multilayer_perceptron.predictions import NetworkPredictions
from skmlp.network import FittedNetwork

__all__ = ["Evidence", "Rows"]

_ROWS_OF_LAYERS = 2000
_WITHOUT_STEPS = {"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"}


class Rows:
    """Rows with their targets, and what the network says about them.

    Parameters
    ----------
    fitted : FittedNetwork
    X : {ndarray, CSR matrix} of shape (n, n_features)
    y : ndarray of shape (n,) or (n, n_outputs)
        Labels or numbers as the user passed them.
    targets : ndarray
        The same, as the loss takes them.
    classes : ndarray or None
        Labels of the classes; None for numbers.
    """

    def __init__(
        self, fitted: FittedNetwork, X: Any, y: Any, targets: Any, classes: Any
    ):
        self.fitted, self.X, self.y = fitted, X, np.asarray(y)
        self.targets, self.classes = targets, classes

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.X.shape[0]

    @cached_property
    def scores(self) -> Array:
        """Raw scores (n, n_scores)."""
        return self.fitted.scores(self.X)

    @cached_property
    def losses(self) -> Array:
        """Loss of every row (n,), without the penalty."""
        loss = self.fitted.loss.unsmoothed()
        with np.errstate(all="ignore"):
            return loss.value_and_gradient(self.targets, self.scores)[0]

    @property
    def loss(self) -> float:
        """Mean loss."""
        return float(np.mean(self.losses, dtype=np.float64))

    @cached_property
    def labels(self) -> Array:
        """Numbers of the classes (n,)."""
        return np.searchsorted(self.classes, self.y.ravel())

    @cached_property
    def predicted(self) -> Array:
        """Numbers of the most probable classes (n,)."""
        if self.scores.shape[1] == 1:
            return (self.scores[:, 0] > 0).astype(int)
        return self.scores.argmax(axis=1)

    @cached_property
    def probabilities(self) -> Array:
        """Probabilities of the classes (n, n_classes)."""
        means = self.fitted.loss.mean(self.scores)
        return np.hstack([1 - means, means]) if means.shape[1] == 1 else means

    @cached_property
    def score(self) -> float:
        """Accuracy, or R² of all numbers together."""
        if self.classes is not None:
            return float(np.mean(self.predicted == self.labels))
        y = self.y.reshape(len(self), -1)
        predictions = self.fitted.loss.mean(self.scores).reshape(y.shape)
        residual = np.sum((y - predictions) ** 2)
        total = np.sum((y - y.mean(axis=0)) ** 2)
        return float(1 - residual / total) if total > 0 else 0.0


class Evidence:
    """All that the checks look at.

    Parameters
    ----------
    estimator : estimator
        A fitted network, logistic regression or perceptron of this package.
    X, y : array-like
        Rows of the training.
    X_val, y_val : array-like or None
        Rows that took no part in it.
    """

    def __init__(self, estimator, X, y, X_val=None, y_val=None):
        self.estimator = estimator
        self.params = estimator.get_params(deep=False)
        # None, too, for several columns of classes.
        self.classes = None
        if is_classifier(estimator) and not isinstance(estimator.classes_, list):
            self.classes = np.asarray(estimator.classes_)
        fitted = estimator.fitted_network()
        self.fitted = fitted
        self.train = self._rows(X, y)
        self.validation = None
        if X_val is not None:
            self.validation = self._rows(X_val, y_val, ("X_val", "y_val"))

    def _rows(self, X, y, names=("X", "y")):
        """Return Rows, checked as the estimator checks its own."""
        estimator, y = self.estimator, np.asarray(y)
        if isinstance(estimator, NetworkPredictions):
            rows = estimator._check_rows(X)[0]
        else:
            rows = validate_data(
                estimator,
                X,
                accept_sparse="csr",
                dtype=(np.float64, np.float32),
                reset=False,
            )
        if len(y) != rows.shape[0]:
            raise ValueError(
                f"{names[1]} has {len(y)} rows, but {names[0]} has {rows.shape[0]}; "
                "pass the y of these rows."
            )
        if self.classes is not None and y.ndim == 1:
            unknown = np.setdiff1d(y, self.classes)
            if len(unknown):
                raise ValueError(
                    f"{names[1]} has labels that the fit has not seen: "
                    f"{listed(list(unknown), 3)}. Pass rows of the classes "
                    f"{listed(list(self.classes), 5)}."
                )
        return Rows(self.fitted, rows, y, self._targets(y, rows.dtype), self.classes)

    def _targets(self, y, dtype):
        """Return y as the loss of the fit takes it."""
        if isinstance(self.estimator, NetworkPredictions):
            return self.estimator._known_targets().encode(y, dtype)
        labels, loss = np.searchsorted(self.classes, y), self.fitted.loss
        if loss.takes_labels:
            return labels
        if len(self.classes) == 2:
            return labels.astype(dtype)[:, np.newaxis]
        return np.eye(len(self.classes), dtype=dtype)[labels]

    @property
    def by_steps(self) -> bool:
        """True if the fit took steps of mini-batches."""
        has_batches = "batch_size" in self.params and len(self.curve) > 0
        return has_batches and self.params["solver"] not in _WITHOUT_STEPS

    @property
    def held_out(self) -> Rows:
        """Validation rows, or the training rows if there are none."""
        return self.train if self.validation is None else self.validation

    @property
    def n_hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.fitted.network.activations)

    @property
    def n_parameters(self) -> int:
        """Number of weights and intercepts."""
        return self.fitted.network.n_parameters

    @cached_property
    def scales(self) -> ColumnScales:
        """Scales of the columns of X."""
        names = getattr(self.estimator, "feature_names_in_", None)
        return column_scales(self.train.X, names)

    @cached_property
    def constant(self) -> Array:
        """Numbers of constant columns."""
        return constant_columns(self.scales)

    @cached_property
    def duplicates(self) -> list[list[int]]:
        """Groups of equal columns, without constant ones."""
        constant = set(self.constant.tolist())
        return [
            group
            for group in duplicate_columns(self.train.X)
            if group[0] not in constant
        ]

    @cached_property
    def some_rows(self) -> Array:
        """Numbers of at most 2000 training rows, evenly among all."""
        n = len(self.train)
        return np.linspace(0, n - 1, min(n, _ROWS_OF_LAYERS)).astype(int)

    @cached_property
    def layers(self) -> list[LayerFacts]:
        """Facts of the layers at the fitted weights."""
        return self._layers_at(self.fitted.parameters)

    @cached_property
    def first_layers(self) -> list[LayerFacts]:
        """Facts of the layers at first weights, drawn as for a new fit."""
        seed = self.estimator.random_state
        generator = np.random.RandomState(seed if isinstance(seed, int) else 0)
        network = self.fitted.network
        parameters = network.initial_parameters(
            Initializer.resolve(self.estimator.weight_init),
            generator,
            self.train.X.dtype,
        )
        return self._layers_at(parameters)

    def _layers_at(self, parameters):
        rows = self.some_rows
        return layer_facts(
            self.fitted.network,
            self.fitted.loss,
            parameters,
            take(self.train.X, rows),
            take(self.train.targets, rows),
        )

    @cached_property
    def curve(self) -> Array:
        """Loss of every epoch; empty if the solver keeps none."""
        return np.asarray(getattr(self.estimator, "loss_curve_", ()), dtype=np.float64)

    @cached_property
    def constant_loss(self) -> float:
        """Smallest loss of constant scores on the training rows, about."""
        loss, targets = self.fitted.loss.unsmoothed(), self.train.targets
        known = loss.of_best_constant(np.asarray(targets))
        if known is not None:
            return float(known)
        means = np.median(self.train.scores, axis=0, keepdims=True)
        scores = np.repeat(means, len(self.train), axis=0)
        return float(np.mean(loss.value_and_gradient(targets, scores)[0]))
