"""What a linear discriminant needs to know of the rows: weights, means, scatter."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse

from skmlp import _kernels

# A block of rows that fits the cache is centred and multiplied while it is there.
_BLOCK_ELEMENTS = 2**18
_SHORTEST_BLOCK = 1024
# Multiplications that are worth waking threads for, and the most parts they are shared
# out in.
_LARGE = 2**26
_FIRST_ROWS = 512
_MOST_PARTS = 8
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
    def from_rows(cls, X, labels, n_classes, sample_weight=None, *, single=False):
        """Statistics of rows X (n, d), dense or CSR, of classes `labels` (n,).

        X is read once, in blocks, so it may be memory-mapped. With `single`, products
        of two columns are formed in float32 unless they could leave its range: the
        scatter then has about six digits.
        """
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        weights = np.ascontiguousarray(weights, dtype=np.float64)
        labels = np.ascontiguousarray(labels, dtype=np.int64)
        with np.errstate(over="ignore", invalid="ignore"):
            if scipy.sparse.issparse(X):
                sums = _sparse_sums(X, labels, weights, n_classes)
            else:
                sums = _dense_sums(X, labels, weights, n_classes, single)
                if single and not _in_single_range(np.diag(sums[1][2])):
                    sums = _dense_sums(X, labels, weights, n_classes, False)
            shifts, (class_weights, sums, scatter), precision = sums
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


def _dense_sums(X, labels, weights, n_classes, single):
    """Shifts, sums about them and the precision: see ClassStatistics.from_rows."""
    if not X.flags.aligned:
        X = X.copy()  # C would read them by whole elements
    shifts = _shifts(X, labels, weights, n_classes)

    def moments(rows):
        return _kernels.class_moments(
            X[rows], labels[rows], weights[rows], shifts, single=single
        )

    parts = _parts(*X.shape)
    if len(parts) == 1:
        # Less than a part is worth: but few rows of many columns keep BLAS busy.
        with _kernels.threads_for(min(len(X), _FIRST_ROWS) * X.shape[1] ** 2):
            sums = moments(parts[0])
    else:
        moments_of_parts = _kernels.in_threads(moments, parts)
        sums = [sum(terms) for terms in zip(*moments_of_parts, strict=True)]
    return shifts, sums, rounding(X.dtype)


def _in_single_range(squares):
    """Whether products of columns of these sums of squares stay within float32."""
    # A product of two entries is at most the larger sum; a thousandth of an ε of the
    # smallest sum still is a normal number.
    return np.all((squares == 0) | ((squares > 1e-26) & (squares < 1e37)))


def _parts(n_rows, n_columns):
    """Slices that cover the rows, worth a thread and the memory for a scatter each.

    Their number does not depend on the machine, and so neither does the result.
    """
    n_parts = 1
    if n_rows * n_columns**2 >= _LARGE:
        n_parts = min(max(n_rows // (4 * n_columns), 1), _MOST_PARTS)
    edges = [n_rows * part // n_parts for part in range(n_parts + 1)]
    return [slice(*ends) for ends in pairwise(edges)]


def _shifts(X, labels, weights, n_classes):
    """A point near the rows of every class: their mean in its first block (K, d).

    About it a common offset of the rows costs no digits of the sums (Chan, Golub and
    LeVeque 1983, section 3). A class without weight gets zero.
    """
    shifts = np.zeros((n_classes, X.shape[1]))
    missing = np.ones(n_classes, bool)
    for start in range(0, len(labels), _FIRST_ROWS):
        block = slice(start, start + _FIRST_ROWS)
        of_interest = missing[labels[block]] & (weights[block] > 0)
        if of_interest.any():
            rows = start + np.flatnonzero(of_interest)
            rows = rows[np.argsort(labels[rows])]
            # Without BLAS: NumPy's would keep a core busy waiting for the next product.
            present, firsts = np.unique(labels[rows], return_index=True)
            row_weights = weights[rows, np.newaxis]
            sums = np.add.reduceat(row_weights * X[rows], firsts)
            shifts[present] = sums / np.add.reduceat(row_weights, firsts)
            missing[present] = False
            if not missing.any():
                break
    return shifts


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
