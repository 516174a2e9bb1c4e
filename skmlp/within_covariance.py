"""The covariance within classes: its shrunk estimates, and the basis that whitens it.

A basis W (d, r) whitens a covariance C when WᵀCW = I. Then W·Wᵀ is the inverse of C on
the r directions in which rows of a class differ: all that linear discriminants ask for.
"""

import numpy as np
import scipy.sparse
from scipy.linalg.lapack import dpotrf, dtrtri
from sklearn.base import clone

from skmlp._kernels import threads_for
from skmlp.class_statistics import (
    ClassStatistics,
    as_dense,
    require_finite,
    rounding,
    row_blocks,
)

# Products in float32 cost half of those in float64, which counts from so many
# multiplications on.
_LARGE = 2**26
# Their rounding moves the eigenvalues of a correlation by some ε·√d: the smallest one
# has to be so many times as large.
_CLEARANCE = 1000


def pooled_statistics(X, labels, n_classes, weights):
    """ClassStatistics of the rows, by products in float32 where these are enough."""
    n_rows, n_features = X.shape
    large = n_rows * n_features**2 >= _LARGE
    if large and X.dtype == np.float32 and not scipy.sparse.issparse(X):
        statistics = ClassStatistics.from_rows(
            X, labels, n_classes, weights, single=True
        )
        _, _, correlation = _standardise(
            statistics.within_covariance, statistics.resolution
        )
        least = _CLEARANCE * np.finfo(np.float32).eps * np.sqrt(n_features)
        if _cholesky(correlation - least * np.eye(len(correlation))) is not None:
            return statistics
    return ClassStatistics.from_rows(X, labels, n_classes, weights)


def shrink(covariance, shrinkage):
    """(1 − s)·C + s·(trace C / d)·I."""
    n_features = len(covariance)
    mean_variance = np.trace(covariance) / n_features
    return (1 - shrinkage) * covariance + shrinkage * mean_variance * np.eye(n_features)


def average_over_classes(estimate, X, labels, statistics, sample_weight):
    """Σₖ (wₖ / Σ w)·estimate(rows of class k, their weights): a (d, d) covariance."""
    average = np.zeros_like(statistics.scatter)
    for label, weight in enumerate(statistics.weights / statistics.total):
        rows = np.flatnonzero(labels == label)
        average += weight * np.atleast_2d(estimate(X[rows], sample_weight[rows]))
    return average


def ledoit_wolf(X, sample_weight):
    """Covariance of the rows, shrunk to minimise E‖shrink(C, s) − Σ‖², columns scaled.

    Ledoit and Wolf (2004), section 3.3, on columns of unit deviation; a row of weight w
    counts as w equal rows.
    """
    rows = ClassStatistics.from_rows(X, np.zeros(X.shape[0], int), 1, sample_weight)
    deviations = np.sqrt(np.maximum(np.diag(rows.within_covariance), 0))
    deviations[deviations <= rows.resolution] = 1.0
    scales = np.outer(deviations, deviations)
    correlation = rows.within_covariance / scales

    distance = np.sum((correlation - shrink(correlation, 1.0)) ** 2)
    fourth_moment = 0.0
    for block in row_blocks(*X.shape):
        standardised = (as_dense(X[block]) - rows.means[0]) / deviations
        squared_lengths = np.sum(standardised**2, axis=1)
        fourth_moment += sample_weight[block] @ squared_lengths**2 / rows.total
    variance = (fourth_moment - np.sum(correlation**2)) / rows.total
    shrinkage = np.clip(variance / distance, 0, 1) if distance > 0 else 0.0
    return shrink(correlation, shrinkage) * scales


def by_estimator(covariance_estimator):
    """The function rows -> covariance of a scikit-learn covariance estimator."""

    def estimate(X, sample_weight):
        fitted = clone(covariance_estimator, safe=False)
        fitted.fit(X)
        covariance = getattr(fitted, "covariance_", None)
        if covariance is None:
            raise ValueError(
                f"{type(fitted).__name__} does not have a covariance_ attribute after "
                "fit; give covariance_estimator an estimator out of sklearn.covariance."
            )
        return covariance

    return estimate


def whiten(covariance, resolution, tol):
    """W (d, r) with WᵀCW = I, from C (d, d).

    A column varies if its deviation exceeds `resolution` (d,); with the varying columns
    scaled to unit deviation, a direction varies if its deviation exceeds `tol`.
    """
    varies, deviations, correlation = _standardise(covariance, resolution)
    scaled = _inverse_root(correlation, tol)
    basis = np.zeros((len(covariance), scaled.shape[1]))
    basis[varies] = scaled / deviations[:, np.newaxis]
    return basis


def whiten_rows(X, labels, means, sample_weight, tol):
    """W as of `whiten`, from n < d rows of classes of those means: no (d, d) array."""
    roots = np.sqrt(sample_weight / sample_weight.sum())
    with np.errstate(over="ignore", invalid="ignore"):
        residuals = (as_dense(X) - means[labels]) * roots[:, np.newaxis]
        deviations = np.sqrt(np.sum(residuals**2, axis=0))
        require_finite(deviations)
    varies = deviations > rounding(X.dtype) * np.max(np.abs(means), axis=0)
    deviations = deviations[varies]
    scaled = residuals[:, varies] / deviations

    # RRᵀ = U·Λ·Uᵀ has the eigenvalues of RᵀR; its eigenvectors there are RᵀU / √Λ.
    variances, combinations = np.linalg.eigh(scaled @ scaled.T)
    kept = _significant(variances, tol)
    basis = np.zeros((X.shape[1], len(kept)))
    directions = scaled.T @ combinations[:, kept] / variances[kept]
    basis[varies] = directions / deviations[:, np.newaxis]
    return basis


def _standardise(covariance, resolution):
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
    factor = _cholesky(correlation)
    if factor is not None and n_features:
        with threads_for(n_features**2):
            inverse, singular = dtrtri(factor, lower=1)
        # The smallest eigenvalue is at least 1 / ‖L⁻¹‖². If it is not negligible, the
        # factor serves as well as eigenvectors, at a tenth of their cost.
        if not singular and negligible * np.sum(inverse**2) < 1:
            return inverse.T
    variances, directions = np.linalg.eigh(correlation)
    kept = _significant(variances, tol)
    return directions[:, kept] / np.sqrt(variances[kept])


def _cholesky(matrix):
    """L with L·Lᵀ = matrix (d, d), or None if that is not positive definite."""
    # On one thread up to thousands of columns: SciPy's BLAS would still be waiting for
    # work when NumPy's needs the processor.
    with threads_for(len(matrix) ** 2):
        factor, failed = dpotrf(matrix.T, lower=1)
    return None if failed else factor


def _significant(variances, tol):
    """Where √λ > tol and λ is more than the rounding of the largest."""
    smallest = len(variances) * np.finfo(np.float64).eps * np.max(variances, initial=0)
    return np.flatnonzero(variances > max(tol**2, smallest))
