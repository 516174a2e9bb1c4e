"""Whitening basis of the covariance within classes, and a warning of collinearity.

A basis W (d, r) whitens a covariance C if WᵀCW = I. Then W·Wᵀ is the inverse of C on
the r directions in which rows of a class differ, and linear discriminants need no other
property of C. A warning names the columns that are constant or collinear within
classes.
"""

import numpy as np
from scipy.linalg.lapack import dpotrf, dsyevd, dtrtri
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from skmlp._kernels import threads_for
from skmlp.base.text import listed
from skmlp.base.warn import warn

__all__ = ["CollinearityWarning", "cholesky", "eigenvectors", "significant"]
__all__ += ["standardise", "warn_of_lost_directions", "whiten"]

# A column takes part in the lost directions if the squared norm of its coefficients in
# them exceeds this.
_NEGLIGIBLE = 1e-6


class CollinearityWarning(UserWarning):
    """Warning that some directions do not vary within classes and are left out."""


def whiten(covariance, resolution, tol):
    """Return a whitening basis W (d, r) of a covariance C (d, d): WᵀCW = I.

    Columns and directions that do not vary are left out. A column varies if its
    deviation exceeds `resolution` (d,); after these columns are scaled to unit
    deviation, a direction varies if its deviation exceeds `tol`.
    """
    varies, deviations, correlation = standardise(covariance, resolution)
    scaled = _inverse_root(correlation, tol)
    basis = np.zeros((len(covariance), scaled.shape[1]))
    basis[varies] = scaled / deviations[:, np.newaxis]
    return basis


def standardise(covariance, resolution):
    """Return the mask of columns that vary (d,), their deviations and correlation.

    A column varies if its deviation exceeds `resolution` (d,).
    """
    deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
    varies = deviations > resolution
    if not varies.all():
        covariance = covariance[np.ix_(varies, varies)]
        deviations = deviations[varies]
    correlation = covariance / deviations
    correlation /= deviations[:, np.newaxis]
    return varies, deviations, correlation


def _inverse_root(correlation, tol):
    """Return a whitening basis of a correlation matrix, less negligible directions."""
    n_features = len(correlation)
    negligible = max(tol**2, n_features**2 * np.finfo(np.float64).eps)
    factor = cholesky(correlation)
    if factor is not None and n_features:
        with threads_for(n_features**2):
            inverse, singular = dtrtri(factor, lower=1)
        # The smallest eigenvalue is at least 1 / ‖L⁻¹‖². If it is not negligible, L⁻¹
        # whitens as accurately as eigenvectors do, at a tenth of the cost.
        if not singular and negligible * np.sum(inverse**2) < 1:
            return inverse.T
    variances, directions = eigenvectors(correlation)
    kept = significant(variances, tol)
    return directions[:, kept] / np.sqrt(variances[kept])


def eigenvectors(matrix):
    """Return ascending eigenvalues and eigenvectors (as columns) of a symmetric matrix.

    The matrix has shape (d, d), the eigenvalues (d,), and the eigenvectors (d, d).
    """
    # By SciPy's BLAS, like the Cholesky factor: the threads of NumPy's BLAS would wait
    # for those of SciPy's.
    with threads_for(len(matrix) ** 2):
        variances, directions, _ = dsyevd(matrix, lower=1)
    return variances, directions


def cholesky(matrix):
    """Return L with L·Lᵀ = matrix (d, d), or None if it is not positive definite."""
    # On one thread up to thousands of columns: idle threads of SciPy's BLAS would still
    # occupy processors that NumPy's BLAS needs next.
    with threads_for(len(matrix) ** 2):
        factor, failed = dpotrf(matrix.T, lower=1)
    return None if failed else factor


def significant(variances, tol):
    """Return the indices of variances λ that are not negligible.

    λ is not negligible if √λ > tol and λ exceeds the rounding error of the largest.
    """
    smallest = len(variances) * np.finfo(np.float64).eps * np.max(variances, initial=0)
    return np.flatnonzero(variances > max(tol**2, smallest))


