"""Second derivatives of losses that have none of their own, found by graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.base.types import Array

__all__ = ["curvature_by_graph", "gradient_by_graph"]


def gradient_by_graph(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function of scores (n, K) that is the gradient of losses (n,).

    The scores may be traced, so that a graph can differentiate it again.
    """
    from skmlp.graph import vjp

    def gradient(scores):
        _, pullback = vjp(function, scores)
        return pullback(np.ones(scores.shape[0], dtype=scores.dtype))[0]

    return gradient


def curvature_by_graph(
    gradient: Callable[[Any], Any], scores: Array, label: str
) -> Array:
    """Return the Hessians of all rows (n, K, K), from the gradient of their losses.

    Parameters
    ----------
    gradient : callable
        Function of scores (n, K) that returns the derivatives of each row's loss by its
        own scores (n, K), by functions that a graph can trace.
    scores : ndarray of shape (n, K)
        Where the curvature is computed.
    label : str
        Name of the loss, for messages.

    Raises
    ------
    ValueError
        If the gradient cannot be traced.
    """
    from skmlp.graph import vjp

    hessians = np.empty((*scores.shape, scores.shape[1]), scores.dtype)
    try:
        with np.errstate(all="ignore"):
            value, pullback = vjp(gradient, scores)
            for k in range(scores.shape[1]):
                seed = np.zeros(np.shape(value), dtype=scores.dtype)
                seed[:, k] = 1
                hessians[:, k] = pullback(seed)[0]
    except Exception as error:
        raise ValueError(
            f"{label}: its second derivatives, which Newton's method needs, cannot be "
            f"found. {error} Write it by functions of NumPy that skmlp.graph knows, or "
            "define a subclass of skmlp.losses.CurvedLoss; solver='lbfgs' needs no "
            "second derivatives."
        ) from error
    # Rounding errors, or a gradient that is not exact, would make it not symmetric.
    return 0.5 * (hessians + hessians.transpose(0, 2, 1))
