"""What a network's layers make of rows: hidden activations, gradients by the inputs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin

from skmlp.base.compat import wrap_output
from skmlp.base.rows import blocks, take
from skmlp.base.types import Array, MatrixLike
from skmlp.losses import SquaredError
from skmlp.network import Network

__all__ = ["HiddenFeatures"]


class HiddenFeatures(ClassNamePrefixFeaturesOutMixin):
    """The part of a multi-layer perceptron that shows what is inside."""

    def transform(self, X: MatrixLike, layer: int = -1) -> Array:
        """Activations of a hidden layer: the network as an extractor of features.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be transformed.
        layer : int, default=-1
            Which hidden layer, 0 for the first; negative numbers count from the last.
            A network without hidden layers gives X back.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units)
            The outputs of the layer's units, or a data frame after `set_output`.
        """
        rows = self._new_rows(X)
        n_layers = len(self._network.activations)
        if not -max(n_layers, 1) <= layer < max(n_layers, 1):
            raise ValueError(
                f"layer={layer} is not one of {n_layers} hidden layers; give a number "
                f"from {-n_layers} to {n_layers - 1}."
            )
        activations = rows if n_layers == 0 else self._hidden(rows, layer % n_layers)
        names = [
            f"{type(self).__name__.lower()}{unit}"
            for unit in range(activations.shape[1])
        ]
        # Not by scikit-learn's own wrapping, which knows the last layer's names only.
        labelled = SimpleNamespace(
            _sklearn_output_config=getattr(self, "_sklearn_output_config", {}),
            _sklearn_auto_wrap_output_keys={"transform"},
            get_feature_names_out=lambda: names,
        )
        return wrap_output("transform", activations, X, labelled)

    def input_gradient(self, X: MatrixLike) -> Array:
        """How the raw scores change with the inputs, by backpropagation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows at which to differentiate.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_outputs, n_features)
            Derivative of every score, before the softmax, sigmoid or exponential, by
            every feature. With one output its axis is left out, and the shape is that
            of X: with two classes it is the derivative of the log-odds of
            ``classes_[1]``.
        """
        rows, layers = self._new_rows(X), self._layers()
        gradient = np.concatenate(
            [
                self._network.input_gradient(*layers, take(rows, block))
                for block in blocks(rows.shape[0])
            ]
        )
        return gradient[:, 0] if gradient.shape[1] == 1 else gradient

    @property
    def _n_features_out(self):
        """The units of the last hidden layer, whose names scikit-learn makes."""
        return self.coefs_[-1].shape[0]

    def _hidden(self, X, layer):
        """σ(z) of a layer, whose z are the scores of the network that ends there."""
        network = Network(
            self._network.layer_sizes[: layer + 2], self._network.activations[:layer]
        )
        activation = self._network.activations[layer]
        weights, intercepts = self._layers()
        return self._scores_of(
            network,
            SquaredError(),
            X,
            weights[: layer + 1],
            intercepts[: layer + 1],
            finish=lambda z: activation.forward(z)[0],
        )
