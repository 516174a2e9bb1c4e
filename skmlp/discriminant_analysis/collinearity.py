"""Which columns do not vary within classes, alone or together; a warning of them."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from skmlp.base.text import listed
from skmlp.base.warn import warn
from skmlp.discriminant_analysis.whitening import eigenvectors, significant, standardise

__all__ = ["CollinearityWarning", "warn_of_lost_directions"]

# Columns whose share of the lost directions has a smaller square take no part.
_NEGLIGIBLE = 1e-6


class CollinearityWarning(UserWarning):
    """Some directions do not vary within classes, and a fit left them out."""


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
