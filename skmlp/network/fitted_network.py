"""Networks with fitted weights, which predict without an estimator."""

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

_ANY_LOSS = SquaredError()


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """Network with its loss and its fitted weights, which predicts.

    No estimator is needed, and rows are not checked: X has to be an array of
    floating-point numbers or a CSR matrix (n, n_features), without NaN. The names of
    classes are not stored: with more than two classes, the most probable one is
    ``classes_[scores.argmax(axis=1)]``; with two, it is ``classes_[1]`` if the score is
    above zero.

    Parameters
    ----------
    network : Network
        Sizes and activations of the layers.
    loss : Loss
        Loss of the fit; its inverse link turns scores into means.
    weights : sequence of ndarray of shape (fan_in, fan_out)
        Weights of every layer.
    intercepts : sequence of ndarray of shape (fan_out,) or None
        Intercepts of every layer; None for a network without intercepts.
    l1, l2 : float, default=0.0
        Strengths of the penalty of the fit. The fit minimised the sum of the losses of
        all rows, plus ½·l2·‖W‖² + l1·‖W‖₁ of all weights.
    """

    network: Network
    loss: Loss
    weights: Sequence[Array]
    intercepts: Sequence[Array | None]
    l1: float = 0.0
    l2: float = 0.0

    def scores(
        self, X: Matrix, finish: Callable[[Array], Array] | None = None
    ) -> Array:
        """Return the raw scores of rows (n, n_outputs), before the inverse link.

        They are computed block by block, since the hidden layer of all rows may not fit
        in memory. If `finish` is given, it is applied to the scores of each block, and
        its results are concatenated.
        """
        fused = fuse(self.network, _ANY_LOSS, X)  # scores do not depend on the loss
        if fused is not None:
            parameters = self.network.flat(self.weights, self.intercepts)
            if parameters.dtype == X.dtype:
                return fused.scores(parameters, finish)
        parts = []
        for rows in blocks(X.shape[0]):
            with np.errstate(over="ignore", invalid="ignore"):  # as in the kernels
                part = take(X, rows)
                scores = self.network.scores(self.weights, self.intercepts, part)
            parts.append(scores if finish is None else finish(scores))
        return joined(parts)

    @property
    def parameters(self) -> Array:
        """Flat vector with a copy of all weights, then of all intercepts."""
        return self.network.flatten(self.weights, self.intercepts)

    def mean(self, X: Matrix) -> Array:
        """Return the expected y of rows: the inverse link of their scores.

        For numbers it has the shape (n, n_targets). For labels it holds probabilities:
        of the second of two classes (n, 1), of each of more classes (n, n_classes), or
        of each label (n, n_labels). If the inverse link of the loss is the identity, as
        for the hinge loss, it holds the scores.
        """
        return self.loss.mean(self.scores(X))

    def hidden(self, X: Matrix, layer: int) -> Array:
        """Return the activations of a hidden layer (n, n_units); 0 is the first one."""
        activations = self.network.activations
        if not 0 <= layer < len(activations):
            raise ValueError(
                f"layer={layer} is not one of {len(activations)} hidden layers; count "
                "them from 0."
            )
        lower_layers = FittedNetwork(
            Network(self.network.layer_sizes[: layer + 2], activations[:layer]),
            _ANY_LOSS,
            self.weights[: layer + 1],
            self.intercepts[: layer + 1],
        )
        # The scores of the network that ends at this layer, then its activation.
        return lower_layers.scores(X, lambda z: activations[layer].forward(z)[0])

    def input_gradient(self, X: Matrix) -> Array:
        """Return ∂scores/∂x of rows (n, n_outputs, n_features)."""
        parts: list[Any] = [
            self.network.input_gradient(self.weights, self.intercepts, take(X, rows))
            for rows in blocks(X.shape[0])
        ]
        return np.concatenate(parts)
