"""Findings about the layers: gradients that vanish or explode, units that are lost."""

from __future__ import annotations

import numpy as np

from skmlp.diagnosis.cures import longer, model_with
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.finding import Finding

__all__ = ["LAYER_CHECKS"]

_GLOROT = "Glorot and Bengio (2010), Understanding the difficulty of training deep "
_GLOROT += "feedforward neural networks"
_HE = "He, Zhang, Ren and Sun (2015), Delving deep into rectifiers"
# Gradients of the first hidden layer, divided by those of the last.
_VANISHES, _EXPLODES = 1 / 30, 10.0
_MOSTLY = 0.5
_MANY_DEAD = 0.4
_SATURATES = {"logistic", "tanh", "softsign"}
_RECTIFIERS = {"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus"}
# Growth of activations from the first hidden layer to the last, at first weights.
_FADES, _GROWS, _FEWEST_LAYERS = 0.1, 10.0, 4


def _name_of(evidence, layer):
    """Return the name of the activation of a hidden layer."""
    activation = evidence.fitted.network.activations[layer]
    return getattr(activation, "name", type(activation).__name__)


def _ratio(facts):
    """Return the gradient of the first hidden layer divided by that of the last."""
    first, last = facts[0].gradient, facts[-2].gradient
    if last == 0:
        return 1.0 if first == 0 else np.inf
    return first / last


def vanishing_gradients(evidence: Evidence) -> Finding | None:
    """Return a finding if the gradients of the first layers are far smaller."""
    if evidence.n_hidden < 2:
        return None
    first, now = _ratio(evidence.first_layers), _ratio(evidence.layers)
    ratio = min(first, now)
    if ratio > _VANISHES or not np.isfinite(ratio):
        return None
    names = {_name_of(evidence, layer) for layer in range(evidence.n_hidden)}
    return Finding(
        "vanishing gradients",
        float(np.clip(0.8 + 0.04 * -np.log10(ratio), 0.8, 0.98)),
        f"The gradient of hidden layer 1 is {ratio:.1e} times that of hidden layer "
        f"{evidence.n_hidden} (first weights: {first:.1e}; after training: {now:.1e}).",
        f"Each layer multiplies the gradient by its weights and by the slope of "
        f"{', '.join(sorted(names))}, and the products are below 1.",
        model_with(evidence.estimator, activation="relu", weight_init="he_uniform"),
        _GLOROT,
        numbers={"ratio": ratio, "at_first": first, "after_training": now},
    )


def exploding_gradients(evidence: Evidence) -> Finding | None:
    """Return a finding if the gradients of the first layers are far larger."""
    if evidence.n_hidden < 2:
        return None
    first, now = _ratio(evidence.first_layers), _ratio(evidence.layers)
    ratio = first if np.isfinite(first) else now
    if not ratio >= _EXPLODES:
        return None
    return Finding(
        "exploding gradients",
        0.95,
        f"The gradient of hidden layer 1 is {ratio:.1e} times that of hidden layer "
        f"{evidence.n_hidden}.",
        "Each layer multiplies the gradient by weights that are too large for its "
        "number of units.",
        model_with(evidence.estimator, weight_init="glorot_uniform", clip_norm=1.0),
        "Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent "
        "neural networks",
        numbers={"ratio": ratio},
    )


def saturated_units(evidence: Evidence) -> Finding | None:
    """Return a finding if most outputs of bounded units lie where they are flat."""
    shares = [
        facts.saturated if _name_of(evidence, layer) in _SATURATES else 0.0
        for layer, facts in enumerate(evidence.layers[:-1])
    ]
    if not shares or max(shares) < _MOSTLY:
        return None
    worst = int(np.argmax(shares))
    return Finding(
        "saturated units",
        0.6 + 0.35 * shares[worst],
        f"In hidden layer {worst + 1}, {shares[worst]:.0%} of the outputs lie where "
        f"the slope of {_name_of(evidence, worst)} is below 5 % of its largest.",
        "The inputs of the units are large: because of X, of large first weights or of "
        "large steps.",
        model_with(evidence.estimator, weight_init="glorot_uniform", activation="relu"),
        _GLOROT,
        numbers={"share": shares[worst]},
    )


def dead_units(evidence: Evidence) -> Finding | None:
    """Return a finding if many units have the slope zero for all rows."""
    shares = [facts.dead for facts in evidence.layers[:-1]]
    if not shares or max(shares) < _MANY_DEAD:
        return None
    worst = int(np.argmax(shares))
    return Finding(
        "dead units",
        0.95 + 0.01 * shares[worst],
        f"In hidden layer {worst + 1}, {shares[worst]:.0%} of the units have the slope "
        "zero for all rows: they learn nothing any more.",
        "A large step has moved their sums below zero for all rows.",
        model_with(
            evidence.estimator,
            activation="leaky_relu",
            weight_init="he_uniform",
            learning_rate_init=0.001,
            **longer(evidence),
        ),
        "Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network "
        "acoustic models",
        numbers={"share": shares[worst]},
    )


def unfit_first_weights(evidence: Evidence) -> Finding | None:
    """Return a finding if activations fade or grow through the layers at the start."""
    if evidence.n_hidden < _FEWEST_LAYERS:
        return None
    facts = evidence.first_layers
    growth = facts[-2].deviation / facts[0].deviation if facts[0].deviation else 1.0
    if _FADES < growth < _GROWS:
        return None
    names = {_name_of(evidence, layer) for layer in range(evidence.n_hidden)}
    better = "he_uniform" if names <= _RECTIFIERS else "glorot_uniform"
    if better == evidence.params["weight_init"]:
        return None
    return Finding(
        "initialisation does not fit the activation",
        0.97,
        f"With weight_init={evidence.params['weight_init']!r} the deviation of the "
        f"activations changes by the factor {growth:.2g} from hidden layer 1 to "
        f"{evidence.n_hidden}.",
        "Weights of this size do not keep the variance of what passes through "
        f"{', '.join(sorted(names))}.",
        model_with(evidence.estimator, weight_init=better),
        _HE if better == "he_uniform" else _GLOROT,
        numbers={"growth": growth},
    )


LAYER_CHECKS = (
    vanishing_gradients,
    exploding_gradients,
    saturated_units,
    dead_units,
    unfit_first_weights,
)
