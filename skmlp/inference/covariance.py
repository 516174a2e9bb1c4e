"""Covariance of contrasts: inverse information or sandwich estimate."""

import numpy as np
import scipy.linalg
from sklearn.utils.validation import check_consistent_length

__all__ = ["COVARIANCES", "estimate_covariance", "inverse_or_null_vector"]

# Pivots of a correlation matrix that are smaller than this are rounding errors.
_SMALLEST_PIVOT = 1e-7


def inverse_or_null_vector(matrix):
    """Return the inverse of a positive definite matrix, and None.

    If the matrix is singular, return None and an approximate null vector of its
    correlation matrix. The correlation matrix is inverted, so that the units of rows
    and columns have no influence.
    """
    diagonal = np.diag(matrix)
    units = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    correlation = matrix * units * units[:, np.newaxis]
    try:
        factor = scipy.linalg.cholesky(correlation, lower=True)
        if np.diag(factor).min() > _SMALLEST_PIVOT:
            found = scipy.linalg.cho_solve((factor, True), np.eye(len(matrix)))
            return 0.5 * (found + found.T) * units * units[:, np.newaxis], None
    except np.linalg.LinAlgError:
        pass
    _, vectors = np.linalg.eigh(correlation)
    return None, vectors[:, 0]


COVARIANCES = ("mle", "robust", "cluster")


def estimate_covariance(risk, contrasts, cov, groups, names):
    """Return the covariance and the effective number of the contrasts.

    Shape of the covariance: (n_parameters, n_parameters), one output after another.
    `cov` is one of COVARIANCES; `groups` are the clusters for 'cluster', else None.
    """
    theta = contrasts.ravel()
    penalised = risk.hessian(theta) * risk.total_weight
    bread, null = inverse_or_null_vector(penalised)
    if bread is None:
        size = np.abs(null).reshape(contrasts.shape).max(axis=0)
        columns = [names[j] for j in np.flatnonzero(size > 1e-3 * size.max())]
        raise ValueError(
            "The information matrix is singular: the columns of "
            f"{', '.join(columns[:10])} are linearly dependent, or the classes are "
            "separated. Leave out one of the columns, or fit with a finite C."
        )
    information = penalised - risk.penalty_hessian
    df = float(np.sum(bread * information.T))
    if cov == "mle":
        if not risk.penalty_hessian.any():
            return bread, df
        return bread @ information @ bread, df
    if cov == "robust":
        return bread @ risk.outer_products(theta) @ bread, df
    groups = np.asarray(groups)
    check_consistent_length(groups, risk.y)
    if groups.dtype.kind == "f" and np.isnan(groups).any():
        raise ValueError(
            "groups contains NaN, but every row needs a cluster; leave out the rows "
            "without a cluster in the fit as well, or give each one of its own."
        )
    _, groups = np.unique(groups, return_inverse=True)
    n_groups = int(groups.max()) + 1
    if n_groups < 2:
        raise ValueError(
            "groups has one value, but cov='cluster' needs at least two clusters; use "
            "cov='robust' for rows that are independent."
        )
    sums = risk.group_sums(theta, groups)
    factor = n_groups / (n_groups - 1) * (risk.n_rows - 1) / (risk.n_rows - theta.size)
    return factor * bread @ (sums.T @ sums) @ bread, df
