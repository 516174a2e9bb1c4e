"""A fit in centred coordinates: columns far from zero are measured from their means."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse

from skmlp.base.rows import dense
from skmlp.inference.contrast_risk import ContrastRisk

__all__ = ["CentredFit", "contrasts_at", "less_origins", "origins_of"]

# Columns farther from zero than this many widths get an origin. Squares of the others
# keep at least ten digits of the width.
_FAR = 100
# Largest rounding error of a score, by the digits of the intercept, of an estimator.
_LARGEST_SCORE_ERROR = 1e-4


@dataclass(frozen=True, eq=False)
class CentredFit:
    """Contrasts of terms z − c with origins c, and their covariance.

    The slopes are those of the terms z; an intercept of z is the intercept of z − c
    minus Σₜ cₜ·γₜ. In these coordinates the information matrix of columns far from zero
    is as accurate as that of other columns.
    """

    risk: ContrastRisk  # of the terms z − c
    contrasts: np.ndarray  # (n_outputs, n_terms)
    covariance: np.ndarray  # (n_parameters, n_parameters)
    origins: np.ndarray  # (n_terms,): c; 0 for the intercept

    @cached_property
    def coefficients(self):
        """Contrasts of the terms z (n_outputs, n_terms)."""
        return self.contrasts @ self._to_terms.T

    @cached_property
    def covariance_of_coefficients(self):
        """Covariance of the contrasts of the terms z, one output after another."""
        if not self.origins.any():
            return self.covariance
        change = np.kron(np.eye(len(self.contrasts)), self._to_terms)
        return change @ self.covariance @ change.T

    @property
    def _to_terms(self):
        """Matrix that converts the contrasts of one output to those of the terms z."""
        matrix = np.eye(len(self.origins))
        matrix[0] -= self.origins
        return matrix

    def exchanged(self, index):
        """Return the matrix T of parameters φ = T⁻¹γ with a given intercept of z.

        φ is γ, except that φ[index] is the intercept of the terms z of that output,
        and the intercept of z − c takes the place of the slope of the farthest term. So
        T has no large numbers, and φ[index] can be fixed. T is None if γ[index] is a
        coefficient of the terms z already.
        """
        n_terms = len(self.origins)
        if index % n_terms or not self.origins.any():
            return None
        far = int(np.argmax(np.abs(self.origins)))
        part = np.eye(n_terms)
        part[0], part[0, far] = 0, 1
        part[far] = -self.origins / self.origins[far]
        part[far, 0], part[far, far] = (
            -1 / self.origins[far],
            1 / self.origins[far],
        )
        matrix = np.eye(self.contrasts.size)
        output = slice(index, index + n_terms)
        matrix[output, output] = part
        return matrix


def origins_of(X):
    """Return the means of the columns that are far from zero, and 0 for the others.

    A column of a sparse X that does not store all rows holds 0, so it is not far.
    """
    low, high = (np.ravel(dense(each)) for each in (X.min(axis=0), X.max(axis=0)))
    with np.errstate(over="ignore"):
        width = high - low
        nearest = np.where(low * np.sign(high) > 0, np.minimum(abs(low), abs(high)), 0)
        far = np.flatnonzero((width > 0) & (nearest / _FAR > width))
    origins = np.zeros(X.shape[1])
    # The mean of small differences has no rounding errors of the size of the width.
    origins[far] = low[far] + (dense(X[:, far]) - low[far]).mean(axis=0)
    return origins


def less_origins(X, origins):
    """Return X − origins, which is exact, since far columns are near their origins."""
    if not origins.any():
        return X
    if not scipy.sparse.issparse(X):
        return X - origins
    moved = X.copy()
    moved.sum_duplicates()  # an origin is subtracted once from each row
    moved.data = moved.data - origins[moved.indices]
    return moved


def contrasts_at(origins, contrasts, names):
    """Return the contrasts of the terms less their origins.

    Raise ValueError if the intercepts have too few digits to compute scores.
    """
    parts = contrasts * origins
    error = np.finfo(np.float64).eps * np.abs(parts).max(initial=0.0)
    if error > _LARGEST_SCORE_ERROR:
        term = int(np.argmax(np.abs(parts).max(axis=0)))
        raise ValueError(
            f"The column {names[term]} is so far from zero ({origins[term]:.3g}) that "
            f"the intercept rounds the scores to {error:.0e}. Subtract the mean of "
            f"{names[term]} from it, and fit again."
        )
    moved = contrasts.copy()
    moved[:, 0] += parts.sum(axis=1)
    return moved
