"""Predictions, losses and targets of a network as nodes of a graph.

The classes of losses are in a folder that may import `graph`, so a loss is known here
only by its attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.graph.composites import composite, name_of
from skmlp.graph.differentiate import vjp
from skmlp.graph.functions import (
    cross_entropy,
    logistic,
    primitive,
    softmax,
    unit_step,
)
from skmlp.graph.graph import named

__all__ = ["drawn_targets", "loss_sum", "prediction"]

_LINKS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "identity": lambda scores: scores,
    "logistic": logistic,
    "softmax": lambda scores: softmax(scores, axis=-1),
    "unit_step": unit_step,
}


def prediction(loss, scores):
    """Return ŷ, the mean of y given the scores, by the inverse link of a loss."""
    scale = getattr(loss, "scale", None)
    if scale is not None:  # the network has learnt standardised targets
        factor, offset = scale.of_scores(loss.loss)
        scores = scores * factor + offset
    if loss.predicts_deviation:
        scores = scores[..., 0::2]  # the others are log-variances
    if hasattr(loss, "columns"):
        return named(_softmax_per_column(loss)(scores), "ŷ")
    link = _LINKS.get(loss.inverse_link)
    if link is None:
        raise ValueError(
            f"the function {loss.inverse_link!r}, from scores to predictions, cannot "
            "be traced: set out_activation_ to 'identity', 'logistic' or 'softmax'."
        )
    return named(link(scores), "ŷ")


def loss_sum(loss, y, scores):
    """Return the sum of the losses of all rows.

    A log loss is the cross-entropy of y and ŷ; any other loss is one node, a function
    of y and the scores.
    """
    if loss.is_cross_entropy:
        axis = -1 if loss.inverse_link == "softmax" else None
        return cross_entropy(y, prediction(loss, scores), axis=axis)

    def formula(y, scores):
        several = y.ndim == 2 or (y.ndim == 1 and scores.ndim == 1)
        y = y.reshape(-1, y.shape[-1]) if several else y.reshape(-1, 1)
        if np.isnan(y).any():
            return np.sum(scores) * np.nan
        if loss.takes_labels and not hasattr(loss, "columns"):
            y = np.argmax(y, axis=1)
        return np.sum(loss.formula(y, np.reshape(scores, (len(y), -1))))

    def pullback(g, u, y, scores):
        return None, vjp(lambda s: formula(y, s), scores)[1](g)[0]

    return primitive(name_of(loss), formula, pullback)(y, scores)


def drawn_targets(model, fitted, y, n_rows, *, one_unit):
    """Return y as an input of the graph, an array of floats; NaN if y is None.

    Labels of more than two classes are one-hot, as the cross-entropy takes them. With
    one row, and with one unit, the axis of rows and that of outputs are left out.
    """
    loss = fitted.loss
    n_targets = fitted.network.layer_sizes[-1] // loss.scores_per_target
    if loss.target_sizes:
        n_targets = len(loss.target_sizes)
    if y is None:
        encoded = np.full((n_rows, n_targets), np.nan)
    else:
        encoded = _encoded(model, loss, np.asarray(y), n_targets)
        if len(encoded) != n_rows:
            raise ValueError(f"X has {n_rows} rows, but y has {len(encoded)}.")
    if one_unit:
        encoded = encoded[:, 0]
    return encoded[0] if n_rows == 1 else encoded


def _encoded(model, loss, y, n_targets):
    """Return targets (n, n_targets) as floats."""
    if y.ndim not in (1, 2):
        raise ValueError(
            f"y has shape {y.shape}; pass one target or label per row, [y] for one row."
        )
    classes = getattr(model, "classes_", None)
    columns = y[:, None] if y.ndim == 1 else y
    if loss.target_sizes:
        pairs = zip(columns.T, classes, strict=True)
        return np.stack([_indices(each, own) for each, own in pairs], axis=1)
    if classes is None or columns.shape[1] > 1:  # numbers, or labels of 0 and 1
        columns = columns.astype(np.float64)
        if columns.shape[1] != n_targets:
            raise ValueError(
                f"y has {columns.shape[1]} columns; the model predicts {n_targets}."
            )
        return columns
    indices = _indices(columns[:, 0], classes)
    if n_targets == 1:
        return indices[:, None]
    return np.eye(n_targets)[indices.astype(int)]


def _indices(labels, classes):
    """Return the index of each label among the classes, as floats."""
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise ValueError(
            f"y has the labels {unknown.tolist()}, which are not in classes_."
        )
    return np.searchsorted(classes, labels).astype(np.float64)


def _softmax_per_column(loss):
    """Return the function from scores to the probabilities of every column of y."""

    def formula(scores):
        columns = loss.columns(np.reshape(scores, (-1, sum(loss.sizes))))
        p = np.concatenate([softmax(own, axis=-1) for own in columns], axis=-1)
        return np.reshape(p, scores.shape)

    return composite("softmax_per_column", formula)
