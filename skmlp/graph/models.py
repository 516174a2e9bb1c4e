"""Computational graphs of fitted estimators.

An estimator gives its `FittedNetwork`: a perceptron, a discriminant analysis and a
logistic regression are networks without hidden layers. The graph is traced from the
network's function, with one node for each activation, link, loss and norm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import scipy.sparse

from skmlp.base.rows import dense
from skmlp.base.types import ArrayLike, MatrixLike
from skmlp.graph.graph import Graph, named, trace
from skmlp.graph.layers import ScalarLayers, TensorLayers
from skmlp.graph.predictions import drawn_targets, loss_sum, prediction

__all__ = ["computational_graph"]

# A graph of scalars with more parameters cannot be read.
_MOST_SCALARS = 200


def computational_graph(
    model: Any,
    X: MatrixLike | dict[str, ArrayLike] | None = None,
    y: ArrayLike | None = None,
    *,
    detail: Literal["tensor", "scalar"] = "tensor",
    loss: bool = True,
) -> Graph:
    """Return the computational graph of a fitted estimator, or of a function.

    Inputs are x and y, parameters are the weights and intercepts of the layers. The
    prediction is ŷ: a probability (several for several classes), a number, or for a
    perceptron 1 where its score is at least zero, and 0 otherwise. The output is ŷ, or
    the objective ℓ, the mean loss of the rows plus the penalty of the fit.

    The penalty is λ·(‖W₁‖² + ‖W₂‖² + …) with λ = ½·alpha / n for a network and
    λ = ½ / (C·n) for a logistic regression, with n rows. With a penalty of absolute
    values, λ₁·(‖W₁‖₁ + ‖W₂‖₁ + …) is added. In the objective of a linear discriminant
    analysis, which its fit does not minimise, the loss is the log loss. Weights of rows
    and classes, offsets, bounds and the bias reduction of Firth are not in the graph:
    a fit with one of them has minimised another objective, as that with
    ``solver='liblinear'``, which penalises the intercept, too.

    Parameters
    ----------
    model : estimator or callable
        A fitted estimator of skmlp, or a function of NumPy.
    X : {array-like, sparse matrix} of shape (n_samples, n_features), or dict
        Rows to evaluate. With one row, x is a vector. None: all values that depend on x
        are NaN, until the method `forward` of the graph is called. For a function, a
        dict of its arguments.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        Targets of the rows: class labels or numbers. None: y is NaN.
    detail : {'tensor', 'scalar'}, default='tensor'
        'tensor': a node for each array, such as W₁ᵀx. 'scalar': a node for each number,
        of one row.
    loss : bool, default=True
        Whether the output is the objective. It is ŷ for ``loss=False``.

    Returns
    -------
    graph : Graph
        The graph. Its parameters are the nodes of the kind 'parameter'.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError
        If `model` is neither an estimator of skmlp nor a function.
    ValueError
        If X or y does not fit the estimator, or if a graph of scalars is too large.

    Examples
    --------
    >>> from skmlp import LogisticRegression
    >>> from skmlp.graph import computational_graph
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> computational_graph(model, [[1.0]], loss=False)
    <Graph of x, w, b: 3 operations, output ŷ>
    """
    if detail not in ("tensor", "scalar"):
        raise ValueError(f"detail={detail!r} is unknown; use 'tensor' or 'scalar'.")
    if not hasattr(model, "fitted_network"):
        return _graph_of_function(model, X, y, detail)
    fitted = model.fitted_network()
    if not getattr(model, "fit_intercept", True):  # zeros, which are no parameters
        fitted = replace(fitted, intercepts=[None] * len(fitted.weights))
    rows = _rows(X, fitted.network.layer_sizes[0])
    if detail == "scalar":
        _check_scalars(fitted, rows)
        layers: Any = ScalarLayers(fitted, rows[0])
        one_unit = fitted.network.layer_sizes[-1] == 1
    else:
        layers = TensorLayers(fitted, rows)
        one_unit = fitted.network.layer_sizes[1:] == (1,)
    inputs = dict(layers.inputs)
    if loss:
        inputs["y"] = drawn_targets(model, fitted, y, len(rows), one_unit=one_unit)
        inputs |= _strengths(fitted, len(rows))

    def output(**values):
        """Return ŷ or the objective, of traced values."""
        scores = layers.scores(values)
        if not loss:
            return prediction(fitted.loss, scores)
        return _objective(fitted.loss, layers, scores, values, len(rows))

    with np.errstate(all="ignore"):
        graph = trace(output, **inputs)
    return graph.with_parameters(*layers.parameters)


def _graph_of_function(function, inputs, y, detail):
    """Return the graph of a function of NumPy, for a dict of its arguments."""
    if not callable(function):
        raise TypeError(
            f"model is of type {type(function).__name__}; pass a fitted estimator of "
            "skmlp, or a function."
        )
    if not isinstance(inputs, dict):
        raise TypeError(
            "model is a function: pass X as a dict of its arguments, such as "
            '{"x": 1.0}.'
        )
    if y is not None or detail == "scalar":
        raise ValueError(
            "model is a function: pass y in the dict X, and numbers instead of arrays "
            "for a graph of scalars."
        )
    return trace(function, **inputs)


def _rows(X, n_features):
    """Return X as an array of floats (n, n_features); one row of NaN for None."""
    if X is None:
        return np.full((1, n_features), np.nan)
    X = np.asarray(dense(X) if scipy.sparse.issparse(X) else X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != n_features or len(X) == 0:
        raise ValueError(
            f"X has shape {X.shape}; the model takes rows of {n_features} features: "
            f"pass an array of shape (n, {n_features})."
        )
    return X


def _check_scalars(fitted, X):
    """Raise ValueError if there are many rows, or too many scalars to draw."""
    if len(X) > 1:
        raise ValueError(
            f"detail='scalar' draws one row, but X has {len(X)}: pass X[:1] and y[:1]."
        )
    n_parameters = fitted.network.n_parameters
    if n_parameters > _MOST_SCALARS:
        raise ValueError(
            f"detail='scalar' draws a node for each of {n_parameters} parameters; at "
            f"most {_MOST_SCALARS} can be read. Use detail='tensor'."
        )


def _strengths(fitted, n_rows):
    """Return the factors of the penalties as inputs, by their names."""
    factors = {"λ": 0.5 * fitted.l2 / n_rows, "λ₁": fitted.l1 / n_rows}
    return {name: factor for name, factor in factors.items() if factor}


def _objective(loss, layers, scores, values, n_rows):
    """Return the mean loss plus the penalty."""
    penalty = [
        values[name] * norm(values)
        for name, norm in (("λ", layers.squared_norm), ("λ₁", layers.absolute_norm))
        if name in values
    ]
    total = loss_sum(loss, values["y"], scores)
    if n_rows > 1:
        total = total / n_rows
    for term in penalty:
        total = total + term
    return named(total, "ℓ")
