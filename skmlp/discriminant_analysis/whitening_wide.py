"""The basis that whitens rows fewer than columns: products of rows, not of columns."""

import numpy as np
import scipy.sparse

from skmlp.base.rows import dense
from skmlp.discriminant_analysis.class_statistics import (
    require_finite,
    rounding,
)
from skmlp.discriminant_analysis.whitening import eigenvectors, significant

__all__ = ["whiten_rows"]


def whiten_rows(X, labels, means, sample_weight, tol, divisor):
    """W as of `whiten`, from n < d rows of classes of those means: no (d, d) array."""
    roots = np.sqrt(sample_weight / divisor)
    if scipy.sparse.issparse(X):
        return SparseRowsBasis(X, labels, means, roots, tol)
    with np.errstate(over="ignore", invalid="ignore"):
        residuals = (X - means[labels]) * roots[:, np.newaxis]
        deviations = np.sqrt(np.sum(residuals**2, axis=0))
        require_finite(deviations)
    varies = deviations > rounding(X.dtype) * np.max(np.abs(means), axis=0)
    deviations = deviations[varies]
    scaled = residuals[:, varies] / deviations
    combinations = _combinations(scaled @ scaled.T, tol)
    basis = np.zeros((X.shape[1], combinations.shape[1]))
    basis[varies] = (scaled.T @ combinations) / deviations[:, np.newaxis]
    return basis


def _combinations(gram, tol):
    """V (n, r) for which W = RᵀV whitens RᵀR, from RRᵀ (n, n)."""
    # RRᵀ = U·Λ·Uᵀ has the eigenvalues of RᵀR; its eigenvectors there are RᵀU / √Λ.
    variances, combinations = eigenvectors(gram)
    kept = significant(variances, tol)
    return combinations[:, kept] / variances[kept]


class SparseRowsBasis:
    """W = D⁻¹RᵀV of sparse rows, of which R = D⁻¹-scaled (X − means) is never made.

    It stands where an array (d, r) would, on either side of a product.
    """

    __array_ufunc__ = None  # so that products with arrays come here

    def __init__(self, X, labels, means, roots, tol):
        X = X.astype(np.float64, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = roots**2 @ X.multiply(X)
            squares -= np.bincount(labels, roots**2, len(means)) @ means**2
            require_finite(squares)
        deviations = np.sqrt(np.maximum(squares, 0))
        resolution = np.sqrt(X.shape[0] * rounding(np.float64))
        varies = deviations > resolution * np.max(np.abs(means), axis=0)
        self.scales = np.divide(1, deviations, out=np.zeros_like(squares), where=varies)
        scale = scipy.sparse.diags_array(self.scales)
        self.rows = (scipy.sparse.diags_array(roots) @ X @ scale).tocsr()
        self.means, self.labels, self.roots = means * self.scales, labels, roots
        mixed = self._of_means(self.rows.T)
        of_means = (
            np.outer(roots, roots) * (self.means @ self.means.T)[labels][:, labels]
        )
        gram = self._of_rows(self.rows.T) - mixed - mixed.T + of_means
        self.combinations = _combinations(gram, tol)
        self.shape = (X.shape[1], self.combinations.shape[1])

    def _of_rows(self, columns):
        """The rows, not centred, times columns (d, m)."""
        return dense(self.rows @ columns)

    def _of_means(self, columns):
        """What centring the rows subtracts from that."""
        return dense(self.means @ columns)[self.labels] * self.roots[:, np.newaxis]

    def __matmul__(self, columns):
        """W·columns, for an array (r,) or (r, m)."""
        mixed = self.combinations @ columns
        weighted = (self.roots * mixed.T).T
        sums = np.zeros((len(self.means), *mixed.shape[1:]))
        np.add.at(sums, self.labels, weighted)
        return (self.scales * (self.rows.T @ mixed - self.means.T @ sums).T).T

    def __rmatmul__(self, rows):
        """rows·W, for an array (d,) or rows (m, d), sparse or not."""
        if rows.ndim == 1:
            return (rows[np.newaxis] @ self)[0]
        scale = scipy.sparse.diags_array(self.scales)
        columns = (rows @ scale).T
        return (self._of_rows(columns) - self._of_means(columns)).T @ self.combinations
