"""Activations and back-propagated gradients of a network, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmlp.base.types import Array, Matrix
from skmlp.losses import Loss
from skmlp.network import Network

__all__ = ["LayerFacts", "layer_facts"]

# Slopes of a saturated unit are below this share of the activation's largest slope.
_FLAT = 0.05
_Z = np.linspace(-6, 6, 241)[None]


@dataclass(frozen=True)
class LayerFacts:
    """Numbers of one layer, over some rows.

    Parameters
    ----------
    outputs : float
        Root mean square of the activations; of the last layer, of the scores.
    deviation : float
        Standard deviation of the activations over rows, mean over units.
    gradient : float
        Root mean square of dL/dz, the derivatives of a row's loss by the inputs z of
        the units.
    weights, weight_gradient : float
        Root mean square of the weights, and of the derivatives of the mean loss.
    saturated : float
        Share of (row, unit) pairs whose slope is below 5 % of the largest slope of the
        activation; 0 for the last layer.
    dead : float
        Share of units whose slope is zero for all rows.
    """

    outputs: float
    deviation: float
    gradient: float
    weights: float
    weight_gradient: float
    saturated: float = 0.0
    dead: float = 0.0


def layer_facts(
    network: Network, loss: Loss, parameters: Array, X: Matrix, y: Array
) -> list[LayerFacts]:
    """Return the LayerFacts of all layers: one forward and one backward pass.

    Parameters
    ----------
    network : Network
    loss : Loss
    parameters : ndarray of shape (n_parameters,)
    X : {ndarray, CSR matrix} of shape (n, n_features)
    y : ndarray
        Targets, as the loss takes them.
    """
    weights, intercepts = network.unflatten(np.asarray(parameters))
    inputs: list[Any] = [X]
    pullbacks, slopes = [], []
    with np.errstate(all="ignore"):
        for layer, activation in enumerate(network.activations):
            z = inputs[-1] @ weights[layer]
            if intercepts[layer] is not None:
                z = z + intercepts[layer]
            a, pullback = activation.forward(np.asarray(z))
            inputs.append(a)
            pullbacks.append(pullback)
            slopes.append(np.abs(pullback(np.ones_like(a))))
        scores = np.asarray(inputs[-1] @ weights[-1])
        if intercepts[-1] is not None:
            scores = scores + intercepts[-1]
        _, z_gradient = loss.value_and_gradient(y, scores)
        facts = []
        for layer in reversed(range(len(weights))):
            hidden = layer < len(pullbacks)
            outputs = inputs[layer + 1] if hidden else scores
            weight_gradient = (inputs[layer].T @ z_gradient) / len(scores)
            facts.append(
                LayerFacts(
                    outputs=_size(outputs),
                    deviation=float(np.mean(np.std(outputs, axis=0))),
                    gradient=_size(z_gradient),
                    weights=_size(weights[layer]),
                    weight_gradient=_size(weight_gradient),
                    saturated=_saturated(network.activations[layer], slopes[layer])
                    if hidden
                    else 0.0,
                    dead=float(np.mean(slopes[layer].max(axis=0) == 0))
                    if hidden
                    else 0,
                )
            )
            if layer > 0:
                z_gradient = pullbacks[layer - 1](z_gradient @ weights[layer].T)
    return facts[::-1]


def _size(numbers):
    """Return the root mean square of numbers, in float64."""
    return float(np.sqrt(np.mean(np.square(np.asarray(numbers, dtype=np.float64)))))


def _saturated(activation, slopes):
    """Return the share of slopes below 5 % of the largest of the activation."""
    a, pullback = activation.forward(_Z.astype(slopes.dtype))
    largest = float(np.max(np.abs(pullback(np.ones_like(a)))))
    return float(np.mean(slopes < _FLAT * largest)) if largest > 0 else 1.0
