"""Fitted networks of linear models: no hidden layer, one output for each score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.rows import dense
from skmlp.losses import Loss
from skmlp.network.feedforward import Network
from skmlp.network.fitted_network import FittedNetwork

__all__ = ["linear_network"]


def linear_network(
    coef: ArrayLike, intercept: ArrayLike, loss: Loss, **strengths: float
) -> FittedNetwork:
    """Return the FittedNetwork of a linear model, with copies of its coefficients.

    Parameters
    ----------
    coef : {array-like, sparse matrix} of shape (n_outputs, n_features)
        Coefficients of every score.
    intercept : array-like of shape (n_outputs,) or float
        Intercepts.
    loss : Loss
        Loss of the scores.
    **strengths : float
        Strengths `l1` and `l2` of the penalty of the fit.
    """
    weights = np.array(dense(coef).T, order="C")
    n_features, n_outputs = weights.shape
    intercepts = np.array(np.broadcast_to(intercept, (n_outputs,)), weights.dtype)
    network = Network((n_features, n_outputs))
    return FittedNetwork(network, loss, [weights], [intercepts], **strengths)
