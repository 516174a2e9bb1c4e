"""Activations, back-propagated gradients and weights of a network, by layer."""

import numpy as np

from skmlp.base.rows import dense
from skmlp.graph.predictions import drawn_targets

__all__ = ["layer_values", "targets_of"]


def targets_of(estimator, fitted, y, n_rows):
    """Return y as targets of the loss of a FittedNetwork (n, n_targets)."""
    targets = drawn_targets(estimator, fitted, y, n_rows, one_unit=False)
    return targets.reshape(n_rows, -1)


def layer_values(estimator, X, y):
    """Return {quantity: [array of each layer]} of a fitted network for rows.

    The quantities are 'activations' of the hidden layers, 'gradients' dℓ/dz of all
    layers, for the loss ℓ of each row by itself, and 'weights'.
    """
    rows, fitted, _ = estimator._check_rows(X)
    rows = dense(rows).astype(np.float64, copy=False)
    targets = targets_of(estimator, fitted, y, len(rows))
    a, activations, pullbacks = rows, [], []
    for layer, activation in enumerate(fitted.network.activations):
        z = a @ fitted.weights[layer] + fitted.intercepts[layer]
        a, pullback = activation.forward(z)
        activations.append(a)
        pullbacks.append(pullback)
    scores = a @ fitted.weights[-1] + fitted.intercepts[-1]
    _, gradient = fitted.loss.value_and_gradient(targets, scores)
    gradients = [gradient]
    for layer in reversed(range(len(pullbacks))):
        gradient = pullbacks[layer](gradient @ fitted.weights[layer + 1].T)
        gradients.insert(0, gradient)
    return {
        "activations": activations,
        "gradients": gradients,
        "weights": list(fitted.weights),
    }
