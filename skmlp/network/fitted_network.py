"""A network with its weights: the value that predicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmlp.base.rows import blocks, take
from skmlp.base.types import Array, Matrix
from skmlp.losses import Loss, SquaredError
from skmlp.network.feedforward import Network
from skmlp.network.fused import fuse, joined

__all__ = ["FittedNetwork"]


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A network, the loss that it was fitted by, and its weights.

    It predicts without an estimator, and so does not check rows: X is an array of
    floating-point numbers or a CSR matrix (n, n_features), without NaN. It knows no
    names of classes: with more than two of them, the most probable one is
    ``classes_[scores.argmax(axis=1)]``, and with two ``classes_[1]`` where the score is
    above zero.

    Parameters
    ----------
    network : Network
        The sizes and activations of the layers.
    loss : Loss
        Its inverse link turns scores into means.
    weights : sequence of ndarray of shape (fan_in, fan_out)
        Those of every layer.
    intercepts : sequence of ndarray of shape (fan_out,) or None
        Those of every layer; None where the network has no intercepts.
    """

    network: Network
    loss: Loss
    weights: Sequence[Array]
    intercepts: Sequence[Array | None]

    def scores(
        self, X: Matrix, finish: Callable[[Array], Array] | None = None
    ) -> Array:
        """Return the raw scores of rows (n, n_outputs), before the inverse link.

        Rows are taken in blocks: a whole hidden layer may not fit in memory. With
        `finish`, it is applied to the scores of each block, and what it returns is
        joined.
        """
        fused = fuse(self.network, self.loss, X)
        parameters = None if fused is None else self.parameters
        if parameters is not None and parameters.dtype == X.dtype:
            return fused.scores(parameters, finish)
        parts = []
        for rows in blocks(X.shape[0]):
            scores = self.network.scores(self.weights, self.intercepts, take(X, rows))
            parts.append(scores if finish is None else finish(scores))
        return joined(parts)

    @property
    def parameters(self) -> Array:
        """All weights, then all intercepts, as one flat vector (a copy)."""
        return self.network.flatten(self.weights, self.intercepts)

    def mean(self, X: Matrix) -> Array:
        """Return the inverse link of the scores: the expected y of rows.

        That is (n, n_targets) for numbers. For labels these are probabilities: of the
        second one of two classes (n, 1), of each of more classes (n, n_classes), or of
        each label; but where the inverse link of the loss is the identity, such as of
        the hinge loss, they are the scores.
        """
        return self.loss.mean(self.scores(X))

    def hidden(self, X: Matrix, layer: int) -> Array:
        """Return the activations of a hidden layer (n, n_units); 0 is the first."""
        activations = self.network.activations
        if not 0 <= layer < len(activations):
            raise ValueError(
                f"layer={layer} is not one of {len(activations)} hidden layers; count "
                "them from 0."
            )
        below = FittedNetwork(
            Network(self.network.layer_sizes[: layer + 2], activations[:layer]),
            SquaredError(),
            self.weights[: layer + 1],
            self.intercepts[: layer + 1],
        )
        # Scores of the network that ends there, then its activation.
        return below.scores(X, lambda z: activations[layer].forward(z)[0])

    def input_gradient(self, X: Matrix) -> Array:
        """Return ∂scores/∂x of rows (n, n_outputs, n_features)."""
        parts: list[Any] = [
            self.network.input_gradient(self.weights, self.intercepts, take(X, rows))
            for rows in blocks(X.shape[0])
        ]
        return np.concatenate(parts)
