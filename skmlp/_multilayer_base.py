"""The fit that the multi-layer perceptrons share."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from skmlp._callbacks import ObservedFit
from skmlp._compat import check_sample_weight
from skmlp._multilayer_epochs import EpochFit
from skmlp._multilayer_lbfgs import LbfgsFit
from skmlp._multilayer_settings import Settings, activations_of, hidden_sizes
from skmlp._multilayer_weights import Weights, layer_sizes
from skmlp._training import Patience
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

__all__ = ["MultilayerPerceptron"]


class MultilayerPerceptron(
    Settings, EpochFit, LbfgsFit, Weights, ObservedFit, BaseEstimator, ABC
):
    """A network, a loss and the fit that the classifier and the regressor share."""

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
        sizes = hidden_sizes(self.hidden_layer_sizes)
        X, y = self._validate(X, y, fresh=fresh)
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        targets = self._targets(y, X.dtype, fresh=fresh, incremental=incremental)
        loss = self._loss()
        loss.check_targets(targets)
        network = Network(
            layer_sizes=(X.shape[1], *sizes, self.n_outputs_),
            activations=activations_of(self.activation, len(sizes)),
        )
        if fresh or not hasattr(self, "_state"):
            self._forget(keep_weights=not fresh)
        elif layer_sizes(self.coefs_) != network.layer_sizes:
            raise ValueError(
                f"The layers of the last fit have {layer_sizes(self.coefs_)} units, "
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

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
