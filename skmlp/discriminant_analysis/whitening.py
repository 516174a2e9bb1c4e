"""The basis that whitens the covariance within classes, and what is left out of it.

A basis W (d, r) whitens a covariance C when WᵀCW = I. Then W·Wᵀ is the inverse of C on
the r directions in which rows of a class differ: all that linear discriminants ask for.
What is left out of it, alone or together with other columns, a warning names.
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

# Columns whose share of the lost directions has a smaller square take no part.
_NEGLIGIBLE = 1e-6


class CollinearityWarning(UserWarning):
    """Some directions do not vary within classes, and a fit left them out."""


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
    """Ascending eigenvalues, and eigenvectors as columns, of a symmetric matrix."""
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


def warn_of_lost_directions(
    covariance, statistics, gaussians, n_rows, *, tol, names=None
):
    """Warn of the directions that a fit could not use, if there are any.

    `covariance` is None where the fit needed none, for fewer rows than features.
    """
    n_features, rank = gaussians.basis.shape
    if rank == n_features:
        return
    if covariance is None or n_rows - len(gaussians.means) == rank:
        _warn_of_few_rows(n_rows, n_features, rank)
    else:
        _warn_of_collinear(covariance, statistics, tol, names)


def _warn_of_collinear(covariance, statistics, tol, names):
    """Name the columns that span the directions which `whiten` leaves out."""
    constant, groups, n_lost = _find(covariance, statistics.resolution, tol)
    parts = []
    means = statistics.means[statistics.weights > 0][:, constant]
    differs = np.ptp(means, axis=0) > 2 * statistics.resolution[constant]
    if not differs.all():
        parts.append(_listed(constant[~differs], names, "constant"))
    if differs.any():
        parts.append(
            _listed(constant[differs], names, "constant within every class")
            + ", though not from class to class (such a column alone may tell them "
            "apart, but has no variance to measure that by)"
        )
    parts += [_listed(group, names, "collinear within classes") for group in groups]
    warn(
        f"{_counted(n_lost, 'direction')} without variance within classes "
        f"{'was' if n_lost == 1 else 'were'} left out, as a pseudo-inverse would: "
        f"{'; '.join(parts)}. Drop columns, or use shrinkage.",
        CollinearityWarning,
    )


def _warn_of_few_rows(n_rows, n_features, rank):
    """Say how little of the space rows fewer than columns span."""
    warn(
        f"X has {n_rows} rows and {n_features} columns, which are collinear within "
        f"classes then: rows of a class differ in {_counted(rank, 'direction')} only, "
        "and the others were left out, as a pseudo-inverse would. shrinkage='auto' "
        "predicts better as a rule.",
        CollinearityWarning,
    )


def _find(covariance, resolution, tol):
    """Constant columns, groups of columns that are collinear, directions left out."""
    varies, _, correlation = standardise(covariance, resolution)
    variances, directions = eigenvectors(correlation)
    kept = significant(variances, tol)
    lost = np.delete(directions, kept, axis=1)
    # The projector on what is lost depends on no choice of a basis; columns that take
    # part in the same lost direction are linked in it.
    involved = np.flatnonzero(np.sum(lost**2, axis=1) > _NEGLIGIBLE)
    lost = lost[involved] / np.linalg.norm(lost[involved], axis=1, keepdims=True)
    linked = csr_array(np.abs(lost @ lost.T) > np.sqrt(_NEGLIGIBLE))
    _, labels = connected_components(linked)
    columns = np.flatnonzero(varies)[involved]
    groups = [columns[labels == group] for group in np.unique(labels)]
    return np.flatnonzero(~varies), groups, len(covariance) - len(kept)


def _listed(columns, names, what):
    """'columns a, b and 3 more are constant'."""
    named = [f"{j}" if names is None else f"{names[j]!r}" for j in columns]
    verb, noun = ("is", "column") if len(named) == 1 else ("are", "columns")
    return f"{noun} {listed(named)} {verb} {what}"


def _counted(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
