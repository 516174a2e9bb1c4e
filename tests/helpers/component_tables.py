"""Tables of all activations and losses with several settings; targets for a loss."""

import numpy as np
from random_functions import difference, huber, mish, softmax_loss, squared_error

from skmlp import activations, losses
from skmlp.activations import ELU, Activation, LeakyReLU, Sign
from skmlp.losses import (
    BinaryFocalLoss,
    BinaryLogLoss,
    Huber,
    Loss,
    MulticlassHinge,
    MultinomialFocalLoss,
    MultinomialLogLoss,
    PerColumn,
    Quantile,
)

ACTIVATIONS = {
    **{name: component() for name, component in sorted(Activation.table.items())},
    "leaky_relu, 0.3": LeakyReLU(0.3),
    "elu, 2": ELU(2.0),
    "sign, 0.5": Sign(0.5),
    "function, mish": activations.PlainFunction(mish),
    "functions, sin": activations.FunctionPair(np.sin, np.cos),
}
# Activations without a compiled form run through the reference, layer by layer.
WITH_KERNELS = [name for name, each in ACTIVATIONS.items() if hasattr(each, "kernel")]
LOSSES = {
    **{name: component() for name, component in sorted(Loss.table.items())},
    "binary_log_loss, smoothed": BinaryLogLoss(0.2),
    "multinomial_log_loss, smoothed": MultinomialLogLoss(0.2),
    "binary_focal, 0.5": BinaryFocalLoss(0.5),
    "multinomial_focal, 0": MultinomialFocalLoss(0.0),
    "huber, 0.3": Huber(0.3),
    "per_column, log loss": PerColumn(MultinomialLogLoss(0.1), (2, 3, 4)),
    "per_column, focal": PerColumn(MultinomialFocalLoss(1.5), (2, 6, 1)),
    "per_column, hinge": PerColumn(MulticlassHinge(), (4, 1, 4)),
    "quantile, three": Quantile([0.1, 0.5, 0.8]),
    "function, huber": losses.PlainFunction(huber),
    "function, softmax": losses.PlainFunction(softmax_loss, "softmax"),
    "functions, squared error": losses.FunctionPair(squared_error, difference),
}


def n_scores_of(loss, n_targets):
    return n_targets * loss.scores_per_target


def targets_for(loss, n, n_targets, rng):
    if loss.takes_labels:
        return rng.integers(n_targets, size=n)
    name = getattr(loss, "name", "")
    if name == "per_column":
        return rng.integers(loss.sizes, size=(n, n_targets)).astype(float)
    if "binary" in name or loss.inverse_link in ("logistic", "softmax"):
        return (rng.random((n, n_targets)) < 0.5).astype(float)
    if name == "poisson":
        return rng.poisson(2.0, size=(n, n_targets)).astype(float)
    if loss.needs_positive_targets:
        return rng.gamma(2.0, size=(n, n_targets))
    return rng.normal(size=(n, n_targets))
