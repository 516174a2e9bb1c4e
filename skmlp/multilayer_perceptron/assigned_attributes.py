"""Meaning of public fitted attributes that a user assigned, instead of a fit.

Weights may be assigned without a fit, with other numbers of hidden units than the fit
had, or together with another `out_activation_`, the function of the output layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.base.fitted_attributes import check_classes, fitted_array, fitted_layers
from skmlp.base.label_encoding import LabelEncoding
from skmlp.base.multioutput_labels import ColumnsEncoding
from skmlp.base.options import did_you_mean, listed_options
from skmlp.base.types import Array
from skmlp.losses import Loss
from skmlp.multilayer_perceptron.parameters import activations_of
from skmlp.network import Network

__all__ = ["AssignedLink", "assigned_encoding", "assigned_network"]
__all__ += ["decode_outputs", "layers_of", "out_activation_after"]
__all__ += ["outputs_of_classes"]


def assigned_network(estimator):
    """Return the Network whose weights are `coefs_` and `intercepts_`.

    Its hidden layers have the activations of the parameter `activation`. ValueError if
    the shapes of the weights, `n_layers_`, `n_outputs_` and `n_features_in_` contradict
    each other.
    """
    sizes = _layer_sizes(estimator.coefs_)
    network = Network(sizes, activations_of(estimator.activation, len(sizes) - 2))
    fitted_layers(estimator, network)
    expected = {
        "n_layers_": (len(sizes), "layers, with the input layer"),
        "n_features_in_": (sizes[0], "features"),
        "n_outputs_": (sizes[-1], "outputs"),
    }
    for name, (size, what) in expected.items():
        found = getattr(estimator, name, size)
        if found != size:
            raise ValueError(
                f"{name} is {found}, but coefs_ are the weights of a network with "
                f"{size} {what}: assign {name} = {size}, or other coefs_."
            )
    return network


def _layer_sizes(weights):
    """Return the number of units of every layer, given the weights between them."""
    if not isinstance(weights, list | tuple) or not weights:
        found = "empty" if isinstance(weights, list | tuple) else type(weights).__name__
        raise ValueError(
            f"coefs_ is {found}; expected a list with one array of weights for each "
            "layer of the network: assign such a list, or fit."
        )
    sizes = [None]
    for i, layer in enumerate(weights):
        sizes.append(fitted_array(f"coefs_[{i}]", layer, (sizes[-1], None)).shape[1])
    return (weights[0].shape[0], *sizes[1:])


def layers_of(estimator, network):
    """Return (network, weights, intercepts) of `coefs_` and `intercepts_`, checked.

    `network` is that of the last fit. If the weights have other numbers of hidden
    units, and the shapes of all layers fit together, their network replaces it.
    """
    try:
        return network, *fitted_layers(estimator, network)
    except ValueError:
        other = _with_hidden_units_of(estimator.coefs_, network)
        if other is None:
            raise
        return other, *fitted_layers(estimator, other)


def _with_hidden_units_of(weights, network):
    """Return the Network with the hidden units of the weights, or None."""
    try:
        sizes = _layer_sizes(weights)
    except ValueError:
        return None
    old = network.layer_sizes
    if (len(sizes), sizes[0], sizes[-1]) != (len(old), old[0], old[-1]):
        return None
    return Network(sizes, network.activations)


def assigned_encoding(estimator):
    """Return the Encoding of class labels that the attributes describe, or None.

    The labels are `classes_`, or those of `_label_binarizer`, in which scikit-learn's
    classifier keeps them; None if neither was assigned.
    """
    binarizer = getattr(estimator, "_label_binarizer", None)
    classes = getattr(estimator, "classes_", getattr(binarizer, "classes_", None))
    if classes is None:
        return None
    if isinstance(classes, list) and classes and np.ndim(classes[0]):
        several = ColumnsEncoding(list(map(np.asarray, classes)))
        _require_outputs(estimator, several.n_outputs, "one for each class of classes_")
        return several
    classes = np.asarray(classes)
    n_outputs = estimator.coefs_[-1].shape[1]
    if n_outputs == 1:
        check_classes(classes, 1 if classes.size == 1 else 2, in_order=True)
        return LabelEncoding(classes, "binary")
    _require_outputs(estimator, classes.size, "one for each of the classes_")
    check_classes(classes, n_outputs, in_order=True)
    kind = getattr(binarizer, "y_type_", None)
    if kind is None and getattr(estimator, "out_activation_", None) == "logistic":
        kind = "multilabel-indicator"
    if kind == "multilabel-indicator":
        sparse = getattr(binarizer, "sparse_input_", False)
        return LabelEncoding(classes, "multilabel", sparse)
    return LabelEncoding(classes, "multiclass")


def _require_outputs(estimator, n_outputs, reason):
    """Raise ValueError unless the weights have this number of outputs."""
    found = estimator.coefs_[-1].shape[1]
    if found != n_outputs:
        raise ValueError(
            f"coefs_[-1] is of shape {estimator.coefs_[-1].shape}, with {found} "
            f"outputs; expected {n_outputs}, {reason} (one for two classes): assign "
            "classes_ of these outputs, or other coefs_."
        )


_OUTPUT_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "relu": partial(np.maximum, 0),  # never -0
    "softmax": _kernels.softmax,
}


def _output_function(name):
    """Return the function of raw scores (n, K) that `out_activation_` names."""
    if isinstance(name, str) and name in _OUTPUT_FUNCTIONS:
        return _OUTPUT_FUNCTIONS[name]
    if isinstance(name, str) and name in Activation.table:
        return partial(_activated, Activation.table[name]())
    options = sorted({*_OUTPUT_FUNCTIONS, *Activation.table})
    raise ValueError(
        f"out_activation_={name!r} is not the name of a function of the output layer; "
        f"assign one of {listed_options(options)}.{did_you_mean(name, options)}"
    )


def _activated(activation, scores):
    """Return the outputs of units with this activation, given their scores."""
    return activation.forward(scores)[0]


@dataclass(eq=False, repr=False)
class AssignedLink(Loss):
    """Loss whose means are another function of the raw scores, set by the user.

    Parameters
    ----------
    loss : Loss
        Loss of the fit.
    inverse_link : str
        Name of the function, the user's `out_activation_`.
    """

    loss: Loss
    inverse_link: str

    def __post_init__(self):
        """Raise ValueError if there is no function of this name."""
        self._function = _output_function(self.inverse_link)

    @property
    def scores_per_target(self):
        """Number of scores per target, that of the loss."""
        return self.loss.scores_per_target

    @property
    def predicts_deviation(self):
        """True if `deviation` returns the standard deviation of y."""
        return self.loss.predicts_deviation

    def value_and_gradient(self, y, scores):
        """Return those of the loss, which the function does not change."""
        return self.loss.value_and_gradient(y, scores)

    def mean(self, scores):
        """Return the function of the scores, in place of the inverse link."""
        return self._applied(self.loss.mean, scores)

    def predictions(self, scores):
        """Return the function of the scores, for every quantile if there are some."""
        return self._applied(self.loss.predictions, scores)

    def deviation(self, scores):
        """Return the standard deviation of y, that of the loss."""
        return self.loss.deviation(scores)

    def _applied(self, own, scores):
        """Return the function of `own(scores)`, if the loss has no inverse link."""
        # Only those losses have several scores per target, such as mean and variance.
        if self.loss.inverse_link == "identity":
            return self._function(own(scores))
        return self._function(scores)


def outputs_of_classes(encoding, outputs):
    """Return outputs of a user's function as scikit-learn's classifier returns them.

    With two classes, the outputs are those of the second one (n, 1), and 1 − outputs is
    put before them. For several labels a row, the result is a list.
    """
    if encoding.kind == "binary":
        return np.hstack([1 - outputs, outputs])
    if encoding.kind == "multioutput":
        return np.split(outputs, np.cumsum(encoding.sizes)[:-1], axis=1)
    return outputs


def decode_outputs(encoding, loss, scores):
    """Return the labels that the outputs of a user's function stand for.

    As in scikit-learn, the outputs are thought of as probabilities: with two classes,
    and for each label of a multilabel target, the label is given above one half.
    """
    outputs = loss.mean(scores)
    if encoding.kind == "multiclass" and len(encoding.classes) == 2:
        return encoding.classes[(outputs[:, 1] > 0.5).astype(int)]
    halves = encoding.kind in ("binary", "multilabel")
    return encoding.decode(outputs - 0.5 if halves else outputs)


def out_activation_after(estimator, link):
    """Return `out_activation_` after a fit that continued: the user's own, or `link`.

    As in scikit-learn, a function that the user assigned is kept. It does not change
    the loss that the fit minimises.
    """
    assigned = getattr(estimator, "out_activation_", link)
    targets = getattr(estimator, "_targets", None)
    usual = link if targets is None else targets.loss.inverse_link
    return link if assigned == usual else assigned
