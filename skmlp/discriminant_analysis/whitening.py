"""The covariance within classes, and the basis that whitens it.

A basis W (d, r) whitens a covariance C when WᵀCW = I. Then W·Wᵀ is the inverse of C on
the r directions in which rows of a class differ: all that linear discriminants ask for.
"""

import numpy as np
from scipy.linalg.lapack import dpotrf, dsyevd, dtrtri

from skmlp._kernels import threads_for


def whiten(covariance, resolution, tol):
    """W (d, r) with WᵀCW = I, from C (d, d).

    A column varies if its deviation exceeds `resolution` (d,); with the varying columns
    scaled to unit deviation, a direction varies if its deviation exceeds `tol`.
    """
    varies, deviations, correlation = standardise(covariance, resolution)
    scaled = _inverse_root(correlation, tol)
    basis = np.zeros((len(covariance), scaled.shape[1]))
    basis[varies] = scaled / deviations[:, np.newaxis]
    return basis


def standardise(covariance, resolution):
    """Which columns vary (d,), their deviations, and their correlation."""
    deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
    varies = deviations > resolution
    if not varies.all():
        covariance = covariance[np.ix_(varies, varies)]
        deviations = deviations[varies]
    correlation = covariance / deviations
    correlation /= deviations[:, np.newaxis]
    return varies, deviations, correlation


def _inverse_root(correlation, tol):
    """A basis that whitens a correlation matrix, without its negligible directions."""
    n_features = len(correlation)
    negligible = max(tol**2, n_features**2 * np.finfo(np.float64).eps)
    factor = cholesky(correlation)
    if factor is not None and n_features:
        with threads_for(n_features**2):
            inverse, singular = dtrtri(factor, lower=1)
        # The smallest eigenvalue is at least 1 / ‖L⁻¹‖². If it is not negligible, the
        # factor serves as well as eigenvectors, at a tenth of their cost.
        if not singular and negligible * np.sum(inverse**2) < 1:
            return inverse.T
    variances, directions = eigenvectors(correlation)
    kept = significant(variances, tol)
    return directions[:, kept] / np.sqrt(variances[kept])


def eigenvectors(matrix):
    """Eigenvalues, smallest first, and eigenvectors in columns, of a symmetric one."""
    # By SciPy's BLAS, as the factor below: the threads of NumPy's would wait for it.
    with threads_for(len(matrix) ** 2):
        variances, directions, _ = dsyevd(matrix, lower=1)
    return variances, directions


def cholesky(matrix):
    """L with L·Lᵀ = matrix (d, d), or None if that is not positive definite."""
    # On one thread up to thousands of columns: SciPy's BLAS would still be waiting for
    # work when NumPy's needs the processor.
    with threads_for(len(matrix) ** 2):
        factor, failed = dpotrf(matrix.T, lower=1)
    return None if failed else factor


def significant(variances, tol):
    """Where √λ > tol and λ is more than the rounding of the largest."""
    smallest = len(variances) * np.finfo(np.float64).eps * np.max(variances, initial=0)
    return np.flatnonzero(variances > max(tol**2, smallest))
