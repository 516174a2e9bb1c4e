"""Whitening basis for fewer rows than columns, from the inner products of rows."""

import numpy as np
import scipy.sparse

from skmlp.base.rows import dense
from skmlp.discriminant_analysis.class_statistics import (
    SMALLEST_DEVIATION,
    require_finite,
    rounding,
)
from skmlp.discriminant_analysis.whitening import eigenvectors, significant

__all__ = ["whiten_rows"]


def whiten_rows(X, labels, means, sample_weight, tol, divisor):
    """Return a whitening basis W (d, r), as `whiten` does, from n < d rows X (n, d).

    No array of shape (d, d) is allocated. `means` (K, d) are those of the classes, and
    `labels` (n,) their indices. For sparse X, W is a `SparseRowsBasis`.
    """
    roots = np.sqrt(sample_weight / divisor)
    if scipy.sparse.issparse(X):
        return SparseRowsBasis(X, labels, means, roots, tol)
    with np.errstate(over="ignore", invalid="ignore"):
        residuals = (X - means[labels]) * roots[:, np.newaxis]
        deviations = np.sqrt(np.sum(residuals**2, axis=0))
        require_finite(deviations)
    resolution = rounding(X.dtype) * np.max(np.abs(means), axis=0)
    varies = deviations > np.maximum(resolution, SMALLEST_DEVIATION)
    deviations = deviations[varies]
    scaled = residuals[:, varies] / deviations
    combinations = _combinations(scaled @ scaled.T, tol)
    basis = np.zeros((X.shape[1], combinations.shape[1]))
    basis[varies] = (scaled.T @ combinations) / deviations[:, np.newaxis]
    return basis


def _combinations(gram, tol):
    """Return V (n, r) such that W = RᵀV whitens RᵀR, from `gram` = RRᵀ (n, n)."""
    # RRᵀ = U·Λ·Uᵀ has the nonzero eigenvalues of RᵀR, whose eigenvectors are RᵀU / √Λ.
    variances, combinations = eigenvectors(gram)
    kept = significant(variances, tol)
    return combinations[:, kept] / variances[kept]


class SparseRowsBasis:
    """Whitening basis of sparse rows, W = D⁻¹RᵀV, in the place of an array (d, r).

    R are the residuals X − means with columns scaled by D⁻¹ (and rows by weights); R
    is dense, and is never computed. Products with W from either side are available.
    """

    __array_ufunc__ = None  # so that NumPy calls __rmatmul__ for array @ basis

    def __init__(self, X, labels, means, roots, tol):
        X = X.astype(np.float64, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = roots**2 @ X.multiply(X)
            squares -= np.bincount(labels, roots**2, len(means)) @ means**2
            require_finite(squares)
        deviations = np.sqrt(np.maximum(squares, 0))
        resolution = np.sqrt(X.shape[0] * rounding(np.float64))
        resolution = resolution * np.max(np.abs(means), axis=0)
        varies = deviations > np.maximum(resolution, SMALLEST_DEVIATION)
        self.scales = np.divide(1, deviations, out=np.zeros_like(squares), where=varies)
        scale = scipy.sparse.diags_array(self.scales)
        self.rows = (scipy.sparse.diags_array(roots) @ X @ scale).tocsr()
        self.means, self.labels, self.roots = means * self.scales, labels, roots
        cross = self._means_product(self.rows.T)
        means_gram = (
            np.outer(roots, roots) * (self.means @ self.means.T)[labels][:, labels]
        )
        gram = self._rows_product(self.rows.T) - cross - cross.T + means_gram
        self.combinations = _combinations(gram, tol)
        self.shape = (X.shape[1], self.combinations.shape[1])

    def _rows_product(self, columns):
        """Return the scaled rows, not centred, times columns (d, m)."""
        return dense(self.rows @ columns)

    def _means_product(self, columns):
        """Return the scaled means of the rows' classes times columns (d, m).

        R times columns is `_rows_product(columns) - _means_product(columns)`.
        """
        return dense(self.means @ columns)[self.labels] * self.roots[:, np.newaxis]

    def __matmul__(self, columns):
        """Return W·columns, for an array (r,) or (r, m)."""
        combined = self.combinations @ columns
        weighted = (self.roots * combined.T).T
        sums = np.zeros((len(self.means), *combined.shape[1:]))
        np.add.at(sums, self.labels, weighted)
        return (self.scales * (self.rows.T @ combined - self.means.T @ sums).T).T

    def __rmatmul__(self, rows):
        """Return rows·W, for an array (d,) or rows (m, d), dense or sparse."""
        if rows.ndim == 1:
            return (rows[np.newaxis] @ self)[0]
        scale = scipy.sparse.diags_array(self.scales)
        columns = (rows @ scale).T
        centred = self._rows_product(columns) - self._means_product(columns)
        return centred.T @ self.combinations
