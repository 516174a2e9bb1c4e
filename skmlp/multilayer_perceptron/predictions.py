"""Predictions of a fitted network: scores, hidden activations, input gradients."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.compat import wrap_output
from skmlp.base.types import Array, MatrixLike, RandomState, Scoring
from skmlp.base.validation import validate_data
from skmlp.losses.scaled_targets import ScaledTargets
from skmlp.multilayer_perceptron.assigned_attributes import (
    AssignedLink,
    assigned_network,
    layers_of,
)
from skmlp.multilayer_perceptron.history import history
from skmlp.multilayer_perceptron.parameters import (
    ActivationChoice,
    InitializerChoice,
    penalties_of,
)
from skmlp.network import FittedNetwork, Network
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice
from skmlp.solvers.training import Training

__all__ = ["NetworkPredictions"]


class NetworkPredictions(ClassNamePrefixFeaturesOutMixin):
    """Mixin with the predictions that both estimators share; it sets no attributes."""

    hidden_layer_sizes: int | str | ArrayLike
    activation: ActivationChoice
    solver: str | UpdateRule
    alpha: float
    batch_size: int | Literal["auto"]
    learning_rate: ScheduleChoice
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: RandomState
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool | Literal["loss"]
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    on_divergence: Literal["warn", "raise", "backoff"]
    scoring: Scoring
    restore_best: bool
    record: Literal["auto", "batches", "epoch"]
    weight_init: InitializerChoice
    n_layers: int | None
    width: int | None
    n_init: int
    l1_ratio: float
    dropout: float | ArrayLike
    input_dropout: float
    input_noise: float
    clip_value: float | None
    clip_norm: float | None
    max_norm: float | None

    coefs_: list[Array]
    intercepts_: list[Array]
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    n_features_in_: int
    feature_names_in_: Array
    converged_: bool
    diverged_: bool
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    n_iter_: int
    t_: int

    # Set by a fit, and used by predictions and by fits that continue it.
    _network: Network
    _targets: Any
    _training: Training

    @property
    def history_(self) -> dict[str, Array]:
        """Values recorded in each epoch: {name: ndarray of shape (n_epochs,)}."""
        check_is_fitted(self, "coefs_")
        training = getattr(self, "_training", None)  # None: weights set without a fit
        return history([] if training is None else training.records)

    def fitted_network(self) -> FittedNetwork:
        """Return the network with its weights, as an object that predicts raw scores.

        Returns
        -------
        network : FittedNetwork
            Network whose weights and intercepts are `coefs_` and `intercepts_`, checked
            but not copied. It has no class labels.
        """
        network, _ = self._fitted_model()
        strengths = penalties_of(self)
        if isinstance(network.loss, ScaledTargets):  # in the units of the loss of y
            scaled = network.loss
            factor, _ = scaled.loss.loss_units(scaled.scale.deviations)
            strengths = {name: factor * each for name, each in strengths.items()}
        return replace(network, **strengths)

    @abstractmethod
    def _assigned_targets(self):
        """Return the encoding of y of weights that were assigned without a fit.

        None if the weights do not tell it, as they have no class labels.
        """

    def _known_network(self):
        """Return the Network of the fit, or that of assigned weights."""
        return self._network if hasattr(self, "_network") else assigned_network(self)

    def _known_targets(self):
        """Return the encoding of y, of the fit or of assigned attributes, or None."""
        return self._targets if hasattr(self, "_targets") else self._assigned_targets()

    def _fitted_model(self):
        """Return the FittedNetwork, without its penalty, and the encoding of y."""
        if not hasattr(self, "coefs_"):
            check_is_fitted(self, "coefs_")  # raises
        network, weights, intercepts = layers_of(self, self._known_network())
        targets = self._known_targets()
        if targets is None:
            raise ValueError(
                "coefs_ were assigned without classes_: assign the class labels as "
                "well, an array in the order of the outputs, or fit."
            )
        loss = targets.loss_of_y
        name = getattr(self, "out_activation_", loss.inverse_link)
        if name != loss.inverse_link:
            loss = AssignedLink(loss, name)
        return FittedNetwork(network, loss, weights, intercepts), targets

    def _check_rows(self, X):
        """Return X, checked, the FittedNetwork, and the encoding of y."""
        fitted, targets = self._fitted_model()
        rows = validate_data(
            self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=False
        )
        n_features = fitted.network.layer_sizes[0]
        if rows.shape[1] != n_features:  # n_features_in_ is not set, or was changed
            raise ValueError(
                f"X has {rows.shape[1]} features, but {type(self).__name__} is "
                f"expecting {n_features} features as input, like coefs_[0]."
            )
        return rows, fitted, targets

    def transform(self, X: MatrixLike, layer: int = -1) -> Array:
        """Return the activations of a hidden layer, as features of the rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to transform.
        layer : int, default=-1
            Number of the hidden layer; 0 is the first and -1 the last. A network
            without hidden layers returns X.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units)
            Outputs of the units of the layer; a data frame if `set_output` asked for
            one.

        Raises
        ------
        ValueError
            If there is no hidden layer of this number.
        """
        rows, fitted, _ = self._check_rows(X)
        n_layers = len(fitted.network.activations)
        if not -max(n_layers, 1) <= layer < max(n_layers, 1):
            raise ValueError(
                f"layer={layer} is not one of {n_layers} hidden layers; give a number "
                f"from {-n_layers} to {n_layers - 1}."
            )
        activations = fitted.hidden(rows, layer % n_layers) if n_layers else rows
        names = [
            f"{type(self).__name__.lower()}{unit}"
            for unit in range(activations.shape[1])
        ]
        # scikit-learn's own wrapping has the names of the last hidden layer only.
        labelled = SimpleNamespace(
            _sklearn_output_config=getattr(self, "_sklearn_output_config", {}),
            _sklearn_auto_wrap_output_keys={"transform"},
            get_feature_names_out=lambda: names,
        )
        return wrap_output("transform", activations, X, labelled)

    def input_gradient(self, X: MatrixLike) -> Array:
        """Return the derivatives of each raw score with respect to all features.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows at which to differentiate.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_outputs, n_features)
            Derivative of each raw score, before the softmax, sigmoid or exponential,
            with respect to each feature. For a single output the shape is
            (n_samples, n_features): with two classes and the log loss, it is the
            derivative of the log-odds of ``classes_[1]``. Where a regressor has
            standardised y (`scale_target`), it is that of the score in units of y.
        """
        rows, fitted, targets = self._check_rows(X)
        gradient = fitted.input_gradient(rows)
        if targets.score_factors is not None:
            gradient = gradient * targets.score_factors[:, None]
            gradient = gradient.astype(rows.dtype, copy=False)
        return gradient[:, 0] if gradient.shape[1] == 1 else gradient

    @property
    def _n_features_out(self):
        """Number of units in the last hidden layer; scikit-learn makes their names."""
        return self.coefs_[-1].shape[0]
