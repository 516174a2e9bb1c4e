"""The objective of logistic regression in plain NumPy."""

import numpy as np


def penalised_loss(X, y, coef, intercept, *, C, l1_ratio, intercept_scaling=None):
    """The objective from its formula, in plain NumPy."""
    scores = X @ coef.T + intercept
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    largest = scores.max(axis=1)
    log_sum = largest + np.log(np.exp(scores - largest[:, None]).sum(axis=1))
    labels = np.unique(y, return_inverse=True)[1]
    losses = log_sum - scores[np.arange(len(y)), labels]
    theta = (
        coef
        if intercept_scaling is None
        else np.append(coef, intercept / intercept_scaling)
    )
    l1, l2 = np.abs(theta).sum(), (theta**2).sum()
    return losses.mean() + (l1_ratio * l1 + (1 - l1_ratio) / 2 * l2) / (C * len(y))
