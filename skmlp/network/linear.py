"""Fitted networks of linear models: no hidden layer, one output for each score."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.rows import dense
from skmlp.losses import Loss
from skmlp.network.feedforward import Network
from skmlp.network.fitted_network import FittedNetwork

__all__ = ["linear_network"]


def linear_network(estimator: Any, loss: Loss, **strengths: float) -> FittedNetwork:
    """Return the FittedNetwork of an estimator with `coef_` and `intercept_`.

    It holds copies of them, and predicts without `classes_`.

    Parameters
    ----------
    estimator : estimator
        A fitted linear classifier.
    loss : Loss
        Loss of its scores.
    **strengths : float
        Strengths `l1` and `l2` of the penalty of the fit.
    """
    check_is_fitted(estimator)
    coef, intercept = fitted_linear(estimator, estimator.n_features_in_)
    weights = np.array(dense(coef).T, order="C")
    n_features, n_outputs = weights.shape
    intercepts = np.array(np.broadcast_to(intercept, (n_outputs,)), weights.dtype)
    network = Network((n_features, n_outputs))
    return FittedNetwork(network, loss, [weights], [intercepts], **strengths)
