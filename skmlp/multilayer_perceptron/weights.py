"""A network's weights: drawn, taken from attributes, given back, and applied."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_layers
from skmlp.base.rows import blocks, take
from skmlp.base.validation import validate_data
from skmlp.initializers import Initializer
from skmlp.network.fused import fuse, joined

__all__ = ["Weights"]


class Weights:
    """The part of a multi-layer perceptron that holds coefs_ and intercepts_."""

    def _parameters(self, objective, generator):
        """First parameters, or those of coefs_ and intercepts_."""
        if hasattr(self, "coefs_"):
            return self._network.flatten(*self._layers())
        return self._network.initial_parameters(
            Initializer.resolve(self.weight_init), generator, objective.X.dtype
        )

    def _layers(self):
        """Weights and intercepts of every layer, checked against the network."""
        return fitted_layers(self, self._network)

    def _attributes(self, parameters):
        """What makes an estimator with these parameters predict."""
        weights, intercepts = self._network.unflatten(parameters.copy())
        return {"coefs_": weights, "intercepts_": intercepts}

    def _set_attributes(self, parameters):
        """Flat parameters -> coefs_ and intercepts_."""
        for name, value in self._attributes(parameters).items():
            setattr(self, name, value)

    def _scores(self, X, weights, intercepts, finish=None):
        """Raw scores, in blocks of rows: a whole hidden layer may not fit in memory.

        With `finish`, what that makes of the scores of some rows.
        """
        return self._scores_of(
            self._network, self._fitted_loss, X, weights, intercepts, finish
        )

    def _scores_of(self, network, loss, X, weights, intercepts, finish=None):
        """The same of any network; the loss decides whether the kernels can."""
        fused = fuse(network, loss, X)
        parameters = None if fused is None else network.flatten(weights, intercepts)
        if parameters is not None and parameters.dtype == X.dtype:
            return fused.scores(parameters, finish)
        parts = []
        for rows in blocks(X.shape[0]):
            scores = network.scores(weights, intercepts, take(X, rows))
            parts.append(scores if finish is None else finish(scores))
        return joined(parts)

    def _raw_scores(self, X, finish=None):
        """Raw scores of new rows, or what `finish` makes of them."""
        return self._scores(self._new_rows(X), *self._layers(), finish)

    def _new_rows(self, X):
        """The rows, checked against those of the fit."""
        if not hasattr(self, "coefs_"):
            check_is_fitted(self, "coefs_")  # raises
        return validate_data(
            self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=False
        )
