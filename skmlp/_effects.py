"""Average marginal effects of a logistic regression, and their errors."""

import numpy as np

__all__ = ["average_effects"]


def average_effects(risk, contrasts, covariance, columns):
    """Mean slopes of the probabilities by the terms asked for, and their errors.

    The slope of class k by term j is pₖ·(θⱼₖ − Σₗ pₗ·θⱼₗ); errors are those of the
    delta method (Greene 2018, section 17.3.2).

    Parameters
    ----------
    risk : ContrastRisk
    contrasts : ndarray of shape (n_outputs, n_terms)
    covariance : ndarray of shape (n_parameters, n_parameters)
        Of the contrasts, one output after another.
    columns : ndarray of int, shape (n_columns,)

    Returns
    -------
    effects, errors : ndarray of shape (n_classes, n_columns)
    """
    K, Z = risk.n_classes, risk.terms
    free = np.array([1]) if K == 2 else risk.free
    theta = np.zeros((K, Z.shape[1]))
    theta[free] = contrasts
    p = risk.risk.loss.mean(risk.scores(contrasts))
    if K == 2:
        p = np.hstack([1 - p, p])
    share = np.ones(len(p)) if risk.sample_weight is None else risk.sample_weight
    share = share / risk.total_weight
    slope = theta[:, columns]  # (K, f)
    mean_slope = p @ slope  # (n, f)
    effects, errors = np.empty((2, K, len(columns)))
    for k in range(K):
        weight = share * p[:, k]
        effects[k] = weight.sum() * slope[k] - weight @ mean_slope
        jacobian = np.zeros((len(columns), len(free), Z.shape[1]))
        for position, m in enumerate(free):
            step = weight * ((k == m) - p[:, m])
            shared = weight * p[:, m]
            jacobian[:, position] = (
                np.outer(slope[k], step @ Z)
                - np.outer(slope[m], shared @ Z)
                - (mean_slope * (step - shared)[:, np.newaxis]).T @ Z
            )
            jacobian[np.arange(len(columns)), position, columns] += step.sum()
        flat = jacobian.reshape(len(columns), -1)
        errors[k] = np.sqrt(np.einsum("fi,ij,fj->f", flat, covariance, flat))
    return effects, errors