def warn_of_lost_directions(
    covariance, statistics, gaussians, n_rows, *, tol, names=None
):
    """Issue a `CollinearityWarning` if the fit left out directions.

    `covariance` is None if the fit computed none, for fewer rows than features.
    """
    n_features, rank = gaussians.basis.shape
    if rank == n_features:
        return
    if covariance is None or n_rows - np.count_nonzero(gaussians.weights) == rank:
        _warn_of_few_rows(n_rows, n_features, rank)
    else:
        _warn_of_collinear(covariance, statistics, tol, names)


def _warn_of_collinear(covariance, statistics, tol, names):
    """Issue the warning that names the constant and the collinear columns."""
    constant, groups, n_lost = _lost_columns(covariance, statistics.resolution, tol)
    parts = []
    means = statistics.means[statistics.weights > 0]
    sizes = np.max(np.abs(means[:, constant]), axis=0)
    tiny = (sizes > 0) & (sizes < statistics.resolution[constant])
    if tiny.any():
        parts.append(
            _listed(constant[tiny], names, "too small") + " (squares of the values "
            "underflow; rescale, for example with StandardScaler)"
        )
    constant = constant[~tiny]
    means = means[:, constant]
    differs = np.ptp(means, axis=0) > 2 * statistics.resolution[constant]
    if np.any(~differs):
        parts.append(_listed(constant[~differs], names, "constant"))
    if differs.any():
        parts.append(
            _listed(constant[differs], names, "constant within every class")
            + ", though not from class to class (such a column alone may distinguish "
            "the classes, but has no variance to measure that by)"
        )
    parts += [_listed(group, names, "collinear within classes") for group in groups]
    warn(
        f"{_counted(n_lost, 'direction')} without variance within classes "
        f"{'was' if n_lost == 1 else 'were'} left out, as a pseudo-inverse would: "
        f"{'; '.join(parts)}. Drop columns, or use shrinkage.",
        CollinearityWarning,
    )


def _warn_of_few_rows(n_rows, n_features, rank):
    """Issue the warning of fewer rows than columns, with the number of directions."""
    warn(
        f"X has {n_rows} rows and {n_features} columns, so columns are collinear "
        "within classes: rows of a class differ in "
        f"{_counted(rank, 'direction')} only, and the other directions were "
        "left out, as a pseudo-inverse would. "
        "shrinkage='auto' usually predicts better.",
        CollinearityWarning,
    )


def _lost_columns(covariance, resolution, tol):
    """Return constant columns, collinear groups, and the number of lost directions.

    Columns are indices; a group is an array of columns that are linked by directions
    without variance. The number is that of the directions that `whiten` leaves out.
    """
    varies, _, correlation = standardise(covariance, resolution)
    variances, directions = eigenvectors(correlation)
    kept = significant(variances, tol)
    lost = np.delete(directions, kept, axis=1)
    # The projector on the lost directions does not depend on the choice of their basis.
    # It links two columns if both take part in one lost direction.
    involved = np.flatnonzero(np.sum(lost**2, axis=1) > _NEGLIGIBLE)
    lost = lost[involved] / np.linalg.norm(lost[involved], axis=1, keepdims=True)
    linked = csr_array(np.abs(lost @ lost.T) > np.sqrt(_NEGLIGIBLE))
    _, labels = connected_components(linked)
    columns = np.flatnonzero(varies)[involved]
    groups = [columns[labels == group] for group in np.unique(labels)]
    return np.flatnonzero(~varies), groups, len(covariance) - len(kept)


def _listed(columns, names, property_):
    """Return text such as 'columns a, b and 3 more are constant', for a property."""
    named = [f"{j}" if names is None else f"{names[j]!r}" for j in columns]
    verb, noun = ("is", "column") if len(named) == 1 else ("are", "columns")
    return f"{noun} {listed(named)} {verb} {property_}"


def _counted(number, noun):
    """Return text such as '1 direction' or '2 directions'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
