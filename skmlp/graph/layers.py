"""Scores of a network as operations of a graph: on arrays, or on single numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmlp.graph.composites import (
    absolute_norm,
    composite,
    name_of,
    sum_of,
    sum_of_squares,
    transposed_product,
)
from skmlp.graph.functions import squared_norm

__all__ = ["ScalarLayers", "TensorLayers"]

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class TensorLayers:
    """Layers whose weights, intercepts and outputs are one node each.

    Parameters
    ----------
    fitted : FittedNetwork
        Network with its weights.
    X : ndarray of shape (n, n_features)
        Rows. One row is a vector x, and the layer is Wᵀx + b; more rows are a matrix,
        and the layer is XW + b.

    Attributes
    ----------
    inputs : dict of str to ndarray
        Rows and parameters by the names of their nodes.
    parameters : list of str
        Names of the parameters.
    """

    def __init__(self, fitted, X):
        self._activations = [
            composite(name_of(each), each.formula)
            for each in fitted.network.activations
        ]
        self._one_row = len(X) == 1
        self._rows = "x" if self._one_row else "X"
        self.inputs: dict[str, Any] = {self._rows: X[0] if self._one_row else X}
        self._names = []
        is_unit = fitted.network.layer_sizes[1:] == (1,)
        for layer, (weights, intercepts) in enumerate(
            zip(fitted.weights, fitted.intercepts, strict=True), start=1
        ):
            subscript = str(layer).translate(_SUBSCRIPTS) if self._activations else ""
            names = ("w" if is_unit else "W") + subscript, "b" + subscript
            self._names.append(names)
            self.inputs[names[0]] = weights[:, 0] if is_unit else weights
            if intercepts is not None:
                self.inputs[names[1]] = intercepts[0] if is_unit else intercepts
        self.parameters = [name for name in self.inputs if name != self._rows]

    def scores(self, values):
        """Return the raw scores of the rows, given the values of all inputs."""
        a = values[self._rows]
        for layer, (weights, intercepts) in enumerate(self._names):
            W = values[weights]
            z = transposed_product(W, a) if self._one_row else a @ W
            if intercepts in values:
                z = z + values[intercepts]
            last = layer == len(self._activations)
            a = z if last else self._activations[layer](z)
        return a

    def squared_norm(self, values):
        """Return ‖W₁‖² + ‖W₂‖² + … of all layers."""
        return _added([squared_norm(values[weights]) for weights, _ in self._names])

    def absolute_norm(self, values):
        """Return ‖W₁‖₁ + ‖W₂‖₁ + … of all layers."""
        return _added([absolute_norm(values[weights]) for weights, _ in self._names])


class ScalarLayers:
    """Layers whose weights, intercepts and outputs are a node for each number.

    It has the attributes and methods of TensorLayers.

    Parameters
    ----------
    fitted : FittedNetwork
        Network with its weights.
    x : ndarray of shape (n_features,)
        One row.
    """

    def __init__(self, fitted, x):
        self._activations = [
            composite(name_of(each), each.formula)
            for each in fitted.network.activations
        ]
        self._sizes = fitted.network.layer_sizes
        self.inputs: dict[str, Any] = {
            f"x{_index(j)}": value for j, value in enumerate(x, start=1)
        }
        self._features = list(self.inputs)
        for layer, (weights, intercepts) in enumerate(
            zip(fitted.weights, fitted.intercepts, strict=True), start=1
        ):
            for (j, k), value in np.ndenumerate(weights):
                self.inputs[self._weight(layer, j + 1, k + 1)] = value
            if intercepts is not None:
                for k, value in enumerate(intercepts, start=1):
                    self.inputs[self._intercept(layer, k)] = value
        self.parameters = list(self.inputs)[len(self._features) :]
        self._weights = [name for name in self.parameters if name.startswith("w")]

    def scores(self, values):
        """Return the raw scores of the row, given the values of all inputs."""
        outputs = [values[name] for name in self._features]
        for layer, size in enumerate(self._sizes[1:], start=1):
            outputs = [
                self._unit(layer, k, outputs, values) for k in range(1, size + 1)
            ]
        return outputs[0] if len(outputs) == 1 else np.stack(outputs)

    def squared_norm(self, values):
        """Return the sum of the squares of all weights."""
        return sum_of_squares(*[values[name] for name in self._weights])

    def absolute_norm(self, values):
        """Return the sum of the absolute values of all weights."""
        return sum_of(*[np.abs(values[name]) for name in self._weights])

    def _unit(self, layer, k, inputs, values):
        """Return the output of unit k of a layer, both counted from 1."""
        z = sum_of(
            *[
                values[self._weight(layer, j, k)] * each
                for j, each in enumerate(inputs, start=1)
            ]
        )
        intercept = self._intercept(layer, k)
        if intercept in values:
            z = z + values[intercept]
        last = layer == len(self._sizes) - 1
        return z if last else self._activations[layer - 1](z)

    def _weight(self, layer, j, k):
        """Return the name of the weight from input j to unit k."""
        if self._sizes[1:] == (1,):
            return f"w{_index(j)}"
        return f"w{self._layer(layer)}{_index(j, k)}"

    def _intercept(self, layer, k):
        """Return the name of the intercept of unit k."""
        if self._sizes[1:] == (1,):
            return "b"
        return f"b{self._layer(layer)}{_index(k)}"

    def _layer(self, layer):
        """Return the number of a layer as '⁽²⁾', or '' if there is only one."""
        if len(self._sizes) == 2:
            return ""
        return f"⁽{str(layer).translate(_SUPERSCRIPTS)}⁾"


def _added(terms):
    """Return the sum of values by the operator +."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _index(*numbers):
    """Return subscripts: '₁₂' for 1 and 2, with a comma if one is above 9."""
    comma = "," if len(numbers) > 1 and max(numbers) > 9 else ""
    return comma.join(str(number).translate(_SUBSCRIPTS) for number in numbers)
