"""What a linear discriminant needs to know of the rows: weights, means, scatter."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from skmlp import _kernels

# A block of rows that fits the cache is centred and multiplied while it is there.
_BLOCK_ELEMENTS = 2**18
_SHORTEST_BLOCK = 1024
# Rounding moves a stored value by half a unit in its last place; columns that are
# constant but for a few operations' rounding stay below four units.
_ROUNDING_UNITS = 4


def row_blocks(n_rows, n_columns):
    """Slices that cover the rows, each small enough for the cache."""
    length = max(_SHORTEST_BLOCK, _BLOCK_ELEMENTS // max(n_columns, 1))
    return [slice(start, start + length) for start in range(0, n_rows, length)]


@dataclass(frozen=True)
class ClassStatistics:
    """nₖ, wₖ = Σ w, mₖ = Σ w·x / wₖ and Σ w·(x − mₖ)(x − mₖ)ᵀ over all classes.

    They are sufficient for Gaussian classes with one covariance: no row is needed any
    more, and statistics of disjoint rows add up (`merge`). A class that has no rows has
    weight and mean zero.
    """

    counts: np.ndarray  # (K,) rows
    weights: np.ndarray  # (K,)
    means: np.ndarray  # (K, d)
    scatter: np.ndarray  # (d, d)
    precision: float  # deviations up to this share of a column's means are rounding

    @classmethod
    def from_rows(cls, X, labels, n_classes, sample_weight=None):
        """Statistics of rows X (n, d), dense or CSR, of classes `labels` (n,).

        X is read once, in blocks, so it may be memory-mapped.
        """
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        weights = weights.astype(np.float64, copy=False)
        sum_up = _sparse_sums if scipy.sparse.issparse(X) else _dense_sums
        with np.errstate(over="ignore", invalid="ignore"):
            shifts, (class_weights, sums, scatter), precision = sum_up(
                X, labels, weights, n_classes
            )
            offsets = _divide(sums, class_weights)
            means = shifts + offsets
            scatter -= (class_weights[:, np.newaxis] * offsets).T @ offsets
            require_finite(np.diag(scatter))
        return cls(
            counts=np.bincount(labels, minlength=n_classes),
            weights=class_weights,
            means=means,
            scatter=scatter,
            precision=precision,
        )

    def merge(self, other):
        """Statistics of the rows of both (Chan, Golub and LeVeque 1983, eq. 2.1)."""
        weights = self.weights + other.weights
        step = other.means - self.means
        share = _divide(other.weights, weights)[:, np.newaxis]
        scatter = self.scatter + other.scatter
        scatter += (self.weights[:, np.newaxis] * share * step).T @ step
        return ClassStatistics(
            counts=self.counts + other.counts,
            weights=weights,
            means=self.means + share * step,
            scatter=scatter,
            precision=max(self.precision, other.precision),
        )

    @property
    def total(self):
        """Σ w over all rows."""
        return self.weights.sum()

    @property
    def mean(self):
        """Σ w·x / Σ w over all rows (d,)."""
        return self.weights @ self.means / self.total

    @property
    def within_covariance(self):
        """The scatter within classes over Σ w (d, d)."""
        return self.scatter / self.total

    @property
    def resolution(self):
        """The deviation within classes that rounding alone can cause (d,)."""
        return self.precision * np.max(np.abs(self.means), axis=0)

    @property
    def between_scatter(self):
        """Σₖ wₖ·(mₖ − m)(mₖ − m)ᵀ (d, d)."""
        centred = self.means - self.mean
        return (self.weights[:, np.newaxis] * centred).T @ centred


def rounding(dtype):
    """The share of a column's means that its deviation can be by rounding alone."""
    return _ROUNDING_UNITS * float(np.finfo(dtype).eps)


def require_finite(squares):
    """Raise if squares of finite values of X are not finite."""
    if not np.all(np.isfinite(squares)):
        raise ValueError(
            "X has values whose squares overflow; rescale its columns, for example "
            "with StandardScaler."
        )


def as_dense(rows):
    """Rows or a product as an array, sparse or not."""
    return rows.toarray() if scipy.sparse.issparse(rows) else rows


def class_means(X, labels, n_classes, weights):
    """Σ w·x / Σ w of every class (K, d), for dense X or CSR; zero without rows."""
    membership = _membership(labels, n_classes, weights)
    return _divide(as_dense(membership @ X), membership.sum(axis=1))


def _dense_sums(X, labels, weights, n_classes):
    """Shifts, sums about them and the precision: see ClassStatistics.from_rows."""
    n_columns = X.shape[1]
    shifts = np.zeros((n_classes, n_columns))
    class_weights = np.zeros(n_classes)
    sums = np.zeros((n_classes, n_columns))
    scatter = np.zeros((n_columns, n_columns))
    for rows in row_blocks(*X.shape):
        block, block_labels, block_weights = X[rows], labels[rows], weights[rows]
        # Sums about a class's mean in its first block: a common offset of the rows
        # costs no digits (Chan, Golub and LeVeque 1983, section 3).
        new = (class_weights == 0) & (
            np.bincount(block_labels, minlength=n_classes) > 0
        )
        if new.any():
            first = class_means(block, block_labels, n_classes, block_weights)
            shifts[new] = first[new]
        moments = _kernels.class_moments(block, block_labels, block_weights, shifts)
        class_weights += moments[0]
        sums += moments[1]
        scatter += moments[2]
    return shifts, (class_weights, sums, scatter), rounding(X.dtype)


def _sparse_sums(X, labels, weights, n_classes):
    """The same about zero: a shift would fill in the zeros."""
    X = X.astype(np.float64, copy=False)
    membership = _membership(labels, n_classes, weights)
    scatter = as_dense(X.T @ (scipy.sparse.diags_array(weights) @ X))
    class_weights, sums = membership.sum(axis=1), as_dense(membership @ X)
    shifts = np.zeros_like(sums)
    # Σ w·x² loses up to n units in its last place, and a deviation is its root.
    precision = np.sqrt(X.shape[0] * rounding(X.dtype))
    return shifts, (class_weights, sums, scatter), precision


def _membership(labels, n_classes, weights):
    """The (K, n) CSR matrix with the weight of every row in the row of its class."""
    n_rows = len(labels)
    columns = scipy.sparse.csc_array(
        (weights, labels, np.arange(n_rows + 1)), shape=(n_classes, n_rows)
    )
    return columns.tocsr()


def _divide(sums, weights):
    """Every class's sums over its weight; zero where that is zero."""
    weights = weights.reshape(weights.shape + (1,) * (sums.ndim - 1))
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
